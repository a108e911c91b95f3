//! What a chart shows beyond its values: highlights, gaps, a forecast, a range, a line of reference; and how wide it is.

use rust_decimal::Decimal;

/// Maximum number of series that are highlighted: beside grey, no more colours can be told apart by everybody.
pub const MOST_HIGHLIGHTED: usize = 3;

/// The options of a chart; without any it is drawn in all colours over the whole width.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ChartOptions {
    /// What is in colour while the rest is grey.
    pub highlight: Option<Highlight>,
    /// One panel for each series, all on the same scales.
    pub multiples: bool,
    /// Half as wide as the text.
    pub half: bool,
    /// Written in place of a missing value: `n/a`.
    pub missing: String,
    /// Values that are missing where one is expected, as series and position.
    pub gaps: Vec<(usize, usize)>,
    /// The values that are a forecast.
    pub forecast: Option<Forecast>,
    /// A line across the plot.
    pub reference: Option<Reference>,
    /// The range of each value of the first series; empty if there is none.
    pub ranges: Vec<Option<(Decimal, Decimal)>>,
}

/// What is highlighted, by its indices.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Highlight {
    /// Series, in the order of their colours.
    Series(Vec<usize>),
    /// Labels.
    Labels(Vec<usize>),
}

/// Positions from which on values are not known, but expected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Forecast {
    /// The first of them.
    pub from: usize,
    /// `forecast`, `Prognose`, `预测`.
    pub word: String,
}

/// A line across the plot at a value that others are compared with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    /// Exact, in the unit of the series.
    pub value: Decimal,
    /// Its name and its number: `Target for 2030: 215`.
    pub label: String,
}

impl ChartOptions {
    /// Whether a value is missing there where one is expected.
    pub fn is_gap(&self, series: usize, position: usize) -> bool {
        self.gaps.contains(&(series, position))
    }

    /// Whether the values of this position are a forecast.
    pub fn is_forecast(&self, position: usize) -> bool {
        self.forecast.as_ref().is_some_and(|forecast| position >= forecast.from)
    }

    /// What stands in a table or a text in place of a value: the word for a missing one, or a dash where none is expected.
    pub fn absent(&self, series: usize, position: usize) -> &str {
        if self.is_gap(series, position) && !self.missing.is_empty() { &self.missing } else { "–" }
    }

    /// A label as a table or a text has it: with the word if its values are a forecast.
    pub fn told(&self, label: &str, position: usize) -> String {
        match &self.forecast {
            Some(forecast) if position >= forecast.from => format!("{label} ({})", forecast.word),
            _ => label.to_owned(),
        }
    }
}
