//! `[store]`: the database. Only its URL is checked; `store` opens it.

use std::{fmt, path::Path};

use crate::{
    base::problem::Problem,
    config::{
        environment::DATABASE_URL,
        part::Part,
        reading::{
            context::Context,
            masking::masked,
            paths::resolve,
            table_reader::{TableReader, TextValue},
        },
        settings::paths::GivenPaths,
    },
};

/// The database.
#[derive(Clone, PartialEq, Eq)]
pub struct Store {
    /// `sqlite:PATH`, the path found from the working directory, or `postgres://…`. May hold a password: for messages
    /// there is [`Store::shown`].
    pub url: String,
}

impl Store {
    /// The URL without its password.
    pub fn shown(&self) -> String {
        masked(&self.url)
    }
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store").field("url", &self.shown()).finish()
    }
}

/// Reads the section. The environment wins over the file, and `--set` over both.
pub(in crate::config) fn read(
    section: Option<TableReader<'_>>,
    given_paths: &GivenPaths,
    context: &Context<'_>,
) -> Option<Store> {
    let mut section = section;
    let given = section.as_mut().and_then(|section| section.text("url"));
    let there = section.as_ref().is_some_and(|section| section.place_of("url").is_some());
    if let Some(section) = section {
        section.finish();
    }
    if let Some(url) = context.variable(DATABASE_URL)
        && !given.as_ref().is_some_and(TextValue::is_typed)
    {
        return match database(&url, context.base) {
            Ok(url) => Some(Store { url }),
            Err((what, hint)) => {
                context.sink.push(Problem::error(format!("{what} in {DATABASE_URL}")).hint(hint));
                None
            }
        };
    }
    let Some(given) = given else {
        // A path may hold what means something in a URL.
        let path = escaped(&given_paths.paths.state.join("greenbrief.db"));
        return (!there && given_paths.state_is_known).then(|| Store { url: format!("sqlite:{path}") });
    };
    match database(given.text, context.base) {
        Ok(url) => {
            if masked(&url) != url {
                // The store is known all the same: what needs nothing else goes on.
                context.sink.about(Part::Settings, || context.sink.push(no_password_here(&given)));
            }
            Some(Store { url })
        }
        Err((what, hint)) => {
            context.sink.push(given.error(what).hint(hint));
            None
        }
    }
}

fn no_password_here(given: &TextValue<'_>) -> Problem {
    let problem = given.error("a password does not belong in the config");
    let problem = if given.is_typed() {
        problem.hint("what is typed here appears in the shell's history and in the list of processes")
    } else {
        problem.hint("config files are copied, shown and kept; whoever saw this one may know the password: change it")
    };
    problem.hint(format!("put the whole URL into the environment variable {DATABASE_URL}"))
}

/// The URL as the store takes it, or what is wrong and how to mend it.
fn database(url: &str, base: &Path) -> Result<String, (String, String)> {
    let how = "write sqlite:PATH, or postgres://HOST/DATABASE";
    let Some((scheme, rest)) = url.trim().split_once(':') else {
        return Err(("this is not the URL of a database".into(), how.into()));
    };
    match scheme {
        "sqlite" => {
            let rest = rest.strip_prefix("//").unwrap_or(rest);
            let (path, query) = rest.split_once('?').map_or((rest, None), |(path, query)| (path, Some(query)));
            if path == ":memory:" || query.is_some_and(|query| query.contains("mode=memory")) {
                return Err((
                    "a database in memory forgets what was sent".into(),
                    "name a file: sqlite:../var/greenbrief.db".into(),
                ));
            }
            if path.is_empty() || path.ends_with('/') {
                return Err(("this names no file".into(), "name a file: sqlite:../var/greenbrief.db".into()));
            }
            let path = resolve(base, path).display().to_string();
            Ok(query.map_or_else(|| format!("sqlite:{path}"), |query| format!("sqlite:{path}?{query}")))
        }
        "postgres" | "postgresql" => match rest.strip_prefix("//") {
            Some(rest) if !rest.is_empty() => Ok(url.trim().to_owned()),
            _ => Err(("this URL names no server".into(), "write postgres://HOST/DATABASE".into())),
        },
        "sqlite3" | "file" => Err((format!("`{scheme}:` is not known"), "write sqlite:PATH".into())),
        _ if scheme.len() <= 20 && scheme.chars().all(|c| c.is_ascii_alphanumeric()) => {
            Err((format!("`{scheme}:` is not a database greenbrief knows"), how.into()))
        }
        _ => Err(("this is not the URL of a database".into(), how.into())),
    }
}

/// Returns a path as it is written in a URL.
pub(in crate::config) fn escaped(path: &Path) -> String {
    path.display().to_string().replace('%', "%25").replace('?', "%3F").replace('#', "%23")
}
