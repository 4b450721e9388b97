//! `Page`: the content of a page as data, for `PlainHtml` or for your own templates.

use std::time::Duration;

use axum::http::StatusCode;

use super::sign_in::Visitor;
use crate::Secret;
use crate::code::user::UserCode;
use crate::code::{CodeText, LoginCode};
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
    },
    /// The login was approved.
    Approved {
        /// The tenant that the tool is signed in to.
        tenant: String,
        /// The account that the tool is signed in as, if the [`SignIn`](super::SignIn) named it. **Escape it.**
        account: Option<String>,
    },
    /// The login was denied.
    Denied {
        /// The tenant that the tool is not signed in to.
        tenant: String,
    },
    /// The login has ended, or there is none.
    Over(SettleError),
    /// The request was refused, and changed nothing.
    Refused(Refusal),
}

/// A pending login, and the visitor who would approve it.
#[derive(Debug)]
#[non_exhaustive]
pub struct Confirm {
    /// The tenant to sign in to. Its name comes from the server, and may contain any character. **Escape it.**
    pub tenant: String,
    /// The time until the login expires.
    pub remaining: Duration,
    /// The visitor of the page.
    pub visitor: Visitor,
    /// The reason why the approval just now failed, if there was one.
    pub problem: Option<TokenProblem>,
    /// The code that names the login, for the form to send back. Show a user code, too, for the user to compare it with
    /// the one on the terminal (RFC 8628, section 3.3.1).
    pub code: FormCode,
    /// Shows that this page named the visitor's account and no other. If there is one, the form must send it back as the
    /// hidden field `proof`, or the approval is refused.
    pub proof: Option<Secret>,
}

impl Confirm {
    /// Takes what a page shows of a pending login; for tests of a [`Render`](super::Render).
    #[must_use]
    pub fn new(tenant: impl Into<String>, remaining: Duration, visitor: Visitor, code: FormCode) -> Self {
        Self { tenant: tenant.into(), remaining, visitor, problem: None, code, proof: None }
    }

    /// Adds the reason why an approval failed.
    #[must_use]
    pub fn problem(self, problem: TokenProblem) -> Self {
        Self { problem: Some(problem), ..self }
    }
}

/// The code that names a login in the form.
///
/// ```
/// use counterfoil::UserCode;
/// use counterfoil::axum::pages::FormCode;
///
/// let code = FormCode::User(UserCode::parse("bcdf ghjk")?);
/// assert_eq!((code.name(), &*code.expose()), ("user_code", "BCDF-GHJK"));
/// # Ok::<(), counterfoil::ParseCodeError>(())
/// ```
#[derive(Debug, Clone)]
pub enum FormCode {
    /// The field `login_code`.
    Login(LoginCode),
    /// The field `user_code`.
    User(UserCode),
}

impl FormCode {
    /// Returns the name of the form's field: `login_code` or `user_code`.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Login(_) => "login_code",
            Self::User(_) => "user_code",
        }
    }

    /// Returns the value of the form's field.
    #[must_use]
    pub fn expose(&self) -> CodeText {
        match self {
            Self::Login(code) => code.expose(),
            Self::User(code) => code.expose(),
        }
    }
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

/// Why an approval failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum TokenProblem {
    /// The visitor is not signed in, and the form has no refresh token.
    Missing,
    /// The refresh token is not a signed-in user's.
    Refused,
    /// The form is not of a page that named the account with which the visitor is signed in now, or it is older than an
    /// hour. This page names it.
    NotShown,
}

/// Why a request was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Refusal {
    /// The request is not the expected form.
    BadForm,
    /// The body is larger than 64 KiB.
    TooLarge,
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
    /// Returns the status of the response.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        match self {
            Self::Confirm(Confirm { problem: None, .. })
            | Self::EnterCode { problem: None, .. }
            | Self::Approved { .. }
            | Self::Denied { .. } => StatusCode::OK,
            Self::EnterCode { problem: Some(CodeProblem::TooMany { .. }), .. } => StatusCode::TOO_MANY_REQUESTS,
            Self::Refused(Refusal::TooLarge) => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Refused(Refusal::Encoded) => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::Refused(Refusal::OtherHost) => StatusCode::MISDIRECTED_REQUEST,
            Self::Refused(Refusal::Method) => StatusCode::METHOD_NOT_ALLOWED,
            Self::Refused(Refusal::Unavailable { .. }) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Confirm(_) | Self::EnterCode { .. } | Self::Over(_) | Self::Refused(_) => StatusCode::BAD_REQUEST,
        }
    }

    /// Returns the time until the next try, if there is one. It is sent as `Retry-After`, in whole seconds.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::EnterCode { problem: Some(CodeProblem::TooMany { retry_after }), .. }
            | Self::Refused(Refusal::Unavailable { retry_after }) => Some(*retry_after),
            _ => None,
        }
    }
}
