//! A person is erased (GDPR, article 17): their address, and everything that is known of them. What remains names nobody: that
//! so many mails of an edition were sent, and a hash by which no list brings them back. Numbers of subscribers and
//! subscriptions stay taken, so that no token of an old mail ever speaks for somebody else.

use chrono::{DateTime, Utc};
use sqlx::{Any, AnyConnection, Connection as _, Executor, Row, Transaction};

use super::{
    super::{
        Result, Store,
        dialect::{Dialect, sql},
        outbox::MailKind,
        prepare_connection,
        sqlite_file::sqlite_address,
    },
    People, forgotten,
    subscribing::PEOPLE,
};
use crate::{
    delivery::rules::State,
    people::subscribers::{Address, SubscriptionState},
};

/// What stands in the place of an address in what was written about others, too.
const ERASED: &str = "(erased)";

/// Texts that may quote an address: what servers said, what operators wrote and were told.
const TEXTS: [(&str, &str); 8] = [
    ("consent_source", "text"),
    ("domain_pause", "why"),
    ("edition", "reason"),
    ("edition", "paused_why"),
    ("meta", "value"),
    ("occurrence", "reason"),
    ("removal", "reason"),
    ("suppression", "reason"),
];

/// What was erased.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Erased {
    /// Subscriptions, ended or not.
    pub subscriptions: u64,
    /// Mails: of editions they stay as numbers without an address, the others are gone.
    pub mails: u64,
    /// Sign-ups with their proofs.
    pub sign_ups: u64,
    /// Removals and suppressions, those that were taken back included.
    pub refusals: u64,
    /// The subscriber's number.
    pub subscriber: Option<i64>,
    /// The Message-IDs of the mails, by which their files are named.
    pub message_ids: Vec<String>,
}

impl Erased {
    /// Was nothing there?
    pub const fn is_nothing(&self) -> bool {
        self.subscriptions + self.mails + self.sign_ups + self.refusals == 0
    }
}

impl People<'_> {
    /// Counts the mails to an address that a server may be taking at this moment.
    pub async fn mails_at_the_dot(self, address: &Address) -> Result<i64> {
        let row = sqlx::query(
            "SELECT (SELECT COUNT(*) FROM mail WHERE +state = $1
             AND subscriber IN (SELECT id FROM subscriber WHERE address_key = $2))
             + (SELECT COUNT(*) FROM mail WHERE LOWER(address) = $2 AND subscriber IS NULL AND +state = $1)",
        )
        .bind(State::DotWritten.code())
        .bind(address.key().to_owned())
        .fetch_one(&self.store.pool)
        .await?;
        Ok(row.try_get(0)?)
    }

    /// Erases all that is known of a person. `random` becomes the key of the hashes if there is none yet. What SQLite frees is
    /// overwritten; what it freed earlier may still stand in its file: see [`Store::write_anew`].
    pub async fn erase(self, address: &Address, random: &str, now: DateTime<Utc>) -> Result<Erased> {
        let Some(file) = &self.store.file else {
            let mut tx = self.store.begin().await?;
            let erased = erase(self.store, &mut tx, address, random, now).await?;
            tx.commit().await?;
            return Ok(erased);
        };
        // One of its own: only here what is freed is overwritten, whatever that costs.
        let mut connection = AnyConnection::connect(&sqlite_address(file)).await?;
        prepare_connection(&mut connection, self.store.dialect).await?;
        connection.execute("PRAGMA secure_delete = ON").await?;
        let mut tx = connection.begin_with(self.store.dialect.begin()).await?;
        let erased = erase(self.store, &mut tx, address, random, now).await?;
        tx.commit().await?;
        connection.close().await?;
        Ok(erased)
    }
}

/// Erases a person within a transaction.
pub(super) async fn erase(
    store: &Store,
    tx: &mut Transaction<'_, Any>,
    address: &Address,
    random: &str,
    now: DateTime<Utc>,
) -> Result<Erased> {
    store.one_at_a_time(tx, PEOPLE).await?;
    let key = address.key();
    let row =
        sqlx::query("SELECT id, address, address_ascii FROM subscriber WHERE address_key = $1").bind(key.to_owned());
    let found = row.fetch_optional(&mut **tx).await?;
    let subscriber: Option<i64> = found.as_ref().map(|row| row.try_get(0)).transpose()?;
    let mut forms = vec![address.as_str().to_owned(), address.ascii().to_owned(), key.to_owned()];
    if let Some(row) = &found {
        forms.extend([row.try_get(1)?, row.try_get(2)?]);
    }
    forms.sort_unstable();
    forms.dedup();
    let mut erased = Erased { subscriber, ..Erased::default() };
    erase_mails(tx, key, subscriber, &mut erased).await?;
    erased.sign_ups = changed(
        tx,
        "DELETE FROM sign_up WHERE address_key = $1 OR subscriber IN (SELECT id FROM subscriber WHERE address_key = $1)",
        key,
    )
    .await?;
    for table in ["removal", "suppression", "suppression_ended"] {
        erased.refusals += changed(tx, &format!("DELETE FROM {table} WHERE address_key = $1"), key).await?;
    }
    // What came back stays counted.
    changed(tx, "UPDATE bounce SET address_key = '', said = '' WHERE address_key = $1", key).await?;
    changed(tx, "DELETE FROM soft_bounce WHERE address_key = $1", key).await?;
    for form in &forms {
        changed(tx, "UPDATE reply SET address = '', said = '' WHERE address = $1", form).await?;
    }
    if let Some(subscriber) = subscriber {
        erased.subscriptions = erase_subscriber(tx, subscriber).await?;
    }
    for form in &forms {
        for (table, column) in TEXTS {
            replace(tx, table, column, "", form).await?;
        }
        for column in ["subject", "text"] {
            replace(tx, "mail", column, &format!("kind = '{}' AND ", MailKind::Operator.word()), form).await?;
        }
    }
    forgotten::note(tx, key, random, now).await?;
    Ok(erased)
}

/// Takes the address out of the mails of editions, and deletes the others.
async fn erase_mails(
    tx: &mut Transaction<'_, Any>,
    key: &str,
    subscriber: Option<i64>,
    erased: &mut Erased,
) -> Result<()> {
    let own = "FROM mail WHERE LOWER(address) = $1 AND subscriber IS NULL";
    let mut rows =
        sqlx::query(sql(format!("SELECT message_id {own}"))).bind(key.to_owned()).fetch_all(&mut **tx).await?;
    if let Some(subscriber) = subscriber {
        let of_editions = sqlx::query("SELECT message_id FROM mail WHERE subscriber = $1").bind(subscriber);
        rows.extend(of_editions.fetch_all(&mut **tx).await?);
        erased.mails = sqlx::query(
            "UPDATE mail SET address = '', reply = '', decided = NULL, message_id = '<erased.' || CAST(id AS TEXT) || '>'
             WHERE subscriber = $1",
        )
        .bind(subscriber)
        .execute(&mut **tx)
        .await?
        .rows_affected();
    }
    erased.message_ids = rows.iter().map(|row| Ok(row.try_get(0)?)).collect::<Result<_>>()?;
    erased.mails += changed(tx, &format!("DELETE {own}"), key).await?;
    Ok(())
}

/// Takes all but their numbers from a subscriber and the subscriptions. Returns how many subscriptions there were.
async fn erase_subscriber(tx: &mut Transaction<'_, Any>, subscriber: i64) -> Result<u64> {
    sqlx::query(
        "DELETE FROM subscription_move WHERE subscription IN (SELECT id FROM subscription WHERE subscriber = $1)",
    )
    .bind(subscriber)
    .execute(&mut **tx)
    .await?;
    let subscriptions = sqlx::query("UPDATE subscription SET state = $1 WHERE subscriber = $2")
        .bind(SubscriptionState::Ended.code())
        .bind(subscriber)
        .execute(&mut **tx)
        .await?;
    sqlx::query(
        "UPDATE subscriber SET address = '', address_ascii = '', address_key = 'erased ' || CAST(id AS TEXT) WHERE id = $1",
    )
    .bind(subscriber)
    .execute(&mut **tx)
    .await?;
    Ok(subscriptions.rows_affected())
}

/// Executes a statement about an address. Returns the number of rows.
async fn changed(tx: &mut Transaction<'_, Any>, statement: &str, key: &str) -> Result<u64> {
    Ok(sqlx::query(sql(statement.to_owned())).bind(key.to_owned()).execute(&mut **tx).await?.rows_affected())
}

/// Replaces an address where a text quotes it.
async fn replace(tx: &mut Transaction<'_, Any>, table: &str, column: &str, which: &str, form: &str) -> Result<()> {
    let pattern = form.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
    sqlx::query(sql(format!(
        "UPDATE {table} SET {column} = REPLACE({column}, $1, $2) WHERE {which}{column} LIKE $3 ESCAPE '\\'"
    )))
    .bind(form.to_owned())
    .bind(ERASED)
    .bind(format!("%{pattern}%"))
    .execute(&mut **tx)
    .await?;
    Ok(())
}

impl Store {
    /// Brings SQLite's log into its file, so that nothing of what was overwritten stands in the log. Returns false if others
    /// kept it busy for five seconds.
    pub async fn empty_log(&self) -> Result<bool> {
        if self.dialect == Dialect::Postgres {
            return Ok(true);
        }
        for _ in 0..50 {
            let row = sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").fetch_one(&self.pool).await?;
            if row.try_get::<i64, _>(0)? == 0 {
                return Ok(true);
            }
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        }
        Ok(false)
    }

    /// Writes SQLite's file anew, without the free space in which earlier rows may still stand. Others wait meanwhile: some
    /// seconds for a million mails.
    pub async fn write_anew(&self) -> Result<()> {
        if self.dialect == Dialect::Sqlite {
            sqlx::query("VACUUM").execute(&self.pool).await?;
        }
        Ok(())
    }
}
