//! One task writes down every move of a mail. Moves of all sessions that come together share one commit, so that a
//! durable note before each final dot costs little. A gate (may the dot be written?) fails fast; what has happened
//! (sent, refused) is kept and tried again until the database takes it.

use std::time::Duration;

use tokio::{
    sync::{mpsc, oneshot},
    time::{Instant, sleep, timeout_at},
};
use tracing::{debug, error, info, warn};

use crate::{
    clock::Clock,
    store::{Move, Store},
};

/// How many moves share a commit at most.
const BATCH: usize = 512;
/// How long what has happened waits for company.
const LINGER: Duration = Duration::from_millis(50);
/// How often it is tried again while the database is away.
const PAUSE: Duration = Duration::from_secs(1);

struct Note {
    step: Move,
    gate: Option<oneshot::Sender<bool>>,
}

/// Where sessions hand in their moves.
#[derive(Clone)]
pub(super) struct Ledger(mpsc::Sender<Note>);

impl Ledger {
    /// Starts the task; it ends when all clones are gone and everything is written, or `bound` after that.
    pub fn start(store: Store, clock: Clock, owner: String, bound: Duration) -> (Ledger, tokio::task::JoinHandle<()>) {
        let (sender, receiver) = mpsc::channel(4 * BATCH);
        (Ledger(sender), tokio::spawn(run(store, clock, owner, receiver, bound)))
    }

    /// May this happen? True when it is durable; false if the mail was stopped or taken over, or the database is away.
    pub async fn gate(&self, step: Move) -> bool {
        let (gate, answer) = oneshot::channel();
        if self.0.send(Note { step, gate: Some(gate) }).await.is_err() {
            return false;
        }
        answer.await.unwrap_or(false)
    }

    /// This has happened.
    pub async fn note(&self, step: Move) {
        // The task ends only when every sender is gone.
        let _ = self.0.send(Note { step, gate: None }).await;
    }
}

async fn run(store: Store, clock: Clock, owner: String, mut notes: mpsc::Receiver<Note>, bound: Duration) {
    let mut waiting: Vec<Note> = Vec::new();
    let mut away = false;
    let mut ends: Option<Instant> = None;
    loop {
        gather(&mut notes, &mut waiting, &mut ends, bound).await;
        if waiting.is_empty() {
            return;
        }
        let moves: Vec<Move> = waiting.iter().map(|note| note.step.clone()).collect();
        match store.settle(&moves, &owner, clock.now()).await {
            Ok(moved) => {
                if std::mem::take(&mut away) {
                    info!("the database answers again");
                }
                for (note, moved) in waiting.drain(..).zip(moved) {
                    debug!(mail = note.step.id, state = note.step.to.word(), moved, "noted");
                    match note.gate {
                        // A session that is gone does not ask any more.
                        Some(gate) => drop(gate.send(moved)),
                        None if !moved => {
                            warn!(
                                mail = note.step.id,
                                to = note.step.to.word(),
                                reply = note.step.reply,
                                "a mail was taken over or stopped meanwhile"
                            );
                        }
                        None => {}
                    }
                }
            }
            Err(problem) => {
                if !std::mem::replace(&mut away, true) {
                    error!(%problem, "the ledger cannot be written; nothing more is sent until it can");
                }
                // Dropping a gate refuses it.
                waiting.retain(|note| note.gate.is_none());
                if ends.is_some_and(|ends| Instant::now() >= ends) {
                    error!(lost = waiting.len(), "ended without the ledger: these mails are shown as unknown");
                    return;
                }
                sleep(PAUSE).await;
            }
        }
    }
}

/// Waits for moves: a gate is not kept waiting; others wait a little for company.
async fn gather(
    notes: &mut mpsc::Receiver<Note>,
    waiting: &mut Vec<Note>,
    ends: &mut Option<Instant>,
    bound: Duration,
) {
    if waiting.is_empty() {
        match notes.recv().await {
            Some(note) => waiting.push(note),
            None => return,
        }
    }
    let until = Instant::now() + LINGER;
    while waiting.len() < BATCH {
        let next = if waiting.iter().any(|note| note.gate.is_some()) {
            notes.try_recv().ok()
        } else {
            match timeout_at(until, notes.recv()).await {
                Ok(None) => {
                    ends.get_or_insert(Instant::now() + bound);
                    None
                }
                Ok(note) => note,
                Err(_) => None,
            }
        };
        match next {
            Some(note) => waiting.push(note),
            None => return,
        }
    }
}
