//! The SQL of the outbox, with a test that every query goes by its index: an outbox of a million mails answers as fast as a
//! small one. The states are written out in the text, as in the partial indexes, which are not used otherwise.

use crate::{
    base::ids::EditionId,
    delivery::rules::{DeliveryGuarantee, State},
    store::{dialect::Dialect, outbox::mail::MailKind},
};

/// The states of mails that wait to be claimed, as in the index `mail_due`.
const WAITING: [State; 2] = [State::Pending, State::Deferred];

/// Returns a row while the store is on hold: after a restore, or because a person paused everything. Mails to the operators
/// go all the same: one of them says that it has been so for long.
pub(super) const ON_HOLD: &str = "SELECT 1 FROM meta WHERE key IN ('hold', 'pause')";

/// A mail with all that decides whether it may still go, from [`DECIDERS`].
const ALL_THAT_DECIDES: &str = "SELECT m.*, e.state AS edition_state, e.brief AS brief, e.paused_at AS edition_paused,
     s.id AS subscription, s.created_at AS subscription_made, s.state AS subscription_state,
     COALESCE((SELECT MAX(f.until_at) FROM former_address f WHERE f.subscriber = s.subscriber), s.created_at) AS settled_at,
     x.reason AS suppressed, x.actor AS suppressed_by";
const DECIDERS: &str = "LEFT JOIN edition e ON e.id = m.edition
     LEFT JOIN subscription s ON s.subscriber = m.subscriber AND s.brief = e.brief
     LEFT JOIN suppression x ON x.address_key = LOWER(m.address)";

/// Mails that are due, with all that decides whether they may still go, the longest due first; none while the store is on
/// hold. With `urgent` only those that do not wait behind an edition. An address' key is its ASCII form in lower case, so that
/// suppressed addresses which never subscribed are found too. `$1` now, `$2` maximum number.
pub(super) fn due(dialect: Dialect, urgent: bool) -> String {
    let (skip_locked, waiting) = (dialect.skip_locked(), codes(WAITING));
    let (by_due, which) = if urgent { (dialect.by_urgent(), "m.urgent = 1 AND ") } else { (dialect.by_due(), "") };
    format!(
        "{ALL_THAT_DECIDES} FROM mail m{by_due} {DECIDERS}
         WHERE {which}m.state IN ({waiting}) AND m.due_at <= $1 AND NOT EXISTS ({ON_HOLD})
         ORDER BY m.due_at, m.id LIMIT $2{skip_locked}"
    )
}

/// A row if an urgent mail is due. `$1` now.
pub(super) fn is_urgent_due(dialect: Dialect) -> String {
    let (by_urgent, waiting) = (dialect.by_urgent(), codes(WAITING));
    format!("SELECT 1 FROM mail m{by_urgent} WHERE m.urgent = 1 AND m.state IN ({waiting}) AND m.due_at <= $1 LIMIT 1")
}

/// Is a mail's address in a domain? `DOMAIN` stands for that, which is in lower case.
pub(in crate::store) const IN_DOMAIN: &str =
    "LOWER(SUBSTR(mail.address, LENGTH(mail.address) - LENGTH(DOMAIN))) = '@' || DOMAIN";

/// The address to which a mail goes when it waits again: that of its subscriber, who may have changed it while the mail was at
/// its dot, unknown or refused. Read for those that wait again only, which in a campaign are few.
pub(super) const ADDRESS_NOW: &str =
    "COALESCE((SELECT u.address_ascii FROM subscriber u WHERE u.id = mail.subscriber), address)";

/// The codes of states, as a list in SQL.
pub(in crate::store) fn codes(states: impl IntoIterator<Item = State>) -> String {
    list(states.into_iter().map(State::code))
}

/// The codes of the states from which a mail may move to `to`, as a list in SQL.
pub(super) fn origins_of(to: State) -> String {
    codes(State::ALL.into_iter().filter(|state| state.may_become(to)))
}

/// Moves of claimed mails, all in one statement, as the ledger of a courier writes them: the most expensive query of a
/// campaign. Returns the id and the state of the mails that were moved. Only a legal move by the attempt and the owner that
/// hold the mail changes its row. An unknown mail with a time waits to be sent again. What waits again
/// goes to [`ADDRESS_NOW`]. While the store is on hold, a mail to a reader whose dot would be next waits again instead, due as
/// before.
///
/// `$1` JSON, for each mail its `id`, `attempt`, new state as `goal`, the [`origins`] of that state, `reply`, and when it is
/// `due` (-1 for as before); `$2` now, `$3` the owner, `$4` the reply of mails that wait again.
pub(super) fn moving(dialect: Dialect) -> String {
    let [pending, dot, unknown] = [State::Pending, State::DotWritten, State::Unknown].map(State::code);
    let (again, operator) = (DeliveryGuarantee::AtLeastOnce.in_doubt().code(), MailKind::Operator.word());
    let waiting = codes(WAITING);
    let step = |name: &str| format!("CAST(value ->> '{name}' AS BIGINT) AS {name}");
    format!(
        "UPDATE mail SET
         state = CASE WHEN step.target = {unknown} AND step.due >= 0 THEN {again} ELSE step.target END,
         address = CASE WHEN step.target IN ({waiting}) OR step.target = {unknown} AND step.due >= 0 THEN {ADDRESS_NOW}
                   ELSE address END,
         reply = CASE WHEN step.target = step.goal THEN step.reply ELSE $4 END, changed_at = $2,
         due_at = CASE WHEN step.due >= 0 AND step.target = step.goal THEN step.due ELSE due_at END,
         unknowns = unknowns + CASE WHEN step.target = {unknown} THEN 1 ELSE 0 END,
         owner = CASE WHEN step.target = {dot} THEN owner END,
         lease_until = CASE WHEN step.target = {dot} THEN lease_until END,
         uncounted = uncounted + CASE WHEN step.target = {pending} THEN 1 ELSE 0 END
         FROM (SELECT {}, {}, {}, {}, {}, value ->> 'reply' AS reply,
               CASE WHEN CAST(value ->> 'goal' AS BIGINT) = {dot} AND EXISTS ({ON_HOLD})
                         AND NOT EXISTS (SELECT 1 FROM mail held WHERE held.id = CAST(value ->> 'id' AS BIGINT)
                                         AND held.kind = '{operator}') THEN {pending}
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

/// As [`moving`], but all or none: none if one of the mails would not be moved, or the store is on hold. Returns no rows,
/// since SQLite hands every row from thread to thread. Only if some mails may wait `again` are addresses read and written: most
/// moves of a campaign go on. `$1` to `$3` as there, `$4` the number of moves.
pub(super) fn moving_all(again: bool) -> String {
    let [dot, unknown] = [State::DotWritten, State::Unknown].map(State::code);
    let (in_doubt, waiting) = (DeliveryGuarantee::AtLeastOnce.in_doubt().code(), codes(WAITING));
    let address = match again {
        true => format!(
            "address = CASE WHEN legal.goal IN ({waiting}) OR legal.goal = {unknown} AND legal.due >= 0 THEN {ADDRESS_NOW}
                       ELSE address END,"
        ),
        false => String::new(),
    };
    let step = |name: &str| format!("CAST(value ->> '{name}' AS BIGINT) AS {name}");
    format!(
        "WITH step AS MATERIALIZED (
             SELECT {}, {}, {}, {}, {}, value ->> 'reply' AS reply FROM {}
         ), legal AS MATERIALIZED (
             SELECT step.* FROM step JOIN mail ON mail.id = step.id WHERE mail.attempts = step.attempt AND mail.owner = $3
             AND (step.origins >> CAST(mail.state AS INTEGER)) % 2 = 1
         )
         UPDATE mail SET
         state = CASE WHEN legal.goal = {unknown} AND legal.due >= 0 THEN {in_doubt} ELSE legal.goal END,
         {address} reply = legal.reply, changed_at = $2,
         due_at = CASE WHEN legal.due >= 0 THEN legal.due ELSE due_at END,
         unknowns = unknowns + CASE WHEN legal.goal = {unknown} THEN 1 ELSE 0 END,
         owner = CASE WHEN legal.goal = {dot} THEN owner END,
         lease_until = CASE WHEN legal.goal = {dot} THEN lease_until END,
         uncounted = uncounted + CASE WHEN legal.goal = {} THEN 1 ELSE 0 END
         FROM legal WHERE mail.id = legal.id AND (SELECT COUNT(*) FROM legal) = $4 AND NOT EXISTS ({ON_HOLD})",
        step("id"),
        step("attempt"),
        step("goal"),
        step("origins"),
        step("due"),
        Dialect::Sqlite.elements(),
        State::Pending.code(),
    )
}

/// The states from which a mail may move to `to`, as a bit set by their codes.
pub(super) fn origins(to: State) -> i64 {
    State::ALL.into_iter().filter(|state| state.may_become(to)).map(|state| 1 << state.code()).sum()
}

/// As [`due`], of the mails that go while the store is on hold: those to the operators. By the index of the states, since all
/// others may be due.
pub(super) fn due_on_hold(dialect: Dialect) -> String {
    let (skip_locked, waiting, operator) = (dialect.skip_locked(), codes(WAITING), MailKind::Operator.word());
    format!(
        "{ALL_THAT_DECIDES} FROM mail m {DECIDERS}
         WHERE m.state IN ({waiting}) AND m.edition IS NULL AND m.kind = '{operator}' AND m.due_at <= $1
         ORDER BY m.due_at, m.id LIMIT $2{skip_locked}"
    )
}

/// When the next mail is due.
pub(super) fn next_due(dialect: Dialect) -> String {
    let (by_due, waiting) = (dialect.by_due(), codes(WAITING));
    format!("SELECT due_at FROM mail m{by_due} WHERE state IN ({waiting}) ORDER BY due_at, id LIMIT 1")
}

/// Mails that are cancelled together, and the reason.
#[derive(Debug, Clone, Copy)]
pub(in crate::store) enum Cancelled<'a> {
    /// All of an edition, since it was stopped.
    OfStopped(EditionId),
    /// Deliveries to the person whose address has this key, since their subscription ended: of one brief or of all.
    OfLeft { key: &'a str, brief: Option<&'a str> },
    /// Deliveries to the person whose address has this key, since it is suppressed.
    OfSuppressed(&'a str),
    /// Mails to the address with this key that bring no edition, since it is suppressed.
    OthersOfSuppressed(&'a str),
}

/// Cancels mails. A person's mails are few: they are found by the person, not among all mails that wait (the `+` hides the
/// state from its index). `$1` now, `$2` the reason, `$3` the edition or the address' key, `$4` the brief of
/// `OfLeft` if it has one.
pub(super) fn cancelling(mails: Cancelled<'_>, dialect: Dialect) -> String {
    let origins = origins_of(State::Cancelled);
    let which = match mails {
        Cancelled::OfStopped(_) => format!(
            "id IN (SELECT id FROM mail WHERE edition = $3 AND state IN ({origins}) ORDER BY id{})",
            dialect.locked()
        ),
        Cancelled::OfLeft { .. } | Cancelled::OfSuppressed(_) => {
            let of_brief = match mails {
                Cancelled::OfLeft { brief: Some(_), .. } => " AND edition IN (SELECT id FROM edition WHERE brief = $4)",
                _ => "",
            };
            format!(
                "subscriber IN (SELECT id FROM subscriber WHERE address_key = $3) AND +state IN ({origins}){of_brief}"
            )
        }
        Cancelled::OthersOfSuppressed(_) => {
            format!("LOWER(address) = $3 AND subscriber IS NULL AND +state IN ({origins})")
        }
    };
    // Rows are locked in the order of their numbers, as by all that changes many.
    let which = match (mails, dialect.locked()) {
        (Cancelled::OfStopped(_), _) | (_, "") => which,
        (_, locked) => format!("id IN (SELECT id FROM mail WHERE {which} ORDER BY id{locked})"),
    };
    format!(
        "UPDATE mail SET state = {}, owner = NULL, lease_until = NULL, changed_at = $1, reply = $2 WHERE {which}",
        State::Cancelled.code()
    )
}

/// The number of mails to the reader `$1` that are at their dot: of the editions of the brief `$2`, or of all if that is
/// empty. They are found by the reader.
pub(super) fn at_dot_of() -> String {
    format!(
        "SELECT COUNT(*) FROM mail WHERE subscriber = $1 AND +state = {}
         AND ($2 = '' OR edition IN (SELECT id FROM edition WHERE brief = $2))",
        State::DotWritten.code()
    )
}

pub(super) const TALLY: &str = "SELECT state, COUNT(*) FROM mail GROUP BY state";

/// Names all states, so that the index over (state, edition) is used.
pub(super) fn tally_of_edition() -> String {
    let all = codes(State::ALL);
    format!("SELECT state, COUNT(*) FROM mail WHERE edition = $1 AND state IN ({all}) GROUP BY state")
}

/// Mails that bring no edition, by kind and state. They are few beside the others, and found by the same index.
pub(super) fn tally_of_others() -> String {
    let all = codes(State::ALL);
    format!("SELECT state, kind, COUNT(*) FROM mail WHERE edition IS NULL AND state IN ({all}) GROUP BY state, kind")
}

/// When the last mail was sent.
pub(super) fn last_sent(dialect: Dialect) -> String {
    let (by_sent, sent) = (dialect.by_sent(), State::Sent.code());
    format!("SELECT changed_at FROM mail{by_sent} WHERE state = {sent} ORDER BY changed_at DESC LIMIT 1")
}

/// Mails in the order of enqueueing. Where few mails match, they are found by the index. Where many may match, the pages go
/// along the table once: a `+` hides a column from the index. `$1` the mail before the first, `$2` maximum number, `$3` the
/// edition, `$4` the brief, `$5` the key of the address.
pub(super) fn listing(listed: Listed) -> String {
    format!(
        "SELECT m.*, e.brief AS brief, e.number AS number FROM mail m LEFT JOIN edition e ON e.id = m.edition
         WHERE m.id > $1 AND {} ORDER BY m.id LIMIT $2",
        listed.condition()
    )
}

/// The mail before the last `$2` of a list; the other values as in [`listing`].
pub(super) fn before_last(listed: Listed) -> String {
    format!(
        "SELECT COALESCE(MIN(id), 1) - 1 FROM (SELECT m.id AS id FROM mail m
         WHERE m.id > $1 AND {} ORDER BY m.id DESC LIMIT $2) AS part",
        listed.condition()
    )
}

/// Which mails a list names.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Listed {
    pub of_edition: bool,
    pub in_state: Option<State>,
    pub of_brief: bool,
    pub to_address: bool,
}

impl Listed {
    fn condition(self) -> String {
        let brief = match self.of_brief {
            true => "m.edition IN (SELECT id FROM edition WHERE brief = $4)",
            false => "$4 = ''",
        };
        // Mails that bring no edition have no subscriber. Not as an OR, for which PostgreSQL reads all mails.
        let address = match self.to_address {
            true => {
                "m.id IN (SELECT id FROM mail WHERE subscriber IN (SELECT id FROM subscriber WHERE address_key = $5)
                 UNION ALL SELECT id FROM mail WHERE subscriber IS NULL AND LOWER(address) = $5)"
            }
            false => "$5 = ''",
        };
        format!("{} AND {brief} AND {address}", by_state(self.of_edition, self.in_state))
    }
}

fn by_state(of_edition: bool, in_state: Option<State>) -> String {
    match (of_edition, in_state) {
        (false, None) => "$3 = 0".to_owned(),
        (true, None) => "+m.edition = $3".to_owned(),
        (true, Some(state)) => format!("m.edition = $3 AND m.state = {}", state.code()),
        (false, Some(state)) => {
            let many = matches!(state, State::Pending | State::Sent | State::Cancelled | State::Expired);
            format!("$3 = 0 AND {}m.state = {}", if many { "+" } else { "" }, state.code())
        }
    }
}

/// Mails of a paused edition that are due and were not put aside yet. `$1` now, `$2` maximum number, `$3` the edition, which
/// must still be paused.
pub(super) fn to_put_aside(dialect: Dialect) -> String {
    format!(
        "SELECT m.id FROM mail m{} WHERE m.state IN ({}) AND m.due_at <= $1 AND m.give_up_at > $1
         AND m.edition = $3
         AND EXISTS (SELECT 1 FROM edition e WHERE e.id = $3 AND e.paused_at IS NOT NULL)
         ORDER BY m.due_at, m.id LIMIT $2{}",
        dialect.by_due(),
        codes(WAITING),
        dialect.skip_locked()
    )
}

/// Mails of an edition that are due. `$1` now, `$2` maximum number, `$3` the edition.
pub(super) fn to_put_off(dialect: Dialect) -> String {
    format!(
        "SELECT m.id FROM mail m{} WHERE m.state IN ({}) AND m.due_at <= $1 AND m.give_up_at > $1
         AND m.edition = $3
         ORDER BY m.due_at, m.id LIMIT $2{}",
        dialect.by_due(),
        codes(WAITING),
        dialect.skip_locked()
    )
}

/// The last id and the count of an edition's next mails in one state. `$1` the mail before the first, `$2` maximum number,
/// `$3` the edition.
pub(super) fn range(state: State) -> String {
    let state = state.code();
    format!(
        "SELECT MAX(id), COUNT(*) FROM (SELECT id FROM mail WHERE edition = $3 AND state = {state} AND id > $1
         ORDER BY id LIMIT $2) AS part"
    )
}

/// Replies to an edition's mails in one state. `$1` the mail before the first, `$2` maximum number, `$3` the edition.
pub(super) fn replies(state: State) -> String {
    format!(
        "SELECT id, address, reply FROM mail WHERE edition = $3 AND state = {} AND id > $1 ORDER BY id LIMIT $2",
        state.code()
    )
}

/// The number of mails sent since `$1`, and when the first of them was; of the edition `$2` or of all.
pub(super) fn lately(dialect: Dialect, of_edition: bool) -> String {
    let which = if of_edition { "edition = $2" } else { "$2 = 0" };
    format!(
        "SELECT COUNT(*), MIN(changed_at) FROM mail{} WHERE state = {} AND changed_at > $1 AND {which}",
        dialect.by_sent(),
        State::Sent.code()
    )
}

/// When a mail of the edition `$1` was sent, refused or given up last.
pub(super) fn last_move() -> String {
    let ends = codes([State::Sent, State::Failed, State::Unknown, State::Expired]);
    format!("SELECT MAX(changed_at) FROM mail WHERE edition = $1 AND state IN ({ends})")
}

/// A row if mails that bring no edition are under way, or wait for their first attempt.
pub(super) fn others_on_their_way() -> String {
    let states = codes([State::Pending, State::Claimed, State::DotWritten]);
    format!("SELECT 1 FROM mail WHERE edition IS NULL AND state IN ({states}) LIMIT 1")
}

/// Editions that are over and not reported. Of an edition with a million mails that wait only the first one is looked at.
/// `$1` now.
pub(in crate::store) fn unreported(columns: &str) -> String {
    let open = codes(State::ALL.into_iter().filter(|state| state.is_open()));
    format!(
        "SELECT {columns} FROM edition WHERE reported_at IS NULL AND released_at IS NOT NULL
         AND NOT EXISTS (SELECT 1 FROM mail m WHERE m.edition = edition.id AND m.state IN ({open})
         AND m.give_up_at > $1) ORDER BY id"
    )
}

/// Numbers as a list in SQL.
pub(in crate::store) fn list(numbers: impl Iterator<Item = i64>) -> String {
    numbers.map(|number| number.to_string()).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use sqlx::Row;

    use super::*;
    use crate::store::{Store, dialect::sql};

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

    fn listed(of_edition: bool, in_state: Option<State>) -> Listed {
        Listed { of_edition, in_state, ..Listed::default() }
    }

    #[tokio::test]
    async fn every_query_goes_by_its_index() {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().join("plans.db").display());
        let store = Store::open(&url, chrono::DateTime::UNIX_EPOCH).await.unwrap();
        for (urgent, index) in [(false, "mail_due"), (true, "mail_urgent")] {
            let due = plan(&store, &due(Dialect::Sqlite, urgent)).await;
            assert!(due.contains(&format!("SEARCH m USING INDEX {index} (due_at<?)")), "{due}");
            assert!(!due.contains("TEMP B-TREE") && !due.contains("SCAN"), "{due}");
        }
        let urgent = plan(&store, &is_urgent_due(Dialect::Sqlite)).await;
        assert_eq!(urgent, "SEARCH m USING INDEX mail_urgent (due_at<?)");
        let held = plan(&store, &due_on_hold(Dialect::Sqlite)).await;
        assert!(held.contains("SEARCH m USING INDEX mail_state (state=? AND edition=?"), "{held}");
        let moving = plan(&store, &moving(Dialect::Sqlite)).await;
        assert!(moving.contains("SCAN json_each VIRTUAL TABLE"), "{moving}");
        assert!(moving.contains("SEARCH mail USING INTEGER PRIMARY KEY (rowid=?)"), "{moving}");
        for again in [false, true] {
            let all = plan(&store, &moving_all(again)).await;
            let by_id = all.matches("SEARCH mail USING INTEGER PRIMARY KEY (rowid=?)").count();
            assert!(by_id == 2 && !all.contains("SCAN mail") && !all.contains("SCAN u"), "{all}");
        }
        let next = plan(&store, &next_due(Dialect::Sqlite)).await;
        assert_eq!(next, "SCAN m USING INDEX mail_due");
        for brief in [None, Some("")] {
            let left = Cancelled::OfLeft { key: "", brief };
            let of_person = plan(&store, &cancelling(left, Dialect::Sqlite)).await;
            assert!(of_person.contains("SEARCH mail USING INDEX sqlite_autoindex_mail_2 (subscriber=?"), "{of_person}");
        }
        let at_dot = plan(&store, &at_dot_of()).await;
        assert!(at_dot.contains("SEARCH mail USING INDEX sqlite_autoindex_mail_2 (subscriber=?"), "{at_dot}");
        let others = plan(&store, &cancelling(Cancelled::OthersOfSuppressed(""), Dialect::Sqlite)).await;
        assert_eq!(others, "SEARCH mail USING INDEX mail_own (<expr>=?)");
        let all = plan(&store, TALLY).await;
        assert_eq!(all, "SCAN mail USING COVERING INDEX mail_state");
        let one = plan(&store, &tally_of_edition()).await;
        assert_eq!(one, "SEARCH mail USING COVERING INDEX mail_state (state=? AND edition=?)");
        let unknown = plan(&store, &listing(listed(false, Some(State::Unknown)))).await;
        assert!(unknown.contains("SEARCH m USING INDEX mail_state (state=?"), "{unknown}");
        let failed = plan(&store, &listing(listed(true, Some(State::Failed)))).await;
        assert!(failed.contains("SEARCH m USING INDEX mail_state (state=? AND edition=?"), "{failed}");
        let aside = plan(&store, &to_put_aside(Dialect::Sqlite)).await;
        assert!(aside.contains("SEARCH m USING INDEX mail_due (due_at<?)"), "{aside}");
        assert!(!aside.contains("TEMP B-TREE"), "{aside}");
        let off = plan(&store, &to_put_off(Dialect::Sqlite)).await;
        assert!(off.contains("SEARCH m USING INDEX mail_due (due_at<?)") && !off.contains("TEMP B-TREE"), "{off}");
        for query in [range(State::Failed), replies(State::Failed)] {
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
            let along = plan(&store, &listing(listed(of_edition, state))).await;
            assert!(along.contains("SEARCH m USING INTEGER PRIMARY KEY (rowid>?)"), "{along}");
            assert!(!along.contains("TEMP B-TREE"), "{along}");
        }
    }
}
