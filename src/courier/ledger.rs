//! One task writes down every move of a mail. Moves of all sessions that come together share one commit, so that a
//! durable note before each final dot costs little; where gates come faster than the disk writes, a commit waits a
//! little for them, so that fewer of them carry more. A gate (may the dot be written?) fails fast; what has happened (sent,
//! refused) is kept and tried again until the database takes it.

use std::time::Duration;

use tokio::{
    sync::{mpsc, oneshot, watch},
    time::{Instant, sleep, timeout_at},
};
use tracing::{debug, error, info, warn};

use super::count::Counted;
use crate::{
    clock::Clock,
    store::{Move, Store},
};

/// How many moves share a commit at most.
const BATCH: usize = 512;
/// How long what has happened waits for company.
const LINGER: Duration = Duration::from_millis(50);
/// How long the disk rests after a commit, in lengths of that commit. Less, and commits follow each other without a pause,
/// each with two mails of ten connections; more, and connections wait for a disk that waits for them.
const REST: f64 = 1.5;
/// How often it is tried again while the database is away.
const PAUSE: Duration = Duration::from_secs(1);

struct Note {
    step: Move,
    gate: Option<oneshot::Sender<bool>>,
    /// The mail counts as under way until its end is durable.
    _mail: Option<Counted>,
}

/// Where sessions hand in their moves.
#[derive(Clone)]
pub(super) struct Ledger {
    /// Not bounded, so that a note needs no waiting: each mail under way has one gate and one end in it at most.
    notes: mpsc::UnboundedSender<Note>,
    away: watch::Receiver<bool>,
}

impl Ledger {
    /// Starts the task; it ends when all clones are gone and everything is written, or `bound` after that.
    pub fn start(store: Store, clock: Clock, owner: String, bound: Duration) -> (Ledger, tokio::task::JoinHandle<()>) {
        let (notes, receiver) = mpsc::unbounded_channel();
        let (tell, away) = watch::channel(false);
        let writer = Writer { store, clock, owner, away: tell };
        (Ledger { notes, away }, tokio::spawn(writer.run(receiver, bound)))
    }

    /// May this happen? True when it is durable; false if the mail was stopped or taken over, or the database is away.
    pub async fn gate(&self, step: Move) -> bool {
        let (gate, answer) = oneshot::channel();
        let sent = self.notes.send(Note { step, gate: Some(gate), _mail: None });
        sent.is_ok() && answer.await.unwrap_or(false)
    }

    /// This has happened; with it the mail has come to its end, as far as this attempt goes.
    pub fn note(&self, step: Move, mail: Counted) {
        if let Err(lost) = self.notes.send(Note { step, gate: None, _mail: Some(mail) }) {
            error!(mail = lost.0.step.id, to = lost.0.step.to.word(), "the ledger's task is gone: not noted");
        }
    }

    /// Waits while the database is away: a mail that is begun now could not be ended.
    pub async fn ready(&self) {
        // Fails only when the task is gone; then the gate refuses.
        let _ = self.away.clone().wait_for(|away| !away).await;
    }

    /// Has the task ended although somebody still needs it?
    pub fn is_gone(&self) -> bool {
        self.notes.is_closed()
    }
}

struct Writer {
    store: Store,
    clock: Clock,
    owner: String,
    away: watch::Sender<bool>,
}

impl Writer {
    async fn run(self, mut notes: mpsc::UnboundedReceiver<Note>, bound: Duration) {
        let mut waiting: Vec<Note> = Vec::new();
        let mut ends: Option<Instant> = None;
        let mut rest = Instant::now();
        loop {
            gather(&mut notes, &mut waiting, &mut ends, bound, rest).await;
            if waiting.is_empty() {
                return;
            }
            let began = Instant::now();
            let moves: Vec<Move> = waiting.iter().map(|note| note.step.clone()).collect();
            match self.store.settle(&moves, &self.owner, self.clock.now()).await {
                Ok(moved) => {
                    // Who sends alone has nobody to wait for.
                    let gates = waiting.iter().filter(|note| note.gate.is_some()).count();
                    let length = if gates > 1 { began.elapsed().mul_f64(REST).min(LINGER) } else { Duration::ZERO };
                    rest = Instant::now() + length;
                    if self.away.send_replace(false) {
                        info!("the database answers again");
                    }
                    for (note, moved) in waiting.drain(..).zip(moved) {
                        told(note, moved);
                    }
                }
                Err(problem) => {
                    if !self.away.send_replace(true) {
                        error!(%problem, "the ledger cannot be written; nothing more is sent until it can");
                    }
                    // Dropping a gate refuses it.
                    waiting.retain(|note| note.gate.is_none());
                    if ends.is_some_and(|ends| Instant::now() >= ends) {
                        error!(lost = waiting.len(), "ended without the ledger: these mails are shown as unknown");
                        return;
                    }
                    sleep(PAUSE).await;
                    if waiting.is_empty() && notes.is_empty() {
                        // Nothing is left to try with: the next mail finds out.
                        self.away.send_replace(false);
                    }
                }
            }
        }
    }
}

fn told(note: Note, moved: bool) {
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

/// Waits for moves: a gate is kept waiting only until `rest`; others wait a little for company.
async fn gather(
    notes: &mut mpsc::UnboundedReceiver<Note>,
    waiting: &mut Vec<Note>,
    ends: &mut Option<Instant>,
    bound: Duration,
    rest: Instant,
) {
    if waiting.is_empty() {
        match notes.recv().await {
            Some(note) => waiting.push(note),
            None => return,
        }
    }
    let until = Instant::now() + LINGER;
    while waiting.len() < BATCH {
        // What is there already is taken also after that time.
        let until = if waiting.iter().any(|note| note.gate.is_some()) { rest } else { until };
        let next = match timeout_at(until, notes.recv()).await {
            Ok(None) => {
                ends.get_or_insert(Instant::now() + bound);
                None
            }
            Ok(note) => note,
            Err(_) => None,
        };
        match next {
            Some(note) => waiting.push(note),
            None => return,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{courier::count::Count, delivery::State};

    fn step(id: i64, to: State) -> Move {
        Move { id, attempt: 1, to, reply: String::new(), due: None }
    }

    /// A ledger whose task is the test.
    fn ledger() -> (Ledger, mpsc::UnboundedReceiver<Note>, watch::Sender<bool>) {
        let (notes, receiver) = mpsc::unbounded_channel();
        let (tell, away) = watch::channel(false);
        (Ledger { notes, away }, receiver, tell)
    }

    async fn gathered(notes: &mut mpsc::UnboundedReceiver<Note>) -> (Vec<Note>, Duration) {
        let (mut waiting, mut ends, start) = (Vec::new(), None, Instant::now());
        gather(notes, &mut waiting, &mut ends, Duration::ZERO, start).await;
        (waiting, start.elapsed())
    }

    #[tokio::test(start_paused = true)]
    async fn while_the_disk_rests_gates_come_together_and_no_longer() {
        let (ledger, mut notes, _tell) = ledger();
        let ask = |id: i64, after: u64| {
            let ledger = ledger.clone();
            tokio::spawn(async move {
                sleep(Duration::from_millis(after)).await;
                ledger.gate(step(id, State::DotWritten)).await
            })
        };
        let gates = [ask(1, 0), ask(2, 2), ask(3, 9)];
        let (mut waiting, mut ends, start) = (Vec::new(), None, Instant::now());
        gather(&mut notes, &mut waiting, &mut ends, Duration::ZERO, start + Duration::from_millis(4)).await;
        assert_eq!((waiting.len(), start.elapsed().as_millis()), (2, 4));
        drop(waiting);
        let (third, _) = gathered(&mut notes).await;
        assert_eq!(third.len(), 1);
        drop(third);
        for gate in gates {
            assert!(!gate.await.unwrap());
        }
    }

    #[tokio::test(start_paused = true)]
    async fn gates_that_wait_together_share_a_commit_at_once() {
        let (ledger, mut notes, _tell) = ledger();
        let gates: Vec<_> = (0..100)
            .map(|id| {
                let ledger = ledger.clone();
                tokio::spawn(async move { ledger.gate(step(id, State::DotWritten)).await })
            })
            .collect();
        while notes.len() < 100 {
            tokio::task::yield_now().await;
        }
        let (waiting, took) = gathered(&mut notes).await;
        assert_eq!((waiting.len(), took), (100, Duration::ZERO));
        for note in waiting {
            let odd = note.step.id % 2 == 1;
            told(note, odd);
        }
        for (id, gate) in gates.into_iter().enumerate() {
            assert_eq!(gate.await.unwrap(), id % 2 == 1);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn what_has_happened_waits_a_little_and_rides_with_the_next_gate() {
        let (ledger, mut notes, _tell) = ledger();
        let count = Count::new();
        for id in 0..3 {
            ledger.note(step(id, State::Sent), count.one());
        }
        let (alone, took) = gathered(&mut notes).await;
        assert_eq!((alone.len(), took), (3, LINGER));
        assert_eq!(count.number(), 3, "until it is durable");
        drop(alone);
        assert_eq!(count.number(), 0);
        ledger.note(step(4, State::Sent), count.one());
        let gate = tokio::spawn(async move { ledger.gate(step(5, State::DotWritten)).await });
        tokio::task::yield_now().await;
        let (both, took) = gathered(&mut notes).await;
        assert_eq!((both.len(), took), (2, Duration::ZERO));
        drop(both);
        assert!(!gate.await.unwrap(), "a gate that is dropped is refused");
    }

    #[tokio::test(start_paused = true)]
    async fn a_commit_has_a_size() {
        let (ledger, mut notes, _tell) = ledger();
        let count = Count::new();
        for id in 0..600 {
            ledger.note(step(id, State::Sent), count.one());
        }
        assert_eq!(gathered(&mut notes).await.0.len(), BATCH);
        assert_eq!(gathered(&mut notes).await.0.len(), 600 - BATCH);
        drop(ledger);
        assert!(gathered(&mut notes).await.0.is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn without_its_task_nothing_is_allowed_and_that_is_known() {
        let (ledger, notes, tell) = ledger();
        tell.send_replace(true);
        drop((notes, tell));
        assert!(ledger.is_gone());
        ledger.ready().await;
        assert!(!ledger.gate(step(1, State::DotWritten)).await);
        let count = Count::new();
        ledger.note(step(1, State::Deferred), count.one());
        assert_eq!(count.number(), 0);
    }
}
