//! A row of numbers of a table, before they are written.

use rust_decimal::Decimal;

use crate::{document::brief::translations::PROVISIONAL_MARK, figures::Unit};

/// Shown in place of a missing value.
pub(super) const NONE: &str = "–";

/// A row of numbers: a series, or a total.
pub(super) struct NumericRow {
    pub key: String,
    pub name: String,
    pub total: bool,
    pub unit: Unit,
    /// One for each period.
    pub values: Vec<Option<TableValue>>,
    pub change: Option<Decimal>,
    /// A value that the change rests on is provisional.
    pub provisional_change: bool,
    /// The value of the year before, from which a total computes its own change.
    pub before: Option<Decimal>,
    /// Of a total: the columns without a sum, each with the names of the rows that have no value there.
    pub lacking: Vec<(usize, Vec<String>)>,
}

/// A value with its marks.
#[derive(Clone, Copy)]
pub(super) struct TableValue {
    pub number: Decimal,
    pub provisional: bool,
    /// A later vintage has another value.
    pub restated: bool,
}

impl TableValue {
    pub fn plus(self, other: TableValue) -> Option<TableValue> {
        Some(TableValue {
            number: self.number.checked_add(other.number)?,
            provisional: self.provisional || other.provisional,
            restated: self.restated || other.restated,
        })
    }

    /// The letters behind the number, as in official statistics.
    pub fn marks(self) -> &'static str {
        match (self.provisional, self.restated) {
            (false, false) => "",
            (true, false) => PROVISIONAL_MARK,
            (false, true) => "\u{a0}r",
            (true, true) => "\u{a0}p,\u{a0}r",
        }
    }
}
