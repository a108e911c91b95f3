//! Decides by which relay the next mail goes, and whether its recipient's domain may get one now. The rules are in
//! `delivery::rules`, pure; here they are asked with what is known of the relays. The mails themselves wait in `queue`.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

use super::{
    counter::CountGuard,
    relay_state::{AllAway, RelayState},
};
use crate::{
    delivery::rules::{Admission, Bucket, Feedback, Limits, Pace, Shares},
    mailing::Transport,
};

/// The relays, and the rules by which mails are shared out and paced.
pub(super) struct Dispatch {
    /// The rules count time from here.
    began: Instant,
    pub relays: Vec<RelayState>,
    rules: Mutex<Rules>,
}

pub(super) struct Rules {
    pub pace: Pace,
    shares: Shares,
    rate: Option<Bucket>,
}

/// A mail is with a worker of a relay.
pub(super) struct Assignment {
    /// The number of the relay
    pub relay: usize,
    began: Duration,
    pub feedback: Feedback,
    _counted: CountGuard,
}

impl Dispatch {
    pub fn new(transport: &Transport) -> Dispatch {
        let relays = RelayState::all(transport);
        // On each connection there may be a mail, and the next one's envelope.
        let connections = relays.iter().map(|relay| 2 * relay.connections).sum();
        let shares = Shares::new(relays.iter().map(|relay| relay.weight));
        let (pace, rate) = match transport {
            Transport::Folder(_) => (Pace::new(connections, Limits::default(), HashMap::new()), None),
            Transport::Smtp(smtp) => {
                (Pace::new(connections, smtp.each_domain, smtp.domains.clone()), smtp.rate.map(Bucket::new))
            }
        };
        Dispatch { began: Instant::now(), relays, rules: Mutex::new(Rules { pace, shares, rate }) }
    }

    /// The time as the rules count it.
    pub fn now(&self) -> Duration {
        self.began.elapsed()
    }

    /// Converts a time of the rules to an instant.
    pub fn instant(&self, time: Duration) -> Instant {
        self.began + time
    }

    pub fn rules(&self) -> MutexGuard<'_, Rules> {
        self.rules.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Until when no relay is tried, if none can be reached.
    pub fn all_away(&self) -> Option<AllAway> {
        let mut all = Vec::new();
        for relay in &self.relays {
            let (until, why) = relay.away_until()?;
            all.push((&*relay.name, until, why));
        }
        let until = all.iter().map(|(_, until, _)| *until).min()?;
        let why = match &*all {
            [(_, _, why)] => why.clone(),
            several => several.iter().map(|(name, _, why)| format!("{name}: {why}")).collect::<Vec<_>>().join("; "),
        };
        Some(AllAway { until, why })
    }

    /// May a worker of this relay take a mail now? `Err` says when it may ask again if nobody wakes it before.
    pub fn may_take(&self, rules: &mut Rules, relay: usize) -> Result<(), Option<Instant>> {
        let state = self.relays.get(relay).ok_or(None)?;
        if let Some((until, _)) = state.away_until() {
            return Err(Some(until));
        }
        let reachable: Vec<bool> = self.relays.iter().map(|relay| !relay.is_away()).collect();
        // A relay that was away is tried with one mail.
        let trying = state.is_away() && (state.weight > 0 || !self.reaches_weighted(&reachable));
        let now = self.now();
        if trying {
            if state.assigned.count() > 0 { Err(None) } else { Ok(()) }
        } else if rules.shares.may_take(relay, &reachable, now) {
            Ok(())
        } else {
            Err(Some(self.instant(now + Shares::stall_timeout())))
        }
    }

    /// Can a relay be reached that has a weight?
    fn reaches_weighted(&self, reachable: &[bool]) -> bool {
        self.relays.iter().zip(reachable).any(|(relay, reachable)| relay.weight > 0 && *reachable)
    }

    /// Assigns a mail to this domain to a worker of this relay.
    pub fn assign(&self, rules: &mut Rules, relay: usize, domain: &str) -> Option<Assignment> {
        let began = self.now();
        rules.pace.begin(domain, began);
        rules.shares.take(relay, began);
        if let Some(rate) = &mut rules.rate {
            rate.take(began);
        }
        let counted = self.relays.get(relay)?.assigned.guard();
        Some(Assignment { relay, began, feedback: Feedback::Neutral, _counted: counted })
    }

    /// Records that the mail has ended, and wakes a worker of each relay.
    pub fn end(&self, domain: &str, assignment: Assignment) {
        self.rules().pace.end(domain, assignment.began, assignment.feedback, self.now());
        drop(assignment);
        self.wake_one_each();
    }

    /// Wakes a worker of each relay: there may be something to do.
    pub fn wake_one_each(&self) {
        self.relays.iter().for_each(RelayState::wake_one);
    }

    pub fn wake_all(&self) {
        self.relays.iter().for_each(RelayState::wake_all);
    }
}

impl Rules {
    /// When the next mail may go, whatever its domain, if not now.
    pub fn not_before(&self, now: Duration) -> Option<Duration> {
        self.rate.as_ref().map(Bucket::next).filter(|next| *next > now)
    }

    pub fn admission(&mut self, domain: &str, now: Duration) -> Admission {
        self.pace.admission(domain, now)
    }
}

/// The domain of an address as envelopes have it, in lower case.
pub(super) fn domain(address: &str) -> String {
    address.rsplit_once('@').map_or("", |(_, domain)| domain).to_ascii_lowercase()
}
