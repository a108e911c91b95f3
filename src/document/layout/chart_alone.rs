//! A chart by itself, without title and notes, for a picture in a mail: the drawing that stands on a page, only narrower.

use super::{chart, compose::Composer, document::Item, figure};
use crate::{
    base::problem::Problem,
    document::brief::{Brief, Chart, Theme},
};

/// What is painted of a chart. Points; the origin is at the top left.
#[derive(Debug, Clone)]
pub struct ChartAlone {
    /// In painting order
    pub items: Vec<Item>,
    /// Its width
    pub width: f32,
    /// Its height
    pub height: f32,
}

/// Draws a chart of a brief into a box of `width`; its height follows from what is in it.
///
/// # Errors
/// If it cannot be drawn.
pub fn chart_alone(brief: &Brief, theme: &Theme, chart: &Chart, width: f32) -> Result<ChartAlone, Box<Problem>> {
    let mut composer = Composer::new(brief, theme);
    let drawing = chart::draw(chart, width, composer.writing(), &mut composer.set)?;
    figure::paint(&mut composer, &drawing, 0.0, 0.0);
    let items = composer.flow.pages.pop().map(|page| page.items).unwrap_or_default();
    Ok(ChartAlone { items, width, height: drawing.height })
}
