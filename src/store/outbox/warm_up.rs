//! How many mails a day went to each domain while a sender is new, for all processes together. What may go is decided in
//! `delivery::rules`; here it is counted, and what is too many waits for the next day.

use std::collections::HashMap;

use chrono::{DateTime, Days, NaiveTime, Utc};
use sqlx::{Any, Row, Transaction};

use super::{
    mail::Claim,
    sql::{IN_DOMAIN, codes, list},
};
use crate::{
    base::ids::MailId,
    delivery::rules::{State, WarmUp},
    store::{Result, Store, columns::micros, dialect::sql},
};

/// Held while mails are counted, so that no two processes take the same place.
const WARM_UP: &str = "warm-up";
/// How often a domain whose day is full is counted anew: mails that were claimed and came back took a place.
const RECOUNT: i64 = 60 * 1_000_000;

/// The day of a lease, and what went to each domain so far.
pub(super) struct Warming {
    limit: i64,
    now: i64,
    day: i64,
    next_day: i64,
    counts: HashMap<String, i64>,
}

impl Warming {
    /// `None` on a day without a limit.
    pub fn of(warm_up: Option<&WarmUp>, now: DateTime<Utc>) -> Option<Warming> {
        let day = now.date_naive();
        let limit = warm_up?.limit(day)?;
        let midnight = |day: chrono::NaiveDate| micros(day.and_time(NaiveTime::MIN).and_utc());
        let next_day = midnight(day.checked_add_days(Days::new(1))?);
        Some(Warming { limit, now: micros(now), day: midnight(day), next_day, counts: HashMap::new() })
    }

    /// Takes out of the claims what is too many for its domain today; that is due tomorrow. Mails that bring no edition are
    /// counted, and go in any case. Returns whether all may go.
    pub async fn admit(
        &mut self,
        store: &Store,
        tx: &mut Transaction<'_, Any>,
        claims: &mut Vec<Claim>,
    ) -> Result<bool> {
        if claims.is_empty() {
            return Ok(true);
        }
        store.one_at_a_time(tx, WARM_UP).await?;
        let (mut over, mut admitted): (Vec<MailId>, HashMap<String, i64>) = (Vec::new(), HashMap::new());
        let mut left = Vec::with_capacity(claims.len());
        for claim in claims.drain(..) {
            let domain = claim.address.rsplit_once('@').map_or("", |(_, domain)| domain).to_ascii_lowercase();
            let count = self.count(tx, &domain, &admitted).await?;
            if claim.edition.is_some() && count >= self.limit {
                over.push(claim.id);
                continue;
            }
            self.counts.insert(domain.clone(), count + 1);
            *admitted.entry(domain).or_default() += 1;
            left.push(claim);
        }
        *claims = left;
        for domain in admitted.keys() {
            self.keep(tx, domain, None).await?;
        }
        self.put_off(tx, &over).await?;
        Ok(over.is_empty())
    }

    /// Number of mails to a domain today, counted anew if that would be too many.
    async fn count(
        &mut self,
        tx: &mut Transaction<'_, Any>,
        domain: &str,
        admitted: &HashMap<String, i64>,
    ) -> Result<i64> {
        if let Some(count) = self.counts.get(domain) {
            return Ok(*count);
        }
        let row = sqlx::query("SELECT mails, counted_at FROM warm_up WHERE day = $1 AND domain = $2")
            .bind(self.day)
            .bind(domain.to_owned())
            .fetch_optional(&mut **tx)
            .await?;
        let (mut count, counted_at): (i64, i64) = match row {
            Some(row) => (row.try_get(0)?, row.try_get(1)?),
            None => (0, 0),
        };
        if count >= self.limit && counted_at < self.now - RECOUNT {
            count = self.exact(tx, domain).await? + admitted.get(domain).copied().unwrap_or(0);
            self.counts.insert(domain.to_owned(), count);
            self.keep(tx, domain, Some(self.now)).await?;
        }
        self.counts.insert(domain.to_owned(), count);
        Ok(count)
    }

    /// Mails to a domain that went out today, or are on their way.
    async fn exact(&self, tx: &mut Transaction<'_, Any>, domain: &str) -> Result<i64> {
        let in_domain = IN_DOMAIN.replace("DOMAIN", "CAST($2 AS TEXT)");
        let row = sqlx::query(sql(format!(
            "SELECT (SELECT COUNT(*) FROM mail WHERE state = {sent} AND changed_at >= $1 AND ({in_domain}))
             + (SELECT COUNT(*) FROM mail WHERE state IN ({flying}) AND ({in_domain}))",
            sent = State::Sent.code(),
            flying = codes([State::Claimed, State::DotWritten])
        )))
        .bind(self.day)
        .bind(domain.to_owned())
        .fetch_one(&mut **tx)
        .await?;
        Ok(row.try_get(0)?)
    }

    /// Writes a domain's count down; `counted_at` if it was counted anew.
    async fn keep(&self, tx: &mut Transaction<'_, Any>, domain: &str, counted_at: Option<i64>) -> Result<()> {
        sqlx::query(
            "INSERT INTO warm_up (day, domain, mails, counted_at) VALUES ($1, $2, $3, $4)
             ON CONFLICT (day, domain) DO UPDATE SET mails = excluded.mails,
             counted_at = CASE WHEN excluded.counted_at > 0 THEN excluded.counted_at ELSE warm_up.counted_at END",
        )
        .bind(self.day)
        .bind(domain.to_owned())
        .bind(self.counts.get(domain).copied().unwrap_or(0))
        .bind(counted_at.unwrap_or(0))
        .execute(&mut **tx)
        .await?;
        Ok(())
    }

    async fn put_off(&self, tx: &mut Transaction<'_, Any>, mails: &[MailId]) -> Result<()> {
        if mails.is_empty() {
            return Ok(());
        }
        sqlx::query(sql(format!(
            "UPDATE mail SET due_at = CASE WHEN give_up_at < $1 THEN give_up_at ELSE $1 END WHERE id IN ({})",
            list(mails.iter().map(|mail| mail.get()))
        )))
        .persistent(false)
        .bind(self.next_day)
        .execute(&mut **tx)
        .await?;
        Ok(())
    }
}

/// Forgets the counts of days before then.
pub(super) async fn forget(tx: &mut Transaction<'_, Any>, before: DateTime<Utc>) -> Result<()> {
    sqlx::query("DELETE FROM warm_up WHERE day < $1").bind(micros(before)).execute(&mut **tx).await?;
    Ok(())
}
