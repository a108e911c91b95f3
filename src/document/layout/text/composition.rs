//! Letters with their accents as one character (Unicode Normalization Form C, UAX #15), so that a text that is copied or
//! searched is the same however it was typed: `é` as one character, not as `e` and an accent. Where a font has only the
//! parts, the parts are set, each of which then stands for itself.

use std::borrow::Cow;

use unicode_normalization::{IsNormalized, UnicodeNormalization, char::decompose_canonical, is_nfc_quick};

use crate::document::{brief::Family, layout::fonts::Fonts};

/// Composes a text.
pub fn composed(text: &str) -> Cow<'_, str> {
    if text.is_ascii() || is_nfc_quick(text.chars()) == IsNormalized::Yes {
        Cow::Borrowed(text)
    } else {
        Cow::Owned(text.nfc().collect())
    }
}

/// Composes a text as far as the first family that can show a character has it as one; `families` are in the order in which
/// they are asked.
pub(super) fn composed_for<'t>(text: &'t str, families: [Family; 2], fonts: &Fonts) -> Cow<'t, str> {
    let whole = composed(text);
    let in_parts = |c: char| !c.is_ascii() && is_set_in_parts(c, families, fonts);
    if !whole.contains(in_parts) {
        return whole;
    }
    let mut out = String::with_capacity(whole.len() + 8);
    for c in whole.chars() {
        if in_parts(c) {
            decompose_canonical(c, |part| out.push(part));
        } else {
            out.push(c);
        }
    }
    Cow::Owned(out)
}

fn is_set_in_parts(c: char, families: [Family; 2], fonts: &Fonts) -> bool {
    for family in families {
        if fonts.family_has(family, c) {
            return false;
        }
        let (mut parts, mut known) = (0, true);
        decompose_canonical(c, |part| {
            parts += 1;
            known &= fonts.family_has(family, part);
        });
        if parts > 1 && known {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::layout::fonts::fonts;

    #[test]
    fn a_text_is_composed_as_far_as_the_fonts_have_it() {
        for (text, wanted) in [
            ("cafe\u{301} Zu\u{308}rich", "café Zürich"),
            ("n\u{308} 动\u{323}", "n\u{308} 动\u{323}"),
            // Plex has no Ḥ, but its parts.
            ("\u{1e24}", "H\u{323}"),
            ("\u{16a0} Größe 合作", "\u{16a0} Größe 合作"),
        ] {
            for families in [[Family::Plex, Family::Noto], [Family::Noto, Family::Plex]] {
                assert_eq!(composed_for(text, families, fonts()), wanted);
            }
        }
    }
}
