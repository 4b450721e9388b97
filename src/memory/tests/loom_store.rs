//! The store's own verbs under loom: the word, the slots, and the books with their lock.
//!
//! `RUSTFLAGS="--cfg counterfoil_loom" cargo test --release --lib loom`. Unless `LOOM_MAX_PREEMPTIONS` says otherwise, with
//! at most two preemptions, or three.
//!
//! Modelled: everything that decides a session (see `slot/loom.rs`), each shard's mutex, and the hints beside the books.
//! Not modelled: the clock (the standard library's atomic here as ever: read as of the moment, never stale); the index
//! of user codes, the registry of tenants and the waiters, which nothing here takes part in.

use std::time::Duration;

use loom::alloc::Track;
use loom::thread::{self, JoinHandle};

use crate::{
    ClaimError, CompleteError, Delivery, InitiateError, Initiated, Login, ManualClock, NotPending, Polled,
    SessionStore, State,
};

type Store = SessionStore<Track<u32>>;

const TTL: Duration = Duration::from_millis(10);
const WINDOW: Duration = Duration::from_millis(5);

fn check(test: impl Fn() + Sync + Send + 'static) {
    check_within(2, test);
}

fn check_within(preemptions: usize, test: impl Fn() + Sync + Send + 'static) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = builder.preemption_bound.or(Some(preemptions));
    builder.check(test);
}

/// A store of one slot and a login in it.
fn one(retention: Duration, delivery: Delivery<Track<u32>>) -> (Store, ManualClock, Initiated) {
    let clock = ManualClock::new();
    let builder = SessionStore::builder().ttl(TTL).retention(retention).max_sessions(1).max_sessions_per_tenant(1);
    let store = builder.delivery(delivery).clock(clock.clone()).build().unwrap();
    let login = store.initiate().unwrap();
    (store, clock, login)
}

fn once(retention: Duration) -> (Store, ManualClock, Initiated) {
    one(retention, Delivery::once())
}

fn beside<R: 'static>(store: &Store, act: impl FnOnce(&Store) -> R + 'static) -> JoinHandle<R> {
    let store = store.clone();
    thread::spawn(move || act(&store))
}

fn complete(store: &Store, login: &Initiated, grant: u32) -> Result<(), NotPending> {
    store.complete(&login.login_code, Track::new(grant)).map_err(|CompleteError { grant: back, reason }| {
        assert_eq!(*back.get_ref(), grant);
        reason
    })
}

fn poll(store: &Store, login: &Initiated) -> Result<u32, String> {
    match store.poll(&login.polling_code) {
        Polled::Completed(grant) => Ok(*grant.get_ref()),
        other => Err(format!("{other:?}").split(' ').next().unwrap_or_default().to_owned()),
    }
}

fn told(answer: &str) -> Result<u32, String> {
    Err(answer.to_owned())
}

#[test]
fn complete_beside_complete() {
    check(|| {
        let (store, _clock, login) = once(TTL);
        let codes = login.clone();
        let other = beside(&store, move |store| complete(store, &codes, 2));
        let (one, two) = (complete(&store, &login, 1), other.join().unwrap());
        let lost = Err(NotPending::Completed);
        assert!((one, two) == (Ok(()), lost) || (one, two) == (lost, Ok(())), "{one:?} {two:?}");
        assert_eq!(poll(&store, &login), Ok(if one.is_ok() { 1 } else { 2 }));
    });
}

#[test]
fn who_is_told_completed_finds_it_completed() {
    check(|| {
        let (store, _clock, login) = once(TTL);
        let codes = login.clone();
        let other = beside(&store, move |store| complete(store, &codes, 1));
        match store.cancel(&login.polling_code) {
            Err(NotPending::Completed) => {
                assert_eq!(store.inspect(&login.login_code).unwrap().state, State::Completed);
                assert_eq!(poll(&store, &login), Ok(1), "poll once more to take it, as `cancel` says");
                assert_eq!(other.join().unwrap(), Ok(()));
            }
            Ok(()) => assert_eq!(other.join().unwrap(), Err(NotPending::Cancelled)),
            other => panic!("{other:?}"),
        }
    });
}

#[test]
fn who_is_told_completed_is_told_of_a_completion_that_was() {
    check_within(3, || {
        let (store, clock, login) = once(TTL * 9);
        let codes = login.clone();
        let completing = beside(&store, move |store| complete(store, &codes, 1));
        let codes = login.clone();
        let expiring = beside(&store, move |store| {
            clock.advance(TTL);
            store.sweep(store.now());
        });
        let denied = store.deny(&codes.login_code);
        expiring.join().unwrap();
        let completed = completing.join().unwrap();
        match denied {
            Err(NotPending::Completed) => assert_eq!(completed, Ok(())),
            Ok(()) => assert!(matches!(completed, Err(NotPending::Denied | NotPending::Expired)), "{completed:?}"),
            other => assert_eq!(other, Err(NotPending::Expired)),
        }
    });
}

#[test]
fn a_context_that_nobody_claimed_goes_with_the_completion() {
    check(|| {
        let clock = ManualClock::new();
        let store: SessionStore<Track<u32>, Track<u32>> =
            SessionStore::builder().ttl(TTL).max_sessions(1).clock(clock).build().unwrap();
        let login = store.initiate_with(Login::new().context(Track::new(0))).unwrap();
        let (theirs, codes) = (store.clone(), login.clone());
        let other = thread::spawn(move || theirs.complete(&codes.login_code, Track::new(1)).is_ok());
        let claimed = store.claim_context(&login.login_code);
        assert!(other.join().unwrap());
        assert!(matches!(claimed, Ok(_) | Err(ClaimError::NotPending(NotPending::Completed))));
        assert!(matches!(store.poll(&login.polling_code), Polled::Completed(_)));
        store.initiate().unwrap();
    });
}

#[test]
fn complete_beside_a_poll_that_is_noted() {
    check(|| {
        let clock = ManualClock::new();
        let builder = SessionStore::builder().ttl(TTL).poll_interval(WINDOW).max_sessions(1);
        let store: Store = builder.clock(clock).build().unwrap();
        let login = store.initiate().unwrap();
        let codes = login.clone();
        let other = beside(&store, move |store| poll(store, &codes));
        complete(&store, &login, 1).unwrap();
        match other.join().unwrap() {
            Ok(grant) => assert_eq!((grant, poll(&store, &login)), (1, told("Used"))),
            // Noted, and the approval is still there; and it is not told to slow down.
            pending => assert_eq!((pending, poll(&store, &login)), (told("Pending"), Ok(1))),
        }
    });
}

#[test]
fn deny_beside_cancel() {
    check(|| {
        let (store, _clock, login) = once(TTL);
        let codes = login.clone();
        let other = beside(&store, move |store| store.cancel(&codes.polling_code));
        match (store.deny(&login.login_code), other.join().unwrap()) {
            (Ok(()), Err(NotPending::Denied)) => assert_eq!(poll(&store, &login), told("Denied")),
            (Err(NotPending::Cancelled), Ok(())) => assert_eq!(poll(&store, &login), told("Cancelled")),
            answers => panic!("{answers:?}"),
        }
        store.initiate().unwrap();
    });
}

#[test]
fn poll_beside_poll_across_the_deadline() {
    check(|| {
        let (store, clock, login) = once(TTL * 9);
        complete(&store, &login, 1).unwrap();
        let codes = login.clone();
        let other = beside(&store, move |store| {
            clock.advance(TTL);
            poll(store, &codes)
        });
        let answers = (poll(&store, &login), other.join().unwrap());
        // Whoever came first decided: it was collected, or it expired; never the one for one and the other for another.
        assert!(answers == (Ok(1), told("Used")) || answers == (told("Expired"), told("Expired")), "{answers:?}");
    });
}

#[test]
fn poll_beside_a_sweep_at_the_deadline() {
    check(|| {
        let (store, clock, login) = once(TTL * 9);
        complete(&store, &login, 1).unwrap();
        let codes = login.clone();
        let other = beside(&store, move |store| poll(store, &codes));
        clock.advance(TTL);
        let swept = store.sweep(store.now());
        let polled = other.join().unwrap();
        // The poll may have found it expired itself; only then is there nothing left for the sweep.
        assert!(polled == told("Expired") || polled == Ok(1) && swept.expired == 0, "{polled:?} {swept:?}");
        assert_eq!(poll(&store, &login), if polled.is_ok() { told("Used") } else { told("Expired") });
        // The tenant's one place is free again, however it ended.
        store.initiate().unwrap();
    });
}

#[test]
fn complete_beside_expiry_and_another_session_in_the_slot() {
    check(|| {
        let (store, clock, login) = once(Duration::ZERO);
        let codes = login.clone();
        let other = beside(&store, move |store| complete(store, &codes, 1));
        clock.advance(TTL);
        store.sweep(store.now());
        let next = store.initiate();
        let completed = other.join().unwrap();
        assert!(matches!(completed, Ok(()) | Err(NotPending::Expired | NotPending::Unknown)), "{completed:?}");
        // A completer in the middle of the slot keeps it, and nothing else does.
        let next = next.or_else(|_| store.initiate()).unwrap();
        assert_eq!(store.inspect(&next.login_code).unwrap().state, State::Pending);
        assert_eq!(complete(&store, &login, 2), Err(NotPending::Unknown));
        assert_eq!(complete(&store, &next, 3), Ok(()));
        assert_eq!(poll(&store, &next), Ok(3));
    });
}

#[test]
fn deny_beside_a_sweep_at_the_deadline() {
    check(|| {
        let (store, clock, login) = once(TTL * 9);
        let codes = login.clone();
        let other = beside(&store, move |store| store.deny(&codes.login_code));
        clock.advance(TTL);
        store.sweep(store.now());
        let denied = other.join().unwrap();
        assert_eq!(poll(&store, &login), told(if denied.is_ok() { "Denied" } else { "Expired" }));
        clock.advance(TTL * 9);
        // It stands in the books once: one place to forget, and then none.
        assert_eq!(store.sweep(store.now()).forgotten, 1);
        store.initiate().unwrap();
        assert!(store.initiate().is_err());
    });
}

#[test]
fn initiate_beside_the_sweep_that_frees_the_only_slot() {
    check(|| {
        let (store, _clock, login) = once(Duration::ZERO);
        store.cancel(&login.polling_code).unwrap();
        let other = beside(&store, |store| store.sweep(store.now()));
        // At every moment the slot is free or remembered, so there is room.
        store.initiate().unwrap();
        other.join().unwrap();
    });
}

#[test]
fn initiate_beside_initiate_with_room_for_one() {
    check(|| {
        let clock = ManualClock::new();
        let store: Store = SessionStore::builder().ttl(TTL).max_sessions(1).clock(clock).build().unwrap();
        let login = store.initiate().unwrap();
        store.deny(&login.login_code).unwrap();
        let other = beside(&store, Store::initiate);
        let answers = [store.initiate(), other.join().unwrap()];
        assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1);
        let full = answers.iter().find_map(|answer| answer.as_ref().err());
        assert_eq!(full, Some(&InitiateError::Full { retry_after: TTL }));
    });
}

#[test]
fn a_replay_beside_the_sweep_that_wipes_its_grant() {
    check(|| {
        // `Track` cannot be cloned, and a replay need not clone: it answers a new grant made from the one in place.
        let delivery = Delivery {
            replay: Some(crate::delivery::Replay {
                window: WINDOW,
                clone: |grant: &Track<u32>| Track::new(*grant.get_ref()),
            }),
        };
        let (store, clock, login) = one(TTL, delivery);
        complete(&store, &login, 1).unwrap();
        assert_eq!(poll(&store, &login), Ok(1));
        let codes = login.clone();
        let other = beside(&store, move |store| poll(store, &codes));
        clock.advance(WINDOW);
        store.sweep(store.now());
        let polled = other.join().unwrap();
        assert!(polled == Ok(1) || polled == told("Used"), "{polled:?}");
        store.sweep(store.now());
        assert_eq!(poll(&store, &login), told("Used"));
    });
}
