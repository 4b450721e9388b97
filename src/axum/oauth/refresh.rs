//! `POST /oauth/token` with `grant_type=refresh_token` (RFC 6749, section 6).

use axum::http::request::Parts as Head;
use axum::response::Response;

use super::client::ClientId;
use super::provider::Provider;
use super::refusal::Refusal;
use super::scope;
use super::success::success;
use crate::Secret;
use crate::axum::server::{Access, Refresh, RefreshError, Sessions, Tokens};
use crate::axum::wire::Form;

/// A request. The response to an unknown client says nothing about its scope.
pub(super) struct Renewal {
    refresh_token: Secret,
    client: ClientId,
    scope: Result<Option<Box<str>>, Refusal>,
}

impl Renewal {
    pub(super) fn read<B: Sessions, A: Access, K: Tokens>(
        provider: &Provider<B, A, K>,
        head: &Head,
        form: &mut Form,
    ) -> Result<Self, Refusal> {
        let client = ClientId::read(&head.headers, form)?;
        let refresh_token = form.require("refresh_token", "refresh_token is required.")?;
        Ok(Self { refresh_token, client, scope: scope::read(form, &provider.settings) })
    }
}

pub(super) async fn refresh<B: Sessions, A: Access, K: Tokens>(
    provider: &Provider<B, A, K>,
    asked: Renewal,
) -> Result<Response, Refusal> {
    let Renewal { refresh_token, client, scope } = asked;
    let known = provider.client(&client).await?;
    let scope = scope?;
    let mut refresh = Refresh::new(&known.tenant, client.id());
    refresh.scope = scope.as_deref();
    let issued = provider.tokens().refresh(&refresh, refresh_token).await.map_err(|error| match error {
        RefreshError::Invalid => Refusal::lost_grant("The refresh token is not valid; start a new login."),
        RefreshError::Scope => Refusal::invalid_scope("The scope is more than what was granted; ask for less."),
        RefreshError::Unavailable(unavailable) => unavailable.into(),
    })?;
    Ok(success("refreshed", &issued))
}
