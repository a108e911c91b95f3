//! What the public archive keeps of an edition in one language: its text as HTML, its first page as a picture, its figures.
//! Made from what the PDF is made from, so that they say the same. How they are shown the public pages decide.

use crate::{
    base::gzip,
    document::{brief::Brief, html, layout::document::Document, svg},
    store::EditionPage,
};

/// The page of a brief that is laid out.
pub(super) fn archive_page(brief: &Brief, document: &Document) -> EditionPage {
    let figures = brief.attachments.first().map_or(&[][..], |attachment| &attachment.bytes);
    EditionPage {
        language: brief.language,
        headline: brief.headline.clone(),
        summary: brief.subject.clone(),
        issue: brief.edition.clone(),
        date: brief.date.clone(),
        html: gzip::pack(html::text(brief).as_bytes()),
        picture: gzip::pack(svg::page(document, 0).as_bytes()),
        figures: gzip::pack(figures),
    }
}
