//! Subscribers and their subscriptions. What an address is, and which moves of a subscription are legal, is in the room
//! `subscribers`.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use serde::Serialize;
use sqlx::{Any, Row, Transaction};

use super::{
    Error, Result, Store,
    columns::{micros, time, to_json, word},
    dialect::{Dialect, sql},
    outbox::{Cancelled, cancel},
};
use crate::{
    base::language::Language,
    people::subscribers::{Address, SubscriptionState},
};

/// A subscription with its subscriber.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Subscriber {
    /// The subscription's number, by which lists go on.
    #[serde(skip)]
    pub subscription: i64,
    /// The subscriber's number.
    pub id: i64,
    /// The address as it was typed.
    pub address: String,
    /// The brief's id.
    pub brief: String,
    /// The language of the editions.
    pub language: Language,
    /// `active` or `ended`
    pub state: SubscriptionState,
    /// When it entered this state.
    pub since: DateTime<Utc>,
}

/// The effect of adding a subscription.
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

/// Numbers of subscriptions that a list made, by their state before.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct SubscriptionCounts {
    /// Active in another language before
    pub changed: usize,
    /// Not active before
    pub new: usize,
    /// Active before, just so
    pub unchanged: usize,
}

/// The people of a store.
#[derive(Debug, Clone, Copy)]
pub struct People<'a> {
    pub(super) store: &'a Store,
}

impl People<'_> {
    /// Subscribes an address to a brief.
    pub async fn subscribe(
        self,
        address: &Address,
        language: Language,
        brief: &str,
        now: DateTime<Utc>,
    ) -> Result<Added> {
        let counts = self.subscribe_all([(address, language, brief)].into_iter(), now, || ()).await?;
        Ok(match counts {
            SubscriptionCounts { new: 1.., .. } => Added::New,
            SubscriptionCounts { changed: 1.., .. } => Added::Changed,
            SubscriptionCounts { .. } => Added::Unchanged,
        })
    }

    /// Subscribes many, all or none, and calls `progress` for each.
    pub async fn subscribe_all<'a>(
        self,
        rows: impl Iterator<Item = (&'a Address, Language, &'a str)> + Send,
        now: DateTime<Utc>,
        mut progress: impl FnMut() + Send,
    ) -> Result<SubscriptionCounts> {
        let mut tx = self.store.begin().await?;
        let mut counts = SubscriptionCounts::default();
        let mut batch = Batch::default();
        for (address, language, brief) in rows {
            if batch.wants.len() >= BATCH || batch.seen.contains(&(address.key(), brief)) {
                batch.write(&mut tx, self.store.dialect, now, &mut counts).await?;
                batch = Batch::default();
            }
            batch.add(address, language, brief);
            progress();
        }
        batch.write(&mut tx, self.store.dialect, now, &mut counts).await?;
        tx.commit().await?;
        Ok(counts)
    }

    /// Suppresses an address, because it does not exist or somebody complained: nothing is mailed to it any more, whatever
    /// subscription it has or gets. Cancels the mails that wait for it, and returns how many. An address that is suppressed
    /// already keeps its reason.
    pub async fn suppress(self, address: &Address, reason: &str, now: DateTime<Utc>) -> Result<u64> {
        let mut tx = self.store.begin().await?;
        sqlx::query("INSERT INTO suppression (address_key, reason, at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING")
            .bind(address.key().to_owned())
            .bind(reason.to_owned())
            .bind(micros(now))
            .execute(&mut *tx)
            .await?;
        let key = address.key();
        let deliveries = cancel(self.store, &mut tx, Cancelled::OfSuppressed(key), now).await?;
        let others = cancel(self.store, &mut tx, Cancelled::OthersOfSuppressed(key), now).await?;
        tx.commit().await?;
        Ok(deliveries + others)
    }

    /// Ends all subscriptions of an address, and cancels the mails to it whose body was not fully written. Returns how many
    /// subscriptions ended.
    pub async fn unsubscribe(self, address: &Address, now: DateTime<Utc>) -> Result<u64> {
        let mut tx = self.store.begin().await?;
        let ended = sqlx::query(
            "UPDATE subscription SET state = $1, changed_at = $2
             WHERE state = $3 AND subscriber IN (SELECT id FROM subscriber WHERE address_key = $4)",
        )
        .bind(SubscriptionState::Ended.code())
        .bind(micros(now))
        .bind(SubscriptionState::Active.code())
        .bind(address.key().to_owned())
        .execute(&mut *tx)
        .await?
        .rows_affected();
        cancel(self.store, &mut tx, Cancelled::OfLeft(address.key()), now).await?;
        tx.commit().await?;
        Ok(ended)
    }

    /// Returns `limit` subscriptions in the order in which they were made, those after number `after`.
    pub async fn subscribers(self, after: i64, limit: i64) -> Result<Vec<Subscriber>> {
        let rows = sqlx::query(
            "SELECT s.id AS subscription, u.id AS id, u.address AS address, s.brief AS brief, s.language AS language,
             s.state AS state, s.changed_at AS changed_at
             FROM subscription s JOIN subscriber u ON u.id = s.subscriber WHERE s.id > $1 ORDER BY s.id LIMIT $2",
        )
        .bind(after)
        .bind(limit)
        .fetch_all(&self.store.pool)
        .await?;
        rows.iter()
            .map(|row| {
                let code: i64 = row.try_get("state")?;
                Ok(Subscriber {
                    subscription: row.try_get("subscription")?,
                    id: row.try_get("id")?,
                    address: row.try_get("address")?,
                    brief: row.try_get("brief")?,
                    language: word(row, "language")?,
                    state: SubscriptionState::from_code(code)
                        .ok_or_else(|| Error::Corrupt(format!("the state {code}")))?,
                    since: time(row.try_get("changed_at")?)?,
                })
            })
            .collect()
    }

    /// Returns `limit` of those who would get an edition of a brief now, from the subscription after number `after`.
    pub async fn recipients(self, brief: &str, after: i64, limit: i64) -> Result<Vec<Recipient>> {
        let rows = sqlx::query(
            "SELECT s.id, u.id, u.address_ascii, s.language FROM subscription s JOIN subscriber u ON u.id = s.subscriber
             LEFT JOIN suppression x ON x.address_key = u.address_key
             WHERE s.brief = $1 AND s.state = $2 AND s.id > $3 AND x.address_key IS NULL ORDER BY s.id LIMIT $4",
        )
        .bind(brief.to_owned())
        .bind(SubscriptionState::Active.code())
        .bind(after)
        .bind(limit)
        .fetch_all(&self.store.pool)
        .await?;
        let recipient = |row: &sqlx::any::AnyRow| {
            let language: String = row.try_get(3)?;
            let language = language.parse().map_err(|_| Error::Corrupt(format!("the language `{language}`")))?;
            Ok(Recipient {
                subscription: row.try_get(0)?,
                subscriber: row.try_get(1)?,
                address: row.try_get(2)?,
                language,
            })
        };
        rows.iter().map(recipient).collect()
    }

    /// Counts those who would get an edition of a brief in a language now.
    pub async fn audience(self, brief: &str, language: Language) -> Result<i64> {
        let row = sqlx::query(
            "SELECT COUNT(*) FROM subscription s JOIN subscriber u ON u.id = s.subscriber
             LEFT JOIN suppression x ON x.address_key = u.address_key
             WHERE s.brief = $1 AND s.state = $2 AND s.language = $3 AND x.address_key IS NULL",
        )
        .bind(brief.to_owned())
        .bind(SubscriptionState::Active.code())
        .bind(language.code())
        .fetch_one(&self.store.pool)
        .await?;
        Ok(row.try_get(0)?)
    }
}

/// A person who would get an edition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recipient {
    /// The subscription's number.
    pub subscription: i64,
    /// The subscriber's number.
    pub subscriber: i64,
    /// The address in ASCII.
    pub address: String,
    /// The language of the subscription.
    pub language: Language,
}

/// Maximum number of subscriptions that share their statements.
const BATCH: usize = 500;

/// Subscriptions that are written with three statements, however many they are. No two are by the same person to the same
/// brief.
#[derive(Default)]
struct Batch<'a> {
    seen: HashSet<(&'a str, &'a str)>,
    /// By key: each address once, as PostgreSQL does not change a row twice in a statement; the last language holds
    people: HashMap<&'a str, usize>,
    persons: Vec<Person<'a>>,
    wants: Vec<Want<'a>>,
}

#[derive(Serialize)]
struct Person<'a> {
    typed: &'a str,
    ascii: &'a str,
    key: &'a str,
    language: &'static str,
}

#[derive(Serialize)]
struct Want<'a> {
    n: usize,
    key: &'a str,
    brief: &'a str,
    language: &'static str,
}

impl<'a> Batch<'a> {
    fn add(&mut self, address: &'a Address, language: Language, brief: &'a str) {
        let (key, language) = (address.key(), language.code());
        let at = *self.people.entry(key).or_insert(self.persons.len());
        match self.persons.get_mut(at) {
            Some(person) => person.language = language,
            None => self.persons.push(Person { typed: address.as_str(), ascii: address.ascii(), key, language }),
        }
        self.seen.insert((key, brief));
        self.wants.push(Want { n: self.wants.len(), key, brief, language });
    }

    /// Writes them, and counts them.
    async fn write(
        &self,
        tx: &mut Transaction<'_, Any>,
        dialect: Dialect,
        now: DateTime<Utc>,
        counts: &mut SubscriptionCounts,
    ) -> Result<()> {
        if self.wants.is_empty() {
            return Ok(());
        }
        // Planned anew each time (not `persistent`): PostgreSQL would keep the plan that was good for empty tables.
        let rows = dialect.elements();
        sqlx::query(sql(format!(
            "INSERT INTO subscriber (address, address_ascii, address_key, language, created_at)
             SELECT value ->> 'typed', value ->> 'ascii', value ->> 'key', value ->> 'language', $2 FROM {rows}
             WHERE true ON CONFLICT (address_key) DO UPDATE SET language = excluded.language
             WHERE subscriber.language <> excluded.language"
        )))
        .persistent(false)
        .bind(to_json(&self.persons)?)
        .bind(micros(now))
        .execute(&mut **tx)
        .await?;
        let wants = to_json(&self.wants)?;
        // Queries within the query, and the state hidden from its index by a `+`: each row is looked up by its keys,
        // even while PostgreSQL knows nothing of the tables yet.
        let person = "(SELECT u.id FROM subscriber u WHERE u.address_key = value ->> 'key')";
        let before = sqlx::query(sql(format!(
            "SELECT value ->> 'language', (SELECT s.language FROM subscription s
             WHERE s.subscriber = {person} AND s.brief = value ->> 'brief' AND +s.state = $2) FROM {rows}"
        )))
        .persistent(false)
        .bind(wants.clone())
        .bind(SubscriptionState::Active.code())
        .fetch_all(&mut **tx)
        .await?;
        for row in before {
            let (wanted, had): (String, Option<String>) = (row.try_get(0)?, row.try_get(1)?);
            match had {
                None => counts.new += 1,
                Some(had) if had == wanted => counts.unchanged += 1,
                Some(_) => counts.changed += 1,
            }
        }
        sqlx::query(sql(format!(
            "INSERT INTO subscription (subscriber, brief, language, state, created_at, changed_at)
             SELECT {person}, value ->> 'brief', value ->> 'language', $2, $3, $3
             FROM {rows} WHERE true ORDER BY CAST(value ->> 'n' AS BIGINT)
             ON CONFLICT (subscriber, brief) DO UPDATE
             SET language = excluded.language, state = excluded.state, changed_at = excluded.changed_at
             WHERE subscription.language <> excluded.language OR subscription.state <> excluded.state"
        )))
        .persistent(false)
        .bind(wants)
        .bind(SubscriptionState::Active.code())
        .bind(micros(now))
        .execute(&mut **tx)
        .await?;
        Ok(())
    }
}
