//! The format of the file: places of equal length, the first for the head, each of the others for one entry, as one line
//! of text. The head names the start of the machine (boot) since which the entries hold.

use std::{
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
};

use crate::base::ids::MailId;

/// Length of a place in octets.
pub(super) const PLACE_LENGTH: usize = 512;
/// Start of the head; the id of the boot follows.
const HEAD: &str = "greenbrief marks 1 ";

/// The journal's record of one attempt of a mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    pub mail: MailId,
    pub attempt: i64,
    /// The server's reply, if it took the mail
    pub reply: Option<String>,
}

/// The content of a journal.
pub(super) struct Content {
    /// It was written since this machine was last started.
    pub is_current: bool,
    pub entries: Vec<Entry>,
}

pub(super) fn head_line(boot: &str) -> String {
    format!("{HEAD}{boot}")
}

pub(super) fn dot_line(mail: MailId, attempt: i64) -> String {
    format!("dot {mail} {attempt} ")
}

pub(super) fn sent_line(mail: MailId, attempt: i64, reply: &str) -> String {
    format!("sent {mail} {attempt} {reply}")
}

/// Fills a place with a line, without control characters, cut if it is too long.
pub(super) fn to_place(line: &str) -> [u8; PLACE_LENGTH] {
    let mut place = [b' '; PLACE_LENGTH];
    let (text, end) = place.split_at_mut(PLACE_LENGTH - 1);
    end.fill(b'\n');
    let cut = line.floor_char_boundary(text.len());
    for (to, from) in text.iter_mut().zip(line.bytes().take(cut)) {
        *to = if from.is_ascii_control() { b' ' } else { from };
    }
    place
}

/// Reads a journal. `boot` is the id of the running boot, if it is known.
pub(super) fn read(bytes: &[u8], boot: Option<&str>) -> Content {
    let mut places = bytes.chunks_exact(PLACE_LENGTH).map(|place| String::from_utf8_lossy(place));
    let is_current =
        places.next().is_some_and(|head| head.trim_end().strip_prefix(HEAD).is_some_and(|of| Some(of) == boot));
    Content { is_current, entries: places.filter_map(|place| entry(place.trim_end())).collect() }
}

fn entry(line: &str) -> Option<Entry> {
    let mut words = line.splitn(4, ' ');
    let has_reply = match words.next()? {
        "dot" => false,
        "sent" => true,
        _ => return None,
    };
    let (mail, attempt) = (words.next()?.parse().ok()?, words.next()?.parse().ok()?);
    Some(Entry { mail, attempt, reply: has_reply.then(|| words.next().unwrap_or_default().to_owned()) })
}

/// The id of the running boot, where the system tells it.
pub(super) fn boot_id() -> Option<String> {
    let id = fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
    Some(id.trim().to_owned()).filter(|id| !id.is_empty())
}

/// The path of the journal that a courier keeps beside its store.
pub(super) fn path(store: &Path, owner: &str) -> PathBuf {
    let mut name = name_prefix(store);
    name.push(owner);
    store.with_file_name(name)
}

/// How the names of all journals beside a store begin.
pub(super) fn name_prefix(store: &Path) -> OsString {
    let mut name = store.file_name().unwrap_or_default().to_owned();
    name.push(".marks-");
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_entry_says_nothing() {
        for line in ["", "dot", "dot 1", "dot x 1 ", "sent 1", "sent 1 x 250", "other 1 1 x", "dot 1 1"] {
            assert_eq!(entry(line).is_some(), line == "dot 1 1", "{line}");
        }
        assert_eq!(entry("sent 3 2 250 a b").unwrap().reply.as_deref(), Some("250 a b"));
    }
}
