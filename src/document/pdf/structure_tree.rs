//! The structure tree (ISO 32000-1, 14.7): an element for every node, and the parent tree, by which marked content and
//! link annotations find their elements. The annotations are in `annotations`.

use lopdf::{Document as File, ObjectId};

use super::{
    Error, annotations,
    parent_tree::ParentTree,
    structure_type::{PDF_2_NAMESPACE, is_of_pdf_2, structure_type_name},
    written_objects::{Entries, Items, WrittenObjects},
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
pub(super) fn add(
    (file, written): (&mut File, &mut WrittenObjects),
    document: &Document,
    pages: &[ObjectId],
) -> Result<StructureTree, Error> {
    let root = file.new_object_id();
    let elements: Vec<ObjectId> = document.nodes.iter().map(|_| file.new_object_id()).collect();
    let mut parent_tree = ParentTree { entries: Vec::new(), next_key: pages.len() as i64 };
    let annotations = annotations::Context { document, pages, elements: &elements };
    let mut links: Vec<Vec<ObjectId>> = Vec::new();
    for (number, owners) in owners(document, &elements).into_iter().enumerate() {
        let id = file.new_object_id();
        written.array(id, |items| {
            for owner in owners {
                match owner {
                    Some(owner) => items.reference(owner),
                    None => items.null(),
                }
            }
        });
        parent_tree.entries.push((number as i64, id));
        links.push(annotations.add((&mut *file, &mut *written), number, &mut parent_tree)?);
    }
    let namespace = (document.meta.standard == Standard::Ua2).then(|| file.new_object_id());
    if let Some(id) = namespace {
        written.dictionary(id, |it| {
            it.name("Type", "Namespace");
            it.literal("NS", PDF_2_NAMESPACE);
        });
    }
    let tree = Builder { pages, root, elements: &elements, links: &links, namespace };
    let mut notes: Vec<(usize, ObjectId)> = Vec::new();
    for (number, node) in document.nodes.iter().enumerate() {
        let id = tree.id(number)?;
        tree.element((id, written), number, node)?;
        if is_note(node) {
            notes.push((number, id));
        }
    }
    let numbers = file.new_object_id();
    written.dictionary(numbers, |it| {
        it.array("Nums", |items| {
            for (key, value) in &parent_tree.entries {
                items.integer(*key);
                items.reference(*value);
            }
        });
    });
    let (document_id, names) = (tree.id(0)?, (!notes.is_empty()).then(|| file.new_object_id()));
    if let Some(id) = names {
        written.dictionary(id, |it| {
            it.array("Names", |items| {
                for (number, id) in notes {
                    items.literal(&note_name(number));
                    items.reference(id);
                }
            });
        });
    }
    written.dictionary(root, |it| {
        it.name("Type", "StructTreeRoot");
        it.reference("K", document_id);
        it.reference("ParentTree", numbers);
        it.integer("ParentTreeNextKey", parent_tree.next_key);
        if let Some(namespace) = namespace {
            it.array("Namespaces", |items| items.reference(namespace));
        }
        if let Some(names) = names {
            it.reference("IDTree", names);
        }
    });
    Ok(StructureTree { root, elements })
}

/// Whether a node has a name, by which notes are found.
fn is_note(node: &Node) -> bool {
    matches!(node.kind, StructureType::Note | StructureType::EndNote)
}

/// The name of a note. All are of equal length, so that the names of the tree rise as they must (ISO 32000-1, 7.9.6).
fn note_name(number: usize) -> String {
    format!("note-{number:08}")
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

    /// Writes the element of a node.
    fn element(&self, (id, written): (ObjectId, &mut WrittenObjects), number: usize, node: &Node) -> Result<(), Error> {
        let first = node.kids.iter().find_map(|kid| match kid {
            Kid::Content { page, .. } | Kid::Link { page, .. } => Some(*page),
            Kid::Node(_) => None,
        });
        let page = first.map(|first| self.page(first)).transpose()?;
        let parent = if number == 0 { self.root } else { self.id(node.parent)? };
        let standard = if self.namespace.is_some() { Standard::Ua2 } else { Standard::Ua1 };
        let refs = node.refs.iter().map(|to| self.id(*to)).collect::<Result<Vec<_>, Error>>()?;
        let kids = node.kids.iter().map(|kid| self.kid(kid, first)).collect::<Result<Vec<_>, Error>>()?;
        written.dictionary(id, |it| {
            it.name("Type", "StructElem");
            it.name("S", structure_type_name(node.kind, standard));
            it.reference("P", parent);
            if let Some(namespace) = self.namespace {
                if is_of_pdf_2(node.kind) {
                    it.reference("NS", namespace);
                }
                if !refs.is_empty() {
                    it.array("Ref", |items| refs.into_iter().for_each(|to| items.reference(to)));
                }
            }
            if let Some(page) = page {
                it.reference("Pg", page);
            }
            it.one_or_array("K", &kids, |items, kid| kid.write(items));
            if let Some(alt) = &node.alt {
                it.text("Alt", alt);
            }
            if let Some(language) = node.language {
                it.literal("Lang", language);
            }
            if let Some(means) = &node.means {
                it.text("E", means);
            }
            if let Some(actual) = &node.actual {
                it.text("ActualText", actual);
            }
            attributes(it, node, standard);
            if is_note(node) {
                it.literal("ID", &note_name(number));
            }
        });
        Ok(())
    }

    /// A child of an element whose page is `first`.
    fn kid(&self, kid: &Kid, first: Option<usize>) -> Result<KidObject, Error> {
        Ok(match kid {
            Kid::Node(child) => KidObject::Element(self.id(*child)?),
            Kid::Content { page, mcid } if Some(*page) == first => KidObject::Content(*mcid as i64),
            Kid::Content { page, mcid } => KidObject::ContentElsewhere { page: self.page(*page)?, mcid: *mcid as i64 },
            Kid::Link { page, index } => {
                let annotation = self.links.get(*page).and_then(|all| all.get(*index)).copied();
                KidObject::Annotation { page: self.page(*page)?, id: annotation.ok_or(Error::Missing("link"))? }
            }
        })
    }
}

/// A child of an element as it is written (ISO 32000-1, 14.7.4).
enum KidObject {
    Element(ObjectId),
    /// Marked content on the element's page
    Content(i64),
    /// Marked content on another page
    ContentElsewhere {
        page: ObjectId,
        mcid: i64,
    },
    Annotation {
        page: ObjectId,
        id: ObjectId,
    },
}

impl KidObject {
    fn write(&self, items: &mut Items<'_>) {
        match *self {
            KidObject::Element(id) => items.reference(id),
            KidObject::Content(mcid) => items.integer(mcid),
            KidObject::ContentElsewhere { page, mcid } => items.dictionary(|it| {
                it.name("Type", "MCR");
                it.reference("Pg", page);
                it.integer("MCID", mcid);
            }),
            KidObject::Annotation { page, id } => items.dictionary(|it| {
                it.name("Type", "OBJR");
                it.reference("Pg", page);
                it.reference("Obj", id);
            }),
        }
    }
}

/// Writes the attributes that a node's type asks for (ISO 32000-1, 14.8.5).
fn attributes(element: &mut Entries<'_>, node: &Node, standard: Standard) {
    let mut set = |owner: &str, entries: &dyn Fn(&mut Entries<'_>)| {
        element.dictionary("A", |it| {
            it.name("O", owner);
            entries(it);
        });
    };
    let is_pdf_2 = standard == Standard::Ua2;
    let list = |numbering: &'static str| move |it: &mut Entries<'_>| it.name("ListNumbering", numbering);
    match node.kind {
        StructureType::THColumn => set("Table", &|it| it.name("Scope", "Column")),
        StructureType::THRow => set("Table", &|it| it.name("Scope", "Row")),
        StructureType::THGroup(columns) => set("Table", &|it| {
            it.name("Scope", "Row");
            it.integer("ColSpan", columns as i64);
        }),
        StructureType::L => set("List", &list("Disc")),
        StructureType::LDescribed if is_pdf_2 => set("List", &list("Description")),
        StructureType::LDescribed | StructureType::LPlain => set("List", &list("None")),
        StructureType::LNumbered => set("List", &list("Decimal")),
        StructureType::Note if is_pdf_2 => set("FENote", &|it| it.name("NoteType", "Footnote")),
        StructureType::EndNote if is_pdf_2 => set("FENote", &|it| it.name("NoteType", "Endnote")),
        StructureType::Figure => {
            if let Some(area) = node.area {
                set("Layout", &|it| {
                    it.rectangle("BBox", area);
                    it.name("Placement", "Block");
                });
            }
        }
        _ => {}
    }
}

/// Returns for each page the elements of its marked content, by its ids: the page's entry of the parent tree.
fn owners(document: &Document, ids: &[ObjectId]) -> Vec<Vec<Option<ObjectId>>> {
    let mut owners: Vec<Vec<Option<ObjectId>>> = document.pages.iter().map(|page| vec![None; page.marks]).collect();
    for (element, id) in document.nodes.iter().zip(ids) {
        for kid in &element.kids {
            if let Kid::Content { page, mcid } = kid
                && let Some(owner) = owners.get_mut(*page).and_then(|page| page.get_mut(*mcid))
            {
                *owner = Some(*id);
            }
        }
    }
    owners
}
