//! How many periods a series must have before a block shows it: `min_history`.

use super::{BlockTexts, Filler, plotted::PlottedSeries};
use crate::{
    base::problem::Problem,
    document::brief::block_keys,
    figures::{AsKnown, Observation, Period, SeriesId},
};

impl Filler<'_> {
    /// Looks whether the series of a tile has enough values up to the one that is shown.
    pub(super) fn check_history(&mut self, texts: &BlockTexts<'_>, shown: &Observation, pinned: Option<AsKnown>) {
        let frequency = shown.period.frequency();
        let known = self.snapshot.periods(&shown.series).into_iter();
        let known = known.filter(|period| *period <= shown.period && period.frequency() == frequency);
        let known = known.filter(|period| self.snapshot.observation(&shown.series, *period, pinned).is_some());
        let known: Vec<Period> = known.collect();
        let hint = "lower min_history, show another series, or import its earlier values";
        self.too_short(texts, &shown.series, ("", &known), hint);
    }

    /// Looks whether enough values of each series of a chart are drawn.
    pub(super) fn check_histories(&mut self, texts: &BlockTexts<'_>, plotted: &[PlottedSeries]) {
        let hint = if texts.shared.contains_key("periods") {
            "lower min_history, name more `periods`, or import earlier values"
        } else {
            "lower min_history, draw more periods by `from` and `to`, or import earlier values"
        };
        for run in plotted {
            let drawn: Vec<Period> = run.observations().map(|it| it.period).collect();
            self.too_short(texts, &run.id, (" in this chart", &drawn), hint);
        }
    }

    /// Tells of a series that has fewer values than are asked for there.
    fn too_short(&mut self, texts: &BlockTexts<'_>, series: &SeriesId, (there, known): (&str, &[Period]), hint: &str) {
        let wanted = texts.shared.get("min_history").and_then(toml::Value::as_integer);
        // The check of `blocks.toml` tells of a number that is none of periods.
        let wanted = wanted.filter(|wanted| (1..=i64::from(block_keys::MOST_COUNTED)).contains(wanted));
        let Some(wanted) = wanted.filter(|wanted| i64::try_from(known.len()).is_ok_and(|count| count < *wanted)) else {
            return;
        };
        let periods = known.iter().map(Period::to_string).collect::<Vec<_>>().join(", ");
        let has = match known.len() {
            0 => format!("has no period{there}"),
            1 => format!("has 1 period{there} ({periods})"),
            count => format!("has {count} periods{there} ({periods})"),
        };
        let what = format!("not enough history in `{}`: `{series}` {has}, and min_history asks for {wanted}", texts.id);
        let place = block_keys::nearest_place(&self.shared.source, &[&texts.id, "min_history"]);
        self.problems.push(Problem::error(what).at(place).hint(hint));
    }
}
