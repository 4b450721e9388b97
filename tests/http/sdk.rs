//! The SDK dialect: how it differs from the documented one, and that it is the same beside.

use std::time::Duration;

use crate::support::{PUBLISHABLE, SIGNED_IN, Server};
use serde_json::{Value, json};

const SDK: &str = "/stack/api/v1";

#[tokio::test]
async fn a_login_from_beginning_to_end() {
    let server = Server::new();
    let (polling, login) = server.begin(SDK, &json!({})).await;
    server.poll(SDK, &polling).await.expect(200, &json!({ "status": "waiting" }));
    server.poll(SDK, &polling).await.expect(200, &json!({ "status": "waiting" }));
    server.approve(SDK, &login).await;
    server.poll(SDK, &polling).await.expect(201, &json!({ "status": "success", "refresh_token": SIGNED_IN }));
    server.poll(SDK, &polling).await.expect(200, &json!({ "status": "used" }));
}

#[tokio::test]
async fn expired_and_denied_are_expired() {
    let server = Server::new();
    let (expired, _) = server.begin(SDK, &json!({ "expires_in_millis": 1000 })).await;
    let (denied, login) = server.begin(SDK, &json!({})).await;
    let deny = json!({ "login_code": login, "mode": "deny" });
    server.post("/stack/api/v1/auth/cli/complete", &deny).await.expect(200, &json!({ "success": true }));
    server.clock.advance(Duration::from_secs(1));
    for polling in [expired, denied] {
        server.poll(SDK, &polling).await.expect(200, &json!({ "status": "expired" }));
    }
}

#[tokio::test]
async fn unknown_codes_are_refused_as_in_the_documented_dialect() {
    let server = Server::new();
    let documented = server.poll("/api/v1", "unknown").await;
    let sdk = server.poll(SDK, "unknown").await;
    sdk.expect_known(400, "INVALID_POLLING_CODE");
    // To the letter: what was written for that system compares it.
    assert_eq!(sdk.text_of("error"), "The polling code is invalid or does not exist.");
    assert_eq!((&sdk.headers, &sdk.text), (&documented.headers, &documented.text));
}

#[tokio::test]
async fn both_dialects_speak_of_the_same_logins() {
    let server = Server::new();
    let (polling, login) = server.begin(SDK, &json!({})).await;
    server.poll("/api/v1", &polling).await.expect(201, &json!({ "status": "pending" }));
    server.approve("/api/v1", &login).await;
    assert_eq!(server.poll(SDK, &polling).await.status, 201);
    server.poll("/api/v1", &polling).await.expect_known(400, "CLI_AUTH_USED_ERROR");
}

/// What `@stackframe/js` 2.8 sends.
#[tokio::test]
async fn the_headers_of_the_newer_sdks_are_understood() {
    let server = Server::new();
    let headers = [
        ("content-type", "application/json"),
        ("x-hexclave-project-id", "internal"),
        ("x-hexclave-publishable-client-key", PUBLISHABLE),
        ("x-hexclave-access-type", "client"),
        ("x-hexclave-client-version", "js @stackframe/js@2.8.108"),
        ("x-hexclave-override-error-status", "true"),
    ];
    let begun = server.post_raw("/stack/api/v1/auth/cli", &headers, "{}").await;
    assert_eq!(begun.status, 200, "{begun:?}");
    let body: Value = json!({ "polling_code": begun.text_of("polling_code") });
    let polled = server.post_raw("/stack/api/v1/auth/cli/poll", &headers, body.to_string()).await;
    polled.expect(200, &json!({ "status": "waiting" }));
}
