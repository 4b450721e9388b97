//! The router, put together.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::middleware::map_response;
use axum::routing::{get, post};

use super::access::Access;
use super::answer::{method_not_allowed, no_store};
use super::api::{Api, Options, Parts};
use super::complete::complete;
use super::context::Store;
use super::dialect::Dialect;
use super::initiate::initiate;
use super::openapi::openapi;
use super::poll::poll;
use super::tokens::Tokens;

/// The endpoints over a store, as routers for somebody's axum server.
///
/// ```no_run
/// use counterfoil::SessionStore;
/// use counterfoil::axum::{Routes, StaticAccess, StaticTokens};
///
/// # async fn run() -> Result<(), Box<dyn std::error::Error>> {
/// let store = SessionStore::builder().build()?;
/// let access = StaticAccess::new().project("internal", "a secret server key", "a publishable client key");
/// let tokens = StaticTokens::new().signed_in("a signed-in user's refresh token");
/// let app = axum::Router::new().merge(Routes::new(store, access, tokens).router());
///
/// let listener = tokio::net::TcpListener::bind("127.0.0.1:8102").await?;
/// axum::serve(listener, app).await?;
/// # Ok(())
/// # }
/// ```
///
/// They take their places among the server's other routes, or are nested elsewhere:
///
/// ```
/// # use counterfoil::SessionStore;
/// # use counterfoil::axum::{Routes, StaticAccess, StaticTokens};
/// # use axum::Router;
/// # let store = SessionStore::builder().build()?;
/// let routes = Routes::new(store, StaticAccess::new(), StaticTokens::new());
/// let app: Router = Router::new().nest("/login", routes.documented()).nest("/stack/api/v1", routes.sdk());
/// # Ok::<(), counterfoil::BuildError>(())
/// ```
///
/// All answers of these routes, refusals and wrong methods included, carry `Cache-Control: no-store`. Bodies above
/// 64 KiB are refused; how long a client may take over one is for the server to limit.
#[must_use = "routes do nothing until they are part of a server"]
pub struct Routes<A, K> {
    parts: Arc<Parts<A, K>>,
    options: Options,
}

impl<A: Access, K: Tokens> Routes<A, K> {
    /// The endpoints over `store`, open to whom `access` admits, with the users that `tokens` knows.
    pub fn new(store: Store, access: A, tokens: K) -> Self {
        let options = Options { max_wait: Duration::from_secs(30) };
        Self { parts: Arc::new(Parts { store, access, tokens }), options }
    }

    /// The longest that a poll may wait for news where the client asks for it with `Prefer: wait=N` (RFC 7240, section
    /// 4.3), in whole seconds. Default 30 s; zero never waits. Keep it below the time limit that the server or a proxy
    /// sets on a request.
    pub fn max_wait(mut self, max_wait: Duration) -> Self {
        self.options.max_wait = Duration::from_secs(max_wait.as_secs());
        self
    }

    /// All endpoints in their usual places: the documented dialect under `/api/v1`, the SDK dialect under
    /// `/stack/api/v1`.
    pub fn router(&self) -> Router {
        Router::new().nest("/api/v1", self.documented()).nest("/stack/api/v1", self.sdk())
    }

    /// The documented dialect alone: `/auth/cli`, `/auth/cli/poll` and `/auth/cli/complete`, and their
    /// description at `/openapi.json`, to be nested where it suits.
    pub fn documented(&self) -> Router {
        let description = Router::new().route("/openapi.json", get(openapi));
        let description = description.method_not_allowed_fallback(method_not_allowed).layer(map_response(no_store));
        self.login_routes(Dialect::Documented).merge(description)
    }

    /// The SDK dialect alone, with the same paths.
    pub fn sdk(&self) -> Router {
        self.login_routes(Dialect::Sdk)
    }

    fn login_routes(&self, dialect: Dialect) -> Router {
        Router::new()
            .route("/auth/cli", post(initiate))
            .route("/auth/cli/poll", post(poll))
            .route("/auth/cli/complete", post(complete))
            .method_not_allowed_fallback(method_not_allowed)
            .layer(map_response(no_store))
            .with_state(Api { parts: self.parts.clone(), options: self.options, dialect })
    }
}

impl<A, K> fmt::Debug for Routes<A, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Routes").field("options", &self.options).finish_non_exhaustive()
    }
}
