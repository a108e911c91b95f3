//! The schemas of the config files and the reader of the config say the same: every key of the one is one of the other,
//! what the reader takes the schema takes, and a value of the wrong kind is refused by both.

use std::{collections::BTreeSet, fs, path::Path};

use greenbrief::{
    base::problem::{Problem, Severity},
    config,
};
use serde_json::Value;
use tempfile::TempDir;
use toml::Value as Toml;

use super::{as_json, schema, wrong};

/// Every key there is, but those that exclude another one.
pub(super) const SETTINGS: &str = r#"
[paths]
config = "."
calendars = "calendars"
templates = "../templates"
state = "../var"
reports = "../reports"

[store]
url = "sqlite:../var/greenbrief.db"

[mail]
transport = "smtp"
from = "Brief <brief@greenbrief.dev>"
reply_to = "office@greenbrief.dev"
unsubscribe_mailbox = "leave@greenbrief.dev"
bounce_mailbox = "bounce@greenbrief.dev"
unknown = "at_least_once"
host = "smtp.greenbrief.dev"
tls = "starttls"
port = 2525
username = "brief"
password_file = "smtp-password"
helo = "mail.greenbrief.dev"
connections = 3
weight = 2
mails_per_connection = 50
rate = "600 per minute"
domain_connections = 5

[mail.relays.second]
host = "smtp2.greenbrief.dev"
tls = "implicit"
port = 4650
username = "second"
password_file = "smtp-password"
helo = "mail2.greenbrief.dev"
connections = 4
weight = 0

[mail.domains."qq.com"]
connections = 1
rate = "60/min"

[mail.warm_up]
begins = 2026-12-01
first_day = 100
growth = 25
days = 20

[mail.dkim.s1]
key_file = "dkim.pem"
domain = "greenbrief.dev"

[imprint]
name = "Office"
address = "Street 1, Berlin"
contact = "office@greenbrief.dev"
privacy_url = "https://greenbrief.dev/privacy"

[operators]
email = ["night@greenbrief.dev"]
after_edition = "problems"
ping = "https://hc.greenbrief.dev/hunter2"
ping_every = "1m"

[web]
listen = "0.0.0.0:4748"
from_elsewhere = true

[web.public]
url = "https://briefs.greenbrief.dev"
listen = "0.0.0.0:8443"
proxies = ["10.0.0.0/8", "::1"]
certificate_file = "web.pem"
key_file = "web.key"

[replies]
lmtp = "0.0.0.0:2424"
lmtp_from_elsewhere = true
maildir = "/var/mail/greenbrief"

[replies.imap]
host = "imap.greenbrief.dev"
tls = "starttls"
port = 1143
username = "brief"
password_file = "smtp-password"
folder = "Replies"

[retention]
mails = "365 days"
pdfs = "52 weeks"
eml = "30d"
networks = "60d"

[signing]
key_file = "signing.pem"
"#;
pub(super) const BRIEF: &str = r#"
timezone = "Europe/Berlin"
template = "green-economy"
languages = ["en", "de", "zh"]
give_up_after = "36h"
public = "link"
attach = "pdf"

[title]
en = "Green \"Economy\" Brief"
de = "Grüne Wirtschaft"
zh = "绿色经济简报"

[release]
approvals = 2

[gate]
missing = "warn"
gap = "hold"
stale = "pass"
computed = "warn"
vintages = "hold"
parts = "pass"
kind = "warn"
implausible = "hold"
jump = "pass"
revised = "warn"
copied = "hold"
prose = "pass"
evidence = "warn"

[schedules.weekly]
cron = "0 7 * * Mon"
timezone = "Asia/Shanghai"
calendar = "office"
languages = ["zh", "en"]
starts = 2026-12-01
ends = 2027-06-30T12:00:00+02:00
catch_up = "all"
catch_up_window = "3h"
overlap = "queue"
jitter = "10m"
dst_gap = "skip"
dst_overlap = "both"
on_holiday = "next-workday"
calendar_unknown = "skip"
alarm_after = "1h"
quiet_hours = "22:00-07:00"
if_unchanged = "skip"
paused = true

[schedules.monthly]
cron = "0 9 1 * *"
"#;
pub(super) const CALENDAR: &str = r#"
title = "Office"
include = ["DE-BW"]
ics = "days.ics"

[[years]]
year = 2027
known_until = 2027-12-28
notices = [{ number = "1/2026", published = 2026-11-04, url = "https://example.org/2027" }]
days = [{ date = 2027-01-01, until = 2027-01-02, kind = "off", name = "New Year" }]

[[days]]
date = 2027-05-07
until = 2027-05-08
kind = "work"
name = "Brückentag"

[english]
"Brückentag" = "Bridge day"
"#;
const ICS: &str =
    "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nDTSTART;VALUE=DATE:20270601\r\nSUMMARY:Fest\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";

/// A project in a folder of its own, with all that the config names.
pub(super) fn project(settings: &str, brief: &str, calendar: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let template = folder.path().join("templates/green-economy");
    fs::create_dir_all(&template).unwrap();
    for name in ["en.md", "de.md", "zh.md", "mail.en.md", "mail.de.md", "mail.zh.md", "blocks.toml"] {
        fs::write(template.join(name), "").unwrap();
    }
    let config = folder.path().join("config");
    fs::create_dir_all(config.join("briefs")).unwrap();
    fs::create_dir_all(config.join("calendars")).unwrap();
    let key = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/mail/keys/ed25519.pem");
    let pair = rcgen::generate_simple_self_signed(["briefs.greenbrief.dev".to_owned()]).unwrap();
    for (name, bytes) in [
        ("dkim.pem", fs::read(&key).unwrap()),
        ("signing.pem", fs::read(key).unwrap()),
        ("smtp-password", b"hunter2\n".to_vec()),
        ("web.pem", pair.cert.pem().into_bytes()),
        ("web.key", pair.signing_key.serialize_pem().into_bytes()),
    ] {
        write_secret(&config.join(name), &bytes);
    }
    fs::write(config.join("calendars/days.ics"), ICS).unwrap();
    write(&folder, settings, brief, calendar);
    folder
}

#[cfg(unix)]
fn write_secret(path: &Path, bytes: &[u8]) {
    use std::os::unix::fs::PermissionsExt;

    fs::write(path, bytes).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
}

#[cfg(not(unix))]
fn write_secret(path: &Path, bytes: &[u8]) {
    fs::write(path, bytes).unwrap();
}

fn write(folder: &TempDir, settings: &str, brief: &str, calendar: &str) {
    let config = folder.path().join("config");
    fs::write(config.join("greenbrief.toml"), settings).unwrap();
    fs::write(config.join("briefs/green-economy.toml"), brief).unwrap();
    fs::write(config.join("calendars/office.toml"), calendar).unwrap();
}

/// The three files, as they are and with one of them changed.
struct Files {
    folder: TempDir,
    texts: [(&'static str, Toml); 3],
}

impl Files {
    fn new() -> Files {
        let read = |text: &str| Toml::Table(text.parse().unwrap());
        let texts = [("greenbrief", read(SETTINGS)), ("brief", read(BRIEF)), ("calendar", read(CALENDAR))];
        Files { folder: project(SETTINGS, BRIEF, CALENDAR), texts }
    }

    /// The errors of the reader with the file `name` changed.
    fn errors(&self, name: &str, changed: &Toml) -> Vec<Problem> {
        let text = |at: usize| {
            let (other, text) = &self.texts[at];
            toml::to_string(if *other == name { changed } else { text }).unwrap()
        };
        write(&self.folder, &text(0), &text(1), &text(2));
        let problems = match config::load(&self.folder.path().join("config/greenbrief.toml"), &[], &|_| None) {
            Ok((_, problems)) | Err(problems) => problems,
        };
        problems.0.into_iter().filter(|problem| problem.severity == Severity::Error).collect()
    }
}

/// A table of a file, its schema, and what the reader calls it.
struct Table {
    path: Vec<Step>,
    name: String,
    keys: BTreeSet<String>,
}

#[derive(Clone)]
enum Step {
    Key(String),
    Row,
}

fn at<'a>(root: &'a mut Toml, path: &[Step]) -> &'a mut Toml {
    path.iter().fold(root, |at, step| match step {
        Step::Key(key) => at.get_mut(key).unwrap_or_else(|| panic!("{key} is not in the file with all keys")),
        Step::Row => at.get_mut(0).unwrap(),
    })
}

/// Every table with keys of its own.
fn tables(root: &mut Toml, schema: &Value, path: &[Step], name: &str, found: &mut Vec<Table>) {
    let below = |step: Step| path.iter().cloned().chain([step]).collect::<Vec<_>>();
    let named = |key: &str| if name.is_empty() { key.to_owned() } else { format!("{name}.{key}") };
    if let Some(Value::Object(keys)) = schema.get("properties") {
        found.push(Table { path: path.to_vec(), name: name.to_owned(), keys: keys.keys().cloned().collect() });
        for (key, schema) in keys {
            if schema["type"] == "object" {
                tables(root, schema, &below(Step::Key(key.clone())), &named(key), found);
            } else if schema["items"]["type"] == "object" {
                let mut path = below(Step::Key(key.clone()));
                path.push(Step::Row);
                let rows = named(key);
                tables(root, &schema["items"], &path, &rows, found);
            }
        }
    } else if let Some(inside @ Value::Object(_)) = schema.get("additionalProperties")
        && inside["type"] == "object"
    {
        let key = at(root, path).as_table().unwrap().keys().next_back().unwrap().clone();
        tables(root, inside, &below(Step::Key(key.clone())), &named(&key), found);
    }
}

const KINDS: [&str; 3] = ["greenbrief", "brief", "calendar"];

#[test]
fn the_reader_knows_the_keys_of_the_schema_and_no_others() {
    let files = Files::new();
    let mut seen = 0;
    for (index, kind) in KINDS.into_iter().enumerate() {
        let whole = &files.texts[index].1;
        assert_eq!(files.errors(kind, whole).len(), 0, "{kind}");
        let mut found = Vec::new();
        tables(&mut whole.clone(), &schema(kind), &[], "", &mut found);
        for Table { path, name, keys } in found {
            let mut changed = whole.clone();
            let table = at(&mut changed, &path).as_table_mut().unwrap();
            table.insert("zzzzzzzzzz".to_owned(), Toml::Boolean(true));
            let errors = files.errors(kind, &changed);
            let hint = errors
                .iter()
                .find(|problem| problem.what.starts_with("unknown key `") && problem.what.ends_with("zzzzzzzzzz`"))
                .and_then(|problem| problem.hints.first()?.strip_prefix("known here: "))
                .unwrap_or_else(|| panic!("{kind} [{name}]: {errors:?}"));
            let known: BTreeSet<String> = hint.split(", ").map(|key| key.trim_matches('`').to_owned()).collect();
            assert_eq!(known, keys, "{kind} [{name}]: what the reader knows, and what the schema says");
            seen += known.len();
        }
    }
    assert!(seen > 80, "{seen}");
}

/// Every key of the file that is no table, with where it stands.
fn leaves(value: &Toml, path: &[Step], found: &mut Vec<Vec<Step>>) {
    let below = |step: Step| path.iter().cloned().chain([step]).collect::<Vec<_>>();
    match value {
        Toml::Table(table) => {
            table.iter().for_each(|(key, value)| leaves(value, &below(Step::Key(key.clone())), found))
        }
        Toml::Array(rows) if rows.first().is_some_and(Toml::is_table) => leaves(&rows[0], &below(Step::Row), found),
        _ => found.push(path.to_vec()),
    }
}

#[test]
fn what_the_reader_takes_the_schema_takes_and_a_wrong_kind_neither() {
    let files = Files::new();
    let date = "2027-05-07".parse::<toml::value::Datetime>().unwrap();
    let text = |text: &str| Toml::String(text.to_owned());
    let probes = [
        text("zz"),
        text(""),
        text("folder"),
        text("none"),
        text("en"),
        text("2h 30 min"),
        text("30 per second"),
        text("Asia/Shanghai"),
        text("line\nbreak"),
        Toml::Integer(0),
        Toml::Integer(1),
        Toml::Integer(-1),
        Toml::Integer(50),
        Toml::Integer(1_000_000_000),
        Toml::Float(1.5),
        Toml::Boolean(true),
        Toml::Boolean(false),
        Toml::Array(Vec::new()),
        Toml::Array(vec![text("en")]),
        Toml::Array(vec![text("zz")]),
        Toml::Array(vec![Toml::Integer(1)]),
        Toml::Table(toml::Table::new()),
        Toml::Datetime(date),
    ];
    let (mut taken, mut refused) = (0, 0);
    for (index, kind) in KINDS.into_iter().enumerate() {
        let (whole, schema) = (&files.texts[index].1, schema(kind));
        let validator = jsonschema::options().should_validate_formats(true).build(&schema).unwrap();
        let mut found = Vec::new();
        leaves(whole, &[], &mut found);
        for path in found {
            let key = path.iter().map(|step| if let Step::Key(key) = step { key } else { "0" }).collect::<Vec<_>>();
            for probe in &probes {
                let mut changed = whole.clone();
                *at(&mut changed, &path) = probe.clone();
                let errors = files.errors(kind, &changed);
                let fits = validator.is_valid(&as_json(&changed));
                let told = || format!("{kind} {key:?} = {probe}: {errors:?}, {:?}", wrong(&as_json(&changed), &schema));
                if errors.is_empty() {
                    taken += 1;
                    assert!(fits, "the reader takes it, the schema does not: {}", told());
                }
                // A schema cannot tell a date from a text that looks like one.
                let is_date = matches!(probe, Toml::Datetime(_));
                if !is_date && errors.iter().any(|error| error.what.contains("must be")) {
                    refused += 1;
                    assert!(!fits, "the schema takes what the reader refuses: {}", told());
                }
            }
        }
    }
    assert!(taken > 100 && refused > 500, "{taken} {refused}");
}

/// The words that the schema offers for a key.
fn words(schema: &Value, path: &[Step]) -> Vec<Toml> {
    let mut at = schema;
    for step in path {
        at = match step {
            Step::Row => &at["items"],
            Step::Key(key) => at["properties"].get(key).unwrap_or(&at["additionalProperties"]),
        };
    }
    let words = at.get("enum").or_else(|| at.pointer("/oneOf/0/enum")).and_then(Value::as_array);
    words.into_iter().flatten().filter_map(Value::as_str).map(|word| Toml::String(word.to_owned())).collect()
}

#[test]
fn the_reader_knows_every_word_that_the_schema_offers() {
    let files = Files::new();
    let mut offered = 0;
    for (index, kind) in KINDS.into_iter().enumerate() {
        let (whole, schema) = (&files.texts[index].1, schema(kind));
        let mut found = Vec::new();
        leaves(whole, &[], &mut found);
        for path in found {
            for word in words(&schema, &path) {
                let mut changed = whole.clone();
                *at(&mut changed, &path) = word.clone();
                let errors = files.errors(kind, &changed);
                let unknown = |error: &&Problem| {
                    ["is none of", "unknown", "must be"].iter().any(|part| error.what.contains(part))
                };
                assert!(!errors.iter().any(|error| unknown(&error)), "{word}: {errors:?}");
                offered += 1;
            }
        }
    }
    assert!(offered > 30, "{offered}");
    let zones = schema("brief").pointer("/definitions/zone/enum").unwrap().as_array().unwrap().clone();
    assert!(zones.len() > 400 && zones.iter().all(|zone| zone.as_str().unwrap().parse::<chrono_tz::Tz>().is_ok()));
}

#[test]
fn what_is_missing_for_the_reader_is_missing_for_the_schema() {
    let files = Files::new();
    let mut needed = 0;
    for (index, kind) in KINDS.into_iter().enumerate() {
        let (whole, schema) = (&files.texts[index].1, schema(kind));
        let mut found = Vec::new();
        leaves(whole, &[], &mut found);
        let tops = whole.as_table().unwrap().keys().map(|key| vec![Step::Key(key.clone())]);
        for path in tops.chain(found) {
            let Some((Step::Key(key), before)) = path.split_last() else { continue };
            // Which titles there must be, the languages tell.
            if matches!(before.first(), Some(Step::Key(table)) if table == "title") {
                continue;
            }
            let mut changed = whole.clone();
            at(&mut changed, before).as_table_mut().unwrap().remove(key);
            let missing = files.errors(kind, &changed).iter().any(|error| error.what.ends_with("` is missing"));
            let schema_misses = wrong(&as_json(&changed), &schema).iter().any(|error| error.ends_with(": required"));
            assert_eq!(missing, schema_misses, "{kind}: without `{key}`");
            needed += usize::from(missing);
        }
    }
    assert!(needed > 15, "{needed}");
}
