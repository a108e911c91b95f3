//! Pictures on a page: an SVG as paths in a box of its own, a PNG inside the text, so that nothing else is needed.

use base64::{Engine, prelude::BASE64_STANDARD};

use super::write::{Hex, Number};
use crate::layout::document::{Picture, Raster, Segment, Vector};

/// A picture, stretched into its box: left, top, right, bottom.
pub(super) fn draw(picture: &Picture, [left, top, right, bottom]: [f32; 4]) -> String {
    let (width, height) = (Number(right - left), Number(bottom - top));
    let place = format!("x=\"{}\" y=\"{}\" width=\"{width}\" height=\"{height}\"", Number(left), Number(top));
    match picture {
        Picture::Vector(vector) => paths(vector, &place),
        Picture::Raster(raster) => image(raster, &place),
    }
}

/// What lies outside the box is not seen: an inner `svg` clips.
fn paths(vector: &Vector, place: &str) -> String {
    let (width, height) = (vector.width, vector.height);
    let mut out = format!("<svg {place} viewBox=\"0 0 {width} {height}\" preserveAspectRatio=\"none\">");
    for path in &vector.paths {
        let mut d = String::new();
        for segment in &path.segments {
            d += &match segment {
                Segment::Move([x, y]) if d.is_empty() => format!("M{x} {y}"),
                Segment::Move([x, y]) => format!("ZM{x} {y}"),
                Segment::Line([x, y]) => format!("L{x} {y}"),
                Segment::Curve([[a, b], [c, d], [x, y]]) => format!("C{a} {b} {c} {d} {x} {y}"),
            };
        }
        let rule = if path.even_odd { " fill-rule=\"evenodd\"" } else { "" };
        out += &format!("<path d=\"{d}Z\" fill=\"{}\"{rule}/>", Hex(path.color));
    }
    out + "</svg>\n"
}

/// Its opacity is a mask, as in the PDF. The mask's name follows from what it holds: pages may stand in one file.
fn image(raster: &Raster, place: &str) -> String {
    let image = |place: &str, rows: &[u8], gray: bool| {
        let bytes = BASE64_STANDARD.encode(png(raster, rows, gray));
        format!("<image {place} preserveAspectRatio=\"none\" href=\"data:image/png;base64,{bytes}\"")
    };
    let mut out = String::new();
    let mut mask = String::new();
    if let Some(alpha) = &raster.alpha {
        let id = format!("mask-{:08x}", crc32fast::hash(alpha));
        let inner = image("width=\"1\" height=\"1\"", alpha, true);
        out += &format!("<mask id=\"{id}\" maskContentUnits=\"objectBoundingBox\">{inner}/></mask>\n");
        mask = format!(" mask=\"url(#{id})\"");
    }
    out + &image(place, &raster.samples, raster.gray) + &mask + "/>\n"
}

/// Rows are packed as PNG packs them: only its head and foot are missing (PNG, 5 and 11.2).
fn png(raster: &Raster, rows: &[u8], gray: bool) -> Vec<u8> {
    let mut head = [raster.width.to_be_bytes(), raster.height.to_be_bytes()].concat();
    head.extend([8, if gray { 0 } else { 2 }, 0, 0, 0]);
    let mut out = b"\x89PNG\r\n\x1a\n".to_vec();
    for (kind, data) in [(b"IHDR", &*head), (b"IDAT", rows), (b"IEND", &[])] {
        let mut check = crc32fast::Hasher::new();
        check.update(kind);
        check.update(data);
        out.extend((data.len() as u32).to_be_bytes());
        out.extend(kind);
        out.extend(data);
        out.extend(check.finalize().to_be_bytes());
    }
    out
}
