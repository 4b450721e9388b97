//! `GET /.well-known/oauth-authorization-server` (RFC 8414; RFC 8628, section 4).

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::json;

use super::provider::{DEVICE_AUTHORIZATION, DEVICE_CODE_GRANT, Provider, TOKEN};
use super::refusal::Refusal;
use crate::axum::server::{Access, Sessions, Tokens};
use crate::axum::wire::json_answer;

pub(super) async fn metadata<B: Sessions, A: Access, K: Tokens>(
    State(provider): State<Provider<B, A, K>>,
    request: Request,
) -> Result<Response, Refusal> {
    let base = provider.base(&request.into_parts().0)?;
    Ok(json_answer(
        StatusCode::OK,
        &json!({
            "issuer": base.as_str(),
            "device_authorization_endpoint": base.join(DEVICE_AUTHORIZATION),
            "token_endpoint": base.join(TOKEN),
            // Clients are public: Basic credentials carry a client's id, and an empty password.
            "token_endpoint_auth_methods_supported": ["none", "client_secret_basic"],
            "grant_types_supported": [DEVICE_CODE_GRANT],
            // Required by RFC 8414; there is no authorization endpoint to send a response.
            "response_types_supported": [],
        }),
    ))
}
