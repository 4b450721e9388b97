//! What a page has to say, as data: for the plain HTML here, or for templates of one's own.

use std::time::Duration;

use axum::http::StatusCode;

use super::sign_in::Visitor;
use crate::code::user::UserCode;
use crate::code::{CodeText, LoginCode};
use crate::error::SettleError;

/// A page, before it is HTML. `Debug` shows no code and no token.
#[derive(Debug)]
#[non_exhaustive]
pub enum Page {
    /// A pending login: approve or deny?
    Confirm(Confirm),
    /// A form for a user code.
    EnterCode {
        /// What was typed before, to be corrected. **Escape it.**
        typed: Option<String>,
        /// What was wrong with it.
        problem: Option<CodeProblem>,
    },
    /// The person has approved.
    Approved {
        /// The tenant that the tool is signed in to.
        tenant: String,
    },
    /// The person has denied.
    Denied {
        /// The tenant that the tool is not signed in to.
        tenant: String,
    },
    /// There is nothing to decide: the login is over, or there is none.
    Over(SettleError),
    /// The request was refused, and changed nothing.
    Refused(Refusal),
}

/// A pending login, and who would approve it.
#[derive(Debug)]
#[non_exhaustive]
pub struct Confirm {
    /// The tenant to sign in to. Its name is the server's own, and may contain any character: **escape it.**
    pub tenant: String,
    /// The time until the login expires.
    pub remaining: Duration,
    /// Who looks at the page.
    pub visitor: Visitor,
    /// Why the approval that was tried just now was not carried out.
    pub problem: Option<TokenProblem>,
    /// What the login is named by, for the form to send back. A user code is shown, too, for the person to compare it
    /// with the one on the terminal (RFC 8628, section 3.3.1).
    pub code: FormCode,
}

impl Confirm {
    /// Takes what a page shows of a pending login; for the tests of a [`Render`](super::Render).
    #[must_use]
    pub fn new(tenant: impl Into<String>, remaining: Duration, visitor: Visitor, code: FormCode) -> Self {
        Self { tenant: tenant.into(), remaining, visitor, problem: None, code }
    }

    /// The same after an approval that was not carried out.
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
    /// The name of the form's field: `login_code` or `user_code`.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Login(_) => "login_code",
            Self::User(_) => "user_code",
        }
    }

    /// The value of the form's field.
    #[must_use]
    pub fn expose(&self) -> CodeText {
        match self {
            Self::Login(code) => code.expose(),
            Self::User(code) => code.expose(),
        }
    }
}

/// Why a user code led nowhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum CodeProblem {
    /// It is not a user code at all.
    Malformed,
    /// No login has it.
    Unknown,
    /// Too many wrong ones from this source, or from all: right ones are not looked up either.
    TooMany {
        /// The time until the next one is looked up.
        retry_after: Duration,
    },
}

/// Why an approval was not carried out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum TokenProblem {
    /// Nobody is signed in, and no refresh token came along.
    Missing,
    /// The refresh token is not a signed-in user's.
    Refused,
}

/// Why a request was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Refusal {
    /// It is not the form that it should be.
    BadForm,
    /// It is larger than 64 KiB.
    TooLarge,
    /// It is compressed, or encoded in any other way.
    Encoded,
    /// It comes from another site, or may do so.
    OtherSite,
    /// It names no host, or several.
    BadHost,
    /// It was sent to another host or port than the [public address](super::Pages::public_url).
    OtherHost,
    /// The path does not take its method.
    Method,
    /// It cannot be told right now who the visitor is, or whose the token.
    Unavailable {
        /// When to try again.
        retry_after: Duration,
    },
}

impl Page {
    /// The status that it is sent with.
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

    /// The time to wait before another try, where there is one: sent as `Retry-After`, in whole seconds.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::EnterCode { problem: Some(CodeProblem::TooMany { retry_after }), .. }
            | Self::Refused(Refusal::Unavailable { retry_after }) => Some(*retry_after),
            _ => None,
        }
    }
}
