//! `wait`: who is woken, by what, and what is lost where nobody waits any more: nothing.

use std::future::Future;
use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::{Duration, Instant};

use crate::said::said;
use counterfoil::{Initiated, LoginOptions, Polled, SessionStore};

use crate::race::race;

type Store = SessionStore<u32>;

const SECOND: Duration = Duration::from_secs(1);
/// Nobody waits so long but who was forgotten.
const LONG: Duration = Duration::from_secs(60);

fn store() -> Store {
    Store::builder().build().unwrap()
}

/// What a waiter is told where `then` happens while it waits.
fn told(store: &Store, login: &Initiated, then: impl FnOnce()) -> &'static str {
    let started = Instant::now();
    let answer = thread::scope(|scope| {
        let waiting = scope.spawn(|| pollster::block_on(store.wait(&login.polling_code, LONG)));
        thread::sleep(Duration::from_millis(30));
        then();
        said(&waiting.join().unwrap())
    });
    assert!(started.elapsed() < LONG / 2, "it was woken, and did not wait for its time to run out");
    answer
}

#[test]
fn waiters_are_woken_by_what_settles_the_session() {
    let store = store();
    let login = store.initiate().unwrap();
    assert_eq!(told(&store, &login, || store.complete(&login.login_code, 1).unwrap()), "completed");
    let login = store.initiate().unwrap();
    assert_eq!(told(&store, &login, || store.deny(&login.login_code).unwrap()), "denied");
    let login = store.initiate().unwrap();
    assert_eq!(told(&store, &login, || store.cancel(&login.polling_code).unwrap()), "cancelled");
}

#[test]
fn waiters_are_told_of_the_expiry_swept_or_not() {
    let store = store();
    for swept in [false, true] {
        let _sweeper = swept.then(|| store.spawn_sweeper(Duration::from_millis(5)).unwrap());
        let login = store.initiate_with(LoginOptions::new().ttl(Duration::from_millis(100))).unwrap();
        assert_eq!(told(&store, &login, || ()), "expired");
    }
}

#[test]
fn what_is_settled_or_unknown_or_too_soon_is_told_at_once() {
    let store = Store::builder().poll_interval(LONG).build().unwrap();
    let login = store.initiate().unwrap();
    let wait = || said(&pollster::block_on(store.wait(&login.polling_code, LONG)));
    let started = Instant::now();
    assert_eq!(said(&store.for_tenant("other").poll(&login.polling_code)), "unknown");
    assert_eq!(said(&pollster::block_on(store.for_tenant("other").wait(&login.polling_code, LONG))), "unknown");
    assert_eq!(said(&store.poll(&login.polling_code)), "pending");
    assert_eq!(wait(), "slow down");
    store.complete(&login.login_code, 1).unwrap();
    assert_eq!(wait(), "completed");
    assert_eq!(wait(), "redeemed");
    assert!(started.elapsed() < LONG / 2);
}

#[test]
fn a_wait_ends_with_its_time() {
    let store = store();
    let login = store.initiate().unwrap();
    for millis in [0, 1, 50] {
        let started = Instant::now();
        let timeout = Duration::from_millis(millis);
        assert_eq!(said(&pollster::block_on(store.wait(&login.polling_code, timeout))), "pending");
        // The store's clock is coarse: its steps may be of ten milliseconds.
        assert!(started.elapsed() + Duration::from_millis(10) >= timeout);
        assert!(started.elapsed() < LONG / 2);
    }
}

#[test]
fn a_waiter_that_is_dropped_loses_nothing() {
    let store = store();
    let login = store.initiate().unwrap();
    let mut context = Context::from_waker(Waker::noop());
    {
        let mut waiting = pin!(store.wait(&login.polling_code, LONG));
        assert!(waiting.as_mut().poll(&mut context).is_pending());
    }
    {
        let mut waiting = pin!(store.wait(&login.polling_code, LONG));
        assert!(waiting.as_mut().poll(&mut context).is_pending());
        // Woken, and dropped before it has looked.
        store.complete(&login.login_code, 7).unwrap();
    }
    let mut waiting = pin!(store.wait(&login.polling_code, LONG));
    let Poll::Ready(Polled::Completed(grant)) = waiting.as_mut().poll(&mut context) else { panic!() };
    assert_eq!(grant, 7);
}

#[test]
fn of_many_waiters_on_one_code_exactly_one_gets_the_grant() {
    let store = store();
    for grant in 0..20 {
        let login = store.initiate().unwrap();
        let answers: Vec<_> = thread::scope(|scope| {
            let waiting: Vec<_> = (0..8)
                .map(|_| scope.spawn(|| said(&pollster::block_on(store.wait(&login.polling_code, LONG)))))
                .collect();
            thread::sleep(Duration::from_millis(5));
            store.complete(&login.login_code, grant).unwrap();
            waiting.into_iter().map(|waiter| waiter.join().unwrap()).collect()
        });
        assert_eq!(answers.iter().filter(|answer| **answer == "completed").count(), 1, "{answers:?}");
        assert_eq!(answers.iter().filter(|answer| **answer == "redeemed").count(), 7, "{answers:?}");
    }
}

#[test]
fn no_wakeup_is_lost() {
    let store = store();
    let logins: Vec<_> = (0..5000).map(|_| store.initiate().unwrap()).collect();
    let item = AtomicUsize::new(0);
    let answers = race(&logins, 2, |thread, login| {
        if thread == 0 {
            said(&pollster::block_on(store.wait(&login.polling_code, LONG)))
        } else {
            // A little later each time, so that every moment of the waiter's start has its turn.
            let delay = item.fetch_add(1, Ordering::Relaxed) % 500;
            (0..delay * 4).for_each(|_| std::hint::spin_loop());
            store.complete(&login.login_code, 1).unwrap();
            ""
        }
    });
    assert!(answers.iter().all(|answers| answers[0] == "completed"), "a waiter slept through a completion");
}

#[test]
fn a_wait_can_be_sent_to_another_thread() {
    fn sendable(_: &impl Send) {}
    let store = store();
    let login = store.initiate().unwrap();
    sendable(&store.wait(&login.polling_code, SECOND));
}
