//! RFC 8628, sections 3.1 and 3.2.

use std::time::Duration;

use axum::http::{Request, Version};
use counterfoil::axum::{Routes, StaticAccess, StaticTokens};
use counterfoil::{SessionStore, Source, UserCode};

use super::world::{AUTHORIZE, FORM, HOST, TOKEN};
use crate::support::{PUBLISHABLE, SECRET, Server};

#[tokio::test]
async fn a_login_begins_with_all_that_the_device_shows() {
    let server = Server::new();
    let answer = server.form(AUTHORIZE, "client_id=internal").await;
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert_eq!(answer.header("pragma"), Some("no-cache"));
    assert_eq!(answer.body.as_object().unwrap().len(), 6);
    assert_eq!(answer.body["expires_in"], 600);
    assert_eq!(answer.body["interval"], 5);
    let user_code = answer.text_of("user_code");
    assert_eq!(user_code.len(), 9);
    assert!(user_code.bytes().enumerate().all(|(at, byte)| if at == 4 {
        byte == b'-'
    } else {
        b"BCDFGHJKLMNPQRSTVWXZ".contains(&byte)
    }));
    assert_eq!(answer.text_of("verification_uri"), "http://login.example:8102/device");
    let login = server.store.resolve(&UserCode::parse(&user_code).unwrap(), Source::UNKNOWN).unwrap();
    let codes = format!("user_code={user_code}&login_code={}", &*login.expose());
    assert_eq!(answer.text_of("verification_uri_complete"), format!("http://login.example:8102/device?{codes}"));
}

#[tokio::test]
async fn a_user_code_is_read_however_it_is_typed() {
    let server = Server::new();
    let device = server.device().await;
    let (left, right) = device.user_code.split_once('-').unwrap();
    for typed in [device.user_code.to_lowercase(), format!("{left}{right}"), format!(" {left} {right} ")] {
        let code = server.store.resolve(&UserCode::parse(&typed).unwrap(), Source::UNKNOWN).unwrap();
        assert_eq!(server.store.locate(&code).unwrap().0.tenant(), "internal");
    }
}

#[tokio::test]
async fn a_scope_is_attached() {
    let server = Server::new();
    for (scope, kept) in [("read", "read"), ("read+write", "read write"), ("a%21%23%5B%5D~", "a!#[]~")] {
        let answer = server.form(AUTHORIZE, format!("client_id=internal&scope={scope}")).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        let code = UserCode::parse(&answer.text_of("user_code")).unwrap();
        let login = server.store.resolve(&code, Source::UNKNOWN).unwrap();
        let login = server.store.for_tenant("internal").inspect(&login).unwrap();
        assert_eq!(login.details.and_then(|details| details.scope).as_deref(), Some(kept));
        assert!(!login.has_context);
    }
    let long = "x".repeat(256);
    assert_eq!(server.form(AUTHORIZE, format!("client_id=internal&scope={long}")).await.status, 200);
    for scope in ["+read", "read+", "read++write", "a%22", "a%5C", "%C3%A4", "a%0Ab", &format!("{long}x")] {
        let answer = server.form(AUTHORIZE, format!("client_id=internal&scope={scope}")).await;
        answer.expect_error(400, "invalid_scope");
    }
}

/// A kilobyte of scope cost as much memory as a dozen logins.
#[tokio::test]
async fn a_scope_is_one_that_the_server_offers() {
    let server = Server::new().with_router(|store| {
        let access = StaticAccess::new().project("internal", SECRET, PUBLISHABLE);
        Routes::new(store.clone(), access, StaticTokens::new()).scopes(["read", "write:all"]).router()
    });
    for scope in ["", "read", "write:all", "read+write:all", "read+read"] {
        let answer = server.form(AUTHORIZE, format!("client_id=internal&scope={scope}")).await;
        assert_eq!(answer.status, 200, "{scope}: {answer:?}");
    }
    for scope in ["admin", "rea", "reads", "READ", "write", "read+admin", "write:all%2Cread"] {
        let answer = server.form(AUTHORIZE, format!("client_id=internal&scope={scope}")).await;
        answer.expect_error(400, "invalid_scope");
    }
    // The response to an unknown client says nothing about its scope.
    server.form(AUTHORIZE, "client_id=nobody&scope=admin").await.expect_error(401, "invalid_client");
    assert_eq!(server.store.stats().initiated, 5);
}

#[tokio::test]
async fn the_settings_show() {
    let server = Server::new().with_router(|_| {
        let store = SessionStore::builder().build().unwrap();
        let access = StaticAccess::new().project("internal", SECRET, PUBLISHABLE);
        Routes::new(store, access, StaticTokens::new())
            .expires_in(Duration::from_millis(90_999))
            .public_url("https://example.com/login/".parse().unwrap())
            .router()
    });
    for host in ["login.example", "evil.example"] {
        let answer = server.post_raw(AUTHORIZE, &[("host", host), FORM], "client_id=internal").await;
        assert_eq!(answer.text_of("verification_uri"), "https://example.com/login/device");
        assert_eq!((&answer.body["expires_in"], &answer.body["interval"]), (&90.into(), &1.into()));
    }
}

/// The bound on what callers without the secret key begin was none on clients that have no key at all.
#[tokio::test]
async fn the_lifetime_is_no_longer_than_that_of_others_without_the_secret_key() {
    for (longest, expires_in) in [(300_999, 300), (7_200_000, 3600), (10, 1)] {
        let server = Server::new().with_router(|_| {
            let access = StaticAccess::new().project("internal", SECRET, PUBLISHABLE);
            let routes = Routes::new(SessionStore::builder().build().unwrap(), access, StaticTokens::new());
            routes.expires_in(Duration::from_secs(3600)).longest(Duration::from_millis(longest)).router()
        });
        assert_eq!(server.form(AUTHORIZE, "client_id=internal").await.body["expires_in"], expires_in);
    }
}

#[tokio::test]
async fn the_lifetime_is_the_stores_but_10_minutes_at_the_most() {
    for (ttl, expires_in) in [(7200, 600), (59, 59)] {
        let server = Server::new().with_router(|_| {
            let store = SessionStore::builder().ttl(Duration::from_secs(ttl)).build().unwrap();
            let access = StaticAccess::new().project("internal", SECRET, PUBLISHABLE);
            Routes::new(store, access, StaticTokens::new()).router()
        });
        assert_eq!(server.form(AUTHORIZE, "client_id=internal").await.body["expires_in"], expires_in);
    }
}

#[tokio::test]
async fn without_a_usable_host_nothing_begins() {
    let server = Server::new();
    for host in [&[("host", "evil.example/path")][..], &[("host", "user@evil.example")], &[HOST, HOST]] {
        let headers = [host, &[FORM]].concat();
        let answer = server.post_raw(AUTHORIZE, &headers, "client_id=internal").await;
        answer.expect_error(400, "invalid_request");
    }
    for version in [Version::HTTP_10, Version::HTTP_11] {
        let request = Request::post(AUTHORIZE).version(version).header(FORM.0, FORM.1);
        let answer = server.send_as_it_is(request.body("client_id=internal".into()).unwrap()).await;
        answer.expect_error(400, "invalid_request");
    }
    assert_eq!(server.store.stats().initiated, 0);
}

#[tokio::test]
async fn a_full_store_says_when_to_come_back() {
    let server = Server::with_sessions(1);
    server.device().await;
    let answer = server.form(AUTHORIZE, "client_id=internal").await;
    answer.expect_error(503, "temporarily_unavailable");
    assert_eq!(answer.header("retry-after"), Some("60"));
    server.clock.advance(Duration::from_secs(599));
    assert_eq!(server.form(AUTHORIZE, "client_id=internal").await.header("retry-after"), Some("1"));
    server.clock.advance(Duration::from_secs(1));
    server.device().await;
}

#[tokio::test]
async fn only_a_post_is_taken() {
    let server = Server::new();
    for path in [AUTHORIZE, TOKEN] {
        let request = Request::get(path).body(axum::body::Body::empty()).unwrap();
        let answer = server.send(request).await;
        answer.expect_error(405, "invalid_request");
        assert_eq!(answer.header("allow"), Some("POST"));
    }
}
