//! One address cannot begin all the logins that there is room for.

use counterfoil::SessionStore;
use counterfoil::axum::{Routes, StaticAccess, StaticTokens, Store};

use crate::oauth::world::{AUTHORIZE, FORM, HOST};
use crate::support::{Answer, PUBLISHABLE, SECRET, Server, client_headers, server_headers};

fn server() -> Server {
    Server::new().with_router(|_| {
        let store: Store = SessionStore::builder().max_sessions_per_source(3).build().unwrap();
        let access = StaticAccess::new().project("internal", SECRET, PUBLISHABLE);
        let routes = Routes::new(store, access, StaticTokens::new());
        routes.trusted_proxies(["10.0.0.0/8".parse().unwrap()]).router()
    })
}

/// Each way to begin a login without the secret server key.
async fn begin(server: &Server, peer: &str, way: usize, more: &[(&str, &str)]) -> Answer {
    match way {
        0 => server.post_from(peer, "/api/v1/auth/cli", &[&client_headers("internal")[..], more].concat(), "{}").await,
        1 => {
            let path = "/stack/api/v1/auth/cli";
            server.post_from(peer, path, &[&client_headers("internal")[..], more].concat(), "{}").await
        }
        _ => server.post_from(peer, AUTHORIZE, &[&[HOST, FORM][..], more].concat(), "client_id=internal").await,
    }
}

/// One connection began 29,800 logins a second; the store was full in half a minute, for everybody.
#[tokio::test]
async fn an_address_that_has_begun_enough_is_told_to_come_back_later() {
    let server = server();
    for way in 0..3 {
        assert_eq!(begin(&server, "192.0.2.1", way, &[]).await.status, 200);
    }
    for way in 0..3 {
        let answer = begin(&server, "192.0.2.1", way, &[]).await;
        assert!(answer.header("retry-after").is_some(), "{answer:?}");
        if way == 2 {
            answer.expect_error(429, "temporarily_unavailable");
        } else {
            answer.expect_refusal(429, "TOO_MANY_SESSIONS");
        }
    }
    // Nobody else feels it: another address, the same one with the secret key, and a server whose peers are unknown.
    assert_eq!(begin(&server, "198.51.100.1", 0, &[]).await.status, 200);
    for _ in 0..10 {
        let headers = server_headers("internal", SECRET);
        assert_eq!(server.post_from("192.0.2.1", "/api/v1/auth/cli", &headers, "{}").await.status, 200);
        assert_eq!(server.post_raw("/api/v1/auth/cli", &client_headers("internal"), "{}").await.status, 200);
        assert_eq!(server.form(AUTHORIZE, "client_id=internal").await.status, 200);
    }
}

#[tokio::test]
async fn an_address_is_what_a_trusted_proxy_says_and_nobody_else() {
    let server = server();
    for way in 0..3 {
        for last in 0..6 {
            let forwarded = format!("198.51.{way}.{last}");
            assert_eq!(begin(&server, "10.0.0.1", way, &[("x-forwarded-for", &forwarded)]).await.status, 200);
        }
    }
    let mut statuses = Vec::new();
    for last in 0..4 {
        let forwarded = format!("203.0.113.{last}");
        statuses.push(begin(&server, "192.0.2.1", last % 3, &[("x-forwarded-for", &forwarded)]).await.status);
    }
    assert_eq!(statuses, [200, 200, 200, 429]);
}
