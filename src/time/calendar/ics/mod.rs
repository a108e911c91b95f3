//! Days off from an iCalendar file (RFC 5545): every all-day event is one or more days off. A line is read by
//! `icalendar`, a recurrence rule by `rrule`; here is what they mean for whole days, and where in the file something is
//! wrong. Which file that is, `config` knows.

mod event;
mod lines;
mod rule;

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    ops::Range,
};

use chrono::{Days, NaiveDate};

use self::{event::Event, lines::Line};
use super::range;
use crate::base::problem::{Place, Problem, Problems};

/// So many days are read from a file, counting each event's: fewer than that are days off in a century.
const MOST_DAYS: usize = 100_000;
/// So many names are kept of a day.
const MOST_NAMES: usize = 8;
/// After so many mistakes the rest of a file is not told.
const MOST_WRONG: usize = 20;
/// Components stand in each other so deep at most.
const DEEPEST: usize = 16;

/// What is wrong with a file, as far as it is told.
struct Wrong<'a> {
    place: &'a dyn Fn(Range<usize>) -> Place,
    problems: Problems,
}

impl Wrong<'_> {
    fn error(&mut self, at: Range<usize>, what: impl Into<String>, hint: &str) {
        self.problems.push(Problem::error(what).at((self.place)(at)).hint(hint));
    }

    fn count(&self) -> usize {
        self.problems.0.len()
    }

    /// Is there so much wrong that it is no use to go on?
    fn enough(&self) -> bool {
        self.count() >= MOST_WRONG
    }
}

/// The days off in the text of a file, by date, within the years of calendars; what is wrong with it beside them.
/// `unnamed`: what a day is called whose event has no name. `place`: the place of a byte range of the text.
pub fn read(
    text: &str,
    unnamed: &str,
    place: &dyn Fn(Range<usize>) -> Place,
) -> (BTreeMap<NaiveDate, String>, Problems) {
    let mut wrong = Wrong { place, problems: Problems::new() };
    let lines = lines::unfold(text);
    let events = events(&lines, &mut wrong);
    let named = days(&events, unnamed, &mut wrong);
    if wrong.enough() {
        wrong.problems.0.truncate(MOST_WRONG);
        let more = Problem::error("there may be more that is wrong with this file");
        wrong.problems.push(more.at(place(0..0)).hint("it may be another calendar than one of days off"));
    } else if events.is_empty() && wrong.problems.is_empty() {
        let none = Problem::warning("there is no event in this file: no day off comes from it");
        wrong.problems.push(none.at(place(0..0)));
    }
    let joined = named.into_iter().map(|(date, names)| (date, names.join(", "))).collect();
    (joined, wrong.problems)
}

/// The events, if the file is built as it should be.
fn events(lines: &[Line], wrong: &mut Wrong<'_>) -> Vec<Event> {
    let mut events: Vec<Event> = Vec::new();
    let mut open: Vec<(String, &Line)> = Vec::new();
    if !lines.first().is_some_and(|line| line.text.trim().eq_ignore_ascii_case("BEGIN:VCALENDAR")) {
        let at = lines.first().map_or(0..0, Line::whole);
        wrong.error(
            at,
            "this is no iCalendar file: it does not begin with BEGIN:VCALENDAR",
            "export the calendar as .ics",
        );
        return events;
    }
    for line in lines {
        if wrong.enough() {
            return events;
        }
        let Some(end_of_name) = line.text.find([':', ';']) else {
            wrong.error(line.whole(), "this is no line of an iCalendar file", "a line is written as NAME:VALUE");
            continue;
        };
        let (name, value) = line.text.split_at(end_of_name);
        let component = value.trim_start_matches(':').trim().to_ascii_uppercase();
        if name.eq_ignore_ascii_case("BEGIN") {
            if component == "VEVENT" && open.len() == 1 {
                events.push(Event::new(line));
            }
            open.push((component, line));
            if open.len() > DEEPEST {
                wrong.error(line.whole(), "too much stands in each other here", "an event stands in a VCALENDAR");
                return events;
            }
        } else if name.eq_ignore_ascii_case("END") {
            if open.pop().is_none_or(|(begun, _)| begun != component) {
                let hint = "each END ends the BEGIN before it: a part of the file may be missing";
                wrong.error(line.whole(), format!("nothing that ends here has begun: END:{component}"), hint);
                return events;
            }
        } else if let [_, (component, _)] = open.as_slice()
            && component == "VEVENT"
            && let Some(event) = events.last_mut()
        {
            event.take(line, wrong);
        }
    }
    if let Some((component, line)) = open.last() {
        let hint = "a part of the file may be missing";
        wrong.error(line.whole(), format!("BEGIN:{component} has no END:{component}"), hint);
    }
    events
}

fn days(events: &[Event], unnamed: &str, wrong: &mut Wrong<'_>) -> BTreeMap<NaiveDate, Vec<String>> {
    let (first, last) = range().into_inner();
    let mut meanings = Vec::new();
    let mut read = 0;
    for event in events {
        if wrong.enough() {
            break;
        }
        let Some(meaning) = event.meaning(last, wrong) else { continue };
        read += meaning.begins.len();
        if read > MOST_DAYS {
            too_many(&meaning.place, wrong);
            break;
        }
        meanings.push(meaning);
    }
    // A day that another event takes the place of is no day of the rule.
    let mut moved: HashMap<&str, HashSet<NaiveDate>> = HashMap::new();
    for meaning in &meanings {
        if let Some(date) = meaning.instead_of {
            moved.entry(&meaning.uid).or_default().insert(date);
        }
    }
    let mut named: BTreeMap<NaiveDate, Vec<String>> = BTreeMap::new();
    let mut told = 0;
    for meaning in meanings.iter().filter(|meaning| !meaning.cancelled) {
        let moved = moved.get(meaning.uid.as_str()).filter(|_| meaning.instead_of.is_none());
        let name = meaning.name.as_deref().unwrap_or(unnamed);
        for begin in meaning.begins.iter().filter(|day| moved.is_none_or(|moved| !moved.contains(day))) {
            let end = begin.checked_add_days(Days::new(meaning.length - 1)).unwrap_or(last).min(last);
            for date in (*begin).max(first).iter_days().take_while(|date| *date <= end) {
                told += 1;
                if told > MOST_DAYS {
                    too_many(&meaning.place, wrong);
                    return named;
                }
                let names = named.entry(date).or_default();
                if names.len() < MOST_NAMES && !names.iter().any(|known| known == name) {
                    names.push(name.to_owned());
                }
            }
        }
    }
    named
}

fn too_many(place: &Range<usize>, wrong: &mut Wrong<'_>) {
    let what = format!("with this event the file names more than {MOST_DAYS} days");
    wrong.error(
        place.clone(),
        what,
        "a calendar of days off has far fewer: end its rules with UNTIL, or take events out",
    );
}

#[cfg(test)]
mod tests;
