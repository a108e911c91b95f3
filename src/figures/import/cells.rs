//! The cells of one row by the names of their columns: ids, dates, numbers and sources, each problem at its cell.

use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::{DecimalMark, ImportTerms, imported::Spot, number};
use crate::{
    base::{
        characters::{Refusal, refusal},
        csv_table::{CsvRow, CsvTable},
        language::{Language, PerLanguage},
        problem::{Place, Problem, Problems},
    },
    figures::{BadPeriod, Bounds, Citation, Dimension, Period, Published, Quality, SeriesId, written_period},
};

/// The longest rhythm of a series, in days: ten years.
const LONGEST_RHYTHM: u32 = 3660;

/// The cells of one row by the names of their columns.
pub(super) struct Cells<'a> {
    pub table: &'a CsvTable,
    pub row: &'a CsvRow,
    pub problems: &'a mut Problems,
    /// The number of the file.
    pub file: usize,
    /// The number of the row.
    pub number: usize,
    pub terms: &'a ImportTerms<'a>,
    /// The decimal mark of the file.
    pub mark: DecimalMark,
    /// A date of this row that is told already: a value and its source often have the same.
    pub wrong_date: Option<String>,
}

/// The cells of a source: of each column of the own layout its text, and the column in which it stands.
pub(super) type SourceCells<'a> = &'a dyn Fn(&'static str) -> (&'a str, &'static str);

impl<'a> Cells<'a> {
    pub fn text(&self, column: &str) -> &'a str {
        self.table.text(self.row, column)
    }

    pub fn place(&self, column: &str) -> Place {
        self.table.place(self.row, column)
    }

    /// The cell as what is read keeps it.
    pub const fn spot(&self, column: &'static str) -> Spot {
        Spot { file: self.file, row: self.number, column }
    }

    pub fn wrong(&mut self, column: &str, what: impl Into<String>, hint: &str) {
        let problem = Problem::error(what).at(self.place(column));
        self.problems.push(if hint.is_empty() { problem } else { problem.hint(hint) });
    }

    pub fn filled(&mut self, column: &str) -> Option<String> {
        let text = self.text(column).to_owned();
        if text.is_empty() {
            self.wrong(column, format!("`{column}` is empty"), "");
            return None;
        }
        Some(text)
    }

    /// A text in each language.
    pub fn translated(&mut self, stem: &str) -> Option<PerLanguage<String>> {
        let [en, de, zh] = ["en", "de", "zh"].map(|code| self.text(&format!("{stem}_{code}")).to_owned());
        let mut whole = true;
        for (code, text) in [("en", &en), ("de", &de), ("zh", &zh)] {
            if text.is_empty() {
                self.wrong(
                    &format!("{stem}_{code}"),
                    format!("the translation `{stem}_{code}` is missing"),
                    &match stem {
                        "definition" => "what a series counts, and what not, is said in all three languages".to_owned(),
                        _ => format!("a {stem} is needed in all three languages"),
                    },
                );
                whole = false;
            }
        }
        whole.then_some(PerLanguage { en, de, zh })
    }

    /// Whether the texts of these columns can be printed: each is one line of characters that show, and has at most `longest`
    /// of them, if that is given.
    pub fn printable(&mut self, stem: &str, longest: Option<usize>) -> bool {
        let mut all = true;
        for column in Language::ALL.map(|language| format!("{stem}_{}", language.code())) {
            let text = self.text(&column);
            let (problem, place) =
                if let Some((c, problem)) = text.chars().find_map(|c| Some((c, unprintable(&column, c)?))) {
                    (problem, self.table.place_of(self.row, &column, c))
                } else if let Some((longest, length)) =
                    longest.map(|longest| (longest, text.chars().count())).filter(|(longest, length)| length > longest)
                {
                    let what = format!("`{column}` has {length} characters, and a {stem} has at most {longest}");
                    let problem =
                        Problem::error(what).hint("shorten it: a definition says what a series counts and what not");
                    (problem, self.place(&column))
                } else {
                    continue;
                };
            self.problems.push(problem.at(place));
            all = false;
        }
        all
    }

    pub fn id(&mut self, column: &str) -> Option<SeriesId> {
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

    /// Whether the values of a series may lie outside what their unit means, and between which bounds they lie.
    pub fn range(&mut self) -> Option<(bool, Option<Bounds>)> {
        let text = self.text("range").to_owned();
        match text.as_str() {
            "" => return Some((false, None)),
            "any" => return Some((true, None)),
            _ => {}
        }
        let bound = |text: &str| number::read(text.trim(), DecimalMark::Point).ok();
        let bounds = text.split_once("..").and_then(|(low, high)| Some((bound(low)?, bound(high)?)));
        if let Some((lowest, highest)) = bounds.filter(|(lowest, highest)| lowest <= highest) {
            return Some((false, Some(Bounds { lowest, highest })));
        }
        let hint = "leave it empty, or write `any` if a share may be above 100 % or below 0, or the lowest and the highest value as in `0..5000000`";
        self.wrong("range", format!("`{text}` is no range"), hint);
        None
    }

    /// One more dimension and a place in it; `None` within if nothing is said.
    pub fn dimension(&mut self) -> Option<Option<Dimension>> {
        let text = self.text("dimension").to_owned();
        if text.is_empty() {
            return Some(None);
        }
        let dimension = Dimension::parse(&text);
        if dimension.is_none() {
            let hint = "write what it is and which part, as in `powertrain=battery`: lower-case letters, digits and _ on both sides";
            self.wrong("dimension", format!("`{text}` is no dimension"), hint);
        }
        dimension.map(Some)
    }

    /// Ids with a blank between two of them, or none.
    pub fn ids(&mut self, column: &str) -> Option<Vec<SeriesId>> {
        let text = self.text(column).to_owned();
        let ids: Option<Vec<SeriesId>> = text.split_whitespace().map(SeriesId::new).collect();
        if ids.is_none() {
            let hint = "write the ids of series with a blank between two of them, or nothing";
            self.wrong(column, format!("`{text}` are no ids"), hint);
        }
        ids
    }

    /// How many days after a period's end a value is out; `None` within if nothing is said.
    pub fn rhythm(&mut self) -> Option<Option<u32>> {
        let text = self.text("rhythm").to_owned();
        if text.is_empty() {
            return Some(None);
        }
        let days = text.parse().ok().filter(|days| *days <= LONGEST_RHYTHM);
        if days.is_none() {
            let hint = format!(
                "write the days after a period’s end by which its value is out, at most {LONGEST_RHYTHM}, or nothing"
            );
            self.wrong("rhythm", format!("`{text}` is no number of days"), &hint);
        }
        days.map(Some)
    }

    pub fn word<T: Copy>(&mut self, column: &str, words: &[(&str, T)]) -> Option<T> {
        self.word_of(self.text(column), column, column, words)
    }

    /// A word that stands in a column, called so.
    fn word_of<T: Copy>(&mut self, text: &str, called: &str, column: &str, words: &[(&str, T)]) -> Option<T> {
        let found = words.iter().find(|(word, _)| *word == text).map(|(_, value)| *value);
        if found.is_none() {
            let problem = Problem::error(format!("`{text}` is no {called}")).at(self.place(column));
            self.problems.push(problem.did_you_mean(text, words.iter().map(|(word, _)| *word)));
        }
        found
    }

    pub fn period(&mut self, column: &str) -> Option<Period> {
        let text = self.filled(column)?;
        let period = written_period::read(&text);
        if period.is_none() {
            let hint = BadPeriod(String::new()).to_string();
            let hint = hint.split_once("; ").map_or("", |(_, hint)| hint);
            let ways = "as publishers do: KW 7/2026, H1 2026, 1. Halbjahr 2026, Q3 2025, Jan-Nov 2025, 2026年上半年, 2025年1—11月";
            self.wrong(column, format!("`{text}` is not a period"), &format!("{hint}; or {ways}"));
        }
        period
    }

    /// The day or month of a publication, which is not in the future.
    pub fn published(&mut self, text: &str, column: &str) -> Option<Published> {
        if self.wrong_date.as_deref() == Some(text) {
            return None;
        }
        let Some(published) = Published::parse(text) else {
            self.wrong_date = Some(text.to_owned());
            self.wrong(column, format!("`{text}` is not a date"), &date_hint(text));
            return None;
        };
        let is_past = published.earliest().is_none_or(|earliest| self.has_begun(earliest));
        if !is_past {
            self.wrong_date = Some(text.to_owned());
            self.wrong(
                column,
                format!("`{text}` is in the future: today is {}", self.terms.today),
                "a value counts from the day on which it was published: import it then",
            );
            return None;
        }
        Some(published)
    }

    /// Whether a day has begun somewhere: the day after today has, in the east.
    fn has_begun(&self, day: NaiveDate) -> bool {
        day <= self.terms.today.succ_opt().unwrap_or(self.terms.today)
    }

    /// The day on which a source was read.
    fn read_on(&mut self, text: &str, column: &str) -> Option<Option<NaiveDate>> {
        match Published::parse(text) {
            Some(Published::Unknown) => Some(None),
            Some(Published::Day(day)) if self.has_begun(day) => Some(Some(day)),
            Some(Published::Day(_)) => {
                let what = format!("`{text}` is in the future: today is {}", self.terms.today);
                self.wrong(column, what, "it is the day on which the source was read");
                None
            }
            _ => {
                self.wrong(column, format!("`{text}` is not a day"), "write 2025-01-14, or leave it empty");
                None
            }
        }
    }

    pub fn decimal(&mut self, column: &str) -> Option<Decimal> {
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

    /// The name of a publisher; `None` if it is empty or cannot be printed.
    pub fn name(&mut self, column: &'static str) -> Option<&'a str> {
        self.filled(column)?;
        let text = self.text(column);
        self.is_name((text, column)).then_some(text)
    }

    /// Whether a text is a name, on one line, of characters that show.
    fn is_name(&mut self, (text, column): (&str, &str)) -> bool {
        // Nearly all are, and there may be a million.
        if text.len() <= LONGEST_NAME && text.bytes().all(|b| matches!(b, b' '..=b'~')) {
            return true;
        }
        let length = text.chars().count();
        let problem = match text.chars().find_map(|c| Some((c, unprintable(column, c)?))) {
            Some((c, problem)) => problem.at(self.table.place_of(self.row, column, c)),
            None if length > LONGEST_NAME => {
                let what = format!("`{column}` has {length} characters, and a name has at most {LONGEST_NAME}");
                Problem::error(what).hint("what was read there stands in `source_title`").at(self.place(column))
            }
            None => return true,
        };
        self.problems.push(problem);
        false
    }

    /// The source of the row.
    pub fn source(&mut self) -> Option<Citation> {
        let (table, row) = (self.table, self.row);
        self.source_of(&|column| (table.text(row, column), column))
    }

    /// A source whose cells stand elsewhere.
    pub fn source_of(&mut self, cells: SourceCells<'_>) -> Option<Citation> {
        let cell = |column| cells(column);
        let (publisher, publisher_column) = cell("publisher");
        if publisher.is_empty() {
            self.wrong(publisher_column, format!("`{publisher_column}` is empty"), "");
        }
        let (published, column) = cell("published_on");
        let published = self.published(published, column);
        let (quality, column) = cell("quality");
        let quality = self.word_of(quality, "quality", column, &[("report", Quality::Report), ("copy", Quality::Copy)]);
        let (url, column) = cell("url");
        if !is_address(url) {
            self.wrong(
                column,
                format!("`{}` is not a web address", url.chars().take(60).collect::<String>()),
                "it begins with https:// or http://; leave it empty if there is none",
            );
            return None;
        }
        let (read_on, column) = cell("read_on");
        let read_on = self.read_on(read_on, column);
        let (evidence, column) = cell("evidence");
        let is_hash = evidence.len() == 64 && evidence.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        if !evidence.is_empty() && !is_hash {
            let what = format!("`{}` is no hash of a file", evidence.chars().take(70).collect::<String>());
            let hint = "write the SHA-256 in hex that `greenbrief figures keep FILE` prints, or leave it empty";
            self.wrong(column, what, hint);
            return None;
        }
        let (carrier, carrier_column) = cell("carrier");
        if [(publisher, publisher_column), (carrier, carrier_column)].map(|it| self.is_name(it)).contains(&false) {
            return None;
        }
        let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        Some(Citation {
            publisher: some(publisher)?,
            carrier: some(carrier),
            published: published?,
            url: some(url),
            quality: quality?,
            title: some(cell("source_title").0),
            page: some(cell("page").0),
            quote: some(cell("quote").0),
            read_on: read_on?,
            evidence: some(evidence),
        })
    }
}

/// Maximum length of the name of a publisher or carrier, in characters.
const LONGEST_NAME: usize = 200;

/// Why a character cannot stand in a text of this column, which is printed on one line.
fn unprintable(column: &str, c: char) -> Option<Problem> {
    let refusal = match c {
        '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}' => {
            return Some(Problem::error(format!("`{column}` has a line break")).hint("write it on one line"));
        }
        '\t' => return Some(Problem::error(format!("`{column}` has a tab")).hint("write a space")),
        '\u{e000}'..='\u{f8ff}' | '\u{f0000}'..='\u{10ffff}' => {
            Refusal::new(c, "it is a private-use character, which no font shows")
        }
        c => refusal(c)?,
    };
    Some(Problem::error(refusal.what()).hint(refusal.hint))
}

/// Whether it is a web address, or nothing.
fn is_address(url: &str) -> bool {
    url.is_empty()
        || (["https://", "http://"].iter().any(|start| url.strip_prefix(start).is_some_and(|rest| rest.contains('.')))
            && !url.contains(|c: char| c.is_whitespace() || c == '"' || c == '<' || c == '>'))
}

/// How to write a date that cannot be read.
fn date_hint(text: &str) -> String {
    let plain = "write 2025-01-14, 2025-01, or leave it empty if it is not known";
    let parts: Vec<&str> = text.split(['.', '/']).collect();
    let [day, month, year] = parts[..] else { return plain.to_owned() };
    let number =
        |text: &str, longest: usize| (1..=longest).contains(&text.len()).then(|| text.parse::<u32>().ok()).flatten();
    let (Some(day), Some(month), Some(year)) = (number(day, 2), number(month, 2), number(year, 4)) else {
        return plain.to_owned();
    };
    match NaiveDate::from_ymd_opt(i32::try_from(year).unwrap_or(0), month, day) {
        Some(date) if text.contains('.') => format!("write {date}; leave it empty if it is not known"),
        None if text.contains('.') => {
            format!("there is no day {day} in month {month} of {year}; {plain}")
        }
        _ => plain.to_owned(),
    }
}
