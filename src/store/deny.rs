//! `deny`: the user refuses.

use super::{Found, SessionStore};
use crate::State;
use crate::code::{Code, LoginCode};
use crate::error::NotPending;
use crate::slot::{Side, Status};

impl<T, C> SessionStore<T, C> {
    /// Refuses the login: the tool's polls are told *denied*.
    ///
    /// # Errors
    /// [`NotPending`], where something else has happened to the session first. Nothing changes then.
    ///
    /// # Cost and locks
    /// One compare-and-swap, then the lock of one shard for the books.
    pub fn deny(&self, code: &LoginCode) -> Result<(), NotPending> {
        self.end(Side::Login, &code.0, State::Denied)
    }

    /// Ends a pending session without a grant.
    pub(super) fn end(&self, side: Side, code: &Code, state: State) -> Result<(), NotPending> {
        let now = self.shared.time.now();
        loop {
            let found = self.find(side, code, now).ok_or(NotPending::Unknown)?;
            let Found { index, session, view, status: Status::Pending } = found else {
                return Err(found.status.refusal());
            };
            if let Some(hold) = session.end(&view, state, now) {
                self.shared.table.retire(index, &hold, now, state, false);
                return Ok(());
            }
        }
    }
}
