//! A file that holds a secret and that the config names: read, and looked at whether everybody may read it. What the
//! secret is for is where it is asked for.

use std::{env, fs, io, path::Path};

use crate::{
    base::problem::{Place, Problem},
    config::{
        part::Part,
        reading::{context::Context, paths::resolve, table_reader::TextValue},
    },
};

/// Where systemd puts what a unit's `LoadCredential=` names, while the unit runs and for its user alone (systemd.exec(5)).
const CREDENTIALS: &str = "/run/credentials";

/// The requirements on a file that holds a secret.
pub(in crate::config) struct SecretFile {
    /// What it is called, such as `password`
    pub(in crate::config) kind: &'static str,
    /// Maximum length, in bytes
    pub(in crate::config) most: u64,
    /// How it is to be, when something is wrong with it
    pub(in crate::config) hint: &'static str,
}

impl SecretFile {
    /// The bytes of the file that `given` names, and its path as it is shown. What is wrong is reported.
    pub(in crate::config) fn read(&self, given: &TextValue<'_>, context: &Context<'_>) -> Option<(Vec<u8>, String)> {
        let path = resolve(context.base, given.text);
        let shown = path.display().to_string();
        context.secrets.borrow_mut().push(path.clone());
        let refuse = |what: String| {
            self.refuse(given, what, context);
            None
        };
        let broken = |error: io::Error| {
            let is_for_others = is_for_others(&path, &error);
            let what = match error.kind() {
                io::ErrorKind::NotFound if is_for_others => format!("{shown} is there only while its service runs"),
                io::ErrorKind::NotFound => format!("there is no file {shown}"),
                _ => format!("{shown} cannot be read: {error}"),
            };
            if !is_for_others {
                return refuse(what);
            }
            let hint =
                "only `serve`, and a command that sends mails by itself, reads it: run that as the service's user";
            context.sink.about(Part::SecretAccess, || context.sink.push(given.error(what).hint(hint)));
            None
        };
        let meta = match fs::metadata(&path) {
            Ok(meta) => meta,
            Err(error) => return broken(error),
        };
        if !meta.is_file() || meta.len() > self.most {
            return refuse(format!("{shown} is no {} file", self.kind));
        }
        warn_if_open(&meta, &shown, given.place(), context);
        match fs::read(&path) {
            Ok(bytes) => Some((bytes, shown)),
            Err(error) => broken(error),
        }
    }

    /// Something is wrong with what stands in it.
    pub(in crate::config) fn refuse(&self, given: &TextValue<'_>, what: String, context: &Context<'_>) {
        context.sink.about(Part::Secrets, || context.sink.push(given.error(what).hint(self.hint)));
    }
}

/// May the file be right although this user cannot read it?
fn is_for_others(path: &Path, error: &io::Error) -> bool {
    let is_credential = || {
        let own = env::var_os("CREDENTIALS_DIRECTORY").is_some_and(|own| path.starts_with(own));
        path.starts_with(CREDENTIALS) && !own
    };
    match error.kind() {
        io::ErrorKind::PermissionDenied => true,
        io::ErrorKind::NotFound => is_credential(),
        _ => false,
    }
}

#[cfg(unix)]
fn warn_if_open(meta: &fs::Metadata, shown: &str, place: Place, context: &Context<'_>) {
    use std::os::unix::fs::PermissionsExt;

    if meta.permissions().mode() & 0o004 != 0 {
        let problem = Problem::warning(format!("everybody on this machine can read {shown}"));
        let problem = problem.at(place).hint(format!("chmod 600 {shown}"));
        context.sink.about(Part::Secrets, || context.sink.push(problem));
    }
}

#[cfg(not(unix))]
fn warn_if_open(_: &fs::Metadata, _: &str, _: Place, _: &Context<'_>) {}
