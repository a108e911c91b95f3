//! The journal of the running courier: an entry is written before each final dot, completed by the server's reply, and kept
//! until the end of the mail is durable in the store.

use std::{
    collections::VecDeque,
    fs::{self, File},
    io,
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tracing::{info, warn};

use super::format::{self, PLACE_LENGTH};
use crate::{base::ids::MailId, store::Store};

/// Number of places per connection: as many as there may be mails at the dot, and as many again. What was settled last stays
/// to be read, and shows whether the store is still the one that the journal belongs to.
const PLACES_PER_CONNECTION: usize = 4;

pub(in crate::daemon::courier) struct DotJournal {
    /// `None` if no journal is kept
    file: Option<JournalFile>,
}

struct JournalFile {
    path: PathBuf,
    file: File,
    places: Mutex<Places>,
}

struct Places {
    /// Free places, the one that has been free for the longest first
    free: VecDeque<usize>,
    /// Number of places, without the head
    count: usize,
}

/// A mail's entry, until its end is durable.
pub(in crate::daemon::courier) struct DotEntry {
    journal: Arc<DotJournal>,
    place: usize,
    mail: MailId,
    attempt: i64,
}

impl DotJournal {
    /// Starts the journal of a new courier. If there is none on this kind of store, or it cannot be made, a kill is like a
    /// power cut.
    pub fn start(store: &Store, owner: &str, connections: usize) -> Arc<DotJournal> {
        let boot = format::boot_id();
        if boot.is_none() && store.file().is_some() {
            info!(
                "the machine's boot id cannot be read: no dot journal is kept, and more mails may be unknown after a kill"
            );
        }
        let file = boot.zip(store.file()).and_then(|(boot, store)| {
            let path = format::path(store, owner);
            let created = JournalFile::create(path.clone(), &boot, connections * PLACES_PER_CONNECTION + 16);
            created
                .map_err(|problem| {
                    warn!(file = %path.display(), %problem, "no dot journal can be kept: more mails may be unknown if this process is killed");
                })
                .ok()
        });
        Arc::new(DotJournal { file })
    }

    /// Records that a dot is about to be written; returns `None` if no journal is kept.
    ///
    /// # Errors
    /// If the entry could not be written; then the dot must not be either.
    pub fn dot(self: &Arc<DotJournal>, mail: MailId, attempt: i64) -> io::Result<Option<DotEntry>> {
        let Some(file) = &self.file else { return Ok(None) };
        let entry = DotEntry { journal: self.clone(), place: file.take_place(), mail, attempt };
        file.write(entry.place, &format::dot_line(mail, attempt))?;
        Ok(Some(entry))
    }

    /// Removes the file: everything that it could tell is in the store.
    pub fn remove(&self) {
        if let Some(file) = &self.file {
            // If it stays, it tells nothing new.
            let _ = fs::remove_file(&file.path);
        }
    }
}

impl DotEntry {
    /// Records that the server took the mail.
    pub fn sent(&self, reply: &str) {
        if let Some(file) = &self.journal.file {
            // If this fails and the process is killed now, the mail is unknown, no worse.
            let _ = file.write(self.place, &format::sent_line(self.mail, self.attempt, reply));
        }
    }
}

impl Drop for DotEntry {
    fn drop(&mut self) {
        if let Some(file) = &self.journal.file {
            file.places().free.push_back(self.place);
        }
    }
}

impl JournalFile {
    fn create(path: PathBuf, boot: &str, count: usize) -> io::Result<JournalFile> {
        let mut options = File::options();
        options.create(true).truncate(true).write(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(&path)?;
        let journal = JournalFile { path, file, places: Mutex::new(Places { free: (1..=count).collect(), count }) };
        // All places at once, so that none of them finds the disk full later. The head last: a file that was begun and given
        // up must not count, or it would say of dots that went out without entries that they did not.
        let written = write_at(&journal.file, &vec![b' '; count * PLACE_LENGTH], PLACE_LENGTH as u64)
            .and_then(|()| journal.write(0, &format::head_line(boot)));
        if let Err(problem) = written {
            let _ = fs::remove_file(&journal.path);
            return Err(problem);
        }
        Ok(journal)
    }

    fn places(&self) -> MutexGuard<'_, Places> {
        self.places.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take_place(&self) -> usize {
        let mut places = self.places();
        places.free.pop_front().unwrap_or_else(|| {
            places.count += 1;
            places.count
        })
    }

    fn write(&self, place: usize, line: &str) -> io::Result<()> {
        write_at(&self.file, &format::to_place(line), (place * PLACE_LENGTH) as u64)
    }
}

#[cfg(unix)]
fn write_at(file: &File, bytes: &[u8], at: u64) -> io::Result<()> {
    std::os::unix::fs::FileExt::write_all_at(file, bytes, at)
}

#[cfg(not(unix))]
fn write_at(_: &File, _: &[u8], _: u64) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

#[cfg(test)]
mod tests {
    use super::{
        super::format::{Entry, read},
        *,
    };

    #[test]
    fn entries_are_read_as_they_were_written() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("store.db.marks-one");
        let file = JournalFile::create(path.clone(), "boot", 3).unwrap();
        let journal = Arc::new(DotJournal { file: Some(file) });
        let begin = |id, attempt| journal.dot(MailId::new(id), attempt).unwrap().unwrap();
        let long = "250 ü".to_owned() + &"ü".repeat(400);
        let first = begin(7, 1);
        first.sent("250 2.0.0 Ok:\r\nqueued as 4Y");
        let second = begin(8, 2);
        let third = begin(9, 1);
        third.sent(&long);
        let fourth = begin(10, 1);
        let text = fs::read(&path).unwrap();
        let is_current = |bytes: &[u8], boot| read(bytes, boot).is_current;
        assert!(is_current(&text, Some("boot")) && !is_current(&text, Some("another")) && !is_current(&text, None));
        assert!(!is_current(b"", Some("boot")));
        let headless = [&[0; PLACE_LENGTH], &text[PLACE_LENGTH..]].concat();
        assert!(!is_current(&headless, Some("boot")), "begun and given up before its head");
        let entries = read(&text, Some("boot")).entries;
        assert_eq!(entries.len(), 4);
        assert_eq!(entries[0].reply.as_deref(), Some("250 2.0.0 Ok:  queued as 4Y"));
        let dot = |id, attempt| Entry { mail: MailId::new(id), attempt, reply: None };
        assert_eq!((entries[1].clone(), entries[3].clone()), (dot(8, 2), dot(10, 1)));
        assert!(entries[2].reply.as_ref().is_some_and(|reply| reply.ends_with("üü") && reply.len() < PLACE_LENGTH));
        // The one that was settled last is written over last.
        drop((second, first));
        let again = begin(11, 1);
        assert_eq!(again.place, 2);
        let entries = read(&fs::read(&path).unwrap(), Some("boot")).entries;
        assert_eq!(entries.iter().map(|entry| entry.mail.get()).collect::<Vec<_>>(), [7, 11, 9, 10]);
        drop((third, fourth, again));
        journal.remove();
        assert!(!path.exists());
    }
}
