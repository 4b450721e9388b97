//! What a shard keeps under its lock: which slots are free, what falls due when, in which order sessions ended, and which
//! live sessions a tenant has.

use std::collections::{TryReserveError, VecDeque};

use super::deadlines::Deadlines;
use super::due::Due;
use super::place::{ASIDE, NONE, Place};
use crate::State;
use crate::clock::Tick;
use crate::sync::atomic::{AtomicU32, Ordering};

/// Counts since the shard was made, of what happens under its lock.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Counts {
    pub(crate) initiated: u64,
    pub(crate) redeemed: u64,
    pub(crate) denied: u64,
    pub(crate) cancelled: u64,
    pub(crate) forgotten: u64,
}

/// A tenant's list of live sessions in a shard: its ends. Read and written under the shard's lock.
#[derive(Debug)]
pub(crate) struct Head {
    /// The session that began last.
    first: AtomicU32,
    /// The one that began before all others.
    last: AtomicU32,
}

impl Head {
    pub(crate) fn new() -> Self {
        Self { first: AtomicU32::new(NONE), last: AtomicU32::new(NONE) }
    }

    // ORDERING: Relaxed on all: the lock orders them.
    fn first(&self) -> u32 {
        self.first.load(Ordering::Relaxed)
    }

    fn set_first(&self, slot: u32) {
        self.first.store(slot, Ordering::Relaxed);
    }

    fn set_last(&self, slot: u32) {
        self.last.store(slot, Ordering::Relaxed);
    }
}

/// Ended sessions that were taken off the list and are not entered yet, linked through their slots.
#[derive(Debug, Default)]
pub(crate) struct Backlog {
    /// The last first.
    pub(crate) listed: Option<u32>,
    /// The first first, once all of them are here.
    pub(crate) turned: Option<u32>,
}

impl Backlog {
    pub(crate) fn is_empty(&self) -> bool {
        self.listed.is_none() && self.turned.is_none()
    }
}

#[derive(Debug)]
pub(crate) struct Books {
    places: Vec<Place>,
    /// The last freed is the first taken, its line may still be cached.
    free: u32,
    vacant: u32,
    pub(crate) deadlines: Deadlines,
    pub(crate) backlog: Backlog,
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
    pub(super) fn new(slots: u32) -> Result<Self, TryReserveError> {
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
            backlog: Backlog::default(),
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
        let next = tenant.first();
        self.places[slot as usize].prev = NONE;
        self.places[slot as usize].next = next;
        match next {
            NONE => tenant.set_last(slot),
            next => self.places[next as usize].prev = slot,
        }
        tenant.set_first(slot);
        self.counts.initiated += 1;
    }

    /// Takes a session that has expired out of its tenant's list before the books come to its deadline.
    pub(crate) fn set_aside(&mut self, slot: u32, tenant: &Head) {
        self.unlink(slot, tenant);
        self.places[slot as usize].prev = ASIDE;
    }

    /// Strikes a session that has ended out of its tenant's list, unless it was [set aside](Self::set_aside) before.
    fn unlink(&mut self, slot: u32, tenant: &Head) {
        let place = &mut self.places[slot as usize];
        if place.prev == ASIDE {
            place.prev = NONE;
            return;
        }
        let prev = std::mem::replace(&mut place.prev, NONE);
        let next = std::mem::replace(&mut place.next, NONE);
        match prev {
            NONE => tenant.set_first(next),
            prev => self.places[prev as usize].next = next,
        }
        match next {
            NONE => tenant.set_last(prev),
            next => self.places[next as usize].prev = prev,
        }
        if self.walk == slot {
            self.walk = next;
        }
    }

    /// Enters the end of a session that was redeemed, denied or cancelled.
    pub(crate) fn enter_settled(&mut self, ending: Due, state: State, tenant: &Head) {
        self.unlink(ending.slot(), tenant);
        self.settled.push_back(ending);
        let count = match state {
            State::Redeemed => &mut self.counts.redeemed,
            State::Denied => &mut self.counts.denied,
            _ => &mut self.counts.cancelled,
        };
        *count += 1;
    }

    /// Takes the first deadline out.
    pub(crate) fn pop_deadline(&mut self) -> Option<Due> {
        self.deadlines.remove_first(&mut self.places)
    }

    /// Enters the end of an expired session whose deadline was [taken out](Self::pop_deadline).
    pub(crate) fn enter_expired(&mut self, due: Due, tenant: &Head) {
        self.unlink(due.slot(), tenant);
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
    pub(crate) fn strike(&mut self, settled: bool, at: usize) {
        let ending = if settled { self.settled.remove(at) } else { self.expired.remove(at) };
        if settled && at < self.closed {
            self.closed -= 1;
        }
        if let Some(ending) = ending {
            self.deadlines.remove(ending.slot(), &mut self.places);
            self.counts.forgotten += 1;
        }
    }

    /// Writes the tenant's live sessions to `slots`, those that began first, and returns how many those are.
    pub(crate) fn eldest(&self, tenant: &Head, slots: &mut [u32]) -> usize {
        let mut slot = tenant.last.load(Ordering::Relaxed);
        let mut count = 0;
        while slot != NONE && count < slots.len() {
            slots[count] = slot;
            slot = self.places[slot as usize].prev;
            count += 1;
        }
        count
    }

    /// Begins or continues a walk over a tenant's live sessions: writes the next slots to `slots`, and returns how many
    /// those are. Sessions that end between two calls are left out.
    pub(crate) fn walk(&mut self, from: Option<&Head>, slots: &mut [u32]) -> usize {
        if let Some(tenant) = from {
            self.walk = tenant.first();
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

#[cfg(test)]
mod tests {
    use super::*;

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
            books.enter_settled(Due::new(Tick::from_raw(5), slot), State::Denied, &tenant);
        }
        assert_eq!((books.walk(None, &mut slots), slots), (2, [2, 1]));
        assert_eq!(books.walk(None, &mut slots), 0);
        assert_eq!((books.walk(Some(&other), &mut slots), slots[0]), (1, 3));
    }
}
