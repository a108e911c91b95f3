//! What `status` says while nobody serves the store: of pages, of mails that come back, and of the pace of those that go out.

use chrono::{TimeDelta, Utc};

use super::{House, free_port};

#[test]
fn pages_that_nobody_answers_and_mails_that_nobody_reads_need_a_person() {
    let house = House::new();
    let port = free_port();
    let pages = format!("[web]\npublic.url = \"http://localhost:{port}\"\npublic.listen = \"127.0.0.1:{port}\"\n");
    house.change_settings("[web]\n", &pages);
    house.done(&["figures", "import", "--shipped"]);
    // Nobody was given an address of these pages: a daemon that never served is not missed.
    assert_eq!(house.codes(), [""; 0]);
    let mut serve = house.serve(&[]);
    serve.wait_for("readers are answered");
    assert_eq!(house.codes(), [""; 0]);
    assert_eq!(serve.end(), Some(0), "{}", serve.log());
    assert_eq!(house.codes(), ["daemon-down"]);
    let pages = "the pages for readers, with which they leave, are not answered";
    let told = house.run(&["status"]).out;
    assert!(told.contains(&format!("  daemon-down: no daemon runs; {pages}; `systemctl start")), "{told}");
    // With a way in for mails, too; and with nothing but that.
    let maildir = format!("replies.maildir={}", house.path("mail").display());
    let told = house.run(&["status", "--set", &maildir]).out;
    let replies = "mails that come back, also those of readers who leave, are not read";
    assert!(told.contains(&format!("no daemon runs; {pages}; {replies}; `systemctl start")), "{told}");
    house.change_settings(&format!("public.listen = \"127.0.0.1:{port}\"\n"), "");
    assert_eq!(house.codes(), [""; 0]);
    let told = house.run(&["status", "--set", &maildir]);
    assert!(told.code == 1 && told.out.contains(&format!("no daemon runs; {replies}; ")), "{}{}", told.out, told.err);
}

/// Nobody can go on at a pace at which nobody sends.
#[tokio::test(flavor = "multi_thread")]
async fn a_pace_is_told_only_where_somebody_sends() {
    let house = House::with_edition();
    house.execute("UPDATE mail SET state = 0 WHERE id = 1").await;
    let told = house.run(&["status"]).out;
    assert!(told.contains("\nMails\n  1 pending, 2 sent\nDaemon\n  not running here\n"), "{told}");
    assert!(!told.contains(" left"), "{told}");
    let progress = |house: &House| house.run(&["status", "--format", "json"]).objects()[0]["progress"].clone();
    assert!(progress(&house)["seconds_left"].is_null());
    let store = house.store().await;
    let lock = store.lock_courier().unwrap().expect("nobody has it");
    let told = house.run(&["status"]).out;
    assert!(told.contains(" left") && told.contains("\nDaemon\n  at work\n"), "{told}");
    assert!(progress(&house)["seconds_left"].is_i64());
    // One that waits for its time, long after the others.
    house.execute("UPDATE mail SET changed_at = changed_at - 600000000").await;
    let due = Utc::now() + TimeDelta::hours(1);
    house.execute(&format!("UPDATE mail SET due_at = {} WHERE id = 1", due.timestamp_micros())).await;
    let told = house.run(&["status"]).out;
    let due = due.format("%F %T UTC");
    assert!(told.contains(&format!("\n  1 mail waiting, the next is due at {due}\nDaemon\n")), "{told}");
    assert!(!told.contains("none sent in the last minute"), "{told}");
    drop(lock);
    store.close().await;
}
