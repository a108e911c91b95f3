//! How pages end: the holes at their feet, headings with too few lines below them, lists torn after one item. Measured on the
//! shipped brief and on random ones, from what is painted.

use std::{
    cell::{Cell, RefCell},
    collections::BTreeMap,
};

use greenbrief::{
    base::language::Language,
    document::{
        brief::{Block, Brief, ChartForm, EarlierEdition, Frame, Item, Style, Theme},
        layout::{
            self,
            document::{Document, Item as LayoutItem, Kid, PAGE_HEIGHT, StructureType},
        },
    },
    figures::Period,
};
use proptest::{
    prelude::*,
    test_runner::{Config, TestRunner},
};

use super::sample::{chart, sample, words};
use crate::{frame, snapshot, template};

/// The share of a page that may be empty at its end.
const MOST: f32 = 0.2;

/// What stands on a page: where it ends, and by which node it is painted.
struct Painted {
    node: usize,
    page: usize,
    top: f32,
    bottom: f32,
}

fn painted(document: &Document) -> Vec<Painted> {
    let mut all = Vec::new();
    for (page, content) in document.pages.iter().enumerate() {
        let mut open = None;
        for item in &content.items {
            let ys: Vec<f32> = match item {
                LayoutItem::Content { node, .. } => {
                    open = Some(*node);
                    continue;
                }
                LayoutItem::Artifact { .. } => {
                    open = None;
                    continue;
                }
                LayoutItem::Text(run) => vec![run.y],
                LayoutItem::Fill { points, .. } | LayoutItem::Stroke { points, .. } => {
                    points.iter().map(|(_, y)| *y).collect()
                }
                LayoutItem::Picture { area, .. } => vec![area.top, area.bottom],
            };
            let (top, bottom) = ys.iter().fold((f32::MAX, 0.0_f32), |(top, bottom), y| (top.min(*y), bottom.max(*y)));
            if let Some(node) = open {
                all.push(Painted { node, page, top, bottom });
            }
        }
    }
    all
}

/// The share of each page that is empty at its end, but for the last.
fn empty(document: &Document, theme: &Theme) -> Vec<f32> {
    let (top, bottom) = (theme.margin_top, PAGE_HEIGHT - theme.margin_bottom);
    let all = painted(document);
    (0..document.pages.len() - 1)
        .map(|page| {
            let lowest = all.iter().filter(|it| it.page == page).map(|it| it.bottom).fold(top, f32::max);
            (bottom - lowest) / (bottom - top)
        })
        .collect()
}

/// The block that a node is part of: a child of the document.
fn block(document: &Document, mut node: usize) -> usize {
    while document.nodes[node].parent != 0 {
        node = document.nodes[node].parent;
    }
    node
}

/// Headings that have fewer than three lines below them on their page, although more follows in their section.
fn bare_headings(document: &Document) -> usize {
    let all = painted(document);
    let is_heading = |node: usize| matches!(document.nodes[node].kind, StructureType::H2 | StructureType::H3);
    let mut bare = 0;
    for (at, heading) in all.iter().enumerate().filter(|(_, it)| is_heading(it.node)) {
        let section =
            || all[at + 1..].iter().skip_while(|it| it.node == heading.node).take_while(|it| !is_heading(it.node));
        let here = section().filter(|it| it.page == heading.page);
        let mut lines: Vec<i32> = here.map(|it| it.bottom as i32).collect();
        lines.sort_unstable();
        lines.dedup_by(|a, b| (*a - *b).abs() < 4);
        bare += usize::from(lines.len() < 3 && section().any(|it| it.page > heading.page));
    }
    bare
}

/// Lists of which a page has the first item alone.
fn torn_lists(document: &Document) -> usize {
    let mut pages: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for it in painted(document) {
        let mut node = it.node;
        while node != 0 && document.nodes[node].kind != StructureType::LI {
            node = document.nodes[node].parent;
        }
        pages.entry(node).or_default().push(it.page);
    }
    let lists = document.nodes.iter().filter(|node| node.kind == StructureType::L);
    let is_torn = |kids: &[Kid]| {
        let page = |at: usize| match kids.get(at)? {
            Kid::Node(item) => pages.get(item),
            _ => None,
        };
        page(0).zip(page(1)).is_some_and(|(first, second)| first.iter().max() < second.iter().min())
    };
    lists.filter(|list| is_torn(&list.kids)).count()
}

/// The frame of an edition after one that knew no value of 2025: its section on changes is as long as it gets.
fn since() -> Frame {
    let lists = Language::ALL.map(|language| {
        let brief = template().fill(&snapshot(), language, &frame()).unwrap().brief;
        brief.attachments[0].bytes.clone()
    });
    let mut earlier = EarlierEdition::read(11, "2026-11-16".parse().unwrap(), lists.iter().map(Vec::as_slice));
    earlier.values.retain(|it| it.period != Period::Year(2025));
    Frame { since: Some(earlier), ..frame() }
}

#[test]
fn no_page_of_the_shipped_brief_ends_more_than_a_fifth_empty() {
    let template = template();
    for language in Language::ALL {
        for frame in [frame(), since()] {
            let brief = template.fill(&snapshot(), language, &frame).unwrap().brief;
            let document = layout::lay_out(&brief, &template.theme).unwrap();
            let empty = empty(&document, &template.theme);
            println!("{language}, since {}: {empty:.2?}", frame.since.is_some());
            assert!(empty.iter().all(|share| *share <= MOST), "{language}: {empty:.2?}");
            assert_eq!((bare_headings(&document), torn_lists(&document)), (0, 0), "{language}");
        }
    }
}

fn sentences(count: usize) -> String {
    "The office found a flow of goods between both. ".repeat(count)
}

/// One of the blocks of a section.
fn any_block() -> impl Strategy<Value = Block> {
    let paragraph = |count: usize| Block::Paragraph { style: Style::Body, text: vec![words(&sentences(count))] };
    let list = |counts: Vec<usize>| Block::List {
        ordered: false,
        items: counts.into_iter().map(|it| Item { text: vec![words(&sentences(it))], children: vec![] }).collect(),
    };
    prop_oneof![
        5 => (1usize..14).prop_map(paragraph),
        2 => prop::collection::vec(1usize..6, 2..6).prop_map(list),
        2 => prop::sample::select(vec![ChartForm::Columns, ChartForm::Bars, ChartForm::Lines])
            .prop_map(|form| chart(form, "Figure 1")),
        1 => (1usize..4).prop_map(move |count| Block::Quote(vec![paragraph(count)])),
    ]
}

fn any_brief() -> impl Strategy<Value = Brief> {
    let section = (2u8..4, prop::collection::vec(any_block(), 1..7));
    prop::collection::vec(section, 3..9).prop_map(|sections| {
        let blocks = sections.into_iter().flat_map(|(level, blocks)| {
            let heading = Block::Heading { level, text: vec![words("A section of the brief")] };
            std::iter::once(heading).chain(blocks)
        });
        let blocks: Vec<Block> = blocks.collect();
        Brief { blocks, ..sample(Language::En) }
    })
}

/// The charts that begin a page after a hole, although their section has text that could stand before them.
fn avoidable(document: &Document, empty: &[f32]) -> usize {
    let all = painted(document);
    let top = |page: usize| all.iter().filter(|it| it.page == page).min_by(|a, b| a.top.total_cmp(&b.top));
    let follows = |node: usize| {
        let blocks: Vec<usize> = document.nodes[0]
            .kids
            .iter()
            .filter_map(|kid| if let Kid::Node(node) = kid { Some(*node) } else { None })
            .collect();
        let after = blocks.iter().skip_while(|it| **it <= node).skip_while(|it| {
            // What belongs to the chart: the table of its values and its notes.
            let kind = document.nodes[**it].kind;
            kind == StructureType::Table
        });
        after.copied().nth(1).is_some_and(|next| {
            matches!(document.nodes[next].kind, StructureType::P | StructureType::L | StructureType::BlockQuote)
        })
    };
    let holes = empty.iter().enumerate().filter(|(_, share)| **share > MOST);
    holes
        .filter(|(page, _)| {
            top(page + 1).is_some_and(|first| {
                let node = block(document, first.node);
                document.nodes[node].kind == StructureType::Figure && follows(node)
            })
        })
        .count()
}

/// The kind of what stands first on a page.
fn first_on(document: &Document, page: usize) -> String {
    let all = painted(document);
    let first = all.iter().filter(|it| it.page == page).min_by(|a, b| a.top.total_cmp(&b.top)).unwrap();
    format!("{:?}", document.nodes[block(document, first.node)].kind)
}

#[test]
fn pages_of_any_brief_end_well() {
    let theme = Theme::default();
    let (cases, pages, holes, largest) = (Cell::new(0), Cell::new(0), Cell::new(0), Cell::new(0.0_f32));
    let causes: RefCell<BTreeMap<String, usize>> = RefCell::default();
    let mut runner = TestRunner::new(Config::with_cases(200));
    let result = runner.run(&any_brief(), |brief| {
        let document = layout::lay_out(&brief, &theme).unwrap();
        let empty = empty(&document, &theme);
        cases.set(cases.get() + 1);
        pages.set(pages.get() + empty.len());
        holes.set(holes.get() + empty.iter().filter(|share| **share > MOST).count());
        for (page, _) in empty.iter().enumerate().filter(|(_, share)| **share > MOST) {
            *causes.borrow_mut().entry(first_on(&document, page + 1)).or_insert(0) += 1;
        }
        largest.set(empty.iter().copied().fold(largest.get(), f32::max));
        prop_assert_eq!(bare_headings(&document), 0, "headings: {:?}", empty);
        prop_assert_eq!(torn_lists(&document), 0, "lists: {:?}", empty);
        prop_assert_eq!(avoidable(&document, &empty), 0, "holes: {:?}", empty);
        Ok(())
    });
    println!(
        "{} briefs, {} pages but the last ones: {} end more than a fifth empty, at most {:.0} %; the next begins with {:?}",
        cases.get(),
        pages.get(),
        holes.get(),
        largest.get() * 100.0,
        causes.borrow()
    );
    result.unwrap();
    // Where a section ends with a chart, nothing may come before it.
    assert!(holes.get() * 12 < pages.get(), "{} of {}", holes.get(), pages.get());
}
