//! A cron rule as an English sentence, for `plan`. croner can describe rules too, but calls `LW` the last day of the month,
//! and writes “At minute 30, of hour 2 and 14” where a person looks for 02:30 and 14:30. Its words are used only for times of
//! day that have no short form.

use std::str::FromStr;

use super::fields::{DAY, MONTH, WEEKDAY};
use crate::base::plural::counted;

/// Maximum number of times that are listed one by one.
const MAX_LISTED: usize = 6;

/// One sentence without a full stop. `words` are the fields of the rule as written.
pub(super) fn describe(pattern: &croner::Cron, words: &[&str]) -> String {
    let skip = usize::from(words.len() > 5);
    let word = |index: usize| words.get(skip + index).copied().unwrap_or("*");
    let mut sentence = time(pattern, word(0), word(1));
    let every = sentence.starts_with("Every");
    if let Some(days) = days(word(2), word(3), word(4), every) {
        sentence.push(' ');
        sentence.push_str(&days);
    }
    if let Some(year) = words.get(6).filter(|year| **year != "*") {
        let one = year.bytes().all(|b| b.is_ascii_digit());
        sentence.push_str(&if one { format!(", in {year}") } else { format!(", in the years {year}") });
    }
    sentence
}

fn time(pattern: &croner::Cron, minute: &str, hour: &str) -> String {
    let fields = &pattern.pattern;
    let (seconds, minutes, hours) = (fields.seconds.values(), fields.minutes.values(), fields.hours.values());
    let second = match seconds.as_slice() {
        [0] => String::new(),
        [second] => format!(":{second:02}"),
        _ => return by_croner(pattern),
    };
    if minutes.len() * hours.len() <= MAX_LISTED {
        let times = hours.iter().flat_map(|hour| minutes.iter().map(move |minute| (hour, minute)));
        return format!("At {}", list(times.map(|(hour, minute)| format!("{hour:02}:{minute:02}{second}")), "and"));
    }
    if !second.is_empty() {
        return by_croner(pattern);
    }
    let step = |values: &[u16], of: u16| match values {
        [0, next, ..] if of.is_multiple_of(*next) && values.len() == usize::from(of / next) => Some(*next),
        _ => None,
    };
    let (first, last) = (hours.first().copied().unwrap_or(0), hours.last().copied().unwrap_or(0));
    let run = usize::from(last - first) + 1 == hours.len();
    match (minutes.as_slice(), step(&minutes, 60), step(&hours, 24)) {
        ([0], _, Some(1)) => "Every hour on the hour".to_owned(),
        ([one], _, Some(1)) => format!("Every hour at {} past", counted(*one, "minute")),
        ([one], _, Some(step)) => format!("Every {step} hours from 00:{one:02}"),
        ([one], _, None) if run => format!("Every hour from {first:02}:{one:02} to {last:02}:{one:02}"),
        (_, Some(1), Some(1)) => "Every minute".to_owned(),
        (_, Some(step), Some(1)) => format!("Every {step} minutes"),
        (all, Some(step), _) if run => {
            let every = if step == 1 { "minute".to_owned() } else { format!("{step} minutes") };
            format!("Every {every} from {first:02}:00 to {last:02}:{:02}", all.last().copied().unwrap_or(0))
        }
        (some, None, Some(1)) if some.len() <= MAX_LISTED => {
            format!("Every hour at {} minutes past", list(some.iter().map(u16::to_string), "and"))
        }
        _ => format!("At minutes {minute} of the hours {hour}"),
    }
}

/// croner's words for the time of day.
fn by_croner(pattern: &croner::Cron) -> String {
    let mut alone = pattern.clone();
    if let Ok(any) = croner::Cron::from_str("* * * * *") {
        alone.pattern = any.pattern;
        alone.pattern.seconds.clone_from(&pattern.pattern.seconds);
        alone.pattern.minutes.clone_from(&pattern.pattern.minutes);
        alone.pattern.hours.clone_from(&pattern.pattern.hours);
    }
    alone.describe().trim_end_matches('.').to_owned()
}

/// The days of the rule; `None` if it is every day and `every` says that the sentence begins with that word already.
fn days(day: &str, month: &str, weekday: &str, every: bool) -> Option<String> {
    let (both, weekday) = weekday.strip_prefix('+').map_or((false, weekday), |rest| (true, rest));
    let stars = ["*", "?"];
    let in_month = (month != "*").then(|| in_months(month));
    let of_month = in_month.as_deref().unwrap_or("of the month");
    let dated = (!stars.contains(&day)).then(|| dates(day, month));
    let on = (!stars.contains(&weekday)).then(|| weekdays(weekday));
    let nth = weekday.contains(['#', 'L', 'l']);
    Some(match (dated, on) {
        (None, None) => match in_month {
            Some(month) if every => month,
            Some(month) => format!("every day {month}"),
            None if every => return None,
            None => "every day".to_owned(),
        },
        (None, Some(on)) if nth => format!("on {on} {of_month}"),
        (None, Some(on)) => in_month.map_or_else(|| format!("on {on}"), |month| format!("on {on} {month}")),
        (Some(Dates::Whole(date)), None) => format!("on {date}"),
        (Some(Dates::Days(date)), None) => format!("on {date} {of_month}"),
        (Some(dated), Some(on)) => {
            let date = match dated {
                Dates::Whole(date) => date,
                Dates::Days(date) => format!("{date} {of_month}"),
            };
            if both { format!("on {date}, if it is also {on}") } else { format!("on {date}, and on {on}") }
        }
    })
}

enum Dates {
    /// A day with its month: `29 February`.
    Whole(String),
    /// Days without a month: `the 1st and 15th`.
    Days(String),
}

fn dates(day: &str, month: &str) -> Dates {
    if let (Ok(day), Some(month)) = (day.parse::<u16>(), MONTH.number(month)) {
        return Dates::Whole(format!("{day} {}", month_name(month)));
    }
    let items: Vec<String> = day
        .split(',')
        .map(|item| {
            let upper = item.to_ascii_uppercase();
            match upper.as_str() {
                "L" => return "the last day".to_owned(),
                "LW" => return "the last working day".to_owned(),
                _ => {}
            }
            if let Some(day) = upper.strip_suffix('W') {
                return format!("the working day nearest to the {}", ordinal(DAY.number(day).unwrap_or(0)));
            }
            let (base, step) = item.split_once('/').map_or((item, None), |(base, step)| (base, Some(step)));
            let range = base.split_once('-').map(|(from, to)| (DAY.number(from), DAY.number(to)));
            let range = range.map(|(from, to)| (ordinal(from.unwrap_or(0)), ordinal(to.unwrap_or(0))));
            match (step.and_then(|step| DAY.number(step)), range) {
                (Some(step), Some((from, to))) => format!("every {} day from the {from} to the {to}", ordinal(step)),
                (Some(step), None) => format!("every {} day from the 1st", ordinal(step)),
                (None, Some((from, to))) => format!("the {from} to {to}"),
                (None, None) => format!("the {}", ordinal(DAY.number(base).unwrap_or(0))),
            }
        })
        .collect();
    Dates::Days(list(items.into_iter(), "and"))
}

fn weekdays(weekday: &str) -> String {
    let name = |text: &str| WEEKDAY.number(text).map_or(text.to_owned(), |day| weekday_name(day).to_owned());
    let items = weekday.split(',').map(|item| {
        let (base, nth) = match item.split_once('#') {
            Some((base, nth)) => (base, Some(nth)),
            None => match item.strip_suffix(['L', 'l']) {
                Some(base) => (base, Some("L")),
                None => (item, None),
            },
        };
        let (base, step) = base.split_once('/').map_or((base, None), |(base, step)| (base, Some(step)));
        let days = match base.split_once('-') {
            Some((from, to)) => format!("{} to {}", name(from), name(to)),
            None if base == "*" => "Sunday to Saturday".to_owned(),
            None => name(base),
        };
        let days = step.and_then(|step| WEEKDAY.number(step)).map_or(days.clone(), |step| {
            if step == 1 { days } else { format!("every {} day of {days}", ordinal(step)) }
        });
        match nth {
            Some("L" | "l") => format!("the last {days}"),
            Some(nth) => format!("the {} {days}", ordinal(nth.parse().unwrap_or(0))),
            None => days,
        }
    });
    list(items, "and")
}

fn in_months(month: &str) -> String {
    let name = |text: &str| MONTH.number(text).map_or(text.to_owned(), |month| month_name(month).to_owned());
    let items = month.split(',').map(|item| {
        let (base, step) = item.split_once('/').map_or((item, None), |(base, step)| (base, Some(step)));
        let months = match base.split_once('-') {
            Some((from, to)) => format!("{} to {}", name(from), name(to)),
            None => name(base),
        };
        match step.and_then(|step| MONTH.number(step)) {
            Some(step) if base == "*" => format!("every {} month from January", ordinal(step)),
            Some(step) => format!("every {} month of {months}", ordinal(step)),
            None => months,
        }
    });
    format!("in {}", list(items, "and"))
}

/// `1st`, `2nd`, `13th`
fn ordinal(number: u16) -> String {
    let ending = match (number % 100, number % 10) {
        (11..=13, _) => "th",
        (_, 1) => "st",
        (_, 2) => "nd",
        (_, 3) => "rd",
        _ => "th",
    };
    format!("{number}{ending}")
}

const fn month_name(month: u16) -> &'static str {
    match month {
        1 => "January",
        2 => "February",
        3 => "March",
        4 => "April",
        5 => "May",
        6 => "June",
        7 => "July",
        8 => "August",
        9 => "September",
        10 => "October",
        11 => "November",
        _ => "December",
    }
}

const fn weekday_name(day: u16) -> &'static str {
    match day {
        1 => "Monday",
        2 => "Tuesday",
        3 => "Wednesday",
        4 => "Thursday",
        5 => "Friday",
        6 => "Saturday",
        _ => "Sunday",
    }
}

/// `a`, `a and b`, `a, b and c`
fn list(items: impl Iterator<Item = String>, and: &str) -> String {
    let mut items: Vec<String> = items.collect();
    match items.pop() {
        None => String::new(),
        Some(last) if items.is_empty() => last,
        Some(last) => format!("{} {and} {last}", items.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use crate::time::schedule::Cron;

    #[test]
    fn a_rule_reads_as_a_sentence() {
        for (rule, sentence) in [
            ("0 7 * * Mon", "At 07:00 on Monday"),
            ("30 2,14 * * *", "At 02:30 and 14:30 every day"),
            ("*/15 * * * *", "Every 15 minutes"),
            ("*/15 9-17 * * Mon-Fri", "Every 15 minutes from 09:00 to 17:45 on Monday to Friday"),
            ("0 9-17 * * 1-5", "Every hour from 09:00 to 17:00 on Monday to Friday"),
            ("0 */2 * * *", "Every 2 hours from 00:00"),
            ("@hourly", "Every hour on the hour"),
            ("@daily", "At 00:00 every day"),
            ("@yearly", "At 00:00 on 1 January"),
            ("0 8 L * *", "At 08:00 on the last day of the month"),
            ("0 8 LW * *", "At 08:00 on the last working day of the month"),
            ("0 8 15W * *", "At 08:00 on the working day nearest to the 15th of the month"),
            ("0 9 * * MON#1", "At 09:00 on the 1st Monday of the month"),
            ("0 9 * * FRI#L", "At 09:00 on the last Friday of the month"),
            ("0 9 * * 5L", "At 09:00 on the last Friday of the month"),
            ("0 0 29 2 *", "At 00:00 on 29 February"),
            ("0 7 1 1,4,7,10 *", "At 07:00 on the 1st in January, April, July and October"),
            ("0 7 1 */3 *", "At 07:00 on the 1st in every 3rd month from January"),
            ("0 7 */2 * *", "At 07:00 on every 2nd day from the 1st of the month"),
            ("0 7 1,15 * *", "At 07:00 on the 1st and the 15th of the month"),
            ("0 7 13 * FRI", "At 07:00 on the 13th of the month, and on Friday"),
            ("0 7 1-7 * +MON", "At 07:00 on the 1st to 7th of the month, if it is also Monday"),
            ("0 7 24 12 +MON", "At 07:00 on 24 December, if it is also Monday"),
            ("0 7 * 6-8 *", "At 07:00 every day in June to August"),
            ("30 0 7 * * Mon", "At 07:00:30 on Monday"),
            ("* * * * * *", "Every second"),
            ("0 0 7 1 1 * 2027", "At 07:00 on 1 January, in 2027"),
            ("5,35 * * * *", "Every hour at 5 and 35 minutes past"),
            ("5,35 8-11 * * *", "At minutes 5,35 of the hours 8-11 every day"),
        ] {
            assert_eq!(Cron::parse(rule).unwrap().describe(), sentence, "{rule}");
        }
    }
}
