//! Files: a backup and its way back, what is refused, and who may have what open.

use std::{fs, os::unix::fs::PermissionsExt, path::Path};

use greenbrief::{
    base::language::Language::En,
    delivery::rules::State,
    store::{EditionState, Error, Move, Setting, Store, Surroundings},
    time::schedule::Outcome,
};

use super::{Place, begun, frozen, id, lease, mails, minutes, now, released};

/// Mails in every state, a schedule, an edition that is being made.
async fn busy(store: &Store) {
    let people = ["a@e.org", "b@e.org", "c@e.org", "d@e.org", "e@e.org"].map(|person| (person, En));
    released(store, "busy", &people).await;
    let claims = store.outbox().lease(&lease("a", now()), 4).await.unwrap();
    let step = |n: usize, to, later| Move {
        id: claims[n].id,
        attempt: 1,
        to,
        reply: "250".into(),
        due: Some(now() + minutes(later)),
    };
    let moves = [
        step(0, State::DotWritten, 0),
        step(0, State::Sent, 0),
        step(1, State::DotWritten, 0),
        step(2, State::Deferred, 9),
    ];
    assert_eq!(store.outbox().settle(&moves, "a", now()).await.unwrap(), [true; 4]);
    store.schedules().activate(&id("busy/weekly"), "0 8 * * 1", now()).await.unwrap();
    store.schedules().activate(&id("busy/ahead"), "0 8 * * 1", now() + minutes(100)).await.unwrap();
    let occurrence = begun(store, "making", "n").await;
    frozen(store, &occurrence, "making").await;
}

async fn in_doubt(store: &Store) {
    let edition = store.editions().named(&"busy/1".parse().unwrap()).await.unwrap().unwrap();
    let seen: Vec<_> = mails(store, &edition).await.iter().map(|mail| mail.state).collect();
    assert_eq!(seen, [State::Sent, State::Unknown, State::Unknown, State::Unknown, State::Unknown]);
    assert!(store.setting(Setting::Hold).await.unwrap().is_some());
    let cursor = async |text| store.schedules().state(&id(text)).await.unwrap().unwrap().cursor;
    assert_eq!(cursor("busy/weekly").await, now() + minutes(60));
    assert_eq!(cursor("busy/ahead").await, now() + minutes(100));
    assert_eq!(store.ledger().newest(Some(&id("making")), 1).await.unwrap()[0].outcome, Some(Outcome::Failed));
    assert_eq!(
        store.editions().named(&"making/1".parse().unwrap()).await.unwrap().unwrap().state,
        EditionState::Failed
    );
    store.set(Setting::Hold, None).await.unwrap();
    assert_eq!(store.outbox().lease(&lease("b", now() + minutes(60)), 10).await.unwrap(), []);
}

pub async fn after_a_restore_all_is_in_doubt(store: &Store) {
    busy(store).await;
    assert_eq!(store.after_restore(now() + minutes(60)).await.unwrap(), 4);
    in_doubt(store).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_comes_back_in_doubt() {
    let place = Place::sqlite();
    let store = place.open().await;
    busy(&store).await;
    let file = store.file().unwrap().to_owned();
    let folder = file.parent().unwrap();
    let backup = folder.join("copy 100%.db");
    store.backup(&backup).await.unwrap();
    for path in [&backup, &file] {
        let mode = fs::metadata(path).unwrap().permissions().mode() & 0o077;
        assert!(path == &file || mode == 0, "{}: {mode:o}", path.display());
    }
    // What happens later is not in it.
    store.set(Setting::ShippedFigures, Some("later")).await.unwrap();
    store.backup(Path::new("/proc/no/such/folder.db")).await.unwrap_err();
    store.close().await;

    // A log that a broken restore left, and one of the store that was there.
    fs::write(folder.join("store.db.restoring-wal"), "left").unwrap();
    let kept = Store::restore(&place.url, &backup, now() + minutes(60)).await.unwrap().kept.unwrap();
    let store = place.open().await;
    assert_eq!(store.setting(Setting::ShippedFigures).await.unwrap(), None);
    in_doubt(&store).await;
    store.close().await;
    let before = Store::open(&format!("sqlite:{}", kept.display()), now()).await.unwrap();
    assert_eq!(before.setting(Setting::ShippedFigures).await.unwrap().as_deref(), Some("later"));
    before.close().await;
    let left: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.contains("restoring") || name.contains("part"))
        .collect();
    assert!(left.is_empty(), "{left:?}");

    // Twice within a second: what the first one kept stays.
    let again = [
        Store::restore(&place.url, &backup, now() + minutes(60)).await.unwrap().kept.unwrap(),
        Store::restore(&place.url, &backup, now() + minutes(60)).await.unwrap().kept.unwrap(),
    ];
    assert!(again[0] != kept && again[1] != again[0] && again[1] != kept, "{again:?}");
    let first = Store::open(&format!("sqlite:{}", kept.display()), now()).await.unwrap();
    assert_eq!(first.setting(Setting::ShippedFigures).await.unwrap().as_deref(), Some("later"));
    first.close().await;

    // To where nothing is.
    let elsewhere = format!("sqlite:{}", folder.join("new/there.db").display());
    assert_eq!(Store::restore(&elsewhere, &backup, now() + minutes(60)).await.unwrap().kept, None);
    in_doubt(&Store::open(&elsewhere, now()).await.unwrap()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_no_store_is_refused_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let text = folder.path().join("notes.txt");
    fs::write(&text, "These are notes, much longer than a database's head would be.\n".repeat(50)).unwrap();
    let foreign = folder.path().join("places.db");
    let raw = sqlx::SqlitePool::connect(&format!("sqlite:{}?mode=rwc", foreign.display())).await.unwrap();
    sqlx::query("CREATE TABLE bookmark (id INTEGER PRIMARY KEY)").execute(&raw).await.unwrap();
    raw.close().await;
    let empty = folder.path().join("empty");
    fs::write(&empty, "").unwrap();

    let place = Place::sqlite();
    let store = place.open().await;
    store.set(Setting::Hold, Some("mine")).await.unwrap();
    let newer = folder.path().join("newer.db");
    store.backup(&newer).await.unwrap();
    store.close().await;
    let raw = sqlx::SqlitePool::connect(&format!("sqlite:{}", newer.display())).await.unwrap();
    sqlx::query("INSERT INTO schema_version (version) VALUES ($1)")
        .bind(greenbrief::store::SCHEMA + 1)
        .execute(&raw)
        .await
        .unwrap();
    raw.close().await;

    let before = fs::read(&foreign).unwrap();
    for file in [&text, &foreign] {
        let error = Store::open(&format!("sqlite:{}", file.display()), now()).await.unwrap_err();
        assert!(matches!(error, Error::Foreign(_)), "{error}");
        assert_eq!(error.to_string(), format!("{} is not a greenbrief store: it holds something else", file.display()));
    }
    for file in [&text, &foreign, &empty, &newer, &folder.path().join("not-there")] {
        let error = Store::restore(&place.url, file, now()).await.unwrap_err();
        let shown = error.to_string();
        assert!(
            shown.contains(&*file.to_string_lossy())
                || matches!(error, Error::Newer { found, .. } if found > greenbrief::store::SCHEMA),
            "{shown}"
        );
    }
    assert!(fs::read(&foreign).unwrap() == before);
    // What was there is as it was.
    let store = place.open().await;
    assert_eq!(store.setting(Setting::Hold).await.unwrap().as_deref(), Some("mine"));
    let names: Vec<_> =
        fs::read_dir(store.file().unwrap().parent().unwrap()).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert!(!names.iter().any(|name| name.to_string_lossy().contains("restor")), "{names:?}");
    assert!(matches!(Store::open("mysql://x", now()).await, Err(Error::Url)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_courier_on_one_file() {
    let place = Place::sqlite();
    let (first, second) = (place.open().await, place.open().await);
    let lock = first.lock_courier().unwrap().unwrap();
    assert!(lock.is_alone());
    assert!(second.lock_courier().unwrap().is_none());
    // By another name it is the same file: through a link to it, or to its folder.
    let file = first.file().unwrap().to_owned();
    let elsewhere = tempfile::tempdir().unwrap();
    std::os::unix::fs::symlink(&file, elsewhere.path().join("link.db")).unwrap();
    std::os::unix::fs::symlink(file.parent().unwrap(), elsewhere.path().join("folder")).unwrap();
    for name in ["link.db", "folder/store.db"] {
        let third = Store::open(&format!("sqlite:{}", elsewhere.path().join(name).display()), now()).await.unwrap();
        assert!(third.lock_courier().unwrap().is_none(), "{name}");
        third.close().await;
    }
    let mode = fs::metadata(file.with_file_name("store.db.lock")).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode, 0o600);
    drop(lock);
    assert!(second.lock_courier().unwrap().is_some());
    // A second name of the file itself would have a log and a lock of its own: by the first one it is read, and nothing sent.
    fs::hard_link(&file, elsewhere.path().join("second.db")).unwrap();
    let store = Store::open(&format!("sqlite:{}", file.display()), now()).await.unwrap();
    assert!(matches!(store.lock_courier(), Err(Error::SecondName(_))) && store.second_name().is_some());
    assert_eq!(store.is_served().unwrap(), Some(false));
    let second = format!("sqlite:{}", elsewhere.path().join("second.db").display());
    assert!(matches!(Store::open(&second, now()).await, Err(Error::SecondName(_))));
}

/// Every file of the store itself, by any name, and every file that is there.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_writes_a_new_file_only() {
    let place = Place::sqlite();
    let store = place.open().await;
    busy(&store).await;
    let _lock = store.lock_courier().unwrap().unwrap();
    let file = store.file().unwrap().to_owned();
    let folder = file.parent().unwrap();
    std::os::unix::fs::symlink(&file, folder.join("link.db")).unwrap();
    fs::hard_link(folder.join("store.db-wal"), folder.join("log")).unwrap();
    fs::write(folder.join("there.db"), "somebody's").unwrap();
    std::os::unix::fs::symlink(folder.join("nowhere"), folder.join("broken.db")).unwrap();
    let own = [
        "store.db",
        "store.db-wal",
        "store.db-shm",
        "store.db-journal",
        "store.db.lock",
        "store.db.identity",
        "store.db.restoring",
        "store.db.marks-x",
        "link.db",
        "log",
    ];
    for name in own {
        let error = store.backup(&folder.join(name)).await.unwrap_err();
        assert!(matches!(error, Error::OwnFile(_)), "{name}: {error}");
    }
    for name in ["there.db", "broken.db"] {
        let error = store.backup(&folder.join(name)).await.unwrap_err();
        assert!(matches!(error, Error::Exists(_)), "{name}: {error}");
    }
    assert_eq!(fs::read_to_string(folder.join("there.db")).unwrap(), "somebody's");
    // What an earlier one left that broke off is nobody's to remove, and in nobody's way.
    fs::write(folder.join("new.db.part"), "half").unwrap();
    store.backup(&folder.join("new.db")).await.unwrap();
    assert_eq!(fs::read_to_string(folder.join("new.db.part")).unwrap(), "half");
    assert!(!folder.join("new.db.part-2").exists());
    store.close().await;
    // A restore takes none of them for a backup.
    drop(_lock);
    for name in ["store.db", "link.db", "store.db.lock", "store.db.restoring"] {
        let error = Store::restore(&place.url, &folder.join(name), now()).await.unwrap_err();
        assert!(matches!(error, Error::OwnFile(_)), "{name}: {error}");
    }
    assert!(matches!(Store::restore(&place.url, folder, now()).await, Err(Error::NoBackup(_))));
    let store = place.open().await;
    assert_eq!(store.outbox().tally(None).await.unwrap().all(), 5);
}

/// Somebody copied the database together with its log, while the daemon was at work.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_copy_with_its_log_is_restored_with_it() {
    let place = Place::sqlite();
    let store = place.open().await;
    let other = Place::sqlite();
    let there = other.open().await;
    store.set(Setting::ShippedFigures, Some("in the log")).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    for suffix in ["", "-wal"] {
        let from = format!("{}{suffix}", store.file().unwrap().display());
        fs::copy(from, folder.path().join(format!("copy.db{suffix}"))).unwrap();
    }
    let file = there.file().unwrap().to_owned();
    there.close().await;
    fs::set_permissions(folder.path().join("copy.db"), fs::Permissions::from_mode(0o644)).unwrap();
    Store::restore(&other.url, &folder.path().join("copy.db"), now()).await.unwrap().kept.unwrap();
    let restored = other.open().await;
    assert_eq!(restored.setting(Setting::ShippedFigures).await.unwrap().as_deref(), Some("in the log"));
    assert_eq!(fs::metadata(file).unwrap().permissions().mode() & 0o777, 0o600);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restore_waits_for_nobody_and_disturbs_nobody() {
    let place = Place::sqlite();
    let store = place.open().await;
    let backup = store.file().unwrap().with_file_name("kept.db");
    store.backup(&backup).await.unwrap();
    let lock = store.lock_courier().unwrap().unwrap();
    let error = Store::restore(&place.url, &backup, now()).await.unwrap_err();
    assert!(matches!(error, Error::InUse(_)), "{error}");
    assert!(matches!(Store::begin_anew(&place.url, Surroundings::default(), now()).await, Err(Error::InUse(_))));
    drop(lock);
    store.close().await;
    Store::restore(&place.url, &backup, now()).await.unwrap().kept.unwrap();
}

/// Processes that begin together on a machine where nothing is yet; and the folder may be called as one likes.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_open_a_new_store_together() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("50% of 什么? #1/store.db");
    let url = format!("sqlite:{}", file.display());
    assert!(!Store::is_there(&url, Surroundings::default()));
    let opened: Vec<_> = (0..8)
        .map(|n| {
            let url = url.clone();
            tokio::spawn(async move {
                let store = Store::open(&url, now()).await.unwrap();
                for _ in 0..10 {
                    store.activations().activate(&format!("{n}"), now()).await.unwrap();
                    store.set(Setting::ShippedFigures, Some("x")).await.unwrap();
                }
            })
        })
        .collect();
    for task in opened {
        task.await.unwrap();
    }
    assert!(file.exists() && Store::is_there(&url, Surroundings::default()));
    let mode = fs::metadata(file.parent().unwrap()).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode, 0o700);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_open_a_new_store_together_on_postgres() {
    let Some(place) = Place::postgres("together").await else { return };
    let opened: Vec<_> = (0..6)
        .map(|_| {
            let url = place.url.clone();
            tokio::spawn(async move { Store::open(&url, now()).await.unwrap().close().await })
        })
        .collect();
    for task in opened {
        task.await.unwrap();
    }
    let other = Place::postgres("foreign").await.unwrap();
    sqlx::query("CREATE TABLE bookmark (id BIGINT)").execute(&other.raw().await).await.unwrap();
    assert!(matches!(Store::open(&other.url, now()).await, Err(Error::Foreign(_))));
}
