//! The bound on guessing user codes (RFC 8628, section 5.1); see [`GuessLimits`] for the rule.
//!
//! A code is looked up first, and then judged under one lock: whether its source is out of guesses, and if not, whether the
//! guess was wrong, which is counted. So guesses in parallel buy nothing, and a right one costs nothing and resets nothing.
//!
//! Failures are remembered by rung, in parts, each of them small enough to grow in a few microseconds. A part has two
//! generations: when the younger one is older than a minute it becomes the elder, and the elder, all of whose counts are
//! over, goes as a whole. So no guess pays for what others have left. A generation that is full goes before its time: who
//! has addresses enough to fill one has no use for the guesses that this gives back.

use std::collections::HashMap;
use std::time::Duration;

use ahash::RandomState;
use parking_lot::Mutex;

use crate::clock::Tick;
use crate::guess_limits::{GuessLimits, WINDOW};
use crate::source::{Rung, Source};
use crate::sync::atomic::{AtomicU64, Ordering};

/// How many rungs a generation of a part holds.
const IN_A_PART: usize = 512;
const PARTS: usize = 128;

/// Too many wrong guesses; the next is welcome after this long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TooMany(pub(crate) Duration);

pub(crate) struct Guesses {
    limits: GuessLimits,
    /// For how long codes stay longer after a minute of too many guesses.
    longer: Duration,
    /// Rungs are kept as keyed hashes, so that addresses are not found in the memory.
    keys: RandomState,
    counts: Mutex<Counts>,
    /// Until when new user codes are longer.
    long_until: AtomicU64,
}

struct Counts {
    total: Option<Count>,
    parts: Box<[Part]>,
}

impl Counts {
    fn part(&mut self, key: u64) -> &mut Part {
        // Less than `PARTS`.
        &mut self.parts[(key % PARTS as u64) as usize]
    }
}

type Rungs = HashMap<u64, Count, RandomState>;

/// Some of the rungs.
#[derive(Default)]
struct Part {
    young: Rungs,
    old: Rungs,
    /// When the young ones become the old ones.
    until: Option<Tick>,
}

impl Part {
    /// Goes on to the next generation when it is time. Returns the one that is over, to be dropped without a lock.
    fn turn(&mut self, now: Tick) -> Option<Rungs> {
        if self.until.is_some_and(|until| now < until) && self.young.len() < IN_A_PART {
            return None;
        }
        // The keys are random already; a generation keeps its hasher.
        let young = Rungs::with_hasher(self.young.hasher().clone());
        let over = std::mem::replace(&mut self.old, std::mem::replace(&mut self.young, young));
        self.until = Some(now.after(WINDOW));
        Some(over)
    }

    fn get(&self, key: u64) -> Option<Count> {
        self.young.get(&key).or_else(|| self.old.get(&key)).copied()
    }

    fn insert(&mut self, key: u64, count: Count) {
        self.old.remove(&key);
        self.young.insert(key, count);
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

    fn one_more(self) -> Self {
        Self { failed: self.failed.saturating_add(1), ..self }
    }
}

impl Guesses {
    /// `ttl` is how long a session lives by default.
    pub(crate) fn new(limits: GuessLimits, ttl: Duration) -> Self {
        let parts = (0..PARTS).map(|_| Part::default()).collect();
        let counts = Mutex::new(Counts { total: None, parts });
        Self { limits, longer: ttl, keys: RandomState::new(), counts, long_until: AtomicU64::new(0) }
    }

    /// Judges a guess of `source`, and counts it if it was not `right`.
    pub(crate) fn judge(&self, source: Source, right: bool, now: Tick) -> Result<(), TooMany> {
        let mut counts = self.counts.lock();
        let total = Count::current(counts.total, now);
        let overflowed = total.failed >= self.limits.total;
        // Of sources that nobody tells apart, any may have failed.
        let mut refused = (overflowed && source == Source::UNKNOWN).then(|| now.until(total.until));
        for rung in source.known_ladder() {
            let key = self.key(rung);
            let count = Count::current(counts.part(key).get(key), now);
            if count.failed >= rung.budget(self.limits.per_source) {
                refused = refused.max(Some(now.until(count.until)));
            } else if overflowed && count.failed >= rung.budget(1) {
                refused = refused.max(Some(now.until(count.until.min(total.until))));
            }
        }
        if let Some(wait) = refused {
            return Err(TooMany(wait));
        }
        if right {
            return Ok(());
        }
        let mut over = [const { None }; 3];
        for (rung, over) in source.known_ladder().zip(&mut over) {
            let key = self.key(rung);
            let part = counts.part(key);
            *over = part.turn(now);
            let count = Count::current(part.get(key), now);
            part.insert(key, count.one_more());
        }
        let total = total.one_more();
        counts.total = Some(total);
        if total.failed >= self.limits.total {
            let until = total.until.after(self.longer).raw();
            // ORDERING: Relaxed: how long the next code is orders nothing. Written under the lock alone.
            self.long_until.fetch_max(until, Ordering::Relaxed);
        }
        drop(counts);
        drop(over);
        Ok(())
    }

    /// Whether a user code that is drawn now has to be a long one.
    pub(crate) fn wants_long(&self, now: Tick) -> bool {
        // ORDERING: Relaxed, as in `judge`.
        now.raw() < self.long_until.load(Ordering::Relaxed)
    }

    fn key(&self, rung: Rung) -> u64 {
        self.keys.hash_one(rung)
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

    fn guesses(per_source: u32, total: u32) -> Guesses {
        Guesses::new(GuessLimits { per_source, total }, SECOND * 600)
    }

    /// Of a network of its own.
    fn lone(number: u32) -> Source {
        Source::from((number << 8 | 1).to_be_bytes())
    }

    fn wrong(guesses: &Guesses, source: Source, now: Tick) -> Result<(), TooMany> {
        guesses.judge(source, false, now)
    }

    #[test]
    fn a_source_is_refused_until_its_minute_is_over() {
        let guesses = guesses(3, 100);
        let later = start().after(SECOND * 10);
        for _ in 0..3 {
            assert_eq!(wrong(&guesses, lone(1), start()), Ok(()));
        }
        assert_eq!(wrong(&guesses, lone(1), later), Err(TooMany(SECOND * 50)));
        assert_eq!(guesses.judge(lone(1), true, later), Err(TooMany(SECOND * 50)), "with a right code, too");
        assert_eq!(wrong(&guesses, lone(2), later), Ok(()));
        let last = Tick::from_raw(start().after(WINDOW).raw() - 1);
        assert_eq!(wrong(&guesses, lone(1), last), Err(TooMany(SECOND / 1000)));
        assert_eq!(wrong(&guesses, lone(1), start().after(WINDOW)), Ok(()));
    }

    #[test]
    fn a_network_has_four_times_the_guesses_of_a_host() {
        let guesses = guesses(2, 100);
        let host = |at: u8| Source::from([203, 0, 113, at]);
        for at in 0..8 {
            assert_eq!(wrong(&guesses, host(at / 2), start()), Ok(()), "guess {at}");
        }
        assert_eq!(wrong(&guesses, host(200), start()), Err(TooMany(WINDOW)), "a host that has not failed itself");
        assert_eq!(wrong(&guesses, Source::from([203, 0, 112, 1]), start()), Ok(()), "the network beside it");
    }

    #[test]
    fn a_right_guess_costs_nothing_and_resets_nothing() {
        let guesses = guesses(2, 100);
        assert_eq!(wrong(&guesses, lone(1), start()), Ok(()));
        for _ in 0..10 {
            assert_eq!(guesses.judge(lone(1), true, start()), Ok(()));
        }
        assert_eq!(wrong(&guesses, lone(1), start()), Ok(()));
        assert!(wrong(&guesses, lone(1), start()).is_err());
        for source in 100..1100 {
            assert_eq!(guesses.judge(lone(source), true, start()), Ok(()));
        }
        assert_eq!(guesses.remembered(), 2, "a host and its network");
    }

    /// A thousand wrong codes from a hundred addresses refused everybody for a minute, again and again.
    #[test]
    fn when_all_have_failed_too_often_only_those_who_have_are_refused() {
        let guesses = guesses(10, 1000);
        for source in 0..100 {
            for _ in 0..10 {
                assert_eq!(wrong(&guesses, lone(source), start()), Ok(()));
            }
        }
        for source in 0..100 {
            assert!(guesses.judge(lone(source), true, start()).is_err());
        }
        for source in 100..200 {
            assert_eq!(guesses.judge(lone(source), true, start()), Ok(()), "somebody else");
            assert_eq!(wrong(&guesses, lone(source), start()), Ok(()), "who may fail once");
            assert_eq!(guesses.judge(lone(source), true, start()), Err(TooMany(WINDOW)), "and is slowed then");
        }
        assert_eq!(guesses.judge(lone(150), true, start().after(WINDOW)), Ok(()));
    }

    /// Ten wrong codes of anybody refused everybody whose address was unknown.
    #[test]
    fn unknown_sources_share_what_all_have_together() {
        let guesses = guesses(2, 4);
        for guess in 0..4 {
            assert_eq!(guesses.judge(Source::UNKNOWN, true, start()), Ok(()), "before guess {guess}");
            assert_eq!(wrong(&guesses, Source::UNKNOWN, start()), Ok(()), "guess {guess}");
        }
        assert_eq!(guesses.judge(Source::UNKNOWN, true, start()), Err(TooMany(WINDOW)));
        assert_eq!(guesses.judge(lone(1), true, start()), Ok(()));
        assert_eq!(guesses.remembered(), 0);
        assert_eq!(guesses.judge(Source::UNKNOWN, true, start().after(WINDOW)), Ok(()));
    }

    #[test]
    fn codes_are_longer_while_guessing_goes_on_and_for_as_long_as_a_session_lives() {
        let guesses = guesses(10, 3);
        for source in 0..3 {
            assert!(!guesses.wants_long(start()), "after {source}");
            assert_eq!(wrong(&guesses, lone(source), start()), Ok(()));
        }
        let until = start().after(WINDOW).after(SECOND * 600);
        assert!(guesses.wants_long(start()));
        assert!(guesses.wants_long(Tick::from_raw(until.raw() - 1)));
        assert!(!guesses.wants_long(until));
    }

    #[test]
    fn a_source_is_held_to_its_bound_across_generations() {
        let guesses = guesses(2, u32::MAX);
        for offset in [0, 1, 30, 59] {
            // Other sources' guesses begin the generations at some other time.
            let began = start().after(WINDOW * 5 * (offset + 1));
            let others = |from: u32, now| (from..from + 2000).for_each(|other| _ = wrong(&guesses, lone(other), now));
            others(1000, began);
            let first = began.after(SECOND * offset);
            assert_eq!(wrong(&guesses, lone(1), first), Ok(()));
            assert_eq!(wrong(&guesses, lone(1), first.after(SECOND * 40)), Ok(()));
            others(10_000, first.after(SECOND * 58));
            assert_eq!(wrong(&guesses, lone(1), first.after(SECOND * 59)), Err(TooMany(SECOND)));
            assert_eq!(wrong(&guesses, lone(1), first.after(SECOND * 60)), Ok(()));
            assert_eq!(wrong(&guesses, lone(1), first.after(SECOND * 61)), Ok(()));
            assert_eq!(wrong(&guesses, lone(1), first.after(SECOND * 62)), Err(TooMany(SECOND * 58)));
        }
    }

    /// A source gets its guesses back when its own minute is over, not when another's is.
    #[test]
    fn each_rung_has_a_minute_of_its_own() {
        let guesses = guesses(1, 100);
        let at = |second: u32| start().after(SECOND * second);
        assert_eq!(wrong(&guesses, lone(2), at(0)), Ok(()));
        assert_eq!(wrong(&guesses, lone(1), at(50)), Ok(()));
        assert_eq!(wrong(&guesses, lone(3), at(60)), Ok(()));
        assert_eq!(wrong(&guesses, lone(1), at(60)), Err(TooMany(SECOND * 50)));
        assert_eq!(wrong(&guesses, lone(1), at(109)), Err(TooMany(SECOND)));
        assert_eq!(wrong(&guesses, lone(1), at(110)), Ok(()));
    }

    #[test]
    fn what_is_remembered_is_bounded_however_many_sources_fail() {
        let guesses = guesses(3, 10);
        for source in 0..400_000 {
            let _ = wrong(&guesses, lone(source), start());
        }
        assert!(guesses.remembered() <= 2 * PARTS * IN_A_PART);
        let mut now = start();
        for minute in 0..3 {
            now = now.after(WINDOW);
            (0..20_000).for_each(|source| _ = wrong(&guesses, lone(source), now));
            assert!(guesses.remembered() <= 4 * 20_000 + 2 * PARTS * IN_A_PART, "minute {minute}");
        }
        assert!(guesses.remembered() <= 4 * 20_000, "two generations of a host and a network each");
    }
}
