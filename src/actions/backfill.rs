//! Slots of long ago that have no edition: they are listed, built as drafts, or made and released, as a person asks.

use anyhow::Context as _;
use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, Utc};
use serde::Serialize;
use tracing::info;

use super::{
    Actor, Installation, Result,
    build::{BuiltPdf, write_pdf},
    send::{Released, Sender},
    snapshot,
};
use crate::{
    base::{
        ids::{EditionName, ScheduleId},
        problem::{Problem, Problems},
    },
    config::Schedule,
    edition::{self, EditionSpec, LedgerEntry, Made},
    figures::Known,
    store::Store,
    time::schedule::{Fate, Outcome, first_instant},
};

/// Maximum number of slots made up in one go.
const MAX_SLOTS: usize = 100;

/// The range of slots.
#[derive(Debug)]
pub struct BackfillRange {
    /// The brief's id
    pub brief: String,
    /// The first day, in each schedule's zone
    pub from: NaiveDate,
    /// The last day
    pub to: NaiveDate,
    /// Only this schedule
    pub schedule: Option<String>,
}

/// A slot of the past.
#[derive(Debug, Serialize)]
pub struct PastSlot {
    /// Its schedule
    pub schedule: ScheduleId,
    /// The nominal second
    pub slot_utc: DateTime<Utc>,
    /// The same in the schedule's zone
    pub local: String,
    /// Its outcome in the ledger
    pub ledger: Option<Outcome>,
    /// It is to be made up
    pub wanted: bool,
    /// Why, or why not
    pub why: String,
}

/// The slots of the range, oldest first, and what is to become of each.
///
/// # Errors
/// There is no such brief or schedule, or there are too many slots.
pub async fn slots(installation: &Installation, range: &BackfillRange) -> Result<Vec<PastSlot>> {
    let brief = installation.brief(&range.brief)?;
    let store = installation.found_store().await?;
    if range.from > range.to {
        let problem = Problem::error(format!("--from {} is after --to {}", range.from, range.to));
        return Err(problem.hint("both days count").into());
    }
    let only = range.schedule.as_deref().map(|id| installation.schedule(id)).transpose()?;
    let mut slots = Vec::new();
    for schedule in brief.schedules.iter().filter(|one| only.is_none_or(|only| only.id == one.id)) {
        let zone = schedule.rule.timezone;
        let start = |day: NaiveDate| first_instant(zone, day.and_time(NaiveTime::MIN)).context("no such day");
        let from = start(range.from)? - TimeDelta::seconds(1);
        let to = start(range.to.succ_opt().context("no such day")?)? - TimeDelta::seconds(1);
        let until = to.min(installation.now());
        let timetable = schedule.timetable();
        let in_range = schedule.rule.upcoming(from).take_while(|slot| slot.utc <= until);
        for slot in in_range.filter(|slot| timetable.is_within(slot.utc)) {
            if slots.len() == MAX_SLOTS {
                let (from, to) = (range.from, range.to);
                let problem = Problem::error(format!("there are more than {MAX_SLOTS} slots from {from} to {to}"));
                return Err(problem.hint("ask for fewer days, or for one --schedule").into());
            }
            let fate = timetable.occurrence(slot).fate;
            slots.push(past_slot(schedule, slot.utc, &fate, store).await?);
        }
    }
    slots.sort_by(|a, b| (a.slot_utc, &a.schedule).cmp(&(b.slot_utc, &b.schedule)));
    Ok(slots)
}

async fn past_slot(schedule: &Schedule, slot: DateTime<Utc>, fate: &Fate, store: Option<&Store>) -> Result<PastSlot> {
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
    Ok(PastSlot {
        schedule: schedule.id.clone(),
        slot_utc: slot,
        local: slot.with_timezone(&schedule.rule.timezone).format("%a %F %T %:z").to_string(),
        ledger,
        wanted: left_out.is_none(),
        why: left_out.unwrap_or_else(|| "made up".to_owned()),
    })
}

/// What the edition of a slot is made from.
fn spec_of_slot(installation: &Installation, brief: &str, schedule: &ScheduleId) -> Result<EditionSpec> {
    let brief = installation.brief(brief)?;
    let languages = brief.schedules.iter().find(|one| one.id == *schedule).map(|one| one.languages.as_slice());
    installation.edition_spec(brief, languages.unwrap_or_default())
}

/// Writes PDFs without a number for the wanted slots. The ledger is left alone. `on_pdf` is given each as it is written.
///
/// # Errors
/// The template or the figures have a mistake, or a file cannot be written.
pub async fn build_drafts(
    installation: &Installation,
    brief: &str,
    slots: &[PastSlot],
    mut on_pdf: impl FnMut(&BuiltPdf) -> anyhow::Result<()>,
) -> Result<()> {
    for slot in slots.iter().filter(|slot| slot.wanted) {
        let spec = spec_of_slot(installation, brief, &slot.schedule)?;
        let spec = installation.compared(spec, slot.slot_utc).await?;
        let snapshot =
            snapshot(installation.figures_for(&spec, slot.slot_utc, Known::Now).await?, &spec, slot.slot_utc);
        let frame = spec.frame(None, slot.slot_utc);
        for pressed in edition::typeset(&spec.template, &snapshot, &spec.languages, &frame)? {
            let name = slot.schedule.joined_by('-');
            let stamp = slot.slot_utc.format("%Y-%m-%dT%H%M%SZ");
            let folder = installation.settings()?.paths.reports.join(brief).join("backfill");
            let path = folder.join(format!("{name}-{stamp}-{}.pdf", pressed.language));
            write_pdf(&path, &pressed.pdf)?;
            on_pdf(&BuiltPdf::new(pressed.language, &path, &pressed.pdf, pressed.pages))?;
        }
    }
    Ok(())
}

/// A slot that was not made up.
#[derive(Debug)]
pub enum NotMadeUp {
    /// Another command makes it up; this is its local time.
    Elsewhere(String),
    /// The figures or the template did not pass.
    Held {
        /// The edition
        edition: EditionName,
        /// Why
        problems: Problems,
        /// It can be released as it is
        is_made: bool,
    },
}

/// The outcome of [`send`].
pub struct MadeUp {
    /// The editions that were released
    pub released: Vec<Released>,
    /// Sends them
    pub sender: Sender,
}

/// Makes a numbered edition for each wanted slot and releases it to the brief's subscribers. `on_problem` is given each slot
/// for which that was not done.
///
/// # Errors
/// Sending waits for a person, or an edition cannot be made.
pub async fn send(
    installation: &Installation,
    actor: &Actor,
    brief: &str,
    slots: &[PastSlot],
    mut on_problem: impl FnMut(NotMadeUp) -> anyhow::Result<()>,
) -> Result<MadeUp> {
    let sender = Sender::prepare(installation).await?;
    let store = installation.store().await?;
    let mut released = Vec::new();
    for slot in slots.iter().filter(|slot| slot.wanted) {
        let spec = spec_of_slot(installation, brief, &slot.schedule)?;
        let now = installation.now();
        let claimed = store.ledger().backfill(&slot.schedule, slot.slot_utc, actor.name(), &sender.lease(now)).await?;
        let Some(occurrence) = claimed else {
            on_problem(NotMadeUp::Elsewhere(slot.local.clone()))?;
            continue;
        };
        match edition::make(
            store,
            &spec,
            &occurrence,
            LedgerEntry { outcome: Outcome::Late, reason: "made up by a person" },
            now,
        )
        .await
        {
            Ok(Made::Released { edition, deliveries, warnings }) => {
                info!(by = %actor, edition = %edition.name(), slot = %slot.slot_utc, "a slot is made up");
                released.push(Released { edition, deliveries, warnings });
            }
            Ok(Made::Held { edition, problems, is_made }) => {
                on_problem(NotMadeUp::Held { edition: edition.name(), problems, is_made })?;
            }
            Ok(Made::Skipped { .. } | Made::Superseded { .. } | Made::TakenOver) => {}
            Err(error) => {
                store.ledger().record(&occurrence, Outcome::Failed, &format!("{error:#}"), installation.now()).await?;
                return Err(error.into());
            }
        }
    }
    Ok(MadeUp { released, sender })
}
