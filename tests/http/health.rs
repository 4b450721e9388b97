//! What a load balancer is told.

use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use counterfoil::axum::{Context, Store, health};
use counterfoil::{RedisServers, RedisStore, Secret};

use crate::support::{Answer, Server};

async fn ask(router: Router, path: &str) -> Answer {
    let server = Server::new().with_router(|_| router);
    server.send(Request::get(path).body(Body::empty()).unwrap()).await
}

#[tokio::test]
async fn a_store_in_memory_is_ready() {
    let store = Store::builder().build().unwrap();
    for (path, text) in [("/healthz", "ok"), ("/readyz", "ready")] {
        let answer = ask(health(store.clone()), path).await;
        assert_eq!((answer.status, &*answer.text), (200, text), "{path}");
    }
}

/// Nothing listens there: the store is out of reach, and the server takes requests all the same.
#[tokio::test]
async fn a_store_that_is_out_of_reach_is_not_ready() {
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let builder = RedisStore::<Secret, Context>::builder(RedisServers::one(format!("redis://{closed}")));
    let store = builder.key([7; 32]).limit(Duration::from_millis(300)).build().unwrap();
    assert_eq!(ask(health(store.clone()), "/healthz").await.status, 200);
    let answer = ask(health(store), "/readyz").await;
    assert_eq!(answer.status, 503, "{answer:?}");
    let retry_after: u64 = answer.header("retry-after").expect("it says when to ask again").parse().unwrap();
    assert!((1..=60).contains(&retry_after), "{answer:?}");
    assert!(!answer.text.contains(&closed.to_string()), "where the store is is nobody's business: {answer:?}");
}
