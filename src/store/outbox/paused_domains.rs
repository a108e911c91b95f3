//! The domains for which an edition's mails wait, as a lease sees them. Who pauses and resumes them is in `editions`.

use std::collections::{HashMap, HashSet};

use sqlx::{Any, Row, Transaction};

use super::sql::IN_DOMAIN;
use crate::{
    base::ids::{EditionId, MailId},
    store::{Result, Store, dialect::sql, hold::GATE, outbox::sql::list},
};

/// The paused domains by edition.
pub(super) struct PausedDomains(HashMap<EditionId, HashSet<String>>);

impl PausedDomains {
    pub async fn read(tx: &mut Transaction<'_, Any>) -> Result<PausedDomains> {
        let rows = sqlx::query("SELECT edition, domain FROM domain_pause").fetch_all(&mut **tx).await?;
        let mut domains: HashMap<EditionId, HashSet<String>> = HashMap::new();
        for row in rows {
            domains.entry(row.try_get(0)?).or_default().insert(row.try_get(1)?);
        }
        Ok(PausedDomains(domains))
    }

    /// Is the domain of this address paused for the edition?
    pub fn contains(&self, edition: EditionId, address: &str) -> bool {
        let domain = || address.rsplit_once('@').map_or("", |(_, domain)| domain).to_ascii_lowercase();
        self.0.get(&edition).is_some_and(|domains| domains.contains(&domain()))
    }
}

/// Makes mails to paused domains wait until they are given up: until then they are not looked at again.
pub(super) async fn put_aside(store: &Store, tx: &mut Transaction<'_, Any>, mails: &[MailId]) -> Result<()> {
    if mails.is_empty() {
        return Ok(());
    }
    store.one_at_a_time(tx, GATE).await?;
    sqlx::query(sql(format!(
        "UPDATE mail SET due_at = give_up_at WHERE id IN ({}) AND EXISTS
         (SELECT 1 FROM domain_pause p WHERE p.edition = mail.edition AND ({}))",
        list(mails.iter().map(|mail| mail.get())),
        IN_DOMAIN.replace("DOMAIN", "p.domain")
    )))
    .persistent(false)
    .execute(&mut **tx)
    .await?;
    Ok(())
}
