//! `Provider`: what the endpoints of the RFC 8628 dialect share.

use std::sync::Arc;
use std::time::Duration;

use axum::http::request::Parts as Head;

use super::client::ClientId;
use super::refusal::Refusal;
use crate::axum::server::{Access, Client, Host, Parts, PublicUrl, Sessions, Settings, Tokens, scheme};
use crate::axum::wire::BadHost;

/// The paths of the endpoints, for the router and the metadata.
pub(super) const DEVICE_AUTHORIZATION: &str = "/oauth/device_authorization";
pub(super) const TOKEN: &str = "/oauth/token";
pub(super) const REVOKE: &str = "/oauth/revoke";
pub(super) const METADATA: &str = "/.well-known/oauth-authorization-server";
/// The page on which a user types the user code.
pub(super) const DEVICE: &str = "/device";
/// Two requests for one code within this time count as one poll: golang.org/x/oauth2, for example, sends each poll with
/// HTTP Basic credentials, and at once again with the `client_id` in the body.
pub(super) const TWICE: Duration = Duration::from_millis(250);
/// RFC 8628, section 3.4.
pub(super) const DEVICE_CODE_GRANT: &str = "urn:ietf:params:oauth:grant-type:device_code";
/// RFC 6749, section 6.
pub(super) const REFRESH_GRANT: &str = "refresh_token";

/// The state of the handlers of this dialect.
pub(super) struct Provider<B, A, K> {
    pub(super) parts: Arc<Parts<B, A, K>>,
    pub(super) settings: Arc<Settings>,
}

impl<B, A, K> Clone for Provider<B, A, K> {
    fn clone(&self) -> Self {
        Self { parts: self.parts.clone(), settings: self.settings.clone() }
    }
}

impl<B: Sessions, A: Access, K: Tokens> Provider<B, A, K> {
    /// Returns the client that has this id.
    pub(super) async fn client(&self, id: &ClientId) -> Result<Client, Refusal> {
        Ok(self.parts.access.client(id.id()).await?)
    }

    /// Returns the store scoped to the client's tenant.
    pub(super) fn store(&self, client: &Client) -> B {
        self.parts.store.for_tenant(&client.tenant).tolerant(TWICE)
    }

    pub(super) fn tokens(&self) -> &K {
        &self.parts.tokens
    }

    /// Returns the external address of the server: the one that was set, or else the one that this request was sent to.
    pub(super) fn base(&self, head: &Head) -> Result<PublicUrl, Refusal> {
        let host = Host::of(head)?;
        let come_to = |host| PublicUrl::of(scheme(head, &self.settings.trusted_proxies), host);
        let base = self.settings.public_url.clone().or_else(|| host.map(come_to));
        base.ok_or_else(|| BadHost.into())
    }
}
