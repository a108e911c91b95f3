//! The foot of a page: which footnotes it holds, how many lines of each, and what is carried on to the next page. A note
//! stands on the page of its mark. One that is split has at least two lines on either page.

use std::{
    cell::Cell,
    collections::{BTreeMap, BTreeSet, VecDeque},
    ops::Range,
    rc::Rc,
};

use super::{
    document::{StructureType, Target},
    flow::Flow,
    linked_paragraph::LinkedParagraph,
};

/// Distance from the text to the first note, with the rule between them.
const RULE: f32 = 11.0;
/// Distance between two notes.
const BETWEEN: f32 = 1.5;
/// Indent of a note's text, beside its number.
pub(super) const INDENT: f32 = 14.0;
/// Maximum share of a page for notes carried on from the page before: text and charts must go on too.
const CARRIED: f32 = 0.4;

/// A footnote, set.
pub(super) struct Note {
    label: Rc<LinkedParagraph>,
    text: Rc<LinkedParagraph>,
    /// Its node, once its mark is painted.
    element: Cell<Option<usize>>,
    /// Whether it stands at a foot already, or waits for the next.
    claimed: Cell<bool>,
}

impl Note {
    pub fn new(label: Rc<LinkedParagraph>, text: Rc<LinkedParagraph>) -> Note {
        Note { label, text, element: Cell::new(None), claimed: Cell::new(false) }
    }

    fn count(&self) -> usize {
        self.text.paragraph.lines.len()
    }

    /// The lines of a note are equally high.
    fn line(&self) -> f32 {
        self.text.paragraph.lines.first().map_or(0.0, |line| line.height)
    }

    /// Returns where a note is split so that its lines from `from` on fit into `room`, with at least two on either side.
    fn split(&self, from: usize, room: f32) -> Option<usize> {
        let most = (self.count() - from).saturating_sub(2);
        let fit = ((room + 0.01) / self.line()).max(0.0) as usize;
        (fit.min(most) >= 2).then(|| from + fit.min(most))
    }
}

/// Lines of a note.
struct Part {
    number: usize,
    lines: Range<usize>,
}

/// The foot of the page being filled.
#[derive(Default)]
pub(super) struct Foot {
    notes: BTreeMap<usize, Rc<Note>>,
    here: Vec<Part>,
    later: VecDeque<Part>,
    height: f32,
}

impl Foot {
    /// The height of this page's notes, with the rule.
    pub fn height(&self) -> f32 {
        self.height
    }

    /// Whether notes wait for the next page.
    pub fn is_due(&self) -> bool {
        !self.later.is_empty()
    }

    pub fn knows(&self, number: usize) -> bool {
        self.notes.contains_key(&number)
    }

    pub fn add(&mut self, number: usize, note: Note) {
        self.notes.insert(number, Rc::new(note));
    }

    /// Returns the marked notes that stand nowhere yet, and the ones that these mark in turn.
    fn fresh(&self, marks: &[usize]) -> Vec<usize> {
        let (mut fresh, mut seen) = (Vec::new(), BTreeSet::new());
        let mut open: VecDeque<usize> = marks.iter().copied().collect();
        while let Some(number) = open.pop_front() {
            let Some(note) = self.notes.get(&number) else { continue };
            if !note.claimed.get() && seen.insert(number) {
                fresh.push(number);
                open.extend((0..note.count()).flat_map(|line| note.text.footnotes(line)));
            }
        }
        fresh
    }

    /// Returns the minimum height of the notes of these marks on this page: all of each, but only the first lines of the
    /// last if it may be split. Notes that notes mark may go to the next page. 0 if notes already wait for it.
    pub fn demand(&self, marks: &[usize], part_last: bool) -> f32 {
        if marks.is_empty() || self.is_due() {
            return 0.0;
        }
        let mut fresh = marks.to_vec();
        fresh.retain(|number| self.notes.get(number).is_some_and(|note| !note.claimed.get()));
        fresh.dedup();
        let mut height = 0.0;
        for (nth, note) in fresh.iter().filter_map(|number| self.notes.get(number)).enumerate() {
            let whole = !part_last || nth + 1 < fresh.len() || note.count() < 4;
            let lines = if whole { note.count() } else { 2 };
            height += self.gap(nth == 0) + lines as f32 * note.line();
        }
        height
    }

    /// The distance above the next note.
    fn gap(&self, first: bool) -> f32 {
        if first && self.here.is_empty() { RULE } else { BETWEEN }
    }

    /// Puts the notes of these marks into `room`, and carries on to the next page what does not fit.
    pub fn claim(&mut self, marks: &[usize], room: f32) {
        let mut room = room;
        for number in self.fresh(marks) {
            let Some(note) = self.notes.get(&number).cloned() else { continue };
            note.claimed.set(true);
            let part = Part { number, lines: 0..note.count() };
            self.put(part, &mut room);
        }
    }

    /// Begins a new page with `room` for text and notes.
    pub fn turn(&mut self, room: f32) {
        self.height = 0.0;
        self.here.clear();
        let mut room = room * CARRIED;
        for part in std::mem::take(&mut self.later) {
            self.put(part, &mut room);
        }
    }

    fn put(&mut self, part: Part, room: &mut f32) {
        let Some(note) = self.notes.get(&part.number).cloned() else { return };
        let gap = self.gap(true);
        let height = |lines: &Range<usize>| gap + lines.len() as f32 * note.line();
        let end = if self.is_due() {
            None
        } else if height(&part.lines) <= *room + 0.01 {
            Some(part.lines.end)
        } else {
            note.split(part.lines.start, *room - gap)
        };
        let end = end.unwrap_or(part.lines.start);
        let lines = part.lines.start..end;
        if !lines.is_empty() {
            let height = height(&lines);
            self.height += height;
            *room -= height;
            self.here.push(Part { number: part.number, lines });
        }
        if end < part.lines.end {
            self.later.push_back(Part { number: part.number, lines: end..part.lines.end });
        }
    }
}

impl Flow {
    /// Gives a note its node when its mark is painted in `node`. The link that is its mark and the note refer to each other.
    pub(super) fn note(&mut self, number: usize, node: usize, mark: usize) {
        let Some(note) = self.foot.notes.get(&number).cloned() else { return };
        let element = note.element.get().unwrap_or_else(|| self.node(node, StructureType::Note));
        note.element.set(Some(element));
        self.refer(mark, element);
        self.refer(element, mark);
    }

    /// Paints the notes of this page above its lower margin.
    pub(super) fn paint_foot(&mut self) {
        let mut y = self.bottom() - self.foot.height;
        for (nth, part) in std::mem::take(&mut self.foot.here).into_iter().enumerate() {
            let Some(note) = self.foot.notes.get(&part.number).cloned() else { continue };
            let (left, rule) = (self.left(), self.theme.rule);
            if nth == 0 {
                self.fill(left, y + 6.0, 72.0, 0.5, rule);
            }
            y += if nth == 0 { RULE } else { BETWEEN };
            let Some(element) = note.element.get() else { continue };
            self.y = y;
            if part.lines.start == 0 {
                self.arrive(Target::Footnote(part.number), y, element);
                let sign = self.node(element, StructureType::Lbl);
                self.line(&note.label, 0, left, y, sign);
            }
            for index in part.lines {
                self.line(&note.text, index, left + INDENT, y, element);
                y += note.text.paragraph.lines.get(index).map_or(0.0, |line| line.height);
            }
        }
    }
}
