//! Subscriptions are written: one, or a list of any length in one transaction. A part of the list is looked up and written
//! by three statements, however many rows it has, and nothing is kept of it afterwards.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use serde::Serialize;
use sqlx::{Any, Executor, Row, Transaction};

use super::{
    super::{
        Result,
        columns::{micros, to_json},
        dialect::{Dialect, sql},
    },
    Added, People,
};
use crate::{
    base::language::Language,
    people::subscribers::{Address, SubscriptionState},
};

/// Maximum number of subscriptions that share their statements.
const BATCH: usize = 500;

/// Memory that SQLite may take for its pages during a list, in KiB. With the 2 MiB that it takes by itself it writes most
/// pages of the index of addresses again for each part of the list.
const CACHE: usize = 32 << 10;

/// Readers who left ask to come back.
#[derive(Debug, Clone, Copy)]
pub struct ComeBack<'a> {
    /// Who records it.
    pub actor: &'a str,
    /// Why they may be subscribed again.
    pub reason: &'a str,
}

/// What came of a list: numbers of subscriptions.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Subscribed {
    /// Not there before
    pub new: u64,
    /// Ended before, and active again
    pub again: u64,
    /// Active in another language before
    pub changed: u64,
    /// Active before, just so
    pub unchanged: u64,
    /// Left as they were, since the reader has left
    pub left: u64,
    /// Among all but `left`: their address is suppressed, and nothing is mailed to it
    pub suppressed: u64,
}

impl Subscribed {
    /// What came of a list of one.
    pub const fn of_one(self) -> Added {
        match self {
            Subscribed { new: 1.., .. } => Added::New,
            Subscribed { again: 1.., .. } => Added::Again,
            Subscribed { changed: 1.., .. } => Added::Changed,
            Subscribed { left: 1.., .. } => Added::Left,
            _ => Added::Unchanged,
        }
    }
}

/// A list that is being written, all or none: nothing has changed before [`Subscribing::commit`].
#[derive(Debug)]
pub struct Subscribing<'a> {
    tx: Transaction<'static, Any>,
    dialect: Dialect,
    come_back: Option<ComeBack<'a>>,
    now: DateTime<Utc>,
    writes: bool,
    /// No two are by the same person to the same brief.
    batch: Vec<Want>,
    /// By address: where its rows in `batch` are.
    people: HashMap<String, Vec<usize>>,
    counts: Subscribed,
}

#[derive(Debug, Serialize)]
struct Want {
    n: usize,
    typed: String,
    ascii: String,
    key: String,
    brief: String,
    language: &'static str,
}

/// What the store knows of a row before it is written.
#[derive(Debug, Default, Clone, Copy)]
struct Known {
    is_active: bool,
    same_language: bool,
    was_there: bool,
    left: bool,
    suppressed: bool,
}

impl People<'_> {
    /// Begins to write a list. Who has left stays away, unless they are said to `come_back`.
    pub async fn subscribing<'c>(self, come_back: Option<ComeBack<'c>>, now: DateTime<Utc>) -> Result<Subscribing<'c>> {
        let mut tx = self.store.begin().await?;
        if self.store.dialect == Dialect::Sqlite {
            tx.execute(sql(format!("PRAGMA cache_size = -{CACHE}"))).await?;
        }
        Ok(self.list(tx, come_back, now, true))
    }

    /// As `subscribing`, but nothing is written: only what would come of it is counted.
    pub async fn trying<'c>(self, come_back: Option<ComeBack<'c>>, now: DateTime<Utc>) -> Result<Subscribing<'c>> {
        // It only reads, and keeps nobody from writing.
        let tx = self.store.pool.begin().await?;
        Ok(self.list(tx, come_back, now, false))
    }

    fn list<'c>(
        self,
        tx: Transaction<'static, Any>,
        come_back: Option<ComeBack<'c>>,
        now: DateTime<Utc>,
        writes: bool,
    ) -> Subscribing<'c> {
        let (batch, people, counts) = (Vec::with_capacity(BATCH), HashMap::new(), Subscribed::default());
        Subscribing { tx, dialect: self.store.dialect, come_back, now, writes, batch, people, counts }
    }
}

impl Subscribing<'_> {
    /// Adds a subscription. If one to the same brief was added before, this one holds.
    pub async fn add(&mut self, address: &Address, language: Language, brief: &str) -> Result<()> {
        let is_there = self
            .people
            .get(address.key())
            .is_some_and(|rows| rows.iter().any(|row| self.batch.get(*row).is_some_and(|want| want.brief == brief)));
        if self.batch.len() >= BATCH || is_there {
            self.write().await?;
        }
        let n = self.batch.len();
        let key = address.key().to_owned();
        self.people.entry(key.clone()).or_default().push(n);
        self.batch.push(Want {
            n,
            typed: address.as_str().to_owned(),
            ascii: address.ascii().to_owned(),
            key,
            brief: brief.to_owned(),
            language: language.code(),
        });
        Ok(())
    }

    /// Writes what is left, and makes all of it hold.
    pub async fn commit(mut self) -> Result<Subscribed> {
        self.write().await?;
        if !self.writes {
            self.tx.rollback().await?;
            return Ok(self.counts);
        }
        if self.dialect == Dialect::Sqlite {
            // As SQLite has it by itself, for those who use the connection next.
            self.tx.execute("PRAGMA cache_size = -2000").await?;
        }
        self.tx.commit().await?;
        Ok(self.counts)
    }

    /// Writes the batch, and counts what came of it.
    async fn write(&mut self) -> Result<()> {
        if self.batch.is_empty() {
            return Ok(());
        }
        let known = self.look_up().await?;
        let mut wanted = Vec::with_capacity(self.batch.len());
        let mut returning = Vec::new();
        for (want, known) in self.batch.iter().zip(&known) {
            let Subscribed { new, again, changed, unchanged, left, suppressed } = &mut self.counts;
            if known.left && self.come_back.is_none() {
                *left += 1;
                continue;
            }
            *suppressed += u64::from(known.suppressed);
            match known {
                Known { is_active: true, same_language: true, .. } => {
                    *unchanged += 1;
                    continue;
                }
                Known { is_active: true, .. } => *changed += 1,
                Known { was_there: true, .. } | Known { left: true, .. } => *again += 1,
                _ => *new += 1,
            }
            if known.left {
                returning.push(want);
            }
            wanted.push(want);
        }
        if self.writes {
            bring_back(&mut self.tx, self.come_back, &returning, self.now).await?;
            insert_people(&mut self.tx, self.dialect, &wanted, self.now).await?;
            insert_subscriptions(&mut self.tx, self.dialect, &wanted, self.now).await?;
        }
        self.batch.clear();
        self.people.clear();
        Ok(())
    }

    /// What the store knows of each row of the batch.
    async fn look_up(&mut self) -> Result<Vec<Known>> {
        // Queries within the query, and the state hidden from its index by a `+`: each row is looked up by its keys, even
        // while PostgreSQL knows nothing of the tables yet. Planned anew each time (not `persistent`): PostgreSQL would keep
        // the plan that was good for empty tables.
        let rows = self.dialect.elements();
        let person = "(SELECT u.id FROM subscriber u WHERE u.address_key = value ->> 'key')";
        let found = sqlx::query(sql(format!(
            "WITH found AS MATERIALIZED (
             SELECT CAST(value ->> 'n' AS BIGINT) AS n, value ->> 'language' AS wanted,
             (SELECT CAST(s.state AS TEXT) || s.language FROM subscription s
              WHERE s.subscriber = {person} AND s.brief = value ->> 'brief') AS had,
             (SELECT COUNT(*) FROM removal r WHERE r.address_key = value ->> 'key'
              AND r.brief IN ('', value ->> 'brief') AND r.again_at IS NULL) AS removed,
             (SELECT COUNT(*) FROM suppression x WHERE x.address_key = value ->> 'key') AS suppressed FROM {rows})
             SELECT n, had, wanted, removed, suppressed FROM found
             WHERE had IS NOT NULL OR removed > 0 OR suppressed > 0"
        )))
        .persistent(false)
        .bind(to_json(&self.batch)?)
        .fetch_all(&mut *self.tx)
        .await?;
        let mut known = vec![Known::default(); self.batch.len()];
        let active = SubscriptionState::Active.code().to_string();
        for row in found {
            let (n, had, wanted): (i64, Option<String>, String) = (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
            let (removed, suppressed): (i64, i64) = (row.try_get(3)?, row.try_get(4)?);
            let language = had.as_deref().and_then(|had| had.strip_prefix(&active));
            if let Some(known) = usize::try_from(n).ok().and_then(|n| known.get_mut(n)) {
                *known = Known {
                    is_active: language.is_some(),
                    same_language: language == Some(wanted.as_str()),
                    was_there: had.is_some(),
                    left: removed > 0,
                    suppressed: suppressed > 0,
                };
            }
        }
        Ok(known)
    }
}

/// Records that readers come back. Who left every brief has then left each of the others.
async fn bring_back(
    tx: &mut Transaction<'_, Any>,
    come_back: Option<ComeBack<'_>>,
    returning: &[&Want],
    now: DateTime<Utc>,
) -> Result<()> {
    let Some(ComeBack { actor, reason }) = come_back else { return Ok(()) };
    for Want { key, brief, .. } in returning {
        sqlx::query(
            "INSERT INTO removal (address_key, brief, at, actor, reason)
             SELECT r.address_key, s.brief, r.at, r.actor, r.reason
             FROM removal r JOIN subscriber u ON u.address_key = r.address_key JOIN subscription s ON s.subscriber = u.id
             WHERE r.address_key = $1 AND r.brief = '' AND r.again_at IS NULL AND s.brief <> $2 AND s.state = $3
             ON CONFLICT DO NOTHING",
        )
        .bind(key.clone())
        .bind(brief.clone())
        .bind(SubscriptionState::Ended.code())
        .execute(&mut **tx)
        .await?;
        sqlx::query(
            "UPDATE removal SET again_at = $1, again_actor = $2, again_reason = $3
             WHERE address_key = $4 AND brief IN ('', $5) AND again_at IS NULL",
        )
        .bind(micros(now))
        .bind(actor.to_owned())
        .bind(reason.to_owned())
        .bind(key.clone())
        .bind(brief.clone())
        .execute(&mut **tx)
        .await?;
    }
    Ok(())
}

/// Writes the people of a batch. Each stands in it once, since PostgreSQL does not change a row twice in a statement; the
/// last language holds.
async fn insert_people(
    tx: &mut Transaction<'_, Any>,
    dialect: Dialect,
    wanted: &[&Want],
    now: DateTime<Utc>,
) -> Result<()> {
    #[derive(Serialize)]
    struct Person<'a> {
        typed: &'a str,
        ascii: &'a str,
        key: &'a str,
        language: &'a str,
    }
    let mut places: HashMap<&str, usize> = HashMap::with_capacity(wanted.len());
    let mut people: Vec<Person<'_>> = Vec::with_capacity(wanted.len());
    for Want { typed, ascii, key, language, .. } in wanted {
        let place = *places.entry(key).or_insert(people.len());
        match people.get_mut(place) {
            Some(person) => person.language = language,
            None => people.push(Person { typed, ascii, key, language }),
        }
    }
    if people.is_empty() {
        return Ok(());
    }
    let rows = dialect.elements();
    sqlx::query(sql(format!(
        "INSERT INTO subscriber (address, address_ascii, address_key, language, created_at)
         SELECT value ->> 'typed', value ->> 'ascii', value ->> 'key', value ->> 'language', $2 FROM {rows}
         WHERE true ON CONFLICT (address_key) DO UPDATE SET language = excluded.language
         WHERE subscriber.language <> excluded.language"
    )))
    .persistent(false)
    .bind(to_json(&people)?)
    .bind(micros(now))
    .execute(&mut **tx)
    .await?;
    Ok(())
}

async fn insert_subscriptions(
    tx: &mut Transaction<'_, Any>,
    dialect: Dialect,
    wanted: &[&Want],
    now: DateTime<Utc>,
) -> Result<()> {
    if wanted.is_empty() {
        return Ok(());
    }
    let rows = dialect.elements();
    sqlx::query(sql(format!(
        "INSERT INTO subscription (subscriber, brief, language, state, created_at, changed_at)
         SELECT (SELECT u.id FROM subscriber u WHERE u.address_key = value ->> 'key'),
         value ->> 'brief', value ->> 'language', $2, $3, $3
         FROM {rows} WHERE true ORDER BY CAST(value ->> 'n' AS BIGINT)
         ON CONFLICT (subscriber, brief) DO UPDATE
         SET language = excluded.language, state = excluded.state, changed_at = excluded.changed_at
         WHERE subscription.language <> excluded.language OR subscription.state <> excluded.state"
    )))
    .persistent(false)
    .bind(to_json(&wanted)?)
    .bind(SubscriptionState::Active.code())
    .bind(micros(now))
    .execute(&mut **tx)
    .await?;
    Ok(())
}
