//! `Observe`: each request noted, in the log and in the metrics, under an id of its own.

#[cfg(feature = "tracing")]
mod log;
#[cfg(feature = "metrics")]
mod measure;
mod noted;
mod request_id;

use std::convert::Infallible;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::extract::Request;
use axum::response::Response;
use tower_layer::Layer;
use tower_service::Service;

use super::server::Network;
use noted::{Noted, Rules};

pub use request_id::RequestId;

/// Notes each request: its method, the template of its path, its status, its [`Outcome`](super::Outcome) and the time
/// that it took. Nothing else of it: codes come in queries and bodies, keys in headers.
///
/// It is a layer for a router; [`serve`](super::serve) takes it, too, and then it also notes what the limits answer.
///
/// ```
/// use axum::Router;
/// use axum::routing::get;
/// use counterfoil::axum::Observe;
///
/// let app: Router = Router::new()
///     .route("/", get(|| async { "hello" }))
///     .layer(Observe::new().quiet(["/healthz", "/readyz", "/metrics"]));
/// ```
///
/// # Request ids
/// Each request has a [`RequestId`] in its extensions, and its response in the header `x-request-id`. It is drawn at
/// random, unless a [trusted proxy](Observe::trusted_proxies) sends one in that header.
///
/// # Log
/// With the feature `tracing`, each response is an event of the level `info`: `answered method="POST"
/// path="/api/v1/auth/cli" status=200 outcome="initiated" took=52µs request="…"`. What a tool hears every few seconds, such
/// as *pending*, and [quiet](Observe::quiet) paths are of the level `debug`; a 503 is a warning, another 5xx an error. A
/// request whose client went away before the response is an event of the level `debug`.
///
/// # Metrics
/// With the feature `metrics`, see `counterfoil::axum::metrics` for their names. Install the recorder before the first
/// request: each set of labels is looked up once, and its handle is kept.
///
/// # Cost
/// Some hundred instructions, and one lock of a sharded map for reading.
#[derive(Clone)]
#[must_use = "it notes nothing until it is a layer of a router, or given to `serve`"]
pub struct Observe(Arc<Rules>);

impl Observe {
    /// Notes every request.
    pub fn new() -> Self {
        Self(Arc::new(Rules::default()))
    }

    /// Sets the paths, as templates, that are asked so often that their lines would bury the rest: a response below 400
    /// is logged at the level `debug`.
    pub fn quiet<P: Into<String>>(self, paths: impl IntoIterator<Item = P>) -> Self {
        let quiet = paths.into_iter().map(Into::into).collect();
        Self(Arc::new(Rules { quiet, ..self.0.anew() }))
    }

    /// Sets the proxies whose `x-request-id` is taken over, if it has at most 64 letters, digits, `-`, `_` or `.`. There
    /// are none by default.
    pub fn trusted_proxies(self, networks: impl IntoIterator<Item = Network>) -> Self {
        let trusted_proxies = networks.into_iter().collect();
        Self(Arc::new(Rules { trusted_proxies, ..self.0.anew() }))
    }

    /// Begins to note a request, whose path has been matched with its template.
    pub(super) fn begin(&self, request: &mut Request) -> Noted {
        Noted::new(self.0.clone(), request)
    }
}

impl Default for Observe {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Observe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Rules { quiet, trusted_proxies, .. } = &*self.0;
        f.debug_struct("Observe")
            .field("quiet", quiet)
            .field("trusted_proxies", trusted_proxies)
            .finish_non_exhaustive()
    }
}

impl<S> Layer<S> for Observe {
    type Service = Observed<S>;

    fn layer(&self, inner: S) -> Observed<S> {
        Observed { inner, observe: self.clone() }
    }
}

/// A service whose requests are noted.
#[derive(Debug, Clone)]
pub struct Observed<S> {
    inner: S,
    observe: Observe,
}

impl<S> Service<Request> for Observed<S>
where
    S: Service<Request, Response = Response, Error = Infallible>,
    S::Future: Send + 'static,
{
    type Response = Response;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request) -> Self::Future {
        let noted = self.observe.begin(&mut request);
        let work = self.inner.call(request);
        Box::pin(async move {
            let mut response = work.await?;
            noted.answered(&mut response);
            Ok(response)
        })
    }
}
