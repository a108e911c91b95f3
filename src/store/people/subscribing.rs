//! Subscriptions are written: one, or a list of any length in one transaction. Its rows are gathered into parts, and those of
//! a long list are written in the order of their addresses; a batch of such rows is looked up and written by three
//! statements, and nothing is kept of it afterwards.

use std::{collections::HashMap, sync::Arc};

use chrono::{DateTime, Utc};
use serde::Serialize;
use sqlx::{Any, Executor, Row, Transaction};

use super::{
    super::{
        Result,
        columns::{micros, word},
        dialect::{Dialect, sql},
    },
    Added, People,
    batches::{BATCH, rows_of},
    chosen::{LanguageChange, MAX_CHANGES, chosen_by_readers},
    forgotten::Hashes,
    history::{Given, Joining, record_joining},
    wanted::{Want, insert_people, insert_subscriptions},
};
use crate::{
    base::language::Language,
    people::subscribers::{Address, SubscriptionState},
};

/// The word under which lists are written and readers leave, one at a time.
pub(super) const PEOPLE: &str = "people";

/// Number of subscriptions that are gathered, a hundred bytes each, to be written in the order of their addresses. In the
/// order of a long list that is not sorted, almost every row would go to another page of the index of addresses; that of a
/// shorter list fits into memory, and its order is kept.
const PART: usize = 100_000;

/// Memory that SQLite may take for its pages during a list, in KiB: most of the index of a million addresses. With the 2 MiB
/// that it takes by itself it writes the pages of that index again for each part of the list.
const CACHE: usize = 40 << 10;

/// Maximum number of different sources of consent that are kept in mind.
const SOURCES: usize = 1000;

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
    /// Active in another language before, which the reader chose: left as they were
    pub kept: u64,
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
            // A language that the reader chose is not changed: it is as it was.
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
    given: Given<'a>,
    now: DateTime<Utc>,
    writes: bool,
    /// A language that the reader chose stays.
    keeps_choices: bool,
    /// The numbers of sources of consent by their text
    sources: HashMap<Arc<str>, i64>,
    /// The source of rows that name none
    usual: Arc<str>,
    hashes: Hashes,
    /// Waiting to be written, in the order of the list.
    part: Vec<Want>,
    /// No two are by the same person to the same brief.
    batch: Vec<Want>,
    /// By address: where its rows in `batch` are.
    people: HashMap<Arc<str>, Vec<usize>>,
    counts: Subscribed,
    /// The first of those that would change, if nothing is written
    changes: Vec<LanguageChange>,
    looks_for: LooksFor,
}

/// What is looked for beside the subscriptions: nothing that nobody has.
#[derive(Debug, Clone, Copy)]
struct LooksFor {
    left: bool,
    suppressed: bool,
}

/// What the store knows of a row before it is written.
#[derive(Debug, Default, Clone, Copy)]
struct Known {
    is_active: bool,
    /// Its language, if that is another one than the row's
    other_language: Option<Language>,
    /// The reader chose that language.
    is_chosen: bool,
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
        Ok(Subscribing {
            dialect: self.store.dialect,
            come_back,
            given: Given::default(),
            now,
            writes,
            keeps_choices: false,
            sources: HashMap::new(),
            usual: Arc::from(""),
            hashes: Hashes::read(&mut tx).await?,
            part: Vec::new(),
            batch: Vec::with_capacity(BATCH),
            people: HashMap::new(),
            counts: Subscribed::default(),
            changes: Vec::new(),
            looks_for,
            tx,
        })
    }
}

impl<'c> Subscribing<'c> {
    /// The same list, of which this is recorded.
    #[must_use]
    pub fn given(self, given: Given<'c>) -> Subscribing<'c> {
        Subscribing { given, usual: Arc::from(given.consent), ..self }
    }

    /// The same list, by which no language changes that its reader chose: a list says what somebody once wrote down.
    #[must_use]
    pub fn keeping_choices(self) -> Subscribing<'c> {
        Subscribing { keeps_choices: true, ..self }
    }
}

impl Subscribing<'_> {
    /// Adds a subscription. If one to the same brief was added before, this one holds.
    pub async fn add(&mut self, address: &Address, language: Language, brief: &str) -> Result<()> {
        self.add_with(address, language, brief, "").await
    }

    /// As `add`, for a row that says where its consent comes from, unless that is empty.
    pub async fn add_with(&mut self, address: &Address, language: Language, brief: &str, consent: &str) -> Result<()> {
        if self.part.len() >= PART {
            self.write_part().await?;
        }
        let key: Arc<str> = address.key().into();
        let ascii = shared(address.ascii(), &key);
        let typed = shared(address.as_str(), &ascii);
        // Most lists are for one brief.
        let brief = self.part.last().map_or_else(|| brief.into(), |last| shared(brief, &last.brief));
        let consent = if consent.is_empty() { self.usual.clone() } else { consent.into() };
        self.part.push(Want { typed, ascii, key, brief, language, consent });
        Ok(())
    }

    /// Writes the part that was gathered. A list that is no longer than a part is written as it stands.
    async fn write_part(&mut self) -> Result<()> {
        let mut part = std::mem::take(&mut self.part);
        if part.len() >= PART {
            // Rows of one reader stay in their order: the last holds.
            part.sort_by(|one, other| one.key.cmp(&other.key));
        }
        for want in part.drain(..) {
            if self.batch.len() >= BATCH || !self.rows(&want.key, Some(&want.brief)).is_empty() {
                self.write().await?;
            }
            self.people.entry(want.key.clone()).or_default().push(self.batch.len());
            self.batch.push(want);
        }
        self.write().await?;
        // Its memory is there for the next.
        self.part = part;
        Ok(())
    }

    /// Writes what is left, and makes all of it hold.
    pub async fn commit(self) -> Result<Subscribed> {
        Ok(self.commit_and_tell().await?.0)
    }

    /// As `commit`; also tells which languages would change if nothing is written, the first of them.
    pub async fn commit_and_tell(mut self) -> Result<(Subscribed, Vec<LanguageChange>)> {
        self.write_part().await?;
        if !self.writes {
            self.tx.rollback().await?;
            return Ok((self.counts, self.changes));
        }
        if self.dialect == Dialect::Sqlite {
            // As SQLite has it by itself, for those who use the connection next.
            self.tx.execute("PRAGMA cache_size = -2000").await?;
        }
        self.tx.commit().await?;
        Ok((self.counts, self.changes))
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
            let Subscribed { new, again, changed, unchanged, kept, left, suppressed } = &mut self.counts;
            if known.left && self.come_back.is_none() {
                *left += 1;
                continue;
            }
            *suppressed += u64::from(known.suppressed);
            match known {
                Known { is_active: true, other_language: None, .. } => {
                    *unchanged += 1;
                    continue;
                }
                Known { is_active: true, is_chosen: true, .. } => {
                    *kept += 1;
                    continue;
                }
                Known { is_active: true, other_language: Some(from), .. } => {
                    *changed += 1;
                    if !self.writes && self.changes.len() < MAX_CHANGES {
                        self.changes.push(want.changed_from(*from));
                    }
                }
                Known { was_there: true, .. } | Known { left: true, .. } => *again += 1,
                _ => *new += 1,
            }
            if known.left {
                returning.push(want);
            }
            wanted.push(want);
        }
        if self.writes && !wanted.is_empty() {
            for (want, come_back) in returning.iter().filter_map(|want| Some((want, self.come_back?))) {
                bring_back(&mut self.tx, come_back, (&want.key, &want.brief), self.now).await?;
                self.hashes.take_out(&mut self.tx, &want.key).await?;
            }
            insert_people(&mut self.tx, self.dialect, &wanted, self.now).await?;
            insert_subscriptions(&mut self.tx, self.dialect, &wanted, self.now).await?;
            let mut joining = Vec::with_capacity(wanted.len());
            for Want { key, brief, consent, .. } in wanted {
                let source = source_of(&mut self.tx, &mut self.sources, consent, self.given.actor, self.now).await?;
                joining.push(Joining { key, brief, source });
            }
            record_joining(&mut self.tx, self.dialect, &joining, self.given, self.now).await?;
        }
        self.batch.clear();
        self.people.clear();
        Ok(())
    }

    /// What the store knows of each row of the batch.
    async fn look_up(&mut self) -> Result<Vec<Known>> {
        let mut known = vec![Known::default(); self.batch.len()];
        let mut changing = HashMap::new();
        let keys: Vec<&str> = self.people.keys().map(|key| &**key).collect();
        let active = SubscriptionState::Active.code();
        let which = "SELECT u.address_key, s.brief, s.state, s.language, s.id
             FROM subscriber u JOIN subscription s ON s.subscriber = u.id WHERE u.address_key";
        for row in rows_of(&mut self.tx, self.dialect, which, &keys).await? {
            let (state, language, id): (i64, Language, i64) =
                (row.try_get(2)?, word(&row, "language")?, row.try_get(4)?);
            for at in self.rows(row.try_get(0)?, Some(row.try_get(1)?)) {
                let is_other = self.batch.get(at).is_some_and(|want| want.language != language);
                if let Some(known) = known.get_mut(at) {
                    (known.was_there, known.is_active) = (true, state == active);
                    known.other_language = is_other.then_some(language);
                }
                if is_other && state == active {
                    changing.insert(id, at);
                }
            }
        }
        if self.keeps_choices && !changing.is_empty() {
            for chosen in chosen_by_readers(&mut self.tx, self.dialect, changing.keys().copied()).await? {
                let at = changing.get(&chosen).and_then(|at| known.get_mut(*at));
                at.into_iter().for_each(|known| known.is_chosen = true);
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
        if !self.hashes.is_empty() {
            let erased = self.hashes.of(&mut self.tx, self.dialect, keys.iter().copied()).await?;
            for key in erased {
                for at in self.rows(&key, None) {
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
        rows.filter(|at| brief.is_none_or(|brief| self.batch.get(*at).is_some_and(|want| *want.brief == *brief)))
            .collect()
    }
}

/// A text, as the other one if they are the same.
fn shared(text: &str, other: &Arc<str>) -> Arc<str> {
    if *text == **other { other.clone() } else { text.into() }
}

/// The number of a source of consent, which is written if it is not known; 0 if nothing is said.
async fn source_of(
    tx: &mut Transaction<'_, Any>,
    sources: &mut HashMap<Arc<str>, i64>,
    text: &Arc<str>,
    actor: &str,
    now: DateTime<Utc>,
) -> Result<i64> {
    if text.is_empty() {
        return Ok(0);
    }
    if let Some(source) = sources.get(text) {
        return Ok(*source);
    }
    let row = sqlx::query("INSERT INTO consent_source (text, actor, at) VALUES ($1, $2, $3) RETURNING id")
        .bind(text.to_string())
        .bind(actor.to_owned())
        .bind(micros(now))
        .fetch_one(&mut **tx)
        .await?;
    let source = row.try_get(0)?;
    if sources.len() >= SOURCES {
        sources.clear();
    }
    sources.insert(text.clone(), source);
    Ok(source)
}

/// Records that a reader comes back. Who left every brief has then left each of the others.
pub(super) async fn bring_back(
    tx: &mut Transaction<'_, Any>,
    ComeBack { actor, reason }: ComeBack<'_>,
    (key, brief): (&str, &str),
    now: DateTime<Utc>,
) -> Result<()> {
    sqlx::query(
        "INSERT INTO removal (address_key, brief, at, said_at, actor, reason)
         SELECT r.address_key, s.brief, r.at, r.said_at, r.actor, r.reason
         FROM removal r JOIN subscriber u ON u.address_key = r.address_key JOIN subscription s ON s.subscriber = u.id
         WHERE r.address_key = $1 AND r.brief = '' AND r.again_at IS NULL AND s.brief <> $2 AND s.state = $3
         ON CONFLICT (address_key, brief) WHERE again_at IS NULL DO UPDATE SET said_at = excluded.said_at
         WHERE removal.said_at < excluded.said_at",
    )
    .bind(key.to_owned())
    .bind(brief.to_owned())
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
    .bind(key.to_owned())
    .bind(brief.to_owned())
    .execute(&mut **tx)
    .await?;
    Ok(())
}
