//! Sources: the numbers by which a text cites them, the line under a chart or a table that names them in words, and the list
//! at the end, in which those of a publisher stand together.

use std::collections::BTreeMap;

use chrono::Datelike;

use super::Filler;
use crate::{
    base::language::Language,
    document::brief::{Block, Inline, Row, SourceEntry, dates, translations},
    figures::{Citation, Period, Published, Quality},
};

impl Filler<'_> {
    /// The publishers of these sources in words, each once, with the date of the newest of what it has published, to which
    /// the words lead.
    pub(super) fn source_line(&mut self, citations: &[Citation]) -> Vec<Inline> {
        let language = self.language();
        let mut publishers: Vec<(&str, Vec<&Citation>)> = Vec::new();
        for citation in citations {
            match publishers.iter_mut().find(|(publisher, _)| *publisher == citation.publisher) {
                Some((_, all)) => all.push(citation),
                None => publishers.push((&citation.publisher, vec![citation])),
            }
        }
        let label = if publishers.len() == 1 { translations::SOURCE } else { translations::SOURCES };
        let (label, between, comma) = match language {
            Language::Zh => ((*label.get(language)).to_owned(), "；", "，"),
            _ => (format!("{} ", label.get(language)), "; ", ", "),
        };
        let mut line = Vec::new();
        for (nth, (publisher, all)) in publishers.into_iter().enumerate() {
            let Some(newest) = all.iter().max_by_key(|citation| citation.published.counts_from()) else { continue };
            line.push(Inline::plain(if nth == 0 { label.as_str() } else { between }));
            let name = self.snapshot.data.publisher_name(publisher, language);
            let text = format!("{name}{comma}{}", month(newest.published, language));
            let to = cite(&mut self.cited, std::slice::from_ref(*newest)).first().copied().unwrap_or_default();
            let all: Vec<Citation> = all.into_iter().cloned().collect();
            line.push(Inline::Source { text, to, numbers: cite(&mut self.cited, &all) });
        }
        line
    }

    /// Puts the sources of each publisher together, in the order in which the publishers are first cited, and changes the
    /// numbers in what is filled already.
    pub fn group_sources(&mut self, blocks: &mut [Block], footnotes: &mut [Vec<Inline>]) {
        let language = self.language();
        let names: Vec<&str> =
            self.cited.iter().map(|it| self.snapshot.data.publisher_name(&it.publisher, language)).collect();
        let mut first: BTreeMap<&str, usize> = BTreeMap::new();
        for (at, name) in names.iter().enumerate() {
            first.entry(name).or_insert(at);
        }
        let mut order: Vec<usize> = (0..self.cited.len()).collect();
        order.sort_by_key(|at| names.get(*at).and_then(|name| first.get(name)));
        let mut moved = vec![0; order.len()];
        for (now, before) in order.iter().enumerate() {
            if let Some(moved) = moved.get_mut(*before) {
                *moved = now + 1;
            }
        }
        self.cited = order.iter().filter_map(|at| self.cited.get(*at).cloned()).collect();
        blocks.iter_mut().for_each(|block| renumber(block, &moved));
        footnotes.iter_mut().for_each(|note| renumber_text(note, &moved));
    }

    /// The list of sources.
    pub fn sources(&self) -> Vec<SourceEntry> {
        let language = self.language();
        let name = |name| self.snapshot.data.publisher_name(name, language);
        let mut before = "";
        self.cited
            .iter()
            .map(|citation| {
                let publisher = name(&citation.publisher);
                let carrier = citation.carrier.as_deref().map(name).filter(|carrier| *carrier != publisher);
                let when = published(citation.published, language);
                let text = match carrier {
                    Some(carrier) => {
                        let comma = if language == Language::Zh { "，" } else { ", " };
                        format!("{}{comma}{when}", translations::VIA.get(language).replace("{b}", carrier))
                    }
                    None => when,
                };
                let remark = if citation.quality == Quality::Copy { *translations::COPY.get(language) } else { "" };
                let head = if std::mem::replace(&mut before, publisher) == publisher { "" } else { publisher };
                SourceEntry { publisher: head.to_owned(), text, url: citation.url.clone(), remark: remark.to_owned() }
            })
            .collect()
    }
}

/// The date of a publication in words.
fn published(published: Published, language: Language) -> String {
    match published {
        Published::Unknown => (*translations::UNDATED.get(language)).to_owned(),
        Published::Month { year, month } => dates::period(Period::Month(year, month), language),
        Published::Day(day) => dates::day(day, language),
    }
}

/// The month of a publication, abbreviated.
fn month(date: Published, language: Language) -> String {
    let month = match date {
        Published::Unknown => return published(date, language),
        Published::Month { year, month } => Period::Month(year, month),
        Published::Day(day) => Period::Month(day.year(), day.month()),
    };
    dates::short(month, language)
}

/// The numbers of these sources in `cited`, to which new ones are added.
pub(super) fn cite(cited: &mut Vec<Citation>, citations: &[Citation]) -> Vec<usize> {
    let mut numbers: Vec<usize> = citations
        .iter()
        .map(|citation| match cited.iter().position(|known| known.is_same_source(citation)) {
            Some(at) => at + 1,
            None => {
                cited.push(citation.clone());
                cited.len()
            }
        })
        .collect();
    numbers.sort_unstable();
    numbers.dedup();
    numbers
}

/// Changes the numbers of sources in a block; `moved` has the new number of each at its index. The recursion is bounded by
/// the nesting that `markdown` allows.
fn renumber(block: &mut Block, moved: &[usize]) {
    match block {
        Block::Heading { text, .. } | Block::Paragraph { text, .. } => renumber_text(text, moved),
        Block::KeyMessages(messages) => messages.iter_mut().for_each(|text| renumber_text(text, moved)),
        Block::List { items, .. } => {
            for item in items {
                renumber_text(&mut item.text, moved);
                item.children.iter_mut().for_each(|block| renumber(block, moved));
            }
        }
        Block::Table(table) => {
            table.notes.iter_mut().for_each(|note| renumber_text(note, moved));
            for row in &mut table.rows {
                if let Row::Body(cells) | Row::Total(cells) = row {
                    cells.iter_mut().for_each(|cell| renumber_all(&mut cell.cites, moved));
                }
            }
        }
        Block::Chart(chart) => chart.notes.iter_mut().for_each(|note| renumber_text(note, moved)),
        // The line below them has their sources.
        Block::Tiles(_) => {}
        Block::Timeline(milestones) => milestones.iter_mut().for_each(|it| renumber_all(&mut it.cites, moved)),
        Block::Callout { blocks, .. } | Block::Quote(blocks) => {
            blocks.iter_mut().for_each(|block| renumber(block, moved));
        }
    }
}

fn renumber_text(text: &mut [Inline], moved: &[usize]) {
    for inline in text {
        match inline {
            Inline::Cite(numbers) => renumber_all(numbers, moved),
            Inline::Source { to, numbers, .. } => {
                *to = new(*to, moved);
                renumber_all(numbers, moved);
            }
            Inline::Text { .. }
            | Inline::Phrase { .. }
            | Inline::Link { .. }
            | Inline::Footnote(_)
            | Inline::Reference { .. }
            | Inline::Break => {}
        }
    }
}

fn renumber_all(numbers: &mut [usize], moved: &[usize]) {
    numbers.iter_mut().for_each(|number| *number = new(*number, moved));
    numbers.sort_unstable();
}

fn new(number: usize, moved: &[usize]) -> usize {
    number.checked_sub(1).and_then(|index| moved.get(index)).copied().unwrap_or(number)
}
