//! A demonstration's sign-in: two users, one click each, so that nobody has to paste a token.
//!
//! It is there only if the server was given no users of its own and no other machine can reach it. What a real server has
//! in its place is the same trait with its own sessions behind it: [`SignIn`].

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use counterfoil::axum::Asked;
use counterfoil::axum::pages::{SignIn, Visitor};
use counterfoil::{Secret, Unavailable};
use rand::RngExt;

use crate::front::STYLE;

/// Where its page is.
pub(crate) const SIGN_IN: &str = "/demo/sign-in";
const COOKIE: &str = "counterfoil_demo";

/// The users, if this is a demonstration.
#[derive(Clone)]
pub(crate) struct Demo(Arc<[User]>);

struct User {
    name: &'static str,
    /// What the browser's cookie has while they are signed in.
    session: String,
    token: String,
}

impl Demo {
    pub(crate) fn new(on: bool) -> Self {
        let user = |name| User {
            name,
            session: format!("{:032x}", rand::rng().random::<u128>()),
            token: format!("rt_demo_{:032x}", rand::rng().random::<u128>()),
        };
        Self(if on { ["Alice", "Bob"].map(user).into() } else { Arc::default() })
    }

    pub(crate) fn is_on(&self) -> bool {
        !self.0.is_empty()
    }

    /// The users' refresh tokens, to be known as good.
    pub(crate) fn tokens(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|user| &*user.token)
    }

    /// `GET` and `POST` of the sign-in page.
    pub(crate) fn routes(&self) -> Router {
        let page = get(form).post(sign_in).with_state(self.clone());
        if self.is_on() { Router::new().route(SIGN_IN, page) } else { Router::new() }
    }

    fn signed_in(&self, headers: &HeaderMap) -> Option<&User> {
        let lines = headers.get_all(header::COOKIE).iter().filter_map(|line| line.to_str().ok());
        let mut cookies = lines.flat_map(|line| line.split("; ")).filter_map(|cookie| cookie.split_once('='));
        cookies.find_map(|(name, value)| self.0.iter().find(|user| name == COOKIE && user.session == value))
    }
}

impl SignIn for Demo {
    async fn visitor(&self, request: &Parts, _tenant: &str) -> Result<Visitor, Unavailable> {
        if !self.is_on() {
            return Ok(Visitor::Unknown);
        }
        if let Some(user) = self.signed_in(&request.headers) {
            return Ok(Visitor::signed_in(format!("{} (demonstration)", user.name)));
        }
        let here = request.uri.path_and_query().map_or("/", |here| here.as_str());
        let back: String = form_urlencoded::byte_serialize(here.as_bytes()).collect();
        Ok(Visitor::SignedOut { sign_in: format!("{SIGN_IN}?back={back}") })
    }

    async fn refresh_token(&self, request: &Parts, _: &str, _: &Asked) -> Result<Option<Secret>, Unavailable> {
        // A real server makes a new token for each login, so that it can be revoked alone.
        Ok(self.signed_in(&request.headers).map(|user| Secret::new(user.token.clone())))
    }

    fn identifies(&self) -> bool {
        self.is_on()
    }
}

/// `GET`: a button for each user. The address of the page may hold a login's code: nothing may be told of it.
async fn form(State(demo): State<Demo>, headers: HeaderMap) -> impl IntoResponse {
    let now = match demo.signed_in(&headers) {
        Some(user) => format!("<p>You are signed in as <strong>{}</strong>.</p>", user.name),
        None => String::new(),
    };
    let button = |user: &User| format!("<button name=user value={0} class=approve>Sign in as {0}</button>", user.name);
    let buttons = demo.0.iter().map(button).collect::<Vec<_>>().concat();
    let html = format!(
        "<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content='width=device-width'>\
         <title>Sign in (demonstration)</title><link rel=stylesheet href={STYLE}><main><h1>Sign in</h1>\
         <div class=warning><h2>This is a demonstration</h2><p>Two users, and no password: whoever reaches this page is \
         let in. A server of your own has its own sign-in here.</p></div>{now}\
         <form method=post><div class=actions>{buttons}</div></form></main></html>"
    );
    let policy = "default-src 'none'; style-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";
    let headers = [
        (header::REFERRER_POLICY, "strict-origin"),
        (header::CACHE_CONTROL, "no-store"),
        (header::CONTENT_SECURITY_POLICY, policy),
    ];
    (headers, Html(html))
}

/// `POST`: a cookie for the user whose button was pressed, and back to where they came from.
async fn sign_in(State(demo): State<Demo>, headers: HeaderMap, uri: Uri, body: Bytes) -> Response {
    let elsewhere = headers.get("sec-fetch-site").is_some_and(|site| site != "same-origin" && site != "none");
    let name = field(&body, "user");
    let Some(user) = demo.0.iter().find(|user| name.as_deref() == Some(user.name)).filter(|_| !elsewhere) else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    // Back to one of the pages, and to no other address that a link may name.
    let back = field(uri.query().unwrap_or_default().as_bytes(), "back");
    let back = back.filter(|back| ["/device?", "/handler/cli-auth-confirm?"].iter().any(|page| back.starts_with(page)));
    let cookie = format!("{COOKIE}={}; Path=/; HttpOnly; SameSite=Lax", user.session);
    let back = back.unwrap_or_else(|| "/".to_owned());
    (StatusCode::SEE_OTHER, [(header::SET_COOKIE, cookie), (header::LOCATION, back)]).into_response()
}

fn field(form: &[u8], name: &str) -> Option<String> {
    form_urlencoded::parse(form).find(|field| field.0 == name).map(|field| field.1.into_owned())
}
