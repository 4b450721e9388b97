//! `RequestId`: the name of one request, in the log and for its client.

use std::fmt;
use std::net::SocketAddr;

use axum::extract::{ConnectInfo, Request};
use axum::http::{HeaderName, HeaderValue};
use rand::Rng;

use super::super::server::Network;

pub(super) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// The longest id that is taken over.
const LONGEST: usize = 64;

/// The id of a request, which [`Observe`](super::Observe) puts into its extensions: 16 hexadecimal digits, or what a
/// trusted proxy sent. It names nothing but the request.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct RequestId(Id);

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Id {
    Drawn([u8; 16]),
    Sent(HeaderValue),
}

impl RequestId {
    /// Returns the id.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match &self.0 {
            Id::Drawn(digits) => str::from_utf8(digits).unwrap_or_default(),
            Id::Sent(id) => id.to_str().unwrap_or_default(),
        }
    }

    pub(super) fn of(request: &Request, trusted_proxies: &[Network]) -> Self {
        Self::sent(request, trusted_proxies).unwrap_or_else(Self::random)
    }

    pub(super) fn header(&self) -> HeaderValue {
        match &self.0 {
            // Digits and letters are a header's value.
            Id::Drawn(digits) => HeaderValue::from_bytes(digits).unwrap_or(HeaderValue::from_static("")),
            Id::Sent(id) => id.clone(),
        }
    }

    /// The id that a trusted proxy has sent.
    fn sent(request: &Request, trusted_proxies: &[Network]) -> Option<Self> {
        let proxy = |peer: &ConnectInfo<SocketAddr>| trusted_proxies.iter().any(|proxy| proxy.contains(peer.0.ip()));
        request.extensions().get().filter(|peer| !trusted_proxies.is_empty() && proxy(peer))?;
        let id = request.headers().get(REQUEST_ID)?;
        let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.".contains(byte);
        let fits = (1..=LONGEST).contains(&id.len()) && id.as_bytes().iter().all(plain);
        // A copy: a slice of the head would keep all of it.
        fits.then(|| HeaderValue::from_bytes(id.as_bytes()).ok().map(|id| Self(Id::Sent(id)))).flatten()
    }

    fn random() -> Self {
        let mut drawn = rand::rng().next_u64();
        let mut digits = [0; 16];
        for digit in &mut digits {
            *digit = b"0123456789abcdef"[(drawn & 15) as usize];
            drawn >>= 4;
        }
        Self(Id::Drawn(digits))
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
