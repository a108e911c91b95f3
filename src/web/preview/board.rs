//! The state that the preview shows: for each language the last good pages and the problems. The builder writes it, whoever
//! looks reads it. A reader who is slow misses what is in between and gets the newest.

use std::{sync::Arc, time::Duration};

use axum::body::Bytes;
use chrono::{DateTime, Utc};
use ring::digest::{SHA256, digest};
use tokio::sync::watch;

use crate::base::{language::Language, problem::Problems};

/// The pages of a brief in one language as they were made.
#[derive(Debug, Clone)]
pub struct Proof {
    pub(super) pages: Vec<Sheet>,
    pub(super) took: Duration,
    pub(super) at: DateTime<Utc>,
}

/// A page, known by its content.
#[derive(Debug, Clone)]
pub(super) struct Sheet {
    pub hash: String,
    pub svg: Bytes,
}

impl Proof {
    /// From pages as SVG; it took so long and was done at that time.
    pub fn new(pages: Vec<String>, took: Duration, at: DateTime<Utc>) -> Proof {
        let pages = pages.into_iter().map(|svg| Sheet { hash: hash(svg.as_bytes()), svg: svg.into() }).collect();
        Proof { pages, took, at }
    }
}

fn hash(bytes: &[u8]) -> String {
    digest(&SHA256, bytes).as_ref().iter().take(12).map(|byte| format!("{byte:02x}")).collect()
}

/// The state of one language.
#[derive(Debug, Clone)]
pub(super) struct Shelf {
    pub language: Language,
    /// The brief's name in it
    pub title: String,
    /// The last good one
    pub proof: Option<Arc<Proof>>,
    /// The last PDF
    pub pdf: Option<Bytes>,
    /// That PDF is not yet of these pages
    pub writing: bool,
    /// What was written since could not be made
    pub stale: bool,
    pub problems: Problems,
}

/// Everything that is shown.
#[derive(Debug, Clone, Default)]
pub(super) struct Shown {
    pub brief: String,
    /// Counts what was put up
    pub change: u64,
    pub shelves: Vec<Shelf>,
    /// What is wrong before any language is looked at
    pub problems: Problems,
}

impl Shown {
    pub fn shelf(&self, language: Language) -> Option<&Shelf> {
        self.shelves.iter().find(|shelf| shelf.language == language)
    }
}

/// Where who builds puts up what is shown.
#[derive(Debug)]
pub struct Board {
    shown: watch::Sender<Shown>,
    seen: watch::Sender<Option<Language>>,
}

impl Board {
    /// An empty one for this brief.
    pub fn new(brief: &str) -> Board {
        let shown = Shown { brief: brief.to_owned(), ..Shown::default() };
        Board { shown: watch::Sender::new(shown), seen: watch::Sender::new(None) }
    }

    /// The languages with the brief's name in each, in the order of the tabs, and what is to be said of all of them.
    /// Those that stay keep their pages.
    pub fn languages(&self, languages: &[(Language, String)], problems: Problems) {
        self.change(|shown| {
            shown.problems = problems;
            let shelves = languages.iter().map(|(language, title)| {
                let kept = shown.shelf(*language).cloned();
                let new = || Shelf {
                    language: *language,
                    title: title.clone(),
                    proof: None,
                    pdf: None,
                    writing: false,
                    stale: false,
                    problems: Problems::new(),
                };
                Shelf { title: title.clone(), ..kept.unwrap_or_else(new) }
            });
            shown.shelves = shelves.collect();
        });
    }

    /// New pages of a language. Their PDF is still written, and whether something is wrong still looked at:
    /// [`put`](Board::put) ends it.
    pub fn show(&self, language: Language, proof: Proof) {
        self.at(language, |shelf| {
            shelf.proof = Some(Arc::new(proof));
            shelf.writing = true;
            shelf.stale = false;
        });
    }

    /// What is wrong with a language, and the PDF of the pages that were shown; without one the pages are from before, and
    /// marked as such.
    pub fn put(&self, language: Language, pdf: Option<Vec<u8>>, problems: Problems) {
        self.at(language, |shelf| {
            shelf.stale = pdf.is_none();
            shelf.writing = false;
            shelf.problems = problems;
            if let Some(pdf) = pdf {
                shelf.pdf = Some(pdf.into());
            }
        });
    }

    fn at(&self, language: Language, change: impl FnOnce(&mut Shelf)) {
        self.change(|shown| {
            if let Some(shelf) = shown.shelves.iter_mut().find(|shelf| shelf.language == language) {
                change(shelf);
            }
        });
    }

    /// No language can be made.
    pub fn broken(&self, problems: Problems) {
        self.change(|shown| {
            shown.problems = problems;
            for shelf in &mut shown.shelves {
                shelf.stale = true;
                shelf.problems = Problems::new();
            }
        });
    }

    /// The language that was last looked at: it is wanted first.
    pub fn seen(&self) -> Option<Language> {
        *self.seen.borrow()
    }

    pub(super) fn look(&self, language: Language) {
        self.seen.send_replace(Some(language));
    }

    pub(super) fn now(&self) -> Shown {
        self.shown.borrow().clone()
    }

    pub(super) fn follow(&self) -> watch::Receiver<Shown> {
        self.shown.subscribe()
    }

    fn change(&self, change: impl FnOnce(&mut Shown)) {
        self.shown.send_modify(|shown| {
            shown.change += 1;
            change(shown);
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::problem::Problem;

    fn proof(page: &str) -> Proof {
        Proof::new(vec![page.to_owned()], Duration::ZERO, DateTime::UNIX_EPOCH)
    }

    #[test]
    fn the_last_good_pages_stay_until_there_are_better_ones() {
        let board = Board::new("b");
        let names = |languages: &[Language]| languages.iter().map(|l| (*l, l.to_string())).collect::<Vec<_>>();
        board.languages(&names(&[Language::En, Language::De]), Problems::new());
        board.show(Language::En, proof("one"));
        assert!(board.now().shelves[0].writing);
        board.put(Language::En, Some(b"one".to_vec()), Problems::new());
        assert!(!board.now().shelves[0].writing);
        let hash = board.now().shelves[0].proof.as_ref().unwrap().pages[0].hash.clone();
        board.put(Language::En, None, Problem::error("wrong").into());
        let shown = board.now();
        let shelf = shown.shelf(Language::En).unwrap();
        assert!(shelf.stale && shelf.problems.has_errors());
        assert_eq!(shelf.proof.as_ref().unwrap().pages[0].hash, hash);
        board.broken(Problem::error("config").into());
        assert!(board.now().shelves.iter().all(|shelf| shelf.stale && shelf.problems.is_empty()));
        board.languages(&names(&[Language::De, Language::En]), Problems::new());
        assert!(board.now().problems.is_empty());
        board.show(Language::En, proof("two"));
        // Until its own is written, the last PDF is there.
        assert_eq!(board.now().shelves[1].pdf.as_deref(), Some(b"one".as_slice()));
        board.put(Language::En, Some(b"two".to_vec()), Problems::new());
        let shown = board.now();
        assert_eq!(shown.shelves.iter().map(|shelf| shelf.language).collect::<Vec<_>>(), [Language::De, Language::En]);
        assert!(!shown.shelves[1].stale && shown.shelves[1].proof.as_ref().unwrap().pages[0].hash != hash);
        // A language that is gone takes no pages.
        board.languages(&names(&[Language::De]), Problems::new());
        board.show(Language::En, proof("three"));
        board.put(Language::En, Some(b"three".to_vec()), Problems::new());
        assert!(board.now().shelf(Language::En).is_none());
    }
}
