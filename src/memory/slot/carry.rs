//! The [`Extra`] of a session: put into its slot, looked at, taken out.

use super::extra::Extra;
use super::hold::Hold;
use super::session::Session;
use crate::binding::Binding;
use crate::memory::word::{EXTRA, HANDS, Word};

impl<T, C> Session<'_, T, C> {
    /// Puts it in its cell. Only for a slot that is free and the caller's alone.
    pub(super) fn put_extra(self, extra: Box<Extra>) -> u64 {
        let flags = extra.flags();
        // SAFETY: the slot is free and the caller's alone: `EXTRA` does not stand, so the cell holds nothing and no other
        // thread touches it.
        self.cold.extra.with_mut(|cell| unsafe { *cell = Some(extra) });
        flags
    }

    /// Takes it out of its cell. Only for the thread that has freed the slot, whose word had `EXTRA`.
    pub(super) fn take_extra(self) -> Option<Box<Extra>> {
        // SAFETY: the caller's swap freed the slot, which no thread had pinned; no other thread touches the cell before
        // the caller has given the slot back.
        self.cold.extra.with_mut(|cell| unsafe { (*cell).take() })
    }

    /// Looks at it. Only for a thread that keeps the slot from being freed: by a pin, or since it has ended the session
    /// and not listed it yet. `word` is that thread's.
    pub(super) fn look_at_extra<R>(self, word: Word, look: impl FnOnce(&Extra) -> R) -> Option<R> {
        if !word.has(EXTRA) {
            return None;
        }
        // SAFETY: while the session is there, all threads only read the cell; the caller keeps it there.
        self.cold.extra.with(|cell| unsafe { (*cell).as_deref() }.map(look))
    }

    /// Counts a session that the caller has ended off its source, before it lists it or lets it go.
    #[inline]
    pub(crate) fn give_back_claim(self, word: Word) {
        if word.has(EXTRA) {
            self.look_at_extra(word, |extra| {
                if let Some(claim) = &extra.claim {
                    claim.give_back();
                }
            });
        }
    }
}

impl<T, C> Hold<'_, T, C> {
    /// Looks at what only some sessions have. `word` is the one that was held.
    pub(crate) fn look_at_extra<R>(&self, word: Word, look: impl FnOnce(&Extra) -> R) -> Option<R> {
        self.session.look_at_extra(word, look)
    }

    /// Writes the proof down, if the session can hand it over. Returns whether it did. Only between the two swaps of a
    /// completion.
    pub(super) fn write_proof(&self, word: Word, proof: Option<&Binding>) -> bool {
        let Some(proof) = proof.filter(|_| word.has(HANDS)) else { return false };
        self.session.look_at_extra(word, |extra| extra.set_proof(proof)).is_some()
    }
}
