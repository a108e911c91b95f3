//! One task writes down every move of a mail. A durable note before each final dot costs little, since many share a commit:
//! a mail is declared when its envelope goes out, and the first session that needs its gate (may the dot be written?) takes
//! all declared ones along, with what has happened since. A gate fails fast; what has happened (sent, refused) is kept and
//! tried again until the database takes it.

use std::{mem, time::Duration};

use tokio::{
    sync::{mpsc, oneshot, watch},
    time::{Instant, sleep, timeout_at},
};
use tracing::{debug, error, info, warn};

use super::{count::Counted, marks::Mark};
use crate::{
    base::ids::MailId,
    store::{Move, Store},
    time::clock::Clock,
};

/// So many moves are written without waiting for more.
const BATCH: usize = 512;
/// How long what has happened waits for company.
const LINGER: Duration = Duration::from_millis(50);
/// How often it is tried again while the database is away.
const PAUSE: Duration = Duration::from_secs(1);

/// What sessions say to the task.
enum Word {
    /// This may be needed soon.
    Declared(Asked),
    /// The session of this mail waits for its gate.
    Needed(MailId),
    /// This has happened.
    Happened(Happened),
}

/// A move that is made.
struct Happened {
    step: Move,
    /// The mail counts as under way until its end is durable.
    _mail: Counted,
    /// Until then its mark stays, too.
    _mark: Option<Mark>,
}

/// A move that is asked for before it is made.
struct Asked {
    step: Move,
    answer: oneshot::Sender<bool>,
    needed: bool,
}

/// Where sessions hand in their moves.
#[derive(Clone)]
pub(super) struct Ledger {
    /// Not bounded, so that a word needs no waiting: each mail under way has one gate and one end in it at most.
    words: mpsc::UnboundedSender<Word>,
    away: watch::Receiver<bool>,
}

impl Ledger {
    /// Starts the task; it ends when all clones are gone and everything is written, or `bound` after that. Gives whether
    /// everything is.
    pub fn start(
        store: Store,
        clock: Clock,
        owner: String,
        bound: Duration,
    ) -> (Ledger, tokio::task::JoinHandle<bool>) {
        let (words, receiver) = mpsc::unbounded_channel();
        let (tell, away) = watch::channel(false);
        let writer = Writer { store, clock, owner, away: tell };
        (Ledger { words, away }, tokio::spawn(writer.run(receiver, bound)))
    }

    /// This will be asked soon: it is written with the next commit that somebody needs. Dropped before that, it is not.
    pub fn declare(&self, step: Move) -> Gate {
        let (id, (answer, answered)) = (step.id, oneshot::channel());
        // Fails only when the task is gone; then the gate refuses.
        let _ = self.words.send(Word::Declared(Asked { step, answer, needed: false }));
        Gate { id, answered, words: self.words.clone(), needed: false }
    }

    /// This has happened; with it the mail has come to its end, as far as this attempt goes.
    pub fn note(&self, step: Move, mail: Counted, mark: Option<Mark>) {
        if let Err(lost) = self.words.send(Word::Happened(Happened { step, _mail: mail, _mark: mark }))
            && let Word::Happened(Happened { step, .. }) = lost.0
        {
            error!(mail = step.id.get(), to = step.to.word(), "the ledger's task is gone: not noted");
        }
    }

    /// Waits while the database is away: a mail that is begun now could not be ended.
    pub async fn ready(&self) {
        // Fails only when the task is gone; then the gate refuses.
        let _ = self.away.clone().wait_for(|away| !away).await;
    }

    /// Has the task ended although somebody still needs it?
    pub fn is_gone(&self) -> bool {
        self.words.is_closed()
    }
}

/// A move that is declared.
pub(super) struct Gate {
    id: MailId,
    answered: oneshot::Receiver<bool>,
    words: mpsc::UnboundedSender<Word>,
    needed: bool,
}

impl Gate {
    /// From now on it is waited for.
    pub fn need(&mut self) {
        if !mem::replace(&mut self.needed, true) && self.answered.is_empty() {
            // Fails only when the task is gone; then the gate refuses.
            let _ = self.words.send(Word::Needed(self.id));
        }
    }

    /// May it happen? True when it is durable; false if the mail was stopped or taken over, or the database is away.
    pub async fn pass(mut self) -> bool {
        self.need();
        self.answered.await.unwrap_or(false)
    }
}

struct Writer {
    store: Store,
    clock: Clock,
    owner: String,
    away: watch::Sender<bool>,
}

impl Writer {
    async fn run(self, mut words: mpsc::UnboundedReceiver<Word>, bound: Duration) -> bool {
        let mut waiting = Waiting::default();
        let mut ends: Option<Instant> = None;
        loop {
            if waiting.gather(&mut words).await {
                ends.get_or_insert(Instant::now() + bound);
            }
            let (asked, happened) = waiting.due();
            if asked.is_empty() && happened.is_empty() {
                return true;
            }
            // A mail's gate comes before its end.
            let moves: Vec<Move> =
                asked.iter().map(|asked| &asked.step).chain(happened.iter().map(|done| &done.step)).cloned().collect();
            match self.store.outbox().settle(&moves, &self.owner, self.clock.now()).await {
                Ok(moved) => {
                    if self.away.send_replace(false) {
                        info!("the database answers again");
                    }
                    let mut moved = moved.into_iter();
                    for (asked, moved) in asked.into_iter().zip(&mut moved) {
                        answer(asked, moved);
                    }
                    for (done, moved) in happened.into_iter().zip(moved) {
                        noted(&done.step, moved);
                    }
                }
                Err(problem) => {
                    if !self.away.send_replace(true) {
                        error!(%problem, "the ledger cannot be written; nothing more is sent until it can");
                    }
                    // Dropping a gate refuses it.
                    drop(asked);
                    waiting.again(happened);
                    if ends.is_some_and(|ends| Instant::now() >= ends) {
                        error!(
                            lost = waiting.happened.len(),
                            "ended without the ledger: these mails are shown as unknown"
                        );
                        return false;
                    }
                    sleep(PAUSE).await;
                    if waiting.happened.is_empty() && words.is_empty() {
                        // Nothing is left to try with: the next mail finds out.
                        self.away.send_replace(false);
                    }
                }
            }
        }
    }
}

fn answer(asked: Asked, moved: bool) {
    debug!(mail = asked.step.id.get(), state = asked.step.to.word(), moved, "noted");
    // A session that is gone does not ask any more.
    let _ = asked.answer.send(moved);
}

fn noted(step: &Move, moved: bool) {
    debug!(mail = step.id.get(), state = step.to.word(), moved, "noted");
    if !moved {
        warn!(
            mail = step.id.get(),
            to = step.to.word(),
            reply = step.reply,
            "a mail was taken over or stopped meanwhile"
        );
    }
}

/// What is not written yet.
#[derive(Default)]
struct Waiting {
    asked: Vec<Asked>,
    happened: Vec<Happened>,
    /// Until when what has happened waits for company
    until: Option<Instant>,
    /// Nobody says anything more
    closed: bool,
}

impl Waiting {
    fn hear(&mut self, word: Word) {
        match word {
            Word::Declared(asked) => self.asked.push(asked),
            Word::Needed(id) => {
                if let Some(asked) = self.asked.iter_mut().rfind(|asked| asked.step.id == id) {
                    asked.needed = true;
                }
            }
            Word::Happened(happened) => {
                self.until.get_or_insert_with(|| Instant::now() + LINGER);
                self.happened.push(happened);
            }
        }
    }

    fn is_needed(&self) -> bool {
        self.asked.iter().any(|asked| asked.needed)
    }

    /// Waits until something is due, and hears what is there by then; true once nothing more can come.
    async fn gather(&mut self, words: &mut mpsc::UnboundedReceiver<Word>) -> bool {
        loop {
            while !self.closed && self.happened.len() < BATCH {
                match words.try_recv() {
                    Ok(word) => self.hear(word),
                    Err(mpsc::error::TryRecvError::Empty) => break,
                    Err(mpsc::error::TryRecvError::Disconnected) => self.closed = true,
                }
            }
            // What nobody waits for any more is not written: its mail took another turn.
            self.asked.retain(|asked| !asked.answer.is_closed());
            let late = self.until.is_some_and(|until| Instant::now() >= until);
            if self.closed || late || self.happened.len() >= BATCH || self.is_needed() {
                return self.closed;
            }
            let next = match self.until {
                None => words.recv().await,
                Some(until) => match timeout_at(until, words.recv()).await {
                    Ok(next) => next,
                    Err(_) => continue,
                },
            };
            match next {
                Some(word) => self.hear(word),
                None => self.closed = true,
            }
        }
    }

    /// What is to be written now: all that has happened, and with the first gate that is needed all that are declared.
    fn due(&mut self) -> (Vec<Asked>, Vec<Happened>) {
        self.until = None;
        let asked = if self.is_needed() { mem::take(&mut self.asked) } else { Vec::new() };
        (asked, mem::take(&mut self.happened))
    }

    /// What has happened and could not be written is tried first.
    fn again(&mut self, mut happened: Vec<Happened>) {
        happened.append(&mut self.happened);
        self.happened = happened;
        if !self.happened.is_empty() {
            self.until = Some(Instant::now());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{daemon::courier::count::Count, delivery::rules::State};

    fn step(id: i64, to: State) -> Move {
        Move { id: MailId::new(id), attempt: 1, to, reply: String::new(), due: None }
    }

    fn dot(id: i64) -> Move {
        step(id, State::DotWritten)
    }

    /// A ledger whose task is the test.
    fn ledger() -> (Ledger, mpsc::UnboundedReceiver<Word>, watch::Sender<bool>) {
        let (words, receiver) = mpsc::unbounded_channel();
        let (tell, away) = watch::channel(false);
        (Ledger { words, away }, receiver, tell)
    }

    /// What is written next: the numbers of gates and of what has happened, and how long that took to come.
    async fn next(waiting: &mut Waiting, words: &mut mpsc::UnboundedReceiver<Word>) -> (Vec<i64>, Vec<i64>, Duration) {
        let start = Instant::now();
        waiting.gather(words).await;
        let (asked, happened) = waiting.due();
        let numbers = (
            asked.iter().map(|asked| asked.step.id.get()).collect(),
            happened.iter().map(|done| done.step.id.get()).collect(),
        );
        for asked in asked {
            let odd = asked.step.id.get() % 2 == 1;
            answer(asked, odd);
        }
        (numbers.0, numbers.1, start.elapsed())
    }

    #[tokio::test(start_paused = true)]
    async fn the_first_gate_that_is_needed_takes_along_all_that_are_declared() {
        let (ledger, mut words, _tell) = ledger();
        let mut waiting = Waiting::default();
        let mut gates: Vec<Gate> = (0..20).map(|id| ledger.declare(dot(id))).collect();
        let idle = tokio::time::timeout(Duration::from_secs(60), next(&mut waiting, &mut words));
        assert!(idle.await.is_err(), "nobody needs one");
        gates[7].need();
        let (asked, happened, took) = next(&mut waiting, &mut words).await;
        assert_eq!((asked, happened, took), ((0..20).collect(), vec![], Duration::ZERO));
        for (id, gate) in gates.into_iter().enumerate() {
            assert_eq!(gate.pass().await, id % 2 == 1);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn what_nobody_waits_for_any_more_is_not_written() {
        let (ledger, mut words, _tell) = ledger();
        let mut waiting = Waiting::default();
        let (refused, mut other) = (ledger.declare(dot(1)), ledger.declare(dot(3)));
        drop(refused);
        other.need();
        assert_eq!(next(&mut waiting, &mut words).await.0, [3]);
        assert!(other.pass().await);
        // A second gate of the same mail is another one.
        let (first, mut second) = (ledger.declare(dot(5)), ledger.declare(step(5, State::Deferred)));
        second.need();
        assert_eq!(next(&mut waiting, &mut words).await.0, [5, 5]);
        assert!(first.pass().await && second.pass().await);
    }

    #[tokio::test(start_paused = true)]
    async fn what_has_happened_waits_a_little_and_rides_with_the_next_gate() {
        let (ledger, mut words, _tell) = ledger();
        let (mut waiting, count) = (Waiting::default(), Count::new());
        for id in 0..3 {
            ledger.note(step(id, State::Sent), count.one(), None);
        }
        // Nobody needs this one yet.
        let mut gate = ledger.declare(dot(9));
        waiting.gather(&mut words).await;
        assert_eq!(count.number(), 3, "until it is durable");
        assert_eq!(next(&mut waiting, &mut words).await, (vec![], vec![0, 1, 2], Duration::ZERO));
        assert_eq!(count.number(), 0);
        ledger.note(step(4, State::Sent), count.one(), None);
        assert_eq!(next(&mut waiting, &mut words).await, (vec![], vec![4], LINGER));
        ledger.note(step(5, State::Sent), count.one(), None);
        gate.need();
        assert_eq!(next(&mut waiting, &mut words).await, (vec![9], vec![5], Duration::ZERO));
        assert!(gate.pass().await);
    }

    #[tokio::test(start_paused = true)]
    async fn what_could_not_be_written_is_tried_first_and_a_gate_is_refused() {
        let (ledger, mut words, _tell) = ledger();
        let (mut waiting, count) = (Waiting::default(), Count::new());
        ledger.note(step(1, State::Sent), count.one(), None);
        let mut gate = ledger.declare(dot(3));
        gate.need();
        waiting.gather(&mut words).await;
        let (asked, happened) = waiting.due();
        drop(asked);
        waiting.again(happened);
        assert!(!gate.pass().await);
        ledger.note(step(2, State::Sent), count.one(), None);
        assert_eq!(next(&mut waiting, &mut words).await, (vec![], vec![1, 2], Duration::ZERO));
    }

    #[tokio::test(start_paused = true)]
    async fn a_commit_has_a_size() {
        let (ledger, mut words, _tell) = ledger();
        let (mut waiting, count) = (Waiting::default(), Count::new());
        for id in 0..600 {
            ledger.note(step(id, State::Sent), count.one(), None);
        }
        assert_eq!(next(&mut waiting, &mut words).await.1.len(), BATCH);
        assert_eq!(next(&mut waiting, &mut words).await.1.len(), 600 - BATCH);
        drop(ledger);
        assert!(waiting.gather(&mut words).await, "nothing comes any more");
        assert_eq!(next(&mut waiting, &mut words).await, (vec![], vec![], Duration::ZERO));
    }

    #[tokio::test(start_paused = true)]
    async fn without_its_task_nothing_is_allowed_and_that_is_known() {
        let (ledger, words, tell) = ledger();
        tell.send_replace(true);
        drop((words, tell));
        assert!(ledger.is_gone());
        ledger.ready().await;
        assert!(!ledger.declare(dot(1)).pass().await);
        let count = Count::new();
        ledger.note(step(1, State::Deferred), count.one(), None);
        assert_eq!(count.number(), 0);
    }
}
