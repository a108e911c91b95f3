//! China against the crates `chinese_holiday` and `tyme4rs`, day by day.

use std::{collections::BTreeMap, path::Path};

use chinese_holiday::{DayKind, Ymd, chinese_holiday};
use chrono::{Datelike, NaiveDate};
use greenbrief::{
    base::language::Language,
    config,
    time::calendar::{Calendar, Day, is_weekend},
};
use tyme4rs::tyme::{
    Culture,
    holiday::{LEGAL_HOLIDAY_DATA, LEGAL_HOLIDAY_NAMES, LegalHoliday},
};

use super::{date, days};

fn shipped() -> Calendar {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("config/greenbrief.toml");
    let (config, _) = config::load(&file, &[], &|_| None).unwrap_or_else(|problems| panic!("{problems}"));
    config.calendar("CN").unwrap().clone()
}

/// The last day that `chinese_holiday` knows.
const LAST: &str = "2026-12-25";

/// Where the others err, by the notice of the State Council, and as the Python packages `chinesecalendar` and `holidays`
/// have it too.
const CHINESE_HOLIDAY_ERRS: [(&str, &str); 2] = [
    ("2016-10-09", "国办发明电〔2015〕18号: 10月8日（星期六）、10月9日（星期日）上班"),
    ("2016-12-30", "国办发明电〔2016〕17号: 元旦：1月1日放假，1月2日（星期一）补休; Friday 30 December is not named"),
];
const TYME4RS_ERRS: [(&str, &str); 2] = [
    ("2013-04-07", "国办发明电〔2012〕33号: 4月7日（星期日）上班"),
    ("2013-10-12", "国办发明电〔2012〕33号: 9月29日（星期日）、10月12日（星期六）上班"),
];

/// They differ on just the days that are known, each of which has its reason.
fn differ_on(different: &[(NaiveDate, String)], known: &[(&str, &str)]) {
    let days: Vec<String> = different.iter().map(|(day, _)| day.to_string()).collect();
    let known: Vec<&str> = known.iter().map(|(day, _)| *day).collect();
    assert_eq!(days, known, "{different:#?}");
}

#[test]
fn every_day_as_chinese_holiday_knows_it() {
    let calendar = shipped();
    let mut different = Vec::new();
    for day in days(2007, 2026).take_while(|day| *day <= date(LAST)) {
        let (year, month) = (u16::try_from(day.year()).unwrap(), u8::try_from(day.month()).unwrap());
        let kind = chinese_holiday(Ymd::new(year, month, u8::try_from(day.day()).unwrap()));
        if kind.is_workday() != calendar.day(day).is_workday() {
            different.push((day, format!("{:?}, there {kind:?}", calendar.day(day))));
        }
    }
    differ_on(&different, &CHINESE_HOLIDAY_ERRS);
    assert_eq!(chinese_holiday(Ymd::new(2026, 2, 14)), DayKind::SpringFestivalWorkday);
}

/// A name as `tyme4rs` has it: of two festivals that a notice names as one it mostly has one.
fn named_alike(ours: &str, theirs: &str) -> bool {
    ours.split('、').any(|name| name == theirs)
        || theirs == "国庆中秋" && ours.contains('、')
        || theirs == "抗战胜利日" && ours.contains("抗日战争")
}

/// The days that `tyme4rs` names, each with its name and whether people work, from its table: thirteen characters a day,
/// the date, 0 for work, the number of the name, and how far the festival is. Its own search makes a regular expression
/// of each question, which takes half a minute for these years.
fn named_by_tyme4rs() -> BTreeMap<NaiveDate, (&'static str, bool)> {
    let mut found = BTreeMap::new();
    for entry in LEGAL_HOLIDAY_DATA.as_bytes().chunks(13) {
        let entry = std::str::from_utf8(entry).unwrap();
        let date = NaiveDate::parse_from_str(&entry[..8], "%Y%m%d").unwrap();
        found.insert(date, (LEGAL_HOLIDAY_NAMES[entry[9..10].parse::<usize>().unwrap()], &entry[8..9] == "0"));
    }
    // It is the table that its search looks into.
    let day = LegalHoliday::from_ymd(2026, 2, 14).unwrap();
    assert_eq!(found[&date("2026-02-14")], (day.get_name().as_str(), day.is_work()));
    found
}

#[test]
fn every_day_as_tyme4rs_knows_it() {
    let (calendar, named) = (shipped(), named_by_tyme4rs());
    assert!(named.len() > 600 && named.keys().all(|day| day.year() <= 2026), "it knows more: compare that too");
    let mut different = Vec::new();
    for day in days(2007, 2026).take_while(|day| *day <= calendar.known_until()) {
        let (said, theirs) = (calendar.day(day), named.get(&day));
        let works = theirs.map_or(!is_weekend(day), |(_, work)| *work);
        let alike = match (&said, theirs) {
            (Day::Holiday(name) | Day::MakeUp(name), Some((theirs, _))) => named_alike(name, theirs),
            _ => true,
        };
        if works != said.is_workday() || !alike {
            different.push((day, format!("{said:?}, there {theirs:?}")));
        }
    }
    differ_on(&different, &TYME4RS_ERRS);
}

#[test]
fn nothing_is_guessed_outside_of_what_is_published() {
    let calendar = shipped();
    assert_eq!(calendar.known_until(), date("2026-12-28"));
    assert_eq!(calendar.day(date("2026-12-28")), Day::Workday);
    for day in ["2006-12-29", "2026-12-29", "2027-01-01", "2027-02-06", "2100-01-01"] {
        assert_eq!(calendar.day(date(day)), Day::Unknown, "{day}");
    }
    assert_eq!((calendar.day(NaiveDate::MIN), calendar.day(NaiveDate::MAX)), (Day::Unknown, Day::Unknown));
}

#[test]
fn each_year_has_its_notice_and_each_name_its_english() {
    let calendar = shipped();
    for year in 2007..=2026 {
        let notices: Vec<_> = calendar.notices.iter().filter(|notice| notice.year == year).collect();
        // 2015: the victory of 1945; 2019: Labour Day; 2020: the epidemic.
        assert_eq!(notices.len(), if [2015, 2019, 2020].contains(&year) { 2 } else { 1 }, "{year}");
        for notice in notices {
            assert!(notice.number.ends_with('号') && notice.url.contains("gov.cn/zhengce/"), "{notice:?}");
            assert!((year - 1..=year).contains(&notice.published.year()), "{notice:?}");
            assert!(notice.number.contains(&format!("〔{}〕", notice.published.year())), "{notice:?}");
        }
    }
    for (day, said) in calendar.named(date("2006-01-01")..=date("2026-12-31")) {
        match said {
            Day::Holiday(name) => assert!(calendar.name_in(name, Language::En).is_some(), "{day} {name}"),
            Day::MakeUp(name) => {
                assert!(calendar.name_in(name, Language::En).is_some() && is_weekend(day), "{day} {name}");
            }
            other => panic!("{day}: {other:?}"),
        }
    }
}
