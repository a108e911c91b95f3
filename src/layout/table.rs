//! Tables: widths from the content, numbers aligned on the right (all of a column have the same decimals), the head
//! repeated on each page, rows whole. The timeline is a table of date and milestone.

use super::{
    compose::Composer,
    document::Kind,
    flow::Links,
    text::{Paragraph, Setting},
};
use crate::{
    brief::{Cell, Emphasis, Inline, Milestone, Table},
    problem::Problem,
};

const PAD: f32 = 5.0;

fn words(cell: &Cell) -> Vec<Inline> {
    let emphasis = if cell.strong { Emphasis::Strong } else { Emphasis::None };
    let mut text = vec![Inline::Text { text: cell.text.clone(), emphasis }];
    if !cell.cites.is_empty() {
        text.push(Inline::Cite(cell.cites.clone()));
    }
    text
}

pub(super) fn place(page: &mut Composer<'_>, table: &Table) {
    let theme = page.flow.theme.clone();
    let size = theme.small_size + 0.2;
    let setting = |page: &Composer<'_>, width: f32, right: bool, strong: bool| Setting {
        leading: 1.35,
        right,
        hyphenate: !right,
        ..page.setting(size, strong, width)
    };
    // Natural widths; what is left over goes to the first column, what is missing is taken from it.
    let mut widths: Vec<f32> = Vec::new();
    for (index, column) in table.columns.iter().enumerate() {
        let mut width = page.set.set(&column.head, &setting(page, 10_000.0, false, true)).width;
        for row in &table.rows {
            if let Some(cell) = row.get(index) {
                let natural = setting(page, 10_000.0, false, false);
                width = width.max(page.inline(&words(cell), &natural).0.width);
            }
        }
        widths.push(width + 2.0 * PAD + 0.5);
    }
    let total: f32 = widths.iter().sum();
    let room = page.flow.width();
    if let Some(first) = widths.first_mut() {
        let left = *first + room - total;
        if left < 70.0 {
            page.problem(
                Problem::error("this table is too wide for the page").hint("leave out columns, or shorten their heads"),
                &table.caption,
            );
            return;
        }
        *first = left;
    }
    let xs: Vec<f32> = widths
        .iter()
        .scan(page.flow.left(), |x, width| {
            let at = *x;
            *x += width;
            Some(at)
        })
        .collect();
    let columns: Vec<(f32, f32, bool)> =
        xs.iter().zip(&widths).zip(&table.columns).map(|((x, width), column)| (*x, *width, column.numeric)).collect();

    let caption = Setting { leading: 1.3, ..page.setting(theme.body_size, true, room) };
    let caption = page.set.set(&table.caption, &caption);
    let head: Vec<Paragraph> = table
        .columns
        .iter()
        .zip(&columns)
        .map(|(column, (_, width, numeric))| {
            page.set.set(&column.head, &setting(page, width - 2.0 * PAD, *numeric, true))
        })
        .collect();
    let head_height = head.iter().map(Paragraph::height).fold(0.0, f32::max) + 6.0;
    page.flow.space(8.0);
    page.flow.need(caption.height() + head_height + 48.0);
    let node = page.flow.node(0, Kind::Table);
    let title = page.flow.node(node, Kind::Caption);
    page.flow.paragraph(&caption, page.flow.left(), title, &Vec::new(), theme.text);
    page.flow.y += 3.0;
    let section = page.flow.node(node, Kind::THead);
    let row = page.flow.node(section, Kind::TR);
    let y = page.flow.y;
    for (cell, (x, _, _)) in head.iter().zip(&columns) {
        let th = page.flow.node(row, Kind::THColumn);
        page.flow.paragraph_at(cell, x + PAD, y + 3.0, th, &Vec::new(), theme.accent);
    }
    page.flow.y += head_height;
    let rule = page.flow.y;
    page.flow.fill(page.flow.left(), rule, room, 1.0, theme.accent);
    page.flow.y += 1.0;
    let body = page.flow.node(node, Kind::TBody);
    for (nth, cells) in table.rows.iter().enumerate() {
        let set: Vec<(Paragraph, Links)> = cells
            .iter()
            .zip(&columns)
            .map(|(cell, (_, width, numeric))| {
                let setting = setting(page, width - 2.0 * PAD, *numeric, false);
                page.inline(&words(cell), &setting)
            })
            .collect();
        let height = set.iter().map(|(p, _)| p.height()).fold(0.0, f32::max) + 5.0;
        if height > page.flow.room() && !page.flow.at_top() {
            page.flow.new_page();
            let y = page.flow.y;
            for (cell, (x, _, _)) in head.iter().zip(&columns) {
                page.flow.decoration_at(cell, x + PAD, y + 3.0, true, theme.accent);
            }
            page.flow.shape(page.flow.left(), y + head_height, room, 1.0, theme.accent);
            page.flow.y += head_height + 1.0;
        }
        let y = page.flow.y;
        if nth % 2 == 1 {
            page.flow.fill(page.flow.left(), y, room, height, theme.tile);
        }
        let row = page.flow.node(body, Kind::TR);
        for (index, ((text, links), (x, _, _))) in set.iter().zip(&columns).enumerate() {
            let cell = page.flow.node(row, if index == 0 { Kind::THRow } else { Kind::TD });
            page.flow.paragraph_at(text, x + PAD, y + 2.5, cell, links, theme.text);
        }
        page.flow.y = y + height;
    }
    let end = page.flow.y;
    page.flow.fill(page.flow.left(), end, room, 0.6, theme.rule);
    page.flow.y += 4.0;
    notes(page, &table.notes);
    page.flow.y += 8.0;
}

/// Notes under a table or a figure.
pub(super) fn notes(page: &mut Composer<'_>, notes: &[Vec<Inline>]) {
    let theme = page.flow.theme.clone();
    for note in notes {
        let setting = Setting {
            leading: 1.35,
            hyphenate: true,
            ..page.setting(theme.small_size - 0.4, false, page.flow.width())
        };
        let (text, links) = page.inline(note, &setting);
        let node = page.flow.node(0, Kind::P);
        page.flow.paragraph(&text, page.flow.left(), node, &links, theme.muted);
    }
}

pub(super) fn timeline(page: &mut Composer<'_>, milestones: &[Milestone]) {
    let theme = page.flow.theme.clone();
    let setting = |page: &Composer<'_>, width: f32, strong: bool| Setting {
        leading: 1.38,
        hyphenate: true,
        ..page.setting(theme.body_size - 0.4, strong, width)
    };
    let dates: Vec<Paragraph> = milestones
        .iter()
        .map(|m| page.set.set(&m.date, &Setting { hyphenate: false, ..setting(page, 200.0, true) }))
        .collect();
    let first = dates.iter().map(|d| d.width).fold(60.0, f32::max) + 26.0;
    let list = page.flow.node(0, Kind::L);
    page.flow.space(3.0);
    let count = milestones.len();
    for (index, (milestone, date)) in milestones.iter().zip(&dates).enumerate() {
        let mut text = vec![Inline::Text { text: milestone.text.clone(), emphasis: Emphasis::None }];
        if !milestone.cites.is_empty() {
            text.push(Inline::Cite(milestone.cites.clone()));
        }
        let setting = setting(page, page.flow.width() - first, false);
        let (body, links) = page.inline(&text, &setting);
        let height = body.height() + 3.5;
        page.flow.need(height);
        let (x, y) = (page.flow.left(), page.flow.y);
        let middle = y + theme.body_size * 0.66;
        // The rail, and a dot on it.
        let (from, to) = (if index == 0 { middle } else { y }, if index + 1 == count { middle } else { y + height });
        page.flow.fill(x + 4.0, from, 1.0, to - from, theme.grid);
        page.flow.fill(x + 2.0, middle - 2.5, 5.0, 5.0, theme.accent);
        let item = page.flow.node(list, Kind::LI);
        let label = page.flow.node(item, Kind::Lbl);
        page.flow.paragraph_at(date, x + 16.0, y, label, &Vec::new(), theme.accent);
        let content = page.flow.node(item, Kind::LBody);
        page.flow.paragraph_at(&body, x + first, y, content, &links, theme.text);
        page.flow.y = y + height;
    }
    page.flow.y += 6.0;
}
