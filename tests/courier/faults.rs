//! The table of faults: what the store says of a mail after each, and whether the server has it.

use std::time::Duration;

use greenbrief::delivery::State;

use super::{Heard, Office};
use crate::mail::server::{Answer, Server, say};

/// What became of a mail.
struct Row {
    fault: String,
    found: String,
    at_server: usize,
}

async fn row(fault: String, step: &'static str, answer: Answer) -> Row {
    let office = Office::open().await;
    office.release(1).await;
    let server =
        Server { offers: vec!["PIPELINING", "SIZE"], answers: vec![(step, answer.clone())], ..Server::default() };
    let mut running = server.start().await;
    let port = if step == "nobody" { 1 } else { running.port };
    // Who hangs is not waited for; the others have time.
    let time = Duration::from_secs(if matches!(answer, Answer::Hang) { 1 } else { 10 });
    let working = office.smtp_within(port, 1, time);
    office.quiet().await;
    working.end().await;
    let mail = office.mails().await.remove(0);
    assert_eq!(mail.attempts, 1, "{fault}");
    assert_eq!(mail.unknowns, i64::from(mail.state == State::Unknown), "{fault}");
    assert_eq!(mail.due.is_some(), mail.state == State::Deferred, "{fault}");
    let at_server = Heard::default().more(&mut running);
    Row { fault, found: format!("{}: {}", mail.state, mail.reply), at_server }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_fault_leaves_a_state_that_is_true() {
    let gbk = |code: &str| Answer::Say([code.as_bytes(), b" \xd3\xca\xcf\xe4\xb2\xbb\xb4\xe6\xd4\xda\r\n"].concat());
    let steps = [
        ("greeting", "the greeting", 0),
        ("EHLO", "EHLO", 0),
        ("MAIL", "MAIL FROM", 0),
        ("RCPT", "RCPT TO", 0),
        ("DATA", "DATA", 0),
        (".", "the final dot", 1),
    ];
    let mut table: Vec<(String, &'static str, Answer, String, usize)> = vec![
        ("nobody listens".into(), "nobody", Answer::Hang, "deferred: broken at connecting: 127.0.0.1:1: ".into(), 0),
        (
            "closes after the dot".into(),
            ".",
            Answer::Close,
            "unknown: broken at the final dot: the server closed the connection".into(),
            1,
        ),
        ("accepts in GBK".into(), ".", gbk("250"), "sent: 250 ".into(), 1),
        ("refuses the dot in GBK".into(), ".", gbk("554"), "failed: refused at the final dot: 554 ".into(), 1),
        ("refuses RCPT in GBK".into(), "RCPT", gbk("550"), "failed: refused at RCPT TO: 550 ".into(), 0),
        ("accepts without a text".into(), ".", say("250"), "sent: 250".into(), 1),
        ("refuses without a text".into(), "RCPT", say("550"), "failed: refused at RCPT TO: 550".into(), 0),
        ("accepts in the code's first line".into(), ".", say("250-a\r\n250 b"), "sent: 250 a b".into(), 1),
        (
            "speaks unasked before the dot".into(),
            "DATA",
            say("354 go on\r\n250 2.0.0 queued"),
            "deferred: broken at the body: the server spoke unasked: 250 2.0.0 queued".into(),
            0,
        ),
        (
            "421 before the dot".into(),
            "DATA",
            say("354 go on\r\n421 4.3.2 down"),
            "deferred: refused at the body: 421 4.3.2 down".into(),
            0,
        ),
        (
            "a reply that is none at the dot".into(),
            ".",
            say("HTTP/1.1 400 Bad Request"),
            "unknown: broken at the final dot: not an SMTP reply: ".into(),
            1,
        ),
        ("controls in the reply".into(), ".", say("250 a\x1b[2Jb\0c"), "sent: 250 a [2Jb c".into(), 1),
    ];
    for (step, name, dots) in steps {
        let state = if dots == 1 { "unknown" } else { "deferred" };
        table.push((
            format!("hangs at {name}"),
            step,
            Answer::Hang,
            format!("{state}: broken at {name}: no reply in 1s"),
            dots,
        ));
        for (code, permanent) in [("421", false), ("450", false), ("550", true), ("571", true)] {
            // Who refuses the connection refuses us, not this mail.
            let about_us = code == "571" && step != "RCPT";
            let for_good = permanent && !about_us && !["greeting", "EHLO"].contains(&step);
            let state = if for_good { "failed" } else { "deferred" };
            let status = if code == "550" { "5.1.1".to_owned() } else { format!("{}.7.1", &code[..1]) };
            let text = format!("{code} {status} so it is");
            table.push((
                format!("{code} at {name}"),
                step,
                say(&text),
                format!("{state}: refused at {name}: {text}"),
                dots,
            ));
        }
    }
    let mut wrong = Vec::new();
    println!("{:<34} {:<6} became", "fault", "dots");
    let rows = table
        .into_iter()
        .map(|(fault, step, answer, wanted, dots)| (tokio::spawn(row(fault, step, answer)), wanted, dots));
    for (row, wanted, dots) in rows.collect::<Vec<_>>() {
        let row = row.await.unwrap();
        println!("{:<34} {:<6} {}", row.fault, row.at_server, row.found);
        let exact = !wanted.ends_with(' ');
        let fits = if exact { row.found == wanted } else { row.found.starts_with(&wanted) };
        if !fits || row.at_server != dots {
            wrong.push(format!("{}: {} ({} dots), wanted {wanted} ({dots})", row.fault, row.found, row.at_server));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[tokio::test]
async fn after_a_fault_another_connection_is_used_and_after_a_refusal_the_same() {
    for (answer, connections) in [
        (say("550 5.1.1 who"), 1),
        (say("450 4.2.0 grey"), 1),
        (say("421 4.3.2 down"), 3),
        (Answer::Close, 3),
        (Answer::Say(b"nonsense\r\n".to_vec()), 3),
    ] {
        let office = Office::open().await;
        office.release(3).await;
        let mut running = Server { answers: vec![("RCPT", answer.clone())], ..Server::default() }.start().await;
        let working = office.smtp(running.port, 1);
        office.quiet().await;
        working.end().await;
        let mut heard = Heard::default();
        heard.more(&mut running);
        assert_eq!((heard.count("EHLO"), heard.count("RCPT")), (connections, 3), "{answer:?}");
    }
}

#[tokio::test]
async fn a_server_that_takes_leave_between_two_mails_costs_no_mail_its_turn() {
    let office = Office::open().await;
    office.release(4).await;
    // As many servers do after so many mails, or when they are idle: 421 after each.
    let last = Answer::Last(b"250 2.0.0 queued\r\n421 4.7.0 too many mails\r\n".to_vec());
    let mut running = Server { answers: vec![(".", last)], ..Server::default() }.start().await;
    let working = office.smtp(running.port, 1);
    office.quiet().await;
    working.end().await;
    let mut heard = Heard::default();
    heard.more(&mut running);
    heard.assert_each_once(4);
    assert!(office.mails().await.iter().all(|mail| mail.state == State::Sent && mail.attempts == 1));
}
