//! A new config comes into force while schedules are watched: it is activated between two looks, so that no slot is claimed
//! by the one under the number of the other. What is ours already is finished with what it began with.

use std::{collections::BTreeSet, sync::Arc};

use tokio::sync::oneshot;

use super::{Keeping, Planned, Timekeeper, timings};
use crate::{
    monitoring::operator_mail::OperatorMailer,
    store::{ConfigFiles, Error},
};

/// What is in force from now on.
pub struct News {
    /// What to watch
    pub planned: Vec<Arc<Planned>>,
    /// Where operators are told
    pub operator_mailer: OperatorMailer,
    /// The config's hash and its files, if they are others than those in force; else only templates differ
    pub config: Option<(String, ConfigFiles)>,
    /// Is told the number of the activation, or why nothing came into force
    pub answer: oneshot::Sender<Result<i64, Error>>,
}

impl Timekeeper {
    /// Puts it into force. A schedule that is new or whose timing changed begins now: nothing is made up from before.
    pub async fn hear(&mut self, news: News, keeping: &mut Keeping) {
        let News { planned, operator_mailer, config, answer } = news;
        let heard = self.take(planned, operator_mailer, config, keeping).await;
        // Fails only if nobody waits for it any more.
        let _ = answer.send(heard);
    }

    async fn take(
        &mut self,
        planned: Vec<Arc<Planned>>,
        operator_mailer: OperatorMailer,
        config: Option<(String, ConfigFiles)>,
        keeping: &mut Keeping,
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
        keeping.keep_to(&self.planned);
        self.planned = planned;
        self.operator_mailer = operator_mailer;
        self.activation = activation;
        keeping.outdated = false;
        keeping.primed = false;
        let ids: BTreeSet<&str> = self.planned.iter().map(|planned| planned.schedule.id.as_str()).collect();
        keeping.overdue.retain(|id| {
            let stays = ids.contains(id.as_str());
            if !stays {
                self.vitals.overdue(id, false);
            }
            stays
        });
        Ok(activation)
    }
}
