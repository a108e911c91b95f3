//! The plan equals the ledger: over rules, zones, days off and policies by chance, with several processes that end and begin
//! at any moment and clocks that are set, each slot that the plan shows stands in the ledger once, at its time, with the
//! end that the plan says; and nothing else stands there.

use std::{collections::BTreeMap, sync::Arc};

use chrono::{DateTime, TimeDelta, Utc};
use greenbrief::{
    config::Schedule,
    time::{
        calendar::{Calendar, Day},
        schedule::{CatchUp, DstGap, DstOverlap, Fate, OnHoliday, OnUnknown, Outcome, Overlap, ScheduledOccurrence},
    },
};
use proptest::{prelude::*, test_runner::TestCaseError};

use super::{Office, schedule};

/// Zones and the days before something happens to their clocks.
const CHANGES: &[(&str, &str)] = &[
    ("Europe/Berlin", "2026-03-28T12:00:00Z"),
    ("Europe/Berlin", "2026-10-24T12:00:00Z"),
    ("Australia/Lord_Howe", "2026-04-03T20:00:00Z"),
    ("Australia/Lord_Howe", "2026-10-02T20:00:00Z"),
    ("America/Nuuk", "2026-03-27T20:00:00Z"),
    ("Africa/Cairo", "2026-04-22T20:00:00Z"),
    ("Pacific/Apia", "2011-12-28T20:00:00Z"),
    ("Asia/Shanghai", "2026-05-01T00:00:00Z"),
    ("Africa/Casablanca", "2026-02-13T20:00:00Z"),
];

/// What may happen between two looks.
#[derive(Debug, Clone)]
enum Act {
    /// So many seconds pass; then this one looks.
    Look { who: usize, after: i64 },
    /// This one is killed and begins anew.
    Restart { who: usize },
    /// Its clock is set back by so many seconds; it looks; and it is set right.
    Back { who: usize, by: i64 },
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let act = prop_oneof![
        8 => (0..3usize, 1i64..18_000).prop_map(|(who, after)| Act::Look { who, after }),
        1 => (0..3usize, 80_000i64..150_000).prop_map(|(who, after)| Act::Look { who, after }),
        2 => (0..3usize).prop_map(|who| Act::Restart { who }),
        1 => (0..3usize, 1i64..7_200).prop_map(|(who, by)| Act::Back { who, by }),
    ];
    prop::collection::vec(act, 10..40)
}

fn any_schedule() -> impl Strategy<Value = (Schedule, DateTime<Utc>)> {
    let cron =
        prop::sample::select(vec!["30 2 * * *", "30 2,14 * * *", "0 7 * * Mon-Fri", "15 0 1,29,30 * *", "0 */6 * * *"]);
    let policies = (
        prop::sample::select(vec![OnHoliday::Run, OnHoliday::Skip, OnHoliday::NextWorkday, OnHoliday::PreviousWorkday]),
        prop::sample::select(vec![OnUnknown::Run, OnUnknown::Skip]),
        prop::sample::select(vec![DstGap::After, DstGap::Skip]),
        prop::sample::select(vec![DstOverlap::First, DstOverlap::Second, DstOverlap::Both]),
        prop::sample::select(vec![CatchUp::All, CatchUp::Latest, CatchUp::Skip]),
        prop::sample::select(vec![Overlap::Skip, Overlap::Queue, Overlap::Allow]),
    );
    let days = (prop::collection::btree_set(-3i64..12, 0..8), 3i64..40);
    (cron, prop::sample::select(CHANGES.to_vec()), policies, days, 0i64..1_800).prop_map(
        |(cron, (zone, start), (on_holiday, unknown, gap, twice, catch_up, overlap), (off, known), jitter)| {
            let start: DateTime<Utc> = start.parse().unwrap();
            let mut schedule = schedule("brief/any", cron, zone);
            let today = start.with_timezone(&schedule.rule.timezone).date_naive();
            let named: BTreeMap<_, _> =
                off.into_iter().map(|day| (today + TimeDelta::days(day), Day::Holiday("off".into()))).collect();
            let known = today - TimeDelta::days(60)..=today + TimeDelta::days(known);
            schedule.calendar = Some(Arc::new(Calendar::new("T".into(), named, known)));
            (schedule.on_holiday, schedule.calendar_unknown) = (on_holiday, unknown);
            (schedule.rule.dst_gap, schedule.rule.dst_overlap) = (gap, twice);
            (schedule.catch_up, schedule.overlap) = (catch_up, overlap);
            schedule.jitter = TimeDelta::seconds(jitter);
            schedule.catch_up_window = TimeDelta::days(30);
            (schedule, start)
        },
    )
}

async fn keeps_its_promise(
    schedule: Schedule,
    start: DateTime<Utc>,
    replicas: usize,
    acts: Vec<Act>,
) -> Result<usize, TestCaseError> {
    let mut office = Office::new(vec![schedule.clone()]).await;
    let mut lives: Vec<_> = (0..replicas).map(|_| office.life(start)).collect();
    lives[0].look().await;
    let begins = office.store.schedules().state(&schedule.id).await.unwrap().unwrap().cursor;
    let mut now = start;
    for act in acts {
        match act {
            Act::Look { who, after } => {
                now += TimeDelta::seconds(after);
                lives[who % replicas].look_at(now).await;
            }
            Act::Restart { who } => lives[who % replicas] = office.life(now),
            Act::Back { who, by } => {
                lives[who % replicas].look_at(now - TimeDelta::seconds(by)).await;
                lives[who % replicas].look_at(now).await;
            }
        }
    }
    // A leap of a day is believed at the second look.
    now += TimeDelta::seconds(1);
    for _ in 0..2 {
        lives[0].look_at(now).await;
    }
    let until = office.store.schedules().state(&schedule.id).await.unwrap().unwrap().cursor.max(now);
    let plan: Vec<ScheduledOccurrence> =
        schedule.timetable().upcoming(begins).take_while(|coming| coming.due <= until).collect();
    let ledger = office.ledger(&schedule.id).await;
    let planned: Vec<_> = plan.iter().map(|coming| (coming.due, coming.slot.utc)).collect();
    let found: Vec<_> = ledger.iter().map(|occurrence| (occurrence.due, occurrence.slot)).collect();
    prop_assert_eq!(planned, found);
    for (coming, occurrence) in plan.iter().zip(&ledger) {
        let (outcome, reason) = (occurrence.outcome.unwrap(), occurrence.reason.clone());
        match &coming.fate {
            Fate::Skipped(planned, why) => prop_assert_eq!((outcome, reason), (*planned, why.clone())),
            Fate::Runs if schedule.catch_up == CatchUp::All => {
                prop_assert!(matches!(outcome, Outcome::Ran | Outcome::Late), "{:?}", occurrence);
            }
            Fate::Runs => {
                let made = matches!(outcome, Outcome::Ran | Outcome::Late | Outcome::SkippedCatchUp);
                prop_assert!(made, "{:?}", occurrence);
            }
        }
        prop_assert!(matches!(outcome, Outcome::Ran) || !occurrence.reason.is_empty(), "{:?}", occurrence);
    }
    let made = ledger.iter().filter(|o| matches!(o.outcome, Some(Outcome::Ran | Outcome::Late))).count();
    prop_assert_eq!(
        office.store.editions().newest(None, 1_000).await.unwrap().len(),
        made,
        "an edition for each that was made"
    );
    Ok(ledger.len())
}

#[test]
fn the_plan_equals_the_ledger() {
    let slots = std::cell::Cell::new(0);
    let config = ProptestConfig { cases: 60, ..ProptestConfig::default() };
    let mut runner = proptest::test_runner::TestRunner::new(config);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let strategy = (any_schedule(), 1..4usize, acts());
    let done = runner.run(&strategy, |((schedule, start), replicas, acts)| {
        slots.set(slots.get() + runtime.block_on(keeps_its_promise(schedule, start, replicas, acts))?);
        Ok(())
    });
    done.unwrap();
    println!("{} slots of 60 schedules, all as planned", slots.get());
}
