//! Pictures of a template: a PNG as rows of samples, an SVG as filled paths. What cannot be drawn is a problem with its
//! place. Nothing in a picture leads to another file or an address, or takes more memory than the limits here allow.

mod png;
mod svg;

use std::sync::Arc;

use crate::base::problem::{Place, Problem, Problems, Source};

/// Maximum size of a PNG, in bytes.
const PNG_BYTES: usize = 10_000_000;
/// Maximum size of an SVG, in bytes.
const SVG_BYTES: usize = 1_000_000;
/// Maximum size of a picture, in bytes.
pub(super) const MOST_BYTES: usize = PNG_BYTES;
/// Maximum length of a side, in pixels of a PNG or units of an SVG.
const SIDE: u32 = 20_000;

/// A picture, ready to be placed.
#[derive(Debug, Clone, PartialEq)]
pub enum Picture {
    /// Rows of samples
    Raster(Arc<Raster>),
    /// Filled paths
    Vector(Arc<Vector>),
}

/// Pixels in sRGB, in the form of both PNG and PDF (predictor 15): eight bits a sample, a filter byte before each row,
/// packed by zlib.
#[derive(Debug, PartialEq)]
pub struct Raster {
    /// In pixels, at least 1
    pub width: u32,
    /// In pixels, at least 1
    pub height: u32,
    /// Whether a pixel has one sample, else three
    pub gray: bool,
    /// The colours
    pub samples: Vec<u8>,
    /// The opacity, one sample a pixel; `None` if all of it is opaque
    pub alpha: Option<Vec<u8>>,
}

/// Paths in a box whose origin is at the top left.
#[derive(Debug, PartialEq)]
pub struct Vector {
    /// The box
    pub width: f32,
    /// The box
    pub height: f32,
    /// In painting order
    pub paths: Vec<Path>,
}

/// A filled path; strokes have become outlines.
#[derive(Debug, PartialEq)]
pub struct Path {
    /// Its subpaths; each begins with a move and counts as closed
    pub segments: Vec<Segment>,
    /// Its colour
    pub color: [u8; 3],
    /// Whether it is filled by the even-odd rule, else by the nonzero rule
    pub even_odd: bool,
}

/// A segment of a path, from where the last one ended.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Segment {
    /// To a new beginning
    Move([f32; 2]),
    /// A straight line to
    Line([f32; 2]),
    /// A cubic curve: two control points and the end
    Curve([[f32; 2]; 3]),
}

impl Picture {
    /// Width in pixels of a PNG or units of an SVG; never zero.
    pub fn width(&self) -> f32 {
        match self {
            Picture::Raster(raster) => raster.width as f32,
            Picture::Vector(vector) => vector.width,
        }
    }

    /// Height in pixels of a PNG or units of an SVG; never zero.
    pub fn height(&self) -> f32 {
        match self {
            Picture::Raster(raster) => raster.height as f32,
            Picture::Vector(vector) => vector.height,
        }
    }
}

/// Whether a file's name is that of a picture.
pub(super) fn is_picture(name: &str) -> bool {
    name.ends_with(".png") || name.ends_with(".svg")
}

/// Reads the picture `name` of a template's folder; `named` is the place where the template names it.
///
/// # Errors
/// Everything that cannot be drawn, at its place in an SVG, or at the place where the picture is named.
pub(super) fn read(folder: &str, name: &str, bytes: Option<&[u8]>, named: &Place) -> Result<Picture, Problems> {
    let wrong = |what: String, hint: &str| Problems::from(Problem::error(what).at(named.clone()).hint(hint));
    if !is_picture(name) || name.contains(['/', '\\']) {
        return Err(wrong(
            format!("`{name}` is not the name of a picture"),
            "a picture is a .png or .svg file in the template's folder, named without a path",
        ));
    }
    let Some(bytes) = bytes else {
        return Err(wrong(format!("the template has no {name}"), &format!("it belongs into {folder}")));
    };
    let most = if name.ends_with(".png") { PNG_BYTES } else { SVG_BYTES };
    if bytes.len() > most {
        return Err(wrong(
            format!("{name} has more than {} MB", most / 1_000_000),
            "every reader's mail would carry it: make it smaller",
        ));
    }
    if name.ends_with(".png") {
        let raster = png::read(bytes).map_err(|(what, hint)| wrong(format!("{name} {what}"), &hint))?;
        Ok(Picture::Raster(Arc::new(raster)))
    } else {
        let text = std::str::from_utf8(bytes).map_err(|_| wrong(format!("{name} is not UTF-8"), "save it as UTF-8"))?;
        let source = Source::new(if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") }, text);
        svg::read(&source).map(|vector| Picture::Vector(Arc::new(vector)))
    }
}
