//! The schedules: the state of each, the history of its slots; one is paused and goes on.

use chrono::{DateTime, Utc};
use serde::Serialize;
use tracing::info;

use super::{
    Actor, Installation, Result,
    find_schedule::find_schedule,
    plan::{ListedPause, Pauses},
};
use crate::{
    base::{ids::ScheduleId, problem::Problem},
    config::Schedule,
    monitoring::overdue::Survey,
    store::{Occurrence, SchedulePause},
    time::schedule::{CatchUp, Outcome},
};

/// A schedule in the list.
#[derive(Debug, Serialize)]
pub struct ListedSchedule {
    /// `BRIEF/SCHEDULE`
    pub schedule: ScheduleId,
    /// Its cron rule in words
    pub rule: String,
    /// Its IANA time zone
    pub timezone: &'static str,
    /// `active`, `overdue` or `paused`
    pub state: &'static str,
    /// The same in words, with who pauses it
    #[serde(skip)]
    pub state_in_words: String,
    /// What pauses it
    pub pause: Option<ListedPause>,
    /// It is paused, by the config or a person
    pub paused: bool,
    /// When it is due next
    pub next_utc: Option<DateTime<Utc>>,
    /// The same in its time zone
    pub next: String,
    /// Its newest slot
    pub last_slot: Option<DateTime<Utc>>,
    /// The outcome of that slot
    pub last_outcome: Option<Outcome>,
    /// Both in words, in its time zone
    pub last: String,
    /// Its newest edition is not released in time
    pub overdue: bool,
}

/// All schedules, in the order of the config. What cannot be read, and no daemon keeps in force either, is missing: that is a
/// warning.
///
/// # Errors
/// The store cannot be read.
pub async fn list(installation: &Installation) -> Result<Vec<ListedSchedule>> {
    let now = installation.now();
    let store = installation.listed_store().await?;
    let pauses = match store {
        Some(store) => Pauses::read(store).await?,
        None => Pauses::default(),
    };
    let briefs = installation.known_briefs().await?;
    if installation.briefs_in_force().await.is_err() {
        let missing =
            Problem::warning("schedules that cannot be read are missing here: no daemon has had them in force");
        (installation.on_warning)(&missing.hint("`greenbrief check` says what is wrong with them"));
    }
    let all = || briefs.values().flat_map(|brief| &brief.schedules);
    let survey = match store {
        Some(store) => Some((store, Survey::of(store, all().map(|schedule| &schedule.id)).await?)),
        None => None,
    };
    let mut listed = Vec::new();
    for schedule in all() {
        let (mut last, mut overdue) = (None, false);
        if let Some((store, survey)) = &survey {
            last = survey.newest(&schedule.id);
            overdue = !pauses.everything() && survey.overdue(store, schedule, now).await?.is_some();
        }
        let pause = pauses.of(schedule);
        let state = match pause {
            Some(_) => "paused",
            None if overdue => "overdue",
            None => "active",
        };
        let next = schedule.timetable().next(now);
        let zone = schedule.rule.timezone;
        let ended = |last: &Occurrence| last.outcome.map_or_else(|| "being made".to_owned(), |end| end.to_string());
        listed.push(ListedSchedule {
            schedule: schedule.id.clone(),
            rule: schedule.rule.cron.describe(),
            timezone: zone.name(),
            paused: pause.is_some(),
            state,
            state_in_words: pause.as_ref().map_or_else(|| state.to_owned(), ToString::to_string),
            pause,
            next_utc: next.as_ref().map(|next| next.due),
            next: next.map_or_else(String::new, |next| next.due.with_timezone(&zone).format("%a %F %T").to_string()),
            last: last.map_or_else(String::new, |last| format!("{} {}", local_time(last.slot, schedule), ended(last))),
            last_slot: last.map(|last| last.slot),
            last_outcome: last.and_then(|last| last.outcome),
            overdue,
        });
    }
    Ok(listed)
}

/// A time in the schedule's zone, to the second.
pub fn local_time(time: DateTime<Utc>, schedule: &Schedule) -> String {
    time.with_timezone(&schedule.rule.timezone).format("%F %T").to_string()
}

/// The schedule that a person names, among the briefs that are known. If something is wrong with the config, it may be there
/// although it is not among them: then that is said.
async fn named(installation: &Installation, id: &str) -> Result<Schedule> {
    let unknown = match find_schedule(&*installation.known_briefs().await?, id) {
        Ok(schedule) => return Ok(schedule.clone()),
        Err(unknown) => unknown,
    };
    if installation.briefs_in_force().await.is_ok() {
        return Err(unknown);
    }
    let problem = Problem::error(format!("no schedule `{id}` is known among those that can be read"));
    Err(problem
        .hint("`greenbrief check` says what is wrong with the others; `greenbrief pause --all` stops them, too")
        .into())
}

/// The outcome of [`pause`].
#[derive(Debug, Serialize)]
pub struct PausedSchedule {
    /// `BRIEF/SCHEDULE`
    pub schedule: ScheduleId,
    /// The pause that holds now
    pub pause: SchedulePause,
    /// It was paused already; the earlier pause stays
    pub was_paused: bool,
}

/// Pauses a schedule: no edition is made for its slots.
///
/// # Errors
/// There is no such schedule, or no store.
pub async fn pause(installation: &Installation, actor: &Actor, id: &str) -> Result<PausedSchedule> {
    let schedule = named(installation, id).await?;
    let store = installation.existing_store().await?;
    // A schedule that never ran enters the ledger now, so that there is something to pause.
    store.schedules().activate(&schedule.id, &schedule.timing(), installation.now()).await?;
    let mine = SchedulePause { by: actor.name().to_owned(), since: installation.now() };
    let pause = store.schedules().pause(&schedule.id, &mine).await?;
    let was_paused = pause != mine;
    info!(by = %actor, schedule = %schedule.id, was_paused, "a schedule is paused");
    Ok(PausedSchedule { schedule: schedule.id.clone(), pause, was_paused })
}

/// The outcome of [`resume`].
#[derive(Debug, Serialize)]
pub struct ResumedSchedule {
    /// `BRIEF/SCHEDULE`
    pub schedule: ScheduleId,
    /// The pause that ended; `None` if no person had paused it
    pub was: Option<SchedulePause>,
    /// Number of slots of the pause that are made up
    pub made_up: u64,
}

/// Ends a person's pause of a schedule. With `catch_up` the slots that passed are made up, as its `catch_up` and
/// `catch_up_window` allow.
///
/// # Errors
/// There is no such schedule, the config pauses it, or it never makes anything up.
pub async fn resume(installation: &Installation, actor: &Actor, id: &str, catch_up: bool) -> Result<ResumedSchedule> {
    let schedule = named(installation, id).await?;
    if let Some(place) = &schedule.paused {
        let problem = Problem::error(format!("{} is paused by the config, not by a person", schedule.id));
        let hint = "remove `paused = true` there: the config's pause holds until the config changes";
        return Err(problem.at(place.clone()).hint(hint).into());
    }
    if catch_up && schedule.catch_up == CatchUp::Skip {
        let problem = Problem::error(format!("{} makes nothing up: its catch_up is \"skip\"", schedule.id));
        let hint = "`greenbrief schedules resume` without --catch-up goes on; `greenbrief send` makes an edition now";
        return Err(problem.hint(hint).into());
    }
    let store = installation.existing_store().await?;
    let now = installation.now();
    let was = store.schedules().resume(&schedule.id).await?;
    let mut made_up = 0;
    if let Some(pause) = was.as_ref().filter(|_| catch_up) {
        let from = pause.since.max(now - schedule.catch_up_window);
        made_up = store.ledger().make_up(&schedule.id, from, schedule.catch_up == CatchUp::All, actor.name()).await?;
    }
    info!(by = %actor, schedule = %schedule.id, made_up, "a schedule goes on");
    Ok(ResumedSchedule { schedule: schedule.id.clone(), was, made_up })
}

/// The newest occurrences of a schedule, newest first, with the schedule itself.
///
/// # Errors
/// There is no such schedule, or no store.
pub async fn history(installation: &Installation, id: &str, last: usize) -> Result<(Schedule, Vec<Occurrence>)> {
    let last = i64::try_from(last).unwrap_or(i64::MAX);
    let schedule = named(installation, id).await?;
    let rows = installation.existing_store().await?.ledger().newest(Some(&schedule.id), last).await?;
    Ok((schedule, rows))
}
