//! Text with emphasis, links, citations, cross references and footnote marks becomes a paragraph with its links. What leads
//! nowhere is a problem.

use std::ops::Range;

use super::{
    compose::Composer,
    document::Target,
    footnotes::{INDENT, Note},
    linked_paragraph::{Link, LinkedParagraph, Links},
    text::{Markup, Paragraph, ParagraphStyle, Span},
};
use crate::{
    base::{language::Language, problem::Problem},
    document::brief::{Emphasis, Inline, footnote_letter},
};

/// The words of a text, without citations and footnote marks.
pub(super) fn plain(text: &[Inline]) -> String {
    text.iter()
        .map(|inline| match inline {
            Inline::Text { text, .. }
            | Inline::Phrase { text, .. }
            | Inline::Link { text, .. }
            | Inline::Reference { text, .. }
            | Inline::Source { text, .. } => text.as_str(),
            Inline::Cite(_) | Inline::Footnote(_) => "",
            Inline::Break => " ",
        })
        .collect()
}

impl Composer<'_> {
    /// Text with emphasis, links, citations and footnote marks, set.
    pub fn inline(&mut self, text: &[Inline], style: &ParagraphStyle) -> (Paragraph, Links) {
        let set = self.words(text, style);
        // The footnotes that it marks, and the ones that these mark in turn.
        while let Some(number) = self.marked.pop() {
            if !self.flow.foot.knows(number) {
                self.footnote(number);
            }
        }
        set
    }

    /// A text without markup, set; what is known of words in it, their language and what they stand for, is kept.
    pub fn titled(&mut self, text: &str, style: &ParagraphStyle) -> Paragraph {
        let text = self.brief.with_phrases(text, Emphasis::None);
        self.words(&text, style).0
    }

    fn words(&mut self, text: &[Inline], style: &ParagraphStyle) -> (Paragraph, Links) {
        let mut words = String::new();
        let mut spans = Vec::new();
        let mut links: Links = Vec::new();
        // Separates a footnote mark from a raised number right before it.
        let mut separator = "";
        for inline in text {
            let start = words.len();
            match inline {
                Inline::Break => words.push('\n'),
                Inline::Text { text, emphasis } => {
                    words.push_str(text);
                    let markup = Markup { emphasis: *emphasis, ..Markup::default() };
                    spans.extend(by_script(text, self.language()).map(|(range, language)| {
                        emphasized(start + range.start..start + range.end, Markup { language, ..markup })
                    }));
                }
                Inline::Phrase { text, emphasis, language, means } => {
                    words.push_str(text);
                    let language = language.filter(|language| *language != self.language().tag());
                    let meaning = means.as_ref().map_or(0, |means| self.meaning(means));
                    let markup = Markup { emphasis: *emphasis, language, meaning, ..Markup::default() };
                    spans.push(emphasized(start..words.len(), markup));
                }
                Inline::Link { text, url } => {
                    words.push_str(text);
                    links.push(Link::new(Target::Url(url.clone()), text));
                    let markup = Markup { link: links.len() as u16, ..Markup::default() };
                    spans.push(Span { range: start..words.len(), markup, strong: false, italic: false });
                }
                Inline::Reference { text, to } => {
                    self.known(to, text);
                    words.push_str(text);
                    links.push(Link::new(Target::Anchor(to.clone()), text));
                    let markup = Markup { link: links.len() as u16, ..Markup::default() };
                    spans.push(Span { range: start..words.len(), markup, strong: false, italic: false });
                }
                Inline::Source { text, to, numbers } => {
                    self.known_sources(numbers, text);
                    words.push_str(text);
                    links.push(Link { sources: numbers.clone(), ..Link::new(Target::Source(*to), text) });
                    let markup = Markup { link: links.len() as u16, ..Markup::default() };
                    spans.push(Span { range: start..words.len(), markup, strong: false, italic: false });
                }
                Inline::Footnote(number) => {
                    // A word joiner keeps the mark on the line of its word.
                    words.push('\u{2060}');
                    words.push_str(separator);
                    spans.push(raised(start..words.len(), 0));
                    let start = words.len();
                    words.push_str(&footnote_letter(*number));
                    links.push(Link::new(Target::Footnote(*number), self.footnote_word(*number)));
                    spans.push(raised(start..words.len(), links.len()));
                    self.marked.push(*number);
                }
                Inline::Cite(numbers) if numbers.is_empty() => {}
                Inline::Cite(numbers) => self.cite(numbers, &mut words, &mut spans, &mut links),
            }
            separator = match inline {
                Inline::Footnote(_) => ",\u{a0}",
                Inline::Cite(_) => "\u{a0}",
                _ => "",
            };
        }
        (self.set.set_spans(&words, &spans, style), links)
    }

    /// The number of what an abbreviation stands for.
    fn meaning(&mut self, means: &str) -> u16 {
        let meanings = &mut self.flow.meanings;
        let at = meanings.iter().position(|known| known == means).unwrap_or_else(|| {
            meanings.push(means.to_owned());
            meanings.len() - 1
        });
        u16::try_from(at + 1).unwrap_or_default()
    }

    fn footnote_word(&self, number: usize) -> String {
        self.brief.strings.footnote.replace("{n}", &footnote_letter(number))
    }

    /// Sets a footnote for the foot of the page where its mark will stand.
    fn footnote(&mut self, number: usize) {
        let brief = self.brief;
        let Some(text) = number.checked_sub(1).and_then(|index| brief.footnotes.get(index)) else {
            let last = brief.footnotes.len();
            return self.problem(Problem::error(format!("footnote {number} is marked, but the brief has {last}")), "");
        };
        let (size, color) = (self.flow.theme.small_size - 0.4, self.flow.theme.text);
        let width = self.flow.width() - INDENT;
        let style = ParagraphStyle { leading: 1.35, hyphenate: true, justify: true, ..self.style(size, false, width) };
        let (paragraph, links) = self.words(text, &style);
        let text = LinkedParagraph { paragraph, links, color };
        let label = self.back(&footnote_letter(number), Target::FootnoteMark(number), &style);
        self.flow.foot.add(number, Note::new(label.into(), text.into()));
    }

    /// Sets a label that links back to where it is marked or cited.
    pub fn back(&mut self, label: &str, target: Target, style: &ParagraphStyle) -> LinkedParagraph {
        let markup = Markup { link: 1, ..Markup::default() };
        let span = Span { range: 0..label.len(), markup, strong: false, italic: false };
        let paragraph = self.set.set_spans(label, &[span], style);
        let links = vec![Link::new(target, &self.brief.strings.back)];
        LinkedParagraph { paragraph, links, color: self.flow.theme.muted }
    }

    /// Reports a cross reference that leads to no chart or table.
    fn known(&mut self, anchor: &str, text: &str) {
        if !self.anchors.contains(anchor) {
            let problem = Problem::error(format!("no chart or table is called `{anchor}`"));
            let problem = problem.did_you_mean(anchor, self.anchors.iter().copied());
            self.problem(problem, text);
        }
    }

    /// Adds citations as `[1, 3]`, each number a link to its entry of the source list. A number without an entry is a
    /// problem.
    fn cite(&mut self, numbers: &[usize], words: &mut String, spans: &mut Vec<Span>, links: &mut Links) {
        self.known_sources(numbers, words);
        // A word joiner keeps the citation on the line of what it cites.
        words.push('\u{2060}');
        let start = words.len();
        words.push('[');
        spans.push(raised(start..words.len(), 0));
        for (nth, number) in numbers.iter().enumerate() {
            let start = words.len();
            if nth > 0 {
                words.push_str(",\u{a0}");
                spans.push(raised(start..words.len(), 0));
            }
            let start = words.len();
            words.push_str(&number.to_string());
            links.push(Link::new(Target::Source(*number), format!("{} {number}", self.brief.strings.sources)));
            spans.push(raised(start..words.len(), links.len()));
        }
        let start = words.len();
        words.push(']');
        spans.push(raised(start..words.len(), 0));
    }

    /// Notes that sources are cited. A number without an entry is a problem.
    fn known_sources(&mut self, numbers: &[usize], stands_in: &str) {
        let last = self.brief.sources.len();
        for number in numbers.iter().filter(|number| **number == 0 || **number > last) {
            self.problem(Problem::error(format!("source {number} is cited, but the list has {last}")), stands_in);
        }
        self.cited.extend(numbers);
    }
}

/// A span with the look of its emphasis.
fn emphasized(range: Range<usize>, markup: Markup) -> Span {
    let (strong, italic) = (markup.emphasis == Emphasis::Strong, markup.emphasis == Emphasis::Emphasis);
    Span { range, markup, strong, italic }
}

/// A text in stretches of Han characters and of others, the former as Chinese where the text's language is another: names
/// from the figures come with no word on their language.
fn by_script(text: &str, language: Language) -> impl Iterator<Item = (Range<usize>, Option<&'static str>)> {
    let mut stretches: Vec<(Range<usize>, Option<&'static str>)> = Vec::new();
    if language == Language::Zh || !text.chars().any(is_han) {
        stretches.push((0..text.len(), None));
        return stretches.into_iter();
    }
    for (at, c) in text.char_indices() {
        let (end, tag) = (at + c.len_utf8(), is_han(c).then_some("zh"));
        match stretches.last_mut() {
            Some((range, known)) if *known == tag => range.end = end,
            _ => stretches.push((at..end, tag)),
        }
    }
    stretches.into_iter()
}

/// Whether a character is a Han character or the punctuation between them.
fn is_han(c: char) -> bool {
    matches!(c, '\u{2e80}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}

/// A span that is set smaller and raised, part of the link with this number.
fn raised(range: Range<usize>, link: usize) -> Span {
    Span { range, markup: Markup { link: link as u16, cite: true, ..Markup::default() }, strong: false, italic: false }
}
