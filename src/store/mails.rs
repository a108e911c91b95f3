//! The outbox: mails, who is sending them, and what became of each. Which moves are legal is in `delivery`; here an
//! illegal one changes no row and is told. Only the courier leases and settles.

use chrono::{DateTime, Utc};
use serde::Serialize;
use sqlx::{Any, Row, Transaction, any::AnyRow};

use super::{Error, Result, Setting, Store, micros, occurrences::Lease, sql, time, word};
use crate::{delivery::State, language::Language, subscribers};

/// What a mail is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum MailKind {
    /// A delivery: one edition to one subscriber.
    Edition,
    /// Asks whether somebody really wants to subscribe.
    Confirmation,
    /// Tells the operators something.
    Operator,
}

impl MailKind {
    const ALL: [MailKind; 3] = [MailKind::Edition, MailKind::Confirmation, MailKind::Operator];

    /// The word for people, programs and the database.
    pub const fn word(self) -> &'static str {
        match self {
            MailKind::Edition => "edition",
            MailKind::Confirmation => "confirmation",
            MailKind::Operator => "operator",
        }
    }

    fn of(word: &str) -> Result<MailKind> {
        let found = MailKind::ALL.into_iter().find(|kind| kind.word() == word);
        found.ok_or_else(|| Error::Corrupt(format!("the mail kind `{word}`")))
    }
}

/// A mail that belongs to no edition, with its own text.
#[derive(Debug)]
pub struct NewMail<'a> {
    /// What it is for
    pub kind: MailKind,
    /// To whom
    pub address: &'a str,
    /// In which language
    pub language: Language,
    /// One line
    pub subject: &'a str,
    /// `text/plain`
    pub text: &'a str,
    /// With its angle brackets; a mail with the same one is put in only once
    pub message_id: &'a str,
    /// Now
    pub now: DateTime<Utc>,
    /// Not sent later than this
    pub give_up_at: DateTime<Utc>,
}

/// A mail that this process may send now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// Its number
    pub id: i64,
    /// How often it was claimed: the fencing token
    pub attempt: i64,
    /// What it is for
    pub kind: MailKind,
    /// Which edition it brings
    pub edition: Option<i64>,
    /// To whom
    pub address: String,
    /// In which language
    pub language: Language,
    /// Its own subject and text, if it brings no edition
    pub own: Option<(String, String)>,
    /// With its angle brackets
    pub message_id: String,
    /// When it was put into the outbox: its Date
    pub created: DateTime<Utc>,
    /// Which brief, for its list
    pub brief: Option<String>,
}

/// A move of a claimed mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Move {
    /// Which mail
    pub id: i64,
    /// The attempt that moves it
    pub attempt: i64,
    /// Where to
    pub to: State,
    /// What the server said, or what broke
    pub reply: String,
    /// When it is tried again, for a deferred one
    pub due: Option<DateTime<Utc>>,
}

/// A mail as people see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Mail {
    /// Its number
    pub id: i64,
    /// What it is for
    pub kind: MailKind,
    /// `BRIEF/N`, for a delivery
    pub edition: Option<String>,
    /// To whom
    pub address: String,
    /// In which language
    pub language: Language,
    /// Where it stands
    pub state: State,
    /// How often it was tried
    pub attempts: i64,
    /// How often nobody could say whether it went out
    pub unknowns: i64,
    /// The server's last word, or what broke
    pub reply: String,
    /// With its angle brackets
    pub message_id: String,
    /// When it came into this state
    pub since: DateTime<Utc>,
    /// When it is tried next, while it waits
    pub due: Option<DateTime<Utc>>,
}

/// How many mails are in each state.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Tally(pub std::collections::BTreeMap<State, i64>);

impl Tally {
    /// How many are in that state.
    pub fn of(&self, state: State) -> i64 {
        self.0.get(&state).copied().unwrap_or(0)
    }

    /// How many there are.
    pub fn all(&self) -> i64 {
        self.0.values().sum()
    }

    /// How many will still move by themselves.
    pub fn open(&self) -> i64 {
        self.0.iter().filter(|(state, _)| state.is_open()).map(|(_, count)| count).sum()
    }
}

/// What a dead courier left.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Recovered {
    /// Claimed with nothing written that a server could have taken: they wait again.
    pub returned: u64,
    /// The dot may have been written: nobody can say whether they went out.
    pub unknown: u64,
}

/// The states from which a mail may move to `to`, as SQL.
fn from(to: State) -> String {
    let codes: Vec<String> =
        State::ALL.into_iter().filter(|state| state.may_become(to)).map(|state| state.code().to_string()).collect();
    codes.join(", ")
}

impl Store {
    /// Puts a mail into the outbox. False if one with its Message-ID is there already.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn enqueue(&self, mail: &NewMail<'_>) -> Result<bool> {
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
        .execute(&self.pool)
        .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Claims mails that are due. Looks again at each: one whose subscription ended, whose address is suppressed, whose
    /// edition was stopped or whose time is over is settled here instead. While the store is on hold, none is given.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn lease(&self, lease: &Lease<'_>, limit: i64) -> Result<Vec<Claim>> {
        let clock = self.lease_clock(lease.now).await?;
        if self.setting(Setting::Hold).await?.is_some() {
            return Ok(Vec::new());
        }
        let now = micros(lease.now);
        let mut tx = self.begin().await?;
        let taken = sqlx::query(sql(format!(
            "UPDATE mail SET state = 1, owner = $1, lease_until = $2, attempts = attempts + 1, changed_at = $3
             WHERE id IN (SELECT id FROM mail WHERE state IN (0, 4) AND due_at <= $3 ORDER BY due_at, id LIMIT $4{})
             RETURNING id",
            self.dialect.skip_locked()
        )))
        .bind(lease.owner.to_owned())
        .bind(clock + lease.length.num_microseconds().unwrap_or(0))
        .bind(now)
        .bind(limit)
        .fetch_all(&mut *tx)
        .await?;
        let (mut claims, mut settled) = (Vec::new(), Vec::new());
        for row in taken {
            let id: i64 = row.try_get(0)?;
            let row = sqlx::query(
                "SELECT m.*, e.state AS edition_state, e.brief AS brief, s.state AS subscription_state,
                 x.reason AS suppressed
                 FROM mail m
                 LEFT JOIN edition e ON e.id = m.edition
                 LEFT JOIN subscriber u ON u.id = m.subscriber
                 LEFT JOIN subscription s ON s.subscriber = m.subscriber AND s.brief = e.brief
                 LEFT JOIN suppression x ON x.address_key = u.address_key
                 WHERE m.id = $1",
            )
            .bind(id)
            .fetch_one(&mut *tx)
            .await?;
            let claim = claim(&row)?;
            match no_longer(&row, now)? {
                None => claims.push(claim),
                Some((to, why)) => {
                    settled.push(Move { id, attempt: claim.attempt, to, reply: why.to_owned(), due: None });
                }
            }
        }
        claims.sort_by_key(|claim| claim.id);
        for step in &settled {
            apply(&mut tx, step, lease.owner, now).await?;
        }
        tx.commit().await?;
        Ok(claims)
    }

    /// Moves claimed mails, all in one commit. Tells for each whether it was moved: it is not if the move is illegal, or
    /// somebody stopped it or took it over since.
    ///
    /// # Errors
    /// Those of the database; then none was moved.
    pub async fn settle(&self, moves: &[Move], owner: &str, now: DateTime<Utc>) -> Result<Vec<bool>> {
        let mut tx = self.begin().await?;
        let mut moved = Vec::with_capacity(moves.len());
        for step in moves {
            moved.push(apply(&mut tx, step, owner, micros(now)).await?);
        }
        tx.commit().await?;
        Ok(moved)
    }

    /// Settles what couriers left that are gone: all others if `alone`, else those whose lease ran out.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn recover(&self, owner: &str, alone: bool, now: DateTime<Utc>) -> Result<Recovered> {
        let clock = self.lease_clock(now).await?;
        let mut tx = self.begin().await?;
        let mut counts = [0, 0];
        let steps = [
            (State::Claimed, State::Pending, "its courier was gone before the mail was written"),
            (State::DotWritten, State::Unknown, "its courier was gone before the server's answer was kept"),
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
            .bind(i64::from(to == State::Unknown))
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

    /// After a restore from a backup nobody can say what went out since: every unfinished mail becomes unknown.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn doubt_unfinished(&self, now: DateTime<Utc>) -> Result<u64> {
        let done = sqlx::query(sql(format!(
            "UPDATE mail SET state = {}, reply = 'the store was restored from a backup', owner = NULL,
             lease_until = NULL, unknowns = unknowns + 1, changed_at = $1 WHERE state IN ({}) AND state <> {}",
            State::Unknown.code(),
            from(State::Unknown),
            State::Unknown.code(),
        )))
        .bind(micros(now))
        .execute(&self.pool)
        .await?;
        Ok(done.rows_affected())
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
        let row = sqlx::query("SELECT due_at FROM mail WHERE state IN (0, 4) ORDER BY due_at, id LIMIT 1")
            .fetch_optional(&self.pool)
            .await?;
        row.map(|row| time(row.try_get(0)?)).transpose()
    }

    /// How many mails of an edition, or of all, are in each state.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn tally(&self, edition: Option<i64>) -> Result<Tally> {
        let rows = sqlx::query("SELECT state, COUNT(*) FROM mail WHERE ($1 = 0 OR edition = $1) GROUP BY state")
            .bind(edition.unwrap_or(0))
            .fetch_all(&self.pool)
            .await?;
        let mut tally = Tally::default();
        for row in rows {
            tally.0.insert(state(row.try_get(0)?)?, row.try_get(1)?);
        }
        Ok(tally)
    }

    /// Mails in the order in which they were put in, `limit` of them after number `after`: of one edition or of all, in
    /// one state or in any.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn mails(
        &self,
        edition: Option<i64>,
        in_state: Option<State>,
        after: i64,
        limit: i64,
    ) -> Result<Vec<Mail>> {
        let rows = sqlx::query(
            "SELECT m.*, e.brief AS brief, e.number AS number FROM mail m LEFT JOIN edition e ON e.id = m.edition
             WHERE m.id > $1 AND ($2 = 0 OR m.edition = $2) AND ($3 = -1 OR m.state = $3) ORDER BY m.id LIMIT $4",
        )
        .bind(after)
        .bind(edition.unwrap_or(0))
        .bind(in_state.map_or(-1, State::code))
        .bind(limit)
        .fetch_all(&self.pool)
        .await?;
        rows.iter().map(mail).collect()
    }
}

/// Why a claimed mail must not be sent after all.
fn no_longer(row: &AnyRow, now: i64) -> Result<Option<(State, &'static str)>> {
    let give_up: i64 = row.try_get("give_up_at")?;
    let suppressed: Option<String> = row.try_get("suppressed")?;
    let edition: Option<String> = row.try_get("edition_state")?;
    let subscription: Option<i64> = row.try_get("subscription_state")?;
    let has_subscriber = row.try_get::<Option<i64>, _>("subscriber")?.is_some();
    Ok(if edition.as_deref() == Some("stopped") {
        Some((State::Cancelled, "the edition was stopped"))
    } else if suppressed.is_some() {
        Some((State::Cancelled, "the address is suppressed"))
    } else if has_subscriber && subscription != Some(subscribers::State::Active.code()) {
        Some((State::Cancelled, "the subscription ended"))
    } else if give_up <= now {
        Some((State::Expired, "the time in which it was worth sending is over"))
    } else {
        None
    })
}

async fn apply(tx: &mut Transaction<'_, Any>, step: &Move, owner: &str, now: i64) -> Result<bool> {
    let in_flight = step.to == State::DotWritten;
    let done = sqlx::query(sql(format!(
        "UPDATE mail SET state = $1, reply = $2, changed_at = $3, due_at = CASE WHEN $4 >= 0 THEN $4 ELSE due_at END,
         unknowns = unknowns + $5{} WHERE id = $6 AND attempts = $7 AND owner = $8 AND state IN ({})",
        if in_flight { "" } else { ", owner = NULL, lease_until = NULL" },
        from(step.to),
    )))
    .bind(step.to.code())
    .bind(step.reply.clone())
    .bind(now)
    .bind(step.due.map_or(-1, micros))
    .bind(i64::from(step.to == State::Unknown))
    .bind(step.id)
    .bind(step.attempt)
    .bind(owner.to_owned())
    .execute(&mut **tx)
    .await?;
    Ok(done.rows_affected() == 1)
}

fn state(code: i64) -> Result<State> {
    State::from_code(code).ok_or_else(|| Error::Corrupt(format!("the mail state {code}")))
}

fn claim(row: &AnyRow) -> Result<Claim> {
    let subject: Option<String> = row.try_get("subject")?;
    let text: Option<String> = row.try_get("text")?;
    Ok(Claim {
        id: row.try_get("id")?,
        attempt: row.try_get("attempts")?,
        kind: MailKind::of(&row.try_get::<String, _>("kind")?)?,
        edition: row.try_get("edition")?,
        address: row.try_get("address")?,
        language: word(row, "language")?,
        own: subject.zip(text),
        message_id: row.try_get("message_id")?,
        created: time(row.try_get("created_at")?)?,
        brief: row.try_get("brief")?,
    })
}

fn mail(row: &AnyRow) -> Result<Mail> {
    let brief: Option<String> = row.try_get("brief")?;
    let number: Option<i64> = row.try_get("number")?;
    let state = state(row.try_get("state")?)?;
    let waits = matches!(state, State::Pending | State::Deferred);
    Ok(Mail {
        id: row.try_get("id")?,
        kind: MailKind::of(&row.try_get::<String, _>("kind")?)?,
        edition: brief.zip(number).map(|(brief, number)| format!("{brief}/{number}")),
        address: row.try_get("address")?,
        language: word(row, "language")?,
        state,
        attempts: row.try_get("attempts")?,
        unknowns: row.try_get("unknowns")?,
        reply: row.try_get("reply")?,
        message_id: row.try_get("message_id")?,
        since: time(row.try_get("changed_at")?)?,
        due: if waits { Some(time(row.try_get("due_at")?)?) } else { None },
    })
}
