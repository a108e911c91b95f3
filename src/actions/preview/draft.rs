//! The draft of a preview in one language, made on a blocking thread: the pages as SVG, the same PDF that `build` writes,
//! and every problem that `check` reports.

use std::thread;

use anyhow::anyhow;
use chrono::{DateTime, Utc};

use super::inputs::PreviewInputs;
use crate::{
    base::{
        language::Language,
        problem::{Problem, Problems},
    },
    document::{
        brief::{Filled, MailText},
        layout::{self, document::Document},
        pdf, svg,
    },
    edition,
};

/// A draft in one language.
pub(super) struct Draft {
    /// `None` if the template has a mistake
    pub pdf: Option<DraftPdf>,
    /// What is wrong. A number without a figure is an error too and stops `build`, though the draft can be shown
    pub problems: Problems,
}

/// The PDF of a draft.
pub(super) struct DraftPdf {
    /// Number of pages
    pub pages: usize,
    pub bytes: Vec<u8>,
}

/// Makes the draft of time `at`. `on_pages` is given the pages as soon as they are laid out, so that whoever looks at them
/// need not wait for the PDF and the check; `on_mail` the mail, which is looked at after them.
///
/// # Errors
/// Fails only by a defect: what a person can mend is among the draft's problems.
pub(super) fn make(
    inputs: &PreviewInputs,
    language: Language,
    at: DateTime<Utc>,
    on_pages: impl FnOnce(Vec<String>),
    on_mail: impl FnOnce(MailText),
) -> anyhow::Result<Draft> {
    let PreviewInputs { spec, snapshot, .. } = inputs;
    let frame = spec.frame(None, at);
    let theme = &spec.template.theme;
    let lay_out = || -> Result<(Filled, Document), Problems> {
        let filled = spec.template.fill(snapshot, language, &frame)?;
        let document = layout::lay_out(&filled.brief, theme)
            .map_err(|found| edition::placed(found, &spec.template, snapshot, &frame, language))?;
        Ok((filled, document))
    };
    let laid_out = lay_out();
    if let Ok((_, document)) = &laid_out {
        on_pages(draw_pages(document)?);
    }
    let document = laid_out.map(|(filled, document)| {
        let Filled { brief, mut mail, .. } = filled;
        edition::draw_chart(&mut mail, &brief, theme);
        on_mail(mail);
        document
    });
    // One after the other: the browser paints meanwhile, and needs a processor for it.
    let mut problems = spec.template.check(snapshot, &frame, &[language]);
    let written = document.map_err(anyhow::Error::from).and_then(|document| {
        let bytes = pdf::write(&document)?;
        Ok(DraftPdf { pages: document.pages.len(), bytes })
    });
    match written.map_err(anyhow::Error::downcast::<Problems>) {
        Ok(pdf) => Ok(Draft { pdf: Some(pdf), problems }),
        Err(Ok(found)) => {
            // The check has found what filling found, too.
            let new: Vec<Problem> = found.into_iter().filter(|problem| !problems.0.contains(problem)).collect();
            problems.extend(new);
            Ok(Draft { pdf: None, problems })
        }
        Err(Err(error)) => Err(error),
    }
}

/// Draws each page as SVG, all at the same time.
fn draw_pages(document: &Document) -> anyhow::Result<Vec<String>> {
    thread::scope(|scope| {
        let draw = |page| scope.spawn(move || svg::quick_page(document, page));
        let threads: Vec<_> = (0..document.pages.len()).map(draw).collect();
        let drawn =
            threads.into_iter().map(|page| page.join().map_err(|_| anyhow!("drawing a page stopped unexpectedly")));
        drawn.collect()
    })
}
