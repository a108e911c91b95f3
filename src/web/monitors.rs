//! The daemon's metrics, liveness and readiness over HTTP, for monitors. Nothing can be changed, and what they get names
//! nobody. If monitors elsewhere may ask, they do so by whatever name, and names are not looked at. If only this machine may, a
//! page in its browser must not: only addresses and `localhost` are answered. Each connection is for one question and has its
//! time.

use std::{sync::Arc, time::Duration};

use axum::{
    Router,
    extract::{Request, State},
    http::{
        HeaderValue, StatusCode,
        header::{ACCEPT, CACHE_CONTROL, CONNECTION, CONTENT_TYPE, HeaderMap, X_CONTENT_TYPE_OPTIONS},
    },
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::get,
};
use tokio::net::TcpListener;

use super::{bounded::Bounded, host};
use crate::monitoring::{health::Monitor, metrics::Format};

/// For a question and its answer; a monitor gives up sooner (10 s with Prometheus).
const TIME: Duration = Duration::from_secs(30);

/// Answers until it is dropped.
///
/// # Errors
/// The listener is broken.
pub async fn answer(listener: TcpListener, monitor: Arc<Monitor>) -> std::io::Result<()> {
    let is_local = listener.local_addr()?.ip().is_loopback();
    let routes = Router::new()
        .route("/metrics", get(metrics))
        .route("/health/live", get(|State(monitor): State<Arc<Monitor>>| async move { health(monitor.check_alive()) }))
        .route(
            "/health/ready",
            get(|State(monitor): State<Arc<Monitor>>| async move { health(monitor.check_ready().await) }),
        )
        .fallback(|| async { (StatusCode::NOT_FOUND, "here are /metrics, /health/live and /health/ready\n") })
        .with_state(monitor)
        .layer(middleware::from_fn_with_state(is_local, manners));
    axum::serve(Bounded::each_for(listener, TIME), routes).await
}

async fn metrics(State(monitor): State<Arc<Monitor>>, headers: HeaderMap) -> Response {
    let accept = headers.get(ACCEPT).and_then(|accept| accept.to_str().ok()).unwrap_or_default();
    let format = Format::for_accept(accept);
    ([(CONTENT_TYPE, format.content_type())], monitor.metrics(format).await).into_response()
}

fn health(state: Result<(), String>) -> Response {
    match state {
        Ok(()) => (StatusCode::OK, "ok\n").into_response(),
        Err(why) => (StatusCode::SERVICE_UNAVAILABLE, format!("{why}\n")).into_response(),
    }
}

/// `is_local`: only this machine can connect.
async fn manners(State(is_local): State<bool>, request: Request, next: Next) -> Response {
    let foreign = || is_local.then(|| host::refuse_foreign(&request)).flatten();
    let mut response = match host::refuse_unclear(&request).or_else(foreign) {
        Some(refusal) => refusal,
        None => next.run(request).await,
    };
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    // A monitor that keeps its connection would hold a seat for nothing.
    headers.insert(CONNECTION, HeaderValue::from_static("close"));
    response
}
