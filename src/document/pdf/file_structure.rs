//! The file itself (ISO 32000-1, 7.5): header, streams, one object stream for all else, one cross-reference stream.
//! lopdf can do it too, but serialises everything several times.

use std::io::Write;

use lopdf::{Dictionary, Document as File, Object, StringFormat};

use super::{
    Error,
    compression::Deflater,
    numbers::write_integer,
    strings::{write_hexadecimal, write_literal, write_name},
    written_objects::WrittenObjects,
};
use crate::document::layout::document::Standard;

/// Returns the bytes of the file with these objects, too.
pub(super) fn write(
    file: &File,
    written: &mut WrittenObjects,
    standard: Standard,
    deflater: &mut Deflater,
) -> Result<Vec<u8>, Error> {
    let mut out = Vec::with_capacity(128 * 1024);
    out.extend(match standard {
        Standard::Ua1 => b"%PDF-1.7\n",
        Standard::Ua2 => b"%PDF-2.0\n",
    });
    out.extend(b"%\xe2\xe3\xcf\xd3\n");
    let last = file.max_id.max(file.objects.keys().map(|(number, _)| *number).max().unwrap_or(0));
    let (object_stream, table) = (last + 1, last + 2);
    // A row for each object: type, offset or number of the object stream, index.
    let mut rows: Vec<[u32; 3]> = vec![[0, 0, 0]; table as usize + 1];
    set(&mut rows, 0, [0, 0, 65535]);
    let (mut index, mut body, mut count) = (Vec::new(), Vec::with_capacity(256 * 1024), 0u32);
    let mut pack = |number: u32, rows: &mut Vec<[u32; 3]>, write: &mut dyn FnMut(&mut Vec<u8>)| {
        set(rows, number, [2, object_stream, count]);
        for number in [i64::from(number), body.len() as i64] {
            write_integer(number, &mut index);
            index.push(b' ');
        }
        write(&mut body);
        body.push(b' ');
        count += 1;
    };
    let mut ready = written.in_order().peekable();
    for ((number, _), object) in &file.objects {
        while let Some((before, bytes)) = ready.next_if(|(ready, _)| ready < number) {
            pack(before, &mut rows, &mut |body| body.extend(bytes));
        }
        if let Object::Stream(_) = object {
            set(&mut rows, *number, [1, out.len() as u32, 0]);
            write_integer(i64::from(*number), &mut out);
            out.extend(b" 0 obj\n");
            write_object(object, &mut out);
            out.extend(b"\nendobj\n");
        } else {
            pack(*number, &mut rows, &mut |body| write_object(object, body));
        }
    }
    for (number, bytes) in ready {
        pack(number, &mut rows, &mut |body| body.extend(bytes));
    }
    let first = index.len();
    index.extend(body);
    let deflated = deflater.deflate(&index)?;
    set(&mut rows, object_stream, [1, out.len() as u32, 0]);
    out.extend(
        format!(
            "{object_stream} 0 obj\n<</Type/ObjStm/N {count}/First {first}/Filter/FlateDecode/Length {}>>stream\n",
            deflated.len()
        )
        .bytes(),
    );
    out.extend(deflated);
    out.extend(b"\r\nendstream\nendobj\n");
    let start = out.len();
    set(&mut rows, table, [1, start as u32, 0]);
    let deflated = deflater.deflate(&packed(&rows))?;
    out.extend(format!("{table} 0 obj\n<</Type/XRef/Size {}/W[1 3 2]", rows.len()).bytes());
    for key in ["Root", "Info", "ID"] {
        let value = match file.trailer.get(key.as_bytes()) {
            Err(_) if key == "Info" => continue,
            value => value?,
        };
        out.extend(format!("/{key} ").bytes());
        write_object(value, &mut out);
    }
    out.extend(
        format!("/Filter/FlateDecode/DecodeParms<</Predictor 12/Columns 6>>/Length {}>>stream\n", deflated.len())
            .bytes(),
    );
    out.extend(deflated);
    out.extend(format!("\r\nendstream\nendobj\nstartxref\n{start}\n%%EOF\n").bytes());
    Ok(out)
}

/// The rows of the table for the PNG predictor "up" (12): each less the one above.
fn packed(rows: &[[u32; 3]]) -> Vec<u8> {
    let (mut bytes, mut above) = (Vec::with_capacity(rows.len() * 7), [0u8; 6]);
    for [kind, at, nth] in rows {
        let [_, a, b, c] = at.to_be_bytes();
        let [_, _, d, e] = nth.to_be_bytes();
        let row = [*kind as u8, a, b, c, d, e];
        bytes.push(2);
        bytes.extend(row.iter().zip(&above).map(|(now, before)| now.wrapping_sub(*before)));
        above = row;
    }
    bytes
}

/// Sets the row of an object in the table.
fn set(rows: &mut [[u32; 3]], number: u32, row: [u32; 3]) {
    if let Some(slot) = rows.get_mut(number as usize) {
        *slot = row;
    }
}

fn write_object(object: &Object, out: &mut Vec<u8>) {
    match object {
        Object::Null => out.extend(b"null"),
        Object::Boolean(value) => out.extend(value.to_string().bytes()),
        Object::Integer(value) => write_integer(*value, out),
        Object::Real(value) => out.extend(value.to_string().bytes()),
        Object::Name(name) => write_name(name, out),
        Object::String(bytes, StringFormat::Hexadecimal) => write_hexadecimal(bytes.iter().copied(), out),
        Object::String(bytes, StringFormat::Literal) => write_literal(bytes, out),
        Object::Array(items) => {
            out.push(b'[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.push(b' ');
                }
                write_object(item, out);
            }
            out.push(b']');
        }
        Object::Dictionary(dictionary) => write_dictionary(dictionary, out),
        Object::Reference((number, generation)) => {
            write_integer(i64::from(*number), out);
            out.push(b' ');
            write_integer(i64::from(*generation), out);
            out.extend(b" R");
        }
        Object::Stream(stream) => {
            write_dictionary(&stream.dict, out);
            out.extend(b"stream\n");
            // Writing to memory does not fail.
            let _ = out.write_all(&stream.content);
            // With a bare line feed, compressed bytes that end in a carriage return would look one byte shorter.
            out.extend(b"\r\nendstream");
        }
    }
}

fn write_dictionary(dictionary: &Dictionary, out: &mut Vec<u8>) {
    out.extend(b"<<");
    for (key, value) in dictionary {
        write_name(key, out);
        // A value that begins with a delimiter needs no space before it.
        if matches!(
            value,
            Object::Null | Object::Boolean(_) | Object::Integer(_) | Object::Real(_) | Object::Reference(_)
        ) {
            out.push(b' ');
        }
        write_object(value, out);
    }
    out.extend(b">>");
}
