//! `Address`: the pages' own address, and those of their visitors, through the proxies before it.

use axum::http::request::Parts;

use super::page::Refusal;
use crate::Source;
use crate::axum::server::{FindSource, Host, Network, PublicUrl, WebOrigin, scheme};
use crate::axum::wire::BadHost;

/// The public address, if it was set, the trusted proxies, and how a visitor's address is found.
#[derive(Debug, Clone, Default)]
pub(super) struct Address {
    public: Option<WebOrigin>,
    pub(super) trusted_proxies: Vec<Network>,
    pub(super) find_source: FindSource,
}

impl Address {
    pub(super) fn set_public_url(&mut self, url: &PublicUrl) {
        self.public = Some(url.origin().clone());
    }

    /// Returns the origin that was set.
    pub(super) fn public(&self) -> Option<&WebOrigin> {
        self.public.as_ref()
    }

    /// Returns the origin of the requested page: the one that was set, or else the one that the request was sent to.
    pub(super) fn origin(&self, request: &Parts) -> Option<WebOrigin> {
        let come_to = || Some(WebOrigin::new(scheme(request, &self.trusted_proxies), Host::of(request).ok()??));
        self.public.clone().or_else(come_to)
    }

    /// Fails if the request was sent to another host or port (RFC 9110, section 15.5.20), or names none.
    pub(super) fn check(&self, request: &Parts) -> Result<(), Refusal> {
        let host = Host::of(request).map_err(|BadHost| Refusal::BadHost)?;
        match (&self.public, host) {
            (None, _) => Ok(()),
            (Some(public), Some(host)) if WebOrigin::new(public.scheme(), host) == *public => Ok(()),
            (Some(_), _) => Err(Refusal::OtherHost),
        }
    }

    pub(super) fn source(&self, request: &Parts) -> Source {
        self.find_source.of(request, &self.trusted_proxies)
    }
}
