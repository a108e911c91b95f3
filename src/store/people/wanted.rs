//! The rows of a list, and the two statements by which a batch of them becomes people and subscriptions.

use std::{collections::HashMap, sync::Arc};

use chrono::{DateTime, Utc};
use sqlx::{Any, Transaction};

use super::{
    super::{
        Result,
        columns::micros,
        dialect::{Dialect, sql},
    },
    batches::{is_kept, places},
    chosen::LanguageChange,
};
use crate::{base::language::Language, people::subscribers::SubscriptionState};

/// A subscription that is asked for. Most addresses are typed as they are sent and compared, and stand here once.
#[derive(Debug)]
pub(super) struct Want {
    pub typed: Arc<str>,
    pub ascii: Arc<str>,
    pub key: Arc<str>,
    pub brief: Arc<str>,
    pub language: Language,
    pub consent: Arc<str>,
}

impl Want {
    /// What is told of a row that changes the language.
    pub fn changed_from(&self, from: Language) -> LanguageChange {
        LanguageChange { address: self.typed.to_string(), brief: self.brief.to_string(), from, to: self.language }
    }
}

/// Writes the people of a batch. Each stands in it once, since PostgreSQL does not change a row twice in a statement; the
/// last language holds.
pub(super) async fn insert_people(
    tx: &mut Transaction<'_, Any>,
    dialect: Dialect,
    wanted: &[&Want],
    now: DateTime<Utc>,
) -> Result<()> {
    let mut last: HashMap<&str, usize> = HashMap::with_capacity(wanted.len());
    for (at, want) in wanted.iter().enumerate() {
        last.insert(&want.key, at);
    }
    let people = wanted.iter().enumerate().filter(|(at, want)| last.get(&*want.key) == Some(at));
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
        places(dialect, people.len(), 4, |_| None),
        micros(now)
    )));
    for Want { typed, ascii, key, language, .. } in &people {
        query = query.bind(&**typed).bind(&**ascii).bind(&**key).bind(language.code());
    }
    query.persistent(is_kept(dialect, people.len())).execute(&mut **tx).await?;
    Ok(())
}

/// Writes the subscriptions of a batch, in its order.
pub(super) async fn insert_subscriptions(
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
         SET language = excluded.language, state = excluded.state, changed_at = excluded.changed_at, moved_to = NULL
         WHERE subscription.language <> excluded.language OR subscription.state <> excluded.state",
        places(dialect, wanted.len(), 3, Some)
    )));
    for Want { key, brief, language, .. } in wanted {
        query = query.bind(&**key).bind(&**brief).bind(language.code());
    }
    query.persistent(is_kept(dialect, wanted.len())).execute(&mut **tx).await?;
    Ok(())
}
