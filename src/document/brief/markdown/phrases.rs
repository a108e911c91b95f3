//! Words in brackets with what is to be known of them: `[经济参考报]{lang=zh}` is Chinese, `[IW]{means="…"}` an abbreviation.

use std::ops::Range;

use super::{Piece, Reader};
use crate::{
    base::problem::Problem,
    document::brief::{Emphasis, FOREIGN_LANGUAGES, Inline, source_map::Rendered},
};

const HINT: &str = "write [words]{lang=zh}, or [short]{means=\"the long form\"}";

/// What stands in braces behind words.
#[derive(Debug, Default, PartialEq)]
struct Attributes {
    language: Option<&'static str>,
    means: Option<String>,
}

/// The keys that stand in braces, by which braces without words in brackets are known.
const KEYS: [&str; 2] = ["{lang=", "{means="];

/// A mistake, with the bytes of the braces that it is about, and its hint.
#[derive(Debug, PartialEq)]
struct Mistake {
    what: String,
    at: Range<usize>,
    hint: String,
}

impl Reader<'_> {
    /// Turns the words in brackets of a paragraph into phrases; the paragraph stands in these bytes of the rendered text.
    pub(super) fn phrases(&mut self, pieces: Vec<Piece>, range: Range<usize>) -> Vec<Piece> {
        let mut all = Vec::with_capacity(pieces.len());
        // The place of what is read next.
        let mut from = range.start;
        for piece in pieces {
            let Piece::Text(Inline::Text { text, emphasis }) = piece else {
                all.push(piece);
                continue;
            };
            let mut rest = text.as_str();
            while let Some(found) = next(rest) {
                let before = rest.get(..found.brackets.start).unwrap_or_default();
                self.stray(before, &mut from, range.end);
                if !before.is_empty() {
                    all.push(Piece::Text(Inline::Text { text: before.to_owned(), emphasis }));
                }
                let written = rest.get(found.braces.clone()).unwrap_or_default();
                let at = self.written(written, &mut from, range.end);
                let words = rest.get(found.brackets.start + 1..found.brackets.end - 1).unwrap_or_default();
                match read(words, written) {
                    Ok(Attributes { language, means }) => {
                        all.push(Piece::Text(Inline::Phrase { text: words.to_owned(), emphasis, language, means }));
                    }
                    Err(Mistake { what, at: part, hint }) => {
                        let place = self.rendered.place(at.start + part.start..(at.start + part.end).min(at.end));
                        self.problems.push(Problem::error(what).at(place).hint(hint));
                    }
                }
                rest = rest.get(found.braces.end..).unwrap_or_default();
            }
            self.stray(rest, &mut from, range.end);
            if !rest.is_empty() {
                all.push(Piece::Text(Inline::Text { text: rest.to_owned(), emphasis }));
            }
        }
        all
    }

    /// Reports braces that stand behind no words in brackets.
    fn stray(&mut self, text: &str, from: &mut usize, end: usize) {
        for key in KEYS.into_iter().filter(|key| text.contains(key)) {
            let at = self.written(key, from, end);
            self.problem(format!("`{key}…}}` stands behind no words in brackets"), &at, HINT);
        }
    }

    /// Where this is written next, before `end`.
    fn written(&self, text: &str, from: &mut usize, end: usize) -> Range<usize> {
        let raw = self.rendered.text.get(*from..end).unwrap_or_default();
        let at = raw.find(text).map_or(*from..end, |at| *from + at..*from + at + text.len());
        *from = at.end.min(end);
        at
    }
}

/// A title, label or cell as plain text: the words in brackets without brackets and braces. What the braces say of them is noted;
/// `from` is where the text stands in the rendered file.
pub(in crate::document::brief) fn plain(
    text: &str,
    (rendered, from): (&Rendered, usize),
    known: &mut Vec<Inline>,
) -> Result<String, Box<Problem>> {
    let place = |written: &str, part: Option<Range<usize>>| {
        let raw = rendered.text.get(from..).unwrap_or_default();
        let at = from + raw.find(written).unwrap_or_default();
        let part = part.unwrap_or(0..written.len());
        rendered.place(at + part.start..at + part.end)
    };
    let (mut whole, mut rest) = (String::with_capacity(text.len()), text);
    while let Some(found) = next(rest) {
        let words = rest.get(found.brackets.start + 1..found.brackets.end - 1).unwrap_or_default();
        let written = rest.get(found.braces.clone()).unwrap_or_default();
        let Attributes { language, means } = read(words, written)
            .map_err(|Mistake { what, at, hint }| Problem::error(what).at(place(written, Some(at))).hint(hint))
            .map_err(Box::new)?;
        let phrase = Inline::Phrase { text: words.to_owned(), emphasis: Emphasis::None, language, means };
        if !known.contains(&phrase) {
            known.push(phrase);
        }
        whole.push_str(rest.get(..found.brackets.start).unwrap_or_default());
        whole.push_str(words);
        rest = rest.get(found.braces.end..).unwrap_or_default();
    }
    whole.push_str(rest);
    match KEYS.into_iter().find(|key| whole.contains(key)) {
        Some(key) => {
            let what = format!("`{key}…}}` stands behind no words in brackets");
            Err(Box::new(Problem::error(what).at(place(key, None)).hint(HINT)))
        }
        None => Ok(whole),
    }
}

/// The first words in brackets with braces, or braces without them, in a text that can have neither.
pub(in crate::document::brief) fn first_braces(text: &str) -> Option<Range<usize>> {
    let stray =
        KEYS.into_iter().filter_map(|key| text.find(key).map(|at| at..at + key.len())).min_by_key(|at| at.start);
    let with_words = next(text).filter(|found| {
        let braces = text.get(found.braces.clone()).unwrap_or_default();
        KEYS.into_iter().any(|key| braces.contains(key.trim_start_matches('{')))
    });
    with_words.map(|found| found.brackets.start..found.braces.end).or(stray)
}

/// Words in brackets with the braces behind them, both in bytes of a text.
struct Found {
    brackets: Range<usize>,
    braces: Range<usize>,
}

/// The first words in brackets that have braces behind them.
fn next(text: &str) -> Option<Found> {
    let mut from = 0;
    while let Some(at) = text.get(from..)?.find("]{") {
        let close = from + at;
        let open = text.get(..close)?.rfind('[').filter(|open| *open >= from);
        let end = text.get(close..)?.find('}').map(|at| close + at + 1);
        match (open, end) {
            (Some(open), Some(end)) => return Some(Found { brackets: open..close + 1, braces: close + 1..end }),
            _ => from = close + 1,
        }
    }
    None
}

/// Reads what stands in braces behind these words.
fn read(words: &str, braces: &str) -> Result<Attributes, Mistake> {
    let whole = 0..braces.len();
    let wrong = |what: String, at: Range<usize>| Mistake { what, at, hint: HINT.to_owned() };
    if words.trim().is_empty() {
        return Err(wrong("there are no words in these brackets".to_owned(), whole));
    }
    let inner = braces.get(1..braces.len().saturating_sub(1)).unwrap_or_default();
    let mut attributes = Attributes::default();
    let mut at = 0;
    while let Some(rest) = inner.get(at..).filter(|rest| !rest.trim().is_empty()) {
        at += rest.len() - rest.trim_start().len();
        let rest = rest.trim_start();
        let key = rest.split(['=', ' ']).next().unwrap_or_default();
        let value = rest.get(key.len()..).unwrap_or_default();
        // One byte for the brace, and where the value begins.
        let (start, length, value) = match value.strip_prefix("=\"") {
            Some(quoted) => {
                let value = quoted.split('"').next().unwrap_or_default();
                (1 + at + key.len() + 2, key.len() + 2 + value.len() + 1, value)
            }
            None => {
                let value = value.strip_prefix('=').unwrap_or_default().split(' ').next().unwrap_or_default();
                (1 + at + key.len() + 1, key.len() + 1 + value.len(), value)
            }
        };
        match key {
            "lang" => match FOREIGN_LANGUAGES.iter().find(|known| **known == value) {
                Some(known) => attributes.language = Some(known),
                None => {
                    let known = FOREIGN_LANGUAGES.join(", ");
                    let hint = format!("the language is one of {known}");
                    let what = format!("`{value}` is no language that words can be of");
                    return Err(Mistake { what, at: start..start + value.len().max(1), hint });
                }
            },
            "means" if !value.trim().is_empty() => attributes.means = Some(value.trim().to_owned()),
            "means" => return Err(wrong("`means` holds no words".to_owned(), 1 + at..start + 1)),
            _ => return Err(wrong(format!("`{key}` says nothing of words"), 1 + at..1 + at + key.len().max(1))),
        }
        at += length;
    }
    if attributes == Attributes::default() {
        return Err(wrong("these braces say nothing of the words before them".to_owned(), whole));
    }
    Ok(attributes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn braces_say_language_and_meaning() {
        let told = |braces| read("x", braces).map(|Attributes { language, means }| (language, means));
        assert_eq!(told("{lang=zh}"), Ok((Some("zh"), None)));
        assert_eq!(told("{means=\"a b\"}"), Ok((None, Some("a b".to_owned()))));
        assert_eq!(told("{ lang=de means=\"a = b\" }"), Ok((Some("de"), Some("a = b".to_owned()))));
        assert_eq!(told("{lang=\"zh\"}"), Ok((Some("zh"), None)));
    }

    #[test]
    fn mistakes_in_braces_have_their_bytes() {
        for (words, braces, what, at) in [
            ("x", "{lang=zz}", "`zz` is no language that words can be of", "zz"),
            ("x", "{lang=}", "`` is no language that words can be of", "}"),
            ("x", "{means=\"\"}", "`means` holds no words", "means=\"\""),
            ("x", "{colour=red}", "`colour` says nothing of words", "colour"),
            ("x", "{}", "these braces say nothing of the words before them", "{}"),
            (" ", "{lang=zh}", "there are no words in these brackets", "{lang=zh}"),
        ] {
            let mistake = read(words, braces).unwrap_err();
            assert_eq!((mistake.what.as_str(), &braces[mistake.at]), (what, at), "{braces}");
        }
    }
}
