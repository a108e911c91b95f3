//! What is checked: the figures, what a brief prints of them, and its last edition. And how values are written in a finding.

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;

use crate::figures::{Frequency, Observation, Period, Series, SeriesId, Snapshot, Unit, UnitKind, links::DeadLinks};

/// A value that stands in a brief.
pub type PrintedValue = (SeriesId, Period);

/// The last edition of a brief.
#[derive(Debug, Clone, Copy)]
pub struct LastEdition<'a> {
    /// `BRIEF/N`.
    pub name: &'a str,
    /// The figures that it was frozen with.
    pub snapshot: &'a Snapshot,
    /// What it printed; `None` if that is not known: then all that it was frozen with counts.
    pub printed: Option<&'a BTreeSet<PrintedValue>>,
}

/// What is checked.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'a> {
    /// The figures, with the day up to which they count.
    pub snapshot: &'a Snapshot,
    /// What a brief prints of them; `None` if all of them are looked at.
    pub printed: Option<&'a BTreeSet<PrintedValue>>,
    /// The last edition, if there is one.
    pub last: Option<LastEdition<'a>>,
    /// Links that count as dead; `None` if that is not looked at.
    pub dead_links: Option<&'a DeadLinks>,
}

impl<'a> Subject<'a> {
    /// All of these figures.
    pub const fn all(snapshot: &'a Snapshot) -> Subject<'a> {
        Subject { snapshot, printed: None, last: None, dead_links: None }
    }

    /// Whether a value is looked at.
    pub fn prints(&self, series: &SeriesId, period: Period) -> bool {
        self.printed.is_none_or(|printed| printed.contains(&(series.clone(), period)))
    }

    /// Every series with its unit and its values.
    pub(super) fn measures(&self) -> impl Iterator<Item = Measure<'a>> {
        let snapshot = self.snapshot;
        snapshot.data.series.values().filter_map(move |series| Measure::of(snapshot, series))
    }
}

/// A series with its unit and the newest known value of each period.
pub(super) struct Measure<'a> {
    pub series: &'a Series,
    pub unit: &'a Unit,
    pub values: BTreeMap<Period, &'a Observation>,
}

impl<'a> Measure<'a> {
    pub fn of(snapshot: &'a Snapshot, series: &'a Series) -> Option<Measure<'a>> {
        let unit = snapshot.data.units.get(&series.unit)?;
        let mut values: BTreeMap<Period, &Observation> = BTreeMap::new();
        for observation in snapshot.data.observations.get(&series.id).into_iter().flatten() {
            let from = observation.vintage.counts_from();
            let is_known = from.is_none_or(|from| from <= snapshot.as_known);
            if is_known && values.get(&observation.period).is_none_or(|known| known.vintage.counts_from() <= from) {
                values.insert(observation.period, observation);
            }
        }
        Some(Measure { series, unit, values })
    }

    pub fn id(&self) -> &'a SeriesId {
        &self.series.id
    }

    /// Whether any value can be, since it is a change or the series says so.
    pub fn is_open(&self) -> bool {
        self.series.any_value || self.series.change_of.is_some()
    }

    /// Its values of its longest frequency, oldest first.
    pub fn of_main_frequency(&self) -> Vec<&'a Observation> {
        let Some(longest) = self.values.keys().map(|period| period.frequency()).max() else { return Vec::new() };
        self.of_frequency(longest)
    }

    pub fn of_frequency(&self, frequency: Frequency) -> Vec<&'a Observation> {
        let of = self.values.values().filter(|observation| observation.period.frequency() == frequency);
        of.copied().collect()
    }

    /// A value with its unit, as in `98 EUR billion`, `9.1 %`.
    pub fn told(&self, value: Decimal) -> String {
        told(value, self.unit)
    }
}

fn told(value: Decimal, unit: &Unit) -> String {
    let number = grouped(value);
    match unit.kind {
        UnitKind::Percent | UnitKind::Share => format!("{number} %"),
        UnitKind::Points => format!("{number} points"),
        _ => number,
    }
}

/// A number with commas between thousands.
pub(super) fn grouped(value: Decimal) -> String {
    let text = value.to_string();
    let (sign, text) = text.strip_prefix('-').map_or(("", text.as_str()), |rest| ("−", rest));
    let (whole, rest) = text.split_at(text.find('.').unwrap_or(text.len()));
    let mut grouped = String::new();
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    format!("{sign}{grouped}{rest}")
}

/// The digits of a number without its sign, its decimal point and the noughts around them, and how many they are.
pub(super) fn digits(value: Decimal) -> (String, usize) {
    let digits: String = value.to_string().chars().filter(char::is_ascii_digit).collect();
    let digits = digits.trim_start_matches('0').trim_end_matches('0').to_owned();
    let count = digits.len();
    (digits, count)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_with_commas_and_compared_by_their_digits() {
        let n = |text: &str| text.parse::<Decimal>().unwrap();
        let told = ["744800", "-1234567.89", "98", "0.5", "1000"].map(|text| grouped(n(text)));
        assert_eq!(told, ["744,800", "−1,234,567.89", "98", "0.5", "1,000"]);
        assert_eq!(digits(n("744800")), ("7448".to_owned(), 4));
        assert_eq!(digits(n("-0.7448")), digits(n("7448.0")));
        assert_eq!(digits(n("0")), (String::new(), 0));
    }
}
