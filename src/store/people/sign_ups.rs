//! Who asks to join, until they confirm. A sign-up changes nothing that is known of anybody: anyone can type an address into
//! a form. How it is written, and when it is not, is in [`super::joining`].

use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;
use sqlx::{Row, any::AnyRow};

use super::{
    super::{
        Result,
        columns::{micros, time, word},
        dialect::sql,
        outbox::codes,
    },
    People,
};
use crate::{
    base::language::Language,
    delivery::rules::State,
    people::{
        joining::{ADDRESS_PAUSE, ConsentText, JoinLimits, JoinMail, LAPSES_AFTER, Network},
        subscribers::Address,
    },
};

/// Somebody asks to join or, if they are a subscriber, for another address.
#[derive(Debug, Clone)]
pub struct NewSignUp {
    /// Its number, below 2⁴⁰: random, since the token that confirms it is made before it is written.
    pub id: i64,
    /// The address that was given.
    pub address: Address,
    /// The brief.
    pub brief: String,
    /// The language of the mails.
    pub language: Language,
    /// The subscriber whose address this is to be.
    pub subscriber: Option<i64>,
    /// The briefs that go there with it; empty if nobody's address changes.
    pub moves: Vec<String>,
    /// What they agree to.
    pub consent: ConsentText,
    /// How they ask: `form`, `mail`, `preferences`.
    pub way: &'static str,
    /// Where they ask from, if that is known.
    pub network: Option<Network>,
    /// How often that network may ask.
    pub limits: JoinLimits,
    /// The mail that asks whether they really want it.
    pub mail: JoinMail,
    /// The address at which an answer to it confirms, if such answers are read.
    pub reply_to: Option<String>,
    /// Its Message-ID, with angle brackets.
    pub message_id: String,
    /// The current time.
    pub now: DateTime<Utc>,
    /// For so long the mail waits.
    pub waits: TimeDelta,
}

/// What came of a sign-up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignedUp {
    /// Its mail is in the outbox.
    Queued,
    /// The address was sent one within a day, or its mailbox as many as a day has: nothing was written.
    Repeated,
    /// Its network, or everybody who asks by mail, asks too often: nothing was written.
    NetworkLimit,
    /// Its domain was sent many that nobody confirmed: nothing was written.
    DomainLimit,
    /// Its number is taken: nothing was written.
    NumberTaken,
}

/// A sign-up as it is kept: the proof of consent, once it is confirmed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SignUp {
    /// Its number.
    #[serde(skip)]
    pub id: i64,
    /// The address as it was typed.
    pub address: String,
    /// The brief.
    pub brief: String,
    /// The language of the form and of the mails.
    pub language: Language,
    /// The subscriber whose address this was to be.
    #[serde(skip)]
    pub subscriber: Option<i64>,
    /// The briefs that were to go there; empty if nobody's address was to change.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub moves: Vec<String>,
    /// The words that were agreed to.
    pub text: String,
    /// Their version and language.
    pub text_version: String,
    /// How they asked.
    pub way: String,
    /// When they asked.
    pub asked_at: DateTime<Utc>,
    /// From which network; empty if that is not known, or forgotten.
    pub asked_network: String,
    /// When they asked for the same again, within the time in which no further mail is sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub asked_again_at: Option<DateTime<Utc>>,
    /// The Message-ID of the mail that asked them to confirm.
    pub message_id: String,
    /// SHA-256 of that mail: `Subject: SUBJECT`, an empty line and its text, with LF line ends.
    pub mail_sha256: String,
    /// When they confirmed.
    pub confirmed_at: Option<DateTime<Utc>>,
    /// From which network; as above.
    pub confirmed_network: String,
}

impl SignUp {
    /// When it was asked for last: a "no" of before does not hold against it.
    pub(super) fn wanted_at(&self) -> DateTime<Utc> {
        self.asked_again_at.map_or(self.asked_at, |again| again.max(self.asked_at))
    }
}

impl People<'_> {
    /// Returns a sign-up.
    pub async fn sign_up_of(self, id: i64) -> Result<Option<SignUp>> {
        let row = sqlx::query("SELECT * FROM sign_up WHERE id = $1").bind(id).fetch_optional(&self.store.pool).await?;
        row.as_ref().map(sign_up).transpose()
    }

    /// Returns `limit` of the sign-ups that nobody has confirmed yet, in the order in which they came, those after `after`.
    pub async fn open_sign_ups(
        self,
        after: Option<(DateTime<Utc>, i64)>,
        limit: i64,
        now: DateTime<Utc>,
    ) -> Result<Vec<SignUp>> {
        let (at, id) = after.map_or((micros(now - LAPSES_AFTER), 0), |(at, id)| (micros(at), id));
        let rows = sqlx::query(
            "SELECT * FROM sign_up WHERE confirmed_at IS NULL AND (asked_at > $1 OR (asked_at = $1 AND id > $2))
             ORDER BY asked_at, id LIMIT $3",
        )
        .bind(at)
        .bind(id)
        .bind(limit)
        .fetch_all(&self.store.pool)
        .await?;
        rows.iter().map(sign_up).collect()
    }

    /// Deletes what nobody confirmed in time, with the mails that asked for it. Returns how many sign-ups there were.
    pub async fn delete_lapsed(self, now: DateTime<Utc>) -> Result<u64> {
        let before = micros(now - LAPSES_AFTER);
        let in_flight = codes([State::Claimed, State::DotWritten]);
        let mut tx = self.store.begin().await?;
        sqlx::query(sql(format!(
            "DELETE FROM mail WHERE state NOT IN ({in_flight}) AND message_id IN
             (SELECT message_id FROM sign_up WHERE confirmed_at IS NULL AND asked_at < $1)"
        )))
        .bind(before)
        .execute(&mut *tx)
        .await?;
        sqlx::query("DELETE FROM forgotten_asked WHERE at <= $1")
            .bind(micros(now - ADDRESS_PAUSE))
            .execute(&mut *tx)
            .await?;
        let done = sqlx::query("DELETE FROM sign_up WHERE confirmed_at IS NULL AND asked_at < $1")
            .bind(before)
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(done.rows_affected())
    }

    /// Forgets from which networks people asked before `before`, and confirmed what they had asked then. Returns how many
    /// sign-ups there were.
    pub async fn forget_networks(self, before: DateTime<Utc>) -> Result<u64> {
        let done = sqlx::query(
            "UPDATE sign_up SET asked_network = '', confirmed_network = ''
             WHERE asked_at < $1 AND (asked_network <> '' OR confirmed_network <> '')",
        )
        .bind(micros(before))
        .execute(&self.store.pool)
        .await?;
        Ok(done.rows_affected())
    }
}

/// Reads a row of all columns.
pub(super) fn sign_up(row: &AnyRow) -> Result<SignUp> {
    Ok(SignUp {
        id: row.try_get("id")?,
        address: row.try_get("address")?,
        brief: row.try_get("brief")?,
        language: word(row, "language")?,
        subscriber: row.try_get("subscriber")?,
        moves: moves(row)?,
        text: row.try_get("text")?,
        text_version: row.try_get("text_version")?,
        way: row.try_get("way")?,
        asked_at: time(row.try_get("asked_at")?)?,
        asked_network: row.try_get("asked_network")?,
        asked_again_at: row.try_get::<Option<i64>, _>("asked_again_at")?.map(time).transpose()?,
        message_id: row.try_get("message_id")?,
        mail_sha256: row.try_get("mail_sha256")?,
        confirmed_at: row.try_get::<Option<i64>, _>("confirmed_at")?.map(time).transpose()?,
        confirmed_network: row.try_get("confirmed_network")?,
    })
}

/// The briefs of a change of address. What was asked for before they were kept named one.
fn moves(row: &AnyRow) -> Result<Vec<String>> {
    if row.try_get::<Option<i64>, _>("subscriber")?.is_none() {
        return Ok(Vec::new());
    }
    let briefs: &str = row.try_get("briefs")?;
    let briefs = if briefs.is_empty() { row.try_get("brief")? } else { briefs };
    Ok(briefs.split_whitespace().map(str::to_owned).collect())
}
