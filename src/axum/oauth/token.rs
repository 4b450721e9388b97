//! `POST /oauth/token`: a poll of the client (RFC 8628, section 3.4), or a request for new tokens (RFC 6749, section 6).

use axum::extract::{Request, State};
use axum::response::Response;

use super::poll::{Poll, poll};
use super::provider::{DEVICE_CODE_GRANT, Provider, REFRESH_GRANT};
use super::refresh::{Renewal, refresh};
use super::refusal::Refusal;
use crate::axum::server::{Access, Sessions, Tokens};
use crate::axum::wire::Form;

/// The parameters of both grant types.
const WANTED: [&str; 8] = [
    "grant_type",
    "device_code",
    "code_verifier",
    "hand_back_proof",
    "refresh_token",
    "scope",
    "client_id",
    "client_secret",
];

/// A request, by its grant type.
enum Asked {
    Poll(Poll),
    Renewal(Renewal),
}

impl Asked {
    async fn receive<B: Sessions, A: Access, K: Tokens>(
        provider: &Provider<B, A, K>,
        request: Request,
    ) -> Result<Self, Refusal> {
        let (head, mut form) = Form::receive(request, &WANTED).await?;
        let grant = form.require("grant_type", "grant_type is required.")?;
        match grant.expose() {
            DEVICE_CODE_GRANT => Poll::read(provider, &head, &mut form).map(Self::Poll),
            REFRESH_GRANT if provider.tokens().refreshes() => {
                Renewal::read(provider, &head, &mut form).map(Self::Renewal)
            }
            _ => Err(Refusal::unsupported_grant_type()),
        }
    }
}

pub(super) async fn token<B: Sessions, A: Access, K: Tokens>(
    State(provider): State<Provider<B, A, K>>,
    request: Request,
) -> Result<Response, Refusal> {
    match Asked::receive(&provider, request).await? {
        Asked::Poll(asked) => poll(&provider, asked).await,
        Asked::Renewal(asked) => refresh(&provider, asked).await,
    }
}
