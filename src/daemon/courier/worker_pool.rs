//! The workers of all relays, as many for each as it has connections; one whose task breaks is replaced.

use std::{collections::HashMap, future::pending, sync::Arc};

use tokio::task::{Id, JoinSet};
use tracing::{Instrument, Span, error, info_span};

use super::{queue::MailQueue, shared::Shared, worker::Worker};
use crate::base::shutdown::Shutdown;

pub(super) struct WorkerPool {
    shared: Arc<Shared>,
    queue: Arc<MailQueue>,
    shutdown: Shutdown,
    tasks: JoinSet<()>,
    /// The relay of each task
    relays: HashMap<Id, usize>,
}

impl WorkerPool {
    pub fn start(shared: Arc<Shared>, queue: Arc<MailQueue>, shutdown: Shutdown) -> WorkerPool {
        let connections: Vec<usize> = shared.dispatch.relays.iter().map(|relay| relay.connections).collect();
        let mut pool = WorkerPool { shared, queue, shutdown, tasks: JoinSet::new(), relays: HashMap::new() };
        for (relay, connections) in connections.into_iter().enumerate() {
            for _ in 0..connections {
                pool.spawn(relay);
            }
        }
        pool
    }

    fn spawn(&mut self, relay: usize) {
        let worker = Worker::new(self.shared.clone(), self.queue.clone(), relay, self.shutdown.clone());
        // If there are several relays, log lines name the one that they are about.
        let span = match &*self.shared.dispatch.relays {
            [_] => Span::none(),
            relays => info_span!("connection", relay = relays.get(relay).map_or("", |relay| &*relay.name)),
        };
        let task = self.tasks.spawn(worker.run().instrument(span)).id();
        self.relays.insert(task, relay);
    }

    /// Replaces workers whose tasks end: while mails may come, only a broken one does. Never returns.
    pub async fn supervise(&mut self) {
        while let Some(ended) = self.tasks.join_next_with_id().await {
            error!(?ended, "a connection's task failed; another takes its place");
            let task = ended.map_or_else(|broken| broken.id(), |(id, ())| id);
            let relay = self.relays.remove(&task).unwrap_or(0);
            self.spawn(relay);
        }
        pending().await
    }

    /// Waits until all workers have ended.
    pub async fn ended(&mut self) {
        while self.tasks.join_next().await.is_some() {}
    }

    /// Aborts all workers and waits for that.
    pub async fn abort(&mut self) {
        self.tasks.shutdown().await;
    }
}
