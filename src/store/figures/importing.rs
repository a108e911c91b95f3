//! An import while it is written: the catalogue first, then observations in batches. A batch is compared in the database, so
//! that memory grows neither with the store nor with the import. All is one transaction: what is not committed never was.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use sqlx::{Any, Row, Transaction};

use super::{
    imports,
    reading::Reading,
    rows::{InForce, status, status_word, written},
    withdrawals,
};
use crate::{
    figures::{
        Citation, Dataset, Event, Identity, ImportItem, ImportKind, ImportReport, NewImport, Observation, Period,
        Published, SeriesId, SourceCounts, Status, View,
    },
    store::{
        Error, Result,
        columns::word,
        dialect::{Dialect, sql},
    },
};

/// Maximum number of observations that are compared and written at a time.
pub const BATCH: usize = 5_000;
/// Maximum number of citations whose rows are remembered: most files repeat a few.
const REMEMBERED: usize = 20_000;

/// An observation as an import brings it.
#[derive(Debug, Clone)]
pub struct Incoming {
    /// Its series.
    pub series: SeriesId,
    /// Its period.
    pub period: Period,
    /// Its vintage.
    pub vintage: Published,
    /// Its value.
    pub value: Decimal,
    /// Its status.
    pub status: Status,
    /// Its citations, the best first, as [`Incoming::citation`] writes them; many observations share one.
    pub citations: Vec<Arc<str>>,
}

impl Incoming {
    /// A citation as the store keeps it.
    pub fn citation(citation: &Citation) -> Result<Arc<str>> {
        written(citation).map(Arc::from)
    }

    /// Of an observation.
    pub fn of(observation: &Observation) -> Result<Incoming> {
        let Observation { series, period, vintage, value, status, sources } = observation;
        let citations = sources.iter().map(Incoming::citation).collect::<Result<_>>()?;
        let (series, period, vintage, value, status) = (series.clone(), *period, *vintage, *value, *status);
        Ok(Incoming { series, period, vintage, value, status, citations })
    }

    fn identity(&self) -> Identity {
        (self.series.clone(), self.period, self.vintage)
    }
}

/// What stands in the store in the place of an observation.
#[derive(Debug, Clone, PartialEq)]
pub enum Standing {
    /// Nothing.
    New,
    /// The same.
    Same,
    /// Another value, status or sources.
    Other {
        /// The row.
        id: i64,
        /// Its value.
        value: Decimal,
        /// Its status.
        status: Status,
        /// The rows of its citations.
        sources: Vec<i64>,
        /// Whether this import has brought it.
        is_own: bool,
    },
}

/// An observation of a batch with its place in the store.
#[derive(Debug)]
pub struct Placed {
    /// What is there.
    pub standing: Standing,
    /// The rows of its citations.
    sources: Vec<i64>,
}

/// An import that is being written.
pub struct Importing {
    tx: Transaction<'static, Any>,
    dialect: Dialect,
    number: i64,
    kind: ImportKind,
    by: String,
    at: DateTime<Utc>,
    /// Units, series and events by now.
    catalogue: Dataset,
    /// What is withdrawn.
    withdrawn: HashSet<Identity>,
    /// The rows of citations by their content.
    citations: HashMap<Arc<str>, i64>,
    report: ImportReport,
}

impl Importing {
    pub(super) async fn begin(
        mut tx: Transaction<'static, Any>,
        dialect: Dialect,
        new: &NewImport<'_>,
    ) -> Result<Importing> {
        let number = imports::begin(&mut tx, new).await?;
        let catalogue = Reading::new(&mut tx, dialect, View::NOW).await?.catalogue().await?;
        let withdrawn = withdrawals::in_force(&mut tx, InForce::Now).await?;
        let report = ImportReport { import: Some(number), ..ImportReport::default() };
        let (by, at, kind) = (new.by.to_owned(), new.at, new.kind);
        Ok(Importing { tx, dialect, number, kind, by, at, catalogue, withdrawn, citations: HashMap::new(), report })
    }

    /// All units, series, events and publishers, with those of this import.
    pub const fn catalogue(&self) -> &Dataset {
        &self.catalogue
    }

    /// Its number.
    pub const fn number(&self) -> i64 {
        self.number
    }

    /// Counts observations that are there already and need not be written.
    pub const fn count_unchanged(&mut self, count: usize) {
        self.report.unchanged += count;
    }

    /// Records how its files were read: all of them is in the store once it ends, and an import of the same files that are read
    /// the same way, right after it, would change nothing.
    pub async fn note_reading(&mut self, read_as: &str) -> Result<()> {
        imports::note_reading(&mut self.tx, self.number, read_as).await
    }

    /// Ends it: everything is there from now on.
    pub async fn commit(mut self) -> Result<ImportReport> {
        let [new, changed] = [self.report.count_new(), self.report.count_changed()];
        let counts = [new, changed, self.report.unchanged].map(|count| i64::try_from(count).unwrap_or(i64::MAX));
        imports::end(&mut self.tx, self.number, counts).await?;
        self.tx.commit().await?;
        Ok(self.report)
    }

    /// Gives it up: nothing was written. What it would have done is returned.
    pub async fn give_up(self) -> Result<ImportReport> {
        self.tx.rollback().await?;
        Ok(ImportReport { import: None, ..self.report })
    }

    /// Writes what is new or changed among units, series, events and publishers.
    ///
    /// # Errors
    /// A series has a unit that is not there.
    pub async fn write_catalogue(&mut self, incoming: &Dataset) -> Result<()> {
        let changed = self.catalogue.compare_catalogue(incoming);
        let versions = self.versions(incoming)?;
        for series in incoming.series.values() {
            if !incoming.units.contains_key(&series.unit) && !self.catalogue.units.contains_key(&series.unit) {
                return Err(Error::Corrupt(format!("the series {} has the unknown unit `{}`", series.id, series.unit)));
            }
        }
        for versions in versions.chunks(BATCH) {
            let elements = self.dialect.elements();
            let json = written(versions)?;
            sqlx::query(sql(format!(
                "UPDATE catalogue SET superseded = $2 WHERE superseded IS NULL AND id IN (SELECT c.id
                 FROM {elements} e CROSS JOIN catalogue c WHERE c.kind = e.value ->> 0 AND c.name = e.value ->> 1
                 AND c.superseded IS NULL)"
            )))
            .bind(json.clone())
            .bind(self.number)
            .execute(&mut *self.tx)
            .await?;
            sqlx::query(sql(format!(
                "INSERT INTO catalogue (kind, name, content, import)
                 SELECT e.value ->> 0, e.value ->> 1, e.value ->> 2, $2 FROM {elements} e"
            )))
            .bind(json)
            .bind(self.number)
            .execute(&mut *self.tx)
            .await?;
        }
        self.report.add(changed);
        let (units, series) = (incoming.units.clone(), incoming.series.clone());
        let (events, publishers) = (incoming.events.clone(), incoming.publishers.clone());
        let incoming = Dataset { units, series, events, publishers, ..Dataset::default() };
        self.catalogue = std::mem::take(&mut self.catalogue).merge(incoming);
        Ok(())
    }

    /// What is new or changed among units, series, events and publishers, each as its kind, name and content. The report does not list all.
    fn versions<'a>(&self, incoming: &'a Dataset) -> Result<Vec<(&'static str, &'a str, String)>> {
        let there = &self.catalogue;
        let events: HashMap<&str, &Event> = there.events.iter().map(|event| (event.id.as_str(), event)).collect();
        let mut versions = Vec::new();
        for (id, unit) in incoming.units.iter().filter(|(id, unit)| there.units.get(*id) != Some(*unit)) {
            versions.push(("unit", id.as_str(), written(unit)?));
        }
        for (id, series) in incoming.series.iter().filter(|(id, series)| there.series.get(*id) != Some(*series)) {
            versions.push(("series", id.as_str(), written(series)?));
        }
        for event in incoming.events.iter().filter(|event| events.get(event.id.as_str()) != Some(event)) {
            versions.push(("event", event.id.as_str(), written(event)?));
        }
        let publishers = incoming.publishers.iter();
        for (id, publisher) in publishers.filter(|(id, publisher)| there.publishers.get(*id) != Some(*publisher)) {
            versions.push(("publisher", id.as_str(), written(publisher)?));
        }
        Ok(versions)
    }

    /// Finds what stands in the place of each observation. Citations that are not there yet are written.
    pub async fn place(&mut self, batch: &[Incoming]) -> Result<Vec<Placed>> {
        let sources = self.sources(batch).await?;
        let mut json = Vec::with_capacity(batch.len());
        let mut placed = Vec::with_capacity(batch.len());
        for (at, (observation, sources)) in batch.iter().zip(sources).enumerate() {
            json.push((
                at,
                observation.series.as_str(),
                observation.period.to_string(),
                observation.vintage.code(),
                observation.value.to_string(),
                status_word(observation.status),
                written(&sources)?,
            ));
            placed.push(Placed { standing: Standing::Same, sources });
        }
        // Only what differs comes back, and all that is new in one row: each of its own costs more than what it holds.
        let rows = sqlx::query(sql(format!(
            "SELECT STRING_AGG(e.value ->> 0, ',') AS places, o.id, o.value, o.status, o.sources, o.import
             FROM {} e LEFT JOIN observation o ON o.series = e.value ->> 1 AND o.period = e.value ->> 2
             AND o.vintage = e.value ->> 3 AND o.superseded IS NULL
             WHERE o.id IS NULL OR o.value <> e.value ->> 4 OR o.status <> e.value ->> 5
             OR o.sources <> e.value ->> 6 GROUP BY o.id, o.value, o.status, o.sources, o.import",
            self.dialect.elements()
        )))
        .bind(written(&json)?)
        .fetch_all(&mut *self.tx)
        .await?;
        for row in rows {
            let places: &str = row.try_get("places")?;
            let standing = match row.try_get::<Option<i64>, _>("id")? {
                None => Standing::New,
                Some(id) => Standing::Other {
                    id,
                    value: word(&row, "value")?,
                    status: status(row.try_get("status")?)?,
                    sources: super::rows::parsed(row.try_get("sources")?)?,
                    is_own: row.try_get::<i64, _>("import")? == self.number,
                },
            };
            for at in places.split(',').filter_map(|at| at.parse::<usize>().ok()) {
                let (Some(place), Some(observation)) = (placed.get_mut(at), batch.get(at)) else { continue };
                let is_same = matches!(&standing, Standing::Other { value, status, sources, .. }
                    // A value with other zeros behind it is the same.
                    if *value == observation.value && *status == observation.status && *sources == place.sources);
                if !is_same {
                    place.standing = standing.clone();
                }
            }
        }
        Ok(placed)
    }

    /// Writes what is new or changed of a batch that was placed, and notes it in the report.
    ///
    /// # Errors
    /// The series of an observation is not there.
    pub async fn write(&mut self, batch: &[Incoming], placed: Vec<Placed>) -> Result<()> {
        let (mut rows, mut superseded) = (Vec::new(), Vec::new());
        for (observation, Placed { standing, sources }) in batch.iter().zip(placed) {
            if !self.catalogue.series.contains_key(&observation.series) {
                return Err(Error::Corrupt(format!("a value of the unknown series `{}`", observation.series)));
            }
            let comes_back = !self.withdrawn.is_empty() && self.comes_back(observation).await?;
            self.note(observation, &standing, &sources, comes_back);
            let all = match &standing {
                Standing::Same => continue,
                Standing::New => sources,
                Standing::Other { id, is_own: false, .. } => {
                    superseded.push([*id]);
                    sources
                }
                // A further source of a value that an earlier batch has brought.
                Standing::Other { id, is_own: true, sources: there, .. } => {
                    let mut all = there.clone();
                    all.extend(sources.into_iter().filter(|source| !there.contains(source)));
                    let more =
                        sqlx::query("UPDATE observation SET sources = $2, value = $3, status = $4 WHERE id = $1");
                    let more = more.bind(*id).bind(written(&all)?).bind(observation.value.to_string());
                    more.bind(status_word(observation.status)).execute(&mut *self.tx).await?;
                    continue;
                }
            };
            rows.push((
                observation.series.as_str(),
                observation.period.to_string(),
                observation.vintage.code(),
                observation.value.to_string(),
                status_word(observation.status),
                written(&all)?,
            ));
        }
        let elements = self.dialect.elements();
        if !superseded.is_empty() {
            let query = format!(
                "UPDATE observation SET superseded = $2
                 WHERE id IN (SELECT CAST(e.value ->> 0 AS BIGINT) FROM {elements} e)"
            );
            let query = sqlx::query(sql(query)).bind(written(&superseded)?).bind(self.number);
            query.execute(&mut *self.tx).await?;
        }
        if !rows.is_empty() {
            let query = format!(
                "INSERT INTO observation (series, period, vintage, value, status, sources, import)
                 SELECT e.value ->> 0, e.value ->> 1, e.value ->> 2, e.value ->> 3, e.value ->> 4, e.value ->> 5, $2
                 FROM {elements} e"
            );
            let query = sqlx::query(sql(query)).bind(written(&rows)?).bind(self.number);
            query.execute(&mut *self.tx).await?;
        }
        Ok(())
    }

    /// Ends the withdrawal of an observation that is imported again, if the import may do that.
    async fn comes_back(&mut self, observation: &Incoming) -> Result<bool> {
        if self.kind != ImportKind::Again {
            return Ok(false);
        }
        let identity = observation.identity();
        if !self.withdrawn.remove(&identity) {
            return Ok(false);
        }
        withdrawals::end(&mut self.tx, &identity, &self.by, self.at, self.number).await?;
        Ok(true)
    }

    fn note(&mut self, observation: &Incoming, standing: &Standing, sources: &[i64], comes_back: bool) {
        let item = |before: Option<String>, counts| ImportItem {
            kind: "observation",
            id: observation.series.to_string(),
            period: Some(observation.period),
            vintage: Some(observation.vintage),
            before,
            after: observation.value.to_string(),
            sources: counts,
            earlier: None,
            columns: Vec::new(),
        };
        match standing {
            Standing::Same if !comes_back => self.report.unchanged += 1,
            Standing::Other { is_own: true, .. } => {}
            Standing::Other { value, sources: before, .. } if !comes_back => {
                let counts = SourceCounts { before: before.len(), after: sources.len() };
                let counts = Some(counts).filter(|counts| counts.before != counts.after);
                self.report.note_changed(item(Some(value.to_string()), counts));
            }
            _ => self.report.note_new(item(None, None)),
        }
    }

    /// The rows of the citations of each observation.
    async fn sources(&mut self, batch: &[Incoming]) -> Result<Vec<Vec<i64>>> {
        if self.citations.len() > REMEMBERED {
            self.citations.clear();
        }
        let all = batch.iter().flat_map(|observation| &observation.citations);
        let unknown: HashSet<&str> = all.filter(|it| !self.citations.contains_key(*it)).map(|it| &**it).collect();
        if !unknown.is_empty() {
            let mut unknown: Vec<[&str; 1]> = unknown.into_iter().map(|content| [content]).collect();
            unknown.sort_unstable();
            let (json, elements) = (written(&unknown)?, self.dialect.elements());
            let query = format!(
                "INSERT INTO citation (content) SELECT e.value ->> 0 FROM {elements} e WHERE 1 = 1 ON CONFLICT DO NOTHING"
            );
            sqlx::query(sql(query)).bind(json.clone()).execute(&mut *self.tx).await?;
            let query = format!(
                "SELECT c.id, c.content FROM {elements} e CROSS JOIN citation c WHERE c.content = e.value ->> 0"
            );
            for row in sqlx::query(sql(query)).bind(json).fetch_all(&mut *self.tx).await? {
                self.citations.insert(row.try_get::<&str, _>(1)?.into(), row.try_get(0)?);
            }
        }
        let row = |content: &Arc<str>| self.citations.get(content).copied().unwrap_or(0);
        Ok(batch.iter().map(|observation| observation.citations.iter().map(row).collect()).collect())
    }
}
