//! Columns as wide as their content, with the rest of the width shared out. If they do not fit, words are broken, numbers
//! never. Numbers stand with their decimal marks under each other.

use super::{PAD, RowKind, SetRow, style};
use crate::{
    base::language::Language,
    document::{
        brief::{Cell, Emphasis, Inline, Row, Table},
        layout::{
            compose::Composer,
            linked_paragraph::Links,
            text::{ContentWidths, Paragraph},
        },
    },
};

/// Maximum width in points to which an unbroken word widens its column.
const MAX_WORD: f32 = 90.0;

/// Share of its width that is added to a column of numbers where there is room, and the maximum in points.
const AIR: f32 = 0.5;
const MAX_AIR: f32 = 26.0;

/// The place of a column, and of the decimal marks in a column of numbers.
pub(super) struct ColumnPlace {
    pub x: f32,
    pub width: f32,
    /// Distance from `x` to the decimal marks; `None` in a column of words.
    pub mark: Option<f32>,
}

/// A cell whose text is set.
pub(super) struct SetCell {
    pub text: Paragraph,
    pub links: Links,
    /// Width up to the decimal mark, for a number on one line.
    pub whole: Option<f32>,
}

/// The columns of a table that fits its page.
pub(super) struct Columns {
    pub places: Vec<ColumnPlace>,
    /// Size of the text.
    pub size: f32,
}

/// The widths that a column can have, in points.
struct ColumnDemand {
    min: f32,
    max: f32,
    /// For numbers: the widest part from the decimal mark on.
    after: Option<f32>,
}

/// A table that does not fit.
pub(super) struct TooWide {
    /// In points.
    over: f32,
    /// The heads of the columns without which it would fit; empty if there are none.
    leave_out: Vec<String>,
}

impl TooWide {
    pub fn hint(&self) -> String {
        // 72 points are 25.4 mm.
        let over = (self.over * 25.4 / 72.0).ceil();
        let remedy = match self.leave_out.as_slice() {
            [] => "shorten the heads of its columns".to_owned(),
            [only] => format!("leave out the column {only}, or shorten the heads"),
            [first, .., last] => format!("leave out the columns {first} to {last}, or shorten the heads"),
        };
        format!("it is {over} mm too wide: {remedy}")
    }
}

impl Columns {
    /// Returns the columns and the rows set in them.
    pub fn fit(composer: &mut Composer<'_>, table: &Table) -> Result<(Columns, Vec<SetRow>), TooWide> {
        let size = composer.flow.theme.small_size + 0.2;
        // Numbers are set first: they are never broken, so their width is their own.
        let numbers: Vec<Vec<Option<SetCell>>> =
            table.rows.iter().map(|row| numbers(composer, table, row, size)).collect();
        let mut demands = Vec::new();
        for (index, column) in table.columns.iter().enumerate() {
            let head = composer.set.widths(&column.head, &[], &style(composer, size, f32::MAX, false, true));
            demands.push(if column.numeric {
                ColumnDemand::of_numbers(head, numbers.iter().filter_map(|row| row.get(index)?.as_ref()))
            } else {
                ColumnDemand::of_words(composer, head, table.rows.iter().filter_map(|row| cells(row).get(index)), size)
            });
        }
        let columns = Columns { places: share_out(composer, table, &demands)?, size };
        let rows = table.rows.iter().zip(numbers).map(|(row, numbers)| columns.row(composer, row, numbers)).collect();
        Ok((columns, rows))
    }

    /// Sets a row. The head of a group goes over all columns.
    fn row(&self, composer: &mut Composer<'_>, row: &Row, numbers: Vec<Option<SetCell>>) -> SetRow {
        let kind = match row {
            Row::Group(text) => {
                let style = style(composer, self.size, composer.flow.width() - 2.0 * PAD, false, true);
                let text = composer.titled(text, &style);
                return SetRow { kind: RowKind::Group, cells: vec![SetCell { text, links: Vec::new(), whole: None }] };
            }
            Row::Body(_) => RowKind::Body,
            Row::Total(_) => RowKind::Total,
        };
        let set = self.places.iter().zip(numbers).enumerate().map(|(index, (place, number))| {
            number.unwrap_or_else(|| {
                let style = style(composer, self.size, place.width - 2.0 * PAD, false, false);
                let known = words(row, index).into_iter().flat_map(|inline| match inline {
                    Inline::Text { text, emphasis } => composer.brief.with_phrases(&text, emphasis),
                    other => vec![other],
                });
                let known: Vec<Inline> = known.collect();
                let (text, links) = composer.inline(&known, &style);
                SetCell { text, links, whole: None }
            })
        });
        SetRow { kind, cells: set.collect() }
    }
}

/// Returns the places of the columns: as wide as their content with the rest shared out, or with words broken if that is
/// too wide.
fn share_out(composer: &Composer<'_>, table: &Table, demands: &[ColumnDemand]) -> Result<Vec<ColumnPlace>, TooWide> {
    let room = composer.flow.width();
    let (min, max) = demands.iter().fold((0.0, 0.0), |(l, w), demand| (l + demand.min, w + demand.max));
    if min > room {
        return Err(TooWide { over: min - room, leave_out: leave_out(table, demands, min - room) });
    }
    // Numbers stand apart by some air; the rest belongs to the words, whose lines it makes longer.
    let air = |demand: &ColumnDemand| if demand.after.is_some() { (demand.max * AIR).min(MAX_AIR) } else { 0.0 };
    let spare = (room - max).max(0.0);
    let airs: f32 = demands.iter().map(air).sum();
    let part = if airs > 0.0 { (spare / airs).min(1.0) } else { 0.0 };
    let words: f32 = demands.iter().filter(|demand| demand.after.is_none()).map(|demand| demand.max).sum();
    let rest = spare - airs * part;
    let mut x = composer.flow.left();
    let places = demands.iter().map(|demand| {
        let width = if max <= room {
            let share = match demand.after {
                // Without a column of words, numbers take all.
                Some(_) if words <= 0.0 => rest * demand.max / max,
                Some(_) => 0.0,
                None => rest * demand.max / words.max(0.01),
            };
            demand.max + air(demand) * part + share
        } else {
            demand.min + (room - min) * (demand.max - demand.min) / (max - min).max(0.01)
        };
        let place = ColumnPlace { x, width, mark: demand.after.map(|after| width - PAD - after) };
        x += width;
        place
    });
    Ok(places.collect())
}

/// Returns the heads of the first columns of numbers, the oldest periods, without which the rest fits; none if that would
/// be all of them.
fn leave_out(table: &Table, demands: &[ColumnDemand], over: f32) -> Vec<String> {
    let mut over = over;
    let mut heads = Vec::new();
    let numeric = table.columns.iter().zip(demands).filter(|(column, _)| column.numeric);
    let count = numeric.clone().count();
    for (column, demand) in numeric {
        if over <= 0.0 {
            return heads;
        }
        over -= demand.min;
        heads.push(column.head.clone());
    }
    if over <= 0.0 && heads.len() < count { heads } else { Vec::new() }
}

impl ColumnDemand {
    fn new(min: f32, max: f32, after: Option<f32>) -> ColumnDemand {
        let slack = 2.0 * PAD + 0.5;
        ColumnDemand { min: min + slack, max: max.max(min) + slack, after }
    }

    fn of_numbers<'a>(head: ContentWidths, numbers: impl Iterator<Item = &'a SetCell>) -> ColumnDemand {
        let (mut before, mut after) = (0.0_f32, 0.0_f32);
        for set in numbers {
            let whole = set.whole.unwrap_or_default();
            (before, after) = (before.max(whole), after.max(set.text.width - whole));
        }
        let min = head.min.max(before + after);
        // A long head goes over two lines rather than make a column of numbers wide.
        ColumnDemand::new(min, head.max.min(min * 1.4), Some(after))
    }

    fn of_words<'a>(
        composer: &mut Composer<'_>,
        head: ContentWidths,
        cells: impl Iterator<Item = &'a Cell>,
        size: f32,
    ) -> ColumnDemand {
        let line = style(composer, size, f32::MAX, false, false);
        let (mut min, mut max) = (head.min, head.max);
        for cell in cells {
            let mut widths = composer.set.widths(&cell.text, &[], &line);
            if !cell.cites.is_empty() {
                widths.max = widths.max.max(composer.inline(&inlines(cell, false), &line).0.width);
            }
            (min, max) = (min.max(widths.min.min(MAX_WORD)), max.max(widths.max));
        }
        ColumnDemand::new(min, max, None)
    }
}

fn cells(row: &Row) -> &[Cell] {
    match row {
        Row::Group(_) => &[],
        Row::Body(cells) | Row::Total(cells) => cells,
    }
}

/// Returns the text of a cell; empty if the row is too short.
fn words(row: &Row, index: usize) -> Vec<Inline> {
    cells(row).get(index).map_or_else(Vec::new, |cell| inlines(cell, matches!(row, Row::Total(_))))
}

fn inlines(cell: &Cell, strong: bool) -> Vec<Inline> {
    let emphasis = if cell.strong || strong { Emphasis::Strong } else { Emphasis::None };
    let mut text = vec![Inline::Text { text: cell.text.clone(), emphasis }];
    if !cell.cites.is_empty() {
        text.push(Inline::Cite(cell.cites.clone()));
    }
    text
}

/// Sets the numbers of a row, each on one line; `None` in columns of words.
fn numbers(composer: &mut Composer<'_>, table: &Table, row: &Row, size: f32) -> Vec<Option<SetCell>> {
    let line = style(composer, size, f32::MAX, false, false);
    let set = table.columns.iter().enumerate().map(|(index, column)| {
        column.numeric.then(|| {
            let (text, links) = composer.inline(&words(row, index), &line);
            let written = cells(row).get(index).map_or("", |cell| cell.text.as_str());
            // A text without digits ends where the whole numbers end.
            let at = whole_part(written, composer.language()).unwrap_or(written.len());
            let whole = Some(width_up_to(&text, at));
            SetCell { text, links, whole }
        })
    });
    set.collect()
}

/// The width of the first line up to that byte of its text.
fn width_up_to(text: &Paragraph, at: usize) -> f32 {
    let mut end = 0.0;
    for run in text.lines.first().into_iter().flat_map(|line| &line.runs) {
        let mut x = run.x;
        for glyph in &run.glyphs {
            if glyph.start >= at {
                return end;
            }
            x += glyph.advance;
            end = x;
        }
    }
    end
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::brief::Column;

    #[test]
    fn finds_the_decimal_mark_of_each_language() {
        for (text, language, whole) in [
            ("744,800", Language::En, Some("744,800")),
            ("−3.4%", Language::En, Some("−3")),
            ("744,800\u{a0}p", Language::En, Some("744,800")),
            ("1.234,5 %", Language::De, Some("1.234")),
            ("1\u{202f}234,567\u{202f}8", Language::De, Some("1\u{202f}234")),
            ("744.800", Language::De, Some("744.800")),
            ("74.48万", Language::Zh, Some("74")),
            ("20万", Language::Zh, Some("20")),
            ("–", Language::En, None),
            ("No. 3", Language::En, Some("No. 3")),
        ] {
            assert_eq!(whole_part(text, language).and_then(|at| text.get(..at)), whole, "{text}");
        }
    }

    #[test]
    fn what_is_too_wide_says_by_how_much_and_what_to_leave_out() {
        let head = |text: &str, numeric| Column { head: text.to_owned(), numeric };
        let table = |columns: Vec<Column>| Table {
            caption: String::new(),
            continued: String::new(),
            columns,
            anchor: String::new(),
            written: None,
            rows: Vec::new(),
            notes: Vec::new(),
        };
        let demand = |width: f32| ColumnDemand::new(width, width, None);
        let hint = |columns: Vec<Column>, widths: &[f32], over: f32| {
            let demands: Vec<ColumnDemand> = widths.iter().map(|width| demand(*width)).collect();
            TooWide { over, leave_out: leave_out(&table(columns), &demands, over) }.hint()
        };
        let years = || vec![head("Market", false), head("2021", true), head("2022", true), head("2023", true)];
        let widths = [100.0, 40.0, 40.0, 40.0];
        assert_eq!(
            hint(years(), &widths, 28.0),
            "it is 10 mm too wide: leave out the column 2021, or shorten the heads"
        );
        assert_eq!(
            hint(years(), &widths, 72.0),
            "it is 26 mm too wide: leave out the columns 2021 to 2022, or shorten the heads"
        );
        assert_eq!(hint(years(), &widths, 140.0), "it is 50 mm too wide: shorten the heads of its columns");
        assert_eq!(
            hint(vec![head("x", false)], &[600.0], 7.0),
            "it is 3 mm too wide: shorten the heads of its columns"
        );
    }
}
