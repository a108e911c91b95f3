//! Reads a maildir (<https://cr.yp.to/proto/maildir.html>): a mail in `new/` is read, and moved to `cur/` as a seen one once
//! everything that follows from it is committed. What cannot be read stays where it is, and is told once.

use std::{
    collections::BTreeSet,
    fs::{self, File},
    io::{self, Read},
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use tokio::{task::spawn_blocking, time::sleep};
use tracing::{info, warn};

use super::{Current, Intake};
use crate::{
    actions::replies::{IncomingMail, TakeInError},
    base::shutdown::Shutdown,
    delivery::replies::{Envelope, MAX_SIZE},
};

/// The name of this way in.
const MAILDIR: &str = "maildir";
/// Interval between looks: no notice comes from folders on a network.
const INTERVAL: Duration = Duration::from_secs(2);

/// What was found in the folder of a config, and cannot be taken as things are.
struct Left {
    config: Arc<Current>,
    names: BTreeSet<String>,
}

/// Reads until the shutdown, then finishes the mail it is at. A folder that the config gains, changes or loses meanwhile is
/// read from then on.
pub(super) async fn read(intake: Arc<Intake>, shutdown: Shutdown) {
    let mut left = Left { config: intake.current(), names: BTreeSet::new() };
    let mut begun: Option<PathBuf> = None;
    loop {
        let config = intake.current();
        // An edit may mend why something was left: it is tried again.
        if !Arc::ptr_eq(&config, &left.config) {
            left = Left { config, names: BTreeSet::new() };
        }
        match left.config.maildir.clone() {
            Some(folder) => {
                if begun.as_ref() != Some(&folder) {
                    info!(folder = %folder.display(), "mails that come back are read from a maildir");
                    begun = Some(folder.clone());
                }
                look(&intake, &folder, &mut left.names, &shutdown).await;
            }
            None => {
                if begun.take().is_some() {
                    intake.works(MAILDIR);
                }
            }
        }
        tokio::select! {
            () = sleep(INTERVAL) => {}
            () = shutdown.requested() => return,
        }
    }
}

async fn look(intake: &Intake, folder: &Path, left: &mut BTreeSet<String>, shutdown: &Shutdown) {
    let listed = folder.to_owned();
    let names = match in_thread(move || new_names(&listed)).await {
        Ok(names) => names,
        Err(problem) => return fails(intake, &format!("{} cannot be read: {problem}", folder.display())),
    };
    left.retain(|name| names.contains(name));
    for name in names {
        if shutdown.is_requested() {
            return;
        }
        if left.contains(&name) {
            continue;
        }
        match take(intake, folder, &name).await {
            Ok(()) => {}
            Err(NotTaken::Left(why)) => {
                warn!(name, why, "a mail in the maildir is not taken: it stays there");
                left.insert(name);
            }
            Err(NotTaken::TryAgain(why)) => return fails(intake, &why),
        }
    }
    if left.is_empty() {
        intake.works(MAILDIR);
    } else {
        let first = left.first().map_or("", String::as_str);
        let path = folder.join("new").join(first);
        fails(intake, &format!("{} in the maildir cannot be taken, such as {}", mails(left.len()), path.display()));
    }
}

fn mails(number: usize) -> String {
    if number == 1 { "1 mail".to_owned() } else { format!("{number} mails") }
}

fn fails(intake: &Intake, why: &str) {
    intake.fails(MAILDIR, why);
}

/// Why a mail was not taken.
enum NotTaken {
    /// It stays there, and is not tried again as things are.
    Left(String),
    /// It is tried again at the next look.
    TryAgain(String),
}

async fn take(intake: &Intake, folder: &Path, name: &str) -> Result<(), NotTaken> {
    let file = folder.join("new").join(name);
    let path = file.clone();
    let mail = match in_thread(move || mail_in(&path)).await {
        // Another process was faster.
        Err(problem) if problem.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(problem) => {
            intake.refused(MAILDIR);
            return Err(NotTaken::Left(problem.to_string()));
        }
        Ok(mail) => mail,
    };
    match intake.take_in(MAILDIR, &mail, &Envelope::default()).await {
        Ok(()) => {}
        Err(problem @ (TakeInError::Unreadable(_) | TakeInError::NobodyToTell)) => {
            return Err(NotTaken::Left(problem.to_string()));
        }
        Err(TakeInError::Failed(problem)) => return Err(NotTaken::TryAgain(problem.to_string())),
    }
    let seen = folder.join("cur").join(seen_name(name));
    match in_thread(move || moved(&file, &seen)).await {
        Ok(()) => Ok(()),
        Err(problem) if problem.kind() == io::ErrorKind::NotFound && !folder.join("new").join(name).exists() => Ok(()),
        // It was taken; to take it again does nothing.
        Err(problem) => Err(NotTaken::TryAgain(format!("{name} cannot be moved to cur/: {problem}"))),
    }
}

/// The names of what lies in `new/`, in order: they begin with the time.
fn new_names(folder: &Path) -> io::Result<BTreeSet<String>> {
    let mut names = BTreeSet::new();
    for entry in fs::read_dir(folder.join("new"))? {
        let name = entry?.file_name();
        match name.into_string() {
            // What begins with a dot is no mail.
            Ok(name) if !name.starts_with('.') => drop(names.insert(name)),
            _ => {}
        }
    }
    Ok(names)
}

/// Reads a mail. Nothing is read of what is no file, so that no pipe holds us up and no link leads elsewhere.
fn mail_in(path: &Path) -> io::Result<IncomingMail> {
    if !fs::symlink_metadata(path)?.is_file() {
        return Err(io::Error::other("it is no file"));
    }
    let (mut file, mut mail, mut piece) = (File::open(path)?, IncomingMail::new(), vec![0; 64 * 1024]);
    loop {
        match file.read(&mut piece)? {
            0 => return Ok(mail),
            read => mail.push(piece.get(..read).unwrap_or_default()),
        }
        if mail.size() > MAX_SIZE {
            return Err(io::Error::other(format!("it is larger than {MAX_SIZE} octets")));
        }
    }
}

/// The name of a mail that was seen: flags stand behind `:2,` in the order of their letters.
fn seen_name(name: &str) -> String {
    let (unique, flags) = name.split_once(":2,").unwrap_or((name, ""));
    let mut flags: BTreeSet<char> = flags.chars().collect();
    flags.insert('S');
    format!("{unique}:2,{}", flags.into_iter().collect::<String>())
}

/// Moves a file; one that is there already is not written over.
fn moved(from: &Path, to: &Path) -> io::Result<()> {
    if to.symlink_metadata().is_ok() {
        return Err(io::Error::new(io::ErrorKind::AlreadyExists, format!("{} is there already", to.display())));
    }
    fs::rename(from, to)
}

async fn in_thread<T: Send + 'static>(work: impl FnOnce() -> io::Result<T> + Send + 'static) -> io::Result<T> {
    spawn_blocking(work).await.map_err(io::Error::other)?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mail_that_was_seen_says_so() {
        for (name, seen) in [
            ("1793000000.M1P2.host", "1793000000.M1P2.host:2,S"),
            ("1793000000.M1P2.host:2,", "1793000000.M1P2.host:2,S"),
            ("1793000000.M1P2.host:2,FT", "1793000000.M1P2.host:2,FST"),
        ] {
            assert_eq!(seen_name(name), seen);
        }
    }

    #[test]
    fn only_files_are_read_and_nothing_is_written_over() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        fs::write(path("mail"), "Subject: a\n\nb").unwrap();
        assert_eq!(mail_in(&path("mail")).unwrap().size(), 13);
        std::os::unix::fs::symlink(path("mail"), path("link")).unwrap();
        fs::create_dir(path("folder")).unwrap();
        for name in ["link", "folder"] {
            assert_eq!(mail_in(&path(name)).unwrap_err().to_string(), "it is no file");
        }
        fs::write(path("large"), vec![b'a'; MAX_SIZE + 1]).unwrap();
        assert!(mail_in(&path("large")).unwrap_err().to_string().contains("larger than 10000000 octets"));
        fs::write(path("there"), "x").unwrap();
        assert_eq!(moved(&path("mail"), &path("there")).unwrap_err().kind(), io::ErrorKind::AlreadyExists);
        moved(&path("mail"), &path("free")).unwrap();
        assert!(!path("mail").exists());
    }
}
