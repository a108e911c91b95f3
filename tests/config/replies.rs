//! `[replies]`: nobody on another machine hands over made-up mails unless the config says so.

use std::{fs, os::unix::fs::PermissionsExt};

use greenbrief::config::{self, Tls};
use tempfile::TempDir;

use super::{BRIEF, SETTINGS, load, load_with, project, refused};

fn with(replies: &str) -> TempDir {
    project(&format!("{SETTINGS}[replies]\n{replies}\n"), &[("green-economy.toml", BRIEF)])
}

#[test]
fn mails_come_in_at_an_address_of_this_machine_or_from_a_folder() {
    assert!(!load(&with(""), &[]).unwrap().0.replies.are_read());
    for listen in ["127.0.0.1:2424", "[::1]:24"] {
        let (config, warnings) = load(&with(&format!("lmtp = \"{listen}\"")), &[]).unwrap();
        assert_eq!((config.replies.lmtp.unwrap().to_string(), warnings.is_empty()), (listen.to_owned(), true));
        assert!(config.replies.are_read());
    }
    let elsewhere = with("lmtp = \"0.0.0.0:2424\"\nlmtp_from_elsewhere = true");
    assert!(load(&elsewhere, &[]).unwrap().0.replies.lmtp.is_some());
    let folder = with("maildir = \"../Maildir\"");
    let config = load(&folder, &[]).unwrap().0;
    assert_eq!(config.replies.maildir.as_ref().unwrap(), &folder.path().join("Maildir"));
    assert!(config.replies.are_read());
}

#[test]
fn what_nothing_would_come_back_by_is_warned_of() {
    let folder = with("maildir = \"../Maildir\"");
    let told = load(&folder, &[]).unwrap().1.to_string();
    assert!(told.contains("is no maildir: it has no folder new/") && told.contains("greenbrief.toml:"), "{told}");
    fs::create_dir_all(folder.path().join("Maildir/new")).unwrap();
    assert!(load(&folder, &[]).unwrap().1.is_empty());
    for (mailbox, warns) in [
        ("bounce@greenbrief.dev", false),
        ("bounce@mail.greenbrief.dev", false),
        ("bounce@example.org", true),
        ("bounce@notgreenbrief.dev", true),
    ] {
        let settings = format!("{SETTINGS}bounce_mailbox = \"{mailbox}\"\n");
        let told = load(&project(&settings, &[("green-economy.toml", BRIEF)]), &[]).unwrap().1.to_string();
        assert_eq!(told.contains("`mail.bounce_mailbox` is at "), warns, "{mailbox}: {told}");
        assert_eq!(told.contains("SPF counts for DMARC only"), warns, "{mailbox}: {told}");
    }
}

const MAILBOX: &str = "[replies.imap]\nhost = \"imap.example.org\"\nusername = \"brief\"\n";

#[test]
fn mails_are_read_out_of_a_mailbox_with_a_password_from_the_environment_or_a_file() {
    let environment = |name: &str| (name == config::IMAP_PASSWORD).then(|| "hunter2".to_owned());
    let imap = |more: &str| {
        let (config, warnings) = load_with(&with(&format!("{MAILBOX}{more}")), &[], &environment).unwrap();
        assert!(warnings.is_empty() && config.replies.are_read(), "{warnings}");
        assert!(!format!("{config:?}").contains("hunter2"));
        config.replies.imap.unwrap()
    };
    let usual = imap("");
    assert_eq!((usual.port, usual.tls, usual.folder.as_str()), (993, Tls::Implicit, "INBOX"));
    assert_eq!(usual.login.password.unwrap().expose(), "hunter2");
    assert_eq!(imap("tls = \"starttls\"").port, 143);
    assert_eq!((imap("port = 10993").port, imap("folder = \"Replies 2026\"").folder.as_str()), (10993, "Replies 2026"));
    let folder = with(&format!("{MAILBOX}password_file = \"imap-password\""));
    fs::write(folder.path().join("config/imap-password"), "from-a-file\n").unwrap();
    fs::set_permissions(folder.path().join("config/imap-password"), PermissionsExt::from_mode(0o600)).unwrap();
    let read = load(&folder, &[]).unwrap().0.replies.imap.unwrap();
    assert_eq!(read.login.password.unwrap().expose(), "from-a-file");
}

#[test]
fn what_is_wrong_with_a_mailbox_is_told_at_its_place() {
    let with = |from: &str, to: &str| with(&format!("{MAILBOX}password_file = \"none\"\n").replace(from, to));
    for (from, to, told) in [
        ("host = \"imap.example.org\"", "", "host = \"imap.example.org\": the name of the IMAP server"),
        ("username = \"brief\"", "", "username = \"brief@example.org\": who logs in"),
        ("imap.example.org", "imaps://imap.example.org", "write the name alone, such as \"imap.example.org\""),
        ("password_file = \"none\"", "password = \"hunter2\"", "a password does not belong in the config"),
        (
            "password_file = \"none\"",
            "",
            "put it into the environment variable GREENBRIEF_IMAP_PASSWORD, or into a file",
        ),
        ("none", "nowhere", "there is no file config/nowhere"),
        (
            "[replies.imap]",
            "[replies.imap]\ntls = \"none\"",
            "the password would go to imap.example.org without encryption",
        ),
        ("[replies.imap]", "[replies.imap]\ntls = \"ssl\"", "\"implicit\""),
        ("[replies.imap]", "[replies.imap]\nfolder = \"Rücklauf\"", "modified UTF-7"),
        ("[replies.imap]", "[replies.imap]\nmailbox = \"INBOX\"", "unknown key `replies.imap.mailbox`"),
        ("[replies.imap]", "imap = \"imap.example.org\"\n[mail.domains]", "a table: [replies.imap]"),
    ] {
        let problems = refused(&with(from, to), &[]);
        assert!(problems.contains(told) && problems.contains("config/greenbrief.toml:"), "{to}: {problems}");
        assert!(!problems.contains("hunter2"), "{problems}");
    }
}

#[test]
fn what_is_wrong_with_them_is_told_with_the_way_to_mend_it() {
    for (replies, told) in [
        ("lmtp = \"0.0.0.0:2424\"", "other machines could hand over made-up mails at 0.0.0.0:2424"),
        ("lmtp = \"0.0.0.0:2424\"", "write lmtp_from_elsewhere = true beside it"),
        ("lmtp = \"localhost:2424\"", "hint: write 127.0.0.1:2424"),
        ("lmtp = \"2424\"", "such as \"127.0.0.1:2424\""),
        ("lmtp = \"127.0.0.1:0\"", "write a port, such as 2424"),
        ("maildir = \" \"", "`replies.maildir` is empty"),
        ("maildirs = \"x\"", "did you mean `maildir`?"),
    ] {
        let problems = refused(&with(replies), &[]);
        assert!(problems.contains(told), "{replies}: {problems}");
    }
    for (replies, told) in [
        ("lmtp_from_elsewhere = true", "is not used: there is no `replies.lmtp`"),
        ("lmtp = \"127.0.0.1:2424\"\nlmtp_from_elsewhere = true", "127.0.0.1:2424 is reached from this machine only"),
    ] {
        let warnings = load(&with(replies), &[]).unwrap().1.to_string();
        assert!(warnings.contains(told), "{replies}: {warnings}");
    }
}
