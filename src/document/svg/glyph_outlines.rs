//! The outlines of a picture's glyphs, in the font's units with y upwards, each drawn once.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, LazyLock, Mutex, PoisonError},
};

use skrifa::{
    FontRef, GlyphId, MetadataProvider,
    instance::{LocationRef, Size},
    outline::{DrawSettings, OutlinePen},
};

use super::formatting::Number;
use crate::document::layout::fonts::fonts;

/// The glyphs of a picture.
#[derive(Default)]
pub(super) struct Glyphs {
    /// By face and glyph; `None` draws nothing, as a space does.
    outlines: BTreeMap<(usize, u16), Option<Arc<Outline>>>,
}

pub(super) struct Outline {
    /// Its id in every picture, so that several may stand in one file.
    pub id: String,
    /// Path data from wherever the pen is: relative commands only.
    pub path: String,
    pub bounds: Bounds,
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
    /// Returns a glyph's outline, or `None` if it leaves no ink.
    pub fn get(&mut self, face: usize, glyph: u16) -> Option<&Outline> {
        self.outlines.entry((face, glyph)).or_insert_with(|| cached(face, glyph)).as_deref()
    }

    /// The elements that `use` refers to.
    pub fn definitions(&self) -> String {
        let drawn = self.outlines.values().flatten();
        drawn.map(|outline| format!("<path id=\"{}\" d=\"{}\"/>\n", outline.id, outline.path)).collect()
    }
}

/// By face and glyph; `None` for one without ink.
type OutlineCache = HashMap<(usize, u16), Option<Arc<Outline>>>;

/// The outlines made so far: the next page, and the next save of a preview, has most of its glyphs in common with the
/// last. It cannot grow beyond the glyphs of the fonts.
static OUTLINES: LazyLock<Mutex<OutlineCache>> = LazyLock::new(Mutex::default);

fn cached(face: usize, glyph: u16) -> Option<Arc<Outline>> {
    // A thread that panicked left whole outlines.
    let mut drawn = OUTLINES.lock().unwrap_or_else(PoisonError::into_inner);
    drawn.entry((face, glyph)).or_insert_with(|| draw(face, glyph).map(Arc::new)).clone()
}

fn draw(face: usize, glyph: u16) -> Option<Outline> {
    let font = FontRef::new(fonts().faces.get(face)?.bytes).ok()?;
    let outline = font.outline_glyphs().get(GlyphId::from(glyph))?;
    let mut pen = PathPen::default();
    outline.draw(DrawSettings::unhinted(Size::unscaled(), LocationRef::default()), &mut pen).ok()?;
    Some(Outline { id: format!("g{face}-{glyph}"), path: pen.path, bounds: pen.bounds? })
}

/// Writes path data.
#[derive(Default)]
struct PathPen {
    path: String,
    /// The last command, which need not be repeated.
    command: Option<char>,
    at: (f32, f32),
    /// Where the contour began.
    start: (f32, f32),
    bounds: Option<Bounds>,
}

impl PathPen {
    fn command<const N: usize>(&mut self, letter: char, points: [(f32, f32); N]) {
        let named = self.command == Some(letter);
        if !named {
            self.path.push(letter);
        }
        self.command = Some(letter);
        let (from_x, from_y) = self.at;
        for (nth, (x, y)) in points.into_iter().enumerate() {
            self.number(x - from_x, nth > 0 || named);
            self.number(y - from_y, true);
            let so_far = self.bounds.unwrap_or(Bounds { left: x, top: y, right: x, bottom: y });
            self.bounds = Some(Bounds {
                left: so_far.left.min(x),
                top: so_far.top.max(y),
                right: so_far.right.max(x),
                bottom: so_far.bottom.min(y),
            });
            self.at = (x, y);
        }
    }

    /// A minus separates numbers as well as a space does.
    fn number(&mut self, value: f32, follows: bool) {
        let text = Number(value).to_string();
        if follows && !text.starts_with('-') {
            self.path.push(' ');
        }
        self.path += &text;
    }
}

impl OutlinePen for PathPen {
    fn move_to(&mut self, x: f32, y: f32) {
        self.command('m', [(x, y)]);
        // Further points of an `m` would be lines.
        self.command = None;
        self.start = (x, y);
    }

    fn line_to(&mut self, x: f32, y: f32) {
        self.command('l', [(x, y)]);
    }

    fn quad_to(&mut self, cx: f32, cy: f32, x: f32, y: f32) {
        self.command('q', [(cx, cy), (x, y)]);
    }

    fn curve_to(&mut self, cx: f32, cy: f32, dx: f32, dy: f32, x: f32, y: f32) {
        self.command('c', [(cx, cy), (dx, dy), (x, y)]);
    }

    fn close(&mut self) {
        self.path.push('z');
        self.command = None;
        self.at = self.start;
    }
}
