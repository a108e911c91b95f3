//! The check that mails link only to pages that are there: `attach` of a brief against its `public` and `[web.public]`.

use std::collections::BTreeMap;

use crate::{
    base::problem::Problem,
    config::{
        briefs::{Attach, Brief, Visibility},
        reading::problem_sink::ProblemSink,
    },
};

/// Tells of links to pages that are not there.
pub(super) fn check(briefs: &BTreeMap<String, Brief>, has_pages: bool, sink: &ProblemSink) {
    for brief in briefs.values() {
        let Some(place) = brief.place_of_attach.as_ref().filter(|_| brief.attach != Attach::Pdf) else { continue };
        let (what, hint) = if !has_pages {
            ("there are no public pages", "write [web.public] and below it url = \"https://…\"; or attach = \"pdf\"")
        } else if brief.public == Visibility::Off {
            ("this brief has no pages", "write public = \"link\", or public = \"public\"; or attach = \"pdf\"")
        } else {
            continue;
        };
        let problem = Problem::error(format!("its mails cannot have a link to the PDF: {what}"));
        sink.push(problem.at(place.clone()).hint(hint));
    }
}
