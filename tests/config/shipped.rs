//! The files that are shipped load without a word, also with every line put on that is off in them.

use std::{fs, path::Path, sync::Arc};

use greenbrief::{
    base::language::Language,
    config::{self, Config, Transport},
};
use tempfile::TempDir;

use super::{BRIEF, load, make_private, nothing, project};

#[test]
fn the_shipped_config_loads_without_a_word() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("config/greenbrief.toml");
    let (config, warnings) = config::load(&file, &[], &nothing).unwrap_or_else(|problems| panic!("{problems}"));
    assert!(warnings.is_empty(), "{warnings}");
    assert_eq!(config.mail.transport, Transport::Folder);
    assert_eq!(config.mail.from, "\"Green Economy Brief\" <brief@example.org>");
    assert!(config.store.url.ends_with("/var/greenbrief.db"), "{}", config.store.url);
    assert!(config.paths.templates.ends_with("templates") && config.paths.templates.is_dir());
    assert_eq!(config.imprint.as_ref().unwrap().contact, "brief@example.org");
    assert_eq!(config.sources.len(), 3);
    assert!(config.calendars.contains_key("CN") && config.calendars.contains_key("DE-BW"));
    assert!(config.ready_to_serve().is_empty());
    let brief = &config.briefs["green-economy"];
    assert_eq!(brief.title.get(Language::Zh), "绿色经济简报");
    assert_eq!(brief.languages, Language::ALL);
    assert_eq!(brief.give_up_after, chrono::TimeDelta::hours(24));
    let [weekly] = &*brief.schedules else { panic!("{:?}", brief.schedules) };
    assert_eq!((weekly.id.as_str(), weekly.rule.cron.text()), ("green-economy/weekly", "0 7 * * Mon"));
    assert_eq!(weekly.rule.timezone, chrono_tz::Europe::Berlin);
    assert_eq!((weekly.catch_up_window.num_hours(), weekly.alarm_after.num_hours()), (12, 2));
    assert_eq!(weekly.paused, None);
}

/// What the shipped files show behind a `#` is written as it would be read, and is the default where it says so.
#[test]
fn every_line_that_is_off_in_the_shipped_files_can_be_put_on() {
    let top = Path::new(env!("CARGO_MANIFEST_DIR")).join("config");
    let on = |path: &str| {
        let text = fs::read_to_string(top.join(path)).unwrap();
        let is_key = |line: &str| {
            line.strip_prefix("# ")
                .and_then(|line| line.split_once(" = "))
                .is_some_and(|(key, _)| !key.is_empty() && key.chars().all(|c| c.is_ascii_lowercase() || c == '_'))
        };
        let lines = text.lines().map(|line| if is_key(line) { &line[2..] } else { line });
        lines.collect::<Vec<_>>().join("\n")
    };
    let (settings, brief) = (on("greenbrief.toml"), on("briefs/green-economy.toml"));
    assert!(settings.contains("\nhost = ") && brief.contains("\npaused = false"));
    let with = project(&settings, &[("green-economy.toml", &brief)]);
    let key = with.path().join("config/signing.pem");
    fs::copy(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/mail/keys/ed25519.pem"), &key).unwrap();
    make_private(&key);
    let (with_all, warnings) = load(&with, &[]).unwrap_or_else(|problems| panic!("{problems}"));
    // The folder that it names is on no machine of ours.
    assert!(warnings.0.iter().all(|warning| warning.what.contains(" is no maildir: ")), "{warnings}");
    let without = fs::read_to_string(top.join("greenbrief.toml")).unwrap();
    let brief = fs::read_to_string(top.join("briefs/green-economy.toml")).unwrap();
    let folder = project(&without, &[("green-economy.toml", &brief)]);
    let (plain, _) = load(&folder, &[]).unwrap();
    let (mut on, off) = (with_all.briefs["green-economy"].clone(), &plain.briefs["green-economy"]);
    // It has no default.
    let calendars: Vec<_> =
        on.schedules.iter_mut().filter_map(|schedule| Arc::make_mut(schedule).calendar.take()).collect();
    assert_eq!(calendars.iter().map(|calendar| calendar.id.as_str()).collect::<Vec<_>>(), ["DE-BW"]);
    assert_eq!((&on.schedules, &on.title, on.give_up_after), (&off.schedules, &off.title, off.give_up_after));
    let folder_of =
        |config: &Config, folder: &TempDir| config.paths.calendars.strip_prefix(folder.path()).unwrap().to_owned();
    assert_eq!(folder_of(&with_all, &with), folder_of(&plain, &folder));
    assert_eq!(with_all.store.url.rsplit_once("/var/").unwrap().1, plain.store.url.rsplit_once("/var/").unwrap().1);
}

/// Lines of the shipped file with dots in their keys.
#[test]
fn the_shipped_lines_with_dots_can_be_put_on() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("config/greenbrief.toml");
    let text = fs::read_to_string(file).unwrap();
    let on = |line: &str| ["# relays.", "# domains.", "# public."].iter().any(|start| line.starts_with(start));
    let lines = text.lines().map(|line| if on(line) { &line[2..] } else { line });
    let folder = project(&lines.collect::<Vec<_>>().join("\n"), &[("green-economy.toml", BRIEF)]);
    let pair = rcgen::generate_simple_self_signed(["briefs.example.org".to_owned()]).unwrap();
    let (certificate, key) = (folder.path().join("config/web.pem"), folder.path().join("config/web.key"));
    fs::write(certificate, pair.cert.pem()).unwrap();
    fs::write(&key, pair.signing_key.serialize_pem()).unwrap();
    make_private(&key);
    let (config, warnings) = load(&folder, &[]).unwrap_or_else(|problems| panic!("{problems}"));
    assert!(warnings.is_empty(), "{warnings}");
    let pages = config.public_web.unwrap();
    assert_eq!((pages.url.authority(), pages.listen), ("briefs.example.org", "127.0.0.1:8080".parse().ok()));
    assert_eq!(pages.proxies, config::Network::THIS_MACHINE);
    assert_eq!(config.mail.relays["second"].host, "smtp2.example.org");
    assert_eq!(config.mail.pace.domains["qq.com"].connections, Some(1));
}
