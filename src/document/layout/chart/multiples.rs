//! Small multiples: one panel for each series of a line chart, its name above it, all on the same scales.

use super::{
    canvas::{AXIS, Canvas, LABEL, LINE, NUMBER, Owner, PERIOD, VALUE, middle, value},
    lines::{self, RADIUS},
    scale::Scale,
};
use crate::document::{
    brief::Point,
    layout::{
        drawing::{Anchor, Ink, Tone},
        geometry::Rect,
    },
};

/// Height of a panel's plot.
const PLOT: f32 = 62.0;
/// Distance between panels.
const ACROSS: f32 = 16.0;
const BELOW: f32 = 14.0;
/// Space above a plot for the values of its peaks.
const HEADROOM: f32 = 9.0;
/// Minimum width of a panel.
const MIN_PANEL: f32 = 100.0;

/// What all panels share.
struct Panels {
    scale: Scale,
    /// Width of the axis' numbers, which stand on the left of each row.
    numbers: f32,
    /// Width of a panel with the label of its last value.
    width: f32,
    /// Width of that label.
    label: f32,
}

/// The place of a panel's plot.
struct Plot {
    left: f32,
    right: f32,
    top: f32,
}

impl Plot {
    fn bottom(&self) -> f32 {
        self.top + PLOT
    }
}

pub(super) fn multiples(canvas: &mut Canvas<'_>) -> f32 {
    let chart = canvas.chart;
    let values = canvas.values();
    let (scale, unit) = canvas.axis(&values);
    let numbers = canvas.widest(scale.ticks.iter().map(|(_, text)| text), NUMBER) + 6.0;
    let lasts: Vec<String> =
        chart.series.iter().filter_map(|series| Some(series.points.iter().flatten().last()?.label.clone())).collect();
    let label = canvas.widest(&lasts, VALUE) + RADIUS + 4.0;
    let room = canvas.width - numbers;
    let most = match chart.series.len() {
        2 | 4 => 2,
        _ => 3,
    };
    let columns = (1..=most).rev().find(|n| room / *n as f32 - ACROSS - label >= MIN_PANEL / 2.0).unwrap_or(1);
    let width = (room - ACROSS * (columns as f32 - 1.0)) / columns as f32;
    let panels = Panels { scale, numbers, width, label };
    let key = canvas.reference_key(0.0);
    let mut y = key;
    if !unit.is_empty() {
        canvas.write(&unit, (0.0, y + 7.0), Anchor::Start, NUMBER);
        y += LINE + 2.0;
    }
    let names: Vec<Vec<String>> = chart.series.iter().map(|series| canvas.wrap(&series.name, VALUE, width)).collect();
    for (row, names) in names.chunks(columns).enumerate() {
        let tall = names.iter().map(Vec::len).max().unwrap_or(1) as f32 * LINE;
        for (column, name) in names.iter().enumerate() {
            let left = panels.numbers + column as f32 * (panels.width + ACROSS);
            let plot = Plot { left, right: left + panels.width - panels.label, top: y + tall + HEADROOM };
            for (nth, line) in name.iter().enumerate() {
                canvas.write(line, (left, y + LABEL + nth as f32 * LINE), Anchor::Start, VALUE);
            }
            panel(canvas, &panels, &plot, row * columns + column, column == 0);
        }
        y += tall + HEADROOM + PLOT + 12.0 + BELOW;
    }
    y - BELOW + 3.0
}

/// Draws the panel of a series.
fn panel(canvas: &mut Canvas<'_>, panels: &Panels, plot: &Plot, series: usize, is_first: bool) {
    let chart = canvas.chart;
    let level = |v: f64| plot.top + (1.0 - panels.scale.at(v)) * PLOT;
    for (v, text) in &panels.scale.ticks {
        if *v != 0.0 {
            canvas.grid((plot.left, level(*v)), (plot.right, level(*v)));
        }
        if is_first {
            canvas.write(text, (panels.numbers - 6.0, middle(level(*v), AXIS)), Anchor::End, NUMBER);
        }
    }
    canvas.zero_line((plot.left, level(0.0)), (plot.right, level(0.0)));
    if let Some(reference) = &chart.options.reference {
        let y = level(super::canvas::float(reference.value));
        canvas.reference_line((plot.left, y), (plot.right, y));
    }
    periods(canvas, plot);
    let step = (plot.right - plot.left - 2.0 * RADIUS) / chart.labels.len().saturating_sub(1).max(1) as f32;
    let at = |index: usize, point: &Point| (plot.left + RADIUS + index as f32 * step, level(value(point)));
    // The title says which panel is highlighted, if one is; else all have the first colour.
    let tone = match chart.options.highlight {
        Some(_) => canvas.owner(series, None).tone,
        None => Tone::Category(0),
    };
    let owner = Owner { series, tone };
    lines::draw_line(canvas, owner, &at);
    let known = chart.series.get(series).map_or(&[][..], |series| &series.points);
    if let Some((index, Some(last))) = known.iter().enumerate().rfind(|(_, point)| point.is_some()) {
        let (x, y) = at(index, last);
        let style = VALUE.ink(Ink::SeriesText(tone));
        let half = canvas.wide(&last.label, style) / 2.0;
        // Right of its mark; if the line ends early, also above or below it.
        let spots = [(x + RADIUS + 3.0 + half, middle(y, LABEL)), (x, y - 6.0), (x, y + 13.0)];
        let inside = spots.into_iter().filter(|(_, y)| *y <= plot.bottom() + LABEL * 0.4);
        if !canvas.write_free(&last.label, inside, style, series) {
            let area = Rect { left: plot.right, top: y - LINE, right: plot.right + panels.label, bottom: y + LINE };
            canvas.write(&last.label, (area.left + RADIUS + 3.0, middle(y, LABEL)), Anchor::Start, style);
        }
    }
    lines::write_turns(canvas, owner, &at, (plot.top - HEADROOM, plot.bottom()));
    let centre = |index: usize| plot.left + RADIUS + index as f32 * step;
    lines::write_gaps(canvas, series, &centre, (plot.top, plot.bottom()), &level);
}

/// Writes the first and the last period under a plot, or only the last where there is no room for both.
fn periods(canvas: &mut Canvas<'_>, plot: &Plot) {
    let labels = &canvas.chart.labels;
    let (Some(first), Some(last)) = (labels.first(), labels.last()) else { return };
    let wide = canvas.wide(first, PERIOD) + canvas.wide(last, PERIOD) + 5.0;
    let baseline = plot.bottom() + 11.0;
    if labels.len() > 1 && wide <= plot.right - plot.left {
        canvas.write(first, (plot.left, baseline), Anchor::Start, PERIOD);
        canvas.write(last, (plot.right, baseline), Anchor::End, PERIOD);
    } else {
        canvas.write(last, (plot.left, baseline), Anchor::Start, PERIOD);
    }
}
