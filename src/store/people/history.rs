//! The history of each subscription: a row for every move and every change of its language, with who made it, how, and
//! where the consent comes from. It is written with the move, in the same transaction.

use chrono::{DateTime, Utc};
use serde::Serialize;
use sqlx::{Any, Row, Transaction};

use super::{
    super::{
        Error, Result,
        columns::{micros, time, word},
        dialect::{Dialect, sql},
    },
    batches::{is_kept, places},
};
use crate::{base::language::Language, people::subscribers::SubscriptionState};

/// A move of a subscription.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SubscriptionMove {
    /// The state that it entered.
    pub state: SubscriptionState,
    /// When.
    pub at: DateTime<Utc>,
    /// Its language from then on.
    pub language: Language,
    /// Who made it; empty if that is not known.
    pub actor: String,
    /// How, or why.
    pub way: String,
    /// Where the consent comes from, as the person said who subscribed them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub consent: Option<String>,
}

/// What is recorded of a list: who subscribes, how, and where those people's consent comes from.
#[derive(Debug, Clone, Copy, Default)]
pub struct Given<'a> {
    /// Who records it.
    pub actor: &'a str,
    /// How they come: `import`, `add`.
    pub way: &'a str,
    /// Where their consent comes from, of rows that say nothing else; may be empty.
    pub consent: &'a str,
}

/// A row that is written.
pub(super) struct Joining<'a> {
    pub key: &'a str,
    pub brief: &'a str,
    /// The number of the source of its consent
    pub source: i64,
}

/// Writes down that the active subscriptions of an address end, to one brief or to all, before they do.
pub(super) async fn record_ending(
    tx: &mut Transaction<'_, Any>,
    (key, brief): (&str, Option<&str>),
    (actor, way): (&str, &str),
    now: DateTime<Utc>,
) -> Result<()> {
    sqlx::query(
        "INSERT INTO subscription_move (subscription, at, state, language, actor, way)
         SELECT id, CAST($1 AS BIGINT), CAST($2 AS BIGINT), language, CAST($3 AS TEXT), CAST($4 AS TEXT) FROM subscription
         WHERE state = $5 AND subscriber IN (SELECT id FROM subscriber WHERE address_key = $6) AND ($7 = '' OR brief = $7)",
    )
    .bind(micros(now))
    .bind(SubscriptionState::Ended.code())
    .bind(actor.to_owned())
    .bind(way.to_owned())
    .bind(SubscriptionState::Active.code())
    .bind(key.to_owned())
    .bind(brief.unwrap_or_default().to_owned())
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Writes down that the subscriptions of a list are active, after they are.
pub(super) async fn record_joining(
    tx: &mut Transaction<'_, Any>,
    dialect: Dialect,
    rows: &[Joining<'_>],
    given: Given<'_>,
    now: DateTime<Utc>,
) -> Result<()> {
    let (active, now) = (SubscriptionState::Active.code(), micros(now));
    let [actor, way] = [1, 2].map(|more| match dialect {
        Dialect::Sqlite => "?".to_owned(),
        Dialect::Postgres => format!("${}", rows.len() * 3 + more),
    });
    let mut query = sqlx::query(sql(format!(
        "WITH want (n, address_key, brief, source) AS (VALUES {})
         INSERT INTO subscription_move (subscription, at, state, language, actor, way, source)
         SELECT s.id, {now}, {active}, s.language, CAST({actor} AS TEXT), CAST({way} AS TEXT),
         NULLIF(CAST(want.source AS BIGINT), 0)
         FROM want CROSS JOIN subscriber u CROSS JOIN subscription s
         WHERE u.address_key = want.address_key AND s.subscriber = u.id AND s.brief = want.brief ORDER BY want.n",
        places(dialect, rows.len(), 3, Some)
    )));
    for Joining { key, brief, source } in rows {
        query = query.bind((*key).to_owned()).bind((*brief).to_owned()).bind(*source);
    }
    query = query.bind(given.actor.to_owned()).bind(given.way.to_owned());
    query.persistent(is_kept(dialect, rows.len())).execute(&mut **tx).await?;
    Ok(())
}

/// A move of one subscription that a reader makes.
#[derive(Debug, Clone, Copy)]
pub(super) struct ReadersMove<'a> {
    pub subscription: i64,
    pub state: SubscriptionState,
    pub language: Language,
    pub way: &'a str,
    pub sign_up: Option<i64>,
    pub at: DateTime<Utc>,
}

/// The name under which readers act.
pub(super) const READER: &str = "reader";

/// Writes down what a reader did.
pub(super) async fn record(tx: &mut Transaction<'_, Any>, made: ReadersMove<'_>) -> Result<()> {
    sqlx::query(
        "INSERT INTO subscription_move (subscription, at, state, language, actor, way, sign_up)
         VALUES ($1, $2, $3, $4, $5, $6, NULLIF($7, 0))",
    )
    .bind(made.subscription)
    .bind(micros(made.at))
    .bind(made.state.code())
    .bind(made.language.code())
    .bind(READER)
    .bind(made.way.to_owned())
    .bind(made.sign_up.unwrap_or(0))
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// The history of a subscription, the oldest move first.
pub(super) async fn history(
    from: impl sqlx::Executor<'_, Database = Any>,
    subscription: i64,
) -> Result<Vec<SubscriptionMove>> {
    let rows = sqlx::query(
        "SELECT m.at AS at, m.state AS state, m.language AS language, m.actor AS actor, m.way AS way, c.text AS consent
         FROM subscription_move m LEFT JOIN consent_source c ON c.id = m.source
         WHERE m.subscription = $1 ORDER BY m.id",
    )
    .bind(subscription)
    .fetch_all(from)
    .await?;
    rows.iter()
        .map(|row| {
            let code: i64 = row.try_get("state")?;
            Ok(SubscriptionMove {
                state: SubscriptionState::from_code(code).ok_or_else(|| Error::Corrupt(format!("the state {code}")))?,
                at: time(row.try_get("at")?)?,
                language: word(row, "language")?,
                actor: row.try_get("actor")?,
                way: row.try_get("way")?,
                consent: row.try_get("consent")?,
            })
        })
        .collect()
}
