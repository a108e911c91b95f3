//! One event of an iCalendar file (VEVENT; RFC 5545, 3.6.1): its properties as written, and the days that they mean.

use std::ops::Range;

use chrono::{Days, NaiveDate};
use icalendar::parser;

use super::{MAX_DAYS, Report, lines::ContentLine, recurrence};
use crate::base::characters::lost;

/// The properties that are read. All others are ignored.
const KNOWN: [&str; 11] =
    ["DTSTART", "DTEND", "DURATION", "RRULE", "EXRULE", "RDATE", "EXDATE", "RECURRENCE-ID", "SUMMARY", "STATUS", "UID"];

/// Maximum length of a day's name, in characters; longer ones are cut.
const MAX_NAME: usize = 200;

struct Property {
    name: &'static str,
    value: String,
    /// The bytes of its value in the file.
    place: Range<usize>,
}

/// An event as written.
pub(super) struct Event {
    begin: Range<usize>,
    properties: Vec<Property>,
}

/// The days that an event means, with what identifies it.
pub(super) struct ResolvedEvent {
    pub(super) uid: String,
    /// The day of the recurrence with the same uid that it replaces (RECURRENCE-ID).
    pub(super) instead_of: Option<NaiveDate>,
    pub(super) cancelled: bool,
    pub(super) name: Option<String>,
    /// The days on which it begins.
    pub(super) begins: Vec<NaiveDate>,
    /// Its length in days.
    pub(super) length: u64,
    pub(super) place: Range<usize>,
}

impl Event {
    pub(super) fn new(line: &ContentLine) -> Event {
        Event { begin: line.whole(), properties: Vec::new() }
    }

    /// Adds a line of the event; ignores properties that are not read.
    pub(super) fn take(&mut self, line: &ContentLine, report: &mut Report<'_>) {
        let name = line.text.split([':', ';']).next().unwrap_or_default();
        let Some(name) = KNOWN.into_iter().find(|known| known.eq_ignore_ascii_case(name)) else { return };
        let property = parser::Property::try_from(line.text.as_str());
        let value = match &property {
            Ok(property) if line.text.contains(':') => property.val.as_str(),
            _ => "",
        };
        if value.is_empty() {
            // A missing value is reported where it is needed.
            if name != "SUMMARY" {
                report.error(line.whole(), format!("`{name}` says nothing"), "it is written as NAME:VALUE");
            }
            return;
        }
        let place = if line.text.ends_with(value) {
            line.text.len() - value.len()..line.text.len()
        } else {
            0..line.text.len()
        };
        self.properties.push(Property { name, value: value.to_owned(), place: line.place(place) });
    }

    fn all(&self, name: &'static str) -> impl Iterator<Item = &Property> {
        self.properties.iter().filter(move |property| property.name == name)
    }

    /// The only property of this name. A second one is reported.
    fn one(&self, name: &'static str, report: &mut Report<'_>) -> Option<&Property> {
        let mut all = self.all(name);
        let first = all.next();
        if let Some(second) = all.next() {
            report.error(
                second.place.clone(),
                format!("`{name}` appears in this event a second time"),
                "keep one of the two",
            );
        }
        first
    }

    /// The days that it means. `None` if something is wrong with it, which is reported.
    pub(super) fn resolve(&self, last: NaiveDate, report: &mut Report<'_>) -> Option<ResolvedEvent> {
        let before = report.count();
        let Some(start) = self.one("DTSTART", report) else {
            let hint = "an all-day event begins with DTSTART;VALUE=DATE:20270104";
            report.error(self.begin.clone(), "this event does not say when it is: DTSTART is missing", hint);
            return None;
        };
        let begin = date(start, report)?;
        let length = self.length(begin, report);
        let mut begins = self.first_days(begin, last, report);
        for property in self.all("RDATE") {
            begins.extend(dates(property, report));
        }
        for property in self.all("EXDATE") {
            let left_out = dates(property, report);
            begins.retain(|day| !left_out.contains(day));
        }
        if let Some(property) = self.all("EXRULE").next() {
            report.error(
                property.place.clone(),
                "`EXRULE` is not known",
                "name the days that are left out with EXDATE",
            );
        }
        let instead_of = self.one("RECURRENCE-ID", report).and_then(|property| date(property, report));
        let text = |property: &Property| property.value.clone();
        let uid = self.one("UID", report).map(text).unwrap_or_default();
        let cancelled = self.one("STATUS", report).is_some_and(|status| status.value.eq_ignore_ascii_case("CANCELLED"));
        let summary = self.one("SUMMARY", report);
        if let Some((summary, refusal)) = summary.and_then(|it| it.value.chars().find_map(lost).map(|why| (it, why))) {
            report.error(summary.place.clone(), refusal.what(), refusal.hint);
        }
        let name = summary.and_then(|summary| one_line(&summary.value));
        let place = start.place.clone();
        (report.count() == before).then(|| ResolvedEvent {
            uid,
            instead_of,
            cancelled,
            name,
            begins,
            length: length.unwrap_or(1),
            place,
        })
    }

    /// How many days it lasts: up to the day before DTEND, or DURATION, or one.
    fn length(&self, begin: NaiveDate, report: &mut Report<'_>) -> Option<u64> {
        let duration = self.one("DURATION", report);
        if let Some(property) = self.one("DTEND", report) {
            let end = date(property, report)?;
            let next = begin.checked_add_days(Days::new(1)).unwrap_or(begin).format("%Y%m%d");
            if end <= begin {
                let hint = format!("DTEND is the day after the last one: {next} for a single day, or leave it out");
                report.error(property.place.clone(), "this event ends before it has begun", &hint);
            } else if let Some(duration) = duration {
                let hint = "RFC 5545 allows only one of the two";
                report.error(duration.place.clone(), "this event has a DTEND and a DURATION", hint);
            }
            return u64::try_from((end - begin).num_days()).ok();
        }
        let duration = duration?;
        let length = days_of(&duration.value);
        if length.is_none() {
            let what = format!("`{}` is not a length in days", duration.value);
            report.error(duration.place.clone(), what, "write P1D for a day or P2W for two weeks");
        }
        length
    }

    fn first_days(&self, begin: NaiveDate, last: NaiveDate, report: &mut Report<'_>) -> Vec<NaiveDate> {
        let Some(property) = self.one("RRULE", report) else { return vec![begin] };
        match recurrence::days(&property.value, begin, last, MAX_DAYS + 1) {
            Ok(days) => days,
            Err(refused) => {
                report.error(property.place.clone(), refused.what, refused.hint);
                Vec::new()
            }
        }
    }
}

fn date(property: &Property, report: &mut Report<'_>) -> Option<NaiveDate> {
    one_date(&property.value, property, report)
}

fn dates(property: &Property, report: &mut Report<'_>) -> Vec<NaiveDate> {
    property.value.split(',').filter_map(|text| one_date(text, property, report)).collect()
}

fn one_date(text: &str, property: &Property, report: &mut Report<'_>) -> Option<NaiveDate> {
    let (name, text) = (property.name, text.trim());
    let (day, time) = text.split_at_checked(8).unwrap_or((text, ""));
    let digits = day.len() == 8 && day.bytes().all(|byte| byte.is_ascii_digit());
    let date = digits.then(|| NaiveDate::parse_from_str(day, "%Y%m%d").ok()).flatten();
    match date {
        Some(date) if time.is_empty() => return Some(date),
        Some(_) if time.starts_with('T') => {
            let what = format!("`{name}` has a time of day: only whole days can be days off");
            report.error(property.place.clone(), what, &format!("a whole day is written {name};VALUE=DATE:{day}"));
        }
        _ => report.error(
            property.place.clone(),
            format!("`{text}` is not a date"),
            "a date is written as year, month and day, such as 20270104",
        ),
    }
    None
}

/// `P1D`, `P2W`: a length in whole days, at least one (RFC 5545, 3.3.6).
fn days_of(text: &str) -> Option<u64> {
    let text = text.trim().trim_start_matches('+').strip_prefix('P')?;
    let (number, days) =
        text.strip_suffix('D').map(|number| (number, 1)).or(text.strip_suffix('W').map(|number| (number, 7)))?;
    let digits = (1..=6).contains(&number.len()) && number.bytes().all(|byte| byte.is_ascii_digit());
    let length = number.parse::<u64>().ok().filter(|_| digits)? * days;
    (length > 0).then_some(length)
}

/// A name on one line, cut at [`MAX_NAME`]. `None` if nothing is left.
fn one_line(text: &str) -> Option<String> {
    let plain: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let name = plain.split_whitespace().collect::<Vec<_>>().join(" ");
    let cut: String = name.chars().take(MAX_NAME).collect();
    (!cut.is_empty()).then_some(cut)
}
