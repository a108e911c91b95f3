//! The subset of a face that a file uses: runs of its glyphs in content streams, and the font with no other glyphs. Which
//! code stands for which glyph and text is in `character_codes`.

use std::{borrow::Cow, collections::BTreeMap};

use printpdf::{Codepoint, FontId, Op, ParsedFont, PdfFontHandle, Pt, TextItem};

use super::{Error, character_codes::CharacterCodes, font_program, operators::Operators};
use crate::document::layout::{
    document::{ClusterPart, Glyph, GlyphRun, PAGE_HEIGHT},
    fonts::Face,
};

/// Characters of a text that no reader is given.
pub(super) const UNSEEN: [char; 3] = ['\u{ad}', '\u{200b}', '\u{2060}'];

/// A face with the glyphs used so far.
pub(super) struct FontSubset<'a> {
    face: &'a Face,
    /// Its name in the pages' resources.
    pub id: FontId,
    codes: CharacterCodes<'a>,
}

impl<'a> FontSubset<'a> {
    pub fn new(face: &'a Face, index: usize) -> FontSubset<'a> {
        let id = FontId(char::from(b'A'.saturating_add(index as u8)).to_string());
        FontSubset { face, id, codes: CharacterCodes::new(face) }
    }

    pub fn is_used(&self) -> bool {
        !self.codes.is_empty()
    }

    /// Writes a run at its place.
    pub fn run(&mut self, run: &'a GlyphRun, out: &mut Operators) {
        let spacing = self.accent_spacing(run);
        if let Some(spacing) = spacing {
            out.numbers([spacing], "Tc");
        }
        out.text(run.x, PAGE_HEIGHT - run.y);
        let mut array = out.text_array();
        // Where the pen should be and where it is, in thousandths of an em. The difference goes into the kerning, and what
        // rounding leaves is carried on.
        let (mut wanted, mut pen) = (0.0_f32, 0.0_f32);
        let scale = 1000.0 / run.size;
        for glyph in &run.glyphs {
            let offset = (pen - wanted).round();
            pen -= offset;
            array.back(offset);
            let Some(code) = self.codes.code(glyph.id, shown(run, glyph)) else { continue };
            array.code(code);
            wanted += glyph.advance * scale;
            pen += f32::from(self.face.advances.get(usize::from(glyph.id)).copied().unwrap_or(0));
        }
        array.show();
        if spacing.is_some() {
            out.numbers([0.0], "Tc");
        }
    }

    /// The character spacing (ISO 32000-1, 9.3.2) by which an accent ends where its letter does. Readers guess from the end
    /// of a glyph whether a word ends there.
    fn accent_spacing(&self, run: &GlyphRun) -> Option<f32> {
        let glyph = run.glyphs.first().filter(|_| run.cluster == Some(ClusterPart::Next))?;
        let width = self.face.advances.get(usize::from(glyph.id)).copied().unwrap_or(0);
        Some(glyph.advance - f32::from(width) * run.size / 1000.0)
    }

    /// Every code with its text, for printpdf, which learns a font's ToUnicode from what a page shows.
    pub fn specimen(&self) -> [Op; 2] {
        let code = |(number, text): (u16, &str)| Codepoint { gid: number, offset: 0.0, cid: Some(text.to_owned()) };
        let codes = self.codes.texts().map(code).collect();
        [
            Op::SetFont { font: PdfFontHandle::External(self.id.clone()), size: Pt(1.0) },
            Op::ShowText { items: vec![TextItem::GlyphIds(codes)] },
        ]
    }

    /// The font's name. A subset's begins with six capitals (ISO 32000-1, 9.6.4).
    fn name(&self) -> String {
        format!("GRBRF{}+{}", self.id.0, self.face.name)
    }

    /// The font's name and its map from codes to glyphs, unless codes are glyphs.
    pub fn map(&self) -> Option<(String, Vec<u8>)> {
        Some((self.name(), self.codes.map()?))
    }

    /// The font with the glyphs that are used.
    pub fn font(self) -> Result<ParsedFont, Error> {
        let face = self.face;
        let subset = subsetter::subset(face.bytes, 0, &self.codes.remapper)
            .map_err(|error| Error::Subset(face.name, error.to_string()))?;
        let subset = font_program::reduce(&subset).unwrap_or(subset);
        let widths = self.codes.widths(face);
        let metrics = printpdf::FontMetrics { ascent: face.ascent, descent: face.descent };
        let name = self.name();
        let mut font = ParsedFont::with_glyph_data(subset, 0, Some(name), BTreeMap::new(), widths, 1000, metrics);
        // Subsetting drops the table with the weight, from which printpdf makes the stem width.
        font.pdf_font_metrics.us_weight_class = face.weight;
        let [x_min, y_min, x_max, y_max] = face.bounds;
        font.pdf_font_metrics.x_min = x_min;
        font.pdf_font_metrics.y_min = y_min;
        font.pdf_font_metrics.x_max = x_max;
        font.pdf_font_metrics.y_max = y_max;
        Ok(font)
    }
}

/// Returns the text that a glyph stands for, without soft hyphens and joiners. A second glyph of one cluster has no text of
/// its own; ToUnicode must name something for each (ISO 14289-1, 7.21.7), so it gets a joiner.
fn shown<'a>(run: &'a GlyphRun, glyph: &Glyph) -> Cow<'a, str> {
    let text = run.text.get(glyph.start..glyph.end).unwrap_or_default();
    let seen = if text.contains(UNSEEN) { Cow::Owned(text.replace(UNSEEN, "")) } else { Cow::Borrowed(text) };
    match &*seen {
        _ if run.hyphen => Cow::Borrowed("\u{ad}"),
        "" => Cow::Borrowed("\u{2060}"),
        _ => seen,
    }
}
