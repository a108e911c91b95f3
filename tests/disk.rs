//! A disk that is full: what a person is told, that nothing is half done, and that the next try works.

use std::{
    path::Path,
    process::{Command, Output},
};

const GREENBRIEF: &str = env!("CARGO_BIN_EXE_greenbrief");

fn config(folder: &Path) -> Vec<String> {
    let set = |key: &str, value: String| ["--set".to_owned(), format!("{key}={value}")];
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("config/greenbrief.toml");
    let mut words = vec!["--config".to_owned(), file.display().to_string(), "--format".to_owned(), "json".to_owned()];
    words.extend(set("paths.reports", folder.join("reports").display().to_string()));
    words.extend(set("store.url", format!("sqlite:{}", folder.join("state/s.db").display())));
    // What stands in the outbox is the edition's mail alone.
    words.extend(set("operators.after_edition", "false".to_owned()));
    words
}

fn greenbrief(folder: &Path, words: &[&str]) -> Output {
    Command::new(GREENBRIEF).args(config(folder)).args(words).output().unwrap()
}

/// What a shell makes of it, with `$@` for the whole command.
fn in_shell(folder: &Path, script: &str, words: &[&str]) -> Output {
    Command::new("sh")
        .args(["-c", script, "sh", GREENBRIEF])
        .args(config(folder))
        .args(words)
        .env("FOLDER", folder)
        .output()
        .unwrap()
}

fn told(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn with_a_reader(folder: &Path) {
    let added =
        greenbrief(folder, &["subscribers", "add", "anna@example.net", "--language", "de", "--consent", "asked"]);
    assert!(added.status.success(), "{}", told(&added));
}

fn mails(folder: &Path) -> usize {
    let listed = greenbrief(folder, &["deliveries", "list"]);
    assert!(listed.status.success(), "{}", told(&listed));
    // The last line says how the command ended.
    String::from_utf8(listed.stdout).unwrap().lines().count() - 1
}

/// The next try sends its one mail, and the only one.
fn works_now(folder: &Path) {
    let sent = greenbrief(folder, &["send", "green-economy"]);
    assert!(sent.status.success(), "{}", told(&sent));
    assert_eq!(mails(folder), 1);
    assert_eq!(std::fs::read_dir(folder.join("reports/outbox")).unwrap().count(), 1);
}

/// The folder of the brief's PDFs is a file system of its own, too small for one of them.
#[cfg(feature = "real-parts")]
#[test]
fn a_pdf_that_does_not_fit_on_the_disk_releases_nothing() {
    let folder = tempfile::tempdir().unwrap();
    with_a_reader(folder.path());
    let reports = folder.path().join("reports/green-economy");
    std::fs::create_dir_all(&reports).unwrap();
    let script = r#"
        mount -t tmpfs -o size=40k tmpfs "$FOLDER/reports/green-economy" || exit 99
        "$@"
        code=$?
        test -z "$(find "$FOLDER/reports/green-economy" -type f)" || exit 98
        exit $code
    "#;
    let failed = Command::new("unshare")
        .args(["-rm", "sh", "-c", script, "sh", GREENBRIEF])
        .args(config(folder.path()))
        .args(["send", "green-economy"])
        .env("FOLDER", folder.path())
        .output()
        .unwrap();
    assert_eq!(failed.status.code(), Some(6), "{}", told(&failed));
    let path = reports.join("1/green-economy-1-en.pdf");
    let wanted = format!("{} could not be written: No space left on device (os error 28)", path.display());
    assert!(told(&failed).contains(&wanted), "{}", told(&failed));
    assert_eq!(mails(folder.path()), 0);
    works_now(folder.path());
}

#[test]
fn a_database_that_cannot_grow_releases_nothing() {
    let mut where_it_failed = std::collections::BTreeSet::new();
    // Until it is the last step that fails: the PDFs need more than 100 blocks of 512 octets.
    for blocks in (500..3000).step_by(100) {
        if where_it_failed.contains("cannot be released") {
            break;
        }
        let folder = tempfile::tempdir().unwrap();
        with_a_reader(folder.path());
        // No file of the process may be longer: a write fails with EFBIG, as on a full disk with ENOSPC.
        let script = format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$@\"");
        let failed = in_shell(folder.path(), &script, &["send", "green-economy"]);
        let text = told(&failed);
        assert_eq!(failed.status.code(), Some(6), "{blocks}: {text}");
        assert!(text.contains("the database: disk I/O error"), "{blocks}: {text}");
        assert_eq!(text.matches("disk I/O error").count(), 1 + text.matches("cannot be recorded").count(), "{text}");
        for step in ["could not be imported", "cannot be frozen", "cannot be released"] {
            where_it_failed.extend(text.contains(step).then_some(step));
        }
        assert_eq!(mails(folder.path()), 0, "{blocks}");
        works_now(folder.path());
    }
    assert!(where_it_failed.contains("cannot be released"), "{where_it_failed:?}");
}

/// A file system of its own, in which nothing but the database is.
#[cfg(feature = "real-parts")]
#[test]
fn a_database_on_a_full_disk_says_so() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("state")).unwrap();
    // Whoever may not mount may so in a user namespace; it ends with the shell, so all tries are in one.
    let script = r#"
        mount -t tmpfs -o size=700k tmpfs "$FOLDER/state" || exit 99
        "$@" subscribers add anna@example.net --language de --consent "asked for it" || exit 98
        "$@" send green-economy && exit 97
        mount -o remount,size=8m "$FOLDER/state" || exit 96
        test "$("$@" deliveries list | wc -l)" = 1 || exit 95
        "$@" send green-economy
    "#;
    let done = Command::new("unshare")
        .args(["-rm", "sh", "-c", script, "sh", GREENBRIEF])
        .args(config(folder.path()))
        .env("FOLDER", folder.path())
        .output()
        .unwrap();
    let text = told(&done);
    assert_eq!(done.status.code(), Some(0), "{text}");
    assert!(text.contains("the database: database or disk is full"), "{text}");
    assert_eq!(std::fs::read_dir(folder.path().join("reports/outbox")).unwrap().count(), 1);
}
