//! `GET /.well-known/oauth-authorization-server` (RFC 8414; RFC 8628, section 4).

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::json;

use super::provider::{DEVICE_AUTHORIZATION, DEVICE_CODE_GRANT, Provider, REFRESH_GRANT, REVOKE, TOKEN};
use super::refusal::Refusal;
use crate::axum::server::{Access, Sessions, Tokens};
use crate::axum::wire::json_answer;

/// Clients are public: Basic credentials carry a client's id, and an empty password.
const AUTH_METHODS: [&str; 2] = ["none", "client_secret_basic"];

pub(super) async fn metadata<B: Sessions, A: Access, K: Tokens>(
    State(provider): State<Provider<B, A, K>>,
    request: Request,
) -> Result<Response, Refusal> {
    let base = provider.base(&request.into_parts().0)?;
    let mut grants = vec![DEVICE_CODE_GRANT];
    if provider.tokens().refreshes() {
        grants.push(REFRESH_GRANT);
    }
    let mut document = json!({
        "issuer": base.as_str(),
        "device_authorization_endpoint": base.join(DEVICE_AUTHORIZATION),
        "token_endpoint": base.join(TOKEN),
        "token_endpoint_auth_methods_supported": AUTH_METHODS,
        "grant_types_supported": grants,
        // For device codes, as elsewhere for authorization codes (RFC 7636).
        "code_challenge_methods_supported": ["S256"],
        // Required by RFC 8414; there is no authorization endpoint to send a response.
        "response_types_supported": [],
    });
    if provider.tokens().revokes() {
        document["revocation_endpoint"] = base.join(REVOKE).into();
        document["revocation_endpoint_auth_methods_supported"] = json!(AUTH_METHODS);
    }
    if let Some(scopes) = &provider.settings.scopes {
        document["scopes_supported"] = json!(**scopes);
    }
    Ok(json_answer(StatusCode::OK, &document))
}
