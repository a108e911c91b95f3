//! A new config comes into force while schedules are watched: it is activated between two looks, so that no slot is claimed
//! by the one under the number of the other. What is ours already is finished with what it began with.

use std::{collections::BTreeSet, sync::Arc};

use tokio::sync::oneshot;

use super::{Agenda, PlannedSchedule, Timekeeper, timings};
use crate::{
    monitoring::operator_mail::OperatorMailer,
    store::{ConfigFiles, Error},
};

/// A config that is to come into force.
pub struct ConfigChange {
    /// Its schedules
    pub planned: Vec<Arc<PlannedSchedule>>,
    /// Queues mails to its operators
    pub operator_mailer: OperatorMailer,
    /// The config's hash and its files, if they differ from those in force; otherwise only templates differ
    pub config: Option<(String, ConfigFiles)>,
    /// Gets the number of the activation, or why nothing came into force
    pub answer: oneshot::Sender<Result<i64, Error>>,
}

impl Timekeeper {
    /// Puts a new config into force. A schedule that is new or whose timing changed begins now: nothing is made up from before.
    pub async fn apply(&mut self, change: ConfigChange, agenda: &mut Agenda) {
        let ConfigChange { planned, operator_mailer, config, answer } = change;
        let applied = self.put_into_force(planned, operator_mailer, config, agenda).await;
        // Fails only if nobody waits for it any more.
        let _ = answer.send(applied);
    }

    async fn put_into_force(
        &mut self,
        planned: Vec<Arc<PlannedSchedule>>,
        operator_mailer: OperatorMailer,
        config: Option<(String, ConfigFiles)>,
        agenda: &mut Agenda,
    ) -> Result<i64, Error> {
        let now = self.clock.now();
        let activation = match config {
            Some((hash, files)) => {
                self.store.activations().keep_files(&hash, &files).await?;
                self.store.activations().activate(&hash, now).await?
            }
            None => self.activation,
        };
        // Where new ones begin is settled now, be it that all is paused; the next look asks where each stands.
        self.store.schedules().activate_all(&timings(&planned), now).await?;
        agenda.keep_begun(&self.planned);
        self.planned = planned;
        self.operator_mailer = operator_mailer;
        self.activation = activation;
        agenda.outdated = false;
        agenda.primed = false;
        let ids: BTreeSet<&str> = self.planned.iter().map(|planned| planned.schedule.id.as_str()).collect();
        agenda.overdue.retain(|id| {
            let stays = ids.contains(id.as_str());
            if !stays {
                self.vitals.overdue(id, false);
            }
            stays
        });
        Ok(activation)
    }
}
