//! Sparklines: the course of a key figure without axis or numbers, its last point marked, its first and last period under
//! its ends. The scale runs from the smallest to the largest value, since only the course is shown.

use rust_decimal::prelude::ToPrimitive;

use super::scale::Scale;
use crate::document::{
    brief::Sparkline,
    layout::drawing::{Anchor, Drawing, Ink, Label, Marker, Shape, Tone},
};

/// Height of the line.
const HEIGHT: f32 = 16.0;
const RADIUS: f32 = 2.2;
/// Size of the periods.
const SIZE: f32 = 6.8;

/// Draws a sparkline into a box of `width`.
pub fn spark(spark: &Sparkline, width: f32) -> Drawing {
    let values: Vec<Option<f64>> = spark.values.iter().map(|v| v.and_then(|v| v.to_f64())).collect();
    let known: Vec<f64> = values.iter().flatten().copied().collect();
    let scale = Scale::between(&known);
    let step = (width - 2.0 * RADIUS) / values.len().saturating_sub(1).max(1) as f32;
    let at =
        |index: usize, v: f64| (RADIUS + index as f32 * step, RADIUS + (1.0 - scale.at(v)) * (HEIGHT - 2.0 * RADIUS));
    let ink = Ink::Series(Tone::Category(0));
    let mut shapes = Vec::new();
    let places: Vec<Option<(f32, f32)>> = values.iter().enumerate().map(|(n, v)| Some(at(n, (*v)?))).collect();
    for stretch in places.split(Option::is_none) {
        match stretch.iter().flatten().copied().collect::<Vec<_>>().as_slice() {
            [] => {}
            [(x, y)] => shapes.push(Shape::Marker { mark: Marker::Circle, x: *x, y: *y, r: 1.0, ink, filled: true }),
            points => shapes.push(Shape::Line { points: points.to_vec(), width: 1.3, dash: None, ink }),
        }
    }
    if let Some((x, y)) = places.iter().flatten().last() {
        shapes.push(Shape::Marker { mark: Marker::Circle, x: *x, y: *y, r: RADIUS, ink, filled: true });
    }
    let label = |text: &str, x: f32, anchor: Anchor| Label {
        text: text.to_owned(),
        x,
        y: HEIGHT + SIZE + 1.0,
        anchor,
        size: SIZE,
        strong: false,
        ink: Ink::Muted,
    };
    let labels = vec![label(&spark.first, 0.0, Anchor::Start), label(&spark.last, width, Anchor::End)];
    Drawing { width, height: HEIGHT + SIZE + 3.0, shapes, labels }
}
