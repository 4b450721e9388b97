//! `grant_type=refresh_token` (RFC 6749, section 6).

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use counterfoil::axum::{Asked, Holder, Issued, Refresh, RefreshError, Routes, StaticAccess, Tokens};
use counterfoil::{Secret, Unavailable};
use serde_json::json;

use super::world::TOKEN;
use crate::support::{ANONYMOUS, PUBLISHABLE, SECRET, SIGNED_IN, Server};

/// Tokens that are replaced each time, and belong to one client.
#[derive(Default)]
pub(super) struct Rotating(Mutex<HashMap<String, String>>);

impl Tokens for Rotating {
    async fn holder(&self, _: &str, _: &Secret) -> Result<Option<Holder>, Unavailable> {
        Ok(None)
    }

    async fn issue(&self, _: &str, _: Secret, _: &Asked) -> Result<Option<Issued>, Unavailable> {
        Ok(None)
    }

    fn refreshes(&self) -> bool {
        true
    }

    async fn refresh(&self, refresh: &Refresh<'_>, token: Secret) -> Result<Issued, RefreshError> {
        assert_eq!(refresh.tenant, "internal");
        if token.expose() == "slow" {
            return Err(Unavailable::new(Duration::from_millis(2500)).into());
        }
        let mut owners = self.0.lock().unwrap();
        if owners.get(token.expose()).is_none_or(|owner| owner != refresh.client) {
            return Err(RefreshError::Invalid);
        }
        match refresh.scope {
            Some(scope) if scope.split(' ').any(|one| one == "admin") => return Err(RefreshError::Scope),
            _ => owners.remove(token.expose()),
        };
        let next = format!("{}'", token.expose());
        owners.insert(next.clone(), refresh.client.to_owned());
        let issued = Issued::new(Secret::new("at"), Secret::new(next)).expires_in(Duration::from_secs(60));
        Ok(issued.scope(refresh.scope.unwrap_or("read write")))
    }
}

fn server(tokens: &Arc<Rotating>) -> Server {
    let access = StaticAccess::new().project("internal", SECRET, PUBLISHABLE);
    let access = access.oauth_client("acme-cli", "internal", "Acme").oauth_client("other-cli", "internal", "Other");
    Server::new().with_router(|store| Routes::new(store.clone(), access, tokens.clone()).router())
}

fn body(token: &str, rest: &str) -> String {
    format!("grant_type=refresh_token&refresh_token={token}&{rest}")
}

#[tokio::test]
async fn a_refresh_token_brings_new_tokens() {
    let tokens = Arc::new(Rotating::default());
    tokens.0.lock().unwrap().insert("rt".to_owned(), "acme-cli".to_owned());
    let server = server(&tokens);
    let expected = |refresh_token: &str, scope: &str| {
        json!({
            "access_token": "at",
            "token_type": "Bearer",
            "refresh_token": refresh_token,
            "expires_in": 60,
            "scope": scope,
        })
    };
    let answer = server.form(TOKEN, body("rt", "client_id=acme-cli")).await;
    answer.expect(200, &expected("rt'", "read write"));
    assert_eq!(answer.header("pragma"), Some("no-cache"));
    // The one that was replaced is good no more, and another client's never was.
    server.form(TOKEN, body("rt", "client_id=acme-cli")).await.expect_error(400, "invalid_grant");
    server.form(TOKEN, body("rt'", "client_id=other-cli")).await.expect_error(400, "invalid_grant");
    // Less than what was granted may be asked for, and more is refused without harm to the token.
    server.form(TOKEN, body("rt'", "client_id=acme-cli&scope=admin")).await.expect_error(400, "invalid_scope");
    let answer = server.form(TOKEN, body("rt'", "client_id=acme-cli&scope=read")).await;
    answer.expect(200, &expected("rt''", "read"));
}

#[tokio::test]
async fn a_request_is_complete_or_refused() {
    let tokens = Arc::new(Rotating::default());
    let server = server(&tokens);
    for (body, status, error) in [
        ("grant_type=refresh_token&client_id=acme-cli".to_owned(), 400, "invalid_request"),
        (body("", "client_id=acme-cli"), 400, "invalid_request"),
        (body("rt", ""), 400, "invalid_request"),
        (body("rt", "client_id=acme-cli&refresh_token=rt"), 400, "invalid_request"),
        (body("rt", "client_id=acme-cli&client_secret=x"), 401, "invalid_client"),
        (body("rt", "client_id=nobody&scope=%22"), 401, "invalid_client"),
        (body("rt", "client_id=acme-cli&scope=%22"), 400, "invalid_scope"),
        (body("rt", &format!("client_id=acme-cli&scope={}", "x".repeat(257))), 400, "invalid_scope"),
        (body("nobody's", "client_id=acme-cli"), 400, "invalid_grant"),
    ] {
        server.form(TOKEN, body).await.expect_error(status, error);
    }
    let answer = server.form(TOKEN, body("slow", "client_id=acme-cli")).await;
    answer.expect_error(503, "temporarily_unavailable");
    assert_eq!(answer.header("retry-after"), Some("3"));
}

#[tokio::test]
async fn fixed_tokens_can_be_used_again() {
    let server = Server::new();
    for token in [SIGNED_IN, ANONYMOUS] {
        for _ in 0..2 {
            let answer = server.form(TOKEN, body(token, "client_id=internal")).await;
            assert_eq!((answer.status, answer.text_of("refresh_token")), (200, token.to_owned()));
            assert_eq!(answer.text_of("access_token").len(), 32);
        }
    }
    server.form(TOKEN, body("nobody's", "client_id=internal")).await.expect_error(400, "invalid_grant");
}

/// A server whose tokens are issued once.
struct Once;

impl Tokens for Once {
    async fn holder(&self, _: &str, _: &Secret) -> Result<Option<Holder>, Unavailable> {
        Ok(None)
    }

    async fn issue(&self, _: &str, _: Secret, _: &Asked) -> Result<Option<Issued>, Unavailable> {
        Ok(None)
    }
}

#[tokio::test]
async fn it_is_unsupported_unless_the_tokens_can() {
    let server = Server::new().with_router(|store| {
        let access = StaticAccess::new().project("internal", SECRET, PUBLISHABLE);
        Routes::new(store.clone(), access, Once).router()
    });
    server.form(TOKEN, body("rt", "client_id=internal")).await.expect_error(400, "unsupported_grant_type");
}
