//! Dates and periods as each language writes them (CLDR's long forms).

use chrono::{Datelike, NaiveDate};

use crate::{figures::Period, language::Language};

const EN: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const DE: [&str; 12] = [
    "Januar",
    "Februar",
    "März",
    "April",
    "Mai",
    "Juni",
    "Juli",
    "August",
    "September",
    "Oktober",
    "November",
    "Dezember",
];

fn month_name(month: u32, language: Language) -> String {
    let index = (month as usize).saturating_sub(1);
    match language {
        Language::En => EN.get(index).copied().unwrap_or_default().to_owned(),
        Language::De => DE.get(index).copied().unwrap_or_default().to_owned(),
        Language::Zh => format!("{month}月"),
    }
}

/// `4 March 2025`, `4. März 2025`, `2025年3月4日`.
pub fn day(date: NaiveDate, language: Language) -> String {
    let (year, month, day) = (date.year(), month_name(date.month(), language), date.day());
    match language {
        Language::En => format!("{day} {month} {year}"),
        Language::De => format!("{day}. {month} {year}"),
        Language::Zh => format!("{year}年{month}{day}日"),
    }
}

/// A period in words: `2024`, `June 2024`, `2024/25`, `Q3 2024`.
pub fn period(period: Period, language: Language) -> String {
    let month = |year: i32, month: u32| match language {
        Language::Zh => format!("{year}年{}", month_name(month, language)),
        _ => format!("{} {year}", month_name(month, language)),
    };
    match (period, language) {
        (Period::Year(year), Language::Zh) => format!("{year}年"),
        (Period::Year(year), _) => year.to_string(),
        (Period::Season(_), _) => period.to_string(),
        (Period::Half(year, half), Language::En) => format!("H{half} {year}"),
        (Period::Half(year, half), Language::De) => format!("{half}. Halbjahr {year}"),
        (Period::Half(year, half), Language::Zh) => format!("{year}年{}半年", if half == 1 { "上" } else { "下" }),
        (Period::Quarter(year, quarter), Language::En) => format!("Q{quarter} {year}"),
        (Period::Quarter(year, quarter), Language::De) => format!("{quarter}. Quartal {year}"),
        (Period::Quarter(year, quarter), Language::Zh) => format!("{year}年第{quarter}季度"),
        (Period::Month(year, number), _) => month(year, number),
        (Period::Day(date), _) => day(date, language),
        (Period::Months { from, to }, Language::Zh) if from.0 == to.0 => format!("{}年{}–{}月", from.0, from.1, to.1),
        (Period::Months { from, to }, _) if from.0 == to.0 => {
            format!("{}–{} {}", month_name(from.1, language), month_name(to.1, language), from.0)
        }
        (Period::Months { from, to }, _) => format!("{}–{}", month(from.0, from.1), month(to.0, to.1)),
    }
}

/// A period on an axis: years stay bare in every language.
pub fn short(value: Period, language: Language) -> String {
    match value {
        Period::Year(year) => year.to_string(),
        Period::Month(year, month) if language != Language::Zh => {
            format!("{} {year}", month_name(month, language).chars().take(3).collect::<String>())
        }
        _ => period(value, language),
    }
}
