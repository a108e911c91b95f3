//! Answers packed as gzip for who can unpack them (RFC 9110 §8.4.1): pages, styles, feeds. Those that nobody keeps are not
//! packed: the size of what is packed tells something of what is in it, and they are one person's. Files of editions are packed
//! in the store already: `stored`.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use axum::{
    body::{Body, Bytes, HttpBody as _, to_bytes},
    http::{
        HeaderMap, HeaderValue, StatusCode,
        header::{ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, ETAG, VARY},
    },
    response::Response,
};

use crate::base::gzip;

/// What is shorter fits into one packet as it is.
const SHORTEST: u64 = 1_000;
/// A page is never longer; the text of 500 pages is not.
const LONGEST: usize = 64 << 20;
/// So many packed answers are remembered.
const REMEMBERED: usize = 64;
/// Longer ones are not.
const LONGEST_REMEMBERED: usize = 64 << 10;

/// Answers that were packed, by their marks.
#[derive(Default)]
pub(super) struct Packed(Mutex<HashMap<String, Bytes>>);

/// Does the asker take gzip?
pub(super) fn takes_gzip(headers: &HeaderMap) -> bool {
    let lines = headers.get_all(ACCEPT_ENCODING).iter().filter_map(|said| said.to_str().ok());
    lines.flat_map(|line| line.split(',')).any(|coding| {
        let (name, weight) = coding.split_once(';').unwrap_or((coding, ""));
        let refused = weight.trim().strip_prefix("q=").and_then(|q| q.trim().parse().ok()) == Some(0.0_f32);
        name.trim().eq_ignore_ascii_case("gzip") && !refused
    })
}

/// Says that the answer depends on what the asker takes, if so, and names the mark of the packed one if that is what they get.
/// Returns whether it is to be packed.
pub(super) fn announce(asked: &HeaderMap, response: &mut Response) -> bool {
    if !can_be_packed(response) {
        return false;
    }
    let is_short = response.body().size_hint().exact().is_some_and(|size| (1..SHORTEST).contains(&size));
    let headers = response.headers_mut();
    let before = headers.get(VARY).and_then(|vary| vary.to_str().ok());
    let vary = before.map_or_else(|| "Accept-Encoding".to_owned(), |vary| format!("{vary}, Accept-Encoding"));
    if let Ok(vary) = HeaderValue::from_str(&vary) {
        headers.insert(VARY, vary);
    }
    if !takes_gzip(asked) || is_short {
        return false;
    }
    let mark = headers.get(ETAG).and_then(|mark| mark.to_str().ok()?.strip_suffix('"'));
    if let Some(mark) = mark.and_then(|mark| HeaderValue::from_str(&format!("{mark}-gz\"")).ok()) {
        headers.insert(ETAG, mark);
    }
    true
}

/// Is it a text that may be kept?
fn can_be_packed(response: &Response) -> bool {
    let headers = response.headers();
    let said = |name| headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok()).unwrap_or_default();
    let kind = said(CONTENT_TYPE);
    response.status() == StatusCode::OK
        && !headers.contains_key(CONTENT_ENCODING)
        && said(CACHE_CONTROL).starts_with("public")
        && (kind.starts_with("text/") || ["xml", "json", "svg"].iter().any(|word| kind.contains(word)))
        // A file of an edition that its store has packed says so itself.
        && !said(VARY).contains("Accept-Encoding")
}

impl Packed {
    /// The answer, packed. One whose body is not there (HEAD) says only that it would be.
    pub async fn pack(&self, response: Response) -> Response {
        let (mut head, body) = response.into_parts();
        // Ours are in memory already.
        let Ok(body) = to_bytes(body, LONGEST).await else { return Response::from_parts(head, Body::empty()) };
        head.headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        head.headers.remove(CONTENT_LENGTH);
        if body.is_empty() {
            return Response::from_parts(head, Body::empty());
        }
        let mark = head.headers.get(ETAG).and_then(|mark| mark.to_str().ok()).map(str::to_owned);
        let known = mark.as_ref().and_then(|mark| self.lock().get(mark).cloned());
        let packed = known.unwrap_or_else(|| self.keep(mark, gzip::pack(&body).into()));
        Response::from_parts(head, Body::from(packed))
    }

    fn keep(&self, mark: Option<String>, packed: Bytes) -> Bytes {
        if let Some(mark) = mark.filter(|_| packed.len() <= LONGEST_REMEMBERED) {
            let mut known = self.lock();
            if known.len() >= REMEMBERED {
                known.clear();
            }
            known.insert(mark, packed.clone());
        }
        packed
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<String, Bytes>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(name: axum::http::HeaderName, value: &str) -> HeaderMap {
        HeaderMap::from_iter([(name, value.parse().unwrap())])
    }

    #[test]
    fn it_is_packed_for_who_can_unpack_it() {
        for (value, takes) in [
            ("gzip", true),
            ("br, GZIP;q=0.5", true),
            ("gzip;q=0", false),
            ("gzip; q=0.0", false),
            ("br", false),
            ("", false),
            ("xgzip", false),
        ] {
            assert_eq!(takes_gzip(&headers(ACCEPT_ENCODING, value)), takes, "{value}");
        }
    }

    #[tokio::test]
    async fn so_many_are_remembered() {
        let packed = Packed::default();
        for number in 0..2 * REMEMBERED {
            let mut response = Response::new(Body::from("x".repeat(1_000)));
            response.headers_mut().insert(ETAG, HeaderValue::from_str(&format!("\"{number}-gz\"")).unwrap());
            let response = packed.pack(response).await;
            assert_eq!(response.headers().get(CONTENT_ENCODING).unwrap(), "gzip");
            let body = to_bytes(response.into_body(), LONGEST).await.unwrap();
            assert_eq!(gzip::unpack(&body, 2_000).unwrap(), "x".repeat(1_000).into_bytes());
            assert!(packed.lock().len() <= REMEMBERED);
        }
    }
}
