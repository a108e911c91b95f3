//! The frame of columns and lines: a vertical axis with its grid, and the periods under the plot.

use super::{
    canvas::{AXIS, Canvas, MIN_BAR, NUMBER, PERIOD, float, middle},
    scale::Scale,
};
use crate::document::layout::{drawing::Anchor, geometry::Rect};

/// Height of a plot, unless its labels need more.
pub(super) const PLOT: f32 = 124.0;

pub(super) struct PlotFrame {
    pub left: f32,
    pub right: f32,
    pub top: f32,
    height: f32,
    /// Height under the plot for the labels of values below zero.
    below: f32,
    scale: Scale,
}

impl PlotFrame {
    /// Draws grid, numbers and unit of the axis over `values`, below `top`; `right` is the width of names beside the plot.
    pub fn new(canvas: &mut Canvas<'_>, values: &[f64], top: f32, right: f32, height: f32) -> PlotFrame {
        let (scale, unit) = canvas.axis(values);
        let numbers = canvas.widest(scale.ticks.iter().map(|(_, text)| text), NUMBER);
        let top = top + if unit.is_empty() { 10.0 } else { 18.0 };
        canvas.write(&unit, (0.0, top - 12.0), Anchor::Start, NUMBER);
        let below = if values.iter().any(|v| *v < 0.0) { 9.0 } else { 0.0 };
        let frame = PlotFrame { left: numbers + 6.0, right: canvas.width - right, top, height, below, scale };
        for (v, text) in &frame.scale.ticks {
            let y = frame.y(*v);
            if *v != 0.0 {
                canvas.grid((frame.left, y), (frame.right, y));
            }
            canvas.write(text, (numbers, middle(y, AXIS)), Anchor::End, NUMBER);
        }
        frame
    }

    pub fn y(&self, v: f64) -> f32 {
        self.top + (1.0 - self.scale.at(v)) * self.height
    }

    pub fn bottom(&self) -> f32 {
        self.top + self.height
    }

    pub fn width(&self) -> f32 {
        self.right - self.left
    }

    pub fn zero_line(&self, canvas: &mut Canvas<'_>) {
        canvas.zero_line((self.left, self.y(0.0)), (self.right, self.y(0.0)));
    }

    /// Draws the line of reference, if the chart has one.
    pub fn reference(&self, canvas: &mut Canvas<'_>) {
        if let Some(reference) = &canvas.chart.options.reference {
            let y = self.y(float(reference.value));
            canvas.reference_line((self.left, y), (self.right, y));
        }
    }

    /// The area of a bar from zero to `v`.
    pub fn bar(&self, left: f32, right: f32, v: f64) -> Rect {
        let (zero, mut end) = (self.y(0.0), self.y(v));
        if v != 0.0 && (end - zero).abs() < MIN_BAR {
            end = zero - MIN_BAR * v.signum() as f32;
        }
        Rect { left, top: zero.min(end), right, bottom: zero.max(end) }
    }

    /// Writes the labels under the plot: all of them, or every n-th if they would touch. Returns the bottom of the chart.
    pub fn periods(&self, canvas: &mut Canvas<'_>, centre: impl Fn(usize) -> f32) -> f32 {
        let labels = &canvas.chart.labels;
        let step = if labels.len() > 1 { centre(1) - centre(0) } else { self.width() };
        // Names of groups may take several lines; periods never do.
        let lines: Vec<Vec<String>> = if labels.len() <= 8 {
            labels.iter().map(|label| canvas.wrap(label, PERIOD, step - 5.0)).collect()
        } else {
            labels.iter().map(|label| vec![label.clone()]).collect()
        };
        let widths: Vec<f32> = lines.iter().map(|lines| canvas.widest(lines, PERIOD)).collect();
        // The outermost labels stay in the box.
        let places: Vec<(f32, f32)> = widths
            .iter()
            .enumerate()
            .map(|(index, wide)| (centre(index).min(canvas.width - wide / 2.0).max(wide / 2.0), wide / 2.0))
            .collect();
        let last = labels.len().saturating_sub(1);
        let fits = |every: usize| {
            let shown: Vec<&(f32, f32)> = places.iter().rev().step_by(every).collect();
            shown.windows(2).all(|pair| matches!(pair, [b, a] if a.0 + a.1 + 5.0 <= b.0 - b.1))
        };
        let years = labels.iter().all(|label| label.len() == 4 && label.bytes().all(|b| b.is_ascii_digit()));
        let steps: &[usize] = if years { &[1, 2, 5, 10, 20] } else { &[1, 2, 3, 4, 6, 12, 24] };
        let every = steps.iter().copied().find(|every| fits(*every)).unwrap_or(labels.len().max(1));
        let mut most = 1;
        for (index, label) in lines.iter().enumerate() {
            if !(last - index).is_multiple_of(every) {
                continue;
            }
            most = most.max(label.len());
            let x = places.get(index).map_or(0.0, |place| place.0);
            for (nth, line) in label.iter().enumerate() {
                canvas.write(line, (x, self.bottom() + self.below + 12.0 + nth as f32 * 9.4), Anchor::Middle, PERIOD);
            }
        }
        self.bottom() + self.below + 7.0 + most as f32 * 9.4
    }
}
