//! A real daemon in the test's own process, whose clock the test sets forward: hours pass in an instant. Everything else is
//! real: store, files, mail servers, and the port on which monitors are answered.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use chrono::{DateTime, TimeDelta, Utc};
use greenbrief::{
    actions::{Installation, status::status},
    config::ConfigSource,
    daemon::{self, Before, CheckedConfig},
    monitoring::attention::{
        Attention,
        table::{Code, Mail},
    },
    store::Store,
    time::clock::Clock,
};
use tokio::{
    sync::oneshot,
    task::{JoinHandle, spawn_blocking},
    time::sleep,
};

use super::super::{House, PATIENCE, free_port, http::get};
use crate::mail::server::Running;

/// A daemon at work. What its scenario promises to show is left over until it was seen.
pub(super) struct Living {
    pub house: House,
    pub clock: Clock,
    pub port: u16,
    pub store: Store,
    /// Where its mails to the operators go, if not into the folder
    pub server: Option<Running>,
    heard: String,
    source: ConfigSource,
    stop: Option<oneshot::Sender<()>>,
    daemon: JoinHandle<anyhow::Result<()>>,
    left: Left,
}

/// A way in which a state is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Way {
    /// `status`
    Status,
    /// `greenbrief_attention{code}`, or the health page if there are no metrics
    Metric,
    /// A mail to the operators
    Mail,
}

/// What a scenario promised and has not shown yet.
#[derive(Debug)]
pub(super) struct Left(BTreeSet<(Code, Way)>);

impl Left {
    /// Every way in which each of the scenario's states is told, `not` left out.
    pub fn of(scenario: &str) -> Left {
        let (_, codes) = super::SCENARIOS.iter().find(|(name, _)| *name == scenario).unwrap();
        let ways = |code: &Code| {
            let mail = (code.row().mail != Mail::Impossible).then_some(Way::Mail);
            [Some(Way::Status), Some(Way::Metric), mail]
                .into_iter()
                .flatten()
                .map(|way| (*code, way))
                .collect::<Vec<_>>()
        };
        let not: BTreeSet<_> = super::NOT_SEEN.iter().map(|(code, way, _)| (*code, *way)).collect();
        Left(codes.iter().flat_map(ways).filter(|way| !not.contains(way)).collect())
    }

    pub fn seen(&mut self, code: Code, way: Way) {
        assert!(self.0.remove(&(code, way)), "{code} is not to be seen so: {way:?}");
    }

    pub fn none(&self) {
        assert!(self.0.is_empty(), "not seen: {:?}", self.0);
    }
}

impl Living {
    /// A daemon that begins at that time, as `--set` would have it.
    pub async fn begin(scenario: &str, house: House, at: DateTime<Utc>, sets: &[String]) -> Living {
        let port = free_port();
        let url = format!("sqlite:{}", house.path("var/greenbrief.db").display());
        let own = [format!("store.url={url}"), format!("web.listen=127.0.0.1:{port}")];
        let overrides = own.iter().chain(sets).map(|set| set.split_once('=').unwrap());
        let overrides = overrides.map(|(key, value)| (key.to_owned(), value.to_owned())).collect();
        let source = ConfigSource { file: house.path("config/greenbrief.toml"), overrides };
        let clock = Clock::starting_at(at);
        let installation = Installation::new(source.read(), clock.clone());
        let store = installation.store().await.unwrap().clone();
        let figures = Arc::new(installation.figures().await.unwrap());
        let checked = CheckedConfig::read(&source, figures, Before::Start(BTreeSet::new()), clock.now());
        let checked = checked.unwrap_or_else(|problems| panic!("{problems}"));
        let (stop, stopped) = oneshot::channel::<()>();
        let until = async {
            let _ = stopped.await;
            Ok("the end of the test")
        };
        let running = daemon::run(source.clone(), checked, store, clock.clone(), scenario.to_owned(), until);
        let daemon = tokio::spawn(running);
        let store = Store::open(&url, clock.now()).await.unwrap();
        let left = Left::of(scenario);
        let heard = String::new();
        let living = Living { house, clock, port, store, server: None, heard, source, stop: Some(stop), daemon, left };
        living.answers("/health/ready", 200).await;
        living
    }

    pub fn at_server(mut self, server: Running) -> Living {
        self.server = Some(server);
        self
    }

    /// Waits until this page is answered so; gives what it says.
    pub async fn answers(&self, path: &'static str, status: u16) -> String {
        let mut said = String::new();
        self.until(path, || async {
            let port = self.port;
            let answer = spawn_blocking(move || std::panic::catch_unwind(|| get(port, path)).ok()).await.unwrap()?;
            (answer.status == status).then(|| answer.text().to_owned())
        })
        .await
        .clone_into(&mut said);
        said
    }

    /// Waits for what `look` finds.
    async fn until<T, F: Future<Output = Option<T>>>(&self, what: &str, mut look: impl FnMut() -> F) -> T {
        let begun = std::time::Instant::now();
        loop {
            if let Some(found) = look().await {
                return found;
            }
            assert!(!self.daemon.is_finished(), "the daemon ended before {what}");
            if begun.elapsed() > PATIENCE {
                panic!("not seen: {what}; status: {:#?}; mails: {:?}", self.attention().await, self.outbox().await);
            }
            sleep(Duration::from_millis(100)).await;
        }
    }

    /// What `status` says needs a person, by the daemon's clock.
    pub async fn attention(&self) -> Vec<Attention> {
        match status(&self.source, &self.clock, &|_| ()).await {
            Ok(status) => status.attention,
            Err(problem) => panic!("{problem:?}"),
        }
    }

    /// The Message-IDs in the outbox, each with its state.
    async fn outbox(&self) -> Vec<String> {
        let mails = self.store.outbox().mails(None, None, None, 1000).await.unwrap();
        mails.into_iter().map(|mail| format!("{} {} {}", mail.state, mail.message_id, mail.reply)).collect()
    }

    /// `status` and the metric tell it, `status` with this text.
    pub async fn is_told(&mut self, code: Code, text: &str) {
        self.is_in_status(code, text).await;
        self.is_counted(code).await;
    }

    /// `status` tells it with this text.
    pub async fn is_in_status(&mut self, code: Code, text: &str) {
        let attention = self
            .until(&format!("{code} in status: {text}"), || async {
                self.attention().await.into_iter().find(|found| found.code == code && found.text.contains(text))
            })
            .await;
        assert!(!attention.remedy().is_empty());
        self.left.seen(code, Way::Status);
    }

    /// The metric tells it.
    pub async fn is_counted(&mut self, code: Code) {
        let line = format!("greenbrief_attention{{code=\"{code}\"}} ");
        self.until(&format!("{code} in the metrics"), || async {
            let page = self.answers("/metrics", 200).await;
            let count = page.lines().find_map(|it| it.strip_prefix(&line)).unwrap().parse::<f64>().unwrap();
            (count > 0.0).then_some(())
        })
        .await;
        self.left.seen(code, Way::Metric);
    }

    /// A mail to the operators whose Message-ID begins so is in the outbox.
    pub async fn is_queued(&self, id: &str) {
        let found = || async { self.outbox().await.iter().any(|mail| mail.contains(&format!(" <{id}"))).then_some(()) };
        self.until(&format!("{id} in the outbox"), found).await;
    }

    /// A mail whose Message-ID begins so has reached the operators; it says this, and where it comes from.
    pub async fn is_mailed(&mut self, code: Code, id: &str, text: &str) {
        let begun = std::time::Instant::now();
        let mail = loop {
            if let Some(mail) = self.arrived(id) {
                break mail;
            }
            if begun.elapsed() > PATIENCE {
                panic!("no mail {id}; status: {:#?}; mails: {:?}", self.attention().await, self.outbox().await);
            }
            sleep(Duration::from_millis(100)).await;
        };
        // As it was written: lines that end with = go on.
        let plain = mail.replace("=\r\n", "").replace("=E2=80=A6", "…");
        assert!(plain.contains(text), "{text}: {mail}");
        assert!(plain.contains(&format!("\r\ngreenbrief {} on ", env!("CARGO_PKG_VERSION"))), "the machine: {mail}");
        let store = self.house.path("var/greenbrief.db");
        assert!(plain.contains(&format!("\r\nstore: {}\r\n", store.display())), "the store: {mail}");
        self.left.seen(code, Way::Mail);
    }

    fn arrived(&mut self, id: &str) -> Option<String> {
        let Some(server) = &mut self.server else {
            let name = self.house.outbox().into_iter().find(|name| name.starts_with(id))?;
            return Some(std::fs::read_to_string(self.house.path("reports/outbox").join(name)).unwrap());
        };
        self.heard += &server.heard().concat();
        let mails = self.heard.split("\r\n.\r\n");
        mails
            .into_iter()
            .find(|mail| mail.contains(&format!("\r\nMessage-ID: <{id}")))
            .map(|mail| format!("{mail}\r\n"))
    }

    /// Time passes.
    pub fn passes(&self, time: TimeDelta) {
        self.clock.jump(time);
    }

    /// Runs a command as another process, which must end so.
    pub async fn command(&self, code: i32, words: &[&str]) {
        let mut command = self.house.command(words);
        let done = spawn_blocking(move || command.output().unwrap()).await.unwrap();
        let told = [done.stdout, done.stderr].map(|text| String::from_utf8_lossy(&text).into_owned());
        assert_eq!(done.status.code(), Some(code), "{words:?}: {told:?}");
    }

    /// Ends the daemon. Everything that the scenario promises must have been seen.
    pub async fn end(mut self) -> House {
        let _ = self.stop.take().unwrap().send(());
        self.daemon.await.unwrap().unwrap();
        self.store.close().await;
        self.left.none();
        self.house
    }
}
