//! The queue of claimed mails that wait for a worker: in the order in which they came, with those whose domain may not get
//! one now held aside, by domain. So a slow domain holds up no other, and no connection. A mail for which its domain's queue
//! is full goes back to the outbox and comes again later.

use std::{
    collections::{BTreeMap, HashSet, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::time::{Duration, Instant, sleep_until};

use super::{dispatch::Rules, in_flight::InFlightMail, relay_state::AllAway, shared::Shared};
use crate::{base::ids::MailId, delivery::rules::Admission};

/// Maximum number of mails held aside, over all domains.
const MAX_HELD: usize = 1000;
/// Timeout of a worker that waits for a mail and knows no time to look again.
const MAX_WAIT: Duration = Duration::from_secs(3600);

pub(super) struct MailQueue {
    shared: Arc<Shared>,
    queues: Mutex<Queues>,
}

#[derive(Default)]
struct Queues {
    /// Mails whose domain has not been asked about yet
    fresh: VecDeque<InFlightMail>,
    /// Mails that wait for their domain
    held: BTreeMap<String, VecDeque<InFlightMail>>,
    closed: bool,
}

/// Answer to a worker that asks for a mail.
pub(super) enum NextMail {
    /// A mail to send.
    Send(InFlightMail),
    /// A mail while no relay can be reached, and why.
    Unreachable(InFlightMail, String),
    /// Nothing, never again.
    Closed,
}

/// Where the next mail stands.
enum Place {
    Fresh,
    Held(String),
}

impl MailQueue {
    pub fn new(shared: Arc<Shared>) -> MailQueue {
        MailQueue { shared, queues: Mutex::default() }
    }

    fn queues(&self) -> MutexGuard<'_, Queues> {
        self.queues.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Number of mails that wait for their domain.
    pub fn held(&self) -> usize {
        self.queues().held_count()
    }

    pub fn push(&self, mail: InFlightMail) {
        let mut queues = self.queues();
        if !queues.closed {
            put(&mut queues.fresh, mail);
            drop(queues);
            self.shared.dispatch.wake_one_each();
        }
    }

    /// Closes the queue; mails in it go back to the outbox.
    pub fn close(&self) {
        let mut queues = self.queues();
        let Queues { fresh, held, .. } = std::mem::replace(&mut *queues, Queues { closed: true, ..Queues::default() });
        drop(queues);
        drop((fresh, held));
        self.shared.dispatch.wake_all();
    }

    /// The mails in it, each with its attempt.
    pub fn claims(&self) -> Vec<(MailId, i64)> {
        let queues = self.queues();
        queues
            .fresh
            .iter()
            .chain(queues.held.values().flatten())
            .map(|mail| (mail.claim.id, mail.claim.attempt))
            .collect()
    }

    /// Forgets those of the mails that are in it, since they are not ours any more. Returns how many there were.
    pub fn forget(&self, gone: &HashSet<(MailId, i64)>) -> usize {
        let mut queues = self.queues();
        let Queues { fresh, held, .. } = &mut *queues;
        let mut found = Vec::new();
        for mails in held.values_mut().chain([fresh]) {
            let is_gone = |mail: &InFlightMail| gone.contains(&(mail.claim.id, mail.claim.attempt));
            let (theirs, ours): (VecDeque<_>, VecDeque<_>) = std::mem::take(mails).into_iter().partition(is_gone);
            *mails = ours;
            found.extend(theirs);
        }
        queues.held.retain(|_, mails| !mails.is_empty());
        drop(queues);
        let count = found.len();
        found.into_iter().for_each(InFlightMail::forget);
        count
    }

    /// Gives back mails that have waited for too long.
    pub fn give_back_stale(&self) {
        let mut queues = self.queues();
        while let Some(stale) = queues.fresh.pop_front_if(|mail| mail.is_stale()) {
            stale.give_back("");
        }
        for (domain, mails) in &mut queues.held {
            while let Some(stale) = mails.pop_front_if(|mail| mail.is_stale()) {
                self.put_off(stale, domain, &mut self.shared.dispatch.rules());
            }
        }
        queues.held.retain(|_, mails| !mails.is_empty());
    }

    /// Waits for a mail that a worker of this relay may send now.
    pub async fn next(&self, relay: usize) -> NextMail {
        let Some(state) = self.shared.dispatch.relays.get(relay) else { return NextMail::Closed };
        loop {
            // Before the look, so that a wake-up in between is not missed.
            let woken = state.woken();
            let look_again = match self.try_next(relay) {
                Ok(next) => {
                    // Each worker that gets something wakes the next one, as long as there is more.
                    state.wake_one();
                    return next;
                }
                Err(look_again) => look_again,
            };
            let look_again = look_again.unwrap_or_else(|| Instant::now() + MAX_WAIT);
            tokio::select! {
                () = woken => {}
                () = sleep_until(look_again) => {}
            }
        }
    }

    /// Returns a mail that a worker of this relay may send now, if there is one.
    pub fn take_ready(&self, relay: usize) -> Option<InFlightMail> {
        match self.try_next(relay) {
            Ok(NextMail::Send(mail)) => Some(mail),
            Ok(NextMail::Unreachable(mail, why)) => {
                mail.give_back(&why);
                None
            }
            Ok(NextMail::Closed) | Err(_) => None,
        }
    }

    /// Returns the next mail for this relay, or when to look again if nobody wakes the worker before.
    fn try_next(&self, relay: usize) -> Result<NextMail, Option<Instant>> {
        let dispatch = &self.shared.dispatch;
        let mut queues = self.queues();
        if queues.closed {
            return Ok(NextMail::Closed);
        }
        if queues.is_empty() {
            return Err(None);
        }
        if let Some(AllAway { until, why }) = dispatch.all_away() {
            return queues.pop_any().map(|mail| NextMail::Unreachable(mail, why)).ok_or(Some(until));
        }
        let mut rules = dispatch.rules();
        let now = dispatch.now();
        if let Some(next) = rules.not_before(now) {
            return Err(Some(dispatch.instant(next)));
        }
        let place = self
            .first_admitted(&mut queues, &mut rules, now)
            .map_err(|look_again| look_again.map(|time| dispatch.instant(time)))?;
        dispatch.may_take(&mut rules, relay)?;
        let mut mail = queues.pop(&place).ok_or(None)?;
        if let Some(assignment) = dispatch.assign(&mut rules, relay, &mail.domain) {
            mail.assign(assignment);
        }
        Ok(NextMail::Send(mail))
    }

    /// Finds the first mail whose domain may get one now, holding aside those whose domain may not. `Err` says when to look
    /// again.
    fn first_admitted(&self, queues: &mut Queues, rules: &mut Rules, now: Duration) -> Result<Place, Option<Duration>> {
        let mut look_again: Option<Duration> = None;
        for domain in queues.held.keys() {
            match rules.admission(domain, now) {
                Admission::Now => return Ok(Place::Held(domain.clone())),
                Admission::NotBefore(time) => look_again = Some(look_again.map_or(time, |other| other.min(time))),
                Admission::AfterAnother => {}
            }
        }
        while let Some(first) = queues.fresh.front() {
            match rules.admission(&first.domain, now) {
                Admission::Now => return Ok(Place::Fresh),
                Admission::NotBefore(time) => look_again = Some(look_again.map_or(time, |other| other.min(time))),
                Admission::AfterAnother => {}
            }
            if let Some(mail) = queues.fresh.pop_front() {
                self.hold(mail, queues, rules);
            }
        }
        Err(look_again)
    }

    fn hold(&self, mail: InFlightMail, queues: &mut Queues, rules: &mut Rules) {
        let held = queues.held_count();
        let domain = mail.domain.clone();
        let mails = queues.held.entry(domain.clone()).or_default();
        let has_room = mails.len() < rules.pace.queue_limit(&domain) && (held < MAX_HELD || mails.is_empty());
        if has_room || mail.claim.urgent {
            put(mails, mail);
        } else {
            self.put_off(mail, &domain, rules);
        }
    }

    fn put_off(&self, mail: InFlightMail, domain: &str, rules: &mut Rules) {
        let after = rules.pace.put_off(domain, self.shared.dispatch.now());
        mail.put_off(after, &format!("waits for its turn: {domain} gets mails at a limited pace"));
    }
}

/// Puts a mail at the end, or an urgent one behind those that are urgent, too.
fn put(mails: &mut VecDeque<InFlightMail>, mail: InFlightMail) {
    let at = match mail.claim.urgent {
        true => mails.iter().take_while(|before| before.claim.urgent).count(),
        false => mails.len(),
    };
    mails.insert(at, mail);
}

impl Queues {
    fn is_empty(&self) -> bool {
        self.fresh.is_empty() && self.held.is_empty()
    }

    fn held_count(&self) -> usize {
        self.held.values().map(VecDeque::len).sum()
    }

    fn pop(&mut self, place: &Place) -> Option<InFlightMail> {
        match place {
            Place::Fresh => self.fresh.pop_front(),
            Place::Held(domain) => {
                let mails = self.held.get_mut(domain)?;
                let mail = mails.pop_front();
                if mails.is_empty() {
                    self.held.remove(domain);
                }
                mail
            }
        }
    }

    /// Takes the first mail, whatever its domain.
    fn pop_any(&mut self) -> Option<InFlightMail> {
        self.pop(&Place::Fresh).or_else(|| {
            let domain = self.held.keys().next()?.clone();
            self.pop(&Place::Held(domain))
        })
    }
}
