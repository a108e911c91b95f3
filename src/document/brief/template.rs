//! A template folder: its files, read and checked, and the filling of them from a snapshot in one language. How the
//! fenced blocks are filled is in `filling`; what expressions can say, in `expressions`.

use std::{
    collections::{BTreeMap, HashSet},
    io::Read,
    path::Path,
    sync::{Arc, Mutex},
};

use chrono::{DateTime, NaiveDate, Utc};

use super::{
    Brief, Imprint, Inline, Theme, characters, dates, definitions, expressions,
    expressions::{Gathered, Scope},
    filling::{self, Filler},
    literals, mail_text,
    markdown::{self, Medium},
    phrases, picture, rendered,
};
use crate::{
    base::{
        language::{Language, PerLanguage},
        problem::{Problem, Problems, Source},
    },
    figures::Snapshot,
};

/// The files of a template folder, by name, as they were read: an edition keeps them to be rebuilt.
#[derive(Debug, Clone, PartialEq)]
pub struct Template {
    /// The folder as people see it.
    pub folder: String,
    /// The files' bytes by name.
    pub files: BTreeMap<String, Vec<u8>>,
    /// What it looks like.
    pub theme: Theme,
    pub(super) blocks: toml::Table,
}

/// What stands around the figures: title, edition, date, imprint.
#[derive(Debug, Clone)]
pub struct Frame {
    /// The brief's name.
    pub title: PerLanguage<String>,
    /// The edition's number; `None` prints "Draft".
    pub edition: Option<i64>,
    /// The date printed.
    pub date: NaiveDate,
    /// When it is made.
    pub created: DateTime<Utc>,
    /// Lines of the imprint with their links.
    pub imprint: Vec<(String, Option<String>)>,
    /// The privacy page.
    pub privacy_url: Option<String>,
    /// Where to write to leave, a `mailto:` URL.
    pub unsubscribe: String,
}

/// A brief in one language with its mail.
#[derive(Debug, Clone, PartialEq)]
pub struct Filled {
    /// To be laid out.
    pub brief: Brief,
    /// To be sent.
    pub mail: MailText,
}

/// The mail of an edition in one language; the same for every recipient.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailText {
    /// One line.
    pub subject: String,
    /// `text/plain`
    pub text: String,
    /// `text/html`
    pub html: String,
}

/// The file that says what a brief looks like.
const THEME: &str = "theme.toml";

impl Template {
    /// Reads a folder.
    ///
    /// # Errors
    /// Every file that is missing or cannot be read.
    pub fn load(folder: &Path, languages: &[Language]) -> Result<Template, Problems> {
        let mut files = BTreeMap::new();
        let mut problems = Problems::new();
        let shown = folder.display().to_string();
        let names = languages
            .iter()
            .flat_map(|l| [format!("{l}.md"), format!("mail.{l}.md")])
            .chain(["blocks.toml".to_owned()]);
        for name in names {
            match std::fs::read(folder.join(&name)) {
                Ok(bytes) => {
                    files.insert(name, bytes);
                }
                Err(error) => problems.push(
                    Problem::error(format!("the template has no {name} ({error})"))
                        .hint(format!("it belongs into {shown}: one file for each language of the brief")),
                ),
            }
        }
        // A template without a theme of its own looks like the shipped one.
        match std::fs::read(folder.join(THEME)) {
            Ok(bytes) => {
                files.insert(THEME.to_owned(), bytes);
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => problems.push(Problem::error(format!("{shown}/{THEME} cannot be read: {error}"))),
        }
        problems.into_result(())?;
        for (name, bytes) in pictures(folder, &files) {
            files.insert(name, bytes);
        }
        Template::from_files(&shown, files)
    }

    /// The same from files in memory.
    ///
    /// # Errors
    /// Files that are not UTF-8, and `blocks.toml` if it is not TOML.
    pub fn from_files(folder: &str, files: BTreeMap<String, Vec<u8>>) -> Result<Template, Problems> {
        let mut template =
            Template { folder: folder.to_owned(), files, theme: Theme::default(), blocks: toml::Table::new() };
        let mut problems = Problems::new();
        for (name, bytes) in template.files.iter().filter(|(name, _)| !name.ends_with(".png")) {
            match std::str::from_utf8(bytes) {
                Err(error) => {
                    let source = Source::new(format!("{folder}/{name}"), String::from_utf8_lossy(bytes).into_owned());
                    let at = error.valid_up_to();
                    problems.push(Problem::error("this file is not UTF-8").at(source.place(at..at + 1)));
                }
                // The other texts are checked when they are filled.
                Ok(_) if name == THEME => problems.extend(characters::check(&template.source(THEME))),
                Ok(_) => {}
            }
        }
        if template.files.contains_key(THEME) {
            match Theme::read(&template.source(THEME), &template.files) {
                Ok(theme) => template.theme = theme,
                Err(found) => problems.extend(found),
            }
        }
        let source = template.source("blocks.toml");
        match source.text().parse() {
            Ok(blocks) => template.blocks = blocks,
            Err(_) => problems.extend(definitions::check(&source)),
        }
        problems.into_result(template)
    }

    /// A file as a source of places.
    pub(super) fn source(&self, name: &str) -> Source {
        let text = self.files.get(name).map(|bytes| String::from_utf8_lossy(bytes).into_owned()).unwrap_or_default();
        // Line ends as Windows writes them mean the same.
        Source::new(format!("{}/{name}", self.folder), text.replace("\r\n", "\n"))
    }

    /// Every problem of the template with these figures, in these languages.
    pub fn check(&self, snapshot: &Snapshot, frame: &Frame, languages: &[Language]) -> Problems {
        let mut problems = Problems::new();
        for language in languages {
            for name in [format!("{language}.md"), format!("mail.{language}.md")] {
                problems.extend(literals::check(&self.source(&name), *language));
            }
            if let Err(found) = self.fill(snapshot, *language, frame) {
                problems.extend(found);
            }
        }
        // What is wrong in blocks.toml is met in each language.
        let mut seen = HashSet::new();
        problems.0.retain(|problem| seen.insert(problem.to_string()));
        problems
            .0
            .sort_by_key(|problem| problem.place.as_ref().map(|place| (place.file.clone(), place.line, place.column)));
        problems
    }

    /// Fills the template.
    ///
    /// # Errors
    /// Every problem that is met.
    pub fn fill(&self, snapshot: &Snapshot, language: Language, frame: &Frame) -> Result<Filled, Problems> {
        let name = format!("{language}.md");
        let source = self.source(&name);
        let gathered = Arc::new(Mutex::new(Gathered::default()));
        let scope = Scope {
            snapshot: Arc::new(snapshot.clone()),
            language,
            german: self.theme.german_numbers,
            source: source.clone(),
            gathered: gathered.clone(),
        };
        let edition = match frame.edition {
            Some(number) => phrases::NUMBER.get(language).replace("{n}", &number.to_string()),
            None => (*phrases::DRAFT.get(language)).to_owned(),
        };
        let date = dates::day(frame.date, language);
        let title = frame.title.get(language).clone();
        let blocks_source = self.source("blocks.toml");
        let mail_source = self.source(&format!("mail.{language}.md"));
        let mut problems = definitions::check(&blocks_source);
        for source in [&blocks_source, &source, &mail_source] {
            problems.extend(characters::check(source));
        }
        let around = |scope: &Scope| {
            let words = |text: &str| scope.insert(text.to_owned(), Vec::new());
            minijinja::context! {
                brief => minijinja::context! {
                    title => words(&title),
                    edition => words(&edition),
                    date => words(&date),
                    number => words(&frame.edition.map_or(String::new(), |number| number.to_string())),
                },
                key_figures => expressions::KEY_FIGURES,
                imprint => expressions::IMPRINT,
                unsubscribe => words(&frame.unsubscribe),
            }
        };
        let (front, body) = rendered::read(&source, &scope, &around(&scope), &mut problems);
        scope.name_references(&filling::numbered(&body.text, language));
        let text = markdown::read(&body, &scope.gathered(), Medium::Brief, &mut problems);
        let mut filler = Filler::new(&scope, self, snapshot, &body);
        let blocks = filler.blocks(text.parts);
        let footnotes = filler.footnotes(text.footnotes);
        problems.extend(std::mem::take(&mut filler.problems));
        let key_figures = filler.key_figures();
        let sources = filler.sources();
        let text = |key: &str| {
            expressions::resolved(front.get(key).map_or("", String::as_str), &scope.gathered()).trim().to_owned()
        };
        let (headline, subject) = (text("headline"), text("subject"));
        for (key, value) in [("headline", &headline), ("subject", &subject)] {
            if value.is_empty() {
                problems.push(
                    Problem::error(format!("`{key}` is missing"))
                        .at(source.line(1))
                        .hint(format!("write {key} = \"…\" between the +++ lines")),
                );
            }
        }
        let attachments = vec![filler.attachment(&scope.gathered().printed)];
        problems.extend(std::mem::take(&mut scope.gathered().problems));
        let imprint = imprint(frame, language);
        let snapshot_id = snapshot.id().unwrap_or_default();

        let mail_scope = Scope { source: mail_source.clone(), gathered: Arc::default(), ..scope };
        let (mail_front, mail_body) = rendered::read(&mail_source, &mail_scope, &around(&mail_scope), &mut problems);
        mail_scope.name_references(&[]);
        let mail_text = markdown::read(&mail_body, &mail_scope.gathered(), Medium::Mail, &mut problems);
        problems.extend(std::mem::take(&mut mail_scope.gathered().problems));
        let mail_subject =
            expressions::resolved(mail_front.get("subject").map_or("", String::as_str), &mail_scope.gathered());
        if mail_subject.trim().is_empty() {
            problems.push(
                Problem::error("`subject` is missing")
                    .at(mail_source.line(1))
                    .hint("write subject = \"…\" between the +++ lines"),
            );
        }
        let mail = mail_text::write(language, mail_subject.trim(), mail_text.parts, &key_figures, &imprint.lines);
        let brief = Brief {
            language,
            title,
            headline,
            edition,
            date,
            subject,
            created: frame.created,
            snapshot: snapshot_id,
            blocks,
            sources,
            imprint,
            attachments,
            strings: phrases::strings(language),
            footnotes,
            key_figures,
        };
        // The same wrong word is reported once a file, however often it is asked for.
        let mut seen = HashSet::new();
        problems.0.retain(|problem| seen.insert(problem.to_string()));
        problems.into_result(Filled { brief, mail })
    }
}

/// The pictures of a folder that one of its texts names. Of one that is too large as much is read as shows it.
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

fn imprint(frame: &Frame, language: Language) -> Imprint {
    let mut lines: Vec<Vec<Inline>> = Vec::new();
    let privacy = frame.privacy_url.iter().map(|url| ((*phrases::PRIVACY.get(language)).to_owned(), Some(url.clone())));
    for (text, url) in frame.imprint.iter().cloned().chain(privacy) {
        lines.push(vec![match url {
            Some(url) => Inline::Link { text, url },
            None => Inline::Text { text, emphasis: super::Emphasis::None },
        }]);
    }
    Imprint { heading: (*phrases::IMPRINT.get(language)).to_owned(), lines }
}

/// A TOML error with its place; `offset` is where the parsed part begins in the file.
pub(super) fn toml_problem(error: &toml::de::Error, source: &Source, offset: usize) -> Problem {
    let range = error.span().unwrap_or(0..0);
    Problem::error(format!("this is not TOML: {}", error.message()))
        .at(source.place(range.start + offset..range.end + offset))
}
