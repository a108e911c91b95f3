//! Several processes look at one ledger at the same moment: each slot is claimed once and has one edition, on SQLite and on
//! PostgreSQL.

use chrono::TimeDelta;
use greenbrief::time::schedule::{Outcome, Overlap};

use super::{Life, Office, at, schedule};

const MINUTES: i64 = 30;

async fn each_slot_once(mut office: Office) {
    let start = at("2026-06-01T06:59:59Z");
    let mut lives: Vec<Life> = (0..4).map(|_| office.life(start)).collect();
    lives[0].look().await;
    for minute in 0..MINUTES {
        // One is killed now and then, at rest: what it had claimed is made.
        if minute % 7 == 6 {
            let last = lives.len() - 1;
            lives[last] = office.life(start + TimeDelta::minutes(minute));
        }
        let now = start + TimeDelta::minutes(minute) + TimeDelta::seconds(1);
        let looks = lives.into_iter().map(|mut life| {
            tokio::spawn(async move {
                life.look_at(now).await;
                life
            })
        });
        let mut after = Vec::new();
        for look in looks.collect::<Vec<_>>() {
            after.push(look.await.unwrap());
        }
        lives = after;
    }
    let mut editions = 0;
    for id in ["one/often", "two/often"] {
        let ledger = office.ledger(id).await;
        let slots: Vec<_> = ledger.iter().map(|occurrence| occurrence.slot).collect();
        let wanted: Vec<_> = (0..MINUTES).map(|n| at("2026-06-01T07:00:00Z") + TimeDelta::minutes(n)).collect();
        assert_eq!(slots, wanted, "{id}");
        assert!(ledger.iter().all(|occurrence| occurrence.outcome == Some(Outcome::Ran)), "{ledger:?}");
        editions += ledger.len();
    }
    assert_eq!(office.store.editions().newest(None, 1_000).await.unwrap().len(), editions);
    println!("4 processes, {editions} slots on {}: each claimed once", office.store.kind());
    office.store.close().await;
}

fn often() -> Vec<greenbrief::config::Schedule> {
    let mut two = schedule("two/often", "* * * * *", "Europe/Berlin");
    two.overlap = Overlap::Queue;
    vec![schedule("one/often", "* * * * *", "UTC"), two]
}

#[tokio::test(flavor = "multi_thread")]
async fn four_processes_claim_each_slot_once() {
    each_slot_once(Office::new(often()).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn four_processes_claim_each_slot_once_on_postgres() {
    let Some(place) = crate::store::Place::postgres("replicas").await else { return };
    greenbrief::store::Store::migrate(&place.url, Default::default(), at("2026-06-01T00:00:00Z")).await.unwrap();
    each_slot_once(Office::at(&place.url, tempfile::tempdir().unwrap(), often()).await).await;
}
