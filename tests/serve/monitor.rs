//! The rules behind what monitors see, over a real store: who is ready, who lives, and when an outside monitor hears from
//! us.

use std::{sync::Arc, time::Duration};

use chrono::TimeDelta;
use greenbrief::{
    base::{problem::Problem, shutdown::Shutdown},
    config::{self, Secret},
    monitoring::{health::Monitor, metrics::Format, ping::Pinger, vitals::Vitals},
    store::{EditionState, Lease, MadeOn, NewEdition, Store},
    time::clock::Clock,
};
use tokio::time::{Instant, advance, pause, sleep};

use super::{
    House,
    exposition::{Written, read},
    watched::Listener,
};
use crate::moment;

struct Office {
    house: House,
    store: Store,
    clock: Clock,
    vitals: Arc<Vitals>,
    monitor: Arc<Monitor>,
}

impl Office {
    async fn open() -> Office {
        let house = House::new();
        let clock = Clock::starting_at(moment());
        let url = format!("sqlite:{}", house.path("var/greenbrief.db").display());
        let store = Store::open(&url, clock.now()).await.unwrap();
        let vitals = Arc::new(Vitals::default());
        let monitor = Arc::new(Monitor::new(store.clone(), clock.clone(), vitals.clone()));
        let office = Office { house, store, clock, vitals, monitor };
        office.activate("a").await;
        office
    }

    async fn activate(&self, hash: &str) {
        let (config, _) = config::load(&self.house.path("config/greenbrief.toml"), &[], &|_| None).unwrap();
        let activation = self.store.activations().activate(hash, self.clock.now()).await.unwrap();
        self.monitor.activated(&config, activation);
    }

    fn look(&self) {
        self.vitals.timekeeper_looked(Instant::now());
        self.vitals.courier_looked(Instant::now());
    }

    /// Why it is not so, once what is kept for some seconds is asked anew.
    async fn until<F: Future<Output = Result<(), String>>>(&self, ask: impl Fn() -> F, wanted: Result<(), &str>) {
        let begun = Instant::now();
        loop {
            let said = ask().await;
            if said == wanted.map_err(str::to_owned) {
                return;
            }
            assert!(begun.elapsed() < super::PATIENCE, "{said:?} instead of {wanted:?}");
            sleep(Duration::from_millis(100)).await;
        }
    }

    /// An edition that does not pass.
    async fn hold(&self) {
        let now = self.clock.now();
        let lease = Lease { owner: "o", now, length: TimeDelta::minutes(5) };
        let occurrence =
            self.store.ledger().manual_occurrence("green-economy", now, "n", "test", &lease).await.unwrap();
        let new = NewEdition {
            brief: "green-economy",
            snapshot: b"{}",
            import: 0,
            inputs: &[],
            above: 0,
            now,
            program: "test",
            made_on: MadeOn::default(),
            correction: None,
        };
        let edition = self.store.editions().freeze(&occurrence, &new).await.unwrap();
        self.store
            .editions()
            .set_aside(&edition, &occurrence, EditionState::Held, &Problem::error("wrong").into(), now)
            .await
            .unwrap();
    }
}

#[tokio::test]
async fn who_is_ready_has_all_that_it_needs() {
    let office = Office::open().await;
    let ready = || office.monitor.check_ready();
    assert_eq!(ready().await, Err("the timekeeper is not at work yet".to_owned()));
    office.vitals.timekeeper_looked(Instant::now());
    assert_eq!(ready().await, Err("the courier is not at work yet".to_owned()));
    office.look();
    assert_eq!(ready().await, Ok(()));
    // Another process has a newer config.
    office.store.activations().activate("b", office.clock.now()).await.unwrap();
    office.until(ready, Err("another process activated a newer config: this one claims nothing")).await;
    let text = office.monitor.metrics(Format::Prometheus).await;
    let seen = read(&text, Written::Prometheus).unwrap();
    assert_eq!(seen.value("greenbrief_ready", &[]), 0.0);
    assert_eq!(seen.value("greenbrief_config_newest_activation", &[]), 2.0);
    assert_eq!(seen.value("greenbrief_config_activation", &[]), 1.0);
    office.activate("c").await;
    office.until(ready, Ok(())).await;

    // Without its store it says so, and what it knows without it.
    office.store.close().await;
    office.until(ready, Err("the store does not answer")).await;
    let monitor = office.monitor.clone();
    let away = || async {
        let text = monitor.metrics(Format::Prometheus).await;
        let seen = read(&text, Written::Prometheus).unwrap();
        assert!(
            seen.find("greenbrief_schedule_next_slot_timestamp_seconds", &[("schedule", "green-economy/weekly")])
                > Some(0.0)
        );
        if seen.value("greenbrief_store_up", &[]) == 0.0 { Ok(()) } else { Err(text) }
    };
    office.until(away, Ok(())).await;
}

#[tokio::test]
async fn who_has_not_looked_for_long_does_not_live() {
    let office = Office::open().await;
    pause();
    office.look();
    advance(Duration::from_secs(100)).await;
    assert_eq!(office.monitor.check_alive(), Ok(()));
    office.vitals.courier_looked(Instant::now());
    advance(Duration::from_secs(30)).await;
    assert_eq!(office.monitor.check_alive(), Err("the timekeeper has not looked for 130 s".to_owned()));
    office.vitals.timekeeper_looked(Instant::now());
    assert_eq!(office.monitor.check_alive(), Ok(()));
    advance(Duration::from_secs(91)).await;
    office.vitals.timekeeper_looked(Instant::now());
    assert_eq!(office.monitor.check_alive(), Err("the courier has not looked for 121 s".to_owned()));
}

#[tokio::test]
async fn an_outside_monitor_hears_nothing_while_not_all_is_well() {
    let office = Office::open().await;
    let listener = Listener::start(None, &[200]).await;
    let pinger = Pinger::new(&Secret::new(format!("http://127.0.0.1:{}", listener.port))).unwrap();
    let (trigger, shutdown) = Shutdown::channel();
    let running = tokio::spawn(pinger.run(office.monitor.clone(), Duration::from_millis(20), shutdown));
    let heard = || listener.heard.lock().unwrap().len();
    let silent = async || {
        // What was under way may still come.
        sleep(Duration::from_millis(300)).await;
        let before = heard();
        sleep(Duration::from_millis(500)).await;
        assert_eq!(heard(), before);
        before
    };
    assert_eq!(silent().await, 0, "nobody is at work yet");
    office.look();
    let first = listener.times(3, String::new).await;
    assert!(first[0].starts_with("GET / HTTP/1.1\r\n"), "{first:?}");
    office.vitals.overdue("green-economy/weekly", true);
    let before = silent().await;
    office.vitals.overdue("green-economy/weekly", false);
    listener.times(before + 3, String::new).await;

    // An edition that is held is a person's turn: when its time is over, the outside monitor is told nothing more.
    let well = || office.monitor.check_well();
    office.hold().await;
    office.until(well, Ok(())).await;
    office.clock.jump(TimeDelta::minutes(121));
    office.until(well, Err("green-economy/1 is held")).await;
    silent().await;
    trigger.request();
    running.await.unwrap();
}

#[tokio::test]
async fn what_is_said_of_a_ping_does_not_name_its_url() {
    // Nobody listens there.
    for url in ["http://127.0.0.1:1/3f1c", "https://127.0.0.1:1/3f1c"] {
        let pinger = Pinger::new(&Secret::new(url)).unwrap();
        let told = pinger.ping().await.unwrap_err();
        assert!(told.contains("no connection to the monitor") && !told.contains("3f1c"), "{told}");
        assert!(!format!("{pinger:?}").contains("3f1c"));
    }
    // It speaks no TLS.
    let listener = Listener::start(None, &[200]).await;
    let pinger = Pinger::new(&Secret::new(format!("https://127.0.0.1:{}/3f1c", listener.port))).unwrap();
    let told = tokio::time::timeout(super::PATIENCE, pinger.ping()).await.unwrap().unwrap_err();
    assert!(!told.contains("3f1c"), "{told}");
    let refusing = Listener::start(None, &[404]).await;
    let pinger = Pinger::new(&Secret::new(format!("http://localhost:{}/3f1c", refusing.port))).unwrap();
    assert_eq!(pinger.ping().await, Err("the monitor answered 404".to_owned()));
}
