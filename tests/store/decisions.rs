//! What a person decides about an edition that its gate held, and who approves one.

use chrono::TimeDelta;
use greenbrief::{
    base::{
        language::Language,
        problem::{Problem, Problems},
    },
    store::{Approval, Edition, EditionState, HeldContent, HeldRelease, MessageIds, Occurrence, Store},
    time::schedule::Outcome,
};

use super::{address, begun, frozen, mails, minutes, now, text};

async fn held(store: &Store, brief: &str) -> (Edition, Occurrence) {
    held_at(store, brief, "held").await
}

async fn held_at(store: &Store, brief: &str, nominal: &str) -> (Edition, Occurrence) {
    let occurrence = begun(store, brief, nominal).await;
    let edition = frozen(store, &occurrence, brief).await;
    let found = vec![Problem::warning("prose: two periods in a sentence"), Problem::error("parts: a total is wrong")];
    let (texts, problems) = ([text(Language::En)], Problems(found));
    let content = HeldContent { problems: &problems, texts: &texts, pages: &[] };
    assert!(store.editions().hold(&edition, &occurrence, &content, now()).await.unwrap());
    assert!(!store.editions().hold(&edition, &occurrence, &content, now()).await.unwrap(), "its occurrence has ended");
    (edition, occurrence)
}

fn release(why: &str) -> HeldRelease<'_> {
    HeldRelease {
        why,
        message_ids: MessageIds { domain: "example.org", store_id: "store1" },
        now: now() + minutes(5),
        give_up_after: TimeDelta::hours(12),
        quiet: &[],
    }
}

async fn ledger(store: &Store, brief: &str) -> (Option<Outcome>, String) {
    let line = store.ledger().newest(Some(&brief.parse().unwrap()), 1).await.unwrap().remove(0);
    (line.outcome, line.reason)
}

pub async fn a_held_edition_goes_out_once_as_it_was(store: &Store) {
    store.people().subscribe(&address("anna@example.net"), Language::En, "kept", now()).await.unwrap();
    let (edition, _) = held(store, "kept").await;
    assert!(store.editions().is_made(edition.id).await.unwrap());
    assert_eq!(mails(store, &edition).await, []);
    assert_eq!(store.editions().last_released("kept").await.unwrap(), None);
    // What holds it is the first error, be there a warning before it.
    assert_eq!(ledger(store, "kept").await, (Some(Outcome::HeldByGate), "parts: a total is wrong".to_owned()));
    let seen = store.editions().named(&edition.name()).await.unwrap().unwrap();
    assert_eq!((seen.state, seen.reason.as_str()), (EditionState::Held, "parts: a total is wrong"));

    // Who joins meanwhile gets it; it goes once, whoever says so.
    store.people().subscribe(&address("bernd@example.net"), Language::En, "kept", now()).await.unwrap();
    assert_eq!(store.editions().release_held(&edition, &release("released by anna: right")).await.unwrap(), Some(2));
    assert_eq!(store.editions().release_held(&edition, &release("released by bernd: too")).await.unwrap(), None);
    assert!(!store.editions().discard(&edition, "discarded by bernd: too late", now()).await.unwrap());
    let seen = store.editions().named(&edition.name()).await.unwrap().unwrap();
    assert_eq!(
        (seen.state, seen.reason.as_str(), seen.released),
        (EditionState::Released, "", Some(now() + minutes(5)))
    );
    let decided = seen.decided.unwrap();
    assert_eq!((decided.at, decided.why.as_str()), (now() + minutes(5), "released by anna: right"));
    assert_eq!(seen.snapshot, edition.snapshot);
    assert_eq!(mails(store, &edition).await.len(), 2);
    assert_eq!(store.editions().text(edition.id, Language::En).await.unwrap(), Some(text(Language::En)));
    let why = "released by anna: right; held by: parts: a total is wrong".to_owned();
    assert_eq!(ledger(store, "kept").await, (Some(Outcome::Late), why));
    assert_eq!(store.editions().last_released("kept").await.unwrap().map(|it| it.number), Some(1));
}

pub async fn a_discarded_edition_never_goes_out(store: &Store) {
    store.people().subscribe(&address("anna@example.net"), Language::En, "dropped", now()).await.unwrap();
    let (edition, _) = held(store, "dropped").await;
    let is_held = async || store.editions().held().await.unwrap().iter().any(|held| held.name == edition.name());
    assert!(is_held().await);
    assert!(store.editions().discard(&edition, "discarded by anna: wrong", now()).await.unwrap());
    assert!(!is_held().await);
    assert_eq!(store.editions().release_held(&edition, &release("released by bernd: no")).await.unwrap(), None);
    assert_eq!(mails(store, &edition).await, []);
    let seen = store.editions().named(&edition.name()).await.unwrap().unwrap();
    assert_eq!((seen.state, seen.released), (EditionState::Discarded, None));
    assert_eq!(ledger(store, "dropped").await.0, Some(Outcome::Discarded));
    // Its number stays.
    let next = begun(store, "dropped", "next").await;
    assert_eq!(frozen(store, &next, "dropped").await.number, 2);
}

/// Also if both are released at the same time: what decides is looked at where it is decided.
pub async fn an_older_edition_is_not_released_behind_a_later_one(store: &Store) {
    store.people().subscribe(&address("anna@example.net"), Language::En, "behind", now()).await.unwrap();
    let ((older, _), (later, _)) = (held(store, "behind").await, held_at(store, "behind", "later").await);
    assert_eq!(store.editions().release_held(&later, &release("released by anna: right")).await.unwrap(), Some(1));
    assert_eq!(store.editions().release_held(&older, &release("released by bernd: right")).await.unwrap(), None);
    assert_eq!(mails(store, &older).await, []);
    assert!(store.editions().discard(&older, "discarded by bernd: too late", now()).await.unwrap());
}

/// A backup does not know what became of it since.
pub async fn what_was_held_is_discarded_by_a_restore(store: &Store) {
    store.people().subscribe(&address("anna@example.net"), Language::En, "restored", now()).await.unwrap();
    let (edition, _) = held(store, "restored").await;
    store.after_restore(now() + minutes(1)).await.unwrap();
    assert_eq!(store.editions().release_held(&edition, &release("released by anna: again")).await.unwrap(), None);
    assert_eq!(mails(store, &edition).await, []);
    let seen = store.editions().named(&edition.name()).await.unwrap().unwrap();
    assert_eq!(seen.state, EditionState::Discarded);
    assert!(seen.decided.unwrap().why.ends_with("what became of it since is not known"));
    assert_eq!(ledger(store, "restored").await.0, Some(Outcome::Discarded));
}

pub async fn an_approval_counts_for_the_pdfs_that_it_names(store: &Store) {
    let (edition, _) = held(store, "approved").await;
    let editions = store.editions();
    let pdfs = editions.pdfs(edition.id).await.unwrap();
    let by = |name: &str| Approval { by: name.to_owned(), at: now(), reason: "read".to_owned() };
    assert!(editions.approve(edition.id, &pdfs, &by("anna")).await.unwrap());
    assert!(!editions.approve(edition.id, &pdfs, &by("anna")).await.unwrap(), "one person is one");
    assert!(editions.approve(edition.id, "others", &by("bernd")).await.unwrap());
    assert_eq!(editions.approvals(edition.id, &pdfs).await.unwrap(), [by("anna")]);
    assert!(editions.approve(edition.id, &pdfs, &by("bernd")).await.unwrap(), "now these");
    assert_eq!(editions.approvals(edition.id, &pdfs).await.unwrap(), [by("anna"), by("bernd")]);
}
