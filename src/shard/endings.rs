//! When the remembered sessions of a shard ended, in order.

use std::collections::{BTreeSet, TryReserveError, VecDeque};

use super::Due;

/// The endings, as a queue and a set.
///
/// Nearly all come in order and leave from the front, which a queue does in a fifth of the time. What comes late goes
/// into the set: the end of a thread that was overtaken after it had read the clock, and deadlines that a sweep notes
/// after younger sessions have been ended by their users.
#[derive(Debug)]
pub(crate) struct Endings {
    queue: VecDeque<Due>,
    late: BTreeSet<Due>,
}

impl Endings {
    /// With room for an ending of every slot, so that it never grows under the lock; untouched pages cost nothing.
    pub(super) fn new(slots: u32) -> Result<Self, TryReserveError> {
        let mut queue = VecDeque::new();
        queue.try_reserve_exact(slots as usize)?;
        Ok(Self { queue, late: BTreeSet::new() })
    }

    pub(super) fn insert(&mut self, due: Due) {
        if self.queue.back().is_none_or(|last| *last < due) {
            self.queue.push_back(due);
        } else {
            self.late.insert(due);
        }
    }

    pub(super) fn remove(&mut self, due: Due) {
        if self.queue.front() == Some(&due) {
            self.queue.pop_front();
        } else if !self.late.remove(&due)
            && let Ok(at) = self.queue.binary_search(&due)
        {
            // Those before it are held by somebody at this moment: there are few.
            self.queue.remove(at);
        }
    }

    pub(crate) fn first(&self) -> Option<Due> {
        [self.queue.front(), self.late.first()].into_iter().flatten().min().copied()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.first().is_none()
    }

    /// All of them, the oldest first.
    pub(crate) fn iter(&self) -> impl Iterator<Item = Due> {
        let mut queue = self.queue.iter().copied().peekable();
        let mut late = self.late.iter().copied().peekable();
        std::iter::from_fn(move || match (queue.peek(), late.peek()) {
            (Some(one), Some(other)) if other < one => late.next(),
            (None, _) => late.next(),
            _ => queue.next(),
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;
    use crate::clock::Tick;

    proptest! {
        /// A slot has one ending at a time.
        #[test]
        fn it_is_an_ordered_set(steps in vec((0_u32..16, 0_u64..100, any::<bool>()), 0..200)) {
            let (mut endings, mut naive) = (Endings::new(16).unwrap(), BTreeSet::new());
            let mut now = 0;
            for (slot, ago, late) in steps {
                now += 10;
                let there = naive.iter().copied().find(|due: &Due| due.slot() == slot);
                if let Some(due) = there {
                    endings.remove(due);
                    naive.remove(&due);
                } else {
                    let ago = if late { ago } else { 0 };
                    let due = Due::new(Tick::from_raw(u64::saturating_sub(now, ago)), slot);
                    endings.insert(due);
                    naive.insert(due);
                }
                prop_assert_eq!(endings.first(), naive.first().copied());
                prop_assert_eq!(endings.is_empty(), naive.is_empty());
                prop_assert!(endings.iter().eq(naive.iter().copied()));
            }
        }
    }
}
