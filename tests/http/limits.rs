//! What is refused before any login is touched, in both dialects alike: access, schema, size, path, method, room.

use std::time::Duration;

use crate::support::{ANONYMOUS, OTHER_SECRET, PUBLISHABLE, SECRET, SIGNED_IN, Server, server_headers};
use axum::body::Body;
use axum::http::Request;
use counterfoil::SessionStore;
use counterfoil::axum::{Routes, StaticAccess, StaticTokens, Store};
use serde_json::json;

type Headers<'a> = &'a [(&'a str, &'a str)];

const BEGIN: [&str; 2] = ["/api/v1/auth/cli", "/stack/api/v1/auth/cli"];
const ENDPOINTS: [&str; 3] = ["/auth/cli", "/auth/cli/poll", "/auth/cli/complete"];

#[tokio::test]
async fn access_is_by_project_and_key() {
    let server = Server::new();
    let good: [Headers<'_>; 8] = [
        &[("x-stack-project-id", "internal"), ("x-stack-secret-server-key", SECRET)],
        &[("x-stack-project-id", "internal"), ("x-stack-publishable-client-key", PUBLISHABLE)],
        &[("x-stack-project-id", "internal"), ("x-stack-secret-server-key", SECRET), ("x-stack-access-type", "server")],
        &[("x-stack-project-id", "internal"), ("x-stack-secret-server-key", SECRET), ("x-stack-access-type", "admin")],
        &[
            ("x-stack-project-id", "internal"),
            ("x-stack-publishable-client-key", PUBLISHABLE),
            ("x-stack-access-type", "client"),
        ],
        &[
            ("x-stack-project-id", "internal"),
            ("x-stack-publishable-client-key", PUBLISHABLE),
            ("x-stack-secret-server-key", SECRET),
            ("x-stack-access-type", "server"),
        ],
        &[
            ("x-stack-project-id", "internal"),
            ("x-stack-secret-server-key", SECRET),
            ("x-stack-admin-access-token", "whatever"),
        ],
        &[("x-hexclave-project-id", "internal"), ("x-stack-secret-server-key", SECRET)],
    ];
    for headers in good {
        let mut headers = headers.to_vec();
        headers.push(("content-type", "application/json"));
        for path in BEGIN {
            let answer = server.post_raw(path, &headers, "{}").await;
            assert_eq!(answer.status, 200, "{headers:?} {answer:?}");
        }
    }
}

#[tokio::test]
async fn without_access_every_endpoint_refuses() {
    let server = Server::new();
    let bad: [(Headers<'_>, u16, &str); 14] = [
        (&[], 401, "ACCESS_TYPE_WITHOUT_PROJECT_ID"),
        (&[("x-stack-secret-server-key", SECRET)], 401, "ACCESS_TYPE_WITHOUT_PROJECT_ID"),
        (&[("x-stack-project-id", "")], 401, "ACCESS_TYPE_WITHOUT_PROJECT_ID"),
        (&[("x-stack-project-id", "internal")], 401, "PROJECT_AUTHENTICATION_REQUIRED"),
        (
            &[("x-stack-project-id", "internal"), ("x-stack-secret-server-key", "")],
            401,
            "PROJECT_AUTHENTICATION_REQUIRED",
        ),
        (
            &[("x-stack-project-id", "internal"), ("x-stack-admin-access-token", "whatever")],
            401,
            "PROJECT_AUTHENTICATION_REQUIRED",
        ),
        (
            &[("x-stack-project-id", "internal"), ("x-stack-secret-server-key", "wrong")],
            401,
            "INVALID_SECRET_SERVER_KEY",
        ),
        (
            &[("x-stack-project-id", "internal"), ("x-stack-secret-server-key", OTHER_SECRET)],
            401,
            "INVALID_SECRET_SERVER_KEY",
        ),
        (&[("x-stack-project-id", "nowhere"), ("x-stack-secret-server-key", SECRET)], 401, "INVALID_SECRET_SERVER_KEY"),
        (
            &[("x-stack-project-id", "internal"), ("x-stack-publishable-client-key", SECRET)],
            401,
            "INVALID_PUBLISHABLE_CLIENT_KEY",
        ),
        (
            &[
                ("x-stack-project-id", "internal"),
                ("x-stack-publishable-client-key", PUBLISHABLE),
                ("x-stack-secret-server-key", "wrong"),
                ("x-stack-access-type", "client"),
            ],
            401,
            "INVALID_PUBLISHABLE_CLIENT_KEY",
        ),
        (
            &[
                ("x-stack-project-id", "internal"),
                ("x-stack-publishable-client-key", PUBLISHABLE),
                ("x-stack-access-type", "server"),
            ],
            401,
            "SERVER_AUTHENTICATION_REQUIRED",
        ),
        (
            &[
                ("x-stack-project-id", "internal"),
                ("x-stack-secret-server-key", SECRET),
                ("x-stack-access-type", "client"),
            ],
            401,
            "CLIENT_AUTHENTICATION_REQUIRED",
        ),
        (
            &[
                ("x-stack-project-id", "internal"),
                ("x-stack-secret-server-key", SECRET),
                ("x-stack-access-type", "root"),
            ],
            400,
            "SCHEMA_ERROR",
        ),
    ];
    for (headers, status, code) in bad {
        for prefix in ["/api/v1", "/stack/api/v1"] {
            for endpoint in ENDPOINTS {
                let mut headers = headers.to_vec();
                headers.push(("content-type", "application/json"));
                let answer = server.post_raw(&format!("{prefix}{endpoint}"), &headers, "{}").await;
                answer.expect_known(status, code);
            }
        }
    }
}

#[tokio::test]
async fn bodies_that_are_not_as_they_should_be() {
    let server = Server::new();
    let long = format!("[{}", "[".repeat(10_000));
    let cases: [(&str, &[&str]); 3] = [
        (
            "/auth/cli",
            &[
                "",
                "{",
                "null",
                "[]",
                "1",
                "\"text\"",
                "{} {}",
                "\u{feff}",
                "\u{feff}\u{feff}{}",
                &long,
                r#"{"expires_in_millis":0}"#,
                r#"{"expires_in_millis":86400001}"#,
                r#"{"expires_in_millis":1.5}"#,
                r#"{"expires_in_millis":-1}"#,
                r#"{"expires_in_millis":1e300}"#,
                r#"{"expires_in_millis":1e999}"#,
                r#"{"expires_in_millis":99999999999999999999999}"#,
                r#"{"expires_in_millis":"1000"}"#,
                r#"{"expires_in_millis":null}"#,
                r#"{"expires_in_millis":true}"#,
                r#"{"expires_in_millis":[1]}"#,
                r#"{"expires_in_millis":1000,"expires_in_millis":1000}"#,
                r#"{"anon_refresh_token":1}"#,
                r#"{"anon_refresh_token":null}"#,
                r#"{"anon_refresh_token":"rt-anonymous","anon_refresh_token":"rt-anonymous"}"#,
            ],
        ),
        (
            "/auth/cli/poll",
            &[
                "",
                "{}",
                "[\"code\"]",
                r#"{"polling_code":1}"#,
                r#"{"polling_code":null}"#,
                r#"{"polling_code":{}}"#,
                r#"{"polling_code":"a","polling_code":"a"}"#,
                r#"{"polling_code":"\ud800"}"#,
                r#"{"Polling_Code":"a"}"#,
            ],
        ),
        (
            "/auth/cli/complete",
            &[
                "",
                "{}",
                r#"{"login_code":1}"#,
                r#"{"login_code":"a","mode":"burn"}"#,
                r#"{"login_code":"a","mode":"Complete"}"#,
                r#"{"login_code":"a","mode":""}"#,
                r#"{"login_code":"a","mode":1}"#,
                r#"{"login_code":"a","mode":null}"#,
                r#"{"login_code":"a","refresh_token":1}"#,
                r#"{"login_code":"a","refresh_token":null}"#,
                r#"{"mode":"check"}"#,
            ],
        ),
    ];
    for prefix in ["/api/v1", "/stack/api/v1"] {
        for (endpoint, bodies) in cases {
            for body in bodies {
                let path = format!("{prefix}{endpoint}");
                let answer = server.post_raw(&path, &server_headers("internal", SECRET), (*body).to_owned()).await;
                assert_eq!(answer.status, 400, "{path} {body}");
                answer.expect_known(400, "SCHEMA_ERROR");
            }
        }
    }
    let invalid_utf8 = b"{\"polling_code\":\"\xff\"}".to_vec();
    let answer = server.post_raw("/api/v1/auth/cli/poll", &server_headers("internal", SECRET), invalid_utf8).await;
    answer.expect_known(400, "SCHEMA_ERROR");
}

#[tokio::test]
async fn bodies_at_the_bounds_are_taken() {
    let server = Server::new();
    let bodies = [
        r#"{"expires_in_millis":1}"#,
        r#"{"expires_in_millis":86400000}"#,
        r#"{"expires_in_millis":1000.0}"#,
        r#"{"something_else":[null]}"#,
        " {} ",
        "\u{feff}{}",
        "\u{feff} {\"expires_in_millis\":1}",
        r#"{"x":1,"x":2}"#,
    ];
    for path in BEGIN {
        for body in bodies {
            let answer = server.post_raw(path, &server_headers("internal", SECRET), body).await;
            assert_eq!(answer.status, 200, "{body} {answer:?}");
        }
    }
}

#[tokio::test]
async fn a_body_says_that_it_is_json() {
    let server = Server::new();
    let access = [("x-stack-project-id", "internal"), ("x-stack-secret-server-key", SECRET)];
    let cases = [
        (Some("application/json"), 200),
        (Some("application/json; charset=utf-8"), 200),
        (Some("Application/JSON"), 200),
        (None, 400),
        (Some("text/plain"), 415),
        (Some("application/x-www-form-urlencoded"), 415),
        (Some("application/jsonp"), 415),
        (Some(""), 415),
    ];
    for (content_type, status) in cases {
        let mut headers = access.to_vec();
        headers.extend(content_type.map(|value| ("content-type", value)));
        let answer = server.post_raw("/api/v1/auth/cli", &headers, "{}").await;
        assert_eq!(answer.status, status, "{content_type:?} {answer:?}");
        if status != 200 {
            answer.expect_known(status, "SCHEMA_ERROR");
        }
    }
}

#[tokio::test]
async fn a_body_has_64_kib_at_the_most() {
    let server = Server::new();
    let padded = |size: usize| format!("{{}}{}", " ".repeat(size - 2));
    let headers = server_headers("internal", SECRET);
    for path in BEGIN {
        assert_eq!(server.post_raw(path, &headers, padded(65_536)).await.status, 200);
        for size in [65_537, 1_000_000, 5_000_000] {
            server.post_raw(path, &headers, padded(size)).await.expect_refusal(413, "BODY_TOO_LARGE");
        }
        let stranger = server.post_raw(path, &[], padded(65_537)).await;
        stranger.expect_known(401, "ACCESS_TYPE_WITHOUT_PROJECT_ID");
    }
}

#[tokio::test]
async fn other_paths_and_methods() {
    let server = Server::new();
    for path in
        ["/", "/api/v1", "/api/v1/", "/api/v1/auth/cli/", "/api/v1/auth/cli/other", "/api/v2/auth/cli", "/auth/cli"]
    {
        server.post(path, &json!({})).await.expect_refusal(404, "NOT_FOUND");
    }
    for prefix in ["/api/v1", "/stack/api/v1"] {
        for endpoint in ENDPOINTS {
            for method in ["GET", "PUT", "DELETE", "PATCH", "OPTIONS"] {
                let request = Request::builder().method(method).uri(format!("{prefix}{endpoint}"));
                let answer = server.send(request.body(Body::empty()).unwrap()).await;
                answer.expect_refusal(405, "METHOD_NOT_ALLOWED");
                assert_eq!(answer.header("allow"), Some("POST"), "{method} {endpoint}");
            }
        }
    }
}

#[tokio::test]
async fn a_full_store_says_when_to_try_again() {
    let server = Server::with_sessions(1);
    let (polling, login) = server.begin("/api/v1", &json!({ "expires_in_millis": 2500 })).await;
    for (path, seconds) in [(BEGIN[0], "3"), (BEGIN[1], "3")] {
        let full = server.post(path, &json!({})).await;
        full.expect_refusal(503, "TOO_MANY_SESSIONS");
        assert_eq!(full.header("retry-after"), Some(seconds));
    }
    server.approve("/api/v1", &login).await;
    assert_eq!(server.poll("/api/v1", &polling).await.status, 200);
    let (_, _) = server.begin("/api/v1", &json!({})).await;
    let full = server.post(BEGIN[0], &json!({})).await;
    assert_eq!(full.header("retry-after"), Some("60"), "sooner than the two hours it might take");
    server.clock.advance(Duration::from_secs(2 * 60 * 60));
    server.begin("/api/v1", &json!({})).await;
}

/// No refusal repeats what was sent, and nothing that can be formatted shows a key, a code or a token.
#[tokio::test]
async fn no_secret_shows() {
    let server = Server::new();
    let secret = "s3cret-value";
    let bodies = [
        json!({ "polling_code": secret, "login_code": secret, "refresh_token": secret, "anon_refresh_token": secret }),
        json!({ "login_code": secret, "mode": secret, "expires_in_millis": secret, "polling_code": [secret] }),
    ];
    for body in bodies {
        for endpoint in ENDPOINTS {
            let answer = server.post(&format!("/api/v1{endpoint}"), &body).await;
            assert_eq!(answer.status, 400);
            assert!(!format!("{answer:?}").contains(secret), "{answer:?}");
        }
    }
    for headers in [server_headers("internal", secret), server_headers(secret, secret)] {
        let answer = server.post_raw(BEGIN[0], &headers, "{}").await;
        assert!(!format!("{answer:?}").contains(secret), "{answer:?}");
    }

    let store: Store = SessionStore::builder().max_sessions(10).build().unwrap();
    let access = StaticAccess::new().project("internal", SECRET, PUBLISHABLE);
    let tokens = StaticTokens::new().signed_in(SIGNED_IN).anonymous(ANONYMOUS);
    let parts = format!("{access:?} {tokens:?}");
    let shown = format!("{parts} {:?}", Routes::new(store, access, tokens));
    for secret in [SECRET, PUBLISHABLE, SIGNED_IN, ANONYMOUS] {
        assert!(!shown.contains(secret), "{shown}");
    }
}
