//! Characters of a template's files that are refused, each with its place. Which they are is in `base::characters`.

use crate::base::{
    characters::{Refusal, lost, refusal},
    problem::{Place, Problem, Problems, Source},
};

pub(super) fn problem(refusal: Refusal, place: Place) -> Problem {
    Problem::error(refusal.what()).at(place).hint(refusal.hint)
}

/// The problems of a TOML string's `value` whose characters are written as escapes (`\ufffd`), by a `rule`. Those that stand
/// in `literal`, its source, as they are were found when the whole file was checked.
pub(super) fn check_escapes(
    value: &str,
    literal: &str,
    place: &Place,
    rule: fn(char) -> Option<Refusal>,
) -> Vec<Problem> {
    let escaped = value.chars().filter(|c| !literal.contains(*c));
    escaped.filter_map(rule).map(|refusal| problem(refusal, place.clone())).collect()
}

/// Every U+FFFD of a file.
pub(super) fn check_lost(source: &Source) -> Problems {
    let mut problems = Problems::new();
    for (at, c) in source.text().char_indices() {
        if problems.is_full() {
            break;
        }
        if let Some(refusal) = lost(c) {
            problems.push(problem(refusal, source.place(at..at + c.len_utf8())));
        }
    }
    problems
}

/// Every refused character of a file, and the private-use characters by which the program itself marks a text.
pub(super) fn check(source: &Source) -> Problems {
    let mut problems = Problems::new();
    for (at, c) in source.text().char_indices() {
        let refused = match c {
            '\u{e000}'..='\u{e0ff}' => Some(Refusal::new(c, "it is a private-use character, which no font shows")),
            c => refusal(c),
        };
        if problems.is_full() {
            break;
        }
        if let Some(refusal) = refused {
            problems.push(problem(refusal, source.place(at..at + c.len_utf8())));
        }
    }
    problems
}
