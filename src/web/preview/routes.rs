//! The routes of the preview: the page, its style and script, the state and its changes, each page by its hash, the PDF.

use std::{convert::Infallible, io, net::Ipv4Addr, sync::Arc};

use axum::{
    Router,
    body::Bytes,
    extract::{Path, Request, State},
    http::{
        HeaderName, HeaderValue, Method, StatusCode,
        header::{ALLOW, CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HOST},
    },
    middleware::{self, Next},
    response::{
        IntoResponse, Response,
        sse::{Event, KeepAlive, Sse},
    },
    routing::get,
};
use futures_util::stream;
use tokio::net::TcpListener;

use super::{board::Board, state};
use crate::{base::language::Language, web::bounded::Bounded};

/// The port that is tried first, so that a bookmark stays good.
const PORT: u16 = 4747;

/// Nothing from elsewhere; no script, style or picture that does not come from here.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; \
                      img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// The port on this machine that is asked for; else the usual one or, if it is taken, any.
///
/// # Errors
/// If the port that was asked for is taken, or none can be had.
pub async fn bind(port: Option<u16>) -> io::Result<TcpListener> {
    let bind = |port| TcpListener::bind((Ipv4Addr::LOCALHOST, port));
    match port {
        Some(port) => bind(port).await,
        None => match bind(PORT).await {
            Ok(listener) => Ok(listener),
            Err(_) => bind(0).await,
        },
    }
}

/// Answers until it is dropped.
///
/// # Errors
/// If the listener has no address.
pub async fn serve(listener: TcpListener, board: Arc<Board>) -> io::Result<()> {
    let port = listener.local_addr()?.port();
    let hosts: Arc<[String]> = ["127.0.0.1", "localhost"].map(|name| format!("{name}:{port}")).into();
    let routes = Router::new()
        .route("/", get(|| async { text("text/html", include_str!("preview.html")) }))
        .route("/preview.css", get(|| async { text("text/css", include_str!("preview.css")) }))
        .route("/preview.js", get(|| async { text("text/javascript", include_str!("preview.js")) }))
        .route("/state", get(|State(board): State<Arc<Board>>| async move { state_now(&board) }))
        .route("/events", get(|State(board): State<Arc<Board>>| async move { events(&board) }))
        .route("/events/{language}", get(events_of))
        .route("/pages/{language}/{name}", get(page))
        .route("/brief.pdf", get(|State(board): State<Arc<Board>>| async move { pdf(&board, None) }))
        .route("/{language}/brief.pdf", get(pdf_of))
        .with_state(board)
        .layer(middleware::from_fn_with_state(hosts, guard));
    axum::serve(Bounded::new(listener), routes).await
}

/// Only by a name of this machine, only to read; what every answer says to the browser.
async fn guard(State(hosts): State<Arc<[String]>>, request: Request, next: Next) -> Response {
    let host = request.headers().get(HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let mut response = if !hosts.iter().any(|known| known.eq_ignore_ascii_case(host)) {
        (StatusCode::MISDIRECTED_REQUEST, "this preview answers only to the address that it printed\n").into_response()
    } else if ![Method::GET, Method::HEAD].contains(request.method()) {
        (StatusCode::METHOD_NOT_ALLOWED, [(ALLOW, "GET, HEAD")], "nothing can be changed here\n").into_response()
    } else {
        next.run(request).await
    };
    let headers = response.headers_mut();
    let said =
        |name: &'static str, value: &'static str| (HeaderName::from_static(name), HeaderValue::from_static(value));
    headers.extend([
        said("x-content-type-options", "nosniff"),
        said("cross-origin-resource-policy", "same-origin"),
        said("cross-origin-opener-policy", "same-origin"),
        said("referrer-policy", "no-referrer"),
    ]);
    // A browser's own PDF viewer would be kept from its work.
    if headers.get(CONTENT_TYPE).is_none_or(|kind| kind != "application/pdf") {
        headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    }
    headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

fn text(kind: &str, text: &'static str) -> Response {
    ([(CONTENT_TYPE, format!("{kind}; charset=utf-8"))], text).into_response()
}

fn state_now(board: &Board) -> Response {
    ([(CONTENT_TYPE, "application/json")], state::json(&board.now())).into_response()
}

/// The state now and whenever it changes.
fn events(board: &Board) -> Response {
    let mut shown = board.follow();
    shown.mark_changed();
    let news = stream::unfold(shown, |mut shown| async move {
        // Ends with the board.
        shown.changed().await.ok()?;
        let text = state::json(&shown.borrow_and_update());
        Some((Ok::<_, Infallible>(Event::default().event("state").data(text)), shown))
    });
    Sse::new(news).keep_alive(KeepAlive::default()).into_response()
}

async fn events_of(State(board): State<Arc<Board>>, Path(language): Path<String>) -> Response {
    let Ok(language) = language.parse() else { return missing("there is no such language\n") };
    board.look(language);
    events(&board)
}

/// A page by its hash: what has it never changes.
async fn page(State(board): State<Arc<Board>>, Path((language, name)): Path<(String, String)>) -> Response {
    let found = || -> Option<Bytes> {
        let shown = board.now();
        let proof = shown.shelf(language.parse().ok()?)?.proof.as_ref()?;
        let hash = name.strip_suffix(".svg")?;
        Some(proof.pages.iter().find(|page| page.hash == hash)?.svg.clone())
    };
    match found() {
        Some(svg) => {
            let headers = [
                (CONTENT_TYPE, "image/svg+xml; charset=utf-8"),
                (CACHE_CONTROL, "private, max-age=31536000, immutable"),
            ];
            (headers, svg).into_response()
        }
        None => missing("this page is no longer shown\n"),
    }
}

async fn pdf_of(State(board): State<Arc<Board>>, Path(language): Path<String>) -> Response {
    match language.parse() {
        Ok(language) => pdf(&board, Some(language)),
        Err(_) => missing("there is no such language\n"),
    }
}

/// The last good PDF of a language, else of the one looked at, else of the first.
fn pdf(board: &Board, language: Option<Language>) -> Response {
    let shown = board.now();
    let shelf = match language.or_else(|| board.seen()) {
        Some(language) => shown.shelf(language),
        None => shown.shelves.first(),
    };
    let Some((shelf, pdf)) = shelf.and_then(|shelf| Some((shelf, shelf.pdf.clone()?))) else {
        return missing("there is no PDF yet\n");
    };
    let name = format!("inline; filename=\"{}-{}.pdf\"", shown.brief, shelf.language);
    ([(CONTENT_TYPE, "application/pdf".to_owned()), (CONTENT_DISPOSITION, name)], pdf).into_response()
}

fn missing(why: &'static str) -> Response {
    (StatusCode::NOT_FOUND, why).into_response()
}
