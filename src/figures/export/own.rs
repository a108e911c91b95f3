//! The own layout: the columns that `import` reads, filled by their names.

use super::written;
use crate::{
    base::language::PerLanguage,
    figures::{
        Bounds, Citation, Dataset, Event, Observation, Publisher, Quality, Series, SeriesId, Status, Unit, UnitKind,
        columns::{EVENTS, OBSERVATIONS, PUBLISHERS, SERIES, SERIES_OPTIONAL, SOURCE_OPTIONAL, UNITS},
    },
};

/// A file of units.
pub fn units(data: &Dataset) -> Vec<u8> {
    let rows = data.units.values().map(|unit| UNITS.iter().map(|column| unit_cell(unit, column)).collect());
    file(&[UNITS], rows)
}

/// A file of series.
pub fn series(data: &Dataset) -> Vec<u8> {
    let columns = [SERIES, SERIES_OPTIONAL];
    let row = |series: &Series| columns.concat().iter().map(|column| series_cell(series, column)).collect();
    file(&columns, data.series.values().map(row))
}

/// A file of publishers.
pub fn publishers(data: &Dataset) -> Vec<u8> {
    let row = |publisher: &Publisher| PUBLISHERS.iter().map(|column| publisher_cell(publisher, column)).collect();
    file(&[PUBLISHERS], data.publishers.values().map(row))
}

/// A file of events.
pub fn events(data: &Dataset) -> Vec<u8> {
    let columns = [EVENTS, SOURCE_OPTIONAL];
    let row = |event: &Event| columns.concat().iter().map(|column| event_cell(event, column)).collect();
    file(&columns, data.events.iter().map(row))
}

/// The head of a file of observations.
pub(super) fn head() -> Vec<u8> {
    written([[OBSERVATIONS, SOURCE_OPTIONAL].concat()])
}

/// Rows of observations, one for each source.
pub(super) fn rows<'a>(observations: impl IntoIterator<Item = &'a Observation>) -> Vec<u8> {
    let columns = [OBSERVATIONS, SOURCE_OPTIONAL].concat();
    let sourced = observations.into_iter().flat_map(|it| it.sources.iter().map(move |source| (it, source)));
    written(
        sourced.map(|(it, source)| {
            columns.iter().map(|column| observation_cell(it, source, column)).collect::<Vec<String>>()
        }),
    )
}

fn file(columns: &[&[&str]], rows: impl Iterator<Item = Vec<String>>) -> Vec<u8> {
    let head = columns.concat().into_iter().map(str::to_owned).collect();
    written([head].into_iter().chain(rows))
}

/// The text of `stem_en` and the like.
fn translated(texts: &[(&str, &PerLanguage<String>)], column: &str) -> Option<String> {
    let (stem, code) = column.rsplit_once('_')?;
    let (_, text) = texts.iter().find(|(known, _)| *known == stem)?;
    match code {
        "en" => Some(text.en.clone()),
        "de" => Some(text.de.clone()),
        "zh" => Some(text.zh.clone()),
        _ => None,
    }
}

fn unit_cell(unit: &Unit, column: &str) -> String {
    match column {
        "id" => unit.id.clone(),
        "kind" => kind(unit.kind).to_owned(),
        "exponent" => unit.exponent.to_string(),
        "zh_label_exponent" => unit.zh_label_exponent.to_string(),
        _ => translated(&[("pattern", &unit.pattern), ("label", &unit.label)], column).unwrap_or_default(),
    }
}

const fn kind(kind: UnitKind) -> &'static str {
    match kind {
        UnitKind::Count => "count",
        UnitKind::Percent => "percent",
        UnitKind::Money => "money",
        UnitKind::Quantity => "quantity",
        UnitKind::Share => "share",
        UnitKind::Points => "points",
        UnitKind::Index => "index",
    }
}

fn series_cell(series: &Series, column: &str) -> String {
    match column {
        "id" => series.id.to_string(),
        "geography" => series.geography.clone(),
        "unit" => series.unit.clone(),
        "publisher" => series.publisher.clone(),
        "change_of" => series.change_of.as_ref().map_or_else(String::new, ToString::to_string),
        "dimension" => series.dimension.as_ref().map_or_else(String::new, ToString::to_string),
        "predecessor" => series.predecessor.as_ref().map_or_else(String::new, ToString::to_string),
        "range" => match &series.bounds {
            _ if series.any_value => "any".to_owned(),
            Some(Bounds { lowest, highest }) => format!("{lowest}..{highest}"),
            None => String::new(),
        },
        "parts" => series.parts.iter().map(SeriesId::as_str).collect::<Vec<_>>().join(" "),
        "rhythm" => series.rhythm.map(|days| days.to_string()).unwrap_or_default(),
        "licence" => series.licence.clone().unwrap_or_default(),
        _ => translated(&[("title", &series.title), ("definition", &series.definition)], column).unwrap_or_default(),
    }
}

fn publisher_cell(publisher: &Publisher, column: &str) -> String {
    match column {
        "publisher" => publisher.id.clone(),
        _ => translated(&[("name", &publisher.name)], column).unwrap_or_default(),
    }
}

fn event_cell(event: &Event, column: &str) -> String {
    match column {
        "id" => event.id.clone(),
        "date" => event.date.to_string(),
        _ => translated(&[("title", &event.title)], column).unwrap_or_else(|| source_cell(&event.source, column)),
    }
}

fn observation_cell(observation: &Observation, source: &Citation, column: &str) -> String {
    match column {
        "series" => observation.series.to_string(),
        "period" => observation.period.to_string(),
        "vintage" => observation.vintage.code(),
        "value" => observation.value.to_string(),
        "status" => status(observation.status).to_owned(),
        _ => source_cell(source, column),
    }
}

const fn status(status: Status) -> &'static str {
    match status {
        Status::Final => "final",
        Status::Provisional => "provisional",
        Status::Restated => "restated",
    }
}

/// A cell of a source, of whatever row.
pub(super) fn source_cell(source: &Citation, column: &str) -> String {
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    match column {
        "publisher" => source.publisher.clone(),
        "carrier" => text(&source.carrier),
        "published_on" => source.published.code(),
        "url" => text(&source.url),
        "quality" => if source.quality == Quality::Copy { "copy" } else { "report" }.to_owned(),
        "source_title" => text(&source.title),
        "page" => text(&source.page),
        "quote" => text(&source.quote),
        "read_on" => source.read_on.map(|day| day.to_string()).unwrap_or_default(),
        "evidence" => text(&source.evidence),
        _ => String::new(),
    }
}
