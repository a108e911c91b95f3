//! `calendar list` and `calendar show`: which days are days off, and until when that is known.

use std::{ops::RangeInclusive, process::ExitCode};

use chrono::{Datelike, NaiveDate};
use serde::Serialize;

use super::context::Context;
use crate::{
    base::language::Language,
    time::calendar::{Calendar, Day, Notice},
};

/// A calendar in the list.
#[derive(Debug, Serialize)]
struct Listed<'a> {
    calendar: &'a str,
    title: &'a str,
    /// Nothing if it is computed.
    file: Option<&'a str>,
    known_from: NaiveDate,
    known_until: NaiveDate,
}

/// A named day.
#[derive(Debug, Serialize)]
struct Shown<'a> {
    calendar: &'a str,
    date: NaiveDate,
    weekday: String,
    day: &'static str,
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    en: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    zh: Option<&'a str>,
}

/// Days of which nothing is known.
#[derive(Debug, Serialize)]
struct Unknown<'a> {
    calendar: &'a str,
    date: NaiveDate,
    until: NaiveDate,
    day: &'static str,
}

pub(super) fn list(context: &Context) -> anyhow::Result<ExitCode> {
    let config = context.config()?;
    let rows: Vec<Listed<'_>> = config
        .calendars
        .values()
        .map(|calendar| Listed {
            calendar: &calendar.id,
            title: &calendar.title,
            file: calendar.file.as_deref(),
            known_from: *calendar.known().start(),
            known_until: calendar.known_until(),
        })
        .collect();
    context.output.table(&["CALENDAR", "TITLE", "KNOWN FROM", "UNTIL", "FILE"], &rows, |row| {
        vec![
            row.calendar.to_owned(),
            row.title.to_owned(),
            row.known_from.to_string(),
            row.known_until.to_string(),
            row.file.unwrap_or("computed").to_owned(),
        ]
    })?;
    Ok(ExitCode::SUCCESS)
}

pub(super) fn show(context: &Context, id: &str, year: Option<i32>) -> anyhow::Result<ExitCode> {
    let config = context.config()?;
    let calendar = config.calendar(id)?;
    let now = context.now().year();
    let (first, last) = year.map_or((now, now + 1), |year| (year, year));
    let day = |year, month, day| NaiveDate::from_ymd_opt(year, month, day).unwrap_or_default();
    let range = day(first, 1, 1)..=day(last, 12, 31);
    let days: Vec<Shown<'_>> =
        calendar.named(range.clone()).filter_map(|(date, day)| shown(calendar, date, day)).collect();
    let output = context.output;
    output.say(format!("{}: {}", calendar.id, calendar.title))?;
    output.table(&["DATE", "DAY", "", "NAME", ""], &days, |row| {
        vec![
            row.date.to_string(),
            row.weekday.clone(),
            if row.day == "holiday" { "off" } else { "work" }.to_owned(),
            row.name.to_owned(),
            row.en.unwrap_or_default().to_owned(),
        ]
    })?;
    for (date, until, told) in unknown(calendar, &range) {
        output.result(&Unknown { calendar: &calendar.id, date, until, day: "unknown" }, || told)?;
    }
    let of_years = |notice: &&Notice| (first..=last).contains(&notice.year);
    let mut notices: Vec<&Notice> = calendar.notices.iter().filter(of_years).collect();
    if notices.is_empty() {
        notices.extend(calendar.notices.first());
    }
    for notice in notices {
        output.result(&source(calendar, notice), || {
            format!("{}: {}, {}, {}", notice.year, notice.number, notice.published, notice.url)
        })?;
    }
    Ok(ExitCode::SUCCESS)
}

fn shown<'a>(calendar: &'a Calendar, date: NaiveDate, day: &'a Day) -> Option<Shown<'a>> {
    let (kind, name) = match day {
        Day::Holiday(name) => ("holiday", name.as_str()),
        Day::MakeUp(name) => ("make-up", name.as_str()),
        // One that would be off by a calendar on which this one builds.
        Day::Workday => ("workday", ""),
        Day::Weekend | Day::Unknown => return None,
    };
    Some(Shown {
        calendar: &calendar.id,
        date,
        weekday: date.format("%a").to_string(),
        day: kind,
        name,
        en: calendar.name_in(name, Language::En),
        zh: calendar.name_in(name, Language::Zh),
    })
}

/// The days of `range` before and after those that are known, the first and the last of them, and how it is told.
fn unknown(calendar: &Calendar, range: &RangeInclusive<NaiveDate>) -> Vec<(NaiveDate, NaiveDate, String)> {
    let (known, begin, end) = (calendar.known(), *range.start(), *range.end());
    if known.is_empty() {
        return vec![(begin, end, "unknown: what it builds on is known at different times only".to_owned())];
    }
    let before =
        known.start().pred_opt().map(|last| (begin, last.min(end), format!("unknown before {}", known.start())));
    let after = known
        .end()
        .succ_opt()
        .map(|first| (first.max(begin), end, format!("unknown after {}: nothing is published yet", known.end())));
    before.into_iter().chain(after).filter(|(begin, end, _)| begin <= end).collect()
}

/// A notice with the calendar that it is for.
fn source<'a>(calendar: &'a Calendar, notice: &'a Notice) -> impl Serialize + 'a {
    #[derive(Serialize)]
    struct Source<'a> {
        calendar: &'a str,
        #[serde(flatten)]
        notice: &'a Notice,
    }
    Source { calendar: &calendar.id, notice }
}
