//! A template filled from a snapshot in one language: the brief and its mail. The check of a template fills it in each
//! language and keeps the problems. How fenced blocks are filled is in `filling`; what expressions can say, in
//! `expressions`.

use std::sync::Arc;

use super::{
    Brief, Frame, Inline, KeyFigure, MailText, Template, block_keys, characters, dates,
    filling::{self, Filler},
    jinja::{self, Front},
    mail_text,
    markdown::{self, Medium},
    markers,
    scope::Scope,
    translations, typed_numbers,
};
use crate::{
    base::{
        language::Language,
        problem::{Problem, Problems},
    },
    figures::Snapshot,
};

/// A brief in one language with its mail.
#[derive(Debug, Clone, PartialEq)]
pub struct Filled {
    /// The brief, ready to be laid out.
    pub brief: Brief,
    /// The mail, ready to be sent.
    pub mail: MailText,
}

impl Template {
    /// Every problem of the template with these figures in these languages, in the order of their places.
    pub fn check(&self, snapshot: &Snapshot, frame: &Frame, languages: &[Language]) -> Problems {
        let mut problems = Problems::new();
        for language in languages {
            for name in [format!("{language}.md"), format!("mail.{language}.md")] {
                problems.extend(typed_numbers::check(&self.source(&name), *language));
            }
            if let Err(found) = self.fill(snapshot, *language, frame) {
                problems.extend(found);
            }
        }
        let mut problems = problems.each_once();
        problems
            .0
            .sort_by_key(|problem| problem.place.as_ref().map(|place| (place.file.clone(), place.line, place.column)));
        problems
    }

    /// Fills the template.
    ///
    /// # Errors
    /// All problems of the brief and its mail, each once.
    pub fn fill(&self, snapshot: &Snapshot, language: Language, frame: &Frame) -> Result<Filled, Problems> {
        let scope = Scope {
            snapshot: Arc::new(snapshot.clone()),
            language,
            german: self.theme.german_numbers,
            source: self.source(&format!("{language}.md")),
            gathered: Arc::default(),
        };
        let mail_scope =
            Scope { source: self.source(&format!("mail.{language}.md")), gathered: Arc::default(), ..scope.clone() };
        let blocks = self.source("blocks.toml");
        let mut problems = block_keys::check(&blocks);
        for source in [&blocks, &scope.source, &mail_scope.source] {
            problems.extend(characters::check(source));
        }
        let brief = self.fill_brief(&scope, frame, &mut problems);
        let mail = fill_mail(&mail_scope, frame, &brief.key_figures, &brief.imprint.lines, &mut problems);
        problems.each_once().into_result(Filled { brief, mail })
    }

    fn fill_brief(&self, scope: &Scope, frame: &Frame, problems: &mut Problems) -> Brief {
        let (language, snapshot) = (scope.language, &*scope.snapshot);
        let (front, body) = jinja::read(&scope.source, scope, &variables(scope, frame), problems);
        scope.name_references(&filling::numbered(&body.text, language));
        let text = markdown::read(&body, &scope.gathered().insertions, Medium::Brief, problems);
        let mut filler = Filler::new(scope, self, snapshot, &body);
        let blocks = filler.blocks(text.parts);
        let footnotes = filler.footnotes(text.footnotes);
        problems.extend(std::mem::take(&mut filler.problems));
        let headline = front_text(&front, "headline", scope, problems);
        let subject = front_text(&front, "subject", scope, problems);
        let attachments = vec![filler.attachment(&scope.gathered().printed)];
        problems.extend(std::mem::take(&mut scope.gathered().problems));
        Brief {
            language,
            title: frame.title.get(language).clone(),
            headline,
            edition: frame.edition_in(language),
            date: dates::day(frame.date, language),
            subject,
            created: frame.created,
            snapshot: snapshot.id().unwrap_or_default(),
            blocks,
            sources: filler.sources(),
            imprint: frame.imprint_in(language),
            attachments,
            strings: translations::strings(language),
            footnotes,
            key_figures: filler.key_figures(),
        }
    }
}

/// Fills the mail, which repeats the brief's key figures and its imprint.
fn fill_mail(
    scope: &Scope,
    frame: &Frame,
    key_figures: &[KeyFigure],
    imprint: &[Vec<Inline>],
    problems: &mut Problems,
) -> MailText {
    let (front, body) = jinja::read(&scope.source, scope, &variables(scope, frame), problems);
    scope.name_references(&[]);
    let text = markdown::read(&body, &scope.gathered().insertions, Medium::Mail, problems);
    problems.extend(std::mem::take(&mut scope.gathered().problems));
    let subject = front_text(&front, "subject", scope, problems);
    mail_text::write(scope.language, &subject, text.parts, key_figures, imprint)
}

/// The variables that the expressions of a text may name.
fn variables(scope: &Scope, frame: &Frame) -> minijinja::Value {
    let language = scope.language;
    let words = |text: &str| scope.insert(text.to_owned(), Vec::new());
    minijinja::context! {
        brief => minijinja::context! {
            title => words(frame.title.get(language)),
            edition => words(&frame.edition_in(language)),
            date => words(&dates::day(frame.date, language)),
            number => words(&frame.edition.map_or(String::new(), |number| number.to_string())),
        },
        key_figures => markers::KEY_FIGURES,
        imprint => markers::IMPRINT,
        unsubscribe => words(&frame.unsubscribe),
    }
}

/// The text of a key of the front matter; an empty one is a problem.
fn front_text(front: &Front, key: &str, scope: &Scope, problems: &mut Problems) -> String {
    let text = front.get(key).map_or("", String::as_str);
    let text = markers::resolved(text, &scope.gathered().insertions).trim().to_owned();
    if text.is_empty() {
        problems.push(
            Problem::error(format!("`{key}` is missing"))
                .at(scope.source.line(1))
                .hint(format!("write {key} = \"…\" between the +++ lines")),
        );
    }
    text
}
