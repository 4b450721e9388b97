//! `resolve`: from the code that a person typed to the login that it names.

use super::SessionStore;
use super::guess::TooMany;
use crate::clock::Tick;
use crate::code::LoginCode;
use crate::code::user::UserCode;
use crate::error::ResolveError;
use crate::source::Source;

impl<T, C> SessionStore<T, C> {
    /// Finds the login that a user code names, of any tenant; every verb of the browser's side then works by the
    /// login code that comes back.
    ///
    /// `source` is who asks: the peer's address. Wrong codes are counted against it, against the networks that it is in,
    /// and against all sources together, within a minute from the first; [`GuessLimits`](crate::GuessLimits) has the rule.
    /// Right ones cost nothing and reset nothing.
    ///
    /// # Errors
    /// [`ResolveError::Unknown`], counted; [`ResolveError::TooManyGuesses`], for right codes too.
    ///
    /// # Cost and locks
    /// The lock of the guess counters, and a look-up in a sharded map.
    ///
    /// ```
    /// use counterfoil::{LoginOptions, Secret, SessionStore, Source, UserCode};
    ///
    /// let store = SessionStore::<Secret>::builder().build()?;
    /// let login = store.initiate_with(LoginOptions::new().user_code())?;
    /// let shown = login.user_code.expect("it was asked for").expose();
    /// let typed = UserCode::parse(&shown.to_lowercase())?;
    /// assert_eq!(store.resolve(&typed, Source::from([203, 0, 113, 9]))?, login.login_code);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn resolve(&self, code: &UserCode, source: impl Into<Source>) -> Result<LoginCode, ResolveError> {
        let shared = &*self.shared;
        let now = shared.time.now();
        let login = self.named(code, now);
        shared
            .guesses
            .judge(source.into(), login.is_some(), now)
            .map_err(|TooMany(retry_after)| ResolveError::TooManyGuesses { retry_after })?;
        login.ok_or(ResolveError::Unknown)
    }

    /// Returns whether both codes name one login, of any tenant: for a link that carries both, so that the page may show
    /// the user code to be compared (RFC 8628, section 3.3.1). Neither counts as a guess, since the login code alone
    /// opens the login.
    ///
    /// # Cost and locks
    /// A look-up in a sharded map.
    ///
    /// ```
    /// use counterfoil::{LoginOptions, Secret, SessionStore};
    ///
    /// let store = SessionStore::<Secret>::builder().build()?;
    /// let login = store.initiate_with(LoginOptions::new().user_code())?;
    /// let (another, user_code) = (store.initiate()?, login.user_code.expect("it was asked for"));
    /// assert!(store.same_login(&login.login_code, &user_code) && !store.same_login(&another.login_code, &user_code));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn same_login(&self, login_code: &LoginCode, user_code: &UserCode) -> bool {
        self.named(user_code, self.shared.time.now()).is_some_and(|named| named == *login_code)
    }

    fn named(&self, code: &UserCode, now: Tick) -> Option<LoginCode> {
        let table = &self.shared.table;
        let named = table.user_codes.get(&code.number()).map(|named| *named);
        named.and_then(|session| table.login_code(session, now)).map(LoginCode)
    }
}
