//! Numbers as each language writes them: CLDR's grouping and decimal marks (icu), U+2212 for the minus, a no-break
//! space before the German per-cent sign, 万 and 亿 in Chinese, always exact. Units and sentences are in `filling`.

use std::str::FromStr;

use icu_decimal::{DecimalFormatter, input::Decimal as Fixed, options::DecimalFormatterOptions};
use icu_locale_core::locale;
use rust_decimal::Decimal;

use crate::{
    figures::{ChangeUnit, Unit, UnitKind},
    language::Language,
};

thread_local! {
    static FORMATTERS: [Option<DecimalFormatter>; 3] = [locale!("en"), locale!("de"), locale!("zh")]
        .map(|locale| DecimalFormatter::try_new(locale.into(), DecimalFormatterOptions::default()).ok());
}

/// A number with exactly its own decimals: `744,800`, `744.800`, `−3.4`.
pub fn plain(value: Decimal, language: Language) -> String {
    let digits = value.abs().to_string();
    let index = Language::ALL.iter().position(|l| *l == language).unwrap_or(0);
    let written = FORMATTERS.with(|all| {
        let formatter = all.get(index)?.as_ref()?;
        Some(formatter.format(&Fixed::from_str(&digits).ok()?).to_string())
    });
    let written = written.unwrap_or(digits);
    if value.is_sign_negative() && !value.is_zero() { format!("\u{2212}{written}") } else { written }
}

/// The number of a figure without its unit. Chinese writes 万 from ten thousand and 亿 from a hundred million on, and
/// shifts the decimal mark without rounding: 744,800 → 74.48万; 246.3 (billion) → 2463亿.
pub fn bare(value: Decimal, unit: &Unit, language: Language) -> String {
    if language != Language::Zh || unit.kind == UnitKind::Percent {
        return plain(value, language);
    }
    let Some(whole) = 10i64.checked_pow(unit.exponent).and_then(|scale| value.checked_mul(scale.into())) else {
        return plain(value, language);
    };
    let (wan, yi) = (Decimal::from(10_000), Decimal::from(100_000_000));
    if whole.abs() >= yi {
        format!("{}亿", ungrouped(whole / yi))
    } else if whole.abs() >= wan {
        format!("{}万", ungrouped(whole / wan))
    } else {
        plain(if unit.exponent == 0 { value } else { whole.normalize() }, language)
    }
}

/// Before 万 and 亿 Chinese text does not group digits.
fn ungrouped(value: Decimal) -> String {
    let text = value.normalize().to_string();
    text.strip_prefix('-').map_or(text.clone(), |digits| format!("\u{2212}{digits}"))
}

/// A figure with its unit: `744,800 vehicles`, `246,3 Mrd. Euro`, `74.48万辆`.
pub fn full(value: Decimal, unit: &Unit, language: Language) -> String {
    unit.pattern.get(language).replace("{n}", &bare(value, unit, language))
}

/// A change with or without its sign: `−3.4%`, `+1,9 Prozentpunkte`, `3.4%`.
pub fn change(value: Decimal, unit: ChangeUnit, signed: bool, language: Language) -> String {
    let number = plain(value.abs(), language);
    let sign = match value.cmp(&Decimal::ZERO) {
        _ if !signed => "",
        std::cmp::Ordering::Less => "\u{2212}",
        std::cmp::Ordering::Greater => "+",
        std::cmp::Ordering::Equal => "±",
    };
    let word = match (unit, language) {
        (ChangeUnit::Percent, Language::De) => "\u{a0}%",
        (ChangeUnit::Percent, _) => "%",
        (ChangeUnit::Points, Language::En) => "\u{a0}percentage points",
        (ChangeUnit::Points, Language::De) => "\u{a0}Prozentpunkte",
        (ChangeUnit::Points, Language::Zh) => "个百分点",
    };
    format!("{sign}{number}{word}")
}

/// An axis' number, with so many decimals.
pub fn axis(value: Decimal, decimals: u32, language: Language) -> String {
    let mut value = value;
    value.rescale(decimals);
    plain(value, language)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figures::shipped;

    #[test]
    fn every_language_writes_the_same_exact_number() {
        let data = shipped::dataset().unwrap();
        let unit = |id: &str| data.units.get(id).unwrap();
        let n = |text: &str| Decimal::from_str_exact(text).unwrap();
        let all = |value: &str, id: &str| Language::ALL.map(|l| full(n(value), unit(id), l));
        assert_eq!(all("744800", "vehicles"), ["744,800 vehicles", "744.800 Fahrzeuge", "74.48万辆"]);
        assert_eq!(all("246.3", "eur_bn"), ["EUR\u{a0}246.3\u{a0}billion", "246,3\u{a0}Mrd.\u{a0}Euro", "2463亿欧元"]);
        assert_eq!(all("-30.5", "percent"), ["−30.5%", "−30,5\u{a0}%", "−30.5%"]);
        assert_eq!(all("16490000", "vehicles"), ["16,490,000 vehicles", "16.490.000 Fahrzeuge", "1649万辆"]);
        assert_eq!(all("546", "companies"), ["546 companies", "546 Unternehmen", "546家企业"]);
        assert_eq!(all("1323705", "vehicles")[2], "132.3705万辆");
        assert_eq!(
            Language::ALL.map(|l| change(n("1.9"), ChangeUnit::Points, true, l)),
            ["+1.9\u{a0}percentage points", "+1,9\u{a0}Prozentpunkte", "+1.9个百分点"]
        );
    }
}
