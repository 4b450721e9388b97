//! User codes that collide, and what the index of them keeps.

use std::cell::Cell;
use std::time::Duration;

use rand::rngs::ThreadRng;

use crate::{LoginOptions, ManualClock, ResolveError, SessionStore, Source, UserCode};

type Store = SessionStore<u32>;

thread_local! {
    static DRAWS: Cell<u64> = const { Cell::new(0) };
}

/// A generator that draws each code three times before it draws the next.
fn stuttering(_: &mut ThreadRng, _: bool) -> UserCode {
    const LETTERS: [char; 4] = ['B', 'C', 'D', 'F'];
    let draw = DRAWS.replace(DRAWS.get() + 1) / 3;
    let letters = (0..8).map(|place| LETTERS[(draw >> (2 * place)) as usize % 4]);
    UserCode::parse(&letters.collect::<String>()).unwrap()
}

#[test]
fn fault_11_a_short_code_collision_overwrites_someones_session() {
    let clock = ManualClock::new();
    let store: Store = SessionStore::builder().retention(Duration::ZERO).clock(clock.clone()).build().unwrap();
    DRAWS.set(0);
    let logins: Vec<_> = (0..50).map(|_| store.begin(LoginOptions::new().user_code(), stuttering).unwrap()).collect();
    assert_eq!(DRAWS.get(), 1 + 49 * 3, "each but the first was redrawn twice");
    for login in &logins {
        let found = store.resolve(login.user_code.as_ref().unwrap(), Source::UNKNOWN).unwrap();
        assert!(found == login.login_code, "everyone still has their own");
    }
    // A code is free again when its session is forgotten, and not before.
    store.deny(&logins[0].login_code).unwrap();
    store.sweep();
    DRAWS.set(0);
    let next = store.begin(LoginOptions::new().user_code(), stuttering).unwrap();
    assert!(next.user_code == logins[0].user_code);
    let found = store.resolve(next.user_code.as_ref().unwrap(), Source::UNKNOWN).unwrap();
    assert!(found == next.login_code);
}

#[test]
fn the_index_forgets_with_the_sessions() {
    let clock = ManualClock::new();
    let builder = Store::builder().retention(Duration::from_secs(1)).max_sessions(3);
    let store: Store = builder.clock(clock.clone()).build().unwrap();
    for _ in 0..100 {
        let login = store.initiate_with(LoginOptions::new().user_code()).unwrap();
        store.cancel(&login.polling_code).unwrap();
        assert!(store.shared.table.user_codes.len() <= 3, "those that gave way took their codes with them");
    }
    clock.advance(Duration::from_secs(1));
    store.sweep();
    assert_eq!(store.shared.table.user_codes.len(), 0);
}

#[test]
fn a_forgotten_login_is_found_by_none_of_its_codes_swept_or_not() {
    let clock = ManualClock::new();
    let builder = Store::builder().ttl(Duration::from_secs(1)).retention(Duration::from_secs(1));
    let store: Store = builder.clock(clock.clone()).build().unwrap();
    let login = store.initiate_with(LoginOptions::new().user_code()).unwrap();
    let user_code = login.user_code.clone().unwrap();
    clock.advance(Duration::from_millis(1999));
    assert!(store.resolve(&user_code, Source::UNKNOWN).unwrap() == login.login_code, "remembered");
    assert!(store.locate(&login.login_code).is_some());
    clock.advance(Duration::from_millis(1));
    for swept in [false, true] {
        assert_eq!(store.resolve(&user_code, Source::UNKNOWN).err(), Some(ResolveError::Unknown), "swept: {swept}");
        assert!(store.locate(&login.login_code).is_none(), "swept: {swept}");
        store.sweep();
    }
}
