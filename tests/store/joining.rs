//! Who asks to join, confirms, changes what they get, and is erased.

use chrono::TimeDelta;
use greenbrief::{
    base::language::Language::{De, En, Zh},
    delivery::rules::State,
    people::{
        joining::{ConsentText, JoinLimits, JoinMail, Network},
        subscribers::SubscriptionState,
    },
    store::{
        Confirmation, Confirming, Given, MailKind, MailQuery, MessageIds, NewSignUp, Removal, SignUpStanding, SignedUp,
        Store, SubscriberQuery,
    },
};
use tokio::task::JoinSet;

use super::{address, lease, minutes, now, operator_mail, released};

const IDS: MessageIds<'_> = MessageIds { domain: "example.org", store_id: "store1" };

pub fn asked(id: i64, who: &str, brief: &str, network: &str) -> NewSignUp {
    NewSignUp {
        id,
        address: address(who),
        brief: brief.to_owned(),
        language: En,
        subscriber: None,
        moves: Vec::new(),
        consent: ConsentText { version: "1/en".to_owned(), text: "I agree".to_owned() },
        way: "form",
        network: (!network.is_empty()).then(|| Network::of(network.parse().unwrap())),
        limits: JoinLimits { per_hour: 3, per_day: 5 },
        mail: JoinMail { subject: "Please confirm".to_owned(), text: format!("link {id}\n") },
        reply_to: None,
        message_id: format!("<confirm.{id}.store1@example.org>"),
        now: now(),
        waits: TimeDelta::zero(),
    }
}

pub fn confirmation(sign_up: i64, later: i64) -> Confirmation<'static> {
    let network = Some(Network::of("198.51.100.7".parse().unwrap()));
    Confirmation { sign_up, network, message_ids: IDS, told: None, answer: None, now: now() + minutes(later) }
}

async fn mails_to(store: &Store, who: &str) -> Vec<(MailKind, State, String)> {
    let who = address(who);
    let query = MailQuery { address: Some(&who), ..MailQuery::default() };
    let mails = store.outbox().listed(&query, None, 100).await.unwrap();
    mails.into_iter().map(|mail| (mail.kind, mail.state, mail.address)).collect()
}

async fn history(store: &Store, who: &str, brief: &str) -> Vec<(SubscriptionState, String, String)> {
    let record = store.people().record(&address(who)).await.unwrap();
    let found = record.subscriptions.into_iter().find(|one| one.brief == brief);
    let moves = found.map(|one| one.history).unwrap_or_default();
    moves.into_iter().map(|made| (made.state, made.actor, made.way)).collect()
}

/// Nobody is mailed more than once a day because somebody types their address, and no network causes many mails.
pub async fn who_asks_is_mailed_once(store: &Store) {
    let people = store.people();
    let sign_up = async |new: NewSignUp| people.sign_up(new).await.unwrap();
    assert_eq!(sign_up(asked(101, "anna@join.example", "join", "192.0.2.1")).await, SignedUp::Queued);
    assert_eq!(sign_up(asked(102, "ANNA@join.example", "other", "203.0.113.1")).await, SignedUp::Repeated);
    let later = |new: NewSignUp, hours| NewSignUp { now: now() + TimeDelta::hours(hours), ..new };
    assert_eq!(sign_up(later(asked(103, "anna@join.example", "join", ""), 23)).await, SignedUp::Repeated);
    assert_eq!(sign_up(later(asked(101, "anna@join.example", "join", ""), 25)).await, SignedUp::NumberTaken);
    assert_eq!(sign_up(later(asked(104, "anna@join.example", "join", ""), 25)).await, SignedUp::Queued);
    assert_eq!(mails_to(store, "anna@join.example").await.len(), 2);
    // Three in an hour from one network, five in a day; another network, or none that is known, is another matter.
    for (id, expected) in [(111, SignedUp::Queued), (112, SignedUp::Queued), (113, SignedUp::NetworkLimit)] {
        assert_eq!(sign_up(asked(id, &format!("{id}@join.example"), "join", "192.0.2.99")).await, expected, "{id}");
    }
    for (id, hours, expected) in [
        (121, 2, SignedUp::Queued),
        (122, 2, SignedUp::Queued),
        (123, 2, SignedUp::NetworkLimit),
        (124, 26, SignedUp::Queued),
    ] {
        let new = later(asked(id, &format!("{id}@join.example"), "join", "192.0.2.50"), hours);
        assert_eq!(sign_up(new).await, expected, "{id}");
    }
    assert_eq!(sign_up(asked(131, "131@join.example", "join", "192.0.3.1")).await, SignedUp::Queued);
    assert_eq!(sign_up(asked(132, "132@join.example", "join", "")).await, SignedUp::Queued);
    // Who confirms, leaves and asks again on the same day is a reader: they are asked again, three times a day and no more.
    for (round, expected) in
        [SignedUp::Queued, SignedUp::Queued, SignedUp::Queued, SignedUp::Repeated].iter().enumerate()
    {
        let (id, at) = (161 + round as i64, now() + minutes(10 * (round as i64 + 1)));
        let ask = || NewSignUp { now: at, ..asked(id, "back@join.example", "back", "") };
        assert_eq!(sign_up(ask()).await, *expected, "{round}");
        if *expected == SignedUp::Queued {
            assert_eq!(sign_up(ask()).await, SignedUp::Repeated);
            let confirmed = Confirmation { now: at + minutes(1), ..confirmation(id, 0) };
            assert!(matches!(people.confirm(confirmed).await.unwrap(), Confirming::Now { .. }));
            // While they get it, nobody causes them a second mail.
            assert_eq!(sign_up(NewSignUp { now: at + minutes(2), ..ask() }).await, SignedUp::Repeated);
            people.remove([&address("back@join.example")], Removal::default(), at + minutes(3)).await.unwrap();
        }
    }
    // Many at the same time, which are written together: each limit counts those before it in the same batch.
    let together = async |new: Vec<NewSignUp>| {
        let mut all = JoinSet::new();
        for new in new {
            let store = store.clone();
            all.spawn(async move { store.people().sign_up(new).await.unwrap() });
        }
        all.join_all().await.iter().filter(|came| **came == SignedUp::Queued).count()
    };
    let many = |first: i64, who: &dyn Fn(i64) -> String, network: &str| -> Vec<NewSignUp> {
        (first..first + 20).map(|id| asked(id, &who(id), "join", network)).collect()
    };
    assert_eq!(together(many(200, &|_| "many@join.example".to_owned(), "")).await, 1);
    assert_eq!(together(many(220, &|id| format!("box+{id}@join.example"), "")).await, 3);
    assert_eq!(together(many(240, &|id| format!("{id}@net{id}.example"), "192.0.4.1")).await, 3);
    // A number that is taken is one sign-up's matter, whoever else comes at the same time.
    let mut taken = many(260, &|id| format!("{id}@taken{id}.example"), "");
    taken.push(asked(262, "262b@taken.example", "join", ""));
    taken.push(asked(101, "101b@taken.example", "join", ""));
    assert_eq!(together(taken).await, 20);
    // Nothing else is known of anybody.
    let all = SubscriberQuery { brief: Some("join"), state: None, language: None };
    assert_eq!(people.subscribers(all, 0, 10).await.unwrap(), []);
    // What nobody confirms is deleted, and the networks of what is confirmed are forgotten.
    let open = people.open_sign_ups(None, 100, now()).await.unwrap();
    assert!(open.iter().any(|one| one.id == 101) && open.windows(2).all(|two| two[0].asked_at <= two[1].asked_at));
    let next = people.open_sign_ups(Some((open[0].asked_at, open[0].id)), 1, now()).await.unwrap();
    assert_eq!(next[0].id, open[1].id);
    people.confirm(confirmation(112, 5)).await.unwrap();
    assert_eq!(people.forget_networks(now()).await.unwrap(), 0);
    assert!(people.forget_networks(now() + minutes(1)).await.unwrap() > 1);
    let confirmed = people.sign_up_of(112).await.unwrap().unwrap();
    assert_eq!((&*confirmed.asked_network, &*confirmed.confirmed_network), ("", ""));
    assert!(people.delete_lapsed(now() + TimeDelta::days(7) + minutes(1)).await.unwrap() > 1);
    assert_eq!(people.sign_up_of(101).await.unwrap(), None);
    assert!(people.sign_up_of(112).await.unwrap().is_some());
    let of_anna = mails_to(store, "anna@join.example").await;
    assert_eq!(of_anna.len(), 1, "of the second day: {of_anna:?}");
    people.delete_lapsed(now() + TimeDelta::days(10)).await.unwrap();
}

/// A confirmed sign-up is a subscription with its proof, and brings the latest edition at once, before all others.
pub async fn who_confirms_gets_the_latest_edition(store: &Store) {
    let people = store.people();
    // What waits from before.
    store.outbox().lease(&lease("before", now() + TimeDelta::days(2)), 1000).await.unwrap();
    let many: Vec<String> = (0..30).map(|n| format!("{n}@first.example")).collect();
    let many: Vec<_> = many.iter().map(|who| (who.as_str(), En)).collect();
    let edition = released(store, "first", &many).await;
    people.sign_up(asked(201, "Bernd@first.example", "first", "192.0.2.1")).await.unwrap();
    // The mail that asks goes before the edition, which came first.
    let claims = store.outbox().lease(&lease("first", now()), 3).await.unwrap();
    assert!(claims[0].urgent && claims[0].kind == MailKind::Confirmation, "{claims:?}");
    assert!(claims[1..].iter().all(|claim| !claim.urgent && claim.edition == Some(edition.id)));

    let Confirming::Now { sign_up, subscription, edition: has_edition } =
        people.confirm(confirmation(201, 5)).await.unwrap()
    else {
        panic!("it is not confirmed");
    };
    assert!(has_edition && subscription.is_some());
    assert_eq!((&*sign_up.asked_network, &*sign_up.confirmed_network), ("192.0.2.0/24", "198.51.100.0/24"));
    assert_eq!(sign_up.mail_sha256.len(), 64);
    let claims = store.outbox().lease_urgent(&lease("first", now() + minutes(5)), 9).await.unwrap();
    assert_eq!(claims.len(), 1);
    assert_eq!((claims[0].address.as_str(), claims[0].edition), ("Bernd@first.example", Some(edition.id)));
    assert_eq!(
        claims[0].message_id,
        format!(
            "<first.1.{}.store1@example.org>",
            people.subscription(subscription.unwrap()).await.unwrap().unwrap().subscriber
        )
    );
    assert!(store.outbox().lease_urgent(&lease("first", now() + minutes(5)), 9).await.unwrap().is_empty());
    // A second click changes nothing.
    let again = people.confirm(confirmation(201, 6)).await.unwrap();
    assert!(matches!(again, Confirming::Before(before) if before == sign_up));
    let moves = history(store, "bernd@first.example", "first").await;
    assert_eq!(
        moves,
        [
            (SubscriptionState::Pending, "reader".to_owned(), "asked".to_owned()),
            (SubscriptionState::Active, "reader".to_owned(), "confirmed".to_owned())
        ]
    );
    // Who leaves and comes back within an edition gets it once; what never went out goes then.
    let bernd = address("bernd@first.example");
    people
        .remove([&bernd], Removal { brief: None, actor: "dora", reason: "phoned" }, now() + minutes(7))
        .await
        .unwrap();
    assert_eq!(mails_to(store, "bernd@first.example").await[1].1, State::Cancelled);
    // A confirmation that was asked for before does not bring them back; a new one does.
    people
        .sign_up(NewSignUp { now: now() + TimeDelta::hours(30), ..asked(202, "bernd@first.example", "first", "") })
        .await
        .unwrap();
    people.sign_up(asked(203, "chen@first.example", "first", "")).await.unwrap();
    people.remove([&address("chen@first.example")], Removal::default(), now() + minutes(7)).await.unwrap();
    assert_eq!(people.confirm(confirmation(203, 8)).await.unwrap(), Confirming::Over(SignUpStanding::LeftSince));
    let after = Confirmation { now: now() + TimeDelta::hours(31), ..confirmation(202, 0) };
    assert!(matches!(people.confirm(after).await.unwrap(), Confirming::Now { edition: true, .. }));
    assert_eq!(people.left(&bernd, Some("first")).await.unwrap(), None);
    assert_eq!(history(store, "bernd@first.example", "first").await.len(), 5);
    // In time, or not at all.
    people.sign_up(asked(204, "dora@first.example", "first", "")).await.unwrap();
    assert_eq!(people.confirm(confirmation(204, 8 * 24 * 60)).await.unwrap(), Confirming::Over(SignUpStanding::Lapsed));
    assert_eq!(people.confirm(confirmation(205, 0)).await.unwrap(), Confirming::Unknown);
    // Nobody waits for the others.
    let rest = store.outbox().lease(&lease("first", now() + TimeDelta::hours(9)), 100).await.unwrap();
    assert_eq!(rest.iter().filter(|claim| claim.edition == Some(edition.id)).count(), 28);
}

/// A reader changes language, brief and address; what was before is told by the history.
pub async fn readers_change_what_they_get(store: &Store) {
    let people = store.people();
    for (id, who) in [(301, "emil@change.example"), (302, "fatma@change.example")] {
        people.sign_up(asked(id, who, "change", "")).await.unwrap();
        people.confirm(confirmation(id, 1)).await.unwrap();
    }
    let of = async |who: &str| people.subscriptions_of(&who.to_lowercase()).await.unwrap();
    let emil = of("emil@change.example").await.remove(0);
    assert!(people.change_language(emil.id, Zh, now() + minutes(2)).await.unwrap());
    assert!(people.change_language(emil.id, Zh, now() + minutes(3)).await.unwrap());
    assert_eq!(of("emil@change.example").await[0].language, Zh);
    let other = people.change_brief(emil.id, "other", now() + minutes(4)).await.unwrap().unwrap();
    assert_eq!(
        of("emil@change.example").await.iter().map(|one| (one.id, &*one.brief, one.language)).collect::<Vec<_>>(),
        [(other, "other", Zh)]
    );
    assert_eq!(people.change_brief(emil.id, "third", now() + minutes(5)).await.unwrap(), None);
    assert!(!people.change_language(emil.id, De, now()).await.unwrap());
    let ways: Vec<String> =
        history(store, "emil@change.example", "change").await.into_iter().map(|made| made.2).collect();
    assert_eq!(ways, ["asked", "confirmed", "changed the language", "changed the brief"]);

    // To an address that nobody has, and to one that somebody has.
    let moved = async |id, who: &str, to: &str, day| {
        let at = now() + TimeDelta::days(day);
        let subscriber = of(who).await[0].subscriber;
        people
            .sign_up(NewSignUp {
                subscriber: Some(subscriber),
                moves: vec!["other".to_owned()],
                now: at,
                ..asked(id, to, "other", "")
            })
            .await
            .unwrap();
        let mail = JoinMail { subject: "Changed".to_owned(), text: "It was.\n".to_owned() };
        let id_of_told = format!("<changed.{id}@example.org>");
        let told = Some((&mail, &*id_of_told));
        people.confirm(Confirmation { told, now: at + minutes(6), ..confirmation(id, 0) }).await.unwrap()
    };
    assert!(matches!(
        moved(303, "emil@change.example", "Emil@new.example", 0).await,
        Confirming::Now { edition: false, .. }
    ));
    assert!(of("emil@change.example").await.is_empty());
    assert_eq!(of("emil@new.example").await[0].id, other);
    let told = mails_to(store, "emil@change.example").await;
    assert_eq!(told.last().unwrap().0, MailKind::AddressChanged);
    assert!(people.left(&address("emil@change.example"), None).await.unwrap().is_some(), "no list brings it back");
    moved(304, "emil@new.example", "fatma@change.example", 2).await;
    assert!(of("emil@new.example").await.is_empty());
    let of_fatma = of("fatma@change.example").await;
    assert_eq!(of_fatma.iter().map(|one| &*one.brief).collect::<Vec<_>>(), ["change", "other"]);
}

/// Of a person who is erased nothing is left but numbers, and no list brings them back.
pub async fn nothing_is_left_of_who_is_erased(store: &Store) {
    let people = store.people();
    let (gerd, hanna) = (address("Gerd@Erased.example"), address("hanna@erased.example"));
    let edition = released(store, "erased", &[("Gerd@erased.example", En), ("hanna@erased.example", En)]).await;
    people.sign_up(asked(401, "gerd@ERASED.example", "erased", "192.0.2.1")).await.unwrap();
    people.suppress_by(&gerd, "550 gerd@erased.example: no such user", "dora", now()).await.unwrap();
    let was = people.unsuppress(&gerd, "it was a mistake", "dora", now()).await.unwrap().unwrap();
    assert_eq!((&*was.actor, people.suppression(&gerd).await.unwrap()), ("dora", None));
    people
        .remove([&gerd], Removal { brief: None, actor: "dora", reason: "from gerd@erased.example" }, now())
        .await
        .unwrap();
    let told = greenbrief::store::NewMail {
        text: "refused: GERD@erased.Example\n",
        ..operator_mail("<told@example.org>", now())
    };
    store.outbox().enqueue(&told).await.unwrap();
    let record = people.record(&gerd).await.unwrap();
    assert_eq!((record.subscriptions.len(), record.sign_ups.len(), record.mails.len()), (1, 1, 2), "{record:?}");
    assert_eq!((record.removals.len(), record.ended_suppressions.len(), record.erased), (1, 1, false));
    assert_eq!(people.mails_at_the_dot(&gerd).await.unwrap(), 0);

    let erased = people.erase(&gerd, "secret", now()).await.unwrap();
    assert_eq!((erased.subscriptions, erased.mails, erased.sign_ups, erased.refusals), (1, 2, 1, 2));
    // His own two, and that which told the operators.
    assert_eq!(erased.message_ids.len(), 3);
    assert!(erased.message_ids.contains(&"<told@example.org>".to_owned()), "{erased:?}");
    let record = people.record(&gerd).await.unwrap();
    assert!(record.is_empty() && record.erased, "{record:?}");
    assert!(people.erase(&gerd, "another", now()).await.unwrap().is_nothing());
    // The edition still counts its mails; the operators' mail names nobody.
    assert_eq!(store.outbox().tally(Some(edition.id)).await.unwrap().all(), 2);
    let listed = people.subscribers(SubscriberQuery { brief: Some("erased"), state: None, language: None }, 0, 9).await;
    assert_eq!(listed.unwrap().iter().map(|one| one.address.clone()).collect::<Vec<_>>(), ["hanna@erased.example"]);
    // Lists leave him out; his own wish does not.
    let list = [(&gerd, En, "erased"), (&hanna, En, "erased")];
    let counts = people.subscribe_all(list.into_iter(), now(), || ()).await.unwrap();
    assert_eq!((counts.left, counts.unchanged), (1, 1));
    // He was asked today, and is asked no second time because of the erasure; nor does it open his mailbox to others.
    let later = |new: NewSignUp, hours| NewSignUp { now: now() + TimeDelta::hours(hours), ..new };
    let again = asked(402, "gerd@erased.example", "erased", "");
    for (new, expected) in [
        (again.clone(), SignedUp::Repeated),
        (asked(403, "gerd+1@erased.example", "erased", ""), SignedUp::Queued),
        (asked(404, "gerd+2@erased.example", "erased", ""), SignedUp::Queued),
        (asked(405, "gerd+3@erased.example", "erased", ""), SignedUp::Repeated),
        (later(again.clone(), 23), SignedUp::Repeated),
        (later(again, 25), SignedUp::Queued),
    ] {
        assert_eq!(people.sign_up(new).await.unwrap(), expected);
    }
    people.delete_lapsed(now() + TimeDelta::hours(25)).await.unwrap();
    let at = Confirmation { now: now() + TimeDelta::hours(26), ..confirmation(402, 1) };
    assert!(matches!(people.confirm(at).await.unwrap(), Confirming::Now { .. }));
    assert!(!people.record(&gerd).await.unwrap().erased);
    assert_eq!(people.subscribe_all(list.into_iter(), now(), || ()).await.unwrap().unchanged, 2);
}

/// A list says where its people's consent comes from, row by row if it likes.
pub async fn a_list_says_where_consent_comes_from(store: &Store) {
    let given = Given { actor: "dora", way: "import", consent: "fair of 2026" };
    let mut list = store.people().subscribing(None, now()).await.unwrap().given(given);
    list.add(&address("ida@given.example"), En, "given").await.unwrap();
    list.add_with(&address("jan@given.example"), En, "given", "form of 2019").await.unwrap();
    list.add(&address("kim@given.example"), En, "given").await.unwrap();
    list.commit().await.unwrap();
    for (who, consent) in [("ida", "fair of 2026"), ("jan", "form of 2019"), ("kim", "fair of 2026")] {
        let record = store.people().record(&address(&format!("{who}@given.example"))).await.unwrap();
        let moves = &record.subscriptions[0].history;
        assert_eq!(moves.len(), 1);
        assert_eq!((&*moves[0].actor, &*moves[0].way, moves[0].consent.as_deref()), ("dora", "import", Some(consent)));
    }
}
