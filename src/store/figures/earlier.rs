//! The figures of the schema before imports were numbered become those of a first import, which says that it is from before.
//! They are copied row by row: no SQL makes the same JSON on both databases.

use std::collections::{BTreeMap, HashMap};

use sqlx::{Any, Row, Transaction, any::AnyRow};

use super::rows::{published, written};
use crate::{
    base::language::PerLanguage,
    figures::{Citation, Event, ImportKind, Quality, Series, SeriesId, Unit, UnitKind},
    store::{
        Error, Result,
        columns::{json, word},
    },
};

/// The number of the first import.
const FIRST: i64 = 1;

/// Copies all figures into the first import. Without figures there is none.
pub(crate) async fn copy(tx: &mut Transaction<'_, Any>) -> Result<()> {
    let mut counts = 0;
    let units = sqlx::query("SELECT * FROM earlier_unit ORDER BY id").fetch_all(&mut **tx).await?;
    if units.is_empty() {
        return Ok(());
    }
    sqlx::query(
        "INSERT INTO import (number, actor, kind, reason, files, added, revised, unchanged)
         VALUES ($1, '', $2, '', '[]', 0, 0, 0)",
    )
    .bind(FIRST)
    .bind(ImportKind::Earlier.word())
    .execute(&mut **tx)
    .await?;
    for row in units {
        let unit = unit(&row)?;
        counts += catalogue(tx, "unit", &unit.id, &written(&unit)?).await?;
    }
    for row in sqlx::query("SELECT * FROM earlier_series ORDER BY id").fetch_all(&mut **tx).await? {
        let series = series(&row)?;
        counts += catalogue(tx, "series", series.id.as_str(), &written(&series)?).await?;
    }
    for row in sqlx::query("SELECT * FROM earlier_event ORDER BY id").fetch_all(&mut **tx).await? {
        let title: PerLanguage<String> = json(&row, "title")?;
        let event = Event { id: row.try_get("id")?, date: word(&row, "happened")?, title, source: citation(&row)? };
        counts += catalogue(tx, "event", &event.id, &written(&event)?).await?;
    }
    counts += observations(tx).await?;
    sqlx::query(
        "INSERT INTO withdrawal (series, period, vintage, value, at, actor, reason, import, ended_at, ended_by,
         ended_import)
         SELECT o.series, o.period, o.vintage, w.value, w.at, w.actor, w.reason, $1, w.ended_at, w.ended_by,
         CASE WHEN w.ended_at IS NULL THEN NULL ELSE $1 END
         FROM earlier_withdrawal w JOIN earlier_observation o ON o.id = w.observation ORDER BY w.id",
    )
    .bind(FIRST)
    .execute(&mut **tx)
    .await?;
    sqlx::query("UPDATE import SET added = $2 WHERE number = $1").bind(FIRST).bind(counts).execute(&mut **tx).await?;
    Ok(())
}

async fn catalogue(tx: &mut Transaction<'_, Any>, kind: &str, name: &str, content: &str) -> Result<i64> {
    sqlx::query("INSERT INTO catalogue (kind, name, content, import) VALUES ($1, $2, $3, $4)")
        .bind(kind.to_owned())
        .bind(name.to_owned())
        .bind(content.to_owned())
        .bind(FIRST)
        .execute(&mut **tx)
        .await?;
    Ok(1)
}

/// Copies the observations with their citations, of which each is kept once.
async fn observations(tx: &mut Transaction<'_, Any>) -> Result<i64> {
    let (mut known, mut sources): (HashMap<String, i64>, BTreeMap<i64, Vec<i64>>) = Default::default();
    let rows =
        sqlx::query("SELECT * FROM earlier_citation ORDER BY observation, position").fetch_all(&mut **tx).await?;
    for row in rows {
        let content = written(&citation(&row)?)?;
        let id = match known.get(&content) {
            Some(id) => *id,
            None => {
                let new = sqlx::query("INSERT INTO citation (content) VALUES ($1) RETURNING id").bind(content.clone());
                let id: i64 = new.fetch_one(&mut **tx).await?.try_get(0)?;
                known.insert(content, id);
                id
            }
        };
        sources.entry(row.try_get("observation")?).or_default().push(id);
    }
    let rows = sqlx::query("SELECT id, series, period, vintage, value, status FROM earlier_observation ORDER BY id");
    let rows = rows.fetch_all(&mut **tx).await?;
    for row in &rows {
        let id: i64 = row.try_get("id")?;
        let new = sqlx::query(
            "INSERT INTO observation (series, period, vintage, value, status, sources, import)
             VALUES ($1, $2, $3, $4, $5, $6, $7)",
        );
        let mut new = new;
        for column in ["series", "period", "vintage", "value", "status"] {
            new = new.bind(row.try_get::<String, _>(column)?);
        }
        let from = sources.remove(&id).unwrap_or_default();
        new.bind(written(&from)?).bind(FIRST).execute(&mut **tx).await?;
    }
    Ok(i64::try_from(rows.len()).unwrap_or(i64::MAX))
}

fn small(row: &AnyRow, column: &str) -> Result<u32> {
    let value: i64 = row.try_get(column)?;
    u32::try_from(value).map_err(|_| Error::Corrupt(format!("{value} in {column}")))
}

fn unit(row: &AnyRow) -> Result<Unit> {
    let kind: String = row.try_get("kind")?;
    let found = UnitKind::WORDS.iter().find(|(word, _)| *word == kind).map(|(_, kind)| *kind);
    Ok(Unit {
        id: row.try_get("id")?,
        kind: found.ok_or_else(|| Error::Corrupt(format!("`{kind}` in kind")))?,
        exponent: small(row, "exponent")?,
        pattern: json(row, "pattern")?,
        label: json(row, "label")?,
        zh_label_exponent: small(row, "zh_label_exponent")?,
    })
}

fn series(row: &AnyRow) -> Result<Series> {
    let id = |text: &str| SeriesId::new(text).ok_or_else(|| Error::Corrupt(format!("the series id `{text}`")));
    let change_of: Option<String> = row.try_get("change_of")?;
    Ok(Series {
        id: id(row.try_get("id")?)?,
        title: json(row, "title")?,
        definition: json(row, "definition")?,
        geography: row.try_get("geography")?,
        unit: row.try_get("unit")?,
        publisher: row.try_get("publisher")?,
        change_of: change_of.as_deref().map(id).transpose()?,
        any_value: row.try_get::<i64, _>("any_value")? != 0,
        bounds: None,
        parts: Vec::new(),
        rhythm: None,
        licence: None,
        dimension: None,
        predecessor: None,
    })
}

fn citation(row: &AnyRow) -> Result<Citation> {
    let quality: String = row.try_get("quality")?;
    Ok(Citation {
        publisher: row.try_get("publisher")?,
        carrier: row.try_get("carrier")?,
        published: published(row, "published")?,
        url: row.try_get("url")?,
        quality: if quality == "copy" { Quality::Copy } else { Quality::Report },
        title: None,
        page: None,
        quote: None,
        read_on: None,
        evidence: None,
    })
}
