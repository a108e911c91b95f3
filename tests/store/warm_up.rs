//! A sender that is new: how many mails go to a domain on a day, whichever process sends them.

use chrono::TimeDelta;
use greenbrief::{
    base::language::Language::En,
    delivery::rules::{State, WarmUp},
    store::{Claim, Move, Release, Store},
};

use super::{address, begun, ending, frozen, lease, minutes, now, outbox::send_all, text};

fn to(claims: &[Claim], domain: &str) -> usize {
    claims.iter().filter(|claim| claim.address.to_lowercase().ends_with(&format!("@{domain}"))).count()
}

pub async fn no_more_than_the_ramp_allows_go_to_a_domain(store: &Store) {
    send_all(store).await;
    for number in 0..30 {
        for person in [format!("w{number}@Warm.example"), format!("w{number}@warm{number}.example")] {
            store.people().subscribe(&address(&person), En, "warm", now()).await.unwrap();
        }
    }
    let occurrence = begun(store, "warm", "n").await;
    let edition = frozen(store, &occurrence, "warm").await;
    let release = Release { give_up_after: TimeDelta::hours(40), ..ending(&occurrence) };
    store.editions().release(&edition, &[text(En)], &release).await.unwrap().unwrap();

    let ramp = WarmUp { begins: now().date_naive(), first_day: 10, growth: 20, days: 2 };
    let take = async |owner: &str, after: TimeDelta| {
        store.outbox().lease_warming_up(&lease(owner, now() + after), 500, Some(&ramp)).await.unwrap()
    };
    let first = take("a", minutes(0)).await;
    assert_eq!((first.len(), to(&first, "warm.example")), (40, 10));
    assert_eq!(take("b", minutes(1)).await, [], "another process counts the same mails");
    // What came back unsent frees its place, once that is counted anew.
    let back = first.iter().find(|claim| to(std::slice::from_ref(claim), "warm.example") == 1).unwrap();
    let wait = Move { id: back.id, attempt: back.attempt, to: State::Pending, reply: String::new(), due: None };
    assert_eq!(store.outbox().settle(&[wait], "a", now() + minutes(2)).await.unwrap(), [true]);
    let again = take("b", minutes(3)).await;
    assert_eq!((again.len(), again[0].id), (1, back.id));
    // The second day allows two more; after the ramp all go.
    let day = minutes(18 * 60);
    let waiting = store.outbox().mails(Some(edition.id), Some(State::Pending), None, 100).await.unwrap();
    assert!(waiting.len() == 20 && waiting.iter().all(|mail| mail.due == Some(now() + day)), "due at midnight");
    assert_eq!(to(&take("a", day).await, "warm.example"), 12);
    assert_eq!(take("a", day + minutes(1)).await, []);
    // What cannot go before it is given up is given up.
    let late = store.outbox().lease(&lease("a", now() + TimeDelta::hours(41)), 500).await.unwrap();
    assert_eq!(to(&late, "warm.example"), 0);
    assert_eq!(store.outbox().tally(Some(edition.id)).await.unwrap().of(State::Expired), 8);
    store
        .outbox()
        .recover("nobody", true, greenbrief::delivery::rules::DeliveryGuarantee::AtMostOnce, now())
        .await
        .unwrap();
    send_all(store).await;
}
