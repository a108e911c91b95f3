//! What operators do in the middle of a campaign, and what they are told: a pause, a server that refuses the sender, the
//! account of an edition.

use std::time::Duration;

use chrono::TimeDelta;
use greenbrief::{
    config::AfterEdition,
    delivery::rules::State,
    store::{Pause, Resend, ResumedEdition},
};
use tokio::time::sleep;

use super::{Heard, Office, address, until};
use crate::mail::server::{Answer, Server, say};

fn pause(office: &Office) -> Pause {
    Pause { by: "Anna".into(), since: office.clock.now(), reason: "wrong figures".into() }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn paused_in_the_middle_nothing_follows_and_resumed_each_comes_once() {
    let office = Office::open().await;
    office.release(150).await;
    let slow = vec![(".", Answer::Late(Vec::new(), 20, b"250 2.0.0 queued\r\n".to_vec()))];
    let (mut running, mut heard) = (Server { answers: slow, ..Server::default() }.start().await, Heard::default());
    let working = office.smtp(running.port, 4);
    until("some mails are sent", async || heard.more(&mut running) >= 20).await;
    let paused = office.store.pause(pause(&office)).await.unwrap();
    let tally = office.tally().await;
    // The command has returned: what was at its dot then is all that can still arrive.
    assert_eq!(tally.of(State::Claimed), 0, "{tally:?}");
    let most = tally.of(State::Sent) + tally.of(State::DotWritten);
    assert!(tally.of(State::DotWritten) <= paused.at_the_dot && paused.taken_back > 0, "{paused:?} {tally:?}");
    sleep(Duration::from_millis(1500)).await;
    let arrived = heard.more(&mut running);
    assert!(arrived as i64 <= most && arrived < 150, "{arrived} arrived, {most} could");
    let tally = office.tally().await;
    assert_eq!(tally.of(State::Sent), arrived as i64, "{tally:?}");
    assert_eq!(tally.of(State::Sent) + tally.of(State::Pending), 150, "none is deferred or lost: {tally:?}");
    sleep(Duration::from_millis(1200)).await;
    assert_eq!(heard.more(&mut running), arrived);

    assert_eq!(
        office.store.on_hold().await.unwrap().paused,
        Some(pause(&office)).map(|p| Pause { since: paused.pause.since, ..p })
    );
    office.store.resume().await.unwrap();
    office.all_sent(&working).await;
    working.end().await;
    heard.more(&mut running);
    heard.assert_each_once(150);
    // Who was taken back had no attempt by that.
    assert!(office.mails().await.iter().all(|mail| mail.attempts == 1 && mail.unknowns == 0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mail_at_its_envelope_when_everything_is_paused_gets_no_dot() {
    let office = Office::open().await;
    office.release(1).await;
    let late = vec![("DATA", Answer::Late(Vec::new(), 500, b"354 go on\r\n".to_vec()))];
    let (mut running, mut heard) = (Server { answers: late, ..Server::default() }.start().await, Heard::default());
    let working = office.smtp(running.port, 1);
    until("an envelope is given", async || {
        heard.more(&mut running);
        heard.count("DATA") == 1
    })
    .await;
    let paused = office.store.pause(pause(&office)).await.unwrap();
    assert_eq!((paused.taken_back, paused.at_the_dot), (1, 0));
    running.tell(Vec::new());
    sleep(Duration::from_millis(1200)).await;
    assert_eq!(heard.more(&mut running), 0);
    let mail = office.mails().await.remove(0);
    assert_eq!((mail.state, mail.attempts), (State::Pending, 0));
    assert!(
        mail.reply.starts_with("paused by Anna since ") && mail.reply.ends_with(": wrong figures"),
        "{}",
        mail.reply
    );
    office.store.resume().await.unwrap();
    office.all_sent(&working).await;
    working.end().await;
    assert_eq!(office.mails().await[0].attempts, 1);
}

/// The server refuses us at that step; what the first mails and the edition say then.
async fn refused_at(step: &'static str, readers: usize) {
    let office = Office::open().await;
    let edition = office.release(readers).await;
    let refused = say("550 5.7.26 unauthenticated mail is not accepted");
    let (mut running, mut heard) =
        (Server { answers: vec![(step, refused)], ..Server::default() }.start().await, Heard::default());
    let working = office.smtp(running.port, 2);
    let paused = async || office.store.editions().named(&"brief/1".parse().unwrap()).await.unwrap().unwrap().paused;
    until("the edition is paused", async || paused().await.is_some()).await;
    let why = paused().await.unwrap().why;
    assert!(why.ends_with(": 550 5.7.26 unauthenticated mail is not accepted"), "{why}");
    until("the operators are told", async || {
        office.store.outbox().mails(None, None, None, 100).await.unwrap().len() > readers
    })
    .await;
    until("none is on its way", async || {
        let tally = office.store.outbox().tally(Some(edition.id)).await.unwrap();
        tally.of(State::Claimed) + tally.of(State::DotWritten) == 0
    })
    .await;
    sleep(Duration::from_millis(1200)).await;
    let mails = office.store.outbox().mails(Some(edition.id), None, None, 100).await.unwrap();
    assert!(mails.iter().all(|mail| matches!(mail.state, State::Pending | State::Deferred)), "{step}: {mails:?}");
    // Those that are due are put aside until they are given up; nobody asks the server again and again.
    assert!(mails.iter().filter(|mail| mail.due == Some(mail.give_up)).count() > readers / 2, "{step}");
    heard.more(&mut running);
    let asked = heard.count("MAIL");
    sleep(Duration::from_millis(1500)).await;
    heard.more(&mut running);
    assert_eq!(heard.count("MAIL"), asked, "{step}");
    let alarms: Vec<_> =
        office.mails().await.into_iter().filter(|mail| mail.edition.is_none()).map(|mail| mail.message_id).collect();
    assert_eq!(alarms.len(), 1, "{alarms:?}");
    assert!(alarms[0].starts_with("<paused.brief.1."), "{alarms:?}");

    running.tell(Vec::new());
    let edition = office.store.editions().named(&"brief/1".parse().unwrap()).await.unwrap().unwrap();
    let ResumedEdition { was, back } = office.store.editions().resume(&edition, office.clock.now()).await.unwrap();
    assert!(was.is_some() && back > 0, "{back}");
    office.all_sent(&working).await;
    working.end().await;
    heard.more(&mut running);
    let mut ids = heard.ids();
    ids.retain(|id| id.starts_with("<brief."));
    ids.dedup();
    assert_eq!(ids.len(), readers, "{step}");
    assert!(office.mails().await.iter().all(|mail| mail.state == State::Sent));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_refuses_us_pauses_the_edition_and_no_mail_fails() {
    for (step, readers) in [("MAIL", 30), ("DATA", 30), (".", 30), ("RCPT", 60)] {
        refused_at(step, readers).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_reader_refused_by_policy_fails_alone() {
    let office = Office::open().await;
    office.release(40).await;
    let refused = say("550 5.7.1 not for you");
    let running = Server { answers: vec![("RCPT TO:<reader0004@", refused)], ..Server::default() }.start().await;
    let working = office.smtp(running.port, 1);
    office.quiet().await;
    working.end().await;
    let tally = office.tally().await;
    assert_eq!((tally.of(State::Failed), tally.of(State::Sent)), (1, 39), "{tally:?}");
    assert_eq!(office.store.editions().named(&"brief/1".parse().unwrap()).await.unwrap().unwrap().paused, None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn when_an_edition_is_over_the_operators_are_told_once() {
    let office = Office { after: AfterEdition::Always, ..Office::open().await };
    let edition = office.release(30).await;
    let refused = say("550 5.1.0 it is refused");
    let grey = say("450 4.7.1 greylisted");
    let answers = vec![("RCPT TO:<reader0004@", refused), ("RCPT TO:<reader0005@", grey)];
    let (mut running, mut heard) = (Server { answers, ..Server::default() }.start().await, Heard::default());
    let working = office.smtp(running.port, 2);
    until("one is deferred and the others are done", async || {
        let tally = office.tally().await;
        (tally.of(State::Sent), tally.of(State::Deferred), tally.of(State::Failed)) == (28, 1, 1)
    })
    .await;
    // One mail is open still: nobody is told.
    office.operator_mailer().report_editions(office.clock.now()).await.unwrap();
    assert_eq!(office.tally().await.all(), 30);
    office.clock.jump(TimeDelta::hours(25));
    working.wake.notify_one();
    // Several processes that look at the same moment, beside the courier that does.
    let all: Vec<_> = (0..4)
        .map(|_| {
            let (operator_mailer, now) = (office.operator_mailer(), office.clock.now());
            tokio::spawn(async move { operator_mailer.report_editions(now).await.unwrap() })
        })
        .collect();
    for task in all {
        task.await.unwrap();
    }
    until("it is told", async || heard.more(&mut running) == 29).await;
    sleep(Duration::from_millis(100)).await;
    working.end().await;
    // After another start, and after a crash between the two steps of telling.
    office.operator_mailer().report_editions(office.clock.now()).await.unwrap();
    assert_eq!(office.tally().await.all(), 31);
    let text = heard.mails.iter().find(|mail| mail.contains("To: desk@example.org")).unwrap();
    assert!(text.contains("\r\nMessage-ID: <edition.brief.1.0.office@example.org>\r\n"), "{text}");
    assert!(text.contains("\r\nSubject: greenbrief: brief/1: 28 of 30 sent\r\n"), "{text}");
    for line in [
        "brief/1 is over.",
        "28  sent: the server took them",
        "1  failed: refused for good",
        "30  in all",
        "1 failed: 550 5.1.0 the address is refused",
        "  reader0004@example.net",
        "greenbrief editions resend brief/1 --only failed",
    ] {
        assert!(text.contains(line), "{line}\n{text}");
    }
    // From which of several installations it comes.
    #[cfg(target_os = "linux")]
    {
        let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap();
        let store = office.store.file().map_or_else(|| "PostgreSQL".to_owned(), |file| file.display().to_string());
        let origin = format!("\r\n\r\ngreenbrief {} on {}\r\nstore: {store}", env!("CARGO_PKG_VERSION"), host.trim());
        assert!(text.contains(&origin), "{origin}\n{text}");
    }
    // What is sent again later is not told of a second time.
    let now = office.clock.now();
    let edition = office.store.editions().named(&edition.name()).await.unwrap().unwrap();
    let resend = Resend {
        edition: edition.id,
        only: State::Failed,
        by: "Anna",
        now,
        give_up_at: now + TimeDelta::hours(24),
        dry_run: false,
    };
    assert_eq!(office.store.outbox().resend(&resend).await.unwrap().again, 1);
    let again = office.mails().await.into_iter().find(|mail| mail.address == address(4).ascii()).unwrap();
    assert_eq!((again.state, again.attempts), (State::Pending, 0));
    assert!(again.reply.starts_with("sent again, says Anna; before: refused at RCPT TO: 550 5.1.0"), "{}", again.reply);
    assert_eq!(office.operator_mailer().report_editions(now).await.unwrap(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_edition_without_problems_is_told_of_as_the_config_says() {
    for (after, told) in [(AfterEdition::Problems, 0), (AfterEdition::Never, 0), (AfterEdition::Always, 1)] {
        let office = Office { after, ..Office::open().await };
        office.release(3).await;
        let running = Server::default().start().await;
        let working = office.smtp(running.port, 1);
        office.quiet().await;
        working.end().await;
        office.operator_mailer().report_editions(office.clock.now()).await.unwrap();
        assert_eq!(office.tally().await.all(), 3 + told, "{after:?}");
    }
}
