//! What a file uses of a face: runs of its glyphs in a content stream, and the font that holds no others. Which code
//! stands for which glyph and text is in `codes`.

use std::{borrow::Cow, collections::BTreeMap};

use printpdf::{Codepoint, FontId, Op, ParsedFont, PdfFontHandle, Pt, TextItem};

use super::{Error, codes::Codes, operators::Operators, program};
use crate::document::layout::{
    document::{Glyph, PAGE_HEIGHT, Run},
    fonts::Face,
};

/// The glyphs of a face that were met so far.
pub(super) struct Used<'a> {
    face: &'a Face,
    /// The name under which pages ask for it
    pub id: FontId,
    codes: Codes<'a>,
}

impl<'a> Used<'a> {
    pub fn new(face: &'a Face, index: usize) -> Used<'a> {
        let id = FontId(char::from(b'A'.saturating_add(index as u8)).to_string());
        Used { face, id, codes: Codes::new(face) }
    }

    pub fn is_used(&self) -> bool {
        !self.codes.is_empty()
    }

    /// A run at its place.
    pub fn run(&mut self, run: &'a Run, out: &mut Operators) {
        out.text(run.x, PAGE_HEIGHT - run.y);
        let mut line = out.line();
        // Where the pen should be and where it is, in thousandths of an em: what differs goes into the kerning, and what
        // rounding leaves goes on.
        let (mut wanted, mut pen) = (0.0_f32, 0.0_f32);
        let scale = 1000.0 / run.size;
        for glyph in &run.glyphs {
            let offset = (pen - wanted).round();
            pen -= offset;
            line.back(offset);
            let Some(code) = self.codes.code(glyph.id, shown(run, glyph)) else { continue };
            line.code(code);
            wanted += glyph.advance * scale;
            pen += f32::from(self.face.advances.get(usize::from(glyph.id)).copied().unwrap_or(0));
        }
        line.show();
    }

    /// Every code with its text, as printpdf wants it: it learns what a font must tell from what a page shows.
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

    /// The glyph of each code, where codes are not glyphs, with the font's name.
    pub fn map(&self) -> Option<(String, Vec<u8>)> {
        Some((self.name(), self.codes.map()?))
    }

    /// The font with the glyphs that were met.
    pub fn font(self) -> Result<ParsedFont, Error> {
        let face = self.face;
        let subset = subsetter::subset(face.bytes, 0, &self.codes.remapper)
            .map_err(|error| Error::Subset(face.name, error.to_string()))?;
        let subset = program::slim(&subset).unwrap_or(subset);
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

/// What a glyph shows. Soft hyphens inside a ligature and joiners are not part of it. A second glyph of one cluster
/// shows nothing of its own; ToUnicode must name something for each (ISO 14289-1, 7.21.7), so it gets a joiner.
fn shown<'a>(run: &'a Run, glyph: &Glyph) -> Cow<'a, str> {
    const UNSEEN: [char; 3] = ['\u{ad}', '\u{200b}', '\u{2060}'];
    let text = run.text.get(glyph.start..glyph.end).unwrap_or_default();
    let seen = if text.contains(UNSEEN) { Cow::Owned(text.replace(UNSEEN, "")) } else { Cow::Borrowed(text) };
    match &*seen {
        _ if run.hyphen => Cow::Borrowed("\u{ad}"),
        "" => Cow::Borrowed("\u{2060}"),
        _ => seen,
    }
}
