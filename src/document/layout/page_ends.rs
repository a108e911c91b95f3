//! How pages end: a chart or a table that does not fit on the rest of a page lets the text after it go first, and where none
//! follows in its section, it goes before text of its section itself.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::{compose::Composer, figure, flow::PageEnd};
use crate::document::brief::{Block, Style, Theme};

/// Number of blocks of text that a chart or a table goes before, by its index.
pub(super) type Moves = BTreeMap<usize, usize>;

/// The share of a page that may be empty at its end.
const MAX_EMPTY: f32 = 0.2;
/// The share of a page for which text goes before a chart or a table that does not fit.
const WORTHWHILE: f32 = 0.06;
/// Maximum number of times that a brief is composed anew for better ends of its pages.
const MAX_TRIES: usize = 12;
/// Maximum number of pages that are composed anew: a long brief takes as much time as several short ones.
const MAX_PAGES: usize = 96;

/// The blocks in the order in which they are set.
pub(super) fn queue(count: usize, moves: &Moves) -> VecDeque<usize> {
    let mut queue: VecDeque<usize> = (0..count).collect();
    for (block, before) in moves {
        if let Some(at) = queue.iter().position(|index| index == block)
            && let Some(block) = queue.remove(at)
        {
            queue.insert(at.saturating_sub(*before), block);
        }
    }
    queue
}

impl Composer<'_> {
    /// Takes the next block: the first of the queue, or the text after it if that is a chart or a table which would leave a
    /// hole. Two charts beside each other are one.
    pub fn next_block(&mut self, queue: &mut VecDeque<usize>) -> Option<usize> {
        let blocks = &self.brief.blocks;
        let first = queue.front().and_then(|index| blocks.get(*index));
        let second = queue.get(1).and_then(|index| blocks.get(*index));
        let pair = first.zip(second).filter(|(first, second)| figure::are_halves(first, second));
        let at = if pair.is_some() { 2 } else { 1 };
        if let Some(first) = first
            && is_movable(first)
            && queue.get(at).and_then(|index| blocks.get(*index)).is_some_and(is_text)
            && self.columns == 1
            && self.leaves_hole(first, pair.map(|(_, second)| second))
        {
            return queue.remove(at);
        }
        queue.pop_front()
    }

    /// Whether a chart or a table begins a new page and leaves much of this one empty.
    fn leaves_hole(&mut self, block: &Block, beside: Option<&Block>) -> bool {
        let height = match (block, beside) {
            (Block::Chart(left), Some(Block::Chart(right))) => figure::pair_height(self, [left, right]),
            _ => self.start_of(block),
        };
        let room = self.flow.room() - self.galley.whole_height();
        height > room && room > WORTHWHILE * self.flow.height() && !self.flow.at_top()
    }
}

/// Returns the pages, or others whose ends are better: as long as a chart or a table leaves a page more than a fifth empty, it
/// is tried before each block of text that stands before it in its section.
pub(super) fn improved<'a>(
    first: Composer<'a>,
    theme: &Theme,
    compose: impl Fn(&mut Composer<'a>, &Moves) -> bool,
) -> Composer<'a> {
    let (mut best, mut moves, mut tries) = (first, Moves::new(), 0);
    let mut tried: BTreeSet<usize> = BTreeSet::new();
    while let Some(block) = cause(&best, &tried) {
        tried.insert(block);
        for before in 1..=text_before(&best.brief.blocks, block) {
            tries += 1;
            if tries > MAX_TRIES.min(MAX_PAGES / best.flow.pages.len().max(1)) {
                return best;
            }
            let mut other = moves.clone();
            other.insert(block, before);
            let mut page = Composer::new(best.brief, theme);
            if compose(&mut page, &other) && badness(&page) < badness(&best) {
                (best, moves) = (page, other);
            }
        }
    }
    best
}

/// The chart or table that leaves the largest hole, if that is too large.
fn cause(page: &Composer<'_>, tried: &BTreeSet<usize>) -> Option<usize> {
    let most = MAX_EMPTY * page.flow.height();
    let of_block = |end: &&PageEnd| {
        end.room > most && end.block.is_some_and(|at| !tried.contains(&at) && stands_alone(&page.brief.blocks, at))
    };
    page.flow.ends.iter().filter(of_block).max_by(|a, b| a.room.total_cmp(&b.room))?.block
}

/// Number of blocks of text that stand right before a block.
fn text_before(blocks: &[Block], block: usize) -> usize {
    blocks.get(..block).unwrap_or_default().iter().rev().take_while(|block| is_text(block)).count()
}

/// How bad the ends of the pages are: those that are too empty first, then the number of pages, then all that is empty.
fn badness(page: &Composer<'_>) -> (usize, usize, u32) {
    let share = |end: &PageEnd| end.room / page.flow.height();
    let holes = page.flow.ends.iter().filter(|end| share(end) > MAX_EMPTY).count();
    let squares: f32 = page.flow.ends.iter().map(|end| share(end) * share(end)).sum();
    (holes, page.flow.pages.len(), (squares * 1000.0) as u32)
}

/// Whether this is a chart or a table, and not one of two beside each other.
fn stands_alone(blocks: &[Block], at: usize) -> bool {
    let pair = |at: usize| blocks.get(at).zip(blocks.get(at + 1)).is_some_and(|(a, b)| figure::are_halves(a, b));
    blocks.get(at).is_some_and(is_movable) && !pair(at) && !at.checked_sub(1).is_some_and(pair)
}

fn is_movable(block: &Block) -> bool {
    matches!(block, Block::Chart(_) | Block::Table(_))
}

/// Whether a block is text that a chart or a table of its section may stand before or after. Small print belongs to what it
/// stands under, and the lead to the headline.
fn is_text(block: &Block) -> bool {
    match block {
        Block::Paragraph { style, .. } => *style == Style::Body,
        Block::List { .. } | Block::Quote(_) | Block::Callout { .. } => true,
        // Key messages belong to the headline, too.
        Block::KeyMessages(_)
        | Block::Heading { .. }
        | Block::Tiles(_)
        | Block::Table(_)
        | Block::Chart(_)
        | Block::Timeline(_) => false,
    }
}
