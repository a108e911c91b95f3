//! Names and strings as PDF writes them (ISO 32000-1, 7.3.4 and 7.3.5).

use crate::document::layout::composed;

/// Writes a name.
pub(super) fn write_name(name: &[u8], out: &mut Vec<u8>) {
    out.push(b'/');
    if name.iter().all(|byte| byte.is_ascii_alphanumeric()) {
        out.extend(name);
        return;
    }
    for byte in name {
        if byte.is_ascii_graphic() && !b"()<>[]{}/%#".contains(byte) {
            out.push(*byte);
        } else {
            out.extend(format!("#{byte:02X}").bytes());
        }
    }
}

/// Writes a literal string.
pub(super) fn write_literal(bytes: &[u8], out: &mut Vec<u8>) {
    out.push(b'(');
    for byte in bytes {
        match byte {
            b'(' | b')' | b'\\' => out.extend([b'\\', *byte]),
            b'\r' => out.extend(b"\\r"),
            _ => out.push(*byte),
        }
    }
    out.push(b')');
}

/// Writes a hexadecimal string.
pub(super) fn write_hexadecimal(bytes: impl IntoIterator<Item = u8>, out: &mut Vec<u8>) {
    out.push(b'<');
    for byte in bytes {
        out.extend([byte >> 4, byte & 15].map(|half| half + if half < 10 { b'0' } else { b'A' - 10 }));
    }
    out.push(b'>');
}

/// Writes a text string (7.9.2.2): as it is if it is ASCII, else UTF-16 with a byte order mark, composed as the text of the
/// pages is.
pub(super) fn write_text(value: &str, out: &mut Vec<u8>) {
    if value.is_ascii() {
        return write_literal(value.as_bytes(), out);
    }
    write_hexadecimal(utf16(value), out);
}

/// The bytes of a text in UTF-16 with its mark.
pub(super) fn utf16(value: &str) -> Vec<u8> {
    let value = composed(value);
    [0xfe, 0xff].into_iter().chain(value.encode_utf16().flat_map(u16::to_be_bytes)).collect()
}
