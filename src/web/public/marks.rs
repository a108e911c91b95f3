//! The marks of answers (`ETag`, RFC 9110 §8.8.3): who has an answer already is not sent it again.

use axum::http::{HeaderMap, header::IF_NONE_MATCH};

/// The mark of what has this hash.
pub(super) fn mark(hash: &str, variant: &str) -> String {
    format!("\"{}{variant}\"", hash.get(..20).unwrap_or(hash))
}

/// Has the asker what has this mark (RFC 9110 §13.1.2)?
pub(super) fn is_known(headers: &HeaderMap, mark: &str) -> bool {
    let lines = headers.get_all(IF_NONE_MATCH).iter().filter_map(|line| line.to_str().ok());
    lines.flat_map(|line| line.split(',')).any(|known| {
        let known = known.trim();
        known == "*" || known.strip_prefix("W/").unwrap_or(known) == mark
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(value: &str) -> HeaderMap {
        HeaderMap::from_iter([(IF_NONE_MATCH, value.parse().unwrap())])
    }

    #[test]
    fn who_has_it_is_told_so() {
        for (value, known) in
            [("\"a\"", true), ("W/\"a\"", true), ("\"b\", \"a\"", true), ("*", true), ("\"b\"", false), ("", false)]
        {
            assert_eq!(is_known(&headers(value), "\"a\""), known, "{value}");
        }
        assert!(!is_known(&HeaderMap::new(), "\"a\""));
    }
}
