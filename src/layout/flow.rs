//! The page being filled: where the pen stands, when a new page begins, which structure node what is painted belongs
//! to. What the blocks of a brief look like is in `compose` and its neighbours.

use super::{
    document::{Glyph, Item, Kid, Kind, LinkArea, Node, OutlineItem, PAGE_HEIGHT, PAGE_WIDTH, Page, Run, Target},
    text::{LineRun, Paragraph},
};
use crate::brief::Theme;

/// A place to which the links of a paragraph go, with what they say.
pub(super) type Links = Vec<(Target, String)>;

pub(super) struct Flow {
    pub theme: Theme,
    pub pages: Vec<Page>,
    pub nodes: Vec<Node>,
    pub outline: Vec<OutlineItem>,
    /// From the top of the page.
    pub y: f32,
    open: Option<Open>,
}

#[derive(PartialEq, Clone, Copy)]
enum Open {
    Content(usize),
    Artifact(bool),
}

impl Flow {
    pub fn new(theme: &Theme) -> Flow {
        let mut flow = Flow {
            theme: theme.clone(),
            pages: Vec::new(),
            nodes: Vec::new(),
            outline: Vec::new(),
            y: 0.0,
            open: None,
        };
        flow.node(0, Kind::Document);
        flow.new_page();
        flow
    }

    /// The left edge of the text.
    pub fn left(&self) -> f32 {
        self.theme.margin_side
    }

    /// How wide the text may be.
    pub fn width(&self) -> f32 {
        PAGE_WIDTH - 2.0 * self.theme.margin_side
    }

    /// The lowest y that the text may reach.
    pub fn bottom(&self) -> f32 {
        PAGE_HEIGHT - self.theme.margin_bottom
    }

    /// Is the pen where a page begins?
    pub fn at_top(&self) -> bool {
        self.y <= self.theme.margin_top + 0.01
    }

    /// How much fits below the pen.
    pub fn room(&self) -> f32 {
        self.bottom() - self.y
    }

    pub fn new_page(&mut self) {
        self.open = None;
        self.pages.push(Page::default());
        self.y = self.theme.margin_top;
    }

    /// A new page unless so much fits, or unless a new page would not help.
    pub fn need(&mut self, height: f32) {
        if height > self.room() && !self.at_top() {
            self.new_page();
        }
    }

    /// Space between blocks; none at the top of a page.
    pub fn space(&mut self, height: f32) {
        if !self.at_top() {
            self.y += height;
        }
    }

    pub fn page_number(&self) -> usize {
        self.pages.len().saturating_sub(1)
    }

    pub fn node(&mut self, parent: usize, kind: Kind) -> usize {
        let id = self.nodes.len();
        self.nodes.push(Node {
            kind,
            parent,
            kids: Vec::new(),
            alt: None,
            actual: None,
            area: None,
            at: None,
            source: None,
        });
        if id > 0
            && let Some(parent) = self.nodes.get_mut(parent)
        {
            parent.kids.push(Kid::Node(id));
        }
        id
    }

    /// An item that belongs to what is open.
    pub fn push(&mut self, item: Item) {
        if let Some(page) = self.pages.last_mut() {
            page.items.push(item);
        }
    }

    /// What follows belongs to `node`.
    pub fn content(&mut self, node: usize) {
        if self.open == Some(Open::Content(node)) {
            return;
        }
        self.open = Some(Open::Content(node));
        let number = self.page_number();
        let y = self.y;
        let Some(page) = self.pages.last_mut() else { return };
        let mcid = page.marks;
        page.marks += 1;
        page.items.push(Item::Content { node, mcid });
        if let Some(node) = self.nodes.get_mut(node) {
            node.kids.push(Kid::Content(number, mcid));
            node.at.get_or_insert((number, y));
        }
    }

    /// What follows is decoration.
    pub fn artifact(&mut self, pagination: bool) {
        if self.open != Some(Open::Artifact(pagination)) {
            self.open = Some(Open::Artifact(pagination));
            self.push(Item::Artifact { pagination });
        }
    }

    /// Runs of a line at `x` and baseline `y`, without links.
    pub fn runs(&mut self, paragraph: &Paragraph, runs: &[LineRun], x: f32, y: f32, color: [u8; 3]) {
        for run in runs {
            let rise = if run.mark.cite { run.size * 0.42 } else { 0.0 };
            self.push(Item::Text(Run {
                face: run.face,
                size: run.size,
                x: x + run.x,
                y: y - rise - run.rise,
                color,
                text: paragraph.text.clone(),
                glyphs: run.glyphs.clone(),
                hyphen: run.hyphen,
            }));
        }
    }

    /// A line at `x` and top `y`, its links as children of `node`. `made` keeps a link's node over several lines.
    #[expect(clippy::too_many_arguments, reason = "a line is placed by all of these")]
    fn line(
        &mut self,
        paragraph: &Paragraph,
        index: usize,
        x: f32,
        top: f32,
        node: usize,
        links: &Links,
        made: &mut Vec<Option<usize>>,
        color: [u8; 3],
    ) {
        let Some(line) = paragraph.lines.get(index) else { return };
        let y = top + line.baseline;
        for group in line.runs.chunk_by(|a, b| a.mark.link == b.mark.link) {
            let Some(first) = group.first() else { continue };
            let Some((target, says)) = usize::from(first.mark.link).checked_sub(1).and_then(|i| links.get(i)) else {
                self.content(node);
                self.runs(paragraph, group, x, y, color);
                continue;
            };
            let index = usize::from(first.mark.link) - 1;
            made.resize(made.len().max(links.len()), None);
            let link = match made.get(index).copied().flatten() {
                Some(link) => link,
                None => {
                    let link = self.node(node, Kind::Link);
                    if let Some(slot) = made.get_mut(index) {
                        *slot = Some(link);
                    }
                    link
                }
            };
            self.content(link);
            let accent = self.theme.accent;
            self.runs(paragraph, group, x, y, accent);
            let end = group.last().map_or(0.0, |run| run.x + run.glyphs.iter().map(|g: &Glyph| g.advance).sum::<f32>());
            let rise = if first.mark.cite { first.size * 0.42 } else { 0.0 };
            let rect = [x + first.x, y - rise - first.size * 0.85, x + end, y - rise + first.size * 0.25];
            let number = self.page_number();
            if let Some(page) = self.pages.last_mut() {
                let at = page.links.len();
                page.links.push(LinkArea { node: link, rect, target: target.clone(), says: says.clone() });
                if let Some(link) = self.nodes.get_mut(link) {
                    link.kids.push(Kid::Link(number, at));
                }
            }
        }
        if line.runs.is_empty() {
            self.content(node);
        }
    }

    /// A paragraph from the pen on, over pages if it must: never a single line alone at the foot or the head of one.
    pub fn paragraph(&mut self, paragraph: &Paragraph, x: f32, node: usize, links: &Links, color: [u8; 3]) {
        let count = paragraph.lines.len();
        let mut made = Vec::new();
        for index in 0..count {
            let height = paragraph.lines.get(index).map_or(0.0, |line| line.height);
            let left = count - index;
            // The first two lines stay together, and so do the last two.
            let together = match (index, left) {
                (0, 3) => 3,
                (0, _) | (_, 2) => left.min(2),
                _ => 1,
            };
            if height * together as f32 > self.room() + 0.01 && !self.at_top() {
                self.new_page();
            }
            let top = self.y;
            self.line(paragraph, index, x, top, node, links, &mut made, color);
            self.y += height;
        }
    }

    /// A paragraph at a fixed place; the pen does not move.
    pub fn paragraph_at(
        &mut self,
        paragraph: &Paragraph,
        x: f32,
        top: f32,
        node: usize,
        links: &Links,
        color: [u8; 3],
    ) {
        let mut made = Vec::new();
        let mut y = top;
        for (index, line) in paragraph.lines.iter().enumerate() {
            self.line(paragraph, index, x, y, node, links, &mut made, color);
            y += line.height;
        }
    }

    /// A paragraph at a fixed place as decoration.
    pub fn decoration_at(&mut self, paragraph: &Paragraph, x: f32, top: f32, pagination: bool, color: [u8; 3]) {
        self.artifact(pagination);
        let mut y = top;
        for line in &paragraph.lines {
            self.runs(paragraph, &line.runs, x, y + line.baseline, color);
            y += line.height;
        }
    }

    /// A filled rectangle as decoration.
    pub fn fill(&mut self, x: f32, y: f32, width: f32, height: f32, color: [u8; 3]) {
        self.artifact(false);
        self.shape(x, y, width, height, color);
    }

    /// A filled rectangle that belongs to what is open.
    pub fn shape(&mut self, x: f32, y: f32, width: f32, height: f32, color: [u8; 3]) {
        self.polygon(vec![(x, y), (x + width, y), (x + width, y + height), (x, y + height)], color);
    }

    /// A filled polygon that belongs to what is open.
    pub fn polygon(&mut self, points: Vec<(f32, f32)>, color: [u8; 3]) {
        self.push(Item::Fill { points, color });
    }

    /// A line that belongs to what is open.
    pub fn stroke(&mut self, points: Vec<(f32, f32)>, width: f32, dash: Option<(f32, f32)>, color: [u8; 3]) {
        self.push(Item::Stroke { points, width, dash, color });
    }

    /// A heading of the outline at the pen.
    pub fn outline(&mut self, level: u8, title: String, node: usize) {
        let (page, y) = (self.page_number(), self.y);
        self.outline.push(OutlineItem { level, title, page, y, node });
    }

    /// Goes back to a page to paint its header and footer.
    pub fn on_page(&mut self, number: usize, paint: impl FnOnce(&mut Flow)) {
        let later = self.pages.split_off((number + 1).min(self.pages.len()));
        self.open = None;
        paint(self);
        self.open = None;
        self.pages.extend(later);
    }
}
