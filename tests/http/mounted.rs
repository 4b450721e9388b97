//! The endpoints as a part of somebody's server: other places, other routes beside them, traits of the server's own.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::support::{SIGNED_IN, Server};
use axum::Router;
use axum::http::Request;
use axum::routing::get;
use counterfoil::Secret;
use counterfoil::Unavailable;
use counterfoil::axum::{Access, AccessError, Asked, Credentials, Holder, Issued, Routes, Tokens};
use serde_json::json;
use tower::ServiceExt;

const V1: &str = "/api/v1";

/// A server whose database may be down.
#[derive(Default)]
struct Database {
    down: AtomicBool,
}

impl Database {
    fn ask(&self) -> Result<(), Unavailable> {
        let down = self.down.load(Ordering::Relaxed);
        if down { Err(Unavailable::new(Duration::from_millis(6001))) } else { Ok(()) }
    }
}

impl Tokens for Database {
    async fn holder(&self, tenant: &str, refresh_token: &Secret) -> Result<Option<Holder>, Unavailable> {
        self.ask()?;
        assert_eq!(tenant, "tenant of internal");
        Ok(match refresh_token.expose() {
            SIGNED_IN => Some(Holder::SignedIn),
            "revoked later" => Some(Holder::Anonymous),
            _ => None,
        })
    }

    async fn issue(&self, _: &str, _: Secret, _: &Asked) -> Result<Option<Issued>, Unavailable> {
        self.ask()?;
        Ok(None)
    }
}

/// Names tenants otherwise than projects, and does not hide which projects there are.
#[derive(Default)]
struct Projects {
    database: Arc<Database>,
}

impl Access for Projects {
    async fn admit(&self, credentials: &Credentials<'_>) -> Result<String, AccessError> {
        self.database.ask()?;
        match credentials.project_id {
            "internal" => Ok("tenant of internal".to_owned()),
            _ => Err(AccessError::UnknownProject),
        }
    }
}

fn server(access: impl Access, tokens: impl Tokens) -> Server {
    Server::new().with_router(|store| Routes::new(store.clone(), access, tokens).router())
}

#[tokio::test]
async fn a_tenant_is_what_access_says() {
    let server = server(Projects::default(), Database::default());
    let (polling, login) = server.begin(V1, &json!({})).await;
    server.approve(V1, &login).await;
    let code = counterfoil::PollingCode::parse(&polling).unwrap();
    assert!(matches!(server.store.for_tenant("internal").poll(&code), counterfoil::Polled::Unknown));
    assert!(matches!(server.store.for_tenant("tenant of internal").poll(&code), counterfoil::Polled::Completed(_)));
    server.post_as_other("/api/v1/auth/cli", &json!({})).await.expect_known(400, "CURRENT_PROJECT_NOT_FOUND");
}

#[tokio::test]
async fn what_cannot_be_told_now_is_told_later() {
    let database = Arc::new(Database::default());
    let server = server(Projects::default(), database.clone());
    let (polling, login) = server.begin(V1, &json!({})).await;
    let approve = json!({ "login_code": login, "refresh_token": SIGNED_IN });

    database.down.store(true, Ordering::Relaxed);
    let refused = server.post("/api/v1/auth/cli/complete", &approve).await;
    refused.expect_refusal(503, "TEMPORARILY_UNAVAILABLE");
    assert_eq!(refused.header("retry-after"), Some("7"));
    server.poll(V1, &polling).await.expect(201, &json!({ "status": "pending" }));

    database.down.store(false, Ordering::Relaxed);
    server.approve(V1, &login).await;
}

#[tokio::test]
async fn access_may_be_out_of_order_too() {
    let projects = Projects::default();
    projects.database.down.store(true, Ordering::Relaxed);
    let server = server(projects, Database::default());
    server.poll(V1, "any").await.expect_refusal(503, "TEMPORARILY_UNAVAILABLE");
}

#[tokio::test]
async fn an_anonymous_user_who_is_gone_cannot_be_claimed() {
    let server = server(Projects::default(), Database::default());
    let (_, login) = server.begin(V1, &json!({ "anon_refresh_token": "revoked later" })).await;
    let claim = json!({ "login_code": login, "mode": "claim-anon-session" });
    let claim = server.post("/api/v1/auth/cli/complete", &claim).await;
    claim.expect_text(400, "No anonymous session associated with this code");
}

#[tokio::test]
async fn the_routes_stand_among_others_and_elsewhere() {
    let server = Server::new().with_router(|store| {
        let routes = Routes::new(store.clone(), Projects::default(), Database::default());
        let own = Router::new().route("/api/v1/mine", get(async || "mine"));
        own.merge(routes.router()).nest("/elsewhere", routes.documented()).nest("/sdk", routes.sdk())
    });
    let (polling, login) = server.begin(V1, &json!({})).await;
    server.poll("/elsewhere", &polling).await.expect(201, &json!({ "status": "pending" }));
    server.poll("/sdk", &polling).await.expect(200, &json!({ "status": "waiting" }));
    server.approve("/elsewhere", &login).await;

    // What is not theirs they leave alone.
    for (path, status) in [("/api/v1/mine", 200), ("/api/v1/other", 404)] {
        let response = server.router.clone().oneshot(Request::get(path).body(String::new()).unwrap()).await.unwrap();
        assert_eq!(response.status(), status);
        assert!(!response.headers().contains_key("cache-control"));
    }
}
