//! The numbers of a table: all of one unit in one column have as many decimals as one of them. In Chinese they count in the
//! 万 or 亿 that the head names, and stand without it.

use rust_decimal::Decimal;

use super::{
    chart_text::{axis, shifted},
    numeric_row::{NONE, NumericRow},
};
use crate::{
    base::language::Language,
    document::brief::{
        Cell,
        numbers::{self, Writing},
        translations::PROVISIONAL_MARK,
    },
    figures::{ChangeUnit, Unit, UnitKind},
};

/// The notation of the numbers of one table.
pub(super) struct TableNumbers {
    writing: Writing,
    /// By the unit's id: the power of ten that its numbers are divided by, the words for it, and the decimals of each column.
    units: Vec<UnitNotation>,
    /// Decimals of the changes.
    change_decimals: u32,
}

struct UnitNotation {
    id: String,
    exponent: i32,
    words: String,
    decimals: Vec<u32>,
}

impl TableNumbers {
    pub fn new(rows: &[NumericRow], writing: Writing) -> TableNumbers {
        let mut units: Vec<UnitNotation> = Vec::new();
        for row in rows {
            if units.iter().any(|known| known.id == row.unit.id) {
                continue;
            }
            let same: Vec<&NumericRow> = rows.iter().filter(|other| other.unit.id == row.unit.id).collect();
            let values = |column: usize| {
                same.iter().filter_map(move |row| row.values.get(column).copied().flatten()).map(|value| value.number)
            };
            let columns = row.values.len();
            let largest = (0..columns).flat_map(values).map(|value| value.abs()).max().unwrap_or_default();
            let (exponent, words) = match writing.language {
                Language::Zh => axis(largest, &row.unit, false, Language::Zh),
                language => (0, row.unit.label.get(language).clone()),
            };
            let decimals = (0..columns)
                .map(|column| values(column).map(|value| moved(value, exponent).scale()).max().unwrap_or_default());
            units.push(UnitNotation { id: row.unit.id.to_string(), exponent, words, decimals: decimals.collect() });
        }
        let changes = rows.iter().filter_map(|row| row.change).map(|change| change.scale());
        TableNumbers { writing, units, change_decimals: changes.max().unwrap_or_default() }
    }

    fn notation(&self, unit: &Unit) -> Option<&UnitNotation> {
        self.units.iter().find(|known| known.id == unit.id)
    }

    /// Whether the rows have different units, apart from percentages, which carry their sign.
    pub fn is_mixed(&self, rows: &[NumericRow]) -> bool {
        rows.iter().any(|row| rows.first().is_some_and(|first| first.unit.id != row.unit.id))
    }

    /// The unit behind a caption, a head or a name; empty for percentages.
    pub fn unit_of(&self, unit: &Unit) -> String {
        match self.notation(unit) {
            Some(known) if !unit.kind.is_percentage() => match self.writing.language {
                Language::Zh => format!("（{}）", known.words),
                _ => format!(" ({})", known.words),
            },
            _ => String::new(),
        }
    }

    /// The unit that all rows share.
    pub fn caption_unit(&self, rows: &[NumericRow]) -> String {
        match rows.first() {
            Some(first) if !self.is_mixed(rows) => self.unit_of(&first.unit),
            _ => String::new(),
        }
    }

    /// The cells of a row: its name, a value for each period, the change.
    pub fn cells(&self, name: String, row: &NumericRow, with_change: bool) -> Vec<Cell> {
        let cell = |text: String| Cell { text, cites: Vec::new(), strong: false };
        let mut cells = vec![cell(name)];
        for (column, value) in row.values.iter().enumerate() {
            let written = value.map(|value| format!("{}{}", self.number(value.number, row, column), value.marks()));
            cells.push(cell(written.unwrap_or_else(|| NONE.to_owned())));
        }
        if with_change {
            let mark = if row.provisional_change { PROVISIONAL_MARK } else { "" };
            let change = row.change.map(|mut change| {
                change.rescale(self.change_decimals);
                format!("{}{mark}", numbers::change(change, ChangeUnit::of(row.unit.kind), true, self.writing))
            });
            cells.push(cell(change.unwrap_or_else(|| NONE.to_owned())));
        }
        cells
    }

    fn number(&self, value: Decimal, row: &NumericRow, column: usize) -> String {
        let Some(known) = self.notation(&row.unit) else { return numbers::bare(value, &row.unit, self.writing) };
        let mut number = moved(value, known.exponent);
        number.rescale(known.decimals.get(column).copied().unwrap_or_default());
        if matches!(row.unit.kind, UnitKind::Percent | UnitKind::Share) {
            return numbers::full(number, &row.unit, self.writing);
        }
        let written = numbers::plain(number, self.writing);
        if known.exponent == 0 { written } else { written.replace(',', "") }
    }
}

fn moved(value: Decimal, exponent: i32) -> Decimal {
    if exponent == 0 { value } else { shifted(value, exponent).normalize() }
}
