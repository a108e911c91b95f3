//! A person is erased from the store and from the files beside it. Copies of the store that are kept elsewhere, and the logs of
//! mail servers, are not ours to change.

use std::{
    fs, io,
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::Context as _;
use serde::Serialize;
use tokio::time::sleep;
use tracing::info;

use super::{Actor, Installation, Result, parse_address};
use crate::{
    actions::{Error, random_word::random_word},
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
    /// Subscriptions that were erased
    pub subscriptions: u64,
    /// Mails that name nobody any more
    pub mails: u64,
    /// Files with mails that were removed
    pub files: u64,
    /// SQLite's file was written anew, since its free space held the address
    pub written_anew: bool,
    /// SQLite's file holds the address still, since it was busy
    pub remains: bool,
    /// Copies of the store, kept beside it, that hold the address
    pub copies: Vec<PathBuf>,
}

/// Erases all that is known of a person. The store is closed when this returns: only so can its file be read past it.
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
    people.remove([&address], removal, installation.now()).await?;
    let mut waited = Duration::ZERO;
    while people.mails_at_the_dot(&address).await? > 0 {
        if waited >= PATIENCE {
            return Err(Error::refused(format!(
                "a server is taking a mail to {address} at this moment: its subscriptions are ended; run this again in a minute"
            )));
        }
        sleep(LOOK).await;
        waited += LOOK;
    }
    let erased = people.erase(&address, &format!("{}{}", random_word()?, random_word()?), installation.now()).await?;
    let folder = installation.settings()?.paths.reports.join("outbox");
    let files = remove_mails(&folder, &erased).with_context(|| format!("{} cannot be searched", folder.display()))?;
    let is_empty = store.empty_log().await?;
    let mut done = Forgotten {
        address: address.as_str().to_owned(),
        known,
        subscriptions: erased.subscriptions,
        mails: erased.mails,
        files,
        written_anew: false,
        remains: !is_empty,
        copies: Vec::new(),
    };
    if let Some(file) = store.file().map(Path::to_owned) {
        // A file that is read past SQLite loses the locks of this process on it.
        store.close().await;
        look_into_files(&file, &address, installation, &mut done).await?;
    }
    info!(
        by = %actor, subscriptions = done.subscriptions, mails = done.mails, files = done.files,
        written_anew = done.written_anew, "an address is erased"
    );
    Ok(done)
}

/// Looks whether free space of SQLite's file, or a copy beside it, still holds the address, and writes the file anew if so.
async fn look_into_files(
    file: &Path,
    address: &Address,
    installation: &Installation,
    done: &mut Forgotten,
) -> Result<()> {
    let failed = || format!("{} cannot be read", file.display());
    if holds(file, address).with_context(failed)? {
        let again = Store::open_in(installation.store_url()?, installation.around(), installation.now()).await?;
        let written = again.write_anew().await;
        done.remains = !again.empty_log().await?;
        again.close().await;
        written?;
        done.written_anew = true;
        done.remains |= holds(file, address).with_context(failed)?;
    }
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let stem = file.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    for entry in fs::read_dir(folder).with_context(failed)? {
        let path = entry.with_context(failed)?.path();
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let is_own = file.file_name().is_some_and(|own| {
            ["", "-wal", "-shm"].iter().any(|suffix| *name == format!("{}{suffix}", own.to_string_lossy()))
        });
        if !is_own && name.starts_with(&stem) && path.is_file() && holds(&path, address).with_context(failed)? {
            done.copies.push(path);
        }
    }
    done.copies.sort();
    Ok(())
}

/// Does a file hold an address, in whatever case?
fn holds(file: &Path, address: &Address) -> io::Result<bool> {
    let mut bytes = fs::read(file)?;
    bytes.make_ascii_lowercase();
    let typed = address.as_str().to_ascii_lowercase();
    Ok([address.key(), &typed].iter().any(|form| memchr::memmem::find(&bytes, form.as_bytes()).is_some()))
}

/// Removes the files of a person's mails: those that the store names, and those of editions that it has forgotten.
fn remove_mails(folder: &Path, erased: &Erased) -> io::Result<u64> {
    let stem = |id: &String| id.trim_start_matches('<').split('@').next().unwrap_or_default().to_owned();
    let named: Vec<String> = erased.message_ids.iter().map(|id| format!("{}.eml", stem(id))).collect();
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(0),
        Err(error) => return Err(error),
    };
    let mut removed = 0;
    for entry in entries {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        // BRIEF.N.SUBSCRIBER.STORE.eml; a brief's id holds no dot.
        let parts: Vec<&str> = name.split('.').collect();
        let is_theirs = match parts.as_slice() {
            [_, number, subscriber, _, "eml"] => {
                number.parse::<i64>().is_ok() && erased.subscriber.is_some_and(|own| **subscriber == own.to_string())
            }
            _ => false,
        };
        if is_theirs || named.contains(&name) {
            fs::remove_file(entry.path())?;
            removed += 1;
        }
    }
    Ok(removed)
}
