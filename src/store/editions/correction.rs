//! Editions that supersede others, and to whom they go: to those to whom the superseded one was sent, or may have been, and who
//! have not left since. Who has moved to another address gets it there.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::Serialize;
use sqlx::{Any, Row, Transaction, any::AnyRow};

use super::Editions;
use crate::{
    base::{
        ids::{EditionId, EditionName},
        language::{Language, PerLanguage},
    },
    delivery::rules::State,
    people::subscribers::SubscriptionState::Active,
    store::{
        Error, Result,
        columns::{micros, time, word},
        dialect::sql,
        outbox::codes,
    },
};

/// That a new edition supersedes another.
#[derive(Debug, Clone, Copy)]
pub struct NewCorrection<'a> {
    /// The superseded edition.
    pub supersedes: EditionId,
    /// Why, as JSON by language.
    pub reason: &'a str,
    /// Who makes it.
    pub by: &'a str,
}

impl NewCorrection<'_> {
    /// Keeps it beside its edition, which has its number now.
    pub(super) async fn keep(
        &self,
        tx: &mut Transaction<'_, Any>,
        edition: EditionId,
        now: DateTime<Utc>,
    ) -> Result<()> {
        sqlx::query("INSERT INTO correction (edition, supersedes, reason, actor, at) VALUES ($1, $2, $3, $4, $5)")
            .bind(edition)
            .bind(self.supersedes)
            .bind(self.reason.to_owned())
            .bind(self.by.to_owned())
            .bind(micros(now))
            .execute(&mut **tx)
            .await?;
        Ok(())
    }
}

/// The record of a correction.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CorrectionRecord {
    /// The edition that corrects.
    pub edition: EditionName,
    /// The one that it supersedes, or would once it is released.
    pub supersedes: EditionName,
    /// Why, in the words of each language.
    pub reason: PerLanguage<String>,
    /// Who made it.
    pub by: String,
    /// When.
    pub at: DateTime<Utc>,
    /// Whether it is released: then the other one is superseded.
    pub in_force: bool,
}

/// Parts of a statement that selects subscriptions `s`: those of a correction, or all.
#[derive(Debug, Default)]
pub(super) struct Audience {
    /// What stands before the statement.
    pub with: String,
    /// A condition more.
    pub only: &'static str,
}

impl Audience {
    /// Those who have a superseded edition. What stands there is a number and codes.
    fn who_have(superseded: EditionId) -> Audience {
        let had = codes([State::Sent, State::Unknown]);
        let with = format!(
            "WITH RECURSIVE reached (id) AS (
             SELECT had.id FROM mail m JOIN edition e ON e.id = m.edition
             JOIN subscription had ON had.subscriber = m.subscriber AND had.brief = e.brief
             WHERE m.edition = {superseded} AND m.state IN ({had})
             UNION SELECT moved.moved_to FROM reached r JOIN subscription moved ON moved.id = r.id
             WHERE moved.moved_to IS NOT NULL)"
        );
        Audience { with, only: "AND s.id IN (SELECT id FROM reached)" }
    }
}

/// Notes that an edition supersedes another, if it is made to, in the transaction of its release. Returns who gets it.
pub(super) async fn put_in_force(tx: &mut Transaction<'_, Any>, edition: EditionId) -> Result<Audience> {
    let row = sqlx::query("UPDATE correction SET in_force = supersedes WHERE edition = $1 RETURNING supersedes")
        .bind(edition)
        .fetch_optional(&mut **tx)
        .await?;
    Ok(match row {
        Some(row) => Audience::who_have(row.try_get(0)?),
        None => Audience::default(),
    })
}

/// The edition that superseded, meanwhile, the one that this edition was made to supersede.
pub(super) async fn superseded_before(
    tx: &mut Transaction<'_, Any>,
    edition: EditionId,
) -> Result<Option<EditionName>> {
    let row = sqlx::query(
        "SELECT e.brief, e.number FROM correction c JOIN correction o ON o.in_force = c.supersedes
         JOIN edition e ON e.id = o.edition WHERE c.edition = $1 AND o.edition <> c.edition",
    );
    let row = row.bind(edition).fetch_optional(&mut **tx).await?;
    row.map(|row| Ok(EditionName { brief: row.try_get(0)?, number: row.try_get(1)? })).transpose()
}

/// What is read of a correction.
const RECORD: &str = "SELECT e.brief, e.number, o.number AS superseded, c.reason, c.actor, c.at, c.in_force
     FROM correction c JOIN edition e ON e.id = c.edition JOIN edition o ON o.id = c.supersedes";

impl Editions<'_> {
    /// Returns what an edition corrects, if it was made for that.
    pub async fn corrects(self, edition: EditionId) -> Result<Option<CorrectionRecord>> {
        let row = sqlx::query(sql(format!("{RECORD} WHERE c.edition = $1"))).bind(edition);
        row.fetch_optional(&self.store.pool).await?.as_ref().map(record).transpose()
    }

    /// Returns the correction by which an edition is superseded.
    pub async fn superseded_by(self, edition: EditionId) -> Result<Option<CorrectionRecord>> {
        let row = sqlx::query(sql(format!("{RECORD} WHERE c.in_force = $1"))).bind(edition);
        row.fetch_optional(&self.store.pool).await?.as_ref().map(record).transpose()
    }

    /// Returns how many readers have an edition in each language: those to whom it was sent, and to whom it may have been.
    pub async fn readers(self, edition: EditionId) -> Result<BTreeMap<Language, (i64, i64)>> {
        let [sent, unknown] = [State::Sent, State::Unknown].map(State::code);
        let rows = sqlx::query(sql(format!(
            "SELECT language, CAST(SUM(CASE WHEN state = {sent} THEN 1 ELSE 0 END) AS BIGINT),
             CAST(SUM(CASE WHEN state = {unknown} THEN 1 ELSE 0 END) AS BIGINT)
             FROM mail WHERE edition = $1 GROUP BY language"
        )))
        .bind(edition)
        .fetch_all(&self.store.pool)
        .await?;
        rows.iter().map(|row| Ok((word(row, "language")?, (row.try_get(1)?, row.try_get(2)?)))).collect()
    }

    /// Returns to how many readers of a language a correction of this edition would go now.
    pub async fn correction_audience(self, superseded: EditionId, language: Language) -> Result<i64> {
        let Audience { with, only } = Audience::who_have(superseded);
        let row = sqlx::query(sql(format!(
            "{with} SELECT COUNT(*) FROM subscription s JOIN subscriber u ON u.id = s.subscriber
             LEFT JOIN suppression x ON x.address_key = u.address_key
             WHERE s.brief = (SELECT brief FROM edition WHERE id = $1) AND s.state = $2 AND s.language = $3
             AND x.address_key IS NULL {only}"
        )))
        .bind(superseded)
        .bind(Active.code())
        .bind(language.code())
        .fetch_one(&self.store.pool)
        .await?;
        Ok(row.try_get(0)?)
    }
}

fn record(row: &AnyRow) -> Result<CorrectionRecord> {
    let brief: String = row.try_get("brief")?;
    let reason: String = row.try_get("reason")?;
    let in_force: Option<i64> = row.try_get("in_force")?;
    Ok(CorrectionRecord {
        edition: EditionName { brief: brief.clone(), number: row.try_get("number")? },
        supersedes: EditionName { brief, number: row.try_get("superseded")? },
        reason: serde_json::from_str(&reason)
            .map_err(|error| Error::Corrupt(format!("a correction's reason: {error}")))?,
        by: row.try_get("actor")?,
        at: time(row.try_get("at")?)?,
        in_force: in_force.is_some(),
    })
}
