//! `cancel`: the command-line tool gives up.

use super::SessionStore;
use super::slot::Side;
use crate::State;
use crate::code::PollingCode;
use crate::error::SettleError;

impl<T, C> SessionStore<T, C> {
    /// Gives the login up, by the polling code: a later approval is refused, and polls are told *cancelled*.
    ///
    /// # Errors
    /// [`SettleError`], if something else has happened to the session first. After [`SettleError::Completed`] the
    /// grant is still there: poll once more to take it.
    ///
    /// # Cost and locks
    /// As [`deny`](Self::deny).
    ///
    /// ```
    /// use counterfoil::{Secret, SessionStore, SettleError};
    ///
    /// let store = SessionStore::<Secret>::builder().build()?;
    /// let login = store.initiate()?;
    /// store.cancel(&login.polling_code)?;
    /// assert_eq!(store.deny(&login.login_code), Err(SettleError::Cancelled));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn cancel(&self, code: &PollingCode) -> Result<(), SettleError> {
        self.refuse(Side::Polling, &code.0, State::Cancelled)
    }
}
