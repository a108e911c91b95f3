//! Rendered Markdown becomes parts of a text: the blocks, where each may stand, and their nesting. The words of a block
//! are read in `inline` and `phrases`, footnotes in `footnotes`; citations are numbered in `numbering`. Anything else that Markdown can
//! express is a problem with its place.

mod footnotes;
mod inline;
mod phrases;
mod quotes;

use std::{fmt, ops::Range};

use pulldown_cmark::{
    BlockQuoteKind, CodeBlockKind, Event, HeadingLevel, Options, Parser, Tag, TagEnd, TextMergeWithOffset,
};

use self::footnotes::Footnotes;
pub(super) use self::{
    phrases::{first_braces, plain},
    quotes::Quotes,
};
use super::{CalloutKind, Inline, Style, markers::Insertion, source_map::Rendered};
use crate::{
    base::{
        language::Language,
        problem::{Problem, Problems},
    },
    figures::Citation,
};

/// Maximum nesting of lists: a deeper one does not fit between the margins.
const DEEPEST: usize = 8;
/// Maximum number of paragraphs, headings, items and fences of a text.
const MOST_BLOCKS: usize = 15_000;

/// A piece of text whose citations have no numbers yet.
#[derive(Debug, Clone)]
pub(super) enum Piece {
    Text(Inline),
    Cites(Vec<Citation>),
}

/// A block whose citations have no numbers yet, or a fence that is still to be filled.
#[derive(Debug, Clone)]
pub(super) enum Part {
    Heading(u8, Vec<Piece>),
    Paragraph(Style, Vec<Piece>),
    List(bool, Vec<(Vec<Piece>, Vec<Part>)>),
    Callout(CalloutKind, Vec<Part>),
    Quote(Vec<Part>),
    Fence(Fence),
}

/// A fenced block: the words behind its backticks (`chart nev`) and its TOML, each with its first byte in the rendered
/// text.
#[derive(Debug, Clone)]
pub(super) struct Fence {
    pub info: String,
    pub info_at: usize,
    pub body: String,
    pub body_at: usize,
}

/// Whether a paragraph begins as the line that says who is quoted.
fn begins_with_a_dash(text: &[Piece]) -> bool {
    matches!(text.first(), Some(Piece::Text(Inline::Text { text, .. })) if text.starts_with(['—', '–']))
}

/// A text that was read, with its footnotes in the order of their first marks.
#[derive(Debug, Default)]
pub(super) struct Text {
    pub parts: Vec<Part>,
    pub footnotes: Vec<Vec<Piece>>,
}

/// The medium that a text is written for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Medium {
    Brief,
    /// Paragraphs, headings, flat lists and links only.
    Mail,
}

/// The element that contains a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Container {
    Text,
    Item,
    Quote,
    Callout,
    Note,
    Footnote,
}

impl fmt::Display for Container {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Container::Text => "a text",
            Container::Item => "an item of a list",
            Container::Quote => "a quotation",
            Container::Callout => "a call-out",
            Container::Note => "a note",
            Container::Footnote => "a footnote",
        })
    }
}

fn parser(text: &str) -> Parser<'_> {
    // Tables are parsed only to be refused.
    Parser::new_ext(text, Options::ENABLE_GFM | Options::ENABLE_FOOTNOTES | Options::ENABLE_TABLES)
}

/// Reads rendered Markdown.
pub(super) fn read(
    rendered: &Rendered,
    insertions: &[Insertion],
    (medium, language): (Medium, Language),
    problems: &mut Problems,
) -> Text {
    let (mut events, mut blocks) = (Vec::new(), 0);
    for (event, at) in TextMergeWithOffset::new(parser(&rendered.text).into_offset_iter()) {
        blocks += usize::from(is_block(&event));
        if blocks > MOST_BLOCKS {
            let what = format!("this text has more than {MOST_BLOCKS} paragraphs, headings and items of lists");
            let problem = Problem::error(what).at(rendered.place(at.start..at.start + 1));
            problems.push(problem.hint("make several briefs of it, or look for what got into it by mistake"));
            return Text::default();
        }
        events.push((event, at));
    }
    let footnotes = Footnotes::default();
    let mut reader = Reader { rendered, insertions, medium, language, problems, events, at: 0, footnotes };
    let parts = reader.blocks(Container::Text, 0);
    let footnotes = reader.close_footnotes();
    Text { parts, footnotes }
}

fn is_block(event: &Event<'_>) -> bool {
    matches!(
        event,
        Event::Start(Tag::Item | Tag::Paragraph | Tag::Heading { .. } | Tag::CodeBlock(_) | Tag::HtmlBlock)
            | Event::Rule
    )
}

/// The paragraphs of a text that stand in no list and no footnote, in bytes of it.
pub(super) fn paragraphs(text: &str) -> Vec<Range<usize>> {
    let (mut paragraphs, mut around) = (Vec::new(), 0_usize);
    for (event, at) in parser(text).into_offset_iter() {
        match event {
            Event::Start(Tag::List(_) | Tag::FootnoteDefinition(_)) => around += 1,
            Event::End(TagEnd::List(_) | TagEnd::FootnoteDefinition) => around = around.saturating_sub(1),
            Event::Start(Tag::Paragraph) if around == 0 => paragraphs.push(at),
            _ => {}
        }
    }
    paragraphs
}

/// The words behind the backticks of all fenced blocks, in their order: `chart nev`.
pub(super) fn fences(text: &str) -> Vec<String> {
    parser(text)
        .filter_map(|event| match event {
            Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(info))) => Some(info.trim().to_owned()),
            _ => None,
        })
        .collect()
}

/// The first line of a fenced block that does not end, in bytes of a file: the file ends, or another block begins inside it.
pub(super) fn unclosed_fence(text: &str) -> Option<Range<usize>> {
    let mut open: Option<(Range<usize>, usize)> = None;
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let at = start..start + line.trim_end().len();
        start += line.len();
        let bare = line.trim();
        let ticks = bare.len() - bare.trim_start_matches('`').len();
        let info = bare.trim_start_matches('`');
        if ticks < 3 || info.contains('`') {
            continue;
        }
        match &open {
            None => open = Some((at, ticks)),
            Some((_, opened)) if info.is_empty() && ticks >= *opened => open = None,
            // Only a first line has words behind its backticks.
            Some((first, _)) if !info.is_empty() => return Some(first.clone()),
            Some(_) => {}
        }
    }
    open.map(|(first, _)| first)
}

struct Reader<'a> {
    rendered: &'a Rendered,
    insertions: &'a [Insertion],
    medium: Medium,
    language: Language,
    problems: &'a mut Problems,
    events: Vec<(Event<'a>, Range<usize>)>,
    at: usize,
    footnotes: Footnotes,
}

impl<'a> Reader<'a> {
    fn next(&mut self) -> Option<(Event<'a>, Range<usize>)> {
        let event = self.events.get(self.at).cloned();
        self.at += 1;
        event
    }

    /// Skips an element whose start event was read, with everything in it.
    fn skip(&mut self) {
        let mut open = 1usize;
        while open > 0
            && let Some((event, _)) = self.next()
        {
            match event {
                Event::Start(_) => open += 1,
                Event::End(_) => open -= 1,
                _ => {}
            }
        }
    }

    fn problem(&mut self, what: impl Into<String>, at: &Range<usize>, hint: &str) {
        let text = self.rendered.text.get(at.clone()).unwrap_or_default();
        // The range of a block may end with blank lines.
        let place = self.rendered.place(at.start..at.start + text.trim_end().len());
        self.problems.push(Problem::error(what).at(place).hint(hint));
    }

    fn refuse(&mut self, what: &str, at: &Range<usize>) {
        match self.medium {
            Medium::Brief => self.problem(
                format!("{what} cannot stand in a brief"),
                at,
                "a brief has ## and ### headings, paragraphs, lists, emphasis, links, footnotes[^1], > quotations, > [!tip], \
                 > [!important], > [!warning], > [!note] and fenced blocks",
            ),
            Medium::Mail => self.problem(
                format!("{what} cannot stand in a mail"),
                at,
                "a mail has paragraphs, lists, emphasis and links; the rest is in the brief",
            ),
        }
    }

    /// Reads blocks up to the end of their container. `depth` counts the lists around them.
    fn blocks(&mut self, inside: Container, depth: usize) -> Vec<Part> {
        let mut parts = Vec::new();
        while let Some((event, at)) = self.next() {
            match event {
                Event::End(_) => break,
                Event::Start(Tag::Paragraph) => {
                    let text = self.inline();
                    self.next();
                    let style = if inside == Container::Note { Style::Note } else { Style::Body };
                    parts.push(Part::Paragraph(style, text));
                }
                Event::Start(Tag::List(first)) => parts.extend(self.list(inside, depth, first.is_some(), &at)),
                Event::Start(Tag::BlockQuote(kind)) => self.quote(inside, kind, &at, &mut parts),
                Event::Start(Tag::Heading { level, .. }) => parts.extend(self.heading(inside, level, &at)),
                Event::Start(Tag::CodeBlock(kind)) => parts.extend(self.fence(inside, &kind, &at)),
                Event::Start(Tag::FootnoteDefinition(key)) => self.note(inside, &key, &at),
                Event::Start(Tag::HtmlBlock) => {
                    self.refuse("HTML", &at);
                    self.skip();
                }
                Event::Start(Tag::Table(_)) => {
                    self.problem(
                        "a table is a fenced block",
                        &at,
                        "write ```table name and its texts; its figures are in blocks.toml",
                    );
                    self.skip();
                }
                Event::Rule => self.refuse("a rule (---)", &at),
                // In a list without blank lines, the text of an item is in no paragraph.
                _ => {
                    self.at -= 1;
                    let before = self.at;
                    let text = self.inline();
                    if self.at == before {
                        self.at += 1;
                    }
                    parts.push(Part::Paragraph(Style::Body, text));
                }
            }
        }
        parts
    }

    fn list(&mut self, inside: Container, depth: usize, ordered: bool, at: &Range<usize>) -> Option<Part> {
        let flat = self.medium == Medium::Mail && depth > 0;
        if inside == Container::Footnote || depth == DEEPEST || flat {
            match (inside, flat) {
                (Container::Footnote, _) => {
                    self.problem("a list cannot stand in a footnote", at, "a footnote is one paragraph");
                }
                (_, true) => self.refuse("a list in a list", at),
                _ => self.problem(
                    format!("this list is nested deeper than {DEEPEST} levels"),
                    at,
                    "write a heading or a paragraph between them",
                ),
            }
            self.skip();
            return None;
        }
        let mut items = Vec::new();
        while let Some((Event::Start(Tag::Item), _)) = self.next() {
            let mut children = self.blocks(Container::Item, depth + 1);
            let text = match children.first_mut() {
                Some(Part::Paragraph(_, text)) => std::mem::take(text),
                _ => Vec::new(),
            };
            if matches!(children.first(), Some(Part::Paragraph(..))) {
                children.remove(0);
            }
            items.push((text, children));
        }
        Some(Part::List(ordered, items))
    }

    fn heading(&mut self, inside: Container, level: HeadingLevel, at: &Range<usize>) -> Option<Part> {
        let marks = self.footnotes.marks();
        let text = self.inline();
        self.next();
        if self.footnotes.marks() > marks {
            self.problem("a heading has no footnotes", at, "put the mark into the text below");
        }
        if inside != Container::Text {
            self.misplaced("a heading", inside, at);
            return None;
        }
        match level {
            HeadingLevel::H2 => Some(Part::Heading(2, text)),
            HeadingLevel::H3 => Some(Part::Heading(3, text)),
            HeadingLevel::H1 => {
                let hint = "the headline stands between the +++ lines; below it headings begin with ## or ###";
                self.problem("a heading of the first level cannot stand in the text", at, hint);
                None
            }
            _ => {
                self.problem(
                    format!("a heading of level {} cannot stand in a brief", level as usize),
                    at,
                    "headings begin with ## or ###",
                );
                None
            }
        }
    }

    /// Reads `> text` and GitHub's alerts such as `> [!tip]`.
    fn quote(&mut self, inside: Container, kind: Option<BlockQuoteKind>, at: &Range<usize>, parts: &mut Vec<Part>) {
        let (within, name) = match kind {
            Some(BlockQuoteKind::Note) => (Container::Note, "a note"),
            Some(BlockQuoteKind::Caution) => {
                self.problem("`[!caution]` is no call-out of a brief", at, "did you mean `[!warning]`?");
                return self.skip();
            }
            Some(_) => (Container::Callout, "a call-out"),
            None => (Container::Quote, "a quotation"),
        };
        if inside != Container::Text {
            self.misplaced(name, inside, at);
            return self.skip();
        }
        if self.medium == Medium::Mail && within != Container::Note {
            self.refuse(name, at);
            return self.skip();
        }
        let before = self.problems.0.len();
        let mut inner = self.blocks(within, 0);
        if let (Container::Quote, [_, .., Part::Paragraph(style, text)]) = (within, &mut inner[..])
            && begins_with_a_dash(text)
        {
            *style = Style::Attribution;
        }
        if inner.is_empty() && within != Container::Note && self.problems.0.len() == before {
            self.problem(format!("{name} without words"), at, "each of its lines begins with >");
        }
        let callout = match kind {
            Some(BlockQuoteKind::Tip) => CalloutKind::Tip,
            Some(BlockQuoteKind::Important) => CalloutKind::Important,
            Some(BlockQuoteKind::Warning) => CalloutKind::Warning,
            // Small print is not a block of its own.
            Some(_) => return parts.extend(inner),
            None => {
                self.unknown_callout(&inner, at);
                return parts.push(Part::Quote(inner));
            }
        };
        parts.push(Part::Callout(callout, inner));
    }

    /// Reports a quotation that begins with `[!…]`, which was meant to be a call-out.
    fn unknown_callout(&mut self, inner: &[Part], at: &Range<usize>) {
        let Some(Part::Paragraph(_, text)) = inner.first() else { return };
        let Some(Piece::Text(Inline::Text { text, .. })) = text.first() else { return };
        let Some((word, _)) = text.strip_prefix("[!").and_then(|rest| rest.split_once(']')) else { return };
        let problem = Problem::error(format!("`[!{word}]` is no call-out of a brief"))
            .at(self.rendered.place(at.clone()))
            .did_you_mean(word, ["tip", "important", "warning", "note"]);
        self.problems.push(problem);
    }

    fn misplaced(&mut self, what: &str, inside: Container, at: &Range<usize>) {
        let hint = match inside {
            Container::Item => "end the list before it: it stands at the beginning of its line",
            _ => "end what holds it with an empty line before it",
        };
        self.problem(format!("{what} cannot stand in {inside}"), at, hint);
    }

    fn fence(&mut self, inside: Container, kind: &CodeBlockKind<'_>, at: &Range<usize>) -> Option<Part> {
        let (mut body, mut body_at) = (String::new(), None);
        while let Some((event, range)) = self.next() {
            match event {
                Event::Text(text) => {
                    body.push_str(&text);
                    body_at.get_or_insert(range.start);
                }
                Event::End(_) => break,
                _ => {}
            }
        }
        match kind {
            CodeBlockKind::Indented => {
                self.problem(
                    "an indented code block cannot stand in a brief",
                    at,
                    "take the blanks at the beginning of the line away",
                );
                None
            }
            CodeBlockKind::Fenced(_) if inside != Container::Text => {
                self.misplaced("a fenced block", inside, at);
                None
            }
            CodeBlockKind::Fenced(_) if self.medium == Medium::Mail => {
                self.refuse("a fenced block", at);
                None
            }
            CodeBlockKind::Fenced(info) => Some(Part::Fence(Fence {
                info: info.trim().to_owned(),
                info_at: at.start,
                body,
                body_at: body_at.unwrap_or(at.start),
            })),
        }
    }
}
