//! Figures as they were read from all files, each with its cells. How cells become them is in `csv`; how they become a
//! dataset, in `references`.

use rust_decimal::Decimal;

use crate::{
    base::{
        csv_table::CsvTable,
        problem::{Place, Problem},
    },
    figures::{Citation, Event, Period, Published, Publisher, Series, SeriesId, Status, Unit},
};

/// A cell of a file, from which its place is made when it is needed: most rows have no problem.
#[derive(Debug, Clone)]
pub(super) struct Spot {
    /// The number of the file.
    pub file: usize,
    /// The number of the row.
    pub row: usize,
    /// The name of the column.
    pub column: &'static str,
}

impl Spot {
    /// The order of the files and their rows.
    pub const fn order(&self) -> (usize, usize) {
        (self.file, self.row)
    }
}

/// Something that was read, with the cell of its id.
pub(super) struct Placed<T> {
    pub thing: T,
    pub spot: Spot,
}

/// A series with the cells of its references.
pub(super) struct SeriesRow {
    pub series: Series,
    pub unit_spot: Spot,
    pub predecessor_spot: Spot,
    pub geography_spot: Spot,
    pub dimension_spot: Spot,
    pub parts_spot: Spot,
    /// The columns that its file leaves out.
    pub absent: Vec<&'static str>,
    /// Other series that it names, with the cells.
    pub named: Vec<(SeriesId, Spot)>,
}

/// A value with one of its sources.
pub(super) struct SourcedValue {
    pub series: SeriesId,
    pub period: Period,
    pub vintage: Published,
    pub value: Decimal,
    pub status: Status,
    pub source: Citation,
    /// The unit that the row says; it must be that of the series.
    pub unit: Option<String>,
    pub spots: ValueSpots,
}

/// The cells of a value.
pub(super) struct ValueSpots {
    pub series: Spot,
    pub vintage: Spot,
    pub value: Spot,
    pub publisher: Spot,
    pub unit: Option<Spot>,
}

/// The contents of all files, in their order.
#[derive(Default)]
pub(super) struct Imported {
    pub files: Vec<CsvTable>,
    pub units: Vec<Placed<Unit>>,
    pub series: Vec<Placed<SeriesRow>>,
    pub values: Vec<SourcedValue>,
    pub events: Vec<Placed<Event>>,
    pub publishers: Vec<Placed<Publisher>>,
}

/// The files, by their numbers.
pub(super) struct Files(pub Vec<CsvTable>);

impl Files {
    /// The place of a cell.
    pub fn place(&self, spot: &Spot) -> Option<Place> {
        let table = self.0.get(spot.file)?;
        Some(table.place(table.rows.get(spot.row)?, spot.column))
    }

    /// A cell as it is written, without quotes and space around it.
    pub fn text(&self, spot: &Spot) -> &str {
        let table = self.0.get(spot.file);
        table.and_then(|table| Some(table.text(table.rows.get(spot.row)?, spot.column))).unwrap_or_default()
    }

    /// The problem at a cell.
    pub fn at(&self, spot: &Spot, mut problem: Problem) -> Problem {
        problem.place = self.place(spot);
        problem
    }
}

/// An observation that was read, with the cells of its first row.
pub(super) struct ReadObservation {
    pub series: SeriesId,
    /// Its index among those of its series.
    pub index: usize,
    pub value_spot: Spot,
    pub vintage_spot: Spot,
}
