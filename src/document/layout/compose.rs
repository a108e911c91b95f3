//! A brief becomes pages, block by block, top to bottom. Text with links and footnotes is in `inline_text`, running text in
//! `running_text`; what stands before and after the blocks in `title_band`, `table_of_contents` and `back_matter`. Tables,
//! tiles and figures have files of their own; `flow` and `galley` know where the pen stands.

use std::{
    collections::{BTreeMap, BTreeSet},
    rc::Rc,
};

use super::{
    document::{Document, Meta, Target},
    figure::{self, SetFigure},
    flow::Flow,
    galley::Galley,
    linked_paragraph::LinkedParagraph,
    page_ends::{self, Moves},
    reading_order, table,
    table_of_contents::{self, ContentsEntry},
    text::{ParagraphStyle, Typesetter},
    tiles, timeline,
};
use crate::{
    base::{
        language::Language,
        problem::{Place, Problem, Problems},
    },
    document::brief::{Block, Brief, Chart, Contents, Style, Theme, numbers::Writing},
};

/// Maximum number of pages of a brief without a table of contents, unless its theme says when it has one.
const MAX_WITHOUT_CONTENTS: usize = 7;
/// Maximum number of pages. More are no brief: a file got where it does not belong, or a loop ran away.
const MAX_PAGES: usize = 500;
/// Maximum number of lines of running text on a page.
const MAX_LINES: usize = 200;

/// Lays a brief out.
///
/// # Errors
/// More than 500 pages, a character that no shipped font has, a table that is too wide, a chart that cannot be drawn, a
/// citation, a footnote or a cross reference that leads nowhere.
pub fn lay_out(brief: &Brief, theme: &Theme) -> Result<Document, Problems> {
    let entries = match theme.contents {
        Contents::Never => Vec::new(),
        Contents::Auto | Contents::Always => table_of_contents::entries(brief),
    };
    let mut page = Composer::new(brief, theme);
    let mut whole = match theme.contents {
        _ if entries.is_empty() => page.compose(&[], MAX_PAGES, &Moves::new()),
        Contents::Always => false,
        Contents::Auto | Contents::Never => page.compose(&[], MAX_WITHOUT_CONTENTS, &Moves::new()),
    };
    let mut listed: &[ContentsEntry] = &[];
    if !whole && !entries.is_empty() {
        listed = &entries;
        page = Composer::new(brief, theme);
        whole = page.compose(listed, MAX_PAGES, &Moves::new());
    }
    if whole {
        page = page_ends::improved(page, theme, |page, moves| page.compose(listed, MAX_PAGES, moves));
    }
    if !whole {
        let problem = Problem::error(format!("this brief has more than {MAX_PAGES} pages"));
        page.problems.push(problem.hint("make it shorter, or several briefs of it"));
    }
    page.finish()
}

/// What all blocks need to be set: the typesetter, the pages, and the text that waits for its place.
pub(super) struct Composer<'a> {
    pub set: Typesetter,
    pub flow: Flow,
    pub galley: Galley,
    /// Number of columns that the galley is set in.
    pub columns: usize,
    pub problems: Problems,
    pub brief: &'a Brief,
    /// The sources that are cited so far.
    pub cited: BTreeSet<usize>,
    /// The notes of the sources, by their numbers.
    pub source_notes: BTreeMap<usize, usize>,
    /// The anchors of all charts and tables.
    pub anchors: BTreeSet<&'a str>,
    /// The numbers of footnotes that are marked, but not set yet.
    pub marked: Vec<usize>,
    /// Charts that are set, but not placed, by their place in the brief.
    pub set_figures: BTreeMap<*const Chart, SetFigure>,
    /// The lines of the table of contents, each with its indent.
    pub listed: Vec<(Rc<LinkedParagraph>, f32)>,
}

impl<'a> Composer<'a> {
    pub fn new(brief: &'a Brief, theme: &Theme) -> Composer<'a> {
        let mut set = Typesetter::new(brief.language);
        set.family = theme.text_font;
        set.keep_whole(&brief.names);
        Composer {
            set,
            flow: Flow::new(theme),
            galley: Galley::default(),
            columns: 1,
            problems: Problems::new(),
            brief,
            cited: BTreeSet::new(),
            source_notes: BTreeMap::new(),
            anchors: anchors(&brief.blocks),
            marked: Vec::new(),
            set_figures: BTreeMap::new(),
            listed: Vec::new(),
        }
    }

    /// Composes all pages, with a table of contents if it has entries. Stops after `most` pages and returns false.
    /// Charts and tables are moved before the text that `moves` says.
    fn compose(&mut self, entries: &[ContentsEntry], most: usize, moves: &Moves) -> bool {
        let brief = self.brief;
        self.title_band();
        self.contents(entries);
        let columns = self.columns_of(&brief.blocks);
        let mut queue = page_ends::queue(brief.blocks.len(), moves);
        while let Some(index) = self.next_block(&mut queue) {
            let (Some(block), Some(columns)) = (brief.blocks.get(index), columns.get(index)) else { continue };
            self.flow.block = Some(index);
            if *columns != self.columns {
                let follow = self.start_of(block);
                self.flush(follow);
                self.columns = *columns;
            }
            let next = queue.front().and_then(|next| brief.blocks.get(*next));
            let goes_on = next.is_some_and(|next| !is_heading(next));
            match next.filter(|next| figure::are_halves(block, next)) {
                Some(next) => {
                    queue.pop_front();
                    self.halves(block, next);
                }
                None => self.top_block(block, goes_on),
            }
            // Text that waits for its place counts too: text in columns waits until it ends.
            if self.flow.pages.len() + self.galley.len() / MAX_LINES > most {
                return false;
            }
        }
        self.flush(0.0);
        self.flow.block = None;
        self.columns = 1;
        self.sources();
        self.imprint();
        self.flush(0.0);
        self.flow.end();
        self.refer_to_sources();
        self.number_contents(entries);
        self.running_lines();
        self.flow.pages.len() <= most
    }

    /// The number of columns that each block is set in: running text in as many as the theme has, all else over the whole
    /// width.
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
        // A character that is missing in several places is reported once.
        let mut seen = BTreeSet::new();
        self.problems.0.retain(|problem| seen.insert(problem.what.clone()));
        let brief = self.brief;
        let author = self.issuer();
        let mut document = Document {
            pages: self.flow.pages,
            nodes: self.flow.nodes,
            outline: self.flow.outline,
            destinations: self.flow.destinations,
            meta: Meta {
                title: format!("{} – {}", brief.headline, brief.title),
                subject: brief.subject.clone(),
                author: author.unwrap_or_else(|| "greenbrief".to_owned()),
                language: brief.language,
                created: brief.created,
                standard: self.flow.theme.standard,
            },
            attachments: brief.attachments.clone(),
        };
        reading_order::apply(&mut document);
        self.problems.into_result(document)
    }

    /// Sets one block of the brief. `goes_on` says whether its section does.
    fn top_block(&mut self, block: &'a Block, goes_on: bool) {
        if matches!(block, Block::Tiles(_) | Block::Timeline(_) | Block::Table(_) | Block::Chart(_)) {
            self.full(block);
        } else {
            self.passage(block);
            if goes_on && self.galley.is_short() {
                self.galley.keep();
            }
            if !self.galley.is_open() && self.columns == 1 {
                self.flush(0.0);
            }
        }
    }

    /// Sets a block over the whole width, after the text before it.
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

    /// Sets two charts beside each other, after the text before them.
    fn halves(&mut self, block: &'a Block, next: &'a Block) {
        if let (Block::Chart(left), Block::Chart(right)) = (block, next) {
            let follow = if self.galley.is_open() { figure::pair_height(self, [left, right]) } else { 0.0 };
            self.flush(follow);
            figure::place_pair(self, [left, right]);
        }
    }

    /// Places the text that waits, with `follow` points of room after it if it must stay with what follows.
    pub fn flush(&mut self, follow: f32) {
        let mut galley = std::mem::take(&mut self.galley);
        self.flow.set(&mut galley, self.columns, follow);
        self.galley = galley;
    }

    pub fn language(&self) -> Language {
        self.brief.language
    }

    /// How the brief's numbers are written.
    pub fn writing(&self) -> Writing {
        Writing { language: self.brief.language, german: self.flow.theme.german_numbers }
    }

    /// Line height over size.
    pub fn leading(&self) -> f32 {
        let spacing = &self.flow.theme.spacing;
        if self.language() == Language::Zh { spacing.leading_zh } else { spacing.leading }
    }

    pub fn style(&self, size: f32, strong: bool, width: f32) -> ParagraphStyle {
        let family = self.flow.theme.text_font;
        let leading = self.leading();
        ParagraphStyle { size, strong, width, leading, hyphenate: false, right: false, justify: false, family }
    }

    /// The height of a block's beginning, which stays with the heading above it: the first lines of text, a whole chart, a
    /// row of tiles, a table's head with its first rows.
    pub fn start_of(&mut self, block: &Block) -> f32 {
        let line = self.flow.theme.body_size * self.leading();
        match block {
            Block::Heading { .. } => line * 5.0,
            Block::Paragraph { .. }
            | Block::KeyMessages(_)
            | Block::List { .. }
            | Block::Callout { .. }
            | Block::Quote(_)
            | Block::Timeline(_) => line * 3.0,
            Block::Tiles(_) => 96.0,
            Block::Table(table) => table::start(self, table),
            Block::Chart(chart) => figure::height(self, chart),
        }
    }

    /// Reports a problem of a block, with the words by which a person finds it if it has no place.
    pub fn problem(&mut self, problem: Problem, stands_in: &str) {
        let place: Option<Place> = problem.place.clone();
        self.problems.push(if place.is_none() {
            problem.hint(format!("it stands in “{stands_in}”"))
        } else {
            problem
        });
    }
}

fn is_heading(block: &Block) -> bool {
    matches!(block, Block::Heading { .. })
}

/// Returns the anchors of all charts and tables, also inside other blocks.
fn anchors(blocks: &[Block]) -> BTreeSet<&str> {
    let mut found = BTreeSet::new();
    let mut open: Vec<&Block> = blocks.iter().collect();
    while let Some(block) = open.pop() {
        match block {
            Block::Chart(chart) => drop(found.insert(chart.anchor.as_str())),
            Block::Table(table) => drop(found.insert(table.anchor.as_str())),
            Block::List { items, .. } => open.extend(items.iter().flat_map(|item| &item.children)),
            Block::Callout { blocks, .. } | Block::Quote(blocks) => open.extend(blocks),
            Block::KeyMessages(_)
            | Block::Heading { .. }
            | Block::Paragraph { .. }
            | Block::Tiles(_)
            | Block::Timeline(_) => {}
        }
    }
    found
}
