//! The note of the last poll, in a word of its own, so that writing it can never touch the session's state. It carries
//! the low bits of the generation: a poller that stalls cannot note its poll on the slot's next session.
//!
//! ```text
//!  63          48   47    46      40 39                 0
//! ┌──────────────┬───────┬──────────┬────────────────────┐
//! │ generation   │ hasty │ strikes  │ last poll, 0: none │
//! └──────────────┴───────┴──────────┴────────────────────┘
//! ```

use super::session::Session;
use crate::clock::Tick;
use crate::pace::{Note, Pace, Pacing, judge};
use crate::sync::atomic::Ordering;

fn encode(generation: u32, note: Note) -> u64 {
    let last = note.last.unwrap_or(0) & Tick::MAX.raw();
    u64::from(generation) << 48 | u64::from(note.hasty) << 47 | u64::from(note.strikes & 0x7f) << 40 | last
}

/// `None` if the note is of another generation.
fn decode(generation: u32, raw: u64) -> Option<Note> {
    let last = raw & Tick::MAX.raw();
    let note =
        Note { last: (last != 0).then_some(last), strikes: (raw >> 40 & 0x7f) as u32, hasty: raw >> 47 & 1 == 1 };
    (raw >> 48 == u64::from(generation) & 0xffff).then_some(note)
}

impl<T, C> Session<'_, T, C> {
    pub(super) fn clear_note(self, generation: u32) {
        // ORDERING: Release, as every field that `begin` writes; pairs with the Acquire in `pace`.
        self.cold.note.store(encode(generation, Note::default()), Ordering::Release);
    }

    /// Notes a poll of the session of `generation` and judges it.
    pub(crate) fn pace(self, generation: u32, now: Tick, pacing: Pacing) -> Pace {
        // ORDERING: Acquire and Release: a poller that sees another's note judges by all that led to it. The note
        // decides nothing but the pace.
        let mut raw = self.cold.note.load(Ordering::Acquire);
        loop {
            let Some(note) = decode(generation, raw) else { return judge(Note::default(), now.raw(), pacing).0 };
            let (pace, next) = judge(note, now.raw(), pacing);
            let next = encode(generation, next);
            if next == raw {
                return pace;
            }
            match self.cold.note.compare_exchange(raw, next, Ordering::AcqRel, Ordering::Acquire) {
                Ok(_) => return pace,
                Err(current) => raw = current,
            }
        }
    }
}
