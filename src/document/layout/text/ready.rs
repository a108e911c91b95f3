//! What is done to a text before it is shaped: marks for where its lines may and may not be broken.

use std::ops::Range;

use super::{SOFT_HYPHEN, Span};
use crate::{
    base::language::Language,
    document::layout::{autospace, breaks, hyphenation},
};

/// No line ends beside it (UAX #14, class WJ).
const WORD_JOINER: char = '\u{2060}';

/// A text made ready to be set: with soft hyphens where its words may be broken, word joiners where no line may end, and
/// the places beside Chinese that are widened.
pub(super) struct Ready {
    pub text: String,
    pub spans: Vec<Span>,
    pub gaps: Vec<Range<usize>>,
}

impl Ready {
    pub fn new(text: &str, spans: &[Span], hyphenate: bool, language: Language) -> Ready {
        let mut put: Vec<(usize, char)> = breaks::forbidden(text).into_iter().map(|at| (at, WORD_JOINER)).collect();
        if hyphenate {
            put.extend(hyphenation::hyphens(text, language).into_iter().map(|at| (at, SOFT_HYPHEN)));
            put.sort_unstable();
        }
        let mut whole = String::with_capacity(text.len() + put.len() * WORD_JOINER.len_utf8());
        // Where each stretch of the text begins: there, and here.
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
            spans.get(index).is_some_and(|span| span.mark.cite && span.range.contains(&at))
        };
        let gaps = autospace::gaps(&whole, raised);
        Ready { text: whole, spans, gaps }
    }
}
