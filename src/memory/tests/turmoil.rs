//! Everything at once in very little room, and what must be so when it is over.

use std::future::Future;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::{Duration, Instant};

use crate::{Clock, Delivery, GuessLimits, Initiated, LoginOptions, Polled, SessionStore, Source};

type Store = SessionStore<Arc<u64>, Arc<u64>>;

const MS: Duration = Duration::from_millis(1);

fn random(seed: &mut u64) -> u64 {
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    *seed
}

/// A clock that is read late; or one that goes back, too, by so many milliseconds at the most.
struct Late(u32);

impl Clock for Late {
    fn now(&self) -> Duration {
        let now = START.get_or_init(Instant::now).elapsed();
        if (now.subsec_nanos() / 10).is_multiple_of(3) {
            thread::yield_now();
        }
        (Duration::from_secs(1) + now).saturating_sub(MS * (now.subsec_nanos() / 10 % (self.0 + 1)))
    }
}

static START: OnceLock<Instant> = OnceLock::new();

struct Run {
    slots: usize,
    retention: u64,
    replay: u64,
    ttl: u64,
    bound: Option<u32>,
    back: u32,
}

/// A login that all threads work on, with its tenant's handle.
type Place = Mutex<Option<Arc<(Store, Initiated)>>>;

#[expect(clippy::too_many_lines, reason = "one arm for each verb")]
fn turmoil(run: &Run, rounds: u64) {
    let mut builder = Store::builder()
        .ttl(MS * 20)
        .retention(MS * run.retention as u32)
        .max_sessions(run.slots)
        .user_code_guesses(GuessLimits { per_source: u32::MAX, total: u32::MAX })
        .clock(Late(run.back));
    if run.replay > 0 {
        builder = builder.delivery(Delivery::replay(MS * run.replay as u32));
    }
    if let Some(bound) = run.bound {
        builder = builder.max_sessions_per_tenant(bound);
    }
    let store = builder.build().unwrap();
    let token = Arc::new(0);
    let pool: Vec<Place> = (0..=run.slots).map(|_| Mutex::new(None)).collect();
    let sweeper = store.spawn_sweeper(MS).unwrap();
    let handed = AtomicU64::new(0);
    let approved = AtomicU64::new(0);
    thread::scope(|scope| {
        for thread in 1..=6_u64 {
            let (store, pool, token, handed, approved) = (&store, &pool, &token, &handed, &approved);
            scope.spawn(move || {
                let mut seed = thread.wrapping_mul(0x9e37_79b9_7f4a_7c15);
                for round in 0..rounds {
                    let dice = random(&mut seed);
                    let at = (dice >> 32) as usize % pool.len();
                    let picked = pool[at].lock().unwrap().clone();
                    let Some(picked) = picked.filter(|_| dice % 8 > 1) else {
                        let tenant = match dice >> 8 & 3 {
                            0 => store.clone(),
                            n => store.for_tenant(&format!("tenant {}", n + (round & 3))),
                        };
                        let mut login = LoginOptions::new().ttl(MS * (1 + (dice >> 16) as u32 % run.ttl as u32));
                        if dice >> 24 & 1 == 0 {
                            login = login.user_code();
                        }
                        if dice >> 25 & 1 == 0 {
                            login = login.context(token.clone());
                        }
                        if let Ok(begun) = tenant.initiate_with(login) {
                            if let Some(code) = &begun.user_code {
                                let found =
                                    store.resolve(code, Source::UNKNOWN).is_ok_and(|code| code == begun.login_code);
                                assert!(found || run.back > 0 || tenant.inspect(&begun.login_code).is_none());
                            }
                            if let Some((found, _)) = store.locate(&begun.login_code) {
                                assert_eq!(found.tenant(), tenant.tenant());
                            } else {
                                assert!(run.back > 0 || tenant.inspect(&begun.login_code).is_none());
                            }
                            let old = pool[at].lock().unwrap().replace(Arc::new((tenant, begun)));
                            drop(old);
                        }
                        continue;
                    };
                    let (tenant, login) = (&picked.0, &picked.1);
                    match dice >> 4 & 15 {
                        0..=3 => {
                            if let Polled::Completed(_) = tenant.poll(&login.polling_code) {
                                handed.fetch_add(1, Ordering::Relaxed);
                            }
                        }
                        4..=6 => {
                            if tenant.complete(&login.login_code, token.clone()).is_ok() {
                                approved.fetch_add(1, Ordering::Relaxed);
                            }
                        }
                        7 => _ = tenant.deny(&login.login_code),
                        8 => _ = tenant.cancel(&login.polling_code),
                        9 => drop(tenant.claim_context(&login.login_code)),
                        10 => drop(tenant.inspect(&login.login_code)),
                        11 => drop(tenant.sessions()),
                        12 if dice >> 60 == 0 => _ = tenant.cancel_all(),
                        13 => {
                            let started = Instant::now();
                            let told = pollster::block_on(tenant.wait(&login.polling_code, MS * 60_000));
                            if let Polled::Completed(_) = told {
                                handed.fetch_add(1, Ordering::Relaxed);
                            }
                            assert!(started.elapsed() < MS * 5000);
                        }
                        14 => {
                            let mut wait = Box::pin(tenant.wait(&login.polling_code, MS * 60_000));
                            let told = wait.as_mut().poll(&mut Context::from_waker(Waker::noop()));
                            if let Poll::Ready(Polled::Completed(_)) = told {
                                handed.fetch_add(1, Ordering::Relaxed);
                            }
                            thread::yield_now();
                        }
                        _ => _ = store.stats(),
                    }
                }
            });
        }
    });
    drop(sweeper);
    drop(pool);
    let stats = store.stats();
    assert_eq!(stats.approved, approved.load(Ordering::Relaxed));
    if run.replay == 0 {
        assert_eq!(stats.redeemed, handed.load(Ordering::Relaxed));
    }
    let later = crate::clock::Tick::from_raw(store.shared.time.now().raw() + 100_000);
    store.shared.table.sweep(later);
    let stats = store.stats();
    assert_eq!((stats.pending, stats.completed, stats.remembered), (0, 0, 0), "{stats:?}");
    assert_eq!(stats.initiated, stats.forgotten);
    assert_eq!(Arc::strong_count(&token), 1, "grants and contexts are gone");
    assert_eq!(store.shared.table.user_codes.len(), 0);
    assert_eq!(store.shared.tenants.count(), 1, "tenants are gone");
    for (at, shard) in store.shared.table.shards.iter().enumerate() {
        assert!(shard.beside.list.is_empty() && !shard.beside.list.is_announced(), "{at}");
    }
    for index in 0..run.slots as u32 {
        assert!(store.shared.table.session(index).waiters().is_empty(), "{index}");
    }
    let bound = run.bound.map_or(run.slots, |bound| run.slots.min(bound as usize));
    let logins: Vec<_> =
        (0..bound).map(|_| store.initiate_with(LoginOptions::new().ttl(MS * 60_000)).unwrap()).collect();
    assert!(store.initiate().is_err());
    assert_eq!(store.sessions().len(), bound);
    drop(logins);
}

#[test]
fn everything_at_once_in_very_little_room() {
    let rounds = std::env::var("TURMOIL").map_or(300, |rounds| rounds.parse().unwrap());
    for slots in [1, 2, 4, 70] {
        for (retention, replay) in [(0, 0), (2, 0), (10, 5), (1000, 0), (1000, 3)] {
            for (ttl, bound, back) in [(4, None, 0), (8, Some(1), 0), (2, Some(2), 0), (4, Some(2), 5)] {
                turmoil(&Run { slots, retention, replay, ttl, bound, back }, rounds);
            }
        }
    }
}

/// Tasks wait for sessions that live long; others come and leave; those that stay are woken by the end.
#[test]
fn tasks_that_wait_are_woken_by_the_end() {
    let rounds = std::env::var("TURMOIL").map_or(300, |rounds| rounds.parse().unwrap());
    let store: Store = Store::builder().retention(Duration::ZERO).max_sessions(2).build().unwrap();
    let current = Mutex::new(Arc::new(store.initiate().unwrap()));
    let over = AtomicBool::new(false);
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while !over.load(Ordering::Relaxed) {
                    let login = current.lock().unwrap().clone();
                    let started = Instant::now();
                    drop(pollster::block_on(store.wait(&login.polling_code, MS * 20_000)));
                    assert!(started.elapsed() < MS * 10_000, "a wake-up was missed");
                }
            });
        }
        for _ in 0..2 {
            scope.spawn(|| {
                while !over.load(Ordering::Relaxed) {
                    let login = current.lock().unwrap().clone();
                    let mut wait = Box::pin(store.wait(&login.polling_code, MS * 20_000));
                    let _ = wait.as_mut().poll(&mut Context::from_waker(Waker::noop()));
                }
            });
        }
        for round in 0..rounds * 10 {
            let next = store.initiate().unwrap();
            let old = std::mem::replace(&mut *current.lock().unwrap(), Arc::new(next));
            if round % 3 == 0 {
                thread::yield_now();
            }
            if round % 2 == 0 {
                store.cancel(&old.polling_code).unwrap();
            } else {
                store.complete(&old.login_code, Arc::new(1)).unwrap();
                // Perhaps a waiter has taken it.
                drop(store.poll(&old.polling_code));
            }
        }
        over.store(true, Ordering::Relaxed);
        let last = current.lock().unwrap().clone();
        store.cancel(&last.polling_code).unwrap();
    });
}
