//! Pages: what stays together at their foot and head, footnotes on the page of their marks, links in both directions, the
//! table of contents, columns. Read from the laid-out document, over many lengths.

use std::collections::BTreeMap;

use greenbrief::{
    base::language::Language,
    document::{
        brief::{Block, Brief, CalloutKind, Contents, Direction, Inline, Item, Style, Theme, Tile, TileChange},
        layout::{
            self,
            document::{Document, GlyphRun, Item as LayoutItem, PAGE_HEIGHT, PAGE_WIDTH, StructureType, Target},
        },
        pdf,
    },
};

use super::{
    lint,
    sample::{LONG_DE, LONG_EN, LONG_ZH, sample, words},
};

fn long(language: Language) -> &'static str {
    match language {
        Language::En => LONG_EN,
        Language::De => LONG_DE,
        Language::Zh => LONG_ZH,
    }
}

fn paragraph(text: Vec<Inline>) -> Block {
    Block::Paragraph { style: Style::Body, text }
}

fn plain(text: &str) -> Block {
    paragraph(vec![words(text)])
}

fn heading(level: u8, text: &str) -> Block {
    Block::Heading { level, text: vec![words(text)] }
}

fn item(text: &str, children: Vec<Block>) -> Item {
    Item { text: vec![words(text)], children }
}

/// A brief of text alone.
fn text_only(language: Language, blocks: Vec<Block>) -> Brief {
    Brief { blocks, ..sample(language) }
}

/// A brief with all that a page can hold.
pub fn rich(language: Language) -> Brief {
    let text = long(language);
    let mut brief = sample(language);
    let body = |marks: &[usize]| {
        let mut inlines = vec![words(text), Inline::Cite(vec![1])];
        inlines.extend(marks.iter().map(|mark| Inline::Footnote(*mark)));
        inlines.extend([
            words(" "),
            Inline::Reference { text: "Figure 2".into(), to: "Figure 2".into() },
            words(" – "),
            Inline::Reference { text: "Table 1".into(), to: "capacity".into() },
            words("."),
        ]);
        paragraph(inlines)
    };
    let list = |ordered, items| Block::List { ordered, items };
    let nested = list(
        false,
        vec![
            item(text, vec![list(false, vec![item("cells", vec![list(false, vec![item(text, vec![])])])])]),
            item("second", vec![list(true, (0..12).map(|_| item("numbered", vec![])).collect())]),
            Item { text: vec![words(text), Inline::Footnote(5)], children: vec![plain(text)] },
        ],
    );
    let kinds = [CalloutKind::Tip, CalloutKind::Important, CalloutKind::Warning];
    let callout = |kind, title: &str, blocks| Block::Callout { kind, title: title.into(), blocks };
    brief.footnotes = (1..=6)
        .map(|number| vec![words(&format!("{number}: {}", text.repeat(number % 3 + 1))), Inline::Cite(vec![2])])
        .collect();
    brief.blocks.splice(
        2..2,
        [
            heading(2, "Text"),
            body(&[1, 2]),
            heading(3, "More of it"),
            body(&[3]),
            nested,
            Block::Tiles(vec![Tile {
                label: "Battery-electric cars, world, 2024".into(),
                value: "744,800".into(),
                unit: "vehicles".into(),
                change: Some(TileChange { direction: Direction::Down, text: "−3.4% on 2023".into() }),
                spark: None,
            }]),
            Block::Quote(vec![plain(text), body(&[4]), Block::Quote(vec![plain(text)])]),
            callout(kinds[0], "Tip", vec![plain(text)]),
            callout(kinds[1], "Important", vec![body(&[6]), list(false, vec![item("a", vec![]), item(text, vec![])])]),
            callout(kinds[2], "Warning", (0..6).map(|_| plain(text)).collect()),
            heading(3, "And on"),
            plain(text),
            plain(text),
        ],
    );
    brief
}

/// With a table of contents, whatever the number of pages.
fn lay_out(brief: &Brief, columns: u8) -> Document {
    let theme = Theme { columns, contents: Contents::Always, ..Theme::default() };
    layout::lay_out(brief, &theme).unwrap_or_else(|problems| panic!("{problems}"))
}

pub fn write_files(folder: &std::path::Path) {
    for language in Language::ALL {
        for columns in [1, 2] {
            let bytes = pdf::write(&lay_out(&rich(language), columns)).unwrap();
            std::fs::write(folder.join(format!("rich-{language}-{columns}.pdf")), bytes).unwrap();
        }
    }
}

#[test]
fn everything_a_page_can_hold_is_valid_and_tagged_in_one_and_two_columns() {
    for language in Language::ALL {
        for columns in [1, 2] {
            crate::conforms(&lay_out(&rich(language), columns), language.tag());
        }
    }
}

/// A line of text on a page, by the node that it belongs to; of a link, the node around it.
#[derive(Debug, Clone, PartialEq)]
struct Line {
    node: usize,
    page: usize,
    /// 0 on the left of the page's middle, 1 on the right.
    column: usize,
    y: f32,
    text: String,
}

/// Returns the node that a node's text is part of.
fn owner(document: &Document, mut node: usize) -> usize {
    while matches!(
        document.nodes[node].kind,
        StructureType::Link
            | StructureType::Reference
            | StructureType::Span
            | StructureType::Strong
            | StructureType::Em
    ) {
        node = document.nodes[node].parent;
    }
    node
}

fn words_of(run: &GlyphRun) -> String {
    run.glyphs.iter().map(|glyph| &run.text[glyph.start..glyph.end]).collect()
}

/// Returns all lines in painting order. Raised numbers belong to the line that they stand on.
fn lines(document: &Document) -> Vec<Line> {
    let mut lines: Vec<Line> = Vec::new();
    for (page, content) in document.pages.iter().enumerate() {
        let mut open = None;
        for item in &content.items {
            match item {
                LayoutItem::Content { node, .. } => open = Some(owner(document, *node)),
                LayoutItem::Artifact { .. } => open = None,
                LayoutItem::Text(run) => {
                    let Some(node) = open else { continue };
                    let column = usize::from(run.x > PAGE_WIDTH / 2.0);
                    let same = lines
                        .last_mut()
                        .filter(|line| line.node == node && line.page == page && (line.y - run.y).abs() < 5.0);
                    match same {
                        Some(line) => line.text += &words_of(run),
                        None => lines.push(Line { node, page, column, y: run.y, text: words_of(run) }),
                    }
                }
                LayoutItem::Fill { .. } | LayoutItem::Stroke { .. } | LayoutItem::Picture { .. } => {}
            }
        }
    }
    lines
}

/// No element with running text leaves a single line at a page's or a column's foot or head, labels stand beside their
/// first line, no heading is the last on its page, and no text reaches into the notes or out of the page.
fn assert_pages_are_well_set(document: &Document, columns: usize, what: &str) {
    let lines = lines(document);
    let mut parts: BTreeMap<(usize, usize, usize), Vec<&Line>> = BTreeMap::new();
    let mut whole: BTreeMap<usize, usize> = BTreeMap::new();
    for line in &lines {
        let column = if columns == 2 { line.column } else { 0 };
        parts.entry((line.node, line.page, column)).or_default().push(line);
        *whole.entry(line.node).or_default() += 1;
    }
    for ((node, page, _), part) in &parts {
        let kind = document.nodes[*node].kind;
        let text = matches!(kind, StructureType::P | StructureType::LBody | StructureType::Note);
        assert!(!text || part.len() > 1 || whole[node] == 1, "{what}: page {page}: {kind:?} alone: {part:?}");
    }
    for page in 0..document.pages.len() {
        let is_note =
            |line: &&Line| document.nodes[line.node].kind == StructureType::Note || in_note(document, line.node);
        let here = || lines.iter().filter(|line| line.page == page);
        let text = || here().filter(|line| !is_note(line));
        let heads = |line: &Line| matches!(document.nodes[line.node].kind, StructureType::H2 | StructureType::H3);
        assert!(!text().next_back().is_some_and(heads), "{what}: a heading ends page {page}");
        let lowest = text().map(|line| line.y).fold(0.0, f32::max);
        let note = here().filter(is_note).map(|line| line.y).fold(f32::MAX, f32::min);
        assert!(lowest + 10.0 < note, "{what}: page {page}: text at {lowest} and notes from {note}");
        let bottom = here().map(|line| line.y).fold(0.0, f32::max);
        assert!(bottom < PAGE_HEIGHT - Theme::default().margin_bottom + 1.0, "{what}: page {page}: {bottom}");
    }
    for pair in lines.windows(2).filter(|pair| document.nodes[pair[0].node].kind == StructureType::Lbl) {
        assert!((pair[0].y - pair[1].y).abs() < 1.5 && pair[0].page == pair[1].page, "{what}: {pair:?}");
    }
}

/// Returns whether a node is part of a note.
fn in_note(document: &Document, mut node: usize) -> bool {
    while node != 0 && document.nodes[node].kind != StructureType::Note {
        node = document.nodes[node].parent;
    }
    node != 0
}

/// Text of `sentences` short sentences.
fn sentences(count: usize) -> String {
    "The office found a flow of goods between both. ".repeat(count)
}

/// Running text of every kind; `n` shifts where pages end.
fn running(n: usize) -> Brief {
    let text = |count: usize| plain(&sentences(1 + (count * 7 + n * 3) % 11));
    let mut blocks: Vec<Block> = (0..n).map(|_| plain("One line.")).collect();
    for round in 0..9 {
        let note = Inline::Footnote(round + 1);
        blocks.extend([
            heading(2 + (round % 2) as u8, "A heading"),
            text(round),
            paragraph(vec![words(&sentences(2 + (round + n) % 4)), note, words(&sentences(1 + n % 5))]),
            Block::List {
                ordered: round % 2 == 0,
                items: (0..4).map(|k| item(&sentences(1 + (k + n) % 6), vec![])).collect(),
            },
            Block::Quote(vec![text(round + 3)]),
            Block::Callout {
                kind: CalloutKind::Tip,
                title: "Tip".into(),
                blocks: vec![text(round + 1), text(round + 2)],
            },
        ]);
    }
    let mut brief = text_only(Language::En, blocks);
    brief.footnotes = (0..9).map(|k| vec![words(&sentences(1 + (k + n) % 8))]).collect();
    brief
}

#[test]
fn nothing_stands_alone_at_the_foot_or_the_head_of_a_page() {
    for n in 0..12 {
        for columns in [1, 2] {
            let document = lay_out(&running(n), columns);
            assert!(document.pages.len() > 3, "{n}");
            assert_pages_are_well_set(&document, usize::from(columns), &format!("{n}, {columns} columns"));
        }
    }
}

#[test]
fn a_footnote_stands_on_the_page_of_its_mark() {
    for n in 0..14 {
        let mut brief = running(n);
        brief.footnotes = (0..9).map(|_| vec![words(&sentences(2))]).collect();
        for columns in [1, 2] {
            let destinations = lay_out(&brief, columns).destinations;
            for number in 1..=9 {
                let mark = destinations[&Target::FootnoteMark(number)].page;
                assert_eq!(
                    destinations[&Target::Footnote(number)].page,
                    mark,
                    "{n}, {columns} columns: footnote {number}"
                );
            }
        }
    }
}

#[test]
fn a_footnote_longer_than_pages_goes_on_at_their_feet() {
    let mut brief = text_only(
        Language::De,
        vec![paragraph(vec![words("Marked"), Inline::Footnote(1), words(".")]), plain(&LONG_DE.repeat(30))],
    );
    brief.footnotes = vec![vec![words(&LONG_DE.repeat(60)), Inline::Footnote(2)], vec![words("The second.")]];
    let document = lay_out(&brief, 1);
    let lines = lines(&document);
    let notes: Vec<&Line> = lines.iter().filter(|line| document.nodes[line.node].kind == StructureType::Note).collect();
    assert!(notes.first().unwrap().page == 0 && notes.last().unwrap().page > 1, "{notes:?}");
    assert_eq!(notes.iter().filter(|line| line.text == "The second.").count(), 1);
    assert_pages_are_well_set(&document, 1, "long note");
    assert_eq!(lint(&pdf::write(&document).unwrap()), []);
}

#[test]
fn the_contents_name_the_pages_of_the_headings() {
    for language in Language::ALL {
        let document = lay_out(&rich(language), 1);
        assert!(document.pages.len() > 4);
        let mut entries: BTreeMap<usize, String> = BTreeMap::new();
        for line in lines(&document).into_iter().filter(|line| document.nodes[line.node].kind == StructureType::Toci) {
            entries.entry(line.node).or_default().push_str(&format!("{}|", line.text));
        }
        let wanted: Vec<String> = (document.outline.iter().skip(2))
            .map(|heading| format!("{}{}|", heading.title, heading.page + 1))
            .collect();
        assert_eq!(entries.into_values().collect::<Vec<_>>(), wanted, "{language}");
        assert!(wanted.len() > 6);
    }
    // Where the theme does not say so, a brief has one from its eighth page.
    for (paragraphs, contents, wanted) in [
        (1, Contents::Auto, false),
        (25, Contents::Auto, false),
        (240, Contents::Auto, true),
        (240, Contents::Never, false),
        (1, Contents::Always, true),
    ] {
        let text = std::iter::repeat_with(|| plain(LONG_EN)).take(paragraphs);
        let brief = text_only(Language::En, std::iter::once(heading(2, "Only")).chain(text).collect());
        let document = layout::lay_out(&brief, &Theme { contents, ..Theme::default() }).unwrap();
        let has = document.nodes.iter().any(|node| node.kind == StructureType::Toc);
        assert_eq!((has, document.pages.len() > 7), (wanted, paragraphs == 240), "{paragraphs} {contents:?}");
    }
}

#[test]
fn links_lead_both_ways() {
    let document = lay_out(&rich(Language::En), 1);
    let targets: Vec<&Target> = document.pages.iter().flat_map(|page| &page.links).map(|link| &link.target).collect();
    for number in 1..=6 {
        assert!(
            targets.contains(&&Target::Footnote(number)) && targets.contains(&&Target::FootnoteMark(number)),
            "{number}"
        );
    }
    for number in 1..=3 {
        assert!(targets.contains(&&Target::Source(number)) && targets.contains(&&Target::Citation(number)), "{number}");
        let first =
            document.pages.iter().position(|page| page.links.iter().any(|link| link.target == Target::Source(number)));
        assert_eq!(first, Some(document.destinations[&Target::Citation(number)].page));
    }
    for anchor in ["Figure 2", "capacity"] {
        let page = document.destinations[&Target::Anchor(anchor.to_owned())].page;
        let says = if anchor == "capacity" { "Table 1:" } else { "Figure 2 " };
        let there = lines(&document).into_iter().any(|line| line.page == page && line.text.starts_with(says));
        assert!(there, "{anchor} on page {page}");
    }
    for target in targets {
        assert!(matches!(target, Target::Url(_)) || document.destinations.contains_key(target), "{target:?}");
    }
}

#[test]
fn a_source_that_nothing_cites_has_no_way_back() {
    let document = lay_out(&text_only(Language::En, vec![plain("Nothing is cited.")]), 1);
    let back = |link: &greenbrief::document::layout::document::LinkArea| matches!(link.target, Target::Citation(_));
    assert!(!document.pages.iter().flat_map(|page| &page.links).any(back));
    assert_eq!(lint(&pdf::write(&document).unwrap()), []);
}

#[test]
fn what_leads_nowhere_is_a_problem() {
    let mut brief = sample(Language::En);
    brief.blocks.push(paragraph(vec![
        words("See "),
        Inline::Reference { text: "Figure 9".into(), to: "capacty".into() },
        Inline::Footnote(1),
    ]));
    let problems = layout::lay_out(&brief, &Theme::default()).unwrap_err().to_string();
    let wanted = "error: no chart or table is called `capacty`\n   = hint: did you mean `capacity`?\n   = hint: it stands in “Figure 9”";
    assert!(problems.contains(wanted), "{problems}");
    assert!(problems.contains("error: footnote 1 is marked, but the brief has 0"), "{problems}");
}

#[test]
fn two_columns_are_as_long_as_each_other_and_read_one_after_the_other() {
    for n in 2..12 {
        let text: Vec<Block> = (0..n).map(|k| plain(&sentences(2 + (k * 5 + n) % 6))).collect();
        let brief = text_only(Language::En, [vec![heading(2, "Head")], text, vec![heading(2, "After")]].concat());
        let document = lay_out(&brief, 2);
        let lines = lines(&document);
        let text = lines.iter().filter(|line| line.text.contains("office") || line.text.contains("goods"));
        let columns: Vec<usize> = text.clone().map(|line| line.column).collect();
        assert!(columns.is_sorted() && columns.contains(&1), "{n}: {columns:?}");
        let low = |column| text.clone().filter(|l| l.column == column).map(|l| l.y).fold(0.0, f32::max);
        assert!((low(0) - low(1)).abs() < 4.0 * 9.3 * 1.45, "{n}: {} and {}", low(0), low(1));
    }
}

#[test]
fn lists_of_any_depth_are_set() {
    for (ordered, columns) in [(false, 1), (true, 2)] {
        let mut list = plain("the deepest");
        for level in 0..1_000 {
            list = Block::List { ordered, items: vec![item(&format!("level {level}"), vec![list])] };
        }
        let quotes = (0..300).fold(plain("the deepest"), |block, _| Block::Quote(vec![block]));
        let document = lay_out(&text_only(Language::En, vec![list, quotes]), columns);
        assert_eq!(lines(&document).iter().filter(|line| line.text == "the deepest").count(), 2);
        assert_eq!(lint(&pdf::write(&document).unwrap()), []);
    }
}

#[test]
fn a_call_out_keeps_its_bar_on_every_page() {
    let blocks = vec![Block::Callout {
        kind: CalloutKind::Warning,
        title: "Warning".into(),
        blocks: (0..30).map(|_| plain(LONG_EN)).collect(),
    }];
    let document = lay_out(&text_only(Language::En, blocks), 1);
    let warning = Theme::default().category[2];
    let bars = |page: &layout::document::Page| {
        page.items.iter().filter(|item| matches!(item, LayoutItem::Fill { color, .. } if *color == warning)).count()
    };
    let counts: Vec<usize> = document.pages.iter().map(bars).collect();
    assert_eq!(counts.iter().take(2).collect::<Vec<_>>(), [&1, &1], "{counts:?}");
}
