//! A brief becomes pages, block by block, top to bottom: title band, text, lists, source list, imprint, header and
//! footer. Tables, tiles and figures have files of their own; `flow` knows where the pen stands.

use super::{
    document::{Document, Kind, Meta, PAGE_HEIGHT, PAGE_WIDTH, Target},
    figure,
    flow::{Flow, Links},
    picture, table,
    text::{Mark, Paragraph, Setter, Setting, Span},
    tiles, timeline,
};
use crate::{
    brief::{Block, Brief, Emphasis, Inline, Item, SourceEntry, Style, Theme, numbers::Writing},
    language::Language,
    problem::{Place, Problem, Problems},
};

/// Lays a brief out.
///
/// # Errors
/// A character that no shipped font has, a table that is too wide, a chart that cannot be drawn.
pub fn lay_out(brief: &Brief, theme: &Theme) -> Result<Document, Problems> {
    let mut page =
        Composer { set: Setter::new(brief.language), flow: Flow::new(theme), problems: Problems::new(), brief };
    page.set.family = theme.text_font;
    page.title_band();
    let mut blocks = brief.blocks.iter().peekable();
    while let Some(block) = blocks.next() {
        page.block(block, blocks.peek().copied(), 0);
    }
    page.sources();
    page.imprint();
    page.running_lines();
    page.problems.extend(std::mem::take(&mut page.set.problems));
    // The same character is missing once, however often it stands there.
    let mut seen = std::collections::BTreeSet::new();
    page.problems.0.retain(|problem| seen.insert(problem.what.clone()));
    let document = Document {
        pages: page.flow.pages,
        nodes: page.flow.nodes,
        outline: page.flow.outline,
        meta: Meta {
            title: format!("{} – {}", brief.headline, brief.title),
            subject: brief.subject.clone(),
            author: brief
                .imprint
                .lines
                .first()
                .map(|line| plain(line))
                .filter(|name| !name.is_empty())
                .unwrap_or_else(|| "greenbrief".to_owned()),
            language: brief.language,
            created: brief.created,
        },
        attachments: brief.attachments.clone(),
    };
    page.problems.into_result(document)
}

/// What all blocks need.
pub(super) struct Composer<'a> {
    pub set: Setter,
    pub flow: Flow,
    pub problems: Problems,
    pub brief: &'a Brief,
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

impl Composer<'_> {
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

    /// Text with emphasis, links and citations, set.
    pub fn inline(&mut self, text: &[Inline], setting: &Setting) -> (Paragraph, Links) {
        let mut words = String::new();
        let mut spans = Vec::new();
        let mut links: Links = Vec::new();
        for inline in text {
            let start = words.len();
            match inline {
                Inline::Break => words.push('\n'),
                Inline::Reference { text, .. } => words.push_str(text),
                Inline::Footnote(_) => {}
                Inline::Text { text, emphasis } => {
                    words.push_str(text);
                    let (strong, italic) = (*emphasis == Emphasis::Strong, *emphasis == Emphasis::Emphasis);
                    spans.push(Span { range: start..words.len(), mark: Mark::default(), strong, italic });
                }
                Inline::Link { text, url } => {
                    words.push_str(text);
                    links.push((Target::Url(url.clone()), text.clone()));
                    let mark = Mark { link: links.len() as u16, cite: false };
                    spans.push(Span { range: start..words.len(), mark, strong: false, italic: false });
                }
                Inline::Cite(numbers) if numbers.is_empty() => {}
                Inline::Cite(numbers) => self.cite(numbers, &mut words, &mut spans, &mut links),
            }
        }
        (self.set.set_spans(&words, &spans, setting), links)
    }

    /// `[1, 3]`, each number a link to its entry of the source list. A number without an entry is a problem.
    fn cite(&mut self, numbers: &[usize], words: &mut String, spans: &mut Vec<Span>, links: &mut Links) {
        let last = self.brief.sources.len();
        for number in numbers.iter().filter(|number| **number == 0 || **number > last) {
            let stands_in = words.clone();
            self.problem(Problem::error(format!("source {number} is cited, but the list has {last}")), &stands_in);
        }
        let mut raised = |from: usize, to: usize, link: u16| {
            spans.push(Span { range: from..to, mark: Mark { link, cite: true }, strong: false, italic: false });
        };
        // A word joiner keeps the citation on the line of what it cites.
        words.push('\u{2060}');
        let start = words.len();
        words.push('[');
        raised(start, words.len(), 0);
        for (nth, number) in numbers.iter().enumerate() {
            let start = words.len();
            if nth > 0 {
                words.push_str(",\u{a0}");
                raised(start, words.len(), 0);
            }
            let start = words.len();
            words.push_str(&number.to_string());
            links.push((Target::Source(*number), format!("{} {number}", self.brief.strings.sources)));
            raised(start, words.len(), links.len() as u16);
        }
        let start = words.len();
        words.push(']');
        raised(start, words.len(), 0);
    }

    fn title_band(&mut self) {
        let theme = self.flow.theme.clone();
        let (left, width) = (self.flow.left(), self.flow.width());
        let family = theme.heading_font;
        let title = Setting { family, ..self.setting(theme.lead_size, true, width * 0.6) };
        let title = self.set.set(&self.brief.title, &title);
        let side = Setting { right: true, ..self.setting(theme.body_size, false, width * 0.4) };
        let side = self.set.set(&format!("{} · {}", self.brief.edition, self.brief.date), &side);
        let headline = Setting { leading: 1.22, family, ..self.setting(theme.h1_size, true, width) };
        let headline = self.set.set(&self.brief.headline, &headline);
        let top = 40.0 + picture::logo_height(&theme);
        let height = top + title.height() + 14.0 + headline.height() + 26.0;
        self.flow.fill(0.0, 0.0, PAGE_WIDTH, height, theme.accent);
        let second = theme.category.get(1).copied().unwrap_or(theme.accent);
        self.flow.fill(0.0, height, PAGE_WIDTH, 4.0, second);
        picture::logo(self);
        let white = [255, 255, 255];
        let node = self.flow.node(0, Kind::P);
        self.flow.paragraph_at(&title, left, top, node, &Vec::new(), white);
        let node = self.flow.node(0, Kind::P);
        self.flow.paragraph_at(&side, left + width * 0.6, top + 1.0, node, &Vec::new(), white);
        let node = self.flow.node(0, Kind::H1);
        self.flow.y = top + title.height() + 14.0;
        self.flow.outline(1, self.brief.headline.clone(), node);
        self.flow.paragraph_at(&headline, left, self.flow.y, node, &Vec::new(), white);
        self.flow.y = height + 4.0 + 20.0;
    }

    /// One block; `next` is what a heading keeps with itself.
    fn block(&mut self, block: &Block, next: Option<&Block>, parent: usize) {
        match block {
            Block::Heading { level, text } => self.heading(*level, text, next),
            Block::Paragraph { style, text } => self.text(*style, text, parent),
            Block::List { ordered, items } => {
                self.flow.space(1.0);
                self.list(*ordered, items, self.flow.left(), parent);
                self.flow.space(4.0);
            }
            Block::Tiles(tiles) => tiles::place(self, tiles),
            Block::Table(table) => table::place(self, table),
            Block::Chart(chart) => figure::place(self, chart),
            Block::Timeline(milestones) => timeline::place(self, milestones),
            Block::Callout { blocks, .. } | Block::Quote(blocks) => {
                blocks.iter().for_each(|block| self.block(block, None, parent));
            }
        }
    }

    fn heading(&mut self, level: u8, text: &[Inline], next: Option<&Block>) {
        let theme = &self.flow.theme;
        let (size, kind, before) = match level {
            2 => (theme.h2_size, Kind::H2, theme.spacing.h2),
            _ => (theme.h3_size, Kind::H3, theme.spacing.h3),
        };
        let words = plain(text);
        let family = theme.heading_font;
        let setting = Setting { leading: 1.25, family, ..self.setting(size, true, self.flow.width()) };
        let heading = self.set.set(&words, &setting);
        self.flow.space(before);
        let follows = next.map_or(0.0, |next| self.start_of(next));
        self.flow.need(heading.height() + 4.0 + follows);
        let node = self.flow.node(0, kind);
        self.flow.outline(level, words, node);
        let accent = self.flow.theme.accent;
        self.flow.paragraph(&heading, self.flow.left(), node, &Vec::new(), accent);
        self.flow.y += 4.0;
    }

    /// How much room a block's beginning needs, which is not parted from the heading above it: the first lines of
    /// text, a whole chart, a row of tiles, a table's head with its first rows.
    fn start_of(&mut self, block: &Block) -> f32 {
        let line = self.flow.theme.body_size * self.leading();
        match block {
            Block::Heading { .. } => line * 5.0,
            Block::Paragraph { .. } | Block::List { .. } | Block::Callout { .. } | Block::Quote(_) => line * 3.0,
            Block::Timeline(_) => line * 4.0,
            Block::Tiles(_) => 96.0,
            Block::Table(table) => table::start(self, table),
            Block::Chart(chart) => figure::height(self, chart),
        }
    }

    fn text(&mut self, style: Style, text: &[Inline], parent: usize) {
        let theme = &self.flow.theme;
        let (size, color) = match style {
            Style::Lead => (theme.lead_size, theme.text),
            Style::Body => (theme.body_size, theme.text),
            Style::Note => (theme.small_size, theme.muted),
        };
        let setting = Setting { hyphenate: true, ..self.setting(size, false, self.flow.width()) };
        let (paragraph, links) = self.inline(text, &setting);
        let node = self.flow.node(parent, Kind::P);
        self.flow.paragraph(&paragraph, self.flow.left(), node, &links, color);
        self.flow.y += if style == Style::Note { 5.0 } else { self.flow.theme.spacing.paragraph };
    }

    fn list(&mut self, ordered: bool, items: &[Item], x: f32, parent: usize) {
        let theme = self.flow.theme.clone();
        let indent = if ordered { 18.0 } else { 13.0 };
        let list = self.flow.node(parent, if ordered { Kind::LNumbered } else { Kind::L });
        for (index, item) in items.iter().enumerate() {
            let label = if ordered { format!("{}.", index + 1) } else { "•".to_owned() };
            let label = self.set.set(&label, &self.setting(theme.body_size, false, indent));
            let width = self.flow.left() + self.flow.width() - x - indent;
            let setting = Setting { hyphenate: true, ..self.setting(theme.body_size, false, width) };
            let (body, links) = self.inline(&item.text, &setting);
            let lines = body.lines.len().min(2) as f32;
            self.flow.need(lines * theme.body_size * self.leading());
            let node = self.flow.node(list, Kind::LI);
            let sign = self.flow.node(node, Kind::Lbl);
            self.flow.paragraph_at(&label, x, self.flow.y, sign, &Vec::new(), theme.accent);
            let content = self.flow.node(node, Kind::LBody);
            self.flow.paragraph(&body, x + indent, content, &links, theme.text);
            self.flow.y += 2.5;
            for child in &item.children {
                match child {
                    Block::List { ordered, items } => self.list(*ordered, items, x + indent, content),
                    other => self.block(other, None, content),
                }
            }
        }
    }

    fn sources(&mut self) {
        if self.brief.sources.is_empty() {
            return;
        }
        let heading = [Inline::Text { text: self.brief.strings.sources.clone(), emphasis: Emphasis::None }];
        self.heading(2, &heading, None);
        let theme = self.flow.theme.clone();
        let size = theme.small_size - 0.7;
        let list = self.flow.node(0, Kind::LNumbered);
        let indent = 22.0;
        for (index, entry) in self.brief.sources.iter().enumerate() {
            let text = source_text(entry, self.language());
            let label =
                self.set.set(&(index + 1).to_string(), &Setting { right: true, ..self.setting(size, false, 14.0) });
            let setting =
                Setting { hyphenate: false, leading: 1.3, ..self.setting(size, false, self.flow.width() - indent) };
            let (body, links) = self.inline(&text, &setting);
            self.flow.need(body.height());
            let item = self.flow.node(list, Kind::LI);
            if let Some(node) = self.flow.nodes.get_mut(item) {
                node.source = Some(index + 1);
                node.at = Some((self.flow.pages.len() - 1, self.flow.y));
            }
            let sign = self.flow.node(item, Kind::Lbl);
            let shift = (label.height() - size * 1.3) / 2.0;
            self.flow.paragraph_at(&label, self.flow.left(), self.flow.y - shift, sign, &Vec::new(), theme.muted);
            let content = self.flow.node(item, Kind::LBody);
            self.flow.paragraph(&body, self.flow.left() + indent, content, &links, theme.text);
            self.flow.y += 0.8;
        }
    }

    fn imprint(&mut self) {
        let imprint = &self.brief.imprint;
        if imprint.lines.is_empty() {
            return;
        }
        let heading = [Inline::Text { text: imprint.heading.clone(), emphasis: Emphasis::None }];
        self.heading(2, &heading, None);
        let theme = self.flow.theme.clone();
        for line in &imprint.lines {
            let setting = Setting { leading: 1.4, ..self.setting(theme.small_size, false, self.flow.width()) };
            let (text, links) = self.inline(line, &setting);
            let node = self.flow.node(0, Kind::P);
            self.flow.paragraph(&text, self.flow.left(), node, &links, theme.muted);
        }
    }

    /// Header and footer of every page; the first has no header, since the title band says it.
    fn running_lines(&mut self) {
        let theme = self.flow.theme.clone();
        let (left, width) = (self.flow.left(), self.flow.width());
        let total = self.flow.pages.len();
        let small = theme.small_size - 0.4;
        let short: String = self.brief.snapshot.chars().take(12).collect();
        for number in 0..total {
            let page =
                self.brief.strings.page.replace("{n}", &(number + 1).to_string()).replace("{m}", &total.to_string());
            let head = self.set.set(&self.brief.title, &self.setting(small, true, width));
            let side = Setting { right: true, ..self.setting(small, false, width) };
            let edition = self.set.set(&format!("{} · {}", self.brief.edition, self.brief.date), &side);
            let page = self.set.set(&page, &side);
            let foot =
                self.set.set(&format!("{} {short}", self.brief.strings.snapshot), &self.setting(small, false, width));
            self.flow.on_page(number, |flow| {
                if number > 0 {
                    flow.decoration_at(&head, left, 30.0, true, theme.accent);
                    flow.decoration_at(&edition, left, 30.0, true, theme.muted);
                    flow.shape(left, 46.0, width, 0.6, theme.grid);
                }
                flow.artifact(true);
                flow.shape(left, PAGE_HEIGHT - 44.0, width, 0.6, theme.grid);
                flow.decoration_at(&foot, left, PAGE_HEIGHT - 38.0, true, theme.muted);
                flow.decoration_at(&page, left, PAGE_HEIGHT - 38.0, true, theme.muted);
            });
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

fn source_text(entry: &SourceEntry, language: Language) -> Vec<Inline> {
    let word = |text: String| Inline::Text { text, emphasis: Emphasis::None };
    let mut text = vec![word(entry.text.clone())];
    if let Some(url) = &entry.url {
        let host =
            url.split("://").nth(1).and_then(|rest| rest.split('/').next()).unwrap_or(url).trim_start_matches("www.");
        let (open, close) = if language == Language::Zh { ("，", "") } else { (", ", "") };
        text.push(word(open.to_owned()));
        text.push(Inline::Link { text: host.to_owned(), url: url.clone() });
        if !close.is_empty() {
            text.push(word(close.to_owned()));
        }
    }
    if !entry.remark.is_empty() {
        let remark =
            if language == Language::Zh { format!("（{}）", entry.remark) } else { format!(" ({})", entry.remark) };
        text.push(Inline::Text { text: remark, emphasis: Emphasis::Emphasis });
    }
    text
}
