//! What a shell may complete besides commands and flags: the ids of briefs, schedules, editions, series, calendars and relays,
//! from the config and the store that the typed line names. It is silent: where the config or the store cannot be read, there
//! is nothing to offer.

use std::{
    ffi::OsString,
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

use clap_complete::engine::{ArgValueCandidates, CompletionCandidate};

use crate::{
    config::{ConfigSource, FIRST_RELAY},
    figures::shipped,
    store::Store,
};

/// The time after which a shell gets what there is: a person waits for it.
const PATIENCE: Duration = Duration::from_secs(1);
/// Maximum number of editions offered, from the newest.
const EDITIONS: i64 = 50;

/// The ids of the config's briefs.
pub(super) fn briefs() -> ArgValueCandidates {
    ArgValueCandidates::new(|| offered(|source| source.ids().into_iter().map(|(brief, _)| brief).collect()))
}

/// The ids of the config's schedules, each with its brief.
pub(super) fn schedules() -> ArgValueCandidates {
    ArgValueCandidates::new(|| {
        offered(|source| {
            source.ids().into_iter().flat_map(|(_, schedules)| schedules).map(|id| id.to_string()).collect()
        })
    })
}

/// The newest editions of the store.
pub(super) fn editions() -> ArgValueCandidates {
    ArgValueCandidates::new(|| offered(|source| newest_editions(&source).unwrap_or_default()))
}

/// The series of the store; where there is none yet, those that it will begin with.
pub(super) fn series() -> ArgValueCandidates {
    ArgValueCandidates::new(|| offered(|source| known_series(&source).unwrap_or_default()))
}

/// The config's calendars.
pub(super) fn calendars() -> ArgValueCandidates {
    ArgValueCandidates::new(|| {
        offered(|source| {
            source.read().calendars().map_or_else(|_| Vec::new(), |calendars| calendars.keys().cloned().collect())
        })
    })
}

/// The relays: the first, and the further ones of the config.
pub(super) fn relays() -> ArgValueCandidates {
    ArgValueCandidates::new(|| {
        offered(|source| {
            let read = source.read();
            let further = read.settings().map_or_else(|_| Vec::new(), |it| it.mail.relays.keys().cloned().collect());
            std::iter::once(FIRST_RELAY.to_owned()).chain(further).collect()
        })
    })
}

fn known_series(source: &ConfigSource) -> Option<Vec<String>> {
    let url = source.read().store().ok()?.url.clone();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().ok()?;
    let of_store = runtime.block_on(async { Store::look(&url).await.ok()?.figures().dataset().await.ok() });
    let data = of_store.filter(|data| !data.is_empty()).or_else(|| shipped::dataset().ok())?;
    Some(data.series.keys().map(ToString::to_string).collect())
}

fn newest_editions(source: &ConfigSource) -> Option<Vec<String>> {
    let url = source.read().store().ok()?.url.clone();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().ok()?;
    runtime.block_on(async {
        let editions = Store::look(&url).await.ok()?.editions().newest(None, EDITIONS).await.ok()?;
        Some(editions.iter().map(|edition| edition.name().to_string()).collect())
    })
}

/// What `find` finds in time. A thread that takes longer ends with the process, which is soon.
fn offered(find: impl FnOnce(ConfigSource) -> Vec<String> + Send + 'static) -> Vec<CompletionCandidate> {
    let (sender, receiver) = mpsc::channel();
    let begun = Instant::now();
    let source = source(std::env::args_os().collect());
    thread::spawn(move || sender.send(find(source)));
    let found = receiver.recv_timeout(PATIENCE.saturating_sub(begun.elapsed())).unwrap_or_default();
    found.into_iter().map(CompletionCandidate::new).collect()
}

/// The config that the typed line names; bash hands `--config=FILE` over as three words.
fn source(words: Vec<OsString>) -> ConfigSource {
    let words: Vec<String> =
        words.into_iter().skip_while(|word| word != "--").map(|word| word.to_string_lossy().into_owned()).collect();
    let values = |flag: &str| {
        let mut found = Vec::new();
        for (at, word) in words.iter().enumerate() {
            if let Some(value) = word.strip_prefix(flag).and_then(|rest| rest.strip_prefix('=')) {
                found.push(value.to_owned());
            } else if word == flag {
                let behind = words.iter().skip(at + 1).find(|word| *word != "=");
                found.extend(behind.cloned());
            }
        }
        found
    };
    let named = values("--config").pop();
    let file = named
        .or_else(|| std::env::var("GREENBRIEF_CONFIG").ok())
        .unwrap_or_else(|| ConfigSource::DEFAULT_FILE.to_owned());
    let set = |text: String| text.split_once('=').map(|(key, value)| (key.to_owned(), value.to_owned()));
    ConfigSource { file: file.into(), overrides: values("--set").into_iter().filter_map(set).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_typed_line_names_the_config() {
        let source = |line: &str| source(line.split(' ').map(OsString::from).collect());
        for line in [
            "greenbrief -- greenbrief --config a.toml stop ",
            "x -- x stop --config=a.toml",
            "x -- x --config = a.toml stop",
        ] {
            assert_eq!(source(line).file.to_str(), Some("a.toml"), "{line}");
        }
        let set = source("x -- x --set store.url=sqlite:a.db --set=mail.port=25 stop ");
        assert_eq!(set.file.to_str(), Some(ConfigSource::DEFAULT_FILE));
        let pair = |key: &str, value: &str| (key.to_owned(), value.to_owned());
        assert_eq!(set.overrides, [pair("store.url", "sqlite:a.db"), pair("mail.port", "25")]);
        assert!(source("x -- x --config").overrides.is_empty());
    }
}
