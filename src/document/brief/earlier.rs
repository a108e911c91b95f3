//! What an earlier edition printed, kept with a later one, so that it says the same whenever it is made again: also when
//! the earlier one is erased by then.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::figures::{Observation, Period, Published, SeriesId};

/// An edition with which a later one of its brief is compared.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EarlierEdition {
    /// Its number.
    pub number: i64,
    /// The date that it printed.
    pub date: NaiveDate,
    /// The values that it printed, by series and period.
    pub values: Vec<EarlierValue>,
}

/// A value that an edition printed; of several vintages the newest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EarlierValue {
    /// The series.
    pub series: SeriesId,
    /// The period.
    pub period: Period,
    /// The value.
    pub value: Decimal,
    /// The id of its unit.
    pub unit: String,
}

impl EarlierEdition {
    /// Reads the lists of figures that an edition attached, one for each language. A line that is none is left out.
    pub fn read<'a>(number: i64, date: NaiveDate, lists: impl IntoIterator<Item = &'a [u8]>) -> EarlierEdition {
        let mut newest: BTreeMap<(SeriesId, Period), (Option<NaiveDate>, Decimal, String)> = BTreeMap::new();
        for list in lists {
            let mut reader = csv::Reader::from_reader(list);
            for (key, printed) in reader.records().filter_map(|record| line(&record.ok()?)) {
                if newest.get(&key).is_none_or(|known| known.0 <= printed.0) {
                    newest.insert(key, printed);
                }
            }
        }
        let values =
            newest.into_iter().map(|((series, period), (_, value, unit))| EarlierValue { series, period, value, unit });
        EarlierEdition { number, date, values: values.collect() }
    }
}

type Line = ((SeriesId, Period), (Option<NaiveDate>, Decimal, String));

/// The columns are those of `filling::attachment`.
fn line(record: &csv::StringRecord) -> Option<Line> {
    let [series, period, value, unit, vintage] = [0, 1, 2, 3, 4].map(|nth| record.get(nth));
    let (series, period) = (SeriesId::new(series?)?, period?.parse().ok()?);
    let from = Published::parse(vintage?)?.counts_from();
    Some(((series, period), (from, value?.parse().ok()?, unit?.to_owned())))
}

/// Of several vintages of a value the newest, in the order in which they were printed first.
pub(super) fn newest_of<'a>(printed: impl IntoIterator<Item = &'a Observation>) -> Vec<&'a Observation> {
    let mut newest: Vec<&Observation> = Vec::new();
    for observation in printed {
        let same = newest.iter_mut().find(|it| it.series == observation.series && it.period == observation.period);
        match same {
            Some(known) if known.vintage.counts_from() < observation.vintage.counts_from() => *known = observation,
            Some(_) => {}
            None => newest.push(observation),
        }
    }
    newest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_each_value_the_newest_vintage_is_kept_and_what_is_no_line_is_left_out() {
        let list = "series,period,value,unit,vintage,publisher\n\
                    vw_bev_world,2024,744800,vehicles,2025-01-14,VW\n\
                    vw_bev_world,2024,744600,vehicles,2026-01,VW\n\
                    vw_bev_world,2023,771100,vehicles,,VW\n\
                    vw_bev_world,sometime,1,vehicles,,VW\n";
        let other = "series,period,value,unit,vintage\nvw_bev_world,2024,744800,vehicles,2025-01-14\nahk_stay,2024/25,92,percent,2024-12-11\n";
        let read = EarlierEdition::read(3, NaiveDate::default(), [list.as_bytes(), other.as_bytes()]);
        let told: Vec<String> =
            read.values.iter().map(|it| format!("{} {} {} {}", it.series, it.period, it.value, it.unit)).collect();
        assert_eq!(
            told,
            ["ahk_stay 2024/25 92 percent", "vw_bev_world 2023 771100 vehicles", "vw_bev_world 2024 744600 vehicles"]
        );
        let json = serde_json::to_string(&read).unwrap();
        assert_eq!(serde_json::from_str::<EarlierEdition>(&json).unwrap(), read);
    }
}
