//! The part of a web address that names the server: a host and perhaps a port (RFC 3986 §3.2). Where it leads is not here.

use std::net::IpAddr;

/// A host with its port, if it is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::config) struct Authority<'a> {
    /// As it is written; an IPv6 address in its brackets.
    pub(in crate::config) host: &'a str,
    pub(in crate::config) port: Option<u16>,
    ip: Option<IpAddr>,
}

impl Authority<'_> {
    /// Is it this machine, whatever a name server says?
    pub(in crate::config) fn is_this_machine(&self) -> bool {
        self.host.eq_ignore_ascii_case("localhost") || self.ip.is_some_and(|ip| ip.to_canonical().is_loopback())
    }
}

/// Reads `HOST` or `HOST:PORT`; `None` if it names no host. A host is ASCII.
pub(in crate::config) fn parse(authority: &str) -> Option<Authority<'_>> {
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => (host, Some(port)),
        _ => (authority, None),
    };
    let port = match port {
        Some(port) if port.chars().all(|c| c.is_ascii_digit()) => Some(port.parse().ok()?),
        Some(_) => return None,
        None => None,
    };
    let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
    let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_');
    let ip: Option<IpAddr> = bare.unwrap_or(host).parse().ok();
    let is_host = match bare {
        Some(_) => ip.is_some_and(|ip| ip.is_ipv6()),
        None => !host.is_empty() && host.chars().all(is_name),
    };
    is_host.then_some(Authority { host, port, ip })
}
