//! Vertical bars from zero, one group a label; a missing value leaves its place empty.

use super::{
    canvas::{Canvas, MISSING, PERIOD, value},
    plot_frame::{PLOT, PlotFrame},
};
use crate::document::{brief::ChartSeries, layout::drawing::Anchor};

pub(super) fn columns(canvas: &mut Canvas<'_>) -> f32 {
    let chart = canvas.chart;
    let key = canvas.key();
    let top = key + canvas.reference_key(key);
    let values = canvas.values();
    let frame = PlotFrame::new(canvas, &values, top, 0.0, PLOT);
    let group = frame.width() / chart.labels.len().max(1) as f32;
    let count = chart.series.len().max(1) as f32;
    let bar = (group * 0.74 / count).min(if chart.series.len() > 1 { 32.0 } else { 38.0 });
    let gap = if chart.series.len() > 1 { (bar * 0.08).min(1.5) } else { 0.0 };
    let centre = |index: usize| frame.left + (index as f32 + 0.5) * group;
    let mut labels = Vec::new();
    for (series, ChartSeries { points, .. }) in chart.series.iter().enumerate() {
        for (index, point) in points.iter().enumerate() {
            let Some(point) = point else { continue };
            let left = centre(index) + (series as f32 - count / 2.0) * bar;
            let area = frame.bar(left + gap / 2.0, left + bar - gap / 2.0, value(point));
            let owner = canvas.owner(series, Some(index));
            canvas.bar(area, owner, point.provisional);
            let y = if value(point) < 0.0 { area.bottom + 8.5 } else { area.top - 3.5 };
            labels.push((series, point, (left + bar / 2.0, y)));
        }
    }
    frame.zero_line(canvas);
    frame.reference(canvas);
    let bottom = frame.periods(canvas, centre);
    // All values are written, or only each series' last and largest: the axis tells the others.
    let fits = |canvas: &mut Canvas<'_>, text: &str| {
        canvas.wide(text, PERIOD) <= if chart.series.len() > 1 { bar } else { group - 4.0 }
    };
    let all = labels.iter().all(|(_, point, _)| fits(canvas, &point.label));
    for (series, point, at) in &labels {
        let of = || labels.iter().filter(|(other, ..)| other == series).map(|(_, point, _)| *point);
        let largest = of().max_by_key(|point| point.value.abs());
        let chosen = [of().next_back(), largest].contains(&Some(*point));
        let half = canvas.wide(&point.label, PERIOD) / 2.0;
        let at = &(at.0.clamp(half, (canvas.width - half).max(half)), at.1);
        let area = canvas.area(&point.label, *at, Anchor::Middle, PERIOD);
        if all || (chosen && canvas.is_free(area, *series, false)) {
            canvas.write(&point.label, *at, Anchor::Middle, PERIOD);
        }
    }
    for (series, index) in &chart.options.gaps {
        let x = centre(*index) + (*series as f32 - count / 2.0 + 0.5) * bar;
        write_missing(canvas, &frame, (x, *series), group);
    }
    bottom
}

/// Writes the word for a missing value in its place on the zero line, or a dash where the word is too wide.
fn write_missing(canvas: &mut Canvas<'_>, frame: &PlotFrame, (x, series): (f32, usize), group: f32) {
    let zero = frame.y(0.0);
    let missing = canvas.missing();
    for text in [missing, "–"] {
        let places = [zero - 3.5, zero + 8.5, zero - 12.0, zero + 17.0];
        let fits = canvas.wide(text, MISSING) <= group;
        if fits && canvas.write_free(text, places.map(|y| (x, y)), MISSING, series) {
            return;
        }
    }
}
