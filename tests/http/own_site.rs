//! Logins that a site of the operator's own completes, from its server and with its own pages.

use counterfoil::axum::{Routes, StaticAccess, StaticTokens};
use serde_json::{Value, json};

use crate::oauth::world::{AUTHORIZE, FORM, HOST};
use crate::support::{Answer, OTHER_SECRET, PUBLISHABLE, SECRET, SIGNED_IN, Server, client_headers, server_headers};

const PEER: &str = "192.0.2.1";
const COMPLETE: &str = "/api/v1/auth/cli/complete";

/// What its site needs.
fn with_site() -> Server {
    Server::new().with_router(|store| {
        let access = StaticAccess::new().project("internal", SECRET, PUBLISHABLE).project("other", OTHER_SECRET, "pck");
        let access = access.oauth_client("acme-cli", "internal", "Acme CLI");
        let routes = Routes::new(store.clone(), access, StaticTokens::new().signed_in(SIGNED_IN));
        routes.verification_uri("https://app.example/cli/".parse().unwrap()).only_servers_complete(true).router()
    })
}

impl Server {
    async fn site(&self, body: &Value) -> Answer {
        self.post_from(PEER, COMPLETE, &server_headers("internal", SECRET), body.to_string()).await
    }

    async fn device_login(&self) -> Answer {
        let form = "client_id=acme-cli&scope=read&client_name=Something+Else";
        let answer = self.post_from("192.0.2.9", AUTHORIZE, &[HOST, FORM, ("user-agent", "acme/1")], form).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        answer
    }
}

#[tokio::test]
async fn a_device_is_sent_to_the_site() {
    let server = with_site();
    let login = server.device_login().await;
    let page = "https://app.example/cli";
    assert_eq!(login.text_of("verification_uri"), page);
    let complete = login.text_of("verification_uri_complete");
    let codes = format!("{page}?user_code={}&login_code=", login.text_of("user_code"));
    assert!(complete.starts_with(&codes), "{complete}");
}

#[tokio::test]
async fn the_site_finds_inspects_and_completes_by_either_code() {
    let server = with_site();
    for by_login_code in [true, false] {
        let login = server.device_login().await;
        let user_code = login.text_of("user_code");
        let seen = server.site(&json!({ "user_code": user_code.to_lowercase(), "mode": "inspect" })).await;
        assert_eq!(seen.status, 200, "{seen:?}");
        let login_code = seen.text_of("login_code");
        assert!(login.text_of("verification_uri_complete").ends_with(&login_code));
        let by_code = server.site(&json!({ "login_code": login_code, "mode": "inspect" })).await;
        by_code.expect(200, &seen.body);
        let left = seen.body["remaining_millis"].as_u64().unwrap();
        let word = counterfoil::LoginCode::parse(&login_code).unwrap().check_word().to_string();
        assert_eq!(
            seen.body,
            json!({
                "login_code": login_code, "check_word": word, "cli_session_state": "none", "remaining_millis": left,
                "client_id": "acme-cli", "client_name": "Acme CLI", "scope": "read", "user_agent": "acme/1",
                "address": "192.0.2.9",
            })
        );
        let named = if by_login_code { ("login_code", login_code) } else { ("user_code", user_code) };
        let body = json!({ (named.0): named.1, "refresh_token": SIGNED_IN });
        server.site(&body).await.expect(200, &json!({ "success": true }));
        server.site(&body).await.expect_refusal(400, "INVALID_LOGIN_CODE");
    }
}

#[tokio::test]
async fn nobody_without_the_secret_key_completes_or_names_a_login_by_its_user_code() {
    let open = Server::new().with_router(|store| {
        let access = StaticAccess::new().project("internal", SECRET, PUBLISHABLE);
        Routes::new(store.clone(), access, StaticTokens::new().signed_in(SIGNED_IN)).router()
    });
    for (server, only_servers) in [(with_site(), true), (open, false)] {
        let (_, login_code) = server.begin("/api/v1", &json!({})).await;
        let user_code = server.form(AUTHORIZE, "client_id=internal").await.text_of("user_code");
        let as_page = async |body: Value| {
            let prefixes = ["/api/v1", "/stack/api/v1"].map(|prefix| format!("{prefix}/auth/cli/complete"));
            let mut answers = Vec::new();
            for path in &prefixes {
                answers.push(server.post_raw(path, &client_headers("internal"), body.to_string()).await);
            }
            answers
        };
        for mode in ["complete", "check", "inspect", "deny", "claim-anon-session"] {
            let body = json!({ "user_code": user_code, "mode": mode, "refresh_token": SIGNED_IN });
            for answer in as_page(body).await {
                answer.expect_known(401, "SERVER_AUTHENTICATION_REQUIRED");
            }
            if only_servers || mode == "inspect" {
                let body = json!({ "login_code": login_code, "mode": mode, "refresh_token": SIGNED_IN });
                for answer in as_page(body).await {
                    answer.expect_known(401, "SERVER_AUTHENTICATION_REQUIRED");
                }
            }
        }
        let large = " ".repeat(65 * 1024);
        let answer = server.post_raw(COMPLETE, &client_headers("internal"), large).await;
        assert_eq!(answer.status, if only_servers { 401 } else { 413 }, "{answer:?}");
        // All of them left it as it was.
        server.approve("/api/v1", &login_code).await;
    }
}

#[tokio::test]
async fn a_user_code_is_guessed_within_a_budget_and_for_one_s_own_project() {
    let server = with_site();
    let login = server.device_login().await;
    let user_code = login.text_of("user_code");
    let both = json!({ "user_code": user_code, "login_code": "x", "mode": "inspect" });
    server.site(&both).await.expect_known(400, "SCHEMA_ERROR");
    server.site(&json!({ "user_code": 1 })).await.expect_known(400, "SCHEMA_ERROR");
    server.site(&json!({ "mode": "inspect" })).await.expect_known(400, "SCHEMA_ERROR");
    server.site(&json!({ "user_code": "no code", "mode": "inspect" })).await.expect_refusal(400, "INVALID_LOGIN_CODE");

    let mine = json!({ "user_code": user_code, "mode": "inspect" });
    let headers = server_headers("other", OTHER_SECRET);
    let others = server.post_from("192.0.2.77", COMPLETE, &headers, mine.to_string()).await;
    others.expect_refusal(400, "INVALID_LOGIN_CODE");

    let wrong = json!({ "user_code": "BBBB-BBBB", "mode": "inspect" });
    for _ in 0..10 {
        server.site(&wrong).await.expect_refusal(400, "INVALID_LOGIN_CODE");
    }
    for body in [&wrong, &mine] {
        let answer = server.site(body).await;
        answer.expect_refusal(429, "TOO_MANY_GUESSES");
        assert!(answer.header("retry-after").is_some());
    }
    // The link brings the login code, which is no guess.
    let link = login.text_of("verification_uri_complete");
    let login_code = link.rsplit('=').next().unwrap();
    assert_eq!(server.site(&json!({ "login_code": login_code, "mode": "inspect" })).await.status, 200);
}
