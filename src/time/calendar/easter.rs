//! Easter Sunday of a year.

use chrono::NaiveDate;

/// Easter Sunday in the Gregorian calendar, by the algorithm of Meeus, Jones and Butcher (J. Meeus, *Astronomical
/// Algorithms*, 2nd ed. 1998, ch. 8), which holds for every year from 1583. `None` for a year outside 1583 to 9999.
pub fn easter(year: i32) -> Option<NaiveDate> {
    if !(1583..=9999).contains(&year) {
        return None;
    }
    let golden = year % 19;
    let (century, of_century) = (year / 100, year % 100);
    let moon = (century - (century + 8) / 25 + 1) / 3;
    let epact = (19 * golden + century - century / 4 - moon + 15) % 30;
    let weekday = (32 + 2 * (century % 4) + 2 * (of_century / 4) - epact - of_century % 4) % 7;
    let late = (golden + 11 * epact + 22 * weekday) / 451;
    let days = epact + weekday - 7 * late + 114;
    NaiveDate::from_ymd_opt(year, u32::try_from(days / 31).ok()?, u32::try_from(days % 31 + 1).ok()?)
}

#[cfg(test)]
mod tests {
    use chrono::{Datelike, Days, Weekday};

    use super::*;

    /// The rule itself (Clavius 1603): the Sunday after the ecclesiastical full moon on or after 21 March. The moon follows
    /// from the epact: the golden number's, less the leap days left out, plus the lunar correction.
    fn by_the_moon(year: i32) -> NaiveDate {
        let golden = year % 19 + 1;
        let century = year / 100 + 1;
        let (solar, lunar) = (3 * century / 4 - 12, (8 * century + 5) / 25 - 5);
        let mut epact = (11 * golden + 20 + lunar - solar).rem_euclid(30);
        if epact == 24 || epact == 25 && golden > 11 {
            epact += 1;
        }
        let mut moon = 44 - epact;
        if moon < 21 {
            moon += 30;
        }
        let first = NaiveDate::from_ymd_opt(year, 3, 1).unwrap();
        let moon = first + Days::new(u64::try_from(moon).unwrap() - 1);
        (1..=7).map(|later| moon + Days::new(later)).find(|day| day.weekday() == Weekday::Sun).unwrap()
    }

    #[test]
    fn it_is_the_sunday_after_the_full_moon_in_spring() {
        for year in 1583..=9999 {
            assert_eq!(easter(year).unwrap(), by_the_moon(year));
        }
        assert_eq!([easter(1582), easter(10_000), easter(i32::MIN), easter(i32::MAX)], [None; 4]);
    }

    #[test]
    fn years_that_are_known() {
        let told = |year| easter(year).unwrap().format("%m-%d").to_string();
        // The earliest and the latest there can be, and Gauss's exceptions.
        assert_eq!([told(1818), told(1943), told(1954), told(1981)], ["03-22", "04-25", "04-18", "04-19"]);
        assert_eq!([told(2026), told(2027), told(2049), told(2076)], ["04-05", "03-28", "04-18", "04-19"]);
    }
}
