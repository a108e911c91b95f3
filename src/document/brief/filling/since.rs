//! What has changed since the last edition, in what the brief prints: values that were revised or withdrawn, newer periods,
//! series that it prints for the first time. Nothing of it stands anywhere if nothing has changed.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::Filler;
use crate::{
    base::language::Language,
    document::brief::{
        Block, Emphasis, Inline, Item, Style, dates,
        earlier::{EarlierEdition, EarlierValue, newest_of},
        frame::issue,
        markdown::{Fence, Part, Piece},
        numbering, numbers, translations,
        values::marked_provisional,
    },
    figures::{ChangeUnit, Citation, Frequency, Observation, Period, Series, SeriesId, Status, Unit, compared},
};

/// Maximum number of changes that are told; the rest is counted.
const MOST_LINES: usize = 12;
/// The word behind the backticks of the fence at whose place they stand.
const FENCE: &str = "since";

/// Whether a fence is the place of the changes.
pub(super) fn is_place(fence: &Fence) -> bool {
    fence.info.split_whitespace().next() == Some(FENCE)
}

/// What has changed, each in a line whose sources have no numbers yet.
pub(in crate::document::brief) struct Since {
    number: String,
    date: String,
    lines: Vec<Vec<Piece>>,
}

impl Since {
    /// As a section of the brief.
    pub fn section(&self, language: Language, cite: &mut impl FnMut(&[Citation]) -> Vec<usize>) -> Vec<Block> {
        let heading = vec![word(*translations::SINCE.get(language))];
        let compared = self.with_edition(translations::SINCE_EDITION.get(language));
        vec![
            Block::Heading { level: 2, text: heading },
            Block::Paragraph { style: Style::Note, text: vec![word(compared)] },
            self.list(cite),
        ]
    }

    /// For the mail, which has no sources.
    pub fn in_mail(&self, language: Language) -> Vec<Block> {
        let text = vec![word(self.with_edition(translations::SINCE_IN_MAIL.get(language)))];
        vec![Block::Paragraph { style: Style::Body, text }, self.list(&mut |_| Vec::new())]
    }

    fn with_edition(&self, words: &str) -> String {
        words.replace("{n}", &self.number).replace("{d}", &self.date)
    }

    fn list(&self, cite: &mut impl FnMut(&[Citation]) -> Vec<usize>) -> Block {
        let item = |line: &Vec<Piece>| Item { text: numbering::inlines(line.clone(), cite), children: Vec::new() };
        Block::List { ordered: false, items: self.lines.iter().map(item).collect() }
    }
}

fn word(text: impl Into<String>) -> Inline {
    Inline::Text { text: text.into(), emphasis: Emphasis::None }
}

/// What happened to a value, in the order in which it is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Revised,
    Withdrawn,
    New,
    First,
}

impl Filler<'_> {
    /// What has changed, if it is to be told and there is anything. Blocks that are filled later print values, too: all are
    /// filled once before.
    pub(in crate::document::brief) fn changes_since(
        &self,
        earlier: Option<&EarlierEdition>,
        parts: &[Part],
    ) -> Option<Since> {
        let earlier = earlier?;
        let mut printed = self.scope.gathered().printed.clone();
        let so_far = self.scope.so_far();
        let mut first = Filler::new(self.scope, self.template, self.snapshot, self.rendered);
        let fences = parts.iter().filter(|part| matches!(part, Part::Fence(fence) if !is_place(fence)));
        first.blocks(fences.cloned().collect(), None);
        printed.extend(first.printed_in_blocks().cloned());
        self.scope.go_back(&so_far);
        let lines = self.lines(earlier, &newest_of(&printed));
        let language = self.language();
        let (number, date) = (issue(earlier.number, language), dates::day(earlier.date, language));
        (!lines.is_empty()).then_some(Since { number, date, lines })
    }

    fn lines(&self, earlier: &EarlierEdition, printed: &[&Observation]) -> Vec<Vec<Piece>> {
        let had: BTreeMap<(&SeriesId, Period), &EarlierValue> =
            earlier.values.iter().map(|it| ((&it.series, it.period), it)).collect();
        // The newest period of each series and length that each of the two prints.
        let mut newest_before: BTreeMap<&SeriesId, BTreeMap<Frequency, Period>> = BTreeMap::new();
        for it in &earlier.values {
            let newest = newest_before.entry(&it.series).or_default().entry(it.period.frequency()).or_insert(it.period);
            *newest = it.period.max(*newest);
        }
        // Whether none of its length, or none of any, is newer or longer.
        let is_newest = |it: &Observation, of_its_length: bool| {
            let (own, others) =
                ((it.period.frequency(), it.period), printed.iter().filter(|other| other.series == it.series));
            let others = others.map(|other| (other.period.frequency(), other.period));
            !others.filter(|(length, _)| !of_its_length || *length == own.0).any(|other| other > own)
        };
        let mut found: Vec<(Kind, Vec<Piece>)> = Vec::new();
        for it in printed {
            let line = match (had.get(&(&it.series, it.period)), newest_before.get(&it.series)) {
                (Some(was), _) if was.value == it.value => None,
                (Some(was), _) => self.revised(it, was).map(|line| (Kind::Revised, line)),
                (None, None) if is_newest(it, false) => self
                    .printed_new(it, translations::PRINTED_FIRST.get(self.language()))
                    .map(|line| (Kind::First, line)),
                (None, Some(newest))
                    if is_newest(it, true)
                        && newest.get(&it.period.frequency()).is_none_or(|before| *before < it.period) =>
                {
                    self.printed_new(it, translations::PRINTED_NEW.get(self.language())).map(|line| (Kind::New, line))
                }
                _ => None,
            };
            found.extend(line);
        }
        let gone = earlier.values.iter().filter_map(|was| self.withdrawn(was));
        found.extend(gone.map(|line| (Kind::Withdrawn, line)));
        found.sort_by_key(|(kind, _)| *kind);
        let more = found.len().saturating_sub(MOST_LINES);
        let mut lines: Vec<Vec<Piece>> = found.into_iter().take(MOST_LINES).map(|(_, line)| line).collect();
        if more > 0 {
            let text = translations::AND_MORE.get(self.language()).replace("{n}", &more.to_string());
            lines.push(vec![Piece::Text(word(text))]);
        }
        lines
    }

    fn measure(&self, series: &SeriesId) -> Option<(&Series, &Unit)> {
        let series = self.snapshot.data.series.get(series)?;
        Some((series, self.snapshot.data.units.get(&series.unit)?))
    }

    /// `Revised: German goods imports from China, 2024: EUR 156.3 billion → EUR 156.8 billion (+0.3%)`. Values in two units
    /// cannot be compared.
    fn revised(&self, now: &Observation, was: &EarlierValue) -> Option<Vec<Piece>> {
        let (series, unit) = self.measure(&now.series)?;
        if was.unit != unit.id {
            return None;
        }
        let language = self.language();
        let change = compared(now.value, was.value, unit.kind).filter(|change| !change.is_zero());
        let change = change.map(|it| numbers::change(it, ChangeUnit::of(unit.kind), true, self.scope.writing()));
        // No line ends with the arrow.
        let arrow = if language == Language::Zh { "→" } else { " →\u{a0}" };
        let text = format!("{}{arrow}{}", self.unmarked(was.value, unit), self.value(now, unit));
        let label = *translations::REVISED.get(language);
        Some(self.line(label, series, now.period, &in_brackets(text, change, language), &now.sources))
    }

    /// `New: German goods imports from China, 2025: EUR 170.6 billion (+8.8% on 2024)`.
    fn printed_new(&self, now: &Observation, label: &str) -> Option<Vec<Piece>> {
        let (series, unit) = self.measure(&now.series)?;
        let language = self.language();
        let mut cites = now.sources.clone();
        let change = self.snapshot.change(&now.series, now.period, None);
        for citation in
            change.iter().filter(|it| it.published).flat_map(|it| &it.rests_on).flat_map(|it| it.sources.first())
        {
            if !cites.contains(citation) {
                cites.push(citation.clone());
            }
        }
        let change = change.map(|change| {
            let number = numbers::change(change.value, change.unit, true, self.scope.writing());
            let against = dates::against(change.against, language);
            translations::ON.get(language).replace("{c}", &number).replace("{p}", &against)
        });
        let text = in_brackets(self.value(now, unit), change, language);
        Some(self.line(label, series, now.period, &text, &cites))
    }

    /// `Withdrawn: German goods imports from China, 2025: EUR 170.6 billion`. What the brief has stopped to print is not.
    fn withdrawn(&self, was: &EarlierValue) -> Option<Vec<Piece>> {
        let (series, _) = self.measure(&was.series)?;
        if self.snapshot.observation(&was.series, was.period, None).is_some() {
            return None;
        }
        let unit = self.snapshot.data.units.get(&was.unit)?;
        let text = self.unmarked(was.value, unit);
        Some(self.line(translations::WITHDRAWN.get(self.language()), series, was.period, &text, &[]))
    }

    /// A value whose number and unit stay on one line.
    fn unmarked(&self, value: Decimal, unit: &Unit) -> String {
        numbers::full(value, unit, self.scope.writing()).replacen(' ', "\u{a0}", 1)
    }

    fn value(&self, of: &Observation, unit: &Unit) -> String {
        let text = self.unmarked(of.value, unit);
        marked_provisional(text, of.status == Status::Provisional, self.language())
    }

    fn line(&self, label: &str, series: &Series, period: Period, text: &str, cites: &[Citation]) -> Vec<Piece> {
        let language = self.language();
        let (colon, comma, space) = if language == Language::Zh { ("：", "，", "") } else { (": ", ", ", " ") };
        let label = Inline::Text { text: label.to_owned(), emphasis: Emphasis::Strong };
        let title = series.title.get(language);
        let words = format!("{space}{title}{comma}{}{colon}{text}", dates::period(period, language));
        let mut line = vec![Piece::Text(label), Piece::Text(word(words))];
        if !cites.is_empty() {
            line.push(Piece::Cites(cites.to_vec()));
        }
        line
    }
}

/// A text with a remark behind it in brackets.
fn in_brackets(text: String, remark: Option<String>, language: Language) -> String {
    match (remark, language) {
        (None, _) => text,
        (Some(remark), Language::Zh) => format!("{text}（{remark}）"),
        (Some(remark), _) => format!("{text} ({remark})"),
    }
}
