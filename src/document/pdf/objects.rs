//! Small objects: text strings, names, rectangles and destinations.

use lopdf::{Dictionary, Object, ObjectId, StringFormat, dictionary};

use super::numbers::round;
use crate::document::layout::{
    composed,
    document::{PAGE_HEIGHT, Standard},
    geometry::Rect,
};

/// A text string (ISO 32000-1, 7.9.2.2): as it is if it is ASCII, else UTF-16 with a byte order mark, composed as the text
/// of the pages is.
pub(super) fn text(value: &str) -> Object {
    if value.is_ascii() {
        return Object::string_literal(value);
    }
    let value = composed(value);
    let bytes = [0xfe, 0xff].into_iter().chain(value.encode_utf16().flat_map(u16::to_be_bytes));
    Object::String(bytes.collect(), StringFormat::Hexadecimal)
}

/// A name.
pub(super) fn name(value: &str) -> Object {
    Object::Name(value.into())
}

fn real(value: f32) -> Object {
    Object::Real(round(value))
}

/// A rectangle (ISO 32000-1, 7.9.5), whose y grows upwards from the lower edge of the page.
pub(super) fn rectangle(Rect { left, top, right, bottom }: Rect) -> Object {
    Object::Array(vec![real(left), real(PAGE_HEIGHT - bottom), real(right), real(PAGE_HEIGHT - top)])
}

/// A destination (ISO 32000-1, 12.3.2.2) a little above `y`, at the viewer's zoom: of a page, or of an element.
fn destination(target: ObjectId, y: f32) -> Vec<Object> {
    vec![Object::Reference(target), name("XYZ"), Object::Integer(0), real(PAGE_HEIGHT - y + 8.0), Object::Null]
}

/// Lets an annotation or a bookmark lead to a place. In PDF 2.0 it leads to the element there, too
/// (ISO 32000-2, 12.3.2.3; ISO 14289-2, 8.8).
pub(super) fn lead(from: &mut Dictionary, page: ObjectId, y: f32, element: ObjectId, standard: Standard) {
    match standard {
        Standard::Ua1 => from.set("Dest", destination(page, y)),
        Standard::Ua2 => {
            from.set("A", dictionary! { "S" => "GoTo", "D" => destination(page, y), "SD" => destination(element, y) })
        }
    }
}
