//! Threads for real: eight of them, some million operations, and every grant accounted for at the end.

use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use counterfoil::{
    Clock, Delivery, GuessLimits, InitiateError, Initiated, LoginOptions, Polled, SessionStore, Source, SystemClock,
};

use crate::counted::{Counted, Ledger};

const THREADS: u64 = 8;

type Store = SessionStore<Counted, Counted>;

/// Cheap random numbers, the same at every run.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % bound
    }
}

/// What has become of each grant: whether its `complete` succeeded, and how often it came out.
struct Fates {
    accepted: Vec<AtomicBool>,
    collected: Vec<AtomicU8>,
    next: AtomicU64,
}

impl Fates {
    fn new(grants: usize) -> Self {
        Self {
            accepted: (0..grants).map(|_| AtomicBool::new(false)).collect(),
            collected: (0..grants).map(|_| AtomicU8::new(0)).collect(),
            next: AtomicU64::new(0),
        }
    }

    fn complete(&self, store: &Store, login: &Initiated, ledger: &Ledger) {
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        match store.complete(&login.login_code, ledger.make(id)) {
            Ok(()) => self.accepted[id as usize].store(true, Ordering::Relaxed),
            Err(refused) => assert_eq!(refused.grant.id, id, "the caller's own grant comes back"),
        }
    }

    /// Whether the poll brought a grant.
    fn poll(&self, store: &Store, login: &Initiated) -> bool {
        let Polled::Completed(grant) = store.poll(&login.polling_code) else { return false };
        self.collected[grant.id as usize].fetch_add(1, Ordering::Relaxed);
        true
    }

    fn count(&self) -> (usize, usize, usize) {
        let accepted = self.accepted.iter().filter(|accepted| accepted.load(Ordering::Relaxed)).count();
        let collected = self.collected.iter().filter(|times| times.load(Ordering::Relaxed) > 0).count();
        let again = self.collected.iter().filter(|times| times.load(Ordering::Relaxed) > 1).count();
        (accepted, collected, again)
    }

    fn none_came_from_nowhere(&self) {
        for (accepted, times) in self.accepted.iter().zip(&self.collected) {
            assert!(accepted.load(Ordering::Relaxed) || times.load(Ordering::Relaxed) == 0);
        }
    }
}

/// The logins that all threads work on: few, so that they meet.
struct Pool(Vec<Mutex<Arc<Initiated>>>);

impl Pool {
    fn new(store: &Store, size: usize) -> Self {
        Self((0..size).map(|_| Mutex::new(Arc::new(store.initiate().unwrap()))).collect())
    }

    fn pick(&self, random: &mut Random) -> Arc<Initiated> {
        self.0[random.below(self.0.len() as u64) as usize].lock().unwrap().clone()
    }

    fn replace(&self, random: &mut Random, login: Initiated) -> Arc<Initiated> {
        let mut place = self.0[random.below(self.0.len() as u64) as usize].lock().unwrap();
        std::mem::replace(&mut *place, Arc::new(login))
    }
}

fn on_all_threads(work: impl Fn(Random) + Sync) {
    thread::scope(|scope| {
        for thread in 1..=THREADS {
            let work = &work;
            scope.spawn(move || work(Random(thread.wrapping_mul(0x9e37_79b9_7f4a_7c15))));
        }
    });
}

#[test]
fn every_grant_that_was_accepted_is_collected_exactly_once() {
    const ROUNDS: u64 = 300_000;
    let store: Store = Store::builder().max_sessions(800_000).build().unwrap();
    let ledger = Ledger::default();
    let fates = Fates::new((THREADS * ROUNDS) as usize);
    let pool = Pool::new(&store, 16);
    on_all_threads(|mut random| {
        for _ in 0..ROUNDS {
            match random.below(16) {
                0..=4 => drop(fates.poll(&store, &pool.pick(&mut random))),
                5..=9 => fates.complete(&store, &pool.pick(&mut random), &ledger),
                10 if random.below(4) == 0 => drop(store.deny(&pool.pick(&mut random).login_code)),
                11 if random.below(4) == 0 => drop(store.cancel(&pool.pick(&mut random).polling_code)),
                12 => drop(store.inspect(&pool.pick(&mut random).login_code)),
                13 => drop(store.claim_context(&pool.pick(&mut random).login_code)),
                _ => {
                    let login = LoginOptions::new().context(ledger.make(0));
                    let old = pool.replace(&mut random, store.initiate_with(login).unwrap());
                    // Nobody else will poll it for long: settle it for good, so that no accepted grant is left.
                    let _ = store.cancel(&old.polling_code);
                    fates.poll(&store, &old);
                }
            }
        }
    });
    for place in &pool.0 {
        let login = place.lock().unwrap().clone();
        let _ = store.cancel(&login.polling_code);
        fates.poll(&store, &login);
    }
    let (accepted, collected, again) = fates.count();
    assert_eq!((collected, again), (accepted, 0));
    fates.none_came_from_nowhere();
    assert!(accepted > 50_000, "{accepted} is a race at all");
    assert_eq!(ledger.live(), 0, "nothing is left in the store, though nothing was swept");
}

fn expiry_reuse_and_giving_way(delivery: Delivery<Counted>, replayed: bool, retention: u64, sessions: usize) {
    const ROUNDS: u64 = 200_000;
    let store: Store = Store::builder()
        .ttl(Duration::from_millis(20))
        .retention(Duration::from_millis(retention))
        .max_sessions(sessions)
        .max_sessions_per_tenant(u32::try_from(sessions / 2).unwrap())
        .poll_interval(Duration::from_millis(5))
        .user_code_guesses(GuessLimits { per_source: u32::MAX, total: u32::MAX })
        .delivery(delivery)
        .build()
        .unwrap();
    let tenants = [store.clone(), store.for_tenant("one"), store.for_tenant("two")];
    let ledger = Ledger::default();
    let fates = Fates::new((THREADS * ROUNDS) as usize);
    let first = Arc::new(store.initiate().unwrap());
    let pool = Pool((0..8).map(|_| Mutex::new(first.clone())).collect());
    let sweeper = store.spawn_sweeper(Duration::from_millis(1)).unwrap();
    on_all_threads(|mut random| {
        for _ in 0..ROUNDS {
            let login = pool.pick(&mut random);
            // Mostly the right tenant's; a stranger gets nothing, which the fates would show.
            let scoped = store.locate(&login.login_code).map_or_else(|| store.clone(), |(scoped, _)| scoped);
            match random.below(16) {
                0..=4 => drop(fates.poll(&scoped, &login)),
                5..=9 => fates.complete(&scoped, &login, &ledger),
                10 => drop(scoped.deny(&login.login_code)),
                11 => drop(scoped.cancel(&login.polling_code)),
                12 => drop(scoped.inspect(&login.login_code)),
                13 => drop(scoped.claim_context(&login.login_code)),
                14 if random.below(8) == 0 => drop(store.sweep()),
                _ => {
                    let mut login = LoginOptions::new().context(ledger.make(0));
                    if random.below(2) == 0 {
                        login = login.user_code();
                    }
                    login = login.ttl(Duration::from_millis(1 + random.below(8)));
                    let tenant = &tenants[random.below(3) as usize];
                    match tenant.initiate_with(login) {
                        Ok(begun) => {
                            if let Some(user_code) = &begun.user_code {
                                // It may be forgotten by now, but it is no other's.
                                let found = store
                                    .resolve(user_code, Source::UNKNOWN)
                                    .is_ok_and(|code| code == begun.login_code);
                                assert!(found || tenant.inspect(&begun.login_code).is_none());
                            }
                            drop(pool.replace(&mut random, begun));
                        }
                        Err(InitiateError::Full { retry_after } | InitiateError::TenantFull { retry_after }) => {
                            assert!(!retry_after.is_zero());
                        }
                        Err(other) => panic!("{other}"),
                    }
                }
            }
        }
    });
    drop(sweeper);
    let (accepted, collected, again) = fates.count();
    fates.none_came_from_nowhere();
    assert!(replayed || again == 0, "{again} grants came out twice");
    assert!(collected <= accepted && collected > 1000, "{collected} of {accepted}");

    // Whatever is still there is over in a moment; then nothing is left, and all places can be taken.
    let end = SystemClock.now() + Duration::from_secs(10);
    store.sweep_at(end);
    store.sweep_at(end);
    assert_eq!(ledger.live(), 0, "all that was not collected has been dropped");
    // These live long: on a busy machine the others would be over before they are counted.
    let long = || LoginOptions::new().ttl(Duration::from_secs(3600));
    for tenant in [&tenants[0], &tenants[1]] {
        for _ in 0..sessions / 2 {
            tenant.initiate_with(long()).unwrap();
        }
        assert!(matches!(tenant.initiate(), Err(InitiateError::TenantFull { .. })), "the tenant's count is exact");
    }
    assert!(matches!(tenants[2].initiate(), Err(InitiateError::Full { .. })), "so are the free slots");
}

#[test]
fn expiry_reuse_and_giving_way_race_with_everything() {
    expiry_reuse_and_giving_way(Delivery::once(), false, 2, 24);
}

#[test]
fn the_same_in_very_little_room() {
    expiry_reuse_and_giving_way(Delivery::once(), false, 1000, 4);
}

#[test]
fn the_same_with_nothing_remembered() {
    expiry_reuse_and_giving_way(Delivery::once(), false, 0, 12);
}

#[test]
fn the_same_with_replays() {
    expiry_reuse_and_giving_way(Delivery::replay(Duration::from_millis(2)), true, 4, 24);
}
