//! `Routes`: the routers of all dialects.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::http::request::Parts as Head;

use super::server::{
    Access, EventSink, Events, FindSource, Network, Parts, PublicUrl, Sessions, Settings, Tokens, WebOrigin,
};
use super::stack::Dialect;
use super::wire::Cors;
use super::{oauth, stack};
use crate::Source;

/// The endpoints over a store, as routers for your own axum server.
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
/// counterfoil::axum::serve(listener, app).await;
/// # Ok(())
/// # }
/// ```
///
/// The routers can be merged with the server's other routes, or nested:
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
/// All responses of these routes, errors included, carry `Cache-Control: no-store`. A body above 64 KiB, or one that
/// takes more than 10 s, is refused. [`serve`](super::serve) also limits heads, idle connections, and connections by
/// source.
#[must_use = "routes do nothing until they are part of a server"]
pub struct Routes<B, A, K> {
    parts: Arc<Parts<B, A, K>>,
    settings: Settings,
    cors: Cors,
}

impl<B: Sessions, A: Access, K: Tokens> Routes<B, A, K> {
    /// Takes the store, and the server's implementations of [`Access`] and [`Tokens`].
    pub fn new(store: B, access: A, tokens: K) -> Self {
        let parts = Arc::new(Parts { store, access, tokens });
        Self { parts, settings: Settings::default(), cors: Cors::default() }
    }

    /// Sets the longest time that a poll may wait if the client asks for it with `Prefer: wait=N` (RFC 7240, section
    /// 4.3), in whole seconds. The default is 30 s; with zero no poll waits. Keep it below the time limit of the server
    /// or a proxy for a request.
    ///
    /// ```
    /// # use counterfoil::axum::{Routes, StaticAccess, StaticTokens, Store};
    /// # let store = Store::builder().build()?;
    /// let routes = Routes::new(store, StaticAccess::new(), StaticTokens::new()).max_wait(std::time::Duration::from_secs(20));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn max_wait(mut self, max_wait: Duration) -> Self {
        self.settings.max_wait = Duration::from_secs(max_wait.as_secs());
        self
    }

    /// Sets the external address of the RFC 8628 dialect: `verification_uri` and the metadata begin with it. If the
    /// routes are nested, it ends with the path that they are nested under.
    ///
    /// Unless it is set, each response names the address that its request was sent to: the header `Host`, and the
    /// scheme that a [trusted proxy](Routes::trusted_proxies) reports, or else the request's own. That is for
    /// development, and for servers that check `Host` themselves: a client that sends another `Host` gets another
    /// address.
    ///
    /// ```
    /// # use counterfoil::axum::{Routes, StaticAccess, StaticTokens, Store};
    /// # let store = Store::builder().build()?;
    /// let routes = Routes::new(store, StaticAccess::new(), StaticTokens::new()).public_url("https://login.example.com".parse()?);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn public_url(mut self, url: PublicUrl) -> Self {
        self.settings.public_url = Some(url);
        self
    }

    /// Sets the proxies whose `X-Forwarded-For` is trusted when the logins of a source are counted, and whose
    /// `X-Forwarded-Proto` is trusted if no [public address](Routes::public_url) is set. There are none by default: then
    /// all callers behind a proxy are one source.
    ///
    /// The source is the peer's address, which the server must provide as axum's `ConnectInfo<SocketAddr>`. Callers
    /// whose address is unknown are not counted: one bound for all would let one of them keep out the others.
    ///
    /// ```
    /// # use counterfoil::axum::{Routes, StaticAccess, StaticTokens, Store};
    /// # let store = Store::builder().build()?;
    /// let routes = Routes::new(store, StaticAccess::new(), StaticTokens::new()).trusted_proxies(["10.0.0.0/8".parse()?]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn trusted_proxies(mut self, networks: impl IntoIterator<Item = Network>) -> Self {
        self.settings.trusted_proxies = networks.into_iter().collect();
        self
    }

    /// Sets how the source of a request is found, in place of [`source_of`](super::source_of) with the
    /// [trusted proxies](Routes::trusted_proxies): for a proxy that reports the client's address in a header of its own,
    /// such as `CF-Connecting-IP` or `Forwarded`. The logins of a source are counted by it, and the
    /// pages show it as the address of the tool.
    ///
    /// **The function decides whom to believe.** A header that any client can send lets each of them act as a new source,
    /// so read it only if the peer (`ConnectInfo<SocketAddr>` in the extensions) is the proxy, or nothing but the proxy can
    /// reach the server. Return [`Source::UNKNOWN`](crate::Source::UNKNOWN) if the address is not known. It is called for each
    /// request, so it must not block. The [pages](super::Pages::source) have a setting of their own, and the bound of
    /// [`serve`](super::serve) on a source's connections counts the peer's.
    ///
    /// ```
    /// # use counterfoil::axum::{Routes, StaticAccess, StaticTokens, Store};
    /// # let store = Store::builder().build()?;
    /// use std::net::{IpAddr, SocketAddr};
    ///
    /// use axum::extract::ConnectInfo;
    /// use axum::http::request::Parts;
    /// use counterfoil::Source;
    ///
    /// /// The proxy on this machine says who asks; anybody else asks for themselves.
    /// fn source(request: &Parts) -> Source {
    ///     let Some(ConnectInfo(peer)) = request.extensions.get::<ConnectInfo<SocketAddr>>() else {
    ///         return Source::UNKNOWN;
    ///     };
    ///     let told = request.headers.get("cf-connecting-ip").filter(|_| peer.ip().is_loopback());
    ///     match told.and_then(|told| told.to_str().ok()?.parse::<IpAddr>().ok()) {
    ///         Some(address) => address.into(),
    ///         None => peer.ip().into(),
    ///     }
    /// }
    ///
    /// let routes = Routes::new(store, StaticAccess::new(), StaticTokens::new()).source(source);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn source(mut self, find: impl Fn(&Head) -> Source + Send + Sync + 'static) -> Self {
        self.settings.find_source = FindSource::new(find);
        self
    }

    /// Sets the lifetime of a login of the RFC 8628 dialect (`expires_in` in RFC 8628, section 3.2), in whole seconds
    /// from one to [`MAX_TTL`](crate::MAX_TTL). The default is the [store's](crate::Builder::ttl), but at most 10 minutes;
    /// no more than [`longest`](Self::longest), in any case. A login of
    /// the other dialects lives for 2 hours, or for the time that its request asks for.
    ///
    /// ```
    /// # use counterfoil::axum::{Routes, StaticAccess, StaticTokens, Store};
    /// # let store = Store::builder().build()?;
    /// let routes = Routes::new(store, StaticAccess::new(), StaticTokens::new()).expires_in(std::time::Duration::from_secs(300));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn expires_in(mut self, expires_in: Duration) -> Self {
        self.settings.expires_in = Some(expires_in);
        self
    }

    /// Sets the longest lifetime of a login that a caller without the secret server key begins: a longer wish is
    /// shortened, and `expires_at` in the response says so. The default is 2 hours. With the secret server key a login
    /// may live for [`MAX_TTL`](crate::MAX_TTL), as long as the documentation of the endpoint says. The RFC 8628 dialect
    /// has a lifetime of [its own](Routes::expires_in), which this bounds, too.
    ///
    /// The publishable key is in everybody's hands: logins that live for a day let one caller fill the store for a day.
    ///
    /// ```
    /// # use counterfoil::axum::{Routes, StaticAccess, StaticTokens, Store};
    /// # let store = Store::builder().build()?;
    /// let routes = Routes::new(store, StaticAccess::new(), StaticTokens::new()).longest(std::time::Duration::from_secs(600));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn longest(mut self, longest: Duration) -> Self {
        self.settings.longest = longest.max(Duration::from_millis(1));
        self
    }

    /// Sets the scopes that clients of the RFC 8628 dialect may ask for: a request for another is refused with
    /// `invalid_scope` (RFC 6749, section 5.2), and the metadata names them. By default any is taken, and it is up to
    /// [`Tokens`] what is granted. A client that asks for none is let in.
    ///
    /// ```
    /// # use counterfoil::axum::{Routes, StaticAccess, StaticTokens, Store};
    /// # let store = Store::builder().build()?;
    /// let routes = Routes::new(store, StaticAccess::new(), StaticTokens::new()).scopes(["read", "write"]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn scopes<S: Into<Box<str>>>(mut self, scopes: impl IntoIterator<Item = S>) -> Self {
        self.settings.scopes = Some(scopes.into_iter().map(Into::into).collect());
        self
    }

    /// Leads the browser back to the tool, on a machine where both run (RFC 8252, section 7.3): after an approval on the
    /// [pages](super::Pages), to the loopback address that the tool named as `hand_back`. It brings a proof there that is
    /// made for this one login, and the poll that takes the token must carry it as `hand_back_proof`; without it, the
    /// login seems pending.
    ///
    /// This alone protects a tool that asks for it from whoever has its polling code. It stops nobody who begins a login
    /// and talks somebody else into it: that person's own request leaves `hand_back` out. What stops them is that the
    /// server requires it: [`Client::requires_hand_back`](super::Client::requires_hand_back) of an OAuth client,
    /// [`require_hand_back`](Self::require_hand_back) of the other callers.
    ///
    /// The default is `false`: `hand_back` is ignored, and the response to the beginning of a login does not say that it
    /// will be done. Set it if users approve on the pages of this crate. A tool that does not ask for it, such as one on a
    /// remote machine, is served as before.
    ///
    /// ```
    /// # use counterfoil::axum::{Routes, StaticAccess, StaticTokens, Store};
    /// # let store = Store::builder().build()?;
    /// let routes = Routes::new(store, StaticAccess::new(), StaticTokens::new()).hand_back(true);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn hand_back(mut self, hand_back: bool) -> Self {
        self.settings.hand_back = hand_back;
        self
    }

    /// Requires that a login of the two Stack dialects that begins without the secret server key is
    /// [handed back](Self::hand_back), which this allows. Without `hand_back` it is refused with `SCHEMA_ERROR`. A login with
    /// `hand_back` is then approved on the [pages](super::Pages) alone: an approval by `/auth/cli/complete` is refused with
    /// `HAND_BACK_REQUIRED`, since it has no proof to hand back. The default is `false`.
    ///
    /// With it, nobody gets a token for a login that was begun on another machine than the one that approves. These tools
    /// cannot be used over SSH, in a container, or without a browser beside them; let them begin their logins as an
    /// [OAuth client](super::Client) of their own, with little scope, or through a server of yours that has the secret key.
    ///
    /// ```
    /// # use counterfoil::axum::{Routes, StaticAccess, StaticTokens, Store};
    /// # let store = Store::builder().build()?;
    /// let routes = Routes::new(store, StaticAccess::new(), StaticTokens::new()).require_hand_back(true);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn require_hand_back(mut self, require: bool) -> Self {
        self.settings.require_hand_back = require;
        self
    }

    /// Sets the page of the RFC 8628 dialect, `verification_uri` in RFC 8628, section 3.2: one of your own site, in place
    /// of the [pages](super::Pages) of this crate. `verification_uri_complete` is the same with the codes in its query,
    /// `?user_code=…&login_code=…`. The site finds out what a code asks for, and completes the login, by `POST
    /// /auth/cli/complete` with the secret server key; see the modes there.
    ///
    /// ```
    /// # use counterfoil::axum::{Routes, StaticAccess, StaticTokens, Store};
    /// # let store = Store::builder().build()?;
    /// let routes = Routes::new(store, StaticAccess::new(), StaticTokens::new());
    /// let routes = routes.verification_uri("https://app.example.com/cli".parse()?).only_servers_complete(true);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn verification_uri(mut self, page: PublicUrl) -> Self {
        self.settings.verification_uri = Some(page);
        self
    }

    /// Asks for the secret server key at `POST /auth/cli/complete`: a request without it is 401
    /// `SERVER_AUTHENTICATION_REQUIRED`. Set it if it is your site's server that completes logins, and no page in a
    /// browser; above all if [`Tokens`] takes the site's word for a token. The default is `false`.
    ///
    /// ```
    /// # use counterfoil::axum::{Routes, StaticAccess, StaticTokens, Store};
    /// # let store = Store::builder().build()?;
    /// let routes = Routes::new(store, StaticAccess::new(), StaticTokens::new()).only_servers_complete(true);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn only_servers_complete(mut self, only: bool) -> Self {
        self.settings.only_servers_complete = only;
        self
    }

    /// Sets who takes note of what happens to logins: of those that begin, and of polls that take a grant or come after
    /// one. The pages have a setting of their own.
    ///
    /// ```
    /// # use counterfoil::axum::{Event, Events, Routes, StaticAccess, StaticTokens, Store};
    /// struct Log;
    ///
    /// impl Events for Log {
    ///     fn note(&self, event: &Event<'_>) {
    ///         println!("{} by {}", event.kind, event.source);
    ///     }
    /// }
    ///
    /// # let store = Store::builder().build()?;
    /// let routes = Routes::new(store, StaticAccess::new(), StaticTokens::new()).events(Log);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn events(mut self, events: impl Events) -> Self {
        self.settings.events = EventSink::new(events);
        self
    }

    /// Sets the origins whose pages may call the two Stack dialects, preflights included (CORS). There are none by
    /// default.
    ///
    /// It is needed if a page calls the endpoints itself: Stack's confirm component does, from the origin of the app
    /// that it is part of. Command-line tools, other servers and the [pages](super::Pages) of this crate do not need
    /// it. The RFC 8628 dialect is never open to pages.
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

    /// Returns all endpoints at their usual paths: the documented dialect under `/api/v1`, the SDK dialect under
    /// `/stack/api/v1`, the RFC 8628 dialect under `/oauth` and `/.well-known`.
    pub fn router(&self) -> Router {
        Router::new()
            .merge(self.login_routes("/api/v1", Dialect::Documented))
            .nest("/api/v1", self.description())
            .merge(self.login_routes("/stack/api/v1", Dialect::Sdk))
            .merge(self.oauth())
    }

    /// Returns the documented dialect alone: `/auth/cli`, `/auth/cli/poll` and `/auth/cli/complete`, and their
    /// description at `/openapi.json`.
    pub fn documented(&self) -> Router {
        self.login_routes("", Dialect::Documented).merge(self.description())
    }

    /// Returns the SDK dialect alone, with the same paths.
    pub fn sdk(&self) -> Router {
        self.login_routes("", Dialect::Sdk)
    }

    /// Returns the RFC 8628 dialect alone: `/oauth/device_authorization`, `/oauth/token`,
    /// `/.well-known/oauth-authorization-server` and, if [`Tokens`] can revoke, `/oauth/revoke`.
    pub fn oauth(&self) -> Router {
        oauth::routes(self.parts.clone(), Arc::new(self.settings.clone()))
    }

    /// Returns the routes of an administrator, for a path of the server's choice. They are no part of
    /// [`router`](Self::router).
    ///
    /// | request | response |
    /// | --- | --- |
    /// | `GET /sessions` | `sessions`: the live logins of the tenant, those first that have the least time left, at most 1,000; `total`: how many there are. Of each its `id`, `state` (`pending` or `completed`), `remaining_millis` and `has_context`. |
    /// | `DELETE /sessions/{id}` | cancels a pending login; 404 if there is none, 409 if it is not pending |
    ///
    /// A request needs the secret server key and `x-stack-access-type: admin`; [`Access::admit`] decides about it by
    /// [`AccessType::Admin`](super::AccessType::Admin). No response has a code, a token, or what is attached to a login.
    ///
    /// The listing takes time in proportion to the tenant's live logins.
    ///
    /// ```
    /// # use axum::Router;
    /// # use counterfoil::axum::{Routes, StaticAccess, StaticTokens, Store};
    /// # let store = Store::builder().build()?;
    /// let routes = Routes::new(store, StaticAccess::new(), StaticTokens::new());
    /// let app: Router = Router::new().merge(routes.router()).nest("/admin", routes.admin());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn admin(&self) -> Router {
        stack::admin(self.parts.clone(), Arc::new(self.settings.clone()))
    }

    fn login_routes(&self, prefix: &str, dialect: Dialect) -> Router {
        stack::routes(prefix, dialect, self.parts.clone(), Arc::new(self.settings.clone()), &self.cors)
    }

    fn description(&self) -> Router {
        stack::description(&self.cors)
    }
}

impl<B, A, K> fmt::Debug for Routes<B, A, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Routes").field("settings", &self.settings).field("cors", &self.cors).finish_non_exhaustive()
    }
}
