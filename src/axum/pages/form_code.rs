//! `FormCode`: the code that names a login in the pages' forms.

use crate::code::user::UserCode;
use crate::code::{CodeText, LoginCode};

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
