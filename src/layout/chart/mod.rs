//! Charts as geometry: bars from zero, direct labels that do not overlap, few ticks, a muted grid and a solid zero
//! line. What a chart says in words (title, alt text, notes) is in `brief`; how it is painted, in `figure`.

mod bars;
mod columns;
mod scale;

use super::drawing::{Anchor, Drawing, Ink, Label, Measure, Shape};
use crate::{
    brief::{Chart, ChartKind, numbers::Writing},
    problem::Problem,
};

/// Size of names and values.
const LABEL: f32 = 8.2;
/// Size of an axis' numbers.
const AXIS: f32 = 7.6;
/// More positions than this are a table, not a chart.
const MOST: usize = 60;

/// Draws a chart into a box of `width`; the height follows from the content.
///
/// # Errors
/// No data, more than four categories, or more positions than a reader can take in.
pub fn draw(
    chart: &Chart,
    width: f32,
    writing: impl Into<Writing>,
    text: &mut dyn Measure,
) -> Result<Drawing, Box<Problem>> {
    if chart.series.iter().flat_map(|(_, points)| points).all(Option::is_none) {
        return Err(Problem::error("this chart has no value to show")
            .hint("choose periods for which the series have values")
            .into());
    }
    if chart.series.len() > 4 {
        return Err(Problem::error(format!(
            "this chart has {} categories; at most 4 can be told apart",
            chart.series.len()
        ))
        .hint("split it, or make a table of it")
        .into());
    }
    if chart.labels.len() > MOST {
        return Err(Problem::error(format!(
            "this chart has {} positions; at most {MOST} can be read",
            chart.labels.len()
        ))
        .hint("take fewer periods or rows, or make a table of it")
        .into());
    }
    let mut canvas = Canvas { chart, width, writing: writing.into(), text, shapes: Vec::new(), labels: Vec::new() };
    let height = match chart.kind {
        ChartKind::Bars | ChartKind::StackedBars => bars::bars(&mut canvas),
        ChartKind::Dots => bars::dots(&mut canvas),
        ChartKind::Columns | ChartKind::StackedColumns => columns::columns(&mut canvas),
        ChartKind::Lines | ChartKind::Slope => columns::lines(&mut canvas),
    };
    Ok(Drawing { width, height, shapes: canvas.shapes, labels: canvas.labels })
}

struct Canvas<'a> {
    chart: &'a Chart,
    width: f32,
    writing: Writing,
    text: &'a mut dyn Measure,
    shapes: Vec<Shape>,
    labels: Vec<Label>,
}

impl Canvas<'_> {
    #[expect(clippy::too_many_arguments, reason = "a label is placed by all of these")]
    fn label(&mut self, text: &str, x: f32, y: f32, anchor: Anchor, size: f32, strong: bool, ink: Ink) {
        self.labels.push(Label { text: text.to_owned(), x, y, anchor, size, strong, ink });
    }

    fn line(&mut self, from: (f32, f32), to: (f32, f32), width: f32, ink: Ink) {
        self.shapes.push(Shape::Line { points: vec![from, to], width, dash: None, ink });
    }

    fn values(&self) -> Vec<f64> {
        self.chart.series.iter().flat_map(|(_, points)| points).flatten().map(value).collect()
    }

    /// A key above the plot where several categories cannot be named beside their marks; its height.
    fn key(&mut self) -> f32 {
        if self.chart.series.len() < 2 {
            return 0.0;
        }
        let (mut x, mut y) = (0.0, 8.0);
        let names: Vec<String> = self.chart.series.iter().map(|(name, _)| name.clone()).collect();
        for (index, name) in names.iter().enumerate() {
            let w = self.text.width(name, LABEL, false) + 14.0;
            if x > 0.0 && x + w > self.width {
                x = 0.0;
                y += 13.0;
            }
            self.shapes.push(Shape::Rect { x, y: y - 6.5, w: 8.0, h: 8.0, ink: Ink::Category(index as u8) });
            self.label(name, x + 12.0, y + 0.6, Anchor::Start, LABEL, false, Ink::Text);
            x += w + 16.0;
        }
        y + 10.0
    }
}

/// Geometry needs no more than a float; the printed number is the exact one.
fn value(point: &crate::brief::Point) -> f64 {
    use rust_decimal::prelude::ToPrimitive;
    point.value.to_f64().unwrap_or(0.0)
}

/// The words of a name in lines of at most `room`; a word longer than that is cut into characters.
fn wrap(text: &str, room: f32, size: f32, measure: &mut dyn Measure) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut line = String::new();
    for word in text.split_inclusive(|c: char| c == ' ' || !c.is_ascii()) {
        let tried = format!("{line}{word}");
        if !line.is_empty() && measure.width(tried.trim_end(), size, false) > room {
            lines.push(line.trim_end().to_owned());
            line.clear();
        }
        line.push_str(word);
        while line.chars().count() > 1 && measure.width(line.trim_end(), size, false) > room {
            let mut head: String = line.clone();
            while head.chars().count() > 1 && measure.width(&head, size, false) > room {
                head.pop();
            }
            line = line.get(head.len()..).unwrap_or_default().to_owned();
            lines.push(head);
        }
    }
    if !line.trim().is_empty() {
        lines.push(line.trim_end().to_owned());
    }
    lines
}

#[cfg(test)]
mod tests;
