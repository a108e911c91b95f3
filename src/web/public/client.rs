//! Whose request it is: the address of the connection or, behind proxies that the config trusts, what these say. What an
//! address is used for is not here; no log shows one.

use std::net::{IpAddr, SocketAddr};

use axum::http::HeaderMap;

use crate::config::Network;

/// The reader's address. `X-Forwarded-For` lists, first the client as the first proxy saw it, then each proxy as the next one
/// saw it: it is read from its end, as far as the addresses are those of `proxies`. From anybody else it says nothing.
pub(super) fn address(peer: IpAddr, headers: &HeaderMap, proxies: &[Network]) -> IpAddr {
    let trusted = |address: &IpAddr| proxies.iter().any(|proxy| proxy.contains(*address));
    let mut address = peer.to_canonical();
    let lines: Vec<&str> = headers.get_all("x-forwarded-for").iter().filter_map(|line| line.to_str().ok()).collect();
    for said in lines.iter().rev().flat_map(|line| line.rsplit(',')) {
        if !trusted(&address) {
            break;
        }
        let Some(before) = read(said.trim()) else { break };
        address = before.to_canonical();
    }
    address
}

/// An address as proxies write it; some add the port.
fn read(said: &str) -> Option<IpAddr> {
    let bare = said.strip_prefix('[').and_then(|said| said.strip_suffix(']')).unwrap_or(said);
    bare.parse().ok().or_else(|| said.parse().ok().map(|with_port: SocketAddr| with_port.ip()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn seen(peer: &str, lines: &[&str]) -> String {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append("x-forwarded-for", line.parse().unwrap());
        }
        address(peer.parse().unwrap(), &headers, &Network::THIS_MACHINE).to_string()
    }

    #[test]
    fn only_a_trusted_proxy_says_whose_request_it_is() {
        for (peer, lines, address) in [
            ("192.0.2.1", &[][..], "192.0.2.1"),
            ("192.0.2.1", &["203.0.113.9"], "192.0.2.1"),
            ("127.0.0.1", &[], "127.0.0.1"),
            ("127.0.0.1", &["203.0.113.9"], "203.0.113.9"),
            ("::ffff:127.0.0.1", &["::ffff:203.0.113.9"], "203.0.113.9"),
            // Whatever the client wrote itself stands before what the proxy saw.
            ("127.0.0.1", &["10.0.0.1, 203.0.113.9"], "203.0.113.9"),
            ("127.0.0.1", &["10.0.0.1", "203.0.113.9"], "203.0.113.9"),
            ("127.0.0.1", &["203.0.113.9, 127.0.0.1"], "203.0.113.9"),
            ("::1", &["2001:db8::9"], "2001:db8::9"),
            ("::1", &["[2001:db8::9]:4711"], "2001:db8::9"),
            ("127.0.0.1", &["203.0.113.9:4711"], "203.0.113.9"),
            ("127.0.0.1", &["unknown"], "127.0.0.1"),
            ("127.0.0.1", &["203.0.113.9, nonsense"], "127.0.0.1"),
            ("127.0.0.1", &[""], "127.0.0.1"),
        ] {
            assert_eq!(seen(peer, lines), address, "{peer} {lines:?}");
        }
    }

    proptest! {
        #[test]
        fn a_stranger_is_nobody_else(line in "[ -~]{0,60}") {
            prop_assert_eq!(seen("192.0.2.1", &[&line]), "192.0.2.1");
        }
    }
}
