//! Dates and periods as each language writes them: days, months and years by CLDR (icu), in the British order for
//! English. Halves, quarters, weeks, seasons and spans of months are written here: icu has neither quarters nor, without its
//! unstable features, ranges. Quarters follow CLDR's skeletons all the same (`yQQQ`; German `yQQQQ`).

use chrono::{Datelike, NaiveDate};
use icu_calendar::{Date, Gregorian};
use icu_datetime::{
    FixedCalendarDateTimeFormatter,
    fieldsets::{M, Y, YM, YMD, YMDE},
};
use icu_locale_core::{Locale, locale};

use crate::{base::language::Language, figures::Period};

/// CLDR's formats of one language.
struct Forms {
    day: FixedCalendarDateTimeFormatter<Gregorian, YMD>,
    weekday: FixedCalendarDateTimeFormatter<Gregorian, YMDE>,
    month: FixedCalendarDateTimeFormatter<Gregorian, YM>,
    month_name: FixedCalendarDateTimeFormatter<Gregorian, M>,
    short_name: FixedCalendarDateTimeFormatter<Gregorian, M>,
    year: FixedCalendarDateTimeFormatter<Gregorian, Y>,
}

impl Forms {
    fn new(locale: &Locale) -> Option<Forms> {
        Some(Forms {
            day: FixedCalendarDateTimeFormatter::try_new(locale.into(), YMD::long()).ok()?,
            weekday: FixedCalendarDateTimeFormatter::try_new(locale.into(), YMDE::long()).ok()?,
            month: FixedCalendarDateTimeFormatter::try_new(locale.into(), YM::long()).ok()?,
            month_name: FixedCalendarDateTimeFormatter::try_new(locale.into(), M::long()).ok()?,
            short_name: FixedCalendarDateTimeFormatter::try_new(locale.into(), M::medium()).ok()?,
            year: FixedCalendarDateTimeFormatter::try_new(locale.into(), Y::long()).ok()?,
        })
    }
}

thread_local! {
    static FORMS: [Option<Forms>; 3] = [locale!("en-GB"), locale!("de"), locale!("zh")].map(|locale| Forms::new(&locale));
}

/// A date in one of the language's formats. All three languages are compiled in and every date is in icu's calendar, so
/// the fallback to ISO 8601 is never taken.
fn written(date: (i32, u32, u32), language: Language, form: impl Fn(&Forms, &Date<Gregorian>) -> String) -> String {
    let (year, month, day) = date;
    let index = Language::ALL.iter().position(|l| *l == language).unwrap_or(0);
    let found = FORMS.with(|all| {
        let date = Date::try_new_gregorian(year, u8::try_from(month).ok()?, u8::try_from(day).ok()?).ok()?;
        Some(form(all.get(index)?.as_ref()?, &date))
    });
    found.unwrap_or_else(|| format!("{year:04}-{month:02}-{day:02}"))
}

/// `4 March 2025`, `4. März 2025`, `2025年3月4日`.
pub fn day(date: NaiveDate, language: Language) -> String {
    written((date.year(), date.month(), date.day()), language, |forms, date| forms.day.format(date).to_string())
}

/// `Monday, 7 December 2026`, `Montag, 7. Dezember 2026`, `2026年12月7日星期一`.
pub fn weekday_and_day(date: NaiveDate, language: Language) -> String {
    written((date.year(), date.month(), date.day()), language, |forms, date| forms.weekday.format(date).to_string())
}

/// `June 2024`, `Juni 2024`, `2024年6月`.
fn month(year: i32, month: u32, language: Language) -> String {
    written((year, month, 1), language, |forms, date| forms.month.format(date).to_string())
}

/// `June`, `Juni`; in Chinese `六月`, which is not used for periods.
fn month_name(month: u32, language: Language) -> String {
    written((2000, month, 1), language, |forms, date| forms.month_name.format(date).to_string())
}

/// `2024`, `2024年`.
fn year(year: i32, language: Language) -> String {
    written((year, 1, 1), language, |forms, date| forms.year.format(date).to_string())
}

/// A period in words: `2024`, `June 2024`, `2024/25`, `Q3 2024`.
pub fn period(period: Period, language: Language) -> String {
    match (period, language) {
        (Period::Year(number), _) => year(number, language),
        (Period::Season(_), _) => period.to_string(),
        (Period::Half(year, half), Language::En) => format!("H{half} {year}"),
        (Period::Half(year, half), Language::De) => format!("{half}. Halbjahr {year}"),
        (Period::Half(year, half), Language::Zh) => format!("{year}年{}半年", if half == 1 { "上" } else { "下" }),
        (Period::Quarter(year, quarter), Language::En) => format!("Q{quarter} {year}"),
        (Period::Quarter(year, quarter), Language::De) => format!("{quarter}. Quartal {year}"),
        (Period::Quarter(year, quarter), Language::Zh) => format!("{year}年第{quarter}季度"),
        (Period::Month(year, number), _) => month(year, number, language),
        (Period::Week(year, week), Language::En) => format!("week {week} of {year}"),
        (Period::Week(year, week), Language::De) => format!("{week}. Kalenderwoche {year}"),
        (Period::Week(year, week), Language::Zh) => format!("{year}年第{week}周"),
        (Period::Day(date), _) => day(date, language),
        (Period::Months { from, to }, Language::Zh) if from.0 == to.0 => format!("{}年{}–{}月", from.0, from.1, to.1),
        (Period::Months { from, to }, _) if from.0 == to.0 => {
            format!("{}–{}", month_name(from.1, language), month(to.0, to.1, language))
        }
        (Period::Months { from, to }, _) => {
            format!("{}–{}", month(from.0, from.1, language), month(to.0, to.1, language))
        }
    }
}

/// A period that another is compared with. In Chinese it has its noun: `2024年`, `2024/25年度`.
pub fn against(compared: Period, language: Language) -> String {
    match (compared, language) {
        (Period::Season(_), Language::Zh) => format!("{compared}年度"),
        _ => period(compared, language),
    }
}

/// A period as a sentence says when something was: `in 2025`, `in H1 2025`, `on 30 June 2025`; `im Jahr 2025`, `im 1. Halbjahr
/// 2025`, `am 30. Juni 2025`. A German season stands alone, and Chinese has no preposition.
pub fn in_period(value: Period, language: Language) -> String {
    let words = period(value, language);
    match (language, value) {
        (Language::Zh, _) | (Language::De, Period::Season(_)) => words,
        (Language::En, Period::Day(_)) => format!("on {words}"),
        (Language::En, Period::Months { .. }) => format!("from {}", words.replacen('–', " to ", 1)),
        (Language::En, _) => format!("in {words}"),
        (Language::De, Period::Year(_)) => format!("im Jahr {words}"),
        (Language::De, Period::Week(..)) => format!("in der {words}"),
        (Language::De, Period::Day(_)) => format!("am {words}"),
        (Language::De, Period::Months { .. }) => format!("von {}", words.replacen('–', " bis ", 1)),
        (Language::De, _) => format!("im {words}"),
    }
}

/// A period on an axis or above a column: years without a word in every language, months abbreviated.
pub fn short(value: Period, language: Language) -> String {
    match value {
        Period::Year(year) => year.to_string(),
        // CLDR's stand-alone names; icu's own medium form of month and year is 01/2024 in German.
        Period::Month(year, month) if language != Language::Zh => {
            written((year, month, 1), language, |forms, date| format!("{} {year}", forms.short_name.format(date)))
        }
        Period::Week(year, week) if language == Language::En => format!("W{week} {year}"),
        Period::Week(year, week) if language == Language::De => format!("KW {week}/{year}"),
        _ => period(value, language),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The months of CLDR 48 (`months`: wide; abbreviated, stand-alone).
    const MONTHS: [[&str; 4]; 12] = [
        ["January", "Jan", "Januar", "Jan"],
        ["February", "Feb", "Februar", "Feb"],
        ["March", "Mar", "März", "Mär"],
        ["April", "Apr", "April", "Apr"],
        ["May", "May", "Mai", "Mai"],
        ["June", "Jun", "Juni", "Jun"],
        ["July", "Jul", "Juli", "Jul"],
        ["August", "Aug", "August", "Aug"],
        ["September", "Sept", "September", "Sep"],
        ["October", "Oct", "Oktober", "Okt"],
        ["November", "Nov", "November", "Nov"],
        ["December", "Dec", "Dezember", "Dez"],
    ];

    #[test]
    fn every_month_is_written_as_cldr_has_it() {
        for (number, [en, en_short, de, de_short]) in (1..).zip(MONTHS) {
            let date = NaiveDate::from_ymd_opt(2025, number, 4).unwrap();
            let written = Language::ALL.map(|l| day(date, l));
            assert_eq!(written, [format!("4 {en} 2025"), format!("4. {de} 2025"), format!("2025年{number}月4日")]);
            let long = Language::ALL.map(|l| period(Period::Month(2024, number), l));
            assert_eq!(long, [format!("{en} 2024"), format!("{de} 2024"), format!("2024年{number}月")]);
            let short = Language::ALL.map(|l| short(Period::Month(2024, number), l));
            assert_eq!(short, [format!("{en_short} 2024"), format!("{de_short} 2024"), format!("2024年{number}月")]);
        }
    }

    #[test]
    fn every_kind_of_period_is_written_in_each_language() {
        for (text, wanted) in [
            ("2024", ["2024", "2024", "2024年"]),
            ("2024/25", ["2024/25", "2024/25", "2024/25"]),
            ("2024-H1", ["H1 2024", "1. Halbjahr 2024", "2024年上半年"]),
            ("2024-Q3", ["Q3 2024", "3. Quartal 2024", "2024年第3季度"]),
            ("2024-W07", ["week 7 of 2024", "7. Kalenderwoche 2024", "2024年第7周"]),
            ("2024-01/2024-04", ["January–April 2024", "Januar–April 2024", "2024年1–4月"]),
            ("2023-11/2024-04", ["November 2023–April 2024", "November 2023–April 2024", "2023年11月–2024年4月"]),
            ("2024-02-29", ["29 February 2024", "29. Februar 2024", "2024年2月29日"]),
        ] {
            let parsed: Period = text.parse().unwrap();
            assert_eq!(Language::ALL.map(|l| period(parsed, l)), wanted);
        }
        assert_eq!(Language::ALL.map(|l| short(Period::Year(2024), l)), ["2024"; 3]);
        let weeks = Language::ALL.map(|l| short(Period::Week(2024, 7), l));
        assert_eq!(weeks, ["W7 2024", "KW 7/2024", "2024年第7周"]);
    }

    #[test]
    fn every_kind_of_period_has_its_preposition() {
        for (text, wanted) in [
            ("2025", ["in 2025", "im Jahr 2025", "2025年"]),
            ("2024/25", ["in 2024/25", "2024/25", "2024/25"]),
            ("2025-H1", ["in H1 2025", "im 1. Halbjahr 2025", "2025年上半年"]),
            ("2025-Q3", ["in Q3 2025", "im 3. Quartal 2025", "2025年第3季度"]),
            ("2025-W07", ["in week 7 of 2025", "in der 7. Kalenderwoche 2025", "2025年第7周"]),
            ("2025-06", ["in June 2025", "im Juni 2025", "2025年6月"]),
            ("2025-06-30", ["on 30 June 2025", "am 30. Juni 2025", "2025年6月30日"]),
            ("2025-01/2025-04", ["from January to April 2025", "von Januar bis April 2025", "2025年1–4月"]),
        ] {
            let parsed: Period = text.parse().unwrap();
            assert_eq!(Language::ALL.map(|l| in_period(parsed, l)), wanted);
        }
    }
}
