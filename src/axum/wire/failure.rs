//! `Failure`: an error response of the Stack dialects, `{"code","error"}`.

use std::borrow::Cow;
use std::time::Duration;

use axum::http::header::{ACCEPT_ENCODING, CONNECTION, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::answer::json_answer;
use super::host_header::BadHost;
use super::outcome::Outcome;
use super::seconds::whole_seconds;
use crate::Unavailable;
use crate::axum::server::{AccessError, AccessType};
use crate::{BackendError, InitiateError};

/// A code that Stack SDKs know is sent in these headers, too; the SDKs read it there.
pub(crate) const KNOWN_ERROR: [&str; 2] = ["x-stack-known-error", "x-hexclave-known-error"];

/// The challenge of a 401 (RFC 9110, section 11.6.1): a project's id and key, in headers of their own. No browser shows
/// a dialogue for it.
const CHALLENGE: &str = "ApiKey realm=\"login\", \
                         header=\"x-stack-project-id x-stack-secret-server-key x-stack-publishable-client-key\"";

/// The longest `Retry-After`. The store names the time until a session *must* make room; most make room sooner, by
/// being completed or cancelled.
const LONGEST_RETRY: Duration = Duration::from_secs(60);

/// An error response. It never contains what the client sent.
#[derive(Debug)]
pub(crate) struct Failure {
    status: u16,
    code: &'static str,
    error: Cow<'static, str>,
    known: bool,
    encoded: bool,
    retry_after: Option<Duration>,
}

impl Failure {
    /// Returns an error whose code Stack SDKs know.
    pub(crate) fn known(status: u16, code: &'static str, error: impl Into<Cow<'static, str>>) -> Self {
        Self { status, code, error: error.into(), known: true, encoded: false, retry_after: None }
    }

    /// Returns an error whose code is this crate's own.
    pub(crate) fn own(status: u16, code: &'static str, error: impl Into<Cow<'static, str>>) -> Self {
        Self { status, code, error: error.into(), known: false, encoded: false, retry_after: None }
    }

    /// Returns the status, for a dialect that has another shape of errors.
    pub(crate) fn status(&self) -> u16 {
        self.status
    }

    /// Returns the error of a request that the endpoint does not take.
    pub(crate) fn schema(error: impl Into<Cow<'static, str>>) -> Self {
        Self::known(400, "SCHEMA_ERROR", error)
    }

    /// Returns the error of a body with a content coding.
    pub(crate) fn encoded() -> Self {
        let text = "The body must be sent as it is, without the header content-encoding.";
        Self { encoded: true, ..Self::known(415, "SCHEMA_ERROR", text) }
    }

    /// Returns the error of a request that did not come in time (RFC 9110, section 15.5.9). The connection is closed:
    /// what is left of the request may still be on its way.
    pub(crate) fn too_slow() -> Self {
        Self::own(408, "REQUEST_TIMEOUT", "The request took too long; send it again, faster.")
    }

    /// Returns a 503 with `Retry-After`.
    pub(crate) fn unavailable(code: &'static str, error: &'static str, retry_after: Duration) -> Self {
        Self { retry_after: Some(retry_after), ..Self::own(503, code, error) }
    }

    /// Returns a 429 with `Retry-After`.
    pub(crate) fn too_many(code: &'static str, error: &'static str, retry_after: Duration) -> Self {
        Self { retry_after: Some(retry_after), ..Self::own(429, code, error) }
    }

    /// Returns the response to an [`Access`](crate::axum::Access) that refused credentials of this type.
    pub(crate) fn access(error: AccessError, access_type: AccessType) -> Self {
        match (error, access_type) {
            (AccessError::UnknownProject, _) => Self::known(
                400,
                "CURRENT_PROJECT_NOT_FOUND",
                "There is no such project; check the header x-stack-project-id.",
            ),
            (AccessError::WrongKey, AccessType::Client) => Self::known(
                401,
                "INVALID_PUBLISHABLE_CLIENT_KEY",
                "The key is not one of this project's; check x-stack-project-id and x-stack-publishable-client-key.",
            ),
            (AccessError::WrongKey, AccessType::Server | AccessType::Admin) => Self::known(
                401,
                "INVALID_SECRET_SERVER_KEY",
                "The key is not one of this project's; check x-stack-project-id and x-stack-secret-server-key.",
            ),
            (AccessError::Unavailable(unavailable), _) => unavailable.into(),
        }
    }
}

impl Failure {
    /// Returns the seconds until the next try, if there is one: at least one, so that no client tries again at once.
    pub(crate) fn retry_after(&self) -> Option<u64> {
        self.retry_after.map(|wait| whole_seconds(wait.min(LONGEST_RETRY)).max(1))
    }

    /// Returns whether the request failed for its content coding.
    pub(crate) fn is_encoded(&self) -> bool {
        self.encoded
    }

    /// Returns the text for people.
    pub(crate) fn into_text(self) -> Cow<'static, str> {
        self.error
    }
}

impl From<BadHost> for Failure {
    fn from(_: BadHost) -> Self {
        Self::schema(BadHost::TEXT)
    }
}

impl From<Unavailable> for Failure {
    fn from(Unavailable { retry_after, .. }: Unavailable) -> Self {
        Self::unavailable("TEMPORARILY_UNAVAILABLE", "Temporarily unavailable; try again later.", retry_after)
    }
}

impl From<BackendError<InitiateError>> for Failure {
    fn from(error: BackendError<InitiateError>) -> Self {
        match error {
            BackendError::Refused(error) => error.into(),
            BackendError::Unavailable(unavailable) => unavailable.into(),
        }
    }
}

impl From<InitiateError> for Failure {
    fn from(error: InitiateError) -> Self {
        match error {
            InitiateError::ZeroTtl | InitiateError::TtlTooLong => {
                Self::schema("The login's lifetime is out of range: at least a millisecond, at most 24 hours.")
            }
            InitiateError::Full { retry_after } => {
                Self::unavailable("TOO_MANY_SESSIONS", "Too many logins are in progress; try again later.", retry_after)
            }
            InitiateError::TenantFull { retry_after } => Self::unavailable(
                "TOO_MANY_SESSIONS",
                "Too many logins of this project are in progress; try again later.",
                retry_after,
            ),
            InitiateError::SourceFull { retry_after } => Self::too_many(
                "TOO_MANY_SESSIONS",
                "Too many logins from this address are under way; try again later.",
                retry_after,
            ),
            InitiateError::NoRandomness | InitiateError::ClockOutOfRange => Self::unavailable(
                "TEMPORARILY_UNAVAILABLE",
                "Temporarily unavailable: no login can begin; try again later.",
                Duration::from_secs(5),
            ),
        }
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::BAD_REQUEST);
        let mut response = json_answer(status, &json!({ "code": self.code, "error": self.error }));
        response.extensions_mut().insert(Outcome::new(self.code));
        let headers = response.headers_mut();
        if self.known {
            for name in KNOWN_ERROR {
                headers.insert(name, HeaderValue::from_static(self.code));
            }
        }
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static(CHALLENGE));
        }
        if self.encoded {
            headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
        }
        if status == StatusCode::REQUEST_TIMEOUT {
            headers.insert(CONNECTION, HeaderValue::from_static("close"));
        }
        if let Some(seconds) = self.retry_after() {
            headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}
