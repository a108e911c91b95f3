//! The lint: reads a finished PDF back and checks what it must hold and no validator looks at. It knows nothing of the
//! crate, only PDF (ISO 32000-1) and the shape of our files, and reports everything at once, one finding a line. Tests
//! call it; `examples/lint-pdf.rs` makes it a program, for `scripts/check-pdf`.

mod content;
mod fonts;
mod headings;
mod links;
mod metadata;
mod spoken;
mod structure;
mod tables;
mod tree;

use std::{collections::BTreeMap, fmt};

use lopdf::{Dictionary, Document, Object, ObjectId};

/// A defect of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The page, from 1; `None` if the whole file is meant.
    pub page: Option<usize>,
    /// The check that failed, in one word.
    pub rule: &'static str,
    /// What is wrong, in words.
    pub what: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(page) = self.page {
            write!(f, "page {page}: ")?;
        }
        write!(f, "{}: {}", self.rule, self.what)
    }
}

#[derive(Default)]
struct Findings(Vec<Finding>);

impl Findings {
    fn add(&mut self, page: impl Into<Option<usize>>, rule: &'static str, what: impl Into<String>) {
        self.0.push(Finding { page: page.into(), rule, what: what.into() });
    }
}

/// Returns every defect of a file.
pub fn lint(bytes: &[u8]) -> Vec<Finding> {
    let mut findings = Findings::default();
    metadata::frame(bytes, &mut findings);
    match Document::load_mem(bytes) {
        Ok(file) => read(&file, &mut findings),
        Err(error) => findings.add(None, "file", format!("it cannot be read: {error}")),
    }
    findings.0
}

/// Returns every defect of objects that are no file yet.
pub fn lint_objects(file: &Document) -> Vec<Finding> {
    let mut findings = Findings::default();
    read(file, &mut findings);
    findings.0
}

/// Returns what a screen reader says of a file.
pub fn spoken(bytes: &[u8]) -> Option<String> {
    let file = Document::load_mem(bytes).ok()?;
    let mut findings = Findings::default();
    let pages: BTreeMap<ObjectId, usize> = file.page_iter().zip(1..).collect();
    let mut fonts = fonts::Fonts::new();
    let painted = (file.page_iter().zip(1..))
        .map(|(id, number)| (number, content::read(&file, id, number, &mut fonts, &mut findings)))
        .collect();
    let root = file.get_dict_in_dict(file.catalog().ok()?, b"StructTreeRoot").ok()?;
    Some(spoken::script(&file, &tree::read(&file, root, &pages, &mut findings), &painted))
}

fn read(file: &Document, findings: &mut Findings) {
    let Ok(catalog) = file.catalog() else { return findings.add(None, "file", "it has no catalog") };
    metadata::check(file, catalog, findings);
    let pages: BTreeMap<ObjectId, usize> = file.page_iter().zip(1..).collect();
    let mut fonts = fonts::Fonts::new();
    let mut painted = BTreeMap::new();
    for (id, number) in file.page_iter().zip(1..) {
        painted.insert(number, content::read(file, id, number, &mut fonts, findings));
    }
    fonts::check(file, &fonts, findings);
    let Ok(root) = file.get_dict_in_dict(catalog, b"StructTreeRoot") else {
        return findings.add(None, "structure", "there is no structure tree");
    };
    let tree = tree::read(file, root, &pages, findings);
    let parents = tree::parents(file, root, findings);
    structure::check(file, &tree, parents.as_ref(), &painted, findings);
    structure::identifiers(root, &tree, findings);
    structure::references(file, root, &tree, findings);
    links::check(file, &tree, parents.as_ref(), &pages, findings);
    headings::check(file, catalog, &tree, &painted, &pages, findings);
    tables::check(file, &tree, &painted, findings);
}

/// Returns the value of an entry, with a reference followed; `None` for `null`.
fn entry<'a>(file: &'a Document, dictionary: &'a Dictionary, key: &[u8]) -> Option<&'a Object> {
    dictionary.get_deref(key, file).ok().filter(|object| !object.is_null())
}

/// Returns the words of a text string; empty if there is none.
fn words(file: &Document, dictionary: &Dictionary, key: &[u8]) -> String {
    entry(file, dictionary, key).and_then(|object| lopdf::decode_text_string(object).ok()).unwrap_or_default()
}

/// Returns a text as it is compared, without the marks of line breaking. U+2060 is also what the second glyph
/// of a cluster stands for.
fn unbroken(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace() && !unseen(*c)).collect()
}

/// Whether a character only says where a line may be broken.
fn unseen(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{2060}' | '\u{200b}')
}
