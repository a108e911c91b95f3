//! Time zones by their IANA names, and what people write instead: abbreviations, offsets, names of cities and countries.

use chrono_tz::{TZ_VARIANTS, Tz};

use crate::{
    base::{plural::counted, problem::Problem},
    config::reading::{problem_sink::ProblemSink, table_reader::TextValue},
};

/// A time zone, or hints how to name it.
pub(in crate::config) fn parse(text: &str) -> Result<Tz, Vec<String>> {
    text.parse().map_err(|_| hints(text))
}

/// What should be looked at although it is a time zone.
pub(in crate::config) fn doubt(zone: Tz) -> Option<String> {
    let name = zone.name();
    let offset = name.strip_prefix("Etc/GMT").filter(|rest| rest.starts_with(['+', '-']))?;
    let (sign, side) = if offset.starts_with('+') { ('-', "behind") } else { ('+', "ahead of") };
    let hours = offset.get(1..).unwrap_or_default();
    Some(format!(
        "`{name}` is UTC{sign}{hours}, {} {side} UTC: its sign is the other way round (POSIX)",
        counted(hours.parse().unwrap_or(0), "hour")
    ))
}

fn hints(text: &str) -> Vec<String> {
    let mean = |zone: &str| format!("did you mean `{zone}`?");
    let given = text.trim();
    let lower = given.to_lowercase().replace(' ', "_");
    if let Some(zone) = TZ_VARIANTS.iter().find(|zone| zone.name().to_lowercase() == lower) {
        return vec![mean(zone.name())];
    }
    let city = lower.rsplit('/').next().unwrap_or_default();
    match city {
        "cst" => {
            return vec![
                mean("Asia/Shanghai"),
                "CST means China Standard Time to some and Central Standard Time (`America/Chicago`) to others".into(),
            ];
        }
        "china" | "beijing" | "peking" | "pekin" | "shanghai" | "shenzhen" | "guangzhou" | "北京" | "上海" | "中国" =>
        {
            return vec![mean("Asia/Shanghai")];
        }
        "cest" | "mez" | "mesz" | "germany" | "deutschland" | "bonn" | "munich" | "münchen" | "frankfurt"
        | "hamburg" | "cologne" | "köln" => {
            return vec![mean("Europe/Berlin")];
        }
        "hong_kong" | "hongkong" | "hkt" => return vec![mean("Asia/Hong_Kong")],
        "bst" => return vec![mean("Europe/London")],
        "edt" => return vec![mean("America/New_York")],
        "pdt" | "pst" => return vec![mean("America/Los_Angeles")],
        "jst" => return vec![mean("Asia/Tokyo")],
        "z" | "utc+0" | "utc-0" | "gmt+0" | "utc+00:00" => return vec![mean("UTC")],
        _ => {}
    }
    if let Some(offset) = offset(&lower) {
        let mut hints = match offset {
            480 => vec![mean("Asia/Shanghai")],
            60 | 120 => vec![mean("Europe/Berlin")],
            0 => vec![mean("UTC")],
            _ => Vec::new(),
        };
        hints.push("an offset knows no summer time; name a place, such as `Europe/Berlin`".into());
        return hints;
    }
    let last = |zone: &Tz| zone.name().rsplit('/').next().unwrap_or_default().to_lowercase();
    // `Europe/…` for an Asian city is as good a mistake as a city alone.
    if let Some(zone) = TZ_VARIANTS.iter().find(|zone| zone.name().contains('/') && last(zone) == city) {
        return vec![mean(zone.name())];
    }
    let near = TZ_VARIANTS
        .iter()
        .map(|zone| (strsim::damerau_levenshtein(&zone.name().to_lowercase(), &lower), zone.name()))
        .filter(|(distance, name)| *distance <= name.len() / 4)
        .min();
    match near {
        Some((_, zone)) => vec![mean(zone)],
        None => vec!["a time zone is named by a place, such as `Europe/Berlin` or `Asia/Shanghai` (IANA)".into()],
    }
}

/// `utc+8`, `gmt-03:30`, `+08:00`: minutes east of UTC.
fn offset(lower: &str) -> Option<i32> {
    let rest = lower.trim_start_matches(|c: char| c.is_ascii_alphabetic());
    let (sign, digits) = match rest.split_at_checked(1)? {
        ("+", digits) => (1, digits),
        ("-" | "−", digits) => (-1, digits),
        _ => return None,
    };
    let (hours, minutes) = match digits.split_once(':') {
        Some(parts) => parts,
        None if digits.len() == 4 => digits.split_at_checked(2)?,
        None => (digits, "0"),
    };
    let number = |text: &str| text.parse::<u8>().ok().map(i32::from);
    Some(sign * (number(hours)? * 60 + number(minutes)?))
}

/// Reads a time zone. What is wrong with it, or doubtful, is reported.
pub(in crate::config) fn read(given: &TextValue<'_>, sink: &ProblemSink) -> Option<Tz> {
    match parse(given.text) {
        Ok(zone) => {
            if let Some(doubt) = doubt(zone) {
                let problem = Problem::warning(doubt).at(given.place());
                sink.push(problem.hint("name a place, such as `Asia/Shanghai`"));
            }
            Some(zone)
        }
        Err(hints) => {
            let problem = given.error(format!("unknown time zone `{}`", given.text));
            sink.push(hints.into_iter().fold(problem, Problem::hint));
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_write_leads_to_a_zone() {
        for (text, zone) in [
            ("CST", "Asia/Shanghai"),
            ("UTC+8", "Asia/Shanghai"),
            ("GMT+08:00", "Asia/Shanghai"),
            ("+0800", "Asia/Shanghai"),
            ("Europe/Peking", "Asia/Shanghai"),
            ("Asia/Beijing", "Asia/Shanghai"),
            ("北京", "Asia/Shanghai"),
            ("europe/berlin", "Europe/Berlin"),
            ("Berlin", "Europe/Berlin"),
            ("Europe/Belrin", "Europe/Berlin"),
            ("Europe/Munich", "Europe/Berlin"),
            ("UTC+1", "Europe/Berlin"),
            ("CEST", "Europe/Berlin"),
            ("Asia/Hongkong", "Asia/Hong_Kong"),
            ("America/New York", "America/New_York"),
        ] {
            let hints = parse(text).unwrap_err();
            assert_eq!(hints.first().unwrap(), &format!("did you mean `{zone}`?"), "{text}");
        }
        assert!(parse("UTC+5:30").unwrap_err()[0].contains("an offset knows no summer time"));
        assert!(parse("nowhere at all").unwrap_err()[0].contains("named by a place"));
        assert_eq!(parse("Asia/Shanghai"), Ok(Tz::Asia__Shanghai));
        for odd in ["", "/", "+", "+é", "−8", "utc+"] {
            assert!(parse(odd).is_err(), "{odd}");
        }
    }

    #[test]
    fn an_offset_with_its_sign_reversed_is_doubted() {
        assert!(doubt(Tz::Etc__GMTPlus8).unwrap().starts_with("`Etc/GMT+8` is UTC-8, 8 hours behind UTC"));
        assert_eq!(doubt(Tz::Etc__GMT), None);
        assert_eq!(doubt(Tz::Europe__Berlin), None);
    }
}
