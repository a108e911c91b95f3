//! Problems: what is wrong with something that a person wrote (config, template, figures, an argument), shown with its
//! place, the source line, a caret and hints. Problems are collected and reported all at once. Errors of the machine (disk,
//! network, database) are not problems; each room has a `thiserror` type for them.
//!
//! Whatever a file holds, its problems need little memory: of a long line and of a long word only the part that a message
//! shows is kept, and of many problems the first [`MOST`].

use std::{collections::HashSet, fmt, ops::Range, sync::Arc};

use serde::{Deserialize, Serialize};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::characters::{is_bidi_control, shown, shown_on_one_line};

/// The severity of a problem.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Nothing is done until it is fixed.
    Error,
    /// The work goes on, but a person should look.
    Warning,
}

/// Maximum number of problems that are kept. Whoever has more of them mends the first, and looks again.
pub const MOST: usize = 1_000;
/// Number of characters kept of a long source line, and how many of them stand before the caret.
const KEPT_OF_LINE: usize = 300;
const KEPT_BEFORE: usize = 100;
/// Maximum length of a sentence in characters; a word that a person wrote may be as long as the file.
const LONGEST_SENTENCE: usize = 600;
/// Maximum number of words among which a similar one is looked for.
const LARGEST_VOCABULARY: usize = 1_000;
/// Maximum length of a word for which similar ones are looked for.
const LONGEST_GUESS: usize = 100;

/// A place in a file. Lines and columns count from 1; a column is a Unicode scalar value.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Place {
    /// The file as the person named it.
    pub file: String,
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// Number of characters that the caret underlines, at least 1.
    pub width: usize,
    /// The source line, without its line end. Of a long line it is the part around the place.
    pub source: Box<str>,
    /// The column at which `source` begins; more than 1 in a long line.
    #[serde(skip_serializing_if = "is_first", default = "first")]
    pub from: usize,
}

const fn is_first(column: &usize) -> bool {
    *column == 1
}

const fn first() -> usize {
    1
}

impl Place {
    /// The same place with only that part of its line which a message shows.
    #[must_use]
    pub fn clipped(mut self) -> Place {
        if self.source.len() > KEPT_OF_LINE {
            let skipped = (self.column - self.from.min(self.column)).saturating_sub(KEPT_BEFORE);
            self.source = self.source.chars().skip(skipped).take(KEPT_OF_LINE).collect::<String>().into();
            self.from += skipped;
        }
        self
    }
}

/// A text with its name, which turns byte ranges into places.
#[derive(Debug, Clone)]
pub struct Source {
    name: Arc<str>,
    text: Arc<str>,
    /// The byte at which each line begins, so that a place in a long file is found without reading it from its beginning.
    lines: Arc<[usize]>,
}

impl Source {
    /// A text; `name` is shown in messages: a path as a person would type it.
    pub fn new(name: impl Into<Arc<str>>, text: impl Into<Arc<str>>) -> Self {
        let text = text.into();
        let lines = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        Source { name: name.into(), text, lines }
    }

    /// The name shown to people.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The whole text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The place of a byte range. A range outside the text, or inside a character, is moved to the nearest one.
    pub fn place(&self, range: Range<usize>) -> Place {
        let text = &*self.text;
        let start = text.floor_char_boundary(range.start.min(text.len()));
        let end = text.floor_char_boundary(range.end.clamp(start, text.len()));
        let line = self.lines.partition_point(|begin| *begin <= start).max(1);
        let bytes = self.line_bytes(start);
        let (line_start, source) = (bytes.start, text.get(bytes).unwrap_or_default());
        let column = text.get(line_start..start).unwrap_or_default().chars().count() + 1;
        let skipped = if source.len() > KEPT_OF_LINE { (column - 1).saturating_sub(KEPT_BEFORE) } else { 0 };
        let marked = text.get(start..end).unwrap_or_default();
        let marked = marked.split('\n').next().unwrap_or_default().trim_end_matches('\r');
        Place {
            file: self.name.to_string(),
            line,
            column,
            width: marked.chars().count().max(1),
            source: source.chars().skip(skipped).take(KEPT_OF_LINE).collect::<String>().into(),
            from: skipped + 1,
        }
    }

    /// The bytes of the line in which this byte stands, without its line end.
    pub fn line_bytes(&self, at: usize) -> Range<usize> {
        let line = self.lines.partition_point(|begin| *begin <= at).max(1);
        let start = self.lines.get(line - 1).copied().unwrap_or(0);
        let end = self.lines.get(line).map_or(self.text.len(), |next| next - 1);
        let written = self.text.get(start..end).unwrap_or_default();
        start..start + written.trim_end_matches('\r').len()
    }

    /// The place of the whole line `line` (from 1).
    pub fn line(&self, line: usize) -> Place {
        let at = self.lines.get(line.saturating_sub(1)).copied().unwrap_or(self.text.len());
        self.place(self.line_bytes(at))
    }
}

/// One thing that a person should fix.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// Its severity.
    pub severity: Severity,
    /// What is wrong, in one sentence without a full stop.
    pub what: String,
    /// The place in a file, if there is one.
    pub place: Option<Place>,
    /// How to fix it; each a sentence without a full stop.
    pub hints: Vec<String>,
}

impl Problem {
    /// An error.
    pub fn error(what: impl Into<String>) -> Self {
        Problem { severity: Severity::Error, what: shortened(what.into()), place: None, hints: Vec::new() }
    }

    /// A warning.
    pub fn warning(what: impl Into<String>) -> Self {
        Problem { severity: Severity::Warning, ..Problem::error(what) }
    }

    /// The same problem with its place.
    #[must_use]
    pub fn at(mut self, place: Place) -> Self {
        self.place = Some(place);
        self
    }

    /// Its place and what is wrong, on one line: `config/briefs/a.toml:3:1: this is wrong`.
    pub fn on_one_line(&self) -> String {
        match &self.place {
            Some(place) => format!("{}:{}:{}: {}", place.file, place.line, place.column, self.what),
            None => self.what.clone(),
        }
    }

    /// The same problem with one more hint; an empty one helps nobody and is left out.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        let hint = hint.into();
        if !hint.trim().is_empty() {
            self.hints.push(shortened(hint));
        }
        self
    }

    /// Adds "did you mean …?" if one of `known` is similar to `given`, else the list of `known` if it is short.
    #[must_use]
    pub fn did_you_mean<'a>(self, given: &str, known: impl IntoIterator<Item = &'a str>) -> Self {
        let known: Vec<&str> = known.into_iter().take(LARGEST_VOCABULARY).collect();
        match nearest(given, known.iter().copied()) {
            Some(word) => self.hint(format!("did you mean `{word}`?")),
            None if !known.is_empty() && known.len() <= 12 => {
                self.hint(format!("known here: `{}`", known.join("`, `")))
            }
            None => self,
        }
    }
}

/// The word that was perhaps meant.
pub fn nearest<'a>(given: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let short = known.into_iter().filter(|known| known.len().max(given.len()) <= LONGEST_GUESS);
    let near = short.take(LARGEST_VOCABULARY).map(|word| (strsim::damerau_levenshtein(given, word), word));
    let near = near.filter(|(distance, word)| *distance <= (word.chars().count() / 3).max(1));
    near.min().map(|(_, word)| word)
}

/// A sentence without the middle of what is too long to be read.
fn shortened(sentence: String) -> String {
    if sentence.len() <= LONGEST_SENTENCE || sentence.chars().count() <= LONGEST_SENTENCE {
        return sentence;
    }
    let (head, tail) = (LONGEST_SENTENCE * 2 / 3, LONGEST_SENTENCE / 3);
    let start = sentence.char_indices().nth(head).map_or(sentence.len(), |(at, _)| at);
    let end = sentence.char_indices().rev().nth(tail).map_or(start, |(at, _)| at);
    format!("{} … {}", sentence.get(..start).unwrap_or_default(), sentence.get(end..).unwrap_or_default())
}

impl fmt::Display for Problem {
    /// Several lines, the last without a line end:
    ///
    /// ```text
    /// error: unknown key `timezon`
    ///   --> config/briefs/green-economy.toml:4:1
    ///    |
    ///  4 | timezon = "Europe/Berlin"
    ///    | ^^^^^^^
    ///    = hint: did you mean `timezone`?
    /// ```
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        };
        write!(f, "{kind}: {}", shown(&self.what))?;
        let mut gutter = 1;
        if let Some(place) = &self.place {
            gutter = place.line.to_string().len();
            let Clip { text, lead, width } = clip(place);
            write!(f, "\n{:gutter$}--> {}:{}:{}", "", shown_on_one_line(&place.file), place.line, place.column)?;
            write!(f, "\n {:gutter$} |", "")?;
            write!(f, "\n {} | {text}", place.line)?;
            write!(f, "\n {:gutter$} | {:lead$}{}", "", "", "^".repeat(width))?;
        }
        for hint in &self.hints {
            write!(f, "\n {:gutter$} = hint: {}", "", shown(hint))?;
        }
        Ok(())
    }
}

/// The part of a source line that is shown, and its caret, in terminal cells (a Han character takes two).
struct Clip {
    text: String,
    /// Cells before the caret.
    lead: usize,
    /// Cells of the caret.
    width: usize,
}

/// Cuts a long source line around its caret.
fn clip(place: &Place) -> Clip {
    const CELLS: usize = 110;
    let shown = |c: char| match c {
        '\t' => ' ',
        // A control character would move the caret or act on the terminal; a bidirectional one would reorder the line.
        c if c.is_control() || is_bidi_control(c) => char::REPLACEMENT_CHARACTER,
        c => c,
    };
    let chars: Vec<char> = place.source.chars().map(shown).collect();
    let at = place.column.saturating_sub(place.from).min(chars.len());
    let cells = |part: &[char]| part.iter().map(|c| c.width().unwrap_or(0)).sum::<usize>();
    let all = cells(&chars);
    let from = if all <= CELLS { 0 } else { at.saturating_sub(40) };
    let mut shown = String::new();
    if from > 0 || place.from > 1 {
        shown.push('…');
    }
    let mut used = shown.width();
    let lead = used + cells(chars.get(from..at).unwrap_or_default());
    for c in chars.iter().skip(from) {
        let w = c.width().unwrap_or(0);
        if used + w > CELLS {
            shown.push('…');
            break;
        }
        used += w;
        shown.push(*c);
    }
    let marked: usize = chars.iter().skip(at).take(place.width).map(|c| c.width().unwrap_or(0)).sum();
    let room = shown.width().saturating_sub(lead).max(1);
    Clip { text: shown, lead, width: marked.clamp(1, room) }
}

/// Problems in the order in which they were found.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Problems(pub Vec<Problem>);

impl Problems {
    /// None yet.
    pub const fn new() -> Self {
        Problems(Vec::new())
    }

    /// One more. After [`MOST`] of them a last one says that there are more, and those are only counted as errors or not. The
    /// first error is always kept: it takes the place of the last warning.
    pub fn push(&mut self, mut problem: Problem) {
        let is_first_error = problem.severity == Severity::Error && !self.has_errors();
        if is_first_error && let Some(last) = self.0.get_mut(MOST - 1) {
            std::mem::swap(last, &mut problem);
        }
        if self.0.len() < MOST {
            self.0.push(problem);
        } else if self.0.len() == MOST {
            let more = Problem::error(format!("there are more problems than these {MOST}")).hint("mend these first");
            self.0.push(Problem { severity: problem.severity, ..more });
        } else if let Some(last) = self.0.last_mut() {
            last.severity = last.severity.min(problem.severity);
        }
    }

    /// Whether there are so many that no more are kept.
    pub fn is_full(&self) -> bool {
        self.0.len() > MOST
    }

    /// Whether one of them is an error.
    pub fn has_errors(&self) -> bool {
        // Of too many the last one tells it.
        self.0.iter().rev().any(|problem| problem.severity == Severity::Error)
    }

    /// Whether there is none, not even a warning.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The same problems, each once. A problem in a file that all languages share is found in each of them.
    #[must_use]
    pub fn each_once(mut self) -> Self {
        let mut seen = HashSet::new();
        self.0.retain(|problem| seen.insert(problem.to_string()));
        self
    }

    /// The warnings if there is no error, else all problems.
    pub fn without_errors(self) -> Result<Problems, Problems> {
        if self.has_errors() { Err(self) } else { Ok(self) }
    }

    /// `value` if there is no error, else all problems. Warnings are dropped on success: report them before.
    pub fn into_result<T>(self, value: T) -> Result<T, Problems> {
        if self.has_errors() { Err(self) } else { Ok(value) }
    }
}

impl From<Problem> for Problems {
    fn from(problem: Problem) -> Self {
        Problems(vec![problem])
    }
}

impl Extend<Problem> for Problems {
    fn extend<I: IntoIterator<Item = Problem>>(&mut self, iter: I) {
        for problem in iter {
            self.push(problem);
        }
    }
}

impl IntoIterator for Problems {
    type Item = Problem;
    type IntoIter = std::vec::IntoIter<Problem>;
    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str("\n\n")?;
            }
            write!(f, "{problem}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Problems {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shows_the_line_and_a_caret_under_the_word() {
        let source = Source::new("a.toml", "x = 1\ntimezon = \"Europe/Berlin\"\n");
        let problem = Problem::error("unknown key `timezon`")
            .at(source.place(6..13))
            .did_you_mean("timezon", ["timezone", "title"]);
        assert_eq!(
            problem.to_string(),
            "error: unknown key `timezon`\n --> a.toml:2:1\n   |\n 2 | timezon = \"Europe/Berlin\"\n   | ^^^^^^^\n   \
             = hint: did you mean `timezone`?"
        );
    }

    #[test]
    fn an_empty_hint_is_left_out() {
        assert_eq!(Problem::error("no").hint("").hint(" ").to_string(), "error: no");
    }

    #[test]
    fn a_caret_under_han_is_two_cells_wide() {
        let source = Source::new("zh.md", "电池喆 12");
        let text = Problem::error("no glyph").at(source.place(6..9)).to_string();
        assert!(text.ends_with("1 | 电池喆 12\n   |     ^^"), "{text}");
    }

    #[test]
    fn a_long_line_is_cut_around_the_caret() {
        let line = format!("{}HERE{}", "a".repeat(400), "b".repeat(400));
        let source = Source::new("long.csv", line);
        let text = Problem::error("no").at(source.place(400..404)).to_string();
        let last = text.lines().last().unwrap();
        let shown = text.lines().nth(3).unwrap();
        assert_eq!(shown.find("HERE").map(|at| shown[..at].width()), last.find('^').map(|at| last[..at].width()));
        assert!(shown.width() < 130);
    }

    #[test]
    fn no_problem_copies_a_long_line_or_a_long_word() {
        let line = format!("{}HERE{}", "ä".repeat(50_000), "b".repeat(50_000));
        let source = Source::new("long.md", line.clone());
        let at = line.find("HERE").unwrap();
        let place = source.place(at..at + 4);
        assert_eq!((place.column, place.from, place.width), (50_001, 49_901, 4));
        assert!(place.source.chars().skip(place.column - place.from).collect::<String>().starts_with("HEREbb"));
        let whole = Place { source: line.as_str().into(), from: 1, ..place.clone() };
        assert_eq!(whole.clipped(), place);
        let problem =
            Problem::error(format!("unknown key `{line}` here")).at(place).did_you_mean(&line, [line.as_str()]);
        assert!(problem.what.starts_with("unknown key `ää") && problem.what.ends_with("bbb` here"), "{}", problem.what);
        assert!(problem.what.chars().count() < 700 && problem.hints[0].chars().count() < 700);
        let text = problem.to_string();
        assert!(text.contains("| …äää") && text.contains("HEREbbb"), "{text}");
    }

    #[test]
    fn of_many_problems_the_first_are_kept_and_the_rest_is_told() {
        let mut problems = Problems::new();
        problems.extend((0..MOST).map(|number| Problem::warning(format!("{number}"))));
        assert!(!problems.is_full() && problems.0.len() == MOST);
        problems.push(Problem::warning("one more"));
        assert!(problems.is_full() && !problems.has_errors());
        problems.extend((0..MOST).map(|number| Problem::error(format!("error {number} among the rest"))));
        let first = problems.0.iter().find(|problem| problem.severity == Severity::Error);
        assert_eq!(first.map(|problem| &*problem.what), Some("error 0 among the rest"));
        assert!(problems.has_errors() && problems.0.len() == MOST + 1);
        assert!(
            problems
                .to_string()
                .ends_with("error: there are more problems than these 1000\n   = hint: mend these first")
        );
    }

    #[test]
    fn nothing_in_a_problem_acts_on_the_terminal() {
        let source = Source::new("a\u{1b}]0;x\u{7}\n.md", "x\u{1b}[2Jy");
        let text = Problem::error("no \u{9b}31m").at(source.place(0..1)).hint("\u{202e}\u{1b}c").to_string();
        let acts = |c: char| (c.is_control() && c != '\n') || is_bidi_control(c);
        assert!(!text.contains(acts), "{text:?}");
        assert!(text.starts_with("error: no \\u{9b}31m\n --> a\\u{1b}]0;x\\u{7}\\n.md:1:1\n"), "{text}");
    }

    #[test]
    fn lines_and_columns_count_from_one() {
        let source = Source::new("f", "ab\r\n\nüc\n");
        let at = |at: usize| (source.place(at..at + 1).line, source.place(at..at + 1).column);
        assert_eq!([at(0), at(1), at(4), at(5), at(7), at(8)], [(1, 1), (1, 2), (2, 1), (3, 1), (3, 2), (3, 3)]);
        assert_eq!([at(9), at(50)], [(4, 1), (4, 1)]);
        assert_eq!(["ab", "", "üc", "", ""], [1, 2, 3, 4, 9].map(|line| source.line(line).source.to_string()));
    }

    #[test]
    fn places_never_panic() {
        let source = Source::new("x", "ä\r\nb");
        assert_eq!(source.place(1..99).line, 1);
        assert_eq!(source.place(99..200).line, 2);
        assert_eq!(&*source.line(2).source, "b");
        assert_eq!(source.line(9).line, 2);
    }
}
