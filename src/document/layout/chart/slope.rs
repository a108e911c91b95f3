//! Two periods and a line a row between them, its name and values at both ends. The ends are read by their labels, not
//! by an axis: the scale runs from the smallest to the largest value.

use super::{
    canvas::{Canvas, DETAIL, LABEL, LINE, LINE_WIDTH, NAME, NUMBER, PROVISIONAL_LINE_WIDTH, VALUE, middle, value},
    label_placement,
    plot_frame::PLOT,
    scale::Scale,
};
use crate::document::{
    brief::{CATEGORY_COLOURS, Point},
    layout::drawing::{Anchor, Ink, Shape},
};

const RADIUS: f32 = 2.8;
/// Distance between a line's end and its label.
const ASIDE: f32 = 11.0;

/// A label at one end.
struct SlopeEnd<'a> {
    row: usize,
    at: (f32, f32),
    point: &'a Point,
    name: Vec<String>,
}

pub(super) fn slope(canvas: &mut Canvas<'_>) -> f32 {
    let chart = canvas.chart;
    let scale = Scale::between(&canvas.values());
    let names: Vec<Vec<String>> =
        chart.series.iter().map(|series| canvas.wrap(&series.name, NAME, canvas.width * 0.23)).collect();
    let name_width = canvas.widest(names.iter().flatten(), NAME);
    let values: Vec<String> = canvas.points().map(|point| point.label.clone()).collect();
    let details: Vec<String> = canvas.points().map(|point| point.detail.clone()).collect();
    let beside = name_width + 6.0 + canvas.widest(&values, VALUE);
    let detail = canvas.widest(&details, DETAIL);
    let tall = |name: &[String]| name.len().max(1) as f32 * LINE + 2.0;
    let needed: f32 = names.iter().map(|name| tall(name)).sum();
    let left = beside + ASIDE;
    let right = canvas.width - beside - ASIDE - if detail > 0.0 { detail + 6.0 } else { 0.0 };
    let unit = if chart.axis_unit == "%" { "" } else { &chart.axis_unit };
    canvas.write(unit, (0.0, 8.0), Anchor::Start, NUMBER);
    // The periods stand in the middle above their ends, under the unit, which may be as long as it likes.
    let room = (right - left - 8.0).min(2.0 * left).min(2.0 * (canvas.width - right)).max(40.0);
    let heads: Vec<Vec<String>> = chart.labels.iter().map(|label| canvas.wrap(label, VALUE, room)).collect();
    let tallest = heads.iter().map(Vec::len).max().unwrap_or(1) as f32 * LINE;
    let above = if unit.is_empty() { 0.0 } else { LINE };
    let (top, height) = (above + tallest + 8.0, PLOT.max(needed));
    for (x, lines) in [left, right].into_iter().zip(&heads) {
        canvas.write_lines(lines, (x, above + tallest / 2.0), Anchor::Middle, VALUE);
        canvas.grid((x, top - 4.0), (x, top + height + 4.0));
    }
    let y = |point: &Point| top + 4.0 + (1.0 - scale.at(value(point))) * (height - 8.0);
    for row in (0..chart.series.len()).rev() {
        let ends: Vec<(f32, &Point)> =
            [left, right].into_iter().enumerate().filter_map(|(n, x)| Some((x, canvas.point(row, n)?))).collect();
        if let [(from, a), (to, b)] = ends.as_slice() {
            let of = colour(chart.series.len(), row) as u8;
            let width = if b.provisional { PROVISIONAL_LINE_WIDTH } else { LINE_WIDTH };
            let points = vec![(*from, y(a)), (*to, y(b))];
            canvas.shapes.push(Shape::Line { points, width, dash: None, ink: Ink::Category(of) });
        }
        for (x, point) in ends {
            canvas.mark((x, y(point)), RADIUS, colour(chart.series.len(), row), point.provisional);
        }
    }
    for (position, x) in [left, right].into_iter().enumerate() {
        let ends: Vec<SlopeEnd<'_>> = names
            .iter()
            .enumerate()
            .filter_map(|(row, name)| {
                let point = canvas.point(row, position)?;
                Some(SlopeEnd { row, at: (x, y(point)), point, name: name.clone() })
            })
            .collect();
        let wishes: Vec<(f32, f32)> = ends.iter().map(|end| (end.at.1, tall(&end.name))).collect();
        let middles = label_placement::spread(&wishes, top - 3.0, top + height + 3.0);
        for (end, at) in ends.iter().zip(middles) {
            write_end(canvas, end, at, if position == 0 { -1.0 } else { 1.0 }, colour(chart.series.len(), end.row));
        }
    }
    top + height + 8.0
}

/// Returns the colour of a row. If there are more rows than colours, all have the first: their names are at both ends.
fn colour(rows: usize, row: usize) -> usize {
    if rows > CATEGORY_COLOURS { 0 } else { row }
}

/// Writes the value next to the line, then the name and the change away from it. A fine line leads to a label that had to
/// move.
fn write_end(canvas: &mut Canvas<'_>, end: &SlopeEnd<'_>, y: f32, away: f32, colour: usize) {
    let anchor = if away < 0.0 { Anchor::End } else { Anchor::Start };
    let ink = Ink::CategoryText(colour as u8);
    let mut x = end.at.0 + away * ASIDE;
    let baseline = middle(y, LABEL);
    canvas.write(&end.point.label, (x, baseline), anchor, VALUE.ink(ink));
    x += away * (canvas.wide(&end.point.label, VALUE) + 6.0);
    canvas.write_lines(&end.name, (x, y), anchor, NAME.ink(ink));
    if away > 0.0 {
        x += canvas.widest(&end.name, NAME) + 6.0;
        canvas.write(&end.point.detail, (x, baseline), anchor, DETAIL);
    }
    if (y - end.at.1).abs() > 3.0 {
        let from = (end.at.0 + away * (RADIUS + 1.0), end.at.1);
        let points = vec![from, (end.at.0 + away * (ASIDE - 2.0), y)];
        canvas.shapes.push(Shape::Line { points, width: 0.6, dash: None, ink: Ink::Category(colour as u8) });
    }
}
