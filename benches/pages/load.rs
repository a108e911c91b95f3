//! Sign-ups while a campaign is sent: what each of the two loses by the other.

use std::{
    path::Path,
    process::{Child, Command, Stdio},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use greenbrief::{delivery::rules::State, time::clock::Clock};
use serde_json::json;
use tokio::time::{sleep, sleep_until};

use super::{
    client::{Client, challenge, sign_up, work},
    daemon::{BRIEF, Daemon, House, cpu},
    outbox::{release, text},
    quantile,
};

/// Connections of the clients; each has one request at a time.
const CLIENTS: usize = 64;

/// The campaign alone, beside the sign-ups, and alone again: the machine may be busy with other things, too.
pub async fn measure(folder: &Path, rate: usize, mails: usize) {
    let sink = Sink::start();
    let before = campaign(folder, sink.port, (0, 0), mails).await;
    // Forms for three times as long as it takes alone.
    let most = (rate as f64 * mails as f64 / before * 3.0) as usize;
    let beside = campaign(folder, sink.port, (rate, most), mails).await;
    let after = campaign(folder, sink.port, (0, 0), mails).await;
    println!("{}", json!({ "of_its_speed": beside / ((before + after) / 2.0) }));
}

/// One campaign, beside so many sign-ups a second, of which there are so many; returns the mails a second.
async fn campaign(folder: &Path, port: u16, (rate, most): (usize, usize), mails: usize) -> f64 {
    let house = House::new(folder);
    let (store, clock) = (house.store().await, Clock::system());
    store.id("bench").await.unwrap();
    let (edition, _) = release(&store, &clock, BRIEF, mails, text()).await;
    house.done(&["pause", "--all", "--reason", "bench"]);
    let smtp = [
        "mail.transport=smtp",
        "mail.host=127.0.0.1",
        "mail.tls=none",
        "mail.connections=10",
        "operators.after_edition=false",
    ];
    let settings: Vec<String> = smtp.map(str::to_owned).into_iter().chain([format!("mail.port={port}")]).collect();
    let daemon = house.serve(&settings);
    let forms = Arc::new(forms(&daemon, most).await);
    house.done(&["resume"]);
    let (begun, before) = (Instant::now(), (daemon.cpu(), cpu("self")));
    let over = Arc::new(AtomicBool::new(false));
    let (next, times) = (Arc::new(AtomicUsize::new(0)), Arc::new(Mutex::new(Vec::new())));
    let clients: Vec<_> = (0..if rate > 0 { CLIENTS } else { 0 })
        .map(|_| {
            let (forms, over, next, times) = (forms.clone(), over.clone(), next.clone(), times.clone());
            let (port, begun) = (daemon.port, tokio::time::Instant::now());
            tokio::spawn(async move {
                let mut client = Client::connect(port).await;
                while !over.load(Ordering::Relaxed) {
                    let nth = next.fetch_add(1, Ordering::Relaxed);
                    let Some(form) = forms.get(nth) else { return };
                    // Late counts from when it was due.
                    let due = begun + Duration::from_secs_f64(nth as f64 / rate as f64);
                    sleep_until(due).await;
                    client.from(&format!("10.{}.{}.1", nth / 256 % 256, nth % 256));
                    assert_eq!(client.post(&format!("/{BRIEF}/join"), form).await.0, 200);
                    times.lock().unwrap().push(due.elapsed());
                }
            })
        })
        .collect();
    let mut sent = 0;
    while sent < mails as i64 {
        sleep(Duration::from_millis(200)).await;
        sent = store.outbox().tally(Some(edition)).await.unwrap().of(State::Sent);
        assert!(begun.elapsed() < Duration::from_secs(300), "{sent} of {mails}");
    }
    let seconds = begun.elapsed().as_secs_f64();
    assert!(rate == 0 || next.load(Ordering::Relaxed) < most, "the forms ended before the campaign");
    over.store(true, Ordering::Relaxed);
    for client in clients {
        client.await.unwrap();
    }
    let (serve_cpu, client_cpu) = (daemon.cpu() - before.0, cpu("self") - before.1);
    let mut times = std::mem::take(&mut *times.lock().unwrap());
    let speed = mails as f64 / seconds;
    println!(
        "{}",
        json!({
            "mails": mails, "seconds": seconds, "mails_a_second": speed, "sign_ups": times.len(),
            "sign_ups_a_second": times.len() as f64 / seconds,
            "sign_up_ms": (!times.is_empty()).then(|| json!({ "median": quantile(&mut times, 0.5), "p99": quantile(&mut times, 0.99) })),
            "serve_cores": serve_cpu / seconds, "client_cores": client_cpu / seconds,
        })
    );
    store.close().await;
    speed
}

/// So many forms with their work done, on both cores.
async fn forms(daemon: &Daemon, count: usize) -> Vec<String> {
    let mut client = Client::connect(daemon.port).await;
    let challenge = challenge(&mut client, BRIEF).await;
    let form = |nth: usize| {
        let address = format!("joins{nth}@example{}.net", nth % 977);
        sign_up(&challenge, &address, work(&challenge, &address))
    };
    let half = count / 2;
    let (mut first, second) = thread::scope(|scope| {
        let first = scope.spawn(|| (0..half).map(form).collect::<Vec<_>>());
        let second: Vec<_> = (half..count).map(form).collect();
        (first.join().unwrap(), second)
    });
    first.extend(second);
    first
}

/// Postfix's smtp-sink, which takes every mail.
struct Sink {
    child: Child,
    port: u16,
}

impl Sink {
    fn start() -> Sink {
        let port = 2531;
        let mut command = Command::new("smtp-sink");
        command.env("PATH", format!("{}:/usr/sbin", std::env::var("PATH").unwrap_or_default()));
        // It refuses to run as root.
        if std::env::var("USER").is_ok_and(|user| user == "root")
            || std::fs::metadata("/proc/self").is_ok_and(|me| std::os::unix::fs::MetadataExt::uid(&me) == 0)
        {
            command.args(["-u", "postfix"]);
        }
        let child = command.args([&format!("127.0.0.1:{port}"), "1000"]).stderr(Stdio::null()).spawn().unwrap();
        thread::sleep(Duration::from_millis(500));
        Sink { child, port }
    }
}

impl Drop for Sink {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}
