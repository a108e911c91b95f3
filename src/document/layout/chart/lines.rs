//! Lines over periods, named at their ends; a missing value breaks the line.

use super::{
    canvas::{
        Canvas, LABEL, LINE, LINE_WIDTH, MISSING, NAME, Owner, PROVISIONAL_LINE_WIDTH, SeriesArea, SeriesLine, VALUE,
        float, middle, value,
    },
    label_placement, peaks,
    plot_frame::{PLOT, PlotFrame},
};
use crate::document::{
    brief::{ChartSeries, Highlight, Point},
    layout::{
        drawing::{Anchor, Ink, Shape, Tone},
        geometry::Rect,
    },
};

/// Maximum number of periods up to which each value has its marker.
const MAX_MARKED: usize = 16;
pub(super) const RADIUS: f32 = 2.6;
/// Distance between the plot's end and the names.
const ASIDE: f32 = 9.0;

/// Maximum distance in points by which a label may be moved without a leader.
const MAX_UNLED: f32 = 6.0;
/// Distance between the places that are tried for a label inside the plot, and how many in each direction.
const STEP: f32 = 4.0;
const MAX_STEPS: usize = 9;

/// A line's end: where it is, and what is written beside it.
struct LineEnd<'a> {
    owner: Owner,
    at: (f32, f32),
    value: &'a Point,
    name: Vec<String>,
}

impl LineEnd<'_> {
    /// Of what is not highlighted only the name is written, so that more lines fit.
    fn value_label(&self) -> Option<&str> {
        (self.owner.tone != Tone::Quiet || self.name.is_empty()).then_some(self.value.label.as_str())
    }

    fn height(&self) -> f32 {
        let lines = self.name.len() + usize::from(self.value_label().is_some());
        lines as f32 * LINE + 3.0
    }
}

pub(super) fn lines(canvas: &mut Canvas<'_>) -> f32 {
    let chart = canvas.chart;
    // A single series is named by the title.
    let names: Vec<Vec<String>> = match chart.series.as_slice() {
        [_] => vec![Vec::new()],
        all => {
            let room = (canvas.width * 0.21).max(64.0);
            all.iter().map(|series| canvas.wrap(&series.name, NAME, room)).collect()
        }
    };
    let lasts: Vec<String> =
        chart.series.iter().filter_map(|series| Some(series.points.iter().flatten().last()?.label.clone())).collect();
    let right = canvas.widest(names.iter().flatten(), NAME).max(canvas.widest(&lasts, VALUE)) + ASIDE;
    let quiet = |series: usize| match &chart.options.highlight {
        Some(Highlight::Series(chosen)) => !chosen.contains(&series),
        _ => false,
    };
    let tall = |(series, name): (usize, &Vec<String>)| {
        let value = usize::from(!quiet(series) || name.is_empty());
        (name.len() + value) as f32 * LINE + 3.0
    };
    let needed: f32 = names.iter().enumerate().map(tall).sum();
    let values = canvas.values();
    let top = canvas.reference_key(0.0);
    let frame = PlotFrame::new(canvas, &values, top, right, PLOT.max(needed));
    let inset = 16.0;
    let step = (frame.width() - inset - 4.0) / chart.labels.len().saturating_sub(1).max(1) as f32;
    // A single period stands in the middle.
    let first = if chart.labels.len() == 1 { frame.width() / 2.0 } else { inset };
    let centre = |index: usize| frame.left + first + index as f32 * step;
    band(canvas, &centre, &frame);
    frame.zero_line(canvas);
    frame.reference(canvas);
    let bottom = frame.periods(canvas, centre);
    let at = |index: usize, point: &Point| (centre(index), frame.y(value(point)));
    // Highlighted lines lie over the others.
    let (below, above): (Vec<usize>, Vec<usize>) = (0..chart.series.len()).rev().partition(|series| quiet(*series));
    for series in below.into_iter().chain(above) {
        draw_line(canvas, canvas.owner(series, None), &at);
    }
    let mut ends = Vec::new();
    for (series, ChartSeries { points, .. }) in chart.series.iter().enumerate() {
        let name = names.get(series).cloned().unwrap_or_default();
        if let Some((index, Some(value))) = points.iter().enumerate().rfind(|(_, point)| point.is_some()) {
            ends.push(LineEnd { owner: canvas.owner(series, None), at: at(index, value), value, name });
        }
    }
    write_ends(canvas, &frame, &ends);
    for (series, ChartSeries { points, .. }) in chart.series.iter().enumerate() {
        let mut known = points.iter().enumerate().filter_map(|(index, point)| Some((index, point.as_ref()?)));
        let owner = canvas.owner(series, None);
        if let (Some((index, first)), Some(_)) = (known.next(), known.next())
            && owner.tone != Tone::Quiet
        {
            write_first(canvas, owner, at(index, first), &first.label);
        }
    }
    for series in 0..chart.series.len() {
        let owner = canvas.owner(series, None);
        if owner.tone != Tone::Quiet {
            write_turns(canvas, owner, &at, edges(&frame));
        }
        write_gaps(canvas, series, &centre, (frame.top, frame.bottom()), &|v| frame.y(v));
    }
    write_forecast(canvas, &frame, &centre);
    bottom
}

/// Paints the range of the first series' values behind the lines.
fn band(canvas: &mut Canvas<'_>, centre: &impl Fn(usize) -> f32, frame: &PlotFrame) {
    let ranges = &canvas.chart.options.ranges;
    let tone = canvas.owner(0, None).tone;
    let place = |(index, range): (usize, &Option<_>)| {
        range.map(|(low, high)| (centre(index), frame.y(float(low)), frame.y(float(high))))
    };
    let places: Vec<Option<(f32, f32, f32)>> = ranges.iter().enumerate().map(place).collect();
    for stretch in places.split(Option::is_none) {
        let upper = stretch.iter().flatten().map(|(x, _, high)| (*x, *high));
        let lower = stretch.iter().flatten().rev().map(|(x, low, _)| (*x, *low));
        let points: Vec<(f32, f32)> = upper.chain(lower).collect();
        match points.as_slice() {
            [] => {}
            // One range alone is a bar around its value.
            [(x, high), (_, low)] => {
                let (x, y, w, h) = (x - RADIUS, high.min(*low), 2.0 * RADIUS, (low - high).abs());
                canvas.shapes.push(Shape::Rect { x, y, w, h, ink: Ink::SeriesBand(tone) });
            }
            _ => canvas.shapes.push(Shape::Area { points, ink: Ink::SeriesBand(tone) }),
        }
    }
}

/// Writes the values at which a line of many positions turns, where there is room between `top` and `bottom`.
pub(super) fn write_turns(
    canvas: &mut Canvas<'_>,
    owner: Owner,
    at: &impl Fn(usize, &Point) -> (f32, f32),
    (top, bottom): (f32, f32),
) {
    let chart = canvas.chart;
    if chart.labels.len() < peaks::MIN_POSITIONS {
        return;
    }
    let known: Vec<(usize, f64)> = (0..chart.labels.len())
        .filter_map(|position| Some((position, value(canvas.point(owner.series, position)?))))
        .collect();
    let style = NAME.ink(Ink::SeriesText(owner.tone));
    for turn in peaks::turns(&known) {
        let Some(point) = canvas.point(owner.series, turn.position) else { continue };
        let (x, y) = at(turn.position, point);
        let half = canvas.wide(&point.label, style) / 2.0;
        let ups = if turn.is_peak { [-5.5, -9.0, -13.0] } else { [12.0, 15.5, 19.0] };
        let spots = ups.into_iter().flat_map(|up| [0.0, half / 2.0, -half / 2.0].map(|aside| (x + aside, y + up)));
        let spots = spots.filter(|(_, y)| (top + LABEL..=bottom).contains(y));
        canvas.write_free(&point.label, spots, style, owner.series);
    }
}

/// Writes the word for missing values into each gap of a series: between its neighbours or, where other lines are in the
/// way, as near to there as a place is free.
pub(super) fn write_gaps(
    canvas: &mut Canvas<'_>,
    series: usize,
    centre: &impl Fn(usize) -> f32,
    (top, bottom): (f32, f32),
    level: &impl Fn(f64) -> f32,
) {
    let chart = canvas.chart;
    let gaps: Vec<usize> = (0..chart.labels.len()).filter(|position| chart.options.is_gap(series, *position)).collect();
    for stretch in gaps.chunk_by(|a, b| a + 1 == *b) {
        let (Some(first), Some(last)) = (stretch.first(), stretch.last()) else { continue };
        let before = (0..*first).rev().find_map(|position| canvas.point(series, position)).map(value);
        let after = (*last..chart.labels.len()).find_map(|position| canvas.point(series, position)).map(value);
        let between = match (before, after) {
            (Some(a), Some(b)) => (a + b) / 2.0,
            (Some(v), None) | (None, Some(v)) => v,
            (None, None) => 0.0,
        };
        let (x, y) = ((centre(*first) + centre(*last)) / 2.0, middle(level(between), MISSING.size));
        let steps = (0..40).flat_map(|step| [-(step as f32), step as f32]);
        let spots = steps.map(|step| (x, y + step * STEP)).filter(|(_, y)| (top..=bottom).contains(y));
        canvas.write_free(canvas.missing(), spots, MISSING, series);
    }
}

/// Writes at the top of the plot where the forecast begins, if there is room.
fn write_forecast(canvas: &mut Canvas<'_>, frame: &PlotFrame, centre: &impl Fn(usize) -> f32) {
    let Some(forecast) = canvas.chart.options.forecast.as_ref() else { return };
    let wide = canvas.wide(&forecast.word, MISSING);
    let begin = centre(forecast.from);
    let x = (begin + wide / 2.0).min(frame.right - wide / 2.0);
    let (top, bottom) = edges(frame);
    let spots = (0..40).map(|step| (x, top + 8.0 + step as f32 * STEP)).filter(|(_, y)| *y < bottom - 6.0);
    canvas.write_free(&forecast.word, spots, MISSING, usize::MAX);
}

/// Draws a line with its markers. A line without room for markers is dashed, each series in its own way. It is thinner
/// towards a provisional value; in a lighter tone it would be lost on the page. Towards a forecast it is dashed.
pub(super) fn draw_line(canvas: &mut Canvas<'_>, owner: Owner, at: &impl Fn(usize, &Point) -> (f32, f32)) {
    let chart = canvas.chart;
    let series = owner.series;
    let Some(ChartSeries { points, .. }) = chart.series.get(series) else { return };
    let crowded = points.len() > MAX_MARKED;
    let dash = match owner.tone {
        _ if !crowded => None,
        Tone::Category(0) | Tone::Quiet => None,
        Tone::Category(1) => Some((5.0, 2.0)),
        Tone::Category(2) => Some((1.6, 1.6)),
        Tone::Category(_) => Some((8.0, 2.0)),
    };
    let shown: Vec<(usize, &Point)> =
        points.iter().enumerate().filter_map(|(index, point)| Some((index, point.as_ref()?))).collect();
    let mut path: Vec<(f32, f32)> = Vec::new();
    let mut looks = (false, false);
    let draw = |canvas: &mut Canvas<'_>, path: &mut Vec<(f32, f32)>, (thin, expected): (bool, bool)| {
        let points = std::mem::take(path);
        if points.len() > 1 {
            let width = if thin || owner.tone == Tone::Quiet { PROVISIONAL_LINE_WIDTH } else { LINE_WIDTH };
            let dash = if expected { Some((3.0, 2.4)) } else { dash };
            canvas.shapes.push(Shape::Line { points, width, dash, ink: Ink::Series(owner.tone) });
        }
    };
    for pair in shown.windows(2) {
        let [(before, from), (index, to)] = pair else { continue };
        if before + 1 != *index {
            draw(canvas, &mut path, looks);
            continue;
        }
        let (a, b) = (at(*before, from), at(*index, to));
        let wanted = (to.provisional, chart.options.is_forecast(*index));
        if looks != wanted {
            draw(canvas, &mut path, looks);
            looks = wanted;
        }
        if path.is_empty() {
            path.push(a);
        }
        path.push(b);
        canvas.lines.push(SeriesLine { series, from: a, to: b });
    }
    draw(canvas, &mut path, looks);
    for (nth, (index, point)) in shown.iter().enumerate() {
        let known = |index: Option<usize>| index.is_some_and(|index| canvas.point(series, index).is_some());
        let alone = !known(index.checked_sub(1)) && !known(Some(index + 1));
        let is_end = nth == 0 || nth + 1 == shown.len();
        if (!crowded && owner.tone != Tone::Quiet) || alone || point.provisional || is_end {
            let hollow = point.provisional || chart.options.is_forecast(*index);
            canvas.mark(at(*index, point), if owner.tone == Tone::Quiet { 1.8 } else { RADIUS }, owner, hollow);
        }
    }
}

/// Writes value and name at each line's end: right beside it if the line ends early and a place is free, else beside the
/// plot, pushed apart. A fine line leads to labels that had to move; where it would run through another label there is
/// none, and the label shows the mark of its line.
fn write_ends(canvas: &mut Canvas<'_>, frame: &PlotFrame, ends: &[LineEnd<'_>]) {
    let (early, last): (Vec<&LineEnd<'_>>, Vec<&LineEnd<'_>>) = ends.iter().partition(|end| is_early(end, frame));
    for end in &last {
        canvas.lines.push(SeriesLine { series: end.owner.series, from: end.at, to: (frame.right + 1.0, end.at.1) });
    }
    let moved: Vec<&LineEnd<'_>> = early.into_iter().filter(|end| !write_beside(canvas, frame, end)).collect();
    let aside: Vec<&LineEnd<'_>> = ends
        .iter()
        .filter(|end| last.iter().chain(&moved).any(|other| other.owner.series == end.owner.series))
        .collect();
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
        match paths.into_iter().find(|path| canvas.is_clear(path, end.owner.series)) {
            Some(path) => canvas.leader(path, end.owner, early),
            None => canvas.mark(
                (x - RADIUS - 2.0, y - end.height() / 2.0 + 1.5 + LINE / 2.0),
                RADIUS,
                end.owner,
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
    let value = end.value_label().map_or(0.0, |label| canvas.wide(label, VALUE));
    let wide = value.max(canvas.widest(&end.name, NAME));
    let (x, half) = (end.at.0 + RADIUS + 4.0, end.height() / 2.0);
    let (top, bottom) = edges(frame);
    let steps = (0..=MAX_STEPS).flat_map(|step| [-(step as f32), step as f32]);
    for y in steps.map(|step| end.at.1 + step * STEP) {
        let area = Rect { left: x - 1.0, top: y - half, right: x + wide, bottom: y + half };
        let inside = area.right < frame.right && area.top >= top && area.bottom <= bottom;
        if !inside || !canvas.is_free(area, end.owner.series, true) {
            continue;
        }
        let leader = vec![(end.at.0 + RADIUS + 1.0, end.at.1), (x - 1.5, y)];
        let led = (y - end.at.1).abs() > MAX_UNLED;
        if led && (!canvas.is_clear(&leader, end.owner.series) || is_between(canvas, end, (x - 1.5, y))) {
            continue;
        }
        write_end(canvas, end, (x, y));
        canvas.marks.push(SeriesArea { series: end.owner.series, area });
        if led {
            canvas.leader(leader, end.owner, false);
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
    let ink = Ink::SeriesText(end.owner.tone);
    let mut top = y - end.height() / 2.0 + 1.5;
    if let Some(label) = end.value_label() {
        canvas.write(label, (x, middle(top + LINE / 2.0, LABEL)), Anchor::Start, VALUE.ink(ink));
        top += LINE;
    }
    for (nth, line) in end.name.iter().enumerate() {
        let y = middle(top + LINE * (nth as f32 + 0.5), LABEL);
        canvas.write(line, (x, y), Anchor::Start, NAME.ink(ink));
    }
}

/// Returns whether a line of another series runs between a line's end and the place of its label.
fn is_between(canvas: &Canvas<'_>, end: &LineEnd<'_>, (x, y): (f32, f32)) -> bool {
    (1..8).map(|n| n as f32 / 8.0).any(|part| {
        let point = (end.at.0 + (x - end.at.0) * part, end.at.1 + (y - end.at.1) * part);
        let near = Rect::around(point, 2.5);
        canvas.lines.iter().any(|line| line.series != end.owner.series && near.crossed(line.from, line.to))
    })
}

/// Writes the first value if a place for it is free. If not, the axis still shows it.
fn write_first(canvas: &mut Canvas<'_>, owner: Owner, (x, y): (f32, f32), label: &str) {
    let series = owner.series;
    let style = NAME.ink(Ink::SeriesText(owner.tone));
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
