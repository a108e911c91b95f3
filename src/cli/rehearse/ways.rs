//! By which relays the mails of an edition would go, and when: as the config's rates, domains and quiet hours allow.

use std::{collections::HashMap, time::Duration};

use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;

use crate::{
    config::{self, Config, FIRST_RELAY},
    delivery::rules::{Bucket, Rate},
    edition::EditionSpec,
    time::schedule::QuietSpan,
};

/// A relay's part.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(super) struct Share {
    pub relay: String,
    /// About so many mails go by it while all relays can be reached
    pub mails: u64,
}

/// When the first mail goes and, if servers take them as fast as they may come, the last.
pub(super) fn times(
    config: &Config,
    order: &EditionSpec,
    at: DateTime<Utc>,
    domains: &HashMap<String, u64>,
) -> (Option<DateTime<Utc>>, Option<DateTime<Utc>>) {
    let quiet = order.quiet_hours.map_or_else(Vec::new, |hours| hours.spans(at, at + TimeDelta::days(60)));
    let takes = match &config.mail.transport {
        config::Transport::Folder => Duration::ZERO,
        config::Transport::Smtp(_) => {
            let pace = &config.mail.pace;
            let all = pace.rate.map_or(Duration::ZERO, |rate| last_of(rate, domains.values().sum()));
            let of_domain =
                domains.iter().filter_map(|(domain, mails)| Some(last_of(pace.domains.get(domain)?.rate?, *mails)));
            of_domain.fold(all, Duration::max)
        }
    };
    (after(at, TimeDelta::zero(), &quiet), TimeDelta::from_std(takes).ok().and_then(|takes| after(at, takes, &quiet)))
}

/// When the last of so many mails goes at a rate.
fn last_of(rate: config::Rate, mails: u64) -> Duration {
    let mut bucket = Bucket::new(Rate::new(rate.mails, rate.per));
    let mut last = Duration::ZERO;
    for _ in 0..mails {
        last = last.max(bucket.next());
        bucket.take(last);
    }
    last
}

/// The time at which so much of the time after `at` has passed that is not quiet.
fn after(at: DateTime<Utc>, mut length: TimeDelta, quiet: &[QuietSpan]) -> Option<DateTime<Utc>> {
    let mut now = at;
    for QuietSpan { from, until } in quiet {
        if now.checked_add_signed(length)? < *from {
            break;
        }
        if *until > now {
            length -= (*from - now).max(TimeDelta::zero());
            now = *until;
        }
    }
    now.checked_add_signed(length)
}

/// By which relays mails go, by their weights.
pub(super) fn shares(config: &Config, mails: u64) -> Vec<Share> {
    let config::Transport::Smtp(first) = &config.mail.transport else {
        return vec![Share { relay: "folder".to_owned(), mails }];
    };
    let further = config.mail.relays.iter().map(|(name, relay)| (name.as_str(), relay.weight));
    let all: Vec<(&str, u32)> = [(FIRST_RELAY, first.weight)].into_iter().chain(further).collect();
    let whole: u64 = all.iter().map(|(_, weight)| u64::from(*weight)).sum();
    let part = |weight: u32| match whole {
        0 => mails / all.len() as u64,
        whole => mails.saturating_mul(u64::from(weight)).div_ceil(whole),
    };
    all.iter().map(|(name, weight)| Share { relay: (*name).to_owned(), mails: part(*weight) }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn quiet_time_does_not_count() {
        let quiet = [
            QuietSpan { from: at("2026-12-01T21:00:00Z"), until: at("2026-12-02T06:00:00Z") },
            QuietSpan { from: at("2026-12-02T21:00:00Z"), until: at("2026-12-03T06:00:00Z") },
        ];
        for (from, hours, time) in [
            ("2026-12-01T18:00:00Z", 0, "2026-12-01T18:00:00Z"),
            ("2026-12-01T18:00:00Z", 2, "2026-12-01T20:00:00Z"),
            ("2026-12-01T18:00:00Z", 4, "2026-12-02T07:00:00Z"),
            ("2026-12-01T22:00:00Z", 0, "2026-12-02T06:00:00Z"),
            ("2026-12-01T22:00:00Z", 1, "2026-12-02T07:00:00Z"),
            ("2026-12-01T18:00:00Z", 3 + 15 + 1, "2026-12-03T07:00:00Z"),
        ] {
            assert_eq!(after(at(from), TimeDelta::hours(hours), &quiet), Some(at(time)), "{from} {hours}");
        }
    }

    #[test]
    fn a_rate_says_when_the_last_goes() {
        let rate = |mails, seconds| config::Rate { mails, per: Duration::from_secs(seconds) };
        assert_eq!(last_of(rate(60, 60), 1), Duration::ZERO);
        assert_eq!(last_of(rate(60, 60), 61), Duration::from_secs(60));
        assert_eq!(last_of(rate(10, 1), 10), Duration::ZERO);
        assert_eq!(last_of(rate(10, 1), 30), Duration::from_secs(2));
    }
}
