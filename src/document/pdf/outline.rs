//! The document outline (ISO 32000-1, 12.3.3): a bookmark for every heading.

use lopdf::{Document as File, ObjectId};

use super::{Error, objects::lead, written_objects::WrittenObjects};
use crate::document::layout::document::Document;

/// Adds the headings as a tree of bookmarks and returns its root. `elements` are by node.
pub(super) fn add(
    (file, written): (&mut File, &mut WrittenObjects),
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
        let siblings = parent.and_then(|parent| below.get(parent)).unwrap_or(&top);
        written.dictionary(*id, |entry| {
            entry.text("Title", &item.title);
            entry.reference("Parent", up);
            entry.reference("SE", *node);
            lead(entry, *page, item.y, *node, document.meta.standard);
            if let Some(before) = at.checked_sub(1).and_then(|at| siblings.get(at)) {
                entry.reference("Prev", *before);
            }
            if let Some(after) = siblings.get(at + 1) {
                entry.reference("Next", *after);
            }
            if let Some(below) = below.get(index)
                && let (Some(first), Some(last)) = (below.first(), below.last())
            {
                entry.reference("First", *first);
                entry.reference("Last", *last);
                entry.integer("Count", below.len() as i64);
            }
        });
    }
    let (Some(first), Some(last)) = (top.first(), top.last()) else { return Err(Error::Missing("heading")) };
    written.dictionary(root, |it| {
        it.name("Type", "Outlines");
        it.reference("First", *first);
        it.reference("Last", *last);
        it.integer("Count", items.len() as i64);
    });
    Ok(root)
}
