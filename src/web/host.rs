//! Requests that do not say clearly to whom they speak. A proxy and a server that read such a request differently can be
//! played off against each other. Also requests for a name that is none of this machine. Whether names are looked at is decided
//! by the rooms.

use std::net::{IpAddr, Ipv6Addr};

use axum::{
    extract::Request,
    http::{StatusCode, Version, header::HOST, uri::Authority},
    response::{IntoResponse, Response},
};

/// Returns the refusal of a request that has more than one Host, or in HTTP/1.1 none (RFC 9112 §3.2).
pub(super) fn refuse_unclear(request: &Request) -> Option<Response> {
    let hosts = request.headers().get_all(HOST).iter().count();
    let clear = hosts == 1 || (hosts == 0 && request.version() != Version::HTTP_11);
    (!clear).then(|| (StatusCode::BAD_REQUEST, "a request has one Host\n").into_response())
}

/// Returns the refusal of a request for a name that is neither an IP address nor `localhost`. A page in a browser can give its
/// own name the address of this machine (DNS rebinding), and would read the answer as if it were its own; it cannot do so with
/// an address. A request without a name comes from no browser.
pub(super) fn refuse_foreign(request: &Request) -> Option<Response> {
    let written = request.headers().get(HOST)?.to_str().unwrap_or_default();
    let is_here = written.parse::<Authority>().is_ok_and(|authority| {
        let name = authority.host();
        let bare = name.strip_prefix('[').and_then(|name| name.strip_suffix(']'));
        name.eq_ignore_ascii_case("localhost")
            || bare.map_or(name.parse::<IpAddr>().is_ok(), |name| name.parse::<Ipv6Addr>().is_ok())
    });
    let told = "only this machine is answered here, and asks by 127.0.0.1 or localhost\n";
    (!is_here).then(|| (StatusCode::MISDIRECTED_REQUEST, told).into_response())
}
