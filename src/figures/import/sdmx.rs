//! SDMX-CSV 2.0 as `export` writes it: one row an observation, its sources as attributes of several values. Rows of other
//! structures are refused: their dimensions are not series of ours.

use super::{
    cells::Cells,
    imported::{SourcedValue, ValueSpots},
};
use crate::{
    base::csv_table::CsvTable,
    figures::{
        Period, Published, Status,
        sdmx_cells::{NO_VINTAGE, SEPARATOR, STRUCTURE, STRUCTURE_ID, parts},
    },
};

/// The columns without which no observation can be read, beside the first.
pub(super) const NEEDED: &[&str] =
    &["SERIES", "STRUCTURE_ID", "TIME_PERIOD", "VINTAGE", "OBS_VALUE", "PUBLISHER[]", "PUBLISHED_ON[]", "QUALITY[]"];
/// The columns that a file may leave out.
pub(super) const OPTIONAL: &[&str] = &[
    "ACTION",
    "FREQ",
    "REF_AREA",
    "UNIT_MEASURE",
    "UNIT_MULT",
    "OBS_STATUS",
    "RESTATED",
    "CARRIER[]",
    "URL[]",
    "SOURCE_TITLE[]",
    "PAGE[]",
    "QUOTE[]",
    "READ_ON[]",
    "EVIDENCE[]",
];
/// The column of values.
pub(super) const VALUE: &str = "OBS_VALUE";

/// The columns of sources by those of the own layout.
const SOURCES: [(&str, &str); 10] = [
    ("publisher", "PUBLISHER[]"),
    ("carrier", "CARRIER[]"),
    ("published_on", "PUBLISHED_ON[]"),
    ("url", "URL[]"),
    ("quality", "QUALITY[]"),
    ("source_title", "SOURCE_TITLE[]"),
    ("page", "PAGE[]"),
    ("quote", "QUOTE[]"),
    ("read_on", "READ_ON[]"),
    ("evidence", "EVIDENCE[]"),
];

/// Whether the head is one of SDMX-CSV.
pub(super) fn is_head(table: &CsvTable) -> bool {
    table.head.first().is_some_and(|first| separator_in(&first.name).is_some())
}

/// What separates values of one cell, as the name of the first column says.
fn separator_in(name: &str) -> Option<char> {
    let rest = name.strip_prefix(STRUCTURE)?;
    if rest.is_empty() {
        return Some(SEPARATOR);
    }
    let mut letters = rest.strip_prefix('[')?.strip_suffix(']')?.chars();
    letters.next().filter(|_| letters.next().is_none())
}

/// The observation of a row, once for each of its sources.
pub(super) fn sourced_values(cells: &mut Cells<'_>) -> Vec<SourcedValue> {
    read(cells).unwrap_or_default()
}

fn read(cells: &mut Cells<'_>) -> Option<Vec<SourcedValue>> {
    structure(cells)?;
    let series = cells.id("SERIES");
    let period = period(cells);
    let vintage = match cells.text("VINTAGE") {
        NO_VINTAGE => Some(Published::Unknown),
        text => cells.published(text, "VINTAGE"),
    };
    let value = cells.decimal(VALUE);
    let status = status(cells);
    let unit = Some(cells.text("UNIT_MEASURE")).filter(|unit| !unit.is_empty()).map(str::to_owned);
    let separator = cells.table.head.first().and_then(|first| separator_in(&first.name)).unwrap_or(SEPARATOR);
    let columns = SOURCES.map(|(own, column)| (own, column, parts(cells.text(column), separator)));
    let most = columns.iter().map(|(_, _, parts)| parts.len()).max().unwrap_or(0);
    let is_uneven = |parts: &[String]| parts.len() != most && parts.iter().any(|part| !part.is_empty());
    if let Some((_, column, parts)) = columns.iter().find(|(_, _, parts)| is_uneven(parts)) {
        let what = format!("`{column}` has {} values here; another column of the sources has {most}", parts.len());
        cells.wrong(column, what, "each source has a value in each of its columns, which may be empty");
        return None;
    }
    let mut sources = Vec::new();
    for at in 0..most {
        let cell = |own: &'static str| {
            let found = columns.iter().find(|(known, ..)| *known == own);
            found.map_or(("", "PUBLISHER[]"), |(_, column, parts)| (parts.get(at).map_or("", |it| it.trim()), *column))
        };
        sources.push(cells.source_of(&cell));
    }
    let (series, period, vintage, value, status) = (series?, period?, vintage?, value?, status?);
    let spots = || ValueSpots {
        series: cells.spot("SERIES"),
        vintage: cells.spot("VINTAGE"),
        value: cells.spot(VALUE),
        publisher: cells.spot("PUBLISHER[]"),
        unit: Some(cells.spot("UNIT_MEASURE")),
    };
    let one = |source| SourcedValue {
        series: series.clone(),
        period,
        vintage,
        value,
        status,
        source,
        unit: unit.clone(),
        spots: spots(),
    };
    sources.into_iter().map(|source| source.map(one)).collect()
}

/// Refuses rows of another structure, and those that delete.
fn structure(cells: &mut Cells<'_>) -> Option<()> {
    let (structure, action) = (cells.text("STRUCTURE_ID"), cells.text("ACTION"));
    if structure != STRUCTURE_ID {
        let what = format!("`{}` is another structure", structure.chars().take(60).collect::<String>());
        let hint = format!(
            "greenbrief reads {STRUCTURE_ID}, which `greenbrief figures export --layout sdmx` writes; make a file of the \
             own layout of other publishers' data"
        );
        cells.wrong("STRUCTURE_ID", what, &hint);
        return None;
    }
    match action {
        "" | "I" | "A" | "M" | "R" => Some(()),
        "D" => {
            let hint = "`greenbrief figures withdraw SERIES PERIOD VINTAGE --reason TEXT` takes an observation back";
            cells.wrong("ACTION", "an import deletes nothing", hint);
            None
        }
        other => {
            cells.wrong("ACTION", format!("`{other}` is no action"), "write I, or leave the column out");
            None
        }
    }
}

fn status(cells: &mut Cells<'_>) -> Option<Status> {
    let restated = match cells.text("RESTATED") {
        "" | "false" => false,
        "true" => true,
        other => {
            cells.wrong("RESTATED", format!("`{other}` is neither true nor false"), "");
            return None;
        }
    };
    match (cells.text("OBS_STATUS"), restated) {
        ("" | "A", true) => Some(Status::Restated),
        ("" | "A", false) => Some(Status::Final),
        ("P", false) => Some(Status::Provisional),
        ("P", true) => {
            cells.wrong("RESTATED", "a provisional value is not restated", "leave it empty");
            None
        }
        (other, _) => {
            cells.wrong("OBS_STATUS", format!("`{other}` is no status"), "A is as published, P is provisional");
            None
        }
    }
}

/// A period as SDMX or the own layout writes it.
fn period(cells: &mut Cells<'_>) -> Option<Period> {
    let text = cells.text("TIME_PERIOD");
    let found = own_period(text);
    if found.is_none() {
        let what = format!("`{}` is not a period", text.chars().take(40).collect::<String>());
        let hint =
            "write 2024, 2024-S1, 2024-Q3, 2024-06, 2024-W07, 2024-06-30, 2024-07-01/P1Y (a season) or 2024-01-01/P4M";
        cells.wrong("TIME_PERIOD", what, hint);
    }
    found
}

fn own_period(text: &str) -> Option<Period> {
    if let Some((start, length)) = text.split_once('/').filter(|(_, length)| length.starts_with('P')) {
        let (year, month) = match start.parse::<Period>().ok()? {
            Period::Day(day) if start.ends_with("-01") => {
                (start.get(..4)?.parse::<i32>().ok()?, chrono::Datelike::month(&day))
            }
            _ => return None,
        };
        if length == "P1Y" {
            return (month == 7).then_some(Period::Season(year));
        }
        let months: u32 = length.strip_prefix('P')?.strip_suffix('M')?.parse().ok()?;
        let last = month.checked_sub(1)?.checked_add(months.checked_sub(1)?)?;
        let to = (year + i32::try_from(last / 12).ok()?, last % 12 + 1);
        // Through the text, which knows what a span is.
        return Period::Months { from: (year, month), to }.to_string().parse().ok();
    }
    let own = match text.split_once('-') {
        Some((year, "A1")) => year.to_owned(),
        Some((year, rest)) if rest.starts_with('S') => format!("{year}-H{}", rest.trim_start_matches('S')),
        Some((year, rest)) if rest.starts_with('M') => format!("{year}-{}", rest.trim_start_matches('M')),
        _ => text.to_owned(),
    };
    own.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn periods_of_both_ways_to_write_are_read() {
        for (text, own) in [
            ("2024", "2024"),
            ("2024-A1", "2024"),
            ("2024-S2", "2024-H2"),
            ("2024-Q3", "2024-Q3"),
            ("2024-06", "2024-06"),
            ("2024-M06", "2024-06"),
            ("2024-W07", "2024-W07"),
            ("2024-06-30", "2024-06-30"),
            ("2024-07-01/P1Y", "2024/25"),
            ("2024-01-01/P4M", "2024-01/2024-04"),
            ("2024-11-01/P3M", "2024-11/2025-01"),
        ] {
            assert_eq!(own_period(text).map(|it| it.to_string()).as_deref(), Some(own), "{text}");
        }
        for text in ["2024-01-15/P4M", "2024-01-01/P1Y", "2024-01-01/P0M", "2024-01-01/P1M", "2024-W54", "2024-01-01/P"]
        {
            assert_eq!(own_period(text), None, "{text}");
        }
    }
}
