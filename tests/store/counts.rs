//! The counts of `stats` are exact when all is quiet, whatever raced with what before.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use counterfoil::{Delivery, Initiated, LoginOptions, ManualClock, Polled, SessionStore, Stats};

use crate::race::race;

type Store = SessionStore<u32, u8>;

const TTL: Duration = Duration::from_secs(10);

/// What the threads saw happen.
#[derive(Default)]
struct Seen {
    approved: AtomicU64,
    redeemed: AtomicU64,
    denied: AtomicU64,
    cancelled: AtomicU64,
}

impl Seen {
    fn add(count: &AtomicU64, happened: bool) {
        count.fetch_add(u64::from(happened), Ordering::Relaxed);
    }

    /// One of the verbs that end, complete or look at a session.
    fn act(&self, store: &Store, login: &Initiated, verb: usize) {
        match verb % 8 {
            0 | 1 => Self::add(&self.redeemed, matches!(store.poll(&login.polling_code), Polled::Completed(_))),
            2 => Self::add(&self.approved, store.complete(&login.login_code, 1).is_ok()),
            3 => Self::add(&self.denied, store.deny(&login.login_code).is_ok()),
            4 => Self::add(&self.cancelled, store.cancel(&login.polling_code).is_ok()),
            5 => drop(store.inspect(&login.login_code)),
            6 => drop(store.claim_context(&login.login_code)),
            _ => _ = store.sweep(),
        }
    }

    fn assert(&self, stats: &Stats, what: &str) {
        let seen = [&self.approved, &self.redeemed, &self.denied, &self.cancelled].map(|n| n.load(Ordering::Relaxed));
        assert_eq!([stats.approved, stats.redeemed, stats.denied, stats.cancelled], seen, "{what}");
        let ended = stats.redeemed + stats.denied + stats.cancelled + stats.expired;
        assert_eq!(stats.initiated, stats.pending + stats.completed + ended, "{what}: {stats:?}");
        assert_eq!(
            stats.approved,
            stats.completed + stats.redeemed + stats.uncollected + stats.withdrawn,
            "{what}: {stats:?}"
        );
        assert_eq!(stats.remembered, ended - stats.forgotten, "{what}: {stats:?}");
    }
}

/// Logins begin, are raced for at their deadline by two threads and a sweeping third, and are counted.
fn across_the_deadline(completed: bool, verbs: [usize; 3]) {
    const LOGINS: usize = 400;
    let clock = ManualClock::new();
    let builder = Store::builder().ttl(TTL).retention(TTL).max_sessions(LOGINS);
    let store = builder.max_sessions_per_tenant(LOGINS as u32).clock(clock.clone()).build().unwrap();
    let seen = Seen::default();
    let logins: Vec<_> =
        (0..LOGINS).map(|at| (at, store.initiate_with(LoginOptions::new().context(1)).unwrap())).collect();
    if completed {
        for (_, login) in &logins {
            seen.act(&store, login, 2);
        }
    }
    race(&logins, 3, |thread, (at, login)| {
        // The deadline comes in the midst of it.
        if thread == 0 && *at == LOGINS / 4 {
            clock.advance(TTL);
        }
        seen.act(&store, login, verbs[thread]);
    });
    let what = format!("completed: {completed}, {verbs:?}");
    seen.assert(&store.stats(), &what);
    clock.advance(TTL);
    store.sweep();
    let stats = store.stats();
    seen.assert(&stats, &what);
    assert_eq!((stats.pending, stats.completed), (0, 0), "{what}");
    clock.advance(TTL);
    store.sweep();
    assert_eq!((store.stats().remembered, store.stats().forgotten), (0, LOGINS as u64), "{what}");
    for _ in 0..LOGINS {
        assert_eq!(store.initiate().err(), None, "the tenant's own count is exact, too");
    }
    assert!(store.initiate().is_err());
}

#[test]
fn counts_are_exact_after_races_at_the_deadline() {
    for completed in [false, true] {
        for one in 0..8 {
            for two in one..8 {
                across_the_deadline(completed, [one, two, 7]);
            }
        }
        across_the_deadline(completed, [0, 2, 3]);
    }
}

/// As a session that expired beside a sweep was once counted as collected.
#[test]
fn a_session_that_a_poll_and_a_sweep_expire_is_uncollected() {
    let clock = ManualClock::new();
    let store = Store::builder().ttl(TTL).max_sessions(2000).clock(clock.clone()).build().unwrap();
    let logins: Vec<_> = (0..2000).map(|_| store.initiate().unwrap()).collect();
    for login in &logins {
        store.complete(&login.login_code, 1).unwrap();
    }
    clock.advance(TTL);
    race(&logins, 2, |thread, login| {
        if thread == 0 {
            assert!(matches!(store.poll(&login.polling_code), Polled::Expired));
        } else {
            store.sweep();
        }
    });
    let stats = store.stats();
    assert_eq!((stats.expired, stats.uncollected), (2000, 2000));
    assert_eq!((stats.completed, stats.redeemed, stats.pending), (0, 0, 0));
}

/// Random verbs in little room, with replays and giving way.
#[test]
fn counts_are_exact_after_anything() {
    for delivery in [Delivery::once(), Delivery::replay(TTL / 2)] {
        let clock = ManualClock::new();
        let builder = Store::builder().ttl(TTL).retention(TTL).max_sessions(50).delivery(delivery.clone());
        let store = builder.clock(clock.clone()).build().unwrap();
        // Replays are grants that were counted before.
        let replays = format!("{delivery:?}") != "Once";
        let seen = Seen::default();
        let rounds: Vec<usize> = (0..20_000).collect();
        let logins = std::sync::Mutex::new(vec![store.initiate().unwrap()]);
        race(&rounds, 3, |thread, round| {
            let mixed = (round * 7 + thread * 5) * 2_654_435_761 % 1_000_003;
            if mixed.is_multiple_of(5)
                && let Ok(begun) = store.initiate_with(LoginOptions::new().context(1))
            {
                let mut logins = logins.lock().unwrap();
                logins.push(begun);
                if logins.len() > 20 {
                    logins.remove(0);
                }
            }
            if mixed.is_multiple_of(101) {
                clock.advance(TTL / 7);
            }
            let login = {
                let logins = logins.lock().unwrap();
                logins[mixed % 7 % logins.len()].clone()
            };
            seen.act(&store, &login, mixed / 11);
        });
        if replays {
            seen.redeemed.store(store.stats().redeemed, Ordering::Relaxed);
        }
        seen.assert(&store.stats(), &format!("{delivery:?}"));
    }
}
