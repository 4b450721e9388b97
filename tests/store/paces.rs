//! Clients that keep to the interval are never told to slow down, however coarse the clock is.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use counterfoil::{Clock, Polled, SessionStore};
use proptest::prelude::*;

type Store = SessionStore<u32>;

const MILLI: u64 = 1_000_000;

/// A clock that moves in steps, the first of which ends at `phase`. All in nanoseconds.
#[derive(Clone)]
struct Coarse {
    now: Arc<AtomicU64>,
    step: u64,
    phase: u64,
}

impl Coarse {
    fn advance(&self, by: u64) {
        self.now.fetch_add(by, Ordering::SeqCst);
    }
}

impl Clock for Coarse {
    fn now(&self) -> Duration {
        let now = self.now.load(Ordering::SeqCst);
        Duration::from_nanos(if self.step == 0 { now } else { now - (now + self.step - self.phase) % self.step })
    }

    fn resolution(&self) -> Duration {
        Duration::from_nanos(self.step)
    }
}

/// The steps of clocks there are: none, 1 kHz, 300 Hz, 250 Hz, 100 Hz, 64 Hz.
fn steps() -> impl Strategy<Value = u64> {
    prop_oneof![
        Just(0),
        Just(MILLI),
        Just(3_333_333),
        Just(4 * MILLI),
        Just(10 * MILLI),
        Just(15_625_000),
        Just(16 * MILLI)
    ]
}

fn clock(step: u64, phase: u64, start: u64) -> (Store, Coarse, Duration) {
    let clock = Coarse { now: Arc::new(AtomicU64::new(100 * MILLI + start)), step, phase: phase % step.max(1) };
    let interval = Duration::from_millis(100);
    let store = Store::builder().poll_interval(interval).max_sessions(9).clock(clock.clone()).build().unwrap();
    (store, clock, interval)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn who_waits_as_long_as_told_is_welcome(
        step in steps(),
        phase in 0..16 * MILLI,
        start in 0..40 * MILLI,
        mores in prop::collection::vec(0..40 * MILLI, 1..20),
    ) {
        let (store, clock, _) = clock(step, phase, start);
        let login = store.initiate().unwrap();
        // Each poll comes exactly when the last answer said, or a little later.
        for (at, more) in mores.into_iter().enumerate() {
            let Polled::Pending { retry_after } = store.poll(&login.polling_code) else {
                panic!("poll {at} kept to the interval");
            };
            clock.advance(u64::try_from(retry_after.as_nanos()).unwrap() + more * (at as u64 % 2));
        }
    }

    /// After it has been told to slow down, too.
    #[test]
    fn who_was_too_fast_and_then_waits_as_long_as_told_is_welcome(
        step in steps(),
        phase in 0..16 * MILLI,
        start in 0..40 * MILLI,
        hasty in 1..5_u32,
    ) {
        let (store, clock, interval) = clock(step, phase, start);
        let login = store.initiate().unwrap();
        assert!(matches!(store.poll(&login.polling_code), Polled::Pending { .. }));
        let mut wait = interval;
        for _ in 0..hasty {
            let Polled::SlowDown { retry_after } = store.poll(&login.polling_code) else { panic!("at once") };
            wait = retry_after;
        }
        for _ in 0..hasty + 2 {
            clock.advance(u64::try_from(wait.as_nanos()).unwrap());
            let Polled::Pending { retry_after } = store.poll(&login.polling_code) else { panic!("as long as told") };
            wait = retry_after;
        }
        prop_assert_eq!(wait, interval);
    }

    /// The tolerance is the clock's step and no more.
    #[test]
    fn who_is_too_soon_by_more_than_the_clock_lags_is_told(
        step in steps(),
        phase in 0..16 * MILLI,
        start in 0..40 * MILLI,
        early in 0..60 * MILLI,
    ) {
        let (store, clock, interval) = clock(step, phase, start);
        let login = store.initiate().unwrap();
        assert!(matches!(store.poll(&login.polling_code), Polled::Pending { .. }));
        // A step for each of the two readings, and a tick for each rounding.
        let early = early.max(2 * step + 2 * MILLI);
        clock.advance(u64::try_from(interval.as_nanos()).unwrap() - early);
        assert!(matches!(store.poll(&login.polling_code), Polled::SlowDown { .. }));
    }
}

/// A clock without steps: to the tick.
#[test]
fn an_exact_clock_keeps_the_exact_boundary() {
    for (by, welcome) in [(99, false), (100, true)] {
        let (store, clock, _) = clock(0, 0, 0);
        let login = store.initiate().unwrap();
        assert!(matches!(store.poll(&login.polling_code), Polled::Pending { .. }));
        clock.advance(by * MILLI);
        assert_eq!(matches!(store.poll(&login.polling_code), Polled::Pending { .. }), welcome);
    }
}

/// The system's own clock, in real time. A sleep may be longer than it was asked to be, and never shorter.
#[test]
fn who_keeps_to_the_interval_by_the_systems_clock_is_welcome() {
    let interval = Duration::from_millis(10);
    let store = Store::builder().poll_interval(interval).max_sessions(100).build().unwrap();
    for round in 0..80 {
        let login = store.initiate().unwrap();
        for _ in 0..2 {
            assert!(matches!(store.poll(&login.polling_code), Polled::Pending { .. }), "round {round}");
            std::thread::sleep(interval);
        }
    }
}
