//! A sign-up is confirmed: the subscription is active at once, with the proof of it, and the latest edition waits for the
//! courier. Or it was for another address, to which the subscriptions move. Each is one transaction.

use chrono::{DateTime, TimeDelta, Utc};
use sqlx::{Any, AnyConnection, Connection as _, Row, Transaction};

use super::{
    super::{
        Result, Store,
        columns::{micros, time, word},
        dialect::sql,
        editions::MessageIds,
        outbox::{Cancelled, MailKind, NewMail, cancel, codes, put_in},
    },
    People,
    forgotten::Hashes,
    history::{READER, ReadersMove, record},
    removal::{self, Removal},
    sign_ups::{SignUp, sign_up},
    subscribing::{ComeBack, PEOPLE, bring_back},
};
use crate::{
    base::language::Language,
    delivery::rules::State,
    people::{
        joining::{JoinMail, LAPSES_AFTER, Network},
        subscribers::SubscriptionState::{Active, Pending},
    },
};

/// Time after which the edition that a new reader gets at once is given up.
const FIRST_EDITION: TimeDelta = TimeDelta::days(1);

/// A reader confirms.
#[derive(Debug, Clone, Copy)]
pub struct Confirmation<'a> {
    /// The sign-up.
    pub sign_up: i64,
    /// Where they confirm from, if that is known.
    pub network: Option<Network>,
    /// What the Message-ID of the edition that they get is made from.
    pub message_ids: MessageIds<'a>,
    /// The mail that tells the old address that it is not used any more, with its Message-ID; for a change of address.
    pub told: Option<(&'a JoinMail, &'a str)>,
    /// The current time.
    pub now: DateTime<Utc>,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Confirming {
    /// There is no such sign-up: it lapsed, or its person was erased.
    Unknown,
    /// It was not confirmed in time.
    Lapsed,
    /// Its reader has left since they asked.
    LeftSince,
    /// It was confirmed before: nothing is done a second time.
    Before(SignUp),
    /// It is confirmed now.
    Now {
        /// The sign-up.
        sign_up: SignUp,
        /// The subscription; the first of them, if an address was changed. `None` if nobody gets anything at that address.
        subscription: Option<i64>,
        /// The latest edition is in the outbox.
        edition: bool,
    },
}

impl People<'_> {
    /// Confirms a sign-up: once, however often it is asked for.
    pub async fn confirm(self, confirmation: Confirmation<'_>) -> Result<Confirming> {
        let mut writer = self.store.writer().await?;
        let done = confirm(self.store, writer.connection()?, confirmation).await;
        writer.release(done)
    }
}

/// Ends subscriptions of an address as a removal that its reader makes.
pub(super) async fn leave(
    store: &Store,
    tx: &mut Transaction<'_, Any>,
    key: &str,
    removal: &Removal<'_>,
    now: DateTime<Utc>,
) -> Result<()> {
    removal::end(tx, key, removal, now).await?;
    removal::record(tx, key, removal, now).await?;
    cancel(store, tx, Cancelled::OfLeft { key, brief: removal.brief }, now).await?;
    Ok(())
}

/// Makes a subscription active in a language.
pub(super) async fn set(
    tx: &mut Transaction<'_, Any>,
    subscription: i64,
    language: Language,
    now: DateTime<Utc>,
) -> Result<()> {
    sqlx::query("UPDATE subscription SET state = $1, language = $2, changed_at = $3 WHERE id = $4")
        .bind(Active.code())
        .bind(language.code())
        .bind(micros(now))
        .bind(subscription)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// A reader joins.
#[derive(Clone, Copy)]
pub(super) struct Joined<'a> {
    pub subscriber: i64,
    pub brief: &'a str,
    pub language: Language,
    /// When they asked, if they confirm now what they asked then
    pub asked_at: Option<DateTime<Utc>>,
    pub sign_up: Option<i64>,
    pub way: &'a str,
}

/// Makes a reader's subscription to a brief active, and returns its number.
pub(super) async fn join(tx: &mut Transaction<'_, Any>, joined: Joined<'_>, now: DateTime<Utc>) -> Result<i64> {
    let Joined { subscriber, brief, language, asked_at, sign_up, way } = joined;
    let known = sqlx::query("SELECT id, state FROM subscription WHERE subscriber = $1 AND brief = $2")
        .bind(subscriber)
        .bind(brief.to_owned())
        .fetch_optional(&mut **tx)
        .await?;
    let (subscription, was_active) = match known {
        Some(row) => {
            let (id, state): (i64, i64) = (row.try_get(0)?, row.try_get(1)?);
            set(tx, id, language, now).await?;
            (id, state == Active.code())
        }
        None => {
            let row = sqlx::query(
                "INSERT INTO subscription (subscriber, brief, language, state, created_at, changed_at)
                 VALUES ($1, $2, $3, $4, $5, $5) RETURNING id",
            )
            .bind(subscriber)
            .bind(brief.to_owned())
            .bind(language.code())
            .bind(Active.code())
            .bind(micros(now));
            (row.fetch_one(&mut **tx).await?.try_get(0)?, false)
        }
    };
    let made = ReadersMove { subscription, state: Active, language, way, sign_up, at: now };
    if let Some(asked_at) = asked_at.filter(|_| !was_active) {
        record(tx, ReadersMove { state: Pending, way: "asked", at: asked_at, ..made }).await?;
    }
    record(tx, made).await?;
    Ok(subscription)
}

async fn confirm(store: &Store, connection: &mut AnyConnection, confirmation: Confirmation<'_>) -> Result<Confirming> {
    let now = confirmation.now;
    let mut tx = connection.begin_with(store.dialect.begin()).await?;
    store.one_at_a_time(&mut tx, PEOPLE).await?;
    let row = sqlx::query("SELECT * FROM sign_up WHERE id = $1").bind(confirmation.sign_up);
    let Some(found) = row.fetch_optional(&mut *tx).await?.as_ref().map(sign_up).transpose()? else {
        return Ok(Confirming::Unknown);
    };
    if found.confirmed_at.is_some() {
        return Ok(Confirming::Before(found));
    }
    if found.asked_at + LAPSES_AFTER < now {
        return Ok(Confirming::Lapsed);
    }
    let row = sqlx::query("SELECT address_key, address_ascii FROM sign_up WHERE id = $1").bind(found.id);
    let row = row.fetch_one(&mut *tx).await?;
    let (key, ascii): (String, String) = (row.try_get(0)?, row.try_get(1)?);
    if left_at(&mut tx, &key, &found.brief).await?.is_some_and(|left| left > found.asked_at) {
        return Ok(Confirming::LeftSince);
    }
    let network = confirmation.network.map_or_else(String::new, |network| network.to_string());
    sqlx::query("UPDATE sign_up SET confirmed_at = $1, confirmed_network = $2 WHERE id = $3")
        .bind(micros(now))
        .bind(network.clone())
        .bind(found.id)
        .execute(&mut *tx)
        .await?;
    Hashes::read(&mut tx).await?.take_out(&mut tx, &key).await?;
    let reader = Reader { typed: &found.address, ascii: &ascii, key: &key };
    let (subscription, edition) = match found.subscriber {
        None => {
            let subscription = first(&mut tx, &found, reader, now).await?;
            let edition = queue_latest(&mut tx, subscription, confirmation.message_ids, now).await?;
            (Some(subscription), edition)
        }
        Some(subscriber) => {
            let moved = change_address(store, &mut tx, subscriber, reader, &found, now).await?;
            if let (Some((_, old)), Some((mail, message_id))) = (&moved, confirmation.told) {
                tell(&mut tx, old, found.language, mail, message_id, now).await?;
            }
            (moved.map(|(subscription, _)| subscription), false)
        }
    };
    tx.commit().await?;
    let sign_up = SignUp { confirmed_at: Some(now), confirmed_network: network, ..found };
    Ok(Confirming::Now { sign_up, subscription, edition })
}

/// When an address left a brief last, or all.
async fn left_at(tx: &mut Transaction<'_, Any>, key: &str, brief: &str) -> Result<Option<DateTime<Utc>>> {
    let row = sqlx::query(
        "SELECT MAX(at) FROM removal WHERE address_key = $1 AND (brief = '' OR brief = $2) AND again_at IS NULL",
    )
    .bind(key.to_owned())
    .bind(brief.to_owned())
    .fetch_one(&mut **tx)
    .await?;
    row.try_get::<Option<i64>, _>(0)?.map(time).transpose()
}

/// A reader joins by a sign-up. Returns the number of the subscription.
async fn first(tx: &mut Transaction<'_, Any>, found: &SignUp, reader: Reader<'_>, now: DateTime<Utc>) -> Result<i64> {
    bring_back(tx, ComeBack { actor: READER, reason: "confirmed a sign-up" }, (reader.key, &found.brief), now).await?;
    let subscriber = subscriber_of(tx, reader, found.language, now).await?;
    let joined = Joined {
        subscriber,
        brief: &found.brief,
        language: found.language,
        asked_at: Some(found.asked_at),
        sign_up: Some(found.id),
        way: "confirmed",
    };
    join(tx, joined, now).await
}

/// What a reader agreed to, in another store.
#[derive(Clone, Copy)]
pub(super) struct Consent<'a> {
    pub brief: &'a str,
    pub language: Language,
    pub sign_up: i64,
}

/// Makes a subscription active that its reader confirmed in another store. Returns false if it is.
pub(super) async fn join_again(
    tx: &mut Transaction<'_, Any>,
    reader: Reader<'_>,
    Consent { brief, language, sign_up }: Consent<'_>,
    now: DateTime<Utc>,
) -> Result<bool> {
    let known = sqlx::query(
        "SELECT 1 FROM subscription s JOIN subscriber u ON u.id = s.subscriber
         WHERE u.address_key = $1 AND s.brief = $2 AND s.state = $3",
    )
    .bind(reader.key.to_owned())
    .bind(brief.to_owned())
    .bind(Active.code())
    .fetch_optional(&mut **tx)
    .await?;
    if known.is_some() {
        return Ok(false);
    }
    let way = "confirmed, carried over by a restore";
    bring_back(tx, ComeBack { actor: READER, reason: way }, (reader.key, brief), now).await?;
    let subscriber = subscriber_of(tx, reader, language, now).await?;
    join(tx, Joined { subscriber, brief, language, asked_at: None, sign_up: Some(sign_up), way }, now).await?;
    Ok(true)
}

/// The number of the subscriber with an address, who is made if there is none.
async fn subscriber_of(
    tx: &mut Transaction<'_, Any>,
    Reader { typed, ascii, key }: Reader<'_>,
    language: Language,
    now: DateTime<Utc>,
) -> Result<i64> {
    let row = sqlx::query(
        "INSERT INTO subscriber (address, address_ascii, address_key, language, created_at) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (address_key) DO UPDATE SET language = excluded.language RETURNING id",
    )
    .bind(typed.to_owned())
    .bind(ascii.to_owned())
    .bind(key.to_owned())
    .bind(language.code())
    .bind(micros(now))
    .fetch_one(&mut **tx)
    .await?;
    Ok(row.try_get(0)?)
}

/// Puts the latest released edition of a subscription's brief into the outbox, in its language. Returns false if there is none,
/// or its reader has it already.
async fn queue_latest(
    tx: &mut Transaction<'_, Any>,
    subscription: i64,
    MessageIds { domain, store_id }: MessageIds<'_>,
    now: DateTime<Utc>,
) -> Result<bool> {
    let latest = sqlx::query(
        "SELECT e.id, e.number FROM subscription s JOIN edition e ON e.brief = s.brief
         JOIN edition_text t ON t.edition = e.id AND t.language = s.language
         WHERE s.id = $1 AND e.state = 'released' ORDER BY e.number DESC LIMIT 1",
    )
    .bind(subscription)
    .fetch_optional(&mut **tx)
    .await?;
    let Some(latest) = latest else { return Ok(false) };
    let (edition, number): (i64, i64) = (latest.try_get(0)?, latest.try_get(1)?);
    // One that was taken back when they left before, and never went out.
    let taken_back = codes([State::Cancelled, State::Expired]);
    sqlx::query(sql(format!(
        "DELETE FROM mail WHERE edition = $1 AND subscriber = (SELECT subscriber FROM subscription WHERE id = $2)
         AND state IN ({taken_back})"
    )))
    .bind(edition)
    .bind(subscription)
    .execute(&mut **tx)
    .await?;
    let done = sqlx::query(
        "INSERT INTO mail (kind, edition, subscriber, address, language, message_id, state, due_at, give_up_at,
         attempts, reply, unknowns, created_at, changed_at, urgent)
         SELECT 'edition', CAST($1 AS BIGINT), u.id, u.address_ascii, s.language,
         '<' || s.brief || '.' || CAST($2 AS TEXT) || '.' || CAST(u.id AS TEXT) || '.' || CAST($3 AS TEXT) || '>',
         CAST($4 AS BIGINT), CAST($5 AS BIGINT), CAST($6 AS BIGINT), 0, '', 0, CAST($5 AS BIGINT), CAST($5 AS BIGINT), 1
         FROM subscription s JOIN subscriber u ON u.id = s.subscriber
         LEFT JOIN suppression x ON x.address_key = u.address_key
         WHERE s.id = $7 AND x.address_key IS NULL ON CONFLICT DO NOTHING",
    )
    .bind(edition)
    .bind(number.to_string())
    .bind(format!("{store_id}@{domain}"))
    .bind(State::Pending.code())
    .bind(micros(now))
    .bind(micros(now + FIRST_EDITION))
    .bind(subscription)
    .execute(&mut **tx)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// A reader's address in its three forms.
#[derive(Clone, Copy)]
pub(super) struct Reader<'a> {
    pub typed: &'a str,
    pub ascii: &'a str,
    pub key: &'a str,
}

/// Moves the active subscriptions of a subscriber to another address. Returns one of them and the old address in ASCII; `None`
/// if there is none any more.
async fn change_address(
    store: &Store,
    tx: &mut Transaction<'_, Any>,
    subscriber: i64,
    new: Reader<'_>,
    found: &SignUp,
    now: DateTime<Utc>,
) -> Result<Option<(i64, String)>> {
    let row = sqlx::query("SELECT address_key, address_ascii FROM subscriber WHERE id = $1").bind(subscriber);
    let Some(row) = row.fetch_optional(&mut **tx).await? else { return Ok(None) };
    let (old_key, old): (String, String) = (row.try_get(0)?, row.try_get(1)?);
    let query = "SELECT id, brief, language FROM subscription WHERE subscriber = $1 AND state = $2 ORDER BY id";
    let moving = sqlx::query(query).bind(subscriber).bind(Active.code()).fetch_all(&mut **tx).await?;
    let other = sqlx::query("SELECT id FROM subscriber WHERE address_key = $1").bind(new.key.to_owned());
    let other: Option<i64> = other.fetch_optional(&mut **tx).await?.map(|row| row.try_get(0)).transpose()?;
    let reason = "changed the address";
    let mut first = None;
    for row in &moving {
        let (id, brief): (i64, String) = (row.try_get(0)?, row.try_get(1)?);
        let language = word(row, "language")?;
        bring_back(tx, ComeBack { actor: READER, reason }, (new.key, &brief), now).await?;
        let subscription = match other {
            Some(other) if other != subscriber => {
                let (sign_up, way) = (Some(found.id), reason);
                join(tx, Joined { subscriber: other, brief: &brief, language, asked_at: None, sign_up, way }, now)
                    .await?
            }
            _ => {
                let (sign_up, way) = (Some(found.id), reason);
                record(tx, ReadersMove { subscription: id, state: Active, language, way, sign_up, at: now }).await?;
                id
            }
        };
        first = first.or(Some(subscription));
    }
    match other {
        // It is the address of somebody we know: the subscriptions are theirs now.
        Some(other) if other != subscriber => {
            leave(store, tx, &old_key, &Removal { brief: None, actor: READER, reason }, now).await?;
        }
        Some(_) => return Ok(first.map(|subscription| (subscription, old))),
        None => rename(tx, subscriber, &old_key, new, reason, now).await?,
    }
    Ok(first.map(|subscription| (subscription, old)))
}

/// Gives a subscriber another address, and keeps lists from subscribing the old one.
async fn rename(
    tx: &mut Transaction<'_, Any>,
    subscriber: i64,
    old_key: &str,
    new: Reader<'_>,
    reason: &str,
    now: DateTime<Utc>,
) -> Result<()> {
    sqlx::query("UPDATE subscriber SET address = $1, address_ascii = $2, address_key = $3 WHERE id = $4")
        .bind(new.typed.to_owned())
        .bind(new.ascii.to_owned())
        .bind(new.key.to_owned())
        .bind(subscriber)
        .execute(&mut **tx)
        .await?;
    let waiting = codes([State::Pending, State::Deferred]);
    sqlx::query(sql(format!("UPDATE mail SET address = $1 WHERE subscriber = $2 AND +state IN ({waiting})")))
        .bind(new.ascii.to_owned())
        .bind(subscriber)
        .execute(&mut **tx)
        .await?;
    removal::record(tx, old_key, &Removal { brief: None, actor: READER, reason }, now).await?;
    Ok(())
}

/// Tells the old address that it is not used any more.
async fn tell(
    tx: &mut Transaction<'_, Any>,
    old: &str,
    language: Language,
    JoinMail { subject, text }: &JoinMail,
    message_id: &str,
    now: DateTime<Utc>,
) -> Result<()> {
    let kind = MailKind::Confirmation;
    let give_up_at = now + FIRST_EDITION;
    let mail = NewMail { kind, address: old, language, subject, text, message_id, now, give_up_at };
    put_in(&mut **tx, &mail).await?;
    Ok(())
}
