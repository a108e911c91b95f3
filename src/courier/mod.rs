//! Takes mails from the outbox, sends them, and records what became of each. What a mail says is frozen with its
//! edition; when it is tried again is in `delivery`; how it is said to a server is in `mail`. This is the only sender.

mod carry;
mod connection;
mod count;
mod errand;
mod feeder;
mod ledger;
mod letters;
mod refusal;
mod reports;

use std::{
    path::PathBuf,
    pin::pin,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use ring::rand::{SecureRandom, SystemRandom};
use tokio::{
    sync::{Notify, mpsc, watch},
    task::JoinSet,
    time::{Instant, timeout},
};
use tracing::{error, info, warn};

pub use self::letters::Letterhead;
use self::{count::Count, feeder::Feeder, ledger::Ledger, letters::Letters};
use crate::{
    clock::Clock,
    config::{self, Config},
    mail::session::{Login, Password, Relay, Timeouts, Tls, Trust, TrustError},
    operators::Desk,
    store::Store,
};

/// How long mails that are under way may take once the courier is asked to stop.
pub const DRAIN: Duration = Duration::from_secs(25);

/// How mails leave.
#[derive(Debug)]
pub enum Transport {
    /// One `.eml` file a mail, in this folder.
    Folder(PathBuf),
    /// To a server.
    Smtp {
        /// Which
        relay: Relay,
        /// Whose certificates it may show
        trust: Trust,
        /// Connections at a time
        connections: usize,
    },
}

impl Transport {
    /// As the config says.
    ///
    /// # Errors
    /// If the machine's certificates cannot be read.
    pub fn of(config: &Config) -> Result<Transport, TrustError> {
        match &config.mail.transport {
            config::Transport::Folder => Ok(Transport::Folder(config.paths.reports.join("outbox"))),
            config::Transport::Smtp(smtp) => Ok(Transport::Smtp {
                relay: Relay {
                    host: smtp.host.clone(),
                    port: smtp.port,
                    tls: match smtp.tls {
                        config::Tls::Implicit => Tls::Implicit,
                        config::Tls::Starttls => Tls::Starttls,
                        config::Tls::None => Tls::None,
                    },
                    login: smtp.login.as_ref().map(|login| Login {
                        username: login.username.clone(),
                        password: Password::new(login.password.expose()),
                    }),
                    helo: smtp.helo.clone(),
                    timeouts: Timeouts::default(),
                },
                trust: Trust::system()?,
                connections: smtp.connections,
            }),
        }
    }
}

/// Sends what is in the outbox.
pub struct Courier {
    /// The outbox
    pub store: Store,
    /// The time
    pub clock: Clock,
    /// This process' random id
    pub owner: String,
    /// Is nobody else sending from this store? Then what others left is settled at once.
    pub alone: bool,
    /// From whom mails come
    pub letterhead: Letterhead,
    /// How mails leave
    pub transport: Transport,
    /// Where operators are told what needs them, and how an edition went
    pub desk: Desk,
}

/// What all connections share.
struct Shared {
    clock: Clock,
    letters: Letters,
    transport: Transport,
    ledger: Ledger,
    random: SystemRandom,
    /// Mails that are claimed and whose end is not durable
    under_way: Count,
    /// Connections that are open, and those that are being opened
    connected: Count,
    connecting: Count,
    away: Mutex<Away>,
    store: Store,
    desk: Desk,
    refusals: Mutex<refusal::Row>,
}

/// What is known of a server to which no connection can be opened.
#[derive(Default)]
struct Away {
    /// How often in a row that was found out
    times: u32,
    /// When it was found out last, and until when nothing is tried
    since: Option<(Instant, Instant)>,
    why: String,
}

impl Shared {
    /// Evenly from 0 to 1.
    fn random(&self) -> f64 {
        let mut bytes = [0; 4];
        // Without randomness retries only lose their jitter.
        let _ = self.random.fill(&mut bytes);
        f64::from(u32::from_le_bytes(bytes)) / f64::from(u32::MAX)
    }

    /// A connection could not be opened and no other is: none is tried for a while, 1 s, 2 s, 4 s … 60 s. Attempts that
    /// began before that was known count as the same.
    fn server_is_away(&self, why: &str, began: Instant) {
        let mut away = self.away.lock().unwrap_or_else(PoisonError::into_inner);
        if away.since.is_some_and(|(since, _)| began <= since) {
            return;
        }
        if away.times == 0 {
            warn!(why, "the mail server cannot be reached; mails wait");
        }
        let now = Instant::now();
        away.since = Some((now, now + connection::pause(away.times)));
        away.times += 1;
        why.clone_into(&mut away.why);
    }

    /// Is it away, as far as the last attempt tells?
    fn was_away(&self) -> bool {
        self.away.lock().unwrap_or_else(PoisonError::into_inner).times > 0
    }

    fn server_is_there(&self) {
        let mut away = self.away.lock().unwrap_or_else(PoisonError::into_inner);
        if std::mem::take(&mut *away).times > 0 {
            info!("the mail server answers again");
        }
    }

    /// Until when nothing is tried, if the server is away.
    fn away_until(&self) -> Option<Instant> {
        let away = self.away.lock().unwrap_or_else(PoisonError::into_inner);
        away.since.map(|(_, until)| until).filter(|until| *until > Instant::now())
    }

    /// Why nothing is tried now, if the server is away.
    fn away(&self) -> Option<String> {
        self.away_until()?;
        Some(self.away.lock().unwrap_or_else(PoisonError::into_inner).why.clone())
    }
}

/// Comes when `stop` is true, or nobody is there any more who could make it so.
async fn over(stop: &mut watch::Receiver<bool>) {
    let _ = stop.wait_for(|stop| *stop).await;
}

fn is_over(stop: &watch::Receiver<bool>) -> bool {
    *stop.borrow() || stop.has_changed().is_err()
}

impl Courier {
    /// Sends until `stop` becomes true; then what is under way is finished, for at most `DRAIN`. `wake` tells that
    /// something was put into the outbox.
    pub async fn run(self, wake: Arc<Notify>, stop: watch::Receiver<bool>) {
        let Courier { store, clock, owner, alone, letterhead, transport, desk } = self;
        let (ledger, writer) = Ledger::start(store.clone(), clock.clone(), owner.clone(), DRAIN);
        let connections = match &transport {
            Transport::Folder(_) => 1,
            Transport::Smtp { connections, .. } => (*connections).max(1),
        };
        let shared = Arc::new(Shared {
            clock: clock.clone(),
            letters: Letters::new(store.clone(), letterhead),
            transport,
            ledger,
            random: SystemRandom::new(),
            under_way: Count::new(),
            connected: Count::new(),
            connecting: Count::new(),
            away: Mutex::default(),
            store: store.clone(),
            desk: desk.clone(),
            refusals: Mutex::default(),
        });
        let reports = tokio::spawn(reports::run(desk, clock.clone(), stop.clone()));
        // A lease is a commit, too: few and large ones, but not so large that the ledger waits for them.
        let batch = (connections * 10).clamp(20, 200);
        let (queue, errands) = mpsc::channel(batch);
        let errands = Arc::new(tokio::sync::Mutex::new(errands));
        let connection = || connection::run(shared.clone(), errands.clone(), stop.clone());
        let mut sessions = JoinSet::new();
        for _ in 0..connections {
            sessions.spawn(connection());
        }
        {
            let feeder = Feeder::new(store, clock, owner, alone, shared.clone(), batch);
            let mut feeding = pin!(feeder.run(queue, &wake, stop.clone()));
            loop {
                tokio::select! {
                    () = &mut feeding => break,
                    // As long as there is a queue, a connection's task ends only if it is broken.
                    Some(ended) = sessions.join_next() => {
                        error!(?ended, "a connection's task ended badly; another takes its place");
                        sessions.spawn(connection());
                    }
                }
            }
        }
        let drained = timeout(DRAIN, async { while sessions.join_next().await.is_some() {} }).await;
        if drained.is_err() {
            warn!("some mails did not end in time; where the dot was written they are unknown");
            sessions.shutdown().await;
        }
        reports.abort();
        // Errands that nobody took go back; then the ledger, whose last users these are, writes down what it has.
        drop(errands);
        drop(shared);
        if let Err(problem) = writer.await {
            error!(%problem, "the ledger's task ended badly");
        }
    }
}
