//! What a verb has told is not taken back by a thread that read the clock earlier and was stopped in between.
//!
//! Each verb reads the clock once, before it looks at the session. So a verb that runs with an earlier reading after
//! another one has returned does what the stopped thread would do.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use counterfoil::{
    ClaimError, Clock, Delivery, Initiated, LoginOptions, Polled, ResolveError, SessionId, SessionStore, SettleError,
    Source, State,
};

type Store = SessionStore<u32, u8>;

/// The deadline, in milliseconds from the beginning, and the times around it.
const DEADLINE: u64 = 10;
const EARLY: u64 = 9;
const LATE: u64 = 11;
const RETENTION: u64 = 20;
const WINDOW: u64 = 5;

/// A clock that shows what it is set to, forwards and backwards.
#[derive(Clone, Default)]
struct Script(Arc<AtomicU64>);

impl Script {
    fn set(&self, millis: u64) {
        self.0.store(millis, Ordering::SeqCst);
    }
}

impl Clock for Script {
    fn now(&self) -> Duration {
        Duration::from_millis(self.0.load(Ordering::SeqCst))
    }
}

struct World {
    clock: Script,
    store: Store,
    login: Initiated,
    id: SessionId,
}

fn world(completed: bool, delivery: Delivery<u32>) -> World {
    let clock = Script::default();
    let ms = Duration::from_millis;
    let builder =
        Store::builder().ttl(ms(DEADLINE)).retention(ms(RETENTION)).max_sessions(9).max_sessions_per_tenant(1);
    let store = builder.delivery(delivery).clock(clock.clone()).build().unwrap();
    let login = store.initiate_with(LoginOptions::new().context(1).user_code()).unwrap();
    let id = store.sessions()[0].id;
    if completed {
        store.complete(&login.login_code, 7).unwrap();
    }
    World { clock, store, login, id }
}

/// What a verb says of the session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Said {
    /// It is pending, or completed, or the verb did its work.
    Live,
    Grant,
    Expired,
    Used,
    Unknown,
    /// The verb only tells that it is there.
    There,
}

fn refused(reason: SettleError) -> Said {
    match reason {
        SettleError::Expired => Said::Expired,
        SettleError::Redeemed => Said::Used,
        SettleError::Unknown => Said::Unknown,
        SettleError::Completed => Said::Live,
        other => panic!("{other}"),
    }
}

fn settled(result: Result<(), SettleError>) -> Said {
    result.map_or_else(refused, |()| Said::Live)
}

type Verb = (&'static str, fn(&World) -> Said);

const VERBS: [Verb; 10] = [
    ("poll", |world| match world.store.poll(&world.login.polling_code) {
        Polled::Completed(_) => Said::Grant,
        Polled::Expired => Said::Expired,
        Polled::Redeemed => Said::Used,
        Polled::Unknown => Said::Unknown,
        Polled::Pending { .. } => Said::Live,
        other => panic!("{other:?}"),
    }),
    ("complete", |world| settled(world.store.complete(&world.login.login_code, 8).map_err(|error| error.reason))),
    ("deny", |world| settled(world.store.deny(&world.login.login_code))),
    ("cancel", |world| settled(world.store.cancel(&world.login.polling_code))),
    ("claim_context", |world| match world.store.claim_context(&world.login.login_code) {
        Ok(_) | Err(ClaimError::NoContext) => Said::Live,
        Err(ClaimError::NotPending(reason)) => refused(reason),
        Err(other) => panic!("{other}"),
    }),
    ("inspect", |world| match world.store.inspect(&world.login.login_code).map(|shown| shown.state) {
        Some(State::Pending | State::Completed) => Said::Live,
        Some(State::Expired) => Said::Expired,
        Some(State::Redeemed) => Said::Used,
        None => Said::Unknown,
        Some(other) => panic!("{other:?}"),
    }),
    ("cancel_session", |world| settled(world.store.cancel_session(world.id))),
    ("tenant_of", |world| world.store.locate(&world.login.login_code).map_or(Said::Unknown, |_| Said::There)),
    ("resolve", |world| match world.store.resolve(world.login.user_code.as_ref().unwrap(), Source::UNKNOWN) {
        Ok(code) => {
            assert!(code == world.login.login_code);
            Said::There
        }
        Err(ResolveError::Unknown) => Said::Unknown,
        Err(other) => panic!("{other}"),
    }),
    // Not a verb about the session: the tenant's one place is free, and so the session is over.
    ("initiate", |world| match world.store.initiate() {
        Ok(_) => Said::Expired,
        Err(_) => Said::Live,
    }),
];

/// Runs each verb at `first`, and then each at `second`, on sessions that are pending and completed.
fn pairs(delivery: fn() -> Delivery<u32>, prepare: fn(&World), first: u64, second: u64, judge: fn(Said, Said) -> bool) {
    for completed in [false, true] {
        for (name, verb) in VERBS {
            for (later, again) in VERBS {
                // A second login has no room beside the first.
                if name == "initiate" && later == "initiate" {
                    continue;
                }
                let world = world(completed, delivery());
                prepare(&world);
                world.clock.set(first);
                let told = verb(&world);
                world.clock.set(second);
                let then = again(&world);
                assert!(
                    judge(told, then),
                    "completed: {completed}. At {first} {name}: {told:?}; at {second} {later}: {then:?}"
                );
            }
        }
    }
}

#[test]
fn who_is_told_expired_is_not_contradicted() {
    pairs(
        Delivery::once,
        |_| (),
        LATE,
        EARLY,
        |told, then| match told {
            Said::Expired => matches!(then, Said::Expired | Said::There),
            // `tenant_of` and `resolve` say that it is there, which it is, expired or not.
            Said::There => true,
            _ => false,
        },
    );
}

#[test]
fn who_is_told_expired_is_not_contradicted_at_the_very_deadline() {
    pairs(
        Delivery::once,
        |_| (),
        DEADLINE,
        DEADLINE - 1,
        |told, then| match told {
            Said::Expired => matches!(then, Said::Expired | Said::There),
            Said::There => true,
            _ => false,
        },
    );
}

#[test]
fn who_is_told_unknown_is_not_told_that_it_lives() {
    pairs(
        Delivery::once,
        |_| (),
        DEADLINE + RETENTION,
        EARLY,
        |told, then| match told {
            Said::Unknown | Said::Expired => matches!(then, Said::Expired | Said::There | Said::Unknown),
            _ => false,
        },
    );
}

#[test]
fn no_grant_comes_out_after_any_verb_has_seen_the_deadline_pass() {
    for (name, verb) in VERBS {
        for late in [DEADLINE, LATE, DEADLINE + RETENTION] {
            let world = world(true, Delivery::once());
            world.clock.set(late);
            verb(&world);
            for early in [EARLY, 0] {
                world.clock.set(early);
                assert_eq!(VERBS[0].1(&world), Said::Expired, "{name} at {late}");
            }
        }
    }
}

/// A replay window that is over for one thread is over for all.
#[test]
fn who_is_told_used_at_the_windows_end_is_not_contradicted_by_a_replay() {
    fn redeem(world: &World) {
        if world.store.inspect(&world.login.login_code).unwrap().state == State::Completed {
            assert_eq!(VERBS[0].1(world), Said::Grant);
        }
    }
    // Redeemed at 0. A poll is told *used*, and one with an earlier reading gets no clone.
    for (first, second) in [(WINDOW, WINDOW - 1), (WINDOW, 0), (WINDOW + 3, 1)] {
        for again in 0..3 {
            let world = world(true, Delivery::replay(Duration::from_millis(WINDOW)));
            redeem(&world);
            for _ in 0..again {
                assert_eq!(VERBS[0].1(&world), Said::Grant);
            }
            world.clock.set(first);
            assert_eq!(VERBS[0].1(&world), Said::Used);
            world.clock.set(second);
            assert_eq!(VERBS[0].1(&world), Said::Used, "{first}, {second}");
        }
    }
    // And one that is told *unknown* is not followed by a clone.
    let replay = || Delivery::replay(Duration::from_millis(WINDOW));
    pairs(replay, redeem, RETENTION, 1, |told, then| match told {
        Said::Unknown => then != Said::Grant,
        _ => true,
    });
}
