//! A moment and a slot, in one word.

use crate::clock::Tick;

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
