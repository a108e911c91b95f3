//! Bars whose series stand end to end, across or upwards, with a thin gap between them, their values inside where they
//! fit and the total at the end.

use super::{
    bars::{HorizontalAxis, measures, names},
    canvas::{AXIS, Canvas, LABEL, LINE, LabelStyle, MIN_BAR, NAME, PERIOD, VALUE, middle, value},
    label_placement,
    plot_frame::{PLOT, PlotFrame},
};
use crate::document::{
    brief::{ChartSeries, Point},
    layout::{
        drawing::{Anchor, Ink},
        geometry::Rect,
    },
};

/// Distance between two segments.
const GAP: f32 = 0.8;

/// A part of a stack: its series and value, and the sums at which it begins and ends.
struct StackSegment<'a> {
    series: usize,
    point: &'a Point,
    from: f64,
    to: f64,
}

fn stack<'a>(canvas: &Canvas<'a>, position: usize) -> Vec<StackSegment<'a>> {
    let mut sum = 0.0;
    (0..canvas.chart.series.len())
        .filter_map(|series| {
            let point = canvas.point(series, position)?;
            let from = sum;
            sum += value(point);
            Some(StackSegment { series, point, from, to: sum })
        })
        .collect()
}

fn stacks<'a>(canvas: &Canvas<'a>) -> Vec<Vec<StackSegment<'a>>> {
    (0..canvas.chart.labels.len()).map(|position| stack(canvas, position)).collect()
}

fn sums(stacks: &[Vec<StackSegment<'_>>]) -> Vec<f64> {
    stacks.iter().filter_map(|stack| Some(stack.last()?.to)).collect()
}

fn total<'a>(canvas: &Canvas<'a>, position: usize) -> &'a str {
    canvas.chart.totals.get(position).map_or("", String::as_str)
}

/// Draws a segment and, if it fits, its value inside.
fn segment(canvas: &mut Canvas<'_>, segment: &StackSegment<'_>, area: Rect) {
    canvas.bar(area, segment.series, segment.point.provisional);
    let series = segment.series as u8;
    let ink = if segment.point.provisional { Ink::OnLight(series) } else { Ink::On(series) };
    let style = LabelStyle { ink, ..PERIOD };
    let wide = canvas.wide(&segment.point.label, style);
    if wide + 3.0 <= area.right - area.left && AXIS + 1.5 <= area.bottom - area.top {
        let at = ((area.left + area.right) / 2.0, middle((area.top + area.bottom) / 2.0, AXIS));
        canvas.write(&segment.point.label, at, Anchor::Middle, style);
    }
}

pub(super) fn bars(canvas: &mut Canvas<'_>) -> f32 {
    let stacks = stacks(canvas);
    let (names, name_width) = names(canvas);
    let sums = sums(&stacks);
    let mut labels = Vec::new();
    for (position, stack) in stacks.iter().enumerate() {
        let wide = canvas.wide(total(canvas, position), VALUE) + 5.0;
        labels.push((stack.last().map_or(0.0, |segment| segment.to), wide));
    }
    let axis = HorizontalAxis::new(canvas, &sums, name_width, 0.0, &labels);
    let mut y = name_parts(canvas, stacks.first(), &axis) + 2.0;
    let top = y - 2.0;
    let (bar, gap) = measures(stacks.len());
    let bar = bar + 2.0;
    let mut drawn = Vec::new();
    for (name, stack) in names.iter().zip(&stacks) {
        let height = bar.max(name.len() as f32 * LINE);
        canvas.write_lines(name, (0.0, y + height / 2.0), Anchor::Start, NAME);
        drawn.push((stack, y + height / 2.0));
        y += height + gap;
    }
    let bottom = y - gap / 2.0;
    let height = axis.frame(canvas, top, bottom);
    for (position, (stack, y)) in drawn.into_iter().enumerate() {
        for part in stack {
            let (left, right) = (axis.x(part.from), axis.x(part.to));
            let right = if value(part.point) > 0.0 { (right - GAP).max(left + MIN_BAR) } else { left };
            segment(canvas, part, Rect { left, top: y - bar / 2.0, right, bottom: y + bar / 2.0 });
        }
        match stack.last() {
            Some(last) => {
                let at = (axis.x(last.to) + 4.5, middle(y, LABEL));
                canvas.write(total(canvas, position), at, Anchor::Start, VALUE);
            }
            None => canvas.write("–", (axis.left + 4.5, middle(y, LABEL)), Anchor::Start, NAME.ink(Ink::Muted)),
        }
    }
    height
}

/// Writes the series' names above the parts of the first bar if each fits there, else draws a key. Returns its height.
fn name_parts(canvas: &mut Canvas<'_>, first: Option<&Vec<StackSegment<'_>>>, axis: &HorizontalAxis) -> f32 {
    let series = &canvas.chart.series;
    let places: Vec<(f32, f32)> = first
        .into_iter()
        .flatten()
        .filter(|part| value(part.point) > 0.0)
        .map(|part| (axis.x(part.from), axis.x(part.to)))
        .collect();
    let fit = places.len() == series.len()
        && series.iter().zip(&places).all(|(series, (from, to))| canvas.wide(&series.name, NAME) + 6.0 <= to - from);
    if !fit {
        return canvas.key();
    }
    for (index, (ChartSeries { name, .. }, (from, _))) in series.iter().zip(&places).enumerate() {
        let style = NAME.ink(Ink::CategoryText(index as u8));
        canvas.write(name, (*from, middle(LINE / 2.0, LABEL)), Anchor::Start, style);
    }
    LINE + 3.0
}

pub(super) fn columns(canvas: &mut Canvas<'_>) -> f32 {
    let chart = canvas.chart;
    let stacks = stacks(canvas);
    let names: Vec<Vec<String>> =
        chart.series.iter().map(|series| canvas.wrap(&series.name, NAME, canvas.width * 0.21)).collect();
    // Beside the last column if it has all parts, else in a key.
    let beside = stacks.last().filter(|stack| chart.series.len() > 1 && stack.len() == chart.series.len());
    let (top, right) = match beside {
        Some(_) => (0.0, canvas.widest(names.iter().flatten(), NAME) + 4.0),
        None => (canvas.key(), 0.0),
    };
    let needed: f32 = names.iter().map(|name| name.len() as f32 * LINE + 3.0).sum();
    let sums = sums(&stacks);
    let frame = PlotFrame::new(canvas, &sums, top, right, if beside.is_some() { PLOT.max(needed) } else { PLOT });
    let group = frame.width() / chart.labels.len().max(1) as f32;
    let bar = (group * 0.7).min(44.0);
    let centre = |index: usize| frame.left + (index as f32 + 0.5) * group;
    let totals = chart.totals.iter().all(|total| canvas.wide(total, VALUE) <= group - 4.0);
    for (position, stack) in stacks.iter().enumerate() {
        let x = centre(position);
        for part in stack {
            let bottom = frame.y(part.from);
            let mut top = frame.y(part.to);
            if value(part.point) > 0.0 {
                top = (top + GAP).min(bottom - MIN_BAR);
            }
            segment(canvas, part, Rect { left: x - bar / 2.0, top, right: x + bar / 2.0, bottom });
        }
        // The last total is always written.
        if let Some(last) = stack.last().filter(|_| totals || position + 1 == stacks.len()) {
            let half = canvas.wide(total(canvas, position), VALUE) / 2.0;
            let at = (x.min(frame.right - half), frame.y(last.to) - 3.5);
            canvas.write(total(canvas, position), at, Anchor::Middle, VALUE);
        }
    }
    frame.zero_line(canvas);
    if let Some(stack) = beside {
        let last = centre(stacks.len().saturating_sub(1)) + bar / 2.0;
        let wishes: Vec<(f32, f32)> = stack
            .iter()
            .zip(&names)
            .map(|(part, name)| ((frame.y(part.from) + frame.y(part.to)) / 2.0, name.len() as f32 * LINE + 3.0))
            .collect();
        let middles = label_placement::spread(&wishes, frame.top - 6.0, frame.bottom() + 4.0);
        let x = frame.right + 4.0;
        for (((part, name), (wish, _)), y) in stack.iter().zip(&names).zip(&wishes).zip(middles) {
            let ink = Ink::CategoryText(part.series as u8);
            canvas.write_lines(name, (x, y), Anchor::Start, NAME.ink(ink));
            let (from, to) = ((last + 1.5, *wish), (x - 2.0, y));
            // A leader that would run through a total is straight, or there is none: the name has the colour of its part.
            let paths = [vec![from, (frame.right - 4.0, *wish), to], vec![from, to]];
            if let Some(path) = paths.into_iter().find(|path| canvas.is_clear(path, part.series)) {
                canvas.leader(path, part.series, false);
            }
        }
    }
    frame.periods(canvas, centre)
}
