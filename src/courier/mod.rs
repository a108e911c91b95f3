//! Takes mails from the outbox, sends them, and records what became of each. What a mail says is frozen with its
//! edition; when it is tried again is in `delivery`; how it is said to a server is in `mail`. This is the only sender.

mod carry;
mod ledger;
mod letters;

use std::{
    collections::BTreeSet,
    path::PathBuf,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU32, AtomicUsize, Ordering},
    },
    time::Duration,
};

use chrono::TimeDelta;
use ring::rand::{SecureRandom, SystemRandom};
use tokio::{
    sync::{Notify, mpsc, watch},
    task::JoinSet,
    time::{Instant, sleep, timeout},
};
use tracing::{error, info, warn};

pub use self::letters::Letterhead;
use self::{ledger::Ledger, letters::Letters};
use crate::{
    clock::Clock,
    config::{self, Config},
    delivery::State,
    mail::session::{Login, Password, Relay, Session, Timeouts, Tls, Trust, TrustError},
    store::{Claim, Lease, Move, Store},
};

/// A claim that is older belongs to a courier that is gone: longer than any session's timeouts together.
const LEASE: TimeDelta = TimeDelta::minutes(45);
/// Mails put into the outbox by other processes are found after this time at most.
const LOOK: Duration = Duration::from_secs(1);
/// An idle connection is ended after this time.
const IDLE: Duration = Duration::from_secs(10);
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
}

/// What all sessions share.
struct Shared {
    clock: Clock,
    letters: Letters,
    transport: Transport,
    ledger: Ledger,
    random: SystemRandom,
    /// Mails claimed and not yet settled
    under_way: AtomicUsize,
    /// Connections in a row that could not be opened, and until when no other is tried
    away: AtomicU32,
    away_until: Mutex<Option<Instant>>,
    /// Something was settled
    done: Notify,
}

impl Shared {
    /// Evenly from 0 to 1.
    fn random(&self) -> f64 {
        let mut bytes = [0; 4];
        // Without randomness retries only lose their jitter.
        let _ = self.random.fill(&mut bytes);
        f64::from(u32::from_le_bytes(bytes)) / f64::from(u32::MAX)
    }

    /// After a connection that could not be opened, none is tried for a while: 1 s, 2 s, 4 s … 60 s.
    fn server_is_away(&self, why: &str) {
        let times = self.away.fetch_add(1, Ordering::Relaxed).min(6);
        if times == 0 {
            warn!(why, "the mail server cannot be reached; mails wait");
        }
        let until = Instant::now() + Duration::from_secs((1u64 << times).min(60));
        *self.away_until.lock().unwrap_or_else(PoisonError::into_inner) = Some(until);
    }

    fn server_is_there(&self) {
        if self.away.swap(0, Ordering::Relaxed) > 0 {
            info!("the mail server answers again");
            *self.away_until.lock().unwrap_or_else(PoisonError::into_inner) = None;
        }
    }

    fn away_until(&self) -> Option<Instant> {
        let until = *self.away_until.lock().unwrap_or_else(PoisonError::into_inner);
        until.filter(|until| *until > Instant::now())
    }
}

impl Courier {
    /// Sends until `stop` becomes true; then what is under way is finished, for at most `DRAIN`. `wake` tells that
    /// something was put into the outbox.
    pub async fn run(self, wake: Arc<Notify>, mut stop: watch::Receiver<bool>) {
        let Courier { store, clock, owner, alone, letterhead, transport } = self;
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
            under_way: AtomicUsize::new(0),
            away: AtomicU32::new(0),
            away_until: Mutex::new(None),
            done: Notify::new(),
        });
        let batch = (connections * 4).clamp(16, 100);
        let (queue, claims) = mpsc::channel(batch);
        let claims = Arc::new(tokio::sync::Mutex::new(claims));
        let mut sessions = JoinSet::new();
        for _ in 0..connections {
            sessions.spawn(session(shared.clone(), claims.clone(), stop.clone()));
        }
        let mut feeder = Feeder { store, clock, owner, alone, shared, batch, touched: BTreeSet::new(), away: false };
        feeder.run(queue, &wake, &mut stop).await;
        let Feeder { shared, .. } = feeder;
        drop(shared);
        let drained = timeout(DRAIN, async { while sessions.join_next().await.is_some() {} }).await;
        if drained.is_err() {
            warn!("some mails did not end in time; where the dot was written they are shown as unknown");
            sessions.shutdown().await;
        }
        if let Err(problem) = writer.await {
            error!(%problem, "the ledger's task ended badly");
        }
    }
}

/// Claims mails and hands them to the sessions.
struct Feeder {
    store: Store,
    clock: Clock,
    owner: String,
    alone: bool,
    shared: Arc<Shared>,
    batch: usize,
    /// Editions of which mails went since the outbox was last empty
    touched: BTreeSet<i64>,
    away: bool,
}

impl Feeder {
    async fn run(&mut self, queue: mpsc::Sender<Claim>, wake: &Notify, stop: &mut watch::Receiver<bool>) {
        let mut recovered = None;
        while !*stop.borrow() {
            if recovered.is_none_or(|at: Instant| at.elapsed() > Duration::from_secs(60)) {
                self.recover(recovered.is_none()).await;
                recovered = Some(Instant::now());
            }
            let claimed = if self.shared.away_until().is_some() { Ok(0) } else { self.claim(&queue).await };
            let idle = match claimed {
                Ok(count) => {
                    if std::mem::take(&mut self.away) {
                        info!("the database answers again");
                    }
                    count == 0
                }
                Err(problem) => {
                    if !std::mem::replace(&mut self.away, true) {
                        error!(%problem, "the outbox cannot be read; tried again every second");
                    }
                    true
                }
            };
            if idle {
                self.tell().await;
                let pause = match self.shared.away_until() {
                    Some(until) => until.saturating_duration_since(Instant::now()).min(LOOK),
                    None => LOOK,
                };
                tokio::select! {
                    () = wake.notified() => {}
                    () = self.shared.done.notified() => {}
                    () = sleep(pause) => {}
                    _ = stop.changed() => {}
                }
            }
        }
        self.tell().await;
    }

    async fn claim(&mut self, queue: &mpsc::Sender<Claim>) -> Result<usize, crate::store::Error> {
        let room = self.batch.saturating_sub(self.shared.under_way.load(Ordering::Relaxed));
        if room < self.batch / 4 {
            return Ok(0);
        }
        let lease = Lease { owner: &self.owner, now: self.clock.now(), length: LEASE };
        let claims = self.store.lease(&lease, i64::try_from(room).unwrap_or(0)).await?;
        let count = claims.len();
        for claim in claims {
            self.touched.extend(claim.edition);
            self.shared.under_way.fetch_add(1, Ordering::Relaxed);
            // Sessions end only after the queue.
            let _ = queue.send(claim).await;
        }
        Ok(count)
    }

    async fn recover(&self, first: bool) {
        match self.store.recover(&self.owner, self.alone && first, self.clock.now()).await {
            Ok(found) => {
                if found.returned > 0 {
                    info!(mails = found.returned, "mails that another courier had claimed wait again");
                }
                if found.unknown > 0 {
                    warn!(
                        mails = found.unknown,
                        "nobody can say whether these mails went out: they are unknown and not sent again"
                    );
                }
            }
            Err(problem) => warn!(%problem, "what other couriers left could not be settled yet"),
        }
    }

    /// Once the outbox is quiet: what became of the editions that were being sent.
    async fn tell(&mut self) {
        if self.touched.is_empty() || self.shared.under_way.load(Ordering::Relaxed) > 0 {
            return;
        }
        for edition in std::mem::take(&mut self.touched) {
            let (Ok(tally), Ok(Some(name))) =
                (self.store.tally(Some(edition)).await, self.store.edition_name(edition).await)
            else {
                continue;
            };
            if tally.of(State::Pending) + tally.of(State::Claimed) + tally.of(State::DotWritten) > 0 {
                self.touched.insert(edition);
                continue;
            }
            info!(
                edition = name,
                sent = tally.of(State::Sent),
                deferred = tally.of(State::Deferred),
                failed = tally.of(State::Failed),
                unknown = tally.of(State::Unknown),
                cancelled = tally.of(State::Cancelled),
                expired = tally.of(State::Expired),
                "the outbox is quiet"
            );
        }
    }
}

/// One connection's worth of sending: mail after mail over the same session while there are any.
async fn session(
    shared: Arc<Shared>,
    claims: Arc<tokio::sync::Mutex<mpsc::Receiver<Claim>>>,
    stop: watch::Receiver<bool>,
) {
    let mut open: Option<Session> = None;
    loop {
        let next = async { claims.lock().await.recv().await };
        let claim = match &open {
            None => next.await,
            Some(_) => match timeout(IDLE, next).await {
                Ok(claim) => claim,
                Err(_) => {
                    if let Some(open) = open.take() {
                        open.quit().await;
                    }
                    continue;
                }
            },
        };
        let Some(claim) = claim else { break };
        if *stop.borrow() {
            let back =
                Move { id: claim.id, attempt: claim.attempt, to: State::Pending, reply: String::new(), due: None };
            shared.ledger.note(back).await;
        } else {
            shared.carry(claim, &mut open).await;
        }
        shared.under_way.fetch_sub(1, Ordering::Relaxed);
        shared.done.notify_one();
    }
    if let Some(open) = open {
        open.quit().await;
    }
}
