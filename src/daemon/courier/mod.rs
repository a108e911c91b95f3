//! The courier takes mails from the outbox, sends them, and records what became of each. It is the only sender. What a mail
//! says is frozen with its edition; when it is tried again is in `delivery::rules`; the conversation with a server is in
//! `delivery::mail`.
//!
//! A mail's way: the `feeder` claims it from the outbox and queues it as an `in_flight` mail; a `worker` takes it from
//! the `queue`, as `dispatch` allows, and makes an `attempt`; the `ledger` writes down every move.

mod attempt;
mod counter;
mod dispatch;
mod dot_journal;
mod edition_reports;
mod feeder;
mod handover;
mod in_flight;
mod ledger;
mod message;
mod message_builder;
mod queue;
mod refusal;
mod refusals;
mod relay_state;
mod return_path;
mod shared;
mod signing;
mod taken_back;
mod worker;
mod worker_pool;

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use ring::rand::SystemRandom;
use tokio::{sync::Notify, time::sleep};
use tracing::{error, warn};

use self::{
    counter::Counter, dispatch::Dispatch, dot_journal::DotJournal, feeder::Feeder, ledger::Ledger,
    message_builder::MessageBuilder, queue::MailQueue, return_path::ReturnPath, shared::Shared, taken_back::TakenBack,
    worker_pool::WorkerPool,
};
pub use self::{dot_journal::notice_rollback, handover::run_with_handover};
use crate::{
    base::shutdown::Shutdown,
    delivery::rules::DeliveryGuarantee,
    mailing::{Letterhead, Transport},
    monitoring::{operator_mail::OperatorMailer, vitals::Vitals},
    store::Store,
    time::clock::Clock,
};

/// Maximum time for which mails under way may go on after the shutdown.
pub const DRAIN: Duration = Duration::from_secs(25);

/// Sends what is in the outbox.
pub struct Courier {
    /// The store with the outbox
    pub store: Store,
    /// The clock
    pub clock: Clock,
    /// A random id of its own, under which it claims mails
    pub owner: String,
    /// Nobody else sends from this store: what others left is settled at once.
    pub alone: bool,
    /// The sender's part of each mail
    pub letterhead: Letterhead,
    /// How mails leave
    pub transport: Transport,
    /// What becomes of a mail in doubt
    pub guarantee: DeliveryGuarantee,
    /// Mails alerts and reports of editions to the operators
    pub operator_mailer: OperatorMailer,
    /// Where it shows that it is alive, and the state of its relays
    pub vitals: Arc<Vitals>,
}

impl Courier {
    /// Sends until the shutdown; mails under way then have up to [`DRAIN`] to finish. `wake` is notified when something
    /// was put into the outbox.
    pub async fn run(self, wake: Arc<Notify>, shutdown: Shutdown) {
        self.run_until_retired(wake, shutdown.clone(), shutdown).await;
    }

    /// As [`Courier::run`], but takes no more mails from `retired` on. Mails under way then may take their time;
    /// [`DRAIN`] counts from `shutdown`.
    async fn run_until_retired(self, wake: Arc<Notify>, retired: Shutdown, shutdown: Shutdown) {
        let Courier { store, clock, owner, alone, letterhead, transport, guarantee, operator_mailer, vitals } = self;
        let taken_back = Arc::new(TakenBack::default());
        let (ledger, writer) =
            Ledger::start(store.clone(), clock.clone(), owner.clone(), taken_back.clone(), vitals.clone(), DRAIN);
        let mails_per_connection = match &transport {
            Transport::Folder(_) => u32::MAX,
            Transport::Smtp(smtp) => smtp.mails_per_connection.max(1),
        };
        let warm_up = match &transport {
            Transport::Folder(_) => None,
            Transport::Smtp(smtp) => smtp.warm_up,
        };
        let journal = DotJournal::start(&store, &owner, transport.connections());
        let shared = Arc::new(Shared {
            store: store.clone(),
            clock: clock.clone(),
            random: SystemRandom::new(),
            return_path: ReturnPath::of(&letterhead),
            warm_up,
            messages: MessageBuilder::new(store.clone(), clock.clone(), letterhead),
            guarantee,
            ledger,
            journal: journal.clone(),
            dispatch: Dispatch::new(&transport),
            under_way: Counter::new(),
            mails_per_connection,
            operator_mailer: operator_mailer.clone(),
            vitals,
            refusals: Mutex::default(),
            taken_back,
        });
        shared.vitals.relays(shared.dispatch.relays.iter().map(|relay| relay.name.clone()));
        let reports = tokio::spawn(edition_reports::run(operator_mailer, clock.clone(), retired.clone()));
        let queue = Arc::new(MailQueue::new(shared.clone()));
        let mut workers = WorkerPool::start(shared.clone(), queue.clone(), retired.clone());
        // A lease is a commit, too: few and large ones, but not so large that the ledger waits for them.
        let batch = (transport.connections() * 10).clamp(20, 200);
        let feeder = Feeder::new(store, clock, owner, alone, shared.clone(), batch);
        tokio::select! {
            () = feeder.run(&queue, &wake, retired) => {}
            () = workers.supervise() => {}
        }
        queue.close();
        let too_long = async {
            shutdown.requested().await;
            sleep(DRAIN).await;
        };
        let unfinished = tokio::select! {
            () = workers.ended() => false,
            () = too_long => true,
        };
        if unfinished {
            warn!("some mails did not end in time; those whose final dot was written are unknown");
            workers.abort().await;
        }
        reports.abort();
        // Once nobody uses the ledger, its task writes what it has and ends.
        drop((workers, queue, shared));
        match writer.await {
            Ok(true) => journal.remove(),
            // The next courier reads the journal.
            Ok(false) => {}
            Err(problem) => error!(%problem, "the ledger's task failed"),
        }
    }
}
