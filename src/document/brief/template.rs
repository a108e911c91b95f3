//! A template folder: its files, read and checked as far as that needs no figures. Filling it is in `filled`.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::Read,
    path::Path,
};

use super::{Theme, block_keys, characters, move_words::MoveWords, picture};
use crate::base::{
    bounded_file::{self, Unread},
    language::Language,
    problem::{Problem, Problems, Source},
    toml_limits,
};

/// The files of a template folder as they were read. An edition keeps them, so that it can be built again.
#[derive(Debug, Clone, PartialEq)]
pub struct Template {
    /// The folder's path, for messages.
    pub folder: String,
    /// The bytes of each file, by its name.
    pub files: BTreeMap<String, Vec<u8>>,
    /// Colours, sizes and fonts.
    pub theme: Theme,
    /// `blocks.toml`
    pub(super) blocks: toml::Table,
    /// `words.toml`
    pub(super) words: MoveWords,
}

/// Maximum size of a text of a template, in bytes, as it is written and as it is rendered: seventy pages of words, or four
/// thousand rows. Whatever it holds, a check then needs less than 200 MB.
pub(super) const LARGEST_TEXT: u64 = 192 << 10;
/// The byte order mark of UTF-8, which Windows writes before a text. It means nothing, and is no part of the text.
const BYTE_ORDER_MARK: char = '\u{feff}';

/// The file of the theme. A template without one has the default theme, which is the shipped one.
const THEME: &str = "theme.toml";
/// The file with a template's own words for changes.
const WORDS: &str = "words.toml";

impl Template {
    /// Reads a folder.
    ///
    /// # Errors
    /// Every file that is missing or cannot be read; else as [`Template::from_files`].
    pub fn load(folder: &Path, languages: &[Language]) -> Result<Template, Problems> {
        let mut files = BTreeMap::new();
        let mut problems = Problems::new();
        let shown = folder.display().to_string();
        let names = languages
            .iter()
            .flat_map(|l| [format!("{l}.md"), format!("mail.{l}.md")])
            .chain(["blocks.toml".to_owned()]);
        for name in names {
            match bounded_file::read(&folder.join(&name), LARGEST_TEXT) {
                Ok(bytes) => {
                    files.insert(name, bytes);
                }
                Err(Unread::Broken(error)) => problems.push(
                    Problem::error(format!("the template has no {name} ({error})"))
                        .hint(format!("it belongs into {shown}: one file for each language of the brief")),
                ),
                Err(unread) => problems.push(refused(&format!("{shown}/{name}"), &unread)),
            }
        }
        for name in [THEME, WORDS] {
            match bounded_file::read(&folder.join(name), LARGEST_TEXT) {
                Ok(bytes) => drop(files.insert(name.to_owned(), bytes)),
                Err(unread) if unread.is_missing() => {}
                Err(unread) => problems.push(refused(&format!("{shown}/{name}"), &unread)),
            }
        }
        problems.into_result(())?;
        for (name, bytes) in pictures(folder, &files) {
            files.insert(name, bytes);
        }
        Template::from_files(&shown, files)
    }

    /// Every word of its texts and blocks that may be the id of a series.
    pub fn words(&self) -> BTreeSet<&str> {
        let texts = self.files.iter().filter(|(name, _)| name.ends_with(".md") || name.ends_with(".toml"));
        let texts = texts.filter_map(|(_, bytes)| std::str::from_utf8(bytes).ok());
        let is_part = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        texts.flat_map(|text| text.split(move |c| !is_part(c))).filter(|word| !word.is_empty()).collect()
    }

    /// Reads files in memory; `folder` names them in messages.
    ///
    /// # Errors
    /// Files that are not UTF-8, a theme with a mistake, and `blocks.toml` if it is not TOML.
    pub fn from_files(folder: &str, files: BTreeMap<String, Vec<u8>>) -> Result<Template, Problems> {
        let mut template = Template {
            folder: folder.to_owned(),
            files,
            theme: Theme::default(),
            blocks: toml::Table::new(),
            words: MoveWords::default(),
        };
        let mut problems = Problems::new();
        for (name, bytes) in template.files.iter().filter(|(name, _)| !name.ends_with(".png")) {
            match std::str::from_utf8(bytes) {
                Err(error) => {
                    problems.push(not_utf8(&format!("{folder}/{name}"), bytes, error.valid_up_to()));
                }
                // The other texts are checked when they are filled. What a theme says in words is checked with it.
                Ok(_) if name == THEME => problems.extend(characters::check_lost(&template.source(THEME))),
                Ok(_) if name == WORDS => problems.extend(characters::check(&template.source(WORDS))),
                Ok(_) => {}
            }
        }
        if template.files.contains_key(THEME) {
            match Theme::read(&template.source(THEME), &template.files) {
                Ok(theme) => template.theme = theme,
                Err(found) => problems.extend(found),
            }
        }
        if template.files.contains_key(WORDS) {
            match MoveWords::read(&template.source(WORDS)) {
                Ok(words) => template.words = words,
                Err(found) => problems.extend(found),
            }
        }
        let source = template.source("blocks.toml");
        let within = toml_limits::exceeded(source.text()).is_none();
        match within.then(|| source.text().parse()) {
            Some(Ok(blocks)) => template.blocks = blocks,
            _ => problems.extend(block_keys::check(&source)),
        }
        problems.into_result(template)
    }

    /// The text of the brief in a language, from which places are made.
    pub fn text(&self, language: Language) -> Source {
        self.source(&format!("{language}.md"))
    }

    /// The text of a file, empty if there is none, from which places are made.
    pub(super) fn source(&self, name: &str) -> Source {
        let text = self.files.get(name).map(|bytes| String::from_utf8_lossy(bytes).into_owned()).unwrap_or_default();
        let text = text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(&text);
        // Line ends of Windows have the same meaning.
        Source::new(format!("{}/{name}", self.folder), text.replace("\r\n", "\n"))
    }
}

/// The problem of a file that is not read.
fn refused(name: &str, unread: &Unread) -> Problem {
    let problem = Problem::error(format!("{name} {unread}"));
    match unread {
        Unread::TooLarge(_) => problem.hint("make several briefs of it, or look for what got into it by mistake"),
        _ => problem,
    }
}

/// The problem of a file that is written in another encoding, at its first byte that is not UTF-8.
fn not_utf8(name: &str, bytes: &[u8], at: usize) -> Problem {
    let source = Source::new(name, String::from_utf8_lossy(bytes).into_owned());
    let encoding = match bytes {
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => Some("UTF-16"),
        _ if bytes.contains(&0) => None,
        _ => Some("WINDOWS-1252"),
    };
    let problem = Problem::error("this file is not UTF-8").at(source.place(at..at + 1));
    let problem = problem.hint("save it as UTF-8: an editor offers that under “Save as” or “Encoding”");
    match encoding {
        Some(encoding) => problem.hint(format!(
            "or convert it, here from {encoding}: iconv -f {encoding} -t UTF-8 {name} > new.txt; look at it, and put it in its place"
        )),
        None => problem.hint("it holds bytes of zero: it may be no text at all"),
    }
}

/// The pictures of a folder that are named by one of its texts. A picture that is too large is read just far enough to be
/// refused.
fn pictures(folder: &Path, texts: &BTreeMap<String, Vec<u8>>) -> Vec<(String, Vec<u8>)> {
    let named = |name: &str| texts.values().any(|text| String::from_utf8_lossy(text).contains(name));
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let names = entries.filter_map(|entry| entry.file_name().into_string().ok());
    names
        .filter(|name| picture::is_picture(name) && named(name))
        .filter_map(|name| {
            let mut bytes = Vec::new();
            let file = std::fs::File::open(folder.join(&name)).ok()?;
            file.take(picture::MOST_BYTES as u64 + 1).read_to_end(&mut bytes).ok()?;
            Some((name, bytes))
        })
        .collect()
}
