//! Footnotes: `text[^key]` and, on a line of its own, `[^key]: note`. They are numbered in the order of their first marks.
//! A mark without a note, a note without a mark and two notes of one key are problems.

use std::{
    collections::{BTreeMap, HashMap},
    ops::Range,
};

use super::{Container, Medium, Part, Piece, Reader};
use crate::base::problem::Problem;

#[derive(Debug, Default)]
pub(super) struct Footnotes {
    /// Keys in the order of their first marks, with the place of that mark.
    marked: Vec<(String, Range<usize>)>,
    /// The number of each key that is marked.
    numbers: HashMap<String, usize>,
    /// The notes by key, with their places.
    notes: BTreeMap<String, (Vec<Piece>, Range<usize>)>,
}

impl Footnotes {
    /// Notes a mark; returns the number of its footnote.
    pub fn mark(&mut self, key: &str, at: &Range<usize>) -> usize {
        if let Some(number) = self.numbers.get(key) {
            return *number;
        }
        self.marked.push((key.to_owned(), at.clone()));
        self.numbers.insert(key.to_owned(), self.marked.len());
        self.marked.len()
    }

    /// The number of footnotes that are marked so far.
    pub fn marks(&self) -> usize {
        self.marked.len()
    }
}

impl Reader<'_> {
    /// Reads the note of a footnote, which is one paragraph.
    pub(super) fn note(&mut self, inside: Container, key: &str, at: &Range<usize>) {
        if self.medium == Medium::Mail {
            self.refuse("a footnote", at);
        }
        let marks = self.footnotes.marks();
        let mut parts = self.blocks(Container::Footnote, 0).into_iter();
        let text = match parts.next() {
            Some(Part::Paragraph(_, text)) if !text.is_empty() => text,
            _ => {
                self.problem(
                    format!("the footnote [^{key}] says nothing"),
                    at,
                    "write [^key]: and its words on one line",
                );
                Vec::new()
            }
        };
        if parts.next().is_some() {
            self.problem(
                format!("the footnote [^{key}] has more than one paragraph"),
                at,
                "what is longer belongs into the text",
            );
        }
        if inside != Container::Text {
            self.misplaced("the note of a footnote", inside, at);
        }
        if self.footnotes.marks() > marks {
            self.problem(format!("the footnote [^{key}] marks another footnote"), at, "write both into one");
        }
        if let Some((_, first)) = self.footnotes.notes.get(key) {
            let line = self.rendered.place(first.clone()).line;
            self.problem(format!("there are two notes [^{key}]"), at, &format!("the first stands in line {line}"));
            return;
        }
        self.footnotes.notes.insert(key.to_owned(), (text, at.clone()));
    }

    /// Reports marks without a note, which Markdown leaves in the text.
    pub(super) fn lost_marks(&mut self, text: &str, at: &Range<usize>) {
        let written = self.rendered.text.get(at.clone()).unwrap_or_default();
        for (begin, _) in text.match_indices("[^") {
            let Some((key, _)) = text.get(begin + 2..).and_then(|rest| rest.split_once(']')) else { continue };
            let mark = format!("[^{key}]");
            // `\[^` is meant as text.
            let Some(found) =
                written.find(&mark).filter(|found| !written.get(..*found).is_some_and(|b| b.ends_with('\\')))
            else {
                continue;
            };
            if key.is_empty() || key.contains(char::is_whitespace) || self.problems.is_full() {
                continue;
            }
            let known: Vec<String> = self.footnotes.notes.keys().cloned().collect();
            let place = self.rendered.place(at.start + found..at.start + found + mark.len());
            self.problems.push(
                Problem::error(format!("the footnote {mark} has no note"))
                    .at(place)
                    .hint(format!("write its note on a line of its own: {mark}: …"))
                    .did_you_mean(key, known.iter().map(String::as_str)),
            );
        }
    }

    /// The footnotes in the order of their marks; reports notes without a mark.
    pub(super) fn close_footnotes(&mut self) -> Vec<Vec<Piece>> {
        let mut notes = std::mem::take(&mut self.footnotes.notes);
        let marked = std::mem::take(&mut self.footnotes.marked);
        let texts = marked.iter().map(|(key, _)| notes.remove(key).unwrap_or_default().0).collect();
        for (key, (_, at)) in notes {
            if self.medium == Medium::Brief {
                self.problem(
                    format!("the footnote [^{key}] is marked nowhere"),
                    &at,
                    &format!("write [^{key}] where it belongs, or delete its note"),
                );
            }
        }
        texts
    }
}
