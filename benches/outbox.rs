//! What the benches send: an edition with a PDF of 100 kB, released to so many readers of a store.
#![expect(clippy::unwrap_used, reason = "a bench ends where it cannot measure")]

use std::time::{Duration, Instant};

use chrono::TimeDelta;
use greenbrief::{
    base::{ids::EditionId, language::Language},
    people::subscribers::Address,
    store::{EditionText, Lease, MadeOn, MessageIds, NewEdition, Release, Store},
    time::{clock::Clock, schedule::Outcome},
};

/// What a PDF of the shipped brief has, or a little more.
pub const PDF: usize = 100_000;
pub const NAME: &str = "Green-Economy-Brief-12.pdf";

/// What all get.
pub fn text() -> EditionText {
    EditionText {
        language: Language::En,
        subject: "Green Economy Brief No. 12 – 绿色经济".into(),
        text: "Good morning,\n\nthe brief is attached.\n".repeat(20),
        html: "<p>Good morning,</p><p>the brief is attached.</p>".repeat(20),
        pdf_name: NAME.into(),
        pdf_ascii_name: NAME.into(),
        pdf: (0..PDF).map(|at| (at * at / 7 % 251) as u8).collect(),
        pages: 5,
        attached: true,
    }
}

/// Subscribes so many readers to a brief and releases an edition to them. Returns how long the release took.
pub async fn release(
    store: &Store,
    clock: &Clock,
    brief: &str,
    mails: usize,
    text: EditionText,
) -> (EditionId, Duration) {
    for from in (0..mails).step_by(10_000) {
        let all: Vec<Address> = (from..(from + 10_000).min(mails))
            .map(|nth| Address::parse(&format!("reader{nth}@example{}.net", nth % 977)).unwrap())
            .collect();
        store
            .people()
            .subscribe_all(all.iter().map(|one| (one, Language::En, brief)), clock.now(), || ())
            .await
            .unwrap();
    }
    let now = clock.now();
    let lease = Lease { owner: "bench", now, length: TimeDelta::minutes(5) };
    let occurrence = store.ledger().manual_occurrence(brief, now, "1", "bench", &lease).await.unwrap();
    let new = NewEdition {
        brief,
        snapshot: b"{}",
        import: 0,
        inputs: &[],
        above: 0,
        now,
        program: "bench",
        made_on: MadeOn::default(),
        correction: None,
    };
    let edition = store.editions().freeze(&occurrence, &new).await.unwrap();
    let release = Release {
        occurrence: &occurrence,
        outcome: Outcome::Ran,
        reason: "",
        message_ids: MessageIds { domain: "example.org", store_id: "bench" },
        now,
        give_up_after: TimeDelta::hours(24),
        quiet: &[],
        pages: &[],
    };
    let begun = Instant::now();
    assert_eq!(store.editions().release(&edition, &[text], &release).await.unwrap(), Some(mails as u64));
    (edition.id, begun.elapsed())
}
