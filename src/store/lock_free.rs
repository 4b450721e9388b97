//! What the verbs promise about locks, with every lock of the table held by a thread that has stalled.

use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use crate::{Initiated, Login, Polled, SessionStore};

type Store = SessionStore<u32, &'static str>;

/// Long enough for any of the verbs on any machine; one that waits for a lock is not back by then.
const LONG: Duration = Duration::from_secs(10);
const SHORT: Duration = Duration::from_millis(200);

/// Whether `act` comes back within `patience` while every lock is held.
fn returns(store: &Store, patience: Duration, act: impl FnOnce(&Store) + Send + 'static) -> bool {
    let (done, is_done) = mpsc::channel();
    let acting = store.clone();
    let (returned, thread) = store.shared.table.stall(|| {
        let thread = thread::spawn(move || {
            act(&acting);
            // Nobody listens any more where it came back too late.
            let _ = done.send(());
        });
        (is_done.recv_timeout(patience) != Err(RecvTimeoutError::Timeout), thread)
    });
    // The locks are free again, so it ends in any case.
    thread.join().unwrap();
    returned
}

fn login(store: &Store) -> Initiated {
    store.initiate_with(Login::new().context("scopes")).unwrap()
}

fn stores() -> [Store; 2] {
    [Store::builder(), Store::builder().poll_interval(SHORT).max_sessions_per_tenant(9)].map(|b| b.build().unwrap())
}

#[test]
fn complete_takes_no_lock() {
    for store in stores() {
        let begun = login(&store);
        assert!(returns(&store, LONG, move |store| store.complete(&begun.login_code, 7).unwrap()));
        let begun = login(&store);
        store.deny(&begun.login_code).unwrap();
        assert!(returns(&store, LONG, move |store| assert!(store.complete(&begun.login_code, 7).is_err())));
    }
}

#[test]
fn a_poll_of_a_pending_session_takes_no_lock() {
    for store in stores() {
        let begun = login(&store);
        assert!(returns(&store, LONG, move |store| {
            assert!(matches!(store.poll(&begun.polling_code), Polled::Pending { .. }));
        }));
    }
}

#[test]
fn polls_of_ended_and_unknown_sessions_take_no_lock() {
    for store in stores() {
        let (begun, other) = (login(&store), login(&stores()[0]));
        store.deny(&begun.login_code).unwrap();
        assert!(returns(&store, LONG, move |store| {
            assert!(matches!(store.poll(&begun.polling_code), Polled::Denied));
            assert!(matches!(store.poll(&other.polling_code), Polled::Unknown));
        }));
    }
}

#[test]
fn inspect_and_claim_context_take_no_lock() {
    for store in stores() {
        let begun = login(&store);
        assert!(returns(&store, LONG, move |store| {
            assert!(store.inspect(&begun.login_code).unwrap().has_context);
            assert_eq!(store.claim_context(&begun.login_code), Ok("scopes"));
            assert!(!store.inspect(&begun.login_code).unwrap().has_context);
        }));
    }
}

/// The tests above could not fail if the stall did not stall.
#[test]
fn the_stall_holds_every_lock_that_there_is() {
    for store in stores() {
        let begun = login(&store);
        assert!(!returns(&store, SHORT, move |store| store.deny(&begun.login_code).unwrap()));
        assert!(!returns(&store, SHORT, |store| drop(store.initiate())));
        assert!(!returns(&store, SHORT, |store| drop(store.tenant("new"))));
        let user_code = store.initiate_with(Login::new().user_code()).unwrap().user_code.unwrap();
        assert!(!returns(&store, SHORT, move |store| drop(store.resolve(&user_code, "source"))));
    }
}
