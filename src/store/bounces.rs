//! Mails that failed: refused for good at SMTP, or come back later. Each counts once, whichever way it is told. What a failure
//! says of the address is decided in `delivery::rules`; here it is written down and takes effect: an address that is gone is
//! suppressed, one that fails softly again and again too.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;
use sqlx::{Any, Row, Transaction, any::AnyRow};

use super::{
    Result, Store,
    columns::{micros, time},
    dialect::sql,
    outbox::{IN_DOMAIN, codes},
    people::suppress,
};
use crate::{
    base::ids::{EditionId, MailId},
    delivery::rules::{BounceClass, Brake, EnhancedStatus, Share, State, bounce_brake},
};

/// Number of soft bounces in a row from which an address is suppressed, if they are spread over [`SOFT_FOR`].
pub const SOFT_BOUNCES: i64 = 5;
/// How far the first and the last soft bounce in a row lie apart at least before they count as an address that is gone.
pub const SOFT_FOR: TimeDelta = TimeDelta::days(14);

/// Held while a bounce is counted, so that no number is passed over.
const BOUNCES: &str = "bounces";

/// The failed mails of a store.
#[derive(Debug, Clone, Copy)]
pub struct Bounces<'a> {
    pub(super) store: &'a Store,
}

/// A mail that failed.
#[derive(Debug, Clone, Copy)]
pub struct NewBounce<'a> {
    /// The mail.
    pub mail: MailId,
    /// The edition that it delivers.
    pub edition: Option<EditionId>,
    /// The recipient's address in ASCII.
    pub address: &'a str,
    /// What it says of the address.
    pub class: BounceClass,
    /// The enhanced status, if there is one.
    pub status: Option<EnhancedStatus>,
    /// What was said, one line.
    pub said: &'a str,
}

/// What came of a failed mail.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Bounced {
    /// Whether it was not known before. Nothing else came of one that was.
    pub is_new: bool,
    /// Why its address was suppressed, if it was not before.
    pub suppressed: Option<String>,
    /// Number of other mails to it that are not sent any more.
    pub cancelled: u64,
    /// Number of soft bounces in a row, this one included; 0 if it is none.
    pub soft: i64,
    /// What has to wait for a person, since so many came back.
    pub brake: Option<BounceBrake>,
}

/// Too many mails of an edition came back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BounceBrake {
    /// The edition.
    pub edition: EditionId,
    /// The domain that they were to; `None` if they were to many.
    pub domain: Option<String>,
    /// Number of mails that came back.
    pub bounced: i64,
    /// Number of mails that went out; not counted further than is needed to tell whether it is too many.
    pub went_out: i64,
}

/// A mail that failed, as people see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct KeptBounce {
    /// The mail.
    pub mail: MailId,
    /// When that was known.
    pub at: DateTime<Utc>,
    /// What it says of the address.
    pub class: String,
    /// The enhanced status; empty if there is none.
    pub status: String,
    /// What was said.
    pub said: String,
}

/// Soft bounces of an address in a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct SoftBounces {
    /// Their number.
    pub number: i64,
    /// When the first came.
    pub first: DateTime<Utc>,
    /// When the last came.
    pub last: DateTime<Utc>,
}

impl Bounces<'_> {
    /// Writes down that a mail failed, with what follows from it. A mail counts once; only that its address is gone may be
    /// added later to what was known of it.
    pub async fn record(self, bounce: &NewBounce<'_>, now: DateTime<Utc>) -> Result<Bounced> {
        let key = bounce.address.to_ascii_lowercase();
        let mut tx = self.store.begin().await?;
        self.store.one_at_a_time(&mut tx, BOUNCES).await?;
        if !write(&mut tx, bounce, &key, now).await? {
            return Ok(Bounced::default());
        }
        let mut bounced = Bounced { is_new: true, ..Bounced::default() };
        let reason = match bounce.class {
            BounceClass::Gone => Some(format!("gone: {}", bounce.said)),
            BounceClass::Soft => {
                let soft = count_soft(&mut tx, bounce.mail, &key, now).await?;
                bounced.soft = soft.number;
                let is_over = soft.number >= SOFT_BOUNCES && soft.last - soft.first >= SOFT_FOR;
                is_over.then(|| {
                    format!("{} soft bounces in a row since {}: {}", soft.number, soft.first.format("%F"), bounce.said)
                })
            }
            BounceClass::AboutUs | BounceClass::Policy => None,
        };
        if let Some(reason) = reason {
            let done = suppress(self.store, &mut tx, &key, (&reason, ""), now).await?;
            (bounced.suppressed, bounced.cancelled) = (done.is_new.then_some(reason), done.cancelled);
        }
        if let Some(edition) = bounce.edition {
            bounced.brake = self.brake(&mut tx, edition, &domain_of(&key), now).await?;
        }
        tx.commit().await?;
        Ok(bounced)
    }

    /// Forgets the soft bounces of an address: a mail reached it.
    pub async fn heal(self, address: &str) -> Result<bool> {
        let done = sqlx::query("DELETE FROM soft_bounce WHERE address_key = $1")
            .bind(address.to_ascii_lowercase())
            .execute(&self.store.pool)
            .await?;
        Ok(done.rows_affected() > 0)
    }

    /// Returns the soft bounces in a row of an address.
    pub async fn soft(self, address: &str) -> Result<Option<SoftBounces>> {
        let row = sqlx::query("SELECT number, first_at, last_at FROM soft_bounce WHERE address_key = $1")
            .bind(address.to_ascii_lowercase())
            .fetch_optional(&self.store.pool)
            .await?;
        row.map(|row| {
            Ok(SoftBounces { number: row.try_get(0)?, first: time(row.try_get(1)?)?, last: time(row.try_get(2)?)? })
        })
        .transpose()
    }

    /// Returns what is known of a mail that failed; `None` if it did not.
    pub async fn of_mail(self, mail: MailId) -> Result<Option<KeptBounce>> {
        let row = sqlx::query("SELECT mail, at, class, status, said FROM bounce WHERE mail = $1").bind(mail);
        row.fetch_optional(&self.store.pool).await?.as_ref().map(kept).transpose()
    }

    /// Returns the mails to an address that failed, the oldest first.
    pub async fn of_address(self, key: &str) -> Result<Vec<KeptBounce>> {
        let rows =
            sqlx::query("SELECT mail, at, class, status, said FROM bounce WHERE address_key = $1 ORDER BY at, mail")
                .bind(key.to_owned());
        rows.fetch_all(&self.store.pool).await?.iter().map(kept).collect()
    }

    /// Counts the mails of an edition that failed, by what that says of the address.
    pub async fn of_edition(self, edition: EditionId) -> Result<BTreeMap<String, i64>> {
        let rows = sqlx::query("SELECT class, COUNT(*) FROM bounce WHERE edition = $1 GROUP BY class").bind(edition);
        let rows = rows.fetch_all(&self.store.pool).await?;
        rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).collect()
    }

    /// Decides whether an edition, or a domain for it, must wait, and notes that. It is told again only once twice as many
    /// came back: a person who lets it go on knows of those.
    async fn brake(
        self,
        tx: &mut Transaction<'_, Any>,
        edition: EditionId,
        domain: &str,
        now: DateTime<Utc>,
    ) -> Result<Option<BounceBrake>> {
        // Domains that wait already are counted neither here nor there.
        let counted = "SELECT COUNT(*), COALESCE(SUM(CASE WHEN domain = $2 THEN 1 ELSE 0 END), 0) FROM bounce
             WHERE edition = $1 AND (domain = $2 OR domain NOT IN (SELECT domain FROM bounce_brake WHERE edition = $1))";
        let row = sqlx::query(counted).bind(edition).bind(domain.to_owned()).fetch_one(&mut **tx).await?;
        let (all, of_domain): (i64, i64) = (row.try_get(0)?, row.try_get(1)?);
        if !Share::is_looked_at(all) && !Share::is_looked_at(of_domain) {
            return Ok(None);
        }
        // More than that need not be counted: the share is below the limit then.
        let of = went_out(tx, edition, domain, true, Share::enough(of_domain)).await?;
        let to_domain = Share { bounced: of_domain, of };
        let others = went_out(tx, edition, domain, false, Share::enough(all)).await?;
        let in_all = Share { bounced: all, of: to_domain.of + others };
        let (domain, share) = match bounce_brake(in_all, to_domain) {
            None => return Ok(None),
            Some(Brake::Edition) => (None, in_all),
            Some(Brake::Domain) => (Some(domain.to_owned()), to_domain),
        };
        let done = sqlx::query(
            "INSERT INTO bounce_brake (edition, domain, bounced, at) VALUES ($1, $2, $3, $4)
             ON CONFLICT (edition, domain) DO UPDATE SET bounced = excluded.bounced, at = excluded.at
             WHERE bounce_brake.bounced * 2 <= excluded.bounced",
        )
        .bind(edition)
        .bind(domain.clone().unwrap_or_default())
        .bind(share.bounced)
        .bind(micros(now))
        .execute(&mut **tx)
        .await?;
        let brake = BounceBrake { edition, domain, bounced: share.bounced, went_out: share.of };
        Ok((done.rows_affected() == 1).then_some(brake))
    }
}

fn kept(row: &AnyRow) -> Result<KeptBounce> {
    Ok(KeptBounce {
        mail: MailId::new(row.try_get(0)?),
        at: time(row.try_get(1)?)?,
        class: row.try_get(2)?,
        status: row.try_get(3)?,
        said: row.try_get(4)?,
    })
}

/// Writes a bounce; false if nothing new is known of the mail.
async fn write(tx: &mut Transaction<'_, Any>, bounce: &NewBounce<'_>, key: &str, now: DateTime<Utc>) -> Result<bool> {
    let done = sqlx::query(
        "INSERT INTO bounce (mail, edition, address_key, domain, class, status, said, at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
         ON CONFLICT (mail) DO UPDATE SET class = excluded.class, status = excluded.status, said = excluded.said,
         at = excluded.at WHERE excluded.class = $9 AND bounce.class <> $9",
    )
    .bind(bounce.mail)
    .bind(bounce.edition.map(EditionId::get))
    .bind(key.to_owned())
    .bind(domain_of(key))
    .bind(bounce.class.word())
    .bind(bounce.status.map_or_else(String::new, |status| status.to_string()))
    .bind(bounce.said.to_owned())
    .bind(micros(now))
    .bind(BounceClass::Gone.word())
    .execute(&mut **tx)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Counts a soft bounce. A mail that went out between the last one and this, and did not come back, ends the row.
async fn count_soft(tx: &mut Transaction<'_, Any>, mail: MailId, key: &str, now: DateTime<Utc>) -> Result<SoftBounces> {
    let known = sqlx::query("SELECT number, first_at, last_mail FROM soft_bounce WHERE address_key = $1")
        .bind(key.to_owned())
        .fetch_optional(&mut **tx)
        .await?;
    let (mut number, mut first, mut last_mail) = (1, micros(now), mail.get());
    if let Some(known) = known {
        let before: i64 = known.try_get(2)?;
        let arrived = sqlx::query(sql(format!(
            "SELECT 1 FROM mail WHERE subscriber IN (SELECT id FROM subscriber WHERE address_key = $1)
             AND id > $2 AND id < $3 AND +state = {}
             AND NOT EXISTS (SELECT 1 FROM bounce b WHERE b.mail = mail.id) LIMIT 1",
            State::Sent.code()
        )))
        .bind(key.to_owned())
        .bind(before)
        .bind(mail)
        .fetch_optional(&mut **tx)
        .await?;
        if arrived.is_none() {
            let so_far: i64 = known.try_get(0)?;
            (number, first, last_mail) = (so_far + 1, known.try_get(1)?, before.max(mail.get()));
        }
    }
    sqlx::query(
        "INSERT INTO soft_bounce (address_key, number, first_at, last_at, last_mail) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (address_key) DO UPDATE SET number = excluded.number, first_at = excluded.first_at,
         last_at = excluded.last_at, last_mail = excluded.last_mail",
    )
    .bind(key.to_owned())
    .bind(number)
    .bind(first)
    .bind(micros(now))
    .bind(last_mail)
    .execute(&mut **tx)
    .await?;
    Ok(SoftBounces { number, first: time(first)?, last: now })
}

/// Number of an edition's mails that went out or were refused, but no more than `most`: those to the domain, or those to all
/// others but the domains that wait already.
async fn went_out(
    tx: &mut Transaction<'_, Any>,
    edition: EditionId,
    domain: &str,
    to_it: bool,
    most: i64,
) -> Result<i64> {
    let in_domain = IN_DOMAIN.replace("DOMAIN", "CAST($3 AS TEXT)");
    let which = if to_it {
        format!("({in_domain})")
    } else {
        let waits = IN_DOMAIN.replace("DOMAIN", "k.domain");
        format!(
            "NOT ({in_domain}) AND NOT EXISTS
             (SELECT 1 FROM bounce_brake k WHERE k.edition = $1 AND k.domain <> '' AND ({waits}))"
        )
    };
    let row = sqlx::query(sql(format!(
        "SELECT COUNT(*) FROM (SELECT 1 AS one FROM mail WHERE edition = $1 AND state IN ({}) AND {which}
         LIMIT $2) AS part",
        codes([State::DotWritten, State::Sent, State::Failed, State::Unknown])
    )))
    .bind(edition)
    .bind(most)
    .bind(domain.to_owned())
    .fetch_one(&mut **tx)
    .await?;
    Ok(row.try_get(0)?)
}

/// Forgets bounces from before then whose mails are forgotten.
pub(super) async fn forget(tx: &mut Transaction<'_, Any>, before: DateTime<Utc>) -> Result<()> {
    sqlx::query("DELETE FROM bounce WHERE at < $1 AND NOT EXISTS (SELECT 1 FROM mail m WHERE m.id = bounce.mail)")
        .bind(micros(before))
        .execute(&mut **tx)
        .await?;
    for table in ["reply", "forwarded"] {
        let query = sql(format!("DELETE FROM {table} WHERE at < $1"));
        sqlx::query(query).bind(micros(before)).execute(&mut **tx).await?;
    }
    Ok(())
}

/// Erases what is known of an address here, for somebody who is forgotten.
pub(super) async fn erase(tx: &mut Transaction<'_, Any>, key: &str) -> Result<()> {
    for table in ["bounce", "soft_bounce"] {
        let query = sql(format!("DELETE FROM {table} WHERE address_key = $1"));
        sqlx::query(query).bind(key.to_owned()).execute(&mut **tx).await?;
    }
    Ok(())
}

/// The domain of an address in lower case.
fn domain_of(key: &str) -> String {
    key.rsplit_once('@').map_or(key, |(_, domain)| domain).to_owned()
}
