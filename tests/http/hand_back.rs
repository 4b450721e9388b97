//! The browser is led back to the tool on the same machine (RFC 8252, section 7.3), and the tool's poll shows that it was.

use counterfoil::axum::{Client, Routes, StaticAccess, StaticTokens};
use counterfoil::{Binding, LoginCode, Secret, UserCode};
use serde_json::json;

use crate::oauth::world::{AUTHORIZE, GRANT, TOKEN};
use crate::support::{PUBLISHABLE, SECRET, Server, client_headers};

const ADDRESS: &str = "http://127.0.0.1:4711/7f3a";
/// Thirty-two bytes of 7, and of 8.
const PROOF: &str = "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc";
const WRONG: &str = "CAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAg";

fn server() -> Server {
    Server::new().with_router(|store| {
        let access = StaticAccess::new().project("internal", SECRET, PUBLISHABLE);
        let tokens = StaticTokens::new().signed_in("rt");
        Routes::new(store.clone(), access, tokens).hand_back(true).router()
    })
}

/// As a page does that leads the browser back.
fn approve(server: &Server, code: &LoginCode) {
    let (store, login) = server.store.locate(code).unwrap();
    assert_eq!(login.details.unwrap().hand_back.as_deref(), Some(ADDRESS));
    store.complete_with(code, Secret::new("rt"), Some(&Binding::new([7; 32]))).unwrap();
}

/// Whoever talked somebody else into an approval had the token with the next poll.
#[tokio::test]
async fn a_poll_without_the_proof_finds_the_login_pending() {
    let server = server();
    for prefix in ["/api/v1", "/stack/api/v1"] {
        let answer = server.post(&format!("{prefix}/auth/cli"), &json!({ "hand_back": ADDRESS })).await;
        assert_eq!(answer.body["hand_back"], true, "{answer:?}");
        approve(&server, &LoginCode::parse(answer.text_of("login_code")).unwrap());
        let polling_code = answer.text_of("polling_code");
        let poll = async |proof: Option<&str>| {
            let mut body = json!({ "polling_code": polling_code });
            if let Some(proof) = proof {
                body["hand_back_proof"] = proof.into();
            }
            server.post(&format!("{prefix}/auth/cli/poll"), &body).await
        };
        for proof in [None, Some(WRONG)] {
            let status = poll(proof).await.text_of("status");
            assert!(["pending", "waiting"].contains(&&*status), "{status}");
        }
        assert_eq!(poll(Some(PROOF)).await.text_of("refresh_token"), "rt");
    }

    let answer = server.form(AUTHORIZE, format!("client_id=internal&hand_back={ADDRESS}")).await;
    assert_eq!(answer.body["hand_back"], true, "{answer:?}");
    let code = UserCode::parse(&answer.text_of("user_code")).unwrap();
    approve(&server, &server.store.resolve(&code, counterfoil::Source::UNKNOWN).unwrap());
    let poll = async |rest: &str| {
        let code = answer.text_of("device_code");
        server.form(TOKEN, format!("grant_type={GRANT}&device_code={code}&client_id=internal{rest}")).await
    };
    for rest in ["", &format!("&hand_back_proof={WRONG}")] {
        let error = poll(rest).await.text_of("error");
        assert!(["authorization_pending", "slow_down"].contains(&&*error), "{error}");
    }
    assert_eq!(poll(&format!("&hand_back_proof={PROOF}")).await.status, 200);
}

#[tokio::test]
async fn only_this_machine_is_led_to() {
    let server = server();
    for address in
        ["", "https://127.0.0.1:1/", "http://localhost:1/", "http://127.0.0.1.evil.example:1/", "http://127.0.0.1:1/#x"]
    {
        let answer = server.post("/api/v1/auth/cli", &json!({ "hand_back": address })).await;
        answer.expect_known(400, "SCHEMA_ERROR");
        if !address.is_empty() {
            let address = address.replace('#', "%23");
            let answer = server.form(AUTHORIZE, format!("client_id=internal&hand_back={address}")).await;
            answer.expect_error(400, "invalid_request");
        }
    }
    for proof in ["", "x", &PROOF[1..], &format!("{PROOF}=")] {
        let body = json!({ "polling_code": "x", "hand_back_proof": proof });
        server.post("/api/v1/auth/cli/poll", &body).await.expect_known(400, "SCHEMA_ERROR");
    }
    assert_eq!(server.store.stats().initiated, 0);
}

#[tokio::test]
async fn nothing_is_promised_unless_the_server_does_it() {
    let server = Server::new();
    let answer = server.post("/api/v1/auth/cli", &json!({ "hand_back": ADDRESS })).await;
    assert_eq!(answer.body.as_object().unwrap().len(), 3, "{answer:?}");
    let code = LoginCode::parse(answer.text_of("login_code")).unwrap();
    assert_eq!(server.store.locate(&code).unwrap().1.details, None);
    let answer = server.form(AUTHORIZE, format!("client_id=internal&hand_back={ADDRESS}")).await;
    assert_eq!(answer.body.as_object().unwrap().len(), 6, "{answer:?}");
}

/// A page that knows nothing of it, such as another server's, completes the login as ever.
#[tokio::test]
async fn an_approval_without_a_proof_needs_none() {
    let server = server();
    let answer = server.post("/api/v1/auth/cli", &json!({ "hand_back": ADDRESS })).await;
    let body = json!({ "login_code": answer.text_of("login_code"), "refresh_token": "rt" });
    server.post("/api/v1/auth/cli/complete", &body).await.expect(200, &json!({ "success": true }));
    assert_eq!(server.poll("/api/v1", &answer.text_of("polling_code")).await.text_of("refresh_token"), "rt");
}

/// One whose logins are handed back, whoever begins them without the secret key, and by two clients of which one is free.
fn requiring(required: bool) -> Server {
    Server::new().with_router(|store| {
        let client = |id: &str| Client::new(id).requires_hand_back(required);
        let access = StaticAccess::new().project("internal", SECRET, PUBLISHABLE);
        let access = access.with_client("internal", client("internal")).oauth_client("free", "internal", "Free");
        let tokens = StaticTokens::new().signed_in("rt");
        Routes::new(store.clone(), access, tokens).require_hand_back(required).router()
    })
}

/// Whoever lures begins the login, leaves `hand_back` out, and had the token that the victim's approval brought.
#[tokio::test]
async fn who_leaves_the_way_back_out_begins_nothing_where_it_is_required() {
    for required in [false, true] {
        let server = requiring(required);
        for prefix in ["/api/v1", "/stack/api/v1"] {
            let path = format!("{prefix}/auth/cli");
            let begun = server.post_raw(&path, &client_headers("internal"), "{}").await;
            if required {
                begun.expect_known(400, "SCHEMA_ERROR");
                begun.expect_text(400, "hand_back is required");
                continue;
            }
            let code = LoginCode::parse(begun.text_of("login_code")).unwrap();
            let (store, login) = server.store.locate(&code).unwrap();
            assert_eq!(login.details.unwrap().hand_back, None);
            store.complete(&code, Secret::new("rt")).unwrap();
            assert_eq!(server.poll(prefix, &begun.text_of("polling_code")).await.text_of("refresh_token"), "rt");
        }
        let begun = server.form(AUTHORIZE, "client_id=internal").await;
        if required {
            begun.expect_error(400, "invalid_request");
            assert!(begun.text_of("error_description").contains("hand_back is required"), "{begun:?}");
        } else {
            assert_eq!(begun.status, 200);
        }
        assert_eq!(server.store.stats().initiated, if required { 0 } else { 3 });
    }
}

/// Those who do as is required are served, and so are the project's own server and another client.
#[tokio::test]
async fn what_is_required_of_one_is_not_of_others() {
    let server = requiring(true);
    let body = json!({ "hand_back": ADDRESS }).to_string();
    let begun = server.post_raw("/api/v1/auth/cli", &client_headers("internal"), body).await;
    assert_eq!(begun.body["hand_back"], true, "{begun:?}");
    let begun = server.form(AUTHORIZE, format!("client_id=internal&hand_back={ADDRESS}")).await;
    assert_eq!(begun.body["hand_back"], true, "{begun:?}");
    assert_eq!(server.post("/api/v1/auth/cli", &json!({})).await.body["hand_back"], json!(null));
    let begun = server.form(AUTHORIZE, "client_id=free").await;
    assert_eq!((begun.status, &begun.body["hand_back"]), (200, &json!(null)));
}

/// A page of the server's own completed the login without a proof, which made the requirement void.
#[tokio::test]
async fn what_must_be_handed_back_is_approved_on_the_pages_alone() {
    let server = requiring(true);
    let body = json!({ "hand_back": ADDRESS }).to_string();
    let begun = server.post_raw("/api/v1/auth/cli", &client_headers("internal"), body).await;
    let polling_code = begun.text_of("polling_code");
    let device = server.form(AUTHORIZE, format!("client_id=internal&hand_back={ADDRESS}")).await;
    let user_code = UserCode::parse(&device.text_of("user_code")).unwrap();
    let of_device = server.store.resolve(&user_code, counterfoil::Source::UNKNOWN).unwrap().expose().to_string();
    for login_code in [begun.text_of("login_code"), of_device] {
        let body = json!({ "login_code": login_code, "refresh_token": "rt" });
        server.post("/api/v1/auth/cli/complete", &body).await.expect_refusal(400, "HAND_BACK_REQUIRED");
        let body = json!({ "login_code": login_code, "mode": "check" });
        assert_eq!(server.post("/api/v1/auth/cli/complete", &body).await.status, 200, "it may be looked at");
    }
    assert_eq!(server.poll("/api/v1", &polling_code).await.text_of("status"), "pending");
    approve(&server, &LoginCode::parse(begun.text_of("login_code")).unwrap());
    let body = json!({ "polling_code": polling_code, "hand_back_proof": PROOF });
    assert_eq!(server.post("/api/v1/auth/cli/poll", &body).await.text_of("refresh_token"), "rt");
}
