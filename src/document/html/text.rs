//! Running text: words, emphasis, links, citations, footnote marks. What a block is, is not here.

use std::fmt::{self, Write as _};

use super::Writer;
use crate::document::brief::{Emphasis, Inline, footnote_letter};

/// Text as it stands between tags and inside quotation marks.
pub(super) struct Escaped<'a>(pub &'a str);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rest = self.0;
        while let Some(at) = rest.find(['&', '<', '>', '"', '\'']) {
            let (before, from) = rest.split_at(at);
            f.write_str(before)?;
            let mut behind = from.chars();
            f.write_str(match behind.next() {
                Some('&') => "&amp;",
                Some('<') => "&lt;",
                Some('>') => "&gt;",
                Some('"') => "&quot;",
                _ => "&#39;",
            })?;
            rest = behind.as_str();
        }
        f.write_str(rest)
    }
}

/// The same as a text.
pub(super) fn escaped(text: &str) -> String {
    Escaped(text).to_string()
}

/// May a link of a brief lead there?
fn is_harmless(url: &str) -> bool {
    let scheme = url.trim_start().split(':').next().unwrap_or_default();
    ["https", "http", "mailto"].iter().any(|known| scheme.eq_ignore_ascii_case(known))
}

impl Writer<'_> {
    pub fn inline(&mut self, text: &[Inline]) {
        // Separates a footnote's mark from a raised number right before it.
        let mut is_raised = false;
        for inline in text {
            let was_raised = std::mem::replace(&mut is_raised, matches!(inline, Inline::Footnote(_)));
            match inline {
                Inline::Text { text, emphasis } => {
                    let name = match emphasis {
                        Emphasis::None => "",
                        Emphasis::Strong => "strong",
                        Emphasis::Emphasis => "em",
                    };
                    if name.is_empty() {
                        self.put(format_args!("{}", Escaped(text)));
                    } else {
                        self.put(format_args!("<{name}>{}</{name}>", Escaped(text)));
                    }
                }
                Inline::Phrase { text, emphasis, language, means } => {
                    self.phrase(text, *emphasis, *language, means.as_deref());
                }
                Inline::Link { text, url } if is_harmless(url) => {
                    self.put(format_args!(
                        "<a href=\"{}\" rel=\"noreferrer\">{}</a>",
                        Escaped(url.trim()),
                        Escaped(text)
                    ));
                }
                Inline::Link { text, .. } => self.put(format_args!("{}", Escaped(text))),
                Inline::Cite(numbers) => self.cite(numbers),
                Inline::Source { text, to, numbers } => self.publisher(text, *to, numbers),
                Inline::Footnote(number) => {
                    let letter = footnote_letter(*number);
                    let says = self.brief.strings.footnote.replace("{n}", &letter);
                    let id = if self.marked.insert(*number) { format!(" id=\"mark-{number}\"") } else { String::new() };
                    let comma = if was_raised { ",\u{a0}" } else { "" };
                    self.put(format_args!(
                        "<sup{id}>{comma}<a href=\"#note-{number}\" aria-label=\"{}\">{letter}</a></sup>",
                        Escaped(&says)
                    ));
                }
                Inline::Reference { text, to } => {
                    self.put(format_args!("<a href=\"#block-{}\">{}</a>", Escaped(to), Escaped(text)));
                }
                Inline::Break => self.out.push_str("<br>\n"),
            }
        }
    }

    /// Words of another language, or an abbreviation.
    fn phrase(&mut self, text: &str, emphasis: Emphasis, language: Option<&str>, means: Option<&str>) {
        let name = if means.is_some() { "abbr" } else { "span" };
        self.put(format_args!("<{name}"));
        if let Some(means) = means {
            self.put(format_args!(" title=\"{}\"", Escaped(means)));
        }
        if let Some(language) = language {
            self.put(format_args!(" lang=\"{language}\""));
        }
        self.out.push('>');
        self.inline(&[Inline::Text { text: text.to_owned(), emphasis }]);
        self.put(format_args!("</{name}>"));
    }

    /// A publisher in words, linked to a source; the way back from each of its sources leads here.
    fn publisher(&mut self, text: &str, to: usize, numbers: &[usize]) {
        for number in numbers {
            if self.cited.insert(*number) {
                self.put(format_args!("<span id=\"cite-{number}\"></span>"));
            }
        }
        self.put(format_args!("<a href=\"#source-{to}\">{}</a>", Escaped(text)));
    }

    /// `[1, 3]`, each number a link to its source.
    pub fn cite(&mut self, numbers: &[usize]) {
        if numbers.is_empty() {
            return;
        }
        let mut links = String::new();
        for (nth, number) in numbers.iter().enumerate() {
            let comma = if nth > 0 { ",\u{a0}" } else { "" };
            let id = if self.cited.insert(*number) { format!(" id=\"cite-{number}\"") } else { String::new() };
            let says = &self.brief.strings.sources;
            // Memory takes all that is written to it.
            let _ = write!(
                links,
                "{comma}<a{id} href=\"#source-{number}\" aria-label=\"{} {number}\">{number}</a>",
                Escaped(says)
            );
        }
        // A word joiner keeps the citation on the line of what it cites.
        self.put(format_args!("\u{2060}<sup>[{links}]</sup>"));
    }

    /// A link back to where something is cited.
    pub fn back(&mut self, id: &str) {
        let says = &self.brief.strings.back;
        let link = format!(" <a class=\"back\" href=\"#{id}\" aria-label=\"{}\">↩\u{fe0e}</a>", Escaped(says));
        self.out.push_str(&link);
    }
}
