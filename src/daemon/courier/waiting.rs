//! Mails that are claimed and wait for their turn: in the order in which they came, and those whose domain may not get
//! one now aside, by domain. So a slow domain holds up no other and holds no connection. What finds no room there goes
//! back to the outbox and comes again later.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::time::{Duration, Instant, sleep_until};

use super::{Shared, errand::Errand, turns::Rules};
use crate::delivery::rules::Admission;

/// Mails of all domains together that wait aside at most.
const MOST_ASIDE: usize = 1000;
/// Longer than this no timer is set.
const LONGEST: Duration = Duration::from_secs(3600);

pub(super) struct Waiting {
    shared: Arc<Shared>,
    queues: Mutex<Queues>,
}

#[derive(Default)]
struct Queues {
    line: VecDeque<Errand>,
    aside: BTreeMap<String, VecDeque<Errand>>,
    closed: bool,
}

/// What a connection gets.
pub(super) enum Next {
    /// A mail to carry
    Carry(Errand),
    /// One that nobody can carry now, and why
    Away(Errand, String),
    /// Nothing, never again
    Closed,
}

/// Where the next mail stands.
enum Place {
    Line,
    Aside(String),
}

impl Waiting {
    pub fn new(shared: Arc<Shared>) -> Waiting {
        Waiting { shared, queues: Mutex::default() }
    }

    fn queues(&self) -> MutexGuard<'_, Queues> {
        self.queues.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Mails that wait for their domain.
    pub fn aside(&self) -> usize {
        self.queues().aside.values().map(VecDeque::len).sum()
    }

    pub fn push(&self, errand: Errand) {
        let mut queues = self.queues();
        if !queues.closed {
            queues.line.push_back(errand);
            drop(queues);
            self.shared.turns.ring();
        }
    }

    /// Nothing comes any more; what waits goes back.
    pub fn close(&self) {
        let mut queues = self.queues();
        queues.closed = true;
        let Queues { line, aside, .. } = std::mem::take(&mut *queues);
        queues.closed = true;
        drop(queues);
        drop((line, aside));
        self.shared.turns.ring_all();
    }

    /// What waited too long goes back.
    pub fn tidy(&self) {
        let mut queues = self.queues();
        while let Some(old) = queues.line.pop_front_if(|errand| errand.is_old()) {
            old.back("");
        }
        for (domain, mails) in &mut queues.aside {
            while let Some(old) = mails.pop_front_if(|errand| errand.is_old()) {
                self.send_back(old, domain, &mut self.shared.turns.rules());
            }
        }
        queues.aside.retain(|_, mails| !mails.is_empty());
    }

    /// Waits for a mail that this relay may carry now.
    pub async fn next(&self, relay: usize) -> Next {
        let Some(station) = self.shared.turns.stations.get(relay) else { return Next::Closed };
        loop {
            // Asked for before it is looked: what comes between the two rings.
            let bell = station.heard();
            let again = match self.look(relay) {
                Ok(next) => {
                    // Whoever was woken wakes the next one, as long as there is something.
                    station.ring();
                    return next;
                }
                Err(again) => again,
            };
            let again = again.unwrap_or_else(|| Instant::now() + LONGEST);
            tokio::select! {
                () = bell => {}
                () = sleep_until(again) => {}
            }
        }
    }

    /// A mail that this relay may carry now, if there is one.
    pub fn now(&self, relay: usize) -> Option<Errand> {
        match self.look(relay) {
            Ok(Next::Carry(errand)) => Some(errand),
            Ok(Next::Away(errand, why)) => {
                errand.back(&why);
                None
            }
            Ok(Next::Closed) | Err(_) => None,
        }
    }

    /// The next mail for this relay, or when it is to be looked again if nothing rings.
    fn look(&self, relay: usize) -> Result<Next, Option<Instant>> {
        let turns = &self.shared.turns;
        let mut queues = self.queues();
        if queues.closed {
            return Ok(Next::Closed);
        }
        if queues.is_empty() {
            return Err(None);
        }
        if let Some((until, why)) = turns.all_away() {
            return queues.any().map(|errand| Next::Away(errand, why)).ok_or(Some(until));
        }
        let mut rules = turns.rules();
        let now = turns.now();
        if let Some(next) = rules.not_before(now) {
            return Err(Some(turns.at(next)));
        }
        let place = self.place(&mut queues, &mut rules, now).map_err(|next| next.map(|next| turns.at(next)))?;
        turns.may_take(&mut rules, relay)?;
        let mut errand = queues.take(&place).ok_or(None)?;
        if let Some(turn) = turns.begin(&mut rules, relay, &errand.domain) {
            errand.begin_turn(turn);
        }
        Ok(Next::Carry(errand))
    }

    /// Where the first mail stands whose domain may get one; else when that is looked for again.
    fn place(&self, queues: &mut Queues, rules: &mut Rules, now: Duration) -> Result<Place, Option<Duration>> {
        let mut again: Option<Duration> = None;
        for domain in queues.aside.keys() {
            match rules.turn(domain, now) {
                Admission::Now => return Ok(Place::Aside(domain.clone())),
                Admission::NotBefore(next) => again = Some(again.map_or(next, |again| again.min(next))),
                Admission::AfterAnother => {}
            }
        }
        while let Some(first) = queues.line.front() {
            match rules.turn(&first.domain, now) {
                Admission::Now => return Ok(Place::Line),
                Admission::NotBefore(next) => again = Some(again.map_or(next, |again| again.min(next))),
                Admission::AfterAnother => {}
            }
            if let Some(errand) = queues.line.pop_front() {
                self.put_aside(errand, queues, rules);
            }
        }
        Err(again)
    }

    fn put_aside(&self, errand: Errand, queues: &mut Queues, rules: &mut Rules) {
        let all: usize = queues.aside.values().map(VecDeque::len).sum();
        let domain = errand.domain.clone();
        let mails = queues.aside.entry(domain.clone()).or_default();
        if mails.len() < rules.pace.queue_limit(&domain) && (all < MOST_ASIDE || mails.is_empty()) {
            mails.push_back(errand);
        } else {
            self.send_back(errand, &domain, rules);
        }
    }

    fn send_back(&self, errand: Errand, domain: &str, rules: &mut Rules) {
        let later = rules.pace.put_off(domain, self.shared.turns.now());
        errand.put_off(later, &format!("waits for its turn: {domain} gets mails at a pace"));
    }
}

impl Queues {
    fn is_empty(&self) -> bool {
        self.line.is_empty() && self.aside.is_empty()
    }

    fn take(&mut self, place: &Place) -> Option<Errand> {
        match place {
            Place::Line => self.line.pop_front(),
            Place::Aside(domain) => {
                let mails = self.aside.get_mut(domain)?;
                let errand = mails.pop_front();
                if mails.is_empty() {
                    self.aside.remove(domain);
                }
                errand
            }
        }
    }

    /// The first of all, whatever its domain.
    fn any(&mut self) -> Option<Errand> {
        self.take(&Place::Line).or_else(|| {
            let domain = self.aside.keys().next()?.clone();
            self.take(&Place::Aside(domain))
        })
    }
}
