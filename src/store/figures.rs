//! Figures in the database: all that count are read as a `Dataset`, an import is written in one transaction, and an
//! observation is withdrawn. What an import would change is told by `figures::ImportReport`; the records of withdrawals are
//! in `withdrawals`.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use sqlx::{Any, Row, Transaction, any::AnyRow};

use super::{
    Error, Result, Store,
    columns::{json, to_json, word},
    dialect::Dialect,
    withdrawals::{self, NewWithdrawal},
};
use crate::figures::{
    Citation, Dataset, Event, ImportReport, Observation, Period, Published, Quality, Series, SeriesId, Status, Unit,
    UnitKind, Withdrawn,
};

const KINDS: [(&str, UnitKind); 4] = [
    ("count", UnitKind::Count),
    ("percent", UnitKind::Percent),
    ("money", UnitKind::Money),
    ("quantity", UnitKind::Quantity),
];
const STATUSES: [(&str, Status); 3] =
    [("final", Status::Final), ("provisional", Status::Provisional), ("restated", Status::Restated)];
const QUALITIES: [(&str, Quality); 2] = [("report", Quality::Report), ("copy", Quality::Copy)];

fn word_of<T: PartialEq>(words: &[(&'static str, T)], value: &T) -> &'static str {
    words.iter().find(|(_, known)| known == value).map_or("", |(word, _)| word)
}

fn value_of<T: Copy>(words: &[(&'static str, T)], row: &AnyRow, column: &str) -> Result<T> {
    let text: String = row.try_get(column)?;
    let found = words.iter().find(|(word, _)| *word == text).map(|(_, value)| *value);
    found.ok_or_else(|| Error::Corrupt(format!("`{text}` in {column}")))
}

/// The figures of a store.
#[derive(Debug, Clone, Copy)]
pub struct Figures<'a> {
    pub(super) store: &'a Store,
}

/// How far the figures of a store go: it differs once one has come or gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FiguresExtent {
    /// Number of observations.
    observations: i64,
    /// The row of the newest.
    newest: i64,
    /// Number of withdrawals.
    withdrawn: i64,
    /// Number of those that have ended.
    ended: i64,
}

/// Who lets withdrawn observations count again by an import, and when.
#[derive(Debug, Clone, Copy)]
pub struct Again<'a> {
    /// Who imports.
    pub by: &'a str,
    /// The time of the import.
    pub now: DateTime<Utc>,
}

/// The outcome of a withdrawal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WithdrawalOutcome {
    /// The observation does not count from now on.
    Withdrawn {
        /// Its value.
        value: Decimal,
    },
    /// It was withdrawn already; nothing has changed.
    AlreadyWithdrawn,
    /// There is no such observation.
    Missing,
}

impl Figures<'_> {
    /// Begins to read. One transaction: a reader never sees half of an import.
    async fn begin_to_read(self) -> Result<Transaction<'static, Any>> {
        let mut tx = self.store.pool.begin().await?;
        if self.store.dialect == Dialect::Postgres {
            sqlx::query("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ").execute(&mut *tx).await?;
        }
        Ok(tx)
    }

    /// Returns all figures that count.
    pub async fn dataset(self) -> Result<Dataset> {
        let mut tx = self.begin_to_read().await?;
        let data = read(&mut tx).await?;
        tx.rollback().await?;
        Ok(data)
    }

    /// Returns the observations that are or were withdrawn, in the order of their withdrawals.
    pub async fn withdrawn(self) -> Result<Vec<Withdrawn>> {
        let mut tx = self.begin_to_read().await?;
        let rows = withdrawals::all(&mut tx).await?;
        let there: BTreeMap<i64, Observation> =
            if rows.is_empty() { BTreeMap::new() } else { observations(&mut tx).await?.into_iter().collect() };
        tx.rollback().await?;
        let withdrawn = rows.into_iter().filter_map(|row| {
            let observation = Observation { value: row.withdrawal.value, ..there.get(&row.observation)?.clone() };
            Some(Withdrawn { observation, withdrawal: row.withdrawal })
        });
        Ok(withdrawn.collect())
    }

    /// Takes an observation back: it does not count any more. Nothing of it is deleted.
    pub async fn withdraw(
        self,
        series: &SeriesId,
        period: Period,
        vintage: Published,
        withdrawal: NewWithdrawal<'_>,
    ) -> Result<WithdrawalOutcome> {
        let mut tx = self.store.begin().await?;
        let row = sqlx::query("SELECT id, value FROM observation WHERE series = $1 AND period = $2 AND vintage = $3")
            .bind(series.to_string())
            .bind(period.to_string())
            .bind(vintage.code())
            .fetch_optional(&mut *tx)
            .await?;
        let Some(row) = row else { return Ok(WithdrawalOutcome::Missing) };
        let value: Decimal = word(&row, "value")?;
        if !withdrawals::begin(&mut tx, row.try_get("id")?, value, withdrawal).await? {
            return Ok(WithdrawalOutcome::AlreadyWithdrawn);
        }
        tx.commit().await?;
        Ok(WithdrawalOutcome::Withdrawn { value })
    }

    /// How many observations there are, and which was imported and which withdrawal began or ended last. Two equal ones mean
    /// that no figure has come or gone between them; a value may have been replaced.
    pub async fn extent(self) -> Result<FiguresExtent> {
        let row = sqlx::query(
            "SELECT (SELECT COUNT(*) FROM observation) AS observations, (SELECT MAX(id) FROM observation) AS newest,
             (SELECT COUNT(*) FROM withdrawal) AS withdrawn, (SELECT COUNT(ended_at) FROM withdrawal) AS ended",
        )
        .fetch_one(&self.store.pool)
        .await?;
        let newest: Option<i64> = row.try_get("newest")?;
        let [observations, withdrawn, ended] =
            [row.try_get("observations")?, row.try_get("withdrawn")?, row.try_get("ended")?];
        Ok(FiguresExtent { observations, newest: newest.unwrap_or(0), withdrawn, ended })
    }

    /// Is there any series?
    pub async fn has_any(self) -> Result<bool> {
        Ok(sqlx::query("SELECT id FROM series LIMIT 1").fetch_optional(&self.store.pool).await?.is_some())
    }

    /// Imports figures, all or none. Returns what was new, changed and unchanged. What is withdrawn stays so.
    pub async fn import(self, incoming: &Dataset) -> Result<ImportReport> {
        self.write(incoming, None).await
    }

    /// As [`import`](Self::import); imported observations that are withdrawn count again.
    pub async fn import_again(self, incoming: &Dataset, again: Again<'_>) -> Result<ImportReport> {
        self.write(incoming, Some(again)).await
    }

    async fn write(self, incoming: &Dataset, again: Option<Again<'_>>) -> Result<ImportReport> {
        let mut tx = self.store.begin().await?;
        let report = read(&mut tx).await?.compare(incoming);
        for unit in incoming.units.values() {
            write_unit(&mut tx, unit).await?;
        }
        for series in incoming.series.values() {
            write_series(&mut tx, series).await?;
        }
        for observation in incoming.observations.values().flatten() {
            let id = write_observation(&mut tx, observation).await?;
            if let Some(Again { by, now }) = again {
                withdrawals::end(&mut tx, id, by, now).await?;
            }
        }
        for event in &incoming.events {
            write_event(&mut tx, event).await?;
        }
        tx.commit().await?;
        Ok(report)
    }
}

async fn read(tx: &mut Transaction<'_, Any>) -> Result<Dataset> {
    let mut data = Dataset::default();
    for row in sqlx::query("SELECT * FROM unit").fetch_all(&mut **tx).await? {
        let unit = Unit {
            id: row.try_get("id")?,
            kind: value_of(&KINDS, &row, "kind")?,
            exponent: small(&row, "exponent")?,
            pattern: json(&row, "pattern")?,
            label: json(&row, "label")?,
            zh_label_exponent: small(&row, "zh_label_exponent")?,
        };
        data.units.insert(unit.id.clone(), unit);
    }
    for row in sqlx::query("SELECT * FROM series").fetch_all(&mut **tx).await? {
        let change_of: Option<String> = row.try_get("change_of")?;
        let series = Series {
            id: series_id(&row.try_get::<String, _>("id")?)?,
            title: json(&row, "title")?,
            definition: json(&row, "definition")?,
            geography: row.try_get("geography")?,
            unit: row.try_get("unit")?,
            publisher: row.try_get("publisher")?,
            change_of: change_of.as_deref().map(series_id).transpose()?,
            any_value: row.try_get::<i64, _>("any_value")? != 0,
        };
        data.series.insert(series.id.clone(), series);
    }
    let withdrawn = withdrawals::open(tx).await?;
    for (id, observation) in observations(tx).await? {
        if !withdrawn.contains_key(&id) {
            data.observations.entry(observation.series.clone()).or_default().push(observation);
        }
    }
    for row in sqlx::query("SELECT * FROM event").fetch_all(&mut **tx).await? {
        data.events.push(Event {
            id: row.try_get("id")?,
            date: word::<Period>(&row, "happened")?,
            title: json(&row, "title")?,
            source: citation(&row)?,
        });
    }
    // Sorts everything.
    Ok(Dataset::default().merge(data))
}

/// Reads all observations with their sources, also withdrawn ones, by their rows.
async fn observations(tx: &mut Transaction<'_, Any>) -> Result<Vec<(i64, Observation)>> {
    let mut sources: BTreeMap<i64, Vec<Citation>> = BTreeMap::new();
    for row in sqlx::query("SELECT * FROM citation ORDER BY observation, position").fetch_all(&mut **tx).await? {
        sources.entry(row.try_get("observation")?).or_default().push(citation(&row)?);
    }
    let rows = sqlx::query("SELECT * FROM observation").fetch_all(&mut **tx).await?;
    let mut observations = Vec::with_capacity(rows.len());
    for row in rows {
        let id: i64 = row.try_get("id")?;
        let series = series_id(&row.try_get::<String, _>("series")?)?;
        let observation = Observation {
            period: word::<Period>(&row, "period")?,
            vintage: published(&row, "vintage")?,
            value: word(&row, "value")?,
            status: value_of(&STATUSES, &row, "status")?,
            sources: sources
                .remove(&id)
                .ok_or_else(|| Error::Corrupt(format!("a value of {series} without a source")))?,
            series,
        };
        observations.push((id, observation));
    }
    Ok(observations)
}

fn small(row: &AnyRow, column: &str) -> Result<u32> {
    let value: i64 = row.try_get(column)?;
    u32::try_from(value).map_err(|_| Error::Corrupt(format!("{value} in {column}")))
}

fn series_id(text: &str) -> Result<SeriesId> {
    SeriesId::new(text).ok_or_else(|| Error::Corrupt(format!("the series id `{text}`")))
}

fn published(row: &AnyRow, column: &str) -> Result<Published> {
    let text: String = row.try_get(column)?;
    Published::parse(&text).ok_or_else(|| Error::Corrupt(format!("`{text}` in {column}")))
}

fn citation(row: &AnyRow) -> Result<Citation> {
    Ok(Citation {
        publisher: row.try_get("publisher")?,
        carrier: row.try_get("carrier")?,
        published: published(row, "published")?,
        url: row.try_get("url")?,
        quality: value_of(&QUALITIES, row, "quality")?,
    })
}

async fn write_unit(tx: &mut Transaction<'_, Any>, unit: &Unit) -> Result<()> {
    sqlx::query(
        "INSERT INTO unit (id, kind, exponent, pattern, label, zh_label_exponent) VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (id) DO UPDATE SET kind = excluded.kind, exponent = excluded.exponent,
         pattern = excluded.pattern, label = excluded.label, zh_label_exponent = excluded.zh_label_exponent",
    )
    .bind(unit.id.clone())
    .bind(word_of(&KINDS, &unit.kind))
    .bind(i64::from(unit.exponent))
    .bind(to_json(&unit.pattern)?)
    .bind(to_json(&unit.label)?)
    .bind(i64::from(unit.zh_label_exponent))
    .execute(&mut **tx)
    .await?;
    Ok(())
}

async fn write_series(tx: &mut Transaction<'_, Any>, series: &Series) -> Result<()> {
    sqlx::query(
        "INSERT INTO series (id, title, definition, geography, unit, publisher, change_of, any_value)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
         ON CONFLICT (id) DO UPDATE SET title = excluded.title, definition = excluded.definition,
         geography = excluded.geography, unit = excluded.unit, publisher = excluded.publisher,
         change_of = excluded.change_of, any_value = excluded.any_value",
    )
    .bind(series.id.to_string())
    .bind(to_json(&series.title)?)
    .bind(to_json(&series.definition)?)
    .bind(series.geography.clone())
    .bind(series.unit.clone())
    .bind(series.publisher.clone())
    .bind(series.change_of.as_ref().map(ToString::to_string))
    .bind(i64::from(series.any_value))
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Writes an observation. Returns its row.
async fn write_observation(tx: &mut Transaction<'_, Any>, observation: &Observation) -> Result<i64> {
    let row = sqlx::query(
        "INSERT INTO observation (series, period, vintage, value, status) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (series, period, vintage) DO UPDATE SET value = excluded.value, status = excluded.status
         RETURNING id",
    )
    .bind(observation.series.to_string())
    .bind(observation.period.to_string())
    .bind(observation.vintage.code())
    .bind(observation.value.to_string())
    .bind(word_of(&STATUSES, &observation.status))
    .fetch_one(&mut **tx)
    .await?;
    let id: i64 = row.try_get(0)?;
    sqlx::query("DELETE FROM citation WHERE observation = $1").bind(id).execute(&mut **tx).await?;
    for (position, source) in (0i64..).zip(&observation.sources) {
        sqlx::query(
            "INSERT INTO citation (observation, position, publisher, carrier, published, url, quality)
             VALUES ($1, $2, $3, $4, $5, $6, $7)",
        )
        .bind(id)
        .bind(position)
        .bind(source.publisher.clone())
        .bind(source.carrier.clone())
        .bind(source.published.code())
        .bind(source.url.clone())
        .bind(word_of(&QUALITIES, &source.quality))
        .execute(&mut **tx)
        .await?;
    }
    Ok(id)
}

async fn write_event(tx: &mut Transaction<'_, Any>, event: &Event) -> Result<()> {
    sqlx::query(
        "INSERT INTO event (id, happened, title, publisher, carrier, published, url, quality)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
         ON CONFLICT (id) DO UPDATE SET happened = excluded.happened, title = excluded.title,
         publisher = excluded.publisher, carrier = excluded.carrier, published = excluded.published,
         url = excluded.url, quality = excluded.quality",
    )
    .bind(event.id.clone())
    .bind(event.date.to_string())
    .bind(to_json(&event.title)?)
    .bind(event.source.publisher.clone())
    .bind(event.source.carrier.clone())
    .bind(event.source.published.code())
    .bind(event.source.url.clone())
    .bind(word_of(&QUALITIES, &event.source.quality))
    .execute(&mut **tx)
    .await?;
    Ok(())
}
