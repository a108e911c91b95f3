//! What operators write: calendars of their own, files of iCalendar, and schedules that name them.

use std::{
    fs,
    path::Path,
    process::{Command, Output},
};

use greenbrief::{
    base::problem::Problems,
    config::{self, Config},
    time::calendar::Day,
};
use proptest::prelude::*;
use tempfile::TempDir;

use super::date;

const SETTINGS: &str = "[mail]\nfrom = \"Brief <brief@greenbrief.dev>\"\n";

/// A project with these files in its folder for calendars, and a brief whose schedule has this line.
fn project(schedule: &str, files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let template = folder.path().join("templates/weekly");
    fs::create_dir_all(&template).unwrap();
    for name in ["en.md", "mail.en.md", "blocks.toml"] {
        fs::write(template.join(name), "").unwrap();
    }
    fs::create_dir_all(folder.path().join("config/briefs")).unwrap();
    fs::create_dir_all(folder.path().join("config/calendars")).unwrap();
    fs::write(folder.path().join("config/greenbrief.toml"), SETTINGS).unwrap();
    let brief = format!(
        "timezone = \"Europe/Berlin\"\nlanguages = [\"en\"]\n[title]\nen = \"Weekly\"\n[schedules.monday]\n\
         cron = \"0 7 * * Mon\"\n{schedule}\n"
    );
    fs::write(folder.path().join("config/briefs/weekly.toml"), brief).unwrap();
    for (name, text) in files {
        fs::write(folder.path().join("config/calendars").join(name), text).unwrap();
    }
    folder
}

fn load(folder: &TempDir) -> Result<(Config, Problems), Problems> {
    config::load(&folder.path().join("config/greenbrief.toml"), &[], &|_| None)
}

fn loaded(folder: &TempDir) -> Config {
    let (config, warnings) = load(folder).unwrap_or_else(|problems| panic!("{problems}"));
    assert!(warnings.is_empty(), "{warnings}");
    config
}

fn refused(folder: &TempDir) -> String {
    match load(folder) {
        Ok((config, _)) => panic!("was read: {config:?}"),
        Err(problems) => problems.to_string().replace(&format!("{}/", folder.path().display()), ""),
    }
}

fn greenbrief(folder: &Path, words: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_greenbrief")).args(words).current_dir(folder).output().unwrap()
}

fn off(name: &str) -> Day {
    Day::Holiday(name.to_owned())
}

const OFFICE: &str = "\
title = \"Office Stuttgart\"
include = [\"DE-BW\"]
ics = \"office.ics\"

[[days]]
date = 2027-05-07
name = \"Brückentag\"

[[days]]
date = 2027-12-27
until = 2027-12-31
name = \"Betriebsferien\"

[[days]]
date = 2027-01-06
kind = \"work\"
name = \"Inventur\"

[[days]]
date = 2027-01-09
kind = \"work\"
name = \"Brückentag\"

[english]
\"Brückentag\" = \"Bridge day\"
";

const ICS: &str = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nDTSTART;VALUE=DATE:20200210\r\nRRULE:FREQ=YEARLY\r\n\
                   SUMMARY:Gründungs\r\n tag\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";

#[test]
fn an_own_calendar_builds_on_others_and_says_more() {
    let team = "include = [\"office\", \"CN\"]\n";
    let cn = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("config/calendars/CN.toml")).unwrap();
    let files =
        [("office.toml", OFFICE), ("office.ics", ICS), ("team.toml", team), ("CN.toml", &cn), ("plain.toml", "")];
    let folder = project("calendar = \"office\"", &files);
    let config = loaded(&folder);
    let office = config.calendar("office").unwrap();
    let day = |text: &str| office.day(date(text));
    assert_eq!(office.title, "Office Stuttgart");
    assert_eq!(day("2027-01-01"), off("Neujahr"));
    assert_eq!(day("2027-02-10"), off("Gründungstag"));
    assert_eq!(day("2027-05-07"), off("Brückentag"));
    assert_eq!(
        (day("2027-12-27"), day("2027-12-31"), day("2028-01-03")),
        (off("Betriebsferien"), off("Betriebsferien"), Day::Workday)
    );
    // On a weekday that was off, people work; on a weekend they make up.
    assert_eq!((day("2027-01-06"), day("2027-01-09")), (Day::Workday, Day::MakeUp("Brückentag".into())));
    assert_eq!(office.name_in("Brückentag", greenbrief::base::language::Language::En), Some("Bridge day"));
    assert_eq!(office.name_in("Neujahr", greenbrief::base::language::Language::Zh), Some("元旦"));
    // Both: off in one is off, and nothing is known where one knows nothing.
    let team = config.calendar("team").unwrap();
    assert_eq!(team.title, "team");
    assert_eq!(team.day(date("2026-01-01")), off("Neujahr, 元旦"));
    assert_eq!(team.day(date("2026-02-28")), Day::MakeUp("春节".into()));
    assert_eq!((team.known_until(), team.day(date("2027-02-08"))), (date("2026-12-28"), Day::Unknown));
    assert_eq!(team.day(date("2027-02-10")), off("Gründungstag"));
    assert!(team.notices[0].number.contains("2025") && team.notices.len() == 23);
    let plain = config.calendar("plain").unwrap();
    assert_eq!((plain.day(date("2027-01-01")), plain.known_until()), (Day::Workday, date("2100-12-31")));
    let schedule = &config.briefs["weekly"].schedules[0];
    assert_eq!(schedule.calendar.as_deref(), Some(office));
    // The files are part of the config: another day is another config.
    for file in ["calendars/office.toml", "calendars/office.ics", "calendars/CN.toml"] {
        assert!(config.sources.keys().any(|name| name.ends_with(file)), "{file}");
    }
    fs::write(folder.path().join("config/calendars/office.ics"), ICS.replace("0210", "0211")).unwrap();
    assert_ne!(loaded(&folder).hash(), config.hash());
}

#[test]
fn a_schedule_names_one_that_there_is() {
    let folder = project("calendar = \"DE-TH\"", &[]);
    assert_eq!(loaded(&folder).briefs["weekly"].schedules[0].calendar.as_ref().unwrap().id, "DE-TH");
    assert!(loaded(&project("", &[])).briefs["weekly"].schedules[0].calendar.is_none());
    let text = refused(&project("calendar = \"de-bw\"", &[]));
    assert!(text.starts_with("error: there is no calendar `de-bw`\n --> config/briefs/weekly.toml:7:12\n"), "{text}");
    assert!(
        text.contains("calendar = \"de-bw\"\n   |            ^^^^^^^\n   = hint: did you mean `DE-BW`?\n"),
        "{text}"
    );
    assert!(text.ends_with("= hint: there are DE, DE-BB, DE-BE, DE-BW, DE-BY, DE-HB, DE-HE, DE-HH, DE-MV, DE-NI, DE-NW, DE-RP, DE-SH, DE-SL, DE-SN, DE-ST, DE-TH"), "{text}");
    assert!(
        refused(&project("calendar = [\"DE\"]", &[]))
            .contains("`schedules.monday.calendar` must be text in quotes, not a list")
    );
    // A calendar with a mistake is told once, not as one that is not there.
    let text = refused(&project("calendar = \"office\"", &[("office.toml", "titel = \"x\"\n")]));
    assert!(text.contains("did you mean `title`?") && !text.contains("there is no calendar"), "{text}");
}

#[test]
fn all_mistakes_of_all_calendars_at_once() {
    let wrong = r#"
title = 7
include = ["DE-XX", "DE", "DE"]
ics = ["gone.ics", "meetings.ics"]
holidays = []
days = [
  { date = "2027-01-04", name = "text" },
  { date = 2027-01-05T10:00:00, name = "time" },
  { date = 1989-12-31, name = "early" },
  { date = 2027-02-02, until = 2027-02-01, name = "backwards" },
  { date = 2027-03-01, kind = "free", name = "kind" },
  { date = 2027-04-01, until = 2027-04-03, name = "first" },
  { date = 2027-04-02, name = "again" },
  { dates = 2027-05-01 },
  "2027-06-01",
]
[english]
"nobody" = "Nobody"
"first" = 1
"#;
    let years = r#"
[[years]]
year = 2024
notices = [{ number = "1", published = 2023-10-25, url = "https://example.org/1" }]
days = [{ date = 2023-12-30, name = "before" }, { date = 2025-01-01, name = "after" }]
[[years]]
year = 2026
known_until = 2027-01-02
notices = [{ number = "2", published = "2025-11-04", link = "https://example.org/2" }]
days = []
[[years]]
year = 2027
known_until = 2027-12-25
notices = []
days = []
[[years]]
year = 2028
notices = []
days = []
[[years]]
year = 2028
notices = []
"#;
    let meetings = "BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:20270104T090000Z\nSUMMARY:Jour fixe\nEND:VEVENT\nBEGIN:VEVENT\n\
                    DTSTART;VALUE=DATE:20270108\nDTEND;VALUE=DATE:20270107\nRRULE:FREQ=OFTEN\nEND:VEVENT\nEND:VCALENDAR\n";
    let files = [
        ("wrong.toml", wrong),
        ("meetings.ics", meetings),
        ("years.toml", years),
        ("de-by.toml", ""),
        ("my office.toml", ""),
        ("a.toml", "include = [\"b\"]\n"),
        ("b.toml", "include = [\"DE\", \"c\"]\n"),
        ("c.toml", "title = \"c\"\ninclude = [\n  \"a\",\n]\n"),
        ("itself.toml", "include = \"itself\"\n"),
        ("on-top.toml", "include = [\"a\"]\n"),
        ("half.toml", "[[days]]\ndate = 2027-02-30\nname = \"x\n"),
    ];
    let folder = project("calendar = \"on-top\"", &files);
    fs::write(folder.path().join("config/calendars/latin.toml"), b"title = \"B\xfcro\"\n").unwrap();
    insta::with_settings!({ snapshot_path => "../golden", prepend_module_to_snapshot => false, omit_expression => true }, {
        insta::assert_snapshot!("calendar-problems", refused(&folder));
    });
}

#[test]
fn the_folder_may_be_elsewhere_and_is_needed_only_if_it_is_named() {
    let folder = project("", &[]);
    fs::remove_dir(folder.path().join("config/calendars")).unwrap();
    assert_eq!(loaded(&folder).calendars.len(), 17);
    let settings = format!("{SETTINGS}[paths]\ncalendars = \"../days\"\n");
    fs::write(folder.path().join("config/greenbrief.toml"), settings).unwrap();
    let text = refused(&folder);
    assert!(text.starts_with("error: the calendars' folder days cannot be read: "), "{text}");
    assert!(text.contains("--> config/greenbrief.toml:4:13\n") && text.contains("such as CN.toml"), "{text}");
    fs::create_dir(folder.path().join("days")).unwrap();
    fs::write(folder.path().join("days/office.toml"), "").unwrap();
    fs::write(folder.path().join("days/.office.toml"), "x").unwrap();
    assert_eq!(loaded(&folder).calendars.len(), 18);
}

#[test]
fn a_file_that_is_too_large_is_not_read() {
    let large = "#".repeat((1 << 20) + 1);
    let text = refused(&project("", &[("a.toml", "ics = \"a.ics\"\n"), ("a.ics", &large), ("b.toml", &large)]));
    assert!(text.contains("config/calendars/a.ics is larger than 1 MiB\n --> config/calendars/a.toml:1:7"), "{text}");
    assert!(text.contains("config/calendars/b.toml is larger than 256 KiB: this is not a config file"), "{text}");
}

#[test]
fn the_commands_show_what_a_calendar_says() {
    let files = [("office.toml", OFFICE), ("office.ics", ICS)];
    let folder = project("", &files);
    let cn = Path::new(env!("CARGO_MANIFEST_DIR")).join("config/calendars/CN.toml");
    fs::copy(cn, folder.path().join("config/calendars/CN.toml")).unwrap();
    let said = |words: &[&str]| {
        let done = greenbrief(folder.path(), words);
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        String::from_utf8(done.stdout).unwrap()
    };
    let text = [
        said(&["calendar", "list"]),
        said(&["calendar", "show", "DE-BW", "2027"]),
        said(&["calendar", "show", "CN", "2026"]),
        said(&["calendar", "show", "CN", "2027"]),
        said(&["calendar", "show", "DE-SN", "1990"]),
        said(&["calendar", "show", "office", "2027", "--format", "json"]),
        said(&["calendar", "show", "CN", "2026", "--format", "json"])
            .lines()
            .rev()
            .take(4)
            .collect::<Vec<_>>()
            .join("\n"),
    ]
    .join("\n-----\n");
    insta::with_settings!({ snapshot_path => "../golden", prepend_module_to_snapshot => false, omit_expression => true }, {
        insta::assert_snapshot!("calendar-commands", text);
    });
    for line in said(&["calendar", "list", "--format", "json"]).lines().filter(|line| !line.starts_with("{\"end\"")) {
        let row: serde_json::Value = serde_json::from_str(line).unwrap();
        assert!(row["calendar"].is_string() && row["known_until"].is_string(), "{line}");
    }
    // Without a year: this one and the next.
    let text = said(&["calendar", "show", "DE"]);
    assert_eq!(text.matches("Neujahr").count(), 2);
    let wrong = greenbrief(folder.path(), &["calendar", "show", "cn"]);
    assert_eq!(wrong.status.code(), Some(4));
    assert!(
        String::from_utf8(wrong.stderr).unwrap().contains("there is no calendar `cn`\n   = hint: did you mean `CN`?")
    );
    assert_eq!(greenbrief(folder.path(), &["calendar", "show", "CN", "1989"]).status.code(), Some(2));
}

/// What the manual shows can be written as it stands there.
#[test]
fn the_examples_of_the_manual_are_read() {
    let manual = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/calendars.md")).unwrap();
    let examples: Vec<&str> = manual.split("```toml\n").skip(1).map(|rest| rest.split("```").next().unwrap()).collect();
    let [office, years] = examples.as_slice() else { panic!("{examples:?}") };
    let folder = project("", &[("office.toml", office), ("office.ics", ICS), ("years.toml", years)]);
    let config = loaded(&folder);
    let office = config.calendar("office").unwrap();
    assert_eq!((office.day(date("2027-05-07")), office.day(date("2027-01-06"))), (off("Brückentag"), Day::Workday));
    let years = config.calendar("years").unwrap();
    assert_eq!(years.known(), &(date("2027-01-01")..=date("2027-12-28")));
    assert_eq!(years.day(date("2027-01-02")), Day::MakeUp("New Year's Day".into()));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_bytes_are_read_or_refused(toml in prop::collection::vec(any::<u8>(), 0..200), ics in prop::collection::vec(any::<u8>(), 0..200)) {
        let folder = project("", &[("office.toml", "ics = \"office.ics\"\n")]);
        fs::write(folder.path().join("config/calendars/other.toml"), toml).unwrap();
        fs::write(folder.path().join("config/calendars/office.ics"), ics).unwrap();
        let _ = load(&folder);
    }

    #[test]
    fn any_file_is_read_or_refused(lines in prop::collection::vec(prop_oneof![
        "(title|name|ics|kind) = (\"(work|off|x.ics|DE)?\"|1|\\[\"DE\", \"x\"\\])",
        "include = \\[(\"(DE|DE-BW|x|y|CN)\", ){0,3}\\]",
        "(date|until|known_until|published) = (19|20|21)[0-9]{2}-[01][0-9]-[0-3][0-9]",
        "\\[\\[(days|years|years.days|years.notices)\\]\\]",
        "year = (19|20|21)[0-9]{2}",
        "\\[english\\]",
        "\\PC{0,20}",
    ], 0..14)) {
        let text = lines.join("\n");
        let folder = project("calendar = \"x\"", &[("x.toml", &text), ("y.toml", "include = [\"x\"]\n")]);
        // Any day of any calendar that was read has an answer.
        if let Ok((config, _)) = load(&folder) {
            for calendar in config.calendars.values() {
                for day in ["-9999-01-01", "1990-01-01", "2027-05-01", "+99999-12-31"] {
                    let _ = calendar.day(date(day));
                }
                prop_assert!(calendar.named(chrono::NaiveDate::MIN..=chrono::NaiveDate::MAX).count() <= 41_000);
            }
        }
    }
}
