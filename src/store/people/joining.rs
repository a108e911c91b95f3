//! How sign-ups are written. One causes at most one mail a day to an address, some to a mailbox, and no more than its network
//! may cause and its domain may get.
//!
//! Sign-ups that come at about the same time are written together: one transaction, since each commit waits for the disk, and
//! one statement for all of them, since a campaign that is sent meanwhile writes to the same store.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use sqlx::{Any, AnyConnection, Connection as _, Row, Transaction};
use tokio::{
    sync::oneshot,
    time::{Instant, sleep_until},
};

use super::{
    super::{
        Result, Store,
        blobs::sha256,
        columns::micros,
        dialect::{Dialect, sql},
        outbox::{MailKind, NewMail, put_all_in},
    },
    People,
    forgotten::Hashes,
    history::READER,
    sign_ups::{NewSignUp, SignedUp},
};
use crate::people::joining::{
    ADDRESS_PAUSE, BY_DOMAIN_PER_HOUR, BY_MAIL_PER_HOUR, CountedMailbox, JoinLimits, JoinMail, MAILBOX_PER_DAY,
};

/// How somebody asks who writes a mail.
const BY_MAIL: &str = "mail";
/// Maximum number of sign-ups that are written together.
const BATCH: usize = 100;
/// The least time from one batch to the next. Whoever comes alone does not wait.
const PAUSE: Duration = Duration::from_millis(20);

/// Sign-ups that wait to be written.
#[derive(Debug, Default)]
pub(in crate::store) struct SignUpQueue(Mutex<Queued>);

#[derive(Debug, Default)]
struct Queued {
    waiting: Vec<Waiting>,
    /// A task writes them until none waits.
    is_written: bool,
    last_batch: Option<Instant>,
}

#[derive(Debug)]
struct Waiting {
    new: NewSignUp,
    answer: oneshot::Sender<Result<SignedUp>>,
}

impl SignUpQueue {
    /// Adds one. Returns whether a task must be started that writes what waits.
    fn push(&self, waiting: Waiting) -> bool {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.waiting.push(waiting);
        !std::mem::replace(&mut all.is_written, true)
    }

    /// When the next batch may be written.
    fn next(&self) -> Option<Instant> {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.last_batch.map(|last| last + PAUSE)
    }

    /// Takes a batch. If there is none, the task that asks is over.
    fn take(&self) -> Vec<Waiting> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = all.waiting.len().min(BATCH);
        all.is_written = count > 0;
        if count > 0 {
            all.last_batch = Some(Instant::now());
        }
        all.waiting.drain(..count).collect()
    }
}

impl People<'_> {
    /// Writes a sign-up, and puts its mail into the outbox, unless its address or its network has had enough.
    pub async fn sign_up(self, new: NewSignUp) -> Result<SignedUp> {
        let (answer, answered) = oneshot::channel();
        if self.store.sign_ups.push(Waiting { new, answer }) {
            let store = self.store.clone();
            // A task of its own: who asks may go away, and others may wait for the same transaction.
            tokio::spawn(async move { store.write_sign_ups().await });
        }
        answered.await.unwrap_or_else(|_| Err(sqlx::Error::PoolClosed.into()))
    }
}

impl Store {
    /// Writes those that wait until none does.
    async fn write_sign_ups(&self) {
        loop {
            if let Some(next) = self.sign_ups.next() {
                sleep_until(next).await;
            }
            let (waiting, together) = match self.writer().await {
                Ok(mut writer) => {
                    let waiting = self.sign_ups.take();
                    let new: Vec<&NewSignUp> = waiting.iter().map(|waiting| &waiting.new).collect();
                    let written = match writer.connection() {
                        Ok(_) if new.is_empty() => Ok(None),
                        Ok(connection) => write(self, connection, &new).await,
                        Err(error) => Err(error),
                    };
                    let written = writer.release(written);
                    (waiting, written)
                }
                Err(error) => (self.sign_ups.take(), Err(error)),
            };
            if waiting.is_empty() {
                return;
            }
            match together {
                Ok(Some(written)) => {
                    for (waiting, written) in waiting.into_iter().zip(written) {
                        // Who asked may have gone away.
                        let _ = waiting.answer.send(Ok(written));
                    }
                }
                // What is wrong with one is not held against the others.
                Ok(None) | Err(_) => {
                    for Waiting { new, answer } in waiting {
                        let _ = answer.send(self.write_one(&new).await);
                    }
                }
            }
        }
    }

    async fn write_one(&self, new: &NewSignUp) -> Result<SignedUp> {
        let mut writer = self.writer().await?;
        let written = write(self, writer.connection()?, &[new]).await;
        let written = writer.release(written)?;
        Ok(written.and_then(|all| all.first().copied()).unwrap_or(SignedUp::NumberTaken))
    }
}

/// Writes sign-ups, all in one transaction. Returns what came of each; `None`, and nothing was written, if the number of one
/// is taken.
async fn write(store: &Store, connection: &mut AnyConnection, all: &[&NewSignUp]) -> Result<Option<Vec<SignedUp>>> {
    let asked: Vec<Asked<'_>> = all.iter().map(|new| Asked::of(new)).collect();
    let mut tx = connection.begin_with(store.dialect.begin()).await?;
    // Nobody else counts the same mailbox, domain or network meanwhile. In one order, so that no two wait for each other.
    let words = asked.iter().flat_map(|one| [&one.mailbox.key, &one.mailbox.domain, &one.network]);
    let mut words: Vec<&String> = words.filter(|word| !word.is_empty()).collect();
    words.sort_unstable();
    words.dedup();
    for word in words {
        store.one_at_a_time(&mut tx, word).await?;
    }
    let mut written = Vec::with_capacity(asked.len());
    let mut earlier = Earlier::default();
    for (one, counted) in asked.iter().zip(counted(&mut tx, store.dialect, &asked).await?) {
        let counted = earlier.add_to(counted, one);
        let refused = one.refused(counted);
        if refused.is_none() {
            earlier.note(one);
        }
        written.push(refused.unwrap_or(SignedUp::Queued));
    }
    let which = |what: SignedUp| asked.iter().zip(&written).filter(move |(_, came)| **came == what).map(|(one, _)| one);
    let queued: Vec<&Asked<'_>> = which(SignedUp::Queued).collect();
    if !put_in(&mut tx, store.dialect, &queued).await? {
        tx.rollback().await?;
        return Ok(None);
    }
    for one in which(SignedUp::Repeated) {
        note_repeated(&mut tx, one.new).await?;
    }
    tx.commit().await?;
    Ok(Some(written))
}

/// A sign-up, and what it is counted by.
struct Asked<'a> {
    new: &'a NewSignUp,
    mailbox: CountedMailbox,
    /// Empty if it is not known.
    network: String,
}

impl<'a> Asked<'a> {
    fn of(new: &'a NewSignUp) -> Asked<'a> {
        let network = new.network.map_or_else(String::new, |network| network.to_string());
        Asked { new, mailbox: CountedMailbox::of(new.address.key()), network }
    }

    /// From where a mail comes is not known but by what it says itself: all of them count together.
    fn is_by_mail(&self) -> bool {
        self.new.network.is_none() && self.new.way == BY_MAIL
    }

    /// Why nothing is sent for it: its address or mailbox was asked already, or its network or domain asked as often as it may.
    fn refused(&self, counted: Counted) -> Option<SignedUp> {
        let JoinLimits { per_hour, per_day } = self.new.limits;
        if counted.address > 0 || counted.mailbox >= MAILBOX_PER_DAY {
            Some(SignedUp::Repeated)
        } else if counted.hour >= per_hour || counted.day >= per_day {
            Some(SignedUp::NetworkLimit)
        } else if counted.domain >= BY_DOMAIN_PER_HOUR {
            Some(SignedUp::DomainLimit)
        } else {
            (self.is_by_mail() && counted.by_mail >= BY_MAIL_PER_HOUR).then_some(SignedUp::NetworkLimit)
        }
    }
}

/// How many sign-ups of before count against one, as far as is needed to decide.
#[derive(Debug, Clone, Copy, Default)]
struct Counted {
    /// Of its mailbox, within a day.
    mailbox: i64,
    /// Of its network, within an hour.
    hour: i64,
    /// Of its network, within a day.
    day: i64,
    /// Of its domain, within an hour, and not confirmed.
    domain: i64,
    /// Of its address, within a day, unless its reader left since.
    address: i64,
    /// By mail, within an hour.
    by_mail: i64,
}

/// Those of the same batch that come before.
#[derive(Debug, Default)]
struct Earlier<'a> {
    /// All of a mailbox, and those whose address has no plus sign.
    mailboxes: HashMap<&'a str, (i64, i64)>,
    networks: HashMap<&'a str, i64>,
    domains: HashMap<&'a str, i64>,
    addresses: HashMap<&'a str, i64>,
    by_mail: i64,
}

impl<'a> Earlier<'a> {
    fn add_to(&self, counted: Counted, one: &Asked<'_>) -> Counted {
        let of = |all: &HashMap<&str, i64>, word: &str| match word {
            "" => 0,
            word => all.get(word).copied().unwrap_or(0),
        };
        let (all, plain) = self.mailboxes.get(one.mailbox.key.as_str()).copied().unwrap_or((0, 0));
        let network = of(&self.networks, &one.network);
        Counted {
            // A spelling without a plus sign waits only for others without one.
            mailbox: counted.mailbox + if one.mailbox.is_tagged { all } else { plain },
            hour: counted.hour + network,
            day: counted.day + network,
            domain: counted.domain + of(&self.domains, &one.mailbox.domain),
            address: counted.address + of(&self.addresses, one.new.address.key()),
            by_mail: counted.by_mail + self.by_mail,
        }
    }

    fn note(&mut self, one: &'a Asked<'_>) {
        let of_mailbox = self.mailboxes.entry(&one.mailbox.key).or_default();
        of_mailbox.0 += 1;
        of_mailbox.1 += i64::from(!one.new.address.key().chars().skip(1).any(|sign| sign == '+'));
        *self.networks.entry(&one.network).or_default() += 1;
        *self.domains.entry(&one.mailbox.domain).or_default() += 1;
        *self.addresses.entry(one.new.address.key()).or_default() += 1;
        self.by_mail += i64::from(one.is_by_mail());
    }
}

/// Counts for each sign-up what the store has against it.
async fn counted(tx: &mut Transaction<'_, Any>, dialect: Dialect, asked: &[Asked<'_>]) -> Result<Vec<Counted>> {
    let row = |(place, one): (usize, &Asked<'_>)| {
        json!({
            "place": place, "mailbox": one.mailbox.key, "tagged": i64::from(one.mailbox.is_tagged), "network": one.network,
            "domain": one.mailbox.domain, "address": one.new.address.key(), "hour": micros(one.new.now - TimeDelta::hours(1)),
            "day": micros(one.new.now - ADDRESS_PAUSE),
        })
    };
    let rows = Value::from(asked.iter().enumerate().map(row).collect::<Vec<_>>()).to_string();
    let limits = asked.iter().map(|one| one.new.limits);
    let (per_hour, per_day) = limits.fold((0, 0), |most, it| (it.per_hour.max(most.0), it.per_day.max(most.1)));
    let rows = sqlx::query(sql(COUNTING.replace("{elements}", dialect.elements())))
        .bind(rows)
        .bind(MAILBOX_PER_DAY)
        .bind(per_hour)
        .bind(per_day)
        .bind(BY_DOMAIN_PER_HOUR)
        .fetch_all(&mut **tx)
        .await?;
    let mut all = Vec::with_capacity(rows.len());
    for (row, one) in rows.iter().zip(asked) {
        let at = |column: usize| row.try_get::<i64, _>(column);
        let mut counted =
            Counted { mailbox: at(0)?, hour: at(1)?, day: at(2)?, domain: at(3)?, address: at(4)?, by_mail: 0 };
        if at(5)? > 0 {
            let hashes = Hashes::of_day(tx).await?;
            let erased = hashes.asked(tx, one.new.address.key(), &one.mailbox, one.new.now - ADDRESS_PAUSE).await?;
            counted.address += erased.address;
            counted.mailbox += erased.mailbox;
        }
        if one.is_by_mail() {
            counted.by_mail = by_mail(tx, one.new.now).await?;
        }
        all.push(counted);
    }
    Ok(all)
}

/// The columns of [`Counted`] but the last, and whether somebody was erased within a day; a row for each element of `$1`. `$2`
/// to `$5` are the limits of a mailbox, of a network in an hour and in a day, and of a domain: none counts further.
const COUNTING: &str = "
    SELECT (SELECT COUNT(*) FROM (SELECT 1 FROM sign_up s WHERE s.mailbox_key = asked.mailbox AND s.asked_at > asked.day
             AND (asked.tagged = 1 OR s.address_key NOT LIKE '_%+%') LIMIT $2) AS a),
     (SELECT COUNT(*) FROM (SELECT 1 FROM sign_up s WHERE s.asked_network = asked.network AND s.asked_network <> ''
       AND s.asked_at > asked.hour LIMIT $3) AS h),
     (SELECT COUNT(*) FROM (SELECT 1 FROM sign_up s WHERE s.asked_network = asked.network AND s.asked_network <> ''
       AND s.asked_at > asked.day LIMIT $4) AS d),
     (SELECT COUNT(*) FROM (SELECT 1 FROM sign_up s WHERE s.domain = asked.domain AND s.domain <> ''
       AND s.confirmed_at IS NULL AND s.asked_at > asked.hour LIMIT $5) AS o),
     (SELECT COUNT(*) FROM (SELECT 1 FROM sign_up s WHERE s.address_key = asked.address AND s.asked_at > asked.day
       AND NOT EXISTS (SELECT 1 FROM removal r WHERE r.address_key = s.address_key
                       AND (r.brief = '' OR r.brief = s.brief) AND r.said_at >= s.confirmed_at) LIMIT 1) AS s),
     (SELECT COUNT(*) FROM (SELECT 1 FROM forgotten_asked f WHERE f.at > asked.day LIMIT 1) AS f)
    FROM (SELECT CAST(value ->> 'place' AS BIGINT) AS place, value ->> 'mailbox' AS mailbox,
          CAST(value ->> 'tagged' AS BIGINT) AS tagged, value ->> 'network' AS network, value ->> 'domain' AS domain,
          value ->> 'address' AS address, CAST(value ->> 'hour' AS BIGINT) AS hour, CAST(value ->> 'day' AS BIGINT) AS day
          FROM {elements}) AS asked
    ORDER BY asked.place";

/// Writes sign-ups and their mails. Returns whether all of them were written: not if a number is taken.
async fn put_in(tx: &mut Transaction<'_, Any>, dialect: Dialect, all: &[&Asked<'_>]) -> Result<bool> {
    if all.is_empty() {
        return Ok(true);
    }
    let row = |one: &&Asked<'_>| {
        let (new, JoinMail { subject, text }) = (one.new, &one.new.mail);
        json!({
            "id": new.id, "address": new.address.as_str(), "ascii": new.address.ascii(), "key": new.address.key(),
            "brief": new.brief, "language": new.language.code(), "subscriber": new.subscriber, "text": new.consent.text,
            "version": new.consent.version, "way": new.way, "now": micros(new.now), "network": one.network,
            "message_id": new.message_id, "sha256": sha256(format!("Subject: {subject}\n\n{text}").as_bytes()),
            "mailbox": one.mailbox.key, "domain": one.mailbox.domain, "briefs": new.moves.join(" "),
        })
    };
    let rows = Value::from(all.iter().map(row).collect::<Vec<_>>()).to_string();
    let done = sqlx::query(sql(format!(
        "INSERT INTO sign_up (id, address, address_ascii, address_key, brief, language, subscriber, text, text_version,
         way, asked_at, asked_network, message_id, mail_sha256, confirmed_network, mailbox_key, domain, briefs)
         SELECT CAST(value ->> 'id' AS BIGINT), value ->> 'address', value ->> 'ascii', value ->> 'key', value ->> 'brief',
         value ->> 'language', CAST(value ->> 'subscriber' AS BIGINT), value ->> 'text', value ->> 'version',
         value ->> 'way', CAST(value ->> 'now' AS BIGINT), value ->> 'network', value ->> 'message_id', value ->> 'sha256',
         '', value ->> 'mailbox', value ->> 'domain', value ->> 'briefs'
         FROM {} WHERE true ON CONFLICT (id) DO NOTHING",
        dialect.elements()
    )))
    .bind(rows)
    .execute(&mut **tx)
    .await?;
    if done.rows_affected() < all.len() as u64 {
        return Ok(false);
    }
    let mails: Vec<_> = all.iter().map(|one| mail_of(one.new)).collect();
    put_all_in(&mut **tx, dialect, &mails).await?;
    Ok(true)
}

/// The mail that asks to confirm, and when it is due.
fn mail_of(new: &NewSignUp) -> (NewMail<'_>, DateTime<Utc>) {
    let due = new.now + new.waits;
    let mail = NewMail {
        kind: MailKind::Confirmation,
        address: new.address.ascii(),
        language: new.language,
        subject: &new.mail.subject,
        text: &new.mail.text,
        reply_to: new.reply_to.as_deref(),
        in_reply_to: None,
        message_id: &new.message_id,
        now: new.now,
        give_up_at: due + ADDRESS_PAUSE,
    };
    (mail, due)
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

/// How many asked by mail within an hour, as far as the limit.
async fn by_mail(tx: &mut Transaction<'_, Any>, now: DateTime<Utc>) -> Result<i64> {
    let row = sqlx::query(
        "SELECT COUNT(*) FROM (SELECT 1 FROM sign_up
         WHERE way = 'mail' AND asked_network = '' AND asked_at > $1 LIMIT $2) AS m",
    )
    .bind(micros(now - TimeDelta::hours(1)))
    .bind(BY_MAIL_PER_HOUR)
    .fetch_one(&mut **tx)
    .await?;
    Ok(row.try_get(0)?)
}
