//! Leases: who works on mails or occurrences, and until when nobody else may take them over. On PostgreSQL leases go by the
//! database's clock, since several machines share them.

use chrono::{DateTime, TimeDelta, Utc};
use sqlx::Row;

use super::{Result, Store, columns::micros, dialect::Dialect};

/// A process that claims mails or occurrences for a while.
#[derive(Debug, Clone, Copy)]
pub struct Lease<'a> {
    /// The process' random id.
    pub owner: &'a str,
    /// The current time.
    pub now: DateTime<Utc>,
    /// When this time is over, another process may take over.
    pub length: TimeDelta,
}

/// The begin and the end of a lease in UTC microseconds, by the clock that leases go by.
#[derive(Debug, Clone, Copy)]
pub(super) struct LeaseTimes {
    pub now: i64,
    pub until: i64,
}

impl Store {
    pub(super) async fn lease_times(&self, lease: &Lease<'_>) -> Result<LeaseTimes> {
        let now = self.lease_clock(lease.now).await?;
        Ok(LeaseTimes { now, until: now + lease.length.num_microseconds().unwrap_or(0) })
    }

    /// The clock that leases go by: the database's where several machines share it, else the caller's.
    pub(super) async fn lease_clock(&self, now: DateTime<Utc>) -> Result<i64> {
        match self.dialect {
            Dialect::Sqlite => Ok(micros(now)),
            Dialect::Postgres => {
                let row = sqlx::query("SELECT CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000000 AS BIGINT)")
                    .fetch_one(&self.pool)
                    .await?;
                Ok(row.try_get(0)?)
            }
        }
    }
}
