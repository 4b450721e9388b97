//! How fast a client may poll: the `interval` and the `slow_down` of RFC 8628, section 3.5.
//!
//! The note of the last poll is a word of its own, so that writing it can never touch the session's state. It carries
//! the low bits of the generation: a poller that stalls cannot note its poll on the slot's next session.
//!
//! ```text
//!  63          48   47    46      40 39                 0
//! ┌──────────────┬───────┬──────────┬────────────────────┐
//! │ generation   │ hasty │ strikes  │ last poll, 0: none │
//! └──────────────┴───────┴──────────┴────────────────────┘
//! ```

use std::time::Duration;

use super::Session;
use crate::clock::Tick;
use crate::sync::atomic::Ordering;

/// What each strike adds to the interval (RFC 8628, section 3.5: "increased by 5 seconds").
const STEP: Duration = Duration::from_secs(5);
/// The interval grows by a minute at the most; a client that keeps to it works the strikes off one by one.
const MOST_STRIKES: u64 = 12;

/// The judgement on a poll of a pending session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Pace {
    /// Whether the poll came before the interval was over.
    pub(crate) too_soon: bool,
    /// The time until the next poll is welcome.
    pub(crate) interval: Duration,
}

#[derive(Clone, Copy)]
struct Note(u64);

impl Note {
    fn new(generation: u32, hasty: bool, strikes: u64, last: u64) -> Self {
        Self(u64::from(generation) << 48 | u64::from(hasty) << 47 | strikes << 40 | last)
    }

    fn of(self, generation: u32) -> bool {
        self.0 >> 48 == u64::from(generation) & 0xffff
    }

    /// Whether the last poll came too soon.
    fn hasty(self) -> bool {
        self.0 >> 47 & 1 == 1
    }

    fn strikes(self) -> u64 {
        self.0 >> 40 & 0x7f
    }

    fn last(self) -> Option<Tick> {
        let raw = self.0 & Tick::MAX.raw();
        (raw != 0).then(|| Tick::from_raw(raw))
    }

    /// Whether a poll at `now` is the last one over again.
    fn covers(self, now: Tick, again: Duration) -> bool {
        !again.is_zero() && self.last().is_some_and(|last| now <= last.after(again))
    }
}

impl<T, C> Session<'_, T, C> {
    pub(super) fn clear_note(self, generation: u32) {
        // ORDERING: Release, as every field that `begin` writes; pairs with the Acquire in `pace`.
        self.cold.note.store(Note::new(generation, false, 0, 0).0, Ordering::Release);
    }

    /// Notes a poll of the session of `generation` and judges it.
    ///
    /// The first poll is always welcome. One that comes too soon lengthens the interval by five seconds, up to a
    /// minute more; one that comes in time shortens it again. One within `again` of the last that was noted is part of
    /// that one: it is judged alike, and not noted.
    pub(crate) fn pace(self, generation: u32, now: Tick, interval: Duration, again: Duration) -> Pace {
        let asked = |strikes: u64| interval.saturating_add(STEP * u32::try_from(strikes).unwrap_or(u32::MAX));
        // ORDERING: Acquire and Release: a poller that sees another's note judges by all that led to it. The note
        // decides nothing but the pace.
        let mut note = Note(self.cold.note.load(Ordering::Acquire));
        loop {
            if !note.of(generation) {
                return Pace { too_soon: false, interval };
            }
            if note.covers(now, again) {
                return Pace { too_soon: note.hasty(), interval: asked(note.strikes()) };
            }
            let too_soon = note.last().is_some_and(|last| now < last.after(asked(note.strikes())));
            let strikes =
                if too_soon { (note.strikes() + 1).min(MOST_STRIKES) } else { note.strikes().saturating_sub(1) };
            let next = Note::new(generation, too_soon, strikes, now.raw());
            match self.cold.note.compare_exchange(note.0, next.0, Ordering::AcqRel, Ordering::Acquire) {
                Ok(_) => return Pace { too_soon, interval: asked(strikes) },
                Err(current) => note = Note(current),
            }
        }
    }
}
