//! The transitions: each is one compare-and-swap on the word, from what a view saw.
//!
//! A transition that ends the session for good (redeemed, denied, cancelled) takes no pin. Its winner owns the slot
//! until it has entered it in the list of ended sessions, which is its last touch. All others pin the slot.

#[cfg(feature = "wait")]
use std::task::Waker;

use super::hold::Hold;
use super::left::Left;
use super::session::Session;
use super::status::View;
#[cfg(all(test, not(counterfoil_loom), feature = "wait"))]
use super::waiters::Waiters;
#[cfg(feature = "wait")]
use super::waiters::{MOST_WAITERS, Ticket};
use crate::State;
use crate::attempt::Attempt;
use crate::clock::Tick;
use crate::memory::word::{ATTEMPT, CONTEXT, GRANT, KEPT, READING, WATCHED, WRITING, Word};
use crate::sync::atomic::Ordering;
use crate::sync::spin_loop;

/// Whether the grant cell of a pending session could be reserved for a completion.
pub(crate) enum Reserve<'a, T, C> {
    /// It is reserved.
    Held(Hold<'a, T, C>),
    /// Another completion has it: how that one ends is not known yet.
    Taken,
    /// The session has changed since the view; look again.
    Changed,
}

impl<'a, T, C> Session<'a, T, C> {
    /// From what `view` saw to `to`, pinning the slot. `None`: the session has changed since; look again.
    fn claim(self, view: &View, to: Word) -> Option<Hold<'a, T, C>> {
        if view.word.crowded() {
            spin_loop();
            return None;
        }
        self.hot.word.swap(view.word, to.pin()).ok()?;
        Some(Hold::new(self, view.word, to))
    }

    /// Ends a live session as redeemed, denied or cancelled, and takes all that is in it. `None`: the session has changed
    /// since the view; look again.
    ///
    /// The caller lists the slot next, and must not touch the session after that.
    #[inline]
    pub(crate) fn end(self, view: &View, to: State, now: Tick) -> Option<Left<T, C>> {
        let taken = GRANT | CONTEXT | WATCHED;
        self.hot.word.swap(view.word, view.word.to(to).without(taken)).ok()?;
        self.stamp(view, now);
        let mut left = Left::nothing();
        left.grant = view.word.has(GRANT).then(|| self.take_grant());
        left.context = (view.word.given(CONTEXT) != 0).then(|| self.take_context());
        #[cfg(feature = "wait")]
        if view.word.has(WATCHED) {
            left.waiters = self.cold.waiters.take();
        }
        Some(left)
    }

    /// Redeems a completed session and keeps its grant for replays: for any poll, or for those of `attempt`. The caller
    /// lists the slot as after [`end`](Self::end), and may use the hold until it drops it.
    pub(crate) fn end_kept(self, view: &View, attempt: Option<Attempt>, now: Tick) -> Option<Hold<'a, T, C>> {
        let kept = if attempt.is_some() { KEPT | ATTEMPT } else { KEPT };
        let hold = self.claim(view, view.word.to(State::Redeemed).with(kept))?;
        if let Some(attempt) = attempt {
            self.set_attempt(attempt);
        }
        self.stamp(view, now);
        Some(hold)
    }

    /// Writes down when the session ended.
    fn stamp(self, view: &View, now: Tick) {
        // It ended before its deadline, so this is not zero; more than a day only on a clock that went back.
        let before = view.deadline.raw().saturating_sub(now.raw());
        // ORDERING: Release pairs with the Acquire in `look`. Only the thread that ended the session writes it.
        self.hot.ended.store(u32::try_from(before).unwrap_or(u32::MAX).max(1), Ordering::Release);
    }

    /// Reserves the grant cell of a pending session for a completion, which must [`publish`](Hold::publish) next. The
    /// session stays pending, and may be denied, cancelled or expired before that.
    #[inline]
    pub(crate) fn reserve(self, view: &View) -> Reserve<'a, T, C> {
        if view.word.has(WRITING) {
            return Reserve::Taken;
        }
        self.claim(view, view.word.with(WRITING)).map_or(Reserve::Changed, Reserve::Held)
    }

    /// Holds a session in place, to read its grant for a replay.
    pub(crate) fn hold(self, view: &View) -> Option<Hold<'a, T, C>> {
        self.claim(view, view.word)
    }

    /// Takes the context of a pending session; the rest stays as it is.
    pub(crate) fn claim_context(self, view: &View) -> Option<Hold<'a, T, C>> {
        self.claim(view, view.word.without(CONTEXT))
    }

    /// Holds the context of a session in place, to read it.
    ///
    /// Only for `C: Sync`.
    pub(crate) fn read_context(self, view: &View) -> Option<Hold<'a, T, C>> {
        self.claim(view, view.word.with(READING))
    }

    /// Expires a live session, grant and context and all.
    pub(crate) fn expire(self, view: &View) -> Option<Hold<'a, T, C>> {
        self.claim(view, view.word.to(State::Expired).without(GRANT | CONTEXT | WATCHED))
    }

    /// Closes the replay window of a redeemed session. The hold owns the grant, unless other threads are reading it:
    /// then the last of them drops it.
    pub(crate) fn close(self, view: &View) -> Option<Hold<'a, T, C>> {
        let taken = if view.word.pinned() { KEPT } else { KEPT | GRANT };
        self.claim(view, view.word.without(taken))
    }

    /// The tasks that wait for the slot's session.
    #[cfg(all(test, not(counterfoil_loom), feature = "wait"))]
    pub(crate) fn waiters(self) -> &'a Waiters {
        &self.cold.waiters
    }

    /// Puts a task on the list of those that wait, unless there are as many as there may be. The task must
    /// [leave](Self::leave_waiters) with the ticket.
    #[cfg(feature = "wait")]
    pub(crate) fn join_waiters(self, waker: &Waker) -> Option<Ticket> {
        // ORDERING: Relaxed on both: a bound on what there is to do, which orders nothing. Tasks that join at the same
        // moment may exceed it.
        if self.cold.waiting.load(Ordering::Relaxed) >= MOST_WAITERS {
            return None;
        }
        // Counted after, since cloning the waker is a caller's code.
        let ticket = self.cold.waiters.add(waker);
        self.cold.waiting.fetch_add(1, Ordering::Relaxed);
        Some(ticket)
    }

    /// Takes a task off the list. If the session was settled while the list was out of place, those that are left are
    /// woken; the slot may hold its next session by then.
    #[cfg(feature = "wait")]
    pub(crate) fn leave_waiters(self, ticket: &Ticket) {
        let before = self.hot.word.load();
        ticket.leave();
        self.cold.waiters.tidy();
        // ORDERING: Relaxed, as in `join_waiters`.
        self.cold.waiting.fetch_sub(1, Ordering::Relaxed);
        let after = self.hot.word.load();
        if after.state() != Some(State::Pending) || after.generation() != before.generation() {
            drop(self.cold.waiters.take());
        }
    }

    /// Marks a session that `view` saw pending as waited for. `false`: it has changed since; look again.
    #[cfg(feature = "wait")]
    pub(crate) fn watch(self, view: &View) -> bool {
        view.word.has(WATCHED) || self.hot.word.swap(view.word, view.word.with(WATCHED)).is_ok()
    }
}
