//! What programs and scripts rely on: the exit code of each ending, the last object, usage errors as objects, and what is
//! taken as a time. And who acts, when sudo is between.

use std::fs;

use serde_json::{Value, json};

use super::{House, Told};

/// Every ending, each by commands that meet it. In JSON the same command says the same in its last object.
#[test]
fn each_exit_code_has_its_meaning() {
    let house = House::new();
    let mut seen = Vec::new();
    let mut ends = |code: i32, words: &[&str]| {
        let text = house.run(words);
        assert_eq!(text.code, code, "{words:?}\n{}{}", text.out, text.err);
        let json = house.run(&[words, &["--format", "json"]].concat());
        assert_eq!(json.code, code, "{words:?} in JSON\n{}{}", json.out, json.err);
        json.objects();
        seen.push(code);
    };
    ends(0, &["plan"]);
    ends(0, &["editions", "list"]);
    // Wrong usage.
    ends(2, &["bild"]);
    ends(2, &["plan", "--from", "tomorrow"]);
    ends(2, &["rehearse", "green-economy"]);
    // Refused as things are.
    ends(4, &["build", "green-ecnomy"]);
    ends(4, &["stop", "green-economy/7"]);
    ends(4, &["store", "backup", "b.db"]);
    ends(2, &["subscribers", "add", "no-at-sign", "--language", "en"]);
    house.done(&["subscribers", "add", "anna@example.net", "--language", "en"]);
    house.done(&["pause", "--all"]);
    ends(4, &["send", "green-economy"]);
    ends(1, &["status"]);
    house.done(&["resume"]);
    house.write("file", "");
    ends(4, &["build", "green-economy", "--language", "en", "--out", "file"]);
    // Something broke.
    ends(6, &["build", "green-economy", "--language", "en", "--out", "/proc/none"]);
    house.write("letter.txt", &"Dear Anna, this is not a database. ".repeat(40));
    let store = |name: &str| format!("store.url=sqlite:{}", house.path(name).display());
    ends(4, &["status", "--set", &store("letter.txt")]);
    ends(4, &["status", "--set", &store("config")]);
    // Held: the template says what no figure says.
    let file = house.path("templates/green-economy/en.md");
    let text = fs::read_to_string(&file).unwrap();
    fs::write(&file, format!("{text}\n\nSales rose by 12 percent.\n")).unwrap();
    ends(5, &["rehearse", "green-economy", "--at", "2026-12-07"]);
    ends(5, &["send", "green-economy"]);
    ends(1, &["check"]);
    fs::write(&file, text).unwrap();
    // A file has a mistake.
    house.write("bad.csv", "address,language\nno-at-sign,en\n");
    ends(3, &["subscribers", "import", "bad.csv"]);
    fs::write(house.path("config/greenbrief.toml"), "[mail]\nport = \"y\"\n").unwrap();
    ends(3, &["config", "show"]);
    ends(3, &["build", "green-economy"]);
    ends(3, &["plan", "--config", "none.toml"]);
    seen.sort_unstable();
    seen.dedup();
    assert_eq!(seen, [0, 1, 2, 3, 4, 5, 6], "each code is met");
    let readme = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/README.md")).unwrap();
    for (code, word) in ["done", "attention", "usage", "files", "refused", "held", "failed"].iter().enumerate() {
        assert!(readme.contains(&format!("| {code} | `{word}` |")), "{code} {word}");
    }
}

/// What stands on standard error, as objects.
fn problems(told: &Told) -> Vec<Value> {
    told.err.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("{}", told.err))).collect()
}

#[test]
fn a_usage_error_is_an_object_wherever_the_format_stands() {
    let house = House::new();
    for words in [
        ["--format", "json", "bild"].as_slice(),
        &["bild", "--format=json"],
        &["plan", "--next", "many", "--format", "json"],
        &["--format=json"],
        &["figures", "--format", "json"],
    ] {
        let told = house.run(words);
        assert!(told.objects().is_empty(), "{words:?}: {}", told.out);
        let [problem] = &problems(&told)[..] else { panic!("{words:?}: {}", told.err) };
        assert_eq!((&problem["severity"], &problem["place"]), (&json!("error"), &Value::Null), "{problem}");
        assert!(!problem["what"].as_str().unwrap().contains('\n'), "{problem}");
    }
    let told = house.run(&["build", "green-economy", "--language", "fr", "--format", "json"]);
    let problem = &problems(&told)[0];
    assert_eq!((&problem["kind"], &problem["value"]), (&json!("invalid-value"), &json!("fr")), "{problem}");
    assert_eq!(problem["argument"], "--language <L>");
    let told = house.run(&["plan", "--next", "0", "--format", "json"]);
    assert_eq!(problems(&told)[0]["what"], "invalid value '0' for '--next <N>': write a whole number from 1");
    let told = house.run(&["deliveries", "show", "x"]);
    assert!(told.err.contains("write the number of a mail, as `deliveries list` shows it"), "{}", told.err);
    // For people it is clap's text, as before.
    let told = house.run(&["bild"]);
    assert!(told.out.is_empty() && told.err.starts_with("error: unrecognized subcommand 'bild'"), "{}", told.err);
}

#[test]
fn every_line_for_programs_is_an_object() {
    let house = House::new();
    house.done(&["subscribers", "add", "anna@example.net", "--language", "en"]);
    for words in [
        ["--version"].as_slice(),
        &["--help"],
        &["plan", "--help"],
        &["check"],
        &["man"],
        &["completions", "bash"],
        &["demo"],
        &["mail", "test", "me@example.net"],
        &["calendar", "show", "DE", "2027"],
        &["config", "schema", "brief"],
        &["pause", "--all"],
        &["resume"],
        &["send", "green-economy", "--dry-run"],
        &["rehearse", "green-economy", "--at", "2026-12-07"],
    ] {
        assert!(!house.objects(words).is_empty(), "{words:?}");
    }
    assert_eq!(house.objects(&["--version"]), [json!({ "version": env!("CARGO_PKG_VERSION") })]);
    let checked = &house.objects(&["check"])[0];
    assert_eq!((&checked["errors"], &checked["briefs"], &checked["schedules"]), (&json!(0), &json!(1), &json!(1)));
    let steps = house.objects(&["mail", "test", "me@example.net"]);
    assert_eq!((&steps[0]["step"], &steps[1]["to"]), (&json!("folder"), &json!("me@example.net")));
    // A list without rows is told from one that broke off.
    assert_eq!(house.run(&["editions", "list", "--format", "json"]).out, "{\"end\":\"done\",\"exit_code\":0}\n");
}

#[test]
fn a_pause_is_told_in_fields() {
    let house = House::new();
    house.done(&["subscribers", "add", "anna@example.net", "--language", "en"]);
    house.done(&["schedules", "pause", "weekly", "--as", "anna"]);
    let listed = &house.objects(&["schedules", "list"])[0];
    assert_eq!((&listed["state"], &listed["paused"]), (&json!("paused"), &json!(true)));
    assert_eq!((&listed["pause"]["what"], &listed["pause"]["by"]), (&json!("schedule"), &json!("anna")), "{listed}");
    house.done(&["schedules", "resume", "weekly"]);
    let paused = &house.objects(&["pause", "--all", "--reason", "a try", "--as", "bernd"])[0];
    assert_eq!((&paused["pause"]["by"], &paused["was_paused"]), (&json!("bernd"), &json!(false)), "{paused}");
    let listed = &house.objects(&["schedules", "list"])[0];
    assert_eq!((&listed["pause"]["what"], &listed["pause"]["reason"]), (&json!("everything"), &json!("a try")));
    let resumed = &house.objects(&["resume"])[0];
    assert_eq!((&resumed["was"]["paused"]["by"], &resumed["schedules_waited"]), (&json!("bernd"), &json!(true)));
    house.change("# paused = false", "paused = true #");
    let listed = &house.objects(&["schedules", "list"])[0];
    assert_eq!(listed["pause"]["what"], "config");
    assert_eq!(listed["pause"]["file"], "config/briefs/green-economy.toml");
    assert!(listed["pause"]["line"].is_u64() && listed["state"] == "paused", "{listed}");
}

#[test]
fn days_and_local_times_are_times_wherever_one_is_read() {
    let house = House::new();
    let first = |words: &[&str]| house.objects(&[&["plan", "--next", "1"], words].concat())[0]["slot_utc"].clone();
    // 1 March 2027 is a Monday; its 07:00 in Berlin is 06:00 UTC.
    for (from, slot) in [
        ("2027-03-01", "2027-03-01T06:00:00Z"),
        ("2027-03-01 06:59", "2027-03-01T06:00:00Z"),
        ("2027-03-01 07:00", "2027-03-08T06:00:00Z"),
        ("2027-03-01T07:00", "2027-03-08T06:00:00Z"),
        ("2027-03-01T13:59:59+08:00", "2027-03-01T06:00:00Z"),
        ("2027-03-01 14:00+08:00", "2027-03-08T06:00:00Z"),
    ] {
        assert_eq!(first(&["--from", from]), slot, "{from}");
    }
    // A day as the end is the whole day.
    let until = |to: &str| house.objects(&["plan", "--from", "2027-03-01", "--to", to]).len();
    assert_eq!([until("2027-03-07"), until("2027-03-08"), until("2027-03-08 06:59")], [1, 2, 1]);
    let at = |words: &[&str]| house.objects(words).last().unwrap()["at"].clone();
    assert_eq!(at(&["rehearse", "green-economy", "--at", "2026-12-07 07:00"]), "2026-12-07T06:00:00Z");
    assert_eq!(at(&["rehearse", "green-economy", "--at", "2026-12-07"]), "2026-12-06T23:00:00Z");
    let sum =
        |at: &str| house.objects(&["build", "green-economy", "--language", "en", "--at", at])[0]["sha256"].clone();
    assert_eq!(sum("2026-11-23 07:00"), sum("2026-11-23T06:00:00Z"));
    house.done(&["send", "green-economy", "--dry-run", "--at", "2026-11-23"]);
    house.done(&["plan", "--against", "config", "--from", "2026-12-01"]);
    let told = house.run(&["plan", "--from", "7.12.2026"]);
    assert_eq!(told.code, 2);
    assert!(
        told.err.contains(
            "write a day (2026-12-07), a time in the brief's zone (\"2026-12-07 07:00\"), or a time with its offset"
        ),
        "{}",
        told.err
    );
    let told = house.run(&["backfill", "green-economy", "--from", "2026-6-1", "--to", "2026-06-14"]);
    assert!(told.err.contains("write a day as YEAR-MONTH-DAY, such as 2026-12-07"), "{}", told.err);

    // A second brief in another zone: whose clock is meant must be said.
    let brief = fs::read_to_string(house.path("config/briefs/green-economy.toml")).unwrap();
    house.write("config/briefs/beijing.toml", &brief.replacen("Europe/Berlin", "Asia/Shanghai", 1));
    let told = house.refused(&["plan", "--from", "2027-03-01"]);
    assert!(told.contains("in which zone is that time? the briefs have Asia/Shanghai and Europe/Berlin"), "{told}");
    assert_eq!(first(&["--from", "2027-03-01", "--brief", "beijing"]), "2027-02-28T23:00:00Z");
    assert_eq!(first(&["--from", "2027-03-01", "--schedule", "beijing/weekly"]), "2027-02-28T23:00:00Z");
    house.done(&["plan", "--from", "2027-03-01T00:00:00Z"]);
}

#[test]
fn who_called_sudo_acts() {
    let house = House::new();
    house.done(&["subscribers", "add", "anna@example.net", "--language", "en"]);
    let by = |set: &[(&str, &str)], more: &[&str]| {
        house.done(&["schedules", "resume", "weekly"]);
        let mut command = house.command(&[&["schedules", "pause", "weekly", "--format", "json"], more].concat());
        for name in ["SUDO_USER", "USER", "LOGNAME"] {
            command.env_remove(name);
        }
        let done = command.envs(set.iter().copied()).output().unwrap();
        let first = String::from_utf8(done.stdout).unwrap().lines().next().unwrap_or_default().to_owned();
        let object: Value = serde_json::from_str(&first).unwrap_or_else(|_| panic!("{:?}", done.stderr));
        object["pause"]["by"].as_str().unwrap().to_owned()
    };
    let sudo = [("SUDO_USER", "anna"), ("USER", "greenbrief"), ("LOGNAME", "greenbrief")];
    assert_eq!(by(&sudo, &[]), "anna");
    assert_eq!(by(&sudo, &["--as", "bernd"]), "bernd");
    assert_eq!(by(&[("SUDO_USER", ""), ("USER", "chen")], &[]), "chen");
    assert_eq!(by(&[("LOGNAME", "dora")], &[]), "dora");
    // Without all of them the system knows who runs it, as it does under cron or in a container.
    let me = std::process::Command::new("id").arg("-un").output().unwrap();
    assert_eq!(by(&[], &[]), String::from_utf8(me.stdout).unwrap().trim());
    for wrong in ["", " ", "anna\nbernd"] {
        assert_eq!(house.run(&["resume", "--as", wrong]).code, 2, "{wrong:?}");
    }
}

/// The store of another user, as somebody meets it who forgets `sudo -u greenbrief`.
#[cfg(unix)]
#[test]
fn a_store_that_cannot_be_opened_says_where_it_is_and_whose() {
    use std::os::unix::fs::PermissionsExt;

    let house = House::new();
    house.done(&["subscribers", "add", "anna@example.net", "--language", "en"]);
    let me = std::process::Command::new("id").arg("-un").output().unwrap();
    let me = String::from_utf8(me.stdout).unwrap().trim().to_owned();
    let folder = house.path("var");
    // root may do everything: then somebody else asks; else the owner has locked themselves out.
    let mut command = house.command(&["subscribers", "list"]);
    if me == "root" {
        fs::set_permissions(house.path(""), fs::Permissions::from_mode(0o755)).unwrap();
        let ids = ["--reuid=65534", "--regid=65534", "--clear-groups", env!("CARGO_BIN_EXE_greenbrief")];
        command = std::process::Command::new("setpriv");
        command.args(ids).args(["subscribers", "list"]).current_dir(house.path(""));
    } else {
        fs::set_permissions(&folder, fs::Permissions::from_mode(0o000)).unwrap();
    }
    let done = command.output().unwrap();
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o700)).unwrap();
    let told = String::from_utf8(done.stderr).unwrap();
    assert_eq!(done.status.code(), Some(6), "{told}");
    assert!(told.contains("Permission denied"), "{told}");
    assert!(told.contains(&format!("var belongs to {me}, mode ")), "{told}");
    assert!(told.contains("hint: you are "), "{told}");
    if me == "root" {
        assert!(told.contains("run it as the owner, `sudo -u root greenbrief …`"), "{told}");
    }
}

#[test]
fn global_options_stand_under_their_own_head() {
    let house = House::new();
    for words in [["--help"].as_slice(), &["plan", "--help"], &["editions", "list", "--help"]] {
        let help = house.done(words);
        let (own, global) = help.split_once("\nGlobal options:\n").unwrap_or_else(|| panic!("{help}"));
        for flag in ["--config", "--set", "--format", "--as"] {
            assert!(global.contains(&format!("{flag} <")) && !own.contains(&format!("{flag} <")), "{flag}\n{help}");
        }
    }
}

/// A mistake in a file, be it that there is none, has one exit code; a mistake in what was typed has another.
#[test]
fn each_command_ends_alike_on_what_it_cannot_take() {
    let house = House::new();
    house.done(&["subscribers", "add", "anna@example.net", "--language", "en"]);
    fs::write(house.path("list.xlsx"), b"PK\x03\x04\x14\x00\x06\x00xl/\x00\xff\xfe\x00").unwrap();
    house.write("notes.txt", "notes\n");
    house.write("empty.csv", "");
    fs::create_dir(house.path("folder")).unwrap();
    let reads: [&[&str]; 4] = [
        &["figures", "import"],
        &["subscribers", "import"],
        &["subscribers", "remove", "--file"],
        &["store", "restore"],
    ];
    for command in reads {
        for file in ["none.csv", "list.xlsx", "notes.txt", "empty.csv", "folder", "notes.txt/x.csv"] {
            let words: Vec<&str> = command.iter().copied().chain([file]).collect();
            let told = house.run(&words);
            assert_eq!(told.code, 3, "{words:?}: {}", told.err);
            assert!(told.err.contains(file), "{words:?}: {}", told.err);
        }
    }
    for words in [
        ["--config", "none.toml", "status"].as_slice(),
        &["--config", "none.toml", "subscribers", "list"],
        &["--config", "none.toml", "serve"],
        &["--config", "none.toml", "build", "green-economy"],
        &["plan", "--against", "none"],
    ] {
        let told = house.run(words);
        assert_eq!(told.code, 3, "{words:?}: {}", told.err);
    }
    for command in [
        ["subscribers", "add", "--language", "en"].as_slice(),
        &["subscribers", "remove"],
        &["mail", "test"],
        &["send", "green-economy", "--to"],
        &["deliveries", "list", "--address"],
    ] {
        for (address, why) in [("foo", "has no @"), ("a@b@c.org", ""), ("", "empty"), ("a b@c.org", "")] {
            let words: Vec<&str> = command.iter().copied().chain([address]).collect();
            let told = house.run(&words);
            assert_eq!(told.code, 2, "{words:?}: {}", told.err);
            assert!(told.err.contains(why), "{words:?}: {}", told.err);
        }
    }
    // What is right and cannot be done as things are.
    for words in [
        ["subscribers", "remove", "nobody@example.net"].as_slice(),
        &["subscribers", "remove", "--token", "foo"],
        &["store", "backup", "notes.txt"],
        &["build", "none"],
        &["stop", "green-economy/9"],
    ] {
        let told = house.run(words);
        assert_eq!(told.code, 4, "{words:?}: {}", told.err);
    }
}
