//! The back matter: the list of sources and the imprint; and the running header and footer of every page.

use std::collections::BTreeMap;

use super::{
    compose::Composer,
    document::{PAGE_HEIGHT, StructureType, Target},
    galley::Landmark,
    linked_paragraph::LinkedParagraph,
    text::ParagraphStyle,
};
use crate::document::brief::{Emphasis, Inline};

/// Minimum number of sources that are set in two columns: most of them fill half a line.
const MIN_FOR_COLUMNS: usize = 12;
/// Distance between the sources of one publisher and those of the next.
const BETWEEN_PUBLISHERS: f32 = 3.0;

impl Composer<'_> {
    /// Adds the sources, each a destination of its citations with a link back to the first of them.
    pub fn sources(&mut self) {
        let brief = self.brief;
        if brief.sources.is_empty() {
            return;
        }
        self.heading(2, &brief.strings.sources);
        if brief.sources.len() >= MIN_FOR_COLUMNS {
            // The heading stands over both columns and keeps a few lines of them.
            let follow = self.flow.theme.small_size * 6.0;
            self.flush(follow);
            self.columns = 2;
        }
        let width = self.flow.column(self.columns);
        let (size, color) = (self.flow.theme.small_size - 0.7, self.flow.theme.text);
        let indent = 22.0;
        let list = self.flow.node(0, StructureType::LNumbered);
        let style = |page: &Self, width| ParagraphStyle { leading: 1.3, ..page.style(size, false, width) };
        let mut notes = BTreeMap::new();
        for (number, entry) in (1..).zip(&brief.sources) {
            if !entry.publisher.is_empty() && number > 1 {
                self.galley.gap = BETWEEN_PUBLISHERS;
            }
            let text = entry.words(brief.language);
            let (paragraph, links) = self.inline(&text, &style(self, width - indent));
            let beside = ParagraphStyle { right: true, ..style(self, 14.0) };
            let is_cited = self.cited.contains(&number);
            let label = if is_cited {
                self.back(&number.to_string(), Target::Citation(number), &beside)
            } else {
                let paragraph = self.set.set(&number.to_string(), &beside);
                LinkedParagraph { paragraph, links: Vec::new(), color: self.flow.theme.muted }
            };
            let item = self.flow.node(list, StructureType::LI);
            let sign = self.flow.node(item, StructureType::Lbl);
            let body = self.flow.node(item, StructureType::LBody);
            let content = self.flow.node(body, if is_cited { StructureType::EndNote } else { StructureType::P });
            if is_cited {
                notes.insert(number, content);
            }
            let first = self.galley.len();
            self.galley.whole(LinkedParagraph { paragraph, links, color }, indent, content, &[].into());
            self.galley.label(first, label.into(), 0.0, sign);
            self.galley.note(first, Landmark::Destination(Target::Source(number)));
            self.galley.gap = 0.8;
        }
        self.flush(0.0);
        self.columns = 1;
        self.source_notes = notes;
    }

    /// Lets the sources and the links that cite them refer to each other (ISO 14289-2, 8.2.5.14), once all are painted.
    pub fn refer_to_sources(&mut self) {
        for (number, mark) in std::mem::take(&mut self.flow.source_marks) {
            let Some(note) = self.source_notes.get(&number).copied() else { continue };
            self.flow.refer(mark, note);
            self.flow.refer(note, mark);
        }
    }

    /// Adds the imprint, which stays together: a line alone on the last page says nothing.
    pub fn imprint(&mut self) {
        let imprint = &self.brief.imprint;
        if imprint.lines.is_empty() {
            return;
        }
        self.heading(2, &imprint.heading);
        let (size, color) = (self.flow.theme.small_size, self.flow.theme.muted);
        let snapshot = format!("{} {}", self.brief.strings.snapshot, self.short_snapshot());
        let last = imprint.lines.len().saturating_sub(1);
        for (nth, line) in imprint.lines.iter().enumerate() {
            let mut line = line.clone();
            if nth == last {
                line.push(Inline::Text { text: format!(" · {snapshot}"), emphasis: Emphasis::None });
            }
            if nth > 0 {
                self.galley.keep();
            }
            let style = ParagraphStyle { leading: 1.4, ..self.style(size, false, self.flow.width()) };
            let (paragraph, links) = self.inline(&line, &style);
            let node = self.flow.node(0, StructureType::P);
            self.galley.whole(LinkedParagraph { paragraph, links, color }, 0.0, node, &[].into());
        }
    }

    /// The beginning of the snapshot's id: enough to find it.
    fn short_snapshot(&self) -> String {
        self.brief.snapshot.chars().take(12).collect()
    }

    /// Paints header and footer of every page. The first has no header: its title band says the same.
    pub fn running_lines(&mut self) {
        let theme = self.flow.theme.clone();
        let (left, width) = (self.flow.left(), self.flow.width());
        let brief = self.brief;
        let total = self.flow.pages.len();
        let small = theme.small_size - 0.4;
        let head = self.set.set(&brief.title, &self.style(small, true, width));
        let side = ParagraphStyle { right: true, ..self.style(small, false, width) };
        let edition = self.set.set(&format!("{} · {}", brief.edition, brief.date), &side);
        let mut foot = brief.strings.known.replace("{d}", &brief.known);
        if brief.imprint.lines.is_empty() {
            foot.push_str(&format!(" · {} {}", brief.strings.snapshot, self.short_snapshot()));
        }
        let foot = self.set.set(&foot, &self.style(small, false, width));
        for number in 0..total {
            let page = brief.strings.page.replace("{n}", &(number + 1).to_string()).replace("{m}", &total.to_string());
            let page = self.set.set(&page, &side);
            self.flow.on_page(number, |flow| {
                if number > 0 {
                    flow.decoration_at(&head, left, 30.0, true, theme.accent);
                    flow.decoration_at(&edition, left, 30.0, true, theme.muted);
                    flow.shape(left, 46.0, width, 0.6, theme.grid);
                }
                flow.artifact(true);
                flow.shape(left, PAGE_HEIGHT - 44.0, width, 0.6, theme.grid);
                flow.decoration_at(&foot, left, PAGE_HEIGHT - 38.0, true, theme.muted);
                flow.decoration_at(&page, left, PAGE_HEIGHT - 38.0, true, theme.muted);
            });
        }
    }
}
