//! `deny`: the user refuses.

use super::slot::{Side, Status};
use super::{Found, SessionStore};
use crate::State;
use crate::code::{Code, LoginCode};
use crate::error::SettleError;

impl<T, C> SessionStore<T, C> {
    /// Refuses the login: the tool's polls are told *denied*.
    ///
    /// # Errors
    /// [`SettleError`], if something else has happened to the session first. Nothing changes then.
    ///
    /// # Cost and locks
    /// No lock: three compare-and-swaps, one of them on the session's word. A context that was not claimed is dropped at
    /// the end; a panic in its destructor is reported by the panic hook and goes no further.
    ///
    /// ```
    /// use counterfoil::{Polled, Secret, SessionStore};
    ///
    /// let store = SessionStore::<Secret>::builder().build()?;
    /// let login = store.initiate()?;
    /// store.deny(&login.login_code)?;
    /// assert!(matches!(store.poll(&login.polling_code), Polled::Denied));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn deny(&self, code: &LoginCode) -> Result<(), SettleError> {
        self.refuse(Side::Login, &code.0, State::Denied)
    }

    /// Ends a pending session without a grant.
    pub(super) fn refuse(&self, side: Side, code: &Code, state: State) -> Result<(), SettleError> {
        let now = self.shared.time.now();
        loop {
            let found = self.find(side, code, now).ok_or(SettleError::Unknown)?;
            let Found { index, session, view, status: Status::Pending } = found else {
                return Err(found.status.refusal());
            };
            if let Some(left) = self.shared.table.end(index, session, &view, state, now) {
                drop(left);
                return Ok(());
            }
        }
    }
}
