//! `Refusal`: an error response of the RFC 8628 dialect, `{"error","error_description"?}` (RFC 6749, section 5.2; RFC
//! 8628, section 3.5).

use std::borrow::Cow;
use std::time::Duration;

use axum::http::header::{ACCEPT_ENCODING, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use crate::Unavailable;
use crate::axum::server::Host;
use crate::axum::wire::{BadHost, Failure, Outcome, json_answer, whole_seconds};
use crate::{BackendError, InitiateError};

/// An error response. It never contains what the client sent.
#[derive(Debug)]
pub(super) struct Refusal {
    status: StatusCode,
    error: &'static str,
    description: Option<Cow<'static, str>>,
    retry_after: Option<u64>,
    encoded: bool,
}

impl Refusal {
    fn new(error: &'static str) -> Self {
        Self { status: StatusCode::BAD_REQUEST, error, description: None, retry_after: None, encoded: false }
    }

    fn describe(self, description: impl Into<Cow<'static, str>>) -> Self {
        Self { description: Some(description.into()), ..self }
    }

    pub(super) fn invalid_request(description: &'static str) -> Self {
        Self::new("invalid_request").describe(description)
    }

    pub(super) fn invalid_scope(description: &'static str) -> Self {
        Self::new("invalid_scope").describe(description)
    }

    pub(super) fn unsupported_grant_type() -> Self {
        Self::new("unsupported_grant_type").describe("The grant type is not supported; see grant_types_supported.")
    }

    /// The error for an unknown client, or for one that sends a secret.
    pub(super) fn invalid_client(description: &'static str) -> Self {
        Self { status: StatusCode::UNAUTHORIZED, ..Self::new("invalid_client").describe(description) }
    }

    /// The one error for codes that are malformed, unknown, another client's, or redeemed.
    pub(super) fn invalid_grant() -> Self {
        Self::lost_grant("The device code is unknown, or has been redeemed.")
    }

    /// The error for a valid code whose tokens are gone.
    pub(super) fn lost_grant(description: &'static str) -> Self {
        Self::new("invalid_grant").describe(description)
    }

    pub(super) fn pending(retry_after: Duration) -> Self {
        Self { retry_after: Some(whole_seconds(retry_after)), ..Self::new("authorization_pending") }
    }

    pub(super) fn slow_down(retry_after: Duration) -> Self {
        let refusal = Self::new("slow_down").describe("Add 5 seconds to the time between polls.");
        Self { retry_after: Some(whole_seconds(retry_after)), ..refusal }
    }

    pub(super) fn access_denied() -> Self {
        Self::new("access_denied").describe("The login was denied in the browser.")
    }

    pub(super) fn expired_token() -> Self {
        Self::new("expired_token").describe("The login has expired; start a new one.")
    }

    pub(super) fn cancelled() -> Self {
        Self::new("expired_token").describe("The login was cancelled; start a new one.")
    }
}

/// The errors that all dialects share: an incomplete body, a full store, a server that is temporarily unavailable.
impl From<Failure> for Refusal {
    fn from(failure: Failure) -> Self {
        let status = StatusCode::from_u16(failure.status()).unwrap_or(StatusCode::BAD_REQUEST);
        let busy = [StatusCode::SERVICE_UNAVAILABLE, StatusCode::TOO_MANY_REQUESTS].contains(&status);
        let error = if busy { "temporarily_unavailable" } else { "invalid_request" };
        let (retry_after, encoded) = (failure.retry_after(), failure.is_encoded());
        Self { status, retry_after, encoded, ..Self::new(error).describe(failure.into_text()) }
    }
}

impl From<BadHost> for Refusal {
    fn from(_: BadHost) -> Self {
        Self::invalid_request(BadHost::TEXT)
    }
}

impl From<Unavailable> for Refusal {
    fn from(unavailable: Unavailable) -> Self {
        Failure::from(unavailable).into()
    }
}

impl From<BackendError<InitiateError>> for Refusal {
    fn from(error: BackendError<InitiateError>) -> Self {
        Failure::from(error).into()
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let body = match self.description {
            Some(description) => json!({ "error": self.error, "error_description": description }),
            None => json!({ "error": self.error }),
        };
        let mut response = json_answer(self.status, &body);
        response.extensions_mut().insert(Outcome::new(self.error));
        let headers = response.headers_mut();
        if let Some(seconds) = self.retry_after {
            headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        // However the client was named (RFC 9110, section 11.6.1).
        if self.status == StatusCode::UNAUTHORIZED {
            let challenge = HeaderValue::from_static("Basic realm=\"oauth\", charset=\"UTF-8\"");
            headers.insert(WWW_AUTHENTICATE, challenge);
        }
        if self.encoded {
            headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
        }
        response
    }
}

/// The response to a method that a path does not take.
pub(super) async fn method_not_allowed(head: Parts) -> Refusal {
    if let Err(bad) = Host::of(&head) {
        return bad.into();
    }
    let refusal = Refusal::invalid_request("This path does not take this method; see the header Allow.");
    Refusal { status: StatusCode::METHOD_NOT_ALLOWED, ..refusal }
}
