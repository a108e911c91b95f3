//! What monitors see of `serve`: health and metrics before, during and after a campaign, the ping that they wait for, and
//! what systemd is told.

use std::{
    fs,
    net::TcpListener,
    os::unix::net::UnixDatagram,
    path::Path,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use clap::Parser;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        ServerConfig,
        crypto::ring,
        pki_types::{PrivateKeyDer, pem::PemObject},
    },
};

use super::{
    House, PATIENCE, SOON, Serve,
    exposition::{Exposition, Written, read},
    free_port,
    http::{ask, get, idle, raw, say},
    live::hang_up,
};
use crate::mail::server::{Server, say as reply};

const PEOPLE: &str = "address,language\nanna@example.net,en\nbernd@example.net,de\nchen@example.net,zh\n";

/// A daemon that is watched.
struct Watched {
    serve: Serve,
    port: u16,
}

impl Watched {
    fn start(house: &House, more: &[&str]) -> Watched {
        let port = free_port();
        let listen = format!("web.listen=127.0.0.1:{port}");
        let words: Vec<&str> = ["--set", &listen].into_iter().chain(more.iter().copied()).collect();
        let mut serve = house.serve(&words);
        serve.wait_for("monitors are answered");
        Watched { serve, port }
    }

    fn ready(&self) {
        let begun = Instant::now();
        loop {
            let answer = get(self.port, "/health/ready");
            if answer.status == 200 {
                return assert_eq!(answer.text(), "ok\n");
            }
            assert_eq!(answer.status, 503, "{}", answer.text());
            assert!(begun.elapsed() < PATIENCE, "{}\n{}", answer.text(), self.serve.log());
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    fn scrape(&self) -> Exposition {
        let answer = get(self.port, "/metrics");
        assert_eq!(answer.status, 200);
        assert_eq!(answer.header("content-type"), Some("text/plain; version=0.0.4; charset=utf-8"));
        read(answer.text(), Written::Prometheus).unwrap_or_else(|wrong| panic!("{wrong}\n{}", answer.text()))
    }

    /// The first one for which this holds: what the store knows is kept for some seconds.
    fn until(&self, holds: impl Fn(&Exposition) -> bool) -> Exposition {
        let begun = Instant::now();
        loop {
            let seen = self.scrape();
            if holds(&seen) {
                return seen;
            }
            assert!(begun.elapsed() < PATIENCE, "{seen:#?}\n{}", self.serve.log());
            std::thread::sleep(Duration::from_millis(500));
        }
    }
}

const WEEKLY: (&str, &str) = ("schedule", "green-economy/weekly");
const EXTRA: (&str, &str) = ("schedule", "green-economy/extra");

#[test]
fn a_campaign_is_seen_from_outside() {
    let house = House::new();
    house.write("people.csv", PEOPLE);
    house.done(&["subscribers", "import", "people.csv"]);
    house.due_in(20);
    let brief = house.path("config/briefs/green-economy.toml");
    let text = fs::read_to_string(&brief).unwrap();
    fs::write(&brief, text + "\n[schedules.extra]\ncron = \"0 7 1 1 *\"\npaused = true\n").unwrap();
    let lmtp = format!("replies.lmtp=127.0.0.1:{}", free_port());
    let mut watched = Watched::start(&house, &["--set", &lmtp]);
    watched.serve.wait_for("mails that come back are taken by LMTP");
    watched.ready();
    assert_eq!(get(watched.port, "/health/live").text(), "ok\n");

    let before = watched.scrape();
    assert_eq!(before.value("greenbrief_replies_total", &[("way", "lmtp"), ("outcome", "taken")]), 0.0);
    let now = chrono::Utc::now().timestamp() as f64;
    let sent = [("kind", "edition"), ("state", "sent")];
    assert_eq!(before.value("greenbrief_mails", &sent), 0.0);
    assert_eq!(before.value("greenbrief_mail_attempts_total", &[("relay", "folder"), ("outcome", "sent")]), 0.0);
    assert_eq!(before.find("greenbrief_last_sent_timestamp_seconds", &[]), None);
    let slot = before.value("greenbrief_schedule_next_slot_timestamp_seconds", &[WEEKLY]);
    assert!(slot > now - 1.0 && slot < now + 21.0, "{slot} {now}");
    assert_eq!(before.find("greenbrief_schedule_last_slot_timestamp_seconds", &[WEEKLY]), None);
    assert_eq!(before.value("greenbrief_occurrences_total", &[WEEKLY, ("outcome", "ran")]), 0.0);
    assert_eq!(before.value("greenbrief_schedule_paused", &[WEEKLY]), 0.0);
    assert_eq!(before.value("greenbrief_schedule_paused", &[EXTRA]), 1.0);
    assert_eq!(before.value("greenbrief_schedule_overdue", &[WEEKLY]), 0.0);
    assert_eq!(before.value("greenbrief_editions_held", &[("brief", "green-economy")]), 0.0);
    for name in ["greenbrief_ready", "greenbrief_store_up", "greenbrief_timekeeper_up", "greenbrief_courier_up"] {
        assert_eq!(before.value(name, &[]), 1.0, "{name}");
    }
    for name in ["greenbrief_paused", "greenbrief_restore_hold"] {
        assert_eq!(before.value(name, &[]), 0.0, "{name}");
    }
    assert_eq!(before.value("greenbrief_config_activation", &[]), 1.0);
    assert_eq!(before.value("greenbrief_config_newest_activation", &[]), 1.0);
    let build = [("version", env!("CARGO_PKG_VERSION")), ("tzdata", chrono_tz::IANA_TZDB_VERSION)];
    assert_eq!(before.value("greenbrief_build_info", &build), 1.0);
    let started = before.value("process_start_time_seconds", &[]);
    assert!(started <= now + 1.0 && started > now - PATIENCE.as_secs_f64(), "{started} {now}");
    assert!(before.value("process_resident_memory_bytes", &[]) > 1e6);

    watched.serve.wait_for("the outbox is quiet");
    let after = watched.until(|seen| seen.value("greenbrief_mails", &sent) == 3.0);
    assert_eq!(after.value("greenbrief_mail_attempts_total", &[("relay", "folder"), ("outcome", "sent")]), 3.0);
    let made = |outcome| after.value("greenbrief_occurrences_total", &[WEEKLY, ("outcome", outcome)]);
    assert_eq!(made("ran") + made("late"), 1.0);
    assert_eq!(after.value("greenbrief_schedule_last_slot_timestamp_seconds", &[WEEKLY]), slot);
    let ended = |outcome| after.value("greenbrief_schedule_last_outcome", &[WEEKLY, ("outcome", outcome)]);
    assert_eq!((ended("ran") + ended("late"), ended("failed")), (1.0, 0.0));
    assert!(after.value("greenbrief_last_sent_timestamp_seconds", &[]) >= slot);
    assert!(after.value("greenbrief_mails_per_second", &[]) > 0.0);
    assert!(after.value("greenbrief_schedule_next_slot_timestamp_seconds", &[WEEKLY]) > slot);

    house.done(&["pause", "--all"]);
    let paused = watched.until(|seen| seen.value("greenbrief_paused", &[]) == 1.0);
    assert_eq!(paused.value("greenbrief_ready", &[]), 1.0, "a pause is a person's will");

    // Whoever asks gets the same in the other format, too; nobody is named in it.
    let accept = "localhost:1\r\nAccept: application/openmetrics-text; version=1.0.0, text/plain; q=0.5";
    let open = say(watched.port, "GET", "/metrics", accept, "");
    assert_eq!(open.header("content-type"), Some("application/openmetrics-text; version=1.0.0; charset=utf-8"));
    let read = read(open.text(), Written::OpenMetrics).unwrap_or_else(|wrong| panic!("{wrong}\n{}", open.text()));
    assert_eq!(read.names(), paused.names());
    assert!(!open.text().contains("example.net") && !open.text().contains('@'), "{}", open.text());
    for (name, value) in [("cache-control", "no-store"), ("x-content-type-options", "nosniff"), ("connection", "close")]
    {
        assert_eq!(open.header(name), Some(value));
    }
    assert_eq!(ask(watched.port, "POST", "/metrics", "").status, 405);
    assert_eq!(ask(watched.port, "HEAD", "/health/ready", "").status, 200);
    assert_eq!(get(watched.port, "/").status, 404);

    // What the documents tell to watch is there.
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs");
    for doc in ["operating.md", "alerts.yml"] {
        let text = fs::read_to_string(docs.join(doc)).unwrap();
        let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let named = text
            .split(|c| !is_word(c))
            .filter(|word| word.starts_with("process_") || (word.starts_with("greenbrief_") && !word.ends_with('_')));
        let missing: Vec<&str> = named.filter(|name| !paused.names().contains(name)).collect();
        assert!(missing.is_empty(), "{doc}: {missing:?}");
    }
    assert_eq!(watched.serve.end(), Some(0), "{}", watched.serve.log());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refused_mail_and_a_relay_that_is_away_are_seen() {
    let house = House::new();
    house.write("people.csv", PEOPLE);
    house.done(&["subscribers", "import", "people.csv"]);
    house.due_in(SOON);
    let answers = vec![("RCPT TO:<bernd@", reply("550 5.1.1 nobody of that name"))];
    let server = Server { answers, ..Server::default() }.start().await;
    let port = format!("mail.port={}", server.port);
    let sets = [
        "mail.transport=smtp",
        "mail.host=127.0.0.1",
        "mail.tls=none",
        &port,
        // Nobody listens at the second, which has the larger share.
        "mail.relays.second.host=127.0.0.1",
        "mail.relays.second.tls=none",
        "mail.relays.second.port=1",
        "mail.relays.second.weight=5",
    ];
    let words: Vec<&str> = sets.iter().flat_map(|set| ["--set", *set]).collect();
    let watched = Watched::start(&house, &words);
    let done = watched.until(|seen| {
        let mails = |state| seen.find("greenbrief_mails", &[("kind", "edition"), ("state", state)]).unwrap_or(0.0);
        mails("failed") == 1.0 && mails("sent") == 2.0
    });
    let attempts = |relay, end| done.value("greenbrief_mail_attempts_total", &[("relay", relay), ("outcome", end)]);
    assert_eq!((attempts("first", "sent"), attempts("first", "failed")), (2.0, 1.0));
    assert_eq!((attempts("second", "sent"), attempts("second", "failed")), (0.0, 0.0));
    assert_eq!(done.value("greenbrief_relay_up", &[("relay", "first")]), 1.0);
    assert_eq!(done.value("greenbrief_relay_up", &[("relay", "second")]), 0.0);
    assert!(done.value("greenbrief_relay_connections", &[("relay", "first")]) <= 2.0);
}

/// Whoever connects and says nothing is the first to go.
#[test]
fn idle_connections_keep_no_monitor_waiting() {
    let house = House::new();
    let watched = Watched::start(&house, &[]);
    watched.ready();
    let silent = idle(watched.port, 120);
    let begun = Instant::now();
    for _ in 0..3 {
        assert_eq!(get(watched.port, "/metrics").status, 200);
    }
    // Each of them would be given 30 seconds.
    assert!(begun.elapsed() < Duration::from_secs(25), "{:?}", begun.elapsed());
    drop(silent);
}

#[test]
fn a_request_has_one_host() {
    let house = House::new();
    let watched = Watched::start(&house, &[]);
    let status = |head: &str| raw(watched.port, &format!("GET /health/live HTTP/{head}\r\n\r\n"));
    assert_eq!(status("1.1\r\nHost: a.example.org\r\nHost: b.example.org"), 400);
    assert_eq!(status("1.1\r\nHost: a.example.org\r\nhost: a.example.org"), 400);
    assert_eq!(status("1.1"), 400);
    assert_eq!(status("1.0"), 200);
    assert_eq!(status("1.0\r\nHost: a.example.org\r\nHost: b.example.org"), 400);
    drop(watched);
    // Monitors elsewhere ask by whatever name.
    let port = free_port();
    let listen = format!("web.listen=0.0.0.0:{port}");
    let mut open = house.serve(&["--set", &listen, "--set", "web.from_elsewhere=true"]);
    open.wait_for("monitors are answered");
    assert_eq!(raw(port, "GET /health/live HTTP/1.1\r\nHost: monitor.example.org\r\n\r\n"), 200);
}

#[test]
fn a_page_in_a_browser_here_reads_nothing() {
    let house = House::new();
    let watched = Watched::start(&house, &[]);
    let status = |head: &str| raw(watched.port, &format!("GET /health/live HTTP/{head}\r\n\r\n"));
    for known in ["localhost", "LocalHost:9100", "127.0.0.1:4748", "[::1]:4748", "192.0.2.7"] {
        assert_eq!(status(&format!("1.1\r\nHost: {known}")), 200, "{known}");
    }
    // A page in a browser of this machine that gave its name this address.
    for foreign in ["a.example.org", "localhost.example.org:4748", "127.0.0.1.example.org", "[::1", "a@127.0.0.1/"] {
        assert_eq!(status(&format!("1.1\r\nHost: {foreign}")), 421, "{foreign}");
    }
}

#[test]
fn an_address_that_is_taken_is_told_where_it_stands() {
    let house = House::new();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    let told = house.mistaken(&["serve", "--set", &format!("web.listen={address}")]);
    assert!(told.contains(&format!("error: {address} is taken: another program listens there")), "{told}");
    assert!(told.contains("web.listen=…:1:12") && told.contains("^^^") && told.contains("hint: `ss -ltnp"), "{told}");
}

/// An HTTP server of the test's own, with or without TLS: what it was asked, and a status for each time.
pub(super) struct Listener {
    pub port: u16,
    pub heard: Arc<Mutex<Vec<String>>>,
}

impl Listener {
    pub async fn start(tls: Option<Arc<ServerConfig>>, statuses: &'static [u16]) -> Listener {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let heard = Arc::new(Mutex::new(Vec::new()));
        let (keep, times) = (heard.clone(), AtomicUsize::new(0));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let status = statuses[times.fetch_add(1, Ordering::Relaxed).min(statuses.len() - 1)];
                match &tls {
                    None => answer(stream, status, &keep).await,
                    Some(tls) => match TlsAcceptor::from(tls.clone()).accept(stream).await {
                        Ok(stream) => answer(stream, status, &keep).await,
                        Err(error) => keep.lock().unwrap().push(error.to_string()),
                    },
                }
            }
        });
        Listener { port, heard }
    }

    pub async fn times(&self, count: usize, log: impl Fn() -> String) -> Vec<String> {
        let begun = Instant::now();
        loop {
            let heard = self.heard.lock().unwrap().clone();
            if heard.len() >= count {
                return heard;
            }
            assert!(begun.elapsed() < PATIENCE, "{heard:?}\n{}", log());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

async fn answer(mut stream: impl AsyncRead + AsyncWrite + Unpin, status: u16, heard: &Mutex<Vec<String>>) {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let Ok(byte) = stream.read_u8().await else { return };
        head.push(byte);
    }
    heard.lock().unwrap().push(String::from_utf8(head).unwrap());
    // A body that never ends is not waited for.
    let text = format!("HTTP/1.1 {status} Whatever\r\nContent-Length: 1000000\r\n\r\nOK");
    let _ = stream.write_all(text.as_bytes()).await;
    let _ = stream.flush().await;
    // Until the other side has had enough.
    let _ = tokio::time::timeout(PATIENCE, stream.read_u8()).await;
}

/// A certificate for this machine, and the file in which its authority stands.
fn certificate(house: &House) -> Arc<ServerConfig> {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    house.write("authority.pem", &made.cert.pem());
    let key = PrivateKeyDer::from_pem_slice(made.signing_key.serialize_pem().as_bytes()).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .unwrap();
    Arc::new(config)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_outside_monitor_hears_from_us_over_https_and_its_url_stays_secret() {
    let house = House::new();
    let monitor = Listener::start(Some(certificate(&house)), &[200, 503, 200]).await;
    let url = format!("https://localhost:{}/ping/3f1c-secret?a=b", monitor.port);
    let mut command = house.command(&["serve", "--set", "operators.ping_every=10s"]);
    command.env("GREENBRIEF_PING_URL", &url).env("SSL_CERT_FILE", house.path("authority.pem"));
    command.env("GREENBRIEF_LOG", "trace");
    let mut serve = Serve::start(command);
    let heard = monitor.times(3, || serve.log()).await;
    for head in heard {
        assert!(head.starts_with("GET /ping/3f1c-secret?a=b HTTP/1.1\r\n"), "{head}");
        let host = format!("\r\nhost: localhost:{}\r\n", monitor.port);
        assert!(head.contains(&host) && head.contains("\r\nuser-agent: greenbrief/"), "{head}");
    }
    serve.wait_for("the outside monitor hears from us again");
    assert_eq!(serve.end(), Some(0), "{}", serve.log());
    let log = serve.log();
    assert_eq!(log.matches("the outside monitor does not hear from us; retrying").count(), 1, "{log}");
    assert!(log.contains("the monitor answered 503"), "{log}");
    assert!(!log.contains("3f1c"), "{log}");
}

#[test]
fn systemd_is_told_when_it_is_ready_that_it_lives_and_when_it_ends() {
    let house = House::new();
    let path = house.path("notify");
    let socket = UnixDatagram::bind(&path).unwrap();
    socket.set_read_timeout(Some(PATIENCE)).unwrap();
    let mut command = house.command(&["serve"]);
    command.env("NOTIFY_SOCKET", &path).env("WATCHDOG_USEC", "1000000").env_remove("WATCHDOG_PID");
    let mut serve = Serve::start(command);
    let hear = |serve: &Serve| {
        let mut bytes = [0; 4096];
        let length = socket.recv(&mut bytes).unwrap_or_else(|error| panic!("{error}\n{}", serve.log()));
        String::from_utf8(bytes[..length].to_vec()).unwrap()
    };
    let until = |serve: &Serve, wanted: &str| {
        let mut before = Vec::new();
        loop {
            let told = hear(serve);
            if told.lines().any(|line| line == wanted) {
                return (before, told);
            }
            before.push(told);
        }
    };
    let (before, told) = until(&serve, "READY=1");
    assert!(before.iter().all(|told| !told.contains("WATCHDOG=1")), "{before:?}");
    assert!(told.contains("STATUS=next: green-economy/weekly on "), "{told}");
    for _ in 0..3 {
        until(&serve, "WATCHDOG=1");
    }
    hang_up(&serve);
    let (_, told) = until(&serve, "RELOADING=1");
    let since = told.lines().find_map(|line| line.strip_prefix("MONOTONIC_USEC=")).unwrap();
    assert!(since.parse::<u64>().unwrap() > 0, "{told}");
    until(&serve, "READY=1");
    assert_eq!(serve.end(), Some(0), "{}", serve.log());
    let (_, told) = until(&serve, "STOPPING=1");
    assert!(told.contains("STATUS=stopping: work under way is finished first"), "{told}");
}

#[test]
fn the_unit_starts_what_there_is() {
    let unit = Path::new(env!("CARGO_MANIFEST_DIR")).join("packaging/greenbrief.service");
    let unit = fs::read_to_string(unit).unwrap();
    let values = |key: &str| -> Vec<&str> {
        unit.lines().filter_map(|line| line.strip_prefix(key)?.strip_prefix('=')).collect()
    };
    let [start] = &*values("ExecStart") else { panic!("one ExecStart") };
    let mut words = start.split(' ');
    assert_eq!(words.next(), Some("/usr/local/bin/greenbrief"));
    let arguments = greenbrief::cli::arguments::Arguments::try_parse_from(["greenbrief"].into_iter().chain(words));
    let arguments = arguments.unwrap_or_else(|error| panic!("{error}"));
    assert!(matches!(arguments.command, greenbrief::cli::arguments::Command::Serve));
    assert_eq!(arguments.global.config, Path::new("/etc/greenbrief/config/greenbrief.toml"));
    assert_eq!(
        (values("Type"), values("WatchdogSec"), values("StateDirectory")),
        (vec!["notify"], vec!["60s"], vec!["greenbrief"])
    );
    // A courier's marks need the start of the machine, which is not a process; what is allowed last counts.
    assert_eq!(values("ProcSubset"), [""; 0]);
    assert_eq!(values("SystemCallFilter"), ["@system-service", "~@privileged @resources", "setpriority"]);
    // What its comment tells to write into the config is read, with the credentials where they are here.
    let house = House::new();
    let lines = unit
        .lines()
        .filter_map(|line| line.strip_prefix("#   "))
        .filter(|line| line.starts_with('[') || line.split_once(" = ").is_some_and(|(key, _)| !key.contains(' ')));
    let text: String = lines.flat_map(|line| [line, "\n"]).collect();
    assert!(text.contains("[paths]") && text.contains("password_file"), "{text}");
    let text = text.replace("/run/credentials/greenbrief.service", &house.path("").display().to_string());
    let text = text.replace("[mail]\n", "[mail]\nfrom = \"brief@example.org\"\n");
    house.write("config/greenbrief.toml", &text.replace("[operators]\n", "[operators]\nemail = \"a@example.org\"\n"));
    house.write("ping-url", "https://hc.example.org/3f1c\n");
    let read = greenbrief::config::load(&house.path("config/greenbrief.toml"), &[], &|_| None);
    let (config, _) = read.unwrap_or_else(|problems| panic!("{problems}"));
    assert_eq!(config.paths.state, Path::new("/var/lib/greenbrief"));
    assert_eq!(config.ping.unwrap().url.expose(), "https://hc.example.org/3f1c");
}
