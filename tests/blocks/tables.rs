//! Tables on pages: groups and totals, heads that stay with their rows, numbers under each other, and tables of any size.

use greenbrief::{
    base::language::Language,
    document::{
        brief::{Block, Brief, Cell, Column, Row, Table, Theme},
        layout::{
            self,
            document::{Document as Pages, GlyphRun, Item, Kid, StructureType},
        },
    },
};
use lopdf::{Document, Object};

use super::{lint, render, sample, words};

fn cell(text: &str) -> Cell {
    Cell { text: text.to_owned(), cites: vec![], strong: false }
}

fn body(texts: &[&str]) -> Row {
    Row::Body(texts.iter().map(|text| cell(text)).collect())
}

fn total(texts: &[&str]) -> Row {
    Row::Total(texts.iter().map(|text| cell(text)).collect())
}

fn with(language: Language, heads: &[&str], rows: Vec<Row>) -> Brief {
    let columns = heads.iter().enumerate();
    let mut brief = sample(language);
    brief.blocks = vec![Block::Table(Table {
        continued: String::new(),
        caption: "Table 1  Deliveries".to_owned(),
        columns: columns.map(|(n, head)| Column { head: (*head).to_owned(), numeric: n > 0 }).collect(),
        anchor: "deliveries".to_owned(),
        written: None,
        rows,
        notes: vec![vec![words("p: provisional")]],
    })];
    brief
}

/// Groups with these numbers of rows, each with its total.
fn grouped(language: Language, groups: usize, rows: usize) -> Brief {
    let (number, share, sum) = match language {
        Language::En => ("744,800\u{a0}p", "−8.25%", "1,489,600"),
        Language::De => ("744\u{202f}800\u{a0}p", "−8,25\u{a0}%", "1\u{202f}489\u{202f}600"),
        Language::Zh => ("74.48万\u{a0}p", "−8.25%", "148.96万"),
    };
    let mut all = Vec::new();
    for group in 0..groups {
        all.push(Row::Group(format!("Region {group} 地区")));
        for row in 0..rows {
            all.push(body(&[&format!("Market {row} 市场"), number, if row % 2 == 0 { share } else { "–" }]));
        }
        all.push(total(&["Together", sum, "+12%"]));
    }
    with(language, &["Market", "2024", "Change on 2023"], all)
}

fn pages(brief: &Brief) -> Pages {
    layout::lay_out(brief, &Theme::default()).unwrap_or_else(|problems| panic!("{problems}"))
}

/// Returns the words of a node's content and of the nodes below it.
fn said(pages: &Pages, node: usize) -> String {
    let mut text = String::new();
    for kid in &pages.nodes[node].kids {
        match kid {
            Kid::Node(child) => text.push_str(&said(pages, *child)),
            Kid::Content { page, mcid } => runs(pages, *page, *mcid).for_each(|run| {
                run.glyphs.iter().for_each(|glyph| text.push_str(&run.text[glyph.start..glyph.end]));
            }),
            Kid::Link { .. } => {}
        }
    }
    text
}

fn runs(pages: &Pages, page: usize, id: usize) -> impl Iterator<Item = &GlyphRun> {
    let items = pages.pages[page].items.iter();
    let from = items.skip_while(move |item| !matches!(item, Item::Content { mcid, .. } if *mcid == id)).skip(1);
    from.take_while(|item| !matches!(item, Item::Content { .. } | Item::Artifact { .. })).filter_map(
        |item| match item {
            Item::Text(run) => Some(run),
            _ => None,
        },
    )
}

/// The first content of a node or of the emphasised words in it: its page and its id there.
fn content(pages: &Pages, node: usize) -> (usize, usize) {
    match pages.nodes[node].kids.first() {
        Some(Kid::Content { page, mcid }) => (*page, *mcid),
        Some(Kid::Node(child)) => content(pages, *child),
        _ => panic!("no content"),
    }
}

fn first_run(pages: &Pages, node: usize) -> (usize, GlyphRun) {
    let (page, mcid) = content(pages, node);
    (page, runs(pages, page, mcid).next().unwrap().clone())
}

fn all(pages: &Pages, wanted: impl Fn(StructureType) -> bool) -> Vec<usize> {
    (0..pages.nodes.len()).filter(|node| wanted(pages.nodes[*node].kind)).collect()
}

/// Writes the tables into the folder `GREENBRIEF_PAGES`, to be looked at.
#[test]
fn writes_files_to_look_at() {
    let Some(folder) = std::env::var_os("GREENBRIEF_PAGES") else { return };
    for language in Language::ALL {
        let path = std::path::Path::new(&folder).join(format!("table-{language}.pdf"));
        std::fs::write(path, render(&grouped(language, 5, 9))).unwrap();
    }
}

#[test]
fn groups_and_totals_pass_the_validators() {
    for language in Language::ALL {
        let bytes = render(&grouped(language, 5, 9));
        crate::conforms(&super::lay_out(&grouped(language, 5, 9)), language.tag());
        let file = Document::load_mem(&bytes).unwrap();
        let heads = file.objects.values().filter_map(|object| object.as_dict().ok()).filter(|element| {
            let attributes = element.get(b"A").and_then(Object::as_dict);
            attributes.is_ok_and(|a| a.get(b"ColSpan").and_then(Object::as_i64).ok() == Some(3) && a.has(b"Scope"))
        });
        assert_eq!(heads.count(), 5);
    }
}

#[test]
fn the_head_of_a_group_is_never_last_on_a_page_and_a_total_never_first() {
    // Rows of every number, so that the page ends at every place of a group.
    for rows in 1..12 {
        let pages = pages(&grouped(Language::En, 100 / (rows + 2), rows));
        let rows_of = all(&pages, |kind| kind == StructureType::TR);
        let mut seen = Vec::new();
        for row in rows_of {
            let Some(Kid::Node(first)) = pages.nodes[row].kids.first() else { panic!("an empty row") };
            let (page, run) = first_run(&pages, *first);
            assert!(run.y < 841.89 - 58.0, "below the page");
            seen.push((
                page,
                matches!(pages.nodes[*first].kind, StructureType::THGroup(_)),
                run.text.contains("Together"),
            ));
        }
        assert!(pages.pages.len() > 1);
        for pair in seen.windows(2) {
            if pair[0].0 != pair[1].0 {
                assert!(!pair[0].1, "a group's head is last on its page, {rows} rows");
                assert!(!pair[1].2, "a total is first on its page, {rows} rows");
            }
        }
    }
}

#[test]
fn the_notes_stand_on_the_page_of_the_last_row() {
    // Rows of every number, so that the last of them comes to every place of a page.
    let mut lengths = std::collections::BTreeSet::new();
    for count in 20..64 {
        let rows = (0..count).map(|_| body(&["Market", "744,800"])).collect();
        let pages = pages(&with(Language::En, &["Market", "2024"], rows));
        let last = *all(&pages, |kind| kind == StructureType::TR).last().unwrap();
        let Some(Kid::Node(cell)) = pages.nodes[last].kids.first() else { panic!("an empty row") };
        let note = all(&pages, |kind| kind == StructureType::P)
            .into_iter()
            .find(|node| said(&pages, *node) == "p: provisional");
        assert_eq!(first_run(&pages, *cell).0, first_run(&pages, note.unwrap()).0, "{count} rows");
        lengths.insert(pages.pages.len());
    }
    assert!(lengths.len() > 1);
}

#[test]
fn a_group_that_goes_on_over_the_page_is_named_there_again() {
    let pages = pages(&grouped(Language::En, 1, 90));
    let again = pages.pages.iter().skip(1).filter(|page| {
        let mut pagination = false;
        page.items.iter().any(|item| {
            match item {
                Item::Artifact { pagination: is } => pagination = *is,
                Item::Content { .. } => pagination = false,
                Item::Text(run) if pagination && run.text.starts_with("Region 0") => return true,
                _ => {}
            }
            false
        })
    });
    assert_eq!((again.count(), pages.pages.len() > 2), (pages.pages.len() - 1, true));
    // It is read once.
    assert_eq!(all(&pages, |kind| matches!(kind, StructureType::THGroup(3))).len(), 1);
}

#[test]
fn decimal_marks_stand_under_each_other() {
    for (language, texts) in [
        (Language::En, ["744,800", "−3.4", "8.25\u{a0}p", "+12.5%", "1,234.567"]),
        (Language::De, ["744\u{202f}800", "−3,4", "8,25\u{a0}p", "+12,5\u{a0}%", "1.234,567"]),
        (Language::Zh, ["74万", "−3.4", "8.25\u{a0}p", "+12.5%", "1234.567万"]),
    ] {
        let mark = if language == Language::De { ',' } else { '.' };
        let rows = texts.iter().map(|text| body(&["x", text])).chain([total(&["sum", texts[4]])]).collect();
        let pages = pages(&with(language, &["Market", "2024"], rows));
        let mut marks: Vec<f32> = Vec::new();
        for node in all(&pages, |kind| kind == StructureType::TD) {
            let (page, mcid) = content(&pages, node);
            let text = said(&pages, node);
            // The mark, or for a whole number the place behind its last digit.
            let at = text.rfind(mark).unwrap_or_else(|| text.rfind(|c: char| c.is_ascii_digit()).unwrap() + 1);
            let mut end = 0.0;
            for run in runs(&pages, page, mcid) {
                let mut x = run.x;
                for glyph in &run.glyphs {
                    x += glyph.advance;
                    if glyph.end <= at {
                        end = x;
                    }
                }
            }
            marks.push(end);
        }
        assert_eq!(marks.len(), 6);
        assert!(marks.iter().all(|at| (at - marks[0]).abs() < 0.05), "{language}: {marks:?}");
    }
}

#[test]
fn tables_of_every_shape_are_set() {
    let heads: Vec<String> = (0..12).map(|n| format!("{}", 2014 + n)).collect();
    let heads: Vec<&str> = std::iter::once("Market").chain(heads.iter().map(String::as_str)).collect();
    for rows in [
        vec![],
        vec![Row::Body(vec![])],
        vec![Row::Group(String::new())],
        vec![Row::Group("a".into()), Row::Group("b".into()), body(&["x"]), total(&[])],
        vec![Row::Group("long ".repeat(3000)), body(&["x", "1"]), total(&["y", "1"])],
        (0..200).map(|_| total(&["x", "1"])).collect(),
        (0..200).map(|n| Row::Group(n.to_string())).collect(),
    ] {
        assert_eq!(lint(&render(&with(Language::De, &heads, rows))), []);
    }
    assert_eq!(lint(&render(&with(Language::En, &["Market"], vec![body(&["x", "one cell too many"])]))), []);
    assert_eq!(lint(&render(&with(Language::En, &[], vec![body(&["x"])]))), []);
}

#[test]
fn forty_columns_are_refused_with_a_remedy() {
    let heads: Vec<String> = (0..40).map(|n| (1986 + n).to_string()).collect();
    let heads: Vec<&str> = std::iter::once("Market").chain(heads.iter().map(String::as_str)).collect();
    let brief = with(Language::En, &heads, vec![body(&["China", "1,000"])]);
    let text = layout::lay_out(&brief, &Theme::default()).unwrap_err().to_string();
    let hint = "\n   = hint: it is 277 mm too wide: leave out the columns 1986 to 2011, or shorten the heads\n";
    assert!(text.starts_with("error: the table “Table 1  Deliveries” is too wide for the page\n"), "{text}");
    assert!(text.contains(hint), "{text}");
}

#[test]
fn thousands_of_rows_stand_on_their_pages_in_order() {
    let rows = (0..1500).map(|n| body(&[&n.to_string(), "744,800", "8.25"])).collect();
    let pages = pages(&with(Language::En, &["Row", "2024", "Share"], rows));
    let heads = all(&pages, |kind| kind == StructureType::THRow);
    assert_eq!(heads.len(), 1500);
    let mut before = (0, 0.0);
    for (n, node) in heads.into_iter().enumerate() {
        let (page, run) = first_run(&pages, node);
        assert!((page, run.y) > before, "row {n}");
        assert_eq!(&*run.text, n.to_string());
        before = (page, run.y);
    }
    assert!(pages.pages.len() > 25);
}
