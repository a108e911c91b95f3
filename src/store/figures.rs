//! Figures in the database: all of them read as a `Dataset`, and an import written in one transaction. What an import
//! would change is told by `figures::ImportReport`.

use std::collections::BTreeMap;

use sqlx::{Any, Row, Transaction, any::AnyRow};

use super::{
    Error, Result, Store,
    columns::{json, to_json, word},
    dialect::Dialect,
};
use crate::figures::{
    Citation, Dataset, Event, ImportReport, Observation, Period, Published, Quality, Series, SeriesId, Status, Unit,
    UnitKind,
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

impl Figures<'_> {
    /// Returns all figures.
    pub async fn dataset(self) -> Result<Dataset> {
        // One transaction: a reader never sees half of an import.
        let mut tx = self.store.pool.begin().await?;
        if self.store.dialect == Dialect::Postgres {
            sqlx::query("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ").execute(&mut *tx).await?;
        }
        let data = read(&mut tx).await?;
        tx.rollback().await?;
        Ok(data)
    }

    /// Is there any series?
    pub async fn has_any(self) -> Result<bool> {
        Ok(sqlx::query("SELECT id FROM series LIMIT 1").fetch_optional(&self.store.pool).await?.is_some())
    }

    /// Imports figures, all or none. Returns what was new, changed and unchanged.
    pub async fn import(self, incoming: &Dataset) -> Result<ImportReport> {
        let mut tx = self.store.begin().await?;
        let report = read(&mut tx).await?.compare(incoming);
        for unit in incoming.units.values() {
            write_unit(&mut tx, unit).await?;
        }
        for series in incoming.series.values() {
            write_series(&mut tx, series).await?;
        }
        for observation in incoming.observations.values().flatten() {
            write_observation(&mut tx, observation).await?;
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
        };
        data.series.insert(series.id.clone(), series);
    }
    let mut sources: BTreeMap<i64, Vec<Citation>> = BTreeMap::new();
    for row in sqlx::query("SELECT * FROM citation ORDER BY observation, position").fetch_all(&mut **tx).await? {
        sources.entry(row.try_get("observation")?).or_default().push(citation(&row)?);
    }
    for row in sqlx::query("SELECT * FROM observation").fetch_all(&mut **tx).await? {
        let id: i64 = row.try_get("id")?;
        let series = series_id(&row.try_get::<String, _>("series")?)?;
        let observation = Observation {
            series: series.clone(),
            period: word::<Period>(&row, "period")?,
            vintage: published(&row, "vintage")?,
            value: word(&row, "value")?,
            status: value_of(&STATUSES, &row, "status")?,
            sources: sources
                .remove(&id)
                .ok_or_else(|| Error::Corrupt(format!("a value of {series} without a source")))?,
        };
        data.observations.entry(series).or_default().push(observation);
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
        "INSERT INTO series (id, title, definition, geography, unit, publisher, change_of)
         VALUES ($1, $2, $3, $4, $5, $6, $7)
         ON CONFLICT (id) DO UPDATE SET title = excluded.title, definition = excluded.definition,
         geography = excluded.geography, unit = excluded.unit, publisher = excluded.publisher,
         change_of = excluded.change_of",
    )
    .bind(series.id.to_string())
    .bind(to_json(&series.title)?)
    .bind(to_json(&series.definition)?)
    .bind(series.geography.clone())
    .bind(series.unit.clone())
    .bind(series.publisher.clone())
    .bind(series.change_of.as_ref().map(ToString::to_string))
    .execute(&mut **tx)
    .await?;
    Ok(())
}

async fn write_observation(tx: &mut Transaction<'_, Any>, observation: &Observation) -> Result<()> {
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
    Ok(())
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
