//! A pull figure: one key figure alone over the whole width, its number large, label and change beside it.

use super::{
    chart::spark,
    compose::Composer,
    document::StructureType,
    drawing::Drawing,
    text::{Paragraph, ParagraphStyle},
    tiles::{arrow, spark_at, unit_beside},
};
use crate::document::brief::{Direction, Tile};

/// Size of the number in points, unless it is too long for its half of the width.
const VALUE: f32 = 34.0;
/// Distance between the number and what stands beside it.
const GAP: f32 = 22.0;
/// Distance between the rules and what stands between them.
const PAD: f32 = 10.0;
/// Maximum width of the sparkline.
const SPARK: f32 = 150.0;
/// Maximum width of the unit beside the number, over that of its half; wider ones stand under it.
const BESIDE: f32 = 0.4;
/// Distance from the arrow to the change.
const ARROW: f32 = 11.0;

/// A sparkline with its description for screen readers.
struct Spark {
    drawing: Drawing,
    alt: String,
}

/// A key figure whose texts are set.
struct PullFigure {
    value: Paragraph,
    unit: Paragraph,
    /// Whether the unit stands beside the number, else under it.
    beside: bool,
    label: Paragraph,
    change: Option<(Direction, Paragraph)>,
    spark: Option<Spark>,
}

impl PullFigure {
    fn set(composer: &mut Composer<'_>, tile: &Tile) -> PullFigure {
        let theme = composer.flow.theme.clone();
        let width = composer.flow.width();
        let half = width * 0.5;
        let small = ParagraphStyle { leading: 1.3, ..composer.style(theme.small_size, false, f32::MAX) };
        let mut unit = composer.set.set(&unit_beside(tile), &small);
        let beside = unit.width <= half * BESIDE;
        if !beside {
            unit = composer.set.set(&tile.unit, &ParagraphStyle { width: half, ..small });
        }
        let value = set_value(composer, tile, if beside { half - unit.width } else { half });
        let number = if beside { value.width + unit.width } else { value.width.max(unit.width) };
        let rest = width - number - GAP;
        let body = |composer: &Composer<'_>, strong, width| ParagraphStyle {
            leading: 1.35,
            ..composer.style(theme.body_size, strong, width)
        };
        let label = ParagraphStyle { hyphenate: true, ..body(composer, false, rest) };
        let label = composer.titled(&tile.label, &label);
        let change = tile.change.as_ref().map(|change| {
            let style = body(composer, true, rest - ARROW);
            (change.direction, composer.set.set(&change.text, &style))
        });
        let spark = tile
            .spark
            .as_ref()
            .map(|course| Spark { drawing: spark(course, rest.min(SPARK)), alt: course.alt.clone() });
        PullFigure { value, unit, beside, label, change, spark }
    }

    /// The width of the number with its unit.
    fn number_width(&self) -> f32 {
        if self.beside { self.value.width + self.unit.width } else { self.value.width.max(self.unit.width) }
    }

    /// The height of the number with its unit.
    fn number_height(&self) -> f32 {
        self.value.height() + if self.beside { 0.0 } else { self.unit.height() }
    }

    /// The height of label, change and sparkline.
    fn texts_height(&self) -> f32 {
        self.label.height()
            + self.change.as_ref().map_or(0.0, |(_, text)| text.height() + 2.0)
            + self.spark.as_ref().map_or(0.0, |spark| spark.drawing.height + 4.0)
    }
}

/// Sets the number. One too long for `most` is set smaller, not broken.
fn set_value(composer: &mut Composer<'_>, tile: &Tile, most: f32) -> Paragraph {
    let strong =
        |composer: &Composer<'_>, size: f32| ParagraphStyle { leading: 1.1, ..composer.style(size, true, f32::MAX) };
    let large = strong(composer, VALUE);
    let value = composer.set.set(&tile.value, &large);
    if value.width <= most {
        return value;
    }
    // A hair smaller than what fits, so that rounding does not break it.
    let fitting = strong(composer, (VALUE * 0.99 * most / value.width).max(VALUE * 0.4));
    composer.set.set(&tile.value, &ParagraphStyle { width: most, ..fitting })
}

/// Sets the only tile of a row at the pen.
pub(super) fn place(composer: &mut Composer<'_>, tile: &Tile) {
    let set = PullFigure::set(composer, tile);
    let theme = composer.flow.theme.clone();
    let (left, width) = (composer.flow.left(), composer.flow.width());
    let texts = set.texts_height();
    let inner = set.number_height().max(texts);
    composer.flow.space(6.0);
    composer.flow.need(inner + 2.0 * PAD);
    let top = composer.flow.y;
    composer.flow.fill(left, top, width, 0.8, theme.accent);
    composer.flow.fill(left, top + inner + 2.0 * PAD - 0.8, width, 0.8, theme.grid);
    let list = composer.flow.node(0, StructureType::LPlain);
    let item = composer.flow.node(list, StructureType::LI);
    let body = composer.flow.node(item, StructureType::LBody);
    let x = left + set.number_width() + GAP;
    let mut y = top + PAD + (inner - texts) / 2.0;
    let node = composer.flow.node(body, StructureType::P);
    composer.flow.paragraph_at(&set.label, x, y, node, &Vec::new(), theme.muted);
    y += set.label.height() + 2.0;
    place_number(composer, &set, body, top + PAD + (inner - set.number_height()) / 2.0);
    if let Some((direction, change)) = &set.change {
        let node = composer.flow.node(body, StructureType::P);
        arrow(composer, node, x, y + theme.body_size * 0.68, *direction, change);
        composer.flow.paragraph_at(change, x + ARROW, y, node, &Vec::new(), theme.text);
        y += change.height();
    }
    if let Some(spark) = set.spark {
        spark_at(composer, body, &spark.drawing, spark.alt, x, y + 4.0);
    }
    composer.flow.y = top + inner + 2.0 * PAD + 10.0;
}

/// Paints the number with its unit from `top` on.
fn place_number(composer: &mut Composer<'_>, set: &PullFigure, body: usize, top: f32) {
    let (accent, muted) = (composer.flow.theme.accent, composer.flow.theme.muted);
    let left = composer.flow.left();
    let node = composer.flow.node(body, StructureType::P);
    composer.flow.paragraph_at(&set.value, left, top, node, &Vec::new(), accent);
    let (x, y) = if set.beside {
        let baseline = |text: &Paragraph| text.lines.first().map_or(0.0, |line| line.baseline);
        (left + set.value.width, top + baseline(&set.value) - baseline(&set.unit))
    } else {
        (left, top + set.value.height())
    };
    composer.flow.paragraph_at(&set.unit, x, y, node, &Vec::new(), muted);
}
