//! Tells readers who are refused each for themselves from a refusal that is meant for us: many readers in a row, all
//! refused with the same status.

use crate::{
    base::ids::{EditionId, MailId},
    delivery::rules::EnhancedStatus,
};

/// Number of readers in a row refused with the same 5.7.x from which the refusal counts as meant for us.
const LIMIT: usize = 20;

/// Readers of one edition who were refused one after the other with the same status.
#[derive(Default)]
pub(super) struct RefusalStreak {
    common: Option<(EditionId, EnhancedStatus)>,
    mails: Vec<MailId>,
}

impl RefusalStreak {
    /// Adds a refused mail. From the limit on, each call returns the first [`LIMIT`] mails of the streak.
    pub fn add(&mut self, edition: EditionId, status: EnhancedStatus, mail: MailId) -> Option<Vec<MailId>> {
        if self.common != Some((edition, status)) {
            *self = RefusalStreak { common: Some((edition, status)), mails: Vec::new() };
        }
        if self.mails.len() < LIMIT {
            self.mails.push(mail);
        }
        (self.mails.len() == LIMIT).then(|| self.mails.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_in_a_row_with_one_status_are_not_refused_for_their_own_sake() {
        let mut streak = RefusalStreak::default();
        let mut add = |edition, detail, mail| {
            let status = EnhancedStatus::new(5, 7, detail);
            let mails = streak.add(EditionId::new(edition), status, MailId::new(mail));
            mails.map(|mails| mails.into_iter().map(MailId::get).collect::<Vec<i64>>())
        };
        for mail in 1..20 {
            assert_eq!(add(1, 1, mail), None);
        }
        // Another status, another edition: the streak begins anew.
        assert_eq!(add(1, 26, 20), None);
        assert_eq!(add(2, 26, 21), None);
        for mail in 22..40 {
            assert_eq!(add(2, 26, mail), None);
        }
        assert_eq!(add(2, 26, 40), Some((21..=40).collect()));
        assert_eq!(add(2, 26, 41), Some((21..=40).collect()), "who comes later was not taken for refused");
    }
}
