//! What holds for every request of the pages: it names one host, which is ours; it has its time; the answer says to the browser
//! what it must not do; the log says what was asked for and how it went, but not by whom.

use std::{net::IpAddr, sync::Arc, time::Duration};

use axum::{
    Extension,
    body::Body,
    extract::{MatchedPath, Request, State},
    http::{
        HeaderMap, HeaderName, HeaderValue, Method, StatusCode,
        header::{
            ALLOW, CONTENT_LENGTH, CONTENT_SECURITY_POLICY, ETAG, HOST, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY,
            X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
        },
    },
    middleware::Next,
    response::Response,
};
use tokio::time::{Instant, timeout};
use tracing::{debug, info};

use super::{
    marks::is_known,
    notices::refusal,
    packing,
    site::{PublicSite, Site},
    visit::Visit,
};
use crate::{people::tokens::Token, web::host};

/// For an answer, from the request's head on. A body has a shorter time of its own.
const TIME: Duration = Duration::from_secs(30);

/// Nothing from elsewhere, no script, in nobody's frame; forms go to us alone.
const POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; frame-ancestors 'none'; \
                      base-uri 'none'";

/// The address of the connection.
#[derive(Clone, Copy)]
pub(super) struct Peer(pub IpAddr);

pub(super) async fn guard(
    State(site): State<Arc<PublicSite>>,
    Extension(Peer(peer)): Extension<Peer>,
    mut request: Request,
    next: Next,
) -> Response {
    let begun = Instant::now();
    let (pages, site) = (site.clone(), site.current());
    let visit = Visit::new(site.clone(), request.uri(), request.headers(), peer);
    let (method, asked) = (request.method().clone(), shown(&request));
    let has = request.headers().clone();
    let mut response = if let Some(refusal) = host::refuse_unclear(&request) {
        refusal
    } else if !is_for_us(&request, &site) {
        refusal(&visit, StatusCode::MISDIRECTED_REQUEST)
    } else if !request.uri().path().starts_with('/') {
        // `OPTIONS *` and `CONNECT host:port` name no page. Of other methods each page says which ones it knows.
        refusal(&visit, StatusCode::METHOD_NOT_ALLOWED)
    } else {
        request.extensions_mut().insert(visit.clone());
        match timeout(TIME, next.run(request)).await {
            Ok(response) => response,
            Err(_) => refusal(&visit, StatusCode::SERVICE_UNAVAILABLE),
        }
    };
    let is_packed = packing::announce(&has, &mut response);
    shorten(&method, &has, &mut response);
    if is_packed && response.status() == StatusCode::OK {
        response = pages.packed.pack(response).await;
    }
    if response.status() == StatusCode::METHOD_NOT_ALLOWED {
        response.headers_mut().entry(ALLOW).or_insert(HeaderValue::from_static("GET, HEAD, POST"));
    }
    add_headers(response.headers_mut(), &site);
    let (status, took) = (response.status().as_u16(), begun.elapsed().as_micros());
    if method == Method::POST {
        info!(%method, asked, status, took_us = took, "a page was asked for");
    } else {
        debug!(%method, asked, status, took_us = took, "a page was asked for");
    }
    response
}

/// Does the request name our host? One from an old mail, written before the pages moved, is answered under any name if it is
/// about leaving: its token says all that counts.
fn is_for_us(request: &Request, site: &Site) -> bool {
    if request.uri().path().starts_with("/u/") {
        return true;
    }
    // A request in the absolute form names the host there, whatever its Host says (RFC 9112 §3.2.2).
    let named = match request.uri().authority() {
        Some(authority) => authority.as_str(),
        None => request.headers().get(HOST).and_then(|host| host.to_str().ok()).unwrap_or_default(),
    };
    let usual = if site.web.url.is_https() { ":443" } else { ":80" };
    named.strip_suffix(usual).unwrap_or(named).eq_ignore_ascii_case(site.web.url.authority())
}

/// The page that is asked for, as logs may show it: of a token its first characters, of anything unknown nothing.
fn shown(request: &Request) -> String {
    let Some(route) = request.extensions().get::<MatchedPath>() else { return "unknown".to_owned() };
    let token = request.uri().path().split('/').nth(2).unwrap_or_default();
    let shown = route.as_str().replace("{token}", &Token::shown(token)).replace("{brief}", "BRIEF");
    shown.replace("{number}", "N").replace("{file}", "FILE").replace("{part}", "PART")
}

/// Who has a page already is not sent it again.
fn shorten(method: &Method, has: &HeaderMap, response: &mut Response) {
    let mark = response.headers().get(ETAG).and_then(|mark| mark.to_str().ok());
    let known = mark.is_some_and(|mark| is_known(has, mark));
    if known && response.status() == StatusCode::OK && *method != Method::POST {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        *response.body_mut() = Body::empty();
        response.headers_mut().remove(CONTENT_LENGTH);
    }
}

fn add_headers(headers: &mut HeaderMap, site: &Site) {
    headers.entry(CONTENT_SECURITY_POLICY).or_insert(HeaderValue::from_static(POLICY));
    for (name, value) in [
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (REFERRER_POLICY, "no-referrer"),
        (X_FRAME_OPTIONS, "DENY"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if site.web.url.is_https() {
        headers.insert(STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=31536000"));
    }
}
