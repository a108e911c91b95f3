//! The PDF itself: valid by an independent checker, tagged without gaps, the same bytes again, and a missing character
//! said by name.

use std::collections::{BTreeMap, BTreeSet};

use greenbrief::{
    brief::{Block, Emphasis, Inline, Style},
    language::Language,
    layout, pdf,
};
use lopdf::{Document, Object};

use crate::{frame, snapshot, template};

#[test]
fn the_same_inputs_give_the_same_bytes() {
    for language in Language::ALL {
        assert_eq!(crate::pdf(language), crate::pdf(language), "{language}");
    }
}

#[test]
fn the_files_are_small_and_short() {
    for (language, most) in [(Language::En, 120_000), (Language::De, 120_000), (Language::Zh, 250_000)] {
        let bytes = crate::pdf(language);
        let pages = Document::load_mem(&bytes).unwrap().get_pages().len();
        assert!(bytes.len() < most && (3..=6).contains(&pages), "{language}: {} bytes, {pages} pages", bytes.len());
    }
}

#[test]
fn every_mark_has_its_place_in_the_structure_and_every_link_its_object() {
    for language in Language::ALL {
        let file = Document::load_mem(&crate::pdf(language)).unwrap();
        let catalog = file.catalog().unwrap();
        let root = file.get_dictionary(catalog.get(b"StructTreeRoot").unwrap().as_reference().unwrap()).unwrap();
        let tree = file.get_dictionary(root.get(b"ParentTree").unwrap().as_reference().unwrap()).unwrap();
        let numbers = tree.get(b"Nums").unwrap().as_array().unwrap();
        let parents: BTreeMap<i64, &Object> =
            numbers.chunks(2).map(|pair| (pair[0].as_i64().unwrap(), &pair[1])).collect();
        let mut kinds = BTreeSet::new();
        let mut leaves: BTreeSet<(lopdf::ObjectId, i64)> = BTreeSet::new();
        let mut links = 0;
        for object in file.objects.values() {
            let Ok(element) = object.as_dict() else { continue };
            if element.get(b"Type").and_then(Object::as_name).ok() != Some(b"StructElem") {
                continue;
            }
            let kind = String::from_utf8_lossy(element.get(b"S").unwrap().as_name().unwrap()).into_owned();
            if kind == "Figure" {
                assert!(element.get(b"Alt").is_ok(), "{language}: a figure without Alt");
            }
            let kids = match element.get(b"K") {
                Ok(Object::Array(kids)) => kids.clone(),
                Ok(other) => vec![other.clone()],
                Err(_) => vec![],
            };
            let mut objects = 0;
            for kid in kids {
                match kid {
                    Object::Integer(mcid) => {
                        assert!(leaves.insert((element.get(b"Pg").unwrap().as_reference().unwrap(), mcid)), "twice")
                    }
                    Object::Dictionary(kid) if kid.get(b"MCID").is_ok() => {
                        assert!(leaves.insert((
                            kid.get(b"Pg").unwrap().as_reference().unwrap(),
                            kid.get(b"MCID").unwrap().as_i64().unwrap()
                        )));
                    }
                    Object::Dictionary(kid) if kid.get(b"Obj").is_ok() => objects += 1,
                    _ => {}
                }
            }
            if kind == "Link" {
                assert!(objects >= 1, "{language}: a Link element without its annotation");
                links += objects;
            }
            kinds.insert(kind);
        }
        for kind in
            ["Document", "H1", "H2", "P", "L", "LI", "Table", "Caption", "THead", "TR", "TH", "TD", "Figure", "Link"]
        {
            assert!(kinds.contains(kind), "{language}: no {kind}");
        }
        let mut marks = 0;
        let mut annotations = 0;
        for (number, id) in file.get_pages() {
            let page = file.get_dictionary(id).unwrap();
            let key = page.get(b"StructParents").unwrap().as_i64().unwrap();
            assert_eq!(key, i64::from(number) - 1);
            let owners = file.get_object(parents[&key].as_reference().unwrap()).unwrap().as_array().unwrap();
            for (mcid, owner) in owners.iter().enumerate() {
                assert!(
                    owner.as_reference().is_ok() && leaves.contains(&(id, mcid as i64)),
                    "{language}: page {number}, {mcid}"
                );
            }
            marks += owners.len();
            annotations += page.get(b"Annots").and_then(Object::as_array).map_or(0, Vec::len);
        }
        assert_eq!(marks, leaves.len(), "{language}");
        assert_eq!(annotations, links, "{language}");
    }
}

#[test]
fn an_independent_checker_finds_nothing() {
    for language in Language::ALL {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("brief.pdf");
        std::fs::write(&path, crate::pdf(language)).unwrap();
        for profile in [page_validation::ValidationProfile::PdfUa1, page_validation::ValidationProfile::PdfA3a] {
            let options = page_validation::ValidationOptions::default().profile(profile);
            let report = page_validation::validate_pdf(&path, &options).unwrap();
            assert!(report.is_compliant, "{language}, {profile:?}: {report:?}");
        }
    }
}

#[test]
fn a_character_without_a_glyph_is_named_with_its_words() {
    let mut brief = template().fill(&snapshot(), Language::En, &frame()).unwrap().brief;
    let text = vec![Inline::Text { text: "A rare sign 𒀀 here".into(), emphasis: Emphasis::None }];
    brief.blocks.push(Block::Paragraph { style: Style::Body, text });
    let problems = layout::lay_out(&brief, &template().theme).unwrap_err().to_string();
    assert!(problems.contains("error: no shipped font has the character 𒀀 (U+12000)"), "{problems}");
    assert!(problems.contains("it stands in “A rare sign 𒀀 here”"), "{problems}");
}

#[test]
fn names_that_are_rare_print() {
    let mut brief = template().fill(&snapshot(), Language::Zh, &frame()).unwrap().brief;
    let text = vec![Inline::Text { text: "陶喆、黄堃".into(), emphasis: Emphasis::None }];
    brief.blocks.push(Block::Paragraph { style: Style::Body, text });
    pdf::write(&layout::lay_out(&brief, &template().theme).unwrap()).unwrap();
}
