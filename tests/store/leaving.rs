//! Readers leave by the token of a mail.

use greenbrief::{
    actions::{
        Actor,
        leaving::{LeaveError, LeaveOutcome, Scope, Way, leave, look_up},
    },
    base::language::Language::{De, En},
    delivery::rules::State,
    people::{
        subscribers::SubscriptionState,
        tokens::{Purpose, TokenError},
    },
    store::{Added, Move, Store, Subscriber, SubscriberQuery},
};
use ring::rand::SystemRandom;
use sqlx::Executor;

use super::{Place, address, begun, ending, frozen, lease, mails, minutes, now, outbox::send_all, released, text};

async fn subscription(store: &Store, person: &str, brief: &str) -> Subscriber {
    let query = SubscriberQuery { brief: Some(brief), ..SubscriberQuery::default() };
    let all = store.people().subscribers(query, 0, 1000).await.unwrap();
    all.into_iter().find(|one| one.address == person).unwrap()
}

async fn token(store: &Store, person: &str, brief: &str) -> String {
    let keys = store.token_keys().keys(&SystemRandom::new(), now()).await.unwrap();
    keys.issue(Purpose::Leave, subscription(store, person, brief).await.subject()).as_str().to_owned()
}

fn counts(outcome: &LeaveOutcome) -> (u64, u64, u64) {
    (outcome.ended, outcome.cancelled, outcome.at_dot)
}

pub async fn a_token_ends_its_subscription_and_no_other(store: &Store) {
    for brief in ["leave", "stay"] {
        for person in ["anna@leave.example", "bernd@leave.example"] {
            store.people().subscribe(&address(person), De, brief, now()).await.unwrap();
        }
    }
    let anna = token(store, "anna@leave.example", "leave").await;
    assert_ne!(anna, token(store, "anna@leave.example", "stay").await);
    let view = look_up(store, &anna).await.unwrap();
    assert_eq!((&*view.brief, view.language, &*view.address), ("leave", De, "a…@leave.example"));
    assert!(view.is_active && view.others == ["stay"]);
    for _ in 0..20 {
        look_up(store, &anna).await.unwrap();
    }
    let active = async |brief| {
        let query = SubscriberQuery { brief: Some(brief), state: Some(SubscriptionState::Active), language: None };
        let all = store.people().subscribers(query, 0, 1000).await.unwrap();
        all.into_iter().map(|one| one.address).filter(|one| one.ends_with("leave.example")).collect::<Vec<_>>()
    };
    assert_eq!(active("leave").await, ["anna@leave.example", "bernd@leave.example"], "a look changes nothing");

    let done = leave(store, &anna.to_uppercase(), Scope::ThisBrief, Way::OneClick, now() + minutes(1)).await.unwrap();
    assert_eq!((counts(&done), done.had_left(), done.before.is_active), ((1, 0, 0), false, true));
    assert_eq!(active("leave").await, ["bernd@leave.example"]);
    assert_eq!(active("stay").await, ["anna@leave.example", "bernd@leave.example"]);
    let left = store.people().left(&address("anna@leave.example"), Some("leave")).await.unwrap().unwrap();
    assert_eq!((left.since, &*left.actor, &*left.reason), (now() + minutes(1), "reader", "one click"));
    // Twice, and by another way: the first time is the one that is recorded.
    let again = leave(store, &anna, Scope::ThisBrief, Way::Mail, now() + minutes(2)).await.unwrap();
    assert_eq!((counts(&again), again.had_left(), again.before.is_active), ((0, 0, 0), true, false));
    assert!(!look_up(store, &anna).await.unwrap().is_active);
    let first = store.people().left(&address("anna@leave.example"), Some("leave")).await.unwrap();
    assert_eq!(first, Some(left));
    // No list brings her back.
    let back = store.people().subscribe(&address("anna@leave.example"), En, "leave", now()).await.unwrap();
    assert_eq!(back, Added::Left);

    // From all briefs, those to come included; by an operator's hand.
    let dora = Actor::new("dora");
    let way = Way::Operator { actor: &dora, reason: "called us" };
    let bernd = token(store, "bernd@leave.example", "leave").await;
    let done = leave(store, &bernd, Scope::AllBriefs, way, now() + minutes(3)).await.unwrap();
    assert_eq!(counts(&done), (2, 0, 0));
    assert_eq!(active("stay").await, ["anna@leave.example"]);
    let left = store.people().left(&address("bernd@leave.example"), Some("a new one")).await.unwrap().unwrap();
    assert_eq!((&*left.actor, &*left.reason), ("dora", "called us"));

    // Several at a time: one of them ends it.
    store.people().subscribe(&address("chen@leave.example"), En, "leave", now()).await.unwrap();
    let chen = token(store, "chen@leave.example", "leave").await;
    let clicks: Vec<_> = (0..8)
        .map(|_| {
            let (store, chen) = (store.clone(), chen.clone());
            tokio::spawn(
                async move { leave(&store, &chen, Scope::ThisBrief, Way::OneClick, now()).await.unwrap().ended },
            )
        })
        .collect();
    let mut ended = 0;
    for click in clicks {
        ended += click.await.unwrap();
    }
    assert_eq!(ended, 1);

    for (wrong, wanted) in [
        (chen[..20].to_owned(), "the token is cut off: it has 20 of 37 characters"),
        (format!("p{}", &chen[1..]), "the token is for another purpose: preferences"),
        (format!("{}aaaa", &chen[..33]), "the token was made with the key aaaa, which this store does not have"),
        ("green-economy.1.1.0af3".to_owned(), "this is not a token"),
    ] {
        let refused = leave(store, &wrong, Scope::AllBriefs, Way::OneClick, now()).await.unwrap_err();
        assert!(refused.to_string().starts_with(wanted), "{refused}");
        assert!(matches!(look_up(store, &wrong).await, Err(LeaveError::Token(_))));
    }
}

pub async fn mails_are_cancelled_up_to_their_dot(store: &Store) {
    send_all(store).await;
    let people = ["claimed", "dot", "waits", "stays"].map(|name| format!("{name}@dots.example"));
    let all: Vec<_> = people.iter().map(|person| (person.as_str(), En)).collect();
    let edition = released(store, "dots", &all).await;
    let claims = store.outbox().lease(&lease("c", now()), 2).await.unwrap();
    let at_dot = |claim: &greenbrief::store::Claim| Move {
        id: claim.id,
        attempt: claim.attempt,
        to: State::DotWritten,
        reply: String::new(),
        due: None,
    };
    assert_eq!(store.outbox().settle(&[at_dot(&claims[1])], "c", now()).await.unwrap(), [true]);
    // A mail of another brief's edition to the same reader stays as it is.
    let other = released(store, "other-dots", &[("waits@dots.example", En)]).await;
    for (person, wanted) in [("claimed", (1, 1, 0)), ("dot", (1, 0, 1)), ("waits", (1, 1, 0))] {
        let token = token(store, &format!("{person}@dots.example"), "dots").await;
        let done = leave(store, &token, Scope::ThisBrief, Way::OneClick, now()).await.unwrap();
        assert_eq!(counts(&done), wanted, "{person}");
        let again = leave(store, &token, Scope::ThisBrief, Way::OneClick, now()).await.unwrap();
        assert_eq!(counts(&again), (0, 0, wanted.2), "{person}");
    }
    let states: Vec<_> = mails(store, &edition).await.iter().map(|mail| (mail.state, mail.reply.clone())).collect();
    let cancelled = (State::Cancelled, "the subscription ended".to_owned());
    assert_eq!(
        states,
        [cancelled.clone(), (State::DotWritten, String::new()), cancelled.clone(), (State::Pending, String::new())]
    );
    assert_eq!(mails(store, &other).await[0].state, State::Pending);
    // The one that was claimed gets no dot; the one at its dot ends as the server says.
    assert_eq!(store.outbox().settle(&[at_dot(&claims[0])], "c", now()).await.unwrap(), [false]);
    let sent = Move { to: State::Sent, ..at_dot(&claims[1]) };
    assert_eq!(store.outbox().settle(&[sent], "c", now()).await.unwrap(), [true]);
    // An edition that is released afterwards, and the next claim.
    let occurrence = begun(store, "dots", "later").await;
    let later = frozen(store, &occurrence, "dots").await;
    store.editions().release(&later, &[text(En), text(De)], &ending(&occurrence)).await.unwrap();
    assert_eq!(mails(store, &later).await.len(), 1);
    let claimed = store.outbox().lease(&lease("c", now()), 10).await.unwrap();
    let to: Vec<_> = claimed.iter().map(|claim| claim.address.as_str()).collect();
    assert_eq!(to, ["stays@dots.example", "waits@dots.example", "stays@dots.example"]);
    // All briefs: the mail of the other one, too.
    let token = token(store, "waits@dots.example", "dots").await;
    let done = leave(store, &token, Scope::AllBriefs, Way::Page, now()).await.unwrap();
    assert_eq!(counts(&done), (1, 1, 0));
    assert_eq!(mails(store, &other).await[0].state, State::Cancelled);
    for claim in claimed.iter().filter(|claim| claim.address.starts_with("stays")) {
        for to in [State::DotWritten, State::Sent] {
            assert_eq!(store.outbox().settle(&[Move { to, ..at_dot(claim) }], "c", now()).await.unwrap(), [true]);
        }
    }
}

pub async fn a_number_that_is_given_again_is_not_meant(place: &Place, store: &Store) {
    store.people().subscribe(&address("gone@numbers.example"), En, "numbers", now()).await.unwrap();
    let token = token(store, "gone@numbers.example", "numbers").await;
    let before = subscription(store, "gone@numbers.example", "numbers").await;
    let raw = place.raw().await;
    for gone in [
        "DELETE FROM subscription_move WHERE subscription IN (SELECT id FROM subscription WHERE brief = 'numbers')",
        "DELETE FROM subscription WHERE brief = 'numbers'",
    ] {
        raw.execute(gone).await.unwrap();
    }
    assert!(matches!(look_up(store, &token).await, Err(LeaveError::Gone)));
    let (person, later) = (address("new@numbers.example"), now() + minutes(5));
    store.people().subscribe(&person, En, "numbers", later).await.unwrap();
    // As SQLite does by itself with the last number.
    let same = format!("UPDATE subscription SET id = {} WHERE brief = 'numbers'", before.subscription);
    let moves =
        "DELETE FROM subscription_move WHERE subscription IN (SELECT id FROM subscription WHERE brief = 'numbers')";
    raw.execute(moves).await.unwrap();
    raw.execute(sqlx::AssertSqlSafe(same)).await.unwrap();
    raw.close().await;
    assert_eq!(subscription(store, "new@numbers.example", "numbers").await.subscription, before.subscription);
    assert!(matches!(look_up(store, &token).await, Err(LeaveError::Gone)));
    let refused = leave(store, &token, Scope::AllBriefs, Way::OneClick, later).await.unwrap_err();
    assert!(matches!(refused, LeaveError::Gone));
    assert!(store.people().has_subscription(&person, Some("numbers")).await.unwrap());
}

/// The links of mails that were sent before are good, and a reader can leave while the store waits for a person.
pub async fn a_token_is_good_after_a_restore(store: &Store) {
    store.people().subscribe(&address("anna@restored.example"), En, "restored", now()).await.unwrap();
    let token = token(store, "anna@restored.example", "restored").await;
    store.after_restore(now() + minutes(90)).await.unwrap();
    let done = leave(store, &token, Scope::ThisBrief, Way::OneClick, now() + minutes(91)).await.unwrap();
    assert_eq!(counts(&done), (1, 0, 0));
    store.token_keys().rotate(&SystemRandom::new(), "dora", now()).await.unwrap();
    assert!(leave(store, &token, Scope::ThisBrief, Way::OneClick, now()).await.unwrap().had_left());
    let key = token[33..].parse().unwrap();
    store.token_keys().retire(key, "dora", now()).await.unwrap();
    let refused = look_up(store, &token).await.unwrap_err();
    assert!(matches!(refused, LeaveError::Token(TokenError::RetiredKey(_))), "{refused}");
}

/// What was sent since the backup has links, too: the keys made since come from the store that is set aside.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn links_sent_since_the_backup_stay_good() {
    let place = Place::sqlite();
    let store = place.open().await;
    store.people().subscribe(&address("anna@since.example"), En, "since", now()).await.unwrap();
    let old = token(&store, "anna@since.example", "since").await;
    let backup = store.file().unwrap().with_file_name("copy.db");
    store.backup(&backup).await.unwrap();
    let key = store.token_keys().rotate(&SystemRandom::new(), "dora", now()).await.unwrap();
    store.token_keys().retire(old[33..].parse().unwrap(), "dora", now()).await.unwrap();
    store.people().subscribe(&address("bernd@since.example"), En, "since", now()).await.unwrap();
    let [anna, bernd] =
        [token(&store, "anna@since.example", "since").await, token(&store, "bernd@since.example", "since").await];
    store.close().await;
    Store::restore(&place.url, &backup, now() + minutes(60)).await.unwrap();
    let store = place.open().await;
    let listed: Vec<_> = store.token_keys().list().await.unwrap().into_iter().map(|one| (one.id, one.signs)).collect();
    assert_eq!(listed, [(key, true), (old[33..].parse().unwrap(), false)]);
    // Chen has the number that Bernd had.
    store.people().subscribe(&address("chen@since.example"), En, "since", now() + minutes(61)).await.unwrap();
    assert_eq!(subscription(&store, "chen@since.example", "since").await.subscription, 2);
    for way in [&bernd, &old] {
        assert!(leave(&store, way, Scope::AllBriefs, Way::OneClick, now()).await.is_err());
    }
    assert!(matches!(look_up(&store, &bernd).await, Err(LeaveError::Gone)));
    assert!(matches!(look_up(&store, &old).await, Err(LeaveError::Token(TokenError::RetiredKey(_)))));
    let done = leave(&store, &anna, Scope::ThisBrief, Way::OneClick, now() + minutes(62)).await.unwrap();
    assert_eq!(counts(&done), (1, 0, 0));
    assert!(store.people().has_subscription(&address("chen@since.example"), None).await.unwrap());
}
