//! The parts of a brief that surround its figures: title, edition, date and imprint, as they are given and as a language
//! writes them.

use chrono::{DateTime, NaiveDate, Utc};

use super::{Emphasis, Imprint, Inline, translations, web_address};
use crate::base::language::{Language, PerLanguage};

/// Everything in a brief that does not come from its template or its figures.
#[derive(Debug, Clone)]
pub struct Frame {
    /// The brief's name.
    pub title: PerLanguage<String>,
    /// The edition's number; `None` prints "Draft".
    pub edition: Option<i64>,
    /// The date printed.
    pub date: NaiveDate,
    /// When the brief is made.
    pub created: DateTime<Utc>,
    /// The imprint without the privacy page.
    pub imprint: Vec<ImprintLine>,
    /// The privacy page.
    pub privacy_url: Option<String>,
    /// The `mailto:` URL by which a reader unsubscribes.
    pub unsubscribe: String,
}

/// A line of the imprint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImprintLine {
    /// The words that are shown.
    pub text: String,
    /// The target of a link on them.
    pub url: Option<String>,
}

impl ImprintLine {
    /// A line without a link.
    pub fn plain(text: impl Into<String>) -> ImprintLine {
        ImprintLine { text: text.into(), url: None }
    }
}

impl Frame {
    /// `No. 12`, `Nr. 12`, `第12期`, or the word for a draft.
    pub(super) fn edition_in(&self, language: Language) -> String {
        match self.edition {
            Some(number) => translations::NUMBER.get(language).replace("{n}", &number.to_string()),
            None => (*translations::DRAFT.get(language)).to_owned(),
        }
    }

    /// The imprint, with the privacy page as its last line.
    pub(super) fn imprint_in(&self, language: Language) -> Imprint {
        let privacy = self
            .privacy_url
            .iter()
            .map(|url| ImprintLine { text: (*translations::PRIVACY.get(language)).to_owned(), url: Some(url.clone()) });
        let lines = self.imprint.iter().cloned().chain(privacy).map(|ImprintLine { text, url }| match url {
            Some(url) => vec![Inline::Link { text, url }],
            None => web_address::linked(&text, Emphasis::None),
        });
        Imprint { heading: (*translations::IMPRINT.get(language)).to_owned(), lines: lines.collect() }
    }
}
