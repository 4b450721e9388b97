//! `POST /auth/cli`: begins a login.

use std::time::Duration;

use axum::extract::{Request, State};
use axum::http::HeaderMap;
use axum::response::Response;
use jiff::Timestamp;
use serde_json::json;

use super::api::{Api, Caller};
use crate::LoginOptions;
use crate::axum::server::{Access, Context, Holder, Sessions, Tokens};
use crate::axum::wire::{Failure, Fields, done};

/// The longest `expires_in_millis`: a day.
const LONGEST_MILLIS: u32 = 24 * 60 * 60 * 1000;
/// The default `expires_in_millis`: two hours.
const DEFAULT_MILLIS: u32 = 2 * 60 * 60 * 1000;

pub(super) async fn initiate<B: Sessions, A: Access, K: Tokens>(
    State(api): State<Api<B, A, K>>,
    request: Request,
) -> Result<Response, Failure> {
    let read = |fields: &mut Fields<'_>, _: &HeaderMap| {
        let millis = fields.optional_integer("expires_in_millis", 1..=LONGEST_MILLIS)?.unwrap_or(DEFAULT_MILLIS);
        Ok((millis, fields.optional_text("anon_refresh_token")?))
    };
    let (caller, (millis, anonymous)) = api.admit(request, &["expires_in_millis", "anon_refresh_token"], read).await?;
    let Caller { store, has_secret_key } = caller;

    let asked = Duration::from_millis(millis.into());
    let ttl = if has_secret_key { asked } else { asked.min(api.settings().longest) };
    let mut login = LoginOptions::new().ttl(ttl);
    if let Some(token) = anonymous {
        match api.tokens().holder(store.tenant(), &token).await? {
            Some(Holder::Anonymous) => login = login.context(Context::anonymous(token)),
            Some(Holder::SignedIn) => {
                return Err(Failure::own(
                    400,
                    "ANON_REFRESH_TOKEN_NOT_ANONYMOUS",
                    "The refresh token does not belong to an anonymous user; send an anonymous user's, or none.",
                ));
            }
            None => return Err(Failure::own(400, "INVALID_ANON_REFRESH_TOKEN", "Invalid anon refresh token.")),
        }
    }
    let begun = store.initiate(login).await?;
    let expires_at = millis_after_now(begun.expires_in);
    Ok(done(
        "initiated",
        &json!({
            "polling_code": &*begun.polling_code.expose(),
            "login_code": &*begun.login_code.expose(),
            "expires_at": format!("{expires_at:.3}"),
        }),
    ))
}

/// Returns the time after `ttl`, in UTC, to the millisecond; `Timestamp::MAX` if that is out of range.
fn millis_after_now(ttl: Duration) -> Timestamp {
    let millis = i64::try_from(ttl.as_millis()).unwrap_or(i64::MAX);
    Timestamp::from_millisecond(Timestamp::now().as_millisecond().saturating_add(millis)).unwrap_or(Timestamp::MAX)
}
