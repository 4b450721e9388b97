//! `Page`: the content of a page as data, for `PlainHtml` or for your own templates.

use std::time::Duration;

use axum::http::StatusCode;

use super::approved::Approved;
use super::confirm::{Confirm, TokenProblem};
use crate::Secret;
use crate::error::SettleError;

/// The content of a page. `Debug` shows no code and no token.
#[derive(Debug)]
#[non_exhaustive]
pub enum Page {
    /// A pending login, to be approved or denied.
    Confirm(Confirm),
    /// A form for a user code.
    EnterCode {
        /// The text that was typed before, to be corrected. **Escape it.**
        typed: Option<String>,
        /// The problem with that text.
        problem: Option<CodeProblem>,
        /// Shows that the form was reached without another page. If there is one, the form must send it back as the hidden
        /// field `arrival`, or a code that is typed into it does not count as brought [directly](super::Arrival::Direct).
        arrival: Option<Secret>,
    },
    /// The visitor has to sign in before any code is looked up: see
    /// [`Pages::sign_in_first`](super::Pages::sign_in_first).
    SignInFirst {
        /// The address of the sign-in page, for a link.
        sign_in: String,
        /// The visitor has sent a form already, and nothing was decided.
        problem: Option<TokenProblem>,
    },
    /// The login was approved.
    Approved(Approved),
    /// The login was denied.
    Denied {
        /// The tenant that the tool is not signed in to.
        tenant: String,
    },
    /// The login was denied, because the check word was wrong three times.
    WrongWords {
        /// The tenant that the tool is not signed in to.
        tenant: String,
    },
    /// The visitor has taken the approval back.
    Withdrawn {
        /// The tenant that the tool is not signed in to any more.
        tenant: String,
        /// The tool had collected its token, or the store has forgotten whether it had: [`Tokens::revoke`] was called.
        ///
        /// [`Tokens::revoke`]: crate::axum::Tokens::revoke
        collected: bool,
        /// The server revokes what was issued for the login ([`Tokens::revokes_logins`]). If it does not, and the tool had
        /// its token, say so: the user has to do more.
        ///
        /// [`Tokens::revokes_logins`]: crate::axum::Tokens::revokes_logins
        revoked: bool,
    },
    /// The login has ended, or there is none.
    Over(SettleError),
    /// The request was refused, and changed nothing.
    Refused(Refusal),
}

/// Why a user code did not lead to a login.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum CodeProblem {
    /// The text is not a user code.
    Malformed,
    /// No login has the code.
    Unknown,
    /// Too many wrong codes from this source, or from all sources together: right codes are not looked up either.
    TooMany {
        /// The time until the next code is looked up.
        retry_after: Duration,
    },
}

/// Why a request was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Refusal {
    /// The request is not the expected form.
    BadForm,
    /// The body is larger than 64 KiB.
    TooLarge,
    /// The body took too long.
    TooSlow,
    /// The body has a content coding.
    Encoded,
    /// The request comes from another site, or may do so.
    OtherSite,
    /// The request does not name its host exactly once.
    BadHost,
    /// The request was sent to another host or port than the [public address](super::Pages::public_url).
    OtherHost,
    /// The path does not take the request's method.
    Method,
    /// The server is temporarily unavailable: a [`SignIn`](super::SignIn), the [`Tokens`](crate::axum::Tokens) or the
    /// store.
    Unavailable {
        /// The time until the next try.
        retry_after: Duration,
    },
}

impl Page {
    /// Returns a form for a code, with what was typed before.
    pub(super) fn enter_code(typed: Option<String>, problem: Option<CodeProblem>) -> Self {
        Self::EnterCode { typed, problem, arrival: None }
    }

    /// Returns the status of the response.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        match self {
            Self::Confirm(Confirm { problem: None, .. })
            | Self::EnterCode { problem: None, .. }
            | Self::SignInFirst { problem: None, .. }
            | Self::Approved(_)
            | Self::Denied { .. }
            | Self::Withdrawn { .. } => StatusCode::OK,
            Self::EnterCode { problem: Some(CodeProblem::TooMany { .. }), .. } => StatusCode::TOO_MANY_REQUESTS,
            Self::Refused(Refusal::TooLarge) => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Refused(Refusal::TooSlow) => StatusCode::REQUEST_TIMEOUT,
            Self::Refused(Refusal::Encoded) => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::Refused(Refusal::OtherHost) => StatusCode::MISDIRECTED_REQUEST,
            Self::Refused(Refusal::Method) => StatusCode::METHOD_NOT_ALLOWED,
            Self::Refused(Refusal::Unavailable { .. }) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Confirm(_)
            | Self::EnterCode { .. }
            | Self::SignInFirst { .. }
            | Self::WrongWords { .. }
            | Self::Over(_)
            | Self::Refused(_) => StatusCode::BAD_REQUEST,
        }
    }

    /// Returns the address that the browser is led to, if there is one.
    pub(super) fn hand_back(&self) -> Option<&str> {
        match self {
            Self::Approved(Approved { hand_back: Some(url), .. }) => Some(url.expose()),
            _ => None,
        }
    }

    /// Returns the time until the next try, if there is one. It is sent as `Retry-After`, in whole seconds.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use counterfoil::axum::pages::{Page, Refusal};
    ///
    /// let page = Page::Refused(Refusal::Unavailable { retry_after: Duration::from_secs(5) });
    /// assert_eq!(page.retry_after(), Some(Duration::from_secs(5)));
    /// ```
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::EnterCode { problem: Some(CodeProblem::TooMany { retry_after }), .. }
            | Self::Refused(Refusal::Unavailable { retry_after }) => Some(*retry_after),
            _ => None,
        }
    }
}
