//! The mails of one edition to one domain wait because that domain refuses us, until a person resumes it; those to other
//! domains go on. A domain is the part of an address behind the `@`, in lower case.

use chrono::{DateTime, Utc};
use serde::Serialize;
use sqlx::{Row, any::AnyRow};

use super::{Edition, Editions, pause::refused_wait_again};
use crate::{
    base::ids::{EditionId, EditionName, MailId},
    delivery::rules::State,
    store::{
        Result,
        columns::{micros, time},
        dialect::sql,
        hold::GATE,
        outbox::{Claimed, IN_DOMAIN, codes, take_claims_back},
    },
};

/// A domain that refuses us.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DomainPause {
    /// The edition whose mails to it wait.
    pub edition: EditionName,
    /// The domain.
    pub domain: String,
    /// When the pause began.
    pub since: DateTime<Utc>,
    /// The server's reply.
    pub why: String,
    /// Number of mails that wait.
    pub waiting: i64,
}

/// A domain whose mails go on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResumedDomain {
    /// The server's reply for which it was paused; `None` if it was not.
    pub was: Option<String>,
    /// Number of mails that were put aside, and now wait again.
    pub back: u64,
}

impl Editions<'_> {
    /// Pauses a domain for an edition: none of the edition's mails to it is sent until `resume` or `resume_domain`.
    /// `refused_with_it` are mails that counted as refused before it was known that the refusals are not about their
    /// readers: they wait again. Returns false if it is paused already, as the edition may be, or the edition is not being
    /// sent.
    pub async fn pause_domain(
        self,
        edition: EditionId,
        domain: &str,
        why: &str,
        refused_with_it: &[MailId],
        now: DateTime<Utc>,
    ) -> Result<bool> {
        let mut tx = self.store.begin().await?;
        let done = sqlx::query(
            "INSERT INTO domain_pause (edition, domain, paused_at, why)
             SELECT $1, CAST($2 AS TEXT), CAST($3 AS BIGINT), CAST($4 AS TEXT) FROM edition
             WHERE id = $1 AND state = 'released' AND paused_at IS NULL ON CONFLICT DO NOTHING",
        )
        .bind(edition)
        .bind(domain.to_owned())
        .bind(micros(now))
        .bind(why.to_owned())
        .execute(&mut *tx)
        .await?;
        if done.rows_affected() == 1 {
            take_claims_back(self.store, &mut tx, Claimed::ToDomain(edition, domain), why, now).await?;
            refused_wait_again(&mut tx, edition, refused_with_it, now).await?;
        }
        tx.commit().await?;
        Ok(done.rows_affected() == 1)
    }

    /// Is there a domain, other than this one and those that are paused, that took mails of the edition or may still?
    pub async fn has_other_domains(self, edition: EditionId, domain: &str) -> Result<bool> {
        let took = |state: &State| state.is_open() || matches!(state, State::Sent | State::Unknown);
        self.has_elsewhere(edition, domain, State::ALL.into_iter().filter(took)).await
    }

    /// Are mails of the edition on their way, or waiting for their first attempt, to domains that are not paused?
    pub async fn is_on_its_way(self, edition: EditionId) -> Result<bool> {
        self.has_elsewhere(edition, "", [State::Pending, State::Claimed, State::DotWritten].into_iter()).await
    }

    /// Has the edition mails in one of these states to a domain other than this one and those that are paused?
    async fn has_elsewhere(
        self,
        edition: EditionId,
        domain: &str,
        states: impl Iterator<Item = State>,
    ) -> Result<bool> {
        let row = sqlx::query(sql(format!(
            "SELECT 1 FROM mail WHERE edition = $1 AND state IN ({}) AND NOT ({})
             AND NOT EXISTS (SELECT 1 FROM domain_pause p WHERE p.edition = $1 AND ({})) LIMIT 1",
            codes(states),
            IN_DOMAIN.replace("DOMAIN", "CAST($2 AS TEXT)"),
            IN_DOMAIN.replace("DOMAIN", "p.domain"),
        )))
        .bind(edition)
        .bind(domain.to_owned())
        .fetch_optional(&self.store.pool)
        .await?;
        Ok(row.is_some())
    }

    /// Returns the domains that are paused and for which mails wait, of one edition or of all.
    pub async fn paused_domains(self, edition: Option<EditionId>) -> Result<Vec<DomainPause>> {
        let which = if edition.is_some() { "p.edition = $1" } else { "$1 = 0" };
        let waiting = codes([State::Pending, State::Deferred]);
        let rows = sqlx::query(sql(format!(
            "SELECT e.brief, e.number, p.domain, p.paused_at, p.why,
             (SELECT COUNT(*) FROM mail WHERE mail.edition = p.edition AND mail.state IN ({waiting}) AND ({})) AS waiting
             FROM domain_pause p JOIN edition e ON e.id = p.edition
             WHERE {which} AND e.state = 'released' ORDER BY p.edition, p.domain",
            IN_DOMAIN.replace("DOMAIN", "p.domain")
        )))
        .bind(edition.map_or(0, EditionId::get))
        .fetch_all(&self.store.pool)
        .await?;
        let pause = |row: &AnyRow| {
            Ok(DomainPause {
                edition: EditionName { brief: row.try_get(0)?, number: row.try_get(1)? },
                domain: row.try_get(2)?,
                since: time(row.try_get(3)?)?,
                why: row.try_get(4)?,
                waiting: row.try_get(5)?,
            })
        };
        let all: Result<Vec<DomainPause>> = rows.iter().map(pause).collect();
        Ok(all?.into_iter().filter(|pause| pause.waiting > 0).collect())
    }

    /// Ends a domain's pause for an edition, and makes the mails wait again that were put aside meanwhile.
    pub async fn resume_domain(self, edition: &Edition, domain: &str, now: DateTime<Utc>) -> Result<ResumedDomain> {
        let mut tx = self.store.begin().await?;
        self.store.one_at_a_time(&mut tx, GATE).await?;
        let was = sqlx::query("DELETE FROM domain_pause WHERE edition = $1 AND domain = $2 RETURNING why")
            .bind(edition.id)
            .bind(domain.to_owned())
            .fetch_optional(&mut *tx)
            .await?;
        let waiting = codes([State::Pending, State::Deferred]);
        let done = sqlx::query(sql(format!(
            "UPDATE mail SET due_at = $1 WHERE id IN (SELECT id FROM mail WHERE edition = $2 AND state IN ({waiting})
             AND due_at = give_up_at AND ({}) ORDER BY id{})",
            IN_DOMAIN.replace("DOMAIN", "CAST($3 AS TEXT)"),
            self.store.dialect.locked()
        )))
        .bind(micros(now))
        .bind(edition.id)
        .bind(domain.to_owned())
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(ResumedDomain { was: was.map(|row| row.try_get(0)).transpose()?, back: done.rows_affected() })
    }
}
