//! `serve`: serves a router to the world, within limits on what each client may take.

mod census;
mod connection;
mod descriptors;
mod desk;
mod ending;
mod held;
mod limits;
mod listen;
mod seat;
mod seldom;
mod signal;
mod stream;
mod timed_body;
mod told;
mod turn;
mod turned_away;
mod within;

use std::fmt;
use std::future::{Future, IntoFuture, pending};
use std::pin::Pin;
use std::time::Duration;

use axum::Router;
use tokio::net::TcpListener;

use super::observe::Observe;
use super::server::Network;
use census::Census;
use limits::Limits;
use listen::Listen;
pub use signal::shutdown_signal;
use within::Within;

/// Serves a router over HTTP/1.1, as `axum::serve` does, with limits: no client keeps others out by holding connections,
/// by sending slowly, or by not sending at all. Requests know their peer: the router needs no
/// `into_make_service_with_connect_info`.
///
/// ```no_run
/// use axum::Router;
/// use axum::routing::get;
///
/// # async fn run() -> std::io::Result<()> {
/// let app = Router::new().route("/", get(|| async { "hello" }));
/// let listener = tokio::net::TcpListener::bind("127.0.0.1:8102").await?;
/// let shutdown = async { let _ = tokio::signal::ctrl_c().await; };
/// counterfoil::axum::serve(listener, app).with_graceful_shutdown(shutdown).await;
/// # Ok(())
/// # }
/// ```
///
/// # Limits
/// | what | default | beyond it |
/// | --- | --- | --- |
/// | [the head of a request](Serve::header_timeout) | 10 s, 64 KiB | the connection is closed; 431 if it is too large |
/// | [a pause in a body](Serve::body_timeout) | 10 s | 408 |
/// | [a request, with its response](Serve::request_timeout) | 45 s | 408 |
/// | [the time between two requests](Serve::idle_timeout) | 75 s | the connection is closed |
/// | [the age of a connection](Serve::max_connection_age) | 10 min | closed with its next response |
/// | [connections of one source](Serve::max_connections_per_source) | 64 | its oldest idle one is closed, or the new one |
/// | [all connections](Serve::max_connections) | by `RLIMIT_NOFILE` | the oldest idle ones are closed |
///
/// A connection is *idle* here while it waits for its client: between two requests, and while a head or a body is
/// incomplete. A connection that the server works for, such as one that holds a poll, is never closed to make room. If
/// none is idle, the response to a new connection of a full source is 429; if the server is full, it waits to be
/// accepted.
///
/// A source is counted by a [ladder](crate::Source::ladder) of prefixes (IPv4 /32 and /24; IPv6 /64, /56 and /48), each
/// with four times the bound of the one below.
///
/// # Errors
/// A handler that panics is answered 503, and so is a request that outlasts the server. These responses, and 408, are in
/// the shape of the other errors of the routes. Errors of connections, and of accepting them, are logged (feature
/// `tracing`) and end nothing.
#[must_use = "it serves nothing until it is awaited"]
pub fn serve(listener: TcpListener, app: Router) -> Serve {
    Serve {
        listener,
        app,
        limits: Limits::DEFAULT,
        trusted_proxies: Vec::new(),
        observe: None,
        shutdown: Box::pin(pending()),
    }
}

/// A router that is served, by [`serve`], when this is awaited. It returns after
/// [its shutdown](Serve::with_graceful_shutdown); without one, never.
///
/// ```no_run
/// use std::time::Duration;
///
/// use counterfoil::axum::{Observe, serve};
///
/// # async fn run(app: axum::Router) -> Result<(), Box<dyn std::error::Error>> {
/// let listener = tokio::net::TcpListener::bind("127.0.0.1:8102").await?;
/// let drained = serve(listener, app)
///     .with_graceful_shutdown(async { let _ = tokio::signal::ctrl_c().await; })
///     .drain_timeout(Duration::from_secs(1))
///     .header_timeout(Duration::from_secs(10))
///     .body_timeout(Duration::from_secs(10))
///     .request_timeout(Duration::from_secs(45))
///     .idle_timeout(Duration::from_secs(75))
///     .max_connection_age(Duration::from_secs(600))
///     .max_connections_per_source(64)
///     .max_connections(10_000)
///     .trusted_proxies(["10.0.0.0/8".parse()?])
///     .observe(Observe::new())
///     .await;
/// assert_eq!(drained.cut_off, 0);
/// # Ok(())
/// # }
/// ```
#[must_use = "it serves nothing until it is awaited"]
pub struct Serve {
    listener: TcpListener,
    app: Router,
    limits: Limits,
    trusted_proxies: Vec<Network>,
    observe: Option<Observe>,
    shutdown: Pin<Box<dyn Future<Output = ()> + Send>>,
}

/// How serving ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Drained {
    /// Connections that were cut off, since they took longer than [`drain_timeout`](Serve::drain_timeout).
    pub cut_off: usize,
}

impl Serve {
    /// Ends serving when `shutdown` is ready: no connection is accepted any more, idle ones are closed, and requests
    /// under way are finished. Polls that wait are answered 503 after half of [`drain_timeout`](Self::drain_timeout),
    /// with `Retry-After`, and lose nothing.
    pub fn with_graceful_shutdown(mut self, shutdown: impl Future<Output = ()> + Send + 'static) -> Self {
        self.shutdown = Box::pin(shutdown);
        self
    }

    /// Sets how long the end may take, 1 s by default. Connections that are still open then are cut off.
    pub fn drain_timeout(mut self, timeout: Duration) -> Self {
        self.limits.drain = timeout;
        self
    }

    /// Sets how long the head of a request may take: from its first byte, or from the beginning of a new connection. The
    /// default is 10 s.
    pub fn header_timeout(mut self, timeout: Duration) -> Self {
        self.limits.header = timeout;
        self
    }

    /// Sets how long a client may pause in a body, 10 s by default. The routes of this crate limit the time of a whole
    /// body by themselves, to 10 s.
    pub fn body_timeout(mut self, timeout: Duration) -> Self {
        self.limits.body_pause = timeout;
        self
    }

    /// Sets how long a request may take, a wait included, 45 s by default. Keep it above
    /// [`Routes::max_wait`](super::Routes::max_wait).
    pub fn request_timeout(mut self, timeout: Duration) -> Self {
        self.limits.request = timeout;
        self
    }

    /// Sets how long a connection may be idle between two requests, 75 s by default. Keep it above the time that a proxy
    /// in front keeps an idle connection, which is 60 s for most: otherwise a request that the proxy sends may be lost
    /// with a connection that is closed at that moment.
    pub fn idle_timeout(mut self, timeout: Duration) -> Self {
        self.limits.idle = timeout;
        self
    }

    /// Sets the age at which a connection is closed with its next response, 10 min by default. One whose responses are
    /// not read goes, too, some time later.
    pub fn max_connection_age(mut self, age: Duration) -> Self {
        self.limits.age = age;
        self
    }

    /// Sets how many connections one source may have, 64 by default: on the lowest rung of its
    /// [ladder](crate::Source::ladder), and four times as many on each next one.
    pub fn max_connections_per_source(mut self, connections: u32) -> Self {
        self.limits.per_source = connections.max(1);
        self
    }

    /// Sets how many connections there may be. By default the process's limit on open files decides: its soft limit
    /// (`RLIMIT_NOFILE`) is raised as far as the hard limit allows, and seven eighths of it are for connections, at most
    /// 100,000. If there is no such limit, it is 10,000.
    pub fn max_connections(mut self, connections: usize) -> Self {
        self.limits.connections = Some(connections.max(1));
        self
    }

    /// Sets the proxies in front, whose connections stand for many people: they are not counted against a source, and
    /// not closed to make room. There are none by default. Such a proxy must limit its own clients.
    ///
    /// A source is the peer's address here, whatever [`Routes::source`](super::Routes::source) says: a connection is counted
    /// before it sends a header. Give the same networks to [`Routes`](super::Routes::trusted_proxies) and [`Pages`](super::Pages::trusted_proxies).
    pub fn trusted_proxies(mut self, networks: impl IntoIterator<Item = Network>) -> Self {
        self.trusted_proxies = networks.into_iter().collect();
        self
    }

    /// Notes each request, those that the limits answer included.
    pub fn observe(mut self, observe: Observe) -> Self {
        self.observe = Some(observe);
        self
    }

    async fn run(self) -> Drained {
        let Self { listener, app, limits, trusted_proxies, observe, shutdown } = self;
        let connections = limits.connections.unwrap_or_else(descriptors::connections);
        let census = Census::new(limits.per_source, connections);
        // Each route is made once, and not for each request.
        let app = move |ending| app.layer(Within::new(limits, ending, observe)).with_state(());
        let limits = limits.into();
        let listen = Listen { listener, limits, census, trusted_proxies, full: false.into(), refused: None.into() };
        Drained { cut_off: listen.run(shutdown, app).await }
    }
}

impl IntoFuture for Serve {
    type Output = Drained;
    type IntoFuture = Pin<Box<dyn Future<Output = Drained> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.run())
    }
}

impl fmt::Debug for Serve {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Serve")
            .field("listener", &self.listener)
            .field("limits", &self.limits)
            .field("trusted_proxies", &self.trusted_proxies)
            .field("observe", &self.observe)
            .finish_non_exhaustive()
    }
}
