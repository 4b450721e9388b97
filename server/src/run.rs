//! `run`: serves until a signal ends it.

use std::fmt;
use std::future::IntoFuture;
use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use counterfoil::axum::metrics::record_sweep;
use counterfoil::axum::{AuditLog, Observe, Sessions, serve, shutdown_signal};
use metrics_exporter_prometheus::PrometheusHandle;
use tokio::net::TcpListener;
use tracing::{info, warn};

use crate::config::{Config, ConfigError};
use crate::{app, log, operate, store};

/// How often room is made for new logins.
const SWEEP: Duration = Duration::from_secs(1);

/// Why the server does not serve. It shows no secret.
#[derive(Debug)]
pub struct RunError(String);

impl fmt::Display for RunError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for RunError {}

impl From<ConfigError> for RunError {
    fn from(error: ConfigError) -> Self {
        Self(error.to_string())
    }
}

/// Checks what [`Config::load`] does not: whether the store can be built, and the log's filter. It connects to nothing.
///
/// # Errors
/// [`ConfigError`] names the setting.
pub fn check(config: &Config) -> Result<(), ConfigError> {
    log::filter(config)?;
    match &config.store.redis {
        #[cfg(feature = "redis")]
        Some(redis) => store::in_redis(config, redis).map(drop),
        #[cfg(not(feature = "redis"))]
        Some(_) => Err(without_redis()),
        None => store::in_memory(config).map(drop),
    }
}

/// Serves by this configuration, until SIGTERM, SIGINT or SIGHUP comes. Blocks the thread.
///
/// # Errors
/// [`RunError`] says what the system refuses, such as an address that is in use.
pub fn run(config: &Config) -> Result<(), RunError> {
    log::start(log::filter(config)?);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.map_err(|error| RunError(format!("cannot start: {error}")))?;
    runtime.block_on(async {
        let measured = config.metrics.address.map(|_| operate::measure()).transpose().map_err(RunError)?;
        match &config.store.redis {
            #[cfg(feature = "redis")]
            Some(redis) => run_on(store::in_redis(config, redis)?, config, measured).await,
            #[cfg(not(feature = "redis"))]
            Some(_) => Err(without_redis().into()),
            None => {
                let store = store::in_memory(config)?;
                let upkeep = measured.clone();
                let sweeper = store.spawn_sweeper_with(SWEEP, move |took, _| {
                    record_sweep(took);
                    upkeep.iter().for_each(PrometheusHandle::run_upkeep);
                });
                let _sweeper = sweeper.map_err(|error| RunError(format!("cannot start a thread: {error}")))?;
                run_on(store, config, measured).await
            }
        }
    })
}

#[cfg(not(feature = "redis"))]
fn without_redis() -> ConfigError {
    ConfigError::of("store.redis", "this program was built without it; build it with --features redis")
}

/// The same on any engine.
async fn run_on<S: Sessions>(store: S, config: &Config, measured: Option<PrometheusHandle>) -> Result<(), RunError> {
    let http = &config.http;
    let proxies = || http.trusted_proxies.iter().copied();
    let audit = config.audit.file.as_deref().map(audit).transpose()?;
    let app = app::app(&store, config, audit);
    let (listener, address) = listen(config.listen.address, "listen.address").await?;
    let ending = shutdown_signal().map_err(|error| RunError(format!("cannot wait for signals: {error}")))?;
    let operator = match config.metrics.address.zip(measured) {
        None => None,
        Some((address, measured)) => {
            let (listener, address) = listen(address, "metrics.address").await?;
            info!(%address, "serving metrics");
            Some(tokio::spawn(serve(listener, operate::router(&store, measured)).into_future()))
        }
    };
    info!(%address, projects = config.project.len(), "ready");

    let mut serve = serve(listener, app)
        .with_graceful_shutdown(ending)
        .drain_timeout(http.drain_timeout.get())
        .header_timeout(http.header_timeout.get())
        .body_timeout(http.body_timeout.get())
        .request_timeout(http.request_timeout.get())
        .idle_timeout(http.idle_timeout.get())
        .max_connection_age(http.max_connection_age.get())
        .max_connections_per_source(http.max_connections_per_source.get())
        .trusted_proxies(proxies())
        .observe(Observe::new().quiet(operate::QUIET).trusted_proxies(proxies()));
    if let Some(max) = http.max_connections {
        serve = serve.max_connections(max.get());
    }
    let drained = serve.await;
    if let Some(operator) = operator {
        operator.abort();
    }
    match drained.cut_off {
        0 => info!("ended"),
        connections => warn!(connections, "ended, with connections that took too long"),
    }
    Ok(())
}

async fn listen(address: SocketAddr, setting: &str) -> Result<(TcpListener, SocketAddr), RunError> {
    let failed = |error| RunError(format!("{setting}: cannot listen on {address}: {error}; choose another"));
    let listener = TcpListener::bind(address).await.map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    Ok((listener, address))
}

fn audit(path: &Path) -> Result<Arc<AuditLog>, RunError> {
    let to_output = path == Path::new("-");
    let log = if to_output { AuditLog::new(io::stdout()) } else { AuditLog::append(path) };
    let failed = |error| RunError(format!("audit.file: cannot write {}: {error}; choose another", path.display()));
    log.map(Arc::new).map_err(failed)
}
