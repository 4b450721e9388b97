//! Where the pages are reached, and by whom.

use axum::http::request::Parts;

use super::origin::{Origin, Scheme};
use super::page::Refusal;
use crate::axum::host::{BadHost, Host};
use crate::axum::network::Network;
use crate::axum::public_url::PublicUrl;
use crate::axum::source::Source;

/// What the pages know about their own address.
#[derive(Debug, Clone, Default)]
pub(super) struct Address {
    public: Option<Origin>,
    pub(super) trusted_proxies: Vec<Network>,
}

impl Address {
    pub(super) fn set_public_url(&mut self, url: &PublicUrl) {
        let url = url.as_str();
        let end = url.find("://").map_or(0, |at| at + 3);
        let end = url[end..].find('/').map_or(url.len(), |at| end + at);
        self.public = Origin::parse(&url[..end]);
    }

    /// The origin that was set.
    pub(super) fn public(&self) -> Option<&Origin> {
        self.public.as_ref()
    }

    /// The origin of the page that a request asks for: the one that was set, or else the one that the request came to.
    /// Then the scheme is the one that a trusted proxy tells, or plain HTTP.
    pub(super) fn origin(&self, request: &Parts) -> Option<Origin> {
        self.public.clone().or_else(|| Some(Origin::new(self.scheme(request), Host::of(request).ok()??)))
    }

    fn scheme(&self, request: &Parts) -> Scheme {
        let told = Source::forwarded_proto(request, &self.trusted_proxies).or(request.uri.scheme_str());
        told.and_then(Scheme::read).unwrap_or(Scheme::Http)
    }

    /// Refuses a request that was sent to another host or port (RFC 9110, section 15.5.20), or to none.
    pub(super) fn check(&self, request: &Parts) -> Result<(), Refusal> {
        let host = Host::of(request).map_err(|BadHost| Refusal::BadHost)?;
        match (&self.public, host) {
            (None, _) => Ok(()),
            (Some(public), Some(host)) if Origin::new(public.scheme(), host) == *public => Ok(()),
            (Some(_), _) => Err(Refusal::OtherHost),
        }
    }

    pub(super) fn source(&self, request: &Parts) -> Source {
        Source::of(request, &self.trusted_proxies)
    }
}
