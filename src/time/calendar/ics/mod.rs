//! Days off from an iCalendar file (RFC 5545): every all-day event is one or more days off. Lines are parsed by
//! `icalendar`, recurrence rules by `rrule`; what they mean for whole days, and where in the file a problem is, is decided
//! here. Files are opened in `config`. Events at times are written in `written`.

mod event;
mod lines;
mod recurrence;
mod written;

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    ops::Range,
};

use chrono::{Days, NaiveDate};

pub use self::written::{Standing, TimedEvent, write};
use self::{event::Event, lines::ContentLine};
use super::range;
use crate::base::problem::{Place, Problem, Problems};

/// Maximum number of days in a file, summed over its events: more than any century has days off.
const MAX_DAYS: usize = 100_000;
/// Maximum number of names of a day; further ones are dropped.
const MAX_NAMES: usize = 8;
/// Maximum number of problems reported for a file.
const MAX_PROBLEMS: usize = 20;
/// Maximum depth of nested components.
const MAX_DEPTH: usize = 16;

/// Collects the problems of a file, each with its place.
struct Report<'a> {
    place: &'a dyn Fn(Range<usize>) -> Place,
    problems: Problems,
}

impl Report<'_> {
    fn error(&mut self, at: Range<usize>, what: impl Into<String>, hint: &str) {
        self.problems.push(Problem::error(what).at((self.place)(at)).hint(hint));
    }

    fn count(&self) -> usize {
        self.problems.0.len()
    }

    /// Are there so many problems that reading stops?
    fn is_full(&self) -> bool {
        self.count() >= MAX_PROBLEMS
    }
}

/// Reads the days off from the text of a file, by date, within the years that calendars cover; also returns the problems.
/// `unnamed` is the name of a day whose event has none; `place` gives the place of a byte range of the text.
pub fn read(
    text: &str,
    unnamed: &str,
    place: &dyn Fn(Range<usize>) -> Place,
) -> (BTreeMap<NaiveDate, String>, Problems) {
    let mut report = Report { place, problems: Problems::new() };
    let lines = lines::unfold(text);
    let events = events(&lines, &mut report);
    let named = days(&events, unnamed, &mut report);
    if report.is_full() {
        report.problems.0.truncate(MAX_PROBLEMS);
        let more = Problem::error("there may be more that is wrong with this file");
        report.problems.push(more.at(place(0..0)).hint("it may be another calendar than one of days off"));
    } else if events.is_empty() && report.problems.is_empty() {
        let none = Problem::warning("there is no event in this file: no day off comes from it");
        report.problems.push(none.at(place(0..0)));
    }
    let joined = named.into_iter().map(|(date, names)| (date, names.join(", "))).collect();
    (joined, report.problems)
}

/// The events; those before the first structural error.
fn events(lines: &[ContentLine], report: &mut Report<'_>) -> Vec<Event> {
    let mut events: Vec<Event> = Vec::new();
    let mut open: Vec<(String, &ContentLine)> = Vec::new();
    if !lines.first().is_some_and(|line| line.text.trim().eq_ignore_ascii_case("BEGIN:VCALENDAR")) {
        let at = lines.first().map_or(0..0, ContentLine::whole);
        report.error(
            at,
            "this is not an iCalendar file: it does not begin with BEGIN:VCALENDAR",
            "export the calendar as .ics",
        );
        return events;
    }
    for line in lines {
        if report.is_full() {
            return events;
        }
        let Some(end_of_name) = line.text.find([':', ';']) else {
            report.error(line.whole(), "this is not a line of an iCalendar file", "a line is written as NAME:VALUE");
            continue;
        };
        let (name, value) = line.text.split_at(end_of_name);
        let component = value.trim_start_matches(':').trim().to_ascii_uppercase();
        if name.eq_ignore_ascii_case("BEGIN") {
            if component == "VEVENT" && open.len() == 1 {
                events.push(Event::new(line));
            }
            open.push((component, line));
            if open.len() > MAX_DEPTH {
                report.error(line.whole(), "components are nested too deeply here", "an event stands in a VCALENDAR");
                return events;
            }
        } else if name.eq_ignore_ascii_case("END") {
            if open.pop().is_none_or(|(begun, _)| begun != component) {
                let hint = "each END ends the BEGIN before it: a part of the file may be missing";
                report.error(line.whole(), format!("nothing that ends here has begun: END:{component}"), hint);
                return events;
            }
        } else if let [_, (component, _)] = open.as_slice()
            && component == "VEVENT"
            && let Some(event) = events.last_mut()
        {
            event.take(line, report);
        }
    }
    if let Some((component, line)) = open.last() {
        let hint = "a part of the file may be missing";
        report.error(line.whole(), format!("BEGIN:{component} has no END:{component}"), hint);
    }
    events
}

fn days(events: &[Event], unnamed: &str, report: &mut Report<'_>) -> BTreeMap<NaiveDate, Vec<String>> {
    let (first, last) = range().into_inner();
    let mut resolved = Vec::new();
    let mut read = 0;
    for event in events {
        if report.is_full() {
            break;
        }
        let Some(event) = event.resolve(last, report) else { continue };
        read += event.begins.len();
        if read > MAX_DAYS {
            too_many(&event.place, report);
            break;
        }
        resolved.push(event);
    }
    // A day of a recurrence that another event replaces (RECURRENCE-ID) is left out.
    let mut moved: HashMap<&str, HashSet<NaiveDate>> = HashMap::new();
    for event in &resolved {
        if let Some(date) = event.instead_of {
            moved.entry(&event.uid).or_default().insert(date);
        }
    }
    let mut named: BTreeMap<NaiveDate, Vec<String>> = BTreeMap::new();
    let mut count = 0;
    for event in resolved.iter().filter(|event| !event.cancelled) {
        let moved = moved.get(event.uid.as_str()).filter(|_| event.instead_of.is_none());
        let name = event.name.as_deref().unwrap_or(unnamed);
        for begin in event.begins.iter().filter(|day| moved.is_none_or(|moved| !moved.contains(day))) {
            let end = begin.checked_add_days(Days::new(event.length - 1)).unwrap_or(last).min(last);
            for date in (*begin).max(first).iter_days().take_while(|date| *date <= end) {
                count += 1;
                if count > MAX_DAYS {
                    too_many(&event.place, report);
                    return named;
                }
                let names = named.entry(date).or_default();
                if names.len() < MAX_NAMES && !names.iter().any(|known| known == name) {
                    names.push(name.to_owned());
                }
            }
        }
    }
    named
}

fn too_many(place: &Range<usize>, report: &mut Report<'_>) {
    let what = format!("with this event the file names more than {MAX_DAYS} days");
    report.error(
        place.clone(),
        what,
        "a calendar of days off has far fewer: end its rules with UNTIL, or take events out",
    );
}

#[cfg(test)]
mod tests;
