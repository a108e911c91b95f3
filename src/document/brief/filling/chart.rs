//! Charts: which observation is plotted where. Labels and the alternative text are in `chart_text`; the remarks under a
//! chart on gaps, restatements and provisional values, in `chart_remarks`.

use rust_decimal::Decimal;

use super::{
    BlockTexts, Filler, chart_remarks,
    chart_text::{ChartNumbers, alt},
    periods::with_gaps,
    plotted::{PlottedPoint, PlottedSeries},
};
use crate::{
    base::{language::Language, problem::Problem},
    document::brief::{
        Block, Chart, ChartForm, ChartSeries, Emphasis, Inline, Rows, block_keys, dates, numbers, translations,
    },
    figures::{Citation, Observation, Period, SeriesId, Unit, UnitKind},
};

fn strings(table: &toml::Table, key: &str) -> Vec<String> {
    let items = table.get(key).and_then(toml::Value::as_array).into_iter().flatten();
    items.filter_map(|v| v.as_str().map(str::to_owned)).collect()
}

impl Filler<'_> {
    pub(super) fn chart(&mut self, texts: &BlockTexts<'_>, info: &str) -> Option<Block> {
        let language = self.language();
        let form = self.form(texts)?;
        let by_rows = texts.shared.contains_key("row");
        let runs = if by_rows { self.rows(texts) } else { self.over_periods(texts) };
        let unit = self.unit(runs.first()?.id.as_str())?;
        if self.is_wrong(texts, form, &runs, &unit) {
            return None;
        }
        let mut citations: Vec<Citation> = Vec::new();
        for observation in runs.iter().flat_map(PlottedSeries::observations) {
            self.print(observation);
            add_citation(&mut citations, observation);
        }
        if by_rows {
            for observation in self.changes(texts, &runs) {
                add_citation(&mut citations, &observation);
            }
        }
        let periods: Vec<Period> = runs.first()?.points.iter().map(|point| point.period).collect();
        let sums = if form.facts().stacked { sums(&runs, periods.len(), unit.kind) } else { Vec::new() };
        let wording = ChartNumbers::new(form, &runs, &sums, &unit, self.scope.writing());
        let mut labels: Vec<String> = periods.iter().map(|p| dates::short(*p, language)).collect();
        let mut series: Vec<ChartSeries> = runs
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
        let title = self.text(texts, "title");
        if title.is_empty() {
            self.problem(format!("the chart `{}` has no title", texts.id), "title = \"…\" says the finding", info);
        }
        let number = translations::FIGURE.get(language).replace("{n}", &self.figures.to_string());
        let written = |sum: &Option<Decimal>| sum.map_or(String::new(), |sum| wording.number(sum));
        let totals: Vec<String> = sums.iter().map(written).collect();
        let alt = alt(&title, &labels, &series, &totals, &wording);
        let note = self.text(texts, "note");
        let mut notes = self.notes(texts, &citations);
        let mut said = chart_remarks::remarks(self.snapshot, form, &runs, &note, language);
        if let Some(line) = notes.first_mut().filter(|_| !said.is_empty()) {
            if language != Language::Zh {
                said.push(' ');
            }
            // Between the author's own note and the source.
            line.insert(usize::from(!note.is_empty()), Inline::Text { text: said, emphasis: Emphasis::None });
        }
        let chart = Chart {
            form,
            subtitle: self.text(texts, "subtitle"),
            title,
            number,
            anchor: texts.id.clone(),
            written: Some(self.fence_place(info)),
            alt,
            labels,
            totals,
            series,
            axis_exponent: wording.exponent,
            axis_unit: wording.words,
            notes,
        };
        Some(Block::Chart(chart))
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

    /// One run a row of `[[block.row]]`, over `periods`; a value that is not there is a problem.
    fn rows(&mut self, texts: &BlockTexts<'_>) -> Vec<PlottedSeries> {
        let periods = strings(texts.shared, "periods");
        let detail = texts.shared.get("detail").and_then(toml::Value::as_str) == Some("change");
        let mut runs = Vec::new();
        for row in texts.shared.get("row").and_then(toml::Value::as_array).into_iter().flatten() {
            let word = |key: &str| row.get(key).and_then(toml::Value::as_str).unwrap_or_default();
            let mut points = Vec::new();
            for period in &periods {
                let Ok(at) = period.parse::<Period>() else { continue };
                let observation = self.shared.figure(word("series"), Some(period), None).map(|f| f.observation);
                let change = observation
                    .as_ref()
                    .filter(|_| detail)
                    .and_then(|observation| self.snapshot.change(&observation.series, at, None))
                    .map_or(String::new(), |c| numbers::change(c.value, c.unit, true, self.scope.writing()));
                points.push(PlottedPoint { period: at, observation, change });
            }
            if let Some(id) = SeriesId::new(word("series")) {
                runs.push(PlottedSeries { name: self.named(texts, word("key"), word("series")), id, points });
            }
        }
        runs
    }

    /// What the changes shown beside the values rest on.
    fn changes(&self, texts: &BlockTexts<'_>, runs: &[PlottedSeries]) -> Vec<Observation> {
        if texts.shared.get("detail").and_then(toml::Value::as_str) != Some("change") {
            return Vec::new();
        }
        let shown = runs.iter().flat_map(PlottedSeries::observations);
        let changes = shown.filter_map(|shown| self.snapshot.change(&shown.series, shown.period, None));
        changes.flat_map(|change| change.rests_on).cloned().collect()
    }

    /// One run a series, over `periods`, or over all that any of them has between `from` and `to`; a value that is
    /// not there is a gap.
    fn over_periods(&mut self, texts: &BlockTexts<'_>) -> Vec<PlottedSeries> {
        let names = strings(texts.shared, "series");
        // Reports an unknown series.
        let ids: Vec<SeriesId> =
            names.iter().filter_map(|name| Some(self.shared.figure(name, None, None)?.observation.series)).collect();
        let chosen: Vec<Period> =
            strings(texts.shared, "periods").iter().filter_map(|period| period.parse().ok()).collect();
        let year = |key: &str| texts.shared.get(key)?.as_str()?.parse::<i32>().ok();
        let (from, to) = (year("from").unwrap_or(i32::MIN), year("to").unwrap_or(i32::MAX));
        let mut periods: Vec<Period> =
            ids.iter().flat_map(|id| self.snapshot.periods(id)).filter(|p| (from..=to).contains(&p.year())).collect();
        periods.sort();
        periods.dedup();
        let periods = if chosen.is_empty() { with_gaps(periods) } else { chosen };
        ids.into_iter()
            .zip(&names)
            .map(|(id, name)| {
                let value = |period: &Period| self.snapshot.observation(&id, *period, None).cloned();
                let points = periods
                    .iter()
                    .map(|period| PlottedPoint { period: *period, observation: value(period), change: String::new() })
                    .collect();
                PlottedSeries { name: self.named(texts, name, name), id, points }
            })
            .collect()
    }

    /// Tells what no chart of this form can show, at its place in blocks.toml.
    fn is_wrong(&mut self, texts: &BlockTexts<'_>, form: ChartForm, runs: &[PlottedSeries], unit: &Unit) -> bool {
        let told = self.problems.0.len();
        let key = if texts.shared.contains_key("row") { "row" } else { "series" };
        let units: Vec<Unit> = runs.iter().filter_map(|run| self.unit(run.id.as_str())).collect();
        if let Some(other) = units.iter().find(|other| other.id != unit.id) {
            let words = |unit: &Unit| unit.label.get(Language::En).clone();
            let what = format!("the chart `{}` mixes {} and {}", texts.id, words(unit), words(other));
            self.wrong(texts, key, what, "one axis has one unit: make two charts of it");
            return true;
        }
        if runs.iter().flat_map(PlottedSeries::observations).next().is_none() {
            let what = format!("the chart `{}` has no value to show", texts.id);
            let known: Vec<String> =
                runs.iter().flat_map(|run| self.snapshot.periods(&run.id)).map(|p| p.to_string()).collect();
            let at = if texts.shared.contains_key("periods") { "periods" } else { "from" };
            self.wrong(texts, at, what, &format!("there are values for {}", known.join(", ")));
        }
        if form.facts().stacked {
            if let Some(negative) = runs.iter().flat_map(PlottedSeries::observations).find(|o| o.value < Decimal::ZERO)
            {
                let what = format!(
                    "`{}` is {} for {}: values below zero cannot be stacked",
                    negative.series, negative.value, negative.period
                );
                self.wrong(texts, "form", what, &ChartForm::side_by_side());
            }
            self.check_shares(texts, runs, unit);
        }
        self.problems.0.len() > told
    }

    /// Percentages are stacked only as parts of one whole.
    fn check_shares(&mut self, texts: &BlockTexts<'_>, runs: &[PlottedSeries], unit: &Unit) {
        if unit.kind != UnitKind::Percent {
            return;
        }
        let series = |run: &PlottedSeries| self.snapshot.data.series.get(&run.id);
        if let Some(change) = runs.iter().filter_map(series).find(|series| series.change_of.is_some()) {
            let what = format!("`{}` is a change: changes do not add up", change.id);
            return self.wrong(texts, "form", what, "draw lines or columns");
        }
        for position in 0..runs.first().map_or(0, |run| run.points.len()) {
            let parts = runs.iter().filter_map(|run| run.points.get(position)?.observation.as_ref());
            let sum: Decimal = parts.clone().filter_map(|o| Decimal::ZERO.checked_add(o.value)).sum();
            // Rounded parts may come to a little more.
            if sum > Decimal::from(101)
                && let Some(first) = parts.clone().next()
            {
                let what =
                    format!("these percentages come to {sum} in {}: they are not parts of one whole", first.period);
                return self.wrong(texts, "form", what, &ChartForm::side_by_side());
            }
        }
    }

    fn wrong(&mut self, texts: &BlockTexts<'_>, key: &str, what: String, hint: &str) {
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

/// What each stack comes to, where all its parts are there; percentages come to a share that says nothing new.
fn sums(runs: &[PlottedSeries], positions: usize, unit: UnitKind) -> Vec<Option<Decimal>> {
    let sum = |position: usize| {
        let mut parts = runs.iter().map(|run| run.points.get(position)?.observation.as_ref().map(|o| o.value));
        parts.try_fold(Decimal::ZERO, |sum, part| sum.checked_add(part?))
    };
    if unit == UnitKind::Percent { Vec::new() } else { (0..positions).map(sum).collect() }
}

/// Rows become labels, labels rows.
fn turned(labels: &[String], series: &[ChartSeries]) -> (Vec<String>, Vec<ChartSeries>) {
    let column = |at: usize| series.iter().map(|row| row.points.get(at).cloned().flatten()).collect();
    let turned =
        labels.iter().enumerate().map(|(at, label)| ChartSeries { name: label.clone(), points: column(at) }).collect();
    (series.iter().map(|row| row.name.clone()).collect(), turned)
}
