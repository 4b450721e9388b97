//! `Source`: the client address that a request is counted against.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use axum::extract::ConnectInfo;
use axum::http::request::Parts;

use super::network::Network;
use super::origin::Scheme;

/// The address that a request comes from; [`resolve`](crate::SessionStore::resolve) counts wrong user codes against it.
///
/// An IPv6 address counts as its /64 prefix, since one host usually has the whole prefix.
///
/// ```
/// use std::net::IpAddr;
///
/// use counterfoil::axum::Source;
///
/// let source = |address: &str| address.parse::<IpAddr>().map(Source::from);
/// assert_eq!(source("2001:db8::1")?, source("2001:db8::2")?);
/// assert_ne!(source("192.0.2.1")?.to_bytes(), source("192.0.2.2")?.to_bytes());
/// # Ok::<(), std::net::AddrParseError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Source(Option<IpAddr>);

impl Source {
    /// Returns the source of a request: the peer's address, from axum's `ConnectInfo<SocketAddr>`, or what a trusted
    /// proxy reports in `X-Forwarded-For`.
    ///
    /// `X-Forwarded-For` is read from its end for as long as the address so far is a trusted proxy's; an entry that the
    /// client wrote itself is never used. All requests without a peer's address are one source; serve the router with
    /// `into_make_service_with_connect_info`.
    #[must_use]
    pub fn of(request: &Parts, trusted_proxies: &[Network]) -> Self {
        let Some(ConnectInfo(peer)) = request.extensions.get::<ConnectInfo<SocketAddr>>() else { return Self(None) };
        let mut address = peer.ip();
        let forwarded = request.headers.get_all("x-forwarded-for").iter().collect::<Vec<_>>();
        let entries = forwarded.iter().rev().flat_map(|line| line.to_str().unwrap_or_default().rsplit(','));
        for entry in entries {
            if !trusted_proxies.iter().any(|network| network.contains(address)) {
                break;
            }
            let Some(before) = parse(entry.trim()) else { break };
            address = before;
        }
        address.into()
    }

    /// Returns what [`resolve`](crate::Backend::resolve) takes: the same bytes in every process, for an engine that
    /// several share.
    #[must_use]
    pub fn to_bytes(self) -> [u8; 16] {
        let address = self.0.map(|address| match address {
            IpAddr::V4(address) => address.to_ipv6_mapped(),
            IpAddr::V6(address) => address,
        });
        address.unwrap_or(Ipv6Addr::UNSPECIFIED).octets()
    }

    /// Returns the scheme that the client used: the peer's `X-Forwarded-Proto`, if the peer is a trusted proxy, or else
    /// the scheme of the request's URI; otherwise `http`.
    pub(crate) fn scheme(request: &Parts, trusted_proxies: &[Network]) -> Scheme {
        let told = forwarded_proto(request, trusted_proxies).or(request.uri.scheme_str());
        told.and_then(Scheme::read).unwrap_or(Scheme::Http)
    }
}

/// Takes an address as it is; no header is read.
impl From<IpAddr> for Source {
    fn from(address: IpAddr) -> Self {
        Self(Some(group(address)))
    }
}

/// Returns the scheme that a trusted proxy reports. The last value counts: the peer itself wrote it.
fn forwarded_proto<'a>(request: &'a Parts, trusted_proxies: &[Network]) -> Option<&'a str> {
    let ConnectInfo(peer) = request.extensions.get::<ConnectInfo<SocketAddr>>()?;
    if !trusted_proxies.iter().any(|network| network.contains(peer.ip())) {
        return None;
    }
    let line = request.headers.get_all("x-forwarded-proto").iter().next_back()?.to_str().ok()?;
    line.rsplit(',').next().map(str::trim)
}

/// Parses an address as proxies write it, with or without a port.
fn parse(entry: &str) -> Option<IpAddr> {
    let bare = entry.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(entry);
    bare.parse().ok().or_else(|| entry.parse::<SocketAddr>().ok().map(|address| address.ip()))
}

fn group(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() >> 64 << 64).into(),
        v4 @ IpAddr::V4(_) => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::Request;

    fn source(peer: &str, forwarded: &[&str], trusted: &[&str]) -> Source {
        let mut request = Request::new(());
        request.extensions_mut().insert(ConnectInfo(SocketAddr::new(peer.parse().unwrap(), 1)));
        for line in forwarded {
            request.headers_mut().append("x-forwarded-for", line.parse().unwrap());
        }
        let trusted = trusted.iter().map(|network| network.parse().unwrap()).collect::<Vec<_>>();
        Source::of(&request.into_parts().0, &trusted)
    }

    #[test]
    fn only_trusted_proxies_are_believed() {
        let proxies = ["10.0.0.0/8"];
        let cases: [(&str, &[&str], &[&str], &str); 10] = [
            ("192.0.2.1", &[], &[], "192.0.2.1"),
            ("192.0.2.1", &["192.0.2.9"], &[], "192.0.2.1"),
            ("192.0.2.1", &["192.0.2.9"], &proxies, "192.0.2.1"),
            ("10.0.0.1", &["192.0.2.9"], &proxies, "192.0.2.9"),
            ("10.0.0.1", &["192.0.2.8, 192.0.2.9"], &proxies, "192.0.2.9"),
            ("10.0.0.1", &["192.0.2.8", "192.0.2.9, 10.0.0.2"], &proxies, "192.0.2.9"),
            ("10.0.0.1", &["192.0.2.9:4711"], &proxies, "192.0.2.9"),
            ("10.0.0.1", &["192.0.2.9, unknown"], &proxies, "10.0.0.1"),
            ("10.0.0.1", &[], &proxies, "10.0.0.1"),
            ("::ffff:10.0.0.1", &["::ffff:192.0.2.9"], &proxies, "192.0.2.9"),
        ];
        for (peer, forwarded, trusted, expected) in cases {
            assert_eq!(
                source(peer, forwarded, trusted),
                Source(Some(expected.parse().unwrap())),
                "{peer} {forwarded:?}"
            );
        }
    }

    #[test]
    fn one_slash_64_is_one_source() {
        assert_eq!(source("2001:db8::1", &[], &[]), source("2001:db8::ffff:0:0:1", &[], &[]));
        assert_ne!(source("2001:db8::1", &[], &[]), source("2001:db8:0:1::1", &[], &[]));
        let forwarded = source("10.0.0.1", &["[2001:db8::2]:4711"], &["10.0.0.1"]);
        assert_eq!(forwarded, source("2001:db8::1", &[], &[]));
        assert_eq!(source("10.0.0.1", &["[2001:db8::2]"], &["10.0.0.1"]), forwarded);
    }

    #[test]
    fn only_a_trusted_proxy_tells_the_scheme() {
        let proto = |peer: Option<&str>, lines: &[&str]| {
            let mut request = Request::new(());
            if let Some(peer) = peer {
                request.extensions_mut().insert(ConnectInfo(SocketAddr::new(peer.parse().unwrap(), 1)));
            }
            for line in lines {
                request.headers_mut().append("x-forwarded-proto", line.parse().unwrap());
            }
            let trusted = ["10.0.0.0/8".parse().unwrap()];
            forwarded_proto(&request.into_parts().0, &trusted).map(str::to_owned)
        };
        assert_eq!(proto(Some("10.0.0.1"), &["https"]).as_deref(), Some("https"));
        assert_eq!(proto(Some("10.0.0.1"), &["https, http", "http , https "]).as_deref(), Some("https"));
        assert_eq!(proto(Some("10.0.0.1"), &[]), None);
        assert_eq!(proto(Some("192.0.2.1"), &["https"]), None);
        assert_eq!(proto(None, &["https"]), None);
    }

    #[test]
    fn requests_without_a_peer_are_one_source() {
        let (request, ()) = Request::new(()).into_parts();
        assert_eq!(Source::of(&request, &[]), Source(None));
    }
}
