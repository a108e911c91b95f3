//! The page being filled: where the pen stands, when a new page begins, and which structure node painted items belong to.
//! How running text is shared out over pages is in `galley`, the foot of a page in `footnotes`, and what the blocks of a
//! brief look like in `compose` and its neighbours.

use std::collections::BTreeMap;

use super::{
    document::{
        Destination, Glyph, GlyphRun, Item, Kid, LinkArea, Node, OutlineItem, PAGE_HEIGHT, PAGE_WIDTH, Page,
        StructureType, Target,
    },
    footnotes::Foot,
    galley::{Bar, Galley, Strip},
    geometry::Rect,
    linked_paragraph::{Link, LinkedParagraph, Links},
    text::{LineRun, Markup, Paragraph},
};
use crate::document::brief::{Emphasis, Theme};

/// The pages so far, and the pen on the last of them.
pub(super) struct Flow {
    pub theme: Theme,
    pub pages: Vec<Page>,
    pub nodes: Vec<Node>,
    pub outline: Vec<OutlineItem>,
    /// Where the links inside the document lead.
    pub destinations: BTreeMap<Target, Destination>,
    /// Where the pen stands, from the top of the page.
    pub y: f32,
    pub foot: Foot,
    /// The bars beside call-outs and quotations, by their numbers.
    pub bars: Vec<Bar>,
    /// Where each entry of the table of contents stands.
    pub contents_entries: Vec<Destination>,
    /// The words that the abbreviations of all paragraphs stand for.
    pub meanings: Vec<String>,
    /// The links that cite sources, each with the number of a source.
    pub source_marks: Vec<(usize, usize)>,
    /// How each page but the last ends.
    pub ends: Vec<PageEnd>,
    /// The block of the brief that is set; `None` before and after all of them.
    pub block: Option<usize>,
    /// Index of the page that is painted.
    current: usize,
    /// The marked content that is painted, if any is begun on this page.
    open: Option<MarkedContent>,
}

/// The end of a page.
#[derive(Debug, Clone, Copy)]
pub(super) struct PageEnd {
    /// The height that is left empty above the footnotes.
    pub room: f32,
    /// The block that did not fit there any more.
    pub block: Option<usize>,
}

/// What painted items belong to (ISO 32000-1, 14.6).
#[derive(PartialEq, Clone, Copy)]
enum MarkedContent {
    /// A node of the structure tree.
    Node(usize),
    /// Decoration.
    Artifact { pagination: bool },
}

impl Flow {
    pub fn new(theme: &Theme) -> Flow {
        let mut flow = Flow {
            theme: theme.clone(),
            pages: Vec::new(),
            nodes: Vec::new(),
            outline: Vec::new(),
            destinations: BTreeMap::new(),
            y: 0.0,
            foot: Foot::default(),
            bars: Vec::new(),
            contents_entries: Vec::new(),
            meanings: Vec::new(),
            source_marks: Vec::new(),
            ends: Vec::new(),
            block: None,
            current: 0,
            open: None,
        };
        flow.node(0, StructureType::Document);
        flow.new_page();
        flow
    }

    /// Ends the last page: the rest of the footnotes goes to its foot, and to further pages if need be.
    pub fn end(&mut self) {
        while self.foot.is_due() {
            self.new_page();
        }
        self.paint_foot();
        // A note is read after the paragraph that marks it, not amid its sentence.
        for number in 0..self.nodes.len() {
            let Some(node) = self.nodes.get(number) else { continue };
            let is_note = |kid: &Kid| {
                let Kid::Node(kid) = kid else { return false };
                self.nodes.get(*kid).is_some_and(|kid| kid.kind == StructureType::Note)
            };
            if node.kids.iter().any(is_note) {
                let (notes, others): (Vec<Kid>, Vec<Kid>) = node.kids.iter().partition(|kid| is_note(kid));
                if let Some(node) = self.nodes.get_mut(number) {
                    node.kids = others.into_iter().chain(notes).collect();
                }
            }
        }
    }

    /// The left edge of the text.
    pub fn left(&self) -> f32 {
        self.theme.margin_side
    }

    /// The width of the text.
    pub fn width(&self) -> f32 {
        PAGE_WIDTH - 2.0 * self.theme.margin_side
    }

    /// The y of the lower margin.
    pub fn bottom(&self) -> f32 {
        PAGE_HEIGHT - self.theme.margin_bottom
    }

    /// Whether the pen stands where a page begins.
    pub fn at_top(&self) -> bool {
        self.y <= self.theme.margin_top + 0.01
    }

    /// The height between the pen and the footnotes.
    pub fn room(&self) -> f32 {
        self.bottom() - self.foot.height() - self.y
    }

    pub fn new_page(&mut self) {
        if !self.pages.is_empty() {
            self.ends.push(PageEnd { room: self.room(), block: self.block });
            self.paint_foot();
        }
        self.open = None;
        self.pages.push(Page::default());
        self.current = self.pages.len() - 1;
        self.y = self.theme.margin_top;
        self.foot.turn(self.bottom() - self.y);
    }

    /// The height of a page's text.
    pub fn height(&self) -> f32 {
        self.bottom() - self.theme.margin_top
    }

    /// Begins a new page unless `height` fits, or unless a new page would not help.
    pub fn need(&mut self, height: f32) {
        if height > self.room() && !self.at_top() {
            self.new_page();
        }
        // Footnotes that go on from page to page leave less room than a page has.
        while height > self.room() && height <= self.bottom() - self.y && self.foot.height() > 0.0 {
            self.new_page();
        }
    }

    /// Leaves space between blocks; none at the top of a page.
    pub fn space(&mut self, height: f32) {
        if !self.at_top() {
            self.y += height;
        }
    }

    /// Where something at `y` on this page stands.
    pub fn destination(&self, y: f32, node: usize) -> Destination {
        Destination { page: self.current, y, node }
    }

    /// Links to `target` lead to `node` at `y` on this page, unless they already lead elsewhere.
    pub fn arrive(&mut self, target: Target, y: f32, node: usize) {
        let here = self.destination(y, node);
        self.destinations.entry(target).or_insert(here);
    }

    /// Links to `target` lead to the first content of the nodes from `first` on.
    pub fn arrive_at(&mut self, target: Target, first: usize) {
        if let Some(at) = self.nodes.get(first..).unwrap_or_default().iter().find_map(|node| node.begins) {
            self.destinations.entry(target).or_insert(at);
        }
    }

    pub fn node(&mut self, parent: usize, kind: StructureType) -> usize {
        let id = self.nodes.len();
        self.nodes.push(Node {
            kind,
            parent,
            kids: Vec::new(),
            alt: None,
            actual: None,
            language: None,
            means: None,
            refs: Vec::new(),
            area: None,
            begins: None,
        });
        if id > 0
            && let Some(parent) = self.nodes.get_mut(parent)
        {
            parent.kids.push(Kid::Node(id));
        }
        id
    }

    /// Notes that one node refers to another.
    pub fn refer(&mut self, from: usize, to: usize) {
        if let Some(node) = self.nodes.get_mut(from) {
            node.refs.push(to);
        }
    }

    /// Adds an item to the marked content that is begun.
    pub fn push(&mut self, item: Item) {
        if let Some(page) = self.pages.get_mut(self.current) {
            page.items.push(item);
        }
    }

    /// Begins content of `node`, unless it is begun already.
    pub fn content(&mut self, node: usize) {
        if self.open == Some(MarkedContent::Node(node)) {
            return;
        }
        self.open = Some(MarkedContent::Node(node));
        let here = self.destination(self.y, node);
        let Some(page) = self.pages.get_mut(self.current) else { return };
        let mcid = page.marks;
        page.marks += 1;
        page.items.push(Item::Content { node, mcid });
        if let Some(node) = self.nodes.get_mut(node) {
            node.kids.push(Kid::Content { page: here.page, mcid });
            node.begins.get_or_insert(here);
        }
    }

    /// Begins decoration, unless it is begun already.
    pub fn artifact(&mut self, pagination: bool) {
        let artifact = Some(MarkedContent::Artifact { pagination });
        if self.open != artifact {
            self.open = artifact;
            self.push(Item::Artifact { pagination });
        }
    }

    /// Paints runs of a line at `x` and baseline `y`, without links.
    pub fn runs(&mut self, paragraph: &Paragraph, runs: &[LineRun], x: f32, y: f32, color: [u8; 3]) {
        for run in runs {
            let rise = if run.markup.cite { run.size * 0.42 } else { 0.0 };
            self.push(Item::Text(GlyphRun {
                face: run.face,
                size: run.size,
                x: x + run.x,
                y: y - rise - run.rise,
                color,
                text: paragraph.text.clone(),
                glyphs: run.glyphs.clone(),
                hyphen: run.hyphen,
                cluster: run.cluster,
            }));
        }
    }

    /// Paints a line at `x` and `top`, its links as children of `node`.
    pub fn line(&mut self, text: &LinkedParagraph, index: usize, x: f32, top: f32, node: usize) {
        let Some(line) = text.paragraph.lines.get(index) else { return };
        let y = top + line.baseline;
        for group in line.runs.chunk_by(|a, b| a.markup.is_like(b.markup)) {
            let Some(first) = group.first() else { continue };
            let Some(link) = usize::from(first.markup.link).checked_sub(1).and_then(|i| text.links.get(i)) else {
                let element = self.emphasized(node, first.markup.emphasis);
                let element = self.phrase(element, first.markup);
                self.content(element);
                self.runs(&text.paragraph, group, x, y, text.color);
                continue;
            };
            let element = self.link(link, node, top);
            self.content(element);
            // A table of contents is all links: colour would say nothing there.
            let color = if matches!(link.target, Target::Heading(_)) { text.color } else { self.theme.accent };
            self.runs(&text.paragraph, group, x, y, color);
            let end = group.last().map_or(0.0, |run| run.x + run.glyphs.iter().map(|g: &Glyph| g.advance).sum::<f32>());
            let rise = if first.markup.cite { first.size * 0.42 } else { 0.0 };
            let y = y - rise;
            let (top, bottom) = (y - first.size * 0.85, y + first.size * 0.25);
            let rect = Rect { left: x + first.x, top, right: x + end, bottom };
            let number = self.current;
            if let Some(page) = self.pages.get_mut(number) {
                let index = page.links.len();
                let (target, says) = (link.target.clone(), link.says.clone());
                page.links.push(LinkArea { node: element, rect, target, says });
                if let Some(element) = self.nodes.get_mut(element) {
                    element.kids.push(Kid::Link { page: number, index });
                }
            }
        }
        if line.runs.is_empty() {
            self.content(node);
        }
    }

    /// Returns the node of emphasised words in `node`: the one that they go on with, or a new one.
    fn emphasized(&mut self, node: usize, emphasis: Emphasis) -> usize {
        let kind = match emphasis {
            Emphasis::None => return node,
            Emphasis::Strong => StructureType::Strong,
            Emphasis::Emphasis => StructureType::Em,
        };
        match self.nodes.get(node).and_then(|node| node.kids.last()) {
            Some(Kid::Node(last)) if self.nodes.get(*last).is_some_and(|last| last.kind == kind) => *last,
            _ => self.node(node, kind),
        }
    }

    /// Returns the node of words in `node` that are of another language or an abbreviation: the one that they go on with, or
    /// a new one.
    fn phrase(&mut self, node: usize, markup: Markup) -> usize {
        let means = usize::from(markup.meaning).checked_sub(1).and_then(|index| self.meanings.get(index)).cloned();
        if markup.language.is_none() && means.is_none() {
            return node;
        }
        let last = self.nodes.get(node).and_then(|node| node.kids.last());
        if let Some(Kid::Node(last)) = last
            && let Some(known) = self.nodes.get(*last)
            && (known.kind, known.language, &known.means) == (StructureType::Span, markup.language, &means)
        {
            return *last;
        }
        let span = self.node(node, StructureType::Span);
        if let Some(span) = self.nodes.get_mut(span) {
            (span.language, span.means) = (markup.language, means);
        }
        span
    }

    /// Returns the node of a link in `node`. At its first part, its place is recorded for the link back.
    fn link(&mut self, link: &Link, node: usize, top: f32) -> usize {
        if let Some(element) = link.node.get() {
            return element;
        }
        let parent = match link.target {
            Target::Footnote(_) | Target::Heading(_) => self.node(node, StructureType::Reference),
            _ => node,
        };
        let element = self.node(parent, StructureType::Link);
        link.node.set(Some(element));
        match link.target {
            Target::Source(_) => {
                for number in &link.sources {
                    self.arrive(Target::Citation(*number), top, element);
                    self.source_marks.push((*number, element));
                }
            }
            Target::Footnote(number) => {
                self.arrive(Target::FootnoteMark(number), top, element);
                self.note(number, node, element);
            }
            _ => {}
        }
        element
    }

    /// Sets a paragraph from the pen on, over pages if need be, without widows and orphans.
    pub fn paragraph(&mut self, paragraph: &Paragraph, x: f32, node: usize, links: &Links, color: [u8; 3]) {
        let text = LinkedParagraph { paragraph: paragraph.clone(), links: links.clone(), color };
        let mut galley = Galley::default();
        galley.text(text, x - self.left(), node, &[].into());
        self.set(&mut galley, 1, 0.0);
    }

    /// Paints a paragraph at a fixed place; the pen does not move. The notes that it marks go to the foot as far as they
    /// fit below it.
    pub fn paragraph_at(
        &mut self,
        paragraph: &Paragraph,
        x: f32,
        top: f32,
        node: usize,
        links: &Links,
        color: [u8; 3],
    ) {
        let text = LinkedParagraph { paragraph: paragraph.clone(), links: links.clone(), color };
        let marks: Vec<usize> = (0..paragraph.lines.len()).flat_map(|index| text.footnotes(index)).collect();
        if !marks.is_empty() {
            self.foot.claim(&marks, self.room().min(self.room() + self.y - top - paragraph.height()));
        }
        let mut y = top;
        for (index, line) in paragraph.lines.iter().enumerate() {
            self.line(&text, index, x, y, node);
            y += line.height;
        }
    }

    /// Paints a strip of running text at `x` and `top`.
    pub fn strip(&mut self, strip: &Strip, x: f32, top: f32) {
        self.y = top;
        for piece in &strip.pieces {
            self.line(&piece.text, piece.line, x + piece.x, top, piece.node);
        }
    }

    /// Paints a paragraph at a fixed place as decoration.
    pub fn decoration_at(&mut self, paragraph: &Paragraph, x: f32, top: f32, pagination: bool, color: [u8; 3]) {
        self.artifact(pagination);
        let mut y = top;
        for line in &paragraph.lines {
            self.runs(paragraph, &line.runs, x, y + line.baseline, color);
            y += line.height;
        }
    }

    /// Paints a rectangle as decoration.
    pub fn fill(&mut self, x: f32, y: f32, width: f32, height: f32, color: [u8; 3]) {
        self.artifact(false);
        self.shape(x, y, width, height, color);
    }

    /// Paints a rectangle that belongs to the marked content that is begun.
    pub fn shape(&mut self, x: f32, y: f32, width: f32, height: f32, color: [u8; 3]) {
        self.polygon(vec![(x, y), (x + width, y), (x + width, y + height), (x, y + height)], color);
    }

    /// Paints a polygon that belongs to the marked content that is begun.
    pub fn polygon(&mut self, points: Vec<(f32, f32)>, color: [u8; 3]) {
        self.push(Item::Fill { points, color });
    }

    /// Paints a line that belongs to the marked content that is begun.
    pub fn stroke(&mut self, points: Vec<(f32, f32)>, width: f32, dash: Option<(f32, f32)>, color: [u8; 3]) {
        self.push(Item::Stroke { points, width, dash, color });
    }

    /// Adds a heading at the pen to the outline.
    pub fn outline(&mut self, level: u8, title: String, node: usize) {
        let Destination { page, y, .. } = self.destination(self.y, node);
        self.arrive(Target::Heading(self.outline.len()), y, node);
        self.outline.push(OutlineItem { level, title, page, y, node });
    }

    /// Paints on an earlier page what is known only at the end.
    pub fn on_page(&mut self, number: usize, paint: impl FnOnce(&mut Flow)) {
        let last = std::mem::replace(&mut self.current, number);
        self.open = None;
        paint(self);
        self.open = None;
        self.current = last;
    }
}
