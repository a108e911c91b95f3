//! Finished pages become the bytes of a PDF that is tagged and archivable: PDF 2.0 with PDF/UA-2 and PDF/A-4f, or PDF 1.7
//! with PDF/UA-1 and PDF/A-3a, as its theme says.
//! printpdf writes fonts, pictures and pages. The content streams are written here, and so is what printpdf has no words
//! for: structure, metadata, colour profile, attachments, and a file that is the same bytes for the same pages.

mod annotations;
mod character_codes;
mod compression;
mod conformance;
mod content_stream;
mod file_structure;
mod font_program;
mod font_subset;
mod numbers;
mod objects;
mod operators;
mod outline;
mod parent_tree;
mod picture;
mod strings;
mod structure_tree;
mod structure_type;
mod written_objects;
mod xmp;

use printpdf::{Op, PdfDocument, PdfFont, PdfPage, PdfSaveOptions, Pt};

use font_subset::FontSubset;

use crate::document::layout::{
    document::{Document, PAGE_HEIGHT, PAGE_WIDTH},
    fonts::fonts,
};

/// Why a PDF could not be written. Each is a defect, none is caused by a person.
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

/// Returns the bytes of the PDF. The same document gives the same bytes, in any process, time zone or home directory.
///
/// # Errors
/// Only by a defect; see [`Error`].
pub fn write(document: &Document) -> Result<Vec<u8>, Error> {
    let faces = &fonts().faces;
    let mut used: Vec<FontSubset<'_>> =
        faces.iter().enumerate().map(|(index, face)| FontSubset::new(face, index)).collect();
    let mut images = picture::Images::default();
    let mut pdf = PdfDocument::new(&document.meta.title);
    let contents: Vec<_> =
        document.pages.iter().map(|page| content_stream::page(page, document, &mut used, &mut images)).collect();
    let mut specimen: Vec<Op> = used.iter().filter(|used| used.is_used()).flat_map(FontSubset::specimen).collect();
    for _ in &contents {
        let area = || printpdf::Rect {
            x: Pt(0.0),
            y: Pt(0.0),
            width: Pt(PAGE_WIDTH),
            height: Pt(PAGE_HEIGHT),
            mode: None,
            winding_order: None,
        };
        let ops = std::mem::take(&mut specimen);
        pdf.pages.push(PdfPage { media_box: area(), trim_box: area(), crop_box: area(), ops });
    }
    let maps: Vec<_> = used.iter().filter_map(FontSubset::map).collect();
    for used in used.into_iter().filter(FontSubset::is_used) {
        pdf.resources.fonts.map.insert(used.id.clone(), PdfFont::new(used.font()?));
    }
    pdf.resources.xobjects.map.extend(images.objects());
    let options = PdfSaveOptions { optimize: false, subset_fonts: false, secure: true, image_optimization: None };
    let mut warnings = Vec::new();
    let mut objects = pdf.to_lopdf_document(&options, &mut warnings);
    character_codes::set_cid_to_gid_maps(&mut objects, maps);
    content_stream::replace(&mut objects, contents)?;
    conformance::complete(objects, document)
}
