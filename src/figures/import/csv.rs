//! Figures in greenbrief's own CSV layout. A file holds units, series, observations (a row for each source) or events,
//! which its head tells. References between rows are checked in `imported`.

use rust_decimal::Decimal;

use super::imported::{Imported, Placed, SourcedValue};
use crate::{
    base::{
        csv_table::{CsvRow, CsvTable},
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
const OBSERVATIONS: &[&str] =
    &["series", "period", "vintage", "value", "status", "publisher", "carrier", "published_on", "url", "quality"];
const EVENTS: &[&str] =
    &["id", "date", "title_en", "title_de", "title_zh", "publisher", "carrier", "published_on", "url", "quality"];

/// Reads a file into `imported`.
pub(super) fn read(name: &str, bytes: &[u8], imported: &mut Imported, problems: &mut Problems) {
    match CsvTable::read(name, bytes) {
        Err(problem) => problems.push(*problem),
        Ok((table, found)) => {
            problems.extend(found);
            read_table(&table, imported, problems);
        }
    }
}

fn read_table(table: &CsvTable, imported: &mut Imported, problems: &mut Problems) {
    let kinds = [UNITS, SERIES, OBSERVATIONS, EVENTS];
    let score = |columns: &[&str]| table.head.iter().filter(|found| columns.contains(&found.name.as_str())).count();
    let Some(columns) = kinds.into_iter().max_by_key(|columns| score(columns)).filter(|columns| score(columns) >= 2)
    else {
        let mut problem = Problem::error("greenbrief does not know this head");
        problem.place = table.head.first().map(|column| column.place.clone());
        problems.push(problem.hint(format!("observations begin with: {}", OBSERVATIONS.join(","))));
        return;
    };
    let head = table.check_head(columns, columns);
    if !head.is_empty() {
        problems.extend(head);
        return;
    }
    for row in &table.rows {
        let mut cells = Cells { table, row, problems };
        let place = cells.place(columns.first().copied().unwrap_or_default());
        if columns == UNITS {
            imported.units.extend(unit(&mut cells).map(|thing| Placed { thing, place }));
        } else if columns == SERIES {
            imported.series.extend(series(&mut cells).map(|thing| Placed { thing, place }));
        } else if columns == OBSERVATIONS {
            imported.values.extend(sourced_value(&mut cells).map(|thing| Placed { thing, place }));
        } else {
            imported.events.extend(event(&mut cells).map(|thing| Placed { thing, place }));
        }
    }
}

/// The cells of one row by the names of their columns.
struct Cells<'a> {
    table: &'a CsvTable,
    row: &'a CsvRow,
    problems: &'a mut Problems,
}

impl Cells<'_> {
    fn text(&self, column: &str) -> &str {
        self.table.text(self.row, column)
    }

    fn place(&self, column: &str) -> Place {
        self.table.place(self.row, column)
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

    fn published(&mut self, column: &str) -> Option<Published> {
        let text = self.text(column).to_owned();
        let published = Published::parse(&text);
        if published.is_none() {
            self.wrong(
                column,
                format!("`{text}` is not a date"),
                "write 2025-01-14, 2025-01, or leave it empty if it is not known",
            );
        }
        published
    }

    fn decimal(&mut self, column: &str) -> Option<Decimal> {
        let text = self.text(column).to_owned();
        let plain = text.strip_prefix('-').unwrap_or(&text);
        let ok = plain.starts_with(|c: char| c.is_ascii_digit())
            && plain.ends_with(|c: char| c.is_ascii_digit())
            && plain.chars().all(|c| c.is_ascii_digit() || c == '.');
        if let Some(value) = ok.then(|| Decimal::from_str_exact(&text).ok()).flatten() {
            return Some(value);
        }
        let hint = if text.contains(',') {
            "write a point for the decimal mark and no thousands separators: 744800 or 3.4"
        } else {
            "write digits, a point for the decimal mark, and - for a minus"
        };
        self.wrong(column, format!("`{}` is not a number", text.chars().take(40).collect::<String>()), hint);
        None
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

fn series(cells: &mut Cells<'_>) -> Option<Series> {
    let id = cells.id("id");
    let title = cells.translated("title", false);
    let definition = cells.translated("definition", true);
    let (geography, unit, publisher) = (cells.filled("geography"), cells.filled("unit"), cells.filled("publisher"));
    let change_of = if cells.text("change_of").is_empty() { None } else { Some(cells.id("change_of")?) };
    Some(Series {
        id: id?,
        title: title?,
        definition: definition?,
        geography: geography?,
        unit: unit?,
        publisher: publisher?,
        change_of,
    })
}

fn sourced_value(cells: &mut Cells<'_>) -> Option<SourcedValue> {
    let series = cells.id("series");
    let period = cells.period("period");
    let vintage = cells.published("vintage");
    let value = cells.decimal("value");
    let words = [("final", Status::Final), ("provisional", Status::Provisional), ("restated", Status::Restated)];
    let status = cells.word("status", &words);
    let source = cells.citation();
    let value_place = cells.place("value");
    Some(SourcedValue {
        series: series?,
        period: period?,
        vintage: vintage?,
        value: value?,
        status: status?,
        source: source?,
        value_place,
    })
}

fn event(cells: &mut Cells<'_>) -> Option<Event> {
    let id = cells.id("id");
    let date = cells.period("date");
    let title = cells.translated("title", false);
    let source = cells.citation();
    Some(Event { id: id?.as_str().to_owned(), date: date?, title: title?, source: source? })
}
