//! Figures in greenbrief's own CSV layout. A file holds units, series, observations (a row for each source), events or
//! publishers, which its head tells. References between rows are checked in `imported`.

use super::{
    DecimalMark, ImportTerms, MAX_ROWS,
    cells::Cells,
    imported::{Imported, Placed, SeriesRow, SourcedValue, ValueSpots},
    sdmx,
};
use crate::{
    base::{
        csv_table::{CsvRow, CsvTable, MAX_PROBLEMS, Separator},
        problem::{Problem, Problems},
    },
    figures::{
        Event, Publisher, Series, Status, Unit, UnitKind,
        columns::{EVENTS, OBSERVATIONS, PUBLISHERS, SERIES, SERIES_OPTIONAL, SOURCE_OPTIONAL, UNITS},
    },
};

/// Maximum length of a title or name, in characters: it names a row, a line of a chart or a change in a mail.
const LONGEST_TITLE: usize = 200;

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
        Ok((table, _)) if table.rows.len() > MAX_ROWS => {
            let what = format!("{name} has {} rows; at most {MAX_ROWS} are read", table.rows.len());
            problems.push(Problem::error(what).hint("import it in parts"));
        }
        Ok((table, found)) => {
            problems.extend(found);
            take(table, terms, imported, problems);
        }
    }
}

/// What a file holds, by its head.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Units,
    Series,
    Observations,
    Events,
    Publishers,
    Sdmx,
}

impl Kind {
    /// The kinds whose heads have names that tell them.
    const OWN: [Kind; 5] = [Kind::Units, Kind::Series, Kind::Observations, Kind::Events, Kind::Publishers];

    /// The columns that a file has, and those that it may leave out.
    const fn columns(self) -> (&'static [&'static str], &'static [&'static str]) {
        match self {
            Kind::Units => (UNITS, &[]),
            Kind::Series => (SERIES, SERIES_OPTIONAL),
            Kind::Observations => (OBSERVATIONS, SOURCE_OPTIONAL),
            Kind::Events => (EVENTS, SOURCE_OPTIONAL),
            Kind::Publishers => (PUBLISHERS, &[]),
            Kind::Sdmx => (sdmx::NEEDED, sdmx::OPTIONAL),
        }
    }

    /// The column that names the series of an observation.
    pub const fn series_column(self) -> Option<&'static str> {
        match self {
            Kind::Observations => Some("series"),
            Kind::Sdmx => Some("SERIES"),
            Kind::Units | Kind::Series | Kind::Events | Kind::Publishers => None,
        }
    }

    /// What the head tells, with its problems.
    pub fn of(table: &CsvTable) -> Result<Kind, Problems> {
        let score =
            |kind: &Kind| table.head.iter().filter(|found| kind.columns().0.contains(&found.name.as_str())).count();
        let kind = if sdmx::is_head(table) {
            Some(Kind::Sdmx)
        } else {
            Kind::OWN.into_iter().max_by_key(score).filter(|kind| score(kind) >= 2)
        };
        let Some(kind) = kind else {
            let mut problem = Problem::error("greenbrief does not know this head");
            problem.place = table.head.first().map(|column| column.place.clone());
            return Err(problem.hint(format!("observations begin with: {}", OBSERVATIONS.join(","))).into());
        };
        let (needed, optional) = kind.columns();
        let mut known = [needed, optional].concat();
        if kind == Kind::Sdmx {
            known.extend(table.head.first().map(|first| first.name.as_str()));
        }
        let problems = table.check_head(&known, needed);
        if problems.is_empty() { Ok(kind) } else { Err(problems) }
    }
}

/// Takes what a table holds into `imported`.
pub(super) fn take(table: CsvTable, terms: &ImportTerms<'_>, imported: &mut Imported, problems: &mut Problems) {
    read_table(&table, terms, imported, problems);
    imported.files.push(table);
}

fn read_table(table: &CsvTable, terms: &ImportTerms<'_>, imported: &mut Imported, problems: &mut Problems) {
    let kind = match Kind::of(table) {
        Ok(kind) => kind,
        Err(found) => return problems.extend(found),
    };
    let mark = match decimal_mark(table, kind, terms) {
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
        let spot = cells.spot(kind.columns().0.first().copied().unwrap_or_default());
        match kind {
            Kind::Units => imported.units.extend(unit(&mut cells).map(|thing| Placed { thing, spot })),
            Kind::Series => imported.series.extend(series(&mut cells).map(|thing| Placed { thing, spot })),
            Kind::Observations => imported.values.extend(sourced_value(&mut cells)),
            Kind::Events => imported.events.extend(event(&mut cells).map(|thing| Placed { thing, spot })),
            Kind::Publishers => imported.publishers.extend(publisher(&mut cells).map(|thing| Placed { thing, spot })),
            Kind::Sdmx => imported.values.extend(sdmx::sourced_values(&mut cells)),
        }
    }
}

/// The decimal mark of a file. One that is separated by commas writes a point; one that is separated by semicolons or tabs
/// may write either, and a person is asked as soon as a number has a mark.
fn decimal_mark(table: &CsvTable, kind: Kind, terms: &ImportTerms<'_>) -> Result<DecimalMark, Box<Problem>> {
    if let Some(mark) = terms.decimal {
        return Ok(mark);
    }
    let column = if kind == Kind::Sdmx { sdmx::VALUE } else { "value" };
    let is_marked = |row: &&CsvRow| table.text(row, column).contains(['.', ',']);
    let Some(row) = table.rows.iter().find(is_marked).filter(|_| table.separator != Separator::Comma) else {
        return Ok(DecimalMark::Point);
    };
    let what = format!(
        "`{}` may be read in two ways: a file whose columns are separated by {} does not tell its decimal mark",
        table.text(row, column),
        table.separator
    );
    let problem = Problem::error(what)
        .at(table.place(row, column))
        .hint("`--decimal comma` if 3,4 is three and four tenths in this file, `--decimal point` if 3.4 is");
    Err(problem.into())
}

fn unit(cells: &mut Cells<'_>) -> Option<Unit> {
    let id = cells.id("id");
    let kind = cells.word("kind", &UnitKind::WORDS);
    let pattern = cells.translated("pattern");
    for code in ["en", "de", "zh"] {
        let column = format!("pattern_{code}");
        if cells.text(&column).matches("{n}").count() != 1 {
            cells.wrong(&column, "a unit's pattern holds {n} once", "such as `{n} vehicles`");
        }
    }
    let label = cells.translated("label");
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
    let title = cells.translated("title");
    let definition = cells.translated("definition");
    let is_printable = [cells.printable("title", Some(LONGEST_TITLE)), cells.printable("definition", None)];
    let (geography, unit, publisher) = (cells.filled("geography"), cells.filled("unit"), cells.filled("publisher"));
    let change_of = if cells.text("change_of").is_empty() { None } else { Some(cells.id("change_of")?) };
    let predecessor = if cells.text("predecessor").is_empty() { None } else { Some(cells.id("predecessor")?) };
    let parts = cells.ids("parts");
    let (range, rhythm, dimension) = (cells.range(), cells.rhythm(), cells.dimension());
    let of_change = change_of.iter().map(|id| (id.clone(), cells.spot("change_of")));
    let of_parts = parts.iter().flatten().map(|id| (id.clone(), cells.spot("parts")));
    let before = predecessor.iter().map(|id| (id.clone(), cells.spot("predecessor")));
    let named = of_change.chain(of_parts).chain(before).collect();
    let (any_value, bounds) = range?;
    if is_printable.contains(&false) {
        return None;
    }
    let series = Series {
        id: id?,
        title: title?,
        definition: definition?,
        geography: geography?,
        unit: unit?,
        publisher: publisher?,
        change_of,
        dimension: dimension?,
        predecessor,
        any_value,
        bounds,
        parts: parts?,
        rhythm: rhythm?,
        licence: Some(cells.text("licence")).filter(|text| !text.is_empty()).map(str::to_owned),
    };
    let has = |column: &&str| cells.table.head.iter().any(|found| found.name == *column);
    let absent = SERIES_OPTIONAL.iter().copied().filter(|column| !has(column)).collect();
    Some(SeriesRow {
        series,
        unit_spot: cells.spot("unit"),
        predecessor_spot: cells.spot("predecessor"),
        geography_spot: cells.spot("geography"),
        dimension_spot: cells.spot("dimension"),
        parts_spot: cells.spot("parts"),
        absent,
        named,
    })
}

fn sourced_value(cells: &mut Cells<'_>) -> Option<SourcedValue> {
    let series = cells.id("series");
    let period = cells.period("period");
    let vintage = cells.published(cells.text("vintage"), "vintage");
    let value = cells.decimal("value");
    let words = [("final", Status::Final), ("provisional", Status::Provisional), ("restated", Status::Restated)];
    let status = cells.word("status", &words);
    let source = cells.source();
    let spots = ValueSpots {
        series: cells.spot("series"),
        vintage: cells.spot("vintage"),
        value: cells.spot("value"),
        publisher: cells.spot("publisher"),
        unit: None,
    };
    Some(SourcedValue {
        series: series?,
        period: period?,
        vintage: vintage?,
        value: value?,
        status: status?,
        source: source?,
        unit: None,
        spots,
    })
}

fn event(cells: &mut Cells<'_>) -> Option<Event> {
    let id = cells.id("id");
    let date = cells.period("date");
    let title = cells.translated("title");
    let is_printable = cells.printable("title", Some(LONGEST_TITLE));
    let source = cells.source();
    Some(Event { id: id?.as_str().to_owned(), date: date?, title: title?, source: source? }).filter(|_| is_printable)
}

fn publisher(cells: &mut Cells<'_>) -> Option<Publisher> {
    let id = cells.name("publisher");
    let name = cells.translated("name");
    let is_printable = cells.printable("name", Some(LONGEST_TITLE));
    Some(Publisher { id: id?.to_owned(), name: name? }).filter(|_| is_printable)
}
