//! The days on which schedulers go wrong, as a table: what is expected, what the plan says, what the ledger holds after
//! processes looked now and then. `cargo test -- --nocapture at_the_known_traps` prints it.

use chrono::{DateTime, TimeDelta, Utc};
use greenbrief::{
    config::Schedule,
    time::schedule::{CatchUp, DstGap, DstOverlap, Fate},
};

use super::{Office, at, schedule};

/// What it is about, rule, zone, from, how many hours, and the local times that are expected, with their offsets.
type Trap = (&'static str, &'static str, &'static str, &'static str, i64, &'static [&'static str]);

const TRAPS: &[Trap] = &[
    (
        "Berlin, no 02:30",
        "30 2 * * *",
        "Europe/Berlin",
        "2026-03-28T00:00:00Z",
        60,
        &["03-28 02:30+01:00", "03-29 03:00+02:00", "03-30 02:30+02:00"],
    ),
    (
        "Berlin, two 02:30",
        "30 2 * * *",
        "Europe/Berlin",
        "2026-10-23T23:00:00Z",
        60,
        &["10-24 02:30+02:00", "10-25 02:30+02:00", "10-26 02:30+01:00"],
    ),
    (
        "Berlin, a list in the gap",
        "30 2,14 * * *",
        "Europe/Berlin",
        "2026-03-28T23:00:00Z",
        24,
        &["03-29 03:00+02:00", "03-29 14:30+02:00"],
    ),
    (
        "Berlin, a list in the overlap",
        "0,30 2,3 * * *",
        "Europe/Berlin",
        "2026-10-24T22:00:00Z",
        24,
        &["10-25 02:00+02:00", "10-25 02:30+02:00", "10-25 03:00+01:00", "10-25 03:30+01:00"],
    ),
    (
        "Berlin, a wildcard forward",
        "*/30 * * * *",
        "Europe/Berlin",
        "2026-03-29T00:01:00Z",
        2,
        &["03-29 01:30+01:00", "03-29 03:00+02:00", "03-29 03:30+02:00", "03-29 04:00+02:00"],
    ),
    (
        "Berlin, a wildcard back",
        "*/30 * * * *",
        "Europe/Berlin",
        "2026-10-25T00:01:00Z",
        2,
        &["10-25 02:30+02:00", "10-25 02:00+01:00", "10-25 02:30+01:00", "10-25 03:00+01:00"],
    ),
    (
        "Lord Howe, half an hour forward",
        "15 2 * * *",
        "Australia/Lord_Howe",
        "2026-10-02T20:00:00Z",
        48,
        &["10-04 02:30+11:00", "10-05 02:15+11:00"],
    ),
    (
        "Lord Howe, half an hour back",
        "45 1 * * *",
        "Australia/Lord_Howe",
        "2026-04-03T20:00:00Z",
        48,
        &["04-05 01:45+11:00", "04-06 01:45+10:30"],
    ),
    (
        "Nuuk, Saturday's 23:30 on Sunday",
        "30 23 * * *",
        "America/Nuuk",
        "2026-03-27T12:00:00Z",
        72,
        &["03-27 23:30-02:00", "03-29 00:00-01:00", "03-29 23:30-01:00"],
    ),
    (
        "Cairo, no midnight",
        "@daily",
        "Africa/Cairo",
        "2026-04-22T12:00:00Z",
        48,
        &["04-23 00:00+02:00", "04-24 01:00+03:00"],
    ),
    (
        "Apia, no 30 December",
        "0 12 * * *",
        "Pacific/Apia",
        "2011-12-28T23:00:00Z",
        50,
        &["12-29 12:00-10:00", "12-31 00:00+14:00", "12-31 12:00+14:00"],
    ),
    (
        "the last day",
        "0 8 L * *",
        "Europe/Berlin",
        "2026-01-15T00:00:00Z",
        24 * 80,
        &["01-31 08:00+01:00", "02-28 08:00+01:00", "03-31 08:00+02:00"],
    ),
    (
        "the last working day",
        "0 8 LW * *",
        "Europe/Berlin",
        "2026-01-15T00:00:00Z",
        24 * 80,
        &["01-30 08:00+01:00", "02-27 08:00+01:00", "03-31 08:00+02:00"],
    ),
    (
        "29 February",
        "0 8 29 2 *",
        "Europe/Berlin",
        "2026-01-01T00:00:00Z",
        24 * 365 * 7,
        &["02-29 08:00+01:00", "02-29 08:00+01:00"],
    ),
    (
        "a weekday of a week",
        "0 8 * * MON#1",
        "Asia/Shanghai",
        "2026-01-01T00:00:00Z",
        24 * 50,
        &["01-05 08:00+08:00", "02-02 08:00+08:00"],
    ),
];

/// What the ledger holds after so many looks by two processes in turn, one of which begins anew now and then.
async fn looked(schedule: &Schedule, from: DateTime<Utc>, hours: i64) -> Vec<DateTime<Utc>> {
    let mut office = Office::new(vec![schedule.clone()]).await;
    let mut lives = [office.life(from), office.life(from)];
    // In long ranges a look more than a day after another is believed at the second.
    let step = TimeDelta::minutes((hours * 60 / 150).max(10));
    let (mut now, until) = (from, from + TimeDelta::hours(hours));
    let mut turn = 0;
    while now < until {
        if turn % 40 == 39 {
            lives[turn % 2] = office.life(now);
        }
        for _ in 0..if step > TimeDelta::days(1) { 2 } else { 1 } {
            lives[turn % 2].look_at(now).await;
        }
        now += step;
        turn += 1;
    }
    for _ in 0..2 {
        lives[0].look_at(until).await;
    }
    let ledger = office.ledger(&schedule.id).await;
    assert!(ledger.iter().all(|occurrence| occurrence.outcome.is_some()));
    ledger.into_iter().map(|occurrence| occurrence.due).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn at_the_known_traps_the_ledger_holds_what_was_planned() {
    let mut wrong = Vec::new();
    for (name, cron, zone, from, hours, expected) in TRAPS {
        let mut schedule = schedule("brief/trap", cron, zone);
        // Made up to the last one: what counts is which slots there are.
        (schedule.catch_up, schedule.catch_up_window) = (CatchUp::All, TimeDelta::days(400));
        let (from, zone) = (at(from), schedule.rule.timezone);
        let until = from + TimeDelta::hours(*hours);
        let local = |due: DateTime<Utc>| due.with_timezone(&zone).format("%m-%d %H:%M%:z").to_string();
        let plan = schedule.timetable().upcoming(from).take_while(|coming| coming.due <= until);
        let plan: Vec<String> = plan.map(|coming| local(coming.due)).collect();
        let ledger: Vec<String> = looked(&schedule, from, *hours).await.into_iter().map(local).collect();
        let same = plan == *expected && ledger == *expected;
        println!(
            "{} {name:32} {cron:16} expected {} | plan {} | ledger {}",
            if same { "ok" } else { "NO" },
            expected.join(", "),
            plan.join(", "),
            ledger.join(", ")
        );
        if !same {
            wrong.push(*name);
        }
    }
    assert!(wrong.is_empty(), "{wrong:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_schedule_asks_for_at_clock_changes_it_gets() {
    for (gap, twice, from, expected) in [
        (DstGap::Skip, DstOverlap::First, "2026-03-28T12:00:00Z", &["skipped-gap 03:00+02:00", "02:30+02:00"][..]),
        (DstGap::After, DstOverlap::Second, "2026-10-24T12:00:00Z", &["02:30+01:00", "02:30+01:00"]),
        (DstGap::After, DstOverlap::Both, "2026-10-24T12:00:00Z", &["02:30+02:00", "02:30+01:00", "02:30+01:00"]),
    ] {
        let mut schedule = schedule("brief/asks", "30 2 * * *", "Europe/Berlin");
        (schedule.rule.dst_gap, schedule.rule.dst_overlap) = (gap, twice);
        let mut office = Office::new(vec![schedule.clone()]).await;
        let mut life = office.life(at(from));
        for look in 0..100 {
            life.look_at(at(from) + TimeDelta::minutes(30) * look).await;
        }
        let shown = |due: DateTime<Utc>| due.with_timezone(&schedule.rule.timezone).format("%H:%M%:z").to_string();
        let ledger: Vec<String> = office
            .ledger("brief/asks")
            .await
            .into_iter()
            .map(|o| match o.outcome.unwrap().word() {
                "ran" | "late" => shown(o.due),
                outcome => format!("{outcome} {}", shown(o.due)),
            })
            .collect();
        assert_eq!(ledger, expected);
        let until = at(from) + TimeDelta::minutes(30 * 99);
        let plan = schedule.timetable().upcoming(at(from)).take_while(|coming| coming.due <= until);
        let plan: Vec<String> = plan
            .map(|coming| match &coming.fate {
                Fate::Runs => shown(coming.due),
                Fate::Skipped(outcome, _) => format!("{outcome} {}", shown(coming.due)),
            })
            .collect();
        assert_eq!(plan, expected);
    }
}
