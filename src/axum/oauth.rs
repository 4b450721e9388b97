//! The RFC 8628 dialect: an OAuth 2.0 device authorization grant over the same store.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::http::HeaderValue;
use axum::http::header::PRAGMA;
use axum::http::request::Parts as Head;
use axum::middleware::map_response;
use axum::response::Response;
use axum::routing::{MethodRouter, get, post};

use super::access::Access;
use super::api::Parts;
use super::context::Sessions;
use super::host::{BadHost, Host};
use super::network::Network;
use super::public_url::PublicUrl;
use super::source::Source;
use super::tokens::Tokens;

mod authorize;
mod client;
mod form;
mod metadata;
mod refusal;
mod scope;
mod token;

use authorize::authorize;
use client::ClientId;
use metadata::metadata;
use refusal::{Refusal, method_not_allowed};
use token::token;

/// Where the endpoints are, for the router and the metadata alike.
const DEVICE_AUTHORIZATION: &str = "/oauth/device_authorization";
const TOKEN: &str = "/oauth/token";
const METADATA: &str = "/.well-known/oauth-authorization-server";
/// Where a person types the user code.
const DEVICE: &str = "/device";
/// Two requests for one code within this time are one poll: golang.org/x/oauth2, for one, sends each poll with HTTP
/// Basic credentials, and at once again with the `client_id` in the body.
const TWICE: Duration = Duration::from_millis(250);
/// RFC 8628, section 3.4.
const DEVICE_CODE_GRANT: &str = "urn:ietf:params:oauth:grant-type:device_code";

/// What may be set for this dialect.
#[derive(Debug, Clone)]
pub(super) struct Settings {
    pub(super) public_url: Option<PublicUrl>,
    pub(super) trusted_proxies: Arc<[Network]>,
    pub(super) expires_in: Duration,
    pub(super) max_wait: Duration,
}

/// What the handlers of this dialect work on.
struct Provider<B, A, K> {
    parts: Arc<Parts<B, A, K>>,
    settings: Arc<Settings>,
}

impl<B, A, K> Clone for Provider<B, A, K> {
    fn clone(&self) -> Self {
        Self { parts: self.parts.clone(), settings: self.settings.clone() }
    }
}

impl<B: Sessions, A: Access, K: Tokens> Provider<B, A, K> {
    /// The store scoped to the client's tenant.
    async fn store(&self, client: ClientId) -> Result<B, Refusal> {
        let tenant = self.parts.access.client(client.id()).await?;
        Ok(self.parts.store.for_tenant(&tenant).tolerant(TWICE))
    }

    /// The address to send people and clients to: the one that was set, or else the one that this request came to.
    fn base(&self, head: &Head) -> Result<PublicUrl, Refusal> {
        let proto = Source::forwarded_proto(head, &self.settings.trusted_proxies).unwrap_or_default();
        let scheme = if proto.eq_ignore_ascii_case("https") { "https" } else { "http" };
        let host = Host::of(head)?;
        let base = self.settings.public_url.clone().or_else(|| host.map(|host| PublicUrl::of(scheme, host)));
        base.ok_or_else(|| BadHost.into())
    }
}

/// The routes of this dialect.
pub(super) fn routes<B: Sessions, A: Access, K: Tokens>(parts: Arc<Parts<B, A, K>>, settings: Settings) -> Router {
    Router::new()
        .route(DEVICE_AUTHORIZATION, uncached(post(authorize)))
        .route(TOKEN, uncached(post(token)))
        .route(METADATA, uncached(get(metadata)))
        .with_state(Provider { parts, settings: Arc::new(settings) })
}

/// Marks all answers of a path. A layer on the router would mark those of its fallback too, which a server that merges
/// it would get for its own.
fn uncached<S: Clone + Send + Sync + 'static>(methods: MethodRouter<S>) -> MethodRouter<S> {
    methods.fallback(method_not_allowed).layer(map_response(no_cache))
}

/// RFC 6749, section 5.1, besides `Cache-Control: no-store`.
async fn no_cache(mut response: Response) -> Response {
    response.headers_mut().insert(PRAGMA, HeaderValue::from_static("no-cache"));
    response
}
