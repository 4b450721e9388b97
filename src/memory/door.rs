//! What a poll has to show beside its code.

use super::Found;
use super::carried::Carried;
use super::word::{BOUND, PROVEN};
use crate::binding::Binding;

/// Whether a poll that has the code may go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Door {
    Open,
    /// The session is bound to something else: its code is unknown.
    Closed,
    /// The grant is for the poll that brings the proof.
    Withheld,
    /// The session has changed since the look at it.
    Changed,
}

impl<T, C> Found<'_, T, C> {
    #[inline]
    pub(super) fn door(&self, carried: &Carried<'_, T>) -> Door {
        if self.view.word.has(BOUND | PROVEN) { self.knock(carried) } else { Door::Open }
    }

    #[cold]
    fn knock(&self, carried: &Carried<'_, T>) -> Door {
        let word = self.view.word;
        let Some(hold) = self.session.hold(&self.view) else { return Door::Changed };
        let door = hold.look_at_extra(word, |extra| {
            if !Binding::allows(extra.binding.as_ref(), carried.binding) {
                Door::Closed
            } else if word.has(PROVEN) && !Binding::allows(Some(&extra.proof()), carried.hand_back) {
                Door::Withheld
            } else {
                Door::Open
            }
        });
        door.unwrap_or(Door::Closed)
    }
}
