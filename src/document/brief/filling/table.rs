//! Tables: rows of series, group heads, exact totals, and marks at provisional and restated values.

use rust_decimal::Decimal;

use super::{
    BlockTexts, Filler,
    numeric_row::{NONE, NumericRow, TableValue},
    table_numbers::TableNumbers,
};
use crate::{
    base::{language::Language, problem::Problem},
    document::brief::{
        Block, Column, Emphasis, Inline, Row, Table, block_keys, dates, markers, scope::Asked, translations,
    },
    figures::{AsKnown, Citation, Observation, Period, SeriesId, Status, compared},
};

/// Words by which an author's note explains the dash.
const DASHES: [&str; 4] = [NONE, "dash", "Strich", "横线"];

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

/// A line of the table before its numbers are written, which all of a column decide on together.
enum TableLine {
    /// The head of the rows from this number on.
    Group(String),
    /// A row of numbers, by its index.
    Row(usize),
}

impl Filler<'_> {
    pub(super) fn table(&mut self, texts: &BlockTexts<'_>, info: &str) -> Option<Block> {
        let language = self.language();
        let columns = Columns::of(texts);
        let mut numeric_rows: Vec<NumericRow> = Vec::new();
        let mut citations: Vec<Citation> = Vec::new();
        let mut lines = Vec::new();
        // Where the rows of the last group begin.
        let mut group = 0;
        let none = Vec::new();
        let wanted = texts.shared.get("row").and_then(toml::Value::as_array).unwrap_or(&none);
        for (nth, row) in wanted.iter().enumerate() {
            let word = |key: &str| row.get(key).and_then(toml::Value::as_str);
            let key = word("key").unwrap_or_default();
            if let Some(name) = word("group") {
                group = numeric_rows.len();
                lines.push(TableLine::Group(self.own_name(texts, name, info)));
                continue;
            }
            let numeric_row = if let Some(total) = row.get("total") {
                let summands = summands(total, numeric_rows.get(group..).unwrap_or_default(), &numeric_rows);
                let sum = self.sum(texts, nth, key, &summands);
                sum.map(|sum| NumericRow { name: self.own_name(texts, key, info), ..sum })
            } else {
                word("series").and_then(|series| {
                    let name = self.named(texts, key, series);
                    let row = self.series_row(texts, TableRow { nth, key, series }, &columns, &mut citations)?;
                    Some(NumericRow { name, ..row })
                })
            };
            if let Some(numeric_row) = numeric_row {
                lines.push(TableLine::Row(numeric_rows.len()));
                numeric_rows.push(numeric_row);
            }
        }
        self.tables += 1;
        let number = translations::TABLE.get(language).replace("{n}", &self.tables.to_string());
        let writing = TableNumbers::new(&numeric_rows, self.scope.writing());
        let rows = written_rows(&lines, &numeric_rows, &writing, columns.change.is_some());
        let caption = format!("{number}  {}{}", self.text(texts, "caption"), writing.caption_unit(&numeric_rows));
        let note = self.text(texts, "note");
        let mut notes = self.notes(texts, &citations);
        let explained =
            [marks_explained(&numeric_rows, language), gaps_explained(&numeric_rows, &columns, &note, language)];
        notes.extend(explained.into_iter().flatten().map(|text| vec![Inline::Text { text, emphasis: Emphasis::None }]));
        let heads = self.column_heads(texts, &columns);
        let written = Some(self.fence_place(info));
        let continued = translations::CONTINUED.get(language).replace("{t}", &number);
        let anchor = texts.id.clone();
        Some(Block::Table(Table { caption, continued, anchor, written, columns: heads, rows, notes }))
    }

    fn column_heads(&self, texts: &BlockTexts<'_>, columns: &Columns) -> Vec<Column> {
        let language = self.language();
        let head = Some(self.text(texts, "head")).filter(|head| !head.is_empty());
        let head = head.unwrap_or_else(|| (*translations::SERIES.get(language)).to_owned());
        let mut heads = vec![Column { head, numeric: false }];
        heads.extend(columns.periods.iter().map(|p| Column { head: dates::short(*p, language), numeric: true }));
        if let Some(last) = columns.change {
            let before = last.year_before();
            let against = match language {
                Language::Zh => dates::against(before, language),
                Language::En | Language::De => dates::short(before, language),
            };
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
            name: String::new(),
            lacking: Vec::new(),
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
        let without = |column: usize| {
            let lacking = summands.iter().filter(|row| row.values.get(column).is_none_or(Option::is_none));
            lacking.map(|row| row.name.clone()).collect::<Vec<_>>()
        };
        let lacking = (0..values.len()).map(|column| (column, without(column))).filter(|(_, names)| !names.is_empty());
        let lacking = lacking.collect();
        let name = String::new();
        Some(NumericRow { key, name, total: true, unit, values, change, provisional_change, before, lacking })
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

/// The rows as they are printed. Where units differ, each group whose rows share one has it in its head, and each other row
/// behind its name.
fn written_rows(
    lines: &[TableLine],
    numeric_rows: &[NumericRow],
    writing: &TableNumbers,
    with_change: bool,
) -> Vec<Row> {
    let mixed = writing.is_mixed(numeric_rows);
    let mut group_unit = None;
    let mut rows = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        match line {
            TableLine::Group(name) => {
                let after = lines.get(at + 1..).unwrap_or_default().iter();
                let of_group = after.map_while(|line| match line {
                    TableLine::Group(_) => None,
                    TableLine::Row(index) => numeric_rows.get(*index),
                });
                let of_group: Vec<&NumericRow> = of_group.collect();
                let same = of_group.first().filter(|first| of_group.iter().all(|row| row.unit.id == first.unit.id));
                group_unit = same.filter(|_| mixed).map(|first| first.unit.id.clone());
                let unit = same.filter(|_| mixed).map_or(String::new(), |first| writing.unit_of(&first.unit));
                rows.push(Row::Group(format!("{name}{unit}")));
            }
            TableLine::Row(index) => {
                let Some(numeric_row) = numeric_rows.get(*index) else { continue };
                let is_told = !mixed || group_unit.as_ref() == Some(&numeric_row.unit.id);
                let unit = if is_told { String::new() } else { writing.unit_of(&numeric_row.unit) };
                let cells = writing.cells(format!("{}{unit}", numeric_row.name), numeric_row, with_change);
                rows.push(if numeric_row.total { Row::Total(cells) } else { Row::Body(cells) });
            }
        }
    }
    rows
}

/// What the dashes mean, unless the author's note tells it, and which sums lack a part.
fn gaps_explained(numeric_rows: &[NumericRow], columns: &Columns, note: &str, language: Language) -> Option<String> {
    let has_gap = numeric_rows
        .iter()
        .any(|row| row.values.iter().any(Option::is_none) || (columns.change.is_some() && row.change.is_none()));
    if !has_gap {
        return None;
    }
    let is_told = DASHES.iter().any(|word| note.contains(word));
    let mut said: Vec<String> = Vec::new();
    if !is_told {
        said.push((*translations::DASH.get(language)).to_owned());
    }
    let comma = if language == Language::Zh { "、" } else { ", " };
    for row in numeric_rows.iter().filter(|row| row.total) {
        // Columns that lack the same rows are told together.
        for same in row.lacking.chunk_by(|a, b| a.1 == b.1) {
            let periods = same.iter().filter_map(|(column, _)| columns.periods.get(*column));
            let periods: Vec<String> = periods.map(|period| dates::short(*period, language)).collect();
            let names = same.first().map(|(_, names)| names.join(comma)).unwrap_or_default();
            let words = translations::NO_SUM.get(language).replace("{s}", &row.name);
            said.push(words.replace("{p}", &periods.join(comma)).replace("{n}", &names));
        }
    }
    let between = if language == Language::Zh { "；" } else { "; " };
    (!said.is_empty()).then(|| said.join(between))
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
