//! Claims mails and queues them, a few ahead of the workers; settles what couriers left that are gone.

use std::{
    collections::{BTreeSet, HashSet},
    sync::Arc,
    time::Duration,
};

use chrono::TimeDelta;
use tokio::{
    sync::Notify,
    time::{Instant, sleep},
};
use tracing::{error, info, warn};

use super::{
    dot_journal::AbandonedJournal, in_flight::InFlightMail, queue::MailQueue, relay_state::AllAway, shared::Shared,
};
use crate::{
    base::{
        ids::{EditionId, MailId},
        shutdown::Shutdown,
    },
    delivery::rules::{DeliveryGuarantee, State},
    store::{Lease, Store, Whereabouts},
    time::clock::Clock,
};

/// Length of the lease of a claimed mail. A claim that is older belongs to a courier that is gone: a mail in flight ends
/// sooner.
const LEASE: TimeDelta = TimeDelta::minutes(45);
/// Maximum time until mails are found that other processes put into the outbox.
const LOOK_INTERVAL: Duration = Duration::from_secs(1);
/// Interval between looks for urgent mails while there is no room for others.
const URGENT_INTERVAL: Duration = Duration::from_millis(250);
/// Maximum number of urgent mails that are claimed beyond the room for others.
const URGENT_BATCH: i64 = 20;
/// Interval between looks for what other couriers left.
const RECOVERY_INTERVAL: Duration = Duration::from_secs(60);

pub(super) struct Feeder {
    store: Store,
    clock: Clock,
    owner: String,
    /// Mails that other couriers left are still to be settled at once.
    settle_others: bool,
    shared: Arc<Shared>,
    /// Maximum number of mails claimed at a time
    batch: usize,
    /// Editions whose mails were claimed since the outbox was last quiet
    touched: BTreeSet<EditionId>,
    /// The outbox cannot be read.
    away: bool,
    /// The last look for urgent mails beyond the room for others
    looked_for_urgent: Option<Instant>,
}

impl Feeder {
    pub fn new(store: Store, clock: Clock, owner: String, alone: bool, shared: Arc<Shared>, batch: usize) -> Feeder {
        Feeder {
            store,
            clock,
            owner,
            settle_others: alone,
            shared,
            batch,
            touched: BTreeSet::new(),
            away: false,
            looked_for_urgent: None,
        }
    }

    /// Runs until the shutdown, or until the ledger is gone.
    pub async fn run(mut self, queue: &MailQueue, wake: &Notify, shutdown: Shutdown) {
        let mut recovered: Option<Instant> = None;
        while !shutdown.is_requested() {
            if self.shared.ledger.is_gone() {
                error!("the courier cannot go on without its ledger");
                break;
            }
            if recovered.is_none_or(|at| at.elapsed() > RECOVERY_INTERVAL) && self.recover().await {
                recovered = Some(Instant::now());
            }
            queue.give_back_stale();
            self.forget_taken_back(queue).await;
            self.show_vitals();
            let away = self.shared.dispatch.all_away().is_some();
            let claimed = if away { Ok(0) } else { self.claim(queue).await };
            let idle = match claimed {
                Ok(count) => {
                    self.shared.vitals.store_failing("courier", None, self.clock.now());
                    if std::mem::take(&mut self.away) {
                        info!("the outbox can be read again");
                    }
                    count == 0
                }
                Err(problem) => {
                    self.shared.vitals.store_failing("courier", Some(&problem.to_string()), self.clock.now());
                    if !std::mem::replace(&mut self.away, true) {
                        error!(%problem, "the outbox cannot be read; retrying every second");
                    }
                    true
                }
            };
            if idle {
                self.log_quiet_editions().await;
                let pause = match self.shared.dispatch.all_away() {
                    Some(AllAway { until, .. }) => until.saturating_duration_since(Instant::now()).min(LOOK_INTERVAL),
                    None => LOOK_INTERVAL,
                };
                // While the outbox cannot be read, mails that end are no reason to try sooner.
                let away = self.away;
                tokio::select! {
                    () = wake.notified() => {}
                    () = self.shared.under_way.decreased(), if !away => {}
                    () = sleep(pause) => {}
                    () = shutdown.requested() => {}
                }
            }
        }
        self.log_quiet_editions().await;
    }

    /// Shows that the courier is alive, and the state of its relays.
    fn show_vitals(&self) {
        let Shared { vitals, dispatch, .. } = &*self.shared;
        for (number, relay) in dispatch.relays.iter().enumerate() {
            vitals.relay(number, relay.connected.count(), relay.is_away());
        }
        vitals.courier_looked(Instant::now());
    }

    /// Claims and queues mails, if many can be claimed; returns their number.
    async fn claim(&mut self, queue: &MailQueue) -> Result<usize, crate::store::Error> {
        // Mails that wait for their domain take no capacity from others.
        let busy = self.shared.under_way.count().saturating_sub(queue.held());
        let capacity = self.batch.saturating_sub(busy);
        let lease = Lease { owner: &self.owner, now: self.clock.now(), length: LEASE };
        let claims = if capacity >= self.batch / 2 {
            self.shared.return_path.refresh(&self.store, &self.clock).await?;
            let (capacity, warm_up) = (i64::try_from(capacity).unwrap_or(0), self.shared.warm_up.as_ref());
            self.store.outbox().lease_warming_up(&lease, capacity, warm_up).await?
        } else if self.looked_for_urgent.is_none_or(|at| at.elapsed() > URGENT_INTERVAL) {
            // A reader who joins does not wait until a slow relay has taken half of what is queued.
            let claims = self.store.outbox().lease_urgent(&lease, URGENT_BATCH).await?;
            self.looked_for_urgent = Some(Instant::now());
            claims
        } else {
            return Ok(0);
        };
        let count = claims.len();
        self.touched.extend(claims.iter().filter_map(|claim| claim.edition));
        let mut mails: Vec<InFlightMail> =
            claims.into_iter().map(|claim| InFlightMail::new(claim, self.shared.clone())).collect();
        if self.shared.messages.works_ahead() {
            let (jobs, shared) = (mails.iter_mut().map(InFlightMail::make_ahead).collect(), self.shared.clone());
            tokio::spawn(async move { shared.messages.make_ahead(jobs).await });
        }
        for mail in mails {
            queue.push(mail);
        }
        Ok(count)
    }

    /// Forgets queued mails that a pause, a stop or another courier took back, once a dot was refused: else each would be
    /// given to a server up to its dot.
    async fn forget_taken_back(&self, queue: &MailQueue) {
        let taken_back = &self.shared.taken_back;
        let claims = if taken_back.take_suspicion() { queue.claims() } else { Vec::new() };
        if !claims.is_empty() {
            let ids: Vec<MailId> = claims.iter().map(|(id, _)| *id).collect();
            match self.store.outbox().whereabouts(&ids, &self.owner).await {
                Ok(found) => {
                    let is_ours = |mail: &Whereabouts| mail.owner.as_deref() == Some(&self.owner);
                    let ours: HashSet<(MailId, i64)> =
                        found.into_iter().filter(is_ours).map(|mail| (mail.id, mail.attempt)).collect();
                    taken_back.add(queue.forget(&claims.into_iter().filter(|claim| !ours.contains(claim)).collect()));
                }
                Err(_) => taken_back.suspect(),
            }
        }
        taken_back.log(self.shared.under_way.count() == 0);
    }

    /// Settles what others left; returns false if that must be tried again. While nothing is under way here, old claims of
    /// our own are settled, too: the database may have kept a claim although its answer did not reach us.
    async fn recover(&mut self) -> bool {
        // The journals first: they know more than the outbox.
        let journals = if self.settle_others { AbandonedJournal::all(&self.store, &self.owner) } else { Vec::new() };
        for journal in &journals {
            if let Err(problem) = journal.settle(&self.store, &self.clock).await {
                if !self.away {
                    warn!(%problem, "mails that other couriers left could not be settled yet");
                }
                return false;
            }
        }
        let nobody = "";
        let owner = if self.settle_others || self.shared.under_way.count() > 0 { &self.owner } else { nobody };
        match self.store.outbox().recover(owner, self.settle_others, self.shared.guarantee, self.clock.now()).await {
            Ok(found) => {
                self.settle_others = false;
                journals.iter().for_each(AbandonedJournal::remove);
                if found.returned > 0 {
                    info!(mails = found.returned, "mails that another courier had claimed wait again");
                }
                if found.unknown > 0 {
                    match self.shared.guarantee {
                        DeliveryGuarantee::AtMostOnce => warn!(
                            mails = found.unknown,
                            "nobody can say whether these mails went out: they are unknown and not sent again"
                        ),
                        DeliveryGuarantee::AtLeastOnce => warn!(
                            mails = found.unknown,
                            "nobody can say whether these mails went out: they are sent again"
                        ),
                    }
                }
                true
            }
            Err(problem) => {
                if !self.away {
                    warn!(%problem, "mails that other couriers left could not be settled yet");
                }
                false
            }
        }
    }

    /// Once the outbox is quiet, logs what became of the editions that were being sent.
    async fn log_quiet_editions(&mut self) {
        if self.touched.is_empty() || self.shared.under_way.count() > 0 {
            return;
        }
        for edition in std::mem::take(&mut self.touched) {
            let (Ok(tally), Ok(Some(name))) =
                (self.store.outbox().tally(Some(edition)).await, self.store.editions().name(edition).await)
            else {
                continue;
            };
            if tally.of(State::Pending) + tally.of(State::Claimed) + tally.of(State::DotWritten) > 0 {
                self.touched.insert(edition);
                continue;
            }
            info!(
                edition = name.to_string(),
                sent = tally.of(State::Sent),
                deferred = tally.of(State::Deferred),
                failed = tally.of(State::Failed),
                unknown = tally.of(State::Unknown),
                cancelled = tally.of(State::Cancelled),
                expired = tally.of(State::Expired),
                "the outbox is quiet"
            );
        }
    }
}
