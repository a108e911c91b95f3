//! A row of key figures: label, large number, change with its arrow, each on a card. Three or four a row; one alone is
//! in `pull_figure`.

use super::{
    chart::spark,
    compose::Composer,
    document::StructureType,
    drawing::Drawing,
    figure::paint,
    geometry::Rect,
    pull_figure,
    text::{Paragraph, ParagraphStyle},
};
use crate::{
    base::language::Language,
    document::brief::{Direction, Theme, Tile},
};

const GAP: f32 = 10.0;
const PAD: f32 = 9.0;

/// Returns the number of tiles in each row: at most four, and as even as possible, the fuller rows first.
fn rows(count: usize) -> impl Iterator<Item = usize> {
    let rows = count.div_ceil(4);
    (0..rows).map(move |row| count / rows + usize::from(row < count % rows))
}

/// A tile whose text is set.
struct Card {
    label: Paragraph,
    value: Paragraph,
    unit: Paragraph,
    /// Whether the unit stands beside the number, else under it.
    beside: bool,
    change: Option<(Direction, Paragraph)>,
    /// The sparkline with its description for screen readers.
    spark: Option<(Drawing, String)>,
}

const VALUE: f32 = 22.0;
const LEADING: f32 = 1.3;
/// Distance above the sparkline.
const SPARK: f32 = 5.0;

pub(super) fn place(composer: &mut Composer<'_>, tiles: &[Tile]) {
    if let [tile] = tiles {
        return pull_figure::place(composer, tile);
    }
    composer.flow.space(4.0);
    let theme = composer.flow.theme.clone();
    let line = theme.small_size * LEADING;
    // All rows are one list.
    let list = composer.flow.node(0, StructureType::LPlain);
    let mut rest = tiles;
    for count in rows(tiles.len()) {
        let Some((row, later)) = rest.split_at_checked(count) else { break };
        rest = later;
        let width = (composer.flow.width() - GAP * (count as f32 - 1.0)) / count as f32;
        let inner = width - 2.0 * PAD - 3.0;
        let cards: Vec<Card> = row.iter().map(|tile| set(composer, tile, inner)).collect();
        let tallest = |height: fn(&Card) -> f32| cards.iter().map(height).fold(0.0, f32::max);
        let labels = tallest(|card| card.label.height());
        let values = tallest(|card| card.value.height());
        let units = tallest(|card| if card.beside { 0.0 } else { card.unit.height() });
        let changes = tallest(|card| card.change.as_ref().map_or(0.0, |(_, text)| text.height()));
        let sparks = tallest(|card| card.spark.as_ref().map_or(0.0, |(drawing, _)| SPARK + drawing.height));
        let height = PAD + labels + 3.0 + values + units + 2.0 + changes + sparks + PAD;
        composer.flow.need(height);
        let top = composer.flow.y;
        for index in 0..cards.len() {
            let x = composer.flow.left() + index as f32 * (width + GAP);
            composer.flow.fill(x, top, width, height, theme.tile);
            composer.flow.fill(x, top, 3.0, height, theme.accent);
        }
        for (index, card) in cards.iter().enumerate() {
            let x = composer.flow.left() + index as f32 * (width + GAP) + PAD + 3.0;
            let item = composer.flow.node(list, StructureType::LI);
            let body = composer.flow.node(item, StructureType::LBody);
            let mut y = top + PAD;
            let label = composer.flow.node(body, StructureType::P);
            composer.flow.paragraph_at(&card.label, x, y, label, &Vec::new(), theme.muted);
            y += labels + 3.0;
            let value = composer.flow.node(body, StructureType::P);
            // Numbers of a row stand on one baseline, whatever their size.
            let base = y + values * 0.5 + VALUE * 0.36;
            let from = |text: &Paragraph| text.lines.first().map_or(base, |line| base - line.baseline);
            composer.flow.paragraph_at(&card.value, x, from(&card.value), value, &Vec::new(), theme.accent);
            let unit = &card.unit;
            if card.beside {
                composer.flow.paragraph_at(unit, x + card.value.width, from(unit), value, &Vec::new(), theme.muted);
            } else if unit.width > 0.0 {
                let node = composer.flow.node(body, StructureType::P);
                composer.flow.paragraph_at(unit, x, y + values, node, &Vec::new(), theme.muted);
            }
            y += values + units + 2.0;
            if let Some((direction, change)) = &card.change {
                let node = composer.flow.node(body, StructureType::P);
                arrow(composer, node, x, y + line * 0.5, *direction, change);
                composer.flow.paragraph_at(change, x + 11.0, y, node, &Vec::new(), theme.text);
            }
            if let Some((drawing, alt)) = &card.spark {
                // The lines of a row stand on one level.
                let y = top + height - PAD - drawing.height;
                spark_at(composer, body, drawing, alt.clone(), x, y);
            }
        }
        composer.flow.y = top + height + GAP;
    }
    composer.flow.y += 4.0;
}

/// Paints a sparkline, a figure of its own.
pub(super) fn spark_at(composer: &mut Composer<'_>, parent: usize, drawing: &Drawing, alt: String, x: f32, y: f32) {
    let figure = composer.flow.node(parent, StructureType::Figure);
    composer.flow.content(figure);
    paint(composer, drawing, x, y);
    if let Some(node) = composer.flow.nodes.get_mut(figure) {
        node.alt = Some(alt);
        node.area = Some(Rect { left: x, top: y, right: x + drawing.width, bottom: y + drawing.height });
    }
}

/// Returns the unit as it follows the number.
pub(super) fn unit_beside(tile: &Tile) -> String {
    if tile.unit.is_empty() { String::new() } else { format!("\u{a0}{}", tile.unit) }
}

fn set(composer: &mut Composer<'_>, tile: &Tile, inner: f32) -> Card {
    let size = composer.flow.theme.small_size;
    let small = ParagraphStyle { leading: LEADING, hyphenate: true, ..composer.style(size, false, inner) };
    let label = composer.titled(&tile.label, &small);
    // A number too long for its card is set smaller, not broken.
    let strong = composer.style(VALUE, true, f32::MAX);
    let large = |size: f32| ParagraphStyle { size, leading: 1.15 * VALUE / size, ..strong.clone() };
    let natural = composer.set.set(&tile.value, &large(VALUE));
    let value = if natural.width > inner {
        let fitting = (VALUE * inner / natural.width).max(VALUE * 0.5);
        composer.set.set(&tile.value, &large(fitting))
    } else {
        natural
    };
    let line = composer.set.set(&unit_beside(tile), &ParagraphStyle { width: f32::MAX, ..small.clone() });
    let beside = value.width + line.width <= inner;
    let unit = if beside { line } else { composer.set.set(&tile.unit, &small) };
    let change = tile.change.as_ref().map(|change| {
        let style = ParagraphStyle { leading: LEADING, ..composer.style(size, true, inner - 11.0) };
        (change.direction, composer.set.set(&change.text, &style))
    });
    let spark = tile.spark.as_ref().map(|run| (spark(run, inner), run.alt.clone()));
    Card { label, value, unit, beside, change, spark }
}

/// Paints a small triangle, or a bar for no change, before a change. Screen readers read a word in place of the change's
/// sign, which many of them leave out.
pub(super) fn arrow(
    composer: &mut Composer<'_>,
    node: usize,
    x: f32,
    middle: f32,
    direction: Direction,
    change: &Paragraph,
) {
    let theme = composer.flow.theme.clone();
    let strings = &composer.brief.strings;
    let word = match direction {
        Direction::Up => &strings.up,
        Direction::Flat => &strings.flat,
        Direction::Down => &strings.down,
    };
    let read = read_out(&change.text, word, composer.language());
    if let Some(node) = composer.flow.nodes.get_mut(node) {
        node.actual = Some(read);
    }
    composer.flow.content(node);
    let [_, up, down, _] = theme.category.map(|color| Theme::legible_mark(color, theme.tile));
    match direction {
        Direction::Up => {
            composer.flow.polygon(vec![(x, middle + 3.0), (x + 7.0, middle + 3.0), (x + 3.5, middle - 3.0)], up)
        }
        Direction::Down => {
            composer.flow.polygon(vec![(x, middle - 3.0), (x + 7.0, middle - 3.0), (x + 3.5, middle + 3.0)], down)
        }
        Direction::Flat => composer.flow.shape(x, middle - 1.0, 7.0, 2.0, theme.muted),
    }
}

/// A change as it is read out: its sign as a word, and without what only breaks its lines.
fn read_out(change: &str, word: &str, language: Language) -> String {
    let gap = if language == Language::Zh { "" } else { " " };
    let words: String = change.chars().filter(|c| !matches!(c, '\u{ad}' | '\u{200b}' | '\u{2060}')).collect();
    match words.split_once(['−', '+']) {
        Some((before, after)) => format!("{before}{word}{gap}{after}"),
        None => format!("{word}{gap}{words}"),
    }
}

#[cfg(test)]
mod tests {
    use crate::base::language::Language;

    #[test]
    fn a_sign_is_read_as_a_word() {
        assert_eq!(super::read_out("−3.4% on 2023", "down", Language::En), "down 3.4% on 2023");
        assert_eq!(super::read_out("较2024年+8.1%", "上升", Language::Zh), "较2024年上升8.1%");
        assert_eq!(super::read_out("0% on 2023", "unchanged", Language::En), "unchanged 0% on 2023");
    }

    #[test]
    fn rows_are_even() {
        let all: Vec<Vec<usize>> = (1..=10).map(|count| super::rows(count).collect()).collect();
        assert_eq!(all[..4], [vec![1], vec![2], vec![3], vec![4]]);
        assert_eq!(all[4..], [vec![3, 2], vec![3, 3], vec![4, 3], vec![4, 4], vec![3, 3, 3], vec![4, 3, 3]]);
    }
}
