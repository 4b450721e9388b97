//! `POST /oauth/token`: a poll of the client (RFC 8628, sections 3.4 and 3.5), or a request for new tokens.

use std::time::Duration;

use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};

use super::client::ClientId;
use super::provider::{DEVICE_CODE_GRANT, Provider, REFRESH_GRANT};
use super::refresh;
use super::refusal::Refusal;
use super::success::success;
use crate::axum::server::{Access, Sessions, Tokens};
use crate::axum::wire::{Ask, Form, TwoKeys, prefer};
use crate::{Attempt, Polled, Secret, Unavailable};

/// A request, by its grant type.
enum Asked {
    Poll { client: ClientId, ask: Ask },
    Refresh(refresh::Asked),
}

/// The parameters of both grant types.
const WANTED: [&str; 6] = ["grant_type", "device_code", "refresh_token", "scope", "client_id", "client_secret"];

impl Asked {
    async fn receive<B: Sessions, A: Access, K: Tokens>(
        provider: &Provider<B, A, K>,
        request: Request,
    ) -> Result<Self, Refusal> {
        let (head, mut form) = Form::receive(request, &WANTED).await?;
        let grant = form.require("grant_type", "grant_type is required.")?;
        match grant.expose() {
            DEVICE_CODE_GRANT => {
                let code = form.require("device_code", "device_code is required.")?;
                let client = ClientId::read(&head.headers, &mut form)?;
                let ask = Ask::read(&code, &head.headers, provider.settings.max_wait);
                Ok(Self::Poll { client, ask: ask.map_err(|TwoKeys| Refusal::invalid_request(TwoKeys::TEXT))? })
            }
            REFRESH_GRANT if provider.tokens().refreshes() => {
                let client = ClientId::read(&head.headers, &mut form)?;
                refresh::Asked::read(provider, client, &mut form).map(Self::Refresh)
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
        Asked::Poll { client, ask } => poll(&provider, client, ask).await,
        Asked::Refresh(asked) => refresh::refresh(&provider, asked).await,
    }
}

async fn poll<B: Sessions, A: Access, K: Tokens>(
    provider: &Provider<B, A, K>,
    client: ClientId,
    ask: Ask,
) -> Result<Response, Refusal> {
    let store = provider.store(&provider.client(&client).await?);
    let (wait, attempt) = (ask.wait, ask.options.attempt);
    let polled = ask.of(&store).await?;
    let answer = match polled {
        // If the store sets no pace and the poll did not wait, one second keeps the client from polling in a loop.
        Polled::Pending { retry_after } if wait.is_none() => {
            Err(Refusal::pending(retry_after.max(Duration::from_secs(1))))
        }
        Polled::Pending { retry_after } => Err(Refusal::pending(retry_after)),
        Polled::SlowDown { retry_after } => Err(Refusal::slow_down(retry_after)),
        Polled::Completed(refresh_token) => {
            let window = store.replay_window().or(attempt.map(|_| Attempt::GRACE));
            issue(&provider.parts.tokens, store.tenant(), refresh_token, window).await
        }
        Polled::Denied => Err(Refusal::access_denied()),
        Polled::Expired => Err(Refusal::expired_token()),
        Polled::Cancelled => Err(Refusal::cancelled()),
        Polled::Redeemed | Polled::Unknown => Err(Refusal::invalid_grant()),
    };
    let mut response = answer.unwrap_or_else(IntoResponse::into_response);
    if let Some(wait) = wait {
        prefer::applied(&mut response, wait);
    }
    Ok(response)
}

/// Issues tokens for the refresh token that has just left the store, which hands it out again within `window`.
async fn issue(
    tokens: &impl Tokens,
    tenant: &str,
    refresh_token: Secret,
    window: Option<Duration>,
) -> Result<Response, Refusal> {
    match tokens.issue(tenant, refresh_token).await {
        Ok(Some(issued)) => Ok(success("completed", &issued)),
        Ok(None) => {
            Err(Refusal::lost_grant("The login was approved, but its token has been revoked; start a new one."))
        }
        Err(Unavailable { retry_after, .. }) => Err(match window {
            // The store hands the grant out again: the same request may succeed within the window.
            Some(window) => Unavailable::new(retry_after.min(window / 2)).into(),
            // The next poll finds the code redeemed, so a "try again" would be wrong.
            None => Refusal::lost_grant("The login was approved, but no tokens could be issued; start a new one."),
        }),
    }
}
