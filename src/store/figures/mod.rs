//! Figures in the database, by two clocks: when a value was published, and when the store learned it. Nothing is overwritten or
//! deleted: a row belongs to the import that brought it, and to the one that superseded it. [`reading`] makes a `Dataset` of
//! the rows that count, [`importing`] compares and writes, [`imports`] keeps the records, [`undo`] takes one back,
//! [`withdrawals`] keeps what a person took back, [`gone`] finds what files had before, and [`earlier`] copies the tables of
//! before. What an import did is told by `figures::ImportReport`.

pub(super) mod earlier;
mod gone;
mod importing;
mod imports;
mod links;
mod reading;
mod rows;
mod undo;
mod withdrawals;

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use sqlx::{Any, Row, Transaction};

use self::reading::Reading;
pub use self::{
    importing::{BATCH, Importing, Incoming, Placed, Standing},
    undo::{Obstacle, Undone},
    withdrawals::NewWithdrawal,
};
use super::{Result, Store, columns::word, dialect::Dialect};
use crate::figures::{
    Dataset, ImportKind, ImportReport, ImportedFile, Known, NewImport, Observation, Period, Published, SeriesId, View,
    Withdrawn,
    links::{DeadLinks, LinkRecord, Look},
};

/// The word under which figures are changed by one transaction at a time.
const FIGURES: &str = "figures";

/// The figures of a store.
#[derive(Debug, Clone, Copy)]
pub struct Figures<'a> {
    pub(super) store: &'a Store,
}

/// The outcome of a withdrawal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WithdrawalOutcome {
    /// The observation does not count from now on.
    Withdrawn {
        /// Its value.
        value: Decimal,
        /// The number of the import that took it away.
        import: i64,
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

    /// Begins to change figures, and waits until nobody else does.
    async fn begin_to_write(self) -> Result<Transaction<'static, Any>> {
        let mut tx = self.store.begin().await?;
        self.store.one_at_a_time(&mut tx, FIGURES).await?;
        Ok(tx)
    }

    /// Returns all figures that count now, of every vintage.
    pub async fn dataset(self) -> Result<Dataset> {
        self.dataset_as(View::NOW).await
    }

    /// Returns all figures that count by both clocks.
    pub async fn dataset_as(self, view: View) -> Result<Dataset> {
        self.read(view, None).await
    }

    async fn read(self, view: View, series: Option<&BTreeSet<SeriesId>>) -> Result<Dataset> {
        let mut tx = self.begin_to_read().await?;
        let mut reading = Reading::new(&mut tx, self.store.dialect, view).await?;
        let mut data = reading.catalogue().await?;
        data.observations = reading.observations(series).await?;
        tx.rollback().await?;
        Ok(data)
    }

    /// Returns all units, series, events and publishers, and the observations of these series only.
    pub async fn dataset_of(self, view: View, series: &BTreeSet<SeriesId>) -> Result<Dataset> {
        self.read(view, Some(series)).await
    }

    /// Returns all units, series, events and publishers, and no observation.
    pub async fn catalogue_as(self, view: View) -> Result<Dataset> {
        let mut tx = self.begin_to_read().await?;
        let data = Reading::new(&mut tx, self.store.dialect, view).await?.catalogue().await?;
        tx.rollback().await?;
        Ok(data)
    }

    /// Returns the observations of these series only.
    pub async fn observations_as(
        self,
        view: View,
        series: &BTreeSet<SeriesId>,
    ) -> Result<BTreeMap<SeriesId, Vec<Observation>>> {
        let mut tx = self.begin_to_read().await?;
        let found = Reading::new(&mut tx, self.store.dialect, view).await?.observations(Some(series)).await?;
        tx.rollback().await?;
        Ok(found)
    }

    /// Returns the number of the last import that counts; 0 if there is none.
    pub async fn import_of(self, known: Known) -> Result<i64> {
        match known {
            Known::Now => self.newest_import().await,
            Known::Import(number) => Ok(number),
            Known::At(time) => {
                let mut tx = self.begin_to_read().await?;
                let number = imports::last_at(&mut tx, time).await?;
                tx.rollback().await?;
                Ok(number)
            }
        }
    }

    /// Returns the observations that are or were withdrawn by what the store knows now, in the order of their withdrawals.
    pub async fn withdrawn(self) -> Result<Vec<Withdrawn>> {
        self.withdrawn_as(View::NOW).await
    }

    /// As `withdrawn`, by what the store knew.
    pub async fn withdrawn_as(self, view: View) -> Result<Vec<Withdrawn>> {
        let mut tx = self.begin_to_read().await?;
        let withdrawn = Reading::new(&mut tx, self.store.dialect, view).await?.withdrawn().await?;
        tx.rollback().await?;
        Ok(withdrawn)
    }

    /// Takes an observation back: it does not count any more. Nothing of it is deleted.
    pub async fn withdraw(
        self,
        series: &SeriesId,
        period: Period,
        vintage: Published,
        withdrawal: NewWithdrawal<'_>,
    ) -> Result<WithdrawalOutcome> {
        let mut tx = self.begin_to_write().await?;
        let row = sqlx::query(
            "SELECT value FROM observation WHERE series = $1 AND period = $2 AND vintage = $3 AND superseded IS NULL",
        )
        .bind(series.to_string())
        .bind(period.to_string())
        .bind(vintage.code())
        .fetch_optional(&mut *tx)
        .await?;
        let Some(row) = row else { return Ok(WithdrawalOutcome::Missing) };
        let value: Decimal = word(&row, "value")?;
        let NewWithdrawal { by, at, reason } = withdrawal;
        let record = NewImport { by, at, kind: ImportKind::Withdrawal, files: &[], reason };
        let import = imports::begin(&mut tx, &record).await?;
        if !withdrawals::begin(&mut tx, (series, period, vintage), value, withdrawal, import).await? {
            return Ok(WithdrawalOutcome::AlreadyWithdrawn);
        }
        imports::end(&mut tx, import, [1, 0, 0]).await?;
        tx.commit().await?;
        Ok(WithdrawalOutcome::Withdrawn { value, import })
    }

    /// Returns the number of the newest import: every change of the figures has a higher one. 0 if there is none.
    pub async fn newest_import(self) -> Result<i64> {
        let row = sqlx::query("SELECT COALESCE(MAX(number), 0) FROM import").fetch_one(&self.store.pool).await?;
        Ok(row.try_get(0)?)
    }

    /// Is there any series?
    pub async fn has_any(self) -> Result<bool> {
        let found = sqlx::query("SELECT id FROM catalogue WHERE kind = 'series' AND superseded IS NULL LIMIT 1");
        Ok(found.fetch_optional(&self.store.pool).await?.is_some())
    }

    /// Imports figures, all or none. Returns what was new, changed and unchanged. What is withdrawn stays so, unless the kind
    /// of the import is [`ImportKind::Again`].
    ///
    /// # Errors
    /// A series of an observation, or a unit of a series, is not there.
    pub async fn import(self, incoming: &Dataset, new: &NewImport<'_>) -> Result<ImportReport> {
        let mut importing = self.begin_import(new).await?;
        importing.write_catalogue(incoming).await?;
        let observations: Vec<&Observation> = incoming.observations.values().flatten().collect();
        for batch in observations.chunks(importing::BATCH) {
            let batch = batch.iter().map(|observation| Incoming::of(observation)).collect::<Result<Vec<_>>>()?;
            let placed = importing.place(&batch).await?;
            importing.write(&batch, placed).await?;
        }
        importing.commit().await
    }

    /// Whether the newest import was of these files, read in this way: then they bring nothing. Returns its number, and how
    /// much the files hold.
    pub async fn repeated(self, files: &[ImportedFile], read_as: &str) -> Result<Option<(i64, i64)>> {
        imports::repeated(&self.store.pool, files, read_as).await
    }

    /// Begins an import whose observations come in batches.
    pub async fn begin_import(self, new: &NewImport<'_>) -> Result<Importing> {
        Importing::begin(self.begin_to_write().await?, self.store.dialect, new).await
    }

    /// Returns the imports, the newest first, at most so many.
    pub async fn imports(self, limit: i64) -> Result<Vec<crate::figures::ImportRecord>> {
        imports::newest(&self.store.pool, limit).await
    }

    /// Returns the numbers of the imports of no other files than these. Files are the same by their name.
    pub async fn imports_of(self, files: &[ImportedFile]) -> Result<BTreeSet<i64>> {
        let mut tx = self.begin_to_read().await?;
        let found = gone::imports_of(&mut tx, files).await?;
        tx.rollback().await?;
        Ok(found)
    }

    /// Returns the observations of these series that count now, each with the number of the import that brought it.
    pub async fn observations_with_imports(
        self,
        series: &BTreeSet<SeriesId>,
    ) -> Result<BTreeMap<SeriesId, Vec<(Observation, i64)>>> {
        let mut tx = self.begin_to_read().await?;
        let found = Reading::new(&mut tx, self.store.dialect, View::NOW).await?.with_imports(Some(series)).await?;
        tx.rollback().await?;
        Ok(found)
    }

    /// Returns the series of which observations count that came by these imports.
    pub async fn series_brought_by(self, imports: &BTreeSet<i64>) -> Result<BTreeSet<SeriesId>> {
        let mut tx = self.begin_to_read().await?;
        let found = gone::series_brought_by(&mut tx, self.store.dialect, imports).await?;
        tx.rollback().await?;
        Ok(found)
    }

    /// Returns observations that an import brought, at most so many.
    pub async fn brought_by(self, number: i64, limit: usize) -> Result<Vec<Observation>> {
        let mut tx = self.begin_to_read().await?;
        let found = Reading::new(&mut tx, self.store.dialect, View::NOW).await?.brought_by(number, limit).await?;
        tx.rollback().await?;
        Ok(found)
    }

    /// Returns the links that were looked at, by their address.
    pub async fn links(self) -> Result<BTreeMap<String, LinkRecord>> {
        links::all(&self.store.pool, false).await
    }

    /// Returns the links that count as dead: two looks on two days found them so, and none since otherwise.
    pub async fn dead_links(self) -> Result<DeadLinks> {
        links::all(&self.store.pool, true).await
    }

    /// Keeps what came of a look at a link. Returns all that is known of it then.
    pub async fn keep_look(self, url: &str, look: Look, at: DateTime<Utc>) -> Result<LinkRecord> {
        let mut tx = self.store.begin().await?;
        let known = links::keep(&mut tx, url, look, at).await?;
        tx.commit().await?;
        Ok(known)
    }

    /// Puts everything back as it was before an import, as a new import. Refuses while something later stands on it.
    pub async fn undo(self, number: i64, new: &NewImport<'_>) -> Result<Undone> {
        let tx = self.begin_to_write().await?;
        undo::undo(tx, number, new).await
    }
}
