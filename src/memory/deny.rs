//! `deny`: the user refuses.

use super::slot::{Side, Status};
use super::{Found, SessionStore};
use crate::State;
use crate::code::{Code, LoginCode};
use crate::error::NotPending;

impl<T, C> SessionStore<T, C> {
    /// Refuses the login: the tool's polls are told *denied*.
    ///
    /// # Errors
    /// [`NotPending`], if something else has happened to the session first. Nothing changes then.
    ///
    /// # Cost and locks
    /// Waits for no lock: two swaps of the head of the list of ended sessions, and one of the session's word; the list is
    /// entered in the books as by a [poll](Self::poll) that redeems. A context that was not claimed is dropped at the end;
    /// a panic in its destructor is reported by the panic hook and goes no further.
    pub fn deny(&self, code: &LoginCode) -> Result<(), NotPending> {
        self.settle(Side::Login, &code.0, State::Denied)
    }

    /// Ends a pending session without a grant.
    pub(super) fn settle(&self, side: Side, code: &Code, state: State) -> Result<(), NotPending> {
        let now = self.shared.time.now();
        loop {
            let found = self.find(side, code, now).ok_or(NotPending::Unknown)?;
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
