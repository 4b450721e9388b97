//! The pages on which a person approves or denies a login.

mod address;
mod answer;
mod decide;
mod found;
mod initiator;
mod link;
mod minutes;
mod notice;
mod page;
mod pasted;
mod plain_html;
mod render;
mod show;
mod sign_in;
mod site;
mod stray;

use std::fmt;
use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::handler::Handler;
use axum::http::Method;
use axum::routing::get;

use super::server::{Network, PublicUrl, Sessions, Tokens};
use address::Address;
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
/// use counterfoil::axum::{Pages, Routes, StaticAccess, StaticTokens, Store};
///
/// let store = Store::builder().build()?;
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
/// | `GET /device?user_code=C` | the same |
/// | `GET` of either without a code | a form for a code |
/// | `POST` to either | form `login_code` or `user_code`, `decision=approve` or `deny`, `refresh_token` |
///
/// A login that can be decided, and a decision that was carried out, is answered 200; else 400 says why, 421 that the
/// page is at another address, 429 that there were too many wrong user codes, 503 that a [`SignIn`] or [`Tokens`] is
/// [`Unavailable`](crate::Unavailable). A decision made twice, by a second click or the back button, is answered with
/// what became of the first.
///
/// # What people paste
/// Either page takes either code. Case, white space, punctuation and invisible characters count for nothing, in a link
/// or in the form; other parameters of a link are ignored, and it may be encoded several times. The form also reads a
/// whole link. A typed token loses invisible characters, and white space at its ends.
///
/// # Who approves
/// Without further ado the page asks for a refresh token, as [`TypedToken`] has it. A server that has users signed in
/// tells who they are by a [`SignIn`]. Either way only a token that [`Tokens`] says is a signed-in user's approves.
///
/// # Requests from other sites
/// A decision that a browser says comes from another site is refused: by `Sec-Fetch-Site`, or else by an `Origin` whose
/// scheme, host and port are not those of the [public address](Pages::public_url). An approval that rests on what the
/// browser sends by itself, a cookie say, must be *known* to come from this site: with neither header it is refused, too,
/// and so is `Origin: null`. One that brings its refresh token in the form proves itself, and needs no such header.
///
/// A proxy must not replace the pages' `Referrer-Policy` by `no-referrer`: browsers then send the pages' own form with
/// `Origin: null`, and over plain HTTP, or before Safari 16.4, there is no `Sec-Fetch-Site` to tell it from others.
///
/// Other sites may send a person to a page, but not load it in any other way. A user code that comes that way is shown
/// in the form, and looked up when the person sends it.
///
/// # Guesses
/// Each look-up of a wrong user code, by `GET` or `POST`, counts against its source: see
/// [`resolve`](crate::SessionStore::resolve). A text that is not a user code at all is looked up nowhere and not
/// counted, nor is the code of a `HEAD`. The source is the peer's address, which the server must provide as axum's
/// `ConnectInfo<SocketAddr>`, or what a [trusted proxy](Pages::trusted_proxies) says it is.
///
/// # Headers
/// No page may be cached, framed, sniffed or told about in a `Referer`, beyond its origin; no script runs and nothing is
/// loaded from elsewhere. See [`Render`] for pages of one's own, and what they may load.
#[must_use = "pages do nothing until they are part of a server"]
pub struct Pages<B, K, S = TypedToken, R = PlainHtml> {
    store: B,
    tokens: K,
    sign_in: S,
    render: R,
    address: Address,
}

impl<B: Sessions, K: Tokens> Pages<B, K> {
    /// Pages for the logins of `store`, all tenants', on which a person shows a refresh token that `tokens` knows.
    pub fn new(store: B, tokens: K) -> Self {
        Self { store, tokens, sign_in: TypedToken, render: PlainHtml, address: Address::default() }
    }
}

impl<B: Sessions, K: Tokens, S: SignIn, R: Render> Pages<B, K, S, R> {
    /// Tells who is signed in, so that nobody needs to type a token.
    ///
    /// ```
    /// # use counterfoil::axum::{Pages, StaticTokens, Store};
    /// # use counterfoil::axum::pages::TypedToken;
    /// # let store = Store::builder().build()?;
    /// let pages = Pages::new(store, StaticTokens::new()).sign_in(TypedToken);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn sign_in<T: SignIn>(self, sign_in: T) -> Pages<B, K, T, R> {
        let Self { store, tokens, render, address, .. } = self;
        Pages { store, tokens, sign_in, render, address }
    }

    /// Other pages in place of [`PlainHtml`].
    ///
    /// ```
    /// # use counterfoil::axum::{Pages, StaticTokens, Store};
    /// # use counterfoil::axum::pages::PlainHtml;
    /// # let store = Store::builder().build()?;
    /// let pages = Pages::new(store, StaticTokens::new()).render(PlainHtml);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn render<T: Render>(self, render: T) -> Pages<B, K, S, T> {
        let Self { store, tokens, sign_in, address, .. } = self;
        Pages { store, tokens, sign_in, render, address }
    }

    /// The address that people reach the pages by; its scheme, host and port are what "this site" means. A page that is
    /// asked for by another host or port is answered 421 (RFC 9110, section 15.5.20).
    ///
    /// Unless it is set, "this site" is what the header `Host` of each request says, over the scheme that a trusted
    /// proxy tells in `X-Forwarded-Proto`, or else over plain HTTP. That is for development: a name that was bound to
    /// the server's address by somebody else is then this site, too.
    ///
    /// ```
    /// # use counterfoil::axum::{Pages, StaticTokens, Store};
    /// # let store = Store::builder().build()?;
    /// let pages = Pages::new(store, StaticTokens::new()).public_url("https://login.example.com".parse()?);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[expect(clippy::needless_pass_by_value, reason = "the same as `Routes::public_url`")]
    pub fn public_url(mut self, url: PublicUrl) -> Self {
        self.address.set_public_url(&url);
        self
    }

    /// The proxies whose `X-Forwarded-For` is believed when wrong user codes are counted, and whose `X-Forwarded-Proto`
    /// is believed if no [public address](Pages::public_url) is set. Default none: then all people behind a proxy share
    /// one budget of wrong codes.
    ///
    /// ```
    /// # use counterfoil::axum::{Pages, StaticTokens, Store};
    /// # let store = Store::builder().build()?;
    /// let pages = Pages::new(store, StaticTokens::new()).trusted_proxies(["10.0.0.0/8".parse()?]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn trusted_proxies(mut self, networks: impl IntoIterator<Item = Network>) -> Self {
        self.address.trusted_proxies = networks.into_iter().collect();
        self
    }

    /// Both pages where the contract has them, with or without a slash at the end. They work under a prefix as well.
    ///
    /// A server that has no fallback of its own does better with [`router_or`](Pages::router_or).
    pub fn router(self) -> Router {
        Self::routes(&self.site())
    }

    /// The same with a fallback: a path that no route has, but that has the letters of a page's path, opens that page. So
    /// do links with something glued to them, with other slashes, in capitals, encoded once more, or broken off; and the
    /// root, if it has no route. Everything else is handed to `otherwise`: [`not_found`](super::not_found), say.
    ///
    /// axum allows one fallback only: neither merge this with a router that has one, nor set another.
    ///
    /// ```
    /// # use counterfoil::axum::{Pages, StaticTokens, Store, not_found};
    /// # let store = Store::builder().build()?;
    /// let pages = Pages::new(store, StaticTokens::new()).router_or(not_found);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn router_or<H: Handler<T, ()>, T: 'static>(self, otherwise: H) -> Router {
        let site = self.site();
        Self::routes(&site).fallback(move |mut request: Request| async move {
            let Some(uri) = stray::meant(request.method(), request.uri()) else {
                return otherwise.call(request, ()).await;
            };
            *request.uri_mut() = uri;
            if *request.method() == Method::POST {
                decide::decide(State(site), request).await
            } else {
                show::show(State(site), request).await
            }
        })
    }

    fn site(self) -> Arc<Site<B, K, S, R>> {
        let Self { store, tokens, sign_in, render, address } = self;
        Arc::new(Site { store, tokens, sign_in, render, address })
    }

    fn routes(site: &Arc<Site<B, K, S, R>>) -> Router {
        let page = || get(show::show).post(decide::decide);
        let both = |router: Router<_>, path: &str| router.route(path, page()).route(&format!("{path}/"), page());
        both(both(Router::new(), stray::CONFIRM), stray::DEVICE)
            .method_not_allowed_fallback(show::method_not_allowed)
            .with_state(site.clone())
    }
}

impl<B, K, S, R> fmt::Debug for Pages<B, K, S, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pages").field("address", &self.address).finish_non_exhaustive()
    }
}
