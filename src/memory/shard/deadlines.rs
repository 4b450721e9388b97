//! The deadlines of a shard, in order.
//!
//! A heap of four children a node, in memory that is reserved when the store is built, with each slot's position in it:
//! entering a deadline that is later than all others takes one step, everything else in proportion to the logarithm of
//! the entries. (A B-tree of the standard library allocates as it grows, under the lock.)

use std::collections::TryReserveError;

use super::due::Due;
use super::place::{NOWHERE, Place};

const CHILDREN: usize = 4;

#[derive(Debug)]
pub(crate) struct Deadlines(Vec<Due>);

impl Deadlines {
    /// With room for an entry of every slot; untouched pages cost nothing.
    pub(super) fn new(slots: u32) -> Result<Self, TryReserveError> {
        let mut heap = Vec::new();
        heap.try_reserve_exact(slots as usize)?;
        Ok(Self(heap))
    }

    #[inline]
    pub(crate) fn first(&self) -> Option<Due> {
        self.0.first().copied()
    }

    /// Enters a deadline of a slot that has none.
    pub(super) fn insert(&mut self, due: Due, places: &mut [Place]) {
        self.0.push(due);
        self.rise(self.0.len() - 1, due, places);
    }

    pub(super) fn remove_first(&mut self, places: &mut [Place]) -> Option<Due> {
        let first = self.first()?;
        self.remove(first.slot(), places);
        Some(first)
    }

    /// Removes a slot's deadline, if there is one.
    pub(super) fn remove(&mut self, slot: u32, places: &mut [Place]) {
        let at = std::mem::replace(&mut places[slot as usize].at, NOWHERE);
        if at == NOWHERE {
            return;
        }
        let at = at as usize;
        if let Some(last) = self.0.pop()
            && at < self.0.len()
        {
            // The last entry takes the place.
            if at > 0 && last < self.0[parent(at)] {
                self.rise(at, last, places);
            } else {
                self.sink(at, last, places);
            }
        }
    }

    /// Puts `due` at `at` or above.
    fn rise(&mut self, mut at: usize, due: Due, places: &mut [Place]) {
        while at > 0 {
            let above = self.0[parent(at)];
            if above <= due {
                break;
            }
            self.put(at, above, places);
            at = parent(at);
        }
        self.put(at, due, places);
    }

    /// Puts `due` at `at` or below.
    fn sink(&mut self, mut at: usize, due: Due, places: &mut [Place]) {
        loop {
            let first = CHILDREN * at + 1;
            let children = self.0.iter().copied().enumerate().skip(first).take(CHILDREN);
            let Some((child, least)) = children.min_by_key(|(_, due)| *due).filter(|(_, least)| *least < due) else {
                break;
            };
            self.put(at, least, places);
            at = child;
        }
        self.put(at, due, places);
    }

    fn put(&mut self, at: usize, due: Due, places: &mut [Place]) {
        self.0[at] = due;
        places[due.slot() as usize].at = at as u32;
    }
}

fn parent(at: usize) -> usize {
    (at - 1) / CHILDREN
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;
    use crate::clock::Tick;

    proptest! {
        #[test]
        fn it_is_an_ordered_set(steps in vec((0_u32..40, 0_u64..50, any::<bool>()), 0..400)) {
            let (mut deadlines, mut naive) = (Deadlines::new(40).unwrap(), BTreeSet::new());
            let mut places = vec![Place::default(); 40];
            for (slot, at, pop) in steps {
                let there = naive.iter().copied().find(|due: &Due| due.slot() == slot);
                if pop {
                    prop_assert_eq!(deadlines.remove_first(&mut places), naive.pop_first());
                } else if let Some(due) = there {
                    deadlines.remove(slot, &mut places);
                    naive.remove(&due);
                } else {
                    let due = Due::new(Tick::from_raw(at), slot);
                    deadlines.insert(due, &mut places);
                    naive.insert(due);
                }
                prop_assert_eq!(deadlines.first(), naive.first().copied());
                let entered = places.iter().filter(|place| place.at != NOWHERE).count();
                prop_assert_eq!(entered, naive.len());
            }
            while let Some(first) = naive.pop_first() {
                prop_assert_eq!(deadlines.remove_first(&mut places), Some(first));
            }
        }
    }
}
