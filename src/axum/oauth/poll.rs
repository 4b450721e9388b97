//! `POST /oauth/token` with the grant type of RFC 8628: a poll of the client (sections 3.4 and 3.5).

use std::time::Duration;

use axum::http::request::Parts as Head;
use axum::response::{IntoResponse, Response};

use super::client::ClientId;
use super::device_code::DeviceCode;
use super::provider::Provider;
use super::refusal::Refusal;
use super::success::success;
use crate::axum::server::{Access, Asked, Asker, Sessions, Tokens, after_poll, redeemed};
use crate::axum::wire::{Ask, Bound, Challenge, Form, TwoKeys, hand_back_proof, prefer};
use crate::source::Source;
use crate::{Attempt, Polled, Secret, SessionId, Unavailable};

/// A request.
pub(super) struct Poll {
    client: ClientId,
    scope: Option<Box<str>>,
    source: Source,
    ask: Ask,
}

impl Poll {
    pub(super) fn read<B: Sessions, A: Access, K: Tokens>(
        provider: &Provider<B, A, K>,
        head: &Head,
        form: &mut Form,
    ) -> Result<Self, Refusal> {
        let code = form.require("device_code", "device_code is required.")?;
        let client = ClientId::read(&head.headers, form)?;
        let DeviceCode { polling_code, scope } = DeviceCode::read(&code);
        let ask = Ask::read(&polling_code, &head.headers, provider.settings.max_wait);
        let ask = ask.map_err(|TwoKeys| Refusal::invalid_request(TwoKeys::TEXT))?;
        let challenge = Challenge::of_verifier(form.take("code_verifier").as_ref());
        let challenge = challenge.map_err(Refusal::invalid_request)?;
        let proof = hand_back_proof(form.take("hand_back_proof").as_ref()).map_err(Refusal::invalid_request)?;
        let bound = Bound { client: Some(client.id()), scope: scope.as_deref(), challenge };
        let ask = ask.carrying(&bound, proof);
        Ok(Self { client, scope, source: provider.settings.source(head), ask })
    }

    /// What the tokens are for.
    fn asked(&self, session: Option<SessionId>) -> Asked {
        let asked = Asked::new(session).client(self.client.id());
        match &self.scope {
            Some(scope) => asked.scope(scope),
            None => asked,
        }
    }
}

pub(super) async fn poll<B: Sessions, A: Access, K: Tokens>(
    provider: &Provider<B, A, K>,
    poll: Poll,
) -> Result<Response, Refusal> {
    let store = provider.store(&provider.client(&poll.client).await?);
    let (wait, attempt) = (poll.ask.wait, poll.ask.options.attempt);
    let polled = poll.ask.of(&store).await?;
    let (code, client) = (poll.ask.code.as_ref(), Some(poll.client.id()));
    let session = redeemed(&polled, code, &store).await;
    let asker = Asker { code, client, source: poll.source, session };
    after_poll(&polled, asker, &store, &provider.parts, &provider.settings.events).await;
    let answer = match polled {
        // If the store sets no pace and the poll did not wait, one second keeps the client from polling in a loop.
        Polled::Pending { retry_after } if wait.is_none() => {
            Err(Refusal::pending(retry_after.max(Duration::from_secs(1))))
        }
        Polled::Pending { retry_after } => Err(Refusal::pending(retry_after)),
        Polled::SlowDown { retry_after } => Err(Refusal::slow_down(retry_after)),
        Polled::Completed(refresh_token) => {
            let window = store.replay_window().or(attempt.map(|_| Attempt::GRACE));
            issue(provider.tokens(), store.tenant(), refresh_token, &poll.asked(session), window).await
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
    asked: &Asked,
    window: Option<Duration>,
) -> Result<Response, Refusal> {
    match tokens.issue(tenant, refresh_token, asked).await {
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
