//! The pages on which a user approves or denies a login: [`Pages`] makes a router of them, a [`SignIn`] identifies the
//! visitor, and a [`Render`] writes the HTML.
#![allow(clippy::result_large_err, reason = "a page is made once in a request, and is nothing beside its HTML")]

mod address;
mod answer;
mod approved;
mod arrival;
mod confirm;
mod decide;
mod form_code;
mod found;
mod hand_back;
mod initiator;
mod keys;
mod language;
mod link;
mod mark;
mod minutes;
mod notice;
mod outcome;
mod page;
mod pasted;
mod plain_html;
mod proof;
mod render;
mod show;
mod sign_in;
mod site;
mod stray;
mod undo;
mod words;

use std::fmt;
use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::handler::Handler;
use axum::http::Method;
use axum::http::request::Parts;
use axum::routing::get;

use super::server::{EventSink, Events, FindSource, Network, PublicUrl, Sessions, Tokens};
use crate::Source;
use address::Address;
use keys::FormKeys;
use site::Site;

pub use approved::{Approved, Undo};
pub use arrival::Arrival;
pub use confirm::{Confirm, TokenProblem};
pub use form_code::FormCode;
pub use page::{CodeProblem, Page, Refusal};
pub use plain_html::PlainHtml;
pub use render::Render;
pub use sign_in::{SignIn, TypedToken, Visitor};

/// The browser's side, as a router for your own axum server: `/handler/cli-auth-confirm` for login codes, `/device` for
/// user codes (RFC 8628, section 3.3).
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
/// | request | response |
/// | --- | --- |
/// | `GET /handler/cli-auth-confirm?login_code=C` | the pending login, with *Approve* and *Deny* |
/// | `GET /device?user_code=C` | the same |
/// | `GET` of either without a code | a form for a code |
/// | `POST` to either | form `login_code` or `user_code`, `decision=approve` or `deny`, `refresh_token` or the page's `proof`, `check_word` |
/// | `POST` to either | form `login_code`, `decision=withdraw`, and the `proof` of the page after an approval |
///
/// A request may have both codes, if they are of one login, as the `verification_uri_complete` of RFC 8628 has: the login
/// code opens the login, without a guess, and the user code is shown for comparison.
///
/// The status is 200 for a pending login, and for a decision that was carried out. Otherwise it is 400, with the
/// reason; 421 if the page is at another address; 429 after too many wrong user codes; 503 if a [`SignIn`], a
/// [`Tokens`] or the store is [`Unavailable`](crate::Unavailable). A decision that is made twice, by a second click or
/// the back button, shows the result of the first.
///
/// # What people paste
/// Either page takes either code. Case, white space, punctuation and invisible characters are ignored, in a link and in
/// the form. Other parameters of a link are ignored, it may be encoded several times, and if one of its two codes is
/// damaged, the other is used. The form also reads a whole
/// link. In a typed token, invisible characters are ignored, and so is white space at its ends.
///
/// # Who approves
/// By default the page asks for a refresh token ([`TypedToken`]). A server with signed-in users identifies them by a
/// [`SignIn`]. In both cases only a token that [`Tokens`] knows as a signed-in user's approves.
///
/// An approval through a [`SignIn`] is bound to what the page has shown: its form carries a proof over the login, the
/// tenant and the account (HMAC-SHA256, good for an hour). If the visitor has signed in as someone else since, the page
/// is shown again, with the other account's name on it, and nothing is approved.
///
/// # Who has been led here
/// A signed-in user approves with one click, so a site that can make the user click could sign in as the user. The page
/// therefore asks for a *check word*, unless the visitor has come [directly](Arrival::Direct): the tool shows it
/// beside its link ([`LoginCode::check_word`](crate::LoginCode::check_word)), or a user code, whose last four letters do as
/// well. After three wrong words the login is denied. How a page was reached is part of its form's proof, and for a visitor
/// who signs in on the way or types a user code, a signed cookie remembers it for a quarter of an hour. No other cookie is
/// set, and none where a token is typed.
///
/// What programs other than browsers open counts as opened by the user: a link in a mail program, or a link that leads here
/// through another site after the user typed it.
///
/// # After an approval
/// The page names the account, and has a button *This was not me*. It takes the approval back, or has the token
/// [revoked](crate::axum::Tokens::revoke) that the tool has collected meanwhile, if the server's [`Tokens`] revoke what a
/// login was given; otherwise it says that it cannot. It works for an hour, also when the store has forgotten the login. A login that names an address on the
/// user's own machine ([`Details::hand_back`](crate::Details::hand_back)) is approved with a proof, which the browser takes
/// there: the poll of a tool elsewhere is told *pending*.
///
/// # Requests from other sites
/// A decision from another site is refused. `Sec-Fetch-Site` shows where it comes from, or else an `Origin` whose
/// scheme, host and port are not those of the [public address](Pages::public_url). An approval that relies on what the
/// browser sends on its own, such as a cookie, must be *known* to come from this site: it is refused, too, if it has
/// neither header, or `Origin: null`. An approval with a refresh token in its form needs no such header.
///
/// A proxy must not replace the pages' `Referrer-Policy` by `no-referrer`: browsers then send the pages' own form with
/// `Origin: null`, and over plain HTTP, or before Safari 16.4, there is no `Sec-Fetch-Site` to distinguish it.
///
/// Other sites may link to a page, but not load it in any other way. A user code in such a link is shown in the form,
/// and looked up when the user sends it.
///
/// # Guesses
/// Each look-up of a wrong user code, by `GET` or `POST`, counts against its source: see
/// [`resolve`](crate::SessionStore::resolve). A text that is not a user code is neither looked up nor counted, and
/// neither is the code of a `HEAD`. The source is the peer's address, which the server must provide as axum's
/// `ConnectInfo<SocketAddr>`, or what a [trusted proxy](Pages::trusted_proxies) reports.
///
/// # Headers
/// No page may be cached, framed or sniffed. A `Referer` contains no more than its origin. No script runs, and nothing
/// is loaded from elsewhere. See [`Render`] for your own pages, and what they may load.
#[must_use = "pages do nothing until they are part of a server"]
pub struct Pages<B, K, S = TypedToken, R = PlainHtml> {
    store: B,
    tokens: K,
    sign_in: S,
    sign_in_first: bool,
    render: R,
    address: Address,
    form_keys: Option<FormKeys>,
    events: EventSink,
}

impl<B: Sessions, K: Tokens> Pages<B, K> {
    /// Takes the store, for the logins of all its tenants, and the server's [`Tokens`]. The user types a refresh token.
    pub fn new(store: B, tokens: K) -> Self {
        Self {
            store,
            tokens,
            sign_in: TypedToken,
            sign_in_first: false,
            render: PlainHtml,
            address: Address::default(),
            form_keys: None,
            events: EventSink::default(),
        }
    }
}

impl<B: Sessions, K: Tokens, S: SignIn, R: Render> Pages<B, K, S, R> {
    /// Sets how the signed-in user is identified, so that no token needs to be typed.
    ///
    /// ```
    /// # use counterfoil::axum::{Pages, StaticTokens, Store};
    /// # use counterfoil::axum::pages::TypedToken;
    /// # let store = Store::builder().build()?;
    /// let pages = Pages::new(store, StaticTokens::new()).sign_in(TypedToken);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn sign_in<T: SignIn>(self, sign_in: T) -> Pages<B, K, T, R> {
        let Self { store, tokens, sign_in_first, render, address, form_keys, events, .. } = self;
        Pages { store, tokens, sign_in, sign_in_first, render, address, form_keys, events }
    }

    /// Looks no code up for a visitor who is not signed in, and shows the way to the [sign-in](SignIn::visitor) instead:
    /// then only users can guess at user codes. By default the login is shown first, and the visitor signs in before
    /// approving.
    ///
    /// ```
    /// # use counterfoil::axum::{Pages, StaticTokens, Store};
    /// # use counterfoil::axum::pages::TypedToken;
    /// # let (store, sign_in) = (Store::builder().build()?, TypedToken);
    /// let pages = Pages::new(store, StaticTokens::new()).sign_in(sign_in).sign_in_first();
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn sign_in_first(mut self) -> Self {
        self.sign_in_first = true;
        self
    }

    /// Sets the pages' HTML, in place of [`PlainHtml`].
    ///
    /// ```
    /// # use counterfoil::axum::{Pages, StaticTokens, Store};
    /// # use counterfoil::axum::pages::PlainHtml;
    /// # let store = Store::builder().build()?;
    /// let pages = Pages::new(store, StaticTokens::new()).render(PlainHtml);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn render<T: Render>(self, render: T) -> Pages<B, K, S, T> {
        let Self { store, tokens, sign_in, sign_in_first, address, form_keys, events, .. } = self;
        Pages { store, tokens, sign_in, sign_in_first, render, address, form_keys, events }
    }

    /// Sets the address by which users reach the pages; its scheme, host and port define "this site". The response to a
    /// request for another host or port is 421 (RFC 9110, section 15.5.20).
    ///
    /// Unless it is set, "this site" is the header `Host` of each request, with the scheme that a trusted proxy reports
    /// in `X-Forwarded-Proto`, or else the request's own. That is for development: a name that an attacker has bound to
    /// the server's address is then this site, too.
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

    /// Sets the proxies whose `X-Forwarded-For` is trusted when wrong user codes are counted, and whose
    /// `X-Forwarded-Proto` is trusted if no [public address](Pages::public_url) is set. There are none by default: then
    /// all users behind a proxy share one budget of wrong codes.
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

    /// Sets how the source of a request is found, in place of [`source_of`](super::source_of) with the
    /// [trusted proxies](Pages::trusted_proxies): for a proxy that reports the client's address in a header of its own,
    /// such as `CF-Connecting-IP` or `Forwarded`. Wrong user codes are counted by it.
    ///
    /// **The function decides whom to believe.** A header that any client can send lets each of them act as a new source,
    /// so read it only if the peer (`ConnectInfo<SocketAddr>` in the extensions) is the proxy, or nothing but the proxy can
    /// reach the server. Return [`Source::UNKNOWN`](crate::Source::UNKNOWN) if the address is not known. It is called for each
    /// request, so it must not block. [`Routes::source`](super::Routes::source) is the same for the
    /// endpoints.
    ///
    /// ```
    /// # use counterfoil::axum::{Pages, StaticAccess, StaticTokens, Store};
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
    /// let pages = Pages::new(store, StaticTokens::new()).source(source);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn source(mut self, find: impl Fn(&Parts) -> Source + Send + Sync + 'static) -> Self {
        self.address.find_source = FindSource::new(find);
        self
    }

    /// Sets the key of the proofs in the pages' forms, 32 random bytes, for servers of which one writes a page and another
    /// takes its form. The first key makes proofs, and those of further calls are good too: to rotate, give the new one
    /// first. Unless one is set, each router draws its own.
    ///
    /// ```
    /// # use counterfoil::axum::{Pages, StaticTokens, Store};
    /// # let store = Store::builder().build()?;
    /// # let (new, old) = ([2; 32], [1; 32]);
    /// let pages = Pages::new(store, StaticTokens::new()).form_key(new).form_key(old);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn form_key(mut self, key: [u8; 32]) -> Self {
        match &mut self.form_keys {
            Some(keys) => keys.add(key),
            None => self.form_keys = Some(FormKeys::given(key)),
        }
        self
    }

    /// Sets who takes note of what happens on the pages: of a login that is looked up, approved or denied, of an approval
    /// that is taken back, and of a source that is out of wrong user codes.
    ///
    /// ```
    /// # use counterfoil::axum::{Event, Events, Pages, StaticTokens, Store};
    /// struct Log;
    ///
    /// impl Events for Log {
    ///     fn note(&self, event: &Event<'_>) {
    ///         println!("{} by {}", event.kind, event.source);
    ///     }
    /// }
    ///
    /// # let store = Store::builder().build()?;
    /// let pages = Pages::new(store, StaticTokens::new()).events(Log);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn events(mut self, events: impl Events) -> Self {
        self.events = EventSink::new(events);
        self
    }

    /// Returns both pages, with and without a slash at the end of their paths. The router may be nested.
    ///
    /// If the server has no fallback of its own, use [`router_or`](Pages::router_or).
    pub fn router(self) -> Router {
        Self::routes(&self.site())
    }

    /// Returns both pages with a fallback: a path without a route that has the letters of a page's path opens that
    /// page. So do links with other characters at their end, with other slashes, in capitals, encoded once more, or cut
    /// off; and the root, if it has no route. All other requests go to `otherwise`, such as
    /// [`not_found`](super::not_found).
    ///
    /// axum allows only one fallback: neither merge this with a router that has one, nor set another.
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
        let Self { store, tokens, sign_in, sign_in_first, render, address, form_keys, events } = self;
        let form_keys = form_keys.unwrap_or_else(FormKeys::random);
        Arc::new(Site { store, tokens, sign_in, sign_in_first, render, address, form_keys, events })
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
