//! A pull figure: one key figure alone over the whole width, its number large, label and change beside it.

use super::{
    chart::spark,
    compose::Composer,
    document::Kind,
    text::{Paragraph, Setting},
    tiles::{arrow, spark_at, unit},
};
use crate::document::brief::{Inline, Tile};

const VALUE: f32 = 34.0;
/// Between the number and what stands beside it.
const GAP: f32 = 22.0;
const PAD: f32 = 10.0;
/// How wide the line of its course is at most.
const SPARK: f32 = 150.0;
/// Unit and citations stand beside the number if they take no more of its half than this, else under it.
const BESIDE: f32 = 0.4;
/// Before the change: the arrow stands there.
const ARROW: f32 = 11.0;

pub(super) fn place(page: &mut Composer<'_>, tile: &Tile) {
    let theme = page.flow.theme.clone();
    let (left, width) = (page.flow.left(), page.flow.width());
    let most = width * 0.5;
    let small = Setting { leading: 1.3, ..page.setting(theme.small_size, false, f32::MAX) };
    let mut words = unit(tile);
    let (mut unit, mut links) = page.inline(&words, &small);
    let beside_value = unit.width <= most * BESIDE;
    if !beside_value {
        // No number stands before it: without the space that would part them.
        if let Some(Inline::Text { text, .. }) = words.first_mut() {
            text.clone_from(&tile.unit);
        }
        (unit, links) = page.inline(&words, &Setting { width: most, ..small });
    }
    let most = if beside_value { most - unit.width } else { most };
    // A number too long for its half is set smaller, not broken.
    let strong = |page: &Composer<'_>, size: f32| Setting { leading: 1.1, ..page.setting(size, true, f32::MAX) };
    let large = strong(page, VALUE);
    let mut value = page.set.set(&tile.value, &large);
    if value.width > most {
        // A hair smaller than what fits: a width that was computed is not broken over its rounding.
        let fitting = strong(page, (VALUE * 0.99 * most / value.width).max(VALUE * 0.4));
        value = page.set.set(&tile.value, &Setting { width: most, ..fitting });
    }
    let number = if beside_value { value.width + unit.width } else { value.width.max(unit.width) };
    let beside = width - number - GAP;
    let small =
        |page: &Composer<'_>, strong, width| Setting { leading: 1.35, ..page.setting(theme.body_size, strong, width) };
    let label = small(page, false, beside);
    let label = page.set.set(&tile.label, &Setting { hyphenate: true, ..label });
    let change = tile.change.as_ref().map(|change| {
        let setting = small(page, true, beside - ARROW);
        (change.direction, page.set.set(&change.text, &setting))
    });
    let run = tile.spark.as_ref().map(|run| (spark(run, beside.min(SPARK)), run.alt.clone()));
    let under = if beside_value { 0.0 } else { unit.height() };
    let texts = label.height()
        + change.as_ref().map_or(0.0, |(_, text)| text.height() + 2.0)
        + run.as_ref().map_or(0.0, |(drawing, _)| drawing.height + 4.0);
    let inner = (value.height() + under).max(texts);
    page.flow.space(6.0);
    page.flow.need(inner + 2.0 * PAD);
    let top = page.flow.y;
    page.flow.fill(left, top, width, 0.8, theme.accent);
    page.flow.fill(left, top + inner + 2.0 * PAD - 0.8, width, 0.8, theme.grid);
    let list = page.flow.node(0, Kind::L);
    let item = page.flow.node(list, Kind::LI);
    let body = page.flow.node(item, Kind::LBody);
    let x = left + number + GAP;
    let mut y = top + PAD + (inner - texts) / 2.0;
    let node = page.flow.node(body, Kind::P);
    page.flow.paragraph_at(&label, x, y, node, &Vec::new(), theme.muted);
    y += label.height() + 2.0;
    let first = top + PAD + (inner - value.height() - under) / 2.0;
    let node = page.flow.node(body, Kind::P);
    page.flow.paragraph_at(&value, left, first, node, &Vec::new(), theme.accent);
    if beside_value {
        let baseline = |text: &Paragraph| text.lines.first().map_or(0.0, |line| line.baseline);
        let top = first + baseline(&value) - baseline(&unit);
        page.flow.paragraph_at(&unit, left + value.width, top, node, &links, theme.muted);
    } else {
        page.flow.paragraph_at(&unit, left, first + value.height(), node, &links, theme.muted);
    }
    if let Some((trace, change)) = &change {
        let node = page.flow.node(body, Kind::P);
        arrow(page, node, x, y + theme.body_size * 0.68, *trace);
        page.flow.paragraph_at(change, x + ARROW, y, node, &Vec::new(), theme.text);
        y += change.height();
    }
    if let Some((drawing, alt)) = run {
        spark_at(page, body, &drawing, alt, x, y + 4.0);
    }
    page.flow.y = top + inner + 2.0 * PAD + 10.0;
}
