//! Which of several relays the next mail goes by, so that each gets its share by weight. Pure: a time is the time since the
//! courier began, and is an argument. Whether a relay can be reached is found out elsewhere.

use std::time::Duration;

/// Maximum number of mails by which a relay may be ahead of its share; beyond that it waits for the others.
const MAX_LEAD: f64 = 8.0;
/// Time without asking for a mail after which a relay counts as stalled: the others no longer wait for it until it asks.
const STALL_TIMEOUT: Duration = Duration::from_secs(5);

/// The relays, numbered from 0, and how much of its share each has had.
#[derive(Debug)]
pub struct Shares {
    relays: Vec<RelayShare>,
    /// Since when a relay has been waiting for the others
    waiting_since: Option<Duration>,
}

#[derive(Debug)]
struct RelayShare {
    weight: u32,
    /// It can be reached and is needed.
    in_use: bool,
    /// It did not ask for mails in time.
    stalled: bool,
    /// Mails that it is behind its share; over all relays the sum is zero
    behind: f64,
    /// When it last took a mail
    last_took: Duration,
}

impl Shares {
    /// Relays with these weights. A relay of weight 0 is used only while none with a weight can be reached.
    pub fn new(weights: impl IntoIterator<Item = u32>) -> Shares {
        let relay =
            |weight| RelayShare { weight, in_use: false, stalled: false, behind: 0.0, last_took: Duration::ZERO };
        Shares { relays: weights.into_iter().map(relay).collect(), waiting_since: None }
    }

    /// May this relay take a mail? `reachable` says of each relay whether it can be reached.
    pub fn may_take(&mut self, relay: usize, reachable: &[bool], now: Duration) -> bool {
        self.update_in_use(reachable);
        let others = self.active().count() > 1;
        let Some(it) = self.relays.get_mut(relay).filter(|it| it.in_use) else { return false };
        if it.stalled {
            it.stalled = false;
            self.start_over();
            return true;
        }
        if it.behind > -MAX_LEAD || !others {
            return true;
        }
        let since = *self.waiting_since.get_or_insert(now);
        if now.saturating_sub(since) < STALL_TIMEOUT {
            return false;
        }
        for (index, other) in self.relays.iter_mut().enumerate() {
            other.stalled |= index != relay && other.last_took < since;
        }
        self.start_over();
        true
    }

    /// Time after which a relay that has to wait may ask again, whatever the others do.
    pub const fn stall_timeout() -> Duration {
        STALL_TIMEOUT
    }

    /// Records that this relay takes a mail.
    pub fn take(&mut self, relay: usize, now: Duration) {
        let whole: f64 = self.active().map(RelayShare::share).sum();
        for (index, it) in self.relays.iter_mut().enumerate() {
            if it.in_use && !it.stalled && whole > 0.0 {
                it.behind += it.share() / whole;
            }
            if index == relay {
                it.behind -= 1.0;
                it.last_took = now;
            }
        }
        self.waiting_since = None;
    }

    fn active(&self) -> impl Iterator<Item = &RelayShare> {
        self.relays.iter().filter(|it| it.in_use && !it.stalled)
    }

    /// Finds out which relays are in use; if these have changed, the shares start over.
    fn update_in_use(&mut self, reachable: &[bool]) {
        let is_reachable = |index: usize| reachable.get(index).copied().unwrap_or(false);
        let any_weighted = self.relays.iter().enumerate().any(|(index, it)| it.weight > 0 && is_reachable(index));
        let mut changed = false;
        for (index, it) in self.relays.iter_mut().enumerate() {
            let in_use = is_reachable(index) && (it.weight > 0 || !any_weighted);
            changed |= std::mem::replace(&mut it.in_use, in_use) != in_use;
        }
        if changed {
            self.start_over();
        }
    }

    fn start_over(&mut self) {
        self.waiting_since = None;
        for it in &mut self.relays {
            it.behind = 0.0;
        }
    }
}

impl RelayShare {
    /// Relays of weight 0, when they are needed, share evenly.
    fn share(&self) -> f64 {
        f64::from(self.weight.max(1))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    /// Shares out `mails` mails; `asks` gives the order in which the relays ask in each turn.
    fn shared(weights: &[u32], there: &[bool], mails: usize, asks: impl Fn(usize) -> Vec<usize>) -> Vec<usize> {
        let mut shares = Shares::new(weights.iter().copied());
        let mut took = vec![0; weights.len()];
        for mail in 0..mails {
            let now = Duration::from_millis(10 * mail as u64);
            let Some(relay) = asks(mail).into_iter().find(|relay| shares.may_take(*relay, there, now)) else {
                continue;
            };
            shares.take(relay, now);
            took[relay] += 1;
        }
        took
    }

    #[test]
    fn mails_are_shared_out_by_weight_whoever_asks_first() {
        let took = shared(&[3, 1], &[true, true], 400, |_| vec![1, 0]);
        assert_eq!(took.iter().sum::<usize>(), 400);
        assert!((292..=308).contains(&took[0]), "{took:?}");
    }

    #[test]
    fn weight_zero_is_used_only_in_need() {
        let both = |_| vec![1, 0];
        assert_eq!(shared(&[1, 0], &[true, true], 50, both), [50, 0]);
        assert_eq!(shared(&[1, 0], &[false, true], 50, both), [0, 50]);
        assert_eq!(shared(&[1, 0], &[false, false], 50, both), [0, 0]);
        let took = shared(&[1, 0, 0], &[false, true, true], 100, |_| vec![1, 2, 0]);
        assert!(took[0] == 0 && took[1].abs_diff(took[2]) <= 18, "{took:?}");
    }

    #[test]
    fn a_relay_that_does_not_come_is_not_waited_for_until_it_comes() {
        let mut shares = Shares::new([1, 1, 1]);
        let there = [true, true, true];
        let mut take = |relay, now| {
            let turn = shares.may_take(relay, &there, now);
            if turn {
                shares.take(relay, now);
            }
            turn
        };
        let mut took = 0;
        while take(0, seconds(1)) || take(1, seconds(1)) {
            took += 1;
            assert!(took < 100, "it waits for the third");
        }
        assert!(!take(0, seconds(5)) && !take(1, seconds(5)));
        for _ in 0..100 {
            assert!(take(0, seconds(6)) || take(1, seconds(6)));
        }
        assert!(take(2, seconds(7)));
        let more = (0..100).take_while(|_| take(0, seconds(7)) || take(1, seconds(7))).count();
        assert!(more < 60, "it counts again: {more}");
    }

    proptest! {
        /// Somebody may always take a mail, if anybody is there; shares are off by what a lead is at most.
        #[test]
        fn nothing_stands_still_and_shares_hold(
            weights in prop::collection::vec(0u32..10, 1..5), there in prop::collection::vec(any::<bool>(), 5),
            seed in any::<usize>(),
        ) {
            let order = |mail: usize| {
                let mut order: Vec<usize> = (0..weights.len()).collect();
                order.rotate_left(mail.wrapping_mul(seed) % weights.len());
                order
            };
            let took = shared(&weights, &there, 500, order);
            let weighty = weights.iter().zip(&there).any(|(weight, there)| *weight > 0 && *there);
            let any = there[..weights.len()].contains(&true);
            prop_assert_eq!(took.iter().sum::<usize>(), if any { 500 } else { 0 });
            let share = |index: usize| match (there[index], weights[index]) {
                (false, _) => 0.0,
                (true, 0) => if weighty { 0.0 } else { 1.0 },
                (true, weight) => f64::from(weight),
            };
            let whole: f64 = (0..weights.len()).map(share).sum();
            for (index, took) in took.iter().enumerate() {
                let wanted = if any { 500.0 * share(index) / whole } else { 0.0 };
                let off = *took as f64 - wanted;
                let lead = MAX_LEAD + 1.0;
                prop_assert!((-4.0 * lead..=lead).contains(&off), "{took} of {wanted}");
            }
        }
    }
}
