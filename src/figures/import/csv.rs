//! Figures in greenbrief's own CSV layout. A file holds units, series, observations (a row for each source) or events,
//! which its head tells. References between rows are checked in `imported`.

use rust_decimal::Decimal;

use super::{
    DecimalMark, ImportTerms, MAX_ROWS,
    imported::{Imported, Placed, SeriesRow, SourcedValue, Spot, ValueSpots},
    number,
};
use crate::{
    base::{
        csv_table::{CsvRow, CsvTable, MAX_PROBLEMS, Separator},
        language::PerLanguage,
        problem::{Place, Problem, Problems},
    },
    figures::{Citation, Event, Period, Published, Quality, Series, SeriesId, Status, Unit, UnitKind},
};

const UNITS: &[&str] = &[
    "id",
    "kind",
    "exponent",
    "pattern_en",
    "pattern_de",
    "pattern_zh",
    "label_en",
    "label_de",
    "label_zh",
    "zh_label_exponent",
];
const SERIES: &[&str] = &[
    "id",
    "title_en",
    "title_de",
    "title_zh",
    "definition_en",
    "definition_de",
    "definition_zh",
    "geography",
    "unit",
    "publisher",
    "change_of",
];
/// The columns of series that a file may leave out.
const SERIES_OPTIONAL: &[&str] = &["range"];
const OBSERVATIONS: &[&str] =
    &["series", "period", "vintage", "value", "status", "publisher", "carrier", "published_on", "url", "quality"];
const EVENTS: &[&str] =
    &["id", "date", "title_en", "title_de", "title_zh", "publisher", "carrier", "published_on", "url", "quality"];

/// The columns of a units file, as a hint names them.
pub(super) fn units_head() -> String {
    UNITS.join(",")
}

/// The columns of a series file, as a hint names them.
pub(super) fn series_head() -> String {
    SERIES.join(",")
}

/// Reads a file into `imported`.
pub(super) fn read(
    name: &str,
    bytes: &[u8],
    terms: &ImportTerms<'_>,
    imported: &mut Imported,
    problems: &mut Problems,
) {
    match CsvTable::read(name, bytes) {
        Err(problem) => problems.push(*problem),
        Ok((table, found)) => {
            problems.extend(found);
            read_table(&table, terms, imported, problems);
            imported.files.push(table);
        }
    }
}

fn read_table(table: &CsvTable, terms: &ImportTerms<'_>, imported: &mut Imported, problems: &mut Problems) {
    let kinds = [UNITS, SERIES, OBSERVATIONS, EVENTS];
    let score = |columns: &[&str]| table.head.iter().filter(|found| columns.contains(&found.name.as_str())).count();
    let Some(columns) = kinds.into_iter().max_by_key(|columns| score(columns)).filter(|columns| score(columns) >= 2)
    else {
        let mut problem = Problem::error("greenbrief does not know this head");
        problem.place = table.head.first().map(|column| column.place.clone());
        problems.push(problem.hint(format!("observations begin with: {}", OBSERVATIONS.join(","))));
        return;
    };
    let optional = if columns == SERIES { SERIES_OPTIONAL } else { &[] };
    let head = table.check_head(&[columns, optional].concat(), columns);
    if !head.is_empty() {
        problems.extend(head);
        return;
    }
    if table.rows.len() > MAX_ROWS {
        let what = format!("{} has {} rows; at most {MAX_ROWS} are read", table.source.name(), table.rows.len());
        return problems.push(Problem::error(what).hint("import it in parts"));
    }
    let mark = match decimal_mark(table, terms) {
        Ok(mark) => mark,
        Err(problem) => return problems.push(*problem),
    };
    let file = imported.files.len();
    let before = problems.0.len();
    for (number, row) in table.rows.iter().enumerate() {
        if problems.0.len() >= before + MAX_PROBLEMS {
            let what = format!("{} has more rows like these", table.source.name());
            problems.push(Problem::error(what).hint("mend these first"));
            break;
        }
        let mut cells = Cells { table, row, problems, file, number, terms, mark, wrong_date: None };
        let spot = cells.spot(columns.first().copied().unwrap_or_default());
        if columns == UNITS {
            imported.units.extend(unit(&mut cells).map(|thing| Placed { thing, spot }));
        } else if columns == SERIES {
            imported.series.extend(series(&mut cells).map(|thing| Placed { thing, spot }));
        } else if columns == OBSERVATIONS {
            imported.values.extend(sourced_value(&mut cells));
        } else {
            imported.events.extend(event(&mut cells).map(|thing| Placed { thing, spot }));
        }
    }
}

/// The decimal mark of a file. One that is separated by commas writes a point; one that is separated by semicolons or tabs
/// may write either, and a person is asked as soon as a number has a mark.
fn decimal_mark(table: &CsvTable, terms: &ImportTerms<'_>) -> Result<DecimalMark, Box<Problem>> {
    if let Some(mark) = terms.decimal {
        return Ok(mark);
    }
    let is_marked = |row: &&CsvRow| table.text(row, "value").contains(['.', ',']);
    let Some(row) = table.rows.iter().find(is_marked).filter(|_| table.separator != Separator::Comma) else {
        return Ok(DecimalMark::Point);
    };
    let what = format!(
        "`{}` may be read in two ways: a file whose columns are separated by {} does not tell its decimal mark",
        table.text(row, "value"),
        table.separator
    );
    let problem = Problem::error(what)
        .at(table.place(row, "value"))
        .hint("`--decimal comma` if 3,4 is three and four tenths in this file, `--decimal point` if 3.4 is");
    Err(problem.into())
}

/// The cells of one row by the names of their columns.
struct Cells<'a> {
    table: &'a CsvTable,
    row: &'a CsvRow,
    problems: &'a mut Problems,
    /// The number of the file.
    file: usize,
    /// The number of the row.
    number: usize,
    terms: &'a ImportTerms<'a>,
    /// The decimal mark of the file.
    mark: DecimalMark,
    /// A date of this row that is told already: a value and its source often have the same.
    wrong_date: Option<String>,
}

impl Cells<'_> {
    fn text(&self, column: &str) -> &str {
        self.table.text(self.row, column)
    }

    fn place(&self, column: &str) -> Place {
        self.table.place(self.row, column)
    }

    /// The cell as what is read keeps it.
    const fn spot(&self, column: &'static str) -> Spot {
        Spot { file: self.file, row: self.number, column }
    }

    fn wrong(&mut self, column: &str, what: impl Into<String>, hint: &str) {
        let problem = Problem::error(what).at(self.place(column));
        self.problems.push(if hint.is_empty() { problem } else { problem.hint(hint) });
    }

    fn filled(&mut self, column: &str) -> Option<String> {
        let text = self.text(column).to_owned();
        if text.is_empty() {
            self.wrong(column, format!("`{column}` is empty"), "");
            return None;
        }
        Some(text)
    }

    /// A text in each language: all of them or, if `optional`, none.
    fn translated(&mut self, stem: &str, optional: bool) -> Option<PerLanguage<String>> {
        let [en, de, zh] = ["en", "de", "zh"].map(|code| self.text(&format!("{stem}_{code}")).to_owned());
        if optional && en.is_empty() && de.is_empty() && zh.is_empty() {
            return Some(PerLanguage::default());
        }
        let mut whole = true;
        for (code, text) in [("en", &en), ("de", &de), ("zh", &zh)] {
            if text.is_empty() {
                self.wrong(
                    &format!("{stem}_{code}"),
                    format!("the translation `{stem}_{code}` is missing"),
                    "a title is needed in all three languages",
                );
                whole = false;
            }
        }
        whole.then_some(PerLanguage { en, de, zh })
    }

    fn id(&mut self, column: &str) -> Option<SeriesId> {
        let text = self.filled(column)?;
        let id = SeriesId::new(&text);
        if id.is_none() {
            self.wrong(
                column,
                format!("`{text}` is not an id"),
                "an id has lower-case letters, digits and _, and begins with a letter",
            );
        }
        id
    }

    /// Whether the series says that its values have no bounds.
    fn any_value(&mut self) -> Option<bool> {
        match self.text("range") {
            "" => Some(false),
            "any" => Some(true),
            other => {
                let what = format!("`{other}` is no range");
                self.wrong("range", what, "leave it empty, or write `any` if a share may be above 100 % or below 0");
                None
            }
        }
    }

    fn word<T: Copy>(&mut self, column: &str, words: &[(&str, T)]) -> Option<T> {
        let text = self.text(column).to_owned();
        let found = words.iter().find(|(word, _)| *word == text).map(|(_, value)| *value);
        if found.is_none() {
            let problem = Problem::error(format!("`{text}` is no {column}")).at(self.place(column));
            self.problems.push(problem.did_you_mean(&text, words.iter().map(|(word, _)| *word)));
        }
        found
    }

    fn period(&mut self, column: &str) -> Option<Period> {
        let text = self.filled(column)?;
        match text.parse() {
            Ok(period) => Some(period),
            Err(error) => {
                self.wrong(
                    column,
                    format!("`{text}` is not a period"),
                    &error.to_string().split_once("; ").map_or(String::new(), |(_, hint)| hint.to_owned()),
                );
                None
            }
        }
    }

    /// The day or month of a publication, which is not in the future.
    fn published(&mut self, column: &str) -> Option<Published> {
        let text = self.text(column).to_owned();
        if self.wrong_date.as_ref() == Some(&text) {
            return None;
        }
        let Some(published) = Published::parse(&text) else {
            self.wrong_date = Some(text.clone());
            self.wrong(
                column,
                format!("`{text}` is not a date"),
                "write 2025-01-14, 2025-01, or leave it empty if it is not known",
            );
            return None;
        };
        // The day after has begun in the east.
        let latest = self.terms.today.succ_opt().unwrap_or(self.terms.today);
        if published.earliest().is_some_and(|earliest| earliest > latest) {
            self.wrong_date = Some(text.clone());
            self.wrong(
                column,
                format!("`{text}` is in the future: today is {}", self.terms.today),
                "a value counts from the day on which it was published: import it then",
            );
            return None;
        }
        Some(published)
    }

    fn decimal(&mut self, column: &str) -> Option<Decimal> {
        let text = self.text(column).to_owned();
        match number::read(&text, self.mark) {
            Ok(value) => Some(value),
            Err(hint) => {
                let shown: String = text.chars().take(40).collect();
                self.wrong(column, format!("`{shown}` is not a number"), &hint);
                None
            }
        }
    }

    fn citation(&mut self) -> Option<Citation> {
        let publisher = self.filled("publisher");
        let published = self.published("published_on");
        let quality = self.word("quality", &[("report", Quality::Report), ("copy", Quality::Copy)]);
        let url = self.text("url").to_owned();
        let sound = url.is_empty()
            || (["https://", "http://"]
                .iter()
                .any(|start| url.strip_prefix(start).is_some_and(|rest| rest.contains('.')))
                && !url.contains(|c: char| c.is_whitespace() || c == '"' || c == '<' || c == '>'));
        if !sound {
            self.wrong(
                "url",
                format!("`{}` is not a web address", url.chars().take(60).collect::<String>()),
                "it begins with https:// or http://; leave it empty if there is none",
            );
            return None;
        }
        let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        Some(Citation {
            publisher: publisher?,
            carrier: some(self.text("carrier")),
            published: published?,
            url: some(&url),
            quality: quality?,
        })
    }
}

fn unit(cells: &mut Cells<'_>) -> Option<Unit> {
    let id = cells.id("id");
    let kinds = [
        ("count", UnitKind::Count),
        ("percent", UnitKind::Percent),
        ("money", UnitKind::Money),
        ("quantity", UnitKind::Quantity),
    ];
    let kind = cells.word("kind", &kinds);
    let pattern = cells.translated("pattern", false);
    for code in ["en", "de", "zh"] {
        let column = format!("pattern_{code}");
        if cells.text(&column).matches("{n}").count() != 1 {
            cells.wrong(&column, "a unit's pattern holds {n} once", "such as `{n} vehicles`");
        }
    }
    let label = cells.translated("label", false);
    let powers: Vec<(String, u32)> = (0..=12).map(|n: u32| (n.to_string(), n)).collect();
    let powers: Vec<(&str, u32)> = powers.iter().map(|(word, n)| (word.as_str(), *n)).collect();
    let exponent = cells.word("exponent", &powers);
    let zh_label_exponent = cells.word("zh_label_exponent", &powers);
    Some(Unit {
        id: id?.as_str().to_owned(),
        kind: kind?,
        exponent: exponent?,
        pattern: pattern?,
        label: label?,
        zh_label_exponent: zh_label_exponent?,
    })
}

fn series(cells: &mut Cells<'_>) -> Option<SeriesRow> {
    let id = cells.id("id");
    let title = cells.translated("title", false);
    let definition = cells.translated("definition", true);
    let (geography, unit, publisher) = (cells.filled("geography"), cells.filled("unit"), cells.filled("publisher"));
    let change_of = if cells.text("change_of").is_empty() { None } else { Some(cells.id("change_of")?) };
    let any_value = cells.any_value();
    let (unit_spot, change_of_spot) = (cells.spot("unit"), cells.spot("change_of"));
    let series = Series {
        id: id?,
        title: title?,
        definition: definition?,
        geography: geography?,
        unit: unit?,
        publisher: publisher?,
        change_of,
        any_value: any_value?,
    };
    Some(SeriesRow { series, unit_spot, change_of_spot })
}

fn sourced_value(cells: &mut Cells<'_>) -> Option<SourcedValue> {
    let series = cells.id("series");
    let period = cells.period("period");
    let vintage = cells.published("vintage");
    let value = cells.decimal("value");
    let words = [("final", Status::Final), ("provisional", Status::Provisional), ("restated", Status::Restated)];
    let status = cells.word("status", &words);
    let source = cells.citation();
    let spots = ValueSpots {
        series: cells.spot("series"),
        vintage: cells.spot("vintage"),
        value: cells.spot("value"),
        publisher: cells.spot("publisher"),
    };
    Some(SourcedValue {
        series: series?,
        period: period?,
        vintage: vintage?,
        value: value?,
        status: status?,
        source: source?,
        spots,
    })
}

fn event(cells: &mut Cells<'_>) -> Option<Event> {
    let id = cells.id("id");
    let date = cells.period("date");
    let title = cells.translated("title", false);
    let source = cells.citation();
    Some(Event { id: id?.as_str().to_owned(), date: date?, title: title?, source: source? })
}
