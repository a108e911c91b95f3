//! Files of editions as answers that a browser may keep, packed for who can unpack them.

use std::sync::Arc;

use axum::{
    body::{Body, Bytes},
    http::{
        HeaderMap, HeaderValue, StatusCode,
        header::{
            CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_ENCODING, CONTENT_LANGUAGE, CONTENT_SECURITY_POLICY,
            CONTENT_TYPE, ETAG, VARY,
        },
    },
    response::{IntoResponse, Response},
};
use tracing::error;

use super::{
    marks::{is_known, mark},
    notices::refusal,
    packing::takes_gzip,
    page::Reach,
    visit::Visit,
};
use crate::base::{gzip, language::Language};

/// The most that a file of an edition can be when it is unpacked. A text of 500 pages has less.
const LONGEST: u64 = 64 << 20;
/// A file of an edition never becomes another one; that the edition is withdrawn is seen after a day at the latest.
const FOR_GOOD: &str = "public, max-age=86400, immutable";
/// A picture has pixels inside, and nothing from anywhere else; so has a text or a table.
const INERT: &str = "default-src 'none'; img-src data:; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

/// A file of an edition.
pub(super) struct StoredFile<'a> {
    pub kind: &'static str,
    /// The key of its bytes
    pub key: &'a str,
    pub is_packed: bool,
    /// As `Content-Disposition` says it
    pub disposition: String,
    pub language: Language,
    pub reach: Reach,
}

impl StoredFile<'_> {
    /// The answer with this file.
    pub async fn answer(self, visit: &Visit, headers: &HeaderMap) -> Response {
        let packed = self.is_packed && takes_gzip(headers);
        let mark = mark(self.key, if packed { "-gz" } else { "" });
        let mut response = if is_known(headers, &mark) {
            StatusCode::NOT_MODIFIED.into_response()
        } else {
            match self.body(visit, packed).await {
                Ok(body) => Response::new(body),
                Err(response) => return response,
            }
        };
        let put = response.headers_mut();
        for (name, value) in [
            (CONTENT_TYPE, self.kind),
            (CONTENT_LANGUAGE, self.language.tag()),
            (CACHE_CONTROL, if self.reach == Reach::Personal { "no-store" } else { FOR_GOOD }),
            (CONTENT_SECURITY_POLICY, INERT),
        ] {
            put.insert(name, HeaderValue::from_static(value));
        }
        for (name, value) in [(ETAG, &mark), (CONTENT_DISPOSITION, &self.disposition)] {
            if let Ok(value) = HeaderValue::from_str(value) {
                put.insert(name, value);
            }
        }
        if self.is_packed {
            put.insert(VARY, HeaderValue::from_static("Accept-Encoding"));
        }
        if packed {
            put.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        }
        self.reach.tell(put);
        response
    }

    async fn body(&self, visit: &Visit, packed: bool) -> Result<Body, Response> {
        let site = &visit.site;
        let broken = |problem: String| {
            error!(problem, key = self.key, "a file of an edition cannot be shown");
            refusal(visit, StatusCode::SERVICE_UNAVAILABLE)
        };
        let file = site.shelf.file(&site.store, self.key).await.map_err(|problem| broken(problem.to_string()))?;
        if packed || !self.is_packed {
            return Ok(Body::from(Bytes::from_owner(file)));
        }
        Ok(Body::from(unpacked(&file).map_err(|problem| broken(problem.to_string()))?))
    }
}

/// A file that is packed.
pub(super) fn unpacked(file: &Arc<[u8]>) -> std::io::Result<Vec<u8>> {
    gzip::unpack(file, LONGEST)
}
