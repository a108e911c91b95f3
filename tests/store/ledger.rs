//! Schedules, occurrences and editions: each happens once, and ends in writing.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use greenbrief::{
    base::{
        ids::{EditionId, ScheduleId},
        language::Language,
        problem::Problem,
    },
    store::{EditionState, MadeOn, NewEdition, OccurrenceKind, SchedulePause, Step, Store},
    time::schedule::{ClockChange, Fate, Outcome, Overlap, ScheduledOccurrence, SkippedOccurrence, Slot},
};
use sqlx::AnyPool;

use super::{begun, ending, frozen, id, inputs, lease, mails, minutes, now, released, short_lease, text};

/// An occurrence at that time, and moved by nothing.
fn coming(utc: DateTime<Utc>) -> ScheduledOccurrence {
    let slot = Slot { utc, nominal: utc.naive_utc(), clock_change: ClockChange::None };
    let jitter = chrono::TimeDelta::zero();
    ScheduledOccurrence { slot, due: utc, jitter, fate: Fate::Runs, moved: None, unknown_after: None }
}

fn step<'a>(
    schedule: &'a ScheduleId,
    from: DateTime<Utc>,
    to: DateTime<Utc>,
    run: &'a [ScheduledOccurrence],
) -> Step<'a> {
    Step { schedule, from, to, run, passed: &[], overlap: Overlap::Skip }
}

pub async fn a_cursor_moves_once(store: &Store) {
    let weekly = id("moves/weekly");
    assert_eq!(store.schedules().state(&weekly).await.unwrap(), None);
    let begins = store.schedules().activate(&weekly, "0 8 * * 1", now()).await.unwrap();
    assert_eq!((begins.cursor, begins.paused.as_ref()), (now(), None));
    let later = store.schedules().activate(&weekly, "0 8 * * 1", now() + minutes(10)).await.unwrap();
    assert_eq!(later, begins);

    let reason = "a newer one is due".to_owned();
    let passed =
        [SkippedOccurrence { occurrence: coming(now() + minutes(1)), outcome: Outcome::SkippedCatchUp, reason }];
    let mut due = coming(now() + minutes(2));
    due.due = now() + minutes(3);
    let run = [due.clone()];
    let step = Step { passed: &passed, ..step(&weekly, begins.cursor, due.due, &run) };
    let claimed =
        store.ledger().advance(&step, &lease("a", now() + minutes(3))).await.unwrap().unwrap().claimed.remove(0);
    assert_eq!((claimed.slot, claimed.kind, claimed.attempt), (due.slot.utc, OccurrenceKind::Scheduled, 1));
    assert_eq!(claimed.due, due.due, "what moves is when it is due");
    // The same step again: the cursor is not there any more.
    assert_eq!(store.ledger().advance(&step, &lease("b", now() + minutes(3))).await.unwrap(), None);
    let ledger = store.ledger().newest(Some(&weekly), 10).await.unwrap();
    assert_eq!(
        ledger.iter().map(|o| (o.slot, o.outcome)).collect::<Vec<_>>(),
        [(due.slot.utc, None), (now() + minutes(1), Some(Outcome::SkippedCatchUp))]
    );
    // Of all schedules at once: the newest slot of each, and where each stands.
    let ids: [ScheduleId; 2] = ["moves/weekly", "moves/never"].map(id);
    let newest = store.ledger().newest_slots(ids.iter()).await.unwrap();
    assert_eq!(newest.into_iter().collect::<Vec<_>>(), [(ids[0].clone(), ledger[0].clone())]);
    let state = store.schedules().state(&weekly).await.unwrap();
    assert_eq!(store.schedules().states().await.unwrap().get(&weekly), state.as_ref());
    // A step without a claim moves the cursor, too.
    let empty = Step { run: &[], passed: &[], from: due.due, to: now() + minutes(4), ..step };
    assert_eq!(store.ledger().advance(&empty, &lease("a", now())).await.unwrap().unwrap().claimed, []);
    assert_eq!(store.schedules().state(&weekly).await.unwrap().unwrap().cursor, now() + minutes(4));
    // Another timing: nothing is made up from before it; and never back.
    let changed = store.schedules().activate(&weekly, "0 9 * * 1", now() + minutes(60)).await.unwrap();
    assert_eq!(changed.cursor, now() + minutes(60));
    let back = store.schedules().activate(&weekly, "0 7 * * 1", now()).await.unwrap();
    assert_eq!(back.cursor, now() + minutes(60));
    assert!(store.ledger().record(&claimed, Outcome::Ran, "", now()).await.unwrap());
}

pub async fn a_slot_is_claimed_once(store: &Store) {
    let often = id("race/often");
    const SLOTS: i64 = 50;
    let begins = store.schedules().activate(&often, "* * * * *", now()).await.unwrap().cursor;
    let at = move |n: i64| begins + minutes(n);
    let mut tasks = Vec::new();
    for task in 0..8 {
        let (store, often) = (store.clone(), often.clone());
        tasks.push(tokio::spawn(async move {
            let owner = format!("task{task}");
            let mut won = Vec::new();
            for n in 0..SLOTS {
                // Each looks where the cursor is, as a timekeeper does, until this slot is settled.
                loop {
                    let from = store.schedules().state(&often).await.unwrap().unwrap().cursor;
                    if from > at(n) {
                        break;
                    }
                    let run = [coming(from + minutes(1))];
                    let step = Step { overlap: Overlap::Allow, ..step(&often, from, run[0].due, &run) };
                    won.extend(
                        store
                            .ledger()
                            .advance(&step, &lease(&owner, now()))
                            .await
                            .unwrap()
                            .into_iter()
                            .flat_map(|a| a.claimed),
                    );
                }
            }
            won
        }));
    }
    let mut won = Vec::new();
    for task in tasks {
        won.extend(task.await.unwrap());
    }
    won.sort_by_key(|occurrence| occurrence.slot);
    assert_eq!(won.iter().map(|o| o.slot).collect::<Vec<_>>(), (1..=SLOTS).map(at).collect::<Vec<_>>());
    assert_eq!(store.ledger().newest(Some(&often), 1000).await.unwrap().len(), 50);
    for occurrence in &won {
        assert!(store.ledger().record(occurrence, Outcome::Ran, "", now()).await.unwrap());
    }
}

/// What is due while an earlier edition is being made passes, waits, or is made beside it.
pub async fn while_one_is_made_others_do_as_asked(store: &Store) {
    let often = id("overlap/often");
    let begins = store.schedules().activate(&often, "* * * * *", now()).await.unwrap().cursor;
    let (mut cursor, mut minute) = (begins, 0);
    let mut next = async |overlap| {
        minute += 1;
        let run = [coming(begins + minutes(minute))];
        let step = Step { overlap, ..step(&often, cursor, run[0].due, &run) };
        cursor = run[0].due;
        store.ledger().advance(&step, &lease("a", now())).await.unwrap().unwrap()
    };
    let first = next(Overlap::Skip).await.claimed.remove(0);
    let skipped = next(Overlap::Skip).await;
    assert_eq!((skipped.claimed.len(), skipped.overlapped.len()), (0, 1));
    let waits = next(Overlap::Queue).await.claimed.remove(0);
    let beside = next(Overlap::Allow).await.claimed.remove(0);
    assert!(store.ledger().has_earlier(&waits).await.unwrap() && store.ledger().has_earlier(&beside).await.unwrap());
    assert!(!store.ledger().has_earlier(&first).await.unwrap());
    let ledger = store.ledger().newest(Some(&often), 10).await.unwrap();
    assert_eq!(ledger.iter().map(|o| o.outcome).collect::<Vec<_>>(), [None, None, Some(Outcome::SkippedOverlap), None]);
    let reason = format!("the edition of {} was still being made", first.slot.format("%F %T UTC"));
    assert_eq!(ledger[2].reason, reason);
    assert!(store.ledger().record(&first, Outcome::Ran, "", now()).await.unwrap());
    assert!(!store.ledger().has_earlier(&waits).await.unwrap());
    // However long one takes, no more wait than that.
    let mut waiting = 2;
    let full = loop {
        let advanced = next(Overlap::Queue).await;
        if let Some(full) = advanced.overlapped.first() {
            break full.reason.clone();
        }
        waiting += 1;
    };
    assert_eq!(waiting, 100);
    assert!(full.starts_with("100 slots are waiting already"), "{full}");
    // Who ends lets go of what it did not begin: it is anybody's at once.
    store.ledger().let_go("a").await.unwrap();
    let taken = store.ledger().take_over(&lease("b", now()), false).await.unwrap();
    assert_eq!(taken.len(), 100);
    for occurrence in taken {
        assert!(store.ledger().record(&occurrence, Outcome::Failed, "enough", now()).await.unwrap());
    }
}

pub async fn a_person_pauses_a_schedule(store: &Store) {
    let often = id("paused/often");
    let begins = store.schedules().activate(&often, "* * * * *", now()).await.unwrap().cursor;
    let pause = SchedulePause { by: "anna".to_owned(), since: now() };
    assert_eq!(store.schedules().pause(&often, &pause).await.unwrap(), pause);
    let later = SchedulePause { by: "bert".to_owned(), since: now() + minutes(1) };
    assert_eq!(store.schedules().pause(&often, &later).await.unwrap(), pause, "the earlier one stays");
    let passed: Vec<SkippedOccurrence> = (1..=4)
        .map(|n| SkippedOccurrence {
            occurrence: coming(begins + minutes(n)),
            outcome: Outcome::Paused,
            reason: pause.to_string(),
        })
        .collect();
    let step = Step { passed: &passed, ..step(&often, begins, begins + minutes(5), &[]) };
    store.ledger().advance(&step, &lease("a", now())).await.unwrap().unwrap();
    assert_eq!(store.schedules().resume(&often).await.unwrap(), Some(pause));
    assert_eq!(store.schedules().resume(&often).await.unwrap(), None);
    // The newest one of those that are not too old is open again, then the other one.
    assert_eq!(store.ledger().make_up(&often, begins + minutes(3), false, "anna").await.unwrap(), 1);
    let taken = store.ledger().take_over(&lease("b", now()), false).await.unwrap();
    assert_eq!(taken.iter().map(|o| (o.slot, &*o.actor)).collect::<Vec<_>>(), [(begins + minutes(4), "anna")]);
    assert_eq!(store.ledger().make_up(&often, begins + minutes(3), true, "anna").await.unwrap(), 1);
    let rest = store.ledger().take_over(&lease("b", now()), false).await.unwrap();
    assert_eq!(rest.iter().map(|o| o.slot).collect::<Vec<_>>(), [begins + minutes(3)]);
    assert_eq!(store.ledger().make_up(&often, begins + minutes(3), true, "anna").await.unwrap(), 0);
    for occurrence in taken.iter().chain(&rest) {
        assert!(store.ledger().record(occurrence, Outcome::Late, "", now()).await.unwrap());
    }
}

/// A slot that a person has made up is made up once, beside what the schedule itself had.
pub async fn a_backfill_is_made_once(store: &Store) {
    let schedule = id("back/fill");
    let first = store.ledger().backfill(&schedule, now(), "anna", &lease("a", now())).await.unwrap().unwrap();
    assert_eq!((first.kind, first.slot, &*first.actor), (OccurrenceKind::Backfill, now(), "anna"));
    assert_eq!(store.ledger().backfill(&schedule, now(), "bert", &lease("b", now())).await.unwrap(), None);
    assert!(store.ledger().record(&first, Outcome::Failed, "no disk", now()).await.unwrap());
    let again = store.ledger().backfill(&schedule, now(), "bert", &lease("b", now())).await.unwrap().unwrap();
    assert_eq!((again.id, again.attempt, &*again.actor), (first.id, 2, "bert"));
    assert!(store.ledger().record(&again, Outcome::Late, "", now()).await.unwrap());
    assert_eq!(store.ledger().backfill(&schedule, now(), "bert", &lease("b", now())).await.unwrap(), None);
    assert_eq!(store.ledger().occurrence_of(&schedule, now()).await.unwrap(), None);
    assert_eq!(store.ledger().backfill_of(&schedule, now()).await.unwrap().unwrap().outcome, Some(Outcome::Late));
}

pub async fn who_was_taken_over_can_end_nothing(store: &Store) {
    let first = store.ledger().manual_occurrence("taken", now(), "n1", "anna", &short_lease("a", now())).await.unwrap();
    assert_eq!((first.kind, first.actor.as_str(), first.attempt), (OccurrenceKind::Manual, "anna", 1));
    // A manual one takes no slot: two of one second are two; one asked for twice is one.
    let second = store.ledger().manual_occurrence("taken", now(), "n2", "", &lease("a", now())).await.unwrap();
    store.ledger().manual_occurrence("taken", now(), "n2", "", &lease("a", now())).await.unwrap_err();
    let edition = frozen(store, &first, "taken").await;

    // Its owner does not take over from itself; others do when the lease is over, each once.
    assert_eq!(store.ledger().take_over(&lease("a", now()), false).await.unwrap(), []);
    let taken = store.ledger().take_over(&lease("b", now()), false).await.unwrap();
    assert_eq!(taken.iter().map(|o| (o.id, o.attempt)).collect::<Vec<_>>(), [(first.id, 2)]);
    assert_eq!(store.ledger().take_over(&lease("c", now()), false).await.unwrap(), []);

    assert!(!store.ledger().record(&first, Outcome::Ran, "", now()).await.unwrap());
    assert_eq!(store.editions().release(&edition, &[text(Language::En)], &ending(&first)).await.unwrap(), None);
    assert!(
        !store
            .editions()
            .set_aside(&edition, &first, EditionState::Held, &Problem::error("late").into(), now())
            .await
            .unwrap()
    );
    let seen = store.editions().named(&edition.name()).await.unwrap().unwrap();
    assert_eq!(seen, edition);
    assert_eq!(store.editions().text(edition.id, Language::En).await.unwrap(), None);

    // The new attempt goes on with the same number and snapshot, and ends it.
    assert_eq!(frozen(store, &taken[0], "taken").await, edition);
    assert!(store.editions().release(&edition, &[text(Language::En)], &ending(&taken[0])).await.unwrap().is_some());
    assert!(!store.ledger().record(&taken[0], Outcome::Failed, "", now()).await.unwrap());

    // Alone: at once, whatever the lease says.
    let alone = store.ledger().take_over(&lease("c", now()), true).await.unwrap();
    assert_eq!(alone.iter().map(|o| o.id).collect::<Vec<_>>(), [second.id]);
    assert!(store.ledger().record(&alone[0], Outcome::Failed, "nobody wants it", now() + minutes(1)).await.unwrap());
    let ended = store.ledger().newest(Some(&id("taken")), 1).await.unwrap().remove(0);
    assert_eq!((ended.outcome, ended.reason.as_str()), (Some(Outcome::Failed), "nobody wants it"));
    assert_eq!(ended.ended, Some(now() + minutes(1)));
}

pub async fn numbers_have_no_gap(store: &Store) {
    let occurrences: Vec<_> = {
        let mut all = Vec::new();
        for n in 0..8 {
            all.push(begun(store, "gapless", &format!("n{n}")).await);
        }
        all
    };
    // Each is frozen by two attempts at the same time.
    let mut tasks = Vec::new();
    for occurrence in occurrences.iter().chain(&occurrences) {
        let (store, occurrence) = (store.clone(), occurrence.clone());
        tasks.push(tokio::spawn(async move { frozen(&store, &occurrence, "gapless").await }));
    }
    let mut editions = Vec::new();
    for task in tasks {
        editions.push(task.await.unwrap());
    }
    editions.sort_by_key(|edition| edition.number);
    assert_eq!(editions.iter().map(|e| e.number).collect::<Vec<_>>(), (1..=8).flat_map(|n| [n, n]).collect::<Vec<_>>());
    assert!(editions.chunks(2).all(|pair| pair[0] == pair[1]));
    // Later figures do not reach an edition that has its snapshot; its PDFs are those of the last attempt, by its program.
    let new = NewEdition {
        brief: "gapless",
        snapshot: b"other",
        import: 0,
        inputs: &[],
        above: 0,
        now: now(),
        program: "9",
        made_on: MadeOn::default(),
        correction: None,
    };
    let again = store.editions().freeze(&occurrences[0], &new).await.unwrap();
    assert_eq!(store.blob(&again.snapshot).await.unwrap(), b"{\"figures\":1}");
    assert_eq!(again.program, "9");
    assert_eq!(store.editions().named(&again.name()).await.unwrap(), Some(again));
    assert_eq!(store.editions().named(&"gapless/9".parse().unwrap()).await.unwrap(), None);
    assert_eq!(store.editions().newest(Some("gapless"), 3).await.unwrap().len(), 3);
    assert_eq!(store.editions().newest(None, 1).await.unwrap()[0].brief, "gapless");
    let name = store.editions().name(editions[0].id).await.unwrap();
    assert_eq!(name, Some("gapless/1".parse().unwrap()));
    assert_eq!(store.editions().name(EditionId::new(-1)).await.unwrap(), None);
    for occurrence in &occurrences {
        assert!(store.ledger().record(occurrence, Outcome::Failed, "only a test", now()).await.unwrap());
    }
}

pub async fn an_edition_is_released_whole_or_not(store: &Store) {
    store.people().subscribe(&super::address("whole@example.org"), Language::En, "whole", now()).await.unwrap();
    let occurrence = begun(store, "whole", "n").await;
    let edition = frozen(store, &occurrence, "whole").await;
    // One language twice: the second cannot be kept. Then nothing is.
    store
        .editions()
        .release(&edition, &[text(Language::En), text(Language::En)], &ending(&occurrence))
        .await
        .unwrap_err();
    assert_eq!(store.editions().text(edition.id, Language::En).await.unwrap(), None);
    assert_eq!(mails(store, &edition).await, []);
    assert_eq!(store.ledger().newest(Some(&id("whole")), 1).await.unwrap()[0].outcome, None);
    assert_eq!(store.editions().named(&"whole/1".parse().unwrap()).await.unwrap().unwrap().state, EditionState::Making);

    let texts = [text(Language::En), text(Language::Zh)];
    assert_eq!(store.editions().release(&edition, &texts, &ending(&occurrence)).await.unwrap(), Some(1));
    let seen = store.editions().named(&"whole/1".parse().unwrap()).await.unwrap().unwrap();
    assert_eq!((seen.state, seen.released), (EditionState::Released, Some(now())));
    assert_eq!(store.editions().text(edition.id, Language::Zh).await.unwrap().as_ref(), Some(&texts[1]));
    assert_eq!(store.editions().text(edition.id, Language::De).await.unwrap(), None);
    // Once.
    assert_eq!(store.editions().release(&edition, &texts, &ending(&occurrence)).await.unwrap(), None);
    assert_eq!(mails(store, &edition).await.len(), 1);
    assert_eq!(inputs().len(), 2);
}

pub async fn an_edition_that_ends_otherwise(store: &Store) {
    let held = begun(store, "otherwise", "held").await;
    let edition = frozen(store, &held, "otherwise").await;
    assert!(
        store
            .editions()
            .set_aside(&edition, &held, EditionState::Held, &Problem::error("a figure is old").into(), now())
            .await
            .unwrap()
    );
    let seen = store.editions().named(&"otherwise/1".parse().unwrap()).await.unwrap().unwrap();
    assert_eq!((seen.state, seen.reason.as_str()), (EditionState::Held, "a figure is old"));
    assert_eq!(store.ledger().newest(Some(&id("otherwise")), 1).await.unwrap()[0].outcome, Some(Outcome::HeldByGate));

    // Given up while it was being made: its number stays, and is seen.
    let failed = begun(store, "otherwise", "failed").await;
    frozen(store, &failed, "otherwise").await;
    assert!(store.ledger().record(&failed, Outcome::Failed, "the disk is full", now()).await.unwrap());
    let seen = store.editions().named(&"otherwise/2".parse().unwrap()).await.unwrap().unwrap();
    assert_eq!((seen.state, seen.reason.as_str()), (EditionState::Failed, "the disk is full"));

    // Stopped while it was being made: not released any more.
    let stopped = begun(store, "otherwise", "stopped").await;
    let edition = frozen(store, &stopped, "otherwise").await;
    assert_eq!(store.editions().stop(&edition, "stopped by anna", now()).await.unwrap(), 0);
    assert_eq!(store.editions().release(&edition, &[text(Language::En)], &ending(&stopped)).await.unwrap(), None);
    assert_eq!(
        store.editions().named(&"otherwise/3".parse().unwrap()).await.unwrap().unwrap().state,
        EditionState::Stopped
    );
    let open = store.ledger().newest(None, 1000).await.unwrap().into_iter().filter(|o| o.outcome.is_none()).count();
    assert_eq!(open, 0);
}

pub async fn damaged_bytes_are_noticed(store: &Store, raw: &AnyPool) {
    let edition = Arc::new(released(store, "damaged", &[]).await);
    let update = "UPDATE blob SET bytes = $1 WHERE sha256 = $2";
    let damage = |bytes: &'static [u8]| sqlx::query(update).bind(bytes).bind(edition.snapshot.clone()).execute(raw);
    damage(b"{\"figures\":2}").await.unwrap();
    let error = store.blob(&edition.snapshot).await.unwrap_err().to_string();
    assert!(error.contains(&edition.snapshot) && error.contains("damaged"), "{error}");
    damage(b"{\"figures\":1}").await.unwrap();
    store.blob(&edition.snapshot).await.unwrap();
    assert!(store.blob("00").await.unwrap_err().to_string().contains("no bytes with the key 00"));
}
