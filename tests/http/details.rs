//! Who began a login and what it asks for, as the pages are told.

use counterfoil::axum::{Routes, StaticAccess, StaticTokens};
use counterfoil::{Details, LoginCode, UserCode};
use serde_json::json;

use crate::oauth::world::{AUTHORIZE, FORM, HOST};
use crate::support::{Answer, PUBLISHABLE, SECRET, Server, client_headers, server_headers};

const PEER: &str = "192.0.2.1";

fn details(server: &Server, answer: &Answer) -> Option<Details> {
    assert_eq!(answer.status, 200, "{answer:?}");
    let code = match answer.body["user_code"].as_str() {
        Some(code) => server.store.resolve(&UserCode::parse(code).unwrap(), counterfoil::Source::UNKNOWN).unwrap(),
        None => LoginCode::parse(answer.text_of("login_code")).unwrap(),
    };
    server.store.locate(&code).unwrap().1.details.map(|details| *details)
}

fn with_clients() -> Server {
    Server::new().with_router(|store| {
        let access = StaticAccess::new().project("internal", SECRET, PUBLISHABLE);
        let access = access.oauth_client("acme-cli", "internal", "Acme CLI");
        Routes::new(store.clone(), access, StaticTokens::new()).router()
    })
}

#[tokio::test]
async fn the_page_is_told_who_asks() {
    let server = with_clients();
    let agent = ("user-agent", "acme/1.0");
    let form = "client_id=internal&scope=read+write&client_name=acme+on+%CE%BB";
    let login = details(&server, &server.post_from(PEER, AUTHORIZE, &[HOST, FORM, agent], form).await).unwrap();
    assert_eq!((login.client.as_deref(), login.scope.as_deref()), (Some("internal"), Some("read write")));
    assert_eq!(login.requester.address, Some(PEER.parse().unwrap()));
    assert_eq!(login.requester.agent.as_deref(), Some("acme/1.0"));
    assert_eq!(login.requester.name.as_deref(), Some("acme on \u{3bb}"));

    let headers = [&client_headers("internal")[..], &[agent]].concat();
    let body = json!({ "client_name": "acme" }).to_string();
    let login = details(&server, &server.post_from(PEER, "/api/v1/auth/cli", &headers, body).await).unwrap();
    assert_eq!((login.client, login.scope), (None, None));
    assert_eq!(login.requester.address, Some(PEER.parse().unwrap()));
    assert_eq!(login.requester.agent.as_deref(), Some("acme/1.0"));
    assert_eq!(login.requester.name.as_deref(), Some("acme"));
}

/// The name that the server knows a client by goes before what the tool says: a stranger's tool may say anything.
#[tokio::test]
async fn a_known_client_has_its_own_name() {
    let server = with_clients();
    let form = "client_id=acme-cli&client_name=Something+Else";
    let login = details(&server, &server.form(AUTHORIZE, form).await).unwrap();
    assert_eq!(login.client.as_deref(), Some("acme-cli"));
    assert_eq!(login.requester.name.as_deref(), Some("Acme CLI"));
}

/// A project's own server begins logins for many people: its address is not theirs, and nothing is kept of it.
#[tokio::test]
async fn the_address_of_a_server_is_nobodys() {
    let server = Server::new();
    let headers = server_headers("internal", SECRET);
    let answer = server.post_from(PEER, "/api/v1/auth/cli", &headers, "{}").await;
    assert_eq!(details(&server, &answer), None);
    let named = json!({ "client_name": "acme" }).to_string();
    let login = details(&server, &server.post_from(PEER, "/api/v1/auth/cli", &headers, named).await).unwrap();
    assert_eq!((login.requester.address, login.requester.name.as_deref()), (None, Some("acme")));
}

#[tokio::test]
async fn what_is_said_is_kept_within_bounds() {
    let server = Server::new();
    let agent = "a".repeat(4000);
    let headers = [HOST, FORM, ("user-agent", agent.as_str())];
    let form = format!("client_id=internal&client_name={}", "%CE%BB".repeat(4000));
    let login = details(&server, &server.post_from(PEER, AUTHORIZE, &headers, form).await).unwrap();
    assert_eq!(login.requester.agent.map(|agent| agent.len()), Some(200));
    assert_eq!(login.requester.name.as_deref(), Some(&*"\u{3bb}".repeat(32)));
    let id = "x".repeat(129);
    server.form(AUTHORIZE, format!("client_id={id}")).await.expect_error(401, "invalid_client");
    server.post("/api/v1/auth/cli", &json!({ "client_name": 5 })).await.expect_known(400, "SCHEMA_ERROR");
}
