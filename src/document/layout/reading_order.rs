//! The painting order of finished pages: what is read first is painted first, so that a program that follows the content
//! stream meets the same text as one that follows the structure tree. Footnotes, contents and columns are composed in
//! another order.

use std::collections::HashMap;

use super::document::{Document, Item, Kid, Page};

/// Puts each page into the order of the structure tree and renumbers its marked content. A background stays before what
/// it lies behind; header and footer come last.
pub(super) fn apply(document: &mut Document) {
    let read = reading(document);
    for (number, page) in document.pages.iter_mut().enumerate() {
        let Some(ranks) = read.get(&number) else { continue };
        reorder(page, ranks);
    }
    for node in &mut document.nodes {
        for kid in &mut node.kids {
            if let Kid::Content { page, mcid } = kid
                && let Some(rank) = read.get(page).and_then(|ranks| ranks.get(mcid))
            {
                *mcid = *rank;
            }
        }
    }
}

/// Returns for each page the rank of its marked content in reading order.
fn reading(document: &Document) -> HashMap<usize, HashMap<usize, usize>> {
    let mut read: HashMap<usize, HashMap<usize, usize>> = HashMap::new();
    // A stack instead of recursion: lists may be nested deeply.
    let mut ahead = vec![Kid::Node(0)];
    while let Some(kid) = ahead.pop() {
        match kid {
            Kid::Node(node) => {
                ahead.extend(document.nodes.get(node).into_iter().flat_map(|node| node.kids.iter().rev()))
            }
            Kid::Content { page, mcid } => {
                let ranks = read.entry(page).or_default();
                let rank = ranks.len();
                ranks.insert(mcid, rank);
            }
            Kid::Link { .. } => {}
        }
    }
    read
}

/// Items that belong together: one marked content, or one artifact.
struct PaintGroup {
    rank: usize,
    items: Vec<Item>,
}

fn reorder(page: &mut Page, ranks: &HashMap<usize, usize>) {
    let mut groups: Vec<PaintGroup> = Vec::new();
    for mut item in page.items.drain(..) {
        let rank = match &mut item {
            Item::Content { mcid, .. } => {
                *mcid = ranks.get(mcid).copied().unwrap_or(*mcid);
                Some(*mcid)
            }
            Item::Artifact { .. } => Some(usize::MAX),
            _ => None,
        };
        match (rank, groups.last_mut()) {
            (None, Some(group)) => group.items.push(item),
            (rank, _) => groups.push(PaintGroup { rank: rank.unwrap_or(usize::MAX), items: vec![item] }),
        }
    }
    // A background belongs to what follows it; header and footer, to nothing.
    let mut next = usize::MAX;
    for group in groups.iter_mut().rev() {
        match group.items.first() {
            Some(Item::Artifact { pagination: false }) => group.rank = next,
            Some(Item::Content { .. }) => next = group.rank,
            _ => {}
        }
    }
    groups.sort_by_key(|group| group.rank);
    page.items = groups.into_iter().flat_map(|group| group.items).collect();
}
