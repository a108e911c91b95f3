//! A drawn chart: shapes and texts at fixed places inside a box. Units are points; the origin is the top left corner of
//! the box and y grows downwards. Colours are roles of the theme, never values.

/// Measures texts in points, so that labels of a chart never overlap. Implemented by the typesetter.
pub trait Measure {
    /// The advance of `text` on one line at `size` points; `strong` is the semi-bold face.
    fn width(&mut self, text: &str, size: f32, strong: bool) -> f32;

    /// Breaks a text into lines of at most `room`, if its words allow. Nothing of it is left out.
    fn lines(&mut self, text: &str, size: f32, strong: bool, room: f32) -> Vec<String>;
}

/// The colour of a series.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Tone {
    /// The n-th category of the theme (0 to 3).
    Category(u8),
    /// Grey: what is not highlighted.
    Quiet,
}

/// A colour by what it is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Ink {
    /// Body text.
    Text,
    /// Labels, captions, notes.
    Muted,
    /// A series of a chart.
    Series(Tone),
    /// The same, lighter: a provisional value.
    SeriesLight(Tone),
    /// The same, so light that lines and labels stand on it: the range of an uncertain value.
    SeriesBand(Tone),
    /// The same for text: darker where the colour itself would be hard to read.
    SeriesText(Tone),
    /// Text on the colour of a series: black or white, whichever can be read.
    On(Tone),
    /// Text on its lighter tone.
    OnLight(Tone),
    /// The page itself: a gap in what lies under it.
    Paper,
    /// Grid lines.
    Grid,
    /// The zero line and axes.
    Axis,
}

/// Which part of a text is at its `x`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Anchor {
    /// x is where it begins.
    Start,
    /// x is its middle.
    Middle,
    /// x is where it ends.
    End,
}

/// The marker of a value. Each series has its own, since colour alone does not tell them apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Marker {
    Circle,
    Square,
    Triangle,
    Diamond,
}

impl Marker {
    /// The marker of the series in this colour.
    pub fn of(tone: Tone) -> Marker {
        match tone {
            Tone::Category(0) | Tone::Quiet => Marker::Circle,
            Tone::Category(1) => Marker::Square,
            Tone::Category(2) => Marker::Triangle,
            Tone::Category(_) => Marker::Diamond,
        }
    }

    /// Its corners around a centre, as large to the eye as a circle of radius `r`.
    pub fn corners(self, (x, y): (f32, f32), r: f32) -> Vec<(f32, f32)> {
        let (count, turn, scale) = match self {
            Marker::Circle => (24, 0.0, 1.0),
            Marker::Square => (4, 0.125, 1.25),
            Marker::Triangle => (3, 0.75, 1.4),
            Marker::Diamond => (4, 0.0, 1.3),
        };
        (0..count)
            .map(|n| {
                let angle = (n as f32 / count as f32 + turn) * std::f32::consts::TAU;
                (x + r * scale * angle.cos(), y + r * scale * angle.sin())
            })
            .collect()
    }
}

/// A shape. All of them are decoration to a screen reader: the chart's Alt tells the numbers.
#[derive(Debug, Clone, PartialEq)]
pub enum Shape {
    /// A filled rectangle; `w` and `h` are not negative.
    Rect {
        /// Left
        x: f32,
        /// Top
        y: f32,
        /// Width
        w: f32,
        /// Height
        h: f32,
        /// Fill
        ink: Ink,
    },
    /// A filled polygon.
    Area {
        /// Its corners, at least three
        points: Vec<(f32, f32)>,
        /// Fill
        ink: Ink,
    },
    /// A polyline with round joins.
    Line {
        /// At least two points
        points: Vec<(f32, f32)>,
        /// Stroke width
        width: f32,
        /// Dash and gap lengths, if dashed
        dash: Option<(f32, f32)>,
        /// Stroke
        ink: Ink,
    },
    /// The mark of a value.
    Marker {
        /// Its form
        mark: Marker,
        /// Centre
        x: f32,
        /// Centre
        y: f32,
        /// Radius
        r: f32,
        /// Fill
        ink: Ink,
        /// Filled, else only its outline on paper
        filled: bool,
    },
}

/// A text on one line.
#[derive(Debug, Clone, PartialEq)]
pub struct Label {
    /// Its words
    pub text: String,
    /// See `anchor`
    pub x: f32,
    /// The baseline
    pub y: f32,
    /// Which part of it is at `x`
    pub anchor: Anchor,
    /// Size in points
    pub size: f32,
    /// Semi-bold
    pub strong: bool,
    /// Colour
    pub ink: Ink,
}

/// A finished chart without title, subtitle and notes, which are flowed as text.
#[derive(Debug, Clone, PartialEq)]
pub struct Drawing {
    /// Width of the box
    pub width: f32,
    /// Height of the box
    pub height: f32,
    /// Painted in this order
    pub shapes: Vec<Shape>,
    /// Painted over the shapes, in reading order
    pub labels: Vec<Label>,
}
