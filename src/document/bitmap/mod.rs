//! What layout has painted becomes a PNG, for mails: their programs show no SVG. The glyphs are the outlines that the PDF has, and
//! the same items give the same bytes.

mod glyphs;
mod palette;

use base64::{Engine as _, prelude::BASE64_STANDARD};
use tiny_skia::{Color, FillRule, LineJoin, Paint, Path, PathBuilder, Pixmap, Shader, Stroke, StrokeDash, Transform};

use self::glyphs::GlyphPaths;
use crate::document::layout::{
    ChartAlone,
    document::{GlyphRun, Item},
};

/// White around the drawing, in points: where a mail is dark, the picture is a light card.
const MARGIN: f32 = 6.0;

/// A picture of a chart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChartBitmap {
    /// A PNG (ISO/IEC 15948)
    pub png: Vec<u8>,
    /// Number of pixels from left to right
    pub width: u32,
    /// Number of pixels from top to bottom
    pub height: u32,
}

impl ChartBitmap {
    /// The picture as a `data:` URL (RFC 2397).
    pub fn data_url(&self) -> String {
        format!("data:image/png;base64,{}", BASE64_STANDARD.encode(&self.png))
    }
}

/// Paints a chart on white, `width` pixels wide. `None` if it would have no pixels.
pub fn chart(chart: &ChartAlone, width: u32) -> Option<ChartBitmap> {
    let scale = width as f32 / (chart.width + 2.0 * MARGIN);
    let height = ((chart.height + 2.0 * MARGIN) * scale).ceil() as u32;
    let mut painter = Painter {
        pixels: Pixmap::new(width, height)?,
        place: Transform::from_row(scale, 0.0, 0.0, scale, MARGIN * scale, MARGIN * scale),
        glyphs: GlyphPaths::default(),
    };
    painter.pixels.fill(Color::WHITE);
    for item in &chart.items {
        painter.item(item);
    }
    let png = palette::png(&painter.pixels)?;
    Some(ChartBitmap { png, width, height })
}

/// A picture while it is painted.
struct Painter {
    pixels: Pixmap,
    /// From points to pixels
    place: Transform,
    glyphs: GlyphPaths,
}

impl Painter {
    fn item(&mut self, item: &Item) {
        match item {
            Item::Text(run) => self.text(run),
            Item::Fill { points, color } => {
                if let Some(path) = polyline(points, true) {
                    self.pixels.fill_path(&path, &ink(*color), FillRule::Winding, self.place, None);
                }
            }
            Item::Stroke { points, width, dash, color } => {
                let dash = dash.and_then(|(dash, gap)| StrokeDash::new(vec![dash, gap], 0.0));
                let stroke = Stroke { width: *width, line_join: LineJoin::Round, dash, ..Stroke::default() };
                if let Some(path) = polyline(points, false) {
                    self.pixels.stroke_path(&path, &ink(*color), &stroke, self.place, None);
                }
            }
            // No chart has pictures in it, and what a screen reader reads is not seen.
            Item::Picture { .. } | Item::Content { .. } | Item::Artifact { .. } => {}
        }
    }

    fn text(&mut self, run: &GlyphRun) {
        let scale = run.size / 1000.0;
        let mut pen = run.x;
        for glyph in &run.glyphs {
            if let Some(path) = self.glyphs.get(run.face, glyph.id) {
                let at = self.place.pre_concat(Transform::from_row(scale, 0.0, 0.0, -scale, pen, run.y));
                self.pixels.fill_path(path, &ink(run.color), FillRule::Winding, at, None);
            }
            pen += glyph.advance;
        }
    }
}

fn polyline(points: &[(f32, f32)], closed: bool) -> Option<Path> {
    let mut path = PathBuilder::new();
    let (first, rest) = points.split_first()?;
    path.move_to(first.0, first.1);
    for point in rest {
        path.line_to(point.0, point.1);
    }
    if closed {
        path.close();
    }
    path.finish()
}

fn ink([r, g, b]: [u8; 3]) -> Paint<'static> {
    Paint { shader: Shader::SolidColor(Color::from_rgba8(r, g, b, 255)), anti_alias: true, ..Paint::default() }
}

#[cfg(test)]
mod tests;
