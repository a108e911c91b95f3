//! Small objects: text strings, names, rectangles and destinations.

use lopdf::{Object, ObjectId, StringFormat};

use super::numbers::round;
use crate::document::layout::{composed, document::PAGE_HEIGHT, geometry::Rect};

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

/// A destination (ISO 32000-1, 12.3.2.2) a little above `y`, at the viewer's zoom.
pub(super) fn destination(page: ObjectId, y: f32) -> Vec<Object> {
    vec![Object::Reference(page), name("XYZ"), Object::Integer(0), real(PAGE_HEIGHT - y + 8.0), Object::Null]
}
