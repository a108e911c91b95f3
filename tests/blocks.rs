//! Briefs as pages and as PDF: a brief with every block in three languages, read back as a validator, a screen reader
//! and a person who copies text would.

use greenbrief::{
    base::language::Language,
    document::{
        brief::{Block, Brief, Cell, Column, Direction, Inline, Milestone, Row, Style, Table, Theme, Tile, TileChange},
        layout::{self, document::Document},
        pdf,
    },
};
use proptest::prelude::*;

mod charts;
mod page_ends;
mod pages;
mod phrases;
pub mod sample;
mod tables;

use crate::lint::lint;
use sample::{LONG_DE, sample, words};
#[cfg(feature = "real-parts")]
use sample::{LONG_EN, LONG_ZH};

fn lay_out(brief: &Brief) -> Document {
    layout::lay_out(brief, &Theme::default()).unwrap_or_else(|problems| panic!("{problems}"))
}

fn render(brief: &Brief) -> Vec<u8> {
    pdf::write(&lay_out(brief)).unwrap()
}

/// Writes the sample briefs into the folder `GREENBRIEF_PAGES`, to be looked at.
#[test]
fn writes_files_to_look_at() {
    let Some(folder) = std::env::var_os("GREENBRIEF_PAGES") else { return };
    for language in Language::ALL {
        let path = std::path::Path::new(&folder).join(format!("sample-{language}.pdf"));
        std::fs::write(path, render(&sample(language))).unwrap();
    }
    pages::write_files(std::path::Path::new(&folder));
}

#[test]
fn the_validators_pass_every_language() {
    for language in Language::ALL {
        crate::conforms(&lay_out(&sample(language)), language.tag());
    }
}

#[test]
fn files_are_small_and_the_same_each_time() {
    for (language, limit) in [(Language::En, 120_000), (Language::De, 120_000), (Language::Zh, 250_000)] {
        let first = render(&sample(language));
        assert!(first.len() < limit, "{language}: {} bytes", first.len());
        // Another brief between them must leave no trace, and neither must another thread.
        render(&sample(Language::Zh));
        let second = std::thread::spawn(move || render(&sample(language))).join().unwrap();
        assert!(first == second, "{language} differs");
    }
}

#[test]
fn the_lint_finds_nothing() {
    for language in Language::ALL {
        assert_eq!(lint(&render(&sample(language))), [], "{language}");
    }
}

#[test]
fn characters_without_a_glyph_are_named_all_at_once() {
    let mut brief = sample(Language::En);
    brief.headline = "A rune \u{16a0} in the headline".to_owned();
    brief.blocks.push(Block::Paragraph { style: Style::Body, text: vec![words("and a hieroglyph \u{13000} here")] });
    let problems = layout::lay_out(&brief, &Theme::default()).unwrap_err();
    let text = problems.to_string();
    assert!(text.contains("no shipped font has the characters \u{16a0} (U+16A0), \u{13000} (U+13000)"), "{text}");
    assert!(text.contains("= hint: one of them stands in “A rune \u{16a0} in the headline”"), "{text}");
    assert_eq!(problems.0.len(), 1, "{text}");
}

#[test]
fn a_citation_without_its_source_is_a_problem() {
    let mut brief = sample(Language::En);
    brief.blocks =
        vec![Block::Paragraph { style: Style::Body, text: vec![words("Sales fell"), Inline::Cite(vec![1, 9])] }];
    let problems = layout::lay_out(&brief, &Theme::default()).unwrap_err();
    let text = "error: source 9 is cited, but the list has 3\n   = hint: it stands in “Sales fell”";
    assert_eq!(problems.to_string(), text);
}

#[test]
fn a_row_taller_than_a_page_and_an_endless_word_still_end() {
    let mut brief = sample(Language::De);
    let cell = |text: String| Cell { text, cites: vec![1], strong: false };
    brief.blocks.push(Block::Table(Table {
        continued: String::new(),
        caption: "Table 2".to_owned(),
        columns: [("a", false), ("b", false)].map(|(h, numeric)| Column { head: h.to_owned(), numeric }).to_vec(),
        anchor: "long".to_owned(),
        written: None,
        rows: vec![
            Row::Body(vec![cell(LONG_DE.repeat(40)), cell("Donau".repeat(300))]),
            Row::Body(vec![cell("x".into()), cell("y".into())]),
        ],
        notes: vec![],
    }));
    assert_eq!(lint(&render(&brief)), []);
}

#[test]
fn the_number_of_a_pull_figure_stands_on_one_line() {
    for value in ["92%", "EUR 251.8 billion", "251,8 Mrd. Euro", "EUR 1,251.8 billion net", "2518亿欧元"] {
        for unit in ["", "gross", "thousand metric tons of oil equivalent"] {
            let mut brief = sample(Language::En);
            let tile = Tile {
                label: "Goods traded".into(),
                value: value.into(),
                unit: unit.into(),
                change: None,
                spark: None,
            };
            brief.blocks = vec![Block::Tiles(vec![tile])];
            let document = layout::lay_out(&brief, &Theme::default()).unwrap();
            let runs = document.pages[0].items.iter().filter_map(|item| match item {
                layout::document::Item::Text(run) if run.text.replace('\u{2060}', "") == value => Some(run.y),
                _ => None,
            });
            let lines: Vec<f32> = runs.collect();
            assert!(!lines.is_empty() && lines.iter().all(|y| *y == lines[0]), "{value}: {lines:?}");
        }
    }
}

/// Found by [`any_text_is_set_or_refused`]: a glyph was drawn without text of its own.
#[test]
fn a_title_with_the_replacement_character_is_refused() {
    let told = "error: the character U+FFFD cannot stand in a text: it stands for one that was lost when the text was \
                read in a wrong encoding\n   = hint: it stands in “Gr\u{fffd}ne Wirtschaft”";
    for language in Language::ALL {
        let mut brief = sample(language);
        brief.title = "Gr\u{fffd}ne Wirtschaft".into();
        let problems = layout::lay_out(&brief, &Theme::default()).unwrap_err().to_string();
        assert!(problems.starts_with(told), "{language}: {problems}");
        let mut brief = sample(language);
        brief.headline = "\u{fffd}".into();
        assert!(layout::lay_out(&brief, &Theme::default()).is_err(), "{language}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Any text is laid out and written, or refused with problems.
    #[test]
    fn any_text_is_set_or_refused(
        texts in prop::collection::vec(prop_oneof!["[a-zA-ZäöüßÄfil \u{ad}\u{a0}\u{202f}\u{301}0-9中文喆，。（）\\[\\],.%−]{0,60}", ".{0,60}"], 6),
        n in 0usize..3,
    ) {
        let language = Language::ALL[n];
        let [a, b, c, d, e, f] = <[String; 6]>::try_from(texts).unwrap();
        let mut brief = sample(language);
        brief.headline = a.clone();
        brief.title = b.clone();
        brief.blocks = vec![
            Block::Heading { level: 2, text: vec![words(&c)] },
            Block::Paragraph {
                style: Style::Body,
                text: vec![words(&d), Inline::Link { text: e.clone(), url: format!("https://{f}") }, Inline::Cite(vec![1])],
            },
            Block::Tiles(vec![Tile { label: a, value: b.clone(), unit: c, change: Some(TileChange { direction: Direction::Up, text: d }), spark: None }]),
            Block::Timeline(vec![Milestone { date: e.clone(), text: f.clone(), cites: vec![] }]),
            Block::Table(Table {
                continued: String::new(),
                caption: b,
                columns: vec![Column { head: f.clone(), numeric: true }],
                anchor: String::new(),
                written: None,
                rows: vec![Row::Body(vec![Cell { text: e, cites: vec![], strong: true }])],
                notes: vec![],
            }),
        ];
        if let Ok(document) = layout::lay_out(&brief, &Theme::default()) {
            assert_eq!(lint(&pdf::write(&document).unwrap()), []);
        }
    }
}

#[cfg(feature = "real-parts")]
mod readers {
    use std::{path::Path, process::Command};

    use super::*;

    fn run(program: &str, arguments: &[&str], file: &Path) -> String {
        let mut command = Command::new(program);
        command.args(arguments).arg(file);
        if program == "pdftotext" {
            command.arg("-");
        }
        let output = command.output().unwrap_or_else(|error| panic!("{program}: {error}"));
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.status.success(), "{program}: {said}{}", String::from_utf8_lossy(&output.stderr));
        said
    }

    #[test]
    fn text_is_copied_as_it_was_written() {
        let folder = tempfile::tempdir().unwrap();
        for (language, long) in [(Language::En, LONG_EN), (Language::De, LONG_DE), (Language::Zh, LONG_ZH)] {
            let path = folder.path().join("brief.pdf");
            std::fs::write(&path, render(&sample(language))).unwrap();
            assert!(run("qpdf", &["--check"], &path).contains("No syntax or stream encoding errors"));
            let fonts = run("pdffonts", &[], &path);
            for font in fonts.lines().skip(2) {
                assert!(font.contains("yes yes yes"), "embedded, subset, with text: {font}");
            }
            let text = run("pdftotext", &["-raw"], &path);
            // Words broken with a soft hyphen at a line's end join again.
            let joined: String = text.replace("\u{ad}\n", "").replace("-\n", "").replace('\n', " ");
            let squeezed = |text: &str| text.split_whitespace().collect::<String>();
            assert!(squeezed(&joined).contains(&squeezed(long)), "{language}: {joined}");
            for word in ["fi office", "efficient flow", "喆堃", "Page 1 of"] {
                assert!(text.contains(word), "{language} lacks {word}: {text}");
            }
        }
    }

    #[test]
    fn a_screen_reader_meets_this_structure() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("brief.pdf");
        std::fs::write(&path, render(&sample(Language::En))).unwrap();
        let structure = run("pdfinfo", &["-struct-text"], &path);
        insta::with_settings!({ snapshot_path => "golden", prepend_module_to_snapshot => false, omit_expression => true }, {
            insta::assert_snapshot!("brief-structure", structure);
        });
    }
}
