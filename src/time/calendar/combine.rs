//! One calendar from several, for a calendar of an operator that includes others.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;

use super::{Calendar, Day, range};

/// Combines calendars. A day is off if it is off in any of them; else it is a make-up day if it is one in any of them; else
/// it is unknown if any of them does not cover it. Without parts every day of [`range`] is ordinary. The notices are those
/// of all parts.
pub fn combine(id: &str, parts: &[&Calendar]) -> Calendar {
    let everything = range();
    let begin = parts.iter().map(|part| *part.known.start()).max().unwrap_or(*everything.start());
    let end = parts.iter().map(|part| *part.known.end()).min().unwrap_or(*everything.end());
    let dates: BTreeSet<NaiveDate> = parts.iter().flat_map(|part| part.named.keys().copied()).collect();
    let mut translations = BTreeMap::new();
    let mut named = BTreeMap::new();
    for date in dates {
        let days = parts.iter().filter_map(|part| part.named.get(&date));
        let (off, work): (Vec<&Day>, Vec<&Day>) = days.partition(|day| matches!(day, Day::Holiday(_)));
        let Some(day) = off.first().or(work.first()) else { continue };
        let mut names: Vec<&str> = Vec::new();
        for day in if off.is_empty() { &work } else { &off } {
            if let Day::Holiday(name) | Day::MakeUp(name) = day
                && !names.contains(&name.as_str())
            {
                names.push(name);
            }
        }
        let name = names.join(", ");
        let day = match day {
            Day::Holiday(_) => Day::Holiday(name),
            Day::MakeUp(_) => Day::MakeUp(name),
            other => (*other).clone(),
        };
        named.insert(date, day);
    }
    for part in parts {
        translations.extend(part.translations.iter().map(|(name, said)| (name.clone(), said.clone())));
    }
    let mut combined = Calendar::new(id.to_owned(), named, begin..=end).with_translations(translations);
    for notice in parts.iter().flat_map(|part| &part.notices) {
        if !combined.notices.contains(notice) {
            combined.notices.push(notice.clone());
        }
    }
    combined
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn part(days: &[(&str, Day)], from: &str, until: &str) -> Calendar {
        let named = days.iter().map(|(day, said)| (date(day), said.clone())).collect();
        Calendar::new("x".into(), named, date(from)..=date(until))
    }

    #[test]
    fn a_day_off_in_one_is_one_and_what_one_does_not_know_is_unknown() {
        let off = |name: &str| Day::Holiday(name.into());
        let work = |name: &str| Day::MakeUp(name.into());
        let first = part(&[("2026-01-01", off("Neujahr")), ("2026-02-14", off("Samstag"))], "2020-01-01", "2030-12-31");
        let second = part(
            &[("2026-01-01", off("元旦")), ("2026-02-14", work("春节")), ("2026-02-28", work("春节"))],
            "2007-01-01",
            "2026-12-28",
        );
        let both = combine("both", &[&first, &second]);
        assert_eq!(both.day(date("2026-01-01")), off("Neujahr, 元旦"));
        assert_eq!(both.day(date("2026-02-14")), off("Samstag"));
        assert_eq!(both.day(date("2026-02-28")), work("春节"));
        assert_eq!(both.day(date("2026-03-02")), Day::Workday);
        assert_eq!((both.day(date("2019-12-31")), both.day(date("2026-12-29"))), (Day::Unknown, Day::Unknown));
        assert_eq!(both.known_until(), date("2026-12-28"));
        assert_eq!(combine("same", &[&first, &first]).day(date("2026-01-01")), off("Neujahr"));
    }

    #[test]
    fn of_nothing_every_day_is_like_others() {
        let none = combine("none", &[]);
        assert_eq!(none.day(date("2026-01-01")), Day::Workday);
        assert_eq!(none.day(date("2026-01-03")), Day::Weekend);
        assert_eq!(none.known(), &range());
    }

    #[test]
    fn what_is_never_known_together_is_unknown() {
        let first = part(&[], "2020-01-01", "2020-12-31");
        let second = part(&[], "2021-01-01", "2021-12-31");
        let both = combine("both", &[&first, &second]);
        assert_eq!(both.day(date("2020-06-01")), Day::Unknown);
        assert_eq!(both.named(date("2021-01-01")..=date("2020-01-01")).count(), 0);
    }
}
