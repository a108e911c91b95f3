//! Which address is which page.

use std::sync::Arc;

use axum::{
    Router,
    http::{
        HeaderValue, StatusCode,
        header::{CACHE_CONTROL, CONTENT_TYPE, ETAG},
    },
    middleware,
    response::IntoResponse,
    routing::{any, get, post},
};

use super::{archive, draft, guard, joining, leaving, marks::mark, notices, page, preferences, site::PublicSite};
use crate::store::sha256;

const FOR_A_DAY: &str = "public, max-age=86400";
/// Search engines are asked not to follow links of mails, if they come upon one.
const ROBOTS: &str = "User-agent: *\nDisallow: /c/\nDisallow: /draft/\nDisallow: /p/\nDisallow: /u/\n";

pub(super) fn routes(site: Arc<PublicSite>) -> Router {
    Router::new()
        .route("/", get(notices::list))
        .route("/imprint", get(notices::imprint))
        .route("/u/{token}", get(leaving::look).post(leaving::leave))
        .route("/u/{token}/{rest}", any(notices::nowhere))
        .route("/{brief}", get(joining::form))
        .route("/{brief}/archive", get(archive::list))
        .route("/{brief}/join", post(joining::join))
        .route("/{brief}/{part}", get(archive::part))
        .route("/{brief}/{number}/{file}", get(archive::edition))
        .route("/c/{token}", get(joining::ask).post(joining::answer))
        .route("/draft/{token}", get(draft::lead_on))
        .route("/draft/{token}/{file}", get(draft::part))
        .route("/leave", get(joining::away_from_all).post(joining::send_links))
        .route("/leave/{brief}", get(joining::away).post(joining::send_link))
        .route("/p/{token}", get(preferences::look).post(preferences::change))
        .route("/privacy", get(notices::privacy))
        .route("/style.css", get(|| async { kept("text/css; charset=utf-8", page::STYLE) }))
        .route("/text.css", get(|| async { kept("text/css; charset=utf-8", page::TEXT_STYLE) }))
        .route("/join.js", get(|| async { kept("text/javascript; charset=utf-8", page::SCRIPT) }))
        .route("/icon.svg", get(|| async { kept("image/svg+xml", page::ICON) }))
        // Who asks for this does not read the link to the other one.
        .route("/favicon.ico", get(|| async { (StatusCode::NO_CONTENT, [(CACHE_CONTROL, FOR_A_DAY)]) }))
        .route("/.well-known/greenbrief-key", get(notices::key))
        .route("/robots.txt", get(|| async { kept("text/plain; charset=utf-8", ROBOTS) }))
        .fallback(notices::nowhere)
        .method_not_allowed_fallback(notices::not_so)
        .layer(middleware::from_fn_with_state(site, guard::guard))
}

fn kept(kind: &'static str, text: &'static str) -> impl IntoResponse {
    let mut response = ([(CONTENT_TYPE, kind), (CACHE_CONTROL, FOR_A_DAY)], text).into_response();
    let mark = mark(&sha256(text.as_bytes()), "");
    response.headers_mut().extend(HeaderValue::from_str(&mark).ok().map(|mark| (ETAG, mark)));
    response
}
