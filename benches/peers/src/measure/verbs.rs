//! The latency of single redeeming polls, completions and denials of one thread while another works on a million
//! sessions of the same store.
//!
//! The three verbs take turns on one thread, so that one run measures all of them; each session is used once. Only the
//! crate is measured: what counts is how far it is from its own idle control.

use std::hint::black_box;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use counterfoil::{LoginCode, Polled, PollingCode, Secret};
use hdrhistogram::Histogram;
use serde::{Deserialize, Serialize};

use super::speed::{begin, token};
use super::stalls::{Scenario, Window};
use super::threads::Start;
use crate::codes::Texts;
use crate::peer::{Peer, Room};
use crate::peers::ours::Ours;

/// What the other thread does meanwhile: nothing, as the control, or what keeps the books.
pub const SCENARIOS: [Scenario; 3] = [Scenario::Idle, Scenario::Expire, Scenario::Initiate];

pub const VERBS: [&str; 3] = ["redeeming poll", "complete", "deny"];

/// One verb in one run.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Verb {
    pub verb: String,
    pub scenario: Scenario,
    pub sessions: usize,
    pub calls: u64,
    /// How many of them began while the other thread worked.
    pub during: usize,
    /// How long the other thread worked.
    pub work_ms: f64,
    pub p50_ns: u64,
    pub p99_ns: u64,
    pub p9999_ns: u64,
    pub worst_ns: u64,
}

/// What is used up, by the verb that uses it.
struct Codes {
    redeem: Texts,
    complete: Texts,
    deny: Texts,
}

impl Codes {
    /// Begins `n` sessions for each verb; those that are to be redeemed are completed.
    fn begin(store: &Ours, n: usize) -> Self {
        let (redeem, login) = begin(store, n);
        for i in 0..n {
            assert!(store.complete(login.get(i), token::<Ours>()), "a completion failed");
        }
        let [complete, deny] = [0, 1].map(|_| begin(store, n).1);
        Self { redeem: redeem.shuffled(1), complete: complete.shuffled(2), deny: deny.shuffled(3) }
    }
}

pub fn verbs(scenario: Scenario, n: usize, window: &Window) -> Vec<Verb> {
    let beyond = if scenario == Scenario::Initiate { n } else { 0 };
    let others = if scenario == Scenario::Expire { n } else { 0 };
    let ttl = if scenario == Scenario::Expire { window.ttl } else { Room::TTL };
    let store = Ours::new(Room { sessions: VERBS.len() * n + others, beyond, ttl });

    let expiring = begin(&store, others).0;
    let due = Instant::now() + ttl;
    if scenario == Scenario::Expire {
        thread::sleep(window.gap);
    }
    let live = Instant::now();
    let codes = Codes::begin(&store, n);
    let grants: Vec<_> = (0..n).map(|_| token::<Ours>()).collect();
    if scenario == Scenario::Expire {
        assert!(Instant::now() < due, "a time to live of {ttl:?} is too short to begin {n} sessions of each kind");
        thread::sleep((due + Duration::from_millis(50)).saturating_duration_since(Instant::now()));
    }

    let start = Start::of(2);
    let done = AtomicBool::new(false);
    let (histograms, worked, within) = thread::scope(|scope| {
        let (store, start, done) = (&store, &start, &done);
        let worker = scope.spawn(move || {
            start.wait();
            let began = Instant::now();
            match scenario {
                Scenario::Expire => store.expire(),
                Scenario::Initiate => (0..n).for_each(|_| drop(black_box(store.initiate()))),
                _ => {}
            }
            let worked = began.elapsed();
            done.store(true, Ordering::Release);
            worked
        });
        start.wait();
        let (histograms, within) = use_up(store, &codes, grants, done);
        (histograms, worker.join().expect("no measurement panics"), within)
    });
    if scenario == Scenario::Expire {
        assert!(live + ttl > Instant::now(), "a gap of {:?} is too short for the measurement", window.gap);
        assert!((0..others).all(|i| !store.poll(expiring.get(i)).is_pending()), "a session did not expire");
    }
    let verb = |(verb, histogram): (&str, Histogram<u64>)| Verb {
        verb: verb.to_owned(),
        scenario,
        sessions: n,
        calls: histogram.len(),
        during: within,
        work_ms: worked.as_secs_f64() * 1e3,
        p50_ns: histogram.value_at_quantile(0.5),
        p99_ns: histogram.value_at_quantile(0.99),
        p9999_ns: histogram.value_at_quantile(0.9999),
        worst_ns: histogram.max(),
    };
    VERBS.into_iter().zip(histograms).map(verb).collect()
}

/// Calls each verb once for each of its sessions, and says how many rounds of the three began while the other thread
/// still worked. Every run makes as many calls: the worst of more would be worse.
fn use_up(store: &Ours, codes: &Codes, grants: Vec<Secret>, done: &AtomicBool) -> ([Histogram<u64>; 3], usize) {
    // Bounds given, so that they never allocate while they record.
    let mut histograms = [(); 3].map(|()| Histogram::new_with_bounds(1, 60_000_000_000, 3).expect("valid bounds"));
    let [redeemed, completed, denied] = &mut histograms;
    let mut within = 0;
    for (i, grant) in grants.into_iter().enumerate() {
        within += usize::from(!done.load(Ordering::Acquire));
        let good = timed(redeemed, || {
            let code = PollingCode::parse(black_box(codes.redeem.get(i)));
            matches!(code.map(|code| store.store.poll(&code)), Ok(Polled::Completed(_)))
        });
        assert!(good, "a redeeming poll failed");
        assert!(timed(completed, || store.complete(black_box(codes.complete.get(i)), grant)), "a completion failed");
        let good = timed(denied, || {
            let code = LoginCode::parse(black_box(codes.deny.get(i)));
            code.is_ok_and(|code| store.store.deny(&code).is_ok())
        });
        assert!(good, "a denial failed");
    }
    (histograms, within)
}

fn timed<R>(histogram: &mut Histogram<u64>, call: impl FnOnce() -> R) -> R {
    let before = Instant::now();
    let answer = call();
    let nanos = u64::try_from(before.elapsed().as_nanos()).unwrap_or(u64::MAX).max(1);
    histogram.saturating_record(nanos);
    answer
}
