//! An axum server with users of its own: passwords and refresh tokens in SQLite, sessions by tower-sessions, access tokens
//! as JWTs with scopes. A login is approved by the signed-in user, with one click.
//!
//! ```sh
//! cargo run --manifest-path examples/axum-cookie-sign-in/Cargo.toml
//! ```
//!
//! Begin a login as a tool would, open the link in the answer, and sign in as `alice` with the password `correct horse`:
//!
//! ```sh
//! curl -s -d client_id=acme-cli -d scope=read http://127.0.0.1:8105/oauth/device_authorization | tee login.json
//! ```

mod access_token;
mod sign_in;
mod sign_in_page;
mod tokens;
mod users;

use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::routing::get;
use counterfoil::axum::{Pages, Routes, StaticAccess, Store, not_found};
use tower_sessions::cookie::SameSite;
use tower_sessions::{MemoryStore, SessionManagerLayer};

use access_token::Signer;
use sign_in::CookieSignIn;
use tokens::DatabaseTokens;
use users::Users;

/// What tools may ask for.
const SCOPES: [&str; 2] = ["read", "write"];

/// The whole server: its own sign-in page, the endpoints, and the pages.
fn app(store: Store, users: Users, signer: Signer) -> Router {
    // Keys come from a secret store; these are of an example.
    let access = StaticAccess::new().project("acme", "a secret server key", "a publishable client key");
    let access = access.oauth_client("acme-cli", "acme", "Acme's command line");
    let tokens = DatabaseTokens::new(users.clone(), signer);
    let pages = Pages::new(store.clone(), tokens.clone()).sign_in(CookieSignIn::new(users.clone()));
    let routes = Routes::new(store, access, tokens).scopes(SCOPES);

    // Sessions in memory are gone after a restart; tower-sessions has stores for SQLite, PostgreSQL and Redis.
    let sessions = SessionManagerLayer::new(MemoryStore::default())
        .with_name("session")
        .with_same_site(SameSite::Lax)
        // Over TLS, as it should be, this is `true`.
        .with_secure(false);
    let own = get(sign_in_page::form).post(sign_in_page::sign_in).with_state(users);
    Router::new()
        .route("/sign-in", own)
        .merge(pages.router_or(not_found))
        // The endpoints for tools come after it: they know no cookies.
        .layer(sessions)
        .merge(routes.router())
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let store = Store::builder().ttl(Duration::from_secs(600)).build()?;
    let _sweeper = store.spawn_sweeper(Duration::from_secs(1))?;
    let users = Users::open("users.sqlite")?;
    users.add_if_none("alice", "correct horse")?;

    let listener = tokio::net::TcpListener::bind("127.0.0.1:8105").await?;
    println!("listening on http://127.0.0.1:8105");
    let app = app(store, users, Signer::random());
    axum::serve(listener, app.into_make_service_with_connect_info::<SocketAddr>()).await?;
    Ok(())
}

#[cfg(test)]
mod tests;
