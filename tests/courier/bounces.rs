//! What a refusal at SMTP says of the reader's address, as a mail that comes back later would; and to which address mails
//! come back.

use std::time::Duration;

use chrono::TimeDelta;
use greenbrief::{
    delivery::rules::State,
    mailing::{Smtp, Transport},
    people::{
        subscribers::Address,
        tokens::{Purpose, Subject},
    },
    store::Resend,
};
use ring::rand::SystemRandom;

use super::{Heard, Office, address, relay};
use crate::mail::server::{Server, say};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_address_that_the_server_does_not_know_is_suppressed() {
    for (step, reply, state, suppressed, soft) in [
        ("RCPT TO:<bad", "550 5.1.1 no such user", State::Failed, true, 0),
        ("RCPT TO:<bad", "550 no such user here", State::Failed, true, 0),
        ("To: bad", "550 5.2.1 mailbox disabled", State::Failed, true, 0),
        ("RCPT TO:<bad", "552 5.2.2 mailbox full", State::Failed, false, 1),
        ("RCPT TO:<bad", "452 4.2.2 mailbox full", State::Deferred, false, 0),
        ("RCPT TO:<bad", "550 5.7.1 not for you", State::Failed, false, 0),
        ("RCPT TO:<bad", "550 5.7.13 account disabled", State::Failed, false, 0),
    ] {
        let office = Office::open().await;
        let bad = Address::parse("bad@bad.example").unwrap();
        office.release_to(&[bad.clone(), address(0)]).await;
        let running = Server { answers: vec![(step, say(reply))], ..Server::default() }.start().await;
        let working = office.smtp(running.port, 1);
        office.quiet().await;
        working.end().await;
        let mail = office.mails().await.into_iter().find(|mail| mail.address == "bad@bad.example").unwrap();
        assert_eq!(mail.state, state, "{reply}: {}", mail.reply);
        let bounces = office.store.bounces();
        let why = office.store.people().suppression(&bad).await.unwrap().map(|suppression| suppression.reason);
        assert_eq!(why.is_some(), suppressed, "{reply}: {why:?}");
        if let Some(why) = why {
            assert!(why.starts_with("gone: refused at ") && why.ends_with(reply), "{why}");
            assert_eq!(office.store.people().recipients("brief", 0, 10).await.unwrap().len(), 1);
            // A person who has the edition sent again does not bring it back.
            let now = office.clock.now();
            let edition = office.store.editions().named(&"brief/1".parse().unwrap()).await.unwrap().unwrap().id;
            let give_up_at = now + TimeDelta::hours(1);
            let resend = Resend { edition, only: State::Failed, by: "Anna", now, give_up_at, dry_run: false };
            assert_eq!(office.store.outbox().resend(&resend).await.unwrap().again, 0);
        }
        let number = bounces.soft(bad.key()).await.unwrap().map_or(0, |soft| soft.number);
        assert_eq!(number, soft, "{reply}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_mail_goes_out_with_its_own_sender() {
    let office = Office::open().await;
    office.release(5).await;
    let mut running = Server { offers: vec!["PIPELINING"], ..Server::default() }.start().await;
    let smtp = Smtp::one(relay(running.port, Duration::from_secs(10)), crate::mail::nobody(), 1);
    let working = office.start_with("courier", Transport::Smtp(smtp), Some("bounces@example.org"));
    office.all_sent(&working).await;
    working.end().await;
    let mut heard = Heard::default();
    heard.more(&mut running);
    let keys = office.store.token_keys().keys(&SystemRandom::new(), office.clock.now()).await.unwrap();
    for mail in office.mails().await {
        let token = keys.issue(Purpose::Bounce, Subject::new(mail.id.get(), mail.created));
        let line = format!("MAIL FROM:<bounces+{}@example.org>", token.as_str());
        assert_eq!(heard.count(&line), 1, "{line}: {:?}", heard.lines);
    }
    assert_eq!(heard.count("MAIL FROM:"), 5);
}
