//! What a poll has to show beside its code, and what the session is to one that does not.

use super::Found;
use super::carried::Carried;
use super::slot::Status;
use super::word::{BOUND, PROVEN};
use crate::binding::Binding;

impl<T, C> Found<'_, T, C> {
    /// The status as a poll is told it that carries this. Without the session's binding, it is unknown. Without the proof
    /// that it was completed with, it is not approved yet, or another poll has its grant. `None`: the session has changed
    /// since; look again.
    #[inline]
    pub(super) fn status_for(&self, carried: &Carried<'_, T>) -> Option<Status> {
        if self.view.word.has(BOUND | PROVEN) { self.knock(carried) } else { Some(self.status) }
    }

    #[cold]
    fn knock(&self, carried: &Carried<'_, T>) -> Option<Status> {
        let word = self.view.word;
        let hold = self.session.hold(&self.view)?;
        let status = hold.look_at_extra(word, |extra| {
            if !Binding::allows(extra.binding.as_ref(), carried.binding) {
                return Status::Unknown;
            }
            let withheld = word.has(PROVEN) && !Binding::allows(Some(&extra.proof()), carried.hand_back);
            match self.status {
                Status::Ready if withheld => Status::Pending,
                Status::Replayable if withheld => Status::Redeemed,
                status => status,
            }
        });
        Some(status.unwrap_or(Status::Unknown))
    }
}
