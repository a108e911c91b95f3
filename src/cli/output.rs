//! How commands speak: tables and calm lines for people, one JSON object a line for programs, of which the last says how the
//! command ended. Results go to standard output; problems and progress to standard error. A closed pipe ends the program
//! without noise.

use std::io::{self, Write};

use serde::Serialize;
use unicode_width::UnicodeWidthStr;

use super::{arguments::Format, ending::Ending};
use crate::base::{
    characters::{shown, shown_in_json, shown_on_one_line},
    problem::Problems,
};

/// Where a command's results go.
#[derive(Debug, Clone, Copy)]
pub struct Output {
    format: Format,
}

impl Output {
    /// In that format.
    pub const fn new(format: Format) -> Self {
        Output { format }
    }

    /// Does a program read it?
    pub fn is_json(self) -> bool {
        self.format == Format::Json
    }

    /// One result: the object for programs, the line for people.
    pub fn result(self, object: &impl Serialize, line: impl FnOnce() -> String) -> anyhow::Result<()> {
        match self.format {
            Format::Json => self.write(&serde_json::to_string(object)?),
            Format::Text => self.write(&line()),
        }
    }

    /// A line for people only.
    pub fn say(self, line: impl AsRef<str>) -> anyhow::Result<()> {
        match self.format {
            Format::Json => Ok(()),
            Format::Text => self.write(line.as_ref()),
        }
    }

    /// Rows under heads for people; one object a row for programs.
    pub fn table<R: Serialize>(
        self,
        heads: &[&str],
        rows: &[R],
        cells: impl Fn(&R) -> Vec<String>,
    ) -> anyhow::Result<()> {
        if self.is_json() {
            return rows.iter().try_for_each(|row| self.result(row, String::new));
        }
        let shown = |cell: String| shown_on_one_line(&cell).into_owned();
        let text: Vec<Vec<String>> = rows.iter().map(|row| cells(row).into_iter().map(shown).collect()).collect();
        let columns = text.first().map_or(heads.len(), Vec::len);
        let mut widths: Vec<usize> = heads.iter().map(|head| head.width()).collect();
        widths.resize(columns.max(heads.len()), 0);
        for row in &text {
            for (width, cell) in widths.iter_mut().zip(row) {
                *width = (*width).max(cell.width());
            }
        }
        let heads: Vec<String> = heads.iter().map(|head| (*head).to_owned()).collect();
        // A page after the first has no head; without rows a head says nothing.
        let head = (!heads.is_empty() && !text.is_empty()).then_some(&heads);
        for row in head.into_iter().chain(&text) {
            let mut line = String::new();
            for (cell, width) in row.iter().zip(&widths) {
                line.push_str(cell);
                line.push_str(&" ".repeat(width.saturating_sub(cell.width()) + 2));
            }
            self.write(line.trim_end())?;
        }
        Ok(())
    }

    /// Problems and warnings, to standard error; as objects for programs.
    pub fn problems(self, problems: &Problems) {
        let mut err = io::stderr().lock();
        for (index, problem) in problems.0.iter().enumerate() {
            // Nothing is to be done when standard error itself is gone.
            let _ = match (self.format, serde_json::to_string(problem)) {
                (Format::Json, Ok(object)) => writeln!(err, "{}", shown_in_json(&object)),
                _ if index > 0 => writeln!(err, "\n{problem}"),
                _ => writeln!(err, "{problem}"),
            };
        }
    }

    /// A problem with more fields than others, as an object on standard error.
    pub fn problem_object(self, problem: &impl Serialize) {
        if let Ok(object) = serde_json::to_string(problem) {
            // Nothing is to be done when standard error itself is gone.
            let _ = writeln!(io::stderr().lock(), "{}", shown_in_json(&object));
        }
    }

    /// The last object, by which a program knows that nothing more comes; nothing for people.
    pub fn end(self, ending: Ending) -> anyhow::Result<()> {
        if self.is_json() {
            self.result(&End { end: ending, exit_code: ending.exit_code() }, String::new)
        } else {
            Ok(())
        }
    }

    /// Names, replies and the like come from elsewhere: none of them acts on the terminal.
    fn write(self, line: &str) -> anyhow::Result<()> {
        let line = match self.format {
            Format::Json => shown_in_json(line),
            Format::Text => shown(line),
        };
        writeln!(io::stdout().lock(), "{line}")?;
        Ok(())
    }
}

/// How a command ended.
#[derive(Serialize)]
struct End {
    end: Ending,
    exit_code: u8,
}
