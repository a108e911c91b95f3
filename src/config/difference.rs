//! What differs between two configs, in the words of those who wrote them: schedules with what comes before and after,
//! briefs, and the other sections. Pure: the time is an argument.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    net::SocketAddr,
    path::PathBuf,
};

use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::{
    base::ids::ScheduleId,
    config::{
        briefs::{Brief, schedules::Schedule},
        model::Config,
        settings::{public_web::PublicWeb, replies::Replies, store::Store},
    },
    time::schedule::{Remark, Rule, ScheduledOccurrence, Timetable},
};

/// Number of occurrences of each schedule that are compared, before and after.
pub const COMPARED: usize = 3;

/// The differences between the briefs of two configs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Difference {
    /// By id
    pub schedules: Vec<ScheduleChange>,
    /// By id
    pub briefs: Vec<BriefChange>,
}

/// What became of a schedule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Change {
    /// It is new.
    Added,
    /// It is gone.
    Removed,
    /// What decides when it is due is another: it begins anew, nothing is made up from before.
    Retimed,
    /// Its rule is the same, but it comes at other times: its calendar changed.
    Moved,
    /// It comes when it came; something else about it changed.
    Changed,
}

impl Change {
    /// As in logs.
    pub const fn word(self) -> &'static str {
        match self {
            Change::Added => "added",
            Change::Removed => "removed",
            Change::Retimed => "retimed",
            Change::Moved => "moved",
            Change::Changed => "changed",
        }
    }
}

/// A schedule that is not what it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScheduleChange {
    /// `brief/schedule`
    pub id: ScheduleId,
    /// What became of it
    pub change: Change,
    /// What about it
    pub what: Vec<Detail>,
    /// What would have come, and when in its zone
    pub before: Vec<Ahead>,
    /// What comes
    pub after: Vec<Ahead>,
}

/// An occurrence that comes, or would have.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Ahead {
    /// The nominal second
    pub slot: DateTime<Utc>,
    /// When it is due
    pub due: DateTime<Utc>,
    /// The same in the schedule's zone
    pub local: String,
    /// Is an edition made?
    pub runs: bool,
    /// What is to be said of it, in words
    pub note: String,
    /// The same, each with a code and its parameters
    pub remarks: Vec<Remark>,
}

/// What about a schedule or a brief is another: words for people, a code with its parameters for programs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum Detail {
    /// It is new.
    Added,
    /// It is gone.
    Removed,
    /// The rule of a schedule that is new or gone.
    Rule {
        /// The rule as the config has it
        cron: String,
        /// The same in words
        rule: String,
        /// Its zone
        timezone: &'static str,
    },
    /// The rule is another.
    RuleChanged {
        /// The rule as it was
        cron_before: String,
        /// The rule as it is
        cron: String,
        /// As it was, in words with its zone
        before: String,
        /// As it is, in words with its zone
        after: String,
    },
    /// A schedule's key has another value.
    KeyChanged {
        /// Which
        key: &'static str,
    },
    /// A brief's key has another value.
    BriefKeyChanged {
        /// Which
        key: &'static str,
    },
    /// The calendar has other days.
    CalendarDays,
    /// The config pauses it.
    Paused,
    /// The config pauses it no longer.
    NoLongerPaused,
}

impl fmt::Display for Detail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Detail::Added => f.write_str("added"),
            Detail::Removed => f.write_str("removed"),
            Detail::Rule { rule, timezone, .. } => write!(f, "{rule} ({timezone})"),
            Detail::RuleChanged { before, after, .. } => write!(f, "from {before} to {after}"),
            Detail::KeyChanged { key } => write!(f, "{key} has changed"),
            Detail::BriefKeyChanged { key } => f.write_str(key),
            Detail::CalendarDays => f.write_str("its calendar has other days"),
            Detail::Paused => f.write_str("now paused"),
            Detail::NoLongerPaused => f.write_str("no longer paused"),
        }
    }
}

/// Details in words.
pub fn in_words(details: &[Detail]) -> Vec<String> {
    details.iter().map(ToString::to_string).collect()
}

/// A brief that is not what it was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BriefChange {
    /// Its id
    pub id: String,
    /// What about it
    pub what: Vec<Detail>,
}

impl Difference {
    /// Between these briefs and those, as it is seen at `now`.
    pub fn between(
        before: &BTreeMap<String, Brief>,
        after: &BTreeMap<String, Brief>,
        now: DateTime<Utc>,
    ) -> Difference {
        let mut briefs = Vec::new();
        for id in before.keys().chain(after.keys()).collect::<BTreeSet<_>>() {
            let what = match (before.get(id), after.get(id)) {
                (None, Some(_)) => vec![Detail::Added],
                (Some(_), None) => vec![Detail::Removed],
                (Some(before), Some(after)) => of_brief(before, after),
                (None, None) => Vec::new(),
            };
            if !what.is_empty() {
                briefs.push(BriefChange { id: id.clone(), what });
            }
        }
        let (before, after) = (by_id(before), by_id(after));
        let ids: BTreeSet<&str> = before.keys().chain(after.keys()).copied().collect();
        let schedules =
            ids.into_iter().filter_map(|id| of_schedule(before.get(id).copied(), after.get(id).copied(), now));
        Difference { schedules: schedules.collect(), briefs }
    }

    /// Nothing differs.
    pub const fn is_empty(&self) -> bool {
        self.schedules.is_empty() && self.briefs.is_empty()
    }
}

fn by_id(briefs: &BTreeMap<String, Brief>) -> BTreeMap<&str, &Schedule> {
    briefs.values().flat_map(|brief| &brief.schedules).map(|schedule| (schedule.id.as_str(), &**schedule)).collect()
}

fn of_brief(before: &Brief, after: &Brief) -> Vec<Detail> {
    let differs = [
        ("title", before.title != after.title),
        ("timezone", before.timezone != after.timezone),
        ("languages", before.languages != after.languages),
        ("template", before.template.file_name() != after.template.file_name()),
        ("give_up_after", before.give_up_after != after.give_up_after),
        ("public", before.public != after.public),
        ("attach", before.attach != after.attach),
        ("gate", before.gate != after.gate),
        ("release", before.approvals != after.approvals),
    ];
    differs.into_iter().filter(|(_, differs)| *differs).map(|(key, _)| Detail::BriefKeyChanged { key }).collect()
}

fn of_schedule(before: Option<&Schedule>, after: Option<&Schedule>, now: DateTime<Utc>) -> Option<ScheduleChange> {
    let (before, after) = match (before, after) {
        (Some(before), Some(after)) if before == after => return None,
        (None, None) => return None,
        other => other,
    };
    let (coming_before, coming_after) = (before.map(|it| ahead(it, now)), after.map(|it| ahead(it, now)));
    let (change, what) = match (before, after) {
        (Some(before), Some(after)) => {
            let mut what = of_timing(before, after);
            let change = if before.timing() != after.timing() {
                Change::Retimed
            } else if coming_before != coming_after {
                what.push(Detail::CalendarDays);
                Change::Moved
            } else {
                Change::Changed
            };
            what.extend(of_the_rest(before, after));
            // Only the place moved at which the file pauses it.
            if what.is_empty() && change == Change::Changed {
                return None;
            }
            (change, what)
        }
        (None, Some(after)) => (Change::Added, vec![detail_of_rule(after)]),
        (before, _) => (Change::Removed, before.map(detail_of_rule).into_iter().collect()),
    };
    let id = after.or(before)?.id.clone();
    Some(ScheduleChange {
        id,
        change,
        what,
        before: coming_before.unwrap_or_default(),
        after: coming_after.unwrap_or_default(),
    })
}

fn rule(schedule: &Schedule) -> String {
    format!("{} ({})", schedule.rule.cron.describe(), schedule.rule.timezone.name())
}

fn detail_of_rule(schedule: &Schedule) -> Detail {
    let Rule { cron, timezone, .. } = &schedule.rule;
    Detail::Rule { cron: cron.text().to_owned(), rule: cron.describe(), timezone: timezone.name() }
}

fn of_timing(before: &Schedule, after: &Schedule) -> Vec<Detail> {
    let mut what = Vec::new();
    if rule(before) != rule(after) || before.rule.cron.text() != after.rule.cron.text() {
        let cron = |schedule: &Schedule| schedule.rule.cron.text().to_owned();
        what.push(Detail::RuleChanged {
            cron_before: cron(before),
            cron: cron(after),
            before: rule(before),
            after: rule(after),
        });
    }
    let calendar = |schedule: &Schedule| schedule.calendar.as_ref().map(|calendar| calendar.id.clone());
    let differs = [
        ("dst_gap", before.rule.dst_gap != after.rule.dst_gap),
        ("dst_overlap", before.rule.dst_overlap != after.rule.dst_overlap),
        ("starts", before.starts != after.starts),
        ("ends", before.ends != after.ends),
        ("jitter", before.jitter != after.jitter),
        ("calendar", calendar(before) != calendar(after)),
        ("on_holiday", before.on_holiday != after.on_holiday),
        ("calendar_unknown", before.calendar_unknown != after.calendar_unknown),
    ];
    what.extend(differs.into_iter().filter(|(_, differs)| *differs).map(|(key, _)| Detail::KeyChanged { key }));
    what
}

fn of_the_rest(before: &Schedule, after: &Schedule) -> Vec<Detail> {
    let differs = [
        ("languages", before.languages != after.languages),
        ("catch_up", before.catch_up != after.catch_up),
        ("catch_up_window", before.catch_up_window != after.catch_up_window),
        ("overlap", before.overlap != after.overlap),
        ("alarm_after", before.alarm_after != after.alarm_after),
        ("quiet_hours", before.quiet_hours != after.quiet_hours),
        ("if_unchanged", before.if_unchanged != after.if_unchanged),
    ];
    let paused = match (&before.paused, &after.paused) {
        (None, Some(_)) => Some(Detail::Paused),
        (Some(_), None) => Some(Detail::NoLongerPaused),
        _ => None,
    };
    let keys = differs.into_iter().filter(|(_, differs)| *differs).map(|(key, _)| Detail::KeyChanged { key });
    keys.chain(paused).collect()
}

fn ahead(schedule: &Schedule, now: DateTime<Utc>) -> Vec<Ahead> {
    let timetable = schedule.timetable();
    timetable.upcoming(now).take(COMPARED).map(|coming| seen(&coming, &timetable)).collect()
}

fn seen(coming: &ScheduledOccurrence, timetable: &Timetable<'_>) -> Ahead {
    let remarks = coming.remarks(timetable);
    Ahead {
        slot: coming.slot.utc,
        due: coming.due,
        local: coming.due.with_timezone(&timetable.rule.timezone).format("%a %F %T %:z").to_string(),
        runs: coming.runs(),
        note: remarks.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "),
        remarks,
    }
}

/// The sections of `greenbrief.toml` that differ, by name. What only lies elsewhere, or is written otherwise, is the same.
pub fn sections(before: &Config, after: &Config) -> Vec<&'static str> {
    let differs = [
        ("paths", before.paths != after.paths),
        ("store", before.store != after.store),
        ("mail", before.mail != after.mail),
        ("signing", before.signing != after.signing),
        ("imprint", before.imprint != after.imprint),
        (
            "operators",
            before.operators != after.operators
                || before.after_edition != after.after_edition
                || before.ping != after.ping,
        ),
        (
            "web",
            before.web.as_ref().map(|web| web.listen) != after.web.as_ref().map(|web| web.listen)
                || pages(before) != pages(after),
        ),
        ("replies", ways_in(before) != ways_in(after)),
        ("retention", before.retention != after.retention),
    ];
    differs.into_iter().filter(|(_, differs)| *differs).map(|(name, _)| name).collect()
}

/// The pages for readers, wherever that is written.
fn pages(config: &Config) -> Option<PublicWeb> {
    config.public_web.clone().map(|web| PublicWeb { place: None, ..web })
}

/// The ways in, wherever they are written.
fn ways_in(config: &Config) -> Replies {
    Replies { place_of_lmtp: None, ..config.replies.clone() }
}

/// What a daemon was started with and goes by as long as it runs, whatever the config says later.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AtStart {
    store: Store,
    listen: String,
    public_listen: String,
    lmtp: String,
    state: PathBuf,
}

impl AtStart {
    /// By this config.
    pub fn of(config: &Config) -> AtStart {
        let shown = |listen: Option<SocketAddr>| listen.map_or_else(|| "nothing".to_owned(), |it| it.to_string());
        AtStart {
            store: config.store.clone(),
            listen: shown(config.web.as_ref().map(|web| web.listen)),
            public_listen: shown(config.public_web.as_ref().and_then(|web| web.listen)),
            lmtp: shown(config.replies.lmtp),
            state: config.paths.state.clone(),
        }
    }

    /// What the config says otherwise, each in words.
    pub fn differs(&self, config: &Config) -> Vec<String> {
        let (before, after) = (self, AtStart::of(config));
        let mut found = Vec::new();
        if before.store != after.store {
            found.push(format!("store.url is still {}, not {}", before.store.shown(), after.store.shown()));
        }
        if before.listen != after.listen {
            found.push(format!("web.listen is still {}, not {}", before.listen, after.listen));
        }
        if before.public_listen != after.public_listen {
            let (before, after) = (&before.public_listen, &after.public_listen);
            found.push(format!("web.public.listen is still {before}, not {after}"));
        }
        if before.lmtp != after.lmtp {
            found.push(format!("replies.lmtp is still {}, not {}", before.lmtp, after.lmtp));
        }
        if before.state != after.state {
            let (before, after) = (before.state.display(), after.state.display());
            found.push(format!("paths.state is still {before}, not {after}"));
        }
        found
    }
}
