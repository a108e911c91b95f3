//! Tables: caption, head, body and notes. The head is repeated on each page, with the group that goes on there; rows are
//! whole unless one is taller than a page. How wide the columns are is in `columns`.

mod columns;

use columns::{Columns, SetCell};

use super::{
    compose::Composer,
    document::StructureType,
    linked_paragraph::Links,
    text::{Line, Paragraph, ParagraphStyle},
};
use crate::{
    base::problem::Problem,
    document::brief::{Inline, Table},
};

const PAD: f32 = 5.0;
/// Space above and below the text of a row.
const AIR: f32 = 2.5;
/// Additional space above the head of a group.
const GROUP_AIR: f32 = 4.0;
/// Maximum height of the rows of a table that is kept on one page: a quarter of a page.
const MAX_KEPT: f32 = 200.0;

/// A row that is set.
struct SetRow {
    kind: RowKind,
    cells: Vec<SetCell>,
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

pub(super) fn place(composer: &mut Composer<'_>, table: &Table) {
    if table.columns.is_empty() {
        return;
    }
    let theme = composer.flow.theme.clone();
    let (columns, rows) = match Columns::fit(composer, table) {
        Ok(fitting) => fitting,
        Err(too_wide) => {
            let problem = Problem::error(format!("the table “{}” is too wide for the page", table.caption));
            let problem = problem.hint(too_wide.hint());
            let problem = match &table.written {
                Some(place) => problem.at(place.clone()),
                None => problem,
            };
            return composer.problem(problem, &table.caption);
        }
    };
    let caption = ParagraphStyle { leading: 1.3, ..composer.style(theme.body_size, true, composer.flow.width()) };
    let caption = composer.titled(&table.caption, &caption);
    let head = Head::new(composer, table, &columns);
    let width = composer.flow.width();
    let notes: Vec<(Paragraph, Links)> = table.notes.iter().map(|note| set_note(composer, note, width)).collect();
    let under = 4.0 + notes.iter().map(|(note, _)| note.height()).sum::<f32>();
    let kept = kept_together(&rows, under);
    // A short table stays together; of a longer one the first rows stay with the head.
    let whole = rows.iter().map(SetRow::height).sum::<f32>() + under;
    let together = if whole < MAX_KEPT { whole } else { first_rows(&rows, &kept) };
    composer.flow.space(composer.flow.theme.spacing.block);
    composer.flow.need(caption.height() + 3.0 + head.height + 1.0 + together);
    let node = composer.flow.node(0, StructureType::Table);
    let title = composer.flow.node(node, StructureType::Caption);
    composer.flow.paragraph(&caption, composer.flow.left(), title, &Vec::new(), theme.text);
    composer.flow.y += 3.0;
    head.place(composer, node, &columns);
    Body { node, section: None, group: None, plain: 0, fresh: true }.place(composer, rows, &kept, &head, &columns);
    let end = composer.flow.y;
    composer.flow.fill(composer.flow.left(), end, composer.flow.width(), 0.6, theme.rule);
    composer.flow.y += 4.0;
    let left = composer.flow.left();
    place_notes(composer, &notes, left);
    composer.flow.y += composer.flow.theme.spacing.block;
}

/// Returns the height of each row with what stays with it: the head of a group stays with the next row, a total with the
/// row above it, and the last row with the notes, whose height is `under`.
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

/// Returns the height of the first two rows, with what is kept with the first.
fn first_rows(rows: &[SetRow], kept: &[f32]) -> f32 {
    let two: f32 = rows.iter().take(2).map(SetRow::height).sum();
    kept.first().copied().unwrap_or(0.0).max(two)
}

/// The head of the columns, set.
struct Head {
    cells: Vec<Paragraph>,
    height: f32,
    /// The caption of the following pages: `Table 1 (continued)`.
    continued: Paragraph,
}

impl Head {
    fn new(composer: &mut Composer<'_>, table: &Table, columns: &Columns) -> Head {
        let size = columns.size;
        let set = table.columns.iter().zip(&columns.places).map(|(column, place)| {
            let style = style(composer, size, place.width - 2.0 * PAD, column.numeric, true);
            composer.titled(&column.head, &style)
        });
        let cells: Vec<Paragraph> = set.collect();
        let height = cells.iter().map(Paragraph::height).fold(0.0, f32::max) + 6.0;
        let theme = composer.flow.theme.clone();
        let caption = ParagraphStyle { leading: 1.3, ..composer.style(theme.small_size, false, composer.flow.width()) };
        let continued = composer.set.set(&table.continued, &caption);
        Head { cells, height, continued }
    }

    /// The height of the head on a following page.
    fn repeated_height(&self) -> f32 {
        self.continued.height() + 3.0 + self.height + 1.0
    }

    fn place(&self, composer: &mut Composer<'_>, table: usize, columns: &Columns) {
        let accent = composer.flow.theme.accent;
        let section = composer.flow.node(table, StructureType::THead);
        let row = composer.flow.node(section, StructureType::TR);
        let y = composer.flow.y;
        for (cell, place) in self.cells.iter().zip(&columns.places) {
            let th = composer.flow.node(row, StructureType::THColumn);
            composer.flow.paragraph_at(cell, place.x + PAD, y + 3.0, th, &Vec::new(), accent);
        }
        composer.flow.fill(composer.flow.left(), y + self.height, composer.flow.width(), 1.0, accent);
        composer.flow.y = y + self.height + 1.0;
    }

    /// Paints the head on a new page, with the head of the group that goes on there; both as decoration.
    fn repeat(&self, composer: &mut Composer<'_>, group: Option<&Paragraph>, columns: &Columns) {
        composer.flow.new_page();
        let (accent, muted) = (composer.flow.theme.accent, composer.flow.theme.muted);
        let left = composer.flow.left();
        composer.flow.decoration_at(&self.continued, left, composer.flow.y, true, muted);
        composer.flow.y += self.continued.height() + 3.0;
        let y = composer.flow.y;
        for (cell, place) in self.cells.iter().zip(&columns.places) {
            composer.flow.decoration_at(cell, place.x + PAD, y + 3.0, true, accent);
        }
        composer.flow.shape(left, y + self.height, composer.flow.width(), 1.0, accent);
        composer.flow.y = y + self.height + 1.0;
        if let Some(group) = group {
            composer.flow.decoration_at(group, left + PAD, composer.flow.y + AIR, true, accent);
            composer.flow.y += group.height() + 2.0 * AIR;
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
    /// Whether nothing stands between the head and the pen, so that a new page would not help.
    fresh: bool,
}

impl Body {
    fn place(&mut self, composer: &mut Composer<'_>, rows: Vec<SetRow>, kept: &[f32], head: &Head, columns: &Columns) {
        let page_height = composer.flow.bottom() - composer.flow.theme.margin_top - head.repeated_height();
        for (mut row, kept) in rows.into_iter().zip(kept) {
            if row.kind == RowKind::Group {
                self.section = None;
                self.group = None;
                self.plain = 0;
            }
            let needed = if *kept < page_height { *kept } else { row.height() };
            if needed > composer.flow.room() && !self.fresh {
                head.repeat(composer, self.group.as_ref(), columns);
            }
            // A head of many lines is not repeated.
            let group = row.cells.first().filter(|_| row.height() < MAX_KEPT).map(|cell| cell.text.clone());
            self.row(composer, &mut row, head, columns);
            self.fresh = false;
            match row.kind {
                RowKind::Group => self.group = group,
                RowKind::Body => self.plain += 1,
                RowKind::Total => self.plain = 0,
            }
        }
    }

    /// Places a row. One that is taller than a page goes on over the next ones.
    fn row(&mut self, composer: &mut Composer<'_>, set: &mut SetRow, head: &Head, columns: &Columns) {
        let theme = composer.flow.theme.clone();
        let (left, width) = (composer.flow.left(), composer.flow.width());
        let section = *self.section.get_or_insert_with(|| composer.flow.node(self.node, StructureType::TBody));
        let row = composer.flow.node(section, StructureType::TR);
        let nodes: Vec<usize> = (0..set.cells.len())
            .map(|index| match (set.kind, index) {
                (RowKind::Group, _) => composer.flow.node(row, StructureType::THGroup(columns.places.len())),
                (_, 0) => composer.flow.node(row, StructureType::THRow),
                _ => composer.flow.node(row, StructureType::TD),
            })
            .collect();
        let color = if set.kind == RowKind::Group { theme.accent } else { theme.text };
        loop {
            let room = composer.flow.room() - set.above() - AIR;
            let rest: Vec<Vec<Line>> = set.cells.iter_mut().map(|cell| split_off(&mut cell.text, room)).collect();
            let (y, height) = (composer.flow.y, set.height());
            match set.kind {
                RowKind::Body if self.plain % 2 == 1 => composer.flow.fill(left, y, width, height, theme.tile),
                RowKind::Group => composer.flow.fill(left, y + height - 0.6, width, 0.6, theme.grid),
                RowKind::Total => composer.flow.fill(left, y, width, 0.6, theme.rule),
                RowKind::Body => {}
            }
            for ((cell, place), node) in set.cells.iter().zip(&columns.places).zip(&nodes) {
                let x = match (place.mark, cell.whole) {
                    (Some(mark), Some(whole)) => place.x + mark - whole,
                    _ => place.x + PAD,
                };
                composer.flow.paragraph_at(&cell.text, x, y + set.above(), *node, &cell.links, color);
            }
            composer.flow.y = y + height;
            if rest.iter().all(Vec::is_empty) {
                break;
            }
            for (cell, lines) in set.cells.iter_mut().zip(rest) {
                cell.text.lines = lines;
            }
            head.repeat(composer, self.group.as_ref(), columns);
        }
    }
}

/// Takes away the lines that do not fit. At least one stays, so that there is an end.
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

fn style(composer: &Composer<'_>, size: f32, width: f32, right: bool, strong: bool) -> ParagraphStyle {
    ParagraphStyle { leading: 1.35, right, hyphenate: !right, ..composer.style(size, strong, width) }
}

/// Sets a note under a table or a figure.
pub(super) fn set_note(composer: &mut Composer<'_>, note: &[Inline], width: f32) -> (Paragraph, Links) {
    let size = composer.flow.theme.small_size - 0.4;
    let style = ParagraphStyle { leading: 1.35, hyphenate: true, justify: true, ..composer.style(size, false, width) };
    let known = note.iter().flat_map(|inline| match inline {
        Inline::Text { text, emphasis } => composer.brief.with_phrases(text, *emphasis),
        other => vec![other.clone()],
    });
    let known: Vec<Inline> = known.collect();
    composer.inline(&known, &style)
}

/// Places notes at the pen, their left edge at `x`.
pub(super) fn place_notes(composer: &mut Composer<'_>, notes: &[(Paragraph, Links)], x: f32) {
    let muted = composer.flow.theme.muted;
    for (text, links) in notes {
        let node = composer.flow.node(0, StructureType::P);
        composer.flow.paragraph(text, x, node, links, muted);
    }
}

/// Returns roughly the height of what stands together of a table, so as not to set it twice: caption and head, and all rows and
/// notes of a short one, or else the first rows by two lines each. Rather too much: else a heading would stay behind alone.
pub(super) fn start(composer: &Composer<'_>, table: &Table) -> f32 {
    let theme = &composer.flow.theme;
    let line = theme.small_size * 1.35 + 2.0 * AIR;
    let rows = table.rows.len() as f32;
    let whole = line * (rows + 1.0) + 4.0 + theme.small_size * 1.35 * (table.notes.len() as f32 + 1.0);
    let first = line * 2.0 * rows.min(2.0);
    let together = if whole - line < MAX_KEPT { whole.max(first) } else { first };
    theme.spacing.block + line * 3.0 + together
}
