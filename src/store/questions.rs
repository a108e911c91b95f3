//! What is asked of the outbox, as SQL, with a test that each question goes by its index: an outbox of a million mails is
//! answered as fast as a small one.

use super::dialect::Dialect;
use crate::delivery::rules::{DeliveryGuarantee, State};

/// A row if nothing may be sent now: after a restore, or by a person's word.
pub(super) const WAITS: &str = "SELECT 1 FROM meta WHERE key IN ('hold', 'pause')";

/// Mails that are due, with all that decides whether they may still go, the longest due first; none while the store is
/// on hold. The states are written out as in the index `mail_due`, else it is not used. An address' key is its ASCII form
/// in lower case, so this knows suppressed addresses that never subscribed, too. `$1` now, `$2` how many.
pub(super) fn due(dialect: Dialect) -> String {
    let (by_due, skip_locked) = (dialect.by_due(), dialect.skip_locked());
    format!(
        "SELECT m.*, e.state AS edition_state, e.brief AS brief, e.paused_at AS edition_paused, s.state AS subscription_state, x.reason AS suppressed
         FROM mail m{by_due}
         LEFT JOIN edition e ON e.id = m.edition
         LEFT JOIN subscription s ON s.subscriber = m.subscriber AND s.brief = e.brief
         LEFT JOIN suppression x ON x.address_key = LOWER(m.address)
         WHERE m.state IN (0, 4) AND m.due_at <= $1 AND NOT EXISTS ({WAITS})
         ORDER BY m.due_at, m.id LIMIT $2{skip_locked}"
    )
}

/// The states from which a mail may move to `to`, as SQL.
pub(super) fn from(to: State) -> String {
    list(State::ALL.into_iter().filter(|state| state.may_become(to)).map(State::code))
}

/// Moves of claimed mails, all in one statement, as each courier's ledger writes them: it is the dearest question of a
/// campaign. Gives the number and the state of those that were moved. Only a move that is legal, of the attempt and the
/// owner that hold the mail, changes its row. One that is unknown and has a time waits to be sent again; while everything
/// is on hold, one whose dot would be next waits again instead, due as before.
///
/// `$1` JSON: for each its `id`, `attempt`, state as `goal`, its [`origins`], `reply`, and
/// when it is `due`, -1 for as before; `$2` now, `$3` whose they are, `$4` what is said of those that wait again.
pub(super) fn moving(dialect: Dialect) -> String {
    let [pending, dot, unknown] = [State::Pending, State::DotWritten, State::Unknown].map(State::code);
    let again = DeliveryGuarantee::AtLeastOnce.in_doubt().code();
    let step = |name: &str| format!("CAST(value ->> '{name}' AS BIGINT) AS {name}");
    format!(
        "UPDATE mail SET
         state = CASE WHEN step.target = {unknown} AND step.due >= 0 THEN {again} ELSE step.target END,
         reply = CASE WHEN step.target = step.goal THEN step.reply ELSE $4 END, changed_at = $2,
         due_at = CASE WHEN step.due >= 0 AND step.target = step.goal THEN step.due ELSE due_at END,
         unknowns = unknowns + CASE WHEN step.target = {unknown} THEN 1 ELSE 0 END,
         owner = CASE WHEN step.target = {dot} THEN owner END,
         lease_until = CASE WHEN step.target = {dot} THEN lease_until END,
         uncounted = uncounted + CASE WHEN step.target = {pending} THEN 1 ELSE 0 END
         FROM (SELECT {}, {}, {}, {}, {}, value ->> 'reply' AS reply,
               CASE WHEN CAST(value ->> 'goal' AS BIGINT) = {dot} AND EXISTS ({WAITS}) THEN {pending}
               ELSE CAST(value ->> 'goal' AS BIGINT) END AS target FROM {}) AS step
         WHERE mail.id = step.id AND mail.attempts = step.attempt AND mail.owner = $3
         AND (step.origins >> CAST(mail.state AS INTEGER)) % 2 = 1
         RETURNING mail.id, mail.state",
        step("id"),
        step("attempt"),
        step("goal"),
        step("origins"),
        step("due"),
        dialect.elements(),
    )
}

/// As [`moving`], but all or none: none if one of them would not be moved, or everything is on hold. It gives no rows, and
/// SQLite hands over each row from thread to thread. `$1` to `$3` as there, `$4` how many.
pub(super) fn moving_all() -> String {
    let [dot, unknown] = [State::DotWritten, State::Unknown].map(State::code);
    let again = DeliveryGuarantee::AtLeastOnce.in_doubt().code();
    let step = |name: &str| format!("CAST(value ->> '{name}' AS BIGINT) AS {name}");
    format!(
        "WITH step AS MATERIALIZED (
             SELECT {}, {}, {}, {}, {}, value ->> 'reply' AS reply FROM {}
         ), legal AS MATERIALIZED (
             SELECT step.* FROM step JOIN mail ON mail.id = step.id WHERE mail.attempts = step.attempt AND mail.owner = $3
             AND (step.origins >> CAST(mail.state AS INTEGER)) % 2 = 1
         )
         UPDATE mail SET
         state = CASE WHEN legal.goal = {unknown} AND legal.due >= 0 THEN {again} ELSE legal.goal END,
         reply = legal.reply, changed_at = $2,
         due_at = CASE WHEN legal.due >= 0 THEN legal.due ELSE due_at END,
         unknowns = unknowns + CASE WHEN legal.goal = {unknown} THEN 1 ELSE 0 END,
         owner = CASE WHEN legal.goal = {dot} THEN owner END,
         lease_until = CASE WHEN legal.goal = {dot} THEN lease_until END,
         uncounted = uncounted + CASE WHEN legal.goal = {} THEN 1 ELSE 0 END
         FROM legal WHERE mail.id = legal.id AND (SELECT COUNT(*) FROM legal) = $4 AND NOT EXISTS ({WAITS})",
        step("id"),
        step("attempt"),
        step("goal"),
        step("origins"),
        step("due"),
        Dialect::Sqlite.elements(),
        State::Pending.code(),
    )
}

/// The states from which a mail may move to `to`, a bit for each.
pub(super) fn origins(to: State) -> i64 {
    State::ALL.into_iter().filter(|state| state.may_become(to)).map(|state| 1 << state.code()).sum()
}

/// When the next mail is due.
pub(super) fn next_due(dialect: Dialect) -> String {
    format!("SELECT due_at FROM mail m{} WHERE state IN (0, 4) ORDER BY due_at, id LIMIT 1", dialect.by_due())
}

/// All of a subscriber that is not written yet becomes cancelled; by the subscriber's few mails, not by all that wait (the
/// `+` hides the state from its index). `$1` now, `$2` why, `$3` the address' key.
pub(super) const TAKE_BACK: &str =
    "UPDATE mail SET state = 7, owner = NULL, lease_until = NULL, changed_at = $1, reply = $2
     WHERE subscriber IN (SELECT id FROM subscriber WHERE address_key = $3) AND +state IN (0, 1, 4)";

pub(super) const TALLY: &str = "SELECT state, COUNT(*) FROM mail GROUP BY state";

/// All states are named, so that the index over (state, edition) is used.
pub(super) fn tally_of_edition() -> String {
    let all = list(State::ALL.into_iter().map(State::code));
    format!("SELECT state, COUNT(*) FROM mail WHERE edition = $1 AND state IN ({all}) GROUP BY state")
}

/// Mails that bring no edition, by their kind; they are few beside those that do, and found by the same index.
pub(super) fn tally_of_others() -> String {
    let all = list(State::ALL.into_iter().map(State::code));
    format!("SELECT state, kind, COUNT(*) FROM mail WHERE edition IS NULL AND state IN ({all}) GROUP BY state, kind")
}

/// When the last mail was sent.
pub(super) fn last_sent(dialect: Dialect) -> String {
    format!("SELECT changed_at FROM mail{} WHERE state = 3 ORDER BY changed_at DESC LIMIT 1", dialect.by_sent())
}

/// What became of the occurrences of each schedule; along the ledger, which has a line for each slot and no more.
pub(super) const OUTCOMES: &str = "SELECT schedule, outcome, COUNT(*) AS count FROM occurrence
     WHERE outcome IS NOT NULL GROUP BY schedule, outcome ORDER BY schedule, outcome";

/// Held editions that no later one made moot.
pub(super) const HELD: &str = "SELECT brief, number, slot_utc FROM edition e WHERE state = 'held' AND NOT EXISTS
     (SELECT 1 FROM edition later WHERE later.brief = e.brief AND later.number > e.number
     AND later.state = 'released') ORDER BY brief, number";

/// Editions that are paused since the server refuses us.
pub(super) const PAUSED: &str = "SELECT brief, COUNT(*) FROM edition
     WHERE paused_at IS NOT NULL AND state = 'released' GROUP BY brief ORDER BY brief";

/// One text for each question. Where few mails are meant they are found by the index; where many may be, page after page
/// goes along the table once: a `+` hides a column from the index. `$1` after which number, `$2` how many, `$3` which edition.
pub(super) fn listing(of_edition: bool, in_state: Option<State>) -> String {
    let which = match (of_edition, in_state) {
        (false, None) => "$3 = 0".to_owned(),
        (true, None) => "+m.edition = $3".to_owned(),
        (true, Some(state)) => format!("m.edition = $3 AND m.state = {}", state.code()),
        (false, Some(state)) => {
            let many = matches!(state, State::Pending | State::Sent | State::Cancelled | State::Expired);
            format!("$3 = 0 AND {}m.state = {}", if many { "+" } else { "" }, state.code())
        }
    };
    format!(
        "SELECT m.*, e.brief AS brief, e.number AS number FROM mail m LEFT JOIN edition e ON e.id = m.edition
         WHERE m.id > $1 AND {which} ORDER BY m.id LIMIT $2"
    )
}

/// Mails of a paused edition that are due, as many as are put aside at once; not those that are put aside already. `$1` now,
/// `$2` how many, `$3` the edition, which must be paused still.
pub(super) fn to_park(dialect: Dialect) -> String {
    format!(
        "SELECT m.id FROM mail m{} WHERE m.state IN (0, 4) AND m.due_at <= $1 AND m.give_up_at > $1 AND m.edition = $3
         AND EXISTS (SELECT 1 FROM edition e WHERE e.id = $3 AND e.paused_at IS NOT NULL)
         ORDER BY m.due_at, m.id LIMIT $2{}",
        dialect.by_due(),
        dialect.skip_locked()
    )
}

/// Mails of an edition that are due, as many as are put off at once. `$1` now, `$2` how many, `$3` the edition.
pub(super) fn to_put_off(dialect: Dialect) -> String {
    format!(
        "SELECT m.id FROM mail m{} WHERE m.state IN (0, 4) AND m.due_at <= $1 AND m.give_up_at > $1 AND m.edition = $3
         ORDER BY m.due_at, m.id LIMIT $2{}",
        dialect.by_due(),
        dialect.skip_locked()
    )
}

/// The last number and the count of an edition's next mails in one state. `$1` after which number, `$2` how many, `$3` the
/// edition.
pub(super) fn range(state: i64) -> String {
    format!(
        "SELECT MAX(id), COUNT(*) FROM (SELECT id FROM mail WHERE edition = $3 AND state = {state} AND id > $1
         ORDER BY id LIMIT $2) AS part"
    )
}

/// What was said of an edition's mails in one state. `$1` after which number, `$2` how many, `$3` the edition.
pub(super) fn replies(state: State) -> String {
    format!(
        "SELECT id, address, reply FROM mail WHERE edition = $3 AND state = {} AND id > $1 ORDER BY id LIMIT $2",
        state.code()
    )
}

/// How many were sent since `$1`, and the first of them; of the edition `$2` or of all.
pub(super) fn lately(dialect: Dialect, of_edition: bool) -> String {
    let which = if of_edition { "edition = $2" } else { "$2 = 0" };
    format!(
        "SELECT COUNT(*), MIN(changed_at) FROM mail{} WHERE state = 3 AND changed_at > $1 AND {which}",
        dialect.by_sent()
    )
}

/// When a mail of the edition `$1` was sent, refused or given up last.
pub(super) const LAST_MOVE: &str = "SELECT MAX(changed_at) FROM mail WHERE edition = $1 AND state IN (3, 5, 6, 8)";

/// Editions that are over and not told of. An edition with a million mails that wait is known by the first of them. `$1` now.
pub(super) fn unreported(columns: &str) -> String {
    format!(
        "SELECT {columns} FROM edition WHERE reported_at IS NULL AND released_at IS NOT NULL
         AND NOT EXISTS (SELECT 1 FROM mail m WHERE m.edition = edition.id AND m.state IN (0, 1, 2, 4)
         AND m.give_up_at > $1) ORDER BY id"
    )
}

/// Numbers as SQL.
pub(super) fn list(numbers: impl Iterator<Item = i64>) -> String {
    numbers.map(|number| number.to_string()).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use sqlx::Row;

    use super::*;
    use crate::store::{Store, sql};

    async fn plan(store: &Store, query: &str) -> String {
        let mut asked = sqlx::query(sql(format!("EXPLAIN QUERY PLAN {query}")));
        for number in ["$1", "$2", "$3", "$4", "$5"] {
            if query.contains(number) {
                asked = asked.bind(1i64);
            }
        }
        let rows = asked.fetch_all(&store.pool).await.unwrap();
        rows.iter().map(|row| row.try_get::<String, _>("detail").unwrap()).collect::<Vec<_>>().join("\n")
    }

    #[tokio::test]
    async fn every_question_goes_by_its_index() {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().join("plans.db").display());
        let store = Store::open(&url, chrono::DateTime::UNIX_EPOCH).await.unwrap();
        let due = plan(&store, &due(Dialect::Sqlite)).await;
        assert!(due.contains("SEARCH m USING INDEX mail_due (due_at<?)"), "{due}");
        assert!(!due.contains("TEMP B-TREE") && !due.contains("SCAN"), "{due}");
        let moving = plan(&store, &moving(Dialect::Sqlite)).await;
        assert!(moving.contains("SCAN json_each VIRTUAL TABLE"), "{moving}");
        assert!(moving.contains("SEARCH mail USING INTEGER PRIMARY KEY (rowid=?)"), "{moving}");
        let all = plan(&store, &moving_all()).await;
        let by_id = all.matches("SEARCH mail USING INTEGER PRIMARY KEY (rowid=?)").count();
        assert!(by_id == 2 && !all.contains("SCAN mail"), "{all}");
        let next = plan(&store, &next_due(Dialect::Sqlite)).await;
        assert_eq!(next, "SCAN m USING INDEX mail_due");
        let of_person = plan(&store, TAKE_BACK).await;
        assert!(of_person.contains("SEARCH mail USING INDEX sqlite_autoindex_mail_2 (subscriber=?)"), "{of_person}");
        let all = plan(&store, TALLY).await;
        assert_eq!(all, "SCAN mail USING COVERING INDEX mail_state");
        let one = plan(&store, &tally_of_edition()).await;
        assert_eq!(one, "SEARCH mail USING COVERING INDEX mail_state (state=? AND edition=?)");
        let unknown = plan(&store, &listing(false, Some(State::Unknown))).await;
        assert!(unknown.contains("SEARCH m USING INDEX mail_state (state=?"), "{unknown}");
        let failed = plan(&store, &listing(true, Some(State::Failed))).await;
        assert!(failed.contains("SEARCH m USING INDEX mail_state (state=? AND edition=?"), "{failed}");
        let aside = plan(&store, &to_park(Dialect::Sqlite)).await;
        assert!(aside.contains("SEARCH m USING INDEX mail_due (due_at<?)"), "{aside}");
        assert!(!aside.contains("TEMP B-TREE"), "{aside}");
        let off = plan(&store, &to_put_off(Dialect::Sqlite)).await;
        assert!(off.contains("SEARCH m USING INDEX mail_due (due_at<?)") && !off.contains("TEMP B-TREE"), "{off}");
        for query in [range(5), replies(State::Failed)] {
            let part = plan(&store, &query).await;
            assert!(
                part.contains("USING") && part.contains("INDEX mail_state (state=? AND edition=? AND rowid>?)"),
                "{part}"
            );
            assert!(!part.contains("TEMP B-TREE"), "{part}");
        }
        for of_edition in [true, false] {
            let sent = plan(&store, &lately(Dialect::Sqlite, of_edition)).await;
            assert!(sent.starts_with("SEARCH mail USING COVERING INDEX mail_sent (changed_at>?"), "{sent}");
        }
        let others = plan(&store, &tally_of_others()).await;
        assert!(others.contains("SEARCH mail USING INDEX mail_state (state=? AND edition=?)"), "{others}");
        let last = plan(&store, &last_sent(Dialect::Sqlite)).await;
        assert_eq!(last, "SCAN mail USING COVERING INDEX mail_sent");
        let over = plan(&store, &unreported("id")).await;
        assert!(over.contains("SCAN edition USING") && over.contains("INDEX edition_unreported"), "{over}");
        assert!(over.contains("SEARCH m USING INDEX mail_state (state=? AND edition=?)"), "{over}");
        for (of_edition, state) in [(true, None), (false, Some(State::Sent)), (false, None)] {
            let along = plan(&store, &listing(of_edition, state)).await;
            assert!(along.contains("SEARCH m USING INTEGER PRIMARY KEY (rowid>?)"), "{along}");
            assert!(!along.contains("TEMP B-TREE"), "{along}");
        }
    }
}
