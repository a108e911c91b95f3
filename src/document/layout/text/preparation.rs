//! Preparation of a text for shaping: invisible characters that say where its lines may and may not be broken.

use std::ops::Range;

use super::{
    autospace, hyphenation,
    invisible::{SOFT_HYPHEN, WORD_JOINER},
    line_breaks,
    paragraph::Span,
};
use crate::base::language::Language;

/// A text ready to be shaped: soft hyphens where words may be broken, word joiners where no line may end, and the places
/// beside Chinese that are widened. Spans are moved along.
pub(super) struct PreparedText {
    pub text: String,
    pub spans: Vec<Span>,
    pub gaps: Vec<Range<usize>>,
}

impl PreparedText {
    pub fn new(text: &str, spans: &[Span], hyphenate: bool, language: Language) -> PreparedText {
        let mut put: Vec<(usize, char)> =
            line_breaks::forbidden(text).into_iter().map(|at| (at, WORD_JOINER)).collect();
        if hyphenate {
            put.extend(hyphenation::hyphens(text, language).into_iter().map(|at| (at, SOFT_HYPHEN)));
            put.sort_unstable();
        }
        let mut whole = String::with_capacity(text.len() + put.len() * WORD_JOINER.len_utf8());
        // Where each stretch begins: in the text as given, and in the prepared one.
        let mut begins = vec![(0, 0)];
        let mut from = 0;
        for (at, c) in put {
            whole.push_str(text.get(from..at).unwrap_or_default());
            whole.push(c);
            begins.push((at, whole.len()));
            from = at;
        }
        whole.push_str(text.get(from..).unwrap_or_default());
        let moved = |at: usize, begins_here: bool| {
            let count = begins.partition_point(|(there, _)| if begins_here { *there <= at } else { *there < at });
            begins.get(count.max(1) - 1).map_or(at, |(there, here)| at - there + here)
        };
        let spans: Vec<Span> = spans
            .iter()
            .map(|span| Span { range: moved(span.range.start, true)..moved(span.range.end, false), ..span.clone() })
            .collect();
        let raised = |at: usize| {
            let index = spans.partition_point(|span| span.range.end <= at);
            spans.get(index).is_some_and(|span| span.markup.cite && span.range.contains(&at))
        };
        let gaps = autospace::gaps(&whole, raised);
        PreparedText { text: whole, spans, gaps }
    }
}
