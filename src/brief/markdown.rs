//! Rendered Markdown becomes blocks. What a brief may hold: headings of the second and third level, paragraphs, lists,
//! emphasis, links, notes, and fenced blocks, whose content is read by `filling`. All else is a problem.

use pulldown_cmark::{CodeBlockKind, Event, HeadingLevel, Options, Parser, Tag, TagEnd};

use super::{
    Block, Emphasis, Inline, Item, Style,
    expressions::{Gathered, parts, resolved},
};
use crate::{figures::Citation, problem::Problem};

/// Text whose citations have no numbers yet.
#[derive(Debug, Clone)]
pub(super) enum Piece {
    Text(Inline),
    Cites(Vec<Citation>),
}

/// A block, or a fence that is still to be filled.
#[derive(Debug, Clone)]
pub(super) enum Part {
    Heading(u8, Vec<Piece>),
    Paragraph(Style, Vec<Piece>),
    List(bool, Vec<(Vec<Piece>, Vec<Part>)>),
    Fence { info: String, body: String },
}

/// Reads rendered Markdown.
pub(super) fn read(text: &str, gathered: &Gathered, problems: &mut Vec<Problem>) -> Vec<Part> {
    let mut reader = Reader { gathered, problems, events: Parser::new_ext(text, Options::ENABLE_GFM).collect(), at: 0 };
    reader.blocks(None)
}

struct Reader<'a, 'e> {
    gathered: &'a Gathered,
    problems: &'a mut Vec<Problem>,
    events: Vec<Event<'e>>,
    at: usize,
}

impl<'e> Reader<'_, 'e> {
    fn next(&mut self) -> Option<Event<'e>> {
        let event = self.events.get(self.at).cloned();
        self.at += 1;
        event
    }

    fn refuse(&mut self, what: &str) {
        self.problems.push(
            Problem::error(format!("{what} cannot stand in a brief")).hint(
                "a brief has ## and ### headings, paragraphs, lists, emphasis, links, > [!note] and fenced blocks",
            ),
        );
    }

    fn blocks(&mut self, until: Option<TagEnd>) -> Vec<Part> {
        let mut parts = Vec::new();
        while let Some(event) = self.next() {
            match event {
                Event::End(end) if Some(end) == until => break,
                Event::Start(Tag::Heading { level, .. }) => {
                    let text = self.inline(TagEnd::Heading(level));
                    match level {
                        HeadingLevel::H2 => parts.push(Part::Heading(2, text)),
                        HeadingLevel::H3 => parts.push(Part::Heading(3, text)),
                        _ => self.refuse("a heading of this level"),
                    }
                }
                Event::Start(Tag::Paragraph) => {
                    let text = self.inline(TagEnd::Paragraph);
                    parts.push(Part::Paragraph(Style::Body, text));
                }
                Event::Start(Tag::BlockQuote(kind)) => {
                    let inner = self.blocks(Some(TagEnd::BlockQuote(kind)));
                    parts.extend(inner.into_iter().map(|part| match part {
                        Part::Paragraph(_, text) => Part::Paragraph(Style::Note, text),
                        other => other,
                    }));
                }
                Event::Start(Tag::List(first)) => {
                    let mut items = Vec::new();
                    while let Some(event) = self.next() {
                        match event {
                            Event::Start(Tag::Item) => items.push(self.item()),
                            Event::End(TagEnd::List(_)) => break,
                            _ => {}
                        }
                    }
                    parts.push(Part::List(first.is_some(), items));
                }
                Event::Start(Tag::CodeBlock(kind)) => {
                    let mut body = String::new();
                    while let Some(event) = self.next() {
                        match event {
                            Event::Text(text) => body.push_str(&text),
                            Event::End(TagEnd::CodeBlock) => break,
                            _ => {}
                        }
                    }
                    match kind {
                        CodeBlockKind::Fenced(info) => parts.push(Part::Fence { info: info.trim().to_owned(), body }),
                        CodeBlockKind::Indented => self.refuse("an indented code block"),
                    }
                }
                Event::Html(_) | Event::Start(Tag::HtmlBlock) => self.refuse("HTML"),
                Event::Rule => self.refuse("a rule (---)"),
                _ => {}
            }
        }
        parts
    }

    fn item(&mut self) -> (Vec<Piece>, Vec<Part>) {
        let mut text = Vec::new();
        let start = self.at;
        // A tight item's text stands without a paragraph.
        let mut inline = Vec::new();
        while let Some(event) = self.events.get(self.at) {
            match event {
                Event::Start(Tag::List(_) | Tag::Paragraph) | Event::End(TagEnd::Item) => break,
                _ => {
                    inline.push(event.clone());
                    self.at += 1;
                }
            }
        }
        if self.at > start {
            let mut events = inline;
            events.push(Event::End(TagEnd::Item));
            let mut inner = Reader { gathered: self.gathered, problems: self.problems, events, at: 0 };
            text = inner.inline(TagEnd::Item);
        }
        let mut children = self.blocks(Some(TagEnd::Item));
        if text.is_empty()
            && matches!(children.first(), Some(Part::Paragraph(..)))
            && let Part::Paragraph(_, first) = children.remove(0)
        {
            text = first;
        }
        (text, children)
    }

    fn inline(&mut self, until: TagEnd) -> Vec<Piece> {
        let mut pieces = Vec::new();
        let (mut strong, mut slanted) = (0u32, 0u32);
        let mut link: Option<(String, String)> = None;
        while let Some(event) = self.next() {
            let emphasis = if strong > 0 {
                Emphasis::Strong
            } else if slanted > 0 {
                Emphasis::Emphasis
            } else {
                Emphasis::None
            };
            match event {
                Event::End(end) if end == until => break,
                Event::Text(text) => match &mut link {
                    Some((words, _)) => words.push_str(&resolved(&text, self.gathered)),
                    None => self.words(&text, emphasis, &mut pieces),
                },
                Event::SoftBreak => self.words(" ", emphasis, &mut pieces),
                Event::HardBreak => pieces.push(Piece::Text(Inline::Break)),
                Event::Start(Tag::Strong) => strong += 1,
                Event::End(TagEnd::Strong) => strong = strong.saturating_sub(1),
                Event::Start(Tag::Emphasis) => slanted += 1,
                Event::End(TagEnd::Emphasis) => slanted = slanted.saturating_sub(1),
                Event::Start(Tag::Link { dest_url, .. }) => {
                    link = Some((String::new(), decoded(&dest_url, self.gathered)))
                }
                Event::End(TagEnd::Link) => {
                    if let Some((text, url)) = link.take() {
                        pieces.push(Piece::Text(Inline::Link { text, url }));
                    }
                }
                Event::Code(_) => self.refuse("code"),
                Event::InlineHtml(_) => self.refuse("HTML"),
                Event::Start(Tag::Image { .. }) => self.refuse("an image"),
                _ => {}
            }
        }
        pieces
    }

    fn words(&mut self, text: &str, emphasis: Emphasis, pieces: &mut Vec<Piece>) {
        for part in parts(text, self.gathered) {
            match pieces.last_mut() {
                Some(Piece::Text(Inline::Text { text, emphasis: before })) if *before == emphasis => {
                    text.push_str(&part.text)
                }
                _ => pieces.push(Piece::Text(Inline::Text { text: part.text, emphasis })),
            }
            if !part.cites.is_empty() {
                pieces.push(Piece::Cites(part.cites));
            }
        }
    }
}

/// A link's target; Markdown percent-encodes nothing, so that a marker stands in it as it was.
fn decoded(url: &str, gathered: &Gathered) -> String {
    resolved(url, gathered)
}

/// Blocks for the lists of a mail or brief, once citations have numbers.
pub(super) fn number(
    parts: Vec<Part>,
    cite: &mut impl FnMut(&[Citation]) -> Vec<usize>,
    fence: &mut impl FnMut(&str, &str) -> Option<Block>,
) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut first = true;
    for part in parts {
        match part {
            Part::Heading(level, text) => blocks.push(Block::Heading { level, text: inlines(text, cite) }),
            Part::Paragraph(style, text) => {
                let style = if first && style == Style::Body { Style::Lead } else { style };
                first = false;
                let text = inlines(text, cite);
                if !text.is_empty() {
                    blocks.push(Block::Paragraph { style, text });
                }
            }
            Part::List(ordered, items) => {
                let items = items
                    .into_iter()
                    .map(|(text, children)| Item {
                        text: inlines(text, cite),
                        children: number_children(children, cite),
                    })
                    .collect();
                blocks.push(Block::List { ordered, items });
            }
            Part::Fence { info, body } => blocks.extend(fence(&info, &body)),
        }
    }
    blocks
}

fn number_children(parts: Vec<Part>, cite: &mut impl FnMut(&[Citation]) -> Vec<usize>) -> Vec<Block> {
    let mut blocks = Vec::new();
    for part in parts {
        match part {
            Part::Paragraph(style, text) => blocks.push(Block::Paragraph { style, text: inlines(text, cite) }),
            Part::List(ordered, items) => {
                let items = items
                    .into_iter()
                    .map(|(text, children)| Item {
                        text: inlines(text, cite),
                        children: number_children(children, cite),
                    })
                    .collect();
                blocks.push(Block::List { ordered, items });
            }
            Part::Heading(..) | Part::Fence { .. } => {}
        }
    }
    blocks
}

/// Numbers citations. Where the same sources stand behind several figures of a paragraph in a row, only the last of
/// them carries the mark.
pub(super) fn inlines(pieces: Vec<Piece>, cite: &mut impl FnMut(&[Citation]) -> Vec<usize>) -> Vec<Inline> {
    let mut found: Vec<Inline> = Vec::new();
    let mut last: Option<usize> = None;
    for piece in pieces {
        match piece {
            Piece::Text(inline) => found.push(inline),
            Piece::Cites(citations) => {
                let numbers = cite(&citations);
                if let Some(before) = last
                    && found.get(before) == Some(&Inline::Cite(numbers.clone()))
                {
                    found.remove(before);
                }
                last = Some(found.len());
                found.push(Inline::Cite(numbers));
            }
        }
    }
    trim(&mut found);
    found
}

/// Expressions leave blanks where they say nothing.
fn trim(text: &mut Vec<Inline>) {
    for inline in text.iter_mut() {
        if let Inline::Text { text, .. } = inline {
            while text.contains("  ") {
                *text = text.replace("  ", " ");
            }
        }
    }
    if let Some(Inline::Text { text, .. }) = text.first_mut() {
        *text = text.trim_start().to_owned();
    }
    if let Some(Inline::Text { text, .. }) = text.last_mut() {
        *text = text.trim_end().to_owned();
    }
    text.retain(|inline| !matches!(inline, Inline::Text { text, .. } if text.is_empty()));
}
