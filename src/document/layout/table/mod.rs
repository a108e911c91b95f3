//! Tables: caption, head, body and notes. The head is repeated on each page, with the group that goes on there; rows are
//! whole unless one is taller than a page. How wide the columns are is in `columns`.

mod columns;

use columns::{Columns, Set};

use super::{
    compose::Composer,
    document::Kind,
    flow::Links,
    text::{Line, Paragraph, Setting},
};
use crate::{
    base::problem::Problem,
    document::brief::{Inline, Table},
};

const PAD: f32 = 5.0;
/// Above and below the text of a row.
const AIR: f32 = 2.5;
/// More above the head of a group.
const GROUP_AIR: f32 = 4.0;
/// A table whose rows are not higher than this, a quarter of a page, stays on one page.
const SMALL: f32 = 200.0;

/// A row that is set.
struct SetRow {
    kind: RowKind,
    cells: Vec<Set>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum RowKind {
    Group,
    Body,
    Total,
}

impl SetRow {
    fn above(&self) -> f32 {
        if self.kind == RowKind::Group { AIR + GROUP_AIR } else { AIR }
    }

    fn height(&self) -> f32 {
        self.cells.iter().map(|cell| cell.text.height()).fold(0.0, f32::max) + self.above() + AIR
    }
}

pub(super) fn place(page: &mut Composer<'_>, table: &Table) {
    if table.columns.is_empty() {
        return;
    }
    let theme = page.flow.theme.clone();
    let (columns, rows) = match Columns::fit(page, table) {
        Ok(fitting) => fitting,
        Err(too_wide) => {
            let problem = Problem::error(format!("the table “{}” is too wide for the page", table.caption));
            let problem = problem.hint(too_wide.hint());
            let problem = match &table.written {
                Some(place) => problem.at(place.clone()),
                None => problem,
            };
            return page.problem(problem, &table.caption);
        }
    };
    let caption = Setting { leading: 1.3, ..page.setting(theme.body_size, true, page.flow.width()) };
    let caption = page.set.set(&table.caption, &caption);
    let head = Head::new(page, table, &columns);
    let notes: Vec<(Paragraph, Links)> = table.notes.iter().map(|note| set_note(page, note)).collect();
    let under = 4.0 + notes.iter().map(|(note, _)| note.height()).sum::<f32>();
    let kept = kept_together(&rows, under);
    // A table of a few rows is not torn; of a longer one the first rows stay with the head.
    let whole = rows.iter().map(SetRow::height).sum::<f32>() + under;
    let together = if whole < SMALL { whole } else { first_rows(&rows, &kept) };
    page.flow.space(page.flow.theme.spacing.block);
    page.flow.need(caption.height() + 3.0 + head.height + 1.0 + together);
    let node = page.flow.node(0, Kind::Table);
    let title = page.flow.node(node, Kind::Caption);
    page.flow.paragraph(&caption, page.flow.left(), title, &Vec::new(), theme.text);
    page.flow.y += 3.0;
    head.place(page, node, &columns);
    Body { node, section: None, group: None, plain: 0, fresh: true }.place(page, rows, &kept, &head, &columns);
    let end = page.flow.y;
    page.flow.fill(page.flow.left(), end, page.flow.width(), 0.6, theme.rule);
    page.flow.y += 4.0;
    place_notes(page, &notes);
    page.flow.y += page.flow.theme.spacing.block;
}

/// How much room each row needs so that what belongs to it is not parted from it: the head of a group stays with the
/// next row, a total with the row above it, and the last row with the notes, which are `under` high.
fn kept_together(rows: &[SetRow], under: f32) -> Vec<f32> {
    let mut kept: Vec<f32> = Vec::with_capacity(rows.len());
    let mut next: Option<(RowKind, f32)> = None;
    for row in rows.iter().rev() {
        let with_next = next.filter(|(kind, _)| row.kind == RowKind::Group || *kind == RowKind::Total);
        let height = row.height() + with_next.map_or(if next.is_none() { under } else { 0.0 }, |(_, height)| height);
        next = Some((row.kind, height));
        kept.push(height);
    }
    kept.reverse();
    kept
}

/// The first two rows, with what is kept with the first.
fn first_rows(rows: &[SetRow], kept: &[f32]) -> f32 {
    let two: f32 = rows.iter().take(2).map(SetRow::height).sum();
    kept.first().copied().unwrap_or(0.0).max(two)
}

/// The head of the columns, set.
struct Head {
    cells: Vec<Paragraph>,
    height: f32,
}

impl Head {
    fn new(page: &mut Composer<'_>, table: &Table, columns: &Columns) -> Head {
        let size = columns.size;
        let set = table.columns.iter().zip(&columns.places).map(|(column, place)| {
            let setting = setting(page, size, place.width - 2.0 * PAD, column.numeric, true);
            page.set.set(&column.head, &setting)
        });
        let cells: Vec<Paragraph> = set.collect();
        let height = cells.iter().map(Paragraph::height).fold(0.0, f32::max) + 6.0;
        Head { cells, height }
    }

    fn place(&self, page: &mut Composer<'_>, table: usize, columns: &Columns) {
        let accent = page.flow.theme.accent;
        let section = page.flow.node(table, Kind::THead);
        let row = page.flow.node(section, Kind::TR);
        let y = page.flow.y;
        for (cell, place) in self.cells.iter().zip(&columns.places) {
            let th = page.flow.node(row, Kind::THColumn);
            page.flow.paragraph_at(cell, place.x + PAD, y + 3.0, th, &Vec::new(), accent);
        }
        page.flow.fill(page.flow.left(), y + self.height, page.flow.width(), 1.0, accent);
        page.flow.y = y + self.height + 1.0;
    }

    /// On a new page, with the head of the group that goes on there; both are there for the eye only.
    fn repeat(&self, page: &mut Composer<'_>, group: Option<&Paragraph>, columns: &Columns) {
        page.flow.new_page();
        let accent = page.flow.theme.accent;
        let (left, y) = (page.flow.left(), page.flow.y);
        for (cell, place) in self.cells.iter().zip(&columns.places) {
            page.flow.decoration_at(cell, place.x + PAD, y + 3.0, true, accent);
        }
        page.flow.shape(left, y + self.height, page.flow.width(), 1.0, accent);
        page.flow.y = y + self.height + 1.0;
        if let Some(group) = group {
            page.flow.decoration_at(group, left + PAD, page.flow.y + AIR, true, accent);
            page.flow.y += group.height() + 2.0 * AIR;
        }
    }
}

/// The rows while they are placed.
struct Body {
    /// The table's node.
    node: usize,
    /// The rows' section: each group has its own.
    section: Option<usize>,
    /// The head of the group the pen is in.
    group: Option<Paragraph>,
    /// Plain rows since the last group: every second one is tinted.
    plain: usize,
    /// Nothing stands between the head and the pen: a new page would not help.
    fresh: bool,
}

impl Body {
    fn place(&mut self, page: &mut Composer<'_>, rows: Vec<SetRow>, kept: &[f32], head: &Head, columns: &Columns) {
        let page_height = page.flow.bottom() - page.flow.theme.margin_top - head.height - 1.0;
        for (mut row, kept) in rows.into_iter().zip(kept) {
            if row.kind == RowKind::Group {
                self.section = None;
                self.group = None;
                self.plain = 0;
            }
            let needed = if *kept < page_height { *kept } else { row.height() };
            if needed > page.flow.room() && !self.fresh {
                head.repeat(page, self.group.as_ref(), columns);
            }
            // A head of many lines is not said again.
            let group = row.cells.first().filter(|_| row.height() < SMALL).map(|cell| cell.text.clone());
            self.row(page, &mut row, head, columns);
            self.fresh = false;
            match row.kind {
                RowKind::Group => self.group = group,
                RowKind::Body => self.plain += 1,
                RowKind::Total => self.plain = 0,
            }
        }
    }

    /// A row that is taller than a page goes on over the next ones, as many lines as fit.
    fn row(&mut self, page: &mut Composer<'_>, set: &mut SetRow, head: &Head, columns: &Columns) {
        let theme = page.flow.theme.clone();
        let (left, width) = (page.flow.left(), page.flow.width());
        let section = *self.section.get_or_insert_with(|| page.flow.node(self.node, Kind::TBody));
        let row = page.flow.node(section, Kind::TR);
        let nodes: Vec<usize> = (0..set.cells.len())
            .map(|index| match (set.kind, index) {
                (RowKind::Group, _) => page.flow.node(row, Kind::THGroup(columns.places.len())),
                (_, 0) => page.flow.node(row, Kind::THRow),
                _ => page.flow.node(row, Kind::TD),
            })
            .collect();
        let color = if set.kind == RowKind::Group { theme.accent } else { theme.text };
        loop {
            let room = page.flow.room() - set.above() - AIR;
            let rest: Vec<Vec<Line>> = set.cells.iter_mut().map(|cell| split_off(&mut cell.text, room)).collect();
            let (y, height) = (page.flow.y, set.height());
            match set.kind {
                RowKind::Body if self.plain % 2 == 1 => page.flow.fill(left, y, width, height, theme.tile),
                RowKind::Group => page.flow.fill(left, y + height - 0.6, width, 0.6, theme.grid),
                RowKind::Total => page.flow.fill(left, y, width, 0.6, theme.rule),
                RowKind::Body => {}
            }
            for ((cell, place), node) in set.cells.iter().zip(&columns.places).zip(&nodes) {
                let x = match (place.mark, cell.whole) {
                    (Some(mark), Some(whole)) => place.x + mark - whole,
                    _ => place.x + PAD,
                };
                page.flow.paragraph_at(&cell.text, x, y + set.above(), *node, &cell.links, color);
            }
            page.flow.y = y + height;
            if rest.iter().all(Vec::is_empty) {
                break;
            }
            for (cell, lines) in set.cells.iter_mut().zip(rest) {
                cell.text.lines = lines;
            }
            head.repeat(page, self.group.as_ref(), columns);
        }
    }
}

/// Takes away the lines that do not fit; at least one stays, so that there is an end.
fn split_off(text: &mut Paragraph, room: f32) -> Vec<Line> {
    let mut height = 0.0;
    let fitting = text
        .lines
        .iter()
        .take_while(|line| {
            height += line.height;
            height <= room
        })
        .count();
    text.lines.split_off(fitting.max(1).min(text.lines.len()))
}

fn setting(page: &Composer<'_>, size: f32, width: f32, right: bool, strong: bool) -> Setting {
    Setting { leading: 1.35, right, hyphenate: !right, ..page.setting(size, strong, width) }
}

/// A note under a table or a figure, set.
pub(super) fn set_note(page: &mut Composer<'_>, note: &[Inline]) -> (Paragraph, Links) {
    let size = page.flow.theme.small_size - 0.4;
    let setting = Setting { leading: 1.35, hyphenate: true, ..page.setting(size, false, page.flow.width()) };
    page.inline(note, &setting)
}

/// Notes at the pen.
pub(super) fn place_notes(page: &mut Composer<'_>, notes: &[(Paragraph, Links)]) {
    let muted = page.flow.theme.muted;
    for (text, links) in notes {
        let node = page.flow.node(0, Kind::P);
        page.flow.paragraph(text, page.flow.left(), node, links, muted);
    }
}

/// How much room a table's caption, head and first rows need, roughly: two lines each, so as not to set it twice.
pub(super) fn start(page: &Composer<'_>, table: &Table) -> f32 {
    let line = page.flow.theme.small_size * 1.35 + 2.0 * AIR;
    8.0 + line * (3.0 + 2.0 * table.rows.len().min(2) as f32)
}
