//! Charts: which observation is plotted where. Labels and the alternative text are in `chart_text`; the remarks under a
//! chart on gaps, restatements and provisional values, in `chart_remarks`.

use std::collections::BTreeSet;

use rust_decimal::Decimal;

use super::{
    BlockTexts, Filler, chart_remarks,
    chart_text::{ChartNumbers, alt},
    periods::with_gaps,
    plotted::{PlottedChange, PlottedPoint, PlottedSeries},
};
use crate::{
    base::{language::Language, problem::Problem},
    document::brief::{
        Block, Chart, ChartForm, ChartSeries, Emphasis, Inline, Rows, ValueLabels, block_keys, dates,
        scope::{Asked, listed},
        translations,
    },
    figures::{Citation, Observation, Period, SeriesId, Unit, UnitKind},
};

pub(super) fn strings(table: &toml::Table, key: &str) -> Vec<String> {
    let items = table.get(key).and_then(toml::Value::as_array).into_iter().flatten();
    items.filter_map(|v| v.as_str().map(str::to_owned)).collect()
}

impl Filler<'_> {
    pub(super) fn chart(&mut self, texts: &BlockTexts<'_>, info: &str) -> Option<Block> {
        let language = self.language();
        let form = self.form(texts)?;
        let by_rows = texts.shared.contains_key("row");
        let plotted = if by_rows { self.rows(texts) } else { self.over_periods(texts, form) };
        let unit = self.unit(plotted.first()?.id.as_str())?;
        if self.has_problems(texts, form, &plotted, &unit) {
            return None;
        }
        self.check_histories(texts, &plotted);
        let mut citations: Vec<Citation> = Vec::new();
        for observation in plotted.iter().flat_map(PlottedSeries::observations) {
            self.print(observation);
            add_citation(&mut citations, observation);
        }
        if by_rows {
            for observation in self.changes(texts, &plotted) {
                add_citation(&mut citations, &observation);
            }
        }
        let periods: Vec<Period> = plotted.first()?.points.iter().map(|point| point.period).collect();
        let sums = if form.facts().stacked { sums(&plotted, periods.len(), unit.kind) } else { Vec::new() };
        let wording = ChartNumbers::new(form, &plotted, &sums, &unit, self.scope.writing());
        let mut labels: Vec<String> = periods.iter().map(|p| dates::short(*p, language)).collect();
        let mut series: Vec<ChartSeries> = plotted
            .iter()
            .map(|run| ChartSeries {
                name: run.name.clone(),
                points: run.points.iter().map(|point| wording.point(point)).collect(),
            })
            .collect();
        if by_rows && form.facts().rows == Rows::Labels {
            (labels, series) = turned(&labels, &series);
        }
        self.figures += 1;
        let (options, further) = self.options(texts, form, &plotted, &wording);
        for observation in &further {
            self.print(observation);
            add_citation(&mut citations, observation);
        }
        let title = self.text(texts, "title");
        if title.is_empty() {
            self.problem(format!("the chart `{}` has no title", texts.id), "title = \"…\" says the finding", info);
        }
        let number = translations::FIGURE.get(language).replace("{n}", &self.figures.to_string());
        let written = |sum: &Option<Decimal>| sum.map_or(String::new(), |sum| wording.label(sum));
        let totals: Vec<String> = sums.iter().map(written).collect();
        let note = self.text(texts, "note");
        let mut notes = self.notes(texts, &citations);
        let mut remarks = chart_remarks::remarks(self.snapshot, form, &plotted, &note, language);
        if let Some(line) = notes.first_mut().filter(|_| !remarks.is_empty()) {
            if language != Language::Zh {
                remarks.push(' ');
            }
            // Between the author's own note and the source.
            line.insert(usize::from(!note.is_empty()), Inline::Text { text: remarks, emphasis: Emphasis::None });
        }
        let subtitle = self.subtitle(texts, form, &wording.words);
        let mut chart = Chart {
            form,
            subtitle,
            title,
            number,
            anchor: texts.id.clone(),
            written: Some(self.fence_place(info)),
            alt: String::new(),
            labels,
            totals,
            series,
            axis_exponent: wording.exponent,
            axis_unit: wording.words.clone(),
            notes,
            options: Box::new(options),
        };
        tell_ranges(&mut chart, &wording);
        chart.alt = alt(&chart, &wording);
        Some(Block::Chart(chart))
    }

    /// The subtitle. A form without an axis has its unit there, unless the author has written it.
    fn subtitle(&self, texts: &BlockTexts<'_>, form: ChartForm, unit: &str) -> String {
        let written = self.text(texts, "subtitle");
        let is_told = written.to_lowercase().contains(&unit.to_lowercase());
        if form.facts().labels != ValueLabels::WithoutAxis || unit == "%" || unit.is_empty() || is_told {
            return written;
        }
        match self.language() {
            _ if written.is_empty() => unit.to_owned(),
            Language::Zh => format!("{written}（{unit}）"),
            _ => format!("{written}, {unit}"),
        }
    }

    /// The form of the chart. The check of `blocks.toml` tells of one that is missing or no text; an unknown one is told
    /// here as well, so that a chart is never left out in silence.
    fn form(&mut self, texts: &BlockTexts<'_>) -> Option<ChartForm> {
        let word = texts.shared.get("form")?.as_str()?;
        let form = word.parse::<ChartForm>();
        if let Err(unknown) = &form {
            let problem = Problem::error(unknown.to_string()).did_you_mean(word, ChartForm::WORDS.iter().copied());
            self.problems.push(match block_keys::place(&self.shared.source, &[&texts.id, "form"]) {
                Some(place) => problem.at(place),
                None => problem,
            });
        }
        form.ok()
    }

    /// One series for each row of `[[block.row]]`, over `periods`; a missing value is a problem.
    fn rows(&mut self, texts: &BlockTexts<'_>) -> Vec<PlottedSeries> {
        let periods = strings(texts.shared, "periods");
        let detail = texts.shared.get("detail").and_then(toml::Value::as_str) == Some("change");
        let mut plotted = Vec::new();
        let all = texts.shared.get("row").and_then(toml::Value::as_array);
        for (nth, row) in all.into_iter().flatten().enumerate() {
            let nth = nth.to_string();
            let of_series = [&*texts.id, "row", &*nth, "series"];
            let word = |key: &str| row.get(key).and_then(toml::Value::as_str).unwrap_or_default();
            let mut points = Vec::new();
            for (column, period) in periods.iter().enumerate() {
                let Ok(at) = period.parse::<Period>() else { continue };
                let column = column.to_string();
                let of_period = [&*texts.id, "periods", &*column];
                let asked = Asked::Keys { series: &of_series, period: &of_period, change: &of_series };
                let figure = self.shared.figure(asked, word("series"), Some(period), None);
                let observation = figure.map(|figure| figure.observation);
                let change = observation
                    .as_ref()
                    .filter(|_| detail)
                    .and_then(|observation| self.snapshot.change(&observation.series, at, None))
                    .map(|c| PlottedChange { value: c.value, unit: c.unit, provisional: c.provisional });
                points.push(PlottedPoint { period: at, observation, change });
            }
            if let Some(id) = SeriesId::new(word("series")) {
                plotted.push(PlottedSeries { name: self.named(texts, word("key"), word("series")), id, points });
            }
        }
        plotted
    }

    /// The observations from which the changes beside the values are computed.
    fn changes(&self, texts: &BlockTexts<'_>, plotted: &[PlottedSeries]) -> Vec<Observation> {
        if texts.shared.get("detail").and_then(toml::Value::as_str) != Some("change") {
            return Vec::new();
        }
        let shown = plotted.iter().flat_map(PlottedSeries::observations);
        let changes = shown.filter_map(|shown| self.snapshot.change(&shown.series, shown.period, None));
        changes.flat_map(|change| change.rests_on).cloned().collect()
    }

    /// One series for each of `series`, over `periods`, or over all periods that any of them has between `from` and `to`; a
    /// missing value is a gap. A slope without `periods` goes to the newest that all have, from the year before.
    fn over_periods(&mut self, texts: &BlockTexts<'_>, form: ChartForm) -> Vec<PlottedSeries> {
        let names = strings(texts.shared, "series");
        // Reports an unknown series.
        let known = names.iter().enumerate().filter_map(|(nth, name)| {
            let nth = nth.to_string();
            let path = [&*texts.id, "series", &*nth];
            let asked = Asked::Keys { series: &path, period: &path, change: &path };
            Some((self.shared.figure(asked, name, None, None)?.observation.series, name))
        });
        let (ids, names): (Vec<SeriesId>, Vec<&String>) = known.unzip();
        let chosen: Vec<Period> =
            strings(texts.shared, "periods").iter().filter_map(|period| period.parse().ok()).collect();
        let year = |key: &str| texts.shared.get(key)?.as_str()?.parse::<i32>().ok();
        let (from, to) = (year("from").unwrap_or(i32::MIN), year("to").unwrap_or(i32::MAX));
        // Each series by its own frequency: no point of a line is a part of another.
        let own = |id: &SeriesId| {
            let frequency = self.snapshot.frequency(id, None);
            self.snapshot.periods(id).into_iter().filter(move |period| Some(period.frequency()) == frequency)
        };
        let mut periods: Vec<Period> = ids.iter().flat_map(own).filter(|p| (from..=to).contains(&p.year())).collect();
        periods.sort();
        periods.dedup();
        let value = |id: &SeriesId, period: &Period| self.snapshot.observation(id, *period, None).cloned();
        let is_known = |period: &&Period| ids.iter().all(|id| value(id, period).is_some());
        let periods = match periods.iter().rev().find(is_known) {
            _ if !chosen.is_empty() => chosen,
            Some(newest) if form == ChartForm::Slope => vec![newest.year_before(), *newest],
            _ => with_gaps(periods),
        };
        ids.iter()
            .zip(names)
            .map(|(id, name)| {
                let points = periods
                    .iter()
                    .map(|period| PlottedPoint { period: *period, observation: value(id, period), change: None })
                    .collect();
                PlottedSeries { name: self.named(texts, name, name), id: id.clone(), points }
            })
            .collect()
    }

    /// Reports what no chart of this form can show, at its place in blocks.toml. Returns true if there is any.
    fn has_problems(
        &mut self,
        texts: &BlockTexts<'_>,
        form: ChartForm,
        plotted: &[PlottedSeries],
        unit: &Unit,
    ) -> bool {
        let before = self.problems.0.len();
        let key = if texts.shared.contains_key("row") { "row" } else { "series" };
        let units: Vec<Unit> = plotted.iter().filter_map(|run| self.unit(run.id.as_str())).collect();
        if let Some(other) = units.iter().find(|other| other.id != unit.id) {
            let words = |unit: &Unit| unit.label.get(Language::En).clone();
            let what = format!("the chart `{}` mixes {} and {}", texts.id, words(unit), words(other));
            self.wrong(texts, key, what, "one axis has one unit: make two charts of it");
            return true;
        }
        if plotted.iter().flat_map(PlottedSeries::observations).next().is_none() {
            let what = format!("the chart `{}` has no value to show", texts.id);
            let known: BTreeSet<Period> = plotted.iter().flat_map(|run| self.snapshot.periods(&run.id)).collect();
            let known: Vec<Period> = known.into_iter().collect();
            let at = if texts.shared.contains_key("periods") { "periods" } else { "from" };
            let hint = listed(&known).unwrap_or_else(|| "its series have no values at all".to_owned());
            self.wrong(texts, at, what, &hint);
        }
        if form.facts().stacked {
            if let Some(negative) =
                plotted.iter().flat_map(PlottedSeries::observations).find(|o| o.value < Decimal::ZERO)
            {
                let what = format!(
                    "`{}` is {} for {}: values below zero cannot be stacked",
                    negative.series, negative.value, negative.period
                );
                self.wrong(texts, "form", what, &ChartForm::side_by_side());
            }
            self.check_shares(texts, plotted, unit);
        }
        self.problems.0.len() > before
    }

    /// Checks that percentages are stacked only as parts of one whole.
    fn check_shares(&mut self, texts: &BlockTexts<'_>, plotted: &[PlottedSeries], unit: &Unit) {
        if !unit.kind.is_percentage() {
            return;
        }
        let series = |run: &PlottedSeries| self.snapshot.data.series.get(&run.id);
        if let Some(change) = plotted.iter().filter_map(series).find(|series| series.change_of.is_some()) {
            let what = format!("`{}` is a change: changes do not add up", change.id);
            return self.wrong(texts, "form", what, "draw lines or columns");
        }
        for position in 0..plotted.first().map_or(0, |run| run.points.len()) {
            let parts = plotted.iter().filter_map(|run| run.points.get(position)?.observation.as_ref());
            let sum: Decimal = parts.clone().filter_map(|o| Decimal::ZERO.checked_add(o.value)).sum();
            // Rounded parts may add up to a little more.
            if sum > Decimal::from(101)
                && let Some(first) = parts.clone().next()
            {
                let what =
                    format!("these percentages come to {sum} in {}: they are not parts of one whole", first.period);
                return self.wrong(texts, "form", what, &ChartForm::side_by_side());
            }
        }
    }

    pub(super) fn wrong(&mut self, texts: &BlockTexts<'_>, key: &str, what: String, hint: &str) {
        let source = &self.shared.source;
        let place = block_keys::place(source, &[&texts.id, key]).or_else(|| block_keys::place(source, &[&texts.id]));
        let problem = Problem::error(what).hint(hint);
        self.problems.push(match place {
            Some(place) => problem.at(place),
            None => problem,
        });
    }
}

fn add_citation(citations: &mut Vec<Citation>, observation: &Observation) {
    for citation in observation.sources.iter().take(1) {
        if !citations.contains(citation) {
            citations.push(citation.clone());
        }
    }
}

/// Writes the range of each value behind it, for tables and the alternative text.
fn tell_ranges(chart: &mut Chart, wording: &ChartNumbers<'_>) {
    let points = chart.series.first_mut().into_iter().flat_map(|series| &mut series.points);
    for (point, range) in points.zip(&chart.options.ranges) {
        if let (Some(point), Some((low, high))) = (point, range) {
            point.detail = format!("{}–{}", wording.number(*low), wording.number(*high));
        }
    }
}

/// The sum of each stack that has all its parts. Percentages have none: their sum would say nothing new.
fn sums(plotted: &[PlottedSeries], positions: usize, unit: UnitKind) -> Vec<Option<Decimal>> {
    let sum = |position: usize| {
        let mut parts = plotted.iter().map(|run| run.points.get(position)?.observation.as_ref().map(|o| o.value));
        parts.try_fold(Decimal::ZERO, |sum, part| sum.checked_add(part?))
    };
    if unit.is_percentage() { Vec::new() } else { (0..positions).map(sum).collect() }
}

/// Makes rows of the labels, and labels of the rows.
fn turned(labels: &[String], series: &[ChartSeries]) -> (Vec<String>, Vec<ChartSeries>) {
    let column = |at: usize| series.iter().map(|row| row.points.get(at).cloned().flatten()).collect();
    let turned =
        labels.iter().enumerate().map(|(at, label)| ChartSeries { name: label.clone(), points: column(at) }).collect();
    (series.iter().map(|row| row.name.clone()).collect(), turned)
}
