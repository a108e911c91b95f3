//! The program as a user meets it: what the commands print and write, and their exit codes.

use std::process::{Command, Output};

fn greenbrief(folder: &std::path::Path, words: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_greenbrief")).args(words).current_dir(folder).output().unwrap()
}

fn top() -> std::path::PathBuf {
    env!("CARGO_MANIFEST_DIR").into()
}

#[test]
fn demo_writes_three_briefs_and_three_mails() {
    let folder = tempfile::tempdir().unwrap();
    let done = greenbrief(folder.path(), &["demo"]);
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let names = |inside: &str| {
        let mut names: Vec<String> = std::fs::read_dir(folder.path().join("reports/demo").join(inside))
            .unwrap()
            .map(|e| e.unwrap().file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    };
    assert_eq!(
        names("green-economy/1"),
        ["green-economy-1-de.pdf", "green-economy-1-en.pdf", "green-economy-1-zh.pdf"]
    );
    assert_eq!(
        names("outbox"),
        ["green-economy.1.1.demo.eml", "green-economy.1.2.demo.eml", "green-economy.1.3.demo.eml"]
    );
    let mail = std::fs::read_to_string(folder.path().join("reports/demo/outbox/green-economy.1.2.demo.eml")).unwrap();
    for header in [
        "List-Id: <",
        "List-Unsubscribe: <https://briefs.example.org/u/",
        "List-Unsubscribe-Post: List-Unsubscribe=One-Click",
        "Auto-Submitted: auto-generated",
        "Message-ID: <",
        "Content-Language: de",
    ] {
        assert!(mail.contains(header), "{header}");
    }
    assert!(!folder.path().join("var").exists());
    // A second one writes the same files again and adds none.
    let again = greenbrief(folder.path(), &["demo"]);
    assert!(again.status.success());
    assert_eq!(names("outbox").len(), 3);
}

#[test]
fn two_processes_build_the_same_bytes() {
    let build = |zone: &str, lang: &str| {
        let out = tempfile::tempdir().unwrap();
        let done = Command::new(env!("CARGO_BIN_EXE_greenbrief"))
            .args(["--format", "json", "build", "green-economy", "--at", "2026-11-23T06:00:00Z", "--config"])
            .arg(top().join("config/greenbrief.toml"))
            .args(["--set", "store.url=sqlite:none.db", "--out"])
            .arg(out.path())
            .env("TZ", zone)
            .env("LANG", lang)
            .env("HOSTNAME", format!("host-{lang}"))
            .env("HOME", out.path())
            .current_dir(out.path())
            .output()
            .unwrap();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        let lines = String::from_utf8(done.stdout).unwrap();
        let objects = lines.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
        objects.filter_map(|object| object.get("sha256").map(ToString::to_string)).collect::<Vec<_>>()
    };
    let first = build("Asia/Shanghai", "zh_CN.UTF-8");
    assert_eq!(first.len(), 3);
    assert_eq!(first, build("America/New_York", "C"));
}

#[test]
fn check_passes_and_build_refuses_an_unknown_brief() {
    assert!(greenbrief(&top(), &["check"]).status.success());
    let wrong = greenbrief(&top(), &["build", "green-ecnomy"]);
    assert_eq!(wrong.status.code(), Some(4));
    let text = String::from_utf8(wrong.stderr).unwrap();
    assert_eq!(text, "error: there is no brief `green-ecnomy`\n   = hint: did you mean `green-economy`?\n");
    assert_eq!(greenbrief(&top(), &["bild"]).status.code(), Some(2));
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[test]
fn the_config_is_shown_and_written_as_it_is_in_force() {
    let folder = tempfile::tempdir().unwrap();
    let at = top().join("config/greenbrief.toml").display().to_string();
    let shown = greenbrief(folder.path(), &["--config", &at, "config", "show", "greenbrief", "--set", "mail.weight=3"]);
    assert!(shown.status.success(), "{}", text(&shown.stderr));
    let shown = text(&shown.stdout);
    assert!(shown.lines().any(|line| line.starts_with("weight = 3 ") && line.ends_with("# --set")), "{shown}");
    assert!(!shown.contains("[schedules"), "{shown}");
    let objects = |at: &str| {
        let done = greenbrief(folder.path(), &["--config", at, "--format", "json", "config", "show"]);
        assert!(done.status.success(), "{}", text(&done.stderr));
        let objects = text(&done.stdout);
        let read = |line: &str| serde_json::from_str::<serde_json::Value>(line).unwrap();
        let keys = objects.lines().map(read).filter(|object| object.get("key").is_some());
        keys.map(|object| (object["key"].clone(), object["value"].clone())).collect::<Vec<_>>()
    };
    let out = greenbrief(folder.path(), &["--config", &at, "config", "show", "--out", "whole"]);
    assert!(out.status.success(), "{}", text(&out.stderr));
    assert_eq!(text(&out.stdout), "whole/greenbrief.toml\nwhole/briefs/green-economy.toml\nwhole/calendars/CN.toml\n");
    let elsewhere =
        |(key, _): &(serde_json::Value, serde_json::Value)| key != "paths.config" && key != "paths.calendars";
    let of = |at: &str| objects(at).into_iter().filter(elsewhere).collect::<Vec<_>>();
    assert_eq!(of(&at), of("whole/greenbrief.toml"));
    assert!(greenbrief(folder.path(), &["--config", "whole/greenbrief.toml", "check"]).status.success());
    // Over a config that is there nothing is written.
    let again = greenbrief(folder.path(), &["--config", &at, "config", "show", "--out", "whole"]);
    assert_eq!(again.status.code(), Some(4));
    let told = text(&again.stderr);
    assert!(
        told.contains("whole/greenbrief.toml already exists") && told.contains("whole/calendars/CN.toml"),
        "{told}"
    );
}

#[test]
fn a_config_with_problems_is_not_shown_but_reported() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir_all(folder.path().join("config/briefs")).unwrap();
    std::fs::write(folder.path().join("config/greenbrief.toml"), "[mail]\nform = \"x\"\nport = \"y\"\n").unwrap();
    let done = greenbrief(folder.path(), &["config", "show"]);
    assert_eq!((done.status.code(), text(&done.stdout).as_str()), (Some(3), ""));
    let told = text(&done.stderr);
    assert!(told.contains("unknown key `mail.form`") && told.contains("`mail.port` must be a whole number"), "{told}");
    let done = greenbrief(&top(), &["config", "show", "briefs/green-ecnomy"]);
    assert_eq!(done.status.code(), Some(4));
    assert_eq!(
        text(&done.stderr),
        "error: the config has no file `briefs/green-ecnomy`\n   = hint: did you mean `briefs/green-economy`?\n"
    );
}

#[test]
fn schemas_are_printed_or_written() {
    let folder = tempfile::tempdir().unwrap();
    let printed = greenbrief(folder.path(), &["config", "schema", "brief"]);
    let shipped = std::fs::read_to_string(top().join("config/schemas/brief.schema.json")).unwrap();
    assert_eq!(text(&printed.stdout), shipped);
    assert!(greenbrief(folder.path(), &["config", "schema", "--out", "a/b"]).status.success());
    for name in ["greenbrief", "brief", "calendar", "theme", "blocks"] {
        let name = format!("{name}.schema.json");
        let read = |folder: &std::path::Path| std::fs::read_to_string(folder.join(&name)).unwrap();
        assert_eq!(read(&folder.path().join("a/b")), read(&top().join("config/schemas")), "{name}");
    }
    let unknown = greenbrief(folder.path(), &["config", "schema", "briefs"]);
    assert_eq!(unknown.status.code(), Some(2));
    let told = text(&unknown.stderr);
    assert!(told.contains("[possible values: greenbrief, brief, calendar, theme, blocks]"), "{told}");
    assert_eq!(greenbrief(folder.path(), &["config", "schema"]).status.code(), Some(2));
    std::fs::write(folder.path().join("file"), "").unwrap();
    for (words, told) in [
        (["config", "schema", "--out", "file"].as_slice(), "error: file/greenbrief.schema.json cannot be written: "),
        (&["man", "--out", "file/man"], "error: the pages cannot be written to file/man: "),
    ] {
        let done = greenbrief(folder.path(), words);
        assert_eq!(done.status.code(), Some(6));
        assert!(text(&done.stderr).starts_with(told), "{}", text(&done.stderr));
    }
}

/// What a tool says to a text; nothing if it is not installed.
fn tool(words: &[&str], input: &[u8]) -> Option<Output> {
    use std::{io::Write, process::Stdio};

    let mut child = Command::new(words[0])
        .args(&words[1..])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .ok()?;
    let mut to = child.stdin.take().unwrap();
    let input = input.to_vec();
    let writing = std::thread::spawn(move || to.write_all(&input));
    let done = child.wait_with_output().unwrap();
    writing.join().unwrap().unwrap();
    Some(done)
}

#[test]
fn completions_are_scripts_that_their_shells_read() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let done = greenbrief(&top(), &["completions", shell]);
        assert!(done.status.success());
        assert!(text(&done.stdout).contains("GREENBRIEF_COMPLETE"), "{shell}");
        if let Some(read) = tool(&[shell, "-n"], &done.stdout) {
            assert!(read.status.success(), "{shell}: {}", text(&read.stderr));
        }
    }
    assert_eq!(greenbrief(&top(), &["completions", "cmd"]).status.code(), Some(2));
}

/// What bash offers behind a typed line.
fn offered(folder: &std::path::Path, line: &[&str]) -> Vec<String> {
    let script = text(&greenbrief(folder, &["completions", "bash"]).stdout);
    let words: Vec<String> = line.iter().map(|word| format!("'{word}'")).collect();
    let ask = format!(
        "PATH={}:$PATH\n{script}\nCOMP_WORDS=(greenbrief {}); COMP_CWORD={}; \
         _clap_complete_greenbrief greenbrief '{}' ''; printf '%s\\n' \"${{COMPREPLY[@]}}\"\n",
        std::path::Path::new(env!("CARGO_BIN_EXE_greenbrief")).parent().unwrap().display(),
        words.join(" "),
        line.len(),
        line.last().unwrap(),
    );
    let file = folder.join("ask.sh");
    std::fs::write(&file, ask).unwrap();
    let asked = Command::new("bash").arg(&file).current_dir(folder).output().unwrap();
    assert_eq!(text(&asked.stderr), "", "{line:?}");
    text(&asked.stdout).lines().map(str::to_owned).filter(|word| !word.is_empty()).collect()
}

#[test]
fn a_shell_offers_commands_and_the_ids_of_briefs_schedules_and_editions() {
    let folder = tempfile::tempdir().unwrap();
    let config = top().join("config/greenbrief.toml").display().to_string();
    let store = format!("store.url=sqlite:{}", folder.path().join("s.db").display());
    let reports = format!("paths.reports={}", folder.path().join("reports").display());
    let here = ["--config", &config, "--set", &store, "--set", &reports];
    let offered = |line: &[&str]| offered(folder.path(), &[&here[..], line].concat());
    // A shell waits for a second, in which a busy machine may not get to it: then it is asked again.
    let offers = |line: &[&str], wanted: &[&str]| {
        let answer = (0..60).map(|_| offered(line)).find(|words| !words.is_empty()).unwrap_or_default();
        assert_eq!(answer, wanted, "{line:?}");
    };
    offers(&["config", "schema", "ca"], &["calendar"]);
    offers(&["bui"], &["build"]);
    offers(&["send", "x", "--dr"], &["--dry-run"]);
    offers(&["build", "gr"], &["green-economy"]);
    offers(&["plan", "--brief", "gr"], &["green-economy"]);
    offers(&["schedules", "pause", "gr"], &["green-economy/weekly"]);
    offers(&["calendar", "show", "DE-BW"], &["DE-BW"]);
    offers(&["calendar", "show", "C"], &["CN"]);
    offers(&["mail", "test", "a@example.net", "--relay", ""], &["first"]);
    for command in ["show", "uses", "withdraw"] {
        offers(&["figures", command, "vw_bev_c"], &["vw_bev_cn"]);
    }
    // Nothing is made by asking.
    assert_eq!(offered(&["stop", "gr"]), [""; 0]);
    assert!(!folder.path().join("s.db").exists());
    let words = |more: &[&'static str]| [&here[..], more].concat();
    let added = greenbrief(
        folder.path(),
        &words(&["subscribers", "add", "anna@example.net", "--language", "en", "--consent", "asked"]),
    );
    assert!(added.status.success(), "{}", text(&added.stderr));
    for _ in 0..2 {
        assert!(greenbrief(folder.path(), &words(&["send", "green-economy"])).status.success());
    }
    offers(&["stop", "gr"], &["green-economy/2", "green-economy/1"]);
    offers(&["deliveries", "list", "--edition", "green-economy/2"], &["green-economy/2"]);
}

#[test]
fn completions_are_silent_beside_a_config_that_is_wrong_or_missing() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir_all(folder.path().join("config/briefs")).unwrap();
    assert_eq!(offered(folder.path(), &["schedules", "pause", "gr"]), [""; 0]);
    std::fs::write(folder.path().join("config/greenbrief.toml"), "[mail\nx = ").unwrap();
    assert_eq!(offered(folder.path(), &["schedules", "pause", "gr"]), [""; 0]);
    assert_eq!(offered(folder.path(), &["stop", "gr"]), [""; 0]);
    assert_eq!(offered(folder.path(), &["sto"]), ["stop", "store"]);
    // One brief is wrong: the other one is offered all the same.
    for brief in ["good", "bad"] {
        let rule = if brief == "good" { "0 7 * * Mon" } else { "0 7 * * Montag" };
        let toml = format!(
            "title = {{ en = \"B\" }}\ntimezone = \"UTC\"\nlanguages = [\"en\"]\ngive_up_after = \"24h\"\ntemplate = \"t\"\n[schedules.weekly]\ncron = \"{rule}\"\n"
        );
        std::fs::write(folder.path().join(format!("config/briefs/{brief}.toml")), toml).unwrap();
    }
    std::fs::write(folder.path().join("config/greenbrief.toml"), "[mail]\nform = 3\n").unwrap();
    let offered = (0..60).map(|_| offered(folder.path(), &["schedules", "pause", "g"])).find(|words| !words.is_empty());
    assert_eq!(offered.unwrap_or_default(), ["good/weekly"]);
}

#[test]
fn manual_pages_are_rendered_without_a_warning() {
    let folder = tempfile::tempdir().unwrap();
    let page = greenbrief(folder.path(), &["man"]);
    assert!(page.status.success() && text(&page.stdout).contains("GREENBRIEF_CONFIG"));
    assert!(greenbrief(folder.path(), &["man", "--out", "man1"]).status.success());
    let mut pages = vec![("greenbrief".to_owned(), page.stdout)];
    for entry in std::fs::read_dir(folder.path().join("man1")).unwrap() {
        let path = entry.unwrap().path();
        pages.push((path.file_name().unwrap().to_string_lossy().into_owned(), std::fs::read(&path).unwrap()));
    }
    for name in ["greenbrief.1", "greenbrief-plan.1", "greenbrief-config-show.1"] {
        assert!(pages.iter().any(|(page, _)| page == name), "{name}");
    }
    for (name, page) in pages {
        let Some(done) = tool(&["groff", "-Kutf8", "-wall", "-man", "-Tutf8", "-P-cbou"], &page) else { return };
        assert!(done.status.success() && done.stderr.is_empty(), "{name}: {}", text(&done.stderr));
        assert!(text(&done.stdout).contains("SYNOPSIS"), "{name}");
    }
}

/// `greenbrief-editions-list.1` is the page of `editions list`, whose row in the README begins with "`editions".
#[test]
fn every_command_stands_in_the_readme() {
    let folder = tempfile::tempdir().unwrap();
    assert!(greenbrief(folder.path(), &["man", "--out", "."]).status.success());
    let readme = std::fs::read_to_string(top().join("README.md")).unwrap();
    let rows: Vec<&str> = readme.lines().filter(|line| line.starts_with("| `")).collect();
    let mut missing = Vec::new();
    for page in std::fs::read_dir(folder.path()).unwrap() {
        let name = page.unwrap().file_name().into_string().unwrap();
        let Some(words) = name.strip_prefix("greenbrief-").and_then(|name| name.strip_suffix(".1")) else { continue };
        let (command, inner) = words.split_once('-').unwrap_or((words, ""));
        let stands = |row: &&str| {
            let names: Vec<&str> = row.split('|').nth(1).unwrap_or_default().split([' ', '`', ',']).collect();
            names.contains(&command) && (inner.is_empty() || names.contains(&inner))
        };
        if !rows.iter().any(stands) {
            missing.push(words.replace('-', " "));
        }
    }
    assert!(missing.is_empty(), "without a row in README.md: {missing:?}");
}

#[test]
fn status_shows_the_warnings_of_the_config_also_if_the_store_cannot_be_opened() {
    let folder = tempfile::tempdir().unwrap();
    let letter = folder.path().join("letter.txt");
    std::fs::write(&letter, "Dear Anna, this is not a database. ".repeat(40)).unwrap();
    let done = Command::new(env!("CARGO_BIN_EXE_greenbrief"))
        .args(["--set", "operators.ping_every=1h", "--set", &format!("store.url=sqlite:{}", letter.display())])
        .args(["status", "--config"])
        .arg(top().join("config/greenbrief.toml"))
        .current_dir(folder.path())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&done.stderr);
    let warning = said.find("warning: `operators.ping_every` is not used");
    assert!(warning.is_some() && warning < said.find("error: "), "{said}");
    assert_eq!(done.status.code(), Some(4));
}
