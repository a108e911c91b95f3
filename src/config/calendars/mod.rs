//! The calendars that schedules may name: those of Germany, and those of the folder for calendars, one file each. Here
//! they are found, and those that build on others are put together; what stands in a file is read in `file.rs`.

mod file;

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
    sync::Arc,
};

pub(in crate::config) use self::file::LONGEST_NAME;
use self::file::{Include, Written};
use crate::{
    base::problem::{Place, Problem},
    config::reading::{loader::Loader, problem_sink::ProblemSink, table_reader::TextValue},
    time::calendar::{Calendar, germany},
};

/// The longest id, in characters.
const LONGEST_ID: usize = 64;
/// Maximum number of files that are read.
const MOST_FILES: usize = 500;

/// The calendars found.
pub(in crate::config) struct Calendars {
    pub(in crate::config) all: BTreeMap<String, Arc<Calendar>>,
    /// They have a file with a mistake: who names one need not be told that there is none.
    broken: BTreeSet<String>,
}

impl Calendars {
    /// The calendar that is named, or what is wrong with the name.
    pub(in crate::config) fn find(&self, given: &TextValue<'_>, sink: &ProblemSink) -> Option<Arc<Calendar>> {
        if let Some(calendar) = self.all.get(given.text) {
            return Some(calendar.clone());
        }
        if !self.broken.contains(given.text) {
            sink.push(self.unknown(given.text).at(given.place()));
        }
        None
    }

    fn unknown(&self, id: &str) -> Problem {
        unknown(id, self.all.keys().chain(&self.broken).map(String::as_str))
    }
}

/// There is no calendar `id`: which one may be meant, and which there are.
pub(in crate::config) fn unknown<'a>(id: &str, known: impl Iterator<Item = &'a str>) -> Problem {
    let mut known: Vec<&str> = known.collect();
    known.sort_unstable();
    let problem = Problem::error(format!("there is no calendar `{id}`"));
    let typed = id.to_uppercase();
    let near = known
        .iter()
        .map(|known| (strsim::damerau_levenshtein(&typed, &known.to_uppercase()), *known))
        .filter(|(distance, known)| *distance <= (known.chars().count() / 3).max(1))
        .min();
    let problem = match near {
        Some((_, near)) => problem.hint(format!("did you mean `{near}`?")),
        None => problem,
    };
    problem.hint(format!("there are {}", known.join(", ")))
}

/// Reads the calendars of `folder`. `given`: where the folder is named, if it is, and so has to be there.
pub(in crate::config) fn read(folder: &Path, given: Option<&Place>, loader: &mut Loader<'_>) -> Calendars {
    let folder = folder.strip_prefix(".").unwrap_or(folder);
    let mut found = Calendars {
        all: germany::all().iter().map(|calendar| (calendar.id.clone(), calendar.clone())).collect(),
        broken: BTreeSet::new(),
    };
    let (mut written, mut includes) = (BTreeMap::new(), BTreeMap::new());
    for path in files(folder, given, loader) {
        let id = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let role = format!("calendars/{id}.toml");
        let Some(document) = loader.read(&path, &role) else {
            found.broken.insert(id);
            continue;
        };
        let named = id_is_good(&id, &document.origin.place(0..0), loader.sink);
        let (include, calendar) = file::read(&id, &path, &document, loader);
        loader.done(&role, document.origin, document.table);
        includes.insert(id.clone(), include);
        match calendar.filter(|_| named) {
            Some(calendar) => drop(written.insert(id, calendar)),
            None if named => drop(found.broken.insert(id)),
            None => {}
        }
    }
    let known: BTreeSet<&str> =
        found.all.keys().chain(&found.broken).chain(written.keys()).map(String::as_str).collect();
    for (id, place) in includes.values().flatten().filter(|(id, _)| !known.contains(id.as_str())) {
        loader.sink.push(unknown(id, known.iter().copied()).at(place.clone()));
    }
    put_together(written, &includes, &mut found, loader.sink);
    found
}

fn files(folder: &Path, given: Option<&Place>, loader: &Loader<'_>) -> Vec<PathBuf> {
    let is_calendar = |path: &PathBuf| {
        let hidden = path.file_name().is_none_or(|name| name.to_string_lossy().starts_with('.'));
        !hidden && path.extension().is_some_and(|ending| ending == "toml")
    };
    let mut files: Vec<PathBuf> = match loader.list(folder, "calendars") {
        Ok(files) => files.into_iter().filter(is_calendar).collect(),
        Err(error) => {
            let absent = error.kind() == std::io::ErrorKind::NotFound;
            if given.is_some() || !absent {
                let mut problem =
                    Problem::error(format!("the calendars' folder {} cannot be read: {error}", folder.display()));
                problem.place = given.cloned();
                loader.sink.push(problem.hint("it holds a file for each calendar, such as CN.toml"));
            }
            Vec::new()
        }
    };
    files.sort();
    if files.len() > MOST_FILES {
        let what = format!("{} holds more than {MOST_FILES} calendars", folder.display());
        loader.sink.push(Problem::error(what).hint("take those out that no schedule names"));
        files.truncate(MOST_FILES);
    }
    files
}

fn id_is_good(id: &str, place: &Place, sink: &ProblemSink) -> bool {
    let plain = !id.is_empty()
        && id.len() <= LONGEST_ID
        && id.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
        && !id.starts_with('-')
        && !id.ends_with('-');
    let problem = if !plain {
        Problem::error(format!("`{id}` cannot be the id of a calendar")).hint(format!(
            "name the file with letters, digits and hyphens inside, at most {LONGEST_ID} characters, such as office.toml"
        ))
    } else if germany::all().iter().any(|calendar| calendar.id.eq_ignore_ascii_case(id)) {
        Problem::error(format!("the calendar `{}` is computed and needs no file", id.to_ascii_uppercase())).hint(
            format!(
                "give the file another name, such as office.toml, and build on it: include = [\"{}\"]",
                id.to_ascii_uppercase()
            ),
        )
    } else {
        return true;
    };
    sink.push(problem.at(place.clone()));
    false
}

/// Those first that build on nothing that is not there yet, until none is left, or only those that build on themselves.
fn put_together(
    written: BTreeMap<String, Written>,
    includes: &BTreeMap<String, Vec<Include>>,
    found: &mut Calendars,
    sink: &ProblemSink,
) {
    let mut left = written;
    loop {
        let ready: Vec<String> = left
            .values()
            .filter(|calendar| calendar.include.iter().all(|id| !left.contains_key(id)))
            .map(|calendar| calendar.id.clone())
            .collect();
        if ready.is_empty() {
            break;
        }
        for id in ready {
            let Some(calendar) = left.remove(&id) else { continue };
            let parts: Option<Vec<&Calendar>> =
                calendar.include.iter().map(|id| found.all.get(id).map(Arc::as_ref)).collect();
            match parts {
                Some(parts) => {
                    let whole = calendar.built_on(&parts);
                    found.all.insert(id, Arc::new(whole));
                }
                None => drop(found.broken.insert(id)),
            }
        }
    }
    let left: BTreeSet<String> = left.into_keys().collect();
    circles(&left, includes, sink);
    found.broken.extend(left);
}

/// Tells each circle once, at the include that closes it.
fn circles(left: &BTreeSet<String>, includes: &BTreeMap<String, Vec<Include>>, sink: &ProblemSink) {
    let mut seen: BTreeSet<&str> = BTreeSet::new();
    for start in left {
        let mut way: Vec<&str> = Vec::new();
        let mut at = start.as_str();
        while seen.insert(at) {
            way.push(at);
            let next = includes.get(at).and_then(|include| include.iter().find(|(id, _)| left.contains(id)));
            let Some((next, place)) = next else { break };
            if let Some(begin) = way.iter().position(|id| id == next) {
                let through: Vec<String> = way.iter().skip(begin + 1).map(|id| format!("`{id}`")).collect();
                let what = match through.as_slice() {
                    [] => format!("the calendar `{next}` builds on itself"),
                    through => format!("the calendar `{next}` builds on itself, through {}", through.join(" and ")),
                };
                sink.push(Problem::error(what).at(place.clone()).hint("take this one out of `include`"));
                break;
            }
            at = next;
        }
    }
}
