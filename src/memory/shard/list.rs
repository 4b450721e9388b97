//! The sessions of a shard that have ended and are not in its books yet: a list through the slots, without a lock.
//!
//! A thread that ends a session lists its slot; the thread that holds the books next takes the whole list and enters
//! what is on it. Slots are pushed one by one and taken all at once, so the list has no ABA problem: a slot can be pushed
//! again only after it was taken, entered, freed and filled, and a pusher's swap succeeds only on the head that it
//! linked to.
//!
//! A thread *announces* that it is about to end a session before it swaps the word, and the announcement ends with the
//! push. So a thread that has seen a session ended, and then finds it neither in the books nor on the list, finds the
//! announcement.
//!
//! ```text
//!  63            48 47            32 31                             0
//! ┌────────────────┬────────────────┬────────────────────────────────┐
//! │ announced      │ listed         │ the last slot and one, 0: none │
//! └────────────────┴────────────────┴────────────────────────────────┘
//! ```

use crate::sync::atomic::{AtomicU32, AtomicU64, Ordering};

const ANNOUNCED: u64 = 1 << 48;
const LISTED_SHIFT: u32 = 32;
const LISTED_MASK: u64 = 0xffff;
const SLOT_MASK: u64 = 0xffff_ffff;

/// The head of the list.
#[derive(Debug)]
pub(crate) struct List(AtomicU64);

/// An announcement; it is withdrawn when it is dropped without a push.
#[must_use]
pub(crate) struct Ending<'a>(&'a List);

impl List {
    pub(crate) fn new() -> Self {
        Self(AtomicU64::new(0))
    }

    /// Announces that this thread is about to end a session of the shard.
    #[inline]
    pub(crate) fn announce(&self) -> Ending<'_> {
        // ORDERING: Relaxed: a thread that has seen the word swapped after this (Release, Acquire) reads this value of
        // the head or a later one.
        self.0.fetch_add(ANNOUNCED, Ordering::Relaxed);
        Ending(self)
    }

    /// Whether a thread is in the middle of ending a session. The caller looks for what the end brings, in the list or
    /// elsewhere, after this: an end that is announced no more shows there.
    pub(crate) fn is_announced(&self) -> bool {
        // ORDERING: Acquire pairs with the Release with which an announcement ends, by a push or without: what the
        // thread did before, to its tenant's count, is visible.
        self.0.load(Ordering::Acquire) >= ANNOUNCED
    }

    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        // ORDERING: Relaxed: a hint; `take` looks again.
        self.0.load(Ordering::Relaxed) & SLOT_MASK == 0
    }

    /// Takes the whole list: the slot that was pushed last, whose links lead to the others.
    pub(crate) fn take(&self) -> Option<u32> {
        if self.is_empty() {
            return None;
        }
        // ORDERING: Acquire pairs with the Release of every push on the list (each swap of the head continues the
        // release sequence of those before): the links and the slots' ends are visible.
        let head = self.0.fetch_and(!(SLOT_MASK | LISTED_MASK << LISTED_SHIFT), Ordering::Acquire);
        slot(head)
    }
}

impl Ending<'_> {
    /// Lists a slot whose session this thread has just ended; `link` is the slot's own. Returns how many are listed now.
    #[inline]
    pub(crate) fn list(self, slot_number: u32, link: &AtomicU32) -> u64 {
        // ORDERING: Relaxed: the swap below succeeds only on this value.
        let mut head = self.0.0.load(Ordering::Relaxed);
        loop {
            // ORDERING: Relaxed: published by the swap.
            link.store((head & SLOT_MASK) as u32, Ordering::Relaxed);
            let listed = ((head >> LISTED_SHIFT & LISTED_MASK) + 1).min(LISTED_MASK);
            let announced = (head - ANNOUNCED) & !(ANNOUNCED - 1);
            let next = announced | listed << LISTED_SHIFT | (u64::from(slot_number) + 1);
            // ORDERING: Release pairs with the Acquire in `take`: it publishes the link, and the end of the session; and
            // with the one in `is_announced`.
            match self.0.0.compare_exchange_weak(head, next, Ordering::Release, Ordering::Relaxed) {
                Ok(_) => {
                    std::mem::forget(self);
                    return listed;
                }
                Err(now) => head = now,
            }
        }
    }
}

impl Drop for Ending<'_> {
    fn drop(&mut self) {
        // ORDERING: Release pairs with the Acquire in `is_announced`: an expiry has been counted.
        self.0.0.fetch_sub(ANNOUNCED, Ordering::Release);
    }
}

/// The slot that a head or a link leads to.
pub(crate) fn slot(link: u64) -> Option<u32> {
    (link & SLOT_MASK).checked_sub(1).map(|slot| slot as u32)
}

#[cfg(all(test, not(counterfoil_loom)))]
mod tests {
    use super::*;

    #[test]
    fn slots_come_back_the_last_first_and_announcements_are_counted_apart() {
        let list = List::new();
        let links: Vec<_> = (0..3).map(|_| AtomicU32::new(0)).collect();
        assert_eq!(list.take(), None);
        let stalled = list.announce();
        for (at, number) in [2, 0, 1].into_iter().enumerate() {
            assert_eq!(list.announce().list(number, &links[number as usize]), at as u64 + 1);
        }
        assert!(list.is_announced() && !list.is_empty());
        let next = |slot_number: u32| slot(u64::from(links[slot_number as usize].load(Ordering::Relaxed)));
        assert_eq!((list.take(), next(1), next(0), next(2)), (Some(1), Some(0), Some(2), None));
        assert!(list.is_announced() && list.is_empty());
        drop(stalled);
        assert!(!list.is_announced());
    }

    #[test]
    fn the_count_stops_at_its_most_and_touches_nothing_else() {
        let list = List::new();
        let link = AtomicU32::new(0);
        for _ in 0..0x1_0000 {
            list.announce().list(7, &link);
        }
        assert_eq!(list.announce().list(7, &link), LISTED_MASK);
        assert!(!list.is_announced());
        assert_eq!(list.take(), Some(7));
    }
}
