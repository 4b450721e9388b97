//! Making room, and sweeping, while threads are busy with the sessions that would go first.

use std::time::Duration;

use crate::memory::slot::{Hold, Side};
use crate::{Delivery, InitiateError, Initiated, LoginOptions, ManualClock, SessionStore};

type Store = SessionStore<u32, ()>;
type Pin<'a> = Hold<'a, u32, ()>;

const TICK: Duration = Duration::from_millis(1);
const TTL: Duration = Duration::from_secs(100);
const SOON: InitiateError = InitiateError::Full { retry_after: TICK };

/// A full store, its logins in the order of their slots; of one shard or of several.
fn full(sessions: usize) -> (Store, ManualClock, Vec<Initiated>) {
    let clock = ManualClock::new();
    let builder = Store::builder().ttl(TTL).retention(TTL * 9).delivery(Delivery::replay(TTL)).max_sessions(sessions);
    let store = builder.clock(clock.clone()).build().unwrap();
    let mut logins: Vec<_> =
        (0..sessions).map(|_| store.initiate_with(LoginOptions::new().context(())).unwrap()).collect();
    logins.sort_by_key(|login| index(&store, login));
    assert!(matches!(store.initiate(), Err(InitiateError::Full { .. })));
    (store, clock, logins)
}

fn index(store: &Store, login: &Initiated) -> u32 {
    store.shared.table.place(&login.login_code.0).index
}

fn is_known(store: &Store, login: &Initiated) -> bool {
    store.inspect(&login.login_code).is_some()
}

/// What a thread holds that has stopped while it reads a grant for a replay.
fn reading<'a>(store: &'a Store, login: &Initiated) -> Pin<'a> {
    store.complete(&login.login_code, 7).unwrap();
    drop(store.poll(&login.polling_code));
    let session = store.shared.table.place(&login.polling_code.0).session;
    session.hold(&session.view(Side::Polling, &login.polling_code.0.proof, 0).unwrap()).unwrap()
}

/// What a thread holds that has stopped while it takes a context.
fn claiming<'a>(store: &'a Store, login: &Initiated) -> Pin<'a> {
    let session = store.shared.table.place(&login.login_code.0).session;
    session.claim_context(&session.view(Side::Login, &login.login_code.0.proof, 0).unwrap()).unwrap()
}

/// Ends a login in one way or another, a tick after the last one; one in three has expired by then.
fn end(store: &Store, clock: &ManualClock, login: &Initiated, at: usize) {
    clock.advance(TICK);
    if at.is_multiple_of(2) {
        store.deny(&login.login_code).unwrap();
    } else {
        store.cancel(&login.polling_code).unwrap();
    }
}

/// All give way in their order but those that are held, and when all others are live, a login is asked to try again.
#[test]
fn endings_that_are_held_make_way_for_those_behind_them() {
    // One shard; two; sixteen of 64 and of 128.
    for (sessions, held) in [(64, 1), (65, 1), (65, 32), (1024, 1), (1024, 32), (2048, 100), (2048, 400)] {
        for every in [1, 3] {
            let (store, clock, logins) = full(sessions);
            // Ended in this order: those in the middle of the table first, so that they are not those of one shard only.
            let order: Vec<_> = (0..sessions).map(|at| &logins[at * every % sessions]).collect();
            let mut pins = Vec::new();
            for (at, login) in order.iter().take(held).enumerate() {
                clock.advance(TICK);
                if at.is_multiple_of(2) { pins.push(reading(&store, login)) } else { end(&store, &clock, login, at) }
            }
            let later: Vec<_> = order.iter().skip(held).take(64.min(sessions - held)).collect();
            for (at, login) in later.iter().enumerate() {
                end(&store, &clock, login, at);
            }
            let free: Vec<_> = order.iter().take(held).skip(1).step_by(2).chain(later.iter().copied()).collect();
            for (at, gone) in free.iter().enumerate() {
                assert!(is_known(&store, gone), "{sessions}, {held}, {every}: {at}");
                assert_eq!(store.initiate().err(), None, "{sessions}, {held}, {every}: {at}");
                // With very many held, in turns among the shards, the order is that within a shard.
                assert!(held > 100 || !is_known(&store, gone), "{sessions}, {held}, {every}: {at}");
            }
            assert!(order.iter().step_by(2).take(pins.len()).all(|login| is_known(&store, login)));
            assert_eq!(store.initiate().err(), Some(SOON), "{sessions}, {held}, {every}");
            drop(pins);
            assert_eq!(store.initiate().err(), None);
        }
    }
}

/// Sessions expire one after the other, no verb and no sweep notes it, and threads are still busy with the first.
#[test]
fn expiries_that_are_held_make_way_for_those_behind_them() {
    for (sessions, held) in [(64, 1), (64, 32), (1024, 1), (2048, 100)] {
        let clock = ManualClock::new();
        let builder = Store::builder().retention(TTL * 9).max_sessions(sessions);
        let store: Store = builder.clock(clock.clone()).build().unwrap();
        let begin =
            |at: usize| store.initiate_with(LoginOptions::new().ttl(TICK * (at as u32 + 1)).context(())).unwrap();
        let logins: Vec<_> = (0..sessions).map(begin).collect();
        let pins: Vec<_> = logins.iter().take(held).map(|login| claiming(&store, login)).collect();
        clock.advance(TICK * (sessions as u32));
        for (at, gone) in logins.iter().enumerate().skip(held) {
            assert_eq!(store.initiate().err(), None, "{sessions}, {held}: {at}");
            assert!(held > 32 || !is_known(&store, gone), "{sessions}, {held}: {at}");
        }
        assert!(logins.iter().take(held).all(|login| is_known(&store, login)));
        assert_eq!(store.initiate().err(), Some(SOON));
        drop(pins);
        assert_eq!(store.initiate().err(), None);
    }
}

/// All expire at once, and no verb and no sweep notes it.
#[test]
fn expiries_of_one_moment_make_way_for_as_many() {
    for held in [0, 1, 200] {
        let (store, clock, logins) = full(2048);
        let pins: Vec<_> = logins.iter().step_by(7).take(held).map(|login| claiming(&store, login)).collect();
        clock.advance(TTL);
        for at in held..2048 {
            assert_eq!(store.initiate().err(), None, "{held}: {at}");
        }
        assert!(store.initiate().is_err());
        drop(pins);
    }
}

#[test]
fn a_sweep_goes_on_behind_endings_that_are_held() {
    for held in [1, 32, 100, 300] {
        for expire in [false, true] {
            let (store, clock, logins) = full(2048);
            let pins: Vec<_> = logins.iter().take(held).map(|login| claiming(&store, login)).collect();
            if expire {
                clock.advance(TTL);
            } else {
                logins.iter().enumerate().for_each(|(at, login)| end(&store, &clock, login, at));
            }
            store.sweep();
            clock.advance(TTL * 9);
            assert_eq!(store.sweep().forgotten, 2048 - held);
            assert_eq!(store.sweep().forgotten, 0);
            drop(pins);
            assert_eq!(store.sweep().forgotten, held);
        }
    }
}
