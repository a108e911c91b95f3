//! Where a sign-up stands. A confirmation brings back only what was left before it was asked for: whoever says no afterwards,
//! at the address or for it, ends what was asked for.

use chrono::{DateTime, Utc};
use sqlx::{Any, Row, Transaction};

use super::{
    super::{Result, columns::micros},
    People,
    moving::moves,
    removal::said_no_since,
    sign_ups::{SignUp, sign_up},
    suppression::is_by_bounce,
};
use crate::people::joining::LAPSES_AFTER;

/// Where a sign-up stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignUpStanding {
    /// It waits for its reader.
    Open,
    /// It is confirmed.
    Confirmed,
    /// It was not confirmed in time.
    Lapsed,
    /// Its reader has left since they asked, or was removed; of a change of address, nothing is left that it would move.
    LeftSince,
    /// Nothing is mailed to its address: it was suppressed.
    Suppressed,
    /// Its reader asked for yet another address since.
    Superseded,
}

impl People<'_> {
    /// Returns where a sign-up stands, and which briefs a change of address would move, or has moved; `None` if it is not there
    /// any more.
    pub async fn sign_up_standing(self, id: i64, now: DateTime<Utc>) -> Result<Option<(SignUpStanding, Vec<String>)>> {
        let mut tx = self.store.pool.begin().await?;
        let row = sqlx::query("SELECT * FROM sign_up WHERE id = $1").bind(id).fetch_optional(&mut *tx).await?;
        let Some(row) = row else { return Ok(None) };
        let (found, key): (SignUp, String) = (sign_up(&row)?, row.try_get("address_key")?);
        let standing = standing(&mut tx, &found, &key, now).await?;
        let briefs = match found.subscriber {
            Some(subscriber) if standing == SignUpStanding::Open => {
                moves(&mut tx, subscriber, &key, &found).await?.into_iter().map(|one| one.brief).collect()
            }
            _ => found.moves,
        };
        tx.rollback().await?;
        Ok(Some((standing, briefs)))
    }
}

/// Where a sign-up for the address with this key stands.
pub(super) async fn standing(
    tx: &mut Transaction<'_, Any>,
    found: &SignUp,
    key: &str,
    now: DateTime<Utc>,
) -> Result<SignUpStanding> {
    if found.confirmed_at.is_some() {
        return Ok(SignUpStanding::Confirmed);
    }
    if found.asked_at + LAPSES_AFTER < now {
        return Ok(SignUpStanding::Lapsed);
    }
    let wanted_at = found.wanted_at();
    if is_suppressed(tx, key, wanted_at).await? {
        return Ok(SignUpStanding::Suppressed);
    }
    // Of a change of address, the one that is left as well: a complaint there is a no to what it gets.
    if let Some(subscriber) = found.subscriber {
        let row = sqlx::query("SELECT address_key FROM subscriber WHERE id = $1").bind(subscriber);
        let left: Option<String> = row.fetch_optional(&mut **tx).await?.map(|row| row.try_get(0)).transpose()?;
        if let Some(left) = left
            && is_suppressed(tx, &left, wanted_at).await?
        {
            return Ok(SignUpStanding::Suppressed);
        }
    }
    let has_left = match found.subscriber {
        Some(subscriber) if is_superseded(tx, subscriber, found).await? => return Ok(SignUpStanding::Superseded),
        Some(subscriber) => moves(tx, subscriber, key, found).await?.is_empty(),
        None => said_no_since(tx, (key, &found.brief), wanted_at).await?,
    };
    Ok(if has_left { SignUpStanding::LeftSince } else { SignUpStanding::Open })
}

/// Is an address suppressed, or was it since then, because a person said so? What mails that came back had said is disproved by
/// whoever confirms.
async fn is_suppressed(tx: &mut Transaction<'_, Any>, key: &str, since: DateTime<Utc>) -> Result<bool> {
    let rows = sqlx::query(
        "SELECT reason, actor FROM suppression WHERE address_key = $1
         UNION ALL SELECT reason, actor FROM suppression_ended WHERE address_key = $1 AND at >= $2",
    )
    .bind(key.to_owned())
    .bind(micros(since))
    .fetch_all(&mut **tx)
    .await?;
    for row in rows {
        if !is_by_bounce(row.try_get(0)?, row.try_get(1)?) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Did the reader ask for another address later? The newest wish holds.
async fn is_superseded(tx: &mut Transaction<'_, Any>, subscriber: i64, found: &SignUp) -> Result<bool> {
    let row = sqlx::query(
        "SELECT 1 FROM sign_up WHERE subscriber = $1 AND id <> $2 AND COALESCE(asked_again_at, asked_at) > $3 LIMIT 1",
    )
    .bind(subscriber)
    .bind(found.id)
    .bind(micros(found.wanted_at()));
    Ok(row.fetch_optional(&mut **tx).await?.is_some())
}
