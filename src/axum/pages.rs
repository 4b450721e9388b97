//! The pages on which a person approves or denies a login.

mod answer;
mod decide;
mod found;
mod minutes;
mod notice;
mod origin;
mod page;
mod plain_html;
mod render;
mod show;
mod sign_in;
mod site;

use std::fmt;
use std::sync::Arc;

use axum::Router;
use axum::routing::get;

use super::context::Store;
use super::network::Network;
use super::tokens::Tokens;
use site::Site;

pub use page::{CodeProblem, Confirm, FormCode, Page, Refusal, TokenProblem};
pub use plain_html::PlainHtml;
pub use render::Render;
pub use sign_in::{SignIn, TypedToken, Visitor};

/// The browser's side, as a router for somebody's axum server: `/handler/cli-auth-confirm` for login codes, `/device`
/// for user codes (RFC 8628, section 3.3).
///
/// ```
/// use std::sync::Arc;
///
/// use axum::Router;
/// use counterfoil::SessionStore;
/// use counterfoil::axum::{Pages, Routes, StaticAccess, StaticTokens, Store};
///
/// let store: Store = SessionStore::builder().build()?;
/// let access = StaticAccess::new().project("internal", "a secret server key", "a publishable client key");
/// let tokens = Arc::new(StaticTokens::new().signed_in("a signed-in user's refresh token"));
///
/// let app: Router = Router::new()
///     .merge(Routes::new(store.clone(), access, tokens.clone()).router())
///     .merge(Pages::new(store, tokens).router());
/// # Ok::<(), counterfoil::BuildError>(())
/// ```
///
/// | request | what comes back |
/// | --- | --- |
/// | `GET /handler/cli-auth-confirm?login_code=C` | what is asked for, with *Approve* and *Deny* |
/// | `GET /device` | a form for a user code |
/// | `GET /device?user_code=C` | what is asked for, with *Approve* and *Deny* |
/// | `POST` to either | form `login_code` or `user_code`, `decision=approve` or `deny`, `refresh_token` |
///
/// A login that can be decided, and a decision that was carried out, is answered 200; else 400 says why, 429 that there
/// were too many wrong user codes, 503 that a [`SignIn`] or [`Tokens`] is [`Unavailable`](super::Unavailable). A
/// decision made twice, by a second click or the back button, is answered with what became of the first.
///
/// # Who approves
/// Without further ado the page asks for a refresh token, as [`TypedToken`] has it. A server that has users signed in
/// tells who they are by a [`SignIn`]. Either way only a token that [`Tokens`] says is a signed-in user's approves.
///
/// # Requests from other sites
/// A decision that a browser says comes from another site (`Sec-Fetch-Site`, or else an `Origin` that is not the `Host`)
/// is refused. An approval that rests on what the browser sends by itself, a cookie say, must be *known* to come from
/// this site: with neither header it is refused too. One that brings its refresh token in the form proves itself, and
/// needs no such header. Where a proxy changes `Host`, browsers without `Sec-Fetch-Site` (before 2023, or over plain
/// HTTP) cannot approve by a cookie. Other sites may send a person to a page, but not load it in any other way.
///
/// # Guesses
/// Each look-up of a wrong user code, by `GET` or `POST`, counts against its source: see
/// [`resolve`](crate::SessionStore::resolve). A text that is not a user code at all is looked up nowhere and not
/// counted. The source is the peer's address, which the server must provide as axum's `ConnectInfo<SocketAddr>`.
///
/// # Headers
/// No page may be cached, framed, sniffed or told about in a `Referer`; no script runs and nothing is loaded from
/// elsewhere. See [`Render`] for pages of one's own, and what they may load.
#[must_use = "pages do nothing until they are part of a server"]
pub struct Pages<K, S = TypedToken, R = PlainHtml> {
    store: Store,
    tokens: K,
    sign_in: S,
    render: R,
    trusted_proxies: Vec<Network>,
}

impl<K: Tokens> Pages<K> {
    /// Pages for the logins of `store`, all tenants', on which a person shows a refresh token that `tokens` knows.
    pub fn new(store: Store, tokens: K) -> Self {
        Self { store, tokens, sign_in: TypedToken, render: PlainHtml, trusted_proxies: Vec::new() }
    }
}

impl<K: Tokens, S: SignIn, R: Render> Pages<K, S, R> {
    /// Tells who is signed in, so that nobody needs to type a token.
    pub fn sign_in<T: SignIn>(self, sign_in: T) -> Pages<K, T, R> {
        let Self { store, tokens, render, trusted_proxies, .. } = self;
        Pages { store, tokens, sign_in, render, trusted_proxies }
    }

    /// Other pages in place of [`PlainHtml`].
    pub fn render<T: Render>(self, render: T) -> Pages<K, S, T> {
        let Self { store, tokens, sign_in, trusted_proxies, .. } = self;
        Pages { store, tokens, sign_in, render, trusted_proxies }
    }

    /// The proxies whose `X-Forwarded-For` is believed when wrong user codes are counted. Default none.
    pub fn trusted_proxies(mut self, networks: impl IntoIterator<Item = Network>) -> Self {
        self.trusted_proxies = networks.into_iter().collect();
        self
    }

    /// Both pages where the contract has them. They work under a prefix as well.
    pub fn router(self) -> Router {
        let Self { store, tokens, sign_in, render, trusted_proxies } = self;
        let site = Arc::new(Site { store, tokens, sign_in, render, trusted_proxies });
        Router::new()
            .route("/handler/cli-auth-confirm", get(show::confirm).post(decide::decide))
            .route("/device", get(show::device).post(decide::decide))
            .method_not_allowed_fallback(show::method_not_allowed)
            .with_state(site)
    }
}

impl<K, S, R> fmt::Debug for Pages<K, S, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pages").field("trusted_proxies", &self.trusted_proxies).finish_non_exhaustive()
    }
}
