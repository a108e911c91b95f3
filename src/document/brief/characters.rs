//! Characters of a template's files that are refused, each with its place. Which they are is in `base::characters`.

use std::collections::BTreeSet;

use crate::base::{
    characters::{Refusal, is_mute, lost, refusal},
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

/// What a character that shows nothing and does nothing is told with.
fn left_out(c: char) -> Problem {
    let code = u32::from(c);
    let problem =
        Problem::warning(format!("the character U+{code:04X} shows nothing, and is in no text that is copied"));
    match c {
        '\u{feff}' => problem.hint("delete it; if no line may end there, write U+2060"),
        '\u{2028}' | '\u{2029}' => problem.hint("delete it; an empty line ends a paragraph"),
        _ => problem.hint("delete it; an editor may show it only if asked to"),
    }
}

/// Every refused character of a file, each that is left out of the brief once, and the private-use characters by which the
/// program itself marks a text.
pub(super) fn check(source: &Source) -> Problems {
    let mut problems = Problems::new();
    let mut told = BTreeSet::new();
    for (at, c) in source.text().char_indices() {
        // Most of a text is this, and nothing of it is refused.
        if matches!(c, ' '..='~' | '\n') {
            continue;
        }
        if is_mute(c) && !problems.is_full() && told.insert(c) {
            problems.push(left_out(c).at(source.place(at..at + c.len_utf8())));
        }
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
