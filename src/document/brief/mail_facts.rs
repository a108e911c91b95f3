//! What only the mail of an edition says: when the next one is due, where this one can be read, how its PDF comes. And the links
//! that this makes.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::{Frame, Inline, dates, translations};
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
const NAMES: PerLanguage<&str> = PerLanguage { en: "English", de: "Deutsch", zh: "中文" };

impl Frame {
    /// Is the PDF attached to the mails? It always is to those of a draft, which has no page.
    pub fn attaches_pdf(&self) -> bool {
        self.mail.pdf != PdfComes::Linked || self.page_url(Language::En).is_none()
    }

    /// The links to where the edition can be read: its page first, then its PDF, then its other languages.
    pub(super) fn mail_links(&self, language: Language) -> Vec<MailLink> {
        let Some(page) = self.page_url(language) else { return Vec::new() };
        let words = |words: PerLanguage<&'static str>| *words.get(language);
        let pdf = (self.mail.pdf != PdfComes::Attached).then(|| MailLink {
            words: words(translations::EDITION_PDF),
            language,
            url: format!("{page}.pdf"),
        });
        let others = self.mail.languages.iter().filter(|other| **other != language).filter_map(|other| {
            Some(MailLink { words: NAMES.get(*other), language: *other, url: self.page_url(*other)? })
        });
        let page = MailLink { words: words(translations::EDITION_PAGE), language, url: page };
        [Some(page), pdf].into_iter().flatten().chain(others).collect()
    }

    /// When the next edition is due, as a sentence.
    pub(super) fn next_in(&self, language: Language) -> Option<Vec<Inline>> {
        let day = dates::weekday_and_day(*self.mail.next.get(&language)?, language);
        Some(vec![Inline::plain(translations::NEXT.get(language).replace("{d}", &day))])
    }
}
