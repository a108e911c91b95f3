//! How fast mails go to a domain of recipients: so many at a time and so many a second, as the config allows and as the
//! domain's answers ask for. Pure: a time is the time since the courier began, and comes as an argument. What a rate lets
//! go is in `rate`; which mail goes next, and by which relay, is not here.

use std::{collections::HashMap, time::Duration};

use super::rate::{Bucket, Rate};

const SECOND: Duration = Duration::from_secs(1);
/// The distance of mails from which a rate falls that had no limit, once a domain asks for less at one mail at a time.
const FIRST: Duration = SECOND;
/// The largest distance to which a domain's answers bring its mails.
const SLOWEST: Duration = Duration::from_secs(60);
/// So many mails a domain takes in a row before its pace recovers by a step.
const RUN: u32 = 5;
/// After so long without a further complaint a domain is met as if nothing had been.
const FORGIVEN: Duration = Duration::from_secs(3600);
/// So much of a domain's work is kept in the process, in time and in mails.
const AHEAD: Duration = Duration::from_secs(60);
const MOST_AHEAD: u32 = 64;
/// What is sent back to the outbox is looked at again after this time at most: the pace may be another one then.
const LATEST: Duration = Duration::from_secs(600);

/// What config allows for a domain.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Limits {
    /// Mails at a time; `None`: as many as there are connections
    pub connections: Option<usize>,
    /// Mails in a time; `None`: no limit
    pub rate: Option<Rate>,
}

/// What a domain's answer says of the pace.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Said {
    /// It took the mail.
    Taken,
    /// It asks for less.
    Slower,
    /// Nothing: it was about this mail alone, or there was no answer.
    #[default]
    Nothing,
}

/// May a mail go to a domain?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// Now.
    Now,
    /// Not before this time.
    From(Duration),
    /// Once another to the same domain has come to its end.
    AfterAnother,
}

/// Does a reply ask for fewer mails (RFC 5321 §4.2.3, RFC 3463)? A server that shuts down or has had enough (421), and a
/// refusal for now that is about policy (4.7.x) or load (4.3.2), or does not say what it is about. A full mailbox (4.2.2) or
/// greylisting that calls itself 4.2.0 concerns one reader.
pub const fn asks_for_less(code: u16, enhanced: Option<(u8, u16, u16)>) -> bool {
    matches!((code, enhanced), (421, _) | (400..=499, None | Some((4, 7, _) | (4, 3, 2))))
}

/// The pace of all domains.
#[derive(Debug)]
pub struct Pace {
    listed: HashMap<String, Limits>,
    /// For all that are not listed
    others: Limits,
    /// As many connections as there are
    most: usize,
    /// Those that have a limit of their own, have complained, or are being sent to
    domains: HashMap<String, Domain>,
}

#[derive(Debug)]
struct Domain {
    /// What config allows; without a rate its distance is zero
    allowed: (usize, Duration),
    listed: bool,
    /// Mails on their way
    flying: usize,
    /// What is allowed now
    most: usize,
    bucket: Bucket,
    /// Mails taken since the last change
    run: u32,
    /// When it asked for less last; `None` if all that config allows is allowed
    slowed: Option<Duration>,
    /// How long a mail takes, as the last ones did
    takes: Duration,
    /// Mails that went back to the outbox are told to come again until then
    promised: Duration,
}

impl Pace {
    /// With `most` connections in all.
    pub fn new(most: usize, others: Limits, listed: HashMap<String, Limits>) -> Pace {
        Pace { listed, others, most: most.max(1), domains: HashMap::new() }
    }

    /// May a mail go to this domain (in lower case)?
    pub fn turn(&mut self, domain: &str, now: Duration) -> Turn {
        let Some(known) = self.domains.get_mut(domain) else { return Turn::Now };
        known.forgive(now);
        if known.flying >= known.most {
            return Turn::AfterAnother;
        }
        let next = known.bucket.next();
        if next > now { Turn::From(next) } else { Turn::Now }
    }

    /// One goes.
    pub fn begin(&mut self, domain: &str, now: Duration) {
        let known = self.domain(domain);
        known.flying += 1;
        known.bucket.take(now);
    }

    /// One that began at `began` has come to its end.
    pub fn end(&mut self, domain: &str, began: Duration, said: Said, now: Duration) {
        let Some(known) = self.domains.get_mut(domain) else { return };
        match said {
            Said::Taken => {
                known.takes = (known.takes * 3 + now.saturating_sub(began)) / 4;
                known.recover();
            }
            Said::Slower => known.slow(began, now),
            Said::Nothing => {}
        }
        known.flying = known.flying.saturating_sub(1);
        let complained = said == Said::Slower;
        if known.is_forgotten() {
            self.domains.remove(domain);
        } else if complained {
            // Complaints are rare: whoever made one and was not written to since is looked for here.
            self.domains.retain(|_, known| {
                known.forgive(now);
                !known.is_forgotten()
            });
        }
    }

    /// How many mails to this domain may wait in the process: about as many as go in a minute.
    pub fn room(&mut self, domain: &str) -> usize {
        let every = self.domain(domain).distance();
        let mails = AHEAD.as_nanos() / every.as_nanos().max(1);
        usize::try_from(mails).unwrap_or(usize::MAX).clamp(1, MOST_AHEAD as usize)
    }

    /// After which time a mail for which there was no room comes again: each a little after the one before.
    pub fn later(&mut self, domain: &str, now: Duration) -> Duration {
        let known = self.domain(domain);
        let every = known.distance();
        let first = now + (every * MOST_AHEAD).min(AHEAD);
        known.promised = (known.promised.max(first) + every).min(now + LATEST);
        known.promised - now
    }

    fn domain(&mut self, domain: &str) -> &mut Domain {
        let Pace { listed, others, most, domains } = self;
        domains.entry(domain.to_owned()).or_insert_with(|| {
            let own = listed.get(domain);
            let limits = own.unwrap_or(others);
            let connections = limits.connections.unwrap_or(*most).clamp(1, *most);
            Domain::new(connections, limits.rate.map_or(Duration::ZERO, |rate| rate.every), own.is_some())
        })
    }
}

impl Domain {
    fn new(most: usize, every: Duration, listed: bool) -> Domain {
        Domain {
            allowed: (most, every),
            listed,
            flying: 0,
            most,
            bucket: Bucket::new(Rate { every }),
            run: 0,
            slowed: None,
            takes: SECOND,
            promised: Duration::ZERO,
        }
    }

    /// Half as many at a time; at one, half as many in a time. Mails that began before the last complaint was known say
    /// the same once more.
    fn slow(&mut self, began: Duration, now: Duration) {
        if self.slowed.is_some_and(|slowed| began < slowed) {
            return;
        }
        self.slowed = Some(now);
        self.run = 0;
        // A limit that was not reached is none.
        let used = self.most.min(self.flying.max(1));
        if used > 1 {
            self.most = used / 2;
            return;
        }
        self.most = 1;
        let every = self.bucket.every;
        let slower = if every.is_zero() { FIRST } else { every * 2 };
        self.bucket.every = slower.min(SLOWEST).max(self.allowed.1);
        // Not at once again either.
        self.bucket.level = self.bucket.level.max(now + self.bucket.every);
    }

    /// After a run of mails that were taken: twice as many in a time, then one more at a time.
    fn recover(&mut self) {
        if self.slowed.is_none() {
            return;
        }
        self.run += 1;
        if self.run < RUN {
            return;
        }
        self.run = 0;
        let (most, every) = self.allowed;
        if self.bucket.every > every {
            let faster = self.bucket.every / 2;
            self.bucket.every = if every.is_zero() && faster < FIRST { every } else { faster.max(every) };
        } else {
            self.most = (self.most + 1).min(most);
        }
        if (self.most, self.bucket.every) == self.allowed {
            self.slowed = None;
        }
    }

    fn forgive(&mut self, now: Duration) {
        if self.slowed.is_some_and(|slowed| now >= slowed + FORGIVEN) {
            (self.most, self.bucket.every) = self.allowed;
            self.slowed = None;
            self.run = 0;
        }
    }

    const fn is_forgotten(&self) -> bool {
        self.flying == 0 && self.slowed.is_none() && !self.listed
    }

    /// From one mail to the next, as far as can be said.
    fn distance(&self) -> Duration {
        let most = u32::try_from(self.most).unwrap_or(u32::MAX);
        self.bucket.every.max(self.takes / most.max(1)).max(Duration::from_millis(1))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const CN: &str = "qq.com";
    const DE: &str = "example.de";

    fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn pace(connections: Option<usize>, rate: Option<Rate>) -> Pace {
        Pace::new(8, Limits::default(), HashMap::from([(CN.to_owned(), Limits { connections, rate })]))
    }

    /// As many as may go at once.
    fn fill(pace: &mut Pace, domain: &str, now: Duration) -> usize {
        let mut mails = 0;
        while pace.turn(domain, now) == Turn::Now && mails < 1000 {
            pace.begin(domain, now);
            mails += 1;
        }
        mails
    }

    #[test]
    fn what_asks_for_less() {
        for (code, enhanced, less) in [
            (421, None, true),
            (421, Some((4, 2, 1)), true),
            (450, None, true),
            (451, Some((4, 7, 1)), true),
            (451, Some((4, 7, 500)), true),
            (452, Some((4, 3, 2)), true),
            (450, Some((4, 2, 0)), false),
            (452, Some((4, 2, 2)), false),
            (451, Some((4, 3, 0)), false),
            (550, None, false),
            (554, Some((5, 7, 1)), false),
            (250, None, false),
        ] {
            assert_eq!(asks_for_less(code, enhanced), less, "{code} {enhanced:?}");
        }
    }

    #[test]
    fn a_domain_without_limits_leaves_nothing_behind() {
        let mut pace = Pace::new(8, Limits::default(), HashMap::new());
        assert_eq!(fill(&mut pace, DE, seconds(1)), 8, "as many as there are connections");
        for _ in 0..8 {
            pace.end(DE, seconds(1), Said::Taken, seconds(2));
        }
        assert!(pace.domains.is_empty());
    }

    #[test]
    fn limits_hold_for_their_domain_alone() {
        let mut pace = pace(Some(1), Some(Rate::new(60, seconds(60))));
        assert_eq!(fill(&mut pace, CN, seconds(10)), 1);
        assert_eq!(pace.turn(CN, seconds(10)), Turn::AfterAnother);
        assert_eq!(fill(&mut pace, DE, seconds(10)), 8);
        pace.end(CN, seconds(10), Said::Taken, seconds(10));
        assert_eq!(pace.turn(CN, seconds(10)), Turn::From(seconds(11)));
        assert_eq!(pace.turn(CN, seconds(11)), Turn::Now);
        let mut each = Pace::new(8, Limits { connections: Some(3), rate: None }, HashMap::new());
        assert_eq!((fill(&mut each, CN, seconds(1)), fill(&mut each, DE, seconds(1))), (3, 3));
    }

    #[test]
    fn complaints_halve_first_the_number_and_then_the_rate_and_successes_bring_both_back() {
        let mut pace = pace(None, None);
        let mut now = seconds(100);
        let mut steps = Vec::new();
        for _ in 0..12 {
            let began = now;
            let mails = fill(&mut pace, CN, now);
            now += seconds(1);
            // All that were on their way complain, and count as one complaint.
            for _ in 0..mails {
                pace.end(CN, began, Said::Slower, now);
            }
            let known = &pace.domains[CN];
            steps.push((known.most, known.bucket.every.as_secs()));
            now += known.bucket.every;
        }
        let fallen =
            [(4, 0), (2, 0), (1, 0), (1, 1), (1, 2), (1, 4), (1, 8), (1, 16), (1, 32), (1, 60), (1, 60), (1, 60)];
        assert_eq!(steps, fallen);
        steps.clear();
        for _ in 0..80 {
            now += seconds(60);
            pace.begin(CN, now);
            pace.end(CN, now, Said::Taken, now);
            let known = &pace.domains[CN];
            steps.push((known.most, known.bucket.every.as_secs()));
        }
        steps.dedup();
        let risen = [(1, 60), (1, 30), (1, 15), (1, 7), (1, 3), (1, 1), (1, 0), (2, 0), (3, 0), (4, 0), (5, 0), (6, 0)];
        assert_eq!(steps.get(..risen.len()), Some(&risen[..]));
        assert_eq!(pace.domains[CN].slowed, None, "all is as it was");
    }

    #[test]
    fn a_complaint_is_forgiven_after_an_hour() {
        let mut pace = Pace::new(8, Limits::default(), HashMap::new());
        pace.begin(DE, seconds(1));
        pace.end(DE, seconds(1), Said::Slower, seconds(2));
        assert_eq!(pace.turn(DE, seconds(2)), Turn::From(seconds(3)));
        assert_eq!(pace.turn(DE, seconds(2 + 3600)), Turn::Now);
        pace.begin(CN, seconds(4000));
        pace.end(CN, seconds(4000), Said::Slower, seconds(4000));
        assert_eq!(pace.domains.keys().collect::<Vec<_>>(), [CN]);
    }

    #[test]
    fn what_finds_no_room_comes_again_one_after_the_other() {
        let mut pace = pace(Some(1), Some(Rate::new(60, seconds(60))));
        assert_eq!(pace.room(CN), 60);
        let times: Vec<u64> = (0..600).map(|_| pace.later(CN, seconds(5)).as_secs()).collect();
        assert_eq!(times[..3], [61, 62, 63]);
        assert_eq!(times[599], 600, "and is looked at again after ten minutes");
        assert_eq!(pace.later(CN, seconds(300)).as_secs(), 306);
    }

    #[derive(Debug, Clone)]
    enum Act {
        Pass(u64),
        Go(bool),
        End(usize, Said),
    }

    fn acts() -> impl Strategy<Value = Vec<Act>> {
        let said = prop_oneof![Just(Said::Taken), Just(Said::Slower), Just(Said::Nothing)];
        let act = prop_oneof![
            (0u64..90_000).prop_map(Act::Pass),
            any::<bool>().prop_map(Act::Go),
            (any::<usize>(), said).prop_map(|(which, said)| Act::End(which, said)),
        ];
        prop::collection::vec(act, 0..200)
    }

    proptest! {
        /// Never more than config allows, whatever is answered; the other domain never waits for this one's sake.
        #[test]
        fn what_config_allows_is_never_exceeded(
            acts in acts(), most in 1usize..10, mails in 1u32..100, per in 1u64..100,
        ) {
            let mut pace = pace(Some(most), Some(Rate::new(mails, seconds(per))));
            let every = seconds(per) / mails;
            let (mut now, mut flying, mut went, mut others) = (seconds(1), Vec::new(), Vec::new(), 0);
            for act in acts {
                match act {
                    Act::Pass(millis) => now += Duration::from_millis(millis),
                    Act::Go(true) => {
                        prop_assert_eq!(pace.turn(DE, now), if others < 8 { Turn::Now } else { Turn::AfterAnother });
                        if others < 8 {
                            others += 1;
                            pace.begin(DE, now);
                        } else {
                            others -= 1;
                            pace.end(DE, now, Said::Taken, now);
                        }
                    }
                    Act::Go(false) => match pace.turn(CN, now) {
                        Turn::Now => {
                            pace.begin(CN, now);
                            flying.push(now);
                            went.push(now);
                        }
                        Turn::From(time) => prop_assert!(time > now && time - now <= SLOWEST.max(every)),
                        Turn::AfterAnother => prop_assert!(!flying.is_empty()),
                    },
                    Act::End(which, said) if !flying.is_empty() => {
                        let began = flying.swap_remove(which % flying.len());
                        pace.end(CN, began, said, now);
                    }
                    Act::End(..) => {}
                }
                prop_assert!(flying.len() <= most.min(8));
                prop_assert!((1..=64).contains(&pace.room(CN)));
            }
            for (first, from) in went.iter().enumerate() {
                for (more, to) in went[first..].iter().enumerate() {
                    let passed = (*to - *from).as_nanos();
                    let allowed = ((passed + SECOND.as_nanos()) / every.as_nanos()).max(passed / every.as_nanos() + 1);
                    prop_assert!(u128::try_from(more).unwrap() < allowed);
                }
            }
        }

        /// However slow it became, it comes back to what config allows.
        #[test]
        fn successes_bring_back_all_that_config_allows(
            complaints in 0usize..30, connections in prop::option::of(1usize..10), mails in 1u32..100, limited: bool,
        ) {
            let rate = limited.then(|| Rate::new(mails, seconds(60)));
            let mut pace = pace(connections, rate);
            let mut now = seconds(1);
            for _ in 0..complaints {
                pace.begin(CN, now);
                pace.end(CN, now, Said::Slower, now);
                now += seconds(61);
                prop_assert_eq!(pace.turn(CN, now), Turn::Now, "at least one a minute");
            }
            for _ in 0..RUN * 20 {
                pace.begin(CN, now);
                pace.end(CN, now, Said::Taken, now);
                now += seconds(1);
            }
            pace.begin(CN, now);
            let known = &pace.domains[CN];
            prop_assert_eq!((known.most, known.bucket.every), known.allowed);
        }
    }
}
