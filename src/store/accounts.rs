//! How it goes with an edition's mails, and how it went: how fast they go, what was said of each, and the one account of
//! it that the operators get. What the account says is not decided here.

use chrono::{DateTime, TimeDelta, Utc};
use sqlx::Row;

use super::{
    Edition, Mail, NewMail, Result, Store,
    editions::{COLUMNS, edition},
    mail::mail,
    mails::put_in,
    micros,
    questions::{LAST_MOVE, lately, replies, unreported},
    sql, time,
};
use crate::{
    base::ids::{EditionId, MailId},
    delivery::rules::State,
};

/// Over which time the rate is taken.
const LATELY: TimeDelta = TimeDelta::seconds(60);

/// What was said of one mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word {
    /// The mail's number
    pub id: MailId,
    /// To whom it goes
    pub address: String,
    /// The server's last word, or what broke
    pub reply: String,
}

impl Store {
    /// Mails a second that were sent during the last minute, of one edition or of all: since the first of them, if the
    /// minute began without any.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn rate(&self, edition: Option<EditionId>, now: DateTime<Utc>) -> Result<f64> {
        let row = sqlx::query(sql(lately(self.dialect, edition.is_some())))
            .bind(micros(now - LATELY))
            .bind(edition.map_or(0, EditionId::get))
            .fetch_one(&self.pool)
            .await?;
        let (count, first): (i64, Option<i64>) = (row.try_get(0)?, row.try_get(1)?);
        let Some(first) = first else { return Ok(0.0) };
        let micros = (micros(now) - first).clamp(1_000_000, 60_000_000);
        Ok(count as f64 * 1e6 / micros as f64)
    }

    /// What was said of an edition's mails in one state: `limit` of them after the mail `after`, in their order.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn replies(
        &self,
        edition: EditionId,
        state: State,
        after: Option<MailId>,
        limit: i64,
    ) -> Result<Vec<Word>> {
        let rows = sqlx::query(sql(replies(state)))
            .bind(after.map_or(0, MailId::get))
            .bind(limit)
            .bind(edition)
            .fetch_all(&self.pool)
            .await?;
        let word = |row: &sqlx::any::AnyRow| {
            Ok(Word { id: row.try_get(0)?, address: row.try_get(1)?, reply: row.try_get(2)? })
        };
        rows.iter().map(word).collect()
    }

    /// The mail with this number.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn mail(&self, id: MailId) -> Result<Option<Mail>> {
        let row = sqlx::query(
            "SELECT m.*, e.brief AS brief, e.number AS number FROM mail m LEFT JOIN edition e ON e.id = m.edition
             WHERE m.id = $1",
        )
        .bind(id)
        .fetch_optional(&self.pool)
        .await?;
        row.as_ref().map(mail).transpose()
    }

    /// When a mail of the edition was sent, refused or given up last; `None` if none was.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn last_move(&self, edition: EditionId) -> Result<Option<DateTime<Utc>>> {
        let last: Option<i64> = sqlx::query(LAST_MOVE).bind(edition).fetch_one(&self.pool).await?.try_get(0)?;
        last.map(time).transpose()
    }

    /// Editions that are over and of which the operators were not told: none of their mails is open any more, or only
    /// such as should have been given up.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn unreported(&self, now: DateTime<Utc>) -> Result<Vec<Edition>> {
        let rows = sqlx::query(sql(unreported(COLUMNS))).bind(micros(now)).fetch_all(&self.pool).await?;
        rows.iter().map(edition).collect()
    }

    /// Puts the account of an edition into the outbox, once. False if somebody else has done so.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn report(&self, edition: &Edition, mails: &[NewMail<'_>], now: DateTime<Utc>) -> Result<bool> {
        let mut tx = self.begin().await?;
        let done = sqlx::query("UPDATE edition SET reported_at = $2 WHERE id = $1 AND reported_at IS NULL")
            .bind(edition.id)
            .bind(micros(now))
            .execute(&mut *tx)
            .await?;
        if done.rows_affected() == 0 {
            tx.rollback().await?;
            return Ok(false);
        }
        for mail in mails {
            put_in(&mut *tx, mail).await?;
        }
        tx.commit().await?;
        Ok(true)
    }

    /// Are mails that bring no edition on their way, or waiting for their first turn?
    ///
    /// # Errors
    /// Those of the database.
    pub async fn others_on_their_way(&self) -> Result<bool> {
        let row = sqlx::query("SELECT 1 FROM mail WHERE edition IS NULL AND state IN (0, 1, 2) LIMIT 1");
        Ok(row.fetch_optional(&self.pool).await?.is_some())
    }
}
