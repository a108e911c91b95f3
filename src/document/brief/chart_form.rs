//! The forms of a chart, each with its word in `blocks.toml` and its properties. The list of forms, their parsing, the
//! schema, the checks and the texts about a form come from here. A new form begins here, and the compiler asks for the
//! rest. How a form is drawn is in `layout/chart`.

use std::str::FromStr;

use super::theme::CATEGORY_COLOURS;
use crate::base::language::{Language, PerLanguage};

/// Declares the forms, the list of all of them and their words from one table, so that none can be left out of any.
macro_rules! chart_forms {
    ($($(#[$doc:meta])* $form:ident = $word:literal,)+) => {
        /// The form of a chart.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum ChartForm {
            $($(#[$doc])* $form,)+
        }

        impl ChartForm {
            /// Every form, in the order in which they are shown.
            pub const ALL: &'static [ChartForm] = &[$(ChartForm::$form),+];
            /// The words of all forms, in the same order.
            pub const WORDS: &'static [&'static str] = &[$($word),+];

            /// Its word in `blocks.toml`.
            pub const fn word(self) -> &'static str {
                match self {
                    $(ChartForm::$form => $word,)+
                }
            }
        }
    };
}

chart_forms! {
    /// Horizontal bars from zero, one group a label.
    Bars = "bars",
    /// Vertical bars from zero, one group a label.
    Columns = "columns",
    /// Lines over periods; a missing value is a gap.
    Lines = "lines",
    /// Dots on a common scale with their labels, for shares.
    Dots = "dots",
    /// Horizontal bars whose series stand end to end.
    StackedBars = "stacked-bars",
    /// Vertical bars whose series stand one on the other.
    StackedColumns = "stacked-columns",
    /// Areas whose series stand one on the other, over periods.
    Area = "area",
    /// Two periods and a line a row between them; the labels are the two periods.
    Slope = "slope",
}

/// The properties that all charts of a form share.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FormFacts {
    /// Maximum number of series that can be told apart.
    pub max_series: usize,
    /// The number of periods, where the form fixes it.
    pub periods: Option<FixedPeriods>,
    /// The role of the block's rows (`[[block.row]]`) in the chart.
    pub rows: Rows,
    /// Whether the series add up to a total, which excludes values below zero.
    pub stacked: bool,
    /// The shape that shows a value.
    pub mark: ValueMark,
    /// The unit in which values are written.
    pub labels: ValueLabels,
}

/// A number of periods that a form needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FixedPeriods {
    /// Exactly this many.
    pub count: usize,
    /// The rule as the beginning of an error's text.
    pub rule: &'static str,
}

/// The role of a block's rows in its chart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rows {
    /// Rows are the labels, told apart by their names; periods are the series.
    Labels,
    /// Rows are the series; periods are the labels.
    Series,
}

/// The shape that shows a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ValueMark {
    /// A filled area that begins at zero; a lighter one if the value is provisional.
    Area,
    /// A point; a hollow one if the value is provisional.
    Point,
}

/// The unit in which values are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ValueLabels {
    /// Values and axis in thousands or millions where values are large.
    Scaled,
    /// Every value as a whole figure beside its mark; the axis counts as they do.
    Whole,
    /// Every value as a whole figure; there is no axis.
    WithoutAxis,
}

/// No form has this word.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no form")]
pub struct UnknownChartForm(pub String);

impl FromStr for ChartForm {
    type Err = UnknownChartForm;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        let found = ChartForm::ALL.iter().find(|form| form.word() == word);
        found.copied().ok_or_else(|| UnknownChartForm(word.to_owned()))
    }
}

impl ChartForm {
    /// The properties of this form.
    pub const fn facts(self) -> FormFacts {
        const BARS: FormFacts = FormFacts {
            max_series: CATEGORY_COLOURS,
            periods: None,
            rows: Rows::Labels,
            stacked: false,
            mark: ValueMark::Area,
            labels: ValueLabels::Whole,
        };
        const COLUMNS: FormFacts = FormFacts { labels: ValueLabels::Scaled, ..BARS };
        match self {
            ChartForm::Bars => BARS,
            ChartForm::Columns => COLUMNS,
            ChartForm::Dots => FormFacts { mark: ValueMark::Point, ..BARS },
            ChartForm::Lines => FormFacts {
                // More than there are colours have a panel each, or one is highlighted.
                max_series: 12,
                rows: Rows::Series,
                mark: ValueMark::Point,
                ..COLUMNS
            },
            ChartForm::StackedBars | ChartForm::StackedColumns | ChartForm::Area => {
                FormFacts { rows: Rows::Series, stacked: true, ..COLUMNS }
            }
            ChartForm::Slope => FormFacts {
                // Its lines are named at both ends, so that colours may repeat; more of them are a thicket.
                max_series: 10,
                periods: Some(FixedPeriods { count: 2, rule: "a slope goes from one period to another" }),
                rows: Rows::Series,
                stacked: false,
                mark: ValueMark::Point,
                labels: ValueLabels::WithoutAxis,
            },
        }
    }

    /// Its name as a reader of its language knows it.
    pub fn name(self, language: Language) -> &'static str {
        let three = |en, de, zh| PerLanguage { en, de, zh };
        let names = match self {
            ChartForm::Bars => three("Bar chart", "Balkendiagramm", "条形图"),
            ChartForm::Columns => three("Column chart", "Säulendiagramm", "柱状图"),
            ChartForm::Lines => three("Line chart", "Liniendiagramm", "折线图"),
            ChartForm::Dots => three("Dot plot", "Punktdiagramm", "点图"),
            ChartForm::StackedBars => three("Stacked bar chart", "Gestapeltes Balkendiagramm", "堆积条形图"),
            ChartForm::StackedColumns => three("Stacked column chart", "Gestapeltes Säulendiagramm", "堆积柱状图"),
            ChartForm::Slope => three("Slope chart", "Steigungsdiagramm", "斜率图"),
            ChartForm::Area => three("Area chart", "Flächendiagramm", "面积图"),
        };
        names.get(language)
    }

    /// The hint for values that cannot be stacked.
    pub fn side_by_side() -> String {
        let (columns, bars) = (ChartForm::Columns.word(), ChartForm::Bars.word());
        format!("draw them side by side: form = \"{columns}\" or \"{bars}\"")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_form_is_read_by_its_word_and_no_other_word_is() {
        for (form, word) in ChartForm::ALL.iter().zip(ChartForm::WORDS) {
            assert_eq!(word.parse(), Ok(*form));
            assert_eq!(form.word(), *word);
        }
        assert_eq!("pie".parse::<ChartForm>(), Err(UnknownChartForm("pie".to_owned())));
    }
}
