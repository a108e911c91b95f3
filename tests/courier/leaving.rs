//! The link by which a reader leaves: each mail has its own, in its headers and in its body, and it ends one subscription.

use std::collections::BTreeSet;

use greenbrief::{
    actions::leaving::{Scope, Way, leave, look_up},
    delivery::rules::State,
    mailing::Transport,
    people::{subscribers::SubscriptionState, tokens::PLACEHOLDER},
    store::SubscriberQuery,
};
use tokio::time::sleep;

use super::{Heard, LOOK, Office, address, until};
use crate::mail::server::{Answer, Server};

const LINK: &str = "https://briefs.example.org/u/";

/// The token of a mail, which stands in its headers twice and in its two bodies.
fn token(mail: &str) -> String {
    let unfolded = mail.replace("=\r\n", "");
    let (head, body) = unfolded.split_once("\r\n\r\n").unwrap();
    let token = head.split(&format!("\r\nList-Unsubscribe: <{LINK}")).nth(1).unwrap().split('>').next().unwrap();
    let header = format!(
        "\r\nList-Unsubscribe: <{LINK}{token}>,\r\n <mailto:leave@example.org?subject=unsubscribe%20{token}>\r\n\
         List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"
    );
    assert!(head.contains(&header), "{head}");
    assert_eq!(body.matches(&format!("{LINK}{token}")).count(), 2, "{body}");
    assert_eq!(body.matches(LINK).count(), 2);
    assert!(token.len() == 37 && !mail.contains(PLACEHOLDER));
    token.to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_mail_has_a_token_that_ends_its_subscription_and_no_other() {
    let office = Office::open().await;
    office.release(40).await;
    let mut running = Server::default().start().await;
    let working = office.smtp(running.port, 3);
    office.quiet().await;
    let mut heard = Heard::default();
    heard.more(&mut running);
    heard.assert_each_once(40);
    let tokens: BTreeSet<String> = heard.mails.iter().map(|mail| token(mail)).collect();
    assert_eq!(tokens.len(), 40);
    let active = async || {
        let query = SubscriberQuery { state: Some(SubscriptionState::Active), ..SubscriberQuery::default() };
        let all = office.store.people().subscribers(query, 0, 1000).await.unwrap();
        all.into_iter().map(|one| one.address).collect::<Vec<_>>()
    };
    let mut left: Vec<String> = Vec::new();
    for mail in &heard.mails {
        let reader = mail.split("\r\nTo: ").nth(1).unwrap().split("\r\n").next().unwrap();
        // Whoever looks changes nothing.
        assert!(look_up(&office.store, &token(mail)).await.unwrap().is_active);
        let mut before = active().await;
        let done =
            leave(&office.store, &token(mail), Scope::ThisBrief, Way::OneClick, office.clock.now()).await.unwrap();
        assert_eq!((done.ended, done.cancelled, done.at_dot), (1, 0, 0));
        before.retain(|one| one != reader);
        assert_eq!(active().await, before, "{reader}");
        left.push(reader.to_owned());
    }
    assert_eq!(left.iter().collect::<BTreeSet<_>>().len(), 40);
    working.end().await;
}

/// The same in a folder, where each file is written whole; a retry makes the same mail.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn files_have_the_same_headers_and_links() {
    let office = Office::open().await;
    office.release(3).await;
    let outbox = office.folder.path().join("outbox");
    let working = office.start("courier", Transport::Folder(outbox.clone()));
    office.all_sent(&working).await;
    working.end().await;
    let mails: Vec<String> =
        (1..4).map(|n| std::fs::read_to_string(outbox.join(format!("brief.1.{n}.office.eml"))).unwrap()).collect();
    assert_eq!(mails.iter().map(|mail| token(mail)).collect::<BTreeSet<_>>().len(), 3);
    assert!(mails.iter().all(|mail| mail.contains("\r\n.\r\n") && !mail.contains("\r\n..\r\n")));
}

/// One click while the courier is at work: what is at its dot is told, what is claimed or waits never gets one.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_leaves_during_a_campaign_gets_no_dot_after_it() {
    let office = Office::open().await;
    office.release(60).await;
    let late = Answer::Late(Vec::new(), 20, b"250 2.0.0 queued\r\n".to_vec());
    let mut running = Server { answers: vec![(".", late)], ..Server::default() }.start().await;
    let keys = office.store.token_keys().keys(&ring::rand::SystemRandom::new(), office.clock.now()).await.unwrap();
    let all = office.store.people().subscribers(SubscriberQuery::default(), 0, 100).await.unwrap();
    let working = office.smtp(running.port, 2);
    let mut heard = Heard::default();
    until("some mails are sent", async || heard.more(&mut running) >= 3).await;
    let (mut cancelled, mut at_dot, mut had) = (0, 0, 0);
    for reader in all.iter().rev() {
        let token = keys.issue(greenbrief::people::tokens::Purpose::Leave, reader.subject());
        let done =
            leave(&office.store, token.as_str(), Scope::ThisBrief, Way::OneClick, office.clock.now()).await.unwrap();
        cancelled += done.cancelled;
        at_dot += done.at_dot;
        heard.more(&mut running);
        had = heard.mails.len();
        sleep(LOOK).await;
    }
    office.quiet().await;
    working.end().await;
    heard.more(&mut running);
    let tally = office.tally().await;
    assert_eq!(tally.of(State::Cancelled), i64::try_from(cancelled).unwrap());
    assert_eq!(tally.of(State::Sent) + tally.of(State::Cancelled), 60, "{tally:?}");
    assert_eq!(heard.mails.len() as i64, tally.of(State::Sent), "no more than was told");
    assert!(cancelled > 0 && heard.mails.len() - had <= 2, "{cancelled} {at_dot}");
    // Each that the server has was sent or at its dot when its reader left.
    let got: BTreeSet<&str> =
        heard.mails.iter().map(|mail| mail.split("\r\nTo: ").nth(1).unwrap().split("\r\n").next().unwrap()).collect();
    for mail in office.mails().await {
        assert_eq!(got.contains(mail.address.as_str()), mail.state == State::Sent, "{mail:?}");
    }
    assert!(got.contains(address(0).ascii()));
}
