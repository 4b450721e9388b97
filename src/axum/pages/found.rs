//! Finds the login that a request's code names.

use super::form_code::FormCode;
use super::link::Given;
use super::page::{CodeProblem, Page, Refusal};
use super::pasted::{Code, typed};
use crate::axum::server::{Asked, Sessions};
use crate::axum::wire::Form;
use crate::code::LoginCode;
use crate::code::user::UserCode;
use crate::error::{BackendError, ResolveError, SettleError};
use crate::{Inspected, Source, State};

impl Given {
    /// Takes the codes of a form. `None` if there are none.
    pub(super) fn take(form: &mut Form) -> Option<Self> {
        Self::new(form.take("login_code"), form.take("user_code"))
    }
}

/// Returns the pending login of a code. Returns a page with the reason if there is none.
pub(super) async fn find<B: Sessions>(code: Code, store: &B, source: Source) -> Result<Found<B>, Page> {
    let (form_code, login_code, user_code) = match code {
        Code::Login(code) => (FormCode::Login(code.clone()), code, None),
        Code::Both(code, user_code) => (FormCode::Login(code.clone()), code, Some(user_code)),
        Code::User(code) => {
            let login_code = resolve(store, &code, source).await?;
            (FormCode::User(code.clone()), login_code, Some(code))
        }
    };
    let (scoped, login) = store.locate(&login_code).await?.ok_or(Page::Over(SettleError::Unknown))?;
    // A user code that came with another login's code would vouch for that one, if the user compares it.
    if let (FormCode::Login(_), Some(user_code)) = (&form_code, &user_code)
        && !store.same_login(&login_code, user_code).await?
    {
        return Err(Refusal::BadForm.into());
    }
    match not_pending(&login) {
        None => Ok(Found { store: scoped, login_code, user_code, form_code, login }),
        Some(reason) => Err(Page::Over(reason)),
    }
}

/// A login that was pending a moment ago.
pub(super) struct Found<B> {
    /// Scoped to the login's tenant.
    pub(super) store: B,
    pub(super) login_code: LoginCode,
    /// If the visitor has brought one.
    pub(super) user_code: Option<UserCode>,
    pub(super) form_code: FormCode,
    pub(super) login: Inspected,
}

impl<B> Found<B> {
    /// Returns whether this is the login's check word, or the end of the user code that the terminal shows.
    pub(super) fn is_word(&self, typed: &str) -> bool {
        let by_user_code = self.user_code.as_ref().is_some_and(|code| code.check_word().matches(typed));
        by_user_code || self.login_code.check_word().matches(typed)
    }

    pub(super) fn asked(&self) -> Asked {
        Asked::of(self.login.id, self.login.details.as_deref())
    }
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
    Err(Page::enter_code(typed(&code.expose()), Some(problem)))
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
