//! Single facts about the store itself: its ids, whether sending waits for a person, which shipped figures it took.

use sqlx::{Any, Row, Transaction};

use super::{Result, Store};

/// Why things ended or wait after a restore, as the ledger, the outbox and [`Setting::Hold`] say it.
pub(super) const RESTORED: &str = "the store was restored from a backup";
/// As [`RESTORED`], if something outside the store shows that it is an earlier state.
pub(super) const ROLLED_BACK: &str = "the store has lost what was written last";

/// A fact that is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Setting {
    /// A random word: part of every Message-ID and every token, so that two stores never make the same one. See
    /// `earlier_ids`.
    StoreId,
    /// Why nothing is sent after a restore until `resume`; not there if sending is free.
    Hold,
    /// Since when [`Setting::Hold`] holds, in UTC microseconds; not there if that is not known.
    HoldSince,
    /// That a person paused everything, as JSON: see `pause`.
    Pause,
    /// The hash of the shipped figures that were imported.
    ShippedFigures,
    /// What the daemon wrote last, as JSON: that it runs, and what needs a person that only it knows. Not there after it ended
    /// in good order.
    Daemon,
    /// Why the config that stands in the files is not in force, as JSON: see `RefusedConfig`. Not there if it is.
    ConfigRefused,
    /// Fingerprints of templates that were in force, newest first, as JSON: see `activations`.
    TemplatesInForce,
    /// A random word from which the forms of public pages make their challenges.
    FormSecret,
    /// A random word made with the store, by which it is known outside the database: see `identity`.
    Identity,
    /// A number that only grows: see `identity`.
    Generation,
}

impl Setting {
    pub(super) const fn key(self) -> &'static str {
        match self {
            Setting::StoreId => "store_id",
            Setting::Hold => "hold",
            Setting::HoldSince => "hold_since",
            Setting::Pause => "pause",
            Setting::ShippedFigures => "shipped_figures",
            Setting::Daemon => "daemon",
            Setting::ConfigRefused => "config_refused",
            Setting::TemplatesInForce => "templates_in_force",
            Setting::FormSecret => "form_secret",
            Setting::Identity => "identity",
            Setting::Generation => "generation",
        }
    }
}

impl Store {
    /// Returns a fact's value.
    pub async fn setting(&self, setting: Setting) -> Result<Option<String>> {
        let row = sqlx::query("SELECT value FROM meta WHERE key = $1").bind(setting.key());
        Ok(row.fetch_optional(&self.pool).await?.map(|row| row.try_get(0)).transpose()?)
    }

    /// Sets a fact's value or, with `None`, removes it.
    pub async fn set(&self, setting: Setting, value: Option<&str>) -> Result<()> {
        let mut tx = self.begin().await?;
        match value {
            Some(value) => write(&mut tx, setting, value).await?,
            None => remove(&mut tx, setting).await?,
        }
        tx.commit().await?;
        Ok(())
    }

    /// Returns what challenges of forms are made from, the same in every process; `random` becomes it if there is none yet.
    pub async fn form_secret(&self, random: &str) -> Result<String> {
        if let Some(secret) = self.setting(Setting::FormSecret).await? {
            return Ok(secret);
        }
        sqlx::query("INSERT INTO meta (key, value) VALUES ($1, $2) ON CONFLICT DO NOTHING")
            .bind(Setting::FormSecret.key())
            .bind(random.to_owned())
            .execute(&self.pool)
            .await?;
        Ok(self.setting(Setting::FormSecret).await?.unwrap_or_default())
    }
}

/// Returns a fact's value as a transaction sees it.
pub(super) async fn read(tx: &mut Transaction<'_, Any>, setting: Setting) -> Result<Option<String>> {
    let query = sqlx::query("SELECT value FROM meta WHERE key = $1").bind(setting.key());
    Ok(query.fetch_optional(&mut **tx).await?.map(|row| row.try_get(0)).transpose()?)
}

/// Sets a fact's value within a transaction.
pub(super) async fn write(tx: &mut Transaction<'_, Any>, setting: Setting, value: &str) -> Result<()> {
    sqlx::query("INSERT INTO meta (key, value) VALUES ($1, $2) ON CONFLICT (key) DO UPDATE SET value = excluded.value")
        .bind(setting.key())
        .bind(value.to_owned())
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// Removes a fact within a transaction.
pub(super) async fn remove(tx: &mut Transaction<'_, Any>, setting: Setting) -> Result<()> {
    sqlx::query("DELETE FROM meta WHERE key = $1").bind(setting.key()).execute(&mut **tx).await?;
    Ok(())
}
