//! Networks as people write them: an IP address, or one with the number of its bits that count (RFC 4632, RFC 4291 §2.3).

use std::{fmt, net::IpAddr};

use crate::config::reading::{problem_sink::ProblemSink, table_reader::TextValue};

/// The addresses that begin with the same bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network {
    /// The bits behind the first `bits` are 0. Never an IPv4 address in an IPv6 one.
    address: IpAddr,
    bits: u8,
}

impl Network {
    /// This machine, as IPv4 and as IPv6.
    pub const THIS_MACHINE: [Network; 2] = [
        Network { address: IpAddr::V4(std::net::Ipv4Addr::new(127, 0, 0, 0)), bits: 8 },
        Network { address: IpAddr::V6(std::net::Ipv6Addr::LOCALHOST), bits: 128 },
    ];

    /// Is the address one of these? An IPv4 address in an IPv6 one is the IPv4 address.
    pub fn contains(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        address.is_ipv4() == self.address.is_ipv4() && first_bits(address, self.bits) == self.address
    }

    /// Do the addresses belong to this machine?
    pub fn is_this_machine(&self) -> bool {
        self.address.is_loopback()
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.bits)
    }
}

/// The address with 0 behind its first `bits`.
fn first_bits(address: IpAddr, bits: u8) -> IpAddr {
    let bits = u32::from(bits);
    match address {
        IpAddr::V4(address) => {
            IpAddr::V4((address.to_bits() & u32::MAX.checked_shl(32 - bits.min(32)).unwrap_or(0)).into())
        }
        IpAddr::V6(address) => {
            IpAddr::V6((address.to_bits() & u128::MAX.checked_shl(128 - bits.min(128)).unwrap_or(0)).into())
        }
    }
}

/// Reads one network. Bits behind the network's own must be 0, since who wrote them meant something else.
pub(in crate::config) fn read(given: &TextValue<'_>, sink: &ProblemSink) -> Option<Network> {
    let how = "write an IP address such as \"192.0.2.7\", or a network such as \"10.0.0.0/8\" or \"2001:db8::/32\"";
    match parse(given.text.trim()) {
        Ok(network) => Some(network),
        Err(Some(network)) => {
            sink.push(
                given
                    .error("this address lies inside the network, it does not begin it")
                    .hint(format!("write \"{network}\" for the network, or the address without a slash for it alone")),
            );
            None
        }
        Err(None) => {
            sink.push(given.error("this is not a network").hint(how));
            None
        }
    }
}

/// The network, or the one that was perhaps meant.
fn parse(text: &str) -> Result<Network, Option<Network>> {
    let (address, bits) = match text.split_once('/') {
        Some((address, bits)) => (address, Some(bits)),
        None => (text, None),
    };
    let address = address.parse::<IpAddr>().map_err(|_| None)?.to_canonical();
    let all = if address.is_ipv4() { 32 } else { 128 };
    let bits = match bits {
        Some(bits) if bits.chars().all(|c| c.is_ascii_digit()) => bits.parse().map_err(|_| None)?,
        Some(_) => return Err(None),
        None => all,
    };
    if bits > all {
        return Err(None);
    }
    let network = Network { address: first_bits(address, bits), bits };
    if network.address == address { Ok(network) } else { Err(Some(network)) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_network_holds_the_addresses_that_begin_like_it() {
        for (network, inside, outside) in [
            ("127.0.0.1", "127.0.0.1", "127.0.0.2"),
            ("10.0.0.0/8", "10.255.0.1", "11.0.0.0"),
            ("10.0.0.0/8", "::ffff:10.1.2.3", "::10.1.2.3"),
            ("0.0.0.0/0", "255.255.255.255", "::1"),
            ("2001:db8::/32", "2001:db8:ffff::1", "2001:db9::1"),
            ("::/0", "2001:db8::1", "127.0.0.1"),
            ("::ffff:192.0.2.1", "192.0.2.1", "192.0.2.2"),
        ] {
            let network = parse(network).unwrap();
            assert!(network.contains(inside.parse().unwrap()), "{network} {inside}");
            assert!(!network.contains(outside.parse().unwrap()), "{network} {outside}");
        }
        assert!(Network::THIS_MACHINE.iter().any(|network| network.contains("127.1.2.3".parse().unwrap())));
        assert!(Network::THIS_MACHINE.iter().any(|network| network.contains("::1".parse().unwrap())));
    }

    #[test]
    fn what_is_no_network_is_refused() {
        for text in ["", "example.org", "10.0.0.0/33", "::/129", "10.0.0.0/", "10.0.0.0/+8", "10.0.0/8", "1.2.3.4:80"] {
            assert_eq!(parse(text), Err(None), "{text}");
        }
        assert_eq!(parse("10.1.2.3/8").unwrap_err().map(|meant| meant.to_string()).as_deref(), Some("10.0.0.0/8"));
    }

    proptest! {
        #[test]
        fn a_network_is_read_back_as_it_is_shown(address: u32, wide: u128, bits in 0u8..=128) {
            for address in [IpAddr::V4(address.into()), IpAddr::V6(wide.into())] {
                let bits = if address.is_ipv4() { bits.min(32) } else { bits };
                let (Ok(network) | Err(Some(network))) = parse(&format!("{address}/{bits}")) else { continue };
                prop_assert_eq!(parse(&network.to_string()), Ok(network));
                prop_assert!(network.contains(address));
            }
        }
    }
}
