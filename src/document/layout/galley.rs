//! Running text before it has its place: strips of the height of a line, which of them stay together, and how they are
//! shared out over columns and pages. What they look like is in `running_text` and its neighbours.

use std::{collections::BTreeMap, ops::Range, rc::Rc};

use super::{document::Target, flow::Flow, linked_paragraph::LinkedParagraph};

/// Distance between two columns.
const GUTTER: f32 = 20.0;
/// Minimum number of lines after a heading at the foot of a page or column.
const MIN_AFTER_HEADING: usize = 3;
/// Tolerance for sums of rounded heights, in points.
const SLACK: f32 = 0.01;

/// A line of a paragraph in a strip; `x` is the distance from the left edge of its column.
#[derive(Debug)]
pub(super) struct PlacedLine {
    pub text: Rc<LinkedParagraph>,
    pub line: usize,
    pub x: f32,
    pub node: usize,
}

/// A bar beside strips, and the tint behind them if there is one; `x` is the distance from the left edge of the column.
#[derive(Debug, Clone)]
pub(super) struct Bar {
    pub x: f32,
    pub thickness: f32,
    pub color: [u8; 3],
    /// Width and colour.
    pub tint: Option<(f32, [u8; 3])>,
}

/// Recorded with its place when its strip is painted.
#[derive(Debug)]
pub(super) enum Landmark {
    Heading {
        level: u8,
        title: String,
        node: usize,
    },
    /// Links to this target lead here.
    Destination(Target),
    /// An entry of the table of contents.
    ContentsEntry,
}

/// The smallest part of running text, as high as a line.
#[derive(Debug)]
pub(super) struct Strip {
    height: f32,
    /// Space above it, dropped at the top of a page or column.
    above: f32,
    /// Whether it stays with the next strip.
    keep: bool,
    /// Whether it is neither the first nor the last line of its paragraph.
    inner: bool,
    pub pieces: Vec<PlacedLine>,
    /// Numbers of `Flow::bars`, the outermost first.
    bars: Rc<[usize]>,
    landmark: Option<Landmark>,
}

/// Strips in reading order.
#[derive(Debug, Default)]
pub(super) struct Galley {
    strips: Vec<Strip>,
    /// The number of the strip after the last heading.
    after_heading: Option<usize>,
    /// Space below the last strip.
    pub gap: f32,
}

impl Galley {
    /// Whether what follows must stay with the last strip.
    pub fn is_open(&self) -> bool {
        self.strips.last().is_some_and(|strip| strip.keep)
    }

    /// The last strip ends a heading.
    pub fn end_heading(&mut self) {
        self.after_heading = Some(self.strips.len());
    }

    /// Whether a heading stands here with fewer than three lines after it.
    pub fn is_short(&self) -> bool {
        self.after_heading.is_some_and(|at| self.strips.len() < at + MIN_AFTER_HEADING)
    }

    /// The height of all strips, not at the top of a page, with the space below the last.
    pub fn whole_height(&self) -> f32 {
        self.height(0..self.strips.len(), false) + self.gap
    }

    /// Keeps the last strip with what follows.
    pub fn keep(&mut self) {
        if let Some(strip) = self.strips.last_mut() {
            strip.keep = true;
        }
    }

    /// Adds the lines of a paragraph. The first two stay together, and so do the last two: no widow, no orphan. Three follow a
    /// heading.
    pub fn text(&mut self, text: impl Into<Rc<LinkedParagraph>>, x: f32, node: usize, bars: &Rc<[usize]>) {
        let text: Rc<LinkedParagraph> = text.into();
        let (count, is_below) = (text.paragraph.lines.len(), self.is_open());
        for (line, set) in text.paragraph.lines.iter().enumerate() {
            let pieces = vec![PlacedLine { text: text.clone(), line, x, node }];
            self.push(set.height, pieces, bars);
            if let Some(strip) = self.strips.last_mut() {
                strip.keep = (line == 0 && count > 1) || (is_below && line == 1 && count > 2) || line + 2 == count;
                strip.inner = line > 0 && line + 1 < count;
            }
        }
    }

    /// Adds the lines of a paragraph that stays together.
    pub fn whole(&mut self, text: impl Into<Rc<LinkedParagraph>>, x: f32, node: usize, bars: &Rc<[usize]>) {
        let first = self.strips.len();
        self.text(text, x, node, bars);
        let last = self.strips.len().saturating_sub(1);
        for strip in self.strips.get_mut(first..last).unwrap_or_default() {
            strip.keep = true;
        }
    }

    /// Adds a strip without text: the inner margin of a call-out.
    pub fn pad(&mut self, height: f32, bars: &Rc<[usize]>) {
        self.push(height, Vec::new(), bars);
    }

    fn push(&mut self, height: f32, pieces: Vec<PlacedLine>, bars: &Rc<[usize]>) {
        // The first lines after a heading stay together, whatever they are part of.
        if self.after_heading.is_some_and(|at| self.strips.len() > at) && self.is_short() {
            self.keep();
        }
        let above = std::mem::take(&mut self.gap);
        self.strips.push(Strip {
            height,
            above,
            keep: false,
            inner: false,
            pieces,
            bars: bars.clone(),
            landmark: None,
        });
    }

    /// Adds a label beside the strip with this number, read before it.
    pub fn label(&mut self, strip: usize, text: Rc<LinkedParagraph>, x: f32, node: usize) {
        if let Some(strip) = self.strips.get_mut(strip) {
            strip.pieces.insert(0, PlacedLine { text, line: 0, x, node });
        }
    }

    /// The number of strips, which is the number of the next one.
    pub fn len(&self) -> usize {
        self.strips.len()
    }

    pub fn note(&mut self, strip: usize, landmark: Landmark) {
        if let Some(strip) = self.strips.get_mut(strip) {
            strip.landmark = Some(landmark);
        }
    }

    /// Where the strips end that stay together with the one at `from`.
    fn chunk(&self, from: usize) -> usize {
        let rest = self.strips.get(from..).unwrap_or_default();
        from + rest.iter().position(|strip| !strip.keep).map_or(rest.len(), |at| at + 1)
    }

    /// The height of strips at the top of a column, or further down it.
    fn height(&self, range: Range<usize>, top: bool) -> f32 {
        let strips = self.strips.get(range).unwrap_or_default();
        let above = if top { strips.first().map_or(0.0, |strip| strip.above) } else { 0.0 };
        strips.iter().map(|strip| strip.above + strip.height).sum::<f32>() - above
    }

    /// Whether a column would hold nothing but an inner line of a paragraph.
    fn is_torn(&self, parts: &[Range<usize>]) -> bool {
        parts.iter().any(|part| part.len() == 1 && self.strips.get(part.start).is_some_and(|strip| strip.inner))
    }

    fn marks(&self, range: Range<usize>) -> impl Iterator<Item = usize> {
        let pieces = self.strips.get(range).unwrap_or_default().iter().flat_map(|strip| &strip.pieces);
        pieces.flat_map(|piece| piece.text.footnotes(piece.line))
    }

    /// Strips shared out over columns, each filled before the next; `None` if they do not fit.
    fn pack(&self, range: Range<usize>, columns: usize, limit: f32) -> Option<Vec<Range<usize>>> {
        let mut full = Vec::new();
        let (mut start, mut at, mut height) = (range.start, range.start, 0.0);
        while at < range.end {
            let end = self.chunk(at).min(range.end);
            let mut more = self.height(at..end, at == start);
            if height + more > limit + SLACK && at > start && full.len() + 1 < columns {
                full.push(start..at);
                (start, height) = (at, 0.0);
                more = self.height(at..end, true);
            }
            height += more;
            if height > limit + SLACK {
                return None;
            }
            at = end;
        }
        full.push(start..range.end);
        Some(full)
    }

    /// Balances strips over two columns, so that the taller is as low as possible; in one column if they stay together.
    fn balance(&self, range: Range<usize>) -> Vec<Range<usize>> {
        let mut best = (self.height(range.clone(), true), vec![range.clone()]);
        let mut at = self.chunk(range.start);
        while at < range.end {
            let parts = vec![range.start..at, at..range.end];
            let tallest = parts.iter().map(|part| self.height(part.clone(), true)).fold(0.0, f32::max);
            if tallest <= best.0 + SLACK && !self.is_torn(&parts) {
                best = (tallest, parts);
            }
            at = self.chunk(at);
        }
        best.1
    }
}

impl Flow {
    /// The width of a column, by the number of columns.
    pub fn column(&self, columns: usize) -> f32 {
        (self.width() - GUTTER * (columns as f32 - 1.0)) / columns as f32
    }

    /// Sets a galley from the pen on, over columns and pages, and empties it. `follow` is the minimum height of what comes
    /// next, for a last strip that stays with it.
    pub fn set(&mut self, galley: &mut Galley, columns: usize, follow: f32) {
        let mut from = 0;
        while from < galley.len() {
            let space = if self.at_top() { 0.0 } else { galley.height(from..from + 1, false) };
            let space = (space - galley.height(from..from + 1, true)).max(0.0);
            let parts = match self.fitting(galley, from, columns, self.room() - space, follow) {
                parts if !parts.is_empty() => parts,
                _ if !self.at_top() => {
                    self.new_page();
                    continue;
                }
                // What should stay together is taller than a page and is broken at the page's end.
                _ => vec![self.forced(galley, from)],
            };
            let tallest = parts.iter().map(|part| galley.height(part.clone(), true)).fold(0.0, f32::max);
            let end = parts.last().map_or(from + 1, |part| part.end);
            let marks: Vec<usize> = galley.marks(from..end).collect();
            self.foot.claim(&marks, self.room() - space - tallest);
            let top = self.y + space;
            for (number, part) in parts.into_iter().enumerate() {
                let x = self.left() + number as f32 * (self.column(columns) + GUTTER);
                self.paint(galley, part, x, top);
            }
            self.y = top + tallest;
            from = end;
            if from < galley.len() {
                self.new_page();
            }
        }
        self.y += std::mem::take(&mut galley.gap);
        galley.strips.clear();
        galley.after_heading = None;
    }

    /// Returns the most strips from `from` on that fit into `room` with the notes they mark, by columns; none if not even
    /// the first that stay together fit.
    fn fitting(&self, galley: &Galley, from: usize, columns: usize, room: f32, follow: f32) -> Vec<Range<usize>> {
        let (mut parts, mut end, mut marks) = (Vec::new(), from, Vec::new());
        while end < galley.len() {
            let next = galley.chunk(end);
            let before = marks.len();
            marks.extend(galley.marks(end..next));
            // A note is split only for the strips that mark it, not to make room for more.
            let demand = self.foot.demand(&marks, marks.len() > before);
            let after = if next == galley.len() && galley.is_open() { galley.gap + follow } else { 0.0 };
            match galley.pack(from..next, columns, room - demand - after) {
                Some(_) if next == galley.len() && columns > 1 => return galley.balance(from..next),
                Some(packed) if galley.is_torn(&packed) => {}
                Some(packed) => parts = packed,
                None => break,
            }
            end = next;
        }
        // What did not fit was not a matter of height alone: a column is not left empty for it.
        match parts.as_slice() {
            [only] if columns > 1 => galley.balance(only.clone()),
            _ => parts,
        }
    }

    /// Returns the strips from `from` on that fit on this page, at least one.
    fn forced(&self, galley: &Galley, from: usize) -> Range<usize> {
        let end = galley.chunk(from);
        let fits = |to: &usize| galley.height(from..*to, true) <= self.room() + SLACK;
        from..(from + 1..=end).take_while(fits).last().unwrap_or(from + 1)
    }

    /// Paints strips of one column from `top` on, bars and tints before all text.
    fn paint(&mut self, galley: &mut Galley, part: Range<usize>, x: f32, top: f32) {
        let Some(strips) = galley.strips.get_mut(part) else { return };
        let mut tops = Vec::with_capacity(strips.len());
        let mut y = top;
        for (nth, strip) in strips.iter().enumerate() {
            y += if nth == 0 { 0.0 } else { strip.above };
            tops.push(y);
            y += strip.height;
        }
        // The top and bottom of each bar. Where a page's end cuts it, a little air replaces its inner margin.
        let mut spans: BTreeMap<usize, (f32, f32)> = BTreeMap::new();
        for (strip, top) in strips.iter().zip(&tops) {
            let air = if strip.pieces.is_empty() { 0.0 } else { 3.0 };
            for bar in strip.bars.iter() {
                spans.entry(*bar).or_insert((top - air, *top)).1 = top + strip.height + air;
            }
        }
        for (bar, (top, bottom)) in spans {
            let Some(bar) = self.bars.get(bar).cloned() else { continue };
            if let Some((width, color)) = bar.tint {
                self.fill(x + bar.x, top, width, bottom - top, color);
            }
            self.fill(x + bar.x, top, bar.thickness, bottom - top, bar.color);
        }
        for (strip, top) in strips.iter_mut().zip(tops) {
            self.strip(strip, x, top);
            match strip.landmark.take() {
                Some(Landmark::Heading { level, title, node }) => self.outline(level, title, node),
                Some(Landmark::Destination(target)) => {
                    let node = strip.pieces.first().map_or(0, |piece| piece.node);
                    self.arrive(target, top, node);
                }
                Some(Landmark::ContentsEntry) => {
                    let node = strip.pieces.first().map_or(0, |piece| piece.node);
                    let here = self.destination(top, node);
                    self.contents_entries.push(here);
                }
                None => {}
            }
        }
    }
}
