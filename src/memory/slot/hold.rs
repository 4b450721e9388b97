//! The guard that keeps a slot from being freed until a thread is done with it.

use super::left::Left;
use super::session::Session;
use crate::State;
use crate::binding::Binding;
use crate::memory::word::{CONTEXT, GRANT, KEPT, PROVEN, READING, WATCHED, WRITING, Word};

/// A pin on a slot, with what its holder has won: perhaps the grant, perhaps the context, perhaps the tasks to wake.
///
/// Dropping it lets the slot go, and only then drops what was not taken.
pub(crate) struct Hold<'a, T, C> {
    pub(super) session: Session<'a, T, C>,
    /// Those of `GRANT`, `CONTEXT` and `WATCHED` that this holder's swap cleared and that have not been taken since.
    owned: u64,
    /// The grant stays in place for replays while this pin is held.
    kept: bool,
    /// The context stays in place for those who read it while this pin is held.
    read: bool,
}

impl<'a, T, C> Hold<'a, T, C> {
    /// For the thread whose swap from `before` to `after`, which holds its pin, has just succeeded.
    pub(super) fn new(session: Session<'a, T, C>, before: Word, after: Word) -> Self {
        let owned = before.given(GRANT | CONTEXT | WATCHED) & !after.only(GRANT | CONTEXT | WATCHED);
        let read = before.has(CONTEXT) && after.has(READING);
        Self { session, owned, kept: after.has(KEPT) && after.has(GRANT), read }
    }

    /// Takes the context, if it is this holder's.
    pub(crate) fn take_context(&mut self) -> Option<C> {
        self.owns(CONTEXT).then(|| self.session.take_context())
    }

    fn owns(&mut self, flag: u64) -> bool {
        let owned = self.owned & flag != 0;
        self.owned &= !flag;
        owned
    }

    /// Returns a clone of the grant of a session that keeps it for replays.
    ///
    /// `clone` is of a caller that has made sure of `T: Sync`.
    pub(crate) fn replay(&self, clone: fn(&T) -> T) -> Option<T> {
        if !self.kept {
            return None;
        }
        // SAFETY: the session was redeemed with `GRANT` and `KEPT` standing when the pin was taken. From then on `GRANT`
        // is cleared only by a thread that found no pin but its own, so the value is in place and no thread writes to
        // it. Others may read it by `&T` at the same time: `clone` comes from a `Replay` or a `Repeatable`, which are made only for `T: Sync`.
        self.session.cold.grant.with(|cell| Some(clone(unsafe { (*cell).assume_init_ref() })))
    }

    /// Returns a clone of the context, if others may be reading it too.
    ///
    /// `clone` is of a caller that has made sure of `C: Sync`.
    pub(crate) fn copy_context(&self, clone: fn(&C) -> C) -> Option<C> {
        if !self.read {
            return None;
        }
        // SAFETY: `CONTEXT` stood when the pin was taken, and `READING` stands since. Until that is cleared, by a thread
        // that found no pin but its own, the value is in place and no thread writes to it. Others may read it by `&C` at
        // the same time: `READING` is set only by threads that have `C: Sync`.
        self.session.cold.context.with(|cell| Some(clone(unsafe { (*cell).assume_init_ref() })))
    }

    /// Puts the grant in place after [`Session::reserve`] and completes the session with it; and the proof, if the session
    /// can hand it over. Returns what the session does not need any more.
    ///
    /// # Errors
    /// The grant, if the session has ended between the two swaps.
    pub(crate) fn publish(mut self, grant: T, proof: Option<&Binding>) -> Result<Left<T, C>, T> {
        // SAFETY: this holder's swap set `WRITING` while `GRANT` did not stand: the cell holds nothing, and until this
        // holder sets `GRANT` no other thread touches it. The pin keeps the slot from its next session.
        self.session.cold.grant.with_mut(|cell| unsafe { (*cell).write(grant) });
        let word = &self.session.hot.word;
        let mut seen = word.load();
        let proven = if self.write_proof(seen, proof) { PROVEN } else { 0 };
        loop {
            if seen.state() != Some(State::Pending) {
                // The swap that would have handed the grant over never happened, nor did it bring a context.
                return Err(self.session.take_grant());
            }
            // One swap completes the session, hands the grant over and lets the slot go; but if it brings a context or
            // waiting tasks with it, the slot is let go after those are out. If the context is being read, this thread may
            // be the last to let go.
            let owned = seen.given(CONTEXT | WATCHED);
            let completed = seen.to(State::Completed).with(GRANT | proven).without(WRITING | CONTEXT | WATCHED);
            let done = owned == 0 && !seen.has(READING);
            let next = if done { completed.unpin() } else { completed };
            match word.swap(seen, next) {
                Ok(()) if done => {
                    // The pin is gone already; `drop` would take another's.
                    std::mem::forget(self);
                    return Ok(Left::nothing());
                }
                Ok(()) => {
                    self.owned = owned;
                    return Ok(self.release());
                }
                Err(now) => seen = now,
            }
        }
    }

    /// Lets the slot go, and returns what was not taken.
    pub(crate) fn release(mut self) -> Left<T, C> {
        let left = self.let_go();
        std::mem::forget(self);
        left
    }

    fn let_go(&mut self) -> Left<T, C> {
        let mut left = Left::nothing();
        left.grant = self.owns(GRANT).then(|| self.session.take_grant());
        left.context = self.take_context();
        #[cfg(feature = "wait")]
        if self.owns(WATCHED) {
            left.waiters = self.session.cold.waiters.take();
        }
        let word = &self.session.hot.word;
        let mut seen = word.load();
        loop {
            // The last of those who read a value takes it out, if it was taken off the session meanwhile: a grant when its
            // replay window was closed, a context when it was claimed or the session settled.
            let last = seen.pins() == 1;
            let closed = last && seen.state() == Some(State::Redeemed) && seen.has(GRANT) && !seen.has(KEPT);
            let read = last && seen.has(READING) && !seen.has(CONTEXT);
            let mut next = if closed { seen.without(GRANT) } else { seen };
            if last {
                next = next.without(READING);
            }
            if !closed && !read {
                next = next.unpin();
            }
            match word.swap(seen, next) {
                Ok(()) => {
                    if closed {
                        left.grant = Some(self.session.take_grant());
                    }
                    if read {
                        left.context = Some(self.session.take_context());
                    }
                    if !closed && !read {
                        return left;
                    }
                    seen = next;
                }
                Err(now) => seen = now,
            }
        }
    }
}

impl<T, C> Drop for Hold<'_, T, C> {
    fn drop(&mut self) {
        drop(self.let_go());
    }
}
