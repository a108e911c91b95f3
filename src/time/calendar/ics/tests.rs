//! Files of iCalendar as people have them, and as nobody should have them.

use proptest::prelude::*;

use super::*;
use crate::base::problem::{Severity, Source};

fn read_it(text: &str) -> (Vec<String>, String) {
    let source = Source::new("holidays.ics", text);
    let (days, problems) = read(text, "Office", &|range| source.place(range));
    (days.iter().map(|(date, name)| format!("{date} {name}")).collect(), problems.to_string())
}

fn file(events: &str) -> String {
    format!("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//x\r\n{}END:VCALENDAR\r\n", events.replace('\n', "\r\n"))
}

fn days_of(event: &str) -> Vec<String> {
    let (days, problems) = read_it(&file(&format!("BEGIN:VEVENT\n{event}\nEND:VEVENT\n")));
    assert_eq!(problems, "", "{event}");
    days
}

fn wrong_with(event: &str) -> String {
    let (_, problems) = read_it(&file(&format!("BEGIN:VEVENT\n{event}\nEND:VEVENT\n")));
    assert!(!problems.is_empty(), "{event}");
    problems
}

#[test]
fn one_day_or_several_and_the_end_is_not_part_of_it() {
    assert_eq!(days_of("DTSTART;VALUE=DATE:20270104\nSUMMARY:Inventur"), ["2027-01-04 Inventur"]);
    assert_eq!(days_of("DTSTART:20270104\nDTEND:20270105"), ["2027-01-04 Office"]);
    assert_eq!(
        days_of("DTSTART;VALUE=DATE:20261230\nDTEND;VALUE=DATE:20270102\nSUMMARY:Betriebsferien\\, alle"),
        ["2026-12-30 Betriebsferien, alle", "2026-12-31 Betriebsferien, alle", "2027-01-01 Betriebsferien, alle"]
    );
    assert_eq!(days_of("DTSTART:20270104\nDURATION:P1W").len(), 7);
    assert_eq!(days_of("DTSTART:20270104\nDURATION:P2D").len(), 2);
    // Names that are none, or of several lines.
    assert_eq!(days_of("DTSTART:20270104\nSUMMARY:"), ["2027-01-04 Office"]);
    assert_eq!(days_of("DTSTART:20270104\nSUMMARY:a\\n  b"), ["2027-01-04 a b"]);
}

#[test]
fn what_recurs_is_followed_within_the_years_of_calendars() {
    let days = days_of("DTSTART;VALUE=DATE:19701224\nRRULE:FREQ=YEARLY\nSUMMARY:Heiligabend");
    assert_eq!(
        (days.len(), days[0].as_str(), days[110].as_str()),
        (111, "1990-12-24 Heiligabend", "2100-12-24 Heiligabend")
    );
    let days = days_of("DTSTART:20261224\nRRULE:FREQ=YEARLY;COUNT=3\nEXDATE:20271224,20301224\nRDATE:20270601");
    assert_eq!(days, ["2026-12-24 Office", "2027-06-01 Office", "2028-12-24 Office"]);
    assert!(days_of("DTSTART:19800101\nSUMMARY:long ago").is_empty());
    assert!(days_of("DTSTART:22000101\nRRULE:FREQ=YEARLY").is_empty());
}

#[test]
fn an_event_that_is_moved_or_cancelled() {
    let events = "BEGIN:VEVENT\nUID:a\nDTSTART:20261224\nRRULE:FREQ=YEARLY;COUNT=3\nSUMMARY:off\nEND:VEVENT\n\
                  BEGIN:VEVENT\nUID:a\nRECURRENCE-ID:20271224\nDTSTART:20271223\nSUMMARY:off early\nEND:VEVENT\n\
                  BEGIN:VEVENT\nUID:a\nRECURRENCE-ID:20281224\nDTSTART:20281224\nSTATUS:CANCELLED\nEND:VEVENT\n";
    let (days, problems) = read_it(&file(events));
    assert_eq!(
        (problems.as_str(), days.as_slice()),
        ("", &["2026-12-24 off".into(), "2027-12-23 off early".into()][..])
    );
}

#[test]
fn several_events_on_one_day_and_parts_of_other_kinds() {
    let events = "BEGIN:VTIMEZONE\nTZID:x\nBEGIN:STANDARD\nDTSTART:19701025T030000\nEND:STANDARD\nEND:VTIMEZONE\n\
                  BEGIN:VTODO\nDTSTART:20270101T100000\nEND:VTODO\n\
                  BEGIN:VEVENT\nDTSTART:20270104\nSUMMARY:one\nBEGIN:VALARM\nTRIGGER:-PT1H\nSUMMARY:no\nEND:VALARM\nEND:VEVENT\n\
                  BEGIN:VEVENT\nDTSTART:20270104\nSUMMARY:two\nEND:VEVENT\n\
                  BEGIN:VEVENT\nDTSTART:20270104\nSUMMARY:one\nEND:VEVENT\n";
    let (days, problems) = read_it(&file(events));
    assert_eq!((problems.as_str(), days.as_slice()), ("", &["2027-01-04 one, two".to_owned()][..]));
}

#[test]
fn what_is_no_day_is_told_with_its_place() {
    assert_eq!(
        wrong_with("DTSTART;TZID=Europe/Berlin:20270104T090000\nSUMMARY:Meeting"),
        "error: `DTSTART` has a time of day: only whole days can be days off\n --> holidays.ics:5:28\n   |\n \
         5 | DTSTART;TZID=Europe/Berlin:20270104T090000\n   |                            ^^^^^^^^^^^^^^^\n   \
         = hint: a whole day is written DTSTART;VALUE=DATE:20270104"
    );
    for (event, what, hint) in [
        ("SUMMARY:never", "this event does not say when it is: DTSTART is missing", "DTSTART;VALUE=DATE:20270104"),
        ("DTSTART:20270230", "`20270230` is not a date", "year, month and day"),
        ("DTSTART:2027-01-04", "`2027-01-04` is not a date", "year, month and day"),
        ("DTSTART:２０２７", "`２０２７` is not a date", "year, month and day"),
        ("DTSTART", "this is not a line of an iCalendar file", "NAME:VALUE"),
        ("DTSTART:", "`DTSTART` says nothing", "NAME:VALUE"),
        ("DTSTART:20270104\nSUMMARY:Fr\u{fffd}hjahr", "U+FFFD cannot stand in a text", "as UTF-8"),
        ("DTSTART:20270104\nDTEND:20270104", "this event ends before it has begun", "20270105 for a single day"),
        (
            "DTSTART:20270104\nDTEND:20270105\nDURATION:P1D",
            "this event has a DTEND and a DURATION",
            "only one of the two",
        ),
        ("DTSTART:20270104\nDURATION:PT8H", "`PT8H` is not a length in days", "P1D"),
        ("DTSTART:20270104\nDURATION:P0D", "`P0D` is not a length in days", "P1D"),
        ("DTSTART:20270104\nDURATION:P99999999999999999999W", "is not a length in days", "P1D"),
        ("DTSTART:20270104\nDTSTART:20270105", "`DTSTART` appears in this event a second time", "keep one"),
        ("DTSTART:20270104\nRRULE:FREQ=HOURLY", "`FREQ=HOURLY` is about hours, not days", "FREQ=YEARLY"),
        ("DTSTART:20270104\nEXRULE:FREQ=YEARLY", "`EXRULE` is not known", "EXDATE"),
        ("DTSTART:20270104\nEXDATE:2027010", "`2027010` is not a date", "year, month and day"),
        ("DTSTART:19900101\nRRULE:FREQ=DAILY\nDURATION:P99999D", "the file names more than 100000 days", "UNTIL"),
    ] {
        let text = wrong_with(event);
        assert!(text.contains(what) && text.contains(hint) && text.contains("--> holidays.ics:"), "{event}\n{text}");
    }
}

#[test]
fn a_file_that_is_broken() {
    for (text, what, at) in [
        ("", "this is not an iCalendar file", ":1:1"),
        ("<html>\n", "this is not an iCalendar file", ":1:1"),
        ("BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:20270104\n", "BEGIN:VEVENT has no END:VEVENT", ":2:1"),
        ("BEGIN:VCALENDAR\nEND:VEVENT\n", "nothing that ends here has begun: END:VEVENT", ":2:1"),
        ("BEGIN:VCALENDAR\nEND:VCALENDAR\nEND:VCALENDAR\n", "nothing that ends here has begun", ":3:1"),
        ("BEGIN:VCALENDAR\nnonsense\nEND:VCALENDAR\n", "this is not a line of an iCalendar file", ":2:1"),
    ] {
        let (_, problems) = read_it(text);
        assert!(problems.contains(what) && problems.contains(&format!("holidays.ics{at}\n")), "{problems}");
    }
    let (_, problems) = read_it(&format!("BEGIN:VCALENDAR\n{}", "BEGIN:X\n".repeat(10_000)));
    assert!(problems.contains("components are nested too deeply here"), "{problems}");
    let (_, problems) = read_it(&file(""));
    assert!(problems.starts_with("warning: there is no event in this file"), "{problems}");
}

#[test]
fn a_calendar_of_meetings_is_not_told_a_thousand_times() {
    let events = "BEGIN:VEVENT\nDTSTART:20270104T090000\nEND:VEVENT\n".repeat(1_000);
    let (_, problems) = read_it(&file(&events));
    assert_eq!(problems.matches("has a time of day").count(), 20);
    assert!(problems.contains("there may be more that is wrong with this file"), "{problems}");
}

#[test]
fn many_names_of_one_day_stay_few() {
    let events: String = (0..1_000)
        .map(|n| format!("BEGIN:VEVENT\nDTSTART:20270104\nSUMMARY:{n}{}\nEND:VEVENT\n", "x".repeat(500)))
        .collect();
    let (days, problems) = read_it(&file(&events));
    assert!(problems.is_empty() && days.len() == 1 && days[0].chars().count() < 2_000);
}

/// Lines as they stand in such files, right and wrong.
fn line() -> impl Strategy<Value = String> {
    let name = prop_oneof![
        Just("DTSTART"),
        Just("DTEND"),
        Just("DURATION"),
        Just("RRULE"),
        Just("EXDATE"),
        Just("RDATE"),
        Just("SUMMARY"),
        Just("RECURRENCE-ID"),
        Just("UID"),
        Just("STATUS"),
        Just("DTSTART;VALUE=DATE"),
        Just("SUMMARY;X=\"a:b\""),
    ];
    let value = prop_oneof![
        "(19|20|99|00)[0-9]{2}[01][0-9][0-3][0-9]",
        "20[0-9]{2}0[1-9]1[0-9](T000000Z?)?",
        "P[0-9]{0,7}[DWM]",
        "FREQ=(YEARLY|MONTHLY|WEEKLY|DAILY|SECONDLY)(;INTERVAL=[0-9]{1,4})?(;COUNT=[0-9]{1,4})?(;UNTIL=20[0-9]{2}0101)?",
        "FREQ=(YEARLY|MONTHLY|WEEKLY);BY(MONTH|MONTHDAY|YEARDAY|WEEKNO|DAY|SETPOS)=-?[0-9]{0,3}(MO|SU|,2)?(;WKST=SU)?",
        "\\PC{0,40}",
    ];
    prop_oneof![
        8 => (name, value).prop_map(|(name, value)| format!("{name}:{value}")),
        1 => Just("END:VEVENT\nBEGIN:VEVENT".to_owned()),
        1 => Just(" folded".to_owned()),
        1 => "[A-Z:;=\",\\\\ \t\r\u{feff}ä]{0,20}",
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn any_text_is_read_or_refused(text in "\\PC*|(BEGIN|END|VEVENT|:|\n|DTSTART|2027|T| |;|\\\\|\"){0,60}") {
        let _ = read_it(&text);
    }

    #[test]
    fn any_event_is_read_or_refused(lines in prop::collection::vec(line(), 0..12), crlf in any::<bool>()) {
        let mut text = format!("BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:20240229\n{}\nEND:VEVENT\nEND:VCALENDAR\n", lines.join("\n"));
        if crlf {
            text = text.replace('\n', "\r\n");
        }
        let source = Source::new("x.ics", text.as_str());
        let (days, problems) = read(&text, "x", &|range| source.place(range));
        prop_assert!(days.keys().all(|date| range().contains(date)));
        for problem in &problems.0 {
            let place = problem.place.as_ref().unwrap();
            prop_assert!(place.line <= text.lines().count());
            prop_assert_eq!(Some(&*place.source), text.split('\n').nth(place.line - 1).map(|line| line.trim_end_matches('\r')));
        }
        // Without an error every event counts.
        let errors = problems.0.iter().any(|problem| problem.severity == Severity::Error);
        prop_assert!(errors || problems.is_empty());
    }

    #[test]
    fn an_event_lasts_up_to_the_day_before_its_end(start in 0..35_000_i64, length in 1..400_i64, by_end in any::<bool>()) {
        let begin = NaiveDate::from_ymd_opt(1991, 1, 1).unwrap() + chrono::TimeDelta::days(start);
        let end = begin + chrono::TimeDelta::days(length);
        let last = if by_end { format!("DTEND:{}", end.format("%Y%m%d")) } else { format!("DURATION:P{length}D") };
        let found = days_of(&format!("DTSTART:{}\n{last}", begin.format("%Y%m%d")));
        let wanted: Vec<String> = begin.iter_days().take_while(|day| *day < end).map(|day| format!("{day} Office")).collect();
        prop_assert_eq!(found, wanted);
    }

    #[test]
    fn a_yearly_day_is_there_in_each_year_that_has_it(start in 0..35_000_i64, interval in 1..5_i32, count in 1..30_usize) {
        use chrono::Datelike;
        let begin = NaiveDate::from_ymd_opt(1991, 1, 1).unwrap() + chrono::TimeDelta::days(start);
        let rule = format!("FREQ=YEARLY;INTERVAL={interval};COUNT={count}");
        let found = days_of(&format!("DTSTART:{}\nRRULE:{rule}", begin.format("%Y%m%d")));
        let years = (0..).map(|step| begin.year() + step * interval).take_while(|year| *year <= 2100);
        let wanted: Vec<String> =
            years.filter_map(|year| begin.with_year(year)).take(count).map(|day| format!("{day} Office")).collect();
        prop_assert_eq!(found, wanted);
    }
}
