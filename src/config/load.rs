//! Reads the config: all its files, with all problems at once.
//!
//! Order of precedence: `--set`, then the environment (for the three secrets only), then the file, then the default.

use std::{collections::BTreeMap, path::Path, sync::Arc};

use ring::digest::{Context, SHA256};

use crate::{
    base::problem::{Problem, Problems},
    config::{
        briefs, calendars,
        effective::{self, Shown},
        model::Config,
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
    read(file, overrides, environment, None)
}

/// The config as [`load`] reads it: each key of each file with its value and where that comes from. Secrets are masked.
///
/// # Errors
/// Every problem of every file.
pub fn show(
    file: &Path,
    overrides: &[(String, String)],
    environment: &dyn Fn(&str) -> Option<String>,
) -> Result<(Vec<Shown>, Problems), Problems> {
    let mut trees = Vec::new();
    let (config, problems) = read(file, overrides, environment, Some(&mut trees))?;
    Ok((effective::collect::all(&config, &trees, environment), problems))
}

/// `trees` gets all that was read, if it is to be shown.
fn read(
    file: &Path,
    overrides: &[(String, String)],
    environment: &dyn Fn(&str) -> Option<String>,
    trees: Option<&mut Vec<LoadedFile>>,
) -> Result<(Config, Problems), Problems> {
    let sink = ProblemSink::default();
    let mut loader = Loader::shown(&sink, trees);
    let settings = settings::read(file, overrides, environment, &mut loader);
    let calendars = calendars::read(
        &settings.paths.calendars,
        settings.place_of_calendars.as_ref().filter(|_| settings.known),
        &mut loader,
    );
    let briefs = briefs::read(&settings.paths, settings.known, &calendars, &mut loader);
    let Loader { sources, order, digests, .. } = loader;
    let mut problems = sink.into_problems();
    let rank = |problem: &Problem| {
        let place = problem.place.as_ref();
        place.map(|place| (order.iter().position(|name| *name == place.file), place.line, place.column))
    };
    problems.0.sort_by_key(rank);
    if problems.has_errors() {
        return Err(problems);
    }
    let (Some(store), Some(mail)) = (settings.store, settings.mail) else {
        // Cannot be: each is missing only with a problem.
        return Err(Problem::error(format!("{} cannot be read", file.display())).into());
    };
    let config = Config {
        file: file.to_owned(),
        paths: settings.paths,
        store,
        mail,
        imprint: settings.imprint,
        operators: settings.operators,
        after_edition: settings.after_edition,
        ping: settings.ping,
        web: settings.web,
        retention: settings.retention,
        briefs,
        calendars: calendars.all,
        sources: Arc::new(sources),
        digest: digest(&digests),
        files: digests,
        secrets: settings.secrets,
    };
    Ok((config, problems))
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
