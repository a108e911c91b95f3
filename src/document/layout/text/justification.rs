//! Chinese lines that end at the right edge (CLREQ, “Line Adjustment”): punctuation at a line's end is half as wide (nowhere
//! else: PDF viewers take what overlaps for a new line), what is left of a line is shared out among its characters, and an amount too long
//! for that ends its line before its unit. Where lines may end otherwise is in `line_breaks`.

use super::{
    autospace,
    invisible::is_visible,
    line_breaks::is_han,
    line_builder::reach,
    paragraph::{LineRun, ParagraphStyle},
};
use crate::{
    base::language::Language,
    document::layout::{document::Glyph, fonts::Fonts},
};

/// How much wider the space between two Han characters becomes, over the size of the text. With more, PDF viewers take it for
/// a blank when text is copied or searched, see `autospace`.
const MAX_SPACE: f32 = autospace::GAP;

/// The share of a blank between words when a line is widened; that of a Han character is 1.
const BLANK_SHARE: f32 = 3.0;

/// How much wider a blank, or the space at punctuation, may become when all else is as wide as may be.
const MAX_AT_MARKS: f32 = 0.75;

/// How much narrower the space at punctuation may become, where a line would be loose without what then fits on it. With more,
/// PDF viewers take the overlap for a new line.
const MAX_SHRUNK: f32 = 0.09;

/// Punctuation whose right half is empty.
const CLOSING: &str = "，。、；：！？）」』》】〉〕”’";

/// Punctuation whose left half is empty.
const OPENING: &str = "（「『《【〈〔“‘";

/// Returns whether the lines of a paragraph end at its right edge.
pub(super) fn is_justified(style: &ParagraphStyle, language: Language) -> bool {
    style.justify && language == Language::Zh && !style.right && style.width < f32::MAX
}

/// Returns whether a part of a text is a mark whose right half is empty.
pub(super) fn is_closing(part: &str) -> bool {
    let mut seen = part.chars().filter(|c| is_visible(*c));
    seen.next().is_some_and(|c| CLOSING.contains(c)) && seen.next().is_none()
}

fn closes(c: char) -> bool {
    CLOSING.contains(c)
}

fn opens(c: char) -> bool {
    OPENING.contains(c)
}

/// Halves the punctuation at a line's end.
pub(super) fn halve_end(text: &str, runs: &mut [LineRun], fonts: &Fonts) {
    for run in runs.iter_mut().rev() {
        let full = run.size;
        let is_seen = |glyph: &&mut Glyph| run.hyphen || part(text, glyph).chars().any(is_visible);
        let Some(glyph) = run.glyphs.iter_mut().rev().find(is_seen) else { continue };
        let units = fonts.faces.get(run.face).and_then(|face| face.advances.get(usize::from(glyph.id)).copied());
        let is_wide = units.is_some_and(|units| units > 900) && glyph.advance > full * 0.75;
        if is_wide && is_closing(part(text, glyph)) {
            glyph.advance -= full * 0.5;
        }
        return;
    }
}

/// How a line was filled.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Filling {
    /// It ends at the right edge, with no more space than between any two Han characters.
    Even,
    /// More was left than that: it ends at the edge with wide spaces at punctuation, or before it.
    Loose,
}

/// Widens a line until it ends at `width`, if its characters can take that.
pub(super) fn fill(text: &str, runs: &mut [LineRun], width: f32, size: f32) -> Filling {
    let rest = width - reach(text, runs);
    if rest.abs() < 0.01 {
        return Filling::Even;
    }
    let spaces = spaces(text, runs);
    let (shares, marks) = sums(&spaces);
    if rest < 0.0 {
        let less = (rest / marks.max(1.0)).max(-MAX_SHRUNK * size);
        widen(runs, spaces, |space| if space.at_mark { less } else { 0.0 });
        return Filling::Even;
    }
    let each = (rest / shares.max(1.0)).min(MAX_SPACE * size);
    let left = rest - each * shares;
    let is_even = left < 0.01;
    let at_mark = if is_even { 0.0 } else { left / marks.max(1.0) };
    if left > marks * MAX_AT_MARKS * size + 0.01 {
        return Filling::Loose;
    }
    widen(runs, spaces, |space| space.share * each + if space.at_mark { at_mark } else { 0.0 });
    if is_even { Filling::Even } else { Filling::Loose }
}

/// Makes each place of a line wider by what `more` says of it.
fn widen(runs: &mut [LineRun], spaces: Vec<Space>, more: impl Fn(&Space) -> f32) {
    let mut spaces = spaces.into_iter().peekable();
    let mut moved = 0.0;
    for (nth, run) in runs.iter_mut().enumerate() {
        run.x += moved;
        for (at, glyph) in run.glyphs.iter_mut().enumerate() {
            if let Some(space) = spaces.next_if(|space| space.after == (nth, at)) {
                let more = more(&space);
                glyph.advance += more;
                moved += more;
            }
        }
    }
}

/// How much narrower a line of this text can become, and whether this much room at its end would leave it loose.
pub(super) fn slack(line: &str, room: f32, size: f32) -> (f32, bool) {
    let seen: Vec<char> = line.trim_end().chars().filter(|c| is_visible(*c) || *c == ' ').collect();
    let found = seen.windows(2).filter_map(|pair| space(*pair.first()?, *pair.last()?));
    let (shares, marks) = found.fold((0.0, 0.0), |(shares, marks), (share, at_mark)| {
        (shares + share, marks + if at_mark { 1.0 } else { 0.0 })
    });
    (marks * MAX_SHRUNK * size, room > shares * MAX_SPACE * size)
}

/// How much wider a line may become at most.
#[cfg(test)]
pub(super) fn most(text: &str, runs: &[LineRun], size: f32) -> f32 {
    let (shares, marks) = sums(&spaces(text, runs));
    (shares * MAX_SPACE + marks * MAX_AT_MARKS) * size
}

/// All shares of places, and the number of those at punctuation.
fn sums(spaces: &[Space]) -> (f32, f32) {
    (spaces.iter().map(|space| space.share).sum(), spaces.iter().filter(|space| space.at_mark).count() as f32)
}

/// A place of a line that can be widened.
struct Space {
    /// Run and glyph that it stands behind.
    after: (usize, usize),
    share: f32,
    /// Whether it is a blank or stands at punctuation.
    at_mark: bool,
}

/// The places of a line that can be widened: blanks, and those beside Han characters and their punctuation. None stands
/// beside a raised mark, inside a dash or an ellipsis, nor between Han characters and letters, which have their space.
fn spaces(text: &str, runs: &[LineRun]) -> Vec<Space> {
    let mut found: Vec<Space> = Vec::new();
    let mut last: Option<((usize, usize), char, &LineRun)> = None;
    // What stands behind the last character that is seen does not count.
    let mut until = 0;
    for (nth, run) in runs.iter().enumerate() {
        for (at, glyph) in run.glyphs.iter().enumerate() {
            let Some(c) = part(text, glyph).chars().find(|c| is_visible(*c) || *c == ' ') else { continue };
            if let Some((after, before, of)) = last
                && let Some((share, at_mark)) = space(before, c)
                && !of.markup.cite
                && !run.markup.cite
                && of.cluster.is_none()
                && run.cluster.is_none()
            {
                found.push(Space { after, share, at_mark });
            }
            if c != ' ' {
                until = found.len();
            }
            last = Some(((nth, at), part(text, glyph).chars().rfind(|c| is_visible(*c)).unwrap_or(c), run));
        }
    }
    found.truncate(until);
    found
}

/// Returns the share of the space between two characters, and whether it is one at punctuation.
fn space(before: char, c: char) -> Option<(f32, bool)> {
    if before == ' ' {
        return Some((BLANK_SHARE, true));
    }
    let is_mark = |c: char| closes(c) || opens(c);
    let is_dash = |c: char| matches!(c, '—' | '…' | '·' | '～');
    let wide = |c: char| is_han(c) || is_mark(c) || is_dash(c);
    let (one, both) = (is_mark(before) || is_mark(c), wide(before) && wide(c));
    // Raised numbers of sources stand in such brackets.
    let is_cite = [before, c].iter().any(|c| matches!(c, '[' | ']'));
    if c == ' ' || is_cite || (before == c && is_dash(c)) || !(one || both) {
        return None;
    }
    // Between two marks there is space enough.
    Some((1.0, (closes(before) && !is_mark(c)) || (opens(c) && !is_mark(before))))
}

fn part<'t>(text: &'t str, glyph: &Glyph) -> &'t str {
    text.get(glyph.start..glyph.end).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use skrifa::{
        FontRef, GlyphId, MetadataProvider,
        instance::{LocationRef, Size},
    };

    use super::*;
    use crate::document::layout::fonts::fonts;

    #[test]
    fn half_of_such_punctuation_is_empty() {
        for face in fonts().faces.iter().filter(|face| face.name.starts_with("Noto")) {
            let font = FontRef::new(face.bytes).unwrap();
            let metrics = font.glyph_metrics(Size::unscaled(), LocationRef::default());
            let bounds = |c: char| metrics.bounds(font.charmap().map(c).unwrap_or(GlyphId::NOTDEF)).unwrap();
            for c in CLOSING.chars() {
                assert!(bounds(c).x_max <= 510.0, "{c} in {}: {:?}", face.name, bounds(c));
            }
            for c in OPENING.chars() {
                assert!(bounds(c).x_min >= 490.0, "{c} in {}: {:?}", face.name, bounds(c));
            }
        }
    }

    #[test]
    fn a_line_can_become_narrower_at_its_marks() {
        assert_eq!(slack("绿色，经济（合作", 1.0, 10.0), (2.0 * MAX_SHRUNK * 10.0, false));
        assert_eq!(slack("绿色，经济（合作", 9.0, 10.0), (2.0 * MAX_SHRUNK * 10.0, true));
        assert_eq!(slack("2025", 1.0, 10.0), (0.0, true));
    }

    #[test]
    fn a_space_stands_where_none_tears_what_is_one() {
        for (pair, wanted) in [
            ("绿色", Some((1.0, false))),
            ("，此", Some((1.0, true))),
            ("，2", Some((1.0, true))),
            ("色（", Some((1.0, true))),
            ("色，", Some((1.0, false))),
            ("）。", Some((1.0, false))),
            (" a", Some((BLANK_SHARE, true))),
            ("a ", None),
            ("色2", None),
            ("ab", None),
            ("——", None),
            ("……", None),
            ("色—", Some((1.0, false))),
        ] {
            let mut chars = pair.chars();
            assert_eq!(space(chars.next().unwrap(), chars.next().unwrap()), wanted, "{pair}");
        }
    }
}
