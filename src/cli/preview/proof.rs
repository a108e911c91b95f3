//! One language of a preview, away from the async threads: pages as SVG, the same PDF that `build` writes, and every
//! problem that `check` would tell.

use std::thread;

use chrono::{DateTime, Utc};

use super::Inputs;
use crate::{
    language::Language,
    layout, pdf,
    problem::{Problem, Problems},
    svg,
};

/// What came of it.
pub(super) struct Made {
    /// The pages as SVG, and the PDF; none if something is wrong
    pub pages: Option<(Vec<String>, Vec<u8>)>,
    /// What is wrong; a number without a figure is, and stops `build`, though it can be shown
    pub found: Problems,
}

/// Makes it as a draft of that time.
///
/// # Errors
/// By a defect only: what a person can mend is among what was found.
pub(super) fn make(inputs: &Inputs, language: Language, at: DateTime<Utc>) -> anyhow::Result<Made> {
    let Inputs { order, snapshot, .. } = inputs;
    let frame = order.frame(None, at);
    let set = || -> anyhow::Result<(Vec<String>, Vec<u8>)> {
        let filled = order.template.fill(snapshot, language, &frame)?;
        let document = layout::lay_out(&filled.brief, &order.template.theme)?;
        let pages = (0..document.pages.len()).map(|page| svg::quick_page(&document, page)).collect();
        Ok((pages, pdf::write(&document)?))
    };
    let (checked, made) = thread::scope(|scope| {
        let checked = scope.spawn(|| order.template.check(snapshot, &frame, &[language]));
        let made = set();
        (checked.join(), made)
    });
    let mut found = checked.map_err(|_| anyhow::anyhow!("checking the template broke off"))?;
    match made.map_err(anyhow::Error::downcast::<Problems>) {
        Ok(pages) => Ok(Made { pages: Some(pages), found }),
        Err(Ok(problems)) => {
            // What filling met, the check has met too.
            let new: Vec<Problem> = problems.into_iter().filter(|problem| !found.0.contains(problem)).collect();
            found.extend(new);
            Ok(Made { pages: None, found })
        }
        Err(Err(error)) => Err(error),
    }
}
