//! Lines over periods, named at their ends; a missing value breaks the line.

use super::{
    canvas::{
        Canvas, LABEL, LINE, LINE_WIDTH, NAME, PROVISIONAL_LINE_WIDTH, SeriesArea, SeriesLine, VALUE, middle, value,
    },
    label_placement,
    plot_frame::{PLOT, PlotFrame},
};
use crate::document::{
    brief::{ChartSeries, Point},
    layout::{
        drawing::{Anchor, Ink, Shape},
        geometry::Rect,
    },
};

/// Maximum number of periods up to which each value has its marker.
const MAX_MARKED: usize = 16;
const RADIUS: f32 = 2.6;
/// Distance between the plot's end and the names.
const ASIDE: f32 = 9.0;

/// A line's end: where it is, and what is written beside it.
struct LineEnd<'a> {
    series: usize,
    at: (f32, f32),
    value: &'a Point,
    name: Vec<String>,
}

impl LineEnd<'_> {
    fn height(&self) -> f32 {
        (self.name.len() + 1) as f32 * LINE + 3.0
    }
}

pub(super) fn lines(canvas: &mut Canvas<'_>) -> f32 {
    let chart = canvas.chart;
    // A single series is named by the title.
    let names: Vec<Vec<String>> = match chart.series.as_slice() {
        [_] => vec![Vec::new()],
        all => all.iter().map(|series| canvas.wrap(&series.name, NAME, canvas.width * 0.21)).collect(),
    };
    let lasts: Vec<String> =
        chart.series.iter().filter_map(|series| Some(series.points.iter().flatten().last()?.label.clone())).collect();
    let right = canvas.widest(names.iter().flatten(), NAME).max(canvas.widest(&lasts, VALUE)) + ASIDE;
    let needed: f32 = names.iter().map(|name| (name.len() + 1) as f32 * LINE + 3.0).sum();
    let values = canvas.values();
    let frame = PlotFrame::new(canvas, &values, 0.0, right, PLOT.max(needed));
    let inset = 16.0;
    let step = (frame.width() - inset - 4.0) / chart.labels.len().saturating_sub(1).max(1) as f32;
    // A single period stands in the middle.
    let first = if chart.labels.len() == 1 { frame.width() / 2.0 } else { inset };
    let centre = |index: usize| frame.left + first + index as f32 * step;
    frame.zero_line(canvas);
    let bottom = frame.periods(canvas, centre);
    let at = |index: usize, point: &Point| (centre(index), frame.y(value(point)));
    for series in (0..chart.series.len()).rev() {
        line(canvas, series, &at);
    }
    let mut ends = Vec::new();
    for (series, ChartSeries { points, .. }) in chart.series.iter().enumerate() {
        let name = names.get(series).cloned().unwrap_or_default();
        if let Some((index, Some(value))) = points.iter().enumerate().rfind(|(_, point)| point.is_some()) {
            ends.push(LineEnd { series, at: at(index, value), value, name });
        }
    }
    write_ends(canvas, &frame, &ends);
    for (series, ChartSeries { points, .. }) in chart.series.iter().enumerate() {
        let mut known = points.iter().enumerate().filter_map(|(index, point)| Some((index, point.as_ref()?)));
        if let (Some((index, first)), Some(_)) = (known.next(), known.next()) {
            write_first(canvas, series, at(index, first), &first.label);
        }
    }
    bottom
}

/// Draws a line with its markers. A line without room for markers is dashed, each series in its own way. It is thinner
/// towards a provisional value; in a lighter tone it would be lost on the page.
fn line(canvas: &mut Canvas<'_>, series: usize, at: &impl Fn(usize, &Point) -> (f32, f32)) {
    let chart = canvas.chart;
    let Some(ChartSeries { points, .. }) = chart.series.get(series) else { return };
    let crowded = points.len() > MAX_MARKED;
    let dash = match series {
        _ if !crowded => None,
        0 => None,
        1 => Some((5.0, 2.0)),
        2 => Some((1.6, 1.6)),
        _ => Some((8.0, 2.0)),
    };
    let shown: Vec<(usize, &Point)> =
        points.iter().enumerate().filter_map(|(index, point)| Some((index, point.as_ref()?))).collect();
    let mut path: Vec<(f32, f32)> = Vec::new();
    let mut thin = false;
    let draw = |canvas: &mut Canvas<'_>, path: &mut Vec<(f32, f32)>, thin: bool| {
        let points = std::mem::take(path);
        if points.len() > 1 {
            let width = if thin { PROVISIONAL_LINE_WIDTH } else { LINE_WIDTH };
            canvas.shapes.push(Shape::Line { points, width, dash, ink: Ink::Category(series as u8) });
        }
    };
    for pair in shown.windows(2) {
        let [(before, from), (index, to)] = pair else { continue };
        if before + 1 != *index {
            draw(canvas, &mut path, thin);
            continue;
        }
        let (a, b) = (at(*before, from), at(*index, to));
        if thin != to.provisional {
            draw(canvas, &mut path, thin);
            thin = to.provisional;
        }
        if path.is_empty() {
            path.push(a);
        }
        path.push(b);
        canvas.lines.push(SeriesLine { series, from: a, to: b });
    }
    draw(canvas, &mut path, thin);
    for (nth, (index, point)) in shown.iter().enumerate() {
        let known = |index: Option<usize>| index.is_some_and(|index| canvas.point(series, index).is_some());
        let alone = !known(index.checked_sub(1)) && !known(Some(index + 1));
        if !crowded || alone || point.provisional || nth == 0 || nth + 1 == shown.len() {
            canvas.mark(at(*index, point), RADIUS, series, point.provisional);
        }
    }
}

/// Writes value and name at each line's end: right beside it if the line ends early and the place is free, else beside the
/// plot, pushed apart. A fine line leads to labels that had to move.
fn write_ends(canvas: &mut Canvas<'_>, frame: &PlotFrame, ends: &[LineEnd<'_>]) {
    let mut aside = Vec::new();
    let (top, bottom) = (frame.top - 10.0, frame.bottom() + 5.0);
    for end in ends {
        let at = (end.at.0 + RADIUS + 4.0, end.at.1);
        let wide = canvas.wide(&end.value.label, VALUE).max(canvas.widest(&end.name, NAME));
        let half = end.height() / 2.0;
        let area = Rect { left: at.0 - 1.0, top: at.1 - half, right: at.0 + wide, bottom: at.1 + half };
        let inside = area.right < frame.right && area.top >= top && area.bottom <= bottom;
        if is_early(end, frame) && inside && canvas.is_free(area, end.series, true) {
            write_end(canvas, end, at);
            canvas.marks.push(SeriesArea { series: end.series, area });
        } else {
            aside.push(end);
        }
    }
    let wishes: Vec<(f32, f32)> = aside.iter().map(|end| (end.at.1, end.height())).collect();
    let middles = label_placement::spread(&wishes, top, bottom);
    let x = frame.right + ASIDE;
    for (end, y) in aside.into_iter().zip(middles) {
        write_end(canvas, end, (x, y));
        let early = is_early(end, frame);
        if early || (y - end.at.1).abs() > 6.0 {
            let points = vec![(end.at.0 + RADIUS + 1.5, end.at.1), (frame.right + 1.0, end.at.1), (x - 2.0, y)];
            let dash = early.then_some((0.8, 2.0));
            canvas.shapes.push(Shape::Line { points, width: 0.6, dash, ink: Ink::Category(end.series as u8) });
        }
    }
}

/// Returns whether a line ends before the plot does.
fn is_early(end: &LineEnd<'_>, frame: &PlotFrame) -> bool {
    end.at.0 < frame.right - 8.0
}

/// Writes value and name from `x` on, their middle at `y`.
fn write_end(canvas: &mut Canvas<'_>, end: &LineEnd<'_>, (x, y): (f32, f32)) {
    let ink = Ink::CategoryText(end.series as u8);
    let top = y - end.height() / 2.0 + 1.5;
    canvas.write(&end.value.label, (x, middle(top + LINE / 2.0, LABEL)), Anchor::Start, VALUE.ink(ink));
    for (nth, line) in end.name.iter().enumerate() {
        let y = middle(top + LINE * (nth as f32 + 1.5), LABEL);
        canvas.write(line, (x, y), Anchor::Start, NAME.ink(ink));
    }
}

/// Writes the first value if a place for it is free. If not, the axis still shows it.
fn write_first(canvas: &mut Canvas<'_>, series: usize, (x, y): (f32, f32), label: &str) {
    let style = NAME.ink(Ink::CategoryText(series as u8));
    let half = canvas.wide(label, style) / 2.0;
    let spots = [(x, y - 6.5), (x, y + 12.5), (x - RADIUS + half, y - 6.5), (x - RADIUS + half, y + 12.5)];
    for strictly in [true, false] {
        for spot in spots {
            let area: Rect = canvas.area(label, spot, Anchor::Middle, style);
            if canvas.is_free(area, series, strictly) {
                return canvas.write(label, spot, Anchor::Middle, style);
            }
        }
    }
}
