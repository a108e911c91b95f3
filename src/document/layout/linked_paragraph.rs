//! A set paragraph with what its markup refers to: the links, by their numbers, and the footnotes that its lines mark.

use std::cell::Cell;

use super::{document::Target, text::Paragraph};

/// A link of a paragraph.
#[derive(Debug, Clone)]
pub(super) struct Link {
    pub target: Target,
    /// The sources that its words stand for, if it leads to one.
    pub sources: Vec<usize>,
    /// Its description for screen readers.
    pub says: String,
    /// Its node, once a part of it is painted: the same over several lines and pages.
    pub node: Cell<Option<usize>>,
}

impl Link {
    pub fn new(target: Target, says: impl Into<String>) -> Link {
        let sources = if let Target::Source(number) = target { vec![number] } else { Vec::new() };
        Link { target, sources, says: says.into(), node: Cell::new(None) }
    }
}

/// The links of a paragraph, by the numbers of its markup.
pub(super) type Links = Vec<Link>;

/// A set paragraph with its links and its colour.
#[derive(Debug, Clone)]
pub(super) struct LinkedParagraph {
    pub paragraph: Paragraph,
    pub links: Links,
    pub color: [u8; 3],
}

impl LinkedParagraph {
    /// The numbers of the footnotes that a line marks.
    pub fn footnotes(&self, line: usize) -> impl Iterator<Item = usize> {
        let runs = self.paragraph.lines.get(line).map_or(&[][..], |line| &line.runs);
        runs.iter().filter_map(|run| match self.links.get(usize::from(run.markup.link).checked_sub(1)?)?.target {
            Target::Footnote(number) => Some(number),
            _ => None,
        })
    }
}
