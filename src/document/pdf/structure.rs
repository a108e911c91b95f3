//! The structure tree, link annotations and the outline as objects (ISO 32000-1, 14.7 and 12.3.3): every marked content
//! has its place in the ParentTree, every link its OBJR, every heading its bookmark.

use lopdf::{Dictionary, Document as File, Object, ObjectId, StringFormat, dictionary};

use super::{
    Error,
    content::{kind_name, round, utf16},
};
use crate::document::layout::document::{Document, Kid, Kind, PAGE_HEIGHT, Target};

/// A text string: plain where it is ASCII, else UTF-16.
pub(super) fn text(value: &str) -> Object {
    if value.is_ascii() {
        Object::string_literal(value)
    } else {
        Object::String(utf16(value), StringFormat::Hexadecimal)
    }
}

fn real(value: f32) -> Object {
    Object::Real(round(value))
}

/// Left, top, right, bottom from the top → left, bottom, right, top from the bottom.
fn rectangle([left, top, right, bottom]: [f32; 4]) -> Object {
    Object::Array(vec![real(left), real(PAGE_HEIGHT - bottom), real(right), real(PAGE_HEIGHT - top)])
}

fn attribute(owner: &str, key: &str, value: Object) -> Dictionary {
    let mut attribute = dictionary! { "O" => Object::Name(owner.into()) };
    attribute.set(key, value);
    attribute
}

fn name(value: &str) -> Object {
    Object::Name(value.into())
}

/// Adds the tree, the annotations and the outline; gives the catalog's entries.
pub(super) fn add(file: &mut File, document: &Document, pages: &[ObjectId]) -> Result<(ObjectId, ObjectId), Error> {
    let root = file.new_object_id();
    let ids: Vec<ObjectId> = document.nodes.iter().map(|_| file.new_object_id()).collect();
    let id = |node: usize| ids.get(node).copied().ok_or(Error::Missing("structure element"));
    let page_id = |page: usize| pages.get(page).copied().ok_or(Error::Missing("page"));
    let mut parents: Vec<(i64, Object)> = Vec::new();
    let mut key = pages.len() as i64;
    let mut annotations: Vec<Vec<ObjectId>> = Vec::new();
    for ((number, page), owners) in document.pages.iter().enumerate().zip(owners(document, &ids)) {
        let owners = file.add_object(Object::Array(owners));
        parents.push((number as i64, Object::Reference(owners)));
        let mut here = Vec::new();
        for link in &page.links {
            let mut annotation = dictionary! {
                "Type" => "Annot", "Subtype" => "Link", "Rect" => rectangle(link.rect), "Border" => vec![0.into(), 0.into(), 0.into()],
                "F" => 4, "Contents" => text(&link.says), "P" => page_id(number)?, "StructParent" => key,
            };
            match &link.target {
                Target::Url(url) => annotation.set(
                    "A",
                    dictionary! { "Type" => "Action", "S" => "URI", "URI" => Object::string_literal(url.as_str()) },
                ),
                inside => {
                    let (page, y) = document.places.get(inside).copied().ok_or(Error::Missing("link's place"))?;
                    annotation.set("Dest", destination(page_id(page)?, y));
                }
            }
            here.push(file.add_object(annotation));
            parents.push((key, Object::Reference(id(link.node)?)));
            key += 1;
        }
        let dictionary = file.get_object_mut(page_id(number)?)?.as_dict_mut()?;
        dictionary.set("StructParents", number as i64);
        dictionary.set("Tabs", "S");
        dictionary.remove(b"TrimBox");
        dictionary.remove(b"CropBox");
        if here.is_empty() {
            dictionary.remove(b"Annots");
        } else {
            dictionary.set("Annots", here.iter().map(|id| Object::Reference(*id)).collect::<Vec<_>>());
        }
        annotations.push(here);
    }
    let mut named: Vec<Object> = Vec::new();
    for (number, node) in document.nodes.iter().enumerate() {
        let first = node.kids.iter().find_map(|kid| match kid {
            Kid::Content(page, _) | Kid::Link(page, _) => Some(*page),
            Kid::Node(_) => None,
        });
        let mut kids = Vec::new();
        for kid in &node.kids {
            kids.push(match kid {
                Kid::Node(child) => Object::Reference(id(*child)?),
                Kid::Content(page, mcid) if Some(*page) == first => Object::Integer(*mcid as i64),
                Kid::Content(page, mcid) => {
                    dictionary! { "Type" => "MCR", "Pg" => page_id(*page)?, "MCID" => *mcid as i64 }.into()
                }
                Kid::Link(page, at) => {
                    let annotation =
                        annotations.get(*page).and_then(|all| all.get(*at)).copied().ok_or(Error::Missing("link"))?;
                    dictionary! { "Type" => "OBJR", "Pg" => page_id(*page)?, "Obj" => annotation }.into()
                }
            });
        }
        let parent = if number == 0 { root } else { id(node.parent)? };
        let mut element = dictionary! { "Type" => "StructElem", "S" => kind_name(node.kind), "P" => parent };
        if let Some(page) = first {
            element.set("Pg", page_id(page)?);
        }
        match (kids.len(), kids.pop()) {
            (1, Some(only)) => element.set("K", only),
            (_, Some(last)) => {
                kids.push(last);
                element.set("K", kids);
            }
            (_, None) => {}
        }
        if let Some(alt) = &node.alt {
            element.set("Alt", text(alt));
        }
        if let Some(actual) = &node.actual {
            element.set("ActualText", text(actual));
        }
        let attributes = match node.kind {
            Kind::THColumn => Some(attribute("Table", "Scope", name("Column"))),
            Kind::THRow => Some(attribute("Table", "Scope", name("Row"))),
            Kind::THGroup(columns) => {
                let mut table = attribute("Table", "Scope", name("Row"));
                table.set("ColSpan", columns as i64);
                Some(table)
            }
            Kind::L => Some(attribute("List", "ListNumbering", name("Disc"))),
            Kind::LNumbered => Some(attribute("List", "ListNumbering", name("Decimal"))),
            Kind::Figure => node.area.map(|area| {
                let mut layout = attribute("Layout", "BBox", rectangle(area));
                layout.set("Placement", name("Block"));
                layout
            }),
            _ => None,
        };
        if let Some(attributes) = attributes {
            element.set("A", attributes);
        }
        if node.kind == Kind::Note {
            // Of equal length, so that the names of the tree rise as they must (ISO 32000-1, 7.9.6).
            let name = Object::string_literal(format!("note-{number:08}"));
            element.set("ID", name.clone());
            named.extend([name, Object::Reference(id(number)?)]);
        }
        file.set_object(id(number)?, element);
    }
    let numbers: Vec<Object> = parents.into_iter().flat_map(|(key, value)| [Object::Integer(key), value]).collect();
    let tree = file.add_object(dictionary! { "Nums" => numbers });
    let document_id = id(0)?;
    let mut tree_root = dictionary! { "Type" => "StructTreeRoot", "K" => document_id, "ParentTree" => tree, "ParentTreeNextKey" => key };
    if !named.is_empty() {
        tree_root.set("IDTree", file.add_object(dictionary! { "Names" => named }));
    }
    file.set_object(root, tree_root);
    let outlines = outline(file, document, pages, &ids)?;
    Ok((root, outlines))
}

/// For each page its marked contents' elements in the order of their ids: the page's entry of the ParentTree.
fn owners(document: &Document, ids: &[ObjectId]) -> Vec<Vec<Object>> {
    let mut owners: Vec<Vec<Object>> = document.pages.iter().map(|page| vec![Object::Null; page.marks]).collect();
    for (element, id) in document.nodes.iter().zip(ids) {
        for kid in &element.kids {
            if let Kid::Content(page, mcid) = kid
                && let Some(owner) = owners.get_mut(*page).and_then(|page| page.get_mut(*mcid))
            {
                *owner = Object::Reference(*id);
            }
        }
    }
    owners
}

fn destination(page: ObjectId, y: f32) -> Vec<Object> {
    vec![Object::Reference(page), name("XYZ"), Object::Integer(0), real(PAGE_HEIGHT - y + 8.0), Object::Null]
}

/// The headings as a tree of bookmarks.
fn outline(file: &mut File, document: &Document, pages: &[ObjectId], nodes: &[ObjectId]) -> Result<ObjectId, Error> {
    let root = file.new_object_id();
    let items = &document.outline;
    let ids: Vec<ObjectId> = items.iter().map(|_| file.new_object_id()).collect();
    // Each item's parent is the last one before it with a lower level; `over` are those that can still be one.
    let mut over: Vec<usize> = Vec::new();
    let mut parents: Vec<Option<usize>> = Vec::new();
    let mut below: Vec<Vec<ObjectId>> = vec![Vec::new(); items.len()];
    let mut top: Vec<ObjectId> = Vec::new();
    let mut places: Vec<usize> = Vec::new();
    for (index, (item, id)) in items.iter().zip(&ids).enumerate() {
        while over.last().and_then(|last| items.get(*last)).is_some_and(|last| last.level >= item.level) {
            over.pop();
        }
        let parent = over.last().copied();
        let siblings = parent.and_then(|parent| below.get_mut(parent)).unwrap_or(&mut top);
        places.push(siblings.len());
        siblings.push(*id);
        parents.push(parent);
        over.push(index);
    }
    for ((index, item), (parent, at)) in items.iter().enumerate().zip(parents.iter().zip(places)) {
        let (Some(id), Some(page), Some(node)) = (ids.get(index), pages.get(item.page), nodes.get(item.node)) else {
            return Err(Error::Missing("heading"));
        };
        let up = parent.and_then(|parent| ids.get(parent)).copied().unwrap_or(root);
        let mut entry = dictionary! { "Title" => text(&item.title), "Parent" => up, "Dest" => destination(*page, item.y), "SE" => *node };
        let siblings = parent.and_then(|parent| below.get(parent)).unwrap_or(&top);
        if let Some(before) = at.checked_sub(1).and_then(|at| siblings.get(at)) {
            entry.set("Prev", *before);
        }
        if let Some(after) = siblings.get(at + 1) {
            entry.set("Next", *after);
        }
        if let Some(below) = below.get(index)
            && let (Some(first), Some(last)) = (below.first(), below.last())
        {
            entry.set("First", *first);
            entry.set("Last", *last);
            entry.set("Count", below.len() as i64);
        }
        file.set_object(*id, entry);
    }
    let (Some(first), Some(last)) = (top.first(), top.last()) else { return Err(Error::Missing("heading")) };
    file.set_object(
        root,
        dictionary! { "Type" => "Outlines", "First" => *first, "Last" => *last, "Count" => items.len() as i64 },
    );
    Ok(root)
}
