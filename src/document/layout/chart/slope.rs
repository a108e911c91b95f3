//! Two periods and a line a row between them, the values at both ends and the names at the right one. The ends are read
//! by their labels, not by an axis: the scale runs from the smallest to the largest value.

use super::{
    canvas::{
        Canvas, DETAIL, LABEL, LINE, LINE_WIDTH, LabelStyle, MISSING, NAME, Owner, PROVISIONAL_LINE_WIDTH, VALUE,
        middle, value,
    },
    label_placement,
    plot_frame::PLOT,
    scale::Scale,
};
use crate::document::{
    brief::Point,
    layout::drawing::{Anchor, Ink, Shape, Tone},
};

const RADIUS: f32 = 2.8;
/// Distance between a line's end and its label, and where labels had to move, so that their leaders can be told apart.
const ASIDE: f32 = 11.0;
const FAR_ASIDE: f32 = 22.0;
/// Maximum distance in points by which a label may be moved without a leader.
const MAX_UNLED: f32 = 3.0;

/// A label at one end.
struct SlopeEnd<'a> {
    owner: Owner,
    at: (f32, f32),
    /// `None`: the value is missing.
    point: Option<&'a Point>,
    /// Empty on the left, unless the value on the right is missing and not told.
    name: Vec<String>,
}

impl SlopeEnd<'_> {
    fn height(&self) -> f32 {
        self.name.len().max(1) as f32 * LINE + 2.0
    }
}

/// The ends of all lines on one side.
struct Side {
    x: f32,
    /// -1 on the left, 1 on the right.
    away: f32,
    aside: f32,
}

pub(super) fn slope(canvas: &mut Canvas<'_>) -> f32 {
    let chart = canvas.chart;
    let scale = Scale::between(&canvas.values());
    let names: Vec<Vec<String>> =
        chart.series.iter().map(|series| canvas.wrap(&series.name, NAME, canvas.width * 0.3)).collect();
    let needed: f32 = names.iter().map(|name| name.len().max(1) as f32 * LINE + 2.0).sum();
    let height = PLOT.max(needed);
    // The periods stand in the middle above their ends. Where exactly the ends are depends on their labels.
    let (left, right, far) = places(canvas, &names, &scale, height);
    let room = (right - left - 8.0).min(2.0 * left).min(2.0 * (canvas.width - right)).max(40.0);
    let heads: Vec<Vec<String>> = chart.labels.iter().map(|label| canvas.wrap(label, VALUE, room)).collect();
    let tallest = heads.iter().map(Vec::len).max().unwrap_or(1) as f32 * LINE;
    let top = tallest + 8.0;
    for (x, lines) in [left, right].into_iter().zip(&heads) {
        let half = canvas.widest(lines, VALUE) / 2.0;
        let x_head = x.clamp(half, (canvas.width - half).max(half));
        canvas.write_lines(lines, (x_head, tallest / 2.0), Anchor::Middle, VALUE);
        canvas.grid((x, top - 4.0), (x, top + height + 4.0));
    }
    let y = |point: &Point| top + 4.0 + (1.0 - scale.at(value(point))) * (height - 8.0);
    // Highlighted lines lie over the others.
    let order = (0..chart.series.len()).rev();
    let (below, above): (Vec<usize>, Vec<usize>) = order.partition(|row| canvas.owner(*row, None).tone == Tone::Quiet);
    for row in below.into_iter().chain(above) {
        line(canvas, row, [left, right], &y);
    }
    let aside = if far { FAR_ASIDE } else { ASIDE };
    for side in [Side { x: left, away: -1.0, aside }, Side { x: right, away: 1.0, aside }] {
        let ends = ends(canvas, &names, &side, &y);
        let wishes: Vec<(f32, f32)> = ends.iter().map(|end| (end.at.1, end.height())).collect();
        let middles = label_placement::spread(&wishes, top - 3.0, top + height + 3.0);
        for (end, at) in ends.iter().zip(middles) {
            write_end(canvas, end, at, &side);
        }
    }
    top + height + 8.0
}

/// Returns where the lines begin and end, and whether their labels stand farther away since some have to move.
fn places(canvas: &mut Canvas<'_>, names: &[Vec<String>], scale: &Scale, height: f32) -> (f32, f32, bool) {
    let level = |point: &Point| 4.0 + (1.0 - scale.at(value(point))) * (height - 8.0);
    let (mut widths, mut far) = ([0.0_f32; 2], false);
    for (nth, away) in [-1.0, 1.0].into_iter().enumerate() {
        let side = Side { x: 0.0, away, aside: 0.0 };
        let ends = ends(canvas, names, &side, &level);
        let wishes: Vec<(f32, f32)> = ends.iter().map(|end| (end.at.1, end.height())).collect();
        let middles = label_placement::spread(&wishes, -3.0, height + 3.0);
        far |= wishes.iter().zip(middles).any(|((wish, _), middle)| (wish - middle).abs() > LINE / 2.0);
        for end in &ends {
            if let Some(width) = widths.get_mut(nth) {
                *width = width.max(wide(canvas, end, away));
            }
        }
    }
    let [left, right] = widths;
    let aside = if far { FAR_ASIDE } else { ASIDE };
    (left + aside, canvas.width - right - aside, far)
}

/// The ends on one side. A missing value is told at the height of the other end of its line.
fn ends<'a>(canvas: &Canvas<'a>, names: &[Vec<String>], side: &Side, y: &impl Fn(&Point) -> f32) -> Vec<SlopeEnd<'a>> {
    let is_left = side.away < 0.0;
    let (position, other) = if is_left { (0, 1) } else { (1, 0) };
    let end = |(row, name): (usize, &Vec<String>)| {
        let (point, across) = (canvas.point(row, position), canvas.point(row, other));
        let is_told = |position| canvas.point(row, position).is_some() || canvas.chart.options.is_gap(row, position);
        if !is_told(position) {
            return None;
        }
        let name = if is_left && is_told(other) { Vec::new() } else { name.clone() };
        let at = (side.x, y(point.or(across)?));
        Some(SlopeEnd { owner: canvas.owner(row, None), at, point, name })
    };
    names.iter().enumerate().filter_map(end).collect()
}

/// Draws a line with its marks.
fn line(canvas: &mut Canvas<'_>, row: usize, [left, right]: [f32; 2], y: &impl Fn(&Point) -> f32) {
    let owner = canvas.owner(row, None);
    let ends: Vec<(f32, &Point)> =
        [left, right].into_iter().enumerate().filter_map(|(n, x)| Some((x, canvas.point(row, n)?))).collect();
    if let [(from, a), (to, b)] = ends.as_slice() {
        let thin = b.provisional || owner.tone == Tone::Quiet;
        let width = if thin { PROVISIONAL_LINE_WIDTH } else { LINE_WIDTH };
        let points = vec![(*from, y(a)), (*to, y(b))];
        canvas.shapes.push(Shape::Line { points, width, dash: None, ink: Ink::Series(owner.tone) });
    }
    for (x, point) in ends {
        canvas.mark((x, y(point)), RADIUS, owner, point.provisional);
    }
}

/// The value of an end and how it looks.
fn label<'a>(canvas: &Canvas<'a>, end: &SlopeEnd<'a>) -> (&'a str, LabelStyle) {
    match end.point {
        Some(point) => (point.label.as_str(), VALUE.ink(Ink::SeriesText(end.owner.tone))),
        None => (canvas.missing(), MISSING),
    }
}

/// The width of a label with all its parts.
fn wide<'a>(canvas: &mut Canvas<'a>, end: &SlopeEnd<'a>, away: f32) -> f32 {
    let (text, style) = label(canvas, end);
    let value = canvas.wide(text, style);
    let name = if end.name.is_empty() { 0.0 } else { 6.0 + canvas.widest(&end.name, NAME) };
    let detail = end.point.map_or("", |point| point.detail.as_str());
    let detail = if away > 0.0 && !detail.is_empty() { 6.0 + canvas.wide(detail, DETAIL) } else { 0.0 };
    value + name + detail
}

/// Writes the value next to the line, then the name and the change away from it. A fine line leads to a label that had to
/// move.
fn write_end<'a>(canvas: &mut Canvas<'a>, end: &SlopeEnd<'a>, y: f32, side: &Side) {
    let anchor = if side.away < 0.0 { Anchor::End } else { Anchor::Start };
    let ink = Ink::SeriesText(end.owner.tone);
    let mut x = end.at.0 + side.away * side.aside;
    let (text, style) = label(canvas, end);
    canvas.write(text, (x, middle(y, style.size)), anchor, style);
    x += side.away * (canvas.wide(text, style) + 6.0);
    canvas.write_lines(&end.name, (x, y), anchor, NAME.ink(ink));
    if let Some(point) = end.point.filter(|_| side.away > 0.0) {
        x += if end.name.is_empty() { 0.0 } else { canvas.widest(&end.name, NAME) + 6.0 };
        canvas.write(&point.detail, (x, middle(y, LABEL)), anchor, DETAIL);
    }
    if (y - end.at.1).abs() > MAX_UNLED && end.point.is_some() {
        let from = (end.at.0 + side.away * (RADIUS + 1.0), end.at.1);
        let points = vec![from, (end.at.0 + side.away * (side.aside - 2.0), y)];
        canvas.shapes.push(Shape::Line { points, width: 0.6, dash: None, ink: Ink::Series(end.owner.tone) });
    }
}
