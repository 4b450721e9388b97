//! Pages of other origins that may call the Stack dialects (the Fetch standard, section 3.3).

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use axum::http::header::{CACHE_CONTROL, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::uri::Uri;
use axum::http::{HeaderName, HeaderValue, Method};
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use axum::routing::MethodRouter;
use tower_http::cors::{AllowHeaders, CorsLayer};

use super::failure::KNOWN_ERROR;
use super::host::{Host, require_host};
use super::prefer::PREFERENCE_APPLIED;

/// For how long a browser may remember what it was told. Some have limits of their own below it.
const REMEMBERED: Duration = Duration::from_secs(10 * 60);

/// An origin as browsers send it: `https://app.example.com`, or with a port `http://localhost:3000`.
///
/// ```
/// use counterfoil::axum::WebOrigin;
///
/// let origin: WebOrigin = "https://App.example.com:443/".parse()?;
/// assert_eq!(origin.to_string(), "https://app.example.com");
/// # Ok::<(), counterfoil::axum::MalformedOrigin>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebOrigin(HeaderValue);

impl FromStr for WebOrigin {
    type Err = MalformedOrigin;

    fn from_str(text: &str) -> Result<Self, MalformedOrigin> {
        let uri: Uri = text.parse().map_err(|_| MalformedOrigin)?;
        let scheme = uri.scheme_str().unwrap_or_default();
        let usual = match scheme {
            "http" => 80,
            "https" => 443,
            _ => return Err(MalformedOrigin),
        };
        let host = uri.authority().and_then(|authority| Host::parse(authority.as_str())).ok_or(MalformedOrigin)?;
        if uri.path_and_query().is_some_and(|path| path != "/") || text.contains(['?', '#']) {
            return Err(MalformedOrigin);
        }
        let name = host.name().to_ascii_lowercase();
        let origin = match host.port().filter(|port| *port != usual) {
            Some(port) => format!("{scheme}://{name}:{port}"),
            None => format!("{scheme}://{name}"),
        };
        origin.try_into().map(Self).map_err(|_| MalformedOrigin)
    }
}

impl fmt::Display for WebOrigin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.to_str().unwrap_or_default())
    }
}

/// A text that is not an origin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MalformedOrigin;

impl fmt::Display for MalformedOrigin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not an origin: expected http:// or https://, a host, and perhaps a port, without a path")
    }
}

impl std::error::Error for MalformedOrigin {}

/// Lets pages of these origins call, besides those of the server's own.
#[derive(Debug, Clone, Default)]
pub(super) struct Cors(Vec<HeaderValue>);

impl Cors {
    pub(super) fn new(origins: impl IntoIterator<Item = WebOrigin>) -> Self {
        Self(origins.into_iter().map(|origin| origin.0).collect())
    }

    /// Adds a path. Without any origin, nothing is put in its way.
    ///
    /// The layer is on the path, not on the router, whose fallback would be a server's own.
    pub(super) fn route<S>(&self, router: Router<S>, path: &str, methods: MethodRouter<S>) -> Router<S>
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

    /// Which headers may be sent is mirrored: SDKs send a dozen of `x-stack-…` and `x-hexclave-…`, and it is the origin
    /// that is trusted. Cookies are not, they count for nothing here.
    fn layer(&self) -> CorsLayer {
        let [stack, hexclave] = KNOWN_ERROR.map(HeaderName::from_static);
        CorsLayer::new()
            .allow_origin(self.0.clone())
            .allow_methods([Method::GET, Method::POST])
            .allow_headers(AllowHeaders::mirror_request())
            .expose_headers([stack, hexclave, PREFERENCE_APPLIED, RETRY_AFTER, WWW_AUTHENTICATE])
            .max_age(REMEMBERED)
    }
}

/// The layer's own answers, to preflights, have no word on caches.
async fn uncached(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_read_as_browsers_send_it() {
        for (text, origin) in [
            ("https://app.example.com", "https://app.example.com"),
            ("https://app.example.com/", "https://app.example.com"),
            ("HTTPS://APP.Example.com:443", "https://app.example.com"),
            ("http://localhost:3000", "http://localhost:3000"),
            ("http://127.0.0.1:80", "http://127.0.0.1"),
            ("https://example.com:80", "https://example.com:80"),
            ("http://[::1]:3000", "http://[::1]:3000"),
        ] {
            assert_eq!(text.parse::<WebOrigin>().map(|origin| origin.to_string()).as_deref(), Ok(origin), "{text}");
        }
        for text in [
            "",
            "*",
            "null",
            "example.com",
            "//example.com",
            "ftp://example.com",
            "https://",
            "https://user@example.com",
            "https://example.com/path",
            "https://example.com/?",
            "https://example.com#a",
            "https://*.example.com",
            "https://example.com:99999",
            "https://b\u{fc}cher.example",
            "https://example.com https://other.example",
        ] {
            assert_eq!(text.parse::<WebOrigin>(), Err(MalformedOrigin), "{text}");
        }
    }
}
