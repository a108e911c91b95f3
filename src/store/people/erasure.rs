//! A person is erased (GDPR, article 17): their address, and everything that is known of them. What remains names nobody: that
//! so many mails of an edition were sent, and a hash by which no list brings them back. Numbers of subscribers and
//! subscriptions stay taken, so that no token of an old mail ever speaks for somebody else.

use chrono::{DateTime, Utc};
use sqlx::{Any, AnyConnection, Connection as _, Executor, Row, Transaction};

use super::{
    super::{
        Result, Store,
        dialect::{Dialect, sql},
        prepare_connection,
        sqlite_file::sqlite_address,
    },
    People, forgotten,
    quoted::{of_operators, replace, told_to_operators},
    subscribing::PEOPLE,
};
use crate::{
    delivery::rules::State,
    people::subscribers::{Address, SubscriptionState},
};

/// Texts that may quote an address: what servers said, what operators wrote and were told.
const TEXTS: [(&str, &str); 12] = [
    ("consent_source", "text"),
    ("domain_pause", "why"),
    ("edition", "reason"),
    ("edition", "paused_why"),
    ("edition", "withdrawn_why"),
    ("edition", "withdrawn_before"),
    ("forwarded", "subject"),
    ("forwarded", "text"),
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
    /// Moves of subscriptions.
    pub moves: u64,
    /// Mails: of editions they stay as numbers without an address, the others are gone.
    pub mails: u64,
    /// Sign-ups with their proofs.
    pub sign_ups: u64,
    /// Removals and suppressions, those that were taken back included.
    pub refusals: u64,
    /// Bounces and mails that came back from or about the address, and what its person wrote.
    pub came_back: u64,
    /// Former addresses of the same person, which were erased with it.
    pub former: Vec<String>,
    /// Former addresses that are subscribed anew: they were left as they are.
    pub kept: Vec<String>,
    /// Addresses to which the person went from this one: they were left as they are.
    pub lives_on: Vec<String>,
    /// Mails that told operators of the person and went out: copies are in their mailboxes.
    pub told: u64,
    /// The subscribers' numbers.
    pub subscribers: Vec<i64>,
    /// The Message-IDs of the mails, and of those that told operators of the person: by them their files are named.
    pub message_ids: Vec<String>,
}

impl Erased {
    /// Was nothing there?
    pub const fn is_nothing(&self) -> bool {
        self.subscriptions + self.mails + self.sign_ups + self.refusals + self.came_back == 0
    }
}

/// What is kept of a person beside subscriptions and mails.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct KeptOfPerson {
    /// Moves of subscriptions.
    pub moves: u64,
    /// Removals and suppressions, those that were taken back included.
    pub refusals: u64,
}

impl People<'_> {
    /// Counts what is kept under addresses. It is asked before a person is erased, since the erasure writes moves and removals
    /// of its own first.
    pub async fn kept_of(self, addresses: &[Address]) -> Result<KeptOfPerson> {
        let mut kept = KeptOfPerson::default();
        for address in addresses {
            let row = sqlx::query(
                "SELECT (SELECT COUNT(*) FROM subscription_move WHERE subscription IN
                         (SELECT s.id FROM subscription s JOIN subscriber u ON u.id = s.subscriber
                          WHERE u.address_key = $1)),
                 (SELECT COUNT(*) FROM removal WHERE address_key = $1)
                 + (SELECT COUNT(*) FROM suppression WHERE address_key = $1)
                 + (SELECT COUNT(*) FROM suppression_ended WHERE address_key = $1)",
            )
            .bind(address.key().to_owned())
            .fetch_one(&self.store.pool)
            .await?;
            kept.moves += row.try_get::<i64, _>(0)?.unsigned_abs();
            kept.refusals += row.try_get::<i64, _>(1)?.unsigned_abs();
        }
        Ok(kept)
    }

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

    /// Returns the addresses that are erased together with an address, which is the first of them: the former ones of its
    /// person.
    pub async fn addresses_of_person(self, address: &Address) -> Result<Vec<Address>> {
        let mut tx = self.store.pool.begin().await?;
        let persons = persons(&mut tx, address).await?;
        tx.rollback().await?;
        let former = persons.erased.iter().skip(1).filter_map(|one| Address::parse(&one.typed).ok());
        Ok(std::iter::once(address.clone()).chain(former).collect())
    }

    /// Erases all that is known of a person, under their former addresses, too. `random` becomes the key of the hashes if there
    /// is none yet. What SQLite frees is overwritten; what it freed earlier may still stand in its file: see
    /// [`Store::write_anew`].
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

impl People<'_> {
    /// Tells what [`People::erase`] would erase, and takes it back: so it counts the same, whatever that comes to.
    pub async fn try_erasing(self, address: &Address, random: &str, now: DateTime<Utc>) -> Result<Erased> {
        let mut tx = self.store.begin().await?;
        let erased = erase(self.store, &mut tx, address, random, now).await?;
        tx.rollback().await?;
        Ok(erased)
    }
}

/// An address with its subscriber.
struct Person {
    typed: String,
    key: String,
    /// All ways in which it is written
    forms: Vec<String>,
    subscriber: Option<i64>,
}

/// The addresses of one person.
#[derive(Default)]
struct Persons {
    erased: Vec<Person>,
    kept: Vec<String>,
}

async fn person(tx: &mut Transaction<'_, Any>, [typed, ascii, key]: [&str; 3]) -> Result<Person> {
    let row = sqlx::query("SELECT id, address, address_ascii FROM subscriber WHERE address_key = $1");
    let row = row.bind(key.to_owned()).fetch_optional(&mut **tx).await?;
    let mut forms = vec![typed.to_owned(), ascii.to_owned(), key.to_owned()];
    if let Some(row) = &row {
        forms.extend([row.try_get(1)?, row.try_get(2)?]);
    }
    forms.sort_unstable();
    forms.dedup();
    let subscriber = row.as_ref().map(|row| row.try_get(0)).transpose()?;
    Ok(Person { typed: typed.to_owned(), key: key.to_owned(), forms, subscriber })
}

/// An address, and the former ones of its person, but those that are subscribed anew.
async fn persons(tx: &mut Transaction<'_, Any>, address: &Address) -> Result<Persons> {
    let mut persons = Persons::default();
    persons.erased.push(person(tx, [address.as_str(), address.ascii(), address.key()]).await?);
    let mut at = 0;
    while let Some(subscriber) = persons.erased.get(at).map(|person| person.subscriber) {
        at += 1;
        let Some(subscriber) = subscriber else { continue };
        let rows = sqlx::query(
            "SELECT f.address, f.address_ascii, f.address_key,
             (SELECT COUNT(*) FROM subscription s JOIN subscriber u ON u.id = s.subscriber
              WHERE u.address_key = f.address_key AND s.state = $1)
             FROM former_address f WHERE f.subscriber = $2 ORDER BY f.id",
        );
        for row in rows.bind(SubscriptionState::Active.code()).bind(subscriber).fetch_all(&mut **tx).await? {
            let (typed, ascii, key): (&str, &str, &str) = (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
            if persons.erased.iter().any(|person| person.key == key) {
                continue;
            }
            if row.try_get::<i64, _>(3)? > 0 {
                persons.kept.push(typed.to_owned());
            } else {
                persons.erased.push(person(tx, [typed, ascii, key]).await?);
            }
        }
    }
    persons.kept.sort_unstable();
    persons.kept.dedup();
    Ok(persons)
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
    let Persons { erased: all, kept } = persons(tx, address).await?;
    let former = all.iter().skip(1).map(|person| person.typed.clone()).collect();
    let mut erased = Erased { former, kept, ..Erased::default() };
    let rows = sqlx::query(
        "SELECT DISTINCT u.address, u.address_key FROM former_address f JOIN subscriber u ON u.id = f.subscriber
         WHERE f.address_key = $1 AND u.address <> ''",
    );
    for row in rows.bind(address.key().to_owned()).fetch_all(&mut **tx).await? {
        if all.iter().all(|person| Some(&*person.key) != row.try_get(1).ok()) {
            erased.lives_on.push(row.try_get(0)?);
        }
    }
    for person in &all {
        forgotten::note_asked(tx, &person.key, random, now).await?;
        erase_one(tx, person, &mut erased).await?;
        forgotten::note(tx, &person.key, random, now).await?;
    }
    Ok(erased)
}

/// Erases what is known under one address.
async fn erase_one(tx: &mut Transaction<'_, Any>, person: &Person, erased: &mut Erased) -> Result<()> {
    let Person { key, forms, subscriber, .. } = person;
    erase_mails(tx, key, *subscriber, erased).await?;
    erased.sign_ups += changed(
        tx,
        "DELETE FROM sign_up WHERE address_key = $1 OR subscriber IN (SELECT id FROM subscriber WHERE address_key = $1)",
        key,
    )
    .await?;
    for table in ["removal", "suppression", "suppression_ended"] {
        erased.refusals += changed(tx, &format!("DELETE FROM {table} WHERE address_key = $1"), key).await?;
    }
    // What came back stays counted.
    erased.came_back +=
        changed(tx, "UPDATE bounce SET address_key = '', said = '' WHERE address_key = $1", key).await?;
    changed(tx, "DELETE FROM soft_bounce WHERE address_key = $1", key).await?;
    changed(tx, "DELETE FROM former_address WHERE address_key = $1", key).await?;
    for form in forms {
        // As a person's mail program writes it.
        let form = form.to_ascii_lowercase();
        let came = changed(tx, "UPDATE reply SET address = '', said = '' WHERE LOWER(address) = $1", &form).await?;
        let wrote = "UPDATE forwarded SET sender = '', subject = '', text = '' WHERE LOWER(sender) = $1";
        erased.came_back += came + changed(tx, wrote, &form).await?;
    }
    if let Some(subscriber) = *subscriber {
        erase_subscriber(tx, subscriber, erased).await?;
    }
    for form in forms {
        for (table, column) in TEXTS {
            replace(tx, table, column, "", form).await?;
        }
        for (id, is_sent) in told_to_operators(tx, form).await? {
            erased.told += u64::from(is_sent && !erased.message_ids.contains(&id));
            erased.message_ids.push(id);
        }
        for column in ["subject", "text"] {
            replace(tx, "mail", column, &of_operators(), form).await?;
        }
        let answered = format!("UPDATE mail SET reply_to = NULL WHERE {}LOWER(reply_to) = $1", of_operators());
        changed(tx, &answered, &form.to_ascii_lowercase()).await?;
    }
    Ok(())
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
        erased.mails += sqlx::query(
            "UPDATE mail SET address = '', reply = '', decided = NULL, message_id = '<erased.' || CAST(id AS TEXT) || '>'
             WHERE subscriber = $1",
        )
        .bind(subscriber)
        .execute(&mut **tx)
        .await?
        .rows_affected();
    }
    for row in &rows {
        erased.message_ids.push(row.try_get(0)?);
    }
    erased.mails += changed(tx, &format!("DELETE {own}"), key).await?;
    Ok(())
}

/// Takes all but their numbers from a subscriber and the subscriptions.
async fn erase_subscriber(tx: &mut Transaction<'_, Any>, subscriber: i64, erased: &mut Erased) -> Result<()> {
    erased.moves += sqlx::query(
        "DELETE FROM subscription_move WHERE subscription IN (SELECT id FROM subscription WHERE subscriber = $1)",
    )
    .bind(subscriber)
    .execute(&mut **tx)
    .await?
    .rows_affected();
    erased.subscriptions += sqlx::query("UPDATE subscription SET state = $1 WHERE subscriber = $2")
        .bind(SubscriptionState::Ended.code())
        .bind(subscriber)
        .execute(&mut **tx)
        .await?
        .rows_affected();
    sqlx::query("DELETE FROM former_address WHERE subscriber = $1").bind(subscriber).execute(&mut **tx).await?;
    sqlx::query(
        "UPDATE subscriber SET address = '', address_ascii = '', address_key = 'erased ' || CAST(id AS TEXT) WHERE id = $1",
    )
    .bind(subscriber)
    .execute(&mut **tx)
    .await?;
    erased.subscribers.push(subscriber);
    Ok(())
}

/// Executes a statement about an address. Returns the number of rows.
async fn changed(tx: &mut Transaction<'_, Any>, statement: &str, key: &str) -> Result<u64> {
    Ok(sqlx::query(sql(statement.to_owned())).bind(key.to_owned()).execute(&mut **tx).await?.rows_affected())
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
