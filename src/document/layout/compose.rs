//! A brief becomes pages, block by block, top to bottom, and text with its links and marks becomes lines. Running text
//! is in `passages`, what stands before and after the blocks in `front`, `contents` and `back`; tables, tiles and figures
//! have files of their own; `flow` and `galley` know where the pen stands.

use std::{collections::BTreeSet, rc::Rc};

use super::{
    contents::{self, Entry},
    document::{Document, Meta, Target},
    figure,
    flow::{Flow, Link, Links},
    footnotes::{INDENT, Note},
    galley::{Galley, Text},
    order, table,
    text::{Mark, Paragraph, Setter, Setting, Span},
    tiles, timeline,
};
use crate::{
    base::{
        language::Language,
        problem::{Place, Problem, Problems},
    },
    document::brief::{Block, Brief, Emphasis, Inline, Style, Theme, numbers::Writing},
};

/// A brief with more pages than this has a table of contents.
const SHORT: usize = 4;
/// More pages than this are no brief: a file got where it does not belong, or a loop ran away.
const MOST: usize = 500;
/// No page holds more lines of running text.
const LINES: usize = 200;

/// Lays a brief out.
///
/// # Errors
/// More than 500 pages, a character that no shipped font has, a table that is too wide, a chart that cannot be drawn, a
/// citation, a footnote or a cross reference that leads nowhere.
pub fn lay_out(brief: &Brief, theme: &Theme) -> Result<Document, Problems> {
    let entries = contents::entries(brief);
    let mut page = Composer::new(brief, theme);
    let mut whole = page.compose(&[], if entries.is_empty() { MOST } else { SHORT });
    if !whole && !entries.is_empty() {
        page = Composer::new(brief, theme);
        whole = page.compose(&entries, MOST);
    }
    if !whole {
        let problem = Problem::error(format!("this brief has more than {MOST} pages"));
        page.problems.push(problem.hint("make it shorter, or several briefs of it"));
    }
    page.finish()
}

/// What all blocks need.
pub(super) struct Composer<'a> {
    pub set: Setter,
    pub flow: Flow,
    pub galley: Galley,
    /// How many columns the galley is set in.
    pub columns: usize,
    pub problems: Problems,
    pub brief: &'a Brief,
    /// The sources that are cited so far.
    pub cited: BTreeSet<usize>,
    /// The anchors of all charts and tables.
    anchors: BTreeSet<&'a str>,
    /// Marked footnotes that are not set yet.
    marked: Vec<usize>,
    /// The entries of the table of contents, with how far each is indented.
    pub listed: Vec<(Rc<Text>, f32)>,
}

/// The words of a stretch of text.
pub(super) fn plain(text: &[Inline]) -> String {
    text.iter()
        .map(|inline| match inline {
            Inline::Text { text, .. } | Inline::Link { text, .. } | Inline::Reference { text, .. } => text.as_str(),
            Inline::Cite(_) | Inline::Footnote(_) => "",
            Inline::Break => " ",
        })
        .collect()
}

impl<'a> Composer<'a> {
    pub fn new(brief: &'a Brief, theme: &Theme) -> Composer<'a> {
        let mut set = Setter::new(brief.language);
        set.family = theme.text_font;
        Composer {
            set,
            flow: Flow::new(theme),
            galley: Galley::default(),
            columns: 1,
            problems: Problems::new(),
            brief,
            cited: BTreeSet::new(),
            anchors: anchors(&brief.blocks),
            marked: Vec::new(),
            listed: Vec::new(),
        }
    }

    /// All pages, with a table of contents if it has entries; gives up, and says so, after `most` pages.
    fn compose(&mut self, entries: &[Entry], most: usize) -> bool {
        let brief = self.brief;
        self.title_band();
        self.contents(entries);
        let columns = self.columns_of(&brief.blocks);
        for (block, columns) in brief.blocks.iter().zip(columns) {
            if columns != self.columns {
                let follow = self.start_of(block);
                self.flush(follow);
                self.columns = columns;
            }
            self.top_block(block);
            // What waits for its place counts, too: text in columns waits until it ends.
            if self.flow.pages.len() + self.galley.len() / LINES > most {
                return false;
            }
        }
        self.flush(0.0);
        self.columns = 1;
        self.sources();
        self.imprint();
        self.flush(0.0);
        self.flow.end();
        self.number_contents(entries);
        self.running_lines();
        self.flow.pages.len() <= most
    }

    /// The columns that each block is set in: runs of text in as many as the theme has, all else over the whole width.
    fn columns_of(&self, blocks: &[Block]) -> Vec<usize> {
        let wished = if self.flow.theme.columns == 2 { 2 } else { 1 };
        let mut columns = vec![1; blocks.len()];
        let mut after = 1;
        for (block, columns) in blocks.iter().zip(&mut columns).rev() {
            after = match block {
                Block::Paragraph { style, .. } if *style != Style::Lead => wished,
                Block::List { .. } | Block::Quote(_) => wished,
                // A heading stands over what it heads.
                Block::Heading { level: 3, .. } => after,
                _ => 1,
            };
            *columns = after;
        }
        columns
    }

    fn finish(mut self) -> Result<Document, Problems> {
        self.problems.extend(self.set.problems());
        // The same character is missing once, however often it stands there.
        let mut seen = BTreeSet::new();
        self.problems.0.retain(|problem| seen.insert(problem.what.clone()));
        let brief = self.brief;
        let author = brief.imprint.lines.first().map(|line| plain(line)).filter(|name| !name.is_empty());
        let mut document = Document {
            pages: self.flow.pages,
            nodes: self.flow.nodes,
            outline: self.flow.outline,
            places: self.flow.places,
            meta: Meta {
                title: format!("{} – {}", brief.headline, brief.title),
                subject: brief.subject.clone(),
                author: author.unwrap_or_else(|| "greenbrief".to_owned()),
                language: brief.language,
                created: brief.created,
            },
            attachments: brief.attachments.clone(),
        };
        order::in_reading_order(&mut document);
        self.problems.into_result(document)
    }

    /// One block of the brief.
    fn top_block(&mut self, block: &'a Block) {
        if matches!(block, Block::Tiles(_) | Block::Timeline(_) | Block::Table(_) | Block::Chart(_)) {
            self.full(block);
        } else {
            self.passage(block);
            if !self.galley.is_open() && self.columns == 1 {
                self.flush(0.0);
            }
        }
    }

    /// A block over the whole width, after the text before it.
    pub fn full(&mut self, block: &Block) {
        let follow = if self.galley.is_open() { self.start_of(block) } else { 0.0 };
        self.flush(follow);
        let first = self.flow.nodes.len();
        match block {
            Block::Tiles(tiles) => tiles::place(self, tiles),
            Block::Timeline(milestones) => timeline::place(self, milestones),
            Block::Table(table) => {
                table::place(self, table);
                self.flow.arrive_at(Target::Anchor(table.anchor.clone()), first);
            }
            Block::Chart(chart) => {
                figure::place(self, chart);
                self.flow.arrive_at(Target::Anchor(chart.anchor.clone()), first);
            }
            _ => {}
        }
    }

    /// Sets the text that waits for its place.
    pub fn flush(&mut self, follow: f32) {
        let mut galley = std::mem::take(&mut self.galley);
        self.flow.set(&mut galley, self.columns, follow);
        self.galley = galley;
    }

    pub fn language(&self) -> Language {
        self.brief.language
    }

    /// How its numbers are written.
    pub fn writing(&self) -> Writing {
        Writing { language: self.brief.language, german: self.flow.theme.german_numbers }
    }

    /// Line height over size.
    pub fn leading(&self) -> f32 {
        let spacing = &self.flow.theme.spacing;
        if self.language() == Language::Zh { spacing.leading_zh } else { spacing.leading }
    }

    pub fn setting(&self, size: f32, strong: bool, width: f32) -> Setting {
        let family = self.flow.theme.text_font;
        Setting { size, strong, width, leading: self.leading(), hyphenate: false, right: false, family }
    }

    /// Text with emphasis, links, citations and footnote marks, set.
    pub fn inline(&mut self, text: &[Inline], setting: &Setting) -> (Paragraph, Links) {
        let set = self.words(text, setting);
        // The notes that it marks, and those that these mark in turn.
        while let Some(number) = self.marked.pop() {
            if !self.flow.foot.knows(number) {
                self.footnote(number);
            }
        }
        set
    }

    fn words(&mut self, text: &[Inline], setting: &Setting) -> (Paragraph, Links) {
        let mut words = String::new();
        let mut spans = Vec::new();
        let mut links: Links = Vec::new();
        // What parts a footnote mark from a raised number right before it.
        let mut parted = "";
        for inline in text {
            let start = words.len();
            match inline {
                Inline::Break => words.push('\n'),
                Inline::Text { text, emphasis } => {
                    words.push_str(text);
                    let (strong, italic) = (*emphasis == Emphasis::Strong, *emphasis == Emphasis::Emphasis);
                    spans.push(Span { range: start..words.len(), mark: Mark::default(), strong, italic });
                }
                Inline::Link { text, url } => {
                    words.push_str(text);
                    links.push(Link::new(Target::Url(url.clone()), text));
                    let mark = Mark { link: links.len() as u16, cite: false };
                    spans.push(Span { range: start..words.len(), mark, strong: false, italic: false });
                }
                Inline::Reference { text, to } => {
                    self.known(to, text);
                    words.push_str(text);
                    links.push(Link::new(Target::Anchor(to.clone()), text));
                    let mark = Mark { link: links.len() as u16, cite: false };
                    spans.push(Span { range: start..words.len(), mark, strong: false, italic: false });
                }
                Inline::Footnote(number) => {
                    // A word joiner keeps the mark on the line of its word.
                    words.push('\u{2060}');
                    words.push_str(parted);
                    spans.push(raised(start..words.len(), 0));
                    let start = words.len();
                    words.push_str(&number.to_string());
                    links.push(Link::new(Target::Footnote(*number), self.footnote_word(*number)));
                    spans.push(raised(start..words.len(), links.len()));
                    self.marked.push(*number);
                }
                Inline::Cite(numbers) if numbers.is_empty() => {}
                Inline::Cite(numbers) => self.cite(numbers, &mut words, &mut spans, &mut links),
            }
            parted = match inline {
                Inline::Footnote(_) => ",\u{a0}",
                Inline::Cite(_) => "\u{a0}",
                _ => "",
            };
        }
        (self.set.set_spans(&words, &spans, setting), links)
    }

    fn footnote_word(&self, number: usize) -> String {
        self.brief.strings.footnote.replace("{n}", &number.to_string())
    }

    /// Sets a footnote for the foot of the page where its mark will stand.
    fn footnote(&mut self, number: usize) {
        let brief = self.brief;
        let Some(text) = number.checked_sub(1).and_then(|index| brief.footnotes.get(index)) else {
            let last = brief.footnotes.len();
            return self.problem(Problem::error(format!("footnote {number} is marked, but the brief has {last}")), "");
        };
        let (size, color) = (self.flow.theme.small_size - 0.4, self.flow.theme.text);
        let setting =
            Setting { leading: 1.35, hyphenate: true, ..self.setting(size, false, self.flow.width() - INDENT) };
        let (paragraph, links) = self.words(text, &setting);
        let text = Text { paragraph, links, color };
        let label = self.back(&number.to_string(), Target::Mark(number), &setting);
        self.flow.foot.add(number, Note::new(label.into(), text.into()));
    }

    /// A label that links back to where it is marked or cited.
    pub fn back(&mut self, label: &str, target: Target, setting: &Setting) -> Text {
        let mark = Mark { link: 1, cite: false };
        let span = Span { range: 0..label.len(), mark, strong: false, italic: false };
        let paragraph = self.set.set_spans(label, &[span], setting);
        let links = vec![Link::new(target, &self.brief.strings.back)];
        Text { paragraph, links, color: self.flow.theme.muted }
    }

    /// A cross reference must lead to a chart or a table.
    fn known(&mut self, anchor: &str, text: &str) {
        if !self.anchors.contains(anchor) {
            let problem = Problem::error(format!("no chart or table is called `{anchor}`"));
            let problem = problem.did_you_mean(anchor, self.anchors.iter().copied());
            self.problem(problem, text);
        }
    }

    /// `[1, 3]`, each number a link to its entry of the source list. A number without an entry is a problem.
    fn cite(&mut self, numbers: &[usize], words: &mut String, spans: &mut Vec<Span>, links: &mut Links) {
        let last = self.brief.sources.len();
        for number in numbers.iter().filter(|number| **number == 0 || **number > last) {
            let stands_in = words.clone();
            self.problem(Problem::error(format!("source {number} is cited, but the list has {last}")), &stands_in);
        }
        self.cited.extend(numbers);
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

    /// How much room a block's beginning needs, which is not parted from the heading above it: the first lines of
    /// text, a whole chart, a row of tiles, a table's head with its first rows.
    fn start_of(&mut self, block: &Block) -> f32 {
        let line = self.flow.theme.body_size * self.leading();
        match block {
            Block::Heading { .. } => line * 5.0,
            Block::Paragraph { .. } | Block::List { .. } | Block::Callout { .. } | Block::Quote(_) => line * 3.0,
            Block::Timeline(_) => line * 3.0,
            Block::Tiles(_) => 96.0,
            Block::Table(table) => table::start(self, table),
            Block::Chart(chart) => figure::height(self, chart),
        }
    }

    /// A problem of a block, with the words by which a person finds it.
    pub fn problem(&mut self, problem: Problem, stands_in: &str) {
        let place: Option<Place> = problem.place.clone();
        self.problems.push(if place.is_none() {
            problem.hint(format!("it stands in “{stands_in}”"))
        } else {
            problem
        });
    }
}

/// A stretch that is set small and high, part of the link with this number.
fn raised(range: std::ops::Range<usize>, link: usize) -> Span {
    Span { range, mark: Mark { link: link as u16, cite: true }, strong: false, italic: false }
}

/// The anchors of all charts and tables, also of those inside other blocks.
fn anchors(blocks: &[Block]) -> BTreeSet<&str> {
    let mut found = BTreeSet::new();
    let mut open: Vec<&Block> = blocks.iter().collect();
    while let Some(block) = open.pop() {
        match block {
            Block::Chart(chart) => drop(found.insert(chart.anchor.as_str())),
            Block::Table(table) => drop(found.insert(table.anchor.as_str())),
            Block::List { items, .. } => open.extend(items.iter().flat_map(|item| &item.children)),
            Block::Callout { blocks, .. } | Block::Quote(blocks) => open.extend(blocks),
            Block::Heading { .. } | Block::Paragraph { .. } | Block::Tiles(_) | Block::Timeline(_) => {}
        }
    }
    found
}
