//! The latency of single polls of one thread while another works on a million sessions.

use std::hint::black_box;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use hdrhistogram::Histogram;
use serde::{Deserialize, Serialize};

use super::speed::{begin, token};
use super::threads::Start;
use crate::codes::Texts;
use crate::peer::{Peer, Room};

/// What the other thread does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Scenario {
    /// Nothing.
    Idle,
    /// It computes, without touching the store: what a busy second processor costs by itself.
    Busy,
    /// It expires as many sessions as are polled, all due at once.
    Expire,
    /// It initiates as many.
    Initiate,
    /// It completes as many.
    Complete,
}

impl Scenario {
    pub const ALL: [Self; 5] = [Self::Idle, Self::Busy, Self::Expire, Self::Initiate, Self::Complete];
}

/// How long things take.
#[derive(Debug, Clone, Copy)]
pub struct Window {
    /// The polls last so long, or until the other thread is done.
    pub polls: Duration,
    /// Time to live where sessions are to expire: enough to begin all of them.
    pub ttl: Duration,
    /// Between those that expire and those that are polled: enough for the measurement.
    pub gap: Duration,
}

/// One run.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Stall {
    pub peer: String,
    pub scenario: Scenario,
    pub sessions: usize,
    pub polls: u64,
    /// How long the other thread worked.
    pub work_ms: f64,
    pub p50_ns: u64,
    pub p99_ns: u64,
    pub p999_ns: u64,
    pub p9999_ns: u64,
    pub worst_ns: u64,
}

pub fn stall<P: Peer>(scenario: Scenario, n: usize, window: &Window) -> Stall {
    let beyond = if scenario == Scenario::Initiate { n } else { 0 };
    let others = if matches!(scenario, Scenario::Expire | Scenario::Complete) { n } else { 0 };
    let ttl = if scenario == Scenario::Expire { window.ttl } else { Room::TTL };
    let store = P::new(Room { sessions: n + others, beyond, ttl });

    let (other_polling, other_login) = begin(&store, others);
    let due = Instant::now() + ttl;
    if scenario == Scenario::Expire {
        thread::sleep(window.gap);
    }
    let live = Instant::now();
    let polled = begin(&store, n).0.shuffled(1);
    let other_login = other_login.shuffled(2);
    if scenario == Scenario::Expire {
        assert!(Instant::now() < due, "a time to live of {ttl:?} is too short to begin {n} sessions");
        thread::sleep((due + Duration::from_millis(50)).saturating_duration_since(Instant::now()));
    }

    let grants: Vec<_> = (0..other_login.len()).map(|_| token::<P>()).collect();
    let start = Start::of(2);
    let done = AtomicBool::new(false);
    let (histogram, worked) = thread::scope(|scope| {
        let (store, start, done) = (&store, &start, &done);
        let worker = scope.spawn(move || {
            start.wait();
            let began = Instant::now();
            work(store, scenario, n, &other_login, grants, window.polls);
            done.store(true, Ordering::Release);
            began.elapsed()
        });
        start.wait();
        let histogram = poll(store, &polled, window.polls, done);
        (histogram, worker.join().expect("no measurement panics"))
    });
    if scenario == Scenario::Expire {
        assert!(live + ttl > Instant::now(), "a gap of {:?} is too short for the measurement", window.gap);
        assert!((0..others).all(|i| !store.poll(other_polling.get(i)).is_pending()), "a session did not expire");
    }
    Stall {
        peer: P::NAME.to_owned(),
        scenario,
        sessions: n,
        polls: histogram.len(),
        work_ms: worked.as_secs_f64() * 1e3,
        p50_ns: histogram.value_at_quantile(0.5),
        p99_ns: histogram.value_at_quantile(0.99),
        p999_ns: histogram.value_at_quantile(0.999),
        p9999_ns: histogram.value_at_quantile(0.9999),
        worst_ns: histogram.max(),
    }
}

fn work<P: Peer>(store: &P, scenario: Scenario, n: usize, login: &Texts, grants: Vec<P::Grant>, busy: Duration) {
    match scenario {
        Scenario::Idle => {}
        Scenario::Busy => {
            let began = Instant::now();
            while began.elapsed() < busy {
                std::hint::spin_loop();
            }
        }
        Scenario::Expire => store.expire(),
        Scenario::Initiate => (0..n).for_each(|_| drop(black_box(store.initiate()))),
        Scenario::Complete => {
            let completed = grants.into_iter().enumerate().filter_map(|(i, grant)| {
                let completed = store.complete(login.get(i), grant);
                completed.then_some(())
            });
            assert_eq!(completed.count(), n, "a completion failed");
        }
    }
}

fn poll<P: Peer>(store: &P, codes: &Texts, least: Duration, done: &AtomicBool) -> Histogram<u64> {
    // Bounds given, so that it never allocates while it records.
    let mut histogram = Histogram::new_with_bounds(1, 60_000_000_000, 3).expect("valid bounds");
    let began = Instant::now();
    let mut pending = 0;
    let mut i = 0;
    loop {
        let before = Instant::now();
        let answer = store.poll(black_box(codes.get(i)));
        let after = Instant::now();
        pending += u64::from(answer.is_pending());
        let nanos = u64::try_from((after - before).as_nanos()).unwrap_or(u64::MAX).max(1);
        histogram.saturating_record(nanos);
        i = if i + 1 == codes.len() { 0 } else { i + 1 };
        if after - began >= least && done.load(Ordering::Acquire) {
            break;
        }
    }
    assert_eq!(pending, histogram.len(), "a polled session was not pending");
    histogram
}
