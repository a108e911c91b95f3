//! The config as an operator meets it, with a file for each subject; here is what they share, that the command line wins,
//! and what the hash is of.

mod mail;
mod problems;
mod public_web;
mod replies;
mod schedules;
mod secrets;
mod shipped;
mod signing;
mod web;

use std::{fs, path::Path};

use greenbrief::{
    base::problem::Problems,
    config::{self, Config, Tls, Transport},
};
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

[web.public]
url = \"https://briefs.greenbrief.dev\"
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
    assert_eq!((login.username.as_str(), login.password.as_ref().unwrap().expose()), ("007", "hunter2"));
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

fn make_private(path: &Path) {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
    }
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
