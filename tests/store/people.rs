//! Subscribers and their subscriptions.

use greenbrief::{
    base::language::Language,
    people::subscribers::SubscriptionState,
    store::{Added, ComeBack, Removal, Removed, Store, Subscribed, SubscriberQuery},
};

use super::{address, minutes, now};

const ALL: SubscriberQuery<'_> = SubscriberQuery { brief: None, state: None, language: None };

fn counts(new: u64, changed: u64, unchanged: u64, left: u64) -> Subscribed {
    Subscribed { new, changed, unchanged, left, ..Subscribed::default() }
}

pub async fn are_known_by_their_key(store: &Store) {
    use Language::{De, En};
    let add = |text: &'static str, language, later| {
        let store = store.clone();
        async move { store.people().subscribe(&address(text), language, "people", now() + minutes(later)).await.unwrap() }
    };
    assert_eq!(add("Anna@Example.org", En, 0).await, Added::New);
    assert_eq!(add("anna@example.ORG", En, 1).await, Added::Unchanged);
    assert_eq!(add("ANNA@example.org", De, 2).await, Added::Changed);
    // A domain in its three forms: composed, decomposed, ASCII.
    assert_eq!(add("info@b\u{fc}cher.example", En, 0).await, Added::New);
    assert_eq!(add("info@bu\u{308}cher.example", En, 1).await, Added::Unchanged);
    assert_eq!(add("Info@xn--bcher-kva.example", En, 1).await, Added::Unchanged);
    assert_eq!(store.people().audience("people", En).await.unwrap(), 1);
    assert_eq!(store.people().audience("people", De).await.unwrap(), 1);
    assert_eq!(store.people().audience("another", En).await.unwrap(), 0);

    let all = store.people().subscribers(ALL, 0, 10).await.unwrap();
    let shown: Vec<_> = all.iter().map(|s| (s.address.as_str(), s.language, s.since)).collect();
    assert_eq!(shown, [("Anna@Example.org", De, now() + minutes(2)), ("info@bücher.example", En, now())]);
    assert_eq!(store.people().subscribers(ALL, all[0].subscription, 10).await.unwrap().len(), 1);
    assert_eq!(store.people().subscribers(ALL, 0, 1).await.unwrap().len(), 1);

    store.people().subscribe(&address("anna@example.org"), En, "second", now()).await.unwrap();
    assert_eq!(store.people().unsubscribe(&address("anna@EXAMPLE.org"), now() + minutes(3)).await.unwrap(), 2);
    assert_eq!(store.people().unsubscribe(&address("anna@example.org"), now() + minutes(4)).await.unwrap(), 0);
    assert_eq!(store.people().unsubscribe(&address("nobody@example.org"), now()).await.unwrap(), 0);
    assert_eq!(store.people().subscribers(ALL, 0, 1).await.unwrap()[0].state, SubscriptionState::Ended);
    assert_eq!(store.people().audience("people", De).await.unwrap(), 0);
    assert_eq!(add("anna@example.org", De, 5).await, Added::Left);
    assert_eq!(store.people().audience("people", De).await.unwrap(), 0);
    let asked = Some(ComeBack { actor: "anna", reason: "asked for it" });
    let mut subscribing = store.people().subscribing(asked, now() + minutes(5)).await.unwrap();
    subscribing.add(&address("anna@example.org"), De, "people").await.unwrap();
    assert_eq!(subscribing.commit().await.unwrap().of_one(), Added::Again);
    assert_eq!(store.people().audience("people", De).await.unwrap(), 1);
    // From the others she stays away.
    assert_eq!(store.people().subscribe(&address("anna@example.org"), En, "second", now()).await.unwrap(), Added::Left);
    assert_eq!(add("anna@example.org", De, 6).await, Added::Unchanged);

    // A suppressed address stays subscribed and is mailed nothing.
    store.people().suppress(&address("Info@bücher.example"), "it does not exist", now()).await.unwrap();
    store.people().suppress(&address("info@bücher.example"), "another reason", now()).await.unwrap();
    assert_eq!(store.people().audience("people", En).await.unwrap(), 0);
    assert_eq!(add("info@bücher.example", En, 6).await, Added::Unchanged);
}

pub async fn come_in_lists(store: &Store) {
    let people: Vec<_> = (0..1201).map(|n| address(&format!("reader{n}@example.net"))).collect();
    let rows = || people.iter().map(|a| (a, Language::En, "list"));
    let mut heard = 0;
    assert_eq!(store.people().subscribe_all(rows(), now(), || heard += 1).await.unwrap(), counts(1201, 0, 0, 0));
    assert_eq!(heard, 1201);
    // Who has left, in another language, to another brief, and twice in one list: as if one came after the other.
    store.people().unsubscribe(&people[1], now()).await.unwrap();
    let list = [
        (&people[0], Language::De, "list"),
        (&people[1], Language::De, "list"),
        (&people[2], Language::En, "list"),
        (&people[3], Language::De, "other"),
        (&people[3], Language::Zh, "list"),
        (&people[3], Language::Zh, "list"),
        (&people[3], Language::En, "list"),
    ];
    assert_eq!(store.people().subscribe_all(list.into_iter(), now(), || ()).await.unwrap(), counts(1, 3, 2, 1));
    assert_eq!(store.people().audience("list", Language::En).await.unwrap(), 1199);
    assert_eq!(store.people().audience("list", Language::De).await.unwrap(), 1);
    assert_eq!(store.people().audience("other", Language::De).await.unwrap(), 1);
    assert_eq!(store.people().subscribe_all(std::iter::empty(), now(), || ()).await.unwrap(), Subscribed::default());
    // In the order of the list.
    let page = store.people().subscribers(ALL, 0, 5000).await.unwrap();
    let listed: Vec<_> = page.iter().filter(|s| s.brief == "list").map(|s| s.address.clone()).collect();
    assert_eq!(listed, people.iter().map(|a| a.as_str().to_owned()).collect::<Vec<_>>());
}

pub async fn who_has_left_stays_away(store: &Store) {
    use Language::{De, En};
    let people = store.people();
    let [anna, bernd, chen] = ["anna@left.example", "bernd@left.example", "chen@left.example"].map(address);
    for brief in ["left", "right"] {
        for one in [&anna, &bernd] {
            people.subscribe(one, En, brief, now()).await.unwrap();
        }
    }
    let from = |brief| Removal { brief, actor: "dora", reason: "wrote a mail" };
    let removed = |ended, before, unknown| Removed { ended, before, unknown, cancelled: 0 };
    // Anna leaves one brief, Bernd all; Chen was never there.
    assert_eq!(people.remove([&anna], from(Some("left")), now() + minutes(1)).await.unwrap(), removed(1, 0, 0));
    assert_eq!(people.remove([&anna], from(Some("left")), now() + minutes(9)).await.unwrap(), removed(0, 1, 0));
    assert_eq!(people.remove([&bernd, &chen], from(None), now() + minutes(2)).await.unwrap(), removed(2, 0, 1));
    let left = people.left(&anna, Some("left")).await.unwrap().unwrap();
    assert_eq!((left.since, &*left.actor, &*left.reason), (now() + minutes(1), "dora", "wrote a mail"));
    assert_eq!(people.left(&anna, Some("right")).await.unwrap(), None);
    assert!(people.left(&bernd, Some("a new one")).await.unwrap().is_some());

    let list = || {
        [&anna, &bernd, &chen].into_iter().flat_map(|one| [(one, De, "left"), (one, De, "right"), (one, De, "third")])
    };
    // Only Anna's language in the brief that she gets, and a brief that she did not know.
    let mut trying = people.trying(None, now()).await.unwrap();
    for (one, language, brief) in list() {
        trying.add(one, language, brief).await.unwrap();
    }
    assert_eq!(trying.commit().await.unwrap(), counts(1, 1, 0, 7));
    assert_eq!(people.audience("third", De).await.unwrap(), 0, "a trial changes nothing");
    assert_eq!(people.subscribe_all(list(), now(), || ()).await.unwrap(), counts(1, 1, 0, 7));
    assert_eq!(people.audience("left", De).await.unwrap(), 0);

    // Bernd comes back to one brief; from the other one that he had he stays away, and he may get new ones.
    let asked = Some(ComeBack { actor: "dora", reason: "asked" });
    let mut subscribing = people.subscribing(asked, now() + minutes(3)).await.unwrap();
    subscribing.add(&bernd, De, "left").await.unwrap();
    assert_eq!(subscribing.commit().await.unwrap(), Subscribed { again: 1, ..Subscribed::default() });
    assert_eq!(people.left(&bernd, Some("left")).await.unwrap(), None);
    assert_eq!(people.left(&bernd, Some("right")).await.unwrap().unwrap().since, now() + minutes(2));
    assert_eq!(people.subscribe_all(list(), now(), || ()).await.unwrap(), counts(1, 0, 3, 5));

    let listed = async |query| {
        let all = people.subscribers(query, 0, 100).await.unwrap();
        all.into_iter().filter(|one| one.address.ends_with("left.example")).map(|one| one.address).collect::<Vec<_>>()
    };
    let left = SubscriberQuery { brief: Some("left"), ..ALL };
    assert_eq!(listed(left).await, ["anna@left.example", "bernd@left.example"]);
    let state = Some(SubscriptionState::Active);
    assert_eq!(listed(SubscriberQuery { state, ..left }).await, ["bernd@left.example"]);
    let english = SubscriberQuery { language: Some(En), ..left };
    assert_eq!(listed(english).await, ["anna@left.example"]);
}
