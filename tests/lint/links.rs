//! Links: each annotation and its Link element know each other, it says where it leads and leads there (ISO 14289-1,
//! 7.18).

use std::collections::{BTreeMap, BTreeSet};

use lopdf::{Dictionary, Document, Object, ObjectId};

use super::{
    Findings, entry,
    metadata::is_of_pdf_2,
    tree::{Element, Kid, Parents, Tree},
    words,
};

pub fn check(
    file: &Document,
    tree: &Tree<'_>,
    parents: Option<&Parents<'_>>,
    pages: &BTreeMap<ObjectId, usize>,
    findings: &mut Findings,
) {
    // Annotation → the elements that name it.
    let mut owners: BTreeMap<ObjectId, Vec<&Element<'_>>> = BTreeMap::new();
    for element in &tree.0 {
        for kid in &element.kids {
            if let Kid::Object(annotation) = kid {
                owners.entry(*annotation).or_default().push(element);
            }
        }
    }
    // Elements of which an annotation says that it is theirs.
    let mut blamed = BTreeSet::new();
    let mut keys = BTreeSet::new();
    for (page, number) in file.page_iter().zip(1..) {
        let Ok(page) = file.get_dictionary(page) else { continue };
        keys.extend(page.get(b"StructParents").and_then(Object::as_i64).ok());
        let annotations = entry(file, page, b"Annots").and_then(|all| all.as_array().ok());
        for id in annotations.into_iter().flatten().filter_map(|annotation| annotation.as_reference().ok()) {
            let Ok(annotation) = file.get_dictionary(id) else { continue };
            let name = format!("the link “{}” (object {})", words(file, annotation, b"Contents"), id.0);
            let key = annotation.get(b"StructParent").and_then(Object::as_i64).ok();
            keys.extend(key);
            let back = key.and_then(|key| parents?.get(&key)?.as_reference().ok());
            let owner = match owners.remove(&id).unwrap_or_default().as_slice() {
                [owner] => Some(owner.id).filter(|_| owner.kind == "Link"),
                [] => {
                    blamed.extend(back);
                    None
                }
                _ => {
                    findings.add(number, "link", format!("{name} stands in more than one place of the tree"));
                    continue;
                }
            };
            let Some(owner) = owner else {
                findings.add(number, "link", format!("{name} has no OBJR in a Link element"));
                continue;
            };
            match key {
                None => findings.add(number, "link", format!("{name} has no StructParent")),
                Some(_) if parents.is_some() && back != Some(owner) => {
                    findings.add(number, "parent-tree", format!("{name} does not lead to its element"));
                }
                Some(_) => {}
            }
            itself(file, annotation, &name, number, pages, findings);
            to_element(file, annotation, &name, tree, findings);
        }
    }
    for (id, _) in owners {
        findings.add(None, "link", format!("an OBJR names object {}, which is on no page", id.0));
    }
    for element in tree.0.iter().filter(|element| element.kind == "Link" && !blamed.contains(&element.id)) {
        if !element.kids.iter().any(|kid| matches!(kid, Kid::Object(_))) {
            findings.add(element.page, "link", format!("Link {} has no OBJR", element.id.0));
        }
    }
    for key in parents.into_iter().flat_map(BTreeMap::keys).filter(|key| !keys.contains(key)) {
        findings.add(None, "parent-tree", format!("nothing has key {key}"));
    }
}

/// Checks what the annotation must have by itself.
fn itself(
    file: &Document,
    annotation: &Dictionary,
    name: &str,
    page: usize,
    pages: &BTreeMap<ObjectId, usize>,
    findings: &mut Findings,
) {
    if words(file, annotation, b"Contents").trim().is_empty() {
        findings.add(page, "link", format!("{name} has no Contents"));
    }
    // Printed, neither hidden nor invisible nor unseen on the screen (ISO 19005-3, 6.3.2).
    if annotation.get(b"F").and_then(Object::as_i64).unwrap_or(0) & 0b10_0111 != 0b100 {
        findings.add(page, "link", format!("{name} has no F with Print alone"));
    }
    let url = file
        .get_dict_in_dict(annotation, b"A")
        .is_ok_and(|action| action.get(b"URI").and_then(Object::as_str).is_ok_and(|url| !url.is_empty()));
    let place = place(file, annotation).is_some_and(|place| leads_to(place, pages).is_some());
    if url == place {
        findings.add(page, "link", format!("{name} leads to no one place"));
    }
}

/// Returns the destination of a link or of an entry of the outline: in PDF 2.0 that of its action.
pub fn place<'a>(file: &'a Document, from: &'a Dictionary) -> Option<&'a Object> {
    let action = file.get_dict_in_dict(from, b"A").ok();
    entry(file, from, b"Dest").or_else(|| entry(file, action?, b"D"))
}

/// Checks that what leads to a place in a PDF 2.0 leads to an element, too (ISO 14289-2, 8.8).
pub fn to_element(file: &Document, from: &Dictionary, name: &str, tree: &Tree<'_>, findings: &mut Findings) {
    if !is_of_pdf_2(file) || place(file, from).is_none() {
        return;
    }
    let action = file.get_dict_in_dict(from, b"A").ok();
    let element = action.and_then(|action| entry(file, action, b"SD")?.as_array().ok()?.first()?.as_reference().ok());
    if !element.is_some_and(|id| tree.0.iter().any(|element| element.id == id)) {
        findings.add(None, "link", format!("{name} leads to no element"));
    }
}

/// Returns the page of a destination.
pub fn leads_to(destination: &Object, pages: &BTreeMap<ObjectId, usize>) -> Option<usize> {
    pages.get(&destination.as_array().ok()?.first()?.as_reference().ok()?).copied()
}
