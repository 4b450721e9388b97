//! The bound on guessing user codes (RFC 8628, section 5.1).
//!
//! Each source may fail so many times within a minute of its first failure, and all sources together so many times a
//! minute. A guess is paid for before it is looked up and given back if it was right, so that guessing in parallel buys
//! nothing; a right guess resets nothing. What is remembered is bounded by the total: no more sources than that can
//! have failed.

use std::collections::HashMap;
use std::time::Duration;

use ahash::RandomState;
use parking_lot::Mutex;

use crate::clock::Tick;

/// The window that both bounds count in.
pub(crate) const WINDOW: Duration = Duration::from_secs(60);

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
    /// Sources are kept as keyed hashes: who guessed need not be known.
    keys: RandomState,
    counts: Mutex<Counts>,
}

#[derive(Default)]
struct Counts {
    total: Option<Count>,
    sources: HashMap<u64, Count, RandomState>,
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
        Self { limits, keys: RandomState::new(), counts: Mutex::default() }
    }

    /// Pays for one guess.
    pub(crate) fn pay(&self, source: &[u8], now: Tick) -> Result<Paid, TooMany> {
        let key = self.keys.hash_one(source);
        let mut counts = self.counts.lock();
        let mut total = counts.total.filter(|total| now < total.until).unwrap_or_else(|| {
            // A window of the total is a good time to forget the sources whose own is over.
            counts.sources.retain(|_, count| now < count.until);
            Count::current(None, now)
        });
        let mut source = Count::current(counts.sources.get(&key).copied(), now);
        if source.failed >= self.limits.per_source {
            return Err(TooMany(now.until(source.until)));
        }
        if total.failed >= self.limits.total {
            return Err(TooMany(now.until(total.until)));
        }
        source.failed += 1;
        total.failed += 1;
        counts.sources.insert(key, source);
        counts.total = Some(total);
        Ok(Paid(key))
    }

    /// Gives back what a right guess cost. It resets nothing.
    pub(crate) fn refund(&self, paid: &Paid) {
        let mut counts = self.counts.lock();
        if let Some(total) = &mut counts.total {
            total.failed = total.failed.saturating_sub(1);
        }
        if let Some(source) = counts.sources.get_mut(&paid.0) {
            source.failed = source.failed.saturating_sub(1);
            // A source that never failed is not remembered, or right guesses could fill the memory.
            if source.failed == 0 {
                counts.sources.remove(&paid.0);
            }
        }
    }

    #[cfg(test)]
    fn remembered(&self) -> usize {
        self.counts.lock().sources.len()
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
    fn the_total_bounds_both_guesses_and_memory() {
        let guesses = Guesses::new(GuessLimits { per_source: 3, total: 10 });
        let mut now = start();
        for minute in 0..50_u8 {
            let refused = (0..100_u8).filter(|source| guesses.pay(&[minute, *source], now).is_err()).count();
            assert_eq!(refused, 90);
            assert!(guesses.remembered() <= 20);
            now = now.after(WINDOW);
        }
    }
}
