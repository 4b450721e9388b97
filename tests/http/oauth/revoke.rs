//! RFC 7009.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::body::Body;
use axum::http::Request;
use counterfoil::axum::{
    Asked, Holder, Issued, Revocation, Routes, StaticAccess, StaticTokens, Tokens, Why, not_found,
};
use counterfoil::{Secret, Unavailable};
use serde_json::json;

use super::world::TOKEN;
use crate::support::{PUBLISHABLE, SECRET, SIGNED_IN, Server};

const REVOKE: &str = "/oauth/revoke";

/// Remembers what it was asked to revoke.
#[derive(Default)]
struct Recording(Mutex<Vec<Revocation>>);

impl Tokens for Recording {
    async fn holder(&self, _: &str, _: &Secret) -> Result<Option<Holder>, Unavailable> {
        Ok(None)
    }

    async fn issue(&self, _: &str, _: Secret, _: &Asked) -> Result<Option<Issued>, Unavailable> {
        Ok(None)
    }

    fn revokes(&self) -> bool {
        true
    }

    async fn revoke(&self, revocation: Revocation) -> Result<(), Unavailable> {
        if revocation.token.as_ref().is_some_and(|token| token.expose() == "slow") {
            return Err(Unavailable::new(Duration::from_secs(7)));
        }
        self.0.lock().unwrap().push(revocation);
        Ok(())
    }
}

fn server(tokens: impl Tokens) -> Server {
    let access = StaticAccess::new().project("internal", SECRET, PUBLISHABLE);
    let access = access.oauth_client("acme-cli", "internal", "Acme");
    Server::new().with_router(|store| Routes::new(store.clone(), access, tokens).router().fallback(not_found))
}

#[tokio::test]
async fn what_a_client_gives_back_is_revoked_in_its_name() {
    let tokens = Arc::new(Recording::default());
    let server = server(tokens.clone());
    let answer = server.form(REVOKE, "token=rt-1&token_type_hint=refresh_token&client_id=acme-cli").await;
    answer.expect(200, &json!({}));
    assert_eq!(answer.header("pragma"), Some("no-cache"));
    let expected = Revocation::new("internal", Why::Requested).client("acme-cli").token(Secret::new("rt-1"));
    assert_eq!(*tokens.0.lock().unwrap(), [expected]);

    let answer = server.form(REVOKE, "token=slow&client_id=acme-cli").await;
    answer.expect_error(503, "temporarily_unavailable");
    assert_eq!(answer.header("retry-after"), Some("7"));
}

#[tokio::test]
async fn a_request_is_complete_or_refused() {
    let tokens = Arc::new(Recording::default());
    let server = server(tokens.clone());
    for (body, status, error) in [
        ("", 400, "invalid_request"),
        ("client_id=acme-cli", 400, "invalid_request"),
        ("token=&client_id=acme-cli", 400, "invalid_request"),
        ("token=rt-1", 400, "invalid_request"),
        ("token=rt-1&token=rt-2&client_id=acme-cli", 400, "invalid_request"),
        ("token=rt-1&client_id=nobody", 401, "invalid_client"),
        ("token=rt-1&client_id=acme-cli&client_secret=x", 401, "invalid_client"),
    ] {
        server.form(REVOKE, body).await.expect_error(status, error);
    }
    let get = server.send(Request::get(REVOKE).body(Body::empty()).unwrap()).await;
    get.expect_error(405, "invalid_request");
    assert!(tokens.0.lock().unwrap().is_empty());
}

#[tokio::test]
async fn a_fixed_token_that_is_given_back_is_good_for_nothing() {
    let server = server(StaticTokens::new().signed_in(SIGNED_IN).signed_in("rt-2").revocable());
    // The same answer, whether there is such a token or not.
    for token in ["nobody's", SIGNED_IN, SIGNED_IN] {
        server.form(REVOKE, format!("token={token}&client_id=internal")).await.expect(200, &json!({}));
    }
    let refresh =
        |token: &str| server.form(TOKEN, format!("grant_type=refresh_token&refresh_token={token}&client_id=internal"));
    refresh(SIGNED_IN).await.expect_error(400, "invalid_grant");
    assert_eq!(refresh("rt-2").await.status, 200);
    let (_, login_code) = server.begin("/api/v1", &json!({})).await;
    let approve = json!({ "login_code": login_code, "refresh_token": SIGNED_IN });
    server.post("/api/v1/auth/cli/complete", &approve).await.expect_text(400, "Invalid refresh token");
}

/// A token that is fixed is the user's own: a login that went wrong does not take it away.
#[tokio::test]
async fn a_fixed_token_outlives_a_login_that_went_wrong() {
    let tokens = StaticTokens::new().signed_in(SIGNED_IN).revocable();
    for why in [Why::LostRace, Why::Uncollected, Why::AskedTwice, Why::NotMe] {
        tokens.revoke(Revocation::new("internal", why).token(Secret::new(SIGNED_IN))).await.unwrap();
    }
    assert_eq!(tokens.holder("internal", &Secret::new(SIGNED_IN)).await, Ok(Some(Holder::SignedIn)));
}

#[tokio::test]
async fn there_is_no_such_path_unless_the_tokens_can() {
    let server = server(StaticTokens::new().signed_in(SIGNED_IN));
    assert_eq!(server.form(REVOKE, "token=rt-1&client_id=internal").await.status, 404);
}
