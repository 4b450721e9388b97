//! The memory that a store takes: bounded while it lives, and all given back when it goes.
//!
//! One test alone in a binary of its own, since it counts every allocation of the process.
#![allow(clippy::unwrap_used, clippy::panic, unsafe_code)]

#[path = "support/counting.rs"]
mod counting;

use std::thread;
use std::time::Duration;

use counterfoil::{Delivery, GuessLimits, LoginOptions, ManualClock, Polled, Secret, SessionStore, Source, UserCode};
use counting::{Counting, taken};

#[global_allocator]
static ALLOCATOR: Counting = Counting;

type Store = SessionStore<Secret, String>;

/// All that a store can be made to remember: tenants, user codes, sources of wrong guesses, contexts, grants.
fn use_it(store: &Store, clock: &ManualClock, round: usize) {
    for n in 0..200 {
        let tenant = store.for_tenant(&format!("tenant-{round}-{n}"));
        let begin = || tenant.initiate_with(LoginOptions::new().user_code().context("scopes ".repeat(50)));
        let Ok(login) = begin() else { continue };
        let _ = tenant.poll(&login.polling_code);
        match n % 5 {
            0 => tenant.deny(&login.login_code).unwrap(),
            1 => tenant.cancel(&login.polling_code).unwrap(),
            2 => drop(tenant.claim_context(&login.login_code).unwrap()),
            3 => {
                tenant.complete(&login.login_code, Secret::new("token ".repeat(50))).unwrap();
                assert!(matches!(tenant.poll(&login.polling_code), Polled::Completed(_)));
            }
            // Never collected.
            _ => tenant.complete(&login.login_code, Secret::new("token ".repeat(50))).unwrap(),
        }
        let _ = store.resolve(&UserCode::parse("ZZZZ-ZZZZ").unwrap(), source(round * 1000 + n));
        #[cfg(feature = "wait")]
        if n % 7 == 0 {
            let _ = pollster::block_on(tenant.wait(&login.polling_code, Duration::ZERO));
        }
    }
    clock.advance(Duration::from_secs(7));
}

fn build(clock: &ManualClock) -> Store {
    Store::builder()
        .ttl(Duration::from_secs(30))
        .retention(Duration::from_secs(20))
        .delivery(Delivery::replay(Duration::from_secs(10)))
        .max_sessions(500)
        .max_sessions_per_tenant(3)
        .user_code_guesses(GuessLimits { per_source: 3, total: 50 })
        .poll_interval(Duration::from_secs(5))
        .clock(clock.clone())
        .build()
        .unwrap()
}

/// A store's whole life. Answers how much more it took in the second half than in the first.
fn live_and_die(clock: &ManualClock, swept: bool) -> isize {
    let store = build(clock);
    let mut most = [0; 2];
    for round in 0..200 {
        thread::scope(|scope| {
            scope.spawn(|| use_it(&store, clock, round));
            use_it(&store, clock, round + 1000);
        });
        if swept {
            store.sweep();
        }
        let half = &mut most[round / 100];
        *half = taken().max(*half);
    }
    most[1] - most[0]
}

#[test]
fn memory_is_bounded_and_given_back() {
    let clock = ManualClock::new();
    // What threads, the random generator and the test's own machinery keep for good is there after one life.
    live_and_die(&clock, false);
    let before = taken();
    for swept in [false, true, false, true] {
        let grown = live_and_die(&clock, swept);
        assert!(grown < 32 * 1024, "{grown} bytes more in the second half than in the first, swept: {swept}");
        let left = taken() - before;
        // A table of the machinery may have grown; a few of the thousands of sessions would be more.
        assert!(left < 8 * 1024, "{left} bytes are not given back, swept: {swept}");
    }
}

fn source(number: usize) -> Source {
    Source::from((number as u32).to_be_bytes())
}
