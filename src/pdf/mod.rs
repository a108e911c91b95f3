//! Finished pages become the bytes of a PDF 1.7 that is tagged (ISO 14289-1) and archivable (ISO 19005-3, level A).
//! printpdf writes contents and fonts; the finishing pass adds what it has no words for: structure, metadata, colour
//! profile, attachments, and a file that is the same bytes for the same pages.

mod content;
mod file;
mod finish;
mod picture;
mod structure;
mod xmp;

use std::collections::BTreeMap;

use printpdf::{FontId, PdfDocument, PdfFont, PdfPage, PdfSaveOptions, Pt};

use crate::layout::{
    document::{Document, PAGE_HEIGHT, PAGE_WIDTH},
    fonts::{Face, fonts},
};

/// Why a PDF could not be written. None of these is caused by a person: they are defects.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The font could not be cut to the glyphs that are used.
    #[error("the font {0} could not be subset: {1}")]
    Subset(&'static str, String),
    /// The PDF library complained.
    #[error("the PDF could not be written: {0}")]
    Library(String),
    /// An object that must be there is not.
    #[error("the PDF has no {0}")]
    Missing(&'static str),
}

impl From<lopdf::Error> for Error {
    fn from(error: lopdf::Error) -> Self {
        Error::Library(error.to_string())
    }
}

/// The bytes of the PDF. The same document gives the same bytes, in any process, time zone or home.
///
/// # Errors
/// Only by a defect; see [`Error`].
pub fn write(document: &Document) -> Result<Vec<u8>, Error> {
    let faces = &fonts().faces;
    let ids: Vec<FontId> = faces.iter().enumerate().map(|(index, face)| FontId(subset_name(index, face))).collect();
    let mut used: Vec<content::Used> = faces.iter().map(|_| content::Used::default()).collect();
    let mut images = picture::Images::default();
    let mut pdf = PdfDocument::new(&document.meta.title);
    for page in &document.pages {
        let ops = content::page(page, &document.nodes, faces, &ids, &mut used, &mut images);
        let area = || printpdf::Rect {
            x: Pt(0.0),
            y: Pt(0.0),
            width: Pt(PAGE_WIDTH),
            height: Pt(PAGE_HEIGHT),
            mode: None,
            winding_order: None,
        };
        pdf.pages.push(PdfPage { media_box: area(), trim_box: area(), crop_box: area(), ops });
    }
    for ((face, used), id) in faces.iter().zip(&used).zip(&ids) {
        if used.is_used() {
            pdf.resources.fonts.map.insert(id.clone(), PdfFont::new(subset(face, used, id)?));
        }
    }
    pdf.resources.xobjects.map.extend(images.objects());
    let options = PdfSaveOptions { optimize: false, subset_fonts: false, secure: true, image_optimization: None };
    let mut warnings = Vec::new();
    let objects = pdf.to_lopdf_document(&options, &mut warnings);
    finish::finish(objects, document)
}

/// A subset's name begins with six capitals (ISO 32000-1, 9.6.4).
fn subset_name(index: usize, face: &Face) -> String {
    let letter = char::from(b'A'.saturating_add(index as u8));
    format!("GRBRF{letter}+{}", face.name)
}

fn subset(face: &Face, used: &content::Used, id: &FontId) -> Result<printpdf::ParsedFont, Error> {
    let bytes = subsetter::subset(face.bytes, 0, &used.remapper)
        .map_err(|error| Error::Subset(face.name, error.to_string()))?;
    let widths: BTreeMap<u16, u16> = used
        .remapper
        .remapped_gids()
        .enumerate()
        .map(|(new, old)| (new as u16, face.advances.get(usize::from(old)).copied().unwrap_or(0)))
        .collect();
    let metrics = printpdf::FontMetrics { ascent: face.ascent, descent: face.descent };
    let mut font =
        printpdf::ParsedFont::with_glyph_data(bytes, 0, Some(id.0.clone()), BTreeMap::new(), widths, 1000, metrics);
    // Subsetting drops the table with the weight, from which printpdf makes the stem width.
    font.pdf_font_metrics.us_weight_class = face.weight;
    let [x_min, y_min, x_max, y_max] = face.bounds;
    font.pdf_font_metrics.x_min = x_min;
    font.pdf_font_metrics.y_min = y_min;
    font.pdf_font_metrics.x_max = x_max;
    font.pdf_font_metrics.y_max = y_max;
    Ok(font)
}
