//! The text of a chart: its numbers, which are always exact (as whole figures beside bars, elsewhere in the thousands or
//! millions of the axis), and the alternative text that repeats them all.

use rust_decimal::{Decimal, RoundingStrategy};

use super::plotted::{PlottedChange, PlottedPoint, PlottedSeries};
use crate::{
    base::language::Language,
    document::brief::{
        Chart, ChartForm, ChartSeries, Point, ValueLabels,
        numbers::{self, Writing},
        translations,
        values::marked_provisional,
    },
    figures::{Status, Unit, UnitKind},
};

/// The notation of the numbers of one chart.
pub(super) struct ChartNumbers<'a> {
    unit: &'a Unit,
    writing: Writing,
    /// Labels are whole figures that need no axis to be read.
    direct: bool,
    /// The decimals of all labels: as many as the one of the chart that needs most, within what can be read.
    decimals: u32,
    /// The same of the changes beside them.
    change_decimals: u32,
    /// The power of ten of labels that carry their own 万 or 亿; 0 if they carry none.
    own_power: u32,
    /// See `Chart::axis_exponent`.
    pub exponent: i32,
    /// See `Chart::axis_unit`.
    pub words: String,
}

impl<'a> ChartNumbers<'a> {
    pub fn new(
        form: ChartForm,
        runs: &[PlottedSeries],
        sums: &[Option<Decimal>],
        unit: &'a Unit,
        writing: Writing,
    ) -> Self {
        let language = writing.language;
        let labels = form.facts().labels;
        let direct = labels != ValueLabels::Scaled;
        let values = runs.iter().flat_map(PlottedSeries::observations).map(|o| o.value.abs());
        let largest = values.chain(sums.iter().flatten().copied()).max().unwrap_or_default();
        let (exponent, words) = match (labels, language) {
            // There is no axis, and a bare figure carries its own 万 or 亿.
            (ValueLabels::WithoutAxis, Language::Zh) if !unit.kind.is_percentage() => {
                (0, unit.pattern.get(language).replace("{n}", ""))
            }
            (ValueLabels::WithoutAxis, _) => (0, unit.label.get(language).clone()),
            _ => axis(largest, unit, direct, language),
        };
        let own_power = own_power(largest, unit, direct, language);
        let mut numbers =
            ChartNumbers { unit, writing, direct, decimals: 0, change_decimals: 0, own_power, exponent, words };
        let shown = runs.iter().flat_map(PlottedSeries::observations).map(|o| o.value);
        let decimals = shown.chain(sums.iter().flatten().copied()).map(|v| numbers.moved(v).normalize().scale()).max();
        numbers.decimals = decimals.unwrap_or_default().min(numbers.finest());
        let changes = runs.iter().flat_map(|run| &run.points).filter_map(|point| point.change.as_ref());
        numbers.change_decimals = changes.map(|change| change.value.scale()).max().unwrap_or_default();
        numbers
    }

    /// The most decimals that can be read: none finer than whole thousands of a million, or hundreds of a thousand.
    fn finest(&self) -> u32 {
        let power = u32::try_from(self.exponent).unwrap_or_default();
        match (self.own_power, power) {
            (0, 0) => 3,
            (0, power) => power.saturating_sub(3).max(1),
            _ => 2,
        }
    }

    /// A value in the unit of its label. Decimals that were published stay; shifting adds none.
    fn moved(&self, value: Decimal) -> Decimal {
        let by = if self.own_power > 0 { self.own_power as i32 - self.unit.exponent as i32 } else { self.exponent };
        let is_own = self.direct || self.unit.kind.is_percentage();
        match by {
            _ if is_own && self.own_power == 0 => value,
            0 => value,
            by => shifted(value, by).normalize(),
        }
    }

    /// A value with its label; `None` is a gap.
    pub fn point(&self, plotted: &PlottedPoint) -> Option<Point> {
        let observation = plotted.observation.as_ref()?;
        Some(Point {
            value: observation.value,
            label: self.label(observation.value),
            told: self.number(observation.value),
            detail: plotted.change.as_ref().map_or(String::new(), |change| self.change(change)),
            provisional: observation.status == Status::Provisional,
        })
    }

    /// A change beside a value, with its mark if it is provisional.
    fn change(&self, change: &PlottedChange) -> String {
        let mut value = change.value;
        value.rescale(self.change_decimals);
        let mark = if change.provisional { translations::PROVISIONAL_MARK } else { "" };
        format!("{}{mark}", numbers::change(value, change.unit, true, self.writing))
    }

    /// A number as it is drawn: with as many decimals as all of its chart.
    pub fn label(&self, value: Decimal) -> String {
        let mut moved = self.moved(value).round_dp_with_strategy(self.decimals, RoundingStrategy::MidpointAwayFromZero);
        moved.rescale(self.decimals);
        if self.unit.kind.is_percentage() {
            return numbers::full(moved, self.unit, self.writing);
        }
        let written = numbers::plain(moved, self.writing);
        let own = match self.own_power {
            8 => "亿",
            4 => "万",
            _ => "",
        };
        let is_counted = self.own_power > 0 || (self.exponent != 0 && !self.direct);
        if self.writing.language == Language::Zh && is_counted { written.replace(',', "") + own } else { written }
    }

    /// A number as it is read out and stands in tables: with exactly the decimals that were published; counts in millions
    /// with the same ones.
    pub fn number(&self, value: Decimal) -> String {
        if self.unit.kind.is_percentage() {
            return numbers::full(value, self.unit, self.writing);
        }
        if self.direct {
            return numbers::bare(value, self.unit, self.writing);
        }
        let moved = shifted(value, self.exponent);
        // A count is known to its last digit, so that all have the decimals of one of them: 16.490 beside 12.859.
        if self.unit.kind == UnitKind::Count && self.exponent > 0 {
            let moved = moved.normalize();
            let counted = numbers::axis(moved, self.decimals.max(moved.scale()), self.writing);
            return if self.writing.language == Language::Zh { counted.replace(',', "") } else { counted };
        }
        match self.writing.language {
            Language::Zh if self.exponent != 0 => numbers::ungrouped(moved),
            // Thousands and millions gain zeros that nobody published.
            _ if self.exponent > 0 => numbers::plain(moved.normalize(), self.writing),
            _ => numbers::plain(moved, self.writing),
        }
    }
}

/// The power of ten of labels that carry their own 万 or 亿: that of the largest, so that all count in the same.
fn own_power(largest: Decimal, unit: &Unit, direct: bool, language: Language) -> u32 {
    if language != Language::Zh || !direct || !unit.kind.is_amount() {
        return 0;
    }
    let scale = 10i64.checked_pow(unit.exponent).map(Decimal::from);
    let whole = scale.and_then(|scale| largest.checked_mul(scale)).unwrap_or(largest);
    [8u32, 4].into_iter().find(|power| whole >= Decimal::from(10i64.pow(*power))).unwrap_or(0)
}

/// The power of ten of an axis' numbers, relative to the series' unit, and the words for it. Where whole figures stand
/// beside the marks, the axis counts as they do.
pub(super) fn axis(largest: Decimal, unit: &Unit, direct: bool, language: Language) -> (i32, String) {
    let label = unit.label.get(language);
    if unit.kind.is_percentage() {
        return (0, label.clone());
    }
    if language == Language::Zh && unit.zh_label_exponent > 0 {
        return (unit.zh_label_exponent as i32 - unit.exponent as i32, label.clone());
    }
    if unit.exponent > 0 {
        return (0, label.clone());
    }
    let powers: &[u32] = match language {
        Language::Zh => &[8, 4],
        _ if direct => &[],
        _ => &[6, 3],
    };
    let power = powers
        .iter()
        .copied()
        .find(|power| 10i64.checked_pow(*power).is_some_and(|scale| largest >= Decimal::from(scale)));
    let power = power.filter(|_| largest >= Decimal::from(10_000)).unwrap_or(0);
    (power as i32, translations::scaled(power, label, language))
}

/// The exact value in units of ten to `exponent`, with all decimals that this gives it.
pub(super) fn shifted(value: Decimal, exponent: i32) -> Decimal {
    let mut moved = value;
    let scale = i64::from(value.scale()) + i64::from(exponent);
    match u32::try_from(scale) {
        Ok(scale) if moved.set_scale(scale).is_ok() => moved,
        // More places than the value has decimals.
        _ => {
            let factor = Decimal::from(10i64.checked_pow(exponent.unsigned_abs()).unwrap_or(1));
            if exponent < 0 { value.checked_mul(factor) } else { value.checked_div(factor) }.unwrap_or(value)
        }
    }
}

/// The alternative text: the finding, then every number.
pub(super) fn alt(chart: &Chart, wording: &ChartNumbers<'_>) -> String {
    let Chart { title, series, totals, options, .. } = chart;
    let labels: Vec<String> =
        chart.labels.iter().enumerate().map(|(position, label)| options.told(label, position)).collect();
    let language = wording.writing.language;
    let (colon, comma, stop, open, close) = match language {
        Language::Zh => ("：", "，", "。", "（", "）"),
        _ => (": ", ", ", ". ", " (", ")"),
    };
    let mut text = format!("{title}{stop}");
    if !wording.direct {
        text.push_str(&format!("{}{stop}", wording.words));
    }
    for ChartSeries { name, points } in series {
        let spoken: Vec<String> = labels
            .iter()
            .zip(points)
            .map(|(label, point)| match point {
                Some(point) => {
                    let value = marked_provisional(point.told.clone(), point.provisional, language);
                    match &*point.detail {
                        "" => format!("{label} {value}"),
                        detail => {
                            let (detail, marked) = match detail.strip_suffix(translations::PROVISIONAL_MARK) {
                                Some(bare) => (bare, true),
                                None => (detail, false),
                            };
                            let detail = marked_provisional(detail.to_owned(), marked, language);
                            format!("{label} {value}{open}{detail}{close}")
                        }
                    }
                }
                None => format!("{label} {}", translations::NO_VALUE.get(language)),
            })
            .collect();
        text.push_str(&format!("{name}{colon}{}{stop}", spoken.join(comma)));
    }
    // A total is as provisional as its parts.
    let is_provisional = |place: usize| {
        series.iter().any(|one| one.points.get(place).is_some_and(|p| p.as_ref().is_some_and(|p| p.provisional)))
    };
    let spoken: Vec<String> = labels
        .iter()
        .zip(totals)
        .enumerate()
        .filter(|(_, (_, total))| !total.is_empty())
        .map(|(place, (label, total))| {
            format!("{label} {}", marked_provisional(total.clone(), is_provisional(place), language))
        })
        .collect();
    if !spoken.is_empty() {
        text.push_str(&format!("{}{colon}{}{stop}", translations::TOTAL.get(language), spoken.join(comma)));
    }
    text.trim_end().to_owned()
}
