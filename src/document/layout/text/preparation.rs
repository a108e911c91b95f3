//! Preparation of a text for shaping: letters composed with their accents, and invisible characters that say where its
//! lines may and may not be broken.

use std::{borrow::Cow, collections::BTreeSet, ops::Range};

use super::{
    autospace,
    composition::composed_for,
    hyphenation::{self, ProperNames},
    invisible::{SOFT_HYPHEN, WORD_JOINER, ZERO_WIDTH_SPACE},
    line_breaks,
    paragraph::Span,
    verbatim,
};
use crate::{
    base::language::Language,
    document::{brief::Family, layout::fonts::fonts},
};

/// A text ready to be shaped: soft hyphens where words may be broken, word joiners where no line may end, zero width spaces
/// where one may, and the places beside Chinese that are widened. Spans are moved along.
pub(super) struct PreparedText {
    pub text: String,
    pub spans: Vec<Span>,
    pub gaps: Vec<Range<usize>>,
    /// The word joiners of amounts that give way where a line cannot be filled otherwise: those before their Chinese units, and
    /// then those inside these.
    joints: [Vec<Range<usize>>; 2],
}

impl PreparedText {
    /// Prepares a text that is set in the first of `families` that has its characters. Its words may be broken if `hyphenate` says
    /// which are names.
    pub fn new(
        text: &str,
        spans: &[Span],
        families: [Family; 2],
        hyphenate: Option<&ProperNames>,
        language: Language,
    ) -> PreparedText {
        let (text, spans) = composed_spans(text, spans, families);
        let text = &*text;
        let words = verbatim::words(text);
        let outside = |at: &usize| {
            let index = words.partition_point(|word| word.end <= *at);
            words.get(index).is_none_or(|word| *at <= word.start)
        };
        let mut put: Vec<(usize, char)> =
            line_breaks::forbidden(text).into_iter().filter(outside).map(|at| (at, WORD_JOINER)).collect();
        verbatim::breaks(text, &words, &mut put);
        if let Some(names) = hyphenate {
            let hyphens = hyphenation::hyphens(text, language, names).into_iter().filter(outside);
            // The patterns are those of the text's language.
            let foreign: Vec<&Span> = spans.iter().filter(|span| span.markup.language.is_some()).collect();
            let foreign = |at: &usize| foreign.iter().any(|span| span.range.contains(at));
            let hyphens = hyphens.filter(|at| !foreign(at));
            put.extend(hyphens.map(|at| (at, SOFT_HYPHEN)));
        }
        if language == Language::Zh {
            let quotes = line_breaks::beside_quotes(text).into_iter().filter(outside);
            put.extend(quotes.map(|at| (at, ZERO_WIDTH_SPACE)));
        }
        put.sort_unstable();
        let loose = if language == Language::Zh { line_breaks::loose(text) } else { Default::default() };
        let mut joints: [Vec<Range<usize>>; 2] = Default::default();
        let mut whole = String::with_capacity(text.len() + put.len() * WORD_JOINER.len_utf8());
        // Where each stretch begins: in the text as given, and in the prepared one.
        let mut begins = vec![(0, 0)];
        let mut from = 0;
        for (at, c) in put {
            whole.push_str(text.get(from..at).unwrap_or_default());
            for (loose, joints) in loose.iter().zip(&mut joints) {
                if c == WORD_JOINER && loose.binary_search(&at).is_ok() {
                    joints.push(whole.len()..whole.len() + c.len_utf8());
                }
            }
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
            .into_iter()
            .map(|span| Span { range: moved(span.range.start, true)..moved(span.range.end, false), ..span })
            .collect();
        let raised = |at: usize| {
            let index = spans.partition_point(|span| span.range.end <= at);
            spans.get(index).is_some_and(|span| span.markup.cite && span.range.contains(&at))
        };
        let gaps = autospace::gaps(&whole, raised);
        PreparedText { text: whole, spans, gaps, joints }
    }

    /// Lets a line end inside the amount that begins the line at byte `at`: before its unit, or else inside it. Returns whether
    /// there is one.
    pub fn loosen(&mut self, at: usize) -> bool {
        let end = at + line_breaks::amount(self.text.get(at..).unwrap_or_default());
        for joints in &mut self.joints {
            let (first, last) =
                (joints.partition_point(|it| it.start < at), joints.partition_point(|it| it.start < end));
            let inside: Vec<Range<usize>> = joints.drain(first..last.max(first)).collect();
            for joint in &inside {
                // Both have three bytes, so that nothing moves.
                self.text.replace_range(joint.clone(), ZERO_WIDTH_SPACE.encode_utf8(&mut [0; 4]));
            }
            if !inside.is_empty() {
                return true;
            }
        }
        false
    }
}

/// A text with its letters composed, and its spans moved along. A letter and its accent in different spans stay two.
fn composed_spans<'t>(text: &'t str, spans: &[Span], families: [Family; 2]) -> (Cow<'t, str>, Vec<Span>) {
    if matches!(composed_for(text, families, fonts()), Cow::Borrowed(_)) {
        return (Cow::Borrowed(text), spans.to_vec());
    }
    let ends = spans.iter().flat_map(|span| [span.range.start, span.range.end]).chain([text.len()]);
    let mut whole = String::with_capacity(text.len());
    // Where each stretch ends: in the text as given, and in the composed one.
    let mut joints = vec![(0, 0)];
    let mut from = 0;
    for end in ends.collect::<BTreeSet<usize>>() {
        whole.push_str(&composed_for(text.get(from..end).unwrap_or_default(), families, fonts()));
        joints.push((end, whole.len()));
        from = end;
    }
    let moved = |at: usize| {
        let index = joints.partition_point(|(there, _)| *there < at);
        joints.get(index).map_or(whole.len(), |(_, here)| *here)
    };
    let spans = spans.iter().map(|span| Span { range: moved(span.range.start)..moved(span.range.end), ..span.clone() });
    let spans = spans.collect();
    (Cow::Owned(whole), spans)
}
