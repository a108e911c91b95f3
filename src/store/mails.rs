//! The outbox: mails, who is sending them, and what became of each. Which moves are legal is in `delivery`; here an
//! illegal one changes no row and is told. Only the courier leases and settles.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::{DateTime, Utc};
use serde::Serialize;
use sqlx::{Any, AnyConnection, Connection as _, Row, Transaction, any::AnyRow};

use super::{
    Result, Store,
    backup::RESTORED,
    dialect::Dialect,
    mail::{Claim, Mail, Move, NewMail, Recovered, Tally, Whereabouts, claim, mail, state},
    micros,
    occurrences::Lease,
    pause::GATE,
    questions::{TAKE_BACK, TALLY, due, from, list, listing, moving, moving_all, next_due, origins, tally_of_edition},
    quiet::Quiet,
    resend::decided,
    sql, time, to_json,
};
use crate::{
    base::ids::{EditionId, MailId},
    delivery::rules::{DeliveryGuarantee, State},
    people::subscribers,
};

/// Why a mail was taken back, in the outbox' words.
pub(super) const SUPPRESSED: &str = "the address is suppressed";
pub(super) const LEFT: &str = "the subscription ended";

/// How often a lease looks for more, if mails that it found were settled instead. A bound, so that the end of an edition
/// with a million mails does not become one long transaction.
const LOOKS: usize = 20;

impl Store {
    /// Puts a mail into the outbox. False if one with its Message-ID is there already.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn enqueue(&self, mail: &NewMail<'_>) -> Result<bool> {
        put_in(&self.pool, mail).await
    }

    /// Claims mails that are due. Looks again at each: one whose subscription ended, whose address is suppressed, whose
    /// edition was stopped or whose time is over is settled here instead; one whose edition is paused is put aside, one
    /// whose edition has its quiet hours is put off until they end. While the store is on hold, none is given.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn lease(&self, lease: &Lease<'_>, limit: i64) -> Result<Vec<Claim>> {
        let until = self.lease_clock(lease.now).await? + lease.length.num_microseconds().unwrap_or(0);
        let mut pen = self.pen().await?;
        let done = self.lease_with(pen.connection()?, lease, until, limit).await;
        pen.after(done)
    }

    async fn lease_with(
        &self,
        connection: &mut AnyConnection,
        lease: &Lease<'_>,
        until: i64,
        limit: i64,
    ) -> Result<Vec<Claim>> {
        let now = micros(lease.now);
        // Planned anew each time (not `persistent`): PostgreSQL would keep the plan that was good for an empty outbox.
        let due = due(self.dialect);
        let mut claims = Vec::new();
        let mut tx = connection.begin_with(self.dialect.begin()).await?;
        let quiet = Quiet::read(&mut tx, now).await?;
        for _ in 0..LOOKS {
            let room = limit - i64::try_from(claims.len()).unwrap_or(limit);
            let rows = sqlx::query(sql(due.clone())).persistent(false).bind(now).bind(room).fetch_all(&mut *tx).await?;
            let mut taken: Vec<Claim> = Vec::new();
            let mut settled: Vec<((State, &str), Vec<MailId>)> = Vec::new();
            let mut paused: BTreeSet<EditionId> = BTreeSet::new();
            let mut put_off: BTreeMap<EditionId, i64> = BTreeMap::new();
            for row in &rows {
                match no_longer(row, now)? {
                    None if row.try_get::<Option<i64>, _>("edition_paused")?.is_some() => {
                        paused.extend(row.try_get::<Option<EditionId>, _>("edition")?);
                    }
                    None => {
                        let edition: Option<EditionId> = row.try_get("edition")?;
                        match edition.and_then(|edition| Some((edition, quiet.until(edition)?))) {
                            Some((edition, until)) => drop(put_off.insert(edition, until)),
                            None => {
                                let quiet_from = edition.and_then(|edition| quiet.next(edition));
                                taken.push(Claim { quiet_from: quiet_from.map(time).transpose()?, ..claim(row)? });
                            }
                        }
                    }
                    Some(end) => {
                        let id = row.try_get("id")?;
                        match settled.iter_mut().find(|(known, _)| *known == end) {
                            Some((_, ids)) => ids.push(id),
                            None => settled.push((end, vec![id])),
                        }
                    }
                }
            }
            if !taken.is_empty() {
                let ids = list(taken.iter().map(|claim| claim.id.get()));
                sqlx::query(sql(format!(
                    "UPDATE mail SET state = 1, owner = $1, lease_until = $2, attempts = attempts + 1, changed_at = $3
                     WHERE id IN ({ids})"
                )))
                .persistent(false)
                .bind(lease.owner.to_owned())
                .bind(until)
                .bind(now)
                .execute(&mut *tx)
                .await?;
            }
            for ((to, why), ids) in &settled {
                let (ids, from) = (list(ids.iter().map(|id| id.get())), from(*to));
                sqlx::query(sql(format!(
                    "UPDATE mail SET state = $1, reply = $2, changed_at = $3 WHERE id IN ({ids}) AND state IN ({from})"
                )))
                .persistent(false)
                .bind(to.code())
                .bind((*why).to_owned())
                .bind(now)
                .execute(&mut *tx)
                .await?;
            }
            for edition in &paused {
                self.put_aside(&mut tx, *edition, now).await?;
            }
            for (edition, until) in &put_off {
                self.put_off(&mut tx, *edition, now, *until).await?;
            }
            claims.append(&mut taken);
            if settled.is_empty() && paused.is_empty() && put_off.is_empty() {
                break;
            }
        }
        tx.commit().await?;
        claims.sort_by_key(|claim| claim.id);
        Ok(claims)
    }

    /// Moves claimed mails, all in one commit. Tells for each whether it was moved: it is not if the move is illegal, or
    /// somebody stopped it or took it over since. While the store is on hold a mail whose dot would be next waits again
    /// instead, and its claim does not count.
    ///
    /// # Errors
    /// Those of the database; then none was moved.
    pub async fn settle(&self, moves: &[Move], owner: &str, now: DateTime<Utc>) -> Result<Vec<bool>> {
        let mut pen = self.pen().await?;
        let done = self.settle_with(pen.connection()?, moves, owner, now).await;
        pen.after(done)
    }

    async fn settle_with(
        &self,
        connection: &mut AnyConnection,
        moves: &[Move],
        owner: &str,
        now: DateTime<Utc>,
    ) -> Result<Vec<bool>> {
        // A mail that is there twice makes its second move in a second round.
        let mut turns: HashMap<MailId, usize> = HashMap::with_capacity(moves.len());
        let mut rounds: Vec<Vec<usize>> = Vec::new();
        for (index, step) in moves.iter().enumerate() {
            let turn = turns.entry(step.id).or_default();
            match rounds.get_mut(*turn) {
                Some(round) => round.push(index),
                None => rounds.push(vec![index]),
            }
            *turn += 1;
        }
        let mut moved = vec![false; moves.len()];
        let by = (owner, micros(now));
        if let ([round], Dialect::Sqlite) = (&*rounds, self.dialect) {
            // A statement is a transaction of its own, and each one more costs a campaign its pace.
            let all = sqlx::query(sql(moving_all()))
                .bind(told(moves.iter())?)
                .bind(by.1)
                .bind(owner.to_owned())
                .bind(i64::try_from(moves.len()).unwrap_or(i64::MAX))
                .execute(&mut *connection)
                .await?
                .rows_affected();
            if usize::try_from(all) == Ok(moves.len()) {
                return Ok(vec![true; moves.len()]);
            }
            // Otherwise none was, and each is moved that may be.
            apply(connection, self.dialect, moves, round, &mut moved, by).await?;
            return Ok(moved);
        }
        let mut tx = connection.begin_with(self.dialect.begin()).await?;
        if moves.iter().any(|step| step.to == State::DotWritten) {
            // Before any row is locked, as a pause does it too.
            self.beside_each_other(&mut tx, GATE).await?;
        }
        if !moves.is_empty() && !self.dialect.locked().is_empty() {
            // Rows are locked in the order of their numbers, as by all that changes many.
            let ids = list(moves.iter().map(|step| step.id.get()));
            let lock = format!("SELECT id FROM mail WHERE id IN ({ids}) ORDER BY id{}", self.dialect.locked());
            sqlx::query(sql(lock)).persistent(false).execute(&mut *tx).await?;
        }
        for round in &rounds {
            apply(&mut *tx, self.dialect, moves, round, &mut moved, by).await?;
        }
        tx.commit().await?;
        Ok(moved)
    }

    /// Where these mails stand, those that are there, and all that `owner` holds at the dot.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn whereabouts(&self, ids: &[MailId], owner: &str) -> Result<Vec<Whereabouts>> {
        let ids = list(ids.iter().map(|id| id.get()));
        let rows = sqlx::query(sql(format!(
            "SELECT id, state, attempts, owner FROM mail WHERE id IN ({ids}) OR (state = $1 AND owner = $2) ORDER BY id"
        )))
        .persistent(false)
        .bind(State::DotWritten.code())
        .bind(owner.to_owned())
        .fetch_all(&self.pool)
        .await?;
        rows.iter()
            .map(|row| {
                Ok(Whereabouts {
                    id: row.try_get("id")?,
                    state: state(row.try_get("state")?)?,
                    attempt: row.try_get("attempts")?,
                    owner: row.try_get("owner")?,
                })
            })
            .collect()
    }

    /// Settles what couriers left that are gone: all others if `alone`, else those whose lease ran out. A mail that may
    /// have gone out is counted as unknown, and the policy says where it goes.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn recover(
        &self,
        owner: &str,
        alone: bool,
        policy: DeliveryGuarantee,
        now: DateTime<Utc>,
    ) -> Result<Recovered> {
        let clock = self.lease_clock(now).await?;
        let mut tx = self.begin().await?;
        let mut counts = [0, 0];
        let steps = [
            (State::Claimed, State::Pending, "its courier was gone before the mail was written"),
            (State::DotWritten, policy.in_doubt(), "its courier was gone before the server's answer was kept"),
        ];
        for (count, (state, to, why)) in counts.iter_mut().zip(steps) {
            *count = sqlx::query(
                "UPDATE mail SET state = $1, reply = $2, owner = NULL, lease_until = NULL, changed_at = $3,
                 unknowns = unknowns + $4
                 WHERE state = $5 AND state IN (1, 2) AND owner <> $6 AND ($7 = 1 OR lease_until < $8)",
            )
            .bind(to.code())
            .bind(why)
            .bind(micros(now))
            .bind(i64::from(state == State::DotWritten))
            .bind(state.code())
            .bind(owner.to_owned())
            .bind(i64::from(alone))
            .bind(clock)
            .execute(&mut *tx)
            .await?
            .rows_affected();
        }
        tx.commit().await?;
        let [returned, unknown] = counts;
        Ok(Recovered { returned, unknown })
    }

    /// A person who asked the other side says what became of a mail that is unknown: it was sent, or it was not and waits
    /// to be sent again, with the same Message-ID. False if the mail is not unknown.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn settle_unknown(&self, id: MailId, sent: bool, actor: &str, now: DateTime<Utc>) -> Result<bool> {
        let (to, word) = if sent { (State::Sent, "sent") } else { (State::Pending, "not sent") };
        let done = sqlx::query(
            "UPDATE mail SET state = $1, reply = $2, changed_at = $3, due_at = $3, owner = NULL, lease_until = NULL,
             decided = $6 WHERE id = $4 AND state = $5",
        )
        .bind(to.code())
        .bind(format!("{word}, says {actor}"))
        .bind(micros(now))
        .bind(id)
        .bind(State::Unknown.code())
        .bind(decided(word, actor, now))
        .execute(&self.pool)
        .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Removes mails that were settled before `before`: sent, refused, cancelled or expired. Those that are unknown stay.
    /// Gives how many.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn forget_mails(&self, before: DateTime<Utc>) -> Result<u64> {
        let ends = [State::Sent, State::Failed, State::Cancelled, State::Expired].map(|state| state.code().to_string());
        let done =
            sqlx::query(sql(format!("DELETE FROM mail WHERE state IN ({}) AND changed_at < $1", ends.join(", "))))
                .bind(micros(before))
                .execute(&self.pool)
                .await?;
        Ok(done.rows_affected())
    }

    /// When the next waiting mail is due; `None` if none waits.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn next_due(&self) -> Result<Option<DateTime<Utc>>> {
        let row = sqlx::query(sql(next_due(self.dialect))).fetch_optional(&self.pool).await?;
        row.map(|row| time(row.try_get(0)?)).transpose()
    }

    /// How many mails of an edition, or of all, are in each state.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn tally(&self, edition: Option<EditionId>) -> Result<Tally> {
        let query = match edition {
            Some(edition) => sqlx::query(sql(tally_of_edition())).bind(edition),
            None => sqlx::query(TALLY),
        };
        let rows = query.fetch_all(&self.pool).await?;
        let mut tally = Tally::default();
        for row in rows {
            tally.0.insert(state(row.try_get(0)?)?, row.try_get(1)?);
        }
        Ok(tally)
    }

    /// Mails in the order in which they were put in, `limit` of them after the mail `after`: of one edition or of all, in
    /// one state or in any.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn mails(
        &self,
        edition: Option<EditionId>,
        in_state: Option<State>,
        after: Option<MailId>,
        limit: i64,
    ) -> Result<Vec<Mail>> {
        let rows = sqlx::query(sql(listing(edition.is_some(), in_state)))
            .bind(after.map_or(0, MailId::get))
            .bind(limit)
            .bind(edition.map_or(0, EditionId::get))
            .fetch_all(&self.pool)
            .await?;
        rows.iter().map(mail).collect()
    }
}

pub(super) async fn put_in(into: impl sqlx::Executor<'_, Database = Any>, mail: &NewMail<'_>) -> Result<bool> {
    let done = sqlx::query(
        "INSERT INTO mail (kind, address, language, subject, text, message_id, state, due_at, give_up_at, attempts,
         reply, unknowns, created_at, changed_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 0, '', 0, $8, $8) ON CONFLICT DO NOTHING",
    )
    .bind(mail.kind.word())
    .bind(mail.address.to_owned())
    .bind(mail.language.code())
    .bind(mail.subject.to_owned())
    .bind(mail.text.to_owned())
    .bind(mail.message_id.to_owned())
    .bind(State::Pending.code())
    .bind(micros(mail.now))
    .bind(micros(mail.give_up_at))
    .execute(into)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// After a restore from a backup nobody can say what went out since: every unfinished mail becomes unknown.
pub(super) async fn doubt_unfinished(tx: &mut Transaction<'_, Any>, now: DateTime<Utc>) -> Result<u64> {
    let open: Vec<State> = State::ALL.into_iter().filter(|state| state.may_become(State::Unknown)).collect();
    let done = sqlx::query(sql(format!(
        "UPDATE mail SET state = $1, reply = $2, owner = NULL, lease_until = NULL, unknowns = unknowns + 1,
         changed_at = $3 WHERE state IN ({})",
        list(open.into_iter().map(State::code)),
    )))
    .bind(State::Unknown.code())
    .bind(RESTORED)
    .bind(micros(now))
    .execute(&mut **tx)
    .await?;
    Ok(done.rows_affected())
}

/// Takes back what was not written yet of all deliveries to an address. One that is with a courier is taken from it: its
/// dot is refused. Gives how many.
pub(super) async fn take_back(
    tx: &mut Transaction<'_, Any>,
    key: &str,
    why: &'static str,
    now: DateTime<Utc>,
) -> Result<u64> {
    let done = sqlx::query(TAKE_BACK).bind(micros(now)).bind(why).bind(key.to_owned()).execute(&mut **tx).await?;
    Ok(done.rows_affected())
}

/// Why a mail that is due must not be sent after all.
fn no_longer(row: &AnyRow, now: i64) -> Result<Option<(State, &'static str)>> {
    let give_up: i64 = row.try_get("give_up_at")?;
    let suppressed: Option<String> = row.try_get("suppressed")?;
    let edition: Option<String> = row.try_get("edition_state")?;
    let subscription: Option<i64> = row.try_get("subscription_state")?;
    let has_subscriber = row.try_get::<Option<i64>, _>("subscriber")?.is_some();
    Ok(if edition.as_deref() == Some("stopped") {
        Some((State::Cancelled, "the edition was stopped"))
    } else if suppressed.is_some() {
        Some((State::Cancelled, SUPPRESSED))
    } else if has_subscriber && subscription != Some(subscribers::SubscriptionState::Active.code()) {
        Some((State::Cancelled, LEFT))
    } else if give_up <= now {
        Some((State::Expired, "the time in which it was worth sending is over"))
    } else {
        None
    })
}

/// A move as the questions have it.
#[derive(Serialize)]
struct Told<'a> {
    id: MailId,
    attempt: i64,
    goal: i64,
    origins: i64,
    reply: &'a str,
    due: i64,
}

fn told<'a>(steps: impl Iterator<Item = &'a Move>) -> Result<String> {
    let told = |step: &'a Move| Told {
        id: step.id,
        attempt: step.attempt,
        goal: step.to.code(),
        origins: origins(step.to),
        reply: &step.reply,
        due: step.due.map_or(-1, micros),
    };
    to_json(&steps.map(told).collect::<Vec<_>>())
}

/// Those of the moves whose index is in `round`, in one statement; `moved` tells of each whether it was.
async fn apply(
    on: impl sqlx::Executor<'_, Database = Any>,
    dialect: Dialect,
    moves: &[Move],
    round: &[usize],
    moved: &mut [bool],
    (owner, now): (&str, i64),
) -> Result<()> {
    let steps: HashMap<MailId, (usize, &Move)> =
        round.iter().filter_map(|index| moves.get(*index).map(|step| (step.id, (*index, step)))).collect();
    let done = sqlx::query(sql(moving(dialect)))
        .bind(told(steps.values().map(|(_, step)| *step))?)
        .bind(now)
        .bind(owner.to_owned())
        .bind("everything is on hold")
        .fetch_all(on)
        .await?;
    for row in done {
        let (id, at): (MailId, i64) = (row.try_get(0)?, row.try_get(1)?);
        if let Some((index, step)) = steps.get(&id)
            && let Some(moved) = moved.get_mut(*index)
        {
            // One that waits again instead was not moved.
            *moved = step.to != State::DotWritten || at == step.to.code();
        }
    }
    Ok(())
}
