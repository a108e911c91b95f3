//! The records of observations that a person took back. Which observations count is asked in `figures`.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use sqlx::{Any, Row, Transaction};

use super::{
    Result,
    columns::{micros, time, word},
};
use crate::figures::{Withdrawal, WithdrawalEnd};

/// A withdrawal with the row of its observation.
pub(super) struct WithdrawalRow {
    pub observation: i64,
    pub withdrawal: Withdrawal,
}

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

/// Reads all withdrawals, also those that ended, oldest first.
pub(super) async fn all(tx: &mut Transaction<'_, Any>) -> Result<Vec<WithdrawalRow>> {
    let rows = sqlx::query("SELECT * FROM withdrawal ORDER BY id").fetch_all(&mut **tx).await?;
    let read = |row: &sqlx::any::AnyRow| {
        let ended: Option<i64> = row.try_get("ended_at")?;
        let ended_by: Option<String> = row.try_get("ended_by")?;
        let end = |at| Ok::<_, super::Error>(WithdrawalEnd { by: ended_by.unwrap_or_default(), at: time(at)? });
        Ok(WithdrawalRow {
            observation: row.try_get("observation")?,
            withdrawal: Withdrawal {
                value: word(row, "value")?,
                by: row.try_get("actor")?,
                at: time(row.try_get("at")?)?,
                reason: row.try_get("reason")?,
                ended: ended.map(end).transpose()?,
            },
        })
    };
    rows.iter().map(read).collect()
}

/// Reads the withdrawals that are in force, by the row of their observation.
pub(super) async fn open(tx: &mut Transaction<'_, Any>) -> Result<BTreeMap<i64, Withdrawal>> {
    let in_force = all(tx).await?.into_iter().filter(|row| row.withdrawal.ended.is_none());
    Ok(in_force.map(|row| (row.observation, row.withdrawal)).collect())
}

/// Records a withdrawal. Returns whether there was none in force.
pub(super) async fn begin(
    tx: &mut Transaction<'_, Any>,
    observation: i64,
    value: Decimal,
    withdrawal: NewWithdrawal<'_>,
) -> Result<bool> {
    let done = sqlx::query(
        "INSERT INTO withdrawal (observation, value, at, actor, reason) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT DO NOTHING",
    )
    .bind(observation)
    .bind(value.to_string())
    .bind(micros(withdrawal.at))
    .bind(withdrawal.by.to_owned())
    .bind(withdrawal.reason.to_owned())
    .execute(&mut **tx)
    .await?;
    Ok(done.rows_affected() > 0)
}

/// Ends the withdrawal of an observation, if one is in force.
pub(super) async fn end(tx: &mut Transaction<'_, Any>, observation: i64, by: &str, now: DateTime<Utc>) -> Result<()> {
    sqlx::query("UPDATE withdrawal SET ended_at = $2, ended_by = $3 WHERE observation = $1 AND ended_at IS NULL")
        .bind(observation)
        .bind(micros(now))
        .bind(by.to_owned())
        .execute(&mut **tx)
        .await?;
    Ok(())
}
