//! The response with tokens (RFC 6749, section 5.1).

use axum::response::Response;
use serde_json::{Map, Value};

use crate::axum::server::Issued;
use crate::axum::wire::done;

/// Returns the response with the tokens. It names the scope whenever the server does: a client that is told none takes
/// what it asked for as granted.
pub(super) fn success(outcome: &'static str, issued: &Issued) -> Response {
    let mut body = Map::new();
    let mut put = |name: &str, value: Value| body.insert(name.to_owned(), value);
    put("access_token", issued.access_token.expose().into());
    put("token_type", "Bearer".into());
    put("refresh_token", issued.refresh_token.expose().into());
    if let Some(expires_in) = issued.expires_in {
        put("expires_in", expires_in.as_secs().into());
    }
    if let Some(scope) = &issued.scope {
        put("scope", scope.as_str().into());
    }
    done(outcome, &body.into())
}
