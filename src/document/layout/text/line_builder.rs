//! One line's glyphs, from parley's clusters to runs of one face and markup: ligature components get their text, a broken
//! word its hyphen, and what no face has is noted.

use std::ops::Range;

use super::{
    invisible::{is_invisible, is_visible},
    missing_glyphs::MissingGlyphs,
    paragraph::{LineRun, Markup},
};
use crate::document::layout::{
    document::{ClusterPart, Glyph},
    fonts::Fonts,
};

/// Returns where the last visible glyph ends: spaces at a line's end do not count.
pub(super) fn reach(text: &str, runs: &[LineRun]) -> f32 {
    let mut end = 0.0;
    for run in runs {
        let mut x = run.x;
        for glyph in &run.glyphs {
            x += glyph.advance;
            let part = text.get(glyph.start..glyph.end).unwrap_or_default();
            if run.hyphen || part.chars().any(|c| !matches!(c, ' ' | '\u{3000}')) {
                end = x;
            }
        }
    }
    end
}

/// Returns the bytes of a cluster that each of its `count` glyphs stands for: one character each, as a letter and its marks
/// have; the first has what is over, such as the accents that are part of its glyph.
fn shares(cluster: &str, count: usize) -> impl Iterator<Item = Range<usize>> {
    let seen = cluster.char_indices().filter(|(_, c)| is_visible(*c)).map(|(at, _)| at);
    let over = seen.clone().count().saturating_sub(count);
    let mut begins = seen.skip(over + 1).chain(std::iter::repeat(cluster.len()));
    let mut begin = 0;
    (1..=count).map(move |nth| {
        let end = begins.next().filter(|_| nth < count).unwrap_or(cluster.len());
        std::mem::replace(&mut begin, end)..end
    })
}

/// Collects the glyphs of one line.
pub(super) struct LineBuilder<'a> {
    fonts: &'static Fonts,
    text: &'a str,
    missing: &'a mut MissingGlyphs,
    pub runs: Vec<LineRun>,
    /// Where the pen stands, from the line's left edge.
    x: f32,
    /// Whether the last glyph was drawn away from the pen.
    moved: bool,
}

impl<'a> LineBuilder<'a> {
    pub fn new(fonts: &'static Fonts, text: &'a str, missing: &'a mut MissingGlyphs) -> LineBuilder<'a> {
        LineBuilder { fonts, text, missing, runs: Vec::new(), x: 0.0, moved: false }
    }

    /// Adds a run that parley shaped.
    pub fn run(&mut self, run: &parley::layout::Run<'_, Markup>) {
        let Some(face) = self.fonts.by_blob.get(&run.font().data.id()).copied() else { return };
        // What parley parts for the space beside Chinese is one run to the PDF.
        let goes_on = |last: &LineRun| last.face == face && last.size == run.font_size() && last.rise == 0.0;
        let mut fresh = !self.runs.last().is_some_and(goes_on) || self.moved;
        for cluster in run.visual_clusters() {
            let range = cluster.text_range();
            let part = self.text.get(range.clone()).unwrap_or_default();
            if cluster.is_ligature_continuation() {
                // The ligature's glyph stands for this text too.
                if let Some(glyph) = self.runs.last_mut().and_then(|run| run.glyphs.last_mut()) {
                    let is_empty = glyph.start == glyph.end;
                    glyph.start = if is_empty { range.start } else { glyph.start };
                    glyph.end = range.end;
                }
                continue;
            }
            if part.chars().all(is_invisible) && !cluster.is_ligature_start() {
                continue;
            }
            let markup = cluster.style().brush;
            let space = self.fonts.faces.get(face).map_or(0, |face| u32::from(face.space));
            let glyphs = || cluster.glyphs().filter(|glyph| glyph.id != space || glyph.advance != 0.0);
            let count = glyphs().count();
            // Each glyph of such a letter is a run of its own.
            let is_one = count < 2 || cluster.is_ligature_start();
            for ((nth, glyph), own) in glyphs().enumerate().zip(shares(part, count)) {
                let cluster = match nth {
                    _ if is_one => None,
                    0 => Some(ClusterPart::First { start: range.start, end: range.end }),
                    _ => Some(ClusterPart::Next),
                };
                if glyph.id == 0 {
                    self.missing.note(part, self.text, range.start, self.fonts);
                    continue;
                }
                let moved = glyph.x.abs() > 0.01 || glyph.y.abs() > 0.01;
                let joins = |run: &LineRun| run.markup == markup && run.cluster.is_none() && cluster.is_none();
                if fresh || moved || !self.runs.last().is_some_and(joins) {
                    self.runs.push(LineRun {
                        face,
                        size: run.font_size(),
                        x: self.x + glyph.x,
                        rise: -glyph.y,
                        markup,
                        glyphs: Vec::new(),
                        hyphen: false,
                        cluster,
                    });
                }
                // After a glyph that was moved, the pen goes on from where it would have been.
                fresh = moved;
                self.moved = moved;
                self.x += glyph.advance;
                if let Some(run) = self.runs.last_mut() {
                    // An accent ends where its letter does: what follows is not read as a new word.
                    let is_accent = run.cluster == Some(ClusterPart::Next);
                    let advance = if is_accent { self.x - run.x } else { glyph.advance };
                    let (id, start, end) = (glyph.id as u16, range.start + own.start, range.start + own.end);
                    run.glyphs.push(Glyph { id, advance, start, end });
                }
            }
        }
    }

    /// Draws the hyphen of a soft hyphen at the line's end.
    pub fn hyphen(&mut self) {
        let Some(last) = self.runs.last() else { return };
        let (face, size, markup) = (last.face, last.size, last.markup);
        let Some(known) = self.fonts.faces.get(face) else { return };
        let units = known.advances.get(usize::from(known.hyphen)).copied().unwrap_or(0);
        let advance = f32::from(units) * size / 1000.0;
        let glyphs = vec![Glyph { id: known.hyphen, advance, start: 0, end: 0 }];
        self.runs.push(LineRun { face, size, x: self.x, rise: 0.0, markup, hyphen: true, cluster: None, glyphs });
        self.x += advance;
    }

    /// Takes away the space beside Chinese after the last glyph: none stands at a line's end.
    pub fn close(&mut self, gaps: &[Range<usize>], gap: f32) {
        let last = self.runs.last_mut().and_then(|run| run.glyphs.last_mut());
        if let Some(glyph) = last.filter(|glyph| gaps.binary_search_by_key(&glyph.end, |gap| gap.end).is_ok()) {
            glyph.advance -= gap;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_glyph_of_a_cluster_stands_for_a_character_and_the_first_for_what_is_over() {
        for (cluster, count, expected) in [
            ("ab", 1, &[(0, 2)][..]),
            ("e\u{301}", 2, &[(0, 1), (1, 3)]),
            ("e\u{301}\u{323}", 2, &[(0, 3), (3, 5)]),
            ("e\u{301}", 3, &[(0, 1), (1, 3), (3, 3)]),
            ("e\u{200d}\u{301}", 2, &[(0, 4), (4, 6)]),
            ("", 2, &[(0, 0), (0, 0)]),
        ] {
            let found: Vec<_> = shares(cluster, count).map(|range| (range.start, range.end)).collect();
            assert_eq!(found, expected, "{cluster:?} {count}");
        }
        let long = format!("e{}", "\u{301}".repeat(60_000));
        assert_eq!(shares(&long, 60_001).last(), Some(119_999..120_001));
    }
}
