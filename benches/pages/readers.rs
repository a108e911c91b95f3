//! One reader after the other: leaves by one click, joins, is forgotten.

use std::{
    path::Path,
    time::{Duration, Instant},
};

use greenbrief::{
    people::tokens::Purpose,
    store::{Store, SubscriberQuery},
    time::clock::Clock,
};
use ring::rand::SystemRandom;
use serde_json::json;

use super::{
    client::{Client, challenge, sign_up, work},
    daemon::{BRIEF, Daemon, House, cpu},
    outbox::{release, text},
    quantile,
};

/// Nobody listens there: what is released waits.
const NOBODY: [&str; 4] = ["mail.transport=smtp", "mail.host=127.0.0.1", "mail.tls=none", "mail.port=1"];

fn settings() -> Vec<String> {
    NOBODY.map(str::to_owned).to_vec()
}

/// Every reader has a mail that waits, and leaves by a POST.
pub async fn leave(folder: &Path, readers: usize) {
    let house = House::new(folder);
    let (store, clock) = (house.store().await, Clock::system());
    store.id("bench").await.unwrap();
    release(&store, &clock, BRIEF, readers, text()).await;
    let keys = store.token_keys().keys(&SystemRandom::new(), clock.now()).await.unwrap();
    let (mut tokens, mut after) = (Vec::new(), 0);
    loop {
        let page = store.people().subscribers(SubscriberQuery::default(), after, 1000).await.unwrap();
        let Some(last) = page.last() else { break };
        after = last.subscription;
        tokens.extend(page.iter().map(|reader| keys.issue(Purpose::Leave, reader.subject()).as_str().to_owned()));
    }
    store.close().await;
    house.done(&["pause", "--all", "--reason", "bench"]);
    let daemon = house.serve(&settings());
    let mut client = Client::connect(daemon.port).await;
    let before = (daemon.cpu(), cpu("self"));
    let mut times = Vec::new();
    for token in &tokens {
        let begun = Instant::now();
        let (status, body) = client.post(&format!("/u/{token}"), "List-Unsubscribe=One-Click").await;
        times.push(begun.elapsed());
        assert_eq!((status, &*body), (200, "unsubscribed\n"));
    }
    tell("one-click", times, &daemon, before);
}

/// Each from a network of their own, with the work done before the clock runs.
pub async fn join(folder: &Path, readers: usize) {
    let house = House::new(folder);
    house.done(&["store", "new"]);
    house.done(&["pause", "--all", "--reason", "bench"]);
    let daemon = house.serve(&settings());
    let mut client = Client::connect(daemon.port).await;
    let challenge = challenge(&mut client, BRIEF).await;
    let forms: Vec<String> = (0..readers)
        .map(|nth| {
            let address = format!("reader{nth}@example{}.net", nth % 977);
            sign_up(&challenge, &address, work(&challenge, &address))
        })
        .collect();
    // The other one was idle for too long.
    let mut client = Client::connect(daemon.port).await;
    let before = (daemon.cpu(), cpu("self"));
    let mut times = Vec::new();
    for (nth, form) in forms.iter().enumerate() {
        client.from(&format!("10.{}.{}.1", nth / 256, nth % 256));
        let begun = Instant::now();
        let (status, _) = client.post(&format!("/{BRIEF}/join"), form).await;
        times.push(begun.elapsed());
        assert_eq!(status, 200);
    }
    let queued = house.store().await.outbox().tally(None).await.unwrap();
    assert_eq!(queued.all(), readers as i64, "{queued:?}");
    tell("subscribe", times, &daemon, before);
}

/// Of each request: how long it took within the process, and as the client saw it; and what it cost of the processor.
fn tell(what: &str, mut times: Vec<Duration>, daemon: &Daemon, before: (f64, f64)) {
    let (requests, after) = (times.len() as f64, (daemon.cpu(), cpu("self")));
    let mut within = daemon.answers();
    // The last lines of the log may be on their way.
    assert!(within.len() + 10 > times.len(), "{} of {requests}", within.len());
    println!(
        "{}",
        json!({
            "what": what, "requests": requests,
            "in_process_ms": { "median": quantile(&mut within, 0.5), "p99": quantile(&mut within, 0.99) },
            "client_ms": { "median": quantile(&mut times, 0.5), "p99": quantile(&mut times, 0.99) },
            "serve_cpu_us": (after.0 - before.0) * 1e6 / requests, "client_cpu_us": (after.1 - before.1) * 1e6 / requests,
        })
    );
}

/// A store with so many mails of editions, of which one reader has ten, and the command that erases that reader.
pub async fn forget(folder: &Path, mails: usize, database: Option<&str>) {
    let house = House::new(folder);
    let clock = Clock::system();
    let store = match database {
        Some(url) => Store::open(url, clock.now()).await.unwrap(),
        None => house.store().await,
    };
    store.id("bench").await.unwrap();
    let readers = mails / 10;
    for _ in 0..10 {
        release(&store, &clock, BRIEF, readers, text()).await;
    }
    store.close().await;
    let size = house.path("var/greenbrief.db").metadata().ok().map(|file| file.len() as f64 / 1e6);
    for nth in [readers / 2, readers / 3, readers / 5] {
        let address = format!("reader{nth}@example{}.net", nth % 977);
        let begun = Instant::now();
        let mut command = house.command(&["subscribers", "forget", &address, "--yes", "--format", "json"]);
        let told = command.envs(database.map(|url| ("GREENBRIEF_DATABASE_URL", url))).output().unwrap();
        let took = begun.elapsed();
        let said = String::from_utf8_lossy(&told.stdout).lines().next().unwrap_or_default().to_owned();
        println!(
            "{}",
            json!({ "what": "forget", "mails": mails, "store_mb": size, "ms": took.as_secs_f64() * 1e3, "said": said })
        );
        assert!(told.status.success(), "{}", String::from_utf8_lossy(&told.stderr));
    }
}
