//! A campaign as the daemon runs it, measured: a store with its ledger, an edition with a PDF of 100 kB, the courier, and
//! a mail server that this program does not start. Prints one line of JSON. `benches/mail/compare` runs it beside other
//! mailers; by itself (`cargo bench --bench mail`) it sends a small campaign to a sink of its own.
//!
//! mail campaign --to HOST:PORT --mails N [--connections C] [--dkim ed25519|rsa|both] [--store URL] [--link own]
//! mail each MAILS                  what one mail costs: with a body that all share, and with a link of its own
//! mail leave READERS [URL]         the time in which a reader leaves by the token of a mail
//! mail letter FILE                 one mail of such a campaign as bytes, for other mailers
//! mail sink PORT DELAY-MS          takes every mail; each write of replies comes DELAY-MS later
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a bench ends where it cannot measure")]

mod outbox;

use std::{
    collections::HashMap,
    env, fs,
    sync::Arc,
    time::{Duration, Instant},
};

use chrono::DateTime;
use greenbrief::{
    actions::leaving::{Scope, Way, leave, look_up},
    base::shutdown::Shutdown,
    daemon::courier::Courier,
    delivery::{
        dkim::{Key, Signer},
        mail::{
            message::{self, Attachment, Content, EncodedMessage, OwnTokens, Recipient},
            session::{Relay, Timeouts, Tls, TlsClient},
        },
        rules::{DeliveryGuarantee, State},
    },
    mailing::{Letterhead, Smtp, Transport},
    monitoring::operator_mail::OperatorMailer,
    people::tokens::{PLACEHOLDER, Purpose, Subject, Token, TokenKey, TokenKeys, random_key},
    store::{EditionText, Store, SubscriberQuery},
    time::clock::Clock,
};
use ring::rand::SystemRandom;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    runtime,
    sync::Notify,
    time::sleep,
};

use outbox::{NAME, PDF, release, text};

const PORT: u16 = 2526;

fn main() {
    let words: Vec<String> = env::args().skip(1).filter(|word| word != "--bench").collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words[..] {
        ["sink", port, delay] => {
            let one = runtime::Builder::new_current_thread().enable_all().build().unwrap();
            one.block_on(sink(port.parse().unwrap(), Duration::from_millis(delay.parse().unwrap())));
        }
        ["letter", file] => fs::write(file, letter()).unwrap(),
        ["each", mails] => each(mails.parse().unwrap()),
        ["leave", readers] => two().block_on(leaving(readers.parse().unwrap(), None)),
        ["leave", readers, url] => two().block_on(leaving(readers.parse().unwrap(), Some(url))),
        ["campaign", ref options @ ..] => {
            let options: HashMap<&str, &str> = options.chunks(2).map(|pair| (pair[0], pair[1])).collect();
            two().block_on(campaign(&options));
        }
        _ => {
            let to = format!("127.0.0.1:{PORT}");
            let two = two();
            two.spawn(sink(PORT, Duration::ZERO));
            for dkim in ["none", "ed25519", "rsa"] {
                two.block_on(campaign(&HashMap::from([("--to", &*to), ("--mails", "2000"), ("--dkim", dkim)])));
            }
        }
    }
}

/// As many threads as the program has on two cores.
fn two() -> runtime::Runtime {
    runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
}

fn signers(kind: &str) -> Vec<Signer> {
    let key = |name: &str| {
        let file = format!("{}/tests/mail/keys/{name}", env!("CARGO_MANIFEST_DIR"));
        Signer::new("example.org", "bench", Key::from_pem(&fs::read(file).unwrap()).unwrap())
    };
    match kind {
        "ed25519" => vec![key("ed25519.pem")],
        "rsa" => vec![key("rsa-pkcs8.pem")],
        "both" => vec![key("ed25519.pem"), key("rsa-pkcs8.pem")],
        _ => Vec::new(),
    }
}

/// What all get; with the link of each reader's own.
fn linked() -> EditionText {
    let all = text();
    let link = format!("https://briefs.example.org/u/{PLACEHOLDER}");
    EditionText {
        text: format!("{}Leave: {link}\n", all.text),
        html: format!("{}<p><a href=\"{link}\">Leave</a></p>", all.html),
        ..all
    }
}

fn encoded(text: &EditionText) -> EncodedMessage {
    let attachment = Attachment { name: NAME, ascii_name: NAME, mime: "application/pdf", bytes: &text.pdf };
    let content = Content {
        from: "Brief <brief@example.org>",
        reply_to: None,
        subject: &text.subject,
        text: &text.text,
        html: &text.html,
        attachments: &[attachment],
        language: "en",
        list_id: Some("brief.example.org"),
        is_answer: false,
        in_reply_to: None,
    };
    message::encode(&content).unwrap()
}

const RECIPIENT: Recipient<'_> = Recipient {
    to: "reader1@example.net",
    message_id: "<brief.1.1.bench@example.org>",
    date: DateTime::UNIX_EPOCH,
    leave_url: None,
    unsubscribe: Some("mailto:leave@example.org?subject=unsubscribe"),
    tokens: None,
};

fn letter() -> Vec<u8> {
    let pressed = encoded(&text());
    [&pressed.head(&RECIPIENT).unwrap()[..], &pressed.plain_body()].concat()
}

/// Head, signatures and the pieces of the body of each mail, on one thread; the median of a mail in microseconds.
fn each(mails: usize) {
    let (id, secret) = random_key(&SystemRandom::new()).unwrap();
    let keys = TokenKeys::new([TokenKey::new(id, &secret, "bench")], Vec::new()).unwrap();
    for dkim in ["none", "ed25519", "rsa"] {
        let signers = signers(dkim);
        let mut medians = Vec::new();
        for text in [text(), linked()] {
            let pressed = encoded(&text);
            let mut times: Vec<Duration> = (0..mails)
                .map(|nth| {
                    let begun = Instant::now();
                    let subject = Subject::new(nth as i64, DateTime::UNIX_EPOCH);
                    let issue = |purpose| keys.issue(purpose, subject);
                    let tokens = [Purpose::Leave, Purpose::Preferences].map(issue);
                    let [leave, preferences] = tokens.each_ref().map(Token::as_str);
                    let tokens = pressed.has_own_body().then_some(OwnTokens { leave, preferences });
                    let url = tokens.map(|tokens| format!("https://briefs.example.org/u/{}", tokens.leave));
                    let recipient = Recipient { leave_url: url.as_deref(), tokens, ..RECIPIENT };
                    let head = pressed.signed_head(&recipient, &signers).unwrap();
                    let octets: usize =
                        head.len() + pressed.body_of(tokens).iter().map(|piece| piece.len()).sum::<usize>();
                    assert!(octets > PDF);
                    begun.elapsed()
                })
                .collect();
            times.sort();
            medians.push(times[mails / 2].as_secs_f64() * 1e6);
        }
        println!(
            "{}",
            serde_json::json!({
                "dkim": dkim, "octets": encoded(&text()).size(), "mails": mails,
                "shared_us": medians[0], "own_link_us": medians[1], "more_us": medians[1] - medians[0],
            })
        );
    }
}

/// Every reader of a list leaves by one click, one after the other; each has a mail that waits. Times in milliseconds.
async fn leaving(readers: usize, url: Option<&str>) {
    let folder = tempfile::tempdir().unwrap();
    let file = format!("sqlite:{}", folder.path().join("bench.db").display());
    let clock = Clock::system();
    let store = Store::open(url.unwrap_or(&file), clock.now()).await.unwrap();
    store.id("bench").await.unwrap();
    release(&store, &clock, "brief", readers, text()).await;
    let keys = store.token_keys().keys(&SystemRandom::new(), clock.now()).await.unwrap();
    let (mut times, mut looks, mut after) = (Vec::new(), Vec::new(), 0);
    loop {
        let page = store.people().subscribers(SubscriberQuery::default(), after, 1000).await.unwrap();
        let Some(last) = page.last() else { break };
        after = last.subscription;
        for reader in &page {
            let token = keys.issue(Purpose::Leave, reader.subject());
            let begun = Instant::now();
            look_up(&store, token.as_str()).await.unwrap();
            looks.push(begun.elapsed());
            let begun = Instant::now();
            let done = leave(&store, token.as_str(), Scope::ThisBrief, Way::OneClick, clock.now()).await.unwrap();
            times.push(begun.elapsed());
            assert_eq!((done.ended, done.cancelled), (1, 1));
        }
    }
    times.sort();
    looks.sort();
    let at = |times: &[Duration], share: f64| times[(times.len() as f64 * share) as usize].as_secs_f64() * 1e3;
    println!(
        "{}",
        serde_json::json!({
            "store": store.kind(), "readers": times.len(), "look_ms": at(&looks, 0.5),
            "leave_median_ms": at(&times, 0.5), "leave_p99_ms": at(&times, 0.99),
        })
    );
}

async fn campaign(options: &HashMap<&str, &str>) {
    let number = |key: &str, default: usize| options.get(key).map_or(default, |value| value.parse().unwrap());
    let (mails, connections) = (number("--mails", 4000), number("--connections", 10));
    let dkim = options.get("--dkim").copied().unwrap_or("none");
    let (host, port) = options["--to"].split_once(':').unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = format!("sqlite:{}", folder.path().join("bench.db").display());
    let url = options.get("--store").copied().unwrap_or(&file);
    let clock = Clock::system();
    let store = Store::open(url, clock.now()).await.unwrap();
    store.id("bench").await.unwrap();
    let has_link = options.contains_key("--link");
    let text = if has_link { linked() } else { text() };
    let (edition, enqueued) = release(&store, &clock, "brief", mails, text).await;

    let relay = Relay {
        host: host.to_owned(),
        port: port.parse().unwrap(),
        tls: Tls::None,
        login: None,
        helo: Some("bench.example.org".into()),
        timeouts: Timeouts::default(),
    };
    let courier = Courier {
        store: store.clone(),
        clock: clock.clone(),
        owner: "bench".into(),
        alone: true,
        guarantee: DeliveryGuarantee::default(),
        operator_mailer: OperatorMailer::nobody(store.clone()),
        vitals: Arc::default(),
        letterhead: Letterhead {
            from: "Brief <brief@example.org>".into(),
            sender: "brief@example.org".into(),
            bounce: None,
            reply_to: None,
            unsubscribe: Some("leave@example.org".into()),
            leaves_by_address: false,
            leave_url: has_link.then(|| "https://briefs.example.org/u/".into()),
            domain: "example.org".into(),
            signers: signers(dkim),
        },
        transport: Transport::Smtp(Smtp::one(relay, TlsClient::system().unwrap(), connections)),
    };
    let (trigger, shutdown) = Shutdown::channel();
    let (user, system) = cpu();
    let begun = Instant::now();
    let task = tokio::spawn(courier.run(Arc::new(Notify::new()), shutdown));
    let seconds = loop {
        sleep(Duration::from_millis(20)).await;
        let mut open = false;
        for state in [State::Pending, State::Claimed, State::DotWritten] {
            open = open || !store.outbox().mails(Some(edition), Some(state), None, 1).await.unwrap().is_empty();
        }
        if !open {
            break begun.elapsed().as_secs_f64();
        }
    };
    let (user_after, system_after) = cpu();
    let tally = store.outbox().tally(Some(edition)).await.unwrap();
    assert_eq!(tally.of(State::Sent), mails as i64, "{tally:?}");
    trigger.request();
    task.await.unwrap();
    println!(
        "{}",
        serde_json::json!({
            "mails": mails, "connections": connections, "dkim": dkim, "own_link": has_link,
            "enqueue_seconds": enqueued.as_secs_f64(), "seconds": seconds, "rate": mails as f64 / seconds,
            "user_us": (user_after - user) * 1e6 / mails as f64, "system_us": (system_after - system) * 1e6 / mails as f64,
            "peak_mb": peak(),
        })
    );
    store.close().await;
}

/// Seconds of user and of system time, of this process so far.
fn cpu() -> (f64, f64) {
    let stat = fs::read_to_string("/proc/self/stat").unwrap();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
    let seconds = |field: &str| field.parse::<f64>().unwrap() / 100.0;
    (seconds(fields[11]), seconds(fields[12]))
}

/// The most memory that this process held, in MB.
fn peak() -> Option<f64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM"))?;
    Some(line.split_whitespace().nth(1)?.parse::<f64>().ok()? / 1024.0)
}

/// Takes every mail and keeps none.
async fn sink(port: u16, delay: Duration) {
    let listener = TcpListener::bind(("127.0.0.1", port)).await.unwrap();
    loop {
        let (stream, _) = listener.accept().await.unwrap();
        stream.set_nodelay(true).unwrap();
        // A client that goes is no reason to stop.
        tokio::spawn(async move { serve(stream, delay).await.ok() });
    }
}

async fn serve(mut stream: TcpStream, delay: Duration) -> std::io::Result<()> {
    sleep(delay).await;
    stream.write_all(b"220 sink.example ESMTP\r\n").await?;
    let (mut buffer, mut chunk, mut body, mut looked) = (Vec::new(), vec![0; 128 * 1024], false, 0);
    loop {
        let read = stream.read(&mut chunk).await?;
        if read == 0 {
            return Ok(());
        }
        buffer.extend_from_slice(&chunk[..read]);
        let mut replies: Vec<u8> = Vec::new();
        loop {
            let end: &[u8] = if body { b"\r\n.\r\n" } else { b"\r\n" };
            let from: usize = if body { looked } else { 0 };
            let Some(at) = find(&buffer[from..], end).map(|at| from + at) else {
                looked = buffer.len().saturating_sub(end.len());
                break;
            };
            let command = if body { b"." } else { &buffer[..at.min(4)] };
            let reply: &[u8] = match command {
                b"." => b"250 2.0.0 queued\r\n",
                b"EHLO" => b"250-sink.example\r\n250-PIPELINING\r\n250-SIZE 50000000\r\n250 8BITMIME\r\n",
                b"DATA" => b"354 go on\r\n",
                b"QUIT" => b"221 2.0.0 bye\r\n",
                _ => b"250 2.0.0 ok\r\n",
            };
            body = command == b"DATA";
            looked = 0;
            replies.extend_from_slice(reply);
            buffer.drain(..at + end.len());
        }
        if !replies.is_empty() {
            sleep(delay).await;
            stream.write_all(&replies).await?;
        }
    }
}

fn find(bytes: &[u8], what: &[u8]) -> Option<usize> {
    // The line feed last: only few bytes are one.
    let last = *what.last()?;
    let mut from = 0;
    while let Some(at) = bytes[from..].iter().position(|byte| *byte == last).map(|at| from + at) {
        if bytes[..=at].ends_with(what) {
            return Some(at + 1 - what.len());
        }
        from = at + 1;
    }
    None
}
