//! Where a request comes from: its address and its scheme, through the proxies that are trusted.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::extract::ConnectInfo;
use axum::http::request::Parts;

use super::network::Network;
use super::origin::Scheme;
use crate::source::Source;

/// Returns the source of a request: the peer's address, from axum's `ConnectInfo<SocketAddr>`, or what a trusted proxy
/// reports in `X-Forwarded-For`.
///
/// `X-Forwarded-For` is read from its end for as long as the address so far is a trusted proxy's; an entry that the client
/// wrote itself is never used. All requests without a peer's address are one source, [`Source::UNKNOWN`]; serve the router
/// with `into_make_service_with_connect_info`.
///
/// ```
/// use counterfoil::Source;
/// use counterfoil::axum::source_of;
///
/// let (request, ()) = axum::http::Request::new(()).into_parts();
/// assert_eq!(source_of(&request, &[]), Source::UNKNOWN);
/// ```
#[must_use]
pub fn source_of(request: &Parts, trusted_proxies: &[Network]) -> Source {
    let Some(ConnectInfo(peer)) = request.extensions.get::<ConnectInfo<SocketAddr>>() else { return Source::UNKNOWN };
    let mut address = peer.ip();
    if trusted_proxies.is_empty() {
        return address.into();
    }
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

/// How a server finds the source of a request: its own way, or [`source_of`].
#[derive(Clone, Default)]
pub(crate) struct FindSource(Option<Arc<Find>>);

type Find = dyn Fn(&Parts) -> Source + Send + Sync;

impl FindSource {
    pub(crate) fn new(find: impl Fn(&Parts) -> Source + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(find)))
    }

    pub(crate) fn of(&self, request: &Parts, trusted_proxies: &[Network]) -> Source {
        self.0.as_ref().map_or_else(|| source_of(request, trusted_proxies), |find| find(request))
    }
}

impl fmt::Debug for FindSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "a function" } else { "source_of" })
    }
}

/// Returns the scheme that the client used: the peer's `X-Forwarded-Proto`, if the peer is a trusted proxy, or else the
/// scheme of the request's URI; otherwise `http`.
pub(crate) fn scheme(request: &Parts, trusted_proxies: &[Network]) -> Scheme {
    let told = forwarded_proto(request, trusted_proxies).or(request.uri.scheme_str());
    told.and_then(Scheme::read).unwrap_or(Scheme::Http)
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
        source_of(&request.into_parts().0, &trusted)
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
                Source::from(expected.parse::<IpAddr>().unwrap()),
                "{peer} {forwarded:?}"
            );
        }
    }

    #[test]
    fn an_ipv6_address_may_be_forwarded_with_brackets_and_a_port() {
        let direct = source("2001:db8::2", &[], &[]);
        assert_eq!(source("10.0.0.1", &["[2001:db8::2]:4711"], &["10.0.0.1"]), direct);
        assert_eq!(source("10.0.0.1", &["[2001:db8::2]"], &["10.0.0.1"]), direct);
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
        assert_eq!(source_of(&request, &[]), Source::UNKNOWN);
    }
}
