//! `greenbrief.toml`: a file for each of its sections, with the type that it is read into. Here they are put together.

pub(in crate::config) mod dkim;
pub(in crate::config) mod imprint;
pub(in crate::config) mod mail;
pub(in crate::config) mod operators;
pub(in crate::config) mod pace;
pub(in crate::config) mod paths;
pub(in crate::config) mod ping;
pub(in crate::config) mod relays;
pub(in crate::config) mod retention;
pub(in crate::config) mod store;
pub(in crate::config) mod web;

use std::{
    cell::RefCell,
    path::{Path, PathBuf},
    sync::Arc,
};

use self::{
    imprint::Imprint, mail::Mail, operators::AfterEdition, paths::Paths, ping::Ping, retention::Retention,
    store::Store, web::Web,
};
use crate::{
    base::problem::Place,
    config::reading::{
        context::Context,
        loader::{Loader, ParsedFile},
        origin::Origin,
        problem_sink::ProblemSink,
        table_reader::TableReader,
        toml_tree::{self, Table},
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
    pub(in crate::config) retention: Retention,
    /// Files of passwords and keys.
    pub(in crate::config) secrets: Vec<PathBuf>,
}

/// Reads the file and puts `overrides` over it.
pub(in crate::config) fn read(
    file: &Path,
    overrides: &[(String, String)],
    environment: &dyn Fn(&str) -> Option<String>,
    loader: &mut Loader<'_>,
) -> Settings {
    let document = loader.read(file, "greenbrief.toml");
    let ParsedFile { origin, mut table, whole } = document.unwrap_or_else(|| ParsedFile {
        origin: Origin::new(file.display().to_string(), ""),
        table: Table::default(),
        whole: false,
    });
    let mut lines = String::new();
    for (key, value) in overrides {
        loader.order.push(toml_tree::override_name(key));
        lines.push_str(&format!("{key}={value}\n"));
        toml_tree::set(&mut table, key, value, loader.sink);
    }
    if !lines.is_empty() {
        loader.keep("--set", "--set", &lines);
    }
    // Of a broken file it cannot be said what is missing in it or wrong.
    let aside = ProblemSink::default();
    let sink = if whole { loader.sink } else { &aside };
    let base = file.parent().unwrap_or(Path::new(""));
    let context = Context { base, environment, sink, secrets: RefCell::default() };
    let settings = sections(&origin, &table, &context, whole);
    loader.done("greenbrief.toml", origin, table);
    settings
}

fn sections(origin: &Arc<Origin>, table: &Table, context: &Context<'_>, whole: bool) -> Settings {
    let mut root = TableReader::new(table, "", origin.place(0..0), context.sink);
    let (paths, place_of_calendars) = paths::read(root.section("paths"), context.base);
    let store = store::read(root.section("store"), &paths, context);
    root.need("mail", "[mail] and below it from = \"Green Economy Brief <brief@example.org>\"");
    let mail = root.section("mail").and_then(|section| mail::read(section, context));
    let imprint = root.section("imprint").and_then(|section| imprint::read(section, context.sink));
    let mut section = root.section("operators");
    let ping = ping::read(section.as_mut(), context);
    let (operators, after_edition) = section.map(|section| operators::read(section, context.sink)).unwrap_or_default();
    let web = root.section("web").and_then(|section| web::read(section, context));
    let retention =
        root.section("retention").map_or_else(Retention::default, |section| retention::read(section, context.sink));
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
        secrets: context.secrets.take(),
    }
}
