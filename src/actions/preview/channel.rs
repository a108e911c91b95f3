//! The channel between a preview and its viewers: for each language the last good pages and the problems. The preview
//! writes it, viewers read it. A viewer that is slow misses states in between and gets the newest.

use std::{sync::Arc, time::Duration};

use chrono::{DateTime, Utc};
use ring::digest::{SHA256, digest};
use tokio::sync::watch;

use crate::{
    base::{language::Language, problem::Problems},
    document::brief::MailText,
};

/// The pages of a draft in one language.
#[derive(Debug)]
pub struct DraftPages {
    /// The pages, from the first
    pub images: Vec<PageImage>,
    /// Duration from the save until they were drawn
    pub took: Duration,
    /// When they were drawn
    pub at: DateTime<Utc>,
}

/// The picture of a page.
#[derive(Debug)]
pub struct PageImage {
    /// The start of the SHA-256 of the picture, in hex
    pub hash: String,
    /// The picture as SVG
    pub svg: Arc<[u8]>,
}

/// The mail of a draft in one language, as an inbox and as a mail program shows it.
#[derive(Debug)]
pub struct DraftMail {
    /// The sender, as a mailbox
    pub from: String,
    /// Its subject
    pub subject: String,
    /// What an inbox shows beside the subject
    pub preheader: String,
    /// Its plain part
    pub text: String,
    /// Its HTML, whole in itself
    pub html: String,
    /// The start of the SHA-256 of the HTML, in hex
    pub hash: String,
}

impl DraftMail {
    /// The mail from this sender.
    pub(super) fn new(from: &str, mail: MailText) -> DraftMail {
        let MailText { subject, preheader, text, html, .. } = mail;
        DraftMail { from: from.to_owned(), subject, preheader, text, hash: hash(html.as_bytes()), html }
    }
}

impl DraftPages {
    /// Pages as SVG.
    pub(super) fn new(pages: Vec<String>, took: Duration, at: DateTime<Utc>) -> DraftPages {
        let image = |svg: String| PageImage { hash: hash(svg.as_bytes()), svg: svg.into_bytes().into() };
        DraftPages { images: pages.into_iter().map(image).collect(), took, at }
    }
}

fn hash(bytes: &[u8]) -> String {
    digest(&SHA256, bytes).as_ref().iter().take(12).map(|byte| format!("{byte:02x}")).collect()
}

/// The state of one language.
#[derive(Debug, Clone)]
pub struct LanguageState {
    /// The language
    pub language: Language,
    /// The brief's title in it
    pub title: String,
    /// The last good pages
    pub pages: Option<Arc<DraftPages>>,
    /// The mail that belongs to the PDF
    pub mail: Option<Arc<DraftMail>>,
    /// The last PDF
    pub pdf: Option<Arc<[u8]>>,
    /// The PDF of these pages is still being written; `pdf` is that of earlier ones
    pub pdf_pending: bool,
    /// What was saved since these pages could not be made
    pub stale: bool,
    /// What is wrong in this language
    pub problems: Problems,
}

/// Everything that a viewer is shown.
#[derive(Debug, Clone, Default)]
pub struct PreviewState {
    /// The brief's id
    pub brief: String,
    /// Number of changes so far
    pub revision: u64,
    /// The languages, in the brief's order
    pub languages: Vec<LanguageState>,
    /// What is wrong whatever the language
    pub problems: Problems,
}

impl PreviewState {
    /// The state of this language, if the brief is previewed in it.
    pub fn language(&self, language: Language) -> Option<&LanguageState> {
        self.languages.iter().find(|state| state.language == language)
    }
}

/// Carries the state from a preview to its viewers, and back the language that they view.
#[derive(Debug)]
pub struct PreviewChannel {
    state: watch::Sender<PreviewState>,
    viewed: watch::Sender<Option<Language>>,
}

impl PreviewChannel {
    /// A channel for this brief, without pages.
    pub(super) fn new(brief: &str) -> PreviewChannel {
        let state = PreviewState { brief: brief.to_owned(), ..PreviewState::default() };
        PreviewChannel { state: watch::Sender::new(state), viewed: watch::Sender::new(None) }
    }

    /// The newest state.
    pub fn state(&self) -> PreviewState {
        self.state.borrow().clone()
    }

    /// A receiver of the states from now on.
    pub fn subscribe(&self) -> watch::Receiver<PreviewState> {
        self.state.subscribe()
    }

    /// The language that was viewed last.
    pub fn viewed_language(&self) -> Option<Language> {
        *self.viewed.borrow()
    }

    /// Notes that a viewer looks at this language: it is made first from now on.
    pub fn view_language(&self, language: Language) {
        self.viewed.send_replace(Some(language));
    }

    /// Sets the languages, each with the brief's title in it, and the problems that concern all of them. Languages that
    /// stay keep their pages.
    pub(super) fn set_languages(&self, titles: &[(Language, String)], problems: Problems) {
        self.change(|state| {
            state.problems = problems;
            let languages = titles.iter().map(|(language, title)| {
                let before = state.language(*language).cloned();
                let new = || LanguageState {
                    language: *language,
                    title: title.clone(),
                    pages: None,
                    mail: None,
                    pdf: None,
                    pdf_pending: false,
                    stale: false,
                    problems: Problems::new(),
                };
                LanguageState { title: title.clone(), ..before.unwrap_or_else(new) }
            });
            state.languages = languages.collect();
        });
    }

    /// Publishes new pages of a language, before their PDF is written and their problems are known:
    /// [`finish_language`](PreviewChannel::finish_language) adds these.
    pub(super) fn publish_pages(&self, language: Language, pages: DraftPages) {
        self.change_language(language, |state| {
            state.pages = Some(Arc::new(pages));
            state.pdf_pending = true;
            state.stale = false;
        });
    }

    /// Publishes the mail of a language, before its PDF is written.
    pub(super) fn publish_mail(&self, language: Language, mail: DraftMail) {
        self.change_language(language, |state| state.mail = Some(Arc::new(mail)));
    }

    /// Publishes the problems of a language, and the PDF of its pages. Without a PDF the pages are marked as stale.
    pub(super) fn finish_language(&self, language: Language, pdf: Option<Vec<u8>>, problems: Problems) {
        self.change_language(language, |state| {
            state.stale = pdf.is_none();
            state.pdf_pending = false;
            state.problems = problems;
            if let Some(pdf) = pdf {
                state.pdf = Some(pdf.into());
            }
        });
    }

    /// Publishes problems for which no language can be made, and marks all pages as stale.
    pub(super) fn mark_all_stale(&self, problems: Problems) {
        self.change(|state| {
            state.problems = problems;
            for language in &mut state.languages {
                language.stale = true;
                language.problems = Problems::new();
            }
        });
    }

    fn change_language(&self, language: Language, change: impl FnOnce(&mut LanguageState)) {
        self.change(|state| {
            if let Some(state) = state.languages.iter_mut().find(|state| state.language == language) {
                change(state);
            }
        });
    }

    fn change(&self, change: impl FnOnce(&mut PreviewState)) {
        self.state.send_modify(|state| {
            state.revision += 1;
            change(state);
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::problem::Problem;

    fn pages(page: &str) -> DraftPages {
        DraftPages::new(vec![page.to_owned()], Duration::ZERO, DateTime::UNIX_EPOCH)
    }

    #[test]
    fn the_last_good_pages_stay_until_there_are_better_ones() {
        let channel = PreviewChannel::new("b");
        let titles = |languages: &[Language]| languages.iter().map(|l| (*l, l.to_string())).collect::<Vec<_>>();
        channel.set_languages(&titles(&[Language::En, Language::De]), Problems::new());
        channel.publish_pages(Language::En, pages("one"));
        assert!(channel.state().languages[0].pdf_pending);
        channel.finish_language(Language::En, Some(b"one".to_vec()), Problems::new());
        assert!(!channel.state().languages[0].pdf_pending);
        let hash = channel.state().languages[0].pages.as_ref().unwrap().images[0].hash.clone();
        channel.finish_language(Language::En, None, Problem::error("wrong").into());
        let state = channel.state();
        let english = state.language(Language::En).unwrap();
        assert!(english.stale && english.problems.has_errors());
        assert_eq!(english.pages.as_ref().unwrap().images[0].hash, hash);
        channel.mark_all_stale(Problem::error("config").into());
        assert!(channel.state().languages.iter().all(|state| state.stale && state.problems.is_empty()));
        channel.set_languages(&titles(&[Language::De, Language::En]), Problems::new());
        assert!(channel.state().problems.is_empty());
        channel.publish_pages(Language::En, pages("two"));
        // Until its own is written, the last PDF is there.
        assert_eq!(channel.state().languages[1].pdf.as_deref(), Some(b"one".as_slice()));
        channel.finish_language(Language::En, Some(b"two".to_vec()), Problems::new());
        let state = channel.state();
        let languages: Vec<_> = state.languages.iter().map(|state| state.language).collect();
        assert_eq!(languages, [Language::De, Language::En]);
        let english = &state.languages[1];
        assert!(!english.stale && english.pages.as_ref().unwrap().images[0].hash != hash);
        // A language that is gone takes no pages.
        channel.set_languages(&titles(&[Language::De]), Problems::new());
        channel.publish_pages(Language::En, pages("three"));
        channel.finish_language(Language::En, Some(b"three".to_vec()), Problems::new());
        assert!(channel.state().language(Language::En).is_none());
    }
}
