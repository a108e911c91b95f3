//! The operators of a content stream as bytes (ISO 32000-1, annex A). printpdf has them too, but makes an object of each
//! operand first, which took half of the time of a whole file. What is painted is decided in `content`.

use super::numbers::{write_decimal, write_integer};

/// The bytes so far.
#[derive(Default)]
pub(super) struct Operators(Vec<u8>);

impl Operators {
    pub fn with_capacity(bytes: usize) -> Operators {
        Operators(Vec::with_capacity(bytes))
    }

    pub fn into_bytes(self) -> Vec<u8> {
        self.0
    }

    /// An operator without operands.
    pub fn operator(&mut self, name: &str) {
        self.0.extend(name.bytes());
        self.0.push(b'\n');
    }

    /// An operator after its operands. Two decimals are a hundredth of a point, below what any device shows.
    pub fn numbers<const N: usize>(&mut self, numbers: [f32; N], name: &str) {
        for number in numbers {
            write_decimal(number, 2, &mut self.0);
            self.0.push(b' ');
        }
        self.operator(name);
    }

    /// A colour for what is filled (`rg`) or stroked (`RG`), each part a number from 0 to 1.
    pub fn color(&mut self, color: [u8; 3], name: &str) {
        for part in color {
            write_decimal(f32::from(part) / 255.0, 3, &mut self.0);
            self.0.push(b' ');
        }
        self.operator(name);
    }

    /// The lengths of dashes and gaps, from the start of the array.
    pub fn dash(&mut self, dash: Option<(f32, f32)>) {
        self.0.push(b'[');
        if let Some((dash, gap)) = dash {
            write_decimal(dash, 2, &mut self.0);
            self.0.push(b' ');
            write_decimal(gap, 2, &mut self.0);
        }
        self.operator("]0 d");
    }

    /// A face by its name in the resources.
    pub fn face(&mut self, name: &str, size: f32) {
        self.name(name);
        self.numbers([size], "Tf");
    }

    /// A picture by its name in the resources.
    pub fn picture(&mut self, name: &str) {
        self.name(name);
        self.operator("Do");
    }

    /// Begins marked content of a structure element.
    pub fn content(&mut self, kind: &str, mcid: usize) {
        self.name(kind);
        self.0.extend(b"<</MCID ");
        write_integer(mcid as i64, &mut self.0);
        self.operator(">>BDC");
    }

    /// Begins a span that is read as `text`, whatever is painted in it (ISO 32000-1, 14.9.4).
    pub fn actual_text(&mut self, text: &str) {
        self.0.extend(b"/Span <</ActualText <FEFF");
        for unit in text.encode_utf16() {
            self.0.extend(format!("{unit:04X}").bytes());
        }
        self.operator(">>>BDC");
    }

    /// Begins an artifact.
    pub fn artifact(&mut self, kind: &str) {
        self.0.extend(b"/Artifact <</Type");
        self.name(kind);
        self.operator(">>BDC");
    }

    /// Begins a text object at a place.
    pub fn text(&mut self, x: f32, y: f32) {
        self.0.extend(b"BT ");
        self.numbers([x, y], "Td");
    }

    /// Begins the array of what is shown there.
    pub fn text_array(&mut self) -> TextArray<'_> {
        self.0.push(b'[');
        TextArray { bytes: &mut self.0, open: false }
    }

    fn name(&mut self, name: &str) {
        self.0.push(b'/');
        self.0.extend(name.bytes());
        self.0.push(b' ');
    }
}

/// The operand of `TJ`: codes of two bytes each, and moves of the pen (ISO 32000-1, 9.4.3).
pub(super) struct TextArray<'a> {
    bytes: &'a mut Vec<u8>,
    /// Whether a string is begun.
    open: bool,
}

impl TextArray<'_> {
    pub fn code(&mut self, code: u16) {
        if !std::mem::replace(&mut self.open, true) {
            self.bytes.push(b'(');
        }
        for byte in code.to_be_bytes() {
            match byte {
                b'(' | b')' | b'\\' => self.bytes.extend([b'\\', byte]),
                b'\r' => self.bytes.extend(b"\\r"),
                _ => self.bytes.push(byte),
            }
        }
    }

    /// Moves the pen back by thousandths of an em.
    pub fn back(&mut self, thousandths: f32) {
        if thousandths != 0.0 {
            self.close();
            write_decimal(thousandths, 0, self.bytes);
        }
    }

    fn close(&mut self) {
        if std::mem::take(&mut self.open) {
            self.bytes.push(b')');
        }
    }

    /// Shows the text and ends its object.
    pub fn show(mut self) {
        self.close();
        self.bytes.extend(b"]TJ ET\n");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_as_short_as_can_be() {
        let mut made = Operators::default();
        made.numbers([0.0, -0.0, -0.004, 0.5, -0.25, 12.3, 841.89, 1e9, f32::NAN], "x");
        made.color([255, 0, 1], "rg");
        made.dash(Some((1.5, 2.0)));
        made.dash(None);
        made.content("P", 100);
        let text = String::from_utf8(made.into_bytes()).unwrap();
        assert_eq!(
            text,
            "0 0 0 .5 -.25 12.3 841.89 1000000000 0 x\n1 0 .004 rg\n[1.5 2]0 d\n[]0 d\n/P <</MCID 100>>BDC\n"
        );
    }

    #[test]
    fn every_code_is_read_as_it_was_written() {
        let mut made = Operators::default();
        made.text(1.0, 2.0);
        let mut array = made.text_array();
        (0..=u16::MAX).for_each(|code| array.code(code));
        array.back(-7.0);
        array.code(5);
        array.show();
        let content = lopdf::content::Content::decode(&made.into_bytes()).unwrap();
        let names: Vec<_> = content.operations.iter().map(|operation| operation.operator.as_str()).collect();
        assert_eq!(names, ["BT", "Td", "TJ", "ET"]);
        let shown = content.operations[2].operands[0].as_array().unwrap();
        let all: Vec<u8> = (0..=u16::MAX).flat_map(u16::to_be_bytes).collect();
        assert!(shown[0].as_str().unwrap() == all);
        assert_eq!((&shown[1], shown[2].as_str().unwrap()), (&lopdf::Object::Integer(-7), &[0, 5][..]));
    }
}
