//! Mails: who gets one, which moves they make, and that none is sent twice.

use std::collections::{BTreeMap, BTreeSet};

use greenbrief::{
    base::{
        ids::MailId,
        language::Language::{De, En, Zh},
    },
    delivery::rules::{DeliveryGuarantee, State},
    store::{Claim, Edition, EditionState, Move, OwnText, Recovered, Release, Setting, Store},
    time::schedule::QuietSpan,
};

use super::{address, begun, ending, frozen, lease, mails, minutes, now, operator_mail, released, short_lease, text};

fn step(claim: &Claim, to: State) -> Move {
    Move { id: claim.id, attempt: claim.attempt, to, reply: format!("to {to}"), due: None }
}

async fn moved(store: &Store, claim: &Claim, owner: &str, to: State) -> bool {
    store.outbox().settle(&[step(claim, to)], owner, now()).await.unwrap() == [true]
}

/// Sends all that is due, so that the next chapter begins with an empty outbox.
pub async fn send_all(store: &Store) {
    loop {
        let claims = store.outbox().lease(&lease("sender", now() + minutes(600)), 500).await.unwrap();
        if claims.is_empty() {
            return;
        }
        for to in [State::DotWritten, State::Sent] {
            let moves: Vec<_> = claims.iter().map(|claim| step(claim, to)).collect();
            assert!(store.outbox().settle(&moves, "sender", now()).await.unwrap().into_iter().all(|moved| moved));
        }
    }
}

async fn states(store: &Store, edition: &Edition) -> BTreeMap<String, State> {
    mails(store, edition).await.into_iter().map(|mail| (mail.address, mail.state)).collect()
}

pub async fn only_who_should_gets_a_mail(store: &Store) {
    send_all(store).await;
    for (person, language, brief) in [
        ("active@example.org", En, "who"),
        ("Umlaut@b\u{fc}cher.example", De, "who"),
        ("ended@example.org", En, "who"),
        ("suppressed@example.org", En, "who"),
        ("other-language@example.org", Zh, "who"),
        ("other-brief@example.org", En, "whom"),
    ] {
        store.people().subscribe(&address(person), language, brief, now()).await.unwrap();
    }
    store.people().unsubscribe(&address("ended@example.org"), now()).await.unwrap();
    store.people().suppress(&address("suppressed@example.org"), "550 5.1.1", now()).await.unwrap();
    let occurrence = begun(store, "who", "n").await;
    let edition = frozen(store, &occurrence, "who").await;
    let count = store.editions().release(&edition, &[text(En), text(De)], &ending(&occurrence)).await.unwrap();
    assert_eq!(count, Some(2));
    let got = mails(store, &edition).await;
    let name = edition.name();
    let shown: Vec<_> = got.iter().map(|m| (m.address.as_str(), m.language, m.state, m.edition.as_ref())).collect();
    assert_eq!(
        shown,
        [
            ("active@example.org", En, State::Pending, Some(&name)),
            ("Umlaut@xn--bcher-kva.example", De, State::Pending, Some(&name)),
        ]
    );
    let ids: BTreeSet<_> = got.iter().map(|mail| mail.message_id.clone()).collect();
    assert_eq!(ids.len(), 2);
    assert!(ids.iter().all(|id| id.starts_with("<who.1.") && id.ends_with(".store1@example.org>")), "{ids:?}");
    assert_eq!(store.outbox().next_due().await.unwrap(), Some(now()));
    let page = store.outbox().mails(Some(edition.id), Some(State::Pending), Some(got[0].id), 10).await.unwrap();
    assert_eq!(page, got[1..]);
    assert_eq!(store.outbox().mails(Some(edition.id), Some(State::Sent), None, 10).await.unwrap(), []);
    // Who joins later gets the next one.
    store.people().subscribe(&address("late@example.org"), En, "who", now()).await.unwrap();
    assert_eq!(mails(store, &edition).await.len(), 2);
    send_all(store).await;
    assert_eq!(store.outbox().next_due().await.unwrap(), None);
}

pub async fn a_mail_goes_its_way(store: &Store) {
    let edition = released(store, "way", &[("way@example.org", De)]).await;
    // Not before its time.
    assert_eq!(store.outbox().lease(&lease("a", now() - minutes(1)), 10).await.unwrap(), []);
    assert_eq!(store.outbox().lease(&lease("a", now()), 0).await.unwrap(), []);
    let claims = store.outbox().lease(&lease("a", now()), 10).await.unwrap();
    let claim = claims[0].clone();
    assert_eq!((claims.len(), claim.attempt, claim.edition, claim.language), (1, 1, Some(edition.id), De));
    assert_eq!((claim.brief.as_deref(), claim.own.as_ref(), claim.created), (Some("way"), None, now()));
    assert_eq!(store.outbox().lease(&lease("b", now()), 10).await.unwrap(), []);
    let before = mails(store, &edition).await;
    // An illegal move, a stranger, a stale attempt, a mail that is not there: nothing changes.
    let stale = Claim { attempt: claim.attempt - 1, ..claim.clone() };
    let absent = Claim { id: MailId::new(-1), ..claim.clone() };
    for (claim, owner, to) in [
        (&claim, "a", State::Sent),
        (&claim, "a", State::Claimed),
        (&claim, "b", State::DotWritten),
        (&stale, "a", State::DotWritten),
        (&absent, "a", State::DotWritten),
    ] {
        assert!(!moved(store, claim, owner, to).await, "{to}");
    }
    assert_eq!(mails(store, &edition).await, before);

    // Deferred: not before its time, and then the next attempt; the last one can do nothing any more.
    let wait = Move { due: Some(now() + minutes(5)), ..step(&claim, State::Deferred) };
    assert_eq!(store.outbox().settle(&[wait], "a", now()).await.unwrap(), [true]);
    let seen = mails(store, &edition).await.remove(0);
    assert_eq!((seen.state, seen.due, seen.reply.as_str()), (State::Deferred, Some(now() + minutes(5)), "to deferred"));
    assert_eq!(store.outbox().lease(&lease("a", now() + minutes(4)), 10).await.unwrap(), []);
    let second = store.outbox().lease(&lease("a", now() + minutes(5)), 10).await.unwrap().remove(0);
    assert_eq!((second.attempt, &second.message_id), (2, &claim.message_id));
    assert!(!moved(store, &claim, "a", State::DotWritten).await);

    // Two moves of one mail in one commit keep their order; the answers come in the order of the questions.
    let moves = [step(&absent, State::Sent), step(&second, State::DotWritten), step(&second, State::Sent)];
    assert_eq!(store.outbox().settle(&moves, "a", now() + minutes(6)).await.unwrap(), [false, true, true]);
    let sent = mails(store, &edition).await.remove(0);
    assert_eq!((sent.state, sent.attempts, sent.reply.as_str()), (State::Sent, 2, "to sent"));
    assert_eq!((sent.since, sent.due), (now() + minutes(6), None));
    for to in State::ALL {
        assert!(!moved(store, &second, "a", to).await, "{to}");
    }
    assert_eq!(mails(store, &edition).await, [sent]);
    let tally = store.outbox().tally(Some(edition.id)).await.unwrap();
    assert_eq!((tally.of(State::Sent), tally.all(), tally.open()), (1, 1, 0));

    // A mail of no edition, once.
    assert!(store.outbox().enqueue(&operator_mail("<one@example.org>", now())).await.unwrap());
    assert!(!store.outbox().enqueue(&operator_mail("<one@example.org>", now())).await.unwrap());
    let claim = store.outbox().lease(&lease("a", now()), 10).await.unwrap().remove(0);
    assert_eq!((claim.edition, claim.brief.as_deref()), (None, None));
    let own = OwnText {
        subject: "Something happened".into(),
        text: "It did.\n".into(),
        reply_to: None,
        in_reply_to: None,
        pages_of: None,
    };
    assert_eq!(claim.own, Some(own));
    assert!(moved(store, &claim, "a", State::Failed).await);
    let failed = store.outbox().mails(None, Some(State::Failed), None, 10).await.unwrap();
    assert_eq!(failed.iter().map(|mail| mail.edition.clone()).collect::<Vec<_>>(), [None]);
}

pub async fn in_quiet_hours_mails_wait_for_their_end(store: &Store) {
    send_all(store).await;
    let night = |from: i64, until: i64| QuietSpan { from: now() + minutes(from), until: now() + minutes(until) };
    let release = async |brief: &str, quiet: &[QuietSpan]| {
        for person in ["first@example.org", "second@example.org"] {
            store.people().subscribe(&address(person), De, brief, now()).await.unwrap();
        }
        let occurrence = begun(store, brief, "n").await;
        let edition = frozen(store, &occurrence, brief).await;
        store.editions().release(&edition, &[text(De)], &Release { quiet, ..ending(&occurrence) }).await.unwrap();
        edition
    };
    let due = async |edition: &Edition| -> BTreeSet<_> {
        mails(store, edition).await.iter().map(|mail| (mail.state, mail.due)).collect()
    };
    let at =
        async |after: i64, limit: i64| store.outbox().lease(&lease("a", now() + minutes(after)), limit).await.unwrap();

    // Released in the night: its mails wait for the morning, and are known to.
    let spans = [night(-60, 90), night(200, 300), night(600, 900)];
    let asleep = release("asleep", &spans).await;
    assert_eq!(store.editions().quiet_hours(asleep.id).await.unwrap(), spans);
    assert_eq!(due(&asleep).await, BTreeSet::from([(State::Pending, Some(now() + minutes(90)))]));
    // Another one goes on beside it.
    let awake = release("awake", &[]).await;
    let claims = at(0, 10).await;
    assert_eq!(
        claims.iter().map(|claim| (claim.edition, claim.quiet_from)).collect::<BTreeSet<_>>(),
        BTreeSet::from([(Some(awake.id), None)])
    );
    assert_eq!(at(89, 10).await, []);

    // In the morning they go; who has one knows until when.
    let claim = at(90, 1).await.remove(0);
    assert_eq!((claim.edition, claim.quiet_from), (Some(asleep.id), Some(now() + minutes(200))));
    // What is due in the next night is put off to its end, a mail that came back included.
    assert!(moved(store, &claim, "a", State::Pending).await);
    assert_eq!(at(200, 10).await, []);
    assert_eq!(due(&asleep).await, BTreeSet::from([(State::Pending, Some(now() + minutes(300)))]));
    assert_eq!(store.outbox().next_due().await.unwrap(), Some(now() + minutes(300)));
    assert_eq!(at(299, 10).await, []);
    // Its time is over before the last night is.
    assert_eq!(at(600, 10).await, []);
    assert_eq!(due(&asleep).await, BTreeSet::from([(State::Pending, Some(now() + minutes(720)))]));
    assert_eq!(at(720, 10).await, []);
    assert_eq!(due(&asleep).await, BTreeSet::from([(State::Expired, None)]));
    for claim in claims {
        assert!(moved(store, &claim, "a", State::Failed).await);
    }
}

pub async fn two_couriers_share_without_doubles(store: &Store) {
    let people: Vec<_> = (0..300).map(|n| address(&format!("shared{n}@example.net"))).collect();
    store.people().subscribe_all(people.iter().map(|a| (a, En, "shared")), now(), || ()).await.unwrap();
    let edition = released(store, "shared", &[]).await;
    let couriers: Vec<_> = (0..4)
        .map(|n| {
            let store = store.clone();
            tokio::spawn(async move {
                let owner = format!("courier{n}");
                let mut sent = Vec::new();
                loop {
                    let claims = store.outbox().lease(&lease(&owner, now()), 7).await.unwrap();
                    if claims.is_empty() {
                        return sent;
                    }
                    for to in [State::DotWritten, State::Sent] {
                        let moves: Vec<_> = claims.iter().map(|claim| step(claim, to)).collect();
                        let moved = store.outbox().settle(&moves, &owner, now()).await.unwrap();
                        assert!(moved.into_iter().all(|moved| moved));
                    }
                    sent.extend(claims.into_iter().map(|claim| claim.id));
                }
            })
        })
        .collect();
    let mut sent = Vec::new();
    for courier in couriers {
        sent.extend(courier.await.unwrap());
    }
    // An empty answer on PostgreSQL may only mean that others hold the rest: what they hold, they send.
    assert_eq!((sent.len(), sent.iter().collect::<BTreeSet<_>>().len()), (300, 300));
    assert_eq!(store.outbox().tally(Some(edition.id)).await.unwrap().of(State::Sent), 300);
}

pub async fn what_must_not_go_is_taken_back(store: &Store) {
    let people = ["a@stop.example", "b@stop.example", "c@stop.example", "d@stop.example"].map(|person| (person, En));
    let edition = released(store, "stopped", &people).await;
    let claims = store.outbox().lease(&lease("a", now()), 3).await.unwrap();
    assert!(moved(store, &claims[0], "a", State::DotWritten).await);
    let wait = Move { due: Some(now() + minutes(5)), ..step(&claims[1], State::Deferred) };
    store.outbox().settle(&[wait], "a", now()).await.unwrap();
    assert_eq!(store.editions().stop(&edition, "stopped by anna", now()).await.unwrap(), 3);
    assert_eq!(store.editions().stop(&edition, "stopped by anna", now()).await.unwrap(), 0);
    let seen = store.editions().named(&"stopped/1".parse().unwrap()).await.unwrap().unwrap();
    assert_eq!((seen.state, seen.reason.as_str()), (EditionState::Stopped, "stopped by anna"));
    // The one whose dot is out may come back deferred, and then goes no further.
    assert!(!moved(store, &claims[2], "a", State::DotWritten).await);
    assert!(moved(store, &claims[0], "a", State::Deferred).await);
    assert_eq!(store.outbox().lease(&lease("a", now()), 10).await.unwrap(), []);
    assert!(states(store, &edition).await.values().all(|state| *state == State::Cancelled));
    assert_eq!(mails(store, &edition).await[0].attempts, 1);

    // Who leaves, or must not be mailed, gets nothing, even if a courier has it already.
    let people = ["left@x.example", "left-late@x.example", "bad@x.example", "stays@x.example"].map(|p| (p, En));
    let edition = released(store, "leaving", &people).await;
    let claims = store.outbox().lease(&lease("a", now()), 2).await.unwrap();
    let left = claims.iter().find(|claim| claim.address == "left@x.example").unwrap();
    store.people().unsubscribe(&address("left@x.example"), now()).await.unwrap();
    store.people().unsubscribe(&address("left-late@x.example"), now()).await.unwrap();
    assert_eq!(store.people().suppress(&address("bad@x.example"), "550 5.1.1", now()).await.unwrap(), 1);
    assert!(!moved(store, left, "a", State::DotWritten).await);
    let rest = store.outbox().lease(&lease("a", now()), 10).await.unwrap();
    assert_eq!(rest.iter().map(|claim| claim.address.as_str()).collect::<Vec<_>>(), ["stays@x.example"]);
    assert!(moved(store, &rest[0], "a", State::DotWritten).await && moved(store, &rest[0], "a", State::Sent).await);
    // What is sent stays sent.
    store.people().unsubscribe(&address("stays@x.example"), now()).await.unwrap();
    let seen = states(store, &edition).await;
    assert_eq!(seen.values().filter(|state| **state == State::Cancelled).count(), 3);
    assert_eq!(seen["stays@x.example"], State::Sent);

    // The state is looked at again when a mail is claimed: suppressed by another way than `suppress`.
    assert!(store.outbox().enqueue(&operator_mail("<two@example.org>", now())).await.unwrap());
    assert_eq!(store.people().suppress(&address("Desk@example.org"), "complained", now()).await.unwrap(), 1);
    assert!(store.outbox().enqueue(&operator_mail("<three@example.org>", now())).await.unwrap());
    assert_eq!(store.outbox().lease(&lease("a", now()), 10).await.unwrap(), []);
    let last = store.outbox().mails(None, Some(State::Cancelled), None, 1000).await.unwrap().pop().unwrap();
    assert_eq!((last.message_id.as_str(), last.reply.as_str()), ("<three@example.org>", "the address is suppressed"));

    // After `give_up_after` it is not worth sending: whole batches of those do not hide one that is.
    let people: Vec<_> = (0..25).map(|n| address(&format!("old{n}@example.net"))).collect();
    store.people().subscribe_all(people.iter().map(|a| (a, En, "old")), now(), || ()).await.unwrap();
    let old = released(store, "old", &[]).await;
    let mut fresh = operator_mail("<fresh@example.org>", now() + minutes(600));
    fresh.address = "fresh@example.org";
    assert!(store.outbox().enqueue(&fresh).await.unwrap());
    let claims = store.outbox().lease(&lease("a", now() + minutes(720)), 10).await.unwrap();
    assert_eq!(claims.iter().map(|claim| claim.message_id.as_str()).collect::<Vec<_>>(), ["<fresh@example.org>"]);
    assert!(states(store, &old).await.values().all(|state| *state == State::Expired));
    assert!(moved(store, &claims[0], "a", State::Failed).await);
}

pub async fn a_hold_stops_all(store: &Store) {
    let edition = released(store, "held", &[("hold@example.org", En)]).await;
    store.set(Setting::Hold, Some("a person looks first")).await.unwrap();
    assert_eq!(store.outbox().lease(&lease("a", now()), 10).await.unwrap(), []);
    assert_eq!(states(store, &edition).await["hold@example.org"], State::Pending);
    store.set(Setting::Hold, None).await.unwrap();
    assert_eq!(store.outbox().lease(&lease("a", now()), 10).await.unwrap().len(), 1);
    let claim = mails(store, &edition).await.remove(0);
    assert_eq!(claim.state, State::Claimed);
    store.editions().stop(&edition, "", now()).await.unwrap();
}

pub async fn what_a_dead_courier_left(store: &Store) {
    let people = ["a@dead.example", "b@dead.example", "c@dead.example", "d@dead.example"].map(|person| (person, En));
    let edition = released(store, "dead", &people).await;
    // One lease that is over, one that is not; in each, one mail with its dot written.
    for (owner, lease) in [("gone", short_lease("gone", now())), ("slow", lease("slow", now()))] {
        let claims = store.outbox().lease(&lease, 2).await.unwrap();
        assert!(moved(store, &claims[0], owner, State::DotWritten).await);
    }
    assert_eq!(
        store.outbox().recover("gone", true, DeliveryGuarantee::AtMostOnce, now()).await.unwrap(),
        Recovered { returned: 1, unknown: 1 }
    );
    assert_eq!(
        store.outbox().recover("slow", false, DeliveryGuarantee::AtMostOnce, now()).await.unwrap(),
        Recovered { returned: 1, unknown: 1 }
    );
    assert_eq!(
        store.outbox().recover("new", true, DeliveryGuarantee::AtMostOnce, now()).await.unwrap(),
        Recovered::default()
    );
    let tally = store.outbox().tally(Some(edition.id)).await.unwrap();
    assert_eq!((tally.of(State::Pending), tally.of(State::Unknown), tally.all()), (2, 2, 4));
    for mail in mails(store, &edition).await {
        assert_eq!(mail.unknowns, i64::from(mail.state == State::Unknown));
        assert!(mail.reply.starts_with("its courier ended before"), "{}", mail.reply);
    }
    // Nobody sends an unknown mail by itself; the others go again, as their second attempt, and once.
    let claims = store.outbox().lease(&lease("new", now()), 10).await.unwrap();
    assert_eq!(claims.iter().map(|claim| claim.attempt).collect::<Vec<_>>(), [2, 2]);
    for claim in &claims {
        let stale = Claim { attempt: 1, ..claim.clone() };
        for owner in ["gone", "slow", "new"] {
            assert!(!moved(store, &stale, owner, State::DotWritten).await);
        }
    }
    assert_eq!(
        store.outbox().recover("other", false, DeliveryGuarantee::AtMostOnce, now()).await.unwrap(),
        Recovered::default()
    );
    let all = store.outbox().tally(None).await.unwrap();
    assert_eq!(all.of(State::Unknown), 2);
    assert!(all.all() > 300);
    for to in [State::DotWritten, State::Sent] {
        for claim in &claims {
            assert!(moved(store, claim, "new", to).await);
        }
    }
}

pub async fn what_is_in_doubt_goes_again_if_that_is_wanted(store: &Store) {
    let people = ["a@doubt.example", "b@doubt.example", "c@doubt.example"].map(|person| (person, En));
    let edition = released(store, "doubt", &people).await;
    let claims = store.outbox().lease(&lease("gone", now()), 3).await.unwrap();
    assert!(moved(store, &claims[0], "gone", State::DotWritten).await);
    assert!(moved(store, &claims[1], "gone", State::DotWritten).await);
    // One whose courier lives to say so, two that are found.
    let again = Move { due: Some(now() + minutes(2)), ..step(&claims[1], State::Unknown) };
    assert_eq!(store.outbox().settle(&[again], "gone", now()).await.unwrap(), [true]);
    let found = store.outbox().recover("new", true, DeliveryGuarantee::AtLeastOnce, now()).await.unwrap();
    assert_eq!(found, Recovered { returned: 1, unknown: 1 });
    let seen: Vec<_> = mails(store, &edition).await.iter().map(|mail| (mail.state, mail.unknowns, mail.due)).collect();
    let due = Some(now());
    assert_eq!(
        seen,
        [(State::Deferred, 1, due), (State::Deferred, 1, Some(now() + minutes(2))), (State::Pending, 0, due)]
    );
    // The one that is gone has nothing to say any more; the mails are the same.
    assert!(!moved(store, &claims[0], "gone", State::Sent).await);
    let second = store.outbox().lease(&lease("new", now() + minutes(2)), 10).await.unwrap();
    let names = |claims: &[Claim]| claims.iter().map(|claim| claim.message_id.clone()).collect::<Vec<_>>();
    assert_eq!(names(&second), names(&claims));
    for to in [State::DotWritten, State::Sent] {
        for claim in &second {
            assert!(moved(store, claim, "new", to).await);
        }
    }
    let seen: Vec<_> = mails(store, &edition).await.iter().map(|mail| (mail.state, mail.unknowns)).collect();
    assert_eq!(seen, [(State::Sent, 1), (State::Sent, 1), (State::Sent, 0)]);
}
