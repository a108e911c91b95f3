//! Subscribers and their subscriptions.

use greenbrief::{
    base::language::Language,
    people::subscribers::SubscriptionState,
    store::{Added, Store, SubscriptionCounts},
};

use super::{address, minutes, now};

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

    let all = store.people().subscribers(0, 10).await.unwrap();
    let shown: Vec<_> = all.iter().map(|s| (s.address.as_str(), s.language, s.since)).collect();
    assert_eq!(shown, [("Anna@Example.org", De, now() + minutes(2)), ("info@bücher.example", En, now())]);
    assert_eq!(store.people().subscribers(all[0].subscription, 10).await.unwrap().len(), 1);
    assert_eq!(store.people().subscribers(0, 1).await.unwrap().len(), 1);

    store.people().subscribe(&address("anna@example.org"), En, "second", now()).await.unwrap();
    assert_eq!(store.people().unsubscribe(&address("anna@EXAMPLE.org"), now() + minutes(3)).await.unwrap(), 2);
    assert_eq!(store.people().unsubscribe(&address("anna@example.org"), now() + minutes(4)).await.unwrap(), 0);
    assert_eq!(store.people().unsubscribe(&address("nobody@example.org"), now()).await.unwrap(), 0);
    assert_eq!(store.people().subscribers(0, 1).await.unwrap()[0].state, SubscriptionState::Ended);
    assert_eq!(store.people().audience("people", De).await.unwrap(), 0);
    assert_eq!(add("anna@example.org", De, 5).await, Added::New);
    assert_eq!(store.people().audience("people", De).await.unwrap(), 1);

    // A suppressed address stays subscribed and is mailed nothing.
    store.people().suppress(&address("Info@bücher.example"), "it does not exist", now()).await.unwrap();
    store.people().suppress(&address("info@bücher.example"), "another reason", now()).await.unwrap();
    assert_eq!(store.people().audience("people", En).await.unwrap(), 0);
    assert_eq!(add("info@bücher.example", En, 6).await, Added::Unchanged);
}

pub async fn come_in_lists(store: &Store) {
    let people: Vec<_> = (0..1201).map(|n| address(&format!("reader{n}@example.net"))).collect();
    let rows = || people.iter().map(|a| (a, Language::En, "list"));
    let counts = |new, changed, unchanged| SubscriptionCounts { new, changed, unchanged };
    let mut heard = 0;
    assert_eq!(store.people().subscribe_all(rows(), now(), || heard += 1).await.unwrap(), counts(1201, 0, 0));
    assert_eq!(heard, 1201);
    // Ended, in another language, to another brief, and twice in one list: as if one came after the other.
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
    assert_eq!(store.people().subscribe_all(list.into_iter(), now(), || ()).await.unwrap(), counts(2, 3, 2));
    assert_eq!(store.people().audience("list", Language::En).await.unwrap(), 1199);
    assert_eq!(store.people().audience("list", Language::De).await.unwrap(), 2);
    assert_eq!(store.people().audience("other", Language::De).await.unwrap(), 1);
    assert_eq!(store.people().subscribe_all(std::iter::empty(), now(), || ()).await.unwrap(), counts(0, 0, 0));
    // In the order of the list.
    let page = store.people().subscribers(0, 5000).await.unwrap();
    let listed: Vec<_> = page.iter().filter(|s| s.brief == "list").map(|s| s.address.clone()).collect();
    assert_eq!(listed, people.iter().map(|a| a.as_str().to_owned()).collect::<Vec<_>>());
}
