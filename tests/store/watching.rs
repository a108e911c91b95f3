//! What monitors are told of the store: counts by kind and state, outcomes, editions that wait, the last mail sent.

use greenbrief::{
    base::{language::Language::En, problem::Problem},
    delivery::rules::State,
    store::{EditionState, HeldEdition, MailKind, Store},
    time::schedule::Outcome,
};

use super::{begun, frozen, now, operator_mail, outbox::send_all, released};

pub async fn monitors_are_told_how_many(store: &Store) {
    send_all(store).await;
    let count = async |kind, state| {
        let all = store.outbox().tally_by_kind().await.unwrap();
        all.into_iter().find(|of| (of.kind, of.state) == (kind, state)).map_or(0, |of| of.count)
    };
    let of_all = async || {
        let all: i64 = store.outbox().tally_by_kind().await.unwrap().iter().map(|of| of.count).sum();
        assert_eq!(all, store.outbox().tally(None).await.unwrap().all());
    };
    of_all().await;
    let before = (count(MailKind::Edition, State::Pending).await, count(MailKind::Operator, State::Pending).await);
    released(store, "seen", &[("a@seen.example", En), ("b@seen.example", En)]).await;
    store.outbox().enqueue(&operator_mail("<seen@example.org>", now())).await.unwrap();
    let after = (count(MailKind::Edition, State::Pending).await, count(MailKind::Operator, State::Pending).await);
    assert_eq!((after.0 - before.0, after.1 - before.1), (2, 1));
    of_all().await;
    let sent = count(MailKind::Edition, State::Sent).await;
    send_all(store).await;
    assert_eq!(count(MailKind::Edition, State::Sent).await - sent, 2);
    assert!(store.outbox().last_sent().await.unwrap() >= Some(now()));

    let of = async |schedule: &str| {
        let all = store.ledger().outcomes().await.unwrap();
        all.into_iter().filter(|of| of.schedule == *schedule).map(|of| (of.outcome, of.count)).collect::<Vec<_>>()
    };
    assert_eq!(of("seen").await, [(Outcome::Ran, 1)]);

    // An edition that is held waits for a person until a later one goes out.
    let held = async |brief: &str| {
        store.editions().held().await.unwrap().into_iter().filter(|held| held.name.brief == brief).collect::<Vec<_>>()
    };
    let occurrence = begun(store, "waits", "held").await;
    let edition = frozen(store, &occurrence, "waits").await;
    store
        .editions()
        .set_aside(&edition, &occurrence, EditionState::Held, &Problem::error("wrong").into(), now())
        .await
        .unwrap();
    assert_eq!(held("waits").await, [HeldEdition { name: "waits/1".parse().unwrap(), slot: now() }]);
    assert_eq!(of("waits").await, [(Outcome::HeldByGate, 1)]);
    let later = released(store, "waits", &[("a@waits.example", En)]).await;
    assert_eq!(held("waits").await, []);
    assert_eq!(of("waits").await, [(Outcome::HeldByGate, 1), (Outcome::Ran, 1)]);

    let paused = async || {
        let all = store.editions().paused_by_brief().await.unwrap();
        all.into_iter().find(|paused| paused.brief == "waits").map(|paused| paused.count)
    };
    assert_eq!(paused().await, None);
    store.editions().pause(later.id, "5.7.1", &[], now()).await.unwrap();
    assert_eq!(paused().await, Some(1));
    store.editions().stop(&later, "", now()).await.unwrap();
    assert_eq!(paused().await, None);
}
