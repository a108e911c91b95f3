//! Germany against the crate `feiertage`, which knows each Land as it is today, and nothing of what the laws once were.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Datelike, NaiveDate};
use feiertage::{NATION_WIDE_HOLIDAYS, Region};
use greenbrief::time::calendar::{Day, easter, germany};

use super::{date, days};

fn theirs(land: &str) -> Vec<feiertage::Holiday> {
    match land {
        "DE" => NATION_WIDE_HOLIDAYS.to_vec(),
        "DE-BB" => Region::Brandenburg.holidays(),
        "DE-BE" => Region::Berlin.holidays(),
        "DE-BW" => Region::BadenWuerttemberg.holidays(),
        "DE-BY" => Region::Bayern.holidays(),
        "DE-HB" => Region::Bremen.holidays(),
        "DE-HE" => Region::Hessen.holidays(),
        "DE-HH" => Region::Hamburg.holidays(),
        "DE-MV" => Region::MecklenburgVorpommern.holidays(),
        "DE-NI" => Region::Niedersachsen.holidays(),
        "DE-NW" => Region::NordrheinWestfalen.holidays(),
        "DE-RP" => Region::RheinlandPfalz.holidays(),
        "DE-SH" => Region::SchleswigHolstein.holidays(),
        "DE-SL" => Region::Saarland.holidays(),
        "DE-SN" => Region::Sachsen.holidays(),
        "DE-ST" => Region::SachsenAnhalt.holidays(),
        "DE-TH" => Region::Thueringen.holidays(),
        other => panic!("{other}"),
    }
}

/// Why the two differ on a day, by the law; `ours` says that it is a holiday here and not there.
fn law(land: &str, day: NaiveDate, ours: bool) -> Option<&'static str> {
    let (year, month_day) = (day.year(), (day.month(), day.day()));
    let one_of = |lands: &str| lands.split(' ').any(|code| land == format!("DE-{code}"));
    let from_easter = (day - easter(year).unwrap()).num_days();
    match (ours, month_day) {
        (true, (6, 17)) if year == 1990 => Some("Gesetz vom 4. 8. 1953: Tag der deutschen Einheit, until 1990"),
        (true, (6, 17)) if year == 2028 && one_of("BE") => Some("Berlin 2024: the uprising of 1953, once"),
        (true, (5, 8)) if [2020, 2025].contains(&year) && one_of("BE") => Some("Berlin: the liberation, twice"),
        (true, (11, 16..=22)) if year <= 1994 && day.weekday() == chrono::Weekday::Wed && !one_of("SN") => {
            Some("SGB XI § 58: Buß- und Bettag was given up in 1995, but in Saxony")
        }
        (true, (10, 31)) if year == 2017 => Some("2017: 500 years of Reformation, once in every Land"),
        (true, _) if one_of("BB") && [0, 49].contains(&from_easter) => {
            Some("FTG Brandenburg § 2: the two Sundays by name")
        }
        (false, (10, 31)) if year < 2017 && one_of("HB HH NI SH") => Some("the North has it since 2018, and in 2017"),
        (false, (3, 8)) if year < 2019 && one_of("BE") => Some("Law of Berlin of 30. 1. 2019: since 2019"),
        (false, (3, 8)) if year < 2023 && one_of("MV") => Some("Law of Mecklenburg-Vorpommern of 2022: since 2023"),
        (false, (9, 20)) if year < 2019 && one_of("TH") => Some("Law of Thüringen of 2019: since 2019"),
        (false, _) if day < date("1990-10-03") && one_of("BB MV SN ST TH") => {
            Some("Ländereinführungsgesetz: the Land came into being on 3 October 1990")
        }
        _ => None,
    }
}

#[test]
fn every_land_and_year_as_another_knows_them_but_for_what_the_law_says() {
    let (mut used, mut unexplained) = (BTreeMap::new(), Vec::new());
    assert_eq!(germany::all().len(), 17);
    for calendar in germany::all() {
        let holidays = theirs(&calendar.id);
        for year in 1990..=2100 {
            let found: BTreeSet<NaiveDate> = holidays
                .iter()
                .filter_map(|holiday| holiday.date(year))
                .map(|day| NaiveDate::from_ymd_opt(day.year(), u8::from(day.month()).into(), day.day().into()).unwrap())
                .collect();
            for day in days(year, year) {
                let ours = matches!(calendar.day(day), Day::Holiday(_));
                if ours != found.contains(&day) {
                    match law(&calendar.id, day, ours) {
                        Some(law) => *used.entry(law).or_insert(0) += 1,
                        None => unexplained.push(format!("{} {day}: {:?}", calendar.id, calendar.day(day))),
                    }
                }
            }
        }
    }
    assert!(unexplained.is_empty(), "{}", unexplained.join("\n"));
    // Each law is met, as often as it says: none explains too much.
    let told: Vec<(&str, usize)> = used.iter().map(|(law, count)| (law.split(':').next().unwrap(), *count)).collect();
    assert_eq!(
        told,
        [
            // DE, and the 7 Länder that have it in no other year.
            ("2017", 8),
            ("Berlin 2024", 1),
            ("Berlin", 2),
            // Since 1991.
            ("FTG Brandenburg § 2", 2 * 110),
            // DE and the 11 Länder of the West.
            ("Gesetz vom 4. 8. 1953", 12),
            ("Law of Berlin of 30. 1. 2019", 29),
            ("Law of Mecklenburg-Vorpommern of 2022", 33),
            ("Law of Thüringen of 2019", 29),
            // Six holidays before October in five Länder, and Epiphany in Sachsen-Anhalt.
            ("Ländereinführungsgesetz", 31),
            ("SGB XI § 58", 16 * 5),
            ("the North has it since 2018, and in 2017", 4 * 27),
        ]
    );
}

#[test]
fn the_names_are_german_and_there_in_english_and_chinese() {
    use greenbrief::base::language::Language;
    for calendar in germany::all() {
        for (day, said) in calendar.named(date("1990-01-01")..=date("2100-12-31")) {
            let Day::Holiday(name) = said else { panic!("{day}: {said:?}") };
            for language in [Language::En, Language::Zh] {
                assert!(calendar.name_in(name, language).is_some_and(|text| !text.is_empty()), "{name} {language}");
            }
        }
    }
}
