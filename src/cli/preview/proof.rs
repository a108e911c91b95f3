//! One language of a preview, away from the async threads: pages as SVG, the same PDF that `build` writes, and every
//! problem that `check` would tell.

use std::thread;

use anyhow::anyhow;
use chrono::{DateTime, Utc};

use super::Inputs;
use crate::{
    base::{
        language::Language,
        problem::{Problem, Problems},
    },
    document::{
        layout::{self, document::Document},
        pdf, svg,
    },
};

/// The result of proofing.
pub(super) struct Made {
    /// The PDF; none if something is wrong
    pub written: Option<Written>,
    /// What is wrong; a number without a figure is, and stops `build`, though it can be shown
    pub found: Problems,
}

/// A PDF of so many pages.
pub(super) struct Written {
    pub pages: usize,
    pub pdf: Vec<u8>,
}

/// Makes it as a draft of that time. `show` gets the pages as soon as they are laid out: who waits for them need not wait
/// for the PDF and the check too.
///
/// # Errors
/// By a defect only: what a person can mend is among what was found.
pub(super) fn make(
    inputs: &Inputs,
    language: Language,
    at: DateTime<Utc>,
    show: impl FnOnce(Vec<String>),
) -> anyhow::Result<Made> {
    let Inputs { order, snapshot, .. } = inputs;
    let frame = order.frame(None, at);
    let lay_out = || -> Result<Document, Problems> {
        let filled = order.template.fill(snapshot, language, &frame)?;
        layout::lay_out(&filled.brief, &order.template.theme)
    };
    let document = lay_out();
    if let Ok(document) = &document {
        show(pictures(document)?);
    }
    // One after the other: the browser paints meanwhile, and is to have a processor for it.
    let mut found = order.template.check(snapshot, &frame, &[language]);
    let made = document.map_err(anyhow::Error::from).and_then(|document| {
        let pdf = pdf::write(&document)?;
        Ok(Written { pages: document.pages.len(), pdf })
    });
    match made.map_err(anyhow::Error::downcast::<Problems>) {
        Ok(written) => Ok(Made { written: Some(written), found }),
        Err(Ok(problems)) => {
            // What filling met, the check has met too.
            let new: Vec<Problem> = problems.into_iter().filter(|problem| !found.0.contains(problem)).collect();
            found.extend(new);
            Ok(Made { written: None, found })
        }
        Err(Err(error)) => Err(error),
    }
}

/// Each page as SVG, side by side.
fn pictures(document: &Document) -> anyhow::Result<Vec<String>> {
    thread::scope(|scope| {
        let page = |page| scope.spawn(move || svg::quick_page(document, page));
        let pages: Vec<_> = (0..document.pages.len()).map(page).collect();
        let drawn =
            pages.into_iter().map(|page| page.join().map_err(|_| anyhow!("drawing a page stopped unexpectedly")));
        drawn.collect()
    })
}
