//! `Host`: tells this machine, private networks and the internet apart by address.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use reqwest::Url;

/// Endings of names of hosts on the local network: RFC 6762, RFC 8375, and those that routers assign.
const PRIVATE_ENDINGS: [&str; 5] = [".local", ".internal", ".home.arpa", ".lan", ".localdomain"];

/// The host of an address, normalized: `Url` has lowered its case and parsed every notation of an IP address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Host {
    Address(IpAddr),
    Name(String),
}

impl Host {
    pub(super) fn of(url: &Url) -> Option<Self> {
        let host = url.host_str()?;
        let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
        let host = match address {
            // The same address in either family.
            Ok(IpAddr::V6(address)) => Self::Address(inner(address).map_or(IpAddr::V6(address), IpAddr::V4)),
            Ok(address) => Self::Address(address),
            Err(_) => Self::Name(host.trim_end_matches('.').to_owned()),
        };
        (host != Self::Name(String::new())).then_some(host)
    }

    /// Returns `true` if it is this machine, so that traffic stays on it.
    pub(super) fn is_loopback(&self) -> bool {
        match self {
            Self::Address(address) => address.is_loopback(),
            Self::Name(name) => name == "localhost" || name.ends_with(".localhost"),
        }
    }

    /// Returns `true` if it is a different machine in each network, or none. Such an address from a remote server leads
    /// into this machine's own network.
    pub(super) fn is_private(&self) -> bool {
        self.is_loopback()
            || match self {
                Self::Address(IpAddr::V4(address)) => is_private_v4(*address),
                Self::Address(IpAddr::V6(address)) => is_private_v6(*address),
                Self::Name(name) => !name.contains('.') || PRIVATE_ENDINGS.iter().any(|ending| name.ends_with(ending)),
            }
    }

    /// Returns `true` if both are the same host. All names and addresses of this machine are the same host.
    pub(super) fn is(&self, other: &Self) -> bool {
        self == other || (self.is_loopback() && other.is_loopback())
    }
}

/// The special-purpose blocks of RFC 6890 that are in use somewhere and not globally reachable.
fn is_private_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    address.is_private()
        || address.is_link_local()
        || address.is_multicast()
        || matches!((a, b, c), (0 | 240..=255, _, _) | (100, 64..=127, _) | (198, 18..=19, _) | (192, 0, 0))
}

fn is_private_v6(address: Ipv6Addr) -> bool {
    let first = address.segments()[0];
    address.is_unspecified()
        || address.is_unique_local()
        || address.is_unicast_link_local()
        || address.is_multicast()
        // Site-local: deprecated by RFC 3879, and still in use.
        || first & 0xffc0 == 0xfec0
}

/// Returns the embedded IPv4 address: mapped or compatible (RFC 4291), translated (RFC 6052) or tunnelled (RFC 3056).
fn inner(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let v4 = |high: u16, low: u16| Ipv4Addr::from(u32::from(high) << 16 | u32::from(low));
    match address.segments() {
        [0, 0, 0, 0, 0, 0, 0, 0 | 1] => None,
        [0, 0, 0, 0, 0, 0 | 0xffff, high, low]
        | [0, 0, 0, 0, 0xffff, 0, high, low]
        | [0x64, 0xff9b, 0 | 1, .., high, low]
        | [0x2002, high, low, ..] => Some(v4(high, low)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn host(host: &str) -> Host {
        Host::of(&Url::parse(&format!("https://{host}/")).unwrap()).unwrap()
    }

    #[test]
    fn this_machine_is_known_however_it_is_written() {
        for local in [
            "127.0.0.1",
            "127.255.0.3",
            "127.1",
            "2130706433",
            "0x7f000001",
            "0177.0.0.1",
            "[::1]",
            "[::ffff:127.0.0.1]",
            "[::ffff:7f00:1]",
            "[::127.0.0.1]",
            "[64:ff9b::7f00:1]",
            "localhost",
            "LOCALHOST",
            "localhost.",
            "a.localhost",
            "a.localhost.",
            "127.0.0.1.",
        ] {
            let host = host(local);
            assert!(host.is_loopback() && host.is_private() && host.is(&Host::Name("localhost".into())), "{local}");
        }
        for other in ["localhost.example.com", "notlocalhost.com", "128.0.0.1", "[::2]", "0.0.0.0", "[::]"] {
            assert!(!host(other).is_loopback(), "{other}");
        }
    }

    #[test]
    fn private_addresses_are_known_however_they_are_written() {
        for private in [
            "10.0.0.1",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.1.1",
            "3232235777",
            "0xc0a80101",
            "0xc0.168.257",
            "169.254.169.254",
            "100.64.0.1",
            "100.127.255.255",
            "0.0.0.0",
            "0",
            "198.18.0.1",
            "192.0.0.1",
            "224.0.0.1",
            "240.0.0.1",
            "255.255.255.255",
            "[::]",
            "[fc00::1]",
            "[fdff::1]",
            "[fe80::1]",
            "[fec0::1]",
            "[ff02::1]",
            "[::ffff:10.0.0.1]",
            "[::ffff:c0a8:101]",
            "[::10.0.0.1]",
            "[64:ff9b::10.0.0.1]",
            "[64:ff9b:1::c0a8:101]",
            "[2002:a00:1::]",
            "router",
            "router.",
            "nas.local",
            "NAS.LOCAL.",
            "metadata.google.internal",
            "nas.home.arpa",
        ] {
            assert!(host(private).is_private(), "{private}");
        }
        for public in [
            "example.com",
            "example.com.",
            "8.8.8.8",
            "172.15.0.1",
            "172.32.0.1",
            "100.63.0.1",
            "100.128.0.1",
            "192.167.0.1",
            "11.0.0.1",
            "[2606:4700::1111]",
            "[::ffff:8.8.8.8]",
            "[64:ff9b::8.8.8.8]",
            "local.example.com",
            "internal.example.com",
            "xn--bcher-kva.example",
        ] {
            assert!(!host(public).is_private(), "{public}");
        }
    }

    #[test]
    fn one_host_has_one_spelling() {
        assert!(host("EXAMPLE.com.").is(&host("example.com")) && host("[::ffff:8.8.8.8]").is(&host("134744072")));
        assert!(!host("example.com").is(&host("www.example.com")));
    }
}
