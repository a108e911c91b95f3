//! A brief of thirty pages in each language that uses every block, in one column and in two: the template in
//! `tests/cases/torture`, its part repeated so that each block comes to each place of a page.

use std::{collections::BTreeMap, fs, path::PathBuf};

use greenbrief::{
    base::language::Language,
    document::{
        brief::Template,
        layout::{self, document::Document},
        pdf,
    },
};

use crate::{frame, snapshot};

const PARTS: usize = 6;

/// The template with its part repeated; `@` in it is the part's number.
fn template(parts: usize, theme: &str) -> Template {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/cases/torture");
    let mut files = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        let text = fs::read_to_string(&path).unwrap();
        let numbered = |part: &str| {
            (1..=parts).fold(String::new(), |all, n| {
                all + &part
                    .replace(" {@}", &format!(" · [[{n}]]"))
                    .replace("{@}", &format!("（[[{n}]]）"))
                    .replace('@', &n.to_string())
            })
        };
        let text = match name.as_str() {
            "blocks.toml" => numbered(&text),
            "theme.toml" => format!("{text}{theme}"),
            _ => match text.split_once("%%%\n") {
                Some((head, part)) => format!("{head}{}", numbered(part)),
                None => text,
            },
        };
        files.insert(name, text.into_bytes());
    }
    Template::from_files("tests/cases/torture", files).unwrap_or_else(|problems| panic!("{problems}"))
}

fn laid_out(template: &Template, language: Language) -> Document {
    let problems = template.check(&snapshot(), &frame(), &[language]);
    assert!(problems.is_empty(), "{problems}");
    let filled = template.fill(&snapshot(), language, &frame()).unwrap();
    layout::lay_out(&filled.brief, &template.theme).unwrap_or_else(|problems| panic!("{problems}"))
}

/// Writes the files into the folder `GREENBRIEF_PAGES`, to be looked at and for `scripts/check-pdf`.
#[test]
fn thirty_pages_hold_every_block() {
    for (name, theme) in [("torture", ""), ("torture-columns", "\n[page]\ncolumns = 2\n")] {
        let template = template(PARTS, theme);
        for language in Language::ALL {
            let document = laid_out(&template, language);
            let bytes = pdf::write(&document).unwrap();
            if let Some(folder) = std::env::var_os("GREENBRIEF_PAGES") {
                fs::write(PathBuf::from(folder).join(format!("{name}-{language}.pdf")), &bytes).unwrap();
            }
            let pages = document.pages.len();
            assert!(pages >= 30 || !theme.is_empty(), "{name} {language}: {pages} pages");
        }
    }
}
