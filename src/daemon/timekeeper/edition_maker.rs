//! Has the edition of an occurrence made, on a task of its own, and tells operators what did not go well.

use std::sync::Arc;

use chrono::TimeDelta;
use tokio::{
    sync::Notify,
    task::{Id, JoinError},
};
use tracing::{error, warn};

use super::{Agenda, PlannedSchedule, Timekeeper, finished_attempt::FinishedAttempt};
use crate::{
    base::plural::counted,
    edition::{self, LedgerEntry, Made, how_to_settle},
    monitoring::operator_mail::OperatorMailer,
    store::{self, Occurrence, Store},
    time::{
        clock::Clock,
        schedule::{LATE_AFTER, Outcome},
    },
};

/// However short its window is, an edition that cannot be made is tried for this long.
const TRIED: TimeDelta = TimeDelta::minutes(5);

/// Everything needed to make an edition.
pub(super) struct EditionMaker {
    pub(super) store: Store,
    pub(super) clock: Clock,
    pub(super) operator_mailer: OperatorMailer,
    pub(super) queued: Arc<Notify>,
}

impl EditionMaker {
    /// Makes it. What may pass comes back, to be tried again.
    pub(super) async fn make(&self, occurrence: Occurrence, planned: Option<Arc<PlannedSchedule>>) -> FinishedAttempt {
        let schedule = occurrence.schedule.clone();
        let again = match planned {
            Some(planned) => self.attempt(occurrence, &planned).await,
            None => {
                let reason = format!("the schedule {schedule} no longer exists");
                self.give_up(occurrence, reason).await
            }
        };
        FinishedAttempt { schedule, again }
    }

    async fn attempt(&self, occurrence: Occurrence, planned: &PlannedSchedule) -> Option<(Occurrence, String)> {
        let now = self.clock.now();
        let age = now - occurrence.due;
        let on_release = if age > LATE_AFTER {
            LedgerEntry {
                outcome: Outcome::Late,
                reason: "made up: it was not begun in time, or it took several attempts",
            }
        } else {
            LedgerEntry::ON_TIME
        };
        match edition::make(&self.store, &planned.spec, &occurrence, on_release, now).await {
            Ok(Made::Released { edition, deliveries, warnings }) => {
                self.queued.notify_one();
                if !warnings.is_empty() {
                    let (name, count) = (edition.name(), counted(warnings.0.len(), "warning"));
                    let text = format!("{name} was released to {}.\n\n{warnings}\n", counted(deliveries, "subscriber"));
                    let key = format!("warnings.{}.{}", edition.brief, edition.number);
                    self.tell_operators(&format!("{name} was released with {count}"), &text, &key).await;
                }
                if age > planned.schedule.alarm_after {
                    let name = edition.name();
                    let text = format!(
                        "{name} was due at {} and was released at {now}, to {}.\n",
                        occurrence.due,
                        counted(deliveries, "subscriber")
                    );
                    let key = format!("late.{}", occurrence.id);
                    self.tell_operators(&format!("{name} was released late"), &text, &key).await;
                }
            }
            Ok(Made::TakenOver) => {
                warn!(schedule = occurrence.schedule.as_str(), "another process took this edition over")
            }
            // The ledger says so, and nobody asked to be told.
            Ok(Made::Skipped { .. } | Made::Superseded { .. }) => {}
            Ok(Made::Held { edition, problems, is_made }) => {
                let name = edition.name();
                let first = problems.0.iter().min_by_key(|problem| problem.severity);
                let first = first.map(|problem| problem.what.as_str());
                error!(edition = name.to_string(), problems = problems.0.len(), first, "held: nothing was sent");
                let settle = how_to_settle(&name, is_made);
                self.told(self.operator_mailer.held(&edition, &problems, &settle, None, self.clock.now()).await);
            }
            Err(problem) => {
                let reason = format!("{problem:#}");
                if age > planned.schedule.catch_up_window.max(TRIED) {
                    return self.give_up(occurrence, reason).await;
                }
                error!(schedule = occurrence.schedule.as_str(), slot = %occurrence.slot, reason, "the edition could not be made; retrying");
                return Some((occurrence, reason));
            }
        }
        None
    }

    async fn give_up(&self, occurrence: Occurrence, reason: String) -> Option<(Occurrence, String)> {
        error!(schedule = occurrence.schedule.as_str(), slot = %occurrence.slot, reason, "given up: no edition");
        match self.store.ledger().record(&occurrence, Outcome::Failed, &reason, self.clock.now()).await {
            Ok(_) => {
                let text = format!("{} of {} was not made: {reason}\n", occurrence.schedule, occurrence.slot);
                let key = format!("failed.{}", occurrence.id);
                self.tell_operators(&format!("{} failed", occurrence.schedule), &text, &key).await;
                None
            }
            Err(_) => Some((occurrence, reason)),
        }
    }

    pub(super) async fn tell_operators(&self, subject: &str, text: &str, key: &str) {
        self.told(self.operator_mailer.notify(subject, text, key, self.clock.now()).await);
    }

    fn told(&self, queued: Result<(), store::Error>) {
        match queued {
            Ok(()) => self.queued.notify_one(),
            Err(problem) => error!(%problem, "the operators could not be notified"),
        }
    }
}

impl Timekeeper {
    /// Takes what a task of making ended with. One that broke off is tried again.
    pub(super) fn collect(&self, agenda: &mut Agenda, ended: Result<(Id, FinishedAttempt), JoinError>) {
        let ended = match ended {
            Ok((task, ended)) => {
                agenda.tasks.remove(&task);
                ended
            }
            Err(broken) => {
                error!(%broken, "making an edition stopped unexpectedly");
                let Some(occurrence) = agenda.tasks.remove(&broken.id()) else { return };
                let again = Some((occurrence.clone(), broken.to_string()));
                FinishedAttempt { schedule: occurrence.schedule, again }
            }
        };
        agenda.ended(ended, self.clock.now());
    }
}
