//! What a person can do about something that broke: a store that cannot be opened, a full disk, a file of somebody else.

use std::io::{self, ErrorKind};

use super::context::Context;
use crate::{
    base::{os_user, problem::Problem},
    store,
};

/// The words with which rustls refuses a certificate, whatever is wrong with it.
const CERTIFICATE: &str = "invalid peer certificate";
const OF_CERTIFICATES: &str =
    "docs/private-ca.md says what each of these words means, and how an authority of your own is named";

/// The error with all that led to it, and how to mend it, as far as that is known.
pub(super) fn explained(error: &anyhow::Error, context: &Context) -> Problem {
    let problem = Problem::error(format!("{error:#}"));
    let hints = match error.chain().find_map(|error| error.downcast_ref::<store::Error>()) {
        Some(of_store) => {
            let url = context.config_source().read().store().map(|store| store.url.clone()).unwrap_or_default();
            of_store.hints(&url)
        }
        None if problem.what.contains(CERTIFICATE) => vec![OF_CERTIFICATES.to_owned()],
        None => {
            error.chain().find_map(|error| error.downcast_ref::<io::Error>()).map(of_io).into_iter().flatten().collect()
        }
    };
    hints.into_iter().fold(problem, Problem::hint)
}

fn of_io(error: &io::Error) -> Option<String> {
    Some(match error.kind() {
        ErrorKind::PermissionDenied => format!(
            "you are {}: run it as the user who may use that file, such as `sudo -u greenbrief greenbrief …`",
            os_user::current()
        ),
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge => {
            "free some space there, then run it again".to_owned()
        }
        ErrorKind::ReadOnlyFilesystem => "that file system is mounted read-only: `findmnt -T FILE` shows it".to_owned(),
        _ => return None,
    })
}
