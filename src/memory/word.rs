//! The word that decides a session.
//!
//! Each slot has one atomic word, and every transition of the session in it is one compare-and-swap on that word. This
//! file alone names its bits and its orderings.
//!
//! ```text
//!  63            32 31      16 15     14 13   3 2   0
//! ┌────────────────┬──────────┬─────────┬──────┬─────┐
//! │ generation     │ pins     │ unused  │flags │state│
//! └────────────────┴──────────┴─────────┴──────┴─────┘
//! ```
//!
//! - *generation* grows by one with each session that the slot holds, so that a thread that looked at an earlier one
//!   cannot act on this one: its compare-and-swap fails.
//! - *flags* say which thread owns the slot's two cells. [`GRANT`] and [`CONTEXT`] stand while the cell holds a value
//!   that no thread has taken; the thread that clears the flag owns the value, unless others are reading it (`KEPT`,
//!   [`READING`]). [`WRITING`] stands while a completer writes its grant: the thread that set the flag owns the cell, and
//!   the session is still pending.
//! - *pins* count the threads that are still busy with the slot after their swap. A pinned slot is never freed.
//!
//! # Orderings
//! Every swap is `AcqRel` and every load `Acquire`. The release half pairs with the acquire of the next thread that
//! acts on the word: a cell is written before the swap that hands it over, and read after the swap that took it.
//! Readers that take nothing check the word, read the slot's fields with `Acquire`, and check the word again
//! ([`AtomicWord::unchanged`]); the fields of a session are written with `Release` and only while the slot is free, so
//! a reader that saw a new field also sees that the word has moved on.

use crate::State;
use crate::sync::atomic::{AtomicU64, Ordering};

const STATE: u64 = 0b111;
/// All zeroes, so that memory fresh from the operating system is a table of free slots.
const FREE: u64 = 0;
/// The grant cell holds a value, and it is this word's to give.
pub(crate) const GRANT: u64 = 1 << 3;
/// The context cell holds a value, and it is this word's to give.
pub(crate) const CONTEXT: u64 = 1 << 4;
/// The session is redeemed, and its grant may still be replayed. With [`GRANT`] standing and this flag cleared, the last
/// thread that reads the grant drops it.
pub(crate) const KEPT: u64 = 1 << 5;
/// A task waits to be woken when the session ends or completes.
pub(crate) const WATCHED: u64 = 1 << 6;
/// A thread that completes the session is putting a grant into its cell. Means something only while the session is
/// pending; if it ends first, the flag is left standing, and goes with the session.
pub(crate) const WRITING: u64 = 1 << 7;
/// Only the attempt that redeemed the session may have its grant again, while [`KEPT`] stands.
pub(crate) const ATTEMPT: u64 = 1 << 8;
/// The session has what only some have ([`Extra`](super::slot::Extra)), in its cell until the slot is freed.
pub(crate) const EXTRA: u64 = 1 << 9;
/// A poll has to carry the session's binding. Stands with [`EXTRA`].
pub(crate) const BOUND: u64 = 1 << 10;
/// The session's browser can be led to its tool, with a proof. Stands with [`EXTRA`].
pub(crate) const HANDS: u64 = 1 << 11;
/// The session was completed with a proof, which the poll that redeems it has to carry. Stands with [`HANDS`].
pub(crate) const PROVEN: u64 = 1 << 12;
/// A thread may be reading the context in its cell, which stays in place until no thread has a pin. Whoever clears
/// [`CONTEXT`] meanwhile does not own the value: the last thread that lets go of its pin does, and clears this flag.
/// Never stands without a pin.
pub(crate) const READING: u64 = 1 << 13;
const PIN: u64 = 1 << 16;
const PINS: u64 = 0xffff << 16;
const GENERATION_SHIFT: u32 = 32;

/// A value of the word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Word(u64);

impl Word {
    /// Returns `None` if the slot is free.
    #[inline]
    pub(crate) fn state(self) -> Option<State> {
        match self.0 & STATE {
            1 => Some(State::Pending),
            2 => Some(State::Completed),
            3 => Some(State::Redeemed),
            4 => Some(State::Denied),
            5 => Some(State::Cancelled),
            6 => Some(State::Expired),
            _ => None,
        }
    }

    #[inline]
    fn bits(state: State) -> u64 {
        match state {
            State::Pending => 1,
            State::Completed => 2,
            State::Redeemed => 3,
            State::Denied => 4,
            State::Cancelled => 5,
            State::Expired => 6,
        }
    }

    #[inline]
    pub(crate) fn generation(self) -> u32 {
        (self.0 >> GENERATION_SHIFT) as u32
    }

    /// Whether the session is pending or completed.
    #[inline]
    pub(crate) fn is_live(self) -> bool {
        matches!(self.state(), Some(State::Pending | State::Completed))
    }

    /// Whether any of `flags` stands.
    #[inline]
    pub(crate) fn has(self, flags: u64) -> bool {
        self.0 & flags != 0
    }

    /// Those of `flags` that stand.
    #[inline]
    pub(crate) fn only(self, flags: u64) -> u64 {
        self.0 & flags
    }

    /// Those of `flags` that a thread owns the values of if its swap clears them.
    #[inline]
    pub(crate) fn given(self, flags: u64) -> u64 {
        let read = if self.has(READING) { CONTEXT } else { 0 };
        self.only(flags) & !read
    }

    #[inline]
    pub(crate) fn pins(self) -> u64 {
        (self.0 & PINS) / PIN
    }

    #[inline]
    pub(crate) fn pinned(self) -> bool {
        self.0 & PINS != 0
    }

    /// Whether one more pin would overflow: 65,535 threads at once in the middle of one session.
    #[inline]
    pub(crate) fn crowded(self) -> bool {
        self.0 & PINS == PINS
    }

    #[inline]
    pub(crate) fn to(self, state: State) -> Self {
        Self(self.0 & !STATE | Self::bits(state))
    }

    #[inline]
    pub(crate) fn with(self, flags: u64) -> Self {
        Self(self.0 | flags)
    }

    #[inline]
    pub(crate) fn without(self, flags: u64) -> Self {
        Self(self.0 & !flags)
    }

    /// One pin more; the caller has checked `crowded`.
    #[inline]
    pub(crate) fn pin(self) -> Self {
        Self(self.0 + PIN)
    }

    /// One pin less; the caller holds one.
    #[inline]
    pub(crate) fn unpin(self) -> Self {
        Self(self.0 - PIN)
    }

    /// This generation's free slot.
    #[inline]
    pub(crate) fn freed(self) -> Self {
        Self(u64::from(self.generation()) << GENERATION_SHIFT | FREE)
    }

    /// The next generation's pending session.
    #[inline]
    pub(crate) fn next(self, flags: u64) -> Self {
        let generation = self.generation().wrapping_add(1);
        Self(u64::from(generation) << GENERATION_SHIFT | flags | Self::bits(State::Pending))
    }
}

/// The word in its slot.
#[derive(Debug)]
pub(crate) struct AtomicWord(AtomicU64);

impl AtomicWord {
    #[cfg(any(counterfoil_loom, counterfoil_shuttle))]
    pub(crate) fn new() -> Self {
        Self(AtomicU64::new(FREE))
    }

    #[inline]
    pub(crate) fn load(&self) -> Word {
        // ORDERING: Acquire pairs with the release of the swap or store that wrote this value, so that the fields and
        // cells written before it are visible. Relaxed would let a completed session be seen without its grant.
        Word(self.0.load(Ordering::Acquire))
    }

    /// Whether the word is still `seen`, after fields were read with `Acquire`.
    #[inline]
    pub(crate) fn unchanged(&self, seen: Word) -> bool {
        // ORDERING: this load may not move before the fields' loads: those are Acquire, which keeps later loads
        // behind them. Having read a field of a later session, which was stored with Release after the word had
        // changed, this load must see that change.
        self.0.load(Ordering::Acquire) == seen.0
    }

    /// The transition: `from` to `to`, if the word still is `from`. Otherwise returns what it is instead.
    #[inline]
    pub(crate) fn swap(&self, from: Word, to: Word) -> Result<(), Word> {
        // ORDERING: Release publishes what this thread wrote to the cells; Acquire shows it what the one before wrote,
        // without which taking a grant would be a race. On failure, Acquire as in `load`, since the
        // caller decides by the word that it is told.
        self.0.compare_exchange(from.0, to.0, Ordering::AcqRel, Ordering::Acquire).map(drop).map_err(Word)
    }

    /// Sets the word of a slot that only the caller may change: a free one that it took from the free list.
    #[inline]
    pub(crate) fn store(&self, to: Word) {
        // ORDERING: Release publishes the session's fields to the thread that loads this word.
        self.0.store(to.0, Ordering::Release);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_keeps_its_parts_apart() {
        let states =
            [State::Pending, State::Completed, State::Redeemed, State::Denied, State::Cancelled, State::Expired];
        let word = Word(FREE).next(CONTEXT);
        assert_eq!((word.state(), word.generation()), (Some(State::Pending), 1));
        for state in states {
            let other = word.to(state).with(GRANT).pin();
            assert_eq!((other.state(), other.generation()), (Some(state), 1));
            assert_eq!(other.pins(), 1);
            assert!(other.pinned() && other.has(GRANT) && other.has(CONTEXT));
            assert_eq!(other.unpin().without(GRANT), word.to(state));
            assert_eq!(other.freed().state(), None);
            assert_eq!(other.freed().generation(), 1);
            assert!(!other.freed().pinned() && other.freed() == Word(FREE).next(0).freed());
        }
        assert_eq!(Word(u64::MAX).next(0).generation(), 0, "the generation wraps");
        assert!(Word(PINS).crowded() && !Word(PINS - PIN).crowded());
    }
}
