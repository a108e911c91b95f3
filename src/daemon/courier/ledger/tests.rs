//! Tests what the ledger writes and when, with a test in the place of its task.

use tokio::time::Instant;

use super::{
    pending::{BATCH_SIZE, DueMoves, LINGER, PendingMoves},
    writer::answer,
    *,
};
use crate::{daemon::courier::counter::Counter, delivery::rules::State};

fn step(id: i64, to: State) -> Move {
    Move { id: MailId::new(id), attempt: 1, to, reply: String::new(), due: None }
}

fn dot(id: i64) -> Move {
    step(id, State::DotWritten)
}

/// A ledger whose task is the test.
fn ledger() -> (Ledger, mpsc::UnboundedReceiver<Request>, watch::Sender<bool>) {
    let (requests, receiver) = mpsc::unbounded_channel();
    let (tell, away) = watch::channel(false);
    (Ledger { requests, away }, receiver, tell)
}

/// What is written next: the numbers of gates and of what has happened, and how long that took to come.
async fn next(
    pending: &mut PendingMoves,
    requests: &mut mpsc::UnboundedReceiver<Request>,
) -> (Vec<i64>, Vec<i64>, Duration) {
    let start = Instant::now();
    pending.gather(requests).await;
    let DueMoves { permissions: asked, outcomes: happened } = pending.take_due();
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
    let (ledger, mut requests, _tell) = ledger();
    let mut pending = PendingMoves::default();
    let mut gates: Vec<Gate> = (0..20).map(|id| ledger.declare(dot(id))).collect();
    let idle = tokio::time::timeout(Duration::from_secs(60), next(&mut pending, &mut requests));
    assert!(idle.await.is_err(), "nobody needs one");
    gates[7].need();
    let (asked, happened, took) = next(&mut pending, &mut requests).await;
    assert_eq!((asked, happened, took), ((0..20).collect(), vec![], Duration::ZERO));
    for (id, gate) in gates.into_iter().enumerate() {
        assert_eq!(gate.pass().await, id % 2 == 1);
    }
}

#[tokio::test(start_paused = true)]
async fn what_nobody_waits_for_any_more_is_not_written() {
    let (ledger, mut requests, _tell) = ledger();
    let mut pending = PendingMoves::default();
    let (refused, mut other) = (ledger.declare(dot(1)), ledger.declare(dot(3)));
    drop(refused);
    other.need();
    assert_eq!(next(&mut pending, &mut requests).await.0, [3]);
    assert!(other.pass().await);
    // A second gate of the same mail is another one.
    let (first, mut second) = (ledger.declare(dot(5)), ledger.declare(step(5, State::Deferred)));
    second.need();
    assert_eq!(next(&mut pending, &mut requests).await.0, [5, 5]);
    assert!(first.pass().await && second.pass().await);
}

#[tokio::test(start_paused = true)]
async fn what_has_happened_waits_a_little_and_rides_with_the_next_gate() {
    let (ledger, mut requests, _tell) = ledger();
    let (mut pending, count) = (PendingMoves::default(), Counter::new());
    for id in 0..3 {
        ledger.record(step(id, State::Sent), count.guard(), None);
    }
    // Nobody needs this one yet.
    let mut gate = ledger.declare(dot(9));
    pending.gather(&mut requests).await;
    assert_eq!(count.count(), 3, "until it is durable");
    assert_eq!(next(&mut pending, &mut requests).await, (vec![], vec![0, 1, 2], Duration::ZERO));
    assert_eq!(count.count(), 0);
    ledger.record(step(4, State::Sent), count.guard(), None);
    assert_eq!(next(&mut pending, &mut requests).await, (vec![], vec![4], LINGER));
    ledger.record(step(5, State::Sent), count.guard(), None);
    gate.need();
    assert_eq!(next(&mut pending, &mut requests).await, (vec![9], vec![5], Duration::ZERO));
    assert!(gate.pass().await);
}

#[tokio::test(start_paused = true)]
async fn what_could_not_be_written_is_tried_first_and_a_gate_is_refused() {
    let (ledger, mut requests, _tell) = ledger();
    let (mut pending, count) = (PendingMoves::default(), Counter::new());
    ledger.record(step(1, State::Sent), count.guard(), None);
    let mut gate = ledger.declare(dot(3));
    gate.need();
    pending.gather(&mut requests).await;
    let DueMoves { permissions: asked, outcomes: happened } = pending.take_due();
    drop(asked);
    pending.put_back(happened);
    assert!(!gate.pass().await);
    ledger.record(step(2, State::Sent), count.guard(), None);
    assert_eq!(next(&mut pending, &mut requests).await, (vec![], vec![1, 2], Duration::ZERO));
}

#[tokio::test(start_paused = true)]
async fn a_commit_has_a_size() {
    let (ledger, mut requests, _tell) = ledger();
    let (mut pending, count) = (PendingMoves::default(), Counter::new());
    for id in 0..600 {
        ledger.record(step(id, State::Sent), count.guard(), None);
    }
    assert_eq!(next(&mut pending, &mut requests).await.1.len(), BATCH_SIZE);
    assert_eq!(next(&mut pending, &mut requests).await.1.len(), 600 - BATCH_SIZE);
    drop(ledger);
    assert!(pending.gather(&mut requests).await, "nothing comes any more");
    assert_eq!(next(&mut pending, &mut requests).await, (vec![], vec![], Duration::ZERO));
}

#[tokio::test(start_paused = true)]
async fn without_its_task_nothing_is_allowed_and_that_is_known() {
    let (ledger, requests, tell) = ledger();
    tell.send_replace(true);
    drop((requests, tell));
    assert!(ledger.is_gone());
    ledger.ready().await;
    assert!(!ledger.declare(dot(1)).pass().await);
    let count = Counter::new();
    ledger.record(step(1, State::Deferred), count.guard(), None);
    assert_eq!(count.count(), 0);
}
