//! Mails that came back, and what was done about each. A mail is known by the hash of its octets: read twice, it is acted on
//! once. What a mail is, is decided in `delivery::replies`; what is done about it in `actions::replies`.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::Serialize;
use sqlx::{Any, Row, Transaction, any::AnyRow};

use super::{
    Result, Store, bounces,
    columns::{micros, time},
};
use crate::base::ids::{EditionId, EditionName, MailId};

/// The mails of a store that came back.
#[derive(Debug, Clone, Copy)]
pub struct Replies<'a> {
    pub(super) store: &'a Store,
}

/// A mail that was acted on.
#[derive(Debug, Clone, Copy)]
pub struct NewReply<'a> {
    /// The hash of its octets.
    pub sha256: &'a str,
    /// What it is: the word of its kind.
    pub kind: &'a str,
    /// The address' key of the reader whom it is about, or of who wrote it; may be empty.
    pub address: &'a str,
    /// The mail that it is about.
    pub mail: Option<MailId>,
    /// The edition of that mail.
    pub edition: Option<EditionId>,
    /// By which sign that mail was found; empty if it was not.
    pub found_by: &'a str,
    /// The enhanced status, if a server gave one; may be empty.
    pub status: &'a str,
    /// What a server said; may be empty.
    pub said: &'a str,
    /// What was done about it, for people.
    pub outcome: &'a str,
}

/// A mail that came back, as people see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct KeptReply {
    /// Its number, by which it is shown.
    pub id: i64,
    /// When it was read.
    pub at: DateTime<Utc>,
    /// What it is.
    pub kind: String,
    /// The address' key of the reader whom it is about, or of who wrote it; empty if it is not known.
    pub address: String,
    /// The mail that it is about.
    pub mail: Option<MailId>,
    /// The edition of that mail.
    pub edition: Option<EditionName>,
    /// By which sign that mail was found; empty if it was not.
    pub found_by: String,
    /// The enhanced status; empty if there is none.
    pub status: String,
    /// What a server said; empty if nothing is known.
    pub said: String,
    /// What was done about it.
    pub outcome: String,
    /// The hash of its octets.
    pub sha256: String,
}

/// Which mails are meant; all that are not named are meant.
#[derive(Debug, Clone, Copy, Default)]
pub struct ReplyQuery<'a> {
    /// Those of this kind.
    pub kind: Option<&'a str>,
    /// Those about the address with this key.
    pub address: Option<&'a str>,
    /// Those about this mail.
    pub mail: Option<MailId>,
}

impl ReplyQuery<'_> {
    /// Which rows: `$1` the kind, `$2` the address, `$4` the mail. What is few is found by its index.
    const fn condition(&self) -> &'static str {
        match (self.mail.is_some(), self.address.is_some()) {
            (true, _) => "r.mail = $4 AND ($1 = '' OR r.kind = $1) AND ($2 = '' OR r.address = $2)",
            (false, true) => "r.address = $2 AND ($1 = '' OR r.kind = $1) AND $4 = 0",
            (false, false) => "($1 = '' OR r.kind = $1) AND $2 = '' AND $4 = 0",
        }
    }
}

const COLUMNS: &str =
    "SELECT r.*, e.brief AS brief, e.number AS number FROM reply r LEFT JOIN edition e ON e.id = r.edition";

impl Replies<'_> {
    /// Returns what was done about the mail with this hash; `None` if it was not read before.
    pub async fn known(self, sha256: &str) -> Result<Option<KeptReply>> {
        let row = sqlx::query(super::dialect::sql(format!("{COLUMNS} WHERE r.sha256 = $1")))
            .bind(sha256.to_owned())
            .fetch_optional(&self.store.pool)
            .await?;
        row.as_ref().map(kept).transpose()
    }

    /// Returns the mail with this number.
    pub async fn numbered(self, id: i64) -> Result<Option<KeptReply>> {
        let row = sqlx::query(super::dialect::sql(format!("{COLUMNS} WHERE r.id = $1"))).bind(id);
        row.fetch_optional(&self.store.pool).await?.as_ref().map(kept).transpose()
    }

    /// Returns the mail whose hash begins so; `None` if there is none, or the beginning has less than 8 characters.
    pub async fn hashed(self, beginning: &str) -> Result<Option<KeptReply>> {
        if beginning.len() < 8 || !beginning.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Ok(None);
        }
        let query = format!("{COLUMNS} WHERE r.sha256 >= $1 AND r.sha256 < $2 ORDER BY r.sha256 LIMIT 1");
        // Behind all hexadecimal digits.
        let row = sqlx::query(super::dialect::sql(query)).bind(beginning.to_owned()).bind(format!("{beginning}g"));
        row.fetch_optional(&self.store.pool).await?.as_ref().map(kept).transpose()
    }

    /// Writes down that a mail was acted on. Returns false if it was before.
    pub async fn record(self, reply: &NewReply<'_>, now: DateTime<Utc>) -> Result<bool> {
        let done = sqlx::query(
            "INSERT INTO reply (sha256, at, kind, address, mail, edition, found_by, status, said, outcome)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT DO NOTHING",
        )
        .bind(reply.sha256.to_owned())
        .bind(micros(now))
        .bind(reply.kind.to_owned())
        .bind(reply.address.to_owned())
        .bind(reply.mail.map(MailId::get))
        .bind(reply.edition.map(EditionId::get))
        .bind(reply.found_by.to_owned())
        .bind(reply.status.to_owned())
        .bind(reply.said.to_owned())
        .bind(reply.outcome.to_owned())
        .execute(&self.store.pool)
        .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Erases what came back from or about the address with this key, for somebody who is forgotten. That a mail was read
    /// stays known by its hash.
    pub async fn erase(self, key: &str) -> Result<()> {
        let mut tx = self.store.begin().await?;
        erase(&mut tx, key).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Returns the last `limit` of these mails, the newest first.
    pub async fn list(self, query: ReplyQuery<'_>, limit: i64) -> Result<Vec<KeptReply>> {
        let rows = sqlx::query(super::dialect::sql(format!(
            "{COLUMNS} WHERE {} ORDER BY r.id DESC LIMIT $3",
            query.condition()
        )))
        .bind(query.kind.unwrap_or_default().to_owned())
        .bind(query.address.unwrap_or_default().to_owned())
        .bind(limit)
        .bind(query.mail.map_or(0, MailId::get))
        .fetch_all(&self.store.pool)
        .await?;
        rows.iter().map(kept).collect()
    }

    /// Counts the mails about an edition, by their kind; of complaints about one mail, one.
    pub async fn of_edition(self, edition: EditionId) -> Result<BTreeMap<String, i64>> {
        let rows = sqlx::query(
            "SELECT kind, COUNT(DISTINCT CASE WHEN kind = 'complaint' THEN COALESCE(mail, -id) ELSE -id END)
             FROM reply WHERE edition = $1 GROUP BY kind",
        )
        .bind(edition);
        let rows = rows.fetch_all(&self.store.pool).await?;
        rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).collect()
    }
}

fn kept(row: &AnyRow) -> Result<KeptReply> {
    let brief: Option<String> = row.try_get("brief")?;
    let number: Option<i64> = row.try_get("number")?;
    Ok(KeptReply {
        id: row.try_get("id")?,
        at: time(row.try_get("at")?)?,
        kind: row.try_get("kind")?,
        address: row.try_get("address")?,
        mail: row.try_get::<Option<i64>, _>("mail")?.map(MailId::new),
        edition: brief.zip(number).map(|(brief, number)| EditionName { brief, number }),
        found_by: row.try_get("found_by")?,
        status: row.try_get("status")?,
        said: row.try_get("said")?,
        outcome: row.try_get("outcome")?,
        sha256: row.try_get("sha256")?,
    })
}

/// As [`Replies::erase`], within a transaction.
pub(super) async fn erase(tx: &mut Transaction<'_, Any>, key: &str) -> Result<()> {
    // The hash stays: read again, the mail does nothing. What a server said may name the address.
    sqlx::query("UPDATE reply SET address = '', said = '', outcome = '', mail = NULL WHERE address = $1")
        .bind(key.to_owned())
        .execute(&mut **tx)
        .await?;
    sqlx::query("UPDATE forwarded SET sender = '', subject = '', text = '' WHERE sender = $1")
        .bind(key.to_owned())
        .execute(&mut **tx)
        .await?;
    bounces::erase(tx, key).await
}
