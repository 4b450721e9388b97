//! Each request has an id of its own, which its client is told.

use std::net::SocketAddr;

use axum::extract::ConnectInfo;
use axum::http::header::CACHE_CONTROL;
use axum::http::{HeaderMap, Request};
use axum::routing::get;
use axum::{Extension, Router, body::Body};
use counterfoil::axum::{Observe, RequestId};
use tower::ServiceExt;

/// Sends a request with that id from a peer: the id that the handler had, and the response's headers.
async fn ask(peer: Option<&str>, sent: &[&str]) -> (String, HeaderMap) {
    let told = get(async |Extension(id): Extension<RequestId>| ([(CACHE_CONTROL, "no-store")], id.to_string()));
    let observe = Observe::new().trusted_proxies(["10.0.0.0/8".parse().unwrap()]);
    let router = Router::new().route("/", told).layer(observe);
    let mut request = Request::get("/");
    for id in sent {
        request = request.header("x-request-id", *id);
    }
    if let Some(peer) = peer {
        request = request.extension(ConnectInfo(SocketAddr::new(peer.parse().unwrap(), 4711)));
    }
    let response = router.oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
    let headers = response.headers().clone();
    let body = axum::body::to_bytes(response.into_body(), 1000).await.unwrap();
    (String::from_utf8(body.to_vec()).unwrap(), headers)
}

/// The one id: in the request's extensions, and in the response's header.
async fn id(peer: Option<&str>, sent: &[&str]) -> String {
    let (id, headers) = ask(peer, sent).await;
    let told: Vec<_> = headers.get_all("x-request-id").iter().map(|told| told.to_str().unwrap()).collect();
    assert_eq!(told, [&*id]);
    id
}

#[tokio::test]
async fn each_request_has_an_id_of_its_own() {
    let (one, two) = (id(None, &[]).await, id(None, &[]).await);
    assert_ne!(one, two);
    for id in [one, two] {
        assert!(id.len() == 16 && id.bytes().all(|byte| b"0123456789abcdef".contains(&byte)), "{id}");
    }
}

#[tokio::test]
async fn an_id_is_taken_over_from_a_trusted_proxy_alone() {
    assert_eq!(id(Some("10.0.0.1"), &["edge-7_a.B"]).await, "edge-7_a.B");
    assert_eq!(id(Some("10.0.0.1"), &[&"x".repeat(64)]).await, "x".repeat(64));
    for peer in [None, Some("192.0.2.1")] {
        assert_ne!(id(peer, &["edge-7"]).await, "edge-7", "{peer:?}");
    }
    let without = Router::new().route("/", get(async |Extension(id): Extension<RequestId>| id.to_string()));
    let request = Request::get("/").header("x-request-id", "edge-7");
    let request = request.extension(ConnectInfo(SocketAddr::from(([10, 0, 0, 1], 1)))).body(Body::empty()).unwrap();
    let response = without.layer(Observe::new()).oneshot(request).await.unwrap();
    assert_ne!(response.headers()["x-request-id"], "edge-7", "nobody is trusted by default");
}

/// It goes into a log and into a header: what does not fit there is replaced.
#[tokio::test]
async fn an_id_that_is_none_is_replaced() {
    for sent in [&*"x".repeat(65), "a b", "", "a\"b", "a=b", "a/b", "é"] {
        assert_ne!(id(Some("10.0.0.1"), &[sent]).await, sent);
    }
}
