//! `backfill`: slots of long ago that have no edition are listed, built as drafts, or made and sent, as a person asks.

use std::process::ExitCode;

use anyhow::{Context as _, bail};
use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, Utc};
use serde::Serialize;

use super::{
    context::{Context, figures_of, random, snapshot},
    send, serve,
};
use crate::{
    actions::{build::BuiltPdf, find_schedule::find_schedule, prepare::prepare},
    base::{
        archive,
        ids::ScheduleId,
        problem::{Problem, Problems},
    },
    config::{Brief, Config, Schedule},
    edition::{self, EditionSpec, LedgerEntry, Made},
    store::{Edition, Lease, Store},
    time::schedule::{Fate, Outcome, first_instant},
};

/// How many slots are made up at most in one go.
const MOST: usize = 100;
/// As long as an edition may take.
const LEASE: TimeDelta = TimeDelta::minutes(15);

/// Which slots.
#[derive(Debug)]
pub(super) struct Wanted {
    pub brief: String,
    pub from: NaiveDate,
    pub to: NaiveDate,
    pub schedule: Option<String>,
}

/// A slot of the past.
#[derive(Debug, Serialize)]
struct Past {
    schedule: ScheduleId,
    slot_utc: DateTime<Utc>,
    local: String,
    /// How it ended
    ledger: Option<Outcome>,
    /// Is it made up?
    wanted: bool,
    /// Why, or why not
    why: String,
}

pub(super) async fn run(context: &Context, wanted: &Wanted, yes: bool, sends: bool) -> anyhow::Result<ExitCode> {
    if sends {
        serve::logs(context.global.format, "warn");
    }
    let config = context.config()?;
    let brief = context.brief(&config, &wanted.brief)?;
    let store = context.found_store(&config).await?;
    let past = past(context, &config, brief, wanted, store.as_ref()).await?;
    context.output.table(&["SLOT (UTC)", "LOCAL TIME", "SCHEDULE", "LEDGER", "BACKFILL"], &past, |row| {
        vec![
            row.slot_utc.format("%F %T").to_string(),
            row.local.clone(),
            row.schedule.to_string(),
            row.ledger.map_or_else(|| "nothing".to_owned(), |outcome| outcome.to_string()),
            row.why.clone(),
        ]
    })?;
    let due: Vec<&Past> = past.iter().filter(|past| past.wanted).collect();
    if due.is_empty() {
        context.output.say("Nothing is to be made up.")?;
        return Ok(ExitCode::SUCCESS);
    }
    match (yes, sends) {
        (false, _) => {
            context.output.say("Nothing was made. --yes builds drafts of these; --yes --send makes and sends them.")?;
            Ok(ExitCode::SUCCESS)
        }
        (true, false) => drafts(context, &config, brief, &due, store.as_ref()).await,
        (true, true) => make(context, &config, brief, &due).await,
    }
}

/// The slots of the range, oldest first, and what is to become of each.
async fn past(
    context: &Context,
    config: &Config,
    brief: &Brief,
    wanted: &Wanted,
    store: Option<&Store>,
) -> anyhow::Result<Vec<Past>> {
    if wanted.from > wanted.to {
        let problem = Problem::error(format!("--from {} is after --to {}", wanted.from, wanted.to));
        return Err(Problems::from(problem.hint("both days count")).into());
    }
    let only = wanted.schedule.as_deref().map(|id| find_schedule(&config.briefs, id)).transpose()?;
    let mut rows = Vec::new();
    for schedule in brief.schedules.iter().filter(|one| only.is_none_or(|only| only.id == one.id)) {
        let zone = schedule.rule.timezone;
        let start = |day: NaiveDate| first_instant(zone, day.and_time(NaiveTime::MIN)).context("no such day");
        let from = start(wanted.from)? - TimeDelta::seconds(1);
        let to = start(wanted.to.succ_opt().context("no such day")?)? - TimeDelta::seconds(1);
        let until = to.min(context.now());
        let timetable = schedule.timetable();
        let slots = schedule.rule.upcoming(from).take_while(|slot| slot.utc <= until);
        for slot in slots.filter(|slot| timetable.is_within(slot.utc)) {
            if rows.len() == MOST {
                let problem =
                    Problem::error(format!("there are more than {MOST} slots from {} to {}", wanted.from, wanted.to));
                return Err(Problems::from(problem.hint("ask for fewer days, or for one --schedule")).into());
            }
            let fate = timetable.occurrence(slot).fate;
            rows.push(told(schedule, slot.utc, &fate, store).await?);
        }
    }
    rows.sort_by(|a, b| (a.slot_utc, &a.schedule).cmp(&(b.slot_utc, &b.schedule)));
    Ok(rows)
}

async fn told(schedule: &Schedule, slot: DateTime<Utc>, fate: &Fate, store: Option<&Store>) -> anyhow::Result<Past> {
    let (own, made_up) = match store {
        Some(store) => (
            store.ledger().occurrence_of(&schedule.id, slot).await?,
            store.ledger().backfill_of(&schedule.id, slot).await?,
        ),
        None => (None, None),
    };
    let ledger = own.as_ref().and_then(|own| own.outcome);
    let left_out = match (fate, &own, &made_up) {
        (_, Some(own), _) if matches!(own.outcome, Some(Outcome::Ran | Outcome::Late)) => {
            Some("left out: it has its edition".to_owned())
        }
        (_, Some(own), _) if own.outcome.is_none() => Some("left out: it is being made".to_owned()),
        (_, _, Some(made_up)) if made_up.outcome != Some(Outcome::Failed) => Some(match made_up.outcome {
            Some(outcome) => format!("left out: it was made up before ({outcome})"),
            None => "left out: it is being made up".to_owned(),
        }),
        (Fate::Skipped(_, reason), ..) => Some(format!("left out: {reason}")),
        _ => None,
    };
    Ok(Past {
        schedule: schedule.id.clone(),
        slot_utc: slot,
        local: slot.with_timezone(&schedule.rule.timezone).format("%a %F %T %:z").to_string(),
        ledger,
        wanted: left_out.is_none(),
        why: left_out.unwrap_or_else(|| "made up".to_owned()),
    })
}

fn order(context: &Context, config: &Config, brief: &Brief, schedule: &ScheduleId) -> anyhow::Result<EditionSpec> {
    let languages = brief.schedules.iter().find(|one| one.id == *schedule).map(|one| one.languages.as_slice());
    Ok(context.order(config, brief, languages.unwrap_or_default())?)
}

/// PDFs without a number; the ledger is left alone.
async fn drafts(
    context: &Context,
    config: &Config,
    brief: &Brief,
    due: &[&Past],
    store: Option<&Store>,
) -> anyhow::Result<ExitCode> {
    for past in due {
        let order = order(context, config, brief, &past.schedule)?;
        let snapshot = snapshot(figures_of(store).await?, &order, past.slot_utc);
        let frame = order.frame(None, past.slot_utc);
        for pressed in edition::typeset(&order.template, &snapshot, &order.languages, &frame)? {
            let name = past.schedule.joined_by('-');
            let stamp = past.slot_utc.format("%Y-%m-%dT%H%M%SZ");
            let folder = config.paths.reports.join(&brief.id).join("backfill");
            let path = folder.join(format!("{name}-{stamp}-{}.pdf", pressed.language));
            archive::write_atomically(&path, &pressed.pdf)
                .with_context(|| format!("{} could not be written", path.display()))?;
            let built = BuiltPdf::new(pressed.language, &path, &pressed.pdf, pressed.pages);
            context.output.result(&built, || format!("{}  {} pages", built.path, built.pages))?;
        }
    }
    context.output.say("These are drafts: nothing was recorded, nothing sent.")?;
    Ok(ExitCode::SUCCESS)
}

/// Numbered editions, sent to the brief's subscribers.
async fn make(context: &Context, config: &Config, brief: &Brief, due: &[&Past]) -> anyhow::Result<ExitCode> {
    config.ready_to_serve().into_result(())?;
    let store = context.store(config).await?;
    let owner = random()?;
    let lock = store.lock_courier()?.filter(crate::store::CourierLock::is_alone);
    prepare(&store, &owner).await?;
    if let Some(reason) = store.on_hold().await?.why() {
        bail!("sending waits: {reason}; `greenbrief resume` ends that");
    }
    let mut released: Vec<(Edition, u64)> = Vec::new();
    let mut well = true;
    for past in due {
        let order = order(context, config, brief, &past.schedule)?;
        let now = context.now();
        let lease = Lease { owner: &owner, now, length: LEASE };
        let Some(occurrence) =
            store.ledger().backfill(&past.schedule, past.slot_utc, context.actor().name(), &lease).await?
        else {
            context.output.say(format!("{}: another command makes it up", past.local))?;
            continue;
        };
        match edition::make(
            &store,
            &order,
            &occurrence,
            LedgerEntry { outcome: Outcome::Late, reason: "made up by a person" },
            now,
        )
        .await
        {
            Ok(Made::Released { edition, deliveries }) => released.push((edition, deliveries)),
            Ok(Made::Held { edition, problems }) => {
                well = false;
                context.output.problems(&problems);
                context.output.say(format!("{} is held: nothing of it was sent", edition.name()))?;
            }
            Ok(Made::TakenOver) => {}
            Err(error) => {
                store.ledger().record(&occurrence, Outcome::Failed, &format!("{error:#}"), context.now()).await?;
                return Err(error);
            }
        }
    }
    let all_sent = send::see_through(context, config, &store, (&owner, lock), &released).await?;
    Ok(if well && all_sent { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
