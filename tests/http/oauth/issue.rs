//! Tokens are made when the code is redeemed, and that may go wrong.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;

use counterfoil::Unavailable;
use counterfoil::axum::{Asked, Holder, Issued, Routes, StaticAccess, Store, Tokens};
use counterfoil::{Delivery, ManualClock, Secret, SessionStore};
use serde_json::json;

use crate::support::{PUBLISHABLE, SECRET, SIGNED_IN, Server};

const GOOD: u8 = 0;
const DOWN: u8 = 1;
const REVOKED: u8 = 2;

#[derive(Default)]
struct Database(AtomicU8);

impl Tokens for Database {
    async fn holder(&self, _: &str, _: &Secret) -> Result<Option<Holder>, Unavailable> {
        Ok(None)
    }

    async fn issue(&self, tenant: &str, refresh_token: Secret, _: &Asked) -> Result<Option<Issued>, Unavailable> {
        assert_eq!((tenant, refresh_token.expose()), ("internal", SIGNED_IN));
        match self.0.load(Ordering::Relaxed) {
            DOWN => Err(Unavailable::new(Duration::from_secs(300))),
            REVOKED => Ok(None),
            _ => {
                let issued = Issued::new(Secret::new("at"), Secret::new("rotated"));
                Ok(Some(issued.expires_in(Duration::from_millis(3_600_999)).scope("read")))
            }
        }
    }
}

fn server(delivery: Delivery<Secret>, database: &Arc<Database>) -> Server {
    let clock = ManualClock::new();
    let store: Store = SessionStore::builder().clock(clock.clone()).delivery(delivery).build().unwrap();
    let access = StaticAccess::new().project("internal", SECRET, PUBLISHABLE);
    let router = Routes::new(store.clone(), access, database.clone()).router();
    Server { clock, store, router }
}

#[tokio::test]
async fn the_answer_is_what_was_issued() {
    let server = server(Delivery::once(), &Arc::default());
    let device = server.device().await;
    // No pace is set: nobody is told to slow down, nor to come back at once.
    for _ in 0..3 {
        let answer = server.ask(&device).await;
        answer.expect_error(400, "authorization_pending");
        assert_eq!(answer.header("retry-after"), Some("1"));
    }
    server.approve_device(&device);
    let expected = json!({
        "access_token": "at",
        "token_type": "Bearer",
        "refresh_token": "rotated",
        "expires_in": 3600,
        "scope": "read",
    });
    server.ask(&device).await.expect(200, &expected);
}

#[tokio::test]
async fn a_grant_that_is_gone_is_not_promised_again() {
    for state in [DOWN, REVOKED] {
        let database = Arc::new(Database::default());
        let server = server(Delivery::once(), &database);
        let device = server.device().await;
        server.approve_device(&device);
        database.0.store(state, Ordering::Relaxed);
        let answer = server.ask(&device).await;
        answer.expect_error(400, "invalid_grant");
        assert!(answer.text_of("error_description").contains("was approved, but"));
        assert_eq!(answer.header("retry-after"), None);
        database.0.store(GOOD, Ordering::Relaxed);
        server.ask(&device).await.expect_error(400, "invalid_grant");
    }
}

#[tokio::test]
async fn a_store_that_replays_gives_it_again_within_the_window() {
    let database = Arc::new(Database::default());
    let server = server(Delivery::replay(Duration::from_secs(20)), &database);
    let device = server.device().await;
    server.approve_device(&device);
    database.0.store(DOWN, Ordering::Relaxed);
    let answer = server.ask(&device).await;
    answer.expect_error(503, "temporarily_unavailable");
    assert_eq!(answer.header("retry-after"), Some("10"));
    server.clock.advance(Duration::from_secs(10));
    database.0.store(GOOD, Ordering::Relaxed);
    assert_eq!(server.ask(&device).await.status, 200);
    server.clock.advance(Duration::from_secs(10));
    server.ask(&device).await.expect_error(400, "invalid_grant");
}
