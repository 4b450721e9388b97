//! Nothing is allocated or freed while a shard's books are held: what they need was reserved when the store was built.

use std::time::Duration;

use proptest::collection::vec;
use proptest::prelude::*;

use super::allocator::{Held, under_lock};
use crate::{Delivery, LoginOptions, ManualClock, Polled, SessionStore, Source, UserCode};

type Store = SessionStore<String, Vec<u8>>;

/// One of the verbs, or a step of the clock.
fn act(store: &Store, clock: &ManualClock, begun: &mut Vec<crate::Initiated>, verb: u8, at: usize) {
    let tenant = store.for_tenant(["default", "one", "two"][at % 3]);
    if verb < 5 {
        let mut login = LoginOptions::new().context(vec![7; at]);
        if verb < 3 {
            login = login.user_code();
        }
        begun.extend(tenant.initiate_with(login));
        return;
    }
    match verb {
        5 => _ = store.sweep(),
        6 => clock.advance(Duration::from_millis(at as u64 * 7)),
        7 => drop(tenant.sessions()),
        8 => _ = tenant.cancel_all(),
        9 => _ = store.stats(),
        10 => _ = store.resolve(&UserCode::parse("BBBB-BBBB").unwrap(), source(at)),
        _ => {}
    }
    let Some(login) = begun.get(at * 31 % begun.len().max(1)).cloned() else { return };
    let tenant = store.locate(&login.login_code).map_or(tenant, |(scoped, _)| scoped);
    match verb {
        11..14 => drop(tenant.complete(&login.login_code, "a grant".repeat(at))),
        14..18 => drop(tenant.poll(&login.polling_code)),
        18 => _ = tenant.deny(&login.login_code),
        19 => _ = tenant.cancel(&login.polling_code),
        20 => drop(tenant.claim_context(&login.login_code)),
        21 => drop(tenant.inspect(&login.login_code)),
        #[cfg(feature = "wait")]
        22 => drop(pollster::block_on(tenant.wait(&login.polling_code, Duration::ZERO))),
        _ => {}
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_verb_allocates_or_frees_under_a_shards_lock(
        sessions in prop_oneof![Just(1_usize), 2..9_usize, 60..140_usize],
        replay: bool,
        verbs in vec((0..23_u8, 0..40_usize), 0..400),
    ) {
        let clock = ManualClock::new();
        let second = Duration::from_secs(1);
        let delivery = if replay { Delivery::replay(second / 2) } else { Delivery::once() };
        let bound = u32::try_from(sessions).unwrap().div_ceil(2);
        let builder = Store::builder().ttl(second).retention(second).max_sessions(sessions).poll_interval(second / 9);
        let builder = builder.delivery(delivery).max_sessions_per_tenant(bound).clock(clock.clone());
        let store = builder.build().unwrap();
        let before = under_lock();
        let mut begun = Vec::new();
        for (verb, at) in verbs {
            act(&store, &clock, &mut begun, verb, at);
            prop_assert_eq!(under_lock() - before, 0, "verb {}", verb);
        }
        drop(store);
        prop_assert_eq!(under_lock() - before, 0, "the end of the store");
    }
}

/// The test above could not fail if the allocator did not see.
#[test]
fn the_allocator_sees() {
    let before = under_lock();
    let held = Held::new();
    drop(std::hint::black_box(Box::new(7)));
    drop(held);
    drop(std::hint::black_box(Box::new(7)));
    assert_eq!(under_lock() - before, 2);
    let clock = ManualClock::new();
    let store: Store = Store::builder().clock(clock).build().unwrap();
    store.shared.table.shards[0].with(|_| drop(std::hint::black_box(Box::new(7))));
    assert_eq!(under_lock() - before, 4);
    let Polled::Pending { .. } = store.poll(&store.initiate().unwrap().polling_code) else { panic!() };
    assert_eq!(under_lock() - before, 4);
}

fn source(number: usize) -> Source {
    Source::from((number as u32).to_be_bytes())
}
