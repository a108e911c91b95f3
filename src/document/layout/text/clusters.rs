//! Characters that only one family can show together: a letter with its combining marks and joiners. parley asks which
//! family has the most of them, joiners included, although a joiner needs no glyph; between equals it takes the first, and
//! a Han character with a joiner came out of Plex, which has the joiner only. Here only what is seen counts.

use std::ops::Range;

use unicode_normalization::char::is_combining_mark;

use super::invisible::is_visible;
use crate::document::{brief::Family, layout::fonts::Fonts};

/// A cluster of several characters, and the family that shows all of them; `None` if neither does.
pub(super) struct Cluster {
    pub range: Range<usize>,
    pub family: Option<Family>,
}

/// The clusters of several characters in a text, in their order (UAX #29, rule GB9). `families` says in which order the
/// families are asked for the character at a byte.
pub(super) fn clusters(text: &str, families: impl Fn(usize) -> [Family; 2], fonts: &Fonts) -> Vec<Cluster> {
    let mut found: Vec<Cluster> = Vec::new();
    if text.is_ascii() {
        return found;
    }
    let mut open: Option<Range<usize>> = None;
    for (at, c) in text.char_indices() {
        let end = at + c.len_utf8();
        if extends(c) {
            match &mut open {
                Some(range) => range.end = end,
                None => open = Some(at..end),
            }
            continue;
        }
        found.extend(open.replace(at..end).and_then(|range| cluster(text, range, &families, fonts)));
    }
    found.extend(open.and_then(|range| cluster(text, range, &families, fonts)));
    found
}

fn cluster(
    text: &str,
    range: Range<usize>,
    families: &impl Fn(usize) -> [Family; 2],
    fonts: &Fonts,
) -> Option<Cluster> {
    let part = text.get(range.clone())?;
    part.chars().nth(1)?;
    let has = |family: &Family| part.chars().filter(|c| is_visible(*c)).all(|c| fonts.family_has(*family, c));
    Some(Cluster { family: families(range.start).into_iter().find(has), range })
}

/// Returns whether a character belongs to the one before it (UAX #29, `Extend` and `ZWJ`).
fn extends(c: char) -> bool {
    is_combining_mark(c) || matches!(c, '\u{200c}' | '\u{200d}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::layout::fonts::fonts;

    #[test]
    fn the_family_that_shows_a_cluster_has_all_that_is_seen_of_it() {
        use Family::{Noto, Plex};
        let text = "a动\u{200d}汽n\u{308}\u{200c}动\u{301}é\u{2060}\u{301}";
        for order in [[Plex, Noto], [Noto, Plex]] {
            let found: Vec<_> = clusters(text, |_| order, fonts())
                .into_iter()
                .map(|cluster| (text[cluster.range].to_owned(), cluster.family))
                .collect();
            let wanted = [("动\u{200d}", Some(Noto)), ("n\u{308}\u{200c}", Some(Plex)), ("动\u{301}", None)];
            let mark = ("\u{2060}\u{301}", Some(Plex));
            assert_eq!(found, wanted.into_iter().chain([mark]).map(|(t, f)| (t.to_owned(), f)).collect::<Vec<_>>());
        }
        assert!(clusters("Plain text", |_| [Plex, Noto], fonts()).is_empty());
    }
}
