//! The words of a block: emphasis, links, line breaks, footnote marks, and the insertions of expressions.

use std::ops::Range;

use pulldown_cmark::{Event, Tag, TagEnd};

use super::{Medium, Piece, Quotes, Reader};
use crate::{
    base::characters::refusal,
    document::brief::{
        Emphasis, Inline, characters,
        markers::{Insertion, parts, resolved},
        sentence_periods, told_values, web_address,
    },
    figures::Citation,
};

/// Maximum number of pieces of a paragraph: each is set by itself, and needs some kilobytes.
const MOST_PIECES: usize = 2_000;

/// A link whose words are still being read.
struct LinkSoFar {
    words: String,
    url: String,
    cites: Vec<Citation>,
}

impl LinkSoFar {
    fn add(&mut self, text: &str, insertions: &[Insertion]) {
        for part in parts(text, insertions) {
            self.words.push_str(&part.text);
            self.cites.extend(part.cites);
        }
    }

    /// The link, and behind it the sources of the figures in it.
    fn pieces(self) -> impl Iterator<Item = Piece> {
        let cites = (!self.cites.is_empty()).then_some(Piece::Cites(self.cites));
        std::iter::once(Piece::Text(Inline::Link { text: self.words, url: self.url })).chain(cites)
    }
}

impl Reader<'_> {
    /// Reads text up to the end of its block, or up to the next block of a list item; neither is consumed.
    pub(super) fn inline(&mut self) -> Vec<Piece> {
        let mut pieces = Vec::new();
        let from = self.events.get(self.at).map_or(0, |(_, at)| at.start);
        let mut to = from;
        let (mut strong, mut slanted) = (0u32, 0u32);
        let mut link: Option<LinkSoFar> = None;
        let mut quotes = Quotes::new(self.language);
        while let Some((event, at)) = self.next() {
            let ends = at.end;
            let emphasis = if strong > 0 {
                Emphasis::Strong
            } else if slanted > 0 {
                Emphasis::Emphasis
            } else {
                Emphasis::None
            };
            match event {
                Event::Text(text) => {
                    self.characters(&text, &at);
                    self.lost_marks(&text, &at);
                    let text = quotes.curl(&text);
                    match &mut link {
                        Some(link) => link.add(&text, self.insertions),
                        None => self.words(&text, emphasis, &mut pieces),
                    }
                }
                Event::SoftBreak | Event::HardBreak => match &mut link {
                    Some(link) => link.words.push(' '),
                    None if event == Event::SoftBreak => self.words(&quotes.curl(" "), emphasis, &mut pieces),
                    None => {
                        quotes.curl(" ");
                        pieces.push(Piece::Text(Inline::Break));
                    }
                },
                Event::Start(Tag::Strong) => strong += 1,
                Event::End(TagEnd::Strong) => strong = strong.saturating_sub(1),
                Event::Start(Tag::Emphasis) => slanted += 1,
                Event::End(TagEnd::Emphasis) => slanted = slanted.saturating_sub(1),
                // Markdown does not percent-encode, so a marker in the target is still the same.
                Event::Start(Tag::Link { dest_url, .. }) => {
                    let url = resolved(&dest_url, self.insertions);
                    self.target(&url, &at);
                    link = Some(LinkSoFar { words: String::new(), url, cites: Vec::new() });
                }
                Event::End(TagEnd::Link) => {
                    pieces.extend(link.take().into_iter().flat_map(LinkSoFar::pieces));
                }
                Event::FootnoteReference(key) => {
                    if self.medium == Medium::Mail {
                        self.refuse("a footnote", &at);
                    }
                    let number = self.footnotes.mark(&key, &at);
                    pieces.push(Piece::Text(Inline::Footnote(number)));
                }
                Event::Code(_) => self.refuse("code", &at),
                Event::InlineHtml(_) => self.refuse("HTML", &at),
                Event::Start(Tag::Image { .. }) => {
                    self.refuse("an image", &at);
                    self.skip();
                }
                _ => {
                    self.at -= 1;
                    break;
                }
            }
            to = to.max(ends);
        }
        if pieces.len() > MOST_PIECES {
            let what = format!("this paragraph has more than {MOST_PIECES} figures, links and emphasised words");
            self.problem(what, &(from..to), "break it into several");
            return Vec::new();
        }
        sentence_periods::check(self.rendered, self.insertions, from..to, self.problems);
        told_values::check_pinned(self.rendered, self.insertions, from..to, self.problems);
        self.phrases(pieces, from..to)
    }

    fn words(&mut self, text: &str, emphasis: Emphasis, pieces: &mut Vec<Piece>) {
        for inline in web_address::linked(text, emphasis) {
            match inline {
                Inline::Link { text, url } => {
                    let [text, url] = [text, url].map(|words| resolved(&words, self.insertions));
                    pieces.push(Piece::Text(Inline::Link { text, url }));
                }
                Inline::Text { text, .. } => self.prose(&text, emphasis, pieces),
                _ => {}
            }
        }
    }

    /// Adds words without addresses.
    fn prose(&mut self, text: &str, emphasis: Emphasis, pieces: &mut Vec<Piece>) {
        for part in parts(text, self.insertions) {
            match (part.to, pieces.last_mut()) {
                (Some(to), _) => pieces.push(Piece::Text(Inline::Reference { text: part.text, to })),
                (None, Some(Piece::Text(Inline::Text { text, emphasis: before }))) if *before == emphasis => {
                    text.push_str(&part.text)
                }
                _ => pieces.push(Piece::Text(Inline::Text { text: part.text, emphasis })),
            }
            if !part.cites.is_empty() {
                pieces.push(Piece::Cites(part.cites));
            }
        }
    }

    /// Reports refused characters, which may also come from an entity (`&#x202e;`) or an expression.
    fn characters(&mut self, text: &str, at: &Range<usize>) {
        for c in text.chars() {
            let Some(refusal) = refusal(c) else { continue };
            let written = self.rendered.text.get(at.clone()).and_then(|written| written.find(c));
            let range = written.map_or(at.clone(), |found| at.start + found..at.start + found + c.len_utf8());
            self.problems.push(characters::problem(refusal, self.rendered.place(range)));
        }
    }

    /// Checks that a link leads out of the document.
    fn target(&mut self, url: &str, at: &Range<usize>) {
        let known = ["https://", "http://", "mailto:"];
        if !known.iter().any(|scheme| url.starts_with(scheme)) {
            let hint = "a link begins with https://, http:// or mailto:; to a chart or table it is {{ ref(\"name\") }}";
            self.problem(format!("a link cannot go to `{url}`"), at, hint);
        }
    }
}
