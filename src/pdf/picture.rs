//! Pictures in a content stream: an SVG as filled paths inside its box, a PNG as an image object that each page may use
//! (ISO 32000-1, 8.9.5), with its opacity as a soft mask.

use std::{collections::BTreeMap, sync::Arc};

use printpdf::{
    DictItem, ExternalStream, ExternalXObject, LinePoint, Op, PaintMode, Point, Polygon, PolygonRing, Pt, WindingOrder,
    XObject, XObjectId, XObjectTransform,
};

use super::content::{color, round};
use crate::layout::document::{PAGE_HEIGHT, Picture, Raster, Segment, Vector};

/// The image objects of a file: the same picture is in it once.
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

/// Rows as PNG keeps them are what PDF calls predictor 15 (ISO 32000-1, table 8).
fn image(raster: &Raster, rows: &[u8], gray: bool) -> ExternalStream {
    let int = |value: u32| DictItem::Int(i64::from(value));
    let name = |value: &str| DictItem::Name(value.into());
    let dict = |entries: Vec<(&str, DictItem)>| -> BTreeMap<String, DictItem> {
        entries.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
    };
    let packing = dict(vec![
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
        ("DecodeParms", DictItem::Dict { map: packing }),
    ]);
    ExternalStream { dict: entries, content: rows.to_vec(), compress: false }
}

/// Paints a picture into its box: left, top, right, bottom.
pub(super) fn paint(picture: &Picture, area: [f32; 4], images: &mut Images, ops: &mut Vec<Op>) {
    match picture {
        Picture::Raster(raster) => {
            let [left, top, right, bottom] = area;
            let transform = XObjectTransform {
                translate_x: Some(Pt(round(left))),
                translate_y: Some(Pt(round(PAGE_HEIGHT - bottom))),
                scale_x: Some(round(right - left)),
                scale_y: Some(round(bottom - top)),
                no_auto_scale: true,
                ..XObjectTransform::default()
            };
            ops.push(Op::UseXobject { id: images.id(raster), transform });
        }
        Picture::Vector(vector) => paths(vector, area, ops),
    }
}

fn paths(vector: &Vector, [left, top, right, bottom]: [f32; 4], ops: &mut Vec<Op>) {
    let scale = [(right - left) / vector.width, (bottom - top) / vector.height];
    let point = |[x, y]: [f32; 2], bezier: bool| LinePoint {
        p: Point { x: Pt(round(left + x * scale[0])), y: Pt(round(PAGE_HEIGHT - top - y * scale[1])) },
        bezier,
    };
    let shape = |rings: Vec<PolygonRing>, mode: PaintMode, even_odd: bool| Op::DrawPolygon {
        polygon: Polygon {
            rings,
            mode,
            winding_order: if even_odd { WindingOrder::EvenOdd } else { WindingOrder::NonZero },
        },
    };
    // What an SVG draws beside its box is not seen.
    let (w, h) = (vector.width, vector.height);
    let frame = [[0.0, 0.0], [w, 0.0], [w, h], [0.0, h]].map(|corner| point(corner, false)).to_vec();
    ops.push(Op::SaveGraphicsState);
    ops.push(shape(vec![PolygonRing { points: frame }], PaintMode::Clip, false));
    for path in &vector.paths {
        let mut rings: Vec<PolygonRing> = Vec::new();
        for segment in &path.segments {
            if let Segment::Move(to) = segment {
                rings.push(PolygonRing { points: vec![point(*to, false)] });
                continue;
            }
            let Some(ring) = rings.last_mut() else { continue };
            match segment {
                Segment::Move(_) => {}
                Segment::Line(to) => ring.points.push(point(*to, false)),
                Segment::Curve([first, second, end]) => {
                    ring.points.extend([point(*first, true), point(*second, true), point(*end, false)]);
                }
            }
        }
        ops.push(Op::SetFillColor { col: color(path.color) });
        ops.push(shape(rings, PaintMode::Fill, path.even_odd));
    }
    ops.push(Op::RestoreGraphicsState);
}
