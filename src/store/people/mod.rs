//! Subscribers and their subscriptions: who is there and who gets an edition. [`subscribing`] writes lists of subscriptions,
//! [`joining`] writes who asks to join, and [`sign_ups`] keeps them until [`confirming`] makes it a subscription, unless it is over ([`standing`]);
//! [`first_edition`] is what a new reader gets, [`moving`] takes subscriptions to another address, [`line`] follows them,
//! [`history`] keeps every move, [`chosen`] asks it whose word a language is, [`removal`] who has left; [`leaving`] lets one
//! leave by a token. [`suppression`] belongs to the address. [`record`] is all that is known of a person, [`erasure`] makes it
//! be forgotten, [`quoted`] finds an address in texts. What an address is, and which moves of a subscription are legal, is in
//! the room `subscribers`.

mod batches;
mod carry_over;
mod chosen;
mod complaining;
mod confirming;
mod erasure;
mod first_edition;
mod forgotten;
mod history;
mod joined;
mod joining;
mod leaving;
mod line;
mod missing;
mod moving;
mod own_subscription;
mod quoted;
mod record;
mod refusing;
mod removal;
mod sign_ups;
mod standing;
mod subscribing;
mod suppression;
mod wanted;

use chrono::{DateTime, Utc};
use serde::Serialize;
use sqlx::Row;

pub use self::{
    carry_over::CarriedOver,
    chosen::LanguageChange,
    complaining::Complained,
    confirming::{Confirmation, Confirming},
    erasure::{Erased, KeptOfPerson},
    history::{Given, SubscriptionMove},
    leaving::{LeftByToken, NamedSubscription},
    missing::Missing,
    own_subscription::OwnSubscription,
    record::{PersonRecord, PersonsRemoval, PersonsSubscription},
    refusing::Refused,
    removal::{Beyond, Left, MovedAway, Removal, Removed},
    sign_ups::{NewSignUp, SignUp, SignedUp},
    standing::SignUpStanding,
    subscribing::{ComeBack, Subscribed, Subscribing},
    suppression::{EndedSuppression, SuppressedAddress, Suppression},
};
pub(super) use self::{
    carry_over::carry_over,
    joining::SignUpQueue,
    moving::send_on_left,
    suppression::{is_by_bounce, suppress},
};
use super::{
    Error, Result, Store,
    columns::{time, word},
    dialect::sql,
};
use crate::{
    base::language::Language,
    people::{
        subscribers::{Address, SubscriptionState},
        tokens::Subject,
    },
};

/// A subscription with its subscriber.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subscriber {
    /// The subscription's number, by which lists go on.
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
    /// When it was made.
    pub made: DateTime<Utc>,
    /// Why nothing is mailed to the address all the same; `None` if it is not suppressed.
    pub suppressed: Option<String>,
}

impl Subscriber {
    /// The subscription, as its tokens name it.
    pub fn subject(&self) -> Subject {
        Subject::new(self.subscription, self.made)
    }
}

/// Which subscriptions are meant; all that are not named are meant.
#[derive(Debug, Clone, Copy, Default)]
pub struct SubscriberQuery<'a> {
    /// Those to this brief.
    pub brief: Option<&'a str>,
    /// Those in this state.
    pub state: Option<SubscriptionState>,
    /// Those in this language.
    pub language: Option<Language>,
}

/// The effect of adding a subscription.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Added {
    /// It is new.
    New,
    /// It was ended, and is active again.
    Again,
    /// It was there in another language.
    Changed,
    /// It was there, just so.
    Unchanged,
    /// The reader has left: nothing was changed.
    Left,
}

/// The people of a store.
#[derive(Debug, Clone, Copy)]
pub struct People<'a> {
    pub(super) store: &'a Store,
}

impl People<'_> {
    /// Subscribes an address to a brief, unless it has left.
    pub async fn subscribe(
        self,
        address: &Address,
        language: Language,
        brief: &str,
        now: DateTime<Utc>,
    ) -> Result<Added> {
        let mut subscribing = self.subscribing(None, now).await?;
        subscribing.add(address, language, brief).await?;
        Ok(subscribing.commit().await?.of_one())
    }

    /// Subscribes many, all or none, and calls `progress` for each.
    pub async fn subscribe_all<'a>(
        self,
        rows: impl Iterator<Item = (&'a Address, Language, &'a str)> + Send,
        now: DateTime<Utc>,
        mut progress: impl FnMut() + Send,
    ) -> Result<Subscribed> {
        let mut subscribing = self.subscribing(None, now).await?;
        for (address, language, brief) in rows {
            subscribing.add(address, language, brief).await?;
            progress();
        }
        subscribing.commit().await
    }

    /// Returns `limit` of these subscriptions in the order in which they were made, those after number `after`.
    pub async fn subscribers(self, query: SubscriberQuery<'_>, after: i64, limit: i64) -> Result<Vec<Subscriber>> {
        // What is not asked for does not stand in the query: the pages go along the table, or along the index of a brief.
        let mut which = String::new();
        if query.brief.is_some() {
            which.push_str(" AND s.brief = $3");
        } else {
            which.push_str(" AND $3 = ''");
        }
        if let Some(state) = query.state {
            which.push_str(&format!(" AND s.state = {}", state.code()));
        }
        if let Some(language) = query.language {
            which.push_str(&format!(" AND s.language = '{}'", language.code()));
        }
        let rows = sqlx::query(sql(format!(
            "SELECT s.id AS subscription, u.id AS id, u.address AS address, s.brief AS brief, s.language AS language,
             s.state AS state, s.changed_at AS changed_at, s.created_at AS created_at, x.reason AS suppressed
             FROM subscription s JOIN subscriber u ON u.id = s.subscriber
             LEFT JOIN suppression x ON x.address_key = u.address_key WHERE s.id > $1 AND u.address <> ''{which}
             ORDER BY s.id LIMIT $2"
        )))
        .bind(after)
        .bind(limit)
        .bind(query.brief.unwrap_or_default().to_owned())
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
                    made: time(row.try_get("created_at")?)?,
                    suppressed: row.try_get("suppressed")?,
                })
            })
            .collect()
    }

    /// Returns the address of the subscriber with this number.
    pub async fn address_of(self, subscriber: i64) -> Result<Option<String>> {
        let row = sqlx::query("SELECT address FROM subscriber WHERE id = $1").bind(subscriber);
        Ok(row.fetch_optional(&self.store.pool).await?.map(|row| row.try_get(0)).transpose()?)
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
