//! `health`: what a load balancer asks.

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, RETRY_AFTER};
use axum::middleware::from_fn;
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use super::server::Sessions;
use super::wire::{require_host, whole_seconds};

/// Returns two paths for a load balancer, without a key: `GET /healthz`, which answers 200 `ok` as long as the server
/// takes requests, and `GET /readyz`, which answers 200 `ready` if the store does, too, and 503 with `Retry-After`
/// otherwise ([`Backend::ready`](crate::Backend::ready)). A store in memory always does; one in Redis has its server run one
/// script that would write, whatever the store's size.
///
/// ```
/// # use axum::Router;
/// # use counterfoil::axum::{Store, health};
/// # let store = Store::builder().build()?;
/// let app: Router = Router::new().merge(health(store));
/// # Ok::<(), counterfoil::BuildError>(())
/// ```
pub fn health<B: Sessions>(store: B) -> Router {
    Router::new()
        .route("/healthz", get(|| async { uncached("ok") }))
        .route("/readyz", get(ready::<B>))
        .with_state(store)
        .layer(from_fn(require_host))
}

async fn ready<B: Sessions>(State(store): State<B>) -> Response {
    match store.ready().await {
        Ok(()) => uncached("ready"),
        Err(down) => {
            let retry_after = whole_seconds(down.retry_after).max(1).to_string();
            let body = uncached("the store is unavailable");
            (StatusCode::SERVICE_UNAVAILABLE, [(RETRY_AFTER, retry_after)], body).into_response()
        }
    }
}

fn uncached(text: &'static str) -> Response {
    ([(CACHE_CONTROL, "no-store")], text).into_response()
}
