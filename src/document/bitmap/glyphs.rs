//! The outlines of glyphs as paths to fill, in the font's units with y upwards, each made once for a picture.

use std::collections::HashMap;

use skrifa::{
    FontRef, GlyphId, MetadataProvider,
    instance::{LocationRef, Size},
    outline::{DrawSettings, OutlinePen},
};
use tiny_skia::{Path, PathBuilder};

use crate::document::layout::fonts::fonts;

/// The glyphs of a picture.
#[derive(Default)]
pub(super) struct GlyphPaths {
    /// By face and glyph; `None` draws nothing, as a space does.
    paths: HashMap<(usize, u16), Option<Path>>,
}

impl GlyphPaths {
    /// Returns a glyph's outline, or `None` if it leaves no ink.
    pub fn get(&mut self, face: usize, glyph: u16) -> Option<&Path> {
        self.paths.entry((face, glyph)).or_insert_with(|| draw(face, glyph)).as_ref()
    }
}

fn draw(face: usize, glyph: u16) -> Option<Path> {
    let font = FontRef::new(fonts().faces.get(face)?.bytes).ok()?;
    let outline = font.outline_glyphs().get(GlyphId::from(glyph))?;
    let mut pen = PathPen(PathBuilder::new());
    outline.draw(DrawSettings::unhinted(Size::unscaled(), LocationRef::default()), &mut pen).ok()?;
    pen.0.finish()
}

struct PathPen(PathBuilder);

impl OutlinePen for PathPen {
    fn move_to(&mut self, x: f32, y: f32) {
        self.0.move_to(x, y);
    }

    fn line_to(&mut self, x: f32, y: f32) {
        self.0.line_to(x, y);
    }

    fn quad_to(&mut self, cx: f32, cy: f32, x: f32, y: f32) {
        self.0.quad_to(cx, cy, x, y);
    }

    fn curve_to(&mut self, cx: f32, cy: f32, dx: f32, dy: f32, x: f32, y: f32) {
        self.0.cubic_to(cx, cy, dx, dy, x, y);
    }

    fn close(&mut self) {
        self.0.close();
    }
}
