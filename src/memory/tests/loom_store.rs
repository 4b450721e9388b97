//! The store's own verbs under loom: the word, the slots, the list of ended sessions, the books with their lock, and the
//! clock.
//!
//! `RUSTFLAGS="--cfg counterfoil_loom" cargo test --release --lib loom`. Unless `LOOM_MAX_PREEMPTIONS` says otherwise, with
//! at most two preemptions, or three.
//!
//! Modelled: everything that decides a session (see `loom_slot.rs`), each shard's mutex, the list and the hints beside the
//! books, and the manual clock, whose readings may be stale. Not modelled: the index of user codes and the registry of
//! tenants, which nothing here takes part in.

use std::time::Duration;

use loom::alloc::Track;
use loom::thread::{self, JoinHandle};

use super::explore::explore;
use crate::{
    ClaimError, CompleteError, Delivery, InitiateError, Initiated, LoginOptions, ManualClock, Polled, SessionStore,
    SettleError, State,
};

type Store = SessionStore<Track<u32>>;

const TTL: Duration = Duration::from_millis(10);
const WINDOW: Duration = Duration::from_millis(5);

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

fn complete(store: &Store, login: &Initiated, grant: u32) -> Result<(), SettleError> {
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
    // Looking again lets the other one finish here; `loom_slot.rs` has the one that is stopped in between.
    explore(2, &["Ok(()) Err(Completed)", "Err(Completed) Ok(())"], || {
        let (store, _clock, login) = once(TTL);
        let codes = login.clone();
        let other = beside(&store, move |store| complete(store, &codes, 2));
        let (one, two) = (complete(&store, &login, 1), other.join().unwrap());
        assert_eq!(poll(&store, &login), Ok(if one.is_ok() { 1 } else { 2 }));
        format!("{one:?} {two:?}")
    });
}

#[test]
fn who_is_told_completed_finds_it_completed() {
    explore(2, &["completed", "cancelled"], || {
        let (store, _clock, login) = once(TTL);
        let codes = login.clone();
        let other = beside(&store, move |store| complete(store, &codes, 1));
        match store.cancel(&login.polling_code) {
            Err(SettleError::Completed) => {
                assert_eq!(store.inspect(&login.login_code).unwrap().state, State::Completed);
                assert_eq!(poll(&store, &login), Ok(1), "poll once more to take it, as `cancel` says");
                assert_eq!(other.join().unwrap(), Ok(()));
                "completed".to_owned()
            }
            Ok(()) => {
                assert_eq!(other.join().unwrap(), Err(SettleError::Cancelled));
                "cancelled".to_owned()
            }
            other => panic!("{other:?}"),
        }
    });
}

#[test]
fn who_is_told_completed_is_told_of_a_completion_that_was() {
    let expected = ["Ok(()) Err(Denied)", "Err(Completed) Ok(())", "Err(Expired) Err(Expired)", "Err(Expired) Ok(())"];
    explore(2, &expected, || {
        let (store, clock, login) = once(TTL * 9);
        let codes = login.clone();
        let completing = beside(&store, move |store| complete(store, &codes, 1));
        let expiring = beside(&store, move |store| {
            clock.advance(TTL);
            store.sweep();
        });
        let denied = store.deny(&login.login_code);
        expiring.join().unwrap();
        format!("{denied:?} {:?}", completing.join().unwrap())
    });
}

#[test]
fn a_context_that_no_verb_claimed_goes_with_the_completion() {
    explore(2, &["claimed", "gone"], || {
        let clock = ManualClock::new();
        let store: SessionStore<Track<u32>, Track<u32>> =
            SessionStore::builder().ttl(TTL).max_sessions(1).clock(clock).build().unwrap();
        let login = store.initiate_with(LoginOptions::new().context(Track::new(0))).unwrap();
        let (theirs, codes) = (store.clone(), login.clone());
        let other = thread::spawn(move || theirs.complete(&codes.login_code, Track::new(1)).is_ok());
        let claimed = store.claim_context(&login.login_code);
        assert!(other.join().unwrap());
        assert!(matches!(claimed, Ok(_) | Err(ClaimError::NotPending(SettleError::Completed))));
        assert!(matches!(store.poll(&login.polling_code), Polled::Completed(_)));
        store.initiate().unwrap();
        if claimed.is_ok() { "claimed" } else { "gone" }.to_owned()
    });
}

#[test]
fn complete_beside_a_poll_that_is_noted() {
    explore(2, &["Ok(1)", "Err(\"Pending\")"], || {
        let clock = ManualClock::new();
        let builder = SessionStore::builder().ttl(TTL).poll_interval(WINDOW).max_sessions(1);
        let store: Store = builder.clock(clock).build().unwrap();
        let login = store.initiate().unwrap();
        let codes = login.clone();
        let other = beside(&store, move |store| poll(store, &codes));
        complete(&store, &login, 1).unwrap();
        let polled = other.join().unwrap();
        // One that was noted leaves the approval in place, and is not told to slow down.
        assert_eq!(poll(&store, &login), if polled.is_ok() { told("Redeemed") } else { Ok(1) });
        format!("{polled:?}")
    });
}

#[test]
fn deny_beside_cancel() {
    explore(2, &["Ok(()) Err(Denied)", "Err(Cancelled) Ok(())"], || {
        let (store, _clock, login) = once(TTL);
        let codes = login.clone();
        let other = beside(&store, move |store| store.cancel(&codes.polling_code));
        let (denied, cancelled) = (store.deny(&login.login_code), other.join().unwrap());
        assert_eq!(poll(&store, &login), told(if denied.is_ok() { "Denied" } else { "Cancelled" }));
        store.initiate().unwrap();
        format!("{denied:?} {cancelled:?}")
    });
}

/// Whichever came first decided: it was collected, or it expired; never the one for one and the other for another.
#[test]
fn poll_beside_poll_across_the_deadline() {
    let expected = ["Ok(1) Err(\"Redeemed\")", "Err(\"Expired\") Err(\"Expired\")"];
    explore(2, &expected, || {
        let (store, clock, login) = once(TTL * 9);
        complete(&store, &login, 1).unwrap();
        let codes = login.clone();
        let other = beside(&store, move |store| {
            clock.advance(TTL);
            poll(store, &codes)
        });
        let (one, two) = (poll(&store, &login), other.join().unwrap());
        format!("{one:?} {two:?}")
    });
}

/// Every verb that says *expired* has made it so: no grant comes out after.
#[test]
fn an_expiry_that_a_verb_tells_is_final() {
    type Verb = fn(&Store, &Initiated) -> bool;
    let verbs: [Verb; 4] = [
        |store, login| complete(store, login, 2) == Err(SettleError::Expired),
        |store, login| store.deny(&login.login_code) == Err(SettleError::Expired),
        |store, login| store.cancel(&login.polling_code) == Err(SettleError::Expired),
        |store, login| store.inspect(&login.login_code).is_some_and(|shown| shown.state == State::Expired),
    ];
    for verb in verbs {
        explore(2, &["expired: Err(\"Expired\")", "redeemed: Ok(1)"], move || {
            let (store, clock, login) = once(TTL * 9);
            complete(&store, &login, 1).unwrap();
            let codes = login.clone();
            // This thread may have read the clock before it moved.
            let other = beside(&store, move |store| poll(store, &codes));
            clock.advance(TTL);
            let expired = verb(&store, &login);
            let polled = other.join().unwrap();
            format!("{}: {polled:?}", if expired { "expired" } else { "redeemed" })
        });
    }
}

#[test]
fn poll_beside_a_sweep_at_the_deadline() {
    explore(2, &["Err(\"Expired\") 0", "Err(\"Expired\") 1", "Ok(1) 0"], || {
        let (store, clock, login) = once(TTL * 9);
        complete(&store, &login, 1).unwrap();
        let codes = login.clone();
        let other = beside(&store, move |store| poll(store, &codes));
        clock.advance(TTL);
        let swept = store.sweep();
        let polled = other.join().unwrap();
        assert_eq!(poll(&store, &login), if polled.is_ok() { told("Redeemed") } else { told("Expired") });
        let stats = store.stats();
        // Counted once, and rightly, whichever of the two it was.
        let counts = (stats.redeemed, stats.expired, stats.uncollected, stats.completed);
        assert_eq!(counts, if polled.is_ok() { (1, 0, 0, 0) } else { (0, 1, 1, 0) });
        // The tenant's one place is free again, however it ended.
        store.initiate().unwrap();
        format!("{polled:?} {}", swept.expired)
    });
}

#[test]
fn complete_beside_expiry_and_another_session_in_the_slot() {
    let expected =
        ["Ok(()) at once", "Err(Unknown) later", "Err(Expired) at once", "Err(Expired) later", "Err(Unknown) at once"];
    explore(2, &expected, || {
        let (store, clock, login) = once(Duration::ZERO);
        let codes = login.clone();
        let other = beside(&store, move |store| complete(store, &codes, 1));
        clock.advance(TTL);
        store.sweep();
        let next = store.initiate();
        let completed = other.join().unwrap();
        // A completer in the middle of the slot keeps it, and nothing else does.
        let at_once = next.is_ok();
        let next = next.or_else(|_| store.initiate()).unwrap();
        assert_eq!(store.inspect(&next.login_code).unwrap().state, State::Pending);
        assert_eq!(complete(&store, &login, 2), Err(SettleError::Unknown));
        assert_eq!(complete(&store, &next, 3), Ok(()));
        assert_eq!(poll(&store, &next), Ok(3));
        format!("{completed:?} {}", if at_once { "at once" } else { "later" })
    });
}

#[test]
fn deny_beside_a_sweep_at_the_deadline() {
    explore(2, &["Ok(())", "Err(Expired)"], || {
        let (store, clock, login) = once(TTL * 9);
        let codes = login.clone();
        let other = beside(&store, move |store| store.deny(&codes.login_code));
        clock.advance(TTL);
        store.sweep();
        let denied = other.join().unwrap();
        assert_eq!(poll(&store, &login), told(if denied.is_ok() { "Denied" } else { "Expired" }));
        clock.advance(TTL * 9);
        // It stands in the books once: one place to forget, and then none.
        assert_eq!(store.sweep().forgotten, 1);
        store.initiate().unwrap();
        assert!(store.initiate().is_err());
        format!("{denied:?}")
    });
}

#[test]
fn initiate_beside_the_sweep_that_frees_the_only_slot() {
    explore(2, &["true 0", "true 1"], || {
        let (store, _clock, login) = once(Duration::ZERO);
        store.cancel(&login.polling_code).unwrap();
        let other = beside(&store, |store| store.sweep());
        // At every moment the slot is free or remembered, so there is room.
        let begun = store.initiate().is_ok();
        format!("{begun} {}", other.join().unwrap().forgotten)
    });
}

/// A thread that was told *denied* finds room, or is asked to try again at once; minutes are never named.
#[test]
fn initiate_beside_the_end_that_makes_room() {
    explore(2, &["pending", "denied, began"], || {
        let (store, _clock, login) = once(TTL);
        let codes = login.clone();
        let other = beside(&store, move |store| match poll(store, &codes) {
            Err(answer) if answer == "Denied" => match store.initiate() {
                Ok(_) => "denied, began",
                Err(InitiateError::Full { retry_after } | InitiateError::TenantFull { retry_after }) => {
                    assert_eq!(retry_after, Duration::from_millis(1));
                    "denied, at once"
                }
                Err(other) => panic!("{other}"),
            },
            answer => {
                assert_eq!(answer, told("Pending"));
                "pending"
            }
        });
        store.deny(&login.login_code).unwrap();
        other.join().unwrap().to_owned()
    });
}

/// The same if the tenant's bound refuses, and the table has room: the ends that make room there are counts.
#[test]
fn initiate_beside_the_end_that_makes_room_for_its_tenant() {
    type End = fn(&Store, &ManualClock, &Initiated);
    let ends: [End; 3] = [
        |store, _, login| store.deny(&login.login_code).unwrap(),
        |store, clock, _| {
            clock.advance(TTL);
            store.sweep();
        },
        |store, clock, login| {
            clock.advance(TTL);
            assert_eq!(store.deny(&login.login_code), Err(SettleError::Expired));
        },
    ];
    for end in ends {
        explore(2, &["pending", "over, began"], move || {
            let clock = ManualClock::new();
            let builder = SessionStore::builder().ttl(TTL).max_sessions(3).max_sessions_per_tenant(1);
            let store: Store = builder.clock(clock.clone()).build().unwrap();
            // Another tenant's session, which falls due much later.
            store.for_tenant("other").initiate_with(LoginOptions::new().ttl(TTL * 9)).unwrap();
            let login = store.initiate().unwrap();
            let codes = login.clone();
            let other = beside(&store, move |store| {
                if poll(store, &codes) == told("Pending") {
                    return "pending";
                }
                match store.initiate() {
                    Ok(_) => "over, began",
                    Err(other) => panic!("{other}"),
                }
            });
            end(&store, &clock, &login);
            other.join().unwrap().to_owned()
        });
    }
}

#[test]
fn initiate_beside_initiate_with_room_for_one() {
    explore(2, &["true false", "false true"], || {
        let clock = ManualClock::new();
        let store: Store = SessionStore::builder().ttl(TTL).max_sessions(1).clock(clock).build().unwrap();
        let login = store.initiate().unwrap();
        store.deny(&login.login_code).unwrap();
        let other = beside(&store, Store::initiate);
        let answers = [store.initiate(), other.join().unwrap()];
        let full = answers.iter().find_map(|answer| answer.as_ref().err());
        assert_eq!(full, Some(&InitiateError::Full { retry_after: TTL }));
        format!("{} {}", answers[0].is_ok(), answers[1].is_ok())
    });
}

#[test]
fn a_replay_beside_the_sweep_that_wipes_its_grant() {
    explore(2, &["Ok(1)", "Err(\"Redeemed\")"], || {
        // `Track` cannot be cloned, and a replay need not clone: it makes a new grant from the one in place.
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
        store.sweep();
        let polled = other.join().unwrap();
        assert_eq!(poll(&store, &login), told("Redeemed"));
        format!("{polled:?}")
    });
}

/// Two ends at once, of which one helps to enter them: each is entered once.
#[test]
fn two_ends_beside_the_books() {
    explore(2, &["2 2"], || {
        let clock = ManualClock::new();
        let store: Store = SessionStore::builder().ttl(TTL).max_sessions(2).clock(clock).build().unwrap();
        let logins = [(); 2].map(|()| store.initiate().unwrap());
        let codes = logins[0].clone();
        let other = beside(&store, move |store| store.deny(&codes.login_code).unwrap());
        store.cancel(&logins[1].polling_code).unwrap();
        let early = store.stats();
        assert!(early.denied <= 1 && early.cancelled == 1);
        other.join().unwrap();
        let stats = store.stats();
        let begun = (0..3).filter(|_| store.initiate().is_ok()).count();
        format!("{} {begun}", stats.remembered)
    });
}
