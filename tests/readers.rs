//! The PDFs through other people's eyes: qpdf's syntax check, poppler's text and structure.

use std::{fs, path::PathBuf, process::Command};

use greenbrief::language::Language;

fn tool(name: &str, words: &[&str], language: Language) -> String {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("brief.pdf");
    fs::write(&path, crate::pdf(language)).unwrap();
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
        (Language::En, ["744,800", "8.1%", "Willingness to invest more"]),
        (Language::De, ["744.800", "8,1", "Auslieferungen"]),
        (Language::Zh, ["74.48万", "8.1%", "宁德时代"]),
    ] {
        let text = tool("pdftotext", &["-raw", "FILE", "-"], language);
        for words in wanted {
            assert!(text.contains(words), "{language}: {words}\n{text}");
        }
        assert!(!text.contains('\u{fffd}'), "{language}");
    }
    // The space beside Chinese is no character, in whatever order the text is read.
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
        let found = tool("pdfinfo", &["-struct-text", "FILE"], language);
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
