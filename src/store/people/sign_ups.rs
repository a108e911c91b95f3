//! Who asks to join, until they confirm. A sign-up changes nothing that is known of anybody: anyone can type an address into
//! a form. It causes at most one mail a day to an address, some to a mailbox, and no more than its network may cause and its
//! domain may get.
//!
//! Sign-ups that come at the same time are written in one transaction, since each commit waits for the disk.

use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;
use sqlx::{Any, AnyConnection, Connection as _, Row, Transaction, any::AnyRow};
use tokio::sync::oneshot;

use super::{
    super::{
        Result, Store,
        blobs::sha256,
        columns::{micros, time, word},
        dialect::sql,
        outbox::{MailKind, NewMail, codes, put_in_due},
    },
    People,
    forgotten::{Asked, Hashes},
    history::READER,
};
use crate::{
    base::language::Language,
    delivery::rules::State,
    people::{
        joining::{
            ADDRESS_PAUSE, BY_DOMAIN_PER_HOUR, BY_MAIL_PER_HOUR, ConsentText, CountedMailbox, JoinLimits, JoinMail,
            LAPSES_AFTER, MAILBOX_PER_DAY, Network,
        },
        subscribers::Address,
    },
};

/// How somebody asks who writes a mail.
const BY_MAIL: &str = "mail";
/// Maximum number of sign-ups that are written together.
const BATCH: usize = 100;

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

/// Sign-ups that wait to be written.
#[derive(Debug, Default)]
pub(in crate::store) struct SignUpQueue(Mutex<Vec<Waiting>>);

#[derive(Debug)]
struct Waiting {
    new: NewSignUp,
    answer: oneshot::Sender<Result<SignedUp>>,
}

impl SignUpQueue {
    fn push(&self, waiting: Waiting) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(waiting);
    }

    fn take(&self) -> Vec<Waiting> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = all.len().min(BATCH);
        all.drain(..count).collect()
    }
}

impl People<'_> {
    /// Writes a sign-up, and puts its mail into the outbox, unless its address or its network has had enough.
    pub async fn sign_up(self, new: NewSignUp) -> Result<SignedUp> {
        let (answer, answered) = oneshot::channel();
        self.store.sign_ups.push(Waiting { new, answer });
        let store = self.store.clone();
        // A task of its own: who asks may go away, and others may wait for the same transaction.
        tokio::spawn(async move { store.write_sign_ups().await });
        answered.await.unwrap_or_else(|_| Err(sqlx::Error::PoolClosed.into()))
    }

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

impl Store {
    /// Writes those that wait; nothing if another task has done so since.
    async fn write_sign_ups(&self) {
        let (waiting, together) = match self.writer().await {
            Ok(mut writer) => {
                let waiting = self.sign_ups.take();
                if waiting.is_empty() {
                    return;
                }
                let new = waiting.iter().map(|waiting| &waiting.new);
                let written = match writer.connection() {
                    Ok(connection) => write(self, connection, new.collect()).await,
                    Err(error) => Err(error),
                };
                (waiting, writer.release(written))
            }
            Err(error) => (self.sign_ups.take(), Err(error)),
        };
        match together {
            Ok(written) => {
                for (waiting, written) in waiting.into_iter().zip(written) {
                    // Who asked may have gone away.
                    let _ = waiting.answer.send(Ok(written));
                }
            }
            // What is wrong with one is not held against the others.
            Err(_) => {
                for Waiting { new, answer } in waiting {
                    let _ = answer.send(self.write_one(&new).await);
                }
            }
        }
    }

    async fn write_one(&self, new: &NewSignUp) -> Result<SignedUp> {
        let mut writer = self.writer().await?;
        let written = write(self, writer.connection()?, vec![new]).await;
        Ok(writer.release(written)?.first().copied().unwrap_or(SignedUp::Repeated))
    }
}

/// Writes sign-ups, all in one transaction. Returns what came of each.
async fn write(store: &Store, connection: &mut AnyConnection, all: Vec<&NewSignUp>) -> Result<Vec<SignedUp>> {
    let mut tx = connection.begin_with(store.dialect.begin()).await?;
    // Nobody else counts the same mailbox, domain or network meanwhile. In one order, so that no two wait for each other.
    let networks = all.iter().filter_map(|new| new.network.map(|network| network.to_string()));
    let mailboxes = all.iter().map(|new| CountedMailbox::of(new.address.key())).flat_map(|one| [one.key, one.domain]);
    let mut words: Vec<String> = mailboxes.chain(networks).filter(|word| !word.is_empty()).collect();
    words.sort_unstable();
    words.dedup();
    for word in words {
        store.one_at_a_time(&mut tx, &word).await?;
    }
    let mut written = Vec::with_capacity(all.len());
    for new in all {
        written.push(write_in(&mut tx, new).await?);
    }
    tx.commit().await?;
    Ok(written)
}

async fn write_in(tx: &mut Transaction<'_, Any>, new: &NewSignUp) -> Result<SignedUp> {
    let network = new.network.map_or_else(String::new, |network| network.to_string());
    let mailbox = CountedMailbox::of(new.address.key());
    if let Some(refused) = refused(tx, new, &mailbox, &network).await? {
        return Ok(refused);
    }
    let JoinMail { subject, text } = &new.mail;
    let done = sqlx::query(
        "INSERT INTO sign_up (id, address, address_ascii, address_key, brief, language, subscriber, text, text_version,
         way, asked_at, asked_network, message_id, mail_sha256, confirmed_network, mailbox_key, domain, briefs)
         VALUES ($1, $2, $3, $4, $5, $6, NULLIF($7, 0), $8, $9, $10, $11, $12, $13, $14, '', $15, $16, $17)
         ON CONFLICT (id) DO NOTHING",
    )
    .bind(new.id)
    .bind(new.address.as_str().to_owned())
    .bind(new.address.ascii().to_owned())
    .bind(new.address.key().to_owned())
    .bind(new.brief.clone())
    .bind(new.language.code())
    .bind(new.subscriber.unwrap_or(0))
    .bind(new.consent.text.clone())
    .bind(new.consent.version.clone())
    .bind(new.way)
    .bind(micros(new.now))
    .bind(network)
    .bind(new.message_id.clone())
    .bind(sha256(format!("Subject: {subject}\n\n{text}").as_bytes()))
    .bind(mailbox.key)
    .bind(mailbox.domain)
    .bind(new.moves.join(" "))
    .execute(&mut **tx)
    .await?;
    if done.rows_affected() == 0 {
        return Ok(SignedUp::NumberTaken);
    }
    let due = new.now + new.waits;
    let mail = NewMail {
        kind: MailKind::Confirmation,
        address: new.address.ascii(),
        language: new.language,
        subject,
        text,
        reply_to: new.reply_to.as_deref(),
        in_reply_to: None,
        message_id: &new.message_id,
        now: new.now,
        give_up_at: due + ADDRESS_PAUSE,
    };
    put_in_due(&mut **tx, &mail, due).await?;
    Ok(SignedUp::Queued)
}

/// Why nothing is sent for a new sign-up: its address or mailbox was asked already, or its network or domain asked as often as
/// it may.
async fn refused(
    tx: &mut Transaction<'_, Any>,
    new: &NewSignUp,
    mailbox: &CountedMailbox,
    network: &str,
) -> Result<Option<SignedUp>> {
    // A spelling without a plus sign waits only for others without one.
    let counted = if mailbox.is_tagged { "" } else { "AND address_key NOT LIKE '_%+%'" };
    let row = sqlx::query(sql(format!(
        "SELECT (SELECT COUNT(*) FROM (SELECT 1 FROM sign_up
          WHERE mailbox_key = $1 AND asked_at > $2 {counted} LIMIT {MAILBOX_PER_DAY}) AS a),
         (SELECT COUNT(*) FROM (SELECT 1 FROM sign_up
          WHERE asked_network = $3 AND asked_network <> '' AND asked_at > $4 LIMIT $5) AS h),
         (SELECT COUNT(*) FROM (SELECT 1 FROM sign_up
          WHERE asked_network = $3 AND asked_network <> '' AND asked_at > $2 LIMIT $6) AS d),
         (SELECT COUNT(*) FROM (SELECT 1 FROM sign_up
          WHERE domain = $7 AND domain <> '' AND confirmed_at IS NULL AND asked_at > $4 LIMIT $8) AS o),
         (SELECT COUNT(*) FROM (SELECT 1 FROM sign_up s WHERE s.address_key = $9 AND s.asked_at > $2
          AND NOT EXISTS (SELECT 1 FROM removal r WHERE r.address_key = s.address_key
                          AND (r.brief = '' OR r.brief = s.brief) AND r.said_at >= s.confirmed_at) LIMIT 1) AS s),
         (SELECT COUNT(*) FROM (SELECT 1 FROM forgotten_asked WHERE at > $2 LIMIT 1) AS f)",
    )))
    .bind(mailbox.key.clone())
    .bind(micros(new.now - ADDRESS_PAUSE))
    .bind(network.to_owned())
    .bind(micros(new.now - TimeDelta::hours(1)))
    .bind(new.limits.per_hour)
    .bind(new.limits.per_day)
    .bind(mailbox.domain.clone())
    .bind(BY_DOMAIN_PER_HOUR)
    .bind(new.address.key().to_owned())
    .fetch_one(&mut **tx)
    .await?;
    let (of_mailbox, hour, day): (i64, i64, i64) = (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
    let (of_domain, same): (i64, i64) = (row.try_get(3)?, row.try_get(4)?);
    let erased = match row.try_get::<i64, _>(5)? {
        0 => Asked::default(),
        _ => {
            let hashes = Hashes::of_day(tx).await?;
            hashes.asked(tx, new.address.key(), mailbox, new.now - ADDRESS_PAUSE).await?
        }
    };
    if same + erased.address > 0 || of_mailbox + erased.mailbox >= MAILBOX_PER_DAY {
        note_repeated(tx, new).await?;
        return Ok(Some(SignedUp::Repeated));
    }
    if hour >= new.limits.per_hour || day >= new.limits.per_day {
        return Ok(Some(SignedUp::NetworkLimit));
    }
    if of_domain >= BY_DOMAIN_PER_HOUR {
        return Ok(Some(SignedUp::DomainLimit));
    }
    if new.network.is_none() && new.way == BY_MAIL && are_many_by_mail(tx, new.now).await? {
        return Ok(Some(SignedUp::NetworkLimit));
    }
    Ok(None)
}

/// Notes that the same is asked for again while its mail of before is good: it is the newest wish, and what was left since
/// that mail is wanted again. Whatever is asked for, only the mail's reader can confirm it. What an operator ended stays so.
async fn note_repeated(tx: &mut Transaction<'_, Any>, new: &NewSignUp) -> Result<()> {
    sqlx::query(
        "UPDATE sign_up SET asked_again_at = $1 WHERE address_key = $2 AND confirmed_at IS NULL AND asked_at > $3
         AND brief = $4 AND language = $5 AND COALESCE(subscriber, 0) = $6 AND briefs = $7
         AND NOT EXISTS (SELECT 1 FROM removal r WHERE r.address_key = sign_up.address_key
                         AND (r.brief = '' OR r.brief = sign_up.brief) AND r.said_at >= sign_up.asked_at AND r.actor <> $8)",
    )
    .bind(micros(new.now))
    .bind(new.address.key().to_owned())
    .bind(micros(new.now - ADDRESS_PAUSE))
    .bind(new.brief.clone())
    .bind(new.language.code())
    .bind(new.subscriber.unwrap_or(0))
    .bind(new.moves.join(" "))
    .bind(READER)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Did as many ask by mail within an hour as may? From where a mail comes is not known but by what it says itself.
async fn are_many_by_mail(tx: &mut Transaction<'_, Any>, now: DateTime<Utc>) -> Result<bool> {
    let row = sqlx::query(
        "SELECT COUNT(*) FROM (SELECT 1 FROM sign_up
         WHERE way = 'mail' AND asked_network = '' AND asked_at > $1 LIMIT $2) AS m",
    )
    .bind(micros(now - TimeDelta::hours(1)))
    .bind(BY_MAIL_PER_HOUR)
    .fetch_one(&mut **tx)
    .await?;
    Ok(row.try_get::<i64, _>(0)? >= BY_MAIL_PER_HOUR)
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
