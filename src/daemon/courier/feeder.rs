//! Claims mails and hands them to the connections, a few ahead of them; settles what couriers left that are gone.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use chrono::TimeDelta;
use tokio::{
    sync::Notify,
    time::{Instant, sleep},
};
use tracing::{error, info, warn};

use super::{Shared, errand::Errand, marks::Left, waiting::Waiting};
use crate::{
    base::{ids::EditionId, shutdown::Shutdown},
    delivery::rules::{DeliveryGuarantee, State},
    store::{Lease, Store},
    time::clock::Clock,
};

/// A claim that is older belongs to a courier that is gone: an errand ends sooner.
const LEASE: TimeDelta = TimeDelta::minutes(45);
/// Mails put into the outbox by other processes are found after this time at most.
const LOOK: Duration = Duration::from_secs(1);
/// How often it is looked for what other couriers left.
const RECOVER: Duration = Duration::from_secs(60);

pub(super) struct Feeder {
    store: Store,
    clock: Clock,
    owner: String,
    /// Still to be done: what all others left is settled at once
    settle_others: bool,
    shared: Arc<Shared>,
    batch: usize,
    /// Editions of which mails went since the outbox was last empty
    touched: BTreeSet<EditionId>,
    away: bool,
}

impl Feeder {
    pub fn new(store: Store, clock: Clock, owner: String, alone: bool, shared: Arc<Shared>, batch: usize) -> Feeder {
        Feeder { store, clock, owner, settle_others: alone, shared, batch, touched: BTreeSet::new(), away: false }
    }

    /// Until it is to stop, or the ledger is gone.
    pub async fn run(mut self, waiting: &Waiting, wake: &Notify, shutdown: Shutdown) {
        let mut recovered: Option<Instant> = None;
        while !shutdown.is_requested() {
            if self.shared.ledger.is_gone() {
                error!("without its ledger the courier cannot go on");
                break;
            }
            if recovered.is_none_or(|at| at.elapsed() > RECOVER) && self.recover().await {
                recovered = Some(Instant::now());
            }
            waiting.tidy();
            self.live();
            let away = self.shared.turns.all_away().is_some();
            let claimed = if away { Ok(0) } else { self.claim(waiting).await };
            let idle = match claimed {
                Ok(count) => {
                    if std::mem::take(&mut self.away) {
                        info!("the outbox can be read again");
                    }
                    count == 0
                }
                Err(problem) => {
                    if !std::mem::replace(&mut self.away, true) {
                        error!(%problem, "the outbox cannot be read; tried again every second");
                    }
                    true
                }
            };
            if idle {
                self.tell().await;
                let pause = match self.shared.turns.all_away() {
                    Some((until, _)) => until.saturating_duration_since(Instant::now()).min(LOOK),
                    None => LOOK,
                };
                // Once the outbox cannot be read, mails that end are no reason to try sooner.
                let away = self.away;
                tokio::select! {
                    () = wake.notified() => {}
                    () = self.shared.under_way.fewer(), if !away => {}
                    () = sleep(pause) => {}
                    () = shutdown.requested() => {}
                }
            }
        }
        self.tell().await;
    }

    /// Shows that the courier is alive, and how its relays stand.
    fn live(&self) {
        let Shared { vitals, turns, .. } = &*self.shared;
        for (number, station) in turns.stations.iter().enumerate() {
            vitals.relay(number, station.connected.number(), station.was_away());
        }
        vitals.courier_looked(Instant::now());
    }

    async fn claim(&mut self, waiting: &Waiting) -> Result<usize, crate::store::Error> {
        // What waits for its domain takes no room from others.
        let busy = self.shared.under_way.number().saturating_sub(waiting.aside());
        let room = self.batch.saturating_sub(busy);
        if room < self.batch / 2 {
            return Ok(0);
        }
        let lease = Lease { owner: &self.owner, now: self.clock.now(), length: LEASE };
        let claims = self.store.outbox().lease(&lease, i64::try_from(room).unwrap_or(0)).await?;
        let count = claims.len();
        self.touched.extend(claims.iter().filter_map(|claim| claim.edition));
        let mut errands: Vec<Errand> =
            claims.into_iter().map(|claim| Errand::new(claim, self.shared.clone())).collect();
        if self.shared.letters.are_made_ahead() {
            let (orders, shared) = (errands.iter_mut().map(Errand::order).collect(), self.shared.clone());
            tokio::spawn(async move { shared.letters.make_ahead(orders).await });
        }
        for errand in errands {
            waiting.push(errand);
        }
        Ok(count)
    }

    /// Settles what others left. With nothing under way here, old claims of our own are such too: the database may have
    /// kept a claim although its answer did not reach us. False if it is to be tried again.
    async fn recover(&mut self) -> bool {
        // Of those that are gone, what they marked is known better than by the outbox.
        let left = if self.settle_others { Left::all(&self.store, &self.owner) } else { Vec::new() };
        for left in &left {
            if let Err(problem) = left.settle(&self.store, &self.clock).await {
                if !self.away {
                    warn!(%problem, "what other couriers left could not be settled yet");
                }
                return false;
            }
        }
        let nobody = "";
        let owner = if self.settle_others || self.shared.under_way.number() > 0 { &self.owner } else { nobody };
        match self.store.outbox().recover(owner, self.settle_others, self.shared.policy, self.clock.now()).await {
            Ok(found) => {
                self.settle_others = false;
                left.iter().for_each(Left::remove);
                if found.returned > 0 {
                    info!(mails = found.returned, "mails that another courier had claimed wait again");
                }
                if found.unknown > 0 {
                    match self.shared.policy {
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
                    warn!(%problem, "what other couriers left could not be settled yet");
                }
                false
            }
        }
    }

    /// Once the outbox is quiet: what became of the editions that were being sent.
    async fn tell(&mut self) {
        if self.touched.is_empty() || self.shared.under_way.number() > 0 {
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
