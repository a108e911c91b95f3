//! `config show`: what is in force, where it comes from, no secret in it, and that it reads as the same config.

use std::{collections::BTreeMap, fs, path::Path, sync::Arc};

use greenbrief::{
    base::problem::Place,
    config::{self, ComesFrom, Config, Literal, Shown},
};
use tempfile::TempDir;

use super::reader::{BRIEF, CALENDAR, SETTINGS, project};

fn set(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

fn file(folder: &Path) -> std::path::PathBuf {
    folder.join("greenbrief.toml")
}

fn show(folder: &TempDir, overrides: &[(&str, &str)], environment: &dyn Fn(&str) -> Option<String>) -> Vec<Shown> {
    let file = file(&folder.path().join("config"));
    config::show(&file, &set(overrides), environment).unwrap_or_else(|problems| panic!("{problems}")).0
}

fn load(folder: &Path, overrides: &[(&str, &str)], environment: &dyn Fn(&str) -> Option<String>) -> Config {
    config::load(&file(folder), &set(overrides), environment).unwrap_or_else(|problems| panic!("{problems}")).0
}

/// All that a config decides, without where it stands.
fn told(config: &Config) -> String {
    let mut config = config.clone();
    config.mail.place_of_transport = None;
    config.web.iter_mut().for_each(|web| web.place = None);
    config.public_web.iter_mut().for_each(|web| web.place = None);
    // They are where the files are.
    config.paths.config.clear();
    config.paths.calendars.clear();
    let nowhere = Place { file: String::new(), line: 0, column: 0, width: 0, source: "".into(), from: 1 };
    for brief in config.briefs.values_mut() {
        (brief.file, brief.place_of_template) = (String::new(), nowhere.clone());
        brief.place_of_attach = None;
        for schedule in brief.schedules.iter_mut().map(Arc::make_mut) {
            schedule.paused = schedule.paused.take().map(|_| nowhere.clone());
            schedule.calendar = None;
        }
    }
    let calendars: BTreeMap<_, _> = config
        .calendars
        .iter()
        .map(|(id, calendar)| {
            let days = calendar.named(calendar.known().clone()).map(|day| format!("{day:?}")).collect::<Vec<_>>();
            (id, (&calendar.title, days))
        })
        .collect();
    format!(
        "{:#?}",
        (
            (&config.paths, &config.store.url, &config.mail, &config.imprint, &config.operators),
            (&config.after_edition, &config.ping.map(|ping| (ping.url.expose().to_owned(), ping.every))),
            (&config.web, &config.public_web, &config.retention, &config.briefs, calendars),
        )
    )
}

/// Writes what is shown as a config of its own; `text` may change a file's text.
fn written(shown: Vec<Shown>, text: impl Fn(String) -> String) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir_all(folder.path().join("briefs")).unwrap();
    fs::create_dir_all(folder.path().join("calendars")).unwrap();
    for shown in shown.into_iter().map(Shown::moved) {
        fs::write(folder.path().join(format!("{}.toml", shown.role)), text(shown.to_string())).unwrap();
    }
    folder
}

const MINIMAL: &str = "[mail]\nfrom = \"Brief <brief@greenbrief.dev>\"\n\n[operators]\nemail = \"a@greenbrief.dev\"\n";
const PING: &str = "https://hc.greenbrief.dev/hunter2";

fn ping(name: &str) -> Option<String> {
    (name == config::PING_URL).then(|| PING.to_owned())
}

#[test]
fn what_is_shown_reads_as_the_same_config() {
    let without_secret = SETTINGS.replace(&format!("ping = \"{PING}\"\n"), "");
    for settings in [&*without_secret, MINIMAL] {
        let folder = project(settings, BRIEF, CALENDAR);
        for overrides in
            [&[][..], &[("mail.username", "007"), ("mail.from", "x@greenbrief.dev"), ("web.listen", "[::1]:80")]]
        {
            let shown = show(&folder, overrides, &ping);
            let again = written(shown, |text| text);
            let (first, second) =
                (load(&folder.path().join("config"), overrides, &ping), load(again.path(), &[], &ping));
            assert_eq!(told(&first), told(&second));
        }
    }
}

/// A default that is shown is the one in force.
#[test]
fn what_is_shown_as_default_changes_nothing_when_it_is_put_on() {
    let smtp = MINIMAL.replace("[mail]\n", "[mail]\ntransport = \"smtp\"\nhost = \"smtp.greenbrief.dev\"\n");
    let relays = format!("{smtp}\n[mail.relays.second]\nhost = \"smtp2.greenbrief.dev\"\n");
    let put_on = |text: String| {
        let is_default = |line: &str| line.starts_with("# ") && line.contains(" = ") && line.ends_with("# default");
        let lines: Vec<&str> = text.lines().map(|line| if is_default(line) { &line[2..] } else { line }).collect();
        lines.join("\n")
    };
    for (settings, relays) in [(MINIMAL, 1), (&relays, 2)] {
        let folder = project(settings, BRIEF, CALENDAR);
        let again = written(show(&folder, &[], &ping), put_on);
        let text = fs::read_to_string(again.path().join("greenbrief.toml")).unwrap();
        assert!(text.contains("\nping_every = \"5m\" "), "{text}");
        for line in ["\nport = 465 ", "\nconnections = 2 ", "\nweight = 1 "] {
            assert_eq!(text.matches(line).count(), relays, "{line}{text}");
        }
        let (first, second) = (load(&folder.path().join("config"), &[], &ping), load(again.path(), &[], &ping));
        assert_eq!(told(&first), told(&second));
    }
}

#[test]
fn each_value_says_where_it_comes_from_and_no_secret_is_shown() {
    let settings = SETTINGS.replace("sqlite:../var/greenbrief.db", "postgres://me@db/brief");
    let settings = settings.replace("https://greenbrief.dev/privacy", "https://me:hunter2@greenbrief.dev/privacy");
    let folder = project(&settings, BRIEF, CALENDAR);
    let environment = |name: &str| (name == config::SMTP_PASSWORD).then(|| "hunter2".to_owned());
    let shown = show(&folder, &[("mail.connections", "7")], &environment);
    let roles: Vec<&str> = shown.iter().map(|shown| shown.role.as_str()).collect();
    assert_eq!(roles, ["greenbrief", "briefs/green-economy", "calendars/office"]);
    let mut found = BTreeMap::new();
    for shown in &shown {
        assert!(!format!("{shown}{shown:?}").contains("hunter2"), "{shown}");
        assert!(!shown.to_string().contains("PRIVATE"), "{shown}");
        for table in &shown.tables {
            for setting in &table.settings {
                let value = setting.value.as_ref().map(Literal::to_string);
                found.insert(table.name_of(setting), (value, setting.from.clone(), setting.live));
            }
        }
    }
    let line = |text: &str, start: &str| text.lines().position(|line| line.starts_with(start)).unwrap() + 1;
    let in_file = |path: &str, line: usize| ComesFrom::File {
        file: folder.path().join("config").join(path).display().to_string(),
        line,
    };
    let text = |text: &str| Some(format!("\"{text}\""));
    let kept = ComesFrom::Kept(folder.path().join("config/smtp-password"));
    for (key, value, from, live) in [
        ("mail.port", Some("2525".to_owned()), in_file("greenbrief.toml", line(&settings, "port")), true),
        ("mail.connections", Some("7".to_owned()), ComesFrom::Set, true),
        ("mail.password", text("***"), ComesFrom::Environment(config::SMTP_PASSWORD), false),
        ("mail.relays.second.password", text("***"), kept, false),
        (
            "mail.domains.\"qq.com\".rate",
            text("60/min"),
            in_file("greenbrief.toml", line(&settings, "rate = \"60/")),
            true,
        ),
        ("store.url", text("postgres://me@db/brief"), in_file("greenbrief.toml", line(&settings, "url")), true),
        ("operators.ping", text("***"), in_file("greenbrief.toml", line(&settings, "ping ")), true),
        ("imprint.name", text("Office"), in_file("greenbrief.toml", line(&settings, "name")), true),
        ("operators.ping_file", None, ComesFrom::Default, false),
        (
            "schedules.weekly.calendar",
            text("office"),
            in_file("briefs/green-economy.toml", line(BRIEF, "calendar")),
            true,
        ),
        ("schedules.monthly.timezone", text("Europe/Berlin"), ComesFrom::Default, false),
        ("schedules.monthly.alarm_after", text("2h"), ComesFrom::Default, false),
        (
            "title.en",
            text("Green \\\"Economy\\\" Brief"),
            in_file("briefs/green-economy.toml", line(BRIEF, "en =")),
            true,
        ),
        ("days[0].kind", text("work"), in_file("calendars/office.toml", line(CALENDAR, "kind")), true),
        ("english.\"Brückentag\"", text("Bridge day"), in_file("calendars/office.toml", line(CALENDAR, "\"Brü")), true),
    ] {
        assert_eq!(found.get(key), Some(&(value, from, live)), "{key}");
    }
    let database = |name: &str| (name == config::DATABASE_URL).then(|| "postgres://me:hunter2@other/x".to_owned());
    let shown = show(&folder, &[], &|name| database(name).or_else(|| ping(name)))[0].to_string();
    assert!(shown.contains("\n# url = \"postgres://me:***@other/x\""), "{shown}");
    assert!(shown.contains("# environment variable GREENBRIEF_DATABASE_URL\n"), "{shown}");
    assert!(shown.contains("# environment variable GREENBRIEF_PING_URL\n") && !shown.contains("hunter2"), "{shown}");
}
