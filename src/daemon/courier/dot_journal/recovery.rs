//! Reads the journals of couriers that are gone, and settles what they tell about mails that were left at the dot.

use std::{
    collections::HashMap,
    fs,
    path::{Path, PathBuf},
};

use tracing::{info, warn};

use super::format::{self, Content, Entry};
use crate::{
    base::{bounded_file, ids::MailId},
    delivery::rules::State,
    store::{self, Move, Store, Whereabouts},
    time::clock::Clock,
};

/// The largest journal that is read, in bytes: it has four places for each connection.
const MAX_FILE: u64 = 16 << 20;
/// Maximum number of moves in one commit.
const MOVES_PER_COMMIT: usize = 500;

/// The journal of a courier that is gone.
pub(in crate::daemon::courier) struct AbandonedJournal {
    path: PathBuf,
    owner: String,
    content: Content,
}

impl AbandonedJournal {
    /// Reads all journals beside the store but that of `own`, this courier.
    pub fn all(store: &Store, own: &str) -> Vec<AbandonedJournal> {
        let Some(file) = store.file() else { return Vec::new() };
        let prefix = format::name_prefix(file);
        let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let names = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.file_name());
        names
            .filter_map(|name| {
                let owner = name.to_str()?.strip_prefix(prefix.to_str()?)?.to_owned();
                Some((folder.join(&name), owner)).filter(|(_, owner)| owner != own)
            })
            .map(|(path, owner)| {
                let bytes = bounded_file::read(&path, MAX_FILE).unwrap_or_default();
                let content = format::read(&bytes, format::boot_id().as_deref());
                AbandonedJournal { path, owner, content }
            })
            .collect()
    }

    /// Settles in the store what the journal tells.
    ///
    /// # Errors
    /// If the database fails; then it can be called again.
    pub async fn settle(&self, store: &Store, clock: &Clock) -> Result<(), store::Error> {
        let Content { is_current: true, entries } = &self.content else { return Ok(()) };
        let ids: Vec<MailId> = entries.iter().map(|entry| entry.mail).collect();
        let rows = store.outbox().whereabouts(&ids, &self.owner).await?;
        let Some(moves) = moves(entries, &rows, &self.owner) else { return doubt_all(store, clock).await };
        for moves in moves.chunks(MOVES_PER_COMMIT) {
            store.outbox().settle(moves, &self.owner, clock.now()).await?;
        }
        for (state, what) in [
            (
                State::Sent,
                "a courier ended before it recorded its server's answers: they are taken from the dot journal",
            ),
            (State::Pending, "a courier ended before the final dot of its mails: they wait again"),
        ] {
            let mails = moves.iter().filter(|step| step.to == state).count();
            if mails > 0 {
                info!(mails, "{what}");
            }
        }
        Ok(())
    }

    /// Does the journal know of a dot that the store does not?
    ///
    /// # Errors
    /// If the database fails.
    async fn is_ahead(&self, store: &Store) -> Result<bool, store::Error> {
        let Content { is_current: true, entries } = &self.content else { return Ok(false) };
        let ids: Vec<MailId> = entries.iter().map(|entry| entry.mail).collect();
        let rows = store.outbox().whereabouts(&ids, &self.owner).await?;
        Ok(moves(entries, &rows, &self.owner).is_none())
    }

    pub fn remove(&self) {
        if let Err(problem) = fs::remove_file(&self.path) {
            warn!(file = %self.path.display(), %problem, "a settled dot journal could not be removed");
        }
    }
}

/// Puts all that waits in doubt if a journal knows of dots that the store does not: it has lost what was written last. To be
/// called before anything is made or sent, while nobody else is at work on the store.
///
/// # Errors
/// If the database fails.
pub async fn notice_rollback(store: &Store, clock: &Clock) -> Result<(), store::Error> {
    for journal in AbandonedJournal::all(store, "") {
        if journal.is_ahead(store).await? {
            doubt_all(store, clock).await?;
            journal.remove();
        }
    }
    Ok(())
}

async fn doubt_all(store: &Store, clock: &Clock) -> Result<(), store::Error> {
    let unknown = store.after_rollback(clock.now()).await?;
    warn!(
        unknown,
        "the store is older than the last courier's dot journal, which knows of mails that went out since: what was not sent is unknown, and nothing is sent until `greenbrief resume`"
    );
    Ok(())
}

/// Works out what became of the mails that the courier `owner` left at the dot. Returns `None` if the store is older than
/// the journal, such as a copy that somebody put back, or one that lost its log: mails that went out since wait there.
fn moves(entries: &[Entry], rows: &[Whereabouts], owner: &str) -> Option<Vec<Move>> {
    let rows: HashMap<MailId, &Whereabouts> = rows.iter().map(|row| (row.id, row)).collect();
    let left_at_dot = |row: &Whereabouts| row.state == State::DotWritten && row.owner.as_deref() == Some(owner);
    // If a mail has several entries, the last attempt counts.
    let mut last: HashMap<MailId, &Entry> = HashMap::new();
    for entry in entries {
        let known = last.entry(entry.mail).or_insert(entry);
        if entry.attempt > known.attempt {
            *known = entry;
        }
    }
    for entry in last.values() {
        // A mail that is not there any more was settled long ago.
        let Some(row) = rows.get(&entry.mail) else { continue };
        let fits = match entry.reply {
            Some(_) => row.state == State::Sent || left_at_dot(row),
            None => row.state != State::Claimed || row.attempt > entry.attempt,
        };
        if row.attempt < entry.attempt || !fits {
            return None;
        }
    }
    let mut moves: Vec<Move> = Vec::new();
    for row in rows.values().filter(|row| left_at_dot(row)) {
        let (to, reply) = match last.get(&row.id).filter(|entry| entry.attempt == row.attempt) {
            Some(Entry { reply: Some(reply), .. }) => (State::Sent, reply.clone()),
            // In doubt: left for the recovery of the outbox.
            Some(Entry { reply: None, .. }) => continue,
            None => (State::Pending, "its courier ended before the final dot".to_owned()),
        };
        moves.push(Move { id: row.id, attempt: row.attempt, to, reply, due: None });
    }
    moves.sort_by_key(|step| step.id);
    Some(moves)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(id: i64, state: State, attempt: i64) -> Whereabouts {
        let owner = (state == State::DotWritten).then(|| "gone".to_owned());
        Whereabouts { id: MailId::new(id), state, attempt, owner }
    }

    fn dot(id: i64, attempt: i64) -> Entry {
        Entry { mail: MailId::new(id), attempt, reply: None }
    }

    fn sent(id: i64, attempt: i64) -> Entry {
        Entry { mail: MailId::new(id), attempt, reply: Some("250 ok".to_owned()) }
    }

    fn settled(entries: &[Entry], rows: &[Whereabouts]) -> Option<Vec<(i64, State)>> {
        moves(entries, rows, "gone").map(|moves| moves.iter().map(|step| (step.id.get(), step.to)).collect())
    }

    #[test]
    fn only_a_dot_without_an_answer_is_in_doubt() {
        let rows = [
            row(1, State::DotWritten, 1),
            row(2, State::DotWritten, 1),
            row(3, State::DotWritten, 2),
            row(4, State::Sent, 1),
            row(5, State::DotWritten, 2),
            row(6, State::Deferred, 3),
        ];
        let entries = [dot(1, 1), sent(2, 1), sent(4, 1), dot(5, 1), dot(6, 3), sent(7, 1)];
        assert_eq!(
            settled(&entries, &rows),
            Some(vec![(2, State::Sent), (3, State::Pending), (5, State::Pending)]),
            "1 is in doubt, 3 has no entry, the entry of 5 is an earlier attempt's, 7 was forgotten"
        );
        assert_eq!(settled(&[], &rows[..1]), Some(vec![(1, State::Pending)]));
        let other = Whereabouts { owner: Some("another".to_owned()), ..row(1, State::DotWritten, 1) };
        assert_eq!(settled(&[], &[other]), Some(vec![]));
    }

    #[test]
    fn an_older_store_is_noticed() {
        let left = row(1, State::DotWritten, 1);
        for older in [row(2, State::Pending, 0), row(2, State::Claimed, 1), row(2, State::Pending, 1)] {
            assert_eq!(settled(&[sent(2, 1)], &[left.clone(), older.clone()]), None, "{older:?}");
        }
        for older in [row(2, State::Pending, 0), row(2, State::Claimed, 1)] {
            assert_eq!(settled(&[dot(2, 1)], &[left.clone(), older]), None);
        }
        assert!(settled(&[dot(2, 1)], &[left, row(2, State::Pending, 1)]).is_some(), "the server refused it");
    }
}
