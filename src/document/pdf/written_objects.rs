//! Objects that are bytes from the start: structure elements, annotations, bookmarks. A brief of six pages has two thousand of
//! them, and as dictionaries of lopdf they took a third of the time of the whole file.

use std::ops::Range;

use lopdf::ObjectId;

use super::{
    numbers::{round, write_decimal, write_integer},
    strings::{write_literal, write_name, write_text},
};
use crate::document::layout::{document::PAGE_HEIGHT, geometry::Rect};

/// The objects, to be put into the file's object stream.
#[derive(Default)]
pub(super) struct WrittenObjects {
    bytes: Vec<u8>,
    /// Number and place of each.
    places: Vec<(u32, Range<usize>)>,
}

impl WrittenObjects {
    /// Writes the dictionary with this id.
    pub fn dictionary(&mut self, (number, _): ObjectId, entries: impl FnOnce(&mut Entries<'_>)) {
        let start = self.bytes.len();
        write_dictionary(&mut self.bytes, entries);
        self.places.push((number, start..self.bytes.len()));
    }

    /// Writes the array with this id.
    pub fn array(&mut self, (number, _): ObjectId, items: impl FnOnce(&mut Items<'_>)) {
        let start = self.bytes.len();
        write_array(&mut self.bytes, items);
        self.places.push((number, start..self.bytes.len()));
    }

    /// The objects with their numbers, which rise.
    pub fn in_order(&mut self) -> impl Iterator<Item = (u32, &[u8])> {
        self.places.sort_unstable_by_key(|(number, _)| *number);
        self.places.iter().filter_map(|(number, at)| Some((*number, self.bytes.get(at.clone())?)))
    }
}

fn write_dictionary(out: &mut Vec<u8>, entries: impl FnOnce(&mut Entries<'_>)) {
    out.extend(b"<<");
    entries(&mut Entries(out));
    out.extend(b">>");
}

fn write_array(out: &mut Vec<u8>, items: impl FnOnce(&mut Items<'_>)) {
    out.push(b'[');
    items(&mut Items { out, first: true });
    out.push(b']');
}

fn write_reference((number, generation): ObjectId, out: &mut Vec<u8>) {
    write_integer(i64::from(number), out);
    out.push(b' ');
    write_integer(i64::from(generation), out);
    out.extend(b" R");
}

/// The entries of a dictionary. A key is not written twice by the caller.
pub(super) struct Entries<'a>(&'a mut Vec<u8>);

impl Entries<'_> {
    fn key(&mut self, key: &str) -> &mut Vec<u8> {
        write_name(key.as_bytes(), self.0);
        self.0
    }

    pub fn name(&mut self, key: &str, value: &str) {
        write_name(value.as_bytes(), self.key(key));
    }

    pub fn integer(&mut self, key: &str, value: i64) {
        let out = self.key(key);
        out.push(b' ');
        write_integer(value, out);
    }

    pub fn reference(&mut self, key: &str, to: ObjectId) {
        let out = self.key(key);
        out.push(b' ');
        write_reference(to, out);
    }

    /// A string of ASCII.
    pub fn literal(&mut self, key: &str, value: &str) {
        write_literal(value.as_bytes(), self.key(key));
    }

    /// A text string.
    pub fn text(&mut self, key: &str, value: &str) {
        write_text(value, self.key(key));
    }

    /// A rectangle (ISO 32000-1, 7.9.5), whose y grows upwards from the lower edge of the page.
    pub fn rectangle(&mut self, key: &str, Rect { left, top, right, bottom }: Rect) {
        self.array(key, |items| {
            for side in [left, PAGE_HEIGHT - bottom, right, PAGE_HEIGHT - top] {
                items.real(side);
            }
        });
    }

    pub fn dictionary(&mut self, key: &str, entries: impl FnOnce(&mut Entries<'_>)) {
        write_dictionary(self.key(key), entries);
    }

    pub fn array(&mut self, key: &str, items: impl FnOnce(&mut Items<'_>)) {
        write_array(self.key(key), items);
    }

    /// An object that is alone, or else an array.
    pub fn one_or_array<T>(&mut self, key: &str, all: &[T], mut item: impl FnMut(&mut Items<'_>, &T)) {
        match all {
            [] => {}
            [only] => {
                let out = self.key(key);
                let at = out.len();
                item(&mut Items { out, first: true }, only);
                // Only a delimiter needs no blank before it.
                if !matches!(out.get(at), Some(b'<' | b'[' | b'(' | b'/')) {
                    out.insert(at, b' ');
                }
            }
            _ => self.array(key, |items| all.iter().for_each(|it| item(items, it))),
        }
    }
}

/// The items of an array.
pub(super) struct Items<'a> {
    out: &'a mut Vec<u8>,
    first: bool,
}

impl Items<'_> {
    fn next(&mut self) -> &mut Vec<u8> {
        if !std::mem::replace(&mut self.first, false) {
            self.out.push(b' ');
        }
        self.out
    }

    pub fn null(&mut self) {
        self.next().extend(b"null");
    }

    pub fn name(&mut self, value: &str) {
        write_name(value.as_bytes(), self.next());
    }

    pub fn integer(&mut self, value: i64) {
        write_integer(value, self.next());
    }

    /// A length or a coordinate in points, to a hundredth.
    pub fn real(&mut self, value: f32) {
        write_decimal(round(value), 2, self.next());
    }

    pub fn reference(&mut self, to: ObjectId) {
        write_reference(to, self.next());
    }

    /// A string of ASCII.
    pub fn literal(&mut self, value: &str) {
        write_literal(value.as_bytes(), self.next());
    }

    pub fn dictionary(&mut self, entries: impl FnOnce(&mut Entries<'_>)) {
        write_dictionary(self.next(), entries);
    }
}

#[cfg(test)]
mod tests {
    use lopdf::Object;

    use super::*;

    #[test]
    fn what_is_written_is_read_by_another_library() {
        let mut written = WrittenObjects::default();
        written.array((7, 0), |items| {
            items.reference((1, 0));
            items.null();
            items.real(-0.254);
            items.literal("a)b(c\\d\r");
        });
        written.dictionary((3, 0), |it| {
            it.name("S", "P#1 (x)");
            it.integer("N", -4);
            it.reference("P", (12, 0));
            it.text("Alt", "绿 A\u{e9}");
            it.rectangle("BBox", Rect { left: 1.0, top: 2.0, right: 3.5, bottom: 4.0 });
            it.one_or_array("K", &[5], |items, it| items.integer(*it));
            it.one_or_array("L", &[5, 6], |items, it| items.integer(*it));
            it.one_or_array("M", &[5], |items, it| items.dictionary(|inner| inner.integer("Q", *it)));
            it.one_or_array("None", &[] as &[i64], |items, it| items.integer(*it));
        });
        let all: Vec<(u32, String)> =
            written.in_order().map(|(number, bytes)| (number, String::from_utf8(bytes.to_vec()).unwrap())).collect();
        assert_eq!(all[1], (7, "[1 0 R null -.25 (a\\)b\\(c\\\\d\\r)]".to_owned()));
        assert_eq!(
            all[0].1,
            "<</S/P#231#20#28x#29/N -4/P 12 0 R/Alt<FEFF7EFF0020004100E9>/BBox[1 837.89 3.5 839.89]/K 5/L[5 6]/M<</Q 5>>>>"
        );
        let file = format!("%PDF-1.7\n1 0 obj\n{}\nendobj\ntrailer\n<</Root 1 0 R>>\n", all[0].1);
        let start = file.find("1 0 obj").unwrap();
        let table = file.find("trailer").unwrap();
        let file = format!(
            "{}xref\n0 2\n0000000000 65535 f \n{start:010} 00000 n \n{}startxref\n{table}\n%%EOF",
            &file[..table],
            &file[table..]
        );
        let read = lopdf::Document::load_mem(file.replace("/Root", "/Size 2/Root").as_bytes()).unwrap();
        let object = read.get_object((1, 0)).unwrap().as_dict().unwrap();
        assert_eq!(object.get(b"S").unwrap(), &Object::Name(b"P#1 (x)".to_vec()));
        assert_eq!(object.get(b"M").unwrap().as_dict().unwrap().get(b"Q").unwrap(), &Object::Integer(5));
    }
}
