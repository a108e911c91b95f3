//! The store's files in the hands of people and accidents: copies, links, a store that was emptied or lost its log, and who
//! may read what.

use std::{
    collections::BTreeMap,
    fs,
    os::unix::{
        fs::{PermissionsExt, symlink},
        process::ExitStatusExt,
    },
    path::Path,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use super::{House, PATIENCE, SOON, Serve};
use crate::mail::server::{Answer, Running, Server};

fn people(count: usize) -> String {
    (0..count).fold("address,language\n".to_owned(), |text, n| text + &format!("s{n}@example.net,en\n"))
}

/// The words with which mails go to this server.
fn to(server: &Running) -> Vec<String> {
    ["mail.transport=smtp", "mail.host=127.0.0.1", "mail.tls=none", &format!("mail.port={}", server.port)]
        .iter()
        .flat_map(|set| ["--set".to_owned(), (*set).to_owned()])
        .collect()
}

fn serve(house: &House, words: &[String]) -> Serve {
    house.serve(&words.iter().map(String::as_str).collect::<Vec<_>>())
}

/// Adds to the number of mails that each address was given.
fn count(server: &mut Running, mails: &mut BTreeMap<String, usize>) {
    for text in server.heard() {
        if let Some(address) = text.lines().find_map(|line| line.strip_prefix("To: ")) {
            *mails.entry(address.to_owned()).or_default() += 1;
        }
    }
}

async fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !holds() {
        assert!(begun.elapsed() < PATIENCE, "{what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[test]
fn a_backup_never_writes_over_the_store() {
    let house = House::new();
    house.done(&["subscribers", "add", "anna@example.net", "--language", "en"]);
    symlink("var/greenbrief.db", house.path("link.db")).unwrap();
    for file in
        ["var/greenbrief.db", "var/../var/greenbrief.db", "link.db", "var/greenbrief.db-wal", "var/greenbrief.db.lock"]
    {
        let told = house.refused(&["store", "backup", file]);
        assert!(told.contains(&format!("{file} is a file of the store itself")), "{told}");
        assert!(told.contains("hint: name a file that does not exist yet"), "{told}");
    }
    house.done(&["store", "backup", "kept.db"]);
    let told = house.refused(&["store", "backup", "kept.db"]);
    assert!(told.contains("kept.db exists: a backup is written to a new file only"), "{told}");
    assert_eq!(house.objects(&["subscribers", "list"]).len(), 1);
}

/// By whatever name it is opened, one daemon is at work on a store.
#[test]
fn a_store_behind_a_link_has_one_lock() {
    let house = House::new();
    house.done(&["subscribers", "add", "anna@example.net", "--language", "en"]);
    symlink("var/greenbrief.db", house.path("link.db")).unwrap();
    let mut serve = house.serve(&[]);
    serve.wait_for("greenbrief 0.1.0 serves");
    let told = house.refused(&["serve", "--set", "store.url=sqlite:../link.db"]);
    assert!(told.contains("another `greenbrief serve` is at work"), "{told}");
    assert_eq!(serve.end(), Some(0), "{}", serve.log());
    let told = house.mistaken(&["serve", "--set", "store.url=sqlite:../var/greenbrief.db?mode=rwc"]);
    assert!(told.contains("a query means nothing to a SQLite store"), "{told}");
}

/// `cp -al` gives each file a second name. What looks and what stops goes on; what sends does not.
#[test]
fn a_hard_link_does_not_disable_the_brake() {
    let house = House::new();
    house.done(&["subscribers", "add", "anna@example.net", "--language", "en"]);
    let mut serve = house.serve(&[]);
    serve.wait_for("greenbrief 0.1.0 serves");
    assert!(Command::new("cp").args(["-al", "var", "copy"]).current_dir(house.path("")).status().unwrap().success());
    for words in [
        ["pause", "--all", "--reason", "x"].as_slice(),
        &["status"],
        &["editions", "list"],
        &["schedules", "list"],
        &["subscribers", "list"],
        &["schedules", "pause", "weekly"],
        &["schedules", "resume", "weekly"],
        &["store", "backup", "kept.db"],
        &["resume"],
    ] {
        let told = house.run(words);
        assert!(told.code <= 1, "{words:?}: {}", told.err);
        assert!(told.err.starts_with("warning: var/greenbrief.db has a second name (a hard link)"), "{}", told.err);
        assert!(told.err.contains("`find / -xdev -samefile var/greenbrief.db` lists its names"), "{}", told.err);
        assert!(told.err.contains("this command goes on; `serve` and `send` refuse until then"), "{}", told.err);
    }
    assert_eq!(serve.end(), Some(0), "{}", serve.log());
    for words in [["serve"].as_slice(), &["send", "green-economy"]] {
        let told = house.refused(words);
        assert!(told.contains("error: var/greenbrief.db has a second name (a hard link)"), "{told}");
    }
    // By a name of which nothing beside it says that it is the store's, it is not even read.
    fs::hard_link(house.path("var/greenbrief.db"), house.path("second.db")).unwrap();
    let told = house.refused(&["status", "--set", "store.url=sqlite:../second.db"]);
    assert!(told.contains("second.db has a second name") && told.contains("-samefile"), "{told}");
    fs::remove_dir_all(house.path("copy")).unwrap();
    fs::remove_file(house.path("second.db")).unwrap();
    house.done(&["send", "green-economy"]);
}

/// A server that is not there is told of at once.
#[test]
fn a_server_that_refuses_is_not_waited_for() {
    let house = House::new();
    let port = super::free_port();
    for words in [["pause", "--all", "--reason", "x"].as_slice(), &["subscribers", "list"], &["store", "migrate"]] {
        let begun = Instant::now();
        let mut command = house.command(words);
        let done = command.env("GREENBRIEF_DATABASE_URL", format!("postgres://127.0.0.1:{port}/x")).output().unwrap();
        let told = String::from_utf8(done.stderr).unwrap();
        assert_eq!(done.status.code(), Some(6), "{words:?} {told}");
        assert!(told.contains("refused") && told.contains("pg_isready -h 127.0.0.1"), "{told}");
        // The pool would go on trying for as long as this.
        assert!(begun.elapsed() < Duration::from_secs(25), "{words:?}: {:?}", begun.elapsed());
    }
}

#[test]
fn an_emptied_store_is_told_by_every_command_and_begun_anew_by_one() {
    let house = House::new();
    house.done(&["subscribers", "add", "anna@example.net", "--language", "en"]);
    house.done(&["store", "backup", "kept.db"]);
    for emptied in [true, false] {
        for name in ["greenbrief.db", "greenbrief.db-wal", "greenbrief.db-shm"] {
            let _ = fs::remove_file(house.path("var").join(name));
        }
        if emptied {
            house.write("var/greenbrief.db", "");
        }
        let found = if emptied { "is empty" } else { "does not exist" };
        for words in [
            ["status"].as_slice(),
            &["serve"],
            &["subscribers", "list"],
            &["subscribers", "add", "bernd@example.net", "--language", "de"],
            &["editions", "list"],
            &["deliveries", "list"],
            &["send", "green-economy"],
            &["pause", "--all", "--reason", "x"],
            &["resume"],
            &["store", "backup", "b.db"],
            &["store", "migrate"],
            &["store", "restore"],
        ] {
            let told = house.refused(words);
            assert!(told.contains(&format!("var/greenbrief.db {found}, but a store was here")), "{words:?}: {told}");
            assert!(
                told.contains("`greenbrief store restore FILE`") && told.contains("`greenbrief store new`"),
                "{told}"
            );
        }
        house.done(&["store", "restore", "kept.db"]);
        assert_eq!(house.objects(&["subscribers", "list"]).len(), 1);
    }
    assert!(house.refused(&["store", "new"]).contains("can be opened: nothing of it is lost"));
    house.write("var/greenbrief.db", "");
    house.done(&["store", "new"]);
    assert_eq!(house.objects(&["subscribers", "list"]).len(), 0);
    house.done(&["status"]);
}

/// The log is deleted with mails at their final dot: the slot is not run again, and nobody gets a second mail.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_log_that_is_gone_with_mails_in_flight_doubles_none() {
    let house = House::new();
    house.write("people.csv", &people(12));
    house.done(&["subscribers", "import", "people.csv"]);
    house.due_in(SOON);
    let mut server =
        Server { answers: vec![(".", Answer::Drip(b"250 ok\r\n".to_vec(), 60))], ..Server::default() }.start().await;
    let words = to(&server);
    let mut mails = BTreeMap::new();
    let mut daemon = serve(&house, &words);
    until("mails are in flight", || {
        count(&mut server, &mut mails);
        mails.len() >= 4
    })
    .await;
    daemon.child.kill().unwrap();
    daemon.child.wait().unwrap();
    fs::remove_file(house.path("var/greenbrief.db-wal")).unwrap();
    let _ = fs::remove_file(house.path("var/greenbrief.db-shm"));

    let told = house.refused(&["serve"]);
    assert!(told.contains("has lost what was written last: it is as it was at"), "{told}");
    assert!(told.contains("`greenbrief store restore` without a file goes on with what is there"), "{told}");
    house.done(&["store", "restore"]);
    assert!(house.refused(&["send", "green-economy"]).contains("sending waits"));
    house.done(&["resume"]);
    let mut daemon = serve(&house, &words);
    daemon.wait_for("watching");
    tokio::time::sleep(Duration::from_secs(3)).await;
    assert_eq!(daemon.end(), Some(0), "{}", daemon.log());
    count(&mut server, &mut mails);
    assert!(mails.values().all(|times| *times == 1), "{mails:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_of_a_running_campaign_comes_back_in_doubt() {
    const READERS: usize = 24;
    let house = House::new();
    house.write("people.csv", &people(READERS));
    house.done(&["subscribers", "import", "people.csv"]);
    house.due_in(SOON);
    let mut server =
        Server { answers: vec![(".", Answer::Drip(b"250 ok\r\n".to_vec(), 30))], ..Server::default() }.start().await;
    let words = to(&server);
    let mut mails = BTreeMap::new();
    let mut daemon = serve(&house, &words);
    until("some mails went out", || {
        count(&mut server, &mut mails);
        mails.len() >= 4
    })
    .await;
    house.done(&["store", "backup", "mid.db"]);
    for words in [["store", "restore", "mid.db"].as_slice(), &["store", "restore"], &["store", "new"]] {
        let told = house.refused(words);
        assert!(told.contains("at work on") || told.contains("name the backup") || told.contains("is lost"), "{told}");
    }
    daemon.wait_for("the outbox is quiet");
    assert_eq!(daemon.end(), Some(0), "{}", daemon.log());
    count(&mut server, &mut mails);
    assert_eq!((mails.len(), mails.values().max()), (READERS, Some(&1)), "{mails:?}");
    assert_eq!(house.objects(&["deliveries", "list", "--state", "sent"]).len(), READERS);

    house.done(&["store", "restore", "mid.db"]);
    let of = |state| house.objects(&["deliveries", "list", "--state", state]).len();
    let (sent, unknown) = (of("sent"), of("unknown"));
    assert!(sent < READERS && sent + unknown == READERS, "{sent} sent, {unknown} unknown");
    house.done(&["resume"]);
    let mut daemon = serve(&house, &words);
    daemon.wait_for("watching");
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert_eq!(daemon.end(), Some(0), "{}", daemon.log());
    count(&mut server, &mut mails);
    assert_eq!(mails.values().max(), Some(&1), "{mails:?}");
}

/// The store is deleted, or a copy put in its place, under a daemon: it ends instead of filling a file that has no name.
#[test]
fn a_store_that_is_taken_away_ends_the_daemon() {
    let house = House::new();
    let mut serve = house.serve(&[]);
    serve.wait_for("greenbrief 0.1.0 serves");
    fs::remove_file(house.path("var/greenbrief.db")).unwrap();
    serve.wait_for("was removed or replaced while it was at work");
    let begun = Instant::now();
    while serve.child.try_wait().unwrap().is_none() {
        assert!(begun.elapsed() < PATIENCE, "{}", serve.log());
        std::thread::sleep(Duration::from_millis(50));
    }
    assert!(house.refused(&["serve"]).contains("does not exist, but a store was here"));
}

fn modes(folder: &Path, found: &mut BTreeMap<String, u32>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        // A file that is written anew is renamed in the meantime.
        let Ok(metadata) = fs::symlink_metadata(&path) else { continue };
        found.insert(path.display().to_string(), metadata.permissions().mode() & 0o777);
        if metadata.is_dir() {
            modes(&path, found);
        }
    }
}

/// What holds addresses is for its owner: the store and all beside it, backups, mails as files.
#[test]
fn what_holds_addresses_is_for_its_owner() {
    let house = House::new();
    house.done(&["subscribers", "add", "anna@example.net", "--language", "en"]);
    house.done(&["send", "green-economy"]);
    house.done(&["store", "backup", "backups.db"]);
    fs::set_permissions(house.path("backups.db"), fs::Permissions::from_mode(0o644)).unwrap();
    house.done(&["store", "restore", "backups.db"]);
    house.done(&["resume"]);
    let mut serve = house.serve(&[]);
    serve.wait_for("watching");
    let mut found = BTreeMap::new();
    for folder in ["var", "reports/outbox"] {
        let mode = fs::metadata(house.path(folder)).unwrap().permissions().mode() & 0o777;
        found.insert(folder.to_owned(), mode);
        modes(&house.path(folder), &mut found);
    }
    let open: Vec<_> = found.iter().filter(|(_, mode)| *mode & 0o077 != 0).collect();
    assert!(open.is_empty(), "{open:#?}");
    for end in ["greenbrief.db", ".db-wal", ".db.lock", ".db.identity", ".eml"] {
        assert!(found.keys().any(|name| name.ends_with(end)), "{end}: {found:#?}");
    }
    assert!(
        found.keys().any(|name| name.contains(".marks-")) && found.keys().any(|name| name.contains("before-restore"))
    );
    assert_eq!(serve.end(), Some(0), "{}", serve.log());
}

/// A crash leaves no memory on the disk, whatever the limits say: passwords and addresses are in it.
#[cfg(target_os = "linux")]
#[test]
fn a_crash_leaves_no_core() {
    let dumps = |house: &House, program: &str, ready: &dyn Fn()| {
        let script = format!("ulimit -c unlimited; exec {program}");
        let mut command = Command::new("sh");
        command.args(["-c", &script]).current_dir(house.path("")).stdout(Stdio::null()).stderr(Stdio::null());
        let mut child = command.spawn().unwrap();
        ready();
        assert!(Command::new("kill").args(["-ABRT", &child.id().to_string()]).status().unwrap().success());
        let status = child.wait().unwrap();
        assert_eq!(status.signal(), Some(6));
        status.core_dumped()
    };
    let house = House::new();
    let served = house.path("var/greenbrief.db");
    let waits = || {
        let begun = Instant::now();
        while !served.exists() {
            assert!(begun.elapsed() < PATIENCE);
            std::thread::sleep(Duration::from_millis(20));
        }
    };
    assert!(!dumps(&house, &format!("{} serve", env!("CARGO_BIN_EXE_greenbrief")), &waits));
    let other = dumps(&house, "sleep 60", &|| std::thread::sleep(Duration::from_millis(200)));
    println!("another program dumps its core here: {other}");
}
