//! Pages of other origins, which browsers ask for before they let them call.

use crate::support::{Answer, PUBLISHABLE, SECRET, SIGNED_IN, Server, server_headers};
use axum::body::Body;
use axum::http::{HeaderMap, HeaderName, Request};
use counterfoil::axum::{Routes, StaticAccess, StaticTokens, WebOrigin, not_found};

const PATHS: [&str; 6] = [
    "/api/v1/auth/cli",
    "/api/v1/auth/cli/poll",
    "/api/v1/auth/cli/complete",
    "/stack/api/v1/auth/cli",
    "/stack/api/v1/auth/cli/poll",
    "/stack/api/v1/auth/cli/complete",
];
/// What a page of Stack's sends.
const HEADERS: &str = "content-type,idempotency-key,prefer,x-hexclave-access-type,x-hexclave-client-version,\
                       x-hexclave-project-id,x-hexclave-publishable-client-key,x-stack-admin-access-token,\
                       x-stack-project-id,x-stack-publishable-client-key,x-stack-secret-server-key";
const APP: &str = "https://app.example.com";
const LOCAL: &str = "http://localhost:3000";

fn server(origins: &[&str]) -> Server {
    Server::new().with_router(|store| {
        let access = StaticAccess::new().project("internal", SECRET, PUBLISHABLE);
        let origins: Vec<WebOrigin> = origins.iter().map(|origin| origin.parse().unwrap()).collect();
        let routes = Routes::new(store.clone(), access, StaticTokens::new().signed_in(SIGNED_IN)).cors(origins);
        routes.router().fallback(not_found)
    })
}

async fn preflight(server: &Server, path: &str, origin: &str) -> Answer {
    let request = Request::options(path)
        .header("origin", origin)
        .header("access-control-request-method", "POST")
        .header("access-control-request-headers", HEADERS);
    server.send(request.body(Body::empty()).unwrap()).await
}

fn names(answer: &Answer, header: &str) -> Vec<String> {
    let values = answer.headers.get_all(header).iter().flat_map(|value| value.to_str().unwrap().split(','));
    let mut names: Vec<_> = values.map(|name| name.trim().to_ascii_lowercase()).collect();
    names.sort_unstable();
    names
}

fn cors_headers(headers: &HeaderMap) -> Vec<&str> {
    headers.keys().map(HeaderName::as_str).filter(|name| name.starts_with("access-control-")).collect()
}

#[tokio::test]
async fn by_default_no_origin_may_call() {
    for (server, status) in [(Server::new(), 405), (server(&[]), 405), (server(&[LOCAL]), 200)] {
        for path in PATHS {
            let answer = preflight(&server, path, APP).await;
            assert_eq!(answer.status, status, "{answer:?}");
            assert_eq!(answer.header("access-control-allow-origin"), None, "{answer:?}");
            let headers = [&server_headers("internal", SECRET)[..], &[("origin", APP)]].concat();
            let called = server.post_raw(path, &headers, "{}").await;
            assert_eq!(called.header("access-control-allow-origin"), None, "{called:?}");
            assert!(status == 200 || cors_headers(&called.headers).is_empty(), "{called:?}");
        }
    }
}

#[tokio::test]
async fn a_preflight_of_an_origin_that_is_let_in_is_answered() {
    let server = server(&[APP, LOCAL]);
    for path in PATHS {
        for origin in [APP, LOCAL] {
            let answer = preflight(&server, path, origin).await;
            assert!([200, 204].contains(&answer.status), "{answer:?}");
            assert_eq!(answer.header("access-control-allow-origin"), Some(origin));
            assert_eq!(answer.header("access-control-allow-credentials"), None, "cookies count for nothing");
            assert!(names(&answer, "access-control-allow-methods").contains(&"post".to_owned()), "{answer:?}");
            assert_eq!(names(&answer, "access-control-allow-headers").join(","), HEADERS);
            assert!(names(&answer, "vary").contains(&"origin".to_owned()), "{answer:?}");
        }
        for origin in ["https://evil.example", "null", "http://app.example.com", "https://app.example.com:8443", "*"] {
            assert_eq!(preflight(&server, path, origin).await.header("access-control-allow-origin"), None, "{origin}");
        }
    }
}

/// A page must be able to read why it was refused, too.
#[tokio::test]
async fn answers_and_refusals_can_be_read() {
    let server = server(&[APP]);
    let good = server_headers("internal", SECRET);
    let wrong = server_headers("internal", "wrong");
    for path in PATHS {
        for (headers, body) in [(&good, "{}"), (&good, "no JSON"), (&wrong, "{}")] {
            let headers = [&headers[..], &[("origin", APP)]].concat();
            let answer = server.post_raw(path, &headers, body).await;
            assert_eq!(answer.header("access-control-allow-origin"), Some(APP), "{answer:?}");
            let exposed = names(&answer, "access-control-expose-headers");
            for name in ["x-stack-known-error", "x-hexclave-known-error", "retry-after", "preference-applied"] {
                assert!(exposed.contains(&name.to_owned()), "{answer:?}");
            }
        }
        let get = Request::get(path).header("origin", APP).body(Body::empty()).unwrap();
        let answer = server.send(get).await;
        assert_eq!((answer.status, answer.header("access-control-allow-origin")), (405, Some(APP)));
    }
}

#[tokio::test]
async fn only_the_stack_dialects_are_opened() {
    let server = server(&[APP]);
    for path in ["/oauth/token", "/oauth/device_authorization", "/.well-known/oauth-authorization-server", "/other"] {
        let answer = preflight(&server, path, APP).await;
        assert!([404, 405].contains(&answer.status), "{answer:?}");
        assert!(cors_headers(&answer.headers).is_empty(), "{answer:?}");
    }
    // And a preflight names its host as every request does.
    let request = Request::options(PATHS[0]).header("origin", APP).header("access-control-request-method", "POST");
    let answer = server.send_as_it_is(request.body(Body::empty()).unwrap()).await;
    answer.expect_known(400, "SCHEMA_ERROR");
}
