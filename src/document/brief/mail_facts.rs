//! What only the mail of an edition says: when the next one is due, where this one can be read, how its PDF comes. What this makes of a mail is in
//! `frame`.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::base::language::{Language, PerLanguage};

/// What only the mail of an edition says.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct MailFacts {
    /// The day on which the next edition is due, in each language that has one.
    pub next: BTreeMap<Language, NaiveDate>,
    /// The languages in which the edition has a page.
    pub languages: Vec<Language>,
    /// How its PDF comes.
    pub pdf: PdfComes,
}

/// How readers get the PDF of an edition.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PdfComes {
    /// It is attached.
    #[default]
    Attached,
    /// By a link to the public pages.
    Linked,
    /// In both ways.
    Both,
}

/// A link of a mail that is shown as a button.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct MailLink {
    /// Its words
    pub words: &'static str,
    /// Their language
    pub language: Language,
    /// Its address
    pub url: String,
}

/// Each language by its own name.
pub(super) const NAMES: PerLanguage<&str> = PerLanguage { en: "English", de: "Deutsch", zh: "中文" };
