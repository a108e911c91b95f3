//! Areas over periods, one on the other: how the parts of a whole have shifted. They end where a part is missing.

use super::{
    canvas::{Canvas, LABEL, LINE, MISSING, NAME, SeriesArea, VALUE, middle},
    label_placement,
    plot_frame::{PLOT, PlotFrame},
    stacked::{StackSegment, stacks},
};
use crate::document::layout::{
    drawing::{Anchor, Ink, Shape},
    geometry::Rect,
};

/// Distance between the plot and the names.
const ASIDE: f32 = 7.0;
/// Width of the line between two areas.
const GAP: f32 = 0.8;
/// Width of an area of one period.
const SINGLE: f32 = 8.0;

pub(super) fn area(canvas: &mut Canvas<'_>) -> f32 {
    let chart = canvas.chart;
    let stacks = stacks(canvas);
    let names: Vec<Vec<String>> =
        chart.series.iter().map(|series| canvas.wrap(&series.name, NAME, (canvas.width * 0.21).max(64.0))).collect();
    let parts = chart.series.iter().filter(|series| series.points.iter().any(Option::is_some)).count();
    let is_whole = |position: usize| stacks.get(position).is_some_and(|stack| stack.len() == parts);
    // Beside the last areas if they reach the end of the plot, else in a key.
    let last = stacks.len().saturating_sub(1);
    let beside = stacks.last().filter(|_| is_whole(last));
    let labels: Vec<String> = beside.into_iter().flatten().map(|part| part.point.label.clone()).collect();
    let (key, right) = match beside {
        Some(_) => (0.0, canvas.widest(names.iter().flatten(), NAME).max(canvas.widest(&labels, VALUE)) + ASIDE),
        None => (canvas.key(), 0.0),
    };
    let top = key + canvas.reference_key(key);
    let tall = |name: &Vec<String>| (name.len() + 1) as f32 * LINE + 3.0;
    let needed: f32 = names.iter().map(tall).sum();
    let mut sums: Vec<f64> = stacks.iter().filter_map(|stack| Some(stack.last()?.to)).collect();
    sums.extend(chart.options.reference.iter().map(|reference| super::canvas::float(reference.value)));
    let frame = PlotFrame::new(canvas, &sums, top, right, if beside.is_some() { PLOT.max(needed) } else { PLOT });
    let count = chart.labels.len();
    let step = (frame.width() - 2.0) / count.saturating_sub(1).max(1) as f32;
    let centre = |index: usize| match count {
        1 => frame.left + frame.width() / 2.0,
        _ => frame.left + 1.0 + index as f32 * step,
    };
    let positions: Vec<usize> = (0..count).collect();
    for stretch in positions.chunk_by(|a, b| is_whole(*a) == is_whole(*b)) {
        if stretch.first().is_some_and(|first| is_whole(*first)) {
            let drawn: Vec<(f32, &Vec<StackSegment<'_>>)> =
                stretch.iter().filter_map(|position| Some((centre(*position), stacks.get(*position)?))).collect();
            areas(canvas, &frame, &drawn);
        }
    }
    let is_gap = |at: &usize| (0..chart.series.len()).any(|series| chart.options.is_gap(series, *at));
    for stretch in positions.chunk_by(|a, b| is_whole(*a) == is_whole(*b)) {
        if let (Some(first), Some(end), true) = (stretch.first(), stretch.last(), stretch.iter().any(is_gap)) {
            write_gap(canvas, &frame, (centre(*first) + centre(*end)) / 2.0);
        }
    }
    frame.zero_line(canvas);
    frame.reference(canvas);
    if let Some(stack) = beside {
        write_names(canvas, &frame, stack, &names);
    }
    frame.periods(canvas, centre)
}

/// Writes the word for missing values between two areas, or a dash where there is less room.
fn write_gap(canvas: &mut Canvas<'_>, frame: &PlotFrame, x: f32) {
    for text in [canvas.missing(), "–"] {
        let half = canvas.wide(text, MISSING) / 2.0;
        let x = x.clamp(frame.left + half, (canvas.width - half).max(frame.left + half));
        let spots = (0..30).map(|nth| (x, frame.y(0.0) - 4.0 - nth as f32 * 4.0)).filter(|(_, y)| *y > frame.top);
        if canvas.write_free(text, spots, MISSING, usize::MAX) {
            return;
        }
    }
}

/// An area at a period: from the left, its lower and its upper edge, whether the value is provisional, and the series.
type Edge = (f32, f32, f32, bool, usize);

/// Paints the areas of periods that all have all parts. Towards a provisional value an area is lighter, with its upper edge in
/// the full tone.
fn areas(canvas: &mut Canvas<'_>, frame: &PlotFrame, drawn: &[(f32, &Vec<StackSegment<'_>>)]) {
    let parts = drawn.first().map_or(0, |(_, stack)| stack.len());
    for part in 0..parts {
        let edges: Vec<Edge> = drawn
            .iter()
            .filter_map(|(x, stack)| {
                let part = stack.get(part)?;
                Some((*x, frame.y(part.from), frame.y(part.to), part.point.provisional, part.series))
            })
            .collect();
        let Some((x, from, to, provisional, series)) = edges.first().copied() else { continue };
        let tone = canvas.owner(series, None).tone;
        let ink = |light: bool| if light { Ink::SeriesLight(tone) } else { Ink::Series(tone) };
        if edges.len() == 1 {
            let area = Rect { left: x - SINGLE / 2.0, top: to, right: x + SINGLE / 2.0, bottom: from };
            canvas.bar(area, canvas.owner(series, None), provisional);
            continue;
        }
        for span in edges.windows(2) {
            if let [a, b] = span {
                let area = Rect { left: a.0, top: a.2.min(b.2), right: b.0, bottom: a.1.max(b.1) };
                canvas.marks.push(SeriesArea { series, area });
            }
        }
        // Each stretch goes on to the first point of the next, so that they meet.
        let spans: Vec<&[Edge]> = edges.windows(2).collect();
        for same in spans.chunk_by(|a, b| a.get(1).map(|edge| edge.3) == b.get(1).map(|edge| edge.3)) {
            let light = same.first().and_then(|span| span.get(1)).is_some_and(|edge| edge.3);
            let begin = same.first().and_then(|span| span.first()).into_iter();
            let points: Vec<_> = begin.chain(same.iter().filter_map(|span| span.get(1))).collect();
            let upper: Vec<(f32, f32)> = points.iter().map(|edge| (edge.0, edge.2)).collect();
            let lower = points.iter().rev().map(|edge| (edge.0, edge.1));
            canvas.shapes.push(Shape::Area { points: upper.iter().copied().chain(lower).collect(), ink: ink(light) });
            let (width, edge) = if light { (1.2, ink(false)) } else { (GAP, Ink::Paper) };
            canvas.shapes.push(Shape::Line { points: upper, width, dash: None, ink: edge });
        }
    }
}

/// Writes the last value and the name of each area beside it, pushed apart.
fn write_names(canvas: &mut Canvas<'_>, frame: &PlotFrame, stack: &[StackSegment<'_>], names: &[Vec<String>]) {
    let name = |part: &StackSegment<'_>| names.get(part.series).cloned().unwrap_or_default();
    let tall = |part: &StackSegment<'_>| (name(part).len() + 1) as f32 * LINE + 3.0;
    let wishes: Vec<(f32, f32)> =
        stack.iter().map(|part| ((frame.y(part.from) + frame.y(part.to)) / 2.0, tall(part))).collect();
    let middles = label_placement::spread(&wishes, frame.top - 8.0, frame.bottom() + 5.0);
    let x = frame.right + ASIDE;
    for ((part, (_, tall)), y) in stack.iter().zip(&wishes).zip(middles) {
        let ink = Ink::SeriesText(canvas.owner(part.series, None).tone);
        let top = y - tall / 2.0 + 1.5;
        let value = (x, middle(top + LINE / 2.0, LABEL));
        canvas.write(&part.point.label, value, Anchor::Start, VALUE.ink(ink));
        for (nth, line) in name(part).iter().enumerate() {
            let baseline = middle(top + LINE * (nth as f32 + 1.5), LABEL);
            canvas.write(line, (x, baseline), Anchor::Start, NAME.ink(ink));
        }
    }
}
