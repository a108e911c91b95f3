//! Subscriptions are written: one, or a list of any length in one transaction. A part of the list is looked up and written
//! by three statements, however many rows it has, and nothing is kept of it afterwards.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use serde::Serialize;
use sqlx::{Any, Executor, Row, Transaction};

use super::{
    super::{
        Result,
        columns::micros,
        dialect::{Dialect, sql},
    },
    Added, People,
};
use crate::{
    base::language::Language,
    people::subscribers::{Address, SubscriptionState},
};

/// The word under which lists are written and readers leave, one at a time.
pub(super) const PEOPLE: &str = "people";

/// Maximum number of subscriptions that share their statements.
const BATCH: usize = 500;

/// Memory that SQLite may take for its pages during a list, in KiB. With the 2 MiB that it takes by itself it writes most
/// pages of the index of addresses again for each part of the list.
const CACHE: usize = 24 << 10;

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
    looks_for: LooksFor,
}

/// What is looked for beside the subscriptions: nothing that nobody has.
#[derive(Debug, Clone, Copy)]
struct LooksFor {
    left: bool,
    suppressed: bool,
}

#[derive(Debug)]
struct Want {
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
        // Nobody leaves between the look and the writing.
        self.store.one_at_a_time(&mut tx, PEOPLE).await?;
        if self.store.dialect == Dialect::Sqlite {
            tx.execute(sql(format!("PRAGMA cache_size = -{CACHE}"))).await?;
        }
        self.list(tx, come_back, now, true).await
    }

    /// As `subscribing`, but nothing is written: only what would come of it is counted.
    pub async fn trying<'c>(self, come_back: Option<ComeBack<'c>>, now: DateTime<Utc>) -> Result<Subscribing<'c>> {
        // It only reads, and keeps nobody from writing.
        let tx = self.store.pool.begin().await?;
        self.list(tx, come_back, now, false).await
    }

    async fn list<'c>(
        self,
        mut tx: Transaction<'static, Any>,
        come_back: Option<ComeBack<'c>>,
        now: DateTime<Utc>,
        writes: bool,
    ) -> Result<Subscribing<'c>> {
        let any = async |tx: &mut Transaction<'static, Any>, which: &'static str| {
            sqlx::query(which).fetch_optional(&mut **tx).await.map(|row| row.is_some())
        };
        let looks_for = LooksFor {
            left: any(&mut tx, "SELECT 1 FROM removal WHERE again_at IS NULL LIMIT 1").await?,
            suppressed: any(&mut tx, "SELECT 1 FROM suppression LIMIT 1").await?,
        };
        let (dialect, batch, people) = (self.store.dialect, Vec::with_capacity(BATCH), HashMap::new());
        let counts = Subscribed::default();
        Ok(Subscribing { tx, dialect, come_back, now, writes, batch, people, counts, looks_for })
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
        let key = address.key().to_owned();
        self.people.entry(key.clone()).or_default().push(self.batch.len());
        self.batch.push(Want {
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
        let mut known = vec![Known::default(); self.batch.len()];
        let keys: Vec<String> = self.people.keys().cloned().collect();
        let active = SubscriptionState::Active.code();
        let which = "SELECT u.address_key, s.brief, s.state, s.language
             FROM subscriber u JOIN subscription s ON s.subscriber = u.id WHERE u.address_key";
        for row in rows_of(&mut self.tx, self.dialect, which, &keys).await? {
            let (state, language): (i64, String) = (row.try_get(2)?, row.try_get(3)?);
            for at in self.rows(row.try_get(0)?, Some(row.try_get(1)?)) {
                let same = self.batch.get(at).is_some_and(|want| want.language == language);
                if let Some(known) = known.get_mut(at) {
                    (known.was_there, known.is_active, known.same_language) = (true, state == active, same);
                }
            }
        }
        if self.looks_for.left {
            let which = "SELECT address_key, brief FROM removal WHERE again_at IS NULL AND address_key";
            for row in rows_of(&mut self.tx, self.dialect, which, &keys).await? {
                let brief: &str = row.try_get(1)?;
                for at in self.rows(row.try_get(0)?, (!brief.is_empty()).then_some(brief)) {
                    known.get_mut(at).into_iter().for_each(|known| known.left = true);
                }
            }
        }
        if self.looks_for.suppressed {
            let which = "SELECT address_key FROM suppression WHERE address_key";
            for row in rows_of(&mut self.tx, self.dialect, which, &keys).await? {
                for at in self.rows(row.try_get(0)?, None) {
                    known.get_mut(at).into_iter().for_each(|known| known.suppressed = true);
                }
            }
        }
        Ok(known)
    }

    /// The rows of the batch with an address: of one brief or of all.
    fn rows(&self, key: &str, brief: Option<&str>) -> Vec<usize> {
        let rows = self.people.get(key).into_iter().flatten().copied();
        rows.filter(|at| brief.is_none_or(|brief| self.batch.get(*at).is_some_and(|want| want.brief == brief)))
            .collect()
    }
}

/// The rows of a query that ends with an address' key.
async fn rows_of(
    tx: &mut Transaction<'_, Any>,
    dialect: Dialect,
    which: &str,
    keys: &[String],
) -> Result<Vec<sqlx::any::AnyRow>> {
    let mut query = sqlx::query(sql(format!("{which} IN {}", places(1, keys.len(), 1, |_| None))));
    for key in keys {
        query = query.bind(key.clone());
    }
    Ok(query.persistent(is_kept(dialect, keys.len())).fetch_all(&mut **tx).await?)
}

/// Is a statement for so many rows kept for the next part of the list? PostgreSQL plans each anew: it would keep the plan
/// that was good for empty tables.
fn is_kept(dialect: Dialect, rows: usize) -> bool {
    dialect == Dialect::Sqlite && rows == BATCH
}

/// The places of values in a statement, `($1, $2), ($3, $4)`, each row with a number before it if it has one.
fn places(rows: usize, columns: usize, first: usize, number: impl Fn(usize) -> Option<usize>) -> String {
    let row = |row: usize| {
        let values = (0..columns).map(|column| format!("${}", first + row * columns + column));
        let all: Vec<String> = number(row).map(|number| number.to_string()).into_iter().chain(values).collect();
        format!("({})", all.join(", "))
    };
    (0..rows).map(row).collect::<Vec<_>>().join(", ")
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
    let mut last: HashMap<&str, usize> = HashMap::with_capacity(wanted.len());
    for (at, want) in wanted.iter().enumerate() {
        last.insert(&want.key, at);
    }
    let people = wanted.iter().enumerate().filter(|(at, want)| last.get(want.key.as_str()) == Some(at));
    let people: Vec<&&Want> = people.map(|(_, want)| want).collect();
    if people.is_empty() {
        return Ok(());
    }
    let mut query = sqlx::query(sql(format!(
        "WITH person (address, address_ascii, address_key, language) AS (VALUES {})
         INSERT INTO subscriber (address, address_ascii, address_key, language, created_at)
         SELECT address, address_ascii, address_key, language, {} FROM person
         WHERE true ON CONFLICT (address_key) DO UPDATE SET language = excluded.language
         WHERE subscriber.language <> excluded.language",
        places(people.len(), 4, 1, |_| None),
        micros(now)
    )));
    for Want { typed, ascii, key, language, .. } in &people {
        query = query.bind(typed.clone()).bind(ascii.clone()).bind(key.clone()).bind(*language);
    }
    query.persistent(is_kept(dialect, people.len())).execute(&mut **tx).await?;
    Ok(())
}

/// Writes the subscriptions of a batch, in its order.
async fn insert_subscriptions(
    tx: &mut Transaction<'_, Any>,
    dialect: Dialect,
    wanted: &[&Want],
    now: DateTime<Utc>,
) -> Result<()> {
    if wanted.is_empty() {
        return Ok(());
    }
    let (active, now) = (SubscriptionState::Active.code(), micros(now));
    let mut query = sqlx::query(sql(format!(
        "WITH want (n, address_key, brief, language) AS (VALUES {})
         INSERT INTO subscription (subscriber, brief, language, state, created_at, changed_at)
         SELECT u.id, want.brief, want.language, {active}, {now}, {now}
         FROM want CROSS JOIN subscriber u WHERE u.address_key = want.address_key ORDER BY want.n
         ON CONFLICT (subscriber, brief) DO UPDATE
         SET language = excluded.language, state = excluded.state, changed_at = excluded.changed_at
         WHERE subscription.language <> excluded.language OR subscription.state <> excluded.state",
        places(wanted.len(), 3, 1, Some)
    )));
    for Want { key, brief, language, .. } in wanted {
        query = query.bind(key.clone()).bind(brief.clone()).bind(*language);
    }
    query.persistent(is_kept(dialect, wanted.len())).execute(&mut **tx).await?;
    Ok(())
}
