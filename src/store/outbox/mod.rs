//! The outbox: every mail, where it stands, and what was said of it. Here mails go in and are read; [`claim`] hands them to a
//! courier, [`settle`] records what became of them, [`take_back`] and [`resend`] serve what people decide, [`trouble`] what
//! they should know. Which moves are legal is in `delivery`; an illegal one changes no row.

mod claim;
mod mail;
mod paused_domains;
mod quiet_hours;
mod resend;
mod settle;
mod sql;
mod take_back;
mod trouble;
mod warm_up;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use sqlx::{Any, Row};

pub use self::{
    mail::{Claim, Mail, MailCount, MailKind, MailReply, Move, NewMail, OwnText, Recovered, Tally, Whereabouts},
    resend::{Resend, Resent},
    settle::Unknown,
    trouble::{LostMails, Stopped},
};
use self::{
    mail::{mail, state},
    sql::{
        Listed, TALLY, before_last, last_move, last_sent, lately, listing, next_due, others_on_their_way, replies,
        tally_of_edition, tally_of_others,
    },
};
pub(super) use self::{
    quiet_hours::keep as keep_quiet_hours,
    resend::next_range,
    sql::{Cancelled, IN_DOMAIN, codes, list, unreported},
    take_back::{Claimed, at_dot, cancel, doubt_unfinished, take_claims_back},
};
use super::{
    Result, Store,
    bounces::forget as forget_bounces,
    columns::{micros, time, word},
    dialect::{Dialect, sql},
};
use crate::{
    base::ids::{EditionId, MailId},
    delivery::rules::State,
    people::subscribers::Address,
};

/// The time over which [`Outbox::rate`] counts.
const RATE_WINDOW: TimeDelta = TimeDelta::seconds(60);

/// The mails of a store. Only the courier leases and settles.
#[derive(Debug, Clone, Copy)]
pub struct Outbox<'a> {
    pub(super) store: &'a Store,
}

/// Which mails are meant; all that are not named are meant.
#[derive(Debug, Clone, Copy, Default)]
pub struct MailQuery<'a> {
    /// Those of this edition.
    pub edition: Option<EditionId>,
    /// Those in this state.
    pub state: Option<State>,
    /// Those of this brief's editions.
    pub brief: Option<&'a str>,
    /// Those to this address.
    pub address: Option<&'a Address>,
}

impl MailQuery<'_> {
    const fn listed(&self) -> Listed {
        Listed {
            of_edition: self.edition.is_some(),
            in_state: self.state,
            of_brief: self.brief.is_some(),
            to_address: self.address.is_some(),
        }
    }
}

impl Outbox<'_> {
    /// Puts a mail into the outbox. Returns false if one with its Message-ID is there already.
    pub async fn enqueue(self, mail: &NewMail<'_>) -> Result<bool> {
        put_in(&self.store.pool, mail).await
    }

    /// As `enqueue`; the mail brings the PDFs of an edition, too.
    pub async fn enqueue_with_pages(self, mail: &NewMail<'_>, edition: EditionId) -> Result<bool> {
        let mut tx = self.store.begin().await?;
        let is_new = put_in(&mut *tx, mail).await?;
        if is_new {
            let query = sqlx::query("UPDATE mail SET pages_of = $1 WHERE message_id = $2");
            query.bind(edition).bind(mail.message_id.to_owned()).execute(&mut *tx).await?;
        }
        tx.commit().await?;
        Ok(is_new)
    }

    /// Returns the mail with this Message-ID.
    pub async fn with_message_id(self, message_id: &str) -> Result<Option<Mail>> {
        let row = sqlx::query(
            "SELECT m.*, e.brief AS brief, e.number AS number FROM mail m LEFT JOIN edition e ON e.id = m.edition
             WHERE m.message_id = $1",
        )
        .bind(message_id.to_owned())
        .fetch_optional(&self.store.pool)
        .await?;
        row.as_ref().map(mail).transpose()
    }

    /// Returns the subject and the text of its own that the mail with this Message-ID has.
    pub async fn own_text(self, message_id: &str) -> Result<Option<(String, String)>> {
        let row = sqlx::query(
            "SELECT subject, text FROM mail WHERE message_id = $1 AND subject IS NOT NULL AND text IS NOT NULL",
        )
        .bind(message_id.to_owned())
        .fetch_optional(&self.store.pool)
        .await?;
        row.map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).transpose()
    }

    /// Returns the mail that went out last to the reader with this address since then, unless it came back already.
    pub async fn last_sent_to(self, address: &Address, since: DateTime<Utc>) -> Result<Option<Mail>> {
        let went = codes([State::Sent, State::Unknown, State::DotWritten]);
        let row = sqlx::query(sql(format!(
            "SELECT m.*, e.brief AS brief, e.number AS number FROM mail m LEFT JOIN edition e ON e.id = m.edition
             WHERE m.subscriber IN (SELECT id FROM subscriber WHERE address_key = $1) AND +m.state IN ({went})
             AND m.changed_at > $2 AND NOT EXISTS (SELECT 1 FROM bounce b WHERE b.mail = m.id)
             ORDER BY m.id DESC LIMIT 1"
        )))
        .bind(address.key().to_owned())
        .bind(micros(since))
        .fetch_optional(&self.store.pool)
        .await?;
        row.as_ref().map(mail).transpose()
    }

    /// Returns the last mail of a brief's editions that went to a subscriber at the address with this key, which may be one of
    /// before, since then, and did not fail.
    pub async fn last_of(self, subscriber: i64, key: &str, brief: &str, since: DateTime<Utc>) -> Result<Option<Mail>> {
        let went = codes([State::Sent, State::Unknown, State::DotWritten]);
        let row = sqlx::query(sql(format!(
            "SELECT m.*, e.brief AS brief, e.number AS number FROM mail m JOIN edition e ON e.id = m.edition
             WHERE m.subscriber = $1 AND LOWER(m.address) = $2 AND e.brief = $3 AND +m.state IN ({went})
             AND m.changed_at > $4 AND NOT EXISTS (SELECT 1 FROM bounce b WHERE b.mail = m.id) ORDER BY m.id DESC LIMIT 1"
        )))
        .bind(subscriber)
        .bind(key.to_owned())
        .bind(brief.to_owned())
        .bind(micros(since))
        .fetch_optional(&self.store.pool)
        .await?;
        row.as_ref().map(mail).transpose()
    }

    /// Returns the mail with this id.
    pub async fn mail(self, id: MailId) -> Result<Option<Mail>> {
        let row = sqlx::query(
            "SELECT m.*, e.brief AS brief, e.number AS number FROM mail m LEFT JOIN edition e ON e.id = m.edition
             WHERE m.id = $1",
        )
        .bind(id)
        .fetch_optional(&self.store.pool)
        .await?;
        row.as_ref().map(mail).transpose()
    }

    /// Returns `limit` mails in the order of enqueueing, those after the mail `after`: of one edition or of all, in one
    /// state or in any.
    pub async fn mails(
        self,
        edition: Option<EditionId>,
        in_state: Option<State>,
        after: Option<MailId>,
        limit: i64,
    ) -> Result<Vec<Mail>> {
        self.listed(&MailQuery { edition, state: in_state, ..MailQuery::default() }, after, limit).await
    }

    /// As `mails`, for any query.
    pub async fn listed(self, query: &MailQuery<'_>, after: Option<MailId>, limit: i64) -> Result<Vec<Mail>> {
        let rows = sqlx::query(sql(listing(query.listed())))
            .bind(after.map_or(0, MailId::get))
            .bind(limit)
            .bind(query.edition.map_or(0, EditionId::get))
            .bind(query.brief.unwrap_or_default().to_owned())
            .bind(query.address.map_or_else(String::new, |address| address.key().to_owned()))
            .fetch_all(&self.store.pool)
            .await?;
        rows.iter().map(mail).collect()
    }

    /// Returns the mail before the last `last` of a query, from which on they are listed; `None` if there are no more.
    pub async fn before_last(self, query: &MailQuery<'_>, last: i64) -> Result<Option<MailId>> {
        let row = sqlx::query(sql(before_last(query.listed())))
            .bind(0i64)
            .bind(last)
            .bind(query.edition.map_or(0, EditionId::get))
            .bind(query.brief.unwrap_or_default().to_owned())
            .bind(query.address.map_or_else(String::new, |address| address.key().to_owned()))
            .fetch_one(&self.store.pool)
            .await?;
        let before: i64 = row.try_get(0)?;
        Ok((before > 0).then(|| MailId::new(before)))
    }

    /// Returns what was said of an edition's mails in one state: `limit` of them in the order of enqueueing, those after the
    /// mail `after`.
    pub async fn replies(
        self,
        edition: EditionId,
        state: State,
        after: Option<MailId>,
        limit: i64,
    ) -> Result<Vec<MailReply>> {
        let rows = sqlx::query(sql(replies(state)))
            .bind(after.map_or(0, MailId::get))
            .bind(limit)
            .bind(edition)
            .fetch_all(&self.store.pool)
            .await?;
        let reply = |row: &sqlx::any::AnyRow| {
            Ok(MailReply { id: row.try_get(0)?, address: row.try_get(1)?, reply: row.try_get(2)? })
        };
        rows.iter().map(reply).collect()
    }

    /// Returns when the next waiting mail is due; `None` if none waits.
    pub async fn next_due(self) -> Result<Option<DateTime<Utc>>> {
        let row = sqlx::query(sql(next_due(self.store.dialect))).fetch_optional(&self.store.pool).await?;
        row.map(|row| time(row.try_get(0)?)).transpose()
    }

    /// Counts the mails of an edition, or of all, in each state.
    pub async fn tally(self, edition: Option<EditionId>) -> Result<Tally> {
        let query = match edition {
            Some(edition) => sqlx::query(sql(tally_of_edition())).bind(edition),
            None => sqlx::query(TALLY),
        };
        let rows = query.fetch_all(&self.store.pool).await?;
        let mut tally = Tally::default();
        for row in rows {
            tally.0.insert(state(row.try_get(0)?)?, row.try_get(1)?);
        }
        Ok(tally)
    }

    /// Counts the mails of each kind in each state; a kind and a state without mails are left out. With a million mails this
    /// takes as long as `tally`: a caller that asks often keeps the answer for a while.
    pub async fn tally_by_kind(self) -> Result<Vec<MailCount>> {
        let all = sqlx::query(TALLY).fetch_all(&self.store.pool).await?;
        let others = sqlx::query(sql(tally_of_others())).fetch_all(&self.store.pool).await?;
        let mut found: Vec<MailCount> = Vec::new();
        for row in &others {
            let (kind, state) = (word(row, "kind")?, state(row.try_get(0)?)?);
            found.push(MailCount { kind, state, count: row.try_get(2)? });
        }
        for row in &all {
            let (state, all): (State, i64) = (state(row.try_get(0)?)?, row.try_get(1)?);
            let others: i64 = found.iter().filter(|found| found.state == state).map(|found| found.count).sum();
            // A mail that was enqueued between the two queries is counted by the next call.
            if all > others {
                found.push(MailCount { kind: MailKind::Edition, state, count: all - others });
            }
        }
        Ok(found)
    }

    /// Returns the mails a second that were sent during the last minute, of one edition or of all; counted from the first of
    /// them, if the minute began without any.
    pub async fn rate(self, edition: Option<EditionId>, now: DateTime<Utc>) -> Result<f64> {
        let row = sqlx::query(sql(lately(self.store.dialect, edition.is_some())))
            .bind(micros(now - RATE_WINDOW))
            .bind(edition.map_or(0, EditionId::get))
            .fetch_one(&self.store.pool)
            .await?;
        let (count, first): (i64, Option<i64>) = (row.try_get(0)?, row.try_get(1)?);
        let Some(first) = first else { return Ok(0.0) };
        let micros = (micros(now) - first).clamp(1_000_000, 60_000_000);
        Ok(count as f64 * 1e6 / micros as f64)
    }

    /// Returns when a mail was sent last, by any process; `None` if none was, or all such mails are forgotten.
    pub async fn last_sent(self) -> Result<Option<DateTime<Utc>>> {
        let row = sqlx::query(sql(last_sent(self.store.dialect))).fetch_optional(&self.store.pool).await?;
        row.map(|row| time(row.try_get(0)?)).transpose()
    }

    /// Returns when a mail of the edition was sent, refused or given up last; `None` if none was.
    pub async fn last_move(self, edition: EditionId) -> Result<Option<DateTime<Utc>>> {
        let last: Option<i64> =
            sqlx::query(sql(last_move())).bind(edition).fetch_one(&self.store.pool).await?.try_get(0)?;
        last.map(time).transpose()
    }

    /// Are mails that bring no edition under way, or waiting for their first attempt?
    pub async fn others_on_their_way(self) -> Result<bool> {
        let row = sqlx::query(sql(others_on_their_way()));
        Ok(row.fetch_optional(&self.store.pool).await?.is_some())
    }

    /// Removes mails that were settled before `before`: sent, refused, cancelled or expired. Unknown ones stay. Returns how
    /// many were removed.
    pub async fn forget(self, before: DateTime<Utc>) -> Result<u64> {
        let ends = codes([State::Sent, State::Failed, State::Cancelled, State::Expired]);
        let mut tx = self.store.begin().await?;
        let done = sqlx::query(sql(format!("DELETE FROM mail WHERE state IN ({ends}) AND changed_at < $1")))
            .bind(micros(before))
            .execute(&mut *tx)
            .await?;
        // A database may give a mail's number again.
        forget_bounces(&mut tx, before).await?;
        warm_up::forget(&mut tx, before).await?;
        tx.commit().await?;
        Ok(done.rows_affected())
    }
}

/// Puts a mail into the outbox within a transaction, or without one. Returns false if one with its Message-ID is there. A mail
/// that brings no edition is urgent: somebody waits for it.
pub(super) async fn put_in(into: impl sqlx::Executor<'_, Database = Any>, mail: &NewMail<'_>) -> Result<bool> {
    let done = sqlx::query(
        "INSERT INTO mail (kind, address, language, subject, text, message_id, state, due_at, give_up_at, attempts,
         reply, unknowns, created_at, changed_at, urgent, reply_to, in_reply_to)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 0, '', 0, $8, $8, 1, $10, $11) ON CONFLICT DO NOTHING",
    )
    .bind(mail.kind.word())
    .bind(mail.address.to_owned())
    .bind(mail.language.code())
    .bind(mail.subject.to_owned())
    .bind(mail.text.to_owned())
    .bind(mail.message_id.to_owned())
    .bind(State::Pending.code())
    .bind(micros(mail.now))
    .bind(micros(mail.give_up_at))
    .bind(mail.reply_to.map(str::to_owned))
    .bind(mail.in_reply_to.map(str::to_owned))
    .execute(into)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// As [`put_in`], many with one statement, each due at its time. One whose Message-ID is there is left out.
pub(super) async fn put_all_in(
    into: impl sqlx::Executor<'_, Database = Any>,
    dialect: Dialect,
    mails: &[(NewMail<'_>, DateTime<Utc>)],
) -> Result<()> {
    let row = |(mail, due): &(NewMail<'_>, DateTime<Utc>)| {
        json!({
            "kind": mail.kind.word(), "address": mail.address, "language": mail.language.code(), "subject": mail.subject,
            "text": mail.text, "message_id": mail.message_id, "now": micros(mail.now), "due": micros(*due),
            "give_up": micros(mail.give_up_at), "reply_to": mail.reply_to, "in_reply_to": mail.in_reply_to,
        })
    };
    let rows = Value::from(mails.iter().map(row).collect::<Vec<_>>()).to_string();
    let time = |name: &str| format!("CAST(value ->> '{name}' AS BIGINT)");
    let (now, pending) = (time("now"), State::Pending.code());
    sqlx::query(sql(format!(
        "INSERT INTO mail (kind, address, language, subject, text, message_id, state, due_at, give_up_at, attempts,
         reply, unknowns, created_at, changed_at, urgent, reply_to, in_reply_to)
         SELECT value ->> 'kind', value ->> 'address', value ->> 'language', value ->> 'subject', value ->> 'text',
         value ->> 'message_id', {pending}, {}, {}, 0, '', 0, {now}, {now}, 1, value ->> 'reply_to', value ->> 'in_reply_to'
         FROM {} WHERE true ON CONFLICT DO NOTHING",
        time("due"),
        time("give_up"),
        dialect.elements(),
    )))
    .bind(rows)
    .execute(into)
    .await?;
    Ok(())
}
