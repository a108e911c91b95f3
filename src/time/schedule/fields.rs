//! The syntax of each field of a cron rule, checked with the place of a mistake. croner checks the rule afterwards; on its
//! own it would replace names anywhere in the text (`MON` in the minutes is a 1), read `15W3` as `15W`, and seldom say which
//! field is wrong.

use std::{collections::BTreeSet, ops::Range};

use super::BadCron;

/// One of the seven fields, with its range and names.
pub(super) struct Field {
    /// Its name in messages.
    pub name: &'static str,
    least: u16,
    most: u16,
    names: &'static [(&'static str, u16)],
    values: &'static str,
}

const MONTHS: &[(&str, u16)] = &[
    ("JAN", 1),
    ("FEB", 2),
    ("MAR", 3),
    ("APR", 4),
    ("MAY", 5),
    ("JUN", 6),
    ("JUL", 7),
    ("AUG", 8),
    ("SEP", 9),
    ("OCT", 10),
    ("NOV", 11),
    ("DEC", 12),
];
const WEEKDAYS: &[(&str, u16)] = &[("SUN", 0), ("MON", 1), ("TUE", 2), ("WED", 3), ("THU", 4), ("FRI", 5), ("SAT", 6)];

const SECOND: Field = Field { name: "second", least: 0, most: 59, names: &[], values: "seconds are 0 to 59" };
const MINUTE: Field = Field { name: "minute", least: 0, most: 59, names: &[], values: "minutes are 0 to 59" };
const HOUR: Field = Field { name: "hour", least: 0, most: 23, names: &[], values: "hours are 0 to 23; midnight is 0" };
pub(super) const DAY: Field = Field {
    name: "day",
    least: 1,
    most: 31,
    names: &[],
    values: "days of the month are 1 to 31, `L` (the last), `15W` (the working day nearest to the 15th) and `LW` (the last working day)",
};
pub(super) const MONTH: Field =
    Field { name: "month", least: 1, most: 12, names: MONTHS, values: "months are 1 to 12 or Jan to Dec" };
pub(super) const WEEKDAY: Field = Field {
    name: "weekday",
    least: 0,
    most: 7,
    names: WEEKDAYS,
    values: "weekdays are Mon to Sun, or 0 to 7 where 0 and 7 are Sunday; `Mon#1` is the first Monday of the month, `Fri#L` the last Friday",
};
const YEAR: Field = Field { name: "year", least: 1, most: 5000, names: &[], values: "years are 1 to 5000" };

/// The fields of a rule with `count` of them, in order. `None` if no rule has that many.
pub(super) fn fields(count: usize) -> Option<&'static [&'static Field]> {
    const ALL: &[&Field] = &[&SECOND, &MINUTE, &HOUR, &DAY, &MONTH, &WEEKDAY, &YEAR];
    match count {
        5 => ALL.get(1..6),
        6 => ALL.get(..6),
        7 => Some(ALL),
        _ => None,
    }
}

impl Field {
    /// Checks the text of this field, which begins at byte `at` of the rule.
    pub(super) fn check(&self, text: &str, at: usize) -> Result<(), BadCron> {
        let (list, at) = match text.strip_prefix('+') {
            Some(rest) if self.is_weekday() => (rest, at + 1),
            _ => (text, at),
        };
        if list == "?" && (self.is_weekday() || self.is_day()) {
            return Ok(());
        }
        let items: Vec<(&str, usize)> = list
            .split(',')
            .scan(at, |from, item| {
                let begin = *from;
                *from += item.len() + 1;
                Some((item, begin))
            })
            .collect();
        for (item, at) in &items {
            self.check_item(item, *at)?;
        }
        let has = |word: &str| items.iter().any(|(item, _)| item.eq_ignore_ascii_case(word));
        if items.len() > 1 && has("*") {
            return Err(self.bad(list, at, "`*` is not allowed in a list", "`*` alone means every one"));
        }
        if self.is_day() && has("L") && has("LW") {
            return Err(self.bad(list, at, "`L` and `LW` cannot be in one list", "make two schedules of it"));
        }
        Ok(())
    }

    /// The value of a number or name; `None` if this field does not have it.
    pub(super) fn number(&self, text: &str) -> Option<u16> {
        self.value(text, 0).ok()
    }

    /// Does the text contain `*`, `*/n`, or a range over all values?
    pub(super) fn is_wild(&self, text: &str) -> bool {
        text.split(',').any(|item| {
            let base = item.split('/').next().unwrap_or_default();
            base == "*"
                || base
                    .split_once('-')
                    .is_some_and(|(from, to)| from.parse() == Ok(self.least) && to.parse() == Ok(self.most))
        })
    }

    /// Number of values that the text of a second, minute or hour names; the text was checked.
    pub(super) fn count(&self, text: &str) -> usize {
        let values = text.split(',').flat_map(|item| {
            let (base, step) = item.split_once('/').map_or((item, 1), |(base, step)| (base, number(step).unwrap_or(1)));
            let (from, to) = match (base, base.split_once('-')) {
                ("*", _) => (Some(self.least), Some(self.most)),
                (_, Some((from, to))) => (number(from), number(to)),
                _ => (number(base), number(base)),
            };
            let range = from.zip(to).map(|(from, to)| (from..=to).step_by(usize::from(step.max(1))));
            range.into_iter().flatten()
        });
        values.collect::<BTreeSet<u16>>().len()
    }

    fn check_item(&self, item: &str, at: usize) -> Result<(), BadCron> {
        if item.is_empty() {
            return Err(self.bad(item, at, "an entry is empty", "a list is written `1,15`, without spaces"));
        }
        let (base, step) = match item.split_once('/') {
            Some((base, step)) => (base, Some((step, at + base.len() + 1))),
            None => (item, None),
        };
        if let Some((step, step_at)) = step {
            self.check_step(step, step_at)?;
            if base != "*" && !base.contains('-') {
                let hint = format!("write `*/{step}` or a range such as `{}-{}/{step}`", self.least, self.most);
                return Err(self.bad(item, at, "a step needs a range", &hint));
            }
        }
        if base == "*" {
            return Ok(());
        }
        if let Some((from, to)) = base.split_once('-') {
            let to = match to.split_once('#') {
                Some((day, nth)) if self.is_weekday() && step.is_none() => {
                    self.check_nth(nth, at + base.len() - nth.len())?;
                    day
                }
                _ => to,
            };
            return self.check_range(from, to, at);
        }
        if self.is_day() && self.is_day_word(base) {
            return Ok(());
        }
        if self.is_weekday() {
            if let Some((day, nth)) = base.split_once('#') {
                self.value(day, at)?;
                return self.check_nth(nth, at + day.len() + 1);
            }
            if let Some(day) = base.strip_suffix(['L', 'l']).filter(|day| !day.is_empty()) {
                return self.value(day, at).map(drop);
            }
        }
        self.value(base, at).map(drop)
    }

    fn check_step(&self, step: &str, at: usize) -> Result<(), BadCron> {
        match number(step) {
            Some(0) => Err(self.bad(step, at, "a step of 0 goes nowhere", "`*/15` is every fifteenth")),
            Some(step_of) if step_of > self.most => {
                let what = format!("a step of {step_of} is longer than the whole field");
                Err(self.bad(step, at, &what, self.values))
            }
            Some(_) => Ok(()),
            None => Err(self.bad(step, at, &format!("`{step}` is not a step"), "`*/15` is every fifteenth")),
        }
    }

    fn check_range(&self, from: &str, to: &str, at: usize) -> Result<(), BadCron> {
        let begin = self.value(from, at)?;
        let mut end = self.value(to, at + from.len() + 1)?;
        // A range that ends in Sunday ends in 7, by name at least: so croner reads it.
        if self.is_weekday() && end == 0 && to.eq_ignore_ascii_case("SUN") {
            end = 7;
        }
        if begin <= end {
            return Ok(());
        }
        let least = if self.is_weekday() { 1 } else { self.least };
        // Written as the author wrote it: with names if the range begins with one.
        let show = |value: u16| {
            let named = number(from)
                .is_none()
                .then(|| self.names.iter().find(|(_, of)| *of == if self.is_weekday() { value % 7 } else { value }));
            named.flatten().map_or_else(|| value.to_string(), |(name, _)| capital(name))
        };
        let upper = if begin == self.most { show(begin) } else { format!("{}-{}", show(begin), show(self.most)) };
        let hint = match end {
            end if end < least => format!("write `{upper}`"),
            end if end == least => format!("a range goes up: write `{upper},{}`", show(end)),
            end => format!("a range goes up: write `{upper},{}-{}`", show(least), show(end)),
        };
        let whole = format!("{from}-{to}");
        Err(self.bad(&whole, at, &format!("the range `{whole}` goes down"), &hint))
    }

    fn check_nth(&self, nth: &str, at: usize) -> Result<(), BadCron> {
        if nth.eq_ignore_ascii_case("L") || number(nth).is_some_and(|nth| (1..=5).contains(&nth)) {
            return Ok(());
        }
        let hint = "`Mon#1` is the first Monday of the month, up to `Mon#5`, and `Mon#L` the last";
        Err(self.bad(nth, at, &format!("`#{nth}` names no week of a month"), hint))
    }

    /// The value of a number or name, or the error that says why there is none.
    fn value(&self, text: &str, at: usize) -> Result<u16, BadCron> {
        if let Some(value) = number(text) {
            if (self.least..=self.most).contains(&value) {
                return Ok(value);
            }
            return Err(self.bad(text, at, &format!("`{text}` is no {}", self.name), self.values));
        }
        if let Some((_, value)) = self.names.iter().find(|(name, _)| name.eq_ignore_ascii_case(text)) {
            return Ok(*value);
        }
        let begins = |name: &str| text.get(..3).is_some_and(|start| start.eq_ignore_ascii_case(name));
        let hint = match self.names.iter().find(|(name, _)| begins(name)) {
            Some((name, _)) => format!("did you mean `{}`? Names have three letters", capital(name)),
            None if MONTHS.iter().chain(WEEKDAYS).any(|(name, _)| name.eq_ignore_ascii_case(text)) => {
                format!("{}; the order is minute, hour, day, month, weekday", self.values)
            }
            None => self.values.to_owned(),
        };
        let what = if text.is_empty() {
            format!("a {} is missing", self.name)
        } else {
            format!("`{text}` is no {}", self.name)
        };
        Err(self.bad(text, at, &what, &hint))
    }

    fn is_day(&self) -> bool {
        self.name == DAY.name
    }

    fn is_weekday(&self) -> bool {
        self.name == WEEKDAY.name
    }

    /// `L`, `LW`, `15W`
    fn is_day_word(&self, text: &str) -> bool {
        text.eq_ignore_ascii_case("L")
            || text.eq_ignore_ascii_case("LW")
            || text.strip_suffix(['W', 'w']).and_then(number).is_some_and(|day| (self.least..=self.most).contains(&day))
    }

    fn bad(&self, marked: &str, at: usize, what: &str, hint: &str) -> BadCron {
        let span: Range<usize> = at..at + marked.len();
        BadCron { what: format!("{what} (field `{}`)", self.name), hint: hint.to_owned(), span }
    }
}

/// Digits only, and few of them: `parse` alone would take a sign.
fn number(text: &str) -> Option<u16> {
    (text.len() <= 4 && text.bytes().all(|b| b.is_ascii_digit())).then(|| text.parse().ok()).flatten()
}

/// `MON` → `Mon`
fn capital(name: &str) -> String {
    let mut chars = name.chars();
    chars.next().into_iter().chain(chars.map(|c| c.to_ascii_lowercase())).collect()
}
