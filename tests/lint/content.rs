//! A page's content stream: what is painted under which id, in which order, what it says, and that nothing is painted
//! outside of tagged content and artifacts (ISO 14289-1, 7.1).

use std::collections::BTreeMap;

use lopdf::{Document, Object, ObjectId, content::Operation};

use super::{
    Findings,
    fonts::{Fonts, font},
};

/// The marked content of a page.
#[derive(Default)]
pub struct Painted {
    /// The ids in the order in which they are painted.
    pub marks: Vec<i64>,
    /// The text of each.
    pub text: BTreeMap<i64, String>,
}

/// A level of marked content.
#[derive(Default)]
struct Mark {
    artifact: bool,
    id: Option<i64>,
    /// Whether it has text of its own in place of that of its glyphs.
    instead: bool,
}

#[derive(Default)]
struct Reader {
    page: usize,
    painted: Painted,
    open: Vec<Mark>,
    /// The font in use, by its name in `Fonts`, and the fonts of the saved graphics states.
    font: Option<String>,
    saved: Vec<Option<String>>,
    /// Whether the content outside of all marks was reported already in this stretch.
    told: bool,
}

/// Reads a page and notes in `fonts` which glyphs it uses.
pub fn read<'a>(
    file: &'a Document,
    id: ObjectId,
    page: usize,
    fonts: &mut Fonts<'a>,
    findings: &mut Findings,
) -> Painted {
    let content = match file.get_and_decode_page_content(id) {
        Ok(content) => content,
        Err(error) => {
            findings.add(page, "content", format!("it cannot be read: {error}"));
            return Painted::default();
        }
    };
    let resources = file.get_page_fonts(id).unwrap_or_default();
    let mut reader = Reader { page, ..Reader::default() };
    for operation in &content.operations {
        match operation.operator.as_str() {
            "BMC" | "BDC" => reader.begin(operation, findings),
            "EMC" => {
                reader.told = false;
                if reader.open.pop().is_none() {
                    findings.add(page, "content", "EMC closes what is not open");
                }
            }
            "q" => reader.saved.push(reader.font.clone()),
            "Q" => reader.font = reader.saved.pop().unwrap_or_default(),
            "Tf" => {
                let name = operation.operands.first().and_then(|name| name.as_name().ok());
                let found = name.and_then(|name| resources.get(name)).map(|dictionary| font(file, dictionary, fonts));
                if found.is_none() {
                    findings.add(page, "font", "a font is chosen that the page does not have");
                }
                reader.font = found;
            }
            "Tj" | "TJ" | "'" | "\"" => {
                reader.paint(operation, findings);
                reader.write(operation, fonts, findings);
            }
            "f" | "F" | "f*" | "B" | "B*" | "b" | "b*" | "S" | "s" | "sh" | "Do" | "BI" => {
                reader.paint(operation, findings);
            }
            _ => {}
        }
    }
    if !reader.open.is_empty() {
        findings.add(page, "content", format!("{} BDC without EMC", reader.open.len()));
    }
    reader.painted
}

impl Reader {
    fn begin(&mut self, operation: &Operation, findings: &mut Findings) {
        self.told = false;
        let properties = operation.operands.get(1).and_then(|object| object.as_dict().ok());
        let id = properties.and_then(|properties| properties.get(b"MCID").ok()).and_then(|id| id.as_i64().ok());
        let instead = properties.and_then(|properties| properties.get(b"ActualText").ok());
        let artifact = operation.operands.first().and_then(|tag| tag.as_name().ok()) == Some(b"Artifact");
        if let Some(id) = id {
            if self.painted.text.contains_key(&id) {
                findings.add(self.page, "mcid", format!("MCID {id} is painted twice"));
            } else {
                self.painted.marks.push(id);
                self.painted.text.insert(id, String::new());
            }
        }
        if let Some(outer) = self.open.iter().find(|outer| outer.artifact || outer.id.is_some())
            && (outer.artifact || artifact || id.is_some())
        {
            findings.add(self.page, "mcid", "tagged content and artifacts stand inside one another");
        }
        self.open.push(Mark { artifact, id, instead: instead.is_some() });
        if let Some(words) = instead.and_then(|words| lopdf::decode_text_string(words).ok()) {
            self.say(&words);
        }
    }

    /// Adds to the text of the innermost id.
    fn say(&mut self, words: &str) {
        let id = self.open.iter().rev().find_map(|mark| mark.id);
        if let Some(text) = id.and_then(|id| self.painted.text.get_mut(&id)) {
            text.push_str(words);
        }
    }

    fn paint(&mut self, operation: &Operation, findings: &mut Findings) {
        let marked = self.open.iter().any(|mark| mark.artifact || mark.id.is_some());
        if !marked && !std::mem::replace(&mut self.told, true) {
            let what = format!("{} paints what is neither tagged nor an artifact", operation.operator);
            findings.add(self.page, "unmarked", what);
        }
    }

    fn write(&mut self, operation: &Operation, fonts: &mut Fonts<'_>, findings: &mut Findings) {
        let Some(font) = self.font.as_ref().and_then(|name| fonts.get_mut(name)) else {
            return findings.add(self.page, "font", "text is painted without a font");
        };
        let mut words = String::new();
        for string in operation.operands.iter().flat_map(strings) {
            for code in string.chunks(2) {
                let code = code.iter().fold(0, |code, byte| code << 8 | u16::from(*byte));
                font.used.entry(code).or_insert(self.page);
                words.push_str(&font.text(code).unwrap_or_default());
            }
        }
        if !self.open.iter().any(|mark| mark.instead) {
            self.say(&words);
        }
    }
}

/// Returns the strings of an operand: itself, or the strings of the array that `TJ` takes.
fn strings(operand: &Object) -> Vec<&[u8]> {
    match operand {
        Object::String(bytes, _) => vec![bytes],
        Object::Array(items) => items.iter().filter_map(|item| item.as_str().ok()).collect(),
        _ => vec![],
    }
}
