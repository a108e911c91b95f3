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
    /// The links by which a reader leaves.
    pub leave: LeaveLinks,
}

/// The links by which a reader leaves: `https:` to a public page, or `mailto:`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeaveLinks {
    /// In the brief, which all readers share and which is passed on: nobody is named by it.
    pub for_all: String,
    /// In the mail; it may hold what is replaced by each reader's own token.
    pub in_mail: String,
}

impl LeaveLinks {
    /// The same link in the brief and in mails.
    pub fn both(link: impl Into<String>) -> LeaveLinks {
        let link = link.into();
        LeaveLinks { in_mail: link.clone(), for_all: link }
    }

    /// The text of a mail to somebody who has no subscription, and so no token: with the link of the brief.
    pub fn without_token(&self, text: &str) -> String {
        text.replace(&self.in_mail, &self.for_all)
    }
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

    /// The imprint, with the privacy page and the page for leaving as its last lines.
    pub(super) fn imprint_in(&self, language: Language) -> Imprint {
        self.imprint_with(language, &self.leave.for_all)
    }

    /// As `imprint_in`, for a mail.
    pub(super) fn mail_imprint_in(&self, language: Language) -> Imprint {
        self.imprint_with(language, &self.leave.in_mail)
    }

    fn imprint_with(&self, language: Language, leave: &str) -> Imprint {
        let line = |text: &str, url: &str| ImprintLine { text: text.to_owned(), url: Some(url.to_owned()) };
        // A mailbox is named by the text of the mail, with words around it.
        let leave = (!leave.starts_with("mailto:")).then(|| line(translations::LEAVE.get(language), leave));
        let privacy = self
            .privacy_url
            .iter()
            .map(|url| ImprintLine { text: (*translations::PRIVACY.get(language)).to_owned(), url: Some(url.clone()) });
        let lines =
            self.imprint.iter().cloned().chain(privacy).chain(leave).map(|ImprintLine { text, url }| match url {
                Some(url) => vec![Inline::Link { text, url }],
                None => web_address::linked(&text, Emphasis::None),
            });
        Imprint { heading: (*translations::IMPRINT.get(language)).to_owned(), lines: lines.collect() }
    }
}
