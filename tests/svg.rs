//! Pages as SVG: read back by an XML parser, against the layout they were made from and the fonts themselves.

use std::collections::{BTreeMap, BTreeSet};

use greenbrief::{
    base::language::Language,
    document::{
        layout::{
            document::{Document, Item, Target},
            fonts::fonts,
            lay_out,
        },
        svg,
    },
};
use roxmltree::{Document as Xml, Node};
use skrifa::{FontRef, GlyphId, MetadataProvider};

use crate::{frame, snapshot, template};

fn document(language: Language) -> Document {
    let filled = template().fill(&snapshot(), language, &frame()).unwrap();
    lay_out(&filled.brief, &template().theme).unwrap()
}

fn elements<'a>(xml: &'a Xml<'a>, name: &'a str) -> impl Iterator<Item = Node<'a, 'a>> {
    xml.descendants().filter(move |node| node.has_tag_name(name))
}

/// Returns the number of glyphs that leave ink, for which the fonts have an outline.
fn inked(document: &Document, page: usize) -> usize {
    let fonts = fonts()
        .faces
        .iter()
        .map(|face| {
            FontRef::new(face.bytes)
                .unwrap()
                .glyph_metrics(skrifa::instance::Size::unscaled(), skrifa::instance::LocationRef::default())
        })
        .collect::<Vec<_>>();
    let runs = document.pages[page].items.iter().filter_map(|item| match item {
        Item::Text(run) => Some(run),
        _ => None,
    });
    runs.flat_map(|run| run.glyphs.iter().map(|glyph| (run.face, glyph.id)))
        .filter(|(face, id)| {
            let bounds = fonts[*face].bounds(GlyphId::from(*id)).unwrap_or_default();
            bounds.x_max > bounds.x_min
        })
        .count()
}

#[test]
fn every_glyph_of_the_layout_is_used_and_every_use_is_defined_once() {
    for language in Language::ALL {
        let document = document(language);
        assert!(document.pages.len() > 1);
        for page in 0..document.pages.len() {
            let text = svg::page(&document, page);
            assert_eq!(text, svg::page(&document, page));
            let xml = Xml::parse(&text).unwrap();
            let root = xml.root_element();
            assert_eq!((root.attribute("lang"), root.attribute("width")), (Some(language.tag()), Some("595.28")));
            let mut ids = BTreeSet::new();
            for node in xml.descendants() {
                let repeated = node.attribute("id").filter(|id| !ids.insert(*id));
                assert_eq!(repeated, None, "{language}, page {page}");
            }
            let uses: Vec<&str> = elements(&xml, "use").map(|node| &node.attribute("href").unwrap()[1..]).collect();
            assert_eq!(uses.len(), inked(&document, page), "{language}, page {page}");
            for used in uses {
                assert!(ids.contains(used), "{used}");
            }
            // Nothing that a page's policy would refuse, and nothing from elsewhere.
            assert!(!text.contains("<script") && !text.contains("style=") && !text.contains("url("));
        }
    }
}

#[test]
fn a_quick_page_draws_the_same_glyphs_at_the_same_places() {
    let document = document(Language::Zh);
    let text = svg::quick_page(&document, 1);
    let quick = Xml::parse(&text).unwrap();
    let text = svg::page(&document, 1);
    let page = Xml::parse(&text).unwrap();
    let runs = |xml: &Xml<'_>| -> Vec<String> {
        elements(xml, "g").filter_map(|node| node.attribute("transform").map(str::to_owned)).collect()
    };
    assert_eq!(runs(&quick), runs(&page));
    assert_eq!(elements(&quick, "use").count(), 0);
    let outlines: BTreeMap<&str, &str> =
        elements(&page, "path").filter_map(|node| Some((node.attribute("id")?, node.attribute("d")?))).collect();
    let groups = |xml| elements(xml, "g").filter(|node| node.attribute("transform").is_some());
    for (drawn, used) in groups(&quick).zip(groups(&page)) {
        let uses = used.children().filter(|node| node.has_tag_name("use"));
        let wanted: String = uses
            .map(|node| {
                format!("M{} 0{}", node.attribute("x").unwrap(), outlines[&node.attribute("href").unwrap()[1..]])
            })
            .collect();
        assert_eq!(drawn.first_element_child().unwrap().attribute("d"), Some(&*wanted));
    }
}

#[test]
fn the_words_lie_over_their_glyphs() {
    let document = document(Language::De);
    let text = svg::page(&document, 0);
    let xml = Xml::parse(&text).unwrap();
    let words: Vec<&str> = elements(&xml, "text").filter_map(|node| node.text()).collect();
    assert!(words.contains(&"Grüne Wirtschaft"), "{words:?}");
    assert!(words.iter().all(|words| !words.contains('\u{ad}')));
    // The words of a run begin where its first glyph stands.
    let place = |node: Node<'_, '_>| (node.attribute("x").unwrap().to_owned(), node.attribute("y").unwrap().to_owned());
    let title = elements(&xml, "text").find(|node| node.text() == Some("Grüne Wirtschaft")).unwrap();
    let (x, y) = place(title);
    let groups: Vec<&str> = elements(&xml, "g").filter_map(|node| node.attribute("transform")).collect();
    assert!(groups.iter().any(|matrix| matrix.ends_with(&format!(" {x} {y})"))), "{x} {y}\n{groups:?}");
}

#[test]
fn links_lead_where_the_layout_says() {
    let document = document(Language::En);
    let (mut links, mut entries) = (BTreeMap::new(), BTreeSet::new());
    for index in 0..document.pages.len() {
        let text = svg::page(&document, index);
        let xml = Xml::parse(&text).unwrap();
        for link in elements(&xml, "a") {
            assert!(!link.attribute("aria-label").unwrap_or_default().is_empty());
            *links.entry(link.attribute("href").unwrap().to_owned()).or_insert(0) += 1;
        }
        entries.extend(xml.descendants().filter_map(|node| Some(format!("#{}", node.attribute("id")?))));
    }
    let mut wanted = BTreeMap::new();
    for area in document.pages.iter().flat_map(|page| &page.links) {
        let place = match &area.target {
            Target::Url(url) => url.clone(),
            Target::Source(number) => format!("#source-{number}"),
            Target::Citation(number) => format!("#citation-{number}"),
            Target::Footnote(number) => format!("#footnote-{number}"),
            Target::FootnoteMark(number) => format!("#mark-{number}"),
            Target::Anchor(name) => format!("#block-{name}"),
            Target::Heading(number) => format!("#heading-{number}"),
        };
        *wanted.entry(place).or_insert(0) += 1;
    }
    assert_eq!(links, wanted);
    let inside: BTreeSet<String> = links.into_keys().filter(|place| place.starts_with('#')).collect();
    assert!(inside.len() > 5 && inside.is_subset(&entries), "{inside:?} {entries:?}");
}

#[test]
fn only_links_that_lead_out_are_followed() {
    let mut document = document(Language::En);
    let areas = document.pages.iter_mut().flat_map(|page| &mut page.links);
    areas.for_each(|area| area.target = Target::Url("JavaScript:alert(1)".to_owned()));
    assert!((0..document.pages.len()).all(|index| !svg::page(&document, index).contains("<a ")));
}

#[test]
fn a_crop_is_as_large_as_what_is_painted() {
    let mut document = document(Language::En);
    // One rectangle, and a line that repeats on every page.
    let rectangle = Item::Fill {
        points: vec![(100.0, 200.0), (150.0, 200.0), (150.0, 230.0), (100.0, 230.0)],
        color: [18, 67, 109],
    };
    let line =
        Item::Stroke { points: vec![(10.0, 10.0), (500.0, 10.0)], width: 1.0, dash: Some((2.0, 1.0)), color: [0; 3] };
    document.pages[0].items =
        vec![Item::Artifact { pagination: true }, line, Item::Artifact { pagination: false }, rectangle];
    document.pages[0].links.clear();
    let text = svg::crop(&document, 0, 5.0);
    assert!(text.contains("viewBox=\"95 195 60 40\""), "{text}");
    assert!(text.contains("<path d=\"M100 200L150 200L150 230L100 230Z\" fill=\"#12436d\"/>"), "{text}");
    assert!(!text.contains("stroke"), "{text}");
    let whole = svg::page(&document, 0);
    assert!(whole.contains("stroke-dasharray=\"2 1\"") && whole.contains("viewBox=\"0 0 595.28 841.89\""), "{whole}");
    // A page that does not exist is an empty sheet, not a fault.
    for text in [svg::page(&document, 99), svg::crop(&document, 99, 4.0)] {
        assert_eq!(elements(&Xml::parse(&text).unwrap(), "path").count(), 0);
    }
}

/// Writes pictures into the folder `GREENBRIEF_PAGES`, to be looked at.
#[test]
fn writes_pictures_to_look_at() {
    let Ok(folder) = std::env::var("GREENBRIEF_PAGES") else { return };
    for language in Language::ALL {
        let document = document(language);
        for page in 0..document.pages.len() {
            std::fs::write(format!("{folder}/page-{language}-{page}.svg"), svg::page(&document, page)).unwrap();
            std::fs::write(format!("{folder}/quick-{language}-{page}.svg"), svg::quick_page(&document, page)).unwrap();
            std::fs::write(format!("{folder}/crop-{language}-{page}.svg"), svg::crop(&document, page, 12.0)).unwrap();
        }
    }
}
