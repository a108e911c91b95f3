//! Every mistake is named with its place and a hint, all at once; nothing that stands in a file makes the reader panic.

use std::fs;

use proptest::prelude::*;

use super::{BRIEF, SETTINGS, golden, load, load_with, project, refused, shown};
use greenbrief::config;

#[test]
fn toml_beyond_its_limits_is_not_parsed() {
    let lines = |text: &str| refused(&project(SETTINGS, &[("a.toml", text)]), &[]);
    let what = "error: this file has more than 20000 tables, lists and dotted keys\n";
    let hint = "= hint: split it, or look for what got into it by mistake";
    let told = lines(&"[a.b.c.d]\n".repeat(6_000));
    assert!(
        told.contains(&format!("{what}    --> config/briefs/a.toml:5001:1\n")) && told.contains(hint),
        "{told:.600}"
    );
    let told = lines(&format!("title = [{}]\n", "\"a\", ".repeat(20_000)));
    assert!(
        told.contains("error: this line has 100011 bytes; at most 65536 are read\n --> config/briefs/a.toml:1:1\n")
    );
    let told = lines("title = \"a\"\rtemplate = \"b\"\r");
    assert!(
        told.contains("error: a carriage return stands here without a line feed\n --> config/briefs/a.toml:1:12\n")
    );
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
    // In a comment, too: nobody can say what else was lost.
    let folder = project(&format!("# B\u{fffd}ro\n{SETTINGS}"), &[("green-economy.toml", BRIEF)]);
    let told = refused(&folder, &[]);
    assert_eq!(told.matches(lost).count(), 1, "{told}");
    assert!(told.contains(" --> config/greenbrief.toml:1:4\n"), "{told}");
    let told =
        refused(&project(SETTINGS, &[("green-economy.toml", BRIEF)]), &[("mail.reply_to", "B\u{fffd}ro <a@b.dev>")]);
    assert!(told.contains(lost) && told.contains("--set mail.reply_to=…:1:16"), "{told}");
}

#[test]
fn a_path_of_windows_needs_single_quotes() {
    let hint = "= hint: between double quotes a backslash begins an escape; write a text with backslashes between single \
                quotes: 'C:\\Users\\me'";
    for path in [r"C:\Users\me", r"C:\temp", r"D:\data"] {
        let settings = format!("{SETTINGS}[paths]\ntemplates = \"{path}\"\n");
        let told = refused(&project(&settings, &[("green-economy.toml", BRIEF)]), &[]);
        assert!(told.contains(hint) && told.contains(" --> config/greenbrief.toml:4:"), "{told}");
    }
    // Between single quotes it is read as it stands.
    let settings = format!("{SETTINGS}[paths]\ntemplates = 'C:\\Users\\me'\n");
    let told = refused(&project(&settings, &[("green-economy.toml", BRIEF)]), &[]);
    assert!(told.contains("there is no template folder") && !told.contains("hint: between"), "{told}");
    let brief = BRIEF.replace("\"green-economy\"", "\"C:\\Users\"");
    assert!(refused(&project(SETTINGS, &[("green-economy.toml", &brief)]), &[]).contains(hint));
}

#[test]
fn a_key_that_was_taken_out_is_a_warning_that_says_so() {
    let settings = format!("{SETTINGS}[paths]\ndata = \"../data\"\n");
    let folder = project(&settings, &[("green-economy.toml", BRIEF)]);
    let (_, warnings) = load(&folder, &[]).unwrap();
    assert_eq!(
        shown(&folder, &warnings),
        "warning: `paths.data` means nothing: figures are read from the store alone\n --> config/greenbrief.toml:4:1\n   \
         |\n 4 | data = \"../data\"\n   | ^^^^\n   \
         = hint: take this line out; `greenbrief figures import FILE` brings figures into the store"
    );
    // It is not offered to who mistypes another one.
    let told = refused(&folder, &[("paths.stat", "x")]);
    assert!(told.contains("did you mean `paths.state`?") && !told.contains("`paths.data`, "), "{told}");
}

#[cfg(unix)]
#[test]
fn what_is_no_file_is_not_waited_for() {
    let folder = project(SETTINGS, &[("green-economy.toml", BRIEF)]);
    let pipe = folder.path().join("config/briefs/pipe.toml");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let told = refused(&folder, &[]);
    assert_eq!(
        told,
        "error: config/briefs/pipe.toml is a named pipe, not a file\n   = hint: a config stands in files, not in pipes, \
         devices or folders"
    );
    for device in ["/dev/zero", "/dev/stdin"] {
        let told = super::config::load(std::path::Path::new(device), &[], &super::nothing).unwrap_err().to_string();
        assert!(told.contains(&format!("error: {device} is ")) && told.contains(", not a file\n"), "{told}");
    }
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

#[test]
fn a_control_character_is_named_where_it_stands() {
    let folder = project("[store]\nurl = \"sqlite:\0a.db\"\nx\0 = 1\n", &[]);
    let told = load(&folder, &[]).unwrap_err().to_string();
    let zero = "error: the character U+0000 cannot stand in a text: it is a control character, which shows nothing\n";
    assert_eq!(told.matches(zero).count(), 2, "{told}");
    assert!(told.contains(":2:15\n") && told.contains(":3:2\n") && !told.contains("not TOML"), "{told}");
    // What a crash of the machine leaves of a file.
    let folder = project(&"\0".repeat(4096), &[]);
    let told = load(&folder, &[]).unwrap_err().to_string();
    assert!(told.contains(zero) && told.contains(":1:1\n"), "{told}");
    assert!(told.contains("hint: a file of zeros was never written to its end, or is UTF-16"), "{told}");
}

/// Behind `sqlite:` stands a path and nothing else: two spellings of one path would be two stores.
#[test]
fn the_url_of_a_store_is_a_path_as_it_is() {
    let folder = project(SETTINGS, &[("green-economy.toml", BRIEF)]);
    let read = |url: &str| {
        let folder = project(&format!("{SETTINGS}[store]\nurl = '{url}'\n"), &[("green-economy.toml", BRIEF)]);
        let root = folder.path().display().to_string();
        load(&folder, &[]).map(|(config, _)| config.store.url.replace(&root, "ROOT")).map_err(|told| told.to_string())
    };
    for (url, taken) in [
        ("sqlite:../var/greenbrief.db", "sqlite:ROOT/var/greenbrief.db"),
        ("sqlite://../var/greenbrief.db", "sqlite:ROOT/var/greenbrief.db"),
        ("sqlite:var/greenbrief.db", "sqlite:ROOT/config/var/greenbrief.db"),
        ("sqlite:///abs/greenbrief.db", "sqlite:/abs/greenbrief.db"),
        ("sqlite:/abs/greenbrief.db", "sqlite:/abs/greenbrief.db"),
        ("sqlite:////abs/x/../greenbrief.db", "sqlite:/abs/greenbrief.db"),
        (" sqlite:/abs/100% of it/什么.db ", "sqlite:/abs/100% of it/什么.db"),
        ("postgres://db.example/greenbrief?sslmode=require", "postgres://db.example/greenbrief?sslmode=require"),
        (
            "postgresql://me@db/x?sslmode=verify-full&sslrootcert=%2Fetc%2Fca.pem&application_name=a%20b",
            "postgresql://me@db/x?sslmode=verify-full&sslrootcert=%2Fetc%2Fca.pem&application_name=a%20b",
        ),
    ] {
        assert_eq!(read(url).as_deref(), Ok(taken), "{url}");
    }
    let a_query = "a query means nothing to a SQLite store: greenbrief itself knows how its file is opened";
    let a_path = "write the path alone: sqlite:../var/greenbrief.db";
    let escape = "a path is written as it is, without percent escapes";
    let in_memory = ("a database in memory forgets what was sent", "name a file: sqlite:../var/greenbrief.db");
    let how = "write sqlite:PATH, or postgres://HOST/DATABASE";
    for (url, marked, what, hint) in [
        ("sqlite:../var/greenbrief.db?mode=rwc", "?mode=rwc", a_query, a_path),
        ("sqlite://../var/greenbrief.db?cache=shared", "?cache=shared", a_query, a_path),
        (" sqlite:../var/greenbrief.db?", "?", a_query, a_path),
        ("sqlite:?x", "?x", a_query, in_memory.1),
        ("sqlite:../var/greenbrief.db#a", "#a", "a fragment means nothing to a SQLite store", a_path),
        (
            "sqlite:../var/green%62rief.db",
            "%62",
            escape,
            "write `b` itself; a folder that is called so can be named in paths.state",
        ),
        (
            "sqlite:/abs/a%20b.db",
            "%20",
            escape,
            "write the character itself; a folder that is called so can be named in paths.state",
        ),
        (
            "sqlite:~/greenbrief.db",
            "~",
            "`~` is not replaced by a home folder",
            "write the whole path, or one from the folder of this file",
        ),
        (
            "sqlite:$HOME/greenbrief.db",
            "$",
            "variables are not replaced",
            "write the whole path, or one from the folder of this file",
        ),
        (
            "sqlite: ../var/greenbrief.db",
            " ",
            "a path does not begin with a space or hold a control character",
            "take it out",
        ),
        ("sqlite::memory:", "sqlite::memory:", in_memory.0, in_memory.1),
        ("sqlite://:memory:", "sqlite://:memory:", in_memory.0, in_memory.1),
        ("sqlite:x.db?mode=memory", "sqlite:x.db?mode=memory", in_memory.0, in_memory.1),
        ("sqlite:", "sqlite:", "this names no file", in_memory.1),
        ("sqlite:../var/", "sqlite:../var/", "this names no file", in_memory.1),
        ("file:../var/greenbrief.db", "file:../var/greenbrief.db", "`file:` is not known", "write sqlite:PATH"),
        ("SQLITE:x.db", "SQLITE:x.db", "`SQLITE:` is not a database greenbrief knows", how),
        ("postgres:db", "postgres:db", "this URL names no server", "write postgres://HOST/DATABASE"),
        ("../var/greenbrief.db", "../var/greenbrief.db", "this is not the URL of a database", how),
    ] {
        let told = read(url).unwrap_err();
        assert!(told.starts_with(&format!("error: {what}\n")), "{url}\n{told}");
        assert!(told.ends_with(&format!("\n   = hint: {hint}")), "{url}\n{told}");
        let marks = told.lines().find(|line| line.contains('^')).unwrap();
        // A value that is marked as a whole is marked with its quotes.
        let count = if marked == url { url.chars().count() + 2 } else { marked.chars().count() };
        assert_eq!(marks.matches('^').count(), count, "{url}\n{told}");
        let line = told.lines().find(|line| line.contains("url = '")).unwrap();
        let column = line.rfind(marked).unwrap() - usize::from(marked == url);
        assert_eq!(marks.find('^').unwrap(), column, "{url}\n{told}");
    }
    // The environment has no line; it is said which variable is meant.
    let environment = |name: &str| (name == config::DATABASE_URL).then(|| "sqlite:x.db?mode=rwc".to_owned());
    let told = load_with(&folder, &[], &environment).unwrap_err().to_string();
    assert!(told.starts_with(&format!("error: {a_query} in GREENBRIEF_DATABASE_URL\n")), "{told}");
}
