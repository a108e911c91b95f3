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
        "List-Unsubscribe: <mailto:",
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
        lines
            .lines()
            .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap()["sha256"].to_string())
            .collect::<Vec<_>>()
    };
    let first = build("Asia/Shanghai", "zh_CN.UTF-8");
    assert_eq!(first.len(), 3);
    assert_eq!(first, build("America/New_York", "C"));
}

#[test]
fn check_passes_and_build_refuses_an_unknown_brief() {
    assert!(greenbrief(&top(), &["check"]).status.success());
    let wrong = greenbrief(&top(), &["build", "green-ecnomy"]);
    assert_eq!(wrong.status.code(), Some(1));
    let text = String::from_utf8(wrong.stderr).unwrap();
    assert_eq!(text, "error: there is no brief `green-ecnomy`\n   = hint: did you mean `green-economy`?\n");
    assert_eq!(greenbrief(&top(), &["bild"]).status.code(), Some(2));
}
