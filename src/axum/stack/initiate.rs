//! `POST /auth/cli`: begins a login.

use std::time::Duration;

use axum::extract::{Request, State};
use axum::http::HeaderMap;
use axum::response::Response;
use jiff::Timestamp;
use serde_json::json;

use super::api::{Api, Caller};
use crate::axum::server::{Access, Context, Event, EventKind, Holder, Sessions, Tokens};
use crate::axum::wire::{Bound, Challenge, Failure, Fields, HAND_BACK_REQUIRED, done, hand_back, requester};
use crate::source::Source;
use crate::{Details, LoginOptions, Requester, Secret};

/// The longest `expires_in_millis`: a day.
const LONGEST_MILLIS: u32 = 24 * 60 * 60 * 1000;
/// The default `expires_in_millis`: two hours.
const DEFAULT_MILLIS: u32 = 2 * 60 * 60 * 1000;

/// The fields of a request.
const WANTED: [&str; 6] =
    ["expires_in_millis", "anon_refresh_token", "client_name", "code_challenge", "code_challenge_method", "hand_back"];

/// A request.
struct Asked {
    ttl: Duration,
    anonymous: Option<Secret>,
    bound: Bound<'static>,
    /// What the tool says of itself, as the headers and the fields have it; without an address.
    requester: Requester,
    hand_back: Option<Secret>,
}

impl Asked {
    fn read(fields: &mut Fields<'_>, headers: &HeaderMap) -> Result<Self, Failure> {
        let millis = fields.optional_integer("expires_in_millis", 1..=LONGEST_MILLIS)?.unwrap_or(DEFAULT_MILLIS);
        let anonymous = fields.optional_text("anon_refresh_token")?;
        let (challenge, method) =
            (fields.optional_text("code_challenge")?, fields.optional_text("code_challenge_method")?);
        let challenge = Challenge::read(challenge.as_ref(), method.as_ref()).map_err(Failure::schema)?;
        let name = fields.optional_text("client_name")?;
        let address = fields.optional_text("hand_back")?;
        address.as_ref().map(hand_back).transpose().map_err(Failure::schema)?;
        Ok(Self {
            ttl: Duration::from_millis(millis.into()),
            anonymous,
            bound: Bound { challenge, ..Bound::default() },
            requester: requester(Source::UNKNOWN, headers, name.as_ref()),
            hand_back: address,
        })
    }
}

pub(super) async fn initiate<B: Sessions, A: Access, K: Tokens>(
    State(api): State<Api<B, A, K>>,
    request: Request,
) -> Result<Response, Failure> {
    let (caller, asked) = api.admit(request, &WANTED, Asked::read).await?;
    let Asked { ttl, anonymous, bound, mut requester, hand_back } = asked;
    let Caller { store, has_secret_key, source } = caller;
    let required = api.settings().require_hand_back;
    if required && !has_secret_key && hand_back.is_none() {
        return Err(Failure::schema(HAND_BACK_REQUIRED));
    }
    let hand_back = hand_back.filter(|_| required || api.settings().hand_back);

    let mut login = LoginOptions::new();
    login.ttl = Some(if has_secret_key { ttl } else { ttl.min(api.settings().longest) });
    login.binding = bound.binding();
    // The project's own server stands for many people, so that its address says nothing of who asks.
    if !has_secret_key {
        requester.address = source.address();
        login.source = source.address().map(Source::from);
    }
    if !has_secret_key || requester.name.is_some() || hand_back.is_some() {
        let mut details = Details::new().requester(requester);
        if let Some(address) = &hand_back {
            details = details.hand_back(address.expose());
        }
        login = login.details(details);
    }
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
    let events = &api.settings().events;
    let begun = store.initiate(login).await.inspect_err(|error| events.note_refused(error, source, store.tenant()))?;
    events.note(&Event::new(EventKind::Begun, source).tenant(store.tenant()).session(begun.id));
    let expires_at = millis_after_now(begun.expires_in);
    let mut answer = json!({
        "polling_code": &*begun.polling_code.expose(),
        "login_code": &*begun.login_code.expose(),
        "expires_at": format!("{expires_at:.3}"),
    });
    if hand_back.is_some() {
        answer["hand_back"] = true.into();
    }
    Ok(done("initiated", &answer))
}

/// Returns the time after `ttl`, in UTC, to the millisecond; `Timestamp::MAX` if that is out of range.
fn millis_after_now(ttl: Duration) -> Timestamp {
    let millis = i64::try_from(ttl.as_millis()).unwrap_or(i64::MAX);
    Timestamp::from_millisecond(Timestamp::now().as_millisecond().saturating_add(millis)).unwrap_or(Timestamp::MAX)
}
