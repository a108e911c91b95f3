//! The canvas that every form of chart draws on: text measured and placed, bars, marks, grid, axis and key; and the sizes
//! and styles that all forms share.

use std::collections::HashMap;

use rust_decimal::{Decimal, prelude::ToPrimitive};

use super::scale::Scale;
use crate::{
    base::language::Language,
    document::{
        brief::{
            CATEGORY_COLOURS, Chart, ChartForm, ChartSeries, Highlight, MOST_HIGHLIGHTED, Point, ValueMark,
            numbers::Writing,
        },
        layout::{
            drawing::{Anchor, Drawing, Ink, Label, Marker, Measure, Shape, Tone},
            geometry::Rect,
        },
    },
};

/// Size of names and values.
pub(super) const LABEL: f32 = 8.2;
/// Size of an axis' numbers.
pub(super) const AXIS: f32 = 7.6;
/// Distance from line to line of a name.
pub(super) const LINE: f32 = 10.0;
/// Stroke width of a line chart's lines.
pub(super) const LINE_WIDTH: f32 = 1.8;
/// Stroke width where a line leads to a provisional value.
pub(super) const PROVISIONAL_LINE_WIDTH: f32 = 0.9;
/// Minimum length of a bar that is not zero, so that it is seen: half of the zero line covers it, and three quarters of a
/// point are left.
pub(super) const MIN_BAR: f32 = 1.25;

/// How a label looks.
#[derive(Clone, Copy)]
pub(super) struct LabelStyle {
    pub size: f32,
    pub strong: bool,
    pub ink: Ink,
}

pub(super) const NAME: LabelStyle = LabelStyle { size: LABEL, strong: false, ink: Ink::Text };
pub(super) const VALUE: LabelStyle = LabelStyle { size: LABEL, strong: true, ink: Ink::Text };
pub(super) const DETAIL: LabelStyle = LabelStyle { size: LABEL, strong: false, ink: Ink::Muted };
pub(super) const NUMBER: LabelStyle = LabelStyle { size: AXIS, strong: false, ink: Ink::Muted };
pub(super) const PERIOD: LabelStyle = LabelStyle { size: AXIS, strong: false, ink: Ink::Text };
pub(super) const MISSING: LabelStyle = LabelStyle { size: 6.8, strong: false, ink: Ink::Muted };

impl LabelStyle {
    /// The same in another ink.
    pub fn ink(self, ink: Ink) -> LabelStyle {
        LabelStyle { ink, ..self }
    }
}

/// The series that a mark belongs to, and its colour.
#[derive(Clone, Copy)]
pub(super) struct Owner {
    pub series: usize,
    pub tone: Tone,
}

/// Where a bar, a marker or a label of a series is.
pub(super) struct SeriesArea {
    pub series: usize,
    pub area: Rect,
}

/// A straight line of a series.
pub(super) struct SeriesLine {
    pub series: usize,
    pub from: (f32, f32),
    pub to: (f32, f32),
}

/// A chart while it is drawn: shapes, labels, and the places that labels must leave free.
pub(super) struct Canvas<'a> {
    pub chart: &'a Chart,
    pub width: f32,
    writing: Writing,
    text: &'a mut dyn Measure,
    /// Painted behind everything.
    grid: Vec<Shape>,
    pub shapes: Vec<Shape>,
    pub labels: Vec<(Label, Rect)>,
    /// Widths by text, size and weight: shaping is most of what a chart costs.
    widths: HashMap<(String, u32, bool), f32>,
    /// Places that no label of another series may cover.
    pub marks: Vec<SeriesArea>,
    /// Lines of series and leaders, through which no label is written.
    pub lines: Vec<SeriesLine>,
    /// The zero line, likewise: from its beginning to its end.
    axes: Vec<[(f32, f32); 2]>,
    /// Lines of reference, which are interrupted where a label stands.
    references: Vec<[(f32, f32); 2]>,
}

impl<'a> Canvas<'a> {
    pub fn new(chart: &'a Chart, width: f32, writing: Writing, text: &'a mut dyn Measure) -> Canvas<'a> {
        Canvas {
            chart,
            width,
            writing,
            text,
            grid: Vec::new(),
            shapes: Vec::new(),
            labels: Vec::new(),
            widths: HashMap::new(),
            marks: Vec::new(),
            lines: Vec::new(),
            axes: Vec::new(),
            references: Vec::new(),
        }
    }

    pub fn write(&mut self, text: &str, (x, y): (f32, f32), anchor: Anchor, style: LabelStyle) {
        if !text.is_empty() {
            let LabelStyle { size, strong, ink } = style;
            let area = self.area(text, (x, y), anchor, style);
            self.labels.push((Label { text: text.to_owned(), x, y, anchor, size, strong, ink }, area));
        }
    }

    /// Writes the lines of a name, the middle of all of them at `y`.
    pub fn write_lines(&mut self, lines: &[String], (x, y): (f32, f32), anchor: Anchor, style: LabelStyle) {
        let first = middle(y, style.size) - (lines.len() as f32 - 1.0) / 2.0 * LINE;
        for (nth, line) in lines.iter().enumerate() {
            self.write(line, (x, first + nth as f32 * LINE), anchor, style);
        }
    }

    pub fn wide(&mut self, text: &str, style: LabelStyle) -> f32 {
        let key = (text.to_owned(), style.size.to_bits(), style.strong);
        *self.widths.entry(key).or_insert_with(|| self.text.width(text, style.size, style.strong))
    }

    pub fn widest<'t>(&mut self, texts: impl IntoIterator<Item = &'t String>, style: LabelStyle) -> f32 {
        texts.into_iter().map(|text| self.wide(text, style)).fold(0.0, f32::max)
    }

    /// Breaks a name into lines of at most `room`, all of them about equally long.
    pub fn wrap(&mut self, text: &str, style: LabelStyle, room: f32) -> Vec<String> {
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

    pub fn area(&mut self, text: &str, (x, y): (f32, f32), anchor: Anchor, style: LabelStyle) -> Rect {
        let wide = self.wide(text, style);
        let left = match anchor {
            Anchor::Start => x,
            Anchor::Middle => x - wide / 2.0,
            Anchor::End => x - wide,
        };
        Rect { left, top: y - style.size * 0.78, right: left + wide, bottom: y + style.size * 0.2 }
    }

    /// Whether a text of `series` may stand there: inside the box, on no label, no line, no axis, on no mark of another
    /// series, nor (if `strictly`) on one of its own.
    pub fn is_free(&self, area: Rect, series: usize, strictly: bool) -> bool {
        let around = area.grown(0.8);
        area.left >= 0.0
            && area.right <= self.width
            && !self.marks.iter().any(|mark| (strictly || mark.series != series) && mark.area.touches(area))
            && !self.lines.iter().any(|line| around.crossed(line.from, line.to))
            && !self.axes.iter().any(|[from, to]| around.crossed(*from, *to))
            && self.labels.iter().all(|(_, label)| !label.touches(area.grown(1.0)))
    }

    /// Whether a leader of `series` may run along these points: over no label, and over no mark of another series.
    pub fn is_clear(&self, points: &[(f32, f32)], series: usize) -> bool {
        points.windows(2).all(|pair| {
            let [from, to] = pair else { return true };
            self.labels.iter().all(|(_, label)| !label.grown(0.6).crossed(*from, *to))
                && !self.marks.iter().any(|mark| mark.series != series && mark.area.crossed(*from, *to))
        })
    }

    /// Draws a leader from a mark to its label.
    pub fn leader(&mut self, points: Vec<(f32, f32)>, owner: Owner, dotted: bool) {
        let series = owner.series;
        for pair in points.windows(2) {
            if let [from, to] = pair {
                self.lines.push(SeriesLine { series, from: *from, to: *to });
            }
        }
        let dash = dotted.then_some((0.8, 2.0));
        self.shapes.push(Shape::Line { points, width: 0.6, dash, ink: Ink::Series(owner.tone) });
    }

    /// Writes a text at the first of these places that is free. Returns false if none is.
    pub fn write_free(
        &mut self,
        text: &str,
        spots: impl IntoIterator<Item = (f32, f32)>,
        style: LabelStyle,
        series: usize,
    ) -> bool {
        for spot in spots {
            let area = self.area(text, spot, Anchor::Middle, style);
            if self.is_free(area, series, true) && !self.crosses_reference(area) {
                self.write(text, spot, Anchor::Middle, style);
                return true;
            }
        }
        false
    }

    fn crosses_reference(&self, area: Rect) -> bool {
        self.references.iter().any(|[from, to]| area.grown(0.8).crossed(*from, *to))
    }

    /// The word for a missing value.
    pub fn missing(&self) -> &'a str {
        &self.chart.options.missing
    }

    /// The colour of a series or, where labels are highlighted, of its mark at a position.
    pub fn owner(&self, series: usize, position: Option<usize>) -> Owner {
        let nth = |list: &[usize], at: usize| list.iter().position(|chosen| *chosen == at);
        let tone = match &self.chart.options.highlight {
            Some(Highlight::Series(chosen)) => nth(chosen, series).map_or(Tone::Quiet, highlighted),
            Some(Highlight::Labels(chosen)) if position.is_some_and(|at| nth(chosen, at).is_none()) => Tone::Quiet,
            None if self.chart.form == ChartForm::Slope && self.chart.series.len() > CATEGORY_COLOURS => {
                self.direction(series)
            }
            None | Some(Highlight::Labels(_)) => Tone::Category((series % CATEGORY_COLOURS) as u8),
        };
        Owner { series, tone }
    }

    /// The colour of what rose, fell or stood still from the first position to the second.
    fn direction(&self, series: usize) -> Tone {
        match (self.point(series, 0), self.point(series, 1)) {
            (Some(from), Some(to)) if to.value > from.value => Tone::Category(0),
            (Some(from), Some(to)) if to.value < from.value => Tone::Category(3),
            _ => Tone::Quiet,
        }
    }

    /// Interrupts the zero line behind a label that has no other place.
    pub fn open_axis(&mut self, area: Rect) {
        if self.axes.iter().any(|[from, to]| area.crossed(*from, *to)) {
            let (x, y) = (area.left - 1.0, area.top);
            let (w, h) = (area.right + 1.0 - x, area.bottom - y);
            self.shapes.push(Shape::Rect { x, y, w, h, ink: Ink::Paper });
        }
    }

    /// Draws the zero line.
    pub fn zero_line(&mut self, from: (f32, f32), to: (f32, f32)) {
        self.axes.push([from, to]);
        self.line(from, to, 1.0, Ink::Axis);
    }

    pub fn line(&mut self, from: (f32, f32), to: (f32, f32), width: f32, ink: Ink) {
        self.shapes.push(Shape::Line { points: vec![from, to], width, dash: None, ink });
    }

    /// Draws a line of reference, which labels interrupt.
    pub fn reference_line(&mut self, from: (f32, f32), to: (f32, f32)) {
        self.references.push([from, to]);
    }

    /// Writes the name of the line of reference, below `top`, with a sample of it. Returns the height.
    pub fn reference_key(&mut self, top: f32) -> f32 {
        let Some(reference) = &self.chart.options.reference else { return 0.0 };
        const SAMPLE: f32 = 20.0;
        let lines = self.wrap(&reference.label, NAME, self.width - SAMPLE);
        let y = top + LINE / 2.0;
        self.shapes.push(dashed((0.0, y), (SAMPLE - 6.0, y)));
        for (nth, line) in lines.iter().enumerate() {
            self.write(line, (SAMPLE, middle(y, LABEL) + nth as f32 * LINE), Anchor::Start, NAME);
        }
        lines.len() as f32 * LINE + 6.0
    }

    pub fn grid(&mut self, from: (f32, f32), to: (f32, f32)) {
        self.grid.push(Shape::Line { points: vec![from, to], width: 0.5, dash: None, ink: Ink::Grid });
    }

    /// Draws a bar. A provisional one is lighter, with an outline as dark as other bars (WCAG 2.2, 1.4.11: half of a tone
    /// is not seen on white). A bar too thin for an outline is all outline.
    pub fn bar(&mut self, area: Rect, owner: Owner, provisional: bool) {
        let Rect { left, top, right, bottom } = area;
        let (w, h) = (right - left, bottom - top);
        let light = provisional && w > 2.0 && h > 2.0;
        let ink = if light { Ink::SeriesLight(owner.tone) } else { Ink::Series(owner.tone) };
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
            let (points, ink) = (points.to_vec(), Ink::Series(owner.tone));
            self.shapes.push(Shape::Line { points, width: 0.8, dash: None, ink });
        }
        self.marks.push(SeriesArea { series: owner.series, area });
    }

    pub fn mark(&mut self, (x, y): (f32, f32), r: f32, owner: Owner, provisional: bool) {
        let ink = Ink::Series(owner.tone);
        self.shapes.push(Shape::Marker { mark: Marker::of(owner.tone), x, y, r, ink, filled: !provisional });
        self.marks.push(SeriesArea { series: owner.series, area: Rect::around((x, y), r) });
    }

    pub fn points(&self) -> impl Iterator<Item = &'a Point> + use<'a> {
        self.chart.series.iter().flat_map(|series| &series.points).flatten()
    }

    pub fn point(&self, series: usize, position: usize) -> Option<&'a Point> {
        self.chart.series.get(series)?.points.get(position)?.as_ref()
    }

    /// All values that the axis must reach: also those of ranges and of the line of reference.
    pub fn values(&self) -> Vec<f64> {
        let options = &self.chart.options;
        let ranges = options.ranges.iter().flatten().flat_map(|(low, high)| [*low, *high]);
        let others = ranges.chain(options.reference.iter().map(|reference| reference.value)).map(float);
        self.points().map(value).chain(others).collect()
    }

    /// The axis over these values and its unit. A per-cent sign stands with each number instead of as a unit.
    pub fn axis(&self, values: &[f64]) -> (Scale, String) {
        let mut scale = Scale::new(values, self.chart.axis_exponent, self.writing);
        if self.chart.axis_unit != "%" {
            return (scale, self.chart.axis_unit.clone());
        }
        let sign = if self.writing.language == Language::De { "\u{a0}%" } else { "%" };
        scale.ticks.iter_mut().for_each(|(_, text)| text.push_str(sign));
        (scale, String::new())
    }

    /// Draws a key above the plot, for forms that cannot name several series beside their marks. Returns its height.
    pub fn key(&mut self) -> f32 {
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
            let tone = self.owner(index, None).tone;
            let ink = Ink::Series(tone);
            self.shapes.push(match chart.form.facts().mark {
                ValueMark::Point => Shape::Marker { mark: Marker::of(tone), x: x + 4.0, y, r: 3.5, ink, filled: true },
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

    /// The finished drawing. The grid keeps away from labels; marks lie over both.
    pub fn finish(self, height: f32) -> Drawing {
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
        let references = self.references.iter().flat_map(|line| interrupted(*line, &self.labels));
        let shapes = self.grid.into_iter().chain(gaps).chain(self.shapes).chain(references).collect();
        let labels = self.labels.into_iter().map(|(label, _)| label).collect();
        Drawing { width: self.width, height, shapes, labels }
    }
}

/// The colour of the n-th highlighted series. The second category is too near to grey for some who are colour-blind.
fn highlighted(nth: usize) -> Tone {
    const COLOURS: [u8; MOST_HIGHLIGHTED] = [0, 3, 2];
    COLOURS.get(nth % MOST_HIGHLIGHTED).map_or(Tone::Quiet, |category| Tone::Category(*category))
}

/// Returns the baseline of a text whose middle is at `y`.
pub(super) fn middle(y: f32, size: f32) -> f32 {
    y + size * 0.36
}

/// Returns a point's value as a float, which is exact enough for geometry. The printed number is the exact one.
pub(super) fn value(point: &Point) -> f64 {
    float(point.value)
}

/// The same of any number.
pub(super) fn float(number: Decimal) -> f64 {
    number.to_f64().unwrap_or(0.0)
}

/// A part of a line of reference.
fn dashed(from: (f32, f32), to: (f32, f32)) -> Shape {
    Shape::Line { points: vec![from, to], width: 1.0, dash: Some((3.0, 2.0)), ink: Ink::Text }
}

/// A level or upright line in the parts that no label covers.
fn interrupted([from, to]: [(f32, f32); 2], labels: &[(Label, Rect)]) -> Vec<Shape> {
    let level = from.1 == to.1;
    let along = |at: (f32, f32)| if level { at.0 } else { at.1 };
    let covers = |area: &Rect| if level { (area.left, area.right) } else { (area.top, area.bottom) };
    let crossed = labels.iter().map(|(_, area)| area.grown(1.5)).filter(|area| area.crossed(from, to));
    let mut covered: Vec<(f32, f32)> = crossed.map(|area| covers(&area)).collect();
    covered.sort_by(|a, b| a.0.total_cmp(&b.0));
    let at = |place: f32| if level { (place, from.1) } else { (from.0, place) };
    let (mut begin, end) = (along(from).min(along(to)), along(from).max(along(to)));
    let mut parts = Vec::new();
    for (first, last) in covered {
        if first > begin {
            parts.push(dashed(at(begin), at(first)));
        }
        begin = begin.max(last);
    }
    if begin < end {
        parts.push(dashed(at(begin), at(end)));
    }
    parts
}
