//! The router, put together.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;

use super::server::{Access, Network, Parts, PublicUrl, Sessions, Tokens, WebOrigin};
use super::stack::Dialect;
use super::wire::Cors;
use super::{oauth, stack};
use crate::MAX_TTL;

/// The endpoints over a store, as routers for somebody's axum server.
///
/// ```no_run
/// use counterfoil::axum::{Routes, StaticAccess, StaticTokens, Store};
///
/// # async fn run() -> Result<(), Box<dyn std::error::Error>> {
/// let store = Store::builder().build()?;
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
/// # use counterfoil::axum::{Routes, StaticAccess, StaticTokens, Store};
/// # use axum::Router;
/// # let store = Store::builder().build()?;
/// let routes = Routes::new(store, StaticAccess::new(), StaticTokens::new());
/// let app: Router = Router::new().nest("/login", routes.documented()).nest("/stack/api/v1", routes.sdk());
/// # Ok::<(), counterfoil::BuildError>(())
/// ```
///
/// All answers of these routes, refusals and wrong methods included, carry `Cache-Control: no-store`. Bodies above
/// 64 KiB are refused; how long a client may take over one is for the server to limit.
#[must_use = "routes do nothing until they are part of a server"]
pub struct Routes<B, A, K> {
    parts: Arc<Parts<B, A, K>>,
    max_wait: Duration,
    public_url: Option<PublicUrl>,
    trusted_proxies: Arc<[Network]>,
    expires_in: Option<Duration>,
    cors: Cors,
}

/// The longest that a login of the RFC 8628 dialect lives unless it is set: enough to find one's phone, and not so long
/// that many user codes can be guessed at (RFC 8628, section 5.1).
const EXPIRES_IN: Duration = Duration::from_secs(10 * 60);

impl<B: Sessions, A: Access, K: Tokens> Routes<B, A, K> {
    /// The endpoints over `store`, open to whom `access` admits, with the users that `tokens` knows.
    pub fn new(store: B, access: A, tokens: K) -> Self {
        let parts = Arc::new(Parts { store, access, tokens });
        let trusted_proxies = Arc::default();
        let max_wait = Duration::from_secs(30);
        Self { parts, max_wait, public_url: None, trusted_proxies, expires_in: None, cors: Cors::default() }
    }

    /// The longest that a poll may wait for news where the client asks for it with `Prefer: wait=N` (RFC 7240, section
    /// 4.3), in whole seconds. Default 30 s; zero never waits. Keep it below the time limit that the server or a proxy
    /// sets on a request.
    ///
    /// ```
    /// # use counterfoil::axum::{Routes, StaticAccess, StaticTokens, Store};
    /// # let store = Store::builder().build()?;
    /// let routes = Routes::new(store, StaticAccess::new(), StaticTokens::new()).max_wait(std::time::Duration::from_secs(20));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn max_wait(mut self, max_wait: Duration) -> Self {
        self.max_wait = Duration::from_secs(max_wait.as_secs());
        self
    }

    /// The address that the RFC 8628 dialect sends people and clients to: `verification_uri` and the metadata begin with
    /// it. Where the routes are nested, it ends with what they are nested under.
    ///
    /// Unless it is set, each answer names the address that its request came to, by the header `Host` and over the scheme
    /// that a [trusted proxy](Routes::trusted_proxies) tells, or else over plain HTTP. That is for development, and for
    /// servers that check `Host` themselves: a client that sends another `Host` gets another address.
    ///
    /// ```
    /// # use counterfoil::axum::{Routes, StaticAccess, StaticTokens, Store};
    /// # let store = Store::builder().build()?;
    /// let routes = Routes::new(store, StaticAccess::new(), StaticTokens::new()).public_url("https://login.example.com".parse()?);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn public_url(mut self, url: PublicUrl) -> Self {
        self.public_url = Some(url);
        self
    }

    /// The proxies whose `X-Forwarded-Proto` is believed if no [public address](Routes::public_url) is set. Default none.
    ///
    /// ```
    /// # use counterfoil::axum::{Routes, StaticAccess, StaticTokens, Store};
    /// # let store = Store::builder().build()?;
    /// let routes = Routes::new(store, StaticAccess::new(), StaticTokens::new()).trusted_proxies(["10.0.0.0/8".parse()?]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn trusted_proxies(mut self, networks: impl IntoIterator<Item = Network>) -> Self {
        self.trusted_proxies = networks.into_iter().collect();
        self
    }

    /// How long a login of the RFC 8628 dialect lives (`expires_in` in RFC 8628, section 3.2), in whole seconds from one
    /// to [`MAX_TTL`]. Default: what the [store](crate::Builder::ttl) has, but no more than 10 minutes. The logins of
    /// the other dialects last 2 hours, or what each asks for.
    ///
    /// ```
    /// # use counterfoil::axum::{Routes, StaticAccess, StaticTokens, Store};
    /// # let store = Store::builder().build()?;
    /// let routes = Routes::new(store, StaticAccess::new(), StaticTokens::new()).expires_in(std::time::Duration::from_secs(300));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn expires_in(mut self, expires_in: Duration) -> Self {
        self.expires_in = Some(expires_in);
        self
    }

    /// The origins whose pages may call the two Stack dialects, preflights included (CORS). None by default.
    ///
    /// It is needed if such a page calls them itself: Stack's confirm component does, from the origin of the app that it
    /// is part of. Command-line tools, other servers and the [pages](super::Pages) of this crate need none. The RFC 8628
    /// dialect is not for pages.
    ///
    /// ```
    /// # use counterfoil::axum::{Routes, StaticAccess, StaticTokens, Store};
    /// # let store = Store::builder().build()?;
    /// let routes = Routes::new(store, StaticAccess::new(), StaticTokens::new()).cors(["https://app.example.com".parse()?]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn cors(mut self, origins: impl IntoIterator<Item = WebOrigin>) -> Self {
        self.cors = Cors::new(origins);
        self
    }

    /// All endpoints in their usual places: the documented dialect under `/api/v1`, the SDK dialect under
    /// `/stack/api/v1`, the RFC 8628 dialect under `/oauth` and `/.well-known`.
    pub fn router(&self) -> Router {
        Router::new()
            .merge(self.login_routes("/api/v1", Dialect::Documented))
            .nest("/api/v1", self.description())
            .merge(self.login_routes("/stack/api/v1", Dialect::Sdk))
            .merge(self.oauth())
    }

    /// The documented dialect alone: `/auth/cli`, `/auth/cli/poll` and `/auth/cli/complete`, and their
    /// description at `/openapi.json`, to be nested where it suits.
    pub fn documented(&self) -> Router {
        self.login_routes("", Dialect::Documented).merge(self.description())
    }

    /// The SDK dialect alone, with the same paths.
    pub fn sdk(&self) -> Router {
        self.login_routes("", Dialect::Sdk)
    }

    /// The RFC 8628 dialect alone: `/oauth/device_authorization`, `/oauth/token` and
    /// `/.well-known/oauth-authorization-server`.
    pub fn oauth(&self) -> Router {
        let expires_in = self.expires_in.unwrap_or_else(|| self.parts.store.default_ttl().min(EXPIRES_IN));
        let settings = oauth::Settings {
            public_url: self.public_url.clone(),
            trusted_proxies: self.trusted_proxies.clone(),
            expires_in: Duration::from_secs(expires_in.as_secs()).clamp(Duration::from_secs(1), MAX_TTL),
            max_wait: self.max_wait,
        };
        oauth::routes(self.parts.clone(), settings)
    }

    fn login_routes(&self, prefix: &str, dialect: Dialect) -> Router {
        stack::routes(prefix, dialect, self.parts.clone(), self.max_wait, &self.cors)
    }

    fn description(&self) -> Router {
        stack::description(&self.cors)
    }
}

impl<B, A, K> fmt::Debug for Routes<B, A, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Routes")
            .field("max_wait", &self.max_wait)
            .field("public_url", &self.public_url)
            .field("trusted_proxies", &self.trusted_proxies)
            .field("expires_in", &self.expires_in)
            .field("cors", &self.cors)
            .finish_non_exhaustive()
    }
}
