//! How many live sessions one source has, on each rung of its ladder.
//!
//! A login that names its source is counted before it begins, on all rungs at once or on none. Counts of one network lie
//! in one part, chosen by the widest rung, and grow under the part's lock, so that a bound holds however many logins
//! begin at once. They shrink without a lock, by the thread that ends the session.
//!
//! Memory is bounded: each login looks at as many counts as it may have added and one more, and forgets those that are
//! not in use.

use std::collections::VecDeque;
use std::fmt;
use std::sync::Arc;

use ahash::{HashMap, RandomState};
use parking_lot::Mutex;

use crate::source::{Rung, Source};
use crate::sync::atomic::{AtomicBool, AtomicU32, Ordering};

/// How many sessions a part is meant to count.
const IN_A_PART: u32 = 256;
const MOST_PARTS: u32 = 1 << 12;
/// The rungs of the longest ladder, and one more.
const LOOKS: usize = 4;

/// A source, or a network that it is in, has as many live sessions as it may.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SourceFull;

pub(crate) struct Sources {
    bound: u32,
    /// Keys of the hash that chooses a part, so that a client cannot predict it.
    keys: RandomState,
    parts: Box<[Mutex<Part>]>,
}

#[derive(Default)]
struct Part {
    counts: HashMap<Rung, Arc<Count>>,
    /// All of them, in the order in which they are looked at.
    order: VecDeque<Rung>,
}

struct Count {
    live: AtomicU32,
    wider: Option<Arc<Count>>,
}

impl Sources {
    pub(crate) fn new(sessions: u32, bound: u32) -> Self {
        let parts = sessions.div_ceil(IN_A_PART).clamp(1, MOST_PARTS);
        let parts = (0..parts).map(|_| Mutex::default()).collect();
        Self { bound, keys: RandomState::new(), parts }
    }

    /// Counts one live session of the source more.
    pub(crate) fn admit(&self, source: Source) -> Result<Claim, SourceFull> {
        let Some(widest) = source.ladder().next_back() else { return Err(SourceFull) };
        // There are at least one and at most `MOST_PARTS`.
        let part = self.keys.hash_one(widest) % self.parts.len() as u64;
        let mut part = self.parts[part as usize].lock();
        let is_full = |rung: Rung| {
            // ORDERING: Relaxed: it grows under this lock alone. A decrement that is not seen yet is of an end that is
            // announced still; who is refused looks again while one is.
            part.counts.get(&rung).is_some_and(|count| count.live.load(Ordering::Relaxed) >= rung.budget(self.bound))
        };
        if source.ladder().any(is_full) {
            return Err(SourceFull);
        }
        let claim = part.claim(source);
        part.tidy();
        claim
    }

    #[cfg(all(test, not(any(counterfoil_loom, counterfoil_shuttle))))]
    fn remembered(&self) -> usize {
        self.parts.iter().map(|part| part.lock().counts.len()).sum()
    }

    /// Holds all locks while `during` runs.
    #[cfg(test)]
    #[cfg(not(counterfoil_loom))]
    pub(crate) fn stall<R>(&self, during: impl FnOnce() -> R) -> R {
        let _parts: Vec<_> = self.parts.iter().map(|part| part.lock()).collect();
        during()
    }
}

impl Part {
    fn claim(&mut self, source: Source) -> Result<Claim, SourceFull> {
        let mut lowest: Option<Arc<Count>> = None;
        for rung in source.ladder().rev() {
            let count = if let Some(count) = self.counts.get(&rung) {
                count.clone()
            } else {
                let count = Arc::new(Count { live: AtomicU32::new(0), wider: lowest.take() });
                self.order.push_back(rung);
                self.counts.insert(rung, count.clone());
                count
            };
            // ORDERING: Relaxed: under the lock, as in `admit`.
            count.live.fetch_add(1, Ordering::Relaxed);
            lowest = Some(count);
        }
        lowest.map(|count| Claim { count, given_back: AtomicBool::new(false) }).ok_or(SourceFull)
    }

    /// Forgets counts that no session and no narrower count uses.
    fn tidy(&mut self) {
        for _ in 0..LOOKS {
            let Some(rung) = self.order.pop_front() else { return };
            match self.counts.get_mut(&rung).map(Arc::get_mut) {
                Some(Some(_)) => drop(self.counts.remove(&rung)),
                Some(None) => self.order.push_back(rung),
                None => {}
            }
        }
    }
}

/// One live session on the counts of its source. They shrink once: when it is [given back](Self::give_back), or dropped.
pub(crate) struct Claim {
    count: Arc<Count>,
    given_back: AtomicBool,
}

impl Claim {
    /// Counts one session less, if this claim has not done so before. No lock.
    pub(crate) fn give_back(&self) {
        // ORDERING: Relaxed: which of two calls comes first orders nothing else; the claim is dropped by its last owner.
        if self.given_back.swap(true, Ordering::Relaxed) {
            return;
        }
        let mut next = Some(&self.count);
        while let Some(count) = next {
            // ORDERING: Release pairs with nothing but the fence that the announcement of an end is (see `admit`): who
            // finds no end announced sees this.
            count.live.fetch_sub(1, Ordering::Release);
            next = count.wider.as_ref();
        }
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        self.give_back();
    }
}

impl fmt::Debug for Claim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Claim")
    }
}

#[cfg(all(test, not(any(counterfoil_loom, counterfoil_shuttle))))]
mod tests {
    use super::*;

    fn host(network: u8, host: u8) -> Source {
        Source::from([203, 0, network, host])
    }

    #[test]
    fn each_rung_has_its_bound_and_gets_back_what_it_gave() {
        let sources = Sources::new(1000, 3);
        let mut claims: Vec<_> = (0..3).map(|_| sources.admit(host(1, 1)).unwrap()).collect();
        assert_eq!(sources.admit(host(1, 1)).err(), Some(SourceFull), "its own bound");
        claims.extend((2..5).flat_map(|at| (0..3).map(move |_| at)).map(|at| sources.admit(host(1, at)).unwrap()));
        assert_eq!(sources.admit(host(1, 9)).err(), Some(SourceFull), "that of its network: four times as many");
        assert!(sources.admit(host(2, 1)).is_ok(), "another network");
        claims[0].give_back();
        claims[0].give_back();
        drop(claims.remove(0));
        let again = sources.admit(host(1, 1));
        assert!(again.is_ok());
        assert_eq!(sources.admit(host(1, 1)).err(), Some(SourceFull), "given back once");
    }

    #[test]
    fn what_is_refused_is_counted_nowhere() {
        let sources = Sources::new(1000, 1);
        let first = sources.admit(host(1, 1));
        for _ in 0..100 {
            assert!(sources.admit(host(1, 1)).is_err());
        }
        let others: Vec<_> = (2..5).map(|at| sources.admit(host(1, at))).collect();
        assert!(first.is_ok() && others.iter().all(Result::is_ok), "the network has room for four");
    }

    #[test]
    fn idle_sources_are_forgotten() {
        let sources = Sources::new(64, 10);
        for at in 0..10_000_u32 {
            drop(sources.admit(Source::from(at.to_be_bytes())));
            assert!(sources.remembered() <= 2 * LOOKS, "after {at}");
        }
    }

    #[test]
    fn many_threads_keep_to_the_bound() {
        let sources = Sources::new(1000, 5);
        let (live, most) = (AtomicU32::new(0), AtomicU32::new(0));
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for _ in 0..5_000 {
                        if let Ok(claim) = sources.admit(host(1, 1)) {
                            let now = live.fetch_add(1, Ordering::SeqCst) + 1;
                            most.fetch_max(now, Ordering::SeqCst);
                            live.fetch_sub(1, Ordering::SeqCst);
                            drop(claim);
                        }
                    }
                });
            }
        });
        assert!(most.into_inner() <= 5);
        let claims: Vec<_> = (0..5).map(|_| sources.admit(host(1, 1))).collect();
        assert!(claims.iter().all(Result::is_ok), "nothing is left counted");
    }
}
