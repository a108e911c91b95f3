//! What operators do about mails: everything paused, one edition paused, mails sent again, and the account of an edition.

use greenbrief::{
    base::{
        ids::{EditionId, MailId},
        language::Language::En,
    },
    delivery::rules::{DeliveryGuarantee, State},
    store::{
        ArchivePart, Claim, EditionState, EditionWithdrawal, Move, Pause, Resend, Resent, ResumedEdition, Store,
        Surroundings,
    },
};
use sqlx::Executor;

use super::{Place, UNCHANGED, address, lease, mails, minutes, now, operator_mail, outbox::send_all, released};

fn step(claim: &Claim, to: State) -> Move {
    Move { id: claim.id, attempt: claim.attempt, to, reply: format!("to {to}"), due: None }
}

async fn moved(store: &Store, claim: &Claim, to: State) -> bool {
    store.outbox().settle(&[step(claim, to)], "a", now()).await.unwrap() == [true]
}

fn by(name: &str) -> Pause {
    Pause { by: name.into(), since: now(), reason: "wrong figures".into() }
}

pub async fn a_pause_stops_all_at_the_gate(store: &Store) {
    store.outbox().recover("", true, DeliveryGuarantee::default(), now()).await.unwrap();
    send_all(store).await;
    let people = ["a@pause.example", "b@pause.example", "c@pause.example"].map(|person| (person, En));
    let edition = released(store, "pause", &people).await;
    let claims = store.outbox().lease(&lease("a", now()), 2).await.unwrap();
    assert!(moved(store, &claims[0], State::DotWritten).await);
    let paused = store.pause(by("anna")).await.unwrap();
    assert_eq!((paused.taken_back, paused.at_the_dot, &paused.pause), (1, 1, &by("anna")));
    // A second pause changes nothing of the first.
    assert_eq!(store.pause(by("bernd")).await.unwrap().pause, by("anna"));
    let why = store.on_hold().await.unwrap().why().unwrap();
    assert_eq!(why, "paused by anna since 2026-11-23 06:00:00 UTC: wrong figures");
    assert!(!moved(store, &claims[1], State::DotWritten).await);
    assert!(!moved(store, &claims[1], State::Deferred).await, "and its courier's word for it comes too late");
    assert_eq!(store.outbox().lease(&lease("a", now()), 10).await.unwrap(), []);
    // What was at its dot is still noted.
    assert!(moved(store, &claims[0], State::Sent).await);
    assert_eq!(store.resume().await.unwrap().paused, Some(by("anna")));
    assert_eq!(store.on_hold().await.unwrap().why(), None);
    let claims = store.outbox().lease(&lease("a", now()), 10).await.unwrap();
    assert_eq!(claims.iter().map(|claim| claim.tries).collect::<Vec<_>>(), [1, 1], "it was not tried before");
    assert_eq!(claims[0].attempt, 2, "but no earlier courier can speak for it");

    // A claim that a pause did not see, since it was committed at the same moment: the gate sends it back.
    store.set(greenbrief::store::Setting::Hold, Some("restored")).await.unwrap();
    let later = Move { due: Some(now() + minutes(9)), ..step(&claims[1], State::DotWritten) };
    for claim in [step(&claims[0], State::DotWritten), later] {
        assert_eq!(store.outbox().settle(std::slice::from_ref(&claim), "a", now()).await.unwrap(), [false]);
        let back = store.outbox().mail(claim.id).await.unwrap().unwrap();
        assert_eq!((back.state, back.attempts, back.due), (State::Pending, 0, Some(now())), "due as before");
    }
    store.resume().await.unwrap();
    store.editions().stop(&edition, "", now()).await.unwrap();
}

pub async fn a_paused_edition_waits_and_others_go(store: &Store) {
    let people = ["a@us.example", "b@us.example", "c@us.example", "d@us.example"].map(|person| (person, En));
    let edition = released(store, "us", &people).await;
    let claims = store.outbox().lease(&lease("a", now()), 2).await.unwrap();
    assert!(moved(store, &claims[0], State::Failed).await);
    let refused = [claims[0].id];
    assert!(store.editions().pause(edition.id, "550 5.7.1", &refused, now()).await.unwrap());
    assert!(!store.editions().pause(edition.id, "550 5.7.2", &[], now()).await.unwrap(), "once");
    assert!(!moved(store, &claims[1], State::DotWritten).await);
    let seen = store.editions().named(&"us/1".parse().unwrap()).await.unwrap().unwrap();
    assert_eq!((seen.state, seen.paused.as_ref().unwrap().why.as_str()), (EditionState::Released, "550 5.7.1"));
    assert!(
        mails(store, &edition).await.iter().all(|mail| mail.state == State::Pending),
        "also who was refused with it"
    );
    let mut other = operator_mail("<beside@example.org>", now());
    other.address = "beside@example.org";
    store.outbox().enqueue(&other).await.unwrap();
    let given = store.outbox().lease(&lease("a", now()), 10).await.unwrap();
    assert_eq!(given.iter().map(|claim| claim.message_id.as_str()).collect::<Vec<_>>(), ["<beside@example.org>"]);
    assert!(moved(store, &given[0], State::Failed).await);
    assert!(mails(store, &edition).await.iter().all(|mail| mail.due == Some(mail.give_up)));
    let ResumedEdition { was, back } = store.editions().resume(&seen, now()).await.unwrap();
    assert_eq!((was, back), (seen.paused.clone(), 4));
    assert_eq!(
        store
            .editions()
            .resume(&store.editions().named(&"us/1".parse().unwrap()).await.unwrap().unwrap(), now())
            .await
            .unwrap(),
        ResumedEdition { was: None, back: 0 }
    );
    assert_eq!(store.outbox().lease(&lease("a", now()), 10).await.unwrap().len(), 4);
    // Who is not let go on in time is given up, and it is over.
    assert!(store.editions().pause(edition.id, "again", &[], now()).await.unwrap());
    assert_eq!(store.outbox().lease(&lease("a", now()), 10).await.unwrap(), []);
    assert_eq!(store.outbox().lease(&lease("a", now() + minutes(720)), 10).await.unwrap(), []);
    assert_eq!(store.outbox().tally(Some(edition.id)).await.unwrap().of(State::Expired), 4);
}

pub async fn a_paused_domain_waits_and_others_go(store: &Store) {
    let people =
        ["a@us.d.example", "b@US.d.example", "c@d.example", "d@xus.d.example", "e@us-d.example", "f@us.d.example"];
    let edition = released(store, "domains", &people.map(|person| (person, En))).await;
    let claims = store.outbox().lease(&lease("a", now()), 2).await.unwrap();
    assert!(moved(store, &claims[0], State::Failed).await);
    let refused = [claims[0].id];
    let editions = store.editions();
    assert!(editions.has_other_domains(edition.id, "us.d.example").await.unwrap());
    assert!(editions.pause_domain(edition.id, "us.d.example", "550 5.7.26", &refused, now()).await.unwrap());
    assert!(!editions.pause_domain(edition.id, "us.d.example", "again", &[], now()).await.unwrap(), "once");
    assert!(!moved(store, &claims[1], State::DotWritten).await, "it was taken back");
    let [pause] = &*editions.paused_domains(Some(edition.id)).await.unwrap() else { panic!() };
    assert_eq!((pause.domain.as_str(), pause.waiting, pause.why.as_str()), ("us.d.example", 3, "550 5.7.26"));
    assert!(editions.is_on_its_way(edition.id).await.unwrap());
    // No part of a domain, and no other that ends alike.
    let given = store.outbox().lease(&lease("a", now()), 10).await.unwrap();
    let to: Vec<&str> = given.iter().map(|claim| claim.address.as_str()).collect();
    assert_eq!(to, ["c@d.example", "d@xus.d.example", "e@us-d.example"]);
    for claim in &given {
        assert!(moved(store, claim, State::Failed).await);
    }
    assert!(!editions.is_on_its_way(edition.id).await.unwrap());
    assert!(!editions.has_other_domains(edition.id, "us.d.example").await.unwrap(), "none took it");
    let aside = mails(store, &edition).await.into_iter().filter(|mail| mail.due == Some(mail.give_up)).count();
    assert_eq!(aside, 3);
    let resumed = editions.resume_domain(&edition, "us.d.example", now()).await.unwrap();
    assert_eq!((resumed.was.as_deref(), resumed.back), (Some("550 5.7.26"), 3));
    assert_eq!(editions.paused_domains(None).await.unwrap(), []);
    assert_eq!(store.outbox().lease(&lease("a", now()), 10).await.unwrap().len(), 3);
    // What is let go with the whole edition.
    assert!(editions.pause_domain(edition.id, "us.d.example", "again", &[], now()).await.unwrap());
    assert_eq!(store.outbox().lease(&lease("a", now()), 10).await.unwrap(), []);
    assert_eq!(editions.resume(&edition, now()).await.unwrap().back, 3);
    assert_eq!(editions.paused_domains(None).await.unwrap(), []);
    store.editions().stop(&edition, "", now()).await.unwrap();
    assert!(
        !editions.pause_domain(edition.id, "us.d.example", "late", &[], now()).await.unwrap(),
        "it is not being sent"
    );
}

pub async fn an_edition_is_withdrawn_and_shown_again(store: &Store) {
    let (edition, editions) = (released(store, "withdrawn", &[]).await, store.editions());
    let archived = async || editions.archived("withdrawn", En, ArchivePart::Newest, 9).await.unwrap().len();
    assert_eq!((archived().await, editions.taken_back("withdrawn", 1).await.unwrap()), (1, None));
    let withdrawal = EditionWithdrawal { at: now(), why: "a wrong chart".to_owned() };
    for changes in [true, false] {
        assert_eq!(editions.withdraw(edition.id, Some(&withdrawal), None).await.unwrap(), changes);
        assert_eq!((archived().await, editions.taken_back("withdrawn", 1).await.unwrap()), (0, Some(Some(now()))));
        assert_eq!(editions.last_withdrawn("withdrawn").await.unwrap(), Some(now()));
    }
    assert_eq!(editions.named(&edition.name()).await.unwrap().unwrap().withdrawn, Some(Box::new(withdrawal)));
    for changes in [true, false] {
        assert_eq!(editions.withdraw(edition.id, None, Some("a wrong\nchart")).await.unwrap(), changes);
        assert_eq!((archived().await, editions.last_withdrawn("withdrawn").await.unwrap()), (1, None));
    }
    // What was withdrawn stays known, a line for each time.
    assert!(
        editions.withdraw(edition.id, Some(&EditionWithdrawal { at: now(), why: String::new() }), None).await.unwrap()
    );
    assert!(editions.withdraw(edition.id, None, Some("again")).await.unwrap());
    let before = editions.named(&edition.name()).await.unwrap().unwrap().withdrawn_before;
    assert_eq!(before, ["a wrong chart", "again"]);
    // One that is stopped is gone as well; when, nobody noted.
    editions.stop(&edition, "", now()).await.unwrap();
    assert_eq!((archived().await, editions.taken_back("withdrawn", 1).await.unwrap()), (0, Some(None)));
    assert_eq!(editions.taken_back("withdrawn", 2).await.unwrap(), None);
}

pub async fn refused_mails_are_sent_again_by_a_person(store: &Store) {
    let people = ["a@again.example", "b@again.example", "left@again.example", "bad@again.example", "e@again.example"];
    let edition = released(store, "again", &people.map(|person| (person, En))).await;
    for claim in store.outbox().lease(&lease("a", now()), 4).await.unwrap() {
        assert!(moved(store, &claim, State::Failed).await);
    }
    store.people().unsubscribe(&address("left@again.example"), now()).await.unwrap();
    store.people().suppress(&address("bad@again.example"), "complained", now()).await.unwrap();
    let resend = |only, dry_run| Resend {
        edition: edition.id,
        only,
        by: "anna",
        now: now() + minutes(60),
        give_up_at: now() + minutes(999),
        dry_run,
    };
    let before = mails(store, &edition).await;
    assert_eq!(store.outbox().resend(&resend(State::Failed, true)).await.unwrap(), Resent { again: 2, left_out: 2 });
    assert_eq!(store.outbox().resend(&resend(State::Sent, false)).await.unwrap(), Resent::default(), "never");
    assert_eq!(store.outbox().resend(&resend(State::Unknown, false)).await.unwrap(), Resent::default());
    assert_eq!(mails(store, &edition).await, before);
    assert_eq!(store.outbox().resend(&resend(State::Failed, false)).await.unwrap(), Resent { again: 2, left_out: 2 });
    let after = mails(store, &edition).await;
    for (was, is) in before.iter().zip(&after) {
        assert_eq!(was.message_id, is.message_id);
        if ["a@again.example", "b@again.example"].contains(&&*is.address) {
            assert_eq!((is.state, is.attempts, is.due), (State::Pending, 0, Some(now() + minutes(60))));
            assert_eq!((is.give_up, &*is.reply), (now() + minutes(999), "sent again, says anna; before: to failed"));
            assert_eq!(is.decided.as_deref(), Some("sent again, says anna at 2026-11-23 07:00:00 UTC"));
        } else {
            assert_eq!(was, is);
        }
    }
    let claims = store.outbox().lease(&lease("a", now() + minutes(60)), 10).await.unwrap();
    assert_eq!(claims.iter().map(|claim| (claim.attempt, claim.tries)).collect::<Vec<_>>(), [(2, 1), (2, 1), (1, 1)]);
    assert!(moved(store, &claims[0], State::DotWritten).await && moved(store, &claims[0], State::Sent).await);
    let sent = store.outbox().mail(claims[0].id).await.unwrap().unwrap();
    assert!(sent.decided.is_some() && sent.reply == "to sent", "who decided it is still known");
    assert_eq!(store.outbox().mail(MailId::new(-1)).await.unwrap(), None);
    // Once it is stopped, its mails wait for nobody, whatever paused it before.
    assert!(store.editions().pause(edition.id, "550 5.7.1 SPF", &[], now()).await.unwrap());
    let paused = store.editions().named(&edition.name()).await.unwrap().unwrap();
    assert_eq!(paused.pause().map(|pause| pause.why.as_str()), Some("550 5.7.1 SPF"));
    store.editions().stop(&edition, "", now()).await.unwrap();
    let stopped = store.editions().named(&edition.name()).await.unwrap().unwrap();
    assert_eq!((stopped.pause(), stopped.paused.is_some()), (None, true));
}

pub async fn how_fast_and_how_it_went(store: &Store) {
    let people = ["a@fast.example", "b@fast.example", "c@fast.example"].map(|person| (person, En));
    let edition = released(store, "fast", &people).await;
    let claims = store.outbox().lease(&lease("a", now()), 2).await.unwrap();
    let late = now() + minutes(90);
    for claim in &claims {
        for to in [State::DotWritten, State::Sent] {
            store.outbox().settle(&[step(claim, to)], "a", late).await.unwrap();
        }
    }
    let after = |seconds| late + chrono::TimeDelta::seconds(seconds);
    let rate = async |edition, at| store.outbox().rate(edition, at).await.unwrap();
    assert_eq!(rate(Some(edition.id), after(0)).await, 2.0, "at least a second");
    assert_eq!(rate(Some(edition.id), after(4)).await, 0.5);
    assert_eq!(rate(None, after(4)).await, 0.5);
    assert_eq!(rate(Some(edition.id), after(61)).await, 0.0);
    assert_eq!(rate(Some(EditionId::new(edition.id.get() + 1000)), after(4)).await, 0.0);
    let words = store.outbox().replies(edition.id, State::Sent, None, 10).await.unwrap();
    assert_eq!(words.iter().map(|word| word.reply.as_str()).collect::<Vec<_>>(), ["to sent"; 2]);
    assert_eq!(store.outbox().replies(edition.id, State::Sent, Some(words[0].id), 10).await.unwrap(), words[1..]);
    assert_eq!(store.outbox().last_move(edition.id).await.unwrap(), Some(late));

    // It is over when no mail is open, or when those that are should have been given up; and told of once.
    let over = async |at| store.editions().unreported(at).await.unwrap().iter().any(|other| other.id == edition.id);
    assert!(!over(now()).await && over(now() + minutes(721)).await);
    store.editions().stop(&edition, "", now()).await.unwrap();
    assert!(over(now()).await);
    let told = operator_mail("<edition.fast.1@example.org>", now());
    let all: Vec<bool> = {
        let tasks: Vec<_> = (0..4)
            .map(|_| {
                let (store, edition) = (store.clone(), edition.clone());
                tokio::spawn(async move {
                    let told = operator_mail("<edition.fast.1@example.org>", now());
                    store.editions().report(&edition, &[told], now()).await.unwrap()
                })
            })
            .collect();
        let mut all = Vec::new();
        for task in tasks {
            all.push(task.await.unwrap());
        }
        all
    };
    assert_eq!(all.iter().filter(|told| **told).count(), 1);
    assert!(!over(now()).await && !store.outbox().enqueue(&told).await.unwrap());
    assert!(store.outbox().others_on_their_way().await.unwrap());
}

/// Thousands, so that each step has several parts.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_done_in_parts_is_done_to_all() {
    let place = Place::sqlite();
    let store = place.open().await;
    let people: Vec<_> = (0..12_000).map(|n| address(&format!("many{n}@example.net"))).collect();
    store.people().subscribe_all(people.iter().map(|a| (a, En, "many")), now(), || ()).await.unwrap();
    let edition = released(&store, "many", &[]).await;
    assert!(store.editions().pause(edition.id, "550 5.7.1", &[], now()).await.unwrap());
    assert_eq!(store.outbox().lease(&lease("a", now()), 100).await.unwrap(), []);
    let seen = store.editions().named(&"many/1".parse().unwrap()).await.unwrap().unwrap();
    assert_eq!(store.editions().resume(&seen, now()).await.unwrap().back, 12_000);
    assert_eq!(store.outbox().lease(&lease("a", now()), 100).await.unwrap().len(), 100);
    place.raw().await.execute("UPDATE mail SET state = 5").await.unwrap();
    let resend = Resend {
        edition: edition.id,
        only: State::Failed,
        by: "anna",
        now: now(),
        give_up_at: now() + minutes(99),
        dry_run: false,
    };
    assert_eq!(store.outbox().resend(&resend).await.unwrap(), Resent { again: 12_000, left_out: 0 });
    assert_eq!(store.outbox().tally(None).await.unwrap().of(State::Pending), 12_000);
}

/// A store that the first version made.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_older_store_comes_along() {
    let place = Place::sqlite();
    let store = place.open().await;
    let people = ["a@old.example", "b@old.example"].map(|person| (person, En));
    released(&store, "over", &people).await;
    let claims = store.outbox().lease(&lease("a", now()), 10).await.unwrap();
    for claim in &claims {
        assert!(moved(&store, claim, State::Failed).await);
    }
    released(&store, "open", &people).await;
    let raw = place.raw().await;
    for undo in [
        "ALTER TABLE edition_text DROP COLUMN attached",
        "ALTER TABLE mail DROP COLUMN pages_of",
        "DROP TABLE link",
        "DROP TABLE share",
        "DROP TABLE correction",
        "ALTER TABLE edition DROP COLUMN architecture",
        "ALTER TABLE edition DROP COLUMN fonts",
        "ALTER TABLE edition DROP COLUMN withdrawn_at",
        "ALTER TABLE edition DROP COLUMN withdrawn_why",
        "ALTER TABLE edition DROP COLUMN withdrawn_before",
        "DROP TABLE forgotten_asked",
        "DROP TABLE former_address",
        "ALTER TABLE subscription DROP COLUMN moved_to",
        "DROP TABLE edition_page",
        "DROP TABLE forwarded",
        "ALTER TABLE mail DROP COLUMN reply_to",
        "ALTER TABLE mail DROP COLUMN in_reply_to",
        "ALTER TABLE edition DROP COLUMN problems",
        "DROP TABLE warm_up",
        "DROP TABLE bounce_brake",
        "DROP TABLE soft_bounce",
        "DROP TABLE bounce",
        "DROP TABLE reply",
        "DROP TABLE token_key",
        "DROP TABLE subscription_move",
        "DROP TABLE consent_source",
        "DROP TABLE sign_up",
        "DROP TABLE suppression_ended",
        "ALTER TABLE suppression DROP COLUMN actor",
        "DROP TABLE forgotten_key",
        "DROP TABLE forgotten",
        "DROP INDEX mail_own",
        "DROP INDEX mail_operator",
        "DROP INDEX mail_urgent",
        "ALTER TABLE mail DROP COLUMN urgent",
        "DROP TABLE removal",
        "DROP TABLE withdrawal",
        "DROP TABLE observation",
        "DROP TABLE citation",
        "DROP TABLE catalogue",
        "DROP TABLE import",
        "ALTER TABLE edition DROP COLUMN import",
        "CREATE TABLE unit (id TEXT PRIMARY KEY)",
        "CREATE TABLE series (id TEXT PRIMARY KEY)",
        "CREATE TABLE observation (id INTEGER PRIMARY KEY, series TEXT, period TEXT, vintage TEXT)",
        "CREATE TABLE citation (observation BIGINT, position BIGINT)",
        "CREATE TABLE event (id TEXT PRIMARY KEY)",
        "DROP TABLE approval",
        "ALTER TABLE edition DROP COLUMN decided_at",
        "ALTER TABLE edition DROP COLUMN decided_why",
        "DROP TABLE domain_pause",
        "DROP TABLE edition_floor",
        "DROP TABLE earlier_id",
        "DROP TABLE config",
        "DROP TABLE quiet",
        "DROP INDEX mail_sent",
        "DROP INDEX edition_unreported",
        "ALTER TABLE mail DROP COLUMN uncounted",
        "ALTER TABLE mail DROP COLUMN decided",
        "ALTER TABLE edition DROP COLUMN paused_at",
        "ALTER TABLE edition DROP COLUMN paused_why",
        "ALTER TABLE edition DROP COLUMN reported_at",
        "ALTER TABLE schedule DROP COLUMN paused_by",
        "DROP INDEX occurrence_waits",
        "DELETE FROM schema_version WHERE version > 1",
    ] {
        raw.execute(undo).await.unwrap();
    }
    raw.close().await;
    store.close().await;
    let store = place.open().await;
    assert_eq!(Store::migrate(&place.url, Surroundings::default(), now()).await.unwrap(), UNCHANGED);
    // Nobody is told now of what was over long ago.
    let late = store.editions().unreported(now() + minutes(9999)).await.unwrap();
    assert_eq!(late.iter().map(|edition| edition.brief.as_str()).collect::<Vec<_>>(), ["open"]);
    let claims = store.outbox().lease(&lease("b", now()), 10).await.unwrap();
    assert_eq!(claims.iter().map(|claim| (claim.attempt, claim.tries)).collect::<Vec<_>>(), [(1, 1); 2]);
    let copies = std::fs::read_dir(store.file().unwrap().parent().unwrap()).unwrap();
    assert!(copies.map(|entry| entry.unwrap().file_name()).any(|name| name.to_string_lossy().contains("schema-1.")));
}
