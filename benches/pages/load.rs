//! Sign-ups while a campaign is sent: what each of the two loses by the other.

use std::{
    io,
    path::Path,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use greenbrief::{delivery::rules::State, time::clock::Clock};
use memchr::memmem;
use serde_json::json;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    time::{sleep, sleep_until},
};

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

/// A server that takes every mail, on a thread of its own. It looks for the end of a mail only: Postfix's smtp-sink reads each
/// character, and is busy with the PDFs of 1,300 mails a second.
struct Sink {
    port: u16,
}

impl Sink {
    fn start() -> Sink {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        listener.set_nonblocking(true).unwrap();
        thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let listener = TcpListener::from_std(listener).unwrap();
                loop {
                    let (stream, _) = listener.accept().await.unwrap();
                    // A client may go away at any time.
                    tokio::spawn(async move { drop(take_mails(stream).await) });
                }
            });
        });
        Sink { port }
    }
}

/// Answers a client (RFC 5321, RFC 2920) until it goes.
async fn take_mails(mut stream: TcpStream) -> io::Result<()> {
    stream.set_nodelay(true)?;
    stream.write_all(b"220 sink\r\n").await?;
    let (mut got, mut is_mail) = (Vec::new(), false);
    loop {
        let end: &[u8] = if is_mail { b"\r\n.\r\n" } else { b"\r\n" };
        let Some(at) = memmem::find(&got, end) else {
            if is_mail && got.len() > end.len() {
                // What cannot be a part of the end is not looked at again.
                got.drain(..got.len() - end.len());
            }
            got.reserve(64 << 10);
            if stream.read_buf(&mut got).await? == 0 {
                return Ok(());
            }
            continue;
        };
        let line: Vec<u8> = got.drain(..at + end.len()).take(4).collect();
        let answer: &[u8] = match (is_mail, &line.to_ascii_uppercase()[..]) {
            (false, b"EHLO") => b"250-sink\r\n250-PIPELINING\r\n250-8BITMIME\r\n250 SMTPUTF8\r\n",
            (false, b"DATA") => b"354 go on\r\n",
            (false, b"QUIT") => b"221 bye\r\n",
            _ => b"250 ok\r\n",
        };
        is_mail = answer.starts_with(b"354");
        stream.write_all(answer).await?;
    }
}
