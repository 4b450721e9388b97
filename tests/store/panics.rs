//! A caller's code that panics: destructors of grants and contexts, `Clone` in a replay, wakers, and the clock. What a
//! verb does for the store and for other sessions is done in any case.

use std::panic::{AssertUnwindSafe, catch_unwind, panic_any};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use counterfoil::{
    Clock, Delivery, InitiateError, Initiated, LoginOptions, ManualClock, Polled, SessionStore, SettleError, Source,
    Stats,
};

const SECOND: Duration = Duration::from_secs(1);
const TTL: Duration = Duration::from_secs(100);

/// Whether values panic when they are dropped or cloned, and how many have been dropped.
#[derive(Clone, Default)]
struct Fuse(Arc<(AtomicBool, AtomicUsize)>);

impl Fuse {
    fn lit() -> Self {
        let fuse = Self::default();
        fuse.light(true);
        fuse
    }

    fn light(&self, lit: bool) {
        self.0.0.store(lit, Ordering::SeqCst);
    }

    fn is_lit(&self) -> bool {
        self.0.0.load(Ordering::SeqCst)
    }

    fn dropped(&self) -> usize {
        self.0.1.load(Ordering::SeqCst)
    }
}

/// A panic payload whose own destructor panics, too.
struct Payload;

impl Drop for Payload {
    fn drop(&mut self) {
        panic!("the payload of a panic panics, on purpose");
    }
}

/// A grant or a context.
struct Spiteful(Fuse);

impl Drop for Spiteful {
    fn drop(&mut self) {
        self.0.0.1.fetch_add(1, Ordering::SeqCst);
        if self.0.is_lit() {
            panic_any(Payload);
        }
    }
}

impl Clone for Spiteful {
    fn clone(&self) -> Self {
        assert!(!self.0.is_lit(), "a clone panics, on purpose");
        Self(self.0.clone())
    }
}

/// A manual clock that panics when it is read, once it is told to.
#[derive(Clone, Default)]
struct Stopped(ManualClock, Fuse);

impl Clock for Stopped {
    fn now(&self) -> Duration {
        assert!(!self.1.is_lit(), "a clock panics, on purpose");
        self.0.now()
    }
}

type Store = SessionStore<Spiteful, Spiteful>;

struct World {
    clock: Stopped,
    store: Store,
    grants: Fuse,
    contexts: Fuse,
}

/// A store with room for so many, all of them one tenant's.
fn world(sessions: usize, delivery: Delivery<Spiteful>) -> World {
    let clock = Stopped::default();
    let builder = Store::builder().ttl(TTL).retention(TTL).max_sessions(sessions).delivery(delivery);
    let bound = u32::try_from(sessions).unwrap();
    let store = builder.max_sessions_per_tenant(bound).clock(clock.clone()).build().unwrap();
    World { clock, store, grants: Fuse::lit(), contexts: Fuse::lit() }
}

impl World {
    fn context(&self) -> LoginOptions<Spiteful> {
        LoginOptions::new().context(Spiteful(self.contexts.clone())).user_code()
    }

    fn begin(&self) -> Initiated {
        self.store.initiate_with(self.context()).unwrap()
    }

    fn complete(&self, login: &Initiated) {
        assert!(self.store.complete(&login.login_code, Spiteful(self.grants.clone())).is_ok());
    }

    /// Takes the grant, without a bang.
    fn collect(&self, login: &Initiated) {
        let Polled::Completed(grant) = self.store.poll(&login.polling_code) else { panic!("it was completed") };
        std::mem::forget(grant);
    }

    fn dropped(&self) -> (usize, usize) {
        (self.grants.dropped(), self.contexts.dropped())
    }

    /// Live and remembered sessions.
    fn counts(&self) -> (u64, u64, u64) {
        let Stats { pending, completed, remembered, .. } = self.store.stats();
        (pending, completed, remembered)
    }

    /// That all slots and all of the tenant's places can be taken again.
    fn has_all_its_room(&self) {
        self.clock.0.advance(TTL * 2);
        self.store.sweep();
        self.store.sweep();
        assert_eq!(self.counts(), (0, 0, 0));
        let most = usize::try_from(self.store.stats().max_sessions).unwrap();
        for _ in 0..most {
            self.begin();
        }
        assert!(matches!(self.store.initiate(), Err(InitiateError::TenantFull { .. })));
    }
}

#[test]
fn every_verb_that_drops_a_context_does_its_work() {
    type Verb = fn(&World, &Initiated);
    let verbs: [(Verb, (u64, u64, u64)); 6] = [
        (World::complete, (1, 1, 0)),
        (|world, login| world.store.deny(&login.login_code).unwrap(), (1, 0, 1)),
        (|world, login| world.store.cancel(&login.polling_code).unwrap(), (1, 0, 1)),
        (|world, _| _ = world.store.cancel_all(), (0, 0, 2)),
        (|world, login| (world.expire(), drop(world.store.poll(&login.polling_code))).1, (1, 0, 1)),
        (|world, _| (world.expire(), _ = world.store.sweep()).1, (0, 0, 2)),
    ];
    for (verb, counts) in verbs {
        let world = world(2, Delivery::once());
        let (login, _other) = (world.begin(), world.begin());
        verb(&world, &login);
        assert_eq!(world.counts(), counts);
        assert_eq!(world.dropped().1 as u64, 2 - counts.0, "those that are pending no more");
        world.has_all_its_room();
    }
}

impl World {
    fn expire(&self) {
        self.clock.0.advance(TTL);
    }
}

#[test]
fn every_verb_that_notes_an_expiry_drops_the_grant_and_goes_on() {
    type Verb = fn(&World, &Initiated);
    let verbs: [Verb; 7] = [
        |world, login| assert!(matches!(world.store.poll(&login.polling_code), Polled::Expired)),
        |world, login| {
            let refused = world.store.complete(&login.login_code, Spiteful(Fuse::default())).unwrap_err();
            assert_eq!(refused.reason, SettleError::Expired);
        },
        |world, login| assert_eq!(world.store.deny(&login.login_code), Err(SettleError::Expired)),
        |world, login| assert_eq!(world.store.cancel(&login.polling_code), Err(SettleError::Expired)),
        |world, login| assert!(world.store.claim_context(&login.login_code).is_err()),
        |world, login| assert!(!world.store.inspect(&login.login_code).unwrap().has_context),
        |world, login| {
            assert!(
                world.store.resolve(login.user_code.as_ref().unwrap(), Source::UNKNOWN).unwrap() == login.login_code
            );
        },
    ];
    for verb in verbs {
        let world = world(2, Delivery::once());
        let (login, other) = (world.begin(), world.begin());
        world.complete(&login);
        world.complete(&other);
        world.expire();
        verb(&world, &login);
        assert_eq!((world.grants.dropped(), world.counts()), (1, (0, 1, 1)));
        world.has_all_its_room();
    }
}

#[test]
fn two_panics_in_one_batch_of_a_sweep_are_two_reports() {
    let world = world(100, Delivery::once());
    let logins: Vec<_> = (0..100).map(|_| world.begin()).collect();
    logins.iter().step_by(2).for_each(|login| world.complete(login));
    world.expire();
    assert_eq!(world.store.sweep().expired, 100);
    assert_eq!(world.dropped(), (50, 100));
    world.has_all_its_room();
}

#[test]
fn a_login_that_makes_a_grant_give_way_begins() {
    // One that was kept for replays, and one that expired and was not swept.
    let world = world(1, Delivery::replay(TTL));
    let kept = world.begin();
    world.complete(&kept);
    world.grants.light(false);
    world.collect(&kept);
    world.grants.light(true);
    let expired = world.begin();
    assert_eq!(world.grants.dropped(), 1);
    world.complete(&expired);
    world.expire();
    let last = world.begin();
    assert_eq!(world.grants.dropped(), 2);
    assert!(matches!(world.store.poll(&last.polling_code), Polled::Pending { .. }));
    assert!(world.store.initiate().is_err());
}

#[test]
fn a_login_that_is_refused_costs_nothing_whatever_its_context_does() {
    let world = world(2, Delivery::once());
    let other = world.store.for_tenant("other");
    let (one, two) = (world.begin(), world.begin());
    for _ in 0..10 {
        let refused = world.store.initiate_with(world.context()).unwrap_err();
        assert!(matches!(refused, InitiateError::TenantFull { .. }));
        let refused = other.initiate_with(world.context()).unwrap_err();
        assert!(matches!(refused, InitiateError::Full { .. }));
        let refused = other.initiate_with(world.context().ttl(Duration::ZERO)).unwrap_err();
        assert_eq!(refused, InitiateError::ZeroTtl);
    }
    assert_eq!(world.contexts.dropped(), 30);
    world.store.deny(&one.login_code).unwrap();
    assert_eq!(other.initiate_with(world.context()).err(), None, "the other tenant has both of its places");
    world.store.deny(&two.login_code).unwrap();
    assert_eq!(other.initiate_with(world.context()).err(), None);
}

#[test]
fn all_grants_and_contexts_of_a_dropped_store_are_dropped() {
    let world = world(60, Delivery::replay(TTL));
    let logins: Vec<_> = (0..60).map(|_| world.begin()).collect();
    for login in &logins[..20] {
        world.complete(login);
    }
    world.grants.light(false);
    for login in &logins[..10] {
        world.collect(login);
    }
    world.grants.light(true);
    let World { store, grants, contexts, .. } = world;
    drop(store);
    assert_eq!((grants.dropped(), contexts.dropped()), (20, 60));
}

#[test]
fn a_replay_window_that_ends_drops_its_grant_and_goes_on() {
    for swept in [false, true] {
        let world = world(2, Delivery::replay(SECOND));
        let logins = [world.begin(), world.begin()];
        world.grants.light(false);
        for login in &logins {
            world.complete(login);
            world.collect(login);
        }
        world.grants.light(true);
        world.clock.0.advance(SECOND);
        if swept {
            assert_eq!(world.store.sweep().wiped, 2);
        }
        for login in &logins {
            assert!(matches!(world.store.poll(&login.polling_code), Polled::Redeemed));
        }
        assert_eq!((world.grants.dropped(), world.counts()), (2, (0, 0, 2)));
        world.has_all_its_room();
    }
}

/// A panic in `Clone` is the caller's to see, who polled; the grant stays for the next poll.
#[test]
fn a_clone_that_panics_leaves_the_grant_for_the_next_poll() {
    let world = world(1, Delivery::replay(SECOND));
    let login = world.begin();
    world.complete(&login);
    for _ in 0..3 {
        assert!(catch_unwind(AssertUnwindSafe(|| world.store.poll(&login.polling_code))).is_err());
        assert_eq!((world.grants.dropped(), world.counts()), (0, (0, 0, 1)));
    }
    world.grants.light(false);
    world.collect(&login);
    world.grants.light(true);
    world.has_all_its_room();
}

/// So is a panic of the clock. Each verb reads it before it changes anything.
#[test]
fn a_clock_that_panics_changes_nothing() {
    type Verb = fn(&World, &Initiated);
    let verbs: [Verb; 11] = [
        |world, _| drop(world.store.initiate_with(world.context())),
        |world, login| drop(world.store.poll(&login.polling_code)),
        |world, login| drop(world.store.complete(&login.login_code, Spiteful(Fuse::default()))),
        |world, login| _ = world.store.deny(&login.login_code),
        |world, login| _ = world.store.cancel(&login.polling_code),
        |world, login| drop(world.store.claim_context(&login.login_code)),
        |world, login| drop(world.store.inspect(&login.login_code)),
        |world, login| drop(world.store.locate(&login.login_code)),
        |world, login| drop(world.store.resolve(login.user_code.as_ref().unwrap(), Source::UNKNOWN)),
        |world, _| drop(world.store.sessions()),
        |world, _| _ = world.store.cancel_all(),
    ];
    for (at, verb) in verbs.into_iter().enumerate() {
        let world = world(2, Delivery::once());
        let login = world.begin();
        world.contexts.light(false);
        world.clock.1.light(true);
        assert!(catch_unwind(AssertUnwindSafe(|| verb(&world, &login))).is_err(), "{at}");
        world.clock.1.light(false);
        assert_eq!(world.counts(), (1, 0, 0), "{at}");
        assert!(world.store.inspect(&login.login_code).unwrap().has_context, "{at}");
        world.complete(&login);
        world.collect(&login);
        world.has_all_its_room();
    }
}

#[cfg(feature = "wait")]
mod waiting {
    use std::future::Future;
    use std::task::{Context, Poll, Wake, Waker};

    use super::*;

    #[derive(Default)]
    struct Bell(AtomicUsize, bool);

    impl Wake for Bell {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::SeqCst);
            assert!(!self.1, "a waker panics, on purpose");
        }
    }

    /// Whatever of the session's own panics, and one of the wakers: each waiter is woken.
    #[test]
    fn all_waiters_are_woken() {
        type End = fn(&World, &Initiated);
        let ends: [End; 5] = [
            World::complete,
            |world, login| world.store.deny(&login.login_code).unwrap(),
            |world, login| world.store.cancel(&login.polling_code).unwrap(),
            |world, login| (world.expire(), drop(world.store.poll(&login.polling_code))).1,
            |world, _| (world.expire(), _ = world.store.sweep()).1,
        ];
        for end in ends {
            let world = world(2, Delivery::once());
            let login = world.begin();
            let bells = [false, true, false].map(|breaks| Arc::new(Bell(AtomicUsize::new(0), breaks)));
            let mut waits = [(); 3].map(|()| Box::pin(world.store.wait(&login.polling_code, TTL)));
            for (wait, bell) in waits.iter_mut().zip(&bells) {
                let waker = Waker::from(bell.clone());
                assert!(wait.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
            }
            end(&world, &login);
            assert_eq!(bells.map(|bell| bell.0.load(Ordering::SeqCst)), [1, 1, 1]);
            for wait in &mut waits {
                let polled = wait.as_mut().poll(&mut Context::from_waker(Waker::noop()));
                if let Poll::Ready(Polled::Completed(grant)) = polled {
                    std::mem::forget(grant);
                }
            }
            drop(waits);
            world.has_all_its_room();
        }
    }

    #[test]
    fn a_clock_that_panics_in_a_wait_costs_the_session_nothing() {
        let world = world(1, Delivery::once());
        let login = world.begin();
        world.clock.1.light(true);
        let mut wait = Box::pin(world.store.wait(&login.polling_code, TTL));
        let polled = catch_unwind(AssertUnwindSafe(|| wait.as_mut().poll(&mut Context::from_waker(Waker::noop()))));
        assert!(polled.is_err());
        world.clock.1.light(false);
        drop(wait);
        world.complete(&login);
        world.collect(&login);
        world.has_all_its_room();
    }
}
