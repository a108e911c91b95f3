//! The links of mails as they come back: mail programs take what stands behind a link for a part of it, be it the full stop of
//! a sentence, a slash, a bracket or the next word in Chinese. What a link leads to is not here.

use axum::http::{Uri, uri::PathAndQuery};

/// With what the paths begin to which links in mails lead; those of editions have a number as their second part.
const BEGINNINGS: [&str; 4] = ["/c/", "/leave/", "/p/", "/u/"];

/// Does this path begin as a link of a mail, other than those to editions?
pub(super) fn is_of_mail(path: &str) -> bool {
    BEGINNINGS.iter().any(|beginning| path.starts_with(beginning)) || path == "/leave"
}

/// With what the paths begin whose second part is a token.
const BEFORE_TOKENS: [&str; 3] = ["c", "p", "u"];

/// The address as we wrote it. A token, a brief's id and a language end with a letter or a digit: what stands behind the last
/// one is not ours. Behind a token nothing is; nor are a second slash, and capitals before it.
pub(super) fn as_written(uri: Uri) -> Uri {
    let path = uri.path();
    let with_token = with_token(path);
    let written = with_token.as_deref().unwrap_or_else(|| written(path));
    let is_edition = || path.split('/').nth(2).is_some_and(|number| number.parse::<u32>().is_ok());
    // Not so much that nothing is left of what it leads to.
    let is_ours = with_token.is_some() || is_of_mail(path) && is_of_mail(written) || is_edition();
    if written == path || written.is_empty() || !is_ours {
        return uri;
    }
    let whole = uri.query().map_or_else(|| written.to_owned(), |query| format!("{written}?{query}"));
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = PathAndQuery::try_from(whole).ok();
    Uri::from_parts(parts).unwrap_or(uri)
}

/// The path of a link with a token, without what does not belong to it; `None` if it is no such link.
fn with_token(path: &str) -> Option<String> {
    let mut parts = path.split('/').filter(|part| !part.is_empty());
    let (first, named) = (parts.next()?, parts.next()?);
    let beginning = BEFORE_TOKENS.iter().find(|beginning| first.eq_ignore_ascii_case(beginning))?;
    let mut rest = named;
    while let Some(first) = rest.chars().next() {
        let octet = rest.get(..3).and_then(|octet| octet.strip_prefix('%'));
        match octet.and_then(|octet| u8::from_str_radix(octet, 16).ok()) {
            Some(octet) if octet.is_ascii_alphanumeric() => rest = rest.get(3..).unwrap_or_default(),
            None if first.is_ascii_alphanumeric() => rest = rest.get(1..).unwrap_or_default(),
            _ => break,
        }
    }
    let token = named.strip_suffix(rest).filter(|token| !token.is_empty())?;
    Some(format!("/{beginning}/{token}"))
}

/// A path up to its last letter or digit, also if what follows is percent-encoded.
fn written(path: &str) -> &str {
    let mut rest = path;
    while let Some((start, last)) = rest.char_indices().next_back() {
        let octet = rest.len().checked_sub(3).and_then(|at| rest.get(at..)?.strip_prefix('%'));
        match octet.and_then(|octet| u8::from_str_radix(octet, 16).ok()) {
            Some(octet) if !octet.is_ascii_alphanumeric() => rest = rest.get(..rest.len() - 3).unwrap_or_default(),
            None if !last.is_ascii_alphanumeric() => rest = rest.get(..start).unwrap_or_default(),
            _ => break,
        }
    }
    rest
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn path(uri: &str) -> String {
        as_written(uri.parse().unwrap()).to_string()
    }

    #[test]
    fn what_a_mail_program_adds_is_left_out() {
        for (uri, written) in [
            ("/u/abc", "/u/abc"),
            ("/u/abc.", "/u/abc"),
            ("/u/abc/", "/u/abc"),
            ("/u/abc%3E", "/u/abc"),
            ("/u/abc%e9%80%80%E8%AE%A2?lang=zh", "/u/abc?lang=zh"),
            ("/c/abc).", "/c/abc"),
            ("/p/abc/?x=1.", "/p/abc?x=1."),
            ("/leave/green-economy/", "/leave/green-economy"),
            ("/leave/", "/leave"),
            ("/green-economy/12/de.", "/green-economy/12/de"),
            ("/green-economy/12/", "/green-economy/12"),
            ("http://localhost/u/abc/", "http://localhost/u/abc"),
            // What a proxy or a mail program makes of it.
            ("//u/abc", "/u/abc"),
            ("/u//abc?x=y", "/u/abc?x=y"),
            ("/U/ABC", "/u/ABC"),
            ("/u/abc/x", "/u/abc"),
            ("/u/abc&utm=1", "/u/abc"),
            ("/u/abc;x=y/", "/u/abc"),
            ("/u/abc.html", "/u/abc"),
            ("//P//abc/退", "/p/abc"),
            ("/c/abc%41%3Ex", "/c/abc%41"),
            // What is another token, or no link of a mail, stays.
            ("/u/abc%41", "/u/abc%41"),
            ("/u/%00", "/u/%00"),
            ("/u/", "/u/"),
            ("/imprint/", "/imprint/"),
            ("/", "/"),
        ] {
            assert_eq!(path(uri), written, "{uri}");
        }
    }

    proptest! {
        #[test]
        fn no_path_is_too_strange(rest in "[ -~é退]{0,40}") {
            let _ = written(&rest);
            if let Ok(uri) = format!("/u/{rest}").parse::<Uri>() {
                let once = as_written(uri);
                prop_assert!(once.path().starts_with("/u"));
                prop_assert_eq!(as_written(once.clone()), once);
            }
        }
    }
}
