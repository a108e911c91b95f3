//! A subscription in its reader's hands: what it is, and another language or another brief instead.

use chrono::{DateTime, Utc};
use sqlx::{Any, Row, Transaction, any::AnyRow};

use super::{
    super::{
        Result,
        columns::{time, word},
        dialect::sql,
    },
    People,
    history::{READER, ReadersMove, record},
    joined::{Joined, join, set},
    removal::{Removal, leave},
    subscribing::{ComeBack, PEOPLE, bring_back},
};
use crate::{base::language::Language, people::subscribers::SubscriptionState::Active};

/// A subscription as its reader sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnSubscription {
    /// Its number.
    pub id: i64,
    /// The subscriber's number.
    pub subscriber: i64,
    /// The address as it was typed.
    pub address: String,
    /// The brief.
    pub brief: String,
    /// The language.
    pub language: Language,
    /// Is it active?
    pub is_active: bool,
    /// When it was made, which its tokens tell from another with its number.
    pub made: DateTime<Utc>,
    /// Since when it goes to this address. The tokens by which it is changed name this: whoever reads an earlier mailbox of the
    /// reader must not change it any more.
    pub settled: DateTime<Utc>,
}

impl People<'_> {
    /// Returns the subscription with this number.
    pub async fn subscription(self, id: i64) -> Result<Option<OwnSubscription>> {
        let query = sqlx::query(sql(format!("{OWN} WHERE s.id = $1"))).bind(id);
        query.fetch_optional(&self.store.pool).await?.as_ref().map(own).transpose()
    }

    /// Returns the active subscriptions of an address, by its key.
    pub async fn subscriptions_of(self, address_key: &str) -> Result<Vec<OwnSubscription>> {
        let query = sqlx::query(sql(format!("{OWN} WHERE u.address_key = $1 AND s.state = $2 ORDER BY s.id")))
            .bind(address_key.to_owned())
            .bind(Active.code());
        query.fetch_all(&self.store.pool).await?.iter().map(own).collect()
    }

    /// Changes the language of an active subscription. Returns false if it is not active.
    pub async fn change_language(self, subscription: i64, language: Language, now: DateTime<Utc>) -> Result<bool> {
        let mut tx = self.store.begin().await?;
        self.store.one_at_a_time(&mut tx, PEOPLE).await?;
        let Some((_, _, before)) = active(&mut tx, subscription).await? else { return Ok(false) };
        if before != language {
            set(&mut tx, subscription, language, now).await?;
            let way = "changed the language";
            let made = ReadersMove { subscription, state: Active, language, way, sign_up: None, at: now };
            record(&mut tx, made).await?;
        }
        tx.commit().await?;
        Ok(true)
    }

    /// Ends an active subscription and makes the reader get another brief instead, in the same language. Returns the number of
    /// the other subscription; `None` if this one is not active.
    pub async fn change_brief(self, subscription: i64, brief: &str, now: DateTime<Utc>) -> Result<Option<i64>> {
        let mut tx = self.store.begin().await?;
        self.store.one_at_a_time(&mut tx, PEOPLE).await?;
        let Some((subscriber, before, language)) = active(&mut tx, subscription).await? else { return Ok(None) };
        if before == brief {
            return Ok(Some(subscription));
        }
        let row = sqlx::query("SELECT address_key FROM subscriber WHERE id = $1").bind(subscriber);
        let key: String = row.fetch_one(&mut *tx).await?.try_get(0)?;
        let removal = Removal { brief: Some(&before), actor: READER, reason: "changed the brief" };
        leave(self.store, &mut tx, &key, &removal, now).await?;
        bring_back(&mut tx, ComeBack { actor: READER, reason: "changed the brief" }, (&key, brief), now).await?;
        let joined = Joined { subscriber, brief, language, asked_at: None, sign_up: None, way: "changed the brief" };
        let other = join(&mut tx, joined, now).await?;
        tx.commit().await?;
        Ok(Some(other))
    }
}

/// The columns of [`own`].
const OWN: &str =
    "SELECT s.id AS id, u.id AS subscriber, u.address AS address, s.brief AS brief, s.language AS language,
     s.state AS state, s.created_at AS created_at,
     COALESCE((SELECT MAX(f.until_at) FROM former_address f WHERE f.subscriber = s.subscriber), s.created_at) AS settled_at
     FROM subscription s JOIN subscriber u ON u.id = s.subscriber";

fn own(row: &AnyRow) -> Result<OwnSubscription> {
    Ok(OwnSubscription {
        id: row.try_get("id")?,
        subscriber: row.try_get("subscriber")?,
        address: row.try_get("address")?,
        brief: row.try_get("brief")?,
        language: word(row, "language")?,
        is_active: row.try_get::<i64, _>("state")? == Active.code(),
        made: time(row.try_get("created_at")?)?,
        settled: time(row.try_get("settled_at")?)?,
    })
}

/// The subscriber, the brief and the language of an active subscription.
async fn active(tx: &mut Transaction<'_, Any>, subscription: i64) -> Result<Option<(i64, String, Language)>> {
    let row = sqlx::query("SELECT subscriber, brief, language FROM subscription WHERE id = $1 AND state = $2")
        .bind(subscription)
        .bind(Active.code())
        .fetch_optional(&mut **tx)
        .await?;
    row.map(|row| Ok((row.try_get(0)?, row.try_get(1)?, word(&row, "language")?))).transpose()
}
