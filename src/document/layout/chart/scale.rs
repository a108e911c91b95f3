//! The scale and ticks of an axis: from zero (or below, where there are negative values) to a round number above the
//! largest value, with three to six ticks at steps of 1, 2, 2.5 or 5 times a power of ten, exact.

use rust_decimal::Decimal;

use crate::{
    base::language::Language,
    document::brief::numbers::{self, Writing},
};

/// A linear axis with its ticks.
pub(super) struct Scale {
    low: f64,
    high: f64,
    /// Value and text of each tick.
    pub ticks: Vec<(f64, String)>,
}

impl Scale {
    /// Over these values; the ticks' texts are in units of ten to `exponent`.
    pub fn new(values: &[f64], exponent: i32, writing: Writing) -> Scale {
        let low = values.iter().copied().fold(0.0, f64::min);
        let mut high = values.iter().copied().fold(0.0, f64::max);
        if high - low <= 0.0 {
            high = low + 5.0;
        }
        let span = high - low;
        let power = (span / 5.0).log10().floor() as i32;
        // 1, 2, 2.5, 5, 10 times the power of ten, as whole tenths so that ticks are exact.
        let step = [(10, power), (20, power), (25, power), (50, power), (100, power)]
            .into_iter()
            .find(|(tenths, power)| {
                let step = f64::from(*tenths) * 10f64.powi(power - 1);
                (high / step).ceil() - (low / step).floor() <= 5.0
            })
            .unwrap_or((100, power));
        let size = f64::from(step.0) * 10f64.powi(step.1 - 1);
        let (first, last) = ((low / size).floor() as i64, (high / size).ceil() as i64);
        let ticks = (first..=last)
            .map(|n| {
                let shift = step.1 - 1 - exponent;
                (n as f64 * size, written(n * i64::from(step.0), shift, step.0, writing))
            })
            .collect();
        Scale { low: first as f64 * size, high: last as f64 * size, ticks }
    }

    /// Between the smallest and the largest of these values, without ticks: for lines that are read by their labels.
    pub fn between(values: &[f64]) -> Scale {
        let low = values.iter().copied().fold(f64::INFINITY, f64::min);
        let high = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        Scale { low, high, ticks: Vec::new() }
    }

    /// Returns where a value lies between the ends, from 0 to 1; 0.5 if both ends are the same.
    pub fn at(&self, value: f64) -> f32 {
        let span = self.high - self.low;
        if span > 0.0 { ((value - self.low) / span).clamp(0.0, 1.0) as f32 } else { 0.5 }
    }
}

/// `units` times ten to `shift`, with as many decimals as the step needs.
fn written(units: i64, shift: i32, step: i32, writing: Writing) -> String {
    let trailing = if step % 10 == 0 { 1 } else { 0 };
    let decimals = (-shift - trailing).clamp(0, 12) as u32;
    let value = if shift >= 0 {
        10i64.checked_pow(shift.unsigned_abs()).and_then(|scale| Decimal::from(units).checked_mul(scale.into()))
    } else {
        Decimal::try_from_i128_with_scale(i128::from(units), shift.unsigned_abs().min(28)).ok()
    };
    let text = numbers::axis(value.unwrap_or_default().normalize(), decimals, writing);
    // Counts of 万 and 亿 are not grouped, as in the labels.
    if writing.language == Language::Zh { text.replace(',', "") } else { text }
}
