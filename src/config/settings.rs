//! `greenbrief.toml`: folders, database, operators, retention. Its `[mail]`, `[imprint]` and `[web]` and the operators' ping
//! have files of their own.

use std::{
    cell::RefCell,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use super::{
    AfterEdition, DATABASE_URL, Imprint, Mail, Paths, Ping, Retention, Store, Web,
    documents::{Document, Documents},
    durations, imprint, mail,
    origin::{Origin, resolve},
    ping,
    reader::{Given, Reader, Sink},
    secret, tree,
    tree::{Table, Value},
    web,
};
use crate::{
    base::problem::{Place, Problem},
    people::subscribers::Address,
};

/// What the file says; what could not be read is a default or `None`, and was reported.
pub(super) struct Settings {
    pub(super) paths: Paths,
    /// Where `paths.calendars` is given, if it is.
    pub(super) place_of_calendars: Option<Place>,
    /// Do the paths hold? Not if the file is broken.
    pub(super) known: bool,
    pub(super) store: Option<Store>,
    pub(super) mail: Option<Mail>,
    pub(super) imprint: Option<Imprint>,
    pub(super) operators: Vec<Address>,
    pub(super) after_edition: AfterEdition,
    pub(super) ping: Option<Ping>,
    pub(super) web: Option<Web>,
    pub(super) retention: Retention,
    /// Files of passwords and keys.
    pub(super) secrets: Vec<PathBuf>,
}

/// What every section needs to know.
pub(super) struct Surroundings<'a> {
    /// The folder of the file: what paths are relative to.
    pub(super) base: &'a Path,
    pub(super) environment: &'a dyn Fn(&str) -> Option<String>,
    pub(super) sink: &'a Sink,
    /// Gets the files that hold secrets.
    pub(super) secrets: RefCell<Vec<PathBuf>>,
}

impl Surroundings<'_> {
    /// An environment variable that is set to something.
    pub(super) fn variable(&self, name: &str) -> Option<String> {
        (self.environment)(name).filter(|value| !value.is_empty())
    }
}

/// Reads the file and puts `overrides` over it.
pub(super) fn read(
    file: &Path,
    overrides: &[(String, String)],
    environment: &dyn Fn(&str) -> Option<String>,
    documents: &mut Documents<'_>,
) -> Settings {
    let document = documents.read(file, "greenbrief.toml");
    let Document { origin, mut table, whole } = document.unwrap_or_else(|| Document {
        origin: Origin::new(file.display().to_string(), ""),
        table: Table::default(),
        whole: false,
    });
    let mut lines = String::new();
    for (key, value) in overrides {
        documents.order.push(tree::override_name(key));
        lines.push_str(&format!("{key}={value}\n"));
        tree::set(&mut table, key, value, documents.sink);
    }
    if !lines.is_empty() {
        documents.keep("--set", "--set", &lines);
    }
    // Of a broken file it cannot be said what is missing in it or wrong.
    let aside = Sink::default();
    let sink = if whole { documents.sink } else { &aside };
    let base = file.parent().unwrap_or(Path::new(""));
    let around = Surroundings { base, environment, sink, secrets: RefCell::default() };
    let settings = sections(&origin, &table, &around, whole);
    documents.done("greenbrief.toml", origin, table);
    settings
}

fn sections(origin: &Arc<Origin>, table: &Table, around: &Surroundings<'_>, whole: bool) -> Settings {
    let mut root = Reader::new(table, "", origin.place(0..0), around.sink);
    let (paths, place_of_calendars) = paths(root.section("paths"), around.base);
    let store = store(root.section("store"), &paths, around);
    root.need("mail", "[mail] and below it from = \"Green Economy Brief <brief@example.org>\"");
    let mail = root.section("mail").and_then(|section| mail::read(section, around));
    let imprint = root.section("imprint").and_then(|section| imprint::read(section, around.sink));
    let mut section = root.section("operators");
    let ping = ping::read(section.as_mut(), around);
    let (operators, after_edition) = section.map(|section| operators(section, around.sink)).unwrap_or_default();
    let web = root.section("web").and_then(|section| web::read(section, around));
    let retention =
        root.section("retention").map_or_else(Retention::default, |section| retention(section, around.sink));
    root.finish();
    Settings {
        paths,
        place_of_calendars,
        known: whole,
        store,
        mail,
        imprint,
        operators,
        after_edition,
        ping,
        web,
        retention,
        secrets: around.secrets.take(),
    }
}

fn paths(section: Option<Reader<'_>>, base: &Path) -> (Paths, Option<Place>) {
    let mut section = section;
    let place_of_calendars = section.as_ref().and_then(|section| section.place_of("calendars"));
    let mut path = |key: &'static str, default: &str| -> PathBuf {
        let given = section.as_mut().and_then(|section| section.text(key));
        resolve(base, given.as_ref().map_or(default, |given| given.text))
    };
    let config = path("config", ".");
    let given = path("calendars", "calendars");
    // The default moves with the folder of the config.
    let calendars = if place_of_calendars.is_some() { given } else { resolve(&config, "calendars") };
    let paths = Paths {
        config,
        calendars,
        templates: path("templates", "../templates"),
        data: path("data", "../data"),
        state: path("state", "../var"),
        reports: path("reports", "../reports"),
    };
    if let Some(section) = section {
        section.finish();
    }
    (paths, place_of_calendars)
}

fn store(section: Option<Reader<'_>>, paths: &Paths, around: &Surroundings<'_>) -> Option<Store> {
    let mut section = section;
    let given = section.as_mut().and_then(|section| section.text("url"));
    let there = section.as_ref().is_some_and(|section| section.place_of("url").is_some());
    if let Some(section) = section {
        section.finish();
    }
    if let Some(url) = around.variable(DATABASE_URL)
        && !given.as_ref().is_some_and(Given::is_typed)
    {
        return match database(&url, around.base) {
            Ok(url) => Some(Store { url }),
            Err((what, hint)) => {
                around.sink.push(Problem::error(format!("{what} in {DATABASE_URL}")).hint(hint));
                None
            }
        };
    }
    let Some(given) = given else {
        // A path may hold what means something in a URL.
        let path = secret::escaped(&paths.state.join("greenbrief.db"));
        return (!there).then(|| Store { url: format!("sqlite:{path}") });
    };
    match database(given.text, around.base) {
        Ok(url) => {
            if secret::masked(&url) != url {
                let mut problem = Problem::warning("the database's password stands in the config");
                problem.place = Some(given.place());
                around
                    .sink
                    .push(problem.hint(format!("put the whole URL into the environment variable {DATABASE_URL}")));
            }
            Some(Store { url })
        }
        Err((what, hint)) => {
            around.sink.push(given.error(what).hint(hint));
            None
        }
    }
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

fn operators(section: Reader<'_>, sink: &Sink) -> (Vec<Address>, AfterEdition) {
    let mut section = section;
    section.need("email", "email = \"you@example.org\"");
    let mut found: Vec<Address> = Vec::new();
    for given in section.texts("email").unwrap_or_default() {
        let Some(address) = address(&given, sink) else { continue };
        if found.iter().any(|other| other.key() == address.key()) {
            sink.push(given.error(format!("`{address}` stands here a second time")));
        } else {
            found.push(address);
        }
    }
    let after_edition =
        section.get("after_edition").map_or_else(AfterEdition::default, |entry| match &entry.node.value {
            Value::Boolean(true) => AfterEdition::Always,
            Value::Boolean(false) => AfterEdition::Never,
            Value::Text(word) if word == "problems" => AfterEdition::Problems,
            _ => {
                let problem = Problem::error("`operators.after_edition` must be true, \"problems\" or false");
                sink.push(problem.at(entry.node.spot.place()));
                AfterEdition::default()
            }
        });
    section.finish();
    (found, after_edition)
}

fn retention(section: Reader<'_>, sink: &Sink) -> Retention {
    let mut section = section;
    let mut keep = |key| {
        let given = section.length(key)?;
        let length = duration(&given, sink)?;
        if length < Duration::from_secs(86_400) {
            sink.push(given.error("this is shorter than a day").hint("leave the key out to keep everything"));
            return None;
        }
        Some(length)
    };
    let retention = Retention { mails: keep("mails"), pdfs: keep("pdfs"), eml: keep("eml") };
    section.finish();
    retention
}

/// An address, or what is wrong with it.
pub(super) fn address(given: &Given<'_>, sink: &Sink) -> Option<Address> {
    match Address::parse(given.text) {
        Ok(address) => Some(address),
        Err(bad) => {
            sink.push(given.error(bad.what).hint(bad.hint));
            None
        }
    }
}

/// A length of time, or what is wrong with it.
pub(super) fn duration(given: &Given<'_>, sink: &Sink) -> Option<Duration> {
    match durations::parse(given.text) {
        Ok(length) => Some(length),
        Err(bad) => {
            sink.push(given.error_inside(bad.span, bad.what).hint(bad.hint));
            None
        }
    }
}
