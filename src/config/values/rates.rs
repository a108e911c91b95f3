//! Rates as people write them: `60 per minute`, `2 per second`.

use std::time::Duration;

use crate::config::values::invalid::InvalidValue;

/// A number of mails in a length of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// 1 to 1,000,000.
    pub mails: u32,
    /// A second, a minute, an hour or a day.
    pub per: Duration,
}

const UNITS: [(&[&str], u64); 4] =
    [(&["second", "sec", "s"], 1), (&["minute", "min", "m"], 60), (&["hour", "h"], 3600), (&["day", "d"], 86_400)];
/// The most mails in whatever time.
const MOST: u32 = 1_000_000;

/// What [`parse`] reads, as a regular expression; how many it may be is not in it.
pub(in crate::config) fn pattern() -> String {
    let units: Vec<&str> = UNITS.iter().flat_map(|(names, _)| names.iter().copied()).collect();
    format!("^\\s*[0-9]+\\s*(per |/)\\s*({})\\s*$", units.join("|"))
}

const HOW: &str = "write how many in which time, such as \"60 per minute\" or \"2 per second\"";

/// Reads a rate. A slash may stand for `per`.
pub(in crate::config) fn parse(text: &str) -> Result<Rate, InvalidValue> {
    let bad = |what: &str, hint: &str, part: &str| {
        // A part of the text, so that it has a place in it.
        let start = (part.as_ptr() as usize).saturating_sub(text.as_ptr() as usize);
        InvalidValue { what: what.into(), hint: hint.into(), span: start..start + part.len() }
    };
    let whole = text.trim();
    let digits = whole.len() - whole.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let (number, rest) = whole.split_at_checked(digits).unwrap_or((whole, ""));
    if number.is_empty() {
        let hint = if whole.starts_with('-') { "a rate is not negative" } else { HOW };
        return Err(bad("this is not a rate", hint, whole));
    }
    let rest = rest.trim_start();
    if rest.is_empty() {
        return Err(bad("this rate does not say in which time", HOW, number));
    }
    let Some(unit) = rest.strip_prefix("per ").or_else(|| rest.strip_prefix('/')) else {
        let whole_numbers = "a rate is written in whole numbers: \"90 per minute\" for one and a half per second";
        return Err(bad("this is not a rate", if rest.starts_with(['.', ',']) { whole_numbers } else { HOW }, whole));
    };
    let unit = unit.trim_start();
    let Some((_, seconds)) = UNITS.iter().find(|(names, _)| names.contains(&unit)) else {
        let hint = "write second, minute, hour or day";
        return Err(bad(&format!("`{unit}` is not a unit of time for a rate"), hint, unit));
    };
    match number.parse() {
        Ok(0) => Err(bad("at this rate nothing is ever sent", "leave the key out to send without a limit", number)),
        Ok(mails) if mails <= MOST => Ok(Rate { mails, per: Duration::from_secs(*seconds) }),
        _ => Err(bad("this is more than a million", "leave the key out to send without a limit", number)),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn rates_are_read() {
        for (text, mails, seconds) in [
            ("60 per minute", 60, 60),
            ("2 per second", 2, 1),
            (" 100  per  hour ", 100, 3600),
            ("5000 per day", 5000, 86_400),
            ("10/s", 10, 1),
            ("600 / min", 600, 60),
            ("1000000 per second", 1_000_000, 1),
        ] {
            assert_eq!(parse(text), Ok(Rate { mails, per: Duration::from_secs(seconds) }), "{text}");
        }
    }

    #[test]
    fn what_cannot_be_read_says_how_to_write_it() {
        for (text, what, hint, span) in [
            ("fast", "this is not a rate", "60 per minute", 0..4),
            ("", "this is not a rate", "60 per minute", 0..0),
            (" -2 per second", "this is not a rate", "negative", 1..14),
            ("60", "this rate does not say in which time", "60 per minute", 0..2),
            ("60 minute", "this is not a rate", "60 per minute", 0..9),
            ("1.5 per second", "this is not a rate", "whole numbers", 0..14),
            ("60 per fortnight", "`fortnight` is not a unit of time for a rate", "second, minute", 7..16),
            ("0 per second", "at this rate nothing is ever sent", "leave the key out", 0..1),
            ("1000001 per day", "this is more than a million", "leave the key out", 0..7),
            ("99999999999999999999 per day", "this is more than a million", "leave the key out", 0..20),
        ] {
            let bad = parse(text).unwrap_err();
            assert_eq!((bad.what.as_str(), bad.span.clone()), (what, span), "{text}");
            assert!(bad.hint.contains(hint), "{text}: {}", bad.hint);
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in ".{0,40}|[0-9]{0,3} ?(per|/)? ?[a-z]{0,7}") {
            match parse(&text) {
                Ok(rate) => prop_assert!(rate.mails > 0 && !rate.per.is_zero()),
                Err(bad) => prop_assert!(text.get(bad.span).is_some()),
            }
        }
    }
}
