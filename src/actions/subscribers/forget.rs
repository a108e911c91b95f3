//! A person is erased from the store, from the files beside it and from the maildir out of which mails are read. Copies of the
//! store that are kept elsewhere, mailboxes at a provider and the logs of mail servers are not ours to change.

use std::{
    fs, io,
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::Context as _;
use serde::Serialize;
use tokio::time::sleep;
use tracing::info;

use super::{
    Actor, Installation, Result,
    maildir::{self, InMaildir},
    parse_address,
    traces::Traces,
};
use crate::{
    actions::{Error, random_word::random_word},
    config::Config,
    people::subscribers::Address,
    store::{Erased, Removal, Store},
};

/// Time for which a mail is waited for that a server may be taking.
const PATIENCE: Duration = Duration::from_secs(20);
/// Interval between looks for it.
const LOOK: Duration = Duration::from_millis(200);

/// The outcome of [`forget`].
#[derive(Debug, Serialize)]
pub struct Forgotten {
    /// The address as it was typed
    pub address: String,
    /// Something was known of it
    pub known: bool,
    /// Former addresses of the same person, which were erased with it
    pub former: Vec<String>,
    /// Former addresses that are subscribed anew, and were left as they are
    pub kept: Vec<String>,
    /// Addresses to which the person went from this one, and which were left as they are
    pub lives_on: Vec<String>,
    /// Subscriptions that were erased
    pub subscriptions: u64,
    /// Entries in their history
    pub moves: u64,
    /// Requests to join or to change the address, with the proofs of consent
    pub sign_ups: u64,
    /// Notes that they had left, or that nothing is mailed there
    pub refusals: u64,
    /// Bounces, and mails that came from the person or about them
    pub came_back: u64,
    /// Mails that name nobody any more
    pub mails: u64,
    /// Files with mails that were removed
    pub files: u64,
    /// Mails that were removed from the maildir out of which `serve` reads, if there is one
    pub in_maildir: Option<u64>,
    /// Mails of others in the maildir that name the person, and are not read yet: they were left as they are
    pub unread: Vec<PathBuf>,
    /// What could not be searched or removed there, with the reason
    pub left_in_maildir: Vec<String>,
    /// The mailbox that is read by IMAP, in which nothing is ever deleted
    pub mailbox: Option<String>,
    /// Mails about the person that went to the operators
    pub told: u64,
    /// The operators' addresses, if any did: the mails stay in their mailboxes
    pub operators: Vec<String>,
    /// SQLite's file was written anew, since its free space held the address
    pub written_anew: bool,
    /// SQLite's file holds the address still, since it was busy
    pub remains: bool,
    /// Copies of the store, kept beside it, that hold the address
    pub copies: Vec<PathBuf>,
}

/// Erases all that is known of a person, under their former addresses, too. The store is closed when this returns: only so can
/// its file be read past it.
///
/// # Errors
/// The address is none; or a server is taking a mail to it for so long that nobody could say of it that it was erased.
pub async fn forget(installation: &Installation, actor: &Actor, address: &str) -> Result<Forgotten> {
    let address = parse_address(address)?;
    let store = installation.existing_store().await?;
    let people = store.people();
    let known = !people.record(&address).await?.is_empty();
    // Nothing new comes to its dot from here on.
    let removal = Removal { brief: None, actor: actor.name(), reason: "" };
    let all = people.addresses_of_person(&address).await?;
    // What is written here to end the subscriptions is no part of what was known.
    let kept = people.kept_of(&all).await?;
    people.remove_only(&all, removal, installation.now()).await?;
    let mut waited = Duration::ZERO;
    while is_at_the_dot(store, &all).await? {
        if waited >= PATIENCE {
            return Err(Error::refused(format!(
                "a server is taking a mail to {address} at this moment: its subscriptions are ended; run this again in a minute"
            )));
        }
        sleep(LOOK).await;
        waited += LOOK;
    }
    let settings = installation.settings()?;
    // Before the store: what `serve` has read by then is there, and it finds nothing more.
    let maildir = settings.replies.maildir.as_deref().map(|folder| maildir::remove(folder, &all));
    let traces = Traces::new(&all, people.longer_addresses(&all).await?);
    let erased = people.erase(&address, &hash_key()?, installation.now()).await?;
    let folder = settings.paths.outbox();
    let failed = || format!("{} cannot be searched", folder.display());
    let files = mails_of(&folder, &erased).with_context(failed)?;
    files.iter().try_for_each(fs::remove_file).with_context(failed)?;
    let erased = Erased { moves: kept.moves, refusals: kept.refusals, ..erased };
    let mut done = told(settings, &address, erased, files.len(), maildir);
    (done.known, done.remains) = (known, !store.empty_log().await?);
    if let Some(file) = store.file().map(Path::to_owned) {
        // A file that is read past SQLite loses the locks of this process on it.
        store.close().await;
        look_into_files(&file, &traces, installation, &mut done).await?;
    }
    info!(
        by = %actor, subscriptions = done.subscriptions, mails = done.mails, files = done.files, in_maildir = done.in_maildir,
        written_anew = done.written_anew, "an address is erased"
    );
    Ok(done)
}

/// Tells what [`forget`] would erase, and changes nothing. Free space and copies of SQLite's file are not searched.
///
/// # Errors
/// The address is none, or the store, the folder of mails or the maildir cannot be read.
pub async fn would_forget(installation: &Installation, address: &str) -> Result<Forgotten> {
    let address = parse_address(address)?;
    let people = installation.existing_store().await?.people();
    let known = !people.record(&address).await?.is_empty();
    let all = people.addresses_of_person(&address).await?;
    let settings = installation.settings()?;
    let maildir = settings.replies.maildir.as_deref().map(|folder| maildir::count(folder, &all));
    let erased = people.try_erasing(&address, &hash_key()?, installation.now()).await?;
    let folder = settings.paths.outbox();
    let files = mails_of(&folder, &erased).with_context(|| format!("{} cannot be searched", folder.display()))?;
    Ok(Forgotten { known, ..told(settings, &address, erased, files.len(), maildir) })
}

/// A key for the hashes of addresses, if there is none yet.
fn hash_key() -> Result<String> {
    Ok(format!("{}{}", random_word()?, random_word()?))
}

/// The outcome, but for what is known of the address and of SQLite's file.
fn told(settings: &Config, address: &Address, erased: Erased, files: usize, maildir: Option<InMaildir>) -> Forgotten {
    let removed = maildir.as_ref().map(|maildir| maildir.removed);
    let InMaildir { unread, left, .. } = maildir.unwrap_or_default();
    Forgotten {
        address: address.as_str().to_owned(),
        known: false,
        former: erased.former,
        kept: erased.kept,
        lives_on: erased.lives_on,
        subscriptions: erased.subscriptions,
        moves: erased.moves,
        sign_ups: erased.sign_ups,
        refusals: erased.refusals,
        came_back: erased.came_back,
        mails: erased.mails,
        files: files as u64,
        in_maildir: removed,
        unread,
        left_in_maildir: left,
        mailbox: settings
            .replies
            .imap
            .as_ref()
            .map(|imap| format!("the folder {} of {} at {}", imap.folder, imap.login.username, imap.host)),
        told: erased.told,
        operators: match erased.told {
            0 => Vec::new(),
            _ => settings.operators.iter().map(ToString::to_string).collect(),
        },
        written_anew: false,
        remains: false,
        copies: Vec::new(),
    }
}

/// May a server be taking a mail to one of the addresses at this moment?
async fn is_at_the_dot(store: &Store, addresses: &[Address]) -> Result<bool> {
    for address in addresses {
        if store.people().mails_at_the_dot(address).await? > 0 {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Looks whether free space of SQLite's file, or a copy beside it, still holds an address, and writes the file anew if so.
async fn look_into_files(
    file: &Path,
    traces: &Traces,
    installation: &Installation,
    done: &mut Forgotten,
) -> Result<()> {
    let failed = || format!("{} cannot be read", file.display());
    if traces.are_in(file).with_context(failed)? {
        let again = Store::open_in(installation.store_url()?, installation.around(), installation.now()).await?;
        let written = again.write_anew().await;
        done.remains = !again.empty_log().await?;
        again.close().await;
        written?;
        done.written_anew = true;
        done.remains |= traces.are_in(file).with_context(failed)?;
    }
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let stem = file.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    for entry in fs::read_dir(folder).with_context(failed)? {
        let path = entry.with_context(failed)?.path();
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let is_own = file.file_name().is_some_and(|own| {
            ["", "-wal", "-shm"].iter().any(|suffix| *name == format!("{}{suffix}", own.to_string_lossy()))
        });
        if !is_own && name.starts_with(&stem) && path.is_file() && traces.are_in(&path).with_context(failed)? {
            done.copies.push(path);
        }
    }
    done.copies.sort();
    Ok(())
}

/// The files of a person's mails: those that the store names, and those of editions that it has forgotten.
fn mails_of(folder: &Path, erased: &Erased) -> io::Result<Vec<PathBuf>> {
    let stem = |id: &String| id.trim_start_matches('<').split('@').next().unwrap_or_default().to_owned();
    let named: Vec<String> = erased.message_ids.iter().map(|id| format!("{}.eml", stem(id))).collect();
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut found = Vec::new();
    for entry in entries {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        // BRIEF.N.SUBSCRIBER.STORE.eml; a brief's id holds no dot.
        let parts: Vec<&str> = name.split('.').collect();
        let is_theirs = match parts.as_slice() {
            [_, number, subscriber, _, "eml"] => {
                number.parse::<i64>().is_ok() && erased.subscribers.iter().any(|own| **subscriber == own.to_string())
            }
            _ => false,
        };
        if is_theirs || named.contains(&name) {
            found.push(entry.path());
        }
    }
    Ok(found)
}
