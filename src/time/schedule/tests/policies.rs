//! What policies, limits, jitter and days off make of slots, and in which order occurrences are due.

use std::{collections::BTreeMap, ops::RangeInclusive};

use chrono::{NaiveDate, TimeDelta, Utc};
use chrono_tz::TZ_VARIANTS;
use proptest::prelude::*;

use super::{at, instant, near_change, rule, shown, zone};
use crate::time::{
    calendar::{Calendar, Day},
    schedule::{
        CatchUp, Cron, DstGap, DstOverlap, Fate, OnHoliday, OnUnknown, Outcome, Rule, ScheduledOccurrence, Timetable,
        due,
    },
};

fn date(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// A calendar of 2026 in which these are days off, and a Saturday on which people work.
fn calendar() -> Calendar {
    let off = ["2026-04-03", "2026-04-06", "2026-05-01", "2026-12-25"];
    let mut named: BTreeMap<NaiveDate, Day> =
        off.iter().map(|day| (date(day), Day::Holiday("a holiday".into()))).collect();
    named.insert(date("2026-05-09"), Day::MakeUp("a holiday".into()));
    Calendar::new("T".into(), named, date("2026-01-01")..=date("2026-12-31"))
}

/// “slot day → due day and time” of each occurrence, or why there is none.
fn moved(cron: &str, on_holiday: OnHoliday, days: RangeInclusive<&str>) -> Vec<String> {
    let (rule, calendar) = (rule(cron, "Europe/Berlin"), calendar());
    let timetable = Timetable { calendar: Some(&calendar), on_holiday, ..Timetable::plain("brief/moved", &rule) };
    let from = at(&format!("{}T00:00:00", days.start()));
    let until = at(&format!("{}T00:00:00", days.end()));
    let told = |coming: ScheduledOccurrence| {
        let due = coming.due.with_timezone(&rule.timezone).format("%d %H:%M");
        match &coming.fate {
            Fate::Runs => format!("{} → {due}", coming.slot.nominal.format("%d")),
            Fate::Skipped(outcome, reason) => format!("{} {outcome} {due}: {reason}", coming.slot.nominal.format("%d")),
        }
    };
    timetable.upcoming(from).take_while(|coming| coming.due <= until).map(told).collect()
}

#[test]
fn a_day_off_moves_what_is_due() {
    // Good Friday and Easter Monday: of what comes to one time, one edition is made.
    assert_eq!(
        moved("0 7 * * Mon,Fri", OnHoliday::NextWorkday, "2026-04-02"..="2026-04-11"),
        [
            "03 skipped-holiday 07 07:00: a holiday is a day off (T), and the slot of Mon 2026-04-06 07:00 is due at the same time",
            "06 → 07 07:00",
            "10 → 10 07:00",
        ]
    );
    assert_eq!(
        moved("0 7 * * Mon", OnHoliday::PreviousWorkday, "2026-03-31"..="2026-04-14"),
        ["06 → 02 07:00", "13 → 13 07:00"],
        "due four days before its slot"
    );
    assert_eq!(
        moved("0 7 * * Mon", OnHoliday::Skip, "2026-04-01"..="2026-04-14"),
        ["06 skipped-holiday 06 07:00: a holiday is a day off (T)", "13 → 13 07:00"]
    );
    assert_eq!(moved("0 7 * * Mon", OnHoliday::Run, "2026-04-01"..="2026-04-07"), ["06 → 06 07:00"]);
    // The day of its own has its edition; the one that is moved there has none beside it.
    assert_eq!(
        moved("0 7 * * Mon-Fri", OnHoliday::NextWorkday, "2026-04-30"..="2026-05-05"),
        [
            "30 → 30 07:00",
            "01 skipped-holiday 04 07:00: a holiday is a day off (T), and the slot of Mon 2026-05-04 07:00 is due at the same time",
            "04 → 04 07:00",
        ]
    );
    // Two slots of one day are moved each to its own time.
    assert_eq!(
        moved("0 7,19 6 4 *", OnHoliday::NextWorkday, "2026-04-01"..="2026-04-10"),
        ["06 → 07 07:00", "06 → 07 19:00"]
    );
}

#[test]
fn a_weekend_counts_unless_the_rule_names_its_days() {
    // 9 May is a Saturday on which people work; the 2nd, the 3rd and the 10th are not.
    assert_eq!(
        moved("0 7 2,9,10 * *", OnHoliday::NextWorkday, "2026-05-01"..="2026-05-12"),
        ["02 → 04 07:00", "09 → 09 07:00", "10 → 11 07:00"]
    );
    assert_eq!(
        moved("0 7 * * Sat", OnHoliday::Skip, "2026-05-01"..="2026-05-12"),
        ["02 → 02 07:00", "09 → 09 07:00"],
        "who writes Sat means Saturdays"
    );
}

#[test]
fn what_a_calendar_does_not_know_is_not_guessed() {
    let (rule, calendar) = (rule("0 7 1 1 *", "Europe/Berlin"), calendar());
    for (on_holiday, calendar_unknown, runs, unknown) in [
        (OnHoliday::NextWorkday, OnUnknown::Run, true, true),
        (OnHoliday::NextWorkday, OnUnknown::Skip, false, true),
        (OnHoliday::Skip, OnUnknown::Run, true, true),
        (OnHoliday::Run, OnUnknown::Skip, true, false),
    ] {
        let timetable = Timetable {
            calendar: Some(&calendar),
            on_holiday,
            calendar_unknown,
            ..Timetable::plain("brief/new-year", &rule)
        };
        let coming = timetable.next(at("2026-12-01T00:00:00")).unwrap();
        assert_eq!(coming.due, at("2027-01-01T06:00:00"));
        assert_eq!((coming.runs(), coming.unknown_after.is_some()), (runs, unknown), "{on_holiday:?}");
        let words = coming.remarks(&timetable).iter().map(ToString::to_string).collect::<Vec<_>>().join("; ");
        assert_eq!(words.contains("uncertain: calendar T unknown after 2026-12-31"), unknown, "{words}");
    }
    // 25 December is a Friday: the days after it lead out of no calendar, so that the 31st is found.
    let late = super::rule("0 7 25 12 *", "Europe/Berlin");
    let timetable = Timetable {
        calendar: Some(&calendar),
        on_holiday: OnHoliday::NextWorkday,
        ..Timetable::plain("brief/late", &late)
    };
    assert_eq!(timetable.next(at("2026-12-01T00:00:00")).unwrap().due, at("2026-12-28T06:00:00"));
}

/// The slots in (after, until] by a rule with these policies.
fn at_changes(cron: &str, dst_gap: DstGap, dst_overlap: DstOverlap, after: &str, until: &str) -> Vec<String> {
    let rule = Rule { dst_gap, dst_overlap, ..rule(cron, "Europe/Berlin") };
    let timetable = Timetable::plain("brief/changes", &rule);
    let slots = timetable.upcoming(at(after)).take_while(|coming| coming.due <= at(until));
    slots.map(|coming| if coming.runs() { shown(&rule, &coming.slot) } else { format!("{:?}", coming.fate) }).collect()
}

#[test]
fn at_clock_changes_a_schedule_does_as_it_says() {
    let spring = ("2026-03-28T12:00:00", "2026-03-30T12:00:00");
    let skipped = at_changes("30 2 * * *", DstGap::Skip, DstOverlap::First, spring.0, spring.1);
    assert_eq!(skipped.len(), 2);
    assert!(skipped[0].contains("SkippedGap, \"the clock goes forward over 02:30, and dst_gap"), "{}", skipped[0]);
    // What the clock shows at the end of the gap is a time like others.
    assert_eq!(at_changes("0 2,3 * * *", DstGap::Skip, DstOverlap::First, spring.0, spring.1)[0], "29 03:00+02:00");
    let autumn = ("2026-10-24T12:00:00", "2026-10-26T12:00:00");
    let twice = |twice| at_changes("30 2 * * *", DstGap::After, twice, autumn.0, autumn.1);
    assert_eq!(twice(DstOverlap::First), ["25 02:30+02:00 FirstPass 25 02:30", "26 02:30+01:00"]);
    assert_eq!(twice(DstOverlap::Second), ["25 02:30+01:00 SecondPass 25 02:30", "26 02:30+01:00"]);
    assert_eq!(
        twice(DstOverlap::Both),
        ["25 02:30+02:00 FirstPass 25 02:30", "25 02:30+01:00 SecondPass 25 02:30", "26 02:30+01:00"]
    );
    // Around it nothing is lost, and everything keeps its order.
    assert_eq!(
        at_changes("0,30 1,2,3 * * *", DstGap::After, DstOverlap::Second, "2026-10-24T22:59:59", "2026-10-25T03:00:00"),
        [
            "25 01:00+02:00",
            "25 01:30+02:00",
            "25 02:00+01:00 SecondPass 25 02:00",
            "25 02:30+01:00 SecondPass 25 02:30",
            "25 03:00+01:00",
            "25 03:30+01:00"
        ]
    );
}

#[test]
fn nothing_is_due_outside_of_its_limits() {
    let rule = rule("0 7 * * *", "UTC");
    let (starts, ends) = (at("2026-06-02T07:00:00"), at("2026-06-04T23:59:59"));
    let limited = Timetable { starts: Some(starts), ends: Some(ends), ..Timetable::plain("brief/limited", &rule) };
    let days: Vec<u32> = limited.upcoming(at("2026-01-01T00:00:00")).map(|coming| day(&coming)).collect();
    assert_eq!(days, [2, 3, 4]);
    let back: Vec<u32> =
        limited.newest_first(at("2026-01-01T00:00:00"), at("2026-12-31T00:00:00")).map(|coming| day(&coming)).collect();
    assert_eq!(back, [4, 3, 2]);
}

fn day(coming: &ScheduledOccurrence) -> u32 {
    chrono::Datelike::day(&coming.slot.nominal)
}

#[test]
fn jitter_is_the_same_everywhere_and_for_ever() {
    let rule = rule("0 7 * * *", "UTC");
    let timetable = Timetable { jitter: TimeDelta::minutes(10), ..Timetable::plain("green-economy/weekly", &rule) };
    let put_off: Vec<i64> =
        timetable.upcoming(at("2026-06-01T00:00:00")).take(4).map(|coming| coming.jitter.num_seconds()).collect();
    // printf 'green-economy/weekly\n1780297200' | sha256sum, its first 16 digits modulo 600; and of the days after it.
    assert_eq!(put_off, [JITTER[0], JITTER[1], JITTER[2], JITTER[3]]);
    let words = timetable.next(at("2026-06-01T00:00:00")).unwrap().remarks(&timetable);
    let words: Vec<String> = words.iter().map(ToString::to_string).collect();
    assert_eq!(words, [format!("jitter {} s, by which it falls between 07:00:00 and 07:09:59", JITTER[0])]);
    let all: Vec<TimeDelta> =
        timetable.upcoming(at("2026-06-01T00:00:00")).take(2_000).map(|coming| coming.jitter).collect();
    assert!(all.iter().all(|jitter| *jitter >= TimeDelta::zero() && *jitter < TimeDelta::minutes(10)));
    let mean = all.iter().map(TimeDelta::num_seconds).sum::<i64>() / 2_000;
    assert!((270..330).contains(&mean), "{mean}");
}

const JITTER: [i64; 4] = [215, 419, 441, 578];

#[test]
fn what_was_missed_is_made_up_as_asked() {
    let rule = rule("0 * * * *", "UTC");
    let look = |catch_up| {
        let timetable = Timetable { catch_up, catch_up_window: TimeDelta::hours(3), ..Timetable::plain("b/s", &rule) };
        let due = due(&timetable, at("2026-06-01T00:30:00"), at("2026-06-01T06:10:00"));
        let hour = |coming: &ScheduledOccurrence| chrono::Timelike::hour(&coming.slot.nominal);
        let reasons: std::collections::BTreeSet<String> = due.skipped.iter().map(|p| p.reason.clone()).collect();
        assert!(due.skipped.iter().all(|passed| passed.outcome == Outcome::SkippedCatchUp));
        (
            due.run.iter().map(hour).collect::<Vec<_>>(),
            due.skipped.iter().map(|passed| hour(&passed.occurrence)).collect::<Vec<_>>(),
            reasons.into_iter().collect::<Vec<_>>(),
        )
    };
    let old = "it was not begun within 3 hours";
    assert_eq!(look(CatchUp::Latest), (vec![6], vec![1, 2, 3, 4, 5], vec!["a newer slot was due".into(), old.into()]));
    assert_eq!(look(CatchUp::All), (vec![4, 5, 6], vec![1, 2, 3], vec![old.into()]));
    let none = "it was not begun in time, and catch_up = \"skip\"";
    assert_eq!(look(CatchUp::Skip), (vec![], vec![1, 2, 3, 4, 5, 6], vec![none.into()]));
}

/// Twenty years of every zone take a minute or more without optimisation: unless GREENBRIEF_WHOLE is set, each zone has one
/// of them.
#[test]
fn in_every_zone_a_daily_rule_is_due_once_for_each_date() {
    let whole = std::env::var_os("GREENBRIEF_WHOLE").is_some();
    let (mut zones, mut dates, mut joined) = (0, 0, Vec::new());
    for (index, zone) in TZ_VARIANTS.iter().enumerate() {
        // Half past two, and midnight, where clocks change in some places.
        let times = if whole { ["30 2 * * *", "0 0 * * *"].as_slice() } else { &["30 2 * * *"] };
        for cron in times {
            let rule = Rule::new(Cron::parse(cron).unwrap(), *zone);
            let first = if whole { 2010 } else { 2010 + i32::try_from(index).unwrap() % 20 };
            let last = if whole { 2029 } else { first };
            let day = |year, month, day| NaiveDate::from_ymd_opt(year, month, day).unwrap();
            let (from, until) = (day(first, 1, 1), day(last, 12, 31));
            let start = from.and_time(chrono::NaiveTime::MIN).and_utc() - TimeDelta::days(3);
            let slots = rule.upcoming(start).map(|slot| slot.nominal.date());
            let mut wanted = from;
            for found in slots.skip_while(|found| *found < from).take_while(|found| *found <= until) {
                // A civil day that was skipped at midnight comes to the same instant as the next day's midnight.
                if found != wanted && *cron == "0 0 * * *" && wanted.succ_opt() == Some(found) {
                    joined.push(format!("{zone} {wanted}"));
                    wanted = found;
                }
                assert_eq!(found, wanted, "{zone} {cron}");
                wanted = wanted.succ_opt().unwrap();
                dates += 1;
            }
            assert_eq!(wanted, until.succ_opt().unwrap(), "{zone} {cron}");
        }
        zones += 1;
    }
    println!("{zones} zones, {dates} nominal dates, each once; at midnight one with the next: {joined:?}");
    assert!(joined.iter().all(|day| day.ends_with("2011-12-30")), "{joined:?}");
}

/// Days off by chance.
fn days_off() -> impl Strategy<Value = std::collections::BTreeSet<i64>> {
    prop::collection::btree_set(-10i64..50, 0..16)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn forward_and_back_find_the_same_each_slot_once(
        zone in zone(), instant in instant(), off in days_off(), known in 5i64..60,
        cron in prop::sample::select(vec!["30 2 * * *", "0 7,19 * * *", "15 0 * * Mon-Fri", "0 12 1,2,15 * *", "0 */6 * * *"]),
        on_holiday in prop::sample::select(vec![OnHoliday::Run, OnHoliday::Skip, OnHoliday::NextWorkday, OnHoliday::PreviousWorkday]),
        dst_overlap in prop::sample::select(vec![DstOverlap::First, DstOverlap::Second, DstOverlap::Both]),
        dst_gap in prop::sample::select(vec![DstGap::After, DstGap::Skip]),
        calendar_unknown in prop::sample::select(vec![OnUnknown::Run, OnUnknown::Skip]),
        jitter in 0i64..3_600,
    ) {
        let rule = Rule { cron: Cron::parse(cron).unwrap(), timezone: zone, dst_gap, dst_overlap };
        let start = near_change(zone, instant) - TimeDelta::hours(30);
        let today = start.with_timezone(&zone).date_naive();
        let named = off.iter().map(|day| (today + TimeDelta::days(*day), Day::Holiday("off".into()))).collect();
        let calendar = Calendar::new("T".into(), named, today - TimeDelta::days(50)..=today + TimeDelta::days(known));
        let timetable = Timetable {
            calendar: Some(&calendar),
            on_holiday,
            calendar_unknown,
            jitter: TimeDelta::seconds(jitter),
            ..Timetable::plain("brief/any", &rule)
        };
        let until = start + TimeDelta::days(30);
        let key = |coming: &ScheduledOccurrence| (coming.due, coming.slot.utc);
        let forward: Vec<ScheduledOccurrence> = timetable.upcoming(start).take_while(|coming| coming.due <= until).collect();
        let mut back: Vec<ScheduledOccurrence> = timetable.newest_first(start, until).collect();
        back.reverse();
        prop_assert_eq!(&forward, &back);
        prop_assert!(forward.windows(2).all(|pair| key(&pair[0]) < key(&pair[1])));
        // By brute force: each slot near enough, in the order in which they are due.
        let near = rule.upcoming(start - TimeDelta::days(40)).take_while(|slot| slot.utc < until + TimeDelta::days(40));
        let mut all: Vec<ScheduledOccurrence> = near.map(|slot| timetable.occurrence(slot)).filter(|c| c.due > start && c.due <= until).collect();
        all.sort_by_key(key);
        prop_assert_eq!(&forward, &all);
        // What is moved lands on a day on which people work, at its own time, and never two at one time.
        let mut times = std::collections::BTreeSet::new();
        for coming in forward.iter().filter(|coming| coming.runs()) {
            let date = coming.moved.as_ref().map_or(coming.slot.nominal.date(), |(day, _)| *day);
            let civil = date.and_time(coming.slot.nominal.time());
            // Times of a gap come to one instant; else each is alone.
            if !rule.is_shown(civil) {
                continue;
            }
            let base = coming.due - coming.jitter;
            prop_assert_eq!(base.with_timezone(&zone).naive_local(), civil);
            prop_assert!(coming.moved.is_none() || calendar.day(date).is_workday());
            let alone = times.insert(base);
            prop_assert!(alone, "{:?}", coming);
        }
    }

    #[test]
    fn looking_often_finds_each_occurrence_once(
        zone in zone(), instant in instant(), off in days_off(), jitter in 0i64..3_600,
        on_holiday in prop::sample::select(vec![OnHoliday::Skip, OnHoliday::NextWorkday, OnHoliday::PreviousWorkday]),
        catch_up in prop::sample::select(vec![CatchUp::Latest, CatchUp::All, CatchUp::Skip]),
        steps in prop::collection::vec((0i64..90_000, 0i64..1_000_000), 1..60),
    ) {
        let rule = Rule::new(Cron::parse("30 2,9 * * *").unwrap(), zone);
        let start = near_change(zone, instant) - TimeDelta::hours(6);
        let today = start.with_timezone(&zone).date_naive();
        let named = off.iter().map(|day| (today + TimeDelta::days(*day), Day::Holiday("off".into()))).collect();
        let calendar = Calendar::new("T".into(), named, today - TimeDelta::days(50)..=today + TimeDelta::days(200));
        let timetable = Timetable {
            calendar: Some(&calendar), on_holiday, catch_up, jitter: TimeDelta::seconds(jitter),
            ..Timetable::plain("brief/any", &rule)
        };
        let (mut cursor, mut now, mut found) = (start, start, Vec::<(chrono::DateTime<Utc>, chrono::DateTime<Utc>)>::new());
        for (seconds, micros) in steps {
            now += TimeDelta::seconds(seconds) + TimeDelta::microseconds(micros);
            let due = due(&timetable, cursor, now);
            let passed = due.skipped.iter().map(|passed| &passed.occurrence);
            found.extend(due.run.iter().chain(passed).map(|coming| (coming.due, coming.slot.utc)));
            cursor = due.cursor;
        }
        found.sort_unstable();
        let all: Vec<_> =
            timetable.upcoming(start).take_while(|coming| coming.due <= now).map(|c| (c.due, c.slot.utc)).collect();
        prop_assert_eq!(found, all);
    }
}
