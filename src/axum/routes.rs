//! The router, put together.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::middleware::map_response;
use axum::routing::{get, post};

use super::access::Access;
use super::answer::{method_not_allowed, no_store};
use super::api::{Api, Parts};
use super::complete::complete;
use super::context::Store;
use super::dialect::Dialect;
use super::initiate::initiate;
use super::openapi::openapi;
use super::poll::poll;
use super::tokens::Tokens;

/// The endpoints over a store, as routers for somebody's axum server.
///
/// ```
/// use axum::Router;
/// use counterfoil::SessionStore;
/// use counterfoil::axum::{Routes, StaticAccess, StaticTokens};
///
/// let store = SessionStore::builder().build()?;
/// let access = StaticAccess::new().project("internal", "a secret server key", "a publishable client key");
/// let tokens = StaticTokens::new().signed_in("a signed-in user's refresh token");
///
/// let app: Router = Router::new().merge(Routes::new(store, access, tokens).router());
/// # Ok::<(), counterfoil::BuildError>(())
/// ```
///
/// All answers of these routes, refusals and wrong methods included, carry `Cache-Control: no-store`. Bodies above
/// 64 KiB are refused; how long a client may take over one is for the server to limit.
#[must_use = "routes do nothing until they are part of a server"]
pub struct Routes<A, K> {
    store: Store,
    access: A,
    tokens: K,
    max_wait: Duration,
}

impl<A: Access, K: Tokens> Routes<A, K> {
    /// The endpoints over `store`, open to whom `access` admits, with the users that `tokens` knows.
    pub fn new(store: Store, access: A, tokens: K) -> Self {
        Self { store, access, tokens, max_wait: Duration::from_secs(30) }
    }

    /// The longest that a poll may wait for news where the client asks for it with `Prefer: wait=N` (RFC 7240, section
    /// 4.3), in whole seconds. Default 30 s; zero never waits. Keep it below the time limit that the server or a proxy
    /// sets on a request.
    pub fn max_wait(mut self, max_wait: Duration) -> Self {
        self.max_wait = Duration::from_secs(max_wait.as_secs());
        self
    }

    /// All endpoints where the contract has them: the documented dialect under `/api/v1`, the SDK dialect under
    /// `/stack/api/v1`.
    pub fn router(self) -> Router {
        let parts = self.share();
        Router::new()
            .nest("/api/v1", documented(parts.clone()))
            .nest("/stack/api/v1", login_routes(parts, Dialect::Sdk))
    }

    /// The documented dialect alone: `/auth/cli`, `/auth/cli/poll` and `/auth/cli/complete`, to be nested where it
    /// pleases.
    pub fn documented(self) -> Router {
        documented(self.share())
    }

    /// The SDK dialect alone, with the same paths.
    pub fn sdk(self) -> Router {
        login_routes(self.share(), Dialect::Sdk)
    }

    fn share(self) -> Arc<Parts<A, K>> {
        let Self { store, access, tokens, max_wait } = self;
        Arc::new(Parts { store, access, tokens, max_wait })
    }
}

/// The documented dialect, with its description.
fn documented<A: Access, K: Tokens>(parts: Arc<Parts<A, K>>) -> Router {
    let description = Router::new().route("/openapi.json", get(openapi));
    let description = description.method_not_allowed_fallback(method_not_allowed).layer(map_response(no_store));
    login_routes(parts, Dialect::Documented).merge(description)
}

/// The routes of a Stack-style dialect.
fn login_routes<A: Access, K: Tokens>(parts: Arc<Parts<A, K>>, dialect: Dialect) -> Router {
    Router::new()
        .route("/auth/cli", post(initiate))
        .route("/auth/cli/poll", post(poll))
        .route("/auth/cli/complete", post(complete))
        .method_not_allowed_fallback(method_not_allowed)
        .layer(map_response(no_store))
        .with_state(Api { parts, dialect })
}

impl<A, K> fmt::Debug for Routes<A, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Routes").field("max_wait", &self.max_wait).finish_non_exhaustive()
    }
}
