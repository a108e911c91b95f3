//! Subscribers and their subscriptions. What an address is, and which moves of a subscription are legal, is in the room
//! `subscribers`.

use chrono::{DateTime, Utc};
use serde::Serialize;
use sqlx::{Any, Row, Transaction};

use super::{Error, Result, Store, micros, time, word};
use crate::{
    language::Language,
    subscribers::{Address, State},
};

/// A subscription with its subscriber.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Subscriber {
    /// The subscriber's number
    pub id: i64,
    /// The address as it was typed
    pub address: String,
    /// To which brief
    pub brief: String,
    /// In which language
    pub language: Language,
    /// `active` or `ended`
    pub state: State,
    /// Since when it is in this state
    pub since: DateTime<Utc>,
}

/// What adding a subscription did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Added {
    /// It is new, or was ended and is active again.
    New,
    /// It was there in another language.
    Changed,
    /// It was there, just so.
    Unchanged,
}

impl Store {
    /// Subscribes an address to a brief.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn subscribe(
        &self,
        address: &Address,
        language: Language,
        brief: &str,
        now: DateTime<Utc>,
    ) -> Result<Added> {
        let mut tx = self.begin().await?;
        let added = subscribe(&mut tx, address, language, brief, now).await?;
        tx.commit().await?;
        Ok(added)
    }

    /// Subscribes many, all or none; `progress` hears of each. Gives how many were new, changed and unchanged.
    ///
    /// # Errors
    /// Those of the database; then nothing has changed.
    pub async fn subscribe_all<'a>(
        &self,
        rows: impl Iterator<Item = (&'a Address, Language, &'a str)> + Send,
        now: DateTime<Utc>,
        mut progress: impl FnMut() + Send,
    ) -> Result<[usize; 3]> {
        let mut tx = self.begin().await?;
        let (mut new, mut changed, mut unchanged) = (0, 0, 0);
        for (address, language, brief) in rows {
            match subscribe(&mut tx, address, language, brief, now).await? {
                Added::New => new += 1,
                Added::Changed => changed += 1,
                Added::Unchanged => unchanged += 1,
            }
            progress();
        }
        tx.commit().await?;
        Ok([new, changed, unchanged])
    }

    /// Ends all subscriptions of an address; mails to it whose body was not fully written are cancelled. Gives how many
    /// subscriptions ended.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn unsubscribe(&self, address: &Address, now: DateTime<Utc>) -> Result<u64> {
        let mut tx = self.begin().await?;
        let ended = sqlx::query(
            "UPDATE subscription SET state = $1, changed_at = $2
             WHERE state = $3 AND subscriber IN (SELECT id FROM subscriber WHERE address_key = $4)",
        )
        .bind(State::Ended.code())
        .bind(micros(now))
        .bind(State::Active.code())
        .bind(address.key().to_owned())
        .execute(&mut *tx)
        .await?
        .rows_affected();
        sqlx::query(
            "UPDATE mail SET state = 7, owner = NULL, lease_until = NULL, changed_at = $1, reply = $2
             WHERE state IN (0, 1, 4) AND subscriber IN (SELECT id FROM subscriber WHERE address_key = $3)",
        )
        .bind(micros(now))
        .bind("the subscription ended")
        .bind(address.key().to_owned())
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(ended)
    }

    /// Subscriptions in the order in which they were made, `limit` of them after number `after`.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn subscribers(&self, after: i64, limit: i64) -> Result<Vec<(i64, Subscriber)>> {
        let rows = sqlx::query(
            "SELECT s.id AS subscription, u.id AS id, u.address AS address, s.brief AS brief, s.language AS language,
             s.state AS state, s.changed_at AS changed_at
             FROM subscription s JOIN subscriber u ON u.id = s.subscriber WHERE s.id > $1 ORDER BY s.id LIMIT $2",
        )
        .bind(after)
        .bind(limit)
        .fetch_all(&self.pool)
        .await?;
        rows.iter()
            .map(|row| {
                let code: i64 = row.try_get("state")?;
                let subscriber = Subscriber {
                    id: row.try_get("id")?,
                    address: row.try_get("address")?,
                    brief: row.try_get("brief")?,
                    language: word(row, "language")?,
                    state: State::from_code(code).ok_or_else(|| Error::Corrupt(format!("the state {code}")))?,
                    since: time(row.try_get("changed_at")?)?,
                };
                Ok((row.try_get("subscription")?, subscriber))
            })
            .collect()
    }

    /// How many would get an edition of a brief in a language now.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn audience(&self, brief: &str, language: Language) -> Result<i64> {
        let row = sqlx::query(
            "SELECT COUNT(*) FROM subscription s JOIN subscriber u ON u.id = s.subscriber
             LEFT JOIN suppression x ON x.address_key = u.address_key
             WHERE s.brief = $1 AND s.state = $2 AND s.language = $3 AND x.address_key IS NULL",
        )
        .bind(brief.to_owned())
        .bind(State::Active.code())
        .bind(language.code())
        .fetch_one(&self.pool)
        .await?;
        Ok(row.try_get(0)?)
    }
}

async fn subscribe(
    tx: &mut Transaction<'_, Any>,
    address: &Address,
    language: Language,
    brief: &str,
    now: DateTime<Utc>,
) -> Result<Added> {
    let row = sqlx::query(
        "INSERT INTO subscriber (address, address_ascii, address_key, language, created_at) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (address_key) DO UPDATE SET language = excluded.language RETURNING id",
    )
    .bind(address.as_str().to_owned())
    .bind(address.ascii().to_owned())
    .bind(address.key().to_owned())
    .bind(language.code())
    .bind(micros(now))
    .fetch_one(&mut **tx)
    .await?;
    let subscriber: i64 = row.try_get(0)?;
    let before = sqlx::query("SELECT language, state FROM subscription WHERE subscriber = $1 AND brief = $2")
        .bind(subscriber)
        .bind(brief.to_owned())
        .fetch_optional(&mut **tx)
        .await?;
    let added = match &before {
        None => Added::New,
        Some(row) if row.try_get::<i64, _>("state")? != State::Active.code() => Added::New,
        Some(row) if row.try_get::<String, _>("language")? != language.code() => Added::Changed,
        Some(_) => return Ok(Added::Unchanged),
    };
    sqlx::query(
        "INSERT INTO subscription (subscriber, brief, language, state, created_at, changed_at)
         VALUES ($1, $2, $3, $4, $5, $5)
         ON CONFLICT (subscriber, brief) DO UPDATE
         SET language = excluded.language, state = excluded.state, changed_at = excluded.changed_at",
    )
    .bind(subscriber)
    .bind(brief.to_owned())
    .bind(language.code())
    .bind(State::Active.code())
    .bind(micros(now))
    .execute(&mut **tx)
    .await?;
    Ok(added)
}
