//! The document outline (ISO 32000-1, 12.3.3): a bookmark for every heading.

use lopdf::{Document as File, ObjectId, dictionary};

use super::{
    Error,
    objects::{lead, text},
};
use crate::document::layout::document::Document;

/// Adds the headings as a tree of bookmarks and returns its root. `elements` are by node.
pub(super) fn add(
    file: &mut File,
    document: &Document,
    pages: &[ObjectId],
    elements: &[ObjectId],
) -> Result<ObjectId, Error> {
    let root = file.new_object_id();
    let items = &document.outline;
    let ids: Vec<ObjectId> = items.iter().map(|_| file.new_object_id()).collect();
    // Each item's parent is the last one before it with a lower level; `over` holds the items that can still be one.
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
        let (Some(id), Some(page), Some(node)) = (ids.get(index), pages.get(item.page), elements.get(item.node)) else {
            return Err(Error::Missing("heading"));
        };
        let up = parent.and_then(|parent| ids.get(parent)).copied().unwrap_or(root);
        let mut entry = dictionary! { "Title" => text(&item.title), "Parent" => up, "SE" => *node };
        lead(&mut entry, *page, item.y, *node, document.meta.standard);
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
