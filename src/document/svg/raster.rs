//! A picture of pixels inside an SVG: its rows are packed as PNG packs them, so that a PNG is only put around them.

use std::fmt::Write as _;

use base64::{Engine as _, prelude::BASE64_STANDARD};

use crate::document::layout::document::Raster;

/// An `<image>` at `place`; what is not opaque, by a mask with this number.
pub(super) fn image(raster: &Raster, place: &str, number: usize) -> String {
    let mut out = String::new();
    let size = (raster.width, raster.height);
    let mask = raster.alpha.as_ref().map(|alpha| {
        let _ = writeln!(
            out,
            "<mask id=\"opaque-{number}\" mask-type=\"luminance\"><image {place} href=\"{}\"/></mask>",
            png(size, true, alpha)
        );
        format!(" mask=\"url(#opaque-{number})\"")
    });
    let samples = png(size, raster.gray, &raster.samples);
    let _ = writeln!(out, "<image {place}{} href=\"{samples}\"/>", mask.unwrap_or_default());
    out
}

/// A PNG (ISO/IEC 15948) as a `data:` URL; `rows` are filtered and packed already.
fn png((width, height): (u32, u32), gray: bool, rows: &[u8]) -> String {
    let mut file = b"\x89PNG\r\n\x1a\n".to_vec();
    let mut chunk = |kind: &[u8; 4], data: &[u8]| {
        file.extend((data.len() as u32).to_be_bytes());
        file.extend(kind);
        file.extend(data);
        let mut sum = crc32fast::Hasher::new();
        sum.update(kind);
        sum.update(data);
        file.extend(sum.finalize().to_be_bytes());
    };
    let mut header = [width.to_be_bytes(), height.to_be_bytes()].concat();
    // Eight bits a sample, grey or RGB, deflate, the five filters, not interlaced.
    header.extend([8, if gray { 0 } else { 2 }, 0, 0, 0]);
    chunk(b"IHDR", &header);
    chunk(b"IDAT", rows);
    chunk(b"IEND", b"");
    format!("data:image/png;base64,{}", BASE64_STANDARD.encode(file))
}
