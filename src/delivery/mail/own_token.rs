//! The reader's own tokens in a body that all readers share: where their placeholders stand in the encoded bytes, and the body
//! as pieces with the tokens between them. Nothing else moves, since a token is as long as the placeholder and consists of
//! characters that both encodings (7bit, quoted-printable) leave as they are. Headers are in `message`.

use std::ops::Range;

use lettre::message::{Body, header::ContentTransferEncoding};

use crate::people::tokens::{PLACEHOLDER, PREFERENCES_PLACEHOLDER};

/// How quoted-printable breaks a line within a word (RFC 2045 §6.7).
const SOFT_BREAK: &[u8] = b"=\r\n";

/// The tokens of a reader that stand in the body of their mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OwnTokens<'a> {
    /// Ends the subscription
    pub leave: &'a str,
    /// Changes it
    pub preferences: &'a str,
}

impl OwnTokens<'static> {
    /// Those of nobody: what a text for all readers has in their place.
    pub const PLACEHOLDERS: OwnTokens<'static> = OwnTokens { leave: PLACEHOLDER, preferences: PREFERENCES_PLACEHOLDER };
}

/// Which token it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Which {
    Leave,
    Preferences,
}

impl Which {
    const ALL: [Which; 2] = [Which::Leave, Which::Preferences];

    const fn of<'a>(self, tokens: &OwnTokens<'a>) -> &'a str {
        match self {
            Which::Leave => tokens.leave,
            Which::Preferences => tokens.preferences,
        }
    }
}

/// A part of a placeholder that stands in one piece.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Gap {
    /// Where it begins in the body
    at: usize,
    which: Which,
    /// Which characters of the token belong there
    characters: Range<usize>,
}

/// Where the tokens belong in a body, in order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Gaps(Vec<Gap>);

impl Gaps {
    /// Finds the placeholders of an encoded body.
    pub fn find(body: &[u8]) -> Gaps {
        let first = Which::ALL.map(|which| which.of(&OwnTokens::PLACEHOLDERS).bytes().next().unwrap_or_default());
        let mut gaps = Vec::new();
        let mut from = 0;
        while let Some(offset) = body.get(from..).and_then(|rest| rest.iter().position(|byte| first.contains(byte))) {
            let at = from + offset;
            from = match Which::ALL.into_iter().find_map(|which| placeholder_at(body, at, which)) {
                Some(found) => {
                    let end = found.last().map_or(at + 1, |gap| gap.at + gap.characters.len());
                    gaps.extend(found);
                    end
                }
                None => at + 1,
            };
        }
        Gaps(gaps)
    }

    /// Is the body the same for every reader?
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Where the first token begins; the end of the body if there is none.
    pub fn first(&self, body: &[u8]) -> usize {
        self.0.first().map_or(body.len(), |gap| gap.at)
    }

    /// The body from `start` on with the tokens in it, as pieces in order.
    pub fn filled<'a>(&self, body: &'a [u8], start: usize, tokens: OwnTokens<'a>) -> Vec<&'a [u8]> {
        let mut pieces = Vec::with_capacity(2 * self.0.len() + 1);
        let mut from = start;
        for Gap { at, which, characters } in &self.0 {
            pieces.extend(body.get(from..*at));
            pieces.extend(which.of(&tokens).as_bytes().get(characters.clone()));
            from = at + characters.len();
        }
        pieces.extend(body.get(from..));
        pieces
    }
}

/// The placeholder that begins at this place, as the pieces between soft line breaks.
fn placeholder_at(body: &[u8], at: usize, which: Which) -> Option<Vec<Gap>> {
    let (mut gaps, mut place, mut begun) = (Vec::new(), at, at);
    let mut characters = 0..0;
    for wanted in which.of(&OwnTokens::PLACEHOLDERS).bytes() {
        if characters.end > 0 && body.get(place..).is_some_and(|rest| rest.starts_with(SOFT_BREAK)) {
            gaps.push(Gap { at: begun, which, characters: characters.clone() });
            place += SOFT_BREAK.len();
            begun = place;
            characters.start = characters.end;
        }
        if body.get(place) != Some(&wanted) {
            return None;
        }
        place += 1;
        characters.end += 1;
    }
    gaps.push(Gap { at: begun, which, characters });
    Some(gaps)
}

/// Encodes the text of a part. One in which a token is to be put is never base64, where its characters would be mixed with
/// those beside it.
pub(super) fn encode(text: String) -> Body {
    if !Which::ALL.iter().any(|which| text.contains(which.of(&OwnTokens::PLACEHOLDERS))) {
        return Body::new(text);
    }
    let body = Body::new(text.clone());
    if body.encoding() != ContentTransferEncoding::Base64 {
        return body;
    }
    Body::new_with_encoding(text, ContentTransferEncoding::QuotedPrintable).unwrap_or(body)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::people::tokens::LENGTH;

    const TOKEN: &str = "uabcdefghijklmnopqrstuvwxyz234567abcd";
    const PREFERENCES: &str = "pabcdefghijklmnopqrstuvwxyz234567abcd";

    fn filled(body: &[u8], leave: &str) -> Vec<u8> {
        Gaps::find(body).filled(body, 0, OwnTokens { leave, preferences: PREFERENCES }).concat()
    }

    #[test]
    fn each_placeholder_gets_its_own_token() {
        let body = format!(
            "u{PREFERENCES_PLACEHOLDER}p {PLACEHOLDER}{}=\r\n{}",
            &PREFERENCES_PLACEHOLDER[..9],
            &PREFERENCES_PLACEHOLDER[9..]
        );
        let (start, end) = PREFERENCES.split_at(9);
        let wanted = format!("u{PREFERENCES}p {TOKEN}{start}=\r\n{end}");
        assert_eq!(String::from_utf8(filled(body.as_bytes(), TOKEN)).unwrap(), wanted);
        assert_ne!(encode(format!("绿{PREFERENCES_PLACEHOLDER}绿色经济")).encoding(), ContentTransferEncoding::Base64);
    }

    #[test]
    fn a_placeholder_is_found_whole_and_broken() {
        assert_eq!(TOKEN.len(), LENGTH);
        for (body, gaps) in [
            (String::new(), 0),
            (PLACEHOLDER.to_owned(), 1),
            (format!("{PLACEHOLDER}{PLACEHOLDER}"), 2),
            (format!("a{}=\r\n{}b", &PLACEHOLDER[..5], &PLACEHOLDER[5..]), 2),
            (format!("{}{PLACEHOLDER}", &PLACEHOLDER[..20]), 1),
            // A line that ends, and one character that is another.
            (format!("{}\r\n{}", &PLACEHOLDER[..5], &PLACEHOLDER[5..]), 0),
            (format!("{}x", &PLACEHOLDER[..36]), 0),
            (PLACEHOLDER[..36].to_owned(), 0),
        ] {
            let found = Gaps::find(body.as_bytes());
            assert_eq!(found.0.len(), gaps, "{body}");
            assert_eq!(found.is_empty(), gaps == 0);
            let text = String::from_utf8(filled(body.as_bytes(), TOKEN)).unwrap();
            assert_eq!(text.len(), body.len());
            assert_eq!(
                text.replace("=\r\n", "").matches(TOKEN).count(),
                usize::from(gaps > 0) * gaps.min(2 - usize::from(body.contains('='))),
                "{text}"
            );
        }
    }

    proptest! {
        /// Put into the encoded body, it is what encoding the text with the token gives.
        #[test]
        fn it_is_as_if_each_mail_had_been_encoded(
            texts in proptest::collection::vec("[ -~]{0,90}|[äöü绿色 \n.]{0,60}", 2..6),
        ) {
            let text = texts.join(&format!("https://x.example/u/{PLACEHOLDER}"));
            let (shared, own) = (encode(text.clone()), encode(text.replace(PLACEHOLDER, TOKEN)));
            prop_assert_ne!(shared.encoding(), ContentTransferEncoding::Base64);
            let filled = filled(&shared.clone().into_vec(), TOKEN);
            if own.encoding() == shared.encoding() {
                prop_assert_eq!(filled, own.into_vec());
            } else {
                prop_assert_eq!(filled.len(), shared.len());
            }
        }
    }
}
