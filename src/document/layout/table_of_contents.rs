//! The table of contents: which headings it lists, its lines after the title band, and the page numbers, which are
//! written when all pages are there.

use std::rc::Rc;

use super::{
    compose::Composer,
    document::{Destination, StructureType, Target},
    galley::Landmark,
    inline_text::plain,
    linked_paragraph::{Link, LinkedParagraph},
    text::{Line, Markup, ParagraphStyle, Span},
};
use crate::document::brief::{Block, Brief};

/// Maximum number of headings listed; if there are more, only headings of level 2 are.
const MAX_ENTRIES: usize = 40;
/// Width of the column of page numbers.
const NUMBERS: f32 = 40.0;
/// Indent of headings of level 3.
const INDENT: f32 = 14.0;

/// A heading listed in the table of contents.
#[derive(Debug)]
pub(super) struct ContentsEntry {
    level: u8,
    title: String,
    /// Its index in the outline, in which the headline and the contents stand first.
    heading: usize,
}

/// Returns the headings of a brief that a table of contents lists.
pub(super) fn entries(brief: &Brief) -> Vec<ContentsEntry> {
    let blocks = brief.blocks.iter().filter_map(|block| match block {
        Block::Heading { level, text } => Some((*level, plain(text))),
        _ => None,
    });
    let sources = (!brief.sources.is_empty()).then(|| (2, brief.strings.sources.clone()));
    let imprint = (!brief.imprint.lines.is_empty()).then(|| (2, brief.imprint.heading.clone()));
    let mut entries: Vec<ContentsEntry> = (blocks.chain(sources).chain(imprint).enumerate())
        .map(|(index, (level, title))| ContentsEntry { level, title, heading: index + 2 })
        .collect();
    if entries.len() > MAX_ENTRIES {
        entries.retain(|entry| entry.level == 2);
    }
    entries
}

impl Composer<'_> {
    /// Adds the table of contents, unless it has no entries. Its page numbers come with `number_contents`.
    pub fn contents(&mut self, entries: &[ContentsEntry]) {
        if entries.is_empty() {
            return;
        }
        let heading = self.brief.strings.contents.clone();
        self.heading(2, &heading);
        let table = self.flow.node(0, StructureType::Toc);
        let mut nested = None;
        for entry in entries {
            let indent = if entry.level == 2 { 0.0 } else { INDENT };
            let parent = if entry.level == 2 {
                nested = None;
                table
            } else {
                *nested.get_or_insert_with(|| self.flow.node(table, StructureType::Toc))
            };
            let node = self.flow.node(parent, StructureType::Toci);
            let style =
                ParagraphStyle { leading: 1.4, ..self.style(self.size(), false, self.flow.width() - NUMBERS - indent) };
            let text = Rc::new(self.linked(entry, &entry.title, &style));
            if entry.level == 2 {
                self.galley.gap += 2.0;
            }
            self.galley.whole(text.clone(), indent, node, &[].into());
            self.galley.note(self.galley.len() - 1, Landmark::ContentsEntry);
            self.listed.push((text, indent));
        }
        self.galley.gap = 10.0;
        self.flush(0.0);
    }

    fn size(&self) -> f32 {
        self.flow.theme.body_size
    }

    /// Sets words as a link to an entry's heading.
    fn linked(&mut self, entry: &ContentsEntry, words: &str, style: &ParagraphStyle) -> LinkedParagraph {
        let markup = Markup { link: 1, ..Markup::default() };
        let span = Span { range: 0..words.len(), markup, strong: false, italic: false };
        let paragraph = self.set.set_spans(words, &[span], style);
        let links = vec![Link::new(Target::Heading(entry.heading), &entry.title)];
        LinkedParagraph { paragraph, links, color: self.flow.theme.text }
    }

    /// Paints the page numbers of the contents, once all headings have their pages.
    pub fn number_contents(&mut self, entries: &[ContentsEntry]) {
        let (left, width, color) = (self.flow.left(), self.flow.width(), self.flow.theme.rule);
        let style = ParagraphStyle { leading: 1.4, right: true, ..self.style(self.size(), false, NUMBERS) };
        let places = std::mem::take(&mut self.flow.contents_entries);
        for ((entry, (text, indent)), Destination { page, y: top, node }) in
            entries.iter().zip(std::mem::take(&mut self.listed)).zip(places)
        {
            let Some(heading) = self.flow.outline.get(entry.heading) else { continue };
            let (to, heading) = (heading.node, heading.page + 1);
            self.flow.refer(node, to);
            let number = self.linked(entry, &heading.to_string(), &style).paragraph;
            let Some(line) = text.paragraph.lines.last() else { continue };
            let end = |line: &Line| {
                line.runs.last().map_or(0.0, |run| run.x + run.glyphs.iter().map(|g| g.advance).sum::<f32>())
            };
            let from = left + indent + end(line) + 6.0;
            let to = left + width - number.width - 6.0;
            let y = top + line.baseline - 1.0;
            self.flow.on_page(page, |flow| {
                if to > from {
                    flow.artifact(false);
                    flow.stroke(vec![(from, y), (to, y)], 0.5, Some((0.6, 3.0)), color);
                }
                // The number belongs to the link that the title began.
                flow.paragraph_at(&number, left + width - NUMBERS, top, 0, &text.links, text.color);
            });
        }
    }
}
