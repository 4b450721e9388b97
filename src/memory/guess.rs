//! The bound on guessing user codes (RFC 8628, section 5.1).
//!
//! Each source may fail so many times within a minute of its first failure, and all sources together so many times a
//! minute. A guess is paid for before it is looked up and given back if it was right, so that guessing in parallel buys
//! nothing; a right guess resets nothing. What is remembered is bounded by the total: no more sources than that can fail in
//! a minute.
//!
//! Sources are remembered in parts, each of them small enough to grow in a few microseconds. A part has two generations:
//! when the younger one is older than a minute it becomes the elder, and the elder, all of whose counts are over, goes as a
//! whole. So no guess pays for what others have left.

use std::collections::HashMap;
use std::time::Duration;

use ahash::RandomState;
use parking_lot::Mutex;

use crate::clock::Tick;

/// The window that both bounds count in.
pub(crate) const WINDOW: Duration = Duration::from_secs(60);

/// How many sources a part is meant to hold.
const IN_A_PART: u32 = 256;
const MOST_PARTS: u32 = 1 << 12;

/// How many wrong user codes may be tried within a minute.
///
/// The total is what an attacker with many addresses is held by: against `n` live user codes, a minute's guesses hit one
/// with a chance of `total × n ÷ 25.6 × 10⁹`.
///
/// ```
/// use counterfoil::{GuessLimits, Secret, SessionStore};
///
/// let limits = GuessLimits { per_source: 5, total: 500 };
/// let store = SessionStore::<Secret>::builder().user_code_guesses(limits).build()?;
/// # Ok::<(), counterfoil::BuildError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GuessLimits {
    /// By one source. Default 10.
    pub per_source: u32,
    /// By all sources together. Default 1000.
    pub total: u32,
}

impl Default for GuessLimits {
    fn default() -> Self {
        Self { per_source: 10, total: 1000 }
    }
}

/// Too many wrong guesses; the next is welcome after this long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TooMany(pub(crate) Duration);

pub(crate) struct Guesses {
    limits: GuessLimits,
    /// Sources are kept as keyed hashes, so that they are not found in the memory.
    keys: RandomState,
    counts: Mutex<Counts>,
}

struct Counts {
    total: Option<Count>,
    parts: Box<[Part]>,
}

impl Counts {
    fn part(&mut self, key: u64) -> &mut Part {
        // There are at least one and at most `MOST_PARTS`.
        let part = key % self.parts.len() as u64;
        &mut self.parts[part as usize]
    }
}

type Sources = HashMap<u64, Count, RandomState>;

/// Some of the sources.
#[derive(Default)]
struct Part {
    young: Sources,
    old: Sources,
    /// When the young ones become the old ones.
    until: Option<Tick>,
}

impl Part {
    /// Goes on to the next generation when it is time. Returns the one that is over, to be dropped without a lock.
    fn turn(&mut self, now: Tick) -> Option<Sources> {
        if self.until.is_some_and(|until| now < until) {
            return None;
        }
        // The keys are random already; a generation keeps its hasher.
        let young = Sources::with_hasher(self.young.hasher().clone());
        let over = std::mem::replace(&mut self.old, std::mem::replace(&mut self.young, young));
        self.until = Some(now.after(WINDOW));
        Some(over)
    }

    fn get(&self, key: u64) -> Option<Count> {
        self.young.get(&key).or_else(|| self.old.get(&key)).copied()
    }

    fn get_mut(&mut self, key: u64) -> Option<&mut Count> {
        self.young.get_mut(&key).or_else(|| self.old.get_mut(&key))
    }

    fn insert(&mut self, key: u64, count: Count) {
        self.old.remove(&key);
        self.young.insert(key, count);
    }

    fn remove(&mut self, key: u64) {
        self.young.remove(&key);
        self.old.remove(&key);
    }
}

#[derive(Clone, Copy)]
struct Count {
    failed: u32,
    until: Tick,
}

impl Count {
    /// The count, or a new one if its window is over.
    fn current(count: Option<Self>, now: Tick) -> Self {
        count.filter(|count| now < count.until).unwrap_or(Self { failed: 0, until: now.after(WINDOW) })
    }
}

/// A guess that has been paid for; `refund` it if it was right.
#[must_use]
pub(crate) struct Paid(u64);

impl Guesses {
    pub(crate) fn new(limits: GuessLimits) -> Self {
        let parts = limits.total.div_ceil(IN_A_PART).clamp(1, MOST_PARTS);
        let parts = (0..parts).map(|_| Part::default()).collect();
        Self { limits, keys: RandomState::new(), counts: Mutex::new(Counts { total: None, parts }) }
    }

    /// Pays for one guess.
    pub(crate) fn pay(&self, source: &[u8], now: Tick) -> Result<Paid, TooMany> {
        let mut over = None;
        let paid = self.count(self.keys.hash_one(source), now, &mut over);
        drop(over);
        paid
    }

    /// The same; hands out what is to be dropped without the lock.
    fn count(&self, key: u64, now: Tick, over: &mut Option<Sources>) -> Result<Paid, TooMany> {
        let mut counts = self.counts.lock();
        let mut total = Count::current(counts.total, now);
        let part = counts.part(key);
        *over = part.turn(now);
        let mut source = Count::current(part.get(key), now);
        if source.failed >= self.limits.per_source {
            return Err(TooMany(now.until(source.until)));
        }
        if total.failed >= self.limits.total {
            return Err(TooMany(now.until(total.until)));
        }
        source.failed += 1;
        total.failed += 1;
        part.insert(key, source);
        counts.total = Some(total);
        Ok(Paid(key))
    }

    /// Gives back what a right guess cost. It resets nothing.
    pub(crate) fn refund(&self, paid: &Paid) {
        let mut counts = self.counts.lock();
        if let Some(total) = &mut counts.total {
            total.failed = total.failed.saturating_sub(1);
        }
        let part = counts.part(paid.0);
        if let Some(source) = part.get_mut(paid.0) {
            source.failed = source.failed.saturating_sub(1);
            // A source that never failed is not remembered, or right guesses could fill the memory.
            if source.failed == 0 {
                part.remove(paid.0);
            }
        }
    }

    #[cfg(test)]
    fn remembered(&self) -> usize {
        self.counts.lock().parts.iter().map(|part| part.young.len() + part.old.len()).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn start() -> Tick {
        Tick::from_raw(1)
    }

    fn wrong(guesses: &Guesses, source: &str, now: Tick) -> Result<(), TooMany> {
        guesses.pay(source.as_bytes(), now).map(drop)
    }

    #[test]
    fn a_source_is_refused_until_its_minute_is_over() {
        let guesses = Guesses::new(GuessLimits { per_source: 3, total: 100 });
        let later = start().after(SECOND * 10);
        for _ in 0..3 {
            assert_eq!(wrong(&guesses, "a", start()), Ok(()));
        }
        assert_eq!(wrong(&guesses, "a", later), Err(TooMany(SECOND * 50)));
        assert_eq!(wrong(&guesses, "b", later), Ok(()));
        assert_eq!(wrong(&guesses, "a", Tick::from_raw(start().after(WINDOW).raw() - 1)), Err(TooMany(SECOND / 1000)));
        assert_eq!(wrong(&guesses, "a", start().after(WINDOW)), Ok(()));
    }

    #[test]
    fn a_right_guess_costs_nothing_and_resets_nothing() {
        let guesses = Guesses::new(GuessLimits { per_source: 2, total: 100 });
        assert_eq!(wrong(&guesses, "a", start()), Ok(()));
        for _ in 0..10 {
            let paid = guesses.pay(b"a", start()).unwrap();
            guesses.refund(&paid);
        }
        assert_eq!(wrong(&guesses, "a", start()), Ok(()));
        assert!(wrong(&guesses, "a", start()).is_err());
        for source in 0..1000_u32 {
            let paid = guesses.pay(&source.to_le_bytes(), start()).unwrap();
            guesses.refund(&paid);
        }
        assert_eq!(guesses.remembered(), 1);
    }

    #[test]
    fn a_source_is_held_to_its_bound_across_generations() {
        // Of one part and of several.
        for total in [100, 2000] {
            let guesses = Guesses::new(GuessLimits { per_source: 2, total });
            for offset in [0, 1, 30, 59] {
                // Another source's guess begins the generation at some other time.
                let began = start().after(WINDOW * 5 * (offset + 1));
                (0..40).for_each(|other| _ = wrong(&guesses, &format!("{offset} {other}"), began));
                let first = began.after(SECOND * offset);
                assert_eq!(wrong(&guesses, "a", first), Ok(()));
                assert_eq!(wrong(&guesses, "a", first.after(SECOND * 40)), Ok(()));
                (0..40).for_each(|other| _ = wrong(&guesses, &format!("{offset} {other}"), first.after(SECOND * 58)));
                assert_eq!(wrong(&guesses, "a", first.after(SECOND * 59)), Err(TooMany(SECOND)));
                assert_eq!(wrong(&guesses, "a", first.after(SECOND * 60)), Ok(()));
                assert_eq!(wrong(&guesses, "a", first.after(SECOND * 61)), Ok(()));
                assert_eq!(wrong(&guesses, "a", first.after(SECOND * 62)), Err(TooMany(SECOND * 58)));
            }
        }
    }

    #[test]
    fn the_total_bounds_both_guesses_and_memory() {
        let guesses = Guesses::new(GuessLimits { per_source: 3, total: 10 });
        let mut now = start();
        for minute in 0..50_u8 {
            let refused = (0..100_u8).filter(|source| guesses.pay(&[minute, *source], now).is_err()).count();
            assert_eq!(refused, 90);
            assert!(guesses.remembered() <= 20);
            assert!(guesses.counts.lock().parts.iter().all(|part| part.young.len() <= 10));
            now = now.after(WINDOW);
        }
    }
}
