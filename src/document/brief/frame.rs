//! The parts of a brief that surround its figures: title, edition, date and imprint, as they are given and as a language
//! writes them.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use super::{
    Block, CalloutKind, EarlierEdition, Emphasis, Imprint, Inline, MailFacts, PdfComes, Style, dates,
    mail_facts::{MailLink, NAMES},
    translations, web_address,
};
use crate::base::language::{Language, PerLanguage};

/// Everything in a brief that does not come from its template or its figures. An edition keeps it as JSON, so that it can be made
/// again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
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
    /// What the addresses of the brief's editions on public pages begin with, before their number; `None` if they are not
    /// shown there.
    pub editions_url: Option<String>,
    /// The edition that this one supersedes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub supersedes: Option<Superseded>,
    /// The edition since which it tells what has changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<EarlierEdition>,
    /// What only its mail says.
    #[serde(default)]
    pub mail: MailFacts,
}

/// An edition that another one supersedes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Superseded {
    /// Its number.
    pub number: i64,
    /// Its date.
    pub date: NaiveDate,
    /// Why, in the words of each language.
    pub reason: PerLanguage<String>,
}

/// The links by which a reader leaves: `https:` to a public page, or `mailto:`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeaveLinks {
    /// In the brief, which all readers share and which is passed on: nobody is named by it.
    pub for_all: String,
    /// In the mail; it may hold what is replaced by each reader's own token.
    pub in_mail: String,
    /// In the mail: the page on which a reader changes what they get instead. It holds what is replaced by the reader's own
    /// token.
    pub change: Option<String>,
}

impl LeaveLinks {
    /// The same link in the brief and in mails.
    pub fn both(link: impl Into<String>) -> LeaveLinks {
        let link = link.into();
        LeaveLinks { in_mail: link.clone(), for_all: link, change: None }
    }

    /// The text of a mail to somebody who has no subscription, and so no token: with the link of the brief, whose page is for
    /// who wants to change something, too.
    pub fn without_token(&self, text: &str) -> String {
        let text = text.replace(&self.in_mail, &self.for_all);
        self.change.as_ref().map_or_else(|| text.clone(), |change| text.replace(change, &self.for_all))
    }
}

/// A line of the imprint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
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

/// `No. 12`, `Nr. 12`, `第12期`.
pub fn issue(number: i64, language: Language) -> String {
    translations::NUMBER.get(language).replace("{n}", &number.to_string())
}

impl Frame {
    /// `No. 12`, `Nr. 12`, `第12期`, or the word for a draft.
    pub(super) fn edition_in(&self, language: Language) -> String {
        match self.edition {
            Some(number) => issue(number, language),
            None => (*translations::DRAFT.get(language)).to_owned(),
        }
    }

    /// What stands before all else in an edition that supersedes another: which one, and why.
    pub(super) fn correction_in(&self, language: Language) -> Option<Block> {
        let paragraph = |text| Block::Paragraph { style: Style::Body, text };
        let blocks = self.correction_text(language)?.into_iter().map(paragraph).collect();
        let title = (*translations::CORRECTION.get(language)).to_owned();
        Some(Block::Callout { kind: CalloutKind::Important, title, blocks })
    }

    /// The paragraphs of the same.
    pub(super) fn correction_text(&self, language: Language) -> Option<[Vec<Inline>; 2]> {
        let Superseded { number, date, reason } = self.supersedes.as_ref()?;
        let (number, date) = (issue(*number, language), dates::day(*date, language));
        let what = translations::SUPERSEDES.get(language).replace("{n}", &number).replace("{d}", &date);
        let why = translations::WHY_CORRECTED.get(language).replace("{r}", reason.get(language));
        Some([what, why].map(|text| web_address::linked(&text, Emphasis::None)))
    }

    /// The subject of the mail.
    pub(super) fn subject_in(&self, language: Language, subject: String) -> String {
        match &self.supersedes {
            Some(_) => translations::CORRECTED_SUBJECT.get(language).replace("{s}", &subject),
            None => subject,
        }
    }

    /// The imprint. Its last line has the links: to the privacy page, the edition's page and the page for leaving.
    pub(super) fn imprint_in(&self, language: Language) -> Imprint {
        let links = self.links(language, self.page_in(language), &self.leave.for_all, None);
        let mut line = Vec::new();
        for link in links {
            if !line.is_empty() {
                line.push(Inline::Text { text: " · ".to_owned(), emphasis: Emphasis::None });
            }
            line.push(link);
        }
        self.imprint_with(language, (!line.is_empty()).then_some(line))
    }

    /// The imprint of a mail. Each link has a line of its own, since its address stands behind it in the text part. Those to the
    /// edition stand above it, as buttons.
    pub(super) fn mail_imprint_in(&self, language: Language) -> Imprint {
        let links = self.links(language, None, &self.leave.in_mail, self.leave.change.as_deref());
        self.imprint_with(language, links.into_iter().map(|link| vec![link]))
    }

    fn links(&self, language: Language, page: Option<Inline>, leave: &str, change: Option<&str>) -> Vec<Inline> {
        let link = |words: PerLanguage<&str>, url: &str| Inline::Link {
            text: (*words.get(language)).to_owned(),
            url: url.to_owned(),
        };
        let privacy = self.privacy_url.iter().map(|url| link(translations::PRIVACY, url));
        let change = change.map(|url| link(translations::PREFERENCES, url));
        // A mailbox is named by the text of the mail, with words around it.
        let leave = (!leave.starts_with("mailto:")).then(|| link(translations::LEAVE, leave));
        privacy.chain(page).chain(change).chain(leave).collect()
    }

    /// A link to the edition's page.
    fn page_in(&self, language: Language) -> Option<Inline> {
        let text = (*translations::EDITION_PAGE.get(language)).to_owned();
        Some(Inline::Link { text, url: self.page_url(language)? })
    }

    /// The address of the edition's page. A draft has none.
    pub(super) fn page_url(&self, language: Language) -> Option<String> {
        let (url, number) = self.editions_url.as_ref().zip(self.edition)?;
        Some(format!("{url}/{number}/{language}"))
    }

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

    fn imprint_with(&self, language: Language, links: impl IntoIterator<Item = Vec<Inline>>) -> Imprint {
        let lines = self.imprint.iter().cloned().map(|ImprintLine { text, url }| match url {
            Some(url) => vec![Inline::Link { text, url }],
            None => web_address::linked(&text, Emphasis::None),
        });
        Imprint { heading: (*translations::IMPRINT.get(language)).to_owned(), lines: lines.chain(links).collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(editions_url: Option<&str>) -> Frame {
        Frame {
            title: PerLanguage { en: "Brief".into(), de: "Bericht".into(), zh: "简报".into() },
            edition: Some(12),
            date: NaiveDate::default(),
            created: DateTime::UNIX_EPOCH,
            imprint: vec![ImprintLine::plain("Office")],
            privacy_url: Some("https://example.org/privacy".into()),
            leave: LeaveLinks {
                for_all: "https://example.org/leave/brief".into(),
                in_mail: "https://example.org/u/token".into(),
                change: Some("https://example.org/p/token".into()),
            },
            editions_url: editions_url.map(str::to_owned),
            supersedes: None,
            since: None,
            mail: MailFacts::default(),
        }
    }

    fn target(inline: &Inline) -> Option<&str> {
        match inline {
            Inline::Link { url, .. } => url.strip_prefix("https://example.org/"),
            _ => None,
        }
    }

    fn targets(imprint: &Imprint) -> Vec<Vec<&str>> {
        imprint.lines.iter().map(|line| line.iter().filter_map(target).collect()).collect()
    }

    #[test]
    fn the_links_of_a_brief_stand_in_one_line_and_those_of_a_mail_in_their_own() {
        let with_page = frame(Some("https://example.org/brief"));
        let brief = [vec![], vec!["privacy", "brief/12/de", "leave/brief"]];
        assert_eq!(targets(&with_page.imprint_in(Language::De)), brief);
        let mail = [vec![], vec!["privacy"], vec!["p/token"], vec!["u/token"]];
        assert_eq!(targets(&with_page.mail_imprint_in(Language::Zh)), mail);
        let links = |frame: &Frame| -> Vec<String> {
            let links = frame.mail_links(Language::Zh).into_iter();
            links.map(|link| format!("{} {}", link.words, link.url.replace("https://example.org/", ""))).collect()
        };
        assert_eq!(links(&with_page), ["本期网页版 brief/12/zh"]);
        let all = MailFacts { languages: Language::ALL.to_vec(), pdf: PdfComes::Linked, ..MailFacts::default() };
        let linked = Frame { mail: all, ..with_page.clone() };
        let four = ["本期网页版 brief/12/zh", "本期PDF brief/12/zh.pdf", "English brief/12/en", "Deutsch brief/12/de"];
        assert_eq!(links(&linked), four);
        assert!(with_page.attaches_pdf() && !linked.attaches_pdf());
        // A draft has no page: its PDF is attached all the same.
        let draft = Frame { edition: None, ..linked };
        assert!(draft.attaches_pdf() && links(&draft).is_empty());
        // A draft has no page, and neither has a brief that is shown to nobody.
        let brief = [vec![], vec!["privacy", "leave/brief"]];
        for frame in [Frame { edition: None, ..with_page.clone() }, frame(None)] {
            assert_eq!(targets(&frame.imprint_in(Language::En)), brief);
        }
        // Who has no token is told where to get one.
        let text = "https://example.org/u/token https://example.org/p/token";
        let said = "https://example.org/leave/brief https://example.org/leave/brief";
        assert_eq!(with_page.leave.without_token(text), said);
    }
}
