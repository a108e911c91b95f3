//! How fast mails go to a domain of recipients: how many at a time and how many a second, as the config allows and as the
//! domain's answers ask for. Pure: a time is the time since the courier began, and is an argument. How one domain slows
//! down and recovers is in `domain`, what a rate allows in `rate`; which mail goes next, and by which relay, is not here.

mod domain;
#[cfg(test)]
mod tests;

use std::{collections::HashMap, time::Duration};

use self::domain::{Allowance, DomainPace};
use super::rate::Rate;

/// Maximum of work for one domain that is kept in the process, as time and as a number of mails.
const MAX_QUEUED_TIME: Duration = Duration::from_secs(60);
const MAX_QUEUED_MAILS: u32 = 64;
/// Maximum time for which a mail is put off: the pace may have changed by then.
const MAX_PUT_OFF: Duration = Duration::from_secs(600);

/// The limits that the config sets for a domain.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Limits {
    /// Maximum number of mails at a time; `None`: as many as there are connections
    pub connections: Option<usize>,
    /// Maximum rate; `None`: no limit
    pub rate: Option<Rate>,
}

/// The effect of a domain's answer on its pace.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Feedback {
    /// It took the mail.
    Accepted,
    /// It asks for fewer mails.
    SlowDown,
    /// Nothing: the answer was about this mail alone, or there was none.
    #[default]
    Neutral,
}

/// May a mail go to a domain?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Admission {
    /// Now.
    Now,
    /// Not before this time.
    NotBefore(Duration),
    /// Once another mail to the same domain has ended.
    AfterAnother,
}

/// The pace of all domains.
#[derive(Debug)]
pub struct Pace {
    listed: HashMap<String, Limits>,
    /// For domains that are not listed
    others: Limits,
    /// Maximum number of mails at a time over all domains
    connections: usize,
    /// Domains that are listed and were sent to, have complained, or have mails in flight
    domains: HashMap<String, DomainPace>,
}

impl Pace {
    /// The pace at the start of a courier. `connections` limits the mails at a time, over all domains; `listed` is by
    /// domain in lower case.
    pub fn new(connections: usize, others: Limits, listed: HashMap<String, Limits>) -> Pace {
        Pace { listed, others, connections: connections.max(1), domains: HashMap::new() }
    }

    /// May a mail go to this domain (in lower case)?
    pub fn admission(&mut self, domain: &str, now: Duration) -> Admission {
        self.domains.get_mut(domain).map_or(Admission::Now, |known| known.admission(now))
    }

    /// Records that a mail to this domain begins.
    pub fn begin(&mut self, domain: &str, now: Duration) {
        self.domain(domain).begin(now);
    }

    /// Records that the mail that began at `began` has ended.
    pub fn end(&mut self, domain: &str, began: Duration, feedback: Feedback, now: Duration) {
        let Some(known) = self.domains.get_mut(domain) else { return };
        known.end(began, feedback, now);
        if known.is_idle() {
            self.domains.remove(domain);
        } else if feedback == Feedback::SlowDown {
            // Complaints are rare, so that this is the time to look for domains that complained once and were not
            // written to since.
            self.domains.retain(|_, known| {
                known.forgive(now);
                !known.is_idle()
            });
        }
    }

    /// Maximum number of mails to this domain that may wait in the process: about as many as go in a minute.
    pub fn queue_limit(&mut self, domain: &str) -> usize {
        let interval = self.domain(domain).expected_interval();
        let mails = MAX_QUEUED_TIME.as_nanos() / interval.as_nanos().max(1);
        usize::try_from(mails).unwrap_or(usize::MAX).clamp(1, MAX_QUEUED_MAILS as usize)
    }

    /// Time after which a mail beyond the [queue limit](Pace::queue_limit) comes back: each call gives a little more, so
    /// that such mails come back one after the other.
    pub fn put_off(&mut self, domain: &str, now: Duration) -> Duration {
        let known = self.domain(domain);
        let interval = known.expected_interval();
        let first = now + (interval * MAX_QUEUED_MAILS).min(MAX_QUEUED_TIME);
        known.put_off_until = (known.put_off_until.max(first) + interval).min(now + MAX_PUT_OFF);
        known.put_off_until - now
    }

    fn domain(&mut self, domain: &str) -> &mut DomainPace {
        let Pace { listed, others, connections, domains } = self;
        domains.entry(domain.to_owned()).or_insert_with(|| {
            let own = listed.get(domain);
            let limits = own.unwrap_or(others);
            let concurrency = limits.connections.unwrap_or(*connections).clamp(1, *connections);
            let interval = limits.rate.map_or(Duration::ZERO, |rate| rate.interval);
            DomainPace::new(Allowance { concurrency, interval }, own.is_some())
        })
    }
}
