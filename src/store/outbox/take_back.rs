//! Mails that are taken back before they are written: cancelled for good, put back to wait, or after a restore unknown. A
//! mail that is with a courier is taken from it: its dot is refused.

use chrono::{DateTime, Utc};
use sqlx::{Any, Row, Transaction};

use super::sql::{Cancelled, IN_DOMAIN, at_dot_of, cancelling, origins_of};
use crate::{
    base::ids::EditionId,
    delivery::rules::State,
    store::{Result, Store, columns::micros, dialect::sql},
};

/// Why a mail was cancelled, as the outbox says it.
pub(in crate::store) const SUPPRESSED: &str = "the address is suppressed";
pub(in crate::store) const LEFT: &str = "the subscription ended";
pub(in crate::store) const STOPPED: &str = "the edition was stopped";

/// Cancels those of the mails whose body was not fully written. Returns how many.
pub(in crate::store) async fn cancel(
    store: &Store,
    tx: &mut Transaction<'_, Any>,
    mails: Cancelled<'_>,
    now: DateTime<Utc>,
) -> Result<u64> {
    let why = match mails {
        Cancelled::OfStopped(_) => STOPPED,
        Cancelled::OfLeft { .. } => LEFT,
        Cancelled::OfSuppressed(_) | Cancelled::OthersOfSuppressed(_) => SUPPRESSED,
    };
    let query = sqlx::query(sql(cancelling(mails, store.dialect))).bind(micros(now)).bind(why);
    let query = match mails {
        Cancelled::OfStopped(edition) => query.bind(edition),
        Cancelled::OfLeft { key, brief: Some(brief) } => query.bind(key.to_owned()).bind(brief.to_owned()),
        Cancelled::OfLeft { key, brief: None } | Cancelled::OfSuppressed(key) | Cancelled::OthersOfSuppressed(key) => {
            query.bind(key.to_owned())
        }
    };
    Ok(query.execute(&mut **tx).await?.rows_affected())
}

/// The number of a reader's mails whose dot may have been written and which are not answered yet: of one brief's editions or
/// of all.
pub(in crate::store) async fn at_dot(
    tx: &mut Transaction<'_, Any>,
    subscriber: i64,
    brief: Option<&str>,
) -> Result<u64> {
    let row = sqlx::query(sql(at_dot_of())).bind(subscriber).bind(brief.unwrap_or_default().to_owned());
    let count: i64 = row.fetch_one(&mut **tx).await?.try_get(0)?;
    Ok(count.unsigned_abs())
}

/// Claimed mails that are taken back together.
#[derive(Debug, Clone, Copy)]
pub(in crate::store) enum Claimed<'a> {
    /// All.
    All,
    /// Those of an edition.
    OfEdition(EditionId),
    /// Those of an edition to a domain, which is in lower case.
    ToDomain(EditionId, &'a str),
}

/// Makes claimed mails wait again as if they had not been claimed. Returns how many.
pub(in crate::store) async fn take_claims_back(
    store: &Store,
    tx: &mut Transaction<'_, Any>,
    mails: Claimed<'_>,
    why: &str,
    now: DateTime<Utc>,
) -> Result<u64> {
    let (which, edition, domain) = match mails {
        Claimed::All => ("$3 = 0 AND $4 = ''".to_owned(), 0, ""),
        Claimed::OfEdition(edition) => ("edition = $3 AND $4 = ''".to_owned(), edition.get(), ""),
        Claimed::ToDomain(edition, domain) => {
            let in_domain = IN_DOMAIN.replace("DOMAIN", "CAST($4 AS TEXT)");
            (format!("edition = $3 AND ({in_domain})"), edition.get(), domain)
        }
    };
    let done = sqlx::query(sql(format!(
        "UPDATE mail SET state = {}, reply = $1, changed_at = $2, owner = NULL, lease_until = NULL,
         uncounted = uncounted + 1
         WHERE id IN (SELECT id FROM mail WHERE state = {} AND {which} ORDER BY id{})",
        State::Pending.code(),
        State::Claimed.code(),
        store.dialect.locked()
    )))
    .bind(why.to_owned())
    .bind(micros(now))
    .bind(edition)
    .bind(domain.to_owned())
    .execute(&mut **tx)
    .await?;
    Ok(done.rows_affected())
}

/// Makes every unfinished mail unknown: after a restore nobody can say what went out since. `why`
/// is noted. Returns how many.
pub(in crate::store) async fn doubt_unfinished(
    tx: &mut Transaction<'_, Any>,
    why: &str,
    now: DateTime<Utc>,
) -> Result<u64> {
    let done = sqlx::query(sql(format!(
        "UPDATE mail SET state = $1, reply = $2, owner = NULL, lease_until = NULL, unknowns = unknowns + 1,
         changed_at = $3 WHERE state IN ({})",
        origins_of(State::Unknown),
    )))
    .bind(State::Unknown.code())
    .bind(why.to_owned())
    .bind(micros(now))
    .execute(&mut **tx)
    .await?;
    Ok(done.rows_affected())
}
