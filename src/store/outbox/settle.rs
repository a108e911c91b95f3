//! Settles claimed mails: the courier's moves, the mails of couriers that are gone, and what people found out about
//! unknown mails.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use serde::Serialize;
use sqlx::{Any, AnyConnection, Connection as _, Row};

use super::{
    Outbox,
    mail::{Move, Recovered, Whereabouts, state},
    resend::decided,
    sql::{ADDRESS_NOW, codes, list, moving, moving_all, origins},
};
use crate::{
    base::ids::{EditionId, MailId},
    delivery::rules::{DeliveryGuarantee, State},
    store::{
        Result,
        columns::{micros, to_json},
        dialect::{Dialect, sql},
        hold::GATE,
    },
};

impl Outbox<'_> {
    /// Moves claimed mails, all in one commit. Returns for each whether it was moved: it was not if the move is illegal, or
    /// if another process stopped it or took it over since. While the store is on hold a mail whose dot would be next waits
    /// again instead, and its claim does not count.
    ///
    /// # Errors
    /// None was moved.
    pub async fn settle(self, moves: &[Move], owner: &str, now: DateTime<Utc>) -> Result<Vec<bool>> {
        let mut writer = self.store.writer().await?;
        let settled = self.settle_with(writer.connection()?, moves, owner, now).await;
        writer.release(settled)
    }

    async fn settle_with(
        self,
        connection: &mut AnyConnection,
        moves: &[Move],
        owner: &str,
        now: DateTime<Utc>,
    ) -> Result<Vec<bool>> {
        // A mail that is there twice makes its second move in a second round.
        let mut seen: HashMap<MailId, usize> = HashMap::with_capacity(moves.len());
        let mut rounds: Vec<Vec<usize>> = Vec::new();
        for (index, step) in moves.iter().enumerate() {
            let round = seen.entry(step.id).or_default();
            match rounds.get_mut(*round) {
                Some(indices) => indices.push(index),
                None => rounds.push(vec![index]),
            }
            *round += 1;
        }
        let mut moved = vec![false; moves.len()];
        let by = (owner, micros(now));
        if let ([round], Dialect::Sqlite) = (&*rounds, self.store.dialect) {
            // A statement is a transaction of its own, and each one more costs a campaign its pace.
            let again = moves.iter().any(|step| !matches!(step.to, State::DotWritten | State::Sent | State::Failed));
            let all = sqlx::query(sql(moving_all(again)))
                .bind(move_rows(moves.iter())?)
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
            apply(connection, self.store.dialect, moves, round, &mut moved, by).await?;
            return Ok(moved);
        }
        let mut tx = connection.begin_with(self.store.dialect.begin()).await?;
        if moves.iter().any(|step| step.to == State::DotWritten) {
            // Before any row is locked, as a pause does it too.
            self.store.beside_each_other(&mut tx, GATE).await?;
        }
        if !moves.is_empty() && !self.store.dialect.locked().is_empty() {
            // Rows are locked in the order of their numbers, as by all that changes many.
            let ids = list(moves.iter().map(|step| step.id.get()));
            let lock = format!("SELECT id FROM mail WHERE id IN ({ids}) ORDER BY id{}", self.store.dialect.locked());
            sqlx::query(sql(lock)).persistent(false).execute(&mut *tx).await?;
        }
        for round in &rounds {
            apply(&mut *tx, self.store.dialect, moves, round, &mut moved, by).await?;
        }
        tx.commit().await?;
        Ok(moved)
    }

    /// Returns where these mails stand, as far as they exist, and where all stand that `owner` holds at the dot.
    pub async fn whereabouts(self, ids: &[MailId], owner: &str) -> Result<Vec<Whereabouts>> {
        let ids = list(ids.iter().map(|id| id.get()));
        let rows = sqlx::query(sql(format!(
            "SELECT id, state, attempts, owner FROM mail WHERE id IN ({ids}) OR (state = $1 AND owner = $2) ORDER BY id"
        )))
        .persistent(false)
        .bind(State::DotWritten.code())
        .bind(owner.to_owned())
        .fetch_all(&self.store.pool)
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

    /// Settles what couriers left that are gone: all others if `alone`, else those whose lease ran out. A mail that may have
    /// gone out counts as unknown, and the policy says in which state it waits.
    pub async fn recover(
        self,
        owner: &str,
        alone: bool,
        policy: DeliveryGuarantee,
        now: DateTime<Utc>,
    ) -> Result<Recovered> {
        let clock = self.store.lease_clock(now).await?;
        let mut tx = self.store.begin().await?;
        let mut counts = [0, 0];
        let steps = [
            (State::Claimed, State::Pending, "its courier ended before the mail was written"),
            (State::DotWritten, policy.in_doubt(), "its courier ended before the server's answer was recorded"),
        ];
        let in_flight = codes([State::Claimed, State::DotWritten]);
        for (count, (state, to, why)) in counts.iter_mut().zip(steps) {
            let address = if to == State::Unknown { "address" } else { ADDRESS_NOW };
            // The states in flight are named as in the index `mail_flight`.
            *count = sqlx::query(sql(format!(
                "UPDATE mail SET state = $1, reply = $2, owner = NULL, lease_until = NULL, changed_at = $3,
                 unknowns = unknowns + $4, address = {address}
                 WHERE state = $5 AND state IN ({in_flight}) AND owner <> $6
                 AND ($7 = 1 OR lease_until < $8)"
            )))
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

    /// Records what a person found out about unknown mails: they were sent, or they were not and wait to be sent again with
    /// the same Message-ID, until `give_up_at` at least. Returns how many there were.
    pub async fn settle_unknown(
        self,
        which: Unknown,
        sent: bool,
        actor: &str,
        now: DateTime<Utc>,
        give_up_at: Option<DateTime<Utc>>,
    ) -> Result<u64> {
        let (to, word) = if sent { (State::Sent, "sent") } else { (State::Pending, "not sent") };
        let address = if sent { "address" } else { ADDRESS_NOW };
        let (column, number) = match which {
            Unknown::Mail(id) => ("id", id.get()),
            Unknown::OfEdition(edition) => ("edition", edition.get()),
        };
        let done = sqlx::query(sql(format!(
            "UPDATE mail SET state = $1, reply = $2, changed_at = $3, due_at = $3, owner = NULL, lease_until = NULL,
             address = {address}, decided = $6, give_up_at = CASE WHEN give_up_at < $7 THEN $7 ELSE give_up_at END
             WHERE {column} = $4 AND state = $5"
        )))
        .bind(to.code())
        .bind(format!("{word}, says {actor}"))
        .bind(micros(now))
        .bind(number)
        .bind(State::Unknown.code())
        .bind(decided(word, actor, now))
        .bind(give_up_at.filter(|_| !sent).map_or(0, micros))
        .execute(&self.store.pool)
        .await?;
        Ok(done.rows_affected())
    }
}

/// Unknown mails that a person speaks of.
#[derive(Debug, Clone, Copy)]
pub enum Unknown {
    /// One.
    Mail(MailId),
    /// All of an edition.
    OfEdition(EditionId),
}

/// A move as the statements [`moving`] and [`moving_all`] read it.
#[derive(Serialize)]
struct MoveRow<'a> {
    id: MailId,
    attempt: i64,
    goal: i64,
    origins: i64,
    reply: &'a str,
    due: i64,
}

/// The moves as one JSON array.
fn move_rows<'a>(steps: impl Iterator<Item = &'a Move>) -> Result<String> {
    let row = |step: &'a Move| MoveRow {
        id: step.id,
        attempt: step.attempt,
        goal: step.to.code(),
        origins: origins(step.to),
        reply: &step.reply,
        due: step.due.map_or(-1, micros),
    };
    to_json(&steps.map(row).collect::<Vec<_>>())
}

/// Makes those of the moves whose index is in `round`, in one statement, and notes in `moved` which were made.
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
        .bind(move_rows(steps.values().map(|(_, step)| *step))?)
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
