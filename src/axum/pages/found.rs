//! From the code in a request to the login that it names.

use super::link::{Given, Name};
use super::page::{CodeProblem, FormCode, Page, Refusal};
use super::pasted::{self, Code};
use crate::axum::context::Store;
use crate::axum::form::Form;
use crate::axum::source::Source;
use crate::code::LoginCode;
use crate::code::user::UserCode;
use crate::error::{NotPending, ResolveError};
use crate::{Inspection, State};

/// A typed code longer than this is not shown again: it is no code with a slip in it.
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

    /// Reads the code, of whichever kind, or returns the page that says why it is none.
    pub(super) fn read(&self) -> Result<Code, Page> {
        let text = self.text.expose();
        pasted::code(text).ok_or_else(|| match self.name {
            Name::LoginCode => Page::Over(NotPending::Unknown),
            Name::UserCode => Page::EnterCode { typed: typed(text), problem: Some(CodeProblem::Malformed) },
        })
    }
}

/// Returns the pending login of a code, or the page that says why there is none.
pub(super) fn find(code: Code, store: &Store, source: Source) -> Result<Found, Page> {
    let over = |reason| move || Page::Over(reason);
    let (form_code, login_code) = match code {
        Code::Login(code) => (FormCode::Login(code.clone()), code),
        Code::User(code) => {
            let login_code = resolve(store, &code, source)
                .map_err(|problem| Page::EnterCode { typed: typed(&code.expose()), problem: Some(problem) })?;
            (FormCode::User(code), login_code)
        }
    };
    let store = store.tenant_of(&login_code).ok_or_else(over(NotPending::Unknown))?;
    let login = store.inspect(&login_code).ok_or_else(over(NotPending::Unknown))?;
    match not_pending(&login) {
        None => Ok(Found { store, login_code, form_code, login }),
        Some(reason) => Err(Page::Over(reason)),
    }
}

/// A login that was pending a moment ago.
pub(super) struct Found {
    /// Scoped to the login's tenant.
    pub(super) store: Store,
    pub(super) login_code: LoginCode,
    pub(super) form_code: FormCode,
    pub(super) login: Inspection,
}

fn resolve(store: &Store, code: &UserCode, source: Source) -> Result<LoginCode, CodeProblem> {
    store.resolve(code, source).map_err(|error| match error {
        ResolveError::Unknown => CodeProblem::Unknown,
        ResolveError::TooManyGuesses { retry_after } => CodeProblem::TooMany { retry_after },
    })
}

fn typed(text: &str) -> Option<String> {
    (text.chars().count() <= LONGEST_TYPED).then(|| text.to_owned())
}

fn not_pending(login: &Inspection) -> Option<NotPending> {
    match login.state {
        State::Pending => None,
        State::Completed => Some(NotPending::Completed),
        State::Redeemed => Some(NotPending::Redeemed),
        State::Denied => Some(NotPending::Denied),
        State::Cancelled => Some(NotPending::Cancelled),
        State::Expired => Some(NotPending::Expired),
    }
}
