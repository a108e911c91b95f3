//! Charts: which observation stands where, how each is labelled, and what is read to those who do not see it.

use rust_decimal::Decimal;

use super::{Filler, Texts};
use crate::{
    brief::{Block, Chart, ChartKind, Point, dates, numbers, phrases},
    figures::{Citation, Observation, Period, SeriesId, Unit, UnitKind},
    language::Language,
};

/// A chart's series before it is written: its name, and an observation with its change for each label.
type Found = (String, Vec<Option<(Observation, String)>>);

impl Filler<'_> {
    pub(super) fn chart(&mut self, texts: &Texts<'_>, info: &str) -> Option<Block> {
        let language = self.language();
        let form = texts.shared.get("form").and_then(toml::Value::as_str).unwrap_or_default();
        let kind = match form {
            "bars" => ChartKind::Bars,
            "columns" => ChartKind::Columns,
            "lines" => ChartKind::Lines,
            "dots" => ChartKind::Dots,
            // Told where blocks.toml is checked.
            _ => return None,
        };
        let mut citations: Vec<Citation> = Vec::new();
        let mut note = |observation: &Observation| {
            for citation in observation.sources.iter().take(1) {
                if !citations.contains(citation) {
                    citations.push(citation.clone());
                }
            }
        };
        let direct = matches!(kind, ChartKind::Bars | ChartKind::Dots);
        let strings = |key: &str| -> Vec<String> {
            texts
                .shared
                .get(key)
                .and_then(toml::Value::as_array)
                .into_iter()
                .flatten()
                .filter_map(|v| v.as_str().map(str::to_owned))
                .collect()
        };
        // Which observations stand where: label → one a series.
        let mut labels = Vec::new();
        let mut found: Vec<Found> = Vec::new();
        let first_series;
        if let Some(rows) = texts.shared.get("row").and_then(toml::Value::as_array) {
            let periods = strings("periods");
            let detail = texts.shared.get("detail").and_then(toml::Value::as_str) == Some("change");
            let mut first = String::new();
            for (nth, period) in periods.iter().enumerate() {
                let mut points = Vec::new();
                for row in rows {
                    let word = |key: &str| row.get(key).and_then(toml::Value::as_str).unwrap_or_default();
                    if first.is_empty() {
                        first = word("series").to_owned();
                    }
                    if nth == 0 {
                        labels.push(self.named(texts, word("key"), word("series")));
                    }
                    let figure = self.shared.figure(word("series"), Some(period), None);
                    points.push(figure.map(|figure| {
                        note(&figure.observation);
                        let id = &figure.observation.series;
                        let change =
                            if detail { self.snapshot.change(id, figure.observation.period, None) } else { None };
                        for observation in change.iter().flat_map(|c| &c.rests_on) {
                            note(observation);
                        }
                        let detail = change
                            .map_or(String::new(), |c| numbers::change(c.value, c.unit, true, self.scope.writing()));
                        (figure.observation, detail)
                    }));
                }
                let name = period.parse().map_or_else(|_| period.clone(), |p: Period| dates::short(p, language));
                found.push((name, points));
            }
            first_series = first;
        } else {
            let series = strings("series");
            let word =
                |key: &str| texts.shared.get(key).and_then(toml::Value::as_str).and_then(|t| t.parse::<i32>().ok());
            let (from, to) = (word("from").unwrap_or(i32::MIN), word("to").unwrap_or(i32::MAX));
            let ids: Vec<SeriesId> = series
                .iter()
                .filter_map(|name| self.shared.figure(name, None, None).map(|f| f.observation.series))
                .collect();
            let mut periods: Vec<Period> = ids
                .iter()
                .flat_map(|id| self.snapshot.periods(id))
                .filter(|p| (from..=to).contains(&p.year()))
                .collect();
            if let (Some(first), Some(last)) = (periods.iter().min().copied(), periods.iter().max().copied())
                && periods.iter().all(|p| matches!(p, Period::Year(_)))
            {
                // A year without any value is a gap that is seen.
                periods.extend((first.year()..=last.year()).map(Period::Year));
            }
            periods.sort();
            periods.dedup();
            labels = periods.iter().map(|p| dates::short(*p, language)).collect();
            for (id, name) in ids.iter().zip(&series) {
                let points = periods
                    .iter()
                    .map(|period| {
                        let observation = self.snapshot.observation(id, *period, None)?;
                        note(observation);
                        Some((observation.clone(), String::new()))
                    })
                    .collect();
                found.push((self.named(texts, name, name), points));
            }
            first_series = series.first().cloned().unwrap_or_default();
        }
        let unit = self.unit(&first_series)?;
        let largest =
            found.iter().flat_map(|(_, points)| points).flatten().map(|(o, _)| o.value.abs()).max().unwrap_or_default();
        let (exponent, axis_unit) = axis(largest, &unit, language);
        let series: Vec<(String, Vec<Option<Point>>)> = found
            .into_iter()
            .map(|(name, points)| {
                let points = points
                    .into_iter()
                    .map(|point| {
                        let (observation, detail) = point?;
                        self.print(&observation);
                        let label = match unit.kind {
                            UnitKind::Percent => numbers::full(observation.value, &unit, self.scope.writing()),
                            _ if direct => numbers::bare(observation.value, &unit, self.scope.writing()),
                            _ if language == Language::Zh => numbers::ungrouped(shifted(observation.value, exponent)),
                            _ => numbers::plain(shifted(observation.value, exponent), self.scope.writing()),
                        };
                        let provisional = observation.status == crate::figures::Status::Provisional;
                        Some(Point { value: observation.value, label, detail, provisional })
                    })
                    .collect();
                (name, points)
            })
            .collect();
        self.figures += 1;
        let title = self.text(texts, "title");
        if title.is_empty() {
            self.problem(format!("the chart `{}` has no title", texts.id), "title = \"…\" says the finding", info);
        }
        let number = phrases::FIGURE.get(language).replace("{n}", &self.figures.to_string());
        let alt = alt(&title, &labels, &series, if direct { "" } else { &axis_unit }, language);
        let notes = self.notes(texts, &citations);
        let chart = Chart {
            kind,
            subtitle: self.text(texts, "subtitle"),
            title,
            number,
            anchor: texts.id.clone(),
            alt,
            labels,
            series,
            axis_exponent: exponent,
            axis_unit,
            notes,
        };
        Some(Block::Chart(chart))
    }
}

/// The power of ten of an axis' numbers, relative to the series' unit, and the words for it.
fn axis(largest: Decimal, unit: &Unit, language: Language) -> (i32, String) {
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
    let powers: &[u32] = if language == Language::Zh { &[8, 4] } else { &[6, 3] };
    let power = powers
        .iter()
        .copied()
        .find(|power| 10i64.checked_pow(*power).is_some_and(|scale| largest >= Decimal::from(scale)));
    let power = power.filter(|_| largest >= Decimal::from(10_000)).unwrap_or(0);
    (power as i32, phrases::scaled(power, label, language))
}

/// The exact value in units of ten to `exponent`.
fn shifted(value: Decimal, exponent: i32) -> Decimal {
    let scale = Decimal::from(10i64.checked_pow(exponent.unsigned_abs()).unwrap_or(1));
    let moved = if exponent < 0 { value.checked_mul(scale) } else { value.checked_div(scale) };
    moved.unwrap_or(value).normalize()
}

/// The finding, then every number: what a reader hears who does not see the chart.
fn alt(
    title: &str,
    labels: &[String],
    series: &[(String, Vec<Option<Point>>)],
    unit: &str,
    language: Language,
) -> String {
    let (colon, comma, stop, open, close) = match language {
        Language::Zh => ("：", "，", "。", "（", "）"),
        _ => (": ", ", ", ". ", " (", ")"),
    };
    let mut text = format!("{title}{stop}");
    if !unit.is_empty() {
        text.push_str(&format!("{unit}{stop}"));
    }
    for (name, points) in series {
        let told: Vec<String> = labels
            .iter()
            .zip(points)
            .map(|(label, point)| match point {
                Some(point) if point.detail.is_empty() => format!("{label} {}", point.label),
                Some(point) => format!("{label} {}{open}{}{close}", point.label, point.detail),
                None => format!("{label} {}", phrases::NO_VALUE.get(language)),
            })
            .collect();
        text.push_str(&format!("{name}{colon}{}{stop}", told.join(comma)));
    }
    text.trim_end().to_owned()
}
