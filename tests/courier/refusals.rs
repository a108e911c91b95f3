//! What a mail server's refusal is about, over a real store: a domain that refuses us waits and the others go on, all domains
//! together are the edition, and nobody's address is held against them.

use std::time::Duration;

use greenbrief::{
    delivery::rules::State,
    people::subscribers::Address,
    store::{DomainPause, Edition, Mail, ResumedDomain},
};
use tokio::time::sleep;

use super::{Heard, Office, address, until};
use crate::mail::server::{Answer, Running, Server, say};

const BAD: &str = "bad.example";

/// So many readers at the domain, among as many elsewhere.
fn readers(at_domain: usize) -> Vec<Address> {
    let bad = (0..at_domain).map(|number| Address::parse(&format!("bad{number:04}@Bad.example")).unwrap());
    bad.zip((0..at_domain).map(address)).flat_map(|(bad, good)| [bad, good]).collect()
}

async fn mails_to(office: &Office, domain: &str) -> Vec<Mail> {
    let all = office.mails().await.into_iter();
    all.filter(|mail| mail.edition.is_some() && mail.address.ends_with(&format!("@{domain}"))).collect()
}

async fn edition(office: &Office) -> Edition {
    office.store.editions().named(&"brief/1".parse().unwrap()).await.unwrap().unwrap()
}

async fn alarms(office: &Office) -> Vec<String> {
    office.mails().await.into_iter().filter(|mail| mail.edition.is_none()).map(|mail| mail.message_id).collect()
}

/// Waits until none is on its way, and those elsewhere are sent.
async fn others_are_sent(office: &Office, others: usize) {
    until("the others are sent", async || {
        let tally = office.store.outbox().tally(Some(edition(office).await.id)).await.unwrap();
        let flying = tally.of(State::Claimed) + tally.of(State::DotWritten);
        tally.of(State::Sent) == others as i64 && flying == 0
    })
    .await;
}

/// The server refuses us for that domain; what is told, and how it goes on.
async fn refused_for_one_domain(step: &'static str, reply: &str) {
    let (office, at_domain) = (Office::open().await, 68);
    office.release_to(&readers(at_domain)).await;
    let server = Server { answers: vec![(step, say(reply))], ..Server::default() };
    let (mut running, mut heard) = (server.start().await, Heard::default());
    let working = office.smtp(running.port, 4);
    others_are_sent(&office, at_domain).await;
    // What was due is put aside by then.
    sleep(Duration::from_millis(1200)).await;
    let waiting = mails_to(&office, BAD).await;
    let held = waiting.iter().all(|mail| matches!(mail.state, State::Pending | State::Deferred));
    assert!(held && waiting.len() == at_domain, "{reply}: {waiting:?}");
    assert!(waiting.iter().filter(|mail| mail.due == Some(mail.give_up)).count() > at_domain / 2, "{reply}");
    assert_eq!(edition(&office).await.paused, None, "{reply}");
    let paused = office.store.editions().paused_domains(None).await.unwrap();
    let [DomainPause { domain, waiting, why, .. }] = &*paused else { panic!("{reply}: {paused:?}") };
    assert_eq!((domain.as_str(), *waiting), (BAD, at_domain as i64), "{reply}");
    assert!(why.ends_with(&format!(": {reply}")), "{why}");
    let told = alarms(&office).await;
    assert!(told.len() == 1 && told[0].starts_with("<refuses.brief.1.bad.example."), "{reply}: {told:?}");
    heard.more(&mut running);
    let asked = heard.count("RCPT TO:<bad");
    assert!(asked < at_domain / 2, "{reply}: it was asked {asked} times");
    sleep(Duration::from_millis(1200)).await;
    heard.more(&mut running);
    assert_eq!(heard.count("RCPT TO:<bad"), asked, "{reply}: nobody asks again and again");

    running.tell(Vec::new());
    let now = office.clock.now();
    let other = office.store.editions().resume_domain(&edition(&office).await, "example.net", now).await.unwrap();
    assert_eq!(other, ResumedDomain { was: None, back: 0 });
    let ResumedDomain { was, back } =
        office.store.editions().resume_domain(&edition(&office).await, BAD, now).await.unwrap();
    assert!(was.is_some() && back > 0, "{reply}: {back}");
    office.all_sent(&working).await;
    working.end().await;
    heard.more(&mut running);
    let mut ids = heard.ids();
    ids.retain(|id| id.starts_with("<brief."));
    // What is refused at its dot comes a second time.
    assert!(step.starts_with("To: ") || ids.len() == 2 * at_domain, "{reply}: {} mails", ids.len());
    ids.dedup();
    assert_eq!(ids.len(), 2 * at_domain, "{reply}: each");
    assert_eq!(office.store.editions().paused_domains(None).await.unwrap(), []);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_domain_that_refuses_us_waits_and_the_others_go_on() {
    for (step, reply) in [
        ("RCPT TO:<bad", "550 5.7.26 This mail is unauthenticated"),
        ("RCPT TO:<bad", "554 5.7.1 SPF fail"),
        ("RCPT TO:<bad", "550 MI:SPF mx12"),
        ("To: bad", "550 5.7.1 This message is not accepted"),
        ("To: bad", "554 5.6.0 content"),
    ] {
        refused_for_one_domain(step, reply).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn policy_without_a_reason_is_about_us_once_a_domain_refuses_many_alike() {
    let office = Office::open().await;
    office.release_to(&readers(12)).await;
    let answers = vec![("RCPT TO:<bad", say("554 5.7.1 not for you"))];
    let running = Server { answers, ..Server::default() }.start().await;
    let working = office.smtp(running.port, 1);
    others_are_sent(&office, 12).await;
    working.end().await;
    let mails = mails_to(&office, BAD).await;
    assert!(mails.iter().all(|mail| matches!(mail.state, State::Pending | State::Deferred)), "{mails:?}");
    assert_eq!(office.store.editions().paused_domains(None).await.unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refusal_for_the_readers_sake_fails_the_reader_alone() {
    for reply in ["550 5.1.1 no such user", "550 no such user", "550 5.7.13 disabled, see our spam policy"] {
        let office = Office::open().await;
        office.release_to(&readers(12)).await;
        let running = Server { answers: vec![("RCPT TO:<bad", say(reply))], ..Server::default() }.start().await;
        let working = office.smtp(running.port, 2);
        office.quiet().await;
        working.end().await;
        let mails = mails_to(&office, BAD).await;
        assert!(mails.iter().all(|mail| mail.state == State::Failed), "{reply}: {mails:?}");
        assert_eq!(office.store.editions().paused_domains(None).await.unwrap(), [], "{reply}");
    }
}

/// A server of all domains that refuses us at that step.
async fn refused_by_all(step: &'static str, reply: &str) -> (Office, Running) {
    let office = Office::open().await;
    let everywhere: Vec<Address> =
        (0..40).map(|number| Address::parse(&format!("reader{number:04}@d{}.example", number % 20)).unwrap()).collect();
    office.release_to(&everywhere).await;
    let running = Server { answers: vec![(step, say(reply))], ..Server::default() }.start().await;
    let working = office.smtp(running.port, 2);
    until("the edition is paused", async || edition(&office).await.paused.is_some()).await;
    until("none is on its way", async || {
        let tally = office.tally().await;
        tally.of(State::Claimed) + tally.of(State::DotWritten) == 0
    })
    .await;
    working.end().await;
    (office, running)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn domains_that_all_refuse_us_are_the_edition() {
    for (step, reply, most) in [
        ("RCPT", "554 5.7.1 Relay access denied", 8),
        (".", "550 5.7.26 unauthenticated", 8),
        // Before RCPT no domain is known: at once.
        ("MAIL", "553 sender not allowed", 1),
        ("MAIL", "550 5.1.8 Sender address rejected: Domain not found", 1),
        ("MAIL", "552 5.3.4 too large", 1),
    ] {
        let (office, _running) = refused_by_all(step, reply).await;
        let mails = office.store.outbox().mails(Some(edition(&office).await.id), None, None, 100).await.unwrap();
        assert!(mails.iter().all(|mail| matches!(mail.state, State::Pending | State::Deferred)), "{reply}: {mails:?}");
        let told = alarms(&office).await;
        assert!(told.len() <= most, "{reply}: {told:?}");
        assert_eq!(told.iter().filter(|id| id.starts_with("<paused.brief.1.")).count(), 1, "{reply}: {told:?}");
        // The edition goes on as a whole, its domains with it.
        let resumed = office.store.editions().resume(&edition(&office).await, office.clock.now()).await.unwrap();
        assert!(resumed.was.is_some());
        assert_eq!(office.store.editions().paused_domains(None).await.unwrap(), [], "{reply}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_domain_that_waits_does_not_keep_an_edition_from_ending() {
    let office = Office { after: greenbrief::config::AfterEdition::Always, ..Office::open().await };
    office.release_to(&readers(3)).await;
    let answers = vec![("RCPT TO:<bad", say("550 5.7.26 unauthenticated"))];
    let running = Server { answers, ..Server::default() }.start().await;
    let working = office.smtp(running.port, 1);
    others_are_sent(&office, 3).await;
    // Nobody mends it: they are given up in the end, and the operators are told how it went.
    office.clock.jump(chrono::TimeDelta::hours(25));
    working.wake.notify_one();
    until("it is over", async || office.tally().await.of(State::Expired) == 3).await;
    until("it is told", async || alarms(&office).await.iter().any(|id| id.starts_with("<edition.brief.1."))).await;
    working.end().await;
    assert_eq!(office.store.editions().paused_domains(None).await.unwrap(), []);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_pause_takes_back_is_not_given_to_the_server() {
    let office = Office::open().await;
    office.release(200).await;
    let late = vec![("DATA", Answer::Late(Vec::new(), 200, b"354 go on\r\n".to_vec()))];
    let (mut running, mut heard) = (Server { answers: late, ..Server::default() }.start().await, Heard::default());
    let working = office.smtp(running.port, 4);
    until("an envelope is given", async || {
        heard.more(&mut running);
        heard.count("DATA") >= 4
    })
    .await;
    let pause = greenbrief::store::Pause { by: "Anna".into(), since: office.clock.now(), reason: String::new() };
    let taken_back = office.store.pause(pause).await.unwrap().taken_back;
    assert!(taken_back > 20, "{taken_back}");
    sleep(Duration::from_millis(2500)).await;
    heard.more(&mut running);
    // Two for each connection, one of them sent ahead, and as many again until it was noticed.
    let (envelopes, most) = (heard.count("MAIL"), 4 * 4 + heard.mails.len());
    assert!(envelopes <= most, "{envelopes} envelopes, {} mails", heard.mails.len());
    running.tell(Vec::new());
    office.store.resume().await.unwrap();
    office.all_sent(&working).await;
    working.end().await;
    heard.more(&mut running);
    heard.assert_each_once(200);
}
