//! Vertical bars from zero and lines over periods; a missing value leaves its place empty, or breaks the line.

use super::{AXIS, Canvas, LABEL, scale::Scale, value};
use crate::layout::drawing::{Anchor, Ink, Shape};

const PLOT: f32 = 118.0;

struct Frame {
    left: f32,
    right: f32,
    top: f32,
    scale: Scale,
}

impl Frame {
    fn y(&self, v: f64) -> f32 {
        self.top + (1.0 - self.scale.at(v)) * PLOT
    }

    fn bottom(&self) -> f32 {
        self.top + PLOT
    }
}

/// Grid, numbers and unit of the vertical axis; `right` is room for names at the lines' ends.
fn frame(canvas: &mut Canvas<'_>, top: f32, right: f32) -> Frame {
    let scale = Scale::new(&canvas.values(), canvas.chart.axis_exponent, canvas.writing);
    let numbers = scale.ticks.iter().map(|(_, text)| canvas.text.width(text, AXIS, false)).fold(0.0, f32::max);
    let unit = canvas.chart.axis_unit.clone();
    let top = top + 12.0;
    canvas.label(&unit, 0.0, top - 8.0, Anchor::Start, AXIS, false, Ink::Muted);
    let frame = Frame { left: numbers + 6.0, right: canvas.width - right, top, scale };
    for (v, text) in &frame.scale.ticks {
        let y = frame.y(*v);
        if *v != 0.0 {
            canvas.line((frame.left, y), (frame.right, y), 0.5, Ink::Grid);
        }
        canvas.label(text, frame.left - 5.0, y + AXIS * 0.36, Anchor::End, AXIS, false, Ink::Muted);
    }
    frame
}

/// The labels under the plot: every one, or every n-th where they would touch.
fn periods(canvas: &mut Canvas<'_>, frame: &Frame, centre: impl Fn(usize) -> f32) {
    let labels = canvas.chart.labels.clone();
    let widest = labels.iter().map(|label| canvas.text.width(label, AXIS, false)).fold(0.0, f32::max) + 4.0;
    let step = if labels.len() > 1 { centre(1) - centre(0) } else { f32::MAX };
    let every = (widest / step).ceil().max(1.0) as usize;
    let last = labels.len().saturating_sub(1);
    for (index, label) in labels.iter().enumerate() {
        if (last - index).is_multiple_of(every) {
            let half = canvas.text.width(label, AXIS, false) / 2.0;
            let x = centre(index).clamp(half, (canvas.width - half).max(half));
            canvas.label(label, x, frame.bottom() + 11.0, Anchor::Middle, AXIS, false, Ink::Text);
        }
    }
}

pub(super) fn columns(canvas: &mut Canvas<'_>) -> f32 {
    let chart = canvas.chart;
    let top = canvas.key() + 8.0;
    let frame = frame(canvas, top, 0.0);
    let group = (frame.right - frame.left) / chart.labels.len().max(1) as f32;
    let count = chart.series.len() as f32;
    let bar = (group * 0.74 / count).min(30.0);
    let centre = |index: usize| frame.left + (index as f32 + 0.5) * group;
    for (nth, (_, points)) in chart.series.iter().enumerate() {
        for (index, point) in points.iter().enumerate() {
            let Some(point) = point else { continue };
            let v = value(point);
            let (zero, end) = (frame.y(0.0), frame.y(v));
            let x = centre(index) + (nth as f32 - count / 2.0) * bar;
            let ink = if point.provisional { Ink::CategoryLight(nth as u8) } else { Ink::Category(nth as u8) };
            let thin = if chart.series.len() > 1 { 0.8 } else { 0.0 };
            canvas.shapes.push(Shape::Rect {
                x: x + thin,
                y: zero.min(end),
                w: bar - 2.0 * thin,
                h: (end - zero).abs(),
                ink,
            });
            // Left out where it would touch its neighbour: the axis still tells it.
            let w = canvas.text.width(&point.label, AXIS, false);
            if w <= if chart.series.len() > 1 { bar - 0.5 } else { group - 3.0 } {
                let y = if v < 0.0 { end + 8.5 } else { end - 3.0 };
                canvas.label(&point.label, x + bar / 2.0, y, Anchor::Middle, AXIS, false, Ink::Text);
            }
        }
    }
    canvas.line((frame.left, frame.y(0.0)), (frame.right, frame.y(0.0)), 1.0, Ink::Axis);
    periods(canvas, &frame, centre);
    frame.bottom() + 16.0
}

pub(super) fn lines(canvas: &mut Canvas<'_>) -> f32 {
    let chart = canvas.chart;
    let names: Vec<Vec<String>> =
        chart.series.iter().map(|(name, _)| super::wrap(name, canvas.width * 0.2, LABEL, canvas.text)).collect();
    let widest = names.iter().flatten().map(|line| canvas.text.width(line, LABEL, true)).fold(0.0, f32::max);
    let values = chart
        .series
        .iter()
        .filter_map(|(_, p)| p.iter().flatten().last())
        .map(|p| canvas.text.width(&p.label, LABEL, true))
        .fold(0.0, f32::max);
    let right = widest.max(values) + 12.0;
    let frame = frame(canvas, 2.0, right);
    let count = chart.labels.len();
    let step = (frame.right - frame.left - 24.0) / count.saturating_sub(1).max(1) as f32;
    let centre = |index: usize| frame.left + 12.0 + index as f32 * step;
    canvas.line((frame.left, frame.y(0.0)), (frame.right, frame.y(0.0)), 1.0, Ink::Axis);
    let mut ends: Vec<(usize, f32, f32)> = Vec::new();
    for (nth, (_, points)) in chart.series.iter().enumerate() {
        let ink = Ink::Category(nth as u8);
        for stretch in points.iter().enumerate().collect::<Vec<_>>().split(|(_, point)| point.is_none()) {
            let line: Vec<(f32, f32)> = stretch
                .iter()
                .filter_map(|(index, point)| Some((centre(*index), frame.y(value((*point).as_ref()?)))))
                .collect();
            if line.len() > 1 {
                canvas.shapes.push(Shape::Line { points: line, width: 1.8, dash: None, ink });
            }
        }
        for (index, point) in points.iter().enumerate() {
            if let Some(point) = point {
                canvas.shapes.push(Shape::Dot {
                    x: centre(index),
                    y: frame.y(value(point)),
                    r: 2.6,
                    ink,
                    filled: !point.provisional,
                });
            }
        }
        if let Some((index, Some(point))) = points.iter().enumerate().rfind(|(_, point)| point.is_some()) {
            ends.push((nth, frame.y(value(point)), centre(index)));
        }
        // The first value, above or below its dot, away from the other lines.
        if let Some((index, Some(point))) = points.iter().enumerate().find(|(_, point)| point.is_some()) {
            let y = frame.y(value(point));
            let above = chart
                .series
                .iter()
                .enumerate()
                .filter(|(other, _)| *other != nth)
                .filter_map(|(_, (_, p))| p.get(index)?.as_ref())
                .all(|p| frame.y(value(p)) > y);
            canvas.label(
                &point.label,
                centre(index),
                if above { y - 6.0 } else { y + 12.5 },
                Anchor::Middle,
                LABEL,
                false,
                ink,
            );
        }
    }
    // Names at the ends, pushed apart from top to bottom, then back up if they left the plot.
    ends.sort_by(|a, b| a.1.total_cmp(&b.1));
    let tall = |nth: usize| names.get(nth).map_or(1.0, |name| name.len() as f32) * 10.0 + 10.0;
    let mut y = frame.top - 6.0;
    let mut tops: Vec<f32> = ends
        .iter()
        .map(|(nth, at, _)| {
            let top = (at - tall(*nth) / 2.0).max(y);
            y = top + tall(*nth) + 2.0;
            top
        })
        .collect();
    let mut limit = frame.bottom() + 6.0;
    for (top, (nth, _, _)) in tops.iter_mut().zip(&ends).rev() {
        *top = top.min(limit - tall(*nth));
        limit = *top - 2.0;
    }
    for (top, (nth, _, _)) in tops.iter().zip(&ends) {
        let ink = Ink::Category(*nth as u8);
        let x = frame.right + 6.0;
        let last = chart
            .series
            .get(*nth)
            .and_then(|(_, p)| p.iter().flatten().last())
            .map(|p| p.label.clone())
            .unwrap_or_default();
        canvas.label(&last, x, top + 8.0, Anchor::Start, LABEL, true, ink);
        for (line, text) in names.get(*nth).into_iter().flatten().enumerate() {
            canvas.label(text, x, top + 18.0 + line as f32 * 10.0, Anchor::Start, LABEL, false, ink);
        }
    }
    periods(canvas, &frame, centre);
    frame.bottom() + 16.0
}
