//! The holidays of Germany, computed: nationwide and for each of the 16 Länder, by the law of each year. Holidays are
//! state law; only 3 October is federal law (Einigungsvertrag, Art. 2 (2)). `tests/calendars.rs` compares all of it with
//! another implementation.
//!
//! The eastern Länder passed their first holiday laws from 1991 to 1994; they are applied from the beginning.
//!
//! Where a law leaves a day to individual municipalities:
//!
//! - Mariä Himmelfahrt in Bavaria (FTG Art. 1 (1) No. 2, municipalities with more Catholics than Protestants: most of
//!   them, and Munich): a holiday.
//! - Fronleichnam in Saxony and Thuringia (some municipalities), the Augsburg Friedensfest: none. A calendar of the
//!   operator adds them: `include = ["DE-SN"]` and the day.

use std::{
    collections::BTreeMap,
    ops::RangeInclusive,
    sync::{Arc, LazyLock},
};

use chrono::{Datelike, Days, NaiveDate};

use super::{Calendar, Day, YEARS, easter, range};
use crate::base::language::PerLanguage;

/// The Länder by their code in ISO 3166-2:DE.
const LAENDER: [(&str, &str); 16] = [
    ("BB", "Brandenburg"),
    ("BE", "Berlin"),
    ("BW", "Baden-Württemberg"),
    ("BY", "Bayern"),
    ("HB", "Bremen"),
    ("HE", "Hessen"),
    ("HH", "Hamburg"),
    ("MV", "Mecklenburg-Vorpommern"),
    ("NI", "Niedersachsen"),
    ("NW", "Nordrhein-Westfalen"),
    ("RP", "Rheinland-Pfalz"),
    ("SH", "Schleswig-Holstein"),
    ("SL", "Saarland"),
    ("SN", "Sachsen"),
    ("ST", "Sachsen-Anhalt"),
    ("TH", "Thüringen"),
];

/// They came into being on 3 October 1990 (Ländereinführungsgesetz of the GDR, § 1 as the Einigungsvertrag has it);
/// their calendars begin then. Until then Berlin is its western part, and DE the Federal Republic of the time.
const SINCE_1990: [&str; 5] = ["BB", "MV", "SN", "ST", "TH"];

/// The place of a holiday that every Land has, and so DE.
const EVERYWHERE: &str = "everywhere";

/// The date of a holiday in a year.
#[derive(Clone, Copy)]
enum When {
    /// Month and day.
    On(u32, u32),
    /// Days after Easter Sunday.
    Easter(i64),
    /// The Wednesday before 23 November.
    Repentance,
}
use When::{Easter, On, Repentance};

/// A holiday as its law has it.
struct Holiday {
    names: Names,
    when: When,
    /// Codes of the Länder, parted by spaces, or [`EVERYWHERE`].
    places: &'static str,
    years: RangeInclusive<i32>,
}

/// The name in German, English and Chinese.
struct Names(&'static str, &'static str, &'static str);

const ALWAYS: RangeInclusive<i32> = YEARS;

const fn since(year: i32) -> RangeInclusive<i32> {
    year..=*YEARS.end()
}

const REFORMATION: Names = Names("Reformationstag", "Reformation Day", "宗教改革日");
const REPENTANCE: Names = Names("Buß- und Bettag", "Day of Repentance and Prayer", "忏悔祈祷日");
const WOMEN: Names = Names("Internationaler Frauentag", "International Women's Day", "国际妇女节");

const fn holiday(names: Names, when: When, places: &'static str, years: RangeInclusive<i32>) -> Holiday {
    Holiday { names, when, places, years }
}

/// Every holiday, with the years in which its law held.
static HOLIDAYS: &[Holiday] = &[
    holiday(Names("Neujahr", "New Year's Day", "元旦"), On(1, 1), EVERYWHERE, ALWAYS),
    holiday(Names("Heilige Drei Könige", "Epiphany", "主显节"), On(1, 6), "BW BY ST", ALWAYS),
    // Berlin: law of 30 January 2019 (GVBl. p. 22). Mecklenburg-Vorpommern: resolved in June 2022.
    holiday(WOMEN, On(3, 8), "BE", since(2019)),
    holiday(WOMEN, On(3, 8), "MV", since(2023)),
    holiday(Names("Karfreitag", "Good Friday", "耶稣受难日"), Easter(-2), EVERYWHERE, ALWAYS),
    // FTG Brandenburg § 2 (1): there the two Sundays are holidays by name.
    holiday(Names("Ostersonntag", "Easter Sunday", "复活节"), Easter(0), "BB", ALWAYS),
    holiday(Names("Ostermontag", "Easter Monday", "复活节星期一"), Easter(1), EVERYWHERE, ALWAYS),
    holiday(Names("Tag der Arbeit", "Labour Day", "劳动节"), On(5, 1), EVERYWHERE, ALWAYS),
    // Berlin, 75 and 80 years after the liberation: the same law, and one of 2024.
    holiday(Names("Tag der Befreiung", "Liberation Day", "解放日"), On(5, 8), "BE", 2020..=2020),
    holiday(Names("Tag der Befreiung", "Liberation Day", "解放日"), On(5, 8), "BE", 2025..=2025),
    holiday(Names("Christi Himmelfahrt", "Ascension Day", "耶稣升天节"), Easter(39), EVERYWHERE, ALWAYS),
    holiday(Names("Pfingstsonntag", "Whit Sunday", "圣灵降临节"), Easter(49), "BB", ALWAYS),
    holiday(Names("Pfingstmontag", "Whit Monday", "圣灵降临节星期一"), Easter(50), EVERYWHERE, ALWAYS),
    holiday(Names("Fronleichnam", "Corpus Christi", "基督圣体节"), Easter(60), "BW BY HE NW RP SL", ALWAYS),
    // Law of 4 August 1953; the Einigungsvertrag put 3 October in its place.
    holiday(
        Names("Tag der deutschen Einheit", "Day of German Unity", "德意志统一日"),
        On(6, 17),
        EVERYWHERE,
        1990..=1990,
    ),
    // Berlin, 75 years after the uprising: the law of 2024.
    holiday(
        Names("Jahrestag des Volksaufstandes von 1953", "Uprising of 1953", "1953年起义纪念日"),
        On(6, 17),
        "BE",
        2028..=2028,
    ),
    holiday(Names("Mariä Himmelfahrt", "Assumption Day", "圣母升天节"), On(8, 15), "BY SL", ALWAYS),
    // Resolved on 28 February 2019.
    holiday(Names("Weltkindertag", "World Children's Day", "世界儿童日"), On(9, 20), "TH", since(2019)),
    holiday(Names("Tag der Deutschen Einheit", "German Unity Day", "德国统一日"), On(10, 3), EVERYWHERE, ALWAYS),
    // The East has it by the GDR's decree of 16 May 1990 (GBl. I p. 248) and its own laws since; in 2017, 500 years after the
    // Reformation, each other Land had it for once; the North has it since 2018.
    holiday(REFORMATION, On(10, 31), "BB MV SN ST TH", 1990..=2016),
    holiday(REFORMATION, On(10, 31), EVERYWHERE, 2017..=2017),
    holiday(REFORMATION, On(10, 31), "BB MV SN ST TH", since(2018)),
    holiday(REFORMATION, On(10, 31), "HB", since(2018)),
    holiday(REFORMATION, On(10, 31), "HH", since(2018)),
    holiday(REFORMATION, On(10, 31), "NI", since(2018)),
    holiday(REFORMATION, On(10, 31), "SH", since(2018)),
    holiday(Names("Allerheiligen", "All Saints' Day", "诸圣节"), On(11, 1), "BW BY NW RP SL", ALWAYS),
    // Abolished to pay for the nursing-care insurance (PflegeVG 1994, SGB XI § 58), except in Saxony.
    holiday(REPENTANCE, Repentance, EVERYWHERE, 1990..=1994),
    holiday(REPENTANCE, Repentance, "SN", since(1995)),
    holiday(Names("Erster Weihnachtstag", "Christmas Day", "圣诞节"), On(12, 25), EVERYWHERE, ALWAYS),
    holiday(Names("Zweiter Weihnachtstag", "Second Day of Christmas", "圣诞节次日"), On(12, 26), EVERYWHERE, ALWAYS),
];

static ALL: LazyLock<Vec<Arc<Calendar>>> = LazyLock::new(|| {
    let laender = LAENDER.iter().map(|(code, name)| calendar(&format!("DE-{code}"), name, Some(code)));
    std::iter::once(calendar("DE", "Deutschland", None)).chain(laender).map(Arc::new).collect()
});

/// `DE`, with the holidays that all of Germany has, and `DE-BB` to `DE-TH`.
pub fn all() -> &'static [Arc<Calendar>] {
    &ALL
}

fn calendar(id: &str, title: &str, land: Option<&str>) -> Calendar {
    let mut known = range();
    if land.is_some_and(|land| SINCE_1990.contains(&land)) {
        known = NaiveDate::from_ymd_opt(1990, 10, 3).unwrap_or_default()..=*known.end();
    }
    let mut found: BTreeMap<NaiveDate, Vec<&Holiday>> = BTreeMap::new();
    for holiday in HOLIDAYS {
        let places = holiday.places;
        let holds = places == EVERYWHERE || land.is_some_and(|land| places.split(' ').any(|place| place == land));
        let days = holiday.years.clone().filter(|_| holds).filter_map(|year| date(holiday.when, year));
        for date in days.filter(|date| known.contains(date)) {
            found.entry(date).or_default().push(holiday);
        }
    }
    let mut translations = BTreeMap::new();
    let named = found.into_iter().map(|(date, holidays)| {
        let join = |name: fn(&Names) -> &str, between: &str| {
            holidays.iter().map(|holiday| name(&holiday.names)).collect::<Vec<_>>().join(between)
        };
        let name = join(|names| names.0, ", ");
        translations.entry(name.clone()).or_insert_with(|| PerLanguage {
            en: Some(join(|names| names.1, ", ")),
            de: None,
            zh: Some(join(|names| names.2, "、")),
        });
        (date, Day::Holiday(name))
    });
    let named = named.collect();
    Calendar { title: title.to_owned(), ..Calendar::new(id.to_owned(), named, known) }.with_translations(translations)
}

fn date(when: When, year: i32) -> Option<NaiveDate> {
    match when {
        On(month, day) => NaiveDate::from_ymd_opt(year, month, day),
        Easter(days) => easter(year)?.checked_add_signed(chrono::TimeDelta::days(days)),
        Repentance => {
            let last = NaiveDate::from_ymd_opt(year, 11, 22)?;
            let after_wednesday = (last.weekday().num_days_from_monday() + 5) % 7;
            last.checked_sub_days(Days::new(after_wednesday.into()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(id: &str) -> &'static Calendar {
        all().iter().find(|calendar| calendar.id == id).unwrap()
    }

    fn named(id: &str, year: i32) -> Vec<String> {
        let (first, last) =
            (NaiveDate::from_ymd_opt(year, 1, 1).unwrap(), NaiveDate::from_ymd_opt(year, 12, 31).unwrap());
        let told = |(date, day): (NaiveDate, &Day)| match day {
            Day::Holiday(name) => format!("{} {name}", date.format("%m-%d")),
            other => panic!("{date}: {other:?}"),
        };
        of(id).named(first..=last).map(told).collect()
    }

    #[test]
    fn a_year_of_a_land_as_its_law_has_it() {
        assert_eq!(
            named("DE-BW", 2027),
            [
                "01-01 Neujahr",
                "01-06 Heilige Drei Könige",
                "03-26 Karfreitag",
                "03-29 Ostermontag",
                "05-01 Tag der Arbeit",
                "05-06 Christi Himmelfahrt",
                "05-17 Pfingstmontag",
                "05-27 Fronleichnam",
                "10-03 Tag der Deutschen Einheit",
                "11-01 Allerheiligen",
                "12-25 Erster Weihnachtstag",
                "12-26 Zweiter Weihnachtstag",
            ]
        );
    }

    #[test]
    fn how_many_there_are() {
        let count = |id, year| named(id, year).len();
        assert_eq!([count("DE", 1994), count("DE", 1995), count("DE", 2017), count("DE", 2018)], [10, 9, 10, 9]);
        assert_eq!([count("DE-BY", 2026), count("DE-SL", 2026), count("DE-BB", 2026)], [13, 12, 12]);
        assert_eq!(
            [count("DE-BE", 2018), count("DE-BE", 2019), count("DE-BE", 2020), count("DE-BE", 2028)],
            [9, 10, 11, 11]
        );
        assert_eq!([count("DE-SN", 2026), count("DE-TH", 2026), count("DE-HE", 2026)], [11, 11, 10]);
    }

    #[test]
    fn two_on_one_day_have_both_names_in_each_language() {
        let calendar = of("DE-BW");
        let date = NaiveDate::from_ymd_opt(2008, 5, 1).unwrap();
        assert_eq!(calendar.day(date), Day::Holiday("Tag der Arbeit, Christi Himmelfahrt".into()));
        let name = "Tag der Arbeit, Christi Himmelfahrt";
        assert_eq!(calendar.name_in(name, crate::base::language::Language::Zh), Some("劳动节、耶稣升天节"));
        assert_eq!(calendar.name_in(name, crate::base::language::Language::En), Some("Labour Day, Ascension Day"));
    }

    #[test]
    fn nothing_is_said_before_a_land_was_there_or_outside_of_the_years() {
        let day = |id, year, month, day| of(id).day(NaiveDate::from_ymd_opt(year, month, day).unwrap());
        assert_eq!(day("DE-SN", 1990, 10, 2), Day::Unknown);
        assert_eq!(day("DE-SN", 1990, 10, 3), Day::Holiday("Tag der Deutschen Einheit".into()));
        assert_eq!(day("DE-BE", 1990, 6, 17), Day::Holiday("Tag der deutschen Einheit".into()));
        assert_eq!(day("DE", 1991, 6, 17), Day::Workday);
        assert_eq!((day("DE", 1989, 12, 25), day("DE", 2101, 1, 1)), (Day::Unknown, Day::Unknown));
        assert_eq!(of("DE").day(NaiveDate::MAX), Day::Unknown);
        assert_eq!(of("DE").day(NaiveDate::MIN), Day::Unknown);
    }
}
