//! Link annotations (ISO 32000-1, 12.5.6.5), each with its structure element and its words for screen readers.

use lopdf::{Document as File, Object, ObjectId, dictionary};

use super::{
    Error,
    objects::{lead, rectangle, text},
    parent_tree::ParentTree,
};
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
    pub fn add(&self, file: &mut File, index: usize, parent_tree: &mut ParentTree) -> Result<Vec<ObjectId>, Error> {
        let page = self.page(index)?;
        let mut added = Vec::new();
        for link in self.document.pages.get(index).into_iter().flat_map(|page| &page.links) {
            added.push(self.annotation(file, link, page, parent_tree)?);
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
        file: &mut File,
        link: &LinkArea,
        page: ObjectId,
        parent_tree: &mut ParentTree,
    ) -> Result<ObjectId, Error> {
        let element = self.elements.get(link.node).copied().ok_or(Error::Missing("structure element"))?;
        let mut annotation = dictionary! {
            "Type" => "Annot", "Subtype" => "Link", "Rect" => rectangle(link.rect), "Border" => vec![0.into(), 0.into(), 0.into()],
            "F" => 4, "Contents" => text(&link.says), "P" => page, "StructParent" => parent_tree.add(element),
        };
        match &link.target {
            Target::Url(url) => annotation.set(
                "A",
                dictionary! { "Type" => "Action", "S" => "URI", "URI" => Object::string_literal(percent_encoded(url)) },
            ),
            inside => {
                let place = self.document.destinations.get(inside).copied().ok_or(Error::Missing("link's place"))?;
                let to = self.elements.get(place.node).copied().ok_or(Error::Missing("structure element"))?;
                lead(&mut annotation, self.page(place.page)?, place.y, to, self.document.meta.standard);
            }
        }
        Ok(file.add_object(annotation))
    }
}
