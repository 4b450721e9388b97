//! The live logins of a tenant, and who may see and cancel them.

use std::time::Duration;

use axum::body::Body;
use axum::http::Request;
use counterfoil::axum::{Routes, StaticAccess, StaticTokens, not_found};
use serde_json::json;

use crate::support::{Answer, OTHER_PUBLISHABLE, OTHER_SECRET, PUBLISHABLE, SECRET, Server, server_headers};

const ADMIN: [(&str, &str); 3] =
    [("x-stack-project-id", "internal"), ("x-stack-secret-server-key", SECRET), ("x-stack-access-type", "admin")];

fn server() -> Server {
    Server::new().with_router(|store| {
        let access = StaticAccess::new().project("internal", SECRET, PUBLISHABLE);
        let access = access.project("other", OTHER_SECRET, OTHER_PUBLISHABLE);
        let routes = Routes::new(store.clone(), access, StaticTokens::new());
        routes.router().nest("/admin", routes.admin()).fallback(not_found)
    })
}

async fn ask(server: &Server, method: &str, path: &str, headers: &[(&str, &str)]) -> Answer {
    let mut request = Request::builder().method(method).uri(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    server.send(request.body(Body::empty()).unwrap()).await
}

#[tokio::test]
async fn an_administrator_sees_live_logins_and_cancels_them() {
    let server = server();
    let (polling_code, _) = server.begin("/api/v1", &json!({ "expires_in_millis": 60_000 })).await;
    server.begin("/api/v1", &json!({ "expires_in_millis": 5000 })).await;
    let other = server.post_as_other("/api/v1/auth/cli", &json!({})).await;
    server.clock.advance(Duration::from_secs(1));
    let listed = ask(&server, "GET", "/admin/sessions", &ADMIN).await;
    let ids = [0, 1].map(|at| listed.body["sessions"][at]["id"].as_str().unwrap().to_owned());
    let line = |id: &str, millis: u64| json!({ "id": id, "state": "pending", "remaining_millis": millis, "has_context": false });
    listed.expect(200, &json!({ "sessions": [line(&ids[0], 4000), line(&ids[1], 59_000)], "total": 2 }));
    assert!(!listed.text.contains(&polling_code) && !listed.text.contains(&other.text_of("login_code")));

    let path = format!("/admin/sessions/{}", ids[1]);
    ask(&server, "DELETE", &path, &ADMIN).await.expect(200, &json!({ "success": true }));
    server.poll("/api/v1", &polling_code).await.expect_known(400, "CLI_AUTH_EXPIRED_ERROR");
    let again = ask(&server, "DELETE", &path, &ADMIN).await;
    assert!([404, 409].contains(&again.status), "{again:?}");
    for unknown in ["0", "x", "ffffffffffffffff"] {
        let answer = ask(&server, "DELETE", &format!("/admin/sessions/{unknown}"), &ADMIN).await;
        answer.expect_refusal(404, "SESSION_NOT_FOUND");
    }
}

#[tokio::test]
async fn only_an_administrator_is_let_in() {
    let server = server();
    server.begin("/api/v1", &json!({})).await;
    let listed = ask(&server, "GET", "/admin/sessions", &ADMIN).await;
    let id = listed.body["sessions"][0]["id"].as_str().unwrap().to_owned();
    let project = ("x-stack-project-id", "internal");
    let admin = ("x-stack-access-type", "admin");
    let cases: [(&[(&str, &str)], u16); 6] = [
        (&[], 401),
        (&[project], 401),
        // A server without the access type, a client, a client that calls itself an administrator, a wrong key.
        (&server_headers("internal", SECRET)[1..], 401),
        (&[project, ("x-stack-publishable-client-key", PUBLISHABLE)], 401),
        (&[project, ("x-stack-publishable-client-key", PUBLISHABLE), admin], 401),
        (&[project, ("x-stack-secret-server-key", "wrong"), admin], 401),
    ];
    for (headers, status) in cases {
        assert_eq!(ask(&server, "GET", "/admin/sessions", headers).await.status, status, "{headers:?}");
        let path = format!("/admin/sessions/{id}");
        assert_eq!(ask(&server, "DELETE", &path, headers).await.status, status, "{headers:?}");
    }
    // Another tenant's administrator finds nothing.
    let other = [("x-stack-project-id", "other"), ("x-stack-secret-server-key", OTHER_SECRET), admin];
    ask(&server, "GET", "/admin/sessions", &other).await.expect(200, &json!({ "sessions": [], "total": 0 }));
    let path = format!("/admin/sessions/{id}");
    ask(&server, "DELETE", &path, &other).await.expect_refusal(404, "SESSION_NOT_FOUND");
    assert_eq!(server.store.stats().cancelled, 0);
    // And there is no such path unless the server mounts it.
    assert_eq!(ask(&Server::new(), "GET", "/sessions", &ADMIN).await.status, 404);
}
