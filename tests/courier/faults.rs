//! The table of faults: what the store says of a mail after each, and whether the server has it.

use std::time::Duration;

use greenbrief::{
    delivery::{
        mail::session::{Relay, Tls, TlsClient},
        rules::State,
    },
    mailing::{Smtp, Transport},
};

use super::{Heard, Office, each};
use crate::mail::{
    logins::certificate,
    server::{Answer, Server, say},
};

/// What a server does at one step, and what must become of the mails that meet it over one connection.
struct Fault {
    name: String,
    server: Server,
    /// The server answers in TLS after STARTTLS, with a certificate that this client accepts; absent: without TLS
    tls_client: Option<TlsClient>,
    /// How long each answer may take, in seconds
    time: u64,
    mails: usize,
    /// Each mail's state and the server's word; what ends in a space is the start of it
    wanted: String,
    at_server: usize,
}

/// One mail, one step.
fn fault(name: impl Into<String>, step: &'static str, answer: Answer, wanted: impl Into<String>, at: usize) -> Fault {
    Fault {
        name: name.into(),
        // Who hangs is not waited for; the others have time.
        time: if matches!(answer, Answer::Hang) { 1 } else { 10 },
        server: Server { offers: vec!["PIPELINING", "SIZE"], answers: vec![(step, answer)], ..Server::default() },
        tls_client: None,
        mails: 1,
        wanted: wanted.into(),
        at_server: at,
    }
}

impl Fault {
    /// What became of the mails, and how many of them the server has.
    async fn happens(&self) -> (String, usize) {
        let office = Office::open().await;
        office.release(self.mails).await;
        let nobody = self.server.answers.iter().any(|(step, _)| *step == "nobody");
        let mut running = self.server.clone().start().await;
        let port = if nobody { 1 } else { running.port };
        let relay = Relay { timeouts: each(Duration::from_secs(self.time)), ..crate::mail::relay(port) };
        let (relay, tls_client) = match &self.tls_client {
            Some(tls_client) => (Relay { host: "localhost".into(), tls: Tls::Starttls, ..relay }, tls_client.clone()),
            None => (relay, crate::mail::nobody()),
        };
        let working = office.start("courier", Transport::Smtp(Smtp::one(relay, tls_client, 1)));
        office.quiet().await;
        working.end().await;
        let mut heard = Heard::default();
        heard.more(&mut running);
        heard.assert_each_once(heard.mails.len());
        let mut found = Vec::new();
        // Operators may have been told, too.
        for mail in office.mails().await.into_iter().filter(|mail| mail.edition.is_some()) {
            assert_eq!(mail.attempts, 1, "{}", self.name);
            assert_eq!(mail.unknowns, i64::from(mail.state == State::Unknown), "{}", self.name);
            assert_eq!(mail.due.is_some(), mail.state == State::Deferred, "{}", self.name);
            found.push(format!("{}: {}", mail.state, mail.reply));
        }
        (found.join(" | "), heard.mails.iter().filter(|mail| mail.contains("\r\nList-Id: ")).count())
    }
}

/// At every step: silence, an end, and refusals for now and for good.
fn at_every_step() -> Vec<Fault> {
    let mut faults = Vec::new();
    for (step, name, dots) in [
        ("greeting", "the greeting", 0),
        ("EHLO", "EHLO", 0),
        ("MAIL", "MAIL FROM", 0),
        ("RCPT", "RCPT TO", 0),
        ("DATA", "DATA", 0),
        (".", "the final dot", 1),
    ] {
        let state = if dots == 1 { "unknown" } else { "deferred" };
        for (does, answer, what) in
            [("hangs", Answer::Hang, "no reply in 1s"), ("closes", Answer::Close, "the server closed the connection")]
        {
            faults.push(fault(
                format!("{does} at {name}"),
                step,
                answer,
                format!("{state}: broken at {name}: {what}"),
                dots,
            ));
        }
        for (code, permanent) in [("421", false), ("450", false), ("550", true), ("571", true)] {
            // Who refuses the connection refuses us, not this mail.
            let about_us = code == "571" && step != "RCPT";
            let for_good = permanent && !about_us && !["greeting", "EHLO"].contains(&step);
            let state = if for_good { "failed" } else { "deferred" };
            let status = if code == "550" { "5.1.1".to_owned() } else { format!("{}.7.1", &code[..1]) };
            let text = format!("{code} {status} so it is");
            let wanted = format!("{state}: refused at {name}: {text}");
            faults.push(fault(format!("{code} at {name}"), step, say(&text), wanted, dots));
        }
    }
    faults
}

/// Replies that are odd, and what they are taken for.
fn odd_replies() -> Vec<Fault> {
    let gbk = |code: &str| Answer::Say([code.as_bytes(), b" \xd3\xca\xcf\xe4\xb2\xbb\xb4\xe6\xd4\xda\r\n"].concat());
    let endless = || Answer::Endless("250 ", 10_000_000);
    let mixed = || say("250-a\r\n550 b");
    let dripping = || Answer::Drip(b"250 2.0.0 queued\r\n".to_vec(), 1000);
    let slow = |name, step, time, wanted, at| Fault { time, ..fault(name, step, dripping(), wanted, at) };
    vec![
        fault("accepts in GBK", ".", gbk("250"), "sent: 250 ", 1),
        fault("refuses the dot in GBK", ".", gbk("554"), "failed: refused at the final dot: 554 ", 1),
        fault("refuses RCPT in GBK", "RCPT", gbk("550"), "failed: refused at RCPT TO: 550 ", 0),
        fault("accepts without a text", ".", say("250"), "sent: 250", 1),
        fault("refuses without a text", "RCPT", say("550"), "failed: refused at RCPT TO: 550", 0),
        fault("accepts in two lines", ".", say("250-a\r\n250 b"), "sent: 250 a b", 1),
        fault(
            "two codes in a reply to MAIL",
            "MAIL",
            mixed(),
            "deferred: broken at MAIL FROM: one reply with two codes, 250 and 550",
            0,
        ),
        fault(
            "two codes in a reply to the dot",
            ".",
            mixed(),
            "unknown: broken at the final dot: one reply with two codes, 250 and 550",
            1,
        ),
        fault(
            "10 MB in a line to MAIL",
            "MAIL",
            endless(),
            "deferred: broken at MAIL FROM: a reply line longer than 4096 octets",
            0,
        ),
        fault("10 MB in a line to the dot", ".", endless(), "sent: 250 aaaa ", 1),
        slow("a byte a second to MAIL", "MAIL", 2, "deferred: broken at MAIL FROM: no reply in 2s", 0),
        slow("a byte a second to the dot", ".", 2, "unknown: broken at the final dot: no reply in 2s", 1),
        // The code is known when the time is over.
        slow("a byte a second, four in time", ".", 5, "sent: 250 ", 1),
        fault("controls in the reply", ".", say("250 a\x1b[2Jb\0c"), "sent: 250 a [2Jb c", 1),
        fault(
            "no reply at the dot",
            ".",
            say("HTTP/1.1 400 Bad Request"),
            "unknown: broken at the final dot: not an SMTP reply: ",
            1,
        ),
        fault(
            "speaks unasked before the dot",
            "DATA",
            say("354 go on\r\n250 2.0.0 queued"),
            "deferred: broken at the body: the server sent a reply unasked: 250 2.0.0 queued",
            0,
        ),
        fault(
            "421 before the dot",
            "DATA",
            say("354 go on\r\n421 4.3.2 down"),
            "deferred: refused at the body: 421 4.3.2 down",
            0,
        ),
    ]
}

/// What is not one reply to one mail.
fn odd_servers() -> Vec<Fault> {
    let (config, tls_client) = certificate("localhost");
    let injected = Answer::Upgrade(b"220 go on\r\n250 injected\r\n".to_vec());
    let slipped_in = fault(
        "a reply before TLS",
        "STARTTLS",
        injected,
        "deferred: broken at TLS: the server sent a reply unasked: 250 injected",
        0,
    );
    let full = || say("452 4.5.3 too many recipients");
    let sent = "sent: 250 2.0.0 Ok: queued as 4F";
    let refused = "deferred: refused at RCPT TO: 452 4.5.3 too many recipients";
    let last = Answer::Last(b"250 2.0.0 Ok: queued as 4F\r\n".to_vec());
    vec![
        fault("nobody listens", "nobody", Answer::Hang, "deferred: broken at connecting: 127.0.0.1:1: ", 0),
        Fault {
            server: Server { offers: vec!["STARTTLS"], tls: Some(config), ..slipped_in.server },
            tls_client: Some(tls_client),
            ..slipped_in
        },
        Fault { mails: 3, ..fault("closes after each mail", ".", last, [sent; 3].join(" | "), 3) },
        Fault {
            server: Server {
                answers: vec![("RCPT TO:<reader0001@", full()), ("RCPT TO:<reader0002@", full())],
                ..Server::default()
            },
            mails: 3,
            ..fault("takes one recipient", "RCPT", full(), [sent, refused, refused].join(" | "), 1)
        },
    ]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_fault_leaves_a_state_that_is_true() {
    let faults = [odd_servers(), at_every_step(), odd_replies()].into_iter().flatten();
    let rows: Vec<_> = faults
        .map(|fault| {
            tokio::spawn(async move {
                let (found, at_server) = fault.happens().await;
                (fault, found, at_server)
            })
        })
        .collect();
    let mut wrong = Vec::new();
    println!("{:<32} | {:<13} | state of the mail", "fault", "at the server");
    for row in rows {
        let (Fault { name, wanted, at_server: dots, .. }, found, at_server) = row.await.unwrap();
        println!("{name:<32} | {at_server:<13} | {}", found.chars().take(120).collect::<String>());
        let fits = if wanted.ends_with(' ') { found.starts_with(wanted.trim_end()) } else { found == wanted };
        if !fits || at_server != dots {
            wrong.push(format!("{name}: {found} ({at_server} at the server), wanted {wanted} ({dots})"));
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
