//! The beginning of a CSV file: its encoding, what separates its fields, and its head. What is no CSV in UTF-8 is told
//! here, with the way to export it so.

use std::io::Read;

use super::separator::{Count, Separator, counts};
use crate::base::problem::{Problem, Source};

/// Maximum number of columns.
pub const MAX_COLUMNS: usize = 256;
/// Maximum length of a head with the empty lines before it, in bytes.
pub const MAX_HEAD: usize = 16 << 10;

/// How spreadsheets are made to write UTF-8.
const EXPORT: &str = "in Excel: File, Save As, file type “CSV UTF-8 (Comma delimited)”; in LibreOffice: Save As, “Text \
                      CSV”, character set “Unicode (UTF-8)”";

/// A file up to its head.
pub(super) struct Start {
    /// What was read: the head from its first byte, and some of what follows.
    pub bytes: Vec<u8>,
    /// Number of bytes before the head: a byte order mark, empty rows, `sep=;`.
    pub skipped: usize,
    /// The line of the head, from 1.
    pub line: usize,
    pub separator: Separator,
}

/// Where the head stands in the bytes read so far.
struct Spot {
    start: usize,
    end: usize,
    line: usize,
    /// As Excel's line `sep=;` says
    told: Option<Separator>,
}

impl Start {
    /// Reads as far as the head goes.
    pub fn read(name: &str, input: &mut impl Read) -> Result<Start, Box<Problem>> {
        let mut bytes = Vec::new();
        loop {
            let before = bytes.len();
            input
                .by_ref()
                .take(MAX_HEAD as u64 / 2)
                .read_to_end(&mut bytes)
                .map_err(|error| unreadable(name, &error))?;
            let at_end = bytes.len() == before;
            if let Some(problem) = other_format(name, &bytes) {
                return Err(problem.into());
            }
            let mark = if bytes.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
            match head_in(bytes.get(mark..).unwrap_or_default(), at_end) {
                Some(spot) => {
                    let Spot { start, end, .. } = spot;
                    let head = bytes.get(mark + start..mark + end).unwrap_or_default();
                    let separator = separator(name, head, &spot)?;
                    bytes.drain(..mark + start);
                    return Ok(Start { bytes, skipped: mark + start, line: spot.line, separator });
                }
                None if at_end => {
                    let problem = Problem::error(format!("{name} is empty"));
                    return Err(problem.hint("its first line names the columns").into());
                }
                None if bytes.len() > MAX_HEAD => {
                    let problem = Problem::error(format!("the first line of {name} has more than {MAX_HEAD} bytes"));
                    return Err(problem.hint("it names the columns; is this a CSV file?").into());
                }
                None => {}
            }
        }
    }
}

/// The head in what was read so far: the first line with a text. `None` if it is not there, or not whole.
fn head_in(bytes: &[u8], at_end: bool) -> Option<Spot> {
    let (mut start, mut line, mut told) = (0, 1, None);
    loop {
        let rest = bytes.get(start..).filter(|rest| !rest.is_empty())?;
        let end = line_end(rest);
        if end == rest.len() && !at_end {
            return None;
        }
        let text = rest.get(..end).unwrap_or_default();
        if let Some(separator) = sep_line(text) {
            told = Some(separator);
        } else if !text.iter().all(|byte| byte.is_ascii_whitespace() || matches!(byte, b',' | b';' | b'"')) {
            return Some(Spot { start, end: start + end, line, told });
        }
        let after = rest.get(end..).unwrap_or_default();
        start += end + if after.starts_with(b"\r\n") { 2 } else { 1 };
        line += 1;
    }
}

/// The length of the first line; a line break within quotes does not end it.
fn line_end(text: &[u8]) -> usize {
    let (mut quoted, mut at_start) = (false, true);
    for (at, byte) in text.iter().enumerate() {
        match byte {
            b'"' if quoted || at_start => quoted = !quoted,
            b'\r' | b'\n' if !quoted => return at,
            _ => {}
        }
        at_start = Separator::from_byte(*byte).is_some() || *byte == b'"';
    }
    text.len()
}

/// Excel's own line that names the separator, such as `sep=;`.
fn sep_line(line: &[u8]) -> Option<Separator> {
    let line = line.strip_prefix(b"\"").and_then(|line| line.strip_suffix(b"\"")).unwrap_or(line);
    match line {
        [s, e, p, b'=', separator] if [*s, *e, *p].eq_ignore_ascii_case(b"sep") => Separator::from_byte(*separator),
        _ => None,
    }
}

fn separator(name: &str, head: &[u8], spot: &Spot) -> Result<Separator, Box<Problem>> {
    let at_head = |problem: Problem| {
        let shown: String = String::from_utf8_lossy(head).chars().take(200).collect();
        let mut place = Source::new(name, shown).place(0..1);
        place.line = spot.line;
        Box::new(problem.at(place))
    };
    let counts = counts(head);
    let [first, second, _] = counts;
    let Count { separator, count } = match spot.told {
        Some(told) => counts.into_iter().find(|count| count.separator == told).unwrap_or(first),
        None if first.count > 0 && first.count == second.count => {
            let (one, other) = (first.separator, second.separator);
            let what = format!("it is not clear what separates the columns: the head holds {one} as often as {other}");
            let problem = Problem::error(what);
            return Err(at_head(problem.hint("put names that hold one of them in double quotes")));
        }
        None => first,
    };
    if count >= MAX_COLUMNS {
        let problem = Problem::error(format!("the head names {} columns; at most {MAX_COLUMNS} are read", count + 1));
        return Err(at_head(problem.hint("leave out the columns that are not needed")));
    }
    Ok(separator)
}

/// What a file is that is no CSV in UTF-8, by its first bytes.
fn other_format(name: &str, bytes: &[u8]) -> Option<Problem> {
    let (what, hint) = if bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(b"\xd0\xcf\x11\xe0") {
        ("a spreadsheet's own file or an archive, not CSV", EXPORT)
    } else if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") {
        ("UTF-16, not UTF-8", EXPORT)
    } else if bytes.contains(&0) {
        ("UTF-16 or no text: it holds zero bytes", EXPORT)
    } else {
        return None;
    };
    Some(Problem::error(format!("{name} is {what}")).hint(format!("save it as CSV in UTF-8; {hint}")))
}

/// The problem of a file in another encoding. `line` is the number of the line that cannot be read, `text` that line.
pub(super) fn not_utf8(name: &str, line: usize, text: &[u8]) -> Problem {
    let at = std::str::from_utf8(text).err().map_or(0, |error| error.valid_up_to());
    let shown = Source::new(name, String::from_utf8_lossy(text).into_owned());
    let mut place = shown.place(at..at + 1);
    place.line += line - 1;
    Problem::error("this file is not UTF-8").at(place).hint(format!("{}; save it as UTF-8; {EXPORT}", guess(text)))
}

/// The encoding that a line may have. Chinese characters of GBK take two bytes each, umlauts of Windows-1252 one.
fn guess(line: &[u8]) -> &'static str {
    let mut runs = line.split(u8::is_ascii).map(<[u8]>::len).filter(|length| *length > 0);
    if runs.all(|length| length % 2 == 0) {
        "it may be GBK, as Chinese Excel writes “CSV”"
    } else {
        "it may be Windows-1252, as Excel writes “CSV”"
    }
}

pub(super) fn unreadable(name: &str, error: &std::io::Error) -> Box<Problem> {
    Problem::error(format!("{name} cannot be read: {error}")).into()
}
