//! Takes mails from the outbox, sends them, and records what became of each. What a mail says is frozen with its
//! edition; when it is tried again is in `delivery`; how it is said to a server is in `mail`. This is the only sender.

mod carry;
mod connection;
mod count;
mod errand;
mod feeder;
mod ledger;
mod letters;
mod marks;
mod refusal;
mod relays;
mod reports;
mod signing;
mod succession;
mod turns;
mod waiting;

use std::{
    collections::HashMap,
    pin::pin,
    sync::{Arc, Mutex},
    time::Duration,
};

use ring::rand::{SecureRandom, SystemRandom};
use tokio::{sync::Notify, task::JoinSet, time::sleep};
use tracing::{Instrument, Span, error, info_span, warn};

use self::{
    count::Count, feeder::Feeder, ledger::Ledger, letters::Letters, marks::Marks, turns::Turns, waiting::Waiting,
};
pub use self::{
    letters::Letterhead,
    relays::{Route, Smtp, Transport},
    succession::in_turn,
};
use crate::{
    base::shutdown::Shutdown,
    delivery::rules::DeliveryGuarantee,
    monitoring::{operator_mail::OperatorMailer, vitals::Vitals},
    store::Store,
    time::clock::Clock,
};

/// How long mails that are under way may take once the courier is asked to stop.
pub const DRAIN: Duration = Duration::from_secs(25);

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
    /// What becomes of a mail in doubt
    pub policy: DeliveryGuarantee,
    /// Where operators are told what needs them, and how an edition went
    pub operator_mailer: OperatorMailer,
    /// Where it shows that it is alive, and how the relays stand
    pub vitals: Arc<Vitals>,
}

/// What all connections share.
struct Shared {
    clock: Clock,
    letters: Letters,
    policy: DeliveryGuarantee,
    ledger: Ledger,
    marks: Arc<Marks>,
    random: SystemRandom,
    /// Mails that are claimed and whose end is not durable
    under_way: Count,
    /// The relays, and by which and how fast mails go
    turns: Turns,
    /// After so many mails a connection takes leave
    mails_per_connection: u32,
    store: Store,
    operator_mailer: OperatorMailer,
    vitals: Arc<Vitals>,
    refusals: Mutex<refusal::Row>,
}

impl Shared {
    /// Evenly from 0 to 1.
    fn random(&self) -> f64 {
        let mut bytes = [0; 4];
        // Without randomness retries only lose their jitter.
        let _ = self.random.fill(&mut bytes);
        f64::from(u32::from_le_bytes(bytes)) / f64::from(u32::MAX)
    }
}

impl Courier {
    /// Sends until the shutdown; mails under way then have up to [`DRAIN`] to finish. `wake` is notified when something
    /// was put into the outbox.
    pub async fn run(self, wake: Arc<Notify>, shutdown: Shutdown) {
        self.run_until(wake, shutdown.clone(), shutdown).await;
    }

    /// As [`Courier::run`], but takes no more mails from `retired` on. Mails under way then may take their time;
    /// [`DRAIN`] counts from `shutdown`.
    async fn run_until(self, wake: Arc<Notify>, retired: Shutdown, shutdown: Shutdown) {
        let Courier { store, clock, owner, alone, letterhead, transport, policy, operator_mailer, vitals } = self;
        let (ledger, writer) = Ledger::start(store.clone(), clock.clone(), owner.clone(), DRAIN);
        let mails_per_connection = match &transport {
            Transport::Folder(_) => u32::MAX,
            Transport::Smtp(smtp) => smtp.mails_per_connection.max(1),
        };
        let marks = Marks::start(&store, &owner, transport.connections());
        let shared = Arc::new(Shared {
            clock: clock.clone(),
            letters: Letters::new(store.clone(), letterhead),
            policy,
            ledger,
            marks: marks.clone(),
            random: SystemRandom::new(),
            under_way: Count::new(),
            turns: Turns::new(&transport),
            mails_per_connection,
            store: store.clone(),
            operator_mailer: operator_mailer.clone(),
            vitals,
            refusals: Mutex::default(),
        });
        shared.vitals.relays(shared.turns.stations.iter().map(|station| station.name.clone()));
        let reports = tokio::spawn(reports::run(operator_mailer, clock.clone(), retired.clone()));
        let waiting = Arc::new(Waiting::new(shared.clone()));
        let mut sessions = JoinSet::new();
        // By task, so that one that is broken is replaced by one to the same relay.
        let mut relays = HashMap::new();
        let connect = |sessions: &mut JoinSet<()>, relay: usize, name: &str| {
            let connection = connection::run(shared.clone(), relay, waiting.clone(), retired.clone());
            // What is said about one of several relays names it.
            let several = shared.turns.stations.len() > 1;
            let span = if several { info_span!("connection", relay = name) } else { Span::none() };
            sessions.spawn(connection.instrument(span)).id()
        };
        for (relay, station) in shared.turns.stations.iter().enumerate() {
            for _ in 0..station.connections {
                relays.insert(connect(&mut sessions, relay, &station.name), relay);
            }
        }
        let connections = relays.len();
        // A lease is a commit, too: few and large ones, but not so large that the ledger waits for them.
        let batch = (connections * 10).clamp(20, 200);
        {
            let feeder = Feeder::new(store, clock, owner, alone, shared.clone(), batch);
            let mut feeding = pin!(feeder.run(&waiting, &wake, retired.clone()));
            loop {
                tokio::select! {
                    () = &mut feeding => break,
                    // As long as there are mails to come, a connection's task ends only if it is broken.
                    Some(ended) = sessions.join_next_with_id() => {
                        error!(?ended, "a connection's task ended badly; another takes its place");
                        let id = ended.map_or_else(|broken| broken.id(), |(id, ())| id);
                        let relay = relays.remove(&id).unwrap_or(0);
                        let name = shared.turns.stations.get(relay).map_or("", |station| &*station.name);
                        relays.insert(connect(&mut sessions, relay, name), relay);
                    }
                }
            }
        }
        // Mails that nobody took go back.
        waiting.close();
        let drained = async { while sessions.join_next().await.is_some() {} };
        let too_long = async {
            shutdown.requested().await;
            sleep(DRAIN).await;
        };
        let left = tokio::select! {
            () = drained => false,
            () = too_long => true,
        };
        if left {
            warn!("some mails did not end in time; where the dot was written they are unknown");
            sessions.shutdown().await;
        }
        reports.abort();
        // The ledger, whose last users these are, writes down what it has.
        drop(waiting);
        drop(shared);
        match writer.await {
            Ok(true) => marks.remove(),
            // The next courier reads them.
            Ok(false) => {}
            Err(problem) => error!(%problem, "the ledger's task ended badly"),
        }
    }
}
