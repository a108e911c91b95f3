//! Markers: private-use characters that stand in a text, from Jinja through Markdown, for what expressions insert. No
//! character of an insertion can thereby become markup, and its citations are not lost.

use std::ops::Range;

use super::series_path::Newer;
use crate::figures::{Citation, Period};

/// The signs around the marker of an insertion. Between them stands its number in private-use digits.
const OPEN: char = '\u{e000}';
const CLOSE: char = '\u{e001}';
/// The private-use digit zero.
const DIGIT: u32 = 0xe010;

/// A marker: a number in private-use digits between two signs.
pub(super) fn marker(open: char, number: usize, close: char) -> String {
    let digits = number.to_string();
    let digits = digits.bytes().filter_map(|digit| char::from_u32(DIGIT + u32::from(digit - b'0')));
    std::iter::once(open).chain(digits).chain([close]).collect()
}

/// The number that private-use digits stand for; any number if other characters are among them.
pub(super) fn number(digits: &str) -> usize {
    digits.chars().fold(0, |number: usize, digit| {
        number.wrapping_mul(10).wrapping_add(u32::from(digit).wrapping_sub(DIGIT) as usize)
    })
}

/// Stands for the list of key figures in a mail.
pub(super) const KEY_FIGURES: &str = "\u{e002}";
/// Stands for the key messages of the brief in a mail.
pub(super) const KEY_MESSAGES: &str = "\u{e009}";

/// Stands for the imprint in a mail.
pub(super) const IMPRINT: &str = "\u{e003}";
/// Stands in a mail for what has changed since the last edition.
pub(super) const SINCE: &str = "\u{e006}";

/// Stands for a chart of the brief in a mail.
pub(super) const CHART: &str = "\u{e007}";
/// Stands in a mail for when the next edition is due.
pub(super) const NEXT: &str = "\u{e008}";

/// A text that an expression inserts.
#[derive(Debug, Clone, Default)]
pub(super) struct Insertion {
    pub text: String,
    pub cites: Vec<Citation>,
    /// The id of the block that a cross reference leads to.
    pub to: Option<String>,
    pub says: Says,
}

/// What an insertion says of a period, for the check that a sentence does not mix them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) enum Says {
    /// Nothing.
    #[default]
    Nothing,
    /// Words that the author marked, which may hold a year: `[[March 2024]]`.
    Marked,
    /// The period in words, as `latest("a").period` writes it.
    Period(Period),
    /// A value of a period.
    Value(ValueOf),
}

/// The value that an insertion shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ValueOf {
    pub series: String,
    pub period: Period,
    /// The period that a change is measured against.
    pub against: Option<Period>,
    /// The author did not write the period: it moves on as figures come in.
    pub moves: bool,
    /// The newest value of the series, if it is newer, the author wrote the period and did not mark it as past.
    pub newer: Option<Newer>,
}

impl Insertion {
    fn plain(text: &str) -> Insertion {
        Insertion { text: text.to_owned(), ..Insertion::default() }
    }
}

/// The marker of the insertion with this number.
pub(super) fn insertion_marker(number: usize) -> String {
    marker(OPEN, number, CLOSE)
}

/// The byte ranges of the markers of insertions in a text, each with the number of its insertion.
pub(super) fn marked(text: &str) -> impl Iterator<Item = (Range<usize>, usize)> {
    text.match_indices(OPEN).filter_map(|(at, _)| {
        let digits = text.get(at + OPEN.len_utf8()..)?.split(CLOSE).next()?;
        Some((at..at + OPEN.len_utf8() + digits.len() + CLOSE.len_utf8(), number(digits)))
    })
}

/// The text divided at its markers, each of which becomes its insertion.
pub(super) fn parts(text: &str, insertions: &[Insertion]) -> Vec<Insertion> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(OPEN) {
        let Some((digits, after)) = after.split_once(CLOSE) else { break };
        if !before.is_empty() {
            found.push(Insertion::plain(before));
        }
        found.extend(insertions.get(number(digits)).cloned());
        rest = after;
    }
    if !rest.is_empty() {
        found.push(Insertion::plain(rest));
    }
    found
}

/// The text with its markers replaced by the text of their insertions.
pub(super) fn resolved(text: &str, insertions: &[Insertion]) -> String {
    parts(text, insertions).into_iter().map(|part| part.text).collect()
}
