//! A store that was restored, lost or begun anew: what it gave before is not given again, and what is left of it is seen.

use std::fs;

use super::House;

/// The ids of the mails that were sent.
fn ids(house: &House) -> Vec<String> {
    house.outbox().iter().filter_map(|name| Some(name.strip_suffix(".eml")?.to_owned())).collect()
}

/// What was given after the backup is not given again: no number of an edition, no id of a mail, no token, no file.
#[test]
fn a_restored_store_gives_nothing_twice() {
    let house = House::new();
    house.done(&["subscribers", "add", "anna@example.net", "--language", "en"]);
    house.done(&["send", "green-economy"]);
    let old = ids(&house).remove(0);
    house.done(&["store", "backup", "kept.db"]);
    house.done(&["subscribers", "add", "paula@example.net", "--language", "en"]);
    for _ in 2..=3 {
        house.done(&["send", "green-economy"]);
    }
    let before = ids(&house);
    let of_paula = before.iter().find(|id| id.starts_with("green-economy.3.2.")).unwrap();
    let pdf =
        |number: i64| fs::read(house.path(&format!("reports/green-economy/{number}/green-economy-{number}-en.pdf")));
    let pdfs = [1, 2, 3].map(|number| pdf(number).unwrap());

    let told = house.done(&["store", "restore", "kept.db"]);
    let list = house.names("var").into_iter().find(|name| name.ends_with(".missing.csv")).unwrap();
    assert!(
        told.contains(&format!(
            "1 subscription came since the backup and is not in it: paula@example.net. The list is var/{list}; \
             `greenbrief subscribers import var/{list}` brings them back."
        )),
        "{told}"
    );
    let text = fs::read_to_string(house.path("var").join(&list)).unwrap();
    assert_eq!(text, "address,language,brief,consent\r\npaula@example.net,en,green-economy,asked by mail\r\n");
    house.done(&["resume"]);
    house.done(&["subscribers", "add", "quentin@example.net", "--language", "en"]);
    house.done(&["send", "green-economy"]);
    let new: Vec<String> = ids(&house).into_iter().filter(|id| !before.contains(id)).collect();
    assert_eq!(new.len(), 2, "{new:?}");
    assert!(new.iter().all(|id| id.starts_with("green-economy.4.")), "{new:?}");
    let store_of = |id: &str| id.rsplit('.').next().unwrap().to_owned();
    assert_ne!(store_of(&new[0]), store_of(of_paula));
    assert_eq!([1, 2, 3].map(|number| pdf(number).unwrap()), pdfs);

    // Paula's number is Quentin's now, her token is not.
    let told = house.refused(&["subscribers", "remove", "--token", of_paula]);
    assert!(
        told.contains("was sent before the store was restored, to somebody whom the backup did not know"),
        "{told}"
    );
    let told = house.done(&["subscribers", "import", &format!("var/{list}")]);
    assert!(told.starts_with("1 new"), "{told}");
    // Whom the backup knew, an old token names still, and after a second restore, too.
    house.done(&["store", "restore", "kept.db"]);
    let told = house.refused(&["subscribers", "remove", "--token", of_paula]);
    assert!(told.contains("to somebody whom the backup did not know"), "{told}");
    let of_anna = new.iter().find(|id| id.starts_with("green-economy.4.1.")).unwrap();
    let told = house.done(&["subscribers", "remove", "--token", of_anna]);
    assert!(told.contains("anna@example.net"), "{told}");
    house.done(&["subscribers", "add", "anna@example.net", "--language", "en", "--again", "--reason", "wrote"]);
    assert!(house.done(&["subscribers", "remove", "--token", &old]).contains("anna@example.net"));
}

/// Where the store that is set aside cannot be read, the PDFs and the generation mark tell the numbers; without them, the
/// other one.
#[test]
fn numbers_go_on_by_whatever_is_left() {
    for left in ["reports", "var"] {
        let house = House::new();
        house.done(&["subscribers", "add", "anna@example.net", "--language", "en"]);
        house.done(&["store", "backup", "kept.db"]);
        for _ in 1..=2 {
            house.done(&["send", "green-economy"]);
        }
        let before = ids(&house);
        for name in ["greenbrief.db", "greenbrief.db-wal", "greenbrief.db-shm"] {
            let _ = fs::remove_file(house.path("var").join(name));
        }
        if left == "reports" {
            fs::remove_dir_all(house.path("var")).unwrap();
        } else {
            fs::rename(house.path("reports"), house.path("old")).unwrap();
        }
        house.done(&["store", "restore", "kept.db"]);
        house.done(&["resume"]);
        house.done(&["send", "green-economy"]);
        let new: Vec<String> = ids(&house).into_iter().filter(|id| !before.contains(id)).collect();
        assert!(new.len() == 1 && new[0].starts_with("green-economy.3.1."), "{left}: {new:?}");
    }
}

/// Even without the mark, what else is left shows that a store was there.
#[test]
fn a_store_that_is_gone_with_its_mark_is_not_begun_anew() {
    let house = House::new();
    house.done(&["subscribers", "add", "anna@example.net", "--language", "en"]);
    house.done(&["send", "green-economy"]);
    let lose = |lock: bool| {
        for name in house.names("var") {
            if lock || name != "greenbrief.db.lock" {
                fs::remove_file(house.path("var").join(name)).unwrap();
            }
        }
    };
    for trace in ["var/greenbrief.db.lock", "reports/green-economy/1"] {
        lose(trace.starts_with("reports"));
        for words in [
            ["serve"].as_slice(),
            &["status"],
            &["send", "green-economy"],
            &["subscribers", "list"],
            &["subscribers", "add", "bernd@example.net", "--language", "de"],
            &["figures", "import", "--shipped"],
            &["store", "migrate"],
        ] {
            let told = house.run(words);
            let said = format!("var/greenbrief.db does not exist, but a store was here: {trace} tells");
            assert!(told.code != 0 && format!("{}{}", told.out, told.err).contains(&said), "{words:?} {}", told.err);
            if told.code != 1 {
                assert!(
                    told.err.contains("`greenbrief store new`") && told.err.contains("`greenbrief store restore FILE`")
                );
            }
        }
    }
    // Another one that is named on the command line is none of its.
    house.done(&["subscribers", "add", "eva@example.net", "--language", "en", "--set", "store.url=sqlite:../try.db"]);
    let told = house.done(&["store", "new"]);
    assert_eq!(told, "a new store is begun: it has no subscribers, editions or figures yet\n");
    house.done(&["subscribers", "add", "bernd@example.net", "--language", "de"]);
    house.done(&["send", "green-economy"]);
    assert!(house.path("reports/green-economy/2/green-economy-2-de.pdf").exists(), "its first edition is the second");
    assert!(house.refused(&["store", "new"]).contains("can be opened: nothing of it is lost"));
}

#[test]
fn a_store_is_made_where_there_is_none() {
    let house = House::new();
    assert_eq!(house.done(&["store", "new"]), "a store is made: it has no subscribers, editions or figures yet\n");
    assert!(house.refused(&["store", "new"]).contains("can be opened: nothing of it is lost"));
    house.done(&["subscribers", "add", "anna@example.net", "--language", "en"]);
    let house = House::new();
    let told = house.objects(&["store", "new"]);
    assert_eq!(told[0], serde_json::json!({ "before": null, "kept": null, "new": true }));
    // A restore that fails leaves no trace of a store.
    let house = House::new();
    house.write("notes.db", "SQLite format 3\0, says this file, and it is none. It is long enough, too.");
    house.mistaken(&["store", "restore", "notes.db"]);
    house.done(&["subscribers", "add", "anna@example.net", "--language", "en"]);
}
