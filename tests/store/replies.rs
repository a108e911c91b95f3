//! Mails that come back, and what is done about them: over a real store, with the mails of `tests/cases/replies`.

use chrono::TimeDelta;
use greenbrief::{
    actions::replies::{ReplyReader, TakeInError, Verdict},
    base::language::Language::{De, En},
    config::AfterEdition,
    delivery::{
        replies::{Envelope, Mailboxes},
        rules::{BounceClass, EnhancedStatus, State},
    },
    monitoring::operator_mail::OperatorMailer,
    people::{
        subscribers::SubscriptionState,
        tokens::{Purpose, Subject},
    },
    store::{BounceBrake, Mail, MailKind, MailQuery, NewBounce, ReplyQuery, Setting, Store, SubscriberQuery},
};
use ring::rand::SystemRandom;

use super::{address, mails, minutes, now, outbox::send_all, released};
use crate::replies::{case, mailboxes};

fn reader(store: &Store) -> ReplyReader {
    let operators = vec!["desk@example.org".to_owned()];
    let mailer = OperatorMailer::new(store.clone(), operators, "example.org".to_owned(), AfterEdition::Never);
    ReplyReader::new(store, mailboxes(), mailer, "brief@example.org")
}

/// An edition of a brief of its own, sent to these people; the mails in their order.
async fn sent(store: &Store, brief: &str, people: &[&str]) -> Vec<Mail> {
    let people: Vec<_> = people.iter().map(|person| (*person, En)).collect();
    let edition = released(store, brief, &people).await;
    send_all(store).await;
    mails(store, &edition).await
}

/// A mail of the corpus as if it were about this mail of ours.
async fn about(store: &Store, name: &str, mail: &Mail) -> Vec<u8> {
    let keys = store.token_keys().keys(&SystemRandom::new(), now()).await.unwrap();
    let token = keys.issue(Purpose::Bounce, Subject::new(mail.id.get(), mail.created));
    let id = mail.message_id.trim_matches(['<', '>']);
    let mut bytes = replaced(&case(name), "green-economy.12.345.k3x9@example.org", id);
    bytes = replaced(&bytes, "+TOKEN@", &format!("+{}@", token.as_str().to_uppercase()));
    replaced(&bytes, "reader@example.net", &mail.address)
}

fn replaced(bytes: &[u8], from: &str, to: &str) -> Vec<u8> {
    let mut found = Vec::new();
    let mut rest = bytes;
    while let Some(at) = rest.windows(from.len()).position(|window| window == from.as_bytes()) {
        found.extend_from_slice(&rest[..at]);
        found.extend_from_slice(to.as_bytes());
        rest = &rest[at + from.len()..];
    }
    [found, rest.to_vec()].concat()
}

async fn take_in(store: &Store, bytes: &[u8]) -> Verdict {
    reader(store).take_in(&bytes.into(), &Envelope::default(), now() + minutes(700)).await.unwrap()
}

/// The envelope of what comes back to the sender of this mail.
async fn to_its_token(store: &Store, mail: &Mail) -> Envelope {
    let keys = store.token_keys().keys(&SystemRandom::new(), now()).await.unwrap();
    let token = keys.issue(Purpose::Bounce, Subject::new(mail.id.get(), mail.created));
    Envelope { sender: Some(String::new()), recipients: vec![format!("bounce+{}@example.org", token.as_str())] }
}

async fn came_back(store: &Store, name: &str, mail: &Mail) -> Verdict {
    let (bytes, envelope) = (about(store, name, mail).await, to_its_token(store, mail).await);
    reader(store).take_in(&(&*bytes).into(), &envelope, now() + minutes(700)).await.unwrap()
}

async fn suppressed(store: &Store, address: &str) -> Option<String> {
    store.people().suppression(&super::address(address)).await.unwrap().map(|suppression| suppression.reason)
}

async fn operator_mails(store: &Store, subject: &str) -> usize {
    let all = store.outbox().mails(None, None, None, 100_000).await.unwrap();
    let mut found = 0;
    for mail in all.iter().filter(|mail| mail.kind == MailKind::Operator && mail.state == State::Pending) {
        found += usize::from(mail.message_id.contains(subject));
    }
    found
}

/// What anybody could have written.
const UNPROVEN: &str = "it has no token of ours, and anybody can write that: noted, nothing follows";

pub async fn an_address_that_is_gone_is_suppressed(store: &Store) {
    let went = sent(store, "gone", &["gone1@back.example", "gone2@back.example", "gone3@back.example"]).await;
    let bytes = about(store, "postfix-unknown-user", &went[0]).await;
    let first = take_in(store, &bytes).await;
    assert_eq!((first.kind.as_str(), first.is_new, first.found_by.as_str()), ("bounce", true, "token"));
    assert_eq!((first.mail, first.edition.as_ref()), (Some(went[0].id), went[0].edition.as_ref()));
    assert!(first.outcome.starts_with("suppressed: gone: 550 5.1.1"), "{}", first.outcome);
    assert!(suppressed(store, "gone1@back.example").await.unwrap().starts_with("gone: "));
    // Read again, it does nothing; nor does the same by another way.
    let again = take_in(store, &bytes).await;
    assert_eq!(again, Verdict { is_new: false, ..first });
    let other = take_in(store, &[b"Received: by another.example\n".to_vec(), bytes].concat()).await;
    assert_eq!((other.is_new, other.outcome.as_str()), (true, "it was known that this mail failed"));
    // Found by the Message-ID or the envelope's id, which strangers can know: it is held against nobody.
    let by_id = take_in(store, &about(store, "qmail-no-mailbox", &went[1]).await).await;
    assert_eq!((by_id.found_by.as_str(), by_id.mail), ("message id", Some(went[1].id)));
    assert_eq!((by_id.outcome.as_str(), suppressed(store, "gone2@back.example").await), (UNPROVEN, None));
    let icloud = replaced(&about(store, "icloud", &went[2]).await, "bounce+", "bounce-");
    assert_eq!(take_in(store, &icloud).await.found_by, "envelope id");
    assert_eq!(suppressed(store, "gone3@back.example").await, None);
    assert_eq!(store.people().recipients("gone", 0, 10).await.unwrap().len(), 2);
    let listed = store
        .replies()
        .list(ReplyQuery { kind: Some("bounce"), address: Some("gone1@back.example"), mail: None }, 10)
        .await;
    assert_eq!(listed.unwrap().len(), 2);
}

pub async fn what_is_made_up_does_nothing(store: &Store) {
    let went = sent(store, "forged", &["forged@back.example"]).await;
    let good = about(store, "postfix-unknown-user", &went[0]).await;
    let token = Purpose::Bounce.letter().to_string() + &"a".repeat(36);
    for (tag, why) in [("abc", "not a token"), (token.as_str(), "which this store does not have"), ("b234", "cut off")]
    {
        let at = good.windows(8).position(|bytes| bytes == b"bounce+B").unwrap();
        let mut bad = good.clone();
        bad.splice(at + 7..at + 44, tag.bytes());
        let verdict = take_in(store, &bad).await;
        assert!(verdict.outcome.contains(why) && verdict.outcome.ends_with("nothing follows"), "{}", verdict.outcome);
        assert_eq!((verdict.mail, verdict.found_by.as_str()), (None, ""));
    }
    // About a mail that nobody sent, and an address to which none went.
    let unknown = take_in(store, &replaced(&case("several-readers"), "@example.net", "@nowhere.example")).await;
    assert_eq!(unknown.outcome, "about no mail of ours: nothing follows");
    assert_eq!(suppressed(store, "forged@back.example").await, None);
    assert_eq!(suppressed(store, "first@nowhere.example").await, None);
}

pub async fn a_report_that_names_addresses_alone_is_held_against_nobody(store: &Store) {
    sent(store, "by-address", &["first@back.example", "second@back.example"]).await;
    let verdict = take_in(store, &replaced(&case("several-readers"), "@example.net", "@back.example")).await;
    assert_eq!(verdict.found_by, "address");
    assert_eq!(verdict.outcome, UNPROVEN);
    for reader in ["first@back.example", "second@back.example"] {
        assert_eq!(suppressed(store, reader).await, None);
        assert_eq!(store.bounces().soft(reader).await.unwrap(), None);
    }
}

pub async fn a_full_mailbox_counts_and_heals(store: &Store) {
    let mut went = Vec::new();
    for week in 0..9 {
        went.extend(sent(store, &format!("full-{week}"), &["full@back.example"]).await);
    }
    let read = async |mail: &Mail, days: i64| {
        let bytes = about(store, "postfix-mailbox-full-headers", mail).await;
        reader(store)
            .take_in(&(&*bytes).into(), &to_its_token(store, mail).await, now() + minutes(1440 * days))
            .await
            .unwrap()
            .outcome
    };
    assert_eq!(read(&went[0], 1).await, "soft bounce 1 in a row");
    assert_eq!(read(&went[1], 8).await, "soft bounce 2 in a row");
    // The third arrived.
    assert_eq!(read(&went[3], 22).await, "soft bounce 1 in a row");
    for (mail, days, number) in [(4, 23, 2), (5, 24, 3), (6, 25, 4), (7, 26, 5)] {
        assert_eq!(read(&went[mail], days).await, format!("soft bounce {number} in a row"), "five within days");
    }
    let last = read(&went[8], 40).await;
    assert!(last.starts_with("suppressed: 6 soft bounces in a row since 2026-12-15: 552 5.2.2"), "{last}");

    // A report that a mail arrived ends the row at once.
    let went = sent(store, "healed", &["healed@back.example"]).await;
    came_back(store, "postfix-mailbox-full-headers", &went[0]).await;
    let healed = came_back(store, "postfix-success", &went[0]).await;
    assert_eq!(healed.outcome, "it was delivered: earlier soft bounces are forgotten");
    assert_eq!(store.bounces().soft("healed@back.example").await.unwrap(), None);
    let late = came_back(store, "postfix-delayed", &went[0]).await;
    assert_eq!((late.kind.as_str(), late.outcome.as_str()), ("delayed", "it is on its way still: nothing follows"));
}

pub async fn what_is_about_us_is_told_once(store: &Store) {
    let went = sent(store, "policy", &["one@policy.example", "two@policy.example", "three@policy.example"]).await;
    for mail in &went[..2] {
        let verdict = came_back(store, "gmail-unauthenticated", mail).await;
        assert_eq!(verdict.outcome, "it is about us, not the reader: the operators are told");
        assert_eq!(suppressed(store, &mail.address).await, None);
        assert_eq!(store.bounces().soft(&mail.address).await.unwrap(), None);
    }
    assert_eq!(operator_mails(store, "returned.policy.1.policy.example.5.7.26").await, 1);
    let group = came_back(store, "microsoft365-group", &went[2]).await;
    assert_eq!(group.outcome, "the reader's side takes nothing from us: noted");
    send_all(store).await;
}

pub async fn a_complaint_ends_and_suppresses(store: &Store) {
    let went = sent(store, "complaint", &["angry@back.example"]).await;
    store.people().subscribe(&address("angry@back.example"), En, "other-brief", now()).await.unwrap();
    let verdict = came_back(store, "arf-aol", &went[0]).await;
    assert_eq!(verdict.outcome, "left complaint and is suppressed: complaint");
    assert_eq!(suppressed(store, "angry@back.example").await.as_deref(), Some("complaint: abuse AOL SComp"));
    let left = store.people().left(&address("angry@back.example"), Some("complaint")).await.unwrap().unwrap();
    assert_eq!((left.actor.as_str(), left.reason.as_str()), ("reader", "complaint: abuse AOL SComp"));
    let query = SubscriberQuery { brief: Some("other-brief"), ..SubscriberQuery::default() };
    assert_eq!(store.people().subscribers(query, 0, 10).await.unwrap()[0].state, SubscriptionState::Active);
    // Not spam after all, or a failed signature: nothing.
    let went = sent(store, "no-complaint", &["calm@back.example"]).await;
    for name in ["arf-not-spam", "arf-auth-failure"] {
        assert_eq!(came_back(store, name, &went[0]).await.kind, "report");
    }
    assert_eq!(suppressed(store, "calm@back.example").await, None);
}

pub async fn the_token_to_leave_proves_what_came_back(store: &Store) {
    let went = sent(store, "no-verp", &["angry@verp.example", "gone@verp.example", "calm@verp.example"]).await;
    let query = SubscriberQuery { brief: Some("no-verp"), ..SubscriberQuery::default() };
    let rows = store.people().subscribers(query, 0, 10).await.unwrap();
    let keys = store.token_keys().keys(&SystemRandom::new(), now()).await.unwrap();
    let token = |row: usize, purpose| keys.issue(purpose, rows[row].subject()).as_str().to_owned();
    let report = |name: &str, token: &str| replaced(&case(name), "LEAVETOKEN", token);
    // Made up, cut off, of another purpose: it is about no mail of ours.
    let good = token(2, Purpose::Leave);
    let other = if good.as_bytes()[20] == b'a' { "b" } else { "a" };
    let forged = format!("{}{other}{}", &good[..20], &good[21..]);
    for bad in [&forged, &good[..36], &token(2, Purpose::Preferences)] {
        for name in ["arf-without-verp", "dsn-without-verp"] {
            let verdict = take_in(store, &report(name, bad)).await;
            assert_eq!(verdict.outcome, "about no mail of ours: nothing follows", "{bad}");
        }
    }
    assert_eq!(suppressed(store, "calm@verp.example").await, None);
    // The Message-ID is another's: the last mail of the token's reader is meant.
    let complaint = take_in(store, &report("arf-without-verp", &token(0, Purpose::Leave))).await;
    assert_eq!((complaint.found_by.as_str(), complaint.mail), ("leave token", Some(went[0].id)));
    assert_eq!(complaint.outcome, "left no-verp and is suppressed: complaint");
    assert!(suppressed(store, "angry@verp.example").await.unwrap().starts_with("complaint: abuse"));
    let bounce = take_in(store, &report("dsn-without-verp", &token(1, Purpose::Leave).to_uppercase())).await;
    assert_eq!((bounce.found_by.as_str(), bounce.mail), ("leave token", Some(went[1].id)));
    assert!(bounce.outcome.starts_with("suppressed: gone: 550 5.1.1"), "{}", bounce.outcome);
    // Whoever is erased has no address: what still comes about them is taken, and nothing follows.
    store.people().erase(&address("gone@verp.example"), "secret", now()).await.unwrap();
    let leave = replaced(&case("leave-token-gmail"), "LEAVETOKEN", &token(1, Purpose::Leave));
    assert!(take_in(store, &leave).await.outcome.starts_with("had left no-verp before"));
    let late = came_back(store, "arf-aol", &went[1]).await;
    assert!(late.outcome.ends_with("its reader was erased; nothing follows"), "{}", late.outcome);
    // A person who forwards such a report complains of nothing.
    let forwarded = replaced(&report("arf-without-verp", &good), "message/feedback-report", "text/plain");
    assert_eq!(take_in(store, &forwarded).await.kind, "person");
    assert_eq!(suppressed(store, "calm@verp.example").await, None);
}

pub async fn readers_leave_by_mail_and_people_are_heard(store: &Store) {
    // Another chapter suppressed it.
    let before = suppressed(store, "desk@example.org").await;
    let went = sent(store, "by-mail", &["leaves@back.example"]).await;
    let stem = went[0].message_id.trim_start_matches('<').split('@').next().unwrap().to_owned();
    let own = store.setting(Setting::StoreId).await.unwrap().unwrap();
    // What stands in each mail, or can be guessed from one, ends nothing: this reader has nothing to be sent links with, so
    // that a person looks.
    let stem = stem.replace("store1", &own);
    let asks = replaced(&case("leave-subject"), "green-economy.12.345.k3x9", &stem);
    let asked = take_in(store, &replaced(&asks, "reader@example.net", "leaves@back.example")).await;
    assert_eq!(asked.kind, "leave");
    assert!(asked.outcome.starts_with("forwarded to the operators"), "{}", asked.outcome);
    assert!(store.people().left(&address("leaves@back.example"), Some("by-mail")).await.unwrap().is_none());

    let went = sent(store, "by-token", &["token@back.example"]).await;
    store.people().subscribe(&address("token@back.example"), De, "by-token", now()).await.unwrap();
    let query = SubscriberQuery { brief: Some("by-token"), ..SubscriberQuery::default() };
    let row = store.people().subscribers(query, 0, 10).await.unwrap().remove(0);
    let keys = store.token_keys().keys(&SystemRandom::new(), now()).await.unwrap();
    let token = keys.issue(Purpose::Leave, Subject::new(row.subscription, now()));
    let by_token = |name: &str, token: &str| replaced(&case(name), "LEAVETOKEN", token);
    let other = if &token.as_str()[1..2] == "a" { "b" } else { "a" };
    let changed = format!("u{other}{}", &token.as_str()[2..]);
    let forged = take_in(store, &by_token("leave-token-gmail", &changed)).await;
    assert!(forged.outcome.starts_with("forwarded to the operators"), "{}", forged.outcome);
    let left = take_in(store, &by_token("leave-token-qq", &token.as_str().to_uppercase())).await;
    assert!(left.outcome.starts_with("left by-token by the token "), "{}", left.outcome);
    assert!(!left.outcome.contains(token.as_str()), "{}", left.outcome);
    let again = take_in(store, &by_token("leave-token-auto", token.as_str())).await;
    assert!(again.outcome.starts_with("had left by-token before"), "{}", again.outcome);
    // Answered once, in their language, at the address that left and not at the one that wrote.
    let query = MailQuery { address: Some(&address("token@back.example")), ..MailQuery::default() };
    let mails = store.outbox().listed(&query, None, 10).await.unwrap();
    let [_, answer] = &*mails else { panic!("{mails:?}") };
    assert_eq!((answer.kind, answer.language, answer.state), (MailKind::Answer, De, State::Pending));
    assert_eq!(went.len(), 1);

    let person = take_in(store, &about(store, "person-answer", &went[0]).await).await;
    assert_eq!((person.kind.as_str(), person.outcome.as_str()), ("person", "forwarded to the operators"));
    let key = format!("<answer.{}.0.", &person.sha256[..16]);
    assert_eq!(operator_mails(store, &key).await, 1);
    for name in ["auto-outlook", "read-receipt", "own-mail"] {
        let verdict = take_in(store, &about(store, name, &went[0]).await).await;
        assert!(verdict.outcome.ends_with("nothing follows"), "{name}: {}", verdict.outcome);
    }
    // An alarm that comes back suppresses nobody, and rings no other one.
    send_all(store).await;
    let alarm = store.outbox().mails(None, None, None, 100_000).await.unwrap();
    let alarm = alarm.into_iter().find(|mail| mail.message_id.starts_with(&key)).unwrap();
    let verdict = came_back(store, "postfix-unknown-user", &alarm).await;
    assert_eq!(verdict.outcome, "a mail to an operator: nothing is held against the address");
    let complaint = came_back(store, "arf-aol", &alarm).await;
    assert_eq!((complaint.kind.as_str(), &complaint.outcome), ("complaint", &verdict.outcome));
    assert_eq!(suppressed(store, "desk@example.org").await, before);
    // Nobody is there to whom it could go: it stays where it is.
    let nobody =
        ReplyReader::new(store, Mailboxes::default(), OperatorMailer::nobody(store.clone()), "brief@example.org");
    let refused = nobody.take_in(&(&*case("person-chinese")).into(), &Envelope::default(), now()).await.unwrap_err();
    assert!(refused.to_string().contains("nobody is named to whom that could be forwarded"), "{refused}");
}

pub async fn many_bounces_stop_what_is_left(store: &Store) {
    let people: Vec<String> =
        (0..200).map(|n| if n < 100 { format!("r{n}@old.example") } else { format!("r@new{n}.example") }).collect();
    let people: Vec<_> = people.iter().map(String::as_str).collect();
    let went = sent(store, "brake", &people).await;
    let edition = store.editions().named(went[0].edition.as_ref().unwrap()).await.unwrap().unwrap();
    let bounce = async |mail: &Mail| {
        let status = Some(EnhancedStatus::new(5, 1, 1));
        let (edition, class) = (Some(edition.id), BounceClass::Gone);
        let bounce = NewBounce { mail: mail.id, edition, address: &mail.address, class, status, said: "550 5.1.1 no" };
        store.bounces().record(&bounce, now()).await.unwrap()
    };
    for mail in &went[..19] {
        assert_eq!(bounce(mail).await.brake, None);
    }
    let brake = bounce(&went[19]).await.brake.unwrap();
    let domain = Some("old.example".to_owned());
    assert_eq!(brake, BounceBrake { edition: edition.id, domain, bounced: 20, went_out: 100 });
    // Whoever lets it go on knows of those: it is told again once there are twice as many.
    for mail in &went[20..39] {
        assert_eq!(bounce(mail).await.brake, None);
    }
    assert_eq!(bounce(&went[39]).await.brake.unwrap().bounced, 40);
    // The others are looked at without that domain.
    for mail in &went[100..119] {
        assert_eq!(bounce(mail).await.brake, None);
    }
    let whole = BounceBrake { edition: edition.id, domain: None, bounced: 20, went_out: 100 };
    assert_eq!(bounce(&went[119]).await.brake, Some(whole.clone()));
    let mailer =
        OperatorMailer::new(store.clone(), vec!["desk@example.org".into()], "example.org".into(), AfterEdition::Never);
    let done = mailer.too_many_bounces(&whole, now()).await.unwrap();
    assert_eq!(done, "20 of 100 mails came back: the edition is paused");
    let paused = store.editions().named(went[0].edition.as_ref().unwrap()).await.unwrap().unwrap().paused;
    assert_eq!(paused.unwrap().why, "20 of 100 mails came back");
    assert_eq!(operator_mails(store, "<bounces.brake.1.all.20.").await, 1);
    send_all(store).await;
}

/// Wherever it breaks off, the reader has left and is answered once, or neither, and the mail server hands the mail over again.
pub async fn a_leave_and_its_answer_are_one(store: &Store, raw: &sqlx::AnyPool) {
    sent(store, "once", &["once@back.example"]).await;
    let query = SubscriberQuery { brief: Some("once"), ..SubscriberQuery::default() };
    let row = store.people().subscribers(query, 0, 10).await.unwrap().remove(0);
    let keys = store.token_keys().keys(&SystemRandom::new(), now()).await.unwrap();
    let token = keys.issue(Purpose::Leave, row.subject());
    let mail = replaced(&case("leave-token-gmail"), "LEAVETOKEN", token.as_str());
    let state = async || store.people().subscribers(query, 0, 10).await.unwrap()[0].state;
    let answers = async || {
        let all = store.outbox().mails(None, None, None, 1000).await.unwrap();
        all.iter().filter(|mail| mail.kind == MailKind::Answer).count()
    };
    // The answer cannot be written.
    let broken =
        "CREATE TRIGGER broken BEFORE INSERT ON mail WHEN NEW.kind = 'answer' BEGIN SELECT RAISE(ABORT, 'no'); END";
    sqlx::query(broken).execute(raw).await.unwrap();
    let again = reader(store).take_in(&(&*mail).into(), &Envelope::default(), now()).await;
    assert!(matches!(again, Err(TakeInError::Failed(_))), "{again:?}");
    assert_eq!((state().await, answers().await), (SubscriptionState::Active, 0));
    sqlx::query("DROP TRIGGER broken").execute(raw).await.unwrap();
    // It is written, and the process dies before it has written down that the mail was read.
    let broken = "CREATE TRIGGER broken BEFORE INSERT ON reply BEGIN SELECT RAISE(ABORT, 'no'); END";
    sqlx::query(broken).execute(raw).await.unwrap();
    assert!(reader(store).take_in(&(&*mail).into(), &Envelope::default(), now()).await.is_err());
    assert_eq!((state().await, answers().await), (SubscriptionState::Ended, 1));
    sqlx::query("DROP TRIGGER broken").execute(raw).await.unwrap();
    assert!(take_in(store, &mail).await.outcome.starts_with("had left once before"));
    assert_eq!(answers().await, 1);
}

pub async fn many_at_once_are_gathered(store: &Store) {
    let operators = async |key: &str| {
        let all = store.outbox().mails(None, None, None, 100_000).await.unwrap();
        all.into_iter().filter(|mail| mail.message_id.starts_with(key)).collect::<Vec<_>>()
    };
    let (before, begin) = (operators("<answer.").await.len(), now() + minutes(4000));
    let writes = async |n: i64| {
        let mail = format!("From: flood{n}@people.example\nSubject: Number {n}\n\nWhat I write, {n}.\n");
        let at = begin + TimeDelta::seconds(n);
        reader(store).take_in(&mail.as_bytes().into(), &Envelope::default(), at).await.unwrap()
    };
    let mut last = None;
    for n in 0..300 {
        let verdict = writes(n).await;
        let done =
            if n < 10 { "forwarded to the operators" } else { "kept for the operators, who are told within the hour" };
        assert_eq!(verdict.outcome, done, "{n}");
        last = Some(verdict);
    }
    assert_eq!(operators("<answer.").await.len() - before, 10);
    // No text is lost.
    let last = last.unwrap();
    let text = store.replies().forwarded_text(&last.sha256).await.unwrap().unwrap();
    assert!(text.contains("\n> What I write, 299.\n"), "{text}");
    // Nobody is told before the hour is over, and then once.
    let at = |seconds: i64| begin + TimeDelta::seconds(seconds);
    assert!(!reader(store).tell_gathered(at(3_609)).await.unwrap());
    let gathered = store.replies().gathered(at(3_610)).await.unwrap().unwrap();
    assert_eq!((gathered.number, gathered.listed.len()), (290, 200));
    assert_eq!((&*gathered.listed[0].sender, &*gathered.listed[0].subject), ("flood10@people.example", "Number 10"));
    let number = gathered.listed[0].reply.unwrap();
    assert_eq!(store.replies().numbered(number).await.unwrap().unwrap().address, "flood10@people.example");
    assert!(reader(store).tell_gathered(at(3_610)).await.unwrap());
    assert!(!reader(store).tell_gathered(at(9_000)).await.unwrap());
    assert_eq!(operators("<gathered.").await.len(), 1);
    // An hour later each goes on its own again; and who is erased is erased here, too.
    assert_eq!(writes(4_000).await.outcome, "forwarded to the operators");
    store.people().erase(&address("flood299@people.example"), "secret", at(9_000)).await.unwrap();
    assert_eq!(store.replies().forwarded_text(&last.sha256).await.unwrap().as_deref(), Some(""));
}
