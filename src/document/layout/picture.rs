//! Pictures on the page: the logo in the title band. How their bytes are read is in `brief`.

use super::{
    compose::Composer,
    document::{Item, PAGE_WIDTH, StructureType},
    geometry::Rect,
};
use crate::document::brief::{Corner, Picture, Theme};

/// Distance from the page's upper edge to the logo.
const ABOVE: f32 = 32.0;
/// Margin of the ground painted behind the logo.
const PAD: f32 = 6.0;

/// Returns the distance by which the logo moves the title down.
pub(super) fn logo_height(theme: &Theme) -> f32 {
    theme.logo.as_ref().map_or(0.0, |logo| logo.height + if logo.ground.is_some() { 2.0 * PAD } else { 0.0 } + 10.0)
}

/// Paints the logo, in a row of its own over the title.
pub(super) fn logo(composer: &mut Composer<'_>) {
    let Some(logo) = composer.flow.theme.logo.clone() else { return };
    let (width, height) = (logo.width, logo.height);
    let pad = if logo.ground.is_some() { PAD } else { 0.0 };
    let (edge, top) = (composer.flow.theme.margin_side, ABOVE + pad);
    let left = match logo.corner {
        Corner::Left => edge + pad,
        Corner::Right => PAGE_WIDTH - edge - pad - width,
    };
    if let Some(ground) = logo.ground {
        composer.flow.fill(left - pad, ABOVE, width + 2.0 * pad, height + 2.0 * pad, ground);
    }
    let alt = logo.alt.get(composer.language());
    place(composer, &logo.picture, Rect { left, top, right: left + width, bottom: top + height }, alt, 0);
}

/// Paints a picture: a figure with a description, or decoration without one.
fn place(composer: &mut Composer<'_>, picture: &Picture, area: Rect, alt: &str, parent: usize) {
    if alt.is_empty() {
        composer.flow.artifact(false);
    } else {
        let figure = composer.flow.node(parent, StructureType::Figure);
        composer.flow.content(figure);
        if let Some(node) = composer.flow.nodes.get_mut(figure) {
            node.alt = Some(alt.to_owned());
            node.area = Some(area);
        }
    }
    composer.flow.push(Item::Picture { picture: picture.clone(), area });
}
