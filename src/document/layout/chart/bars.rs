//! Horizontal bars from zero, and dots on a common scale: one row a label, the name on the left, the value beside the
//! mark.

use super::{
    canvas::{AXIS, Canvas, DETAIL, LABEL, LINE, MIN_BAR, MISSING, NAME, NUMBER, VALUE, float, middle, value},
    scale::Scale,
};
use crate::document::{
    brief::Point,
    layout::{
        drawing::{Anchor, Ink},
        geometry::Rect,
    },
};

/// Maximum share of the width for names.
const NAMES: f32 = 0.4;

pub(super) fn bars(canvas: &mut Canvas<'_>) -> f32 {
    let groups = groups(canvas);
    rows(canvas, &groups, RowMarks::Bars)
}

/// Draws dots. If no row has more than two, the dots of a row stand on one line with their labels at its outer ends, as
/// long as every left label fits.
pub(super) fn dots(canvas: &mut Canvas<'_>) -> f32 {
    let groups = groups(canvas);
    let pairs = groups.iter().all(|group| group.len() <= 2 && group.iter().all(|(_, point)| point.is_some()));
    rows(canvas, &groups, if pairs { RowMarks::Pairs } else { RowMarks::Dots })
}

#[derive(Clone, Copy, PartialEq)]
enum RowMarks {
    Bars,
    Dots,
    /// Dots, at most two a row.
    Pairs,
}

/// The values of each row with the series they belong to; `None` where one is missing.
type RowValues<'a> = Vec<(usize, Option<&'a Point>)>;

/// A mark of a row while the rows are placed.
struct RowMark<'a> {
    series: usize,
    row: usize,
    point: Option<&'a Point>,
    y: f32,
    /// Whether its label stands on its left.
    left: bool,
}

fn groups<'a>(canvas: &Canvas<'a>) -> Vec<RowValues<'a>> {
    let series = canvas.chart.series.len();
    let options = &canvas.chart.options;
    let known = |series, row| canvas.point(series, row).is_some() || options.is_gap(series, row);
    let group = |row| {
        let shown = (0..series).filter(|series| known(*series, row));
        shown.map(|series| (series, canvas.point(series, row))).collect()
    };
    (0..canvas.chart.labels.len()).map(group).collect()
}

/// Returns the rows' names in lines, and the width of their column.
pub(super) fn names(canvas: &mut Canvas<'_>) -> (Vec<Vec<String>>, f32) {
    // In a narrow chart, names leave room for labels on both sides of the marks.
    let labels: Vec<f32> = canvas.points().map(|point| beside(canvas, point)).collect();
    let widest = labels.into_iter().fold(0.0, f32::max) + 8.5;
    let room = (canvas.width * NAMES).min(canvas.width - 2.0 * widest - 50.0).max(40.0);
    let names: Vec<Vec<String>> = canvas.chart.labels.iter().map(|name| canvas.wrap(name, NAME, room)).collect();
    let width = canvas.widest(names.iter().flatten(), NAME);
    (names, width + 10.0)
}

/// The horizontal axis: where the plot begins and how wide it is.
pub(super) struct HorizontalAxis {
    pub left: f32,
    plot: f32,
    scale: Scale,
    unit: String,
}

impl HorizontalAxis {
    /// An axis on the right of `names`, so wide that every label, given by its value and width, fits beside its mark.
    /// `before` is the width of labels on the left of the plot.
    pub fn new(
        canvas: &mut Canvas<'_>,
        values: &[f64],
        names: f32,
        before: f32,
        labels: &[(f64, f32)],
    ) -> HorizontalAxis {
        let (scale, unit) = canvas.axis(values);
        let left = names + before;
        let tail = scale.ticks.last().map_or(0.0, |(_, text)| canvas.wide(text, NUMBER) / 2.0);
        let tail = tail + if unit.is_empty() { 0.0 } else { canvas.wide(&unit, NUMBER) + 4.0 };
        let mut plot = canvas.width - left - tail;
        for (v, wide) in labels {
            let at = scale.at(*v);
            if at > 0.0 {
                plot = plot.min((canvas.width - left - wide) / at);
            }
        }
        HorizontalAxis { left, plot: plot.max(30.0), scale, unit }
    }

    pub fn x(&self, v: f64) -> f32 {
        self.left + self.scale.at(v) * self.plot
    }

    /// Draws the grid from `top` to `bottom`, its numbers under it and the unit after the last. Returns the bottom of the
    /// chart.
    pub fn frame(&self, canvas: &mut Canvas<'_>, top: f32, bottom: f32) -> f32 {
        let baseline = bottom + 11.0;
        let mut free = f32::MIN;
        for (v, text) in &self.scale.ticks {
            let x = self.x(*v);
            if *v != 0.0 {
                canvas.grid((x, top), (x, bottom));
            }
            // Numbers that would touch the one before are left out.
            let half = canvas.wide(text, NUMBER) / 2.0;
            if x - half > free {
                canvas.write(text, (x, baseline), Anchor::Middle, NUMBER);
                free = x + half + 4.0;
            }
        }
        canvas.zero_line((self.x(0.0), top), (self.x(0.0), bottom));
        if let Some(reference) = &canvas.chart.options.reference {
            let x = self.x(float(reference.value));
            canvas.reference_line((x, top), (x, bottom));
        }
        if self.unit.is_empty() || free + canvas.wide(&self.unit, NUMBER) <= canvas.width + 0.5 {
            canvas.write(&self.unit, (free, baseline), Anchor::Start, NUMBER);
            return baseline + AXIS * 0.4;
        }
        canvas.write(&self.unit, (canvas.width, baseline + LINE), Anchor::End, NUMBER);
        baseline + LINE + AXIS * 0.4
    }
}

/// Returns the thickness of bars and their distance, by their number.
pub(super) fn measures(count: usize) -> (f32, f32) {
    match count {
        0..=12 => (13.0, 7.0),
        13..=24 => (10.0, 4.5),
        _ => (8.0, 3.0),
    }
}

/// Returns the width of a label with the change after it.
fn beside(canvas: &mut Canvas<'_>, point: &Point) -> f32 {
    let label = canvas.wide(&point.label, VALUE);
    if point.detail.is_empty() { label } else { label + 5.0 + canvas.wide(&point.detail, DETAIL) }
}

/// Returns the width of the widest label on the left of the marks, and the value and width of each on the right: on the
/// left are those of values below zero, and of the lesser of two dots.
fn label_room(
    canvas: &mut Canvas<'_>,
    groups: &[RowValues<'_>],
    marks_as: RowMarks,
    away: f32,
) -> (f32, Vec<(f64, f32)>) {
    let (mut before, mut right) = (0.0_f32, Vec::new());
    for group in groups {
        for (nth, (_, point)) in group.iter().enumerate() {
            match point {
                None => right.push((0.0, canvas.wide(canvas.chart.options.missing.as_str(), MISSING) + away)),
                Some(point) if is_left(group, nth, marks_as) => before = before.max(beside(canvas, point) + away),
                Some(point) => right.push((value(point), beside(canvas, point) + away)),
            }
        }
    }
    (before, right)
}

fn rows(canvas: &mut Canvas<'_>, groups: &[RowValues<'_>], marks_as: RowMarks) -> f32 {
    let away = if marks_as == RowMarks::Bars { 4.5 } else { 8.5 };
    let key = canvas.key();
    let top = key + canvas.reference_key(key) + 2.0;
    let (names, name_width) = names(canvas);
    let values = canvas.values();
    let (before, right) = label_room(canvas, groups, marks_as, away);
    let has_negative = values.iter().any(|v| *v < 0.0);
    let pairs = marks_as == RowMarks::Pairs && groups.iter().any(|group| group.len() == 2);
    let axis =
        HorizontalAxis::new(canvas, &values, name_width, if has_negative || !pairs { before } else { 0.0 }, &right);
    if pairs && !has_negative && !fits_left(canvas, groups, &axis, name_width, away) {
        canvas.shapes.clear();
        canvas.labels.clear();
        return rows(canvas, groups, RowMarks::Dots);
    }
    let lines = |group: &RowValues<'_>| if marks_as == RowMarks::Pairs { 1 } else { group.len().max(1) };
    let several = groups.iter().any(|group| lines(group) > 1);
    let (mut bar, gap) = measures(groups.iter().map(lines).sum());
    // Bars of a group stand close, but not closer than their labels can.
    let pitch = (bar * 0.85 + 1.0).max(LABEL + 0.4);
    if several {
        bar = pitch - 1.2;
    }
    let mut y = top;
    let mut marks = Vec::new();
    for (row, (name, group)) in names.iter().zip(groups).enumerate() {
        let height = ((lines(group) as f32 - 1.0) * pitch + bar).max(name.len() as f32 * LINE);
        let centre = y + height / 2.0;
        canvas.write_lines(name, (0.0, centre), Anchor::Start, NAME);
        for (nth, (series, point)) in group.iter().enumerate() {
            let offset = (nth as f32 - (lines(group) as f32 - 1.0) / 2.0) * pitch;
            let y = if marks_as == RowMarks::Pairs { centre } else { centre + offset };
            marks.push(RowMark { series: *series, row, point: *point, y, left: is_left(group, nth, marks_as) });
        }
        if let (true, [(_, Some(a)), (_, Some(b))]) = (marks_as == RowMarks::Pairs, group.as_slice()) {
            canvas.line((axis.x(value(a)), centre), (axis.x(value(b)), centre), 1.4, Ink::Grid);
        }
        if group.is_empty() {
            canvas.write("–", (axis.x(0.0) + away, middle(centre, LABEL)), Anchor::Start, DETAIL);
        }
        y += height + if several { gap + 2.0 } else { gap };
    }
    let bottom = y - gap / 2.0;
    let height = axis.frame(canvas, top - 2.0, bottom);
    for mark in marks {
        draw(canvas, &axis, &mark, (marks_as, pairs), bar, away);
    }
    height
}

/// Draws a mark with its label.
fn draw(
    canvas: &mut Canvas<'_>,
    axis: &HorizontalAxis,
    mark: &RowMark<'_>,
    (marks_as, pairs): (RowMarks, bool),
    bar: f32,
    away: f32,
) {
    let (zero, y) = (axis.x(0.0), mark.y);
    let Some(point) = mark.point else {
        return canvas.write(canvas.missing(), (zero + away, middle(y, MISSING.size)), Anchor::Start, MISSING);
    };
    let owner = canvas.owner(mark.series, Some(mark.row));
    let mut end = axis.x(value(point));
    if marks_as == RowMarks::Bars {
        if value(point) != 0.0 && (end - zero).abs() < MIN_BAR {
            end = zero + MIN_BAR * value(point).signum() as f32;
        }
        let area = Rect { left: zero.min(end), top: y - bar / 2.0, right: zero.max(end), bottom: y + bar / 2.0 };
        canvas.bar(area, owner, point.provisional);
    } else {
        if !pairs {
            canvas.line((zero, y), (end, y), 1.0, Ink::Grid);
        }
        canvas.mark((end, y), 3.8, owner, point.provisional);
    }
    write(canvas, point, end, y, if mark.left { -away } else { away });
}

/// Returns whether a label stands on the left of its mark.
fn is_left(group: &RowValues<'_>, nth: usize, marks_as: RowMarks) -> bool {
    let Some((_, Some(point))) = group.get(nth) else { return false };
    match (marks_as, group.as_slice()) {
        (RowMarks::Pairs, [(_, Some(a)), (_, Some(b))]) => {
            let lesser = usize::from(a.value > b.value);
            nth == lesser
        }
        _ => value(point) < 0.0,
    }
}

/// Returns whether the left label of every pair fits between the names and its dot.
fn fits_left(canvas: &mut Canvas<'_>, groups: &[RowValues<'_>], axis: &HorizontalAxis, names: f32, away: f32) -> bool {
    groups.iter().filter(|group| group.len() == 2).all(|group| {
        group
            .iter()
            .enumerate()
            .filter(|(nth, _)| is_left(group, *nth, RowMarks::Pairs))
            .filter_map(|(_, (_, point))| *point)
            .all(|point| axis.x(value(point)) - away - beside(canvas, point) >= names)
    })
}

/// Writes label and change beside a mark that ends at `x`; on its left if `away` is negative.
fn write(canvas: &mut Canvas<'_>, point: &Point, x: f32, y: f32, away: f32) {
    let left = if away < 0.0 { x + away - beside(canvas, point) } else { x + away };
    let wide = canvas.wide(&point.label, VALUE);
    let baseline = middle(y, LABEL);
    let right = left + beside(canvas, point);
    canvas.open_axis(Rect { left, top: y - LINE / 2.0, right, bottom: y + LINE / 2.0 });
    canvas.write(&point.label, (left, baseline), Anchor::Start, VALUE);
    canvas.write(&point.detail, (left + wide + 5.0, baseline), Anchor::Start, DETAIL);
}
