//! The PDFs through other people's eyes: qpdf's syntax check, the text as poppler, pdfium and pdf.js read it, poppler's
//! structure.

mod copied;

use std::{fs, iter::Peekable, path::PathBuf, process::Command};

use greenbrief::{
    base::language::Language,
    document::{
        brief::{Block, Inline},
        layout::document::{Item, Page},
    },
};

use crate::{frame, snapshot, template};

fn tool(name: &str, words: &[&str], language: Language) -> String {
    read(name, words, &crate::pdf(language))
}

/// What a program says of a PDF; `FILE` stands for its path.
fn read(name: &str, words: &[&str], pdf: &[u8]) -> String {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("brief.pdf");
    fs::write(&path, pdf).unwrap();
    let words: Vec<&str> =
        words.iter().map(|word| if *word == "FILE" { path.to_str().unwrap() } else { word }).collect();
    let done = Command::new(name).args(words).output().unwrap();
    assert!(done.status.success(), "{name}: {}", String::from_utf8_lossy(&done.stderr));
    String::from_utf8(done.stdout).unwrap()
}

#[test]
fn qpdf_finds_no_fault() {
    for language in Language::ALL {
        assert!(tool("qpdf", &["--check", "FILE"], language).contains("No syntax or stream encoding errors found"));
    }
}

#[test]
fn text_copies_out_right() {
    for (language, wanted) in [
        (Language::En, ["744,800", "8.1%", "The share that plans to invest more"]),
        (Language::De, ["744.800", "8,1", "Auslieferungen"]),
        (Language::Zh, ["74.48万", "8.1%", "宁德时代"]),
    ] {
        let text = tool("pdftotext", &["-raw", "FILE", "-"], language);
        for words in wanted {
            assert!(text.contains(words), "{language}: {words}\n{text}");
        }
    }
}

/// poppler, Chrome's reader and Firefox's read what was laid out, every word of it and nothing else, page by page.
#[test]
fn three_readers_give_the_same_text() {
    let readers = std::env::var("GREENBRIEF_TEST_READERS").expect("`scripts/test` installs the readers and sets this");
    let here = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/readers");
    let (python, pdfium, pdfjs) = (format!("{readers}/bin/python"), here.join("pdfium.py"), here.join("pdfjs.mjs"));
    for language in Language::ALL {
        let filled = template().fill(&snapshot(), language, &frame()).unwrap();
        let document = greenbrief::document::layout::lay_out(&filled.brief, &template().theme).unwrap();
        for (name, program, words) in [
            ("poppler", "pdftotext", vec!["-raw", "FILE", "-"]),
            ("pdfium", &python, vec![pdfium.to_str().unwrap(), "FILE"]),
            ("pdf.js", "node", vec![pdfjs.to_str().unwrap(), "FILE"]),
        ] {
            let text = tool(program, &words, language);
            let pages: Vec<&str> = text.split_terminator('\u{c}').collect();
            assert_eq!(pages.len(), document.pages.len(), "{name}, {language}");
            for (number, (page, read)) in (1..).zip(document.pages.iter().zip(pages)) {
                if let Err(differs) = same(page, read) {
                    panic!("{name}, {language}, page {number}: {differs}");
                }
            }
        }
    }
}

/// What is left out of every text that is compared. A soft hyphen at a line's end is one character that a reader shows
/// (poppler), leaves out with all format characters (pdf.js) or tells as U+FFFE (pdfium); joiners are no text.
fn is_format(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{200b}' | '\u{2060}')
}

/// Whether a page reads as it was laid out.
///
/// A PDF has no lines and no blanks but those that are glyphs: between two runs a reader guesses from the gap whether to
/// put one, and guesses differently (pdfium puts one behind a raised number, before a full stop). So blanks are free
/// between runs and count within them; which blank it is (U+00A0, U+202F) does not.
fn same(page: &Page, read: &str) -> Result<(), String> {
    let mut rest = read.chars().filter(|c| !is_format(*c)).peekable();
    for item in &page.items {
        let Item::Text(run) = item else { continue };
        let text: String = run.glyphs.iter().filter_map(|glyph| run.text.get(glyph.start..glyph.end)).collect();
        let blanks = |rest: &mut Peekable<_>| while rest.next_if(|c: &char| c.is_whitespace()).is_some() {};
        blanks(&mut rest);
        // Where the run has blanks between words, there is at least one.
        for (number, word) in text.split_whitespace().enumerate() {
            if number > 0 && rest.next_if(|c| c.is_whitespace()).is_none() {
                return Err(format!("a blank is missing in “{text}”, before {word}"));
            }
            blanks(&mut rest);
            for c in word.chars().filter(|c| !is_format(*c)) {
                // pdfium says U+FFFE for any hyphen at a line's end after which the word goes on, soft or not.
                if rest.next_if(|read| *read == c || (*read == '\u{fffe}' && c == '-')).is_none() {
                    let found: String = rest.take(20).collect();
                    return Err(format!("“{text}” should be there with {c:?}, but what follows is {found:?}"));
                }
            }
        }
        if run.hyphen {
            let _ = rest.next_if(|read| *read == '\u{fffe}');
        }
    }
    let left: String = rest.filter(|c| !c.is_whitespace()).collect();
    if left.is_empty() { Ok(()) } else { Err(format!("{left:?} is read, but was not laid out")) }
}

/// What is laid out is the brief: every stretch of its prose stands in the pages.
#[test]
fn the_pages_say_what_the_brief_says() {
    for language in Language::ALL {
        let brief = template().fill(&snapshot(), language, &frame()).unwrap().brief;
        let document = greenbrief::document::layout::lay_out(&brief, &template().theme).unwrap();
        let squeezed = |text: &str| text.chars().filter(|c| !c.is_whitespace() && !is_format(*c)).collect::<String>();
        let all = squeezed(&document.pages.iter().map(tagged).collect::<String>());
        let mut prose = vec![brief.headline.as_str()];
        for block in &brief.blocks {
            match block {
                Block::Heading { text, .. } | Block::Paragraph { text, .. } => {
                    prose.extend(text.iter().filter_map(words))
                }
                Block::List { items, .. } => prose.extend(items.iter().flat_map(|item| &item.text).filter_map(words)),
                Block::Table(table) => prose.push(&table.caption),
                Block::Chart(chart) => prose.push(&chart.title),
                _ => {}
            }
        }
        assert!(prose.len() > 40, "{language}: {}", prose.len());
        for text in prose {
            assert!(all.contains(&squeezed(text)), "{language}: {text}\n{all}");
        }
    }
}

/// What a page says, without what it repeats.
fn tagged(page: &Page) -> String {
    let (mut text, mut artifact) = (String::new(), true);
    for item in &page.items {
        match item {
            Item::Content { .. } => artifact = false,
            Item::Artifact { .. } => artifact = true,
            Item::Text(run) if !run.hyphen && !artifact => {
                text.extend(run.glyphs.iter().filter_map(|g| run.text.get(g.start..g.end)))
            }
            _ => {}
        }
    }
    text
}

fn words(inline: &Inline) -> Option<&str> {
    match inline {
        Inline::Text { text, .. } | Inline::Link { text, .. } => Some(text),
        _ => None,
    }
}

#[test]
fn the_space_beside_chinese_is_no_character() {
    // In whatever order the text is read.
    for order in ["-raw", "-layout"] {
        let text = tool("pdftotext", &[order, "FILE", "-"], Language::Zh);
        for words in ["2024年", "74.48万", "第12期"] {
            assert!(text.contains(words), "{order}: {words}\n{text}");
        }
    }
}

/// The structure with its text: read the difference before accepting it with `GREENBRIEF_ACCEPT=1`.
#[test]
fn the_structure_is_the_golden_one() {
    for language in Language::ALL {
        // Which number an annotation has does not matter.
        let found: String = tool("pdfinfo", &["-struct-text", "FILE"], language)
            .lines()
            .map(|line| {
                line.split_once("Object ").map_or(line.to_owned(), |(before, _)| format!("{before}Object")) + "\n"
            })
            .collect();
        let golden = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("tests/golden/structure-{language}.txt"));
        if std::env::var_os("GREENBRIEF_ACCEPT").is_some() {
            fs::create_dir_all(golden.parent().unwrap()).unwrap();
            fs::write(&golden, &found).unwrap();
        }
        let wanted = fs::read_to_string(&golden).unwrap();
        let differs = wanted.lines().zip(found.lines()).find(|(a, b)| a != b);
        assert!(wanted == found, "{language}: {differs:?}");
    }
}
