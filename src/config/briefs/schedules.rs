//! `[schedules.ID]` of a brief: when an edition is due, and its policies. When that is next, `schedule` says.

use std::sync::Arc;

use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, Utc};
use chrono_tz::Tz;
use toml::value::{Datetime, Offset};

use crate::{
    base::{
        ids::ScheduleId,
        language::Language,
        problem::{Place, Problem},
    },
    config::{
        briefs::quiet_hours,
        calendars::Calendars,
        reading::{problem_sink::ProblemSink, table_reader::TableReader},
        values::{durations, languages, timezones},
    },
    time::{
        calendar::Calendar,
        schedule::{
            CatchUp, Cron, DstGap, DstOverlap, IfUnchanged, MAX_AT_ONCE, OnHoliday, OnUnknown, Overlap, QuietHours,
            Rule, Timetable,
        },
    },
};

/// When an edition is due.
#[derive(Debug, Clone, PartialEq)]
pub struct Schedule {
    /// `brief/schedule`
    pub id: ScheduleId,
    /// The times, and what becomes of them when clocks change.
    pub rule: Rule,
    /// Some or all of the brief's.
    pub languages: Vec<Language>,
    /// There is no slot before.
    pub starts: Option<DateTime<Utc>>,
    /// There is no slot behind.
    pub ends: Option<DateTime<Utc>>,
    /// Which days are days off; nothing if it knows none.
    pub calendar: Option<Arc<Calendar>>,
    /// What becomes of slots on them.
    pub on_holiday: OnHoliday,
    /// What becomes of slots on days of which it knows nothing.
    pub calendar_unknown: OnUnknown,
    /// Maximum delay of an edition, in whole seconds.
    pub jitter: TimeDelta,
    /// What becomes of slots that were missed.
    pub catch_up: CatchUp,
    /// How late an edition that was missed is still made.
    pub catch_up_window: TimeDelta,
    /// What becomes of a slot while the edition of an earlier one is being made.
    pub overlap: Overlap,
    /// If the edition is not released by then, operators are told.
    pub alarm_after: TimeDelta,
    /// When no mail of its editions goes out.
    pub quiet_hours: Option<QuietHours>,
    /// What becomes of an edition that prints what the last one printed.
    pub if_unchanged: IfUnchanged,
    /// Where the file pauses it, if it does.
    pub paused: Option<Place>,
}

impl Schedule {
    /// What decides when it is due.
    pub fn timetable(&self) -> Timetable<'_> {
        Timetable {
            id: &self.id,
            rule: &self.rule,
            starts: self.starts,
            ends: self.ends,
            calendar: self.calendar.as_deref(),
            on_holiday: self.on_holiday,
            calendar_unknown: self.calendar_unknown,
            jitter: self.jitter,
            catch_up: self.catch_up,
            catch_up_window: self.catch_up_window,
        }
    }

    /// What decides when it is due, as a text: if it changes, the schedule begins anew and nothing is made up from before.
    /// What is as ever is not in it, and neither are days that a calendar gains.
    pub fn timing(&self) -> String {
        let mut text = format!("{} {}", self.rule.timezone.name(), self.rule.cron.text());
        let mut add = |differs: bool, word: String| {
            if differs {
                text.push_str("; ");
                text.push_str(&word);
            }
        };
        add(self.rule.dst_gap != DstGap::After, format!("dst_gap {:?}", self.rule.dst_gap));
        add(self.rule.dst_overlap != DstOverlap::First, format!("dst_overlap {:?}", self.rule.dst_overlap));
        add(self.starts.is_some(), format!("starts {:?}", self.starts));
        add(self.ends.is_some(), format!("ends {:?}", self.ends));
        add(!self.jitter.is_zero(), format!("jitter {}", self.jitter.num_seconds()));
        if let Some(calendar) = self.calendar.as_ref().filter(|_| self.on_holiday != OnHoliday::Run) {
            add(true, format!("{:?} {} {:?}", self.on_holiday, calendar.id, self.calendar_unknown));
        }
        text
    }
}

pub(in crate::config) const DEFAULT_ALARM_AFTER: &str = "2h";
pub(in crate::config) const DEFAULT_CATCH_UP_WINDOW: &str = "12h";
/// The longest jitter.
const LONGEST_JITTER: TimeDelta = TimeDelta::hours(24);
/// How often a day at most a rule may be due whose slots are moved to other days.
const MOVED_A_DAY: usize = 24;

/// Reads a schedule; `timezone`, `spoken` and `give_up_after` are the brief's, `calendars` those that it may name.
pub(in crate::config) fn read(
    id: ScheduleId,
    reader: TableReader<'_>,
    timezone: Option<Tz>,
    spoken: &[Language],
    give_up_after: Option<TimeDelta>,
    calendars: &Calendars,
    sink: &ProblemSink,
) -> Option<Schedule> {
    let mut reader = reader;
    let cron = cron(&mut reader, sink);
    let timezone = match reader.text("timezone") {
        Some(given) => timezones::read(&given, sink),
        None => timezone,
    };
    let calendar = match reader.text("calendar") {
        Some(given) => calendars.find(&given, sink).map(Some),
        None => Some(None),
    };
    let place = reader.place_of("languages");
    let languages = match reader.texts("languages") {
        Some(given) => {
            let found = languages::read(&given, place.as_ref(), Some(spoken), sink);
            found.map(|found| found.into_iter().map(|(language, _)| language).collect())
        }
        None => Some(spoken.to_vec()),
    };
    let clocks = clocks(&mut reader, cron.as_ref(), sink);
    let limits = limits(&mut reader, timezone, sink);
    // One that is named and not found has its problem already.
    let named = !matches!(calendar, Some(None));
    let days_off = days_off(&mut reader, named, cron.as_ref(), sink);
    let jitter = jitter(&mut reader, cron.as_ref(), sink);
    let catch_up = catch_up(&mut reader, cron.as_ref(), sink);
    let overlap = reader.choice(
        "overlap",
        Overlap::Skip,
        &[("skip", Overlap::Skip), ("queue", Overlap::Queue), ("allow", Overlap::Allow)],
    );
    let alarm_after = durations::read_key(&mut reader, "alarm_after", DEFAULT_ALARM_AFTER, true, sink);
    let quiet_hours = reader.text("quiet_hours").map(|given| quiet_hours::read(&given, timezone, give_up_after, sink));
    let if_unchanged =
        reader.choice("if_unchanged", IfUnchanged::Send, &IfUnchanged::ALL.map(|choice| (choice.word(), choice)));
    let paused = reader.boolean("paused").and_then(|(yes, place)| yes.then_some(place));
    reader.finish();
    let (dst_gap, dst_overlap) = clocks?;
    let (starts, ends) = limits?;
    let (on_holiday, calendar_unknown) = days_off?;
    let (catch_up, catch_up_window) = catch_up?;
    Some(Schedule {
        id,
        rule: Rule { cron: cron?, timezone: timezone?, dst_gap, dst_overlap },
        languages: languages?,
        starts,
        ends,
        calendar: calendar?,
        on_holiday,
        calendar_unknown,
        jitter: jitter?,
        catch_up,
        catch_up_window,
        overlap: overlap?,
        alarm_after: alarm_after?,
        quiet_hours: quiet_hours.unwrap_or(Some(None))?,
        if_unchanged: if_unchanged?,
        paused,
    })
}

/// The rule. One that is due more than once a day is a warning, since a `*` in the wrong field floods the readers.
fn cron(reader: &mut TableReader<'_>, sink: &ProblemSink) -> Option<Cron> {
    let given = reader.needed_text("cron", "cron = \"0 7 * * Mon\": minute, hour, day, month, weekday")?;
    let cron = match Cron::parse(given.text) {
        Ok(cron) => cron,
        Err(bad) => {
            sink.push(given.error_inside(bad.span, bad.what).hint(bad.hint));
            return None;
        }
    };
    let times = cron.times_a_day();
    if times > 1 {
        let problem = Problem::warning(format!("this rule makes {times} editions on each of its days"));
        let hint = "each goes to all readers; one a day has one minute and one hour, such as `0 7 * * Mon`";
        sink.push(problem.at(given.place()).hint(hint));
    }
    Some(cron)
}

/// What becomes of times that clocks leave out or show twice.
fn clocks(reader: &mut TableReader<'_>, cron: Option<&Cron>, sink: &ProblemSink) -> Option<(DstGap, DstOverlap)> {
    let gap = reader.choice("dst_gap", DstGap::After, &[("after", DstGap::After), ("skip", DstGap::Skip)]);
    let twice = reader.choice(
        "dst_overlap",
        DstOverlap::First,
        &[("first", DstOverlap::First), ("second", DstOverlap::Second), ("both", DstOverlap::Both)],
    );
    if cron.is_some_and(|cron| !cron.is_fixed()) {
        for key in ["dst_gap", "dst_overlap"] {
            if let Some(place) = reader.place_of(key) {
                let problem =
                    Problem::error(format!("`{key}` means nothing to a rule with a wildcard in minute or hour"));
                let hint = "it follows real time: each hour that the clock shows twice has its slots twice, one that it leaves out has none";
                sink.push(problem.at(place).hint(hint));
            }
        }
    }
    Some((gap?, twice?))
}

/// The first and the last instant at which a slot may be.
#[expect(clippy::type_complexity, reason = "both may be missing, and both may be wrong")]
fn limits(
    reader: &mut TableReader<'_>,
    timezone: Option<Tz>,
    sink: &ProblemSink,
) -> Option<(Option<DateTime<Utc>>, Option<DateTime<Utc>>)> {
    let (starts, ends) = (reader.time("starts"), reader.time("ends"));
    let whole = |key, given: &Option<(Datetime, Place)>| reader.place_of(key).is_none() || given.is_some();
    let complete = whole("starts", &starts) && whole("ends", &ends);
    let timezone = timezone?;
    let read = |given: Option<(Datetime, Place)>, last: bool| match given {
        None => Some(None),
        Some((time, place)) => match instant(time, timezone, last) {
            Some(instant) => Some(Some((instant, place))),
            None => {
                let problem = Problem::error(format!("`{time}` is beyond the years that are known"));
                sink.push(problem.at(place).hint("write a year from 1970 to 4000"));
                None
            }
        },
    };
    let (starts, ends) = (read(starts, false)?, read(ends, true)?);
    if let (Some((starts, _)), Some((ends, place))) = (&starts, &ends)
        && starts > ends
    {
        let problem = Problem::error("`ends` is before `starts`: this schedule would never be due");
        sink.push(problem.at(place.clone()).hint("a date as `ends` counts to the end of that day"));
        return None;
    }
    complete.then(|| (starts.map(|(at, _)| at), ends.map(|(at, _)| at)))
}

/// A date or date-time in a zone as an instant; a date is the first second of its day, or the last.
fn instant(time: Datetime, timezone: Tz, last: bool) -> Option<DateTime<Utc>> {
    let date = time.date?;
    if !(1970..=4000).contains(&date.year) {
        return None;
    }
    let mut day = NaiveDate::from_ymd_opt(i32::from(date.year), u32::from(date.month), u32::from(date.day))?;
    let clock = match time.time {
        Some(clock) => {
            let second = u32::from(clock.second.unwrap_or(0)).min(59);
            NaiveTime::from_hms_opt(u32::from(clock.hour), u32::from(clock.minute), second)?
        }
        None => NaiveTime::MIN,
    };
    let end_of_day = last && time.time.is_none();
    if end_of_day {
        day = day.succ_opt()?;
    }
    let civil = day.and_time(clock);
    let found = match time.offset {
        Some(Offset::Z) => civil.and_utc(),
        Some(Offset::Custom { minutes }) => civil.and_utc() - TimeDelta::minutes(i64::from(minutes)),
        None => crate::time::schedule::first_instant(timezone, civil)?,
    };
    Some(if end_of_day { found - TimeDelta::seconds(1) } else { found })
}

/// What becomes of slots on days off.
fn days_off(
    reader: &mut TableReader<'_>,
    calendar: bool,
    cron: Option<&Cron>,
    sink: &ProblemSink,
) -> Option<(OnHoliday, OnUnknown)> {
    let on_holiday = reader.choice(
        "on_holiday",
        OnHoliday::Run,
        &[
            ("run", OnHoliday::Run),
            ("skip", OnHoliday::Skip),
            ("next-workday", OnHoliday::NextWorkday),
            ("previous-workday", OnHoliday::PreviousWorkday),
        ],
    );
    let unknown =
        reader.choice("calendar_unknown", OnUnknown::Run, &[("run", OnUnknown::Run), ("skip", OnUnknown::Skip)]);
    let without = [
        ("on_holiday", on_holiday.is_some_and(|given| given != OnHoliday::Run)),
        ("calendar_unknown", unknown.is_some_and(|given| given != OnUnknown::Run)),
    ];
    for (key, _) in without.into_iter().filter(|(_, asked)| *asked && !calendar) {
        if let Some(place) = reader.place_of(key) {
            let problem = Problem::error(format!("`{key}` needs a calendar that says which days are days off"));
            sink.push(problem.at(place).hint("write calendar = \"DE\" beside it"));
        }
    }
    let moves = matches!(on_holiday, Some(OnHoliday::NextWorkday | OnHoliday::PreviousWorkday));
    if moves
        && cron.is_some_and(|cron| cron.is_denser(MOVED_A_DAY, TimeDelta::days(1)))
        && let Some(place) = reader.place_of("on_holiday")
    {
        let problem = Problem::error(format!(
            "a rule that is due more than {MOVED_A_DAY} times a day is not moved to another one"
        ));
        sink.push(problem.at(place).hint("write on_holiday = \"skip\", or a rule that is due less often"));
        return None;
    }
    Some((on_holiday?, unknown?))
}

/// Reads the maximum delay of an edition.
fn jitter(reader: &mut TableReader<'_>, cron: Option<&Cron>, sink: &ProblemSink) -> Option<TimeDelta> {
    let Some(given) = reader.length("jitter") else { return reader.place_of("jitter").is_none().then(TimeDelta::zero) };
    let jitter = TimeDelta::from_std(durations::read(&given, sink)?).ok()?;
    if jitter > LONGEST_JITTER {
        sink.push(given.error("`jitter` is longer than a day").hint("write a length up to \"24h\", such as \"10m\""));
        return None;
    }
    if cron.is_some_and(|cron| cron.is_denser(1, jitter)) {
        let problem = given.error("`jitter` is longer than the time between two slots of this rule");
        sink.push(problem.hint("write a shorter one: editions keep their order"));
        return None;
    }
    Some(jitter)
}

/// What becomes of slots that were missed, and how late they are still made.
fn catch_up(reader: &mut TableReader<'_>, cron: Option<&Cron>, sink: &ProblemSink) -> Option<(CatchUp, TimeDelta)> {
    let policy = reader.choice(
        "catch_up",
        CatchUp::Latest,
        &[("latest", CatchUp::Latest), ("skip", CatchUp::Skip), ("all", CatchUp::All)],
    );
    let window = durations::read_key(reader, "catch_up_window", DEFAULT_CATCH_UP_WINDOW, false, sink);
    let place = reader.place_of("catch_up_window");
    if policy == Some(CatchUp::Skip)
        && let Some(place) = place.clone()
    {
        let problem = Problem::error("`catch_up_window` means nothing with catch_up = \"skip\": nothing is made up");
        sink.push(problem.at(place).hint("take one of the two out"));
    }
    if let (Some(CatchUp::All), Some(window), Some(cron)) = (policy, window, cron)
        && cron.is_denser(MAX_AT_ONCE, window)
    {
        let problem =
            Problem::error(format!("catch_up = \"all\" could make up more than {MAX_AT_ONCE} editions at once"));
        let problem = problem.at(place.or_else(|| reader.place_of("catch_up"))?);
        sink.push(problem.hint("write a shorter `catch_up_window`, or catch_up = \"latest\""));
        return None;
    }
    Some((policy?, window?))
}
