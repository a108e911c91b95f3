//! What a schedule in a brief's file may say, and what is wrong with what people write there.

use chrono::{DateTime, TimeDelta, Utc};
use greenbrief::{
    config::{self, Schedule},
    time::schedule::{CatchUp, DstGap, DstOverlap, OnHoliday, Overlap},
};

use super::{BRIEF, SETTINGS, SMTP, load, load_with, project, refused};

const HEAD: &str = "\
timezone = \"Europe/Berlin\"
template = \"green-economy\"
languages = [\"en\"]
[title]
en = \"Green Economy Brief\"
";

fn brief(schedules: &str) -> tempfile::TempDir {
    project(SETTINGS, &[("green-economy.toml", &format!("{HEAD}{schedules}"))])
}

/// The one schedule of a file.
fn read(lines: &str) -> Schedule {
    let folder = brief(&format!("[schedules.one]\n{lines}\n"));
    let (config, _) = load(&folder, &[]).unwrap_or_else(|problems| panic!("{problems}"));
    Schedule::clone(&config.briefs["green-economy"].schedules[0])
}

fn at(text: &str) -> Option<DateTime<Utc>> {
    Some(text.parse().unwrap())
}

#[test]
fn every_policy_is_read() {
    let plain = read("cron = \"0 7 * * Mon\"");
    assert_eq!((plain.catch_up, plain.overlap, plain.jitter), (CatchUp::Latest, Overlap::Skip, TimeDelta::zero()));
    assert_eq!(
        (plain.rule.dst_gap, plain.rule.dst_overlap, plain.on_holiday),
        (DstGap::After, DstOverlap::First, OnHoliday::Run)
    );
    assert_eq!((plain.starts, plain.ends, plain.timing().as_str()), (None, None, "Europe/Berlin 0 7 * * Mon"));
    let full = read(
        "cron = \"30 2 * * *\"\ncatch_up = \"all\"\ncatch_up_window = \"2 days\"\noverlap = \"queue\"\njitter = \"10m\"\n\
         dst_gap = \"skip\"\ndst_overlap = \"both\"\nstarts = 2026-12-01\nends = 2027-03-31\nalarm_after = \"30m\"",
    );
    assert_eq!((full.catch_up, full.catch_up_window), (CatchUp::All, TimeDelta::days(2)));
    assert_eq!((full.overlap, full.jitter), (Overlap::Queue, TimeDelta::minutes(10)));
    assert_eq!((full.rule.dst_gap, full.rule.dst_overlap), (DstGap::Skip, DstOverlap::Both));
    // Days of Berlin, the last one whole; the clock changes between them.
    assert_eq!((full.starts, full.ends), (at("2026-11-30T23:00:00Z"), at("2027-03-31T21:59:59Z")));
    assert!(full.timing().starts_with("Europe/Berlin 30 2 * * *; dst_gap Skip; dst_overlap Both; starts "));
    let times = read("cron = \"@weekly\"\nstarts = 2026-12-01T07:30:00\nends = 2026-12-24T12:00:00Z");
    assert_eq!((times.starts, times.ends), (at("2026-12-01T06:30:00Z"), at("2026-12-24T12:00:00Z")));
    let alias = times.timetable().next(at("2026-12-01T00:00:00Z").unwrap()).unwrap();
    assert_eq!(Some(alias.due), at("2026-12-05T23:00:00Z"), "Sundays at midnight");
    assert!(times.timetable().next(at("2026-12-20T00:00:00Z").unwrap()).is_none());
}

#[test]
fn a_brief_has_some_hundred_schedules_at_most() {
    let many = |count: usize| {
        let rules: String = (0..count).map(|n| format!("[schedules.s{n}]\ncron = \"0 7 * * 1\"\n")).collect();
        project(SETTINGS, &[("a.toml", &format!("{BRIEF}{rules}"))])
    };
    assert!(load(&many(400), &[]).is_ok());
    let told = refused(&many(600), &[]);
    assert!(told.starts_with("error: a brief has at most 500 schedules\n"), "{told:.300}");
    assert!(told.contains("[schedules.s499]\n") && told.contains("= hint: make several briefs of it"), "{told:.300}");
    assert_eq!(told.matches("error: ").count(), 1, "{told:.300}");
}

#[test]
fn what_cannot_be_meant_is_a_problem_with_its_place() {
    for (lines, what, hint) in [
        ("cron = \"0 0 31 2 *\"", "this rule never fires", "`L` is the last day of a month"),
        ("cron = \"*/0 * * * *\"", "(field `minute`)", "*/15"),
        ("cron = \"0 7 * * Montag\"", "`Montag` is no weekday", "did you mean `Mon`?"),
        (
            "cron = \"TZ=UTC 0 7 * * 1\"",
            "`TZ=UTC` does not belong in a rule: the time zone has a key of its own",
            "write timezone = \"UTC\" below it, and here the rule alone: cron = \"0 7 * * 1\"",
        ),
        ("cron = \"CRON_TZ=Asia/Shanghai @weekly\"", "`CRON_TZ=Asia/Shanghai` does not belong", "cron = \"@weekly\""),
        ("cron = \"0 7 * * lundi\"", "`lundi` is no weekday", "weekdays are Mon to Sun"),
        ("cron = \"0 7 * * 星期一\"", "`星` is not allowed in a cron rule", "English names"),
        ("cron = \"0 7 * * 1\"\ntimezone = \"CST\"", "unknown time zone `CST`", "did you mean `Asia/Shanghai`?"),
        ("cron = \"0 7 * * 1\"\ntimezone = \"UTC+8\"", "unknown time zone `UTC+8`", "did you mean `Asia/Shanghai`?"),
        ("cron = \"0 7 * * 1\"\ntimezone = \"Europe/Peking\"", "unknown time zone", "did you mean `Asia/Shanghai`?"),
        (
            "cron = \"* * * * * *\"\ncatch_up = \"all\"\ncatch_up_window = \"3652 days\"",
            "catch_up = \"all\" could make up more than 100 editions at once",
            "write a shorter `catch_up_window`, or catch_up = \"latest\"",
        ),
        ("cron = \"*/5 * * * *\"\ncatch_up = \"all\"", "more than 100 editions", "shorter `catch_up_window`"),
        (
            "cron = \"0 7 * * 1\"\ncatch_up = \"skip\"\ncatch_up_window = \"1h\"",
            "`catch_up_window` means nothing with catch_up = \"skip\"",
            "take one of the two out",
        ),
        (
            "cron = \"0 7 * * 1\"\ncatch_up = \"last\"",
            "none of \"latest\", \"skip\", \"all\"",
            "did you mean `latest`?",
        ),
        ("cron = \"0 7 * * 1\"\noverlap = \"wait\"", "none of \"skip\", \"queue\", \"allow\"", "known here: `skip`"),
        (
            "cron = \"0 * * * *\"\njitter = \"2h\"",
            "longer than the time between two slots",
            "editions keep their order",
        ),
        ("cron = \"0 7 1 * *\"\njitter = \"3 days\"", "`jitter` is longer than a day", "10m"),
        ("cron = \"0 * * * *\"\ndst_gap = \"skip\"", "`dst_gap` means nothing to a rule with a wildcard", "real time"),
        (
            "cron = \"0 7 * * 1\"\nstarts = 2027-01-01\nends = 2026-12-31",
            "`ends` is before `starts`",
            "to the end of that day",
        ),
        ("cron = \"0 7 * * 1\"\nstarts = \"2027-01-01\"", "must be a date or a date with a time, without quotes", ""),
        ("cron = \"0 7 * * 1\"\nends = 07:00:00", "must be a date or a date with a time", ""),
        ("cron = \"0 7 * * 1\"\nends = 9999-01-01", "beyond the years", "from 1970 to 4000"),
        ("cron = \"0 7 * * 1\"\non_holiday = \"skip\"", "`on_holiday` needs a calendar", "calendar = \"DE\""),
        ("cron = \"0 7 * * 1\"\non_holiday = \"next_workday\"", "this is none of", "did you mean `next-workday`?"),
        ("cron = \"0 7 * * 1\"\nalarm_after = \"0s\"", "`alarm_after` is zero", "2h"),
    ] {
        let text = refused(&brief(&format!("[schedules.one]\n{lines}\n")), &[]);
        assert!(text.contains(what) && text.contains(hint), "{lines}\n{text}");
        assert!(text.contains("--> config/briefs/green-economy.toml:") && text.contains('^'), "{lines}\n{text}");
    }
    let many = format!("[schedules.one]\ncron = \"{}\"\n", "1 ".repeat(60));
    assert!(refused(&brief(&many), &[]).contains("this rule has 60 fields; it needs five"), "{many}");
}

#[test]
fn a_rule_that_floods_its_readers_is_a_warning_that_says_how_many() {
    for (rule, times) in [
        ("* 7 * * Mon", 60),
        ("*/10 * * * * *", 8640),
        ("* * * * *", 1440),
        ("@hourly", 24),
        ("0 7,17 * * *", 2),
        ("0-10/5 7 * * *", 3),
        ("0 7,7 * * *", 1),
        ("0 0 7 * * Mon", 1),
        ("0 7 * * 1-5", 1),
        ("@weekly", 1),
        ("0 0 7 L * ? 2027", 1),
    ] {
        let folder = brief(&format!("[schedules.one]\ncron = \"{rule}\"\n"));
        let (_, warnings) = load(&folder, &[]).unwrap_or_else(|problems| panic!("{problems}"));
        let told = warnings.to_string();
        if times == 1 {
            assert_eq!(told, "", "{rule}");
            continue;
        }
        assert!(
            told.starts_with(&format!("warning: this rule makes {times} editions on each of its days\n")),
            "{told}"
        );
        assert!(told.contains(&format!("cron = \"{rule}\"")) && told.contains("green-economy.toml:7:8"), "{told}");
        let hint = "hint: each goes to all readers; one a day has one minute and one hour, such as `0 7 * * Mon`";
        assert!(told.ends_with(hint), "{told}");
    }
}

#[test]
fn an_id_is_there_once_and_goes_into_a_file_name() {
    let twice = "[schedules.one]\ncron = \"0 7 * * 1\"\n[schedules.one]\ncron = \"0 8 * * 1\"\n";
    let text = refused(&brief(twice), &[]);
    assert!(text.contains("green-economy.toml:8") && text.contains("second time"), "{text}");
    let text = refused(&brief("[schedules.\"one/two\"]\ncron = \"0 7 * * 1\"\n"), &[]);
    assert!(text.contains("`one/two` cannot be the id of a schedule") && text.contains("such as `one-two`"), "{text}");
}

#[test]
fn a_long_window_is_no_harm_where_only_the_newest_is_made() {
    let often = read("cron = \"* * * * * *\"\ncatch_up_window = \"3652 days\"");
    let now = at("2026-11-26T12:00:00Z").unwrap();
    let due = greenbrief::time::schedule::due(&often.timetable(), at("2016-11-26T12:00:00Z").unwrap(), now);
    assert_eq!((due.run.len(), due.skipped.len(), due.more), (1, 100, true));
}

#[test]
fn quiet_hours_are_two_times_of_a_clock() {
    let with = |line: &str| project(SMTP, &[("green-economy.toml", &format!("{BRIEF}{line}\n"))]);
    let environment = |name: &str| (name == config::SMTP_PASSWORD).then(|| "hunter2".to_owned());
    let read = |line: &str| {
        let folder = with(line);
        let loaded = load_with(&folder, &[], &environment);
        loaded.map(|(config, _)| config.briefs["green-economy"].schedules[0].quiet_hours.map(|hours| hours.to_string()))
    };
    assert_eq!(read("").unwrap(), None);
    assert_eq!(read("quiet_hours = \"none\"").unwrap(), None);
    assert_eq!(read("quiet_hours = \"22:00-07:00\"").unwrap().unwrap(), "22:00-07:00 Europe/Berlin");
    assert_eq!(read("quiet_hours = \"12:00 – 13:30\"").unwrap().unwrap(), "12:00-13:30 Europe/Berlin");
    for (line, what, hint) in [
        (
            "\"22-7\"",
            "`22` is not a time of day",
            "write from when until when, by the schedule's clock: \"22:00-07:00\"; or \"none\"",
        ),
        ("\"22:00-\"", "a time is missing", "write from when until when"),
        ("\"22:00-24:30\"", "`24:30` is not a time of day", "write from when until when"),
        ("\"at night\"", "these are no hours", "write from when until when"),
        (
            "\"07:00-07:00\"",
            "these hours begin when they end",
            "the whole day cannot be quiet; to send nothing for a while, set `paused = true`",
        ),
        ("\"07:00-06:59\"\nx = 1", "unknown key `schedules.weekly.x`", ""),
    ] {
        let problems = read(&format!("quiet_hours = {line}")).unwrap_err().to_string();
        assert!(problems.contains(&format!("error: {what}\n")) && problems.contains(hint), "{line}: {problems}");
    }
    // Longer than a mail is worth sending.
    let folder = project(
        SMTP,
        &[("green-economy.toml", &format!("give_up_after = \"9h\"\n{BRIEF}quiet_hours = \"22:00-07:00\"\n"))],
    );
    let problems = load_with(&folder, &[], &environment).unwrap_err().to_string();
    assert!(
        problems.contains("mails of an edition that is released when these hours begin are given up before they end: they last 9 hours")
            && problems.contains("make `give_up_after` of the brief longer, or these hours shorter"),
        "{problems}"
    );
}
