//! A reader leaves by the token of a mail, which names one subscription. Everything is one transaction: once it is committed,
//! no mail to them is claimed, and one that is claimed gets no dot.

use chrono::{DateTime, Utc};
use sqlx::{Any, AnyConnection, Connection as _, Row, Transaction, any::AnyRow};

use super::{
    super::{
        Error, Result, Store,
        columns::{time, word},
        outbox::{NewMail, at_dot, put_in},
    },
    People,
    line::{line_of, lives_on},
    removal::{self, Removal},
    subscribing::PEOPLE,
};
use crate::{
    base::language::Language,
    people::{subscribers::SubscriptionState, tokens::Subject},
};

/// The subscription that a token names. If its reader has changed the address since, and it lives on there, that one is meant:
/// a "no" in an old mail is one to what came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedSubscription {
    /// Its number.
    pub subscription: i64,
    /// Its reader's number.
    pub subscriber: i64,
    /// The address as it was typed.
    pub address: String,
    /// The brief's id.
    pub brief: String,
    /// The language of the editions.
    pub language: Language,
    /// Its state.
    pub state: SubscriptionState,
    /// The briefs to which the reader has further active subscriptions, in their order.
    pub others: Vec<String>,
    /// The reader of the token's own subscription, which is another if it moved.
    pub first: i64,
}

/// What came of leaving.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftByToken {
    /// The subscription as it was before.
    pub before: NamedSubscription,
    /// Subscriptions that ended.
    pub ended: u64,
    /// Mails that are not sent any more.
    pub cancelled: u64,
    /// Mails whose final dot goes out at this moment: they may still arrive.
    pub at_dot: u64,
}

impl People<'_> {
    /// The subscription that a token is about; `None` if it was erased or is not of this state of the store.
    pub async fn named(self, subject: Subject) -> Result<Option<NamedSubscription>> {
        // One connection, since two answers are to be of one state.
        let mut tx = self.store.pool.begin().await?;
        let found = find(&mut tx, subject).await?;
        tx.rollback().await?;
        Ok(found.map(|(named, _)| named))
    }

    /// All addresses to which mails with this token may have gone, as keys: that of its reader first, then those that the
    /// reader had before, the newest first.
    pub async fn addresses_of(self, named: &NamedSubscription) -> Result<Vec<String>> {
        let rows = sqlx::query(
            "SELECT address_key, CAST(1 AS BIGINT) AS is_own, id FROM subscriber WHERE id = $1
             UNION ALL SELECT address_key, CAST(0 AS BIGINT), id FROM former_address WHERE subscriber = $1
             ORDER BY is_own DESC, id DESC",
        );
        let rows = rows.bind(named.first).fetch_all(&self.store.pool).await?;
        let keys = rows.iter().map(|row| row.try_get(0)).collect::<sqlx::Result<Vec<String>>>()?;
        Ok(keys.into_iter().filter(|key| !key.is_empty()).collect())
    }

    /// Ends the subscription that a token is about, or with `all` every subscription of its reader, those to come included;
    /// records who had it done and why, and cancels the mails whose body was not fully written. A second time it changes
    /// nothing more. `None` if there is no such subscription: then nothing has changed.
    pub async fn leave_by(
        self,
        subject: Subject,
        all: bool,
        actor: &str,
        reason: &str,
        now: DateTime<Utc>,
    ) -> Result<Option<LeftByToken>> {
        let (store, actor, reason) = (self.store.clone(), actor.to_owned(), reason.to_owned());
        // A task of its own: whoever asks may go away before the answer, and their "no" counts all the same.
        let left = tokio::spawn(async move {
            // In turn with the courier: beside it this would sleep until it found the file free.
            let mut writer = store.writer().await?;
            let left = match writer.connection() {
                Ok(connection) => leave(&store, connection, (subject, all), (&actor, &reason), None, now).await,
                Err(error) => Err(error),
            };
            writer.release(left)
        });
        left.await.unwrap_or_else(|_| Err(sqlx::Error::PoolClosed.into()))
    }

    /// As `leave_by`, for somebody who does not go away before it is done; if something ended, the answer is in the outbox with
    /// it.
    pub async fn leave_and_answer(
        self,
        subject: Subject,
        all: bool,
        (actor, reason): (&str, &str),
        answer: &NewMail<'_>,
        now: DateTime<Utc>,
    ) -> Result<Option<LeftByToken>> {
        let mut writer = self.store.writer().await?;
        let left = leave(self.store, writer.connection()?, (subject, all), (actor, reason), Some(answer), now).await;
        writer.release(left)
    }
}

async fn leave(
    store: &Store,
    connection: &mut AnyConnection,
    (subject, all): (Subject, bool),
    (actor, reason): (&str, &str),
    answer: Option<&NewMail<'_>>,
    now: DateTime<Utc>,
) -> Result<Option<LeftByToken>> {
    let mut tx = connection.begin_with(store.dialect.begin()).await?;
    // Not while a list is written that found them there.
    store.one_at_a_time(&mut tx, PEOPLE).await?;
    let Some((before, line)) = find(&mut tx, subject).await? else {
        tx.rollback().await?;
        return Ok(None);
    };
    let brief = (!all).then_some(before.brief.as_str());
    let removal = Removal { brief, actor, reason };
    let [mut ended, mut cancelled, mut dots] = [0; 3];
    for Reader { subscriber, key } in &line {
        let (subscriptions, mails) = removal::leave(store, &mut tx, key, &removal, now).await?;
        ended += subscriptions;
        cancelled += mails;
        // After the mails were cancelled: one that came to its dot before that is seen.
        dots += at_dot(&mut tx, *subscriber, brief).await?;
        // Whoever leaves all leaves what went from one of these addresses to others, too.
        let elsewhere = if all { lives_on(&mut tx, key, brief).await? } else { Vec::new() };
        for (key, brief) in elsewhere {
            let removal = Removal { brief: Some(&brief), actor, reason };
            let (subscriptions, mails) = removal::leave(store, &mut tx, &key, &removal, now).await?;
            ended += subscriptions;
            cancelled += mails;
        }
    }
    if let Some(answer) = answer.filter(|_| ended > 0) {
        put_in(&mut *tx, answer).await?;
    }
    tx.commit().await?;
    Ok(Some(LeftByToken { before, ended, cancelled, at_dot: dots }))
}

/// A reader along the way that a subscription went.
struct Reader {
    subscriber: i64,
    key: String,
}

/// The subscription that is meant: if the reader has changed the address since, the one that lives on. With all who had it, the
/// one who has it last.
async fn find(tx: &mut Transaction<'_, Any>, subject: Subject) -> Result<Option<(NamedSubscription, Vec<Reader>)>> {
    let mut rows = read(tx, subject.row()).await?;
    let Some(own) = rows.first() else { return Ok(None) };
    if !subject.is(subject.row(), time(own.try_get("created_at")?)?) {
        return Ok(None);
    }
    let mut line = vec![reader(own)?];
    let mut subscription = subject.row();
    if own.try_get::<Option<i64>, _>("moved_to")?.is_some() {
        for next in line_of(tx, subscription).await?.into_iter().skip(1) {
            let next_rows = read(tx, next).await?;
            let Some(row) = next_rows.first() else { break };
            line.push(reader(row)?);
            (rows, subscription) = (next_rows, next);
        }
    }
    let Some(row) = rows.first() else { return Ok(None) };
    let subscriber: i64 = row.try_get("subscriber")?;
    let others = rows.iter().map(|row| row.try_get::<Option<String>, _>("other")).collect::<sqlx::Result<Vec<_>>>()?;
    let code: i64 = row.try_get("state")?;
    let named = NamedSubscription {
        subscription,
        subscriber,
        address: row.try_get("address")?,
        brief: row.try_get("brief")?,
        language: word(row, "language")?,
        state: SubscriptionState::from_code(code).ok_or_else(|| Error::Corrupt(format!("the state {code}")))?,
        others: others.into_iter().flatten().collect(),
        first: line.first().map_or(subscriber, |reader| reader.subscriber),
    };
    Ok(Some((named, line)))
}

fn reader(row: &AnyRow) -> Result<Reader> {
    Ok(Reader { subscriber: row.try_get("subscriber")?, key: row.try_get("address_key")? })
}

/// A subscription with its reader, once for each other brief that the reader gets: a reader waits for the answer, and each query
/// more is a way to the database and back.
async fn read(tx: &mut Transaction<'_, Any>, subscription: i64) -> Result<Vec<AnyRow>> {
    let rows = sqlx::query(
        "SELECT s.subscriber AS subscriber, s.brief AS brief, s.language AS language, s.state AS state,
         s.created_at AS created_at, s.moved_to AS moved_to, u.address AS address, u.address_key AS address_key,
         o.brief AS other FROM subscription s JOIN subscriber u ON u.id = s.subscriber
         LEFT JOIN subscription o ON o.subscriber = s.subscriber AND o.state = $2 AND o.id <> s.id
         WHERE s.id = $1 ORDER BY o.brief",
    )
    .bind(subscription)
    .bind(SubscriptionState::Active.code());
    Ok(rows.fetch_all(&mut **tx).await?)
}
