//! Text strings of lopdf's objects, and where annotations and bookmarks lead.

use lopdf::{Object, ObjectId, StringFormat};

use super::{
    strings::utf16,
    written_objects::{Entries, Items},
};
use crate::document::layout::document::{PAGE_HEIGHT, Standard};

/// A text string (ISO 32000-1, 7.9.2.2): as it is if it is ASCII, else UTF-16.
pub(super) fn text(value: &str) -> Object {
    if value.is_ascii() {
        return Object::string_literal(value);
    }
    Object::String(utf16(value), StringFormat::Hexadecimal)
}

/// A destination (ISO 32000-1, 12.3.2.2) a little above `y`, at the viewer's zoom: of a page, or of an element.
fn destination(items: &mut Items<'_>, target: ObjectId, y: f32) {
    items.reference(target);
    items.name("XYZ");
    items.integer(0);
    items.real(PAGE_HEIGHT - y + 8.0);
    items.null();
}

/// Lets an annotation or a bookmark lead to a place. In PDF 2.0 it leads to the element there, too
/// (ISO 32000-2, 12.3.2.3; ISO 14289-2, 8.8).
pub(super) fn lead(from: &mut Entries<'_>, page: ObjectId, y: f32, element: ObjectId, standard: Standard) {
    match standard {
        Standard::Ua1 => from.array("Dest", |items| destination(items, page, y)),
        Standard::Ua2 => from.dictionary("A", |action| {
            action.name("S", "GoTo");
            action.array("D", |items| destination(items, page, y));
            action.array("SD", |items| destination(items, element, y));
        }),
    }
}
