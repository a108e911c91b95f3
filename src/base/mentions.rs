//! Whether a text names a mail address, or only a longer one of which that is a part: `a@x.example` is not named by
//! `aa@x.example` and not by `a@x.example.org`. Where in a text to look, the callers know.

/// Does what stands at `at`, so many octets long and an address, stand alone? What stands around it may be white space,
/// punctuation, or a character that is not ASCII, since Chinese parts no words. A dot or a hyphen belongs to a longer address
/// only if a letter or a digit follows it on the other side. The octet before may be percent-encoded, as in a link.
pub fn stands_alone(text: &[u8], at: usize, length: usize) -> bool {
    let before = text.get(..at).unwrap_or_default();
    let after = text.get(at.saturating_add(length)..).unwrap_or_default();
    !goes_before(before) && !goes_after(after)
}

/// Do these octets end with a part of a local part?
fn goes_before(before: &[u8]) -> bool {
    match before {
        [rest @ .., b'%', high, low] if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => {
            let digit = |byte: u8| char::from(byte).to_digit(16).unwrap_or_default();
            let octet = u8::try_from(digit(*high) * 16 + digit(*low)).unwrap_or_default();
            octet.is_ascii_alphanumeric() || (joins(octet) && ends_with_word(rest))
        }
        [.., last] if last.is_ascii_alphanumeric() => true,
        [rest @ .., last] => joins(*last) && ends_with_word(rest),
        [] => false,
    }
}

/// Do these octets begin with a part of a domain?
fn goes_after(after: &[u8]) -> bool {
    match after {
        [first, ..] if first.is_ascii_alphanumeric() => true,
        [b'.' | b'-' | b'_', second, ..] => second.is_ascii_alphanumeric(),
        _ => false,
    }
}

const fn joins(octet: u8) -> bool {
    matches!(octet, b'.' | b'-' | b'_' | b'+')
}

fn ends_with_word(text: &[u8]) -> bool {
    text.last().is_some_and(u8::is_ascii_alphanumeric)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ADDRESS: &str = "a@x.example";

    fn is_named(text: &str) -> bool {
        text.match_indices(ADDRESS).any(|(at, _)| stands_alone(text.as_bytes(), at, ADDRESS.len()))
    }

    #[test]
    fn an_address_is_named_where_it_is_no_part_of_another() {
        for text in [
            "a@x.example",
            "<a@x.example>",
            "mailto:a@x.example?subject=b",
            "?to=a@x.example&b",
            "Write to a@x.example.",
            "a@x.example...",
            "– a@x.example, b",
            "...a@x.example",
            "-a@x.example-",
            "'a@x.example'",
            "我是a@x.example。",
            "„a@x.example“",
            "%3Ca@x.example%3E",
            "aa@x.example a@x.example",
        ] {
            assert!(is_named(text), "{text}");
        }
    }

    #[test]
    fn a_longer_address_does_not_name_it() {
        for text in [
            "",
            "aa@x.example",
            "b.a@x.example",
            "b-a@x.example",
            "bounces+a@x.example",
            "bounces%2Ba@x.example",
            "b%61a@x.example",
            "a@x.example.org",
            "a@x.examples",
            "a@x.example-b.org",
        ] {
            assert!(!is_named(text), "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_place_in_any_text_can_be_asked_of(text in ".{0,20}", at in 0_usize..40, length in 0_usize..40) {
            let _ = stands_alone(text.as_bytes(), at, length);
        }
    }
}
