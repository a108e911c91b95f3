//! Structure: painted content and the structure tree correspond one to one, in both directions and in the same order; and
//! elements of certain types have what they must have.

use std::collections::{BTreeMap, BTreeSet};

use lopdf::{Dictionary, Document, Object, ObjectId};

use super::{
    Findings,
    content::Painted,
    metadata::is_of_pdf_2,
    tree::{Element, Kid, Parents, Tree},
    words,
};

pub fn check(
    file: &Document,
    tree: &Tree<'_>,
    parents: Option<&Parents<'_>>,
    painted: &BTreeMap<usize, Painted>,
    findings: &mut Findings,
) {
    // Page by page the ids in reading order, each with its element.
    let mut read: BTreeMap<usize, Vec<(i64, ObjectId)>> = BTreeMap::new();
    for element in &tree.0 {
        if element.kind == "Figure" && words(file, element.dictionary, b"Alt").trim().is_empty() {
            findings.add(element.page, "figure", format!("Figure {} has no Alt", element.id.0));
        }
    }
    in_order(tree, 0, &mut read);
    for (page, id) in (1..).zip(file.page_iter()) {
        let Some(painted) = painted.get(&page) else { continue };
        let owners = read.remove(&page).unwrap_or_default();
        let dictionary = file.get_dictionary(id).ok();
        marks(page, painted, &owners, findings);
        if let (Some(parents), Some(dictionary)) = (parents, dictionary) {
            way_back(file, page, dictionary, &owners, parents, findings);
        }
    }
}

/// Checks what PDF 2.0 asks for: the tree has one Document, of the namespace of PDF 2.0 (ISO 14289-2, 8.2.1); an entry of
/// the contents refers to its heading, and a note and its mark to each other (8.2.5).
pub fn references(file: &Document, root: &Dictionary, tree: &Tree<'_>, findings: &mut Findings) {
    if !is_of_pdf_2(file) {
        return;
    }
    if !root.has(b"Namespaces") {
        findings.add(None, "namespace", "the structure tree has no Namespaces");
    }
    let top = tree.0.first();
    if !top.is_some_and(|top| top.kind == "Document" && top.dictionary.has(b"NS")) {
        findings.add(None, "namespace", "the tree does not begin with one Document of PDF 2.0");
    }
    let refs = |element: &Element<'_>| -> Vec<ObjectId> {
        let refs = element.dictionary.get(b"Ref").and_then(Object::as_array).ok();
        refs.into_iter().flatten().filter_map(|to| to.as_reference().ok()).collect()
    };
    let all: BTreeMap<ObjectId, &Element<'_>> = tree.0.iter().map(|element| (element.id, element)).collect();
    for element in &tree.0 {
        let leads = refs(element);
        if leads.iter().any(|to| !all.contains_key(to)) {
            findings.add(element.page, "reference", format!("{} {} refers to no element", element.kind, element.id.0));
        }
        let to_heading = || leads.iter().any(|to| all.get(to).is_some_and(|to| to.kind.starts_with('H')));
        if element.kind == "TOCI" && !to_heading() {
            findings.add(element.page, "reference", format!("TOCI {} refers to no heading", element.id.0));
        }
        let back = || leads.iter().any(|to| all.get(to).is_some_and(|mark| refs(mark).contains(&element.id)));
        if element.kind == "FENote" && !back() {
            findings.add(
                element.page,
                "reference",
                format!("FENote {} and its mark do not refer to each other", element.id.0),
            );
        }
    }
}

/// Collects the marked content in reading order, which is the order of the tree, depth first.
fn in_order(tree: &Tree<'_>, index: usize, read: &mut BTreeMap<usize, Vec<(i64, ObjectId)>>) {
    let Some(element) = tree.0.get(index) else { return };
    for kid in &element.kids {
        match kid {
            Kid::Element(child) => in_order(tree, *child, read),
            Kid::Content(page, mcid) => read.entry(*page).or_default().push((*mcid, element.id)),
            Kid::Object(_) => {}
        }
    }
}

/// Checks that content and tree correspond one to one, and in the same order.
fn marks(page: usize, painted: &Painted, owners: &[(i64, ObjectId)], findings: &mut Findings) {
    let mut told = BTreeSet::new();
    for (mcid, _) in owners {
        if !told.insert(*mcid) {
            findings.add(page, "mcid", format!("MCID {mcid} stands twice in the tree"));
        } else if !painted.text.contains_key(mcid) {
            findings.add(page, "mcid", format!("MCID {mcid} stands in the tree, but is not painted"));
        }
    }
    for mcid in painted.marks.iter().filter(|mcid| !told.contains(mcid)) {
        findings.add(page, "mcid", format!("MCID {mcid} is painted, but stands nowhere in the tree"));
    }
    let both = owners.iter().map(|(mcid, _)| mcid).filter(|mcid| painted.text.contains_key(mcid));
    let wanted = painted.marks.iter().filter(|mcid| told.contains(mcid));
    if let Some((read, painted)) = both.zip(wanted).find(|(read, painted)| read != painted) {
        let what = format!("MCID {read} is read where MCID {painted} is painted");
        findings.add(page, "reading-order", what);
    }
}

/// Checks that the parent tree leads from each id to the element that holds it, and from nothing else to anything.
fn way_back(
    file: &Document,
    page: usize,
    dictionary: &Dictionary,
    owners: &[(i64, ObjectId)],
    parents: &Parents<'_>,
    findings: &mut Findings,
) {
    let key = dictionary.get(b"StructParents").and_then(Object::as_i64).ok();
    let entry = key.and_then(|key| parents.get(&key)).and_then(|entry| file.dereference(entry).ok());
    let Some(entries) = entry.and_then(|(_, entry)| entry.as_array().ok()) else {
        if !owners.is_empty() {
            findings.add(page, "parent-tree", "StructParents leads to no list of elements");
        }
        return;
    };
    let there: BTreeMap<i64, ObjectId> =
        (0..).zip(entries).filter_map(|(mcid, owner)| Some((mcid, owner.as_reference().ok()?))).collect();
    for (mcid, owner) in owners {
        match there.get(mcid) {
            Some(found) if found == owner => {}
            Some(found) => {
                let what = format!("MCID {mcid} leads to object {}, but stands in object {}", found.0, owner.0);
                findings.add(page, "parent-tree", what);
            }
            None => findings.add(page, "parent-tree", format!("MCID {mcid} leads nowhere")),
        }
    }
    let known: BTreeSet<i64> = owners.iter().map(|(mcid, _)| *mcid).collect();
    for mcid in there.keys().filter(|mcid| !known.contains(mcid)) {
        findings.add(page, "parent-tree", format!("MCID {mcid} leads to an element that does not hold it"));
    }
}

/// Checks that every note has an identifier, that no two elements have the same, and that the root knows them
/// (ISO 14289-1, 7.9; ISO 32000-1, table 322).
pub fn identifiers(root: &Dictionary, tree: &Tree<'_>, findings: &mut Findings) {
    let mut seen = BTreeSet::new();
    for element in &tree.0 {
        let id = element.dictionary.get(b"ID").and_then(Object::as_str).unwrap_or_default();
        if id.is_empty() {
            if matches!(element.kind.as_str(), "Note" | "FENote") {
                findings.add(element.page, "note", format!("{} {} has no ID", element.kind, element.id.0));
            }
        } else if !seen.insert(id) {
            findings.add(element.page, "note", format!("the ID {} is there twice", String::from_utf8_lossy(id)));
        }
    }
    if !seen.is_empty() && !root.has(b"IDTree") {
        findings.add(None, "note", "elements have IDs, but the structure tree has no IDTree");
    }
}
