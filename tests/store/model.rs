//! Random operations and clock steps, on a store and on the naive model of it; see `conformance::model` for the laws.
//!
//! What is held is counted besides: the grants and contexts that the model has, and no others.

use std::future::{Future, ready};
use std::ops::RangeInclusive;
use std::sync::Mutex;
use std::time::Duration;

use counterfoil::conformance::model::{Op, Pair, Rules, Script};
use counterfoil::conformance::{Capability, Harness, Settings, Value};
use counterfoil::{ManualClock, SessionStore};
use proptest::prelude::*;

use crate::counted::{Counted, Ledger};

thread_local! {
    /// What each comparison holds on its thread.
    static GRANTS: Ledger = Ledger::default();
    static CONTEXTS: Ledger = Ledger::default();
}

/// A grant, counted while it lives.
#[derive(Clone)]
struct Grant(Counted, String);

/// A context, counted while it lives.
#[derive(Clone)]
struct Context(#[expect(dead_code, reason = "it counts")] Counted, String);

impl Value for Grant {
    fn of(text: &str) -> Self {
        Self(GRANTS.with(|ledger| ledger.make(0)), text.to_owned())
    }

    fn text(&self) -> String {
        assert_eq!(self.0.id, 0, "a grant that lives");
        self.1.clone()
    }
}

impl Value for Context {
    fn of(text: &str) -> Self {
        Self(CONTEXTS.with(|ledger| ledger.make(0)), text.to_owned())
    }

    fn text(&self) -> String {
        self.1.clone()
    }
}

type Store = SessionStore<Grant, Context>;

/// Stores of counted values, swept only when an operation says so.
#[derive(Default)]
struct Counting {
    clock: ManualClock,
    stores: Mutex<Vec<Store>>,
}

impl Harness for Counting {
    type Backend = Store;

    fn backend(&self, settings: &Settings) -> impl Future<Output = Store> {
        let store: Store = settings.memory().clock(self.clock.clone()).build().unwrap();
        self.stores.lock().unwrap().push(store.clone());
        ready(store)
    }

    fn advance(&self, by: Duration) -> impl Future<Output = ()> {
        self.clock.advance(by);
        ready(())
    }

    async fn sweep(&self) {
        for store in &*self.stores.lock().unwrap() {
            store.sweep();
        }
    }

    fn has(&self, _: Capability) -> bool {
        true
    }
}

fn ops() -> impl Strategy<Value = Vec<Op>> {
    prop::collection::vec(any::<[u8; 5]>().prop_map(Op::from_bytes), 1..90)
}

fn held() -> (i64, i64) {
    (GRANTS.with(Ledger::live), CONTEXTS.with(Ledger::live))
}

fn compare(rules: Rules, shortest: bool, ops: &[Op]) {
    // A case that failed has left some.
    let before = held();
    let harness = Counting::default();
    harness.block_on(async {
        let mut pair = Pair::new(&harness, rules, shortest).await;
        for op in ops {
            pair.apply(op).await;
            let (held, model) = (held(), pair.model());
            let within =
                |held: i64, range: RangeInclusive<usize>| usize::try_from(held).is_ok_and(|n| range.contains(&n));
            assert!(within(held.0 - before.0, model.grants()), "grants held: {held:?}, {:?}", model.grants());
            assert!(within(held.1 - before.1, model.contexts()), "contexts held: {held:?}, {:?}", model.contexts());
        }
        pair.inspect_all().await;
    });
    drop(harness);
    assert_eq!(held(), before, "dropped with the store, each of them once");
}

const PLAIN: Rules = Rules { capacity: 200, per_tenant: None, retention: 5000, replay: None, interval: None, again: 0 };

macro_rules! configurations {
    ($($name:ident: $rules:expr, $shortest:expr;)*) => {
        proptest! {
            #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]
            $(
                #[test]
                fn $name(ops in ops()) {
                    compare($rules, $shortest, &ops);
                }
            )*
        }
    };
}

configurations! {
    room_for_all: PLAIN, false;
    room_for_one: Rules { capacity: 1, ..PLAIN }, false;
    room_for_one_with_replay: Rules { capacity: 1, replay: Some(2000), ..PLAIN }, false;
    room_for_three: Rules { capacity: 3, interval: Some(2000), ..PLAIN }, false;
    room_for_three_long_remembered: Rules { capacity: 3, retention: 60_000, replay: Some(7000), ..PLAIN }, false;
    nothing_remembered: Rules { capacity: 2, retention: 0, ..PLAIN }, false;
    nothing_remembered_with_replay: Rules { capacity: 2, retention: 0, replay: Some(0), ..PLAIN }, false;
    replay_as_long_as_remembered: Rules { capacity: 5, replay: Some(5000), ..PLAIN }, false;
    tenants_bounded_to_one: Rules { per_tenant: Some(1), interval: Some(0), ..PLAIN }, false;
    tenants_bounded_in_little_room: Rules { capacity: 4, per_tenant: Some(2), replay: Some(1000), ..PLAIN }, false;
    shortest_times_to_live: Rules { capacity: 3, ..PLAIN }, true;
    polled_slowly: Rules { interval: Some(9000), per_tenant: Some(3), ..PLAIN }, false;
    polled_twice: Rules { capacity: 3, interval: Some(2000), again: 1000, ..PLAIN }, false;
    polled_twice_within_the_interval: Rules { capacity: 3, interval: Some(1000), again: 3000, ..PLAIN }, false;
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn any_settings(bytes in prop::collection::vec(any::<u8>(), 6..400)) {
        let Script { rules, shortest, ops, .. } = Script::read(&bytes);
        compare(rules, shortest, &ops);
    }
}
