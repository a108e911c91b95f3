//! What outlives this process if it is killed: for each mail at its final dot a mark in a file beside the store, without
//! waiting for the disk. If the machine has not started anew since, the next courier learns from it which dots never went
//! out and what the server had answered, so that only those mails are unknown of which nobody knows. After a power cut the
//! marks count for nothing, and what the store says is all. On PostgreSQL, where any machine may come next, there are none.

use std::{
    collections::{HashMap, VecDeque},
    fs::{self, File},
    io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use tracing::{info, warn};

use crate::{
    base::ids::MailId,
    delivery::rules::State,
    store::{self, Move, Store, Whereabouts},
    time::clock::Clock,
};

/// Octets of a mark.
const LENGTH: usize = 512;
/// What the first place of a file begins with; after it comes which start of the machine it is.
const HEAD: &str = "greenbrief marks 1 ";
/// As many places as there are mails at the dot, and as many again: what was settled last stays to be read, and shows
/// whether the store is still the one that these marks belong to.
const PLACES_PER_CONNECTION: usize = 4;
/// Moves in one commit.
const STEP: usize = 500;

/// A courier's marks.
pub(super) struct Marks {
    open: Option<Open>,
}

struct Open {
    path: PathBuf,
    file: File,
    places: Mutex<Places>,
}

struct Places {
    /// The longest free first
    free: VecDeque<usize>,
    number: usize,
}

/// A mail's mark, until its end is durable.
pub(super) struct Mark {
    marks: Arc<Marks>,
    place: usize,
    id: MailId,
    attempt: i64,
}

impl Marks {
    /// The marks of a new courier. Without a file, because there is none on this kind of store or it cannot be made, all
    /// is as after a power cut.
    pub fn start(store: &Store, owner: &str, connections: usize) -> Arc<Marks> {
        let boot = boot();
        if boot.is_none() && store.file().is_some() {
            info!(
                "which start of the machine this is cannot be read: no marks are kept, and more mails may be unknown after a kill"
            );
        }
        let open = boot.zip(store.file()).and_then(|(boot, store)| {
            let path = path(store, owner);
            let begun = Open::begin(path.clone(), &boot, connections * PLACES_PER_CONNECTION + 16);
            begun
                .map_err(|problem| {
                    warn!(file = %path.display(), %problem, "no marks can be kept: more mails may be unknown if this process is killed");
                })
                .ok()
        });
        Arc::new(Marks { open })
    }

    /// A dot goes out; without its mark it must not.
    ///
    /// # Errors
    /// The mark could not be written.
    pub fn dot(self: &Arc<Marks>, id: MailId, attempt: i64) -> io::Result<Option<Mark>> {
        let Some(open) = &self.open else { return Ok(None) };
        let mark = Mark { marks: self.clone(), place: open.take(), id, attempt };
        open.write(mark.place, &format!("dot {id} {attempt} "))?;
        Ok(Some(mark))
    }

    /// Nothing is left that these could tell.
    pub fn remove(&self) {
        if let Some(open) = &self.open {
            // If it stays, it tells nothing new.
            let _ = fs::remove_file(&open.path);
        }
    }
}

impl Mark {
    /// The server took the mail.
    pub fn sent(&self, reply: &str) {
        if let Some(open) = &self.marks.open {
            // Without it the mail is unknown if this process is killed now, no more.
            let _ = open.write(self.place, &format!("sent {} {} {reply}", self.id, self.attempt));
        }
    }
}

impl Drop for Mark {
    fn drop(&mut self) {
        if let Some(open) = &self.marks.open {
            open.places().free.push_back(self.place);
        }
    }
}

impl Open {
    fn begin(path: PathBuf, boot: &str, number: usize) -> io::Result<Open> {
        let mut options = File::options();
        options.create(true).truncate(true).write(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(&path)?;
        let open = Open { path, file, places: Mutex::new(Places { free: (1..=number).collect(), number }) };
        // All at once, so that none of them finds the disk full later; the head last: a file that is begun and given up must
        // not count, or it would say of dots that went out without marks that they did not.
        let written = write_at(&open.file, &vec![b' '; number * LENGTH], LENGTH as u64)
            .and_then(|()| open.write(0, &format!("{HEAD}{boot}")));
        if let Err(problem) = written {
            let _ = fs::remove_file(&open.path);
            return Err(problem);
        }
        Ok(open)
    }

    fn places(&self) -> std::sync::MutexGuard<'_, Places> {
        self.places.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take(&self) -> usize {
        let mut places = self.places();
        places.free.pop_front().unwrap_or_else(|| {
            places.number += 1;
            places.number
        })
    }

    fn write(&self, place: usize, text: &str) -> io::Result<()> {
        write_at(&self.file, &bytes(text), (place * LENGTH) as u64)
    }
}

/// A text as a place holds it: one line, cut where it is too long.
fn bytes(text: &str) -> [u8; LENGTH] {
    let mut place = [b' '; LENGTH];
    let (line, rest) = place.split_at_mut(LENGTH - 1);
    rest.fill(b'\n');
    let cut = text.floor_char_boundary(line.len());
    for (to, from) in line.iter_mut().zip(text.bytes().take(cut)) {
        *to = if from.is_ascii_control() { b' ' } else { from };
    }
    place
}

#[cfg(unix)]
fn write_at(file: &File, bytes: &[u8], at: u64) -> io::Result<()> {
    std::os::unix::fs::FileExt::write_all_at(file, bytes, at)
}

#[cfg(not(unix))]
fn write_at(_: &File, _: &[u8], _: u64) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

/// Which start of the machine this is, where that is told.
fn boot() -> Option<String> {
    let told = fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
    Some(told.trim().to_owned()).filter(|boot| !boot.is_empty())
}

fn path(store: &Path, owner: &str) -> PathBuf {
    let mut name = prefix(store);
    name.push(owner);
    store.with_file_name(name)
}

/// What the names of all marks beside a store begin with.
fn prefix(store: &Path) -> std::ffi::OsString {
    let mut name = store.file_name().unwrap_or_default().to_owned();
    name.push(".marks-");
    name
}

/// What a courier left that is gone.
pub(super) struct Left {
    path: PathBuf,
    owner: String,
    marks: Vec<Said>,
    /// From this start of the machine
    counts: bool,
}

/// One mark, as it is read.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Said {
    id: MailId,
    attempt: i64,
    /// What the server said, if it took the mail
    reply: Option<String>,
}

impl Left {
    /// All that is beside the store but this courier's own.
    pub fn all(store: &Store, own: &str) -> Vec<Left> {
        let Some(file) = store.file() else { return Vec::new() };
        let prefix = prefix(file);
        let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let names = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.file_name());
        names
            .filter_map(|name| {
                let owner = name.to_str()?.strip_prefix(prefix.to_str()?)?.to_owned();
                Some((folder.join(&name), owner)).filter(|(_, owner)| owner != own)
            })
            .map(|(path, owner)| {
                let text = fs::read(&path).unwrap_or_default();
                let (counts, marks) = read(&text, boot().as_deref());
                Left { path, owner, marks, counts }
            })
            .collect()
    }

    /// Settles what the marks tell.
    ///
    /// # Errors
    /// Those of the database; then it can be called again.
    pub async fn settle(&self, store: &Store, clock: &Clock) -> Result<(), store::Error> {
        if !self.counts {
            return Ok(());
        }
        let ids: Vec<MailId> = self.marks.iter().map(|said| said.id).collect();
        let rows = store.outbox().whereabouts(&ids, &self.owner).await?;
        let Some(moves) = moves(&self.marks, &rows, &self.owner) else {
            warn!("the store is not the one that the last courier's marks belong to: they count for nothing");
            return Ok(());
        };
        for moves in moves.chunks(STEP) {
            store.outbox().settle(moves, &self.owner, clock.now()).await?;
        }
        for (state, what) in [
            (State::Sent, "a courier was gone before its server's answers were noted, but they were marked"),
            (
                State::Pending,
                "a courier was gone before the final dot of mails that were ready for it: they wait again",
            ),
        ] {
            let mails = moves.iter().filter(|step| step.to == state).count();
            if mails > 0 {
                info!(mails, "{what}");
            }
        }
        Ok(())
    }

    pub fn remove(&self) {
        if let Err(problem) = fs::remove_file(&self.path) {
            warn!(file = %self.path.display(), %problem, "marks that are settled could not be removed");
        }
    }
}

/// Do these marks count, and what do they say?
fn read(text: &[u8], boot: Option<&str>) -> (bool, Vec<Said>) {
    let mut places = text.chunks_exact(LENGTH).map(|place| String::from_utf8_lossy(place));
    let counts =
        places.next().is_some_and(|head| head.trim_end().strip_prefix(HEAD).is_some_and(|of| Some(of) == boot));
    (counts, places.filter_map(|place| said(place.trim_end())).collect())
}

fn said(line: &str) -> Option<Said> {
    let mut words = line.splitn(4, ' ');
    let reply = match words.next()? {
        "dot" => false,
        "sent" => true,
        _ => return None,
    };
    let (id, attempt) = (words.next()?.parse().ok()?, words.next()?.parse().ok()?);
    Some(Said { id, attempt, reply: reply.then(|| words.next().unwrap_or_default().to_owned()) })
}

/// What follows for the mails that a courier left at the dot; `None` if the store is an older one, such as a copy that
/// somebody put back: then mails that went out since would be taken for waiting.
fn moves(marks: &[Said], rows: &[Whereabouts], owner: &str) -> Option<Vec<Move>> {
    let rows: HashMap<MailId, &Whereabouts> = rows.iter().map(|row| (row.id, row)).collect();
    let held = |row: &Whereabouts| row.state == State::DotWritten && row.owner.as_deref() == Some(owner);
    // Of several marks of one mail that of the last attempt.
    let mut last: HashMap<MailId, &Said> = HashMap::new();
    for said in marks {
        let kept = last.entry(said.id).or_insert(said);
        if said.attempt > kept.attempt {
            *kept = said;
        }
    }
    for said in last.values() {
        // One that is not there any more was settled long ago.
        let Some(row) = rows.get(&said.id) else { continue };
        let known = match said.reply {
            Some(_) => row.state == State::Sent || held(row),
            None => row.state != State::Claimed || row.attempt > said.attempt,
        };
        if row.attempt < said.attempt || !known {
            return None;
        }
    }
    let mut moves: Vec<Move> = Vec::new();
    for row in rows.values().filter(|row| held(row)) {
        let (to, reply) = match last.get(&row.id).filter(|said| said.attempt == row.attempt) {
            Some(Said { reply: Some(reply), .. }) => (State::Sent, reply.clone()),
            // Unknown, as the outbox says it then.
            Some(Said { reply: None, .. }) => continue,
            None => (State::Pending, "its courier was gone before the final dot".to_owned()),
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
        let id = MailId::new(id);
        let owner = (state == State::DotWritten).then(|| "gone".to_owned());
        Whereabouts { id, state, attempt, owner }
    }

    fn dot(id: i64, attempt: i64) -> Said {
        Said { id: MailId::new(id), attempt, reply: None }
    }

    fn sent(id: i64, attempt: i64) -> Said {
        Said { id: MailId::new(id), attempt, reply: Some("250 ok".to_owned()) }
    }

    fn told(marks: &[Said], rows: &[Whereabouts]) -> Option<Vec<(i64, State)>> {
        moves(marks, rows, "gone").map(|moves| moves.iter().map(|step| (step.id.get(), step.to)).collect())
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
        let marks = [dot(1, 1), sent(2, 1), sent(4, 1), dot(5, 1), dot(6, 3), sent(7, 1)];
        assert_eq!(
            told(&marks, &rows),
            Some(vec![(2, State::Sent), (3, State::Pending), (5, State::Pending)]),
            "1 is in doubt, 3 has no mark, the mark of 5 is an earlier attempt's, 7 was forgotten"
        );
        assert_eq!(told(&[], &rows[..1]), Some(vec![(1, State::Pending)]));
        let other = Whereabouts { owner: Some("another".to_owned()), ..row(1, State::DotWritten, 1) };
        assert_eq!(told(&[], &[other]), Some(vec![]));
    }

    #[test]
    fn an_older_store_is_noticed() {
        let left = row(1, State::DotWritten, 1);
        for older in [row(2, State::Pending, 0), row(2, State::Claimed, 1), row(2, State::Pending, 1)] {
            assert_eq!(told(&[sent(2, 1)], &[left.clone(), older.clone()]), None, "{older:?}");
        }
        for older in [row(2, State::Pending, 0), row(2, State::Claimed, 1)] {
            assert_eq!(told(&[dot(2, 1)], &[left.clone(), older]), None);
        }
        assert!(told(&[dot(2, 1)], &[left, row(2, State::Pending, 1)]).is_some(), "the server refused it");
    }

    #[test]
    fn marks_are_read_as_they_were_written() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("store.db.marks-one");
        let open = Open::begin(path.clone(), "boot", 3).unwrap();
        let marks = Arc::new(Marks { open: Some(open) });
        let long = "250 ü".to_owned() + &"ü".repeat(400);
        let first = marks.dot(MailId::new(7), 1).unwrap().unwrap();
        first.sent("250 2.0.0 Ok:\r\nqueued as 4Y");
        let second = marks.dot(MailId::new(8), 2).unwrap().unwrap();
        let third = marks.dot(MailId::new(9), 1).unwrap().unwrap();
        third.sent(&long);
        let fourth = marks.dot(MailId::new(10), 1).unwrap().unwrap();
        let text = fs::read(&path).unwrap();
        let (counts, read_back) = read(&text, Some("boot"));
        assert!(counts && !read(&text, Some("another")).0 && !read(&text, None).0 && !read(b"", Some("boot")).0);
        assert!(!read(&[&[0; LENGTH], &text[LENGTH..]].concat(), Some("boot")).0, "begun and given up before its head");
        assert_eq!(read_back.len(), 4);
        assert_eq!(read_back[0].reply.as_deref(), Some("250 2.0.0 Ok:  queued as 4Y"));
        assert_eq!((read_back[1].clone(), read_back[3].clone()), (dot(8, 2), dot(10, 1)));
        assert!(read_back[2].reply.as_ref().is_some_and(|reply| reply.ends_with("üü") && reply.len() < LENGTH));
        // The one that was settled last is written over last.
        drop((second, first));
        let again = marks.dot(MailId::new(11), 1).unwrap().unwrap();
        assert_eq!(again.place, 2);
        let read_back = read(&fs::read(&path).unwrap(), Some("boot")).1;
        assert_eq!(read_back.iter().map(|said| said.id.get()).collect::<Vec<_>>(), [7, 11, 9, 10]);
        drop((third, fourth, again));
        marks.remove();
        assert!(!path.exists());
    }

    #[test]
    fn what_is_no_mark_says_nothing() {
        for line in ["", "dot", "dot 1", "dot x 1 ", "sent 1", "sent 1 x 250", "other 1 1 x", "dot 1 1"] {
            assert_eq!(said(line).is_some(), line == "dot 1 1", "{line}");
        }
        assert_eq!(said("sent 3 2 250 a b").unwrap().reply.as_deref(), Some("250 a b"));
    }
}
