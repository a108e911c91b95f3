//! Lengths of time as people write them: `12h`, `2 days`, `1h 30m`. Exact units only: a month is no length.

use std::{ops::Range, time::Duration};

use chrono::TimeDelta;

use crate::config::{
    reading::{
        problem_sink::ProblemSink,
        table_reader::{TableReader, TextValue},
    },
    values::invalid::InvalidValue,
};

const UNITS: [(&[&str], u64); 5] = [
    (&["s", "sec", "secs", "second", "seconds"], 1),
    (&["m", "min", "mins", "minute", "minutes"], 60),
    (&["h", "hour", "hours"], 3600),
    (&["d", "day", "days"], 86_400),
    (&["w", "week", "weeks"], 604_800),
];

/// The longest that is read, in seconds: a hundred years of 365.25 days.
const LONGEST: u64 = 3_155_760_000;

/// What [`parse`] reads, as a regular expression; how long it may be is not in it.
pub(in crate::config) fn pattern() -> String {
    let units: Vec<&str> = UNITS.iter().flat_map(|(names, _)| names.iter().copied()).collect();
    format!("^\\s*([0-9]+\\s*({})\\s*)+$", units.join("|"))
}

const HOW: &str = "write a number and a unit, such as \"90m\", \"12h\" or \"2 days\"";

/// Reads a length of time.
pub(in crate::config) fn parse(text: &str) -> Result<Duration, InvalidValue> {
    let bad = |what: &str, hint: &str, span: Range<usize>| InvalidValue { what: what.into(), hint: hint.into(), span };
    let mut total: u64 = 0;
    let mut at = text.len() - text.trim_start().len();
    let mut any = false;
    while let Some(rest) = text.get(at..).filter(|rest| !rest.trim().is_empty()) {
        let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        if digits == 0 {
            let first = rest.chars().next().map_or(0, char::len_utf8);
            let hint = match rest.as_bytes() {
                [b'P', ..] => "ISO 8601 is not read here; write \"12h\" for PT12H, \"2 days\" for P2D",
                [b'-', ..] => "a length of time is not negative",
                _ => HOW,
            };
            return Err(bad("this is not a length of time", hint, at..at + first));
        }
        let spaces = rest.get(digits..).map_or(0, |after| after.len() - after.trim_start().len());
        let unit_at = at + digits + spaces;
        let after = text.get(unit_at..).unwrap_or_default();
        let len = after.len() - after.trim_start_matches(|c: char| c.is_alphabetic()).len();
        let unit = after.get(..len).unwrap_or_default();
        if unit.is_empty() {
            let (what, hint) = if after.starts_with(['.', ',', ':']) {
                ("a length of time is written in whole numbers", "write \"90m\" for an hour and a half")
            } else {
                ("this length of time has no unit", HOW)
            };
            return Err(bad(what, hint, at..at + digits));
        }
        let Some((_, seconds)) = UNITS.iter().find(|(names, _)| names.contains(&unit)) else {
            let hint = match unit {
                "mo" | "month" | "months" | "M" => "months differ in length; write days, such as \"90 days\"",
                "y" | "year" | "years" | "a" => "years differ in length; write days, such as \"365 days\"",
                _ => {
                    "units are s, m, h, d, w, or written out: \"30 seconds\", \"90 minutes\", \"12 hours\", \"2 days\", \"1 week\""
                }
            };
            return Err(bad(&format!("`{unit}` is not a unit of time"), hint, unit_at..unit_at + len));
        };
        let number: Option<u64> = text.get(at..at + digits).and_then(|digits| digits.parse().ok());
        let sum = number.and_then(|n| n.checked_mul(*seconds)).and_then(|n| n.checked_add(total));
        total = sum
            .filter(|sum| *sum <= LONGEST)
            .ok_or_else(|| bad("this is longer than a hundred years", HOW, at..unit_at + len))?;
        any = true;
        at = unit_at + len;
        at += text.get(at..).map_or(0, |rest| rest.len() - rest.trim_start().len());
    }
    if any { Ok(Duration::from_secs(total)) } else { Err(bad("this is not a length of time", HOW, 0..0)) }
}

/// Reads a length of time. What is wrong with it is reported.
pub(in crate::config) fn read(given: &TextValue<'_>, sink: &ProblemSink) -> Option<Duration> {
    match parse(given.text) {
        Ok(length) => Some(length),
        Err(bad) => {
            sink.push(given.error_inside(bad.span, bad.what).hint(bad.hint));
            None
        }
    }
}

/// Reads the length of time at `key`; without it `default`, a text as the file would hold it. With `positive`, zero is a
/// problem too.
pub(in crate::config) fn read_key(
    reader: &mut TableReader<'_>,
    key: &'static str,
    default: &str,
    positive: bool,
    sink: &ProblemSink,
) -> Option<TimeDelta> {
    let Some(given) = reader.length(key) else {
        return parse(default).ok().and_then(|length| TimeDelta::from_std(length).ok());
    };
    let length = read(&given, sink)?;
    if positive && length.is_zero() {
        sink.push(given.error(format!("`{key}` is zero")).hint("write a length such as \"2h\""));
        return None;
    }
    TimeDelta::from_std(length).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn plain_lengths_are_read() {
        for (text, seconds) in [
            ("12h", 43_200),
            ("2 days", 172_800),
            ("90m", 5_400),
            ("1h 30m", 5_400),
            ("1h30m", 5_400),
            (" 1 week ", 604_800),
            ("0s", 0),
            ("365 days", 31_536_000),
        ] {
            assert_eq!(parse(text), Ok(Duration::from_secs(seconds)), "{text}");
        }
    }

    #[test]
    fn what_cannot_be_read_says_how_to_write_it() {
        for (text, what, hint, span) in [
            ("12", "this length of time has no unit", "\"12h\"", 0..2),
            ("", "this is not a length of time", "\"12h\"", 0..0),
            ("soon", "this is not a length of time", "\"12h\"", 0..1),
            ("-2h", "this is not a length of time", "negative", 0..1),
            ("1.5h", "a length of time is written in whole numbers", "90m", 0..1),
            ("PT12H", "this is not a length of time", "ISO 8601", 0..1),
            ("18 months", "`months` is not a unit of time", "days", 3..9),
            ("2 years", "`years` is not a unit of time", "365 days", 2..7),
            ("2 Stunden", "`Stunden` is not a unit of time", "units are", 2..9),
            ("99999999999999999999h", "this is longer than a hundred years", "\"12h\"", 0..21),
        ] {
            let bad = parse(text).unwrap_err();
            assert_eq!((bad.what.as_str(), bad.span.clone()), (what, span), "{text}");
            assert!(bad.hint.contains(hint), "{text}: {}", bad.hint);
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in ".{0,40}|[0-9 hdmsw.]{0,12}") {
            if let Err(bad) = parse(&text) {
                prop_assert!(text.get(bad.span).is_some());
            }
        }
    }
}
