//! A part of the table: its books behind a lock, and beside them what is touched without.
//!
//! A slot is decided by its word alone; the books only say where to look: which slots are free, what falls due when, in
//! which order sessions ended, and which live sessions a tenant has. Their memory is reserved when the store is built,
//! so nothing is allocated under the lock.
//!
//! A slot is in one place at a time:
//! - *free*: on the stack of free slots, or never used;
//! - *live*: in the heap of deadlines and in its tenant's list;
//! - *ended* by a verb: on the [`List`] until the next holder of the books enters it among the settled. Its deadline
//!   stays in the heap until that comes or the slot is freed, since taking it out of the middle is the most expensive
//!   part;
//! - *expired*: noted or not, it stays in the heap of deadlines until the books come to it in their order, and then
//!   stands among the expired.
//!
//! Orders rather than a timer wheel: they are exact to the tick, give the oldest ending and the next deadline at once,
//! have no more entries than there are slots, and need no cascade.

use std::collections::{TryReserveError, VecDeque};

use super::slot::zeroed::OutOfMemory;
use crate::State;
use crate::clock::Tick;
use crate::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use crate::sync::{Mutex, MutexGuard};

mod deadlines;
pub(crate) mod list;

use deadlines::{Deadlines, NOWHERE};
use list::List;

/// The most shards that a table has.
pub(crate) const MOST_SHARDS: u32 = 16;

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

/// Counts since the shard was made, of what happens under its lock.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Counts {
    pub(crate) initiated: u64,
    pub(crate) redeemed: u64,
    pub(crate) denied: u64,
    pub(crate) cancelled: u64,
    pub(crate) forgotten: u64,
}

/// What the books keep of each slot that was ever used.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place {
    /// The position of its deadline in the heap.
    at: u32,
    /// Neighbours in the tenant's list of live sessions. For a free slot, `next` is the next free one.
    prev: u32,
    next: u32,
}

/// No slot.
const NONE: u32 = u32::MAX;

impl Default for Place {
    fn default() -> Self {
        Self { at: NOWHERE, prev: NONE, next: NONE }
    }
}

/// The head of a tenant's list of live sessions in a shard. Read and written under the shard's lock.
#[derive(Debug)]
pub(crate) struct Head(AtomicU32);

impl Head {
    pub(crate) fn new() -> Self {
        Self(AtomicU32::new(NONE))
    }

    // ORDERING: Relaxed on both: the lock orders them.
    fn get(&self) -> u32 {
        self.0.load(Ordering::Relaxed)
    }

    fn set(&self, slot: u32) {
        self.0.store(slot, Ordering::Relaxed);
    }
}

#[derive(Debug)]
pub(crate) struct Books {
    places: Vec<Place>,
    /// The last freed is the first taken, its line may still be cached.
    free: u32,
    vacant: u32,
    pub(crate) deadlines: Deadlines,
    /// Redeemed, denied and cancelled sessions by the time of their end, in the order in which they were listed.
    pub(crate) settled: VecDeque<Due>,
    /// How many of the settled have been looked at for a replay window that is over.
    closed: usize,
    /// Expired sessions by their deadline.
    pub(crate) expired: VecDeque<Due>,
    pub(crate) counts: Counts,
    /// The slot with which a listing that has let go of the lock goes on.
    walk: u32,
}

impl Books {
    fn new(slots: u32) -> Result<Self, TryReserveError> {
        let mut places = Vec::new();
        places.try_reserve_exact(slots as usize)?;
        let queue = || {
            let mut queue = VecDeque::new();
            queue.try_reserve_exact(slots as usize).map(|()| queue)
        };
        Ok(Self {
            places,
            free: NONE,
            vacant: slots,
            deadlines: Deadlines::new(slots)?,
            settled: queue()?,
            closed: 0,
            expired: queue()?,
            counts: Counts::default(),
            walk: NONE,
        })
    }

    /// Slots that were ever used: those below this number.
    pub(crate) fn used(&self) -> u32 {
        self.places.len() as u32
    }

    pub(crate) fn vacant(&self) -> u32 {
        self.vacant
    }

    /// Takes a free slot.
    pub(crate) fn vacancy(&mut self) -> Option<u32> {
        self.vacant = self.vacant.checked_sub(1)?;
        if self.free == NONE {
            self.places.push(Place::default());
            return Some(self.used() - 1);
        }
        let slot = self.free;
        self.free = std::mem::replace(&mut self.places[slot as usize].next, NONE);
        Some(slot)
    }

    /// Gives a free slot back.
    pub(crate) fn back(&mut self, slot: u32) {
        self.places[slot as usize].next = std::mem::replace(&mut self.free, slot);
        self.vacant += 1;
    }

    /// Enters a session that has just begun.
    pub(crate) fn open(&mut self, slot: u32, deadline: Tick, tenant: &Head) {
        self.deadlines.insert(Due::new(deadline, slot), &mut self.places);
        let next = tenant.get();
        self.places[slot as usize].prev = NONE;
        self.places[slot as usize].next = next;
        if next != NONE {
            self.places[next as usize].prev = slot;
        }
        tenant.set(slot);
        self.counts.initiated += 1;
    }

    /// Strikes a session that has ended out of its tenant's list.
    fn close(&mut self, slot: u32, tenant: &Head) {
        let place = &mut self.places[slot as usize];
        let prev = std::mem::replace(&mut place.prev, NONE);
        let next = std::mem::replace(&mut place.next, NONE);
        match prev {
            NONE => tenant.set(next),
            prev => self.places[prev as usize].next = next,
        }
        if next != NONE {
            self.places[next as usize].prev = prev;
        }
        if self.walk == slot {
            self.walk = next;
        }
    }

    /// Enters the end of a session that was redeemed, denied or cancelled.
    pub(crate) fn settle(&mut self, ending: Due, state: State, tenant: &Head) {
        self.close(ending.slot(), tenant);
        self.settled.push_back(ending);
        let count = match state {
            State::Redeemed => &mut self.counts.redeemed,
            State::Denied => &mut self.counts.denied,
            _ => &mut self.counts.cancelled,
        };
        *count += 1;
    }

    /// Takes the first deadline out.
    pub(crate) fn pass(&mut self) -> Option<Due> {
        self.deadlines.remove_first(&mut self.places)
    }

    /// Enters the end of an expired session whose deadline was [passed](Self::pass).
    pub(crate) fn expire(&mut self, due: Due, tenant: &Head) {
        self.close(due.slot(), tenant);
        self.expired.push_back(due);
    }

    /// The time of the first ending.
    pub(crate) fn first_ending(&self) -> Option<Tick> {
        let (settled, expired) = (self.settled.front(), self.expired.front());
        settled.into_iter().chain(expired).map(|due| due.at()).min()
    }

    /// The first settled session that has not been looked at for a replay window that is over.
    pub(crate) fn first_replay(&self) -> Option<Due> {
        self.settled.get(self.closed).copied()
    }

    /// Goes on to the next.
    pub(crate) fn pass_replay(&mut self) {
        self.closed += 1;
    }

    /// Goes on to the first that `is_due` is false of, if no grant is kept for a replay.
    pub(crate) fn skip_replays(&mut self, is_due: impl Fn(Due) -> bool) {
        self.closed = self.closed.max(self.settled.partition_point(|due| is_due(*due)));
    }

    /// Strikes out an ending whose slot has been freed: the `at`th of the settled, or of the expired.
    pub(crate) fn forget(&mut self, settled: bool, at: usize) {
        let ending = if settled { self.settled.remove(at) } else { self.expired.remove(at) };
        if settled && at < self.closed {
            self.closed -= 1;
        }
        if let Some(ending) = ending {
            self.deadlines.remove(ending.slot(), &mut self.places);
            self.counts.forgotten += 1;
        }
    }

    /// Begins or continues a walk over a tenant's live sessions: writes the next slots to `slots`, and returns how many
    /// those are. Sessions that end between two calls are left out.
    pub(crate) fn walk(&mut self, from: Option<&Head>, slots: &mut [u32]) -> usize {
        if let Some(tenant) = from {
            self.walk = tenant.get();
        }
        let mut count = 0;
        while self.walk != NONE && count < slots.len() {
            slots[count] = self.walk;
            self.walk = self.places[self.walk as usize].next;
            count += 1;
        }
        count
    }
}

/// A shard: its books, and what can be known and done without their lock.
///
/// The hints are written under the lock and read without; they may be a moment old. A thread that acts on one takes the
/// lock and looks again.
#[derive(Debug)]
#[repr(align(128))]
pub(crate) struct Shard {
    books: Mutex<Books>,
    first_deadline: AtomicU64,
    first_ending: AtomicU64,
    first_replay: AtomicU64,
    vacant: AtomicU32,
    pub(crate) beside: Beside,
    /// Held by a listing for as long as it walks, since the books keep the place of one.
    pub(crate) listing: Mutex<()>,
}

/// What verbs touch that take no lock, on lines of its own.
#[derive(Debug)]
#[repr(align(128))]
pub(crate) struct Beside {
    pub(crate) list: List,
    /// Grants that are kept for replays.
    pub(crate) kept: AtomicU64,
    /// Completions.
    pub(crate) approved: AtomicU64,
    /// Sessions whose time ran out, once a verb or a sweep has noted it.
    pub(crate) expired: AtomicU64,
    /// Those of the expired whose grant was never collected.
    pub(crate) uncollected: AtomicU64,
}

/// No entry: later than any tick.
const NEVER: u64 = u64::MAX;

impl Shard {
    pub(crate) fn new(slots: u32) -> Result<Self, OutOfMemory> {
        Ok(Self {
            books: Mutex::new(Books::new(slots).map_err(|_| OutOfMemory)?),
            first_deadline: AtomicU64::new(NEVER),
            first_ending: AtomicU64::new(NEVER),
            first_replay: AtomicU64::new(NEVER),
            vacant: AtomicU32::new(slots),
            beside: Beside {
                list: List::new(),
                kept: AtomicU64::new(0),
                approved: AtomicU64::new(0),
                expired: AtomicU64::new(0),
                uncollected: AtomicU64::new(0),
            },
            listing: Mutex::new(()),
        })
    }

    /// Runs `f` with the books, and brings the hints up to date after.
    pub(crate) fn with<R>(&self, f: impl FnOnce(&mut Books) -> R) -> R {
        self.run(self.books.lock(), f)
    }

    /// The same, unless another thread holds the lock.
    pub(crate) fn try_with(&self, f: impl FnOnce(&mut Books)) {
        if let Some(books) = self.books.try_lock() {
            self.run(books, f);
        }
    }

    fn run<R>(&self, mut books: MutexGuard<'_, Books>, f: impl FnOnce(&mut Books) -> R) -> R {
        let result = f(&mut books);
        let raw = |first: Option<Tick>| first.map_or(NEVER, Tick::raw);
        // ORDERING: Relaxed: hints. The lock orders the books themselves. But a thread that finds no deadline passed, and
        // so takes no lock, must see what was done about those that were, to tenants' counts: Release pairs with the
        // Acquire in `first_deadline`.
        self.first_deadline.store(raw(books.deadlines.first().map(Due::at)), Ordering::Release);
        self.first_ending.store(raw(books.first_ending()), Ordering::Relaxed);
        self.first_replay.store(raw(books.first_replay().map(Due::at)), Ordering::Relaxed);
        self.vacant.store(books.vacant(), Ordering::Relaxed);
        result
    }

    #[cfg(all(test, not(counterfoil_loom)))]
    pub(crate) fn lock(&self) -> MutexGuard<'_, Books> {
        self.books.lock()
    }

    #[cfg(all(test, not(counterfoil_loom)))]
    pub(crate) fn locked(&self) -> bool {
        self.books.is_locked()
    }

    pub(crate) fn first_deadline(&self) -> Option<Tick> {
        Self::tick(self.first_deadline.load(Ordering::Acquire))
    }

    pub(crate) fn first_ending(&self) -> Option<Tick> {
        Self::tick(self.first_ending.load(Ordering::Relaxed))
    }

    pub(crate) fn first_replay(&self) -> Option<Tick> {
        Self::tick(self.first_replay.load(Ordering::Relaxed))
    }

    fn tick(raw: u64) -> Option<Tick> {
        (raw != NEVER).then(|| Tick::from_raw(raw))
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

    #[test]
    fn a_walk_goes_on_behind_a_session_that_ends_meanwhile() {
        let (mut books, tenant, other) = (Books::new(9).unwrap(), Head::new(), Head::new());
        for slot in 0..8 {
            assert_eq!(books.vacancy(), Some(slot));
            books.open(slot, Tick::from_raw(9), if slot == 3 { &other } else { &tenant });
        }
        let mut slots = [NONE; 2];
        assert_eq!((books.walk(Some(&tenant), &mut slots), slots), (2, [7, 6]));
        for slot in [5, 4, 0] {
            books.settle(Due::new(Tick::from_raw(5), slot), State::Denied, &tenant);
        }
        assert_eq!((books.walk(None, &mut slots), slots), (2, [2, 1]));
        assert_eq!(books.walk(None, &mut slots), 0);
        assert_eq!((books.walk(Some(&other), &mut slots), slots[0]), (1, 3));
    }
}
