//! Requests that do not say clearly to whom they speak. A proxy and a server that read such a request differently can be
//! played off against each other. Which names are answered is decided by the rooms.

use axum::{
    extract::Request,
    http::{StatusCode, Version, header::HOST},
    response::{IntoResponse, Response},
};

/// Returns the refusal of a request that has more than one Host, or in HTTP/1.1 none (RFC 9112 §3.2).
pub(super) fn refuse_unclear(request: &Request) -> Option<Response> {
    let hosts = request.headers().get_all(HOST).iter().count();
    let clear = hosts == 1 || (hosts == 0 && request.version() != Version::HTTP_11);
    (!clear).then(|| (StatusCode::BAD_REQUEST, "a request has one Host\n").into_response())
}
