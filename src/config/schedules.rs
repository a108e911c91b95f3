//! `[schedules.ID]` of a brief: when an edition is due. When that is next, `schedule` says.

use chrono::TimeDelta;
use chrono_tz::Tz;

use super::{
    Schedule,
    briefs::{languages, zone},
    calendars::Calendars,
    quiet_hours,
    reader::{Reader, Sink},
    settings::duration,
};
use crate::{
    language::Language,
    schedule::{Cron, Rule},
};

/// Reads a schedule; `timezone`, `spoken` and `give_up_after` are the brief's, `calendars` those that it may name.
pub(super) fn read(
    id: String,
    reader: Reader<'_>,
    timezone: Option<Tz>,
    spoken: &[Language],
    give_up_after: Option<TimeDelta>,
    calendars: &Calendars,
    sink: &Sink,
) -> Option<Schedule> {
    let mut reader = reader;
    let cron = reader.needed_text("cron", "cron = \"0 7 * * Mon\": minute, hour, day, month, weekday");
    let cron = cron.and_then(|given| match Cron::parse(given.text) {
        Ok(cron) => Some(cron),
        Err(bad) => {
            sink.push(given.error_inside(bad.span, bad.what).hint(bad.hint));
            None
        }
    });
    let timezone = match reader.text("timezone") {
        Some(given) => zone(&given, sink),
        None => timezone,
    };
    let calendar = match reader.text("calendar") {
        Some(given) => calendars.find(&given, sink).map(Some),
        None => Some(None),
    };
    let place = reader.place_of("languages");
    let languages = match reader.texts("languages") {
        Some(given) => {
            let found = languages(&given, place.as_ref(), Some(spoken), sink);
            found.map(|found| found.into_iter().map(|(language, _)| language).collect())
        }
        None => Some(spoken.to_vec()),
    };
    let catch_up_window = length(&mut reader, "catch_up_window", TimeDelta::hours(12), false, sink);
    let alarm_after = length(&mut reader, "alarm_after", TimeDelta::hours(2), true, sink);
    let quiet_hours = reader.text("quiet_hours").map(|given| quiet_hours::read(&given, timezone, give_up_after, sink));
    let paused = reader.boolean("paused").and_then(|(yes, place)| yes.then_some(place));
    reader.finish();
    Some(Schedule {
        id,
        rule: Rule { cron: cron?, timezone: timezone? },
        calendar: calendar?,
        languages: languages?,
        catch_up_window: catch_up_window?,
        alarm_after: alarm_after?,
        quiet_hours: quiet_hours.unwrap_or(Some(None))?,
        paused,
    })
}

/// A length of time; with `some`, more than none.
pub(super) fn length(
    reader: &mut Reader<'_>,
    key: &'static str,
    default: TimeDelta,
    some: bool,
    sink: &Sink,
) -> Option<TimeDelta> {
    let Some(given) = reader.length(key) else { return Some(default) };
    let length = duration(&given, sink)?;
    if some && length.is_zero() {
        sink.push(given.error(format!("`{key}` is no time at all")).hint("write a length such as \"2h\""));
        return None;
    }
    TimeDelta::from_std(length).ok()
}
