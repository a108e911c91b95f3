//! Text as it is copied out of a PDF: letters with their accents, joiners, addresses over several lines. Each paragraph must
//! be read as it was written, in composed form.

use greenbrief::{
    base::language::Language,
    document::{
        brief::{Block, Brief, Inline, Style, Theme},
        layout, pdf,
    },
};
use proptest::prelude::*;
use unicode_normalization::UnicodeNormalization;

use super::{is_format, read};
use crate::blocks::sample::{sample, words};

const ADDRESS: &str = "https://www.example.org/international/germany-partner-international_cooperation.html?page=2&view=international#top";

/// The text of a PDF with one paragraph of each text, read by poppler, without blanks and joiners, composed.
fn copied(texts: &[String], language: Language) -> String {
    let paragraph = |text: &String| Block::Paragraph { style: Style::Body, text: vec![words(text)] };
    copied_blocks(texts.iter().map(paragraph).collect(), language)
}

fn copied_blocks(blocks: Vec<Block>, language: Language) -> String {
    let brief = Brief { blocks, ..sample(language) };
    let document = layout::lay_out(&brief, &Theme::default()).unwrap();
    squeezed(&read("pdftotext", &["-raw", "FILE", "-"], &pdf::write(&document).unwrap()))
}

fn squeezed(text: &str) -> String {
    text.chars()
        .filter(|c| !c.is_whitespace() && !is_format(*c) && !matches!(c, '\u{200c}' | '\u{200d}'))
        .nfc()
        .collect()
}

#[test]
fn accents_are_copied_with_their_letters_and_nothing_else() {
    for language in Language::ALL {
        let texts =
            ["Cafe\u{301} in Zu\u{308}rich", "n\u{308} x\u{302} \u{1e24}ama", "电动\u{200d}汽车"].map(str::to_owned);
        let text = copied(&texts, language);
        for wanted in ["CaféinZürich", "n\u{308}x\u{302}\u{1e24}ama", "电动汽车"] {
            assert!(text.contains(wanted), "{language}: {wanted} in {text}");
        }
    }
    // Beyond what `squeezed` forgives: not a single joiner, and a composed letter is one character.
    let brief = Brief {
        blocks: vec![Block::Paragraph {
            style: Style::Body,
            text: vec![words("Cafe\u{301} n\u{308} \u{1e24}ama Ende")],
        }],
        ..sample(Language::De)
    };
    let bytes = pdf::write(&layout::lay_out(&brief, &Theme::default()).unwrap()).unwrap();
    let raw = read("pdftotext", &["-raw", "FILE", "-"], &bytes);
    assert!(raw.contains("Café n\u{308} \u{1e24}ama Ende") && !raw.contains(is_format), "{raw:?}");
}

#[test]
fn an_address_over_several_lines_is_copied_without_a_hyphen() {
    for language in Language::ALL {
        let link = Inline::Link { text: ADDRESS.to_owned(), url: ADDRESS.to_owned() };
        let before = ["Siehe", "Siehe dazu auch die Seite der", "Und weitere Angaben über die Zusammenarbeit"];
        let blocks = before.map(|before| Block::Paragraph {
            style: Style::Body,
            text: vec![words(&format!("{before} ")), link.clone(), words(".")],
        });
        let text = copied_blocks(blocks.into(), language);
        assert_eq!(text.matches(ADDRESS).count(), 3, "{language}: {text}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    /// Forty paragraphs a case: letters of Latin, Greek and Cyrillic with marks that stand on them.
    #[test]
    fn every_cluster_is_copied_as_it_was_written(
        texts in prop::collection::vec("([aeioxyzAEIOαωжя7动电汽车喆][\u{300}\u{301}\u{302}\u{308}\u{30c}\u{323}]{0,2}[\u{200c}\u{200d}]?[ ]?){1,12}", 40),
    ) {
        let is_han = |c: char| ('\u{4e00}'..'\u{a000}').contains(&c);
        let mark = |c: char| ('\u{300}'..'\u{370}').contains(&c);
        // No font has a Han character with an accent: that is refused, and tested elsewhere.
        let texts: Vec<String> = texts
            .iter()
            .map(|text| {
                let mut before = ' ';
                let keep = |c: &char| {
                    let keep = !(mark(*c) && is_han(before));
                    before = if mark(*c) { before } else { *c };
                    keep
                };
                format!("Q{}Q", text.chars().filter(keep).collect::<String>().trim())
            })
            .collect();
        for language in Language::ALL {
            let text = copied(&texts, language);
            for wanted in &texts {
                prop_assert!(text.contains(&squeezed(wanted)), "{}: {:?} in {:?}", language, wanted, text);
            }
        }
    }
}
