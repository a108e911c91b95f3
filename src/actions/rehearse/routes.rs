//! By which relays the mails of an edition would go, and when, as the config's rates, domains and quiet hours allow.

use std::{collections::HashMap, time::Duration};

use chrono::{DateTime, NaiveTime, TimeDelta, Utc};
use serde::Serialize;

use super::notes::{Note, RehearsalNote, WarmUpDay};
use crate::{
    config::{self, Config, FIRST_RELAY},
    delivery::rules::{Bucket, Rate, WarmUp},
    edition::EditionSpec,
    time::schedule::QuietSpan,
};

/// A relay's part of the mails.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct RelayShare {
    /// Its name in the config, or `folder`
    pub relay: String,
    /// Approximate number of mails that go by it while all relays can be reached
    pub mails: u64,
}

/// When the mails of an edition would go; a time that is beyond the calendar is missing.
#[derive(Debug, Default)]
pub(super) struct SendTimes {
    pub first: Option<DateTime<Utc>>,
    /// If servers take the mails as fast as they may come
    pub last: Option<DateTime<Utc>>,
}

/// Computes when mails go that are released at `at`.
pub(super) fn send_times(
    config: &Config,
    spec: &EditionSpec,
    at: DateTime<Utc>,
    mails_per_domain: &HashMap<String, u64>,
) -> SendTimes {
    let quiet = spec.quiet_hours.map_or_else(Vec::new, |hours| hours.spans(at, at + TimeDelta::days(60)));
    let duration = match &config.mail.transport {
        config::Transport::Folder => Duration::ZERO,
        config::Transport::Smtp(_) => {
            let pace = &config.mail.pace;
            let all = pace.rate.map_or(Duration::ZERO, |rate| last_of(rate, mails_per_domain.values().sum()));
            let of_domain = mails_per_domain
                .iter()
                .filter_map(|(domain, mails)| Some(last_of(pace.domains.get(domain)?.rate?, *mails)));
            of_domain.fold(all, Duration::max)
        }
    };
    let last = TimeDelta::from_std(duration).ok().and_then(|duration| after(at, duration, &quiet));
    SendTimes {
        first: after(at, TimeDelta::zero(), &quiet),
        last: last.map(|last| last_day(config, at, mails_per_domain).map_or(last, |day| last.max(day))),
    }
}

/// The ramp of a sender that is new, if mails go out.
const fn ramp(config: &Config) -> Option<&WarmUp> {
    match &config.mail.transport {
        config::Transport::Smtp(_) => config.mail.pace.warm_up.as_ref(),
        config::Transport::Folder => None,
    }
}

/// Begin of the last day to which a new sender's ramp spreads the mails.
fn last_day(config: &Config, at: DateTime<Utc>, mails_per_domain: &HashMap<String, u64>) -> Option<DateTime<Utc>> {
    let ramp = ramp(config)?;
    let most = *mails_per_domain.values().max()?;
    let (day, _) = ramp.days_of(at.date_naive(), i64::try_from(most).unwrap_or(i64::MAX)).pop()?;
    Some(day.and_time(NaiveTime::MIN).and_utc())
}

/// Maximum number of domains whose days are told.
const MAX_DOMAINS: usize = 10;

/// On which days the mails go that a new sender's ramp spreads, a sentence for each domain with more than one day, the
/// largest first. What went there already is not counted.
pub(super) fn warm_up_days(
    config: &Config,
    at: DateTime<Utc>,
    give_up_at: DateTime<Utc>,
    mails_per_domain: &HashMap<String, u64>,
) -> Vec<Note> {
    let Some(ramp) = ramp(config) else { return Vec::new() };
    let mut domains: Vec<_> = mails_per_domain.iter().collect();
    domains.sort_by_key(|(domain, mails)| (std::cmp::Reverse(**mails), domain.as_str()));
    let mut told = Vec::new();
    let mut more = 0;
    for (domain, mails) in domains {
        let days = ramp.days_of(at.date_naive(), i64::try_from(*mails).unwrap_or(i64::MAX));
        if days.len() < 2 {
            continue;
        }
        if told.len() >= MAX_DOMAINS {
            more += 1;
            continue;
        }
        let late = days.iter().filter(|(day, _)| day.and_time(NaiveTime::MIN).and_utc() >= give_up_at);
        let given_up: i64 = late.map(|(_, number)| number).sum();
        let days = days.iter().map(|(day, mails)| WarmUpDay { day: *day, mails: *mails }).collect();
        told.push(RehearsalNote::WarmUp { domain: domain.clone(), mails: *mails, days, given_up }.into());
    }
    if more > 0 {
        told.push(RehearsalNote::WarmUpOfMore { domains: more }.into());
    }
    told
}

/// Time until the last of this number of mails goes at the rate.
fn last_of(rate: config::Rate, mails: u64) -> Duration {
    let mut bucket = Bucket::new(Rate::new(rate.mails, rate.per));
    let mut last = Duration::ZERO;
    for _ in 0..mails {
        last = last.max(bucket.next());
        bucket.take(last);
    }
    last
}

/// The time at which `length` has passed since `at`, quiet times not counted.
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

/// Shares mails out among the relays by their weights.
pub(super) fn relay_shares(config: &Config, mails: u64) -> Vec<RelayShare> {
    let config::Transport::Smtp(first) = &config.mail.transport else {
        return vec![RelayShare { relay: "folder".to_owned(), mails }];
    };
    let further = config.mail.relays.iter().map(|(name, relay)| (name.as_str(), relay.weight));
    let all: Vec<(&str, u32)> = [(FIRST_RELAY, first.weight)].into_iter().chain(further).collect();
    let whole: u64 = all.iter().map(|(_, weight)| u64::from(*weight)).sum();
    let part = |weight: u32| match whole {
        0 => mails / all.len() as u64,
        whole => mails.saturating_mul(u64::from(weight)).div_ceil(whole),
    };
    all.iter().map(|(name, weight)| RelayShare { relay: (*name).to_owned(), mails: part(*weight) }).collect()
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
