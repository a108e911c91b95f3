//! A sign-up is confirmed: the subscription is active at once, with the proof of it, and the latest edition waits for the
//! courier. Or it was for another address, to which subscriptions move ([`super::moving`]). Each is one transaction. What may
//! be confirmed, [`super::standing`] knows.

use chrono::{DateTime, Utc};
use sqlx::{Any, AnyConnection, Connection as _, Row, Transaction};

use super::{
    super::{
        Result, Store,
        columns::micros,
        editions::MessageIds,
        outbox::{NewMail, put_in},
    },
    People,
    first_edition::queue_first,
    forgotten::Hashes,
    history::READER,
    joined::{Joined, Reader, join, subscriber_of},
    moving::{change_address, tell},
    sign_ups::{SignUp, sign_up},
    standing::{SignUpStanding, standing},
    subscribing::{ComeBack, PEOPLE, bring_back},
    suppression::prove_alive,
};
use crate::{
    base::language::Language,
    people::{
        joining::{JoinMail, Network},
        subscribers::SubscriptionState::Active,
    },
};

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
    /// The mail that tells whoever confirmed by mail that it is done. It goes out if no edition does.
    pub answer: Option<&'a NewMail<'a>>,
    /// The current time.
    pub now: DateTime<Utc>,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Confirming {
    /// There is no such sign-up: it lapsed, or its person was erased.
    Unknown,
    /// It cannot be confirmed any more.
    Over(SignUpStanding),
    /// It was confirmed before: nothing is done a second time.
    Before(SignUp),
    /// It is confirmed now.
    Now {
        /// The sign-up.
        sign_up: SignUp,
        /// The subscription; the first of them, if an address was changed.
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

async fn confirm(store: &Store, connection: &mut AnyConnection, confirmation: Confirmation<'_>) -> Result<Confirming> {
    let now = confirmation.now;
    let mut tx = connection.begin_with(store.dialect.begin()).await?;
    store.one_at_a_time(&mut tx, PEOPLE).await?;
    let row = sqlx::query("SELECT * FROM sign_up WHERE id = $1").bind(confirmation.sign_up);
    let Some(row) = row.fetch_optional(&mut *tx).await? else {
        return Ok(Confirming::Unknown);
    };
    let (found, key): (SignUp, String) = (sign_up(&row)?, row.try_get("address_key")?);
    let ascii: String = row.try_get("address_ascii")?;
    match standing(&mut tx, &found, &key, now).await? {
        SignUpStanding::Open => {}
        SignUpStanding::Confirmed => return Ok(Confirming::Before(found)),
        over => return Ok(Confirming::Over(over)),
    }
    let network = confirmation.network.map_or_else(String::new, |network| network.to_string());
    sqlx::query("UPDATE sign_up SET confirmed_at = $1, confirmed_network = $2 WHERE id = $3")
        .bind(micros(now))
        .bind(network.clone())
        .bind(found.id)
        .execute(&mut *tx)
        .await?;
    Hashes::read(&mut tx).await?.take_out(&mut tx, &key).await?;
    prove_alive(&mut tx, &key, now).await?;
    let reader = Reader { typed: &found.address, ascii: &ascii, key: &key };
    let (subscription, edition) = match found.subscriber {
        None => {
            let subscription = first(&mut tx, &found, reader, now).await?;
            let edition = queue_first(&mut tx, subscription, confirmation.message_ids, now).await?;
            (Some(subscription), edition)
        }
        Some(subscriber) => {
            let moved =
                change_address(store, &mut tx, subscriber, reader, (&found, confirmation.message_ids), now).await?;
            if let (Some((_, old)), Some((mail, message_id))) = (&moved, confirmation.told) {
                tell(&mut tx, old, found.language, mail, message_id, now).await?;
            }
            (moved.map(|(subscription, _)| subscription), false)
        }
    };
    if let Some(answer) = confirmation.answer.filter(|_| subscription.is_some() && !edition) {
        put_in(&mut *tx, answer).await?;
    }
    tx.commit().await?;
    let sign_up = SignUp { confirmed_at: Some(now), confirmed_network: network, ..found };
    Ok(Confirming::Now { sign_up, subscription, edition })
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
