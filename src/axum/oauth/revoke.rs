//! `POST /oauth/revoke`: a client gives a token back (RFC 7009).

use axum::extract::{Request, State};
use axum::response::Response;
use serde_json::json;

use super::client::ClientId;
use super::provider::Provider;
use super::refusal::Refusal;
use crate::axum::server::{Access, Revocation, Sessions, Tokens, Why};
use crate::axum::wire::{Form, done};

/// The response is the same whether there was such a token or not (RFC 7009, section 2.2). `token_type_hint` is not
/// needed: a server knows its tokens.
pub(super) async fn revoke<B: Sessions, A: Access, K: Tokens>(
    State(provider): State<Provider<B, A, K>>,
    request: Request,
) -> Result<Response, Refusal> {
    let (head, mut form) = Form::receive(request, &["token", "client_id", "client_secret"]).await?;
    let token = form.require("token", "token is required.")?;
    let client = ClientId::read(&head.headers, &mut form)?;
    let known = provider.client(&client).await?;
    let revocation = Revocation::new(known.tenant, Why::Requested).client(client.id()).token(token);
    provider.tokens().revoke(revocation).await?;
    Ok(done("revoked", &json!({})))
}
