//! `POST /oauth/device_authorization`: begins a login (RFC 8628, sections 3.1 and 3.2).

use axum::extract::{Request, State};
use axum::response::Response;
use serde_json::json;

use super::client::ClientId;
use super::provider::{DEVICE, Provider};
use super::refusal::Refusal;
use super::scope;
use crate::axum::server::{Access, Context, PublicUrl, Sessions, Tokens};
use crate::axum::wire::{Form, done, whole_seconds};
use crate::{LoginOptions, UserCode};

/// A request. The response to an unknown client says nothing about the other parameters.
struct Asked {
    client: ClientId,
    scope: Result<Option<Box<str>>, Refusal>,
    base: Result<PublicUrl, Refusal>,
}

impl Asked {
    async fn receive<B: Sessions, A: Access, K: Tokens>(
        provider: &Provider<B, A, K>,
        request: Request,
    ) -> Result<Self, Refusal> {
        let (head, mut form) = Form::receive(request, &["client_id", "client_secret", "scope"]).await?;
        Ok(Self {
            client: ClientId::read(&head.headers, &mut form)?,
            scope: scope::read(&mut form, &provider.settings),
            base: provider.base(&head),
        })
    }
}

pub(super) async fn authorize<B: Sessions, A: Access, K: Tokens>(
    State(provider): State<Provider<B, A, K>>,
    request: Request,
) -> Result<Response, Refusal> {
    let Asked { client, scope, base } = Asked::receive(&provider, request).await?;
    let store = provider.store(&provider.client(&client).await?);
    let (scope, page) = (scope?, base?.join(DEVICE));

    let mut login = LoginOptions::new().ttl(provider.settings.lifetime(store.default_ttl())).user_code();
    if let Some(scope) = scope {
        login = login.context(Context::scoped(scope));
    }
    let begun = store.initiate(login).await?;
    let user_code = begun.user_code.as_ref().map(UserCode::expose);
    let user_code = user_code.as_deref().unwrap_or_default();
    // `interval` must be positive, so it is one second if the store sets no pace.
    let interval = store.poll_interval().map_or(1, whole_seconds).max(1);
    Ok(done(
        "initiated",
        &json!({
            "device_code": &*begun.polling_code.expose(),
            "user_code": user_code,
            "verification_uri": page,
            // With the login code, the link opens the login without a guess. The user code is there to be compared.
            "verification_uri_complete": format!("{page}?user_code={user_code}&login_code={}", &*begun.login_code.expose()),
            "expires_in": begun.expires_in.as_secs(),
            "interval": interval,
        }),
    ))
}
