//! The HTTP side in process: all endpoints and pages, with any bodies, forms, queries and headers.
//!
//! An input is a sequence of requests, separated by `0xff`. A request: a byte for the endpoint, one for the kind of its
//! body and credentials, one for a header, that header's value up to a line feed, a query up to another, and the body.
//! Bytes below seven stand for what a client would know by then: codes, tokens, and the proof of a form.

use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderName, HeaderValue, Method, Request};
use counterfoil::axum::{Pages, Routes, StaticAccess, StaticTokens, Store, not_found};
use counterfoil::{ManualClock, SessionStore};
use tower::ServiceExt;

const PATHS: [&str; 12] = [
    "/api/v1/auth/cli",
    "/api/v1/auth/cli/poll",
    "/api/v1/auth/cli/complete",
    "/stack/api/v1/auth/cli",
    "/stack/api/v1/auth/cli/poll",
    "/stack/api/v1/auth/cli/complete",
    "/oauth/device_authorization",
    "/oauth/token",
    "/handler/cli-auth-confirm",
    "/device",
    "/.well-known/oauth-authorization-server",
    "/api/v1/openapi.json",
];
const HEADERS: [&str; 16] = [
    "x-ignored",
    "idempotency-key",
    "prefer",
    "authorization",
    "content-type",
    "origin",
    "cookie",
    "host",
    "x-forwarded-for",
    "x-forwarded-proto",
    "forwarded",
    "sec-fetch-site",
    "x-stack-access-type",
    "x-stack-secret-server-key",
    "x-hexclave-project-id",
    "accept",
];
const TYPES: [&str; 4] = ["application/json", "application/x-www-form-urlencoded", "text/plain", ""];
const SIGNED_IN: &str = "rt-signed-in-0123456789";
const ANONYMOUS: &str = "rt-anonymous-0123456789";

struct World {
    router: Router,
    clock: ManualClock,
    /// What the bytes below seven stand for.
    known: [String; 7],
    approvals: usize,
    tokens: usize,
}

/// Panics if an answer is none that the documentation has, or a token comes out more often than it was approved.
pub fn run(data: &[u8]) {
    let mut world = World::new();
    for request in data.split(|byte| *byte == 0xff).take(24) {
        pollster::block_on(world.ask(request));
    }
    assert!(world.tokens <= world.approvals, "{} tokens of {} approvals", world.tokens, world.approvals);
}

impl World {
    fn new() -> Self {
        let clock = ManualClock::new();
        let store: Store = SessionStore::builder()
            .clock(clock.clone())
            .max_sessions(16)
            .poll_interval(Duration::from_secs(1))
            .build()
            .expect("settings that work");
        let tokens = || StaticTokens::new().signed_in(SIGNED_IN).anonymous(ANONYMOUS);
        let access = StaticAccess::new().project("internal", "ssk-internal", "pck-internal");
        let local = || ["127.0.0.0/8".parse().expect("a network")];
        let routes = Routes::new(store.clone(), access, tokens())
            .max_wait(Duration::ZERO)
            .trusted_proxies(local())
            .cors(["https://app.example.com".parse().expect("an origin")]);
        let pages = Pages::new(store, tokens()).trusted_proxies(local()).form_key([7; 32]);
        let router = routes.router().merge(pages.router_or(not_found));
        let mut known: [String; 7] = Default::default();
        known[4] = SIGNED_IN.to_owned();
        known[5] = ANONYMOUS.to_owned();
        Self { router, clock, known, approvals: 0, tokens: 0 }
    }

    /// The bytes, with those below seven replaced.
    fn filled(&self, bytes: &[u8]) -> Vec<u8> {
        bytes.iter().fold(Vec::new(), |mut out, byte| {
            match self.known.get(usize::from(*byte)) {
                Some(known) => out.extend_from_slice(known.as_bytes()),
                None => out.push(*byte),
            }
            out
        })
    }

    async fn ask(&mut self, input: &[u8]) {
        let [endpoint, kind, header, rest @ ..] = input else { return };
        let path = PATHS[usize::from(*endpoint) % PATHS.len()];
        self.clock.advance(Duration::from_secs(u64::from(*endpoint) / 64));
        let mut parts = rest.splitn(3, |byte| *byte == b'\n');
        let mut part = || parts.next().unwrap_or_default();
        let (value, query, body) = (self.filled(part()), self.filled(part()), self.filled(part()));
        let uri = match String::from_utf8(query) {
            Ok(query) if !query.is_empty() => format!("{path}?{query}"),
            _ => path.to_owned(),
        };
        let mut request = Request::new(Body::from(body));
        // Whatever no client could send, hyper would not have read either.
        let Ok(uri) = uri.parse() else { return };
        *request.uri_mut() = uri;
        let get = kind & 0x10 != 0 || usize::from(*endpoint) % PATHS.len() >= 10;
        *request.method_mut() = if get { Method::GET } else { Method::POST };
        let headers = request.headers_mut();
        headers.insert("host", HeaderValue::from_static("login.example"));
        let content_type = TYPES[usize::from(*kind) % TYPES.len()];
        if !content_type.is_empty() {
            headers.insert("content-type", HeaderValue::from_static(content_type));
        }
        if kind & 0x04 == 0 {
            headers.insert("x-stack-project-id", HeaderValue::from_static("internal"));
            headers.insert("x-stack-secret-server-key", HeaderValue::from_static("ssk-internal"));
        }
        if kind & 0x08 != 0 {
            headers.insert("sec-fetch-site", HeaderValue::from_static("same-origin"));
        }
        let name = HEADERS[usize::from(*header) % HEADERS.len()];
        let Ok(value) = HeaderValue::from_bytes(&value) else { return };
        headers.append(HeaderName::from_static(name), value);
        let repeatable = name == "idempotency-key";

        let Ok(response) = self.router.clone().oneshot(request).await;
        let (head, body) = response.into_parts();
        let status = head.status.as_u16();
        let what = format!("{path} answered {status}");
        assert!(status < 500 || status == 503 && head.headers.contains_key("retry-after"), "{what}");
        if !path.ends_with("openapi.json") {
            assert_eq!(head.headers.get("cache-control").map(HeaderValue::as_bytes), Some(&b"no-store"[..]), "{what}");
        }
        let body = to_bytes(body, 1 << 20).await.expect("a body of less than a mebibyte");
        let body = String::from_utf8(body.to_vec()).expect("text");
        self.learn(&body);
        let completes = path.ends_with("/complete") || path == PATHS[8] || path == PATHS[9];
        self.approvals += usize::from(completes && status == 200);
        // The field for the code shows again what was typed into it, and the page what a tool says of itself: a token, too.
        let field = |line: &&str| line.starts_with("<input id=\"user_code\"") || line.contains("<dt>");
        if body.lines().filter(|line| !field(line)).any(|line| line.contains(SIGNED_IN)) {
            let polls = path.ends_with("/poll") || path == PATHS[7];
            assert!(polls && status < 300, "a token from {what}: {body}");
            self.tokens += usize::from(!repeatable);
        }
    }

    /// Takes the codes out of an answer.
    fn learn(&mut self, body: &str) {
        for (place, name) in [(1, "\"polling_code\":\""), (1, "\"device_code\":\""), (2, "\"login_code\":\"")] {
            self.take(place, name, body);
        }
        self.take(3, "\"user_code\":\"", body);
        self.take(6, "name=\"proof\" value=\"", body);
    }

    fn take(&mut self, place: usize, before: &str, body: &str) {
        if let Some((_, rest)) = body.split_once(before)
            && let Some((text, _)) = rest.split_once('"')
        {
            text.clone_into(&mut self.known[place]);
        }
    }
}
