//! A new config while schedules are watched: what is ours is finished, what is new begins now, and who has an older one than
//! another process claims nothing until it has that one, too.

use std::{collections::BTreeMap, sync::Arc};

use greenbrief::{
    daemon::timekeeper::{ConfigChange, PlannedSchedule},
    monitoring::operator_mail::OperatorMailer,
    time::schedule::Outcome,
};
use tokio::sync::oneshot;

use super::{Life, Office, at, schedule};

const DAILY: &str = "brief/daily";

impl Life {
    async fn hear(&mut self, planned: Vec<Arc<PlannedSchedule>>, hash: Option<&str>) -> i64 {
        let (answer, answered) = oneshot::channel();
        let config = hash.map(|hash| (hash.to_owned(), BTreeMap::from([("a.toml".to_owned(), hash.into())])));
        let operator_mailer = OperatorMailer::nobody(self.timekeeper.store.clone());
        self.timekeeper.apply(ConfigChange { planned, operator_mailer, config, answer }, &mut self.agenda).await;
        answered.await.unwrap().unwrap()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_has_an_older_config_claims_again_once_it_has_the_newest() {
    let mut office = Office::new(vec![schedule(DAILY, "0 7 * * *", "UTC")]).await;
    let mut life = office.life(at("2026-06-01T06:00:00Z"));
    assert_eq!(life.hear(office.planned.clone(), Some("a")).await, 1);
    life.look().await;
    // Another process takes what comes next.
    assert_eq!(office.life(at("2026-06-01T06:20:00Z")).hear(office.planned.clone(), Some("b")).await, 2);
    let mut old = office.life(at("2026-06-01T06:40:00Z"));
    old.timekeeper.activation = 1;
    old.look().await;
    old.look_at(at("2026-06-01T07:00:01Z")).await;
    assert_eq!(office.outcomes(DAILY).await, []);
    // Another template alone is no newer config.
    assert_eq!(old.hear(office.planned.clone(), None).await, 1);
    old.look().await;
    assert_eq!(office.outcomes(DAILY).await, []);
    assert_eq!(old.hear(office.planned.clone(), Some("b")).await, 2);
    old.look().await;
    assert_eq!(office.outcomes(DAILY).await, [Some(Outcome::Ran)]);
    // A roll-back has a number of its own, and any process can read what stood in it.
    assert_eq!(old.hear(office.planned.clone(), Some("a")).await, 3);
    let active = office.store.activations().newest().await.unwrap().unwrap();
    assert_eq!((active.sequence, active.files.unwrap()["a.toml"].as_slice()), (3, b"a".as_slice()));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_ours_is_finished_although_its_schedule_is_gone() {
    let ids: Vec<String> = (0..8).map(|number| format!("brief/s{number}")).collect();
    let mut office = Office::new(ids.iter().map(|id| schedule(id, "0 7 * * *", "UTC")).collect()).await;
    let mut life = office.life(at("2026-06-01T06:00:00Z"));
    life.look().await;
    life.set(at("2026-06-01T07:00:01Z"));
    // All are claimed, and a few begun.
    life.timekeeper.tick(&mut life.agenda).await;
    life.hear(Vec::new(), Some("none")).await;
    life.look().await;
    for id in &ids {
        assert_eq!(office.outcomes(id).await, [Some(Outcome::Ran)], "{id}");
    }
    life.look_at(at("2026-06-02T07:00:01Z")).await;
    for id in &ids {
        assert_eq!(office.outcomes(id).await.len(), 1, "{id}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_made_up_for_a_schedule_that_is_new_retimed_or_back() {
    let mut office = Office::new(vec![schedule(DAILY, "0 7 * * *", "UTC")]).await;
    let early = Office::new(vec![schedule(DAILY, "0 6 * * *", "UTC")]).await;
    let mut life = office.life(at("2026-06-01T06:30:00Z"));
    life.look().await;
    // At six it would have been due an hour ago, and seven is no longer.
    life.hear(early.planned.clone(), Some("early")).await;
    life.look_at(at("2026-06-01T07:30:00Z")).await;
    assert_eq!(office.outcomes(DAILY).await, []);
    life.look_at(at("2026-06-02T06:00:00Z")).await;
    assert_eq!(office.outcomes(DAILY).await, [Some(Outcome::Ran)]);
    // Gone before its slot and back behind it, without and with a new process between.
    life.set(at("2026-06-03T05:00:00Z"));
    life.hear(Vec::new(), Some("none")).await;
    life.look().await;
    life.set(at("2026-06-03T07:00:00Z"));
    life.hear(early.planned.clone(), Some("early")).await;
    life.look().await;
    assert_eq!(office.outcomes(DAILY).await.len(), 1);
    life.look_at(at("2026-06-04T06:00:00Z")).await;
    assert_eq!(office.outcomes(DAILY).await.len(), 2);
    let kept = std::mem::take(&mut office.planned);
    let newest = office.store.activations().newest_number().await.unwrap();
    let mut without = office.life(at("2026-06-05T05:00:00Z"));
    without.timekeeper.activation = newest;
    without.look().await;
    office.planned = kept;
    let mut again = office.life(at("2026-06-05T07:30:00Z"));
    again.timekeeper.activation = newest;
    again.look().await;
    assert_eq!(office.outcomes(DAILY).await.len(), 2);
    again.look_at(at("2026-06-06T07:00:00Z")).await;
    assert_eq!(office.outcomes(DAILY).await.len(), 3);
}
