//! RFC 8414.

use axum::body::Body;
use axum::http::Request;
use counterfoil::axum::{Routes, StaticAccess, StaticTokens};
use serde_json::{Value, json};

use crate::support::{Answer, Server};

async fn get(server: &Server, host: &str) -> Answer {
    let request = Request::get("/.well-known/oauth-authorization-server").header("host", host);
    server.send(request.body(Body::empty()).unwrap()).await
}

fn expected(base: &str) -> Value {
    json!({
        "issuer": base,
        "device_authorization_endpoint": format!("{base}/oauth/device_authorization"),
        "token_endpoint": format!("{base}/oauth/token"),
        "token_endpoint_auth_methods_supported": ["none", "client_secret_basic"],
        "code_challenge_methods_supported": ["S256"],
        "grant_types_supported": ["urn:ietf:params:oauth:grant-type:device_code", "refresh_token"],
        "response_types_supported": [],
    })
}

#[tokio::test]
async fn the_issuer_is_the_host_that_was_asked() {
    let server = Server::new();
    for host in ["login.example", "127.0.0.1:8102", "[::1]:8102"] {
        get(&server, host).await.expect(200, &expected(&format!("http://{host}")));
    }
    get(&server, "a/b").await.expect_error(400, "invalid_request");
}

#[tokio::test]
async fn or_the_address_that_was_set() {
    let server = Server::new().with_router(|store| {
        let routes = Routes::new(store.clone(), StaticAccess::new(), StaticTokens::new());
        routes.public_url("https://login.example".parse().unwrap()).router()
    });
    get(&server, "evil.example").await.expect(200, &expected("https://login.example"));
}

#[tokio::test]
async fn only_what_the_tokens_can_do_is_named() {
    let document = |tokens| async {
        let server = Server::new().with_router(|store| {
            let routes = Routes::new(store.clone(), StaticAccess::new(), tokens);
            routes.scopes(["read", "write"]).router()
        });
        get(&server, "login.example").await.body
    };
    let plain = document(StaticTokens::new()).await;
    assert_eq!(plain["scopes_supported"], json!(["read", "write"]));
    assert_eq!(plain["revocation_endpoint"], Value::Null);
    let revocable = document(StaticTokens::new().revocable()).await;
    assert_eq!(revocable["revocation_endpoint"], "http://login.example/oauth/revoke");
    assert_eq!(revocable["revocation_endpoint_auth_methods_supported"], json!(["none", "client_secret_basic"]));
}

#[tokio::test]
async fn only_get_and_head_are_taken() {
    let server = Server::new();
    let path = "/.well-known/oauth-authorization-server";
    let head = Request::head(path).header("host", "login.example").body(Body::empty()).unwrap();
    assert_eq!(server.send(head).await.status, 200);
    let answer = server.post_raw(path, &[], "").await;
    answer.expect_error(405, "invalid_request");
    assert_eq!(answer.header("allow"), Some("GET,HEAD"));
}
