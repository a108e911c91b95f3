//! The next mail's envelope goes out with the last one's dot: what a session makes of each answer, and for which of the
//! two mails.

use std::time::Duration;

use greenbrief::delivery::mail::session::{Failure, Relay, Session, Timeouts};

use super::{
    nobody, pressed, recipient, relay, send,
    server::{Answer, Running, Server, say},
    timeouts,
};

async fn session(offers: Vec<&'static str>, step: &'static str, answer: Answer) -> (Session, Running) {
    let running = Server { offers, answers: vec![(step, answer)], ..Server::default() }.start().await;
    (Session::open(&relay(running.port), &nobody()).await.unwrap(), running)
}

const NEXT: (&str, &str, usize) = ("bounce@example.org", "next@example.net", 100);

/// A mail up to its dot, with which the next one's envelope goes out: what came of the one and of the other.
async fn two(session: &mut Session) -> (Result<String, Failure>, Result<(), Failure>) {
    let mail = pressed();
    let head = mail.head(&recipient()).unwrap();
    session.offer("bounce@example.org", "anna@example.net", head.len() + mail.size()).await.unwrap();
    session.write(&[&head, mail.body()]).await.unwrap();
    let (from, to, size) = NEXT;
    let first = session.finish_with(from, to, size).await.map(|reply| reply.to_string());
    (first, session.offer(from, to, size).await)
}

async fn end(session: &mut Session) -> String {
    session.write(&[b"Subject: next\r\n\r\nnext\r\n"]).await.unwrap();
    session.finish().await.unwrap().to_string()
}

#[tokio::test]
async fn both_go_and_the_server_hears_each_command_once() {
    for offers in [vec!["PIPELINING", "SIZE 1000000"], vec![]] {
        let (mut session, mut running) = session(offers, "-", Answer::Hang).await;
        let (first, next) = two(&mut session).await;
        assert!(first.unwrap().starts_with("250") && next.is_ok());
        assert!(end(&mut session).await.starts_with("250"));
        // And a third, as if nothing had been.
        send(&mut session, "bernd@example.net").await.unwrap();
        let heard = running.heard();
        for (verb, times) in [("MAIL", 3), ("RCPT", 3), ("DATA", 3)] {
            assert_eq!(heard.iter().filter(|line| line.starts_with(verb)).count(), times, "{heard:?}");
        }
    }
}

#[tokio::test]
async fn a_refusal_concerns_the_mail_that_it_is_for() {
    let table: [(&'static str, Answer, &str, &str); 5] = [
        (".", say("554 5.7.1 spam"), "refused at the final dot: 554 5.7.1 spam", "ok"),
        ("RCPT TO:<next@", say("550 5.1.1 who"), "sent", "refused at RCPT TO: 550 5.1.1 who"),
        ("RCPT TO:<next@", say("450 4.2.0 grey"), "sent", "refused at RCPT TO: 450 4.2.0 grey"),
        // It ends with the first mail; of the second nothing was taken.
        (
            ".",
            Answer::Last(b"250 2.0.0 queued\r\n".to_vec()),
            "sent",
            "broken at MAIL FROM: the connection was lost before",
        ),
        (
            ".",
            say("421 4.3.2 going down"),
            "refused at the final dot: 421 4.3.2 going down",
            "broken at MAIL FROM: the connection was lost before",
        ),
    ];
    for (step, answer, wanted, wanted_next) in table {
        let (mut session, _running) = session(vec!["PIPELINING"], step, answer).await;
        let (first, next) = two(&mut session).await;
        let first = first.map_or_else(|failure| failure.to_string(), |_| "sent".into());
        let lost = next.as_ref().is_err_and(|failure| !failure.keeps_connection());
        assert!(!(lost && session.is_usable()), "{step}");
        let next = next.map_or_else(|failure| failure.to_string(), |()| "ok".into());
        assert_eq!((&*first, &*next), (wanted, wanted_next), "{step}");
    }
}

/// A server that puts off its word to the dot and answers what came after it first.
fn puts_off(dot: &str, mail: &str, rcpt: &str, data: &str) -> Server {
    let all = format!("{mail}\r\n{rcpt}\r\n{data}\r\n{dot}\r\n");
    Server { offers: vec!["PIPELINING"], answers: vec![(".", Answer::Say(all.into_bytes()))], ..Server::default() }
}

#[tokio::test]
async fn whoever_answers_out_of_order_is_found_out_and_the_mail_is_in_doubt() {
    // The last word is the dot's: a refusal that must not be taken for the next mail's, nor MAIL's 250 for the dot's.
    for (dot, mail, rcpt, data) in [
        ("554 5.7.1 spam", "250 2.1.0 ok", "250 2.1.5 ok", "354 go on"),
        ("250 2.0.0 queued", "250 2.1.0 ok", "250 2.1.5 ok", "354 go on"),
        ("250 2.0.0 queued", "250 2.1.0 ok", "550 5.1.1 who", "554 5.5.1 nobody"),
        ("250 2.0.0 queued", "550 5.7.1 no", "503 5.5.1 first MAIL", "503 5.5.1 first MAIL"),
    ] {
        let running = puts_off(dot, mail, rcpt, data).start().await;
        let mut session = Session::open(&relay(running.port), &nobody()).await.unwrap();
        let (first, next) = two(&mut session).await;
        assert_eq!(
            first.unwrap_err().to_string(),
            "broken at the final dot: the server answers out of order",
            "{mail}"
        );
        assert_eq!(next.unwrap_err().to_string(), "broken at MAIL FROM: the connection was lost before");
        assert!(!session.is_orderly() && !session.is_usable());
    }
}

#[tokio::test]
async fn a_server_that_is_slow_with_the_next_mail_does_not_put_the_last_one_in_doubt() {
    let late = Answer::Late(Vec::new(), 3000, b"250 2.1.5 ok\r\n".to_vec());
    let running = Server { offers: vec!["PIPELINING"], answers: vec![("RCPT TO:<next@", late)], ..Server::default() };
    let running = running.start().await;
    let patient = Timeouts { command: Duration::from_secs(20), ..timeouts() };
    let mut session = Session::open(&Relay { timeouts: patient, ..relay(running.port) }, &nobody()).await.unwrap();
    let (first, next) = two(&mut session).await;
    assert!(first.is_ok() && next.is_ok(), "{first:?}, {next:?}");
    assert!(end(&mut session).await.starts_with("250") && session.is_orderly());
}

#[tokio::test]
async fn a_word_too_much_at_the_dot_is_out_of_order_too() {
    let twice = Answer::Say(b"250 2.0.0 queued\r\n250 2.0.0 queued\r\n".to_vec());
    let (mut session, _running) = session(vec!["PIPELINING"], ".", twice).await;
    let (first, next) = two(&mut session).await;
    assert_eq!(first.unwrap_err().to_string(), "broken at the final dot: the server answers out of order");
    assert!(!next.unwrap_err().is_permanent() && !session.is_usable());
}

#[tokio::test]
async fn what_was_said_ahead_is_what_must_be_offered() {
    let (mut session, _running) = session(vec!["PIPELINING"], "-", Answer::Hang).await;
    let mail = pressed();
    let head = mail.head(&recipient()).unwrap();
    session.offer("bounce@example.org", "anna@example.net", head.len() + mail.size()).await.unwrap();
    session.write(&[&head, mail.body()]).await.unwrap();
    session.finish_with(NEXT.0, NEXT.1, NEXT.2).await.unwrap();
    let failure = session.offer(NEXT.0, "another@example.net", NEXT.2).await.unwrap_err();
    assert_eq!(failure.to_string(), "broken at MAIL FROM: called out of order");
    assert!(!session.is_usable());
}

#[tokio::test]
async fn after_an_envelope_went_ahead_no_other_one_is_spoken_of() {
    // One that the server would be asked for, and one that is refused without it.
    for to in ["another@example.net", "an other@example.net"] {
        let (mut session, _running) = session(vec!["PIPELINING"], "-", Answer::Hang).await;
        session.offer("bounce@example.org", "anna@example.net", 9).await.unwrap();
        session.write(&[b"a: b\r\n\r\nc"]).await.unwrap();
        let (from, next, size) = NEXT;
        session.finish_with(from, next, size).await.unwrap();
        session.offer(from, to, size).await.unwrap_err();
        assert!(!session.is_usable(), "{to}");
    }
}
