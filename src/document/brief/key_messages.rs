//! Key messages: what a reader should remember of a brief. They are a short list at the beginning of its text, and stand
//! between headline and lead, and in the mail.

use super::{Block, Brief, Inline, Style};

/// Maximum number of key messages: a longer list is a list.
const MOST: usize = 5;

/// Makes a short list at the beginning the key messages, and the first block behind it a lead, if it is a paragraph of
/// running text.
pub(super) fn beginning(blocks: &mut [Block]) {
    let mut at = 0;
    if let Some(first) = blocks.first_mut()
        && let Block::List { ordered: false, items } = first
        && items.len() <= MOST
        && items.iter().all(|item| item.children.is_empty())
    {
        *first = Block::KeyMessages(std::mem::take(items).into_iter().map(|item| item.text).collect());
        at = 1;
    }
    if let Some(Block::Paragraph { style, .. }) = blocks.get_mut(at)
        && *style == Style::Body
    {
        *style = Style::Lead;
    }
}

impl Brief {
    /// What a reader should remember; nothing if the text does not begin with a list.
    pub fn key_messages(&self) -> &[Vec<Inline>] {
        let messages = self.blocks.iter().find_map(|block| match block {
            Block::KeyMessages(messages) => Some(messages.as_slice()),
            _ => None,
        });
        messages.unwrap_or_default()
    }
}
