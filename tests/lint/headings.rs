//! Headings: one H1, which is the first, no level skipped (ISO 14289-1, 7.4.2), and an outline that is the headings:
//! titles, order, depth and pages.

use std::collections::{BTreeMap, BTreeSet};

use lopdf::{Dictionary, Document, Object, ObjectId};

use super::{
    Findings,
    content::Painted,
    links::{leads_to, place, to_element},
    tree::Tree,
    unbroken, words,
};

/// A heading, or an entry of the outline.
struct Heading {
    title: String,
    /// Its depth under others, from 1. Not its level: a skipped level is a finding of its own.
    depth: usize,
    page: Option<usize>,
}

pub fn check(
    file: &Document,
    catalog: &Dictionary,
    tree: &Tree<'_>,
    painted: &BTreeMap<usize, Painted>,
    pages: &BTreeMap<ObjectId, usize>,
    findings: &mut Findings,
) {
    let mut headings = Vec::new();
    // The levels of the headings that the next one may lie under.
    let mut over: Vec<u32> = Vec::new();
    let (mut before, mut first) = (0, 0);
    for (index, element) in tree.0.iter().enumerate() {
        let Some(level) = level(&element.kind) else { continue };
        let title = tree.text(file, index, painted);
        match (level, before) {
            (1, 0) => first += 1,
            (1, _) => {
                first += 1;
                findings.add(element.page, "heading", format!("“{title}” is H1 number {first}"));
            }
            (_, 0) => findings.add(element.page, "heading", format!("the first, “{title}”, is H{level}")),
            _ if level > before + 1 => {
                findings.add(element.page, "heading", format!("“{title}” is H{level} after H{before}"));
            }
            _ => {}
        }
        before = level;
        over.retain(|above| *above < level);
        over.push(level);
        headings.push(Heading { title, depth: over.len(), page: element.page });
    }
    if headings.is_empty() {
        findings.add(None, "heading", "there is none");
    }
    let Ok(root) = file.get_dict_in_dict(catalog, b"Outlines") else {
        return findings.add(None, "outline", "there is none");
    };
    let mut entries = Vec::new();
    outline(file, root, 1, pages, &mut BTreeSet::new(), &mut entries);
    for (heading, entry) in &entries {
        to_element(file, entry, &format!("the entry “{}”", heading.title), tree, findings);
    }
    let entries: Vec<Heading> = entries.into_iter().map(|(heading, _)| heading).collect();
    for number in 0..headings.len().max(entries.len()) {
        match (headings.get(number), entries.get(number)) {
            (Some(heading), Some(entry)) if heading.differs(entry).is_none() => continue,
            (Some(heading), Some(entry)) => {
                let what = heading.differs(entry).unwrap_or_default();
                findings.add(heading.page, "outline", format!("the entry for “{}” {what}", heading.title));
            }
            (Some(heading), None) => {
                findings.add(heading.page, "outline", format!("“{}” has no entry", heading.title));
            }
            (None, Some(entry)) => {
                findings.add(entry.page, "outline", format!("“{}” is no heading", entry.title));
            }
            (None, None) => {}
        }
        // After the first that differs, all that follow do.
        break;
    }
}

impl Heading {
    fn differs(&self, entry: &Heading) -> Option<String> {
        if unbroken(&self.title) != unbroken(&entry.title) {
            Some(format!("says “{}”", entry.title))
        } else if self.depth != entry.depth {
            Some(format!("lies {} deep, the heading {}", entry.depth, self.depth))
        } else if self.page != entry.page {
            Some(format!("leads to page {}", entry.page.unwrap_or(0)))
        } else {
            None
        }
    }
}

fn level(kind: &str) -> Option<u32> {
    kind.strip_prefix('H').filter(|rest| rest.len() == 1)?.chars().next()?.to_digit(10)
}

/// Returns the entries below one, first to last.
fn outline<'a>(
    file: &'a Document,
    above: &'a Dictionary,
    depth: usize,
    pages: &BTreeMap<ObjectId, usize>,
    seen: &mut BTreeSet<ObjectId>,
    entries: &mut Vec<(Heading, &'a Dictionary)>,
) {
    let next = |dictionary: &Dictionary, key| dictionary.get(key).and_then(Object::as_reference).ok();
    let mut at = next(above, b"First");
    while let Some(id) = at.filter(|id| seen.insert(*id)) {
        let Ok(entry) = file.get_dictionary(id) else { return };
        let page = place(file, entry).and_then(|place| leads_to(place, pages));
        entries.push((Heading { title: words(file, entry, b"Title"), depth, page }, entry));
        outline(file, entry, depth + 1, pages, seen, entries);
        at = next(entry, b"Next");
    }
}
