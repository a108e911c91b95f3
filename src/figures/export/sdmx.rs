//! SDMX-CSV 2.0: one row an observation, its sources as attributes of several values. The vintage is a dimension, since one
//! period has a value in each; it is `_U` if unknown. Units and series are structure, which SDMX-CSV does not hold: they stand
//! in files of the own layout.

use super::{own::source_cell, written};
use crate::figures::{
    Dataset, Frequency, Observation, Period, Status,
    sdmx_cells::{NO_VINTAGE, SEPARATOR, STRUCTURE, STRUCTURE_ID, joined},
};

/// The columns behind the structure, each with the column of the own layout that it holds, if there is one.
const COLUMNS: &[(&str, &str)] = &[
    ("STRUCTURE_ID", ""),
    ("ACTION", ""),
    ("FREQ", ""),
    ("REF_AREA", ""),
    ("SERIES", "series"),
    ("TIME_PERIOD", "period"),
    ("VINTAGE", "vintage"),
    ("OBS_VALUE", "value"),
    ("UNIT_MEASURE", "unit"),
    ("UNIT_MULT", ""),
    ("OBS_STATUS", "status"),
    ("RESTATED", ""),
    ("PUBLISHER[]", "publisher"),
    ("CARRIER[]", "carrier"),
    ("PUBLISHED_ON[]", "published_on"),
    ("URL[]", "url"),
    ("QUALITY[]", "quality"),
    ("SOURCE_TITLE[]", "source_title"),
    ("PAGE[]", "page"),
    ("QUOTE[]", "quote"),
    ("READ_ON[]", "read_on"),
    ("EVIDENCE[]", "evidence"),
];

pub(super) fn head() -> Vec<u8> {
    let structure = format!("{STRUCTURE}[{SEPARATOR}]");
    written([[structure.as_str()].into_iter().chain(COLUMNS.iter().map(|(column, _)| *column))])
}

pub(super) fn rows<'a>(catalogue: &Dataset, observations: impl IntoIterator<Item = &'a Observation>) -> Vec<u8> {
    written(observations.into_iter().map(|observation| {
        let cells = COLUMNS.iter().map(|(column, own)| cell(catalogue, observation, column, own));
        ["dataflow".to_owned()].into_iter().chain(cells).collect::<Vec<String>>()
    }))
}

fn cell(catalogue: &Dataset, observation: &Observation, column: &str, own: &str) -> String {
    let series = catalogue.series.get(&observation.series);
    let unit = series.and_then(|series| catalogue.units.get(&series.unit));
    match column {
        "STRUCTURE_ID" => STRUCTURE_ID.to_owned(),
        "ACTION" => "I".to_owned(),
        "FREQ" => frequency(observation.period).to_owned(),
        "REF_AREA" => series.map_or_else(String::new, |series| series.geography.clone()),
        "SERIES" => observation.series.to_string(),
        "TIME_PERIOD" => time_period(observation.period),
        "VINTAGE" => {
            Some(observation.vintage.code()).filter(|it| !it.is_empty()).unwrap_or_else(|| NO_VINTAGE.to_owned())
        }
        "OBS_VALUE" => observation.value.to_string(),
        "UNIT_MEASURE" => unit.map_or_else(String::new, |unit| unit.id.clone()),
        "UNIT_MULT" => unit.map_or_else(String::new, |unit| unit.exponent.to_string()),
        "OBS_STATUS" => if observation.status == Status::Provisional { "P" } else { "A" }.to_owned(),
        "RESTATED" => if observation.status == Status::Restated { "true" } else { "" }.to_owned(),
        _ => joined(observation.sources.iter().map(|source| source_cell(source, own))),
    }
}

/// The code of a period's frequency; a span of months has none of its own.
fn frequency(period: Period) -> &'static str {
    match period.frequency() {
        Frequency::Year => "A",
        Frequency::Half => "S",
        Frequency::Quarter => "Q",
        Frequency::Month => "M",
        Frequency::Week => "W",
        Frequency::Day => "D",
        _ => "_O",
    }
}

/// A period as SDMX writes it: a season and a span of months by their first day and their length.
fn time_period(period: Period) -> String {
    match period {
        Period::Half(year, half) => format!("{year:04}-S{half}"),
        Period::Season(year) => format!("{year:04}-07-01/P1Y"),
        Period::Months { from, to } => {
            let months =
                (to.0 - from.0) * 12 + i32::try_from(to.1).unwrap_or(0) - i32::try_from(from.1).unwrap_or(0) + 1;
            format!("{:04}-{:02}-01/P{months}M", from.0, from.1)
        }
        other => other.to_string(),
    }
}
