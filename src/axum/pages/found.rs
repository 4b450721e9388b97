//! Finds the login that a request's code names.

use super::link::{Given, Name};
use super::page::{CodeProblem, FormCode, Page, Refusal};
use super::pasted::{self, Code};
use crate::Source;
use crate::axum::server::Sessions;
use crate::axum::wire::Form;
use crate::code::LoginCode;
use crate::code::user::UserCode;
use crate::error::{BackendError, ResolveError, SettleError};
use crate::{Inspected, State};

/// A typed text that is longer than this is not shown again: it is not a mistyped code.
const LONGEST_TYPED: usize = 24;

impl Given {
    /// Takes the code of a form. `None` if there is none.
    ///
    /// # Errors
    /// [`Refusal::BadForm`] if there are two, since they could name two logins.
    pub(super) fn take(form: &mut Form) -> Result<Option<Self>, Refusal> {
        match (form.take("login_code"), form.take("user_code")) {
            (None, None) => Ok(None),
            (Some(text), None) => Ok(Some(Self { name: Name::LoginCode, text })),
            (None, Some(text)) => Ok(Some(Self { name: Name::UserCode, text })),
            (Some(_), Some(_)) => Err(Refusal::BadForm),
        }
    }

    /// Reads the code, of either kind. Returns an error page if the text is not a code.
    pub(super) fn read(&self) -> Result<Code, Page> {
        let text = self.text.expose();
        pasted::code(text).ok_or_else(|| match self.name {
            Name::LoginCode => Page::Over(SettleError::Unknown),
            Name::UserCode => Page::EnterCode { typed: typed(text), problem: Some(CodeProblem::Malformed) },
        })
    }
}

/// Returns the pending login of a code. Returns a page with the reason if there is none.
pub(super) async fn find<B: Sessions>(code: Code, store: &B, source: Source) -> Result<Found<B>, Page> {
    let (form_code, login_code) = match code {
        Code::Login(code) => (FormCode::Login(code.clone()), code),
        Code::User(code) => {
            let login_code = resolve(store, &code, source).await?;
            (FormCode::User(code), login_code)
        }
    };
    let (store, login) = store.locate(&login_code).await?.ok_or(Page::Over(SettleError::Unknown))?;
    match not_pending(&login) {
        None => Ok(Found { store, login_code, form_code, login }),
        Some(reason) => Err(Page::Over(reason)),
    }
}

/// A login that was pending a moment ago.
pub(super) struct Found<B> {
    /// Scoped to the login's tenant.
    pub(super) store: B,
    pub(super) login_code: LoginCode,
    pub(super) form_code: FormCode,
    pub(super) login: Inspected,
}

async fn resolve(store: &impl Sessions, code: &UserCode, source: Source) -> Result<LoginCode, Page> {
    let problem = match store.resolve(code, source).await {
        Ok(login_code) => return Ok(login_code),
        Err(BackendError::Refused(ResolveError::Unknown)) => CodeProblem::Unknown,
        Err(BackendError::Refused(ResolveError::TooManyGuesses { retry_after })) => {
            CodeProblem::TooMany { retry_after }
        }
        Err(BackendError::Unavailable(unavailable)) => return Err(unavailable.into()),
    };
    Err(Page::EnterCode { typed: typed(&code.expose()), problem: Some(problem) })
}

fn typed(text: &str) -> Option<String> {
    (text.chars().count() <= LONGEST_TYPED).then(|| text.to_owned())
}

fn not_pending(login: &Inspected) -> Option<SettleError> {
    match login.state {
        State::Pending => None,
        State::Completed => Some(SettleError::Completed),
        State::Redeemed => Some(SettleError::Redeemed),
        State::Denied => Some(SettleError::Denied),
        State::Cancelled => Some(SettleError::Cancelled),
        State::Expired => Some(SettleError::Expired),
    }
}
