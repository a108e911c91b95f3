//! Which address is which page.

use std::sync::Arc;

use axum::{
    Router,
    http::header::{CACHE_CONTROL, CONTENT_TYPE},
    middleware,
    response::IntoResponse,
    routing::{get, post},
};

use super::{guard, joining, leaving, notices, page, preferences, site::PublicSite};

/// Search engines are asked not to follow links of mails, if they come upon one.
const ROBOTS: &str = "User-agent: *\nDisallow: /c/\nDisallow: /p/\nDisallow: /u/\n";

pub(super) fn routes(site: Arc<PublicSite>) -> Router {
    Router::new()
        .route("/", get(notices::list))
        .route("/imprint", get(notices::imprint))
        .route("/u/{token}", get(leaving::look).post(leaving::leave))
        .route("/{brief}", get(joining::form))
        .route("/{brief}/join", post(joining::join))
        .route("/c/{token}", get(joining::ask).post(joining::answer))
        .route("/leave/{brief}", get(joining::away).post(joining::send_link))
        .route("/p/{token}", get(preferences::look).post(preferences::change))
        .route("/privacy", get(notices::privacy))
        .route("/style.css", get(|| async { kept("text/css; charset=utf-8", page::STYLE) }))
        .route("/join.js", get(|| async { kept("text/javascript; charset=utf-8", page::SCRIPT) }))
        .route("/robots.txt", get(|| async { kept("text/plain; charset=utf-8", ROBOTS) }))
        .fallback(notices::nowhere)
        .method_not_allowed_fallback(notices::not_so)
        .layer(middleware::from_fn_with_state(site, guard::guard))
}

fn kept(kind: &'static str, text: &'static str) -> impl IntoResponse {
    ([(CONTENT_TYPE, kind), (CACHE_CONTROL, "public, max-age=86400")], text)
}
