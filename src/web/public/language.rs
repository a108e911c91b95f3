//! The language in which somebody wants to read: asked for in the address (`?lang=de`), or told by the browser.

use crate::{base::language::Language, config::Brief};

/// The language of a brief for somebody who reads this one.
pub(super) fn in_brief(brief: &Brief, language: Language) -> Language {
    if brief.languages.contains(&language) { language } else { brief.languages.first().copied().unwrap_or(language) }
}

/// The language in a query; what is none is not looked at.
pub(super) fn asked(query: Option<&str>) -> Option<Language> {
    let mut pairs = query.unwrap_or_default().split('&').filter_map(|pair| pair.split_once('='));
    pairs.find(|(name, _)| *name == "lang").and_then(|(_, code)| code.parse().ok())
}

/// The language that `Accept-Language` likes best among ours (RFC 9110 §12.5.4), by its first subtag: `de-AT` is German,
/// `zh-TW` Chinese.
pub(super) fn preferred(accept: &str) -> Option<Language> {
    let mut best: Option<(f32, Language)> = None;
    for range in accept.split(',').take(32) {
        let (tag, weight) = match range.split_once(';') {
            Some((tag, parameter)) => {
                let weight = parameter.trim().strip_prefix("q=").and_then(|q| q.trim().parse::<f32>().ok());
                (tag, weight.filter(|weight| (0.0..=1.0).contains(weight)).unwrap_or(0.0))
            }
            None => (range, 1.0),
        };
        let first = tag.trim().split('-').next().unwrap_or_default().to_ascii_lowercase();
        let Ok(language) = first.parse::<Language>() else { continue };
        if weight > 0.0 && best.is_none_or(|(known, _)| weight > known) {
            best = Some((weight, language));
        }
    }
    best.map(|(_, language)| language)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_language_is_the_one_that_is_liked_best() {
        for (accept, language) in [
            ("", None),
            ("fr, *", None),
            ("de", Some(Language::De)),
            ("de-AT,en;q=0.5", Some(Language::De)),
            ("fr-FR, fr;q=0.9, en;q=0.8, de;q=0.7", Some(Language::En)),
            ("en;q=0.3,zh-TW;q=0.9", Some(Language::Zh)),
            ("ZH-hans-CN", Some(Language::Zh)),
            ("de;q=0, en;q=0.1", Some(Language::En)),
            ("de;q=2, zh", Some(Language::Zh)),
            ("de;q=x", None),
            ("deutsch, dev", None),
        ] {
            assert_eq!(preferred(accept), language, "{accept}");
        }
    }

    #[test]
    fn the_address_names_a_language() {
        for (query, language) in [
            (None, None),
            (Some("lang=de"), Some(Language::De)),
            (Some("x=1&lang=zh"), Some(Language::Zh)),
            (Some("lang=fr"), None),
            (Some("lang=de&lang=en"), Some(Language::De)),
            (Some("language=de"), None),
        ] {
            assert_eq!(asked(query), language, "{query:?}");
        }
    }

    proptest! {
        #[test]
        fn no_text_is_too_strange(text in any::<String>()) {
            let _ = (preferred(&text), asked(Some(&text)));
        }
    }
}
