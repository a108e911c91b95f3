//! Many mails, and what may happen in the middle of them.

use std::time::Duration;

use chrono::TimeDelta;
use greenbrief::{
    base::language::Language,
    delivery::rules::{DeliveryGuarantee, State},
    store::{MailKind, NewMail, Setting},
    time::schedule::QuietSpan,
};
use sqlx::{Connection, Executor, SqliteConnection};
use tokio::time::sleep;

use super::{Heard, Office, address, until};
use crate::mail::server::{Answer, Server, say};

pub fn slow() -> Server {
    // 30 ms a mail and connection.
    let late = Answer::Late(Vec::new(), 30, b"250 2.0.0 queued\r\n".to_vec());
    Server { offers: vec!["PIPELINING"], answers: vec![(".", late)], ..Server::default() }
}

/// Another process' connection to the same file.
async fn beside(office: &Office) -> SqliteConnection {
    SqliteConnection::connect(&format!("sqlite:{}", office.folder.path().join("s.db").display())).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn several_connections_send_each_mail_once() {
    let office = Office::open().await;
    office.release(120).await;
    let mut running = slow().start().await;
    let working = office.smtp(running.port, 5);
    office.quiet().await;
    working.end().await;
    let mut heard = Heard::default();
    heard.more(&mut running);
    heard.assert_each_once(120);
    assert_eq!(heard.count("EHLO"), 5);
    assert!(office.mails().await.iter().all(|mail| mail.state == State::Sent && mail.attempts == 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mail_that_takes_long_holds_up_no_other() {
    let office = Office::open().await;
    office.release(3).await;
    // Far longer than the others may take.
    let late = Answer::Late(Vec::new(), 30_000, b"250 2.1.5 Ok\r\n".to_vec());
    let server = Server { answers: vec![("RCPT TO:<reader0000@", late)], ..Server::default() };
    let running = server.start().await;
    let working = office.smtp_within(running.port, 2, Duration::from_secs(60));
    until("the two others are sent", async || office.tally().await.of(State::Sent) == 2).await;
    let left = office.mails().await.into_iter().find(|mail| mail.state != State::Sent).unwrap();
    assert_eq!((left.address.as_str(), left.state), (address(0).ascii(), State::Claimed));
    working.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_recipient_who_is_refused_keeps_nobody_else_from_getting_it() {
    let office = Office::open().await;
    office.release(10).await;
    let refused = say("550 5.1.1 no such user");
    let mut running = Server { answers: vec![("RCPT TO:<reader0004@", refused)], ..Server::default() }.start().await;
    let working = office.smtp(running.port, 1);
    office.quiet().await;
    working.end().await;
    let mut heard = Heard::default();
    heard.more(&mut running);
    heard.assert_each_once(9);
    assert_eq!(heard.count("EHLO"), 1);
    for mail in office.mails().await {
        let wanted = if mail.address == address(4).ascii() { State::Failed } else { State::Sent };
        assert_eq!(mail.state, wanted);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn asked_to_stop_the_courier_ends_what_is_under_way_and_another_sends_the_rest() {
    let office = Office::open().await;
    office.release(100).await;
    let (mut running, mut heard) = (slow().start().await, Heard::default());
    let working = office.smtp(running.port, 4);
    until("some mails are sent", async || heard.more(&mut running) >= 10).await;
    working.end().await;
    let before = heard.more(&mut running);
    let tally = office.tally().await;
    assert!(before < 100);
    assert_eq!((tally.of(State::Sent), tally.of(State::Pending)), (before as i64, 100 - before as i64), "{tally:?}");
    let working = office.smtp(running.port, 4);
    office.quiet().await;
    working.end().await;
    heard.more(&mut running);
    heard.assert_each_once(100);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_courier_whose_task_is_killed_leaves_no_mail_behind() {
    let office = Office::open().await;
    office.release(30).await;
    let mut running = Server { answers: vec![(".", Answer::Hang)], ..Server::default() }.start().await;
    let working = office.smtp(running.port, 2);
    let mut heard = Heard::default();
    // Allowed and at the server: a mail whose dot is allowed only goes back to those that wait.
    until("two dots are written", async || {
        heard.more(&mut running) == 2 && office.tally().await.of(State::DotWritten) == 2
    })
    .await;
    working.task.abort();
    until("all of it is written down", async || office.tally().await.of(State::Claimed) == 0).await;
    until("both are unknown", async || office.tally().await.of(State::Unknown) == 2).await;
    let tally = office.tally().await;
    assert_eq!(tally.of(State::Pending) + tally.of(State::Deferred), 28, "{tally:?}");
    running.tell(Vec::new());
    let working = office.smtp(running.port, 2);
    until("the rest is sent", async || {
        office.clock.jump(TimeDelta::seconds(30));
        office.tally().await.of(State::Sent) == 28
    })
    .await;
    working.end().await;
    heard.more(&mut running);
    heard.assert_each_once(30);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stopped_edition_and_a_reader_who_left_get_nothing_that_is_not_written() {
    // The server takes its time before it wants the body: the mail is claimed and its envelope given.
    let late = || vec![("DATA", Answer::Late(Vec::new(), 500, b"354 go on\r\n".to_vec()))];
    let office = Office::open().await;
    let edition = office.release(20).await;
    let mut running = Server { answers: late(), ..Server::default() }.start().await;
    let mut heard = Heard::default();
    let working = office.smtp(running.port, 1);
    until("an envelope is given", async || {
        heard.more(&mut running);
        heard.count("DATA") == 1
    })
    .await;
    office.store.editions().stop(&edition, "wrong figures", office.clock.now()).await.unwrap();
    running.tell(Vec::new());
    sleep(Duration::from_millis(1200)).await;
    assert_eq!(heard.more(&mut running), 0, "those that were claimed ahead are refused at the gate too");
    let envelopes = heard.count("DATA");
    assert!(office.mails().await.iter().all(|mail| mail.state == State::Cancelled));

    running.tell(late());
    office.release(20).await;
    working.wake.notify_one();
    until("an envelope is given", async || {
        heard.more(&mut running);
        heard.count("DATA") == envelopes + 1
    })
    .await;
    // The first is at its envelope, the others are claimed.
    office.store.people().unsubscribe(&address(0), office.clock.now()).await.unwrap();
    office.store.people().unsubscribe(&address(2), office.clock.now()).await.unwrap();
    office.quiet().await;
    working.end().await;
    heard.more(&mut running);
    let sent: Vec<String> =
        office.mails().await.into_iter().filter(|mail| mail.state == State::Sent).map(|mail| mail.address).collect();
    heard.assert_each_once(18);
    assert!(
        sent.len() == 18
            && !sent.contains(&address(0).ascii().to_owned())
            && !sent.contains(&address(2).ascii().to_owned())
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_goes_away_costs_time_and_no_mail() {
    let office = Office::open().await;
    office.release(60).await;
    let (mut running, mut heard) = (slow().start().await, Heard::default());
    let working = office.smtp(running.port, 3);
    let mut beside = beside(&office).await;
    until("some mails are sent", async || heard.more(&mut running) >= 6).await;
    beside.execute("ALTER TABLE mail RENAME TO mail_elsewhere").await.unwrap();
    // What had passed the gate goes out.
    sleep(Duration::from_secs(1)).await;
    let before = heard.more(&mut running);
    sleep(Duration::from_secs(2)).await;
    assert_eq!(heard.more(&mut running), before, "nothing goes out that cannot be noted");
    assert!(before < 60);
    let envelopes = heard.count("MAIL");
    assert!(envelopes <= before + 6, "{envelopes} envelopes for {before} mails");
    beside.execute("ALTER TABLE mail_elsewhere RENAME TO mail").await.unwrap();
    office.all_sent(&working).await;
    working.end().await;
    heard.more(&mut running);
    heard.assert_each_once(60);
    assert!(office.mails().await.iter().all(|mail| mail.unknowns == 0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_writer_that_takes_its_time_is_waited_for() {
    let office = Office::open().await;
    office.release(20).await;
    let (mut running, mut heard) = (slow().start().await, Heard::default());
    let working = office.smtp(running.port, 2);
    let mut beside = beside(&office).await;
    until("some mails are sent", async || heard.more(&mut running) >= 3).await;
    beside.execute("BEGIN IMMEDIATE").await.unwrap();
    sleep(Duration::from_secs(2)).await;
    beside.execute("COMMIT").await.unwrap();
    office.quiet().await;
    working.end().await;
    heard.more(&mut running);
    heard.assert_each_once(20);
    assert!(office.mails().await.iter().all(|mail| mail.state == State::Sent && mail.attempts == 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_deferred_mail_comes_later_as_the_same_bytes() {
    let office = Office::open().await;
    office.release(2).await;
    let mut running = Server { answers: vec![(".", say("451 4.3.0 later"))], ..Server::default() }.start().await;
    let working = office.smtp(running.port, 1);
    office.quiet().await;
    let mut refused = Heard::default();
    refused.more(&mut running);
    assert_eq!(office.tally().await.of(State::Deferred), 2);
    running.tell(Vec::new());
    sleep(Duration::from_millis(300)).await;
    let mut heard = Heard::default();
    assert_eq!(heard.more(&mut running), 0, "not before its time");
    office.all_sent(&working).await;
    working.end().await;
    heard.more(&mut running);
    heard.assert_each_once(2);
    refused.mails.sort();
    heard.mails.sort();
    assert_eq!(refused.mails, heard.mails);
    assert!(office.mails().await.iter().all(|mail| mail.attempts == 2 && mail.reply == "250 2.0.0 Ok: queued as 4F"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn when_its_time_is_over_a_mail_expires() {
    let office = Office::open().await;
    office.release(3).await;
    let mut running = Server { answers: vec![("RCPT", say("450 4.2.0 grey"))], ..Server::default() }.start().await;
    let working = office.smtp(running.port, 1);
    office.quiet().await;
    running.tell(Vec::new());
    office.clock.jump(TimeDelta::hours(25));
    working.wake.notify_one();
    until("they expire", async || office.tally().await.of(State::Expired) == 3).await;
    working.end().await;
    assert_eq!(Heard::default().more(&mut running), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn when_quiet_hours_begin_in_the_middle_the_rest_waits_for_their_end() {
    let office = Office::open().await;
    let now = office.clock.now();
    let quiet = QuietSpan { from: now + TimeDelta::hours(1), until: now + TimeDelta::hours(9) };
    office.release_with(200, &[quiet]).await;
    let mut running = slow().start().await;
    let working = office.smtp(running.port, 2);
    until("some are sent", async || office.tally().await.of(State::Sent) >= 10).await;
    office.clock.jump(TimeDelta::hours(1));
    // Those that a connection has already are ended.
    until("the rest waits", async || {
        let tally = office.tally().await;
        tally.of(State::Claimed) + tally.of(State::DotWritten) == 0
            && office.store.outbox().next_due().await.unwrap() == Some(quiet.until)
    })
    .await;
    let before = office.tally().await.of(State::Sent);
    assert!(before < 200, "{before}");
    office.clock.jump(TimeDelta::hours(7));
    working.wake.notify_one();
    sleep(Duration::from_millis(300)).await;
    assert_eq!(office.tally().await.of(State::Sent), before, "the night is not over");
    office.clock.jump(TimeDelta::hours(1));
    working.wake.notify_one();
    office.quiet().await;
    working.end().await;
    let mut heard = Heard::default();
    heard.more(&mut running);
    heard.assert_each_once(200);
    // To have waited was no attempt.
    assert!(office.mails().await.iter().all(|mail| mail.state == State::Sent && mail.attempts == 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_hold_nothing_goes_to_readers_and_operators_are_told() {
    let office = Office::open().await;
    office.release(2).await;
    office.store.set(Setting::Hold, Some("restored")).await.unwrap();
    let now = office.clock.now();
    let mail = NewMail {
        kind: MailKind::Operator,
        address: "operator@example.org",
        language: Language::En,
        subject: "greenbrief: brief/1 is held",
        text: "It is held.\n",
        reply_to: None,
        in_reply_to: None,
        message_id: "<held.1@example.org>",
        now,
        give_up_at: now + TimeDelta::days(2),
    };
    assert!(
        office.store.outbox().enqueue(&mail).await.unwrap() && !office.store.outbox().enqueue(&mail).await.unwrap()
    );
    let (mut running, mut heard) = (Server::default().start().await, Heard::default());
    let working = office.smtp(running.port, 1);
    sleep(Duration::from_millis(1500)).await;
    heard.more(&mut running);
    assert_eq!(heard.ids(), ["<held.1@example.org>"]);
    let text = heard.mails[0].clone();
    office.store.set(Setting::Hold, None).await.unwrap();
    office.quiet().await;
    working.end().await;
    heard.more(&mut running);
    assert_eq!(heard.ids().len(), 3);
    assert!(text.contains("\r\nSubject: greenbrief: brief/1 is held\r\n") && !text.contains("List-Id"), "{text}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_is_away_is_not_stormed_and_gets_all_once_it_is_back() {
    let office = Office::open().await;
    office.release(200).await;
    let mut running = Server { answers: vec![("greeting", say("421 4.3.2 down"))], ..Server::default() }.start().await;
    let working = office.smtp(running.port, 8);
    sleep(Duration::from_millis(2500)).await;
    let tally = office.tally().await;
    assert!(tally.of(State::Deferred) > 0 && tally.of(State::Pending) > 100, "{tally:?}");
    assert!(office.mails().await.iter().all(|mail| mail.attempts <= 3));
    running.tell(Vec::new());
    office.all_sent(&working).await;
    working.end().await;
    let mut heard = Heard::default();
    heard.more(&mut running);
    heard.assert_each_once(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_courier_finds_nothing_that_the_first_is_sending() {
    let office = Office::open().await;
    office.release(40).await;
    let (mut running, mut heard) = (slow().start().await, Heard::default());
    let working = office.smtp(running.port, 2);
    until("some mails are sent", async || heard.more(&mut running) >= 4).await;
    // The same process looks for what was left, with the lease of its own mails long over: a very long suspend.
    office.clock.jump(TimeDelta::hours(2));
    let found = office
        .store
        .outbox()
        .recover("courier", false, DeliveryGuarantee::AtMostOnce, office.clock.now())
        .await
        .unwrap();
    assert_eq!((found.returned, found.unknown), (0, 0));
    // Another one takes over what is claimed; where the dot was written it is unknown, and the first one's word for it
    // comes too late.
    let found = office
        .store
        .outbox()
        .recover("another", false, DeliveryGuarantee::AtMostOnce, office.clock.now())
        .await
        .unwrap();
    assert!(found.returned > 0);
    until("the rest is sent", async || {
        office.clock.jump(TimeDelta::minutes(1));
        let tally = office.tally().await;
        tally.of(State::Sent) + tally.of(State::Unknown) == 40
    })
    .await;
    working.end().await;
    heard.more(&mut running);
    heard.assert_each_once(40);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_takes_two_connections_of_six_gets_all_mails_over_two() {
    let office = Office::open().await;
    office.release(60).await;
    let mut running = Server { most: Some(2), ..slow() }.start().await;
    let working = office.smtp(running.port, 6);
    office.quiet().await;
    working.end().await;
    let mut heard = Heard::default();
    heard.more(&mut running);
    heard.assert_each_once(60);
    assert!(heard.count("EHLO") <= 3, "{}", heard.count("EHLO"));
    // A mail that met a closed door waits for an open connection, not for its next retry.
    assert_eq!(office.tally().await.of(State::Sent), 60);
}
