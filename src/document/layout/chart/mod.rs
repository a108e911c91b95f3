//! Charts as geometry: bars from zero, direct labels that do not overlap, few ticks, a muted grid and a solid zero
//! line. What a chart says in words (title, alt text, notes) is in `brief`; how it is painted, in `figure`.

mod axis;
mod bars;
mod columns;
mod lines;
mod room;
mod scale;
mod slope;
mod spark;
mod stacked;

use std::collections::HashMap;

use room::Area;
use scale::Scale;
pub use spark::spark;

use super::drawing::{Anchor, Drawing, Ink, Label, Mark, Measure, Shape};
use crate::{
    base::{language::Language, problem::Problem},
    document::brief::{Chart, ChartForm, ChartSeries, Point, ValueMark, numbers::Writing},
};

/// Size of names and values.
const LABEL: f32 = 8.2;
/// Size of an axis' numbers.
const AXIS: f32 = 7.6;
/// From line to line of a name.
const LINE: f32 = 10.0;
/// More positions than this are a table, not a chart.
const MOST: usize = 60;
/// A drawing must leave room on its page for title and notes; in points.
const TALLEST: f32 = 590.0;
/// A line of a chart.
const WIDTH: f32 = 1.8;
/// Where it goes to a provisional value.
const PROVISIONAL: f32 = 0.9;
/// What is not zero is seen: half of the zero line covers a bar, three quarters of a point must be left.
const THINNEST: f32 = 1.25;

/// A place: from the left and from the top.
type Spot = (f32, f32);

/// How a label looks.
#[derive(Clone, Copy)]
struct Style {
    size: f32,
    strong: bool,
    ink: Ink,
}

const NAME: Style = Style { size: LABEL, strong: false, ink: Ink::Text };
const VALUE: Style = Style { size: LABEL, strong: true, ink: Ink::Text };
const DETAIL: Style = Style { size: LABEL, strong: false, ink: Ink::Muted };
const NUMBER: Style = Style { size: AXIS, strong: false, ink: Ink::Muted };
const PERIOD: Style = Style { size: AXIS, strong: false, ink: Ink::Text };

impl Style {
    fn ink(self, ink: Ink) -> Style {
        Style { ink, ..self }
    }
}

/// Draws a chart into a box of `width`; the height follows from the content.
///
/// # Errors
/// What cannot be drawn or could not be read: no data, too many categories or positions, a stack below zero, a slope
/// over other than two periods, a drawing taller than a page.
pub fn draw(
    chart: &Chart,
    width: f32,
    writing: impl Into<Writing>,
    text: &mut dyn Measure,
) -> Result<Drawing, Box<Problem>> {
    if let Some(mistake) = mistake(chart) {
        return Err(mistake.into());
    }
    let mut canvas = Canvas {
        chart,
        width,
        writing: writing.into(),
        text,
        grid: Vec::new(),
        shapes: Vec::new(),
        labels: Vec::new(),
        widths: HashMap::new(),
        marks: Vec::new(),
        lines: Vec::new(),
    };
    let height = match chart.form {
        ChartForm::Bars => bars::bars(&mut canvas),
        ChartForm::Dots => bars::dots(&mut canvas),
        ChartForm::StackedBars => stacked::bars(&mut canvas),
        ChartForm::Columns => columns::columns(&mut canvas),
        ChartForm::StackedColumns => stacked::columns(&mut canvas),
        ChartForm::Lines => lines::lines(&mut canvas),
        ChartForm::Slope => slope::slope(&mut canvas),
    };
    if height > TALLEST {
        return Err(Problem::error("this chart is taller than a page")
            .hint("take fewer rows or series, or make a table of it")
            .into());
    }
    Ok(canvas.finish(height))
}

/// Why a chart cannot be drawn.
fn mistake(chart: &Chart) -> Option<Problem> {
    let (categories, positions) = (chart.series.len(), chart.labels.len());
    let facts = chart.form.facts();
    let most = facts.max_series;
    let periods = facts.periods.filter(|fixed| fixed.count != positions);
    let mut points = chart.series.iter().flat_map(|series| &series.points).flatten().peekable();
    if points.peek().is_none() {
        Some(Problem::error("this chart has no value to show").hint("choose periods for which the series have values"))
    } else if categories > most {
        let what = format!("this chart has {categories} categories; at most {most} can be told apart");
        Some(Problem::error(what).hint("split it, or make a table of it"))
    } else if positions > MOST {
        let what = format!("this chart has {positions} positions; at most {MOST} can be read");
        Some(Problem::error(what).hint("take fewer periods or rows, or make a table of it"))
    } else if let Some(fixed) = periods {
        let what = format!("{}; this chart has {positions}", fixed.rule);
        Some(Problem::error(what).hint("name two periods, or draw lines"))
    } else if facts.stacked && points.any(|point| value(point) < 0.0) {
        Some(Problem::error("values below zero cannot be stacked").hint(ChartForm::side_by_side()))
    } else {
        None
    }
}

struct Canvas<'a> {
    chart: &'a Chart,
    width: f32,
    writing: Writing,
    text: &'a mut dyn Measure,
    /// Behind everything.
    grid: Vec<Shape>,
    shapes: Vec<Shape>,
    labels: Vec<(Label, Area)>,
    /// Of what was measured: shaping is what a chart costs.
    widths: HashMap<(String, u32, bool), f32>,
    /// What no label may cover, with the series it belongs to.
    marks: Vec<(usize, Area)>,
    /// The same for lines.
    lines: Vec<(usize, Spot, Spot)>,
}

impl<'a> Canvas<'a> {
    fn write(&mut self, text: &str, (x, y): (f32, f32), anchor: Anchor, style: Style) {
        if !text.is_empty() {
            let Style { size, strong, ink } = style;
            let area = self.area(text, (x, y), anchor, style);
            self.labels.push((Label { text: text.to_owned(), x, y, anchor, size, strong, ink }, area));
        }
    }

    /// The lines of a name, the middle of all of them at `y`.
    fn write_lines(&mut self, lines: &[String], (x, y): (f32, f32), anchor: Anchor, style: Style) {
        let first = middle(y, style.size) - (lines.len() as f32 - 1.0) / 2.0 * LINE;
        for (nth, line) in lines.iter().enumerate() {
            self.write(line, (x, first + nth as f32 * LINE), anchor, style);
        }
    }

    fn wide(&mut self, text: &str, style: Style) -> f32 {
        let key = (text.to_owned(), style.size.to_bits(), style.strong);
        *self.widths.entry(key).or_insert_with(|| self.text.width(text, style.size, style.strong))
    }

    fn widest<'t>(&mut self, texts: impl IntoIterator<Item = &'t String>, style: Style) -> f32 {
        texts.into_iter().map(|text| self.wide(text, style)).fold(0.0, f32::max)
    }

    /// A name in lines of at most `room`, all of them about equally long.
    fn wrap(&mut self, text: &str, style: Style, room: f32) -> Vec<String> {
        let lines = self.text.lines(text, style.size, style.strong, room);
        let broken = |lines: &[String]| lines.iter().filter(|line| line.ends_with('\u{2010}')).count();
        let mean = self.wide(text, style) / lines.len().max(1) as f32;
        let tries = (1..).map(|n| mean * (1.0 + 0.05 * n as f32)).take_while(|narrower| *narrower < room);
        for narrower in tries.take(if lines.len() > 1 { 8 } else { 0 }) {
            let even = self.text.lines(text, style.size, style.strong, narrower);
            if even.len() <= lines.len() && broken(&even) <= broken(&lines) {
                return even;
            }
        }
        lines
    }

    fn area(&mut self, text: &str, (x, y): (f32, f32), anchor: Anchor, style: Style) -> Area {
        let wide = self.wide(text, style);
        let left = match anchor {
            Anchor::Start => x,
            Anchor::Middle => x - wide / 2.0,
            Anchor::End => x - wide,
        };
        Area { left, top: y - style.size * 0.78, right: left + wide, bottom: y + style.size * 0.2 }
    }

    /// May a text of `series` stand there: inside the box, on no label, on no mark or line of another series, nor (if
    /// `strictly`) on one of its own?
    fn is_free(&self, area: Area, series: usize, strictly: bool) -> bool {
        area.left >= 0.0
            && area.right <= self.width
            && !self.marks.iter().any(|(of, mark)| (strictly || *of != series) && mark.touches(area))
            && !self.lines.iter().any(|(of, a, b)| (strictly || *of != series) && area.grown(0.8).crossed(*a, *b))
            && self.labels.iter().all(|(_, label)| !label.touches(area.grown(1.0)))
    }

    fn line(&mut self, from: (f32, f32), to: (f32, f32), width: f32, ink: Ink) {
        self.shapes.push(Shape::Line { points: vec![from, to], width, dash: None, ink });
    }

    fn grid(&mut self, from: (f32, f32), to: (f32, f32)) {
        self.grid.push(Shape::Line { points: vec![from, to], width: 0.5, dash: None, ink: Ink::Grid });
    }

    /// A bar; a provisional one is lighter, its outline as dark as the others (WCAG 2.2, 1.4.11: half of a tone is not
    /// seen on white). One too thin for an outline is all outline.
    fn bar(&mut self, area: Area, series: usize, provisional: bool) {
        let Area { left, top, right, bottom } = area;
        let (w, h) = (right - left, bottom - top);
        let light = provisional && w > 2.0 && h > 2.0;
        let ink = if light { Ink::CategoryLight(series as u8) } else { Ink::Category(series as u8) };
        self.shapes.push(Shape::Rect { x: left, y: top, w, h, ink });
        if light {
            let inner = area.grown(-0.4);
            let points = [
                (inner.left, inner.top),
                (inner.right, inner.top),
                (inner.right, inner.bottom),
                (inner.left, inner.bottom),
                (inner.left, inner.top - 0.4),
            ];
            let (points, ink) = (points.to_vec(), Ink::Category(series as u8));
            self.shapes.push(Shape::Line { points, width: 0.8, dash: None, ink });
        }
        self.marks.push((series, area));
    }

    fn mark(&mut self, (x, y): (f32, f32), r: f32, series: usize, provisional: bool) {
        let ink = Ink::Category(series as u8);
        self.shapes.push(Shape::Mark { mark: Mark::of(series), x, y, r, ink, filled: !provisional });
        self.marks.push((series, Area::around((x, y), r)));
    }

    fn points(&self) -> impl Iterator<Item = &'a Point> + use<'a> {
        self.chart.series.iter().flat_map(|series| &series.points).flatten()
    }

    fn point(&self, series: usize, position: usize) -> Option<&'a Point> {
        self.chart.series.get(series)?.points.get(position)?.as_ref()
    }

    fn values(&self) -> Vec<f64> {
        self.points().map(value).collect()
    }

    /// The axis over these values and its unit; a per-cent sign stands with each number instead.
    fn axis(&self, values: &[f64]) -> (Scale, String) {
        let mut scale = Scale::new(values, self.chart.axis_exponent, self.writing);
        if self.chart.axis_unit != "%" {
            return (scale, self.chart.axis_unit.clone());
        }
        let sign = if self.writing.language == Language::De { "\u{a0}%" } else { "%" };
        scale.ticks.iter_mut().for_each(|(_, text)| text.push_str(sign));
        (scale, String::new())
    }

    /// A key above the plot where several categories cannot be named beside their marks; its height.
    fn key(&mut self) -> f32 {
        let chart = self.chart;
        if chart.series.len() < 2 {
            return 0.0;
        }
        const SWATCH: f32 = 12.0;
        let (mut x, mut y, mut tall) = (0.0, LINE / 2.0, LINE);
        for (index, ChartSeries { name, .. }) in chart.series.iter().enumerate() {
            let lines = self.wrap(name, NAME, self.width - SWATCH);
            let wide = self.widest(&lines, NAME) + SWATCH;
            if x > 0.0 && x + wide > self.width {
                (x, y, tall) = (0.0, y + tall + 3.0, LINE);
            }
            tall = tall.max(lines.len() as f32 * LINE);
            let ink = Ink::Category(index as u8);
            self.shapes.push(match chart.form.facts().mark {
                ValueMark::Point => Shape::Mark { mark: Mark::of(index), x: x + 4.0, y, r: 3.5, ink, filled: true },
                ValueMark::Area => Shape::Rect { x, y: y - 4.0, w: 8.0, h: 8.0, ink },
            });
            for (nth, line) in lines.iter().enumerate() {
                let y = middle(y, LABEL) + nth as f32 * LINE;
                self.write(line, (x + SWATCH, y), Anchor::Start, NAME);
            }
            x += wide + 16.0;
        }
        y - LINE / 2.0 + tall + 6.0
    }

    /// The grid keeps away from labels; marks lie over both.
    fn finish(self, height: f32) -> Drawing {
        let mut gaps = Vec::new();
        for (_, area) in &self.labels {
            let area = area.grown(0.6);
            let behind = self.grid.iter().any(|shape| match shape {
                Shape::Line { points, .. } => {
                    points.first().zip(points.last()).is_some_and(|(a, b)| area.crossed(*a, *b))
                }
                _ => false,
            });
            if behind {
                let (x, y) = (area.left, area.top);
                let (w, h) = (area.right - x, area.bottom - y);
                gaps.push(Shape::Rect { x, y, w, h, ink: Ink::Paper });
            }
        }
        let shapes = self.grid.into_iter().chain(gaps).chain(self.shapes).collect();
        let labels = self.labels.into_iter().map(|(label, _)| label).collect();
        Drawing { width: self.width, height, shapes, labels }
    }
}

/// The baseline of a text whose middle is to stand at `y`.
fn middle(y: f32, size: f32) -> f32 {
    y + size * 0.36
}

/// Geometry needs no more than a float; the printed number is the exact one.
fn value(point: &Point) -> f64 {
    use rust_decimal::prelude::ToPrimitive;
    point.value.to_f64().unwrap_or(0.0)
}

#[cfg(test)]
mod tests;
