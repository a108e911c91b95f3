//! A row of key figures: label, large number, change with its arrow, each on a card. Three or four a row; one alone is
//! in `pull`.

use super::{
    chart::spark,
    compose::Composer,
    document::Kind,
    drawing::Drawing,
    figure::paint,
    flow::Links,
    pull,
    text::{Paragraph, Setting},
};
use crate::document::brief::{Direction, Emphasis, Inline, Theme, Tile};

const GAP: f32 = 10.0;
const PAD: f32 = 9.0;

/// How many stand in each row: at most four, and the rows as even as they can be, the fuller ones first.
fn rows(count: usize) -> impl Iterator<Item = usize> {
    let rows = count.div_ceil(4);
    (0..rows).map(move |row| count / rows + usize::from(row < count % rows))
}

/// A tile whose text is set.
struct Card {
    label: Paragraph,
    value: Paragraph,
    /// Unit and citations.
    unit: (Paragraph, Links),
    /// They stand beside the number, else under it.
    beside: bool,
    change: Option<(Direction, Paragraph)>,
    /// How the number came to this, with its words.
    spark: Option<(Drawing, String)>,
}

const VALUE: f32 = 22.0;
const LEADING: f32 = 1.3;
/// Above the line of a number's course.
const SPARK: f32 = 5.0;

pub(super) fn place(page: &mut Composer<'_>, tiles: &[Tile]) {
    if let [tile] = tiles {
        return pull::place(page, tile);
    }
    page.flow.space(4.0);
    let theme = page.flow.theme.clone();
    let line = theme.small_size * LEADING;
    // All rows are one list.
    let list = page.flow.node(0, Kind::L);
    let mut rest = tiles;
    for count in rows(tiles.len()) {
        let Some((row, later)) = rest.split_at_checked(count) else { break };
        rest = later;
        let width = (page.flow.width() - GAP * (count as f32 - 1.0)) / count as f32;
        let inner = width - 2.0 * PAD - 3.0;
        let cards: Vec<Card> = row.iter().map(|tile| set(page, tile, inner)).collect();
        let tallest = |height: fn(&Card) -> f32| cards.iter().map(height).fold(0.0, f32::max);
        let labels = tallest(|card| card.label.height());
        let values = tallest(|card| card.value.height());
        let units = tallest(|card| if card.beside { 0.0 } else { card.unit.0.height() });
        let changes = tallest(|card| card.change.as_ref().map_or(0.0, |(_, text)| text.height()));
        let sparks = tallest(|card| card.spark.as_ref().map_or(0.0, |(drawing, _)| SPARK + drawing.height));
        let height = PAD + labels + 3.0 + values + units + 2.0 + changes + sparks + PAD;
        page.flow.need(height);
        let top = page.flow.y;
        for index in 0..cards.len() {
            let x = page.flow.left() + index as f32 * (width + GAP);
            page.flow.fill(x, top, width, height, theme.tile);
            page.flow.fill(x, top, 3.0, height, theme.accent);
        }
        for (index, card) in cards.iter().enumerate() {
            let x = page.flow.left() + index as f32 * (width + GAP) + PAD + 3.0;
            let item = page.flow.node(list, Kind::LI);
            let body = page.flow.node(item, Kind::LBody);
            let mut y = top + PAD;
            let label = page.flow.node(body, Kind::P);
            page.flow.paragraph_at(&card.label, x, y, label, &Vec::new(), theme.muted);
            y += labels + 3.0;
            let value = page.flow.node(body, Kind::P);
            // Numbers of a row stand on one baseline, whatever their size.
            let base = y + values * 0.5 + VALUE * 0.36;
            let from = |text: &Paragraph| text.lines.first().map_or(base, |line| base - line.baseline);
            page.flow.paragraph_at(&card.value, x, from(&card.value), value, &Vec::new(), theme.accent);
            let (unit, links) = &card.unit;
            if card.beside {
                page.flow.paragraph_at(unit, x + card.value.width, from(unit), value, links, theme.muted);
            } else if unit.width > 0.0 {
                let node = page.flow.node(body, Kind::P);
                page.flow.paragraph_at(unit, x, y + values, node, links, theme.muted);
            }
            y += values + units + 2.0;
            if let Some((direction, change)) = &card.change {
                let node = page.flow.node(body, Kind::P);
                arrow(page, node, x, y + line * 0.5, *direction);
                page.flow.paragraph_at(change, x + 11.0, y, node, &Vec::new(), theme.text);
            }
            if let Some((drawing, alt)) = &card.spark {
                // The lines of a row stand on one level.
                let y = top + height - PAD - drawing.height;
                spark_at(page, body, drawing, alt.clone(), x, y);
            }
        }
        page.flow.y = top + height + GAP;
    }
    page.flow.y += 4.0;
}

/// The line of a number's course, a figure of its own.
pub(super) fn spark_at(page: &mut Composer<'_>, parent: usize, drawing: &Drawing, alt: String, x: f32, y: f32) {
    let figure = page.flow.node(parent, Kind::Figure);
    page.flow.content(figure);
    paint(page, drawing, x, y);
    if let Some(node) = page.flow.nodes.get_mut(figure) {
        node.alt = Some(alt);
        node.area = Some([x, y, x + drawing.width, y + drawing.height]);
    }
}

/// The unit and the citations that follow the number.
pub(super) fn unit(tile: &Tile) -> Vec<Inline> {
    let mut words = Vec::new();
    if !tile.unit.is_empty() {
        words.push(Inline::Text { text: format!("\u{a0}{}", tile.unit), emphasis: Emphasis::None });
    }
    if !tile.cites.is_empty() {
        words.push(Inline::Cite(tile.cites.clone()));
    }
    words
}

fn set(page: &mut Composer<'_>, tile: &Tile, inner: f32) -> Card {
    let size = page.flow.theme.small_size;
    let small = Setting { leading: LEADING, hyphenate: true, ..page.setting(size, false, inner) };
    let label = page.set.set(&tile.label, &small);
    // A number too long for its card is set smaller, not broken.
    let strong = page.setting(VALUE, true, f32::MAX);
    let large = |size: f32| Setting { size, leading: 1.15 * VALUE / size, ..strong.clone() };
    let natural = page.set.set(&tile.value, &large(VALUE));
    let value = if natural.width > inner {
        let fitting = (VALUE * inner / natural.width).max(VALUE * 0.5);
        page.set.set(&tile.value, &large(fitting))
    } else {
        natural
    };
    let mut words = unit(tile);
    let line = page.inline(&words, &Setting { width: f32::MAX, ..small.clone() });
    let beside = value.width + line.0.width <= inner;
    let unit = if beside {
        line
    } else {
        if let Some(Inline::Text { text, .. }) = words.first_mut() {
            text.clone_from(&tile.unit);
        }
        page.inline(&words, &small)
    };
    let change = tile.change.as_ref().map(|change| {
        let setting = Setting { leading: LEADING, ..page.setting(size, true, inner - 11.0) };
        (change.direction, page.set.set(&change.text, &setting))
    });
    let spark = tile.spark.as_ref().map(|run| (spark(run, inner), run.alt.clone()));
    Card { label, value, unit, beside, change, spark }
}

/// A small triangle, or a bar for no change; read out as the word for it.
pub(super) fn arrow(page: &mut Composer<'_>, parent: usize, x: f32, middle: f32, direction: Direction) {
    let theme = page.flow.theme.clone();
    let strings = &page.brief.strings;
    let word = match direction {
        Direction::Up => &strings.up,
        Direction::Flat => &strings.flat,
        Direction::Down => &strings.down,
    };
    let span = page.flow.node(parent, Kind::Span);
    if let Some(node) = page.flow.nodes.get_mut(span) {
        node.actual = Some(format!("{word} "));
    }
    page.flow.content(span);
    let [_, up, down, _] = theme.category.map(|color| Theme::legible_mark(color, theme.tile));
    match direction {
        Direction::Up => {
            page.flow.polygon(vec![(x, middle + 3.0), (x + 7.0, middle + 3.0), (x + 3.5, middle - 3.0)], up)
        }
        Direction::Down => {
            page.flow.polygon(vec![(x, middle - 3.0), (x + 7.0, middle - 3.0), (x + 3.5, middle + 3.0)], down)
        }
        Direction::Flat => page.flow.shape(x, middle - 1.0, 7.0, 2.0, theme.muted),
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn rows_are_even() {
        let all: Vec<Vec<usize>> = (1..=10).map(|count| super::rows(count).collect()).collect();
        assert_eq!(all[..4], [vec![1], vec![2], vec![3], vec![4]]);
        assert_eq!(all[4..], [vec![3, 2], vec![3, 3], vec![4, 3], vec![4, 4], vec![3, 3, 3], vec![4, 3, 3]]);
    }
}
