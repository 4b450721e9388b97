//! `POST /auth/cli/complete`: what the browser's side does with a login, by `mode`.

use std::time::Duration;

use axum::extract::{Request, State};
use axum::http::HeaderMap;
use axum::response::Response;
use serde_json::{Map, Value, json};

use super::api::{Api, Caller};
use super::credentials;
use crate::UserCode;
use crate::axum::server::{Access, AccessError, Asked, Event, EventKind, Holder, Sessions, Tokens};
use crate::axum::wire::{Failure, Fields, body, done};
use crate::{
    BackendError, ClaimError, Details, Inspected, LoginCode, ResolveError, Secret, SettleError, Source, State as Stands,
};

/// A request. A malformed code is treated as an unknown one.
struct Completion {
    code: Result<Code, Failure>,
    mode: Mode,
}

/// What names the login. The user code only does for the project's own server: it is short enough to be guessed.
enum Code {
    Login(LoginCode),
    User(UserCode),
}

enum Mode {
    /// With the signed-in user's token, if it was sent.
    Complete(Option<Secret>),
    Check,
    Inspect,
    Claim,
    Deny,
}

impl Completion {
    fn read(fields: &mut Fields<'_>, _: &HeaderMap) -> Result<Self, Failure> {
        let code = Code::read(fields)?;
        let mode = fields.optional_text("mode")?;
        let refresh_token = fields.optional_text("refresh_token")?;
        let mode = match mode.as_ref().map_or("complete", Secret::expose) {
            "complete" => Mode::Complete(refresh_token),
            "check" => Mode::Check,
            "inspect" => Mode::Inspect,
            "claim-anon-session" => Mode::Claim,
            "deny" => Mode::Deny,
            _ => return Err(Failure::schema("mode must be complete, check, inspect, claim-anon-session or deny.")),
        };
        Ok(Self { code, mode })
    }
}

impl Code {
    fn read(fields: &mut Fields<'_>) -> Result<Result<Self, Failure>, Failure> {
        let Some(user_code) = fields.optional_text("user_code")? else {
            let code = LoginCode::parse(fields.text("login_code")?.expose());
            return Ok(code.map(Self::Login).map_err(|_| invalid_code()));
        };
        if fields.optional_text("login_code")?.is_some() {
            return Err(Failure::schema("Send login_code or user_code, one of them."));
        }
        Ok(UserCode::parse(user_code.expose()).map(Self::User).map_err(|_| invalid_code()))
    }

    /// Returns the login code. A wrong user code is one of the guesses that its source has.
    async fn login_code(self, store: &impl Sessions, source: Source) -> Result<LoginCode, Failure> {
        match self {
            Self::Login(code) => Ok(code),
            Self::User(code) => store.resolve(&code, source).await.map_err(|error| match error {
                BackendError::Refused(ResolveError::Unknown) => invalid_code(),
                BackendError::Refused(ResolveError::TooManyGuesses { retry_after }) => too_many_guesses(retry_after),
                BackendError::Unavailable(unavailable) => unavailable.into(),
            }),
        }
    }
}

pub(super) async fn complete<B: Sessions, A: Access, K: Tokens>(
    State(api): State<Api<B, A, K>>,
    request: Request,
) -> Result<Response, Failure> {
    // Before the body is read, as other credentials.
    let is_without_key = |headers| credentials::read(headers).is_ok_and(|sent| sent.secret_server_key.is_none());
    if api.settings().only_servers_complete && is_without_key(request.headers()) {
        body::discard(request.into_body());
        return Err(secret_key_required());
    }
    let (Caller { store, source, has_secret_key }, asked) =
        api.admit(request, &["login_code", "user_code", "mode", "refresh_token"], Completion::read).await?;
    let Completion { code, mode } = asked;
    if !has_secret_key && (matches!(code, Ok(Code::User(_))) || matches!(mode, Mode::Inspect)) {
        return Err(secret_key_required());
    }
    let events = &api.settings().events;
    let code = match code {
        Ok(code) => code.login_code(&store, source).await,
        Err(failure) => Err(failure),
    };
    if code.as_ref().is_err_and(|failure| failure.status() == 429) {
        events.note(&Event::new(EventKind::BudgetExhausted, source).tenant(store.tenant()));
    }
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
            Ok(done("checked", &json!({ "cli_session_state": session_state(&login) })))
        }
        Mode::Inspect => {
            let code = code?;
            let login = pending(&store, &code).await?;
            note(EventKind::LookedUp, &login);
            Ok(done("inspected", &shown(&code, &login)))
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

/// What a page of the project's own site shows before somebody approves. All texts but the codes come from the tool.
fn shown(code: &LoginCode, login: &Inspected) -> Value {
    let mut shown = Map::new();
    let mut put = |name: &str, value: Value| shown.insert(name.to_owned(), value);
    put("login_code", (&*code.expose()).into());
    put("check_word", code.check_word().to_string().into());
    put("cli_session_state", session_state(login).into());
    put("remaining_millis", u64::try_from(login.remaining.as_millis()).unwrap_or(u64::MAX).into());
    if let Some(details) = login.details.as_deref() {
        let requester = &details.requester;
        let texts = [
            ("client_id", &details.client),
            ("client_name", &requester.name),
            ("scope", &details.scope),
            ("user_agent", &requester.agent),
        ];
        for (name, text) in texts {
            if let Some(text) = text {
                put(name, (&**text).into());
            }
        }
        if let Some(address) = requester.address {
            put("address", address.to_string().into());
        }
    }
    shown.into()
}

/// Whether it holds an anonymous user's token that has not been claimed.
fn session_state(login: &Inspected) -> &'static str {
    if login.has_context { "anonymous" } else { "none" }
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

fn secret_key_required() -> Failure {
    Failure::known(
        401,
        "SERVER_AUTHENTICATION_REQUIRED",
        "This needs the secret server key; send x-stack-secret-server-key, from a server of yours and never from a page.",
    )
}

fn too_many_guesses(retry_after: Duration) -> Failure {
    Failure::too_many("TOO_MANY_GUESSES", "Too many wrong user codes; try again later.", retry_after)
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
