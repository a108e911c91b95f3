//! A store that was emptied, replaced or put back is recognised, and nothing is begun anew by itself.

use std::{
    fs,
    path::{Path, PathBuf},
};

use greenbrief::{
    base::language::Language::En,
    delivery::rules::State,
    store::{Error, Setting, Store, Surroundings},
};

use super::{Place, minutes, now, released};

fn around(folder: &Path) -> Surroundings<'_> {
    Surroundings { state: Some(folder), ..Surroundings::default() }
}

fn beside(file: &Path, suffix: &str) -> PathBuf {
    PathBuf::from(format!("{}{suffix}", file.display()))
}

/// A store with a mail that waits, closed.
async fn filled(place: &Place) -> PathBuf {
    let store = place.open().await;
    released(&store, "weekly", &[("a@e.org", En)]).await;
    store.count_generation(now()).await.unwrap();
    let file = store.file().unwrap().to_owned();
    store.close().await;
    file
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_emptied_store_is_not_begun_anew() {
    type Emptying = fn(&Path);
    let ways: [(&str, Emptying); 3] = [
        ("is empty", |file| fs::write(file, "").unwrap()),
        ("does not exist", |file| fs::remove_file(file).unwrap()),
        // Its first page alone, as it is before anything of the log was copied into it.
        ("holds nothing", |file| {
            fs::remove_file(file).unwrap();
            assert!(empty_database(file) > 0);
        }),
    ];
    for (found, emptied) in ways {
        let place = Place::sqlite();
        let file = filled(&place).await;
        emptied(&file);
        let before = fs::read(&file).ok();
        assert!(Store::is_there(&place.url, Surroundings::default()), "{found}: one was there");
        for error in [
            Store::open(&place.url, now()).await.unwrap_err(),
            Store::migrate(&place.url, Surroundings::default(), now()).await.unwrap_err(),
        ] {
            let shown = error.to_string();
            let said =
                format!("{} {found}, but a store was here, last at work at 2026-11-23 06:00:00 UTC", file.display());
            assert!(matches!(error, Error::Emptied { .. }) && shown.starts_with(&said), "{shown}");
            assert!(shown.contains("store.db.identity tells"), "{shown}");
        }
        assert_eq!(fs::read(&file).ok(), before, "{found}: it is left as it is");
        // Once that is wanted it is begun anew, and what is left is kept.
        let kept = Store::begin_anew(&place.url, Surroundings::default(), now()).await.unwrap().kept;
        assert_eq!(kept.is_some(), before.is_some(), "{found}");
        let store = place.open().await;
        assert_eq!(store.outbox().tally(None).await.unwrap().all(), 0);
        store.close().await;
        assert!(matches!(Store::begin_anew(&place.url, Surroundings::default(), now()).await, Err(Error::NotEmpty(_))));
    }
}

/// A database without a table. Returns its size.
fn empty_database(file: &Path) -> u64 {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let file = file.to_owned();
    std::thread::spawn(move || {
        runtime.unwrap().block_on(async {
            let pool = sqlx::SqlitePool::connect(&format!("sqlite:{}?mode=rwc", file.display())).await.unwrap();
            sqlx::query("PRAGMA journal_mode = WAL").execute(&pool).await.unwrap();
            pool.close().await;
        });
        fs::metadata(&file).unwrap().len()
    })
    .join()
    .unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_comes_into_the_place_of_an_emptied_store() {
    let place = Place::sqlite();
    let file = filled(&place).await;
    let backup = file.with_file_name("kept.db");
    fs::copy(&file, &backup).unwrap();
    fs::write(&file, "").unwrap();
    assert!(Store::restore(&place.url, &backup, now() + minutes(5)).await.unwrap().kept.is_some());
    let store = place.open().await;
    assert_eq!(store.outbox().tally(None).await.unwrap().of(State::Unknown), 1);
}

/// The log is gone, or an earlier copy was put back by hand: what went out since would be sent again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_store_that_lost_what_was_written_last_is_refused_until_a_person_accepts_it() {
    let place = Place::sqlite();
    let file = filled(&place).await;
    let earlier = fs::read(&file).unwrap();
    let store = place.open().await;
    let claims = store.outbox().lease(&super::lease("a", now()), 4).await.unwrap();
    assert_eq!(claims.len(), 1);
    store.count_generation(now() + minutes(3)).await.unwrap();
    store.close().await;
    fs::write(&file, earlier).unwrap();

    let error = Store::open(&place.url, now() + minutes(4)).await.unwrap_err();
    let shown = error.to_string();
    assert!(matches!(error, Error::RolledBack { .. }), "{shown}");
    assert!(
        shown.contains("has lost what was written last: it is as it was at 2026-11-23 06:00:00 UTC, and was at work until 2026-11-23 06:03:00 UTC"),
        "{shown}"
    );
    assert!(matches!(
        Store::begin_anew(&place.url, Surroundings::default(), now()).await,
        Err(Error::RolledBack { .. })
    ));
    let lock = fs::File::options().write(true).open(beside(&file, ".lock")).unwrap();
    lock.lock().unwrap();
    let refused = Store::accept_restored(&place.url, Surroundings::default(), now() + minutes(5)).await;
    assert!(matches!(refused, Err(Error::InUse(_))), "{refused:?}");
    drop(lock);
    assert_eq!(Store::accept_restored(&place.url, Surroundings::default(), now() + minutes(5)).await.unwrap(), 1);
    let store = place.open().await;
    assert_eq!(store.outbox().tally(None).await.unwrap().of(State::Unknown), 1);
    assert_eq!(store.setting(Setting::Hold).await.unwrap().as_deref(), Some("the store was restored from a backup"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_store_in_its_place_is_noticed() {
    let (place, other) = (Place::sqlite(), Place::sqlite());
    let file = filled(&place).await;
    let foreign = filled(&other).await;
    fs::copy(foreign, &file).unwrap();
    let error = Store::open(&place.url, now()).await.unwrap_err();
    assert!(matches!(error, Error::Replaced { .. }), "{error}");
    Store::accept_restored(&place.url, Surroundings::default(), now()).await.unwrap();
    place.open().await.close().await;
}

/// A store goes where one likes: alone, or with its folder to another machine.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_copy_elsewhere_is_a_store_of_its_own() {
    let place = Place::sqlite();
    let file = filled(&place).await;
    let folder = tempfile::tempdir().unwrap();
    let alone = folder.path().join("alone.db");
    fs::copy(&file, &alone).unwrap();
    Store::open(&format!("sqlite:{}", alone.display()), now()).await.unwrap().close().await;
    assert!(beside(&alone, ".identity").exists(), "from now on it is known, too");
    for suffix in ["", ".identity"] {
        fs::copy(beside(&file, suffix), beside(&folder.path().join("store.db"), suffix)).unwrap();
    }
    Store::open(&format!("sqlite:{}/store.db", folder.path().display()), now()).await.unwrap().close().await;
    // Without what is known outside it is as before there was such a file: it is believed.
    fs::remove_file(beside(&file, ".identity")).unwrap();
    place.open().await.close().await;
    assert!(beside(&file, ".identity").exists());
}

/// The clock may go back: generations do not.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn generations_only_grow() {
    let place = Place::sqlite();
    let file = filled(&place).await;
    let read = || fs::read_to_string(beside(&file, ".identity")).unwrap();
    let store = place.open().await;
    let before = read();
    store.count_generation(now() - minutes(1000)).await.unwrap();
    let generation = |text: &str| text.lines().nth(2).unwrap().split_once(' ').unwrap().1.parse::<i64>().unwrap();
    assert_eq!(generation(&read()), generation(&before) + 1);
    let stamp = store.change_stamp();
    assert_eq!(store.change_stamp(), stamp);
    store.set(Setting::ShippedFigures, Some("x")).await.unwrap();
    assert_ne!(store.change_stamp(), stamp);
    assert!(store.file_is_in_place());
    store.close().await;
    fs::copy(&file, file.with_file_name("other.db")).unwrap();
    fs::rename(file.with_file_name("other.db"), &file).unwrap();
    assert!(!store.file_is_in_place());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_emptied_database_of_a_server_is_noticed() {
    let Some(place) = Place::postgres("emptied").await else { return };
    let folder = tempfile::tempdir().unwrap();
    let open = || Store::open_in(&place.url, around(folder.path()), now());
    let store = open().await.unwrap();
    released(&store, "weekly", &[("a@e.org", En)]).await;
    store.count_generation(now()).await.unwrap();
    store.close().await;
    open().await.unwrap().close().await;

    let raw = place.raw().await;
    sqlx::query("UPDATE meta SET value = '1' WHERE key = 'generation'").execute(&raw).await.unwrap();
    assert!(matches!(open().await, Err(Error::RolledBack { .. })));
    assert_eq!(Store::accept_restored(&place.url, around(folder.path()), now()).await.unwrap(), 1);
    open().await.unwrap().close().await;

    for sql in ["DROP SCHEMA public CASCADE", "CREATE SCHEMA public"] {
        sqlx::query(sql).execute(&raw).await.unwrap();
    }
    let error = open().await.unwrap_err();
    assert!(error.to_string().starts_with("the database holds nothing, but a store was here"), "{error}");
    assert_eq!(Store::begin_anew(&place.url, around(folder.path()), now()).await.unwrap().kept, None);
    open().await.unwrap().close().await;
    // A machine that never saw it believes it.
    let elsewhere = tempfile::tempdir().unwrap();
    Store::open_in(&place.url, around(elsewhere.path()), now()).await.unwrap().close().await;
}
