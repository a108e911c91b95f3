//! The names of the structure types in the file (ISO 32000-1, 14.8.4; ISO 32000-2, 14.8.4).

use crate::document::layout::document::{Standard, StructureType};

/// The namespace of the structure types of PDF 2.0 (ISO 32000-2, 14.8.6). Without one, a type is of PDF 1.7.
pub(super) const PDF_2_NAMESPACE: &str = "http://iso.org/pdf2/ssn";

/// Returns the name of a structure type in the file.
pub(super) fn structure_type_name(kind: StructureType, standard: Standard) -> &'static str {
    match kind {
        StructureType::Document => "Document",
        StructureType::H1 => "H1",
        StructureType::H2 => "H2",
        StructureType::H3 => "H3",
        StructureType::P => "P",
        StructureType::L | StructureType::LNumbered | StructureType::LDescribed | StructureType::LPlain => "L",
        StructureType::LI => "LI",
        StructureType::Lbl => "Lbl",
        StructureType::LBody => "LBody",
        StructureType::Table => "Table",
        StructureType::Caption => "Caption",
        StructureType::THead => "THead",
        StructureType::TBody => "TBody",
        StructureType::TR => "TR",
        StructureType::THColumn | StructureType::THRow | StructureType::THGroup(_) => "TH",
        StructureType::TD => "TD",
        StructureType::Figure => "Figure",
        StructureType::Link => "Link",
        StructureType::Div => "Div",
        StructureType::Strong if standard == Standard::Ua2 => "Strong",
        StructureType::Em if standard == Standard::Ua2 => "Em",
        StructureType::Span | StructureType::Strong | StructureType::Em => "Span",
        StructureType::BlockQuote => "BlockQuote",
        StructureType::Note | StructureType::EndNote if standard == Standard::Ua2 => "FENote",
        StructureType::Note | StructureType::EndNote => "Note",
        StructureType::Reference => "Reference",
        StructureType::Toc => "TOC",
        StructureType::Toci => "TOCI",
    }
}

/// Whether a type is one of PDF 2.0, which has left out some of PDF 1.7 (ISO 32000-2, annex L).
pub(super) fn is_of_pdf_2(kind: StructureType) -> bool {
    use StructureType::{BlockQuote, Reference, Toc, Toci};
    !matches!(kind, BlockQuote | Reference | Toc | Toci)
}
