//! `schedules`: where each schedule stands, what became of its slots; one is paused and goes on.

use std::process::ExitCode;

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::{arguments::Schedules, context::Context, output::counted, plan::found};
use crate::{
    base::{
        ids::ScheduleId,
        problem::{Problem, Problems},
    },
    config::Schedule,
    daemon::timekeeper::Survey,
    store::{Occurrence, SchedulePause},
    time::schedule::{CatchUp, Outcome},
};

pub(super) async fn run(context: &Context, command: &Schedules) -> anyhow::Result<ExitCode> {
    match command {
        Schedules::List => list(context).await,
        Schedules::Pause { id } => pause(context, id).await,
        Schedules::Resume { id, catch_up } => resume(context, id, *catch_up).await,
        Schedules::History { id, last } => history(context, id, i64::try_from(last.get()).unwrap_or(i64::MAX)).await,
    }
}

#[derive(Serialize)]
struct Standing {
    schedule: ScheduleId,
    rule: String,
    timezone: &'static str,
    /// `active`, or who pauses it
    state: String,
    paused: bool,
    /// When it is due next
    next_utc: Option<DateTime<Utc>>,
    next: String,
    last_slot: Option<DateTime<Utc>>,
    last_outcome: Option<Outcome>,
    last: String,
    overdue: bool,
}

async fn list(context: &Context) -> anyhow::Result<ExitCode> {
    let config = context.config()?;
    let now = context.now();
    let store = context.found_store(&config).await?;
    let everything = match &store {
        Some(store) => store.on_hold().await?.paused,
        None => None,
    };
    let all = || config.briefs.values().flat_map(|brief| &brief.schedules);
    let survey = match &store {
        Some(store) => Some((store, Survey::of(store, all().map(|schedule| &schedule.id)).await?)),
        None => None,
    };
    let mut rows = Vec::new();
    for schedule in all() {
        let (mut paused, mut last, mut late) = (None, None, false);
        if let Some((store, survey)) = &survey {
            paused = survey.state(&schedule.id).and_then(|state| state.paused.as_ref());
            last = survey.newest(&schedule.id);
            late = everything.is_none() && survey.overdue(store, schedule, now).await?.is_some();
        }
        let paused = match (&schedule.paused, paused, &everything) {
            (Some(place), ..) => Some(format!("paused in {}:{}", place.file, place.line)),
            (None, Some(pause), _) => Some(pause.to_string()),
            (None, None, Some(everything)) => Some(everything.to_string()),
            (None, None, None) => None,
        };
        let next = schedule.timetable().next(now);
        let zone = schedule.rule.timezone;
        let ended = |last: &Occurrence| last.outcome.map_or_else(|| "being made".to_owned(), |end| end.to_string());
        rows.push(Standing {
            schedule: schedule.id.clone(),
            rule: schedule.rule.cron.describe(),
            timezone: zone.name(),
            paused: paused.is_some(),
            state: match paused {
                Some(paused) => paused,
                None if late => "overdue".to_owned(),
                None => "active".to_owned(),
            },
            next_utc: next.as_ref().map(|next| next.due),
            next: next.map_or_else(String::new, |next| next.due.with_timezone(&zone).format("%a %F %T").to_string()),
            last: last.map_or_else(String::new, |last| format!("{} {}", local(last.slot, schedule), ended(last))),
            last_slot: last.map(|last| last.slot),
            last_outcome: last.and_then(|last| last.outcome),
            overdue: late,
        });
    }
    context.output.table(&["SCHEDULE", "RULE", "ZONE", "NEXT", "LAST", "STATE"], &rows, |row| {
        vec![
            row.schedule.to_string(),
            row.rule.clone(),
            row.timezone.to_owned(),
            row.next.clone(),
            row.last.clone(),
            row.state.clone(),
        ]
    })?;
    if rows.is_empty() {
        context.output.say("No brief has a schedule.")?;
    }
    Ok(ExitCode::SUCCESS)
}

fn local(time: DateTime<Utc>, schedule: &Schedule) -> String {
    time.with_timezone(&schedule.rule.timezone).format("%F %T").to_string()
}

#[derive(Serialize)]
struct Said {
    schedule: ScheduleId,
    pause: SchedulePause,
}

async fn pause(context: &Context, id: &str) -> anyhow::Result<ExitCode> {
    let config = context.config()?;
    let schedule = found(&config, id)?;
    let store = context.needed_store(&config).await?;
    // One that never ran has its place in the ledger from now on, so that there is something to pause.
    store.schedule(&schedule.id, &schedule.timing(), context.now()).await?;
    let mine = SchedulePause { by: context.actor(), since: context.now() };
    let pause = store.pause_schedule(&schedule.id, &mine).await?;
    let told = format!("`greenbrief schedules resume {}` ends that", schedule.id);
    let line = if pause == mine {
        format!("{} is paused: no edition is made for its slots; {told}.", schedule.id)
    } else {
        format!("{} is {pause} already; {told}.", schedule.id)
    };
    context.output.result(&Said { schedule: schedule.id.clone(), pause }, || line)?;
    Ok(ExitCode::SUCCESS)
}

#[derive(Serialize)]
struct Resumed {
    schedule: ScheduleId,
    /// Who paused it; nothing if nobody did
    was: Option<SchedulePause>,
    /// How many slots of the pause are made up
    made_up: u64,
}

async fn resume(context: &Context, id: &str, catch_up: bool) -> anyhow::Result<ExitCode> {
    let config = context.config()?;
    let schedule = found(&config, id)?;
    if let Some(place) = &schedule.paused {
        let problem = Problem::error(format!("{} is paused by the config, not by a person", schedule.id));
        let hint = "take `paused = true` out there: what the config says holds until it says something else";
        return Err(Problems::from(problem.at(place.clone()).hint(hint)).into());
    }
    if catch_up && schedule.catch_up == CatchUp::Skip {
        let problem = Problem::error(format!("{} makes nothing up: its catch_up is \"skip\"", schedule.id));
        let hint = "`greenbrief schedules resume` without --catch-up goes on; `greenbrief send` makes an edition now";
        return Err(Problems::from(problem.hint(hint)).into());
    }
    let store = context.needed_store(&config).await?;
    let now = context.now();
    let was = store.resume_schedule(&schedule.id).await?;
    let mut made_up = 0;
    if let Some(pause) = was.as_ref().filter(|_| catch_up) {
        let from = pause.since.max(now - schedule.catch_up_window);
        made_up = store.make_up(&schedule.id, from, schedule.catch_up == CatchUp::All, &context.actor()).await?;
    }
    let resumed = Resumed { schedule: schedule.id.clone(), was, made_up };
    context.output.result(&resumed, || match &resumed.was {
        None => format!("{id} was not paused by a person"),
        Some(was) if catch_up => {
            format!("{} goes on (it was {was}); {} made up", resumed.schedule, are(resumed.made_up))
        }
        Some(was) => format!("{} goes on (it was {was}); nothing is made up", resumed.schedule),
    })?;
    Ok(ExitCode::SUCCESS)
}

fn are(slots: u64) -> String {
    let verb = if slots == 1 { "is" } else { "are" };
    format!("{} {verb}", counted(slots, "slot"))
}

async fn history(context: &Context, id: &str, last: i64) -> anyhow::Result<ExitCode> {
    let config = context.config()?;
    let schedule = found(&config, id)?;
    let store = context.needed_store(&config).await?;
    let rows = store.occurrences(Some(&schedule.id), last).await?;
    context.output.table(
        &["SLOT (UTC)", "LOCAL TIME", "DUE (UTC)", "KIND", "OUTCOME", "ENDED (UTC)", "REASON"],
        &rows,
        |row| {
            let time = |time: DateTime<Utc>| time.format("%F %T").to_string();
            let by = if row.actor.is_empty() { String::new() } else { format!(" (by {})", row.actor) };
            vec![
                time(row.slot),
                local(row.slot, schedule),
                if row.due == row.slot { String::new() } else { time(row.due) },
                row.kind.word().to_owned(),
                row.outcome.map_or_else(|| "being made".to_owned(), |outcome| outcome.to_string()),
                row.ended.map_or_else(String::new, time),
                format!("{}{by}", row.reason),
            ]
        },
    )?;
    if rows.is_empty() {
        context.output.say("Nothing was due yet.")?;
    }
    Ok(ExitCode::SUCCESS)
}
