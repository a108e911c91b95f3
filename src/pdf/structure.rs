//! The structure tree, link annotations and the outline as objects (ISO 32000-1, 14.7 and 12.3.3): every marked content
//! has its place in the ParentTree, every link its OBJR, every heading its bookmark.

use lopdf::{Dictionary, Document as File, Object, ObjectId, StringFormat, dictionary};

use super::{
    Error,
    content::{kind_name, round, utf16},
};
use crate::layout::document::{Document, Kid, Kind, PAGE_HEIGHT, Target};

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
    for (number, page) in document.pages.iter().enumerate() {
        // Marked contents in the order of their ids: the page's entry of the ParentTree.
        let mut owners = vec![Object::Null; page.marks];
        for (node, element) in document.nodes.iter().enumerate() {
            for kid in &element.kids {
                if let Kid::Content(at, mcid) = kid
                    && *at == number
                    && let Some(owner) = owners.get_mut(*mcid)
                {
                    *owner = Object::Reference(id(node)?);
                }
            }
        }
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
                Target::Source(source) => {
                    let at = document.nodes.iter().find(|node| node.source == Some(*source)).and_then(|node| node.at);
                    if let Some((page, y)) = at {
                        annotation.set("Dest", destination(page_id(page)?, y));
                    }
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
        file.set_object(id(number)?, element);
    }
    let numbers: Vec<Object> = parents.into_iter().flat_map(|(key, value)| [Object::Integer(key), value]).collect();
    let tree = file.add_object(dictionary! { "Nums" => numbers });
    let document_id = id(0)?;
    file.set_object(root, dictionary! { "Type" => "StructTreeRoot", "K" => document_id, "ParentTree" => tree, "ParentTreeNextKey" => key });
    let outlines = outline(file, document, pages, &ids)?;
    Ok((root, outlines))
}

fn destination(page: ObjectId, y: f32) -> Vec<Object> {
    vec![Object::Reference(page), name("XYZ"), Object::Integer(0), real(PAGE_HEIGHT - y + 8.0), Object::Null]
}

/// The headings as a tree of bookmarks.
fn outline(file: &mut File, document: &Document, pages: &[ObjectId], nodes: &[ObjectId]) -> Result<ObjectId, Error> {
    let root = file.new_object_id();
    let items = &document.outline;
    let ids: Vec<ObjectId> = items.iter().map(|_| file.new_object_id()).collect();
    // Each item's parent is the last one before it with a lower level.
    let parent: Vec<Option<usize>> = items
        .iter()
        .enumerate()
        .map(|(index, item)| items.iter().take(index).rposition(|before| before.level < item.level))
        .collect();
    let children = |of: Option<usize>| -> Vec<ObjectId> {
        parent.iter().zip(&ids).filter(|(parent, _)| **parent == of).map(|(_, id)| *id).collect()
    };
    for (index, item) in items.iter().enumerate() {
        let (Some(id), Some(page), Some(node)) = (ids.get(index), pages.get(item.page), nodes.get(item.node)) else {
            return Err(Error::Missing("heading"));
        };
        let over = parent.get(index).copied().flatten();
        let up = over.and_then(|over| ids.get(over)).copied().unwrap_or(root);
        let mut entry = dictionary! { "Title" => text(&item.title), "Parent" => up, "Dest" => destination(*page, item.y), "SE" => *node };
        let siblings = children(over);
        let at = siblings.iter().position(|sibling| sibling == id).unwrap_or(0);
        if let Some(before) = at.checked_sub(1).and_then(|at| siblings.get(at)) {
            entry.set("Prev", *before);
        }
        if let Some(after) = siblings.get(at + 1) {
            entry.set("Next", *after);
        }
        let below = children(Some(index));
        if let (Some(first), Some(last)) = (below.first(), below.last()) {
            entry.set("First", *first);
            entry.set("Last", *last);
            entry.set("Count", below.len() as i64);
        }
        file.set_object(*id, entry);
    }
    let top = children(None);
    let (Some(first), Some(last)) = (top.first(), top.last()) else { return Err(Error::Missing("heading")) };
    file.set_object(
        root,
        dictionary! { "Type" => "Outlines", "First" => *first, "Last" => *last, "Count" => items.len() as i64 },
    );
    Ok(root)
}
