//! `POST /auth/cli/complete`: what the browser's side does with a login, by `mode`.

use axum::extract::{Request, State};
use axum::http::HeaderMap;
use axum::response::Response;
use serde_json::json;

use super::api::{Api, Caller};
use crate::axum::server::{Access, AccessError, Asked, Event, EventKind, Holder, Sessions, Tokens};
use crate::axum::wire::{Failure, Fields, done};
use crate::{BackendError, ClaimError, Details, Inspected, LoginCode, Secret, SettleError, State as Stands};

/// A request. A malformed code is treated as an unknown one.
struct Completion {
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

impl Completion {
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
    let (Caller { store, source, .. }, asked) =
        api.admit(request, &["login_code", "mode", "refresh_token"], Completion::read).await?;
    let Completion { code, mode } = asked;
    let events = &api.settings().events;
    let note = |kind, login: &Inspected| {
        let client = login.details.as_deref().and_then(|details| details.client.as_deref());
        events.note(&Event::new(kind, source).tenant(store.tenant()).session(login.id).client(client));
    };
    match mode {
        Mode::Complete(token) => {
            let token = token.ok_or_else(token_required)?;
            let login = approve(&api, &store, &code?, token).await?;
            note(EventKind::Approved, &login);
            Ok(success("approved"))
        }
        Mode::Check => {
            let login = pending(&store, &code?).await?;
            note(EventKind::LookedUp, &login);
            // Whether it holds an anonymous user's token that has not been claimed.
            let state = if login.has_context { "anonymous" } else { "none" };
            Ok(done("checked", &json!({ "cli_session_state": state })))
        }
        Mode::Claim => claim(api.tokens(), &store, &code?).await,
        Mode::Deny => {
            let code = code?;
            store.deny(&code).await.map_err(|error| refused(&error))?;
            if events.is_set()
                && let Ok(Some(login)) = store.inspect(&code).await
            {
                note(EventKind::Denied, &login);
            }
            Ok(success("denied"))
        }
    }
}

/// Completes the login with the signed-in user's token, which is the user's own: it is not revoked if that fails.
async fn approve<B: Sessions, A: Access, K: Tokens>(
    api: &Api<B, A, K>,
    store: &B,
    code: &LoginCode,
    token: Secret,
) -> Result<Inspected, Failure> {
    // Avoids asking for the token's holder in vain; `complete` checks again.
    let login = pending(store, code).await?;
    if must_be_handed_back(api, login.details.as_deref()).await? {
        return Err(Failure::own(
            400,
            "HAND_BACK_REQUIRED",
            "This login is handed back to the tool's own machine; approve it on the page that the tool's link leads to.",
        ));
    }
    match api.tokens().holder(store.tenant(), &token).await? {
        Some(Holder::SignedIn) => {}
        Some(Holder::Anonymous) | None => {
            return Err(Failure::own(400, "INVALID_REFRESH_TOKEN", "Invalid refresh token; sign in and try again."));
        }
    }
    match store.complete(code, token, None).await {
        Ok(()) => Ok(login),
        Err(error) => Err(refused(&error.reason)),
    }
}

/// Returns whether a login may only be approved with a proof for the tool's machine, which the pages alone can bring there.
async fn must_be_handed_back<B: Sessions, A: Access, K: Tokens>(
    api: &Api<B, A, K>,
    details: Option<&Details>,
) -> Result<bool, Failure> {
    let Some(details) = details.filter(|details| details.hand_back.is_some()) else { return Ok(false) };
    let Some(client) = &details.client else { return Ok(api.settings().require_hand_back) };
    match api.access().client(client).await {
        Ok(client) => Ok(client.requires_hand_back),
        Err(AccessError::Unavailable(unavailable)) => Err(unavailable.into()),
        // It is no client any more; whether it required it is not known.
        Err(AccessError::UnknownProject | AccessError::WrongKey) => Ok(true),
    }
}

/// Claims the anonymous user's token, and issues tokens for it.
async fn claim(tokens: &impl Tokens, store: &impl Sessions, code: &LoginCode) -> Result<Response, Failure> {
    let context = store.claim_context(code).await.map_err(|error| match error {
        BackendError::Refused(ClaimError::NoContext) => no_anonymous_session(),
        BackendError::Refused(ClaimError::NotPending(_)) => invalid_code(),
        BackendError::Unavailable(unavailable) => unavailable.into(),
    })?;
    let token = context.into_anonymous();
    // The claim stands, whatever becomes of this.
    let login = store.inspect(code).await.ok().flatten();
    let asked = login.map_or_else(|| Asked::new(None), |login| Asked::of(login.id, login.details.as_deref()));
    let issued = tokens.issue(store.tenant(), token, &asked).await?.ok_or_else(no_anonymous_session)?;
    Ok(done(
        "claimed",
        &json!({
            "access_token": issued.access_token.expose(),
            "refresh_token": issued.refresh_token.expose(),
        }),
    ))
}

/// Returns a pending login. Fails if the login is not pending.
async fn pending(store: &impl Sessions, code: &LoginCode) -> Result<Inspected, Failure> {
    match store.inspect(code).await? {
        Some(login) if login.state == Stands::Pending => Ok(login),
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
