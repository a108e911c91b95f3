//! Several relays: shares by weight, one that goes away, one for need only; and how long a connection is used.

use std::time::Duration;

use greenbrief::{
    delivery::rules::State,
    mailing::{Route, Smtp, Transport},
};
use tokio::time::sleep;

use super::{Heard, Office, Working, relay, until};
use crate::mail::server::{Answer, Answers, Running, Server, say};

/// A courier with a relay for each of these ports, with its weight.
fn start(office: &Office, relays: &[(&'static str, &Running, u32)], connections: usize) -> Working {
    let routes = relays.iter().map(|(name, running, weight)| Route {
        name: (*name).to_owned(),
        relay: relay(running.port, Duration::from_secs(10)),
        connections,
        weight: *weight,
    });
    let one = Smtp::one(relay(1, Duration::ZERO), crate::mail::nobody(), 1);
    office.start("courier", Transport::Smtp(Smtp { routes: routes.collect(), ..one }))
}

/// 30 ms a mail and connection.
fn slow() -> Server {
    Server { answers: vec![(".", Answer::Late(Vec::new(), 30, b"250 2.0.0 queued\r\n".to_vec()))], ..Server::default() }
}

/// Between two mails it is gone, and takes no further connection.
fn gone() -> Answers {
    vec![("greeting", Answer::Close), ("MAIL", Answer::Close), ("RSET", Answer::Close)]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn relays_get_mails_by_their_weight() {
    let office = Office::open().await;
    office.release(200).await;
    let (mut first, mut second) = (slow().start().await, slow().start().await);
    let working = start(&office, &[("first", &first, 3), ("second", &second, 1)], 4);
    office.quiet().await;
    working.end().await;
    let mut heard = Heard::default();
    let by_first = heard.more(&mut first);
    heard.more(&mut second);
    heard.assert_each_once(200);
    assert!((130..=170).contains(&by_first), "{by_first} of 200 by a relay with three quarters");
    assert!(office.mails().await.iter().all(|mail| mail.state == State::Sent && mail.attempts == 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn when_one_relay_dies_the_rest_goes_by_the_other() {
    let office = Office::open().await;
    office.release(120).await;
    let (mut first, mut second) = (slow().start().await, slow().start().await);
    let working = start(&office, &[("first", &first, 1), ("second", &second, 1)], 3);
    let mut heard = Heard::default();
    until("the first has some", async || heard.more(&mut first) >= 10).await;
    first.tell(gone());
    office.quiet().await;
    working.end().await;
    let by_first = heard.more(&mut first);
    heard.more(&mut second);
    heard.assert_each_once(120);
    assert!(by_first < 60, "{by_first}");
    // A mail that met the closed door was not tried in vain: nothing of it was written.
    assert!(office.mails().await.iter().all(|mail| mail.state == State::Sent && mail.attempts == 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn when_both_are_away_mails_are_deferred_and_go_once_one_is_back() {
    let office = Office::open().await;
    office.release(40).await;
    let down = || Server { answers: vec![("greeting", say("421 4.3.2 down"))], ..Server::default() };
    let (mut first, mut second) = (down().start().await, down().start().await);
    let working = start(&office, &[("first", &first, 1), ("second", &second, 1)], 2);
    until("mails are deferred", async || office.tally().await.of(State::Deferred) > 0).await;
    let deferred = office.store.outbox().mails(None, Some(State::Deferred), None, 1).await.unwrap().remove(0);
    let down = "refused at the greeting: 421 4.3.2 down";
    assert_eq!(deferred.reply, format!("first: {down}; second: {down}"));
    assert_eq!((first.heard().len(), second.heard().len()), (0, 0), "no mail goes where nobody greets");
    second.tell(Vec::new());
    office.all_sent(&working).await;
    working.end().await;
    let mut heard = Heard::default();
    assert_eq!(heard.more(&mut first), 0);
    heard.more(&mut second);
    heard.assert_each_once(40);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_relay_of_weight_zero_is_used_only_in_need() {
    let office = Office::open().await;
    office.release(30).await;
    let (mut first, mut reserve) = (slow().start().await, slow().start().await);
    let working = start(&office, &[("first", &first, 1), ("reserve", &reserve, 0)], 2);
    office.quiet().await;
    let (mut heard, mut in_need) = (Heard::default(), Heard::default());
    assert_eq!((heard.more(&mut first), in_need.more(&mut reserve)), (30, 0));
    assert_eq!(in_need.count("EHLO"), 0);

    first.tell(gone());
    office.release(30).await;
    working.wake.notify_one();
    office.quiet().await;
    assert_eq!((heard.more(&mut first), in_need.more(&mut reserve)), (30, 30));

    // Once it is there again, which is found out with a mail now and then, all goes by the first.
    first.tell(Vec::new());
    until("the first is used again", async || {
        office.release(1).await;
        working.wake.notify_one();
        sleep(Duration::from_millis(200)).await;
        heard.more(&mut first) > 30
    })
    .await;
    office.quiet().await;
    let (before, reserved) = (heard.more(&mut first), in_need.more(&mut reserve));
    office.release(1).await;
    working.wake.notify_one();
    office.quiet().await;
    working.end().await;
    assert_eq!((heard.more(&mut first), in_need.more(&mut reserve)), (before + 30, reserved));
    assert!(office.mails().await.iter().all(|mail| mail.state == State::Sent));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mail_that_one_relay_refuses_is_not_tried_at_the_other_at_once() {
    let office = Office::open().await;
    office.release(20).await;
    let grey = Server { answers: vec![("RCPT", say("450 4.2.0 grey"))], ..Server::default() };
    let (mut first, mut second) = (grey.clone().start().await, grey.start().await);
    let working = start(&office, &[("first", &first, 1), ("second", &second, 1)], 2);
    office.quiet().await;
    working.end().await;
    let mut heard = Heard::default();
    heard.more(&mut first);
    let by_first = heard.count("RCPT");
    heard.more(&mut second);
    assert_eq!(heard.count("RCPT"), 20);
    assert!((1..20).contains(&by_first), "{by_first}");
    assert_eq!(office.tally().await.of(State::Deferred), 20);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_so_many_mails_a_connection_takes_leave() {
    let office = Office::open().await;
    office.release(35).await;
    let mut running = Server::default().start().await;
    let one = Smtp::one(relay(running.port, Duration::from_secs(10)), crate::mail::nobody(), 1);
    let working = office.start("courier", Transport::Smtp(Smtp { mails_per_connection: 10, ..one }));
    office.quiet().await;
    working.end().await;
    let mut heard = Heard::default();
    heard.more(&mut running);
    heard.assert_each_once(35);
    assert_eq!((heard.count("EHLO"), heard.count("QUIT")), (4, 4));
    let since_hello = heard
        .lines
        .split(|line| line.starts_with("EHLO"))
        .map(|lines| lines.iter().filter(|line| line.starts_with("DATA")).count());
    assert_eq!(since_hello.collect::<Vec<_>>(), [0, 10, 10, 10, 5]);
}
