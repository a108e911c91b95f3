//! Running text as strips: headings, paragraphs, lists, call-outs and quotations, however deep they are nested.

use std::rc::Rc;

use super::{
    compose::Composer,
    document::StructureType,
    galley::{Bar, Landmark},
    inline_text::plain,
    linked_paragraph::LinkedParagraph,
    text::ParagraphStyle,
};
use crate::document::brief::{Block, CalloutKind, Emphasis, Inline, Item, Style, Theme};

/// Maximum depth to which blocks are indented and nested: neither eyes nor screen readers would follow further.
const MAX_DEPTH: usize = 8;
/// Minimum width of text that is indented further, in points.
const MIN_WIDTH: f32 = 110.0;
/// Distance of a key message from its square.
const MESSAGE_INDENT: f32 = 15.0;
/// The marks of lists by their depth.
const BULLETS: [&str; 3] = ["•", "–", "·"];

/// The frame that text is set in: its distance from the left edge of the column, its parent in the structure tree, the
/// bars beside it.
#[derive(Clone)]
struct TextFrame {
    x: f32,
    width: f32,
    node: usize,
    depth: usize,
    /// Number of lists around it.
    lists: usize,
    bars: Rc<[usize]>,
    /// The node of the list that it is an item of.
    list: Option<usize>,
}

impl TextFrame {
    fn is_deepest(&self) -> bool {
        self.depth >= MAX_DEPTH || self.width < MIN_WIDTH
    }

    fn indented(&self, left: f32, right: f32, node: usize) -> TextFrame {
        let (x, width) = (self.x + left, self.width - left - right);
        TextFrame { x, width, node, depth: self.depth + 1, ..self.clone() }
    }

    fn beside(mut self, bar: usize) -> TextFrame {
        self.bars = self.bars.iter().copied().chain([bar]).collect();
        self
    }
}

/// What the items of a list have in common.
struct List {
    /// The frame of its items, whose node is the list.
    frame: TextFrame,
    ordered: bool,
    indent: f32,
    /// Number of its items.
    count: usize,
}

/// A step that is still to be done. They are a stack, the next one last, so that no nesting is too deep.
enum Step<'a> {
    Block(&'a Block, TextFrame),
    Item(&'a Item, usize, Rc<List>),
    /// Space below what was set.
    Gap(f32),
    /// The lower inner margin of a call-out.
    Close(TextFrame),
}

impl Composer<'_> {
    /// Adds a block of running text to the galley.
    pub fn passage(&mut self, block: &Block) {
        let width = self.flow.column(self.columns);
        let frame = TextFrame { x: 0.0, width, node: 0, depth: 0, lists: 0, bars: [].into(), list: None };
        let mut steps = vec![Step::Block(block, frame)];
        while let Some(step) = steps.pop() {
            match step {
                Step::Block(Block::Heading { level, text }, _) => self.heading_of(*level, text),
                Step::Block(Block::Paragraph { style, text }, frame) => self.text(*style, text, &frame),
                Step::Block(Block::KeyMessages(messages), frame) => self.key_messages(messages, &frame),
                Step::Block(Block::List { ordered, items }, frame) => self.list(*ordered, items, &frame, &mut steps),
                Step::Block(Block::Quote(blocks), frame) => self.quote(blocks, &frame, &mut steps),
                Step::Block(Block::Callout { kind, title, blocks }, frame) => {
                    self.callout(*kind, title, blocks, &frame, &mut steps);
                }
                Step::Block(full, _) => self.full(full),
                Step::Item(item, number, list) => self.item(item, number, &list, &mut steps),
                Step::Gap(height) => self.galley.gap += height,
                Step::Close(frame) => {
                    self.galley.gap = 0.0;
                    self.galley.keep();
                    self.galley.pad(7.0, &frame.bars);
                    self.galley.gap = 10.0;
                }
            }
        }
    }

    /// Adds a heading, which stays with what follows.
    pub fn heading(&mut self, level: u8, words: &str) {
        self.heading_of(level, &[Inline::Text { text: words.to_owned(), emphasis: Emphasis::None }]);
    }

    fn heading_of(&mut self, level: u8, text: &[Inline]) {
        let theme = &self.flow.theme;
        let (size, kind, before) = match level {
            2 => (theme.h2_size, StructureType::H2, theme.spacing.h2),
            _ => (theme.h3_size, StructureType::H3, theme.spacing.h3),
        };
        let (color, family) = (theme.accent, theme.heading_font);
        let style = ParagraphStyle { leading: 1.25, family, ..self.style(size, true, self.flow.column(self.columns)) };
        let words = plain(text);
        // Only what is to be known of words is left of their markup.
        let bare = text.iter().map(|inline| match inline {
            Inline::Phrase { text, language, means, .. } => {
                let (text, language, means) = (text.clone(), *language, means.clone());
                Inline::Phrase { text, emphasis: Emphasis::None, language, means }
            }
            other => Inline::Text { text: plain(std::slice::from_ref(other)), emphasis: Emphasis::None },
        });
        let (paragraph, _) = self.inline(&bare.collect::<Vec<_>>(), &style);
        let node = self.flow.node(0, kind);
        self.galley.gap += before;
        let first = self.galley.len();
        self.galley.whole(LinkedParagraph { paragraph, links: Vec::new(), color }, 0.0, node, &[].into());
        self.galley.note(first, Landmark::Heading { level, title: words, node });
        self.galley.keep();
        self.galley.end_heading();
        self.galley.gap = 4.0;
    }

    fn text(&mut self, role: Style, text: &[Inline], frame: &TextFrame) {
        let theme = &self.flow.theme;
        let (size, color) = match role {
            Style::Lead => (theme.lead_size, theme.text),
            Style::Body => (theme.body_size, theme.text),
            Style::Note | Style::Attribution => (theme.small_size, theme.muted),
        };
        let style = ParagraphStyle { hyphenate: true, justify: true, ..self.style(size, false, frame.width) };
        let (paragraph, links) = self.inline(text, &style);
        let node = self.flow.node(frame.node, StructureType::P);
        if role == Style::Attribution {
            // It is never alone at the head of a page.
            self.galley.keep();
            self.galley.gap = 2.0;
        }
        self.galley.text(LinkedParagraph { paragraph, links, color }, frame.x, node, &frame.bars);
        self.galley.gap = if role == Style::Note { 5.0 } else { self.flow.theme.spacing.paragraph };
    }

    /// Sets what a reader should remember, each with a square before it.
    fn key_messages(&mut self, messages: &[Vec<Inline>], frame: &TextFrame) {
        let theme = &self.flow.theme;
        let (size, text_color) = (theme.body_size, theme.accent);
        let square_color = theme.category.get(1).copied().unwrap_or(theme.accent);
        let list = self.flow.node(frame.node, StructureType::L);
        for text in messages {
            let style = ParagraphStyle { hyphenate: true, ..self.style(size, true, frame.width - MESSAGE_INDENT) };
            let (paragraph, links) = self.inline(text, &style);
            let square = self.set.set("■", &self.style(size * 0.8, false, MESSAGE_INDENT));
            let node = self.flow.node(list, StructureType::LI);
            let (sign, body) = (self.flow.node(node, StructureType::Lbl), self.flow.node(node, StructureType::LBody));
            let first = self.galley.len();
            let text = LinkedParagraph { paragraph, links, color: text_color };
            self.galley.text(text, frame.x + MESSAGE_INDENT, body, &frame.bars);
            let square = LinkedParagraph { paragraph: square, links: Vec::new(), color: square_color };
            self.galley.label(first, square.into(), frame.x, sign);
            self.galley.gap = 3.0;
        }
        self.galley.gap = self.flow.theme.spacing.paragraph;
    }

    fn list<'a>(&mut self, ordered: bool, items: &'a [Item], frame: &TextFrame, steps: &mut Vec<Step<'a>>) {
        if items.is_empty() {
            return;
        }
        let kind = if ordered { StructureType::LNumbered } else { StructureType::L };
        let node = match frame.list.filter(|_| frame.is_deepest()) {
            Some(outer) => outer,
            None => self.flow.node(frame.node, kind),
        };
        let indent = if ordered {
            let last = self.number(items.len(), f32::MAX);
            (last.paragraph.width + 6.0).max(18.0)
        } else {
            13.0
        };
        let list = Rc::new(List { frame: TextFrame { node, ..frame.clone() }, ordered, indent, count: items.len() });
        if frame.list.is_none() {
            self.galley.gap += 1.0;
            steps.push(Step::Gap(4.0));
        }
        steps.extend(items.iter().enumerate().rev().map(|(index, item)| Step::Item(item, index + 1, list.clone())));
    }

    /// Sets the number of an item, aligned to the right unless `width` is endless.
    fn number(&mut self, number: usize, width: f32) -> LinkedParagraph {
        let theme = &self.flow.theme;
        let (size, color) = (theme.body_size, theme.accent);
        let style = ParagraphStyle { right: width < f32::MAX, ..self.style(size, false, width) };
        LinkedParagraph { paragraph: self.set.set(&format!("{number}."), &style), links: Vec::new(), color }
    }

    fn item<'a>(&mut self, item: &'a Item, number: usize, list: &Rc<List>, steps: &mut Vec<Step<'a>>) {
        let frame = &list.frame;
        // A list is not torn after its first item.
        if number == 2 {
            self.galley.keep();
        }
        let label = if list.ordered {
            self.number(number, list.indent - 5.0)
        } else {
            let bullet = BULLETS.get(frame.lists % BULLETS.len()).copied().unwrap_or("•");
            let style = self.style(self.flow.theme.body_size, false, list.indent);
            LinkedParagraph {
                paragraph: self.set.set(bullet, &style),
                links: Vec::new(),
                color: self.flow.theme.accent,
            }
        };
        let (size, color) = (self.flow.theme.body_size, self.flow.theme.text);
        let width = frame.width - list.indent;
        let style = ParagraphStyle { hyphenate: true, justify: true, ..self.style(size, false, width) };
        let (paragraph, links) = self.inline(&item.text, &style);
        let node = self.flow.node(frame.node, StructureType::LI);
        let sign = self.flow.node(node, StructureType::Lbl);
        let body = self.flow.node(node, StructureType::LBody);
        // Text beside nested blocks is a block too, so that it is read before them.
        let own = if item.children.is_empty() { body } else { self.flow.node(body, StructureType::P) };
        // One item does not stand alone on a page, neither the first nor the last.
        if number == 2 || number > 1 && number == list.count {
            self.galley.keep();
        }
        let first = self.galley.len();
        self.galley.text(LinkedParagraph { paragraph, links, color }, frame.x + list.indent, own, &frame.bars);
        self.galley.label(first, label.into(), frame.x, sign);
        // Nor does it part from the first of what is nested in it.
        if !item.children.is_empty() {
            self.galley.keep();
        }
        self.galley.gap = 2.5;
        let inner = if frame.is_deepest() {
            TextFrame { node: body, list: Some(frame.node), ..frame.clone() }
        } else {
            TextFrame { list: Some(frame.node), lists: frame.lists + 1, ..frame.indented(list.indent, 0.0, body) }
        };
        steps.extend(item.children.iter().rev().map(|child| Step::Block(child, inner.clone())));
    }

    fn quote<'a>(&mut self, blocks: &'a [Block], frame: &TextFrame, steps: &mut Vec<Step<'a>>) {
        if blocks.is_empty() {
            return;
        }
        let inner = if frame.is_deepest() {
            frame.clone()
        } else {
            let node = self.flow.node(frame.node, StructureType::BlockQuote);
            let color = self.flow.theme.rule;
            self.flow.bars.push(Bar { x: frame.x + 3.0, thickness: 1.0, color, tint: None });
            TextFrame { list: None, ..frame.indented(16.0, 10.0, node) }.beside(self.flow.bars.len() - 1)
        };
        self.galley.gap += 2.0;
        steps.push(Step::Gap(2.0));
        steps.extend(blocks.iter().rev().map(|block| Step::Block(block, inner.clone())));
    }

    fn callout<'a>(
        &mut self,
        kind: CalloutKind,
        title: &str,
        blocks: &'a [Block],
        frame: &TextFrame,
        steps: &mut Vec<Step<'a>>,
    ) {
        let theme = &self.flow.theme;
        let [_, tip, warning, _] = theme.category;
        let color = match kind {
            CalloutKind::Tip => tip,
            CalloutKind::Important => theme.accent,
            CalloutKind::Warning => warning,
        };
        let tint = tinted(color);
        let title_color = Theme::legible_text(color, tint);
        let size = theme.body_size;
        let node = self.flow.node(frame.node, StructureType::Div);
        let inner = if frame.is_deepest() {
            TextFrame { node, list: None, ..frame.clone() }
        } else {
            let tint = Some((frame.width, tint));
            self.flow.bars.push(Bar { x: frame.x, thickness: 3.0, color, tint });
            TextFrame { list: None, ..frame.indented(14.0, 10.0, node) }.beside(self.flow.bars.len() - 1)
        };
        self.galley.gap += 3.0;
        self.galley.pad(7.0, &inner.bars);
        self.galley.keep();
        let paragraph = self.set.set(title, &self.style(size, true, inner.width));
        let heading = self.flow.node(node, StructureType::P);
        self.galley.whole(
            LinkedParagraph { paragraph, links: Vec::new(), color: title_color },
            inner.x,
            heading,
            &inner.bars,
        );
        self.galley.keep();
        self.galley.gap = 2.0;
        steps.push(Step::Close(inner.clone()));
        steps.extend(blocks.iter().rev().map(|block| Step::Block(block, inner.clone())));
    }
}

/// Returns a tint of a colour, light enough to read text on it.
fn tinted(color: [u8; 3]) -> [u8; 3] {
    color.map(|part| (f32::from(part) * 0.07 + 255.0 * 0.93).round() as u8)
}
