//! The names of the structure types in the file (ISO 32000-1, 14.8.4).

use crate::document::layout::document::StructureType;

/// Returns the name of a structure type in the file.
pub(super) fn structure_type_name(kind: StructureType) -> &'static str {
    match kind {
        StructureType::Document => "Document",
        StructureType::H1 => "H1",
        StructureType::H2 => "H2",
        StructureType::H3 => "H3",
        StructureType::P => "P",
        StructureType::L | StructureType::LNumbered => "L",
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
        StructureType::Span => "Span",
        StructureType::BlockQuote => "BlockQuote",
        StructureType::Note => "Note",
        StructureType::Reference => "Reference",
        StructureType::Toc => "TOC",
        StructureType::Toci => "TOCI",
    }
}
