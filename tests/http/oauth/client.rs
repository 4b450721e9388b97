//! Which client asks (RFC 6749, sections 2.3, 3.2.1 and 5.2).

use std::time::Duration;

use base64::Engine;
use base64::prelude::{BASE64_STANDARD, BASE64_STANDARD_NO_PAD};
use counterfoil::Unavailable;
use counterfoil::axum::{Access, AccessError, Client, Credentials, Routes, StaticTokens};

use super::world::{AUTHORIZE, FORM, HOST};
use crate::support::{SECRET, Server};

fn basic(text: &str) -> String {
    format!("Basic {}", BASE64_STANDARD.encode(text))
}

#[tokio::test]
async fn a_client_is_named_in_the_body_or_by_basic_credentials() {
    let server = Server::new();
    assert_eq!(server.form(AUTHORIZE, "client_id=internal").await.status, 200);
    let unpadded = format!("bAsIc  {}", BASE64_STANDARD_NO_PAD.encode("internal:"));
    for header in [basic("internal:"), basic("in%74ernal:"), unpadded] {
        for body in ["", "client_id=internal"] {
            let answer = server.post_raw(AUTHORIZE, &[HOST, FORM, ("authorization", &header)], body).await;
            assert_eq!(answer.status, 200, "{header} {body} {answer:?}");
        }
    }
}

#[tokio::test]
async fn an_unknown_client_is_challenged_whichever_way_it_was_named() {
    let server = Server::new();
    for id in ["nobody", "default", "Internal", "internal%00", "%22"] {
        let answer = server.form(AUTHORIZE, format!("client_id={id}")).await;
        answer.expect_error(401, "invalid_client");
        assert_eq!(answer.header("www-authenticate"), Some("Basic realm=\"oauth\", charset=\"UTF-8\""));
        assert!(!answer.text.contains("nobody"));
    }
    let wrong = [
        basic("nobody:"),
        basic("internal:x"),
        basic(&format!("internal:{SECRET}")),
        basic("internal"),
        basic(""),
        basic("internal%ff:"),
        "Basic".to_owned(),
        "Basic !".to_owned(),
        "Bearer x".to_owned(),
    ];
    for header in wrong {
        let answer = server.post_raw(AUTHORIZE, &[HOST, FORM, ("authorization", &header)], "").await;
        answer.expect_error(401, "invalid_client");
        let challenge = answer.header("www-authenticate").unwrap();
        assert!(challenge.starts_with("Basic realm="), "{header}");
    }
    assert_eq!(server.store.stats().initiated, 0);
}

#[tokio::test]
async fn a_secret_is_refused_and_so_are_two_names() {
    let server = Server::new();
    let answer = server.form(AUTHORIZE, format!("client_id=internal&client_secret={SECRET}")).await;
    answer.expect_error(401, "invalid_client");
    for body in ["client_id=other", "client_id=internal&client_secret=x"] {
        let headers = [HOST, FORM, ("authorization", &basic("internal:"))];
        server.post_raw(AUTHORIZE, &headers, body).await.expect_error(400, "invalid_request");
    }
    let (header, other) = (basic("internal:"), basic("other:"));
    for (first, second) in [(&header, &other), (&other, &header), (&header, &"Bearer x".to_owned())] {
        let headers = [HOST, FORM, ("authorization", first), ("authorization", second)];
        server.post_raw(AUTHORIZE, &headers, "").await.expect_error(400, "invalid_request");
    }
    let headers = [HOST, FORM, ("authorization", header.as_str()), ("authorization", header.as_str())];
    assert_eq!(server.post_raw(AUTHORIZE, &headers, "").await.status, 200);
}

/// A server that knows projects, and nothing of OAuth.
struct Projects;

impl Access for Projects {
    async fn admit(&self, credentials: &Credentials<'_>) -> Result<String, AccessError> {
        Ok(credentials.project_id.to_owned())
    }
}

#[tokio::test]
async fn there_are_no_clients_unless_access_knows_them() {
    let server = Server::new().with_router(|store| Routes::new(store.clone(), Projects, StaticTokens::new()).router());
    server.form(AUTHORIZE, "client_id=internal").await.expect_error(401, "invalid_client");
}

/// A server whose clients have tenants of other names, and whose database is slow at times.
struct Clients;

impl Access for Clients {
    async fn admit(&self, _: &Credentials<'_>) -> Result<String, AccessError> {
        Err(AccessError::WrongKey)
    }

    async fn client(&self, client_id: &str) -> Result<Client, AccessError> {
        match client_id {
            "slow" => Err(Unavailable::new(Duration::from_millis(1500)).into()),
            "wrong" => Err(AccessError::WrongKey),
            _ => Ok(Client::new("tenant")),
        }
    }
}

#[tokio::test]
async fn a_tenant_is_what_access_says() {
    let access = std::sync::Arc::new(Clients);
    let server = Server::new().with_router(|store| Routes::new(store.clone(), access, StaticTokens::new()).router());
    let device = server.device().await;
    assert_eq!(device.browser(&server.store).0.tenant(), "tenant");
    server.form(AUTHORIZE, "client_id=wrong").await.expect_error(401, "invalid_client");
    let answer = server.form(AUTHORIZE, "client_id=slow").await;
    answer.expect_error(503, "temporarily_unavailable");
    assert_eq!(answer.header("retry-after"), Some("2"));
}
