//! `Confirm`: a pending login, as a page shows it.

use std::time::Duration;

use super::arrival::Arrival;
use super::form_code::FormCode;
use super::sign_in::Visitor;
use crate::code::copied::is_invisible;
use crate::code::user::UserCode;
use crate::details::{Details, Requester};
use crate::{Inspected, Secret};

/// A pending login, and the visitor who would approve it. A test of a [`Render`](super::Render) makes one:
///
/// ```
/// use std::time::Duration;
///
/// use counterfoil::axum::pages::{Arrival, Confirm, FormCode, TokenProblem, Visitor};
/// use counterfoil::{Details, LoginCode, Requester};
///
/// let code = FormCode::Login(LoginCode::parse("a".repeat(40))?);
/// let alice = Visitor::signed_in("Alice");
/// let details = Details::new().client("acme-cli").scope("read").requester(Requester::new().name("acme"));
/// let page = Confirm::new("acme", Duration::from_secs(540), alice, code).details(Some(&details));
/// assert_eq!(page.client.as_deref(), Some("acme-cli"));
/// assert!(!page.asks_for_word(), "she has opened the link herself");
/// assert!(page.arrival(Arrival::Indirect).problem(TokenProblem::Refused).asks_for_word());
/// # Ok::<(), counterfoil::ParseCodeError>(())
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub struct Confirm {
    /// The tenant to sign in to. Its name comes from the server, and may contain any character. **Escape it.**
    pub tenant: String,
    /// The time until the login expires.
    pub remaining: Duration,
    /// The OAuth client that asks, if the login names one. **Escape it.**
    pub client: Option<String>,
    /// The program and the machine that ask, as far as the server saw them. **Escape it.** All of it but the address is
    /// what the program says of itself.
    pub requester: Requester,
    /// What is asked for, as names with spaces between them (RFC 6749, section 3.3). **Escape it.**
    pub scope: Option<String>,
    /// How long ago the login began, if that is known.
    pub begun_ago: Option<Duration>,
    /// The visitor of the page.
    pub visitor: Visitor,
    /// How the visitor has reached the page.
    pub arrival: Arrival,
    /// The reason why the approval just now failed, if there was one.
    pub problem: Option<TokenProblem>,
    /// The code that names the login, for the form to send back.
    pub code: FormCode,
    /// The user code of the login, if the visitor has brought one. Show it for the user to compare with the terminal (RFC
    /// 8628, section 3.3.1), unless the page [asks for the check word](Self::asks_for_word): its last letters are one.
    /// The form should send it back as the hidden field `user_code`, so that a page after a failure has it, too.
    pub user_code: Option<UserCode>,
    /// Shows that this page named the visitor's account and no other. If there is one, the form must send it back as the
    /// hidden field `proof`, or the approval is refused.
    pub proof: Option<Secret>,
}

impl Confirm {
    /// Takes what a page shows of a pending login; for tests of a [`Render`](super::Render). The visitor has come
    /// [directly](Arrival::Direct).
    #[must_use]
    pub fn new(tenant: impl Into<String>, remaining: Duration, visitor: Visitor, code: FormCode) -> Self {
        let user_code = match &code {
            FormCode::User(code) => Some(code.clone()),
            FormCode::Login(_) => None,
        };
        Self {
            tenant: tenant.into(),
            remaining,
            client: None,
            requester: Requester::default(),
            scope: None,
            begun_ago: None,
            visitor,
            arrival: Arrival::Direct,
            problem: None,
            code,
            user_code,
            proof: None,
        }
    }

    /// The page of a login.
    pub(super) fn of(login: Inspected, visitor: Visitor, code: FormCode, user_code: Option<UserCode>) -> Self {
        let page = Self::new(login.tenant, login.remaining, visitor, code).details(login.details.as_deref());
        Self { begun_ago: login.began_ago, user_code, ..page }
    }

    /// Adds what the login began with, without invisible characters: they could turn the text around, or hide what
    /// it says.
    #[must_use]
    pub fn details(mut self, details: Option<&Details>) -> Self {
        let Some(details) = details else { return self };
        let Requester { address, agent, name } = &details.requester;
        self.client = details.client.as_deref().and_then(seen);
        self.scope = details.scope.as_deref().and_then(seen);
        let seen = |text: &Option<Box<str>>| text.as_deref().and_then(seen).map(String::into_boxed_str);
        self.requester = Requester { address: *address, agent: seen(agent), name: seen(name) };
        self
    }

    /// Sets how the visitor has reached the page.
    #[must_use]
    pub fn arrival(self, arrival: Arrival) -> Self {
        Self { arrival, ..self }
    }

    /// Adds the reason why an approval failed.
    #[must_use]
    pub fn problem(self, problem: TokenProblem) -> Self {
        Self { problem: Some(problem), ..self }
    }

    /// Returns whether an approval needs the check word, in the field `check_word`: a signed-in visitor would approve with
    /// one click, and may have been led here by another site. The terminal shows the word
    /// ([`LoginCode::check_word`](crate::LoginCode::check_word)), or a user code, whose last four letters do as well.
    ///
    /// The field should not take the focus by itself: someone who types on another site's page, and is led here in the
    /// middle of a word, would fill it in.
    #[must_use]
    pub fn asks_for_word(&self) -> bool {
        matches!(self.visitor, Visitor::SignedIn { .. }) && self.arrival != Arrival::Direct
    }
}

/// Returns the text without invisible characters. `None` if nothing remains.
fn seen(text: &str) -> Option<String> {
    let text: String = text.chars().filter(|c| !is_invisible(*c)).collect();
    (!text.trim().is_empty()).then_some(text)
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
    /// The form has no check word, and [needs one](Confirm::asks_for_word).
    WordMissing,
    /// The check word is wrong.
    WordWrong {
        /// How many more times it may be.
        left: u8,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nobody_sees_is_left_out() {
        let requester = Requester::new().name("acme\u{202e}ilc\u{2066}").agent("\u{200b}\n");
        let details = Details::new().client("\u{feff}cli").scope("re\u{200b}ad \u{202e}write").requester(requester);
        let code = FormCode::User(UserCode::parse("BCDF-GHJK").unwrap());
        let page = Confirm::new("t", Duration::ZERO, Visitor::Unknown, code).details(Some(&details));
        assert_eq!(page.requester.name.as_deref(), Some("acmeilc"));
        assert_eq!(page.requester.agent, None);
        assert_eq!((page.client.as_deref(), page.scope.as_deref()), (Some("cli"), Some("read write")));
    }
}
