//! The PDF itself: valid by an independent checker, tagged without gaps, the same bytes again, and a missing character
//! reported by its code.

use std::collections::BTreeSet;

use greenbrief::{
    base::language::Language,
    document::{
        brief::{Block, Emphasis, Inline, Style},
        layout, pdf,
    },
};
use lopdf::Document;

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
fn elements_of_all_kinds_are_there() {
    for language in Language::ALL {
        let file = Document::load_mem(&crate::pdf(language)).unwrap();
        let elements = file.objects.values().filter_map(|object| object.as_dict().ok()?.get(b"S").ok()?.as_name().ok());
        let kinds: BTreeSet<&[u8]> = elements.collect();
        for kind in
            ["Document", "H1", "H2", "P", "L", "LI", "Table", "Caption", "THead", "TR", "TH", "TD", "Figure", "Link"]
        {
            assert!(kinds.contains(kind.as_bytes()), "{language}: no {kind}");
        }
    }
}

#[test]
fn the_brief_conforms_to_what_it_claims() {
    for language in Language::ALL {
        crate::conforms(&crate::pages(language), language.tag());
    }
}

/// The brief as it is read aloud, from its title to the imprint: `tests/golden/spoken-LANGUAGE.txt`.
#[test]
fn it_reads_well_aloud() {
    for language in Language::ALL {
        let said = crate::lint::spoken(&crate::pdf(language)).unwrap();
        let golden =
            std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/golden/spoken-{language}.txt"));
        if std::env::var_os("GREENBRIEF_ACCEPT").is_some() {
            std::fs::write(&golden, &said).unwrap();
        }
        let wanted = std::fs::read_to_string(&golden).unwrap_or_default();
        let differs = wanted.lines().zip(said.lines()).find(|(a, b)| a != b);
        assert!(wanted == said, "{language}: {differs:?}");
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
