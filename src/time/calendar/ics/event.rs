//! One event of an iCalendar file (VEVENT; RFC 5545, 3.6.1): its properties as they are written, and the days they mean.

use std::ops::Range;

use chrono::{Days, NaiveDate};
use icalendar::parser;

use super::{MOST_DAYS, Wrong, lines::Line, rule};

/// The properties that say something about days. All others are left alone.
const KNOWN: [&str; 11] =
    ["DTSTART", "DTEND", "DURATION", "RRULE", "EXRULE", "RDATE", "EXDATE", "RECURRENCE-ID", "SUMMARY", "STATUS", "UID"];

/// The longest name of a day, in characters.
const LONGEST_NAME: usize = 200;

/// A property.
struct Property {
    name: &'static str,
    value: String,
    /// Where the value stands in the file.
    place: Range<usize>,
}

/// An event as it is written.
pub(super) struct Event {
    begin: Range<usize>,
    properties: Vec<Property>,
}

/// What an event means.
pub(super) struct Meaning {
    pub(super) uid: String,
    /// It takes the place of the one that the rule of the same uid has on that day.
    pub(super) instead_of: Option<NaiveDate>,
    pub(super) cancelled: bool,
    pub(super) name: Option<String>,
    /// On which days it begins.
    pub(super) begins: Vec<NaiveDate>,
    /// How many days it lasts.
    pub(super) length: u64,
    pub(super) place: Range<usize>,
}

impl Event {
    pub(super) fn new(line: &Line) -> Event {
        Event { begin: line.whole(), properties: Vec::new() }
    }

    /// Takes a line of the event, if it says something about days.
    pub(super) fn take(&mut self, line: &Line, wrong: &mut Wrong<'_>) {
        let name = line.text.split([':', ';']).next().unwrap_or_default();
        let Some(name) = KNOWN.into_iter().find(|known| known.eq_ignore_ascii_case(name)) else { return };
        let property = parser::Property::try_from(line.text.as_str());
        let value = match &property {
            Ok(property) if line.text.contains(':') => property.val.as_str(),
            _ => "",
        };
        if value.is_empty() {
            // What needs a value is missed where it is needed.
            if name != "SUMMARY" {
                wrong.error(line.whole(), format!("`{name}` says nothing"), "it is written as NAME:VALUE");
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

    /// The one property of this name; a second is wrong.
    fn one(&self, name: &'static str, wrong: &mut Wrong<'_>) -> Option<&Property> {
        let mut all = self.all(name);
        let first = all.next();
        if let Some(second) = all.next() {
            wrong.error(
                second.place.clone(),
                format!("`{name}` stands in this event a second time"),
                "keep one of the two",
            );
        }
        first
    }

    /// What it means; nothing if something is wrong with it, which is told then.
    pub(super) fn meaning(&self, last: NaiveDate, wrong: &mut Wrong<'_>) -> Option<Meaning> {
        let before = wrong.count();
        let Some(start) = self.one("DTSTART", wrong) else {
            let hint = "an all-day event begins with DTSTART;VALUE=DATE:20270104";
            wrong.error(self.begin.clone(), "this event does not say when it is: DTSTART is missing", hint);
            return None;
        };
        let begin = date(start, wrong)?;
        let length = self.length(begin, wrong);
        let mut begins = self.begins(begin, last, wrong);
        for property in self.all("RDATE") {
            begins.extend(dates(property, wrong));
        }
        for property in self.all("EXDATE") {
            let left_out = dates(property, wrong);
            begins.retain(|day| !left_out.contains(day));
        }
        if let Some(property) = self.all("EXRULE").next() {
            wrong.error(property.place.clone(), "`EXRULE` is not known", "name the days that are left out with EXDATE");
        }
        let instead_of = self.one("RECURRENCE-ID", wrong).and_then(|property| date(property, wrong));
        let text = |property: &Property| property.value.clone();
        let uid = self.one("UID", wrong).map(text).unwrap_or_default();
        let cancelled = self.one("STATUS", wrong).is_some_and(|status| status.value.eq_ignore_ascii_case("CANCELLED"));
        let name = self.one("SUMMARY", wrong).and_then(|summary| one_line(&summary.value));
        let place = start.place.clone();
        (wrong.count() == before).then(|| Meaning {
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
    fn length(&self, begin: NaiveDate, wrong: &mut Wrong<'_>) -> Option<u64> {
        let duration = self.one("DURATION", wrong);
        if let Some(property) = self.one("DTEND", wrong) {
            let end = date(property, wrong)?;
            let next = begin.checked_add_days(Days::new(1)).unwrap_or(begin).format("%Y%m%d");
            if end <= begin {
                let hint = format!("DTEND is the day after the last one: {next} for a single day, or leave it out");
                wrong.error(property.place.clone(), "this event ends before it has begun", &hint);
            } else if let Some(duration) = duration {
                let hint = "RFC 5545 allows only one of the two";
                wrong.error(duration.place.clone(), "this event has a DTEND and a DURATION", hint);
            }
            return u64::try_from((end - begin).num_days()).ok();
        }
        let duration = duration?;
        let length = days_of(&duration.value);
        if length.is_none() {
            let what = format!("`{}` is no length in days", duration.value);
            wrong.error(duration.place.clone(), what, "write P1D for a day or P2W for two weeks");
        }
        length
    }

    fn begins(&self, begin: NaiveDate, last: NaiveDate, wrong: &mut Wrong<'_>) -> Vec<NaiveDate> {
        let Some(property) = self.one("RRULE", wrong) else { return vec![begin] };
        match rule::days(&property.value, begin, last, MOST_DAYS + 1) {
            Ok(days) => days,
            Err(refused) => {
                wrong.error(property.place.clone(), refused.what, refused.hint);
                Vec::new()
            }
        }
    }
}

fn date(property: &Property, wrong: &mut Wrong<'_>) -> Option<NaiveDate> {
    one_date(&property.value, property, wrong)
}

fn dates(property: &Property, wrong: &mut Wrong<'_>) -> Vec<NaiveDate> {
    property.value.split(',').filter_map(|text| one_date(text, property, wrong)).collect()
}

fn one_date(text: &str, property: &Property, wrong: &mut Wrong<'_>) -> Option<NaiveDate> {
    let (name, text) = (property.name, text.trim());
    let (day, time) = text.split_at_checked(8).unwrap_or((text, ""));
    let digits = day.len() == 8 && day.bytes().all(|byte| byte.is_ascii_digit());
    let date = digits.then(|| NaiveDate::parse_from_str(day, "%Y%m%d").ok()).flatten();
    match date {
        Some(date) if time.is_empty() => return Some(date),
        Some(_) if time.starts_with('T') => {
            let what = format!("`{name}` has a time of day: only whole days can be days off");
            wrong.error(property.place.clone(), what, &format!("a whole day is written {name};VALUE=DATE:{day}"));
        }
        _ => wrong.error(
            property.place.clone(),
            format!("`{text}` is no date"),
            "a date is written as year, month and day, such as 20270104",
        ),
    }
    None
}

/// `P1D`, `P2W`: a length in whole days (RFC 5545, 3.3.6), more than none.
fn days_of(text: &str) -> Option<u64> {
    let text = text.trim().trim_start_matches('+').strip_prefix('P')?;
    let (number, days) =
        text.strip_suffix('D').map(|number| (number, 1)).or(text.strip_suffix('W').map(|number| (number, 7)))?;
    let digits = (1..=6).contains(&number.len()) && number.bytes().all(|byte| byte.is_ascii_digit());
    let length = number.parse::<u64>().ok().filter(|_| digits)? * days;
    (length > 0).then_some(length)
}

/// A name in one line, cut if it is long.
fn one_line(text: &str) -> Option<String> {
    let plain: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let name = plain.split_whitespace().collect::<Vec<_>>().join(" ");
    let cut: String = name.chars().take(LONGEST_NAME).collect();
    (!cut.is_empty()).then_some(cut)
}
