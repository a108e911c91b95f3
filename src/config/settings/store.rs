//! `[store]`: the database. Only its URL is checked; `store` opens it.

use std::{fmt, ops::Range, path::Path};

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
    /// `sqlite:PATH`, the path found from the working directory and as it is, nothing escaped, or `postgres://…`. May hold a
    /// password: for messages there is [`Store::shown`].
    pub url: String,
    /// It was named on the command line
    pub is_typed: bool,
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
            Ok(url) => Some(Store { url, is_typed: false }),
            Err(Mistake { what, hint, .. }) => {
                context.sink.push(Problem::error(format!("{what} in {DATABASE_URL}")).hint(hint));
                None
            }
        };
    }
    let Some(given) = given else {
        let path = given_paths.paths.state.join("greenbrief.db");
        return (!there && given_paths.state_is_known)
            .then(|| Store { url: format!("sqlite:{}", path.display()), is_typed: false });
    };
    match database(given.text, context.base) {
        Ok(url) => {
            if masked(&url) != url {
                // The store is known all the same: what needs nothing else goes on.
                context.sink.about(Part::Settings, || context.sink.push(no_password_here(&given)));
            }
            Some(Store { url, is_typed: given.is_typed() })
        }
        Err(Mistake { what, hint, at }) => {
            let problem = match at {
                Some(range) => given.error_inside(range, what),
                None => given.error(what),
            };
            context.sink.push(problem.hint(hint));
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

/// What is wrong with a URL.
struct Mistake {
    what: String,
    hint: String,
    /// The bytes of the URL that are wrong; `None` if it is the whole
    at: Option<Range<usize>>,
}

impl Mistake {
    fn of_all(what: impl Into<String>, hint: impl Into<String>) -> Mistake {
        Mistake { what: what.into(), hint: hint.into(), at: None }
    }
}

/// The URL as the store takes it, or what is wrong and how to mend it.
fn database(given: &str, base: &Path) -> Result<String, Mistake> {
    let how = "write sqlite:PATH, or postgres://HOST/DATABASE";
    let url = given.trim();
    let Some((scheme, rest)) = url.split_once(':') else {
        return Err(Mistake::of_all("this is not the URL of a database", how));
    };
    match scheme {
        "sqlite" => {
            let path = rest.strip_prefix("//").unwrap_or(rest);
            sqlite(path, base).map_err(|mistake| {
                // `url` and `path` are parts of what was given: both ends were trimmed, and `path` is the end of `url`.
                let start = given.trim_end().len() - path.len();
                Mistake { at: mistake.at.map(|at| start + at.start..start + at.end), ..mistake }
            })
        }
        "postgres" | "postgresql" => match rest.strip_prefix("//") {
            Some(rest) if !rest.is_empty() => Ok(url.to_owned()),
            _ => Err(Mistake::of_all("this URL names no server", "write postgres://HOST/DATABASE")),
        },
        "sqlite3" | "file" => Err(Mistake::of_all(format!("`{scheme}:` is not known"), "write sqlite:PATH")),
        _ if scheme.len() <= 20 && scheme.chars().all(|c| c.is_ascii_alphanumeric()) => {
            Err(Mistake::of_all(format!("`{scheme}:` is not a database greenbrief knows"), how))
        }
        _ => Err(Mistake::of_all("this is not the URL of a database", how)),
    }
}

/// As `database`, for what stands behind `sqlite:`: the path of a file and nothing else. Two spellings of one path would
/// otherwise be two stores, the second of them empty.
fn sqlite(path: &str, base: &Path) -> Result<String, Mistake> {
    let name_a_file = "name a file: sqlite:../var/greenbrief.db";
    if path.starts_with(":memory:") || path.split_once('?').is_some_and(|(_, query)| query.contains("mode=memory")) {
        return Err(Mistake::of_all("a database in memory forgets what was sent", name_a_file));
    }
    if let Some(mistake) = no_path(path) {
        return Err(mistake);
    }
    if path.is_empty() || path.ends_with('/') {
        return Err(Mistake::of_all("this names no file", name_a_file));
    }
    Ok(format!("sqlite:{}", resolve(base, path).display()))
}

/// What stands in a path that belongs to a URL or to a shell. None of it is taken as a part of a file's name, though it could
/// be one: whoever writes it means something else.
fn no_path(path: &str) -> Option<Mistake> {
    let wrong =
        |what: &str, hint: String, at: Range<usize>| Some(Mistake { what: what.to_owned(), hint, at: Some(at) });
    if let Some(at) = path.find(['?', '#']) {
        let kept = path.get(..at).unwrap_or_default();
        let what = match path.get(at..).is_some_and(|rest| rest.starts_with('?')) {
            true => "a query means nothing to a SQLite store: greenbrief itself knows how its file is opened",
            false => "a fragment means nothing to a SQLite store",
        };
        let hint = match kept.is_empty() {
            true => "name a file: sqlite:../var/greenbrief.db".to_owned(),
            false => format!("write the path alone: sqlite:{kept}"),
        };
        return wrong(what, hint, at..path.len());
    }
    for (at, _) in path.match_indices('%') {
        let code = path.get(at + 1..at + 3).and_then(|digits| u8::from_str_radix(digits, 16).ok());
        if let Some(code) = code {
            let plain = match code.is_ascii_graphic() {
                true => format!("write `{}` itself", char::from(code)),
                false => "write the character itself".to_owned(),
            };
            let hint = format!("{plain}; a folder that is called so can be named in paths.state");
            return wrong("a path is written as it is, without percent escapes", hint, at..at + 3);
        }
    }
    if let Some(first) = path.chars().next().filter(|c| matches!(c, '~' | '$')) {
        let what = match first {
            '~' => "`~` is not replaced by a home folder",
            _ => "variables are not replaced",
        };
        return wrong(what, "write the whole path, or one from the folder of this file".to_owned(), 0..1);
    }
    let at = path.char_indices().find(|(at, c)| c.is_control() || (*at == 0 && c.is_whitespace()));
    at.and_then(|(at, c)| {
        wrong(
            "a path does not begin with a space or hold a control character",
            "take it out".to_owned(),
            at..at + c.len_utf8(),
        )
    })
}
