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

/// Maximum distance in points by which a label may be moved without a leader.
const MAX_UNLED: f32 = 6.0;
/// Distance between the places that are tried for a label inside the plot, and how many in each direction.
const STEP: f32 = 4.0;
const MAX_STEPS: usize = 9;

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

/// Writes value and name at each line's end: right beside it if the line ends early and a place is free, else beside the
/// plot, pushed apart. A fine line leads to labels that had to move; where it would run through another label there is
/// none, and the label shows the mark of its line.
fn write_ends(canvas: &mut Canvas<'_>, frame: &PlotFrame, ends: &[LineEnd<'_>]) {
    let (early, last): (Vec<&LineEnd<'_>>, Vec<&LineEnd<'_>>) = ends.iter().partition(|end| is_early(end, frame));
    for end in &last {
        canvas.lines.push(SeriesLine { series: end.series, from: end.at, to: (frame.right + 1.0, end.at.1) });
    }
    let moved: Vec<&LineEnd<'_>> = early.into_iter().filter(|end| !write_beside(canvas, frame, end)).collect();
    let aside: Vec<&LineEnd<'_>> =
        ends.iter().filter(|end| last.iter().chain(&moved).any(|other| other.series == end.series)).collect();
    let wishes: Vec<(f32, f32)> = aside.iter().map(|end| (end.at.1, end.height())).collect();
    let (top, bottom) = edges(frame);
    let middles = label_placement::spread(&wishes, top, bottom);
    let x = frame.right + ASIDE;
    for (end, y) in aside.iter().zip(&middles) {
        write_end(canvas, end, (x, *y));
    }
    for (end, y) in aside.into_iter().zip(middles) {
        let early = is_early(end, frame);
        if !early && (y - end.at.1).abs() <= MAX_UNLED {
            continue;
        }
        let paths = [end.at.1, y].map(|level| {
            let from = (end.at.0 + RADIUS + 1.5, end.at.1);
            let to = (x - 2.0, y);
            if early {
                vec![from, (from.0 + 6.0, level), (frame.right + 1.0, level), to]
            } else {
                vec![from, (frame.right + 1.0, level), to]
            }
        });
        match paths.into_iter().find(|path| canvas.is_clear(path, end.series)) {
            Some(path) => canvas.leader(path, end.series, early),
            None => canvas.mark(
                (x - RADIUS - 2.0, y - end.height() / 2.0 + 1.5 + LINE / 2.0),
                RADIUS,
                end.series,
                end.value.provisional,
            ),
        }
    }
}

/// Where the labels of a plot begin and end.
fn edges(frame: &PlotFrame) -> (f32, f32) {
    (frame.top - 10.0, frame.bottom() + 5.0)
}

/// Writes value and name inside the plot, as near to the end of their line as a place is free. Returns false if there is
/// none.
fn write_beside(canvas: &mut Canvas<'_>, frame: &PlotFrame, end: &LineEnd<'_>) -> bool {
    let wide = canvas.wide(&end.value.label, VALUE).max(canvas.widest(&end.name, NAME));
    let (x, half) = (end.at.0 + RADIUS + 4.0, end.height() / 2.0);
    let (top, bottom) = edges(frame);
    let steps = (0..=MAX_STEPS).flat_map(|step| [-(step as f32), step as f32]);
    for y in steps.map(|step| end.at.1 + step * STEP) {
        let area = Rect { left: x - 1.0, top: y - half, right: x + wide, bottom: y + half };
        let inside = area.right < frame.right && area.top >= top && area.bottom <= bottom;
        if !inside || !canvas.is_free(area, end.series, true) {
            continue;
        }
        let leader = vec![(end.at.0 + RADIUS + 1.0, end.at.1), (x - 1.5, y)];
        let led = (y - end.at.1).abs() > MAX_UNLED;
        if led && (!canvas.is_clear(&leader, end.series) || is_between(canvas, end, (x - 1.5, y))) {
            continue;
        }
        write_end(canvas, end, (x, y));
        canvas.marks.push(SeriesArea { series: end.series, area });
        if led {
            canvas.leader(leader, end.series, false);
        }
        return true;
    }
    false
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

/// Returns whether a line of another series runs between a line's end and the place of its label.
fn is_between(canvas: &Canvas<'_>, end: &LineEnd<'_>, (x, y): (f32, f32)) -> bool {
    (1..8).map(|n| n as f32 / 8.0).any(|part| {
        let point = (end.at.0 + (x - end.at.0) * part, end.at.1 + (y - end.at.1) * part);
        let near = Rect::around(point, 2.5);
        canvas.lines.iter().any(|line| line.series != end.series && near.crossed(line.from, line.to))
    })
}

/// Writes the first value if a place for it is free. If not, the axis still shows it.
fn write_first(canvas: &mut Canvas<'_>, series: usize, (x, y): (f32, f32), label: &str) {
    let style = NAME.ink(Ink::CategoryText(series as u8));
    let half = canvas.wide(label, style) / 2.0;
    // Above and below; over the mark, to its right, to its left.
    let spots = [-6.5, 12.5, -10.0, 16.0]
        .into_iter()
        .flat_map(|up| [0.0, half - RADIUS, RADIUS - half].map(|aside| (x + aside, y + up)));
    for strictly in [true, false] {
        for spot in spots.clone() {
            let area: Rect = canvas.area(label, spot, Anchor::Middle, style);
            if canvas.is_free(area, series, strictly) {
                return canvas.write(label, spot, Anchor::Middle, style);
            }
        }
    }
}
