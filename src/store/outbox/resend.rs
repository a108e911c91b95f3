//! Resending: refused or unknown mails of an edition are sent again when a person says so. They are changed in parts, so that
//! a million of them do not block the database.

use chrono::{DateTime, Utc};
use sqlx::{Any, Row, Transaction, any::AnyRow};

use super::{
    Outbox,
    sql::{ADDRESS_NOW, range},
};
use crate::{
    base::ids::{EditionId, MailId},
    delivery::rules::State,
    people::subscribers,
    store::{Result, columns::micros, dialect::sql},
};

/// Number of mails that are looked at in one commit.
const PART: i64 = 5_000;

/// Which mails are sent again, and at whose word.
#[derive(Debug)]
pub struct Resend<'a> {
    /// The edition.
    pub edition: EditionId,
    /// The state of the mails; one from which a mail may become pending.
    pub only: State,
    /// The person who decides.
    pub by: &'a str,
    /// The current time.
    pub now: DateTime<Utc>,
    /// No mail is sent later than this.
    pub give_up_at: DateTime<Utc>,
    /// Only counts the mails.
    pub dry_run: bool,
}

/// The result of a resend, or of its rehearsal.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Resent {
    /// Mails that wait to be sent again, with the same Message-ID.
    pub again: u64,
    /// Mails that stay as they are: the reader left, or the address is suppressed.
    pub left_out: u64,
}

/// The condition that a mail is still wanted, as a lease will ask it: of the address that its reader has now.
const STILL_WANTED: &str = "EXISTS (SELECT 1 FROM subscription s JOIN edition e ON e.id = mail.edition
     WHERE s.subscriber = mail.subscriber AND s.brief = e.brief AND s.state = $5)
     AND NOT EXISTS (SELECT 1 FROM suppression x JOIN subscriber u ON u.address_key = x.address_key
                     WHERE u.id = mail.subscriber)";

impl Outbox<'_> {
    /// Makes mails of an edition in one state wait again, due now, for the address that their reader has now; earlier attempts do
    /// not count any more. The reply that a mail had stays behind the name of the person who had it sent again. A resend that
    /// breaks off has done a part, and may be called again.
    pub async fn resend(self, resend: &Resend<'_>) -> Result<Resent> {
        let mut done = Resent::default();
        if resend.only.is_open() || !resend.only.may_become(State::Pending) {
            return Ok(done);
        }
        let which = format!("edition = $1 AND state = $2 AND id > $3 AND id <= $4 AND {STILL_WANTED}");
        let mut after: Option<MailId> = None;
        loop {
            let mut tx = self.store.begin().await?;
            let next = next_range(&mut tx, resend.edition, resend.only, after, PART).await?;
            let Some(part) = next else { return Ok(done) };
            let text = if resend.dry_run {
                format!("SELECT COUNT(*) FROM mail WHERE {which}")
            } else {
                format!(
                    "UPDATE mail SET state = {}, due_at = $6, changed_at = $6, give_up_at = $7, uncounted = attempts,
                     owner = NULL, lease_until = NULL, address = {ADDRESS_NOW}, reply = $8 || reply, decided = $9 WHERE {which}",
                    State::Pending.code()
                )
            };
            let mut query = sqlx::query(sql(text))
                .bind(resend.edition)
                .bind(resend.only.code())
                .bind(after.map_or(0, MailId::get))
                .bind(part.last)
                .bind(subscribers::SubscriptionState::Active.code());
            let again = if resend.dry_run {
                u64::try_from(query.fetch_one(&mut *tx).await?.try_get::<i64, _>(0)?).unwrap_or(0)
            } else {
                query = query
                    .bind(micros(resend.now))
                    .bind(micros(resend.give_up_at))
                    .bind(format!("sent again, says {}; before: ", resend.by))
                    .bind(decided("sent again", resend.by, resend.now));
                query.execute(&mut *tx).await?.rows_affected()
            };
            tx.commit().await?;
            done.again += again;
            done.left_out += part.count.saturating_sub(again);
            after = Some(part.last);
        }
    }
}

/// A part of an edition's mails in one state, in the order of enqueueing.
#[derive(Debug, Clone, Copy)]
pub(in crate::store) struct Part {
    pub last: MailId,
    pub count: u64,
}

/// Returns the next part of at most `limit` mails, those after `after`; `None` if there are no more.
pub(in crate::store) async fn next_range(
    tx: &mut Transaction<'_, Any>,
    edition: EditionId,
    state: State,
    after: Option<MailId>,
    limit: i64,
) -> Result<Option<Part>> {
    let row = sqlx::query(sql(range(state)))
        .bind(after.map_or(0, MailId::get))
        .bind(limit)
        .bind(edition)
        .fetch_one(&mut **tx)
        .await?;
    let part = |row: &AnyRow| -> Result<Option<Part>> {
        let (last, count): (Option<MailId>, i64) = (row.try_get(0)?, row.try_get(1)?);
        Ok(last.map(|last| Part { last, count: u64::try_from(count).unwrap_or(0) }))
    };
    part(&row)
}

/// A person's decision about a mail, as it is kept with the mail.
pub(super) fn decided(what: &str, by: &str, now: DateTime<Utc>) -> String {
    format!("{what}, says {by} at {}", now.format("%F %T UTC"))
}
