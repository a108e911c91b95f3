//! What people wrote that goes to the operators: the first of an hour each in a mail of its own, those after them gathered.
//! Each is kept with its text, until retention takes it, so that nothing a person wrote is lost. The mails themselves are
//! written in `monitoring`.

use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;
use sqlx::Row;

use super::{
    Result,
    columns::{micros, time},
    replies::Replies,
};

/// Number of mails in an hour that go to the operators each on its own.
pub const WHOLE_PER_HOUR: i64 = 10;
/// How long mails are gathered.
pub const GATHERED_FOR: TimeDelta = TimeDelta::hours(1);
/// Number of gathered mails of which the whole text is kept; of those after them the beginning is.
const WHOLE_TEXTS: i64 = 1_000;
/// Number of characters of that beginning.
const BEGINNING: usize = 500;
/// Maximum number of mails that are listed.
const LISTED: i64 = 200;

/// Held while a mail is counted.
const FORWARDED: &str = "forwarded";

/// A mail that goes to the operators.
#[derive(Debug, Clone, Copy)]
pub struct NewForwarded<'a> {
    /// The hash by which it is known.
    pub sha256: &'a str,
    /// Who wrote it, in lower case; may be empty.
    pub sender: &'a str,
    /// Its subject, one line.
    pub subject: &'a str,
    /// What the operators are to read.
    pub text: &'a str,
}

/// Mails that were gathered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gathered {
    /// The hash of the first: it names them all, since the same ones are gathered behind it.
    pub first: String,
    /// When the first came.
    pub since: DateTime<Utc>,
    /// Until when they are gathered.
    pub until: DateTime<Utc>,
    /// Their number.
    pub number: i64,
    /// The first of them, in their order.
    pub listed: Vec<GatheredMail>,
}

/// One of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GatheredMail {
    /// When it came.
    pub at: DateTime<Utc>,
    /// The number by which it is shown; `None` if it is not known yet.
    pub reply: Option<i64>,
    /// Who wrote it.
    pub sender: String,
    /// Its subject.
    pub subject: String,
}

/// What somebody wrote that went to the operators.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Written {
    /// When it came.
    pub at: DateTime<Utc>,
    /// Its subject.
    pub subject: String,
    /// Its words, without what the operators were told beside them.
    pub text: String,
}

/// The words that a text quotes.
fn quoted(text: &str) -> String {
    let lines = text.lines().filter_map(|line| line.strip_prefix('>'));
    lines.map(|line| format!("{}\n", line.strip_prefix(' ').unwrap_or(line))).collect()
}

impl Replies<'_> {
    /// Keeps a mail for the operators, and says whether it goes to them on its own: the same each time it is asked.
    pub async fn forward(self, new: &NewForwarded<'_>, now: DateTime<Utc>) -> Result<bool> {
        let mut tx = self.store.begin().await?;
        self.store.one_at_a_time(&mut tx, FORWARDED).await?;
        let known = sqlx::query("SELECT whole FROM forwarded WHERE sha256 = $1").bind(new.sha256.to_owned());
        if let Some(row) = known.fetch_optional(&mut *tx).await? {
            return Ok(row.try_get::<i64, _>(0)? == 1);
        }
        let row = sqlx::query(
            "SELECT (SELECT COUNT(*) FROM forwarded WHERE at > $1 AND whole = 1),
             (SELECT COUNT(*) FROM (SELECT 1 FROM forwarded WHERE told_at IS NULL LIMIT $2) AS w)",
        )
        .bind(micros(now - TimeDelta::hours(1)))
        .bind(WHOLE_TEXTS)
        .fetch_one(&mut *tx)
        .await?;
        let (lately, waiting): (i64, i64) = (row.try_get(0)?, row.try_get(1)?);
        let is_whole = lately < WHOLE_PER_HOUR;
        let text: String = match waiting < WHOLE_TEXTS {
            true => new.text.to_owned(),
            false => new.text.chars().take(BEGINNING).collect(),
        };
        sqlx::query(
            "INSERT INTO forwarded (sha256, at, sender, subject, text, whole, told_at)
             VALUES ($1, $2, $3, $4, $5, $6, NULLIF($7, 0))",
        )
        .bind(new.sha256.to_owned())
        .bind(micros(now))
        .bind(new.sender.to_owned())
        .bind(new.subject.to_owned())
        .bind(text)
        .bind(i64::from(is_whole))
        .bind(if is_whole { micros(now) } else { 0 })
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(is_whole)
    }

    /// The mails that are gathered long enough for the operators to be told; `None` if there are none.
    pub async fn gathered(self, now: DateTime<Utc>) -> Result<Option<Gathered>> {
        let row = sqlx::query("SELECT sha256, at FROM forwarded WHERE told_at IS NULL ORDER BY at, id LIMIT 1");
        let Some(row) = row.fetch_optional(&self.store.pool).await? else { return Ok(None) };
        let (first, since) = (row.try_get(0)?, time(row.try_get(1)?)?);
        let until = since + GATHERED_FOR;
        if until > now {
            return Ok(None);
        }
        let number =
            sqlx::query("SELECT COUNT(*) FROM forwarded WHERE told_at IS NULL AND at <= $1").bind(micros(until));
        let number = number.fetch_one(&self.store.pool).await?.try_get(0)?;
        let rows = sqlx::query(
            "SELECT f.at, r.id, f.sender, f.subject FROM forwarded f LEFT JOIN reply r ON r.sha256 = f.sha256
             WHERE f.told_at IS NULL AND f.at <= $1 ORDER BY f.at, f.id LIMIT $2",
        )
        .bind(micros(until))
        .bind(LISTED)
        .fetch_all(&self.store.pool)
        .await?;
        let listed = rows.iter().map(|row| {
            Ok(GatheredMail {
                at: time(row.try_get(0)?)?,
                reply: row.try_get(1)?,
                sender: row.try_get(2)?,
                subject: row.try_get(3)?,
            })
        });
        Ok(Some(Gathered { first, since, until, number, listed: listed.collect::<Result<_>>()? }))
    }

    /// Notes that the operators were told of the mails that were gathered until then.
    pub async fn gathered_are_told(self, until: DateTime<Utc>, now: DateTime<Utc>) -> Result<()> {
        sqlx::query("UPDATE forwarded SET told_at = $1 WHERE told_at IS NULL AND at <= $2")
            .bind(micros(now))
            .bind(micros(until))
            .execute(&self.store.pool)
            .await?;
        Ok(())
    }

    /// What the person with this address wrote, in its order.
    pub async fn written_by(self, key: &str) -> Result<Vec<Written>> {
        let rows =
            sqlx::query("SELECT at, subject, text FROM forwarded WHERE sender = $1 ORDER BY id").bind(key.to_owned());
        let rows = rows.fetch_all(&self.store.pool).await?;
        let written = |row: &sqlx::any::AnyRow| {
            Ok(Written { at: time(row.try_get(0)?)?, subject: row.try_get(1)?, text: quoted(row.try_get(2)?) })
        };
        rows.iter().map(written).collect()
    }

    /// The text of a mail that went to the operators; `None` if it did not, or is forgotten.
    pub async fn forwarded_text(self, sha256: &str) -> Result<Option<String>> {
        let row = sqlx::query("SELECT text FROM forwarded WHERE sha256 = $1").bind(sha256.to_owned());
        Ok(row.fetch_optional(&self.store.pool).await?.map(|row| row.try_get(0)).transpose()?)
    }
}
