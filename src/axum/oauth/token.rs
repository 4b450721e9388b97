//! `POST /oauth/token`: a poll of the client (RFC 8628, sections 3.4 and 3.5).

use std::time::Duration;

use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value};

use super::client::ClientId;
use super::provider::{DEVICE_CODE_GRANT, Provider};
use super::refusal::Refusal;
use crate::axum::server::{Access, Issued, Sessions, Tokens};
use crate::axum::wire::{Ask, Form, TwoKeys, done, prefer};
use crate::{Attempt, Polled, Secret, Unavailable};

/// A request.
struct Asked {
    client: ClientId,
    ask: Ask,
}

impl Asked {
    async fn receive(request: Request, max_wait: Duration) -> Result<Self, Refusal> {
        let wanted = ["grant_type", "device_code", "client_id", "client_secret"];
        let (head, mut form) = Form::receive(request, &wanted).await?;
        if form.require("grant_type", "grant_type is required.")?.expose() != DEVICE_CODE_GRANT {
            return Err(Refusal::unsupported_grant_type());
        }
        let code = form.require("device_code", "device_code is required.")?;
        let client = ClientId::read(&head.headers, &mut form)?;
        let ask = Ask::read(&code, &head.headers, max_wait);
        Ok(Self { client, ask: ask.map_err(|TwoKeys| Refusal::invalid_request(TwoKeys::TEXT))? })
    }
}

pub(super) async fn token<B: Sessions, A: Access, K: Tokens>(
    State(provider): State<Provider<B, A, K>>,
    request: Request,
) -> Result<Response, Refusal> {
    let Asked { client, ask } = Asked::receive(request, provider.settings.max_wait).await?;
    let store = provider.store(client).await?;
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
        Ok(Some(issued)) => Ok(success(&issued)),
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

/// Returns the response with the tokens (RFC 6749, section 5.1).
fn success(issued: &Issued) -> Response {
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
    done("completed", &body.into())
}
