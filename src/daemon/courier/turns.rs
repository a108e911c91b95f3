//! Whose turn it is: by which relay the next mail goes, and whether its recipient's domain may get one now. The rules are
//! in `delivery`, pure; here they are asked with what is known of the relays. The mails themselves wait in `waiting`.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

use super::{
    count::Counted,
    relays::{Station, Transport},
};
use crate::delivery::rules::{self, Bucket, Feedback, Limits, Pace, Shares};

/// The relays, and the rules by which mails are shared out and paced.
pub(super) struct Turns {
    /// Times are counted from here
    began: Instant,
    pub stations: Vec<Station>,
    rules: Mutex<Rules>,
}

pub(super) struct Rules {
    pub pace: Pace,
    shares: Shares,
    rate: Option<Bucket>,
}

/// A mail's turn, until its end is told.
pub(super) struct Turn {
    /// The number of its relay
    pub relay: usize,
    began: Duration,
    pub feedback: Feedback,
    _in_hand: Counted,
}

impl Turns {
    pub fn new(transport: &Transport) -> Turns {
        let stations = Station::all(transport);
        // On each connection there may be a mail, and the next one's envelope.
        let connections = stations.iter().map(|station| 2 * station.connections).sum();
        let shares = Shares::new(stations.iter().map(|station| station.weight));
        let (pace, rate) = match transport {
            Transport::Folder(_) => (Pace::new(connections, Limits::default(), HashMap::new()), None),
            Transport::Smtp(smtp) => {
                (Pace::new(connections, smtp.each_domain, smtp.domains.clone()), smtp.rate.map(Bucket::new))
            }
        };
        Turns { began: Instant::now(), stations, rules: Mutex::new(Rules { pace, shares, rate }) }
    }

    pub fn now(&self) -> Duration {
        self.began.elapsed()
    }

    /// A time of the rules on tokio's clock.
    pub fn at(&self, time: Duration) -> Instant {
        self.began + time
    }

    pub fn rules(&self) -> MutexGuard<'_, Rules> {
        self.rules.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Until when no relay is tried, and why, if all are away.
    pub fn all_away(&self) -> Option<(Instant, String)> {
        let mut all = Vec::new();
        for station in &self.stations {
            all.push((&*station.name, station.away()?));
        }
        let until = all.iter().map(|(_, (until, _))| *until).min()?;
        let why = match &*all {
            [(_, (_, why))] => why.clone(),
            several => several.iter().map(|(name, (_, why))| format!("{name}: {why}")).collect::<Vec<_>>().join("; "),
        };
        Some((until, why))
    }

    /// May a connection of this relay take a mail now? Else when it may ask again if nobody rings before.
    pub fn may_take(&self, rules: &mut Rules, relay: usize) -> Result<(), Option<Instant>> {
        let station = self.stations.get(relay).ok_or(None)?;
        if let Some((until, _)) = station.away() {
            return Err(Some(until));
        }
        let there: Vec<bool> = self.stations.iter().map(|station| !station.was_away()).collect();
        // One that was away is tried with one mail.
        let trying = station.was_away() && (station.weight > 0 || !self.weighty_is_there(&there));
        let now = self.now();
        if trying {
            if station.in_hand.number() > 0 { Err(None) } else { Ok(()) }
        } else if rules.shares.may_take(relay, &there, now) {
            Ok(())
        } else {
            Err(Some(self.at(now + Shares::stall_timeout())))
        }
    }

    fn weighty_is_there(&self, there: &[bool]) -> bool {
        self.stations.iter().zip(there).any(|(station, there)| station.weight > 0 && *there)
    }

    /// A connection of this relay takes a mail to this domain.
    pub fn begin(&self, rules: &mut Rules, relay: usize, domain: &str) -> Option<Turn> {
        let began = self.now();
        rules.pace.begin(domain, began);
        rules.shares.take(relay, began);
        if let Some(rate) = &mut rules.rate {
            rate.take(began);
        }
        Some(Turn { relay, began, feedback: Feedback::Neutral, _in_hand: self.stations.get(relay)?.in_hand.one() })
    }

    /// It has come to its end.
    pub fn end(&self, domain: &str, turn: Turn) {
        self.rules().pace.end(domain, turn.began, turn.feedback, self.now());
        drop(turn);
        self.ring();
    }

    /// There may be something to do for a connection of each relay.
    pub fn ring(&self) {
        self.stations.iter().for_each(Station::ring);
    }

    pub fn ring_all(&self) {
        self.stations.iter().for_each(Station::ring_all);
    }
}

impl Rules {
    /// From when on the next mail may go, whatever its domain, if that is not now.
    pub fn not_before(&self, now: Duration) -> Option<Duration> {
        self.rate.as_ref().map(Bucket::next).filter(|next| *next > now)
    }

    /// May a mail go to this domain?
    pub fn turn(&mut self, domain: &str, now: Duration) -> rules::Admission {
        self.pace.admission(domain, now)
    }
}

/// The domain of an address as envelopes have it, in lower case.
pub(super) fn domain(address: &str) -> String {
    address.rsplit_once('@').map_or("", |(_, domain)| domain).to_ascii_lowercase()
}
