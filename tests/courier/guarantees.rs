//! A mail in doubt where it is to be sent again rather than to be missing.

use chrono::TimeDelta;
use greenbrief::{
    delivery::rules::{DeliveryGuarantee, State},
    store::{Lease, Move},
};

use super::{Heard, Office, until};
use crate::mail::server::{Answer, Server};

async fn at_least_once() -> Office {
    Office { guarantee: DeliveryGuarantee::AtLeastOnce, ..Office::open().await }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mail_whose_answer_was_not_read_goes_again_as_the_same_mail_and_is_counted() {
    let office = at_least_once().await;
    office.release(2).await;
    let mut running = Server { answers: vec![(".", Answer::Close)], ..Server::default() }.start().await;
    let working = office.smtp(running.port, 1);
    until("both are in doubt", async || office.tally().await.of(State::Deferred) == 2).await;
    for mail in office.mails().await {
        assert_eq!(
            (mail.unknowns, mail.reply.as_str()),
            (1, "broken at the final dot: the server closed the connection")
        );
        assert!(mail.due.unwrap() >= office.clock.now() + TimeDelta::seconds(30), "not at once: {mail:?}");
    }
    running.tell(Vec::new());
    office.all_sent(&working).await;
    working.end().await;
    let mut heard = Heard::default();
    heard.more(&mut running);
    let ids = heard.ids();
    assert!(ids.len() == 4 && ids[0] == ids[1] && ids[1] != ids[2] && ids[2] == ids[3], "{ids:?}");
    assert!(office.mails().await.iter().all(|mail| (mail.attempts, mail.unknowns) == (2, 1)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_dead_courier_left_in_doubt_goes_again_and_a_stopped_edition_does_not() {
    for stopped in [false, true] {
        let office = at_least_once().await;
        let edition = office.release(3).await;
        let now = office.clock.now();
        let lease = Lease { owner: "gone", now, length: TimeDelta::minutes(45) };
        let claims = office.store.outbox().lease(&lease, 2).await.unwrap();
        let dot = Move { id: claims[0].id, attempt: 1, to: State::DotWritten, reply: String::new(), due: None };
        assert_eq!(office.store.outbox().settle(&[dot], "gone", now).await.unwrap(), [true]);
        if stopped {
            office.store.editions().stop(&edition, "wrong figures", now).await.unwrap();
        }
        let mut running = Server::default().start().await;
        let working = office.smtp(running.port, 2);
        until("all are settled", async || office.tally().await.open() == 0).await;
        working.end().await;
        let mut heard = Heard::default();
        heard.more(&mut running);
        heard.assert_each_once(if stopped { 0 } else { 3 });
        let wanted = if stopped { State::Cancelled } else { State::Sent };
        let seen: Vec<_> = office.mails().await.iter().map(|mail| (mail.state, mail.unknowns)).collect();
        assert_eq!(seen, [(wanted, 1), (wanted, 0), (wanted, 0)]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_courier_that_is_broken_off_at_the_dot_leaves_it_to_be_sent_again() {
    let office = at_least_once().await;
    office.release(1).await;
    let running = Server { answers: vec![(".", Answer::Hang)], ..Server::default() }.start().await;
    let working = office.smtp(running.port, 1);
    until("the dot is written", async || office.tally().await.of(State::DotWritten) == 1).await;
    working.task.abort();
    until("it waits", async || office.tally().await.of(State::Deferred) == 1).await;
    let mail = office.mails().await.remove(0);
    assert_eq!((mail.unknowns, mail.reply.as_str()), (1, "its sending was interrupted at the final dot"));
}
