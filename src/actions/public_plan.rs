//! The plan of a brief as readers may see it: the occurrences that `plan` and `status` show, without who paused what and why.

use chrono::{DateTime, NaiveTime, TimeDelta, Utc};

use super::plan::{Pauses, PlanQuery, PlannedOccurrence, coming};
use crate::{
    config::Config,
    store::{Error, Store},
    time::schedule::{Outcome, Remark},
};

/// How far readers see ahead.
const AHEAD: TimeDelta = TimeDelta::days(90);
/// The most that is shown: a brief that appears oftener than twice a day is shown for fewer days.
const MOST: usize = 200;

/// A brief's coming occurrences.
#[derive(Debug)]
pub struct PublicPlan {
    /// The occurrences, the earliest first
    pub occurrences: Vec<PublicOccurrence>,
    /// The number of the config by which they are so: rises with each change
    pub revision: i64,
    /// When it came into force
    pub revised: DateTime<Utc>,
}

/// A coming occurrence.
#[derive(Debug, PartialEq, Eq)]
pub struct PublicOccurrence {
    /// The schedule's name within the brief
    pub schedule: String,
    /// The nominal second, which names it for good
    pub slot: DateTime<Utc>,
    /// When its edition is due
    pub due: DateTime<Utc>,
    /// What becomes of it
    pub standing: PublicStanding,
    /// The day from which it was moved, if it was
    pub moved_from: Option<chrono::NaiveDate>,
    /// It may still change, since the calendar ends before it
    pub uncertain: bool,
}

/// What becomes of an occurrence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PublicStanding {
    /// An edition is made
    Appears,
    /// None is made unless a pause ends before
    Paused,
    /// None is made
    Skipped,
}

/// The plan of the brief with this id.
///
/// # Errors
/// The store breaks.
pub async fn public_plan(config: &Config, store: &Store, brief: &str, now: DateTime<Utc>) -> Result<PublicPlan, Error> {
    let pauses = Pauses::read(store).await?;
    let query = PlanQuery { next: MOST, to: Some(now + AHEAD), brief: Some(brief.to_owned()), ..PlanQuery::default() };
    let occurrences = coming(&config.briefs, &query, &pauses, now).iter().map(public).collect();
    let (revision, revised) = in_force(store, brief, now).await?;
    Ok(PublicPlan { occurrences, revision, revised })
}

/// The number of the config that is in force, and since when it is. No daemon has put that of a demo into force: it counts from
/// the edition; without one, from the day's beginning.
pub(super) async fn in_force(store: &Store, brief: &str, now: DateTime<Utc>) -> Result<(i64, DateTime<Utc>), Error> {
    if let Some(found) = store.activations().newest().await? {
        return Ok((found.sequence, found.at));
    }
    let newest = store.editions().newest(Some(brief), 1).await?;
    let released = newest.first().and_then(|edition| edition.released);
    Ok((0, released.unwrap_or(now.date_naive().and_time(NaiveTime::MIN).and_utc())))
}

fn public(planned: &PlannedOccurrence) -> PublicOccurrence {
    let moved_from = planned.remarks.iter().find_map(|remark| match remark {
        Remark::Moved { from, .. } => Some(*from),
        _ => None,
    });
    PublicOccurrence {
        schedule: planned.schedule.clone(),
        slot: planned.slot_utc,
        due: planned.due_utc,
        standing: match planned.outcome {
            None => PublicStanding::Appears,
            Some(Outcome::Paused) => PublicStanding::Paused,
            Some(_) => PublicStanding::Skipped,
        },
        moved_from,
        uncertain: planned.uncertain,
    }
}
