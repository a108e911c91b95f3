//! The config as an operator meets it: what is shipped loads, every mistake is named with its place and a hint, secrets
//! are never shown, and what the command line says wins.

mod schedules;

use std::{fs, path::Path, sync::Arc};

use greenbrief::{
    base::{
        language::Language,
        problem::{Problems, Severity},
    },
    config::{self, Config, Tls, Transport},
    delivery::rules::DeliveryGuarantee,
};
use proptest::prelude::*;
use tempfile::TempDir;

type Loaded = Result<(Config, Problems), Problems>;

fn nothing(_: &str) -> Option<String> {
    None
}

/// A project in a folder of its own: the shipped template, and these config files.
fn project(settings: &str, briefs: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let template = folder.path().join("templates/green-economy");
    fs::create_dir_all(&template).unwrap();
    for name in ["en.md", "de.md", "zh.md", "mail.en.md", "mail.de.md", "mail.zh.md", "blocks.toml"] {
        fs::write(template.join(name), "").unwrap();
    }
    fs::create_dir_all(folder.path().join("config/briefs")).unwrap();
    fs::create_dir_all(folder.path().join("config/calendars")).unwrap();
    fs::write(folder.path().join("config/greenbrief.toml"), settings).unwrap();
    for (name, text) in briefs {
        fs::write(folder.path().join("config/briefs").join(name), text).unwrap();
    }
    folder
}

fn load(folder: &TempDir, overrides: &[(&str, &str)]) -> Loaded {
    load_with(folder, overrides, &nothing)
}

fn load_with(folder: &TempDir, overrides: &[(&str, &str)], environment: &dyn Fn(&str) -> Option<String>) -> Loaded {
    let overrides: Vec<_> = overrides.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
    config::load(&folder.path().join("config/greenbrief.toml"), &overrides, environment)
}

/// All problems as text, without the folder's own name.
fn shown(folder: &TempDir, problems: &Problems) -> String {
    problems.to_string().replace(&format!("{}/", folder.path().display()), "")
}

fn refused(folder: &TempDir, overrides: &[(&str, &str)]) -> String {
    match load(folder, overrides) {
        Ok((config, _)) => panic!("was read: {config:?}"),
        Err(problems) => shown(folder, &problems),
    }
}

fn golden(name: &str, text: &str) {
    insta::with_settings!({ snapshot_path => "golden", prepend_module_to_snapshot => false, omit_expression => true }, {
        insta::assert_snapshot!(name, text);
    });
}

const SETTINGS: &str = "[mail]\nfrom = \"Brief <brief@greenbrief.dev>\"\n";

const SMTP: &str = "\
[mail]
transport = \"smtp\"
from = \"Brief <brief@greenbrief.dev>\"
unsubscribe_mailbox = \"leave@greenbrief.dev\"
host = \"smtp.greenbrief.dev\"
username = \"brief\"

[imprint]
name = \"Office\"
address = \"Street 1, Berlin\"
contact = \"office@greenbrief.dev\"
privacy_url = \"https://greenbrief.dev/privacy\"

[operators]
email = \"night@greenbrief.dev\"
";

const BRIEF: &str = "\
timezone = \"Europe/Berlin\"
template = \"green-economy\"
languages = [\"en\", \"de\"]
[title]
en = \"Green Economy Brief\"
de = \"Grüne Wirtschaft\"
[schedules.weekly]
cron = \"0 7 * * Mon\"
";

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
    let (with_all, warnings) = load(&with, &[]).unwrap_or_else(|problems| panic!("{problems}"));
    assert!(warnings.is_empty(), "{warnings}");
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

#[test]
fn all_problems_of_all_files_at_once() {
    let settings = r#"
[paths]
template = "../templates"

[store]
url = "mysql://db/greenbrief"

[mail]
transport = "stmp"
from = "Green Economy Brief <brief@example.org"
host = "smtp.example.org:587"
port = 70000
tls = "SSL"
connections = "4"
password = "hunter2"

[imprint]
name = ""
contact = "brief@"
privacy_url = "example.org/privacy"

[operator]
email = "night@example.org"

[retention]
mails = "18 months"
pdfs = 90
eml = "2h"
"#;
    let many = r#"
timezon = "Europe/Berlin"
template = "green-econmy"
languages = ["en", "de-DE", "en"]
give_up_after = "24"
title = "Green Economy Brief"

[schedules.weekly]
cron = "0 0 31 2 *"
timezone = "Europe/Peking"
catch_up_window = "half a day"
paused = "no"

[schedules.Weekly_2]
timezone = "CST"
languages = []

[schedules.third]
cron = "0 7 * * Mon"
timezone = "UTC+8"
languages = ["zh"]
"#;
    let translations = "\
timezone = \"Etc/GMT-8\"
languages = [\"en\", \"zh\"]
[title]
en = \"Brief\"
fr = \"Bref\"
";
    let broken = "timezone = \"Europe/Berlin\nlanguages = [\"en\"]\n[title]\nen = \"x\"\nen = \"y\"\n";
    let folder = project(
        settings,
        &[
            ("many.toml", many),
            ("half.toml", translations),
            ("broken.toml", broken),
            ("Bad Name.toml", BRIEF),
            ("notes.txt", "not a brief"),
        ],
    );
    fs::write(folder.path().join("config/briefs/latin.toml"), b"timezone = \"Europe/Berlin\" # gr\xfcn\n").unwrap();
    fs::create_dir(folder.path().join("templates/half")).unwrap();
    fs::write(folder.path().join("templates/half/en.md"), "").unwrap();
    let text = refused(&folder, &[("store.ur", "sqlite:x"), ("imprint.name", "[1]"), ("mail..x", "1")]);
    assert!(!text.contains("hunter2"));
    golden("config-problems", &text);
}

#[test]
fn a_file_that_is_not_there() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(
        refused(&folder, &[]),
        "error: there is no config file config/greenbrief.toml\n   = hint: name another with --config FILE, or start from the \
         config/greenbrief.toml that greenbrief comes with"
    );
    let folder = project(SETTINGS, &[]);
    fs::remove_dir(folder.path().join("config/briefs")).unwrap();
    assert!(refused(&folder, &[]).starts_with("error: the briefs' folder config/briefs cannot be read: "));
    fs::create_dir(folder.path().join("config/briefs")).unwrap();
    let (_, warnings) = load(&folder, &[]).unwrap();
    assert!(shown(&folder, &warnings).starts_with("warning: there is no brief in config/briefs"), "{warnings}");
}

#[test]
fn an_empty_file_is_told_what_it_needs() {
    let folder = project("", &[("empty.toml", "")]);
    let text = refused(&folder, &[]);
    for what in ["`mail` is missing", "`timezone` is missing", "`languages` is missing", "`title` is missing"] {
        assert!(text.contains(what), "{what}\n{text}");
    }
    let folder = project("[mail]\ntransport = \"smtp\"\n[operators]\n", &[]);
    let text = refused(&folder, &[]);
    for what in ["`mail.from` is missing", "`mail.host` is missing", "`operators.email` is missing"] {
        assert!(text.contains(what), "{what}\n{text}");
    }
}

#[test]
fn the_command_line_wins_and_types_are_guessed_only_where_they_can_be() {
    let folder = project(SMTP, &[("green-economy.toml", BRIEF)]);
    let overrides = [
        ("mail.port", "2525"),
        ("mail.username", "007"),
        ("mail.password_file", "../password"),
        ("mail.tls", "\"starttls\""),
        ("mail.reply_to", "a@greenbrief.dev"),
        ("operators.email", "[\"a@greenbrief.dev\", \"b@greenbrief.dev\"]"),
        ("store.url", "sqlite:../other/x.db"),
        ("retention.mails", "2 weeks"),
    ];
    fs::write(folder.path().join("password"), "hunter2\n").unwrap();
    make_private(&folder.path().join("password"));
    let (config, warnings) = load(&folder, &overrides).unwrap_or_else(|problems| panic!("{problems}"));
    assert!(warnings.is_empty(), "{warnings}");
    let Transport::Smtp(smtp) = &config.mail.transport else { panic!() };
    assert_eq!((smtp.port, smtp.tls, smtp.connections), (2525, Tls::Starttls, 2));
    let login = smtp.login.as_ref().unwrap();
    assert_eq!((login.username.as_str(), login.password.expose()), ("007", "hunter2"));
    assert_eq!(config.operators.len(), 2);
    assert_eq!(config.store.url, format!("sqlite:{}/other/x.db", folder.path().display()));
    assert_eq!(config.retention.mails.unwrap().as_secs(), 14 * 86_400);
    assert!(config.ready_to_serve().is_empty(), "{}", config.ready_to_serve());
    let set = String::from_utf8(config.sources["--set"].clone()).unwrap();
    assert!(set.starts_with("mail.port=2525\n"), "{set}");
    // A port stays a number, and the key is looked for.
    for (key, value, what) in [
        (
            "mail.prot",
            "1",
            "error: unknown key `mail.prot`\n --> --set mail.prot=…:1:1\n   |\n 1 | mail.prot=1\n   | ^^^^^^^^^\n   = hint: did you mean `mail.port`?",
        ),
        ("mail.port", "many", "error: `mail.port` must be a whole number without quotes, not text"),
        ("mail.host.name", "x", "error: `mail.host` must be text in quotes, not a table"),
        ("", "x", "error: `` is not a key of the config file"),
    ] {
        let mut overrides = overrides.to_vec();
        overrides.retain(|(known, _)| *known != key);
        overrides.push((key, value));
        let text = refused(&folder, &overrides);
        assert!(text.starts_with(what), "{text}");
    }
}

#[test]
fn what_becomes_of_a_mail_in_doubt_is_one_of_two_words() {
    let folder = project(SMTP, &[("green-economy.toml", BRIEF)]);
    let environment = |name: &str| (name == config::SMTP_PASSWORD).then(|| "hunter2".to_owned());
    for (set, wanted) in [
        (&[][..], DeliveryGuarantee::AtMostOnce),
        (&[("mail.unknown", "at_most_once")][..], DeliveryGuarantee::AtMostOnce),
        (&[("mail.unknown", "at_least_once")][..], DeliveryGuarantee::AtLeastOnce),
    ] {
        assert_eq!(load_with(&folder, set, &environment).unwrap().0.mail.unknown, wanted);
    }
    let problems = load_with(&folder, &[("mail.unknown", "at_leastonce")], &environment).unwrap_err();
    assert_eq!(
        problems.to_string(),
        "error: this is none of \"at_most_once\", \"at_least_once\"\n --> --set mail.unknown=…:1:14\n   |\n 1 | \
         mail.unknown=at_leastonce\n   |              ^^^^^^^^^^^^\n   = hint: did you mean `at_least_once`?"
    );
}

#[test]
fn quiet_hours_are_two_times_of_a_clock() {
    let with = |line: &str| project(SMTP, &[("green-economy.toml", &format!("{BRIEF}{line}\n"))]);
    let environment = |name: &str| (name == config::SMTP_PASSWORD).then(|| "hunter2".to_owned());
    let read = |line: &str| {
        let folder = with(line);
        let loaded = load_with(&folder, &[], &environment);
        loaded.map(|(config, _)| config.briefs["green-economy"].schedules[0].quiet_hours.map(|hours| hours.to_string()))
    };
    assert_eq!(read("").unwrap(), None);
    assert_eq!(read("quiet_hours = \"none\"").unwrap(), None);
    assert_eq!(read("quiet_hours = \"22:00-07:00\"").unwrap().unwrap(), "22:00-07:00 Europe/Berlin");
    assert_eq!(read("quiet_hours = \"12:00 – 13:30\"").unwrap().unwrap(), "12:00-13:30 Europe/Berlin");
    for (line, what, hint) in [
        (
            "\"22-7\"",
            "`22` is not a time of day",
            "write from when until when, by the schedule's clock: \"22:00-07:00\"; or \"none\"",
        ),
        ("\"22:00-\"", "a time is missing", "write from when until when"),
        ("\"22:00-24:30\"", "`24:30` is not a time of day", "write from when until when"),
        ("\"at night\"", "these are no hours", "write from when until when"),
        (
            "\"07:00-07:00\"",
            "these hours begin when they end",
            "the whole day cannot be quiet; to send nothing for a while, set `paused = true`",
        ),
        ("\"07:00-06:59\"\nx = 1", "unknown key `schedules.weekly.x`", ""),
    ] {
        let problems = read(&format!("quiet_hours = {line}")).unwrap_err().to_string();
        assert!(problems.contains(&format!("error: {what}\n")) && problems.contains(hint), "{line}: {problems}");
    }
    // Longer than a mail is worth sending.
    let folder = project(
        SMTP,
        &[("green-economy.toml", &format!("give_up_after = \"9h\"\n{BRIEF}quiet_hours = \"22:00-07:00\"\n"))],
    );
    let problems = load_with(&folder, &[], &environment).unwrap_err().to_string();
    assert!(
        problems.contains("mails of an edition that is released when these hours begin are given up before they end: they last 9 hours")
            && problems.contains("make `give_up_after` of the brief longer, or these hours shorter"),
        "{problems}"
    );
}

fn make_private(path: &Path) {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
    }
}

#[test]
fn a_password_comes_from_the_environment_or_from_a_file() {
    let folder = project(SMTP, &[("green-economy.toml", BRIEF)]);
    let text = refused(&folder, &[]);
    assert!(text.contains("there is no password for this name") && text.contains("GREENBRIEF_SMTP_PASSWORD"), "{text}");
    let environment = |name: &str| (name == config::SMTP_PASSWORD).then(|| "hunter2".to_owned());
    let (config, _) = load_with(&folder, &[], &environment).unwrap();
    let Transport::Smtp(smtp) = &config.mail.transport else { panic!() };
    assert_eq!(smtp.login.as_ref().unwrap().password.expose(), "hunter2");
    let debug = format!("{config:?} {config:#?}");
    assert!(!debug.contains("hunter2") && debug.contains("***"));

    let file = [("mail.password_file", "smtp-password")];
    assert!(refused(&folder, &file).contains("there is no file config/smtp-password"));
    let path = folder.path().join("config/smtp-password");
    for (bytes, what) in [(&b""[..], "one line"), (b"\n", "one line"), (b"a\nb\n", "one line"), (b"\xff", "one line")] {
        fs::write(&path, bytes).unwrap();
        assert!(refused(&folder, &file).contains(what));
    }
    fs::write(&path, "hunter2\r\n").unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        let (_, warnings) = load(&folder, &file).unwrap();
        let text = shown(&folder, &warnings);
        assert!(text.starts_with("warning: everybody on this machine can read config/smtp-password"), "{text}");
        assert!(text.contains("chmod 600 config/smtp-password"), "{text}");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    }
    let (config, warnings) = load(&folder, &file).unwrap();
    assert!(warnings.is_empty(), "{warnings}");
    let Transport::Smtp(smtp) = &config.mail.transport else { panic!() };
    assert_eq!(smtp.login.as_ref().unwrap().password.expose(), "hunter2");
}

#[test]
fn secrets_are_never_shown() {
    let url = "postgres://me:hunter2@db/greenbrief";
    let settings = format!("[store]\nurl = \"{url}\"\n{SETTINGS}");
    let folder = project(&settings, &[("green-economy.toml", BRIEF)]);
    let (config, warnings) = load(&folder, &[]).unwrap();
    assert_eq!(config.store.url, url);
    assert_eq!(config.store.shown(), "postgres://me:***@db/greenbrief");
    assert!(warnings.to_string().contains("the database's password is in the config"), "{warnings}");
    let kept: Vec<u8> = config.sources.values().flatten().copied().collect();
    for text in [format!("{config:?}{warnings}{warnings:?}"), String::from_utf8(kept).unwrap()] {
        assert!(!text.contains("hunter2"), "{text}");
    }
    // The environment's URL wins over the file's, the command line's over both.
    let environment = |name: &str| (name == config::DATABASE_URL).then(|| "postgres://you:hunter3@db/x".to_owned());
    let (config, warnings) = load_with(&folder, &[], &environment).unwrap();
    assert_eq!(config.store.url, "postgres://you:hunter3@db/x");
    assert!(warnings.is_empty() && !format!("{config:?}").contains("hunter3"), "{warnings}");
    let (config, _) = load_with(&folder, &[("store.url", "sqlite:x.db")], &environment).unwrap();
    assert!(config.store.url.ends_with("config/x.db"), "{}", config.store.url);

    for settings in [
        "[mail]\npassword = \"hunter2\"",
        "[mail]\npasword = \"hunter2\"",
        "[mail]\npassword = hunter2",
        "[mail]\npassword = \"hunter2",
        "[mail]\npassword \"hunter2\"",
        "[mail]\npassword = \"\"\"\nhunter2",
        "[mail]\npassword = [\n\"hunter2\"\n]",
        "mail = { password = \"hunter2\", x = 1 }",
        "password = \"hunter2\"",
        "[store]\nurl = \"mysql://me:hunter2@db/x\"",
        "[store]\nurl = \"postgres://me:hunter2@db/x",
        "[store]\nurl = postgres://me:hunter2@db/x",
        "[store]\nurll = \"postgres://me:hunter2@db/x\"",
    ] {
        let folder = project(settings, &[]);
        let problems = load(&folder, &[]).unwrap_err();
        let text = format!("{problems}{problems:?}");
        assert!(!text.contains("hunter2") && text.contains("***"), "{text}");
    }
    let folder = project(SMTP, &[("green-economy.toml", BRIEF)]);
    for (key, value) in [
        ("mail.password", "hunter2"),
        ("mail.smtp_password", "hunter2"),
        ("mail.password.x", "hunter2"),
        ("store.url", "mysql://me:hunter2@db/x"),
    ] {
        let problems = load(&folder, &[(key, value)]).unwrap_err();
        let text = format!("{problems}{problems:?}");
        assert!(!text.contains("hunter2"), "{text}");
    }
    let text = refused(&folder, &[("mail.password", "hunter2")]);
    golden("config-password", &text);
}

#[test]
fn a_password_does_not_go_over_a_plain_connection() {
    let folder = project(SMTP, &[("green-economy.toml", BRIEF)]);
    let environment = |name: &str| (name == config::SMTP_PASSWORD).then(|| "hunter2".to_owned());
    let problems = load_with(&folder, &[("mail.tls", "none")], &environment).unwrap_err();
    assert!(problems.to_string().contains("would go to smtp.greenbrief.dev without encryption"), "{problems}");
    for host in ["localhost", "127.0.0.1", "\"[::1]\""] {
        let (config, warnings) =
            load_with(&folder, &[("mail.tls", "none"), ("mail.host", host)], &environment).unwrap();
        assert!(warnings.is_empty(), "{warnings}");
        let Transport::Smtp(smtp) = &config.mail.transport else { panic!() };
        assert_eq!(smtp.port, 25);
    }
    let plain = SMTP.replace("username = \"brief\"\n", "tls = \"none\"\n");
    let (_, warnings) = load(&project(&plain, &[("green-economy.toml", BRIEF)]), &[]).unwrap();
    assert!(warnings.to_string().starts_with("warning: mails would go to smtp.greenbrief.dev"), "{warnings}");
}

#[test]
fn serve_with_smtp_needs_an_imprint_and_a_way_to_leave() {
    let bare = "[mail]\ntransport = \"smtp\"\nfrom = \"brief@example.org\"\nhost = \"smtp.example.org\"\n";
    let folder = project(bare, &[("green-economy.toml", BRIEF)]);
    let (config, _) = load(&folder, &[]).unwrap();
    let problems = config.ready_to_serve();
    assert!(problems.has_errors());
    golden("config-not-ready", &shown(&folder, &problems));
    let only_warnings = SMTP.replace("greenbrief.dev", "example.org").replace("username = \"brief\"\n", "");
    let folder = project(&only_warnings, &[("green-economy.toml", BRIEF)]);
    let (config, _) = load(&folder, &[]).unwrap();
    let problems = config.ready_to_serve();
    assert_eq!(problems.0.iter().filter(|problem| problem.severity == Severity::Warning).count(), 3, "{problems}");
    assert!(!problems.has_errors());
}

#[test]
fn the_hash_is_of_the_content() {
    let first = load(&project(SETTINGS, &[("green-economy.toml", BRIEF)]), &[]).unwrap().0;
    let same = load(&project(SETTINGS, &[("green-economy.toml", BRIEF)]), &[]).unwrap().0;
    assert_eq!(first.hash(), same.hash());
    assert_eq!(first.hash().len(), 64);
    let other = load(&project(SETTINGS, &[("green-economy.toml", &BRIEF.replace("Mon", "Thu"))]), &[]).unwrap().0;
    let set = load(&project(SETTINGS, &[("green-economy.toml", BRIEF)]), &[("retention.eml", "30 days")]).unwrap().0;
    let hashes = std::collections::BTreeSet::from([first.hash(), other.hash(), set.hash()]);
    assert_eq!(hashes.len(), 3);
}

#[test]
fn a_character_lost_in_a_wrong_encoding_is_told_at_its_place() {
    let settings =
        format!("{SETTINGS}[imprint]\nname = \"B\u{fffd}ro\"\naddress = \"Stra\\uFFFDe 1\"\ncontact = \"a@b.org\"\n");
    let brief = "\
timezone = \"Europe/Berlin\"
languages = [\"de\"]
[title]
de = \"Gr\u{fffd}ne Wirtschaft\"
";
    let folder = project(&settings, &[("a.toml", brief)]);
    let told = refused(&folder, &[]);
    let lost = "error: the character U+FFFD cannot stand in a text: it stands for one that was lost when the text was \
                read in a wrong encoding\n";
    assert!(
        told.contains(&format!(
            "{lost} --> config/briefs/a.toml:4:9\n   |\n 4 | de = \"Gr\u{fffd}ne Wirtschaft\"\n   |         ^\n   \
         = hint: write the lost character again, or save the original file as UTF-8"
        )),
        "{told}"
    );
    // Within an escape, the caret is under the whole text.
    for (line, caret) in
        [("name = \"B\u{fffd}ro\"", "         ^\n"), ("address = \"Stra\\uFFFDe 1\"", "          ^^^^^^^^^^^^^^^\n")]
    {
        let (_, rest) = told.split_once(line).unwrap_or_else(|| panic!("{line}\n{told}"));
        let (_, under) = rest.split_once(" | ").unwrap();
        assert!(under.starts_with(caret), "{under}");
    }
    assert_eq!(told.matches(lost).count(), 3, "{told}");
}

fn pieces() -> impl Strategy<Value = Vec<u8>> {
    let words: Vec<&[u8]> = vec![
        b"[mail]\n",
        b"[[mail]]\n",
        b"[paths]\n",
        b"[schedules.a]\n",
        b"[title]\n",
        b"from",
        b"password",
        b"cron",
        b" = ",
        b".",
        b"\"",
        b"\"\"\"",
        b"'",
        b"\n",
        b"\r\n",
        b"[",
        b"]",
        b"{",
        b"}",
        b",",
        b"12h",
        b"2 days",
        b"true",
        b"1979-05-27",
        b"99999999999999999999",
        b"0x1F",
        b"nan",
        b"\xff",
        b"\xe7\xbb\xbf",
        b"\xef\xbb\xbf",
        b"\\u0041",
        b"#",
        b"\0",
        b"a@b.org",
        b"://u:p@h",
        b"Europe/",
        b"en",
        b"timezone",
        b"languages",
        b"url",
        b"sqlite:",
        b"-",
    ];
    proptest::collection::vec(proptest::sample::select(words), 0..40).prop_map(|words| words.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// Nothing that stands in a file or is typed makes it panic.
    #[test]
    fn any_bytes_are_read_or_refused(
        settings in prop_oneof![pieces(), proptest::collection::vec(any::<u8>(), 0..200)],
        brief in prop_oneof![pieces(), proptest::collection::vec(any::<u8>(), 0..200)],
        key in "[a-z.]{0,12}|mail\\.(from|port|password)",
        value in ".{0,20}",
    ) {
        let folder = project(SETTINGS, &[]);
        fs::write(folder.path().join("config/greenbrief.toml"), settings).unwrap();
        fs::write(folder.path().join("config/briefs/a.toml"), brief).unwrap();
        if let Err(problems) = load(&folder, &[(&key, &value)]) {
            prop_assert!(problems.has_errors());
            prop_assert!(!problems.to_string().is_empty());
        }
    }
}

/// A project whose mails are signed: the config's `[mail.dkim]` tables, and these keys of the tests beside it.
fn signed(tables: &str, keys: &[&str]) -> TempDir {
    let folder = project(&format!("{SETTINGS}{tables}"), &[("green-economy.toml", BRIEF)]);
    for key in keys {
        let path = folder.path().join(format!("config/{key}.pem"));
        fs::copy(Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/mail/keys/{key}.pem")), &path).unwrap();
        make_private(&path);
    }
    folder
}

#[test]
fn keys_are_read_in_the_order_of_the_file() {
    let tables = "\
[mail.dkim.Brief2026]
key_file = \"rsa-pkcs1.pem\"
[mail.dkim.brief2026-ed]
key_file = \"ed25519.pem\"
domain = \"mail.greenbrief.dev\"
";
    let folder = signed(tables, &["rsa-pkcs1", "ed25519"]);
    let (config, warnings) = load(&folder, &[]).unwrap_or_else(|problems| panic!("{problems}"));
    assert!(warnings.is_empty(), "{warnings}");
    let told: Vec<_> = config.mail.signers.iter().map(|signer| (signer.record().name, signer.algorithm())).collect();
    assert_eq!(
        told,
        [
            ("brief2026._domainkey.greenbrief.dev".to_owned(), "rsa-sha256"),
            ("brief2026-ed._domainkey.mail.greenbrief.dev".to_owned(), "ed25519-sha256")
        ]
    );
    assert!(!format!("{config:?}").contains("PRIVATE"));
    // From the command line as well; without a table nobody signs.
    let folder = signed("", &["rsa-pkcs8"]);
    assert!(load(&folder, &[]).unwrap().0.mail.signers.is_empty());
    let (config, _) = load(&folder, &[("mail.dkim.s1.key_file", "rsa-pkcs8.pem")]).unwrap();
    assert_eq!(config.mail.signers[0].selector(), "s1");
}

#[test]
fn what_is_wrong_with_keys() {
    let tables = r#"
[mail.dkim.none]
[mail.dkim.absent]
key_file = "no.pem"
[mail.dkim.short]
key_file = "rsa-1024.pem"
domain = "grün.dev"
[mail.dkim.curve]
key_file = "ec-pkcs8.pem"
domain = "brief@greenbrief.dev"
[mail.dkim.locked]
key_file = "encrypted.pem"
domain = "dev"
[mail.dkim.public]
key_file = "public.pem"
domain = "example.net"
[mail.dkim."a_b"]
key_file = "greenbrief.toml"
selektor = "x"
"#;
    let folder = signed(tables, &["rsa-1024", "ec-pkcs8", "encrypted", "public"]);
    make_private(&folder.path().join("config/greenbrief.toml"));
    golden("config-dkim", &refused(&folder, &[]));
    let text = refused(&signed("[mail.dkim]\nselector = \"a\"\nkey_file = \"a.pem\"\n", &[]), &[]);
    assert!(text.contains("5 | key_file = \"a.pem\""), "{text}");
    assert!(text.contains("each key has a table of its own") && text.contains("[mail.dkim.brief2026]"), "{text}");
    let text = refused(&signed("[[mail.dkim]]\nkey_file = \"a.pem\"\n", &[]), &[]);
    assert!(text.contains("`mail.dkim` must be a table: [mail.dkim], not a list"), "{text}");
}

#[test]
fn a_key_that_others_may_read_or_that_dmarc_does_not_count_is_a_warning() {
    let tables = "[mail.dkim.a]\nkey_file = \"ed25519.pem\"\ndomain = \"notgreenbrief.dev\"\n";
    let folder = signed(tables, &["ed25519"]);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(folder.path().join("config/ed25519.pem"), fs::Permissions::from_mode(0o644)).unwrap();
    }
    let (config, warnings) = load(&folder, &[]).unwrap();
    assert_eq!(config.mail.signers.len(), 1);
    let text = shown(&folder, &warnings);
    assert!(text.contains("warning: notgreenbrief.dev signs mails that come from greenbrief.dev: DMARC"), "{text}");
    #[cfg(unix)]
    assert!(text.contains("chmod 600 config/ed25519.pem"), "{text}");
}

#[test]
fn a_private_key_in_the_config_is_refused_and_never_shown() {
    let pem = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/mail/keys/ed25519.pem")).unwrap();
    let body = pem.lines().find(|line| line.starts_with("MC4C")).unwrap();
    let quotes = "\"\"\"";
    for table in [
        format!("[mail.dkim.a]\nkey = {quotes}\n{pem}{quotes}\n"),
        format!("[mail.dkim.a]\nprivate_key = \"{}\"\n", pem.replace('\n', "\\n")),
        format!("[mail.dkim.a]\nkey = \"{body}\"\n"),
        format!("[mail.dkim.a]\nkey_file = {quotes}\n{pem}{quotes}\n"),
        format!("[mail.dkim.a]\nkey_file = {quotes}{pem}\n"),
        format!("[mail.dkim.a]\npem = {quotes}{pem}"),
        pem.clone(),
    ] {
        let folder = signed(&table, &[]);
        let problems = load(&folder, &[]).unwrap_err();
        let text = format!("{problems}{problems:?}");
        assert!(!text.contains(body), "{table}\n{text}");
    }
    let text = refused(&signed("[mail.dkim.a]\nkey = \"MC4C\"\n", &[]), &[]);
    assert!(text.contains("a private key does not belong in the config") && !text.contains("MC4C"), "{text}");
    assert!(text.contains(" | key = ***\n") && !text.contains("is missing"), "{text}");
}

#[test]
fn further_relays_and_the_pace_are_read() {
    let more = "
[mail.relays.second]
host = \"smtp2.greenbrief.dev\"
tls = \"starttls\"
username = \"two\"
password_file = \"../two\"
connections = 4
weight = 3

[mail.relays.reserve]
host = \"smtp3.greenbrief.dev\"
weight = 0

[mail.domains.\"QQ.com\"]
connections = 1
rate = \"60 per minute\"

[mail.domains.\"gmx.de\"]
";
    let folder = project(&format!("{SMTP}{more}"), &[("green-economy.toml", BRIEF)]);
    fs::write(folder.path().join("two"), "hunter3\n").unwrap();
    make_private(&folder.path().join("two"));
    let environment = |name: &str| (name == config::SMTP_PASSWORD).then(|| "hunter2".to_owned());
    let overrides =
        [("mail.rate", "10 per second"), ("mail.mails_per_connection", "7"), ("mail.domain_connections", "3")];
    let (config, warnings) =
        load_with(&folder, &overrides, &environment).unwrap_or_else(|problems| panic!("{problems}"));
    assert!(warnings.is_empty(), "{warnings}");
    assert!(!format!("{config:?}").contains("hunter"));
    let Transport::Smtp(first) = &config.mail.transport else { panic!() };
    assert_eq!((first.weight, first.login.as_ref().unwrap().password.expose()), (1, "hunter2"));
    let [("reserve", reserve), ("second", second)] =
        &*config.mail.relays.iter().map(|(name, relay)| (name.as_str(), relay)).collect::<Vec<_>>()
    else {
        panic!()
    };
    assert_eq!((reserve.weight, reserve.connections, reserve.port, &reserve.login), (0, 2, 465, &None));
    assert_eq!((second.weight, second.connections, second.port, second.tls), (3, 4, 587, Tls::Starttls));
    // The environment's password is the first relay's.
    assert_eq!(second.login.as_ref().unwrap().password.expose(), "hunter3");
    let pace = &config.mail.pace;
    let second = std::time::Duration::from_secs(1);
    assert_eq!(pace.rate, Some(config::Rate { mails: 10, per: second }));
    assert_eq!((pace.mails_per_connection, pace.domain_connections), (7, Some(3)));
    let minutely = Some(config::Rate { mails: 60, per: 60 * second });
    assert_eq!(pace.domains["qq.com"], config::DomainPace { connections: Some(1), rate: minutely });
    assert_eq!(pace.domains["gmx.de"], config::DomainPace { connections: None, rate: None });

    let (plain, _) = load_with(&project(SMTP, &[("green-economy.toml", BRIEF)]), &[], &environment).unwrap();
    assert!(plain.mail.relays.is_empty());
    let pace = &plain.mail.pace;
    assert_eq!((pace.mails_per_connection, pace.rate, pace.domain_connections), (100, None, None));
}

#[test]
fn what_is_wrong_with_relays_and_pace_is_told_at_once() {
    let settings = "
[mail]
transport = \"smtp\"
from = \"Brief <brief@greenbrief.dev>\"
host = \"smtp.greenbrief.dev\"
weight = -1
rate = \"fast\"
mails_per_connection = 0
domain_connections = \"two\"

[mail.relays.first]
host = \"smtp1.greenbrief.dev\"

[mail.relays.second]
weight = 1
user = \"two\"

[mail.relays.\"a b\"]
host = \"smtp3.greenbrief.dev\"
username = \"three\"
password = \"hunter2\"

[mail.relays.fourth]
host = \"smtp4.greenbrief.dev\"
username = \"four\"

[mail.relays.fifth]
host = \"smtp5.greenbrief.dev\"
password_file = \"five\"

[mail.domains.qq.com]
connections = 1

[mail.domains.\"me@163.com\"]
rate = \"1 per second\"

[mail.domains.\"gmx.de\"]
connections = 0
rate = 60

[mail.domains.\"web.de\"]
rate = \"60 per fortnight\"
";
    let folder = project(settings, &[("green-economy.toml", BRIEF)]);
    let text = refused(&folder, &[]);
    assert!(!text.contains("hunter2"));
    golden("config-relays", &text);

    let none = SMTP.replace("username = \"brief\"\n", "weight = 0\n");
    let both = format!("{none}\n[mail.relays.second]\nhost = \"smtp2.greenbrief.dev\"\nweight = 0\n");
    for (settings, what) in [(none, "the only relay has weight 0"), (both, "all relays have weight 0")] {
        let text = refused(&project(&settings, &[("green-economy.toml", BRIEF)]), &[]);
        assert!(text.starts_with(&format!("error: {what}")) && text.contains("weight = 0\n"), "{text}");
        assert!(text.ends_with("give a weight of 1 or more to the one that mails usually go by"), "{text}");
    }
}

/// Lines of the shipped file with dots in their keys.
#[test]
fn the_shipped_lines_of_relays_and_domains_can_be_put_on() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("config/greenbrief.toml");
    let text = fs::read_to_string(file).unwrap();
    let on = |line: &str| ["# relays.", "# domains."].iter().any(|start| line.starts_with(start));
    let lines = text.lines().map(|line| if on(line) { &line[2..] } else { line });
    let folder = project(&lines.collect::<Vec<_>>().join("\n"), &[("green-economy.toml", BRIEF)]);
    let (config, warnings) = load(&folder, &[]).unwrap_or_else(|problems| panic!("{problems}"));
    assert!(warnings.is_empty(), "{warnings}");
    assert_eq!(config.mail.relays["second"].host, "smtp2.example.org");
    assert_eq!(config.mail.pace.domains["qq.com"].connections, Some(1));
}

#[test]
fn monitors_are_answered_on_this_machine_unless_allowed_from_elsewhere() {
    let with = |web: &str| project(&format!("{SETTINGS}[web]\n{web}\n"), &[("green-economy.toml", BRIEF)]);
    assert_eq!(load(&with(""), &[]).unwrap().0.web, None);
    for listen in ["127.0.0.1:4748", "[::1]:4748", "127.1.2.3:1", "[::ffff:127.0.0.1]:4748"] {
        let folder = with(&format!("listen = \"{listen}\""));
        let (config, warnings) = load(&folder, &[]).unwrap_or_else(|problems| panic!("{problems}"));
        assert!(warnings.is_empty(), "{warnings}");
        assert_eq!(config.web.unwrap().listen, listen.parse().unwrap());
    }
    let elsewhere = with("listen = \"0.0.0.0:4748\"\nfrom_elsewhere = true");
    let (config, warnings) = load(&elsewhere, &[]).unwrap();
    assert!(warnings.is_empty(), "{warnings}");
    assert_eq!(config.web.unwrap().listen, "0.0.0.0:4748".parse().unwrap());
    let open = "\
error: other machines could ask at 0.0.0.0:4748 how many mails go, and when
 --> config/greenbrief.toml:4:10
   |
 4 | listen = \"0.0.0.0:4748\"
   |          ^^^^^^^^^^^^^^
   = hint: write 127.0.0.1 for this machine alone
   = hint: if it is meant so, write from_elsewhere = true beside it";
    assert_eq!(refused(&with("listen = \"0.0.0.0:4748\""), &[]).trim_end(), open);
    for (web, what) in [
        ("listen = \"[2001:db8::1]:4748\"", "other machines could ask at [2001:db8::1]:4748"),
        ("listen = \"10.0.0.1:4748\"\nfrom_elsewhere = false", "other machines could ask at 10.0.0.1:4748"),
        ("listen = \"localhost:4748\"", "hint: write 127.0.0.1:4748"),
        ("listen = \":4748\"", "0.0.0.0:4748 or [::]:4748 for all"),
        ("listen = \"4748\"", "this is not an IP address with a port"),
        ("listen = \"127.0.0.1:0\"", "nobody would find port 0"),
        ("listen = 4748", "`web.listen` must be text in quotes"),
        ("lisen = \"127.0.0.1:4748\"", "did you mean `listen`?"),
    ] {
        let told = refused(&with(web), &[]);
        assert!(told.contains(what), "{told}");
    }
    for (web, what) in [
        ("from_elsewhere = true", "warning: `web.from_elsewhere` is not used: there is no `web.listen`"),
        ("listen = \"127.0.0.1:1\"\nfrom_elsewhere = true", "warning: `web.from_elsewhere` changes nothing"),
    ] {
        let (_, warnings) = load(&with(web), &[]).unwrap();
        assert!(warnings.to_string().contains(what), "{warnings}");
    }
}

#[test]
fn the_url_of_a_ping_is_a_secret_from_wherever_it_comes() {
    let with = |keys: &str| {
        let operators = format!("{SETTINGS}[operators]\nemail = \"a@greenbrief.dev\"\n{keys}\n");
        project(&operators, &[("green-economy.toml", BRIEF)])
    };
    let url = "https://hc.example.org/3f1c-9a";
    let folder = with("ping = \"https://hc.example.org/3f1c-9a\"\nping_every = \"1m\"");
    let (config, warnings) = load(&folder, &[]).unwrap();
    assert!(warnings.is_empty(), "{warnings}");
    let ping = config.ping.as_ref().unwrap();
    assert_eq!((ping.url.expose(), ping.every.as_secs()), (url, 60));
    assert!(!format!("{config:?}").contains("3f1c"), "{config:?}");
    assert!(config.sources.values().all(|bytes| !String::from_utf8_lossy(bytes).contains("3f1c")));
    // The hash of the config does not tell it either: another URL gives the same.
    let other = with("ping = \"https://hc.example.org/0000-00\"\nping_every = \"1m\"");
    assert_eq!(load(&other, &[]).unwrap().0.hash(), config.hash());

    let file = with("ping_file = \"../ping-url\"");
    fs::write(file.path().join("ping-url"), format!("{url}\n")).unwrap();
    make_private(&file.path().join("ping-url"));
    let (config, warnings) = load(&file, &[]).unwrap();
    assert!(warnings.is_empty(), "{warnings}");
    assert_eq!(config.ping.map(|ping| (ping.url.expose().to_owned(), ping.every.as_secs())), Some((url.into(), 300)));
    // The environment wins, and needs no line in the file.
    let environment = |name: &str| (name == config::PING_URL).then(|| "https://other.example.org/x".to_owned());
    for folder in [&folder, &project(SETTINGS, &[("green-economy.toml", BRIEF)])] {
        let (config, _) = load_with(folder, &[], &environment).unwrap();
        assert_eq!(config.ping.unwrap().url.expose(), "https://other.example.org/x");
    }

    for (keys, what) in [
        ("ping = \"hc.example.org/3f1c-9a\"", "this is not a URL that begins with https://"),
        ("ping = \"http://hc.example.org/3f1c-9a\"", "this URL is a secret, and would be sent without encryption"),
        ("ping = \"https://\"", "this URL names no host"),
        ("ping_file = \"nowhere\"", "there is no file "),
        ("ping_file = \"greenbrief.toml\"", "this is not a URL that begins with https://: "),
        ("ping = \"https://a/3f1c-9a\"\nping_file = \"greenbrief.toml\"", "`operators.ping` is set as well"),
        ("ping = \"https://a/3f1c-9a\"\nping_every = \"1s\"", "not more often than every 10 seconds"),
        ("ping = \"https://a/3f1c-9a\"\nping_every = \"2 days\"", "at least once a day"),
        ("ping_ever = \"5m\"", "did you mean `ping_every`?"),
    ] {
        let told = refused(&with(keys), &[]);
        assert!(told.contains(what) && !told.contains("3f1c"), "{told}");
    }
    let told = refused(&with(""), &[("operators.ping", url)]);
    assert!(told.contains("the URL of a ping does not belong on a command line") && !told.contains("3f1c"), "{told}");
    let (_, warnings) = load(&with("ping_every = \"5m\""), &[]).unwrap();
    assert!(warnings.to_string().contains("`operators.ping_every` is not used"), "{warnings}");
    let bad = |name: &str| (name == config::PING_URL).then(|| "3f1c".to_owned());
    let told = load_with(&folder, &[], &bad).unwrap_err().to_string();
    assert!(told.contains(config::PING_URL) && !told.contains("3f1c"), "{told}");
}
