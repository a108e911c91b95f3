//! The preview's state as JSON for the page's script, without the pages themselves.

use axum::body::Bytes;
use chrono::{DateTime, Utc};
use serde::Serialize;

use super::board::{Proof, Shelf, Shown};
use crate::base::{
    language::{Language, PerLanguage},
    problem::Problems,
};

/// Each language by its own name.
const NAMES: PerLanguage<&str> = PerLanguage { en: "English", de: "Deutsch", zh: "中文" };

#[derive(Serialize)]
struct State<'a> {
    brief: &'a str,
    change: u64,
    languages: Vec<Tab<'a>>,
    /// Of all languages, each once
    problems: Problems,
}

#[derive(Serialize)]
struct Tab<'a> {
    code: Language,
    /// For `lang`
    tag: &'a str,
    name: &'a str,
    title: &'a str,
    /// The pages are older than what was written
    stale: bool,
    proof: Option<Numbers<'a>>,
}

#[derive(Serialize)]
struct Numbers<'a> {
    /// The pages by their hash
    pages: Vec<&'a str>,
    /// Of the PDF, if it is written
    bytes: Option<usize>,
    milliseconds: u128,
    at: DateTime<Utc>,
}

/// The JSON text, on one line.
pub(super) fn json(shown: &Shown) -> String {
    let mut problems = shown.problems.clone();
    problems.extend(shown.shelves.iter().flat_map(|shelf| shelf.problems.0.iter().cloned()));
    let state = State {
        brief: &shown.brief,
        change: shown.change,
        languages: shown.shelves.iter().map(tab).collect(),
        problems: problems.each_once(),
    };
    // Text and numbers always become JSON.
    serde_json::to_string(&state).unwrap_or_default()
}

fn tab(shelf: &Shelf) -> Tab<'_> {
    Tab {
        code: shelf.language,
        tag: shelf.language.tag(),
        name: NAMES.get(shelf.language),
        title: &shelf.title,
        stale: shelf.stale,
        proof: shelf.proof.as_deref().map(|proof| numbers(shelf, proof)),
    }
}

fn numbers<'a>(shelf: &Shelf, proof: &'a Proof) -> Numbers<'a> {
    Numbers {
        pages: proof.pages.iter().map(|page| page.hash.as_str()).collect(),
        bytes: shelf.pdf.as_ref().filter(|_| !shelf.writing).map(Bytes::len),
        milliseconds: proof.took.as_millis(),
        at: proof.at,
    }
}
