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
        self.too_short(texts, &shown.series, &known);
    }

    /// Looks whether each series of a chart has enough values, be they drawn or not.
    pub(super) fn check_histories(&mut self, texts: &BlockTexts<'_>, plotted: &[PlottedSeries]) {
        for run in plotted {
            let last = run.observations().last().map(|it| it.period);
            let frequency = last.map(Period::frequency).or_else(|| self.snapshot.frequency(&run.id, None));
            let known = self.snapshot.periods(&run.id).into_iter();
            let known: Vec<Period> = known.filter(|period| Some(period.frequency()) == frequency).collect();
            self.too_short(texts, &run.id, &known);
        }
    }

    fn too_short(&mut self, texts: &BlockTexts<'_>, series: &SeriesId, known: &[Period]) {
        let wanted = texts.shared.get("min_history").and_then(toml::Value::as_integer);
        let Some(wanted) = wanted.filter(|wanted| i64::try_from(known.len()).is_ok_and(|count| count < *wanted)) else {
            return;
        };
        let periods = known.iter().map(Period::to_string).collect::<Vec<_>>().join(", ");
        let there = match known.len() {
            0 => "has no period".to_owned(),
            1 => format!("has 1 period ({periods})"),
            count => format!("has {count} periods ({periods})"),
        };
        let what =
            format!("not enough history in `{}`: `{series}` {there}, and min_history asks for {wanted}", texts.id);
        let hint = "lower min_history, show another series, or import its earlier values";
        let place = block_keys::nearest_place(&self.shared.source, &[&texts.id, "min_history"]);
        self.problems.push(Problem::error(what).at(place).hint(hint));
    }
}
