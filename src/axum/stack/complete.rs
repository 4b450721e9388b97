//! `POST /auth/cli/complete`: what the browser's side does with a login, by `mode`.

use axum::extract::{Request, State};
use axum::http::HeaderMap;
use axum::response::Response;
use serde_json::json;

use super::api::{Api, Caller};
use crate::axum::server::{Access, Holder, Sessions, Tokens};
use crate::axum::wire::{Failure, Fields, done};
use crate::{BackendError, ClaimError, LoginCode, Secret, SettleError, State as Stands};

/// A request. A malformed code is treated as an unknown one.
struct Asked {
    code: Result<LoginCode, Failure>,
    mode: Mode,
}

enum Mode {
    /// With the signed-in user's token, if it was sent.
    Complete(Option<Secret>),
    Check,
    Claim,
    Deny,
}

impl Asked {
    fn read(fields: &mut Fields<'_>, _: &HeaderMap) -> Result<Self, Failure> {
        let code = LoginCode::parse(fields.text("login_code")?.expose()).map_err(|_| invalid_code());
        let mode = fields.optional_text("mode")?;
        let refresh_token = fields.optional_text("refresh_token")?;
        let mode = match mode.as_ref().map_or("complete", Secret::expose) {
            "complete" => Mode::Complete(refresh_token),
            "check" => Mode::Check,
            "claim-anon-session" => Mode::Claim,
            "deny" => Mode::Deny,
            _ => return Err(Failure::schema("mode must be complete, check, claim-anon-session or deny.")),
        };
        Ok(Self { code, mode })
    }
}

pub(super) async fn complete<B: Sessions, A: Access, K: Tokens>(
    State(api): State<Api<B, A, K>>,
    request: Request,
) -> Result<Response, Failure> {
    let (Caller { store, .. }, asked) =
        api.admit(request, &["login_code", "mode", "refresh_token"], Asked::read).await?;
    let Asked { code, mode } = asked;
    match mode {
        Mode::Complete(token) => {
            let token = token.ok_or_else(token_required)?;
            approve(api.tokens(), &store, &code?, token).await
        }
        Mode::Check => check(&store, &code?).await,
        Mode::Claim => claim(api.tokens(), &store, &code?).await,
        Mode::Deny => match store.deny(&code?).await {
            Ok(()) => Ok(success("denied")),
            Err(error) => Err(refused(&error)),
        },
    }
}

/// Completes the login with the signed-in user's token.
async fn approve(
    tokens: &impl Tokens,
    store: &impl Sessions,
    code: &LoginCode,
    token: Secret,
) -> Result<Response, Failure> {
    // Avoids asking for the token's holder in vain; `complete` checks again.
    pending(store, code).await?;
    match tokens.holder(store.tenant(), &token).await? {
        Some(Holder::SignedIn) => {}
        Some(Holder::Anonymous) | None => {
            return Err(Failure::own(400, "INVALID_REFRESH_TOKEN", "Invalid refresh token; sign in and try again."));
        }
    }
    match store.complete(code, token, None).await {
        Ok(()) => Ok(success("approved")),
        Err(error) => Err(refused(&error.reason)),
    }
}

/// Returns whether the login holds an anonymous user's token that has not been claimed.
async fn check(store: &impl Sessions, code: &LoginCode) -> Result<Response, Failure> {
    let state = if pending(store, code).await? { "anonymous" } else { "none" };
    Ok(done("checked", &json!({ "cli_session_state": state })))
}

/// Claims the anonymous user's token, and issues tokens for it.
async fn claim(tokens: &impl Tokens, store: &impl Sessions, code: &LoginCode) -> Result<Response, Failure> {
    let context = store.claim_context(code).await.map_err(|error| match error {
        BackendError::Refused(ClaimError::NoContext) => no_anonymous_session(),
        BackendError::Refused(ClaimError::NotPending(_)) => invalid_code(),
        BackendError::Unavailable(unavailable) => unavailable.into(),
    })?;
    let token = context.into_anonymous().ok_or_else(no_anonymous_session)?;
    let issued = tokens.issue(store.tenant(), token).await?.ok_or_else(no_anonymous_session)?;
    Ok(done(
        "claimed",
        &json!({
            "access_token": issued.access_token.expose(),
            "refresh_token": issued.refresh_token.expose(),
        }),
    ))
}

/// Returns whether a pending login has an unclaimed context. Fails if the login is not pending.
async fn pending(store: &impl Sessions, code: &LoginCode) -> Result<bool, Failure> {
    match store.inspect(code).await? {
        Some(login) if login.state == Stands::Pending => Ok(login.has_context),
        _ => Err(invalid_code()),
    }
}

fn refused(error: &BackendError<SettleError>) -> Failure {
    match error {
        BackendError::Refused(_) => invalid_code(),
        BackendError::Unavailable(unavailable) => (*unavailable).into(),
    }
}

fn success(outcome: &'static str) -> Response {
    done(outcome, &json!({ "success": true }))
}

/// The one error for codes that are malformed, unknown, another tenant's, or of a login that has ended.
fn invalid_code() -> Failure {
    Failure::own(
        400,
        "INVALID_LOGIN_CODE",
        "Invalid login code or the code has expired; start the login again from the command line.",
    )
}

fn token_required() -> Failure {
    Failure::own(400, "REFRESH_TOKEN_REQUIRED", "refresh_token is required when mode is complete.")
}

fn no_anonymous_session() -> Failure {
    Failure::own(
        400,
        "NO_ANONYMOUS_SESSION",
        "No anonymous session associated with this code, or it has been claimed already.",
    )
}
