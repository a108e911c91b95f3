//! What a courier marked that was killed: the next one takes for unknown only what nobody knows.

use chrono::TimeDelta;
use greenbrief::{
    delivery::rules::State,
    store::{Lease, Move},
};

use super::{Heard, Office, until};
use crate::mail::server::Server;

/// A mark as a courier writes it.
fn place(text: &str) -> String {
    format!("{text:<511}\n")
}

fn this_start_of_the_machine() -> String {
    std::fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap().trim().to_owned()
}

/// Four mails that a courier is gone with: three were allowed their dot; the first was answered, the second was not, the
/// third got none, and the fourth was only claimed. Then another courier comes. Gives the states, and how many mails the
/// server heard now.
async fn after(boot: &str, further: &[String]) -> (Vec<(State, String)>, usize) {
    let office = Office::open().await;
    office.release(4).await;
    let now = office.clock.now();
    let lease = Lease { owner: "gone", now, length: TimeDelta::minutes(45) };
    let claims = office.store.outbox().lease(&lease, 4).await.unwrap();
    let dot = |number: usize| Move {
        id: claims[number].id,
        attempt: 1,
        to: State::DotWritten,
        reply: String::new(),
        due: None,
    };
    assert_eq!(office.store.outbox().settle(&[dot(0), dot(1), dot(2)], "gone", now).await.unwrap(), [true; 3]);
    let mut marks = vec![
        format!("greenbrief marks 1 {boot}"),
        format!("sent {} 1 250 2.0.0 queued as 4Y", claims[0].id),
        format!("dot {} 1", claims[1].id),
        String::new(),
    ];
    marks.extend(further.iter().map(|text| text.replace("FOURTH", &claims[3].id.to_string())));
    let file = office.folder.path().join("s.db.marks-gone");
    std::fs::write(&file, marks.iter().map(|text| place(text)).collect::<String>()).unwrap();
    let mut running = Server::default().start().await;
    let working = office.smtp(running.port, 2);
    until("all are settled", async || office.tally().await.open() == 0).await;
    working.end().await;
    let left: Vec<_> =
        std::fs::read_dir(office.folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(!left.iter().any(|name| name.to_string_lossy().contains("marks")), "{left:?}");
    let mut heard = Heard::default();
    heard.more(&mut running);
    let states = office.mails().await.into_iter().map(|mail| (mail.state, mail.reply)).collect();
    (states, heard.ids().len())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_killed_courier_marked_is_known() {
    let (states, heard) = after(&this_start_of_the_machine(), &[]).await;
    let seen: Vec<State> = states.iter().map(|(state, _)| *state).collect();
    assert_eq!(seen, [State::Sent, State::Unknown, State::Sent, State::Sent]);
    assert_eq!(states[0].1, "250 2.0.0 queued as 4Y", "what the server had said");
    assert_eq!(heard, 2, "the third and the fourth");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn marks_from_before_a_power_cut_count_for_nothing() {
    let doubtful = [State::Unknown, State::Unknown, State::Unknown, State::Sent];
    let (states, heard) = after("another start of the machine", &[]).await;
    assert_eq!((states.iter().map(|(state, _)| *state).collect::<Vec<_>>(), heard), (doubtful.to_vec(), 1));
}

/// The marks know of an answer that the store has not even asked for: it has lost what was written last, such as its log.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn beside_an_older_store_all_that_waits_is_in_doubt() {
    let later = ["sent FOURTH 1 250 ok".to_owned()];
    let (states, heard) = after(&this_start_of_the_machine(), &later).await;
    assert_eq!(heard, 0, "the fourth went out before");
    assert!(states.iter().all(|(state, _)| *state == State::Unknown), "{states:?}");
    assert!(states.iter().all(|(_, reply)| reply == "the store has lost what was written last"), "{states:?}");
}
