//! A list of subscribers as a person keeps it: a CSV file with a column for the address and, if that is not given for all,
//! columns for the language and the brief. It is read row by row, first to check it, then to take it; memory does not grow
//! with it except for the 20 bytes a row of `repeats`. Writing to the store is not here.

mod addresses;
mod columns;
mod languages;
mod repeats;

use std::io::Read;

pub use self::{addresses::read_addresses, repeats::Repeat};
use self::{
    columns::{CONSENT_HINT, Columns, Given},
    languages::language_of,
    repeats::Rows,
};
use super::Address;
use crate::base::{
    csv_table::{CsvInput, CsvReader, CsvRecord, MAX_PROBLEMS, Separator},
    language::Language,
    problem::{Problem, Problems},
};

/// Maximum length of a text that says where consent comes from, in bytes.
const MAX_CONSENT: usize = 1000;

/// What is known before a list is read.
#[derive(Debug, Clone, Copy)]
pub struct ListOptions<'a> {
    /// The ids of all briefs.
    pub briefs: &'a [&'a str],
    /// The brief of rows that name none.
    pub brief: Option<&'a str>,
    /// The language of rows that name none.
    pub language: Option<Language>,
    /// Where the consent of rows that say nothing comes from.
    pub consent: Option<&'a str>,
}

/// A subscriber of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedSubscriber<'a> {
    /// Their address.
    pub address: Address,
    /// The language of their mails.
    pub language: Language,
    /// The brief they get.
    pub brief: &'a str,
    /// Where their consent comes from, if their row says it; else it is empty.
    pub consent: String,
}

/// A row of the list.
pub struct ListedRow<'r, 'a> {
    /// The line in which it begins, from 1.
    pub line: u32,
    /// What it says, or what is wrong with it.
    pub subscriber: Result<ListedSubscriber<'a>, Problems>,
    record: CsvRecord<'r>,
    columns: Columns,
}

impl ListedRow<'_, '_> {
    /// The row as it stands in the file, without its line break.
    pub const fn written(&self) -> &str {
        self.record.written()
    }

    /// Number of its fields.
    pub fn fields(&self) -> usize {
        self.record.len()
    }

    /// The problem of a row that repeats another.
    pub fn repeated(&self, first: u32) -> Problem {
        Problem::error(format!("`{}` appears here twice", self.record.text(self.columns.address)))
            .at(self.record.place(self.columns.address))
            .hint(format!("it is in line {first}; leave out one of them"))
    }
}

/// Reads a list row by row.
pub struct SubscriberList<'a, R> {
    csv: CsvReader<R>,
    columns: Columns,
    options: ListOptions<'a>,
}

impl<'a, R: Read> SubscriberList<'a, R> {
    /// Reads the head of a list; `name` is the file's name in messages.
    ///
    /// # Errors
    /// The file is no CSV, or its head is not understood.
    pub fn new(name: &str, input: R, options: ListOptions<'a>) -> Result<SubscriberList<'a, R>, Problems> {
        let csv = CsvReader::new(name, input).map_err(|problem| *problem)?;
        let briefs = if options.brief.is_some() { &[] } else { options.briefs };
        let given = Given { language: options.language.is_some(), consent: options.consent.is_some(), briefs };
        let columns = Columns::of(csv.head(), &csv.head_place(), given)?;
        Ok(SubscriberList { csv, columns, options })
    }

    /// The head as it stands in the file.
    pub fn written_head(&self) -> &str {
        self.csv.written_head()
    }

    /// Number of columns.
    pub fn width(&self) -> usize {
        self.csv.head().len()
    }

    /// What separates the columns.
    pub const fn separator(&self) -> Separator {
        self.csv.separator()
    }

    /// The next row; `None` at the end.
    ///
    /// # Errors
    /// The file cannot be read any further.
    pub fn next_row(&mut self) -> Result<Option<ListedRow<'_, 'a>>, Problems> {
        let columns = self.columns;
        let Some(record) = self.csv.next_record().map_err(|problem| *problem)? else { return Ok(None) };
        let row = Row { record, columns, options: self.options };
        let subscriber = row.subscriber();
        // A file has less lines than bytes, and less than 4 GB.
        let line = u32::try_from(record.line()).unwrap_or(u32::MAX);
        Ok(Some(ListedRow { line, subscriber, record, columns }))
    }
}

struct Row<'r, 'a> {
    record: CsvRecord<'r>,
    columns: Columns,
    options: ListOptions<'a>,
}

impl<'a> Row<'_, 'a> {
    fn subscriber(&self) -> Result<ListedSubscriber<'a>, Problems> {
        if let Some(problem) = self.record.length_problem() {
            return Err(problem.into());
        }
        match (self.address(), self.language(), self.brief(), self.consent()) {
            (Ok(address), Ok(language), Ok(brief), Ok(consent)) => {
                Ok(ListedSubscriber { address, language, brief, consent: consent.to_owned() })
            }
            (address, language, brief, consent) => {
                let mut problems = Problems::new();
                let all = [address.err(), language.err(), brief.err(), consent.err()];
                problems.extend(all.into_iter().flatten().map(|bad| *bad));
                Err(problems)
            }
        }
    }

    /// The text of a cell that may be read.
    fn text(&self, column: usize) -> Result<&str, Box<Problem>> {
        self.record.field_problem(column).map_or_else(|| Ok(self.record.text(column)), |problem| Err(problem.into()))
    }

    fn address(&self) -> Result<Address, Box<Problem>> {
        let column = self.columns.address;
        let text = self.text(column)?;
        Address::parse(text).map_err(|bad| Problem::error(bad.what).at(self.record.place(column)).hint(bad.hint).into())
    }

    fn language(&self) -> Result<Language, Box<Problem>> {
        let (column, text) = match self.columns.language {
            Some(column) => (column, self.text(column)?),
            None => (usize::MAX, ""),
        };
        match (language_of(text), self.options.language) {
            (Some(language), _) => Ok(language),
            (None, Some(language)) if text.is_empty() => Ok(language),
            _ => {
                let problem = if text.is_empty() {
                    Problem::error("the language is missing")
                } else {
                    Problem::error(format!(
                        "`{}` is not a language of a brief",
                        text.chars().take(40).collect::<String>()
                    ))
                };
                let place = self.record.place(column);
                Err(problem.at(place).did_you_mean(text, Language::ALL.map(Language::code)).into())
            }
        }
    }

    /// Where the row says its consent comes from; empty if that is given for all.
    fn consent(&self) -> Result<&str, Box<Problem>> {
        let Some(column) = self.columns.consent else { return Ok("") };
        let text = self.text(column)?.trim();
        if text.is_empty() && self.options.consent.is_none() {
            let problem = Problem::error("the row does not say where the consent comes from");
            return Err(problem.at(self.record.place(column)).hint(CONSENT_HINT).into());
        }
        if text.len() > MAX_CONSENT || text.contains(char::is_control) {
            let what = format!("where the consent comes from is one line of at most {MAX_CONSENT} bytes");
            return Err(Problem::error(what).at(self.record.place(column)).hint("shorten it").into());
        }
        Ok(text)
    }

    fn brief(&self) -> Result<&'a str, Box<Problem>> {
        let (column, text) = match self.columns.brief {
            Some(column) => (column, self.text(column)?),
            None => (usize::MAX, ""),
        };
        let known = self.options.briefs;
        match (known.iter().find(|id| **id == text), self.options.brief) {
            (Some(id), _) => Ok(id),
            (None, Some(brief)) if text.is_empty() => Ok(brief),
            _ if text.is_empty() => {
                let known: Vec<String> = known.iter().map(|id| format!("`{id}`")).collect();
                let problem = Problem::error("the brief is missing").at(self.record.place(column));
                Err(problem
                    .hint(format!("known are {}; `--brief` gives one to rows that name none", known.join(", ")))
                    .into())
            }
            _ => {
                let shown: String = text.chars().take(40).collect();
                let problem = Problem::error(format!("there is no brief `{shown}`")).at(self.record.place(column));
                Err(problem.did_you_mean(text, known.iter().copied()).into())
            }
        }
    }
}

/// A list that was read once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckedList {
    /// Number of rows below the head.
    pub rows: u64,
    /// Number of rows that cannot be taken.
    pub bad: u64,
    /// What is wrong with them: the first [`MAX_PROBLEMS`], in the order of the file.
    pub problems: Problems,
    /// Rows that repeat another, in the order of the file. They are among the bad ones.
    pub repeats: Vec<Repeat>,
    /// The names of the columns that are not read.
    pub left_out: Vec<String>,
    /// What separates the columns.
    pub separator: Separator,
}

/// Reads a whole list and tells what is wrong with it. A file with rows that repeat others is read twice.
///
/// `on_progress` is told every thousand rows how many bytes were read.
///
/// # Errors
/// The file is no CSV, or its head is not understood.
pub fn check(
    input: &mut CsvInput,
    options: ListOptions<'_>,
    mut on_progress: impl FnMut(u64),
) -> Result<CheckedList, Problems> {
    let name = input.name().to_owned();
    let mut list = SubscriberList::new(&name, input.reader()?, options)?;
    let (left_out, separator) = (list.columns.left_out(list.csv.head()), list.separator());
    let mut checked =
        CheckedList { rows: 0, bad: 0, problems: Problems::new(), repeats: Vec::new(), left_out, separator };
    let mut rows = Rows::default();
    while let Some(row) = list.next_row()? {
        checked.rows += 1;
        if checked.rows.is_multiple_of(1000) {
            on_progress(row.record.range().end as u64);
        }
        match row.subscriber {
            Ok(subscriber) => rows.note(subscriber.address.key(), subscriber.brief, row.line),
            Err(problems) => {
                checked.bad += 1;
                if checked.problems.0.len() < MAX_PROBLEMS {
                    checked.problems.extend(problems);
                }
            }
        }
    }
    drop(list);
    checked.repeats = rows.into_repeats();
    checked.bad += checked.repeats.len() as u64;
    if !checked.repeats.is_empty() {
        let mut repeats = checked.repeats.iter().take(MAX_PROBLEMS).copied().peekable();
        let mut list = SubscriberList::new(&name, input.reader()?, options)?;
        while let (Some(repeat), Some(row)) = (repeats.peek().copied(), list.next_row()?) {
            if row.line == repeat.line {
                checked.problems.push(row.repeated(repeat.first));
                repeats.next();
            }
        }
        checked.problems.0.sort_by(|one, other| one.place.cmp(&other.place));
    }
    checked.problems.0.truncate(MAX_PROBLEMS);
    Ok(checked)
}

#[cfg(test)]
mod tests;
