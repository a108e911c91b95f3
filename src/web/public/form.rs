//! The body of a POST: read up to a limit and within a time, and its fields. What a field means is known to its page.

use std::{future::poll_fn, pin::Pin, time::Duration};

use axum::{
    body::{Body, HttpBody as _, to_bytes},
    http::{HeaderMap, StatusCode, header::CONTENT_TYPE},
};
use tokio::time::timeout;

/// The most that is read of a body, in bytes.
pub(super) const LONGEST: usize = 16 * 1024;
/// Within which the whole body has to arrive.
const TIME: Duration = Duration::from_secs(10);
/// So much is read, and thrown away, of a body that may be anything: who sends it hears the answer only behind its end.
const LONGEST_IGNORED: usize = 1 << 20;
/// Within which a body arrives that may be anything: shorter than what the end of the daemon leaves.
const TIME_FOR_ANYTHING: Duration = Duration::from_secs(4);
/// The most fields that a form of ours could have, with room for what a browser adds.
pub const MOST_FIELDS: usize = 32;

/// Reads a body.
///
/// # Errors
/// The status that says what is wrong: 408 if it came too slowly, 413 if it is longer than [`LONGEST`], 400 if it broke off.
pub(super) async fn body(headers: &HeaderMap, body: Body) -> Result<Vec<u8>, StatusCode> {
    let said = headers.get("content-length").and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
    if said.is_some_and(|said| said > LONGEST) {
        return Err(StatusCode::PAYLOAD_TOO_LARGE);
    }
    match timeout(TIME, to_bytes(body, LONGEST)).await {
        Err(_) => Err(StatusCode::REQUEST_TIMEOUT),
        Ok(Ok(bytes)) => Ok(bytes.into()),
        Ok(Err(error)) => {
            let is_limit = std::error::Error::source(&error).is_some_and(|source| source.to_string().contains("limit"));
            Err(if is_limit { StatusCode::PAYLOAD_TOO_LARGE } else { StatusCode::BAD_REQUEST })
        }
    }
}

/// The fields of a body where it does not matter whether it can be read: none if it is too long, too slow, or breaks off.
pub(super) async fn fields_if_any(headers: &HeaderMap, body: Body) -> Form {
    let read = timeout(TIME_FOR_ANYTHING, kept(body)).await;
    read.ok().flatten().map_or_else(Form::default, |body| Form::of(headers, &body))
}

/// A body of up to [`LONGEST`] bytes; of a longer one the rest is read as well.
async fn kept(mut body: Body) -> Option<Vec<u8>> {
    let (mut kept, mut length) = (Vec::new(), 0);
    while let Some(frame) = poll_fn(|cx| Pin::new(&mut body).poll_frame(cx)).await {
        let Ok(data) = frame.ok()?.into_data() else { continue };
        length += data.len();
        if length <= LONGEST {
            kept.extend_from_slice(&data);
        } else if length > LONGEST_IGNORED {
            return None;
        }
    }
    (length <= LONGEST).then_some(kept)
}

/// The fields of a form, in their order.
#[derive(Debug, Default)]
pub struct Form(Vec<(String, String)>);

impl Form {
    /// The fields of a form as browsers send it (`application/x-www-form-urlencoded`); none if the body is something else.
    pub(super) fn of(headers: &HeaderMap, body: &[u8]) -> Form {
        let kind = headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        let kind = kind.split(';').next().unwrap_or_default().trim();
        if !kind.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
            return Form::default();
        }
        Form::read(body)
    }

    /// The fields of a body in `application/x-www-form-urlencoded`, up to [`MOST_FIELDS`]. Any octets are such a body.
    pub fn read(body: &[u8]) -> Form {
        Form(form_urlencoded::parse(body).take(MOST_FIELDS).map(|(name, value)| (name.into(), value.into())).collect())
    }

    /// The fields in their order.
    pub fn fields(&self) -> impl ExactSizeIterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// The value of a field. `None` if it is not there, or there with two values: nobody can say which was meant.
    pub fn get(&self, name: &str) -> Option<&str> {
        let mut values = self.0.iter().filter(|(known, _)| known == name).map(|(_, value)| value.as_str());
        let first = values.next()?;
        values.all(|other| other == first).then_some(first)
    }

    /// Are there no other fields than these, and none twice? A form of ours has only its own.
    pub fn is_ours(&self, names: &[&str]) -> bool {
        let twice = |at: usize, name: &str| self.0.iter().take(at).any(|(before, _)| before == name);
        !self.0.is_empty()
            && self.0.iter().enumerate().all(|(at, (name, _))| names.contains(&name.as_str()) && !twice(at, name))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn form(body: &str) -> Form {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, "application/x-www-form-urlencoded; charset=utf-8".parse().unwrap());
        Form::of(&headers, body.as_bytes())
    }

    #[test]
    fn a_field_has_one_value_or_none() {
        let form = form("a=1&b=%C3%BC+x&a=1&c=1&c=2&d");
        assert_eq!((form.get("a"), form.get("b"), form.get("c")), (Some("1"), Some("ü x"), None));
        assert_eq!((form.get("d"), form.get("e")), (Some(""), None));
    }

    #[test]
    fn a_form_of_ours_has_its_fields_and_no_others() {
        assert!(form("a=1&b=2").is_ours(&["a", "b", "c"]));
        for other in ["a=1&x=2", "a=1&a=1", "", "a%00=1", "A=1"] {
            assert!(!form(other).is_ours(&["a", "b"]), "{other}");
        }
        assert!(!Form::of(&HeaderMap::new(), b"a=1").is_ours(&["a"]));
    }

    proptest! {
        #[test]
        fn no_body_is_too_strange(body in prop::collection::vec(any::<u8>(), 0..300)) {
            let mut headers = HeaderMap::new();
            headers.insert(CONTENT_TYPE, "application/x-www-form-urlencoded".parse().unwrap());
            let form = Form::of(&headers, &body);
            prop_assert!(form.0.len() <= MOST_FIELDS);
            let _ = form.get("scope");
        }
    }
}
