//! The pace of domains: limits hold, complaints slow a domain down, and successes bring it back.

use proptest::prelude::*;

use super::{
    domain::{MAX_INTERVAL, RECOVERY_RUN},
    *,
};

const CN: &str = "qq.com";
const DE: &str = "example.de";
const SECOND: Duration = Duration::from_secs(1);

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn pace(connections: Option<usize>, rate: Option<Rate>) -> Pace {
    Pace::new(8, Limits::default(), HashMap::from([(CN.to_owned(), Limits { connections, rate })]))
}

/// As many as may go at once.
fn fill(pace: &mut Pace, domain: &str, now: Duration) -> usize {
    let mut mails = 0;
    while pace.admission(domain, now) == Admission::Now && mails < 1000 {
        pace.begin(domain, now);
        mails += 1;
    }
    mails
}

#[test]
fn a_domain_without_limits_leaves_nothing_behind() {
    let mut pace = Pace::new(8, Limits::default(), HashMap::new());
    assert_eq!(fill(&mut pace, DE, seconds(1)), 8, "as many as there are connections");
    for _ in 0..8 {
        pace.end(DE, seconds(1), Feedback::Accepted, seconds(2));
    }
    assert!(pace.domains.is_empty());
}

#[test]
fn limits_hold_for_their_domain_alone() {
    let mut pace = pace(Some(1), Some(Rate::new(60, seconds(60))));
    assert_eq!(fill(&mut pace, CN, seconds(10)), 1);
    assert_eq!(pace.admission(CN, seconds(10)), Admission::AfterAnother);
    assert_eq!(fill(&mut pace, DE, seconds(10)), 8);
    pace.end(CN, seconds(10), Feedback::Accepted, seconds(10));
    assert_eq!(pace.admission(CN, seconds(10)), Admission::NotBefore(seconds(11)));
    assert_eq!(pace.admission(CN, seconds(11)), Admission::Now);
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
            pace.end(CN, began, Feedback::SlowDown, now);
        }
        let known = &pace.domains[CN];
        steps.push((known.concurrency, known.bucket.interval.as_secs()));
        now += known.bucket.interval;
    }
    let fallen = [(4, 0), (2, 0), (1, 0), (1, 1), (1, 2), (1, 4), (1, 8), (1, 16), (1, 32), (1, 60), (1, 60), (1, 60)];
    assert_eq!(steps, fallen);
    steps.clear();
    for _ in 0..80 {
        now += seconds(60);
        pace.begin(CN, now);
        pace.end(CN, now, Feedback::Accepted, now);
        let known = &pace.domains[CN];
        steps.push((known.concurrency, known.bucket.interval.as_secs()));
    }
    steps.dedup();
    let risen = [(1, 60), (1, 30), (1, 15), (1, 7), (1, 3), (1, 1), (1, 0), (2, 0), (3, 0), (4, 0), (5, 0), (6, 0)];
    assert_eq!(steps.get(..risen.len()), Some(&risen[..]));
    assert_eq!(pace.domains[CN].slowed_at, None, "all is as it was");
}

#[test]
fn a_complaint_is_forgiven_after_an_hour() {
    let mut pace = Pace::new(8, Limits::default(), HashMap::new());
    pace.begin(DE, seconds(1));
    pace.end(DE, seconds(1), Feedback::SlowDown, seconds(2));
    assert_eq!(pace.admission(DE, seconds(2)), Admission::NotBefore(seconds(3)));
    assert_eq!(pace.admission(DE, seconds(2 + 3600)), Admission::Now);
    pace.begin(CN, seconds(4000));
    pace.end(CN, seconds(4000), Feedback::SlowDown, seconds(4000));
    assert_eq!(pace.domains.keys().collect::<Vec<_>>(), [CN]);
}

#[test]
fn what_finds_no_room_comes_again_one_after_the_other() {
    let mut pace = pace(Some(1), Some(Rate::new(60, seconds(60))));
    assert_eq!(pace.queue_limit(CN), 60);
    let times: Vec<u64> = (0..600).map(|_| pace.put_off(CN, seconds(5)).as_secs()).collect();
    assert_eq!(times[..3], [61, 62, 63]);
    assert_eq!(times[599], 600, "and is looked at again after ten minutes");
    assert_eq!(pace.put_off(CN, seconds(300)).as_secs(), 306);
}

#[derive(Debug, Clone)]
enum Act {
    Pass(u64),
    Go(bool),
    End(usize, Feedback),
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let feedback = prop_oneof![Just(Feedback::Accepted), Just(Feedback::SlowDown), Just(Feedback::Neutral)];
    let act = prop_oneof![
        (0u64..90_000).prop_map(Act::Pass),
        any::<bool>().prop_map(Act::Go),
        (any::<usize>(), feedback).prop_map(|(which, feedback)| Act::End(which, feedback)),
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
                    prop_assert_eq!(pace.admission(DE, now), if others < 8 { Admission::Now } else { Admission::AfterAnother });
                    if others < 8 {
                        others += 1;
                        pace.begin(DE, now);
                    } else {
                        others -= 1;
                        pace.end(DE, now, Feedback::Accepted, now);
                    }
                }
                Act::Go(false) => match pace.admission(CN, now) {
                    Admission::Now => {
                        pace.begin(CN, now);
                        flying.push(now);
                        went.push(now);
                    }
                    Admission::NotBefore(time) => prop_assert!(time > now && time - now <= MAX_INTERVAL.max(every)),
                    Admission::AfterAnother => prop_assert!(!flying.is_empty()),
                },
                Act::End(which, feedback) if !flying.is_empty() => {
                    let began = flying.swap_remove(which % flying.len());
                    pace.end(CN, began, feedback, now);
                }
                Act::End(..) => {}
            }
            prop_assert!(flying.len() <= most.min(8));
            prop_assert!((1..=64).contains(&pace.queue_limit(CN)));
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
            pace.end(CN, now, Feedback::SlowDown, now);
            now += seconds(61);
            prop_assert_eq!(pace.admission(CN, now), Admission::Now, "at least one a minute");
        }
        for _ in 0..RECOVERY_RUN * 20 {
            pace.begin(CN, now);
            pace.end(CN, now, Feedback::Accepted, now);
            now += seconds(1);
        }
        pace.begin(CN, now);
        let known = &pace.domains[CN];
        prop_assert_eq!(known.current(), known.allowed);
    }
}
