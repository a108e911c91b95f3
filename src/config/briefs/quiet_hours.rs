//! `quiet_hours` of a schedule, as people write them: `22:00-07:00`, or `none`.

use chrono::{NaiveTime, TimeDelta};
use chrono_tz::Tz;

use crate::{
    base::plural::counted,
    config::reading::{problem_sink::ProblemSink, table_reader::TextValue},
    time::schedule::QuietHours,
};

/// Reads them; `None` if something is wrong, the inner one if the zone is, which is said elsewhere.
pub(in crate::config) fn read(
    given: &TextValue<'_>,
    timezone: Option<Tz>,
    give_up_after: Option<TimeDelta>,
    sink: &ProblemSink,
) -> Option<Option<QuietHours>> {
    const HOW: &str = "write from when until when, by the schedule's clock: \"22:00-07:00\"; or \"none\"";
    let text = given.text;
    if text == "none" {
        return Some(None);
    }
    let Some((dash, width)) =
        text.find(['-', '–']).and_then(|at| Some((at, text.get(at..)?.chars().next()?.len_utf8())))
    else {
        sink.push(given.error("these are no hours").hint(HOW));
        return None;
    };
    let time = |range: std::ops::Range<usize>| {
        let part = text.get(range.clone()).unwrap_or_default();
        let begin = range.start + part.len() - part.trim_start().len();
        let part = part.trim();
        // chrono would take `7:0`, too.
        let found =
            Some(part).filter(|part| part.len() == 5).and_then(|part| NaiveTime::parse_from_str(part, "%H:%M").ok());
        if found.is_none() {
            let what =
                if part.is_empty() { "a time is missing".to_owned() } else { format!("`{part}` is not a time of day") };
            sink.push(given.error_inside(begin..begin + part.len(), what).hint(HOW));
        }
        found
    };
    let (from, until) = (time(0..dash), time(dash + width..text.len()));
    let (from, until) = (from?, until?);
    if from == until {
        let hint = "the whole day cannot be quiet; to send nothing for a while, set `paused = true`";
        sink.push(given.error("these hours begin when they end").hint(hint));
        return None;
    }
    let hours = timezone.map(|timezone| QuietHours { from, until, timezone });
    if let (Some(hours), Some(give_up_after)) = (hours, give_up_after)
        && give_up_after <= hours.length()
    {
        let length = hours.length();
        let lasts = match length.num_minutes() % 60 {
            0 => counted(length.num_hours(), "hour"),
            minutes => format!("{} h {minutes} min", length.num_hours()),
        };
        sink.push(
            given
                .error(format!("mails of an edition that is released when these hours begin are given up before they end: they last {lasts}"))
                .hint("make `give_up_after` of the brief longer, or these hours shorter"),
        );
        return None;
    }
    Some(hours)
}
