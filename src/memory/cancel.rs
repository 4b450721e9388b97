//! `cancel`: the command-line tool gives up.

use super::SessionStore;
use super::slot::Side;
use crate::State;
use crate::code::PollingCode;
use crate::error::NotPending;

impl<T, C> SessionStore<T, C> {
    /// Gives the login up, by the polling code: a later approval is refused, and polls are told *cancelled*.
    ///
    /// # Errors
    /// [`NotPending`], if something else has happened to the session first. After [`NotPending::Completed`] the
    /// grant is still there: poll once more to take it.
    ///
    /// # Cost and locks
    /// As [`deny`](Self::deny).
    pub fn cancel(&self, code: &PollingCode) -> Result<(), NotPending> {
        self.settle(Side::Polling, &code.0, State::Cancelled)
    }
}
