//! Which characters a text may hold. What is refused here shows nothing and means something: it would be dropped
//! silently, or make a text read otherwise than it is written.

use crate::base::problem::{Place, Problem, Problems, Source};

/// Why this character cannot stand in a text, if it cannot.
///
/// Bidirectional controls turn the order of the text around them (UAX #9, "Trojan Source", CVE-2021-42574); no
/// language of a brief needs them. Of the control characters only tab and line feed say something to a text.
pub fn refused(c: char) -> Option<&'static str> {
    match c {
        '\t' | '\n' => None,
        '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {
            Some("it turns the direction of the text around it, which then reads otherwise than it is written")
        }
        c if c.is_control() => Some("it is a control character, which shows nothing"),
        _ => None,
    }
}

/// The problem of such a character.
pub(super) fn problem(c: char, why: &str, place: Place) -> Problem {
    Problem::error(format!("the character U+{:04X} cannot stand in a text: {why}", u32::from(c)))
        .at(place)
        .hint("delete it; an editor may show it only if asked to")
}

/// Every refused character of a file, and those that the program uses for itself while it reads one.
pub(super) fn check(source: &Source) -> Problems {
    let mut problems = Problems::new();
    for (at, c) in source.text().char_indices() {
        let why = match c {
            '\u{e000}'..='\u{e0ff}' => Some("it is a private-use character, which no font shows"),
            c => refused(c),
        };
        if let Some(why) = why {
            problems.push(problem(c, why, source.place(at..at + c.len_utf8())));
        }
    }
    problems
}
