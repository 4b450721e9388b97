//! Codes in the wrong hands: a polling code alone, of a login that is bound to more (RFC 7636), is worth nothing.

use counterfoil::Secret;
use counterfoil::axum::{Routes, StaticAccess, StaticTokens};
use serde_json::json;

use crate::oauth::world::{AUTHORIZE, Device, GRANT, TOKEN};
use crate::support::{PUBLISHABLE, SECRET, SIGNED_IN, Server};

/// RFC 7636, appendix B.
pub(crate) const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
pub(crate) const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
const WRONG: &str = "aBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

fn with_clients(server: Server) -> Server {
    let access = StaticAccess::new().project("internal", SECRET, PUBLISHABLE);
    let access = access.oauth_client("acme-cli", "internal", "Acme").oauth_client("other-cli", "internal", "Other");
    let tokens = StaticTokens::new().signed_in(SIGNED_IN);
    server.with_router(|store| Routes::new(store.clone(), access, tokens).router())
}

async fn begun(server: &Server, body: &str) -> Device {
    let answer = server.form(AUTHORIZE, body).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    Device { device_code: answer.text_of("device_code"), user_code: answer.text_of("user_code") }
}

fn poll(code: &str, client: &str, rest: &str) -> String {
    format!("grant_type={GRANT}&device_code={code}&client_id={client}{rest}")
}

/// A code that was read from a log, or over a shoulder, took the token.
#[tokio::test]
async fn a_device_code_without_its_verifier_is_unknown() {
    let server = Server::new();
    let begin = format!("client_id=internal&code_challenge={CHALLENGE}&code_challenge_method=S256");
    let device = begun(&server, &begin).await;
    let unknown = server.form(TOKEN, poll(&"0".repeat(40), "internal", "")).await;
    unknown.expect_error(400, "invalid_grant");
    let thief = [String::new(), format!("&code_verifier={WRONG}"), format!("&code_verifier={CHALLENGE}")];
    let code = &device.device_code;
    for approved in [false, true] {
        if approved {
            server.approve_device(&device);
        }
        for rest in &thief {
            let answer = server.form(TOKEN, poll(code, "internal", rest)).await;
            assert_eq!((answer.status, &answer.text, &answer.headers), (400, &unknown.text, &unknown.headers));
        }
        server.poll("/api/v1", code).await.expect_known(400, "INVALID_POLLING_CODE");
        if !approved {
            // None of these was a poll.
            let answer = server.form(TOKEN, poll(code, "internal", &format!("&code_verifier={VERIFIER}"))).await;
            answer.expect_error(400, "authorization_pending");
        }
    }
    let answer = server.form(TOKEN, poll(code, "internal", &format!("&code_verifier={VERIFIER}"))).await;
    assert_eq!(answer.status, 200, "{answer:?}");
}

/// A code of one tool could be redeemed by all tools of its tenant.
#[tokio::test]
async fn one_client_cannot_redeem_another_clients_code() {
    let server = with_clients(Server::new());
    let device = begun(&server, "client_id=acme-cli").await;
    server.approve_device(&device);
    for client in ["other-cli", "internal"] {
        server.form(TOKEN, poll(&device.device_code, client, "")).await.expect_error(400, "invalid_grant");
    }
    for prefix in ["/api/v1", "/stack/api/v1"] {
        server.poll(prefix, &device.device_code).await.expect_known(400, "INVALID_POLLING_CODE");
    }
    // A verifier where there was no challenge (RFC 9700, section 2.1.1).
    let rest = format!("&code_verifier={VERIFIER}");
    server.form(TOKEN, poll(&device.device_code, "acme-cli", &rest)).await.expect_error(400, "invalid_grant");
    assert_eq!(server.form(TOKEN, poll(&device.device_code, "acme-cli", "")).await.status, 200);
}

/// The code brings the scope that was asked for, and nobody can ask for another with it.
#[tokio::test]
async fn a_code_of_another_scope_is_unknown() {
    let server = Server::new();
    let (read, write) =
        (begun(&server, "client_id=internal&scope=read").await, begun(&server, "client_id=internal&scope=write").await);
    let ((code, read_scope), (_, write_scope)) =
        (read.device_code.split_once('.').unwrap(), write.device_code.split_once('.').unwrap());
    server.approve_device(&read);
    for changed in
        [code.to_owned(), format!("{code}."), format!("{code}.{write_scope}"), format!("{code}.{read_scope}.")]
    {
        server.form(TOKEN, poll(&changed, "internal", "")).await.expect_error(400, "invalid_grant");
    }
    assert_eq!(server.form(TOKEN, poll(&read.device_code, "internal", "")).await.status, 200);
}

#[tokio::test]
async fn a_polling_code_without_its_verifier_is_invalid() {
    let server = Server::new();
    for prefix in ["/api/v1", "/stack/api/v1"] {
        let body = json!({ "code_challenge": CHALLENGE, "code_challenge_method": "S256" });
        let (polling_code, login_code) = server.begin(prefix, &body).await;
        server.approve(prefix, &login_code).await;
        let poll = async |other: &str, verifier: Option<&str>| {
            let mut body = json!({ "polling_code": polling_code });
            if let Some(verifier) = verifier {
                body["code_verifier"] = verifier.into();
            }
            server.post(&format!("{other}/auth/cli/poll"), &body).await
        };
        for other in ["/api/v1", "/stack/api/v1"] {
            for verifier in [None, Some(WRONG), Some(CHALLENGE)] {
                poll(other, verifier).await.expect_known(400, "INVALID_POLLING_CODE");
            }
        }
        let answer = poll(prefix, Some(VERIFIER)).await;
        assert_eq!(answer.text_of("refresh_token"), SIGNED_IN);
    }
}

#[tokio::test]
async fn what_is_malformed_is_told_so_whatever_the_code() {
    let server = Server::new();
    for challenge in [
        format!("code_challenge={CHALLENGE}"),
        format!("code_challenge={CHALLENGE}&code_challenge_method=plain"),
        format!("code_challenge={CHALLENGE}%3D&code_challenge_method=S256"),
        "code_challenge_method=S256".to_owned(),
    ] {
        let answer = server.form(AUTHORIZE, format!("client_id=internal&{challenge}")).await;
        answer.expect_error(400, "invalid_request");
    }
    for body in [
        json!({ "code_challenge": CHALLENGE }),
        json!({ "code_challenge": CHALLENGE, "code_challenge_method": "plain" }),
        json!({ "code_challenge": 1, "code_challenge_method": "S256" }),
        json!({ "code_challenge_method": "S256" }),
    ] {
        server.post("/api/v1/auth/cli", &body).await.expect_known(400, "SCHEMA_ERROR");
    }
    assert_eq!(server.store.stats().initiated, 0);
    let device = server.device().await;
    for code in [&device.device_code, "unknown"] {
        let rest = format!("&code_verifier={}", &VERIFIER[1..]);
        server.form(TOKEN, poll(code, "internal", &rest)).await.expect_error(400, "invalid_request");
        let body = json!({ "polling_code": code, "code_verifier": &VERIFIER[1..] });
        server.post("/api/v1/auth/cli/poll", &body).await.expect_known(400, "SCHEMA_ERROR");
    }
}

/// A client that sends what it need not is served as before.
#[tokio::test]
async fn a_verifier_without_a_challenge_is_ignored_by_the_stack_dialects() {
    let server = Server::new();
    let (polling_code, login_code) = server.begin("/api/v1", &json!({})).await;
    server
        .store
        .for_tenant("internal")
        .complete(&counterfoil::LoginCode::parse(&login_code).unwrap(), Secret::new("rt"))
        .unwrap();
    let body = json!({ "polling_code": polling_code, "code_verifier": VERIFIER });
    let answer = server.post("/api/v1/auth/cli/poll", &body).await;
    answer.expect(200, &json!({ "status": "completed", "refresh_token": "rt" }));
}
