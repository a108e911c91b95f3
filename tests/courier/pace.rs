//! How fast mails go: to a domain of recipients as config allows and as its answers ask for, and over all relays. The rules
//! themselves are tested in `delivery`.

use std::time::Duration;

use greenbrief::{
    delivery::rules::{Limits, Rate, State},
    mailing::{Smtp, Transport},
    people::subscribers::Address,
};
use tokio::time::Instant;

use super::{Heard, Office, relay, until};
use crate::mail::server::{Answer, Running, Server, say};

const SLOW: &str = "slow.example";

/// So many readers of the slow domain first, then others.
fn readers(slow: usize, others: usize) -> Vec<Address> {
    let slow = (0..slow).map(|number| format!("slow{number:02}@{SLOW}"));
    let others = (0..others).map(|number| format!("other{number:02}@example.net"));
    slow.chain(others).map(|text| Address::parse(&text).unwrap()).collect()
}

fn smtp(running: &Running, connections: usize) -> Smtp {
    Smtp::one(relay(running.port, Duration::from_secs(10)), crate::mail::nobody(), connections)
}

fn limited(smtp: Smtp, limits: Limits) -> Transport {
    Transport::Smtp(Smtp { domains: [(SLOW.to_owned(), limits)].into(), ..smtp })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_domain_with_one_connection_never_has_two_and_others_flow() {
    let office = Office::open().await;
    office.release_to(&readers(20, 80)).await;
    let late = Answer::Late(Vec::new(), 20, b"354 go on\r\n".to_vec());
    let mut running = Server { answers: vec![("DATA", late)], ..Server::default() }.start().await;
    let limits = Limits { connections: Some(1), rate: None };
    let working = office.start("courier", limited(smtp(&running, 6), limits));
    office.quiet().await;
    working.end().await;
    // As the server heard it: from a mail's envelope to its end.
    let (mut open, mut others, mut beside, mut slow) = (0, 0, 0, 0);
    for text in running.heard() {
        let is_mail = text.ends_with("\r\n.\r\n");
        if text.starts_with("RCPT TO:<slow") {
            open += 1;
            slow += 1;
            beside = others;
        } else if text.starts_with("RCPT") {
            others += 1;
        } else if is_mail && text.contains("\r\nTo: slow") {
            open -= 1;
        }
        assert!(open <= 1, "two at a time");
    }
    assert_eq!(slow, 20);
    assert!(beside > 60, "{beside} others went before the last of the slow domain, which stand before them");
    assert!(office.mails().await.iter().all(|mail| mail.state == State::Sent && mail.attempts == 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_its_domain_does_not_get_now_goes_back_and_was_no_attempt() {
    let office = Office::open().await;
    office.release_to(&readers(60, 40)).await;
    let mut running = Server::default().start().await;
    let limits = Limits { connections: None, rate: Some(Rate::new(1, Duration::from_secs(60))) };
    let working = office.start("courier", limited(smtp(&running, 2), limits));
    until("one of the slow domain and all others are sent, one more waits here", async || {
        let tally = office.tally().await;
        [State::Sent, State::Claimed, State::Pending].map(|state| tally.of(state)) == [41, 1, 58]
    })
    .await;
    working.end().await;
    let mut heard = Heard::default();
    heard.more(&mut running);
    heard.assert_each_once(41);
    let waiting = office.store.outbox().mails(None, Some(State::Pending), None, 100).await.unwrap();
    assert_eq!(waiting.len(), 59);
    for mail in waiting {
        assert!(mail.address.ends_with(SLOW) && mail.attempts == 0, "{mail:?}");
        assert!(
            mail.reply.is_empty() || mail.reply == "waits for its turn: slow.example gets mails at a limited pace",
            "{mail:?}"
        );
    }
    let next = office.store.outbox().next_due().await.unwrap().unwrap();
    assert!(next <= office.clock.now(), "the one that waited here is due");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_domain_that_asks_for_less_gets_less_and_others_as_much_as_before() {
    let office = Office::open().await;
    office.release_to(&readers(40, 80)).await;
    let less = say("421 4.7.0 too many mails from you");
    let mut running = Server { answers: vec![("RCPT TO:<slow", less)], ..Server::default() }.start().await;
    let working = office.start("courier", Transport::Smtp(smtp(&running, 6)));
    until("all others are sent", async || office.tally().await.of(State::Sent) == 80).await;
    let mut heard = Heard::default();
    heard.more(&mut running);
    heard.assert_each_once(80);
    let asked = heard.count("RCPT TO:<slow");
    assert!((1..25).contains(&asked), "{asked} of 40 were tried");
    running.tell(Vec::new());
    working.end().await;
    for mail in office.mails().await {
        let wanted = if mail.address.ends_with(SLOW) { 0 } else { 1 };
        assert!(mail.attempts == wanted || mail.state == State::Deferred, "{mail:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn all_relays_together_keep_to_the_rate() {
    let office = Office::open().await;
    office.release(61).await;
    let mut running = Server::default().start().await;
    let rate = Some(Rate::new(20, Duration::from_secs(1)));
    let begun = Instant::now();
    let working = office.start("courier", Transport::Smtp(Smtp { rate, ..smtp(&running, 4) }));
    office.quiet().await;
    // 20 at once, then one after the other: nothing makes that faster.
    let took = begun.elapsed();
    working.end().await;
    assert!(took >= Duration::from_millis(2050), "61 mails in {took:?}");
    let mut heard = Heard::default();
    heard.more(&mut running);
    heard.assert_each_once(61);
}
