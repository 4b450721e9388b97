//! From the code in a request to the login that it names.

use super::page::{CodeProblem, FormCode, Page, Refusal};
use crate::Inspection;
use crate::axum::context::Store;
use crate::axum::form::Form;
use crate::axum::source::Source;
use crate::code::LoginCode;
use crate::code::user::UserCode;
use crate::error::{NotPending, ResolveError};
use crate::{Secret, State};

/// A typed code longer than this is not shown again: it is no code with a slip in it.
const LONGEST_TYPED: usize = 24;

/// The code that a request gave, as it came.
pub(super) enum Given {
    Login(Secret),
    User(Secret),
}

impl Given {
    /// `None` where there is no code; two are refused, since they could name two logins.
    pub(super) fn take(form: &mut Form) -> Result<Option<Self>, Refusal> {
        match (form.take("login_code"), form.take("user_code")) {
            (None, None) => Ok(None),
            (Some(code), None) => Ok(Some(Self::Login(code))),
            (None, Some(code)) => Ok(Some(Self::User(code))),
            (Some(_), Some(_)) => Err(Refusal::BadForm),
        }
    }

    /// The pending login of that code, or the page that says why there is none.
    pub(super) fn find(self, store: &Store, source: Source) -> Result<Found, Page> {
        let over = |reason| move || Page::Over(reason);
        let (form_code, login_code) = match self {
            Self::Login(text) => {
                let code = LoginCode::parse(text.expose()).map_err(|_| Page::Over(NotPending::Unknown))?;
                (FormCode::Login(code.clone()), code)
            }
            Self::User(text) => {
                let (user_code, code) = resolve(store, text.expose(), source)
                    .map_err(|problem| Page::EnterCode { typed: typed(text.expose()), problem: Some(problem) })?;
                (FormCode::User(user_code), code)
            }
        };
        let store = store.tenant_of(&login_code).ok_or_else(over(NotPending::Unknown))?;
        let login = store.inspect(&login_code).ok_or_else(over(NotPending::Unknown))?;
        match not_pending(&login) {
            None => Ok(Found { store, login_code, form_code, login }),
            Some(reason) => Err(Page::Over(reason)),
        }
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

fn resolve(store: &Store, text: &str, source: Source) -> Result<(UserCode, LoginCode), CodeProblem> {
    let code = UserCode::parse(text).map_err(|_| CodeProblem::Malformed)?;
    match store.resolve(&code, source) {
        Ok(login_code) => Ok((code, login_code)),
        Err(ResolveError::Unknown) => Err(CodeProblem::Unknown),
        Err(ResolveError::TooManyGuesses { retry_after }) => Err(CodeProblem::TooMany { retry_after }),
    }
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
