//! A brief as HTML: the same blocks as the PDF in the same order, for screen readers, telephones and programs. A fragment
//! without style, script or picture: what stands around it, and how it looks, its page decides.
//!
//! - Headings, lists, tables with heads, quotations are what they are in HTML; a citation leads to its source, a footnote's
//!   mark to the note, and both lead back.
//! - A chart is its finding, its alternative text and a table of its values.
//! - All text is escaped, and a link leads to `https:`, `http:` or `mailto:`, or nowhere.
//!
//! Editions keep this text as it was made. So a class that stands here stays known to `web/public/pages/text.css`.

mod table;
mod text;

use std::collections::BTreeSet;

use self::text::{Escaped, escaped};
use crate::{
    base::language::{Language, PerLanguage},
    document::brief::{Block, Brief, CalloutKind, Direction, Inline, Item, Milestone, SourceEntry, Style, Tile},
};

const FOOTNOTES: PerLanguage<&str> = PerLanguage { en: "Footnotes", de: "Fußnoten", zh: "脚注" };
const VALUES: PerLanguage<&str> =
    PerLanguage { en: "All values as a table", de: "Alle Werte als Tabelle", zh: "全部数值（表格）" };
const PROVISIONAL: PerLanguage<&str> =
    PerLanguage { en: " (provisional)", de: " (vorläufig)", zh: "（初步数据）" };
const TOTAL: PerLanguage<&str> = PerLanguage { en: "Total", de: "Insgesamt", zh: "合计" };

/// Returns the whole brief: its issue and headline, the blocks, footnotes, sources, imprint.
pub fn text(brief: &Brief) -> String {
    let mut page = Writer { brief, out: String::new(), cited: BTreeSet::new(), marked: BTreeSet::new() };
    page.put(format_args!("<p class=\"issue\">{} · {}</p>\n", Escaped(&brief.edition), Escaped(&brief.date)));
    page.put(format_args!("<h1>{}</h1>\n", Escaped(&brief.headline)));
    page.blocks(&brief.blocks);
    page.footnotes();
    page.sources();
    page.imprint();
    page.out
}

/// The fragment while it is written.
struct Writer<'a> {
    brief: &'a Brief,
    out: String,
    /// The sources that are cited so far: the first citation of each is where its entry leads back to
    cited: BTreeSet<usize>,
    /// The same for footnotes
    marked: BTreeSet<usize>,
}

impl Writer<'_> {
    fn put(&mut self, text: std::fmt::Arguments<'_>) {
        // Memory takes all that is written to it.
        let _ = std::fmt::Write::write_fmt(&mut self.out, text);
    }

    fn word(&self, words: &PerLanguage<&'static str>) -> &'static str {
        words.get(self.brief.language)
    }

    fn blocks(&mut self, blocks: &[Block]) {
        for block in blocks {
            self.block(block);
        }
    }

    fn block(&mut self, block: &Block) {
        match block {
            Block::Heading { level, text } => {
                let level = if *level == 3 { 3 } else { 2 };
                self.element(&format!("h{level}"), "", text);
            }
            Block::Paragraph { style, text } => {
                let class = match style {
                    Style::Lead => "lead",
                    Style::Body => "",
                    Style::Note | Style::Attribution => "note",
                };
                self.element("p", class, text);
            }
            Block::KeyMessages(messages) => {
                self.out.push_str("<ul class=\"messages\">\n");
                messages.iter().for_each(|text| self.element("li", "", text));
                self.out.push_str("</ul>\n");
            }
            Block::List { ordered, items } => self.list(*ordered, items),
            Block::Tiles(tiles) => self.tiles(tiles),
            Block::Table(table) => self.table(table),
            Block::Chart(chart) => self.chart(chart),
            Block::Timeline(milestones) => self.timeline(milestones),
            Block::Callout { kind, title, blocks } => {
                let kind = match kind {
                    CalloutKind::Tip => "tip",
                    CalloutKind::Important => "important",
                    CalloutKind::Warning => "warning",
                };
                self.put(format_args!("<div class=\"callout {kind}\">\n<p class=\"word\">{}</p>\n", Escaped(title)));
                self.blocks(blocks);
                self.out.push_str("</div>\n");
            }
            Block::Quote(blocks) => {
                self.out.push_str("<blockquote>\n");
                self.blocks(blocks);
                self.out.push_str("</blockquote>\n");
            }
        }
    }

    /// An element of running text, on a line of its own.
    fn element(&mut self, name: &str, class: &str, text: &[Inline]) {
        if class.is_empty() {
            self.put(format_args!("<{name}>"));
        } else {
            self.put(format_args!("<{name} class=\"{class}\">"));
        }
        self.inline(text);
        self.put(format_args!("</{name}>\n"));
    }

    fn list(&mut self, ordered: bool, items: &[Item]) {
        let name = if ordered { "ol" } else { "ul" };
        self.put(format_args!("<{name}>\n"));
        for item in items {
            self.out.push_str("<li>");
            self.inline(&item.text);
            if !item.children.is_empty() {
                self.out.push('\n');
                self.blocks(&item.children);
            }
            self.out.push_str("</li>\n");
        }
        self.put(format_args!("</{name}>\n"));
    }

    /// Key figures: of each its name, the number, the change, and the course in words.
    fn tiles(&mut self, tiles: &[Tile]) {
        self.out.push_str("<ul class=\"tiles\">\n");
        for tile in tiles {
            self.put(format_args!("<li><p>{}</p>\n<p><strong>{}</strong>", Escaped(&tile.label), Escaped(&tile.value)));
            if !tile.unit.is_empty() {
                self.put(format_args!(" {}", Escaped(&tile.unit)));
            }
            self.out.push_str("</p>\n");
            if let Some(change) = &tile.change {
                let strings = &self.brief.strings;
                let (arrow, says) = match change.direction {
                    Direction::Up => ("▲", &strings.up),
                    Direction::Down => ("▼", &strings.down),
                    Direction::Flat => ("■", &strings.flat),
                };
                let says = escaped(says);
                self.put(format_args!(
                    "<p><span aria-hidden=\"true\">{arrow}</span> <span class=\"unseen\">{says}</span> {}</p>\n",
                    Escaped(&change.text)
                ));
            }
            if let Some(spark) = &tile.spark {
                self.put(format_args!("<p class=\"note\">{}</p>\n", Escaped(&spark.alt)));
            }
            self.out.push_str("</li>\n");
        }
        self.out.push_str("</ul>\n");
    }

    fn timeline(&mut self, milestones: &[Milestone]) {
        self.out.push_str("<ol class=\"timeline\">\n");
        for milestone in milestones {
            self.put(format_args!("<li><strong>{}</strong> {}", Escaped(&milestone.date), Escaped(&milestone.text)));
            self.cite(&milestone.cites);
            self.out.push_str("</li>\n");
        }
        self.out.push_str("</ol>\n");
    }

    fn footnotes(&mut self) {
        let brief = self.brief;
        if brief.footnotes.is_empty() {
            return;
        }
        self.put(format_args!("<h2>{}</h2>\n<ol class=\"notes\" type=\"a\">\n", self.word(&FOOTNOTES)));
        for (number, note) in (1..).zip(&brief.footnotes) {
            self.put(format_args!("<li id=\"note-{number}\">"));
            self.inline(note);
            if self.marked.contains(&number) {
                self.back(&format!("mark-{number}"));
            }
            self.out.push_str("</li>\n");
        }
        self.out.push_str("</ol>\n");
    }

    fn sources(&mut self) {
        let brief = self.brief;
        if brief.sources.is_empty() {
            return;
        }
        self.put(format_args!("<h2>{}</h2>\n<ol class=\"sources\">\n", Escaped(&brief.strings.sources)));
        for (number, entry) in (1..).zip(&brief.sources) {
            self.source(number, entry, brief.language);
        }
        self.out.push_str("</ol>\n");
    }

    fn source(&mut self, number: usize, entry: &SourceEntry, language: Language) {
        self.put(format_args!("<li id=\"source-{number}\">"));
        self.inline(&entry.words(language));
        if self.cited.contains(&number) {
            self.back(&format!("cite-{number}"));
        }
        self.out.push_str("</li>\n");
    }

    fn imprint(&mut self) {
        let imprint = &self.brief.imprint;
        if imprint.lines.is_empty() {
            return;
        }
        self.put(format_args!("<h2>{}</h2>\n<p>", Escaped(&imprint.heading)));
        for (nth, line) in imprint.lines.iter().enumerate() {
            if nth > 0 {
                self.out.push_str("<br>\n");
            }
            self.inline(line);
        }
        self.out.push_str("</p>\n");
    }
}
