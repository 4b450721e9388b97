//! `Cors`: the origins whose pages may call the Stack dialects (Fetch standard, section 3.3).

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use axum::http::header::{CACHE_CONTROL, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue, Method};
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use axum::routing::MethodRouter;
use tower_http::cors::{AllowHeaders, AllowOrigin, CorsLayer};

use super::failure::KNOWN_ERROR;
use super::prefer::PREFERENCE_APPLIED;
use super::require_host::require_host;
use crate::axum::server::WebOrigin;

/// How long a browser may cache a preflight. Some browsers have lower limits.
const REMEMBERED: Duration = Duration::from_secs(10 * 60);

/// The origins whose pages may call, besides the server's own.
#[derive(Debug, Clone, Default)]
pub(crate) struct Cors(Arc<[WebOrigin]>);

impl Cors {
    pub(crate) fn new(origins: impl IntoIterator<Item = WebOrigin>) -> Self {
        Self(origins.into_iter().collect())
    }

    /// Adds a path to a router, with a layer if there are any origins.
    ///
    /// The layer is on the path: a layer on the router would also apply to the server's own fallback.
    pub(crate) fn route<S>(&self, router: Router<S>, path: &str, methods: MethodRouter<S>) -> Router<S>
    where
        S: Clone + Send + Sync + 'static,
    {
        let methods = if self.0.is_empty() {
            methods
        } else {
            methods.layer(self.layer()).layer(from_fn(uncached)).layer(from_fn(require_host))
        };
        router.route(path, methods)
    }

    /// The allowed headers mirror the request: SDKs send a dozen of `x-stack-…` and `x-hexclave-…`, and it is the
    /// origin that is trusted. Credentials are not allowed, since no endpoint reads a cookie.
    fn layer(&self) -> CorsLayer {
        let [stack, hexclave] = KNOWN_ERROR.map(HeaderName::from_static);
        let origins = self.0.clone();
        let let_in = move |origin: &HeaderValue, _: &Parts| {
            origin.to_str().ok().and_then(WebOrigin::read).is_some_and(|origin| origins.contains(&origin))
        };
        CorsLayer::new()
            .allow_origin(AllowOrigin::predicate(let_in))
            .allow_methods([Method::GET, Method::POST])
            .allow_headers(AllowHeaders::mirror_request())
            .expose_headers([stack, hexclave, PREFERENCE_APPLIED, RETRY_AFTER, WWW_AUTHENTICATE])
            .max_age(REMEMBERED)
    }
}

/// Forbids caching: the layer's own responses, to preflights, do not.
async fn uncached(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
