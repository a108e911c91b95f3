//! Parts of a text become blocks: citations are numbered in the order of the text, the first paragraph is set larger, and
//! call-outs get their word.

use super::{
    Block, CalloutKind, Inline, Item, Style,
    markdown::{Part, Piece},
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

/// Makes the first block a lead, if it is a paragraph of running text.
pub(super) fn lead(blocks: &mut [Block]) {
    if let Some(Block::Paragraph { style, .. }) = blocks.first_mut()
        && *style == Style::Body
    {
        *style = Style::Lead;
    }
}

/// Numbers citations. Where several figures of a paragraph in a row have the same sources, only the last of them carries
/// the mark.
pub(super) fn inlines(pieces: Vec<Piece>, cite: &mut impl FnMut(&[Citation]) -> Vec<usize>) -> Vec<Inline> {
    let mut found: Vec<Inline> = Vec::new();
    let mut last: Option<usize> = None;
    for piece in pieces {
        match piece {
            Piece::Text(inline) => found.push(inline),
            Piece::Cites(citations) => {
                let numbers = cite(&citations);
                if let Some(before) = last
                    && found.get(before) == Some(&Inline::Cite(numbers.clone()))
                {
                    found.remove(before);
                }
                last = Some(found.len());
                found.push(Inline::Cite(numbers));
            }
        }
    }
    trim(&mut found);
    found
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
