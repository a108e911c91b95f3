//! Link annotations (ISO 32000-1, 12.5.6.5), each with its structure element and its words for screen readers.

use lopdf::{Document as File, Object, ObjectId};

use super::{Error, objects::lead, parent_tree::ParentTree, written_objects::WrittenObjects};
use crate::document::layout::document::{Document, LinkArea, Target};

/// A URI has ASCII characters only (ISO 32000-1, 12.6.4.7): others are percent-encoded in UTF-8 (RFC 3987, 3.1).
fn percent_encoded(url: &str) -> String {
    let encoded =
        |byte: u8| if byte.is_ascii_graphic() { char::from(byte).to_string() } else { format!("%{byte:02X}") };
    url.bytes().map(encoded).collect()
}

/// What annotations refer to.
pub(super) struct Context<'a> {
    pub document: &'a Document,
    pub pages: &'a [ObjectId],
    /// The structure elements, by node.
    pub elements: &'a [ObjectId],
}

impl Context<'_> {
    fn page(&self, page: usize) -> Result<ObjectId, Error> {
        self.pages.get(page).copied().ok_or(Error::Missing("page"))
    }

    /// Adds the annotations of the page with this index and returns their ids.
    pub fn add(
        &self,
        (file, written): (&mut File, &mut WrittenObjects),
        index: usize,
        parent_tree: &mut ParentTree,
    ) -> Result<Vec<ObjectId>, Error> {
        let page = self.page(index)?;
        let mut added = Vec::new();
        for link in self.document.pages.get(index).into_iter().flat_map(|page| &page.links) {
            let id = file.new_object_id();
            self.annotation((id, written), link, page, parent_tree)?;
            added.push(id);
        }
        let dictionary = file.get_object_mut(page)?.as_dict_mut()?;
        dictionary.set("StructParents", index as i64);
        dictionary.set("Tabs", "S");
        dictionary.remove(b"TrimBox");
        dictionary.remove(b"CropBox");
        if added.is_empty() {
            dictionary.remove(b"Annots");
        } else {
            dictionary.set("Annots", added.iter().map(|id| Object::Reference(*id)).collect::<Vec<_>>());
        }
        Ok(added)
    }

    fn annotation(
        &self,
        (id, written): (ObjectId, &mut WrittenObjects),
        link: &LinkArea,
        page: ObjectId,
        parent_tree: &mut ParentTree,
    ) -> Result<(), Error> {
        let element = self.elements.get(link.node).copied().ok_or(Error::Missing("structure element"))?;
        let inside = match &link.target {
            Target::Url(_) => None,
            inside => {
                let place = self.document.destinations.get(inside).copied().ok_or(Error::Missing("link's place"))?;
                let to = self.elements.get(place.node).copied().ok_or(Error::Missing("structure element"))?;
                Some((self.page(place.page)?, place.y, to))
            }
        };
        let key = parent_tree.add(element);
        written.dictionary(id, |annotation| {
            annotation.name("Type", "Annot");
            annotation.name("Subtype", "Link");
            annotation.rectangle("Rect", link.rect);
            annotation.array("Border", |items| (0..3).for_each(|_| items.integer(0)));
            annotation.integer("F", 4);
            annotation.text("Contents", &link.says);
            annotation.reference("P", page);
            annotation.integer("StructParent", key);
            if let Some((page, y, to)) = inside {
                lead(annotation, page, y, to, self.document.meta.standard);
            }
            if let Target::Url(url) = &link.target {
                annotation.dictionary("A", |action| {
                    action.name("Type", "Action");
                    action.name("S", "URI");
                    action.literal("URI", &percent_encoded(url));
                });
            }
        });
        Ok(())
    }
}
