//! A server for command-line logins, whole: the endpoints, limits, a log, measurements, a sweeper, an
//! orderly end.
//!
//! Beside the endpoints it answers `GET /healthz`, `GET /readyz` and `GET /metrics`, without a key: see `operate.rs` before it faces the
//! world. It logs to standard error; `RUST_LOG=debug` makes it say more.
//!
//! `cargo run --release --features axum --example server -- --help`
#![allow(clippy::print_stderr)]

mod demo;
mod flags;
mod front;
mod keys;
mod keys_file;
mod log;
mod operate;
mod recorder;
mod settings;
#[cfg(feature = "redis")]
mod shared;

use std::io::{self, Write};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use clap::Parser;
use counterfoil::axum::metrics::record_sweep;
use counterfoil::axum::{
    AuditLog, Observe, Pages, Routes, Sessions, StaticAccess, StaticTokens, Store, not_found, serve, shutdown_signal,
};
use metrics_exporter_prometheus::PrometheusHandle;
use tokio::net::TcpListener;
use tracing::{debug, info, warn};

use demo::Demo;
use flags::Flags;
use front::Front;
use keys::Keys;
use settings::Limited;

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
    flags.check()?;
    log::start()?;
    let measured = recorder::install()?;
    let keys = Keys::new(&flags)?;
    #[cfg(feature = "redis")]
    if let Some(servers) = flags.redis.clone() {
        let store = shared::store(&flags, servers)?;
        shared::look(&store).await;
        return run_on(store, flags, keys, measured).await;
    }
    let store: Store = Store::builder().set(&flags).build()?;
    let upkeep = measured.clone();
    let _sweeper = store.spawn_sweeper_with(Duration::from_secs(1), move |took, swept| {
        record_sweep(took);
        if swept != counterfoil::Swept::default() {
            debug!(expired = swept.expired, forgotten = swept.forgotten, wiped = swept.wiped, "swept");
        }
        upkeep.run_upkeep();
    })?;
    run_on(store, flags, keys, measured).await
}

/// The same on any engine.
async fn run_on<S: Sessions>(
    store: S,
    flags: Flags,
    keys: Keys,
    measured: PrometheusHandle,
) -> Result<(), Box<dyn std::error::Error>> {
    let operator = operate::routes(store.clone(), measured);
    let demo = Demo::new(keys.users_drawn && flags.is_private());
    let front = Front::new(&flags, &demo);
    let audit = flags.audit_log.as_deref().map(|path| {
        let audit = AuditLog::append(path);
        audit
            .map(Arc::new)
            .map_err(|error| format!("cannot write {}: {error}; choose another with --audit-log", path.display()))
    });
    let audit = audit.transpose()?;
    let app = app(store, &flags, &keys, &demo, audit.as_ref())
        .merge(operator)
        .merge(demo.routes())
        .merge(front.clone().routes());

    let listener = TcpListener::bind(flags.listen)
        .await
        .map_err(|error| format!("cannot listen on {}: {error}; choose another with --listen", flags.listen))?;
    let ending = shutdown_signal()?;
    let address = listener.local_addr()?;
    // The program that started the server may have stopped reading.
    let text = format!("listening on http://{address}\n{}{}", keys.to_print(), front.next_step(address));
    let _ = io::stdout().write_all(text.as_bytes());
    info!(%address, project = flags.project_id, max_sessions = flags.max_sessions, "ready");

    let proxies = flags.trusted_proxies.iter().copied();
    let drained = serve(listener, app)
        .with_graceful_shutdown(ending)
        .idle_timeout(Duration::from_secs(flags.idle_timeout))
        .max_connections_per_source(flags.max_connections_per_source)
        .trusted_proxies(proxies.clone())
        .observe(Observe::new().quiet(operate::QUIET).trusted_proxies(proxies))
        .await;
    match drained.cut_off {
        0 => info!("ended"),
        connections => warn!(connections, "ended, with connections that took too long"),
    }
    Ok(())
}

/// Mounting the endpoints: a store, who may call, which tokens are good.
fn app<S: Sessions>(store: S, flags: &Flags, keys: &Keys, demo: &Demo, audit: Option<&Arc<AuditLog>>) -> Router {
    let access = StaticAccess::new().project(&flags.project_id, &keys.secret_server_key, &keys.publishable_client_key);
    let tokens = StaticTokens::new();
    let tokens = keys.refresh_tokens.iter().fold(tokens, |tokens, token| tokens.signed_in(token));
    let tokens = keys.anonymous_refresh_tokens.iter().fold(tokens, |tokens, token| tokens.anonymous(token));
    let tokens = demo.tokens().fold(tokens, StaticTokens::signed_in);
    let tokens = Arc::new(tokens);

    let proxies = flags.trusted_proxies.iter().copied();
    let mut pages = Pages::new(store.clone(), tokens.clone()).sign_in(demo.clone()).trusted_proxies(proxies.clone());
    let mut login = Routes::new(store, access, tokens)
        .expires_in(Duration::from_secs(flags.expires_in))
        .trusted_proxies(proxies)
        .cors(flags.cors_origins.iter().cloned())
        .hand_back(true);
    if let Some(audit) = audit {
        pages = pages.events(audit.clone());
        login = login.events(audit.clone());
    }
    if let Some(url) = &flags.public_url {
        pages = pages.public_url(url.clone());
        login = login.public_url(url.clone());
    }
    Router::new().merge(login.router()).merge(pages.router_or(not_found))
}
