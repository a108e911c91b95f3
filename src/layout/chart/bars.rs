//! Horizontal bars from zero, and dots on a common scale: one row a label, the name on the left, the value beside the
//! mark.

use super::{AXIS, Canvas, LABEL, scale::Scale, value, wrap};
use crate::layout::drawing::{Anchor, Ink, Shape};

const BAR: f32 = 13.0;
const LINE: f32 = 10.2;

pub(super) fn bars(canvas: &mut Canvas<'_>) -> f32 {
    rows(canvas, false)
}

pub(super) fn dots(canvas: &mut Canvas<'_>) -> f32 {
    rows(canvas, true)
}

/// The text beside a mark: label, then the change in a muted tone.
fn beside(canvas: &mut Canvas<'_>, label: &str, detail: &str) -> f32 {
    let w = canvas.text.width(label, LABEL, true);
    if detail.is_empty() { w } else { w + 6.0 + canvas.text.width(detail, LABEL, false) }
}

fn rows(canvas: &mut Canvas<'_>, dots: bool) -> f32 {
    let chart = canvas.chart;
    let several = chart.series.len() > 1;
    let top = canvas.key() + 2.0;
    // Names in at most 40 % of the width.
    let most = canvas.width * 0.4;
    let names: Vec<Vec<String>> = chart.labels.iter().map(|name| wrap(name, most, LABEL, canvas.text)).collect();
    let name_width = names.iter().flatten().map(|line| canvas.text.width(line, LABEL, false)).fold(0.0, f32::max) + 8.0;
    let mut value_width = 0.0_f32;
    let mut negative_width = 0.0_f32;
    for (_, points) in &chart.series {
        for point in points.iter().flatten() {
            let w = beside(canvas, &point.label, &point.detail) + 10.0;
            if value(point) < 0.0 {
                negative_width = negative_width.max(w);
            }
            value_width = value_width.max(w);
        }
    }
    let scale = Scale::new(&canvas.values(), chart.axis_exponent, canvas.writing);
    let left = name_width + negative_width;
    let plot = (canvas.width - left - value_width).max(40.0);
    let x = |v: f64| left + scale.at(v) * plot;
    let bar = if dots { 15.0 } else { BAR };
    let gap = if several { 3.0 } else { 8.0 };
    let mut y = top;
    let mut marks = Vec::new();
    for (row, name) in names.iter().enumerate() {
        let here: Vec<usize> = (0..chart.series.len())
            .filter(|s| chart.series.get(*s).and_then(|(_, p)| p.get(row)).is_some_and(Option::is_some))
            .collect();
        let bars = if dots { 1 } else { here.len().max(1) };
        let height = (bars as f32 * (bar + gap) - gap).max(name.len() as f32 * LINE);
        let middle = y + height / 2.0;
        for (nth, line) in name.iter().enumerate() {
            let at = middle + LABEL * 0.36 + (nth as f32 - (name.len() as f32 - 1.0) / 2.0) * LINE;
            canvas.label(line, name_width - 8.0, at, Anchor::End, LABEL, false, Ink::Text);
        }
        for (nth, series) in here.iter().enumerate() {
            let Some(point) = chart.series.get(*series).and_then(|(_, p)| p.get(row)).and_then(Option::as_ref) else {
                continue;
            };
            let at = if dots { middle } else { middle + (nth as f32 - (here.len() as f32 - 1.0) / 2.0) * (bar + gap) };
            marks.push((*series as u8, point, at));
        }
        y += height + if several && !dots { 9.0 } else { gap };
    }
    let bottom = y;
    for (v, text) in &scale.ticks {
        let at = x(*v);
        canvas.line((at, top - 2.0), (at, bottom), 0.5, Ink::Grid);
        canvas.label(text, at, bottom + 10.0, Anchor::Middle, AXIS, false, Ink::Muted);
    }
    for (series, point, at) in marks {
        let v = value(point);
        let (zero, end) = (x(0.0), x(v));
        let ink = if point.provisional { Ink::CategoryLight(series) } else { Ink::Category(series) };
        if dots {
            canvas.line((zero, at), (end, at), 1.0, Ink::Grid);
            canvas.shapes.push(Shape::Dot { x: end, y: at, r: 4.0, ink, filled: !point.provisional });
        } else {
            canvas.shapes.push(Shape::Rect { x: zero.min(end), y: at - bar / 2.0, w: (end - zero).abs(), h: bar, ink });
        }
        let away = if dots { 8.0 } else { 5.0 };
        let w = canvas.text.width(&point.label, LABEL, true);
        let base = at + LABEL * 0.36;
        if v < 0.0 {
            let whole = beside(canvas, &point.label, &point.detail);
            canvas.label(&point.label, end - away - whole, base, Anchor::Start, LABEL, true, Ink::Text);
            canvas.label(&point.detail, end - away - whole + w + 6.0, base, Anchor::Start, LABEL, false, Ink::Muted);
        } else {
            canvas.label(&point.label, end + away, base, Anchor::Start, LABEL, true, Ink::Text);
            canvas.label(&point.detail, end + away + w + 6.0, base, Anchor::Start, LABEL, false, Ink::Muted);
        }
    }
    canvas.labels.retain(|label| !label.text.is_empty());
    canvas.line((x(0.0), top - 2.0), (x(0.0), bottom), 1.0, Ink::Axis);
    let unit = chart.axis_unit.clone();
    // Left of the first tick, under the names, or right of the last one, where nothing else stands; else in a line below.
    let half = |tick: Option<&(f64, String)>, canvas: &mut Canvas<'_>| {
        tick.map_or(0.0, |(_, text)| canvas.text.width(text, AXIS, false) / 2.0) + 6.0
    };
    let room = left - half(scale.ticks.first(), canvas);
    let after = scale.ticks.last().map_or(left, |(v, _)| x(*v)) + half(scale.ticks.last(), canvas);
    let wide = canvas.text.width(&unit, AXIS, false);
    if wide < room {
        canvas.label(&unit, room, bottom + 10.0, Anchor::End, AXIS, false, Ink::Muted);
    } else if after + wide < canvas.width {
        canvas.label(&unit, after, bottom + 10.0, Anchor::Start, AXIS, false, Ink::Muted);
    } else {
        canvas.label(&unit, canvas.width, bottom + 20.0, Anchor::End, AXIS, false, Ink::Muted);
        return bottom + 24.0;
    }
    bottom + 14.0
}
