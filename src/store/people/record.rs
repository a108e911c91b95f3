//! All that is known of one person, as they may ask for it (GDPR, article 15).

use chrono::{DateTime, Utc};
use serde::Serialize;
use sqlx::Row;

use super::{
    super::{
        Error, Result,
        bounces::{KeptBounce, SoftBounces},
        columns::{time, word},
        forwarded::Written,
        outbox::{Mail, MailQuery},
        replies::{KeptReply, ReplyQuery},
    },
    People,
    forgotten::Hashes,
    history::{SubscriptionMove, history},
    sign_ups::{SignUp, sign_up},
    suppression::{EndedSuppression, Suppression},
};
use crate::{
    base::{ids::MailId, language::Language},
    people::subscribers::{Address, SubscriptionState},
};

/// Maximum number of mails from or about a person that are shown.
const REPLIES: i64 = 1000;
/// Number of mails read at a time.
const PAGE: i64 = 1000;

/// All that is known of a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PersonRecord {
    /// The address as it was asked for.
    pub address: String,
    /// Their subscriptions.
    pub subscriptions: Vec<PersonsSubscription>,
    /// How they asked, and what they agreed to.
    pub sign_ups: Vec<SignUp>,
    /// What they left, and came back to.
    pub removals: Vec<PersonsRemoval>,
    /// Why nothing is mailed to them.
    pub suppression: Option<Suppression>,
    /// What such reasons were taken back.
    pub ended_suppressions: Vec<EndedSuppression>,
    /// Mails to them, the oldest first.
    pub mails: Vec<Mail>,
    /// Those of them that failed, at once or later.
    pub bounces: Vec<KeptBounce>,
    /// Soft bounces in a row.
    pub soft_bounces: Option<SoftBounces>,
    /// What came back from or about them, the newest first.
    pub came_back: Vec<KeptReply>,
    /// What they wrote that went to the operators.
    pub wrote: Vec<Written>,
    /// They were erased, and lists do not bring them back.
    pub erased: bool,
}

/// A person's subscription.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PersonsSubscription {
    /// The brief.
    pub brief: String,
    /// The language.
    pub language: Language,
    /// The state.
    pub state: SubscriptionState,
    /// Since when it is in that state, or has that language.
    pub since: DateTime<Utc>,
    /// Every move, the oldest first.
    pub history: Vec<SubscriptionMove>,
}

/// A time for which a person stayed away.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PersonsRemoval {
    /// The brief; `None` for all.
    pub brief: Option<String>,
    /// When they left.
    pub at: DateTime<Utc>,
    /// Who recorded it; empty if that is not known.
    pub actor: String,
    /// Why; may be empty.
    pub reason: String,
    /// When they came back.
    pub again_at: Option<DateTime<Utc>>,
    /// Who recorded that.
    pub again_actor: Option<String>,
    /// Why.
    pub again_reason: Option<String>,
}

impl PersonRecord {
    /// Is nothing known of them?
    pub const fn is_empty(&self) -> bool {
        self.subscriptions.is_empty()
            && self.sign_ups.is_empty()
            && self.removals.is_empty()
            && self.suppression.is_none()
            && self.ended_suppressions.is_empty()
            && self.mails.is_empty()
            && self.bounces.is_empty()
            && self.soft_bounces.is_none()
            && self.came_back.is_empty()
            && self.wrote.is_empty()
    }
}

impl People<'_> {
    /// Returns all that is known of the person with this address.
    pub async fn record(self, address: &Address) -> Result<PersonRecord> {
        let mut tx = self.store.pool.begin().await?;
        let hashes = Hashes::read(&mut tx).await?;
        let erased = !hashes.of(&mut tx, self.store.dialect, std::iter::once(address.key())).await?.is_empty();
        tx.rollback().await?;
        let about = ReplyQuery { address: Some(address.key()), ..ReplyQuery::default() };
        Ok(PersonRecord {
            address: address.as_str().to_owned(),
            subscriptions: self.subscriptions_with_history(address).await?,
            sign_ups: self.sign_ups_of(address).await?,
            removals: self.removals_of(address).await?,
            suppression: self.suppression(address).await?,
            ended_suppressions: self.ended_suppressions(address).await?,
            mails: self.mails_to(address).await?,
            bounces: self.store.bounces().of_address(address.key()).await?,
            soft_bounces: self.store.bounces().soft(address.key()).await?,
            wrote: self.store.replies().written_by(address.key()).await?,
            came_back: self.store.replies().list(about, REPLIES).await?,
            erased,
        })
    }

    async fn subscriptions_with_history(self, address: &Address) -> Result<Vec<PersonsSubscription>> {
        let rows = sqlx::query(
            "SELECT s.id AS id, s.brief AS brief, s.language AS language, s.state AS state, s.changed_at AS changed_at
             FROM subscription s JOIN subscriber u ON u.id = s.subscriber WHERE u.address_key = $1 ORDER BY s.id",
        )
        .bind(address.key().to_owned())
        .fetch_all(&self.store.pool)
        .await?;
        let mut found = Vec::with_capacity(rows.len());
        for row in &rows {
            let code: i64 = row.try_get("state")?;
            found.push(PersonsSubscription {
                brief: row.try_get("brief")?,
                language: word(row, "language")?,
                state: SubscriptionState::from_code(code).ok_or_else(|| Error::Corrupt(format!("the state {code}")))?,
                since: time(row.try_get("changed_at")?)?,
                history: history(&self.store.pool, row.try_get("id")?).await?,
            });
        }
        Ok(found)
    }

    /// The sign-ups of an address, and those by which its person asked for another one.
    async fn sign_ups_of(self, address: &Address) -> Result<Vec<SignUp>> {
        let rows = sqlx::query(
            "SELECT * FROM sign_up WHERE address_key = $1
             OR subscriber IN (SELECT id FROM subscriber WHERE address_key = $1) ORDER BY asked_at, id",
        )
        .bind(address.key().to_owned())
        .fetch_all(&self.store.pool)
        .await?;
        rows.iter().map(sign_up).collect()
    }

    async fn removals_of(self, address: &Address) -> Result<Vec<PersonsRemoval>> {
        let rows = sqlx::query(
            "SELECT brief, at, actor, reason, again_at, again_actor, again_reason FROM removal
             WHERE address_key = $1 ORDER BY id",
        )
        .bind(address.key().to_owned())
        .fetch_all(&self.store.pool)
        .await?;
        rows.iter()
            .map(|row| {
                let brief: String = row.try_get(0)?;
                Ok(PersonsRemoval {
                    brief: (!brief.is_empty()).then_some(brief),
                    at: time(row.try_get(1)?)?,
                    actor: row.try_get(2)?,
                    reason: row.try_get(3)?,
                    again_at: row.try_get::<Option<i64>, _>(4)?.map(time).transpose()?,
                    again_actor: row.try_get(5)?,
                    again_reason: row.try_get(6)?,
                })
            })
            .collect()
    }

    async fn mails_to(self, address: &Address) -> Result<Vec<Mail>> {
        let query = MailQuery { address: Some(address), ..MailQuery::default() };
        let mut all: Vec<Mail> = Vec::new();
        loop {
            let after: Option<MailId> = all.last().map(|mail| mail.id);
            let page = self.store.outbox().listed(&query, after, PAGE).await?;
            if page.is_empty() {
                return Ok(all);
            }
            all.extend(page);
        }
    }
}
