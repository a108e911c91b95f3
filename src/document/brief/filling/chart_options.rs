//! What a block asks of its chart beyond its values: what is highlighted, where a forecast begins, a range, a line of
//! reference; and which values are missing.

use std::mem::{Discriminant, discriminant};

use rust_decimal::Decimal;

use super::{BlockTexts, Filler, chart::strings, chart_text::ChartNumbers, plotted::PlottedSeries};
use crate::{
    base::{language::Language, problem::Problem},
    document::brief::{
        ChartForm, ChartOptions, Forecast, Highlight, Reference, Rows, block_keys, dates,
        move_words::PERIOD,
        scope::{Asked, listed},
        sentence_periods, translations,
        values::marked_provisional,
    },
    figures::{Observation, Period, Status},
};

impl Filler<'_> {
    /// The options of a chart, and the observations that they show.
    pub(super) fn options(
        &mut self,
        texts: &BlockTexts<'_>,
        form: ChartForm,
        plotted: &[PlottedSeries],
        wording: &ChartNumbers<'_>,
    ) -> (ChartOptions, Vec<Observation>) {
        let word = |key: &str| texts.shared.get(key).and_then(toml::Value::as_str);
        let mut shown = Vec::new();
        let options = ChartOptions {
            highlight: self.highlight(texts, form, plotted),
            multiples: texts.shared.get("multiples").and_then(toml::Value::as_bool) == Some(true),
            half: word("width") == Some("half"),
            missing: (*translations::NOT_AVAILABLE.get(self.language())).to_owned(),
            gaps: gaps(plotted),
            forecast: self.forecast(texts, plotted),
            reference: self.reference(texts, plotted, wording, &mut shown),
            ranges: self.ranges(texts, plotted, &mut shown),
        };
        (options, shown)
    }

    /// What is highlighted. Names were checked with blocks.toml; a period may still not be drawn.
    fn highlight(&mut self, texts: &BlockTexts<'_>, form: ChartForm, plotted: &[PlottedSeries]) -> Option<Highlight> {
        let value = texts.shared.get("highlight")?;
        let names = match value.as_str() {
            Some(name) => vec![name.to_owned()],
            None => strings(texts.shared, "highlight"),
        };
        let rows = texts.shared.get("row").and_then(toml::Value::as_array);
        let key = |row: &toml::Value, key: &str| row.get(key).and_then(toml::Value::as_str).map(str::to_owned);
        let of_runs: Vec<[Option<String>; 2]> = match rows {
            Some(rows) => rows.iter().map(|row| [key(row, "key"), key(row, "series")]).collect(),
            None => plotted.iter().map(|run| [Some(run.id.to_string()), None]).collect(),
        };
        let periods: Vec<Period> = plotted.first()?.points.iter().map(|point| point.period).collect();
        let (mut runs, mut positions) = (Vec::new(), Vec::new());
        for (nth, name) in names.iter().enumerate() {
            let run = of_runs.iter().position(|known| known.iter().flatten().any(|known| known == name));
            let position = name.parse::<Period>().ok().and_then(|it| periods.iter().position(|period| *period == it));
            match (run, position) {
                (Some(run), _) => runs.push(run),
                (None, Some(position)) => positions.push(position),
                // Reported by the check of blocks.toml.
                (None, None) if name.parse::<Period>().is_err() => {}
                (None, None) => {
                    let nth = nth.to_string();
                    let path = [&*texts.id, "highlight", &*nth];
                    let place = block_keys::nearest_place(&self.shared.source, &path);
                    let problem = Problem::error(format!("the chart `{}` does not show {name}", texts.id)).at(place);
                    let hint = listed(&periods).unwrap_or_default();
                    self.problems.push(problem.hint(hint));
                }
            }
        }
        // Rows that are labels change places with the periods.
        let is_turned = rows.is_some() && form.facts().rows == Rows::Labels;
        let (series, labels) = if is_turned { (positions, runs) } else { (runs, positions) };
        match (series.is_empty(), labels.is_empty()) {
            (false, _) => Some(Highlight::Series(series)),
            (true, false) => Some(Highlight::Labels(labels)),
            (true, true) => None,
        }
    }

    fn forecast(&mut self, texts: &BlockTexts<'_>, plotted: &[PlottedSeries]) -> Option<Forecast> {
        let written = texts.shared.get("forecast_from")?.as_str()?;
        let begins: Period = written.parse().ok()?;
        let periods: Vec<Period> = plotted.first()?.points.iter().map(|point| point.period).collect();
        let Some(from) = periods.iter().position(|period| *period >= begins) else {
            let what = format!("the chart `{}` ends before {written}", texts.id);
            let hint = listed(&periods).unwrap_or_default();
            self.wrong(texts, "forecast_from", what, &hint);
            return None;
        };
        Some(Forecast { from, word: (*translations::FORECAST.get(self.language())).to_owned() })
    }

    /// The value of a series that another key of the block names, checked to be in the unit of the chart.
    fn named_value(
        &mut self,
        texts: &BlockTexts<'_>,
        [table, key]: [&str; 2],
        period: Option<&str>,
        plotted: &[PlottedSeries],
    ) -> Option<Observation> {
        let series = texts.shared.get(table)?.get(key)?.as_str()?;
        let (of_series, of_period) = ([&*texts.id, table, key], [&*texts.id, table, "period"]);
        let asked = Asked::Keys { series: &of_series, period: &of_period, change: &of_series };
        let observation = self.shared.figure(asked, series, period, None)?.observation;
        let units = [plotted.first()?.id.as_str(), series].map(|id| self.unit(id).map(|unit| unit.id));
        if units[0] != units[1] {
            let place = block_keys::nearest_place(&self.shared.source, &of_series);
            let words = units.map(Option::unwrap_or_default);
            let what = format!("`{series}` is in {}, the chart `{}` in {}", words[1], texts.id, words[0]);
            self.problems.push(Problem::error(what).at(place).hint("one axis has one unit"));
            return None;
        }
        Some(observation)
    }

    fn reference(
        &mut self,
        texts: &BlockTexts<'_>,
        plotted: &[PlottedSeries],
        wording: &ChartNumbers<'_>,
        shown: &mut Vec<Observation>,
    ) -> Option<Reference> {
        let period = texts.shared.get("reference")?.get("period").and_then(toml::Value::as_str).map(str::to_owned);
        let observation = self.named_value(texts, ["reference", "series"], period.as_deref(), plotted)?;
        let language = self.language();
        let name = self.text(texts, "reference");
        let name = if name.is_empty() { self.named(texts, "", observation.series.as_str()) } else { name };
        self.check_reference(&name, &observation);
        let name = name.replace(PERIOD, &dates::period(observation.period, language));
        let colon = if language == Language::Zh { "：" } else { ": " };
        let number = wording.label(observation.value);
        let number = marked_provisional(number, observation.status == Status::Provisional, language);
        let label = format!("{name}{colon}{number}");
        let value = observation.value;
        shown.push(observation);
        Some(Reference { value, label })
    }

    /// Warns of a line whose name says another year than that of its value.
    fn check_reference(&mut self, name: &str, observation: &Observation) {
        let years: Vec<i32> = sentence_periods::years(name).collect();
        if years.is_empty() || years.contains(&observation.period.year()) {
            return;
        }
        let fence = self.rendered.text.get(self.fence_at..).unwrap_or_default();
        let at = self.fence_at + fence.find("\nreference").map_or(0, |at| at + 1);
        let what = format!("this line is called “{name}”, and its value is for {}", observation.period);
        let problem = Problem::warning(what).at(self.rendered.place(at..at + "reference".len()));
        let hint = format!(
            "write {PERIOD} where the name says when, or period = \"{}\" in blocks.toml",
            years.last().copied().unwrap_or_default()
        );
        self.problems.push(problem.hint(hint));
    }

    /// The range of each value of the first series; empty unless `range` names two series.
    fn ranges(
        &mut self,
        texts: &BlockTexts<'_>,
        plotted: &[PlottedSeries],
        shown: &mut Vec<Observation>,
    ) -> Vec<Option<(Decimal, Decimal)>> {
        if !texts.shared.contains_key("range") {
            return Vec::new();
        }
        let ends = ["low", "high"].map(|end| self.named_value(texts, ["range", end], None, plotted));
        let ([Some(low), Some(high)], Some(run)) = (ends, plotted.first()) else { return Vec::new() };
        let of = |end: &Observation, period: Period| self.snapshot.observation(&end.series, period, None).cloned();
        run.points
            .iter()
            .map(|point| {
                let (low, high) = (of(&low, point.period)?, of(&high, point.period)?);
                let range = (low.value.min(high.value), low.value.max(high.value));
                shown.extend([low, high]);
                Some(range)
            })
            .collect()
    }
}

/// Values that are missing where one is expected, as series and position. A survey of seasons has no gap where another
/// series has a month.
fn gaps(plotted: &[PlottedSeries]) -> Vec<(usize, usize)> {
    let mut gaps = Vec::new();
    for (series, run) in plotted.iter().enumerate() {
        let kind = |period: &Period| -> Discriminant<Period> { discriminant(period) };
        let kinds: Vec<Discriminant<Period>> = run.observations().map(|known| kind(&known.period)).collect();
        let missing = run.points.iter().enumerate().filter(|(_, point)| point.observation.is_none());
        let expected = missing.filter(|(_, point)| kinds.is_empty() || kinds.contains(&kind(&point.period)));
        gaps.extend(expected.map(|(position, _)| (series, position)));
    }
    gaps
}
