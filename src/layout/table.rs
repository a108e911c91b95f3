//! Tables: widths from the content, numbers aligned on their decimal mark, the head repeated on each page,
//! rows whole unless one is taller than a page. The timeline is a table of date and milestone.

use super::{
    compose::Composer,
    document::Kind,
    flow::Links,
    text::{Line, Paragraph, Setting},
};
use crate::{
    brief::{Cell, Emphasis, Inline, Milestone, Row, Table},
    language::Language,
    problem::Problem,
};

const PAD: f32 = 5.0;
/// A table whose rows are not higher than this, a quarter of a page, stays on one page.
const SMALL: f32 = 200.0;

fn row_cells(row: &Row) -> &[Cell] {
    match row {
        Row::Group(_) => &[],
        Row::Body(cells) | Row::Total(cells) => cells,
    }
}

fn words(cell: &Cell) -> Vec<Inline> {
    let emphasis = if cell.strong { Emphasis::Strong } else { Emphasis::None };
    let mut text = vec![Inline::Text { text: cell.text.clone(), emphasis }];
    if !cell.cites.is_empty() {
        text.push(Inline::Cite(cell.cites.clone()));
    }
    text
}

/// A column: where it stands, and for numbers the place of the decimal mark.
struct Place {
    x: f32,
    width: f32,
    /// How far right of `x` the decimal marks stand; `None` for words.
    mark: Option<f32>,
}

/// A cell whose text is set: what stands left of the decimal mark, and the rest.
struct Set {
    text: Paragraph,
    links: Links,
    /// Width up to the decimal mark, for a number on one line.
    whole: Option<f32>,
}

pub(super) fn place(page: &mut Composer<'_>, table: &Table) {
    let theme = page.flow.theme.clone();
    let size = theme.small_size + 0.2;
    let room = page.flow.width();
    let Some(columns) = columns(page, table, size) else {
        let problem =
            Problem::error("this table is too wide for the page").hint("leave out columns, or shorten their heads");
        return page.problem(problem, &table.caption);
    };
    let caption = Setting { leading: 1.3, ..page.setting(theme.body_size, true, room) };
    let caption = page.set.set(&table.caption, &caption);
    let head: Vec<Paragraph> = table
        .columns
        .iter()
        .zip(&columns)
        .map(|(column, place)| {
            let setting = setting(page, size, place.width - 2.0 * PAD, column.numeric, true);
            page.set.set(&column.head, &setting)
        })
        .collect();
    let head_height = head.iter().map(Paragraph::height).fold(0.0, f32::max) + 6.0;
    let rows: Vec<Vec<Set>> = table.rows.iter().map(|row| set_row(page, row_cells(row), &columns, size)).collect();
    let row_height = |row: &[Set]| row.iter().map(|cell| cell.text.height()).fold(0.0, f32::max) + 5.0;
    // A table of a few rows is not torn; of a longer one the first rows stay with the head.
    let whole: f32 = rows.iter().map(|row| row_height(row)).sum();
    let first: f32 = rows.iter().take(2).map(|row| row_height(row)).sum();
    let together = if whole < SMALL { whole } else { first };
    page.flow.space(page.flow.theme.spacing.block);
    page.flow.need(caption.height() + 3.0 + head_height + 1.0 + together);
    let node = page.flow.node(0, Kind::Table);
    let title = page.flow.node(node, Kind::Caption);
    page.flow.paragraph(&caption, page.flow.left(), title, &Vec::new(), theme.text);
    page.flow.y += 3.0;
    let section = page.flow.node(node, Kind::THead);
    let row = page.flow.node(section, Kind::TR);
    let y = page.flow.y;
    for (cell, place) in head.iter().zip(&columns) {
        let th = page.flow.node(row, Kind::THColumn);
        page.flow.paragraph_at(cell, place.x + PAD, y + 3.0, th, &Vec::new(), theme.accent);
    }
    page.flow.y += head_height;
    let rule = page.flow.y;
    page.flow.fill(page.flow.left(), rule, room, 1.0, theme.accent);
    page.flow.y += 1.0;
    let repeat_head = |page: &mut Composer<'_>| {
        page.flow.new_page();
        let y = page.flow.y;
        for (cell, place) in head.iter().zip(&columns) {
            page.flow.decoration_at(cell, place.x + PAD, y + 3.0, true, theme.accent);
        }
        page.flow.shape(page.flow.left(), y + head_height, room, 1.0, theme.accent);
        page.flow.y += head_height + 1.0;
    };
    let body = page.flow.node(node, Kind::TBody);
    for (nth, mut cells) in rows.into_iter().enumerate() {
        if row_height(&cells) > page.flow.room() {
            repeat_head(page);
        }
        let row = page.flow.node(body, Kind::TR);
        let nodes: Vec<usize> = (0..cells.len())
            .map(|index| page.flow.node(row, if index == 0 { Kind::THRow } else { Kind::TD }))
            .collect();
        loop {
            // A row that is taller than a page goes on over the next ones, as many lines as fit.
            let room_for = page.flow.room() - 5.0;
            let rest: Vec<Vec<Line>> = cells.iter_mut().map(|cell| split_off(&mut cell.text, room_for)).collect();
            let (y, height) = (page.flow.y, row_height(&cells));
            if nth % 2 == 1 {
                page.flow.fill(page.flow.left(), y, room, height, theme.tile);
            }
            for ((cell, place), node) in cells.iter().zip(&columns).zip(&nodes) {
                let x = match (place.mark, cell.whole) {
                    (Some(mark), Some(whole)) => place.x + mark - whole,
                    _ => place.x + PAD,
                };
                page.flow.paragraph_at(&cell.text, x, y + 2.5, *node, &cell.links, theme.text);
            }
            page.flow.y = y + height;
            if rest.iter().all(Vec::is_empty) {
                break;
            }
            for (cell, lines) in cells.iter_mut().zip(rest) {
                cell.text.lines = lines;
            }
            repeat_head(page);
        }
    }
    let end = page.flow.y;
    page.flow.fill(page.flow.left(), end, room, 0.6, theme.rule);
    page.flow.y += 4.0;
    let notes: Vec<(Paragraph, Links)> = table.notes.iter().map(|note| set_note(page, note)).collect();
    place_notes(page, &notes);
    page.flow.y += page.flow.theme.spacing.block;
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

/// The bytes of `text` up to the decimal mark of its number, or to its end if it is whole; `None` without digits.
fn whole_part(text: &str, language: Language) -> Option<usize> {
    let mark = if language == Language::De { ',' } else { '.' };
    let is_digit = |c: char| c.is_ascii_digit();
    let last = text.rfind(is_digit)?;
    let decimal = text.rfind(mark).filter(|at| {
        let after = text.get(at + mark.len_utf8()..).unwrap_or_default();
        *at < last && text.get(..*at).is_some_and(|before| before.ends_with(is_digit)) && after.starts_with(is_digit)
    });
    Some(decimal.unwrap_or(last + 1))
}

/// The widths of a cell on one line: up to the decimal mark, and from it on. Without digits, all is before the mark.
fn halves(page: &mut Composer<'_>, cell: &Cell, size: f32) -> (f32, f32) {
    let line = setting(page, size, f32::MAX, false, false);
    let all = page.inline(&words(cell), &line).0.width;
    let whole = match whole_part(&cell.text, page.language()).and_then(|at| cell.text.get(..at)) {
        Some(whole) => {
            page.inline(&words(&Cell { text: whole.to_owned(), cites: Vec::new(), ..cell.clone() }), &line).0.width
        }
        None => all,
    };
    (whole, all - whole)
}

/// Where the columns stand: as wide as their content if that fits, what is left over shared out; else words are broken,
/// numbers never. `None` if even that does not fit.
fn columns(page: &mut Composer<'_>, table: &Table, size: f32) -> Option<Vec<Place>> {
    // Least width, wished width, and for numbers the parts around the decimal mark.
    let mut wishes: Vec<(f32, f32, Option<f32>)> = Vec::new();
    for (index, column) in table.columns.iter().enumerate() {
        let cells = || table.rows.iter().filter_map(move |row| row_cells(row).get(index));
        let head = setting(page, size, f32::MAX, false, true);
        let (mut least, mut wished) = page.set.widths(&column.head, &[], &head);
        let mut after = None;
        if column.numeric {
            let (mut left, mut right) = (0.0_f32, 0.0_f32);
            for cell in cells() {
                let (whole, rest) = halves(page, cell, size);
                (left, right) = (left.max(whole), right.max(rest));
            }
            // A long head goes over two lines rather than make a column of numbers wide.
            wished = wished.min(least.max(left + right) * 1.4).max(left + right);
            least = least.max(left + right);
            after = Some(right);
        } else {
            let line = setting(page, size, f32::MAX, false, false);
            for cell in cells() {
                let (word, all) = page.set.widths(&cell.text, &[], &line);
                let cites = if cell.cites.is_empty() { 0.0 } else { page.inline(&words(cell), &line).0.width - all };
                (least, wished) = (least.max(word.min(90.0)), wished.max(all + cites.max(0.0)));
            }
        }
        let slack = 2.0 * PAD + 0.5;
        wishes.push((least + slack, wished.max(least) + slack, after));
    }
    let room = page.flow.width();
    let (least, wished) = wishes.iter().fold((0.0, 0.0), |(l, w), (least, wish, _)| (l + least, w + wish));
    if least > room {
        return None;
    }
    let mut x = page.flow.left();
    let share = |(low, wish, _): &(f32, f32, Option<f32>)| {
        if wished <= room {
            wish + (room - wished) * wish / wished
        } else {
            low + (room - least) * (wish - low) / (wished - least).max(0.01)
        }
    };
    let places = wishes.iter().map(|wish| {
        let width = share(wish);
        let place = Place { x, width, mark: wish.2.map(|after| width - PAD - after) };
        x += width;
        place
    });
    Some(places.collect())
}

fn set_row(page: &mut Composer<'_>, cells: &[Cell], columns: &[Place], size: f32) -> Vec<Set> {
    cells
        .iter()
        .zip(columns)
        .map(|(cell, place)| match place.mark {
            Some(_) => {
                let whole = halves(page, cell, size).0;
                let line = setting(page, size, f32::MAX, false, false);
                let (text, links) = page.inline(&words(cell), &line);
                Set { text, links, whole: Some(whole) }
            }
            None => {
                let setting = setting(page, size, place.width - 2.0 * PAD, false, false);
                let (text, links) = page.inline(&words(cell), &setting);
                Set { text, links, whole: None }
            }
        })
        .collect()
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
    let line = page.flow.theme.small_size * 1.35 + 5.0;
    8.0 + line * (3.0 + 2.0 * table.rows.len().min(2) as f32)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_decimal_mark_of_each_language() {
        for (text, language, whole) in [
            ("744,800", Language::En, Some("744,800")),
            ("−3.4%", Language::En, Some("−3")),
            ("1.234,5 %", Language::De, Some("1.234")),
            ("744.800", Language::De, Some("744.800")),
            ("74.48万", Language::Zh, Some("74")),
            ("20万", Language::Zh, Some("20")),
            ("–", Language::En, None),
            ("No. 3", Language::En, Some("No. 3")),
        ] {
            assert_eq!(whole_part(text, language).and_then(|at| text.get(..at)), whole, "{text}");
        }
    }
}
