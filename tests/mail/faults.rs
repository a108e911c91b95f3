//! The table of faults: what a session makes of each thing a server can do wrong, and whether its connection may be used
//! again.

use std::time::Duration;

use greenbrief::delivery::{
    mail::session::{Failure, Relay, Session, Step, Tls},
    rules::EnhancedStatus,
};

use super::{
    logins::certificate,
    nobody, relay, send,
    server::{Answer, Running, Server, say},
};

/// A server that does one thing wrong.
fn wrong(pipelining: bool, step: &'static str, answer: Answer) -> Server {
    let offers = if pipelining { vec!["PIPELINING", "SIZE 1000000"] } else { vec!["SIZE"] };
    Server { offers, answers: vec![(step, answer)], ..Server::default() }
}

/// One mail; what came of it in words, and the session if there is one.
async fn outcome(running: &Running) -> (String, Option<Session>) {
    let mut session = match Session::open(&relay(running.port), &nobody()).await {
        Ok(session) => session,
        Err(failure) => return (words(&failure, false), None),
    };
    let text = match send(&mut session, "anna@example.net").await {
        Ok(reply) => format!("sent: {reply} | {}", kept(session.is_usable())),
        Err(failure) => words(&failure, session.is_usable()),
    };
    (text, Some(session))
}

fn words(failure: &Failure, usable: bool) -> String {
    assert!(failure.keeps_connection() || !usable, "{failure}: a connection kept although it must not be");
    format!("{failure} | {}, {}", if failure.is_permanent() { "permanent" } else { "transient" }, kept(usable))
}

fn kept(usable: bool) -> &'static str {
    if usable { "kept" } else { "closed" }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_fault_is_seen_for_what_it_is() {
    let gbk = |code: &str| Answer::Say([code.as_bytes(), b" \xd3\xca\xcf\xe4\xb2\xbb\xb4\xe6\xd4\xda\r\n"].concat());
    let no_reply = "no reply in 800ms | transient, closed";
    let gone = "the server closed the connection | transient, closed";
    let away = "421 4.3.2 going down | transient, closed";
    let down = || say("421 4.3.2 going down");
    let table: Vec<(&str, &'static str, Answer, String)> = vec![
        ("hangs at the greeting", "greeting", Answer::Hang, format!("broken at the greeting: {no_reply}")),
        ("hangs at EHLO", "EHLO", Answer::Hang, format!("broken at EHLO: {no_reply}")),
        ("hangs at MAIL", "MAIL", Answer::Hang, format!("broken at MAIL FROM: {no_reply}")),
        ("hangs at RCPT", "RCPT", Answer::Hang, format!("broken at RCPT TO: {no_reply}")),
        ("hangs at DATA", "DATA", Answer::Hang, format!("broken at DATA: {no_reply}")),
        ("hangs at the dot", ".", Answer::Hang, format!("broken at the final dot: {no_reply}")),
        ("closes at the greeting", "greeting", Answer::Close, format!("broken at the greeting: {gone}")),
        ("closes at MAIL", "MAIL", Answer::Close, format!("broken at MAIL FROM: {gone}")),
        ("closes after the dot", ".", Answer::Close, format!("broken at the final dot: {gone}")),
        ("421 as greeting", "greeting", down(), format!("refused at the greeting: {away}")),
        ("421 at EHLO", "EHLO", down(), format!("refused at EHLO: {away}")),
        ("421 at MAIL", "MAIL", down(), format!("refused at MAIL FROM: {away}")),
        ("421 at RCPT", "RCPT", down(), format!("refused at RCPT TO: {away}")),
        ("421 at DATA", "DATA", down(), format!("refused at DATA: {away}")),
        ("421 at the dot", ".", down(), format!("refused at the final dot: {away}")),
        ("554 as greeting", "greeting", say("554 no"), "refused at the greeting: 554 no | transient, closed".into()),
        ("550 at MAIL", "MAIL", say("550 5.7.1 no"), "refused at MAIL FROM: 550 5.7.1 no | permanent, kept".into()),
        ("550 at RCPT", "RCPT", say("550 5.1.1 who"), "refused at RCPT TO: 550 5.1.1 who | permanent, kept".into()),
        ("571 at RCPT", "RCPT", say("571 no"), "refused at RCPT TO: 571 no | permanent, kept".into()),
        ("450 at RCPT", "RCPT", say("450 4.2.0 grey"), "refused at RCPT TO: 450 4.2.0 grey | transient, kept".into()),
        ("451 at DATA", "DATA", say("451 later"), "refused at DATA: 451 later | transient, kept".into()),
        (
            "554 at the dot",
            ".",
            say("554 5.7.1 spam"),
            "refused at the final dot: 554 5.7.1 spam | permanent, kept".into(),
        ),
        (
            "452 at the dot",
            ".",
            say("452 4.3.1 full"),
            "refused at the final dot: 452 4.3.1 full | transient, kept".into(),
        ),
        ("GBK at RCPT", "RCPT", gbk("550"), "refused at RCPT TO: 550 \u{fffd}".into()),
        ("GBK at the dot", ".", gbk("250"), "sent: 250 \u{fffd}".into()),
        ("no text anywhere", ".", say("250"), "sent: 250 | kept".into()),
        ("only a line feed", ".", Answer::Say(b"250 ok\n".to_vec()), "sent: 250 ok | kept".into()),
        (
            "two codes in a reply",
            "MAIL",
            say("250-a\r\n550 b"),
            "broken at MAIL FROM: one reply with two codes, 250 and 550 | transient, closed".into(),
        ),
        (
            "no reply but a web page",
            "greeting",
            say("HTTP/1.1 400 Bad"),
            "broken at the greeting: not an SMTP reply: `HTTP/1.1 400 Bad` | transient, closed".into(),
        ),
        (
            "10 MB in a line at MAIL",
            "MAIL",
            Answer::Endless("250 ", 10_000_000),
            "broken at MAIL FROM: a reply line longer than 4096 octets | transient, closed".into(),
        ),
        ("10 MB in a line at the dot", ".", Answer::Endless("250 ", 10_000_000), "sent: 250 aaaa".into()),
        (
            "10 MB, refused at the dot",
            ".",
            Answer::Endless("554 ", 10_000_000),
            "refused at the final dot: 554 aaaa".into(),
        ),
        (
            "10 MB without a code",
            ".",
            Answer::Endless("", 10_000_000),
            "broken at the final dot: a reply line longer than 4096 octets | transient, closed".into(),
        ),
        (
            "101 lines",
            "MAIL",
            Answer::Say(b"250-a\r\n".repeat(101)),
            "broken at MAIL FROM: a reply of more than 100 lines | transient, closed".into(),
        ),
        (
            "a byte at a time at MAIL",
            "MAIL",
            Answer::Drip(b"250 ok and a long text\r\n".to_vec(), 50),
            format!("broken at MAIL FROM: {no_reply}"),
        ),
        (
            "a byte at a time at the dot",
            ".",
            Answer::Drip(b"250 ok and a long text\r\n".to_vec(), 50),
            "sent: 250 ".into(),
        ),
        ("closes in the text after 250", ".", Answer::Last(b"250 ok but".to_vec()), "sent: 250 ok but | closed".into()),
        ("closes in the code", ".", Answer::Last(b"25".to_vec()), format!("broken at the final dot: {gone}")),
        (
            "closes after the first line of two",
            ".",
            Answer::Last(b"250-ok\r\n".to_vec()),
            format!("broken at the final dot: {gone}"),
        ),
        (
            "354 at the dot",
            ".",
            say("354 go on"),
            "broken at the final dot: an unexpected reply: 354 go on | transient, closed".into(),
        ),
        (
            "250 at DATA",
            "DATA",
            say("250 ok"),
            "broken at DATA: an unexpected reply: 250 ok | transient, closed".into(),
        ),
        // Read in turn the second is unasked; in one go it is taken for RCPT's, and RCPT's own shows at DATA.
        ("two replies to MAIL", "MAIL", say("250 a\r\n250 b"), "broken at ".into()),
        (
            "two replies to DATA",
            "DATA",
            say("354 a\r\n250 b"),
            "broken at the body: the server sent a reply unasked: 250 b | transient, closed".into(),
        ),
    ];
    let mut tasks = Vec::new();
    for (name, step, answer, wanted) in table {
        for pipelining in [false, true] {
            let (answer, wanted) = (answer.clone(), wanted.clone());
            tasks.push(tokio::spawn(async move {
                let running = wrong(pipelining, step, answer).start().await;
                let (found, _) = tokio::time::timeout(Duration::from_secs(20), outcome(&running)).await.unwrap();
                (name, pipelining, found, wanted)
            }));
        }
    }
    let mut wrong = Vec::new();
    println!("{:<36} {:<10} became", "the server", "pipelining");
    for task in tasks {
        let (name, pipelining, found, wanted) = task.await.unwrap();
        let shown: String = found.chars().take(110).collect();
        println!("{name:<36} {pipelining:<10} {shown}");
        let fits = if wanted.contains('|') { found == wanted } else { found.starts_with(&wanted) };
        if !fits {
            wrong.push(format!("{name} ({pipelining}):\n  found  {shown}\n  wanted {wanted}"));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[tokio::test]
async fn after_a_refusal_the_connection_carries_the_next_mail() {
    for pipelining in [false, true] {
        let mut running = wrong(pipelining, "RCPT", say("550 5.1.1 who")).start().await;
        let (text, session) = outcome(&running).await;
        assert!(text.ends_with("kept"), "{text}");
        let mut session = session.unwrap();
        session.offer("a@example.org", "b@example.net", 10).await.unwrap_err();
        session.quit().await;
        let heard = running.heard();
        let verbs: Vec<&str> = heard.iter().map(|line| line.split([' ', '\r']).next().unwrap()).collect();
        let one: &[&str] = if pipelining { &["MAIL", "RCPT", "DATA"] } else { &["MAIL", "RCPT"] };
        // Without RSET the second MAIL would be refused as nested.
        assert_eq!(verbs, [&["EHLO"], one, &["RSET"], one, &["QUIT"]].concat());
    }
}

#[tokio::test]
async fn three_mails_over_one_connection_arrive_as_they_were() {
    for pipelining in [false, true] {
        let mut running = wrong(pipelining, "NOOP", say("250 ok")).start().await;
        let mut session = Session::open(&relay(running.port), &nobody()).await.unwrap();
        for to in ["anna@example.net", "bernd@example.net", "chen@example.net"] {
            let reply = send(&mut session, to).await.unwrap();
            assert_eq!(
                (reply.code, reply.enhanced, &*reply.text),
                (250, Some(EnhancedStatus::new(2, 0, 0)), "Ok: queued as 4F")
            );
        }
        session.reset().await.unwrap();
        session.quit().await;
        let heard = running.heard();
        assert!(heard[0].starts_with("EHLO [127.0.0.1]\r\n"), "{}", heard[0]);
        let mails: Vec<&String> = heard.iter().filter(|text| text.ends_with("\r\n.\r\n")).collect();
        assert_eq!(mails.len(), 3);
        let mail = super::pressed();
        for (text, to) in mails.iter().zip(["anna@example.net", "bernd@example.net", "chen@example.net"]) {
            let head = mail.head(&super::Recipient { to, ..super::recipient() }).unwrap();
            assert_eq!(text.as_bytes(), [&head, mail.body(), b".\r\n"].concat());
            let size = format!(" SIZE={}\r\n", head.len() + mail.size());
            assert!(heard.iter().any(|line| line == &format!("MAIL FROM:<bounce@example.org>{size}")), "{heard:?}");
        }
    }
}

#[tokio::test]
async fn a_server_that_wants_a_body_for_a_refused_recipient_gets_none() {
    let mut server = wrong(true, "RCPT", say("550 5.1.1 who"));
    server.answers.push(("DATA", say("354 go on")));
    let mut running = server.start().await;
    let (text, session) = outcome(&running).await;
    assert_eq!(text, "refused at RCPT TO: 550 5.1.1 who | permanent, closed");
    let mut session = session.unwrap();
    assert!(matches!(session.reset().await, Err(Failure::Broken { .. })));
    session.quit().await;
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert!(running.heard().iter().all(|line| !line.contains("QUIT") && line != ".\r\n"));
}

#[tokio::test]
async fn what_needs_no_server_to_be_refused_is_not_sent() {
    let mut running = wrong(true, "NOOP", say("250 ok")).start().await;
    let mut session = Session::open(&relay(running.port), &nobody()).await.unwrap();
    let large = session.offer("a@example.org", "b@example.net", 1_000_001).await.unwrap_err();
    assert_eq!(
        large.to_string(),
        "refused at MAIL FROM: 552 5.3.4 not sent: the mail has 1000001 octets, the server takes at most 1000000"
    );
    let bad = session.offer("a@example.org", "b@example.net>\r\nRCPT TO:<c@example.net", 1).await.unwrap_err();
    assert_eq!((bad.step(), bad.is_permanent()), (Step::Rcpt, true));
    assert!(session.is_usable());
    send(&mut session, "anna@example.net").await.unwrap();
    assert_eq!(running.heard().iter().filter(|line| line.starts_with("MAIL")).count(), 1);
}

#[tokio::test]
async fn a_call_that_is_dropped_leaves_no_connection_that_is_used_again() {
    for step in ["MAIL", "RCPT", "DATA", ".", "RSET"] {
        for pipelining in [false, true] {
            let running = wrong(pipelining, step, Answer::Hang).start().await;
            let mut session = Session::open(&relay(running.port), &nobody()).await.unwrap();
            let short = Duration::from_millis(100);
            let dropped = if step == "RSET" {
                tokio::time::timeout(short, session.reset()).await.is_err()
            } else {
                tokio::time::timeout(short, send(&mut session, "anna@example.net")).await.is_err()
            };
            assert!(dropped && !session.is_usable(), "{step}");
            let again = send(&mut session, "bernd@example.net").await.unwrap_err();
            assert_eq!(again.to_string(), "broken at MAIL FROM: the connection was lost before");
        }
    }
}

#[tokio::test]
async fn what_a_server_says_while_nobody_asks_is_no_answer() {
    // 221 or 421 after a while of nothing, as Postfix does, and a 250 that would be taken for MAIL's.
    for (late, wanted) in [
        ("421 4.4.2 timeout", "refused at MAIL FROM: 421 4.4.2 timeout"),
        ("221 bye", "broken at MAIL FROM: the server sent a reply unasked: 221 bye"),
        ("250 ok", "broken at MAIL FROM: the server sent a reply unasked: 250 ok"),
    ] {
        let both = Answer::Say(format!("250 2.0.0 queued\r\n{late}\r\n").into_bytes());
        let running = wrong(true, ".", both).start().await;
        let (text, session) = outcome(&running).await;
        assert!(text.starts_with("sent: 250"), "{text}");
        let mut session = session.unwrap();
        let failure = send(&mut session, "bernd@example.net").await.unwrap_err();
        assert_eq!(failure.to_string(), wanted);
        assert!(!session.is_usable() && !failure.is_permanent());
    }
}

#[tokio::test]
async fn a_server_that_reads_nothing_stops_the_body_in_time() {
    let deaf = Answer::Late(b"354 go on\r\n".to_vec(), 3_600_000, Vec::new());
    let running = wrong(true, "DATA", deaf).start().await;
    let mut session = Session::open(&relay(running.port), &nobody()).await.unwrap();
    session.offer("a@example.org", "b@example.net", 10).await.unwrap();
    // The buffers on the way hold some; then nothing moves.
    let failure = session.write(&[&vec![b'a'; 64_000_000]]).await.unwrap_err();
    assert_eq!(failure.to_string(), "broken at the body: nothing could be written for 800ms");
    assert!(!session.is_usable());
}

#[tokio::test]
async fn a_server_that_has_enough_in_the_middle_of_a_body_says_why() {
    let running = wrong(true, "DATA", Answer::Last(b"354 go on\r\n552 5.3.4 too large\r\n".to_vec())).start().await;
    let mut session = Session::open(&relay(running.port), &nobody()).await.unwrap();
    session.offer("a@example.org", "b@example.net", 10).await.unwrap();
    let failure = session.write(&[&vec![b'a'; 64_000_000]]).await.unwrap_err();
    assert_eq!(failure.to_string(), "broken at the body: the server stopped it: 552 5.3.4 too large");
    assert!(!failure.is_permanent() && !session.is_usable());
}

#[tokio::test]
async fn a_port_where_nobody_listens_and_a_name_that_is_none() {
    let failure = Session::open(&relay(1), &nobody()).await.unwrap_err();
    assert_eq!(failure.step(), Step::Connect);
    let mut nowhere = relay(25);
    nowhere.host = "mx.invalid".into();
    let failure = Session::open(&nowhere, &nobody()).await.unwrap_err();
    assert!(failure.step() == Step::Connect && failure.to_string().contains("mx.invalid"), "{failure}");
}

#[tokio::test]
async fn a_server_that_took_leave_between_two_mails_is_heard() {
    for implicit in [false, true] {
        let (config, tls_client) = certificate("localhost");
        let late = Answer::Late(b"250 2.0.0 queued\r\n".to_vec(), 50, b"421 4.4.2 idle too long\r\n".to_vec());
        let mut server = wrong(true, ".", late);
        (server.implicit, server.tls) = (implicit, Some(config));
        let tls = if implicit { Tls::Implicit } else { Tls::None };
        let running = server.start().await;
        let relay = Relay { host: "localhost".into(), tls, ..relay(running.port) };
        let mut session = Session::open(&relay, &tls_client).await.unwrap();
        send(&mut session, "anna@example.net").await.unwrap();
        tokio::time::sleep(Duration::from_millis(200)).await;
        let failure = send(&mut session, "bernd@example.net").await.unwrap_err();
        assert_eq!(failure.to_string(), "refused at MAIL FROM: 421 4.4.2 idle too long");
        assert!(!session.is_usable());
    }
}
