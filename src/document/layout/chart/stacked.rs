//! Bars whose series stand end to end, across or upwards, with a thin gap between them, their values inside where they
//! fit and the total at the end.

use super::{
    bars::{HorizontalAxis, measures, names},
    canvas::{AXIS, Canvas, LABEL, LINE, LabelStyle, MIN_BAR, MISSING, NAME, PERIOD, VALUE, float, middle, value},
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

/// A part of a stack: its series and position and value, and the sums at which it begins and ends.
pub(super) struct StackSegment<'a> {
    pub series: usize,
    pub position: usize,
    pub point: &'a Point,
    pub from: f64,
    pub to: f64,
}

fn stack<'a>(canvas: &Canvas<'a>, position: usize) -> Vec<StackSegment<'a>> {
    let mut sum = 0.0;
    (0..canvas.chart.series.len())
        .filter_map(|series| {
            let point = canvas.point(series, position)?;
            let from = sum;
            sum += value(point);
            Some(StackSegment { series, position, point, from, to: sum })
        })
        .collect()
}

pub(super) fn stacks<'a>(canvas: &Canvas<'a>) -> Vec<Vec<StackSegment<'a>>> {
    (0..canvas.chart.labels.len()).map(|position| stack(canvas, position)).collect()
}

/// The values that the axis must reach.
fn reached(canvas: &Canvas<'_>, stacks: &[Vec<StackSegment<'_>>]) -> Vec<f64> {
    let reference = canvas.chart.options.reference.iter().map(|reference| float(reference.value));
    stacks.iter().filter_map(|stack| Some(stack.last()?.to)).chain(reference).collect()
}

/// The total of a stack and how it looks; the word for a missing value where a part is missing.
fn total<'a>(canvas: &Canvas<'a>, position: usize) -> (&'a str, LabelStyle) {
    let chart = canvas.chart;
    if (0..chart.series.len()).any(|series| chart.options.is_gap(series, position)) {
        return (canvas.missing(), MISSING);
    }
    (chart.totals.get(position).map_or("", String::as_str), VALUE)
}

/// Draws a segment and, if it fits, its value inside.
fn segment(canvas: &mut Canvas<'_>, segment: &StackSegment<'_>, area: Rect) {
    let owner = canvas.owner(segment.series, Some(segment.position));
    canvas.bar(area, owner, segment.point.provisional);
    let ink = if segment.point.provisional { Ink::OnLight(owner.tone) } else { Ink::On(owner.tone) };
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
    let sums = reached(canvas, &stacks);
    let mut labels = Vec::new();
    for (position, stack) in stacks.iter().enumerate() {
        let (total, style) = total(canvas, position);
        let wide = canvas.wide(total, style) + 5.0;
        labels.push((stack.last().map_or(0.0, |segment| segment.to), wide));
    }
    let axis = HorizontalAxis::new(canvas, &sums, name_width, 0.0, &labels);
    let key = name_parts(canvas, stacks.first(), &axis);
    let mut y = key + canvas.reference_key(key) + 2.0;
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
        let (total, style) = total(canvas, position);
        match stack.last() {
            Some(last) => {
                let at = (axis.x(last.to) + 4.5, middle(y, style.size));
                canvas.write(total, at, Anchor::Start, style);
            }
            None if !total.is_empty() => {
                canvas.write(total, (axis.left + 4.5, middle(y, style.size)), Anchor::Start, style);
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
        let style = NAME.ink(Ink::SeriesText(canvas.owner(index, None).tone));
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
    let top = top + canvas.reference_key(top);
    let needed: f32 = names.iter().map(|name| name.len() as f32 * LINE + 3.0).sum();
    let sums = reached(canvas, &stacks);
    let frame = PlotFrame::new(canvas, &sums, top, right, if beside.is_some() { PLOT.max(needed) } else { PLOT });
    let group = frame.width() / chart.labels.len().max(1) as f32;
    let bar = (group * 0.7).min(44.0);
    let centre = |index: usize| frame.left + (index as f32 + 0.5) * group;
    let fits = |canvas: &mut Canvas<'_>, position: usize| {
        let (total, style) = total(canvas, position);
        canvas.wide(total, style) <= group - 4.0
    };
    let totals = (0..stacks.len()).all(|position| fits(canvas, position));
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
        if totals || position + 1 == stacks.len() {
            let (total, style) = total(canvas, position);
            let half = canvas.wide(total, style) / 2.0;
            let at = (x.min(frame.right - half), frame.y(stack.last().map_or(0.0, |last| last.to)) - 3.5);
            canvas.write(total, at, Anchor::Middle, style);
        }
    }
    frame.zero_line(canvas);
    frame.reference(canvas);
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
            let owner = canvas.owner(part.series, None);
            canvas.write_lines(name, (x, y), Anchor::Start, NAME.ink(Ink::SeriesText(owner.tone)));
            let (from, to) = ((last + 1.5, *wish), (x - 2.0, y));
            // A leader that would run through a total is straight, or there is none: the name has the colour of its part.
            let paths = [vec![from, (frame.right - 4.0, *wish), to], vec![from, to]];
            if let Some(path) = paths.into_iter().find(|path| canvas.is_clear(path, part.series)) {
                canvas.leader(path, owner, false);
            }
        }
    }
    frame.periods(canvas, centre)
}
