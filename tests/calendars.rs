//! The calendars: those of Germany and China against what others have computed or published, and those that operators
//! write, as they meet them: what is read, every mistake with its place, and what the commands print.

mod china;
mod files;
mod germany;

use chrono::NaiveDate;

/// Every day of the years.
fn days(first: i32, last: i32) -> impl Iterator<Item = NaiveDate> {
    let (first, last) = (NaiveDate::from_ymd_opt(first, 1, 1).unwrap(), NaiveDate::from_ymd_opt(last, 12, 31).unwrap());
    first.iter_days().take_while(move |day| *day <= last)
}

fn date(text: &str) -> NaiveDate {
    text.parse().unwrap()
}
