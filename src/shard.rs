//! The books of a part of the table: which of its slots are free, and what is due when.
//!
//! A slot is decided by its word alone; the books only say where to look. Two orders do: by deadlines, and by the
//! times at which sessions ended. Whoever finds a slot's [`Standing`] live enters the end, so that is done once even
//! where two threads end a session.
//!
//! The entry under a deadline outlives the end of its session: finding it in the middle of its set would be the dearest
//! part of redeeming a grant. It goes when its time comes or the slot is freed, so that a slot never has two.
//!
//! Orders rather than a timer wheel: they are exact to the tick, give the oldest ending and the next deadline for the
//! asking, have no more entries than there are slots, and need no cascade. At a million sessions the deadlines cost
//! sixteen bytes each, the endings eight.

use std::collections::{BTreeSet, TryReserveError};
use std::sync::Arc;

use crate::State;
use crate::clock::Tick;
use crate::slot::zeroed::OutOfMemory;
use crate::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use crate::sync::{Mutex, MutexGuard};
use crate::tenant::Tenant;

mod endings;

use endings::Endings;

/// Slots in a shard, at most: what a [`Due`] has bits for.
pub(crate) const MOST_SLOTS: u32 = 1 << (64 - Tick::BITS);

/// A moment and a slot of the shard, in one word, ordered by the moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Due(u64);

impl Due {
    pub(crate) fn new(at: Tick, slot: u32) -> Self {
        Self(at.raw() << (64 - Tick::BITS) | u64::from(slot & (MOST_SLOTS - 1)))
    }

    pub(crate) fn at(self) -> Tick {
        Tick::from_raw(self.0 >> (64 - Tick::BITS))
    }

    pub(crate) fn slot(self) -> u32 {
        (self.0 as u32) & (MOST_SLOTS - 1)
    }
}

/// What only some sessions have, and no verb needs on its way.
#[derive(Debug, Clone, Default)]
pub(crate) struct Extra {
    /// `None` for the default tenant.
    pub(crate) tenant: Option<Arc<Tenant>>,
    pub(crate) user_code: Option<u64>,
}

impl Extra {
    pub(crate) fn is_empty(&self) -> bool {
        self.tenant.is_none() && self.user_code.is_none()
    }
}

/// Counts since the shard was made.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Counts {
    pub(crate) initiated: u64,
    pub(crate) redeemed: u64,
    pub(crate) denied: u64,
    pub(crate) cancelled: u64,
    pub(crate) expired: u64,
    /// Those of the expired whose grant was never collected.
    pub(crate) uncollected: u64,
    pub(crate) forgotten: u64,
}

/// How a slot stands in the books.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Standing {
    /// Its session lives, and has an entry among the deadlines.
    Live,
    /// Its session has ended, and still has that entry.
    Ended,
    /// There is no entry among the deadlines: it was passed, or the slot is free.
    Passed,
}

#[derive(Debug)]
pub(crate) struct Books {
    /// Of each slot that was ever used; with room for all, so that it never grows under the lock. Untouched pages cost
    /// nothing.
    standings: Vec<Standing>,
    slots: u32,
    /// Used before and free again; the last freed is the first taken, its line may still be cached.
    free: Vec<u32>,
    deadlines: BTreeSet<Due>,
    pub(crate) endings: Endings,
    /// Those of the endings whose grant waits for a replay.
    pub(crate) replays: BTreeSet<Due>,
    extras: Vec<Extra>,
    pub(crate) counts: Counts,
}

impl Books {
    fn new(slots: u32) -> Result<Self, TryReserveError> {
        let mut standings = Vec::new();
        standings.try_reserve_exact(slots as usize)?;
        Ok(Self {
            standings,
            slots,
            free: Vec::new(),
            deadlines: BTreeSet::new(),
            endings: Endings::new(slots)?,
            replays: BTreeSet::new(),
            extras: Vec::new(),
            counts: Counts::default(),
        })
    }

    /// A free slot, not yet taken.
    pub(crate) fn vacancy(&mut self) -> Option<u32> {
        if let Some(slot) = self.free.pop() {
            return Some(slot);
        }
        let slot = self.used();
        (slot < self.slots).then(|| {
            self.standings.push(Standing::Passed);
            slot
        })
    }

    pub(crate) fn vacant(&self) -> u32 {
        // A shard has fewer than 2^24 slots.
        self.slots - self.used() + self.free.len() as u32
    }

    /// Slots that have ever been used: those below this number.
    pub(crate) fn used(&self) -> u32 {
        self.standings.len() as u32
    }

    fn standing(&mut self, slot: u32) -> &mut Standing {
        &mut self.standings[slot as usize]
    }

    /// Whether the slot's session has not been entered as ended.
    pub(crate) fn is_live(&self, slot: u32) -> bool {
        self.standings[slot as usize] == Standing::Live
    }

    /// The deadlines of the live sessions, in order, and those of some that have ended since.
    pub(crate) fn deadlines(&self) -> impl Iterator<Item = Due> {
        self.deadlines.iter().copied()
    }

    /// The deadline of the live session that is due first.
    pub(crate) fn first_live(&mut self) -> Option<Tick> {
        while let Some(first) = self.deadlines.first().copied() {
            if self.is_live(first.slot()) {
                return Some(first.at());
            }
            self.pass(first);
        }
        None
    }

    /// Enters a session that has just begun.
    pub(crate) fn open(&mut self, slot: u32, deadline: Tick, extra: Extra) {
        self.deadlines.insert(Due::new(deadline, slot));
        *self.standing(slot) = Standing::Live;
        self.counts.initiated += 1;
        if !extra.is_empty() {
            let at = slot as usize;
            if self.extras.len() <= at {
                // Once and for all, so that it never grows under the lock; untouched pages cost nothing.
                self.extras.reserve_exact(self.slots as usize - self.extras.len());
                self.extras.resize(at + 1, Extra::default());
            }
            self.extras[at] = extra;
        }
    }

    pub(crate) fn extra(&self, slot: u32) -> Option<&Extra> {
        self.extras.get(slot as usize)
    }

    /// Strikes out a deadline that has passed. Answers whether that was a live session's, which is then to be
    /// [ended](Self::end).
    pub(crate) fn pass(&mut self, due: Due) -> bool {
        self.deadlines.remove(&due);
        let standing = self.standing(due.slot());
        let live = *standing == Standing::Live;
        *standing = Standing::Passed;
        live
    }

    /// Enters the end of a session that was [live](Self::is_live), or whose deadline has [passed](Self::pass).
    pub(crate) fn end(&mut self, slot: u32, ended: Tick, state: State, replayed: bool) {
        let standing = self.standing(slot);
        if *standing == Standing::Live {
            *standing = Standing::Ended;
        }
        self.endings.insert(Due::new(ended, slot));
        if replayed {
            self.replays.insert(Due::new(ended, slot));
        }
        let count = match state {
            State::Redeemed => &mut self.counts.redeemed,
            State::Denied => &mut self.counts.denied,
            State::Cancelled => &mut self.counts.cancelled,
            _ => &mut self.counts.expired,
        };
        *count += 1;
    }

    /// Strikes out a remembered session whose slot has been freed. The slot is the caller's, who takes it or gives it
    /// [`back`](Self::back). `deadline` is the session's.
    pub(crate) fn forget(&mut self, ending: Due, deadline: Tick) -> Extra {
        if std::mem::replace(self.standing(ending.slot()), Standing::Passed) == Standing::Ended {
            self.deadlines.remove(&Due::new(deadline, ending.slot()));
        }
        self.endings.remove(ending);
        self.replays.remove(&ending);
        self.counts.forgotten += 1;
        self.extras.get_mut(ending.slot() as usize).map(std::mem::take).unwrap_or_default()
    }

    pub(crate) fn back(&mut self, slot: u32) {
        self.free.push(slot);
    }
}

/// A shard: its books, and what can be known of them without the lock.
///
/// The hints are written under the lock and read without; they may be a moment old. Whoever acts on one takes the lock
/// and looks again.
#[derive(Debug)]
#[repr(align(128))]
pub(crate) struct Shard {
    books: Mutex<Books>,
    first_deadline: AtomicU64,
    first_ending: AtomicU64,
    first_replay: AtomicU64,
    vacant: AtomicU32,
    /// Completions, counted where no lock is taken.
    pub(crate) completed: AtomicU64,
}

/// No entry: later than any tick.
const NONE: u64 = u64::MAX;

impl Shard {
    pub(crate) fn new(slots: u32) -> Result<Self, OutOfMemory> {
        Ok(Self {
            books: Mutex::new(Books::new(slots).map_err(|_| OutOfMemory)?),
            first_deadline: AtomicU64::new(NONE),
            first_ending: AtomicU64::new(NONE),
            first_replay: AtomicU64::new(NONE),
            vacant: AtomicU32::new(slots),
            completed: AtomicU64::new(0),
        })
    }

    /// Runs `f` with the books, and brings the hints up to date after.
    pub(crate) fn with<R>(&self, f: impl FnOnce(&mut Books) -> R) -> R {
        let mut books = self.books.lock();
        let answer = f(&mut books);
        self.hint(&books);
        answer
    }

    /// The books to look at.
    pub(crate) fn read(&self) -> MutexGuard<'_, Books> {
        self.books.lock()
    }

    #[cfg(all(test, not(counterfoil_loom)))]
    pub(crate) fn locked(&self) -> bool {
        self.books.is_locked()
    }

    fn hint(&self, books: &Books) {
        let raw = |first: Option<Due>| first.map_or(NONE, |due| due.at().raw());
        // ORDERING: Relaxed: hints. The lock orders the books themselves.
        self.first_deadline.store(raw(books.deadlines.first().copied()), Ordering::Relaxed);
        self.first_ending.store(raw(books.endings.first()), Ordering::Relaxed);
        self.first_replay.store(raw(books.replays.first().copied()), Ordering::Relaxed);
        self.vacant.store(books.vacant(), Ordering::Relaxed);
    }

    pub(crate) fn first_deadline(&self) -> Option<Tick> {
        Self::tick(&self.first_deadline)
    }

    pub(crate) fn first_ending(&self) -> Option<Tick> {
        Self::tick(&self.first_ending)
    }

    pub(crate) fn first_replay(&self) -> Option<Tick> {
        Self::tick(&self.first_replay)
    }

    fn tick(hint: &AtomicU64) -> Option<Tick> {
        let raw = hint.load(Ordering::Relaxed);
        (raw != NONE).then(|| Tick::from_raw(raw))
    }

    pub(crate) fn has_vacancy(&self) -> bool {
        self.vacant.load(Ordering::Relaxed) > 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_due_keeps_both_its_parts_and_sorts_by_the_moment() {
        for at in [0, 1, Tick::MAX.raw()] {
            for slot in [0, 1, MOST_SLOTS - 1] {
                let due = Due::new(Tick::from_raw(at), slot);
                assert_eq!((due.at().raw(), due.slot()), (at, slot));
            }
        }
        assert!(Due::new(Tick::from_raw(1), MOST_SLOTS - 1) < Due::new(Tick::from_raw(2), 0));
    }
}
