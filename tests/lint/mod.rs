//! The lint: what a finished PDF must hold and no validator looks at, found by reading the file back. It knows nothing
//! of the crate, only of PDF (ISO 32000-1) and of the shape our files have, and tells everything at once, one finding a
//! line. Tests call it, and `examples/lint-pdf.rs` is it as a program, for `scripts/check-pdf`.

mod content;
mod fonts;
mod headings;
mod links;
mod metadata;
mod structure;
mod tables;
mod tree;

use std::{collections::BTreeMap, fmt};

use lopdf::{Dictionary, Document, Object, ObjectId};

/// Something that must not be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// From 1; none where it is the whole file that is meant.
    pub page: Option<usize>,
    /// One word for what is broken.
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

/// Everything that is wrong with the file.
pub fn lint(bytes: &[u8]) -> Vec<Finding> {
    let mut findings = Findings::default();
    metadata::frame(bytes, &mut findings);
    match Document::load_mem(bytes) {
        Ok(file) => read(&file, &mut findings),
        Err(error) => findings.add(None, "file", format!("it cannot be read: {error}")),
    }
    findings.0
}

/// Everything that is wrong with objects that are no file yet.
pub fn lint_objects(file: &Document) -> Vec<Finding> {
    let mut findings = Findings::default();
    read(file, &mut findings);
    findings.0
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
    links::check(file, &tree, parents.as_ref(), &pages, findings);
    headings::check(file, catalog, &tree, &painted, &pages, findings);
    tables::check(file, &tree, &painted, findings);
}

/// What an entry holds, with a reference followed; nothing for `null`.
fn entry<'a>(file: &'a Document, dictionary: &'a Dictionary, key: &[u8]) -> Option<&'a Object> {
    dictionary.get_deref(key, file).ok().filter(|object| !object.is_null())
}

/// A text string's words; empty where there is none.
fn words(file: &Document, dictionary: &Dictionary, key: &[u8]) -> String {
    entry(file, dictionary, key).and_then(|object| lopdf::decode_text_string(object).ok()).unwrap_or_default()
}

/// Text as it is compared: where lines are broken is not part of it.
fn unbroken(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace() && *c != '\u{ad}').collect()
}
