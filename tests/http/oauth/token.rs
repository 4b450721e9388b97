//! RFC 8628, sections 3.4 and 3.5; RFC 6749, sections 5.1 and 5.2.

use std::sync::Arc;
use std::time::Duration;

use counterfoil::{PollingCode, Source};
use serde_json::json;
use tokio::task::JoinSet;

use super::world::{GRANT, TOKEN};
use crate::support::{SIGNED_IN, Server};

#[tokio::test]
async fn a_login_from_beginning_to_end() {
    let server = Server::new();
    let device = server.device().await;
    server.ask(&device).await.expect_error(400, "authorization_pending");
    server.approve_device(&device);
    let answer = server.ask(&device).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(answer.header("pragma"), Some("no-cache"));
    let access_token = answer.text_of("access_token");
    assert_eq!(access_token.len(), 32);
    let expected = json!({ "access_token": access_token, "token_type": "Bearer", "refresh_token": SIGNED_IN });
    answer.expect(200, &expected);
    server.ask(&device).await.expect_error(400, "invalid_grant");
}

#[tokio::test]
async fn what_is_not_the_clients_is_told_apart_by_nobody() {
    let server = Server::new();
    let device = server.device().await;
    let unknown = format!("grant_type={GRANT}&device_code={}&client_id=internal", "0".repeat(40));
    let unknown = server.form(TOKEN, unknown).await;
    unknown.expect_error(400, "invalid_grant");
    let same = |answer: crate::support::Answer| {
        assert_eq!((answer.status, &answer.text, &answer.headers), (400, &unknown.text, &unknown.headers));
    };
    // Malformed.
    for code in ["x", "%00", "%22", &"0".repeat(60_000), &device.user_code, &format!("{}x", device.device_code)] {
        same(server.form(TOKEN, format!("grant_type={GRANT}&device_code={code}&client_id=internal")).await);
    }
    // Another client's, whatever became of it.
    let other = device.body().replace("internal", "other");
    same(server.form(TOKEN, other.clone()).await);
    server.approve_device(&device);
    same(server.form(TOKEN, other.clone()).await);
    assert_eq!(server.ask(&device).await.status, 200);
    same(server.form(TOKEN, other).await);
    // Redeemed.
    same(server.ask(&device).await);
}

#[tokio::test]
async fn each_end_has_its_error() {
    let server = Server::new();
    let denied = server.device().await;
    let (store, code) = denied.browser(&server.store);
    store.deny(&code).unwrap();
    let cancelled = server.device().await;
    store.cancel(&PollingCode::parse(&cancelled.device_code).unwrap()).unwrap();
    let uncollected = server.device().await;
    server.approve_device(&uncollected);
    let expired = server.device().await;

    // What is settled is never told to slow down.
    for _ in 0..3 {
        server.ask(&denied).await.expect_error(400, "access_denied");
        server.ask(&cancelled).await.expect_error(400, "expired_token");
    }
    server.clock.advance(Duration::from_millis(599_999));
    server.ask(&expired).await.expect_error(400, "authorization_pending");
    server.clock.advance(Duration::from_millis(1));
    for _ in 0..3 {
        server.ask(&expired).await.expect_error(400, "expired_token");
        server.ask(&uncollected).await.expect_error(400, "expired_token");
    }
    // Forgotten, it is as if it had never been.
    server.clock.advance(Duration::from_secs(600));
    server.ask(&expired).await.expect_error(400, "invalid_grant");
}

#[tokio::test]
async fn a_request_is_complete_or_refused() {
    let server = Server::new();
    let code = server.device().await.device_code;
    for (body, status, error) in [
        (String::new(), 400, "invalid_request"),
        (format!("device_code={code}&client_id=internal"), 400, "invalid_request"),
        (format!("grant_type=&device_code={code}&client_id=internal"), 400, "invalid_request"),
        (format!("grant_type={GRANT}&client_id=internal"), 400, "invalid_request"),
        (format!("grant_type={GRANT}&device_code=&client_id=internal"), 400, "invalid_request"),
        (format!("grant_type={GRANT}&device_code={code}"), 400, "invalid_request"),
        (format!("grant_type={GRANT}&device_code={code}&client_id="), 400, "invalid_request"),
        (format!("grant_type=device_code&device_code={code}&client_id=internal"), 400, "unsupported_grant_type"),
        ("grant_type=authorization_code&code=x&client_id=internal".to_owned(), 400, "unsupported_grant_type"),
        (format!("grant_type=password&username=x&password=x&device_code={code}"), 400, "unsupported_grant_type"),
        (format!("grant_type={GRANT}&device_code={code}&client_id=nobody"), 401, "invalid_client"),
        (format!("grant_type={GRANT}&device_code={code}&client_id=internal%20"), 401, "invalid_client"),
        (format!("grant_type={GRANT}&device_code={code}&client_id=INTERNAL"), 401, "invalid_client"),
    ] {
        server.form(TOKEN, body).await.expect_error(status, error);
    }
    // None of them was a poll.
    let good = format!("client_id=internal&ignored=1&scope=&device_code={code}&grant_type={GRANT}");
    server.form(TOKEN, good).await.expect_error(400, "authorization_pending");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_of_many_requests_gets_the_tokens() {
    let server = Arc::new(Server::new());
    let device = Arc::new(server.device().await);
    server.approve_device(&device);
    let mut asked = JoinSet::new();
    for _ in 0..50 {
        let (server, device) = (server.clone(), device.clone());
        asked.spawn(async move { server.ask(&device).await });
    }
    let mut granted = 0;
    for answer in asked.join_all().await {
        if answer.status == 200 {
            granted += 1;
        } else {
            answer.expect_error(400, "invalid_grant");
        }
    }
    assert_eq!(granted, 1);
}

#[tokio::test]
async fn the_dialects_are_one_store() {
    let server = Server::new();
    let device = server.device().await;
    let (_, code) = device.browser(&server.store);
    server.approve("/stack/api/v1", &code.expose()).await;
    assert_eq!(server.ask(&device).await.status, 200);
    let (polling, login) = server.begin("/api/v1", &json!({})).await;
    server.poll("/stack/api/v1", &polling).await.expect(200, &json!({ "status": "waiting" }));
    server.approve("/api/v1", &login).await;
    server
        .poll("/stack/api/v1", &polling)
        .await
        .expect(201, &json!({ "status": "success", "refresh_token": SIGNED_IN }));
}

#[tokio::test]
async fn a_scope_is_not_an_anonymous_user() {
    let server = Server::new();
    let answer = server.form("/oauth/device_authorization", "client_id=internal&scope=read").await;
    let user_code = counterfoil::UserCode::parse(&answer.text_of("user_code")).unwrap();
    let login = server.store.resolve(&user_code, Source::UNKNOWN).unwrap();
    let claim = json!({ "login_code": &*login.expose(), "mode": "claim-anon-session" });
    let claim = server.post("/api/v1/auth/cli/complete", &claim).await;
    claim.expect_text(400, "No anonymous session associated with this code");
}
