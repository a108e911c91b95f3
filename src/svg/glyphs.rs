//! The outlines of a picture's glyphs, in the font's units with y upwards, each defined once.

use std::collections::BTreeMap;

use skrifa::{
    FontRef, GlyphId, MetadataProvider,
    instance::{LocationRef, Size},
    outline::{DrawSettings, OutlinePen},
};

use super::write::Number;
use crate::layout::fonts::fonts;

/// The glyphs of a picture.
#[derive(Default)]
pub(super) struct Glyphs {
    /// By face and glyph; `None` draws nothing, as a space does.
    outlines: BTreeMap<(usize, u16), Option<Outline>>,
}

struct Outline {
    path: String,
    bounds: Bounds,
}

/// The box around an outline's points, which no curve leaves. `top` is above `bottom`: y grows upwards.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bounds {
    pub left: f32,
    pub top: f32,
    pub right: f32,
    pub bottom: f32,
}

impl Glyphs {
    /// A glyph's id in the picture and its box; nothing if it leaves no ink.
    pub fn get(&mut self, face: usize, glyph: u16) -> Option<(String, Bounds)> {
        let outline = self.outlines.entry((face, glyph)).or_insert_with(|| draw(face, glyph)).as_ref()?;
        Some((id(face, glyph), outline.bounds))
    }

    /// The elements that `use` refers to.
    pub fn definitions(&self) -> String {
        let drawn = self.outlines.iter().filter_map(|(key, outline)| Some((key, outline.as_ref()?)));
        drawn
            .map(|((face, glyph), outline)| format!("<path id=\"{}\" d=\"{}\"/>\n", id(*face, *glyph), outline.path))
            .collect()
    }
}

/// The same in every picture, so that several may stand in one file.
fn id(face: usize, glyph: u16) -> String {
    format!("g{face}-{glyph}")
}

fn draw(face: usize, glyph: u16) -> Option<Outline> {
    let font = FontRef::new(fonts().faces.get(face)?.bytes).ok()?;
    let outline = font.outline_glyphs().get(GlyphId::from(glyph))?;
    let mut pen = Pen::default();
    outline.draw(DrawSettings::unhinted(Size::unscaled(), LocationRef::default()), &mut pen).ok()?;
    Some(Outline { path: pen.path, bounds: pen.bounds? })
}

/// Writes path data.
#[derive(Default)]
struct Pen {
    path: String,
    bounds: Option<Bounds>,
}

impl Pen {
    fn command<const N: usize>(&mut self, letter: char, points: [(f32, f32); N]) {
        self.path.push(letter);
        for (nth, (x, y)) in points.into_iter().enumerate() {
            let gap = if nth > 0 { " " } else { "" };
            self.path += &format!("{gap}{} {}", Number(x), Number(y));
            let so_far = self.bounds.unwrap_or(Bounds { left: x, top: y, right: x, bottom: y });
            self.bounds = Some(Bounds {
                left: so_far.left.min(x),
                top: so_far.top.max(y),
                right: so_far.right.max(x),
                bottom: so_far.bottom.min(y),
            });
        }
    }
}

impl OutlinePen for Pen {
    fn move_to(&mut self, x: f32, y: f32) {
        self.command('M', [(x, y)]);
    }

    fn line_to(&mut self, x: f32, y: f32) {
        self.command('L', [(x, y)]);
    }

    fn quad_to(&mut self, cx: f32, cy: f32, x: f32, y: f32) {
        self.command('Q', [(cx, cy), (x, y)]);
    }

    fn curve_to(&mut self, cx: f32, cy: f32, dx: f32, dy: f32, x: f32, y: f32) {
        self.command('C', [(cx, cy), (dx, dy), (x, y)]);
    }

    fn close(&mut self) {
        self.path.push('Z');
    }
}
