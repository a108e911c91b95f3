//! How the numbers of a chart are written: whole beside bars, in the axis' thousands or millions elsewhere, and all of
//! them in words for those who do not see it.

use rust_decimal::{Decimal, RoundingStrategy, prelude::ToPrimitive};

use super::chart::Run;
use crate::{
    brief::{
        ChartKind, Point,
        numbers::{self, Writing},
        phrases,
    },
    figures::{Observation, Period, Status, Unit, UnitKind},
    language::Language,
};

/// A value in words for those who do not see it, and as it is drawn; `None` is a gap.
pub(super) type Told = Option<(String, Point)>;

/// How the numbers of one chart are written.
pub(super) struct Wording<'a> {
    unit: &'a Unit,
    writing: Writing,
    /// Labels are whole figures, with nothing left to the axis' unit.
    direct: bool,
    /// See `Chart::axis_exponent`.
    pub exponent: i32,
    /// See `Chart::axis_unit`.
    pub words: String,
    /// At most so many decimals are drawn; `None` for all.
    decimals: Option<u32>,
}

impl<'a> Wording<'a> {
    pub fn new(kind: ChartKind, runs: &[Run], sums: &[Option<Decimal>], unit: &'a Unit, writing: Writing) -> Self {
        let language = writing.language;
        let direct = matches!(kind, ChartKind::Bars | ChartKind::Dots | ChartKind::Slope);
        let values: Vec<Decimal> = runs.iter().flat_map(Run::observations).map(|o| o.value.abs()).collect();
        let largest = values.iter().chain(sums.iter().flatten()).max().copied().unwrap_or_default();
        let (exponent, words) = match (kind, language) {
            // There is no axis, and a bare figure carries its own 万 or 亿.
            (ChartKind::Slope, Language::Zh) if unit.kind != UnitKind::Percent => {
                (0, unit.pattern.get(language).replace("{n}", ""))
            }
            (ChartKind::Slope, _) => (0, unit.label.get(language).clone()),
            _ => axis(largest, unit, direct, language),
        };
        let decimals = if exponent > 0 { decimals(&values, exponent) } else { None };
        Wording { unit, writing, direct, exponent, words, decimals }
    }

    pub fn told(&self, (_, observation, detail): &(Period, Option<Observation>, String)) -> Told {
        let observation = observation.as_ref()?;
        let point = Point {
            value: observation.value,
            label: self.label(observation.value),
            detail: detail.clone(),
            provisional: observation.status == Status::Provisional,
        };
        Some((self.exact(observation.value), point))
    }

    /// The exact number as it is read out.
    pub fn exact(&self, value: Decimal) -> String {
        match self.writing.language {
            _ if self.unit.kind == UnitKind::Percent => numbers::full(value, self.unit, self.writing),
            _ if self.direct => numbers::bare(value, self.unit, self.writing),
            Language::Zh => numbers::ungrouped(shifted(value, self.exponent)),
            _ => numbers::plain(shifted(value, self.exponent).normalize(), self.writing),
        }
    }

    /// The number as it is drawn. Where it counts thousands or millions, all of a chart have the same decimals, but
    /// none has more than were published.
    pub fn label(&self, value: Decimal) -> String {
        if self.direct || self.unit.kind == UnitKind::Percent {
            return self.exact(value);
        }
        let value = shifted(value, self.exponent);
        let value = match self.decimals {
            Some(decimals) => value.round_dp_with_strategy(decimals, RoundingStrategy::MidpointAwayFromZero),
            None if self.exponent > 0 => value.normalize(),
            None => value,
        };
        if self.writing.language == Language::Zh {
            numbers::ungrouped(value)
        } else {
            numbers::plain(value, self.writing)
        }
    }
}

/// As many decimals as give the largest value three digits that count and the smallest two; `None` if those are too
/// many for a label.
fn decimals(values: &[Decimal], exponent: i32) -> Option<u32> {
    let known = || values.iter().filter(|v| !v.is_zero());
    let needed = |value: Option<&Decimal>, digits: i32| {
        let size = value.and_then(|v| v.to_f64()).map_or(0, |v| v.log10().floor() as i32) - exponent;
        (digits - 1 - size).max(0)
    };
    let most = needed(known().max(), 3).max(needed(known().min(), 2));
    u32::try_from(most).ok().filter(|most| *most <= 3)
}

/// The power of ten of an axis' numbers, relative to the series' unit, and the words for it. Where whole figures stand
/// beside the marks, the axis counts as they do.
fn axis(largest: Decimal, unit: &Unit, direct: bool, language: Language) -> (i32, String) {
    let label = unit.label.get(language);
    if unit.kind == UnitKind::Percent {
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
    (power as i32, phrases::scaled(power, label, language))
}

/// The exact value in units of ten to `exponent`, with all decimals that this gives it.
fn shifted(value: Decimal, exponent: i32) -> Decimal {
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

/// The finding, then every number: what a reader hears who does not see the chart.
pub(super) fn alt(
    title: &str,
    labels: &[String],
    series: &[(String, Vec<Told>)],
    totals: &[String],
    wording: &Wording<'_>,
) -> String {
    let language = wording.writing.language;
    let (colon, comma, stop, open, close) = match language {
        Language::Zh => ("：", "，", "。", "（", "）"),
        _ => (": ", ", ", ". ", " (", ")"),
    };
    let mut text = format!("{title}{stop}");
    if !wording.direct {
        text.push_str(&format!("{}{stop}", wording.words));
    }
    for (name, points) in series {
        let told: Vec<String> = labels
            .iter()
            .zip(points)
            .map(|(label, told)| match told {
                Some((exact, point)) if point.detail.is_empty() => format!("{label} {exact}"),
                Some((exact, point)) => format!("{label} {exact}{open}{}{close}", point.detail),
                None => format!("{label} {}", phrases::NO_VALUE.get(language)),
            })
            .collect();
        text.push_str(&format!("{name}{colon}{}{stop}", told.join(comma)));
    }
    let told: Vec<String> = labels
        .iter()
        .zip(totals)
        .filter(|(_, total)| !total.is_empty())
        .map(|(label, total)| format!("{label} {total}"))
        .collect();
    if !told.is_empty() {
        text.push_str(&format!("{}{colon}{}{stop}", phrases::TOTAL.get(language), told.join(comma)));
    }
    text.trim_end().to_owned()
}
