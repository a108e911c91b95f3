//! `greenbrief.toml`: a file for each of its sections, with the type that it is read into. Here they are put together.

pub(in crate::config) mod dkim;
pub(in crate::config) mod imap;
pub(in crate::config) mod imprint;
pub(in crate::config) mod login;
pub(in crate::config) mod mail;
pub(in crate::config) mod operators;
pub(in crate::config) mod pace;
pub(in crate::config) mod paths;
pub(in crate::config) mod ping;
pub(in crate::config) mod placeholders;
pub(in crate::config) mod public_web;
pub(in crate::config) mod relays;
pub(in crate::config) mod replies;
pub(in crate::config) mod retention;
pub(in crate::config) mod signing;
pub(in crate::config) mod store;
pub(in crate::config) mod web;

use std::{
    cell::RefCell,
    path::{Path, PathBuf},
    sync::Arc,
};

use self::{
    imprint::Imprint,
    mail::Mail,
    operators::AfterEdition,
    paths::{GivenPaths, Paths},
    ping::Ping,
    public_web::PublicWeb,
    replies::Replies,
    retention::Retention,
    signing::Signing,
    store::Store,
    web::Web,
};
use crate::{
    base::problem::{Place, Problems},
    config::{
        environment::DATABASE_URL,
        part::Part,
        reading::{
            context::Context,
            loader::{Loader, ParsedFile},
            origin::Origin,
            problem_sink::ProblemSink,
            salvage::{self, Salvaged},
            table_reader::TableReader,
            toml_tree::{self, Table},
        },
    },
    people::subscribers::Address,
};

/// What the file says; what could not be read is a default or `None`, and was reported.
pub(in crate::config) struct Settings {
    pub(in crate::config) paths: Paths,
    /// Where `paths.calendars` is given, if it is.
    pub(in crate::config) place_of_calendars: Option<Place>,
    /// Do the paths hold? Not if the file is broken.
    pub(in crate::config) known: bool,
    pub(in crate::config) store: Option<Store>,
    pub(in crate::config) mail: Option<Mail>,
    pub(in crate::config) imprint: Option<Imprint>,
    pub(in crate::config) operators: Vec<Address>,
    pub(in crate::config) after_edition: AfterEdition,
    pub(in crate::config) ping: Option<Ping>,
    pub(in crate::config) web: Option<Web>,
    pub(in crate::config) public_web: Option<PublicWeb>,
    pub(in crate::config) replies: Replies,
    pub(in crate::config) retention: Retention,
    pub(in crate::config) signing: Option<Signing>,
    /// Files of passwords and keys.
    pub(in crate::config) secrets: Vec<PathBuf>,
    /// What still stands there as it was shipped.
    pub(in crate::config) placeholders: Problems,
}

/// Keys that each process may have otherwise although all have the same files: what it was started with, and goes by as long
/// as it runs. Typed with `--set`, they make no other config.
const OF_ONE_PROCESS: [&str; 5] = ["store.url", "paths.state", "web.listen", "web.public.listen", "replies.lmtp"];

/// Reads the file and puts `overrides` over it.
pub(in crate::config) fn read(
    file: &Path,
    overrides: &[(String, String)],
    environment: &dyn Fn(&str) -> Option<String>,
    loader: &mut Loader<'_>,
) -> Settings {
    let document = loader.read(file, "greenbrief.toml");
    let is_read = document.is_some();
    let ParsedFile { origin, mut table, whole } = document.unwrap_or_else(|| ParsedFile {
        origin: Origin::new(file.display().to_string(), ""),
        table: Table::default(),
        whole: false,
    });
    let (mut lines, mut shared) = (String::new(), String::new());
    for (key, value) in overrides {
        loader.order.push(toml_tree::override_name(key));
        let line = format!("{key}={value}\n");
        lines.push_str(&line);
        if !OF_ONE_PROCESS.contains(&key.as_str()) {
            shared.push_str(&line);
        }
        toml_tree::set(&mut table, key, value, loader.sink);
    }
    if !lines.is_empty() {
        loader.keep_typed("--set", &lines, &shared);
    }
    // Of a broken file it cannot be said what is missing in it or wrong.
    let aside = ProblemSink::default();
    let sink = if whole { loader.sink } else { &aside };
    let base = file.parent().unwrap_or(Path::new(""));
    let context = Context { base, environment, sink, secrets: RefCell::default() };
    let mut settings = sections(&origin, &table, &context, whole);
    if !whole {
        settings.store = salvaged_store(is_read.then_some(&origin), overrides, &context);
    }
    loader.done("greenbrief.toml", origin, table);
    settings
}

fn sections(origin: &Arc<Origin>, table: &Table, context: &Context<'_>, whole: bool) -> Settings {
    let mut root = TableReader::new(table, "", origin.place(0..0), context.sink);
    let given_paths = paths::read(root.section("paths"), context.base, context.sink);
    let store = context.sink.about(Part::Store, || store::read(root.section("store"), &given_paths, context));
    let GivenPaths { paths, place_of_calendars, .. } = given_paths;
    let settings = Settings {
        paths,
        place_of_calendars,
        known: whole,
        store,
        mail: None,
        imprint: None,
        operators: Vec::new(),
        after_edition: AfterEdition::default(),
        ping: None,
        web: None,
        public_web: None,
        replies: Replies::default(),
        retention: Retention::default(),
        signing: None,
        secrets: Vec::new(),
        placeholders: placeholders::find(table),
    };
    context.sink.about(Part::Settings, || further_sections(root, settings, context))
}

/// Every section except the paths and the store.
fn further_sections(root: TableReader<'_>, settings: Settings, context: &Context<'_>) -> Settings {
    let mut root = root;
    root.need("mail", "[mail] and below it from = \"Green Economy Brief <brief@example.org>\"");
    let mail = root.section("mail").and_then(|section| mail::read(section, context));
    let imprint = root.section("imprint").and_then(|section| imprint::read(section, context.sink));
    let mut section = root.section("operators");
    let ping = ping::read(section.as_mut(), context);
    let (operators, after_edition) = section.map(|section| operators::read(section, context.sink)).unwrap_or_default();
    let (web, public_web) = root.section("web").map_or((None, None), |section| web::read(section, context));
    let replies = root.section("replies").map_or_else(Replies::default, |section| replies::read(section, context));
    let retention =
        root.section("retention").map_or_else(Retention::default, |section| retention::read(section, context.sink));
    let signing = root.section("signing").and_then(|section| signing::read(section, context));
    root.finish();
    let secrets = context.secrets.take();
    Settings {
        mail,
        imprint,
        operators,
        after_edition,
        ping,
        web,
        public_web,
        replies,
        retention,
        signing,
        secrets,
        ..settings
    }
}

/// The store that a file names which is no TOML as a whole; `None` unless it is certain which one. `origin` is `None` if the
/// file cannot be read.
fn salvaged_store(
    origin: Option<&Arc<Origin>>,
    overrides: &[(String, String)],
    context: &Context<'_>,
) -> Option<Store> {
    let aside = ProblemSink::default();
    let context = Context { sink: &aside, secrets: RefCell::default(), ..*context };
    let mut table = Table::default();
    // The section `name`, put into the table; returns whether it is certain what it says.
    let mut take = |name: &str, marks: &[&str]| match origin.map(|origin| salvage::section(origin, name, marks)) {
        Some(Salvaged::Whole(part)) => {
            table.0.extend(part.0);
            true
        }
        Some(Salvaged::Absent) => true,
        Some(Salvaged::Unclear) | None => false,
    };
    let (store_is_known, paths_are_known) = (take("store", &["sqlite:", "postgres"]), take("paths", &["state"]));
    for (key, value) in overrides {
        toml_tree::set(&mut table, key, value, &aside);
    }
    let named_elsewhere =
        context.variable(DATABASE_URL).is_some() || overrides.iter().any(|(key, _)| key == "store.url");
    let named_here = store_is_known && matches!(table.get("store"), Some(section) if section.has("url"));
    let is_default = store_is_known && paths_are_known;
    if !(named_elsewhere || named_here || is_default) {
        return None;
    }
    let place = origin.map_or_else(|| Origin::new("", "").place(0..0), |origin| origin.place(0..0));
    let mut root = TableReader::new(&table, "", place, &aside);
    let given_paths = paths::read(root.section("paths"), context.base, &aside);
    store::read(root.section("store"), &given_paths, &context)
}
