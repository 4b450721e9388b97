//! Bodies that do not come: the time that one may take, and requests that are refused before theirs is read.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use crate::support::{ENDPOINTS, PUBLISHABLE, SECRET, SIGNED_IN, Server};
use axum::body::{Body, Bytes};
use axum::http::Request;
use counterfoil::axum::{Pages, Routes, StaticAccess, StaticTokens, not_found};
use futures_util::{FutureExt, StreamExt, future, stream};
use tokio::time::timeout;

/// Far more than a body may take.
const LONG: Duration = Duration::from_secs(60);

/// A body that begins and does not go on.
fn half() -> Body {
    Body::from_stream(stream::iter([Ok::<_, std::convert::Infallible>("{")]).chain(stream::pending()))
}

/// A body that goes on for ever, and counts what is read of it.
fn endless(read: &Arc<AtomicUsize>) -> Body {
    let read = read.clone();
    let chunk = move || {
        read.fetch_add(1024, Ordering::Relaxed);
        Ok::<_, std::convert::Infallible>(Bytes::from_static(&[b' '; 1024]))
    };
    Body::from_stream(stream::repeat_with(chunk))
}

fn request(path: &str, headers: &[(&str, &str)], body: Body) -> Request<Body> {
    let request = headers.iter().fold(Request::post(path), |request, (name, value)| request.header(*name, *value));
    request.body(body).unwrap()
}

#[tokio::test]
async fn a_wrong_key_is_refused_without_the_body() {
    let server = Server::new();
    let wrong: [(&[(&str, &str)], &str); 4] = [
        (&[("x-stack-project-id", "internal"), ("x-stack-secret-server-key", "wrong")], "INVALID_SECRET_SERVER_KEY"),
        (
            &[("x-stack-project-id", "internal"), ("x-stack-publishable-client-key", "wrong")],
            "INVALID_PUBLISHABLE_CLIENT_KEY",
        ),
        (&[("x-stack-project-id", "internal")], "PROJECT_AUTHENTICATION_REQUIRED"),
        (&[("x-stack-publishable-client-key", PUBLISHABLE)], "ACCESS_TYPE_WITHOUT_PROJECT_ID"),
    ];
    for path in ENDPOINTS {
        for (headers, code) in wrong {
            for content_type in [&[("content-type", "application/json")][..], &[]] {
                let headers = [headers, content_type].concat();
                // The answer is there at once: nothing is waited for.
                let answer = server.send(request(path, &headers, half())).now_or_never();
                answer.unwrap_or_else(|| panic!("{path} waits for the body")).expect_known(401, code);
            }
            let read = Arc::default();
            server.send(request(path, headers, endless(&read))).now_or_never().unwrap().expect_known(401, code);
            assert_eq!(read.load(Ordering::Relaxed), 0, "{path}");
        }
    }
}

/// What the headers say is enough to refuse the rest, too.
#[tokio::test]
async fn a_body_of_another_kind_or_size_is_refused_without_reading_it() {
    let server = Server::new();
    let access = [("x-stack-project-id", "internal"), ("x-stack-secret-server-key", SECRET)];
    let cases = [("content-type", "text/plain", 415), ("content-encoding", "gzip", 415)];
    for path in ENDPOINTS {
        for (name, value, status) in cases {
            let mut headers = access.to_vec();
            headers.push((name, value));
            if name != "content-type" {
                headers.push(("content-type", "application/json"));
            }
            let answer = server.send(request(path, &headers, half())).now_or_never();
            answer.unwrap_or_else(|| panic!("{path} waits for the body")).expect_known(status, "SCHEMA_ERROR");
        }
        let read = Arc::default();
        let headers = [&access[..], &[("content-type", "application/json")]].concat();
        let answer = server.send(request(path, &headers, endless(&read))).now_or_never();
        answer.unwrap_or_else(|| panic!("{path} waits for the body")).expect_refusal(413, "BODY_TOO_LARGE");
        assert!(read.load(Ordering::Relaxed) <= 66 * 1024, "{path}");
    }
}

/// A form of another site, or for another host, was read to its end before it was refused.
#[tokio::test]
async fn another_sites_form_is_refused_without_its_body() {
    let server = Server::new().with_router(|store| {
        let pages = Pages::new(store.clone(), StaticTokens::new().signed_in(SIGNED_IN));
        pages.public_url("https://login.example".parse().unwrap()).router()
    });
    let form = ("content-type", "application/x-www-form-urlencoded");
    let cases: [(&[(&str, &str)], u16); 4] = [
        (&[form, ("sec-fetch-site", "cross-site")], 400),
        (&[form, ("host", "evil.example")], 421),
        (&[("content-type", "text/plain")], 400),
        (&[form, ("content-encoding", "gzip")], 415),
    ];
    for (headers, status) in cases {
        let answer = server.send(request("/device", headers, half())).now_or_never();
        assert_eq!(answer.unwrap_or_else(|| panic!("{headers:?}: the body is waited for")).status, status);
        let read = Arc::default();
        let answer = server.send(request("/device", headers, endless(&read))).now_or_never();
        assert_eq!(answer.unwrap().status, status);
        assert_eq!(read.load(Ordering::Relaxed), 0, "{headers:?}");
    }
}

/// Real seconds, all of them at once: no server's limit is in front of the routes.
#[tokio::test]
async fn a_body_that_does_not_come_is_given_up() {
    let server = Server::new().with_router(|store| {
        let access = StaticAccess::new().project("internal", SECRET, PUBLISHABLE);
        let tokens = Arc::new(StaticTokens::new().signed_in(SIGNED_IN));
        let pages = Pages::new(store.clone(), tokens.clone());
        Routes::new(store.clone(), access, tokens).router().merge(pages.router_or(not_found))
    });
    let access = [("x-stack-project-id", "internal"), ("x-stack-secret-server-key", SECRET)];
    let stack =
        ENDPOINTS.map(|path| request(path, &[&access[..], &[("content-type", "application/json")]].concat(), half()));
    let form = [("content-type", "application/x-www-form-urlencoded")];
    let oauth = ["/oauth/device_authorization", "/oauth/token"].map(|path| request(path, &form, half()));
    let pages = ["/device", "/handler/cli-auth-confirm"].map(|path| request(path, &form, half()));
    let (stack, oauth, pages) = timeout(LONG, async {
        tokio::join!(
            future::join_all(stack.map(|request| server.send(request))),
            future::join_all(oauth.map(|request| server.send(request))),
            future::join_all(pages.map(|request| server.send(request))),
        )
    })
    .await
    .expect("a body is waited for without end");
    for answer in stack {
        answer.expect_refusal(408, "REQUEST_TIMEOUT");
        assert_eq!(answer.header("connection"), Some("close"));
    }
    for answer in oauth {
        assert_eq!((answer.status, &answer.body["error"]), (408, &"invalid_request".into()), "{answer:?}");
    }
    for answer in pages {
        assert_eq!(answer.status, 408, "{answer:?}");
        assert!(answer.text.contains("<html"), "{answer:?}");
    }
    assert_eq!(server.store.stats().initiated, 0);
}
