//! The `OpenAPI` document says what the routes do.

use std::collections::BTreeSet;

use crate::support::{ANONYMOUS, SECRET, SIGNED_IN, Server, server_headers};
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::Request;
use counterfoil::SessionStore;
use counterfoil::axum::{OPENAPI, Routes, StaticAccess, StaticTokens};
use serde_json::{Value, json};
use tower::ServiceExt;

fn document() -> Value {
    serde_json::from_str(OPENAPI).unwrap()
}

/// Follows a `$ref`.
fn resolved<'a>(document: &'a Value, node: &'a Value) -> &'a Value {
    match node["$ref"].as_str() {
        Some(reference) => document.pointer(reference.trim_start_matches('#')).expect(reference),
        None => node,
    }
}

/// The refusal codes that the document has for an answer of this status.
fn codes<'a>(document: &'a Value, path: &str, status: u16) -> BTreeSet<&'a str> {
    let response = resolved(document, &document["paths"][path]["post"]["responses"][status.to_string()]);
    let code = &response["content"]["application/json"]["schema"]["allOf"][1]["properties"]["code"]["enum"];
    code.as_array()
        .unwrap_or_else(|| panic!("no codes for {path} {status}"))
        .iter()
        .map(|c| c.as_str().unwrap())
        .collect()
}

#[tokio::test]
async fn it_is_served_and_names_where() {
    let server = Server::new();
    let answer = server.send(Request::get("/api/v1/openapi.json").body(Body::empty()).unwrap()).await;
    answer.expect(200, &document());

    let store = SessionStore::builder().build().unwrap();
    let routes = Routes::new(store, StaticAccess::new(), StaticTokens::new());
    let app = Router::new().nest("/elsewhere", routes.documented());
    let request = Request::get("/elsewhere/openapi.json").header("host", "login.example");
    let answer = app.oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
    let body = to_bytes(answer.into_body(), usize::MAX).await.unwrap();
    let document: Value = serde_json::from_slice(&body).unwrap();
    assert_eq!(document["servers"], json!([{ "url": "/elsewhere" }]));
}

#[tokio::test]
async fn its_paths_are_there_and_all_references_lead_somewhere() {
    let (server, document) = (Server::new(), document());
    for (path, item) in document["paths"].as_object().unwrap() {
        let other = if item["post"].is_object() { "GET" } else { "POST" };
        let request = Request::builder().method(other).uri(format!("/api/v1{path}")).body(Body::empty()).unwrap();
        server.send(request).await.expect_refusal(405, "METHOD_NOT_ALLOWED");
    }
    let mut nodes = vec![&document];
    while let Some(node) = nodes.pop() {
        resolved(&document, node);
        nodes.extend(node.as_object().into_iter().flat_map(|object| object.values()));
        nodes.extend(node.as_array().into_iter().flatten());
    }
}

#[tokio::test]
async fn every_refusal_is_described() {
    let (server, document) = (Server::with_sessions(4), document());
    let (_, login) = server.begin("/api/v1", &json!({})).await;
    let (denied, code) = server.begin("/api/v1", &json!({})).await;
    server.post("/api/v1/auth/cli/complete", &json!({ "login_code": code, "mode": "deny" })).await;
    let (used, code) = server.begin("/api/v1", &json!({})).await;
    server.approve("/api/v1", &code).await;
    server.poll("/api/v1", &used).await;
    let (expired, _) = server.begin("/api/v1", &json!({ "expires_in_millis": 1 })).await;
    server.clock.advance(std::time::Duration::from_millis(2));

    let bodies: [(&str, Vec<Value>); 3] = [
        (
            "/auth/cli",
            vec![
                json!({ "anon_refresh_token": SIGNED_IN }),
                json!({ "anon_refresh_token": "nobody's" }),
                json!({ "expires_in_millis": 0 }),
            ],
        ),
        (
            "/auth/cli/poll",
            vec![
                json!({}),
                json!({ "polling_code": "x" }),
                json!({ "polling_code": denied }),
                json!({ "polling_code": used }),
                json!({ "polling_code": expired }),
            ],
        ),
        (
            "/auth/cli/complete",
            vec![
                json!({ "login_code": "x", "mode": "check" }),
                json!({ "login_code": login }),
                json!({ "login_code": login, "mode": "other" }),
                json!({ "login_code": login, "refresh_token": ANONYMOUS }),
                json!({ "login_code": login, "mode": "claim-anon-session" }),
            ],
        ),
    ];
    for (path, bodies) in bodies {
        let at = format!("/api/v1{path}");
        let mut answers = Vec::new();
        for body in &bodies {
            answers.push(server.post(&at, body).await);
        }
        let json = ("content-type", "application/json");
        let project = ("x-stack-project-id", "internal");
        let accesses: [&[(&str, &str)]; 6] = [
            &[json],
            &[json, project],
            &[json, project, ("x-stack-secret-server-key", "wrong")],
            &[json, project, ("x-stack-publishable-client-key", "wrong")],
            &[json, project, ("x-stack-publishable-client-key", "any"), ("x-stack-access-type", "server")],
            &[json, project, ("x-stack-secret-server-key", SECRET), ("x-stack-access-type", "client")],
        ];
        for headers in accesses {
            answers.push(server.post_raw(&at, headers, "{}").await);
        }
        let mut headers = server_headers("internal", SECRET);
        answers.push(server.post_raw(&at, &headers, " ".repeat(65 * 1024)).await);
        headers[0].1 = "text/plain";
        answers.push(server.post_raw(&at, &headers, "{}").await);
        for answer in &answers {
            let code = answer.text_of("code");
            assert!(codes(&document, path, answer.status).contains(&*code), "{path}: {answer:?}");
        }
        // And of those that the document names, all others come up: see the tests of what is mounted and handed back.
        let mut named = codes(&document, path, 400);
        for answer in &answers {
            named.remove(&*answer.text_of("code"));
        }
        let also = ["HAND_BACK_REQUIRED"].into_iter().filter(|_| path == "/auth/cli/complete");
        let elsewhere: Vec<_> = ["CURRENT_PROJECT_NOT_FOUND"].into_iter().chain(also).collect();
        assert_eq!(named.into_iter().collect::<Vec<_>>(), elsewhere, "{path}");
    }
}
