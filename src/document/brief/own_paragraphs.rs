//! The check of the placeholders that become several lines of a mail: each stands in a paragraph of its own, or a reader would
//! get the private-use character that marks its place.

use std::ops::Range;

use super::{
    markdown,
    markers::{CHART, IMPRINT, KEY_FIGURES, KEY_MESSAGES, NEXT, SINCE},
    source_map::Rendered,
};
use crate::base::problem::{Problem, Problems};

/// A placeholder of a mail that becomes several lines.
struct Placeholder {
    name: &'static str,
    marker: &'static str,
    /// What a brief has instead.
    in_brief: &'static str,
}

const PLACEHOLDERS: [Placeholder; 6] = [
    Placeholder {
        name: "key_messages",
        marker: KEY_MESSAGES,
        in_brief: "the key messages of a brief are a list at its beginning",
    },
    Placeholder {
        name: "key_figures",
        marker: KEY_FIGURES,
        in_brief: "a brief shows figures in a fenced block: ```tiles name",
    },
    Placeholder {
        name: "since",
        marker: SINCE,
        in_brief: "the place of the changes in a brief is a fenced block: ```since",
    },
    Placeholder { name: "chart", marker: CHART, in_brief: "a brief shows a chart in a fenced block: ```chart name" },
    Placeholder { name: "next", marker: NEXT, in_brief: "delete it: only a mail says when the next edition is due" },
    Placeholder { name: "imprint", marker: IMPRINT, in_brief: "delete it: a brief ends with its imprint by itself" },
];

/// The problems of a mail's text: every placeholder that shares its paragraph with anything, or stands in none.
pub(super) fn check_mail(body: &Rendered, problems: &mut Problems) {
    if !PLACEHOLDERS.iter().any(|it| body.text.contains(it.marker)) {
        return;
    }
    let paragraphs = markdown::paragraphs(&body.text);
    let is_own = |at: &Range<usize>| {
        paragraphs.iter().any(|paragraph| {
            paragraph.start <= at.start
                && at.end <= paragraph.end
                && body.text.get(paragraph.clone()).map(str::trim) == body.text.get(at.clone())
        })
    };
    // A mail has one picture.
    for (_, at) in found(body).filter(|(placeholder, _)| placeholder.marker == CHART).skip(1) {
        let problem = Problem::error("`{{ chart }}` stands here once more").at(body.place(at));
        problems.push(problem.hint("a mail shows one chart: delete one of them"));
    }
    for (placeholder, at) in found(body).filter(|(_, at)| !is_own(at)) {
        let what = format!("`{{{{ {} }}}}` cannot stand in a line with other words", placeholder.name);
        let hint = "it stands in a paragraph of its own, with an empty line before it and after it";
        problems.push(Problem::error(what).at(body.place(at)).hint(hint));
    }
}

/// The problem of a mail that is to show a chart which does not stand in the text of its brief.
pub(super) fn check_chart(body: &Rendered, wanted: &str, problems: &mut Problems) {
    let Some((_, at)) = found(body).find(|(placeholder, _)| placeholder.marker == CHART) else { return };
    let problem = Problem::error(format!("the text of the brief has no chart `{wanted}` that its mail could show"));
    let hint = "`mail_chart` in blocks.toml names it; without that key it is the first chart of the text";
    problems.push(problem.at(body.place(at)).hint(hint));
}

/// The problems of a brief's text, where none of them can stand.
pub(super) fn check_brief(body: &Rendered, problems: &mut Problems) {
    for (placeholder, at) in found(body) {
        let what = format!("`{{{{ {} }}}}` cannot stand in a brief, only in its mail", placeholder.name);
        problems.push(Problem::error(what).at(body.place(at)).hint(placeholder.in_brief));
    }
}

/// The problems of a key of the front matter, where none of them can stand.
pub(super) fn check_front(key: &str, text: &Rendered, problems: &mut Problems) {
    for (placeholder, at) in found(text) {
        let what = format!("`{{{{ {} }}}}` cannot stand in `{key}`, which is one line", placeholder.name);
        let hint = "it stands in a paragraph of its own in the text of a mail";
        problems.push(Problem::error(what).at(text.place(at)).hint(hint));
    }
}

/// The placeholders of a text, each with its bytes.
fn found(rendered: &Rendered) -> impl Iterator<Item = (&'static Placeholder, Range<usize>)> + '_ {
    PLACEHOLDERS.iter().flat_map(|placeholder| {
        let found = rendered.text.match_indices(placeholder.marker);
        found.map(move |(at, marker)| (placeholder, at..at + marker.len()))
    })
}
