//! A PNG becomes rows of eight-bit samples, with colours and opacity apart. It is read row by row, so that a small file
//! that claims to be large does not fill the memory.

use std::io::{Cursor, Write};

use flate2::{Compression, write::ZlibEncoder};
use png::{ColorType, Decoder, DecodingError, Limits, Transformations};

use super::{Raster, SIDE};

/// Maximum number of pixels.
const PIXELS: u64 = 40_000_000;

/// The fault, in words that follow the file's name, and a hint.
type Wrong = (String, String);

fn broken(error: &DecodingError) -> Wrong {
    let text = error.to_string();
    (format!("cannot be read to its end: {}", text.trim_end_matches('.')), "save it again as PNG".to_owned())
}

/// Reads a PNG.
pub(super) fn read(bytes: &[u8]) -> Result<Raster, Wrong> {
    let mut decoder = Decoder::new_with_limits(Cursor::new(bytes), Limits { bytes: 64_000_000 });
    // Text and profiles are not used, and either may unpack to a large size.
    decoder.set_ignore_text_chunk(true);
    decoder.set_ignore_iccp_chunk(true);
    decoder.set_transformations(Transformations::normalize_to_color8());
    let header = decoder.read_header_info().map_err(|error| broken(&error))?;
    let (width, height) = header.size();
    if width > SIDE || height > SIDE || u64::from(width) * u64::from(height) > PIXELS {
        let what = format!("has {width} × {height} pixels");
        let hint = format!("at most {SIDE} a side and {} million in all: make it smaller", PIXELS / 1_000_000);
        return Err((what, hint));
    }
    let mut reader = decoder.read_info().map_err(|error| broken(&error))?;
    let (color, _) = reader.output_color_type();
    let gray = matches!(color, ColorType::Grayscale | ColorType::GrayscaleAlpha);
    let mut rows = Rows::new(width as usize, color);
    if reader.info().interlaced {
        // Its rows come in seven passes, so the whole picture is needed before the first row.
        let mut whole = vec![0; reader.output_buffer_size().unwrap_or(0)];
        let frame = reader.next_frame(&mut whole).map_err(|error| broken(&error))?;
        for row in whole.chunks_exact(frame.line_size.max(1)).take(height as usize) {
            rows.push(row).map_err(|error| broken(&error.into()))?;
        }
    } else {
        for _ in 0..height {
            let row = reader.next_row().map_err(|error| broken(&error))?;
            let row = row.ok_or_else(|| ("ends before its last row".to_owned(), "save it again as PNG".to_owned()))?;
            rows.push(row.data()).map_err(|error| broken(&error.into()))?;
        }
    }
    // Checks the checksums, and that nothing is cut off.
    reader.finish().map_err(|error| broken(&error))?;
    let (samples, alpha) = rows.finish().map_err(|error| broken(&error.into()))?;
    Ok(Raster { width, height, gray, samples, alpha })
}

/// Packs rows, with colours and opacity apart.
struct Rows {
    colors: Packer,
    alpha: Option<Packer>,
    /// Samples of colour for each pixel
    channels: usize,
    opaque: bool,
    color: Vec<u8>,
    cover: Vec<u8>,
}

impl Rows {
    fn new(width: usize, color: ColorType) -> Rows {
        let channels = if matches!(color, ColorType::Grayscale | ColorType::GrayscaleAlpha) { 1 } else { 3 };
        let alpha = matches!(color, ColorType::GrayscaleAlpha | ColorType::Rgba).then(|| Packer::new(width));
        let colors = Packer::new(width * channels);
        Rows { colors, alpha, channels, opaque: true, color: Vec::new(), cover: Vec::new() }
    }

    fn push(&mut self, row: &[u8]) -> std::io::Result<()> {
        let Some(alpha) = &mut self.alpha else { return self.colors.push(row) };
        self.color.clear();
        self.cover.clear();
        for pixel in row.chunks_exact(self.channels + 1) {
            let (color, cover) = pixel.split_at(self.channels);
            self.color.extend(color);
            self.cover.extend(cover);
        }
        self.opaque &= self.cover.iter().all(|cover| *cover == u8::MAX);
        self.colors.push(&self.color)?;
        alpha.push(&self.cover)
    }

    fn finish(self) -> std::io::Result<(Vec<u8>, Option<Vec<u8>>)> {
        let alpha = self.alpha.filter(|_| !self.opaque).map(|alpha| alpha.packed.finish()).transpose()?;
        Ok((self.colors.packed.finish()?, alpha))
    }
}

/// Packs rows, each as its difference to the one above (PNG's filter 2, "up").
struct Packer {
    packed: ZlibEncoder<Vec<u8>>,
    above: Vec<u8>,
    filtered: Vec<u8>,
}

impl Packer {
    fn new(length: usize) -> Packer {
        Packer {
            packed: ZlibEncoder::new(Vec::new(), Compression::new(6)),
            above: vec![0; length],
            filtered: Vec::with_capacity(length + 1),
        }
    }

    fn push(&mut self, row: &[u8]) -> std::io::Result<()> {
        self.filtered.clear();
        self.filtered.push(2);
        self.filtered.extend(row.iter().zip(&self.above).map(|(here, above)| here.wrapping_sub(*above)));
        self.above.clear();
        self.above.extend(row);
        self.packed.write_all(&self.filtered)
    }
}
