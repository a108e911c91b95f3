//! The structure tree as it is read: its elements in reading order, and the ParentTree, which leads back to them
//! (ISO 32000-1, 14.7).

use std::collections::{BTreeMap, BTreeSet};

use lopdf::{Dictionary, Document, Object, ObjectId};

use super::{Findings, content::Painted, entry, words};

/// A child of an element.
pub enum Kid {
    /// Another element, by its index.
    Element(usize),
    /// Marked content: page and id.
    Content(usize, i64),
    /// An annotation.
    Object(ObjectId),
}

/// An element of the tree.
pub struct Element<'a> {
    pub id: ObjectId,
    pub kind: String,
    pub dictionary: &'a Dictionary,
    pub kids: Vec<Kid>,
    /// The page that it begins on.
    pub page: Option<usize>,
}

/// The elements, each before its children.
pub struct Tree<'a>(pub Vec<Element<'a>>);

/// The parent tree: the elements by key.
pub type Parents<'a> = BTreeMap<i64, &'a Object>;

impl Tree<'_> {
    /// Returns the text of an element.
    pub fn text(&self, file: &Document, index: usize, painted: &BTreeMap<usize, Painted>) -> String {
        let Some(element) = self.0.get(index) else { return String::new() };
        if element.dictionary.has(b"ActualText") {
            return words(file, element.dictionary, b"ActualText");
        }
        let said = |kid: &Kid| match kid {
            Kid::Element(child) => self.text(file, *child, painted),
            Kid::Content(page, id) => painted.get(page).and_then(|page| page.text.get(id)).cloned().unwrap_or_default(),
            Kid::Object(_) => String::new(),
        };
        element.kids.iter().map(said).collect()
    }
}

/// Returns an attribute of an element: the value of `key` with this `owner`.
pub fn attribute<'a>(file: &'a Document, element: &'a Dictionary, owner: &[u8], key: &[u8]) -> Option<&'a Object> {
    let attributes = entry(file, element, b"A")?;
    let all = attributes.as_array().map_or_else(|_| vec![attributes], |all| all.iter().collect());
    all.into_iter()
        .filter_map(|attributes| file.dereference(attributes).ok()?.1.as_dict().ok())
        .filter(|attributes| attributes.get(b"O").and_then(Object::as_name).ok() == Some(owner))
        .find_map(|attributes| entry(file, attributes, key))
}

struct Reader<'a, 'f> {
    file: &'a Document,
    pages: &'f BTreeMap<ObjectId, usize>,
    seen: BTreeSet<ObjectId>,
    tree: Tree<'a>,
    findings: &'f mut Findings,
}

pub fn read<'a>(
    file: &'a Document,
    root: &'a Dictionary,
    pages: &BTreeMap<ObjectId, usize>,
    findings: &mut Findings,
) -> Tree<'a> {
    let mut reader = Reader { file, pages, seen: BTreeSet::new(), tree: Tree(vec![]), findings };
    for kid in kids(file, root) {
        if let Ok(id) = kid.as_reference() {
            reader.element(id, None);
        }
    }
    reader.tree
}

fn kids<'a>(file: &'a Document, dictionary: &'a Dictionary) -> Vec<&'a Object> {
    match dictionary.get(b"K") {
        Ok(Object::Array(kids)) => kids.iter().collect(),
        Ok(Object::Reference(id)) => match file.get_object(*id) {
            Ok(Object::Array(kids)) => kids.iter().collect(),
            _ => dictionary.get(b"K").into_iter().collect(),
        },
        Ok(kid) => vec![kid],
        Err(_) => vec![],
    }
}

impl<'a> Reader<'a, '_> {
    /// Reads an element and all elements below it, and returns its index.
    fn element(&mut self, id: ObjectId, parent: Option<ObjectId>) -> Option<usize> {
        let Ok(dictionary) = self.file.get_dictionary(id) else {
            self.findings.add(None, "structure", format!("the tree leads to object {}, which is no element", id.0));
            return None;
        };
        let kind = String::from_utf8_lossy(dictionary.get(b"S").and_then(Object::as_name).unwrap_or(b"?")).into_owned();
        let page = self.page(dictionary);
        if !self.seen.insert(id) {
            self.findings.add(page, "structure", format!("{kind} {} stands twice in the tree", id.0));
            return None;
        }
        if parent.is_some() && dictionary.get(b"P").and_then(Object::as_reference).ok() != parent {
            self.findings.add(page, "structure", format!("the parent that {kind} {} names is another", id.0));
        }
        let index = self.tree.0.len();
        self.tree.0.push(Element { id, kind: kind.clone(), dictionary, kids: vec![], page });
        let mut found = Vec::new();
        for kid in kids(self.file, dictionary) {
            match self.kid(kid, id, page) {
                Some(kid) => found.push(kid),
                None => self.findings.add(page, "structure", format!("{kind} {} has a child that is nothing", id.0)),
            }
        }
        // An empty cell is a cell.
        if found.is_empty() && kind != "TD" {
            self.findings.add(page, "structure", format!("{kind} {} holds nothing", id.0));
        }
        let begins = found.iter().find_map(|kid| match kid {
            Kid::Element(child) => self.tree.0.get(*child)?.page,
            Kid::Content(page, _) => Some(*page),
            Kid::Object(_) => None,
        });
        if let Some(element) = self.tree.0.get_mut(index) {
            element.kids = found;
            element.page = begins.or(page);
        }
        Some(index)
    }

    fn kid(&mut self, kid: &'a Object, id: ObjectId, page: Option<usize>) -> Option<Kid> {
        match kid {
            Object::Reference(child) => self.element(*child, Some(id)).map(Kid::Element),
            Object::Integer(mcid) => Some(Kid::Content(page?, *mcid)),
            Object::Dictionary(kid) => {
                if let Ok(object) = kid.get(b"Obj").and_then(Object::as_reference) {
                    return Some(Kid::Object(object));
                }
                let mcid = kid.get(b"MCID").and_then(Object::as_i64).ok()?;
                Some(Kid::Content(self.page(kid).or(page)?, mcid))
            }
            _ => None,
        }
    }

    fn page(&self, dictionary: &Dictionary) -> Option<usize> {
        self.pages.get(&dictionary.get(b"Pg").and_then(Object::as_reference).ok()?).copied()
    }
}

/// Reads the parent tree; its absence is a finding.
pub fn parents<'a>(file: &'a Document, root: &'a Dictionary, findings: &mut Findings) -> Option<Parents<'a>> {
    let Ok(tree) = file.get_dict_in_dict(root, b"ParentTree") else {
        findings.add(None, "parent-tree", "there is none: nothing leads from what is painted to its element");
        return None;
    };
    let (mut parents, mut open, mut seen) = (Parents::new(), vec![tree], BTreeSet::new());
    while let Some(node) = open.pop() {
        let array = |key| entry(file, node, key).and_then(|object| object.as_array().ok());
        for pair in array(b"Nums").into_iter().flat_map(|numbers| numbers.chunks(2)) {
            if let [key, value] = pair
                && let Ok(key) = key.as_i64()
                && parents.insert(key, value).is_some()
            {
                findings.add(None, "parent-tree", format!("key {key} stands twice"));
            }
        }
        let below = array(b"Kids").into_iter().flatten().filter_map(|kid| kid.as_reference().ok());
        open.extend(below.filter(|id| seen.insert(*id)).filter_map(|id| file.get_dictionary(id).ok()));
    }
    Some(parents)
}
