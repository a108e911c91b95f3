//! What outside monitors are told of the store: counts and times, no names of people. They ask every few seconds: what
//! depends on the number of mails goes along an index.

use chrono::{DateTime, Utc};
use sqlx::Row;

use super::{
    MailKind, Result, Store,
    mail::state,
    questions::{HELD, OUTCOMES, PAUSED, TALLY, last_sent, tally_of_others},
    sql, time, word,
};
use crate::{
    base::ids::{EditionName, ScheduleId},
    delivery::rules::State,
    time::schedule::Outcome,
};

/// An edition that waits for a person; none of its brief that is later went out since.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldEdition {
    /// Which
    pub name: EditionName,
    /// The slot whose edition it is
    pub slot: DateTime<Utc>,
}

impl Store {
    /// How many mails of each kind are in each state; what there is none of is not named. With a million mails this
    /// takes as long as `tally`: who asks often keeps the answer for a while.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn tally_by_kind(&self) -> Result<Vec<(MailKind, State, i64)>> {
        let all = sqlx::query(TALLY).fetch_all(&self.pool).await?;
        let others = sqlx::query(sql(tally_of_others())).fetch_all(&self.pool).await?;
        let mut found = Vec::new();
        for row in &others {
            let kind: String = row.try_get(1)?;
            found.push((MailKind::of(&kind)?, state(row.try_get(0)?)?, row.try_get(2)?));
        }
        for row in &all {
            let (state, all): (State, i64) = (state(row.try_get(0)?)?, row.try_get(1)?);
            let others: i64 = found.iter().filter(|(_, at, _)| *at == state).map(|(.., count)| count).sum();
            // One that was put in between the two questions is counted with the next ones.
            if all > others {
                found.push((MailKind::Edition, state, all - others));
            }
        }
        Ok(found)
    }

    /// How many occurrences of each schedule, or (asked for by a person) of each brief, ended in each way.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn outcomes(&self) -> Result<Vec<(ScheduleId, Outcome, i64)>> {
        let rows = sqlx::query(OUTCOMES).fetch_all(&self.pool).await?;
        rows.iter().map(|row| Ok((word(row, "schedule")?, word(row, "outcome")?, row.try_get("count")?))).collect()
    }

    /// The editions that are held, and what they wait for is not moot.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn held_editions(&self) -> Result<Vec<HeldEdition>> {
        let rows = sqlx::query(HELD).fetch_all(&self.pool).await?;
        let held = |row: &sqlx::any::AnyRow| {
            let name = EditionName { brief: row.try_get(0)?, number: row.try_get(1)? };
            Ok(HeldEdition { name, slot: time(row.try_get(2)?)? })
        };
        rows.iter().map(held).collect()
    }

    /// How many editions of each brief wait since the server refuses us.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn paused_editions(&self) -> Result<Vec<(String, i64)>> {
        let rows = sqlx::query(PAUSED).fetch_all(&self.pool).await?;
        rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).collect()
    }

    /// When a mail was sent last, by whatever process; `None` if none was, or they are forgotten.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn last_sent(&self) -> Result<Option<DateTime<Utc>>> {
        let row = sqlx::query(sql(last_sent(self.dialect))).fetch_optional(&self.pool).await?;
        row.map(|row| time(row.try_get(0)?)).transpose()
    }
}
