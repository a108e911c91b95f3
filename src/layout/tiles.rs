//! A row of key figures: label, large number, change with its arrow, each on a card. Three a row.

use super::{
    compose::Composer,
    document::Kind,
    text::{Paragraph, Setting},
};
use crate::brief::{Emphasis, Inline, Tile, Trace};

const GAP: f32 = 10.0;
const PAD: f32 = 9.0;

struct Set {
    label: Paragraph,
    value: Paragraph,
    unit: Paragraph,
    change: Option<(Trace, Paragraph)>,
    cites: (Paragraph, super::flow::Links),
}

pub(super) fn place(page: &mut Composer<'_>, tiles: &[Tile]) {
    page.flow.space(4.0);
    let theme = page.flow.theme.clone();
    let columns = if tiles.len() % 3 == 1 && tiles.len() < 5 { 2 } else { 3 }.min(tiles.len().max(1));
    let width = (page.flow.width() - GAP * (columns as f32 - 1.0)) / columns as f32;
    let inner = width - 2.0 * PAD;
    for row in tiles.chunks(columns) {
        let set: Vec<Set> = row
            .iter()
            .map(|tile| {
                let small = Setting { leading: 1.3, hyphenate: true, ..page.setting(theme.small_size, false, inner) };
                let label = page.set.set(&tile.label, &small);
                let value = page.set.set(&tile.value, &Setting { leading: 1.15, ..page.setting(22.0, true, inner) });
                let used = value.width + 5.0;
                let unit = page.set.set(
                    &tile.unit,
                    &Setting { leading: 1.3, ..page.setting(theme.small_size, false, (inner - used).max(30.0)) },
                );
                let change = tile.change.as_ref().map(|(trace, text)| {
                    (
                        *trace,
                        page.set
                            .set(text, &Setting { leading: 1.3, ..page.setting(theme.small_size, true, inner - 11.0) }),
                    )
                });
                let cites = page.inline(
                    &[Inline::Text { text: " ".into(), emphasis: Emphasis::None }, Inline::Cite(tile.cites.clone())],
                    &Setting { leading: 1.3, ..page.setting(theme.small_size, false, inner) },
                );
                Set { label, value, unit, change, cites }
            })
            .collect();
        let labels = set.iter().map(|t| t.label.height()).fold(0.0, f32::max);
        let changes = set.iter().filter_map(|t| t.change.as_ref().map(|(_, p)| p.height())).fold(0.0, f32::max);
        let values = 22.0 * 1.15;
        let height = PAD + labels + 3.0 + values + 2.0 + changes.max(theme.small_size * 1.3) + PAD;
        page.flow.need(height);
        let top = page.flow.y;
        for (index, _) in row.iter().enumerate() {
            let x = page.flow.left() + index as f32 * (width + GAP);
            page.flow.fill(x, top, width, height, theme.tile);
            page.flow.fill(x, top, 3.0, height, theme.accent);
        }
        let list = page.flow.node(0, Kind::L);
        for (index, tile) in set.iter().enumerate() {
            let x = page.flow.left() + index as f32 * (width + GAP) + PAD + 2.0;
            let item = page.flow.node(list, Kind::LI);
            let node = page.flow.node(item, Kind::LBody);
            let mut y = top + PAD;
            page.flow.paragraph_at(&tile.label, x, y, node, &Vec::new(), theme.muted);
            y += labels + 3.0;
            page.flow.paragraph_at(&tile.value, x, y, node, &Vec::new(), theme.accent);
            // The unit's baseline is the number's.
            let base = y + tile.value.lines.first().map_or(0.0, |l| l.baseline);
            let unit_top = base - tile.unit.lines.first().map_or(0.0, |l| l.baseline);
            page.flow.paragraph_at(&tile.unit, x + tile.value.width + 4.0, unit_top, node, &Vec::new(), theme.muted);
            let cites_x = x + tile.value.width + 4.0 + tile.unit.width;
            page.flow.paragraph_at(&tile.cites.0, cites_x, unit_top, node, &tile.cites.1, theme.muted);
            y += values + 2.0;
            if let Some((trace, change)) = &tile.change {
                arrow(page, x, y + theme.small_size * 0.65, *trace);
                page.flow.paragraph_at(change, x + 11.0, y, node, &Vec::new(), theme.text);
            }
        }
        page.flow.y = top + height + GAP;
    }
    page.flow.y += 4.0;
}

/// A small triangle, or a bar for no change. The words beside it say the same.
fn arrow(page: &mut Composer<'_>, x: f32, middle: f32, trace: Trace) {
    let theme = page.flow.theme.clone();
    page.flow.artifact(false);
    let [_, up, down, _] = theme.category;
    match trace {
        Trace::Up => page.flow.polygon(vec![(x, middle + 3.0), (x + 7.0, middle + 3.0), (x + 3.5, middle - 3.0)], up),
        Trace::Down => {
            page.flow.polygon(vec![(x, middle - 3.0), (x + 7.0, middle - 3.0), (x + 3.5, middle + 3.0)], down)
        }
        Trace::Flat => page.flow.shape(x, middle - 1.0, 7.0, 2.0, theme.muted),
    }
}
