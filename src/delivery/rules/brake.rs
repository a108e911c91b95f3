//! When so many mails of an edition come back that it must wait for a person: a list that is old or bought ruins the
//! sender's reputation with every mail more. Pure.

/// One in so many is too many: 5 %.
const ONE_IN: i64 = 20;
/// Below this number it says nothing.
const AT_LEAST: i64 = 20;
/// Every so many bounces the share is looked at.
const EVERY: i64 = 10;

/// Mails that came back, of those that went out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Share {
    /// Number of those that came back.
    pub bounced: i64,
    /// Number of those that went out; need not be counted beyond [`Share::enough`].
    pub of: i64,
}

/// What must wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Brake {
    /// The whole edition.
    Edition,
    /// The edition's mails to the domain.
    Domain,
}

impl Share {
    /// Is it time to look at the share, with so many bounces?
    pub const fn is_looked_at(bounced: i64) -> bool {
        bounced >= AT_LEAST && bounced % EVERY == 0
    }

    /// The number of mails above which so many bounces are few.
    pub const fn enough(bounced: i64) -> i64 {
        bounced * ONE_IN + 1
    }

    const fn is_too_many(self) -> bool {
        self.bounced >= AT_LEAST && self.bounced * ONE_IN >= self.of
    }
}

/// Decides what must wait, by the shares of an edition's mails in all and of those to the domain of the last bounce. Where
/// the other domains would pass without it, only the domain waits.
pub const fn bounce_brake(in_all: Share, to_domain: Share) -> Option<Brake> {
    let others = Share { bounced: in_all.bounced - to_domain.bounced, of: in_all.of - to_domain.of };
    if to_domain.is_too_many() && !others.is_too_many() {
        Some(Brake::Domain)
    } else if in_all.is_too_many() {
        Some(Brake::Edition)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_in_twenty_is_too_many_from_twenty_on() {
        let share = |bounced, of| Share { bounced, of };
        for (in_all, to_domain, wanted) in [
            (share(19, 100), share(0, 0), None),
            (share(20, 400), share(0, 10), Some(Brake::Edition)),
            (share(20, 401), share(0, 10), None),
            (share(20, 10_000), share(20, 400), Some(Brake::Domain)),
            (share(20, 10_000), share(20, 401), None),
            (share(20, 100), share(20, 90), Some(Brake::Domain)),
            (share(45, 200), share(20, 100), Some(Brake::Edition)),
            // The only domain.
            (share(20, 100), share(20, 100), Some(Brake::Domain)),
            (share(1_000, 20_001), share(10, 10), None),
        ] {
            assert_eq!(bounce_brake(in_all, to_domain), wanted, "{in_all:?} {to_domain:?}");
        }
    }

    #[test]
    fn a_share_counted_up_to_enough_decides_as_the_whole_one() {
        for bounced in 0..100 {
            for of in [0, 100, 1_000, 5_000] {
                let whole = Share { bounced, of };
                let counted = Share { bounced, of: of.min(Share::enough(bounced)) };
                assert_eq!(whole.is_too_many(), counted.is_too_many());
            }
        }
        assert!(!Share::is_looked_at(19) && Share::is_looked_at(20) && !Share::is_looked_at(25));
    }
}
