//! `schedules list`, `pause`, `resume` and `history`.

use std::num::NonZeroUsize;

use chrono::{DateTime, Utc};

use super::{arguments::Schedules, context::Context, ending::Ending};
use crate::{
    actions::schedules::{self, local_time},
    base::plural::counted,
};

pub(super) async fn run(context: &Context, command: &Schedules) -> anyhow::Result<Ending> {
    match command {
        Schedules::List => list(context).await,
        Schedules::Pause { id } => pause(context, id).await,
        Schedules::Resume { id, catch_up } => resume(context, id, *catch_up).await,
        Schedules::History { id, last } => history(context, id, *last).await,
    }
}

async fn list(context: &Context) -> anyhow::Result<Ending> {
    let installation = context.installation()?;
    let rows = schedules::list(&installation).await?;
    context.output.table(&["SCHEDULE", "RULE", "ZONE", "NEXT", "LAST", "STATE"], &rows, |row| {
        vec![
            row.schedule.to_string(),
            row.rule.clone(),
            row.timezone.to_owned(),
            row.next.clone(),
            row.last.clone(),
            row.state_in_words.clone(),
        ]
    })?;
    if rows.is_empty() {
        context.output.say(match installation.config.briefs_with_schedules() {
            Ok(_) => "No brief has a schedule.",
            Err(_) => "No schedule can be read.",
        })?;
    }
    Ok(Ending::Done)
}

async fn pause(context: &Context, id: &str) -> anyhow::Result<Ending> {
    let paused = schedules::pause(&context.installation()?, &context.actor(), id).await?;
    context.output.result(&paused, || {
        let id = &paused.schedule;
        let hint = format!("`greenbrief schedules resume {id}` ends that");
        if paused.was_paused {
            format!("{id} is {} already; {hint}.", paused.pause)
        } else {
            format!("{id} is paused: no edition is made for its slots; {hint}.")
        }
    })?;
    Ok(Ending::Done)
}

async fn resume(context: &Context, id: &str, catch_up: bool) -> anyhow::Result<Ending> {
    let resumed = schedules::resume(&context.installation()?, &context.actor(), id, catch_up).await?;
    context.output.result(&resumed, || match &resumed.was {
        None => format!("{id} was not paused by a person"),
        Some(was) if catch_up => {
            let verb = if resumed.made_up == 1 { "is" } else { "are" };
            let slots = counted(resumed.made_up, "slot");
            format!("{} goes on (it was {was}); {slots} {verb} made up", resumed.schedule)
        }
        Some(was) => format!("{} goes on (it was {was}); nothing is made up", resumed.schedule),
    })?;
    Ok(Ending::Done)
}

async fn history(context: &Context, id: &str, last: NonZeroUsize) -> anyhow::Result<Ending> {
    let installation = context.installation()?;
    let (schedule, rows) = schedules::history(&installation, id, last.get()).await?;
    context.output.table(
        &["SLOT (UTC)", "LOCAL TIME", "DUE (UTC)", "KIND", "OUTCOME", "ENDED (UTC)", "REASON"],
        &rows,
        |row| {
            let time = |time: DateTime<Utc>| time.format("%F %T").to_string();
            let by = if row.actor.is_empty() { String::new() } else { format!(" (by {})", row.actor) };
            vec![
                time(row.slot),
                local_time(row.slot, &schedule),
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
    Ok(Ending::Done)
}
