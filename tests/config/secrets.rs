//! Passwords and the URL of the ping: where they come from, and that they are never shown.

use std::fs;

use greenbrief::config::{self, Transport};

use super::{BRIEF, SETTINGS, SMTP, golden, load, load_with, make_private, project, refused, shown};

#[test]
fn a_password_comes_from_the_environment_or_from_a_file() {
    let folder = project(SMTP, &[("green-economy.toml", BRIEF)]);
    let text = refused(&folder, &[]);
    assert!(text.contains("there is no password for this name") && text.contains("GREENBRIEF_SMTP_PASSWORD"), "{text}");
    let environment = |name: &str| (name == config::SMTP_PASSWORD).then(|| "hunter2".to_owned());
    let (config, _) = load_with(&folder, &[], &environment).unwrap();
    let Transport::Smtp(smtp) = &config.mail.transport else { panic!() };
    assert_eq!(smtp.login.as_ref().unwrap().password.as_ref().unwrap().expose(), "hunter2");
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
    assert_eq!(smtp.login.as_ref().unwrap().password.as_ref().unwrap().expose(), "hunter2");
}

#[test]
fn secrets_are_never_shown() {
    let url = "postgres://me:hunter2@db/greenbrief";
    let settings = format!("[store]\nurl = \"{url}\"\n{SETTINGS}");
    let folder = project(&settings, &[("green-economy.toml", BRIEF)]);
    let problems = load(&folder, &[]).unwrap_err();
    assert!(!format!("{problems}{problems:?}").contains("hunter2"), "{problems}");
    let folder = project(SETTINGS, &[("green-economy.toml", BRIEF)]);
    let environment = |name: &str| (name == config::DATABASE_URL).then(|| url.to_owned());
    let (config, warnings) = load_with(&folder, &[], &environment).unwrap();
    assert_eq!((config.store.url.as_str(), config.store.shown().as_str()), (url, "postgres://me:***@db/greenbrief"));
    let kept: Vec<u8> = config.sources.values().flatten().copied().collect();
    for text in [format!("{config:?}{warnings}{warnings:?}"), String::from_utf8(kept).unwrap()] {
        assert!(!text.contains("hunter2"), "{text}");
    }
    // The environment's URL wins over the file's, the command line's over both.
    let folder = project(&format!("[store]\nurl = \"postgres://db/x\"\n{SETTINGS}"), &[("green-economy.toml", BRIEF)]);
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
fn the_password_of_the_database_stands_in_the_environment_alone() {
    let url = "postgres://me:hunter2@db/x";
    let hint = "   = hint: put the whole URL into the environment variable GREENBRIEF_DATABASE_URL";
    let folder = project(&format!("{SETTINGS}[store]\nurl = \"{url}\"\n"), &[("green-economy.toml", BRIEF)]);
    let told = refused(&folder, &[]);
    assert_eq!(
        told,
        format!(
            "error: a password does not belong in the config\n --> config/greenbrief.toml:4:7\n   |\n \
             4 | url = \"postgres://me:***@db/x\"\n   |       ^^^^^^^^^^^^^^^^^^^^^^^^\n   = hint: config files are copied, \
             shown and kept; whoever saw this one may know the password: change it\n{hint}"
        )
    );
    for url in [url, "postgres://db/x?user=me&password=hunter2"] {
        let folder = project(SETTINGS, &[("green-economy.toml", BRIEF)]);
        let told = refused(&folder, &[("store.url", url)]);
        assert!(
            told.starts_with("error: a password does not belong in the config\n --> --set store.url=…:1:11\n"),
            "{told}"
        );
        assert!(told.contains("what is typed here appears in the shell's history") && told.ends_with(hint), "{told}");
        assert!(!told.contains("hunter2"), "{told}");
        let environment = |name: &str| (name == config::DATABASE_URL).then(|| url.to_owned());
        let (config, warnings) = load_with(&folder, &[], &environment).unwrap();
        assert!(warnings.is_empty() && config.store.url == url, "{warnings}");
    }
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
