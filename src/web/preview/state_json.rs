//! The preview's state as JSON for the page's script, without the pages themselves.

use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::{
    actions::preview::{DraftMail, DraftPages, LanguageState, PreviewState},
    base::{
        language::{Language, PerLanguage},
        problem::Problems,
    },
};

/// Each language by its own name.
const NAMES: PerLanguage<&str> = PerLanguage { en: "English", de: "Deutsch", zh: "中文" };

#[derive(Serialize)]
struct StateJson<'a> {
    brief: &'a str,
    change: u64,
    languages: Vec<LanguageJson<'a>>,
    /// Of all languages, each once
    problems: Problems,
}

#[derive(Serialize)]
struct LanguageJson<'a> {
    code: Language,
    /// For the attribute `lang`
    tag: &'a str,
    name: &'a str,
    title: &'a str,
    stale: bool,
    proof: Option<PagesJson<'a>>,
    mail: Option<MailJson<'a>>,
}

/// What an inbox shows, the plain part, and the hash of the HTML
#[derive(Serialize)]
struct MailJson<'a> {
    from: &'a str,
    subject: &'a str,
    preheader: &'a str,
    text: &'a str,
    hash: &'a str,
}

#[derive(Serialize)]
struct PagesJson<'a> {
    /// The hash of each page
    pages: Vec<&'a str>,
    /// The size of their PDF, once it is written
    bytes: Option<usize>,
    milliseconds: u128,
    at: DateTime<Utc>,
}

/// Returns the JSON text, on one line.
pub(super) fn json(state: &PreviewState) -> String {
    let mut problems = state.problems.clone();
    problems.extend(state.languages.iter().flat_map(|language| language.problems.0.iter().cloned()));
    let json = StateJson {
        brief: &state.brief,
        change: state.revision,
        languages: state.languages.iter().map(language_json).collect(),
        problems: problems.each_once(),
    };
    // Text and numbers always become JSON.
    serde_json::to_string(&json).unwrap_or_default()
}

fn language_json(state: &LanguageState) -> LanguageJson<'_> {
    LanguageJson {
        code: state.language,
        tag: state.language.tag(),
        name: NAMES.get(state.language),
        title: &state.title,
        stale: state.stale,
        proof: state.pages.as_deref().map(|pages| pages_json(state, pages)),
        mail: state.mail.as_deref().map(|DraftMail { from, subject, preheader, text, hash, .. }| MailJson {
            from,
            subject,
            preheader,
            text,
            hash,
        }),
    }
}

fn pages_json<'a>(state: &LanguageState, pages: &'a DraftPages) -> PagesJson<'a> {
    PagesJson {
        pages: pages.images.iter().map(|image| image.hash.as_str()).collect(),
        bytes: state.pdf.as_ref().filter(|_| !state.pdf_pending).map(|pdf| pdf.len()),
        milliseconds: pages.took.as_millis(),
        at: pages.at,
    }
}
