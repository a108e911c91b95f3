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

use super::state_json;
use crate::{
    actions::preview::{PreviewChannel, PreviewState},
    base::language::Language,
    web::{bounded::Bounded, host},
};

type Channel = Arc<PreviewChannel>;

/// The port that is tried first, so that a bookmark stays good.
const PORT: u16 = 4747;

/// Nothing from elsewhere; no script, style or picture that does not come from here.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; \
                      img-src 'self' data:; frame-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// A mail, shown in a frame of the page: with its own styles and pictures, without scripts.
const MAIL_POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; \
                           frame-ancestors 'self'";
/// The words of a mail's style sheet that ask whether it is dark around.
const WHEN_DARK: &str = "@media (prefers-color-scheme: dark)";

/// Listens on this port of this machine. Without one, on the usual port or, if that is taken, on any.
///
/// # Errors
/// The port is taken, or none is free.
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

/// Answers requests until the future is dropped.
///
/// # Errors
/// The listener has no address.
pub async fn serve(listener: TcpListener, channel: Channel) -> io::Result<()> {
    let port = listener.local_addr()?.port();
    let hosts: Arc<[String]> = ["127.0.0.1", "localhost"].map(|name| format!("{name}:{port}")).into();
    let routes = Router::new()
        .route("/", get(|| async { text("text/html", include_str!("preview.html")) }))
        .route("/preview.css", get(|| async { text("text/css", include_str!("preview.css")) }))
        .route("/preview.js", get(|| async { text("text/javascript", include_str!("preview.js")) }))
        .route("/state", get(|State(channel): State<Channel>| async move { state_now(&channel) }))
        .route("/events", get(|State(channel): State<Channel>| async move { events(&channel) }))
        .route("/events/{language}", get(events_of))
        .route("/pages/{language}/{name}", get(page))
        .route("/{language}/mail/{scheme}", get(mail))
        .route("/brief.pdf", get(|State(channel): State<Channel>| async move { pdf(&channel, None) }))
        .route("/{language}/brief.pdf", get(pdf_of))
        .with_state(channel)
        .layer(middleware::from_fn_with_state(hosts, guard));
    axum::serve(Bounded::new(listener), routes).await
}

/// Only by a name of this machine, only to read; what every answer says to the browser.
async fn guard(State(hosts): State<Arc<[String]>>, request: Request, next: Next) -> Response {
    let host = request.headers().get(HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let mut response = if let Some(refusal) = host::refuse_unclear(&request) {
        refusal
    } else if !hosts.iter().any(|known| known.eq_ignore_ascii_case(host)) {
        (StatusCode::MISDIRECTED_REQUEST, "this preview answers only to the address that it printed\n").into_response()
    } else if ![Method::GET, Method::HEAD].contains(request.method()) {
        (StatusCode::METHOD_NOT_ALLOWED, [(ALLOW, "GET, HEAD")], "nothing can be changed here\n").into_response()
    } else {
        next.run(request).await
    };
    let headers = response.headers_mut();
    let header =
        |name: &'static str, value: &'static str| (HeaderName::from_static(name), HeaderValue::from_static(value));
    headers.extend([
        header("x-content-type-options", "nosniff"),
        header("cross-origin-resource-policy", "same-origin"),
        header("cross-origin-opener-policy", "same-origin"),
        header("referrer-policy", "no-referrer"),
    ]);
    // A browser's own PDF viewer would be kept from its work.
    if headers.get(CONTENT_TYPE).is_none_or(|kind| kind != "application/pdf") {
        headers.entry(CONTENT_SECURITY_POLICY).or_insert(HeaderValue::from_static(POLICY));
    }
    headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

fn text(kind: &str, text: &'static str) -> Response {
    ([(CONTENT_TYPE, format!("{kind}; charset=utf-8"))], text).into_response()
}

fn state_now(channel: &PreviewChannel) -> Response {
    ([(CONTENT_TYPE, "application/json")], state_json::json(&channel.state())).into_response()
}

/// The state now and whenever it changes.
fn events(channel: &PreviewChannel) -> Response {
    let mut states = channel.subscribe();
    states.mark_changed();
    let events = stream::unfold(states, |mut states| async move {
        // Ends with the channel.
        states.changed().await.ok()?;
        let json = state_json::json(&states.borrow_and_update());
        Some((Ok::<_, Infallible>(Event::default().event("state").data(json)), states))
    });
    Sse::new(events).keep_alive(KeepAlive::default()).into_response()
}

async fn events_of(State(channel): State<Channel>, Path(language): Path<String>) -> Response {
    let Ok(language) = language.parse() else { return missing("there is no such language\n") };
    channel.view_language(language);
    events(&channel)
}

/// A page by its hash: what has it never changes.
async fn page(State(channel): State<Channel>, Path((language, name)): Path<(String, String)>) -> Response {
    let find = || -> Option<Arc<[u8]>> {
        let state = channel.state();
        let pages = state.language(language.parse().ok()?)?.pages.as_ref()?;
        let hash = name.strip_suffix(".svg")?;
        Some(pages.images.iter().find(|image| image.hash == hash)?.svg.clone())
    };
    match find() {
        Some(svg) => {
            let headers = [
                (CONTENT_TYPE, "image/svg+xml; charset=utf-8"),
                (CACHE_CONTROL, "private, max-age=31536000, immutable"),
            ];
            (headers, Bytes::from_owner(svg)).into_response()
        }
        None => missing("this page is no longer shown\n"),
    }
}

/// The HTML of a language's mail as it is in the light (`light`) or in the dark (`dark`), whatever the reader's screen is.
async fn mail(State(channel): State<Channel>, Path((language, scheme)): Path<(String, String)>) -> Response {
    let answer = match &*scheme {
        "light" => "@media not all",
        "dark" => "@media all",
        _ => return missing("a mail is shown as light or dark\n"),
    };
    let state = language.parse().ok().and_then(|language| channel.state().language(language)?.mail.clone());
    let Some(mail) = state else { return missing("there is no mail yet\n") };
    let html =
        mail.html.replace(WHEN_DARK, answer).replace("color-scheme: light dark", &format!("color-scheme: {scheme}"));
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")),
        (CONTENT_SECURITY_POLICY, HeaderValue::from_static(MAIL_POLICY)),
    ];
    (headers, html).into_response()
}

async fn pdf_of(State(channel): State<Channel>, Path(language): Path<String>) -> Response {
    match language.parse() {
        Ok(language) => pdf(&channel, Some(language)),
        Err(_) => missing("there is no such language\n"),
    }
}

/// The last good PDF of a language, else of the one viewed last, else of the first.
fn pdf(channel: &PreviewChannel, language: Option<Language>) -> Response {
    let PreviewState { brief, languages, .. } = channel.state();
    let mut languages = languages.into_iter();
    let state = match language.or_else(|| channel.viewed_language()) {
        Some(language) => languages.find(|state| state.language == language),
        None => languages.next(),
    };
    let Some((language, pdf)) = state.and_then(|state| Some((state.language, state.pdf?))) else {
        return missing("there is no PDF yet\n");
    };
    let disposition = format!("inline; filename=\"{brief}-{language}.pdf\"");
    let headers = [(CONTENT_TYPE, "application/pdf".to_owned()), (CONTENT_DISPOSITION, disposition)];
    (headers, Bytes::from_owner(pdf)).into_response()
}

fn missing(why: &'static str) -> Response {
    (StatusCode::NOT_FOUND, why).into_response()
}
