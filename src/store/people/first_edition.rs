//! What a new reader gets of the editions that are out already: the latest one that has begun to go out at once, and one that
//! still waits for all together with all.

use chrono::{DateTime, TimeDelta, Utc};
use sqlx::{Any, Row, Transaction};

use super::super::{Result, columns::micros, dialect::sql, editions::MessageIds, outbox::codes};
use crate::delivery::rules::State;

/// Time after which the edition that a new reader gets at once is given up.
pub(super) const FIRST_EDITION: TimeDelta = TimeDelta::days(1);

/// A released edition.
pub(super) struct Out {
    pub id: i64,
    pub number: i64,
    /// `None` if it has begun to go out; else when the others get it, and until when
    pub waits: Option<(i64, i64)>,
}

/// Puts the latest edition of a subscription's brief that has begun to go out into the outbox, in its language, and those after
/// it that wait for all. Returns false if none goes out at once: there is none, or its reader has it already.
pub(super) async fn queue_first(
    tx: &mut Transaction<'_, Any>,
    subscription: i64,
    ids: MessageIds<'_>,
    now: DateTime<Utc>,
) -> Result<bool> {
    let mut before = i64::MAX;
    while let Some(edition) = latest(tx, subscription, before, now).await? {
        let is_new = put_in(tx, subscription, &edition, ids, now).await?;
        if edition.waits.is_none() {
            return Ok(is_new);
        }
        before = edition.number;
    }
    Ok(false)
}

/// The latest released edition, other than one that was withdrawn or superseded, of a subscription's brief in its language with a number
/// below `before`. It has begun to go out if a mail of it was tried, or none has to wait: for the end of the quiet hours in
/// which it was released, for example.
async fn latest(
    tx: &mut Transaction<'_, Any>,
    subscription: i64,
    before: i64,
    now: DateTime<Utc>,
) -> Result<Option<Out>> {
    let tried = codes([State::DotWritten, State::Sent, State::Unknown, State::Failed, State::Deferred]);
    let waiting = State::Pending.code();
    let row = sqlx::query(sql(format!(
        "SELECT e.id, e.number,
         (SELECT COUNT(*) FROM (SELECT 1 FROM mail m WHERE m.state IN ({tried}) AND m.edition = e.id LIMIT 1) AS t),
         (SELECT m.due_at FROM mail m WHERE m.state = {waiting} AND m.edition = e.id LIMIT 1),
         (SELECT m.give_up_at FROM mail m WHERE m.state = {waiting} AND m.edition = e.id LIMIT 1),
         (SELECT MAX(q.until_at) FROM quiet q WHERE q.edition = e.id AND q.from_at <= e.released_at AND q.until_at > $3)
         FROM subscription s JOIN edition e ON e.brief = s.brief
         JOIN edition_text t ON t.edition = e.id AND t.language = s.language
         WHERE s.id = $1 AND e.state = 'released' AND e.withdrawn_at IS NULL AND e.number < $2
         AND NOT EXISTS (SELECT 1 FROM correction c WHERE c.in_force = e.id)
         ORDER BY e.number DESC LIMIT 1"
    )))
    .bind(subscription)
    .bind(before)
    .bind(micros(now))
    .fetch_optional(&mut **tx)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let tried: i64 = row.try_get(2)?;
    let [due, give_up, quiet_until]: [Option<i64>; 3] = [row.try_get(3)?, row.try_get(4)?, row.try_get(5)?];
    let due = due.max(quiet_until).filter(|due| tried == 0 && *due > micros(now));
    let waits = due.map(|due| (due, give_up.unwrap_or(due + FIRST_EDITION.num_microseconds().unwrap_or_default())));
    Ok(Some(Out { id: row.try_get(0)?, number: row.try_get(1)?, waits }))
}

/// Puts an edition into the outbox for one reader. Returns false if they have it already.
pub(super) async fn put_in(
    tx: &mut Transaction<'_, Any>,
    subscription: i64,
    edition: &Out,
    MessageIds { domain, store_id }: MessageIds<'_>,
    now: DateTime<Utc>,
) -> Result<bool> {
    // One that was taken back when they left before, and never went out.
    let taken_back = codes([State::Cancelled, State::Expired]);
    sqlx::query(sql(format!(
        "DELETE FROM mail WHERE edition = $1 AND subscriber = (SELECT subscriber FROM subscription WHERE id = $2)
         AND state IN ({taken_back})"
    )))
    .bind(edition.id)
    .bind(subscription)
    .execute(&mut **tx)
    .await?;
    let (due, give_up) = edition.waits.unwrap_or((micros(now), micros(now + FIRST_EDITION)));
    let done = sqlx::query(
        "INSERT INTO mail (kind, edition, subscriber, address, language, message_id, state, due_at, give_up_at,
         attempts, reply, unknowns, created_at, changed_at, urgent)
         SELECT 'edition', CAST($1 AS BIGINT), u.id, u.address_ascii, s.language,
         '<' || s.brief || '.' || CAST($2 AS TEXT) || '.' || CAST(u.id AS TEXT) || '.' || CAST($3 AS TEXT) || '>',
         CAST($4 AS BIGINT), CAST($8 AS BIGINT), CAST($6 AS BIGINT), 0, '', 0, CAST($5 AS BIGINT), CAST($5 AS BIGINT),
         CAST($9 AS BIGINT)
         FROM subscription s JOIN subscriber u ON u.id = s.subscriber
         LEFT JOIN suppression x ON x.address_key = u.address_key
         WHERE s.id = $7 AND x.address_key IS NULL ON CONFLICT DO NOTHING",
    )
    .bind(edition.id)
    .bind(edition.number.to_string())
    .bind(format!("{store_id}@{domain}"))
    .bind(State::Pending.code())
    .bind(micros(now))
    .bind(give_up)
    .bind(subscription)
    .bind(due)
    .bind(i64::from(edition.waits.is_none()))
    .execute(&mut **tx)
    .await?;
    Ok(done.rows_affected() == 1)
}
