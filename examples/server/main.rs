//! A server for command-line logins, whole: the endpoints, limits, a sweeper, an orderly end.
//!
//! `cargo run --release --features axum --example server -- --help`
#![allow(clippy::print_stdout, clippy::print_stderr)]

mod flags;
mod keys;
mod serve;

use std::io::{self, Write};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use clap::Parser;
use counterfoil::axum::{Pages, Routes, StaticAccess, StaticTokens, Store, not_found};
use tokio::net::TcpListener;

use flags::Flags;
use keys::Keys;

/// Room is made for new logins at least this often after old ones are over.
const SWEEP_EVERY: Duration = Duration::from_secs(1);

#[tokio::main]
async fn main() -> ExitCode {
    match run(Flags::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(flags: Flags) -> Result<(), Box<dyn std::error::Error>> {
    let keys = Keys::new(&flags);
    let store: Store = flags.store().build()?;
    let _sweeper = store.spawn_sweeper(SWEEP_EVERY)?;
    let app = app(store, &flags, &keys);

    let listener = TcpListener::bind(flags.listen)
        .await
        .map_err(|error| format!("cannot listen on {}: {error}; choose another with --listen", flags.listen))?;
    let ended = serve::signal()?;
    println!("listening on http://{}", listener.local_addr()?);
    keys.print(&flags);
    io::stdout().flush()?;

    serve::serve(listener, app, ended).await;
    Ok(())
}

/// Mounting the endpoints: a store, who may call, which tokens are good.
fn app(store: Store, flags: &Flags, keys: &Keys) -> Router {
    let access = StaticAccess::new().project(&flags.project_id, &keys.secret_server_key, &keys.publishable_client_key);
    let tokens = StaticTokens::new();
    let tokens = keys.refresh_tokens.iter().fold(tokens, |tokens, token| tokens.signed_in(token));
    let tokens = keys.anonymous_refresh_tokens.iter().fold(tokens, |tokens, token| tokens.anonymous(token));

    let tokens = Arc::new(tokens);

    let pages = Pages::new(store.clone(), tokens.clone());
    let login =
        Routes::new(store, access, tokens).max_wait(serve::MAX_WAIT).expires_in(Duration::from_secs(flags.expires_in));
    let login = match &flags.public_url {
        Some(url) => login.public_url(url.clone()),
        None => login,
    };
    serve::limited(Router::new().merge(login.router()).merge(pages.router()).fallback(not_found))
}
