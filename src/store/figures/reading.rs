//! Figures are read as a `Dataset`: the rows that count by both clocks. Superseded rows are looked at only for a past moment.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use sqlx::{Any, Row, Transaction};

use super::{
    imports,
    rows::{InForce, Kept, Packed, parsed, written},
    withdrawals,
};
use crate::{
    figures::{Citation, Dataset, Known, Observation, SeriesId, View, Withdrawn},
    store::{
        Error, Result,
        dialect::{Dialect, sql},
    },
};

/// Number of citations that are asked for at a time.
const CITATIONS: usize = 10_000;

/// Reads within one transaction.
pub(super) struct Reading<'a> {
    tx: &'a mut Transaction<'static, Any>,
    dialect: Dialect,
    view: View,
    in_force: InForce,
}

impl<'a> Reading<'a> {
    /// Finds the last import that counts.
    pub async fn new(tx: &'a mut Transaction<'static, Any>, dialect: Dialect, view: View) -> Result<Reading<'a>> {
        let in_force = match view.known {
            Known::Now => InForce::Now,
            Known::Import(number) => InForce::At(number),
            Known::At(time) => InForce::At(imports::last_at(tx, time).await?),
        };
        Ok(Reading { tx, dialect, view, in_force })
    }

    /// All units, series, events and publishers.
    pub async fn catalogue(&mut self) -> Result<Dataset> {
        let rows = sqlx::query(sql(format!(
            "SELECT o.kind, o.content FROM catalogue o WHERE $1 = '' AND {}",
            self.condition()
        )))
        .bind("")
        .bind(self.in_force.number())
        .fetch_all(&mut **self.tx)
        .await?;
        let mut data = Dataset::default();
        for row in rows {
            let (kind, content): (String, String) = (row.try_get(0)?, row.try_get(1)?);
            match kind.as_str() {
                "unit" => {
                    let unit: crate::figures::Unit = parsed(&content)?;
                    data.units.insert(unit.id.clone(), unit);
                }
                "series" => {
                    let series: crate::figures::Series = parsed(&content)?;
                    data.series.insert(series.id.clone(), series);
                }
                "event" => data.events.push(parsed(&content)?),
                "publisher" => {
                    let publisher: crate::figures::Publisher = parsed(&content)?;
                    data.publishers.insert(publisher.id.clone(), publisher);
                }
                other => return Err(Error::Corrupt(format!("`{other}` in the catalogue"))),
            }
        }
        data.events.sort_by(|a, b| (a.date, &a.id).cmp(&(b.date, &b.id)));
        Ok(data)
    }

    fn condition(&self) -> &'static str {
        self.in_force.condition()
    }

    /// The observations that count, of all series or of these, sorted as a `Dataset` has them.
    pub async fn observations(
        &mut self,
        series: Option<&BTreeSet<SeriesId>>,
    ) -> Result<BTreeMap<SeriesId, Vec<Observation>>> {
        Ok(self.with_imports(series).await?.into_iter().map(|(id, all)| (id, bare(all))).collect())
    }

    /// As `observations`, each with the import that brought it.
    pub async fn with_imports(
        &mut self,
        series: Option<&BTreeSet<SeriesId>>,
    ) -> Result<BTreeMap<SeriesId, Vec<(Observation, i64)>>> {
        let withdrawn = withdrawals::in_force(self.tx, self.in_force).await?;
        let mut found: BTreeMap<SeriesId, Vec<(Observation, i64)>> = BTreeMap::new();
        for (observation, import) in self.rows(series).await? {
            let day = self.view.published;
            let is_later = day.is_some_and(|day| observation.vintage.counts_from().is_some_and(|from| from > day));
            if !is_later && (withdrawn.is_empty() || !withdrawn.contains(&observation.identity())) {
                found.entry(observation.series.clone()).or_default().push((observation, import));
            }
        }
        for observations in found.values_mut() {
            observations.sort_by(|(a, _), (b, _)| {
                let first = (a.period, a.vintage.counts_from()).cmp(&(b.period, b.vintage.counts_from()));
                first.then_with(|| a.vintage.code().cmp(&b.vintage.code()))
            });
        }
        Ok(found)
    }

    /// The rows, many in one of the database's: each of its own costs more than what it holds.
    async fn rows(&mut self, series: Option<&BTreeSet<SeriesId>>) -> Result<Vec<(Observation, i64)>> {
        const PACKED: &str = Packed::COLUMNS;
        const GROUP: &str = Packed::GROUP;
        let condition = self.condition();
        let (text, first) = match series {
            None => {
                (format!("SELECT {PACKED} FROM observation o WHERE $1 = '' AND {condition} {GROUP}"), String::new())
            }
            Some(series) => {
                let ids: Vec<[&str; 1]> = series.iter().map(|id| [id.as_str()]).collect();
                let elements = self.dialect.elements();
                let of = |condition: &str| {
                    format!(
                        "SELECT {PACKED} FROM {elements} e CROSS JOIN observation o
                         WHERE o.series = e.value ->> 0 AND {condition} {GROUP}"
                    )
                };
                // In two parts, each with its index.
                let text = match self.in_force {
                    InForce::Now => of(condition),
                    InForce::At(_) => format!(
                        "{} UNION ALL {}",
                        of("o.superseded IS NULL AND o.import <= $2"),
                        of("o.superseded > $2 AND o.import <= $2")
                    ),
                };
                (text, written(&ids)?)
            }
        };
        let query = sqlx::query(sql(text)).bind(first).bind(self.in_force.number());
        let rows = query.fetch_all(&mut **self.tx).await?;
        let kept: Vec<Kept> = Packed::all(&rows)?;
        drop(rows);
        let citations = self.citations(&kept).await?;
        kept.into_iter().map(|kept| Ok((observation(&kept, &citations)?, kept.import))).collect()
    }

    /// Observations that an import brought, at most so many.
    pub async fn brought_by(&mut self, number: i64, limit: usize) -> Result<Vec<Observation>> {
        let rows = sqlx::query(
            "SELECT series, period, vintage, value, status, sources, import FROM observation
             WHERE import = $1 LIMIT $2",
        )
        .bind(number)
        .bind(i64::try_from(limit).unwrap_or(i64::MAX))
        .fetch_all(&mut **self.tx)
        .await?;
        let kept = rows.iter().map(Kept::of).collect::<Result<Vec<Kept>>>()?;
        let citations = self.citations(&kept).await?;
        kept.iter().map(|kept| observation(kept, &citations)).collect()
    }

    /// The citations that these rows name.
    async fn citations(&mut self, rows: &[Kept]) -> Result<HashMap<i64, Citation>> {
        let ids: BTreeSet<i64> = rows.iter().flat_map(|row| row.sources.iter().copied()).collect();
        let mut found = HashMap::with_capacity(ids.len());
        let ids: Vec<[i64; 1]> = ids.into_iter().map(|id| [id]).collect();
        for ids in ids.chunks(CITATIONS) {
            let query = format!(
                "SELECT '[' || STRING_AGG('[' || c.id || ',' || c.content || ']', ',') || ']'
                 FROM {} e CROSS JOIN citation c WHERE c.id = CAST(e.value ->> 0 AS BIGINT) GROUP BY c.id / 200",
                self.dialect.elements()
            );
            for row in sqlx::query(sql(query)).bind(written(ids)?).fetch_all(&mut **self.tx).await? {
                found.extend(parsed::<Vec<(i64, Citation)>>(row.try_get(0)?)?);
            }
        }
        Ok(found)
    }

    /// The observations that are or were withdrawn, in the order of their withdrawals.
    pub async fn withdrawn(&mut self) -> Result<Vec<Withdrawn>> {
        let records = withdrawals::known(self.tx, self.in_force).await?;
        let series: BTreeSet<SeriesId> = records.iter().map(|(identity, _)| identity.0.clone()).collect();
        if series.is_empty() {
            return Ok(Vec::new());
        }
        let there: HashMap<_, Observation> =
            self.rows(Some(&series)).await?.into_iter().map(|(it, _)| (it.identity(), it)).collect();
        let withdrawn = records.into_iter().filter_map(|(identity, withdrawal)| {
            let observation = Observation { value: withdrawal.value, ..there.get(&identity)?.clone() };
            Some(Withdrawn { observation, withdrawal })
        });
        Ok(withdrawn.collect())
    }
}

/// Observations without their imports.
fn bare(all: Vec<(Observation, i64)>) -> Vec<Observation> {
    all.into_iter().map(|(observation, _)| observation).collect()
}

/// The observation of a row, with its sources in their order.
fn observation(kept: &Kept, citations: &HashMap<i64, Citation>) -> Result<Observation> {
    let sources: Vec<Citation> = kept.sources.iter().filter_map(|id| citations.get(id).cloned()).collect();
    if sources.is_empty() {
        return Err(Error::Corrupt(format!("a value of {} without a source", kept.series)));
    }
    let Kept { series, period, vintage, value, status, .. } = kept;
    let (series, period, vintage, value, status) = (series.clone(), *period, *vintage, *value, *status);
    Ok(Observation { series, period, vintage, value, status, sources })
}
