//! Reads the config: all its files, with all problems at once.
//!
//! Order of precedence: `--set`, then the environment (for the three secrets only), then the file, then the default.

use std::{collections::BTreeMap, path::Path, sync::Arc};

use ring::digest::{Context, SHA256};

use crate::{
    base::problem::{Problem, Problems, Severity},
    config::{
        briefs, calendars,
        effective::{self, Shown},
        linked_pages,
        model::Config,
        part::Part,
        readable::ReadableConfig,
        reading::{
            loader::{LoadedFile, Loader},
            problem_sink::ProblemSink,
        },
        settings,
    },
};

/// Reads the config: `file` (`greenbrief.toml`), what `--set` said as key and value, the calendars and the briefs.
/// `environment` gives the value of an environment variable. Password files are read too, if they are needed, and keys.
///
/// The second value of the result are warnings.
///
/// # Errors
/// Every problem of every file.
pub fn load(
    file: &Path,
    overrides: &[(String, String)],
    environment: &dyn Fn(&str) -> Option<String>,
) -> Result<(Config, Problems), Problems> {
    read(file, overrides, environment).for_parts(Part::ALL)
}

/// The config as [`load`] reads it: each key of each file with its value and where that comes from. Secrets are masked, and
/// need not be readable.
///
/// # Errors
/// Every problem of every file.
pub fn show(
    file: &Path,
    overrides: &[(String, String)],
    environment: &dyn Fn(&str) -> Option<String>,
) -> Result<(Vec<Shown>, Problems), Problems> {
    let mut trees = Vec::new();
    let config = read_trees(file, overrides, environment, Some(&mut trees));
    let warnings = config.warnings(Part::WITHOUT_SECRETS);
    let (config, _) = config.for_parts(Part::WITHOUT_SECRETS)?;
    Ok((effective::collect::all(&config, &trees, environment), warnings))
}

/// The config as far as it can be read.
pub(super) fn read(
    file: &Path,
    overrides: &[(String, String)],
    environment: &dyn Fn(&str) -> Option<String>,
) -> ReadableConfig {
    read_trees(file, overrides, environment, None)
}

/// `trees` gets all that was read, if it is to be shown.
fn read_trees(
    file: &Path,
    overrides: &[(String, String)],
    environment: &dyn Fn(&str) -> Option<String>,
    trees: Option<&mut Vec<LoadedFile>>,
) -> ReadableConfig {
    let sink = ProblemSink::default();
    let mut loader = Loader::shown(&sink, trees);
    let settings = settings::read(file, overrides, environment, &mut loader);
    let place = settings.place_of_calendars.as_ref().filter(|_| settings.known);
    let calendars = sink.about(Part::Calendars, || calendars::read(&settings.paths.calendars, place, &mut loader));
    let briefs = sink.about(Part::Briefs, || briefs::read(&settings.paths, settings.known, &calendars, &mut loader));
    if settings.known {
        sink.about(Part::Briefs, || linked_pages::check(&briefs, settings.public_web.is_some(), &sink));
    }
    let Loader { sources, order, digests, .. } = loader;
    let (mut found, more) = sink.into_found();
    let rank = |problem: &Problem| {
        let place = problem.place.as_ref();
        place.map(|place| (order.iter().position(|name| *name == place.file), place.line, place.column))
    };
    found.sort_by_key(|(_, problem)| rank(problem));
    found.extend(more);
    let is_secret = |(part, problem): &&(Part, Problem)| {
        problem.severity == Severity::Error && matches!(part, Part::Secrets | Part::SecretAccess)
    };
    let unread_secrets = Problems(found.iter().filter(is_secret).map(|(_, problem)| problem.clone()).collect());
    let whole = settings.store.clone().zip(settings.mail).map(|(store, mail)| Config {
        file: file.to_owned(),
        paths: settings.paths,
        store,
        mail,
        imprint: settings.imprint,
        operators: settings.operators,
        after_edition: settings.after_edition,
        ping: settings.ping,
        web: settings.web,
        public_web: settings.public_web,
        replies: settings.replies,
        retention: settings.retention,
        signing: settings.signing,
        briefs: briefs.clone(),
        calendars: calendars.all.clone(),
        sources: Arc::new(sources),
        digest: digest(&digests),
        files: digests,
        secrets: settings.secrets,
        placeholders: settings.placeholders,
        unread_secrets,
    });
    ReadableConfig {
        file: file.to_owned(),
        store: settings.store,
        is_salvaged: !settings.known,
        briefs,
        calendars: calendars.all,
        whole,
        found,
    }
}

/// Lengths stand before the bytes, so that no two sets of files give the same.
fn digest(files: &BTreeMap<String, Vec<u8>>) -> String {
    let mut context = Context::new(&SHA256);
    for (name, bytes) in files {
        context.update(format!("{name}\n{}\n", bytes.len()).as_bytes());
        context.update(bytes);
    }
    context.finish().as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}
