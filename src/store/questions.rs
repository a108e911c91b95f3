//! What is asked of the outbox, as SQL, with a test that each question goes by its index: an outbox of a million mails is
//! answered as fast as a small one.

use crate::delivery::State;

/// Mails that are due, with all that decides whether they may still go, the longest due first; none while the store is
/// on hold. The states are written out as in the index `mail_due`, else it is not used. An address' key is its ASCII form
/// in lower case, so this knows suppressed addresses that never subscribed, too.
pub(super) const DUE: &str = "SELECT m.*, e.state AS edition_state, e.brief AS brief, s.state AS subscription_state,
     x.reason AS suppressed
     FROM mail m
     LEFT JOIN edition e ON e.id = m.edition
     LEFT JOIN subscription s ON s.subscriber = m.subscriber AND s.brief = e.brief
     LEFT JOIN suppression x ON x.address_key = LOWER(m.address)
     WHERE m.state IN (0, 4) AND m.due_at <= $1 AND NOT EXISTS (SELECT 1 FROM meta WHERE key = 'hold')
     ORDER BY m.due_at, m.id LIMIT $2";

pub(super) const TALLY: &str = "SELECT state, COUNT(*) FROM mail GROUP BY state";

/// All states are named, so that the index over (state, edition) is used.
pub(super) fn tally_of_edition() -> String {
    let all = list(State::ALL.into_iter().map(State::code));
    format!("SELECT state, COUNT(*) FROM mail WHERE edition = $1 AND state IN ({all}) GROUP BY state")
}

/// One text for each question, so that each can go by an index. `$1` after which number, `$2` how many, `$3` which edition.
pub(super) fn listing(of_edition: bool, in_state: Option<State>) -> String {
    let edition = if of_edition { "m.edition = $3" } else { "$3 = 0" };
    let states = match in_state {
        Some(state) => list([state.code()].into_iter()),
        None => list(State::ALL.into_iter().map(State::code)),
    };
    let state = if in_state.is_some() || of_edition { format!(" AND m.state IN ({states})") } else { String::new() };
    format!(
        "SELECT m.*, e.brief AS brief, e.number AS number FROM mail m LEFT JOIN edition e ON e.id = m.edition
         WHERE m.id > $1 AND {edition}{state} ORDER BY m.id LIMIT $2"
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
        for number in ["$1", "$2", "$3"] {
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
        let due = plan(&store, DUE).await;
        assert!(due.contains("SEARCH m USING INDEX mail_due (due_at<?)"), "{due}");
        assert!(!due.contains("TEMP B-TREE") && !due.contains("SCAN"), "{due}");
        let all = plan(&store, TALLY).await;
        assert_eq!(all, "SCAN mail USING COVERING INDEX mail_state");
        let one = plan(&store, &tally_of_edition()).await;
        assert_eq!(one, "SEARCH mail USING COVERING INDEX mail_state (state=? AND edition=?)");
        let unknown = plan(&store, &listing(false, Some(State::Unknown))).await;
        assert!(unknown.contains("SEARCH m USING INDEX mail_state (state=?"), "{unknown}");
        let of_edition = plan(&store, &listing(true, None)).await;
        assert!(of_edition.contains("SEARCH m USING INDEX mail_state (state=? AND edition=?"), "{of_edition}");
    }
}
