//! A subscription becomes active because its reader says so, and the reader's row is made if there is none.

use chrono::{DateTime, Utc};
use sqlx::{Any, Row, Transaction};

use super::{
    super::{Result, columns::micros},
    history::{ReadersMove, record},
};
use crate::{
    base::language::Language,
    people::subscribers::SubscriptionState::{Active, Pending},
};

/// A reader's address in its three forms.
#[derive(Clone, Copy)]
pub(super) struct Reader<'a> {
    pub typed: &'a str,
    pub ascii: &'a str,
    pub key: &'a str,
}

/// Makes a subscription active in a language.
pub(super) async fn set(
    tx: &mut Transaction<'_, Any>,
    subscription: i64,
    language: Language,
    now: DateTime<Utc>,
) -> Result<()> {
    sqlx::query("UPDATE subscription SET state = $1, language = $2, changed_at = $3, moved_to = NULL WHERE id = $4")
        .bind(Active.code())
        .bind(language.code())
        .bind(micros(now))
        .bind(subscription)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// A reader joins.
#[derive(Clone, Copy)]
pub(super) struct Joined<'a> {
    pub subscriber: i64,
    pub brief: &'a str,
    pub language: Language,
    /// When they asked, if they confirm now what they asked then
    pub asked_at: Option<DateTime<Utc>>,
    pub sign_up: Option<i64>,
    pub way: &'a str,
}

/// Makes a reader's subscription to a brief active, and returns its number.
pub(super) async fn join(tx: &mut Transaction<'_, Any>, joined: Joined<'_>, now: DateTime<Utc>) -> Result<i64> {
    let Joined { subscriber, brief, language, asked_at, sign_up, way } = joined;
    let known = sqlx::query("SELECT id, state FROM subscription WHERE subscriber = $1 AND brief = $2")
        .bind(subscriber)
        .bind(brief.to_owned())
        .fetch_optional(&mut **tx)
        .await?;
    let (subscription, was_active) = match known {
        Some(row) => {
            let (id, state): (i64, i64) = (row.try_get(0)?, row.try_get(1)?);
            set(tx, id, language, now).await?;
            (id, state == Active.code())
        }
        None => {
            let row = sqlx::query(
                "INSERT INTO subscription (subscriber, brief, language, state, created_at, changed_at)
                 VALUES ($1, $2, $3, $4, $5, $5) RETURNING id",
            )
            .bind(subscriber)
            .bind(brief.to_owned())
            .bind(language.code())
            .bind(Active.code())
            .bind(micros(now));
            (row.fetch_one(&mut **tx).await?.try_get(0)?, false)
        }
    };
    let made = ReadersMove { subscription, state: Active, language, way, sign_up, at: now };
    if let Some(asked_at) = asked_at.filter(|_| !was_active) {
        record(tx, ReadersMove { state: Pending, way: "asked", at: asked_at, ..made }).await?;
    }
    record(tx, made).await?;
    Ok(subscription)
}

/// The number of the subscriber with an address, who is made if there is none.
pub(super) async fn subscriber_of(
    tx: &mut Transaction<'_, Any>,
    Reader { typed, ascii, key }: Reader<'_>,
    language: Language,
    now: DateTime<Utc>,
) -> Result<i64> {
    let row = sqlx::query(
        "INSERT INTO subscriber (address, address_ascii, address_key, language, created_at) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (address_key) DO UPDATE SET language = excluded.language RETURNING id",
    )
    .bind(typed.to_owned())
    .bind(ascii.to_owned())
    .bind(key.to_owned())
    .bind(language.code())
    .bind(micros(now))
    .fetch_one(&mut **tx)
    .await?;
    Ok(row.try_get(0)?)
}
