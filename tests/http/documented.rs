//! The documented dialect, row by row.

use std::time::{Duration, Instant};

use counterfoil::axum::{Routes, StaticAccess, StaticTokens};
use serde_json::{Value, json};

use crate::support::{ANONYMOUS, Answer, PUBLISHABLE, SECRET, SIGNED_IN, Server, server_headers};

const V1: &str = "/api/v1";

#[tokio::test]
async fn a_login_from_beginning_to_end() {
    let server = Server::new();
    let (polling, login) = server.begin(V1, &json!({})).await;
    server.poll(V1, &polling).await.expect(201, &json!({ "status": "pending" }));
    server.approve(V1, &login).await;
    let token = json!({ "status": "completed", "refresh_token": SIGNED_IN });
    server.poll(V1, &polling).await.expect(200, &token);
    server.poll(V1, &polling).await.expect_known(400, "CLI_AUTH_USED_ERROR");
    server.poll(V1, &polling).await.expect_known(400, "CLI_AUTH_USED_ERROR");
}

#[tokio::test]
async fn nobody_is_told_to_slow_down() {
    let server = Server::new();
    let (polling, _) = server.begin(V1, &json!({})).await;
    for _ in 0..5 {
        server.poll(V1, &polling).await.expect(201, &json!({ "status": "pending" }));
    }
}

#[tokio::test]
async fn expires_at_is_utc_as_rfc_3339_has_it() {
    let server = Server::new();
    let lifetimes = [(json!({}), 7_200_000), (json!({ "expires_in_millis": 60_000 }), 60_000)];
    for (body, millis) in lifetimes {
        let before = jiff::Timestamp::now().as_millisecond();
        let answer = server.post("/api/v1/auth/cli", &body).await;
        let after = jiff::Timestamp::now().as_millisecond();
        let text = answer.text_of("expires_at");
        assert!(text.ends_with('Z') && text.len() == "2026-01-01T00:00:00.000Z".len(), "{text}");
        let at = text.parse::<jiff::Timestamp>().unwrap().as_millisecond();
        assert!((before + millis..=after + millis).contains(&at), "{text}");
        assert_eq!(answer.body.as_object().unwrap().len(), 3);
    }
}

/// Whoever had the publishable key, which is in every copy of a tool, could fill the store for a day.
#[tokio::test]
async fn without_the_secret_key_a_login_lives_for_two_hours_at_most() {
    let hour = 3_600_000;
    let server = Server::new();
    let short = Server::new().with_router(|store| {
        let access = StaticAccess::new().project("internal", SECRET, PUBLISHABLE);
        Routes::new(store.clone(), access, StaticTokens::new()).longest(Duration::from_secs(1800)).router()
    });
    let day = json!({ "expires_in_millis": 24 * hour });
    let cases = [
        (&server, true, &day, 24 * hour),
        (&server, false, &day, 2 * hour),
        (&server, false, &json!({}), 2 * hour),
        (&server, false, &json!({ "expires_in_millis": hour }), hour),
        (&short, false, &day, hour / 2),
        (&short, false, &json!({}), hour / 2),
        (&short, true, &json!({}), 2 * hour),
    ];
    for (server, with_secret_key, body, millis) in cases {
        for prefix in ["/api/v1", "/stack/api/v1"] {
            let mut headers = server_headers("internal", SECRET);
            if !with_secret_key {
                headers[2] = ("x-stack-publishable-client-key", PUBLISHABLE);
            }
            let before = jiff::Timestamp::now().as_millisecond();
            let answer = server.post_raw(&format!("{prefix}/auth/cli"), &headers, body.to_string()).await;
            let after = jiff::Timestamp::now().as_millisecond();
            let at = answer.text_of("expires_at").parse::<jiff::Timestamp>().unwrap().as_millisecond();
            assert!((before + millis..=after + millis).contains(&at), "{with_secret_key} {body} {answer:?}");
        }
    }
    // It is so, and not just said.
    let mut headers = server_headers("internal", SECRET);
    headers[2] = ("x-stack-publishable-client-key", PUBLISHABLE);
    let answer = server.post_raw("/api/v1/auth/cli", &headers, day.to_string()).await;
    server.clock.advance(Duration::from_secs(7200));
    server.poll(V1, &answer.text_of("polling_code")).await.expect_known(400, "CLI_AUTH_EXPIRED_ERROR");
}

#[tokio::test]
async fn a_login_expires_to_the_millisecond() {
    let server = Server::new();
    for millis in [1, 86_400_000] {
        let (polling, login) = server.begin(V1, &json!({ "expires_in_millis": millis })).await;
        server.clock.advance(Duration::from_millis(millis - 1));
        server.poll(V1, &polling).await.expect(201, &json!({ "status": "pending" }));
        server.clock.advance(Duration::from_millis(1));
        server.poll(V1, &polling).await.expect_known(400, "CLI_AUTH_EXPIRED_ERROR");
        let late = json!({ "login_code": login, "refresh_token": SIGNED_IN });
        let late = server.post("/api/v1/auth/cli/complete", &late).await;
        late.expect_text(400, "Invalid login code or the code has expired");
    }
}

#[tokio::test]
async fn an_approval_that_nobody_collects_expires() {
    let server = Server::new();
    let (polling, login) = server.begin(V1, &json!({ "expires_in_millis": 1000 })).await;
    server.approve(V1, &login).await;
    server.clock.advance(Duration::from_secs(1));
    server.poll(V1, &polling).await.expect_known(400, "CLI_AUTH_EXPIRED_ERROR");
}

#[tokio::test]
async fn used_stays_used_after_the_deadline() {
    let server = Server::new();
    let (polling, login) = server.begin(V1, &json!({ "expires_in_millis": 1000 })).await;
    server.approve(V1, &login).await;
    assert_eq!(server.poll(V1, &polling).await.status, 200);
    server.clock.advance(Duration::from_secs(2));
    server.poll(V1, &polling).await.expect_known(400, "CLI_AUTH_USED_ERROR");
}

#[tokio::test]
async fn a_denied_login_is_denied() {
    let server = Server::new();
    let (polling, login) = server.begin(V1, &json!({})).await;
    let deny = json!({ "login_code": login, "mode": "deny" });
    server.post("/api/v1/auth/cli/complete", &deny).await.expect(200, &json!({ "success": true }));
    server.poll(V1, &polling).await.expect_known(400, "CLI_AUTH_DENIED_ERROR");
    let again = server.post("/api/v1/auth/cli/complete", &deny).await;
    again.expect_text(400, "Invalid login code or the code has expired");
}

#[tokio::test]
async fn a_cancelled_login_is_over() {
    let server = Server::new();
    let (polling, _) = server.begin(V1, &json!({})).await;
    let code = counterfoil::PollingCode::parse(&polling).unwrap();
    server.store.for_tenant("internal").cancel(&code).unwrap();
    server.poll(V1, &polling).await.expect_known(400, "CLI_AUTH_EXPIRED_ERROR");
}

#[tokio::test]
async fn codes_that_name_no_login_are_answered_alike() {
    let server = Server::new();
    let (polling, login) = server.begin(V1, &json!({})).await;
    let unknown = "a".repeat(40);
    let expected = server.poll(V1, &unknown).await;
    expected.expect_known(400, "INVALID_POLLING_CODE");
    for code in ["", "a", "%", "ÄÖÜ", &"A".repeat(40), &"a".repeat(41), &login, "\u{0}"] {
        let answer = server.poll(V1, code).await;
        assert_eq!(
            (answer.status, &answer.headers, &answer.text),
            (400, &expected.headers, &expected.text),
            "{code:?}"
        );
    }
    let path = "/api/v1/auth/cli/poll";
    let foreign = server.post_as_other(path, &json!({ "polling_code": polling })).await;
    assert_eq!((foreign.status, &foreign.headers, &foreign.text), (400, &expected.headers, &expected.text));
    server.poll(V1, &polling).await.expect(201, &json!({ "status": "pending" }));
}

#[tokio::test]
async fn another_project_can_do_nothing_with_a_login_code() {
    let server = Server::new();
    let (polling, login) = server.begin(V1, &json!({ "anon_refresh_token": ANONYMOUS })).await;
    let unknown = "a".repeat(40);
    for mode in ["complete", "deny", "check", "claim-anon-session"] {
        let body = |code: &str| json!({ "login_code": code, "mode": mode, "refresh_token": SIGNED_IN });
        let path = "/api/v1/auth/cli/complete";
        let foreign = server.post_as_other(path, &body(&login)).await;
        foreign.expect_text(400, "Invalid login code or the code has expired");
        for code in [unknown.as_str(), "no code", polling.as_str()] {
            let answer = server.post_as_other(path, &body(code)).await;
            assert_eq!((&answer.headers, &answer.text), (&foreign.headers, &foreign.text), "{mode} {code}");
        }
    }
    server.poll(V1, &polling).await.expect(201, &json!({ "status": "pending" }));
    server.approve(V1, &login).await;
}

/// What `complete` refuses, and that the login is none the worse for it.
#[tokio::test]
async fn complete_refuses_in_the_words_of_the_contract() {
    let server = Server::new();
    let (polling, login) = server.begin(V1, &json!({})).await;
    let unknown = "a".repeat(40);
    let cases: [(Value, &str); 9] = [
        (json!({ "login_code": login }), "refresh_token is required"),
        (json!({ "login_code": login, "mode": "complete" }), "refresh_token is required"),
        (json!({ "login_code": unknown }), "refresh_token is required"),
        (json!({ "login_code": login, "refresh_token": "nobody's" }), "Invalid refresh token"),
        (json!({ "login_code": login, "refresh_token": "" }), "Invalid refresh token"),
        (json!({ "login_code": login, "refresh_token": ANONYMOUS }), "Invalid refresh token"),
        (json!({ "login_code": unknown, "refresh_token": SIGNED_IN }), "Invalid login code or the code has expired"),
        (json!({ "login_code": "", "mode": "check" }), "Invalid login code or the code has expired"),
        (
            json!({ "login_code": login, "mode": "claim-anon-session" }),
            "No anonymous session associated with this code",
        ),
    ];
    for (body, words) in cases {
        server.post("/api/v1/auth/cli/complete", &body).await.expect_text(400, words);
    }
    server.poll(V1, &polling).await.expect(201, &json!({ "status": "pending" }));
    server.approve(V1, &login).await;
    let second = json!({ "login_code": login, "refresh_token": SIGNED_IN });
    let second = server.post("/api/v1/auth/cli/complete", &second).await;
    second.expect_text(400, "Invalid login code or the code has expired");
}

#[tokio::test]
async fn an_anonymous_session_is_claimed_once() {
    let server = Server::new();
    let path = "/api/v1/auth/cli/complete";
    let (_, plain) = server.begin(V1, &json!({})).await;
    let check = server.post(path, &json!({ "login_code": plain, "mode": "check" })).await;
    check.expect(200, &json!({ "cli_session_state": "none" }));

    let (polling, login) = server.begin(V1, &json!({ "anon_refresh_token": ANONYMOUS })).await;
    let check = server.post(path, &json!({ "login_code": login, "mode": "check" })).await;
    check.expect(200, &json!({ "cli_session_state": "anonymous" }));
    let claim = json!({ "login_code": login, "mode": "claim-anon-session" });
    let claimed = server.post(path, &claim).await;
    assert_eq!((claimed.status, claimed.text_of("refresh_token").as_str()), (200, ANONYMOUS));
    assert_eq!(claimed.text_of("access_token").len(), 32);
    let again = server.post(path, &claim).await;
    again.expect_text(400, "No anonymous session associated with this code");
    let check = server.post(path, &json!({ "login_code": login, "mode": "check" })).await;
    check.expect(200, &json!({ "cli_session_state": "none" }));

    server.approve(V1, &login).await;
    let token = json!({ "status": "completed", "refresh_token": SIGNED_IN });
    server.poll(V1, &polling).await.expect(200, &token);
    for mode in ["claim-anon-session", "check"] {
        let late = server.post(path, &json!({ "login_code": login, "mode": mode })).await;
        late.expect_text(400, "Invalid login code or the code has expired");
    }
}

#[tokio::test]
async fn a_login_begins_with_an_anonymous_token_or_none() {
    let server = Server::new();
    let cases = [
        ("nobody's", "Invalid anon refresh token"),
        ("", "Invalid anon refresh token"),
        (SIGNED_IN, "does not belong to an anonymous user"),
    ];
    for (token, words) in cases {
        let answer = server.post("/api/v1/auth/cli", &json!({ "anon_refresh_token": token })).await;
        answer.expect_text(400, words);
    }
}

#[tokio::test]
async fn a_poll_that_may_wait_hears_of_the_approval() {
    let server = Server::new();
    let (polling, login) = server.begin(V1, &json!({})).await;
    // Polled before and at once again: no pace stands in the way of waiting.
    server.poll(V1, &polling).await.expect(201, &json!({ "status": "pending" }));
    let waiting = wait(&server, &polling, "wait=100");
    let approving = async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        server.approve(V1, &login).await;
        Instant::now()
    };
    let (answer, approved) = tokio::join!(waiting, approving);
    answer.expect(200, &json!({ "status": "completed", "refresh_token": SIGNED_IN }));
    assert_eq!(answer.header("preference-applied"), Some("wait=2"), "as long as the server allows");
    assert!(approved.elapsed() < Duration::from_millis(500));
}

#[tokio::test]
async fn a_wait_that_runs_out_is_pending() {
    let server = Server::new();
    let (polling, _) = server.begin(V1, &json!({})).await;
    let moving = async { server.clock.advance(Duration::from_secs(1)) };
    let (answer, ()) = tokio::join!(wait(&server, &polling, "wait=1"), moving);
    answer.expect(201, &json!({ "status": "pending" }));
    assert_eq!(answer.header("preference-applied"), Some("wait=1"));
    for ignored in ["wait=0", "wait=soon", "respond-async"] {
        let answer = wait(&server, &polling, ignored).await;
        answer.expect(201, &json!({ "status": "pending" }));
        assert_eq!(answer.header("preference-applied"), None, "{ignored}");
    }
}

#[tokio::test]
async fn a_waiter_that_goes_away_loses_nothing() {
    let server = Server::new();
    let (polling, login) = server.begin(V1, &json!({})).await;
    let gone = tokio::time::timeout(Duration::from_millis(50), wait(&server, &polling, "wait=2")).await;
    assert!(gone.is_err());
    server.approve(V1, &login).await;
    let token = json!({ "status": "completed", "refresh_token": SIGNED_IN });
    server.poll(V1, &polling).await.expect(200, &token);
}

async fn wait(server: &Server, polling: &str, prefer: &str) -> Answer {
    let mut headers = server_headers("internal", SECRET).to_vec();
    headers.push(("prefer", prefer));
    server.post_raw("/api/v1/auth/cli/poll", &headers, json!({ "polling_code": polling }).to_string()).await
}
