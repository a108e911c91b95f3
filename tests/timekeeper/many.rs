//! Many schedules: they cost nothing until they are due, a hundred at once are made soon, and none takes another's turn.
//! The figures are printed (`--nocapture`); what is asserted leaves room for slow machines and builds.

use std::time::{Duration, Instant};

use chrono::TimeDelta;
use greenbrief::time::schedule::Outcome;

use super::{Office, at, schedule};

#[tokio::test(flavor = "multi_thread")]
async fn ten_thousand_schedules_wait_without_a_query_each() {
    let mut all: Vec<_> = (0..9_999)
        .map(|n| {
            schedule(&format!("brief-{}/s{n}", n / 10), &format!("{} {} * * *", n % 60, 8 + n % 12), "Europe/Berlin")
        })
        .collect();
    all.push(schedule("brief/soon", "0 7 * * *", "Europe/Berlin"));
    let mut office = Office::new(all).await;
    let mut life = office.life(at("2026-06-01T04:59:00Z"));
    let begun = Instant::now();
    life.look().await;
    let (first, begun) = (begun.elapsed(), Instant::now());
    for _ in 0..100 {
        life.look().await;
    }
    let idle = begun.elapsed() / 100;
    life.set(at("2026-06-01T05:00:00Z"));
    let begun = Instant::now();
    life.look().await;
    let due = begun.elapsed();
    println!("10,000 schedules: the first look {first:?}, an idle look {idle:?}, from a slot to its edition {due:?}");
    assert_eq!(office.outcomes("brief/soon").await, [Some(Outcome::Ran)]);
    // In the first look each is asked for. Both are of one run, however loaded the machine is.
    assert!(idle * 5 < first, "{idle:?} after {first:?}: as if each were asked for");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_due_at_once_are_all_made() {
    let all = (0..100).map(|n| schedule(&format!("brief-{n}/daily"), "0 7 * * *", "UTC")).collect();
    let mut office = Office::new(all).await;
    let mut life = office.life(at("2026-06-01T06:59:59Z"));
    life.look().await;
    life.set(at("2026-06-01T07:00:00Z"));
    let begun = Instant::now();
    life.look().await;
    println!("100 due at once: all released after {:?}", begun.elapsed());
    assert!(begun.elapsed() < Duration::from_secs(120));
    for n in 0..100 {
        assert_eq!(office.outcomes(&format!("brief-{n}/daily")).await, [Some(Outcome::Ran)]);
    }
    // Also if more are due than are served in one look.
    let all = (0..230).map(|n| schedule(&format!("brief-{n}/daily"), "0 7 * * *", "UTC")).collect();
    let mut office = Office::new(all).await;
    let mut life = office.life(at("2026-06-01T06:59:59Z"));
    life.look().await;
    life.set(at("2026-06-01T07:00:00Z") + TimeDelta::seconds(1));
    life.look().await;
    assert_eq!(office.store.editions().newest(None, 1_000).await.unwrap().len(), 230);
}
