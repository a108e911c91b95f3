//! The records of observations that a person took back. A withdrawal is of a series, period and vintage, whatever its value;
//! it begins and may end with an import. Which observations count is asked in `reading`.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use sqlx::{Any, Row, Transaction, any::AnyRow};

use super::rows::{InForce, published, series_id};
use crate::{
    figures::{Identity, Period, Published, SeriesId, Withdrawal, WithdrawalEnd},
    store::{
        Result,
        columns::{micros, time, word},
    },
};

/// A withdrawal that a person asks for.
#[derive(Debug, Clone, Copy)]
pub struct NewWithdrawal<'a> {
    /// Who withdraws.
    pub by: &'a str,
    /// When.
    pub at: DateTime<Utc>,
    /// Why.
    pub reason: &'a str,
}

fn identity(row: &AnyRow) -> Result<Identity> {
    Ok((series_id(row.try_get("series")?)?, word::<Period>(row, "period")?, published(row, "vintage")?))
}

/// Reads the withdrawals that the store knew of, also those that had ended, oldest first.
pub(super) async fn known(tx: &mut Transaction<'_, Any>, in_force: InForce) -> Result<Vec<(Identity, Withdrawal)>> {
    let rows = sqlx::query("SELECT * FROM withdrawal WHERE import <= $1 ORDER BY id");
    let rows = rows.bind(in_force.number()).fetch_all(&mut **tx).await?;
    let read = |row: &AnyRow| {
        let ended_by: Option<String> = row.try_get("ended_by")?;
        let ended: Option<i64> = row.try_get("ended_import")?;
        let ended = match ended.filter(|ended| *ended <= in_force.number()) {
            Some(_) => Some(WithdrawalEnd { by: ended_by.unwrap_or_default(), at: time(row.try_get("ended_at")?)? }),
            None => None,
        };
        let withdrawal = Withdrawal {
            value: word(row, "value")?,
            by: row.try_get("actor")?,
            at: time(row.try_get("at")?)?,
            reason: row.try_get("reason")?,
            ended,
        };
        Ok((identity(row)?, withdrawal))
    };
    rows.iter().map(read).collect()
}

/// Reads what is withdrawn by what the store knew.
pub(super) async fn in_force(tx: &mut Transaction<'_, Any>, in_force: InForce) -> Result<HashSet<Identity>> {
    let rows = sqlx::query(
        "SELECT series, period, vintage FROM withdrawal
         WHERE import <= $1 AND (ended_import IS NULL OR ended_import > $1)",
    );
    rows.bind(in_force.number()).fetch_all(&mut **tx).await?.iter().map(identity).collect()
}

/// Records a withdrawal. Returns whether there was none in force.
pub(super) async fn begin(
    tx: &mut Transaction<'_, Any>,
    (series, period, vintage): (&SeriesId, Period, Published),
    value: Decimal,
    withdrawal: NewWithdrawal<'_>,
    import: i64,
) -> Result<bool> {
    let done = sqlx::query(
        "INSERT INTO withdrawal (series, period, vintage, value, at, actor, reason, import)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING",
    )
    .bind(series.to_string())
    .bind(period.to_string())
    .bind(vintage.code())
    .bind(value.to_string())
    .bind(micros(withdrawal.at))
    .bind(withdrawal.by.to_owned())
    .bind(withdrawal.reason.to_owned())
    .bind(import)
    .execute(&mut **tx)
    .await?;
    Ok(done.rows_affected() > 0)
}

/// Ends the withdrawal of an observation, if one is in force.
pub(super) async fn end(
    tx: &mut Transaction<'_, Any>,
    (series, period, vintage): &Identity,
    by: &str,
    now: DateTime<Utc>,
    import: i64,
) -> Result<()> {
    sqlx::query(
        "UPDATE withdrawal SET ended_at = $4, ended_by = $5, ended_import = $6
         WHERE series = $1 AND period = $2 AND vintage = $3 AND ended_import IS NULL",
    )
    .bind(series.to_string())
    .bind(period.to_string())
    .bind(vintage.code())
    .bind(micros(now))
    .bind(by.to_owned())
    .bind(import)
    .execute(&mut **tx)
    .await?;
    Ok(())
}
