//! The structure tree (ISO 32000-1, 14.7): an element for every node, and the parent tree, by which marked content and
//! link annotations find their elements. The annotations are in `annotations`.

use lopdf::{Dictionary, Document as File, Object, ObjectId, dictionary};

use super::{
    Error, annotations,
    objects::{name, rectangle, text},
    parent_tree::ParentTree,
    structure_type::{PDF_2_NAMESPACE, is_of_pdf_2, structure_type_name},
};
use crate::document::layout::document::{Document, Kid, Node, Standard, StructureType};

/// The tree as the rest of the file refers to it.
pub(super) struct StructureTree {
    /// The structure tree root.
    pub root: ObjectId,
    /// The elements, by node.
    pub elements: Vec<ObjectId>,
}

/// Adds the tree and the annotations of its links.
pub(super) fn add(file: &mut File, document: &Document, pages: &[ObjectId]) -> Result<StructureTree, Error> {
    let root = file.new_object_id();
    let elements: Vec<ObjectId> = document.nodes.iter().map(|_| file.new_object_id()).collect();
    let mut parent_tree = ParentTree { entries: Vec::new(), next_key: pages.len() as i64 };
    let annotations = annotations::Context { document, pages, elements: &elements };
    let mut links: Vec<Vec<ObjectId>> = Vec::new();
    for (number, owners) in owners(document, &elements).into_iter().enumerate() {
        let owners = file.add_object(Object::Array(owners));
        parent_tree.entries.push((number as i64, owners));
        links.push(annotations.add(file, number, &mut parent_tree)?);
    }
    let namespace = (document.meta.standard == Standard::Ua2).then(|| {
        file.add_object(dictionary! { "Type" => "Namespace", "NS" => Object::string_literal(PDF_2_NAMESPACE) })
    });
    let tree = Builder { pages, root, elements: &elements, links: &links, namespace };
    let mut ids: Vec<Object> = Vec::new();
    for (number, node) in document.nodes.iter().enumerate() {
        let mut element = tree.element(number, node)?;
        let id = tree.id(number)?;
        if matches!(node.kind, StructureType::Note | StructureType::EndNote) {
            // Of equal length, so that the names of the tree rise as they must (ISO 32000-1, 7.9.6).
            let name = Object::string_literal(format!("note-{number:08}"));
            element.set("ID", name.clone());
            ids.extend([name, Object::Reference(id)]);
        }
        file.set_object(id, element);
    }
    let ParentTree { entries, next_key } = parent_tree;
    let numbers: Vec<Object> =
        entries.into_iter().flat_map(|(key, value)| [Object::Integer(key), Object::Reference(value)]).collect();
    let numbers = file.add_object(dictionary! { "Nums" => numbers });
    let document_id = tree.id(0)?;
    let mut tree_root = dictionary! { "Type" => "StructTreeRoot", "K" => document_id, "ParentTree" => numbers, "ParentTreeNextKey" => next_key };
    if let Some(namespace) = namespace {
        tree_root.set("Namespaces", vec![Object::Reference(namespace)]);
    }
    if !ids.is_empty() {
        tree_root.set("IDTree", file.add_object(dictionary! { "Names" => ids }));
    }
    file.set_object(root, tree_root);
    Ok(StructureTree { root, elements })
}

/// Makes the elements of the tree.
struct Builder<'a> {
    pages: &'a [ObjectId],
    root: ObjectId,
    elements: &'a [ObjectId],
    /// The link annotations of each page.
    links: &'a [Vec<ObjectId>],
    /// The namespace of PDF 2.0, if the file is one.
    namespace: Option<ObjectId>,
}

impl Builder<'_> {
    fn id(&self, node: usize) -> Result<ObjectId, Error> {
        self.elements.get(node).copied().ok_or(Error::Missing("structure element"))
    }

    fn page(&self, page: usize) -> Result<ObjectId, Error> {
        self.pages.get(page).copied().ok_or(Error::Missing("page"))
    }

    /// The element of a node.
    fn element(&self, number: usize, node: &Node) -> Result<Dictionary, Error> {
        let first = node.kids.iter().find_map(|kid| match kid {
            Kid::Content { page, .. } | Kid::Link { page, .. } => Some(*page),
            Kid::Node(_) => None,
        });
        let parent = if number == 0 { self.root } else { self.id(node.parent)? };
        let standard = if self.namespace.is_some() { Standard::Ua2 } else { Standard::Ua1 };
        let name = structure_type_name(node.kind, standard);
        let mut element = dictionary! { "Type" => "StructElem", "S" => name, "P" => parent };
        if let Some(namespace) = self.namespace {
            if is_of_pdf_2(node.kind) {
                element.set("NS", namespace);
            }
            if !node.refs.is_empty() {
                let refs = node.refs.iter().map(|to| self.id(*to).map(Object::Reference));
                element.set("Ref", refs.collect::<Result<Vec<_>, Error>>()?);
            }
        }
        if let Some(page) = first {
            element.set("Pg", self.page(page)?);
        }
        let mut kids = node.kids.iter().map(|kid| self.kid(kid, first)).collect::<Result<Vec<_>, Error>>()?;
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
        if let Some(language) = node.language {
            element.set("Lang", Object::string_literal(language));
        }
        if let Some(means) = &node.means {
            element.set("E", text(means));
        }
        if let Some(actual) = &node.actual {
            element.set("ActualText", text(actual));
        }
        if let Some(attributes) = attributes(node, standard) {
            element.set("A", attributes);
        }
        Ok(element)
    }

    /// A child of an element whose page is `first`.
    fn kid(&self, kid: &Kid, first: Option<usize>) -> Result<Object, Error> {
        Ok(match kid {
            Kid::Node(child) => Object::Reference(self.id(*child)?),
            Kid::Content { page, mcid } if Some(*page) == first => Object::Integer(*mcid as i64),
            Kid::Content { page, mcid } => {
                dictionary! { "Type" => "MCR", "Pg" => self.page(*page)?, "MCID" => *mcid as i64 }.into()
            }
            Kid::Link { page, index } => {
                let annotation = self.links.get(*page).and_then(|all| all.get(*index)).copied();
                let annotation = annotation.ok_or(Error::Missing("link"))?;
                dictionary! { "Type" => "OBJR", "Pg" => self.page(*page)?, "Obj" => annotation }.into()
            }
        })
    }
}

/// Returns the attributes that a node's type asks for (ISO 32000-1, 14.8.5).
fn attributes(node: &Node, standard: Standard) -> Option<Dictionary> {
    match node.kind {
        StructureType::THColumn => Some(attribute("Table", "Scope", name("Column"))),
        StructureType::THRow => Some(attribute("Table", "Scope", name("Row"))),
        StructureType::THGroup(columns) => {
            let mut table = attribute("Table", "Scope", name("Row"));
            table.set("ColSpan", columns as i64);
            Some(table)
        }
        StructureType::L => Some(attribute("List", "ListNumbering", name("Disc"))),
        StructureType::LDescribed if standard == Standard::Ua2 => {
            Some(attribute("List", "ListNumbering", name("Description")))
        }
        StructureType::LDescribed | StructureType::LPlain => Some(attribute("List", "ListNumbering", name("None"))),
        StructureType::Note if standard == Standard::Ua2 => Some(attribute("FENote", "NoteType", name("Footnote"))),
        StructureType::EndNote if standard == Standard::Ua2 => Some(attribute("FENote", "NoteType", name("Endnote"))),
        StructureType::LNumbered => Some(attribute("List", "ListNumbering", name("Decimal"))),
        StructureType::Figure => node.area.map(|area| {
            let mut layout = attribute("Layout", "BBox", rectangle(area));
            layout.set("Placement", name("Block"));
            layout
        }),
        _ => None,
    }
}

fn attribute(owner: &str, key: &str, value: Object) -> Dictionary {
    let mut attribute = dictionary! { "O" => Object::Name(owner.into()) };
    attribute.set(key, value);
    attribute
}

/// Returns for each page the elements of its marked content, by its ids: the page's entry of the parent tree.
fn owners(document: &Document, ids: &[ObjectId]) -> Vec<Vec<Object>> {
    let mut owners: Vec<Vec<Object>> = document.pages.iter().map(|page| vec![Object::Null; page.marks]).collect();
    for (element, id) in document.nodes.iter().zip(ids) {
        for kid in &element.kids {
            if let Kid::Content { page, mcid } = kid
                && let Some(owner) = owners.get_mut(*page).and_then(|page| page.get_mut(*mcid))
            {
                *owner = Object::Reference(*id);
            }
        }
    }
    owners
}
