//! `status`: on one screen what an operator should know; exit 1 if something needs a person.

use std::{
    collections::{BTreeMap, BTreeSet, HashSet},
    process::ExitCode,
};

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::context::Context;
use crate::{
    actions::{
        editions::shown_state,
        plan::{self, PlanQuery, PlannedOccurrence},
        progress::Progress,
    },
    base::{ids::ScheduleId, plural::counted, problem::Problems},
    config::{Brief, recall},
    delivery::rules::State,
    monitoring::overdue::{Survey, calendar_ends},
    store::{EditionState, OnHold, Refused, Store, Tally},
    time::schedule::Outcome,
};

/// How many coming occurrences are shown.
const COMING: usize = 5;
/// How many editions are looked at.
const NEWEST: i64 = 20;

#[derive(Serialize)]
struct Status {
    next: Vec<PlannedOccurrence>,
    /// The schedules whose edition is not released although its `alarm_after` is over
    overdue: Vec<ScheduleId>,
    /// What needs a person, in words
    attention: Vec<String>,
    mails: Tally,
    /// Of all mails: how fast they go, and what is left
    progress: Option<Progress>,
    /// Why nothing is sent, if that is so
    on_hold: OnHold,
    newest: Vec<String>,
    /// Is a daemon, or a `send`, at work on the store? On PostgreSQL nobody can say
    serving: Option<bool>,
    /// What a daemon found wrong in the config as it stands now, and did not take
    config_refused: Option<Refused>,
}

pub(super) async fn run(context: &Context) -> anyhow::Result<ExitCode> {
    match context.read_config() {
        Ok((config, warnings)) => {
            context.output.problems(&warnings);
            let store = context.found_store(&config).await?;
            show(context, &config.briefs, store.as_ref()).await
        }
        Err(problems) => amid(context, problems).await,
    }
}

/// What stands in the files has mistakes; a daemon may be at work with what was in force before, and that is shown then.
async fn amid(context: &Context, problems: Problems) -> anyhow::Result<ExitCode> {
    let variable = |name: &str| std::env::var(name).ok();
    let named = recall::store_of(&context.global.config, &context.global.set, &variable);
    let Some(named) = named.filter(|named| Store::is_there(&named.url)) else { return Err(problems.into()) };
    let store = Store::open(&named.url, context.now()).await?;
    let active = store.active_config().await?.and_then(|active| active.files);
    let Some(Ok(briefs)) = active.map(|files| recall::briefs_of_kept(&files)) else { return Err(problems.into()) };
    context.output.problems(&problems);
    show(context, &briefs, Some(&store)).await?;
    Ok(ExitCode::FAILURE)
}

async fn show(context: &Context, briefs: &BTreeMap<String, Brief>, store: Option<&Store>) -> anyhow::Result<ExitCode> {
    let now = context.now();
    let next = plan::coming(briefs, &PlanQuery { next: COMING, ..PlanQuery::default() }, now);
    let mut status = Status {
        next,
        overdue: Vec::new(),
        attention: Vec::new(),
        mails: Tally::default(),
        progress: None,
        on_hold: OnHold::default(),
        newest: Vec::new(),
        serving: None,
        config_refused: None,
    };
    if let Some(store) = store {
        look(briefs, store, now, &mut status).await?;
    }
    let calm = status.attention.is_empty();
    context.output.result(&status, || text(&status, store.is_some()))?;
    Ok(if calm { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn look(
    briefs: &BTreeMap<String, Brief>,
    store: &Store,
    now: DateTime<Utc>,
    status: &mut Status,
) -> anyhow::Result<()> {
    // Let go of at once; a daemon that starts at this very moment tries again.
    status.serving = store.file().map(|_| Ok::<_, crate::store::Error>(store.lock_courier()?.is_none())).transpose()?;
    let attention = &mut status.attention;
    status.config_refused = store.refused().await?;
    if let Some(refused) = &status.config_refused {
        attention.push(format!(
            "the config is not taken since {}: {}, the first {}; what was in force before stays in force",
            refused.at.format("%F %T UTC"),
            counted(refused.errors, "error"),
            refused.first
        ));
    }
    status.on_hold = store.on_hold().await?;
    if let Some(reason) = &status.on_hold.restored {
        attention.push(format!("nothing is sent: {reason}; `greenbrief resume` ends that"));
    }
    if let Some(pause) = &status.on_hold.paused {
        attention.push(format!("nothing is sent and no slot is claimed: {pause}; `greenbrief resume` ends that"));
    }
    let all = || briefs.values().flat_map(|brief| &brief.schedules);
    let survey = Survey::of(store, all().map(|schedule| &schedule.id)).await?;
    for schedule in all() {
        if status.on_hold.paused.is_none()
            && let Some(overdue) = survey.overdue(store, schedule, now).await?
        {
            let slot = overdue.slot.format("%F %T UTC");
            attention.push(format!("{} of {slot} is overdue: {}", schedule.id, overdue.why));
            status.overdue.push(schedule.id.clone());
            continue;
        }
        if let Some(last) = survey.newest(&schedule.id)
            && last.outcome == Some(Outcome::Failed)
        {
            let slot = last.slot.format("%F %T UTC");
            attention.push(format!("{} failed at {slot}: {}", schedule.id, last.reason));
        }
    }
    let ending: BTreeSet<String> = all().filter_map(|schedule| calendar_ends(schedule, now)).collect();
    attention.extend(ending);
    // A held edition is moot once a later one of its brief went out.
    let mut overtaken = HashSet::new();
    for edition in store.editions(None, NEWEST).await? {
        let name = edition.name();
        if edition.state == EditionState::Released {
            overtaken.insert(edition.brief.clone());
        }
        if edition.state == EditionState::Held && !overtaken.contains(&edition.brief) {
            attention.push(format!("{name} is held: {}", edition.reason));
        }
        if let Some(pause) = &edition.paused {
            attention.push(format!("{name} is paused: {}; `greenbrief editions resume {name}` goes on", pause.why));
        }
        if status.newest.len() < 3 {
            let tally = store.tally(Some(edition.id)).await?;
            let pace = Progress::new(&tally, store.rate(Some(edition.id), now).await?).pace();
            let pace = pace.map_or_else(String::new, |pace| format!("  {pace}"));
            status.newest.push(format!("{name}  {}  {}{pace}", shown_state(&edition), tally));
        }
    }
    status.mails = store.tally(None).await?;
    status.progress = Some(Progress::new(&status.mails, store.rate(None, now).await?));
    let unknown = status.mails.of(State::Unknown);
    if unknown > 0 {
        attention.push(format!(
            "{} may have gone out or not, nobody can say: `greenbrief deliveries list --state unknown` names them, `deliveries settle` ends it",
            counted(unknown, "mail")
        ));
    }
    Ok(())
}

fn text(status: &Status, has_store: bool) -> String {
    let mut lines = vec!["Next".to_owned()];
    for coming in &status.next {
        lines.push(format!("  {}  {}/{}  {}", coming.local, coming.brief, coming.schedule, coming.timezone));
    }
    if status.next.is_empty() {
        lines.push("  nothing is planned".to_owned());
    }
    lines.push("Editions".to_owned());
    if !has_store {
        lines.push("  there is no store yet: `greenbrief serve` makes one".to_owned());
    } else if status.newest.is_empty() {
        lines.push("  none yet".to_owned());
    }
    lines.extend(status.newest.iter().map(|line| format!("  {line}")));
    lines.push(format!("Mails\n  {}", status.mails));
    lines.extend(status.progress.as_ref().and_then(Progress::pace).map(|pace| format!("  {pace}")));
    match status.serving {
        Some(true) => lines.push("Daemon\n  at work".to_owned()),
        Some(false) => lines.push("Daemon\n  not running here".to_owned()),
        None => {}
    }
    if status.attention.is_empty() {
        lines.push("Nothing needs a person.".to_owned());
    } else {
        lines.push("Needs a person".to_owned());
        lines.extend(status.attention.iter().map(|line| format!("  {line}")));
    }
    lines.join("\n")
}
