//! Many sessions that end while another thread holds the books: what is entered later is all of them, in their order, and
//! a bounded number under one hold of the lock.

use std::time::Duration;

use crate::memory::table::end::MOST_AT_ONCE;
use crate::{InitiateError, Initiated, ManualClock, SessionStore};

type Store = SessionStore<u32>;

const TICK: Duration = Duration::from_millis(1);
const TTL: Duration = Duration::from_secs(100);
/// Of one shard.
const SESSIONS: usize = 16 << 10;
const MANY: usize = SESSIONS / 16;

/// A full store in whose first shard all sessions have ended, one a tick, and are listed.
fn listed() -> (Store, ManualClock, Vec<Initiated>) {
    let clock = ManualClock::new();
    let builder = Store::builder().ttl(TTL).retention(TTL).max_sessions(SESSIONS).clock(clock.clone());
    let store = builder.build().unwrap();
    let mut logins: Vec<_> = (0..SESSIONS).map(|_| store.initiate().unwrap()).collect();
    logins.retain(|login| store.shared.table.place(&login.login_code.0).index < MANY as u32);
    store.shared.table.stall(|| {
        for login in &logins {
            store.deny(&login.login_code).unwrap();
            clock.advance(TICK);
        }
    });
    (store, clock, logins)
}

fn entered(store: &Store) -> usize {
    store.shared.table.shards[0].lock().settled.len()
}

#[test]
fn no_hold_of_the_lock_enters_more_than_a_few() {
    let (store, _, logins) = listed();
    assert_eq!(logins.len(), MANY);
    let table = &store.shared.table;
    let mut before = 0;
    while entered(&store) < MANY {
        // Whatever verb it is that opens the books.
        table.shards[0].with(|books| table.enter(books, 0));
        let now = entered(&store);
        assert!(now - before <= MOST_AT_ONCE, "{now} after {before}");
        before = now;
    }
    assert_eq!(store.stats().denied, MANY as u64);
}

#[test]
fn counts_are_exact_whatever_is_listed() {
    let (store, ..) = listed();
    let stats = store.stats();
    assert_eq!((stats.denied, stats.pending, stats.remembered), (1024, SESSIONS as u64 - 1024, 1024));
}

#[test]
fn the_first_to_have_ended_gives_way_first() {
    let (store, _, logins) = listed();
    // Until those are entered, a login may be asked to try again at once.
    let begin = || {
        for _ in 0..MANY {
            match store.initiate() {
                Err(InitiateError::Full { retry_after }) => assert_eq!(retry_after, TICK),
                other => return other.unwrap(),
            }
        }
        panic!("there is room");
    };
    for gone in 0..MANY {
        begin();
        assert!(store.inspect(&logins[gone].login_code).is_none(), "{gone}");
        assert!(logins.get(gone + 1).is_none_or(|next| store.inspect(&next.login_code).is_some()), "{gone}");
    }
    assert!(matches!(store.initiate(), Err(InitiateError::Full { retry_after }) if retry_after > TICK));
}

#[test]
fn one_sweep_forgets_all_that_is_due() {
    let (store, clock, _) = listed();
    clock.advance(TTL.saturating_sub(TICK * 1024));
    let early = store.sweep();
    assert_eq!(early.expired, SESSIONS - MANY);
    clock.advance(TICK * 1024);
    let later = store.sweep();
    assert_eq!(early.forgotten + later.forgotten, MANY);
}
