//! Words in titles, captions, labels and cells that are of another language than the brief's, or an abbreviation. There they are
//! plain text, as the drawing of a chart, a mail and the outline need it; where they are set as text, they are found again.

use super::{Brief, Emphasis, Inline};

impl Brief {
    /// A text without markup, in which the phrases of the brief are told apart from the rest.
    pub fn with_phrases(&self, text: &str, emphasis: Emphasis) -> Vec<Inline> {
        let plain = |text: &str| Inline::Text { text: text.to_owned(), emphasis };
        let mut inlines = Vec::new();
        let mut rest = text;
        while let Some((at, words, known)) = first(rest, &self.phrases) {
            let (before, found) = rest.split_at(at);
            let (words, after) = found.split_at(words.len());
            if !before.is_empty() {
                inlines.push(plain(before));
            }
            if let Inline::Phrase { language, means, .. } = known {
                let (language, means) = (*language, means.clone());
                inlines.push(Inline::Phrase { text: words.to_owned(), emphasis, language, means });
            }
            rest = after;
        }
        if !rest.is_empty() || inlines.is_empty() {
            inlines.push(plain(rest));
        }
        inlines
    }
}

/// The first known phrase of a text, with its byte and its words; of several at one place the longest.
fn first<'p>(text: &str, phrases: &'p [Inline]) -> Option<(usize, &'p str, &'p Inline)> {
    let found = phrases.iter().filter_map(|known| {
        let Inline::Phrase { text: words, .. } = known else { return None };
        let at = text.match_indices(words.as_str()).map(|(at, _)| at).find(|at| is_whole(text, *at, words))?;
        Some((at, words.as_str(), known))
    });
    found.min_by_key(|(at, words, _)| (*at, usize::MAX - words.len()))
}

/// Whether words that stand at this byte are no part of a longer word. Chinese has no blanks between words.
fn is_whole(text: &str, at: usize, words: &str) -> bool {
    let is_letter = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
    let (before, after) = (text.get(..at).unwrap_or_default(), text.get(at + words.len()..).unwrap_or_default());
    let (first, last) = (words.chars().next(), words.chars().next_back());
    let begins_inside = is_letter(first) && is_letter(before.chars().next_back());
    let ends_inside = is_letter(last) && is_letter(after.chars().next());
    !words.is_empty() && !begins_inside && !ends_inside
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(words: &str) -> Inline {
        Inline::Phrase { text: words.to_owned(), emphasis: Emphasis::None, language: Some("de"), means: None }
    }

    #[test]
    fn a_phrase_is_found_as_a_word_and_the_longest_first() {
        let phrases = [known("IW"), known("IW Köln"), known("经济")];
        let found = |text: &str| first(text, &phrases).map(|(at, words, _)| (at, words.to_owned()));
        assert_eq!(found("The IW Köln"), Some((4, "IW Köln".to_owned())));
        assert_eq!(found("KIWI, IW."), Some((6, "IW".to_owned())));
        assert_eq!(found("绿色经济报"), Some((6, "经济".to_owned())));
        assert_eq!(found("KIWI"), None);
    }
}
