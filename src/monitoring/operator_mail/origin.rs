//! Where a mail to operators comes from: the machine and the store. Who looks after several installations has to know which
//! one it is about.

use std::path::absolute;

use crate::{config::Config, store::Store};

/// The last lines of every mail to operators.
pub(super) fn origin(store: &Store, config: Option<&Config>) -> String {
    let place = match (store.file(), config) {
        (Some(file), _) => absolute(file).unwrap_or_else(|_| file.to_owned()).display().to_string(),
        (None, Some(config)) => config.store.shown(),
        (None, None) => store.kind().to_owned(),
    };
    format!("greenbrief {} on {}\nstore: {place}\n", env!("CARGO_PKG_VERSION"), host())
}

/// The name of this machine.
#[cfg(target_os = "linux")]
fn host() -> String {
    rustix::system::uname().nodename().to_string_lossy().into_owned()
}

#[cfg(not(target_os = "linux"))]
fn host() -> String {
    std::env::var("HOSTNAME").unwrap_or_else(|_| "a machine without a name".to_owned())
}
