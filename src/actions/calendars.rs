//! The calendars: which days are days off, and until when that is known.

use std::ops::RangeInclusive;

use chrono::{Datelike, NaiveDate};
use serde::Serialize;

use super::{Installation, Result};
use crate::{
    base::language::Language,
    time::calendar::{Calendar, Day, Notice},
};

/// A calendar in the list.
#[derive(Debug, Serialize)]
pub struct ListedCalendar<'a> {
    /// Its id
    pub calendar: &'a str,
    /// Its title
    pub title: &'a str,
    /// Its file; `None` if it is computed
    pub file: Option<&'a str>,
    /// The first known day
    pub known_from: NaiveDate,
    /// The last known day
    pub known_until: NaiveDate,
}

/// All calendars, by id.
///
/// # Errors
/// What is wrong with one of them.
pub fn list(installation: &Installation) -> Result<Vec<ListedCalendar<'_>>> {
    let listed = installation.config.calendars()?.values().map(|calendar| ListedCalendar {
        calendar: &calendar.id,
        title: &calendar.title,
        file: calendar.file.as_deref(),
        known_from: *calendar.known().start(),
        known_until: calendar.known_until(),
    });
    Ok(listed.collect())
}

/// The named days of a calendar in one year or several.
#[derive(Debug)]
pub struct CalendarDays<'a> {
    /// The calendar
    pub calendar: &'a Calendar,
    /// Its days off and make-up workdays, by date
    pub named: Vec<NamedDay<'a>>,
    /// Days of which nothing is known
    pub unknown: Vec<UnknownDays<'a>>,
    /// The official notices for these years, or the newest one
    pub notices: Vec<CalendarNotice<'a>>,
}

/// A named day.
#[derive(Debug, Serialize)]
pub struct NamedDay<'a> {
    /// The calendar's id
    pub calendar: &'a str,
    /// The day
    pub date: NaiveDate,
    /// Its weekday, such as `Mon`
    pub weekday: String,
    /// `holiday`, `make-up` or `workday`
    pub day: &'static str,
    /// Its name, in the calendar's own language
    pub name: &'a str,
    /// Its English name
    #[serde(skip_serializing_if = "Option::is_none")]
    pub en: Option<&'a str>,
    /// Its Chinese name
    #[serde(skip_serializing_if = "Option::is_none")]
    pub zh: Option<&'a str>,
}

/// Days of which nothing is known.
#[derive(Debug, Serialize)]
pub struct UnknownDays<'a> {
    /// The calendar's id
    pub calendar: &'a str,
    /// The first of them
    pub date: NaiveDate,
    /// The last of them
    pub until: NaiveDate,
    /// `unknown`
    pub day: &'static str,
    /// Why, in words
    #[serde(skip)]
    pub why: String,
}

/// An official notice with the id of its calendar.
#[derive(Debug, Serialize)]
pub struct CalendarNotice<'a> {
    /// The calendar's id
    pub calendar: &'a str,
    /// The notice
    #[serde(flatten)]
    pub notice: &'a Notice,
}

/// The days of a calendar in `year`, or in this year and the next.
///
/// # Errors
/// There is no such calendar.
pub fn show<'a>(installation: &'a Installation, id: &str, year: Option<i32>) -> Result<CalendarDays<'a>> {
    let calendar = installation.config.calendar(id)?;
    let this_year = installation.now().year();
    let (first, last) = year.map_or((this_year, this_year + 1), |year| (year, year));
    let day = |year, month, day| NaiveDate::from_ymd_opt(year, month, day).unwrap_or_default();
    let range = day(first, 1, 1)..=day(last, 12, 31);
    let mut notices: Vec<&Notice> =
        calendar.notices.iter().filter(|notice| (first..=last).contains(&notice.year)).collect();
    if notices.is_empty() {
        notices.extend(calendar.notices.first());
    }
    Ok(CalendarDays {
        calendar,
        named: calendar.named(range.clone()).filter_map(|(date, day)| named_day(calendar, date, day)).collect(),
        unknown: unknown_days(calendar, &range),
        notices: notices.into_iter().map(|notice| CalendarNotice { calendar: &calendar.id, notice }).collect(),
    })
}

fn named_day<'a>(calendar: &'a Calendar, date: NaiveDate, day: &'a Day) -> Option<NamedDay<'a>> {
    let (kind, name) = match day {
        Day::Holiday(name) => ("holiday", name.as_str()),
        Day::MakeUp(name) => ("make-up", name.as_str()),
        // A day that is off in a calendar on which this one builds.
        Day::Workday => ("workday", ""),
        Day::Weekend | Day::Unknown => return None,
    };
    Some(NamedDay {
        calendar: &calendar.id,
        date,
        weekday: date.format("%a").to_string(),
        day: kind,
        name,
        en: calendar.name_in(name, Language::En),
        zh: calendar.name_in(name, Language::Zh),
    })
}

/// The days of `range` before and after those that are known.
fn unknown_days<'a>(calendar: &'a Calendar, range: &RangeInclusive<NaiveDate>) -> Vec<UnknownDays<'a>> {
    let (known, begin, end) = (calendar.known(), *range.start(), *range.end());
    let days = |date, until, why| UnknownDays { calendar: &calendar.id, date, until, day: "unknown", why };
    if known.is_empty() {
        return vec![days(begin, end, "unknown: what it builds on is known at different times only".to_owned())];
    }
    let before =
        known.start().pred_opt().map(|last| days(begin, last.min(end), format!("unknown before {}", known.start())));
    let after = known
        .end()
        .succ_opt()
        .map(|first| days(first.max(begin), end, format!("unknown after {}: nothing is published yet", known.end())));
    before.into_iter().chain(after).filter(|days| days.date <= days.until).collect()
}
