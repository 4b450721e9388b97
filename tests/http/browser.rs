//! A browser without a screen: asks for pages, and checks what all of them have in common.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::Request;
use axum::http::request::Parts;
use counterfoil::Unavailable;
use counterfoil::axum::pages::{SignIn, Visitor};
use counterfoil::axum::{Asked, Pages, StaticTokens, Store, not_found};
use counterfoil::{Initiated, LoginCode, LoginOptions, Secret};

use crate::support::{ANONYMOUS, Answer, SIGNED_IN, Server};

pub(crate) const CONFIRM: &str = "/handler/cli-auth-confirm";
pub(crate) const DEVICE: &str = "/device";

/// What a browser sends if a user opens a link from another program, or types an address.
pub(crate) const DIRECT: (&str, &str) = ("sec-fetch-site", "none");

pub(crate) struct Browser {
    pub(crate) server: Server,
}

impl Browser {
    /// Looks at a server where nobody is signed in.
    pub(crate) fn new() -> Self {
        Self::with(|pages| pages.router_or(not_found))
    }

    pub(crate) fn with(router: impl FnOnce(Pages<Store, Arc<StaticTokens>>) -> Router) -> Self {
        let server = Server::new();
        let tokens = StaticTokens::new().signed_in(SIGNED_IN).anonymous(ANONYMOUS);
        let pages = Pages::new(server.store.clone(), Arc::new(tokens));
        Self { server: Server { router: router(pages), ..server } }
    }

    pub(crate) fn begin(&self) -> Begun {
        self.begin_in("internal")
    }

    pub(crate) fn begin_in(&self, tenant: &str) -> Begun {
        self.begin_with(tenant, LoginOptions::new())
    }

    pub(crate) fn begin_with(&self, tenant: &str, options: LoginOptions<counterfoil::axum::Context>) -> Begun {
        let store = self.server.store.for_tenant(tenant);
        let codes = store.initiate_with(options.ttl(std::time::Duration::from_secs(600)).user_code()).unwrap();
        Begun {
            login: codes.login_code.expose().to_string(),
            user: codes.user_code.as_ref().unwrap().expose().to_string(),
            codes,
        }
    }

    /// Asks from one and the same address, if the request names no other: what is counted is counted by address.
    pub(crate) async fn send(&self, mut request: Request<Body>) -> Answer {
        let peer = ConnectInfo(SocketAddr::new([198, 51, 100, 7].into(), 1));
        request.extensions_mut().get_or_insert_with(|| peer);
        let head = request.method() == "HEAD";
        let answer = self.server.send(request).await;
        check(&answer, head);
        answer
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send(Request::get(path).body(Body::empty()).unwrap()).await
    }

    /// The same from an address.
    pub(crate) async fn get_from(&self, peer: &str, path: &str) -> Answer {
        let mut request = Request::get(path).body(Body::empty()).unwrap();
        request.extensions_mut().insert(ConnectInfo(SocketAddr::new(peer.parse().unwrap(), 1)));
        self.send(request).await
    }

    /// The same with whatever headers.
    pub(crate) async fn get_with(&self, path: &str, headers: &[(&str, &str)]) -> Answer {
        let mut request = Request::get(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.send(request.body(Body::empty()).unwrap()).await
    }

    /// The proof in the form of the page that this visitor is shown who has come directly, if there is one.
    pub(crate) async fn proof(&self, headers: &[(&str, &str)], (name, code): (&str, &str)) -> Option<String> {
        let headers = headers.iter().filter(|(name, _)| matches!(*name, "cookie" | "host"));
        let headers: Vec<_> = headers.copied().chain([DIRECT]).collect();
        self.get_with(&format!("{DEVICE}?{name}={code}"), &headers).await.field("proof")
    }

    /// Approves by a cookie, with whatever headers, on the page that the cookie's visitor is shown.
    pub(crate) async fn approve_by(&self, path: &str, headers: &[(&str, &str)], code: (&str, &str)) -> Answer {
        let proof = self.proof(headers, code).await.unwrap_or_default();
        self.post_with(path, headers, &[code, ("decision", "approve"), ("proof", &proof)]).await
    }

    /// Sends a form, with whatever headers.
    pub(crate) async fn post_with(&self, path: &str, headers: &[(&str, &str)], fields: &[(&str, &str)]) -> Answer {
        let form = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let mut request = Request::post(path).header("content-type", "application/x-www-form-urlencoded");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.send(request.body(form.into()).unwrap()).await
    }

    pub(crate) async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        self.post_with(path, &[], fields).await
    }

    pub(crate) async fn approve(&self, path: &str, code: (&str, &str)) -> Answer {
        self.post(path, &[code, ("decision", "approve"), ("refresh_token", SIGNED_IN)]).await
    }

    pub(crate) async fn deny(&self, path: &str, code: (&str, &str)) -> Answer {
        self.post(path, &[code, ("decision", "deny")]).await
    }
}

/// A login with its codes as texts.
pub(crate) struct Begun {
    pub(crate) codes: Initiated,
    pub(crate) login: String,
    pub(crate) user: String,
}

impl Begun {
    pub(crate) fn code(&self) -> &LoginCode {
        &self.codes.login_code
    }
}

/// What holds of each and every page.
fn check(answer: &Answer, head: bool) {
    let expected = [
        ("content-type", "text/html; charset=utf-8"),
        ("x-frame-options", "DENY"),
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "strict-origin"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
    ];
    for (name, value) in expected {
        assert_eq!(answer.header(name), Some(value), "{answer:?}");
    }
    let policy = answer.header("content-security-policy").unwrap();
    for directive in ["default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'"] {
        assert!(policy.split("; ").any(|one| one == directive), "{policy}");
    }
    assert!(!policy.contains("unsafe"), "{policy}");
    assert_eq!(answer.header("retry-after").is_some(), matches!(answer.status, 429 | 503), "{answer:?}");
    if head {
        return;
    }
    let html = &answer.text;
    for once in ["<!doctype html>", "<html lang=\"", "<main>", "<h1", "<title>", "</html>"] {
        assert_eq!(html.matches(once).count(), 1, "{once} in {html}");
    }
    for never in ["<script", "javascript:", "http://login", "https://", " style=", " onclick", "src="] {
        assert!(!html.contains(never), "{never} in {html}");
    }
    // A field has a label, and an alert takes the focus.
    for field in ["refresh_token", "user_code", "check_word"] {
        let visible = html.contains(&format!("<input id=\"{field}\""));
        assert_eq!(visible, html.contains(&format!("<label for=\"{field}\"")), "{html}");
    }
    assert_eq!(html.contains("role=\"alert\""), html.contains("tabindex=\"-1\" autofocus"), "{html}");
    let error = ["Error: ", "Fehler: ", "Erreur\u{a0}: ", "Erreur : ", "\u{62e}\u{637}\u{623}: "];
    let error = error.iter().any(|error| html.contains(&format!("<title>{error}")));
    assert_eq!(html.contains("role=\"alert\""), error, "{html}");
    // Someone who types on another site's page, and is led here in the middle of a word, fills no field in.
    assert_eq!(html.matches(" autofocus").count(), html.matches("role=\"alert\"").count(), "{html}");
}

impl Answer {
    /// The value of a hidden field.
    pub(crate) fn field(&self, name: &str) -> Option<String> {
        let (_, rest) = self.text.split_once(&format!("<input type=\"hidden\" name=\"{name}\" value=\""))?;
        Some(rest.split_once('"')?.0.to_owned())
    }

    /// The page of this status whose heading is this.
    #[track_caller]
    pub(crate) fn expect_page(&self, status: u16, heading: &str) {
        assert_eq!(self.status, status, "{self:?}");
        let (_, rest) = self.text.split_once("<h1").unwrap();
        let (_, rest) = rest.split_once('>').unwrap();
        assert_eq!(rest.split_once("</h1>").unwrap().0, heading, "{}", self.text);
    }

    #[track_caller]
    pub(crate) fn expect_words(&self, words: &str) {
        assert!(self.text.contains(words), "{words:?} in {}", self.text);
    }
}

/// Users by a cookie `session=NAME`.
pub(crate) struct Cookies;

impl Cookies {
    fn user(request: &Parts) -> Option<&str> {
        let cookies = request.headers.get_all("cookie").iter().filter_map(|line| line.to_str().ok());
        cookies.flat_map(|line| line.split("; ")).find_map(|cookie| cookie.strip_prefix("session="))
    }
}

impl SignIn for Cookies {
    async fn visitor(&self, request: &Parts, _tenant: &str) -> Result<Visitor, Unavailable> {
        match Self::user(request) {
            Some("down") => Err(Unavailable::new(std::time::Duration::from_millis(1500))),
            Some(name) => match name.split_once('#') {
                // Two accounts of one name.
                Some((name, id)) => Ok(Visitor::signed_in(name).account(id)),
                None => Ok(Visitor::signed_in(name)),
            },
            None => Ok(Visitor::SignedOut { sign_in: "/sign-in?a=1&b=\"".to_owned() }),
        }
    }

    async fn refresh_token(&self, request: &Parts, tenant: &str, _: &Asked) -> Result<Option<Secret>, Unavailable> {
        assert_eq!(tenant, "internal");
        Ok(match Self::user(request) {
            Some("visitor") => Some(Secret::new(ANONYMOUS)),
            Some("leaving") | None => None,
            Some(_) => Some(Secret::new(SIGNED_IN)),
        })
    }
}
