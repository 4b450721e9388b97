//! `Settings`: what a server sets for the routes of all dialects.

use std::sync::Arc;
use std::time::Duration;

use axum::http::request::Parts;

use super::events::EventSink;
use super::network::Network;
use super::public_url::PublicUrl;
use super::source::FindSource;
use crate::{MAX_TTL, Source};

/// The longest default lifetime of a login of the RFC 8628 dialect: long enough to find a phone, and too short to guess
/// many user codes (RFC 8628, section 5.1).
const EXPIRES_IN: Duration = Duration::from_secs(10 * 60);

/// The settings of the routes.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    pub(crate) public_url: Option<PublicUrl>,
    /// The page of the RFC 8628 dialect, if it is not one of this crate's.
    pub(crate) verification_uri: Option<PublicUrl>,
    pub(crate) trusted_proxies: Arc<[Network]>,
    pub(crate) find_source: FindSource,
    /// The longest time that a poll may wait.
    pub(crate) max_wait: Duration,
    /// The lifetime of a login of the RFC 8628 dialect, if it was set.
    pub(crate) expires_in: Option<Duration>,
    /// The longest lifetime that a caller without the secret server key gets.
    pub(crate) longest: Duration,
    /// The scopes that clients may ask for. `None`: any.
    pub(crate) scopes: Option<Arc<[Box<str>]>>,
    /// Whether a browser is led back to the tool's own machine, if the tool asks for it.
    pub(crate) hand_back: bool,
    /// Whether a caller without the secret server key must ask for it.
    pub(crate) require_hand_back: bool,
    /// Whether the browser's side needs the secret server key.
    pub(crate) only_servers_complete: bool,
    pub(crate) events: EventSink,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            public_url: None,
            verification_uri: None,
            trusted_proxies: Arc::default(),
            find_source: FindSource::default(),
            max_wait: Duration::from_secs(30),
            expires_in: None,
            longest: Duration::from_secs(2 * 60 * 60),
            scopes: None,
            hand_back: false,
            require_hand_back: false,
            only_servers_complete: false,
            events: EventSink::default(),
        }
    }
}

impl Settings {
    /// Returns the source of a request.
    pub(crate) fn source(&self, request: &Parts) -> Source {
        self.find_source.of(request, &self.trusted_proxies)
    }

    /// Returns the lifetime of a login of the RFC 8628 dialect, in whole seconds, for a store with this default. Its
    /// clients have no secret key.
    pub(crate) fn lifetime(&self, default_ttl: Duration) -> Duration {
        let expires_in = self.expires_in.unwrap_or_else(|| default_ttl.min(EXPIRES_IN)).min(self.longest);
        Duration::from_secs(expires_in.as_secs()).clamp(Duration::from_secs(1), MAX_TTL)
    }
}
