//! A router to ask, and answers that are easy to compare.

use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::ConnectInfo;
use axum::http::{HeaderMap, HeaderValue, Request};
use counterfoil::axum::{Routes, StaticAccess, StaticTokens, Store, not_found};
use counterfoil::{ManualClock, SessionStore};
use serde_json::{Value, json};
use tower::ServiceExt;

/// The endpoints of both Stack dialects.
pub(crate) const ENDPOINTS: [&str; 6] = [
    "/api/v1/auth/cli",
    "/api/v1/auth/cli/poll",
    "/api/v1/auth/cli/complete",
    "/stack/api/v1/auth/cli",
    "/stack/api/v1/auth/cli/poll",
    "/stack/api/v1/auth/cli/complete",
];
pub(crate) const SECRET: &str = "ssk-internal";
pub(crate) const PUBLISHABLE: &str = "pck-internal";
pub(crate) const OTHER_SECRET: &str = "ssk-other";
pub(crate) const OTHER_PUBLISHABLE: &str = "pck-other";
pub(crate) const SIGNED_IN: &str = "rt-signed-in";
pub(crate) const ANONYMOUS: &str = "rt-anonymous";

/// A server without a socket, under a clock that the test moves.
pub(crate) struct Server {
    pub(crate) clock: ManualClock,
    pub(crate) store: Store,
    pub(crate) router: Router,
}

/// One answer, its body as JSON (`null` where it is none).
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
    pub(crate) body: Value,
}

impl Server {
    pub(crate) fn new() -> Self {
        Self::with_sessions(1000)
    }

    pub(crate) fn with_sessions(max_sessions: usize) -> Self {
        let clock = ManualClock::new();
        let builder = SessionStore::builder().clock(clock.clone()).max_sessions(max_sessions);
        let store: Store = builder.poll_interval(Duration::from_secs(5)).build().unwrap();
        let access = StaticAccess::new().project("internal", SECRET, PUBLISHABLE).project(
            "other",
            OTHER_SECRET,
            OTHER_PUBLISHABLE,
        );
        let tokens = StaticTokens::new().signed_in(SIGNED_IN).anonymous(ANONYMOUS);
        let routes = Routes::new(store.clone(), access, tokens).max_wait(Duration::from_secs(2));
        Self { clock, store, router: routes.router().fallback(not_found) }
    }

    /// The same with another router.
    pub(crate) fn with_router(self, router: impl FnOnce(&Store) -> Router) -> Self {
        Self { router: router(&self.store), ..self }
    }

    /// Sends a request, to `login.example` unless it names a host. Whatever comes back must not be cached.
    pub(crate) async fn send(&self, mut request: Request<Body>) -> Answer {
        request.headers_mut().entry("host").or_insert(HeaderValue::from_static("login.example"));
        self.send_as_it_is(request).await
    }

    /// The same, without a host of its own.
    pub(crate) async fn send_as_it_is(&self, request: Request<Body>) -> Answer {
        let what = format!("{} {}", request.method(), request.uri());
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (head, body) = response.into_parts();
        let text = String::from_utf8(to_bytes(body, usize::MAX).await.unwrap().to_vec()).unwrap();
        let body = serde_json::from_str(&text).unwrap_or_default();
        let answer = Answer { status: head.status.as_u16(), headers: head.headers, text, body };
        assert_eq!(answer.header("cache-control"), Some("no-store"), "{what}: {answer:?}");
        answer
    }

    /// Posts text with the headers given, and nothing else.
    pub(crate) async fn post_raw(&self, path: &str, headers: &[(&str, &str)], body: impl Into<Body>) -> Answer {
        let mut request = Request::post(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.send(request.body(body.into()).unwrap()).await
    }

    /// The same from an address.
    pub(crate) async fn post_from(
        &self,
        peer: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<Body>,
    ) -> Answer {
        let mut request = Request::post(path).extension(ConnectInfo(SocketAddr::new(peer.parse().unwrap(), 4711)));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.send(request.body(body.into()).unwrap()).await
    }

    /// Posts JSON with a secret server key.
    pub(crate) async fn post(&self, path: &str, body: &Value) -> Answer {
        self.post_raw(path, &server_headers("internal", SECRET), body.to_string()).await
    }

    /// The same for the other project.
    pub(crate) async fn post_as_other(&self, path: &str, body: &Value) -> Answer {
        self.post_raw(path, &server_headers("other", OTHER_SECRET), body.to_string()).await
    }

    /// Begins a login under `prefix`: its polling code and its login code.
    pub(crate) async fn begin(&self, prefix: &str, body: &Value) -> (String, String) {
        let answer = self.post(&format!("{prefix}/auth/cli"), body).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        (answer.text_of("polling_code"), answer.text_of("login_code"))
    }

    /// Approves a login.
    pub(crate) async fn approve(&self, prefix: &str, login_code: &str) {
        let body = json!({ "login_code": login_code, "refresh_token": SIGNED_IN });
        self.post(&format!("{prefix}/auth/cli/complete"), &body).await.expect(200, &json!({ "success": true }));
    }

    /// Polls a login.
    pub(crate) async fn poll(&self, prefix: &str, polling_code: &str) -> Answer {
        self.post(&format!("{prefix}/auth/cli/poll"), &json!({ "polling_code": polling_code })).await
    }
}

/// The same of a caller that has no secret.
pub(crate) fn client_headers(project: &str) -> [(&str, &str); 3] {
    [
        ("content-type", "application/json"),
        ("x-stack-project-id", project),
        ("x-stack-publishable-client-key", PUBLISHABLE),
    ]
}

/// The headers of the documented request.
pub(crate) fn server_headers<'a>(project: &'a str, key: &'a str) -> [(&'a str, &'a str); 3] {
    [("content-type", "application/json"), ("x-stack-project-id", project), ("x-stack-secret-server-key", key)]
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    pub(crate) fn text_of(&self, field: &str) -> String {
        self.body[field].as_str().unwrap_or_else(|| panic!("no text {field} in {self:?}")).to_owned()
    }

    /// The answer is exactly this.
    #[track_caller]
    pub(crate) fn expect(&self, status: u16, body: &Value) {
        assert_eq!((self.status, &self.body), (status, body), "{self:?}");
        assert_eq!(self.header("content-type"), Some("application/json"));
    }

    /// The answer is a refusal of this code, in the shape of all refusals.
    #[track_caller]
    pub(crate) fn expect_refusal(&self, status: u16, code: &str) {
        assert_eq!((self.status, self.body["code"].as_str()), (status, Some(code)), "{self:?}");
        assert!(self.body["error"].as_str().is_some_and(|text| text.ends_with('.')), "{self:?}");
        assert_eq!(self.body.as_object().unwrap().len(), 2, "{self:?}");
        if let Some(known) = self.header("x-stack-known-error") {
            assert_eq!(known, code);
        }
    }

    /// The same, of a code that Stack SDKs know.
    #[track_caller]
    pub(crate) fn expect_known(&self, status: u16, code: &str) {
        self.expect_refusal(status, code);
        assert_eq!(self.header("x-stack-known-error"), Some(code));
        assert_eq!(self.header("x-hexclave-known-error"), Some(code));
    }

    /// The same, whose text contains these words.
    #[track_caller]
    pub(crate) fn expect_text(&self, status: u16, words: &str) {
        assert_eq!(self.status, status, "{self:?}");
        assert!(self.text_of("error").contains(words), "{words:?} in {self:?}");
    }
}
