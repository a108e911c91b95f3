//! Mails that an operator should know of: those of which nobody knows whether they went out, those that cannot leave, and
//! alarms that reached nobody.

use chrono::{DateTime, Utc};
use sqlx::Row;

use super::{Outbox, mail::MailKind, sql::codes};
use crate::{
    delivery::rules::{NO_CONNECTION, State},
    store::{
        Result,
        columns::{micros, time},
        dialect::sql,
    },
};

/// Mails that wait since no server, or not the folder, takes them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stopped {
    /// When the last attempt failed.
    pub at: DateTime<Utc>,
    /// When the first of the mails that wait was enqueued.
    pub since: DateTime<Utc>,
    /// What broke.
    pub why: String,
}

/// Mails that did not arrive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LostMails {
    /// Their number.
    pub count: i64,
    /// When the last of them ended.
    pub at: DateTime<Utc>,
    /// What was said of it last.
    pub why: String,
}

impl Outbox<'_> {
    /// Returns when a mail became unknown last, of those that still are; `None` if none is.
    pub async fn newest_unknown(self) -> Result<Option<DateTime<Utc>>> {
        let row = sqlx::query("SELECT MAX(changed_at) FROM mail WHERE state = $1").bind(State::Unknown.code());
        let last: Option<i64> = row.fetch_one(&self.store.pool).await?.try_get(0)?;
        last.map(time).transpose()
    }

    /// Returns the last failure to reach a server at all, or to write into the folder, of the mails that wait; `None` if none
    /// waits for that.
    pub async fn unreached(self) -> Result<Option<Stopped>> {
        let said = NO_CONNECTION.map(|words| format!("reply LIKE '%{words}:%'")).join(" OR ");
        let which = format!("FROM mail WHERE state = {} AND ({said})", State::Deferred.code());
        let last = sqlx::query(sql(format!("SELECT reply, changed_at {which} ORDER BY changed_at DESC LIMIT 1")))
            .fetch_optional(&self.store.pool)
            .await?;
        let Some(last) = last else { return Ok(None) };
        let first: Option<i64> = sqlx::query(sql(format!("SELECT MIN(created_at) {which}")))
            .fetch_one(&self.store.pool)
            .await?
            .try_get(0)?;
        let at: i64 = last.try_get(1)?;
        Ok(Some(Stopped { at: time(at)?, since: time(first.unwrap_or(at))?, why: last.try_get(0)? }))
    }

    /// As [`unreached`](Self::unreached), but `None` if any mail was sent since. `since` is when the last mail was sent, if
    /// that is later.
    pub async fn away(self) -> Result<Option<Stopped>> {
        let (stopped, last_sent) = (self.unreached().await?, self.last_sent().await?);
        let stopped = stopped.filter(|stopped| last_sent.is_none_or(|sent| stopped.at > sent));
        Ok(stopped.map(|stopped| Stopped {
            since: last_sent.map_or(stopped.since, |sent| stopped.since.max(sent)),
            ..stopped
        }))
    }

    /// Returns the mails to the operators that were refused or given up since then; `None` if there are none.
    pub async fn operator_mails_lost(self, since: DateTime<Utc>) -> Result<Option<LostMails>> {
        let rows = sqlx::query(sql(format!(
            "SELECT reply, changed_at FROM mail WHERE edition IS NULL AND state IN ({}) AND kind = $1 AND changed_at > $2
             ORDER BY changed_at DESC",
            codes([State::Failed, State::Expired])
        )))
        .bind(MailKind::Operator.word())
        .bind(micros(since))
        .fetch_all(&self.store.pool)
        .await?;
        let Some(last) = rows.first() else { return Ok(None) };
        let count = i64::try_from(rows.len()).unwrap_or(i64::MAX);
        Ok(Some(LostMails { count, at: time(last.try_get(1)?)?, why: last.try_get(0)? }))
    }
}
