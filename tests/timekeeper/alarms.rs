//! What operators are told when an edition is not released in time, once; what they pause, make up and look at; and a clock
//! that cannot be believed.

use std::fs;

use chrono::TimeDelta;
use greenbrief::{
    monitoring::overdue::overdue,
    store::{Lease, SchedulePause, Step},
    time::schedule::{CatchUp, Outcome, Overlap},
};

use super::{Office, at, schedule};

const DAILY: &str = "brief/daily";

#[tokio::test(flavor = "multi_thread")]
async fn one_that_never_starts_is_told_once() {
    let mut office = Office::new(vec![schedule(DAILY, "0 7 * * *", "UTC")]).await;
    let mut life = office.life(at("2026-06-01T06:00:00Z"));
    life.look().await;
    // Another process has a newer config, and then is gone: this one claims nothing, and nobody else does.
    office.store.activations().activate("newer", at("2026-06-01T06:30:00Z")).await.unwrap();
    let mut old = office.life(at("2026-06-01T06:40:00Z"));
    old.look().await;
    old.look_at(at("2026-06-01T08:59:00Z")).await;
    assert_eq!((office.told().await, old.overdue()), (vec![], vec![]), "not before its time");
    for minute in [1, 2, 30] {
        old.look_at(at("2026-06-01T09:00:00Z") + TimeDelta::minutes(minute)).await;
        assert_eq!(office.told().await, ["<overdue.brief.daily.1780297200.0."], "told once");
        assert_eq!(old.overdue(), [DAILY]);
    }
    let now = at("2026-06-01T09:31:00Z");
    let found = overdue(&office.store, &office.planned[0].schedule, now).await.unwrap().unwrap();
    assert_eq!((found.slot, found.why.contains("it has not been begun")), (at("2026-06-01T07:00:00Z"), true));
    // A process that may claim makes it up: that ends it, and says so.
    let mut new = office.life(at("2026-06-01T09:40:00Z"));
    new.timekeeper.activation = 1;
    new.look().await;
    assert_eq!(office.outcomes(DAILY).await, [Some(Outcome::Late)]);
    assert_eq!(office.told().await, ["<overdue.brief.daily.1780297200.0.", "<late.1.0."]);
    assert_eq!(overdue(&office.store, &office.planned[0].schedule, now).await.unwrap(), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_fails_is_overdue_until_a_later_one_is_released() {
    let mut office = Office::new(vec![schedule(DAILY, "0 7 * * *", "UTC")]).await;
    let mut life = office.life(at("2026-06-01T06:00:00Z"));
    life.look().await;
    // Claimed by a process that hangs.
    let (timetable, from) = (office.planned[0].schedule.timetable(), at("2026-06-01T06:00:00Z"));
    let daily = DAILY.parse().unwrap();
    let cursor = office.store.schedules().state(&daily).await.unwrap().unwrap().cursor;
    let due = greenbrief::time::schedule::due(&timetable, from, at("2026-06-01T07:00:00Z"));
    let step =
        Step { schedule: &daily, from: cursor, to: due.cursor, run: &due.run, passed: &[], overlap: Overlap::Skip };
    let hangs = Lease { owner: "hangs", now: at("2026-06-01T07:00:00Z"), length: TimeDelta::days(3) };
    let claimed = office.store.ledger().advance(&step, &hangs).await.unwrap().unwrap().claimed.remove(0);
    life.look_at(at("2026-06-01T08:00:00Z")).await;
    assert_eq!(office.told().await, [""; 0]);
    life.look_at(at("2026-06-01T09:00:01Z")).await;
    assert_eq!(office.told().await, ["<overdue.brief.daily.1780297200.0."]);
    // The next one finds it still being made.
    life.look_at(at("2026-06-02T07:00:01Z")).await;
    life.look().await;
    assert_eq!(office.outcomes(DAILY).await, [None, Some(Outcome::SkippedOverlap)]);
    assert!(
        office.store.ledger().record(&claimed, Outcome::Failed, "it hung", at("2026-06-02T08:00:00Z")).await.unwrap()
    );
    // A process that begins anew tells nobody a second time.
    let mut life = office.life(at("2026-06-02T10:00:00Z"));
    life.look().await;
    assert_eq!((office.told().await.len(), life.overdue()), (1, vec![DAILY.to_owned()]));
    life.look_at(at("2026-06-03T07:00:01Z")).await;
    life.look_at(at("2026-06-03T07:00:02Z")).await;
    assert_eq!(office.outcomes(DAILY).await.last(), Some(&Some(Outcome::Ran)));
    assert_eq!(life.overdue(), [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_paused_is_not_overdue_and_is_made_up_if_asked() {
    let mut office = Office::new(vec![schedule(DAILY, "0 7 * * *", "UTC")]).await;
    let mut life = office.life(at("2026-06-01T06:00:00Z"));
    life.look().await;
    let daily = DAILY.parse().unwrap();
    let pause = SchedulePause { by: "anna".to_owned(), since: at("2026-06-01T06:10:00Z") };
    office.store.schedules().pause(&daily, &pause).await.unwrap();
    for hour in [7, 10, 20] {
        life.look_at(at("2026-06-01T00:00:30Z") + TimeDelta::hours(hour)).await;
    }
    assert_eq!(office.outcomes(DAILY).await, [Some(Outcome::Paused)]);
    assert_eq!(office.ledger(DAILY).await[0].reason, "paused by anna since 2026-06-01 06:10:00 UTC");
    assert_eq!((office.told().await, life.overdue()), (vec![], vec![]));
    office.store.schedules().resume(&daily).await.unwrap();
    assert_eq!(office.store.ledger().make_up(&daily, pause.since, false, "anna").await.unwrap(), 1);
    let mut life = office.life(at("2026-06-01T20:01:00Z"));
    life.look().await;
    assert_eq!(office.outcomes(DAILY).await, [Some(Outcome::Late)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_missed_is_made_up_one_after_the_other() {
    let mut hourly = schedule("brief/hourly", "0 * * * *", "UTC");
    (hourly.catch_up, hourly.catch_up_window) = (CatchUp::All, TimeDelta::hours(4));
    let mut never = schedule("brief/never", "0 * * * *", "UTC");
    never.catch_up = CatchUp::Skip;
    let mut office = Office::new(vec![hourly, never]).await;
    office.life(at("2026-06-01T00:30:00Z")).look().await;
    office.life(at("2026-06-01T06:10:00Z")).look().await;
    let (late, passed) = (Some(Outcome::Late), Some(Outcome::SkippedCatchUp));
    assert_eq!(office.outcomes("brief/hourly").await, [passed, passed, late, late, late, late]);
    assert_eq!(office.outcomes("brief/never").await, [passed; 6]);
    let editions = office.store.editions().newest(None, 10).await.unwrap();
    let slots: Vec<_> = editions.iter().map(|edition| (edition.number, edition.slot)).collect();
    let hour = |hour: i64| at("2026-06-01T00:00:00Z") + TimeDelta::hours(hour);
    assert_eq!(slots, [(4, hour(6)), (3, hour(5)), (2, hour(4)), (1, hour(3))], "the oldest first");
    assert_eq!(office.told().await, ["<missed.brief.never.1780293600.0.", "<late.3.0.", "<late.4.0."]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edition_that_cannot_be_made_waits_and_others_do_not_wait_for_it() {
    let all = vec![schedule("broken/daily", "0 7 * * *", "UTC"), schedule("whole/daily", "0 7 * * *", "UTC")];
    let mut office = Office::new(all).await;
    let broken = std::sync::Arc::get_mut(&mut office.planned[0]).unwrap();
    std::sync::Arc::get_mut(&mut broken.spec).unwrap().languages = vec![greenbrief::base::language::Language::En];
    let mut life = office.life(at("2026-06-01T06:00:00Z"));
    life.look().await;
    fs::write(office.folder.path().join("reports"), "a file where a folder should be").unwrap();
    life.look_at(at("2026-06-01T07:00:01Z")).await;
    assert_eq!(office.outcomes("whole/daily").await, [Some(Outcome::Ran)]);
    let tried = office.outcomes("broken/daily").await;
    assert!(tried == [None] || tried == [Some(Outcome::HeldByGate)], "{tried:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_cannot_be_right_is_looked_at_twice() {
    let mut office = Office::new(vec![schedule(DAILY, "0 7 * * *", "UTC")]).await;
    office.life(at("2026-06-01T06:00:00Z")).look().await;
    // A leap of two days.
    let mut life = office.life(at("2026-06-01T06:30:00Z"));
    life.look().await;
    life.look_at(at("2026-06-03T07:00:10Z")).await;
    assert_eq!(office.outcomes(DAILY).await, [], "not at the first look");
    life.look().await;
    let (ran, passed) = (Some(Outcome::Ran), Some(Outcome::SkippedCatchUp));
    assert_eq!(office.outcomes(DAILY).await, [passed, passed, ran]);
    // Two days back: nothing runs again, at whichever look.
    for _ in 0..3 {
        life.look_at(at("2026-06-01T07:00:10Z")).await;
    }
    assert_eq!(office.outcomes(DAILY).await, [passed, passed, ran]);
    // A clock that was never set shows a time before the program was made.
    let mut early = office.life(at("2026-06-04T07:00:10Z"));
    early.timekeeper.earliest = at("2026-11-01T00:00:00Z");
    early.look().await;
    assert_eq!(office.outcomes(DAILY).await.len(), 3);
    early.look().await;
    assert_eq!(office.outcomes(DAILY).await, [passed, passed, ran, ran]);
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_known_too_while_the_ledger_is_away() {
    let mut office = Office::new(vec![schedule(DAILY, "0 7 * * *", "UTC")]).await;
    let mut life = office.life(at("2026-06-01T06:00:00Z"));
    life.look().await;
    office.store.close().await;
    for (time, overdue) in
        [("2026-06-01T07:00:10Z", vec![]), ("2026-06-01T08:59:50Z", vec![]), ("2026-06-01T09:00:10Z", vec![DAILY])]
    {
        life.look_at(at(time)).await;
        assert_eq!(life.overdue(), overdue, "{time}");
    }
}
