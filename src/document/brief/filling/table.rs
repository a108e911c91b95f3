//! Tables: rows of series, group heads, exact totals, and marks at provisional and restated values.

use rust_decimal::Decimal;

use super::{BlockTexts, Filler};
use crate::{
    base::{language::Language, problem::Problem},
    document::brief::{
        Block, Cell, Column, Emphasis, Inline, Row, Table, block_keys, dates, markers, numbers,
        scope::Asked,
        translations::{self, PROVISIONAL_MARK},
    },
    figures::{AsKnown, ChangeUnit, Citation, Observation, Period, SeriesId, Status, Unit, UnitKind, compared},
};

/// Shown in place of a missing value.
const NONE: &str = "–";

/// A row of `blocks.toml` that shows a series.
#[derive(Clone, Copy)]
struct TableRow<'a> {
    /// Its index in the list of rows.
    nth: usize,
    key: &'a str,
    series: &'a str,
}

/// The columns of values that each row shows.
struct Columns {
    periods: Vec<Period>,
    /// The last period, if a last column shows its change on the year before.
    change: Option<Period>,
    /// Values published after this day are ignored.
    pinned: Option<AsKnown>,
}

/// A row of numbers: a series, or a total.
struct NumericRow {
    key: String,
    total: bool,
    unit: Unit,
    /// One for each period.
    values: Vec<Option<TableValue>>,
    change: Option<Decimal>,
    /// A value that the change rests on is provisional.
    provisional_change: bool,
    /// The value of the year before, from which a total computes its own change.
    before: Option<Decimal>,
}

/// A value with its marks.
#[derive(Clone, Copy)]
struct TableValue {
    number: Decimal,
    provisional: bool,
    /// A later vintage has another value.
    restated: bool,
}

impl Filler<'_> {
    pub(super) fn table(&mut self, texts: &BlockTexts<'_>, info: &str) -> Option<Block> {
        let language = self.language();
        let columns = Columns::of(texts);
        let mut numeric_rows: Vec<NumericRow> = Vec::new();
        let mut citations: Vec<Citation> = Vec::new();
        let mut rows = Vec::new();
        // Where the rows of the last group begin.
        let mut group = 0;
        let none = Vec::new();
        let wanted = texts.shared.get("row").and_then(toml::Value::as_array).unwrap_or(&none);
        for (nth, row) in wanted.iter().enumerate() {
            let word = |key: &str| row.get(key).and_then(toml::Value::as_str);
            let key = word("key").unwrap_or_default();
            if let Some(name) = word("group") {
                group = numeric_rows.len();
                rows.push(Row::Group(self.own_name(texts, name, info)));
            } else if let Some(total) = row.get("total") {
                let summands = summands(total, numeric_rows.get(group..).unwrap_or_default(), &numeric_rows);
                let Some(numeric_row) = self.sum(texts, nth, key, &summands) else { continue };
                let name = self.own_name(texts, key, info);
                rows.push(Row::Total(self.cells(name, &numeric_row, &columns)));
                numeric_rows.push(numeric_row);
            } else if let Some(series) = word("series") {
                let row = TableRow { nth, key, series };
                let Some(numeric_row) = self.series_row(texts, row, &columns, &mut citations) else { continue };
                let name = self.named(texts, key, series);
                rows.push(Row::Body(self.cells(name, &numeric_row, &columns)));
                numeric_rows.push(numeric_row);
            }
        }
        self.tables += 1;
        let number = translations::TABLE.get(language).replace("{n}", &self.tables.to_string());
        let caption = format!("{number}  {}{}", self.text(texts, "caption"), common_unit(&numeric_rows, language));
        let mut notes = self.notes(texts, &citations);
        notes.extend(
            marks_explained(&numeric_rows, language).map(|text| vec![Inline::Text { text, emphasis: Emphasis::None }]),
        );
        let heads = self.column_heads(texts, &columns);
        let written = Some(self.fence_place(info));
        Some(Block::Table(Table { caption, anchor: texts.id.clone(), written, columns: heads, rows, notes }))
    }

    fn column_heads(&self, texts: &BlockTexts<'_>, columns: &Columns) -> Vec<Column> {
        let language = self.language();
        let head = Some(self.text(texts, "head")).filter(|head| !head.is_empty());
        let head = head.unwrap_or_else(|| (*translations::SERIES.get(language)).to_owned());
        let mut heads = vec![Column { head, numeric: false }];
        heads.extend(columns.periods.iter().map(|p| Column { head: dates::short(*p, language), numeric: true }));
        if let Some(last) = columns.change {
            let against = dates::short(last.year_before(), language);
            heads.push(Column { head: translations::CHANGE.get(language).replace("{p}", &against), numeric: true });
        }
        heads
    }

    /// The name of a group or a total, which has no series to be named after.
    fn own_name(&mut self, texts: &BlockTexts<'_>, key: &str, info: &str) -> String {
        match texts.nested("names", key) {
            Some(name) => markers::resolved(&name, &self.scope.gathered().insertions),
            None => {
                self.problem(
                    format!("this table has no name for `{key}`"),
                    &format!("write names.{key} = \"…\" in this block"),
                    info,
                );
                String::new()
            }
        }
    }

    /// The row of a series; an unknown one is a problem.
    fn series_row(
        &mut self,
        texts: &BlockTexts<'_>,
        row: TableRow<'_>,
        columns: &Columns,
        citations: &mut Vec<Citation>,
    ) -> Option<NumericRow> {
        let number = row.nth.to_string();
        let path = [&*texts.id, "row", &*number, "series"];
        let asked = Asked::Keys { series: &path, period: &path, change: &path };
        let figure = self.shared.figure(asked, row.series, None, columns.pinned)?;
        let id: SeriesId = figure.observation.series;
        let mut rests_on = |observation: &Observation| {
            for citation in observation.sources.iter().take(1) {
                if !citations.contains(citation) {
                    citations.push(citation.clone());
                }
            }
        };
        let mut values = Vec::new();
        for period in &columns.periods {
            let observation = self.snapshot.observation(&id, *period, columns.pinned);
            values.push(observation.map(|observation| {
                self.print(observation);
                rests_on(observation);
                TableValue {
                    number: observation.value,
                    provisional: observation.status == Status::Provisional,
                    restated: self.snapshot.restated(observation).is_some(),
                }
            }));
        }
        let change = columns.change.and_then(|last| self.snapshot.change(&id, last, columns.pinned));
        for observation in change.iter().flat_map(|change| &change.rests_on) {
            self.print(observation);
            rests_on(observation);
        }
        let before = columns.change.and_then(|last| self.snapshot.observation(&id, last.year_before(), columns.pinned));
        Some(NumericRow {
            key: row.key.to_owned(),
            total: false,
            unit: figure.unit,
            values,
            provisional_change: change.as_ref().is_some_and(|change| change.provisional),
            change: change.map(|change| change.value),
            before: before.map(|before| before.value),
        })
    }

    /// The total of these rows, column by column. Rows of different units are a problem.
    fn sum(&mut self, texts: &BlockTexts<'_>, nth: usize, key: &str, summands: &[&NumericRow]) -> Option<NumericRow> {
        let first = summands.first()?;
        if let Some(other) = summands.iter().find(|numeric_row| numeric_row.unit.id != first.unit.id) {
            let (a, b) = ((&first.key, &first.unit.id), (&other.key, &other.unit.id));
            let problem = Problem::error(format!("`{}` is in {} and `{}` in {}", a.0, a.1, b.0, b.1));
            let path = [&*texts.id, "row", &nth.to_string(), "total"];
            let problem = problem.hint("a total adds up rows of one unit");
            self.problems.push(match block_keys::place(&self.shared.source, &path) {
                Some(place) => problem.at(place),
                None => problem,
            });
            return None;
        }
        let values: Vec<Option<TableValue>> = (0..first.values.len())
            .map(|column| {
                let mut values = summands.iter().map(|numeric_row| numeric_row.values.get(column).copied().flatten());
                let first = values.next()??;
                values.try_fold(first, |sum, value| sum.plus(value?))
            })
            .collect();
        let before = summands.iter().try_fold(Decimal::ZERO, |sum, numeric_row| sum.checked_add(numeric_row.before?));
        let last = values.last().copied().flatten();
        let change = last.zip(before).and_then(|(last, before)| compared(last.number, before, first.unit.kind));
        let provisional_change = summands.iter().any(|numeric_row| numeric_row.provisional_change);
        let (key, unit) = (key.to_owned(), first.unit.clone());
        Some(NumericRow { key, total: true, unit, values, change, provisional_change, before })
    }

    fn cells(&self, name: String, numeric_row: &NumericRow, columns: &Columns) -> Vec<Cell> {
        let writing = self.scope.writing();
        let cell = |text: String| Cell { text, cites: Vec::new(), strong: false };
        let mut cells = vec![cell(name)];
        for value in &numeric_row.values {
            cells.push(cell(value.map_or_else(
                || NONE.to_owned(),
                |value| {
                    let number = match numeric_row.unit.kind {
                        UnitKind::Percent | UnitKind::Share => numbers::full(value.number, &numeric_row.unit, writing),
                        _ => numbers::bare(value.number, &numeric_row.unit, writing),
                    };
                    format!("{number}{}", value.marks())
                },
            )));
        }
        if columns.change.is_some() {
            let unit = ChangeUnit::of(numeric_row.unit.kind);
            let mark = if numeric_row.provisional_change { PROVISIONAL_MARK } else { "" };
            let change =
                numeric_row.change.map(|change| format!("{}{mark}", numbers::change(change, unit, true, writing)));
            cells.push(cell(change.unwrap_or_else(|| NONE.to_owned())));
        }
        cells
    }
}

impl Columns {
    fn of(texts: &BlockTexts<'_>) -> Columns {
        let periods: Vec<Period> = texts
            .shared
            .get("columns")
            .and_then(toml::Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(|period| period.as_str()?.parse().ok())
            .collect();
        let with_change = texts.shared.get("change").and_then(toml::Value::as_bool) == Some(true);
        let change = periods.last().copied().filter(|_| with_change);
        let pinned = texts.shared.get("as_known").and_then(|day| day.as_str()?.parse().ok());
        Columns { periods, change, pinned }
    }
}

impl TableValue {
    fn plus(self, other: TableValue) -> Option<TableValue> {
        Some(TableValue {
            number: self.number.checked_add(other.number)?,
            provisional: self.provisional || other.provisional,
            restated: self.restated || other.restated,
        })
    }

    /// The letters behind the number, as in official statistics.
    fn marks(self) -> &'static str {
        match (self.provisional, self.restated) {
            (false, false) => "",
            (true, false) => PROVISIONAL_MARK,
            (false, true) => "\u{a0}r",
            (true, true) => "\u{a0}p,\u{a0}r",
        }
    }
}

/// The rows that a total adds up: the series since the last group, or the rows that it names. A name without a row was
/// reported by the check of blocks.toml.
fn summands<'a>(total: &toml::Value, since: &'a [NumericRow], all: &'a [NumericRow]) -> Vec<&'a NumericRow> {
    match total.as_array() {
        None => since.iter().filter(|numeric_row| !numeric_row.total).collect(),
        Some(keys) => {
            let named =
                |key: &toml::Value| all.iter().find(|numeric_row| Some(numeric_row.key.as_str()) == key.as_str());
            let found: Option<Vec<&NumericRow>> = keys.iter().map(named).collect();
            found.unwrap_or_default()
        }
    }
}

/// The unit of all numbers, which follows the caption. In Chinese the author writes it, since each number carries its own
/// 万 or 亿.
fn common_unit(numeric_rows: &[NumericRow], language: Language) -> String {
    let unit = numeric_rows.first().map(|numeric_row| &numeric_row.unit).filter(|first| {
        !first.kind.is_percentage() && numeric_rows.iter().all(|numeric_row| numeric_row.unit.id == first.id)
    });
    match unit {
        Some(unit) if language != Language::Zh => format!(" ({})", unit.label.get(language)),
        _ => String::new(),
    }
}

/// The explanation of the marks, if there are any.
fn marks_explained(numeric_rows: &[NumericRow], language: Language) -> Option<String> {
    let values = || numeric_rows.iter().flat_map(|numeric_row| &numeric_row.values).flatten();
    let mut explained = Vec::new();
    let changes = || numeric_rows.iter().filter(|numeric_row| numeric_row.change.is_some());
    if values().any(|value| value.provisional) || changes().any(|numeric_row| numeric_row.provisional_change) {
        explained.push(*translations::PROVISIONAL.get(language));
    }
    if values().any(|value| value.restated) {
        explained.push(*translations::RESTATED.get(language));
    }
    let between = if language == Language::Zh { "；" } else { "; " };
    (!explained.is_empty()).then(|| explained.join(between))
}
