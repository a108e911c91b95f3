//! Removes what is older than operators want to keep: settled mails, PDFs in `reports/`, mails as files. What may still
//! matter to a person (an unknown mail; an edition, its frozen figures and its PDFs in the store) stays.

use std::{
    fs, io,
    path::Path,
    time::{Duration, SystemTime},
};

use chrono::{DateTime, TimeDelta, Utc};
use tracing::{info, warn};

use crate::{
    config::{Paths, Retention},
    store::Store,
};

/// Interval between removals.
pub const INTERVAL: Duration = Duration::from_secs(3600);

/// Removes what is too old. Logs what cannot be removed; the next call tries again.
pub async fn remove_old(retention: &Retention, paths: &Paths, store: &Store, now: DateTime<Utc>) {
    if let Some(age) = retention.mails {
        match store.outbox().forget(before(now, age)).await {
            Ok(0) => {}
            Ok(mails) => info!(mails, "settled mails are forgotten, as [retention] says"),
            Err(problem) => warn!(%problem, "old mails could not be forgotten"),
        }
    }
    match store.people().delete_lapsed(now).await {
        Ok(0) => {}
        Ok(requests) => info!(requests, "requests to join that nobody confirmed are deleted"),
        Err(problem) => warn!(%problem, "requests that nobody confirmed could not be deleted"),
    }
    if let Some(age) = retention.networks {
        match store.people().forget_networks(before(now, age)).await {
            Ok(0) => {}
            Ok(requests) => info!(requests, "networks of readers who joined are forgotten, as [retention] says"),
            Err(problem) => warn!(%problem, "networks of readers who joined could not be forgotten"),
        }
    }
    let outbox = paths.outbox();
    for (age, folder, ending) in [(retention.eml, &outbox, "eml"), (retention.pdfs, &paths.reports, "pdf")] {
        let Some(age) = age else { continue };
        match remove(folder, ending, before(now, age).into()) {
            Ok(0) => {}
            Ok(files) => info!(files, folder = %folder.display(), ending, "old files are removed, as [retention] says"),
            Err(error) => warn!(%error, folder = %folder.display(), "old files could not be removed"),
        }
    }
}

fn before(now: DateTime<Utc>, age: Duration) -> DateTime<Utc> {
    TimeDelta::from_std(age).ok().and_then(|age| now.checked_sub_signed(age)).unwrap_or(DateTime::UNIX_EPOCH)
}

/// Removes files with that ending that were last written before `limit`, in a folder and those in it, and folders that
/// are empty then. Links are not followed.
fn remove(folder: &Path, ending: &str, limit: SystemTime) -> io::Result<usize> {
    let mut removed = 0;
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(0),
        Err(error) => return Err(error),
    };
    for entry in entries {
        let entry = entry?;
        let (path, kind) = (entry.path(), entry.file_type()?);
        if kind.is_dir() {
            let inside = remove(&path, ending, limit)?;
            removed += inside;
            if inside > 0 {
                // Stays while it holds anything else.
                let _ = fs::remove_dir(&path);
            }
        } else if kind.is_file()
            && path.extension().is_some_and(|found| found == ending)
            && entry.metadata()?.modified()? < limit
        {
            fs::remove_file(&path)?;
            removed += 1;
        }
    }
    Ok(removed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_old_files_of_that_kind_go() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::create_dir_all(at("brief/1")).unwrap();
        fs::create_dir_all(at("brief/2")).unwrap();
        let old = SystemTime::now() - Duration::from_secs(10 * 86_400);
        for (name, is_old) in [("brief/1/a.pdf", true), ("brief/2/b.pdf", false), ("README.md", true), ("c.eml", true)]
        {
            fs::write(at(name), "x").unwrap();
            if is_old {
                fs::File::options().write(true).open(at(name)).unwrap().set_modified(old).unwrap();
            }
        }
        let limit = SystemTime::now() - Duration::from_secs(86_400);
        assert_eq!(remove(folder.path(), "pdf", limit).unwrap(), 1);
        assert!(!at("brief/1").exists());
        assert!(at("brief/2/b.pdf").exists() && at("README.md").exists() && at("c.eml").exists());
        assert_eq!(remove(&at("nowhere"), "pdf", limit).unwrap(), 0);
    }
}
