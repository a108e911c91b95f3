//! Slots around clock changes, by fixtures, and against a plain walk through every second or minute. What policies make of
//! them is in `policies`.

mod policies;

use chrono::{DateTime, Datelike, NaiveDateTime, TimeDelta, Utc};
use chrono_tz::{TZ_VARIANTS, Tz};
use proptest::prelude::*;

use super::{ClockChange, Cron, Rule, Slot, Timetable, due};

fn rule(cron: &str, zone: &str) -> Rule {
    Rule::new(Cron::parse(cron).unwrap(), zone.parse().unwrap())
}

fn at(text: &str) -> DateTime<Utc> {
    format!("{text}Z").parse().unwrap()
}

/// The slots in (after, until] as “when it is due in the zone, with offset, clock change”.
fn slots(cron: &str, zone: &str, after: &str, until: &str) -> Vec<String> {
    let rule = rule(cron, zone);
    rule.upcoming(at(after)).take_while(|slot| slot.utc <= at(until)).map(|slot| shown(&rule, &slot)).collect()
}

fn shown(rule: &Rule, slot: &Slot) -> String {
    let due = slot.utc.with_timezone(&rule.timezone).format("%d %H:%M%:z");
    match slot.clock_change {
        ClockChange::None => due.to_string(),
        change => format!("{due} {change:?} {}", slot.nominal.format("%d %H:%M")),
    }
}

#[test]
fn a_fixed_time_in_the_gap_fires_behind_it() {
    let days = ("2026-03-27T12:00:00", "2026-03-30T12:00:00");
    assert_eq!(
        slots("30 2 * * *", "Europe/Berlin", days.0, days.1),
        ["28 02:30+01:00", "29 03:00+02:00 Gap 29 02:30", "30 02:30+02:00"]
    );
    assert_eq!(
        slots("30 2,14 * * *", "Europe/Berlin", "2026-03-28T23:00:00", "2026-03-29T23:00:00"),
        ["29 03:00+02:00 Gap 29 02:30", "29 14:30+02:00"]
    );
    // 02:00, 02:30 and 03:00 come to one instant; the clock shows 03:00 then.
    assert_eq!(
        slots("0,30 2,3 * * *", "Europe/Berlin", "2026-03-28T23:00:00", "2026-03-29T23:00:00"),
        ["29 03:00+02:00", "29 03:30+02:00"]
    );
    // Several in the gap and none at its end: the last one stands for them.
    assert_eq!(
        slots("10,50 2 * * *", "Europe/Berlin", "2026-03-28T23:00:00", "2026-03-29T23:00:00"),
        ["29 03:00+02:00 Gap 29 02:50"]
    );
}

#[test]
fn a_fixed_time_in_the_overlap_fires_at_the_first_pass() {
    assert_eq!(
        slots("30 2 * * *", "Europe/Berlin", "2026-10-23T12:00:00", "2026-10-26T12:00:00"),
        ["24 02:30+02:00", "25 02:30+02:00 FirstPass 25 02:30", "26 02:30+01:00"]
    );
    assert_eq!(
        slots("30 2,14 * * *", "Europe/Berlin", "2026-10-24T22:00:00", "2026-10-25T22:00:00"),
        ["25 02:30+02:00 FirstPass 25 02:30", "25 14:30+01:00"]
    );
    // Asked in the second pass, at 02:10: the first has had it.
    assert_eq!(
        slots("30 2,3 * * *", "Europe/Berlin", "2026-10-25T01:10:00", "2026-10-25T22:00:00"),
        ["25 03:30+01:00"]
    );
    let rule = rule("30 2 * * *", "Europe/Berlin");
    let newest = rule.latest(at("2026-10-20T00:00:00"), at("2026-10-25T01:10:00")).unwrap();
    assert_eq!(shown(&rule, &newest), "25 02:30+02:00 FirstPass 25 02:30");
}

#[test]
fn wildcards_follow_real_time() {
    assert_eq!(
        slots("*/30 * * * *", "Europe/Berlin", "2026-03-29T00:00:00", "2026-03-29T02:00:00"),
        ["29 01:30+01:00", "29 03:00+02:00", "29 03:30+02:00", "29 04:00+02:00"]
    );
    assert_eq!(
        slots("*/30 * * * *", "Europe/Berlin", "2026-10-25T00:00:00", "2026-10-25T02:00:00"),
        ["25 02:30+02:00", "25 02:00+01:00", "25 02:30+01:00", "25 03:00+01:00"]
    );
    assert_eq!(
        slots("*/15 * * * *", "Europe/Berlin", "2026-10-24T22:00:00", "2026-10-25T23:00:00").len(),
        25 * 4,
        "a day of 25 hours"
    );
    // An hour that the clock leaves out was not there.
    assert_eq!(slots("* 2 * * *", "Europe/Berlin", "2026-03-28T12:00:00", "2026-03-29T12:00:00"), Vec::<String>::new());
}

#[test]
fn half_an_hour_at_lord_howe() {
    // Back from 02:00+11:00 to 01:30+10:30 on 5 April 2026, forward from 02:00 to 02:30 on 4 October.
    assert_eq!(
        slots("45 1 * * *", "Australia/Lord_Howe", "2026-04-04T00:00:00", "2026-04-05T20:00:00"),
        ["05 01:45+11:00 FirstPass 05 01:45", "06 01:45+10:30"]
    );
    assert_eq!(
        slots("*/15 * * * *", "Australia/Lord_Howe", "2026-04-04T14:29:00", "2026-04-04T15:30:00"),
        ["05 01:30+11:00", "05 01:45+11:00", "05 01:30+10:30", "05 01:45+10:30", "05 02:00+10:30"]
    );
    assert_eq!(
        slots("15 2 * * *", "Australia/Lord_Howe", "2026-10-02T20:00:00", "2026-10-04T10:00:00"),
        ["04 02:30+11:00 Gap 04 02:15"]
    );
}

#[test]
fn a_nominal_time_may_be_due_on_the_next_day() {
    // Nuuk goes from Saturday 23:00 to Sunday 00:00.
    assert_eq!(
        slots("30 23 * * *", "America/Nuuk", "2026-03-27T12:00:00", "2026-03-30T12:00:00"),
        ["27 23:30-02:00", "29 00:00-01:00 Gap 28 23:30", "29 23:30-01:00"]
    );
    // Only on Saturdays: it is still Saturday's.
    assert_eq!(
        slots("30 23 * * Sat", "America/Nuuk", "2026-03-27T12:00:00", "2026-03-30T12:00:00"),
        ["29 00:00-01:00 Gap 28 23:30"]
    );
}

#[test]
fn a_midnight_that_does_not_exist() {
    assert_eq!(
        slots("@daily", "America/Sao_Paulo", "2018-11-03T00:00:00", "2018-11-05T12:00:00"),
        ["03 00:00-03:00", "04 01:00-02:00 Gap 04 00:00", "05 00:00-02:00"]
    );
    assert_eq!(
        slots("0 0 * * *", "Africa/Cairo", "2026-04-22T22:00:00", "2026-04-24T22:00:00"),
        ["24 01:00+03:00 Gap 24 00:00", "25 00:00+03:00"]
    );
}

#[test]
fn a_day_that_does_not_exist() {
    // Samoa had no 30 December 2011: a daily rule at noon fires for it at the first instant of the 31st.
    assert_eq!(
        slots("0 12 * * *", "Pacific/Apia", "2011-12-28T23:00:00", "2012-01-01T00:00:00"),
        ["29 12:00-10:00", "31 00:00+14:00 Gap 30 12:00", "31 12:00+14:00", "01 12:00+14:00"]
    );
    // At midnight both dates come to one instant, the one that the clock shows.
    assert_eq!(
        slots("0 0 * * *", "Pacific/Apia", "2011-12-29T00:00:00", "2012-01-01T00:00:00"),
        ["29 00:00-10:00", "31 00:00+14:00", "01 00:00+14:00"]
    );
    assert_eq!(
        slots("0 */12 * * *", "Pacific/Apia", "2011-12-29T11:00:00", "2011-12-31T00:00:00"),
        ["29 12:00-10:00", "31 00:00+14:00", "31 12:00+14:00"]
    );
}

#[test]
fn ends_of_months_and_leap_days() {
    let dates = |cron: &str, after: &str| -> Vec<String> {
        let rule = rule(cron, "Europe/Berlin");
        rule.upcoming(at(after)).take(3).map(|slot| slot.nominal.date().to_string()).collect()
    };
    assert_eq!(dates("0 8 L * *", "2026-01-01T00:00:00"), ["2026-01-31", "2026-02-28", "2026-03-31"]);
    assert_eq!(dates("0 8 LW * *", "2026-01-01T00:00:00"), ["2026-01-30", "2026-02-27", "2026-03-31"]);
    assert_eq!(dates("0 8 15W * *", "2026-02-01T00:00:00"), ["2026-02-16", "2026-03-16", "2026-04-15"]);
    assert_eq!(dates("0 8 29 2 *", "2026-01-01T00:00:00"), ["2028-02-29", "2032-02-29", "2036-02-29"]);
    assert_eq!(dates("0 8 29 2 *", "2096-03-01T00:00:00"), ["2104-02-29", "2108-02-29", "2112-02-29"]);
    assert_eq!(dates("0 8 * * MON#1", "2026-01-01T00:00:00"), ["2026-01-05", "2026-02-02", "2026-03-02"]);
    assert_eq!(dates("0 8 * * FRI#L", "2026-01-01T00:00:00"), ["2026-01-30", "2026-02-27", "2026-03-27"]);
    assert_eq!(dates("0 0 8 1 1 * 2027", "2026-01-01T00:00:00"), ["2027-01-01"]);
    assert_eq!(dates("0 0 8 1 1 * 2025", "2026-01-01T00:00:00"), [""; 0]);
}

#[test]
fn the_ends_of_time_are_quiet() {
    let rule = rule("* * * * * *", "Pacific/Apia");
    assert_eq!(rule.next(DateTime::<Utc>::MAX_UTC), None);
    assert_eq!(rule.next(DateTime::<Utc>::MIN_UTC), None);
    assert_eq!(rule.latest(DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC), None);
    assert_eq!(rule.latest(at("2026-01-01T00:00:00"), at("2026-01-01T00:00:00")), None);
}

#[test]
fn years_of_seconds_are_not_walked() {
    let every = rule("* * * * * *", "Europe/Berlin");
    let now = at("2026-10-25T01:10:00");
    let due = due(&Timetable::plain("a/b", &every), at("2016-01-01T00:00:00"), now);
    assert_eq!(due.run.iter().map(|run| run.due).collect::<Vec<_>>(), [now]);
    assert_eq!((due.skipped.len(), due.more), (100, true));
    assert_eq!(due.skipped.last().map(|passed| passed.occurrence.due), Some(now - TimeDelta::seconds(1)));
    assert!(due.skipped[0].reason.ends_with("more before it passed and are not named"), "{:?}", due.skipped[0]);
}

#[test]
fn the_newest_within_the_window_runs() {
    let daily = rule("0 7 * * *", "Europe/Berlin");
    let look = |cursor: &str, now: &str| {
        let due = due(&Timetable::plain("a/b", &daily), at(cursor), at(now));
        let run = due.run.first().map(|run| run.slot.nominal.day());
        (run, due.skipped.iter().map(|passed| passed.occurrence.slot.nominal.day()).collect::<Vec<_>>(), due.cursor)
    };
    let start = "2026-01-01T00:00:00";
    assert_eq!(look(start, "2026-01-01T05:59:59"), (None, vec![], at("2026-01-01T05:59:59")));
    assert_eq!(look(start, "2026-01-01T06:00:00"), (Some(1), vec![], at("2026-01-01T06:00:00")));
    assert_eq!(look(start, "2026-01-04T08:00:00"), (Some(4), vec![1, 2, 3], at("2026-01-04T08:00:00")));
    // Too old: it is skipped, too.
    assert_eq!(look(start, "2026-01-02T18:00:01"), (None, vec![1, 2], at("2026-01-02T18:00:01")));
    // A clock that went back makes nothing due again, and the cursor stays.
    assert_eq!(look("2026-01-02T06:00:00", "2026-01-02T05:00:00"), (None, vec![], at("2026-01-02T06:00:00")));
}

/// Fixed rules that fire often enough for short walks.
const FIXED: &[&str] = &[
    "30 2 * * *",
    "30 2,14 * * *",
    "0,30 0,1,2,3 * * *",
    "15 0 * * *",
    "30 23 * * Sat",
    "0 0 * * *",
    "0 12 L * *",
    "30 10 2 * * *",
    "*/20 30 1-3 * * *",
];

/// Rules with a wildcard.
const WILD: &[&str] =
    &["*/15 * * * *", "7 * * * *", "*/20 1-3 * * *", "0 */2 * * *", "59 59 * * * *", "*/30 0-1 * * 0", "* 0 * * *"];

fn any_rule() -> impl Strategy<Value = &'static str> {
    prop_oneof![prop::sample::select(FIXED), prop::sample::select(WILD)]
}

fn zone() -> impl Strategy<Value = Tz> {
    prop_oneof![
        prop::sample::select(TZ_VARIANTS.to_vec()),
        prop::sample::select(
            [
                "Europe/Berlin",
                "Australia/Lord_Howe",
                "America/Nuuk",
                "Africa/Cairo",
                "Pacific/Apia",
                "Africa/Casablanca"
            ]
            .map(|name| name.parse::<Tz>().unwrap())
            .to_vec()
        ),
    ]
}

/// A whole second from 1971 to 2060.
fn instant() -> impl Strategy<Value = DateTime<Utc>> {
    (31_536_000i64..2_840_000_000).prop_map(|second| DateTime::from_timestamp(second, 0).unwrap())
}

/// The last change of the clock's offset before `at`, or `at`: times near it are the ones that count.
fn near_change(zone: Tz, at: DateTime<Utc>) -> DateTime<Utc> {
    let offset = |at: DateTime<Utc>| at.with_timezone(&zone).naive_local() - at.naive_utc();
    (0..400).map(|days| at - TimeDelta::days(days)).find(|day| offset(*day) != offset(at)).unwrap_or(at)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn a_wildcard_fires_when_the_clock_shows_it(zone in zone(), at in instant(), cron in prop::sample::select(WILD)) {
        let rule = Rule::new(Cron::parse(cron).unwrap(), zone);
        let from = near_change(zone, at) - TimeDelta::hours(6);
        let until = from + TimeDelta::hours(40);
        let walk: Vec<DateTime<Utc>> = (1..=40 * 3600)
            .map(|second| from + TimeDelta::seconds(second))
            .filter(|at| rule.cron.names(at.with_timezone(&zone).naive_local()))
            .collect();
        let found: Vec<DateTime<Utc>> =
            rule.upcoming(from).map(|slot| slot.utc).take_while(|at| *at <= until).collect();
        prop_assert_eq!(found, walk);
    }

    #[test]
    fn a_fixed_daily_time_fires_once_for_each_date(zone in zone(), year in 1971i32..2060, hour in 0u32..24, minute in 0u32..60) {
        let rule = Rule::new(Cron::parse(&format!("{minute} {hour} * * *")).unwrap(), zone);
        let first = chrono::NaiveDate::from_ymd_opt(year, 1, 1).unwrap();
        let from = first.and_hms_opt(0, 0, 0).unwrap().and_utc() - TimeDelta::days(3);
        let mut by_date = std::collections::BTreeMap::new();
        for slot in rule.upcoming(from).take(372) {
            *by_date.entry(slot.nominal.date()).or_insert(0) += 1;
        }
        let dates: Vec<_> = first.iter_days().take(365).filter(|day| by_date.get(day) != Some(&1)).collect();
        // A civil day that was skipped at midnight comes to the same instant as the next day's midnight.
        prop_assert!(dates.is_empty() || (hour, minute) == (0, 0) && dates.len() == 1, "{:?}", dates);
    }

    #[test]
    fn strictly_rising_and_the_newest_is_the_last(
        zone in zone(), at in instant(), cron in any_rule(), hours in 0i64..60, micros in 0i64..1_000_000,
    ) {
        let rule = Rule::new(Cron::parse(cron).unwrap(), zone);
        let after = near_change(zone, at) - TimeDelta::hours(6) + TimeDelta::microseconds(micros);
        let until = after + TimeDelta::minutes(hours * 60 + 17);
        let all: Vec<Slot> = rule.upcoming(after).take_while(|slot| slot.utc <= until).collect();
        prop_assert!(all.iter().all(|slot| slot.utc > after));
        prop_assert!(all.windows(2).all(|pair| pair[0].utc < pair[1].utc), "{:?}", all);
        prop_assert_eq!(rule.latest(after, until), all.last().copied());
        // From the end, one by one: the same slots.
        let mut back: Vec<Slot> = std::iter::successors(rule.latest(after, until), |slot| {
            rule.latest(after, slot.utc - TimeDelta::seconds(1))
        })
        .collect();
        back.reverse();
        prop_assert_eq!(back, all);
    }

    #[test]
    fn looking_often_finds_what_one_walk_finds(
        zone in zone(), at in instant(), cron in any_rule(),
        steps in prop::collection::vec((0i64..7200, 0i64..1_000_000), 1..60),
    ) {
        let rule = Rule::new(Cron::parse(cron).unwrap(), zone);
        let start = near_change(zone, at) - TimeDelta::hours(6);
        let (mut cursor, mut now, mut found) = (start, start, Vec::new());
        for (seconds, micros) in steps {
            now += TimeDelta::seconds(seconds) + TimeDelta::microseconds(micros);
            let due = due(&Timetable::plain("a/b", &rule), cursor, now);
            found.extend(due.skipped.iter().map(|passed| passed.occurrence.slot));
            found.extend(due.run.iter().map(|run| run.slot));
            prop_assert!(due.cursor >= cursor);
            cursor = due.cursor;
        }
        let all: Vec<Slot> = rule.upcoming(start).take_while(|slot| slot.utc <= now).collect();
        prop_assert_eq!(found, all);
    }

    #[test]
    fn each_nominal_time_of_a_fixed_rule_has_its_slot(zone in zone(), at in instant(), cron in prop::sample::select(FIXED)) {
        let rule = Rule::new(Cron::parse(cron).unwrap(), zone);
        let from = near_change(zone, at) - TimeDelta::hours(30);
        let found: Vec<Slot> = rule.upcoming(from).take_while(|slot| slot.utc <= from + TimeDelta::hours(90)).collect();
        // Every civil time that the rule names in the middle, by croner alone, fires at one of the slots: at the clock's
        // showing it first, or at the first instant that shows more.
        let mut civil: NaiveDateTime = from.with_timezone(&zone).naive_local() + TimeDelta::hours(28);
        let end = civil + TimeDelta::hours(24);
        while let Some(next) = rule.cron.next(civil, false).filter(|next| *next <= end) {
            let shows = |second: i64| (from + TimeDelta::seconds(second)).with_timezone(&zone).naive_local() >= next;
            let first = (0..90 * 3600 / 60).map(|minute| minute * 60).find(|minute| shows(*minute)).unwrap();
            let exact = (first - 59..=first).find(|second| shows(*second)).unwrap();
            let due = from + TimeDelta::seconds(exact);
            prop_assert!(found.iter().any(|slot| slot.utc == due), "{} {} {}", zone, next, due);
            civil = next;
        }
    }
}
