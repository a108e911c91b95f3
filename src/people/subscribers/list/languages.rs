//! The languages of a list as people and programs write them: as a tag, or by name in English, German or Chinese.

use crate::base::language::Language;

const ENGLISH: &[&str] = &["en", "eng", "english", "englisch", "英文", "英语", "英語"];
const GERMAN: &[&str] = &["de", "deu", "ger", "german", "deutsch", "德文", "德语", "德語"];
const CHINESE: &[&str] = &[
    "zh",
    "zho",
    "chi",
    "cmn",
    "chinese",
    "chinesisch",
    "simplified chinese",
    "vereinfachtes chinesisch",
    "中文",
    "汉语",
    "华语",
    "普通话",
    "简体中文",
    "简体",
];
/// Signs of traditional Chinese, which no brief is written in.
const TRADITIONAL: &[&str] = &["tw", "hk", "mo", "hant", "traditional", "traditionell", "繁"];

/// The language that is meant by a cell.
pub(super) fn language_of(text: &str) -> Option<Language> {
    let text = text.trim().to_lowercase();
    // `Deutsch (Deutschland)`, `中文（简体）`
    let name = text.split(['(', '（']).next().unwrap_or_default().trim();
    // `de-DE`, `zh_Hans_CN`
    let tag = name.split(['-', '_']).next().unwrap_or_default();
    let is_in = |names: &[&str]| names.contains(&name) || (tag.len() < name.len() && names.contains(&tag));
    if is_in(ENGLISH) {
        Some(Language::En)
    } else if is_in(GERMAN) {
        Some(Language::De)
    } else if is_in(CHINESE) {
        let is_traditional =
            |sign: &&str| if sign.is_ascii() { words(&text).any(|word| word == *sign) } else { text.contains(*sign) };
        (!TRADITIONAL.iter().any(is_traditional)).then_some(Language::Zh)
    } else {
        None
    }
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn languages_as_people_write_them() {
        for (language, texts) in [
            (
                Language::En,
                ["en", "EN", " English ", "Englisch", "en-GB", "en_US", "英文", "English (UK)", "eng"].as_slice(),
            ),
            (
                Language::De,
                &["de", "Deutsch", "DEUTSCH", "german", "de-DE", "de_AT", "德语", "Deutsch (Schweiz)", "ger"],
            ),
            (
                Language::Zh,
                &[
                    "zh",
                    "ZH",
                    "zh-CN",
                    "zh_Hans",
                    "zh-Hans-CN",
                    "中文",
                    "中文（简体）",
                    "简体中文",
                    "Chinese",
                    "Chinesisch",
                    "Chinese (Simplified)",
                ],
            ),
        ] {
            for text in texts {
                assert_eq!(language_of(text), Some(language), "{text}");
            }
        }
        for text in [
            "",
            "fr",
            "d",
            "deutschland",
            "ja",
            "zh-TW",
            "zh-Hant",
            "Chinese (Traditional)",
            "中文（繁體）",
            "de/en",
            "-",
        ] {
            assert_eq!(language_of(text), None, "{text}");
        }
    }
}
