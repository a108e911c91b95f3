//! A reader's subscriptions move to another address: those that were named when the reader of that address was asked, and that
//! nobody has said no to since. An edition that waits at the old address goes out at the new one. What lives on from an ended
//! subscription is known for ever, so that a "no" in an old mail is one to what came of it.

use chrono::{DateTime, Utc};
use sqlx::{Any, Row, Transaction, any::AnyRow};

use super::{
    super::{
        Result, Store,
        columns::{micros, word},
        dialect::sql,
        editions::MessageIds,
        outbox::{MailKind, NewMail, codes, list, put_in},
    },
    first_edition::{self, FIRST_EDITION, Out},
    history::{READER, ReadersMove, record},
    joined::{Joined, Reader, join, subscriber_of},
    line::{CHANGED, line_of},
    removal::{self, Removal, leave, said_no_since},
    sign_ups::SignUp,
    subscribing::{ComeBack, bring_back},
};
use crate::{
    base::{ids::MailId, language::Language},
    delivery::rules::State,
    people::{joining::JoinMail, subscribers::SubscriptionState::Active},
};

/// A subscription that goes to another address.
pub(super) struct Moving {
    pub id: i64,
    pub brief: String,
    pub language: Language,
}

/// What a change of address moves to the address with this key: the active subscriptions among those that were named, but
/// those that the reader of that address has left since.
pub(super) async fn moves(
    tx: &mut Transaction<'_, Any>,
    subscriber: i64,
    key: &str,
    found: &SignUp,
) -> Result<Vec<Moving>> {
    let mut moving = Vec::new();
    for one in active_of(tx, subscriber).await? {
        if found.moves.contains(&one.brief) && !said_no_since(tx, (key, &one.brief), found.wanted_at()).await? {
            moving.push(one);
        }
    }
    Ok(moving)
}

async fn active_of(tx: &mut Transaction<'_, Any>, subscriber: i64) -> Result<Vec<Moving>> {
    let query = "SELECT id, brief, language FROM subscription WHERE subscriber = $1 AND state = $2 ORDER BY id";
    let rows = sqlx::query(query).bind(subscriber).bind(Active.code()).fetch_all(&mut **tx).await?;
    let moving =
        |row| Ok(Moving { id: Row::try_get(row, 0)?, brief: Row::try_get(row, 1)?, language: word(row, "language")? });
    rows.iter().map(moving).collect()
}

/// Moves subscriptions of a subscriber to another address. Returns one of them and the old address in ASCII; `None` if there is
/// none to move. One that the new address has left since it was asked goes nowhere, and ends.
pub(super) async fn change_address(
    store: &Store,
    tx: &mut Transaction<'_, Any>,
    subscriber: i64,
    new: Reader<'_>,
    (found, ids): (&SignUp, MessageIds<'_>),
    now: DateTime<Utc>,
) -> Result<Option<(i64, String)>> {
    let moving = moves(tx, subscriber, new.key, found).await?;
    let Some(first) = moving.first().map(|one| one.id) else { return Ok(None) };
    let row = sqlx::query("SELECT address, address_ascii, address_key FROM subscriber WHERE id = $1").bind(subscriber);
    let row = row.fetch_one(&mut **tx).await?;
    let (typed, old, old_key): (String, String, String) = (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
    let former = Reader { typed: &typed, ascii: &old, key: &old_key };
    let other = sqlx::query("SELECT id FROM subscriber WHERE address_key = $1").bind(new.key.to_owned());
    let other: Option<i64> = other.fetch_optional(&mut **tx).await?.map(|row| row.try_get(0)).transpose()?;
    if other == Some(subscriber) {
        // The same address, in other letters.
        return Ok(Some((first, old)));
    }
    refuse_the_others(store, tx, subscriber, (&old_key, new.key), found, now).await?;
    for one in &moving {
        bring_back(tx, ComeBack { actor: READER, reason: CHANGED }, (new.key, &one.brief), now).await?;
    }
    // Who gets something else as well keeps their address for that.
    let is_whole = active_of(tx, subscriber).await?.len() == moving.len();
    if other.is_none() && is_whole {
        rename(store, tx, subscriber, (former, new), now).await?;
        for Moving { id, language, .. } in moving {
            let sign_up = Some(found.id);
            let made = ReadersMove { subscription: id, state: Active, language, way: CHANGED, sign_up, at: now };
            record(tx, made).await?;
        }
        return Ok(Some((first, old)));
    }
    let other = match other {
        Some(other) => other,
        None => subscriber_of(tx, new, found.language, now).await?,
    };
    remember(tx, other, former, now).await?;
    let mut moved = None;
    for Moving { id, brief, language } in &moving {
        let (sign_up, way) = (Some(found.id), CHANGED);
        let joined = Joined { subscriber: other, brief, language: *language, asked_at: None, sign_up, way };
        let lives_on = join(tx, joined, now).await?;
        let waiting = waiting(tx, subscriber, brief).await?;
        let removal = Removal { brief: (!is_whole).then_some(brief), actor: READER, reason: CHANGED };
        leave(store, tx, &old_key, &removal, now).await?;
        let note = sqlx::query("UPDATE subscription SET moved_to = $1 WHERE id = $2").bind(lives_on).bind(*id);
        note.execute(&mut **tx).await?;
        for edition in waiting {
            send_on(tx, edition, (lives_on, ids), now).await?;
        }
        moved = moved.or(Some(lives_on));
    }
    Ok(moved.map(|subscription| (subscription, old)))
}

/// An edition that has not gone out to the old address.
struct Waiting {
    mail: i64,
    edition: Out,
}

/// The mails of editions of a brief that wait for a subscriber, or were taken up and have no dot yet.
async fn waiting(tx: &mut Transaction<'_, Any>, subscriber: i64, brief: &str) -> Result<Vec<Waiting>> {
    let waiting = codes([State::Pending, State::Deferred, State::Claimed]);
    let rows = sqlx::query(sql(format!(
        "SELECT m.id, e.id, e.number, m.due_at, m.give_up_at FROM mail m JOIN edition e ON e.id = m.edition
         WHERE m.subscriber = $1 AND e.brief = $2 AND e.withdrawn_at IS NULL AND +m.state IN ({waiting}) ORDER BY e.number"
    )));
    let rows = rows.bind(subscriber).bind(brief.to_owned()).fetch_all(&mut **tx).await?;
    let read = |row: &AnyRow| {
        let waits = Some((row.try_get(3)?, row.try_get(4)?));
        Ok(Waiting { mail: row.try_get(0)?, edition: Out { id: row.try_get(1)?, number: row.try_get(2)?, waits } })
    };
    rows.iter().map(read).collect()
}

/// Puts an edition into the outbox for the new address, if its mail to the old one was taken back and the new one has none.
async fn send_on(
    tx: &mut Transaction<'_, Any>,
    Waiting { mail, edition }: Waiting,
    (lives_on, ids): (i64, MessageIds<'_>),
    now: DateTime<Utc>,
) -> Result<()> {
    let row = sqlx::query("SELECT 1 FROM mail WHERE id = $1 AND state = $2").bind(mail).bind(State::Cancelled.code());
    if row.fetch_optional(&mut **tx).await?.is_some() {
        first_edition::put_in(tx, lives_on, &edition, ids, now).await?;
    }
    Ok(())
}

/// Puts the editions of mails that ended, since their reader has gone to an address that was known before, into the outbox for
/// that address, if it has none of them: they were at their dot when the reader went, and have not arrived.
pub(in crate::store) async fn send_on_left(
    tx: &mut Transaction<'_, Any>,
    mails: &[MailId],
    now: DateTime<Utc>,
) -> Result<()> {
    let ids = list(mails.iter().map(|mail| mail.get()));
    let rows = sqlx::query(sql(format!(
        "SELECT s.moved_to, e.id, e.number, m.due_at, m.give_up_at, m.message_id FROM mail m
         JOIN edition e ON e.id = m.edition JOIN subscription s ON s.subscriber = m.subscriber AND s.brief = e.brief
         WHERE m.id IN ({ids}) AND m.state = $1 AND s.moved_to IS NOT NULL AND e.withdrawn_at IS NULL"
    )));
    let rows = rows.persistent(false).bind(State::Cancelled.code()).fetch_all(&mut **tx).await?;
    for row in &rows {
        let Some(lives_on) = line_of(tx, row.try_get(0)?).await?.pop() else { continue };
        let active = sqlx::query("SELECT 1 FROM subscription WHERE id = $1 AND state = $2").bind(lives_on);
        if active.bind(Active.code()).fetch_optional(&mut **tx).await?.is_none() {
            continue;
        }
        let message_id: String = row.try_get(5)?;
        // `<BRIEF.N.SUBSCRIBER.STORE@DOMAIN>`: neither of the first three holds a dot.
        let end = message_id.trim_end_matches('>').splitn(4, '.').nth(3).and_then(|end| end.split_once('@'));
        let Some((store_id, domain)) = end else { continue };
        let edition =
            Out { id: row.try_get(1)?, number: row.try_get(2)?, waits: Some((row.try_get(3)?, row.try_get(4)?)) };
        first_edition::put_in(tx, lives_on, &edition, MessageIds { domain, store_id }, now).await?;
    }
    Ok(())
}

/// Ends what was named and may not go to the new address, whose reader has left it since: it would be mailed to an address that
/// its reader wants to leave.
async fn refuse_the_others(
    store: &Store,
    tx: &mut Transaction<'_, Any>,
    subscriber: i64,
    (old_key, new_key): (&str, &str),
    found: &SignUp,
    now: DateTime<Utc>,
) -> Result<()> {
    for Moving { brief, .. } in active_of(tx, subscriber).await? {
        if found.moves.contains(&brief) && said_no_since(tx, (new_key, &brief), found.wanted_at()).await? {
            let reason = "left at the new address";
            leave(store, tx, old_key, &Removal { brief: Some(&brief), actor: READER, reason }, now).await?;
        }
    }
    Ok(())
}

/// Gives a subscriber another address, and keeps lists from subscribing the old one. What waits goes to the new one; a claimed
/// mail is taken from its courier, who has read the old one. A mail at its dot is on its way to the old address; if it has to
/// wait after all, the outbox reads the new one.
async fn rename(
    store: &Store,
    tx: &mut Transaction<'_, Any>,
    subscriber: i64,
    (former, new): (Reader<'_>, Reader<'_>),
    now: DateTime<Utc>,
) -> Result<()> {
    remember(tx, subscriber, former, now).await?;
    lock_unfinished(store, tx, subscriber).await?;
    sqlx::query("UPDATE subscriber SET address = $1, address_ascii = $2, address_key = $3 WHERE id = $4")
        .bind(new.typed.to_owned())
        .bind(new.ascii.to_owned())
        .bind(new.key.to_owned())
        .bind(subscriber)
        .execute(&mut **tx)
        .await?;
    let (pending, claimed) = (State::Pending.code(), State::Claimed.code());
    let waiting = codes([State::Pending, State::Deferred, State::Claimed]);
    sqlx::query(sql(format!(
        "UPDATE mail SET address = $1, owner = NULL, lease_until = NULL,
         uncounted = uncounted + CASE WHEN state = {claimed} THEN 1 ELSE 0 END,
         reply = CASE WHEN state = {claimed} THEN $2 ELSE reply END,
         changed_at = CASE WHEN state = {claimed} THEN CAST($3 AS BIGINT) ELSE changed_at END,
         state = CASE WHEN state = {claimed} THEN {pending} ELSE state END
         WHERE subscriber = $4 AND +state IN ({waiting})"
    )))
    .bind(new.ascii.to_owned())
    .bind("its reader has another address now")
    .bind(micros(now))
    .bind(subscriber)
    .execute(&mut **tx)
    .await?;
    removal::record(tx, former.key, &Removal { brief: None, actor: READER, reason: CHANGED }, now).await?;
    Ok(())
}

/// Waits for whoever is settling a mail of the subscriber, and keeps others from it until the end of the transaction: a mail
/// that is put off meanwhile would keep the old address. Rows are locked in the order of their numbers, as by all that changes
/// many.
async fn lock_unfinished(store: &Store, tx: &mut Transaction<'_, Any>, subscriber: i64) -> Result<()> {
    if store.dialect.locked().is_empty() {
        return Ok(());
    }
    let unfinished = codes([State::Pending, State::Deferred, State::Claimed, State::DotWritten]);
    let lock = format!(
        "SELECT id FROM mail WHERE subscriber = $1 AND +state IN ({unfinished}) ORDER BY id{}",
        store.dialect.locked()
    );
    sqlx::query(sql(lock)).bind(subscriber).fetch_all(&mut **tx).await?;
    Ok(())
}

/// Keeps an address as a former one of a subscriber.
async fn remember(
    tx: &mut Transaction<'_, Any>,
    subscriber: i64,
    former: Reader<'_>,
    now: DateTime<Utc>,
) -> Result<()> {
    sqlx::query(
        "INSERT INTO former_address (subscriber, address, address_ascii, address_key, until_at)
         VALUES ($1, $2, $3, $4, $5)",
    )
    .bind(subscriber)
    .bind(former.typed.to_owned())
    .bind(former.ascii.to_owned())
    .bind(former.key.to_owned())
    .bind(micros(now))
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Tells the old address that it is not used any more.
pub(super) async fn tell(
    tx: &mut Transaction<'_, Any>,
    old: &str,
    language: Language,
    JoinMail { subject, text }: &JoinMail,
    message_id: &str,
    now: DateTime<Utc>,
) -> Result<()> {
    let kind = MailKind::AddressChanged;
    let give_up_at = now + FIRST_EDITION;
    let mail = NewMail {
        kind,
        address: old,
        language,
        subject,
        text,
        reply_to: None,
        in_reply_to: None,
        message_id,
        now,
        give_up_at,
    };
    put_in(&mut **tx, &mail).await?;
    Ok(())
}
