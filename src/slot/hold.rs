//! The transitions, and the guard that keeps a slot from being freed until their winner is done.

use super::{Session, View};
use crate::State;
use crate::clock::Tick;
use crate::delivery::Replay;
use crate::state::{CONTEXT, GRANT, STAMPED, WATCHED, WRITING, Word};
use crate::sync::atomic::Ordering;
use crate::sync::yield_now;

/// A pin on a slot, with what its holder has won: perhaps the grant, perhaps the context, perhaps the right to say when
/// the session ended.
///
/// Dropping it writes the end down, lets the slot go, and only then drops what nobody took, so that neither a panic in
/// a caller's `Drop` nor one in a caller's `Clone` leaves a slot pinned.
pub(crate) struct Hold<'a, T, C> {
    session: Session<'a, T, C>,
    /// Those of `GRANT` and `CONTEXT` that this holder's swap cleared and nobody has taken since.
    owned: u64,
    /// The session is redeemed, and its grant stays in place for replays while this pin is held.
    kept: bool,
    ended: Option<Tick>,
    watched: bool,
    deadline: Tick,
}

impl<'a, T, C> Session<'a, T, C> {
    /// The one compare-and-swap: from what `view` saw to `to`, clearing `cleared` and pinning the slot.
    fn claim(self, view: &View, to: Word, cleared: u64) -> Option<Hold<'a, T, C>> {
        if view.word.crowded() {
            std::hint::spin_loop();
            return None;
        }
        let after = to.without(cleared);
        self.hot.word.swap(view.word, after.pin()).ok()?;
        Some(Hold {
            session: self,
            owned: view.word.only(cleared),
            kept: after.state() == Some(State::Redeemed) && after.has(GRANT),
            ended: None,
            watched: view.word.has(WATCHED),
            deadline: view.deadline,
        })
    }

    /// Ends a pending session as denied or cancelled. `None`: the session has changed since `view`; look again.
    pub(crate) fn end(self, view: &View, to: State, now: Tick) -> Option<Hold<'a, T, C>> {
        let mut hold = self.claim(view, view.word.to(to), CONTEXT)?;
        hold.ended = Some(now);
        Some(hold)
    }

    /// Reserves the grant cell of a pending session for a completion, which must [`publish`](Hold::publish) next. The
    /// session stays pending, and may be denied, cancelled or expired before that.
    ///
    /// `None`, besides, while another completion has it: how that one ends will show in a moment.
    pub(crate) fn reserve(self, view: &View) -> Option<Hold<'a, T, C>> {
        if view.word.has(WRITING) {
            yield_now();
            return None;
        }
        self.claim(view, view.word.with(WRITING), 0)
    }

    /// Redeems a completed session. The grant is the holder's, unless it is to be `kept` for replays.
    pub(crate) fn redeem(self, view: &View, kept: bool, now: Tick) -> Option<Hold<'a, T, C>> {
        let mut hold = self.claim(view, view.word.to(State::Redeemed), if kept { 0 } else { GRANT })?;
        hold.ended = Some(now);
        Some(hold)
    }

    /// Holds a session in place, to read its grant for a replay.
    pub(crate) fn hold(self, view: &View) -> Option<Hold<'a, T, C>> {
        self.claim(view, view.word, 0)
    }

    /// Takes the context of a pending session; the rest stays as it is.
    pub(crate) fn claim_context(self, view: &View) -> Option<Hold<'a, T, C>> {
        self.claim(view, view.word, CONTEXT)
    }

    /// Expires a pending or completed session, grant and context and all.
    pub(crate) fn expire(self, view: &View) -> Option<Hold<'a, T, C>> {
        if !matches!(view.word.state(), Some(State::Pending | State::Completed)) {
            return None;
        }
        self.claim(view, view.word.to(State::Expired), GRANT | CONTEXT)
    }

    /// Takes back the grant of a redeemed session whose replay window is over, unless a replay is reading it.
    pub(crate) fn wipe(self, view: &View) -> Option<Hold<'a, T, C>> {
        if view.word.pinned() || !view.word.has(GRANT) {
            return None;
        }
        self.claim(view, view.word, GRANT)
    }

    /// Asks to be woken at the end of a session that `view` saw pending.
    #[cfg(feature = "wait")]
    pub(crate) fn watch(self, view: &View) -> bool {
        view.word.has(WATCHED) || self.hot.word.swap(view.word, view.word.with(WATCHED)).is_ok()
    }
}

impl<T, C> Hold<'_, T, C> {
    /// Whether somebody waits for the transition that this holder has made.
    pub(crate) fn watched(&self) -> bool {
        self.watched
    }

    /// Whether this holder's transition ended a completed session whose grant nobody had collected.
    pub(crate) fn uncollected(&self) -> bool {
        self.owned & GRANT != 0 && self.ended.is_none()
    }

    pub(crate) fn deadline(&self) -> Tick {
        self.deadline
    }

    /// The grant, if it is this holder's.
    pub(crate) fn take_grant(&mut self) -> Option<T> {
        let owned = self.owned & GRANT != 0;
        self.owned &= !GRANT;
        owned.then(|| self.session.take_grant())
    }

    /// The context, if it is this holder's.
    pub(crate) fn take_context(&mut self) -> Option<C> {
        let owned = self.owned & CONTEXT != 0;
        self.owned &= !CONTEXT;
        owned.then(|| self.session.take_context())
    }

    /// A clone of the grant of a session that keeps it for replays.
    pub(crate) fn replay(&self, replay: &Replay<T>) -> Option<T> {
        if !self.kept {
            return None;
        }
        // SAFETY: the session was redeemed with `GRANT` standing when the pin was taken. From then on `GRANT` is
        // cleared only by `wipe` and `free`, which need a slot that nobody has pinned, so the value is in place and
        // nobody writes to it. Others may read it by `&T` at the same time: a `Replay` is made only where `T: Sync`.
        self.session.cold.grant.with(|cell| Some((replay.clone)(unsafe { (*cell).assume_init_ref() })))
    }

    /// Puts the grant in place after [`Session::reserve`], completes the session with it, and answers whether somebody
    /// waits for it. Where a context was left, it is dropped.
    ///
    /// # Errors
    /// The grant, where the session has ended between the two swaps.
    pub(crate) fn publish(mut self, grant: T) -> Result<bool, T> {
        // SAFETY: this holder's swap set `WRITING` while `GRANT` did not stand: the cell holds nothing, and until this
        // holder sets `GRANT` nobody else touches it. The pin keeps the slot from its next session.
        self.session.cold.grant.with_mut(|cell| unsafe { (*cell).write(grant) });
        let word = &self.session.hot.word;
        let mut seen = word.load();
        loop {
            if seen.state() != Some(State::Pending) {
                // The swap that would have handed the grant over never happened, nor did it bring a context.
                self.owned = 0;
                return Err(self.session.take_grant());
            }
            // One swap completes the session, hands the grant over and lets the slot go; but where it brings a context
            // with it, the slot is let go after that is out.
            let completed = seen.to(State::Completed).with(GRANT).without(WRITING | CONTEXT);
            self.owned = seen.only(CONTEXT);
            let next = if self.owned == 0 { completed.unpin() } else { completed };
            match word.swap(seen, next) {
                Ok(()) => break,
                Err(now) => seen = now,
            }
        }
        if self.owned == 0 {
            // The pin is gone already; `drop` would take another's.
            std::mem::forget(self);
        }
        Ok(seen.has(WATCHED))
    }
}

impl<T, C> Drop for Hold<'_, T, C> {
    fn drop(&mut self) {
        let grant = self.take_grant();
        let context = self.take_context();
        let mut stamped = 0;
        if let Some(ended) = self.ended {
            // ORDERING: Release pairs with the Acquire in `look`; only this holder may write it, since the slot is
            // pinned and the session ends once.
            self.session.cold.ended.store(ended.raw(), Ordering::Release);
            stamped = STAMPED;
        }
        let word = &self.session.hot.word;
        let mut seen = word.load();
        while let Err(now) = word.swap(seen, seen.with(stamped).unpin()) {
            seen = now;
        }
        // The caller's destructors run last: they may panic, or call the store.
        drop((grant, context));
    }
}
