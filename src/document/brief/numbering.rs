//! Parts of a text become blocks: citations are numbered in the order of the text, and call-outs get
//! their word.

use super::{
    Block, CalloutKind, Emphasis, Inline, Item,
    markdown::{Part, Piece},
    sentences::sentences,
    translations,
};
use crate::{base::language::Language, figures::Citation};

/// The block of a part. `None` for a paragraph without words and for a fence, which `filling` fills. The recursion is
/// bounded by the nesting that `markdown` allows.
pub(super) fn block(part: Part, language: Language, cite: &mut impl FnMut(&[Citation]) -> Vec<usize>) -> Option<Block> {
    Some(match part {
        Part::Heading(level, text) => Block::Heading { level, text: inlines(text, cite) },
        Part::Paragraph(style, text) => {
            let text = inlines(text, cite);
            if text.is_empty() {
                return None;
            }
            Block::Paragraph { style, text }
        }
        Part::List(ordered, items) => {
            let items = items
                .into_iter()
                .map(|(text, children)| Item { text: inlines(text, cite), children: blocks(children, language, cite) });
            Block::List { ordered, items: items.collect() }
        }
        Part::Callout(kind, parts) => {
            let title = match kind {
                CalloutKind::Tip => translations::TIP,
                CalloutKind::Important => translations::IMPORTANT,
                CalloutKind::Warning => translations::WARNING,
            };
            Block::Callout { kind, title: (*title.get(language)).to_owned(), blocks: blocks(parts, language, cite) }
        }
        Part::Quote(parts) => Block::Quote(blocks(parts, language, cite)),
        Part::Fence(_) => return None,
    })
}

/// The blocks of several parts.
pub(super) fn blocks(
    parts: Vec<Part>,
    language: Language,
    cite: &mut impl FnMut(&[Citation]) -> Vec<usize>,
) -> Vec<Block> {
    parts.into_iter().filter_map(|part| block(part, language, cite)).collect()
}

/// Numbers citations. Those of a sentence stand at its end, each once: behind a full stop, and before a Chinese one
/// (GB/T 7714).
pub(super) fn inlines(pieces: Vec<Piece>, cite: &mut impl FnMut(&[Citation]) -> Vec<usize>) -> Vec<Inline> {
    let words: String = pieces.iter().map(shown).collect();
    let mut ends = sentences(&words).into_iter().map(|sentence| sentence.end).peekable();
    let (mut found, mut cited, mut at): (Vec<Inline>, Vec<Citation>, usize) = (Vec::new(), Vec::new(), 0);
    let mut set = |found: &mut Vec<Inline>, cited: &mut Vec<Citation>| {
        if !cited.is_empty() {
            found.push(Inline::Cite(cite(&std::mem::take(cited))));
        }
    };
    let mut pieces = pieces.into_iter().peekable();
    while let Some(piece) = pieces.next() {
        let end = at + shown(&piece).len();
        // A sentence may end with its last figure.
        while ends.peek() == Some(&end)
            && let Some(Piece::Cites(last)) = pieces.next_if(|next| matches!(next, Piece::Cites(_)))
        {
            cited.extend(last);
        }
        match piece {
            Piece::Cites(citations) => cited.extend(citations),
            Piece::Text(Inline::Text { text, emphasis }) => {
                let mut rest = &*text;
                while let Some(stop) = ends.next_if(|stop| *stop <= end)
                    && let Some((sentence, later)) = rest.split_at_checked(rest.len().saturating_sub(end - stop))
                {
                    let stays_behind = |c: char| c.is_whitespace() || matches!(c, '。' | '！' | '？');
                    let before = if cited.is_empty() { sentence } else { sentence.trim_end_matches(stays_behind) };
                    push(&mut found, before, emphasis);
                    set(&mut found, &mut cited);
                    push(&mut found, sentence.get(before.len()..).unwrap_or_default(), emphasis);
                    rest = later;
                }
                push(&mut found, rest, emphasis);
            }
            Piece::Text(inline) => {
                found.push(inline);
                if ends.next_if(|stop| *stop <= end).is_some() {
                    set(&mut found, &mut cited);
                }
            }
        }
        at = end;
    }
    trim(&mut found);
    set(&mut found, &mut cited);
    found
}

/// The words of a piece, as its sentences are found in them.
fn shown(piece: &Piece) -> &str {
    match piece {
        Piece::Text(
            Inline::Text { text, .. }
            | Inline::Phrase { text, .. }
            | Inline::Link { text, .. }
            | Inline::Reference { text, .. }
            | Inline::Source { text, .. },
        ) => text,
        Piece::Text(Inline::Break) => " ",
        Piece::Text(Inline::Cite(_) | Inline::Footnote(_)) | Piece::Cites(_) => "",
    }
}

/// Adds words, to those before them if these look the same.
fn push(found: &mut Vec<Inline>, words: &str, emphasis: Emphasis) {
    match found.last_mut() {
        _ if words.is_empty() => {}
        Some(Inline::Text { text, emphasis: before }) if *before == emphasis => text.push_str(words),
        _ => found.push(Inline::Text { text: words.to_owned(), emphasis }),
    }
}

/// Removes the superfluous blanks that expressions without a value leave behind.
fn trim(text: &mut Vec<Inline>) {
    for inline in text.iter_mut() {
        if let Inline::Text { text, .. } = inline {
            while text.contains("  ") {
                *text = text.replace("  ", " ");
            }
        }
    }
    if let Some(Inline::Text { text, .. }) = text.first_mut() {
        *text = text.trim_start().to_owned();
    }
    if let Some(Inline::Text { text, .. }) = text.last_mut() {
        *text = text.trim_end().to_owned();
    }
    text.retain(|inline| !matches!(inline, Inline::Text { text, .. } if text.is_empty()));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figures::{Published, Quality};

    fn source(url: &str) -> Citation {
        Citation {
            publisher: url.to_owned(),
            carrier: None,
            published: Published::Unknown,
            url: Some(url.to_owned()),
            quality: Quality::Report,
            title: None,
            page: None,
            quote: None,
            read_on: None,
            evidence: None,
        }
    }

    /// The text with its citations, as a reader sees them; `{a}` cites a source of this name.
    fn read(text: &str) -> String {
        let mut pieces = Vec::new();
        for part in text.split_inclusive(['{', '}']) {
            match part.strip_suffix('}') {
                Some(name) => pieces.push(Piece::Cites(name.split(' ').map(source).collect())),
                None => pieces.push(Piece::Text(Inline::plain(part.trim_end_matches('{')))),
            }
        }
        let mut known: Vec<Citation> = Vec::new();
        let mut cite = |cites: &[Citation]| {
            let mut number = |it: &Citation| {
                let at = known.iter().position(|known| known.is_same_source(it));
                at.unwrap_or_else(|| {
                    known.push(it.clone());
                    known.len() - 1
                }) + 1
            };
            let mut numbers: Vec<usize> = cites.iter().map(&mut number).collect();
            numbers.dedup();
            numbers
        };
        let shown = |it: Inline| match it {
            Inline::Cite(numbers) => format!("{numbers:?}"),
            Inline::Text { text, .. } => text,
            other => format!("{other:?}"),
        };
        inlines(pieces, &mut cite).into_iter().map(shown).collect()
    }

    #[test]
    fn the_sources_of_a_sentence_stand_at_its_end() {
        for (written, wanted) in [
            ("It fell by 4{a} to 5{b}; then it rose. Next.", "It fell by 4 to 5; then it rose.[1, 2] Next."),
            ("One 1{a}. Two 2{b}! Three 3{a b}", "One 1.[1] Two 2![2] Three 3[1, 2]"),
            ("It came to 2{a}.”", "It came to 2.”[1]"),
            ("Es waren 16 Mio.{a} Autos{b}. Und 2{c}", "Es waren 16 Mio. Autos.[1, 2] Und 2[3]"),
            ("下降44%{a}，为11万{b}。增长2%{a}。完", "下降44%，为11万[1, 2]。增长2%[1]。完"),
            ("{a} Alone{b} ", "Alone[1, 2]"),
            ("None. At all.", "None. At all."),
            ("", ""),
        ] {
            assert_eq!(read(written), wanted);
        }
    }

    #[test]
    fn a_link_may_end_a_sentence() {
        let link = Inline::Link { text: "the page.".to_owned(), url: "https://example.org".to_owned() };
        let text = |words: &str| Piece::Text(Inline::plain(words));
        let pieces =
            vec![text("See 2"), Piece::Cites(vec![source("a")]), text(" on "), Piece::Text(link), text(" And.")];
        let found = inlines(pieces, &mut |_| vec![7]);
        assert_eq!((&found[2], &found[3]), (&Inline::Cite(vec![7]), &Inline::plain(" And.")));
    }
}
