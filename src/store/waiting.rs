//! What the list of waiters keeps: nothing, once the sessions are settled.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use crate::{Login, Polled, SessionStore};

type Store = SessionStore<u32>;

const LONG: Duration = Duration::from_secs(60);

#[test]
fn nothing_is_kept_of_waiters_whose_sessions_are_settled() {
    const ROUNDS: usize = 20_000;
    let store: Store = Store::builder().build().unwrap();
    let logins: Vec<_> = (0..ROUNDS).map(|_| store.initiate().unwrap()).collect();
    let (waiting, completing) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let meet = |mine: &AtomicUsize, theirs: &AtomicUsize, round: usize| {
        mine.store(round, Ordering::SeqCst);
        let mut spins = 0;
        while theirs.load(Ordering::SeqCst) < round {
            spins += 1;
            if spins > 1000 { thread::yield_now() } else { std::hint::spin_loop() }
        }
    };
    thread::scope(|scope| {
        scope.spawn(|| {
            for (round, login) in logins.iter().enumerate() {
                meet(&completing, &waiting, round + 1);
                // Later and later, over the time that a waiter takes to begin.
                (0..round % 400).for_each(|_| std::hint::spin_loop());
                store.complete(&login.login_code, 1).unwrap();
            }
        });
        for (round, login) in logins.iter().enumerate() {
            meet(&waiting, &completing, round + 1);
            let answer = pollster::block_on(store.wait(&login.polling_code, LONG));
            assert!(matches!(answer, Polled::Completed(1)));
        }
    });
    assert_eq!(store.shared.table.waiters.count(), 0);
}

#[test]
fn nothing_is_kept_of_waiters_that_gave_up_once_the_session_is_over() {
    let store: Store = Store::builder().max_sessions(10).build().unwrap();
    let wait = |login: &crate::Initiated| {
        let answer = pollster::block_on(store.wait(&login.polling_code, Duration::from_millis(1)));
        assert!(matches!(answer, Polled::Pending { .. }));
    };
    let [completed, denied, cancelled] = [(); 3].map(|()| store.initiate().unwrap());
    let expiring = store.initiate_with(Login::new().ttl(Duration::from_secs(1000))).unwrap();
    for login in [&completed, &denied, &cancelled, &expiring] {
        wait(login);
        wait(login);
    }
    assert_eq!(store.shared.table.waiters.count(), 4);
    store.complete(&completed.login_code, 1).unwrap();
    store.deny(&denied.login_code).unwrap();
    store.cancel(&cancelled.polling_code).unwrap();
    store.sweep(store.now() + Duration::from_secs(1001));
    assert_eq!(store.shared.table.waiters.count(), 0);
}
