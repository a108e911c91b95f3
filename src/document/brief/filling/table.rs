//! Tables: a row a series, the heads of groups, totals added up exactly, and marks at values that are not the last word.

use rust_decimal::Decimal;

use super::{BlockTexts, Filler};
use crate::{
    base::{language::Language, problem::Problem},
    document::brief::{
        Block, Cell, Column, Emphasis, Inline, Row, Table, block_keys, dates, markers, numbers, translations,
    },
    figures::{AsKnown, ChangeUnit, Citation, Observation, Period, SeriesId, Status, Unit, UnitKind, compared},
};

/// Stands where there is no value.
const NONE: &str = "–";

/// The columns of values that each row shows.
struct Columns {
    periods: Vec<Period>,
    /// A last column with the change on the year before, of the last period.
    change: Option<Period>,
    /// Values published later are not seen.
    pinned: Option<AsKnown>,
}

/// A row of numbers: a series, or the sum of some.
struct NumericRow {
    key: String,
    total: bool,
    unit: Unit,
    /// One a period.
    values: Vec<Option<TableValue>>,
    /// The change, and the value of the year before, which a total needs for its own.
    change: Option<Decimal>,
    before: Option<Decimal>,
}

/// A value with what is to be said of it.
#[derive(Clone, Copy)]
struct TableValue {
    number: Decimal,
    provisional: bool,
    /// A later vintage has another value than the one printed.
    restated: bool,
}

impl Filler<'_> {
    pub(super) fn table(&mut self, texts: &BlockTexts<'_>, info: &str) -> Option<Block> {
        let language = self.language();
        let columns = Columns::of(texts);
        let mut lines: Vec<NumericRow> = Vec::new();
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
                group = lines.len();
                rows.push(Row::Group(self.own_name(texts, name, info)));
            } else if let Some(total) = row.get("total") {
                let summands = summands(total, lines.get(group..).unwrap_or_default(), &lines);
                let Some(line) = self.sum(texts, nth, key, &summands) else { continue };
                let name = self.own_name(texts, key, info);
                rows.push(Row::Total(self.cells(name, &line, &columns)));
                lines.push(line);
            } else if let Some(series) = word("series") {
                let Some(line) = self.series_row(key, series, &columns, &mut citations) else { continue };
                let name = self.named(texts, key, series);
                rows.push(Row::Body(self.cells(name, &line, &columns)));
                lines.push(line);
            }
        }
        self.tables += 1;
        let number = translations::TABLE.get(language).replace("{n}", &self.tables.to_string());
        let caption = format!("{number}  {}{}", self.text(texts, "caption"), common_unit(&lines, language));
        let mut notes = self.notes(texts, &citations);
        notes.extend(
            marks_explained(&lines, language).map(|text| vec![Inline::Text { text, emphasis: Emphasis::None }]),
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

    /// The name of a group or a total, which no series can lend it.
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

    /// A series; an unknown one is a problem.
    fn series_row(
        &mut self,
        key: &str,
        series: &str,
        columns: &Columns,
        citations: &mut Vec<Citation>,
    ) -> Option<NumericRow> {
        let figure = self.shared.figure(series, None, columns.pinned)?;
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
            key: key.to_owned(),
            total: false,
            unit: figure.unit,
            values,
            change: change.map(|change| change.value),
            before: before.map(|before| before.value),
        })
    }

    /// The sum of these lines, column by column; of another unit, it is a problem.
    fn sum(&mut self, texts: &BlockTexts<'_>, nth: usize, key: &str, summands: &[&NumericRow]) -> Option<NumericRow> {
        let first = summands.first()?;
        if let Some(other) = summands.iter().find(|line| line.unit.id != first.unit.id) {
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
                let mut values = summands.iter().map(|line| line.values.get(column).copied().flatten());
                let first = values.next()??;
                values.try_fold(first, |sum, value| sum.plus(value?))
            })
            .collect();
        let before = summands.iter().try_fold(Decimal::ZERO, |sum, line| sum.checked_add(line.before?));
        let last = values.last().copied().flatten();
        let change = last.zip(before).and_then(|(last, before)| compared(last.number, before, first.unit.kind));
        Some(NumericRow { key: key.to_owned(), total: true, unit: first.unit.clone(), values, change, before })
    }

    fn cells(&self, name: String, line: &NumericRow, columns: &Columns) -> Vec<Cell> {
        let writing = self.scope.writing();
        let cell = |text: String| Cell { text, cites: Vec::new(), strong: false };
        let mut cells = vec![cell(name)];
        for value in &line.values {
            cells.push(cell(value.map_or_else(
                || NONE.to_owned(),
                |value| {
                    let number = match line.unit.kind {
                        UnitKind::Percent => numbers::full(value.number, &line.unit, writing),
                        _ => numbers::bare(value.number, &line.unit, writing),
                    };
                    format!("{number}{}", value.marks())
                },
            )));
        }
        if columns.change.is_some() {
            let unit = ChangeUnit::of(line.unit.kind);
            let change = line.change.map(|change| numbers::change(change, unit, true, writing));
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

    /// Behind the number: the letters of official statistics.
    fn marks(self) -> &'static str {
        match (self.provisional, self.restated) {
            (false, false) => "",
            (true, false) => "\u{a0}p",
            (false, true) => "\u{a0}r",
            (true, true) => "\u{a0}p,\u{a0}r",
        }
    }
}

/// The lines that a total adds up: the series since the last group, or those it names. What it names and is not
/// there was told where blocks.toml is checked.
fn summands<'a>(total: &toml::Value, since: &'a [NumericRow], all: &'a [NumericRow]) -> Vec<&'a NumericRow> {
    match total.as_array() {
        None => since.iter().filter(|line| !line.total).collect(),
        Some(keys) => {
            let named = |key: &toml::Value| all.iter().find(|line| Some(line.key.as_str()) == key.as_str());
            let found: Option<Vec<&NumericRow>> = keys.iter().map(named).collect();
            found.unwrap_or_default()
        }
    }
}

/// The unit of all numbers, behind the caption. In Chinese the author writes it: the numbers carry their own 万 and 亿.
fn common_unit(lines: &[NumericRow], language: Language) -> String {
    let unit = lines
        .first()
        .map(|line| &line.unit)
        .filter(|first| first.kind != UnitKind::Percent && lines.iter().all(|line| line.unit.id == first.id));
    match unit {
        Some(unit) if language != Language::Zh => format!(" ({})", unit.label.get(language)),
        _ => String::new(),
    }
}

/// What the marks mean, if there are any.
fn marks_explained(lines: &[NumericRow], language: Language) -> Option<String> {
    let values = || lines.iter().flat_map(|line| &line.values).flatten();
    let mut told = Vec::new();
    if values().any(|value| value.provisional) {
        told.push(*translations::PROVISIONAL.get(language));
    }
    if values().any(|value| value.restated) {
        told.push(*translations::RESTATED.get(language));
    }
    let between = if language == Language::Zh { "；" } else { "; " };
    (!told.is_empty()).then(|| told.join(between))
}
