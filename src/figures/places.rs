//! The names of the places that figures are about, by the codes of ISO 3166-1 alpha-2, as CLDR 48 has them in each language, and
//! of some groups of countries.

use crate::base::language::Language;

/// A code with its name in English, German and Chinese.
type Names = (&'static str, &'static str, &'static str, &'static str);

const PLACES: [Names; 58] = [
    ("AE", "United Arab Emirates", "Vereinigte Arabische Emirate", "阿拉伯联合酋长国"),
    ("AR", "Argentina", "Argentinien", "阿根廷"),
    ("AT", "Austria", "Österreich", "奥地利"),
    ("AU", "Australia", "Australien", "澳大利亚"),
    ("BE", "Belgium", "Belgien", "比利时"),
    ("BG", "Bulgaria", "Bulgarien", "保加利亚"),
    ("BR", "Brazil", "Brasilien", "巴西"),
    ("CA", "Canada", "Kanada", "加拿大"),
    ("CH", "Switzerland", "Schweiz", "瑞士"),
    ("CL", "Chile", "Chile", "智利"),
    ("CN", "China", "China", "中国"),
    ("CY", "Cyprus", "Zypern", "塞浦路斯"),
    ("CZ", "Czechia", "Tschechien", "捷克"),
    ("DE", "Germany", "Deutschland", "德国"),
    ("DK", "Denmark", "Dänemark", "丹麦"),
    ("EE", "Estonia", "Estland", "爱沙尼亚"),
    ("EG", "Egypt", "Ägypten", "埃及"),
    ("ES", "Spain", "Spanien", "西班牙"),
    ("EU", "European Union", "Europäische Union", "欧盟"),
    ("Europe", "Europe", "Europa", "欧洲"),
    ("EZ", "Eurozone", "Eurozone", "欧元区"),
    ("FI", "Finland", "Finnland", "芬兰"),
    ("FR", "France", "Frankreich", "法国"),
    ("GB", "United Kingdom", "Vereinigtes Königreich", "英国"),
    ("GR", "Greece", "Griechenland", "希腊"),
    ("HR", "Croatia", "Kroatien", "克罗地亚"),
    ("HU", "Hungary", "Ungarn", "匈牙利"),
    ("ID", "Indonesia", "Indonesien", "印度尼西亚"),
    ("IE", "Ireland", "Irland", "爱尔兰"),
    ("IN", "India", "Indien", "印度"),
    ("IT", "Italy", "Italien", "意大利"),
    ("JP", "Japan", "Japan", "日本"),
    ("KR", "South Korea", "Südkorea", "韩国"),
    ("LT", "Lithuania", "Litauen", "立陶宛"),
    ("LU", "Luxembourg", "Luxemburg", "卢森堡"),
    ("LV", "Latvia", "Lettland", "拉脱维亚"),
    ("MA", "Morocco", "Marokko", "摩洛哥"),
    ("MT", "Malta", "Malta", "马耳他"),
    ("MX", "Mexico", "Mexiko", "墨西哥"),
    ("MY", "Malaysia", "Malaysia", "马来西亚"),
    ("NL", "Netherlands", "Niederlande", "荷兰"),
    ("NO", "Norway", "Norwegen", "挪威"),
    ("PL", "Poland", "Polen", "波兰"),
    ("PT", "Portugal", "Portugal", "葡萄牙"),
    ("RO", "Romania", "Rumänien", "罗马尼亚"),
    ("RS", "Serbia", "Serbien", "塞尔维亚"),
    ("RoW", "Rest of the world", "Übrige Welt", "世界其他地区"),
    ("SA", "Saudi Arabia", "Saudi-Arabien", "沙特阿拉伯"),
    ("SE", "Sweden", "Schweden", "瑞典"),
    ("SG", "Singapore", "Singapur", "新加坡"),
    ("SI", "Slovenia", "Slowenien", "斯洛文尼亚"),
    ("SK", "Slovakia", "Slowakei", "斯洛伐克"),
    ("TH", "Thailand", "Thailand", "泰国"),
    ("TR", "Türkiye", "Türkei", "土耳其"),
    ("US", "United States", "Vereinigte Staaten", "美国"),
    ("VN", "Vietnam", "Vietnam", "越南"),
    ("World", "World", "Welt", "世界"),
    ("ZA", "South Africa", "Südafrika", "南非"),
];

/// The names of all places in a language.
pub fn place_names(language: Language) -> impl Iterator<Item = &'static str> {
    PLACES.iter().map(move |(_, en, de, zh)| match language {
        Language::En => *en,
        Language::De => *de,
        Language::Zh => *zh,
    })
}

/// The name of a place in a language. Two codes with a hyphen are the trade between two places. A code without a name is its own.
pub fn place_name(code: &str, language: Language) -> String {
    let name = |code: &str| {
        let (_, en, de, zh) = PLACES.iter().find(|(known, ..)| *known == code)?;
        Some(match language {
            Language::En => *en,
            Language::De => *de,
            Language::Zh => *zh,
        })
    };
    let pair = code.split_once('-').and_then(|(one, other)| name(one).zip(name(other)));
    match (name(code), pair, language) {
        (Some(name), ..) => name.to_owned(),
        (None, Some((one, other)), Language::Zh) => format!("{one}—{other}"),
        (None, Some((one, other)), _) => format!("{one}–{other}"),
        (None, None, _) => code.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figures::shipped;

    #[test]
    fn the_places_of_the_shipped_figures_have_names_in_every_language() {
        for series in shipped::dataset().unwrap().series.values() {
            for language in [Language::De, Language::Zh] {
                assert_ne!(place_name(&series.geography, language), series.geography, "{}", series.id);
            }
        }
        let germany_china = Language::ALL.map(|language| place_name("DE-CN", language));
        assert_eq!(germany_china, ["Germany–China", "Deutschland–China", "德国—中国"]);
        assert_eq!([place_name("DE-BY", Language::De), place_name("XX", Language::Zh)], ["DE-BY", "XX"]);
    }
}
