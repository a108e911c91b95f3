//! One line's glyphs, from parley's clusters to runs of one face and markup: ligature components get their text, a broken
//! word its hyphen, and what no face has is noted.

use std::ops::Range;

use super::{
    invisible::is_invisible,
    missing_glyphs::MissingGlyphs,
    paragraph::{LineRun, Markup},
};
use crate::document::layout::{document::Glyph, fonts::Fonts};

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
                    glyph.end = range.end;
                }
                continue;
            }
            if part.chars().all(is_invisible) {
                continue;
            }
            let markup = cluster.style().brush;
            let mut first = true;
            for glyph in cluster.glyphs() {
                if glyph.id == 0 {
                    self.missing.note(part, self.text, range.start, self.fonts);
                    continue;
                }
                let moved = glyph.x.abs() > 0.01 || glyph.y.abs() > 0.01;
                if fresh || moved || self.runs.last().is_none_or(|run| run.markup != markup) {
                    self.runs.push(LineRun {
                        face,
                        size: run.font_size(),
                        x: self.x + glyph.x,
                        rise: -glyph.y,
                        markup,
                        glyphs: Vec::new(),
                        hyphen: false,
                    });
                }
                // After a glyph that was moved, the pen goes on from where it would have been.
                fresh = moved;
                self.moved = moved;
                self.x += glyph.advance;
                let end = if first { range.end } else { range.start };
                first = false;
                if let Some(run) = self.runs.last_mut() {
                    let id = glyph.id as u16;
                    run.glyphs.push(Glyph { id, advance: glyph.advance, start: range.start, end });
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
        self.runs.push(LineRun { face, size, x: self.x, rise: 0.0, markup, hyphen: true, glyphs });
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
