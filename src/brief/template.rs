//! A template folder: its files, read and checked, and the filling of them from a snapshot in one language. How the
//! fenced blocks are filled is in `filling`; what expressions can say, in `expressions`.

use std::{
    collections::{BTreeMap, HashSet},
    io::Read,
    ops::Range,
    path::Path,
    sync::{Arc, Mutex},
};

use chrono::{DateTime, NaiveDate, Utc};

use super::{
    Brief, Imprint, Inline, Theme, dates, definitions, expressions,
    expressions::{Gathered, Scope},
    filling::Filler,
    literals, mail_text, markdown, phrases, picture,
};
use crate::{
    figures::Snapshot,
    language::{Language, PerLanguage},
    problem::{Problem, Problems, Source},
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
            if let Err(error) = std::str::from_utf8(bytes) {
                let source = Source::new(format!("{folder}/{name}"), String::from_utf8_lossy(bytes).into_owned());
                problems.push(
                    Problem::error("this file is not UTF-8")
                        .at(source.place(error.valid_up_to()..error.valid_up_to() + 1)),
                );
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
        Source::new(format!("{}/{name}", self.folder), text)
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
        let mut problems = definitions::check(&self.source("blocks.toml"));

        let (front, body) = render(&source, &scope, &title, &edition, &date, frame, &mut problems);
        let mut found = Vec::new();
        let parts = markdown::read(&body, &scope.gathered(), &mut found);
        problems.extend(found);
        let mut filler = Filler::new(&scope, self, snapshot);
        let blocks = filler.blocks(parts);
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

        let mail_source = self.source(&format!("mail.{language}.md"));
        let mail_scope = Scope { source: mail_source.clone(), gathered: Arc::default(), ..scope };
        let (mail_front, mail_body) = render(&mail_source, &mail_scope, &title, &edition, &date, frame, &mut problems);
        let mut found = Vec::new();
        let parts = markdown::read(&mail_body, &mail_scope.gathered(), &mut found);
        problems.extend(found);
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
        let mail = mail_text::write(language, mail_subject.trim(), parts, &key_figures, &imprint.lines);
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
            footnotes: Vec::new(),
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

/// Front matter and body after Jinja.
fn render(
    source: &Source,
    scope: &Scope,
    title: &str,
    edition: &str,
    date: &str,
    frame: &Frame,
    problems: &mut Problems,
) -> (BTreeMap<String, String>, String) {
    let text = source.text();
    let (front, body, offset) = match text.strip_prefix("+++\n").and_then(|rest| rest.split_once("\n+++\n")) {
        Some((front, body)) => (front, body, text.len() - body.len()),
        None => {
            problems.push(
                Problem::error("this file does not begin with +++")
                    .at(source.line(1))
                    .hint("its first lines are +++, the keys in TOML, and +++"),
            );
            return (BTreeMap::new(), String::new());
        }
    };
    let env = expressions::environment(scope);
    let words = |text: &str| scope.insert(text.to_owned(), Vec::new());
    let context = minijinja::context! {
        brief => minijinja::context! { title => words(title), edition => words(edition), date => words(date), number => words(&frame.edition.map_or(String::new(), |n| n.to_string())) },
        key_figures => expressions::KEY_FIGURES,
        imprint => expressions::IMPRINT,
        unsubscribe => words(&frame.unsubscribe),
    };
    let mut jinja = |text: &str, offset: usize| {
        let mut marked = Marked::new(text, scope);
        for _ in 0..MOST_PROBLEMS {
            let error = match env.render_str(&marked.text, &context) {
                Ok(rendered) => return rendered,
                Err(error) => error,
            };
            let at = marked.before(error.range(), error.line());
            let what = error.detail().map_or_else(|| error.kind().to_string(), str::to_owned);
            let place = source.place(offset + at.start..offset + at.end);
            problems.push(Problem::error(format!("this expression cannot be read: {what}")).at(place).hint(
                "write {{ fig(\"series\", \"period\") }}, {{ latest(…) }}, {{ change(…)|abs }}, {{ pick(change, up, flat, down) }}",
            ));
            // The rest of the file may have problems of its own.
            if !marked.leave_out(error.range()) {
                break;
            }
        }
        String::new()
    };
    let rendered = jinja(body, offset);
    let mut keys = BTreeMap::new();
    let mut wrong = Problems::new();
    match front.parse::<toml::Table>() {
        Ok(table) => {
            for (key, value) in table {
                let at = front.find(&key).map_or(0, |at| at + "+++\n".len());
                let known = ["headline", "subject"];
                match value.as_str() {
                    Some(value) if known.contains(&&*key) => {
                        let at = text.find(value).unwrap_or(at);
                        keys.insert(key, jinja(value, at));
                    }
                    found => {
                        let what = if found.is_some() { "is not known here" } else { "is not a text" };
                        let problem = Problem::error(format!("`{key}` {what}")).at(source.place(at..at + key.len()));
                        wrong.push(problem.did_you_mean(&key, known));
                    }
                }
            }
        }
        Err(error) => wrong.push(toml_problem(&error, source, "+++\n".len())),
    }
    problems.extend(wrong);
    (keys, rendered)
}

/// At most so many expressions of a text are reported.
const MOST_PROBLEMS: usize = 50;

/// A text in which `[[2025]]` became a marker, so that Markdown does not take it for a link, and the way back to the
/// places in the text as it was written.
struct Marked {
    text: String,
    /// Where stretches of the written text begin: here, and there
    stretches: Vec<(usize, usize)>,
}

impl Marked {
    fn new(written: &str, scope: &Scope) -> Marked {
        let mut marked = Marked { text: String::with_capacity(written.len()), stretches: vec![(0, 0)] };
        let mut rest = written;
        while let Some((before, after)) = rest.split_once("[[") {
            marked.text.push_str(before);
            match after.split_once("]]") {
                Some((literal, after)) if !literal.contains('\n') => {
                    marked.text.push_str(&scope.insert(literal.to_owned(), Vec::new()));
                    rest = after;
                    marked.stretches.push((marked.text.len(), written.len() - rest.len()));
                }
                _ => {
                    marked.text.push_str("[[");
                    rest = after;
                }
            }
        }
        marked.text.push_str(rest);
        marked
    }

    /// Where this stands in the written text; without a range, the line.
    fn before(&self, range: Option<Range<usize>>, line: Option<usize>) -> Range<usize> {
        let range = range.unwrap_or_else(|| {
            let lines = self.text.split_inclusive('\n').take(line.unwrap_or(1).saturating_sub(1));
            let start: usize = lines.map(str::len).sum();
            let rest = self.text.get(start..).unwrap_or_default();
            start..start + rest.split('\n').next().map_or(0, str::len)
        });
        let back = |at: usize| {
            let stretch = self.stretches.iter().rev().find(|(here, _)| *here <= at);
            stretch.map_or(at, |(here, there)| at - here + there)
        };
        back(range.start)..back(range.end)
    }

    /// Blanks the expression around a range, its lines kept. False if there is none: then nothing more can be learnt.
    fn leave_out(&mut self, range: Option<Range<usize>>) -> bool {
        let Some(range) = range else { return false };
        let at = self.text.floor_char_boundary(range.start);
        let (head, tail) = self.text.split_at(at);
        let open = head.rfind("{{").or_else(|| tail.starts_with("{{").then_some(at));
        let Some(open) = open.filter(|open| head.get(*open..).is_some_and(|part| !part.contains("}}"))) else {
            return false;
        };
        let Some(close) = self.text.get(at..).and_then(|rest| rest.find("}}")).map(|end| at + end + 2) else {
            return false;
        };
        let blank: String = self
            .text
            .get(open..close)
            .unwrap_or_default()
            .bytes()
            .map(|b| if b == b'\n' { '\n' } else { ' ' })
            .collect();
        self.text.replace_range(open..close, &blank);
        true
    }
}

/// A TOML error with its place; `offset` is where the parsed part begins in the file.
pub(super) fn toml_problem(error: &toml::de::Error, source: &Source, offset: usize) -> Problem {
    let range = error.span().unwrap_or(0..0);
    Problem::error(format!("this is not TOML: {}", error.message()))
        .at(source.place(range.start + offset..range.end + offset))
}
