//! What the verbs promise about locks, with every lock of the table held by a thread that has stalled.

use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use crate::memory::slot::{Reserve, Side};
use crate::memory::table::Place;
use crate::{
    ClaimError, Delivery, Details, InitiateError, Initiated, LoginOptions, ManualClock, Polled, SessionStore,
    SettleError, Source, State,
};

type Store = SessionStore<u32, &'static str>;

/// Long enough for any of the verbs on any machine; one that waits for a lock is not back by then.
const LONG: Duration = Duration::from_secs(10);
const SHORT: Duration = Duration::from_millis(200);

/// Whether `act` comes back within `patience` while every lock is held.
fn returns(store: &Store, patience: Duration, act: impl FnOnce(&Store) + Send + 'static) -> bool {
    let (done, is_done) = mpsc::channel();
    let acting = store.clone();
    let stalled = || {
        let thread = thread::spawn(move || {
            act(&acting);
            // The other end is gone if it came back too late.
            let _ = done.send(());
        });
        (is_done.recv_timeout(patience) != Err(RecvTimeoutError::Timeout), thread)
    };
    let (returned, thread) = store.shared.table.stall(|| store.shared.sources.stall(stalled));
    // The locks are free again, so it ends in any case.
    thread.join().unwrap();
    returned
}

/// With all that a session can have, but what would make a poll carry more.
fn login(store: &Store) -> Initiated {
    let options = LoginOptions::new().context("scopes").source([192, 0, 2, 1]).details(Details::new().scope("read"));
    store.initiate_with(options).unwrap()
}

fn stores() -> [Store; 2] {
    [Store::builder(), Store::builder().poll_interval(SHORT).max_sessions_per_tenant(900)].map(|b| b.build().unwrap())
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

/// More sessions than a shard lists before a thread tries to enter them.
#[test]
fn no_verb_that_ends_a_session_takes_a_lock() {
    for store in stores() {
        let begun: Vec<_> = (0..100).map(|_| login(&store)).collect();
        assert!(returns(&store, LONG, move |store| {
            for (at, login) in begun.iter().enumerate() {
                match at % 4 {
                    0 => store.deny(&login.login_code).unwrap(),
                    1 => store.cancel(&login.polling_code).unwrap(),
                    _ => {
                        store.complete(&login.login_code, 7).unwrap();
                        assert!(matches!(store.poll(&login.polling_code), Polled::Completed(7)));
                        assert!(matches!(store.poll(&login.polling_code), Polled::Redeemed));
                    }
                }
            }
        }));
        let stats = store.stats();
        assert_eq!((stats.denied, stats.cancelled, stats.redeemed, stats.pending), (25, 25, 50, 0));
    }
}

#[test]
fn a_replay_takes_no_lock() {
    let store = Store::builder().delivery(Delivery::replay(LONG)).build().unwrap();
    let begun: Vec<_> = (0..40).map(|_| login(&store)).collect();
    assert!(returns(&store, LONG, move |store| {
        for login in begun {
            store.complete(&login.login_code, 7).unwrap();
            for _ in 0..2 {
                assert!(matches!(store.poll(&login.polling_code), Polled::Completed(7)));
            }
        }
    }));
}

#[test]
fn an_expiry_that_a_verb_notes_takes_no_lock() {
    let clock = ManualClock::new();
    let store = Store::builder().ttl(LONG).max_sessions_per_tenant(9).clock(clock.clone()).build().unwrap();
    let [one, two, three] = [(); 3].map(|()| login(&store));
    store.complete(&two.login_code, 7).unwrap();
    clock.advance(LONG);
    assert!(returns(&store, LONG, move |store| {
        assert_eq!(store.complete(&one.login_code, 7).map_err(|error| error.reason), Err(SettleError::Expired));
        assert!(matches!(store.poll(&two.polling_code), Polled::Expired));
        assert_eq!(store.deny(&three.login_code), Err(SettleError::Expired));
    }));
}

#[test]
fn inspect_and_claim_context_take_no_lock() {
    for store in stores() {
        let begun = login(&store);
        assert!(returns(&store, LONG, move |store| {
            assert!(store.inspect(&begun.login_code).unwrap().has_context);
            assert_eq!(store.context(&begun.login_code), Ok("scopes"));
            assert_eq!(store.claim_context(&begun.login_code), Ok("scopes"));
            assert!(!store.inspect(&begun.login_code).unwrap().has_context);
        }));
    }
}

#[test]
fn a_thread_that_is_stopped_while_it_looks_at_a_context_delays_nobody() {
    let store = Store::builder().build().unwrap();
    let begun: Vec<_> = (0..5).map(|_| login(&store)).collect();
    // The means of cloning, as the first look leaves them.
    assert_eq!(store.context(&begun[0].login_code), Ok("scopes"));
    let reading = |login: &Initiated| {
        let session = store.shared.table.place(&login.login_code.0).session;
        session.read_context(&session.view(Side::Login, &login.login_code.0.proof, 0).unwrap()).unwrap()
    };
    let holds: Vec<_> = begun.iter().map(reading).collect();
    assert_eq!(store.context(&begun[0].login_code), Ok("scopes"));
    assert_eq!(store.claim_context(&begun[0].login_code), Ok("scopes"));
    assert_eq!(store.claim_context(&begun[0].login_code), Err(ClaimError::NoContext));
    assert_eq!(store.context(&begun[0].login_code), Err(ClaimError::NoContext));
    store.complete(&begun[1].login_code, 7).unwrap();
    assert!(matches!(store.poll(&begun[1].polling_code), Polled::Completed(7)));
    assert_eq!(store.deny(&begun[2].login_code), Ok(()));
    assert_eq!(store.cancel(&begun[3].polling_code), Ok(()));
    // Each reads on what was there when it began.
    assert!(holds.iter().all(|hold| hold.copy_context(|context| *context) == Some("scopes")));
    drop(holds);
    assert_eq!(store.claim_context(&begun[4].login_code), Ok("scopes"), "it was left to be claimed");
}

/// The thread that completes a session wakes the tasks that wait for it, and those find their grant.
#[cfg(feature = "wait")]
#[test]
fn a_wait_and_its_waking_take_no_lock() {
    for store in stores() {
        let begun = login(&store);
        assert!(returns(&store, LONG, move |store| {
            thread::scope(|scope| {
                let waiting = scope.spawn(|| pollster::block_on(store.wait(&begun.polling_code, LONG)));
                thread::sleep(SHORT);
                store.complete(&begun.login_code, 7).unwrap();
                assert!(matches!(waiting.join().unwrap(), Polled::Completed(7)));
            });
        }));
    }
}

/// What a thread leaves that stops in the middle of a verb: the word swapped and the slot not listed, the grant's cell
/// reserved and not filled, a pin held.
#[test]
fn threads_stopped_in_the_middle_of_every_verb_hold_up_their_own_session_only() {
    let store = Store::builder().max_sessions(8).poll_interval(SHORT).build().unwrap();
    let table = &store.shared.table;
    let begun: Vec<_> = (0..8).map(|_| login(&store)).collect();
    let now = store.shared.time.now();
    let find = |login: &Initiated| {
        let Place { index, session, .. } = table.place(&login.login_code.0);
        (index, session, session.view(Side::Login, &login.login_code.0.proof, 0).unwrap())
    };
    // One is stopped while it completes,
    let (_, session, view) = find(&begun[0]);
    let Reserve::Held(completing) = session.reserve(&view) else { panic!("it is pending") };
    // one while it denies, between the word and the list,
    let (index, session, view) = find(&begun[1]);
    let denying = table.shard_of(index).0.beside.list.announce();
    drop(session.end(&view, State::Denied, now).unwrap());
    // one while it redeems, likewise,
    store.complete(&begun[2].login_code, 7).unwrap();
    let (index, session, view) = find(&begun[2]);
    let redeeming = table.shard_of(index).0.beside.list.announce();
    drop(session.end(&view, State::Redeemed, now).unwrap());
    // one while it takes a context, one that has only announced what it is about to do.
    let (_, session, view) = find(&begun[3]);
    let claiming = session.claim_context(&view).unwrap();
    let announcing = table.shard_of(0).0.beside.list.announce();

    // Every caller is told the truth about their sessions at once.
    let again = store.complete(&begun[0].login_code, 8).unwrap_err();
    assert_eq!((again.grant, again.reason), (8, SettleError::Completing));
    assert!(matches!(store.poll(&begun[0].polling_code), Polled::Pending { .. }));
    assert_eq!(store.deny(&begun[0].login_code), Ok(()), "a deny is not held up");
    assert!(matches!(store.poll(&begun[1].polling_code), Polled::Denied));
    assert!(matches!(store.poll(&begun[2].polling_code), Polled::Redeemed));
    assert_eq!(store.claim_context(&begun[3].login_code), Err(ClaimError::NoContext));
    assert_eq!(store.cancel(&begun[3].polling_code), Ok(()));
    // The other sessions go through all of their lives, and new ones begin in the room that they leave.
    store.deny(&begun[4].login_code).unwrap();
    for _ in 0..100 {
        let login = login(&store);
        store.complete(&login.login_code, 9).unwrap();
        assert!(matches!(store.poll(&login.polling_code), Polled::Completed(9)));
    }
    store.sweep();
    assert_eq!(store.stats().redeemed, 100, "the one that is stopped is not counted yet");
    assert!(matches!(store.poll(&begun[1].polling_code), Polled::Denied), "nor has its slot been given away");

    // When they go on, everything is as it would have been.
    assert_eq!(completing.publish(10, None).err(), Some(10));
    for (denied, ending) in [(1, denying), (2, redeeming)] {
        let (index, session, _) = find(&begun[denied]);
        let (_, slot) = table.shard_of(index);
        ending.list(slot, session.link());
    }
    drop((claiming, announcing));
    let stats = store.stats();
    assert_eq!((stats.denied, stats.redeemed, stats.cancelled), (3, 101, 1));
    assert_eq!((stats.pending, stats.completed), (3, 0));
}

/// A full store in which all that is over is still being written down: there will be room in a moment.
#[test]
fn a_full_store_with_an_ending_under_way_asks_to_try_again_at_once() {
    let store = Store::builder().max_sessions(1).build().unwrap();
    let table = &store.shared.table;
    let begun = login(&store);
    let Place { index, session, .. } = table.place(&begun.login_code.0);
    let view = session.view(Side::Login, &begun.login_code.0.proof, 0).unwrap();
    let ending = table.shard_of(index).0.beside.list.announce();
    drop(session.end(&view, State::Denied, store.shared.time.now()).unwrap());
    assert!(matches!(store.poll(&begun.polling_code), Polled::Denied));
    let soon = InitiateError::Full { retry_after: Duration::from_millis(1) };
    assert_eq!(store.initiate().err(), Some(soon));
    ending.list(table.shard_of(index).1, session.link());
    assert!(store.initiate().is_ok());
}

/// The tests above could not fail if the stall did not stall.
#[test]
fn the_stall_holds_every_lock_that_there_is() {
    for store in stores() {
        login(&store);
        assert!(!returns(&store, SHORT, |store| drop(store.initiate())));
        assert!(!returns(&store, SHORT, |store| _ = store.stats()));
        assert!(!returns(&store, SHORT, |store| drop(store.sessions())));
        assert!(!returns(&store, SHORT, |store| drop(store.for_tenant("new"))));
        let user_code = store.initiate_with(LoginOptions::new().user_code()).unwrap().user_code.unwrap();
        assert!(!returns(&store, SHORT, move |store| drop(store.resolve(&user_code, Source::UNKNOWN))));
    }
}
