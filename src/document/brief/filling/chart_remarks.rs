//! Remarks that the program adds under a chart: periods without a value, restated values, provisional values. A remark
//! that the author's own note makes already is left out.

use std::collections::BTreeMap;

use super::plotted::{PlottedPoint, PlottedSeries};
use crate::{
    base::language::{Language, PerLanguage},
    document::brief::{ChartForm, ValueMark, dates, translations},
    figures::{Observation, Period, Published, Snapshot, Status},
};

/// Words by which an author's note mentions a restatement, in any of the languages.
const RESTATED: [&str; 6] = ["restate", "revise", "Fassung", "revidiert", "korrigiert", "修订"];
/// The same for a provisional value.
const PROVISIONAL: [&str; 4] = ["provisional", "preliminary", "vorläufig", "初步"];

/// All remarks on a chart, as sentences without a space at the end.
pub(super) fn remarks(
    snapshot: &Snapshot,
    form: ChartForm,
    runs: &[PlottedSeries],
    note: &str,
    language: Language,
) -> String {
    let remarks = Remarks { runs, note, language };
    let mut said = remarks.gaps();
    said.extend(remarks.restated(snapshot));
    said.extend(remarks.provisional(form));
    if runs.iter().flat_map(|run| &run.points).any(PlottedPoint::has_provisional_change) {
        let stop = if language == Language::Zh { "。" } else { "." };
        said.push(format!("{}{stop}", translations::PROVISIONAL.get(language)));
    }
    said.join(if language == Language::Zh { "" } else { " " })
}

struct Remarks<'a> {
    runs: &'a [PlottedSeries],
    note: &'a str,
    language: Language,
}

impl Remarks<'_> {
    fn gaps(&self) -> Vec<String> {
        let mut said = Vec::new();
        for run in self.runs {
            // A survey of seasons has no gap where another series has a month.
            let kinds: Vec<_> = run
                .points
                .iter()
                .filter(|point| point.observation.is_some())
                .map(|point| std::mem::discriminant(&point.period))
                .collect();
            let missing: Vec<Period> = run
                .points
                .iter()
                .filter(|point| point.observation.is_none())
                .map(|point| point.period)
                .filter(|period| kinds.is_empty() || kinds.contains(&std::mem::discriminant(period)))
                .filter(|period| !self.mentions(*period, &[]))
                .collect();
            said.extend(self.sentence(run, &translations::GAP, &missing));
        }
        said
    }

    fn restated(&self, snapshot: &Snapshot) -> Vec<String> {
        let mut said = Vec::new();
        for run in self.runs {
            let mut by_vintage: BTreeMap<Published, Vec<Period>> = BTreeMap::new();
            for point in &run.points {
                if let Some(observation) = &point.observation
                    && is_restated(snapshot, observation)
                    && !self.mentions(point.period, &RESTATED)
                {
                    by_vintage.entry(observation.vintage).or_default().push(point.period);
                }
            }
            for (vintage, periods) in by_vintage {
                let (words, when) = match vintage {
                    Published::Unknown => (&translations::AS_RESTATED, String::new()),
                    Published::Day(day) => (&translations::AS_RESTATED_ON, dates::day(day, self.language)),
                    Published::Month { year, month } => {
                        (&translations::AS_RESTATED_IN, dates::period(Period::Month(year, month), self.language))
                    }
                };
                said.extend(self.sentence(run, words, &periods).map(|sentence| sentence.replace("{d}", &when)));
            }
        }
        said
    }

    fn provisional(&self, form: ChartForm) -> Vec<String> {
        let words = match form.facts().mark {
            ValueMark::Point => &translations::PROVISIONAL_HOLLOW,
            ValueMark::Area => &translations::PROVISIONAL_LIGHT,
        };
        let mut said = Vec::new();
        for run in self.runs {
            let periods: Vec<Period> = run
                .points
                .iter()
                .filter(|point| point.observation.as_ref().is_some_and(|o| o.status == Status::Provisional))
                .map(|point| point.period)
                .filter(|period| !self.mentions(*period, &PROVISIONAL))
                .collect();
            said.extend(self.sentence(run, words, &periods));
        }
        said
    }

    /// Whether the author's note mentions this period and, unless `words` is empty, one of them.
    fn mentions(&self, period: Period, words: &[&str]) -> bool {
        let written = [dates::period(period, self.language), dates::short(period, self.language)];
        written.iter().any(|written| self.note.contains(written))
            && (words.is_empty() || words.iter().any(|word| self.note.contains(word)))
    }

    /// `Exports: no value for 2021 and 2023.` In a chart of one series, its name is left out.
    fn sentence(&self, run: &PlottedSeries, words: &PerLanguage<&str>, periods: &[Period]) -> Option<String> {
        if periods.is_empty() {
            return None;
        }
        let said = words.get(self.language).replace("{p}", &self.list(periods));
        let (colon, stop) = if self.language == Language::Zh { ("：", "。") } else { (": ", ".") };
        if self.runs.len() > 1 {
            return Some(format!("{}{colon}{said}{stop}", run.name));
        }
        let mut letters = said.chars();
        let first = letters.next()?.to_uppercase();
        Some(format!("{first}{}{stop}", letters.as_str()))
    }

    /// Periods as a list in words. Three or more consecutive periods become "2021 to 2023".
    fn list(&self, periods: &[Period]) -> String {
        let mut stretches: Vec<(Period, Period, usize)> = Vec::new();
        for period in periods {
            match stretches.last_mut() {
                Some((_, last, count)) if last.following() == Some(*period) => (*last, *count) = (*period, *count + 1),
                _ => stretches.push((*period, *period, 1)),
            }
        }
        let word = |period: Period| dates::period(period, self.language);
        let mut parts = Vec::new();
        for (first, last, count) in stretches {
            match (count, self.language) {
                (1, _) => parts.push(word(first)),
                (2, _) => parts.extend([word(first), word(last)]),
                (_, Language::Zh) => parts.push(format!("{}至{}", word(first), word(last))),
                (_, Language::En) => parts.push(format!("{} to {}", word(first), word(last))),
                (_, Language::De) => parts.push(format!("{} bis {}", word(first), word(last))),
            }
        }
        let (comma, and) = match self.language {
            Language::En => (", ", " and "),
            Language::De => (", ", " und "),
            Language::Zh => ("、", "和"),
        };
        match parts.split_last() {
            Some((last, before)) if !before.is_empty() => format!("{}{and}{last}", before.join(comma)),
            _ => parts.concat(),
        }
    }
}

/// Whether the publisher calls the value restated, or an earlier vintage has another value.
fn is_restated(snapshot: &Snapshot, shown: &Observation) -> bool {
    let vintages = snapshot.data.observations.get(&shown.series).into_iter().flatten();
    let mut earlier = vintages.filter(|o| o.period == shown.period && o.vintage < shown.vintage);
    shown.status == Status::Restated || earlier.any(|o| o.value != shown.value)
}
