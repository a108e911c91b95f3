//! Numbers as each language writes them: CLDR's grouping and decimal marks (icu), U+2212 for the minus, a no-break
//! space before the German per-cent sign, 万 and 亿 in Chinese, always exact. German briefs may write by DIN 5008
//! instead. Units and sentences are in `filling`.

use std::str::FromStr;

use icu_decimal::{DecimalFormatter, input::Decimal as Fixed, options::DecimalFormatterOptions};
use icu_locale_core::locale;
use rust_decimal::Decimal;

use crate::{
    base::language::{Language, PerLanguage},
    figures::{ChangeUnit, Unit},
};

/// The rule for German numbers: `[numbers]` of `theme.toml`. Dates are the same by both rules, since DIN 5008 also allows
/// `4. März 2025`, and a brief prints no numeric dates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum GermanNumbers {
    /// `744.800`, as newspapers write.
    #[default]
    Cldr,
    /// DIN 5008 (numbers; also DIN 1333): a narrow space between groups of three on both sides of the comma, `744 800`.
    Din,
}

/// How numbers are written: by a language and, in German, by a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Writing {
    /// The language.
    pub language: Language,
    /// The rule for German; ignored in other languages.
    pub german: GermanNumbers,
}

impl From<Language> for Writing {
    /// The language with the rule of CLDR.
    fn from(language: Language) -> Writing {
        Writing { language, german: GermanNumbers::Cldr }
    }
}

/// U+202F, at which no line is broken.
const NARROW_SPACE: &str = "\u{202f}";

/// CLDR's patterns of per cent (`percentFormat`). The formatter of icu for them is still experimental.
const PERCENT: PerLanguage<&str> = PerLanguage { en: "{n}%", de: "{n}\u{a0}%", zh: "{n}%" };

/// Patterns of percentage points, which CLDR does not have.
const POINTS: PerLanguage<&str> =
    PerLanguage { en: "{n}\u{a0}percentage points", de: "{n}\u{a0}Prozentpunkte", zh: "{n}个百分点" };

/// The same of exactly one.
const ONE_POINT: PerLanguage<&str> =
    PerLanguage { en: "{n}\u{a0}percentage point", de: "{n}\u{a0}Prozentpunkt", zh: "{n}个百分点" };

thread_local! {
    static FORMATTERS: [Option<DecimalFormatter>; 3] = [locale!("en"), locale!("de"), locale!("zh")]
        .map(|locale| DecimalFormatter::try_new(locale.into(), DecimalFormatterOptions::default()).ok());
}

/// A number with exactly its own decimals: `744,800`, `744.800`, `−3.4`.
pub fn plain(value: Decimal, writing: Writing) -> String {
    let digits = value.abs().to_string();
    let index = Language::ALL.iter().position(|l| *l == writing.language).unwrap_or(0);
    let written = FORMATTERS.with(|all| {
        let formatter = all.get(index)?.as_ref()?;
        Some(formatter.format(&Fixed::from_str(&digits).ok()?).to_string())
    });
    let mut written = written.unwrap_or(digits);
    if (writing.language, writing.german) == (Language::De, GermanNumbers::Din) {
        written = din(&written);
    }
    if value.is_sign_negative() && !value.is_zero() { format!("\u{2212}{written}") } else { written }
}

/// Changes CLDR's German grouping into that of DIN 5008, which also groups after the comma.
fn din(cldr: &str) -> String {
    let whole_and_rest = cldr.replace('.', NARROW_SPACE);
    let Some((whole, decimals)) = whole_and_rest.split_once(',') else { return whole_and_rest };
    let mut written = format!("{whole},");
    for (index, digit) in decimals.chars().enumerate() {
        if index > 0 && index % 3 == 0 {
            written.push_str(NARROW_SPACE);
        }
        written.push(digit);
    }
    written
}

/// The number of a figure without its unit. From ten thousand on, Chinese writes 万, and from a hundred million on 亿, with
/// the decimal mark shifted and nothing rounded: 744,800 → 74.48万; 246.3 (billion) → 2463亿.
pub fn bare(value: Decimal, unit: &Unit, writing: Writing) -> String {
    if writing.language != Language::Zh || !unit.kind.is_amount() {
        return plain(value, writing);
    }
    let Some(whole) = 10i64.checked_pow(unit.exponent).and_then(|scale| value.checked_mul(scale.into())) else {
        return plain(value, writing);
    };
    let (wan, yi) = (Decimal::from(10_000), Decimal::from(100_000_000));
    if whole.abs() >= yi {
        format!("{}亿", ungrouped(whole / yi))
    } else if whole.abs() >= wan {
        format!("{}万", ungrouped(whole / wan))
    } else {
        plain(if unit.exponent == 0 { value } else { whole.normalize() }, writing)
    }
}

/// A number without grouping, as Chinese writes it before 万 and 亿.
pub(super) fn ungrouped(value: Decimal) -> String {
    let text = value.normalize().to_string();
    text.strip_prefix('-').map_or(text.clone(), |digits| format!("\u{2212}{digits}"))
}

/// A figure with its unit: `744,800 vehicles`, `246,3 Mrd. Euro`, `74.48万辆`.
pub fn full(value: Decimal, unit: &Unit, writing: Writing) -> String {
    unit.pattern.get(writing.language).replace("{n}", &bare(value, unit, writing))
}

/// A change with or without its sign: `−3.4%`, `+1,9 Prozentpunkte`, `3.4%`.
pub fn change(value: Decimal, unit: ChangeUnit, signed: bool, writing: Writing) -> String {
    let number = plain(value.abs(), writing);
    let sign = match value.cmp(&Decimal::ZERO) {
        _ if !signed => "",
        std::cmp::Ordering::Less => "\u{2212}",
        std::cmp::Ordering::Greater => "+",
        std::cmp::Ordering::Equal => "±",
    };
    let pattern = match unit {
        ChangeUnit::Percent => PERCENT,
        ChangeUnit::Points if number == "1" => ONE_POINT,
        ChangeUnit::Points => POINTS,
    };
    pattern.get(writing.language).replace("{n}", &format!("{sign}{number}"))
}

/// A number of an axis, with this many decimals.
pub fn axis(value: Decimal, decimals: u32, writing: Writing) -> String {
    let mut value = value;
    value.rescale(decimals);
    plain(value, writing)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figures::shipped;

    const DIN: Writing = Writing { language: Language::De, german: GermanNumbers::Din };

    fn n(text: &str) -> Decimal {
        Decimal::from_str_exact(text).unwrap()
    }

    #[test]
    fn every_language_writes_the_same_exact_number() {
        let data = shipped::dataset().unwrap();
        let unit = |id: &str| data.units.get(id).unwrap();
        let all = |value: &str, id: &str| Language::ALL.map(|l| full(n(value), unit(id), l.into()));
        assert_eq!(all("744800", "vehicles"), ["744,800 vehicles", "744.800 Fahrzeuge", "74.48万辆"]);
        assert_eq!(all("246.3", "eur_bn"), ["EUR\u{a0}246.3\u{a0}billion", "246,3\u{a0}Mrd.\u{a0}Euro", "2463亿欧元"]);
        assert_eq!(all("-30.5", "percent"), ["−30.5%", "−30,5\u{a0}%", "−30.5%"]);
        assert_eq!(all("16490000", "vehicles"), ["16,490,000 vehicles", "16.490.000 Fahrzeuge", "1649万辆"]);
        assert_eq!(all("546", "companies"), ["546 companies", "546 Unternehmen", "546家企业"]);
        assert_eq!(all("1323705", "vehicles")[2], "132.3705万辆");
        assert_eq!(
            Language::ALL.map(|l| change(n("1.9"), ChangeUnit::Points, true, l.into())),
            ["+1.9\u{a0}percentage points", "+1,9\u{a0}Prozentpunkte", "+1.9个百分点"]
        );
    }
    /// `pattern` of CLDR's `decimalFormats` (`#,##0.###`), written out by hand.
    fn grouped(digits: &str, group: &str, mark: &str) -> String {
        let (whole, decimals) = digits.split_once('.').map_or((digits, None), |(whole, rest)| (whole, Some(rest)));
        let chunks: Vec<&str> = whole.as_bytes().rchunks(3).rev().map(|c| std::str::from_utf8(c).unwrap()).collect();
        format!("{}{}", chunks.join(group), decimals.map_or(String::new(), |decimals| format!("{mark}{decimals}")))
    }

    #[test]
    fn numbers_of_every_size_are_grouped_as_cldr_has_it() {
        let mut digits = String::new();
        for nth in 0..25 {
            digits.push(char::from(b'1' + nth % 9));
            for decimals in ["", ".0", ".05", ".123"] {
                let text = format!("{digits}{decimals}");
                let signed = format!("-{text}");
                for (writing, group, mark) in [
                    (Language::En.into(), ",", "."),
                    (Language::De.into(), ".", ","),
                    (Language::Zh.into(), ",", "."),
                    (DIN, "\u{202f}", ","),
                ] {
                    assert_eq!(plain(n(&text), writing), grouped(&text, group, mark));
                    assert_eq!(plain(n(&signed), writing), format!("−{}", grouped(&text, group, mark)));
                }
            }
        }
    }

    #[test]
    fn din_5008_groups_by_a_narrow_space_on_both_sides_of_the_comma() {
        assert_eq!(plain(n("744800"), DIN), "744\u{202f}800");
        assert_eq!(plain(n("-1234.56789"), DIN), "−1\u{202f}234,567\u{202f}89");
        assert_eq!(plain(n("0.373"), DIN), "0,373");
        assert_eq!(axis(n("2500"), 1, DIN), "2\u{202f}500,0");
        assert_eq!(change(n("-3.4"), ChangeUnit::Percent, true, DIN), "−3,4\u{a0}%");
        let english = Writing { language: Language::En, ..DIN };
        assert_eq!(plain(n("744800"), english), "744,800");
    }

    #[test]
    fn per_cent_is_written_as_cldr_has_it() {
        let written =
            |value: &str, signed| Language::ALL.map(|l| change(n(value), ChangeUnit::Percent, signed, l.into()));
        assert_eq!(written("-3.4", true), ["−3.4%", "−3,4\u{a0}%", "−3.4%"]);
        assert_eq!(written("3.4", true), ["+3.4%", "+3,4\u{a0}%", "+3.4%"]);
        assert_eq!(written("0.0", true), ["±0.0%", "±0,0\u{a0}%", "±0.0%"]);
        assert_eq!(written("-1234.5", false), ["1,234.5%", "1.234,5\u{a0}%", "1,234.5%"]);
        let unit = shipped::dataset().unwrap().units.get("percent").unwrap().clone();
        for language in Language::ALL {
            assert_eq!(unit.pattern.get(language), *PERCENT.get(language), "units.csv");
        }
    }
}
