//! A file that holds a secret and that the config names: read, and looked at whether everybody may read it. What the
//! secret is for is where it is asked for.

use std::{fs, io};

use crate::{
    base::problem::{Place, Problem},
    config::reading::{context::Context, paths::resolve, table_reader::TextValue},
};

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
        let meta = match fs::metadata(&path) {
            Ok(meta) => meta,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return refuse(format!("there is no file {shown}"));
            }
            Err(error) => return refuse(format!("{shown} cannot be read: {error}")),
        };
        if !meta.is_file() || meta.len() > self.most {
            return refuse(format!("{shown} is no {} file", self.kind));
        }
        warn_if_open(&meta, &shown, given.place(), context);
        match fs::read(&path) {
            Ok(bytes) => Some((bytes, shown)),
            Err(error) => refuse(format!("{shown} cannot be read: {error}")),
        }
    }

    /// Something is wrong with what stands in it.
    pub(in crate::config) fn refuse(&self, given: &TextValue<'_>, what: String, context: &Context<'_>) {
        context.sink.push(given.error(what).hint(self.hint));
    }
}

#[cfg(unix)]
fn warn_if_open(meta: &fs::Metadata, shown: &str, place: Place, context: &Context<'_>) {
    use std::os::unix::fs::PermissionsExt;

    if meta.permissions().mode() & 0o004 != 0 {
        let problem = Problem::warning(format!("everybody on this machine can read {shown}"));
        context.sink.push(problem.at(place).hint(format!("chmod 600 {shown}")));
    }
}

#[cfg(not(unix))]
fn warn_if_open(_: &fs::Metadata, _: &str, _: Place, _: &Context<'_>) {}
