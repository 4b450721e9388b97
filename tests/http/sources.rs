//! One address cannot begin all the logins that there is room for.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};

use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::request::Parts;
use axum::http::{HeaderValue, Request};
use counterfoil::axum::{Event, Events, Routes, StaticAccess, StaticTokens, Store};
use counterfoil::{SessionStore, Source};

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

/// What two kinds of proxies write, read by a function of the server's: the peer is believed if it is the proxy.
fn told(head: &Parts) -> Source {
    let Some(ConnectInfo(peer)) = head.extensions.get::<ConnectInfo<SocketAddr>>() else { return Source::UNKNOWN };
    let text = |name| head.headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    let forwarded = text("forwarded").and_then(|value| value.rsplit(',').next()?.trim().strip_prefix("for="));
    let address = text("cf-connecting-ip").or(forwarded).and_then(|address| address.parse::<IpAddr>().ok());
    address.filter(|_| peer.ip() == Ipv4Addr::new(10, 0, 0, 1)).unwrap_or(peer.ip()).into()
}

#[tokio::test]
async fn a_server_finds_the_address_in_its_own_way() {
    let seen = Seen::default();
    let noted = seen.clone();
    let server = Server::new().with_router(move |_| {
        let store: Store = SessionStore::builder().max_sessions_per_source(3).build().unwrap();
        let access = StaticAccess::new().project("internal", SECRET, PUBLISHABLE);
        let routes = Routes::new(store, access, StaticTokens::new()).events(noted.clone());
        // The usual way is not gone then: what is said to trusted proxies is not read.
        let routes = routes.trusted_proxies(["10.0.0.0/8".parse().unwrap()]).source(told);
        routes.router().nest("/admin", routes.admin())
    });
    for header in ["cf-connecting-ip", "forwarded"] {
        let written = |address: &str| if header == "forwarded" { format!("for={address}") } else { address.to_owned() };
        for last in 0..6 {
            let address = written(&format!("198.51.100.{last}"));
            let more = [(header, &*address), ("x-forwarded-for", "203.0.113.1")];
            assert_eq!(begin(&server, "10.0.0.1", last % 3, &more).await.status, 200, "{header}");
        }
        // The same from a peer that is not the proxy: it is one source.
        let peer = if header == "forwarded" { "192.0.2.1" } else { "192.0.2.2" };
        let mut statuses = Vec::new();
        for last in 0..4 {
            let address = written(&format!("203.0.113.{last}"));
            statuses.push(begin(&server, peer, last % 3, &[(header, &address)]).await.status);
        }
        assert_eq!(statuses, [200, 200, 200, 429], "{header}");
    }
    let mut sources: Vec<_> = seen.0.lock().unwrap().drain(..).map(|source| source.to_string()).collect();
    sources.dedup();
    assert_eq!(sources[..2], ["198.51.100.0", "198.51.100.1"], "events name it too");
}

#[tokio::test]
async fn an_administrator_is_noted_by_that_address_too() {
    let seen = Seen::default();
    let noted = seen.clone();
    let server = Server::new().with_router(move |_| {
        let store: Store = SessionStore::builder().build().unwrap();
        let access = StaticAccess::new().project("internal", SECRET, PUBLISHABLE);
        let routes = Routes::new(store, access, StaticTokens::new()).events(noted.clone()).source(told);
        routes.router().nest("/admin", routes.admin())
    });
    begin(&server, "10.0.0.1", 0, &[]).await;
    let ask = async |method: &str, path: &str| {
        let request = Request::builder().method(method).uri(path).header("x-stack-project-id", "internal");
        let request = request.header("x-stack-secret-server-key", SECRET).header("x-stack-access-type", "admin");
        let request = request.header("cf-connecting-ip", "198.51.100.77");
        let peer = ConnectInfo(SocketAddr::from(([10, 0, 0, 1], 4711)));
        server.send(request.extension(peer).body(Body::empty()).unwrap()).await
    };
    let listed = ask("GET", "/admin/sessions").await;
    let id = listed.body["sessions"][0]["id"].as_str().unwrap().to_owned();
    seen.0.lock().unwrap().clear();
    let gone = ask("DELETE", &format!("/admin/sessions/{id}")).await;
    assert_eq!(gone.status, 200, "{gone:?}");
    assert_eq!(*seen.0.lock().unwrap(), [Source::from([198, 51, 100, 77])]);
}

/// The sources of all events.
#[derive(Clone, Default)]
struct Seen(Arc<Mutex<Vec<Source>>>);

impl Events for Seen {
    fn note(&self, event: &Event<'_>) {
        self.0.lock().unwrap().push(event.source);
    }
}
