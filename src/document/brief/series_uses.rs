//! Where the files of a template name a series: in the texts, and in the blocks that a text shows. Nothing is rendered, so
//! that a template with mistakes is searched too.

use std::{collections::BTreeMap, ops::Range};

use serde::Serialize;
use toml::de::{DeTable, DeValue};

use super::markdown;
use crate::{
    base::{language::Language, problem::Source},
    figures::SeriesId,
};

/// The file whose blocks all languages share.
const BLOCKS: &str = "blocks.toml";

/// A place of a template that names a series.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SeriesUse {
    /// The file's name.
    pub file: String,
    /// Its line, from 1.
    pub line: usize,
    /// The block of `blocks.toml` that shows the series.
    pub block: Option<String>,
    /// The languages that read it; none if no text shows the block.
    pub languages: Vec<Language>,
}

/// Every line of a template's files that names `series`, in the order of the files' names and lines.
pub fn series_uses(files: &BTreeMap<String, Vec<u8>>, series: &SeriesId) -> Vec<SeriesUse> {
    let mut uses = Vec::new();
    for (name, bytes) in files {
        let text = String::from_utf8_lossy(bytes);
        let source = Source::new(name.clone(), &*text);
        if name == BLOCKS {
            for (block, span) in blocks_of(&text, series) {
                let languages = languages_that_show(&block, files);
                let line = source.place(span).line;
                uses.push(SeriesUse { file: name.clone(), line, block: Some(block), languages });
            }
        } else if let Some(language) = language_of(name) {
            for (at, _) in words(&text, series.as_str()) {
                let line = source.place(at..at).line;
                uses.push(SeriesUse { file: name.clone(), line, block: None, languages: vec![language] });
            }
        }
    }
    uses.sort_by(|a, b| (&a.file, a.line).cmp(&(&b.file, b.line)));
    uses.dedup();
    uses
}

/// The language of a text, `en.md` or `mail.en.md`.
fn language_of(file: &str) -> Option<Language> {
    file.strip_suffix(".md").map(|stem| stem.strip_prefix("mail.").unwrap_or(stem))?.parse().ok()
}

/// Where `word` stands and is not a part of a longer id.
fn words<'a>(text: &'a str, word: &'a str) -> impl Iterator<Item = (usize, &'a str)> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    text.match_indices(word).filter(move |(at, found)| {
        let before = text.get(..*at).and_then(|before| before.chars().next_back());
        let after = text.get(at + found.len()..).and_then(|after| after.chars().next());
        !before.is_some_and(is_part) && !after.is_some_and(is_part)
    })
}

/// The blocks whose values name the series, with the bytes of each such value.
fn blocks_of(text: &str, series: &SeriesId) -> Vec<(String, Range<usize>)> {
    let (document, _) = DeTable::parse_recoverable(text);
    let mut found = Vec::new();
    for (block, value) in document.get_ref() {
        let mut spans = Vec::new();
        named(value.get_ref(), value.span(), series.as_str(), &mut spans);
        found.extend(spans.into_iter().map(|span| (block.get_ref().to_string(), span)));
    }
    found
}

fn named(value: &DeValue<'_>, span: Range<usize>, series: &str, spans: &mut Vec<Range<usize>>) {
    match value {
        DeValue::String(text) if **text == *series => spans.push(span),
        DeValue::Array(values) => {
            for value in values {
                named(value.get_ref(), value.span(), series, spans);
            }
        }
        DeValue::Table(table) => {
            for value in table.values() {
                named(value.get_ref(), value.span(), series, spans);
            }
        }
        _ => {}
    }
}

/// The languages in whose text a fence names the block.
fn languages_that_show(block: &str, files: &BTreeMap<String, Vec<u8>>) -> Vec<Language> {
    let shows = |language: &Language| {
        let text = files.get(&format!("{language}.md")).map(|bytes| String::from_utf8_lossy(bytes));
        let fences = text.map_or_else(Vec::new, |text| markdown::fences(&text));
        fences.iter().any(|info| info.split_whitespace().nth(1) == Some(block))
    };
    Language::ALL.into_iter().filter(shows).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_series_is_found_in_texts_and_in_the_blocks_that_they_show() {
        let file = |name: &str, text: &str| (name.to_owned(), text.as_bytes().to_vec());
        let files: BTreeMap<_, _> = [
            file("blocks.toml", "[a]\nkind = \"chart\"\nseries = [\"x\", \"x_y\"]\n\n[[b.row]]\nseries = \"x\"\n"),
            file("de.md", "Text {{ fig(\"x_y\", \"2024\") }}\n"),
            file("en.md", "+++\n+++\n{{ latest(\"x\") }}\n\n```chart a\nnames.x = \"X\"\n```\n"),
            file("mail.en.md", "{{ latest('x') }} and {{ latest('x') }}\n"),
        ]
        .into();
        let found: Vec<String> = series_uses(&files, &SeriesId::new("x").unwrap())
            .iter()
            .map(|it| format!("{}:{} {:?} {:?}", it.file, it.line, it.block, it.languages))
            .collect();
        assert_eq!(
            found,
            [
                "blocks.toml:3 Some(\"a\") [En]",
                "blocks.toml:6 Some(\"b\") []",
                "en.md:3 None [En]",
                "en.md:6 None [En]",
                "mail.en.md:1 None [En]",
            ]
        );
    }
}
