//! Time as the store sees it: monotonic, coarse, and injectable.
//!
//! The store counts in ticks of one millisecond from the moment it was built. The system clock underneath moves in
//! steps of about four milliseconds: reading it costs a few nanoseconds, and a precise reading as much as the
//! rest of a poll. A deadline is therefore exact to the tick *as the clock tells it*, and the clock is at most one step
//! behind the wall.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::sync::atomic::{AtomicU64, Ordering};

/// A source of monotonic time.
///
/// `now` returns the time since some fixed point of the clock's own choosing and must never go back; a clock that
/// does go back makes sessions live longer, and nothing worse.
///
/// ```
/// use std::time::{Duration, Instant};
///
/// use counterfoil::{Clock, Secret, SessionStore};
///
/// /// The standard library's, which is precise.
/// struct Precise(Instant);
///
/// impl Clock for Precise {
///     fn now(&self) -> Duration {
///         self.0.elapsed()
///     }
///
///     fn resolution(&self) -> Duration {
///         Duration::from_micros(1)
///     }
/// }
///
/// let store = SessionStore::<Secret>::builder().clock(Precise(Instant::now())).build()?;
/// # Ok::<(), counterfoil::BuildError>(())
/// ```
pub trait Clock: Send + Sync + 'static {
    /// The time since the clock's fixed point. Each verb calls it once and first (`wait` a few times), so it should be cheap
    /// and must not block. A panic in it goes to the verb's caller, and nothing has changed then; a grant that was given to
    /// `complete` is dropped.
    fn now(&self) -> Duration;

    /// How far a reading may be behind the time: the length of the clock's steps. A poll that may have kept to its
    /// interval, as far as the clock can tell, is not told to slow down. Called once, when the store is built.
    fn resolution(&self) -> Duration {
        Duration::ZERO
    }
}

impl<T: Clock + ?Sized> Clock for Arc<T> {
    fn now(&self) -> Duration {
        T::now(self)
    }

    fn resolution(&self) -> Duration {
        T::resolution(self)
    }
}

/// The clock that a store uses unless it is given another: coarse and monotonic.
///
/// On Linux it is `CLOCK_MONOTONIC_COARSE` (steps of 1 to 10 ms, commonly 4; it stands still while the machine is
/// suspended), elsewhere [`std::time::Instant`].
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl SystemClock {
    #[cfg(target_os = "linux")]
    #[inline]
    fn read() -> Duration {
        let time = rustix::time::clock_gettime(rustix::time::ClockId::MonotonicCoarse);
        // Both fields of a monotonic clock are non-negative; `unsigned_abs` says so without a branch or a panic.
        Duration::new(time.tv_sec.unsigned_abs(), time.tv_nsec.unsigned_abs().try_into().unwrap_or(0))
    }

    /// The same in whole milliseconds, without the detour.
    #[cfg(target_os = "linux")]
    #[inline]
    fn millis() -> u64 {
        let time = rustix::time::clock_gettime(rustix::time::ClockId::MonotonicCoarse);
        time.tv_sec.unsigned_abs().wrapping_mul(1000) + time.tv_nsec.unsigned_abs() / 1_000_000
    }

    #[cfg(not(target_os = "linux"))]
    fn millis() -> u64 {
        millis(Self::read())
    }

    #[cfg(not(target_os = "linux"))]
    fn read() -> Duration {
        use std::sync::OnceLock;
        use std::time::Instant;
        static ORIGIN: OnceLock<Instant> = OnceLock::new();
        ORIGIN.get_or_init(Instant::now).elapsed()
    }
}

impl Clock for SystemClock {
    #[inline]
    fn now(&self) -> Duration {
        Self::read()
    }

    fn resolution(&self) -> Duration {
        #[cfg(target_os = "linux")]
        {
            let step = rustix::time::clock_getres(rustix::time::ClockId::MonotonicCoarse);
            Duration::new(step.tv_sec.unsigned_abs(), step.tv_nsec.unsigned_abs().try_into().unwrap_or(0))
        }
        #[cfg(not(target_os = "linux"))]
        Duration::ZERO
    }
}

/// A clock that moves only when told to, for tests. Clones show the same time.
///
/// ```
/// use counterfoil::{Clock, ManualClock};
/// use std::time::Duration;
///
/// let clock = ManualClock::new();
/// clock.advance(Duration::from_secs(90));
/// assert_eq!(clock.now(), Duration::from_secs(90));
/// ```
#[derive(Debug, Clone)]
pub struct ManualClock {
    nanos: Arc<AtomicU64>,
}

impl Default for ManualClock {
    fn default() -> Self {
        Self { nanos: Arc::new(AtomicU64::new(0)) }
    }
}

impl ManualClock {
    /// A clock that shows zero.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Moves the clock on by `by`; it stops at the largest time that it can show (584 years).
    pub fn advance(&self, by: Duration) {
        let by = u64::try_from(by.as_nanos()).unwrap_or(u64::MAX);
        // ORDERING: the time orders nothing else; threads that must agree on it synchronise.
        let _ = self.nanos.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |at| Some(at.saturating_add(by)));
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Duration {
        Duration::from_nanos(self.nanos.load(Ordering::Relaxed))
    }
}

/// `time` rounded up to whole ticks.
pub(crate) fn whole_ticks(time: Duration) -> Duration {
    Tick(0).until(Tick(0).after(time))
}

/// A moment in the store's own time: milliseconds since it was built, counted from one so that zero can mean *never*.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Tick(u64);

impl Tick {
    /// Times fit 40 bits (34 years) so that one word holds a time and a slot number; later moments stop there.
    pub(crate) const BITS: u32 = 40;
    pub(crate) const MAX: Self = Self((1 << Self::BITS) - 1);

    pub(crate) fn from_raw(raw: u64) -> Self {
        Self(raw.min(Self::MAX.0))
    }

    pub(crate) fn raw(self) -> u64 {
        self.0
    }

    /// This moment and `by` more, `by` rounded up to whole ticks.
    pub(crate) fn after(self, by: Duration) -> Self {
        let millis = by.as_nanos().div_ceil(1_000_000);
        Self::from_raw(self.0.saturating_add(u64::try_from(millis).unwrap_or(u64::MAX)))
    }

    /// This moment less so many ticks.
    pub(crate) fn before(self, ticks: u32) -> Self {
        Self(self.0.saturating_sub(ticks.into()))
    }

    /// The time from `self` until `later`; zero where that is past.
    pub(crate) fn until(self, later: Self) -> Duration {
        Duration::from_millis(later.0.saturating_sub(self.0))
    }
}

fn millis(time: Duration) -> u64 {
    time.as_secs().saturating_mul(1000).saturating_add(u64::from(time.subsec_millis()))
}

/// The store's reading of its clock.
pub(crate) struct Time {
    source: Source,
    /// The clock's milliseconds when the store was built.
    origin: u64,
    lag: Duration,
}

/// The default clock is called directly: a virtual call would be a tenth of a poll.
enum Source {
    System(SystemClock),
    Custom(Arc<dyn Clock>),
}

impl Time {
    pub(crate) fn new(custom: Option<Arc<dyn Clock>>) -> Self {
        let source = custom.map_or(Source::System(SystemClock), Source::Custom);
        let lag = whole_ticks(match &source {
            Source::System(clock) => clock.resolution(),
            Source::Custom(clock) => clock.resolution(),
        });
        let mut time = Self { source, origin: 0, lag };
        time.origin = time.millis();
        time
    }

    /// How far a reading may be behind, in whole ticks.
    pub(crate) fn lag(&self) -> Duration {
        self.lag
    }

    pub(crate) fn reading(&self) -> Duration {
        match &self.source {
            Source::System(clock) => clock.now(),
            Source::Custom(clock) => clock.now(),
        }
    }

    #[inline]
    fn millis(&self) -> u64 {
        match &self.source {
            Source::System(_) => SystemClock::millis(),
            Source::Custom(clock) => millis(clock.now()),
        }
    }

    #[inline]
    pub(crate) fn now(&self) -> Tick {
        self.since_origin(self.millis())
    }

    /// The tick in which the clock's reading `at` falls.
    pub(crate) fn tick(&self, at: Duration) -> Tick {
        self.since_origin(millis(at))
    }

    #[inline]
    fn since_origin(&self, millis: u64) -> Tick {
        Tick::from_raw(millis.saturating_sub(self.origin).saturating_add(1))
    }
}

impl fmt::Debug for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Time").field("origin", &self.origin).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_count_from_one_and_saturate() {
        let clock = ManualClock::new();
        clock.advance(Duration::from_secs(5));
        let time = Time::new(Some(Arc::new(clock.clone())));
        assert_eq!(time.now(), Tick(1));
        clock.advance(Duration::from_micros(999));
        assert_eq!(time.now(), Tick(1));
        clock.advance(Duration::from_micros(1));
        assert_eq!(time.now(), Tick(2));
        clock.advance(Duration::MAX);
        assert_eq!(time.now(), Tick::MAX);
        assert_eq!(Tick::MAX.after(Duration::MAX), Tick::MAX);
        assert_eq!(time.tick(Duration::ZERO), Tick(1), "a reading before the origin is the origin");
    }

    #[test]
    fn a_time_to_live_rounds_up_to_whole_ticks() {
        assert_eq!(Tick(1).after(Duration::from_nanos(1)), Tick(2));
        assert_eq!(Tick(1).after(Duration::from_millis(1)), Tick(2));
        assert_eq!(Tick(9).until(Tick(4)), Duration::ZERO);
    }

    #[test]
    fn the_system_clock_does_not_go_back() {
        let mut last = SystemClock.now();
        for _ in 0..100_000 {
            let now = SystemClock.now();
            assert!(now >= last);
            last = now;
        }
    }
}
