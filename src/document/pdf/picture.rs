//! Pictures in a content stream: an SVG as filled paths inside its box, a PNG as an image object that each page may use
//! (ISO 32000-1, 8.9.5), with its opacity as a soft mask.

use std::{collections::BTreeMap, sync::Arc};

use printpdf::{DictItem, ExternalStream, ExternalXObject, XObject, XObjectId};

use super::operators::Operators;
use crate::document::layout::{
    document::{PAGE_HEIGHT, Picture, Raster, Segment, Vector},
    geometry::Rect,
};

/// The image objects of a file, each picture once.
#[derive(Default)]
pub(super) struct Images(Vec<Arc<Raster>>);

impl Images {
    fn id(&mut self, raster: &Arc<Raster>) -> XObjectId {
        let at = self.0.iter().position(|known| Arc::ptr_eq(known, raster));
        let at = at.unwrap_or_else(|| {
            self.0.push(raster.clone());
            self.0.len() - 1
        });
        id(at)
    }

    /// Each with its name.
    pub fn objects(&self) -> impl Iterator<Item = (XObjectId, XObject)> {
        self.0.iter().enumerate().map(|(at, raster)| (id(at), object(raster)))
    }
}

fn id(at: usize) -> XObjectId {
    XObjectId(format!("Picture{at}"))
}

fn object(raster: &Raster) -> XObject {
    let mut stream = image(raster, &raster.samples, raster.gray);
    if let Some(alpha) = &raster.alpha {
        stream.dict.insert("SMask".to_owned(), DictItem::Stream { stream: image(raster, alpha, true) });
    }
    XObject::External(ExternalXObject { stream, width: None, height: None, dpi: None })
}

/// An image of rows as PNG stores them, which PDF calls predictor 15 (ISO 32000-1, table 8).
fn image(raster: &Raster, rows: &[u8], gray: bool) -> ExternalStream {
    let int = |value: u32| DictItem::Int(i64::from(value));
    let name = |value: &str| DictItem::Name(value.into());
    let dict = |entries: Vec<(&str, DictItem)>| -> BTreeMap<String, DictItem> {
        entries.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
    };
    let parameters = dict(vec![
        ("Predictor", int(15)),
        ("Colors", int(if gray { 1 } else { 3 })),
        ("BitsPerComponent", int(8)),
        ("Columns", int(raster.width)),
    ]);
    let entries = dict(vec![
        ("Type", name("XObject")),
        ("Subtype", name("Image")),
        ("Width", int(raster.width)),
        ("Height", int(raster.height)),
        ("ColorSpace", name(if gray { "DeviceGray" } else { "DeviceRGB" })),
        ("BitsPerComponent", int(8)),
        ("Filter", name("FlateDecode")),
        ("DecodeParms", DictItem::Dict { map: parameters }),
    ]);
    ExternalStream { dict: entries, content: rows.to_vec(), compress: false }
}

/// Paints a picture into its box.
pub(super) fn paint(picture: &Picture, area: Rect, images: &mut Images, out: &mut Operators) {
    out.operator("q");
    match picture {
        Picture::Raster(raster) => {
            let Rect { left, top, right, bottom } = area;
            out.numbers([right - left, 0.0, 0.0, bottom - top, left, PAGE_HEIGHT - bottom], "cm");
            out.picture(&images.id(raster).0);
        }
        Picture::Vector(vector) => paths(vector, area, out),
    }
    out.operator("Q");
}

fn paths(vector: &Vector, Rect { left, top, right, bottom }: Rect, out: &mut Operators) {
    let scale = [(right - left) / vector.width, (bottom - top) / vector.height];
    let place = |[x, y]: [f32; 2]| [left + x * scale[0], PAGE_HEIGHT - top - y * scale[1]];
    // What an SVG draws outside its box is clipped.
    out.numbers([left, PAGE_HEIGHT - bottom, right - left, bottom - top], "re");
    out.operator("W n");
    for path in &vector.paths {
        out.color(path.color, "rg");
        for segment in &path.segments {
            match segment {
                Segment::Move(to) => out.numbers(place(*to), "m"),
                Segment::Line(to) => out.numbers(place(*to), "l"),
                Segment::Curve([first, second, end]) => {
                    let ([a, b], [c, d], [e, f]) = (place(*first), place(*second), place(*end));
                    out.numbers([a, b, c, d, e, f], "c");
                }
            }
        }
        out.operator(if path.even_odd { "f*" } else { "f" });
    }
}
