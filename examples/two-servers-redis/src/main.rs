//! Two login servers on one Redis or Valkey: a tool polls one, the browser approves on the other, and either may be
//! restarted in between.
//!
//! ```sh
//! cargo run --manifest-path examples/two-servers-redis/Cargo.toml -- redis://127.0.0.1:6379
//! ```
//!
//! Begin a login at the first, open its link with the port of the second, and poll at the first:
//!
//! ```sh
//! curl -s -d client_id=acme http://127.0.0.1:8106/oauth/device_authorization | tee login.json
//! ```

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use counterfoil::axum::{Context, Pages, Routes, StaticAccess, StaticTokens, not_found};
use counterfoil::{RedisBuildError, RedisServers, RedisStore, Secret};

/// What all servers must have in common, from a secret store: 32 random bytes each.
struct Keys {
    /// Seals what lies in Redis.
    store: [u8; 32],
    /// Lets one server take the form of a page that the other wrote.
    form: [u8; 32],
}

/// One server. Each has its own connection to Redis, and no state besides.
fn server(redis: &RedisServers, keys: &Keys) -> Result<Router, RedisBuildError> {
    let store: RedisStore<Secret, Context> = RedisStore::builder(redis.clone()).key(keys.store).build()?;
    let access = StaticAccess::new().project("acme", "a secret server key", "a publishable client key");
    let tokens = Arc::new(StaticTokens::new().signed_in("rt_of_alice"));
    let pages = Pages::new(store.clone(), tokens.clone()).form_key(keys.form).router_or(not_found);
    Ok(Router::new().merge(Routes::new(store, access, tokens).router()).merge(pages))
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let url = std::env::args().nth(1).unwrap_or_else(|| "redis://127.0.0.1:6379".to_owned());
    // An example's keys. Yours are random, and in no source code.
    let keys = Keys { store: [1; 32], form: [2; 32] };
    let mut servers = Vec::new();
    for port in [8106, 8107] {
        let app = server(&url.parse()?, &keys)?;
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", port)).await?;
        println!("listening on http://127.0.0.1:{port}");
        servers.push(tokio::spawn(async move {
            axum::serve(listener, app.into_make_service_with_connect_info::<SocketAddr>()).await
        }));
    }
    for server in servers {
        server.await??;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
