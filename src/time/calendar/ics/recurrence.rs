//! The days of a recurrence rule (RFC 5545, 3.3.10).

use chrono::{NaiveDate, NaiveTime, TimeZone};
use rrule::{RRule, RRuleError, RRuleSet, Tz, Unvalidated};

/// The earliest day on which a rule may begin.
const EARLIEST_START: &str = "1900-01-01";

/// Why a rule is refused, and how to mend it.
pub(super) struct Refused {
    pub(super) what: String,
    pub(super) hint: &'static str,
}

fn refused<T>(what: impl Into<String>, hint: &'static str) -> Result<T, Refused> {
    Err(Refused { what: what.into(), hint })
}

/// The days from `start` to `last` on which `rule` holds; at most `max` of them.
pub(super) fn days(rule: &str, start: NaiveDate, last: NaiveDate, max: usize) -> Result<Vec<NaiveDate>, Refused> {
    if EARLIEST_START.parse::<NaiveDate>().is_ok_and(|first| start < first) {
        return refused("a rule that begins before 1900 is not followed", "let the event begin later");
    }
    let rule = for_whole_days(rule)?;
    let midnight = Tz::UTC.from_utc_datetime(&start.and_time(NaiveTime::MIN));
    let validated = rule.parse::<RRule<Unvalidated>>().and_then(|rule| rule.validate(midnight));
    let validated = match validated {
        Ok(rule) => rule,
        Err(error) => {
            let why = match error {
                RRuleError::ParserError(error) => error.to_string(),
                RRuleError::ValidationError(error) => error.to_string(),
                other => other.to_string(),
            };
            let why = why.trim().trim_end_matches('.');
            return refused(format!("this rule cannot be read: {why}"), "RFC 5545 says how it is written: FREQ=YEARLY");
        }
    };
    // With its limits, iteration over a rule that never holds ends.
    let set = RRuleSet::new(midnight).rrule(validated).limit();
    let days: Vec<NaiveDate> =
        (&set).into_iter().map(|time| time.date_naive()).take_while(|day| *day <= last).take(max).collect();
    if days.first() == Some(&start) || start > last {
        return Ok(days);
    }
    refused(
        format!("this rule does not hold on {start}, the day on which the event begins"),
        "RFC 5545 leaves open what that means: let the event begin on a day of its rule",
    )
}

/// Rewrites the rule for whole days: in capitals, and with UNTIL as an instant, the beginning of its day.
fn for_whole_days(rule: &str) -> Result<String, Refused> {
    let mut parts = Vec::new();
    if !rule.is_ascii() {
        return refused("this rule holds characters that RFC 5545 does not allow", "write FREQ=YEARLY, for example");
    }
    for part in rule.trim_end_matches(';').to_ascii_uppercase().split(';') {
        let (key, value) = part.split_once('=').unwrap_or((part, ""));
        let hourly = matches!(key, "BYHOUR" | "BYMINUTE" | "BYSECOND")
            || key == "FREQ" && matches!(value, "HOURLY" | "MINUTELY" | "SECONDLY");
        if hourly {
            return refused(
                format!("`{part}` is about hours, not days"),
                "a day off recurs by days, such as FREQ=YEARLY",
            );
        }
        if matches!((key, value), ("COUNT" | "INTERVAL", "0")) {
            return refused(format!("`{part}` is never"), "leave it out, or write 1 or more");
        }
        parts.push(match (key, value.len()) {
            ("UNTIL", 8) => format!("UNTIL={value}T000000Z"),
            ("UNTIL", 15) => format!("UNTIL={value}Z"),
            _ => part.to_owned(),
        });
    }
    Ok(parts.join(";"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(rule: &str, start: &str) -> Result<Vec<String>, String> {
        let last = "2100-12-31".parse().unwrap();
        let found = days(rule, start.parse().unwrap(), last, 1_000).map_err(|refused| refused.what)?;
        Ok(found.iter().take(4).map(ToString::to_string).collect())
    }

    #[test]
    fn the_rules_of_days_off() {
        for (rule, start, wanted) in [
            ("FREQ=YEARLY", "2026-12-24", &["2026-12-24", "2027-12-24", "2028-12-24", "2029-12-24"][..]),
            ("FREQ=YEARLY;COUNT=2", "2026-12-24", &["2026-12-24", "2027-12-24"]),
            ("freq=yearly;interval=3;count=2;", "2026-12-24", &["2026-12-24", "2029-12-24"]),
            ("FREQ=YEARLY;UNTIL=20271224", "2026-12-24", &["2026-12-24", "2027-12-24"]),
            ("FREQ=YEARLY;UNTIL=20271223", "2026-12-24", &["2026-12-24"]),
            ("FREQ=YEARLY;UNTIL=20271224T120000", "2026-12-24", &["2026-12-24", "2027-12-24"]),
            ("FREQ=YEARLY;UNTIL=20271223T225959Z", "2026-12-24", &["2026-12-24"]),
            (
                "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29",
                "2024-02-29",
                &["2024-02-29", "2028-02-29", "2032-02-29", "2036-02-29"],
            ),
            // A day that a year does not have is left out, not moved.
            ("FREQ=YEARLY", "2096-02-29", &["2096-02-29"]),
            (
                "FREQ=YEARLY;BYMONTH=11;BYDAY=4TH",
                "2026-11-26",
                &["2026-11-26", "2027-11-25", "2028-11-23", "2029-11-22"],
            ),
            ("FREQ=MONTHLY;BYDAY=-1FR;COUNT=2", "2026-11-27", &["2026-11-27", "2026-12-25"]),
        ] {
            assert_eq!(told(rule, start).unwrap(), wanted, "{rule}");
        }
    }

    #[test]
    fn rules_that_say_nothing_of_days_are_refused() {
        for (rule, what) in [
            ("FREQ=HOURLY", "`FREQ=HOURLY` is about hours, not days"),
            ("FREQ=DAILY;BYHOUR=9", "`BYHOUR=9` is about hours, not days"),
            ("FREQ=YEARLY;COUNT=0", "`COUNT=0` is never"),
            ("FREQ=YEARLY;INTERVAL=0", "`INTERVAL=0` is never"),
            ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", "this rule does not hold on 2026-12-24"),
            ("FREQ=YEARLY;BYMONTH=5", "this rule does not hold on 2026-12-24"),
            ("FREQ=JÄHRLICH", "this rule holds characters"),
            ("FREQ=OFTEN", "this rule cannot be read: "),
            ("", "this rule cannot be read: "),
            ("FREQ=YEARLY;UNTIL=2027", "this rule cannot be read: "),
        ] {
            let found = told(rule, "2026-12-24").unwrap_err();
            assert!(found.starts_with(what), "{rule}: {found}");
        }
        assert!(told("FREQ=YEARLY", "1899-12-24").unwrap_err().contains("before 1900"));
    }
}
