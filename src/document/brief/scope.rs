//! The context of expressions: snapshot, language and file, and what the expressions leave behind (insertions, problems,
//! printed figures). Also the place of what is asked for, in an expression or in `blocks.toml`.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    ops::Range,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use chrono::NaiveDate;

use super::{
    block_keys,
    markers::{Insertion, Says, insertion_marker},
    move_words::MoveWords,
    numbers::{GermanNumbers, Writing},
    series_path::{AskedSeries, SpanClaim},
};
use crate::{
    base::{
        language::Language,
        problem::{Place, Problem, Problems, Source, nearest},
    },
    figures::{Citation, Frequency, Observation, Period, SeriesId, Snapshot},
};

/// The year of a figure that is missing, as a text.
pub(super) const ABSENT_YEAR: &str = "0";
/// Maximum number of periods that a hint lists.
const MOST_LISTED: usize = 12;

/// Results of evaluating the expressions of a text.
#[derive(Default)]
pub(super) struct Gathered {
    /// In the order of their markers.
    pub insertions: Vec<Insertion>,
    pub problems: Problems,
    /// Every observation that the running text prints, for the attached CSV.
    pub printed: Vec<Observation>,
    /// The series whose values are asked for.
    pub asked: BTreeMap<SeriesId, AskedSeries>,
    /// Comparisons over a path that they hide.
    spans: Vec<SpanClaim>,
    /// The bytes of the file at which each call of a function stands, by its number.
    pub calls: Vec<Range<usize>>,
    /// The cross references, with the calls that ask for them.
    references: Vec<(usize, String)>,
    /// The series and periods of which a problem was told, with the call: a loop asks again and again.
    told: BTreeSet<(usize, String, String)>,
    /// How often words for changes were used, by row and direction.
    words: BTreeMap<String, usize>,
}

/// How much was gathered at a point to which [`Scope::go_back`] returns.
pub(super) struct GatheredSoFar {
    insertions: usize,
    problems: usize,
    printed: usize,
    references: usize,
    spans: usize,
    words: BTreeMap<String, usize>,
}

/// Where a figure is asked for, which is where a problem with it is shown.
#[derive(Debug, Clone, Copy)]
pub(super) enum Asked<'a> {
    /// In the call of an expression with this number.
    Call(usize),
    /// In `blocks.toml`, by the paths of these keys.
    Keys { series: &'a [&'a str], period: &'a [&'a str], change: &'a [&'a str] },
}

/// What of a question is wrong.
#[derive(Debug, Clone, Copy)]
pub(super) enum Wrong<'a> {
    /// The series of this name
    Series(&'a str),
    /// The period that is written so
    Period(&'a str),
    /// The change that is asked for
    Change,
}

/// A chart or table that a cross reference can lead to.
pub(super) struct NumberedBlock {
    pub id: String,
    /// As the reference names it: `Figure 2`.
    pub name: String,
}

/// The context in which the expressions of one file are evaluated. Clones share what is gathered.
#[derive(Clone)]
pub(super) struct Scope {
    pub snapshot: Arc<Snapshot>,
    pub language: Language,
    pub german: GermanNumbers,
    /// What changes are told in.
    pub words: Arc<MoveWords>,
    pub source: Source,
    pub gathered: Arc<Mutex<Gathered>>,
}

impl fmt::Debug for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Scope")
    }
}

impl Scope {
    pub fn gathered(&self) -> MutexGuard<'_, Gathered> {
        self.gathered.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How numbers are written.
    pub fn writing(&self) -> Writing {
        Writing { language: self.language, german: self.german }
    }

    /// Inserts a text; returns its marker.
    pub fn insert(&self, text: String, cites: Vec<Citation>) -> String {
        self.insert_saying(text, cites, Says::Nothing)
    }

    /// Inserts a text that says something of a period; returns its marker.
    pub fn insert_saying(&self, text: String, cites: Vec<Citation>, says: Says) -> String {
        self.mark(Insertion { text, cites, to: None, says })
    }

    /// Inserts a cross reference to a block, which [`Scope::name_references`] names later; returns its marker.
    pub fn insert_reference(&self, call: usize, to: String) -> String {
        self.gathered().references.push((call, to.clone()));
        self.mark(Insertion { to: Some(to), ..Insertion::default() })
    }

    /// Notes a call in an expression; returns its number.
    pub fn note_call(&self, range: Range<usize>) -> usize {
        let calls = &mut self.gathered().calls;
        calls.push(range);
        calls.len() - 1
    }

    /// How much is gathered so far.
    pub fn so_far(&self) -> GatheredSoFar {
        let gathered = self.gathered();
        GatheredSoFar {
            insertions: gathered.insertions.len(),
            problems: gathered.problems.0.len(),
            printed: gathered.printed.len(),
            references: gathered.references.len(),
            spans: gathered.spans.len(),
            words: gathered.words.clone(),
        }
    }

    /// Forgets what was gathered since: the text is rendered once more.
    pub fn go_back(&self, to: &GatheredSoFar) {
        let mut gathered = self.gathered();
        gathered.insertions.truncate(to.insertions);
        gathered.problems.0.truncate(to.problems);
        gathered.printed.truncate(to.printed);
        gathered.references.truncate(to.references);
        gathered.spans.truncate(to.spans);
        gathered.told.clear();
        gathered.words.clone_from(&to.words);
    }

    /// Begins anew with the first of several words for changes.
    pub fn forget_words(&self) {
        self.gathered().words.clear();
    }

    /// How often these words for a change were used before; counts this use.
    pub fn count_words(&self, key: String) -> usize {
        let mut gathered = self.gathered();
        let count = gathered.words.entry(key).or_default();
        *count += 1;
        *count - 1
    }

    fn mark(&self, insertion: Insertion) -> String {
        let mut gathered = self.gathered();
        gathered.insertions.push(insertion);
        insertion_marker(gathered.insertions.len() - 1)
    }

    /// Gives every cross reference the name of its block. A reference to an unknown block is a problem; `blocks` are the charts
    /// and tables of blocks.toml, or nothing in a mail, which has neither.
    pub fn name_references(&self, numbered: &[NumberedBlock], blocks: Option<&toml::Table>) {
        let references = std::mem::take(&mut self.gathered().references);
        for insertion in &mut self.gathered().insertions {
            let Some(id) = &insertion.to else { continue };
            if let Some(block) = numbered.iter().find(|block| block.id == *id) {
                insertion.text.clone_from(&block.name);
            }
        }
        // Where the name of a fence is misspelt, that is what is told, and not that the reference leads nowhere.
        let is_misspelt = |id: &str| {
            let is_known = |id: &str| blocks.is_some_and(|blocks| blocks.contains_key(id));
            let others = numbered.iter().map(|block| block.id.as_str()).filter(|other| !is_known(other));
            is_known(id) && nearest(id, others).is_some()
        };
        for (call, id) in references {
            if !numbered.iter().any(|block| block.id == id) && !is_misspelt(&id) {
                let known = numbered.iter().map(|block| block.id.as_str());
                let problem = Problem::error(format!("no chart or table `{id}` stands in this text"));
                let problem = match blocks {
                    Some(_) => problem.did_you_mean(&id, known),
                    None => problem.hint(
                        "a mail has no figures and tables to refer to: say it in words, and leave `ref` to the brief",
                    ),
                };
                let problem = problem.at(self.call_place(call, None));
                self.gathered().problems.push(problem);
            }
        }
    }

    /// Notes that a value of a series is asked for, or with `None` a change of it.
    pub fn note_asked(&self, asked: Asked<'_>, series: &SeriesId, period: Option<Period>) {
        let known = self.gathered().asked.contains_key(series);
        let place = match asked {
            _ if known => None,
            Asked::Call(call) => Some(self.call_place(call, Some(series.as_str()))),
            Asked::Keys { series, .. } => Some(block_keys::nearest_place(&self.source, series)),
        };
        let mut gathered = self.gathered();
        if let Some(place) = place {
            let nothing = AskedSeries { periods: BTreeSet::new(), changes: false, place };
            gathered.asked.insert(series.clone(), nothing);
        }
        if let Some(known) = gathered.asked.get_mut(series) {
            known.changes |= period.is_none();
            known.periods.extend(period);
        }
    }

    /// Notes that two periods are compared over a path that this hides.
    pub fn note_span(&self, claim: SpanClaim) {
        self.gathered().spans.push(claim);
    }

    /// Warns of comparisons that hide a path of which the text tells no value.
    pub fn check_spans(&self) {
        let spans = std::mem::take(&mut self.gathered().spans);
        for claim in spans {
            let is_told = self
                .gathered()
                .printed
                .iter()
                .any(|it| it.series == claim.series && claim.between.contains(&it.period));
            if !is_told && self.is_news(Asked::Call(claim.call), claim.series.as_str(), "span") {
                let hint = "say when it moved, or print a value between the two";
                self.problem(Asked::Call(claim.call), Wrong::Change, Problem::warning(claim.hides).hint(hint));
            }
        }
    }

    /// The place of a call, or of a word that stands in it in quotes.
    pub fn call_place(&self, call: usize, word: Option<&str>) -> Place {
        let range = self.gathered().calls.get(call).cloned().unwrap_or_default();
        self.source.place(self.word_in(&range, word).unwrap_or(range))
    }

    /// The bytes of a word that stands in quotes in this part of the file.
    fn word_in(&self, range: &Range<usize>, word: Option<&str>) -> Option<Range<usize>> {
        let (word, written) = (word?, self.source.text().get(range.clone())?);
        let quoted = ['"', '\''].iter().find_map(|quote| written.find(&format!("{quote}{word}{quote}")))?;
        let start = range.start + quoted + 1;
        Some(start..start + word.len())
    }

    /// Whether the author wrote this period as it is, so that it stays.
    pub fn is_written(&self, asked: Asked<'_>, period: &str) -> bool {
        let Asked::Call(call) = asked else { return true };
        let range = self.gathered().calls.get(call).cloned().unwrap_or_default();
        self.word_in(&range, Some(period)).is_some()
    }

    /// Reports a problem where the figure is asked for: at the very word, if it is written there.
    pub fn problem(&self, asked: Asked<'_>, wrong: Wrong<'_>, problem: Problem) {
        let place = match asked {
            Asked::Call(call) => self.call_place(
                call,
                match wrong {
                    Wrong::Series(word) | Wrong::Period(word) => Some(word),
                    Wrong::Change => None,
                },
            ),
            Asked::Keys { series, period, change } => {
                let path = match wrong {
                    Wrong::Series(_) => series,
                    Wrong::Period(_) => period,
                    Wrong::Change => change,
                };
                block_keys::nearest_place(&self.source, path)
            }
        };
        self.gathered().problems.push(problem.at(place));
    }

    /// Whether nothing was told yet of this series and period at this place. The number of problems is limited, too.
    pub fn is_news(&self, asked: Asked<'_>, series: &str, period: &str) -> bool {
        let mut gathered = self.gathered();
        let call = match asked {
            Asked::Call(call) => call,
            Asked::Keys { .. } => return !gathered.problems.is_full(),
        };
        !gathered.problems.is_full() && gathered.told.insert((call, series.to_owned(), period.to_owned()))
    }

    /// The series of this name; an unknown one is a problem.
    pub fn series(&self, asked: Asked<'_>, name: &str) -> Option<SeriesId> {
        self.snapshot.data.recorder.series(name);
        let found = SeriesId::new(name).filter(|id| self.snapshot.data.series.contains_key(id));
        if found.is_none() && self.is_news(asked, name, "") {
            let known = self.snapshot.data.known_series();
            let problem = Problem::error(format!("unknown series `{name}`")).did_you_mean(name, known);
            self.problem(asked, Wrong::Series(name), problem);
        }
        found
    }

    /// The period that is written so; a text that is none is a problem.
    pub fn period(&self, asked: Asked<'_>, period: &str) -> Option<Period> {
        let parsed = period.parse().ok();
        // The year of a figure that is missing, of which a problem was told.
        let follows = period == ABSENT_YEAR && !self.is_written(asked, period);
        if parsed.is_none() && !follows && self.is_news(asked, "", period) {
            let problem = Problem::error(format!("`{period}` is not a period"))
                .hint("write 2024, 2024-H1, 2024-Q3, 2024-06, 2024-W07, 2024-06-30, 2024/25 or 2024-01/2024-04");
            self.problem(asked, Wrong::Period(period), problem);
        }
        parsed
    }

    /// The frequency that is written so; a text that is none is a problem.
    pub fn frequency(&self, asked: Asked<'_>, word: &str) -> Option<Frequency> {
        let parsed: Result<Frequency, _> = word.parse();
        if let Err(bad) = &parsed
            && self.is_news(asked, "", word)
        {
            let known = ["year", "season", "half", "quarter", "month", "week", "day"];
            let problem = Problem::error(bad.to_string()).did_you_mean(word, known);
            let problem = problem.hint("write freq=\"half\", or \"4 months\" for a span of as many");
            self.problem(asked, Wrong::Period(word), problem);
        }
        parsed.ok()
    }

    /// The periods for which a series has a value that is known by then, as a hint.
    pub fn known_periods(&self, id: &SeriesId, pinned: Option<NaiveDate>) -> String {
        let mut known = self.snapshot.periods(id);
        known.retain(|period| self.snapshot.observation(id, *period, pinned).is_some());
        let known = listed(&known).unwrap_or_else(|| match pinned {
            Some(day) => format!("no value of `{id}` was known on {day}"),
            None => format!("`{id}` has no values at all: `greenbrief figures import FILE` brings some"),
        });
        match self.snapshot.data.series.get(id).and_then(|series| series.predecessor.as_ref()) {
            Some(before) => {
                format!("{known}; until a break there was `{before}`, whose values are not compared with these")
            }
            None => known,
        }
    }
}

/// `there are values for 2021, 2023`: of many periods the newest; nothing for none.
pub(super) fn listed(known: &[Period]) -> Option<String> {
    let left_out = known.len().saturating_sub(MOST_LISTED);
    let shown: Vec<String> = known.iter().skip(left_out).map(Period::to_string).collect();
    let earlier = if left_out > 0 { format!(" and {left_out} earlier ones") } else { String::new() };
    (!shown.is_empty()).then(|| format!("there are values for {}{earlier}", shown.join(", ")))
}
