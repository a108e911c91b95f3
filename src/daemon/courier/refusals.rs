//! Tells readers who are refused each for themselves from refusals that are meant for us: many readers of a domain in a row,
//! all refused alike; or many domains in a row, none of which took a mail.

use std::collections::{BTreeSet, HashMap};

use crate::{
    base::ids::{EditionId, MailId},
    delivery::rules::EnhancedStatus,
};

/// Number of readers of a domain in a row, refused alike and without a clear reason, from which the refusal counts as meant
/// for us.
const ALIKE: usize = 5;
/// Number of domains in a row that refuse us from which the whole edition waits.
const DOMAINS: usize = 5;

/// How a refusal without a clear reason looks: refusals that look the same have the same reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Likeness {
    pub edition: EditionId,
    pub code: u16,
    pub status: Option<EnhancedStatus>,
    /// The server had taken the reader's address before.
    pub recipient_accepted: bool,
}

/// Refusals without a clear reason by one domain, one after the other.
struct Streak {
    likeness: Likeness,
    mails: Vec<MailId>,
}

/// The refusals since mails were last taken.
#[derive(Default)]
pub(super) struct Refusals {
    streaks: HashMap<String, Streak>,
    /// The domains that refused us since any domain took a mail, and the edition
    refusing: Option<(EditionId, BTreeSet<String>)>,
}

impl Refusals {
    /// Adds a mail that its domain refused without a clear reason. From the limit on, each call returns the first [`ALIKE`]
    /// mails that were refused alike.
    pub fn alike(&mut self, domain: &str, likeness: Likeness, mail: MailId) -> Option<Vec<MailId>> {
        let streak = self
            .streaks
            .entry(domain.to_owned())
            .and_modify(|streak| {
                if streak.likeness != likeness {
                    *streak = Streak { likeness, mails: Vec::new() };
                }
            })
            .or_insert_with(|| Streak { likeness, mails: Vec::new() });
        if streak.mails.len() < ALIKE {
            streak.mails.push(mail);
        }
        (streak.mails.len() == ALIKE).then(|| streak.mails.clone())
    }

    /// Adds a domain that refuses us. Returns true if so many did in a row that none will take the edition.
    pub fn refuses_us(&mut self, domain: &str, edition: EditionId) -> bool {
        self.streaks.remove(domain);
        let (_, domains) = match &mut self.refusing {
            Some(refusing) if refusing.0 == edition => refusing,
            other => other.insert((edition, BTreeSet::new())),
        };
        domains.insert(domain.to_owned());
        domains.len() >= DOMAINS
    }

    /// Notes that the domain took a reader's address, or refused it for the reader's sake.
    pub fn recipient_answered(&mut self, domain: &str) {
        if self.streaks.get(domain).is_some_and(|streak| !streak.likeness.recipient_accepted) {
            self.streaks.remove(domain);
        }
    }

    /// Notes that the domain took a mail.
    pub fn mail_taken(&mut self, domain: &str) {
        self.streaks.remove(domain);
        self.refusing = None;
    }

    /// Forgets everything: the edition is paused, and what comes later has other reasons.
    pub fn forget(&mut self) {
        *self = Refusals::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn likeness(edition: i64, detail: u16, recipient_accepted: bool) -> Likeness {
        let status = Some(EnhancedStatus::new(5, 7, detail));
        Likeness { edition: EditionId::new(edition), code: 550, status, recipient_accepted }
    }

    #[test]
    fn many_of_a_domain_refused_alike_are_not_refused_for_their_own_sake() {
        let mut refusals = Refusals::default();
        let mut add = |domain: &str, likeness: Likeness, mail| {
            let mails = refusals.alike(domain, likeness, MailId::new(mail));
            mails.map(|mails| mails.into_iter().map(MailId::get).collect::<Vec<i64>>())
        };
        for mail in 1..5 {
            assert_eq!(add("a", likeness(1, 1, false), mail), None);
            // Another domain counts for itself.
            assert_eq!(add("b", likeness(1, 1, false), 100 + mail), None);
        }
        // Another status, another edition: the streak begins anew.
        assert_eq!(add("a", likeness(1, 2, false), 5), None);
        for mail in 6..10 {
            assert_eq!(add("a", likeness(2, 2, false), mail), None);
        }
        assert_eq!(add("a", likeness(2, 2, false), 10), Some((6..=10).collect()));
        assert_eq!(
            add("a", likeness(2, 2, false), 11),
            Some((6..=10).collect()),
            "later ones were not taken for refused"
        );
        assert_eq!(add("b", likeness(1, 1, false), 105), Some((101..=105).collect()));
    }

    #[test]
    fn what_a_domain_takes_in_between_ends_its_streak() {
        let mut refusals = Refusals::default();
        let add = |refusals: &mut Refusals, accepted| refusals.alike("a", likeness(1, 1, accepted), MailId::new(1));
        for _ in 0..20 {
            assert_eq!(add(&mut refusals, false), None);
            refusals.recipient_answered("a");
        }
        // An address that is taken says nothing of what is refused later.
        for _ in 0..4 {
            assert_eq!(add(&mut refusals, true), None);
            refusals.recipient_answered("a");
        }
        refusals.mail_taken("a");
        assert_eq!(add(&mut refusals, true), None);
    }

    #[test]
    fn so_many_domains_in_a_row_are_all_domains() {
        let mut refusals = Refusals::default();
        let edition = EditionId::new(1);
        for domain in ["a", "b", "c", "d", "a"] {
            assert!(!refusals.refuses_us(domain, edition));
        }
        refusals.mail_taken("x");
        for domain in ["a", "b", "c", "d"] {
            assert!(!refusals.refuses_us(domain, edition));
        }
        assert!(!refusals.refuses_us("e", EditionId::new(2)), "another edition counts anew");
        for domain in ["a", "b", "c", "d"] {
            assert!(!refusals.refuses_us(domain, edition));
        }
        assert!(refusals.refuses_us("e", edition));
    }
}
