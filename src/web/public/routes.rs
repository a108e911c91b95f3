//! Which address is which page.

use std::sync::Arc;

use axum::{
    Router,
    http::header::{CACHE_CONTROL, CONTENT_TYPE},
    middleware,
    response::IntoResponse,
    routing::get,
};

use super::{guard, leaving, notices, page, site::PublicSite};

/// Search engines are asked not to follow links of mails, if they come upon one.
const ROBOTS: &str = "User-agent: *\nDisallow: /c/\nDisallow: /p/\nDisallow: /u/\n";

pub(super) fn routes(site: Arc<PublicSite>) -> Router {
    Router::new()
        .route("/", get(notices::list))
        .route("/imprint", get(notices::imprint))
        .route("/u/{token}", get(leaving::look).post(leaving::leave))
        .route("/privacy", get(notices::privacy))
        .route("/style.css", get(|| async { kept("text/css; charset=utf-8", page::STYLE) }))
        .route("/robots.txt", get(|| async { kept("text/plain; charset=utf-8", ROBOTS) }))
        .fallback(notices::nowhere)
        .method_not_allowed_fallback(notices::not_so)
        .layer(middleware::from_fn_with_state(site, guard::guard))
}

fn kept(kind: &'static str, text: &'static str) -> impl IntoResponse {
    ([(CONTENT_TYPE, kind), (CACHE_CONTROL, "public, max-age=86400")], text)
}
