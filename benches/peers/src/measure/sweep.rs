//! What a sweep costs: for each session that is due, and where nothing is.
//!
//! The sweep is told a later time than it is, so nobody has to wait for the deadlines.

use std::time::{Duration, Instant};

use counterfoil::{LoginOptions, Secret, SessionStore};
use rand::{RngExt, SeedableRng};
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Sweep {
    pub sessions: usize,
    /// Nanoseconds to expire a session, where sessions fall due in the order in which they began.
    pub expire_in_order_ns: Vec<f64>,
    /// The same where each has a time to live of its own, at random.
    pub expire_shuffled_ns: Vec<f64>,
    /// Nanoseconds to forget a session whose retention is over, and free its slot.
    pub forget_in_order_ns: Vec<f64>,
    pub forget_shuffled_ns: Vec<f64>,
    /// Microseconds for a sweep that finds nothing due, with that many sessions alive.
    pub idle_us: Vec<f64>,
}

const TTL: Duration = Duration::from_secs(3600);
const RETENTION: Duration = Duration::from_secs(600);

impl Sweep {
    pub fn round(&mut self, n: usize, seed: u64) {
        self.sessions = n;
        let (expire, forget) = self.one(n, None);
        self.expire_in_order_ns.push(expire);
        self.forget_in_order_ns.push(forget);
        let (expire, forget) = self.one(n, Some(seed));
        self.expire_shuffled_ns.push(expire);
        self.forget_shuffled_ns.push(forget);
    }

    fn one(&mut self, n: usize, seed: Option<u64>) -> (f64, f64) {
        let store: SessionStore<Secret> =
            SessionStore::builder().max_sessions(n).ttl(TTL).retention(RETENTION).build().expect("valid settings");
        let mut rng = seed.map(rand::rngs::SmallRng::seed_from_u64);
        for _ in 0..n {
            // Spread over less than the retention, so that nothing is forgotten while the last ones expire.
            let ttl = rng.as_mut().map_or(TTL, |rng| TTL - Duration::from_millis(rng.random_range(0..500_000)));
            store.initiate_with(LoginOptions::new().ttl(ttl)).expect("there is room");
        }
        let now = store.now();
        const TICKS: u32 = 10_000;
        let began = Instant::now();
        let done = (0..TICKS).map(|_| store.sweep_at(now)).filter(|swept| swept.expired + swept.forgotten > 0).count();
        self.idle_us.push(began.elapsed().as_secs_f64() * 1e6 / f64::from(TICKS));
        assert_eq!(done, 0, "something was due");

        let now = store.now() + TTL;
        let began = Instant::now();
        let swept = store.sweep_at(now);
        let expire = began.elapsed();
        assert_eq!((swept.expired, swept.forgotten), (n, 0));
        let began = Instant::now();
        let swept = store.sweep_at(now + RETENTION);
        let forget = began.elapsed();
        assert_eq!((swept.expired, swept.forgotten), (0, n));
        let each = |time: Duration| time.as_nanos() as f64 / n as f64;
        (each(expire), each(forget))
    }
}
